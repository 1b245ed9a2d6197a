/* SPDX-License-Identifier: MIT */
/*
 * ns/N/data: a namespace as one big file.
 *
 * A request of the kernel becomes a transfer: so many commands as its bytes need, each with memory of its own, several
 * of them outstanding at a time. A read is answered straight from that memory. Memory is kept and used again, unless
 * the request ended before its commands did, or they were lost: then the driver knows when it is safe.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "ns.h"
#include "query.h"

#define DEPTH      8u      /* commands of one request that are outstanding at a time */
#define MAX_PIECES 1000u   /* one reply has at most so many parts */
#define MAX_BLOCKS 65536u  /* NLB is a zero-based number of 16 bits */
#define MAX_IDLE   2u      /* transfers that are kept */
#define RETRY_NS   100000u /* the queue is full of others' commands */
#define PAGE       4096u

enum { PRINFO_PRACT = 8 }; /* NVM Command Set 1.0, Figure 11 */

/* One command, and the blocks that it moves. Its data end where its buffer ends, so that the buffer can be larger. */
struct piece {
    struct lone_cmd *cmd;
    uint64_t lba;
    uint32_t blocks;
};

struct batch {
    struct piece *pieces;
    unsigned n, next; /* next: the first that has not been sent */
};

struct transfer {
    struct fs *fs;
    struct transfer *next_idle;
    uint32_t nsid;
    uint16_t sqid;
    bool writes;
    struct lone_format format;
    uint32_t stride;   /* bytes from one block to the next in memory: metadata may stand between */
    uint32_t metadata; /* bytes of a block's metadata in a buffer of its own */
    uint64_t first, blocks;
    uint32_t head; /* bytes of the first block before the data */
    size_t bytes;  /* data */
    uint32_t per;  /* blocks of a piece; the last one has fewer */
    unsigned depth;
    struct batch all, edges; /* edges: the blocks that a write changes only in part, which are read first */
    struct piece edge[2];
    struct iovec *parts;
    unsigned room; /* of all.pieces and of parts */
    /* while commands are under way */
    unsigned flying;
    bool lost, failed;
    uint16_t status;
    const struct piece *failed_at;
    uint64_t deadline_ns;
};

/* --- Life --- */

static void free_transfer(struct transfer *t)
{
    for (unsigned i = 0; i < t->room; i++)
        lone_cmd_free(t->all.pieces[i].cmd); /* the driver keeps the memory of one that is outstanding */
    for (unsigned i = 0; i < LONE_COUNT(t->edge); i++)
        lone_cmd_free(t->edge[i].cmd);
    free(t->all.pieces);
    free(t->parts);
    free(t);
}

static void put_transfer(struct fs *fs, void *job)
{
    struct transfer *t = job;

    if (t->flying || t->lost || fs->ns->n_idle >= MAX_IDLE) {
        free_transfer(t);
        return;
    }
    t->next_idle = fs->ns->idle;
    fs->ns->idle = t;
    fs->ns->n_idle++;
}

static struct transfer *get_transfer(struct fs *fs)
{
    struct ns *ns = ns_of(fs);
    struct transfer *t = ns ? ns->idle : NULL;

    if (!ns)
        return NULL;
    if (t) {
        ns->idle = t->next_idle;
        ns->n_idle--;
        return t;
    }
    t = calloc(1, sizeof(*t));
    if (t)
        t->fs = fs;
    return t;
}

void transfers_end(struct fs *fs)
{
    struct transfer *t;

    while ((t = fs->ns->idle)) {
        fs->ns->idle = t->next_idle;
        free_transfer(t);
    }
    fs->ns->n_idle = 0;
}

/* --- Plan --- */

/* Protection information alone is put in and taken out by the controller (PRACT), and so are not seen. */
static void lay_out(struct transfer *t)
{
    const struct lone_format *format = &t->format;
    bool carried = format->metadata_size && !(format->pi_type && format->metadata_size == format->pi_size);

    t->stride = format->lba_size + (carried && format->interleaved ? format->metadata_size : 0u);
    t->metadata = carried && !format->interleaved ? format->metadata_size : 0;
}

