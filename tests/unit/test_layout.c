/* SPDX-License-Identifier: MIT */
/*
 * Records of variable length: elements that are counted or go on to the end, packed ones, conditions, places that the
 * bytes tell. The bytes here are laid out by hand.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "spec/record.h"

/* As asymmetric namespace access groups are: packed elements with lists of their own. */
static const struct lone_field group_rows[] = {
    {"ID", LONE_BYTE(0), 8, LONE_RW},
    {"N", LONE_BYTE(1), 8, LONE_RW},
    {"LIST", LONE_BYTE(2), 16, LONE_RW, .counted_by = {"N"}},
};
static const struct lone_record group = {.name = "group", .size = 2, .flags = LONE_VARIABLE, LONE_FIELDS(group_rows)};
static const struct lone_field groups_rows[] = {
    {"COUNT", LONE_BYTE(0), 32, LONE_RW},
    {"GROUP", LONE_BYTE(4), 16, LONE_RW, LONE_RECORD, .record = &group, .counted_by = {"COUNT"}, .first = 1},
    {"LAST", LONE_BYTE(1), 8, LONE_RW, .after = "GROUP"},
};
static const struct lone_record groups = {
    .name = "groups", .size = 4, .flags = LONE_VARIABLE, LONE_FIELDS(groups_rows)};

static const uint8_t groups_bytes[] = {
    3,    0,    0,    0,                /* COUNT */
    0x11, 2,    0x01, 0xa0, 0x02, 0xa0, /* the first with two */
    0x22, 0,                            /* the second with none */
    0x33, 1,    0x03, 0xc0,             /* the third with one */
    0xee, 0x77,                         /* a byte between, LAST */
};

/* As events are: a length of their own, a header that may grow, data whose layout a type tells. */
static const struct lone_field large_rows[] = {{"V", 0, 32, LONE_RW}};
static const struct lone_record large = {.name = "large", .size = 4, LONE_FIELDS(large_rows)};
static const struct lone_field event_rows[] = {
    {"TYPE", LONE_BYTE(0), 8, LONE_RW},
    {"EHL", LONE_BYTE(1), 8, LONE_RW},
    {"VSIL", LONE_BYTE(2), 8, LONE_RW},
    {"EL", LONE_BYTE(3), 8, LONE_RW},
    {"VSI", 0, 0, LONE_RW, LONE_BYTES, .start = {"EHL", .add = 2}, .counted_by = {"VSIL"}},
    {"SMALL", 0, 16, LONE_RW, .after = "VSI", .when = "TYPE", .is = 1},
    {"LARGE", 0, 32, LONE_RW, LONE_RECORD, .record = &large, .after = "VSI", .when = "TYPE", .is = 2},
    {"DATA", 0, 0, LONE_RW, LONE_BYTES, .after = "VSI", .when = "TYPE", .is = 0xde, .open = true},
};
static const struct lone_record event = {
    .name = "event", .size = 4, .flags = LONE_VARIABLE, .length = {"EHL", "EL", .add = 2}, LONE_FIELDS(event_rows)};
static const struct lone_field events_rows[] = {
    {"MAX", LONE_BYTE(0), 8, LONE_RW},
    {"EVENT", LONE_BYTE(1), 32, LONE_RW, LONE_RECORD, .record = &event, .open = true},
};
static const struct lone_record events = {
    .name = "events", .size = 1, .flags = LONE_VARIABLE, LONE_FIELDS(events_rows)};

static const uint8_t events_bytes[] = {
    0xff, 1, 2, 1, 3,    0x99, 0x34, 0x12,       /* VSI 99, SMALL 1234 */
    2,    4, 0, 4, 0xfe, 0xfe, 4,    3,    2, 1, /* two bytes of header that nobody knows, LARGE */
    0xde, 2, 0, 3, 7,    8,    9,                /* DATA 070809 */
    5,    2, 0, 1, 0xaa,                         /* a type that nobody knows */
};

/* Two layouts of one place: the second one for all kinds but one. */
static const struct lone_field either_rows[] = {
    {"KIND", LONE_BYTE(0), 8, LONE_RW},
    {"ONE", LONE_BYTE(1), 8, LONE_RW, .when = "KIND", .is = 0},
    {"OTHER", LONE_BYTE(1), 16, LONE_RW, .when = "KIND", .is = 0, .is_not = true},
};
static const struct lone_record either = {.name = "either", .size = 3, LONE_FIELDS(either_rows)};

