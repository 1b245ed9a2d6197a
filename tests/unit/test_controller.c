/* SPDX-License-Identifier: MIT */
/* The driver brings a controller up and down, resets and initializes it: a mock that does, and misdoes, what a test
 * tells it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mock.h"
#include "nvme/interrupts.h"
#include "nvme/queue.h"

/* --- Bringing it up and down ------------------------------------------------------------------------------- */

static void test_open(void **state)
{
    struct bench *bench = *state;
    const struct lone_capability_at *capabilities;
    unsigned vectors;
    size_t n;

    assert_int_equal(bench->mock->n_reads + bench->mock->n_writes, 0);
    capabilities = lone_controller_capabilities(bench->controller, &n);
    assert_int_equal(n, 2);
    assert_int_equal(capabilities[1].offset, 0x60);
    lone_controller_eventfds(bench->controller, &vectors);
    assert_int_equal(vectors, 4);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_next_cq(bench->controller, 0), -1);
    lone_controller_close(NULL);
}

static void test_admin_registers(void **state)
{
    struct bench *bench = *state;
    const struct lone_admin_options options = {.sq_entries = 2, .cq_entries = 4096, .page_size = 16384, .ams = 1};
    const uint8_t *registers = bench->mock->registers;
    const struct lone_sq *sq;
    const struct lone_cq *cq;

    admin(bench);
    sq = lone_controller_sq(bench->controller, 0);
    cq = lone_controller_cq(bench->controller, 0);
    assert_int_equal(get(registers + 0x24, 4), 63 | 255 << 16);
    assert_int_equal(get(registers + 0x28, 8), sq->memory.iova);
    assert_int_equal(get(registers + 0x30, 8), cq->memory.iova);
    assert_int_equal(get(registers + 0x14, 4), 6u << 16 | 4u << 20);
    assert_int_equal(bench->mock->config[4], 6); /* MSE and BME */
    assert_int_equal(bench->mock->n_interrupts, 1);
    assert_int_equal(sq->state, LONE_QUEUE_DISABLED);
    assert_int_equal(bench->mock->writes[1].width, 4); /* 64 bits as two times 32, low first */
    assert_int_equal(bench->mock->writes[1].offset, 0x28);
    assert_int_equal(bench->mock->writes[2].offset, 0x2c);
    lone_controller_reg64(bench->controller, true);
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), 0);
    assert_int_equal(get(registers + 0x24, 4), 1 | 4095u << 16);
    assert_int_equal(get(registers + 0x28, 8) % 16384, 0);
    assert_int_equal(get(registers + 0x30, 8) % 16384, 0);
    assert_int_equal(get(registers + 0x14, 4), 6u << 16 | 4u << 20 | 2u << 7 | 1u << 11);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    put(bench->mock->registers, 8, MOCK_CAP | 1ull << 43);
    admin(bench);
    assert_int_equal(get(registers + 0x14, 4), 6u << 16 | 4u << 20 | 6u << 4);
    put(bench->mock->registers, 8, MOCK_CAP | 1ull << 44);
    admin(bench);
    assert_int_equal(get(registers + 0x14, 4), 6u << 16 | 4u << 20 | 7u << 4);
}

static void test_admin_refused(void **state)
{
    struct bench *bench = *state;
    struct lone_admin_options options = {.sq_entries = 1};

    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), -ERANGE);
    options = (struct lone_admin_options){.cq_entries = 4097};
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), -ERANGE);
    options = (struct lone_admin_options){.page_size = 131072};
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), -EINVAL);
    options = (struct lone_admin_options){.page_size = 5000};
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), -EINVAL);
    assert_null(lone_controller_sq(bench->controller, 0));
    enable(bench);
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -EBUSY);
    bench->mock->never_unready = true;
    raw(bench, 0x14, 4, 0);
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -EBUSY);
    /* interface: ER24 NW7 */
    bench->mock->gone = true;
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -ENODEV);
    assert_string_equal(bench->error.text, "the device is gone: CSTS reads as all ones");
    bench->mock->gone = false;
}

static void test_enable_widths(void **state)
{
    static const struct {
        uint64_t offset, on, off;
        unsigned width;
    } ways[] = {
        {0x14, 0x01, 0x00, 1},
        {0x14, 0x0001, 0x0000, 2},
        {0x14, 0x00460001, 0x00460000, 4},
        {0x10, 0x0046000100000000, 0x0046000000000000, 8},
    };
    struct bench *bench = *state;

    admin(bench);
    for (unsigned i = 0; i < 4; i++) {
        struct lone_cmd *cmd = identify(bench);

        assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
        assert_non_null(strstr(bench->error.text, "`enable` to ctl"));
        raw(bench, ways[i].offset, ways[i].width, ways[i].on);
        assert_int_equal(admin_state(bench), LONE_QUEUE_LIVE);
        assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
        assert_int_equal(lone_cmd_status(cmd), 0);
        assert_memory_equal(cmd->data.data, "mock", 5);
        assert_int_equal(lone_controller_sq(bench->controller, 0)->head, 1);
        assert_int_equal(lone_controller_generation(bench->controller), i);
        raw(bench, ways[i].offset, ways[i].width, ways[i].off);
        assert_int_equal(admin_state(bench), LONE_QUEUE_DISABLED);
        assert_int_equal(lone_controller_generation(bench->controller), i + 1);
        lone_cmd_free(cmd);
    }
    raw(bench, 0x15, 1, 0); /* another byte of CC says nothing about EN */
    assert_int_equal(lone_controller_generation(bench->controller), 4);
}

