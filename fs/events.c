/* SPDX-License-Identifier: MIT */
/* events/: Asynchronous Event Requests that lonefs keeps posted, and what they brought. */
#include "nvme/events.h"

#include <errno.h>
#include <inttypes.h>

#include "fs.h"

static int outstanding_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%u\n", lone_events_wanted(op->fs->controller));
    return 0;
}

static int outstanding_store(struct op *op, const char *line, size_t length)
{
    uint64_t n;
    int result = lone_number_parse("outstanding", 32, line, length, &n, &op->error);

    if (!result)
        result = lone_events_keep(op->fs->controller, (unsigned)n, &op->error);
    if (!result)
        op->fs->submitted = lone_events_posted(op->fs->controller) > 0; /* it may refuse them at once */
    return result;
}

static int posted_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%u\n", lone_events_posted(op->fs->controller));
    return 0;
}

static uint64_t next_event(struct fs *fs)
{
    return lone_events_next(fs->controller);
}

static uint64_t first_event(struct fs *fs)
{
    (void)fs;
    return 0;
}

static void add_line(struct fs *fs, uint64_t *cursor, struct lone_text *text)
{
    struct lone_async_event event;
    uint64_t missed;

    if (!lone_events_take(fs->controller, cursor, &event, &missed))
        return;
    if (missed)
        lone_text_add(text, "... %" PRIu64 " events are not kept any more\n", missed);
    lone_events_text(&event, text);
}

/* The last 256, each with a line that tells what was missed. */
static uint64_t log_most(struct fs *fs)
{
    (void)fs;
    return 1u << 17;
}

static const struct feed log_feed = {.next = next_event, .first = first_event, .add = add_line, .most = log_most};
static const struct feed stream_feed = {.next = next_event, .add = add_line};

static const struct node_class outstanding_class = {.mode = 0644, .show = outstanding_show, .store = outstanding_store};
static const struct node_class posted_class = {.mode = 0444, .show = posted_show};
static const struct node_class log_class = FEED_FILE(log_feed);
static const struct node_class stream_class = FEED_FILE(stream_feed);

static const struct entry events_entries[] = {
    {"outstanding", &outstanding_class, false},
    {"posted", &posted_class, false},
    {"log", &log_class, false},
    {"stream", &stream_class, true},
    {0},
};
const struct node_class events_class = {.directory = true, .mode = 0755, .entries = events_entries};
