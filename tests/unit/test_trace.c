/* SPDX-License-Identifier: MIT */
/* The trace, against the simulator: what was done is in it, in order, with the bytes; the ring when it is full. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "nvme/trace.h"
#include "nvsim/nvsim.h"

static int set_up(void **state)
{
    struct lone_device *device;
    struct lone_controller *controller;

    if (lone_nvsim_open(&device, NULL) || lone_controller_open(&controller, device, NULL))
        return -1;
    *state = controller;
    return 0;
}

static int tear_down(void **state)
{
    lone_controller_close(*state);
    return 0;
}

static void act(struct lone_controller *controller, enum lone_action action)
{
    struct lone_action_options options = {.queues = 1, .entries = 4};
    struct lone_error error = {0};

    if (lone_controller_do(controller, action, &options, &error))
        fail_msg("%s", error.text);
}

/* The next event of that kind from *@cursor on. */
static struct lone_trace_event find(struct lone_controller *controller, uint64_t *cursor, enum lone_trace_kind kind)
{
    struct lone_trace_event event;
    uint64_t missed;

    while (lone_trace_take(controller, cursor, &event, &missed)) {
        assert_int_equal(missed, 0);
        if (event.kind == kind)
            return event;
    }
    fail_msg("no event of kind %d", kind);
    return event;
}

static void write_intms(struct lone_controller *controller, uint32_t value)
{
    assert_int_equal(lone_controller_write(controller, LONE_REG_INTMS, 4, value, NULL), 0);
}

static void test_off(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_trace_event event;
    uint64_t cursor = 0, missed;

    assert_false(lone_trace_enabled(controller));
    act(controller, LONE_ACTION_INIT);
    assert_int_equal(lone_trace_next(controller), 0);
    assert_false(lone_trace_take(controller, &cursor, &event, &missed));
}

/* A command from its entry to the head doorbell of its completion. Doorbells: 1000h + (2y, 2y + 1) * 4 with CAP.DSTRD 0
 * (NVMe PCIe Transport 1.0, 3.1.2). */
static void test_command(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_cmd *cmd = lone_cmd_new(controller);
    struct lone_trace_event event;
    uint64_t cursor, time;

    act(controller, LONE_ACTION_INIT);
    assert_int_equal(lone_trace_enable(controller, true, NULL), 0);
    cursor = lone_trace_next(controller);
    cmd->sqe[0] = 0x00; /* Flush */
    cmd->sqe[4] = 1;
    cmd->sqid = 1;
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(lone_cmd_sync(cmd, 1000000000, NULL), 0);
    for (unsigned i = 0; i < 5; i++) {
        event = find(controller, &cursor, LONE_TRACE_SUBMISSION);
        time = event.time_ns;
        assert_int_equal(event.queue, 1);
        assert_int_equal(event.slot, i % 4);
        assert_int_equal(event.bytes[0], 0x00);
        assert_int_equal(event.bytes[4], 1);
        event = find(controller, &cursor, LONE_TRACE_DOORBELL);
        assert_int_equal(event.queue, 1);
        assert_false(event.completion_queue);
        assert_int_equal(event.offset, 0x1008);
        assert_int_equal(event.value, (i + 1) % 4);
        event = find(controller, &cursor, LONE_TRACE_COMPLETION);
        assert_int_equal(event.queue, 1);
        assert_int_equal(event.slot, i % 4);
        assert_true(event.time_ns >= time);
        event = find(controller, &cursor, LONE_TRACE_DOORBELL);
        assert_int_equal(event.queue, 1);
        assert_true(event.completion_queue);
        assert_int_equal(event.offset, 0x100c);
        assert_int_equal(event.value, (i + 1) % 4);
    }
    assert_memory_equal(event.bytes, ((uint8_t[64]){0}), 64);
    lone_cmd_free(cmd);
}

