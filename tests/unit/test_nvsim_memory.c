/* SPDX-License-Identifier: MIT */
/* The simulator's own memory: Controller Memory Buffer and Persistent Memory Region (NVMe Base 2.0, 8.5 and 8.14). */
#include "nvsim_rig.h"

#include <errno.h>
#include <string.h>

#define CMB      0x5000000000ull /* where the controller is told to find them: outside of what is mapped */
#define PMR      0x6000000000ull
#define SIZE     0x400000u
#define CMB_BAR  2u
#define PMR_BAR  4u
#define CRE      1u
#define CMSE     2u
#define CAP_CMBS (1ull << 57)
#define CAP_PMRS (1ull << 56)

static uint64_t bar_load(struct rig *rig, unsigned bar, uint64_t offset, unsigned width)
{
    uint64_t value = 0;

    assert_int_equal(lone_device_bar_read(rig->device, bar, offset, width, &value, NULL), 0);
    return value;
}

static void bar_store(struct rig *rig, unsigned bar, uint64_t offset, unsigned width, uint64_t value)
{
    assert_int_equal(lone_device_bar_write(rig->device, bar, offset, width, value, NULL), 0);
}

static void bar_copy_in(struct rig *rig, unsigned bar, uint64_t offset, const void *bytes, size_t size)
{
    uint64_t word;

    for (size_t at = 0; at < size; at += 8) {
        memcpy(&word, (const uint8_t *)bytes + at, 8);
        bar_store(rig, bar, offset + at, 8, word);
    }
}

static void bar_copy_out(struct rig *rig, unsigned bar, uint64_t offset, void *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = bar_load(rig, bar, offset + at, 8);

        memcpy((uint8_t *)bytes + at, &word, 8);
    }
}

static void open_cmb(struct rig *rig)
{
    bar_write(rig, NVME_REG_CMBMSC, 8, CMB | CRE | CMSE);
}

static void open_pmr(struct rig *rig)
{
    w32(rig, NVME_REG_PMRCTL, 1);
    wait_reg(rig, NVME_REG_PMRSTS, 0x100, 0);
    w32(rig, NVME_REG_PMRMSCU, PMR >> 32);
    w32(rig, NVME_REG_PMRMSCL, (uint32_t)PMR | CMSE);
}

static void fill(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++, seed = seed * 1664525u + 1013904223u)
        bytes[i] = (uint8_t)(seed >> 24);
}

static struct sqe io(uint8_t opcode, uint32_t blocks, uint64_t prp1, uint64_t prp2)
{
    return (struct sqe){{[0] = opcode,
                         [1] = 1,
                         [6] = (uint32_t)prp1,
                         [7] = (uint32_t)(prp1 >> 32),
                         [8] = (uint32_t)prp2,
                         [9] = (uint32_t)(prp2 >> 32),
                         [12] = blocks - 1}};
}

static void test_bars(void **state)
{
    struct rig *rig = *state;
    uint64_t value;

    for (unsigned bar = CMB_BAR; bar <= PMR_BAR; bar += 2) {
        assert_int_equal(rig->device->bars[bar].size, SIZE);
        assert_true(rig->device->bars[bar].is_64);
        assert_int_equal(config_read(rig, 0x10 + 4 * bar, 4) & 0xf, 0xc); /* 64 bits, prefetchable */
        assert_int_equal(lone_device_bar_read(rig->device, bar, SIZE, 4, &value, NULL), -EINVAL);
    }
    open_pmr(rig);
    for (unsigned bar = CMB_BAR; bar <= PMR_BAR; bar += 2) {
        bar_store(rig, bar, SIZE - 8, 8, 0x1122334455667788);
        assert_int_equal(bar_load(rig, bar, SIZE - 8, 8), 0x1122334455667788);
        assert_int_equal(bar_load(rig, bar, SIZE - 7, 1), 0x77);
        bar_store(rig, bar, SIZE - 7, 1, 0xab);
        bar_store(rig, bar, SIZE - 6, 2, 0xcdef);
        bar_store(rig, bar, SIZE - 4, 4, 0x01020304);
        assert_int_equal(bar_load(rig, bar, SIZE - 8, 8), 0x01020304cdefab88);
        assert_int_equal(bar_load(rig, bar, SIZE - 6, 2), 0xcdef);
        assert_int_equal(bar_load(rig, bar, 0, 8), 0);
    }
    config_write(rig, 4, 2, 0x400);
    assert_int_equal(lone_device_bar_read(rig->device, CMB_BAR, 0, 4, &value, NULL), -EIO);
    assert_int_equal(lone_device_bar_write(rig->device, PMR_BAR, 0, 4, 0, NULL), -EIO);
}

