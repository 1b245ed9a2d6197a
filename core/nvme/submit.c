/* SPDX-License-Identifier: MIT */
/* Submitting commands: their data pointers, their place in the queue, the doorbell. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>

#define MAX_OUTSTANDING 65535u /* FFFFh is no command identifier (NVMe Base 2.0, Figure 86) */

/* --- May it be submitted? ---------------------------------------------------------------------------------- */

static int admin_not_live(const struct lone_controller *controller, struct lone_error *error)
{
    if (memcmp(controller->shadow + LONE_REG_AQA, controller->named, LONE_NAMED_SIZE))
        return lone_fail(error, ENXIO,
                         "the admin queue is not live: AQA, ASQ or ACQ were changed and name other memory: write "
                         "%s`admin` to queues/ctl, then `enable` to ctl; or, to use that memory, `adopt` to "
                         "queues/sq/0/ctl",
                         controller->enabled ? "`disable` to ctl, " : "");
    if (controller->enabled)
        return lone_fail(error, ENXIO,
                         "the admin queue is not live: the controller was enabled behind it: write `disable` to "
                         "ctl, then `enable`");
    return lone_fail(error, ENXIO, "the controller is disabled: write `enable` to ctl");
}

int lone_sq_usable(const struct lone_controller *controller, uint16_t sqid, struct lone_sq_private **sq,
                   struct lone_error *error)
{
    *sq = lone_sq_find(controller, sqid);
    if (sqid == 0 && !*sq)
        return lone_fail(error, ENXIO,
                         "the admin queue is not set up: write `admin` to queues/ctl, then `enable` to ctl");
    if (sqid == 0 && (*sq)->sq.state == LONE_QUEUE_MADE)
        return lone_fail(error, ENXIO,
                         "the admin queue is only made: write `admin` to queues/ctl, or set AQA, ASQ and ACQ and write "
                         "`adopt` to queues/sq/0/ctl");
    if (sqid == 0 && (*sq)->sq.state != LONE_QUEUE_LIVE)
        return admin_not_live(controller, error);
    if (!*sq)
        return lone_fail(error, ENXIO, "there is no live I/O submission queue %u: write `init queues=%u` to ctl", sqid,
                         sqid);
    if ((*sq)->sq.state == LONE_QUEUE_MADE)
        return lone_fail(error, ENXIO,
                         "the controller does not have I/O submission queue %u: write `create` to queues/sq/%u/ctl",
                         sqid, sqid);
    if ((*sq)->sq.state != LONE_QUEUE_LIVE)
        return lone_fail(error, ENXIO, "I/O submission queue %u is still being created: wait until its state is `live`",
                         sqid);
    return 0;
}

int lone_sq_room(const struct lone_sq *sq, unsigned n, struct lone_error *error)
{
    uint32_t room = (sq->head + sq->entries - sq->tail - 1) % sq->entries;

    if (n > room)
        return lone_fail(error, EAGAIN,
                         "submission queue %u has room for %" PRIu32 " of %u commands: wait until the controller "
                         "has fetched some, or submit fewer at once",
                         sq->id, room, n);
    if ((uint64_t)sq->outstanding + sq->raw + n > MAX_OUTSTANDING)
        return lone_fail(error, EAGAIN,
                         "all command identifiers of submission queue %u are in use: wait for completions", sq->id);
    return 0;
}

int lone_sq_check(const struct lone_controller *controller, uint16_t sqid, unsigned n, struct lone_error *error)
{
    struct lone_sq_private *sq;
    int result = lone_sq_usable(controller, sqid, &sq, error);

    return result ? result : lone_sq_room(&sq->sq, n, error);
}

static int check(const struct lone_cmd *cmd, uint16_t sqid, struct lone_error *error)
{
    if (cmd->own->where == LONE_FLYING)
        return lone_fail(error, EBUSY, "the command is outstanding already: wait for it, or use another one");
    if (cmd->sqid != sqid)
        return lone_fail(error, EINVAL, "commands for queues %u and %u cannot be submitted together", sqid, cmd->sqid);
    return lone_pointers_check(cmd, error);
}

/* --- Into the queue ---------------------------------------------------------------------------------------- */

/* lone_sq_room() has seen that there is a free one, unless completions with CIDs that were never sent have left those
 * of entries placed as bytes behind. */
static uint16_t free_cid(struct lone_sq_private *sq)
{
    uint32_t tried = 0;
    uint16_t cid;

    do {
        cid = sq->next_cid++;
        if (tried++ == UINT16_MAX)
            lone_sq_forget_raw_cids(sq);
    } while (cid == 0xffff || lone_flight_find(sq, cid) || lone_sq_is_raw(sq, cid));
    return cid;
}

/* Does the entry name memory that the driver knows nothing of? What a queue is created in, it does. */
static bool is_by_hand(const struct lone_cmd *cmd)
{
    bool manual = cmd->pointers == LONE_POINTERS_MANUAL;
    const uint8_t *sqe = cmd->sqe;

    return !cmd->own->creates && (((manual || lone_pointers_none(cmd)) &&
                                   (lone_get64(sqe + LONE_SQE_PRP1) || lone_get64(sqe + LONE_SQE_PRP2))) ||
                                  ((manual || lone_pointers_no_metadata(cmd)) && lone_get64(sqe + LONE_SQE_MPTR)));
}

