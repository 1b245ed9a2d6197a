/* SPDX-License-Identifier: MIT */
/* ctl of a queue: create, delete, ring, adopt. */
#include <errno.h>
#include <string.h>

#include "nvme/queue.h"
#include "queues.h"

enum { COMMAND_SENT = 1 };

static int command_end(struct op *op)
{
    int result = op_command(op, op->fs->timeout_ns);

    return result ? result : op_command_status(op, op->cmd);
}

static void wake(struct lone_cmd *cmd)
{
    op_wake(cmd->context, cmd);
}

typedef int sender(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error);

/* Sends the command and waits for it. */
static int command_begin(struct op *op, sender *send)
{
    int result = fs_may_send(op);

    if (result)
        return result;
    op->cmd = lone_cmd_new(op->fs->controller);
    if (!op->cmd)
        return lone_fail(&op->error, ENOMEM, "no memory for a command");
    op->cmd->done = wake;
    op->cmd->context = op->fs;
    result = send(op->fs->controller, (uint16_t)op->node->number, op->cmd, &op->error);
    if (result)
        return result;
    op->fs->submitted = true;
    op->started_ns = now_ns();
    op->step = COMMAND_SENT;
    return op_park(op, op->cmd, op->started_ns + op->fs->timeout_ns, 0);
}

static int refuse(struct op *op, size_t column, size_t length)
{
    lone_fail(&op->error, EINVAL, "write create, delete, ring [VALUE] or adopt");
    lone_error_at(&op->error, column, length);
    return -EINVAL;
}

/* What `ring` writes: the word behind it, 32 bits that may be wrong, or @current. */
static int ring_value(struct op *op, const char *line, const char *rest, size_t length, uint32_t current,
                      uint32_t *value)
{
    const char *word;
    size_t n = word_take(&rest, &length, &word);
    uint64_t number = current;
    int result = 0;

    if (length)
        return refuse(op, (size_t)(rest - line), length);
    if (n) {
        result = lone_number_parse("the doorbell", 32, word, n, &number, &op->error);
        if (result && op->error.has_column)
            op->error.column += (size_t)(word - line);
    }
    *value = (uint32_t)number;
    return result;
}

/* What the verbs do to a queue of either kind. */
struct verbs {
    int (*ring)(struct lone_controller *controller, uint16_t id, uint32_t value, struct lone_error *error);
    sender *create, *delete;
    int (*adopt)(struct lone_controller *controller, uint16_t id, struct lone_error *error);
};
static const struct verbs sq_verbs = {lone_sq_ring, lone_sq_create, lone_sq_delete, lone_sq_adopt};
static const struct verbs cq_verbs = {lone_cq_ring, lone_cq_create, lone_cq_delete, lone_cq_adopt};

/* @index: what `ring` alone rings. */
static int queue_ctl(struct op *op, const char *line, size_t length, const struct verbs *verbs, uint16_t id,
                     uint32_t index)
{
    struct lone_controller *controller = op->fs->controller;
    const char *rest = line, *word;
    size_t left = length, n = word_take(&rest, &left, &word);
    uint32_t value;
    int result;

    if (word_is(word, n, "ring")) {
        result = ring_value(op, line, rest, left, index, &value);
        return result ? result : verbs->ring(controller, id, value, &op->error);
    }
    if (word_is(word, n, "create") && !left)
        return command_begin(op, verbs->create);
    if (word_is(word, n, "delete") && !left)
        return command_begin(op, verbs->delete);
    if (word_is(word, n, "adopt") && !left)
        return id ? verbs->adopt(controller, id, &op->error) : lone_controller_adopt_admin(controller, &op->error);
    return refuse(op, (size_t)(word - line), n);
}

static int sq_ctl_store(struct op *op, const char *line, size_t length)
{
    const struct lone_sq *sq = queue_sq(op);

    if (op->step == COMMAND_SENT)
        return command_end(op);
    return sq ? queue_ctl(op, line, length, &sq_verbs, sq->id, sq->tail) : -ENXIO;
}

static int cq_ctl_store(struct op *op, const char *line, size_t length)
{
    const struct lone_cq *cq = queue_cq(op);

    if (op->step == COMMAND_SENT)
        return command_end(op);
    return cq ? queue_ctl(op, line, length, &cq_verbs, cq->id, cq->head) : -ENXIO;
}

static int ctl_show(struct op *op, struct lone_text *text)
{
    (void)op;
    lone_text_add(text,
                  "create         send the Create command with what the files say, and wait; EIO on an error status\n"
                  "delete         send the Delete command, and wait\n"
                  "ring [VALUE]   write the tail (head) to the doorbell, or any value\n"
                  "adopt          use a queue that was created by hand with this id and memory; 0: what AQA, ASQ "
                  "and ACQ say\n");
    return 0;
}

const struct node_class queue_sq_ctl_class = {.transient = true, .mode = 0644, .show = ctl_show, .store = sq_ctl_store};
const struct node_class queue_cq_ctl_class = {.transient = true, .mode = 0644, .show = ctl_show, .store = cq_ctl_store};
