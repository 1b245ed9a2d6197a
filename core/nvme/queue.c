/* SPDX-License-Identifier: MIT */
/* The tables of queues, and a queue's life in them. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define MAX_BUCKETS 4096u

/* --- The tables -------------------------------------------------------------------------------------------- */

struct lone_sq_private *lone_sq_find(const struct lone_controller *controller, uint16_t id)
{
    return id < controller->n_sqs ? controller->sqs[id] : NULL;
}

struct lone_cq_private *lone_cq_find(const struct lone_controller *controller, uint16_t id)
{
    return id < controller->n_cqs ? controller->cqs[id] : NULL;
}

const struct lone_sq *lone_controller_sq(const struct lone_controller *controller, uint16_t id)
{
    const struct lone_sq_private *sq = lone_sq_find(controller, id);

    return sq ? &sq->sq : NULL;
}

const struct lone_cq *lone_controller_cq(const struct lone_controller *controller, uint16_t id)
{
    const struct lone_cq_private *cq = lone_cq_find(controller, id);

    return cq ? &cq->cq : NULL;
}

int lone_controller_next_sq(const struct lone_controller *controller, unsigned id)
{
    for (; id < controller->n_sqs; id++)
        if (controller->sqs[id])
            return (int)id;
    return -1;
}

int lone_controller_next_cq(const struct lone_controller *controller, unsigned id)
{
    for (; id < controller->n_cqs; id++)
        if (controller->cqs[id])
            return (int)id;
    return -1;
}

const char *lone_queue_state_name(enum lone_queue_state state)
{
    static const char *const names[] = {"disabled", "made", "creating", "live"};

    return names[state];
}

const char *lone_consumer_name(enum lone_consumer consumer)
{
    static const char *const names[] = {"auto", "file", "none"};

    return names[consumer];
}

/* The table of *@n pointers at @table made to reach up to @id; NULL when memory ends, and then nothing has changed. */
static void *reach(void *table, unsigned *n, uint16_t id, struct lone_error *error)
{
    char *larger = table;

    if (id < *n)
        return table;
    larger = realloc(table, (id + 1u) * sizeof(void *));
    if (!larger) {
        lone_fail(error, ENOMEM, "no memory for queue %u", id);
        return NULL;
    }
    memset(larger + *n * sizeof(void *), 0, (id + 1u - *n) * sizeof(void *));
    *n = id + 1u;
    return larger;
}

static int enter_sq(struct lone_controller *controller, struct lone_sq_private *sq, struct lone_error *error)
{
    struct lone_sq_private **table = reach(controller->sqs, &controller->n_sqs, sq->sq.id, error);

    if (!table)
        return -ENOMEM;
    controller->sqs = table;
    table[sq->sq.id] = sq;
    return 0;
}

/* There must be room in the list of polled queues too: nothing may fail when it becomes live. */
static int enter_cq(struct lone_controller *controller, struct lone_cq_private *cq, struct lone_error *error)
{
    struct lone_cq_private **table = reach(controller->cqs, &controller->n_cqs, cq->cq.id, error);
    unsigned n = 1;
    uint16_t *autos;

    if (!table)
        return -ENOMEM;
    controller->cqs = table;
    for (unsigned id = 0; id < controller->n_cqs; id++)
        n += table[id] != NULL;
    if (n > controller->max_autos) {
        autos = realloc(controller->autos, 2 * n * sizeof(*autos));
        if (!autos)
            return lone_fail(error, ENOMEM, "no memory for completion queue %u", cq->cq.id);
        controller->autos = autos;
        controller->max_autos = 2 * n;
    }
    table[cq->cq.id] = cq;
    return 0;
}

void lone_queues_changed(struct lone_controller *controller)
{
    controller->queue_changes++;
    controller->n_autos = controller->n_silent = 0;
    for (unsigned id = 0; id < controller->n_cqs; id++) {
        const struct lone_cq_private *cq = controller->cqs[id];

        if (!cq || cq->cq.state != LONE_QUEUE_LIVE || cq->cq.consumer != LONE_CONSUMER_AUTO)
            continue;
        controller->autos[controller->n_autos++] = (uint16_t)id;
        controller->n_silent += lone_cq_is_silent(controller, &cq->cq);
    }
}

uint64_t lone_controller_queue_changes(const struct lone_controller *controller)
{
    return controller->queue_changes;
}

