/* SPDX-License-Identifier: MIT */
#include "memory/memory_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool bit_get(const uint64_t *map, uint64_t bit)
{
    return map[bit / 64] >> (bit % 64) & 1;
}

static void bit_put(uint64_t *map, uint64_t bit, bool value)
{
    if (value)
        map[bit / 64] |= 1ull << (bit % 64);
    else
        map[bit / 64] &= ~(1ull << (bit % 64));
}

static uint64_t round_up(uint64_t value, uint64_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

/* Larger ones first. */
static int compare_sizes(const void *a, const void *b)
{
    uint64_t left, right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return (left < right) - (left > right);
}

void lone_memory_take_from(struct lone_memory *memory, const struct lone_huge_pages *source)
{
    uint64_t sizes[LONE_MAX_HUGE_SIZES];
    int n = source->sizes(sizes, LONE_MAX_HUGE_SIZES);

    memory->source = source;
    memory->n_huge = 0;
    memory->huge_default = n ? sizes[0] : 0;
    for (int i = 0; i < n; i++)
        if (sizes[i] > memory->page_size && !(sizes[i] & (sizes[i] - 1)))
            memory->huge[memory->n_huge++] = sizes[i];
    qsort(memory->huge, (size_t)memory->n_huge, sizeof(memory->huge[0]), compare_sizes);
}

int lone_memory_open(struct lone_memory **memory, struct lone_device *device, struct lone_error *error)
{
    long system_page = sysconf(_SC_PAGESIZE);
    struct lone_memory *pool = calloc(1, sizeof(*pool));

    if (!pool)
        return lone_fail(error, ENOMEM, "no memory for a memory pool");
    pool->device = device;
    pool->page_size = device->page_size > (uint64_t)system_page ? device->page_size : (uint64_t)system_page;
    pool->limit = (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 * (uint64_t)system_page;
    TAILQ_INIT(&pool->chunks);
    lone_memory_take_from(pool, &lone_huge_pages);
    *memory = pool;
    return 0;
}

void lone_memory_limit(struct lone_memory *memory, uint64_t bytes)
{
    memory->limit = bytes;
}

/* --- Giving memory back ------------------------------------------------------------------------------------ */

/* The kernel frees some 10 GiB/s, page by page, and whoever owns the pool may have others to serve. */
#define FREED_AT_ONCE (16ull << 20)

struct remains {
    uint8_t *data;
    uint64_t size;
    int fd;
};

static void dispose(const struct remains *remains)
{
    munmap(remains->data, remains->size);
    close(remains->fd);
}

static void *dispose_apart(void *context)
{
    dispose(context);
    free(context);
    return NULL;
}

/* In a thread that nobody waits for, and that takes nobody's signals. */
static bool dispose_in_thread(const struct remains *remains)
{
    struct remains *copy = malloc(sizeof(*copy));
    sigset_t all, before;
    pthread_t thread;
    int result;

    if (!copy)
        return false;
    *copy = *remains;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&thread, NULL, dispose_apart, copy);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result)
        free(copy);
    else
        pthread_detach(thread);
    return !result;
}

void lone_chunk_unback(struct lone_memory *memory, struct chunk *chunk)
{
    const struct remains remains = {chunk->data, chunk->size, chunk->fd};

    if (chunk->data) {
        memory->backed -= chunk->size;
        if (chunk->size <= FREED_AT_ONCE || !dispose_in_thread(&remains))
            dispose(&remains);
    } else if (chunk->fd >= 0) {
        close(chunk->fd);
    }
    chunk->data = NULL;
    chunk->fd = -1;
}

void lone_chunk_free(struct lone_memory *memory, struct chunk *chunk)
{
    lone_chunk_unback(memory, chunk);
    free(chunk->used);
    free(chunk->soiled);
    free(chunk);
}

void lone_memory_close(struct lone_memory *memory)
{
    struct chunk *chunk;

    if (!memory)
        return;
    while ((chunk = TAILQ_FIRST(&memory->chunks))) {
        if (chunk->region) {
            lone_region_close(chunk->region);
            continue;
        }
        TAILQ_REMOVE(&memory->chunks, chunk, link);
        if (!chunk->retired)
            lone_device_dma_unmap(memory->device, chunk->iova, chunk->size, NULL);
        lone_chunk_free(memory, chunk);
    }
    free(memory);
}

/* --- IOVA space -------------------------------------------------------------------------------------------- */

