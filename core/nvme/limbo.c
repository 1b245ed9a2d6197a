/* SPDX-License-Identifier: MIT */
/* Memory that nobody uses any more but that the device may still write: kept until it cannot. */
#include "nvme/controller_internal.h"

#include <stdlib.h>

void lone_hold_set(struct lone_controller *controller, struct lone_hold *hold, enum lone_hold_end end, uint16_t qid)
{
    *hold = (struct lone_hold){.until = controller->safe + 1, .end = end, .qid = qid};
}

bool lone_held(const struct lone_controller *controller, const struct lone_hold *hold)
{
    return hold->until > controller->safe;
}

void lone_keep(struct lone_controller *controller, struct lone_buffer *buffer, enum lone_hold_end end, uint16_t qid)
{
    struct lone_limbo *limbo;

    if (!buffer->size)
        return;
    limbo = malloc(sizeof(*limbo));
    /* Without memory to remember it, it stays taken in the pool until that is closed: the safe side. */
    if (limbo) {
        *limbo = (struct lone_limbo){.buffer = *buffer, .end = end, .qid = qid};
        SLIST_INSERT_HEAD(&controller->limbo, limbo, link);
        controller->n_hand += end == LONE_HOLD_HAND;
    }
    *buffer = (struct lone_buffer){0};
}

static bool is_hand_outstanding(const struct lone_controller *controller)
{
    return controller->by_hand_flying || controller->raw;
}

void lone_give_back(struct lone_controller *controller, struct lone_buffer *buffer, const struct lone_hold *hold)
{
    /* A region that is free is unmapped, so no pointer leads there. */
    if (hold && lone_held(controller, hold))
        lone_keep(controller, buffer, hold->end, hold->qid);
    else if (controller->by_hand && !buffer->region)
        lone_keep(controller, buffer, LONE_HOLD_RESET, 0);
    else if (is_hand_outstanding(controller) && !buffer->region)
        lone_keep(controller, buffer, LONE_HOLD_HAND, 0);
    else
        lone_buffer_free(controller->memory, buffer);
}

static bool is_over(const struct lone_limbo *limbo, enum lone_hold_end end, uint16_t qid)
{
    return limbo->end == end && ((end != LONE_HOLD_SQ && end != LONE_HOLD_CQ) || limbo->qid == qid);
}

/* Out of the list; the caller frees it when he has seen to the buffer. */
static void take_out(struct lone_controller *controller, struct lone_limbo *limbo)
{
    SLIST_REMOVE(&controller->limbo, limbo, lone_limbo, link);
    controller->n_hand -= limbo->end == LONE_HOLD_HAND;
}

static void end_hold(struct lone_hold *hold, enum lone_hold_end end, uint16_t qid)
{
    if (hold->until && hold->end == end && hold->qid == qid)
        hold->until = 0;
}

void lone_hold_over(struct lone_controller *controller, enum lone_hold_end end, uint16_t qid)
{
    struct lone_limbo *limbo, *next;
    struct lone_cmd_private *own;

    for (limbo = SLIST_FIRST(&controller->limbo); limbo; limbo = next) {
        next = SLIST_NEXT(limbo, link);
        if (!is_over(limbo, end, qid))
            continue;
        take_out(controller, limbo);
        lone_give_back(controller, &limbo->buffer, NULL);
        free(limbo);
    }
    TAILQ_FOREACH(own, &controller->all, all)
    end_hold(&own->hold, end, qid);
    for (unsigned id = 0; id < controller->n_sqs; id++)
        if (controller->sqs[id])
            end_hold(&controller->sqs[id]->backing.hold, end, qid);
    for (unsigned id = 0; id < controller->n_cqs; id++)
        if (controller->cqs[id])
            end_hold(&controller->cqs[id]->backing.hold, end, qid);
}

static bool hold_if_named(const struct lone_buffer *memory, struct lone_backing *backing, uint64_t iova,
                          const struct lone_hold *hold)
{
    bool named = iova >= memory->iova && iova - memory->iova < memory->size;

    if (named)
        backing->hold = *hold;
    return named;
}

void lone_hand_over(struct lone_controller *controller)
{
    if (controller->n_hand && !is_hand_outstanding(controller))
        lone_hold_over(controller, LONE_HOLD_HAND, 0);
}

bool lone_hold_named(struct lone_controller *controller, uint64_t iova, enum lone_hold_end end, uint16_t qid)
{
    struct lone_hold hold;
    bool named = false;

    lone_hold_set(controller, &hold, end, qid);
    for (unsigned id = 0; id < controller->n_sqs; id++)
        if (controller->sqs[id])
            named |= hold_if_named(&controller->sqs[id]->sq.memory, &controller->sqs[id]->backing, iova, &hold);
    for (unsigned id = 0; id < controller->n_cqs; id++)
        if (controller->cqs[id])
            named |= hold_if_named(&controller->cqs[id]->cq.memory, &controller->cqs[id]->backing, iova, &hold);
    return named;
}

void lone_all_safe(struct lone_controller *controller, bool function_reset)
{
    struct lone_limbo *limbo, *next;

    controller->safe++; /* ends every command's hold */
    controller->reachable = controller->by_hand = controller->seen_ready = false;
    lone_hmb_over(controller);
    for (limbo = SLIST_FIRST(&controller->limbo); limbo; limbo = next) {
        next = SLIST_NEXT(limbo, link);
        if (!function_reset && limbo->end == LONE_HOLD_ADMIN)
            continue;
        take_out(controller, limbo);
        lone_buffer_free(controller->memory, &limbo->buffer);
        free(limbo);
    }
    lone_memory_reuse_retired(controller->memory); /* what these were the last users of, too */
}

/* Deleting a queue of the controller's next life says nothing about one of the last. */
void lone_holds_await_reset(struct lone_controller *controller, bool admin_too)
{
    struct lone_cmd_private *own;
    struct lone_limbo *limbo;

    SLIST_FOREACH(limbo, &controller->limbo, link)
    if (limbo->end != LONE_HOLD_ADMIN || admin_too)
        limbo->end = LONE_HOLD_RESET;
    controller->n_hand = 0;
    TAILQ_FOREACH(own, &controller->all, all)
    own->hold.end = LONE_HOLD_RESET;
    for (unsigned id = 0; id < controller->n_sqs; id++)
        if (controller->sqs[id])
            controller->sqs[id]->backing.hold.end = LONE_HOLD_RESET;
    for (unsigned id = 0; id < controller->n_cqs; id++)
        if (controller->cqs[id])
            controller->cqs[id]->backing.hold.end = LONE_HOLD_RESET;
}

uint64_t lone_controller_kept(const struct lone_controller *controller)
{
    const struct lone_cmd_private *own;
    const struct lone_limbo *limbo;
    uint64_t bytes = 0;

    SLIST_FOREACH(limbo, &controller->limbo, link)
    bytes += limbo->buffer.size;
    TAILQ_FOREACH(own, &controller->all, all)
    if (own->zombie)
        bytes += own->cmd->data.size + own->cmd->metadata.size + own->list.size;
    return bytes;
}