static void test_completion_bytes(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_cmd *cmd = lone_cmd_new(controller);
    struct lone_trace_event event;
    uint64_t cursor = 0;

    act(controller, LONE_ACTION_INIT);
    assert_int_equal(lone_trace_enable(controller, true, NULL), 0);
    cmd->sqe[0] = 0xff; /* no such admin command */
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, NULL), 0);
    event = find(controller, &cursor, LONE_TRACE_COMPLETION);
    assert_memory_equal(event.bytes, cmd->cqe, LONE_CQE_SIZE);
    assert_int_equal((event.bytes[14] | event.bytes[15] << 8) >> 1 & 0x7ff, 0x001); /* Invalid Command Opcode */
    lone_cmd_free(cmd);
}

static void test_registers(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_trace_event event;
    uint64_t cursor = 0, value;
    uint32_t config;

    assert_int_equal(lone_trace_enable(controller, true, NULL), 0);
    write_intms(controller, 0x5);
    event = find(controller, &cursor, LONE_TRACE_BAR_WRITE);
    assert_int_equal(event.offset, 0x0c);
    assert_int_equal(event.width, 4);
    assert_int_equal(event.value, 0x5);
    assert_int_equal(lone_controller_config_write(controller, 4, 2, 0x2, NULL), 0);
    event = find(controller, &cursor, LONE_TRACE_CONFIG_WRITE);
    assert_int_equal(event.offset, 4);
    assert_int_equal(event.width, 2);
    assert_int_equal(event.value, 2);
    /* Reads only when asked for; of configuration space never */
    assert_int_equal(lone_controller_read(controller, LONE_REG_VS, 4, &value, NULL), 0);
    assert_int_equal(lone_controller_config_read(controller, 0, 4, &config, NULL), 0);
    assert_int_equal(lone_trace_next(controller), cursor);
    lone_trace_reads(controller, true);
    assert_int_equal(lone_controller_read(controller, LONE_REG_VS, 4, &value, NULL), 0);
    event = find(controller, &cursor, LONE_TRACE_BAR_READ);
    assert_int_equal(event.offset, 0x08);
    assert_int_equal(event.value, value);
    assert_int_equal(lone_trace_next(controller), cursor);
}

/* interface: TR13 */
static void test_queues_and_resets(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_trace_event event;
    uint64_t cursor = 0;

    assert_int_equal(lone_trace_enable(controller, true, NULL), 0);
    act(controller, LONE_ACTION_INIT);
    event = find(controller, &cursor, LONE_TRACE_QUEUE_CREATED);
    assert_true(event.queue == 0 && !event.completion_queue && event.value == 64);
    event = find(controller, &cursor, LONE_TRACE_QUEUE_CREATED);
    assert_true(event.queue == 0 && event.completion_queue && event.value == 256);
    event = find(controller, &cursor, LONE_TRACE_QUEUE_CREATED);
    assert_true(event.queue == 1 && event.completion_queue && event.value == 4);
    event = find(controller, &cursor, LONE_TRACE_QUEUE_CREATED);
    assert_true(event.queue == 1 && !event.completion_queue && event.value == 4);
    act(controller, LONE_ACTION_DISABLE);
    event = find(controller, &cursor, LONE_TRACE_RESET);
    assert_int_equal(event.reset, LONE_TRACE_RESET_DISABLE);
    assert_int_equal(event.value, 1);
    act(controller, LONE_ACTION_RESET_FLR);
    event = find(controller, &cursor, LONE_TRACE_RESET);
    assert_int_equal(event.reset, LONE_TRACE_RESET_FUNCTION);
    assert_int_equal(event.value, 2);
    act(controller, LONE_ACTION_RESET_SUBSYSTEM);
    event = find(controller, &cursor, LONE_TRACE_RESET);
    assert_int_equal(event.reset, LONE_TRACE_RESET_SUBSYSTEM);
    assert_int_equal(event.value, lone_controller_generation(controller));
}

