/* SPDX-License-Identifier: MIT */
/*
 * The table language: bits against a naive reference, texts and numbers both ways, every field of every table written
 * and read back, records as pages and as JSON, and tables that are wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/tables.h"
#include "spec/nvme.h"
#include "spec/pci.h"

#define FORM_MAX (4 * TABLE_SIZE_MAX + 1)

static uint64_t random_state;

static uint64_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static int restart_random(void **state)
{
    (void)state;
    random_state = 0x5eed5eed5eedull;
    return 0;
}

static void fill_random(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(random_number() >> 32);
}

/* ---- bits ---- */

static bool bit_of(const uint8_t *bytes, uint32_t bit)
{
    return bytes[bit / 8] >> bit % 8 & 1;
}

static void test_bits(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit <= 23; bit++)
        for (uint32_t bits = 1; bits <= 128; bits++)
            for (unsigned round = 0; round < 4; round++) {
                uint8_t before[19], after[19], *exact;
                lone_number value = (lone_number)random_number() << 64 | random_number(), naive = 0;
                size_t size = (bit + bits + 7) / 8;

                fill_random(before, sizeof(before));
                if (round == 0)
                    memset(before, 0xff, sizeof(before));
                for (uint32_t i = 0; i < bits; i++)
                    naive |= (lone_number)bit_of(before, bit + i) << i;
                /* No byte beyond the last one may be touched: a sanitizer watches this copy. */
                exact = malloc(size);
                assert_non_null(exact);
                memcpy(exact, before, size);
                if (lone_bits_get(exact, bit, bits) != naive)
                    fail_msg("get of %u bits at %u", bits, bit);
                lone_bits_set(exact, bit, bits, value);
                memcpy(after, before, sizeof(after));
                memcpy(after, exact, size);
                free(exact);
                for (uint32_t i = 0; i < sizeof(after) * 8; i++) {
                    bool inside = i >= bit && i < bit + bits;
                    bool expected = inside ? value >> (i - bit) & 1 : bit_of(before, i);

                    if (bit_of(after, i) != expected)
                        fail_msg("set of %u bits at %u: bit %u", bits, bit, i);
                }
                naive = bits < 128 ? value & (((lone_number)1 << bits) - 1) : value;
                if (lone_bits_get(after, bit, bits) != naive)
                    fail_msg("set and get of %u bits at %u", bits, bit);
            }
}

static void test_fit(void **state)
{
    (void)state;
    for (uint32_t bits = 1; bits < 128; bits++) {
        assert_true(lone_bits_fit(((lone_number)1 << bits) - 1, bits));
        assert_false(lone_bits_fit((lone_number)1 << bits, bits));
    }
    assert_true(lone_bits_fit(~(lone_number)0, 128));
}

/* ---- numbers ---- */

static const struct lone_name sizes[] = {{0, "Small"}, {1, "LARGE", "a large one"}, {3, "x-1.5+y"}, {0}};
static const struct lone_field sized = {"SIZE", 3, 9, LONE_RW, .names = sizes};

static const char *decimal(lone_number value, char text[48])
{
    char *digit = text + 47;

    *digit = 0;
    do {
        *--digit = (char)('0' + (unsigned)(value % 10));
        value /= 10;
    } while (value);
    return digit;
}

static void check_error(const struct lone_error *error, int result, size_t length, const char *what)
{
    assert_int_equal(error->number, -result);
    if (!error->has_column)
        fail_msg("no column: %s", error->text);
    assert_uint_in_range(error->length, 1, length ? length : 1);
    assert_uint_in_range(error->column, 0, length);
    /* "Useful": it names what was to be written, and no control character of the input comes back. */
    if (!strstr(error->text, what))
        fail_msg("\"%s\" does not speak of %s", error->text, what);
    for (const char *c = error->text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
}

struct text {
    const char *text;
    size_t length;
    uint64_t value; /* or the errno */
};
#define TEXT(text, value)                 \
    {                                     \
        (text), sizeof(text) - 1, (value) \
    }

static void accept(const struct lone_field *field, const char *text, size_t length, uint64_t value)
{
    uint8_t bytes[4];
    struct lone_error error = {0};
    char *exact = malloc(length ? length : 1);

    assert_non_null(exact);
    memcpy(exact, text, length);
    memset(bytes, 0xff, sizeof(bytes));
    if (lone_field_parse(field, bytes, field->bit, exact, length, &error))
        fail_msg("\"%.*s\": %s", (int)length, text, error.text);
    assert_int_equal(lone_bits_get(bytes, field->bit, field->bits), value);
    lone_bits_set(bytes, field->bit, field->bits, ~(lone_number)0);
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], 0xff);
    free(exact);
}

static void refuse(const struct lone_field *field, const char *text, size_t length, int result)
{
    uint8_t bytes[64], before[64];
    struct lone_error error = {0};
    char *exact = malloc(length ? length : 1);

    assert_non_null(exact);
    memcpy(exact, text, length);
    fill_random(bytes, sizeof(bytes));
    memcpy(before, bytes, sizeof(bytes));
    if (lone_field_parse(field, bytes, field->bit, exact, length, &error) != result)
        fail_msg("\"%.*s\" should give %s: %s", (int)length, text, lone_errno_name(-result), error.text);
    assert_memory_equal(bytes, before, sizeof(bytes));
    check_error(&error, result, length, field->name);
    assert_int_equal(lone_field_parse(field, bytes, field->bit, exact, length, NULL), result);
    free(exact);
}

static void test_accepted(void **state)
{
    static const struct text texts[] = {
        TEXT("0", 0),         TEXT("7", 7),           TEXT("511", 511),
        TEXT("0x1fF", 511),   TEXT("0X1Ff", 511),     TEXT("0b101", 5),
        TEXT("0B101", 5),     TEXT("  12 ", 12),      TEXT("\t12\n", 12),
        TEXT("\r\v\f12", 12), TEXT("0012", 12),       TEXT("0x0000000000000000000000000000000000000000012", 18),
        TEXT("000", 0),       TEXT("0b000000001", 1), TEXT("Small", 0),
        TEXT("small", 0),     TEXT(" SMALL\n", 0),    TEXT("large", 1),
        TEXT("X-1.5+Y", 3),   TEXT("09", 9),
    };
    char zeros[300];

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(texts); i++) {
        uint64_t value = 99;

        accept(&sized, texts[i].text, texts[i].length, texts[i].value);
        if (texts[i].text[strcspn(texts[i].text, "smallSMALLargeXY")] && !strpbrk(texts[i].text, "0123456789"))
            continue;
        if (strchr(texts[i].text, '+'))
            continue;
        assert_int_equal(lone_number_parse("it", 9, texts[i].text, texts[i].length, &value, NULL), 0);
        assert_int_equal(value, texts[i].value);
    }
    memset(zeros, '0', sizeof(zeros));
    zeros[299] = '5';
    accept(&sized, zeros, sizeof(zeros), 5);
}

static void test_refused(void **state)
{
    static const struct text texts[] = {
        TEXT("", EINVAL),
        TEXT("   ", EINVAL),
        TEXT("\n", EINVAL),
        TEXT("\0", EINVAL),
        TEXT("-1", EINVAL),
        TEXT("+1", EINVAL),
        TEXT("0x", EINVAL),
        TEXT("0X", EINVAL),
        TEXT("0b", EINVAL),
        TEXT("0xg", EINVAL),
        TEXT("0b2", EINVAL),
        TEXT("0x-1", EINVAL),
        TEXT("0x 1", EINVAL),
        TEXT("1 2", EINVAL),
        TEXT("1.5", EINVAL),
        TEXT("1\0", EINVAL),
        TEXT("1\0"
             "2",
             EINVAL),
        TEXT("\x1b[2J", EINVAL),
        TEXT("1\x7f", EINVAL),
        TEXT("\xff", EINVAL),
        TEXT("12a", EINVAL),
        TEXT("a", EINVAL),
        TEXT("x1", EINVAL),
        TEXT("1x", EINVAL),
        TEXT("smal", EINVAL),
        TEXT("smalls", EINVAL),
        TEXT("small\0", EINVAL),
        TEXT("small=1", EINVAL),
        TEXT("1e3", EINVAL),
        TEXT("1,000", EINVAL),
        TEXT("0x1_0", EINVAL),
        TEXT("'1'", EINVAL),
        TEXT("0x0x1", EINVAL),
        TEXT("\xd9\xa1", EINVAL),
        TEXT("512", ERANGE),
        TEXT("0x200", ERANGE),
        TEXT("0b1000000000", ERANGE),
        TEXT("340282366920938463463374607431768211455", ERANGE),
        TEXT("340282366920938463463374607431768211456", ERANGE),
        TEXT("340282366920938463463374607431768211456 ", ERANGE),
        TEXT("340282366920938463463374607431768211456z", EINVAL),
        TEXT("0x100000000000000000000000000000000", ERANGE),
        TEXT("0x100000000000000000000000000000000g", EINVAL),
    };
    struct lone_error error = {0};
    uint64_t value = 99;
    char digits[200];

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(texts); i++) {
        int expected = -(int)texts[i].value;

        refuse(&sized, texts[i].text, texts[i].length, expected);
        assert_int_equal(lone_number_parse("the thing", 9, texts[i].text, texts[i].length, &value, &error), expected);
        assert_int_equal(value, 99);
        check_error(&error, expected, texts[i].length, "the thing");
    }
    memset(digits, '9', sizeof(digits));
    refuse(&sized, digits, sizeof(digits), -ERANGE);
    digits[199] = 'x';
    refuse(&sized, digits, sizeof(digits), -EINVAL);
    memset(digits, 'q', sizeof(digits));
    refuse(&sized, digits, sizeof(digits), -EINVAL);
}

