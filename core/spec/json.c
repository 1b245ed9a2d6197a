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
    struct shown *shown;
};

struct shown {
    unsigned fields; /* and elements */
    bool cut;
};

static bool may_show(struct shown *shown)
{
    shown->cut = shown->fields == LONE_SHOWN_MAX;
    shown->fields += !shown->cut;
    return !shown->cut;
}

static struct json_object *fields_json(const struct lone_record *record, struct copy copy);

static struct json_object *element_json(const struct lone_field *field, struct copy copy, struct lone_place at)
{
    struct lone_field sized = lone_field_sized(field, at.bits);
    struct json_object *object;
    size_t size;
    char *text;

    if (field->kind == LONE_RECORD) {
        uint64_t byte = at.bit / 8;
        struct copy nested = {copy.bytes + byte, copy.present ? copy.present + byte : NULL, at.bits / 8, copy.shown};

        return fields_json(field->record, nested);
    }
    if (!lone_was_read(copy.present, (int64_t)at.bit, sized.bits))
        return NULL;
    size = lone_field_format(&sized, copy.bytes, (int64_t)at.bit, NULL, 0) + 1;
    text = malloc(size);
    if (!text)
        return NULL;
    lone_field_format(&sized, copy.bytes, (int64_t)at.bit, text, size);
    object = json_object_new_string(text);
    free(text);
    return object;
}

static struct json_object *array_json(struct lone_walk *walk, bool there, struct copy copy)
{
    struct json_object *array = json_object_new_array();
    uint64_t most = there ? lone_walk_shown(walk) : 0;

    for (; there && walk->element < most; there = lone_walk_next(walk)) {
        if (!may_show(copy.shown))
            break;
        json_object_array_add(array, element_json(walk->field, copy, walk->at));
    }
    return array;
}

/* A list without elements is an empty array; what the record does not have is left out. */
static struct json_object *fields_json(const struct lone_record *record, struct copy copy)
{
    struct json_object *object = json_object_new_object();

    for (size_t i = 0; object && !copy.shown->cut && i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        struct lone_walk walk;
        bool there = lone_walk_begin(&walk, record, field, copy.bytes, copy.length, false);

        if (lone_field_is_array(field) && (there || ((field->counted_by.field || field->open) && !field->when)))
            json_object_object_add(object, field->name, array_json(&walk, there, copy));
        else if (there && may_show(copy.shown))
            json_object_object_add(object, field->name, element_json(field, copy, walk.at));
    }
    return object;
}

struct json_object *lone_record_json(const struct lone_record *record, const uint8_t *bytes, size_t length,
                                     const uint8_t *present)
{
    struct json_object *object = json_object_new_object();
    struct shown shown = {0};

    if (!object)
        return NULL;
    json_object_object_add(object, "schema", json_object_new_int(LONE_JSON_SCHEMA));
    json_object_object_add(object, "record", json_object_new_string(record->name));
    json_object_object_add(object, "fields", fields_json(record, (struct copy){bytes, present, length, &shown}));
    if (shown.cut)
        json_object_object_add(object, "cut", json_object_new_boolean(true));
    return object;
}
