/* SPDX-License-Identifier: MIT */
#include "tables.h"

#include <assert.h>

#include "spec/features.h"
#include "spec/logs.h"
#include "spec/nvme.h"
#include "spec/pci.h"

#define MAX_TABLES 1024

static const struct lone_record *tables[MAX_TABLES];
static struct lone_record commands[MAX_TABLES];
static size_t n_tables;

/* Tables of tables name some records more than once, or none. */
static void add(const struct lone_record *record)
{
    if (!record)
        return;
    for (size_t i = 0; i < n_tables; i++)
        if (tables[i] == record)
            return;
    assert(n_tables < MAX_TABLES && record->size <= TABLE_SIZE_MAX);
    tables[n_tables++] = record;
}

static void add_commands(void)
{
    assert(lone_n_opcodes <= MAX_TABLES);
    for (size_t i = 0; i < lone_n_opcodes; i++) {
        const struct lone_opcode *opcode = &lone_opcodes[i];

        if (!opcode->fields)
            continue;
        commands[i] = (struct lone_record){.name = opcode->name,
                                           .title = opcode->title,
                                           .size = LONE_SQE_SIZE,
                                           .fields = opcode->fields,
                                           .n_fields = opcode->n_fields};
        add(&commands[i]);
    }
}

static void add_variants(const struct lone_variant *row)
{
    for (; row && row->record; row++)
        add(row->record);
}

/* What commands take and return. Where a function tells it, the tables that it asks are below. */
static void add_command_data(void)
{
    for (size_t i = 0; i < lone_n_opcodes; i++) {
        add_variants(lone_opcodes[i].inputs);
        add_variants(lone_opcodes[i].results);
        add_variants(lone_opcodes[i].completions);
    }
}

static void add_features(void)
{
    add(&lone_feature_capabilities);
    for (size_t i = 0; i < lone_n_features; i++) {
        add(lone_features[i].record);
        add(lone_features[i].set);
        add(lone_features[i].get);
        add(lone_features[i].data);
        add(lone_features[i].set_data);
        add(lone_features[i].dw0);
    }
}

const struct lone_record *const *all_tables(size_t *n)
{
    if (!n_tables) {
        add(&lone_nvme_registers);
        add(&lone_pci_header);
        for (size_t i = 0; i < lone_n_capabilities; i++)
            add(lone_capabilities[i].record);
        add(&lone_sqe);
        add(&lone_sqe_dwords);
        add(&lone_cqe);
        add(&lone_power_state);
        add_commands();
        add_command_data();
        add_features();
        for (size_t i = 0; i < lone_n_logs; i++)
            add(lone_logs[i].record);
    }
    *n = n_tables;
    return tables;
}