/* The lowest place for @size bytes in @range that no chunk occupies. The chunks are in order. */
static bool find_in_range(const struct lone_memory *memory, const struct lone_iova_range *range, uint64_t size,
                          uint64_t alignment, uint64_t *iova)
{
    const struct chunk *chunk;
    uint64_t first = range->first < memory->page_size ? memory->page_size : range->first; /* 0 is for null pointers */
    uint64_t at;

    if (first > UINT64_MAX - alignment)
        return false;
    at = round_up(first, alignment);
    TAILQ_FOREACH(chunk, &memory->chunks, link)
    {
        uint64_t end = chunk->iova + chunk->size;

        if (end <= at)
            continue;
        if (chunk->iova >= at && chunk->iova - at >= size)
            break;
        if (end > UINT64_MAX - alignment)
            return false;
        at = round_up(end, alignment);
    }
    *iova = at;
    return at <= range->last && size - 1 <= range->last - at;
}

int lone_find_iova(const struct lone_memory *memory, uint64_t size, uint64_t alignment, uint64_t *iova,
                   struct lone_error *error)
{
    const struct lone_device *device = memory->device;

    for (unsigned i = 0; i < device->n_ranges; i++)
        if (find_in_range(memory, &device->ranges[i], size, alignment, iova))
            return 0;
    return lone_fail(error, ENOSPC, "no %" PRIu64 " bytes are free in the IOVA space of %s: free other memory first",
                     size, device->slot);
}

/* --- Chunks ------------------------------------------------------------------------------------------------ */

static int chunk_file(const struct lone_memory *memory, struct chunk *chunk, struct lone_error *error)
{
    char why[LONE_ERROR_TEXT];

    if (chunk->huge) {
        chunk->fd = memory->source->file(chunk->huge, chunk->size);
        if (chunk->fd >= 0)
            return 0;
        lone_huge_explain(memory->source, chunk->huge, chunk->size, -chunk->fd, chunk->huge == memory->huge_default,
                          why, sizeof(why));
        return lone_fail(error, ENOMEM, "%s", why);
    }
    chunk->fd = memfd_create("lone", MFD_CLOEXEC);
    if (chunk->fd < 0)
        return lone_fail(error, errno, "memfd_create: %s", strerror(errno));
    if (ftruncate(chunk->fd, (off_t)chunk->size))
        return lone_fail(error, ENOMEM, "no memory file of %" PRIu64 " bytes: %s%s", chunk->size, strerror(errno),
                         errno == EFBIG ? ": raise the limit of file sizes (ulimit -f) and start it again" : "");
    return 0;
}

/* Half of the machine's memory is left to others: what a device may reach cannot be paged out. */
static int check_limit(const struct lone_memory *memory, uint64_t size, struct lone_error *error)
{
    if (size <= memory->limit && memory->backed <= memory->limit - size)
        return 0;
    return lone_fail(error, ENOMEM,
                     "%" PRIu64 " bytes would be too much for %s, which has %" PRIu64 " already: at most %" PRIu64
                     ", half of this machine's memory, are given out. Free other memory first",
                     size, memory->device->slot, memory->backed, memory->limit);
}

int lone_chunk_back(struct lone_memory *memory, struct chunk *chunk, struct lone_error *error)
{
    int result = check_limit(memory, chunk->size, error);
    void *data;

    if (!result)
        result = chunk_file(memory, chunk, error);
    if (result)
        return result;
    data = mmap(NULL, chunk->size, PROT_READ | PROT_WRITE, MAP_SHARED, chunk->fd, 0);
    if (data == MAP_FAILED)
        return lone_fail(error, ENOMEM, "cannot map %" PRIu64 " bytes: %s", chunk->size, strerror(errno));
    chunk->data = data;
    memory->backed += chunk->size;
    return 0;
}

/* What the device's side says of a limit, it says without knowing what this pool has. */
int lone_chunk_map(const struct lone_memory *memory, const struct chunk *chunk, unsigned access,
                   struct lone_error *error)
{
    struct lone_error fault = {0};
    int result = lone_device_dma_map(memory->device, chunk->data, chunk->iova, chunk->size, access, &fault);

    if (result == -ENOMEM)
        lone_fail(error, ENOMEM, "%s. %" PRIu64 " bytes are mapped for %s already", fault.text, memory->mapped,
                  memory->device->slot);
    else if (result && error)
        *error = fault;
    return result;
}

void lone_chunk_insert(struct lone_memory *memory, struct chunk *chunk)
{
    struct chunk *other;

    TAILQ_FOREACH(other, &memory->chunks, link)
    {
        if (other->iova > chunk->iova) {
            TAILQ_INSERT_BEFORE(other, chunk, link);
            return;
        }
    }
    TAILQ_INSERT_TAIL(&memory->chunks, chunk, link);
}