/* What is overwritten is counted, for every reader by itself. */
static void test_full(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_trace_event event;
    uint64_t cursor = 0, late, missed;

    assert_int_equal(lone_trace_resize(controller, 4, NULL), 0);
    assert_int_equal(lone_trace_enable(controller, true, NULL), 0);
    for (uint32_t i = 0; i < 10; i++)
        write_intms(controller, i);
    assert_int_equal(lone_trace_overwritten(controller), 6);
    assert_int_equal(lone_trace_oldest(controller), 6);
    late = 8;
    assert_true(lone_trace_take(controller, &late, &event, &missed));
    assert_int_equal(event.value, 8);
    assert_int_equal(missed, 0);
    for (uint32_t i = 6; i < 10; i++) {
        assert_true(lone_trace_take(controller, &cursor, &event, &missed));
        assert_int_equal(event.value, i);
        assert_int_equal(missed, i == 6 ? 6 : 0);
    }
    assert_false(lone_trace_take(controller, &cursor, &event, &missed));
    assert_int_equal(cursor, 10);
}

static void test_resize(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_trace_event event;
    uint64_t cursor = 0, missed;

    assert_int_equal(lone_trace_resize(controller, 0, NULL), -ERANGE);
    assert_int_equal(lone_trace_resize(controller, LONE_TRACE_MAX + 1, NULL), -ERANGE);
    assert_int_equal(lone_trace_resize(controller, 8, NULL), 0);
    assert_int_equal(lone_trace_enable(controller, true, NULL), 0);
    for (uint32_t i = 0; i < 6; i++)
        write_intms(controller, i);
    assert_int_equal(lone_trace_resize(controller, 3, NULL), 0); /* 3, 4, 5 are left */
    assert_int_equal(lone_trace_resize(controller, 5, NULL), 0);
    assert_int_equal(lone_trace_oldest(controller), 3);
    assert_int_equal(lone_trace_overwritten(controller), 3);
    for (uint32_t i = 6; i < 9; i++)
        write_intms(controller, i);
    assert_int_equal(lone_trace_overwritten(controller), 4);
    for (uint32_t i = 4; i < 9; i++) {
        assert_true(lone_trace_take(controller, &cursor, &event, &missed));
        assert_int_equal(event.value, i);
        assert_int_equal(missed, i == 4 ? 4 : 0);
    }
    /* Off keeps it; on again begins anew, and numbers go on */
    assert_int_equal(lone_trace_enable(controller, false, NULL), 0);
    write_intms(controller, 99);
    assert_int_equal(lone_trace_next(controller), 9);
    assert_int_equal(lone_trace_oldest(controller), 4);
    assert_int_equal(lone_trace_enable(controller, true, NULL), 0);
    assert_int_equal(lone_trace_oldest(controller), 9);
    assert_int_equal(lone_trace_overwritten(controller), 0);
    write_intms(controller, 9);
    assert_true(lone_trace_take(controller, &cursor, &event, &missed));
    assert_int_equal(event.value, 9);
    assert_int_equal(missed, 0);
}

static void test_wall(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_trace_event event;
    uint64_t cursor = 0;
    struct timespec now;
    int64_t wall;

    assert_int_equal(lone_trace_enable(controller, true, NULL), 0);
    write_intms(controller, 1);
    event = find(controller, &cursor, LONE_TRACE_BAR_WRITE);
    clock_gettime(CLOCK_REALTIME, &now);
    wall = (int64_t)event.time_ns + lone_trace_wall_offset(controller);
    assert_uint_in_range(now.tv_sec - wall / 1000000000, 0, 5);
}

/* --- Words --- */

static void check_text(struct lone_controller *controller, const struct lone_trace_event *event, const char *expected)
{
    struct lone_text text = {0};

    lone_trace_text(controller, event, &text);
    assert_string_equal(text.text, expected);
    lone_text_free(&text);
}

/* Offsets and bits as NVMe Base 2.0 has them: CC 14h, EN bit 0, IOSQES 19:16, IOCQES 23:20; ASQ 28h; Identify 06h with
 * CNS in CDW10 7:0. */
