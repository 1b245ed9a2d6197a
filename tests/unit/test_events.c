/* SPDX-License-Identifier: MIT */
/* Asynchronous Event Requests that the driver keeps posted, against a device that completes them as a test tells it:
 * NVMe Base 2.0, 5.2. And what is said of a controller that stopped. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "nvme/events.h"

/* --- The mock: an admin queue that only takes entries ------------------------------------------------------ */

#define TAKEN 1024

struct mock {
    struct lone_device device;
    uint8_t registers[0x1000];
    uint8_t config[256];
    uint8_t *memory; /* the one mapping */
    uint64_t iova;
    uint32_t head, tail, phase; /* of the submission queue; of the completion queue */
    uint16_t cids[TAKEN];
    uint8_t opcodes[TAKEN];
    unsigned taken;
    bool fails; /* doorbells cannot be written */
    bool deaf;  /* or nothing follows from it */
};

static struct mock *mock_of(struct lone_device *device)
{
    return (struct mock *)(void *)device;
}

static uint8_t *at(struct mock *mock, unsigned reg)
{
    return mock->memory + (get(mock->registers + reg, 8) - mock->iova);
}

static void take(struct mock *mock, uint32_t tail)
{
    uint32_t entries = (uint32_t)(get(mock->registers + 0x24, 4) & 0xfff) + 1; /* AQA.ASQS */

    while (mock->head != tail) {
        const uint8_t *sqe = at(mock, 0x28) + mock->head * 64ull;

        assert_true(mock->taken < TAKEN);
        mock->opcodes[mock->taken] = sqe[0];
        mock->cids[mock->taken++] = (uint16_t)get(sqe + 2, 2);
        mock->head = (mock->head + 1) % entries;
    }
}

/* Completes what was taken as number @n. */
static void complete(struct mock *mock, unsigned n, uint32_t dw0, unsigned status)
{
    uint32_t entries = (uint32_t)(get(mock->registers + 0x24, 4) >> 16 & 0xfff) + 1;
    uint8_t *cqe = at(mock, 0x30) + mock->tail * 16ull;

    put(cqe, 4, dw0);
    put(cqe + 4, 4, 0);
    put(cqe + 8, 4, mock->head);
    put(cqe + 12, 4, mock->cids[n] | mock->phase << 16 | (uint32_t)status << 17);
    mock->tail = (mock->tail + 1) % entries;
    mock->phase ^= !mock->tail;
}

static int mock_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                            struct lone_error *error)
{
    (void)error;
    *value = (uint32_t)get(mock_of(device)->config + offset, width);
    return 0;
}

static int mock_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                             struct lone_error *error)
{
    (void)error;
    put(mock_of(device)->config + offset, width, value);
    return 0;
}

static int mock_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                         struct lone_error *error)
{
    (void)bar, (void)error;
    *value = get(mock_of(device)->registers + offset, width);
    return 0;
}

static int mock_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                          struct lone_error *error)
{
    struct mock *mock = mock_of(device);

    (void)bar;
    if (offset >= 0x1000) {
        if (mock->fails)
            return lone_fail(error, EIO, "the doorbell cannot be written");
        if (offset == 0x1000 && !mock->deaf)
            take(mock, (uint32_t)value);
        return 0;
    }
    put(mock->registers + offset, width, value);
    if (offset == 0x14) { /* CC.EN: ready at once, or not */
        mock->head = mock->tail = 0;
        mock->phase = 1;
        put(mock->registers + 0x1c, 4, value & 1);
    }
    return 0;
}

static int mock_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                    struct lone_error *error)
{
    (void)size, (void)access, (void)error;
    assert_null(mock_of(device)->memory);
    mock_of(device)->memory = memory;
    mock_of(device)->iova = iova;
    return 0;
}

static int mock_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
{
    (void)device, (void)iova, (void)size, (void)error;
    return 0;
}

static int mock_reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error)
{
    (void)kind, (void)error;
    memset(mock_of(device)->registers + 0x14, 0, 0x24);
    return 0;
}

static bool mock_counts(struct lone_device *device, struct lone_device_counts *counts)
{
    (void)device, (void)counts;
    return false;
}

static void mock_close(struct lone_device *device)
{
    free(mock_of(device));
}

static const struct lone_device_ops mock_ops = {
    .close = mock_close,
    .config_read = mock_config_read,
    .config_write = mock_config_write,
    .bar_read = mock_bar_read,
    .bar_write = mock_bar_write,
    .dma_map = mock_map,
    .dma_unmap = mock_unmap,
    .reset = mock_reset,
    .counts = mock_counts,
};

/* --- The bench --------------------------------------------------------------------------------------------- */

