/* SPDX-License-Identifier: MIT */
/* Handing a device to a user, and back to its kernel driver. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/handover.h"

#define NODE_SECONDS 5
#define LIVE_SECONDS 5

/* --- Checks --- */

/* Whether it is free or taken by force, nobody else gets hold of its disks from here on. */
static int check_use(struct handover *h, bool force, struct lone_error *error)
{
    char text[320];
    struct uses uses;
    enum lone_use use;

    uses_look(h->system, &uses);
    use = uses_of(h->system, &uses, h->slot, &h->claims, text, sizeof(text));
    uses_free(&uses);
    if (use == LONE_USE_NONE)
        return 0;
    if (use == LONE_USE_MOUNTED)
        return lone_fail(error, EBUSY, "%s is in use: %s. Unmount it first; that cannot be overridden", h->slot, text);
    if (use == LONE_USE_SWAP)
        return lone_fail(error, EBUSY, "%s is in use: %s. `swapoff` it first; that cannot be overridden", h->slot,
                         text);
    if (use == LONE_USE_CLAIMED)
        return lone_fail(error, EBUSY, "%s is in use: %s. End that first; it cannot be overridden", h->slot, text);
    if (!force)
        return lone_fail(error, EBUSY, "%s is in use: %s. End that first, or override it with --force", h->slot, text);
    sys_say(h->system, "%s is in use: %s; taken all the same", h->slot, text);
    return 0;
}

static int check_group(const struct handover *h, struct lone_error *error)
{
    bool noiommu;

    if (pci_group(h->system, h->slot, &noiommu) >= 0)
        return 0;
    if (noiommu)
        return lone_fail(error, ENXIO,
                         "%s is in a noiommu group, where a device can overwrite all memory of the machine: lone does "
                         "not use these. Switch the IOMMU on (`lone-setup requirements`)",
                         h->slot);
    return lone_fail(error, ENXIO,
                     "%s is in no IOMMU group: the machine has no IOMMU, or it is off (`lone-setup requirements` says "
                     "how to switch it on)",
                     h->slot);
}

static int check_function(const struct handover *h, struct lone_error *error)
{
    char text[16];
    long functions;

    if (pci_is_bridge(h->system, h->slot))
        return lone_fail(error, EOPNOTSUPP, "%s is a bridge: vfio-pci takes only endpoints", h->slot);
    sys_read(h->system, text, sizeof(text), "/sys/bus/pci/devices/%s/sriov_numvfs", h->slot);
    functions = strtol(text, NULL, 10);
    if (functions > 0)
        return lone_fail(error, EBUSY,
                         "%s has %ld virtual functions, with which vfio-pci does not take it: "
                         "`echo 0 > /sys/bus/pci/devices/%s/sriov_numvfs` first",
                         h->slot, functions, h->slot);
    return 0;
}

/* --- Expose --- */

static int wait_for_node(const struct handover *h, struct lone_error *error)
{
    for (int i = 0; !sys_exists(h->system, "%s", h->node); i++) {
        if (sys_interrupted())
            return lone_fail(error, EINTR, "interrupted while %s had not appeared", h->node);
        if (i == NODE_SECONDS * SYS_PAUSES_PER_SECOND)
            return lone_fail(error, ETIMEDOUT, "%s has not appeared within %d s", h->node, NODE_SECONDS);
        sys_pause();
    }
    /* udev sets owner and mode of a new node too; the last one wins. */
    if (sys_is_real(h->system))
        udev_settle();
    return 0;
}

static int bind_and_give(struct handover *h, uid_t uid, struct lone_error *error)
{
    int result;

    if (strcmp(h->driver, VFIO_PCI)) {
        result = handover_bind(h, VFIO_PCI, false, error);
        if (result)
            return result;
    }
    result = wait_for_node(h, error);
    return result ? result : handover_give(h, uid, (gid_t)-1, 0600, error);
}

static int expose(struct handover *h, uid_t uid, bool force, struct lone_error *error)
{
    bool bound = !strcmp(h->driver, VFIO_PCI);
    int result = check_function(h, error);

    if (!result)
        result = check_group(h, error);
    if (!result && !(bound && h->has_node && h->node_status.st_uid == uid))
        result = check_use(h, force, error);
    if (!result && !bound)
        result = handover_load(h, VFIO_PCI, error);
    if (result)
        return result;
    if (!bound)
        result = record_write(h, error);
    if (result)
        return result;
    result = bind_and_give(h, uid, error);
    if (result) {
        handover_undo(h, error);
        if (h->recorded)
            record_remove(h);
    }
    return result;
}

