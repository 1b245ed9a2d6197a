/* SPDX-License-Identifier: MIT */
/* The directory that lonefs mounts on: what is there already, a lock while mounting, and the way to let go of it. */
#ifndef LONE_FS_MOUNTPOINT_H
#define LONE_FS_MOUNTPOINT_H

#include <sys/types.h>

#include "error.h"

struct mountpoint {
    const char *path; /* absolute; the caller's */
    int lock;         /* -1: not held */
    dev_t device;     /* of our file system, once it is mounted; 0 before */
};

/* @path from wherever the working directory is, so that it can be left; also that of a mount whose lonefs has died. The
 * caller frees it. NULL with @error filled. */
char *mountpoint_absolute(const char *path, struct lone_error *error);

/* Checks that a lonefs can be mounted at @point->path, takes a mount away whose lonefs has died, and keeps every other
 * lonefs off until mountpoint_mounted(). -EBUSY: one is mounted there. Waits for another one that is being mounted, for
 * at most 10 s. The caller ends it with mountpoint_leave(), whatever this returns. */
int mountpoint_take(struct mountpoint *point, struct lone_error *error);

/* Ours is mounted there now. */
void mountpoint_mounted(struct mountpoint *point);

/* Takes the mount away, lazily, if it is ours that is there, and the lock. Does not ask the file system, so its own
 * thread may call this. */
void mountpoint_leave(struct mountpoint *point);

#endif
