/* SPDX-License-Identifier: MIT */
/* A record of the specification as a directory: raw, text, json, for registers value, and a file or directory a field.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

static bool by_register(const struct node *node, const struct lone_record *record)
{
    return node->source->registers && (record->flags & LONE_REGISTER);
}

static bool has_value(const struct node *node, const struct lone_record *record)
{
    return node->source->registers ? record->flags & LONE_REGISTER
                                   : record->size <= 8 && !(record->flags & LONE_VARIABLE);
}

/* A whole register, or a small record, seen as one number. */
static struct lone_field whole(const struct lone_record *record)
{
    return (struct lone_field){.name = record->name, .bits = record->size * 8, .access = LONE_RW};
}

/* --- Files --- */

static int text_show(struct op *op, struct lone_text *text)
{
    struct record_copy copy;
    int result = record_take(op, true, false, &copy);

    if (result)
        return result;
    lone_record_text(copy.record, copy.bytes, copy.length, copy.present, text);
    record_drop(&copy);
    return 0;
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
    struct record_copy copy;
    int result = record_take(op, true, false, &copy);

    if (result)
        return result;
    result = json_show(lone_record_json(copy.record, copy.bytes, copy.length, copy.present), text, &op->error);
    record_drop(&copy);
    return result;
}

/* The registers of a group are read one after the other here, whatever they are: it is bytes that are asked for. */
static int raw_registers(struct op *op, struct lone_text *text)
{
    const struct node *node = op->node;
    uint32_t size = record_of(op->fs, node)->size;
    uint8_t *bytes = calloc(1, size);
    int result = bytes ? node->source->load(op, node->base, size, bytes, NULL, false)
                       : lone_fail(&op->error, ENOMEM, "no memory for %u bytes", size);

    if (!result)
        lone_text_append(text, (const char *)bytes, size);
    free(bytes);
    return result;
}

static int raw_load(struct op *op, struct lone_text *text)
{
    struct record_copy copy;
    int result;

    if (op->node->source->registers)
        return raw_registers(op, text);
    if (!record_owner(op->node)->nested)
        return record_take_all(op, text);
    result = record_take(op, false, false, &copy);
    if (result)
        return result;
    lone_text_append(text, (const char *)copy.bytes, copy.length);
    record_drop(&copy);
    return 0;
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
        if (!result && handle->text.failed)
            result = lone_fail(&op->error, ENOMEM, "no memory for the bytes");
        if (result)
            return result == PARK ? READ_PARK : result;
        handle->sampled = true;
    }
    if (offset >= handle->text.length)
        return handle_end(op);
    handle->ends = 0;
    size = size < handle->text.length - offset ? size : handle->text.length - (size_t)offset;
    memcpy(bytes, handle->text.text + offset, size);
    return (ssize_t)size;
}

static int refuse_size(struct op *op, size_t size, uint64_t offset, uint64_t length)
{
    return lone_fail(&op->error, ENOSPC, "%zu bytes at offset %llu do not fit into %llu bytes", size,
                     (unsigned long long)offset, (unsigned long long)length);
}

static ssize_t raw_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    const struct node *node = op->node;
    struct record_copy copy = {.record = record_of(op->fs, node), .offset = node->base};
    int result = 0;

    if (node->source->registers && op->handle->flags & O_APPEND)
        offset = 0; /* the kernel's is the end of the file */
    if (node->source->registers && (offset || size != copy.record->size))
        return lone_fail(&op->error, EINVAL, "%s takes exactly its %u bytes in one write, not %zu at offset %llu",
                         copy.record->name, copy.record->size, size, (unsigned long long)offset);
    if (node->source->registers)
        copy.length = copy.record->size;
    else if (record_owner(node)->nested)
        result = record_take(op, false, true, &copy);
    else
        result = record_measure(op, &copy.length);
    if (!result && (offset >= copy.length || size > copy.length - offset))
        result = refuse_size(op, size, offset, copy.length);
    if (!result)
        result = node->source->save(op, (uint32_t)(copy.offset + offset), (uint32_t)size, bytes);
    record_drop(&copy);
    return result == PARK ? READ_PARK : result ? result : (ssize_t)size;
}

/* Of a nested record that is not of one length, as far as what is known without asking anybody goes. */
static uint64_t known_size(struct fs *fs, const struct node *owner)
{
    struct record_copy copy;
    uint64_t size;

    if (owner->source->peek && owner->source->peek(fs, owner, NULL, 0) > RECORD_PEEK)
        return SIZE_UNKNOWN;
    if (!record_peek(fs, owner, &copy))
        return SIZE_UNKNOWN;
    size = copy.length;
    record_drop(&copy);
    return size;
}

/* The true size where it is known without asking the device. */
static uint64_t raw_size(struct fs *fs, const struct node *node)
{
    const struct lone_record *record = record_of(fs, node);
    const struct node *owner = record_owner(node);
    uint64_t known;

    if (node->source->size && !owner->nested)
        return node->source->size(fs, node);
    if (!node->source->registers && !owner->nested && node->source->peek) {
        known = node->source->peek(fs, node, NULL, 0);
        return known ? known : SIZE_UNKNOWN;
    }
    if (!record)
        return SIZE_UNKNOWN;
    return record->flags & LONE_VARIABLE ? known_size(fs, owner) : record->size;
}