/* Memory of the admin queues is the same, their entries are zero again, and phase and indices start over. */
static void test_enable_again(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;
    uint64_t iova;

    enable(bench);
    iova = lone_controller_cq(bench->controller, 0)->memory.iova;
    for (unsigned round = 0; round < 3; round++) {
        const struct lone_cq *cq = lone_controller_cq(bench->controller, 0);

        cmd = identify(bench);
        for (unsigned i = 0; i < 300; i++)
            assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
        lone_cmd_free(cmd);
        assert_int_equal(cq->head, 300 - 256);
        assert_false(cq->phase);
        act(bench, LONE_ACTION_DISABLE);
        act(bench, LONE_ACTION_ENABLE);
        cq = lone_controller_cq(bench->controller, 0);
        assert_int_equal(cq->memory.iova, iova);
        assert_int_equal(cq->head, 0);
        assert_true(cq->phase);
        for (unsigned i = 0; i < 4096; i++)
            assert_int_equal(cq->memory.data[i], 0);
    }
}

static void test_foreign_admin_queue(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = identify(bench);
    uint64_t asq;

    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
    assert_string_equal(bench->error.text,
                        "the admin queue is not set up: write `admin` to queues/ctl, then `enable` to ctl");
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_ENABLE, NULL, &bench->error), -ENXIO);
    admin(bench);
    asq = get(bench->mock->registers + 0x28, 8);
    raw(bench, 0x28, 8, asq + 4096);
    raw(bench, 0x14, 1, 1);
    assert_int_equal(admin_state(bench), LONE_QUEUE_DISABLED);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
    assert_non_null(strstr(bench->error.text, "AQA, ASQ or ACQ were changed"));
    raw(bench, 0x14, 1, 0);
    raw(bench, 0x29, 1, asq >> 8); /* a byte is enough to set it right */
    raw(bench, 0x14, 1, 1);
    assert_int_equal(admin_state(bench), LONE_QUEUE_LIVE);
    cmd->sqid = 3;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
    assert_string_equal(bench->error.text, "there is no live I/O submission queue 3: write `init queues=3` to ctl");
    lone_cmd_free(cmd);
}

static void test_waits(void **state)
{
    struct bench *bench = *state;

    bench->mock->fatal = true;
    admin(bench);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_ENABLE, NULL, &bench->error), -EIO);
    assert_non_null(strstr(bench->error.text, "CSTS.CFS is 1"));
    bench->mock->fatal = false;
    act(bench, LONE_ACTION_RESET_CONTROLLER);
    bench->mock->never_ready = true;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_ENABLE, NULL, &bench->error), -ETIMEDOUT);
    assert_non_null(strstr(bench->error.text, "CSTS.RDY=1 did not come within 1.0 s"));
    bench->mock->never_ready = false;
    act(bench, LONE_ACTION_DISABLE);
    act(bench, LONE_ACTION_ENABLE);
    act(bench, LONE_ACTION_SHUTDOWN);
    act(bench, LONE_ACTION_DISABLE);
    act(bench, LONE_ACTION_ENABLE);
    act(bench, LONE_ACTION_SHUTDOWN_ABRUPT);
    assert_int_equal(bench->mock->registers[0x15] >> 6, 2);
    bench->mock->gone = true;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_DISABLE, NULL, &bench->error), -ENODEV);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, NULL, &bench->error), -ENODEV);
    bench->mock->gone = false;
}

