/* SPDX-License-Identifier: MIT */
/* What failed last, and before: the `error` files and `error_log`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queues.h"

#define SHOWN 200 /* characters of a request that are repeated */

/* Repeats the user's text with what a terminal might obey made visible. Every byte becomes one column, for the caret.
 */
static void add_request(struct lone_text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && i < SHOWN; i++) {
        char c = bytes[i] >= 0x20 && bytes[i] <= 0x7e ? bytes[i] : bytes[i] == '\t' ? ' ' : '?';

        lone_text_append(text, &c, 1);
    }
    lone_text_add(text, "%s\n", length > SHOWN ? "..." : "");
}

static void add_caret(struct lone_text *text, const struct lone_error *error)
{
    lone_text_add(text, "%*s", (int)error->column, "");
    for (size_t i = 0; i < error->length && error->column + i < SHOWN; i++)
        lone_text_append(text, "^", 1);
    lone_text_append(text, "\n", 1);
}

static void add_reason(struct lone_text *text, const struct lone_error *error, int number)
{
    lone_text_add(text, "%s: %s\n", lone_errno_name(number), error->text[0] ? error->text : strerror(number));
    if (error->has_status)
        lone_text_add(text, "NVMe status 0x%03x %s\n", error->status & 0x7ff, lone_status_name(error->status));
}

/* The nearest `error` file: the one of the object that the node belongs to, else the root's. */
static struct error_place *nearest(struct fs *fs, struct node *node)
{
    struct error_place *place;

    if (node && node->cmd)
        return cmd_object_error(node->cmd);
    if (node && node->mem)
        return mem_object_error(node->mem);
    place = queue_error_place(fs, node);
    return place ? place : &fs->error;
}

static void log_line(struct fs *fs, const char *path, const char *verb, const char *request, size_t length, pid_t pid,
                     const struct lone_error *error, int number)
{
    struct lone_text line = {0};
    struct timespec now;
    struct tm local;
    char stamp[32];

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    strftime(stamp, sizeof(stamp), "%F %T", &local);
    lone_text_add(&line, "%s.%06ld pid %d %s %s%s", stamp, now.tv_nsec / 1000, (int)pid, verb, path,
                  length ? " < " : "");
    if (length) {
        add_request(&line, request, length);
        if (line.length)
            line.text[--line.length] = 0;
    }
    lone_text_append(&line, ": ", 2);
    add_reason(&line, error, number);
    free(fs->error_log[fs->n_errors % ERROR_LOG]);
    fs->error_log[fs->n_errors++ % ERROR_LOG] = line.text;
}

static void place_error(struct error_place *place, struct lone_text *text)
{
    free(place->text);
    place->text = text->text;
}

static void note(struct fs *fs, struct error_place *place, const char *path, const char *verb, const char *request,
                 size_t length, pid_t pid, const struct lone_error *error, int number)
{
    struct lone_text text = {0};

    lone_text_add(&text, "pid %d: %s %s\n", (int)pid, verb, path);
    if (length) {
        add_request(&text, request, length);
        if (error->has_column)
            add_caret(&text, error);
    }
    add_reason(&text, error, number);
    place_error(place, &text);
    log_line(fs, path, verb, request, length, pid, error, number);
}

void error_note(struct op *op, int number)
{
    /* A descriptor of cmd/clone stands for the object that it made. */
    struct error_place *place =
        op->handle && op->handle->cmd ? cmd_object_error(op->handle->cmd) : nearest(op->fs, op->node);
    bool shown = op->kind == OP_OTHER || (op->kind == OP_WRITE && !op->node->class->memory); /* a name, or a line */
    size_t length = shown ? op->length : 0;
    char path[1024];

    /* An error text speaks of its own errno only; another one's would mislead. */
    if (op->error.number != number)
        op->error = (struct lone_error){.number = number};
    while (length && op->data[length - 1] == '\n')
        length--;
    note(op->fs, place, node_path(op->node, path, sizeof(path)), op->verb, op->data, length, op->tid, &op->error,
         number);
}

void error_note_lookup(struct fs *fs, struct node *dir, const char *name, pid_t pid, const struct lone_error *error)
{
    char path[1024], whole[1300];

    snprintf(whole, sizeof(whole), "%s/%.255s", node_path(dir, path, sizeof(path)), name);
    note(fs, nearest(fs, dir), whole, "open", name, strlen(name), pid, error, error->number);
}

void error_note_event(struct fs *fs, int number, const char *text)
{
    const char *slot = lone_controller_device(fs->controller)->slot;
    struct lone_error error = {0};

    lone_fail(&error, number, "%s", text);
    log_line(fs, slot, "device", "", 0, 0, &error, number);
}