/* @huge: the size of the huge pages that it shall consist of, of which @size is a multiple; 0: ordinary ones. */
static int chunk_make(struct lone_memory *memory, uint64_t size, uint64_t alignment, uint64_t huge, struct chunk **made,
                      struct lone_error *error)
{
    struct chunk *chunk = calloc(1, sizeof(*chunk));
    uint64_t words = round_up(size / memory->page_size, 64) / 64;
    int result = -ENOMEM;

    if (!chunk)
        return lone_fail(error, ENOMEM, "no memory");
    chunk->fd = -1;
    chunk->size = size;
    chunk->huge = huge;
    chunk->pages = chunk->free = size / memory->page_size;
    chunk->used = calloc(words, sizeof(uint64_t));
    chunk->soiled = calloc(words, sizeof(uint64_t));
    if (!chunk->used || !chunk->soiled) {
        lone_fail(error, ENOMEM, "no memory");
        goto out;
    }
    result = lone_find_iova(memory, size, alignment, &chunk->iova, error);
    if (!result)
        result = lone_chunk_back(memory, chunk, error);
    if (!result)
        result = lone_chunk_map(memory, chunk, LONE_DMA_READ | LONE_DMA_WRITE, error);
    if (result)
        goto out;
    lone_chunk_insert(memory, chunk);
    memory->mapped += size;
    *made = chunk;
    return 0;
out:
    lone_chunk_free(memory, chunk);
    return result;
}

static uint64_t power_of_two(uint64_t size)
{
    uint64_t power = 1;

    while (power < size)
        power *= 2;
    return power;
}

/* Larger pages than a usual chunk are scarce: no more than an eighth of them may be left over. */
bool lone_huge_fits(uint64_t huge, uint64_t size)
{
    return huge <= size && (huge <= CHUNK_SIZE || round_up(size, huge) - size <= size / 8);
}

static bool is_shortage(int result)
{
    return result == -ENOSPC || result == -ENOMEM;
}

/* A chunk with room for @size bytes: of huge pages; or of the usual size; or, where that does not fit, just what is
 * needed. */
static int chunk_for(struct lone_memory *memory, uint64_t size, uint64_t alignment, struct chunk **chunk,
                     struct lone_error *error)
{
    uint64_t usual = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    uint64_t own = power_of_two(size) < CHUNK_SIZE ? power_of_two(size) : CHUNK_SIZE;
    struct lone_error fault = {.text = "the kernel has no huge pages of a size that fits"};
    int result = -ENOSPC;

    /* An IOVA that is a multiple of the page's size lets the IOMMU use one entry for it. */
    for (int i = 0; i < memory->n_huge && is_shortage(result); i++)
        if (lone_huge_fits(memory->huge[i], usual))
            result =
                chunk_make(memory, round_up(usual, memory->huge[i]),
                           alignment > memory->huge[i] ? alignment : memory->huge[i], memory->huge[i], chunk, &fault);
    if (is_shortage(result))
        snprintf(memory->why, sizeof(memory->why), "%s", fault.text);
    if (is_shortage(result) && size <= CHUNK_SIZE) {
        result = chunk_make(memory, CHUNK_SIZE, alignment > CHUNK_SIZE ? alignment : CHUNK_SIZE, 0, chunk, &fault);
        if (is_shortage(result))
            snprintf(memory->why, sizeof(memory->why), "%s", fault.text);
    }
    if (is_shortage(result))
        result = chunk_make(memory, size, alignment > own ? alignment : own, 0, chunk, &fault);
    if (result && error)
        *error = fault;
    return result;
}

/* An empty chunk of the usual size is kept, so that one buffer that comes and goes costs no mapping; one such is
 * enough. */
static void chunk_empty(struct lone_memory *memory, struct chunk *chunk)
{
    const struct chunk *other;
    bool spare = false;

    TAILQ_FOREACH(other, &memory->chunks, link)
    spare |= other != chunk && other->free == other->pages && other->size == CHUNK_SIZE;
    if (!spare && chunk->size == CHUNK_SIZE)
        return;
    /* One that stays mapped stays ours: the device could still reach it. */
    if (lone_device_dma_unmap(memory->device, chunk->iova, chunk->size, NULL))
        return;
    memory->mapped -= chunk->size;
    TAILQ_REMOVE(&memory->chunks, chunk, link);
    lone_chunk_free(memory, chunk);
}

/* --- Buffers ----------------------------------------------------------------------------------------------- */

/* The first page of the first run of @pages free ones whose IOVA is a multiple of @alignment, or -1. */
static int64_t find_pages(const struct lone_memory *memory, const struct chunk *chunk, uint64_t pages,
                          uint64_t alignment)
{
    uint64_t step = alignment / memory->page_size;
    uint64_t at = (round_up(chunk->iova, alignment) - chunk->iova) / memory->page_size;

    if (chunk->free < pages)
        return -1;
    while (at < chunk->pages && pages <= chunk->pages - at) {
        uint64_t n = 0;

        if (at % 64 == 0 && chunk->used[at / 64] == UINT64_MAX) {
            at += step > 64 ? step : 64;
            continue;
        }
        while (n < pages && !bit_get(chunk->used, at + n))
            n++;
        if (n == pages)
            return (int64_t)at;
        at += round_up(n + 1, step); /* past the page that is used */
    }
    return -1;
}