static void test_error_says(void **state)
{
    uint8_t bytes[2] = {0};
    struct lone_error error;
    uint64_t value;

    (void)state;
    assert_int_equal(lone_field_parse(&sized, bytes, 3, "  512 ", 6, &error), -ERANGE);
    assert_string_equal(error.text, "512 does not fit SIZE, which has 9 bits: write 0 to 0x1ff");
    assert_int_equal(error.column, 2);
    assert_int_equal(error.length, 3);
    /* Names in lower case are of quantities, and those are decimal. */
    assert_int_equal(lone_number_parse("entries", 17, "131072", 6, &value, &error), -ERANGE);
    assert_string_equal(error.text, "131072 does not fit entries, which has 17 bits: write 0 to 131071");
    assert_int_equal(lone_field_parse(&sized, bytes, 3, "\tbig", 4, &error), -EINVAL);
    assert_non_null(strstr(error.text, "Small, LARGE, x-1.5+y"));
    assert_int_equal(error.column, 1);
    assert_int_equal(error.length, 3);
    assert_int_equal(lone_field_parse(&sized, bytes, 3, "", 0, &error), -EINVAL);
    assert_non_null(strstr(error.text, "nothing"));
}

static void test_boundaries(void **state)
{
    (void)state;
    for (uint32_t bits = 1; bits <= 128; bits++)
        for (uint32_t bit = 0; bit < 8; bit++) {
            struct lone_field field = {"N", bit, bits, LONE_RW};
            lone_number most = bits == 128 ? ~(lone_number)0 : ((lone_number)1 << bits) - 1;
            uint8_t bytes[17];
            char buffer[48], hex[48];
            const char *text = decimal(most, buffer);
            uint64_t value = 0;

            memset(bytes, 0, sizeof(bytes));
            assert_int_equal(lone_field_parse(&field, bytes, bit, text, strlen(text), NULL), 0);
            assert_true(lone_bits_get(bytes, bit, bits) == most);
            /* What it prints is the same number. */
            lone_field_format(&field, bytes, bit, hex, sizeof(hex));
            memset(bytes, 0, sizeof(bytes));
            assert_int_equal(lone_field_parse(&field, bytes, bit, hex, strlen(hex), NULL), 0);
            assert_true(lone_bits_get(bytes, bit, bits) == most);
            if (bits <= 64) {
                assert_int_equal(lone_number_parse("n", bits, text, strlen(text), &value, NULL), 0);
                assert_true(value == (uint64_t)most);
            }
            if (bits == 128)
                continue;
            text = decimal(most + 1, buffer);
            refuse(&field, text, strlen(text), -ERANGE);
            if (bits <= 64)
                assert_int_equal(lone_number_parse("n", bits, text, strlen(text), &value, NULL), -ERANGE);
        }
}

static void test_format_sizes(void **state)
{
    static const uint8_t bytes[2] = {0x34, 0x12};
    static const struct lone_field field = {"N", 0, 16};
    char text[8];

    (void)state;
    for (size_t size = 0; size <= sizeof(text); size++) {
        memset(text, '#', sizeof(text));
        assert_int_equal(lone_field_format(&field, bytes, 0, text, size), 6);
        if (size)
            assert_int_equal(strncmp(text, "0x1234", size - 1), 0);
        if (size && size < 7)
            assert_int_equal(text[size - 1], 0);
        if (size < 7)
            assert_int_equal(text[size], '#');
    }
    assert_int_equal(lone_field_format(&field, bytes, 0, NULL, 0), 6);
}

/* ---- texts ---- */

static void shown(const struct lone_field *field, const void *bytes, const char *expected)
{
    char text[256];

    assert_int_equal(lone_field_format(field, bytes, field->bit, text, sizeof(text)), strlen(expected));
    assert_string_equal(text, expected);
}

static void written(const struct lone_field *field, const char *text, const void *expected)
{
    uint8_t bytes[64];
    struct lone_error error;

    memset(bytes, 0xee, sizeof(bytes));
    if (lone_field_parse(field, bytes, field->bit, text, strlen(text), &error))
        fail_msg("\"%s\": %s", text, error.text);
    assert_memory_equal(bytes, expected, field->bits / 8);
    for (size_t i = field->bits / 8; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], 0xee);
}

static void test_ascii(void **state)
{
    static const struct lone_field field = {"SN", 0, 8 * 8, LONE_RW, LONE_ASCII};

    (void)state;
    shown(&field, "ABC     ", "ABC");
    shown(&field, "ABC\0\0\0\0\0", "ABC");
    shown(&field, "ABC \0 \0 ", "ABC");
    shown(&field, "A B C   ", "A B C");
    shown(&field, "        ", "");
    shown(&field, "\0\0\0\0\0\0\0\0", "");
    shown(&field, "ABCDEFGH", "ABCDEFGH");
    shown(&field, "A\0B     ", "A\\x00B");
    shown(&field, "A\\B     ", "A\\x5cB");
    shown(&field, "\x1b[2J\n\t\x7f\xff", "\\x1b[2J\\x0a\\x09\\x7f\\xff");
    shown(&field, "  ABC   ", "  ABC");

    written(&field, "ABC", "ABC     ");
    written(&field, "ABC  \n", "ABC     ");
    written(&field, "  ABC\n", "  ABC   "); /* as it is shown */
    written(&field, "\n\t  ABC", "  ABC   ");
    written(&field, "   ", "        ");
    written(&field, "A B", "A B     ");
    written(&field, "", "        ");
    written(&field, "\\x20 ABC", "  ABC   ");
    written(&field, "A\\x00\\xFf\\x5CB", "A\0\xff\\B   ");
    written(&field, "\\x41\\x42\\x43\\x44\\x45\\x46\\x47\\x48", "ABCDEFGH");

    refuse(&field, "ABCDEFGHI", 9, -ERANGE);
    refuse(&field, "\\x41BCDEFGHI", 12, -ERANGE);
    refuse(&field, " ABCDEFGH", 9, -ERANGE);
    refuse(&field, "\\", 1, -EINVAL);
    refuse(&field, "\\x", 2, -EINVAL);
    refuse(&field, "\\x4", 3, -EINVAL);
    refuse(&field, "\\xg0", 4, -EINVAL);
    refuse(&field, "\\n", 2, -EINVAL);
    refuse(&field, "\\\\", 2, -EINVAL);
    refuse(&field, "A\x1b", 2, -EINVAL);
    refuse(&field, "A\0B", 3, -EINVAL);
    refuse(&field, "A\tB", 3, -EINVAL);
    refuse(&field, "\xc3\xa4", 2, -EINVAL);
}

