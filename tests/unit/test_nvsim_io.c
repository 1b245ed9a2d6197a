/* SPDX-License-Identifier: MIT */
/* The simulator's I/O commands: what they do to the blocks, and what they refuse (NVM Command Set 1.0, 3.2). */
#include "nvsim_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTS       0x80000u /* PRP lists, in the memory */
#define NS1         1974672u /* blocks of 512 bytes */
#define NS2         491022u  /* blocks of 4096 bytes */
#define MEDIA       0x200
#define FIRST       (1u << 8) /* FUSE in dword 0 */
#define SECOND      (2u << 8)
#define DEAC        (1u << 25)
#define FUA         (1u << 30)
#define LR          (1u << 31)
#define NO_NLB      0
#define ATOMIC_UNIT 0x14 /* Atomic Write Unit Exceeded, which libnvme does not name */

static struct sqe io(uint8_t opcode, uint32_t nsid, uint64_t slba, uint32_t count)
{
    return (struct sqe){
        {[0] = opcode, [1] = nsid, [10] = (uint32_t)slba, [11] = (uint32_t)(slba >> 32), [12] = count ? count - 1 : 0}};
}

static void put64(struct rig *rig, uint64_t offset, uint64_t value)
{
    lone_dma_store(rig->memory + offset, &value, 8);
}

/* @size bytes at @offset of the memory, by PRP1, PRP2 and a list if need be, which starts @list_at in its page. */
static struct sqe data_at(struct rig *rig, struct sqe sqe, uint32_t offset, uint32_t size, uint32_t list_at)
{
    uint32_t first = 4096 - offset % 4096, pages = size > first ? (size - first + 4095) / 4096 : 0;
    uint64_t page = BASE + offset + first, prp2 = page, list = LISTS + list_at;

    if (pages > 1) {
        prp2 = BASE + list;
        for (uint32_t i = 0; i < pages; i++, page += 4096, list += 8) {
            if (list % 4096 == 4088 && i + 1 < pages) {
                put64(rig, list, BASE + list + 8 + 4096); /* the next list page is not the next page */
                list += 8 + 4096;
            }
            put64(rig, list, page);
        }
    }
    sqe.dw[6] = BASE + offset;
    sqe.dw[8] = (uint32_t)prp2;
    return sqe;
}

static struct sqe with_data(struct rig *rig, struct sqe sqe, uint32_t size)
{
    return data_at(rig, sqe, DATA, size, 0);
}

static void fill(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++, seed = seed * 1664525u + 1013904223u)
        bytes[i] = (uint8_t)(seed >> 24);
}

static uint16_t write_blocks(struct rig *rig, struct queue *queue, uint32_t nsid, uint64_t slba, uint32_t count,
                             const uint8_t *bytes, uint32_t size)
{
    data_write(rig, bytes, size);
    return run(rig, queue, with_data(rig, io(nvme_cmd_write, nsid, slba, count), size), NULL);
}

static uint16_t read_blocks(struct rig *rig, struct queue *queue, uint32_t nsid, uint64_t slba, uint32_t count,
                            uint8_t *bytes, uint32_t size)
{
    uint16_t status;

    memset(bytes, 0xa5, size);
    data_write(rig, bytes, size);
    status = run(rig, queue, with_data(rig, io(nvme_cmd_read, nsid, slba, count), size), NULL);
    data_read(rig, bytes, size);
    return status;
}

static void expect_zeros(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            fail_msg("byte %zu is 0x%02x, not 0", i, bytes[i]);
}

static void restart(struct rig *rig)
{
    disable(rig);
    enable(rig);
}

/* interface: SI5 */
static void test_read_write(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t in[4096], out[4096];

    for (uint32_t nsid = 1; nsid <= 4; nsid++) {
        const uint64_t last[] = {NS1 - 8, NS2 - 1, 735210 - 1, 979398 - 1};
        uint32_t count = nsid == 1 ? 8 : 1;

        assert_int_equal(read_blocks(rig, &queue, nsid, last[nsid - 1], count, in, 4096), 0);
        expect_zeros(in, 4096);
        fill(out, 4096, nsid);
        assert_int_equal(write_blocks(rig, &queue, nsid, last[nsid - 1], count, out, 4096), 0);
        fill(out, 4096, nsid + 10);
        assert_int_equal(write_blocks(rig, &queue, nsid, 0, count, out, 4096), 0);
    }
    for (int round = 0; round < 3; round++) {
        for (uint32_t nsid = 1; nsid <= 4; nsid++) {
            const uint64_t last[] = {NS1 - 8, NS2 - 1, 735210 - 1, 979398 - 1};
            uint32_t count = nsid == 1 ? 8 : 1;

            fill(out, 4096, nsid);
            assert_int_equal(read_blocks(rig, &queue, nsid, last[nsid - 1], count, in, 4096), 0);
            assert_memory_equal(in, out, 4096);
            fill(out, 4096, nsid + 10);
            assert_int_equal(read_blocks(rig, &queue, nsid, 0, count, in, 4096), 0);
            assert_memory_equal(in, out, 4096);
            assert_int_equal(read_blocks(rig, &queue, nsid, count, count, in, 4096), 0);
            expect_zeros(in, 4096);
        }
        /* What is written stays written through a controller reset and a function level reset. */
        if (round == 0) {
            restart(rig);
        } else if (round == 1) {
            assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
            start(rig);
        }
        if (round < 2)
            queue = pair(rig, 1, 16, 0);
        /* FUA and LR are taken, and single blocks of 512 bytes are blocks of their own. */
        out[0] = (uint8_t)round;
        data_write(rig, out, 512);
        assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_write, 1, 100, 1), 512), NULL), 0);
        struct sqe sqe = with_data(rig, io(nvme_cmd_write, 1, 101, 1), 512);

        sqe.dw[12] |= FUA | LR;
        assert_int_equal(run(rig, &queue, sqe, NULL), 0);
        assert_int_equal(read_blocks(rig, &queue, 1, 99, 4, in, 2048), 0);
        expect_zeros(in, 512);
        assert_memory_equal(in + 512, out, 512);
        assert_memory_equal(in + 1024, out, 512);
        expect_zeros(in + 1536, 512);
    }
}

