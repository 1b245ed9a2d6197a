/* SPDX-License-Identifier: MIT */
/* Command objects and the verbs of their ctl file. */
#include "cmd.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OBJECTS 65536u

/* --- Lifetime --- */

static void object_done(struct lone_cmd *cmd)
{
    struct cmd_object *object = cmd->context;

    ns_after(object->fs, cmd);
    op_wake(object->fs, object);
}

void cmd_object_get(struct cmd_object *object)
{
    object->references++;
}

void cmd_object_put(struct fs *fs, struct cmd_object *object)
{
    (void)fs;
    if (--object->references)
        return;
    /* If it is still outstanding, the driver keeps its memory until the controller is done with it. */
    lone_cmd_free(object->cmd);
    free(object->error.text);
    free(object);
}

struct error_place *cmd_object_error(struct cmd_object *object)
{
    return &object->error;
}

struct cmd_object *cmd_object_named(struct fs *fs, const char *name)
{
    struct cmd_object *object;

    LIST_FOREACH(object, &fs->cmds, link)
    if (!strcmp(object->name, name))
        return object;
    return NULL;
}

struct cmd_object *cmd_object_new(struct fs *fs, const char *name, struct lone_error *error)
{
    struct cmd_object *object, *other;
    unsigned n = 0;

    LIST_FOREACH(other, &fs->cmds, link)
    n++;
    if (n >= MAX_OBJECTS) {
        lone_fail(error, ENOSPC, "there are %u command objects already: rmdir some", n);
        return NULL;
    }
    object = calloc(1, sizeof(*object));
    if (object)
        object->cmd = lone_cmd_new(fs->controller);
    if (!object || !object->cmd) {
        free(object);
        lone_fail(error, ENOMEM, "no memory for a command object");
        return NULL;
    }
    object->fs = fs;
    object->references = 1;
    object->cmd->done = object_done;
    object->cmd->context = object;
    snprintf(object->name, sizeof(object->name), "%s", name);
    LIST_INSERT_HEAD(&fs->cmds, object, link);
    return object;
}

void cmd_object_end(struct cmd_object *object)
{
    if (object->removed)
        return;
    object->removed = true;
    LIST_REMOVE(object, link);
    cmd_object_put(object->fs, object);
}

struct cmd_object *cmd_object_of(struct op *op)
{
    return op->handle && op->handle->cmd ? op->handle->cmd : op->node->cmd;
}

/* --- What it is now --- */

const struct lone_opcode *cmd_opcode(const struct cmd_object *object)
{
    uint8_t number = object->cmd->sqe[0];

    if (object->opcode && object->opcode->opcode == number)
        return object->opcode;
    return lone_opcode_numbered(object->queue_by_hand && object->queue ? LONE_IO : LONE_ADMIN, number);
}

const struct lone_record *cmd_entry(struct cmd_object *object)
{
    const struct lone_opcode *opcode = cmd_opcode(object);

    if (!object->entry_built || object->entry_of != opcode)
        entry_record_init(&object->entry, opcode);
    object->entry_built = true;
    object->entry_of = opcode;
    return &object->entry.record;
}

uint64_t cmd_timeout(const struct cmd_object *object)
{
    return object->timeout_ns ? object->timeout_ns : object->fs->timeout_ns;
}

int cmd_queue(struct cmd_object *object, struct lone_error *error)
{
    const struct lone_opcode *opcode = cmd_opcode(object);
    struct lone_controller *controller = object->fs->controller;
    int id;

    if (object->queue_by_hand)
        return object->queue;
    if (!opcode || opcode->kind == LONE_ADMIN)
        return 0;
    for (id = lone_controller_next_sq(controller, 1); id > 0;
         id = lone_controller_next_sq(controller, (unsigned)id + 1))
        if (lone_controller_sq(controller, (uint16_t)id)->state == LONE_QUEUE_LIVE)
            return id;
    return lone_fail(error, ENXIO, "%s goes to an I/O queue and there is none: write `init queues=1` to ctl",
                     opcode->name);
}

int cmd_idle(struct cmd_object *object, const char *what, struct lone_error *error)
{
    if (object->cmd->state != LONE_CMD_OUTSTANDING)
        return 0;
    return lone_fail(error, EBUSY, "the command is outstanding: %s can be changed when it has completed", what);
}

