/* SPDX-License-Identifier: MIT */
/* The simulator's Scatter Gather Lists: what is moved, and what is refused with which status (NVMe Base 2.0, 4.1.2). */
#include "nvsim_rig.h"

#include <stdlib.h>
#include <string.h>

#define LISTS  0x80000u /* segments, in the memory */
#define TARGET (DATA + 0x40000u)
#define SGL    (1u << 14) /* PSDT 01b in dword 0 */
#define BOTH   (2u << 14) /* PSDT 10b: metadata by an SGL as well */

enum type { BLOCK = 0x00, BUCKET = 0x10, SEGMENT = 0x20, LAST = 0x30, KEYED = 0x40, TRANSPORT = 0x50 };

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint8_t type;
};

static void encode(const struct descriptor *descriptor, uint8_t bytes[16])
{
    memset(bytes, 0, 16);
    memcpy(bytes, &descriptor->address, 8);
    memcpy(bytes + 8, &descriptor->length, 4);
    bytes[15] = descriptor->type;
}

static void put(struct rig *rig, uint32_t offset, const struct descriptor *descriptors, unsigned n)
{
    uint8_t bytes[16];

    for (unsigned i = 0; i < n; i++) {
        encode(&descriptors[i], bytes);
        lone_dma_store(rig->memory + offset + 16 * i, bytes, 16);
    }
}

static struct sqe io(uint8_t opcode, uint32_t count, struct descriptor sgl1)
{
    struct sqe sqe = {{[0] = opcode | SGL, [1] = 1, [12] = count - 1}};
    uint8_t bytes[16];

    encode(&sgl1, bytes);
    memcpy(&sqe.dw[6], bytes, 16);
    return sqe;
}

static void fill(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++, seed = seed * 1664525u + 1013904223u)
        bytes[i] = (uint8_t)(seed >> 24);
}

/* Blocks 0 and on hold @bytes. */
static void prepare(struct rig *rig, struct queue *queue, const uint8_t *bytes, uint32_t size)
{
    lone_dma_store(rig->memory + TARGET, bytes, size);
    assert_int_equal(
        run(rig, queue, io(nvme_cmd_write, size / 512, (struct descriptor){BASE + TARGET, size, BLOCK}), NULL), 0);
}

/* A read of @count blocks by @n descriptors in one last segment. */
static uint16_t read_by(struct rig *rig, struct queue *queue, uint32_t count, const struct descriptor *descriptors,
                        unsigned n)
{
    put(rig, LISTS, descriptors, n);
    return run(rig, queue, io(nvme_cmd_read, count, (struct descriptor){BASE + LISTS, 16 * n, LAST}), NULL);
}

static void test_block(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[4096], in[4096];

    fill(bytes, sizeof(bytes), 1);
    prepare(rig, &queue, bytes, sizeof(bytes));
    /* At any byte: SGLS asks for no alignment. A length that is larger is fine (SGLS bit 18). */
    for (uint32_t offset = 0; offset < 5; offset++) {
        struct descriptor block = {BASE + DATA + offset, 4096 + 1000 * offset, BLOCK};

        lone_dma_store(rig->memory + DATA + offset + 4096, "\x5a", 1);
        assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 8, block), NULL), 0);
        lone_dma_load(in, rig->memory + DATA + offset, 4096);
        assert_memory_equal(in, bytes, 4096);
        lone_dma_load(in, rig->memory + DATA + offset + 4096, 1);
        assert_int_equal(in[0], 0x5a);
    }
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 8, (struct descriptor){BASE + DATA, 4095, BLOCK}), NULL),
                     NVME_SC_SGL_INVALID_DATA);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 8, (struct descriptor){BASE + DATA, 0, BLOCK}), NULL),
                     NVME_SC_SGL_INVALID_DATA);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 8, (struct descriptor){BASE + MEMORY - 4, 4096, BLOCK}), NULL),
                     NVME_SC_DATA_XFER_ERROR);
}

