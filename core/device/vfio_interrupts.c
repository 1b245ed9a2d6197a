/* SPDX-License-Identifier: MIT */
/* Interrupts, and the two events that VFIO signals in the same way. */
#include "device/vfio_internal.h"

#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct {
    uint32_t index;
    const char *name;
} kinds[] = {
    [LONE_INTERRUPTS_INTX] = {VFIO_PCI_INTX_IRQ_INDEX, "INTx"},
    [LONE_INTERRUPTS_MSI] = {VFIO_PCI_MSI_IRQ_INDEX, "MSI"},
    [LONE_INTERRUPTS_MSIX] = {VFIO_PCI_MSIX_IRQ_INDEX, "MSI-X"},
};

int lone_vfio_learn_interrupts(struct lone_vfio *vfio, struct lone_error *error)
{
    for (unsigned kind = LONE_INTERRUPTS_INTX; kind < LONE_COUNT(kinds); kind++) {
        struct vfio_irq_info info = {.argsz = sizeof(info), .index = kinds[kind].index};

        if (ioctl(vfio->fd, VFIO_DEVICE_GET_IRQ_INFO, &info))
            return lone_fail(error, errno, "VFIO_DEVICE_GET_IRQ_INFO (%s) of %s: %s", kinds[kind].name,
                             vfio->place.slot, strerror(errno));
        if (info.flags & VFIO_IRQ_INFO_EVENTFD)
            vfio->device.n_vectors[kind] = info.count;
    }
    return 0;
}

/* Returns the ioctl's value: positive when the kernel has only so many vectors. */
static int signal_with(struct lone_vfio *vfio, uint32_t index, unsigned count, const int *eventfds)
{
    size_t size = sizeof(struct vfio_irq_set) + count * sizeof(int32_t);
    struct vfio_irq_set *set = calloc(1, size);
    int result;

    if (!set)
        return -ENOMEM;
    set->argsz = (uint32_t)size;
    set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
    set->index = index;
    set->count = count;
    memcpy(set->data, eventfds, count * sizeof(int32_t));
    result = ioctl(vfio->fd, VFIO_DEVICE_SET_IRQS, set);
    if (result < 0)
        result = -errno;
    free(set);
    return result;
}

static int take_down(struct lone_vfio *vfio, struct lone_error *error)
{
    struct vfio_irq_set set = {.argsz = sizeof(set), .flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER};

    if (vfio->interrupts == LONE_INTERRUPTS_NONE)
        return 0;
    set.index = kinds[vfio->interrupts].index;
    if (ioctl(vfio->fd, VFIO_DEVICE_SET_IRQS, &set))
        return lone_fail(error, errno, "switching %s off: %s", kinds[vfio->interrupts].name, strerror(errno));
    vfio->interrupts = LONE_INTERRUPTS_NONE;
    return 0;
}

static int act_on_intx(struct lone_vfio *vfio, uint32_t action)
{
    struct vfio_irq_set set = {
        .argsz = sizeof(set),
        .flags = VFIO_IRQ_SET_DATA_NONE | action,
        .index = VFIO_PCI_INTX_IRQ_INDEX,
        .count = 1,
    };

    return ioctl(vfio->fd, VFIO_DEVICE_SET_IRQS, &set);
}

/* A line that is asserted already, as some controllers leave it over a reset, may never signal. Unmasking has the
 * kernel look at STS.IS, and signal itself, but only if it is masked. */
static void look_at_intx(struct lone_vfio *vfio)
{
    if (!act_on_intx(vfio, VFIO_IRQ_SET_ACTION_MASK))
        act_on_intx(vfio, VFIO_IRQ_SET_ACTION_UNMASK);
}

/* One kind can be on at a time, and its number of vectors is fixed while it is: so the old one goes first, always. */
int lone_vfio_interrupts(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                         struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    int result = take_down(vfio, error);

    if (result || kind == LONE_INTERRUPTS_NONE)
        return result;
    result = signal_with(vfio, kinds[kind].index, count, eventfds);
    if (result > 0)
        return lone_fail(error, ENOSPC, "the machine has only %d %s vectors left for %s, not %u: ask for fewer", result,
                         kinds[kind].name, vfio->place.slot, count);
    if (result)
        return lone_fail(error, -result, "setting %u %s vectors up: %s%s", count, kinds[kind].name, strerror(-result),
                         result == -EBUSY && kind == LONE_INTERRUPTS_INTX
                             ? ": another device on the same interrupt line does not share it"
                             : "");
    vfio->interrupts = kind;
    if (kind == LONE_INTERRUPTS_INTX)
        look_at_intx(vfio);
    return 0;
}

int lone_vfio_intx_unmask(struct lone_device *device, struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);

    if (vfio->interrupts != LONE_INTERRUPTS_INTX)
        return lone_fail(error, EINVAL, "INTx is not switched on");
    if (act_on_intx(vfio, VFIO_IRQ_SET_ACTION_UNMASK))
        return lone_fail(error, errno, "unmasking INTx: %s", strerror(errno));
    return 0;
}

/* --- Events ---------------------------------------------------------------------------------------------------------
 */

static int learn_event(struct lone_vfio *vfio, uint32_t index)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd >= 0 && signal_with(vfio, index, 1, &fd)) {
        close(fd);
        return -1;
    }
    return fd;
}

void lone_vfio_learn_events(struct lone_vfio *vfio)
{
    vfio->trouble = learn_event(vfio, VFIO_PCI_ERR_IRQ_INDEX);
    vfio->release = learn_event(vfio, VFIO_PCI_REQ_IRQ_INDEX);
}