static uint32_t blocks_per_command(const struct transfer *t)
{
    uint32_t most = command_limit(t->fs) / t->stride;

    return most < 1 ? 1 : most > MAX_BLOCKS ? MAX_BLOCKS : most;
}

static int make_room(struct transfer *t, unsigned n, struct lone_error *error)
{
    struct piece *pieces;
    struct iovec *parts;

    if (n <= t->room)
        return 0;
    if (n > MAX_PIECES)
        return lone_fail(error, EINVAL, "%u commands for one request: read or write less at once", n);
    parts = realloc(t->parts, n * sizeof(*parts));
    if (parts)
        t->parts = parts;
    pieces = parts ? realloc(t->all.pieces, n * sizeof(*pieces)) : NULL;
    if (!pieces)
        return lone_fail(error, ENOMEM, "no memory for %u commands", n);
    memset(pieces + t->room, 0, (n - t->room) * sizeof(*pieces));
    t->all.pieces = pieces;
    t->room = n;
    return 0;
}

/* Bytes @offset to @offset + @bytes of the namespace; they are inside. */
static int plan(struct transfer *t, uint64_t offset, size_t bytes, struct lone_error *error)
{
    uint64_t last = (offset + bytes - 1) / t->format.lba_size;
    unsigned n;
    int result;

    t->first = offset / t->format.lba_size;
    t->head = (uint32_t)(offset % t->format.lba_size);
    t->bytes = bytes;
    t->blocks = last - t->first + 1;
    t->per = blocks_per_command(t);
    n = (unsigned)((t->blocks - 1) / t->per + 1);
    result = make_room(t, n, error);
    if (result)
        return result;
    t->all.n = n;
    for (unsigned i = 0; i < n; i++) {
        uint64_t before = (uint64_t)i * t->per, left = t->blocks - before;

        t->all.pieces[i].lba = t->first + before;
        t->all.pieces[i].blocks = left < t->per ? (uint32_t)left : t->per;
    }
    return 0;
}

static void plan_edges(struct transfer *t)
{
    uint64_t end = t->head + t->bytes;
    bool head = t->head > 0, tail = end % t->format.lba_size > 0;

    t->edges.pieces = t->edge;
    if (head || (tail && t->blocks == 1))
        t->edge[t->edges.n++] = (struct piece){t->edge[0].cmd, t->first, 1};
    if (tail && t->blocks > 1) {
        t->edge[t->edges.n] = (struct piece){t->edge[t->edges.n].cmd, t->first + t->blocks - 1, 1};
        t->edges.n++;
    }
}

/* --- Commands --- */

static void piece_done(struct lone_cmd *cmd)
{
    struct transfer *t = cmd->context;
    uint64_t lba = lone_bits_get(cmd->sqe, 40 * 8, 64);

    t->flying--;
    if (cmd->state != LONE_CMD_COMPLETED) {
        t->lost = true;
    } else if (lone_cmd_status(cmd)) {
        const struct batch *batch = t->edges.n ? &t->edges : &t->all;

        for (unsigned i = 0; i < batch->n; i++)
            if (batch->pieces[i].cmd == cmd && (!t->failed || lba < t->failed_at->lba)) {
                t->failed_at = &batch->pieces[i];
                t->status = lone_cmd_status(cmd);
            }
        t->failed = true;
    }
    op_wake(t->fs, t);
}

static uint8_t *block_of(const struct piece *piece, const struct transfer *t, uint32_t block)
{
    return piece->cmd->data.data + piece->cmd->data_offset + (uint64_t)block * t->stride;
}