static void take_pages(struct lone_memory *memory, struct chunk *chunk, uint64_t at, uint64_t pages)
{
    for (uint64_t i = at; i < at + pages; i++) {
        if (bit_get(chunk->soiled, i))
            memset(chunk->data + i * memory->page_size, 0, memory->page_size);
        bit_put(chunk->used, i, true);
        bit_put(chunk->soiled, i, true);
    }
    chunk->free -= pages;
    memory->used += pages * memory->page_size;
}

int lone_buffer_alloc(struct lone_memory *memory, uint64_t size, uint64_t alignment, struct lone_buffer *buffer,
                      struct lone_error *error)
{
    struct chunk *chunk;
    uint64_t pages;
    int64_t at = -1;

    if (alignment < memory->page_size)
        alignment = memory->page_size;
    if (!size || size > LONE_MEMORY_MAX || (alignment & (alignment - 1)))
        return lone_fail(error, EINVAL,
                         "a buffer has 1 to %llu bytes and is aligned to a power of two, not %" PRIu64 " and %" PRIu64,
                         LONE_MEMORY_MAX, size, alignment);
    pages = round_up(size, alignment) / memory->page_size;
    TAILQ_FOREACH(chunk, &memory->chunks, link)
    {
        at = find_pages(memory, chunk, pages, alignment);
        if (at >= 0)
            break;
    }
    if (at < 0) {
        int result = chunk_for(memory, pages * memory->page_size, alignment, &chunk, error);

        if (result)
            return result;
        at = 0;
    }
    take_pages(memory, chunk, (uint64_t)at, pages);
    *buffer = (struct lone_buffer){
        .data = chunk->data + (uint64_t)at * memory->page_size,
        .iova = chunk->iova + (uint64_t)at * memory->page_size,
        .size = size,
        .pages = pages,
    };
    return 0;
}

void lone_buffer_free(struct lone_memory *memory, struct lone_buffer *buffer)
{
    struct chunk *chunk;

    if (!buffer->size)
        return;
    if (buffer->region) {
        lone_region_put(buffer->region);
        *buffer = (struct lone_buffer){0};
        return;
    }
    TAILQ_FOREACH(chunk, &memory->chunks, link)
    if (buffer->iova >= chunk->iova && buffer->iova - chunk->iova < chunk->size)
        break;
    if (chunk) {
        uint64_t at = (buffer->iova - chunk->iova) / memory->page_size;

        for (uint64_t i = at; i < at + buffer->pages; i++)
            bit_put(chunk->used, i, false);
        chunk->free += buffer->pages;
        memory->used -= buffer->pages * memory->page_size;
        if (chunk->free == chunk->pages)
            chunk_empty(memory, chunk);
    }
    *buffer = (struct lone_buffer){0};
}

void lone_memory_usage(const struct lone_memory *memory, uint64_t *mapped, uint64_t *used)
{
    *mapped = memory->mapped;
    *used = memory->used;
}

uint64_t lone_memory_page_size(const struct lone_memory *memory)
{
    return memory->page_size;
}

/* Bytes in chunks of such pages. */
static uint64_t mapped_in(const struct lone_memory *memory, uint64_t huge)
{
    const struct chunk *chunk;
    uint64_t bytes = 0;

    TAILQ_FOREACH(chunk, &memory->chunks, link)
    if (chunk->huge == huge && (!chunk->region || chunk->region->mapped) && chunk->data)
        bytes += chunk->size;
    return bytes;
}

void lone_memory_describe(const struct lone_memory *memory, char *text, size_t size)
{
    uint64_t bytes;
    size_t length = 0;

    snprintf(text, size, "none");
    for (int i = 0; i < memory->n_huge && length < size; i++) {
        char name[LONE_HUGE_NAME];

        bytes = mapped_in(memory, memory->huge[i]);
        if (bytes)
            length += (size_t)snprintf(text + length, size - length, "%s%" PRIu64 " bytes in %s huge pages",
                                       length ? ", " : "", bytes, lone_huge_name(memory->huge[i], name));
    }
    bytes = mapped_in(memory, 0);
    if (bytes && length < size)
        snprintf(text + length, size - length, "%s%" PRIu64 " bytes in ordinary pages: %s", length ? ", " : "", bytes,
                 memory->why);
}
