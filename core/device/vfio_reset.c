/* SPDX-License-Identifier: MIT */
/* Function reset and hot reset. */
#include "device/vfio_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MOST_GROUPS    32
#define MOST_FUNCTIONS 8192u /* 32 devices of 256 functions behind a port */

static int reset_function(struct lone_vfio *vfio, struct lone_error *error)
{
    int number;

    if (!vfio->device.can_reset)
        return lone_fail(
            error, EOPNOTSUPP,
            "the kernel has no way to reset %s alone (see /sys/bus/pci/devices/%s/reset_method): try a hot "
            "reset",
            vfio->place.slot, vfio->place.slot);
    if (!ioctl(vfio->fd, VFIO_DEVICE_RESET))
        return 0;
    number = errno;
    if (number == EAGAIN)
        return lone_fail(error, EBUSY, "%s is busy being configured, so it was not reset: try again", vfio->place.slot);
    if (!lone_vfio_is_there(vfio))
        return lone_vfio_gone(vfio, error);
    return lone_fail(error, EIO, "the reset of %s failed: %s (`dmesg` may say more)", vfio->place.slot,
                     strerror(number));
}

/* --- Hot reset -----------------------------------------------------------------------------------------------------
 */

/* Who would be reset; the caller frees it. */
static int hot_reset_info(struct lone_vfio *vfio, struct vfio_pci_hot_reset_info **found, struct lone_error *error)
{
    uint32_t count = 8;

    for (int tries = 0; tries < 4; tries++) {
        size_t size = sizeof(struct vfio_pci_hot_reset_info) + count * sizeof(struct vfio_pci_dependent_device);
        struct vfio_pci_hot_reset_info *info = calloc(1, size);
        int number;

        if (!info)
            return lone_fail(error, ENOMEM, "no memory");
        info->argsz = (uint32_t)size;
        if (!ioctl(vfio->fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info)) {
            if (info->count > count)
                info->count = count;
            *found = info;
            return 0;
        }
        number = errno;
        count = info->count < MOST_FUNCTIONS ? info->count : MOST_FUNCTIONS;
        free(info);
        if (number == ENODEV)
            return lone_fail(
                error, EOPNOTSUPP,
                "%s has no port above it that could reset it: it sits on the root bus. Use a function reset",
                vfio->place.slot);
        if (number != ENOSPC && number != EAGAIN)
            return lone_fail(error, number, "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO of %s: %s", vfio->place.slot,
                             strerror(number));
    }
    return lone_fail(error, EBUSY, "devices come and go behind the port of %s: try again", vfio->place.slot);
}

struct groups {
    unsigned n;
    uint32_t numbers[MOST_GROUPS];
    int fds[MOST_GROUPS];
};

/* Holds the group of a function that a hot reset hits as well: ours, or one that is free and this user's. */
static int add_group(struct lone_vfio *vfio, struct groups *groups, const struct vfio_pci_dependent_device *function,
                     struct lone_error *error)
{
    /* It is in our domain. `segment` has 16 bits, a domain may have more. */
    int domain = (int)strcspn(vfio->place.slot, ":"), fd;
    char node[32];

    for (unsigned i = 0; i < groups->n; i++)
        if (groups->numbers[i] == function->group_id)
            return 0;
    if (groups->n == MOST_GROUPS)
        return lone_fail(error, EOPNOTSUPP, "a hot reset of %s would reset more than %d IOMMU groups", vfio->place.slot,
                         MOST_GROUPS);
    snprintf(node, sizeof(node), "/dev/vfio/%u", function->group_id);
    fd = open(node, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return lone_fail(
            error, errno == EBUSY ? EBUSY : EACCES,
            "a hot reset of %s would also reset %.*s:%02x:%02x.%u, in IOMMU group %u, which %s. It has to be "
            "exposed to the same user, and in use by nobody",
            vfio->place.slot, domain, vfio->place.slot, function->bus, function->devfn >> 3, function->devfn & 7u,
            function->group_id,
            errno == EBUSY    ? "is in use"
            : errno == ENOENT ? "is not with vfio-pci"
                              : "this user may not open");
    groups->numbers[groups->n] = function->group_id;
    groups->fds[groups->n++] = fd;
    return 0;
}

static int hot_reset_with(struct lone_vfio *vfio, const struct groups *groups, struct lone_error *error)
{
    size_t size = sizeof(struct vfio_pci_hot_reset) + groups->n * sizeof(int32_t);
    struct vfio_pci_hot_reset *reset = calloc(1, size);
    int result = 0;

    if (!reset)
        return lone_fail(error, ENOMEM, "no memory");
    reset->argsz = (uint32_t)size;
    reset->count = groups->n;
    memcpy(reset->group_fds, groups->fds, groups->n * sizeof(int32_t));
    if (ioctl(vfio->fd, VFIO_DEVICE_PCI_HOT_RESET, reset))
        result = errno;
    free(reset);
    switch (result) {
    case 0:
        return 0;
    case EAGAIN:
    case EBUSY:
        return lone_fail(error, EBUSY, "a device behind the port of %s is busy, so nothing was reset: try again",
                         vfio->place.slot);
    case EINVAL:
        return lone_fail(
            error, EBUSY,
            "the kernel refuses a hot reset of %s: a function behind the same port is not bound to vfio-pci. "
            "Expose all of them (`lone-setup list`)",
            vfio->place.slot);
    default:
        if (!lone_vfio_is_there(vfio))
            return lone_vfio_gone(vfio, error);
        return lone_fail(
            error, EIO,
            "the hot reset of %s did not end well: %s. It may have been reset all the same; `dmesg` says more",
            vfio->place.slot, result == ENOTTY ? "the link or the device did not come back in time" : strerror(result));
    }
}

static int hot_reset(struct lone_vfio *vfio, struct lone_error *error)
{
    struct groups groups = {.n = 1};
    struct vfio_pci_hot_reset_info *info = NULL;
    int result = hot_reset_info(vfio, &info, error);

    if (result)
        return result;
    groups.numbers[0] = (uint32_t)strtoul(vfio->place.group, NULL, 10);
    groups.fds[0] = vfio->group;
    for (uint32_t i = 0; i < info->count && !result; i++)
        result = add_group(vfio, &groups, &info->devices[i], error);
    free(info);
    if (!result)
        result = hot_reset_with(vfio, &groups, error);
    for (unsigned i = 1; i < groups.n; i++)
        close(groups.fds[i]);
    return result;
}

/* The kernel brings back what configuration space held, MSI-X included; the interface says that interrupts are off. */
int lone_vfio_reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    int result = kind == LONE_RESET_HOT ? hot_reset(vfio, error) : reset_function(vfio, error);

    if (!result)
        lone_vfio_interrupts(device, LONE_INTERRUPTS_NONE, 0, NULL, NULL);
    return result;
}