/* Memory for its blocks, or for @room of them, so that it can be used again for more. */
static int make_memory(const struct transfer *t, struct piece *piece, uint32_t room, struct lone_error *error)
{
    uint64_t needed = (uint64_t)piece->blocks * t->stride, most = (uint64_t)room * t->stride;
    int result = 0;

    if (!piece->cmd) {
        piece->cmd = lone_cmd_new(t->fs->controller);
        if (!piece->cmd)
            return lone_fail(error, ENOMEM, "no memory for a command");
        piece->cmd->done = piece_done;
    }
    most = (most + PAGE - 1) / PAGE * PAGE;
    /* A PRP begins on a dword: blocks with odd metadata get memory of their very size. */
    if (needed % 4)
        result = lone_cmd_data_size(piece->cmd, needed, error);
    else if (piece->cmd->data.size < needed || piece->cmd->data.size % PAGE)
        result = lone_cmd_data_size(piece->cmd, most, error);
    if (!result)
        result = lone_cmd_metadata_size(piece->cmd, (uint64_t)piece->blocks * t->metadata, error);
    piece->cmd->data_offset = (uint32_t)(piece->cmd->data.size - needed);
    return result;
}

/* Read and Write: NVM Command Set 1.0, 3.2.4 and 3.2.6, whose fields are in the same places. */
static void fill_entry(const struct transfer *t, struct piece *piece, const char *name)
{
    const struct lone_opcode *opcode = lone_opcode_named(name);
    const struct lone_field *slba = lone_opcode_field(opcode, "SLBA"), *nlb = lone_opcode_field(opcode, "NLB");
    uint8_t *sqe = piece->cmd->sqe;

    memset(sqe, 0, LONE_SQE_SIZE);
    sqe[0] = opcode->opcode;
    lone_set(&lone_sqe, sqe, "NSID", t->nsid);
    lone_bits_set(sqe, slba->bit, slba->bits, piece->lba);
    lone_bits_set(sqe, nlb->bit, nlb->bits, piece->blocks - 1);
    if (t->format.pi_type) {
        const struct lone_field *prinfo = lone_opcode_field(opcode, "PRINFO");

        lone_bits_set(sqe, prinfo->bit, prinfo->bits, PRINFO_PRACT);
        /* Types 1 and 2 count the reference tag from what the command says, type 1 from the block's own number. */
        lone_set(&lone_sqe, sqe, "CDW14", (uint32_t)piece->lba);
    }
}

static int prepare(struct transfer *t, struct batch *batch, const char *name, struct lone_error *error)
{
    int result = 0;

    batch->next = 0;
    for (unsigned i = 0; i < batch->n && !result; i++) {
        struct piece *piece = &batch->pieces[i];

        result = make_memory(t, piece, batch == &t->all ? t->per : 1, error);
        if (result)
            break;
        piece->cmd->context = t;
        piece->cmd->sqid = t->sqid;
        fill_entry(t, piece, name);
    }
    return result;
}

/* Sends what may be outstanding: 0, PARK when others fill the queue, or an error. */
static int send(struct op *op, struct transfer *t, struct batch *batch)
{
    struct lone_cmd *cmds[DEPTH];

    while (batch->next < batch->n && t->flying < t->depth) {
        unsigned n = t->depth - t->flying, left = batch->n - batch->next;
        int result;

        n = n < left ? n : left;
        for (unsigned i = 0; i < n; i++)
            cmds[i] = batch->pieces[batch->next + i].cmd;
        while ((result = lone_cmd_submit_many(cmds, n, &op->error)) == -EAGAIN && n > 1)
            n /= 2;
        if (result == -EAGAIN)
            return t->flying ? 0 : op_park(op, t, t->deadline_ns, RETRY_NS);
        if (result)
            return result;
        batch->next += n;
        t->flying += n;
        t->fs->submitted = true;
    }
    return 0;
}

static int fail_status(struct op *op, const struct transfer *t)
{
    const struct piece *piece = t->failed_at;

    lone_fail(&op->error, EIO,
              "the controller completed the %s of %" PRIu32 " block%s from LBA %" PRIu64 " (0x%" PRIx64
              ") of namespace %" PRIu32 " with status 0x%03x %s",
              piece->cmd->sqe[0] == 1 ? "write" : "read", piece->blocks, piece->blocks > 1 ? "s" : "", piece->lba,
              piece->lba, t->nsid, t->status, lone_status_name(t->status));
    op->error.has_status = true;
    op->error.status = t->status;
    return -EIO;
}