/* A 0's based number, in a fixed part that has room for more. */
static const struct lone_field list_rows[] = {
    {"NUM", LONE_BYTE(0), 8, LONE_RW},
    {"ID", LONE_BYTE(2), 16, LONE_RW, .count = 7, .counted_by = {"NUM", .add = 1}},
};
static const struct lone_record list = {.name = "list", .size = 16, LONE_FIELDS(list_rows)};

static const struct lone_field range_rows[] = {
    {"CATTR", LONE_BYTE(0), 32, LONE_RW}, {"NLB", LONE_BYTE(4), 32, LONE_RW}, {"SLBA", LONE_BYTE(8), 64, LONE_RW}};
static const struct lone_record range = {.name = "range", .size = 16, LONE_FIELDS(range_rows)};
static const struct lone_field ranges_rows[] = {
    {"RANGE", 0, 128, LONE_RW, LONE_RECORD, .record = &range, .open = true}};
static const struct lone_field bytes_rows[] = {{"HEAD", 0, 8, LONE_RW},
                                               {"DATA", 8, 0, LONE_RW, LONE_BYTES, .open = true}};
static const struct lone_record ranges = {
    .name = "ranges", .size = 0, .flags = LONE_VARIABLE, LONE_FIELDS(ranges_rows)};
static const struct lone_record bytes_to_end = {
    .name = "bytes", .size = 1, .flags = LONE_VARIABLE, LONE_FIELDS(bytes_rows)};

static struct lone_place place_of(const struct lone_record *record, const char *name, unsigned element,
                                  const uint8_t *bytes, size_t length)
{
    struct lone_place place = {UINT64_MAX, UINT64_MAX};
    int result = lone_field_place(record, lone_record_field(record, name), element, bytes, length, false, &place);
    int64_t at = lone_field_locate(record, lone_record_field(record, name), element, bytes, length);

    assert_true(result == 0 || result == -ENODATA);
    assert_int_equal(at, result ? -ENODATA : (int64_t)place.bit);
    return place;
}

static void is_at(const struct lone_record *record, const char *name, unsigned element, const uint8_t *bytes,
                  size_t length, size_t byte, size_t size)
{
    struct lone_place place = place_of(record, name, element, bytes, length);

    assert_int_equal(place.bit, byte * 8);
    assert_int_equal(place.bits, size * 8);
}

static void is_nowhere(const struct lone_record *record, const char *name, unsigned element, const uint8_t *bytes,
                       size_t length)
{
    assert_true(place_of(record, name, element, bytes, length).bit == UINT64_MAX);
}

static void test_sound(void **state)
{
    struct lone_error error = {0};

    (void)state;
    assert_int_equal(lone_record_check(&groups, &error), 0);
    assert_int_equal(lone_record_check(&list, &error), 0);
    assert_int_equal(lone_record_check(&bytes_to_end, &error), 0);
    assert_int_equal(lone_record_check(&event, &error), 0);
    assert_int_equal(lone_record_check(&ranges, &error), 0);
    assert_int_equal(lone_record_check(&events, &error), 0);
}

static void test_packed(void **state)
{
    (void)state;
    is_at(&groups, "GROUP", 0, groups_bytes, sizeof(groups_bytes), 4, 6);
    is_at(&groups, "GROUP", 1, groups_bytes, sizeof(groups_bytes), 10, 2);
    is_at(&groups, "GROUP", 2, groups_bytes, sizeof(groups_bytes), 12, 4);
    is_nowhere(&groups, "GROUP", 3, groups_bytes, sizeof(groups_bytes));
    is_at(&groups, "LAST", 0, groups_bytes, sizeof(groups_bytes), 17, 1);
    is_at(&group, "LIST", 1, groups_bytes + 4, 6, 4, 2);
    is_nowhere(&group, "LIST", 2, groups_bytes + 4, 14);
    is_nowhere(&group, "LIST", 0, groups_bytes + 10, 2);
    assert_int_equal(lone_record_extent(&groups, groups_bytes, sizeof(groups_bytes)), 18);
    assert_int_equal(lone_record_extent(&group, groups_bytes + 4, 14), 6);
    /* Cut short: the last group has its fixed part, its element is not whole. */
    is_at(&groups, "GROUP", 2, groups_bytes, 15, 12, 3);
    is_nowhere(&group, "LIST", 0, groups_bytes + 12, 3);
    is_nowhere(&groups, "GROUP", 2, groups_bytes, 13);
    assert_int_equal(lone_record_extent(&groups, groups_bytes, 15), 18);
    assert_int_equal(lone_record_extent(&groups, groups_bytes, 12), 4 + 6 + 2 + 2 + 2);
    assert_int_equal(lone_record_extent(&groups, groups_bytes, 4), 4 + 3 * 2 + 2);
    assert_int_equal(lone_record_extent(&groups, groups_bytes, 0), 4 + 2);
}