static void test_cmb_registers(void **state)
{
    struct rig *rig = *state;
    uint32_t location, size;

    assert_int_equal(bar_read(rig, NVME_REG_CAP, 8) & CAP_CMBS, CAP_CMBS);
    assert_int_equal(r32(rig, NVME_REG_CMBLOC) | r32(rig, NVME_REG_CMBSZ) | r32(rig, NVME_REG_CMBMSC), 0);
    w32(rig, NVME_REG_CMBMSC, CRE);
    location = r32(rig, NVME_REG_CMBLOC);
    size = r32(rig, NVME_REG_CMBSZ);
    assert_int_equal(NVME_GET(location, CMBLOC_BIR), CMB_BAR);
    assert_int_equal(NVME_GET(location, CMBLOC_OFST), 0);
    assert_int_equal(nvme_cmb_size(size), SIZE);
    assert_int_equal(NVME_CMBSZ_SQS(size) & NVME_CMBSZ_CQS(size) & NVME_CMBSZ_LISTS(size) & NVME_CMBSZ_RDS(size) &
                         NVME_CMBSZ_WDS(size),
                     1);
    w32(rig, NVME_REG_CMBLOC, 0);
    w32(rig, NVME_REG_CMBSZ, 0);
    w32(rig, NVME_REG_CMBSTS, 1);
    assert_int_equal(r32(rig, NVME_REG_CMBLOC), location);
    assert_int_equal(r32(rig, NVME_REG_CMBSZ), size);
    assert_int_equal(r32(rig, NVME_REG_CMBSTS), 0);
    /* An address from which it would run over the end of the space. */
    bar_write(rig, NVME_REG_CMBMSC, 8, (UINT64_MAX & ~0xfffull) | CRE | CMSE);
    assert_int_equal(r32(rig, NVME_REG_CMBSTS), 1);
    bar_write(rig, NVME_REG_CMBMSC, 8, UINT64_MAX);
    assert_int_equal(bar_read(rig, NVME_REG_CMBMSC, 8), UINT64_MAX & ~0xffcull);
    open_cmb(rig);
    assert_int_equal(r32(rig, NVME_REG_CMBSTS), 0);
    w32(rig, NVME_REG_CMBMSC, 0);
    assert_int_equal(r32(rig, NVME_REG_CMBLOC) | r32(rig, NVME_REG_CMBSZ), 0);
}