static bool is_late(const struct transfer *t)
{
    return now_ns() >= t->deadline_ns;
}

static int fail_late(struct op *op, const struct transfer *t)
{
    if (!t->flying)
        return lone_fail(&op->error, ETIMEDOUT,
                         "submission queue %u had no room for a command of this %s within %.3f s: others' fill it",
                         t->sqid, t->writes ? "write" : "read", (double)op->fs->timeout_ns / NS_PER_S);
    return lone_fail(&op->error, ETIMEDOUT,
                     "%u commands of this %s, LBA %" PRIu64 " to %" PRIu64
                     ", did not complete within %.3f s; they stay outstanding",
                     t->flying, t->writes ? "write" : "read", t->first, t->first + t->blocks - 1,
                     (double)op->fs->timeout_ns / NS_PER_S);
}

/* Sends a batch and waits for all of it: 0, PARK or an error. One that fails lets those that are under way end. */
static int run_batch(struct op *op, struct transfer *t, struct batch *batch)
{
    int result = 0;

    if (t->lost)
        return lone_fail(&op->error, ESHUTDOWN, "the controller was reset or disabled under the %s",
                         t->writes ? "write" : "read");
    if (!t->failed)
        result = send(op, t, batch);
    if (result < 0)
        return result;
    if (t->flying || result)
        return is_late(t) ? fail_late(op, t) : result ? result : op_park(op, t, t->deadline_ns, 0);
    return t->failed ? fail_status(op, t) : 0;
}

/* --- Beginning --- */

static int check_command_set(const struct lone_namespace *known, struct lone_error *error)
{
    if (known->csi <= LONE_CSI_NVM || known->csi == LONE_CSI_ZNS)
        return 0;
    return lone_fail(error, EOPNOTSUPP,
                     "namespace %" PRIu32 " is of command set %d, which has no Read and Write of blocks: use cmd/",
                     known->nsid, known->csi);
}

