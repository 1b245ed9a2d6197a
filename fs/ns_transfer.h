/* SPDX-License-Identifier: MIT */
/*
 * What a request for a namespace's bytes becomes: so many commands as they need, each with memory of its own, several
 * of them outstanding at a time. Memory is kept and used again, unless the request ended before its commands did, or
 * they were lost: then the driver knows when it is safe.
 */
#ifndef LONE_FS_NS_TRANSFER_H
#define LONE_FS_NS_TRANSFER_H

#include <sys/uio.h>

#include "ns.h"

#define TRANSFER_DEPTH 8u /* commands of one request that are outstanding at a time */

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

/* NULL when memory ends. `put` is a job_end: it keeps the transfer for another one, or frees it. */
struct transfer *transfer_get(struct fs *fs);
void transfer_put(struct fs *fs, void *job);

/* Of bytes @offset to @offset + @bytes, which are inside: what `nsid`, `format` and `fs` make of them, into `all`. */
int transfer_plan(struct transfer *t, uint64_t offset, size_t bytes, struct lone_error *error);
/* Into `edges`: the blocks that a write changes only in part. */
void transfer_plan_edges(struct transfer *t);

/* Memory and entries for a batch, of the command called @name. */
int transfer_prepare(struct transfer *t, struct batch *batch, const char *name, struct lone_error *error);
/* Sends a batch and waits for all of it: 0, PARK or an error. One that fails lets those that are under way end. */
int transfer_run(struct op *op, struct transfer *t, struct batch *batch);

/* Where a block of a piece begins in its memory. */
uint8_t *transfer_block(const struct piece *piece, const struct transfer *t, uint32_t block);
/* Blocks that have metadata between them move together. */
void transfer_close_up(const struct transfer *t, const struct piece *piece);
/* Metadata that the host has to send are zeros: there is nobody to say what else. */
void transfer_clear_metadata(const struct transfer *t, const struct piece *piece);
/* Puts @size bytes where byte @at of the transfer's blocks is. */
void transfer_store(const struct transfer *t, uint64_t at, const uint8_t *bytes, size_t size);
/* Completes a block of which only a part is written, with its metadata, from what was read. */
void transfer_complete_edge(const struct transfer *t, const struct piece *edge);

#endif