static void test_identifiers(void **state)
{
    static const uint8_t bytes[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                      0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    static const struct lone_field uuid = {"UUID", 0, 128, LONE_RW, LONE_UUID},
                                   eui = {"EUI64", 0, 64, LONE_RW, LONE_EUI},
                                   oui = {"IEEE", 0, 24, LONE_RW, LONE_EUI_LE},
                                   raw = {"FGUID", 0, 32, LONE_RW, LONE_BYTES};
    /* The example of RFC 4122, as its bytes go over the wire. */
    static const uint8_t oui_bytes[16] = {0x48, 0xde, 0xac};
    static const uint8_t rfc[16] = {0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0,
                                    0xa7, 0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6};
    static const char *const bad_uuid[] = {
        "",
        "  ",
        "0",
        "00112233-4455-6677-8899-aabbccddee",
        "00112233-4455-6677-8899-aabbccddeeff00",
        "00112233-4455-6677-8899-aabbccddeeff-",
        "-00112233-4455-6677-8899-aabbccddeeff",
        "00112233--4455-6677-8899-aabbccddeeff",
        "0-0112233-4455-6677-8899-aabbccddeeff",
        "00112233-4455-6677-8899-aabbccddeefg",
        "{00112233-4455-6677-8899-aabbccddeeff}",
        "0x00112233445566778899aabbccddeeff",
        "00112233 4455-6677-8899-aabbccddeeff",
        "-",
        "--",
    };

    (void)state;
    shown(&uuid, bytes, "00112233-4455-6677-8899-aabbccddeeff");
    shown(&uuid, rfc, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    shown(&eui, bytes, "00-11-22-33-44-55-66-77");
    /* interface: RU8 */
    /* Base 2.1, figure 312: the OUI ACDE48h has 48h in byte 73, DEh in byte 74, ACh in byte 75 */
    shown(&oui, oui_bytes, "ac-de-48");
    written(&oui, "AC-de-48", oui_bytes);
    written(&oui, "acde48", oui_bytes);
    refuse(&oui, "ac-de", 5, -EINVAL);
    shown(&raw, bytes, "00112233");
    written(&uuid, "00112233-4455-6677-8899-aabbccddeeff", bytes);
    written(&uuid, " F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6\n", rfc);
    written(&uuid, "00112233445566778899aabbccddeeff", bytes);
    written(&eui, "00-11-22-33-44-55-66-77", bytes);
    written(&eui, "0011223344556677", bytes);
    written(&raw, "00112233", bytes);
    for (size_t i = 0; i < LONE_COUNT(bad_uuid); i++)
        refuse(&uuid, bad_uuid[i], strlen(bad_uuid[i]), -EINVAL);
    refuse(&raw, "0011223", 7, -EINVAL);
    refuse(&raw, "001122334", 9, -EINVAL);
    refuse(&raw,
           "00112\0"
           "33",
           8, -EINVAL);
    refuse(&eui, "00-11-22-33-44-55-66-7", 22, -EINVAL);
}

/* ---- every field of every table ---- */

enum { PATTERNS = 8 };

static void pattern_into(uint8_t *bytes, const struct lone_field *field, uint32_t bit, unsigned pattern)
{
    for (uint32_t i = 0; i < field->bits; i++) {
        bool one = pattern == 0   ? false
                   : pattern == 1 ? true
                   : pattern == 2 ? i % 2
                   : pattern == 3 ? !(i % 2)
                   : pattern == 4 ? i == field->bits - 1
                   : pattern == 5 ? i == 0
                                  : random_number() >> 40 & 1;

        lone_bits_set(bytes, bit + i, 1, one);
    }
}

/* Padding of a text has two forms, and is written in one: spaces. */
static void pad_with_spaces(uint8_t *bytes, size_t n)
{
    while (n && (!bytes[n - 1] || bytes[n - 1] == ' '))
        bytes[--n] = ' ';
}

static void check_both_ways(const struct lone_record *record, const struct lone_field *field, uint32_t bit)
{
    static uint8_t from[TABLE_SIZE_MAX], to[TABLE_SIZE_MAX], noise[TABLE_SIZE_MAX];
    static char text[FORM_MAX], meaning[160];
    struct lone_error error;

    for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
        uint32_t first = bit / 8, last = (bit + field->bits - 1) / 8;
        size_t length;

        fill_random(noise, record->size);
        memcpy(to, noise, record->size);
        fill_random(from, record->size);
        pattern_into(from, field, bit, pattern);
        length = lone_field_format(field, from, bit, text, sizeof(text));
        assert_int_equal(length, strlen(text));
        lone_field_explain(field, from, bit, meaning, sizeof(meaning));
        if (lone_field_parse(field, to, bit, text, length, &error))
            fail_msg("%s.%s: \"%s\": %s", record->name, field->name, text, error.text);
        if (field->kind == LONE_ASCII)
            pad_with_spaces(from + first, field->bits / 8);
        for (uint32_t i = first * 8; i < last * 8 + 8; i++) {
            bool inside = i >= bit && i < bit + field->bits;

            if (bit_of(to, i) != bit_of(inside ? from : noise, i))
                fail_msg("%s.%s, pattern %u, bit %u: \"%s\"", record->name, field->name, pattern, i, text);
        }
        assert_memory_equal(to, noise, first);
        assert_memory_equal(to + last + 1, noise + last + 1, record->size - last - 1);
    }
}

/* The words of an enumeration are accepted too, each as its value. */
static void check_words(const struct lone_record *record, const struct lone_field *field)
{
    for (const struct lone_name *row = field->names; row && row->name; row++) {
        struct lone_field alone = *field;
        uint8_t bytes[16] = {0};
        char word[64];

        alone.bit = 0;
        for (unsigned round = 0; round < 3; round++) {
            size_t n = strlen(row->name);

            assert_true(n < sizeof(word));
            for (size_t i = 0; i <= n; i++)
                word[i] = (char)(round == 0   ? row->name[i]
                                 : round == 1 ? toupper((unsigned char)row->name[i])
                                              : tolower((unsigned char)row->name[i]));
            memset(bytes, 0xff, sizeof(bytes));
            if (lone_field_parse(&alone, bytes, 0, word, n, NULL) || lone_bits_get(bytes, 0, field->bits) != row->value)
                fail_msg("%s.%s: %s is not 0x%llx", record->name, field->name, word, (unsigned long long)row->value);
        }
    }
}

/* Is its place told by other bytes of the record? Then unit/test_layout.c holds it against bytes laid out by hand. */
static bool is_told(const struct lone_field *field)
{
    return field->open || field->counted_by.field || field->start.field || field->after || field->when;
}

static size_t n_both_ways;

static void each_field(const struct lone_record *record)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];

        if (field->kind == LONE_RECORD) {
            each_field(field->record);
            continue;
        }
        if (is_told(field)) { /* anywhere is as good */
            struct lone_field wide_field = lone_field_sized(field, field->bits ? field->bits : 24);
            struct lone_record around = {.name = record->name, .size = 8 + wide_field.bits / 8};

            check_both_ways(&around, &wide_field, 32 + field->bit % 8);
        } else {
            for (unsigned k = 0; k < (field->count ? field->count : 1); k++)
                check_both_ways(record, field, field->bit + k * field->bits);
        }
        check_words(record, field);
        n_both_ways++;
    }
}

static void test_every_field(void **state)
{
    size_t n;
    const struct lone_record *const *tables = all_tables(&n);

    (void)state;
    n_both_ways = 0;
    for (size_t i = 0; i < n; i++)
        each_field(tables[i]);
    print_message("%zu tables, %zu fields both ways\n", n, n_both_ways);
    assert_true(n > 70 && n_both_ways > 1500);
}

static void test_tables_are_sound(void **state)
{
    size_t n;
    const struct lone_record *const *tables = all_tables(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct lone_error error;

        if (lone_record_check(tables[i], &error))
            fail_msg("%s: %s", tables[i]->name, error.text);
    }
}

/* A row of one bit without names is shown with its meaning whatever the bit is: that has to be the bit's name, to which
 * 0 says no, and not what 1 means. Where there is more to say, both values have a name. */
static void each_bit(const struct lone_record *record, unsigned *n_two)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        const char *words = field->meaning;
        uint64_t seen = 0;

        if (field->record)
            each_bit(field->record, n_two);
        if (field->bits != 1)
            continue;
        for (const struct lone_name *row = field->names; row && row->name; row++)
            seen |= 1ull << row->value;
        if (field->names ? seen != 3
                         : words && (strchr(words, ':') || strchr(words, ';') || strstr(words, " is ") ||
                                     strstr(words, "set if") || islower(words[0])))
            fail_msg("%s.%s: \"%s\" has a meaning for one value only", record->name, field->name, words);
        *n_two += field->names != NULL;
    }
}

static void test_bits_have_both_meanings(void **state)
{
    uint8_t zero[4096] = {0};
    struct lone_text page = {0};
    unsigned n_two = 0;
    size_t n;
    const struct lone_record *const *tables = all_tables(&n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        each_bit(tables[i], &n_two);
    assert_true(n_two > 50);

    /* NVMe Base 2.0: CMIC bit 2 and FNA bits 0 and 1 cleared; NVM Command Set 1.0: DPS bit 3 cleared. */
    lone_record_text(&lone_identify_controller, zero, sizeof(zero), NULL, &page);
    assert_non_null(strstr(page.text, "Function Type: Function: not an SR-IOV virtual function"));
    assert_non_null(strstr(page.text, "Format Namespace Scope: Namespace: "));
    assert_null(strstr(page.text, "of all namespaces"));
    lone_text_free(&page);
    lone_record_text(&lone_identify_namespace, zero, sizeof(zero), NULL, &page);
    assert_non_null(strstr(page.text, "Protection Information Position: LAST: in the last bytes of the metadata"));
    lone_text_free(&page);
}

/* ---- assignment ---- */

static const struct lone_name modes[] = {{0, "off"}, {2, "ON"}, {0}};
static const struct lone_field inner_fields[] = {
    {"LOW", 0, 4, LONE_RW},
    {"HIGH", 4, 4, LONE_RW},
};
static const struct lone_record inner = {.name = "inner", .size = 1, LONE_FIELDS(inner_fields)};
static const struct lone_field pair_fields[] = {
    {"IN", 0, 8, .kind = LONE_RECORD, .record = &inner, .count = 2},
    {"V", 16, 16, LONE_RW},
};
static const struct lone_record pair = {.name = "pair", .size = 4, LONE_FIELDS(pair_fields)};
static const struct lone_field outer_fields[] = {
    {"EN", 0, 1, LONE_RW},
    {"MODE", 1, 3, LONE_RW, LONE_ENUM, modes},
    {"RO", 4, 4, LONE_RO},
    {"A", 8, 12, LONE_RW, .count = 3, .first = 1}, /* bits 8 to 43 */
    {"WO", 44, 4, LONE_WO},
    {"IN", 48, 8, .kind = LONE_RECORD, .record = &inner},
    {"C1", 56, 1, LONE_RW1C},
    {"S1", 57, 1, LONE_RW1S},
    {"P", 64, 32, .kind = LONE_RECORD, .record = &pair, .count = 2},
    {"TXT", 128, 64, LONE_RW, LONE_ASCII},
    {"ID", 192, 128, LONE_RW, LONE_UUID},
    {"BIG", 320, 128, LONE_RW},
};
static const struct lone_record outer = {.name = "outer", .title = "Outer", .size = 56, LONE_FIELDS(outer_fields)};

static void assigned(const char *text, const char *path, uint64_t value)
{
    uint8_t bytes[56] = {0};
    struct lone_error error;

    if (lone_record_assign(&outer, bytes, text, strlen(text), false, NULL, &error))
        fail_msg("\"%s\": %s", text, error.text);
    assert_int_equal(lone_get(&outer, bytes, path), value);
    /* With this field back at 0, nothing else was touched. */
    lone_set(&outer, bytes, path, 0);
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], 0);
}

