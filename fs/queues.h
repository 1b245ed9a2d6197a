/* SPDX-License-Identifier: MIT */
/* What the parts of queues/ share. A node in a queue's directory has its id in `number`. */
#ifndef LONE_FS_QUEUES_H
#define LONE_FS_QUEUES_H

#include "fs.h"

/* What went wrong last with a queue's files. */
struct queue_error {
    LIST_ENTRY(queue_error) link;
    bool completion;
    uint16_t id;
    uint64_t made; /* of the queue */
    struct error_place place;
};

/* The place of the queue that @node belongs to; made if there is none yet. NULL: @node belongs to none. */
struct error_place *queue_error_place(struct fs *fs, const struct node *node);
/* Forgets what went wrong with a queue that ends or begins. */
void queue_error_forget(struct fs *fs, bool completion, uint16_t id);
void queue_errors_free(struct fs *fs);

/* The queue of an operation's node, or NULL with op->error filled: -ENXIO. */
const struct lone_sq *queue_sq(struct op *op);
const struct lone_cq *queue_cq(struct op *op);

/* The directory of a queue, in queue_files.c. */
extern const struct node_class queue_sq_class, queue_cq_class;
/* queue_streams.c */
extern const struct node_class queue_submit_class, queue_place_class, queue_completions_class;
/* queue_ctl.c */
extern const struct node_class queue_sq_ctl_class, queue_cq_ctl_class;

#endif