static void test_text(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_trace_event event = {.time_ns = 12000000034, .kind = LONE_TRACE_BAR_WRITE, .offset = 0x14, .width = 4};

    event.value = 0x460001;
    check_text(controller, &event,
               "12.000000034 write         CC = 0x460001 EN=0x1 IOSQES=0x6 IOCQES=0x4 | bar 0 0x14 width 4\n");
    event.offset = 0x2c;
    event.value = 0x7;
    check_text(controller, &event, "12.000000034 write         ASQ+4 = 0x7 | bar 0 0x2c width 4\n");
    event.bar = 4;
    check_text(controller, &event, "12.000000034 write         0x7 | bar 4 0x2c width 4\n");
    event = (struct lone_trace_event){.kind = LONE_TRACE_COMPLETION, .completion_queue = true, .slot = 9};
    event.bytes[12] = 3;
    event.bytes[14] = 0x05; /* P, status 002h */
    check_text(controller, &event,
               "0.000000000 completion    cq 0 slot 9: 0x002 Invalid Field in Command CID=0x3 P=0x1 SC=0x2 | "
               "00000000000000000000000003000500\n");
    event = (struct lone_trace_event){.kind = LONE_TRACE_SUBMISSION, .queue = 1, .bytes = {[0] = 0x99, [40] = 0x12}};
    check_text(controller, &event,
               "0.000000000 submission    sq 1 slot 0: unknown OPC=0x99 CDW10=0x12 | "
               "9900000000000000000000000000000000000000000000000000000000000000"
               "0000000000000000120000000000000000000000000000000000000000000000\n");
}

/* interface: TR12 */
static void test_text_identify(void **state)
{
    struct lone_trace_event event = {.kind = LONE_TRACE_SUBMISSION, .bytes = {[0] = 0x06, [4] = 2, [40] = 0x1}};
    struct lone_text text = {0};

    lone_trace_text(*state, &event, &text);
    assert_non_null(strstr(text.text, " identify "));
    assert_non_null(strstr(text.text, " NSID=0x2"));
    assert_non_null(strstr(text.text, " CNS=0x1"));
    assert_null(strstr(text.text, "CDW10"));
    lone_text_free(&text);
}

static void has(struct lone_controller *controller, const struct lone_trace_event *event, const char *part)
{
    struct lone_text text = {0};

    lone_trace_text(controller, event, &text);
    if (!strstr(text.text, part))
        fail_msg("no '%s' in %s", part, text.text);
    lone_text_free(&text);
}

/* All of an entry is in words. Set Features 09h: FID in CDW10 7:0, SV 31; of Temperature Threshold (04h) TMPTH is
 * CDW11 15:0, TMPSEL 19:16, THSEL 21:20; of Read Recovery Level Config (12h) the set is CDW11 15:0, the level CDW12
 * 3:0. Get Features 0Ah: of Interrupt Vector Configuration (09h) IV is CDW11 15:0 (NVMe Base 2.0, 5.27.1). */
