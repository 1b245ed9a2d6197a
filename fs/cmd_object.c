/* SPDX-License-Identifier: MIT */
/* Command objects: their life, and what is known of them. */
#include "cmd.h"

#include <errno.h>
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

void cmd_object_end(struct cmd_object *object)
{
    if (object->removed)
        return;
    object->removed = true;
    named_remove(&object->fs->cmds, &object->named);
    nodes_unpin(object->fs, object, NULL);
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
    unsigned dwords;
    const struct lone_record *more = lone_opcode_more(opcode, object->cmd->sqe, &dwords);

    if (!object->entry_built || object->entry_of != opcode || object->entry_more != more)
        entry_record_init_of(&object->entry, opcode, object->cmd->sqe);
    object->entry_built = true;
    object->entry_of = opcode;
    object->entry_more = more;
    return &object->entry.record;
}

const struct lone_record *cmd_completion(struct cmd_object *object)
{
    const struct lone_record *own = lone_opcode_completion(cmd_opcode(object), object->cmd->sqe);

    if (!object->completion_built || object->completion_of != own)
        completion_record_init(&object->completion, own);
    object->completion_built = true;
    object->completion_of = own;
    return &object->completion.record;
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
    return lone_zone_report_lay_out(&object->zones, namespace->format.zone_extension);
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