static void test_ranges(void **state)
{
    static const uint8_t opcodes[] = {nvme_cmd_read,         nvme_cmd_write,  nvme_cmd_compare,
                                      nvme_cmd_write_zeroes, nvme_cmd_verify, nvme_cmd_write_uncor};
    static const uint32_t nsids[] = {0, 5, 0x80000000};
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);

    for (size_t i = 0; i < sizeof(opcodes); i++) {
        uint8_t op = opcodes[i];

        assert_int_equal(run(rig, &queue, with_data(rig, io(op, 2, NS2, 1), 4096), NULL), NVME_SC_LBA_RANGE);
        assert_int_equal(run(rig, &queue, with_data(rig, io(op, 2, NS2 - 1, 2), 8192), NULL), NVME_SC_LBA_RANGE);
        assert_int_equal(run(rig, &queue, with_data(rig, io(op, 2, UINT64_MAX, 1), 4096), NULL), NVME_SC_LBA_RANGE);
        assert_int_equal(run(rig, &queue, with_data(rig, io(op, 2, UINT64_MAX - 1, 2), 8192), NULL), NVME_SC_LBA_RANGE);
        for (size_t k = 0; k < sizeof(nsids) / sizeof(*nsids); k++)
            assert_int_equal(run(rig, &queue, with_data(rig, io(op, nsids[k], 0, 1), 4096), NULL), NVME_SC_INVALID_NS);
        /* The broadcast value is a valid one, but only Flush takes it (Base 2.0, Figure 87). */
        assert_int_equal(run(rig, &queue, with_data(rig, io(op, NVME_NSID_ALL, 0, 1), 4096), NULL),
                         NVME_SC_INVALID_FIELD);
    }
    assert_int_equal(flush(rig, &queue, 1), 0);
    assert_int_equal(flush(rig, &queue, NVME_NSID_ALL), 0); /* VWC says so */
    assert_int_equal(flush(rig, &queue, 0), NVME_SC_INVALID_NS);
    assert_int_equal(flush(rig, &queue, 5), NVME_SC_INVALID_NS);
}

/* MDTS: 2^8 pages of CAP.MPSMIN, 1 MiB. */
/* interface: SI5 */
static void test_mdts(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t *out = malloc(1 << 20), *in = malloc(1 << 20);

    assert_true(out && in);
    fill(out, 1 << 20, 7);
    assert_int_equal(write_blocks(rig, &queue, 1, 5000, 2048, out, 1 << 20), 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 5000, 2048, in, 1 << 20), 0);
    assert_memory_equal(in, out, 1 << 20);
    assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_write, 1, 0, 2049), 1 << 20), NULL),
                     NVME_SC_INVALID_FIELD);
    assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_read, 1, 0, 65536), 1 << 20), NULL),
                     NVME_SC_INVALID_FIELD);
    assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_compare, 2, 0, 257), 1 << 20), NULL),
                     NVME_SC_INVALID_FIELD);
    assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_read, 2, 0, 256), 1 << 20), NULL), 0);
    free(out);
    free(in);
}