static void test_segments(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[8192], in[8192], other[8192];
    const struct descriptor first[] = {
        {BASE + DATA, 1, BLOCK}, {BASE + DATA + 5, 510, BLOCK}, {0, 0, BLOCK}, {BASE + LISTS + 0x1008, 32, SEGMENT}};
    const struct descriptor second[] = {{BASE + DATA + 1000, 3000, BLOCK}, {BASE + LISTS + 0x3000, 64, LAST}};
    const struct descriptor third[] = {{BASE + DATA + 0x2000, 4096, BLOCK},
                                       {BASE + DATA + 0x4000, 500, BLOCK},
                                       {BASE + DATA + 0x5000, 85, BLOCK},
                                       {UINT64_MAX, 4096, BLOCK}}; /* not needed any more */
    struct sqe sqe =
        io(nvme_cmd_read, 16, (struct descriptor){BASE + LISTS, sizeof(first) / sizeof(*first) * 16, SEGMENT});

    fill(bytes, sizeof(bytes), 1);
    prepare(rig, &queue, bytes, sizeof(bytes));
    put(rig, LISTS, first, 4);
    put(rig, LISTS + 0x1008, second, 2);
    put(rig, LISTS + 0x3000, third, 4);
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    lone_dma_load(in, rig->memory + DATA, 1);
    lone_dma_load(in + 1, rig->memory + DATA + 5, 510);
    lone_dma_load(in + 511, rig->memory + DATA + 1000, 3000);
    lone_dma_load(in + 3511, rig->memory + DATA + 0x2000, 4096);
    lone_dma_load(in + 7607, rig->memory + DATA + 0x4000, 500);
    lone_dma_load(in + 8107, rig->memory + DATA + 0x5000, 85);
    assert_memory_equal(in, bytes, sizeof(bytes));
    /* The same list the other way. */
    fill(other, sizeof(other), 2);
    lone_dma_store(rig->memory + DATA, other, 1);
    lone_dma_store(rig->memory + DATA + 5, other + 1, 510);
    lone_dma_store(rig->memory + DATA + 1000, other + 511, 3000);
    lone_dma_store(rig->memory + DATA + 0x2000, other + 3511, 4096);
    lone_dma_store(rig->memory + DATA + 0x4000, other + 7607, 500);
    lone_dma_store(rig->memory + DATA + 0x5000, other + 8107, 85);
    sqe.dw[0] = nvme_cmd_write | SGL;
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 16, (struct descriptor){BASE + TARGET, 8192, BLOCK}), NULL), 0);
    lone_dma_load(in, rig->memory + TARGET, 8192);
    assert_memory_equal(in, other, sizeof(other));
}

static void test_many(void **state)
{
    enum { N = 8192 };
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    struct descriptor *descriptors = calloc(N, sizeof(*descriptors));
    uint8_t bytes[N], in[N];

    assert_non_null(descriptors);
    fill(bytes, N, 5);
    prepare(rig, &queue, bytes, N);
    for (uint32_t i = 0; i < N; i++)
        descriptors[i] = (struct descriptor){BASE + DATA + (N - 1 - i) * 2, 1, BLOCK};
    assert_int_equal(read_by(rig, &queue, N / 512, descriptors, N), 0);
    for (uint32_t i = 0; i < N; i++)
        lone_dma_load(in + i, rig->memory + DATA + (N - 1 - i) * 2, 1);
    assert_memory_equal(in, bytes, N);
    free(descriptors);
}

static void test_bit_bucket(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[2048], in[2048];
    const struct descriptor list[] = {
        {BASE + DATA, 100, BLOCK}, {UINT64_MAX, 1000, BUCKET}, {BASE + DATA + 100, 400, BLOCK}, {0, 548, BUCKET}};
    const struct descriptor both[] = {{BASE + DATA, 512, BLOCK}, {0, 4096, BUCKET}, {BASE + DATA + 512, 512, BLOCK}};

    fill(bytes, sizeof(bytes), 1);
    prepare(rig, &queue, bytes, sizeof(bytes));
    assert_int_equal(read_by(rig, &queue, 4, list, 4), 0);
    lone_dma_load(in, rig->memory + DATA, 500);
    assert_memory_equal(in, bytes, 100);
    assert_memory_equal(in + 100, bytes + 1100, 400);
    /* All of it into the bucket, by SGL1 itself. */
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 4, (struct descriptor){0, 2048, BUCKET}), NULL), 0);
    /* Nothing comes from a bucket: it counts as if its length were 0. */
    put(rig, LISTS, both, 3);
    lone_dma_store(rig->memory + DATA, bytes + 1024, 1024);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_write, 2, (struct descriptor){BASE + LISTS, 48, LAST}), NULL), 0);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 2, (struct descriptor){BASE + DATA, 1024, BLOCK}), NULL), 0);
    lone_dma_load(in, rig->memory + DATA, 1024);
    assert_memory_equal(in, bytes + 1024, 1024);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_write, 2, (struct descriptor){0, 1024, BUCKET}), NULL),
                     NVME_SC_SGL_INVALID_DATA);
}

