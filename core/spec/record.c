/* SPDX-License-Identifier: MIT */
/* Finding fields and moving their bits; everything else about records builds on these. */
#include "spec/record.h"
#include "spec/record_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct lone_field *lone_record_field(const struct lone_record *record, const char *name)
{
    for (size_t i = 0; i < record->n_fields; i++)
        if (!strcmp(record->fields[i].name, name))
            return &record->fields[i];
    return NULL;
}

lone_number lone_bits_get(const uint8_t *bytes, uint32_t bit, uint32_t bits)
{
    lone_number value = 0;

    /* Each byte's part goes straight to its place: 128 bits that do not start on a byte lie in 17 of them. */
    for (uint32_t done = 0; done < bits;) {
        uint32_t at = bit + done, shift = at % 8, n = 8 - shift < bits - done ? 8 - shift : bits - done;

        value |= (lone_number)(bytes[at / 8] >> shift & ((1u << n) - 1)) << done;
        done += n;
    }
    return value;
}

void lone_bits_set(uint8_t *bytes, uint32_t bit, uint32_t bits, lone_number value)
{
    while (bits) {
        uint32_t shift = bit % 8, n = 8 - shift < bits ? 8 - shift : bits;
        uint8_t mask = (uint8_t)(((1u << n) - 1) << shift);

        bytes[bit / 8] = (uint8_t)((bytes[bit / 8] & ~mask) | ((uint8_t)(value << shift) & mask));
        value >>= n;
        bit += n;
        bits -= n;
    }
}

bool lone_bits_fit(lone_number value, uint32_t bits)
{
    return bits >= 128 || value >> bits == 0;
}

/* Resolves a path "A.B" of names that the caller knows to exist; elements of arrays are A.0. */
static const struct lone_field *resolve(const struct lone_record *record, const char *path, uint32_t *bit)
{
    const struct lone_field *field = NULL;
    char name[64];

    for (*bit = 0; record && *path;) {
        size_t length = strcspn(path, ".");

        assert(length < sizeof(name));
        memcpy(name, path, length);
        name[length] = 0;
        path += length + (path[length] == '.');
        field = lone_record_field(record, name);
        assert(field && "no such field in the table");
        *bit += field->bit;
        assert(!field->after && !field->start.field && "not at a fixed place");
        if (lone_field_is_array(field)) {
            char *end = NULL;
            unsigned long element = strtoul(path, &end, 10);

            assert(end != path && element >= field->first && (!field->count || element - field->first < field->count));
            assert(!lone_varies(field) || element == field->first);
            *bit += (uint32_t)(element - field->first) * field->bits;
            path = end + (*end == '.');
        }
        record = field->kind == LONE_RECORD ? field->record : NULL;
    }
    assert(field && !*path);
    return field;
}

uint64_t lone_get(const struct lone_record *record, const uint8_t *bytes, const char *name)
{
    uint32_t bit;
    const struct lone_field *field = resolve(record, name, &bit);

    assert(field->bits <= 64);
    return (uint64_t)lone_bits_get(bytes, bit, field->bits);
}

void lone_set(const struct lone_record *record, uint8_t *bytes, const char *name, uint64_t value)
{
    uint32_t bit;
    const struct lone_field *field = resolve(record, name, &bit);

    lone_bits_set(bytes, bit, field->bits, value);
}

void lone_set_text(const struct lone_record *record, uint8_t *bytes, const char *name, const char *text)
{
    uint32_t bit;
    const struct lone_field *field = resolve(record, name, &bit);
    size_t size = field->bits / 8, length = strnlen(text, size);

    assert(bit % 8 == 0 && field->bits % 8 == 0);
    memset(bytes + bit / 8, field->kind == LONE_ASCII ? ' ' : 0, size);
    memcpy(bytes + bit / 8, text, length);
}

void lone_record_neutral(const struct lone_record *record, uint8_t *bytes)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        unsigned n = field->count ? field->count : 1;

        for (unsigned k = 0; k < n; k++) {
            uint32_t bit = field->bit + k * field->bits;

            if (field->kind == LONE_RECORD)
                lone_record_neutral(field->record, bytes + bit / 8);
            else if (field->access == LONE_RW1C || field->access == LONE_RW1S)
                lone_bits_set(bytes, bit, field->bits, 0);
        }
    }
}

bool lone_is_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i])
            return false;
    return true;
}

bool lone_kind_is_text(enum lone_kind kind)
{
    return kind == LONE_ASCII || kind == LONE_BYTES || kind == LONE_UUID || kind == LONE_EUI || kind == LONE_EUI_LE;
}

static bool text_reserve(struct lone_text *text, size_t more)
{
    size_t capacity = text->capacity ? text->capacity : 256;
    char *grown;

    if (text->failed)
        return false;
    if (text->length + more + 1 <= text->capacity)
        return true;
    while (capacity < text->length + more + 1)
        capacity *= 2;
    grown = realloc(text->text, capacity);
    if (!grown) {
        text->failed = true;
        return false;
    }
    text->text = grown;
    text->capacity = capacity;
    return true;
}

void lone_text_append(struct lone_text *text, const char *bytes, size_t length)
{
    if (!text_reserve(text, length))
        return;
    memcpy(text->text + text->length, bytes, length);
    text->length += length;
    text->text[text->length] = 0;
}

void lone_text_add(struct lone_text *text, const char *format, ...)
{
    va_list arguments, again;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && text_reserve(text, (size_t)length)) {
        vsnprintf(text->text + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void lone_text_free(struct lone_text *text)
{
    free(text->text);
    *text = (struct lone_text){0};
}
