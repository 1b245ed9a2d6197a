/* SPDX-License-Identifier: MIT */
/* What processes use: a snapshot of /proc. Private to core/system. */
#ifndef LONE_SYSTEM_OPENERS_H
#define LONE_SYSTEM_OPENERS_H

#include <sys/stat.h>

#include "system/files.h"

/* A process that uses a device node. One for each device: the first that was found. */
struct opener {
    mode_t type; /* S_IFBLK, S_IFCHR; S_IFREG: a file of the file system on the block device @number */
    dev_t number;
    int pid;
    const char *how; /* "open", "mapped", "registered with io_uring" */
    char path[120];  /* the node or file, under the name by which the process has it; cut off where it is long */
};

struct openers {
    const struct lone_system *system;
    struct opener *list;
    size_t count;
    char gap[200]; /* what could not be looked at, and why; "": all was. Only of processes that are ours to see. */
};

/* Looks at the descriptors and mappings of all processes and threads but this one. Descriptors on their way through a
 * socket show nowhere. Ended by openers_free(). */
void openers_look(const struct lone_system *system, struct openers *openers);
void openers_free(struct openers *openers);

/* Who uses that device (or file system); NULL: nobody who can be seen. */
const struct opener *openers_find(const struct openers *openers, mode_t type, dev_t number);

#endif
