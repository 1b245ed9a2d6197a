/* SPDX-License-Identifier: MIT */
/* The namespaces' blocks, in memory that is there once it has been written, and their formats. */
#include "nvsim/nvsim_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { SMALLEST_SHIFT = 9, METADATA = 8 };

static const struct {
    uint8_t shift, metadata_size;
} formats[] = {{9, 0}, {12, 0}, {9, METADATA}, {12, METADATA}};

/* As they are delivered. */
static const struct {
    uint64_t blocks;
    uint8_t lbaf;
} sizes[NVSIM_NAMESPACES] = {{1974672, 0}, {491022, 1}, {735210, 1}, {979398, 1}};

static uint64_t blocks_max(const struct nvsim_namespace *ns)
{
    return ns->bytes >> SMALLEST_SHIFT;
}

static uint64_t bitmap_bytes(const struct nvsim_namespace *ns)
{
    return (blocks_max(ns) + 63) / 64 * sizeof(*ns->bad);
}

/* Pages of 4 KiB only: a huge page for one block would take far more memory than was written. */
static void *reserve(uint64_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, size, MADV_NOHUGEPAGE);
    madvise(memory, size, MADV_DONTDUMP);
    return memory;
}

static void release(void *memory, uint64_t size)
{
    if (memory)
        munmap(memory, size);
}

void nvsim_namespaces_close(struct nvsim *sim)
{
    for (unsigned i = 0; i < NVSIM_NAMESPACES; i++) {
        struct nvsim_namespace *ns = &sim->namespaces[i];

        release(ns->data, ns->bytes);
        release(ns->metadata, blocks_max(ns) * METADATA);
        release(ns->bad, bitmap_bytes(ns));
    }
}

int nvsim_namespaces_open(struct nvsim *sim, struct lone_error *error)
{
    for (unsigned i = 0; i < NVSIM_NAMESPACES; i++) {
        struct nvsim_namespace *ns = &sim->namespaces[i];

        ns->bytes = sizes[i].blocks << formats[sizes[i].lbaf].shift;
        ns->data = reserve(ns->bytes);
        ns->metadata = reserve(blocks_max(ns) * METADATA);
        ns->bad = reserve(bitmap_bytes(ns));
        if (!ns->data || !ns->metadata || !ns->bad)
            return lone_fail(error, ENOMEM,
                             "no address space for the simulated namespaces, 10 GB: see ulimit -v and "
                             "/proc/sys/vm/overcommit_memory (2 refuses memory that is reserved but not used)");
        nvsim_namespace_format(sim, i + 1, sizes[i].lbaf, false);
    }
    return 0;
}

static void describe(const struct nvsim_namespace *ns, uint8_t *bytes)
{
    const struct lone_record *record = &lone_identify_namespace;

    lone_set(record, bytes, "NSZE", ns->blocks);
    lone_set(record, bytes, "NCAP", ns->blocks);
    lone_set(record, bytes, "NUSE", ns->blocks);
    lone_set(record, bytes, "NLBAF", LONE_COUNT(formats) - 1);
    lone_set(record, bytes, "FLBAS.FIDXL", ns->lbaf);
    lone_set(record, bytes, "FLBAS.MTELBA", ns->interleaved);
    lone_set(record, bytes, "MC.MTELBAS", 1);
    lone_set(record, bytes, "MC.MTSBS", 1);
    lone_set(record, bytes, "DLFEAT.DRB", 1);
    lone_set(record, bytes, "DLFEAT.WZDS", 1);
    lone_set(record, bytes, "MSSRL", NVSIM_MSSRL);
    lone_set(record, bytes, "MCL", NVSIM_MCL);
    lone_set(record, bytes, "MSRC", NVSIM_MSRC - 1);
    for (size_t i = 0; i < LONE_COUNT(formats); i++) {
        const size_t size = 4;
        uint8_t *format = bytes + lone_record_field(record, "LBAF")->bit / 8 + i * size;

        nvsim_set16(format, formats[i].metadata_size);
        format[2] = formats[i].shift;
    }
}

/* Whole pages go back to the system, which has zeros in them when they are touched again. */
static void zero(uint8_t *memory, uint64_t from, uint64_t size)
{
    uint64_t first = (from + NVSIM_PAGE - 1) / NVSIM_PAGE * NVSIM_PAGE, end = from + size;
    uint64_t last = end / NVSIM_PAGE * NVSIM_PAGE;

    if (first >= last || madvise(memory + first, last - first, MADV_DONTNEED)) {
        memset(memory + from, 0, size);
        return;
    }
    memset(memory + from, 0, first - from);
    memset(memory + last, 0, end - last);
}

bool nvsim_namespace_format(struct nvsim *sim, uint32_t nsid, uint8_t lbaf, bool interleaved)
{
    struct nvsim_namespace *ns = nvsim_namespace(sim, nsid);

    if (!ns || lbaf >= LONE_COUNT(formats))
        return false;
    zero(ns->data, 0, ns->bytes);
    zero(ns->metadata, 0, blocks_max(ns) * METADATA);
    zero((uint8_t *)ns->bad, 0, bitmap_bytes(ns));
    ns->n_bad = 0;
    ns->lbaf = lbaf;
    ns->shift = formats[lbaf].shift;
    ns->metadata_size = formats[lbaf].metadata_size;
    ns->interleaved = interleaved && ns->metadata_size;
    ns->blocks = ns->bytes >> ns->shift;
    describe(ns, sim->identify_namespace[nsid - 1]);
    return true;
}

void nvsim_namespace_deallocate(struct nvsim_namespace *ns, uint64_t slba, uint64_t count)
{
    zero(ns->data, slba << ns->shift, count << ns->shift);
    if (ns->metadata_size)
        zero(ns->metadata, slba * ns->metadata_size, count * ns->metadata_size);
    nvsim_namespace_mark(ns, slba, count, false);
}

/* The bits of the word with @lba's that stand for blocks from there to before @end. */
static uint64_t bits_from(uint64_t lba, uint64_t end)
{
    uint64_t first = lba % 64, count = end - lba < 64 - first ? end - lba : 64 - first;

    return UINT64_MAX >> (64 - count) << first;
}

static uint64_t next_word(uint64_t lba)
{
    return (lba / 64 + 1) * 64;
}

/* Words that stay as they are are not written, so that they take no memory. */
void nvsim_namespace_mark(struct nvsim_namespace *ns, uint64_t slba, uint64_t count, bool bad)
{
    if (!bad && !ns->n_bad)
        return;
    for (uint64_t lba = slba, end = slba + count; lba < end; lba = next_word(lba)) {
        uint64_t bits = bits_from(lba, end), *word = &ns->bad[lba / 64], marked = *word & bits;

        if (marked == (bad ? bits : 0))
            continue;
        *word = bad ? *word | bits : *word & ~bits;
        ns->n_bad += (uint64_t)__builtin_popcountll(*word & bits);
        ns->n_bad -= (uint64_t)__builtin_popcountll(marked);
    }
}

uint64_t nvsim_namespace_readable(const struct nvsim_namespace *ns, uint64_t slba, uint64_t count)
{
    if (!ns->n_bad)
        return count;
    for (uint64_t lba = slba, end = slba + count; lba < end; lba = next_word(lba)) {
        uint64_t marked = ns->bad[lba / 64] & bits_from(lba, end);

        if (marked)
            return lba / 64 * 64 + (uint64_t)__builtin_ctzll(marked) - slba;
    }
    return count;
}
