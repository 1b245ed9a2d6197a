/* SPDX-License-Identifier: MIT */
/* I/O commands that change or check blocks without moving them to the host or from it (NVM Command Set 1.0, 3.2). */
#include "nvsim/nvsim_internal.h"

#include <string.h>

enum range_opcode {
    WRITE_UNCORRECTABLE = 0x04,
    WRITE_ZEROES = 0x08,
    DATASET_MANAGEMENT = 0x09,
    VERIFY = 0x0c,
    COPY = 0x19,
};

#define DSM_DEALLOCATE 0x4u
#define DSM_RANGE      16u /* bytes of a range's definition */
#define COPY_RANGE     32u

static uint64_t address(const struct nvsim_command *command)
{
    return command->cdw10 | (uint64_t)command->cdw11 << 32;
}

/* Write Zeroes, Write Uncorrectable and Verify say alike which blocks they are about. Blocks of zeros are deallocated
 * whether DEAC asks for it or not: they read the same. */
static uint16_t simple_range(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command)
{
    uint64_t slba = address(command), count = (command->cdw12 & 0xffff) + 1;
    uint16_t status = nvsim_io_check(ns, command, slba, count);

    if (status)
        return nvsim_refuse(command, "SLBA", status);
    switch (command->opcode) {
    case WRITE_ZEROES:
        nvsim_namespace_deallocate(ns, slba, count);
        return LONE_SC_SUCCESS;
    case WRITE_UNCORRECTABLE:
        nvsim_namespace_mark(ns, slba, count, true);
        return LONE_SC_SUCCESS;
    default:
        status = nvsim_io_read_check(ns, command, slba, count);
        if (!status)
            sim->usage.read_units += count << ns->shift >> 9;
        return status;
    }
}

/* The attributes of the ranges, and of the whole except Deallocate, are hints without effect. */
static uint16_t dataset_management(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command)
{
    uint8_t ranges[256 * DSM_RANGE];
    unsigned n = (command->cdw10 & 0xff) + 1;
    uint16_t status = nvsim_transfer_in(sim, command, ranges, n * DSM_RANGE);

    for (const uint8_t *at = ranges; !status && at < ranges + n * DSM_RANGE; at += DSM_RANGE)
        status = nvsim_io_check(ns, command, nvsim_get64(at + 8), nvsim_get32(at + 4));
    if (status || !(command->cdw11 & DSM_DEALLOCATE))
        return status;
    for (const uint8_t *at = ranges; at < ranges + n * DSM_RANGE; at += DSM_RANGE)
        nvsim_namespace_deallocate(ns, nvsim_get64(at + 8), nvsim_get32(at + 4));
    return LONE_SC_SUCCESS;
}

static uint64_t source_block(const uint8_t *range)
{
    return nvsim_get64(range + 8);
}

static uint32_t source_count(const uint8_t *range)
{
    return nvsim_get16(range + 16) + 1u;
}

static uint16_t check_copy(const struct nvsim_namespace *ns, struct nvsim_command *command, const uint8_t *ranges,
                           unsigned n)
{
    uint64_t total = 0;
    uint16_t status;

    for (const uint8_t *at = ranges; at < ranges + n * COPY_RANGE; at += COPY_RANGE) {
        if (source_count(at) > NVSIM_MSSRL)
            return LONE_SC_SIZE_LIMIT;
        status = nvsim_io_check(ns, command, source_block(at), source_count(at));
        if (status)
            return status;
        total += source_count(at);
    }
    if (total > NVSIM_MCL)
        return LONE_SC_SIZE_LIMIT;
    status = nvsim_io_check(ns, command, address(command), total);
    return status ? nvsim_refuse(command, "SDLBA", status) : LONE_SC_SUCCESS;
}

static void copy_blocks(struct nvsim_namespace *ns, uint64_t to, uint64_t from, uint64_t count)
{
    memmove(ns->data + (to << ns->shift), ns->data + (from << ns->shift), count << ns->shift);
    if (ns->metadata_size)
        memmove(ns->metadata + to * ns->metadata_size, ns->metadata + from * ns->metadata_size,
                count * ns->metadata_size);
    nvsim_namespace_mark(ns, to, count, false);
}

/* DW0 of a copy that fails is the number of the range that was not copied whole. */
static uint16_t copy(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command)
{
    unsigned n = (command->cdw12 & 0xff) + 1, format = command->cdw12 >> 8 & 15;
    uint8_t ranges[NVSIM_MSRC * COPY_RANGE];
    uint64_t to = address(command);
    uint16_t status;

    if (format)
        return nvsim_refuse(command, "DESFMT", LONE_SC_INVALID_FIELD);
    if (n > NVSIM_MSRC)
        return nvsim_refuse(command, "NR", LONE_SC_SIZE_LIMIT);
    status = nvsim_transfer_in(sim, command, ranges, n * COPY_RANGE);
    if (!status)
        status = check_copy(ns, command, ranges, n);
    for (unsigned i = 0; !status && i < n; i++) {
        const uint8_t *range = ranges + i * COPY_RANGE;

        command->result = i;
        status = nvsim_io_read_check(ns, command, source_block(range), source_count(range));
        if (!status)
            copy_blocks(ns, to, source_block(range), source_count(range));
        to += source_count(range);
    }
    if (status)
        return status;
    command->result = 0;
    sim->usage.read_commands++;
    sim->usage.write_commands++;
    sim->usage.written_units += (to - address(command)) << ns->shift >> 9;
    return LONE_SC_SUCCESS;
}

static bool changes(const struct nvsim_command *command)
{
    return command->opcode == WRITE_ZEROES || command->opcode == WRITE_UNCORRECTABLE || command->opcode == COPY ||
           (command->opcode == DATASET_MANAGEMENT && command->cdw11 & DSM_DEALLOCATE);
}

static bool known(uint8_t opcode)
{
    return opcode == WRITE_ZEROES || opcode == WRITE_UNCORRECTABLE || opcode == COPY || opcode == DATASET_MANAGEMENT ||
           opcode == VERIFY;
}

uint16_t nvsim_io_ranges_execute(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command)
{
    if (!known(command->opcode))
        return LONE_SC_INVALID_OPCODE;
    if (!ns)
        return nvsim_io_no_namespace(command);
    if (ns->write_protected && changes(command))
        return LONE_SC_WRITE_PROTECTED;
    switch (command->opcode) {
    case DATASET_MANAGEMENT:
        return dataset_management(sim, ns, command);
    case COPY:
        return copy(sim, ns, command);
    default:
        return simple_range(sim, ns, command);
    }
}
