/* SPDX-License-Identifier: MIT */
/* What `init` does with a controller that is ready and has been asked about its namespaces: create I/O queue pairs. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { STAGE_QUEUE_COUNT, STAGE_CQ, STAGE_SQ, STAGE_DONE };

static const char *stage_name(const struct lone_init *init)
{
    static const char *const names[] = {"Set Features, Number of Queues", "Create I/O Completion Queue",
                                        "Create I/O Submission Queue"};

    return names[init->stage];
}

/* --- Sending ----------------------------------------------------------------------------------------------- */

static int fill_queue_count(const struct lone_init *init)
{
    uint8_t *sqe = init->cmd->sqe;

    sqe[0] = LONE_OPC_SET_FEATURES;
    lone_put32(sqe + LONE_SQE_CDW10, LONE_FID_NUMBER_OF_QUEUES);
    lone_put32(sqe + LONE_SQE_CDW11, (init->queues - 1) | (init->queues - 1) << 16);
    return 0;
}

/* NVMe Base 2.0, 5.4: CDW10 QSIZE, QID; CDW11 IV, IEN, PC. */
static int fill_cq(struct lone_controller *controller, const struct lone_init *init, struct lone_error *error)
{
    uint8_t *sqe = init->cmd->sqe;
    struct lone_cq_private *cq;
    int result = lone_cq_make(controller, (uint16_t)init->queue, init->entries, controller->page_size, &cq, error);

    if (result)
        return result;
    result = lone_cq_enter(controller, cq, error);
    if (result) {
        lone_buffer_free(controller->memory, &cq->cq.memory);
        free(cq);
        return result;
    }
    cq->cq.state = LONE_QUEUE_CREATING;
    sqe[0] = LONE_OPC_CREATE_CQ;
    lone_put64(sqe + LONE_SQE_PRP1, cq->cq.memory.iova);
    lone_put32(sqe + LONE_SQE_CDW10, (init->entries - 1) << 16 | init->queue);
    lone_put32(sqe + LONE_SQE_CDW11, (uint32_t)cq->cq.vector << 16 | (cq->cq.interrupts ? 2 : 0) | 1);
    return 0;
}

/* 5.5: CDW10 QSIZE, QID; CDW11 CQID, QPRIO, PC. */
static int fill_sq(struct lone_controller *controller, const struct lone_init *init, struct lone_error *error)
{
    uint8_t *sqe = init->cmd->sqe;
    struct lone_sq_private *sq;
    int result = lone_sq_make(controller, (uint16_t)init->queue, init->entries, controller->page_size, &sq, error);

    if (result)
        return result;
    result = lone_sq_enter(controller, sq, error);
    if (result) {
        lone_buffer_free(controller->memory, &sq->sq.memory);
        free(sq);
        return result;
    }
    sq->sq.cqid = sq->sq.id;
    sq->sq.state = LONE_QUEUE_CREATING;
    sqe[0] = LONE_OPC_CREATE_SQ;
    lone_put64(sqe + LONE_SQE_PRP1, sq->sq.memory.iova);
    lone_put32(sqe + LONE_SQE_CDW10, (init->entries - 1) << 16 | init->queue);
    lone_put32(sqe + LONE_SQE_CDW11, (uint32_t)sq->sq.cqid << 16 | 1);
    return 0;
}

/* The controller never heard of it. */
static void take_queue_back(struct lone_controller *controller, const struct lone_init *init)
{
    uint16_t id = (uint16_t)init->queue;

    if (init->stage == STAGE_CQ && lone_cq_find(controller, id)) {
        lone_buffer_free(controller->memory, &lone_cq_find(controller, id)->cq.memory);
        lone_cq_drop(controller, id);
    }
    if (init->stage == STAGE_SQ && lone_sq_find(controller, id)) {
        lone_buffer_free(controller->memory, &lone_sq_find(controller, id)->sq.memory);
        lone_sq_drop(controller, id);
    }
}

static int check_unused(const struct lone_controller *controller, const struct lone_init *init,
                        struct lone_error *error)
{
    uint16_t id = (uint16_t)init->queue;

