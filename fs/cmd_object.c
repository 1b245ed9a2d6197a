/* SPDX-License-Identifier: MIT */
/* Command objects: their life, and what is known of them. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OBJECTS 65536u

/* --- Lifetime --- */

/* Who waits for this submission is told at once how it ended: before he is tried again, another writer may have
 * submitted the next one. */
static void object_done(struct lone_cmd *cmd)
{
    struct cmd_object *object = cmd->context;
    struct op *op;

    TAILQ_FOREACH(op, &object->fs->parked, link)
    if (op->waits_for == object && op->serial == object->serial) {
        op->ended = cmd->state;
        op->status = cmd->state == LONE_CMD_COMPLETED ? lone_cmd_status(cmd) : 0;
    }
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
    cmd_data_end(object);
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
    return (struct cmd_object *)named_find(&fs->cmds, name, strlen(name));
}

struct cmd_object *cmd_object_new(struct fs *fs, const char *name, struct lone_error *error)
{
    struct cmd_object *object;

    if (fs->cmds.count >= MAX_OBJECTS) {
        lone_fail(error, ENOSPC, "there are %u command objects already: rmdir some", fs->cmds.count);
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
    named_add(&fs->cmds, &object->named, name);
    return object;
}

/* The kernel may remember its files for long: what is heavy goes now. A command that is outstanding stays the driver's,
 * with its memory, until the controller is done with it; its completion is nobody's. */
static void let_go(struct cmd_object *object)
{
    struct lone_cmd *light = lone_cmd_new(object->fs->controller);

    if (!light)
        return;                                       /* with its last user, then */
    if (object->cmd->state != LONE_CMD_OUTSTANDING) { /* a file that is still open says how it ended */
        light->state = object->cmd->state;
        memcpy(light->cqe, object->cmd->cqe, sizeof(light->cqe));
        light->submitted_ns = object->cmd->submitted_ns;
        light->completed_ns = object->cmd->completed_ns;
    }
    memcpy(light->sqe, object->cmd->sqe, sizeof(light->sqe));
    cmd_data_end(object);
    lone_cmd_free(object->cmd);
    object->cmd = light;
    object->mem = NULL;
    object->parts = NULL;
    object->sgl.n_parts = 0;
    object->mem_counted = false;
    free(object->error.text);
    object->error.text = NULL;
    op_wake(object->fs, object);
}

void cmd_object_end(struct cmd_object *object)
{
    if (object->removed)
        return;
    object->removed = true;
    named_remove(&object->fs->cmds, &object->named);
    nodes_unpin(object->fs, object, NULL);
    let_go(object);
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

    if (!object->opcode_set)
        return NULL;
    if (object->opcode && object->opcode->opcode == number)
        return object->opcode;
    return lone_opcode_numbered(object->queue_by_hand && object->queue ? LONE_IO : LONE_ADMIN, number);
}

const struct lone_record *cmd_entry(struct cmd_object *object)
{
    return entry_record(cmd_opcode(object), object->cmd->sqe);
}

const struct lone_record *cmd_completion(struct cmd_object *object)
{
    return completion_record(lone_opcode_completion(cmd_opcode(object), object->cmd->sqe));
}

const struct lone_namespace *cmd_namespace(const struct cmd_object *object)
{
    uint32_t nsid = (uint32_t)lone_get(&lone_sqe, object->cmd->sqe, "NSID");

    return lone_controller_namespace(object->fs->controller, nsid);
}

const struct lone_record *cmd_result(struct cmd_object *object)
{
    const struct lone_record *record = lone_opcode_result(cmd_opcode(object), object->cmd->sqe);
    const struct lone_namespace *namespace = cmd_namespace(object);

    if (record != &lone_zone_report_extended || !namespace || !namespace->format.zone_extension)
        return record;
    return zone_report_record(namespace->format.zone_extension);
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
    if (object->removed)
        return lone_fail(error, ENXIO,
                         "cmd/%s is gone: it was removed, or the descriptor closed that it lived as long as",
                         object->named.name);
    if (object->cmd->state != LONE_CMD_OUTSTANDING)
        return 0;
    return lone_fail(error, EBUSY, "the command is outstanding: %s can be changed when it has completed", what);
}

int cmd_await(struct op *op, struct cmd_object *object)
{
    struct lone_cmd *cmd = object->cmd;
    uint64_t timeout = cmd_timeout(object), now;

    if (object->removed && cmd->state == LONE_CMD_IDLE)
        return lone_fail(&op->error, ESHUTDOWN, "cmd/%s was removed, or the descriptor closed that it lived as long as",
                         object->named.name);
    switch (cmd->state) {
    case LONE_CMD_IDLE:
        return lone_fail(&op->error, ENODATA, "nothing was submitted: write `run OPCODE FIELD=VALUE …` to cmd/%s/ctl",
                         object->named.name);
    case LONE_CMD_COMPLETED:
        return 0;
    case LONE_CMD_LOST:
        return lone_cmd_lost(cmd, &op->error);
    default:
        break;
    }
    now = now_ns();
    if (now >= cmd->submitted_ns + timeout)
        return lone_cmd_late(cmd, &op->error);
    return op_park(op, object, cmd->submitted_ns + timeout, 0);
}
