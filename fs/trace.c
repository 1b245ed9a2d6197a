/* SPDX-License-Identifier: MIT */
/* trace/: what went to the controller and came back, as lines. Nothing here reaches the device. */
#include "nvme/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>

#include "fs.h"

/* --- Switches --- */

static int parse_switch(struct op *op, const char *line, size_t length, bool *on)
{
    uint64_t value = 0;
    int result = lone_number_parse("the switch", 1, line, length, &value, &op->error);

    *on = value;
    return result;
}

static int enable_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%d\n", lone_trace_enabled(op->fs->controller));
    return 0;
}

static int enable_store(struct op *op, const char *line, size_t length)
{
    bool on;
    int result = parse_switch(op, line, length, &on);

    return result ? result : lone_trace_enable(op->fs->controller, on, &op->error);
}

static int reads_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%d\n", lone_trace_has_reads(op->fs->controller));
    return 0;
}

static int reads_store(struct op *op, const char *line, size_t length)
{
    bool on;
    int result = parse_switch(op, line, length, &on);

    if (!result)
        lone_trace_reads(op->fs->controller, on);
    return result;
}

static int size_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%" PRIu32 "\n", lone_trace_size(op->fs->controller));
    return 0;
}

static int size_store(struct op *op, const char *line, size_t length)
{
    uint64_t size;
    int result = lone_number_parse("the size", 32, line, length, &size, &op->error);

    return result ? result : lone_trace_resize(op->fs->controller, (uint32_t)size, &op->error);
}

static int lost_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%" PRIu64 "\n", lone_trace_overwritten(op->fs->controller));
    return 0;
}

static int wall_offset_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%" PRId64 "\n", lone_trace_wall_offset(op->fs->controller));
    return 0;
}

/* --- Lines --- */

static uint64_t next_event(struct fs *fs)
{
    return lone_trace_next(fs->controller);
}

/* From where it was enabled, so that what was overwritten since is told. */
static uint64_t first_event(struct fs *fs)
{
    return lone_trace_oldest(fs->controller) - lone_trace_overwritten(fs->controller);
}

/* False: the trace was begun anew and has nothing yet; what came before is gone. */
static bool take(struct fs *fs, uint64_t *cursor, struct lone_trace_event *event, uint64_t *missed)
{
    if (lone_trace_take(fs->controller, cursor, event, missed))
        return true;
    *missed = lone_trace_next(fs->controller) - *cursor;
    *cursor = lone_trace_next(fs->controller);
    return false;
}

static void add_line(struct fs *fs, uint64_t *cursor, struct lone_text *text)
{
    struct lone_trace_event event;
    uint64_t missed;
    bool taken = take(fs, cursor, &event, &missed);

    if (missed)
        lone_text_add(text, "... %" PRIu64 " events lost: they were overwritten before they were read\n", missed);
    if (taken)
        lone_trace_text(fs->controller, &event, text);
}

static void add_json(struct json_object *object, struct lone_text *text)
{
    if (object)
        lone_text_add(text, "%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
    else
        text->failed = true;
    json_object_put(object);
}

static void add_json_line(struct fs *fs, uint64_t *cursor, struct lone_text *text)
{
    struct lone_trace_event event;
    uint64_t missed;
    bool taken = take(fs, cursor, &event, &missed);

    if (missed)
        lone_text_add(text, "{\"schema\":%d,\"event\":\"lost\",\"count\":%" PRIu64 "}\n", LONE_JSON_SCHEMA, missed);
    if (taken)
        add_json(lone_trace_json(fs->controller, &event), text);
}

/* A line of a command has each of its fields once, and its bytes. */
static uint64_t log_most(struct fs *fs)
{
    uint64_t most = LARGEST_TEXT, needed = (uint64_t)lone_trace_size(fs->controller) * FILE_SIZE;

    while (most < needed && most < LARGEST_FEED)
        most *= 2;
    return most;
}

static const struct feed log_feed = {.next = next_event, .first = first_event, .add = add_line, .most = log_most};
static const struct feed json_feed = {.next = next_event, .first = first_event, .add = add_json_line, .most = log_most};
static const struct feed pipe_feed = {.next = next_event, .add = add_line};
static const struct feed pipe_json_feed = {.next = next_event, .add = add_json_line};

static const struct node_class enable_class = {.mode = 0644, .show = enable_show, .store = enable_store};
static const struct node_class reads_class = {.mode = 0644, .show = reads_show, .store = reads_store};
static const struct node_class size_class = {.mode = 0644, .show = size_show, .store = size_store};
static const struct node_class lost_class = {.mode = 0444, .show = lost_show};
static const struct node_class wall_offset_class = {.mode = 0444, .show = wall_offset_show};
static const struct node_class log_class = FEED_FILE(log_feed);
static const struct node_class json_class = FEED_FILE(json_feed);
static const struct node_class pipe_class = FEED_FILE(pipe_feed);
static const struct node_class pipe_json_class = FEED_FILE(pipe_json_feed);

static const struct entry trace_entries[] = {
    {"enable", &enable_class, false},
    {"reads", &reads_class, false},
    {"size", &size_class, false},
    {"lost", &lost_class, false},
    {"wall_offset_ns", &wall_offset_class, false},
    {"log", &log_class, false},
    {"json", &json_class, false},
    {"pipe", &pipe_class, true},
    {"pipe_json", &pipe_json_class, true},
    {0},
};
const struct node_class trace_class = {.directory = true, .mode = 0755, .entries = trace_entries};
