/* SPDX-License-Identifier: MIT */
/* Records as JSON, for programs. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/record.h"
#include "spec/record_internal.h"

struct copy {
    const uint8_t *bytes, *present;
    size_t length;
};

static struct json_object *fields_json(const struct lone_record *record, struct copy copy);

static struct json_object *element_json(const struct lone_field *field, struct copy copy, int64_t at)
{
    struct json_object *object;
    size_t size;
    char *text;

    if (field->kind == LONE_RECORD) {
        struct copy nested = {copy.bytes + at / 8, copy.present ? copy.present + at / 8 : NULL, field->record->size};

        return fields_json(field->record, nested);
    }
    if (!lone_was_read(copy.present, at, field->bits))
        return NULL;
    size = lone_field_format(field, copy.bytes, at, NULL, 0) + 1;
    text = malloc(size);
    if (!text)
        return NULL;
    lone_field_format(field, copy.bytes, at, text, size);
    object = json_object_new_string(text);
    free(text);
    return object;
}

static struct json_object *array_json(const struct lone_record *record, const struct lone_field *field,
                                      struct copy copy)
{
    struct json_object *array = json_object_new_array();

    for (unsigned i = 0; i < field->count; i++) {
        int64_t at = lone_field_locate(record, field, i, copy.bytes, copy.length);

        if (at < 0 || (field->ends_at_zero && lone_is_zero(copy.bytes + at / 8, field->bits / 8)))
            break;
        json_object_array_add(array, element_json(field, copy, at));
    }
    return array;
}

static struct json_object *fields_json(const struct lone_record *record, struct copy copy)
{
    struct json_object *object = json_object_new_object();

    for (size_t i = 0; object && i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        int64_t at = lone_field_locate(record, field, 0, copy.bytes, copy.length);

        if (at < 0)
            continue;
        json_object_object_add(object, field->name,
                               field->count ? array_json(record, field, copy) : element_json(field, copy, at));
    }
    return object;
}

struct json_object *lone_record_json(const struct lone_record *record, const uint8_t *bytes, size_t length,
                                     const uint8_t *present)
{
    struct json_object *object = json_object_new_object();

    if (!object)
        return NULL;
    json_object_object_add(object, "schema", json_object_new_int(LONE_JSON_SCHEMA));
    json_object_object_add(object, "record", json_object_new_string(record->name));
    json_object_object_add(object, "fields", fields_json(record, (struct copy){bytes, present, length}));
    return object;
}
