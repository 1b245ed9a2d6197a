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

static uint64_t first_difference(const uint8_t *a, const uint8_t *b)
{
    uint64_t i = 0;

    while (a[i] == b[i])
        i++;
    return i;
}

/* @place: where the data differ, when they do. */
static uint16_t compare(struct nvsim *sim, struct nvsim_pointer *pointer, const uint8_t *memory, uint64_t size,
                        uint64_t *place)
{
    uint8_t buffer[4096];
    uint16_t status = LONE_SC_SUCCESS;

    for (uint64_t done = 0, length; !status && done < size; done += length) {
        length = size - done < sizeof(buffer) ? size - done : sizeof(buffer);
        status = nvsim_pointer_load(sim, pointer, buffer, length);
        if (status || !memcmp(buffer, memory + done, length))
            continue;
        *place = done + first_difference(buffer, memory + done);
        status = LONE_SC_COMPARE_FAILURE;
    }
    return status;
}

/* Of @count blocks from @lba on, each of which has @size bytes in @plane: the namespace's data, or its metadata. */
static uint16_t do_part(struct nvsim *sim, struct nvsim_command *command, struct nvsim_pointer *pointer, uint8_t *plane,
                        uint64_t size, uint64_t lba, uint64_t count)
{
    uint64_t difference = 0;
    uint16_t status;

    switch (command->opcode) {
    case READ:
        return nvsim_pointer_store(sim, pointer, plane + lba * size, count * size);
    case WRITE:
        return nvsim_pointer_load(sim, pointer, plane + lba * size, count * size);
    default:
        status = compare(sim, pointer, plane + lba * size, count * size, &difference);
        if (status == LONE_SC_COMPARE_FAILURE)
            command->lba = lba + difference / size;
        return status;
    }
}

static uint16_t do_interleaved(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command)
{
    uint64_t slba = start_block(command), count = block_count(command), size = 1ull << ns->shift;
    struct nvsim_pointer pointer;
    uint16_t status =
        nvsim_pointer_open(sim, &pointer, command, count * (size + ns->metadata_size), command->opcode == READ);

    for (uint64_t lba = slba; !status && lba < slba + count; lba++) {
        status = do_part(sim, command, &pointer, ns->data, size, lba, 1);
        if (!status)
            status = do_part(sim, command, &pointer, ns->metadata, ns->metadata_size, lba, 1);
    }
    return status;
}

static uint16_t do_metadata(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command)
{
    uint64_t count = block_count(command), size = ns->metadata_size;
    struct nvsim_pointer pointer;
    uint16_t status = nvsim_pointer_open_metadata(sim, &pointer, command, count * size, command->opcode == READ);

    return status ? status : do_part(sim, command, &pointer, ns->metadata, size, start_block(command), count);
}

static uint16_t do_separate(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command)
{
    uint64_t count = block_count(command), size = 1ull << ns->shift;
    struct nvsim_pointer pointer;
    uint16_t status = nvsim_pointer_open(sim, &pointer, command, count * size, command->opcode == READ);

    if (!status)
        status = do_part(sim, command, &pointer, ns->data, size, start_block(command), count);
    if (!status && ns->metadata_size)
        status = do_metadata(sim, ns, command);
    return status;
}

uint16_t nvsim_io_check(const struct nvsim_namespace *ns, struct nvsim_command *command, uint64_t slba, uint64_t count)
{
    if (slba < ns->blocks && count <= ns->blocks - slba)
        return LONE_SC_SUCCESS;
    command->lba = slba < ns->blocks ? ns->blocks : slba;
    return LONE_SC_LBA_RANGE;
}

uint16_t nvsim_io_read_check(const struct nvsim_namespace *ns, struct nvsim_command *command, uint64_t slba,
                             uint64_t count)
{
    uint64_t good = nvsim_namespace_readable(ns, slba, count);

    if (good == count)
        return LONE_SC_SUCCESS;
    command->lba = slba + good;
    return LONE_SC_UNRECOVERED_READ;
}

static uint16_t check(const struct nvsim_namespace *ns, struct nvsim_command *command)
{
    uint64_t size = (1ull << ns->shift) + (ns->interleaved ? ns->metadata_size : 0);
    uint16_t status;

    if (block_count(command) * size > (uint64_t)NVSIM_PAGE << NVSIM_MDTS)
        return nvsim_refuse(command, "NLB", LONE_SC_INVALID_FIELD);
    status = nvsim_io_check(ns, command, start_block(command), block_count(command));
    if (status)
        return nvsim_refuse(command, "SLBA", status);
    if (command->opcode != WRITE)
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
    return command->nsid == NVSIM_NSID_ALL || nvsim_namespace(sim, command->nsid) ? LONE_SC_SUCCESS
                                                                                  : LONE_SC_INVALID_NAMESPACE;
}

/* Only Flush takes the broadcast value. */
uint16_t nvsim_io_no_namespace(struct nvsim_command *command)
{
    return command->nsid == NVSIM_NSID_ALL ? nvsim_refuse(command, "NSID", LONE_SC_INVALID_FIELD)
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
            return nvsim_io_no_namespace(command);
        if (command->opcode == WRITE && ns->write_protected)
            return LONE_SC_WRITE_PROTECTED;
        return move_blocks(sim, ns, command);
    default:
        return nvsim_io_ranges_execute(sim, ns, command);
    }
}

static uint16_t check_pair(struct nvsim_command *first, struct nvsim_command *second)
{
    const char *differs = NULL;

    if (first->opcode != COMPARE)
        return nvsim_refuse(first, "OPC", LONE_SC_INVALID_FIELD);
    if (second->opcode != WRITE)
        differs = "OPC";
    else if (first->nsid != second->nsid)
        differs = "NSID";
    else if (start_block(first) != start_block(second))
        differs = "SLBA";
    else if (block_count(first) != block_count(second))
        differs = "NLB";
    if (differs)
        return nvsim_refuse(second, differs, LONE_SC_INVALID_FIELD);
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