static void test_pmr_registers(void **state)
{
    struct rig *rig = *state;
    uint32_t cap = r32(rig, NVME_REG_PMRCAP);

    assert_int_equal(bar_read(rig, NVME_REG_CAP, 8) & CAP_PMRS, CAP_PMRS);
    assert_int_equal(NVME_PMRCAP_RDS(cap) & NVME_PMRCAP_WDS(cap) & NVME_PMRCAP_CMSS(cap), 1);
    assert_int_equal(NVME_PMRCAP_BIR(cap), PMR_BAR);
    assert_int_not_equal(NVME_PMRCAP_PMRWMB(cap), 0);
    assert_int_not_equal(NVME_PMRCAP_PMRTO(cap), 0);
    assert_int_equal(r32(rig, NVME_REG_PMRSTS), 0x100); /* not ready */
    assert_int_equal(bar_load(rig, PMR_BAR, 0, 8), UINT64_MAX);
    bar_store(rig, PMR_BAR, 0, 8, 5);
    w32(rig, NVME_REG_PMRCTL, 1);
    wait_reg(rig, NVME_REG_PMRSTS, UINT32_MAX, 0);
    assert_int_equal(bar_load(rig, PMR_BAR, 0, 8), 0);
    w32(rig, NVME_REG_PMRCTL, 0);
    wait_reg(rig, NVME_REG_PMRSTS, UINT32_MAX, 0x100);
    /* Where the memory buffer already is, or over the end of the space. */
    open_cmb(rig);
    w32(rig, NVME_REG_PMRCTL, 1);
    w32(rig, NVME_REG_PMRMSCU, (CMB + SIZE / 2) >> 32);
    w32(rig, NVME_REG_PMRMSCL, (uint32_t)(CMB + SIZE / 2) | CMSE);
    assert_int_equal(r32(rig, NVME_REG_PMRSTS), 0x1000);
    w32(rig, NVME_REG_PMRMSCU, UINT32_MAX);
    w32(rig, NVME_REG_PMRMSCL, 0xfffff000 | CMSE);
    assert_int_equal(r32(rig, NVME_REG_PMRSTS), 0x1000);
    open_pmr(rig);
    assert_int_equal(r32(rig, NVME_REG_PMRSTS), 0);
}

/* Data in either: reachable exactly as long as CMSE is set, with and without bus mastering. */
static void test_data(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t bytes[8192], in[8192];

    for (unsigned i = 0; i < 2; i++) {
        unsigned bar = i ? PMR_BAR : CMB_BAR;
        uint64_t base = i ? PMR : CMB;
        const struct sqe write = io(nvme_cmd_write, 16, base + 0x3004, base + 0x100000 + 8 * i);
        const struct sqe read = io(nvme_cmd_read, 16, base + SIZE - 8192, base + SIZE - 4096);
        uint64_t list[2] = {base + 0x4000, base + 0x5000};

        fill(bytes, sizeof(bytes), i + 1);
        if (i)
            open_pmr(rig);
        else
            open_cmb(rig);
        bar_store(rig, bar, 0x3000, 4, 0x77777777);
        for (unsigned at = 0; at < 8192; at += 4) {
            uint32_t word;

            memcpy(&word, bytes + at, 4);
            bar_store(rig, bar, 0x3004 + at, 4, word);
        }
        bar_copy_in(rig, bar, 0x100000 + 8 * i, list, 16);
        assert_int_equal(run(rig, &queue, write, NULL), 0);
        assert_int_equal(run(rig, &queue, read, NULL), 0);
        bar_copy_out(rig, bar, SIZE - 8192, in, 8192);
        assert_memory_equal(in, bytes, 8192);
        /* One byte further is behind the end. */
        assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 16, base + SIZE - 4096, base + SIZE), NULL),
                         NVME_SC_DATA_XFER_ERROR);
        if (i)
            w32(rig, NVME_REG_PMRMSCL, (uint32_t)PMR);
        else
            bar_write(rig, NVME_REG_CMBMSC, 8, CMB | CRE);
        assert_int_equal(run(rig, &queue, read, NULL), NVME_SC_DATA_XFER_ERROR);
    }
    /* A region that is off is nowhere. */
    open_pmr(rig);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 1, PMR, 0), NULL), 0);
    w32(rig, NVME_REG_PMRCTL, 0);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 1, PMR, 0), NULL), NVME_SC_DATA_XFER_ERROR);
}