static void not_assigned(const char *text, int result, size_t column, size_t length, const char *says)
{
    uint8_t bytes[56], before[56];
    struct lone_error error = {0};

    fill_random(bytes, sizeof(bytes));
    memcpy(before, bytes, sizeof(bytes));
    if (lone_record_assign(&outer, bytes, text, strlen(text), false, NULL, &error) != result)
        fail_msg("\"%s\" should give %s: %s", text, lone_errno_name(-result), error.text);
    assert_memory_equal(bytes, before, sizeof(bytes));
    check_error(&error, result, strlen(text), says);
    if (error.column != column || error.length != length)
        fail_msg("\"%s\": %zu+%zu: %s", text, error.column, error.length, error.text);
    assert_int_equal(lone_record_assign(&outer, bytes, text, strlen(text), false, NULL, NULL), result);
}

static void test_assign(void **state)
{
    (void)state;
    assigned("EN=1", "EN", 1);
    assigned("  EN=0x1\n", "EN", 1);
    assigned("MODE=on", "MODE", 2);
    assigned("A.1=0xabc", "A.1", 0xabc);
    assigned("A.3=0xabc", "A.3", 0xabc);
    assigned("A.0x2=5", "A.2", 5);
    assigned("IN.HIGH=15", "IN.HIGH", 15);
    assigned("P.0.IN.1.HIGH=9", "P.0.IN.1.HIGH", 9);
    assigned("P.1.V=65535", "P.1.V", 65535);
    assigned("WO=3", "WO", 3);
    assigned("C1=1", "C1", 1);
    assigned("S1=1", "S1", 1);
    assigned("EN=0 EN=1", "EN", 1);
    assigned("EN=1\nEN=0\tMODE=2", "MODE", 2);
    assigned("", "EN", 0);
    assigned(" \t\n", "EN", 0);
}

static void test_assign_several(void **state)
{
    static const char text[] = "EN=1 MODE=on A.2=0x123 IN.LOW=5 TXT=a\\x20b ID=f81d4fae-7dec-11d0-a765-00a0c91e6bf6 "
                               "BIG=0x0123456789abcdef0123456789abcdef";
    uint8_t bytes[56], named[56] = {0}, before[56];
    lone_number big = (lone_number)0x0123456789abcdefull << 64 | 0x0123456789abcdefull;

    (void)state;
    fill_random(bytes, sizeof(bytes));
    memcpy(before, bytes, sizeof(bytes));
    assert_int_equal(lone_record_assign(&outer, bytes, text, sizeof(text) - 1, false, named, NULL), 0);
    assert_int_equal(lone_get(&outer, bytes, "EN"), 1);
    assert_int_equal(lone_get(&outer, bytes, "MODE"), 2);
    assert_int_equal(lone_get(&outer, bytes, "A.2"), 0x123);
    assert_int_equal(lone_get(&outer, bytes, "IN.LOW"), 5);
    assert_memory_equal(bytes + 16, "a b     ", 8);
    assert_memory_equal(bytes + 24, "\xf8\x1d\x4f\xae\x7d\xec\x11\xd0\xa7\x65\x00\xa0\xc9\x1e\x6b\xf6", 16);
    assert_true(lone_bits_get(bytes, 320, 128) == big);
    /* The mask has exactly the bits of what was named, and only these changed. */
    for (uint32_t i = 0; i < 448; i++) {
        bool expected = i < 4 || (i >= 20 && i < 32) || (i >= 48 && i < 52) || (i >= 128 && i < 448);

        assert_int_equal(bit_of(named, i), expected);
        if (!expected)
            assert_int_equal(bit_of(bytes, i), bit_of(before, i));
    }
}

static void test_assign_refused(void **state)
{
    (void)state;
    not_assigned("FOO=1", -EINVAL, 0, 3, "has no field FOO; it has EN MODE RO A");
    not_assigned("EN=1 FOO=1", -EINVAL, 5, 3, "FOO");
    not_assigned("en=1", -EINVAL, 0, 2, "en");
    not_assigned("EN", -EINVAL, 0, 2, "FIELD=VALUE");
    not_assigned("  EN MODE=1", -EINVAL, 2, 2, "FIELD=VALUE");
    not_assigned("=1", -EINVAL, 0, 2, "FIELD=VALUE");
    not_assigned("=", -EINVAL, 0, 1, "FIELD=VALUE");
    not_assigned("EN=", -EINVAL, 3, 1, "nothing");
    not_assigned("EN= 1", -EINVAL, 3, 1, "nothing");
    not_assigned("EN =1", -EINVAL, 0, 2, "FIELD=VALUE");
    not_assigned("EN=1=1", -EINVAL, 3, 3, "EN");
    not_assigned("EN=2", -ERANGE, 3, 1, "1 bit:");
    not_assigned("EN=1 MODE=big", -EINVAL, 10, 3, "off, ON");
    not_assigned("MODE=8", -ERANGE, 5, 1, "MODE");
    not_assigned("RO=1", -EACCES, 0, 2, "RO is read-only");
    not_assigned(" EN=1  RO=1", -EACCES, 7, 2, "RO");
    not_assigned("A=1", -EINVAL, 0, 1, "A.1 to A.3");
    not_assigned("A.0=1", -EINVAL, 0, 3, "A.1 to A.3");
    not_assigned("A.4=1", -EINVAL, 0, 3, "A.1 to A.3");
    not_assigned("A.x=1", -EINVAL, 0, 3, "A.1 to A.3");
    not_assigned("A.=1", -EINVAL, 0, 2, "no field A.");
    not_assigned("A.-1=1", -EINVAL, 0, 4, "A.1 to A.3");
    not_assigned("EN=1 A.99999999999999999999999999999999999999999999=1", -EINVAL, 5, 46, "A.1 to A.3");
    not_assigned("A.1.X=1", -EINVAL, 4, 1, "X");
    not_assigned("A.1.=1", -EINVAL, 0, 4, "A.1 to A.3");
    not_assigned("EN.=1", -EINVAL, 0, 3, "EN.");
    not_assigned("EN.0=1", -EINVAL, 3, 1, "0");
    not_assigned(".EN=1", -EINVAL, 0, 1, "has no field");
    not_assigned("IN=1", -EINVAL, 0, 2, "IN.FIELD=VALUE");
    not_assigned("IN.=1", -EINVAL, 0, 3, "IN.");
    not_assigned("EN=0 IN.FOO=1", -EINVAL, 8, 3, "inner has no field FOO; it has LOW HIGH");
    not_assigned("IN..LOW=1", -EINVAL, 3, 1, "inner");
    not_assigned("P.1=1", -EINVAL, 0, 3, "P.1.FIELD=VALUE");
    not_assigned("P.0.IN.2.LOW=1", -EINVAL, 0, 8, "IN.0 to IN.1");
    not_assigned("TXT=\x1b[2J", -EINVAL, 4, 4, "TXT");
    not_assigned("\x1b[2J=1", -EINVAL, 0, 4, "?[2J");
    not_assigned("BIG=0x1ffffffffffffffffffffffffffffffff", -ERANGE, 4, 35, "BIG");
    /* The first fault is reported, whatever is right around it. */
    not_assigned("EN=1 MODE=on FOO=1 BAR=1", -EINVAL, 13, 3, "FOO");
}

static void test_assign_any(void **state)
{
    uint8_t bytes[56] = {0};
    struct lone_error error;

    (void)state;
    assert_int_equal(lone_record_assign(&outer, bytes, "RO=5", 4, true, NULL, &error), 0);
    assert_int_equal(lone_get(&outer, bytes, "RO"), 5);
}

