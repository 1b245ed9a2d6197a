/* SPDX-License-Identifier: MIT */
/*
 * The device interface: all that liblone can do to a PCIe function, whoever implements it (the simulator in this
 * process, the kernel's VFIO). Above it nobody knows which one it is.
 *
 * One thread owns a device: all calls come from it, except where said otherwise. Accesses are little-endian on the wire
 * and in host order in arguments. Errors: -EINVAL bad offset or width, -EACCES the implementation hides or forbids it,
 * -EIO the access failed (the text says why), -ENODEV the device is gone.
 */
#ifndef LONE_DEVICE_DEVICE_H
#define LONE_DEVICE_DEVICE_H

#include "../error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LONE_BARS 6

struct lone_device;

enum lone_reset {
    LONE_RESET_FLR, /* function level reset (PCIe 6.6.2) */
    LONE_RESET_HOT, /* hot reset through the upstream port: every function of the group (PCIe 6.6.1) */
};

enum lone_interrupts { LONE_INTERRUPTS_NONE, LONE_INTERRUPTS_INTX, LONE_INTERRUPTS_MSI, LONE_INTERRUPTS_MSIX };

enum lone_dma_access { LONE_DMA_READ = 1, LONE_DMA_WRITE = 2 }; /* what the device may do */

struct lone_bar {
    uint64_t size; /* bytes; 0: this BAR is not there (or the upper half of the one before) */
    bool is_64, prefetchable;
};

/* Running counts of what reached the device since it was opened; the simulator's own, see lone_device_counts(). */
struct lone_device_counts {
    uint64_t config_reads, config_writes, bar_reads, bar_writes, commands, interrupts;
};

struct lone_device_ops {
    void (*close)(struct lone_device *device);
    int (*config_read)(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                       struct lone_error *error);
    int (*config_write)(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                        struct lone_error *error);
    int (*bar_read)(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                    struct lone_error *error);
    int (*bar_write)(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                     struct lone_error *error);
    int (*dma_map)(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                   struct lone_error *error);
    int (*dma_unmap)(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error);
    int (*interrupts)(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                      struct lone_error *error);
    int (*reset)(struct lone_device *device, enum lone_reset kind, struct lone_error *error);
    bool (*counts)(struct lone_device *device, struct lone_device_counts *counts);
    /* The following may be NULL. */
    int (*intx_unmask)(struct lone_device *device, struct lone_error *error);
    void (*event_fds)(struct lone_device *device, int *trouble, int *release);
    unsigned (*bar_widest)(struct lone_device *device, unsigned bar, uint64_t offset); /* NULL: 8 */
};

/* An IOVA range that may be mapped, both ends included. */
struct lone_iova_range {
    uint64_t first, last;
};
#define LONE_MAX_IOVA_RANGES 16

/* Filled by whoever opens the device; constant while it is open. */
struct lone_device {
    const struct lone_device_ops *ops;
    char slot[32];        /* "nvsim", "0000:3a:00.0" */
    char driver[32];      /* who carries the accesses: "nvsim", "vfio-pci" */
    uint16_t config_size; /* 256 or 4096 */
    struct lone_bar bars[LONE_BARS];
    unsigned n_vectors[4]; /* by enum lone_interrupts: how many vectors that kind offers, 0: does not have it */
    struct lone_iova_range ranges[LONE_MAX_IOVA_RANGES];
    unsigned n_ranges;
    uint32_t page_size; /* smallest mapping, bytes */
    bool can_reset;     /* LONE_RESET_FLR works; it is reset when it is opened and however it is closed */
};

/* Closes the device and frees it; NULL is fine. Mappings and interrupts end with it. */
void lone_device_close(struct lone_device *device);

/* One access of @width 1, 2 or 4 bytes at @offset of configuration space, which must be a multiple of @width and inside
 * config_size, else -EINVAL. */
int lone_device_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                            struct lone_error *error);
int lone_device_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                             struct lone_error *error);

/* One access of @width 1, 2, 4 or 8 bytes at @offset of BAR @bar, a multiple of @width and inside the BAR, else
 * -EINVAL. -EIO when memory decoding is off (CMD.MSE) or the function is not in D0. Hot path: checks are a few
 * compares. */
int lone_device_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                         struct lone_error *error);
int lone_device_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                          struct lone_error *error);

/* The widest access, 4 or 8 bytes, that the implementation offers at @offset, a multiple of 8 inside BAR @bar: the
 * kernel's VFIO makes two of one of 8 bytes where it does not map the BAR. No access. Hot path. */
unsigned lone_device_bar_widest(struct lone_device *device, unsigned bar, uint64_t offset);

/* Lets the device reach @size bytes at @memory (the caller's, and it stays so until unmapped) at @iova, with @access
 * (enum lone_dma_access or-ed). Both and @size are multiples of page_size, else -EINVAL; -EEXIST overlaps a mapping;
 * -ENOSPC too many mappings, or outside the ranges. Unmap takes exactly what was mapped; when it returns the device
 * reaches it no more. */
int lone_device_dma_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                        struct lone_error *error);
int lone_device_dma_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error);

/* Switches interrupts to @kind with @count vectors, the device signalling eventfds[v] (the caller's) for vector v.
 * Enables the capability in configuration space as the kernel's VFIO does, and disables the others.
 * LONE_INTERRUPTS_NONE: off. -EINVAL: the device does not have so many vectors of that kind. */
int lone_device_interrupts(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                           struct lone_error *error);

/* INTx is a level: it stays masked from the moment that its eventfd was signalled until this is called, once what the
 * device wanted has been dealt with. 0 and without effect where that is not needed. -EINVAL: INTx is not on. */
int lone_device_intx_unmask(struct lone_device *device, struct lone_error *error);

/* Resets the function and returns when it can be accessed again. Interrupts are off afterwards; DMA mappings stay.
 * Blocking. -EOPNOTSUPP: this device cannot be reset that way. */
int lone_device_reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error);

/* The device's own count of what reached it; false where the device cannot tell (real ones). Any thread. */
bool lone_device_counts(struct lone_device *device, struct lone_device_counts *counts);

/* Eventfds for the owner's loop, the device's own and non-blocking; -1: there is none. When *@trouble is readable the
 * host saw an uncorrectable error of the device (AER). When *@release is, the host wants the device back (somebody
 * unbinds or unplugs it) and waits: close it. */
void lone_device_event_fds(struct lone_device *device, int *trouble, int *release);

/* Copies between host memory that a device may access at the same time and private memory. Such memory is never touched
 * with plain C accesses: under ThreadSanitizer these are relaxed atomic accesses, else plain copies. Any thread. */
void lone_dma_load(void *to, const void *from_shared, size_t size);
void lone_dma_store(void *to_shared, const void *from, size_t size);

#ifdef __cplusplus
}
#endif

#endif