/* What `status` names of a controller that has stopped: each of these, and nothing else. */
static void test_fatal_reasons(void **state)
{
    static const char *const names[] = {"CC.MPS ", "CC.CSS ", "CC.AMS ",   "CC.IOSQES ", "CC.IOCQES ",
                                        "ASQ  ",   "ACQ  ",   "AQA.ASQS ", "AQA.ACQS "};
    static const struct {
        unsigned named; /* a bit for each of these */
        uint32_t cc, aqa;
        uint64_t asq, acq;
    } rows[] = {
        {0, 0x00460001, 0x00ff003f, 0x10000, 0x20000},
        {1 << 0, 0x00460001 | 5 << 7, 0x00ff003f, 0x20000, 0x40000}, /* 128 KiB, MPSMAX is 64 KiB */
        {1 << 1, 0x00460001 | 6 << 4, 0x00ff003f, 0x10000, 0x20000}, /* CAP.CSS bit 6 is 0 */
        {1 << 1, 0x00460001 | 1 << 4, 0x00ff003f, 0x10000, 0x20000}, /* reserved */
        {1 << 2, 0x00460001 | 1 << 11, 0x00ff003f, 0x10000, 0x20000},
        {1 << 3, 0x00400001, 0x00ff003f, 0x10000, 0x20000},
        {1 << 4, 0x00360001, 0x00ff003f, 0x10000, 0x20000},
        {1 << 5, 0x00460001, 0x00ff003f, 0x10010, 0x20000},
        {1 << 6, 0x00460001 | 4 << 7, 0x00ff003f, 0x10000, 0x21000}, /* a page of 4 KiB, but not of 64 */
        {1 << 7 | 1 << 8, 0x00460001, 0, 0x10000, 0x20000},
        {0, 0x00460001, 0, 0, 0}, /* never written: enabled by somebody else, and not known */
    };
    struct bench *bench = *state;
    uint64_t cap;

    bench->mock->config[4] = 6;
    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CAP, 8, &cap, &bench->error), 0);
    for (size_t i = 0; i < LONE_COUNT(rows); i++) {
        struct lone_text text = {0};

        raw(bench, 0x24, 4, rows[i].aqa);
        raw(bench, 0x28, 8, rows[i].asq);
        raw(bench, 0x30, 8, rows[i].acq);
        raw(bench, 0x14, 4, rows[i].cc & ~1u);
        lone_controller_explain_fatal(bench->controller, &text);
        for (size_t name = 0; name < LONE_COUNT(names); name++) {
            char line[40] = "\n";

            strcat(line, names[name]);
            if ((strstr(text.text, line) != NULL) != (rows[i].named >> name & 1))
                fail_msg("row %zu, %s: %s", i, names[name], text.text);
        }
        lone_text_free(&text);
    }
}

/* A doorbell that was written by hand is named to who waits in vain: of the command's queue, and of where it completes.
 */
static void test_late_after_doorbell(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    init(bench, 2, 8);
    bench->mock->sees_nothing = true;
    raw(bench, 0x1000 + 4 * 4, 4, 3); /* SQ2TDBL */
    cmd = submitted(bench, 1);
    assert_int_equal(lone_cmd_late(cmd, &bench->error), -ETIMEDOUT);
    assert_null(strstr(bench->error.text, "DBL"));
    raw(bench, 0x1000 + 2 * 4, 4, 0x4321);
    assert_int_equal(lone_cmd_late(cmd, &bench->error), -ETIMEDOUT);
    assert_non_null(
        strstr(bench->error.text, "SQ1TDBL was written by hand, 0x4321 last, which is outside of the queue"));
    raw(bench, 0x1000 + 2 * 4, 8, 5ull << 32 | 2); /* both of queue 1 */
    assert_int_equal(lone_cmd_late(cmd, &bench->error), -ETIMEDOUT);
    assert_non_null(
        strstr(bench->error.text, "SQ1TDBL was written by hand, 0x2 last. CQ1HDBL was written by hand, 0x5"));
    assert_null(strstr(bench->error.text, "SQ2"));
    lone_cmd_free(cmd);
}

/* Enabled by somebody else, with pages of 64 KiB (CC.MPS 4: NVMe Base 2.0, 3.1.3.5) and doorbells 8 bytes apart
 * (CAP.DSTRD 1: 3.1.3.1): what is made and rung from then on follows that, once it has been read. */
static void test_found_enabled(void **state)
{
    struct bench *bench = *state;
    uint64_t value;

    bench->mock->config[4] = 6; /* CMD.MSE and BME */
    put(bench->mock->registers, 8, MOCK_CAP | 1ull << 32);
    put(bench->mock->registers + 0x14, 4, 0x00460001 | 4 << 7);
    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CC, 4, &value, &bench->error), 0);
    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CAP, 8, &value, &bench->error), 0);
    assert_int_equal(lone_cq_new(bench->controller, 1, NULL, &bench->error), 0);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->memory.iova % 65536, 0);
    assert_int_equal(lone_cq_ring(bench->controller, 1, 5, &bench->error), 0);
    assert_int_equal(last_write(bench)->offset, 0x1000 + 3 * 8); /* CQ1HDBL */
    raw(bench, 0x1000 + 3 * 8, 4, 7);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->doorbell, 7);
    assert_int_equal(lone_cq_free(bench->controller, 1, &bench->error), 0);
}

/* What is there to be taken without a signal, every time the loop comes round. */
static void go_round(struct bench *bench)
{
    lone_controller_clear_eventfds(bench->controller);
    lone_controller_poll(bench->controller);
}

/* An INTx line that stays asserted although nothing is in the queues must not keep a processor busy, and commands go
 * on.
 */
