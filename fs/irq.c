/* SPDX-License-Identifier: MIT */
/* irq/: the kind of interrupts, and the vectors. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nvme/interrupts.h"
#include "query.h"

#define SPURIOUS_LOOK_NS 100000000u

/* --- mode --- */

static const char *const mode_words[] = {"poll", "intx", "msi", "msix"};

static int mode_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%s\n", mode_words[lone_controller_interrupt_mode(op->fs->controller)]);
    return 0;
}

static int refuse_mode(struct op *op, const char *line, const char *word, size_t length)
{
    lone_fail(&op->error, EINVAL, "write poll, intx, msi or msix; msi and msix may be followed by vectors=N");
    lone_error_at(&op->error, (size_t)(word - line), length);
    return -EINVAL;
}

static int mode_store(struct op *op, const char *line, size_t length)
{
    const char *rest = line, *word;
    size_t n = word_take(&rest, &length, &word);
    uint64_t vectors = 0;
    unsigned mode = 0;
    int result = 0;

    while (mode < LONE_COUNT(mode_words) && !word_is(word, n, mode_words[mode]))
        mode++;
    if (mode == LONE_COUNT(mode_words))
        return refuse_mode(op, line, word, n);
    if (length) {
        n = word_take(&rest, &length, &word);
        if (n <= 8 || strncmp(word, "vectors=", 8) || length)
            return refuse_mode(op, line, word, n);
        result = lone_number_parse("vectors", 16, word + 8, n - 8, &vectors, &op->error);
        if (!result && !vectors)
            result = lone_fail(&op->error, ERANGE, "at least 1 vector; without any, write poll");
    }
    if (!result)
        result =
            lone_controller_interrupts(op->fs->controller, (enum lone_interrupts)mode, (unsigned)vectors, &op->error);
    if (!result)
        op_wake(op->fs, &op->fs->interrupted); /* vectors that somebody waits for are gone, or begin anew */
    return result;
}

/* --- One vector --- */

static unsigned n_vectors(struct fs *fs)
{
    unsigned n;

    lone_controller_eventfds(fs->controller, &n);
    return n;
}

static int check_vector(struct op *op)
{
    if (op->node->number < n_vectors(op->fs))
        return 0;
    return lone_fail(&op->error, ENXIO, "there is no interrupt vector %u in this mode", op->node->number);
}

/* The count is in an eventfd; taking it from there does not reach the device. The loop must look at the queues then,
 * since nobody else is told any more. */
static uint64_t take_count(struct fs *fs, unsigned vector)
{
    uint64_t before = lone_vector_count(fs->controller, vector);

    lone_controller_clear_eventfd(fs->controller, vector);
    /* Nothing else will say that it came: neither to the loop nor to those who wait for completions, or for a count. */
    if (lone_vector_count(fs->controller, vector) != before) {
        fs->signalled = true;
        op_wake(fs, &fs->interrupted);
    }
    return lone_vector_count(fs->controller, vector);
}

static int count_show(struct op *op, struct lone_text *text)
{
    int result = check_vector(op);

    if (!result)
        lone_text_add(text, "%" PRIu64 "\n", take_count(op->fs, op->node->number));
    return result;
}

static int mask_show(struct op *op, struct lone_text *text)
{
    bool masked = false;
    int result = lone_vector_is_masked(op->fs->controller, op->node->number, &masked, &op->error);

    if (!result)
        lone_text_add(text, "%d\n", masked);
    return result;
}

static int mask_store(struct op *op, const char *line, size_t length)
{
    uint64_t mask = 0;
    int result = lone_number_parse("mask", 1, line, length, &mask, &op->error);

    return result ? result : lone_vector_mask(op->fs->controller, op->node->number, mask, &op->error);
}

static int pending_show(struct op *op, struct lone_text *text)
{
    bool pending = false;
    int result = lone_vector_is_pending(op->fs->controller, op->node->number, &pending, &op->error);

    if (!result)
        lone_text_add(text, "%d\n", pending);
    return result;
}