static void test_events(void **state)
{
    const uint8_t *first = events_bytes + 1, *second = events_bytes + 8, *third = events_bytes + 18;

    (void)state;
    is_at(&events, "EVENT", 0, events_bytes, sizeof(events_bytes), 1, 7);
    is_at(&events, "EVENT", 1, events_bytes, sizeof(events_bytes), 8, 10);
    is_at(&events, "EVENT", 2, events_bytes, sizeof(events_bytes), 18, 7);
    is_at(&events, "EVENT", 3, events_bytes, sizeof(events_bytes), 25, 5);
    is_nowhere(&events, "EVENT", 4, events_bytes, sizeof(events_bytes));
    is_at(&event, "VSI", 0, first, 7, 4, 1);
    is_at(&event, "SMALL", 0, first, 7, 5, 2);
    is_nowhere(&event, "LARGE", 0, first, 29);
    is_nowhere(&event, "DATA", 0, first, 29);
    is_at(&event, "VSI", 0, second, 10, 6, 0);
    is_at(&event, "LARGE", 0, second, 10, 6, 4);
    for (uint8_t kind = 0; kind < 3; kind++) {
        const uint8_t bytes[3] = {kind};

        if (kind) {
            is_nowhere(&either, "ONE", 0, bytes, 3);
            is_at(&either, "OTHER", 0, bytes, 3, 1, 2);
        } else {
            is_at(&either, "ONE", 0, bytes, 3, 1, 1);
            is_nowhere(&either, "OTHER", 0, bytes, 3);
        }
    }
    is_nowhere(&event, "SMALL", 0, second, 10);
    /* The record's own length ends what is open, though more bytes follow. */
    is_at(&event, "DATA", 0, third, 12, 4, 3);
    assert_int_equal(lone_record_extent(&event, third, 12), 7);
    assert_int_equal(lone_record_extent(&events, events_bytes, sizeof(events_bytes)), sizeof(events_bytes));
}

static void test_open(void **state)
{
    static const uint8_t bytes[70];

    (void)state;
    is_at(&ranges, "RANGE", 0, bytes, 16, 0, 16);
    is_at(&ranges, "RANGE", 3, bytes, 64, 48, 16);
    is_at(&ranges, "RANGE", 3, bytes, 70, 48, 16);
    is_nowhere(&ranges, "RANGE", 4, bytes, 70);
    is_nowhere(&ranges, "RANGE", 0x10000000, bytes, 70);
    is_nowhere(&ranges, "RANGE", UINT32_MAX, bytes, 70);
    is_at(&bytes_to_end, "DATA", 0, bytes, 70, 1, 69);
    is_at(&bytes_to_end, "DATA", 0, bytes, 1, 1, 0);
    is_nowhere(&bytes_to_end, "DATA", 0, bytes, 0);
}

static void test_counted_in_fixed_part(void **state)
{
    uint8_t bytes[16] = {2};
    struct lone_place place;

    (void)state;
    is_at(&list, "ID", 2, bytes, 16, 6, 2);
    is_nowhere(&list, "ID", 3, bytes, 16);
    bytes[0] = 0xff;
    is_at(&list, "ID", 6, bytes, 16, 14, 2);
    is_nowhere(&list, "ID", 7, bytes, 16);
    bytes[0] = 0;
    assert_int_equal(lone_field_place(&list, &list_rows[1], 6, bytes, 16, true, &place), 0);
    assert_int_equal(place.bit, 14 * 8);
    assert_int_equal(lone_field_place(&list, &list_rows[1], 7, bytes, 16, true, &place), -ENODATA);
}

