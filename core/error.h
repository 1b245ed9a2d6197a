/* SPDX-License-Identifier: MIT */
/*
 * What went wrong, in words: an errno for programs and a sentence for people.
 *
 * Every function of liblone that can fail takes a struct lone_error, which the caller owns, and returns a negative
 * errno (0, or a count, on success). The text is written where the fault is found and is shown to the user unchanged,
 * so it says what was asked, what is wrong with it and what to write instead. Nothing in liblone prints or exits.
 */
#ifndef LONE_ERROR_H
#define LONE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LONE_ERROR_TEXT 512

struct lone_error {
    int number;      /* the errno, positive; 0: no error */
    bool has_column; /* column and length say which word of the input is meant */
    size_t column;   /* bytes from the start of the input */
    size_t length;   /* bytes of the offending word, at least 1 when has_column */
    bool has_status; /* the device completed a command with the NVMe status below */
    uint16_t status; /* SCT in bits 10:8, SC in bits 7:0 */
    char text[LONE_ERROR_TEXT];
};

/* Fills @error (which may be NULL) with @number, a positive errno, and a formatted text; clears column and status.
 * Returns -@number, so that a function can end with `return lone_fail(error, EINVAL, "…");`. Any thread. */
int lone_fail(struct lone_error *error, int number, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Marks the word at @column, @length bytes of the input, as the one that the text of @error (may be NULL) speaks of. */
void lone_error_at(struct lone_error *error, size_t column, size_t length);

/* The name of a positive errno, "EINVAL"; "E?" for one that has none. Static storage. */
const char *lone_errno_name(int number);

#ifdef __cplusplus
}
#endif

#endif
