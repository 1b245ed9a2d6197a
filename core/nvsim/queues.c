/* SPDX-License-Identifier: MIT */
/* The queues: fetches commands from submission queues in turn, posts to completion queues (NVMe Base 2.0, 3.3). */
#include "nvsim/nvsim_internal.h"

#include <assert.h>
#include <string.h>

static uint32_t sq_doorbell(uint16_t qid)
{
    return 2u * qid;
}

static uint32_t cq_doorbell(uint16_t qid)
{
    return 2u * qid + 1;
}

static uint32_t doorbell_offset(uint32_t number)
{
    return LONE_REG_DOORBELLS + 4 * number;
}

/* The doorbell is 0 before it takes values, so none from an earlier queue is mistaken for one of this. */
static void doorbell_open(struct nvsim *sim, uint32_t number, uint32_t size)
{
    atomic_store(&sim->limits[number], 0);
    nvsim_bar_store(sim, doorbell_offset(number), 0);
    atomic_store(&sim->limits[number], size);
}

static void list_remove(uint16_t *list, unsigned *count, uint16_t qid)
{
    unsigned i = 0;

    while (i < *count && list[i] != qid)
        i++;
    if (i == *count)
        return;
    --*count;
    memmove(&list[i], &list[i + 1], (*count - i) * sizeof(*list));
}

void nvsim_cq_create(struct nvsim *sim, uint16_t qid, const struct nvsim_entries *entries, uint32_t size,
                     uint16_t vector, bool interrupts)
{
    struct nvsim_controller *controller = &sim->controller;

    controller->cq[qid] = (struct nvsim_cq){
        .exists = true, .phase = true, .interrupts = interrupts, .vector = vector, .size = size, .entries = *entries};
    controller->cqs[controller->n_cqs++] = qid;
    controller->had_io_queues |= qid != 0;
    doorbell_open(sim, cq_doorbell(qid), size);
}

void nvsim_sq_create(struct nvsim *sim, uint16_t qid, const struct nvsim_entries *entries, uint32_t size, uint16_t cqid,
                     enum nvsim_priority priority)
{
    struct nvsim_controller *controller = &sim->controller;

    controller->sq[qid] =
        (struct nvsim_sq){.exists = true, .priority = priority, .cqid = cqid, .size = size, .entries = *entries};
    controller->cq[cqid].n_sqs++;
    controller->sqs[controller->n_sqs++] = qid;
    doorbell_open(sim, sq_doorbell(qid), size);
}

/* Completions of commands of a submission queue that is deleted are posted no more (5.7). */
static void forget_late(struct nvsim_controller *controller, uint16_t sqid)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < controller->n_late; i++)
        if (controller->late[i].sqid == sqid)
            controller->cq[controller->late[i].cqid].n_late--;
        else
            controller->late[kept++] = controller->late[i];
    controller->n_late = kept;
}

/* A masked interrupt must not be sent any more when what it was about is gone (PCI 3.0, 6.8.3.5). */
static void forget_interrupts(struct nvsim *sim, uint16_t vector)
{
    const struct nvsim_controller *controller = &sim->controller;

    for (unsigned i = 0; i < controller->n_cqs; i++)
        if (controller->cq[controller->cqs[i]].vector == vector)
            return;
    nvsim_coalescing_forget(sim, vector);
    nvsim_interrupts_forget(sim, vector);
}

void nvsim_cq_delete(struct nvsim *sim, uint16_t qid)
{
    struct nvsim_controller *controller = &sim->controller;

    doorbell_open(sim, cq_doorbell(qid), 0);
    controller->cq[qid].exists = false;
    list_remove(controller->cqs, &controller->n_cqs, qid);
    forget_interrupts(sim, controller->cq[qid].vector);
}

void nvsim_sq_delete(struct nvsim *sim, uint16_t qid)
{
    struct nvsim_controller *controller = &sim->controller;

    doorbell_open(sim, sq_doorbell(qid), 0);
    forget_late(controller, qid);
    controller->cq[controller->sq[qid].cqid].n_sqs--;
    controller->sq[qid].exists = false;
    list_remove(controller->sqs, &controller->n_sqs, qid);
}

void nvsim_queues_drop(struct nvsim *sim)
{
    struct nvsim_controller *controller = &sim->controller;

    while (controller->n_sqs)
        nvsim_sq_delete(sim, controller->sqs[controller->n_sqs - 1]);
    while (controller->n_cqs)
        nvsim_cq_delete(sim, controller->cqs[controller->n_cqs - 1]);
}

