/* SPDX-License-Identifier: MIT */
/* Bits to text: the one form in which a field is printed, and the record as a page for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "spec/record.h"
#include "spec/record_internal.h"

/* A text of fixed size that drops what does not fit and still counts it, like snprintf. */
struct sink {
    char *text;
    size_t size, length;
};

static void put(struct sink *sink, char c)
{
    if (sink->length + 1 < sink->size)
        sink->text[sink->length] = c;
    sink->length++;
}

static size_t finish(struct sink *sink)
{
    if (sink->size)
        sink->text[sink->length < sink->size ? sink->length : sink->size - 1] = 0;
    return sink->length;
}

static const char hex_digits[] = "0123456789abcdef";

static void put_hex_byte(struct sink *sink, uint8_t byte)
{
    put(sink, hex_digits[byte >> 4]);
    put(sink, hex_digits[byte & 15]);
}

static void put_number(struct sink *sink, lone_number value)
{
    char digits[32];
    unsigned n = 0;

    do {
        digits[n++] = hex_digits[(unsigned)(value & 15)];
        value >>= 4;
    } while (value);
    put(sink, '0');
    put(sink, 'x');
    while (n)
        put(sink, digits[--n]);
}

/* Padding is spaces or zeros at the end; what is left is printed, with \xNN for everything that a terminal might obey.
 * The backslash itself is escaped too, so that the form can be read back without doubt. */
static void put_ascii(struct sink *sink, const uint8_t *bytes, size_t length)
{
    while (length && (bytes[length - 1] == ' ' || bytes[length - 1] == 0))
        length--;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] >= 0x20 && bytes[i] <= 0x7e && bytes[i] != '\\') {
            put(sink, (char)bytes[i]);
        } else {
            put(sink, '\\');
            put(sink, 'x');
            put_hex_byte(sink, bytes[i]);
        }
    }
}

static void put_bytes(struct sink *sink, enum lone_kind kind, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (((kind == LONE_EUI || kind == LONE_EUI_LE) && i) ||
            (kind == LONE_UUID && (i == 4 || i == 6 || i == 8 || i == 10)))
            put(sink, '-');
        put_hex_byte(sink, bytes[kind == LONE_EUI_LE ? length - 1 - i : i]);
    }
}

size_t lone_field_format(const struct lone_field *field, const uint8_t *bytes, int64_t at, char *text, size_t size)
{
    struct sink sink = {text, size, 0};
    const uint8_t *start = bytes + at / 8;

    switch (field->kind) {
    case LONE_ASCII:
        put_ascii(&sink, start, field->bits / 8);
        break;
    case LONE_BYTES:
    case LONE_UUID:
    case LONE_EUI:
    case LONE_EUI_LE:
        put_bytes(&sink, field->kind, start, field->bits / 8);
        break;
    default:
        put_number(&sink, lone_bits_get(start, (uint32_t)(at % 8), field->bits));
    }
    return finish(&sink);
}

/* Decimal digits of a number of up to 128 bits, which printf does not have. */
static const char *decimal(lone_number value, char buffer[40])
{
    char *digit = buffer + 39;

    *digit = 0;
    do {
        *--digit = (char)('0' + (unsigned)(value % 10));
        value /= 10;
    } while (value);
    return digit;
}

static void explain_quantity(lone_number quantity, const char *unit, char *text, size_t size)
{
    char digits[40];
    bool one = quantity == 1 && unit && strlen(unit) > 3;
    size_t length = unit ? strlen(unit) : 0;

    /* "1 entries" reads badly; units are written in the plural in the tables. */
    if (one && !strcmp(unit, "entries"))
        snprintf(text, size, "1 entry");
    else if (one && unit[length - 1] == 's')
        snprintf(text, size, "1 %.*s", (int)length - 1, unit);
    else
        snprintf(text, size, "%s%s%s", decimal(quantity, digits), unit ? " " : "", unit ? unit : "");
}

/* A counter of 128 bits in units of many bytes may be more than 128 bits: then as what it is. */
static void explain_product(lone_number value, lone_number scale, const char *unit, char *text, size_t size)
{
    lone_number product;
    char digits[40];

    if (!__builtin_mul_overflow(value, scale, &product))
        explain_quantity(product, unit, text, size);
    else
        snprintf(text, size, "%s × %" PRIu64 "%s%s", decimal(value, digits), (uint64_t)scale, unit ? " " : "",
                 unit ? unit : "");
}

static const struct lone_name *name_of(const struct lone_field *field, lone_number value)
{
    for (const struct lone_name *row = field->names; row && row->name; row++)
        if (row->value == value)
            return row;
    return NULL;
}

void lone_field_explain(const struct lone_field *field, const uint8_t *bytes, int64_t at, char *text, size_t size)
{
    lone_number value, scale = field->scale ? field->scale : 1;
    const struct lone_name *name;

    text[0] = 0;
    if (lone_kind_is_text(field->kind) || field->kind == LONE_RECORD)
        return;
    value = lone_bits_get(bytes + at / 8, (uint32_t)(at % 8), field->bits);
    name = name_of(field, value);
    if (name) {
        snprintf(text, size, "%s%s%s", name->name, name->meaning ? ": " : "", name->meaning ? name->meaning : "");
        return;
    }
    switch (field->kind) {
    case LONE_ENUM:
        snprintf(text, size, "Reserved");
        break;
    case LONE_ZERO_BASED:
        explain_quantity((value + 1) * scale, field->unit, text, size);
        break;
    case LONE_POW2:
        if (value < 64 && scale <= UINT64_MAX)
            explain_quantity(((lone_number)1 << value) * scale, field->unit, text, size);
        else
            snprintf(text, size, "2^%u × %" PRIu64 "%s%s", (unsigned)value, (uint64_t)scale, field->unit ? " " : "",
                     field->unit ? field->unit : "");
        break;
    case LONE_TEMPERATURE:
        if (value || field->access != LONE_RO) /* a threshold of 0 is one of 0 K */
            snprintf(text, size, "%d °C", (int)value - 273);
        else
            snprintf(text, size, "not reported");
        break;
    case LONE_ADDRESS:
        if (scale > 1)
            snprintf(text, size, "at 0x%" PRIx64, (uint64_t)(value * scale));
        break;
    default:
        if (field->unit)
            explain_product(value, scale, field->unit, text, size);
    }
}