/* interface: TR13 */
static void test_text_of_all(void **state)
{
    struct lone_trace_event event = {.kind = LONE_TRACE_SUBMISSION, .bytes = {[0] = 0x09, [40] = 0x04, [43] = 0x80}};

    event.bytes[44] = 0x57;
    event.bytes[45] = 0x01;
    event.bytes[46] = 0x12;
    has(*state, &event, "set_features OPC=0x9 FID=0x4 SV=0x1 UIDX=0x0 TMPTH=0x157 TMPSEL=0x2 THSEL=0x1 TMPTHH=0x0 | ");
    event = (struct lone_trace_event){.kind = LONE_TRACE_SUBMISSION, .bytes = {[0] = 0x09, [40] = 0x12}};
    event.bytes[44] = 5;
    event.bytes[48] = 0xf;
    event.bytes[52] = 1;
    has(*state, &event, " NVMSETID=0x5 RRL=0xf CDW13=0x1 | ");
    event = (struct lone_trace_event){.kind = LONE_TRACE_SUBMISSION, .bytes = {[0] = 0x0a, [40] = 0x09, [44] = 3}};
    has(*state, &event, "get_features OPC=0xa FID=0x9 SEL=0x0 UIDX=0x0 IV=0x3 | ");
    /* A vendor's feature, bits that are reserved, and the opcode of Set Features on an I/O queue. */
    event.bytes[40] = 0xc0;
    event.bytes[41] = 0xf8;
    has(*state, &event, "FID=0xc0 SEL=0x0 UIDX=0x0 CDW10=0xf8c0 CDW11=0x3 | ");
    event = (struct lone_trace_event){.kind = LONE_TRACE_SUBMISSION, .queue = 1, .bytes = {[0] = 0x09, [44] = 1}};
    assert_string_equal(lone_opcode_numbered(LONE_IO, 0x09)->name, "dataset_management");
    has(*state, &event, "dataset_management OPC=0x9 NR=0x0 ");
    /* Read 02h with PSDT=01b: the descriptor's length is in its bytes 11:8, its type in byte 15 7:4 (4.1.2.1). */
    event = (struct lone_trace_event){.kind = LONE_TRACE_SUBMISSION, .queue = 1, .bytes = {[0] = 0x02, [1] = 0x40}};
    event.bytes[25] = 0x10;
    event.bytes[33] = 0x02;
    event.bytes[39] = 0x30;
    has(*state, &event, " PSDT=0x1 SGL1: ADDR=0x1000 LENGTH=0x200 SUBTYPE=0x0 TYPE=0x3 ");
}

static const char *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    assert_true(json_object_object_get_ex(object, name, &value));
    return json_object_get_string(value);
}

/* interface: TR14 */
static void test_json(void **state)
{
    struct lone_controller *controller = *state;
    struct lone_trace_event event = {.time_ns = 5, .kind = LONE_TRACE_SUBMISSION, .bytes = {[0] = 0x06, [40] = 0x1}};
    struct json_object *object = lone_trace_json(controller, &event), *fields;

    assert_string_equal(member(object, "event"), "submission");
    assert_string_equal(member(object, "command"), "identify");
    assert_string_equal(member(object, "time_ns"), "5");
    assert_int_equal(strlen(member(object, "raw")), 128);
    assert_true(json_object_object_get_ex(object, "fields", &fields));
    assert_string_equal(member(fields, "CNS"), "0x1");
    assert_string_equal(member(fields, "OPC"), "0x6");
    assert_string_equal(member(fields, "CDW10"), "0x1");
    assert_string_equal(member(fields, "CDW15"), "0x0");
    json_object_put(object);
    event.bytes[0] = 0x09; /* Set Features of Arbitration: AB is CDW11 2:0 */
    event.bytes[44] = 0x5;
    object = lone_trace_json(controller, &event);
    assert_true(json_object_object_get_ex(object, "fields", &fields));
    assert_string_equal(member(fields, "AB"), "0x5");
    json_object_put(object);
    for (event.kind = 0; event.kind <= LONE_TRACE_QUEUE_DELETED; event.kind++) {
        object = lone_trace_json(controller, &event);
        assert_non_null(object);
        assert_string_equal(member(object, "schema"), "1");
        json_object_put(object);
    }
}

#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(test_off),
        TRACE_TEST(test_command),
        TRACE_TEST(test_completion_bytes),
        TRACE_TEST(test_registers),
        TRACE_TEST(test_queues_and_resets),
        TRACE_TEST(test_full),
        TRACE_TEST(test_resize),
        TRACE_TEST(test_wall),
        TRACE_TEST(test_text),
        TRACE_TEST(test_json),
        TRACE_TEST(test_text_identify),
        TRACE_TEST(test_text_of_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
