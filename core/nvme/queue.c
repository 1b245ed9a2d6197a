/* SPDX-License-Identifier: MIT */
/* The host's side of the queues: their memory, indices and ids. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_BUCKETS 4096u

int lone_sq_make(struct lone_controller *controller, uint16_t id, uint32_t entries, uint64_t alignment,
                 struct lone_sq_private **sq, struct lone_error *error)
{
    struct lone_sq_private *own;
    uint32_t buckets = 1;
    int result;

    while (buckets < entries && buckets < MAX_BUCKETS)
        buckets *= 2;
    own = calloc(1, sizeof(*own) + buckets * sizeof(own->buckets[0]));
    if (!own)
        return lone_fail(error, ENOMEM, "no memory for submission queue %u", id);
    own->mask = buckets - 1;
    own->sq = (struct lone_sq){.id = id, .entries = entries, .pc = true, .own = own};
    result =
        lone_buffer_alloc(controller->memory, (uint64_t)entries * LONE_SQE_SIZE, alignment, &own->sq.memory, error);
    if (result) {
        free(own);
        return result;
    }
    *sq = own;
    return 0;
}

int lone_cq_make(struct lone_controller *controller, uint16_t id, uint32_t entries, uint64_t alignment,
                 struct lone_cq_private **cq, struct lone_error *error)
{
    struct lone_cq_private *own = calloc(1, sizeof(*own));
    int result;

    if (!own)
        return lone_fail(error, ENOMEM, "no memory for completion queue %u", id);
    own->cq = (struct lone_cq){.id = id, .entries = entries, .pc = true, .phase = true};
    if (controller->n_vectors) {
        own->cq.interrupts = true;
        own->cq.vector = (uint16_t)(id % controller->n_vectors);
    }
    result =
        lone_buffer_alloc(controller->memory, (uint64_t)entries * LONE_CQE_SIZE, alignment, &own->cq.memory, error);
    if (result) {
        free(own);
        return result;
    }
    *cq = own;
    return 0;
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

int lone_sq_enter(struct lone_controller *controller, struct lone_sq_private *sq, struct lone_error *error)
{
    struct lone_sq_private **table = reach(controller->sqs, &controller->n_sqs, sq->sq.id, error);

    if (!table)
        return -ENOMEM;
    controller->sqs = table;
    table[sq->sq.id] = sq;
    return 0;
}

int lone_cq_enter(struct lone_controller *controller, struct lone_cq_private *cq, struct lone_error *error)
{
    struct lone_cq_private **table = reach(controller->cqs, &controller->n_cqs, cq->cq.id, error);

    if (!table)
        return -ENOMEM;
    controller->cqs = table;
    table[cq->cq.id] = cq;
    return 0;
}

void lone_sq_drop(struct lone_controller *controller, uint16_t id)
{
    free(controller->sqs[id]);
    controller->sqs[id] = NULL;
}

void lone_cq_drop(struct lone_controller *controller, uint16_t id)
{
    free(controller->cqs[id]);
    controller->cqs[id] = NULL;
}

static void store_zeros(const struct lone_buffer *buffer)
{
    static const uint8_t zeros[4096];

    for (uint64_t at = 0; at < buffer->size; at += sizeof(zeros))
        lone_dma_store(buffer->data + at, zeros, buffer->size - at < sizeof(zeros) ? buffer->size - at : sizeof(zeros));
}

void lone_sq_restart(struct lone_sq_private *sq)
{
    store_zeros(&sq->sq.memory);
    sq->sq.tail = sq->sq.head = sq->sq.doorbell = 0;
}

void lone_cq_restart(struct lone_controller *controller, struct lone_cq_private *cq)
{
    store_zeros(&cq->cq.memory);
    cq->cq.head = cq->cq.doorbell = 0;
    cq->cq.phase = true;
    cq->cq.strays = 0;
    cq->life = ++controller->lives;
}

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
    static const char *const names[] = {"disabled", "creating", "live"};

    return names[state];
}