/* Every offset in the page, and lists that begin anywhere in theirs and go on in another. */
static void test_prps(void **state)
{
    static const uint32_t offsets[] = {0, 4, 512, 2048, 4088, 4092}, lists[] = {0, 8, 2040, 4072, 4080, 4088};
    static const uint32_t sizes[] = {4096, 8192, 12288, 65536, 131072};
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t *out = malloc(131072), *in = malloc(131072 + 8);
    uint32_t seed = 1;

    assert_true(out && in);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        for (size_t k = 0; k < sizeof(offsets) / sizeof(*offsets); k++)
            for (size_t l = 0; l < sizeof(lists) / sizeof(*lists); l++) {
                uint32_t size = sizes[i], offset = DATA + offsets[k];
                uint8_t *memory = rig->memory + offset;

                fill(out, size, seed++);
                lone_dma_store(memory, out, size);
                assert_int_equal(
                    run(rig, &queue, data_at(rig, io(nvme_cmd_write, 1, 0, size / 512), offset, size, lists[l]), NULL),
                    0);
                memset(in, 0x5a, size + 8);
                lone_dma_store(memory - 4, in, size + 8);
                assert_int_equal(
                    run(rig, &queue, data_at(rig, io(nvme_cmd_read, 1, 0, size / 512), offset, size, lists[l]), NULL),
                    0);
                lone_dma_load(in, memory - 4, size + 8);
                assert_memory_equal(in + 4, out, size);
                assert_int_equal(in[0] | in[size + 4], 0x5a);
                assert_int_equal(in[3] & in[size + 7], 0x5a);
            }
    free(out);
    free(in);
}

static void test_prp_refusals(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    struct sqe sqe = with_data(rig, io(nvme_cmd_read, 1, 0, 32), 16384); /* a list of three */

    for (unsigned bit = 0; bit < 12; bit++) {
        struct sqe other = sqe;

        if (bit < 3) {
            other.dw[8] ^= 1u << bit;
            assert_int_equal(run(rig, &queue, other, NULL), NVME_SC_PRP_INVALID_OFFSET);
        }
        put64(rig, LISTS + 8, BASE + DATA + 8192 + (1u << bit));
        assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_PRP_INVALID_OFFSET);
    }
    put64(rig, LISTS + 8, BASE + MEMORY);
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_DATA_XFER_ERROR);
    put64(rig, LISTS + 8, BASE + DATA + 8192);
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    sqe.dw[8] = BASE + MEMORY;
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_DATA_XFER_ERROR);
    sqe.dw[8] = BASE + LISTS;
    sqe.dw[6] |= 1;
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_PRP_INVALID_OFFSET);
    sqe.dw[6] ^= 3;
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_PRP_INVALID_OFFSET);
    /* A list page whose last entry points back to it: the transfer ends all the same. */
    sqe = with_data(rig, io(nvme_cmd_read, 1, 0, 2048), 1 << 20);
    sqe.dw[8] = BASE + LISTS + 4080;
    put64(rig, LISTS + 4080, BASE + DATA);
    put64(rig, LISTS + 4088, BASE + LISTS);
    for (uint32_t i = 0; i < 510; i++)
        put64(rig, LISTS + 8 * i, BASE + DATA);
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
}

static void test_compare(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[16384];

    fill(bytes, sizeof(bytes), 3);
    assert_int_equal(write_blocks(rig, &queue, 2, 9, 4, bytes, sizeof(bytes)), 0);
    assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_compare, 2, 9, 4), sizeof(bytes)), NULL), 0);
    for (size_t at = 0; at < sizeof(bytes); at += 1500) {
        bytes[at] ^= 1;
        data_write(rig, bytes, sizeof(bytes));
        assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_compare, 2, 9, 4), sizeof(bytes)), NULL),
                         MEDIA | NVME_SC_COMPARE_FAILED);
        bytes[at] ^= 1;
    }
}

static void test_write_zeroes(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[16384], in[16384];
    struct sqe sqe = io(nvme_cmd_write_zeroes, 1, 3, 20);

    fill(bytes, sizeof(bytes), 3);
    for (int deallocate = 0; deallocate < 2; deallocate++) {
        assert_int_equal(write_blocks(rig, &queue, 1, 0, 32, bytes, sizeof(bytes)), 0);
        sqe.dw[12] |= deallocate ? DEAC : 0;
        assert_int_equal(run(rig, &queue, sqe, NULL), 0);
        assert_int_equal(read_blocks(rig, &queue, 1, 0, 32, in, sizeof(in)), 0);
        assert_memory_equal(in, bytes, 3 * 512);
        expect_zeros(in + 3 * 512, 20 * 512);
        assert_memory_equal(in + 23 * 512, bytes + 23 * 512, 9 * 512);
    }
    /* As much as there can be, which MDTS does not limit. */
    assert_int_equal(run(rig, &queue, io(nvme_cmd_write_zeroes, 2, 0, 65536), NULL), 0);
}