static uint16_t by_sgl1(struct rig *rig, struct queue *queue, uint64_t address, uint32_t length, uint8_t type)
{
    return run(rig, queue, io(nvme_cmd_read, 1, (struct descriptor){address, length, type}), NULL);
}

/* interface: SI8 */
static void test_refusals(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    const struct descriptor block = {BASE + DATA, 512, BLOCK}, half = {BASE + DATA, 256, BLOCK};
    const uint64_t list = BASE + LISTS;

    /* Types and subtypes that are not supported. */
    for (unsigned type = KEYED; type < 0x100; type += 0x10)
        assert_int_equal(by_sgl1(rig, &queue, BASE + DATA, 512, (uint8_t)type), NVME_SC_SGL_INVALID_TYPE);
    for (unsigned subtype = 1; subtype < 16; subtype++)
        for (unsigned type = BLOCK; type <= LAST; type += 0x10)
            assert_int_equal(by_sgl1(rig, &queue, BASE + DATA, 512, (uint8_t)(type | subtype)),
                             NVME_SC_SGL_INVALID_TYPE);
    /* Segments of no length, with a broken descriptor at the end, at addresses that are no multiple of 8. */
    put(rig, LISTS, &block, 1);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t type = i ? LAST : SEGMENT;

        assert_int_equal(by_sgl1(rig, &queue, list, 0, type), NVME_SC_SGL_INVALID_LAST);
        assert_int_equal(by_sgl1(rig, &queue, list, 1, type), NVME_SC_SGL_INVALID_LAST);
        assert_int_equal(by_sgl1(rig, &queue, list, 24, type), NVME_SC_SGL_INVALID_LAST);
        assert_int_equal(by_sgl1(rig, &queue, list + 4, 16, type), NVME_SC_SGL_INVALID_LAST);
        assert_int_equal(by_sgl1(rig, &queue, BASE + MEMORY, 16, type), NVME_SC_DATA_XFER_ERROR);
    }
    assert_int_equal(by_sgl1(rig, &queue, list, 16, LAST), 0);
    /* A segment descriptor that is not the last of its segment; one in a last segment. */
    put(rig, LISTS, (const struct descriptor[]){half, {list + 0x1000, 16, LAST}, half}, 3);
    assert_int_equal(by_sgl1(rig, &queue, list, 48, SEGMENT), NVME_SC_SGL_INVALID_COUNT);
    put(rig, LISTS, (const struct descriptor[]){half, {list + 0x1000, 16, LAST}}, 2);
    assert_int_equal(by_sgl1(rig, &queue, list, 32, LAST), NVME_SC_SGL_INVALID_LAST);
    put(rig, LISTS, (const struct descriptor[]){half, {list + 0x1000, 16, SEGMENT}}, 2);
    assert_int_equal(by_sgl1(rig, &queue, list, 32, LAST), NVME_SC_SGL_INVALID_LAST);
    put(rig, LISTS + 0x1000, &(struct descriptor){BASE + DATA, 255, BLOCK}, 1);
    assert_int_equal(by_sgl1(rig, &queue, list, 32, SEGMENT), NVME_SC_SGL_INVALID_LAST); /* it is not the last */
    put(rig, LISTS + 0x1000, &half, 1);
    put(rig, LISTS, (const struct descriptor[]){half, {list + 0x1000, 16, LAST}}, 2);
    assert_int_equal(by_sgl1(rig, &queue, list, 32, SEGMENT), 0);
    /* Too short in all. */
    put(rig, LISTS, (const struct descriptor[]){half, {BASE + DATA, 255, BLOCK}}, 2);
    assert_int_equal(by_sgl1(rig, &queue, list, 32, LAST), NVME_SC_SGL_INVALID_DATA);
    /* A type that is met on the way. */
    put(rig, LISTS, (const struct descriptor[]){half, {BASE + DATA, 256, KEYED}}, 2);
    assert_int_equal(by_sgl1(rig, &queue, list, 32, LAST), NVME_SC_SGL_INVALID_TYPE);
}

