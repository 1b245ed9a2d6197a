/* SPDX-License-Identifier: MIT */
/*
 * The machine: what it has for working with PCI devices from user space, which devices there are, and handing one to a
 * user (expose) and back to its kernel driver (reclaim).
 *
 * Everything is read from and written to sysfs, procfs and /dev. No state is kept but the name of the driver that a
 * device had, in /run/lone/SLOT. Functions may block for seconds; any thread, one call at a time for one device.
 */
#ifndef LONE_SYSTEM_SYSTEM_H
#define LONE_SYSTEM_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "../error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the machine's file trees are: "" for the real ones; a directory with sys, proc, dev, run in it for tests. */
struct lone_system {
    const char *root;
    /* Called with a line for everything that is done ("unbound 0000:3a:00.0 from nvme"); NULL: nobody wants to know. */
    void (*say)(void *context, const char *line);
    void *context;
    /* Only for tests, with a @root: the kernel's side of a write to sysfs. Returns 0 or -errno. NULL: the file is
     * written. */
    int (*write)(void *context, const char *path, const char *text);
    /* Only for tests, too: what stat(2) says of @path, where no node can be made. 0 or -errno. NULL: the kernel says
     * it. */
    int (*stat)(void *context, const char *path, struct stat *status);
    /* And opening the block device with that number. A descriptor or -errno. */
    int (*open_block)(void *context, dev_t number, int flags);
};

/* --- Requirements
 * ----------------------------------------------------------------------------------------------------- */

struct lone_requirement {
    char name[32]; /* "kernel", "iommu" … */
    bool met;
    bool optional;    /* lone works without, if with less or slower */
    char found[160];  /* what is there: "6.1.0-40-amd64", "none" */
    char remedy[256]; /* not met: the command that fixes it, or what to do */
};
#define LONE_MAX_REQUIREMENTS 16

/* Looks at everything that VFIO and the mount need. Fills at most LONE_MAX_REQUIREMENTS; returns the count. */
int lone_requirements(const struct lone_system *system, struct lone_requirement *list);

/* --- Devices
 * ---------------------------------------------------------------------------------------------------------- */

#define LONE_SLOT_SIZE 20 /* "10000000:3a:00.0" and room */

#define LONE_DRIVER_SIZE 64

/* What keeps a device, its namespaces, and the head disks of its multipath subsystem; the gravest last. */
enum lone_use {
    LONE_USE_NONE,
    LONE_USE_OPEN, /* a process has a descriptor or mapping of it, or of its /dev/vfio/N */
    LONE_USE_HELD, /* dm, md, LVM, bcache, loop, zram, with nothing graver upon them; a network interface that is up */
    LONE_USE_CLAIMED, /* the kernel uses it in a way that nobody can be asked to end: a journal, a target */
    LONE_USE_SWAP,
    LONE_USE_MOUNTED, /* itself, or what holds it */
};

/* "no", "open", "held", "claimed", "swap", "mounted". */
const char *lone_use_name(enum lone_use use);

struct lone_pci_device {
    char slot[LONE_SLOT_SIZE];
    uint16_t vid, did;
    char driver[LONE_DRIVER_SIZE]; /* "": none */
    char owner[32];                /* of /dev/vfio/N when bound to vfio-pci: a user's name, or number; "": nobody */
    int group;                     /* IOMMU group; -1: none */
    bool in_use;                   /* mounted, swap, held, or open: */
    enum lone_use how;
    char use[256];  /* by what: "nvme0n1p2 is mounted on /home" */
    char info[128]; /* vendor and device from udev's hardware database; "": unknown */
};

/* Lists the PCI functions of NVMe class (01:08:02), or all functions, ordered by slot. *@devices is the caller's:
 * free(3). Returns the count, or -errno. Looks for users of each device. */
int lone_pci_list(const struct lone_system *system, bool all, struct lone_pci_device **devices,
                  struct lone_error *error);

/* The function at @slot ("0000:3a:00.0", or "3a:00.0" in domain 0). -ENODEV, -EINVAL no slot at all. */
int lone_pci_find(const struct lone_system *system, const char *slot, struct lone_pci_device *device,
                  struct lone_error *error);

/* The gravest use of @slot, described in @text; what cannot be looked at counts as used. Only root sees what other
 * users have open, and what the kernel alone uses. */
enum lone_use lone_pci_use(const struct lone_system *system, const char *slot, char *text, size_t size);

/* The other functions in the group of @slot that keep it from being viable (neither a bridge nor without a driver nor
 * bound to vfio-pci or pci-stub), as "0000:00:05.1 0000:00:05.2" in @text; returns how many. */
int lone_pci_group_others(const struct lone_system *system, const char *slot, char *text, size_t size);

/* --- Handing over
 * --------------------------------------------------------------------------------------------------------- */

/* Gives @slot to user @uid: loads vfio-pci, sets driver_override, unbinds, probes, waits for /dev/vfio/N, sets its
 * owner and mode 0600. @force overrides LONE_USE_OPEN and LONE_USE_HELD, others never (-EBUSY). Where vfio-pci has it
 * already, only the owner changes. Rolls back to the old driver when a step fails; the text of @error says so.
 * @node gets "/dev/vfio/19". -EINVAL no slot; -EOPNOTSUPP a bridge; -ENODEV no such slot; -ENXIO no IOMMU group; -EPERM
 * not root; -ENOENT there is no vfio-pci; -EIO the kernel did not bind it; -ETIMEDOUT no node. Block signals around it:
 * one that ends the process halfway leaves the device between drivers. SIGINT, SIGTERM, SIGHUP and SIGQUIT that are
 * blocked end the waits: -EINTR. */
int lone_pci_expose(const struct lone_system *system, const char *slot, uid_t uid, bool force, char *node,
                    size_t node_size, struct lone_error *error);

/* Gives @slot back to @driver; NULL: the driver that it had, else the kernel's choice. The override is what it was
 * before lone_pci_expose(), the result verified. @got gets the driver's name. -EBUSY a process still has /dev/vfio/N
 * open (@force: the kernel asks it to let go, and 10 s are waited for that; -ETIMEDOUT: it has not, and the kernel goes
 * on waiting). -ENOENT there is no such driver; -EIO it does not take the device, which is with vfio-pci as before. */
int lone_pci_reclaim(const struct lone_system *system, const char *slot, const char *driver, bool force, char *got,
                     size_t got_size, struct lone_error *error);

/* A user by name or number. -ENOENT: there is none. */
int lone_user_find(const char *name, uid_t *uid, struct lone_error *error);

#ifdef __cplusplus
}
#endif

#endif
