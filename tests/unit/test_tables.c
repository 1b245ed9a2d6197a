/* SPDX-License-Identifier: MIT */
/*
 * Every field of every table, written by its path from the whole record and read back: the smallest value, the largest,
 * and patterns between. This file works out for itself which bits these are and how they are printed; neither the bits
 * around nor the text may differ from that. Only where other bytes tell a field's place is lone_field_place() asked for
 * it (unit/test_layout.c holds that against bytes laid out by hand).
 */
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../fuzz/tables.h"
#include "spec/record.h"

#define ELEMENTS 6000u                       /* bytes for these, where their number may vary */
#define ROOM     (TABLE_SIZE_MAX + ELEMENTS) /* for the bytes of a record */
#define TOLD     4u                          /* elements, where the bytes tell their number */
#define TEXT_MAX (4 * ROOM + 256)            /* a byte takes at most "\xNN" */

/* A leaf on its way from the root: where it is, and how a user names it. */
struct leaf {
    const struct lone_record *root;
    const struct lone_field *field;
    size_t bit, bits;
    char path[160];
};

static size_t n_leaves, n_told, n_too_large, n_values;

/* ---- bits, the slow and plain way ---- */

static unsigned bit_of(const uint8_t *bytes, size_t bit)
{
    return bytes[bit / 8] >> bit % 8 & 1;
}

static void set_bit(uint8_t *bytes, size_t bit, unsigned value)
{
    bytes[bit / 8] = (uint8_t)((bytes[bit / 8] & ~(1u << bit % 8)) | value << bit % 8);
}

static uint32_t noise_state = 1;

static uint8_t noise(void)
{
    noise_state = noise_state * 1664525u + 1013904223u;
    return (uint8_t)(noise_state >> 24);
}

/* ---- values and their one form ---- */

enum pattern { SMALLEST, LARGEST, ONE, EVEN, ODD, ANY, PATTERNS };

static unsigned pattern_bit(enum pattern pattern, size_t i)
{
    switch (pattern) {
    case SMALLEST:
        return 0;
    case LARGEST:
        return 1;
    case ONE:
        return i == 0;
    case EVEN:
        return i % 2 == 0;
    case ODD:
        return i % 2;
    default:
        return noise() & 1;
    }
}

/* The value's bits from bit 0 of @value on. Text ends in spaces: those are its padding, whatever stood there. */
static void make_value(const struct leaf *leaf, enum pattern pattern, uint8_t *value)
{
    memset(value, 0, leaf->bits / 8 + 1);
    for (size_t i = 0; i < leaf->bits; i++)
        set_bit(value, i, pattern_bit(pattern, i));
    if (leaf->field->kind == LONE_ASCII)
        for (size_t n = leaf->bits / 8; n && (!value[n - 1] || value[n - 1] == ' '); n--)
            value[n - 1] = ' ';
}

static void form_number(const uint8_t *value, size_t bits, char *text)
{
    size_t digits = (bits + 3) / 4, length = 2;

    strcpy(text, "0x");
    for (size_t i = digits; i--;) {
        unsigned digit = 0;

        for (size_t k = 0; k < 4 && i * 4 + k < bits; k++)
            digit |= bit_of(value, i * 4 + k) << k;
        if (digit || length > 2 || !i)
            text[length++] = "0123456789abcdef"[digit];
    }
    text[length] = 0;
}

static void form_text(const uint8_t *value, size_t bytes, char *text)
{
    while (bytes && value[bytes - 1] == ' ')
        bytes--;
    *text = 0;
    for (size_t i = 0; i < bytes; i++) {
        bool plain = value[i] >= ' ' && value[i] < 0x7f && value[i] != '\\';

        text += sprintf(text, plain ? "%c" : "\\x%02x", value[i]);
    }
}

static void form_bytes(const uint8_t *value, size_t bytes, enum lone_kind kind, char *text)
{
    *text = 0;
    for (size_t i = 0; i < bytes; i++) {
        bool pairs = kind == LONE_EUI || kind == LONE_EUI_LE;
        bool dash = (pairs && i) || (kind == LONE_UUID && (i == 4 || i == 6 || i == 8 || i == 10));

        text += sprintf(text, "%s%02x", dash ? "-" : "", value[kind == LONE_EUI_LE ? bytes - 1 - i : i]);
    }
}