static void test_asserted_line(void **state)
{
    /* interface: IR12 */
    struct bench *bench = *state;
    struct mock *mock = bench->mock;
    struct lone_cmd *cmd;
    unsigned before;
    const uint64_t one = 1;

    mock->device.n_vectors[LONE_INTERRUPTS_INTX] = 1;
    assert_int_equal(lone_controller_interrupts(bench->controller, LONE_INTERRUPTS_INTX, 0, &bench->error), 0);
    init(bench, 1, 8);
    assert_int_equal(lone_controller_spurious(bench->controller), 0);
    mock->asserted = true;
    assert_int_equal(write(mock->eventfd, &one, sizeof(one)), sizeof(one));
    before = mock->n_unmasks;
    for (unsigned i = 0; i < 100000; i++)
        go_round(bench);
    assert_in_range(mock->n_unmasks - before, 16, 40);
    assert_true(lone_controller_spurious(bench->controller) >= 16);
    mock->silent = true;
    cmd = submitted(bench, 1);
    assert_int_equal(lone_controller_expects(bench->controller), LONE_EXPECTS_SILENCE);
    mock_complete(mock, mock->n_taken - 1, 0, 0);
    lone_controller_poll(bench->controller);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    lone_cmd_free(cmd);
    /* Once it is let go, the line is let through, and an interrupt with a cause ends the pauses. */
    mock->asserted = false;
    for (unsigned i = 0; i < 3000 && lone_controller_spurious(bench->controller); i++) {
        usleep(1000);
        go_round(bench);
    }
    assert_int_equal(lone_controller_spurious(bench->controller), 0);
    cmd = submitted(bench, 1);
    assert_int_equal(lone_controller_expects(bench->controller), LONE_EXPECTS_INTERRUPT);
    mock_complete(mock, mock->n_taken - 1, 0, 0);
    assert_int_equal(write(mock->eventfd, &one, sizeof(one)), sizeof(one));
    before = mock->n_unmasks;
    go_round(bench);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_int_equal(mock->n_unmasks, before + 1);
    lone_cmd_free(cmd);
}

/* Of a device with 2048 vectors not all are taken, unless they are asked for. */
static void test_many_vectors(void **state)
{
    /* interface: IR1 */
    struct bench *bench = *state;

    bench->mock->device.n_vectors[LONE_INTERRUPTS_MSIX] = 2048;
    assert_int_equal(lone_controller_interrupts(bench->controller, LONE_INTERRUPTS_MSIX, 0, &bench->error), 0);
    assert_int_equal(bench->mock->n_vectors, 128);
    assert_int_equal(lone_controller_interrupts(bench->controller, LONE_INTERRUPTS_MSIX, 200, &bench->error), 0);
    assert_int_equal(bench->mock->n_vectors, 200);
    assert_int_equal(lone_controller_interrupts(bench->controller, LONE_INTERRUPTS_MSIX, 2049, &bench->error), -ERANGE);
    enable(bench);
    assert_int_equal(lone_controller_interrupts(bench->controller, LONE_INTERRUPTS_MSIX, 0, &bench->error), 0);
    assert_int_equal(lone_controller_interrupts(bench->controller, LONE_INTERRUPTS_MSIX, 200, &bench->error), 0);
    assert_int_equal(lone_controller_interrupts(bench->controller, LONE_INTERRUPTS_MSIX, 199, &bench->error), -EBUSY);
    lone_controller_clear_eventfd(bench->controller, 200); /* there is none: nothing happens */
}

/* CAP.TO in 500 ms (3.1.3.1), CRTO.CRWMT in bits 15:0 and CRIMT in 31:16 (3.1.3.21), CAP.CRMS in 60:59; and a second.
 */
static void test_ready_timeout(void **state)
{
    static const struct {
        uint64_t to, crms;
        uint32_t crto, crime;
        uint64_t expected_ms;
    } rows[] = {
        {20, 0, 0x00ff00ff, 0, 11000}, {20, 1, 0x00020028, 0, 21000}, {20, 3, 0x001e0028, 1, 16000},
        {20, 3, 0x00020028, 1, 11000}, {20, 3, 0x00020004, 0, 11000}, {255, 1, 0x0000ffff, 0, 32768500},
    };
    struct bench *bench = *state;

    admin(bench);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t ns;

        put(bench->mock->registers, 8, MOCK_CAP | rows[i].to << 24 | rows[i].crms << 59);
        put(bench->mock->registers + 0x68, 4, rows[i].crto);
        raw(bench, 0x14, 4, rows[i].crime << 24); /* CC.CRIME */
        assert_int_equal(lone_controller_ready_timeout(bench->controller, &ns, &bench->error), 0);
        assert_int_equal(ns / 1000000, rows[i].expected_ms);
    }
}

/* What VFIO shows of a virtual function that has vanished: zeros. */
static void test_no_controller(void **state)
{
    struct bench *bench = *state;

    put(bench->mock->registers, 8, 0);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, NULL, &bench->error), -ENODEV);
    assert_non_null(strstr(bench->error.text, "CAP reads as 0"));
}

static void test_no_vector(void **state)
{
    struct bench *bench = *state;

    lone_controller_clear_eventfd(bench->controller, 4096);
    assert_int_equal(lone_vector_count(bench->controller, 4096), 0);
}

