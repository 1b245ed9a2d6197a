/* SPDX-License-Identifier: MIT */
/* Files of lines that go on coming (trace/pipe, events/stream), and those that end where they stood when they were
 * opened (trace/log). Lines are made as they are read, so a long one neither takes memory nor holds up the loop. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fs.h"
#include "nvme/events.h"
#include "nvme/trace.h"

/* A descriptor at its beginning: what ends, ends at what there is now. */
static void begin(struct op *op)
{
    const struct feed *feed = op->node->class->feed;
    uint64_t next = feed->next(op->fs);

    op->handle->cursor = feed->first ? feed->first(op->fs) : next;
    op->handle->end = feed->first ? next : NEVER;
    op->handle->base = op->handle->reached = op->handle->text.length = 0;
}

int feed_open(struct op *op)
{
    begin(op);
    return 0;
}

static bool has_more(const struct op *op)
{
    uint64_t next = op->node->class->feed->next(op->fs);

    return op->handle->cursor < (next < op->handle->end ? next : op->handle->end);
}

/* The read before this one can be repeated from anywhere in it: shells read ahead and seek back to the end of a line.
 */
static int go_to(struct op *op, uint64_t offset)
{
    struct handle *handle = op->handle;

    if (!offset && handle->reached && handle->end != NEVER) /* a new pass: a new look */
        begin(op);
    if (offset >= handle->base && offset <= handle->base + handle->text.length)
        return 0;
    return lone_fail(&op->error, EINVAL, "offset %" PRIu64 ": this file is read in order; open it again to begin anew",
                     offset);
}

ssize_t feed_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    struct handle *handle = op->handle;
    struct lone_text *text = &handle->text;
    int result = go_to(op, offset);

    if (result)
        return result;
    if (offset == handle->base + text->length) {
        if (handle->end == NEVER && !has_more(op)) {
            op_park(op, &op->fs->fed, NEVER, 0);
            return READ_PARK;
        }
        handle->base = offset;
        text->length = 0;
        while (text->length < size && !text->failed && has_more(op))
            op->node->class->feed->add(op->fs, &handle->cursor, text);
    }
    if (text->failed)
        return lone_fail(&op->error, ENOMEM, "no memory for a line");
    offset -= handle->base;
    size = size < text->length - offset ? size : text->length - offset;
    if (handle->end != NEVER && handle->base + offset + size > op->node->class->feed->most(op->fs))
        return lone_fail(&op->error, EFBIG, "longer than the file shows: read it in part, from pipe");
    if (size)
        memcpy(bytes, text->text + offset, size);
    handle->reached = handle->base + offset + size;
    return (ssize_t)size;
}

/* What has an end may have nothing before it. */
uint64_t feed_most(struct fs *fs, const struct node *node)
{
    const struct feed *feed = node->class->feed;

    if (!feed->first)
        return FILE_SIZE;
    return feed->first(fs) == feed->next(fs) ? 0 : feed->most(fs);
}

bool feed_ready(struct op *op)
{
    const struct handle *handle = op->handle;

    return handle->end != NEVER || handle->reached < handle->base + handle->text.length || has_more(op);
}

void feeds_wake(struct fs *fs)
{
    uint64_t now = lone_trace_next(fs->controller) + lone_events_next(fs->controller);

    if (now == fs->fed)
        return;
    fs->fed = now;
    op_wake(fs, &fs->fed);
}