static void form(const struct leaf *leaf, const uint8_t *value, char *text)
{
    switch (leaf->field->kind) {
    case LONE_ASCII:
        form_text(value, leaf->bits / 8, text);
        break;
    case LONE_BYTES:
    case LONE_UUID:
    case LONE_EUI:
    case LONE_EUI_LE:
        form_bytes(value, leaf->bits / 8, leaf->field->kind, text);
        break;
    default:
        form_number(value, leaf->bits, text);
    }
}

/* ---- one leaf ---- */

static uint8_t before[ROOM], after[ROOM], value[ROOM];
static char text[TEXT_MAX], request[TEXT_MAX + 256];

static void check_after(const struct leaf *leaf, size_t room, const char *written)
{
    size_t first = leaf->bit / 8, end = (leaf->bit + leaf->bits + 7) / 8;

    for (size_t bit = first * 8; bit < end * 8; bit++) {
        bool inside = bit >= leaf->bit && bit < leaf->bit + leaf->bits;

        if (bit_of(after, bit) != (inside ? bit_of(value, bit - leaf->bit) : bit_of(before, bit)))
            fail_msg("%s %s=%.80s: bit %zu of bits %zu to %zu", leaf->root->name, leaf->path, written, bit, leaf->bit,
                     leaf->bit + leaf->bits - 1);
    }
    if (memcmp(after, before, first) || memcmp(after + end, before + end, room - end))
        fail_msg("%s %s=%.80s: bytes beside %zu to %zu", leaf->root->name, leaf->path, written, first, end - 1);
}

static void check_read(const struct leaf *leaf)
{
    static char printed[TEXT_MAX];
    struct lone_field sized = lone_field_sized(leaf->field, leaf->bits);
    size_t length = lone_field_format(&sized, after, (int64_t)leaf->bit, printed, sizeof(printed));

    if (length != strlen(text) || strcmp(printed, text))
        fail_msg("%s %s: printed as %.80s, not %.80s", leaf->root->name, leaf->path, printed, text);
}

/* Writes @written by its path and by the field itself; both must do the same, and just that. */
static void write_and_check(const struct leaf *leaf, size_t room, const char *written)
{
    struct lone_field sized = lone_field_sized(leaf->field, leaf->bits);
    struct lone_error error;

    memcpy(after, before, room);
    if (lone_field_parse(&sized, after, (int64_t)leaf->bit, written, strlen(written), &error))
        fail_msg("%s %s=%.80s: %s", leaf->root->name, leaf->path, written, error.text);
    check_after(leaf, room, written);
    n_values++;
    if (strchr(written, ' ') || !*written) /* no word of an assignment */
        return;
    memcpy(after, before, room);
    sprintf(request, "%s=%s", leaf->path, written);
    if (lone_record_assign_sized(leaf->root, after, room, request, strlen(request), true, NULL, &error))
        fail_msg("%s: %.160s: %s", leaf->root->name, request, error.text);
    check_after(leaf, room, written);
    check_read(leaf);
}

static void check_decimal(const struct leaf *leaf, size_t room)
{
    uint64_t number = 0;
    char decimal[24];

    for (size_t i = 0; i < leaf->bits; i++)
        number |= (uint64_t)bit_of(value, i) << i;
    sprintf(decimal, "%llu", (unsigned long long)number);
    write_and_check(leaf, room, decimal);
}

static void check_words(const struct leaf *leaf, size_t room)
{
    for (const struct lone_name *row = leaf->field->names; row && row->name; row++) {
        memset(value, 0, 16);
        for (size_t i = 0; i < leaf->bits && i < 64; i++)
            set_bit(value, i, row->value >> i & 1);
        form(leaf, value, text);
        write_and_check(leaf, room, row->name);
    }
}

static bool is_text(const struct lone_field *field)
{
    return field->kind == LONE_ASCII || field->kind == LONE_BYTES || field->kind == LONE_UUID ||
           field->kind == LONE_EUI || field->kind == LONE_EUI_LE;
}