/* Whatever the bytes claim, only bytes that are there are found, and looking ends soon. */
static void test_hostile(void **state)
{
    uint8_t *bytes = malloc(64);

    (void)state;
    memset(bytes, 0xff, 64);
    is_at(&groups, "GROUP", 0, bytes, 64, 4, 60);
    is_nowhere(&groups, "GROUP", 1, bytes, 64);
    is_nowhere(&groups, "GROUP", UINT32_MAX, bytes, 64);
    is_nowhere(&groups, "LAST", 0, bytes, 64);
    assert_true(lone_record_extent(&groups, bytes, 64) > UINT32_MAX);
    is_nowhere(&event, "VSI", 0, bytes, 64);
    memset(bytes, 0, 64); /* events without a length: each has its fixed part */
    is_at(&events, "EVENT", 14, bytes, 64, 57, 4);
    is_nowhere(&events, "EVENT", 15, bytes, 64);
    free(bytes);
}

static void test_json(void **state)
{
    struct json_object *groups_json = lone_record_json(&groups, groups_bytes, sizeof(groups_bytes), NULL);
    struct json_object *events_json = lone_record_json(&events, events_bytes, sizeof(events_bytes), NULL);

    (void)state;
    assert_string_equal(json_object_to_json_string_ext(groups_json, JSON_C_TO_STRING_PLAIN),
                        "{\"schema\":1,\"record\":\"groups\",\"fields\":{\"COUNT\":\"0x3\",\"GROUP\":["
                        "{\"ID\":\"0x11\",\"N\":\"0x2\",\"LIST\":[\"0xa001\",\"0xa002\"]},"
                        "{\"ID\":\"0x22\",\"N\":\"0x0\",\"LIST\":[]},"
                        "{\"ID\":\"0x33\",\"N\":\"0x1\",\"LIST\":[\"0xc003\"]}],\"LAST\":\"0x77\"}}");
    assert_string_equal(json_object_to_json_string_ext(events_json, JSON_C_TO_STRING_PLAIN),
                        "{\"schema\":1,\"record\":\"events\",\"fields\":{\"MAX\":\"0xff\",\"EVENT\":["
                        "{\"TYPE\":\"0x1\",\"EHL\":\"0x2\",\"VSIL\":\"0x1\",\"EL\":\"0x3\",\"VSI\":\"99\","
                        "\"SMALL\":\"0x1234\"},"
                        "{\"TYPE\":\"0x2\",\"EHL\":\"0x4\",\"VSIL\":\"0x0\",\"EL\":\"0x4\",\"VSI\":\"\","
                        "\"LARGE\":{\"V\":\"0x1020304\"}},"
                        "{\"TYPE\":\"0xde\",\"EHL\":\"0x2\",\"VSIL\":\"0x0\",\"EL\":\"0x3\",\"VSI\":\"\","
                        "\"DATA\":\"070809\"},"
                        "{\"TYPE\":\"0x5\",\"EHL\":\"0x2\",\"VSIL\":\"0x0\",\"EL\":\"0x1\",\"VSI\":\"\"}]}}");
    json_object_put(groups_json);
    json_object_put(events_json);
}

static void test_text(void **state)
{
    struct lone_text text = {0};

    (void)state;
    lone_record_text(&groups, groups_bytes, 15, NULL, &text);
    assert_string_equal(text.text, "COUNT          0x3\n"
                                   "GROUP/1\n"
                                   "  ID           0x11\n"
                                   "  N            0x2\n"
                                   "  LIST/0       0xa001\n"
                                   "  LIST/1       0xa002\n"
                                   "GROUP/2\n"
                                   "  ID           0x22\n"
                                   "  N            0x0\n"
                                   "GROUP/3\n"
                                   "  ID           0x33\n"
                                   "  N            0x1\n"
                                   "(ends after 15 of 18 bytes)\n");
    lone_text_free(&text);
}

static int assign(const struct lone_record *record, uint8_t *bytes, size_t size, const char *text,
                  struct lone_error *error)
{
    *error = (struct lone_error){0};
    return lone_record_assign_sized(record, bytes, size, text, strlen(text), false, NULL, error);
}