/* What a transfer needs to know: 0, PARK or an error. */
static int begin(struct op *op, uint64_t offset, size_t bytes)
{
    const struct lone_namespace *known;
    int result = ns_known(op, &known), queue;
    struct transfer *t;

    if (!result)
        result = check_command_set(known, &op->error);
    if (result)
        return result;
    queue = ns_queue(op->fs, &op->error);
    if (queue < 0)
        return queue;
    t = get_transfer(op->fs);
    if (!t)
        return lone_fail(&op->error, ENOMEM, "no memory for a transfer");
    op->job = t;
    op->job_end = put_transfer;
    t->nsid = known->nsid;
    t->sqid = (uint16_t)queue;
    t->format = known->format;
    t->writes = op->kind == OP_WRITE;
    /* The blocks of a zone are written in their order, and nothing else keeps commands in order. */
    t->depth = t->writes && known->csi == LONE_CSI_ZNS ? 1 : DEPTH;
    t->edges.n = t->flying = 0;
    t->lost = t->failed = false;
    t->deadline_ns = now_ns() + op->fs->timeout_ns;
    lay_out(t);
    return plan(t, offset, bytes, &op->error);
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

/* Blocks that have metadata between them move together. */
static void close_up(const struct transfer *t, const struct piece *piece)
{
    uint8_t *data = block_of(piece, t, 0);

    for (uint32_t i = 1; t->stride != t->format.lba_size && i < piece->blocks; i++)
        memmove(data + (uint64_t)i * t->format.lba_size, data + (uint64_t)i * t->stride, t->format.lba_size);
}

static void reply(struct op *op, const struct transfer *t)
{
    size_t left = t->bytes, skip = t->head;

    for (unsigned i = 0; i < t->all.n; i++) {
        const struct piece *piece = &t->all.pieces[i];
        size_t size = (size_t)piece->blocks * t->format.lba_size - skip;

        close_up(t, piece);
        size = size < left ? size : left;
        t->parts[i] = (struct iovec){block_of(piece, t, 0) + skip, size};
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
            result = prepare(t, &t->all, "read", &op->error);
    }
    if (!result)
        result = run_batch(op, t, &t->all);
    if (!result)
        reply(op, t);
    return result;
}

/* --- Writing --- */

static void store_zeros(uint8_t *to, uint64_t size)
{
    static const uint8_t zeros[PAGE];

    for (uint64_t at = 0; at < size; at += sizeof(zeros))
        lone_dma_store(to + at, zeros, size - at < sizeof(zeros) ? (size_t)(size - at) : sizeof(zeros));
}

/* Metadata that the host has to send are zeros: there is nobody to say what else. */
static void clear_metadata(const struct transfer *t, const struct piece *piece)
{
    store_zeros(piece->cmd->metadata.data, piece->cmd->metadata.size);
    for (uint32_t i = 0; t->stride != t->format.lba_size && i < piece->blocks; i++)
        store_zeros(block_of(piece, t, i) + t->format.lba_size, t->stride - t->format.lba_size);
}

/* Puts @size bytes where byte @at of the transfer's blocks is. */
static void store(const struct transfer *t, uint64_t at, const uint8_t *bytes, size_t size)
{
    while (size) {
        uint64_t block = at / t->format.lba_size, within = at % t->format.lba_size;
        const struct piece *piece = &t->all.pieces[block / t->per];
        uint32_t first = (uint32_t)(block % t->per);
        uint32_t together = t->stride == t->format.lba_size ? piece->blocks - first : 1;
        uint64_t room = (uint64_t)together * t->format.lba_size - within;
        size_t n = size < room ? size : (size_t)room;

        lone_dma_store(block_of(piece, t, first) + within, bytes, n);
        bytes += n;
        at += n;
        size -= n;
    }
}

/* Copies from one buffer of the device to another. */
static void copy(uint8_t *to, const uint8_t *from, uint64_t size)
{
    uint8_t bytes[PAGE];

    for (uint64_t at = 0; at < size; at += sizeof(bytes)) {
        size_t n = size - at < sizeof(bytes) ? (size_t)(size - at) : sizeof(bytes);

        lone_dma_load(bytes, from + at, n);
        lone_dma_store(to + at, bytes, n);
    }
}

/* Completes a block of which only a part is written, with its metadata, from what was read. */
static void complete_edge(const struct transfer *t, const struct piece *edge)
{
    uint64_t block = edge->lba - t->first, end = t->head + t->bytes - block * t->format.lba_size;
    const struct piece *piece = &t->all.pieces[block / t->per];
    uint32_t within = (uint32_t)(block % t->per), size = t->format.lba_size;
    uint8_t *to = block_of(piece, t, within);
    const uint8_t *from = block_of(edge, t, 0);

    if (!block)
        copy(to, from, t->head);
    if (end < size)
        copy(to + end, from + end, size - end);
    copy(to + size, from + size, t->stride - size);
    if (t->metadata)
        copy(piece->cmd->metadata.data + (uint64_t)within * t->metadata, edge->cmd->metadata.data, t->metadata);
}

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
    result = prepare(t, &t->all, "write", &op->error);
    if (result)
        return result;
    plan_edges(t);
    for (unsigned i = 0; i < t->all.n; i++)
        clear_metadata(t, &t->all.pieces[i]);
    store(t, t->head, bytes, fitting);
    op->taken = true;
    return prepare(t, &t->edges, "read", &op->error);
}

static ssize_t data_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    struct transfer *t;
    int result = op->job ? 0 : write_begin(op, bytes, size, offset);

    t = op->job;
    if (!result && t && t->edges.n) {
        result = run_batch(op, t, &t->edges);
        for (unsigned i = 0; i < t->edges.n && !result; i++)
            complete_edge(t, &t->edge[i]);
        if (!result)
            t->edges.n = 0;
    }
    if (!result && t)
        result = run_batch(op, t, &t->all);
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

static uint64_t data_size(struct fs *fs, const struct node *node)
{
    const struct lone_namespace *known = lone_controller_namespace(fs->controller, node->number);

    return known ? ns_bytes(known) : 0;
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
                                         .mode = 0644,
                                         .answer = data_answer,
                                         .write = data_write,
                                         .sync = data_sync,
                                         .size = data_size};