static void check_leaf(const struct leaf *leaf, size_t room)
{
    if (leaf->bit + leaf->bits > room * 8)
        fail_msg("%s %s: no room for bits %zu to %zu", leaf->root->name, leaf->path, leaf->bit, leaf->bit + leaf->bits);
    n_leaves++;
    for (enum pattern pattern = 0; pattern < PATTERNS; pattern++) {
        make_value(leaf, pattern, value);
        form(leaf, value, text);
        write_and_check(leaf, room, text);
        if (!is_text(leaf->field) && leaf->bits <= 64)
            check_decimal(leaf, room);
    }
    check_words(leaf, room);
}

/* ---- all leaves ---- */

/* @start: bit offset of @record's copy in the root's; @end: the byte where it ends; @room: bytes in all. */
static void walk(const struct lone_record *root, const struct lone_record *record, size_t start, size_t end,
                 size_t room, const char *path);

static void visit(const struct lone_record *root, const struct lone_field *field, size_t bit, size_t bits, size_t end,
                  size_t room, const char *path)
{
    struct leaf leaf = {root, field, bit, bits, ""};

    snprintf(leaf.path, sizeof(leaf.path), "%s", path);
    if (field->kind != LONE_RECORD)
        check_leaf(&leaf, room);
    else if (field->record->flags & LONE_VARIABLE && !field->record->length.field) /* grows as its elements are told */
        walk(root, field->record, bit, end, room, path);
    else
        walk(root, field->record, bit, (bit + bits) / 8, room, path);
}

/* Writes into the field called @name, which tells an extent or a place. */
static void tell(const struct lone_record *record, size_t start, const char *name, uint64_t number)
{
    const struct lone_field *field = name ? lone_record_field(record, name) : NULL;

    for (size_t i = 0; field && i < field->bits; i++)
        set_bit(before, start + field->bit + i, i < 64 ? number >> i & 1 : 0);
}

/* What the bytes tell: TOLD elements, or bytes, of each kind, right behind the fixed part; as long as there is room. */
static void tell_all(const struct lone_record *record, size_t start, size_t end)
{
    size_t room = end - start / 8;

    for (size_t i = 0; i < record->n_fields; i++) {
        tell(record, start, record->fields[i].counted_by.field, TOLD);
        tell(record, start, record->fields[i].counted_by.other, 0);
        tell(record, start, record->fields[i].start.field, record->size);
        tell(record, start, record->fields[i].start.other, 0);
        tell(record, start, record->fields[i].when, record->fields[i].is);
    }
    if (record->length.other) /* the first one is the place of something */
        tell(record, start, record->length.other, room - record->size - (size_t)record->length.add);
    else
        tell(record, start, record->length.field, room - (size_t)record->length.add);
}

/* Do bytes of the record tell where it is or how large? An array that is only counted stands where its row says. */
static bool is_told(const struct lone_field *field)
{
    return field->start.field || field->after || !field->bits ||
           (field->kind == LONE_RECORD && field->record->flags & LONE_VARIABLE);
}

static void visit_told(const struct lone_record *root, const struct lone_record *record, const struct lone_field *field,
                       size_t start, size_t end, size_t room, const char *path)
{
    struct lone_place place;
    int result = lone_field_place(record, field, 0, before + start / 8, end - start / 8, true, &place);

    if (!result && field->kind == LONE_RECORD) {
        tell_all(field->record, start + place.bit, end);
        result = lone_field_place(record, field, 0, before + start / 8, end - start / 8, true, &place);
    }
    if (result && field->counted_by.scale > room) {
        n_too_large++;
        return;
    }
    if (result)
        fail_msg("%s %s has no place", root->name, path);
    n_told++;
    visit(root, field, start + place.bit, place.bits, end, room, path);
}

static void visit_elements(const struct lone_record *root, const struct lone_field *field, size_t start, size_t end,
                           size_t room, const char *path)
{
    size_t first = start + field->bit, fits = end * 8 > first ? (end * 8 - first) / field->bits : 0, count = fits;
    char element[192];

    if (field->count || field->counted_by.field)
        count = field->count ? field->count : TOLD;
    if (!count || count > fits)
        fail_msg("%s %s: no room for an element", root->name, path);
    for (size_t k = 0; k < count; k = k < count - 1 ? count - 1 : count) { /* the first and the last */
        snprintf(element, sizeof(element), "%s.%zu", path, field->first + k);
        visit(root, field, first + k * field->bits, field->bits, end, room, element);
    }
}

