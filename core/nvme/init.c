/* SPDX-License-Identifier: MIT */
/* What actions do with a controller that is ready: create pairs of I/O queues, delete all of them. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>

static const char *stage_name(const struct lone_init *init)
{
    static const char *const names[] = {"Set Features, Number of Queues", "Create I/O Completion Queue",
                                        "Create I/O Submission Queue", "Delete I/O Submission Queue",
                                        "Delete I/O Completion Queue"};

    return names[init->stage];
}

/* --- Sending ----------------------------------------------------------------------------------------------- */

static void fill_queue_count(const struct lone_init *init)
{
    uint8_t *sqe = init->cmd->sqe;

    sqe[0] = LONE_OPC_SET_FEATURES;
    lone_put32(sqe + LONE_SQE_CDW10, LONE_FID_NUMBER_OF_QUEUES);
    lone_put32(sqe + LONE_SQE_CDW11, (init->queues - 1) | (init->queues - 1) << 16);
}

static int make_cq(struct lone_controller *controller, const struct lone_init *init, struct lone_error *error)
{
    unsigned vectors = controller->vectors.n;
    const struct lone_cq_options options = {.entries = init->entries,
                                            .vector = vectors ? (uint16_t)(init->queue % vectors) : 0,
                                            .interrupts = vectors > 0,
                                            .pc = true};
    struct lone_cq_private *cq;
    uint16_t id = (uint16_t)init->queue;
    int result = lone_cq_make(controller, id, &options, controller->page_size, &cq, error);

    if (result)
        return result;
    result = lone_cq_create(controller, id, init->cmd, error);
    if (result)
        lone_cq_remove(controller, id, NULL);
    return result;
}

static int make_sq(struct lone_controller *controller, const struct lone_init *init, struct lone_error *error)
{
    uint16_t id = (uint16_t)init->queue;
    const struct lone_sq_options options = {.entries = init->entries, .cqid = id, .pc = true};
    struct lone_sq_private *sq;
    int result = lone_sq_make(controller, id, &options, controller->page_size, &sq, error);

    if (result)
        return result;
    result = lone_sq_create(controller, id, init->cmd, error);
    if (result)
        lone_sq_remove(controller, id, NULL);
    return result;
}

static int check_unused(const struct lone_controller *controller, const struct lone_init *init,
                        struct lone_error *error)
{
    uint16_t id = (uint16_t)init->queue;

    if ((init->stage == LONE_INIT_CQ && lone_cq_find(controller, id)) ||
        (init->stage == LONE_INIT_SQ && lone_sq_find(controller, id)))
        return lone_fail(error, EBUSY,
                         "there is %s queue %u already: write `delete` to queues/ctl, and rmdir what you made by "
                         "mkdir",
                         init->stage == LONE_INIT_CQ ? "a completion" : "a submission", id);
    return 0;
}

static int send(struct lone_controller *controller, struct lone_init *init, struct lone_error *error)
{
    int result = check_unused(controller, init, error);

    if (result)
        return result;
    init->sent++;
    init->cmd = lone_cmd_new(controller);
    if (!init->cmd)
        return lone_fail(error, ENOMEM, "no memory for a command");
    switch (init->stage) {
    case LONE_INIT_QUEUE_COUNT:
        fill_queue_count(init);
        return lone_cmd_submit(init->cmd, error);
    case LONE_INIT_CQ:
        return make_cq(controller, init, error);
    case LONE_INIT_SQ:
        return make_sq(controller, init, error);
    case LONE_INIT_DELETE_SQ:
        return lone_sq_delete(controller, (uint16_t)init->queue, init->cmd, error);
    default:
        return lone_cq_delete(controller, (uint16_t)init->queue, init->cmd, error);
    }
}

/* --- Receiving --------------------------------------------------------------------------------------------- */

/* DW0: NSQA in 15:0, NCQA in 31:16, 0's based (5.27.1.5). */
static int take_queue_count(struct lone_init *init, struct lone_error *error)
{
    uint32_t granted = lone_get32(init->cmd->cqe);
    uint32_t sqs = (granted & 0xffff) + 1, cqs = (granted >> 16) + 1;
    uint32_t pairs = sqs < cqs ? sqs : cqs;

    /* A controller without this feature says what it can when the queues are created; so does one that has had I/O
     * queues since it was enabled, and answers Command Sequence Error (5.27.1.5). */
    if (!lone_cmd_status(init->cmd) && pairs < init->queues)
        return lone_fail(error, ENOSPC,
                         "the controller grants %" PRIu32 " I/O queue pairs, not %u: write `init queues=%" PRIu32
                         "` to ctl or `io %" PRIu32 "` to queues/ctl",
                         pairs, init->queues, pairs, pairs);
    init->stage = LONE_INIT_CQ;
    init->queue = 1;
    return 0;
}