static uint64_t entry_address(const struct nvsim *sim, const struct nvsim_entries *entries, uint64_t offset)
{
    uint32_t page = sim->controller.page_size;

    return entries->listed ? entries->pages[offset / page] + offset % page : entries->base + offset;
}

static bool cq_full(const struct nvsim_cq *cq)
{
    return (cq->tail + 1) % cq->size == cq->head;
}

/* What failed will fail again, except when memory could not be reached, which may be mapped by then, or when only
 * circumstances ended it. */
static bool do_not_retry(uint16_t status)
{
    switch (status) {
    case LONE_SC_SUCCESS:
    case LONE_SC_DATA_TRANSFER:
    case LONE_SC_ABORT_REQUESTED:
    case LONE_SC_SQ_DELETED:
    case LONE_SC_FAILED_FUSED:
    case NVSIM_SC_EVENT_LIMIT:
    case NVSIM_SC_SELF_TEST_IN_PROGRESS:
        return false;
    default:
        return true;
    }
}

/* The Status Field with its flags (3.3.3.2). */
static uint16_t status_field(uint16_t status)
{
    const uint16_t dnr = 0x4000, more = 0x2000;

    if (do_not_retry(status))
        status |= dnr;
    return nvsim_error_logged(status) ? status | more : status;
}

static void post(struct nvsim *sim, const struct nvsim_late *completion)
{
    const struct nvsim_sq *sq = &sim->controller.sq[completion->sqid];
    struct nvsim_cq *cq = &sim->controller.cq[completion->cqid];
    uint32_t entry[4] = {
        [0] = completion->result,
        [2] = sq->head | (uint32_t)completion->sqid << 16,
        [3] = completion->cid | (uint32_t)cq->phase << 16 | (uint32_t)completion->status << 17,
    };

    if (!nvsim_dma_store_entry(sim, entry_address(sim, &cq->entries, (uint64_t)cq->tail * LONE_CQE_SIZE), entry)) {
        nvsim_controller_fail(sim);
        return;
    }
    cq->tail++;
    if (cq->tail == cq->size) {
        cq->tail = 0;
        cq->phase = !cq->phase;
    }
    cq->posted++;
}

/* The Phase Tag of the completion that is posted behind all those that wait. */
static bool phase_of_next(const struct nvsim_cq *cq)
{
    return cq->phase ^ ((cq->tail + cq->n_late) / cq->size & 1);
}

/* Completions of a queue that is full wait, so that none overtakes another, and so does what a function in D3hot has to
 * tell: it sends nothing. Nor does a controller that was shut down (NVMe Base 2.0, 3.6.1) or has failed: there they
 * wait for the reset that forgets them. */
void nvsim_complete(struct nvsim *sim, const struct nvsim_command *command, uint16_t status)
{
    struct nvsim_controller *controller = &sim->controller;
    uint16_t cqid = controller->sq[command->sqid].cqid;
    struct nvsim_late completion = {command->sqid, cqid, command->cid, status_field(status), command->result};

    if (nvsim_error_logged(status))
        nvsim_error_log(sim, command, completion.status, phase_of_next(&controller->cq[cqid]));
    if (controller->state == NVSIM_READY && atomic_load(&sim->powered) && !controller->cq[cqid].n_late &&
        !cq_full(&controller->cq[cqid])) {
        post(sim, &completion);
        return;
    }
    assert(controller->n_late < NVSIM_LATE);
    controller->late[controller->n_late++] = completion;
    controller->cq[cqid].n_late++;
}

/* Posts what has waited for room, the oldest first. */
static void post_late(struct nvsim *sim)
{
    struct nvsim_controller *controller = &sim->controller;
    unsigned kept = 0;

    for (unsigned i = 0; i < controller->n_late; i++) {
        struct nvsim_late completion = controller->late[i];
        struct nvsim_cq *cq = &controller->cq[completion.cqid];

        if (cq_full(cq)) {
            controller->late[kept++] = completion;
            continue;
        }
        cq->n_late--;
        post(sim, &completion);
    }
    controller->n_late = kept;
}

