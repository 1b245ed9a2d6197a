/* SPDX-License-Identifier: MIT */
/* Is a table itself well formed? Run by the unit tests over every table, so that the decoder need not doubt them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spec/record.h"
#include "spec/record_internal.h"

static bool good_name(const char *name, bool enumerated)
{
    if (!name || !*name)
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_' && !(enumerated && strchr("-.+", *name)))
            return false;
    return true;
}

static int check_names(const char *where, const struct lone_field *field, struct lone_error *error)
{
    for (const struct lone_name *row = field->names; row && row->name; row++) {
        if (!good_name(row->name, true))
            return lone_fail(error, EINVAL, "%s.%s: bad name \"%s\"", where, field->name, row->name);
        if (!lone_bits_fit(row->value, field->bits))
            return lone_fail(error, EINVAL, "%s.%s: %s does not fit", where, field->name, row->name);
        for (const struct lone_name *other = field->names; other < row; other++)
            if (other->value == row->value || !strcasecmp(other->name, row->name))
                return lone_fail(error, EINVAL, "%s.%s: %s is there twice", where, field->name, row->name);
    }
    return 0;
}

static int check_kind(const char *where, const struct lone_field *field, struct lone_error *error)
{
    bool whole_bytes = field->bit % 8 == 0 && field->bits % 8 == 0;

    if (!field->bits)
        return lone_fail(error, EINVAL, "%s.%s has no bits", where, field->name);
    if ((lone_kind_is_text(field->kind) || field->kind == LONE_RECORD) && !whole_bytes)
        return lone_fail(error, EINVAL, "%s.%s is not made of whole bytes", where, field->name);
    if (!lone_kind_is_text(field->kind) && field->kind != LONE_RECORD && field->bits > 128)
        return lone_fail(error, EINVAL, "%s.%s: a number of %u bits", where, field->name, field->bits);
    if (field->kind == LONE_ENUM && (!field->names || field->bits > 64))
        return lone_fail(error, EINVAL, "%s.%s: an enumeration without names", where, field->name);
    if (field->kind == LONE_UUID && field->bits != 128)
        return lone_fail(error, EINVAL, "%s.%s: a UUID of %u bits", where, field->name, field->bits);
    if ((field->kind == LONE_RECORD) != (field->record != NULL))
        return lone_fail(error, EINVAL, "%s.%s: kind and record do not agree", where, field->name);
    if (field->record && field->record->size * 8 != field->bits)
        return lone_fail(error, EINVAL, "%s.%s: %u bits for a record of %u bytes", where, field->name, field->bits,
                         field->record->size);
    return check_names(where, field, error);
}

static int claim(const struct lone_record *record, const struct lone_field *field, uint8_t *used,
                 struct lone_error *error)
{
    uint32_t n = field->count ? field->count : 1;

    if ((uint64_t)field->bit + (uint64_t)field->bits * n > (uint64_t)record->size * 8)
        return lone_fail(error, EINVAL, "%s.%s ends outside the record", record->name, field->name);
    for (uint32_t bit = field->bit; bit < field->bit + field->bits * n; bit++) {
        if (lone_bits_get(used, bit, 1))
            return lone_fail(error, EINVAL, "%s.%s overlaps another field at bit %u", record->name, field->name, bit);
        lone_bits_set(used, bit, 1, 1);
    }
    return 0;
}

static int check_field(const struct lone_record *record, size_t index, uint8_t *used, struct lone_error *error)
{
    const struct lone_field *field = &record->fields[index];
    int result;

    if (!good_name(field->name, false))
        return lone_fail(error, EINVAL, "%s: bad name in row %zu", record->name, index);
    if (lone_record_field(record, field->name) != field)
        return lone_fail(error, EINVAL, "%s.%s is there twice", record->name, field->name);
    result = check_kind(record->name, field, error);
    /* The values of a list of types, lengths and values each start at 0: they overlap by nature. */
    if (!result && !record->tlv.header)
        result = claim(record, field, used, error);
    if (!result && field->record)
        result = lone_record_check(field->record, error);
    return result;
}

int lone_record_check(const struct lone_record *record, struct lone_error *error)
{
    uint8_t *used;
    int result = 0;

    if (!record->name || !record->size || !record->fields || !record->n_fields)
        return lone_fail(error, EINVAL, "a record without name, size or fields: %s", record->name ? record->name : "?");
    if ((record->flags & LONE_REGISTER) && record->size > 64)
        return lone_fail(error, EINVAL, "%s: a register of %u bytes", record->name, record->size);
    used = calloc(1, record->size);
    if (!used)
        return lone_fail(error, ENOMEM, "no memory");
    for (size_t i = 0; i < record->n_fields && !result; i++)
        result = check_field(record, i, used, error);
    free(used);
    return result;
}