/* interface: SI6 */
static void test_uncorrectable(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[4096], in[4096];
    struct sqe copy = io(nvme_cmd_copy, 1, 5000, 0);
    const uint16_t lost = MEDIA | NVME_SC_READ_ERROR;

    fill(bytes, sizeof(bytes), 3);
    assert_int_equal(write_blocks(rig, &queue, 1, 10, 8, bytes, sizeof(bytes)), 0);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_write_uncor, 1, 13, 2), NULL), 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 10, 8, in, sizeof(in)), lost);
    assert_int_equal(read_blocks(rig, &queue, 1, 14, 1, in, 512), lost);
    assert_int_equal(read_blocks(rig, &queue, 1, 10, 3, in, 1536), 0);
    assert_memory_equal(in, bytes, 1536);
    assert_int_equal(read_blocks(rig, &queue, 1, 15, 3, in, 1536), 0);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_verify, 1, 10, 8), NULL), lost);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_verify, 1, 10, 3), NULL), 0);
    assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_compare, 1, 13, 1), 512), NULL), lost);
    memset(in, 0, 32);
    in[8] = 13;
    data_write(rig, in, 32);
    assert_int_equal(run(rig, &queue, with_data(rig, copy, 32), NULL), lost);
    /* Any of what writes blocks heals them. */
    assert_int_equal(write_blocks(rig, &queue, 1, 13, 1, bytes, 512), 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 13, 1, in, 512), 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 14, 1, in, 512), lost);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_write_zeroes, 1, 14, 1), NULL), 0);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_verify, 1, 10, 8), NULL), 0);
}

static void put_dsm_range(uint8_t *range, uint64_t slba, uint32_t count)
{
    memset(range, 0, 16);
    memcpy(range + 4, &count, 4);
    memcpy(range + 8, &slba, 8);
}

static uint16_t dsm(struct rig *rig, struct queue *queue, const uint8_t *ranges, unsigned n, uint32_t attributes)
{
    struct sqe sqe = with_data(rig, io(nvme_cmd_dsm, 1, 0, NO_NLB), n * 16);

    sqe.dw[10] = n - 1;
    sqe.dw[11] = attributes;
    data_write(rig, ranges, n * 16);
    return run(rig, queue, sqe, NULL);
}

static void test_dataset_management(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[16384], in[16384], ranges[4096];

    fill(bytes, sizeof(bytes), 9);
    assert_int_equal(write_blocks(rig, &queue, 1, 0, 32, bytes, sizeof(bytes)), 0);
    put_dsm_range(ranges, 1, 2);
    put_dsm_range(ranges + 16, 7, 17);
    put_dsm_range(ranges + 32, 3, 0);
    /* Hints change nothing. */
    assert_int_equal(dsm(rig, &queue, ranges, 3, NVME_DSMGMT_IDR | NVME_DSMGMT_IDW), 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 0, 32, in, sizeof(in)), 0);
    assert_memory_equal(in, bytes, sizeof(in));
    assert_int_equal(dsm(rig, &queue, ranges, 3, NVME_DSMGMT_AD), 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 0, 32, in, sizeof(in)), 0);
    memset(bytes + 512, 0, 1024);
    memset(bytes + 7 * 512, 0, 17 * 512);
    assert_memory_equal(in, bytes, sizeof(in));
    /* One range that is wrong, and nothing is deallocated. */
    put_dsm_range(ranges, 0, 32);
    put_dsm_range(ranges + 16, NS1 - 1, 2);
    assert_int_equal(dsm(rig, &queue, ranges, 2, NVME_DSMGMT_AD), NVME_SC_LBA_RANGE);
    assert_int_equal(read_blocks(rig, &queue, 1, 0, 32, in, sizeof(in)), 0);
    assert_memory_equal(in, bytes, sizeof(in));
    for (unsigned i = 0; i < 256; i++)
        put_dsm_range(ranges + 16 * i, i * 7000, 7000);
    assert_int_equal(dsm(rig, &queue, ranges, 256, NVME_DSMGMT_AD), 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 0, 32, in, sizeof(in)), 0);
    expect_zeros(in, sizeof(in));
}

struct range {
    uint64_t slba;
    uint32_t count;
};

static uint16_t copy_to(struct rig *rig, struct queue *queue, uint64_t sdlba, const struct range *ranges, unsigned n,
                        uint32_t *result)
{
    uint8_t descriptors[32 * 256] = {0};
    struct sqe sqe = with_data(rig, io(nvme_cmd_copy, 1, sdlba, NO_NLB), n * 32);

    for (unsigned i = 0; i < n; i++) {
        memcpy(descriptors + 32 * i + 8, &ranges[i].slba, 8);
        descriptors[32 * i + 16] = (uint8_t)(ranges[i].count - 1);
        descriptors[32 * i + 17] = (uint8_t)((ranges[i].count - 1) >> 8);
    }
    data_write(rig, descriptors, n * 32);
    sqe.dw[12] = n - 1;
    return run(rig, queue, sqe, result);
}

