/* SPDX-License-Identifier: MIT */
/* Block devices, and who in the kernel has them; private to core/system. */
#ifndef LONE_SYSTEM_BLOCKS_H
#define LONE_SYSTEM_BLOCKS_H

#include "system/files.h"

#define BLOCK_NAME_SIZE 32 /* the kernel's DISK_NAME_LEN */

/* Opens the block device with that number; @name is the kernel's. Returns a descriptor, or -errno. */
int block_open(const struct lone_system *system, const char *name, dev_t number, int flags);

/* Block devices that are held exclusively: nobody else can mount them, swap on them or build upon them meanwhile. */
struct claims {
    struct claim {
        dev_t number;
        int fd;
    } * list;
    size_t count;
};

/* Claims a block device exclusively: as the kernel sees it, that excludes its partitions, and the disk of a partition.
 * 0: nobody else has such a claim, and it is in @claims now (NULL: given back at once). -EBUSY: somebody has; a
 * file system, swap, a driver that builds upon it, or a process that opened it with O_EXCL. -ENXIO: there is no such
 * device any more. Else another -errno. */
int block_claim(const struct lone_system *system, const char *name, dev_t number, struct claims *claims);
void claims_release(struct claims *claims);

/* A driver that uses a block (or NVMe character) device without the link in its directory holders/. */
struct kernel_user {
    mode_t type;
    dev_t number;
    char above[BLOCK_NAME_SIZE]; /* the block device that it makes of it, "loop0"; "": none */
    bool claims;                 /* exclusively */
    char text[160];              /* without @above: "exported by nvmet as …" */
};

struct kernel_users {
    const struct lone_system *system;
    struct kernel_user *list;
    size_t count;
    char gap[200]; /* what could not be looked at; "": all was */
};

/* Looks at loop devices, zram, the NVMe and SCSI targets and USB gadgets. Ended by kernel_users_free(). */
void kernel_users_look(const struct lone_system *system, struct kernel_users *users);
void kernel_users_free(struct kernel_users *users);

#endif