/* What never comes to an end by itself. */
static void test_endless(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    const struct descriptor circle = {BASE + LISTS, 16, SEGMENT}, empty = {0, 0, BLOCK};
    const struct descriptor there = {BASE + LISTS + 0x1000, 32, SEGMENT}, back = {BASE + LISTS, 32, SEGMENT};

    put(rig, LISTS, &circle, 1);
    assert_int_not_equal(by_sgl1(rig, &queue, BASE + LISTS, 16, SEGMENT), 0);
    put(rig, LISTS, (const struct descriptor[]){empty, there}, 2);
    put(rig, LISTS + 0x1000, (const struct descriptor[]){empty, back}, 2);
    assert_int_not_equal(by_sgl1(rig, &queue, BASE + LISTS, 32, SEGMENT), 0);
    /* 4 GiB of descriptors, of which 512 KiB are there and empty. */
    for (uint32_t i = LISTS; i < DATA; i += 16)
        put(rig, i, &empty, 1);
    assert_int_not_equal(by_sgl1(rig, &queue, BASE + LISTS, UINT32_MAX - 15, LAST), 0);
    /* A circle that moves something ends with the transfer. */
    put(rig, LISTS, (const struct descriptor[]){{BASE + DATA, 1, BLOCK}, {BASE + LISTS, 32, SEGMENT}}, 2);
    assert_int_equal(by_sgl1(rig, &queue, BASE + LISTS, 32, SEGMENT), 0);
}

static void test_metadata(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[2048], metadata[32], in[2048];
    struct sqe sqe = io(nvme_cmd_write, 4, (struct descriptor){BASE + DATA, 2048, BLOCK});
    const struct descriptor whole = {BASE + TARGET + 1, 32, BLOCK}, last = {BASE + LISTS + 64, 32, LAST};
    const struct descriptor parts[] = {{BASE + TARGET, 7, BLOCK}, {BASE + TARGET + 100, 25, BLOCK}};
    struct nvme_id_ns id;
    uint32_t lbaf = 0;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &id), 0);
    while (lbaf <= id.nlbaf && (id.lbaf[lbaf].ds != 9 || id.lbaf[lbaf].ms != 8))
        lbaf++;
    assert_int_equal(admin(rig, (struct sqe){{0x80, 1, [10] = lbaf}}), 0);
    fill(bytes, sizeof(bytes), 1);
    fill(metadata, sizeof(metadata), 2);
    data_write(rig, bytes, sizeof(bytes));
    /* PSDT 01b: MPTR is a buffer at any byte. */
    lone_dma_store(rig->memory + TARGET + 1, metadata, 32);
    sqe.dw[4] = BASE + TARGET + 1;
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    /* PSDT 10b: MPTR is where one descriptor is, which may lead to more of them. */
    sqe.dw[0] = nvme_cmd_read | BOTH;
    sqe.dw[4] = BASE + LISTS;
    put(rig, LISTS, &last, 1);
    put(rig, LISTS + 64, parts, 2);
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    data_read(rig, in, 2048);
    assert_memory_equal(in, bytes, 2048);
    lone_dma_load(in, rig->memory + TARGET, 7);
    lone_dma_load(in + 7, rig->memory + TARGET + 100, 25);
    assert_memory_equal(in, metadata, 32);
    put(rig, LISTS, &whole, 1);
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    put(rig, LISTS, &(struct descriptor){BASE + TARGET, 31, BLOCK}, 1);
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_SGL_INVALID_METADATA);
    put(rig, LISTS, &(struct descriptor){BASE + TARGET, 32, KEYED}, 1);
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_SGL_INVALID_TYPE);
    sqe.dw[4] = BASE + MEMORY;
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_DATA_XFER_ERROR);
    sqe.dw[4] = BASE + LISTS + 4;
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_INVALID_FIELD);
}

/* PCIe: SGLs are for I/O commands; PSDT 11b is reserved. */
static void test_where(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    struct sqe sqe = identify(1, 0, BASE + DATA, 0),
               read = io(nvme_cmd_read, 1, (struct descriptor){BASE + DATA, 512, BLOCK});

    for (uint32_t psdt = 1; psdt < 4; psdt++) {
        sqe.dw[0] = (sqe.dw[0] & 0xff) | psdt << 14;
        assert_int_equal(admin(rig, sqe), NVME_SC_INVALID_FIELD);
    }
    read.dw[0] = nvme_cmd_read | 3u << 14;
    assert_int_equal(run(rig, &queue, read, NULL), NVME_SC_INVALID_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_block),    RUNNING(test_segments), RUNNING(test_many),     RUNNING(test_bit_bucket),
        RUNNING(test_refusals), RUNNING(test_endless),  RUNNING(test_metadata), RUNNING(test_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