static void test_assign_huge(void **state)
{
    enum { TIMES = 100000, EACH = 5 };
    uint8_t bytes[56] = {0}, zero[56] = {0};
    struct lone_error error = {0};
    char *text = malloc(TIMES * EACH);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < TIMES; i++)
        memcpy(text + i * EACH, i % 2 ? "EN=1 " : "EN=0 ", EACH);
    assert_int_equal(lone_record_assign(&outer, bytes, text, TIMES * EACH, false, NULL, &error), 0);
    assert_int_equal(lone_get(&outer, bytes, "EN"), 1);
    memset(bytes, 0, sizeof(bytes));
    text[TIMES * EACH - 2] = 'q';
    assert_int_equal(lone_record_assign(&outer, bytes, text, TIMES * EACH, false, NULL, &error), -EINVAL);
    assert_int_equal(error.column, TIMES * EACH - 2);
    assert_memory_equal(bytes, zero, sizeof(bytes));
    memset(text, 'A', TIMES * EACH);
    assert_int_equal(lone_record_assign(&outer, bytes, text, TIMES * EACH, false, NULL, &error), -EINVAL);
    assert_int_equal(error.length, TIMES * EACH);
    assert_true(strlen(error.text) < 100);
    free(text);
}

static const uint8_t descriptors[] = {
    4,    1,    0,    0,    2,    2,    16,   0,    0,    0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0, 0xa7,
    0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6, 9,    3,    0,    0,    1,    2,    3,    3,    16,   0,    0,
    0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0, 0xa7, 0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6, 0,    0,
    0,    0,    1,    8,    0,    0,    1,    2,    3,    4,    5,    6,    7,    8, /* behind the end */
};

/* A field of such a list is where its tag is, for the encoder too. */
static void test_assign_list(void **state)
{
    static uint8_t bytes[4096];
    struct lone_error error;

    (void)state;
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, descriptors, sizeof(descriptors));
    assert_int_equal(lone_record_assign(&lone_namespace_descriptors, bytes, "CSI=ZNS", 7, false, NULL, &error),
                     -EACCES);
    assert_int_equal(lone_record_assign(&lone_namespace_descriptors, bytes, "CSI=KV", 6, true, NULL, &error), 0);
    assert_int_equal(bytes[4], 1);
    assert_memory_equal(bytes + 5, descriptors + 5, sizeof(descriptors) - 5);
    assert_int_equal(
        lone_record_assign(&lone_namespace_descriptors, bytes, "EUI64=0011223344556677", 22, true, NULL, &error),
        -ENODATA);
    assert_memory_equal(bytes + 5, descriptors + 5, sizeof(descriptors) - 5);
    check_error(&error, -ENODATA, 22, "EUI64");
}

/* ---- read-modify-write ---- */

static void test_neutral(void **state)
{
    static uint8_t registers[0xe20], before[0xe20];
    uint8_t header[64], bytes[56];
    const struct lone_record *csts = lone_nvme_register("CSTS");
    unsigned n_aer = 0;

    (void)state;
    memset(registers, 0xff, sizeof(registers));
    lone_record_neutral(csts, registers);
    assert_int_equal(lone_get(csts, registers, "NSSRO"), 0);
    assert_int_equal(lone_bits_get(registers, 0, 32), 0xffffffef);

    memset(registers, 0xff, sizeof(registers));
    lone_record_neutral(&lone_nvme_registers, registers);
    assert_int_equal(lone_bits_get(registers, LONE_REG_CSTS * 8, 32), 0xffffffef);
    assert_int_equal(lone_bits_get(registers, LONE_REG_INTMS * 8, 32), 0);
    assert_int_equal(lone_bits_get(registers, LONE_REG_INTMC * 8, 32), 0);
    assert_int_equal(lone_bits_get(registers, LONE_REG_CC * 8, 32), 0xffffffff);
    memcpy(before, registers, sizeof(before));
    lone_record_neutral(&lone_nvme_registers, registers);
    assert_memory_equal(registers, before, sizeof(before));

    memset(header, 0xff, sizeof(header));
    lone_record_neutral(&lone_pci_header, header);
    for (size_t i = 0; i < sizeof(header); i++)
        assert_int_equal(header[i], i == 7 ? 0x06 : 0xff); /* STS: 15:11 and 8 are errors to clear */

    for (size_t i = 0; i < lone_n_capabilities; i++) {
        const struct lone_record *record = lone_capabilities[i].record;
        const struct lone_field *field = lone_record_field(record, "AERUCES");
        uint8_t aer[256];

        if (strcmp(lone_capabilities[i].name, "AERCAP"))
            continue;
        assert_non_null(field);
        memset(aer, 0xff, sizeof(aer));
        lone_record_neutral(record, aer);
        for (size_t k = 0; k < field->record->n_fields; k++)
            assert_int_equal(
                lone_bits_get(aer, field->bit + field->record->fields[k].bit, field->record->fields[k].bits),
                field->record->fields[k].access == LONE_RW1C ? 0 : 1);
        assert_int_equal(lone_bits_get(aer, field->bit + 20, 1), 0); /* Unsupported Request Error */
        n_aer++;
    }
    assert_int_equal(n_aer, 2);

    memset(bytes, 0xff, sizeof(bytes));
    lone_record_neutral(&outer, bytes);
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], i == 7 ? 0xfc : 0xff);
}

static void test_neutral_array(void **state)
{
    static const struct lone_field fields[] = {{"F", 2, 3, LONE_RW1C, .count = 4}, {"G", 16, 8, LONE_RW}};
    static const struct lone_record record = {.name = "r", .size = 3, LONE_FIELDS(fields)};
    uint8_t bytes[3] = {0xff, 0xff, 0xff};

    (void)state;
    lone_record_neutral(&record, bytes);
    assert_int_equal(lone_bits_get(bytes, 0, 24), 0xffc003);
}

/* ---- explanations ---- */