struct bench {
    struct mock *mock;
    struct lone_controller *controller;
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct mock *mock = calloc(1, sizeof(*mock));

    bench->mock = mock;
    mock->device = (struct lone_device){
        .ops = &mock_ops, .config_size = 256, .bars[0].size = 0x2000, .n_ranges = 1, .page_size = 4096};
    mock->device.ranges[0] = (struct lone_iova_range){0x100000, 0xffffffff};
    put(mock->registers, 8, 0x2000000000ff | 0x0fffull); /* CAP: CSS NVM, MQES */
    assert_int_equal(lone_controller_open(&bench->controller, &mock->device, NULL), 0);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    lone_controller_close(bench->controller);
    free(bench);
    return 0;
}

static void act(struct bench *bench, enum lone_action action)
{
    struct lone_error error = {0};

    if (lone_controller_do(bench->controller, action, NULL, &error))
        fail_msg("%s", error.text);
}

static void enable(struct bench *bench, uint32_t sq_entries)
{
    const struct lone_admin_options options = {.sq_entries = sq_entries};

    assert_int_equal(lone_controller_admin(bench->controller, &options, NULL), 0);
    act(bench, LONE_ACTION_ENABLE);
}

static void keep(struct bench *bench, unsigned n, unsigned posted)
{
    assert_int_equal(lone_events_keep(bench->controller, n, NULL), 0);
    assert_int_equal(lone_events_posted(bench->controller), posted);
}

static void counts(struct bench *bench, unsigned wanted, unsigned posted, unsigned taken)
{
    assert_int_equal(lone_events_wanted(bench->controller), wanted);
    assert_int_equal(lone_events_posted(bench->controller), posted);
    assert_int_equal(lone_controller_outstanding(bench->controller), posted);
    assert_int_equal(lone_controller_requests(bench->controller), posted);
    assert_int_equal(bench->mock->taken, taken);
}

static struct lone_async_event next(struct bench *bench, uint64_t *cursor)
{
    struct lone_async_event event;
    uint64_t missed;

    assert_true(lone_events_take(bench->controller, cursor, &event, &missed));
    assert_int_equal(missed, 0);
    return event;
}

/* --- Posting ----------------------------------------------------------------------------------------------- */

static void test_posts(void **state)
{
    /* interface: EV1 EV2 */
    struct bench *bench = *state;
    struct lone_error error;

    assert_int_equal(lone_events_keep(bench->controller, 257, &error), -ERANGE);
    keep(bench, 2, 0); /* remembered */
    enable(bench, 64);
    lone_controller_poll(bench->controller);
    counts(bench, 2, 2, 2);
    assert_int_equal(bench->mock->opcodes[0], 0x0c);
    assert_true(lone_controller_only_requests(bench->controller));
    keep(bench, 4, 4);
    counts(bench, 4, 4, 4);
    keep(bench, 1, 4); /* none is taken back */
    complete(bench->mock, 0, 0x020101, 0);
    lone_controller_poll(bench->controller);
    counts(bench, 1, 3, 4);
    keep(bench, 3, 3);
    counts(bench, 3, 3, 4);
}

/* DW0: type in 2:0, information in 15:8, log page in 23:16 */
static void test_event(void **state)
{
    struct bench *bench = *state;
    uint64_t cursor = 0;
    struct lone_async_event event;
    struct lone_text text = {0};

    enable(bench, 64);
    keep(bench, 2, 2);
    complete(bench->mock, 1, 0x040002, 0);
    lone_controller_poll(bench->controller);
    counts(bench, 2, 2, 3);
    assert_int_equal(lone_events_next(bench->controller), 1);
    event = next(bench, &cursor);
    assert_int_equal(event.dw0, 0x040002);
    assert_int_equal(event.status, 0);
    lone_events_text(&event, &text);
    assert_non_null(strstr(text.text, "Notice: "));
    assert_non_null(strstr(text.text, "(type 0x2, info 0x0)"));
    assert_non_null(strstr(text.text, "cat logs/LID=0x4,RAE=0/raw"));
    lone_text_free(&text);
    event = (struct lone_async_event){.dw0 = 0x0000ff05}; /* reserved, and no page */
    lone_events_text(&event, &text);
    assert_non_null(strstr(text.text, "unknown event (type 0x5, info 0xff); nothing to clear\n"));
    lone_text_free(&text);
}

