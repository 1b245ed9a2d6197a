/* SPDX-License-Identifier: MIT */
/* I/O commands that move blocks between host and namespace, and fused pairs (NVM Command Set 1.0, 3.2). */
#include "nvsim/nvsim_internal.h"

#include <string.h>

enum io_opcode { FLUSH = 0x00, WRITE = 0x01, READ = 0x02, COMPARE = 0x05 };

static uint32_t block_count(const struct nvsim_command *command)
{
    return (command->cdw12 & 0xffff) + 1;
}

static uint64_t start_block(const struct nvsim_command *command)
{
    return command->cdw10 | (uint64_t)command->cdw11 << 32;
}

static uint16_t compare(struct nvsim *sim, struct nvsim_pointer *pointer, const uint8_t *memory, uint64_t size)
{
    uint8_t buffer[4096];
    uint16_t status = LONE_SC_SUCCESS;

    for (uint64_t done = 0, length; !status && done < size; done += length) {
        length = size - done < sizeof(buffer) ? size - done : sizeof(buffer);
        status = nvsim_pointer_load(sim, pointer, buffer, length);
        if (!status && memcmp(buffer, memory + done, length))
            status = LONE_SC_COMPARE_FAILURE;
    }
    return status;
}

/* The next @size bytes of the command's data, or metadata, are those at @memory. */
static uint16_t do_part(struct nvsim *sim, uint8_t opcode, struct nvsim_pointer *pointer, uint8_t *memory,
                        uint64_t size)
{
    switch (opcode) {
    case READ:
        return nvsim_pointer_store(sim, pointer, memory, size);
    case WRITE:
        return nvsim_pointer_load(sim, pointer, memory, size);
    default:
        return compare(sim, pointer, memory, size);
    }
}

static uint16_t do_interleaved(struct nvsim *sim, struct nvsim_namespace *ns, const struct nvsim_command *command)
{
    uint64_t slba = start_block(command), count = block_count(command), size = 1ull << ns->shift;
    struct nvsim_pointer pointer;
    uint16_t status =
        nvsim_pointer_open(sim, &pointer, command, count * (size + ns->metadata_size), command->opcode == READ);

    for (uint64_t lba = slba; !status && lba < slba + count; lba++) {
        status = do_part(sim, command->opcode, &pointer, ns->data + lba * size, size);
        if (!status)
            status = do_part(sim, command->opcode, &pointer, ns->metadata + lba * ns->metadata_size, ns->metadata_size);
    }
    return status;
}

static uint16_t do_metadata(struct nvsim *sim, struct nvsim_namespace *ns, const struct nvsim_command *command)
{
    uint64_t size = (uint64_t)block_count(command) * ns->metadata_size;
    uint8_t *metadata = ns->metadata + start_block(command) * ns->metadata_size;
    struct nvsim_pointer pointer;
    uint16_t status = nvsim_pointer_open_metadata(sim, &pointer, command, size, command->opcode == READ);

    return status ? status : do_part(sim, command->opcode, &pointer, metadata, size);
}

static uint16_t do_separate(struct nvsim *sim, struct nvsim_namespace *ns, const struct nvsim_command *command)
{
    uint64_t size = (uint64_t)block_count(command) << ns->shift;
    uint8_t *data = ns->data + (start_block(command) << ns->shift);
    struct nvsim_pointer pointer;
    uint16_t status = nvsim_pointer_open(sim, &pointer, command, size, command->opcode == READ);

    if (!status)
        status = do_part(sim, command->opcode, &pointer, data, size);
    if (!status && ns->metadata_size)
        status = do_metadata(sim, ns, command);
    return status;
}

uint16_t nvsim_io_check(const struct nvsim_namespace *ns, uint64_t slba, uint64_t count)
{
    return slba < ns->blocks && count <= ns->blocks - slba ? LONE_SC_SUCCESS : LONE_SC_LBA_RANGE;
}

