/* SPDX-License-Identifier: MIT */
/* A record of the specification as a directory: raw, text, json, for registers value, and a file or directory a field.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs.h"

const struct lone_record *record_of(struct fs *fs, const struct node *node)
{
    return node->record ? node->record : node->source->record(fs, node);
}

static bool by_register(const struct node *node, const struct lone_record *record)
{
    return node->source->registers && (record->flags & LONE_REGISTER);
}

static bool has_value(const struct node *node, const struct lone_record *record)
{
    return node->source->registers ? record->flags & LONE_REGISTER : record->size <= 8;
}

/* A whole register, or a small record, seen as one number. */
static struct lone_field whole(const struct lone_record *record)
{
    return (struct lone_field){.name = record->name, .bits = record->size * 8, .access = LONE_RW};
}

int record_load(struct op *op, const struct source *source, const struct lone_record *record, uint32_t base,
                uint8_t *bytes, uint8_t *present, bool aggregate)
{
    int result = 0;

    if (!source->registers || (record->flags & LONE_REGISTER))
        return source->load(op, base, record->size, bytes, present, aggregate);
    for (size_t i = 0; i < record->n_fields && !result; i++) {
        const struct lone_field *field = &record->fields[i];
        uint32_t at = field->bit / 8, size = (field->bits + 7) / 8;

        for (unsigned k = 0; k < (field->count ? field->count : 1u) && !result; k++, at += size)
            result =
                field->kind == LONE_RECORD
                    ? record_load(op, source, field->record, base + at, bytes + at, present ? present + at : NULL, true)
                    : source->load(op, base + at, size, bytes + at, present ? present + at : NULL, true);
    }
    return result;
}

/* --- Files --- */

static int load_here(struct op *op, uint8_t bytes[RECORD_MAX], uint8_t *present, bool aggregate)
{
    const struct node *node = op->node;
    const struct lone_record *record = record_of(op->fs, node);

    if (!record)
        return lone_fail(&op->error, ENODATA, "the layout of these bytes is not known: read raw");
    memset(bytes, 0, record->size);
    if (present)
        memset(present, 0, record->size);
    return record_load(op, node->source, record, node->base, bytes, present, aggregate);
}

static int text_show(struct op *op, struct lone_text *text)
{
    uint8_t bytes[RECORD_MAX], present[RECORD_MAX];
    int result = load_here(op, bytes, present, true);
    const struct lone_record *record = result ? NULL : record_of(op->fs, op->node);

    if (!result)
        lone_record_text(record, bytes, record->size, present, text);
    return result;
}

int json_show(struct json_object *object, struct lone_text *text, struct lone_error *error)
{
    const char *json = object ? json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY) : NULL;

    if (json)
        lone_text_add(text, "%s\n", json);
    json_object_put(object);
    return json ? 0 : lone_fail(error, ENOMEM, "no memory for the JSON text");
}

static int json_file_show(struct op *op, struct lone_text *text)
{
    uint8_t bytes[RECORD_MAX], present[RECORD_MAX];
    int result = load_here(op, bytes, present, true);
    const struct lone_record *record = result ? NULL : record_of(op->fs, op->node);

    return result ? result : json_show(lone_record_json(record, bytes, record->size, present), text, &op->error);
}

static int raw_load(struct op *op, struct lone_text *text)
{
    const struct node *node = op->node;
    const struct lone_record *record = record_of(op->fs, node);
    uint8_t bytes[RECORD_MAX] = {0};
    int result;

    if (!record)
        return lone_fail(&op->error, ENODATA, "nothing is laid out here");
    result = node->source->load(op, node->base, record->size, bytes, NULL, false);
    if (!result)
        lone_text_append(text, (const char *)bytes, record->size);
    return result;
}

/* The read at offset 0 takes the sample, the rest of the pass is served from it. */
static ssize_t raw_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    struct handle *handle = op->handle;

    if (offset == 0 || !handle->sampled) {
        int result;

        handle->text.length = 0;
        handle->sampled = false;
        result = raw_load(op, &handle->text);
        if (result)
            return result == PARK ? READ_PARK : result;
        handle->sampled = true;
    }
    if (offset >= handle->text.length)
        return 0;
    size = size < handle->text.length - offset ? size : handle->text.length - (size_t)offset;
    memcpy(bytes, handle->text.text + offset, size);
    return (ssize_t)size;
}

static ssize_t raw_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    const struct node *node = op->node;
    const struct lone_record *record = record_of(op->fs, node);
    int result;

    if (node->source->registers && (offset || size != record->size))
        return lone_fail(&op->error, EINVAL, "%s takes exactly its %u bytes in one write, not %zu at offset %llu",
                         record->name, record->size, size, (unsigned long long)offset);
    if (offset >= record->size || size > record->size - offset)
        return lone_fail(&op->error, ENOSPC, "%zu bytes at offset %llu do not fit into %u bytes", size,
                         (unsigned long long)offset, record->size);
    result = node->source->save(op, node->base + (uint32_t)offset, (uint32_t)size, bytes);
    return result ? result : (ssize_t)size;
}

