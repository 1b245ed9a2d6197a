/* SPDX-License-Identifier: MIT */
/* Completions: from the queues to their commands, and what some of them mean for the driver. */
#include <errno.h>

#include "nvme/controller_internal.h"

/* --- What a completed admin command changes ---------------------------------------------------------------- */

static void sq_created(struct lone_controller *controller, uint16_t id, bool success)
{
    struct lone_sq_private *sq = lone_sq_find(controller, id);

    if (!sq || sq->sq.state != LONE_QUEUE_CREATING)
        return;
    if (success)
        lone_sq_live(controller, sq);
    else
        lone_sq_over(controller, sq);
}

static void cq_created(struct lone_controller *controller, uint16_t id, bool success)
{
    struct lone_cq_private *cq = lone_cq_find(controller, id);

    if (!cq || cq->cq.state != LONE_QUEUE_CREATING)
        return;
    if (success)
        lone_cq_live(controller, cq);
    else
        lone_cq_over(controller, cq);
}

/* Its commands are over, even those without a completion (NVMe Base 2.0, 5.6). */
static void sq_deleted(struct lone_controller *controller, uint16_t id)
{
    struct lone_sq_private *sq = lone_sq_find(controller, id);

    lone_hold_over(controller, LONE_HOLD_SQ, id);
    lone_created_remove(controller, false, id);
    if (!sq || id == 0 || sq->sq.state == LONE_QUEUE_MADE)
        return;
    lone_trace_queue(&controller->trace, LONE_TRACE_QUEUE_DELETED, false, id, sq->sq.entries);
    lone_lose(controller, sq, false);
    lone_sq_over(controller, sq);
}

static void cq_deleted(struct lone_controller *controller, uint16_t id)
{
    struct lone_cq_private *cq = lone_cq_find(controller, id);

    lone_hold_over(controller, LONE_HOLD_CQ, id);
    lone_created_remove(controller, true, id);
    if (!cq || id == 0 || cq->cq.state == LONE_QUEUE_MADE)
        return;
    lone_trace_queue(&controller->trace, LONE_TRACE_QUEUE_DELETED, true, id, cq->cq.entries);
    lone_cq_over(controller, cq);
}

/* The controller says that it has no such queue: it was deleted, or never created, behind our back. */
static void follow_refusal(struct lone_controller *controller, const struct lone_queue_command *what, uint16_t status)
{
    uint16_t id = what->cdw10 & 0xffff;
    const struct lone_sq_private *sq = lone_sq_find(controller, id);
    const struct lone_cq_private *cq = lone_cq_find(controller, id);

    if (!lone_says_no_queue(what->opcode, status))
        return;
    if (what->opcode == LONE_OPC_DELETE_SQ && sq && sq->sq.state == LONE_QUEUE_LIVE)
        sq_deleted(controller, id);
    if (what->opcode == LONE_OPC_DELETE_CQ && cq && cq->cq.state == LONE_QUEUE_LIVE)
        cq_deleted(controller, id);
}

/* The last completions of a queue that is deleted were posted before that of the Delete, but may not have been
 * consumed. Returns whether the Delete still means something: done() of one of them may have reset the controller. */
static bool drain(struct lone_controller *controller, uint16_t sqid)
{
    const struct lone_sq_private *sq = lone_sq_find(controller, sqid);
    uint64_t generation = controller->generation;

    if (sq && sqid && sq->sq.cqid) /* what is in the queue at hand is taken in its order */
        lone_cq_poll(controller, sq->sq.cqid);
    return controller->generation == generation;
}

void lone_follow_queue_command(struct lone_controller *controller, const struct lone_queue_command *what,
                               uint16_t status)
{
    uint16_t id = what->cdw10 & 0xffff;

    if (status)
        follow_refusal(controller, what, status);
    else if (what->opcode == LONE_OPC_DELETE_CQ)
        cq_deleted(controller, id);
    else if (what->opcode != LONE_OPC_DELETE_SQ)
        lone_created_add(controller, what);
    else if (drain(controller, id))
        sq_deleted(controller, id);
}

static struct lone_queue_command queue_command(const struct lone_cmd_private *own)
{
    return (struct lone_queue_command){.opcode = own->opcode,
                                       .prp1 = lone_get64(own->cmd->sqe + LONE_SQE_PRP1),
                                       .cdw10 = own->cdw10,
                                       .cdw11 = own->cdw11};
}

static void follow_creation(struct lone_cmd_private *own, bool success)
{
    uint16_t qid = own->cdw10 & 0xffff;

    own->creates = false;
    if (own->opcode == LONE_OPC_CREATE_SQ)
        sq_created(own->controller, qid, success);
    else
        cq_created(own->controller, qid, success);
}

