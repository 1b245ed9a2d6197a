/* SPDX-License-Identifier: MIT */
/* The simulator's queues: shapes, arbitration, doorbells that are misused, commands that are held (NVMe Base 2.0, 3.3,
 * 3.4, 5.1 to 5.7). */
#include "nvsim_rig.h"

#include <string.h>

#define LISTS 0x80000u
#define PAGES DATA /* queues of scattered pages: here and on */
#define EVENT 0x0cu

static const struct sqe no_operation = {{nvme_cmd_flush, 1}};

/* ---- shapes ---- */

/* The @n-th page of a queue that starts at @base, in an order of its own. */
static uint32_t page_of(uint32_t base, uint32_t n, uint32_t pages)
{
    return base + (n * 5 + 3) % pages * 4096;
}

static void list_pages(struct rig *rig, uint32_t list, uint32_t base, uint32_t pages)
{
    for (uint32_t i = 0; i < pages; i++) {
        uint64_t address = BASE + page_of(base, i, pages);

        lone_dma_store(rig->memory + list + 8 * i, &address, 8);
    }
}

/* PC=0, as large as can be: 64 pages of submissions, 16 of completions (5 and 64 have no common divisor, nor 5 and 16).
 */
/* interface: SI9 */
static void test_scattered(void **state)
{
    enum { SIZE = 4096, SQ_PAGES = 64, CQ_PAGES = 16, CQ_AT = PAGES + SQ_PAGES * 4096 };
    struct rig *rig = *state;
    uint32_t head = 0;
    bool phase = true;

    list_pages(rig, LISTS, PAGES, SQ_PAGES);
    list_pages(rig, LISTS + 4096, CQ_AT, CQ_PAGES);
    assert_int_equal(admin(rig, create_cq(127, SIZE - 1, BASE + LISTS + 4096, 0)), 0);
    assert_int_equal(admin(rig, create_sq(127, SIZE - 1, BASE + LISTS, 127u << 16)), 0);
    for (uint32_t i = 0; i < 2 * SIZE + 10; i++) {
        uint32_t slot = i % SIZE, cqe[4];
        struct sqe sqe = no_operation;
        uint8_t *entry = rig->memory + page_of(CQ_AT, head / 256, CQ_PAGES) + head % 256 * 16;
        double begin = now(CLOCK_MONOTONIC);

        sqe.dw[0] |= (i & 0xffff) << 16;
        lone_dma_store(rig->memory + page_of(PAGES, slot / 64, SQ_PAGES) + slot % 64 * 64, &sqe, 64);
        w32(rig, 0x1000 + 8 * 127, (slot + 1) % SIZE);
        while ((__atomic_load_n((uint32_t *)(void *)(entry + 12), __ATOMIC_ACQUIRE) >> 16 & 1) != phase)
            if (now(CLOCK_MONOTONIC) - begin > SECONDS)
                fail_msg("no completion %u", i);
        lone_dma_load(cqe, entry, 16);
        assert_int_equal(cqe[3] & 0xffff, i & 0xffff);
        assert_int_equal(status_of(cqe), 0);
        head = (head + 1) % SIZE;
        phase ^= head == 0;
        w32(rig, 0x1004 + 8 * 127, head);
    }
}

static void test_scattered_refusals(void **state)
{
    struct rig *rig = *state;
    const uint64_t crooked = BASE + PAGES + 64, unmapped = BASE + MEMORY;

    list_pages(rig, LISTS, PAGES, 4);
    assert_int_equal(admin(rig, create_cq(1, 1023, BASE + LISTS + 8, 0)), NVME_SC_PRP_INVALID_OFFSET);
    lone_dma_store(rig->memory + LISTS + 24, &crooked, 8);
    assert_int_equal(admin(rig, create_cq(1, 1023, BASE + LISTS, 0)), NVME_SC_PRP_INVALID_OFFSET);
    assert_int_equal(admin(rig, create_cq(1, 767, BASE + LISTS, 0)), 0); /* that entry is not needed */
    assert_int_equal(admin(rig, create_sq(1, 255, BASE + LISTS, 0x10000)), NVME_SC_PRP_INVALID_OFFSET);
    /* A page that cannot be reached shows when it is used, as with any other queue. */
    lone_dma_store(rig->memory + LISTS, &unmapped, 8);
    assert_int_equal(admin(rig, create_sq(1, 63, BASE + LISTS, 0x10000)), 0);
    w32(rig, 0x1008, 1);
    wait_csts(rig, 2, 2);
}

