/* SPDX-License-Identifier: MIT */
/* Access to buffers, wherever they are. */
#include <endian.h>
#include <string.h>

#include "memory/memory.h"

/* The widest access that is aligned at @at, not longer than @left, and offered there. */
static unsigned width_at(const struct lone_buffer *buffer, uint64_t at, uint64_t left)
{
    unsigned width = at % 8 == 0 && left >= 8 ? lone_device_bar_widest(buffer->device, buffer->bar, at) : 4;

    while (at % width || width > left)
        width /= 2;
    return width;
}

static int bar_load(const struct lone_buffer *buffer, uint64_t at, uint8_t *to, uint64_t size, struct lone_error *error)
{
    for (unsigned width; size; at += width, to += width, size -= width) {
        uint64_t value;
        int result;

        width = width_at(buffer, at, size);
        result = lone_device_bar_read(buffer->device, buffer->bar, at, width, &value, error);
        if (result)
            return result;
        value = htole64(value);
        memcpy(to, &value, width);
    }
    return 0;
}

static int bar_store(const struct lone_buffer *buffer, uint64_t at, const uint8_t *from, uint64_t size,
                     struct lone_error *error)
{
    for (unsigned width; size; at += width, from += width, size -= width) {
        uint64_t value = 0;
        int result;

        width = width_at(buffer, at, size);
        memcpy(&value, from, width);
        result = lone_device_bar_write(buffer->device, buffer->bar, at, width, le64toh(value), error);
        if (result)
            return result;
    }
    return 0;
}

int lone_buffer_load(const struct lone_buffer *buffer, uint64_t offset, void *to, uint64_t size,
                     struct lone_error *error)
{
    if (!buffer->data)
        return bar_load(buffer, buffer->bar_offset + offset, to, size, error);
    lone_dma_load(to, buffer->data + offset, size);
    return 0;
}

int lone_buffer_store(const struct lone_buffer *buffer, uint64_t offset, const void *from, uint64_t size,
                      struct lone_error *error)
{
    if (!buffer->data)
        return bar_store(buffer, buffer->bar_offset + offset, from, size, error);
    lone_dma_store(buffer->data + offset, from, size);
    return 0;
}