int lone_pci_expose(const struct lone_system *system, const char *slot, uid_t uid, bool force, char *node,
                    size_t node_size, struct lone_error *error)
{
    struct handover h;
    int result;

    if (uid == (uid_t)-1)
        return lone_fail(error, EINVAL, "there can be no user %u", (unsigned)uid);
    result = handover_begin(&h, system, slot, error);
    if (result)
        return result;
    result = expose(&h, uid, force, error);
    if (!result)
        snprintf(node, node_size, "%s", h.node);
    handover_end(&h);
    return result;
}

/* --- Reclaim --- */

/* The NVMe driver looks at its namespaces after it has been bound; whoever calls us wants to use them. */
static int take_controller(void *context, const char *name)
{
    struct handover *h = context;
    char state[32];
    int i = 0;

    do {
        sys_read(h->system, state, sizeof(state), "/sys/bus/pci/devices/%s/nvme/%s/state", h->slot, name);
        if (strcmp(state, "new") && strcmp(state, "connecting") && strcmp(state, "resetting"))
            break;
        sys_pause();
    } while (!sys_interrupted() && i++ < LIVE_SECONDS * SYS_PAUSES_PER_SECOND);
    if (state[0])
        sys_say(h->system, "%s is %s", name, state);
    return 0;
}

static void wait_until_live(struct handover *h)
{
    char directory[PATH_SIZE];

    snprintf(directory, sizeof(directory), "/sys/bus/pci/devices/%s/nvme", h->slot);
    sys_each(h->system, directory, take_controller, h);
}

/* Which driver? The one that was asked for, else the one that it had, or that an override is for, if there is such,
 * else
 * "": the kernel's choice. */
static int choose_driver(const struct handover *h, const struct record *record, const char *asked,
                         char driver[DRIVER_SIZE], struct lone_error *error)
{
    if (!asked) {
        snprintf(driver, DRIVER_SIZE, "%s", record->driver);
        if (!driver[0] && strcmp(record->override, VFIO_PCI))
            snprintf(driver, DRIVER_SIZE, "%s", record->override);
        if (driver[0] && handover_load(h, driver, NULL)) {
            sys_say(h->system, "%s had %s, which is not there any more: the kernel chooses", h->slot, driver);
            driver[0] = 0;
        }
        return 0;
    }
    if (!asked[0] || strlen(asked) >= DRIVER_SIZE || asked[0] == '.' || strpbrk(asked, "/ \t\n"))
        return lone_fail(error, EINVAL, "\"%.64s\" is not the name of a driver (`ls /sys/bus/pci/drivers`)", asked);
    if (!strcmp(asked, VFIO_PCI))
        return lone_fail(error, EINVAL,
                         "reclaim takes a device from vfio-pci; to give it there is `lone-setup expose %s "
                         "USER`",
                         h->slot);
    snprintf(driver, DRIVER_SIZE, "%.*s", DRIVER_SIZE - 1, asked);
    return handover_load(h, driver, error);
}

/* From vfio-pci, from nowhere, or from another kernel driver. */
static int check_owner(struct handover *h, bool force, bool *wait, struct lone_error *error)
{
    char text[256];

    *wait = false;
    if (!h->driver[0])
        return 0;
    if (strcmp(h->driver, VFIO_PCI))
        return check_use(h, force, error);
    *wait = handover_is_open(h, text, sizeof(text));
    if (!*wait || force)
        return 0;
    return lone_fail(
        error, EBUSY,
        "%s is in use: %s. End that first (lonefs: unmount it), or have the kernel take it away with --force", h->slot,
        text);
}

static int reclaim(struct handover *h, const char *asked, bool force, struct lone_error *error)
{
    char driver[DRIVER_SIZE];
    struct record record;
    bool wait;
    int result;

    record_read(h, &record);
    result = choose_driver(h, &record, asked, driver, error);
    if (result)
        return result;
    if (h->driver[0] && (asked ? !strcmp(h->driver, driver) : strcmp(h->driver, VFIO_PCI) != 0)) {
        sys_say(h->system, "%s has its driver %s already", h->slot, h->driver);
        return handover_override(h, record.override, error);
    }
    result = check_owner(h, force, &wait, error);
    if (result)
        return result;
    result = handover_bind(h, driver, wait, error);
    if (!result)
        result = handover_override(h, record.override, error);
    if (result)
        handover_undo(h, error);
    return result;
}

int lone_pci_reclaim(const struct lone_system *system, const char *slot, const char *driver, bool force, char *got,
                     size_t got_size, struct lone_error *error)
{
    struct handover h;
    int result = handover_begin(&h, system, slot, error);

    if (result)
        return result;
    result = reclaim(&h, driver, force, error);
    if (!result) {
        record_remove(&h);
        wait_until_live(&h);
        sys_link(system, got, got_size, "/sys/bus/pci/devices/%s/driver", h.slot);
    }
    handover_end(&h);
    return result;
}