/* 105h: more than AERL allows. The number falls to what was taken. */
static void test_refused(void **state)
{
    /* interface: EV3 */
    struct bench *bench = *state;

    enable(bench, 64);
    keep(bench, 5, 5);
    complete(bench->mock, 3, 0, 0x105);
    complete(bench->mock, 4, 0, 0x105);
    lone_controller_poll(bench->controller);
    counts(bench, 3, 3, 5);
    assert_int_equal(lone_events_next(bench->controller), 0); /* what is refused is no event */
    assert_int_equal(lone_events_received(bench->controller), 0);
    lone_controller_poll(bench->controller);
    counts(bench, 3, 3, 5);
    complete(bench->mock, 0, 0x010100, 0); /* an event is still an event */
    lone_controller_poll(bench->controller);
    counts(bench, 3, 3, 6);
    assert_int_equal(lone_events_next(bench->controller), 1);
    assert_int_equal(lone_events_received(bench->controller), 1);
}

/* Others must be able to send commands. SQHD makes room again. */
static void test_room(void **state)
{
    /* interface: EV2 */
    struct bench *bench = *state;

    enable(bench, 8);
    keep(bench, 100, 5); /* 7 fit; a quarter of 8 entries stays free */
    complete(bench->mock, 0, 0x010101, 0);
    lone_controller_poll(bench->controller);
    counts(bench, 100, 4 + 5, 5 + 5);
}

static void test_smallest_queue(void **state)
{
    struct bench *bench = *state;

    enable(bench, 2); /* one fits, and would leave no room for the next command */
    keep(bench, 3, 0);
    act(bench, LONE_ACTION_DISABLE);
    enable(bench, 4);
    lone_controller_poll(bench->controller);
    counts(bench, 3, 2, 2);
}

static void test_resets(void **state)
{
    struct bench *bench = *state;

    enable(bench, 64);
    keep(bench, 3, 3);
    for (unsigned i = 0; i < 5; i++) {
        act(bench, i % 2 ? LONE_ACTION_DISABLE : LONE_ACTION_RESET_CONTROLLER);
        counts(bench, 3, 0, 3 * (i + 1));
        lone_controller_poll(bench->controller);
        counts(bench, 3, 0, 3 * (i + 1));
        act(bench, LONE_ACTION_ENABLE);
        lone_controller_poll(bench->controller);
        counts(bench, 3, 3, 3 * (i + 2));
    }
    assert_int_equal(lone_events_next(bench->controller), 0); /* lost ones are no events */
    act(bench, LONE_ACTION_RESET_FLR);
    counts(bench, 3, 0, 18);
    enable(bench, 64);
    lone_controller_poll(bench->controller);
    counts(bench, 3, 3, 21);
}

/* Before CSTS.RDY=1 was seen nothing is submitted, nor to one that is shut down or has failed. */
static void test_not_ready(void **state)
{
    static const uint32_t others[] = {0x0, 0x3, 0x5, 0x9};
    struct bench *bench = *state;
    uint64_t csts;

    enable(bench, 64);
    for (unsigned i = 0; i < 4; i++) {
        put(bench->mock->registers + 0x1c, 4, others[i]);
        keep(bench, 1, 0);
        lone_controller_poll(bench->controller);
        counts(bench, 1, 0, 0);
    }
    put(bench->mock->registers + 0x1c, 4, 1);
    lone_controller_poll(bench->controller);
    counts(bench, 1, 0, 0); /* nobody has looked */
    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CSTS, 4, &csts, NULL), 0);
    counts(bench, 1, 0, 0); /* a read of a register is a read */
    lone_controller_poll(bench->controller);
    counts(bench, 1, 1, 1);
}

static void test_gone(void **state)
{
    struct bench *bench = *state;

    enable(bench, 64);
    keep(bench, 1, 1);
    put(bench->mock->registers + 0x1c, 4, UINT32_MAX);
    assert_int_equal(lone_events_keep(bench->controller, 2, NULL), -ENODEV);
    assert_int_equal(lone_events_wanted(bench->controller), 1);
}

/* It is not tried again and again. */
static void test_doorbell_fails(void **state)
{
    struct bench *bench = *state;

    enable(bench, 64);
    bench->mock->fails = true;
    assert_int_equal(lone_events_keep(bench->controller, 2, NULL), -EIO);
    counts(bench, 0, 0, 0);
    bench->mock->fails = false;
    lone_controller_poll(bench->controller);
    counts(bench, 0, 0, 0);
    keep(bench, 2, 2);
}

/* A controller that answers every request at once, for ever: a poll ends, and the last events are kept. */
static void test_endless(void **state)
{
    struct bench *bench = *state;
    struct lone_async_event event;
    uint64_t cursor = 0, missed;

    enable(bench, 64);
    keep(bench, 1, 1);
    for (unsigned i = 0; i < 300; i++) {
        complete(bench->mock, i, 0x010001 | i % 2 << 8, 0);
        assert_int_equal(lone_controller_poll(bench->controller), 1);
    }
    counts(bench, 1, 1, 301);
    assert_int_equal(lone_events_next(bench->controller), 300);
    assert_true(lone_events_take(bench->controller, &cursor, &event, &missed));
    assert_int_equal(missed, 300 - 256);
    assert_int_equal(cursor, 300 - 256 + 1);
}

