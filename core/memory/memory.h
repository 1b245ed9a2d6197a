/* SPDX-License-Identifier: MIT */
/*
 * Memory that a device may access: a pool of pages, each backed by a file descriptor (so that a device in another
 * process could share it) and mapped into the device's IOVA space, from which buffers are cut.
 *
 * A pool belongs to the thread that owns the device. A buffer that the device may still write to must not be freed: see
 * nvme/controller.h, which keeps such buffers until the device cannot reach them any more.
 */
#ifndef LONE_MEMORY_MEMORY_H
#define LONE_MEMORY_MEMORY_H

#include "device/device.h"

struct lone_memory;

struct lone_buffer {
    uint8_t *data;  /* shared with the device: touch it with lone_dma_load() and lone_dma_store() */
    uint64_t iova;  /* where the device sees it; contiguous; a multiple of the page size */
    uint64_t size;  /* bytes asked for; 0: no buffer */
    uint64_t pages; /* pages it really has */
};

/* Makes an empty pool for @device (not owned; it must outlive the pool). The caller owns *@memory. -ENOMEM. */
int lone_memory_open(struct lone_memory **memory, struct lone_device *device, struct lone_error *error);

/* Unmaps and frees everything, the buffers that still exist included; the device must not access them any more. NULL is
 * fine. */
void lone_memory_close(struct lone_memory *memory);

/* Cuts a buffer of @size bytes (> 0, at most LONE_MEMORY_MAX), zeroed, its IOVA a multiple of @alignment (a power of
 * two; less than a page counts as a page). The caller owns it. -ENOMEM, -ENOSPC (IOVA space), -EINVAL. */
int lone_buffer_alloc(struct lone_memory *memory, uint64_t size, uint64_t alignment, struct lone_buffer *buffer,
                      struct lone_error *error);
#define LONE_MEMORY_MAX (1ull << 32)

/* Gives a buffer back and zeroes the struct; one with size 0 is fine. */
void lone_buffer_free(struct lone_memory *memory, struct lone_buffer *buffer);

/* Bytes that are mapped into the device's IOVA space, and bytes of these that belong to buffers. */
void lone_memory_usage(const struct lone_memory *memory, uint64_t *mapped, uint64_t *used);

#endif