static void explained(const struct lone_record *record, const char *name, lone_number value, const char *expected)
{
    const struct lone_field *field = lone_record_field(record, name);
    uint8_t bytes[17] = {0};
    struct lone_field moved;
    char text[160];

    assert_non_null(field);
    moved = *field;
    lone_bits_set(bytes, moved.bit % 8, moved.bits, value);
    lone_field_explain(&moved, bytes, moved.bit % 8, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void test_explain(void **state)
{
    const struct lone_record *cap = lone_nvme_register("CAP"), *cc = lone_nvme_register("CC");
    static const struct lone_field field = {"N", 0, 16, .unit = "ms", .scale = 500};
    static const uint8_t bytes[2] = {0x28, 0};
    char text[9] = "########";

    (void)state;
    explained(cap, "TO", 0x28, "20000 ms");
    explained(cap, "TO", 0, "0 ms");
    explained(cap, "TO", 0xff, "127500 ms");
    explained(cap, "MQES", 0x3ff, "1024 entries");
    explained(cap, "MQES", 0, "1 entry");
    explained(cap, "MQES", 0xffff, "65536 entries");
    explained(cap, "DSTRD", 0, "4 B");
    explained(cap, "MPSMIN", 0, "4096 B");
    explained(cap, "MPSMAX", 15, "134217728 B");
    explained(cap, "CSS", 1, "NVM: NVM Command Set");
    explained(cap, "CSS", 0x3f, "");
    explained(cap, "CQR", 1, "");
    explained(cc, "CSS", 0, "NVM: NVM Command Set");
    explained(cc, "CSS", 3, "Reserved");
    explained(cc, "IOSQES", 6, "64 B");
    explained(cc, "EN", 1, "");
    explained(lone_nvme_register("ASQ"), "ASQB", 0x12345, "at 0x12345000");
    explained(lone_nvme_register("ASQ"), "ASQB", 0xfffffffffffffull, "at 0xfffffffffffff000");
    explained(lone_nvme_register("AQA"), "ASQS", 31, "32 entries");
    explained(lone_nvme_register("CMBSZ"), "SZU", 0, "4KiB");
    explained(lone_nvme_register("CMBSZ"), "SZU", 7, "Reserved");
    explained(&lone_identify_controller, "WCTEMP", 0x157, "70 °C");
    explained(&lone_identify_controller, "WCTEMP", 273, "0 °C");
    explained(&lone_identify_controller, "WCTEMP", 1, "-272 °C");
    explained(&lone_identify_controller, "WCTEMP", 0, "not reported");
    explained(&lone_identify_controller, "RAB", 0, "1 command");
    explained(&lone_identify_controller, "RAB", 3, "8 commands");
    explained(&lone_identify_controller, "RAB", 63, "9223372036854775808 commands");
    explained(&lone_identify_controller, "RAB", 255, "2^255 × 1 commands");
    explained(&lone_identify_controller, "MDTS", 5, "32 minimum pages");
    explained(&lone_identify_controller, "TNVMCAP", ~(lone_number)0, "340282366920938463463374607431768211455 B");
    explained(lone_record_field(&lone_pci_header, "CLS")->record, "CLS", 16, "64 B");
    explained(lone_record_field(&lone_pci_header, "ID")->record, "VID", 0x1b36, "");
    lone_field_explain(&field, bytes, 0, text, sizeof(text) - 4);
    assert_string_equal(text, "2000"); /* cut, not overrun */
}

/* ---- pages and JSON ---- */

/* Of a record: what must be in a page and a JSON object, computed field by field. */
struct expectation {
    const uint8_t *bytes;
    size_t length;
    const uint8_t *present;
};

static bool was_read(const uint8_t *present, uint32_t bit, uint32_t bits)
{
    for (uint32_t i = bit; present && i < bit + bits; i++)
        if (!present[i / 8])
            return false;
    return true;
}

static bool all_zero(const uint8_t *bytes, size_t n)
{
    while (n--)
        if (bytes[n])
            return false;
    return true;
}

/* Where element @k of @field stands, or -1 when it is to be left out; *@wide gets its width. */
static int64_t place(const struct lone_record *record, const struct lone_field *field, unsigned k, struct expectation e,
                     uint64_t *wide)
{
    int64_t at = lone_field_locate(record, field, k, e.bytes, e.length);
    struct lone_place found = {0};

    if (!record->tlv.header && !is_told(field)) {
        int64_t expected = field->bit + (int64_t)k * field->bits;

        assert_int_equal(at, (uint64_t)expected + field->bits <= e.length * 8 ? expected : -ENODATA);
    }
    assert_int_equal(lone_field_place(record, field, k, e.bytes, e.length, false, &found), at < 0 ? -ENODATA : 0);
    *wide = found.bits;
    /* Unused elements are shown as far as there is another one behind them. */
    if (at >= 0 && field->unused_zero && all_zero(e.bytes + at / 8, e.length - (size_t)at / 8))
        return -1;
    if (at < 0 || (field->ends_at_zero && all_zero(e.bytes + at / 8, field->bits / 8)))
        return -1;
    assert_true(found.bit + found.bits <= e.length * 8);
    return at;
}

static struct expectation nested(int64_t at, uint64_t wide, struct expectation e)
{
    return (struct expectation){e.bytes + at / 8, wide / 8, e.present ? e.present + at / 8 : NULL};
}

static unsigned most_of(const struct lone_field *field)
{
    return field->count ? field->count : lone_field_is_array(field) ? UINT32_MAX : 1;
}

static void next_line(const char **page)
{
    *page = strchr(*page, '\n');
    assert_non_null(*page);
    ++*page;
}

static void check_line(const char **page, const char *name, unsigned indent, const struct lone_field *field, int64_t at,
                       struct expectation e)
{
    static char value[FORM_MAX];
    size_t n = strlen(name);

    for (unsigned i = 0; i < indent; i++)
        assert_int_equal(*(*page)++, ' ');
    if (strncmp(*page, name, n) || (*page)[n] != ' ')
        if (strncmp(*page, name, n) || (*page)[n] != '\n')
            fail_msg("%s is not at \"%.60s\"", name, *page);
    *page += n;
    *page += strspn(*page, " ");
    if (field->kind == LONE_RECORD) {
        if (field->record->size <= 8 && !(field->record->flags & LONE_VARIABLE)) {
            struct lone_field whole = {.name = name, .bits = field->bits};

            strcpy(value, "-");
            if (was_read(e.present, (uint32_t)at, field->bits))
                lone_field_format(&whole, e.bytes, at, value, sizeof(value));
            assert_int_equal(strncmp(*page, value, strlen(value)), 0);
        }
    } else if (was_read(e.present, (uint32_t)at, field->bits)) {
        lone_field_format(field, e.bytes, at, value, sizeof(value));
        if (strncmp(*page, value, strlen(value) > 96 ? 93 : strlen(value)))
            fail_msg("%s: %s is not at \"%.60s\"", name, value, *page);
    } else {
        assert_int_equal(strncmp(*page, "- ", 2), 0);
        assert_int_equal(strncmp(strchr(*page, '\n') - 11, " (not read)", 11), 0);
    }
    next_line(page);
}

static void check_page(const char **page, const struct lone_record *record, unsigned indent, struct expectation e)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];

        for (unsigned k = 0; k < most_of(field); k++) {
            uint64_t wide;
            int64_t at = place(record, field, k, e, &wide);
            struct lone_field wide_field = lone_field_sized(field, wide);
            char name[80];

            if (at < 0)
                break;
            if (lone_field_is_array(field))
                snprintf(name, sizeof(name), "%s/%u", field->name, field->first + k);
            else
                snprintf(name, sizeof(name), "%s", field->name);
            check_line(page, name, indent, &wide_field, at, e);
            if (field->kind == LONE_RECORD)
                check_page(page, field->record, indent + 2, nested(at, wide, e));
        }
    }
}

static void check_object(struct json_object *object, const struct lone_record *record, struct expectation e);

static void check_value(struct json_object *object, const struct lone_field *field, int64_t at, struct expectation e)
{
    static char value[FORM_MAX];

    if (field->kind == LONE_RECORD) {
        check_object(object, field->record, nested(at, field->bits, e));
    } else if (!was_read(e.present, (uint32_t)at, field->bits)) {
        assert_null(object);
    } else {
        lone_field_format(field, e.bytes, at, value, sizeof(value));
        assert_true(json_object_is_type(object, json_type_string));
        assert_string_equal(json_object_get_string(object), value);
    }
}

static void check_object(struct json_object *object, const struct lone_record *record, struct expectation e)
{
    int n = 0;

    assert_true(json_object_is_type(object, json_type_object));
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        struct json_object *value = NULL;
        struct lone_field wide_field;
        unsigned elements = 0;
        uint64_t wide;
        bool array = lone_field_is_array(field),
             there = lone_field_locate(record, field, 0, e.bytes, e.length) >= 0 ||
                     (array && (field->counted_by.field || field->open) && !field->when); /* perhaps empty */

        if (json_object_object_get_ex(object, field->name, &value) != there)
            fail_msg("%s.%s %s", record->name, field->name, there ? "is missing" : "is not there");
        n += there;
        if (!there)
            continue;
        if (!array) {
            int64_t at = place(record, field, 0, e, &wide);

            wide_field = lone_field_sized(field, wide);
            check_value(value, &wide_field, at, e);
            continue;
        }
        assert_true(json_object_is_type(value, json_type_array));
        for (; elements < most_of(field); elements++) {
            int64_t at = place(record, field, elements, e, &wide);

            if (at < 0)
                break;
            wide_field = lone_field_sized(field, wide);
            check_value(json_object_array_get_idx(value, elements), &wide_field, at, e);
        }
        assert_int_equal(json_object_array_length(value), elements);
    }
    assert_int_equal(json_object_object_length(object), n);
}

/* Both views of @length bytes of @record; the bytes are a copy of that size, which a sanitizer watches. */
static void check_views(const struct lone_record *record, const uint8_t *bytes, size_t length, const uint8_t *present)
{
    uint8_t *exact = malloc(length ? length : 1), *exact_present = present ? malloc(length ? length : 1) : NULL;
    struct expectation e = {exact, length, exact_present};
    struct lone_text text = {0};
    const char *page;
    char last[64];
    uint64_t extent = lone_record_extent(record, bytes, length);
    struct json_object *object, *parsed;

    assert_non_null(exact);
    memcpy(exact, bytes, length);
    if (exact_present)
        memcpy(exact_present, present, length);

    lone_record_text(record, exact, length, exact_present, &text);
    assert_false(text.failed);
    page = text.text ? text.text : "";
    check_page(&page, record, 0, e);
    assert_true(record->flags & LONE_VARIABLE ? extent >= record->size : extent == record->size);
    snprintf(last, sizeof(last), "(ends after %zu of %llu bytes)\n", length, (unsigned long long)extent);
    assert_string_equal(page, length < extent ? last : "");
    assert_null(text.text ? strstr(text.text, " \n") : NULL);
    lone_text_free(&text);

    object = lone_record_json(record, exact, length, exact_present);
    assert_non_null(object);
    parsed = json_tokener_parse(json_object_to_json_string(object)); /* as a program sees it */
    json_object_put(object);
    assert_non_null(parsed);
    assert_int_equal(json_object_get_int(json_object_object_get(parsed, "schema")), 1);
    assert_string_equal(json_object_get_string(json_object_object_get(parsed, "record")), record->name);
    assert_int_equal(json_object_object_length(parsed), 3);
    check_object(json_object_object_get(parsed, "fields"), record, e);
    json_object_put(parsed);
    free(exact);
    free(exact_present);
}

