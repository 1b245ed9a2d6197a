/* SPDX-License-Identifier: MIT */
/* A device for tests of memory: it keeps book of every mapping, and refuses what a test tells it to. */
#ifndef LONE_TESTS_BOOK_H
#define LONE_TESTS_BOOK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/device.h"

#define MIB      (1ull << 20)
#define MAX_MAPS 64

struct mapping {
    uint8_t *memory;
    uint64_t iova, size;
    unsigned access;
};

struct book {
    struct lone_device device;
    struct mapping maps[MAX_MAPS];
    unsigned n, most, made;
    unsigned faults;  /* mappings that overlap, or make no sense; what is taken away without having been there */
    int refuse;       /* an errno that mapping answers */
    uint64_t largest; /* bytes that one mapping may have; 0: any */
    uint64_t memlock; /* bytes that all mappings may have together; 0: any number */
};

/* A device with pages of 4096 bytes and addresses up to @last; @ops may have more than the two below. */
void book_init(struct book *book, const struct lone_device_ops *ops, uint64_t last);
int book_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
             struct lone_error *error);
int book_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error);

/* The mapping that @iova is in, or NULL. */
const struct mapping *book_find(const struct book *book, uint64_t iova);

/* At the end of a test: everything was taken away again, and nothing was wrong. */
void book_check_empty(const struct book *book);

#endif