/* What PRP1 of a Create by hand names, if it is not a list, belongs to the command, to a queue that is made, or to a
 * region, which is unmapped before it is freed; else nobody knows whose it is. */
static void follow_creation_by_hand(struct lone_cmd_private *own, enum lone_hold_end end, uint16_t qid)
{
    struct lone_controller *controller = own->controller;
    const struct lone_buffer *data = &own->cmd->data;
    uint64_t at = lone_get64(own->cmd->sqe + LONE_SQE_PRP1);
    bool known = lone_hold_named(controller, at, end, qid) || (at >= data->iova && at - data->iova < data->size) ||
                 lone_region_at(controller->memory, at);

    struct lone_queue_command what = queue_command(own);

    lone_created_add(controller, &what);
    lone_hold_set(controller, &own->hold, end, qid);
    controller->by_hand |= !known || !(own->cdw11 & 1); /* PC=0: PRP1 names a list */
}

/* Commands that give the controller memory to keep, or take it away again. */
static void follow_admin(struct lone_cmd_private *own)
{
    struct lone_controller *controller = own->controller;
    uint16_t qid = own->cdw10 & 0xffff;

    switch (own->opcode) {
    case LONE_OPC_DELETE_SQ:
        sq_deleted(controller, qid);
        break;
    case LONE_OPC_DELETE_CQ:
        cq_deleted(controller, qid);
        break;
    case LONE_OPC_CREATE_SQ:
        follow_creation_by_hand(own, LONE_HOLD_SQ, qid);
        break;
    case LONE_OPC_CREATE_CQ:
        follow_creation_by_hand(own, LONE_HOLD_CQ, qid);
        break;
    case LONE_OPC_IDENTIFY:
        lone_follow_identify(own);
        break;
    case LONE_OPC_FORMAT_NVM:
    case LONE_OPC_NAMESPACE_MANAGEMENT:
        lone_follow_namespaces(controller, own->opcode, own->nsid, own->cdw10);
        break;
    case LONE_OPC_SET_FEATURES: /* CDW10 FID, CDW11 EHM: 5.27.1.9 */
        if ((own->cdw10 & 0xff) == LONE_FID_HOST_MEMORY_BUFFER && own->cdw11 & 1)
            lone_hold_set(controller, &own->hold, LONE_HOLD_RESET, 0);
        break;
    case LONE_OPC_DOORBELL_BUFFER_CONFIG:
        lone_hold_set(controller, &own->hold, LONE_HOLD_RESET, 0);
        controller->by_hand |= own->by_hand;
        break;
    }
}

static void follow_refused_deletion(const struct lone_cmd_private *own, uint16_t status)
{
    struct lone_queue_command what = queue_command(own);

    follow_refusal(own->controller, &what, status);
}

/* --- From the queue to the command ------------------------------------------------------------------------- */

static uint16_t status_of(const uint8_t *cqe)
{
    return lone_get16(cqe + LONE_CQE_STATUS) >> 1 & 0x7ff;
}

static bool is_success(const uint8_t *cqe)
{
    return !status_of(cqe);
}

static void finish(struct lone_sq_private *sq, struct lone_cmd_private *own, const uint8_t *cqe)
{
    struct lone_cmd *cmd = own->cmd;
    bool success = is_success(cqe);

    lone_flight_remove(sq, own);
    own->controller->seen_ready = true;
    cmd->state = LONE_CMD_COMPLETED;
    cmd->completed_ns = lone_now();
    memcpy(cmd->cqe, cqe, LONE_CQE_SIZE);
    own->hold.until = 0;
    if (own->creates)
        follow_creation(own, success);
    else if (own->sqid == 0 && success)
        follow_admin(own);
    else if (own->sqid == 0 && (own->opcode == LONE_OPC_DELETE_SQ || own->opcode == LONE_OPC_DELETE_CQ))
        follow_refused_deletion(own, status_of(cqe));
    if (own->sqid == 0 && own->opcode == LONE_OPC_SET_FEATURES)
        lone_hmb_follow(own, success);
    if (own->zombie)
        lone_cmd_dispose(own);
    else if (cmd->done)
        cmd->done(cmd);
}

/* SQHD: entries up to it are free. One that is not between the old head and the tail is a lie. */
static void follow_head(struct lone_sq *sq, uint32_t head)
{
    uint32_t advance = (head + sq->entries - sq->head) % sq->entries;
    uint32_t placed = (sq->tail + sq->entries - sq->head) % sq->entries;

    if (head < sq->entries && advance <= placed)
        sq->head = head;
}

static void keep_stray(struct lone_cq *cq, const uint8_t *cqe)
{
    memcpy(cq->stray[cq->strays % LONE_COUNT(cq->stray)], cqe, LONE_CQE_SIZE);
    cq->strays++;
}

