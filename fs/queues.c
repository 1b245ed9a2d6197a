/* SPDX-License-Identifier: MIT */
/* queues/: its ctl, and the queues by id. */
#include "queues.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvme/queue.h"
#include "query.h"

/* --- What went wrong --- */

static void free_error(struct queue_error *error)
{
    LIST_REMOVE(error, link);
    free(error->place.text);
    free(error);
}

void queue_error_forget(struct fs *fs, bool completion, uint16_t id)
{
    struct queue_error *error, *next;

    for (error = LIST_FIRST(&fs->queue_errors); error; error = next) {
        next = LIST_NEXT(error, link);
        if (error->completion == completion && error->id == id)
            free_error(error);
    }
}

static struct queue_error *find_error(struct fs *fs, uint64_t made)
{
    struct queue_error *error;

    LIST_FOREACH(error, &fs->queue_errors, link)
    if (error->made == made)
        break;
    return error;
}

struct error_place *queue_error_place(struct fs *fs, const struct node *node)
{
    struct queue_error *error;

    while (node && node->class != &queue_sq_class && node->class != &queue_cq_class)
        node = node->parent;
    if (!node)
        return NULL;
    error = find_error(fs, node->made);
    if (error)
        return &error->place;
    queue_error_forget(fs, node->class == &queue_cq_class, (uint16_t)node->number); /* of one that was before it */
    error = calloc(1, sizeof(*error));
    if (!error)
        return NULL;
    *error = (struct queue_error){
        .completion = node->class == &queue_cq_class, .id = (uint16_t)node->number, .made = node->made};
    LIST_INSERT_HEAD(&fs->queue_errors, error, link);
    return &error->place;
}

void queue_errors_free(struct fs *fs)
{
    struct queue_error *error;

    while ((error = LIST_FIRST(&fs->queue_errors)))
        free_error(error);
}

/* --- The queues of nodes --- */

const struct lone_sq *queue_sq(struct op *op)
{
    const struct lone_sq *sq = lone_controller_sq(op->fs->controller, (uint16_t)op->node->number);

    if (sq && sq->made == op->node->made)
        return sq;
    lone_fail(&op->error, ENXIO, "submission queue %u is gone%s", op->node->number,
              sq ? ", and there is another one: open its file again" : "");
    return NULL;
}

const struct lone_cq *queue_cq(struct op *op)
{
    const struct lone_cq *cq = lone_controller_cq(op->fs->controller, (uint16_t)op->node->number);

    if (cq && cq->made == op->node->made)
        return cq;
    lone_fail(&op->error, ENXIO, "completion queue %u is gone%s", op->node->number,
              cq ? ", and there is another one: open its file again" : "");
    return NULL;
}

/* --- The directories of queues, by id --- */

static int sqs_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    const struct lone_sq *sq;
    int result = number_name(name, UINT16_MAX, &child->number);

    (void)dir, (void)error;
    sq = result ? NULL : lone_controller_sq(fs->controller, (uint16_t)child->number);
    if (!sq)
        return -ENOENT;
    child->class = &queue_sq_class;
    child->made = sq->made;
    return 0;
}

static int cqs_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    const struct lone_cq *cq;
    int result = number_name(name, UINT16_MAX, &child->number);

    (void)dir, (void)error;
    cq = result ? NULL : lone_controller_cq(fs->controller, (uint16_t)child->number);
    if (!cq)
        return -ENOENT;
    child->class = &queue_cq_class;
    child->made = cq->made;
    return 0;
}

/* A queue's number in the listing is its id and one. */
static uint64_t list_id(int id, char name[64])
{
    if (id < 0)
        return 0;
    snprintf(name, 64, "%d", id);
    return (uint64_t)id + 1;
}

static uint64_t sqs_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    (void)dir;
    child->class = &queue_sq_class;
    return list_id(lone_controller_next_sq(fs->controller, (unsigned)after), name);
}

static uint64_t cqs_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    (void)dir;
    child->class = &queue_cq_class;
    return list_id(lone_controller_next_cq(fs->controller, (unsigned)after), name);
}

