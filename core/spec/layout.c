/* SPDX-License-Identifier: MIT */
/*
 * Where fields stand, in records whose own bytes tell it: numbers of elements, lengths, types. All of them are hostile.
 * Sums are cut to a bound, every step through elements moves on by at least their fixed part, and nothing is looked at
 * beyond the bytes that there are; how deep records nest is up to the tables.
 */
#include <errno.h>

#include "spec/record.h"
#include "spec/record_internal.h"

#define BOUND (1ull << 40) /* larger than any data; times the width of an element it still fits into 64 bits */
#define FAR   (1ull << 51) /* no field ends behind this bit */

bool lone_field_is_array(const struct lone_field *field)
{
    return field->count || ((field->counted_by.field || field->open) && field->bits);
}

bool lone_varies(const struct lone_field *field)
{
    return field->record && field->record->flags & LONE_VARIABLE;
}

struct lone_field lone_field_sized(const struct lone_field *field, uint64_t bits)
{
    struct lone_field sized = *field;

    sized.bits = (uint32_t)(bits < UINT32_MAX ? bits : UINT32_MAX & ~7u);
    return sized;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The number in a field at a fixed place; false when @bytes end before it. */
static bool number_of(const struct lone_record *record, const char *name, const uint8_t *bytes, uint64_t length,
                      uint64_t *number)
{
    const struct lone_field *field = lone_record_field(record, name);

    if (!field || (uint64_t)field->bit + field->bits > length * 8)
        return false;
    *number = (uint64_t)lone_bits_get(bytes, field->bit, field->bits);
    return true;
}

static bool is_all_ones(const struct lone_record *record, const char *name, uint64_t number)
{
    return number == UINT64_MAX >> (64 - lone_record_field(record, name)->bits);
}

static bool sum_of(const struct lone_record *record, const struct lone_sum *sum, const uint8_t *bytes, uint64_t length,
                   uint64_t *value)
{
    uint64_t number, other = 0, total;
    int64_t signed_total;

    if (!number_of(record, sum->field, bytes, length, &number) ||
        (sum->other && !number_of(record, sum->other, bytes, length, &other)))
        return false;
    if (sum->but_ones && is_all_ones(record, sum->field, number))
        number = 0;
    total = least(number, BOUND) + least(other, BOUND);
    signed_total = (int64_t)least(total, BOUND / (sum->scale ? sum->scale : 1)) * (sum->scale ? sum->scale : 1);
    signed_total += sum->add;
    *value = signed_total < 0 ? 0 : least((uint64_t)signed_total, BOUND);
    return true;
}

/* Walks a list of types, lengths and values; every step moves on by at least a header, so hostile bytes end it too. */
static int64_t locate_tag(const struct lone_tlv *tlv, uint16_t tag, const uint8_t *bytes, uint64_t length,
                          uint64_t *value)
{
    uint64_t at = 0;

    while (at + tlv->header <= length) {
        uint8_t type = bytes[at + tlv->type_byte], size = bytes[at + tlv->length_byte];

        if (!type || !size || size > length - at - tlv->header)
            break;
        if (type == tag) {
            *value = size;
            return (int64_t)(at + tlv->header) * 8;
        }
        at += (uint64_t)tlv->header + size;
    }
    return -ENODATA;
}

static bool is_there(const struct lone_record *record, const struct lone_field *field, const uint8_t *bytes,
                     uint64_t length)
{
    uint64_t value;

    return !field->when ||
           (number_of(record, field->when, bytes, length, &value) && (value == field->is) != field->is_not);
}

/* How many elements (bytes, of a string of variable length) there are, as far as @bytes tell. */
static uint64_t count_of(const struct lone_record *record, const struct lone_field *field, const uint8_t *bytes,
                         uint64_t length, bool beyond)
{
    uint64_t most = field->count ? field->count : BOUND, n = 0;

    if (!lone_field_is_array(field) && field->bits)
        return 1;
    if (!field->counted_by.field || (beyond && field->bits))
        return most;
    return sum_of(record, &field->counted_by, bytes, length, &n) ? least(n, most) : 0;
}

static uint64_t field_end(const struct lone_record *record, const struct lone_field *field, const uint8_t *bytes,
                          uint64_t length);

/* The bit at which @field begins, whether it is there or not; false when @bytes do not tell. */
static bool field_start(const struct lone_record *record, const struct lone_field *field, const uint8_t *bytes,
                        uint64_t length, uint64_t *bit)
{
    const struct lone_field *before = field->after ? lone_record_field(record, field->after) : NULL;
    uint64_t byte = 0;

    if (field->start.field && !sum_of(record, &field->start, bytes, length, &byte))
        return false;
    *bit = field->bit + (before ? field_end(record, before, bytes, length) : byte * 8);
    return true;
}

/* The bit at which the elements of @field end that follow each other packed; they are @n. */
static uint64_t packed_end(const struct lone_record *record, const struct lone_field *field, const uint8_t *bytes,
                           uint64_t length, uint64_t start, uint64_t n)
{
    struct lone_walk walk;
    uint64_t end = start;

    for (bool there = lone_walk_begin(&walk, record, field, bytes, length, false); there;
         there = lone_walk_next(&walk), n--) {
        uint64_t byte = walk.at.bit / 8;

        end = walk.at.bit + walk.at.bits;
        /* One that may have been cut is measured once more: for every one, the cost would double with each level. */
        if (end == walk.length * 8)
            end = walk.at.bit + lone_record_extent(field->record, bytes + byte, walk.length - byte) * 8;
    }
    /* Those that are not there have at least their fixed part. */
    return end + n * field->bits;
}

/* The bit at which @field ends, by what the bytes claim: perhaps behind them. Empty when it is not there. */
static uint64_t field_end(const struct lone_record *record, const struct lone_field *field, const uint8_t *bytes,
                          uint64_t length)
{
    uint64_t start, n;

    if (!field_start(record, field, bytes, length, &start))
        return 0;
    if (!is_there(record, field, bytes, length))
        return start;
    if (field->open)
        return start > length * 8 ? start : length * 8;
    n = count_of(record, field, bytes, length, false);
    if (lone_varies(field))
        return least(packed_end(record, field, bytes, length, start, n), FAR);
    return least(start + n * (field->bits ? field->bits : 8), FAR);
}

uint64_t lone_record_extent(const struct lone_record *record, const uint8_t *bytes, size_t length)
{
    uint64_t extent = record->size, told;

    if (!(record->flags & LONE_VARIABLE))
        return extent;
    if (record->length.field)
        return sum_of(record, &record->length, bytes, length, &told) && told > extent ? told : extent;
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];

