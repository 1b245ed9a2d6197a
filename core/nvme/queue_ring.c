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

int lone_sq_expect_doorbell(struct lone_sq_private *own, struct lone_error *error)
{
    return own->sq.state == LONE_QUEUE_LIVE ? lone_sq_raw_reserve(own, error) : 0;
}

/* Where the controller is at the earliest. Where a script takes the completions, SQHD is not known: where it rang last.
 */
static uint32_t base_of(const struct lone_controller *controller, const struct lone_sq *sq)
{
    const struct lone_cq_private *cq = lone_cq_find(controller, sq->cqid);

    return cq && cq->cq.consumer == LONE_CONSUMER_NONE && sq->doorbell < sq->entries ? sq->doorbell : sq->head;
}

static uint32_t distance(const struct lone_sq *sq, uint32_t from, uint32_t to)
{
    return (to + sq->entries - from) % sq->entries;
}

/* Entries that a script wrote into the memory and rang for itself: what is placed next comes after them. One that lies
 * between head and tail rings for a part of what was placed. */
void lone_sq_follow_doorbell(struct lone_controller *controller, struct lone_sq_private *own, uint32_t value)
{
    struct lone_sq *sq = &own->sq;
    uint32_t before = sq->doorbell, base = base_of(controller, sq), rung, known;

    sq->doorbell = own->backing.rung_value = value;
    own->backing.rung = true;
    if (sq->state != LONE_QUEUE_LIVE || value >= sq->entries)
        return;
    rung = distance(sq, base, value);
    known = distance(sq, base, own->known);
    if (before < sq->entries && distance(sq, base, before) < (rung < known ? rung : known))
        lone_sq_raw_look_again(controller, own, before, rung < known ? value : own->known);
    if (rung > known)
        lone_sq_raw_learn(controller, own, value);
    if (rung > distance(sq, base, sq->tail))
        sq->tail = value;
}

/* Once it is written, the controller may write over what the script has taken. */
void lone_cq_expect_doorbell(struct lone_controller *controller, struct lone_cq_private *own, uint32_t value)
{
    const struct lone_cq *cq = &own->cq;

    if (cq->state == LONE_QUEUE_LIVE && cq->consumer == LONE_CONSUMER_NONE && value < cq->entries)
        lone_cq_account(controller, own, value);
}

void lone_cq_follow_doorbell(struct lone_cq_private *own, uint32_t value)
{
    struct lone_cq *cq = &own->cq;

    cq->doorbell = own->backing.rung_value = value;
    own->backing.rung = true;
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

    return result ? result
                  : lone_controller_bar_write(controller, 0, lone_sq_doorbell(controller, id), 4, value, error);
}

int lone_cq_ring(struct lone_controller *controller, uint16_t id, uint32_t value, struct lone_error *error)
{
    struct lone_cq_private *cq;
    int result = find_cq(controller, id, &cq, error);

    return result ? result
                  : lone_controller_bar_write(controller, 0, lone_cq_doorbell(controller, id), 4, value, error);
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
    uint32_t rung;
    int result = find_sq(controller, id, &sq, error);

    if (!result)
        result = check_index("tail", tail, sq->sq.entries, error);
    if (!result)
        result = check_index("head", head, sq->sq.entries, error);
    if (result)
        return result;
    /* Entries that nobody has rung for are taken back with the tail. */
    rung = sq->sq.doorbell < sq->sq.entries ? sq->sq.doorbell : sq->sq.head;
    if (distance(&sq->sq, rung, tail) < distance(&sq->sq, rung, sq->known))
        lone_sq_raw_unplace(controller, sq, tail);
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
    result = lone_sq_raw_reserve(sq, error);
    if (!result)
        result = store_entries(&sq->sq, bytes, n, error);
    if (result)
        return result;
    tail = (sq->sq.tail + n) % sq->sq.entries;
    for (unsigned i = 0; i < n; i++)
        lone_trace_submission(&controller->trace, id, (sq->sq.tail + i) % sq->sq.entries,
                              bytes + (size_t)i * LONE_SQE_SIZE);
    if (ring) {
        lone_sq_raw_look_at_pending(controller, sq);
        result = lone_sq_write_doorbell(controller, &sq->sq, tail, error);
    }
    if (result)
        return result;
    lone_sq_raw_learn(controller, sq, sq->sq.tail); /* what a script had put there before, if it had moved the tail */
    for (unsigned i = 0; i < n; i++)
        lone_sq_raw_remember(controller, sq, bytes + (size_t)i * LONE_SQE_SIZE);
    sq->sq.tail = sq->known = tail;
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
    if (cq->cq.consumer == LONE_CONSUMER_NONE && consumer != LONE_CONSUMER_NONE && cq->cq.state == LONE_QUEUE_LIVE)
        lone_cq_account(controller, cq, cq->cq.head);
    cq = lone_cq_find(controller, id); /* done() of what completed may do anything */
    if (!cq)
        return lone_fail(error, ENXIO, "completion queue %u has ended", id);
    cq->cq.consumer = consumer;
    lone_queues_changed(controller);
    lone_announce(controller);
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
