/* SPDX-License-Identifier: MIT */
/* The entry of a command, and its completion, as one record: the fields of its opcode, then those that all have. */
#include <string.h>

#include "fs.h"

static void join(struct entry_record *entry, const struct lone_field *own, size_t n_own,
                 const struct lone_record *common)
{
    size_t n = 0;

    for (size_t i = 0; i < n_own && n < LONE_COUNT(entry->fields); i++)
        entry->fields[n++] = own[i];
    for (size_t i = 0; i < common->n_fields && n < LONE_COUNT(entry->fields); i++)
        entry->fields[n++] = common->fields[i];
    entry->record = *common;
    entry->record.fields = entry->fields;
    entry->record.n_fields = n;
}

void entry_record_init(struct entry_record *entry, const struct lone_opcode *opcode)
{
    join(entry, opcode ? opcode->fields : NULL, opcode ? opcode->n_fields : 0, &lone_sqe);
    if (opcode) {
        entry->record.name = opcode->name;
        entry->record.title = opcode->title;
    }
}

void completion_record_init(struct entry_record *entry, const struct lone_record *own)
{
    join(entry, own ? own->fields : NULL, own ? own->n_fields : 0, &lone_cqe);
}
