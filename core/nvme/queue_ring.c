/* SPDX-License-Identifier: MIT */
/* Doorbells and indices by hand, and entries as bytes. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "nvme/controller_internal.h"

static int find_sq(const struct lone_controller *controller, uint16_t id, struct lone_sq_private **sq,
                   struct lone_error *error)
{
    *sq = lone_sq_find(controller, id);
    return *sq ? 0 : lone_fail(error, ENXIO, "there is no submission queue %u", id);
}

static int find_cq(const struct lone_controller *controller, uint16_t id, struct lone_cq_private **cq,
                   struct lone_error *error)
{
    *cq = lone_cq_find(controller, id);
    return *cq ? 0 : lone_fail(error, ENXIO, "there is no completion queue %u", id);
}

/* --- Doorbells --------------------------------------------------------------------------------------------- */

int lone_sq_write_doorbell(struct lone_controller *controller, struct lone_sq *sq, uint32_t value,
                           struct lone_error *error)
{
    uint64_t offset = lone_sq_doorbell(controller, sq->id);
    int result;

    lone_trace_write(&controller->trace, 0, offset, 4, value);
    lone_release();
    result = lone_device_bar_write(controller->device, 0, offset, 4, value, error);
    if (!result)
        sq->doorbell = value;
    return result;
}

int lone_cq_write_doorbell(struct lone_controller *controller, struct lone_cq *cq, uint32_t value,
                           struct lone_error *error)
{
    uint64_t offset = lone_cq_doorbell(controller, cq->id);
    int result;

    lone_trace_write(&controller->trace, 0, offset, 4, value);
    result = lone_device_bar_write(controller->device, 0, offset, 4, value, error);
    if (!result)
        cq->doorbell = value;
    return result;
}

/* Entries that a script wrote into the memory and rang for itself: what is placed next comes after them. One that lies
 * between head and tail rings for a part of what was placed. */
void lone_sq_follow_doorbell(struct lone_controller *controller, struct lone_sq_private *own, uint32_t value)
{
    struct lone_sq *sq = &own->sq;

    sq->doorbell = value;
    if (sq->state != LONE_QUEUE_LIVE || value >= sq->entries)
        return;
    if ((value + sq->entries - sq->head) % sq->entries > (sq->tail + sq->entries - sq->head) % sq->entries) {
        sq->tail = value;
        controller->by_hand |= sq->id == 0;
    }
}

void lone_cq_follow_doorbell(struct lone_cq_private *own, uint32_t value)
{
    struct lone_cq *cq = &own->cq;

    cq->doorbell = value;
    if (cq->state != LONE_QUEUE_LIVE || cq->consumer != LONE_CONSUMER_NONE || value >= cq->entries)
        return;
    if (value < cq->head)
        cq->phase = !cq->phase;
    cq->head = value;
}

int lone_sq_ring(struct lone_controller *controller, uint16_t id, uint32_t value, struct lone_error *error)
{
    struct lone_sq_private *sq;
    int result = find_sq(controller, id, &sq, error);

    if (!result)
        result = lone_sq_write_doorbell(controller, &sq->sq, value, error);
    if (!result)
        lone_sq_follow_doorbell(controller, sq, value);
    return result;
}

int lone_cq_ring(struct lone_controller *controller, uint16_t id, uint32_t value, struct lone_error *error)
{
    struct lone_cq_private *cq;
    int result = find_cq(controller, id, &cq, error);

    if (!result)
        result = lone_cq_write_doorbell(controller, &cq->cq, value, error);
    if (result)
        return result;
    lone_cq_follow_doorbell(cq, value);
    lone_intx_settle(controller);
    return 0;
}

/* --- Indices ----------------------------------------------------------------------------------------------- */

static int check_index(const char *what, uint32_t index, uint32_t entries, struct lone_error *error)
{
    if (index < entries)
        return 0;
    return lone_fail(error, ERANGE, "the %s is 0 to %" PRIu32 " in a queue of %" PRIu32 " entries, not %" PRIu32, what,
                     entries - 1, entries, index);
}

int lone_sq_set_indices(struct lone_controller *controller, uint16_t id, uint32_t tail, uint32_t head,
                        struct lone_error *error)
{
    struct lone_sq_private *sq;
    int result = find_sq(controller, id, &sq, error);

    if (!result)
        result = check_index("tail", tail, sq->sq.entries, error);
    if (!result)
        result = check_index("head", head, sq->sq.entries, error);
    if (result)
        return result;
    sq->sq.tail = tail;
    sq->sq.head = head;
    return 0;
}

int lone_cq_set_indices(struct lone_controller *controller, uint16_t id, uint32_t head, bool phase,
                        struct lone_error *error)
{
    struct lone_cq_private *cq;
    int result = find_cq(controller, id, &cq, error);

    if (!result)
        result = check_index("head", head, cq->cq.entries, error);
    if (result)
        return result;
    cq->cq.head = head;
    cq->cq.phase = phase;
    lone_intx_settle(controller);
    return 0;
}

/* --- Entries as bytes, to the controller ------------------------------------------------------------------- */