/* Requests of a caller's are not ours, but nobody expects them soon either. */
static void test_foreign(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = lone_cmd_new(bench->controller), *other = lone_cmd_new(bench->controller);

    enable(bench, 64);
    cmd->sqe[0] = 0x0c;
    assert_int_equal(lone_cmd_submit(cmd, NULL), 0);
    assert_int_equal(lone_controller_requests(bench->controller), 1);
    assert_int_equal(lone_events_posted(bench->controller), 0);
    assert_true(lone_controller_only_requests(bench->controller));
    other->sqe[0] = 0x06;
    assert_int_equal(lone_cmd_submit(other, NULL), 0);
    assert_false(lone_controller_only_requests(bench->controller));
    complete(bench->mock, 0, 0x010001, 0);
    lone_controller_poll(bench->controller);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_int_equal(lone_events_next(bench->controller), 0);
    assert_int_equal(lone_controller_requests(bench->controller), 0);
    lone_cmd_free(cmd);
    lone_cmd_free(other);
}

/* --- A controller that stopped ----------------------------------------------------------------------------- */

static void test_late(void **state)
{
    static const struct {
        uint32_t csts;
        int result;
        const char *text;
    } cases[] = {
        {0x1, -ETIMEDOUT, "CSTS is 0x1: the controller is ready"},
        {0x3, -ETIMEDOUT, "CSTS.CFS is 1"},
        {0x9, -ETIMEDOUT, "CSTS.SHST is 2: the controller is shut down"},
        {0x21, -ETIMEDOUT, "CSTS.PP is 1"},
        {0x0, -ETIMEDOUT, "CSTS.RDY is 0"},
        {UINT32_MAX, -ENODEV, "the device is gone"},
    };
    struct bench *bench = *state;
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);
    struct lone_error error;

    enable(bench, 64);
    cmd->sqe[0] = 0x06;
    assert_int_equal(lone_cmd_submit(cmd, NULL), 0);
    for (unsigned i = 0; i < 6; i++) {
        put(bench->mock->registers + 0x1c, 4, cases[i].csts);
        assert_int_equal(lone_cmd_late(cmd, &error), cases[i].result);
        assert_non_null(strstr(error.text, cases[i].text));
        assert_non_null(strstr(error.text, "stays outstanding"));
    }
    lone_cmd_free(cmd);
}

static char *explained(struct bench *bench)
{
    struct lone_text text = {0};

    lone_controller_explain_fatal(bench->controller, &text);
    return text.text;
}

static void test_fatal(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);
    uint64_t csts;
    char *text;

    enable(bench, 64);
    cmd->sqe[0] = 0x06;
    assert_int_equal(lone_cmd_submit(cmd, NULL), 0);
    bench->mock->deaf = true;
    assert_int_equal(lone_controller_bar_write(bench->controller, 0, 0x1000, 4, 64, NULL), 0);
    put(bench->mock->registers + 0x1c, 4, 0x3);
    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CSTS, 4, &csts, NULL), 0);
    assert_int_equal(lone_controller_write(bench->controller, LONE_REG_INTMS, 4, 0, NULL), 0); /* comes after it */
    text = explained(bench);
    assert_non_null(strstr(text, "SQ0TDBL = 0x40 "));
    assert_non_null(strstr(text, "submission queue 0 has 64 entries"));
    assert_non_null(strstr(text, "identify (opcode 0x6), CID 0x0 on queue 0"));
    assert_null(strstr(text, "do not name"));
    assert_non_null(strstr(text, "reset controller"));
    free(text);
    assert_int_equal(lone_controller_write(bench->controller, LONE_REG_ASQ, 8, 0x1000, NULL), 0);
    text = explained(bench);
    assert_non_null(strstr(text, "do not name the admin queues that lonefs made: ASQ 0x1000"));
    free(text);
    lone_cmd_free(cmd);
}

#define EVENTS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EVENTS_TEST(test_posts),     EVENTS_TEST(test_event),          EVENTS_TEST(test_refused),
        EVENTS_TEST(test_room),      EVENTS_TEST(test_smallest_queue), EVENTS_TEST(test_resets),
        EVENTS_TEST(test_not_ready), EVENTS_TEST(test_gone),           EVENTS_TEST(test_doorbell_fails),
        EVENTS_TEST(test_endless),   EVENTS_TEST(test_foreign),        EVENTS_TEST(test_late),
        EVENTS_TEST(test_fatal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
