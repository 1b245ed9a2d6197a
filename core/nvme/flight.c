/* SPDX-License-Identifier: MIT */
/* The commands that the controller has: found by queue and CID when they complete, and ended when it is reset. */
#include "nvme/controller_internal.h"

#include <stdlib.h>

static bool is_event_request(const struct lone_cmd_private *own)
{
    return own->sqid == 0 && own->opcode == LONE_OPC_ASYNC_EVENT_REQUEST;
}

void lone_flight_add(struct lone_sq_private *sq, struct lone_cmd_private *own)
{
    struct lone_bucket *bucket = &sq->buckets[own->cid & sq->mask];

    own->bucket_next = NULL;
    if (bucket->last)
        bucket->last->bucket_next = own;
    else
        bucket->first = own;
    bucket->last = own;
    own->where = LONE_FLYING;
    TAILQ_INSERT_TAIL(&own->controller->flying, own, flight);
    own->controller->outstanding++;
    own->controller->requests += is_event_request(own);
    own->controller->by_hand_flying += own->by_hand;
    sq->sq.outstanding++;
}

void lone_flight_remove(struct lone_sq_private *sq, struct lone_cmd_private *own)
{
    struct lone_bucket *bucket = &sq->buckets[own->cid & sq->mask];
    struct lone_cmd_private *before = NULL;

    for (struct lone_cmd_private *at = bucket->first; at != own; at = at->bucket_next)
        before = at;
    if (before)
        before->bucket_next = own->bucket_next;
    else
        bucket->first = own->bucket_next;
    if (bucket->last == own)
        bucket->last = before;
    own->where = LONE_NOWHERE;
    TAILQ_REMOVE(&own->controller->flying, own, flight);
    own->controller->outstanding--;
    own->controller->requests -= is_event_request(own);
    own->controller->by_hand_flying -= own->by_hand;
    sq->sq.outstanding--;
}

struct lone_cmd_private *lone_flight_find(const struct lone_sq_private *sq, uint16_t cid)
{
    struct lone_cmd_private *own = sq->buckets[cid & sq->mask].first;

    while (own && own->cid != cid)
        own = own->bucket_next;
    return own;
}

static void lose_one(struct lone_controller *controller, struct lone_cmd_private *own, bool hold)
{
    lone_flight_remove(lone_sq_find(controller, own->sqid), own);
    own->creates = false;
    if (hold) {
        lone_hold_set(controller, &own->hold, LONE_HOLD_RESET, 0);
        lone_hmb_keep(own);
        controller->by_hand |= own->by_hand;
    }
    if (own->zombie) {
        lone_cmd_dispose(own);
        return;
    }
    own->cmd->state = LONE_CMD_LOST;
    own->where = LONE_ANNOUNCED;
    TAILQ_INSERT_TAIL(&controller->lost, own, flight);
}

void lone_lose(struct lone_controller *controller, struct lone_sq_private *sq, bool hold)
{
    struct lone_cmd_private *own, *next;

    controller->by_hand |= hold && controller->raw;
    for (own = TAILQ_FIRST(&controller->flying); own; own = next) {
        next = TAILQ_NEXT(own, flight);
        if (sq && own->sqid != sq->sq.id)
            continue;
        own->deleted = sq != NULL;
        lose_one(controller, own, hold);
    }
}

/* done() may free and submit commands, also others that are in this list, and reset the controller again. */
void lone_announce(struct lone_controller *controller)
{
    struct lone_cmd_private *own;

    while ((own = TAILQ_FIRST(&controller->lost))) {
        TAILQ_REMOVE(&controller->lost, own, flight);
        own->where = LONE_NOWHERE;
        if (own->cmd->done)
            own->cmd->done(own->cmd);
    }
}
