/* SPDX-License-Identifier: MIT */
/* Every table of the specifications in one list, for tests that hold of all of them. */
#ifndef LONE_TESTS_TABLES_H
#define LONE_TESTS_TABLES_H

#include "spec/record.h"

#define TABLE_SIZE_MAX (4096u + 8u) /* no table is larger: a feature's dwords and its data (of its fixed part) */

/* How many bytes a test gives to a copy of @record at most: some elements, where it is of variable length. */
static inline size_t table_size(const struct lone_record *record)
{
    return record->size + (record->flags & LONE_VARIABLE ? 700 : 0);
}

/* Registers, PCI header, capabilities in all shapes, queue entries, each command's own fields as a record of 64 bytes,
 * Identify structures, features. *@n gets their number. The list belongs to this file. One thread at a time. */
const struct lone_record *const *all_tables(size_t *n);

#endif