    if ((init->stage == STAGE_CQ && lone_cq_find(controller, id)) ||
        (init->stage == STAGE_SQ && lone_sq_find(controller, id)))
        return lone_fail(error, EBUSY,
                         "I/O queue %u was made by somebody else during `init`: write `init` to ctl again", id);
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
    case STAGE_QUEUE_COUNT:
        result = fill_queue_count(init);
        break;
    case STAGE_CQ:
        result = fill_cq(controller, init, error);
        break;
    default:
        result = fill_sq(controller, init, error);
        break;
    }
    init->cmd->own->creates = init->stage == STAGE_CQ || init->stage == STAGE_SQ;
    if (!result)
        result = lone_cmd_submit(init->cmd, error);
    if (result)
        take_queue_back(controller, init);
    return result;
}

/* --- Receiving --------------------------------------------------------------------------------------------- */

/* DW0: NSQA in 15:0, NCQA in 31:16, 0's based (5.27.1.5). */
static int take_queue_count(struct lone_init *init, struct lone_error *error)
{
    uint32_t granted = lone_get32(init->cmd->cqe);
    uint32_t sqs = (granted & 0xffff) + 1, cqs = (granted >> 16) + 1;
    uint32_t pairs = sqs < cqs ? sqs : cqs;

    /* A controller without this feature says what it can when the queues are created. */
    if (!lone_cmd_status(init->cmd) && pairs < init->queues)
        return lone_fail(error, ENOSPC,
                         "the controller grants %" PRIu32 " I/O queue pairs, not %u: write `init queues=%" PRIu32
                         "` to ctl",
                         pairs, init->queues, pairs);
    init->stage = STAGE_CQ;
    init->queue = 1;
    return 0;
}

static int check_status(const struct lone_init *init, struct lone_error *error)
{
    uint16_t status = lone_cmd_status(init->cmd);

    if (!status ||
        (init->stage == STAGE_QUEUE_COUNT && (status == LONE_SC_INVALID_OPCODE || status == LONE_SC_INVALID_FIELD)))
        return 0;
    lone_fail(error, EIO, "%s failed for %s %u: status 0x%03x %s", stage_name(init),
              init->stage == STAGE_QUEUE_COUNT ? "count" : "queue",
              init->stage == STAGE_QUEUE_COUNT ? init->queues : init->queue, status, lone_status_name(status));
    if (error) {
        error->has_status = true;
        error->status = status;
    }
    return -EIO;
}

static int take_result(struct lone_init *init, struct lone_error *error)
{
    int result = check_status(init, error);

    if (result)
        return result;
    switch (init->stage) {
    case STAGE_QUEUE_COUNT:
        return take_queue_count(init, error);
    case STAGE_CQ:
        init->stage = STAGE_SQ;
        return 0;
    default:
        init->stage = init->queue < init->queues ? STAGE_CQ : STAGE_DONE;
        init->queue++;
        return 0;
    }
}

/* 0: still outstanding; 1: completed. */
static int look(const struct lone_init *init, struct lone_error *error)
{
    if (init->cmd->state == LONE_CMD_COMPLETED)
        return 1;
    if (init->cmd->state != LONE_CMD_OUTSTANDING)
        return lone_fail(error, ESHUTDOWN, "the controller was reset or disabled during `init`");
    if (lone_now() - init->cmd->submitted_ns < init->timeout_ns)
        return 0;
    return lone_fail(error, ETIMEDOUT, "%s did not complete within %.1f s", stage_name(init),
                     (double)init->timeout_ns / 1e9);
}

int lone_init_step(struct lone_controller *controller, struct lone_init *init, struct lone_error *error)
{
    int result = 0;

    if (!init->queues)
        init->stage = STAGE_DONE;
    while (init->stage != STAGE_DONE) {
        if (!init->cmd)
            result = send(controller, init, error);
        if (result < 0)
            return result;
        lone_controller_poll(controller);
        result = look(init, error);
        if (result <= 0)
            return result;
        result = take_result(init, error);
        if (result < 0)
            return result;
        lone_init_end(init);
    }
    return 1;
}

void lone_init_end(struct lone_init *init)
{
    lone_cmd_free(init->cmd);
    init->cmd = NULL;
}
