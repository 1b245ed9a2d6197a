/* SPDX-License-Identifier: MIT */
/*
 * What a fuzz target has: the entry point that libFuzzer calls, and inputs to start from. driver.c calls them where
 * there is no libFuzzer. A broken promise of the code under test ends the program.
 */
#ifndef LONE_TESTS_FUZZ_H
#define LONE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes the @n-th well-formed input to @data, at most @size bytes. Returns its length; 0: there are only @n of them.
 */
size_t fuzz_seed(unsigned n, uint8_t *data, size_t size);

/* How many inputs an ordinary test run has time for. */
extern const unsigned long fuzz_inputs;

/* Like assert(), but there in every build. */
#define MUST(condition)                                                                \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

#endif
