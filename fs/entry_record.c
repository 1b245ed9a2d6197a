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

/* The rows of @record that lie in its first @dwords dwords, which are those from Command Dword 11 on. */
static void add_more(struct entry_record *entry, const struct lone_record *record, unsigned dwords)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        struct lone_field field = record->fields[i];

        if (field.bit + field.bits > dwords * 32)
            continue;
        field.bit += LONE_BYTE(44);
        add(entry, &field, 1);
    }
}

void entry_record_init_of(struct entry_record *entry, const struct lone_opcode *opcode, const uint8_t *sqe)
{
    unsigned dwords;
    const struct lone_record *more = sqe ? lone_opcode_more(opcode, sqe, &dwords) : NULL;

    begin(entry, &lone_sqe);
    if (opcode) {
        add(entry, opcode->fields, opcode->n_fields);
        entry->record.name = opcode->name;
        entry->record.title = opcode->title;
    }
    if (more)
        add_more(entry, more, dwords);
    add(entry, lone_sqe.fields, lone_sqe.n_fields);
    add(entry, lone_sqe_dwords.fields, lone_sqe_dwords.n_fields);
}

void entry_record_init(struct entry_record *entry, const struct lone_opcode *opcode)
{
    entry_record_init_of(entry, opcode, NULL);
}

void completion_record_init(struct entry_record *entry, const struct lone_record *own)
{
    begin(entry, &lone_cqe);
    if (own)
        add(entry, own->fields, own->n_fields);
    add(entry, lone_cqe.fields, lone_cqe.n_fields);
}
