/* SPDX-License-Identifier: MIT */
#include "device/device.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#if defined(__SANITIZE_THREAD__)
#define LONE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LONE_TSAN 1
#endif
#endif

void lone_device_close(struct lone_device *device)
{
    if (device)
        device->ops->close(device);
}

static int check_config(const struct lone_device *device, uint16_t offset, unsigned width, struct lone_error *error)
{
    if (width != 1 && width != 2 && width != 4)
        return lone_fail(error, EINVAL, "configuration space is accessed 1, 2 or 4 bytes at a time, not %u", width);
    if (offset % width)
        return lone_fail(error, EINVAL, "offset 0x%x of configuration space is not a multiple of the access width %u",
                         offset, width);
    if (offset + width > device->config_size)
        return lone_fail(error, EINVAL, "offset 0x%x is behind the end of configuration space, 0x%x", offset,
                         device->config_size);
    return 0;
}

int lone_device_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                            struct lone_error *error)
{
    int result = check_config(device, offset, width, error);

    return result ? result : device->ops->config_read(device, offset, width, value, error);
}

int lone_device_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                             struct lone_error *error)
{
    int result = check_config(device, offset, width, error);

    return result ? result : device->ops->config_write(device, offset, width, value, error);
}

static int check_bar(const struct lone_device *device, unsigned bar, uint64_t offset, unsigned width,
                     struct lone_error *error)
{
    if (bar >= LONE_BARS || !device->bars[bar].size)
        return lone_fail(error, EINVAL, "there is no BAR %u", bar);
    if (width == 0 || width > 8 || (width & (width - 1)))
        return lone_fail(error, EINVAL, "a BAR is accessed 1, 2, 4 or 8 bytes at a time, not %u", width);
    if (offset % width)
        return lone_fail(error, EINVAL, "offset 0x%" PRIx64 " of BAR %u is not a multiple of the access width %u",
                         offset, bar, width);
    if (offset >= device->bars[bar].size)
        return lone_fail(error, EINVAL, "offset 0x%" PRIx64 " is behind the end of BAR %u, 0x%" PRIx64, offset, bar,
                         device->bars[bar].size);
    return 0;
}

int lone_device_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                         struct lone_error *error)
{
    int result = check_bar(device, bar, offset, width, error);

    return result ? result : device->ops->bar_read(device, bar, offset, width, value, error);
}

int lone_device_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                          struct lone_error *error)
{
    int result = check_bar(device, bar, offset, width, error);

    return result ? result : device->ops->bar_write(device, bar, offset, width, value, error);
}

unsigned lone_device_bar_widest(struct lone_device *device, unsigned bar, uint64_t offset)
{
    return device->ops->bar_widest ? device->ops->bar_widest(device, bar, offset) : 8;
}

int lone_device_dma_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                        struct lone_error *error)
{
    uint64_t mask = device->page_size - 1;

    if (!size || ((uintptr_t)memory | iova | size) & mask)
        return lone_fail(error, EINVAL, "mapping 0x%" PRIx64 " bytes at IOVA 0x%" PRIx64 ": not a multiple of %" PRIu32,
                         size, iova, device->page_size);
    for (unsigned i = 0; i < device->n_ranges; i++) {
        const struct lone_iova_range *range = &device->ranges[i];

        if (iova >= range->first && iova <= range->last && size - 1 <= range->last - iova)
            return device->ops->dma_map(device, memory, iova, size, access, error);
    }
    return lone_fail(error, ENOSPC, "IOVA 0x%" PRIx64 " to 0x%" PRIx64 " is outside the ranges that the IOMMU can map",
                     iova, iova + size - 1);
}

int lone_device_dma_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
{
    return device->ops->dma_unmap(device, iova, size, error);
}

static const char *const interrupt_names[] = {"none", "INTx", "MSI", "MSI-X"};

int lone_device_interrupts(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                           struct lone_error *error)
{
    if (kind != LONE_INTERRUPTS_NONE && (count == 0 || count > device->n_vectors[kind]))
        return lone_fail(error, EINVAL, "%u %s vectors asked for, the device has %u", count, interrupt_names[kind],
                         device->n_vectors[kind]);
    return device->ops->interrupts(device, kind, count, eventfds, error);
}

int lone_device_reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error)
{
    return device->ops->reset(device, kind, error);
}

bool lone_device_counts(struct lone_device *device, struct lone_device_counts *counts)
{
    return device->ops->counts && device->ops->counts(device, counts);
}

int lone_device_intx_unmask(struct lone_device *device, struct lone_error *error)
{
    return device->ops->intx_unmask ? device->ops->intx_unmask(device, error) : 0;
}

void lone_device_event_fds(struct lone_device *device, int *trouble, int *release)
{
    *trouble = *release = -1;
    if (device->ops->event_fds)
        device->ops->event_fds(device, trouble, release);
}

#ifdef LONE_TSAN
/* The other side of this memory is a device: races are its nature, so every access is atomic and relaxed. */
void lone_dma_load(void *to, const void *from_shared, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from_shared;

    for (; size; size--)
        *t++ = __atomic_load_n(f++, __ATOMIC_RELAXED);
}

void lone_dma_store(void *to_shared, const void *from, size_t size)
{
    uint8_t *t = to_shared;
    const uint8_t *f = from;

    for (; size; size--)
        __atomic_store_n(t++, *f++, __ATOMIC_RELAXED);
}
#else
void lone_dma_load(void *to, const void *from_shared, size_t size)
{
    memcpy(to, from_shared, size);
}

void lone_dma_store(void *to_shared, const void *from, size_t size)
{
    memcpy(to_shared, from, size);
}
#endif
