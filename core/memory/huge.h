/* SPDX-License-Identifier: MIT */
/* Where a pool takes huge pages from: the kernel by way of libhugetlbfs, or what a test puts in its place. Internal to
 * core/memory. */
#ifndef LONE_MEMORY_HUGE_H
#define LONE_MEMORY_HUGE_H

#include "memory/memory.h"

#define LONE_MAX_HUGE_SIZES 8

struct lone_huge_pages {
    /* The sizes that there are, in bytes, at most @most of them, the one that vm.nr_hugepages counts first. Returns how
     * many. */
    int (*sizes)(uint64_t *sizes, int most);
    /* A file of @size bytes (a multiple of @page), all of them really there, so that no access to it can fail later.
     * Its descriptor, which is close-on-exec and the caller's; else a negative errno: -ENOSPC when too few are free. */
    int (*file)(uint64_t page, uint64_t size);
    /* How many pages of that size the machine has, and how many of them nobody has taken or reserved. */
    void (*count)(uint64_t page, uint64_t *total, uint64_t *available);
};

/* The kernel's. */
extern const struct lone_huge_pages lone_huge_pages;

/* From now on @memory takes huge pages from @source (not owned; constant while the pool is open). */
void lone_memory_take_from(struct lone_memory *memory, const struct lone_huge_pages *source);

/* Writes why there is no file of @size bytes in pages of @page bytes, after source->file() answered -@number, and what
 * to do about it. @default_size: vm.nr_hugepages counts pages of this size. */
void lone_huge_explain(const struct lone_huge_pages *source, uint64_t page, uint64_t size, int number,
                       bool default_size, char *text, size_t room);

/* "2 MiB", "64 KiB" */
#define LONE_HUGE_NAME 24
const char *lone_huge_name(uint64_t page, char name[LONE_HUGE_NAME]);

#endif
