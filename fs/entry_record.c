/* SPDX-License-Identifier: MIT */
/* The entry of a command, and its completion, as one record: the fields of its opcode, then those that all have. */
#include <string.h>

#include "fs.h"

static void begin(struct entry_record *entry, const struct lone_record *common)
{
    entry->record = *common;
    entry->record.fields = entry->fields;
    entry->record.n_fields = 0;
}

static void add(struct entry_record *entry, const struct lone_field *fields, size_t n)
{
    for (size_t i = 0; i < n && entry->record.n_fields < LONE_COUNT(entry->fields); i++)
        entry->fields[entry->record.n_fields++] = fields[i];
}

void entry_record_init(struct entry_record *entry, const struct lone_opcode *opcode)
{
    begin(entry, &lone_sqe);
    if (opcode) {
        add(entry, opcode->fields, opcode->n_fields);
        entry->record.name = opcode->name;
        entry->record.title = opcode->title;
    }
    add(entry, lone_sqe.fields, lone_sqe.n_fields);
    add(entry, lone_sqe_dwords.fields, lone_sqe_dwords.n_fields);
}

void completion_record_init(struct entry_record *entry, const struct lone_record *own)
{
    begin(entry, &lone_cqe);
    if (own)
        add(entry, own->fields, own->n_fields);
    add(entry, lone_cqe.fields, lone_cqe.n_fields);
}
