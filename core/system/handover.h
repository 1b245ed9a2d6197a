/* SPDX-License-Identifier: MIT */
/* Moving a PCI function from one driver to another, and back when that fails; private to core/system. */
#ifndef LONE_SYSTEM_HANDOVER_H
#define LONE_SYSTEM_HANDOVER_H

#include <sys/stat.h>

#include "system/use.h"

struct handover {
    const struct lone_system *system;
    char slot[LONE_SLOT_SIZE];
    int group;     /* -1: none */
    char node[32]; /* /dev/vfio/19 */
    int lock;
    bool recorded;        /* record_write() has made the record */
    struct claims claims; /* on the device's disks, until its driver has let go of them */
    bool stuck; /* the kernel waits for a process inside unbind: nothing more may be written, it would wait too */

    /* As it was at first. */
    char driver[DRIVER_SIZE];
    char override[DRIVER_SIZE]; /* "": none */
    bool has_node;
    struct stat node_status;
};

/* Checks that we are root and that @slot exists, waits for others who hand devices over, and takes down how things are.
 * -EBUSY when the kernel may still be waiting inside unbind for a process. handover_end() when it returned 0. */
int handover_begin(struct handover *h, const struct lone_system *system, const char *slot, struct lone_error *error);
void handover_end(struct handover *h);

/* Makes sure that the driver is there. -ENOENT. */
int handover_load(const struct handover *h, const char *driver, struct lone_error *error);

/* Binds the device to @driver; "": what the kernel chooses, verified to be something else than vfio-pci. @wait: a
 * process has it open; ask it to let go. The override stays as it is afterwards; handover_override() sets it. */
int handover_bind(struct handover *h, const char *driver, bool wait, struct lone_error *error);
int handover_override(const struct handover *h, const char *driver, struct lone_error *error);

/* Puts everything back as it was, and says in @error whether that has worked. */
void handover_undo(struct handover *h, struct lone_error *error);

/* The process that has the device's /dev/vfio/N open, in words. False: nobody has. */
bool handover_is_open(const struct handover *h, char *text, size_t size);

/* Sets the owner of the node, and its mode to 0600. */
int handover_give(const struct handover *h, uid_t uid, gid_t gid, mode_t mode, struct lone_error *error);

/* What a device had before it was exposed, kept in /run/lone/SLOT: a line with its driver, one with its override. */
struct record {
    char driver[DRIVER_SIZE];   /* "": none, or unknown */
    char override[DRIVER_SIZE]; /* "": none */
};

/* Writes what it has now; an expose that was ended halfway has done so already. */
int record_write(struct handover *h, struct lone_error *error);
/* The override that is to stand afterwards: the record's, where it is vfio-pci now, else what is there. */
void record_read(const struct handover *h, struct record *record);
void record_remove(const struct handover *h);

#endif