static int parse_id(const char *name, uint16_t *id, struct lone_error *error)
{
    uint32_t number;

    if (number_name(name, UINT16_MAX, &number))
        return lone_fail(error, EINVAL, "a queue is called by its id, 0 to 65535: mkdir queues/cq/1");
    *id = (uint16_t)number;
    return 0;
}

static int sqs_make(struct op *op, const char *name)
{
    uint16_t id = 0;
    int result = parse_id(name, &id, &op->error);

    if (!result)
        result = lone_sq_new(op->fs->controller, id, NULL, &op->error);
    if (!result)
        queue_error_forget(op->fs, false, id);
    return result;
}

static int cqs_make(struct op *op, const char *name)
{
    uint16_t id = 0;
    int result = parse_id(name, &id, &op->error);

    if (!result)
        result = lone_cq_new(op->fs->controller, id, NULL, &op->error);
    if (!result)
        queue_error_forget(op->fs, true, id);
    return result;
}

static int sqs_remove(struct op *op, const char *name)
{
    uint16_t id = 0;
    int result = parse_id(name, &id, &op->error);

    if (!result)
        result = lone_sq_free(op->fs->controller, id, &op->error);
    if (!result)
        queue_error_forget(op->fs, false, id);
    return result;
}

static int cqs_remove(struct op *op, const char *name)
{
    uint16_t id = 0;
    int result = parse_id(name, &id, &op->error);

    if (!result)
        result = lone_cq_free(op->fs->controller, id, &op->error);
    if (!result)
        queue_error_forget(op->fs, true, id);
    return result;
}

static const struct node_class sqs_class = {
    .directory = true, .mode = 0755, .find = sqs_find, .list_after = sqs_list, .make = sqs_make, .remove = sqs_remove};
static const struct node_class cqs_class = {
    .directory = true, .mode = 0755, .find = cqs_find, .list_after = cqs_list, .make = cqs_make, .remove = cqs_remove};

/* --- queues/ctl --- */

static int parse_cc_field(const char *name, const char *text, size_t length, uint8_t *value, struct lone_error *error)
{
    const struct lone_field *field = lone_record_field(lone_nvme_register("CC"), name);
    uint8_t bytes[4] = {0};
    int result = lone_field_parse(field, bytes, field->bit, text, length, error);

    if (!result)
        *value = (uint8_t)lone_bits_get(bytes, field->bit, field->bits);
    return result;
}

/* One "name=value" of `admin`. */
static int admin_option(const char *word, size_t length, struct lone_admin_options *options, struct lone_error *error)
{
    const char *equals = memchr(word, '=', length), *value = equals ? equals + 1 : word;
    size_t name = equals ? (size_t)(equals - word) : 0, rest = length - name - 1;
    uint64_t number = 0;
    int result;

    if (word_is(word, name, "ams"))
        return parse_cc_field("AMS", value, rest, &options->ams, error);
    if (word_is(word, name, "css")) {
        options->has_css = true;
        return parse_cc_field("CSS", value, rest, &options->css, error);
    }
    if (!word_is(word, name, "sq") && !word_is(word, name, "cq") && !word_is(word, name, "mps")) {
        result =
            lone_fail(error, EINVAL, "%.*s is not an option of admin: sq=ENTRIES cq=ENTRIES mps=BYTES ams=AMS css=CSS",
                      (int)(length < 40 ? length : 40), word);
        lone_error_at(error, 0, length);
        return result;
    }
    result = lone_number_parse("the option", 32, value, rest, &number, error);
    if (result) {
        if (error->has_column)
            error->column += name + 1;
        return result;
    }
    /* 0 is the option not given, to the driver; written by a user it is a size like any other. */
    if (number == 0) {
        result = lone_fail(error, ERANGE, "%.*s cannot be 0: write 2 to 4096 entries, or a page size in bytes",
                           (int)name, word);
        lone_error_at(error, name + 1, rest);
        return result;
    }
    *(word_is(word, name, "sq")   ? &options->sq_entries
      : word_is(word, name, "cq") ? &options->cq_entries
                                  : &options->page_size) = (uint32_t)number;
    return 0;
}