static void test_attributes(void **state)
{
    struct rig *rig = *state;
    struct sqe sqe = create_sq(1, 3, BASE + IOQ, 0x10001);

    assert_int_equal(admin(rig, create_cq(1, 3, BASE + IOQ + 0x10000, 1)), 0);
    sqe.dw[12] = 1; /* NVMSETID: does not count without SQ associations (Base 2.0, 5.5) */
    assert_int_equal(admin(rig, sqe), 0);
    assert_int_equal(admin(rig, delete (0x00, 1)), 0);
    /* QPRIO is taken whatever the arbitration. */
    for (uint32_t priority = 0; priority < 4; priority++) {
        assert_int_equal(admin(rig, create_sq(1, 3, BASE + IOQ, 0x10001 | priority << 1)), 0);
        assert_int_equal(admin(rig, delete (0x00, 1)), 0);
    }
    /* The smallest and the largest there is, and pages of 64 KiB. */
    assert_int_equal(admin(rig, create_sq(1, 1, BASE + IOQ, 0x10001)), 0);
    assert_int_equal(admin(rig, create_sq(2, 4095, BASE + DATA, 0x10001)), 0);
    disable(rig);
    queue_reset(rig, &rig->admin);
    w32(rig, NVME_REG_CC, CC_IO | 4 << 7 | 1);
    wait_csts(rig, 1, 1);
    assert_int_equal(admin(rig, create_cq(1, 3, BASE + IOQ + 0x1000, 1)), NVME_SC_PRP_INVALID_OFFSET);
    assert_int_equal(admin(rig, create_cq(1, 3, BASE + IOQ + 0x10000, 1)), 0);
    list_pages(rig, LISTS, DATA, 4);
    assert_int_equal(admin(rig, create_sq(1, 4095, BASE + LISTS, 0x10000)), NVME_SC_PRP_INVALID_OFFSET);
}

/* ---- arbitration ---- */

/* Fills the completion queue, so that nothing of the queues that it serves is executed until its head is rung. */
static void fill(struct rig *rig, struct queue *queue)
{
    uint32_t cqe[4];

    for (uint32_t i = 1; i < queue->cq_size; i++)
        place(rig, queue, &no_operation);
    ring_sq(rig, queue, queue->tail);
    for (uint32_t i = 1; i < queue->cq_size; i++)
        await(rig, queue, cqe);
}

/* Twenty commands in each of four queues of one completion queue, which all begin to be executed at the same time;
 * whose turn it was when is in @order. */
static void race(struct rig *rig, const uint32_t priorities[4], uint8_t order[80])
{
    enum { N = 20, SIZE = 128 };
    struct queue filler = {
        .qid = 5, .sq_offset = IOQ + 0x8000, .cq_offset = IOQ + 0x10000, .sq_size = SIZE, .cq_size = SIZE};
    uint32_t cqe[4];

    queue_reset(rig, &filler);
    assert_int_equal(admin(rig, create_cq(1, SIZE - 1, BASE + filler.cq_offset, 1)), 0);
    assert_int_equal(admin(rig, create_sq(filler.qid, SIZE - 1, BASE + filler.sq_offset, 0x10001)), 0);
    fill(rig, &filler);
    for (uint16_t qid = 1; qid <= 4; qid++) {
        struct queue queue = {.qid = qid, .sq_offset = IOQ + 0x1000u * qid, .sq_size = 32};

        assert_int_equal(admin(rig, create_sq(qid, 31, BASE + queue.sq_offset, 0x10001 | priorities[qid - 1] << 1)), 0);
        for (int i = 0; i < N; i++)
            place(rig, &queue, &no_operation);
        ring_sq(rig, &queue, N);
    }
    w32(rig, 0x100c, filler.head);
    for (int i = 0; i < 4 * N; i++) {
        await(rig, &filler, cqe);
        order[i] = (uint8_t)(cqe[2] >> 16);
    }
    w32(rig, 0x100c, filler.head);
}

static void arbitrate(struct rig *rig, uint32_t ams, uint32_t arbitration)
{
    disable(rig);
    queue_reset(rig, &rig->admin);
    w32(rig, NVME_REG_CC, CC_IO | ams << 11 | 1);
    wait_csts(rig, 1, 1);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ARBITRATION, 0, arbitration, false), 0);
}