static uint64_t raw_size(struct fs *fs, const struct node *node)
{
    const struct lone_record *record = record_of(fs, node);

    return record ? record->size : 0;
}

static int value_show(struct op *op, struct lone_text *text)
{
    const struct lone_record *record = record_of(op->fs, op->node);
    struct lone_field field = whole(record);
    uint8_t bytes[RECORD_MAX];
    char value[64];
    int result = load_here(op, bytes, NULL, false);

    if (result)
        return result;
    lone_text_append(text, value, lone_field_format(&field, bytes, 0, value, sizeof(value)));
    lone_text_append(text, "\n", 1);
    return 0;
}

/* "FIELD=VALUE …" is one read-modify-write; a number goes to the register as it is. */
static int value_store(struct op *op, const char *line, size_t length)
{
    const struct node *node = op->node;
    const struct lone_record *record = record_of(op->fs, node);
    struct lone_field field = whole(record);
    uint8_t bytes[RECORD_MAX] = {0};
    int result;

    if (memchr(line, '=', length)) {
        uint8_t checked[RECORD_MAX] = {0};

        /* What is wrong with the words is found before the register is touched. */
        result = lone_record_assign(record, checked, line, length, false, NULL, &op->error);
        if (!result)
            result = load_here(op, bytes, NULL, false);
        if (result)
            return result;
        lone_record_neutral(record, bytes);
        result = lone_record_assign(record, bytes, line, length, false, NULL, &op->error);
    } else {
        result = lone_field_parse(&field, bytes, 0, line, length, &op->error);
    }
    return result ? result : node->source->save(op, node->base, record->size, bytes);
}

static int field_show(struct op *op, struct lone_text *text)
{
    const struct node *node = op->node;
    const struct lone_record *record = record_of(op->fs, node);
    uint8_t bytes[RECORD_MAX];
    char value[4 * RECORD_MAX + 1]; /* every byte of a text may need \xNN */
    int64_t at;
    int result;

    if (node->source->registers && !by_register(node, record)) {
        uint32_t first = node->field->bit / 8 + node->element * node->field->bits / 8,
                 size = (node->field->bits + 7) / 8;

        result = node->source->load(op, node->base + first, size, bytes + first, NULL, false);
    } else {
        result = load_here(op, bytes, NULL, false);
    }
    if (result)
        return result;
    at = lone_field_locate(record, node->field, node->element, bytes, record->size);
    if (at < 0)
        return lone_fail(&op->error, ENODATA, "the controller returned no %s", node->field->name);
    lone_text_append(text, value, lone_field_format(node->field, bytes, at, value, sizeof(value)));
    lone_text_append(text, "\n", 1);
    return 0;
}

static int field_store(struct op *op, const char *line, size_t length)
{
    const struct node *node = op->node;
    const struct lone_record *record = record_of(op->fs, node);
    const struct lone_field *field = node->field;
    uint32_t bit = field->bit + node->element * field->bits, first = bit / 8,
             size = (bit + field->bits + 7) / 8 - first;
    uint8_t bytes[RECORD_MAX] = {0};
    int result;

    if (field->access == LONE_RO)
        return lone_fail(&op->error, EACCES, "%s is read-only", field->name);
    result = lone_field_parse(field, bytes, bit, line, length, &op->error);
    if (!result)
        result = load_here(op, bytes, NULL, false);
    if (result)
        return result;
    if (by_register(node, record)) {
        lone_record_neutral(record, bytes);
        first = 0;
        size = record->size;
    }
    result = lone_field_parse(field, bytes, bit, line, length, &op->error);
    return result ? result : node->source->save(op, node->base + first, size, bytes + first);
}

static bool source_ready(struct op *op)
{
    return !op->node->source->ready || op->node->source->ready(op);
}

/* Transient twins are for records of objects that come and go, where the kernel must not keep names and sizes. */
#define RECORD_FILE(name, ...)                                                                        \
    static const struct node_class name##_class = {.mode = 0444, .ready = source_ready, __VA_ARGS__}; \
    static const struct node_class name##_transient_class = {                                         \
        .transient = true, .mode = 0444, .ready = source_ready, __VA_ARGS__}

RECORD_FILE(text, .show = text_show);
RECORD_FILE(json, .show = json_file_show);
RECORD_FILE(raw, .memory = true, .read = raw_read, .write = raw_write, .size = raw_size);
RECORD_FILE(value, .show = value_show, .store = value_store);
RECORD_FILE(field, .show = field_show, .store = field_store);

