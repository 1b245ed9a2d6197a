/* SPDX-License-Identifier: MIT */
/* Every table of the specifications in one list, for tests that hold of all of them. */
#ifndef LONE_TESTS_TABLES_H
#define LONE_TESTS_TABLES_H

#include "spec/record.h"

#define TABLE_SIZE_MAX (4096u + 8u) /* no table is larger: a feature's dwords and its data */

/* Registers, PCI header, capabilities in all shapes, queue entries, each command's own fields as a record of 64 bytes,
 * Identify structures, features. *@n gets their number. The list belongs to this file. One thread at a time. */
const struct lone_record *const *all_tables(size_t *n);

#endif