/* The admin queue has no part in this. */
/* interface: SI9 */
static void test_weighted(void **state)
{
    static const uint32_t priorities[] = {3, 2, 1, 0}; /* low, medium, high, urgent */
    static const unsigned weights[] = {1, 4, 8};       /* LPW 0, MPW 3, HPW 7 */
    struct rig *rig = *state;
    uint8_t order[80], expected[80];
    unsigned left[] = {20, 20, 20}, n = 0;

    while (n < 20)
        expected[n++] = 4;
    while (n < 80)
        for (int class = 2; class >= 0; class --)
            for (unsigned i = 0; i < weights[class] && left[class]; i++, left[class]--)
                expected[n++] = (uint8_t)(class + 1);
    arbitrate(rig, 1, 7u << 24 | 3u << 16);
    race(rig, priorities, order);
    assert_memory_equal(order, expected, sizeof(order));
}

/* Queues of one class share it; bursts of four (AB 2). */
static void test_bursts(void **state)
{
    static const uint32_t priorities[] = {1, 1, 3, 3};
    struct rig *rig = *state;
    uint8_t order[80];

    arbitrate(rig, 1, 7u << 24 | 2);
    race(rig, priorities, order);
    /* Rounds of eight of the first two and one of the others, until the first two are done. */
    for (unsigned i = 0; i < 45; i++) {
        unsigned ones = order[i] == 1 || order[i] == 2;

        assert_int_equal(ones, i % 9 != 8);
        if (i % 9 < 4)
            assert_int_equal(order[i], order[i / 9 * 9]);
    }
    /* Without weights all have the same part, whatever their priority. */
    arbitrate(rig, 0, 0);
    race(rig, priorities, order);
    for (unsigned i = 0; i < 80; i++)
        assert_int_equal(order[i], order[i % 4]);
}

/* ---- doorbells ---- */

static void request_event(struct rig *rig, uint16_t cid)
{
    struct sqe sqe = {{EVENT | (uint32_t)cid << 16}};

    place(rig, &rig->admin, &sqe);
    ring_sq(rig, &rig->admin, rig->admin.tail);
}

/* Error events (type 0): what is told in log page 1 makes room for the next. */
static void expect_event(struct rig *rig, uint16_t cid, uint8_t info)
{
    uint32_t cqe[4];

    await(rig, &rig->admin, cqe);
    ring_cq(rig, &rig->admin, rig->admin.head);
    assert_int_equal(cqe[3] & 0xffff, cid);
    assert_int_equal(status_of(cqe), 0);
    assert_int_equal(cqe[0], NVME_AER_ERROR | (uint32_t)info << 8 | NVME_LOG_LID_ERROR << 16);
    assert_int_equal(get_log(rig, NVME_LOG_LID_ERROR, NVME_NSID_ALL, 0, 64, false), 0);
}

/* interface: SI10 */
static void test_doorbell_events(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 8, 0);
    uint32_t cqe[4];
    uint16_t cid = 0x500;

    /* A doorbell without a queue: another SQ, another CQ, and none at all. */
    static const uint32_t nowhere[] = {0x1010, 0x1014, 0x17fc, 0x1ffc};
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
        request_event(rig, cid);
        w32(rig, nowhere[i], 1);
        expect_event(rig, cid++, NVME_AER_ERROR_INVALID_DB_REG);
    }
    /* Values that are beyond the queue, or that say nothing new. */
    request_event(rig, cid);
    w32(rig, 0x1008, 8);
    expect_event(rig, cid++, NVME_AER_ERROR_INVALID_DB_VAL);
    request_event(rig, cid);
    w32(rig, 0x1008, 0);
    expect_event(rig, cid++, NVME_AER_ERROR_INVALID_DB_VAL);
    request_event(rig, cid);
    w32(rig, 0x100c, 0xffff);
    expect_event(rig, cid++, NVME_AER_ERROR_INVALID_DB_VAL);
    /* A head that passes the tail: no completion is lost by it. */
    request_event(rig, cid);
    w32(rig, 0x100c, 3);
    expect_event(rig, cid++, NVME_AER_ERROR_INVALID_DB_VAL);
    for (int i = 0; i < 7; i++)
        place(rig, &queue, &no_operation);
    ring_sq(rig, &queue, queue.tail);
    for (int i = 0; i < 7; i++)
        await(rig, &queue, cqe);
    pause_ms(2);
    assert_false(take(rig, &queue, cqe));
    ring_cq(rig, &queue, queue.head);
    assert_int_equal(flush(rig, &queue, 1), 0);
    assert_int_equal(r32(rig, NVME_REG_CSTS), 1);
}