static struct nvsim_command parse(uint16_t sqid, const uint8_t *entry)
{
    struct nvsim_command command = {
        .sqid = sqid,
        .opcode = entry[0],
        .fuse = entry[1] & 3,
        .psdt = entry[1] >> 6,
        .cid = nvsim_get16(entry + 2),
        .nsid = nvsim_get32(entry + 4),
        .cdw2 = nvsim_get32(entry + 8),
        .cdw3 = nvsim_get32(entry + 12),
        .mptr = nvsim_get64(entry + 16),
        .prp1 = nvsim_get64(entry + 24),
        .prp2 = nvsim_get64(entry + 32),
        .cdw10 = nvsim_get32(entry + 40),
        .cdw11 = nvsim_get32(entry + 44),
        .cdw12 = nvsim_get32(entry + 48),
        .cdw13 = nvsim_get32(entry + 52),
        .cdw14 = nvsim_get32(entry + 56),
        .cdw15 = nvsim_get32(entry + 60),
        .wrong = NVSIM_NO_FIELD,
    };

    memcpy(command.raw, entry, sizeof(command.raw));
    return command;
}

static uint16_t execute(struct nvsim *sim, struct nvsim_command *command)
{
    /* With PCIe, admin commands have no SGLs. */
    if (command->psdt > (command->sqid ? NVSIM_PSDT_SGL_BOTH : NVSIM_PSDT_PRP))
        return nvsim_refuse(command, "PSDT", LONE_SC_INVALID_FIELD);
    return command->sqid ? nvsim_io_execute(sim, command) : nvsim_admin_execute(sim, command);
}

static void finish(struct nvsim *sim, const struct nvsim_command *command, uint16_t status)
{
    nvsim_count(&sim->commands);
    if (!command->held)
        nvsim_complete(sim, command, status);
}

static bool fetch(struct nvsim *sim, uint16_t sqid, uint32_t index, struct nvsim_command *command)
{
    const struct nvsim_sq *sq = &sim->controller.sq[sqid];
    uint64_t address = entry_address(sim, &sq->entries, (uint64_t)index * LONE_SQE_SIZE);
    uint8_t entry[LONE_SQE_SIZE];

    if (!nvsim_dma_load(sim, address, entry, sizeof(entry))) {
        nvsim_controller_fail(sim);
        return false;
    }
    *command = parse(sqid, entry);
    return true;
}

/* The first of a fused pair (3.4.2) stays in the queue until the entry behind it is there as well, for which a queue of
 * two entries has no room. */
static bool serve_fused(struct nvsim *sim, struct nvsim_command *first)
{
    struct nvsim_sq *sq = &sim->controller.sq[first->sqid];
    uint32_t next = (sq->head + 1) % sq->size;
    bool hopeless = sq->size == 2;
    struct nvsim_command second;
    uint16_t statuses[2];

    if (!hopeless && (next == sq->tail || !fetch(sim, first->sqid, next, &second)))
        return false;
    if (hopeless || second.fuse != NVSIM_FUSE_SECOND) {
        sq->head = next;
        finish(sim, first, LONE_SC_MISSING_FUSED);
        return true;
    }
    sq->head = (next + 1) % sq->size;
    if (first->psdt > NVSIM_PSDT_SGL_BOTH || second.psdt > NVSIM_PSDT_SGL_BOTH)
        statuses[0] = statuses[1] =
            nvsim_refuse(first->psdt > NVSIM_PSDT_SGL_BOTH ? first : &second, "PSDT", LONE_SC_INVALID_FIELD);
    else
        nvsim_io_execute_pair(sim, first, &second, statuses);
    finish(sim, first, statuses[0]);
    finish(sim, &second, statuses[1]);
    return true;
}

static uint16_t execute_alone(struct nvsim *sim, struct nvsim_command *command)
{
    if (!command->fuse)
        return execute(sim, command);
    if (command->sqid && command->fuse == NVSIM_FUSE_SECOND)
        return LONE_SC_MISSING_FUSED;
    return nvsim_refuse(command, "FUSE", LONE_SC_INVALID_FIELD);
}

/* A tail cannot pass the entries that have not been fetched, and one place stays free. The size is looked at again: the
 * queue may have been deleted and created while the doorbell was written. */
static void take_tail(struct nvsim *sim, uint16_t sqid)
{
    struct nvsim_sq *sq = &sim->controller.sq[sqid];
    uint32_t tail = nvsim_bar_load(sim, doorbell_offset(sq_doorbell(sqid)));
    uint32_t waiting = (sq->tail + sq->size - sq->head) % sq->size;

    if (tail == sq->doorbell)
        return;
    sq->doorbell = tail;
    if (tail < sq->size && waiting + (tail + sq->size - sq->tail) % sq->size < sq->size)
        sq->tail = tail;
    else
        nvsim_queues_misused(sim, NVSIM_BAD_VALUE);
}