/* --- Beginning --------------------------------------------------------------------------------------------- */

/* CC.MPS is what was written last, whether the controller is enabled or not yet. */
uint32_t lone_controller_page_size(const struct lone_controller *controller)
{
    return 4096u << (lone_controller_shadow32(controller, LONE_REG_CC) >> 7 & 0xf); /* NVMe Base 2.0, 3.1.3.5 */
}

int lone_check_entries(uint32_t entries, struct lone_error *error)
{
    if (entries >= 2 && entries <= LONE_QUEUE_MAX_ENTRIES)
        return 0;
    return lone_fail(error, ERANGE, "a queue has 2 to %u entries, not %" PRIu32, LONE_QUEUE_MAX_ENTRIES, entries);
}

static void free_sq(struct lone_sq_private *sq)
{
    lone_sq_forget_raw_cids(sq);
    free(sq->raw_cids);
    free(sq->buckets);
    free(sq);
}

/* Buckets for so many commands; there are none in it yet. */
int lone_sq_set_buckets(struct lone_sq_private *sq, uint32_t entries, struct lone_error *error)
{
    struct lone_bucket *buckets;
    uint32_t n = 1;
    int result = lone_check_entries(entries, error);

    if (result)
        return result;
    while (n < entries && n < MAX_BUCKETS)
        n *= 2;
    buckets = calloc(n, sizeof(*buckets));
    if (!buckets)
        return lone_fail(error, ENOMEM, "no memory for submission queue %u", sq->sq.id);
    free(sq->buckets);
    sq->buckets = buckets;
    sq->mask = n - 1;
    return 0;
}

int lone_sq_make(struct lone_controller *controller, uint16_t id, const struct lone_sq_options *options,
                 uint64_t alignment, struct lone_sq_private **sq, struct lone_error *error)
{
    struct lone_sq_private *own = calloc(1, sizeof(*own));
    int result;

    if (!own)
        return lone_fail(error, ENOMEM, "no memory for submission queue %u", id);
    own->sq = (struct lone_sq){.id = id,
                               .entries = options->entries,
                               .cqid = options->cqid,
                               .nvmsetid = options->nvmsetid,
                               .qprio = options->qprio,
                               .pc = options->pc,
                               .state = LONE_QUEUE_MADE,
                               .made = controller->queues_made++,
                               .own = own};
    TAILQ_INIT(&own->raw_commands);
    result = lone_sq_set_buckets(own, options->entries, error);
    if (!result)
        result = lone_buffer_alloc(controller->memory, (uint64_t)options->entries * LONE_SQE_SIZE, alignment,
                                   &own->sq.memory, error);
    if (!result)
        result = enter_sq(controller, own, error);
    if (result) {
        lone_buffer_free(controller->memory, &own->sq.memory);
        free_sq(own);
        return result;
    }
    *sq = own;
    return 0;
}

int lone_cq_make(struct lone_controller *controller, uint16_t id, const struct lone_cq_options *options,
                 uint64_t alignment, struct lone_cq_private **cq, struct lone_error *error)
{
    struct lone_cq_private *own;
    int result = lone_check_entries(options->entries, error);

    if (result)
        return result;
    own = calloc(1, sizeof(*own));
    if (!own)
        return lone_fail(error, ENOMEM, "no memory for completion queue %u", id);
    own->cq = (struct lone_cq){.id = id,
                               .entries = options->entries,
                               .vector = options->vector,
                               .interrupts = options->interrupts,
                               .pc = options->pc,
                               .phase = true,
                               .state = LONE_QUEUE_MADE,
                               .made = controller->queues_made++};
    own->seen_phase = true;
    result = lone_buffer_alloc(controller->memory, (uint64_t)options->entries * LONE_CQE_SIZE, alignment,
                               &own->cq.memory, error);
    if (!result)
        result = enter_cq(controller, own, error);
    if (result) {
        lone_buffer_free(controller->memory, &own->cq.memory);
        free(own);
        return result;
    }
    *cq = own;
    return 0;
}

/* --- Living ------------------------------------------------------------------------------------------------ */

static int store_zeros(const struct lone_buffer *buffer, struct lone_error *error)
{
    static const uint8_t zeros[4096];
    int result = 0;

    for (uint64_t at = 0; at < buffer->size && !result; at += sizeof(zeros))
        result = lone_buffer_store(buffer, at, zeros,
                                   buffer->size - at < sizeof(zeros) ? buffer->size - at : sizeof(zeros), error);
    return result;
}