/* --- Waiting for a count --- */

/* Is the time up? That is judged before the count is looked at, since lonefs may be held up in between. */
static bool is_late(struct op *op)
{
    const struct query *query = op->node->query;

    if (!wait_is_timed(op))
        wait_timed(op, query->timeout_ns ? query->timeout_ns : op->fs->timeout_ns);
    return wait_is_late(op);
}

static int wait_show(struct op *op, struct lone_text *text)
{
    const struct query *query = op->node->query;
    uint64_t count = 0;
    bool late;
    int result = check_vector(op);

    if (result)
        return wait_over(op, result);
    late = is_late(op);
    count = take_count(op->fs, op->node->number);
    if (count >= query->count) {
        took_show(wait_took(op), text);
        return wait_over(op, 0);
    }
    if (late)
        return wait_over(op, lone_fail(&op->error, ETIMEDOUT,
                                       "the count of vector %u is %" PRIu64 ", not %" PRIu64 ", after %.3f s",
                                       op->node->number, count, query->count, (double)wait_took(op) / NS_PER_S));
    return op_park(op, &op->fs->interrupted, op->handle->deadline_ns, 0);
}

static bool wait_ready(struct op *op)
{
    bool late = is_late(op);

    return op->node->number >= n_vectors(op->fs) || take_count(op->fs, op->node->number) >= op->node->query->count ||
           late;
}

static bool wait_announced(struct fs *fs, const struct node *node)
{
    (void)fs, (void)node;
    return true;
}

static const struct node_class wait_file_class = {.mode = 0444,
                                                  .transient = true,
                                                  .waits = true,
                                                  .show = wait_show,
                                                  .ready = wait_ready,
                                                  .announced = wait_announced};

static int take_word(void *context, const char *word, size_t length, struct query *query, struct lone_error *error)
{
    int result;

    (void)context;
    if (length <= 6 || strncmp(word, "count=", 6))
        return lone_fail(error, ENOENT, "write count=COUNT, and ,timeout=SECONDS if you like");
    query->n_conditions++;
    result = lone_number_parse("count", 64, word + 6, length - 6, &query->count, error);
    if (result && error->has_column)
        error->column += 6;
    return result;
}

static int wait_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)fs, (void)dir;
    return query_child(name, take_word, NULL, "a count is missing: count=1,timeout=5", &wait_file_class, child, error);
}

static const struct node_class count_class = {.transient = true, .mode = 0444, .show = count_show};
static const struct node_class mask_class = {.transient = true, .mode = 0644, .show = mask_show, .store = mask_store};
static const struct node_class pending_class = {.transient = true, .mode = 0444, .show = pending_show};
static const struct node_class wait_class = {.directory = true, .transient = true, .mode = 0755, .find = wait_find};
static const struct entry vector_entries[] = {{"count", &count_class, false},
                                              {"mask", &mask_class, false},
                                              {"pending", &pending_class, false},
                                              {"wait", &wait_class, false},
                                              {0}};
static const struct node_class vector_class = {
    .directory = true, .transient = true, .mode = 0755, .entries = vector_entries};

/* --- The directories --- */

static int vectors_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)dir, (void)error;
    child->class = &vector_class;
    return number_name(name, UINT16_MAX, &child->number) || child->number >= n_vectors(fs) ? -ENOENT : 0;
}

static bool vectors_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    (void)dir;
    snprintf(name, 64, "%u", index);
    child->number = index;
    child->class = &vector_class;
    return index < n_vectors(fs);
}

static const struct node_class mode_class = {.mode = 0644, .show = mode_show, .store = mode_store};
static const struct node_class vectors_class = {
    .directory = true, .mode = 0755, .find = vectors_find, .list = vectors_list};
static const struct entry irq_entries[] = {{"mode", &mode_class, false}, {"vectors", &vectors_class, false}, {0}};
const struct node_class irq_class = {.directory = true, .mode = 0755, .entries = irq_entries};
