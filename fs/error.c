/* SPDX-License-Identifier: MIT */
/* What failed last, and before: the `error` files and `error_log`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queues.h"

#define SHOWN      400  /* bytes of a request, or of a path, that are repeated */
#define PATH_SIZE  1024 /* of a path */
#define ERROR_MOST 8192 /* bytes of an error text: path, request, what marks it, reason */

/* What a user wrote, or called a file, with what a terminal might obey made visible: no line of it can look like
 * another one. Cut after SHOWN bytes. Returns the column at which byte @mark stands. */
static size_t add_visible(struct lone_text *text, const char *bytes, size_t length, size_t mark)
{
    size_t start = text->length, column = 0;

    for (size_t i = 0; i < length && i < SHOWN; i++) {
        if (i == mark)
            column = text->length - start;
        if (bytes[i] >= 0x20 && bytes[i] <= 0x7e)
            lone_text_append(text, &bytes[i], 1);
        else
            lone_text_add(text, "\\x%02x", (uint8_t)bytes[i]);
    }
    if (mark >= (length < SHOWN ? length : SHOWN))
        column = text->length - start;
    if (length > SHOWN)
        lone_text_append(text, "...", 3);
    return column;
}

/* The request, and a line that marks the word that is wrong. */
static void add_request(struct lone_text *text, const char *bytes, size_t length, const struct lone_error *error)
{
    struct lone_text scratch = {0};
    size_t from = add_visible(text, bytes, length, error->column), to;

    lone_text_append(text, "\n", 1);
    if (!error->has_column)
        return;
    to = add_visible(&scratch, bytes, length, error->column + error->length);
    lone_text_free(&scratch);
    lone_text_add(text, "%*s", (int)from, "");
    for (size_t i = from; i < to || i == from; i++)
        lone_text_append(text, "^", 1);
    lone_text_append(text, "\n", 1);
}

static void add_reason(struct lone_text *text, const struct lone_error *error, int number, const char *separator)
{
    lone_text_add(text, "%s: %s", lone_errno_name(number), error->text[0] ? error->text : strerror(number));
    if (error->has_status)
        lone_text_add(text, "%sNVMe status 0x%03x %s", separator, error->status & 0x7ff,
                      lone_status_name(error->status));
    lone_text_append(text, "\n", 1);
}

/* The nearest `error` file: the one of the object that the node belongs to, else the root's. */
static struct error_place *nearest(struct fs *fs, const struct node *node)
{
    struct error_place *place;

    if (node && node->cmd)
        return cmd_object_error(node->cmd);
    if (node && node->mem)
        return mem_object_error(node->mem);
    place = queue_error_place(fs, node);
    return place ? place : &fs->error;
}

/* What failed, and where. */
struct failure {
    const char *path, *verb;
    const char *request; /* a line, or a name; NULL: none */
    size_t length;
    pid_t pid;
    const struct lone_error *error;
    int number;
};

static void add_head(struct lone_text *text, const struct failure *failure, const char *colon)
{
    struct timespec now;
    struct tm local;
    char stamp[32];

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    strftime(stamp, sizeof(stamp), "%F %T", &local);
    lone_text_add(text, "%s.%06ld ", stamp, now.tv_nsec / 1000);
    if (failure->pid)
        lone_text_add(text, "pid %d%s ", (int)failure->pid, colon);
    lone_text_add(text, "%s ", failure->verb);
    add_visible(text, failure->path, strlen(failure->path), 0);
}

/* One line each, so that `tail -n 1 error_log` is the last failure. */
static void log_line(struct fs *fs, const struct failure *failure)
{
    struct lone_text line = {0};

    add_head(&line, failure, "");
    if (failure->length) {
        lone_text_append(&line, " < ", 3);
        add_visible(&line, failure->request, failure->length, 0);
    }
    lone_text_append(&line, ": ", 2);
    add_reason(&line, failure->error, failure->number, "; ");
    free(fs->error_log[fs->n_errors % ERROR_LOG]);
    fs->error_log[fs->n_errors++ % ERROR_LOG] = line.text;
}

static void note(struct fs *fs, struct error_place *place, const struct failure *failure)
{
    struct lone_text text = {0};

    add_head(&text, failure, ":");
    lone_text_append(&text, "\n", 1);
    if (failure->length)
        add_request(&text, failure->request, failure->length, failure->error);
    add_reason(&text, failure->error, failure->number, "\n");
    free(place->text);
    place->text = text.text;
    /* Who fills a queue until it is full is not to push out what failed. */
    if (failure->number != EAGAIN)
        log_line(fs, failure);
}

void error_note(struct op *op, int number)
{
    /* A descriptor of cmd/clone stands for the object that it made. */
    struct error_place *place =
        op->handle && op->handle->cmd ? cmd_object_error(op->handle->cmd) : nearest(op->fs, op->node);
    bool shown = op->kind == OP_OTHER || (op->kind == OP_WRITE && !op->node->class->memory); /* a name, or a line */
    size_t length = shown ? op->length : 0;
    char path[PATH_SIZE];

    /* An error text speaks of its own errno only; another one's would mislead. */
    if (op->error.number != number)
        op->error = (struct lone_error){.number = number};
    while (length && op->data[length - 1] == '\n')
        length--;
    note(op->fs, place,
         &(struct failure){.path = node_path(op->node, path, sizeof(path)),
                           .verb = op->verb,
                           .request = op->data,
                           .length = length,
                           .pid = op->tid,
                           .error = &op->error,
                           .number = number});
}

void error_note_lookup(struct fs *fs, struct node *dir, const char *name, pid_t pid, const struct lone_error *error)
{
    char path[PATH_SIZE], whole[PATH_SIZE + NAME_MAX + 2];

    snprintf(whole, sizeof(whole), "%s/%s", node_path(dir, path, sizeof(path)), name);
    note(fs, nearest(fs, dir),
         &(struct failure){.path = whole,
                           .verb = "open",
                           .request = name,
                           .length = strlen(name),
                           .pid = pid,
                           .error = error,
                           .number = error->number});
}

void error_note_event(struct fs *fs, int number, const char *text)
{
    struct lone_error error = {0};

    lone_fail(&error, number, "%s", text);
    log_line(fs, &(struct failure){.path = lone_controller_device(fs->controller)->slot,
                                   .verb = "device",
                                   .error = &error,
                                   .number = number});
}

/* --- The files --- */

static int error_show(struct op *op, struct lone_text *text)
{
    const struct error_place *place = nearest(op->fs, op->node);

    if (place->text)
        lone_text_add(text, "%s", place->text);
    return 0;
}

/* So that `[ -s error ]` is an answer. */
static uint64_t error_most(struct fs *fs, const struct node *node)
{
    return nearest(fs, node)->text ? ERROR_MOST : 0;
}

const struct node_class error_file_class = {.offline = true, .mode = 0444, .show = error_show, .most_of = error_most};
const struct node_class object_error_class = {
    .transient = true, .offline = true, .mode = 0444, .show = error_show, .most_of = error_most};