/* Executes the next command of a submission queue. False: there is none, or no room for its completion. */
static bool serve(struct nvsim *sim, uint16_t sqid)
{
    struct nvsim_sq *sq = &sim->controller.sq[sqid];
    const struct nvsim_cq *cq = &sim->controller.cq[sq->cqid];
    struct nvsim_command command;
    uint16_t status;

    take_tail(sim, sqid);
    if (sq->tail == sq->head || cq->n_late || cq_full(cq) || !fetch(sim, sqid, sq->head, &command))
        return false;
    if (sqid && sim->admin.features.watches_power)
        nvsim_power_io(sim);
    if (sqid && command.fuse == NVSIM_FUSE_FIRST)
        return serve_fused(sim, &command);
    sq->head = (sq->head + 1) % sq->size;
    status = execute_alone(sim, &command);
    finish(sim, &command, status);
    return true;
}

/* AB of the Arbitration feature (5.27.1.1): how many commands of a queue are executed in one go. */
static unsigned burst(const struct nvsim_controller *controller)
{
    const unsigned no_limit = 7, most = 128;
    unsigned ab = controller->arbitration & 7;

    return ab == no_limit ? most : 1u << ab;
}

/* A disable, shutdown, reset or loss of power takes effect behind the command at hand, however many are waiting. */
static bool called_away(struct nvsim *sim)
{
    const struct nvsim_controller *controller = &sim->controller;
    uint64_t cc = atomic_load_explicit(&sim->cc, memory_order_relaxed);

    return controller->state != NVSIM_READY || controller->disables != nvsim_cc_disables(cc) ||
           controller->shutdowns != nvsim_cc_shutdowns(cc) ||
           atomic_load_explicit(&sim->requests, memory_order_relaxed) & (NVSIM_EXIT | NVSIM_RESETS) ||
           !atomic_load_explicit(&sim->powered, memory_order_relaxed);
}

static unsigned serve_burst(struct nvsim *sim, uint16_t sqid, unsigned limit)
{
    unsigned served = 0;

    while (served < limit && !called_away(sim) && serve(sim, sqid))
        served++;
    return served;
}

static unsigned serve_in_turn(struct nvsim *sim)
{
    struct nvsim_controller *controller = &sim->controller;
    unsigned served = 0;

    for (unsigned i = 0; i < controller->n_sqs; i++)
        served += serve_burst(sim, controller->sqs[i], burst(controller));
    return served;
}

/* At most @limit commands of the I/O queues of one class, these in turn. */
static unsigned serve_class(struct nvsim *sim, enum nvsim_priority priority, unsigned limit)
{
    struct nvsim_controller *controller = &sim->controller;
    unsigned served = 0;

    for (unsigned idle = 0; idle < controller->n_sqs && served < limit;) {
        uint16_t sqid = controller->sqs[controller->turn[priority]++ % controller->n_sqs];
        unsigned most = limit - served < burst(controller) ? limit - served : burst(controller), n = 0;

        if (sqid && controller->sq[sqid].priority == priority)
            n = serve_burst(sim, sqid, most);
        served += n;
        idle = n ? 0 : idle + 1;
    }
    return served;
}

/* A round of weighted round robin with an urgent class (3.4.4.2): the admin queue comes before all others, urgent
 * queues before the rest, and that shares by weights (0's based). */
static unsigned serve_weighted(struct nvsim *sim)
{
    const uint32_t weights = sim->controller.arbitration;
    unsigned served = serve_burst(sim, 0, burst(&sim->controller));

    served += serve_class(sim, NVSIM_URGENT, burst(&sim->controller));
    if (served)
        return served;
    served += serve_class(sim, NVSIM_HIGH, (weights >> 24) + 1);
    served += serve_class(sim, NVSIM_MEDIUM, (weights >> 16 & 0xff) + 1);
    served += serve_class(sim, NVSIM_LOW, (weights >> 8 & 0xff) + 1);
    return served;
}

