/* SPDX-License-Identifier: MIT */
/* How long what is printed of a record can be, from its table alone: whoever shows it as a file has to say a size
 * before anybody has read the bytes. Every bound is from above. */
#include <string.h>

#include "spec/record.h"
#include "spec/record_internal.h"

#define LINE     32 /* indentation of the deepest record, blanks, brackets, quotes, commas */
#define QUANTITY 64 /* a number of 128 bits in decimal, or what says that it is none */

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static size_t length_of(const char *text)
{
    return text ? strlen(text) : 0;
}

static uint64_t most_in(const struct lone_record *record, const char *name)
{
    const struct lone_field *field = name ? lone_record_field(record, name) : NULL;

    return !field ? 0 : field->bits < 64 ? (1ull << field->bits) - 1 : UINT64_MAX;
}

/* The largest number that other fields can tell. */
static uint64_t most_of_sum(const struct lone_record *record, const struct lone_sum *sum)
{
    uint64_t total = add(most_in(record, sum->field), most_in(record, sum->other));

    total = times(total, sum->scale > 1 ? (uint64_t)sum->scale : 1);
    return sum->add > 0 ? add(total, (uint64_t)sum->add) : total;
}

/* Elements, or bytes of what has no elements but a length. UINT64_MAX: the table does not say. */
static uint64_t most_elements(const struct lone_record *record, const struct lone_field *field)
{
    if (field->count)
        return field->count;
    if (field->open)
        return UINT64_MAX;
    return field->counted_by.field ? most_of_sum(record, &field->counted_by) : 1;
}

/* Bits of one element. */
static uint64_t most_bits(const struct lone_record *record, const struct lone_field *field)
{
    if (record->tlv.header && field->tag)
        return UINT8_MAX * 8;
    return field->bits ? field->bits : times(most_elements(record, field), 8);
}

static uint64_t most_value(const struct lone_field *field, uint64_t bits)
{
    switch (field->kind) {
    case LONE_ASCII:
        return times(bits / 8, 4);
    case LONE_BYTES:
    case LONE_UUID:
    case LONE_EUI:
    case LONE_EUI_LE:
        return times(bits / 8, 3);
    default:
        return 2 + bits / 4 + 1;
    }
}

uint64_t lone_field_most(const struct lone_record *record, const struct lone_field *field)
{
    return most_value(field, most_bits(record, field));
}

static uint64_t text_of_record(const struct lone_record *record);
static uint64_t json_of_record(const struct lone_record *record);

/* As lone_field_explain() does. */
static uint64_t most_explained(const struct lone_field *field)
{
    uint64_t most = QUANTITY + length_of(field->unit);

    for (const struct lone_name *row = field->names; row && row->name; row++) {
        uint64_t length = length_of(row->name) + length_of(row->meaning);

        most = length > most ? length : most;
    }
    return most;
}

static uint64_t text_of_element(const struct lone_record *record, const struct lone_field *field)
{
    uint64_t line = LINE + length_of(field->name) + length_of(field->meaning), value;

    if (field->kind == LONE_RECORD)
        return add(line + length_of(field->record->title), text_of_record(field->record));
    value = lone_field_most(record, field);
    return line + (value < LONE_WIDEST ? value : LONE_WIDEST) + most_explained(field);
}

/* The backslash of \xNN is escaped once more. */
static uint64_t json_of_element(const struct lone_record *record, const struct lone_field *field)
{
    if (field->kind == LONE_RECORD)
        return add(2 * LINE, json_of_record(field->record));
    return add(LINE, times(lone_field_most(record, field), field->kind == LONE_ASCII ? 2 : 1));
}

static uint64_t of_fields(const struct lone_record *record,
                          uint64_t (*element)(const struct lone_record *, const struct lone_field *), uint64_t name)
{
    uint64_t total = LINE;

    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        uint64_t n = lone_field_is_array(field) ? most_elements(record, field) : 1;

        total = add(total, add(times(n, element(record, field)), name * (LINE + length_of(field->name))));
    }
    return total;
}

static uint64_t text_of_record(const struct lone_record *record)
{
    return of_fields(record, text_of_element, 0);
}

static uint64_t json_of_record(const struct lone_record *record)
{
    return of_fields(record, json_of_element, 1);
}

uint64_t lone_record_text_most(const struct lone_record *record)
{
    return add(2 * LONE_WIDEST, text_of_record(record)); /* the last line may say what is left out */
}

uint64_t lone_record_json_most(const struct lone_record *record)
{
    return add(4 * LINE + length_of(record->name), json_of_record(record));
}