uint16_t nvsim_io_read_check(const struct nvsim_namespace *ns, struct nvsim_command *command, uint64_t slba,
                             uint64_t count)
{
    uint64_t good = nvsim_namespace_readable(ns, slba, count);

    command->lba = slba + good;
    return good == count ? LONE_SC_SUCCESS : LONE_SC_UNRECOVERED_READ;
}

static uint16_t check(const struct nvsim_namespace *ns, struct nvsim_command *command)
{
    uint64_t size = (1ull << ns->shift) + (ns->interleaved ? ns->metadata_size : 0);
    uint16_t status;

    if (block_count(command) * size > (uint64_t)NVSIM_PAGE << NVSIM_MDTS)
        return LONE_SC_INVALID_FIELD;
    status = nvsim_io_check(ns, start_block(command), block_count(command));
    if (!status && command->opcode != WRITE)
        status = nvsim_io_read_check(ns, command, start_block(command), block_count(command));
    return status;
}

/* User Data Out Commands, SMART Host Read Commands, SMART Data Units Read Commands: what counts as what says NVM
 * Command Set 1.0, 1.4.2. Copy and Verify are counted where they are executed. */
static void count_usage(struct nvsim *sim, const struct nvsim_namespace *ns, const struct nvsim_command *command)
{
    uint64_t units = (uint64_t)block_count(command) << ns->shift >> 9;

    if (command->opcode == WRITE) {
        sim->usage.write_commands++;
        sim->usage.written_units += units;
    } else {
        sim->usage.read_commands++;
        sim->usage.read_units += units;
    }
}

static uint16_t move_blocks(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command)
{
    uint16_t status = check(ns, command);

    if (!status)
        status = ns->interleaved ? do_interleaved(sim, ns, command) : do_separate(sim, ns, command);
    if (status)
        return status;
    if (command->opcode == WRITE)
        nvsim_namespace_mark(ns, start_block(command), block_count(command), false);
    count_usage(sim, ns, command);
    return LONE_SC_SUCCESS;
}

/* What has completed is there as long as the simulator is. VWC.FB: NSID FFFFFFFFh means all namespaces. */
static uint16_t flush(struct nvsim *sim, const struct nvsim_command *command)
{
    return command->nsid == UINT32_MAX || nvsim_namespace(sim, command->nsid) ? LONE_SC_SUCCESS
                                                                              : LONE_SC_INVALID_NAMESPACE;
}

uint16_t nvsim_io_execute(struct nvsim *sim, struct nvsim_command *command)
{
    struct nvsim_namespace *ns = nvsim_namespace(sim, command->nsid);

    switch (command->opcode) {
    case FLUSH:
        return flush(sim, command);
    case READ:
    case WRITE:
    case COMPARE:
        if (!ns)
            return LONE_SC_INVALID_NAMESPACE;
        if (command->opcode == WRITE && ns->write_protected)
            return LONE_SC_WRITE_PROTECTED;
        return move_blocks(sim, ns, command);
    default:
        return nvsim_io_ranges_execute(sim, ns, command);
    }
}

static uint16_t check_pair(const struct nvsim_command *first, const struct nvsim_command *second)
{
    if (first->opcode != COMPARE || second->opcode != WRITE || first->nsid != second->nsid ||
        start_block(first) != start_block(second) || block_count(first) != block_count(second))
        return LONE_SC_INVALID_FIELD;
    return block_count(first) > NVSIM_ACWU ? LONE_SC_ATOMIC_UNIT : LONE_SC_SUCCESS;
}

/* A command whose partner fails does not count as done either. */
void nvsim_io_execute_pair(struct nvsim *sim, struct nvsim_command *first, struct nvsim_command *second,
                           uint16_t statuses[2])
{
    statuses[0] = statuses[1] = check_pair(first, second);
    if (statuses[0])
        return;
    statuses[0] = nvsim_io_execute(sim, first);
    statuses[1] = statuses[0] ? LONE_SC_FAILED_FUSED : nvsim_io_execute(sim, second);
    if (!statuses[0] && statuses[1])
        statuses[0] = LONE_SC_FAILED_FUSED;
}