/* An element of its type at the start of the list is enough to stand somewhere. */
static void visit_tagged(const struct lone_record *root, const struct lone_field *field, const char *path)
{
    memset(before, 0, ROOM);
    before[root->tlv.type_byte] = (uint8_t)field->tag;
    before[root->tlv.length_byte] = (uint8_t)(field->bits / 8);
    visit(root, field, root->tlv.header * 8u + field->bit, field->bits, root->size, root->size, path);
}

static void walk(const struct lone_record *root, const struct lone_record *record, size_t start, size_t end,
                 size_t room, const char *path)
{
    char name[160];

    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];

        snprintf(name, sizeof(name), "%s%s%s", path, *path ? "." : "", field->name);
        tell(record, start, field->when, field->is);
        if (record->tlv.header) {
            assert_ptr_equal(record, root);
            visit_tagged(root, field, name);
        } else if (is_told(field)) {
            if (lone_field_is_array(field))
                snprintf(name + strlen(name), sizeof(name) - strlen(name), ".%u", field->first);
            visit_told(root, record, field, start, end, room, name);
        } else if (lone_field_is_array(field)) {
            visit_elements(root, field, start, end, room, name);
        } else {
            visit(root, field, start + field->bit, field->bits, end, room, name);
        }
    }
}

static void test_every_field(void **state)
{
    size_t n;
    const struct lone_record *const *tables = all_tables(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        size_t room = tables[i]->size + (tables[i]->flags & LONE_VARIABLE ? ELEMENTS : 0);

        assert_true(room <= ROOM);
        for (size_t k = 0; k < ROOM; k++)
            before[k] = tables[i]->flags & LONE_VARIABLE ? 0 : noise();
        tell_all(tables[i], 0, room);
        walk(tables[i], tables[i], 0, room, room, "");
    }
    print_message("%zu tables: %zu fields, %zu of them where bytes tell, %zu values\n", n, n_leaves, n_told, n_values);
    assert_true(n > 150 && n_leaves > 2000 && n_told > 20);
    assert_int_equal(n_too_large, 1); /* a boot partition's data comes in pieces of 128 KiB */
}

/* The page and the JSON of a record, @length bytes of it, are within what the table says, and that is not far off. */
static void hold_to_most(const struct lone_record *record, size_t length, uint64_t *close)
{
    struct json_object *object = lone_record_json(record, before, length, NULL);
    uint64_t json = strlen(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY)) + 1;
    struct lone_text page = {0};

    lone_record_text(record, before, length, NULL, &page);
    if (page.length > lone_record_text_most(record) || json > lone_record_json_most(record))
        fail_msg("%s: page %zu of %llu, JSON %llu of %llu", record->name, page.length,
                 (unsigned long long)lone_record_text_most(record), (unsigned long long)json,
                 (unsigned long long)lone_record_json_most(record));
    *close += page.length * 8 > lone_record_text_most(record);
    lone_text_free(&page);
    json_object_put(object);
}

static void test_most(void **state)
{
    static const uint8_t fills[] = {0x00, 0xff, '\\', '"', 0x01, 0x7f};
    uint64_t close = 0, fixed = 0;
    size_t n;
    const struct lone_record *const *tables = all_tables(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        bool varies = tables[i]->flags & LONE_VARIABLE;
        uint64_t hits = 0;

        for (size_t f = 0; f <= LONE_COUNT(fills); f++) {
            for (size_t k = 0; k < ROOM; k++)
                before[k] = f < LONE_COUNT(fills) ? fills[f] : noise();
            hold_to_most(tables[i], tables[i]->size + (varies ? ELEMENTS : 0), &hits);
        }
        fixed += !varies;
        close += !varies && hits;
    }
    assert_true(close * 10 > fixed * 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_field), cmocka_unit_test(test_most)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
