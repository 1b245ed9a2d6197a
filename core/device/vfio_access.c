/* SPDX-License-Identifier: MIT */
/* Accesses to BARs and configuration space. */
#include "device/vfio_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define ID_END      0x04
#define CMD         0x04
#define CMD_MSE     0x2u
#define CLASS       0x08
#define PMCS_PS     0x3u
#define PXDC_IFLR   0x8000u
#define CAP_PM      0x01
#define CAP_EXPRESS 0x10
#define CAP_MSIX    0x11

static uint64_t all_ones(unsigned width)
{
    return UINT64_MAX >> (64 - 8 * width);
}

/* One access through the kernel: pread or pwrite of exactly @width bytes, which are little-endian. */
static int kernel_read(struct lone_vfio *vfio, uint64_t at, unsigned width, uint64_t *value)
{
    uint8_t bytes[8] = {0};
    ssize_t got = pread(vfio->fd, bytes, width, (off_t)at);

    *value = 0;
    if (got != (ssize_t)width)
        return got < 0 ? -errno : -EIO;
    for (unsigned i = 0; i < width; i++)
        *value |= (uint64_t)bytes[i] << 8 * i;
    return 0;
}

static int kernel_write(struct lone_vfio *vfio, uint64_t at, unsigned width, uint64_t value)
{
    uint8_t bytes[8];
    ssize_t put;

    for (unsigned i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    put = pwrite(vfio->fd, bytes, width, (off_t)at);
    return put == (ssize_t)width ? 0 : put < 0 ? -errno : -EIO;
}

/* --- Is it there? ---------------------------------------------------------------------------------------------- */

bool lone_vfio_is_there(struct lone_vfio *vfio)
{
    uint64_t value;

    return !kernel_read(vfio, vfio->config_offset + CLASS, 4, &value) && value != UINT32_MAX;
}

int lone_vfio_gone(struct lone_vfio *vfio, struct lone_error *error)
{
    return lone_fail(error, ENODEV,
                     "%s is gone: its configuration space reads as all ones. If it comes back, open it again",
                     vfio->place.slot);
}

/* --- Configuration space ------------------------------------------------------------------------------------------ */

int lone_vfio_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                          struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    uint64_t read;
    int result = kernel_read(vfio, vfio->config_offset + offset, width, &read);

    /* The kernel makes ID up for virtual functions: it reads well of one that is gone. */
    if (result || (width == 4 && read == UINT32_MAX) || offset < ID_END) {
        if (!lone_vfio_is_there(vfio))
            return lone_vfio_gone(vfio, error);
        if (result)
            return lone_fail(error, EIO, "reading offset 0x%x of the configuration space of %s: %s", offset,
                             vfio->place.slot, strerror(-result));
    }
    *value = (uint32_t)read;
    return 0;
}

/* Root still can: setpci goes past VFIO. */
static int refuse(const struct lone_vfio *vfio, const struct lone_vfio_rule *rule, uint16_t offset, unsigned width,
                  uint32_t value, struct lone_error *error)
{
    if (rule->msi || !strcmp(rule->name, "MXC"))
        return lone_fail(
            error, EACCES,
            "hidden by VFIO: the kernel drops writes to %s (offset 0x%x). It switches these interrupts itself, "
            "when they are set up",
            rule->name, offset);
    return lone_fail(
        error, EACCES,
        "hidden by VFIO: the kernel drops %s %s (offset 0x%x). Root can write it all the same: `setpci -s %s "
        "%x.%c=%" PRIx32 "`",
        rule->ones ? "ones written to" : "writes to", rule->name, offset, vfio->place.slot, offset,
        width == 1   ? 'b'
        : width == 2 ? 'w'
                     : 'l',
        value);
}

/* After an FLR interrupts are off: so much for what the kernel restores. */
static void follow_reset(struct lone_vfio *vfio, uint16_t offset, unsigned width, uint32_t value)
{
    unsigned at = vfio->pxdc + 1u;

    if (!vfio->has_flr || at < offset || at >= offset + width)
        return;
    if (value >> (8 * (at - offset)) & PXDC_IFLR >> 8)
        lone_vfio_interrupts(&vfio->device, LONE_INTERRUPTS_NONE, 0, NULL, NULL);
}

int lone_vfio_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                           struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    const struct lone_vfio_rule *broken = lone_vfio_broken_rule(
        vfio->rules, vfio->n_rules, vfio->interrupts == LONE_INTERRUPTS_MSI, offset, width, value);
    int result;

    if (broken)
        return refuse(vfio, broken, offset, width, value, error);
    result = kernel_write(vfio, vfio->config_offset + offset, width, value);
    if (!result) {
        follow_reset(vfio, offset, width, value);
        return 0;
    }
    if (!lone_vfio_is_there(vfio))
        return lone_vfio_gone(vfio, error);
    return lone_fail(error, EIO, "writing offset 0x%x of the configuration space of %s: %s", offset, vfio->place.slot,
                     strerror(-result));
}

static int read_for_walk(void *context, uint16_t offset, uint32_t *value, struct lone_error *error)
{
    return lone_vfio_config_read(context, offset, 4, value, error);
}

static int learn_capability(struct lone_vfio *vfio, const struct lone_capability_at *at, uint16_t *express,
                            struct lone_error *error)
{
    uint32_t value, table;
    int result = 0;

