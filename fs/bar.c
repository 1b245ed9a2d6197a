/* SPDX-License-Identifier: MIT */
/* bar/N: a BAR's memory, byte for byte. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs.h"

static const struct lone_bar *bar_of(struct fs *fs, const struct node *node)
{
    return &lone_controller_device(fs->controller)->bars[node->number];
}

/* 1, 2, 4 and 8 bytes are one access; longer ones go in ascending accesses of 4 bytes. Returns the access width. */
static int access_width(struct op *op, size_t size, uint64_t offset)
{
    unsigned width = size == 1 || size == 2 || size == 4 || size == 8 ? (unsigned)size : 4;

    if (offset % width || size % width)
        return lone_fail(&op->error, EINVAL,
                         "%zu bytes at offset 0x%" PRIx64
                         " of BAR %u: 1, 2, 4 or 8 bytes are one access and start at a multiple "
                         "of their number; other lengths and offsets are multiples of 4",
                         size, offset, op->node->number);
    return (int)width;
}

static ssize_t bar_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    uint64_t end = bar_of(op->fs, op->node)->size, value;
    int width, result;

    if (offset >= end)
        return 0;
    size = size < end - offset ? size : (size_t)(end - offset);
    width = access_width(op, size, offset);
    if (width < 0)
        return width;
    for (size_t at = 0; at < size; at += (size_t)width) {
        result = lone_controller_bar_read(op->fs->controller, op->node->number, offset + at, (unsigned)width, &value,
                                          &op->error);
        if (result)
            return at ? (ssize_t)at : result;
        memcpy((uint8_t *)bytes + at, &value, (size_t)width);
    }
    return (ssize_t)size;
}

static ssize_t bar_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    uint64_t end = bar_of(op->fs, op->node)->size;
    int width, result;

    if (offset >= end || size > end - offset)
        return lone_fail(&op->error, ENOSPC, "%zu bytes at offset 0x%" PRIx64 ": BAR %u ends at 0x%" PRIx64, size,
                         offset, op->node->number, end);
    width = access_width(op, size, offset);
    if (width < 0)
        return width;
    for (size_t at = 0; at < size; at += (size_t)width) {
        uint64_t value = 0;

        memcpy(&value, (const uint8_t *)bytes + at, (size_t)width);
        result = lone_controller_bar_write(op->fs->controller, op->node->number, offset + at, (unsigned)width, value,
                                           &op->error);
        if (result)
            return at ? (ssize_t)at : result;
    }
    return (ssize_t)size;
}

static uint64_t bar_size(struct fs *fs, const struct node *node)
{
    return bar_of(fs, node)->size;
}

static const struct node_class bar_file_class = {
    .memory = true, .mode = 0644, .read = bar_read, .write = bar_write, .size = bar_size};

static int bar_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)dir, (void)error;
    if (name[0] < '0' || name[0] >= '0' + LONE_BARS || name[1])
        return -ENOENT;
    child->number = (uint32_t)(name[0] - '0');
    child->class = &bar_file_class;
    return bar_of(fs, child)->size ? 0 : -ENOENT;
}

static bool bar_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    (void)dir;
    for (child->number = 0; child->number < LONE_BARS; child->number++)
        if (bar_of(fs, child)->size && !index--) {
            snprintf(name, 64, "%u", child->number);
            child->class = &bar_file_class;
            return true;
        }
    return false;
}

const struct node_class bar_class = {.directory = true, .mode = 0755, .find = bar_find, .list = bar_list};