/* interface: RO19 */
static void test_action_steps(void **state)
{
    struct bench *bench = *state;
    struct lone_progress *progress, *other;
    uint64_t again;

    admin(bench);
    bench->mock->never_ready = true;
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_ENABLE, NULL, &progress, &bench->error), 0);
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_SHUTDOWN, NULL, &other, &bench->error), -EBUSY);
    assert_int_equal(lone_action_step(progress, &again, &bench->error), 0);
    assert_true(again > 0 && again <= 10000000);
    bench->mock->registers[0x1c] |= 1;
    assert_int_equal(lone_action_step(progress, &again, &bench->error), 1);
    lone_action_end(progress);
    /* disabled by somebody else while it waits */
    act(bench, LONE_ACTION_DISABLE);
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_ENABLE, NULL, &progress, &bench->error), 0);
    assert_int_equal(lone_action_step(progress, &again, &bench->error), 0);
    raw(bench, 0x14, 1, 0);
    assert_int_equal(lone_action_step(progress, &again, &bench->error), -ESHUTDOWN);
    lone_action_end(progress);
}

/* Steps until it has ended. */
static int finish(struct bench *bench, struct lone_progress *progress)
{
    uint64_t again;
    int result;

    while ((result = lone_action_step(progress, &again, &bench->error)) == 0)
        usleep((useconds_t)(again / 1000));
    lone_action_end(progress);
    return result;
}

/* Nobody has to wait for a controller that never gets ready, or never completes, before he can reset it. */
/* interface: RO21 */
static void test_action_superseded(void **state)
{
    static const enum lone_action stuck[] = {LONE_ACTION_ENABLE, LONE_ACTION_SCAN, LONE_ACTION_RESET_CONTROLLER};
    static const enum lone_action resets[] = {LONE_ACTION_DISABLE, LONE_ACTION_RESET_CONTROLLER, LONE_ACTION_RESET_FLR,
                                              LONE_ACTION_RESET_SUBSYSTEM};
    struct bench *bench = *state;
    struct lone_progress *first, *second, *third;
    uint64_t again;

    for (unsigned i = 0; i < LONE_COUNT(stuck) * LONE_COUNT(resets); i++) {
        enum lone_action action = stuck[i / LONE_COUNT(resets)], reset = resets[i % LONE_COUNT(resets)];

        bench->mock->never_ready = action == LONE_ACTION_ENABLE;
        admin(bench);
        if (action != LONE_ACTION_ENABLE)
            act(bench, LONE_ACTION_ENABLE);
        bench->mock->silent = true;
        bench->mock->never_unready = action == LONE_ACTION_RESET_CONTROLLER;
        assert_int_equal(lone_action_begin(bench->controller, action, NULL, &first, &bench->error), 0);
        assert_int_equal(lone_action_step(first, &again, &bench->error), 0);
        assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_SCAN, NULL, &third, &bench->error), -EBUSY);
        assert_non_null(strstr(bench->error.text, "reset"));
        assert_int_equal(lone_action_begin(bench->controller, reset, NULL, &second, &bench->error), 0);
        bench->mock->never_unready = false;
        if (action == LONE_ACTION_RESET_CONTROLLER)
            bench->mock->registers[0x1c] &= 0xfe; /* at last */
        lone_action_step(second, &again, &bench->error);
        /* that is no business of the first one any more, also while the function is being reset in a thread */
        assert_int_equal(lone_action_step(first, &again, &bench->error), -ESHUTDOWN);
        assert_non_null(strstr(bench->error.text, "reset"));
        lone_action_end(first);
        assert_int_equal(finish(bench, second), 1);
        assert_int_equal(lone_controller_outstanding(bench->controller), 0);
        bench->mock->silent = bench->mock->never_ready = false;
        enable(bench);
        act(bench, LONE_ACTION_SCAN);
        act(bench, LONE_ACTION_DISABLE);
    }
}

/* A function that is being reset is nobody's to reset. */
/* interface: RO23 */
static void test_reset_not_superseded(void **state)
{
    struct bench *bench = *state;
    struct lone_progress *first, *second, *third;
    uint64_t again;
    sem_t held;

    sem_init(&held, 0, 0);
    bench->mock->reset_held = &held;
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_RESET_FLR, NULL, &first, &bench->error), 0);
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_RESET_FLR, NULL, &second, &bench->error), 0);
    assert_int_equal(lone_action_step(second, &again, &bench->error), 0);
    assert_true(lone_action_resetting(second));
    assert_false(lone_action_resetting(first));
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_DISABLE, NULL, &third, &bench->error), -EBUSY);
    assert_int_equal(lone_action_step(first, &again, &bench->error), -ESHUTDOWN);
    lone_action_end(first);
    assert_true(lone_controller_resetting(bench->controller));
    sem_post(&held);
    assert_int_equal(finish(bench, second), 1);
    assert_int_equal(lone_controller_generation(bench->controller), 1);
    sem_destroy(&held);
}

