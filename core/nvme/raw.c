/* SPDX-License-Identifier: MIT */
/* Entries that are nobody's command: placed as bytes, or written into a queue's memory and rung for. What they are is
 * read from the memory when the doorbell is rung: their CIDs, which commands must not get meanwhile, the queues that
 * they create and delete, and the namespaces of which something known ends. */
#include <errno.h>
#include <stdlib.h>

#include "nvme/controller_internal.h"

#define CIDS 65536u

int lone_sq_raw_reserve(struct lone_sq_private *sq, struct lone_error *error)
{
    if (!sq->raw_cids)
        sq->raw_cids = calloc(CIDS, sizeof(*sq->raw_cids));
    return sq->raw_cids
               ? 0
               : lone_fail(error, ENOMEM, "no memory for the command identifiers of submission queue %u", sq->sq.id);
}

bool lone_sq_is_raw(const struct lone_sq_private *sq, uint16_t cid)
{
    return sq->raw_cids && sq->raw_cids[cid];
}

void lone_sq_forget_raw_cids(struct lone_sq_private *sq)
{
    struct lone_raw_command *command;

    if (sq->raw_cids)
        memset(sq->raw_cids, 0, CIDS * sizeof(*sq->raw_cids));
    sq->raw_changed = false;
    while ((command = TAILQ_FIRST(&sq->raw_commands))) {
        TAILQ_REMOVE(&sq->raw_commands, command, link);
        free(command);
    }
}

void lone_sq_forget_raw(struct lone_controller *controller, struct lone_sq_private *sq)
{
    if (sq->sq.raw)
        lone_sq_forget_raw_cids(sq);
    controller->raw -= sq->sq.raw;
    sq->sq.raw = 0;
    sq->known = sq->sq.tail;
}

/* Is it an admin command by which the controller gets memory to keep? */
static bool gives_memory(const uint8_t *entry)
{
    return entry[0] == LONE_OPC_CREATE_SQ || entry[0] == LONE_OPC_CREATE_CQ ||
           entry[0] == LONE_OPC_DOORBELL_BUFFER_CONFIG ||
           (entry[0] == LONE_OPC_SET_FEATURES && entry[LONE_SQE_CDW10] == LONE_FID_HOST_MEMORY_BUFFER);
}

static bool is_about_queues(uint8_t opcode)
{
    return opcode == LONE_OPC_DELETE_SQ || opcode == LONE_OPC_CREATE_SQ || opcode == LONE_OPC_DELETE_CQ ||
           opcode == LONE_OPC_CREATE_CQ;
}

static bool is_followed(uint8_t opcode)
{
    return is_about_queues(opcode) || opcode == LONE_OPC_FORMAT_NVM || opcode == LONE_OPC_NAMESPACE_MANAGEMENT;
}

/* Without memory to remember it in, what it does to a queue or a namespace stays unknown, as of entries that nobody
 * could read. */
static void remember_command(struct lone_sq_private *sq, const uint8_t *entry)
{
    struct lone_raw_command *command = malloc(sizeof(*command));

    if (!command)
        return;
    command->cid = lone_get16(entry + LONE_SQE_CID);
    command->nsid = lone_get32(entry + LONE_SQE_NSID);
    command->what = (struct lone_queue_command){
        .opcode = entry[0],
        .prp1 = lone_get64(entry + LONE_SQE_PRP1),
        .cdw10 = lone_get32(entry + LONE_SQE_CDW10),
        .cdw11 = lone_get32(entry + LONE_SQE_CDW11),
    };
    TAILQ_INSERT_TAIL(&sq->raw_commands, command, link);
}

static void count(struct lone_sq_private *sq, uint16_t cid)
{
    if (sq->raw_cids[cid] < UINT16_MAX)
        sq->raw_cids[cid]++;
}

void lone_sq_raw_remember(struct lone_controller *controller, struct lone_sq_private *sq, const uint8_t *entry)
{
    count(sq, lone_get16(entry + LONE_SQE_CID));
    sq->sq.raw++;
    controller->raw++;
    if (sq->sq.id)
        return;
    controller->by_hand |= gives_memory(entry);
    if (is_followed(entry[0]))
        remember_command(sq, entry);
}