static void test_copy(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[16384], in[16384];
    struct range ranges[256] = {{4, 2}, {0, 1}, {30, 2}};
    struct nvme_id_ns id;
    struct sqe sqe;
    uint32_t result = 99;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &id), 0);
    assert_true(id.mssrl && id.mcl && id.msrc);
    fill(bytes, sizeof(bytes), 9);
    assert_int_equal(write_blocks(rig, &queue, 1, 0, 32, bytes, sizeof(bytes)), 0);
    assert_int_equal(copy_to(rig, &queue, 1000, ranges, 3, &result), 0);
    assert_int_equal(result, 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 1000, 6, in, 6 * 512), 0);
    assert_memory_equal(in, bytes + 4 * 512, 1024);
    assert_memory_equal(in + 1024, bytes, 512);
    assert_memory_equal(in + 1536, bytes + 30 * 512, 1024);
    expect_zeros(in + 5 * 512, 512);
    /* The limits that Identify Namespace tells. */
    ranges[1] = (struct range){0, id.mssrl};
    assert_int_equal(copy_to(rig, &queue, 1000, ranges, 2, NULL), 0);
    ranges[1].count++;
    assert_int_equal(copy_to(rig, &queue, 1000, ranges, 2, NULL), CSPEC | NVME_SC_CMD_SIZE_LIMIT_EXCEEDED);
    for (unsigned i = 0; i < 256; i++)
        ranges[i] = (struct range){0, 1};
    assert_int_equal(copy_to(rig, &queue, 1000, ranges, id.msrc + 1u, NULL), 0);
    assert_int_equal(copy_to(rig, &queue, 1000, ranges, id.msrc + 2u, NULL), CSPEC | NVME_SC_CMD_SIZE_LIMIT_EXCEEDED);
    for (unsigned i = 0; i < 256; i++)
        ranges[i] = (struct range){0, id.mssrl};
    assert_int_equal(copy_to(rig, &queue, 1000, ranges, id.mcl / id.mssrl, NULL), 0);
    assert_int_equal(copy_to(rig, &queue, 1000, ranges, id.mcl / id.mssrl + 1, NULL),
                     CSPEC | NVME_SC_CMD_SIZE_LIMIT_EXCEEDED);
    assert_int_equal(copy_to(rig, &queue, NS1 - 100, ranges, 1, NULL), NVME_SC_LBA_RANGE);
    ranges[0].slba = NS1 - 1;
    assert_int_equal(copy_to(rig, &queue, 0, ranges, 1, NULL), NVME_SC_LBA_RANGE);
    /* DW0 of a copy that stopped is the range at which it did. */
    assert_int_equal(run(rig, &queue, io(nvme_cmd_write_uncor, 1, 500, 1), NULL), 0);
    ranges[0] = ranges[1] = (struct range){0, 1};
    ranges[2] = (struct range){499, 2};
    assert_int_equal(copy_to(rig, &queue, 1000, ranges, 3, &result), MEDIA | NVME_SC_READ_ERROR);
    assert_int_equal(result, 2);
    sqe = with_data(rig, io(nvme_cmd_copy, 1, 1000, 1), 32);
    sqe.dw[12] = 1 << 8; /* descriptor format 1: OCFS does not have it */
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_INVALID_FIELD);
}

/* ---- fused ---- */

static void fuse(struct rig *rig, struct queue *queue, struct sqe first, struct sqe second, uint16_t statuses[2])
{
    uint32_t cqe[4];

    first.dw[0] |= 0x7000u << 16;
    second.dw[0] |= 0x7001u << 16;
    place(rig, queue, &first);
    place(rig, queue, &second);
    ring_sq(rig, queue, queue->tail);
    for (uint32_t i = 0; i < 2; i++) {
        await(rig, queue, cqe);
        ring_cq(rig, queue, queue->head);
        assert_int_equal(cqe[3] & 0xffff, 0x7000 + i);
        statuses[i] = status_of(cqe);
    }
}

static struct sqe fused(struct rig *rig, uint8_t opcode, uint32_t which, uint64_t slba, uint32_t count, uint32_t offset)
{
    struct sqe sqe = data_at(rig, io(opcode, 1, slba, count), DATA + offset, count * 512, 0);

    sqe.dw[0] |= which;
    return sqe;
}

