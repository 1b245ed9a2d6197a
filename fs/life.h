/* SPDX-License-Identifier: MIT */
/* The process: what it may have inherited, the way into the background, and the signals that end it. */
#ifndef LONE_FS_LIFE_H
#define LONE_FS_LIFE_H

#include <signal.h>
#include <stdbool.h>

#include "error.h"

/* First of all: descriptors 0 to 2 are open, so that nothing else becomes one of them; signals are neither blocked nor
 * ignored, but for SIGHUP under nohup; limits of descriptors and file sizes are raised as far as may be. */
int life_begin(struct lone_error *error);

/* Of a lonefs that is in the background, or on its way there. */
struct life {
    int report; /* for the parent; -1: none waits */
    int null;   /* /dev/null */
};

/* Goes into the background: returns in the child only. The parent waits until the mount stands or has failed, so that a
 * script can go on at once and sees the exit status, and ends with it. The child has nothing open but descriptors 0 to
 * 2 and what is in @life, and its working directory is /. */
int life_detach(struct life *life, struct lone_error *error);

/* Tells the parent that the mount stands, and leaves terminal and session. Cannot fail. */
void life_report(struct life *life);

/* The signals that ask lonefs to end: all that would end a process by default, but for those that tell of a fault of
 * its own (SIGSEGV …), SIGPIPE and SIGXFSZ, which are ignored, and SIGHUP under nohup. */
void life_ending_signals(sigset_t *set);

#endif