/* No data are longer than a log page, where their length is not known. */
static uint64_t raw_most(struct fs *fs, const struct node *node)
{
    (void)fs, (void)node;
    return LARGEST_TEXT;
}

/* A power of two that is not below @bytes. */
static uint64_t size_for(uint64_t bytes)
{
    uint64_t size = FILE_SIZE;

    while (size < bytes && size < LARGEST_TEXT)
        size *= 2;
    return size;
}

static uint64_t text_most(struct fs *fs, const struct node *node)
{
    const struct lone_record *record = record_of(fs, node);

    return record ? size_for(lone_record_text_most(record)) : FILE_SIZE;
}

static uint64_t json_most(struct fs *fs, const struct node *node)
{
    const struct lone_record *record = record_of(fs, node);

    return record ? size_for(lone_record_json_most(record)) : FILE_SIZE;
}

static uint64_t field_most(struct fs *fs, const struct node *node)
{
    const struct lone_record *record = record_of(fs, node);

    return record ? size_for(lone_field_most(record, node->field) + 1) : FILE_SIZE;
}

static void add_value(const struct lone_field *field, const uint8_t *bytes, uint64_t bit, struct lone_text *text)
{
    size_t size = lone_field_format(field, bytes, (int64_t)bit, NULL, 0) + 1;
    char *value = malloc(size);

    if (value)
        lone_text_append(text, value, lone_field_format(field, bytes, (int64_t)bit, value, size));
    else
        text->failed = true;
    free(value);
    lone_text_append(text, "\n", 1);
}

/* The record that `value` is the whole of: what a command takes or returns may be laid out otherwise since it was
 * opened. */
static const struct lone_record *value_record(struct op *op)
{
    const struct lone_record *record = record_of(op->fs, op->node);

    if (record && has_value(op->node, record))
        return record;
    lone_fail(&op->error, ENODATA, "these bytes are laid out otherwise by now, and are not one number: read raw");
    return NULL;
}

static int value_show(struct op *op, struct lone_text *text)
{
    const struct lone_record *record = value_record(op);
    struct record_copy copy;
    struct lone_field field;
    int result = record ? record_take(op, false, false, &copy) : -ENODATA;

    if (result)
        return result;
    field = whole(record);
    add_value(&field, copy.bytes, 0, text);
    record_drop(&copy);
    return 0;
}

/* "FIELD=VALUE …" is one read-modify-write; a number goes to the register as it is. */
static int value_store(struct op *op, const char *line, size_t length)
{
    const struct node *node = op->node;
    const struct lone_record *record = value_record(op);
    struct record_copy copy = {0};
    uint8_t bytes[64] = {0}; /* registers are no larger, and nothing else has a `value` of more than 8 */
    bool number = !memchr(line, '=', length);
    struct lone_field field;
    int result;

    if (!record)
        return -ENODATA;
    field = whole(record);
    /* What is wrong with the words is found before the register is touched. */
    if (number)
        result = lone_field_parse(&field, bytes, 0, line, length, &op->error);
    else
        result = lone_record_assign(record, bytes, line, length, false, NULL, &op->error);
    if (result || (number && node->source->registers))
        return result ? result : node->source->save(op, node->base, record->size, bytes);
    result = record_take(op, false, true, &copy);
    if (result)
        return result;
    if (number) {
        memcpy(copy.bytes, bytes, record->size);
    } else {
        lone_record_neutral(record, copy.bytes);
        result = lone_record_assign(record, copy.bytes, line, length, false, NULL, &op->error);
    }
    if (!result)
        result = node->source->save(op, (uint32_t)copy.offset, record->size, copy.bytes);
    record_drop(&copy);
    return result;
}

/* A field of a group of registers is an access of its own. */
static int register_show(struct op *op, struct lone_text *text)
{
    const struct node *node = op->node;
    uint32_t bit = node->field->bit + node->element * node->field->bits, size = (node->field->bits + 7) / 8;
    uint8_t *bytes = calloc(1, size);
    int result = bytes ? node->source->load(op, node->base + bit / 8, size, bytes, NULL, false)
                       : lone_fail(&op->error, ENOMEM, "no memory for %u bytes", size);

    if (!result)
        add_value(node->field, bytes, bit % 8, text);
    free(bytes);
    return result;
}

/* Finds the field that op->node stands for in @copy. */
static int place_field(struct op *op, const struct record_copy *copy, bool beyond, struct lone_place *place)
{
    const struct node *node = op->node;
    const struct lone_field *field = node->field, *now = record_field_now(copy->record, field);

    if (now && !lone_field_place(copy->record, now, node->element, copy->bytes, copy->length, beyond, place))
        return 0;
    if (node->parent->array)
        return lone_fail(&op->error, ENODATA, "there is no %s/%s in the %llu bytes that there are", field->name,
                         node->name, (unsigned long long)copy->length);
    return lone_fail(&op->error, ENODATA, "there is no %s in the bytes that there are", field->name);
}