/* An entry of a script's is nobody's command. Whoever takes the completions himself has seen that of it; else it is
 * kept, with those that nothing explains. */
static void take_unmatched(struct lone_controller *controller, struct lone_sq_private *sq, struct lone_cq *cq,
                           const uint8_t *cqe)
{
    uint16_t cid = lone_get16(cqe + LONE_CQE_CID);
    bool ours = sq && sq->sq.cqid == cq->id && sq->sq.raw;

    if (!ours || !lone_sq_is_raw(sq, cid) || cq->consumer == LONE_CONSUMER_AUTO)
        keep_stray(cq, cqe);
    if (ours)
        lone_sq_raw_completed(controller, sq, cid, status_of(cqe));
}

static struct lone_cmd_private *find_command(const struct lone_controller *controller, const struct lone_cq *cq,
                                             const uint8_t *cqe)
{
    const struct lone_sq_private *sq = lone_sq_find(controller, lone_get16(cqe + LONE_CQE_SQID));

    if (!sq || sq->sq.cqid != cq->id || sq->sq.state != LONE_QUEUE_LIVE)
        return NULL;
    return lone_flight_find(sq, lone_get16(cqe + LONE_CQE_CID));
}

static void consume(struct lone_controller *controller, struct lone_cq *cq, const uint8_t *cqe)
{
    struct lone_cmd_private *own = find_command(controller, cq, cqe);
    struct lone_sq_private *sq = lone_sq_find(controller, lone_get16(cqe + LONE_CQE_SQID));

    /* Where a script takes the completions, the head is its own affair. */
    if (sq && sq->sq.cqid == cq->id && cq->consumer != LONE_CONSUMER_NONE)
        follow_head(&sq->sq, lone_get16(cqe + LONE_CQE_SQHD));
    if (!own) {
        take_unmatched(controller, sq, cq, cqe);
        return;
    }
    if (own->sqid == 0 && own->opcode == LONE_OPC_DELETE_SQ && is_success(cqe)) {
        if (!drain(controller, own->cdw10 & 0xffff)) /* this command is lost */
            return;
        if (find_command(controller, cq, cqe) != own) { /* or it polled, and there was a second completion */
            keep_stray(cq, cqe);
            return;
        }
    }
    finish(sq, own, cqe);
}

/* DW3 of the entry at @index, if that is new. It holds the phase and is written last, so it is read first. All ones
 * are no entry but a BAR that cannot be reached. */
static inline bool peek(const struct lone_cq *cq, uint32_t index, bool phase, uint32_t *dw3)
{
    uint64_t at = (uint64_t)index * LONE_CQE_SIZE + LONE_CQE_DW3;

    if (cq->memory.data)
        *dw3 = __atomic_load_n((const uint32_t *)(const void *)(cq->memory.data + at), __ATOMIC_ACQUIRE);
    else if (lone_buffer_load(&cq->memory, at, dw3, sizeof(*dw3), NULL) || *dw3 == UINT32_MAX)
        return false;
    return (le32toh(*dw3) >> 16 & 1) == phase;
}

bool lone_cq_has_entry(const struct lone_cq *cq)
{
    uint32_t dw3;

    return peek(cq, cq->head, cq->phase, &dw3);
}

/* The whole of it, if it is there. */
static bool load(const struct lone_cq *cq, uint32_t index, bool phase, uint8_t *cqe)
{
    uint32_t dw3;

    if (!peek(cq, index, phase, &dw3) ||
        lone_buffer_load(&cq->memory, (uint64_t)index * LONE_CQE_SIZE, cqe, LONE_CQE_DW3, NULL))
        return false;
    memcpy(cqe + LONE_CQE_DW3, &dw3, sizeof(dw3));
    return true;
}

/* Takes the entry at the head, if it is there. */
static bool take(struct lone_cq_private *own, uint8_t *cqe)
{
    struct lone_cq *cq = &own->cq;

    if (!load(cq, cq->head, cq->phase, cqe))
        return false;
    if (++cq->head == cq->entries) {
        cq->head = 0;
        cq->phase = !cq->phase;
    }
    own->seen = cq->head;
    own->seen_phase = cq->phase;
    return true;
}

/* done() may do anything: afterwards the queue may be gone, or another one with the same id. */
static bool still_lives(const struct lone_controller *controller, uint16_t id, const struct lone_cq_private *cq,
                        uint64_t life)
{
    return lone_cq_find(controller, id) == cq && cq->life == life && cq->cq.state == LONE_QUEUE_LIVE;
}

static void settle_doorbell(struct lone_controller *controller, struct lone_cq_private *cq)
{
    bool owed = cq->owes_doorbell;

    cq->owes_doorbell = lone_cq_write_doorbell(controller, &cq->cq, cq->cq.head, NULL) != 0;
    controller->n_owed += (unsigned)cq->owes_doorbell - (unsigned)owed;
}

