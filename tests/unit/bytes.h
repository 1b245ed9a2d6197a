/* SPDX-License-Identifier: MIT */
/* Little-endian numbers, as the specification lays them out: what the tests read and write without the code under test.
 */
#ifndef LONE_TESTS_BYTES_H
#define LONE_TESTS_BYTES_H

#include <stdint.h>

static inline uint64_t get(const uint8_t *bytes, unsigned n)
{
    uint64_t value = 0;

    while (n--)
        value = value << 8 | bytes[n];
    return value;
}

static inline void put(uint8_t *bytes, unsigned n, uint64_t value)
{
    for (unsigned i = 0; i < n; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

#endif