/* interface: SI7 */
static void test_fused(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t old[512], new[512], in[512];
    struct sqe compare = fused(rig, nvme_cmd_compare, FIRST, 7, 1, 0);
    struct sqe write = fused(rig, nvme_cmd_write, SECOND, 7, 1, 4096);
    uint16_t s[2];

    fill(old, 512, 1);
    fill(new, 512, 2);
    assert_int_equal(write_blocks(rig, &queue, 1, 7, 1, old, 512), 0);
    lone_dma_store(rig->memory + DATA + 4096, new, 512);
    data_write(rig, old, 512);
    fuse(rig, &queue, compare, write, s);
    assert_int_equal(s[0] | s[1], 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 7, 1, in, 512), 0);
    assert_memory_equal(in, new, 512);
    /* Now it is not what was expected, so nothing is written. */
    data_write(rig, old, 512);
    fuse(rig, &queue, compare, fused(rig, nvme_cmd_write, SECOND, 7, 1, 0), s);
    assert_int_equal(s[0], MEDIA | NVME_SC_COMPARE_FAILED);
    assert_int_equal(s[1], NVME_SC_FUSED_FAIL);
    assert_int_equal(read_blocks(rig, &queue, 1, 7, 1, in, 512), 0);
    assert_memory_equal(in, new, 512);
    /* Ranges that differ, and pairs that are not this pair. */
    fuse(rig, &queue, compare, fused(rig, nvme_cmd_write, SECOND, 8, 1, 0), s);
    assert_int_equal(s[0], NVME_SC_INVALID_FIELD);
    assert_int_equal(s[1], NVME_SC_INVALID_FIELD);
    fuse(rig, &queue, fused(rig, nvme_cmd_read, FIRST, 7, 1, 0), write, s);
    assert_int_equal(s[0], NVME_SC_INVALID_FIELD);
    assert_int_equal(s[1], NVME_SC_INVALID_FIELD);
    /* ACWU: 8 blocks. */
    fuse(rig, &queue, fused(rig, nvme_cmd_compare, FIRST, 100, 8, 8192), fused(rig, nvme_cmd_write, SECOND, 100, 8, 0),
         s);
    assert_int_not_equal(s[0], ATOMIC_UNIT);
    fuse(rig, &queue, fused(rig, nvme_cmd_compare, FIRST, 100, 9, 8192), fused(rig, nvme_cmd_write, SECOND, 100, 9, 0),
         s);
    assert_int_equal(s[0], ATOMIC_UNIT);
    assert_int_equal(s[1], ATOMIC_UNIT);
    /* A pair that is none: the first is missing, or the second. */
    fuse(rig, &queue, compare, io(nvme_cmd_flush, 1, 0, 0), s);
    assert_int_equal(s[0], NVME_SC_FUSED_MISSING);
    assert_int_equal(s[1], 0);
    assert_int_equal(run(rig, &queue, write, NULL), NVME_SC_FUSED_MISSING);
    write.dw[0] |= 3u << 14; /* PSDT 11b is reserved */
    fuse(rig, &queue, compare, write, s);
    assert_int_equal(s[0], NVME_SC_INVALID_FIELD);
    assert_int_equal(s[1], NVME_SC_INVALID_FIELD);
    write.dw[0] &= ~(3u << 14);
    /* The comparison succeeds, the write does not. */
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_WRITE_PROTECT, 1, 1, false), 0);
    data_write(rig, new, 512);
    fuse(rig, &queue, compare, write, s);
    assert_int_equal(s[0], NVME_SC_FUSED_FAIL);
    assert_int_equal(s[1], NVME_SC_NS_WRITE_PROTECTED);
}

/* The first of a pair waits for its second, which a later doorbell may bring. */
/* interface: SI7 */
static void test_fused_waits(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 4, 0);
    struct sqe compare = fused(rig, nvme_cmd_compare, FIRST, 7, 1, 0);
    struct sqe write = fused(rig, nvme_cmd_write, SECOND, 7, 1, 0);
    uint8_t zeros[512] = {0};
    uint32_t cqe[4];

    data_write(rig, zeros, 512);
    for (int i = 0; i < 5; i++) { /* across the end of the queue */
        place(rig, &queue, &compare);
        ring_sq(rig, &queue, queue.tail);
        pause_ms(3);
        assert_false(take(rig, &queue, cqe));
        place(rig, &queue, &write);
        ring_sq(rig, &queue, queue.tail);
        for (int k = 0; k < 2; k++) {
            await(rig, &queue, cqe);
            assert_int_equal(status_of(cqe), 0);
            ring_cq(rig, &queue, queue.head);
        }
        assert_int_equal(flush(rig, &queue, 1), 0);
    }
}

/* In a queue of two entries there is never room for both. */
static void test_fused_tiny(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 2, 0);

    for (int i = 0; i < 3; i++)
        assert_int_equal(run(rig, &queue, fused(rig, nvme_cmd_compare, FIRST, 7, 1, 0), NULL), NVME_SC_FUSED_MISSING);
    assert_int_equal(flush(rig, &queue, 1), 0);
}

/* A completion queue with room for one: the second of the pair is told of later. */
static void test_fused_no_room(void **state)
{
    struct rig *rig = *state;
    struct queue queue = {.qid = 1, .sq_offset = IOQ, .cq_offset = IOQ + 0x10000, .sq_size = 8, .cq_size = 2};
    struct sqe compare = fused(rig, nvme_cmd_compare, FIRST, 7, 1, 0);
    struct sqe write = fused(rig, nvme_cmd_write, SECOND, 7, 1, 0);
    uint8_t zeros[512] = {0};
    uint32_t cqe[4];

    data_write(rig, zeros, 512);
    queue_reset(rig, &queue);
    assert_int_equal(admin(rig, create_cq(1, 1, BASE + queue.cq_offset, 1)), 0);
    assert_int_equal(admin(rig, create_sq(1, 7, BASE + queue.sq_offset, 0x10001)), 0);
    for (int i = 0; i < 4; i++) {
        compare.dw[0] = (compare.dw[0] & 0xffff) | (uint32_t)(2 * i) << 16;
        write.dw[0] = (write.dw[0] & 0xffff) | (uint32_t)(2 * i + 1) << 16;
        place(rig, &queue, &compare);
        place(rig, &queue, &write);
        ring_sq(rig, &queue, queue.tail);
        for (int k = 0; k < 2; k++) {
            await(rig, &queue, cqe);
            assert_int_equal(status_of(cqe), 0);
            assert_int_equal(cqe[3] & 0xffff, 2 * i + k);
            pause_ms(2);
            assert_false(take(rig, &queue, cqe));
            ring_cq(rig, &queue, queue.head);
        }
    }
}