struct page {
    struct lone_text *text;
    const uint8_t *bytes;
    size_t length;
    const uint8_t *present; /* NULL: all */
    unsigned shown;         /* fields and elements */
    bool cut;
};

bool lone_was_read(const uint8_t *present, int64_t at, uint32_t bits)
{
    for (int64_t byte = at / 8; present && byte * 8 < at + bits; byte++)
        if (!present[byte])
            return false;
    return true;
}

/* @indent, then @name padded so that values stand in one column; long names push their own line only. */
static void add_name(struct page *page, unsigned indent, const char *name)
{
    int width = 14 - (int)indent;

    lone_text_add(page->text, "%*s%-*s ", (int)indent, "", width > 0 ? width : 0, name);
}

/* Without blanks behind the last word. */
static void end_line(struct page *page)
{
    while (page->text->length && page->text->text[page->text->length - 1] == ' ')
        page->text->text[--page->text->length] = 0;
    lone_text_add(page->text, "\n");
}

static void add_leaf(struct page *page, const struct lone_field *field, const char *name, const uint8_t *bytes,
                     int64_t at, unsigned indent)
{
    char value[LONE_WIDEST + 8], meaning[160];
    const char *separator;

    add_name(page, indent, name);
    if (!lone_was_read(page->present ? page->present + (bytes - page->bytes) : NULL, at, field->bits)) {
        lone_text_add(page->text, "%-10s %s (not read)\n", "-", field->meaning ? field->meaning : "");
        return;
    }
    lone_field_explain(field, bytes, at, meaning, sizeof(meaning));
    if (lone_field_format(field, bytes, at, value, sizeof(value)) > LONE_WIDEST)
        strcpy(value + LONE_WIDEST - 3, "...");
    separator = field->meaning && meaning[0] ? ": " : "";
    lone_text_add(page->text, "%-10s %s%s%s", value, field->meaning ? field->meaning : "", separator, meaning);
    end_line(page);
}

static void add_record(struct page *page, const struct lone_record *record, const uint8_t *bytes, size_t length,
                       unsigned indent);

static void add_nested(struct page *page, const struct lone_field *field, const char *name, const uint8_t *bytes,
                       struct lone_place at, unsigned indent)
{
    const struct lone_record *record = field->record;
    const uint8_t *start = bytes + at.bit / 8;
    const uint8_t *present = page->present ? page->present + (start - page->bytes) : NULL;
    const char *title = record->title ? record->title : field->meaning;

    add_name(page, indent, name);
    if (record->size <= 8 && !lone_varies(field)) {
        char value[24] = "-";
        struct lone_field whole = {.name = name, .bits = record->size * 8};

        if (lone_was_read(present, 0, record->size * 8))
            lone_field_format(&whole, start, 0, value, sizeof(value));
        lone_text_add(page->text, "%-10s ", value);
    }
    lone_text_add(page->text, "%s", title ? title : "");
    end_line(page);
    add_record(page, record, start, at.bits / 8, indent + 2);
}

static void add_field(struct page *page, const struct lone_record *record, const struct lone_field *field,
                      const uint8_t *bytes, size_t length, unsigned indent)
{
    struct lone_walk walk;
    bool there = lone_walk_begin(&walk, record, field, bytes, length, false);
    uint64_t most = there ? lone_walk_shown(&walk) : 0;
    char name[80];

    for (; there && walk.element < most; there = lone_walk_next(&walk)) {
        struct lone_field sized = lone_field_sized(field, walk.at.bits);

        page->cut = page->shown == LONE_SHOWN_MAX;
        if (page->cut)
            return;
        page->shown++;
        if (lone_field_is_array(field))
            snprintf(name, sizeof(name), "%s/%" PRIu64, field->name, field->first + walk.element);
        else
            snprintf(name, sizeof(name), "%s", field->name);
        if (field->kind == LONE_RECORD)
            add_nested(page, field, name, bytes, walk.at, indent);
        else
            add_leaf(page, &sized, name, bytes, (int64_t)walk.at.bit, indent);
    }
}

static void add_record(struct page *page, const struct lone_record *record, const uint8_t *bytes, size_t length,
                       unsigned indent)
{
    for (size_t i = 0; i < record->n_fields && !page->cut; i++)
        add_field(page, record, &record->fields[i], bytes, length, indent);
}

void lone_record_text(const struct lone_record *record, const uint8_t *bytes, size_t length, const uint8_t *present,
                      struct lone_text *text)
{
    struct page page = {.text = text, .bytes = bytes, .length = length, .present = present};
    uint64_t extent = lone_record_extent(record, bytes, length);

    add_record(&page, record, bytes, length, 0);
    if (page.cut)
        lone_text_add(text, "(cut: these were %u fields, there are more: raw has all)\n", page.shown);
    if (length < extent)
        lone_text_add(text, "(ends after %zu of %" PRIu64 " bytes)\n", length, extent);
}
