/* SPDX-License-Identifier: MIT */
/* The entry of a command as one record: the fields of its opcode, then those that all commands have. */
#include <string.h>

#include "fs.h"

void entry_record_init(struct entry_record *entry, const struct lone_opcode *opcode)
{
    size_t own = opcode ? opcode->n_fields : 0, n = 0;

    for (size_t i = 0; i < own && n < LONE_COUNT(entry->fields); i++)
        entry->fields[n++] = opcode->fields[i];
    for (size_t i = 0; i < lone_sqe.n_fields && n < LONE_COUNT(entry->fields); i++)
        entry->fields[n++] = lone_sqe.fields[i];
    entry->record = (struct lone_record){.name = opcode ? opcode->name : lone_sqe.name,
                                         .title = opcode ? opcode->title : lone_sqe.title,
                                         .size = LONE_SQE_SIZE,
                                         .fields = entry->fields,
                                         .n_fields = n};
}