static uint8_t deletion_opcode(const struct lone_init *init)
{
    return init->stage == LONE_INIT_DELETE_SQ ? LONE_OPC_DELETE_SQ : LONE_OPC_DELETE_CQ;
}

/* Statuses that are no failure of what was to be done. */
static bool is_fine(const struct lone_init *init, uint16_t status)
{
    if (init->stage == LONE_INIT_QUEUE_COUNT)
        return !status || status == LONE_SC_INVALID_OPCODE || status == LONE_SC_INVALID_FIELD ||
               status == LONE_SC_SEQUENCE;
    /* A queue that is gone already need not be deleted. */
    return !status || (init->stage >= LONE_INIT_DELETE_SQ && lone_says_no_queue(deletion_opcode(init), status));
}

static int check_status(const struct lone_init *init, struct lone_error *error)
{
    uint16_t status = lone_cmd_status(init->cmd);

    if (is_fine(init, status))
        return 0;
    lone_fail(error, EIO, "%s failed for %s %u: status 0x%03x %s", stage_name(init),
              init->stage == LONE_INIT_QUEUE_COUNT ? "count" : "queue",
              init->stage == LONE_INIT_QUEUE_COUNT ? init->queues : init->queue, status, lone_status_name(status));
    if (error) {
        error->has_status = true;
        error->status = status;
    }
    return -EIO;
}

/* The next queue to delete, submission queues first. */
static void find_next(const struct lone_controller *controller, struct lone_init *init)
{
    for (; init->stage == LONE_INIT_DELETE_SQ && init->queue < controller->n_sqs; init->queue++)
        if (controller->sqs[init->queue] && controller->sqs[init->queue]->sq.state == LONE_QUEUE_LIVE)
            return;
    if (init->stage == LONE_INIT_DELETE_SQ)
        init->queue = 1;
    init->stage = LONE_INIT_DELETE_CQ;
    for (; init->queue < controller->n_cqs; init->queue++)
        if (controller->cqs[init->queue] && controller->cqs[init->queue]->cq.state == LONE_QUEUE_LIVE)
            return;
    init->stage = LONE_INIT_DONE;
}

void lone_init_delete(const struct lone_controller *controller, struct lone_init *init)
{
    init->stage = LONE_INIT_DELETE_SQ;
    init->queue = 1;
    find_next(controller, init);
}

static int take_result(struct lone_controller *controller, struct lone_init *init, struct lone_error *error)
{
    bool deletes = init->stage >= LONE_INIT_DELETE_SQ;
    int result = check_status(init, deletes && !init->failed ? &init->failure : error);

    if (result && !deletes)
        return result;
    init->failed |= result != 0; /* the others are deleted all the same */
    switch (init->stage) {
    case LONE_INIT_QUEUE_COUNT:
        return take_queue_count(init, error);
    case LONE_INIT_CQ:
        init->stage = LONE_INIT_SQ;
        return 0;
    case LONE_INIT_DELETE_SQ:
    case LONE_INIT_DELETE_CQ:
        init->queue++;
        find_next(controller, init);
        return 0;
    default:
        init->stage = init->queue < init->queues ? LONE_INIT_CQ : LONE_INIT_DONE;
        init->queue++;
        return 0;
    }
}

/* 0: still outstanding; 1: completed. @late: its time was up before the queues were looked at last. */
static int look(const struct lone_init *init, bool late, struct lone_error *error)
{
    struct lone_error why;
    int result;

    if (init->cmd->state == LONE_CMD_COMPLETED)
        return 1;
    if (init->cmd->state != LONE_CMD_OUTSTANDING)
        return lone_fail(error, ESHUTDOWN, "the controller was reset or disabled during %s", stage_name(init));
    if (!late)
        return 0;
    result = lone_cmd_late(init->cmd, &why);
    return lone_fail(error, -result, "%s: %s", stage_name(init), why.text);
}

int lone_init_step(struct lone_controller *controller, struct lone_init *init, struct lone_error *error)
{
    int result = 0;
    bool late;

    if (!init->queues && init->stage < LONE_INIT_DELETE_SQ)
        init->stage = LONE_INIT_DONE;
    while (init->stage != LONE_INIT_DONE) {
        if (!init->cmd)
            result = send(controller, init, error);
        if (result < 0)
            return result;
        late = lone_now() - init->cmd->submitted_ns >= init->timeout_ns;
        lone_controller_poll(controller);
        result = look(init, late, error);
        if (result <= 0)
            return result;
        result = take_result(controller, init, error);
        if (result < 0)
            return result;
        lone_init_end(init);
    }
    if (!init->failed)
        return 1;
    if (error)
        *error = init->failure;
    return -EIO;
}

void lone_init_end(struct lone_init *init)
{
    lone_cmd_free(init->cmd);
    init->cmd = NULL;
}
