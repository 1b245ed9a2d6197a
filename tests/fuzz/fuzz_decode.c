/* SPDX-License-Identifier: MIT */
/*
 * What a controller returns, to the decoder. Byte 0 of the input and bits 7:3 of byte 1 pick the table, the other bits
 * of byte 1 are the options, bytes 2 and 3 say how much of the record is there; the rest is repeated over the record.
 */
#include <json-c/json.h>
#include <string.h>

#include "fuzz.h"
#include "tables.h"

#define HEAD 4

enum { REPEAT = 1, PRESENT = 2, WHOLE = 4 };

static uint8_t *fill(const uint8_t *data, size_t size, size_t length, bool repeat)
{
    uint8_t *bytes = calloc(1, length ? length : 1);

    MUST(bytes);
    for (size_t i = 0; size && i < length && (repeat || i < size); i++)
        bytes[i] = data[i % size];
    return bytes;
}

static void check_places(const struct lone_record *record, const uint8_t *bytes, size_t length)
{
    MUST(lone_record_extent(record, bytes, length) >= record->size);
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];

        bool varies = record->flags & LONE_VARIABLE;

        for (unsigned k = 0; k < (field->count ? field->count : varies ? 900u : 1u); k++) {
            struct lone_place place;
            int64_t at = lone_field_locate(record, field, k, bytes, length);

            MUST(at < 0 || (uint64_t)at + field->bits <= (uint64_t)length * 8);
            if (at < 0 && !field->count && !field->tag)
                break;
            if (lone_field_place(record, field, k, bytes, length, k % 2, &place))
                continue;
            MUST(place.bit + place.bits <= (uint64_t)length * 8 && place.bits >= field->bits);
            if (at >= 0 && field->record)
                check_places(field->record, bytes + at / 8, place.bits / 8);
        }
    }
}

static void fuzz_text(const struct lone_record *record, const uint8_t *bytes, size_t length, const uint8_t *present)
{
    struct lone_text text = {0};

    lone_record_text(record, bytes, length, present, &text);
    MUST(!text.failed && (!text.length || strlen(text.text) == text.length));
    MUST(text.length <= lone_record_text_most(record));
    /* The device wrote this: nothing of it may reach a terminal as a control character. */
    for (size_t i = 0; i < text.length; i++)
        MUST(text.text[i] == '\n' || ((unsigned char)text.text[i] >= 0x20 && text.text[i] != 0x7f));
    MUST(!text.length || text.text[text.length - 1] == '\n');
    lone_text_free(&text);
    MUST(!text.text && !text.length && !text.capacity);
}

static void fuzz_json(const struct lone_record *record, const uint8_t *bytes, size_t length, const uint8_t *present)
{
    struct json_object *object = lone_record_json(record, bytes, length, present), *parsed;
    const char *text;

    MUST(object);
    MUST(strlen(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY)) < lone_record_json_most(record));
    text = json_object_to_json_string(object);
    MUST(text);
    parsed = json_tokener_parse(text);
    MUST(parsed && json_object_equal(object, parsed));
    MUST(json_object_get_int(json_object_object_get(parsed, "schema")) == LONE_JSON_SCHEMA);
    MUST(json_object_is_type(json_object_object_get(parsed, "fields"), json_type_object));
    json_object_put(parsed);
    json_object_put(object);
}

const unsigned long fuzz_inputs = 10000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n, length;
    const struct lone_record *const *tables = all_tables(&n), *record;
    uint8_t *bytes, *present, *neutral;
    unsigned options;

    if (size < HEAD)
        return 0;
    record = tables[(data[0] | (size_t)(data[1] >> 3) << 8) % n];
    options = data[1] & (REPEAT | PRESENT | WHOLE);
    length = options & WHOLE ? table_size(record) : (data[2] | (size_t)data[3] << 8) % (table_size(record) + 1);
    bytes = fill(data + HEAD, size - HEAD, length, options & REPEAT);
    present = fill(data, size, length, true);
    check_places(record, bytes, length);
    fuzz_text(record, bytes, length, options & PRESENT ? present : NULL);
    fuzz_json(record, bytes, length, options & PRESENT ? present : NULL);
    if (length >= record->size) {
        neutral = fill(bytes, length, length, false);
        lone_record_neutral(record, neutral);
        for (size_t i = 0; i < length; i++)
            MUST(!(neutral[i] & ~bytes[i])); /* it only clears */
        free(neutral);
    }
    free(present);
    free(bytes);
    return 0;
}

size_t fuzz_seed(unsigned n, uint8_t *data, size_t size)
{
    static const uint8_t descriptors[] = {
        1, 8,  0, 0, 0,  1,  2,  3,  4,  5,  6, 7,                               /* EUI64 */
        2, 16, 0, 0, 0,  1,  2,  3,  4,  5,  6, 7, 8, 9, 10, 11, 12, 13, 14, 15, /* NGUID */
        3, 16, 0, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5,  4,  3,  2,  1,  0,  /* UUID */
        4, 1,  0, 0, 2,  0,  0,  0,  0,                                          /* CSI, the end */
    };
    size_t n_tables, length;
    const struct lone_record *const *tables = all_tables(&n_tables), *record = tables[n % n_tables];
    unsigned round = n / (unsigned)n_tables;

    if (round >= 3)
        return 0;
    data[0] = (uint8_t)(n % n_tables);
    data[1] = (uint8_t)(round == 0 ? WHOLE : round == 1 ? REPEAT : REPEAT | PRESENT | WHOLE);
    data[1] |= (uint8_t)(n % n_tables >> 8 << 3);
    data[2] = (uint8_t)(record->size - 1);
    data[3] = (uint8_t)((record->size - 1) >> 8);
    if (record->tlv.header) {
        memcpy(data + HEAD, descriptors, sizeof(descriptors));
        return HEAD + sizeof(descriptors);
    }
    length = HEAD + 64 < size ? 64 : size - HEAD;
    for (size_t i = 0; i < length; i++)
        data[HEAD + i] = (uint8_t)(round == 0 ? i * 37 : round == 1 ? 0xff : ' ' + i);
    return HEAD + length;
}