/* The window lies in front of host memory that is mapped at the same addresses. */
/* interface: SI13 */
static void test_precedence(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 16, 0);
    uint8_t in[1024], zeros[1024] = {0}, ones[1024];

    memset(ones, 0xff, sizeof(ones));
    bar_write(rig, NVME_REG_CMBMSC, 8, (BASE + DATA + 0x1000) | CRE | CMSE);
    lone_dma_store(rig->memory + DATA + 0x1000 - 512, ones, 1024);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 2, BASE + DATA + 0x1000 - 512, BASE + DATA + 0x1000), NULL), 0);
    lone_dma_load(in, rig->memory + DATA + 0x1000 - 512, 1024);
    assert_memory_equal(in, zeros, 512);
    assert_memory_equal(in + 512, ones, 512); /* that half went into the buffer */
    bar_write(rig, NVME_REG_CMBMSC, 8, 0);
    assert_int_equal(run(rig, &queue, io(nvme_cmd_read, 2, BASE + DATA + 0x1000 - 512, BASE + DATA + 0x1000), NULL), 0);
    lone_dma_load(in, rig->memory + DATA + 0x1000 - 512, 1024);
    assert_memory_equal(in, zeros, 1024);
}

/* Each is valid only if it does not overlap the other that is enabled (3.1.4.16, 3.1.4.27): the first one stays. */
static void test_overlap(void **state)
{
    struct rig *rig = *state;

    open_pmr(rig);
    bar_write(rig, NVME_REG_CMBMSC, 8, (PMR + SIZE - 0x1000) | CRE | CMSE);
    assert_int_equal(r32(rig, NVME_REG_CMBSTS), 1);
    assert_int_equal(r32(rig, NVME_REG_PMRSTS), 0);
    w32(rig, NVME_REG_PMRMSCL, 0); /* makes room */
    assert_int_equal(r32(rig, NVME_REG_CMBSTS), 0);
    w32(rig, NVME_REG_PMRMSCL, (uint32_t)PMR | CMSE);
    assert_int_equal(r32(rig, NVME_REG_PMRSTS), 0x1000);
    assert_int_equal(r32(rig, NVME_REG_CMBSTS), 0);
    bar_write(rig, NVME_REG_CMBMSC, 8, (PMR + SIZE) | CRE | CMSE); /* side by side */
    assert_int_equal(r32(rig, NVME_REG_PMRSTS), 0);
    assert_int_equal(r32(rig, NVME_REG_CMBSTS), 0);
    w32(rig, NVME_REG_PMRMSCL, ((uint32_t)PMR + 0x1000) | CMSE);
    assert_int_equal(r32(rig, NVME_REG_PMRSTS), 0x1000);
    assert_int_equal(r32(rig, NVME_REG_CMBSTS), 0);
}

static void test_queues(void **state)
{
    struct rig *rig = *state;
    uint64_t page;

    open_cmb(rig);
    assert_int_equal(admin(rig, create_cq(1, 15, CMB + 0x1000, 1)), 0);
    assert_int_equal(admin(rig, create_sq(1, 15, CMB + 0x2000, 0x10001)), 0);
    for (uint32_t i = 0; i < 40; i++) {
        const struct sqe sqe = io(nvme_cmd_read, 1, CMB + 0x3000, 0);
        uint32_t slot = i % 16, tail = (i + 1) % 16;
        double begin = now(CLOCK_MONOTONIC);
        uint32_t last;

        bar_copy_in(rig, CMB_BAR, 0x2000 + 64 * slot, &sqe, 64);
        w32(rig, 0x1008, tail);
        do {
            if (late(begin))
                fail_msg("no completion %u", i);
            last = (uint32_t)bar_load(rig, CMB_BAR, 0x1000 + 16 * slot + 12, 4);
        } while ((last >> 16 & 1) == (i / 16) % 2);
        assert_int_equal(last >> 17 & 0x7ff, 0);
        assert_int_equal(bar_load(rig, CMB_BAR, 0x1000 + 16 * slot + 8, 4), 1u << 16 | tail);
        w32(rig, 0x100c, tail);
    }
    /* CMBLOC.CQPDS and CQMMS are 0: a queue of scattered pages is not in the buffer, not even in part. */
    page = CMB + 0x4000;
    lone_dma_store(rig->memory + DATA, &page, 8);
    assert_int_equal(admin(rig, create_cq(2, 15, BASE + DATA, 0)), 0x12);
    assert_int_equal(admin(rig, create_sq(2, 15, BASE + DATA, 0x10000)), 0x12);
    page = BASE + IOQ;
    lone_dma_store(rig->memory + DATA, &page, 8);
    assert_int_equal(admin(rig, create_cq(2, 15, BASE + DATA, 0)), 0);
}