static void test_views_of_all(void **state)
{
    size_t n;
    const struct lone_record *const *tables = all_tables(&n);
    static uint8_t bytes[TABLE_SIZE_MAX + 1024], present[TABLE_SIZE_MAX + 1024];

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct lone_record *record = tables[i];
        size_t size = table_size(record);

        memset(bytes, 0, sizeof(bytes));
        check_views(record, bytes, size, NULL);
        memset(bytes, 0xff, sizeof(bytes));
        check_views(record, bytes, size, NULL);
        for (unsigned round = 0; round < 3; round++) {
            fill_random(bytes, sizeof(bytes));
            check_views(record, bytes, size, NULL);
            check_views(record, bytes, random_number() % size, NULL);
            for (size_t k = 0; k < sizeof(present); k++)
                present[k] = random_number() >> 20 & (round ? 7 : 1) ? 1 : 0;
            check_views(record, bytes, size, present);
            check_views(record, bytes, random_number() % size, present);
        }
        memset(present, 0, sizeof(present));
        check_views(record, bytes, size, present);
    }
}

static void test_truncated(void **state)
{
    uint8_t bytes[56];

    (void)state;
    fill_random(bytes, sizeof(bytes));
    for (size_t length = 0; length <= outer.size; length++)
        check_views(&outer, bytes, length, NULL);
}

static char *page_of(const struct lone_record *record, const void *bytes, size_t length, const uint8_t *present)
{
    struct lone_text text = {0};

    lone_record_text(record, bytes, length, present, &text);
    assert_false(text.failed);
    return text.text;
}

static void test_page(void **state)
{
    static const uint8_t cc[4] = {0x01, 0x00, 0x46, 0x00}, unread[4] = {1, 1, 0, 1};
    char *page = page_of(lone_nvme_register("CC"), cc, 4, NULL);

    (void)state;
    assert_string_equal(page, "EN             0x1        Enable\n"
                              "CSS            0x0        I/O Command Set Selected: NVM: NVM Command Set\n"
                              "MPS            0x0        Memory Page Size: 4096 B\n"
                              "AMS            0x0        Arbitration Mechanism Selected: RR: Round Robin\n"
                              "SHN            0x0        Shutdown Notification: NONE: No notification\n"
                              "IOSQES         0x6        I/O Submission Queue Entry Size: 64 B\n"
                              "IOCQES         0x4        I/O Completion Queue Entry Size: 16 B\n"
                              "CRIME          0x0        Controller Ready Independent of Media Enable\n");
    free(page);
    page = page_of(lone_nvme_register("CC"), cc, 4, unread);
    assert_non_null(strstr(page, "IOSQES         -          I/O Submission Queue Entry Size (not read)\n"));
    assert_non_null(strstr(page, "EN             0x1 "));
    free(page);
    page = page_of(lone_nvme_register("CC"), cc, 2, NULL);
    assert_null(strstr(page, "IOSQES"));
    assert_non_null(strstr(page, "\n(ends after 2 of 4 bytes)\n"));
    free(page);
}

/* A page shows 96 digits and no more of what is longer. */
static void test_long_values(void **state)
{
    static const struct lone_field fits_fields[] = {{"B", 0, 48 * 8, LONE_RO, LONE_BYTES}};
    static const struct lone_field cut_fields[] = {{"B", 0, 49 * 8, LONE_RO, LONE_BYTES}};
    static const struct lone_record fits = {.name = "fits", .size = 48, LONE_FIELDS(fits_fields)};
    static const struct lone_record cut = {.name = "cut", .size = 49, LONE_FIELDS(cut_fields)};
    static const uint8_t bytes[49] = {0};
    char *page = page_of(&fits, bytes, fits.size, NULL);

    (void)state;
    assert_int_equal(strspn(page + 15, "0"), 96);
    assert_string_equal(page + 15 + 96, "\n");
    free(page);
    page = page_of(&cut, bytes, cut.size, NULL);
    assert_int_equal(strspn(page + 15, "0"), 93);
    assert_string_equal(page + 15 + 93, "...\n");
    free(page);
}

static void test_lists(void **state)
{
    static uint8_t bytes[4096];
    struct json_object *object, *fields, *value;
    char *page;

    (void)state;
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, descriptors, sizeof(descriptors));
    page = page_of(&lone_namespace_descriptors, bytes, sizeof(bytes), NULL);
    assert_null(strstr(page, "EUI64"));
    assert_non_null(strstr(page, "NGUID          f8-1d-4f-ae-7d-ec-11-d0-a7-65-00-a0-c9-1e-6b-f6 "));
    assert_non_null(strstr(page, "UUID           f81d4fae-7dec-11d0-a765-00a0c91e6bf6 "));
    assert_non_null(
        strstr(page, "CSI            0x2        Command Set Identifier: ZNS: Zoned Namespace Command Set\n"));
    free(page);
    object = lone_record_json(&lone_namespace_descriptors, bytes, sizeof(bytes), NULL);
    fields = json_object_object_get(object, "fields");
    assert_int_equal(json_object_object_length(fields), 3);
    assert_string_equal(json_object_get_string(json_object_object_get(fields, "UUID")),
                        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    json_object_put(object);
    /* A list that is cut in the middle of a value does not have it. */
    check_views(&lone_namespace_descriptors, bytes, 5, NULL);
    for (size_t length = 0; length < sizeof(descriptors); length++)
        check_views(&lone_namespace_descriptors, bytes, length, NULL);
    object = lone_record_json(&lone_namespace_descriptors, bytes, 24, NULL);
    assert_int_equal(json_object_object_length(json_object_object_get(object, "fields")), 1);
    json_object_put(object);
    /* A value that is shorter than the field that its type stands for. */
    bytes[6] = 15;
    assert_int_equal(lone_field_locate(&lone_namespace_descriptors,
                                       lone_record_field(&lone_namespace_descriptors, "NGUID"), 0, bytes,
                                       sizeof(bytes)),
                     -ENODATA);

    memset(bytes, 0, sizeof(bytes));
    bytes[0] = 1;
    bytes[4] = 7;
    bytes[12] = 9;
    object = lone_record_json(&lone_namespace_list, bytes, sizeof(bytes), NULL);
    value = json_object_object_get(json_object_object_get(object, "fields"), "NSID");
    assert_int_equal(json_object_array_length(value), 2);
    assert_string_equal(json_object_get_string(json_object_array_get_idx(value, 1)), "0x7");
    json_object_put(object);
    page = page_of(&lone_namespace_list, bytes, sizeof(bytes), NULL);
    assert_non_null(strstr(page, "NSID/0"));
    assert_non_null(strstr(page, "NSID/1"));
    assert_null(strstr(page, "NSID/2"));
    free(page);

    memset(bytes, 0, sizeof(bytes));
    bytes[32] = 1;
    page = page_of(&lone_uuid_list, bytes, sizeof(bytes), NULL);
    assert_non_null(strstr(page, "UUID/1"));
    assert_null(strstr(page, "UUID/2"));
    free(page);
}

/* Types, lengths, values as a controller should not write them. */
static void test_hostile_lists(void **state)
{
    const struct lone_record *record = &lone_namespace_descriptors;
    const struct lone_field *csi = lone_record_field(record, "CSI");
    uint8_t bytes[64];

    (void)state;
    memset(bytes, 0xff, sizeof(bytes));
    check_views(record, bytes, sizeof(bytes), NULL);
    assert_int_equal(lone_field_locate(record, csi, 0, bytes, sizeof(bytes)), -ENODATA);
    memset(bytes, 1, sizeof(bytes)); /* sixty-four bytes of elements of five */
    check_views(record, bytes, sizeof(bytes), NULL);
    memcpy(bytes, (uint8_t[]){4, 1, 0, 0, 2}, 5);
    assert_int_equal(lone_field_locate(record, csi, 0, bytes, 5), 32);
    assert_int_equal(lone_field_locate(record, csi, 0, bytes, 4), -ENODATA);
    assert_int_equal(lone_field_locate(record, csi, 0, bytes, 3), -ENODATA);
    assert_int_equal(lone_field_locate(record, csi, 0, bytes, 0), -ENODATA);
    memcpy(bytes, (uint8_t[]){9, 0, 0, 0, 4, 1, 0, 0, 2}, 9);
    assert_int_equal(lone_field_locate(record, csi, 0, bytes, sizeof(bytes)), -ENODATA);
    memcpy(bytes, (uint8_t[]){0, 1, 0, 0, 9, 4, 1, 0, 0, 2}, 10);
    assert_int_equal(lone_field_locate(record, csi, 0, bytes, sizeof(bytes)), -ENODATA);
    memcpy(bytes, (uint8_t[]){4, 0, 0, 0, 2}, 5); /* no length: the list ends */
    assert_int_equal(lone_field_locate(record, csi, 0, bytes, sizeof(bytes)), -ENODATA);
}

/* ---- access by name ---- */

