/* SPDX-License-Identifier: MIT */
/* ns/N/data: a namespace as one big file. A request of the kernel becomes a transfer, from whose memory a read is
 * answered. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/uio.h>

#include "ns_transfer.h"
#include "query.h"

/* --- Beginning --- */

static int check_command_set(const struct lone_namespace *known, struct lone_error *error)
{
    if (known->csi <= LONE_CSI_NVM || known->csi == LONE_CSI_ZNS)
        return 0;
    return lone_fail(error, EOPNOTSUPP,
                     "namespace %" PRIu32 " is of command set %d, which has no Read and Write of blocks: use cmd/",
                     known->nsid, known->csi);
}

/* How much metadata a command moves, and where it has its tags, depends on it. */
static int check_protection(const struct lone_namespace *known, struct lone_error *error)
{
    if (!known->format.pi_type || lone_protection_size(&known->format))
        return 0;
    return lone_fail(error, EOPNOTSUPP,
                     "namespace %" PRIu32 " has protection information of format %u (PIF or QPIF), which lonefs does "
                     "not know: use cmd/",
                     known->nsid, known->format.pif);
}

/* What a transfer needs to know: 0, PARK or an error. */
static int begin(struct op *op, uint64_t offset, size_t bytes)
{
    const struct lone_namespace *known;
    int result = ns_known(op, &known), queue;
    struct transfer *t;

    if (!result)
        result = check_command_set(known, &op->error);
    if (!result)
        result = check_protection(known, &op->error);
    if (result)
        return result;
    queue = ns_queue(op->fs, &op->error);
    if (queue < 0)
        return queue;
    t = transfer_get(op->fs);
    if (!t)
        return lone_fail(&op->error, ENOMEM, "no memory for a transfer");
    op->job = t;
    op->job_end = transfer_put;
    t->nsid = known->nsid;
    t->sqid = (uint16_t)queue;
    t->format = known->format;
    t->writes = op->kind == OP_WRITE;
    /* The blocks of a zone are written in their order, and nothing else keeps commands in order. */
    t->depth = t->writes && known->csi == LONE_CSI_ZNS ? 1 : TRANSFER_DEPTH;
    t->edges.n = t->flying = 0;
    t->lost = t->failed = false;
    t->deadline_ns = now_ns() + op->fs->timeout_ns;
    return transfer_plan(t, offset, bytes, &op->error);
}

/* How many of @size bytes at @offset are inside; 0: none. */
static int inside(struct op *op, uint64_t offset, size_t size, size_t *bytes)
{
    const struct lone_namespace *known;
    int result = ns_known(op, &known);
    uint64_t end;

    if (result)
        return result;
    end = ns_bytes(known);
    *bytes = offset >= end ? 0 : size < end - offset ? size : (size_t)(end - offset);
    return 0;
}

/* --- Reading --- */

static void reply(struct op *op, const struct transfer *t)
{
    size_t left = t->bytes, skip = t->head;

    for (unsigned i = 0; i < t->all.n; i++) {
        const struct piece *piece = &t->all.pieces[i];
        size_t size = (size_t)piece->blocks * t->format.lba_size - skip;

        transfer_close_up(t, piece);
        size = size < left ? size : left;
        t->parts[i] = (struct iovec){transfer_block(piece, t, 0) + skip, size};
        left -= size;
        skip = 0;
    }
    fuse_reply_iov(op->request, t->parts, (int)t->all.n);
}

static int data_answer(struct op *op)
{
    struct transfer *t = op->job;
    size_t bytes = 0;
    int result = 0;

    if (!t) {
        result = inside(op, op->offset, op->size, &bytes);
        if (!result && !bytes)
            fuse_reply_buf(op->request, NULL, 0);
        if (result || !bytes)
            return result;
        result = begin(op, op->offset, bytes);
        t = op->job;
        if (!result)
            result = transfer_prepare(t, &t->all, "read", &op->error);
    }
    if (!result)
        result = transfer_run(op, t, &t->all);
    if (!result)
        reply(op, t);
    return result;
}

/* --- Writing --- */