/* A queue that the controller has no more owes nothing. */
static void settle_owed(struct lone_controller *controller)
{
    for (unsigned id = 0; id < controller->n_cqs && controller->n_owed; id++) {
        struct lone_cq_private *cq = controller->cqs[id];

        if (!cq || !cq->owes_doorbell)
            continue;
        if (cq->cq.state == LONE_QUEUE_LIVE) {
            settle_doorbell(controller, cq);
            continue;
        }
        cq->owes_doorbell = false;
        controller->n_owed--;
    }
}

/* Consumes at most @most entries; @entries (may be NULL) gets them. */
static unsigned consume_many(struct lone_controller *controller, struct lone_cq_private *cq, unsigned most,
                             uint8_t *entries)
{
    uint16_t id = cq->cq.id;
    uint64_t life = cq->life;
    uint8_t cqe[LONE_CQE_SIZE];
    unsigned n = 0;

    while (n < most && take(cq, cqe)) {
        lone_trace_completion(&controller->trace, id, (cq->cq.head + cq->cq.entries - 1) % cq->cq.entries, cqe);
        if (entries)
            memcpy(entries + (size_t)n * LONE_CQE_SIZE, cqe, LONE_CQE_SIZE);
        n++;
        controller->taken++;
        consume(controller, &cq->cq, cqe);
        if (!still_lives(controller, id, cq, life))
            return n;
    }
    /* done() may have polled, and then it is written already. One that failed (CMD.MSE may be 0 for a moment) is owed:
     * the queue may be full, and then nothing comes that would have it written again. */
    if (n == cq->cq.entries || (n && cq->cq.doorbell != cq->cq.head))
        settle_doorbell(controller, cq);
    return n;
}

/* One that is not there although the script is behind it was never posted. */
void lone_cq_account(struct lone_controller *controller, struct lone_cq_private *cq, uint32_t to)
{
    uint16_t id = cq->cq.id;
    uint64_t life = cq->life;

    while (cq->seen != to) {
        uint32_t index = cq->seen;
        bool phase = cq->seen_phase;
        uint8_t cqe[LONE_CQE_SIZE];

        if (++cq->seen == cq->cq.entries) {
            cq->seen = 0;
            cq->seen_phase = !phase;
        }
        if (!load(&cq->cq, index, phase, cqe))
            continue;
        lone_trace_completion(&controller->trace, id, index, cqe);
        controller->taken++;
        consume(controller, &cq->cq, cqe);
        if (!still_lives(controller, id, cq, life))
            return;
    }
}

unsigned lone_cq_poll(struct lone_controller *controller, uint16_t id)
{
    struct lone_cq_private *cq = lone_cq_find(controller, id);

    if (!cq || cq->cq.state != LONE_QUEUE_LIVE || cq->cq.consumer != LONE_CONSUMER_AUTO)
        return 0;
    return consume_many(controller, cq, cq->cq.entries, NULL); /* a device that never stops must not keep us */
}

unsigned lone_controller_poll(struct lone_controller *controller)
{
    unsigned n = 0, i = 0;

    if (controller->resetting)
        return 0;
    while (i < controller->n_autos) {
        uint64_t changes = controller->queue_changes;

        n += lone_cq_poll(controller, controller->autos[i]);
        i = controller->queue_changes == changes ? i + 1 : 0; /* done() may do anything */
    }
    if (controller->n_owed)
        settle_owed(controller);
    lone_announce(controller); /* of a queue that was deleted */
    lone_hand_over(controller);
    lone_intx_settle(controller);
    if (lone_events_short(controller))
        lone_events_post(controller, NULL);
    return n;
}

int lone_cq_take(struct lone_controller *controller, uint16_t id, void *entries, unsigned n, struct lone_error *error)
{
    struct lone_cq_private *cq = lone_cq_find(controller, id);
    unsigned taken;

    if (!cq)
        return lone_fail(error, ENXIO, "there is no completion queue %u", id);
    if (cq->cq.consumer != LONE_CONSUMER_FILE)
        return lone_fail(error, EINVAL,
                         "the consumer of completion queue %u is %s: write `file` to queues/cq/%u/consumer to read its "
                         "completions yourself",
                         id, lone_consumer_name(cq->cq.consumer), id);
    if (cq->cq.state != LONE_QUEUE_LIVE)
        return lone_fail(error, ENXIO, "completion queue %u is not live: its state is %s", id,
                         lone_queue_state_name(cq->cq.state));
    taken = consume_many(controller, cq, n < cq->cq.entries ? n : cq->cq.entries, entries);
    lone_announce(controller);
    lone_hand_over(controller);
    lone_intx_settle(controller);
    return (int)taken;
}