        if (field->open || field->counted_by.field || field->after || field->start.field || lone_varies(field)) {
            told = (field_end(record, field, bytes, length) + 7) / 8;
            extent = told > extent ? told : extent;
        }
    }
    return extent;
}

/* Is there room for the element at walk->at.bit? Then how wide is it? */
static bool settle(struct lone_walk *walk)
{
    const struct lone_field *field = walk->field;
    uint64_t end = walk->length * 8, byte = walk->at.bit / 8;

    if (walk->element >= walk->count || walk->at.bit > end || field->bits > end - walk->at.bit)
        return false;
    walk->at.bits = field->bits;
    if (lone_varies(field))
        walk->at.bits =
            least(lone_record_extent(field->record, walk->bytes + byte, walk->length - byte) * 8, end - walk->at.bit);
    return true;
}

/* A string of variable length is one element, as long as it is told to be. */
static bool settle_string(struct lone_walk *walk, uint64_t n)
{
    uint64_t end = walk->length * 8;

    if (walk->at.bit > end)
        return false;
    walk->at.bits = walk->field->open ? end - walk->at.bit : n * 8;
    return walk->at.bits <= end - walk->at.bit;
}

bool lone_walk_begin(struct lone_walk *walk, const struct lone_record *record, const struct lone_field *field,
                     const uint8_t *bytes, size_t length, bool beyond)
{
    uint64_t told;

    *walk = (struct lone_walk){.field = field, .bytes = bytes, .length = length};
    if (record->tlv.header) {
        int64_t at = locate_tag(&record->tlv, field->tag, bytes, length, &told);

        if (at < 0)
            return false;
        walk->length = (uint64_t)at / 8 + told;
        walk->at.bit = (uint64_t)at + field->bit;
        walk->count = 1;
        return settle(walk);
    }
    if (record->length.field && sum_of(record, &record->length, bytes, length, &told))
        walk->length = least(length, told > record->size ? told : record->size);
    if ((!beyond && !is_there(record, field, bytes, walk->length)) ||
        !field_start(record, field, bytes, walk->length, &walk->at.bit))
        return false;
    walk->count = count_of(record, field, bytes, walk->length, beyond);
    return field->bits ? settle(walk) : settle_string(walk, walk->count);
}

bool lone_walk_next(struct lone_walk *walk)
{
    walk->at.bit += walk->at.bits;
    walk->element++;
    return walk->field->bits && settle(walk);
}

uint64_t lone_walk_shown(const struct lone_walk *walk)
{
    struct lone_walk look = *walk;
    uint64_t shown = 0;

    if (!walk->field->ends_at_zero && !walk->field->unused_zero)
        return UINT64_MAX;
    do {
        bool zero = lone_is_zero(look.bytes + look.at.bit / 8, look.at.bits / 8);

        if (zero && walk->field->ends_at_zero)
            break;
        shown = zero ? shown : look.element + 1;
    } while (lone_walk_next(&look));
    return shown;
}

int lone_field_place(const struct lone_record *record, const struct lone_field *field, unsigned element,
                     const uint8_t *bytes, size_t length, bool beyond, struct lone_place *place)
{
    struct lone_walk walk;
    bool there = lone_walk_begin(&walk, record, field, bytes, length, beyond);

    if (there && element && !lone_varies(field)) {
        walk.at.bit += (element - 1) * walk.at.bits;
        walk.element = element - 1;
    }
    while (there && walk.element < element)
        there = lone_walk_next(&walk);
    if (!there)
        return -ENODATA;
    *place = walk.at;
    return 0;
}

int64_t lone_field_locate(const struct lone_record *record, const struct lone_field *field, unsigned element,
                          const uint8_t *bytes, size_t length)
{
    struct lone_place place;
    int result = lone_field_place(record, field, element, bytes, length, false, &place);

    return result ? result : (int64_t)place.bit;
}
