/* SPDX-License-Identifier: MIT */
/* Entries as streams of bytes: submit and place of a submission queue, completions of a completion queue. */
#include <errno.h>
#include <stdio.h>

#include "nvme/queue.h"
#include "queues.h"

/* Where no interrupt announces completions they are looked for on a timer that slows down to this. */
#define FASTEST_LOOK_NS 20000u
#define SLOWEST_LOOK_NS 10000000u

/* --- To the controller --- */

/* A longer write reaches lonefs as several, where the caller's memory fills 256 pages: only a part might be placed. */
#define MOST_ENTRIES (255u * 4096 / LONE_SQE_SIZE)

static ssize_t place(struct op *op, const void *bytes, size_t size, bool ring)
{
    const struct lone_sq *sq = queue_sq(op);
    const struct lone_cq *cq;
    int result = fs_may_send(op);

    if (result || !sq)
        return result ? result : -ENXIO;
    if (size > (size_t)MOST_ENTRIES * LONE_SQE_SIZE)
        return lone_fail(&op->error, EFBIG,
                         "more than %u entries: the kernel makes several writes of one that is longer", MOST_ENTRIES);
    if (size % LONE_SQE_SIZE)
        return lone_fail(&op->error, EINVAL, "%zu bytes are not a multiple of the %u that an entry has", size,
                         LONE_SQE_SIZE);
    result = lone_sq_place(op->fs->controller, sq->id, bytes, (unsigned)(size / LONE_SQE_SIZE), ring, &op->error);
    if (result)
        return result;
    cq = lone_controller_cq(op->fs->controller, sq->cqid);
    if (ring && cq && cq->consumer == LONE_CONSUMER_AUTO)
        op->fs->submitted = true;
    return (ssize_t)size;
}

static ssize_t submit_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    (void)offset;
    return place(op, bytes, size, true);
}

static ssize_t place_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    (void)offset;
    return place(op, bytes, size, false);
}

/* --- From the controller --- */

static int wait_for_one(struct op *op, uint16_t id)
{
    uint64_t interval, now = now_ns();

    if (!op->started_ns) {
        op->started_ns = now;
        op->fs->awaited_cq = id;
        op->fs->awaits_cq = op->fs->submitted = true;
    }
    interval = (now - op->started_ns) / 8 + FASTEST_LOOK_NS;
    if (lone_cq_announced(op->fs->controller, id))
        interval = 0;
    return op_park(op, &op->fs->interrupted, NEVER, interval < SLOWEST_LOOK_NS ? interval : SLOWEST_LOOK_NS);
}

static ssize_t completions_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    const struct lone_cq *cq = queue_cq(op);
    uint16_t id = (uint16_t)op->node->number;
    int n;

    (void)offset;
    if (!cq)
        return op->started_ns ? lone_fail(&op->error, ESHUTDOWN, "completion queue %u has ended", id) : -ENXIO;
    if (size < LONE_CQE_SIZE)
        return lone_fail(&op->error, EINVAL, "a completion has %u bytes: read at least so many", LONE_CQE_SIZE);
    n = lone_cq_take(op->fs->controller, id, bytes, (unsigned)(size / LONE_CQE_SIZE), &op->error);
    if (n)
        return n < 0 ? n : (ssize_t)(n * (ssize_t)LONE_CQE_SIZE);
    return wait_for_one(op, id) == PARK ? READ_PARK : 0;
}

static bool completions_ready(struct op *op)
{
    const struct lone_cq *cq = lone_controller_cq(op->fs->controller, (uint16_t)op->node->number);

    /* What cannot be waited for ends at once, with the reason. */
    return !cq || cq->made != op->node->made || cq->state != LONE_QUEUE_LIVE || cq->consumer != LONE_CONSUMER_FILE ||
           lone_cq_ready(op->fs->controller, cq->id);
}

static bool completions_announced(struct fs *fs, const struct node *node)
{
    return lone_cq_announced(fs->controller, (uint16_t)node->number);
}

const struct node_class queue_submit_class = {.transient = true, .memory = true, .mode = 0200, .write = submit_write};
const struct node_class queue_place_class = {.transient = true, .memory = true, .mode = 0200, .write = place_write};
const struct node_class queue_completions_class = {.transient = true,
                                                   .waits = true,
                                                   .memory = true,
                                                   .mode = 0400, /* who reads takes them away */
                                                   .read = completions_read,
                                                   .ready = completions_ready,
                                                   .announced = completions_announced};