static int field_show(struct op *op, struct lone_text *text)
{
    const struct node *node = op->node;
    struct record_copy copy;
    struct lone_place place;
    int result;

    if (node->source->registers && !by_register(node, record_of(op->fs, node)))
        return register_show(op, text);
    result = record_take(op, false, false, &copy);
    if (result)
        return result;
    result = place_field(op, &copy, false, &place);
    if (!result) {
        struct lone_field sized = lone_field_sized(node->field, place.bits);

        add_value(&sized, copy.bytes, place.bit, text);
    }
    record_drop(&copy);
    return result;
}

/* What is wrong with the text is found before anything is read; of data, only the bytes of the field are stored. */
static int field_store(struct op *op, const char *line, size_t length)
{
    const struct node *node = op->node;
    const struct lone_field *field = node->field;
    struct record_copy copy;
    struct lone_place place;
    uint64_t first = 0, size;
    int result;

    if (field->access == LONE_RO)
        return lone_fail(&op->error, EACCES, "%s is read-only", field->name);
    if (field->bits) {
        uint8_t *scratch = calloc(1, field->bits / 8 + 2);

        result = scratch ? lone_field_parse(field, scratch, field->bit % 8, line, length, &op->error)
                         : lone_fail(&op->error, ENOMEM, "no memory for the value");
        free(scratch);
        if (result)
            return result;
    }
    result = record_take(op, false, true, &copy);
    if (result)
        return result;
    size = copy.length;
    result = place_field(op, &copy, true, &place);
    if (!result) {
        struct lone_field sized = lone_field_sized(field, place.bits);

        if (by_register(node, copy.record)) {
            lone_record_neutral(copy.record, copy.bytes);
        } else {
            first = place.bit / 8;
            size = (place.bit + place.bits + 7) / 8 - first;
        }
        result = lone_field_parse(&sized, copy.bytes, (int64_t)place.bit, line, length, &op->error);
    }
    if (!result)
        result = node->source->save(op, (uint32_t)(copy.offset + first), (uint32_t)size, copy.bytes + first);
    record_drop(&copy);
    return result;
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

RECORD_FILE(text, .show = text_show, .most_of = text_most);
RECORD_FILE(json, .show = json_file_show, .most_of = json_most);
RECORD_FILE(raw, .memory = true, .read = raw_read, .write = raw_write, .size = raw_size, .most_of = raw_most);
RECORD_FILE(value, .show = value_show, .store = value_store);
RECORD_FILE(field, .show = field_show, .store = field_store, .most_of = field_most);

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

    child->field = field;
    child->element = element;
    if (field->kind == LONE_RECORD) {
        child->class = transient ? &record_transient_class : &record_class;
        child->record = field->record;
        child->base = dir->base + field->bit / 8 + element * (field->bits / 8);
        child->nested = true;
    } else {
        child->class = transient ? &field_transient_class : &field_class;
        child->mode = field_mode(dir, field);
    }
}

static void make_field_or_array(const struct node *dir, const struct lone_field *field, struct node *child)
{
    if (!lone_field_is_array(field)) {
        make_field(dir, field, 0, child);
        return;
    }
    child->class = dir->source->transient ? &array_transient_class : &array_class;
    child->field = field;
    child->array = true;
}

/* Any element that could be there opens by its number; reading finds out. */
static int elements_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                         struct lone_error *error)
{
    const struct lone_field *field = dir->field;
    char canonical[16], *end;
    unsigned long number = strtoul(name, &end, 10);

    (void)fs, (void)error;
    snprintf(canonical, sizeof(canonical), "%lu", number);
    if (*end || strcmp(canonical, name) || number < field->first ||
        number - field->first >= (field->count ? field->count : INT32_MAX))
        return -ENOENT;
    make_field(dir, field, (unsigned)(number - field->first), child);
    return 0;
}

#define MOST_LISTED 1024u /* elements of a list that has no end of its own */

/* Does the record that @dir stands for have this element, as far as is known without asking anybody? */
static bool is_known(struct fs *fs, const struct node *dir, const struct lone_field *field, unsigned element)
{
    struct record_copy copy;
    struct lone_place place;
    bool there;

    if (!record_peek(fs, dir, &copy))
        return false;
    field = record_field_now(copy.record, field);
    there = field && !lone_field_place(copy.record, field, element, copy.bytes, copy.length, false, &place);
    record_drop(&copy);
    return there;
}

static bool elements_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    const struct lone_field *field = dir->field;

    if (field->count ? index >= field->count : index >= MOST_LISTED)
        return false;
    if ((field->counted_by.field || field->open) && !is_known(fs, dir->parent, field, index))
        return false;
    snprintf(name, 64, "%u", field->first + index);
    make_field(dir, field, index, child);
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
        if (field->when && !is_known(fs, dir, field, 0))
            continue;
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