/* More entries than there are places left: of a queue of 8, of which 7 can hold one. */
/* interface: SI10 */
static void test_overrun(void **state)
{
    struct rig *rig = *state;
    struct queue queue = {.qid = 1, .sq_offset = IOQ, .cq_offset = IOQ + 0x10000, .sq_size = 8, .cq_size = 2};
    uint32_t cqe[4];

    queue_reset(rig, &queue);
    assert_int_equal(admin(rig, create_cq(1, 1, BASE + queue.cq_offset, 1)), 0);
    assert_int_equal(admin(rig, create_sq(1, 7, BASE + queue.sq_offset, 0x10001)), 0);
    for (int i = 0; i < 5; i++)
        place(rig, &queue, &no_operation);
    ring_sq(rig, &queue, queue.tail);
    await(rig, &queue, cqe); /* there is no room for a second one: entries 1 to 4 wait */
    request_event(rig, 0x500);
    ring_sq(rig, &queue, 2);
    expect_event(rig, 0x500, NVME_AER_ERROR_INVALID_DB_VAL);
    /* It has changed nothing: 3 entries more fit, and each is executed once. */
    for (int i = 0; i < 3; i++)
        place(rig, &queue, &no_operation);
    assert_int_equal(queue.tail, 0);
    ring_sq(rig, &queue, queue.tail);
    for (uint32_t i = 1; i < 8; i++) {
        ring_cq(rig, &queue, queue.head);
        await(rig, &queue, cqe);
        assert_int_equal(cqe[2] & 0xffff, (i + 1) % 8);
    }
    ring_cq(rig, &queue, queue.head);
    pause_ms(2);
    assert_false(take(rig, &queue, cqe));
    assert_int_equal(flush(rig, &queue, 1), 0);
}

/* What waits for room in the completion queue when its submission queue is deleted is posted no more (Base 2.0, 5.7):
 * the second of a fused pair. */
static void test_delete_waiting(void **state)
{
    const struct sqe compare = {{nvme_cmd_compare | 1 << 8 | 0x10u << 16, 1, [6] = BASE + DATA}};
    const struct sqe write = {{nvme_cmd_write | 2 << 8 | 0x11u << 16, 1, [6] = BASE + DATA}};
    struct rig *rig = *state;
    struct queue queue = {.qid = 1, .sq_offset = IOQ, .cq_offset = IOQ + 0x10000, .sq_size = 8, .cq_size = 2};
    static const uint8_t zeros[512];
    uint32_t cqe[4];

    data_write(rig, zeros, sizeof(zeros));
    queue_reset(rig, &queue);
    assert_int_equal(admin(rig, create_cq(1, 1, BASE + queue.cq_offset, 1)), 0);
    assert_int_equal(admin(rig, create_sq(1, 7, BASE + queue.sq_offset, 0x10001)), 0);
    place(rig, &queue, &compare);
    place(rig, &queue, &write);
    ring_sq(rig, &queue, queue.tail);
    await(rig, &queue, cqe);
    assert_int_equal(cqe[3] & 0xffff, 0x10);
    assert_int_equal(admin(rig, delete (0x00, 1)), 0);
    ring_cq(rig, &queue, queue.head);
    pause_ms(2);
    assert_false(take(rig, &queue, cqe));
    /* The next one on this completion queue finds it as it is left. */
    queue.tail = 0;
    assert_int_equal(admin(rig, create_sq(1, 7, BASE + queue.sq_offset, 0x10001)), 0);
    assert_int_equal(flush(rig, &queue, 1), 0);
}

/* ---- commands that are held ---- */

static uint16_t abort_command(struct rig *rig, uint16_t sqid, uint16_t cid, uint32_t *result)
{
    return run(rig, &rig->admin, (struct sqe){{0x08, [10] = sqid | (uint32_t)cid << 16}}, result);
}

/* interface: SI12 */
static void test_abort(void **state)
{
    struct rig *rig = *state;
    struct queue queue = pair(rig, 1, 8, 0);
    uint32_t cqe[4], result = 0;

    request_event(rig, 0x600);
    request_event(rig, 0x601);
    request_event(rig, 0x602);
    /* Not there: another identifier, another queue, and one that does not exist. */
    assert_int_equal(abort_command(rig, 0, 0x7ff, &result), 0);
    assert_int_equal(result & 1, 1);
    assert_int_equal(abort_command(rig, 1, 0x601, &result), 0);
    assert_int_equal(result & 1, 1);
    assert_int_equal(abort_command(rig, 99, 0x601, &result), 0);
    assert_int_equal(result & 1, 1);
    /* The command that is aborted completes first. */
    place(rig, &rig->admin, &(struct sqe){{0x08 | 0x900u << 16, [10] = 0x601u << 16}});
    ring_sq(rig, &rig->admin, rig->admin.tail);
    await(rig, &rig->admin, cqe);
    assert_int_equal(cqe[3] & 0xffff, 0x601);
    assert_int_equal(status_of(cqe), NVME_SC_ABORT_REQ);
    assert_int_equal(cqe[3] >> 31, 0); /* it may be tried again */
    await(rig, &rig->admin, cqe);
    assert_int_equal(cqe[3] & 0xffff, 0x900);
    assert_int_equal(status_of(cqe) | cqe[0], 0);
    ring_cq(rig, &rig->admin, rig->admin.head);
    /* The others are still there. */
    w32(rig, 0x1ffc, 1);
    expect_event(rig, 0x600, NVME_AER_ERROR_INVALID_DB_REG);
    assert_int_equal(flush(rig, &queue, 1), 0);
}