static void test_by_name(void **state)
{
    uint8_t bytes[56];

    (void)state;
    memset(bytes, 0xff, sizeof(bytes));
    lone_set(&outer, bytes, "A.2", 0x123);
    assert_int_equal(lone_get(&outer, bytes, "A.2"), 0x123);
    assert_int_equal(lone_get(&outer, bytes, "A.1"), 0xfff);
    assert_int_equal(lone_get(&outer, bytes, "A.3"), 0xfff);
    assert_int_equal(lone_bits_get(bytes, 20, 12), 0x123);
    lone_set(&outer, bytes, "P.1.IN.0.HIGH", 0);
    assert_int_equal(bytes[12], 0x0f);
    lone_set(&outer, bytes, "EN", 0xfe); /* cut to its one bit */
    assert_int_equal(bytes[0], 0xfe);
    assert_int_equal(lone_get(&outer, bytes, "MODE"), 7);
    lone_set_text(&outer, bytes, "TXT", "abc");
    assert_memory_equal(bytes + 16, "abc     ", 8);
    lone_set_text(&outer, bytes, "TXT", "abcdefghij");
    assert_memory_equal(bytes + 16, "abcdefgh\xff", 9);
    lone_set_text(&outer, bytes, "ID", "abc");
    assert_memory_equal(bytes + 24, "abc\0\0\0\0\0\0\0\0\0\0\0\0\0\xff", 17);
    assert_null(lone_record_field(&outer, "A.2"));
    assert_null(lone_record_field(&outer, ""));
    assert_ptr_equal(lone_record_field(&outer, "BIG"), &outer_fields[11]);
}

/* ---- tables that are wrong ---- */

static void check_bad(const struct lone_record *bad, const char *says)
{
    struct lone_error error = {0};

    assert_int_equal(lone_record_check(bad, &error), -EINVAL);
    if (!strstr(error.text, says))
        fail_msg("\"%s\" does not say \"%s\"", error.text, says);
}

#define BAD(says, bytes, ...)                                                                    \
    do {                                                                                         \
        static const struct lone_field rows[] = {__VA_ARGS__};                                   \
        static const struct lone_record bad = {.name = "bad", .size = bytes, LONE_FIELDS(rows)}; \
        check_bad(&bad, says);                                                                   \
    } while (0)

static const struct lone_name twice[] = {{1, "one"}, {1, "uno"}, {0}};
static const struct lone_name same_word[] = {{1, "one"}, {2, "ONE"}, {0}};
static const struct lone_name too_large[] = {{0, "zero"}, {16, "sixteen"}, {0}};
static const struct lone_name blank[] = {{0, "two words"}, {0}};
static const struct lone_name equals[] = {{0, "a=b"}, {0}};
static const struct lone_name comma[] = {{0, "a,b"}, {0}};
static const struct lone_field bad_rows[] = {{"X", 0, 9, LONE_RW}};
static const struct lone_record bad_inner = {.name = "bad_inner", .size = 1, LONE_FIELDS(bad_rows)};

static void test_check(void **state)
{
    struct lone_error error = {0};

    (void)state;
    assert_int_equal(lone_record_check(&outer, &error), 0);
    BAD("bad.B overlaps another field at bit 3", 1, {"A", 0, 4}, {"B", 3, 4});
    BAD("bad.A overlaps", 2, {"B", 8, 4}, {"A", 4, 4, .count = 2});
    BAD("bad.B overlaps", 1, {"A", 0, 8}, {"B", 7, 1});
    BAD("bad.A ends outside", 1, {"A", 0, 9});
    BAD("bad.A ends outside", 1, {"A", 8, 1});
    BAD("bad.A ends outside", 1, {"A", 0, 3, .count = 3});
    BAD("bad.A ends outside", 4, {"A", 0xffffffff, 1});
    BAD("bad.A ends outside", 4, {"A", 0, 0xfffffff8, .kind = LONE_BYTES, .count = 0xffff});
    BAD("bad.A is there twice", 2, {"A", 0, 8}, {"A", 8, 8});
    BAD("bad name in row 1", 2, {"A", 0, 8}, {NULL, 8, 8});
    BAD("bad name in row 0", 1, {"", 0, 8});
    BAD("bad name in row 0", 1, {"A B", 0, 8});
    BAD("bad name in row 0", 1, {"A.B", 0, 8});
    BAD("bad name in row 0", 1, {"A=B", 0, 8});
    BAD("bad name in row 0", 1, {"A/B", 0, 8});
    BAD("bad.A has no bits", 1, {"A", 0, 0});
    BAD("without names", 1, {"A", 0, 8, .kind = LONE_ENUM});
    BAD("is there twice", 1, {"A", 0, 8, .kind = LONE_ENUM, .names = twice});
    BAD("is there twice", 1, {"A", 0, 8, .kind = LONE_ENUM, .names = same_word});
    BAD("sixteen does not fit", 1, {"A", 0, 4, .kind = LONE_ENUM, .names = too_large});
    BAD("bad name \"two words\"", 1, {"A", 0, 4, .kind = LONE_ENUM, .names = blank});
    BAD("bad name \"a=b\"", 1, {"A", 0, 4, .names = equals});
    BAD("bad name \"a,b\"", 1, {"A", 0, 4, .names = comma});
    BAD("a number of 129 bits", 32, {"A", 0, 129});
    BAD("an enumeration", 32, {"A", 0, 65, .kind = LONE_ENUM, .names = sizes});
    BAD("a UUID of 64 bits", 32, {"A", 0, 64, .kind = LONE_UUID});
    BAD("not made of whole bytes", 32, {"A", 4, 64, .kind = LONE_ASCII});
    BAD("not made of whole bytes", 32, {"A", 0, 60, .kind = LONE_BYTES});
    BAD("not made of whole bytes", 32, {"A", 1, 8, .kind = LONE_RECORD, .record = &inner});
    BAD("16 bits for a record of 1 bytes", 32, {"A", 0, 16, .kind = LONE_RECORD, .record = &inner});
    BAD("kind and record do not agree", 32, {"A", 0, 8, .kind = LONE_RECORD});
    BAD("kind and record do not agree", 32, {"A", 0, 8, .record = &inner});
    BAD("bad_inner.X ends outside", 32, {"A", 0, 8, .kind = LONE_RECORD, .record = &bad_inner});
    assert_int_equal(lone_record_check(&(struct lone_record){.name = "r", .size = 1}, &error), -EINVAL);
    assert_int_equal(lone_record_check(&(struct lone_record){.size = 1, LONE_FIELDS(bad_rows)}, &error), -EINVAL);
    assert_int_equal(lone_record_check(&(struct lone_record){.name = "r", LONE_FIELDS(bad_rows)}, NULL), -EINVAL);
    assert_int_equal(
        lone_record_check(
            &(struct lone_record){.name = "r", .size = 65, .flags = LONE_REGISTER, LONE_FIELDS(inner_fields)}, &error),
        -EINVAL);
}

/* ---- growing texts ---- */

static void test_text(void **state)
{
    struct lone_text text = {0};
    char piece[1000];

    (void)state;
    lone_text_add(&text, "%s", "");
    assert_int_equal(text.length, 0);
    assert_string_equal(text.text, "");
    for (unsigned i = 0; i < 5000; i++)
        lone_text_add(&text, "%04u", i);
    assert_int_equal(text.length, 20000);
    assert_int_equal(strlen(text.text), 20000);
    assert_memory_equal(text.text + 4 * 1234, "1234", 4);
    assert_true(text.capacity > text.length);
    memset(piece, 'p', sizeof(piece));
    lone_text_append(&text, piece, sizeof(piece));
    lone_text_append(&text, "a\0b", 3);
    assert_int_equal(text.length, 21003);
    assert_memory_equal(text.text + 21000, "a\0b\0", 4);
    lone_text_free(&text);
    assert_null(text.text);
    assert_int_equal(text.length + text.capacity, 0);
    lone_text_free(&text);
    /* Sizes around the first one and its doubles. */
    for (size_t n = 250; n < 1030; n++) {
        char many[1030];

        memset(many, 'x', sizeof(many));
        lone_text_append(&text, many, n);
        lone_text_add(&text, "%.*s", (int)n, many);
        assert_int_equal(strlen(text.text), 2 * n);
        lone_text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bits, restart_random),
        cmocka_unit_test(test_fit),
        cmocka_unit_test_setup(test_accepted, restart_random),
        cmocka_unit_test_setup(test_refused, restart_random),
        cmocka_unit_test(test_error_says),
        cmocka_unit_test_setup(test_boundaries, restart_random),
        cmocka_unit_test(test_format_sizes),
        cmocka_unit_test_setup(test_ascii, restart_random),
        cmocka_unit_test_setup(test_identifiers, restart_random),
        cmocka_unit_test_setup(test_every_field, restart_random),
        cmocka_unit_test(test_tables_are_sound),
        cmocka_unit_test(test_bits_have_both_meanings),
        cmocka_unit_test(test_assign),
        cmocka_unit_test_setup(test_assign_several, restart_random),
        cmocka_unit_test_setup(test_assign_refused, restart_random),
        cmocka_unit_test(test_assign_any),
        cmocka_unit_test(test_assign_huge),
        cmocka_unit_test(test_assign_list),
        cmocka_unit_test(test_neutral),
        cmocka_unit_test(test_neutral_array),
        cmocka_unit_test(test_explain),
        cmocka_unit_test_setup(test_views_of_all, restart_random),
        cmocka_unit_test_setup(test_truncated, restart_random),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_long_values),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_hostile_lists),
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
