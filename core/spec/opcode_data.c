/* SPDX-License-Identifier: MIT */
/* What lone_opcodes says of a command: which fields its entry has, how much data it moves, and what that data is. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "spec/features.h"
#include "spec/nvme.h"

const struct lone_opcode *lone_opcode_named(const char *name)
{
    for (size_t i = 0; i < lone_n_opcodes; i++)
        if (!strcmp(lone_opcodes[i].name, name))
            return &lone_opcodes[i];
    return NULL;
}

const struct lone_opcode *lone_opcode_numbered(enum lone_queue_kind kind, uint8_t opcode)
{
    for (size_t i = 0; i < lone_n_opcodes; i++)
        if (lone_opcodes[i].kind == kind && lone_opcodes[i].opcode == opcode)
            return &lone_opcodes[i];
    return NULL;
}

enum lone_direction lone_opcode_direction(uint8_t opcode)
{
    return (enum lone_direction)(opcode & 3);
}

const struct lone_field *lone_opcode_field(const struct lone_opcode *opcode, const char *name)
{
    for (size_t i = 0; opcode && i < opcode->n_fields; i++)
        if (!strcmp(opcode->fields[i].name, name))
            return &opcode->fields[i];
    return lone_record_field(&lone_sqe, name);
}

/* Names in the rows of the table are right: a unit test looks at all of them. */
static uint64_t value_of(const struct lone_opcode *opcode, const uint8_t *sqe, const char *name)
{
    const struct lone_field *field = lone_opcode_field(opcode, name);

    assert(field && field->bits <= 64);
    return (uint64_t)lone_bits_get(sqe, field->bit, field->bits);
}

static bool is_meant(const struct lone_opcode *opcode, const uint8_t *sqe, const struct lone_condition *when)
{
    for (unsigned i = 0; i < LONE_CONDITIONS && when[i].field; i++)
        if (value_of(opcode, sqe, when[i].field) != when[i].value)
            return false;
    return true;
}

static const struct lone_record *variant_of(const struct lone_opcode *opcode, const uint8_t *sqe,
                                            const struct lone_variant *row)
{
    for (; row && row->record; row++)
        if (is_meant(opcode, sqe, row->when))
            return row->record;
    return NULL;
}

const struct lone_record *lone_opcode_input(const struct lone_opcode *opcode, const uint8_t *sqe)
{
    if (!opcode)
        return NULL;
    return opcode->input_of ? opcode->input_of(sqe) : variant_of(opcode, sqe, opcode->inputs);
}

const struct lone_record *lone_opcode_result(const struct lone_opcode *opcode, const uint8_t *sqe)
{
    if (!opcode)
        return NULL;
    return opcode->result_of ? opcode->result_of(sqe) : variant_of(opcode, sqe, opcode->results);
}

const struct lone_record *lone_opcode_more(const struct lone_opcode *opcode, const uint8_t *sqe, unsigned *dwords)
{
    *dwords = 0;
    return opcode && opcode->more_of ? opcode->more_of(sqe, dwords) : NULL;
}

const struct lone_record *lone_opcode_completion(const struct lone_opcode *opcode, const uint8_t *sqe)
{
    if (!opcode)
        return NULL;
    return opcode->completion_of ? opcode->completion_of(sqe) : variant_of(opcode, sqe, opcode->completions);
}

/* The number that a row's field stands for: of a zero-based one, one more; of dwords, four times. Together with .upper
 * it is zero-based by definition (NUMDL and NUMDU). */
static uint64_t quantity_of(const struct lone_opcode *opcode, const uint8_t *sqe, const struct lone_length *row)
{
    const struct lone_field *field = lone_opcode_field(opcode, row->field);
    uint64_t value = value_of(opcode, sqe, row->field);

    if (row->upper)
        return (value | value_of(opcode, sqe, row->upper) << field->bits) + 1;
    return (value + (field->kind == LONE_ZERO_BASED)) * (field->scale ? field->scale : 1);
}

enum { PRACT = 8 }; /* in PRINFO: NVM Command Set 1.0, Figure 11 */