/* Resets and shutdown with commands held and queued: nothing of them is heard of again. */
static void test_reset_held(void **state)
{
    struct rig *rig = *state;

    for (int kind = 0; kind < 6; kind++) {
        struct queue queue = pair(rig, 1, 64, 0);
        uint8_t before[1024], after[1024];

        request_event(rig, 0x600);
        request_event(rig, 0x601);
        for (int i = 0; i < 60; i++) {
            struct sqe sqe = {{nvme_cmd_read, 2, [6] = BASE + DATA, [12] = 0}};

            place(rig, &queue, &sqe);
        }
        ring_sq(rig, &queue, queue.tail);
        switch (kind) {
        case 0:
            disable(rig);
            break;
        case 1:
            assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
            break;
        case 2:
            w32(rig, NVME_REG_NSSR, 0x4e564d65);
            wait_csts(rig, UINT32_MAX, 0x10);
            w32(rig, NVME_REG_CSTS, 0x10);
            break;
        case 3:
        case 4:
            w32(rig, NVME_REG_CC, CC_IO | (kind == 3 ? 0x4001 : 0x8001));
            wait_csts(rig, 0xf, 0x9);
            break;
        default:
            /* The controller may be through with all 60: one more, which it cannot fetch. */
            config_write(rig, 4, 2, 0x402);
            ring_sq(rig, &queue, queue.tail + 1);
            wait_csts(rig, 2, 2);
            config_write(rig, 4, 2, 0x406);
            break;
        }
        /* Whatever it is that came last: from here on nothing is written to memory. */
        lone_dma_load(before, rig->memory + queue.cq_offset, sizeof(before));
        pause_ms(3);
        lone_dma_load(after, rig->memory + queue.cq_offset, sizeof(after));
        assert_memory_equal(before, after, sizeof(before));
        if (kind >= 3)
            disable(rig);
        start(rig);
        assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
        assert_int_equal(admin(rig, delete (0x00, 1)), CSPEC | NVME_SC_QID_INVALID);
    }
}

/* A disable does not wait for what is queued, some hundred milliseconds of it, only for the command at hand. */
static void test_disable_busy(void **state)
{
    enum { SIZE = 4096, PAGE_COUNT = 256, CQ_AT = LISTS + 0x10000 };
    const struct sqe compare = {
        {nvme_cmd_compare, 1, [6] = BASE + DATA, [8] = BASE + LISTS, [12] = PAGE_COUNT * 4096 / 512 - 1}};
    static const uint8_t zeros[PAGE_COUNT * 4096];
    struct rig *rig = *state;
    struct queue busy = {.qid = 1, .sq_offset = IOQ, .cq_offset = CQ_AT, .sq_size = SIZE, .cq_size = SIZE};
    struct lone_device_counts before, after;

    for (uint64_t i = 1; i < PAGE_COUNT; i++)
        lone_dma_store(rig->memory + LISTS + 8 * (i - 1), &(uint64_t){BASE + DATA + 4096 * i}, 8);
    data_write(rig, zeros, sizeof(zeros));
    assert_int_equal(admin(rig, create_cq(1, SIZE - 1, BASE + busy.cq_offset, 1)), 0);
    assert_int_equal(admin(rig, create_sq(1, SIZE - 1, BASE + busy.sq_offset, 0x10001)), 0);
    for (int i = 1; i < SIZE; i++)
        place(rig, &busy, &compare);
    lone_device_counts(rig->device, &before);
    ring_sq(rig, &busy, busy.tail);
    disable(rig);
    lone_device_counts(rig->device, &after);
    assert_true(after.commands - before.commands < SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_scattered),      RUNNING(test_scattered_refusals),
        RUNNING(test_attributes),     RUNNING(test_weighted),
        RUNNING(test_bursts),         RUNNING(test_doorbell_events),
        RUNNING(test_abort),          RUNNING(test_reset_held),
        RUNNING(test_disable_busy),   RUNNING(test_overrun),
        RUNNING(test_delete_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