    if (at->extended || at->offset + 12u > LONE_PCI_CONFIG_LEGACY)
        return 0;
    switch (at->id) {
    case CAP_PM:
        vfio->pmcs = at->offset + 4;
        break;
    case CAP_EXPRESS:
        vfio->pxdc = at->offset + 8;
        result = lone_vfio_config_read(&vfio->device, at->offset, 4, &value, error);
        *express = (uint16_t)(value >> 16);
        if (!result)
            result = lone_vfio_config_read(&vfio->device, at->offset + 4, 4, &value, error);
        vfio->has_flr = !result && value & 1u << 28; /* PXDCAP.FLRC */
        break;
    case CAP_MSIX: /* PCI 3.0 6.8.2 */
        result = lone_vfio_config_read(&vfio->device, at->offset, 4, &value, error);
        if (!result)
            result = lone_vfio_config_read(&vfio->device, at->offset + 4, 4, &table, error);
        if (result)
            break;
        vfio->msix_bar = table & 7;
        vfio->msix_table = table & ~7u;
        vfio->msix_table_end = vfio->msix_table + 16ull * ((value >> 16 & 0x7ff) + 1);
        break;
    }
    return result;
}

int lone_vfio_learn_config(struct lone_vfio *vfio, struct lone_error *error)
{
    struct lone_capability_at found[LONE_MAX_CAPABILITIES];
    uint16_t express = 0;
    int n = lone_capability_walk(read_for_walk, &vfio->device, vfio->device.config_size, found, LONE_COUNT(found), NULL,
                                 error);
    int result = n < 0 ? n : 0;

    for (int i = 0; i < n && !result; i++)
        result = learn_capability(vfio, &found[i], &express, error);
    if (!result)
        vfio->n_rules = lone_vfio_rules(found, (size_t)n, express, vfio->rules);
    return result;
}

/* --- BARs ------------------------------------------------------------------------------------------------------------
 */

/* Where the access is to be made, or NULL: by the kernel. */
static inline uint8_t *mapped(const struct lone_vfio_bar *bar, uint64_t offset, unsigned width)
{
    for (unsigned i = 0; i < bar->n_areas; i++) {
        const struct lone_vfio_area *area = &bar->areas[i];

        if (area->memory && offset >= area->offset && offset - area->offset < area->size &&
            width <= area->size - (offset - area->offset))
            return area->memory + (offset - area->offset);
    }
    return NULL;
}

/* Why an access to a BAR failed, as configuration space shows it. */
static int explain(struct lone_vfio *vfio, unsigned bar, struct lone_error *error)
{
    uint64_t command = 0, power = 0;

    if (!lone_vfio_is_there(vfio))
        return lone_vfio_gone(vfio, error);
    if (vfio->pmcs && !kernel_read(vfio, vfio->config_offset + vfio->pmcs, 2, &power) && power & PMCS_PS)
        return lone_fail(
            error, EIO,
            "BAR %u of %s cannot be accessed: the function is in D%u%s (PMCS.PS). Write 0 to PMCS.PS to bring it "
            "back to D0",
            bar, vfio->place.slot, (unsigned)(power & PMCS_PS), (power & PMCS_PS) == 3 ? "hot" : "");
    if (!kernel_read(vfio, vfio->config_offset + CMD, 2, &command) && !(command & CMD_MSE))
        return lone_fail(error, EIO,
                         "BAR %u of %s cannot be accessed: memory decoding is off (CMD.MSE is 0). Write 1 to CMD.MSE",
                         bar, vfio->place.slot);
    return lone_fail(
        error, EIO,
        "BAR %u of %s could not be accessed, although memory decoding is on and the function is in D0 now: "
        "perhaps it was being reset",
        bar, vfio->place.slot);
}

static int check_kernel_access(const struct lone_vfio *vfio, unsigned bar, uint64_t offset, unsigned width,
                               struct lone_error *error)
{
    if (width == 8)
        return lone_fail(error, EACCES,
                         "offset 0x%" PRIx64
                         " of BAR %u cannot be accessed with 8 bytes at once: VFIO does not map it, "
                         "and the kernel makes two accesses of that. Use 4",
                         offset, bar);
    if (bar == vfio->msix_bar && offset < vfio->msix_table_end && offset + width > vfio->msix_table)
        return lone_fail(error, EACCES,
                         "offset 0x%" PRIx64 " of BAR %u is in the MSI-X table, which VFIO hides on this machine",
                         offset, bar);
    return 0;
}

static int read_by_kernel(struct lone_vfio *vfio, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                          struct lone_error *error)
{
    int result = check_kernel_access(vfio, bar, offset, width, error);

    if (result)
        return result;
    return kernel_read(vfio, vfio->bars[bar].offset + offset, width, value) ? explain(vfio, bar, error) : 0;
}

int lone_vfio_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                       struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    const uint8_t *at = mapped(&vfio->bars[bar], offset, width);
    int result = 0;

    if (!at)
        result = read_by_kernel(vfio, bar, offset, width, value, error);
    else if (!lone_vfio_load(at, width, value))
        result = explain(vfio, bar, error);
    if (!result && width >= 4 && *value == all_ones(width) && !lone_vfio_is_there(vfio))
        result = lone_vfio_gone(vfio, error);
    return result;
}

int lone_vfio_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                        struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    uint8_t *at = mapped(&vfio->bars[bar], offset, width);
    int result;

    if (at)
        return lone_vfio_store(at, width, value) ? 0 : explain(vfio, bar, error);
    result = check_kernel_access(vfio, bar, offset, width, error);
    if (result)
        return result;
    return kernel_write(vfio, vfio->bars[bar].offset + offset, width, value) ? explain(vfio, bar, error) : 0;
}

unsigned lone_vfio_bar_widest(struct lone_device *device, unsigned bar, uint64_t offset)
{
    return mapped(&lone_vfio_of(device)->bars[bar], offset, 8) ? 8 : 4;
}