/* The reset has its effect even if nobody waits for it. */
/* interface: RO22 RO23 */
static void test_reset_abandoned(void **state)
{
    struct bench *bench = *state;
    struct lone_progress *progress;
    struct lone_cmd *cmd;
    uint64_t again;

    enable(bench);
    bench->mock->silent = true;
    cmd = submitted(bench, 0);
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_RESET_FLR, NULL, &progress, &bench->error), 0);
    lone_action_step(progress, &again, &bench->error);
    lone_action_end(progress);
    assert_false(lone_controller_resetting(bench->controller));
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_generation(bench->controller), 1);
    lone_cmd_free(cmd);
}

/* Unplugged between two accesses: CSTS still answered. */
static void test_all_ones(void **state)
{
    struct bench *bench = *state;
    uint64_t ns;

    put(bench->mock->registers, 8, UINT64_MAX);
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -ENODEV);
    assert_int_equal(lone_controller_ready_timeout(bench->controller, &ns, &bench->error), -ENODEV);
    assert_int_equal(lone_controller_adopt_admin(bench->controller, &bench->error), -ENODEV);
    assert_null(lone_controller_sq(bench->controller, 0));
}

static void test_function_resets(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    enable(bench);
    bench->mock->silent = true;
    cmd = submitted(bench, 0);
    act(bench, LONE_ACTION_RESET_FLR);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_generation(bench->controller), 1);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_RESET_HOT, NULL, &bench->error), -EOPNOTSUPP);
    assert_int_equal(lone_controller_generation(bench->controller), 1);
    enable(bench);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(lone_controller_config_write(bench->controller, 0x68, 2, 0x8000, &bench->error),
                     0); /* PXDC.IFLR */
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_int_equal(lone_controller_generation(bench->controller), 2);
    enable(bench);
    act(bench, LONE_ACTION_RESET_SUBSYSTEM);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_generation(bench->controller), 3);
    enable(bench);
    assert_int_equal(lone_controller_config_write(bench->controller, 0x44, 2, 3, &bench->error), 0);
    assert_int_equal(admin_state(bench), LONE_QUEUE_LIVE);
    assert_int_equal(lone_controller_config_write(bench->controller, 0x44, 1, 0, &bench->error), 0);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_generation(bench->controller), 4);
    put(bench->mock->registers, 8, MOCK_CAP & ~(1ull << 36));
    enable(bench);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_RESET_SUBSYSTEM, NULL, &bench->error),
                     -EOPNOTSUPP);
    raw(bench, 0x20, 4, 0x12345678);
    assert_int_equal(admin_state(bench), LONE_QUEUE_LIVE);
    lone_cmd_free(cmd);
}

/* A reset that somebody else made (another function's, a firmware activation) shows when CC is read. */
/* interface: RO33 */
static void test_reset_behind_our_back(void **state)
{
    struct bench *bench = *state;
    uint64_t cc;

    enable(bench);
    mock_function_reset(bench->mock);
    bench->mock->config[4] = 6;
    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CC, 4, &cc, &bench->error), 0);
    assert_int_equal(admin_state(bench), LONE_QUEUE_DISABLED);
    assert_int_equal(lone_controller_generation(bench->controller), 1);
}

/* `admin` that fails between ASQ and ACQ: the registers name some of either memory, so both are kept. */
static void test_admin_fails_halfway(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = identify(bench);

    for (unsigned round = 0; round < 2; round++) {
        admin(bench);
        bench->mock->fails_at = 0x30;
        assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -EIO);
        bench->mock->fails_at = 0;
        assert_int_equal(lone_controller_kept(bench->controller), 64 * 64 + 256 * 16);
        read_csts(bench); /* RDY=0, but ACQ still names the old one */
        assert_int_equal(lone_controller_kept(bench->controller), 64 * 64 + 256 * 16);
        assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
        assert_non_null(strstr(bench->error.text, "write `admin` to queues/ctl"));
        if (round)
            act(bench, LONE_ACTION_RESET_SUBSYSTEM);
        else
            enable(bench);
        assert_int_equal(lone_controller_kept(bench->controller), 0);
        act(bench, LONE_ACTION_DISABLE);
    }
    lone_cmd_free(cmd);
}