void lone_sq_rewind(struct lone_sq_private *sq)
{
    sq->sq.tail = sq->sq.head = sq->sq.doorbell = sq->known = 0;
    sq->backing.rung = false;
}

void lone_cq_rewind(struct lone_cq_private *cq)
{
    cq->cq.head = cq->cq.doorbell = cq->seen = 0;
    cq->cq.phase = cq->seen_phase = true;
    cq->cq.strays = 0;
    cq->backing.rung = false;
}

int lone_sq_restart(struct lone_sq_private *sq, struct lone_error *error)
{
    lone_sq_rewind(sq);
    return store_zeros(&sq->sq.memory, error);
}

int lone_cq_restart(struct lone_cq_private *cq, struct lone_error *error)
{
    lone_cq_rewind(cq);
    return store_zeros(&cq->cq.memory, error);
}

void lone_sq_live(struct lone_controller *controller, struct lone_sq_private *sq)
{
    sq->sq.state = LONE_QUEUE_LIVE;
    lone_trace_queue(&controller->trace, LONE_TRACE_QUEUE_CREATED, false, sq->sq.id, sq->sq.entries);
}

void lone_cq_live(struct lone_controller *controller, struct lone_cq_private *cq)
{
    cq->life = ++controller->lives;
    cq->cq.state = LONE_QUEUE_LIVE;
    lone_queues_changed(controller);
    lone_trace_queue(&controller->trace, LONE_TRACE_QUEUE_CREATED, true, cq->cq.id, cq->cq.entries);
}

/* --- Ending ------------------------------------------------------------------------------------------------ */

static void end_memory(struct lone_controller *controller, struct lone_buffer *memory, struct lone_backing *backing,
                       const struct lone_hold *hold)
{
    lone_give_back(controller, memory, hold ? hold : &backing->hold);
    lone_give_back(controller, &backing->list, hold ? hold : &backing->hold);
}

void lone_sq_remove(struct lone_controller *controller, uint16_t id, const struct lone_hold *hold)
{
    struct lone_sq_private *sq = controller->sqs[id];

    lone_sq_forget_raw(controller, sq);
    end_memory(controller, &sq->sq.memory, &sq->backing, hold);
    controller->sqs[id] = NULL;
    free_sq(sq);
}

void lone_cq_remove(struct lone_controller *controller, uint16_t id, const struct lone_hold *hold)
{
    struct lone_cq_private *cq = controller->cqs[id];

    end_memory(controller, &cq->cq.memory, &cq->backing, hold);
    controller->n_owed -= cq->owes_doorbell;
    controller->cqs[id] = NULL;
    free(cq);
    lone_queues_changed(controller);
}

void lone_sq_over(struct lone_controller *controller, struct lone_sq_private *sq)
{
    lone_sq_forget_raw(controller, sq);
    if (!sq->backing.stays) {
        lone_sq_remove(controller, sq->sq.id, NULL);
        return;
    }
    lone_give_back(controller, &sq->backing.list, NULL);
    sq->sq.state = LONE_QUEUE_MADE;
}

void lone_cq_over(struct lone_controller *controller, struct lone_cq_private *cq)
{
    if (!cq->backing.stays) {
        lone_cq_remove(controller, cq->cq.id, NULL);
        return;
    }
    lone_give_back(controller, &cq->backing.list, NULL);
    cq->cq.state = LONE_QUEUE_MADE;
    lone_queues_changed(controller);
}

/* --- Doorbells --------------------------------------------------------------------------------------------- */

/* NVMe PCIe Transport 1.0, 3.1.2: tail of SQ y at 1000h + 2y strides, head of CQ y a stride further. */
uint64_t lone_sq_doorbell(const struct lone_controller *controller, uint16_t id)
{
    return LONE_REG_DOORBELLS + 2ull * id * controller->doorbell_stride;
}

uint64_t lone_cq_doorbell(const struct lone_controller *controller, uint16_t id)
{
    return LONE_REG_DOORBELLS + (2ull * id + 1) * controller->doorbell_stride;
}

void lone_release(void)
{
#ifndef __SANITIZE_THREAD__ /* which does not know fences; there the device's own lock orders the accesses */
    __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}
