/* SPDX-License-Identifier: MIT */
/* Regions: memory with a range of addresses of its own, which is mapped and unmapped on purpose; windows, ranges of
 * addresses behind which the device has memory of its own; and pieces of those. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/memory_internal.h"

struct whole_region {
    struct lone_region region;
    struct chunk *chunk; /* NULL: a piece of a window */
    bool freed;          /* by its owner, while it is in use */
    bool retires;        /* likewise: its addresses are not free with it */
    TAILQ_ENTRY(whole_region) link;
    TAILQ_HEAD(, whole_region) pieces; /* of a window, ordered by address */
};

static struct whole_region *whole(struct lone_region *region)
{
    return (struct whole_region *)region; /* it comes first */
}

static uint64_t round_up(uint64_t value, uint64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

static int check_request(uint64_t size, uint64_t alignment, struct lone_error *error)
{
    if (size && size <= LONE_MEMORY_MAX && !(alignment & (alignment - 1)))
        return 0;
    return lone_fail(error, EINVAL,
                     "memory has 1 to %llu bytes and is aligned to a power of two, not %" PRIu64 " and %" PRIu64,
                     LONE_MEMORY_MAX, size, alignment);
}

static struct whole_region *region_new(struct lone_memory *memory, struct lone_error *error)
{
    struct whole_region *made = calloc(1, sizeof(*made));

    if (!made) {
        lone_fail(error, ENOMEM, "no memory for a region");
        return NULL;
    }
    made->region.memory = memory;
    TAILQ_INIT(&made->pieces);
    return made;
}

/* A chunk of addresses only, not in the list yet. */
static struct chunk *chunk_new(struct whole_region *made, uint64_t size, struct lone_error *error)
{
    struct chunk *chunk = calloc(1, sizeof(*chunk));

    if (!chunk) {
        lone_fail(error, ENOMEM, "no memory for a region");
        return NULL;
    }
    chunk->fd = -1;
    chunk->size = size;
    chunk->pages = size / made->region.memory->page_size; /* none of them free: no buffer is cut from it */
    chunk->region = &made->region;
    made->chunk = chunk;
    return chunk;
}

/* --- Regions ----------------------------------------------------------------------------------------------- */

/* The memory itself: in huge pages where they fit, else in ordinary ones. */
static int back(struct lone_memory *memory, struct chunk *chunk, uint64_t size, struct lone_error *error)
{
    int result = -ENOSPC;

    for (int i = 0; i < memory->n_huge && (result == -ENOSPC || result == -ENOMEM); i++) {
        if (!lone_huge_fits(memory->huge[i], size))
            continue;
        chunk->huge = memory->huge[i];
        chunk->size = round_up(size, chunk->huge);
        result = lone_chunk_back(memory, chunk, error);
        if (result)
            lone_chunk_unback(memory, chunk);
    }
    if (result != -ENOSPC && result != -ENOMEM)
        return result;
    chunk->huge = 0;
    chunk->size = size;
    return lone_chunk_back(memory, chunk, error);
}

static int place(struct lone_memory *memory, struct chunk *chunk, uint64_t alignment, struct lone_error *error)
{
    alignment = alignment > memory->page_size ? alignment : memory->page_size;
    alignment = alignment > chunk->huge ? alignment : chunk->huge;
    return lone_find_iova(memory, chunk->size, alignment, &chunk->iova, error);
}

int lone_region_new(struct lone_memory *memory, uint64_t size, uint64_t alignment, unsigned access,
                    struct lone_region **region, struct lone_error *error)
{
    int result = check_request(size, alignment, error);
    struct whole_region *made = result ? NULL : region_new(memory, error);
    struct chunk *chunk = made ? chunk_new(made, 0, error) : NULL;

    if (!chunk) {
        free(made);
        return result ? result : -ENOMEM;
    }
    result = back(memory, chunk, round_up(size, memory->page_size), error);
    if (!result)
        result = place(memory, chunk, alignment, error);
    if (result) {
        lone_chunk_free(memory, chunk);
        free(made);
        return result;
    }
    chunk->pages = chunk->size / memory->page_size;
    made->region.data = chunk->data;
    made->region.iova = chunk->iova;
    made->region.size = size;
    made->region.access = access;
    lone_chunk_insert(memory, chunk);
    result = lone_region_map(&made->region, error);
    if (result)
        lone_region_close(&made->region);
    else
        *region = &made->region;
    return result;
}

int lone_region_map(struct lone_region *region, struct lone_error *error)
{
    const struct chunk *chunk = whole(region)->chunk;
    int result;

    if (!region->data)
        return lone_fail(error, EOPNOTSUPP,
                         "the controller reaches its own memory without a mapping: there is nothing to map or unmap");
    if (region->mapped)
        return 0;
    result = lone_chunk_map(region->memory, chunk, region->access, error);
    if (result)
        return result;
    region->mapped = true;
    region->memory->mapped += chunk->size;
    region->memory->used += chunk->size;
    return 0;
}

int lone_region_unmap(struct lone_region *region, struct lone_error *error)
{
    const struct chunk *chunk = whole(region)->chunk;
    int result;

    if (!region->data)
        return lone_region_map(region, error); /* which says why not */
    if (!region->mapped)
        return 0;
    result = lone_device_dma_unmap(region->memory->device, chunk->iova, chunk->size, error);
    if (result)
        return result;
    region->mapped = false;
    region->memory->mapped -= chunk->size;
    region->memory->used -= chunk->size;
    return 0;
}

int lone_region_access(struct lone_region *region, unsigned access, struct lone_error *error)
{
    unsigned before = region->access;
    bool mapped = region->mapped;
    int result;

    if (!region->data)
        return lone_region_map(region, error);
    if (access == before)
        return 0;
    result = lone_region_unmap(region, error);
    if (result)
        return result;
    region->access = access;
    result = mapped ? lone_region_map(region, error) : 0;
    if (!result)
        return 0;
    region->access = before;
    lone_region_map(region, NULL);
    return result;
}

static void destroy(struct whole_region *gone)
{
    struct lone_memory *memory = gone->region.memory;

    if (gone->region.window) {
        TAILQ_REMOVE(&whole(gone->region.window)->pieces, gone, link);
        free(gone);
        return;
    }
    /* One that stays mapped stays ours: the device could still reach it. */
    if (gone->region.mapped && gone->region.data && lone_region_unmap(&gone->region, NULL))
        return;
    TAILQ_REMOVE(&memory->chunks, gone->chunk, link);
    lone_chunk_free(memory, gone->chunk);
    free(gone);
}

void lone_region_free(struct lone_region *region)
{
    if (!region)
        return;
    if (region->users)
        whole(region)->freed = true;
    else
        destroy(whole(region));
}

/* Two ranges that touch become one, so that objects which come and go do not make the list longer and longer. */
static void merge_retired(struct lone_memory *memory, struct chunk *chunk)
{
    struct chunk *before = TAILQ_PREV(chunk, chunks, link), *after = TAILQ_NEXT(chunk, link);

    if (after && after->retired && after->iova == chunk->iova + chunk->size) {
        chunk->size += after->size;
        TAILQ_REMOVE(&memory->chunks, after, link);
        lone_chunk_free(memory, after);
    }
    if (before && before->retired && before->iova + before->size == chunk->iova) {
        before->size += chunk->size;
        TAILQ_REMOVE(&memory->chunks, chunk, link);
        lone_chunk_free(memory, chunk);
    }
}

void lone_region_retire(struct lone_region *region)
{
    struct whole_region *gone = whole(region);
    struct chunk *chunk = gone->chunk;

    gone->retires = true;
    if (!region->data || region->users || lone_region_unmap(region, NULL)) {
        lone_region_free(region);
        return;
    }
    lone_chunk_unback(region->memory, chunk);
    chunk->region = NULL;
    chunk->retired = true;
    merge_retired(region->memory, chunk);
    free(gone);
}

void lone_memory_reuse_retired(struct lone_memory *memory)
{
    struct chunk *chunk, *next;

    for (chunk = TAILQ_FIRST(&memory->chunks); chunk; chunk = next) {
        next = TAILQ_NEXT(chunk, link);
        if (!chunk->retired)
            continue;
        TAILQ_REMOVE(&memory->chunks, chunk, link);
        lone_chunk_free(memory, chunk);
    }
}

struct lone_region *lone_region_at(const struct lone_memory *memory, uint64_t iova)
{
    struct whole_region *piece;
    const struct chunk *chunk;

    TAILQ_FOREACH(chunk, &memory->chunks, link)
    {
        if (!chunk->region || iova < chunk->iova || iova - chunk->iova >= chunk->size)
            continue;
        TAILQ_FOREACH(piece, &whole(chunk->region)->pieces, link)
        if (iova >= piece->region.iova && iova - piece->region.iova < piece->region.size)
            return &piece->region;
        return chunk->data ? chunk->region : NULL;
    }
    return NULL;
}

void lone_region_close(struct lone_region *region)
{
    struct whole_region *gone = whole(region), *piece;

    while ((piece = TAILQ_FIRST(&gone->pieces)))
        destroy(piece);
    if (region->data && region->mapped)
        lone_device_dma_unmap(region->memory->device, gone->chunk->iova, gone->chunk->size, NULL);
    TAILQ_REMOVE(&region->memory->chunks, gone->chunk, link);
    lone_chunk_free(region->memory, gone->chunk);
    free(gone);
}

void lone_region_get(struct lone_region *region)
{
    region->users++;
}

void lone_region_put(struct lone_region *region)
{
    if (--region->users || !whole(region)->freed)
        return;
    if (whole(region)->retires)
        lone_region_retire(region);
    else
        destroy(whole(region));
}

int lone_region_borrow(struct lone_region *region, uint64_t offset, uint64_t size, struct lone_buffer *buffer,
                       struct lone_error *error)
{
    if (!size || offset > region->size || size > region->size - offset)
        return lone_fail(error, ENOSPC,
                         "%" PRIu64 " bytes at offset %" PRIu64 " are not inside of %" PRIu64 " bytes of memory", size,
                         offset, region->size);
    *buffer = (struct lone_buffer){
        .data = region->data ? region->data + offset : NULL,
        .iova = region->iova + offset,
        .size = size,
        .region = region,
        .device = region->memory->device,
        .bar = region->bar,
        .bar_offset = region->bar_offset + offset,
    };
    lone_region_get(region);
    return 0;
}

void lone_region_describe(const struct lone_region *region, char *text, size_t size)
{
    const struct chunk *chunk = ((const struct whole_region *)region)->chunk;
    char name[LONE_HUGE_NAME];

    if (!region->data)
        snprintf(text, size, "%" PRIu64 " bytes in BAR %u at 0x%" PRIx64, region->size, region->bar,
                 region->bar_offset);
    else if (chunk->huge)
        snprintf(text, size, "%" PRIu64 " bytes in %s huge pages", chunk->size, lone_huge_name(chunk->huge, name));
    else
        snprintf(text, size, "%" PRIu64 " bytes in ordinary pages", chunk->size);
}

/* --- Windows ----------------------------------------------------------------------------------------------- */

int lone_window_new(struct lone_memory *memory, unsigned bar, uint64_t bar_offset, uint64_t size,
                    struct lone_region **window, struct lone_error *error)
{
    struct whole_region *made = region_new(memory, error);
    struct chunk *chunk = made ? chunk_new(made, round_up(size, memory->page_size), error) : NULL;
    int result = chunk ? place(memory, chunk, CHUNK_SIZE, error) : -ENOMEM;

    if (result) {
        free(chunk);
        free(made);
        return result;
    }
    lone_chunk_insert(memory, chunk);
    made->region.iova = chunk->iova;
    made->region.size = size;
    made->region.access = LONE_DMA_READ | LONE_DMA_WRITE;
    made->region.bar = (uint8_t)bar;
    made->region.bar_offset = bar_offset;
    *window = &made->region;
    return 0;
}

void lone_window_open(struct lone_region *window, bool open)
{
    struct whole_region *piece;

    window->mapped = open;
    TAILQ_FOREACH(piece, &whole(window)->pieces, link)
    piece->region.mapped = open;
}

bool lone_window_empty(const struct lone_region *window)
{
    return TAILQ_EMPTY(&((const struct whole_region *)window)->pieces);
}

/* The lowest place that is free, or that of @instead; *@before: the piece that comes next, NULL: none does. */
static int find_place(struct whole_region *window, const struct whole_region *instead, uint64_t size,
                      uint64_t alignment, uint64_t *iova, struct whole_region **before, struct lone_error *error)
{
    uint64_t end = window->region.iova + window->region.size, at = round_up(window->region.iova, alignment);
    struct whole_region *piece;

    TAILQ_FOREACH(piece, &window->pieces, link)
    {
        if (piece == instead)
            continue;
        if (piece->region.iova >= at && piece->region.iova - at >= size)
            break;
        at = round_up(piece->region.iova + piece->region.size, alignment);
    }
    *iova = at;
    *before = piece;
    if (piece || (at <= end && size <= end - at))
        return 0;
    return lone_fail(error, ENOSPC, "no %" PRIu64 " bytes in a row are free of the %" PRIu64 " that there are", size,
                     window->region.size);
}

int lone_window_piece(struct lone_region *window, struct lone_region *instead, uint64_t size, uint64_t alignment,
                      struct lone_region **region, struct lone_error *error)
{
    uint64_t page = window->memory->page_size, iova = 0;
    struct whole_region *made, *before = NULL;
    int result = check_request(size, alignment, error);

    alignment = alignment > page ? alignment : page;
    if (!result)
        result = find_place(whole(window), instead ? whole(instead) : NULL, size, alignment, &iova, &before, error);
    if (result)
        return result;
    made = region_new(window->memory, error);
    if (!made)
        return -ENOMEM;
    made->region.iova = iova;
    made->region.size = size;
    made->region.access = window->access;
    made->region.mapped = window->mapped;
    made->region.window = window;
    made->region.bar = window->bar;
    made->region.bar_offset = window->bar_offset + (iova - window->iova);
    if (before)
        TAILQ_INSERT_BEFORE(before, made, link);
    else
        TAILQ_INSERT_TAIL(&whole(window)->pieces, made, link);
    lone_region_free(instead);
    *region = &made->region;
    return 0;
}
