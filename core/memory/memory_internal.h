/* SPDX-License-Identifier: MIT */
/* What the parts of core/memory share; not installed. */
#ifndef LONE_MEMORY_MEMORY_INTERNAL_H
#define LONE_MEMORY_MEMORY_INTERNAL_H

#include <sys/queue.h>

#include "memory/huge.h"
#include "memory/memory.h"

/* What is mapped at once: the usual size of a huge page. */
#define CHUNK_SIZE (2ull << 20)

/* A contiguous piece of memory, mapped as a whole, or a range of addresses that belongs to a region. Ordered by IOVA in
 * the pool's list. */
struct chunk {
    TAILQ_ENTRY(chunk) link;
    int fd;
    uint8_t *data; /* NULL: a range of addresses only */
    uint64_t iova, size;
    uint64_t huge; /* the size of the huge pages that it consists of; 0: ordinary ones */
    uint64_t pages, free;
    uint64_t *used; /* a bit a page: belongs to a buffer */
    uint64_t
        *soiled; /* a bit a page: belonged to a buffer before, so it may not be zero; the others were never touched */
    struct lone_region *region; /* whose it is; NULL: the pool's, buffers are cut from it */
    bool retired;               /* addresses of a region that is gone */
};

struct lone_memory {
    struct lone_device *device;
    uint64_t page_size;
    uint64_t mapped, used;
    uint64_t backed, limit; /* bytes of memory that it has, mapped or not; and may have */
    const struct lone_huge_pages *source;
    uint64_t huge[LONE_MAX_HUGE_SIZES]; /* their sizes, the largest first */
    int n_huge;
    uint64_t huge_default;     /* the size that vm.nr_hugepages counts */
    char why[LONE_ERROR_TEXT]; /* why the last chunk of ordinary pages is one */
    TAILQ_HEAD(chunks, chunk) chunks;
};

/* memory.c */
int lone_find_iova(const struct lone_memory *memory, uint64_t size, uint64_t alignment, uint64_t *iova,
                   struct lone_error *error);
/* Gives the chunk the memory that its size and `huge` ask for. */
int lone_chunk_back(struct lone_memory *memory, struct chunk *chunk, struct lone_error *error);
/* Takes it away again: unmapped from this process, a large one by another thread. */
void lone_chunk_unback(struct lone_memory *memory, struct chunk *chunk);
int lone_chunk_map(const struct lone_memory *memory, const struct chunk *chunk, unsigned access,
                   struct lone_error *error);
void lone_chunk_insert(struct lone_memory *memory, struct chunk *chunk);
/* Frees it and its memory; it is in no list and not mapped. */
void lone_chunk_free(struct lone_memory *memory, struct chunk *chunk);
/* Are huge pages of this size not too large for @size bytes? */
bool lone_huge_fits(uint64_t huge, uint64_t size);

/* region.c: unmaps and frees it, used or not, and what was cut from it. */
void lone_region_close(struct lone_region *region);

#endif