#define CIDS 65536u

bool lone_sq_is_raw(const struct lone_sq_private *sq, uint16_t cid)
{
    return sq->raw_cids && sq->raw_cids[cid / 64] >> cid % 64 & 1;
}

void lone_sq_forget_raw_cids(struct lone_sq_private *sq)
{
    if (sq->raw_cids)
        memset(sq->raw_cids, 0, CIDS / 8);
}

void lone_sq_forget_raw(struct lone_controller *controller, struct lone_sq_private *sq)
{
    controller->raw -= sq->sq.raw;
    sq->sq.raw = 0;
    lone_sq_forget_raw_cids(sq);
}

/* Is it an admin command by which the controller gets memory to keep? */
static bool gives_memory(const uint8_t *entry)
{
    return entry[0] == LONE_OPC_CREATE_SQ || entry[0] == LONE_OPC_CREATE_CQ ||
           entry[0] == LONE_OPC_DOORBELL_BUFFER_CONFIG ||
           (entry[0] == LONE_OPC_SET_FEATURES && entry[LONE_SQE_CDW10] == LONE_FID_HOST_MEMORY_BUFFER);
}

static void remember_raw(struct lone_controller *controller, struct lone_sq_private *sq, const uint8_t *entry)
{
    uint16_t cid = lone_get16(entry + LONE_SQE_CID);

    sq->raw_cids[cid / 64] |= 1ull << cid % 64;
    sq->sq.raw++;
    controller->raw++;
    controller->by_hand |= sq->sq.id == 0 && gives_memory(entry);
}

void lone_sq_raw_completed(struct lone_controller *controller, struct lone_sq_private *sq, uint16_t cid)
{
    if (!sq->sq.raw)
        return;
    sq->raw_cids[cid / 64] &= ~(1ull << cid % 64);
    sq->sq.raw--;
    controller->raw--;
}

/* In at most two pieces: the ring has an end. */
static int store_entries(const struct lone_sq *sq, const uint8_t *entries, unsigned n, struct lone_error *error)
{
    unsigned first = sq->entries - sq->tail < n ? sq->entries - sq->tail : n;
    int result = lone_buffer_store(&sq->memory, (uint64_t)sq->tail * LONE_SQE_SIZE, entries,
                                   (uint64_t)first * LONE_SQE_SIZE, error);

    if (!result && first < n)
        result = lone_buffer_store(&sq->memory, 0, entries + (size_t)first * LONE_SQE_SIZE,
                                   (uint64_t)(n - first) * LONE_SQE_SIZE, error);
    return result;
}

int lone_sq_place(struct lone_controller *controller, uint16_t id, const void *entries, unsigned n, bool ring,
                  struct lone_error *error)
{
    const uint8_t *bytes = entries;
    struct lone_sq_private *sq;
    uint32_t tail;
    int result = lone_sq_usable(controller, id, &sq, error);

    if (!result)
        result = lone_sq_room(&sq->sq, n, error);
    if (result || !n)
        return result;
    if (!sq->raw_cids)
        sq->raw_cids = calloc(CIDS / 64, sizeof(*sq->raw_cids));
    if (!sq->raw_cids)
        return lone_fail(error, ENOMEM, "no memory for the command identifiers of submission queue %u", id);
    result = store_entries(&sq->sq, bytes, n, error);
    if (result)
        return result;
    tail = (sq->sq.tail + n) % sq->sq.entries;
    for (unsigned i = 0; i < n; i++)
        lone_trace_submission(&controller->trace, id, (sq->sq.tail + i) % sq->sq.entries,
                              bytes + (size_t)i * LONE_SQE_SIZE);
    if (ring)
        result = lone_sq_write_doorbell(controller, &sq->sq, tail, error);
    if (result)
        return result;
    for (unsigned i = 0; i < n; i++)
        remember_raw(controller, sq, bytes + (size_t)i * LONE_SQE_SIZE);
    sq->sq.tail = tail;
    return 0;
}

/* --- Entries as bytes, from the controller ----------------------------------------------------------------- */

int lone_cq_consumer(struct lone_controller *controller, uint16_t id, enum lone_consumer consumer,
                     struct lone_error *error)
{
    struct lone_cq_private *cq;
    int result = find_cq(controller, id, &cq, error);

    if (result)
        return result;
    cq->cq.consumer = consumer;
    lone_queues_changed(controller);
    return 0;
}

bool lone_cq_ready(const struct lone_controller *controller, uint16_t id)
{
    const struct lone_cq_private *cq = lone_cq_find(controller, id);

    return cq && cq->cq.state == LONE_QUEUE_LIVE && cq->cq.consumer == LONE_CONSUMER_FILE && lone_cq_has_entry(&cq->cq);
}

/* While INTx is masked because another queue is not empty, it announces nothing. */
bool lone_cq_announced(const struct lone_controller *controller, uint16_t id)
{
    const struct lone_cq_private *cq = lone_cq_find(controller, id);

    return cq && !controller->unmask && !lone_cq_is_silent(controller, &cq->cq);
}