/* ---- metadata ---- */

static void format(struct rig *rig, uint32_t nsid, uint32_t lbaf, bool interleaved)
{
    assert_int_equal(admin(rig, (struct sqe){{0x80, nsid, [10] = lbaf | (uint32_t)interleaved << 4}}), 0);
}

/* The formats' numbers, by block and metadata size, as Identify Namespace lists them. */
static uint32_t find_format(struct rig *rig, unsigned shift, unsigned metadata)
{
    struct nvme_id_ns id;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &id), 0);
    for (uint32_t i = 0; i <= id.nlbaf; i++)
        if (id.lbaf[i].ds == shift && id.lbaf[i].ms == metadata)
            return i;
    fail_msg("no format of 2^%u bytes with %u of metadata", shift, metadata);
    return 0;
}

static void test_metadata_separate(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[8192], in[8192], metadata[16 * 8], got[16 * 8];
    struct sqe sqe;

    format(rig, 1, find_format(rig, 9, 8), false);
    fill(bytes, sizeof(bytes), 1);
    fill(metadata, sizeof(metadata), 2);
    data_write(rig, bytes, sizeof(bytes));
    lone_dma_store(rig->memory + LISTS + 4, metadata, sizeof(metadata));
    sqe = data_at(rig, io(nvme_cmd_write, 1, 40, 16), DATA, 8192, 0);
    sqe.dw[4] = BASE + LISTS + 4;
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    memset(in, 0, sizeof(in));
    data_write(rig, in, sizeof(in));
    lone_dma_store(rig->memory + LISTS + 4, in, sizeof(metadata));
    sqe.dw[0] = nvme_cmd_read;
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    data_read(rig, in, sizeof(in));
    lone_dma_load(got, rig->memory + LISTS + 4, sizeof(got));
    assert_memory_equal(in, bytes, sizeof(in));
    assert_memory_equal(got, metadata, sizeof(got));
    /* Compare compares both. */
    sqe.dw[0] = nvme_cmd_compare;
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    lone_dma_store(rig->memory + LISTS + 100, "x", 1);
    assert_int_equal(run(rig, &queue, sqe, NULL), MEDIA | NVME_SC_COMPARE_FAILED);
    /* MPTR is a multiple of 4 without SGLs, and must be reachable. */
    sqe.dw[0] = nvme_cmd_read;
    sqe.dw[4] = BASE + LISTS + 2;
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_INVALID_FIELD);
    sqe.dw[4] = BASE + MEMORY;
    assert_int_equal(run(rig, &queue, sqe, NULL), NVME_SC_DATA_XFER_ERROR);
    /* Write Zeroes clears both. */
    assert_int_equal(run(rig, &queue, io(nvme_cmd_write_zeroes, 1, 41, 1), NULL), 0);
    sqe.dw[4] = BASE + LISTS;
    assert_int_equal(run(rig, &queue, sqe, NULL), 0);
    lone_dma_load(got, rig->memory + LISTS, sizeof(got));
    assert_memory_equal(got, metadata, 8);
    expect_zeros(got + 8, 8);
    assert_memory_equal(got + 16, metadata + 16, sizeof(got) - 16);
}

static void test_metadata_interleaved(void **state)
{
    enum { BLOCK = 4096 + 8, COUNT = 5, SIZE = COUNT * BLOCK };
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[SIZE], in[SIZE];
    struct nvme_id_ns id;

    format(rig, 1, find_format(rig, 12, 8), true);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &id), 0);
    assert_int_equal(id.flbas & NVME_NS_FLBAS_META_EXT, NVME_NS_FLBAS_META_EXT);
    assert_int_equal(id.nsze, NS1 / 8);
    fill(bytes, sizeof(bytes), 4);
    assert_int_equal(write_blocks(rig, &queue, 1, 20, COUNT, bytes, SIZE), 0);
    assert_int_equal(read_blocks(rig, &queue, 1, 20, COUNT, in, SIZE), 0);
    assert_memory_equal(in, bytes, SIZE);
    assert_int_equal(read_blocks(rig, &queue, 1, 22, 1, in, BLOCK), 0);
    assert_memory_equal(in, bytes + 2 * BLOCK, BLOCK);
    /* MDTS counts metadata that goes with the data. */
    assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_read, 1, 0, 256), 1 << 20), NULL),
                     NVME_SC_INVALID_FIELD);
    assert_int_equal(run(rig, &queue, with_data(rig, io(nvme_cmd_read, 1, 0, 255), 255 * BLOCK), NULL), 0);
    /* A format leaves nothing. */
    format(rig, 1, find_format(rig, 9, 0), false);
    assert_int_equal(read_blocks(rig, &queue, 1, 160, 40, in, SIZE), 0);
    expect_zeros(in, SIZE - 40);
}