/* With PRACT set and metadata that is protection information and nothing else, the controller inserts and strips it:
 * no metadata is transferred (NVM Command Set 1.0, 5.2.2). */
static bool is_stripped(const struct lone_opcode *opcode, const uint8_t *sqe, const struct lone_format *format)
{
    return format->pi_type && format->metadata_size == lone_protection_size(format) &&
           value_of(opcode, sqe, "PRINFO") & PRACT;
}

static int64_t blocks_length(const struct lone_opcode *opcode, const uint8_t *sqe, const struct lone_length *row,
                             const struct lone_format *format, uint64_t *metadata, struct lone_error *error)
{
    uint64_t blocks = quantity_of(opcode, sqe, row);
    uint32_t extra;

    if (!format)
        return lone_fail(error, ENODATA,
                         "how much data %s moves depends on the format of its namespace, which is not "
                         "known: read identify/namespace/N first, or write data_size",
                         opcode->name);
    if (format->pi_type && !lone_protection_size(format) && value_of(opcode, sqe, "PRINFO") & PRACT)
        return lone_fail(error, ENODATA,
                         "how much metadata %s with PRACT=1 moves depends on the protection information of its "
                         "namespace, whose format %u (PIF or QPIF) is not laid out: write data_size and metadata_size",
                         opcode->name, format->pif);
    extra = is_stripped(opcode, sqe, format) ? 0 : format->metadata_size;
    if (format->interleaved)
        return (int64_t)(blocks * (format->lba_size + (uint64_t)extra));
    *metadata = blocks * extra;
    return (int64_t)(blocks * format->lba_size);
}

static int64_t extension_length(const struct lone_opcode *opcode, const struct lone_format *format,
                                struct lone_error *error)
{
    if (format && format->zone_extension)
        return format->zone_extension;
    return lone_fail(
        error, ENODATA,
        "%s moves a Zone Descriptor Extension, and how long that is in its namespace is not known, or there "
        "is none: read identify/namespace/N and then identify/zns/namespace/N/LBAFE, or write data_size",
        opcode->name);
}

static int64_t feature_length(const struct lone_opcode *opcode, const uint8_t *sqe, const struct lone_length *row)
{
    const struct lone_feature *feature = lone_feature_numbered((uint8_t)value_of(opcode, sqe, row->field));
    uint32_t cdw11 = (uint32_t)value_of(opcode, sqe, "CDW11");

    if (!feature)
        return 0;
    return row->kind == LONE_LENGTH_GET_FEATURE ? lone_feature_get_length(feature, cdw11)
                                                : lone_feature_set_length(feature, cdw11);
}

int64_t lone_opcode_data_length(const struct lone_opcode *opcode, const uint8_t *sqe, const struct lone_format *format,
                                uint64_t *metadata, struct lone_error *error)
{
    const struct lone_length *row = opcode ? opcode->lengths : NULL;
    uint64_t none;

    metadata = metadata ? metadata : &none;
    *metadata = 0;
    if (!row)
        return opcode ? opcode->data_length : 0;
    while (row->kind && !is_meant(opcode, sqe, row->when))
        row++;
    switch (row->kind) {
    case LONE_LENGTH_END:
        return 0;
    case LONE_LENGTH_FIXED:
        return row->each;
    case LONE_LENGTH_TIMES:
        return (int64_t)(quantity_of(opcode, sqe, row) * row->each);
    case LONE_LENGTH_BLOCKS:
        return blocks_length(opcode, sqe, row, format, metadata, error);
    case LONE_LENGTH_EXTENSION:
        return extension_length(opcode, format, error);
    case LONE_LENGTH_GET_FEATURE:
    case LONE_LENGTH_SET_FEATURE:
        return feature_length(opcode, sqe, row);
    case LONE_LENGTH_ELSEWHERE:
        break;
    }
    return lone_fail(error, ENODATA, "the entry does not say how much data %s moves (%s): write data_size",
                     opcode->name, row->meaning);
}