/* --- Directories --- */

static int elements_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                         struct lone_error *error);
static bool elements_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child);

#define RECORD_DIRECTORY(linkage, name, ...)                                                       \
    linkage const struct node_class name##_class = {.directory = true, .mode = 0755, __VA_ARGS__}; \
    static const struct node_class name##_transient_class = {                                      \
        .directory = true, .transient = true, .mode = 0755, __VA_ARGS__}

RECORD_DIRECTORY(static, array, .find = elements_find, .list = elements_list);
RECORD_DIRECTORY(, record, .find = record_find, .list = record_list);

static uint16_t field_mode(const struct node *dir, const struct lone_field *field)
{
    if (!dir->source->writable || field->access == LONE_RO)
        return 0444;
    return field->access == LONE_WO ? 0222 : 0644;
}

/* Makes @child the file or directory of one element of @field, which lies in the record that @dir stands for. */
static void make_field(const struct node *dir, const struct lone_field *field, unsigned element, struct node *child)
{
    bool transient = dir->source->transient;

    if (field->kind == LONE_RECORD) {
        child->class = transient ? &record_transient_class : &record_class;
        child->record = field->record;
        child->base = dir->base + field->bit / 8 + element * (field->bits / 8);
        child->field = NULL;
    } else {
        child->class = transient ? &field_transient_class : &field_class;
        child->field = field;
        child->element = (uint16_t)element;
        child->mode = field_mode(dir, field);
    }
}

static void make_field_or_array(const struct node *dir, const struct lone_field *field, struct node *child)
{
    if (!field->count) {
        make_field(dir, field, 0, child);
        return;
    }
    child->class = dir->source->transient ? &array_transient_class : &array_class;
    child->field = field;
}

static int elements_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                         struct lone_error *error)
{
    char canonical[16], *end;
    unsigned long number = strtoul(name, &end, 10);

    (void)fs, (void)error;
    snprintf(canonical, sizeof(canonical), "%lu", number);
    if (*end || strcmp(canonical, name) || number < dir->field->first ||
        number - dir->field->first >= dir->field->count)
        return -ENOENT;
    make_field(dir, dir->field, (unsigned)(number - dir->field->first), child);
    return 0;
}

static bool elements_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    (void)fs;
    if (index >= dir->field->count)
        return false;
    snprintf(name, 64, "%u", dir->field->first + index);
    make_field(dir, dir->field, index, child);
    return true;
}

int record_find_field(struct fs *fs, struct node *dir, const char *name, struct node *child)
{
    const struct lone_record *record = record_of(fs, dir);
    const struct lone_field *field = record ? lone_record_field(record, name) : NULL;

    if (!field)
        return -ENOENT;
    make_field_or_array(dir, field, child);
    return 0;
}

bool record_list_fields(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    const struct lone_record *record = record_of(fs, dir);

    for (size_t i = 0; record && i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];

        if (field->access == LONE_WO && field->kind != LONE_RECORD)
            continue; /* write-only: found by name */
        if (index--)
            continue;
        snprintf(name, 64, "%s", field->name);
        make_field_or_array(dir, field, child);
        return true;
    }
    return false;
}

static const struct {
    const char *name;
    const struct node_class *class, *transient;
} record_files[] = {
    {"raw", &raw_class, &raw_transient_class},
    {"text", &text_class, &text_transient_class},
    {"json", &json_class, &json_transient_class},
    {"value", &value_class, &value_transient_class},
};

static void make_file(const struct node *dir, unsigned index, const struct lone_record *record, struct node *child)
{
    bool number = record_files[index].class == &value_class, bytes = record_files[index].class == &raw_class;
    /* The raw bytes of a group of registers are for looking at: they are written register by register. */
    bool writable =
        dir->source->writable && (number || (bytes && (!dir->source->registers || by_register(dir, record))));

    child->class = dir->source->transient ? record_files[index].transient : record_files[index].class;
    child->mode = writable ? 0644 : 0444;
}

int record_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    const struct lone_record *record = record_of(fs, dir);
    unsigned n = record && has_value(dir, record) ? 4 : 3;

    (void)error;
    for (unsigned i = 0; record && i < n; i++)
        if (!strcmp(name, record_files[i].name)) {
            make_file(dir, i, record, child);
            return 0;
        }
    return record_find_field(fs, dir, name, child);
}

bool record_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    const struct lone_record *record = record_of(fs, dir);
    unsigned n = !record ? 0 : has_value(dir, record) ? 4 : 3;

    if (index >= n)
        return record_list_fields(fs, dir, index - n, name, child);
    strcpy(name, record_files[index].name);
    make_file(dir, index, record, child);
    return true;
}