/* ---- memory and load ---- */

/* The most that one command may name, 256 ranges, in the largest namespace of the smallest blocks, one of which cannot
 * be read: the work is not proportional to the blocks. */
static void test_dataset_management_large(void **state)
{
    static struct nvme_dsm_range ranges[256];
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    struct nvme_id_ns ns;
    double start;

    format(rig, 4, 0, false);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 4, &ns), 0);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_write_uncor, 4, 0, 1), NULL), 0);
    for (int i = 0; i < 256; i++)
        ranges[i] = (struct nvme_dsm_range){.slba = 1, .nlb = (uint32_t)ns.nsze - 1};
    data_write(rig, ranges, sizeof(ranges));
    start = now(CLOCK_PROCESS_CPUTIME_ID);
    assert_int_equal(run(rig, &queue, (struct sqe){{nvme_cmd_dsm, 4, [6] = BASE + DATA, [10] = 255, [11] = 4}}, NULL),
                     0);
    assert_true(now(CLOCK_PROCESS_CPUTIME_ID) - start < 1);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_verify, 4, 0, 1), NULL), NVME_SCT_MEDIA << 8 | NVME_SC_READ_ERROR);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_verify, 4, 1, 1), NULL), 0);
}

static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long total = 0, resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &total, &resident), 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* What was never written takes no memory, and what is deallocated gives it back. */
/* interface: SI3 */
static void test_sparse(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[4096];
    long before, written;

    fill(bytes, sizeof(bytes), 1);
    assert_int_equal(write_blocks(rig, &queue, 4, 0, 1, bytes, 4096), 0);
    before = resident_kib();
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(write_blocks(rig, &queue, 4, 1 + i * 900, 1, bytes, 4096), 0);
    written = resident_kib();
    assert_true(written - before < 10 * 4096); /* 4 MB were written; a sanitizer adds to it */
    for (uint32_t i = 0; i < 14; i++)
        assert_int_equal(run(rig, &queue, io(nvme_cmd_write_zeroes, 4, i * 65300, 65300), NULL), 0);
    assert_true(written - resident_kib() > 2000);
}

/* Thirty-two commands on their way in each of several queues at once, to different places. */
static void test_depth(void **state)
{
    enum { DEPTH = 32, ROUNDS = 40 };
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, DEPTH + 1, 0);
    uint8_t bytes[4096], in[4096];
    uint32_t cqe[4];

    for (int round = 0; round < ROUNDS; round++) {
        uint8_t opcode = round % 2 ? nvme_cmd_read : nvme_cmd_write;

        for (uint32_t i = 0; i < DEPTH; i++) {
            struct sqe sqe = data_at(rig, io(opcode, 2, i * 11, 1), DATA + i * 4096, 4096, 0);

            fill(bytes, 4096, i + (uint32_t)round / 2 * 100);
            if (opcode == nvme_cmd_read)
                memset(bytes, 0, sizeof(bytes));
            lone_dma_store(rig->memory + DATA + i * 4096, bytes, 4096);
            place(rig, &queue, &sqe);
        }
        ring_sq(rig, &queue, queue.tail);
        for (uint32_t i = 0; i < DEPTH; i++) {
            await(rig, &queue, cqe);
            assert_int_equal(status_of(cqe), 0);
        }
        ring_cq(rig, &queue, queue.head);
        for (uint32_t i = 0; opcode == nvme_cmd_read && i < DEPTH; i++) {
            fill(bytes, 4096, i + (uint32_t)round / 2 * 100);
            lone_dma_load(in, rig->memory + DATA + i * 4096, 4096);
            assert_memory_equal(in, bytes, 4096);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_read_write),
        RUNNING(test_ranges),
        RUNNING(test_mdts),
        RUNNING(test_prps),
        RUNNING(test_prp_refusals),
        RUNNING(test_compare),
        RUNNING(test_write_zeroes),
        RUNNING(test_uncorrectable),
        RUNNING(test_dataset_management),
        RUNNING(test_dataset_management_large),
        RUNNING(test_copy),
        RUNNING(test_fused),
        RUNNING(test_fused_waits),
        RUNNING(test_fused_tiny),
        RUNNING(test_fused_no_room),
        RUNNING(test_metadata_separate),
        RUNNING(test_metadata_interleaved),
        RUNNING(test_sparse),
        RUNNING(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
