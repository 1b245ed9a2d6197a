/* SPDX-License-Identifier: MIT */
/* The entry of a command, and its completion, as one record: the fields of its opcode, then those that all have. */
#include <stdlib.h>
#include <string.h>

#include "fs.h"

/* The fields of an entry, or of a completion, as one record. What was made stays, and is the same for all objects:
 * files that are open name its fields, whatever becomes of the entry meanwhile. There are no more of them than
 * commands, and features for those two that set and get them. */
struct joined {
    struct lone_field fields[96];
    struct lone_record record;
    const struct lone_record *common, *more;
    const struct lone_opcode *opcode;
    struct joined *next;
};

static struct joined *joined_records;

static void add(struct joined *joined, const struct lone_field *fields, size_t n)
{
    for (size_t i = 0; i < n && joined->record.n_fields < LONE_COUNT(joined->fields); i++)
        joined->fields[joined->record.n_fields++] = fields[i];
}

/* The rows of @record that lie in its first @dwords dwords, which are those from Command Dword 11 on. */
static void add_more(struct joined *joined, const struct lone_record *record, unsigned dwords)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        struct lone_field field = record->fields[i];

        if (field.bit + field.bits > dwords * 32)
            continue;
        field.bit += LONE_BYTE(44);
        add(joined, &field, 1);
    }
}

static const struct lone_record *find(const struct lone_record *common, const struct lone_opcode *opcode,
                                      const struct lone_record *more)
{
    for (const struct joined *joined = joined_records; joined; joined = joined->next)
        if (joined->common == common && joined->opcode == opcode && joined->more == more)
            return &joined->record;
    return NULL;
}

/* Without memory: what all have in common. */
static struct joined *make(const struct lone_record *common, const struct lone_opcode *opcode,
                           const struct lone_record *more)
{
    struct joined *joined = calloc(1, sizeof(*joined));

    if (!joined)
        return NULL;
    joined->record = *common;
    joined->record.fields = joined->fields;
    joined->record.n_fields = 0;
    joined->common = common;
    joined->opcode = opcode;
    joined->more = more;
    joined->next = joined_records;
    joined_records = joined;
    return joined;
}

const struct lone_record *entry_record(const struct lone_opcode *opcode, const uint8_t *sqe)
{
    unsigned dwords;
    const struct lone_record *more = lone_opcode_more(opcode, sqe, &dwords), *known = find(&lone_sqe, opcode, more);
    struct joined *joined = known ? NULL : make(&lone_sqe, opcode, more);

    if (!joined)
        return known ? known : &lone_sqe;
    if (opcode) {
        add(joined, opcode->fields, opcode->n_fields);
        joined->record.name = opcode->name;
        joined->record.title = opcode->title;
    }
    if (more)
        add_more(joined, more, dwords);
    add(joined, lone_sqe.fields, lone_sqe.n_fields);
    add(joined, lone_sqe_dwords.fields, lone_sqe_dwords.n_fields);
    return &joined->record;
}

const struct lone_record *completion_record(const struct lone_record *own)
{
    const struct lone_record *known = find(&lone_cqe, NULL, own);
    struct joined *joined = known ? NULL : make(&lone_cqe, NULL, own);

    if (!joined)
        return known ? known : &lone_cqe;
    if (own)
        add(joined, own->fields, own->n_fields);
    add(joined, lone_cqe.fields, lone_cqe.n_fields);
    return &joined->record;
}

/* Extended zone reports, by the length of the extensions in them; likewise. */
struct laid_out {
    struct lone_zone_report_layout layout;
    const struct lone_record *record;
    uint16_t extension;
    struct laid_out *next;
};

static struct laid_out *zone_reports;

const struct lone_record *zone_report_record(uint16_t extension)
{
    struct laid_out *known = zone_reports;

    while (known && known->extension != extension)
        known = known->next;
    if (known)
        return known->record;
    known = calloc(1, sizeof(*known));
    if (!known)
        return &lone_zone_report_extended;
    known->extension = extension;
    known->record = lone_zone_report_lay_out(&known->layout, extension);
    known->next = zone_reports;
    zone_reports = known;
    return known->record;
}

void entry_records_free(void)
{
    for (struct joined *joined; (joined = joined_records);) {
        joined_records = joined->next;
        free(joined);
    }
    for (struct laid_out *report; (report = zone_reports);) {
        zone_reports = report->next;
        free(report);
    }
}
