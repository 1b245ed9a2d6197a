/* SPDX-License-Identifier: MIT */
/* Where a record's bytes are: copying them from their source, and finding a nested record in them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

const struct lone_record *record_of(struct fs *fs, const struct node *node)
{
    return node->record ? node->record : node->source->record(fs, node);
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

void record_drop(struct record_copy *copy)
{
    free(copy->data);
    free(copy->present);
    *copy = (struct record_copy){0};
}

/* The record above a file or a nested record; elements of arrays lie in a directory of their own. */
static const struct node *above(const struct node *node)
{
    return node->parent->array ? node->parent->parent : node->parent;
}

const struct node *record_owner(const struct node *node)
{
    return above(node);
}

const struct lone_field *record_field_now(const struct lone_record *record, const struct lone_field *field)
{
    const struct lone_field *same;

    if (!record || (field >= record->fields && field < record->fields + record->n_fields))
        return record ? field : NULL;
    same = lone_record_field(record, field->name);
    return same && same->bit == field->bit && same->bits == field->bits && same->count == field->count &&
                   same->kind == field->kind && same->record == field->record
               ? same
               : NULL;
}

/* Narrows @copy, which holds all bytes of the source, to the record that @dir stands for. */
static int find_nested(struct fs *fs, const struct node *dir, bool beyond, struct record_copy *copy)
{
    const struct lone_field *field = dir->field;
    struct lone_place place;
    int result;

    if (!dir->nested) {
        copy->record = record_of(fs, dir);
        return copy->record ? 0 : -ENODATA;
    }
    result = find_nested(fs, above(dir), beyond, copy);
    if (result)
        return result;
    /* The layout may be another one by now: then the node stands for nothing that is there. */
    field = record_field_now(copy->record, field);
    if (!field || lone_field_place(copy->record, field, dir->element, copy->bytes, copy->length, beyond, &place))
        return -ENODATA;
    copy->bytes += place.bit / 8;
    copy->offset += place.bit / 8;
    copy->length = place.bits / 8;
    copy->record = field->record;
    return 0;
}

int record_measure(struct op *op, uint64_t *size)
{
    const struct node *node = record_owner(op->node);
    const struct lone_record *record;
    int result;

    if (node->source->measure) {
        result = node->source->measure(op, size);
        *size = *size < UINT32_MAX ? *size : UINT32_MAX;
        return result;
    }
    while (node->nested)
        node = above(node);
    record = record_of(op->fs, node);
    *size = record ? record->size : 0;
    return 0;
}

static int take_registers(struct op *op, bool aggregate, struct record_copy *copy)
{
    const struct node *node = op->node;
    const struct lone_record *record = record_of(op->fs, node);
    int result;

    /* Who asks for one register by its name means that one. */
    aggregate = aggregate && !(record->flags & LONE_REGISTER);
    *copy = (struct record_copy){.record = record,
                                 .length = record->size,
                                 .offset = node->base,
                                 .data = calloc(1, record->size),
                                 .present = calloc(1, record->size)};
    copy->bytes = copy->data;
    result = copy->data && copy->present
                 ? record_load(op, node->source, record, node->base, copy->bytes, copy->present, aggregate)
                 : lone_fail(&op->error, ENOMEM, "no memory for %u bytes", record->size);
    if (result)
        record_drop(copy);
    return result;
}

/* What a command returns or a user wrote is copied: all that there may be, or of what lies at fixed places in it no
 * more than that needs. @limit: what is longer is refused, since nobody else is served meanwhile. */
static int take_bytes(struct op *op, uint64_t most, uint64_t limit, struct record_copy *copy)
{
    const struct source *source = op->node->source;
    int result;

    *copy = (struct record_copy){0};
    result = record_measure(op, &copy->length);
    if (result)
        return result;
    copy->length = copy->length < most ? copy->length : most;
    if (copy->length > limit)
        return lone_fail(&op->error, EFBIG,
                         "there are %" PRIu64 " bytes, and in at most %" PRIu64
                         " of them fields are looked for: read raw",
                         copy->length, limit);
    copy->bytes = copy->data = calloc(1, copy->length + 1);
    result = copy->data ? source->load(op, 0, (uint32_t)copy->length, copy->bytes, NULL, false)
                        : lone_fail(&op->error, ENOMEM, "no memory for %llu bytes", (unsigned long long)copy->length);
    if (result)
        record_drop(copy);
    return result;
}

/* Does it lie in the part of @record that has a fixed length, at a place of its own? */
static bool is_fixed(const struct lone_record *record, const struct lone_field *field)
{
    uint64_t bits = (uint64_t)field->bits * (field->count ? field->count : 1);

    return bits && !field->after && !field->start.field && field->bit + bits <= (uint64_t)record->size * 8;
}

/* How many bytes of the source the file op->node, of the record that @owner stands for, can need. */
static uint64_t most_of(struct op *op, const struct node *owner)
{
    const struct node *node = owner;
    const struct lone_record *record;

    while (node->nested)
        node = above(node);
    record = record_of(op->fs, node);
    if (!record)
        return UINT64_MAX;
    if (record->flags & LONE_VARIABLE && (owner->nested || !op->node->field || !is_fixed(record, op->node->field)))
        return UINT64_MAX;
    return record->size;
}

/* The data do not have what the node stands for: an element too many, another type, another layout. */
static int refuse_nested(struct op *op, const struct node *owner, const struct record_copy *copy)
{
    bool element = owner->nested && owner->parent->array;

    if (!copy->record)
        return lone_fail(&op->error, ENODATA, "the layout of these bytes is not known: read raw");
    return lone_fail(&op->error, ENODATA, "the %s in the %llu bytes that there are has no %s%s%s", copy->record->name,
                     (unsigned long long)copy->length, element ? owner->parent->name : "", element ? "/" : "",
                     owner->name);
}

int record_take(struct op *op, bool aggregate, bool beyond, struct record_copy *copy)
{
    const struct node *owner = record_owner(op->node);
    int result;

    if (op->node->source->registers)
        return take_registers(op, aggregate, copy);
    result = take_bytes(op, most_of(op, owner), LARGEST_DECODED, copy);
    if (result)
        return result;
    result = find_nested(op->fs, owner, beyond, copy);
    if (!result)
        return 0;
    result = refuse_nested(op, owner, copy);
    record_drop(copy);
    return result;
}

int record_take_all(struct op *op, struct lone_text *text)
{
    struct record_copy copy;
    int result = take_bytes(op, UINT64_MAX, UINT64_MAX, &copy);

    if (result)
        return result;
    lone_text_append(text, (const char *)copy.data, copy.length);
    record_drop(&copy);
    return 0;
}

bool record_peek(struct fs *fs, const struct node *dir, struct record_copy *copy)
{
    const struct source *source = dir->source;

    *copy = (struct record_copy){.data = source->peek ? malloc(RECORD_PEEK) : NULL};
    if (!copy->data)
        return false;
    copy->bytes = copy->data;
    copy->length = source->peek(fs, dir, copy->data, RECORD_PEEK);
    copy->length = copy->length < RECORD_PEEK ? copy->length : RECORD_PEEK;
    if (copy->length && !find_nested(fs, dir, false, copy))
        return true;
    record_drop(copy);
    return false;
}