int cmd_await(struct op *op, struct cmd_object *object)
{
    struct lone_cmd *cmd = object->cmd;
    uint64_t timeout = cmd_timeout(object), now;

    switch (cmd->state) {
    case LONE_CMD_IDLE:
        return lone_fail(&op->error, ENODATA, "nothing was submitted: write `run OPCODE FIELD=VALUE …` to cmd/%s/ctl",
                         object->name);
    case LONE_CMD_COMPLETED:
        return 0;
    case LONE_CMD_LOST:
        return lone_fail(&op->error, ESHUTDOWN, "the controller was reset or disabled under the command");
    default:
        break;
    }
    now = now_ns();
    if (now >= cmd->submitted_ns + timeout)
        return lone_fail(&op->error, ETIMEDOUT,
                         "no completion for CID 0x%x on queue %u %.3f s after it was submitted; it stays outstanding",
                         cmd->sqe[2] | cmd->sqe[3] << 8, cmd->sqid, (double)(now - cmd->submitted_ns) / NS_PER_S);
    return op_park(op, object, cmd->submitted_ns + timeout, 0);
}

/* --- Filling the entry --- */

/* Bytes of the entry: CID 2-3; PRP1, PRP2 and MPTR 16-39 (3.3.3.1). */
void cmd_entry_written(struct cmd_object *object, uint32_t at, uint32_t size)
{
    if (at < 4 && at + size > 2)
        object->cid_in_entry = true;
    if (at < 40 && at + size > 16)
        object->pointers_in_entry = true;
}

int cmd_set_opcode(struct cmd_object *object, const char *word, size_t length, struct lone_error *error)
{
    const struct lone_opcode *opcode = NULL;
    char name[64] = "";
    uint64_t number;
    int result;

    if (length < sizeof(name)) {
        memcpy(name, word, length);
        name[length] = 0;
        opcode = lone_opcode_named(name);
    }
    if (opcode) {
        object->opcode = opcode;
        object->cmd->sqe[0] = opcode->opcode;
        return 0;
    }
    if (length && isdigit((unsigned char)word[0])) {
        result = lone_number_parse("an opcode", 8, word, length, &number, error);
        if (result)
            return result;
        object->opcode = NULL;
        object->cmd->sqe[0] = (uint8_t)number;
        return 0;
    }
    lone_fail(error, EINVAL,
              "%.40s is no command of the specification: write its name (identify, get_log_page, read …) or a number",
              name[0] ? name : "nothing");
    lone_error_at(error, 0, length);
    return -EINVAL;
}

/* The size of the data follows from the opcode unless the user has said it. Fresh and zeroed, so that what was there
 * before is not taken for an answer. */
static int size_data(struct cmd_object *object, struct lone_error *error)
{
    const struct lone_opcode *opcode = cmd_opcode(object);
    int result;

    if (object->data_by_hand)
        return 0;
    result = lone_cmd_data_size(object->cmd, 0, error);
    return result || !opcode || !opcode->data_length ? result
                                                     : lone_cmd_data_size(object->cmd, opcode->data_length, error);
}

static bool any_bit(const uint8_t *bytes, size_t from, size_t to)
{
    for (; from < to; from++)
        if (bytes[from])
            return true;
    return false;
}

/* "OPCODE FIELD=VALUE …": zero the entry and fill it. The entry is as it was when a word is wrong. */
static int fill(struct op *op, struct cmd_object *object, const char *words, size_t length, const char *line)
{
    uint8_t before[LONE_SQE_SIZE], named[LONE_SQE_SIZE] = {0};
    const struct lone_opcode *opcode_before = object->opcode;
    const char *word;
    size_t n = word_take(&words, &length, &word);
    int result;

    memcpy(before, object->cmd->sqe, sizeof(before));
    memset(object->cmd->sqe, 0, sizeof(before));
    result = cmd_set_opcode(object, word, n, &op->error);
    if (result && op->error.has_column)
        op->error.column += (size_t)(word - line);
    if (!result) {
        result = lone_record_assign(cmd_entry(object), object->cmd->sqe, words, length, true, named, &op->error);
        if (result && op->error.has_column)
            op->error.column += (size_t)(words - line);
    }
    if (result) {
        memcpy(object->cmd->sqe, before, sizeof(before));
        object->opcode = opcode_before;
        return result;
    }
    object->cid_in_entry = any_bit(named, 2, 4);
    object->pointers_in_entry = any_bit(named, 16, 40);
    return size_data(object, &op->error);
}

