/* SPDX-License-Identifier: MIT */
/* ns/: what its files share. */
#ifndef LONE_FS_NS_H
#define LONE_FS_NS_H

#include "fs.h"

struct transfer;

struct ns {
    struct transfer *idle; /* transfers whose memory is used again */
    unsigned n_idle;
    /* asking about what a Format has changed */
    struct lone_cmd *asking; /* NULL: not under way */
    bool ask_again;
};

/* The mount's; made when it is first needed, NULL when memory ends. */
struct ns *ns_of(struct fs *fs);

/* What is known of the namespace that op->node stands for: 0, PARK while a Format's effect is being asked for, or an
 * error: EROFS, ENXIO with what to write. *@known is valid until the next call to the driver. */
int ns_known(struct op *op, const struct lone_namespace **known);

/* How many bytes it has; file sizes end at 2^63. */
uint64_t ns_bytes(const struct lone_namespace *known);

/* The lowest I/O submission queue that is live and whose completions lonefs takes, or -ENXIO. */
int ns_queue(struct fs *fs, struct lone_error *error);

extern const struct node_class ns_data_class;
/* Frees the idle ones. */
void transfers_end(struct fs *fs);

#endif
