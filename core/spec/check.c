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

    if (!field->bits &&
        !((field->kind == LONE_BYTES || field->kind == LONE_ASCII) && (field->open || field->counted_by.field)))
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

/* Extents are told by numbers that can be found without knowing any extent. */
static int check_teller(const struct lone_record *record, const struct lone_field *field, const char *name,
                        struct lone_error *error)
{
    const struct lone_field *teller = name ? lone_record_field(record, name) : NULL;
    const char *where = field ? field->name : "length";

    if (!name)
        return 0;
    if (!teller || teller == field || lone_kind_is_text(teller->kind) || teller->kind == LONE_RECORD ||
        teller->bits > 64 || lone_field_is_array(teller) || teller->after || teller->start.field || teller->when)
        return lone_fail(error, EINVAL, "%s.%s: %s is not a number at a fixed place", record->name, where, name);
    return 0;
}

static int check_sum(const struct lone_record *record, const struct lone_field *field, const struct lone_sum *sum,
                     struct lone_error *error)
{
    int result = check_teller(record, field, sum->field, error);

    if (!result)
        result = check_teller(record, field, sum->other, error);
    if (!result && !sum->field && (sum->other || sum->scale || sum->add || sum->but_ones))
        result = lone_fail(error, EINVAL, "%s.%s: half a sum", record->name, field ? field->name : "length");
    return result;
}

/* Does it lie behind the fixed part, where the bytes tell its extent or its place? */
static bool is_behind(const struct lone_field *field)
{
    return field->open || (field->counted_by.field && !field->count) || field->after || field->start.field ||
           lone_varies(field);
}

static int check_place(const struct lone_record *record, size_t index, struct lone_error *error)
{
    const struct lone_field *field = &record->fields[index];
    const struct lone_field *before = field->after ? lone_record_field(record, field->after) : NULL;
    bool moves = field->after || field->start.field;
    int result = check_sum(record, field, &field->counted_by, error);

    if (!result)
        result = check_sum(record, field, &field->start, error);
    if (!result)
        result = check_teller(record, field, field->when, error);
    if (result)
        return result;
    if (field->when && !lone_bits_fit(field->is, lone_record_field(record, field->when)->bits))
        return lone_fail(error, EINVAL, "%s.%s: %s never has that value", record->name, field->name, field->when);
    if (field->open && (field->count || field->counted_by.field))
        return lone_fail(error, EINVAL, "%s.%s: open, but counted", record->name, field->name);
    if (field->after && (!before || before >= field || field->start.field))
        return lone_fail(error, EINVAL, "%s.%s does not stand after an earlier row", record->name, field->name);
    if (before && before->open)
        return lone_fail(error, EINVAL, "%s.%s stands behind what is open", record->name, field->name);
    if (!is_behind(field))
        return 0;
    if (!(record->flags & LONE_VARIABLE) || record->tlv.header)
        return lone_fail(error, EINVAL, "%s.%s: the record is not LONE_VARIABLE", record->name, field->name);
    if (field->bit % 8 || field->bits % 8 || (!moves && field->bit < record->size * 8))
        return lone_fail(error, EINVAL, "%s.%s does not stand on a byte behind the fixed part", record->name,
                         field->name);
    return 0;
}

static int claim(const struct lone_record *record, const struct lone_field *field, uint8_t *used,
                 struct lone_error *error)
{
    uint32_t n = field->count ? field->count : 1;

    if ((uint64_t)field->bit + (uint64_t)field->bits * n > (uint64_t)record->size * 8)
        return lone_fail(error, EINVAL, "%s.%s ends outside the record", record->name, field->name);
    /* Of rows with conditions several may stand in one place. */
    for (uint32_t bit = field->bit; bit < field->bit + field->bits * n && !field->when; bit++) {
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
    if (!result)
        result = check_place(record, index, error);
    /* The values of a list of types, lengths and values each start at 0: they overlap by nature. */
    if (!result && !record->tlv.header && !is_behind(field))
        result = claim(record, field, used, error);
    if (!result && field->record)
        result = lone_record_check(field->record, error);
    return result;
}

static int check_length(const struct lone_record *record, struct lone_error *error)
{
    bool varies = record->length.field;

    for (size_t i = 0; i < record->n_fields; i++)
        varies = varies || is_behind(&record->fields[i]);
    if (varies != !!(record->flags & LONE_VARIABLE))
        return lone_fail(error, EINVAL, "%s: LONE_VARIABLE and its rows do not agree", record->name);
    if ((record->flags & LONE_REGISTER) && (varies || record->size > 64))
        return lone_fail(error, EINVAL, "%s: a register of %u bytes or more", record->name, record->size);
    return check_sum(record, NULL, &record->length, error);
}

int lone_record_check(const struct lone_record *record, struct lone_error *error)
{
    uint8_t *used;
    int result = 0;

    if (!record->name || (!record->size && !(record->flags & LONE_VARIABLE)) || !record->fields || !record->n_fields)
        return lone_fail(error, EINVAL, "a record without name, size or fields: %s", record->name ? record->name : "?");
    result = check_length(record, error);
    if (result)
        return result;
    used = calloc(1, record->size + 1u);
    if (!used)
        return lone_fail(error, ENOMEM, "no memory");
    for (size_t i = 0; i < record->n_fields && !result; i++)
        result = check_field(record, i, used, error);
    free(used);
    return result;
}