static int place(struct lone_sq_private *sq, struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_cmd_private *own = cmd->own;
    int result;

    if (!cmd->manual_cid)
        lone_put16(cmd->sqe + LONE_SQE_CID, free_cid(sq));
    result = lone_buffer_store(&sq->sq.memory, (uint64_t)sq->sq.tail * LONE_SQE_SIZE, cmd->sqe, LONE_SQE_SIZE, error);
    if (result)
        return result;
    own->cid = lone_get16(cmd->sqe + LONE_SQE_CID);
    own->sqid = sq->sq.id;
    own->opcode = cmd->sqe[0];
    own->nsid = lone_get32(cmd->sqe + LONE_SQE_NSID);
    own->cdw10 = lone_get32(cmd->sqe + LONE_SQE_CDW10);
    own->cdw11 = lone_get32(cmd->sqe + LONE_SQE_CDW11);
    own->by_hand = is_by_hand(cmd);
    own->owed = own->where == LONE_ANNOUNCED;
    if (own->owed)
        TAILQ_REMOVE(&own->controller->lost, own, flight);
    lone_flight_add(sq, own);
    lone_trace_submission(&own->controller->trace, sq->sq.id, sq->sq.tail, cmd->sqe);
    sq->sq.tail = sq->sq.tail + 1 == sq->sq.entries ? 0 : sq->sq.tail + 1;
    return 0;
}

static void take_back(struct lone_sq_private *sq, struct lone_cmd_private *own)
{
    lone_flight_remove(sq, own);
    if (!own->owed)
        return;
    own->where = LONE_ANNOUNCED;
    TAILQ_INSERT_HEAD(&own->controller->lost, own, flight);
}

/* Places all and rings, or takes all back. */
static int send(struct lone_sq_private *sq, struct lone_cmd **cmds, unsigned n, struct lone_error *error)
{
    struct lone_controller *controller = cmds[0]->own->controller;
    uint32_t tail = sq->sq.tail, known = sq->known;
    int result = 0;
    unsigned i;

    lone_sq_raw_look_at_pending(controller, sq);
    if (known != tail) /* a script has moved the tail: this rings for what it has put there, too */
        lone_sq_raw_learn(controller, sq, tail);
    for (i = 0; i < n && !result; i++) {
        result = check(cmds[i], sq->sq.id, error); /* again: one may be in the array twice */
        if (!result)
            result = place(sq, cmds[i], error);
        if (result)
            break;
    }
    if (!result)
        result = lone_sq_write_doorbell(controller, &sq->sq, sq->sq.tail, error);
    if (!result) {
        sq->known = sq->sq.tail;
        return 0;
    }
    while (i--)
        take_back(sq, cmds[i]->own);
    sq->sq.tail = tail;
    if (known != tail)
        lone_sq_raw_unplace(controller, sq, known);
    return result;
}

/* All that can fail before the first command is placed. */
static int prepare(struct lone_cmd *cmd, struct lone_error *error)
{
    int result = lone_pointers_reserve(cmd, error);

    if (!result)
        result = lone_pointers_fill(cmd, error);
    if (!result && cmd->sqid == 0 && cmd->sqe[0] == LONE_OPC_SET_FEATURES)
        result = lone_hmb_prepare(cmd->own, error);
    return result;
}

int lone_cmd_submit_many(struct lone_cmd **cmds, unsigned n, struct lone_error *error)
{
    struct lone_sq_private *sq;
    uint64_t now;
    int result;

    if (!n)
        return 0;
    result = lone_sq_usable(cmds[0]->own->controller, cmds[0]->sqid, &sq, error);
    for (unsigned i = 0; i < n && !result; i++)
        result = check(cmds[i], sq->sq.id, error);
    if (!result)
        result = lone_sq_room(&sq->sq, n, error);
    if (!result && (sq->known != sq->sq.tail || lone_sq_raw_is_pending(sq)))
        result = lone_sq_raw_reserve(sq, error);
    for (unsigned i = 0; i < n && !result; i++)
        result = prepare(cmds[i], error);
    now = lone_now();
    if (!result)
        result = send(sq, cmds, n, error);
    for (unsigned i = 0; i < n && result; i++) /* those of the first that were prepared, too */
        if (cmds[i]->own->where != LONE_FLYING)
            lone_hmb_forget(cmds[i]->own);
    for (unsigned i = 0; i < n && !result; i++) {
        cmds[i]->state = LONE_CMD_OUTSTANDING;
        cmds[i]->submitted_ns = now;
        cmds[i]->completed_ns = 0;
        memset(cmds[i]->cqe, 0, sizeof(cmds[i]->cqe));
    }
    return result;
}

int lone_cmd_submit(struct lone_cmd *cmd, struct lone_error *error)
{
    return lone_cmd_submit_many(&cmd, 1, error);
}
