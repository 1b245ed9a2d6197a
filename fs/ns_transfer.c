/* SPDX-License-Identifier: MIT */
#include "ns_transfer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

#define MAX_PIECES 1000u   /* one reply has at most so many parts */
#define MAX_BLOCKS 65536u  /* NLB is a zero-based number of 16 bits */
#define MAX_IDLE   2u      /* transfers that are kept */
#define RETRY_NS   100000u /* the queue is full of others' commands */
#define PAGE       4096u

enum { PRINFO_PRACT = 8 }; /* NVM Command Set 1.0, Figure 11 */

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

void transfer_put(struct fs *fs, void *job)
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

struct transfer *transfer_get(struct fs *fs)
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
    bool carried = format->metadata_size && !(format->pi_type && format->metadata_size == lone_protection_size(format));

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

int transfer_plan(struct transfer *t, uint64_t offset, size_t bytes, struct lone_error *error)
{
    uint64_t last = (offset + bytes - 1) / t->format.lba_size;
    unsigned n;
    int result;

    lay_out(t);
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

void transfer_plan_edges(struct transfer *t)
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

uint8_t *transfer_block(const struct piece *piece, const struct transfer *t, uint32_t block)
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
        lone_tags_set(sqe, &t->format, 0, lone_reference_tag(&t->format, piece->lba));
    }
}

int transfer_prepare(struct transfer *t, struct batch *batch, const char *name, struct lone_error *error)
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
    struct lone_cmd *cmds[TRANSFER_DEPTH];

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

int transfer_run(struct op *op, struct transfer *t, struct batch *batch)
{
    int result = 0;

    if (t->lost)
        return lone_fail(&op->error, ESHUTDOWN,
                         "the controller was reset or disabled, or submission queue %u was deleted, under the %s",
                         t->sqid, t->writes ? "write" : "read");
    if (!t->failed)
        result = send(op, t, batch);
    if (result < 0)
        return result;
    if (t->flying || result)
        return is_late(t) ? fail_late(op, t) : result ? result : op_park(op, t, t->deadline_ns, 0);
    return t->failed ? fail_status(op, t) : 0;
}

/* --- Blocks in memory --- */

void transfer_close_up(const struct transfer *t, const struct piece *piece)
{
    uint8_t *data = transfer_block(piece, t, 0);

    for (uint32_t i = 1; t->stride != t->format.lba_size && i < piece->blocks; i++)
        memmove(data + (uint64_t)i * t->format.lba_size, data + (uint64_t)i * t->stride, t->format.lba_size);
}

static void store_zeros(uint8_t *to, uint64_t size)
{
    static const uint8_t zeros[PAGE];

    for (uint64_t at = 0; at < size; at += sizeof(zeros))
        lone_dma_store(to + at, zeros, size - at < sizeof(zeros) ? (size_t)(size - at) : sizeof(zeros));
}

void transfer_clear_metadata(const struct transfer *t, const struct piece *piece)
{
    store_zeros(piece->cmd->metadata.data, piece->cmd->metadata.size);
    for (uint32_t i = 0; t->stride != t->format.lba_size && i < piece->blocks; i++)
        store_zeros(transfer_block(piece, t, i) + t->format.lba_size, t->stride - t->format.lba_size);
}

void transfer_store(const struct transfer *t, uint64_t at, const uint8_t *bytes, size_t size)
{
    while (size) {
        uint64_t block = at / t->format.lba_size, within = at % t->format.lba_size;
        const struct piece *piece = &t->all.pieces[block / t->per];
        uint32_t first = (uint32_t)(block % t->per);
        uint32_t together = t->stride == t->format.lba_size ? piece->blocks - first : 1;
        uint64_t room = (uint64_t)together * t->format.lba_size - within;
        size_t n = size < room ? size : (size_t)room;

        lone_dma_store(transfer_block(piece, t, first) + within, bytes, n);
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

void transfer_complete_edge(const struct transfer *t, const struct piece *edge)
{
    uint64_t block = edge->lba - t->first, end = t->head + t->bytes - block * t->format.lba_size;
    const struct piece *piece = &t->all.pieces[block / t->per];
    uint32_t within = (uint32_t)(block % t->per), size = t->format.lba_size;
    uint8_t *to = transfer_block(piece, t, within);
    const uint8_t *from = transfer_block(edge, t, 0);

    if (!block)
        copy(to, from, t->head);
    if (end < size)
        copy(to + end, from + end, size - end);
    copy(to + size, from + size, t->stride - size);
    if (t->metadata)
        copy(piece->cmd->metadata.data + (uint64_t)within * t->metadata, edge->cmd->metadata.data, t->metadata);
}