/* A head cannot pass entries that have not been posted. */
static bool take_head(struct nvsim *sim, uint16_t cqid)
{
    struct nvsim_cq *cq = &sim->controller.cq[cqid];
    uint32_t head = nvsim_bar_load(sim, doorbell_offset(cq_doorbell(cqid)));
    uint32_t posted = (cq->tail + cq->size - cq->head) % cq->size;

    if (head == cq->doorbell)
        return false;
    cq->doorbell = head;
    if (head >= cq->size || (head + cq->size - cq->head) % cq->size > posted) {
        nvsim_queues_misused(sim, NVSIM_BAD_VALUE);
        return false;
    }
    cq->head = head;
    return true;
}

static bool take_heads(struct nvsim *sim)
{
    bool moved = false;

    for (unsigned i = 0; i < sim->controller.n_cqs; i++)
        moved |= take_head(sim, sim->controller.cqs[i]);
    return moved;
}

static bool rung(struct nvsim *sim, uint32_t number, uint32_t seen)
{
    return __atomic_load_n(nvsim_bar32(sim, doorbell_offset(number)), __ATOMIC_SEQ_CST) != seen;
}

bool nvsim_queues_have_news(struct nvsim *sim)
{
    const struct nvsim_controller *controller = &sim->controller;
    bool news = false;

    if (controller->state != NVSIM_READY || !atomic_load(&sim->powered))
        return false;
    for (unsigned i = 0; i < controller->n_sqs && !news; i++)
        news = rung(sim, sq_doorbell(controller->sqs[i]), controller->sq[controller->sqs[i]].doorbell);
    for (unsigned i = 0; i < controller->n_cqs && !news; i++)
        news = rung(sim, cq_doorbell(controller->cqs[i]), controller->cq[controller->cqs[i]].doorbell);
    return news;
}

void nvsim_queues_rest(struct nvsim *sim)
{
    const struct nvsim_controller *controller = &sim->controller;

    for (unsigned i = 0; i < controller->n_cqs; i++) {
        const struct nvsim_cq *cq = &controller->cq[controller->cqs[i]];
        bool awaited = cq_full(cq) || controller->level;

        atomic_store_explicit(&sim->quiet[controller->cqs[i]], awaited ? NVSIM_RESTLESS : cq->tail,
                              memory_order_relaxed);
    }
}

void nvsim_queues_misused(struct nvsim *sim, uint32_t requests)
{
    enum { ERROR = 0, INVALID_REGISTER = 0, INVALID_VALUE = 1, ERROR_LOG = 1 };

    if (sim->controller.state != NVSIM_READY)
        return;
    if (requests & NVSIM_BAD_DOORBELL)
        nvsim_event(sim, ERROR, INVALID_REGISTER, ERROR_LOG);
    if (requests & NVSIM_BAD_VALUE)
        nvsim_event(sim, ERROR, INVALID_VALUE, ERROR_LOG);
}

/* INTx is a level, an eventfd knows edges only: as long as the level lasts, whatever the host does about it and
 * whatever is added signals again, so that no completion is forgotten. */
static void raise_interrupts(struct nvsim *sim, bool again)
{
    struct nvsim_controller *controller = &sim->controller;
    bool line = false;

    for (unsigned i = 0; i < controller->n_cqs; i++) {
        struct nvsim_cq *cq = &controller->cq[controller->cqs[i]];

        if (!cq->interrupts)
            continue;
        line |= cq->head != cq->tail;
        again |= cq->posted != 0;
        if (cq->posted && !(controller->cqs[i] && nvsim_coalescing_defers(sim, cq->vector, cq->posted)))
            nvsim_interrupts_raise(sim, cq->vector);
        cq->posted = 0;
    }
    nvsim_coalescing_expire(sim);
    if (line != controller->line || (line && again))
        controller->level = nvsim_interrupts_line(sim, line);
    controller->line = line;
}

unsigned nvsim_queues_service(struct nvsim *sim, bool masks_changed)
{
    enum { SHARE = 16 }; /* commands, and then those of the round, until interrupts are raised and heads are taken */
    unsigned served = 0;
    bool moved;

    if (!atomic_load(&sim->powered))
        return 0;
    moved = take_heads(sim);
    if (sim->controller.state == NVSIM_READY)
        post_late(sim);
    while (served < SHARE) {
        unsigned n = sim->controller.weighted ? serve_weighted(sim) : serve_in_turn(sim);

        if (!n)
            break;
        served += n;
    }
    raise_interrupts(sim, moved || masks_changed);
    return served;
}