/* What a reset leaves (NVMe Base 2.1, 3.7.2): a Controller Reset all of these registers, a Function Level Reset CMBMSC,
 * any other none; contents all of them. */
/* interface: SI13 */
static void test_resets(void **state)
{
    struct rig *rig = *state;
    unsigned px = capability(rig, 0x10);

    for (int kind = 0; kind < 5; kind++) {
        uint64_t mark = 0x1234567800000000 + (unsigned)kind;
        bool kept = kind == 0, cmb_kept = kind == 0 || kind == 1 || kind == 3;

        open_cmb(rig);
        open_pmr(rig);
        bar_store(rig, PMR_BAR, 64, 8, mark);
        switch (kind) {
        case 0:
            disable(rig);
            enable(rig);
            break;
        case 1:
            assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
            break;
        case 2:
            assert_int_equal(lone_device_reset(rig->device, LONE_RESET_HOT, NULL), 0);
            break;
        case 3:
            config_write(rig, px + 8, 2, 0x8000);
            break;
        default:
            w32(rig, NVME_REG_NSSR, 0x4e564d65);
            wait_csts(rig, UINT32_MAX, 0x10);
            w32(rig, NVME_REG_CSTS, 0x10);
            break;
        }
        assert_int_equal(bar_read(rig, NVME_REG_CMBMSC, 8), cmb_kept ? CMB | CRE | CMSE : 0);
        assert_int_equal(r32(rig, NVME_REG_CMBSZ) != 0, cmb_kept);
        assert_int_equal(r32(rig, NVME_REG_PMRCTL), kept);
        assert_int_equal(r32(rig, NVME_REG_PMRMSCL), kept ? CMSE : 0);
        assert_int_equal(r32(rig, NVME_REG_PMRMSCU), kept ? PMR >> 32 : 0);
        assert_int_equal(r32(rig, NVME_REG_PMRSTS), kept ? 0 : 0x100);
        if (!kept)
            start(rig);
        open_pmr(rig);
        assert_int_equal(bar_load(rig, PMR_BAR, 64, 8), mark);
    }
}

/* The admin queues may be there as well. */
static void test_admin_queue(void **state)
{
    struct rig *rig = *state;
    const struct sqe sqe = identify(1, 0, CMB + 0x2000, 0);
    double begin = now(CLOCK_MONOTONIC);

    config_write(rig, 4, 2, 0x402); /* no bus mastering: the controller asks nobody for its own memory */
    open_cmb(rig);
    w32(rig, NVME_REG_AQA, 0x000f000f);
    bar_write(rig, NVME_REG_ASQ, 8, CMB);
    bar_write(rig, NVME_REG_ACQ, 8, CMB + 0x1000);
    w32(rig, NVME_REG_CC, CC_IO | 1);
    wait_csts(rig, 1, 1);
    bar_copy_in(rig, CMB_BAR, 0, &sqe, 64);
    w32(rig, 0x1000, 1);
    while (!(bar_load(rig, CMB_BAR, 0x1000 + 12, 4) >> 16 & 1))
        if (late(begin))
            fail_msg("no completion, CSTS is 0x%x", r32(rig, NVME_REG_CSTS));
    assert_int_equal(bar_load(rig, CMB_BAR, 0x1000 + 12, 4) >> 17, 0);
    assert_int_equal(bar_load(rig, CMB_BAR, 0x2000, 2), 0xed00);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPENED(test_bars),    RUNNING(test_cmb_registers), RUNNING(test_pmr_registers),
        RUNNING(test_data),   RUNNING(test_precedence),    RUNNING(test_overlap),
        RUNNING(test_queues), RUNNING(test_resets),        OPENED(test_admin_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