/* The page size for PRPs is the one that CC said when the controller was enabled. */
static void test_page_size_by_hand(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    admin(bench);
    raw(bench, 0x14, 4, 6u << 16 | 4u << 20 | 4u << 7 | 1);
    bench->mock->silent = true;
    cmd = lone_cmd_new(bench->controller);
    assert_int_equal(lone_cmd_data_size(cmd, 1 << 20, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(get(mock_reach(bench->mock, get(bench->mock->taken[0] + 32, 8), 8), 8),
                     (cmd->data.iova / 65536 + 1) * 65536);
    lone_cmd_free(cmd);
}

/* --- init -------------------------------------------------------------------------------------------------- */

/* interface: RO10 */
static void test_init(void **state)
{
    struct bench *bench = *state;
    const struct lone_namespace *namespaces;
    size_t n;

    init(bench, 5, 0);
    namespaces = lone_controller_namespaces(bench->controller, &n);
    assert_int_equal(n, 3);
    assert_int_equal(namespaces[2].nsid, 3);
    for (uint16_t id = 1; id <= 5; id++) {
        const struct lone_sq *sq = lone_controller_sq(bench->controller, id);
        const struct lone_cq *cq = lone_controller_cq(bench->controller, id);

        assert_int_equal(sq->state, LONE_QUEUE_LIVE);
        assert_int_equal(cq->state, LONE_QUEUE_LIVE);
        assert_int_equal(sq->entries, 256);
        assert_int_equal(cq->entries, 256);
        assert_int_equal(sq->cqid, id);
        assert_int_equal(cq->vector, id % 4);
        assert_true(cq->interrupts);
        assert_int_equal(bench->mock->sq[id].base, sq->memory.iova);
        assert_int_equal(bench->mock->cq[id].base, cq->memory.iova);
        assert_int_equal(bench->mock->cq[id].entries, 256);
    }
    assert_int_equal(lone_controller_next_sq(bench->controller, 5), 5);
    assert_int_equal(lone_controller_next_sq(bench->controller, 6), -1);
    bench->mock->namespaces = 2500; /* three lists */
    init(bench, 1, 1024);
    namespaces = lone_controller_namespaces(bench->controller, &n);
    assert_int_equal(n, 2500);
    assert_int_equal(namespaces[2499].nsid, 2500);
    assert_null(lone_controller_sq(bench->controller, 2));
    bench->mock->namespaces = 1024; /* exactly one, and an empty one */
    init(bench, 0, 0);
    lone_controller_namespaces(bench->controller, &n);
    assert_int_equal(n, 1024);
}

/* Queues for which nobody says how many entries have 256, or what CAP.MQES (15:0, 0's based: 3.1.3.1) allows, once it
 * was read. */
static void test_small_queues(void **state)
{
    /* interface: QU39 QU2 */
    struct bench *bench = *state;

    put(bench->mock->registers, 8, (MOCK_CAP & ~0xffffull) | 15);
    assert_int_equal(lone_cq_new(bench->controller, 7, NULL, &bench->error), 0);
    assert_int_equal(lone_controller_cq(bench->controller, 7)->entries, 256);
    init(bench, 1, 0);
    assert_int_equal(lone_controller_sq(bench->controller, 1)->entries, 16);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->entries, 16);
    assert_int_equal(lone_cq_new(bench->controller, 8, NULL, &bench->error), 0);
    assert_int_equal(lone_controller_cq(bench->controller, 8)->entries, 16);
    assert_int_equal(lone_sq_new(bench->controller, 8, NULL, &bench->error), 0);
    assert_int_equal(lone_controller_sq(bench->controller, 8)->entries, 16);
}

static void test_init_fails(void **state)
{
    struct bench *bench = *state;
    struct lone_action_options options = {.queues = 9};

    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ENOSPC);
    assert_non_null(strstr(bench->error.text, "init queues=8"));
    options = (struct lone_action_options){.queues = 1, .entries = 1025};
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ERANGE);
    options = (struct lone_action_options){.queues = 1, .timeout_ns = 20000000};
    bench->mock->status = 0x102;
    bench->mock->status_of = 0x05;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -EIO);
    assert_true(bench->error.has_status);
    assert_int_equal(bench->error.status, 0x102);
    assert_non_null(strstr(bench->error.text, "0x102 Invalid Queue Size"));
    assert_null(lone_controller_cq(bench->controller, 1));
    bench->mock->status = 0;
    bench->mock->silent = true;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ETIMEDOUT);
    assert_int_equal(lone_controller_outstanding(bench->controller), 1);
    bench->mock->silent = false;
    init(bench, 1, 2);
}

/* The Create completes after `init` has given up: the queue is there all the same. */
static void test_init_late_queue(void **state)
{
    struct bench *bench = *state;
    const struct lone_action_options options = {.queues = 1, .timeout_ns = 10000000};
    unsigned last;

    bench->mock->hold = 0x05;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ETIMEDOUT);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->state, LONE_QUEUE_CREATING);
    last = (bench->mock->n_taken - 1) % MOCK_TAKEN;
    mock_execute(bench->mock, bench->mock->taken[last]);
    mock_complete(bench->mock, last, 0, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->state, LONE_QUEUE_LIVE);
    /* and one that is refused late is gone */
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ETIMEDOUT);
    mock_complete(bench->mock, (bench->mock->n_taken - 1) % MOCK_TAKEN, 0, 0x102);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_null(lone_controller_cq(bench->controller, 1));
    assert_int_equal(lone_controller_outstanding(bench->controller), 0);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
}

/* NVM Command Set 1.0, 4.1.5.1 and 4.1.5.3: LBA format 2 in use, 4096 bytes and 16 of metadata, type 2; of its ELBAF
 * bits 6:0 are STS and bits 8:7 PIF. What this said holds until the format is another one. */