static int submit(struct op *op, struct cmd_object *object)
{
    int queue = cmd_queue(object, &op->error), result;

    if (queue < 0)
        return queue;
    object->cmd->sqid = (uint16_t)queue;
    object->cmd->pointers = object->pointers_in_entry ? LONE_POINTERS_MANUAL : object->pointers;
    object->cmd->manual_cid = object->cid_by_hand || object->cid_in_entry;
    if (object->cid_by_hand && !object->cid_in_entry) {
        object->cmd->sqe[2] = (uint8_t)object->cid;
        object->cmd->sqe[3] = (uint8_t)(object->cid >> 8);
    }
    result = lone_cmd_submit(object->cmd, &op->error);
    if (!result)
        op->fs->submitted = true;
    return result;
}

/* --- The verbs --- */

enum { RUN_WAITS = 1, ABORT_WAITS = 2 };

static int run_end(struct op *op, struct cmd_object *object)
{
    int result = cmd_await(op, object);

    if (!result)
        result = op_command_status(op, object->cmd);
    return result ? result : ns_settled(op);
}

/* Abort: CDW10 has the SQID in bits 15:0 and the CID in 31:16 (5.1). */
static int abort_begin(struct op *op, struct cmd_object *object)
{
    struct lone_cmd *target = object->cmd;

    if (target->state != LONE_CMD_OUTSTANDING)
        return lone_fail(&op->error, ENODATA, "nothing is outstanding that could be aborted");
    op->cmd = lone_cmd_new(op->fs->controller);
    if (!op->cmd)
        return lone_fail(&op->error, ENOMEM, "no memory for the Abort command");
    op->cmd->sqe[0] = lone_opcode_named("abort")->opcode;
    op->cmd->sqe[40] = (uint8_t)target->sqid;
    op->cmd->sqe[41] = (uint8_t)(target->sqid >> 8);
    op->cmd->sqe[42] = target->sqe[2];
    op->cmd->sqe[43] = target->sqe[3];
    op->step = ABORT_WAITS;
    return op_command(op, cmd_timeout(object));
}

static int abort_end(struct op *op, struct cmd_object *object)
{
    int result = op_command(op, cmd_timeout(object));

    if (!result)
        result = op_command_status(op, op->cmd);
    if (!result && op->cmd->cqe[0] & 1)
        result =
            lone_fail(&op->error, EBUSY, "the controller did not abort the command (bit 0 of the Abort's DW0 is 1)");
    return result;
}

static int ctl_verb(struct op *op, struct cmd_object *object, const char *line, size_t length)
{
    const char *rest = line, *word;
    size_t n = word_take(&rest, &length, &word);
    bool run = word_is(word, n, "run"), send = run || word_is(word, n, "submit"), set = word_is(word, n, "set");
    int result = 0;

    if (word_is(word, n, "abort") && !length)
        return abort_begin(op, object);
    if (word_is(word, n, "reset") && !length)
        return lone_cmd_reset(object->cmd, &op->error);
    if (!send && !(set && length)) {
        lone_fail(&op->error, EINVAL,
                  "write run, submit or set, each with OPCODE FIELD=VALUE …; a bare run or submit; abort; or reset");
        lone_error_at(&op->error, (size_t)(word - line), n);
        return -EINVAL;
    }
    result = cmd_idle(object, "the entry", &op->error);
    if (!result && length)
        result = fill(op, object, rest, length, line);
    if (!result && send)
        result = submit(op, object);
    if (result || !run)
        return result;
    op->step = RUN_WAITS;
    return run_end(op, object);
}

int cmd_ctl_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = cmd_object_of(op);
    int result = fs_may_send(op);

    if (result)
        return result;
    if (op->step == RUN_WAITS)
        return run_end(op, object);
    if (op->step == ABORT_WAITS)
        return abort_end(op, object);
    return ctl_verb(op, object, line, length);
}

int cmd_ctl_show(struct op *op, struct lone_text *text)
{
    (void)op;
    lone_text_add(text, "run OPCODE FIELD=VALUE …     zero the entry, fill it, submit it, wait for its completion\n"
                        "submit OPCODE FIELD=VALUE …  the same without waiting\n"
                        "set OPCODE FIELD=VALUE …     zero the entry and fill it\n"
                        "run | submit                 send the entry as it stands in sqe/\n"
                        "abort                        send an Abort command for it\n"
                        "reset                        forget the completion\n");
    return 0;
}