/* What lies in a BAR that cannot be reached is not known. */
static bool load(const struct lone_sq_private *sq, uint32_t slot, uint8_t entry[LONE_SQE_SIZE])
{
    return !lone_buffer_load(&sq->sq.memory, (uint64_t)slot * LONE_SQE_SIZE, entry, LONE_SQE_SIZE, NULL);
}

void lone_sq_raw_learn(struct lone_controller *controller, struct lone_sq_private *sq, uint32_t to)
{
    uint8_t entry[LONE_SQE_SIZE];

    for (; sq->known != to; sq->known = (sq->known + 1) % sq->sq.entries) {
        if (!load(sq, sq->known, entry)) {
            controller->by_hand |= sq->sq.id == 0;
            memset(entry, 0xff, sizeof(entry)); /* FFFFh is no command identifier */
        }
        lone_sq_raw_remember(controller, sq, entry);
    }
}

void lone_sq_raw_look_again(struct lone_controller *controller, struct lone_sq_private *sq, uint32_t from, uint32_t to)
{
    uint8_t entry[LONE_SQE_SIZE];

    for (; from != to; from = (from + 1) % sq->sq.entries) {
        uint16_t cid;

        if (!load(sq, from, entry))
            continue;
        cid = lone_get16(entry + LONE_SQE_CID);
        if (lone_sq_is_raw(sq, cid) || lone_flight_find(sq, cid))
            continue;
        count(sq, cid);
        sq->raw_changed = true;
        if (sq->sq.id)
            continue;
        controller->by_hand |= gives_memory(entry);
        if (is_followed(entry[0]))
            remember_command(sq, entry);
    }
}

bool lone_sq_raw_is_pending(const struct lone_sq_private *sq)
{
    return sq->sq.doorbell != sq->known;
}

void lone_sq_raw_look_at_pending(struct lone_controller *controller, struct lone_sq_private *sq)
{
    if (lone_sq_raw_is_pending(sq) && sq->sq.doorbell < sq->sq.entries)
        lone_sq_raw_look_again(controller, sq, sq->sq.doorbell, sq->known);
}

static void forget_one(struct lone_controller *controller, struct lone_sq_private *sq, uint16_t cid)
{
    if (sq->raw_cids[cid])
        sq->raw_cids[cid]--;
    sq->sq.raw--;
    controller->raw--;
    if (!sq->sq.raw && sq->raw_changed) /* then there are CIDs that were never sent */
        lone_sq_forget_raw_cids(sq);
}

/* The oldest with this CID, out of the list; the caller frees it. */
static struct lone_raw_command *take_command(struct lone_sq_private *sq, uint16_t cid)
{
    struct lone_raw_command *command;

    TAILQ_FOREACH(command, &sq->raw_commands, link)
    if (command->cid == cid)
        break;
    if (command)
        TAILQ_REMOVE(&sq->raw_commands, command, link);
    return command;
}

void lone_sq_raw_unplace(struct lone_controller *controller, struct lone_sq_private *sq, uint32_t from)
{
    uint8_t entry[LONE_SQE_SIZE];

    for (uint32_t slot = from; slot != sq->known; slot = (slot + 1) % sq->sq.entries) {
        uint16_t cid = load(sq, slot, entry) ? lone_get16(entry + LONE_SQE_CID) : 0xffff;

        if (!sq->sq.raw)
            break;
        free(take_command(sq, cid));
        sq->raw_changed |= !lone_sq_is_raw(sq, cid);
        forget_one(controller, sq, cid);
    }
    sq->known = from;
}

void lone_sq_raw_completed(struct lone_controller *controller, struct lone_sq_private *sq, uint16_t cid,
                           uint16_t status)
{
    struct lone_raw_command *command;

    if (!sq->sq.raw)
        return;
    command = take_command(sq, cid);
    forget_one(controller, sq, cid);
    if (!command)
        return;
    if (is_about_queues(command->what.opcode))
        lone_follow_queue_command(controller, &command->what, status);
    else if (!status)
        lone_follow_namespaces(controller, command->what.opcode, command->nsid, command->what.cdw10);
    free(command);
}