static void test_protection_format(void **state)
{
    static const struct {
        uint32_t elbaf;
        uint8_t pif, sts;
    } formats[] = {{0, 0, 0}, {2 << 7 | 18, 2, 18}, {1 << 7 | 64, 1, 64}, {32, 0, 32}, {3 << 7 | 2 << 9 | 48, 2, 48}};
    uint8_t namespace[4096] = {[0] = 100, [8] = 100, [25] = 2, [26] = 2, [29] = 2, [128 + 8] = 16, [128 + 8 + 2] = 12};
    uint8_t of_blocks[4096] = {0};
    struct bench *bench = *state;
    const struct lone_namespace *known;

    enable(bench);
    for (size_t i = 0; i < LONE_COUNT(formats); i++) {
        identified(bench, 0, namespace);
        put(of_blocks + 12 + 4 * 2, 4, formats[i].elbaf);
        identified(bench, 5, of_blocks);
        for (unsigned again = 0; again < 2; again++, identified(bench, 0, namespace)) {
            known = lone_controller_namespace(bench->controller, 1);
            assert_non_null(known);
            assert_int_equal(known->format.pif, formats[i].pif);
            assert_int_equal(known->format.storage_tag_size, formats[i].sts);
        }
    }
    namespace[29] = 1;
    identified(bench, 0, namespace);
    known = lone_controller_namespace(bench->controller, 1);
    assert_int_equal(known->format.pif, 0);
    assert_int_equal(known->format.storage_tag_size, 0);
}

static bool is_listed(const struct bench *bench, uint32_t nsid)
{
    size_t n;
    const struct lone_namespace *known = lone_controller_namespaces(bench->controller, &n);

    for (size_t i = 0; i < n; i++)
        if (known[i].nsid == nsid)
            return true;
    return false;
}

/* An admin command about namespace 1 with that CDW10, as a command or as bytes. */
static void about_namespace(struct bench *bench, bool raw, uint8_t opcode, uint8_t cdw10)
{
    uint8_t entry[LONE_SQE_SIZE] = {[0] = opcode, [2] = 0x77, [4] = 1, [40] = cdw10};
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    bench->mock->hold = 0;
    if (raw) {
        assert_int_equal(lone_sq_place(bench->controller, 0, entry, 1, true, &bench->error), 0);
        lone_controller_poll(bench->controller);
    } else {
        memcpy(cmd->sqe, entry, sizeof(entry));
        assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
        lone_controller_poll(bench->controller);
        assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    }
    lone_cmd_free(cmd);
}

/* interface: NS5 */
/* NVMe Base 2.0, 5.14 and 5.23: after Format NVM (80h) what was known of the format is known no longer, after Namespace
 * Management (0Dh) with SEL 1, Delete, nothing is; also where these were sent as bytes. Not when they failed. */
static void test_formats_end(void **state)
{
    static const uint8_t namespace[4096] = {[0] = 100, [8] = 100, [128 + 2] = 12};
    struct bench *bench = *state;

    enable(bench);
    for (unsigned raw = 0; raw < 2; raw++) {
        identified(bench, 0, namespace);
        about_namespace(bench, raw, 0x0d, 0);
        assert_non_null(lone_controller_namespace(bench->controller, 1));
        bench->mock->status = 0x10a;
        bench->mock->status_of = 0x80;
        about_namespace(bench, raw, 0x80, 0);
        assert_non_null(lone_controller_namespace(bench->controller, 1));
        bench->mock->status = 0;
        about_namespace(bench, raw, 0x80, 0);
        assert_null(lone_controller_namespace(bench->controller, 1));
        assert_true(is_listed(bench, 1));
        identified(bench, 0, namespace);
        assert_non_null(lone_controller_namespace(bench->controller, 1));
        about_namespace(bench, raw, 0x0d, 1);
        assert_false(is_listed(bench, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(test_open),
        MOCK_TEST(test_protection_format),
        MOCK_TEST(test_formats_end),
        MOCK_TEST(test_admin_registers),
        MOCK_TEST(test_admin_refused),
        MOCK_TEST(test_enable_widths),
        MOCK_TEST(test_enable_again),
        MOCK_TEST(test_foreign_admin_queue),
        MOCK_TEST(test_waits),
        MOCK_TEST(test_fatal_reasons),
        MOCK_TEST(test_late_after_doorbell),
        MOCK_TEST(test_found_enabled),
        MOCK_TEST(test_asserted_line),
        MOCK_TEST(test_many_vectors),
        MOCK_TEST(test_ready_timeout),
        MOCK_TEST(test_no_controller),
        MOCK_TEST(test_no_vector),
        MOCK_TEST(test_action_steps),
        MOCK_TEST(test_action_superseded),
        MOCK_TEST(test_reset_not_superseded),
        MOCK_TEST(test_reset_abandoned),
        MOCK_TEST(test_all_ones),
        MOCK_TEST(test_function_resets),
        MOCK_TEST(test_reset_behind_our_back),
        MOCK_TEST(test_admin_fails_halfway),
        MOCK_TEST(test_page_size_by_hand),
        MOCK_TEST(test_init),
        MOCK_TEST(test_small_queues),
        MOCK_TEST(test_init_fails),
        MOCK_TEST(test_init_late_queue),
    };

    return cmocka_run_group_tests_name("controller", tests, NULL, NULL);
}