/* @rest, @length: what stands behind the verb in @line. */
static int set_up_admin(struct op *op, const char *line, const char *rest, size_t length)
{
    struct lone_admin_options options = {0};

    while (length) {
        const char *word;
        size_t n = word_take(&rest, &length, &word);
        int result = admin_option(word, n, &options, &op->error);

        if (result) {
            if (op->error.has_column)
                op->error.column += (size_t)(word - line);
            return result;
        }
    }
    return lone_controller_admin(op->fs->controller, &options, &op->error);
}

/* "4 entries=64" */
static int io_options(const char *line, const char *rest, size_t length, struct lone_action_options *options,
                      struct lone_error *error)
{
    const char *word;
    size_t n = word_take(&rest, &length, &word);
    uint64_t number = 0;
    int result = lone_number_parse("io", 16, word, n, &number, error);

    options->queues = (unsigned)number;
    if (!result && !number)
        result = lone_fail(error, ERANGE, "io takes the number of pairs of queues to make, at least 1");
    if (!result && length) {
        n = word_take(&rest, &length, &word);
        result = n > 8 && !strncmp(word, "entries=", 8) && !length
                     ? lone_number_parse("entries", 32, word + 8, n - 8, &number, error)
                     : lone_fail(error, EINVAL, "write io N [entries=256]");
        options->entries = (uint32_t)number;
        if (!result && number < 2)
            result = lone_fail(error, ERANGE, "a queue has at least 2 entries");
    }
    if (result)
        lone_error_at(error, (size_t)(word - line), n);
    return result;
}

static int ctl_begin(struct op *op, const char *line, size_t length)
{
    struct lone_action_options options = {.timeout_ns = op->fs->timeout_ns};
    enum lone_action action = LONE_ACTION_DELETE_QUEUES;
    const char *rest = line, *word;
    size_t n = word_take(&rest, &length, &word);
    int result = fs_may_send(op);

    if (!result && word_is(word, n, "io")) {
        action = LONE_ACTION_CREATE_QUEUES;
        result = io_options(line, rest, length, &options, &op->error);
    } else if (!result && (!word_is(word, n, "delete") || length)) {
        lone_fail(&op->error, EINVAL,
                  "write admin [sq=64] [cq=256] [mps=BYTES] [ams=AMS] [css=CSS], io N [entries=256], or delete");
        lone_error_at(&op->error, (size_t)(word - line), n);
        return -EINVAL;
    }
    return result ? result : lone_action_begin(op->fs->controller, action, &options, &op->progress, &op->error);
}

static int queues_ctl_store(struct op *op, const char *line, size_t length)
{
    const char *rest = line, *word;
    size_t left = length, n = word_take(&rest, &left, &word);
    uint64_t again_ns = 0;
    int result;

    if (word_is(word, n, "admin"))
        return set_up_admin(op, line, rest, left);
    result = op->progress ? 0 : ctl_begin(op, line, length);
    if (!result)
        result = lone_action_step(op->progress, &again_ns, &op->error);
    if (result)
        return result < 0 ? result : 0;
    op->fs->submitted = true;
    return op_park(op, NULL, NEVER, again_ns ? again_ns : 1);
}

static int queues_ctl_show(struct op *op, struct lone_text *text)
{
    (void)op;
    lone_text_add(
        text, "admin [sq=64] [cq=256] [mps=BYTES] [ams=AMS] [css=CSS]   admin queues; the controller must be disabled\n"
              "io N [entries=256]   Set Features Number of Queues, then N pairs of I/O queues, ids 1 to N\n"
              "delete               all I/O submission queues, then the completion queues\n");
    return 0;
}

static const struct node_class queues_ctl_class = {
    .transient = true, .mode = 0644, .show = queues_ctl_show, .store = queues_ctl_store};
static const struct entry queues_entries[] = {
    {"ctl", &queues_ctl_class, false}, {"sq", &sqs_class, false}, {"cq", &cqs_class, false}, {0}};
const struct node_class queues_class = {.directory = true, .mode = 0755, .entries = queues_entries};