static int write_begin(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    struct transfer *t;
    size_t fitting = 0;
    int result = inside(op, offset, size, &fitting);

    if (!result && !fitting && size)
        result = lone_fail(&op->error, ENOSPC, "byte %" PRIu64 " is behind the end of namespace %" PRIu32, offset,
                           op->node->number);
    if (!result && fitting)
        result = begin(op, offset, fitting);
    t = op->job;
    if (result || !fitting)
        return result;
    result = transfer_prepare(t, &t->all, "write", &op->error);
    if (result)
        return result;
    transfer_plan_edges(t);
    for (unsigned i = 0; i < t->all.n; i++)
        transfer_clear_metadata(t, &t->all.pieces[i]);
    transfer_store(t, t->head, bytes, fitting);
    op->taken = true;
    return transfer_prepare(t, &t->edges, "read", &op->error);
}

static ssize_t data_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    struct transfer *t;
    int result = op->job ? 0 : write_begin(op, bytes, size, offset);

    t = op->job;
    if (!result && t && t->edges.n) {
        result = transfer_run(op, t, &t->edges);
        for (unsigned i = 0; i < t->edges.n && !result; i++)
            transfer_complete_edge(t, &t->edge[i]);
        if (!result)
            t->edges.n = 0;
    }
    if (!result && t)
        result = transfer_run(op, t, &t->all);
    if (result)
        return result == PARK ? READ_PARK : result;
    return t ? (ssize_t)t->bytes : 0;
}

/* --- Flush, sizes --- */

static int data_sync(struct op *op)
{
    int result = fs_may_send(op), queue;

    if (!result && !op->cmd) {
        queue = ns_queue(op->fs, &op->error);
        if (queue < 0)
            return queue;
        op->cmd = lone_cmd_new(op->fs->controller);
        if (!op->cmd)
            return lone_fail(&op->error, ENOMEM, "no memory for a command");
        op->cmd->sqid = (uint16_t)queue;
        op->cmd->sqe[0] = lone_opcode_named("flush")->opcode;
        lone_set(&lone_sqe, op->cmd->sqe, "NSID", op->node->number);
    }
    if (!result)
        result = op_command(op, op->fs->timeout_ns);
    return result ? result : op_command_status(op, op->cmd);
}

/* A namespace has all its blocks, so there is nothing to do. (One that is thinly provisioned may still say at a write
 * that there is no room.) */
static int data_allocate(struct op *op, int mode, uint64_t offset, uint64_t length)
{
    const struct lone_namespace *known;
    int result = ns_known(op, &known);

    if (result)
        return result;
    if (mode & ~FALLOC_FL_KEEP_SIZE)
        return lone_fail(&op->error, EOPNOTSUPP,
                         "fallocate sets blocks aside, and that is all: write `run write_zeroes` or `run "
                         "dataset_management` to the ctl of an object in cmd/");
    if (offset > ns_bytes(known) || length > ns_bytes(known) - offset)
        return lone_fail(&op->error, ENOSPC,
                         "%" PRIu64 " bytes from byte %" PRIu64 " on end behind namespace %" PRIu32
                         ", which has %" PRIu64,
                         length, offset, op->node->number, ns_bytes(known));
    return 0;
}

static uint64_t data_size(struct fs *fs, const struct node *node)
{
    const struct lone_namespace *known = lone_controller_namespace(fs->controller, node->number);

    return known ? ns_bytes(known) : SIZE_UNKNOWN;
}

/* Completions that a script takes for itself would never come. */
static bool is_ours(struct fs *fs, uint16_t id)
{
    const struct lone_sq *sq = lone_controller_sq(fs->controller, id);
    const struct lone_cq *cq = lone_controller_cq(fs->controller, sq->cqid);

    return sq->state == LONE_QUEUE_LIVE && cq && cq->consumer == LONE_CONSUMER_AUTO;
}

int ns_queue(struct fs *fs, struct lone_error *error)
{
    for (int id = lone_controller_next_sq(fs->controller, 1); id > 0;
         id = lone_controller_next_sq(fs->controller, (unsigned)id + 1))
        if (is_ours(fs, (uint16_t)id))
            return id;
    return lone_fail(error, ENXIO,
                     "blocks are read and written through an I/O queue, and there is none that is live and whose "
                     "completion queue has consumer auto: write `init queues=1` to ctl");
}

const struct node_class ns_data_class = {.transient = true,
                                         .memory = true,
                                         .cached = true,
                                         .mode = 0644,
                                         .answer = data_answer,
                                         .write = data_write,
                                         .sync = data_sync,
                                         .allocate = data_allocate,
                                         .size = data_size};