static void test_assign(void **state)
{
    uint8_t bytes[64] = {0};
    struct lone_error error;

    (void)state;
    assert_int_equal(assign(&ranges, bytes, 64, "RANGE.3.NLB=0x01020304 RANGE.3.SLBA=9 RANGE.0.CATTR=1", &error), 0);
    assert_memory_equal(bytes + 52, "\4\3\2\1\x09\0\0\0\0\0\0\0", 12);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(assign(&ranges, bytes, 63, "RANGE.2.NLB=1 RANGE.3.NLB=2", &error), -ENODATA);
    assert_non_null(strstr(error.text, "RANGE.3 lies behind the 63 bytes"));
    assert_int_equal(error.column, 14);
    assert_int_equal(bytes[36], 0);
    assert_int_equal(assign(&ranges, bytes, 64, "RANGE.4294967296.NLB=1", &error), -EINVAL);
    assert_int_equal(assign(&ranges, bytes, 64, "RANGE.x.NLB=1", &error), -EINVAL);
    assert_non_null(strstr(error.text, "RANGE.0, RANGE.1"));
    /* What holds a number of elements may be written after them, or be wrong on purpose. */
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(assign(&list, bytes, 16, "ID.6=0x1234", &error), 0);
    assert_memory_equal(bytes + 14, "\x34\x12", 2);
    assert_int_equal(assign(&groups, bytes, 64, "GROUP.1.N=2 GROUP.1.LIST.1=0xabcd GROUP.2.ID=7 LAST=1", &error), 0);
    assert_memory_equal(bytes + 8, "\xcd\xab\x07", 3);
    assert_int_equal(assign(&bytes_to_end, bytes, 4, "DATA=01-02-03", &error), 0);
    assert_memory_equal(bytes + 1, "\1\2\3", 3);
    assert_int_equal(assign(&bytes_to_end, bytes, 4, "DATA=0102", &error), -EINVAL);
}

static void says(const struct lone_record *bad, const char *what)
{
    struct lone_error error = {0};

    assert_int_equal(lone_record_check(bad, &error), -EINVAL);
    if (!strstr(error.text, what))
        fail_msg("\"%s\" does not say \"%s\"", error.text, what);
}

#define BAD(what, the_flags, ...)                                                                           \
    do {                                                                                                    \
        static const struct lone_field rows[] = {__VA_ARGS__};                                              \
        says(&(struct lone_record){.name = "bad", .size = 4, .flags = the_flags, LONE_FIELDS(rows)}, what); \
    } while (0)

static void test_check(void **state)
{
    (void)state;
    BAD("A: N is not a number", LONE_VARIABLE, {"A", 32, 8, .counted_by = {"N"}});
    BAD("A: A is not a number", LONE_VARIABLE, {"A", 32, 8, .counted_by = {"A"}});
    BAD("A: N is not a number", LONE_VARIABLE, {"N", 0, 32, .kind = LONE_ASCII}, {"A", 32, 8, .counted_by = {"N"}});
    BAD("A: N is not a number", LONE_VARIABLE, {"N", 0, 8, .count = 2}, {"A", 32, 8, .counted_by = {"N"}});
    BAD("A: M is not a number", LONE_VARIABLE, {"N", 0, 8}, {"M", 0, 8, .after = "N"}, {"A", 32, 8, .when = "M"});
    BAD("B does not stand on a byte behind", LONE_VARIABLE, {"A", 0, 8}, {"B", 24, 8, .counted_by = {"A"}});
    BAD("LONE_VARIABLE", 0, {"A", 0, 8}, {"B", 32, 8, .counted_by = {"A"}});
    BAD("LONE_VARIABLE", LONE_VARIABLE, {"A", 0, 8});
    BAD("B: half a sum", LONE_VARIABLE, {"A", 0, 8}, {"C", 32, 8, .counted_by = {"A"}},
        {"B", 32, 8, .counted_by = {.add = 1}});
    BAD("B: A never has that value", 0, {"A", 0, 8}, {"B", 8, 8, .when = "A", .is = 256});
    BAD("A: open, but counted", LONE_VARIABLE, {"A", 32, 8, .count = 3, .open = true});
    BAD("B stands behind what is open", LONE_VARIABLE, {"A", 32, 8, .open = true}, {"B", 0, 8, .after = "A"});
    BAD("B does not stand after", LONE_VARIABLE, {"B", 0, 8, .after = "A"}, {"A", 32, 8, .open = true});
    BAD("B does not stand after", LONE_VARIABLE, {"B", 0, 8, .after = "C"});
    BAD("A has no bits", LONE_VARIABLE, {"A", 32, 0, .open = true});
    BAD("a register of", LONE_VARIABLE | LONE_REGISTER, {"A", 32, 8, .open = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_counted_in_fixed_part),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_assign),
        cmocka_unit_test(test_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
