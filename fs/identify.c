/* SPDX-License-Identifier: MIT */
/* identify/: a read is one Identify command, decoded by the table that its CNS asks for. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

int fs_may_send(struct op *op)
{
    if (op->fs->options.read_only)
        return lone_fail(&op->error, EROFS, "the mount is read-only: registers can be read, no command is sent");
    return 0;
}

/* --- One command for one operation --- */

static void wake_op(struct lone_cmd *cmd)
{
    op_wake(cmd->context, cmd);
}

static int submit(struct op *op, uint64_t timeout_ns)
{
    int result;

    op->cmd->done = wake_op;
    op->cmd->context = op->fs;
    result = lone_cmd_submit(op->cmd, &op->error);
    if (result)
        return result;
    op->fs->submitted = true;
    op->started_ns = now_ns();
    return op_park(op, op->cmd, op->started_ns + timeout_ns, 0);
}

int op_command(struct op *op, uint64_t timeout_ns)
{
    switch (op->cmd->state) {
    case LONE_CMD_IDLE:
        return submit(op, timeout_ns);
    case LONE_CMD_COMPLETED:
        return 0;
    case LONE_CMD_LOST:
        return lone_fail(&op->error, ESHUTDOWN, "the controller was reset or disabled under the command");
    default:
        break;
    }
    if (now_ns() < op->deadline_ns)
        return PARK;
    return lone_fail(&op->error, ETIMEDOUT, "no completion for CID 0x%x on queue %u after %.3f s; it stays outstanding",
                     op->cmd->sqe[2] | op->cmd->sqe[3] << 8, op->cmd->sqid, (double)timeout_ns / NS_PER_S);
}

int op_command_status(struct op *op, const struct lone_cmd *cmd)
{
    uint16_t status = lone_cmd_status(cmd);

    if (status == LONE_SC_SUCCESS)
        return 0;
    lone_fail(&op->error, EIO, "the controller completed the command with status 0x%03x %s", status,
              lone_status_name(status));
    op->error.has_status = true;
    op->error.status = status;
    return -EIO;
}

/* --- The source of the records here --- */

static int identify(struct op *op, const uint8_t *sqe)
{
    const struct query *query = op->node->query;
    int result = 0;

    if (!op->cmd) {
        result = fs_may_send(op);
        if (result)
            return result;
        op->cmd = lone_cmd_new(op->fs->controller);
        if (!op->cmd)
            return lone_fail(&op->error, ENOMEM, "no memory for a command");
        memcpy(op->cmd->sqe, sqe, LONE_SQE_SIZE);
        result = lone_cmd_data_size(op->cmd, IDENTIFY_SIZE, &op->error);
    }
    if (!result)
        result = op_command(op, query && query->timeout_ns ? query->timeout_ns : op->fs->timeout_ns);
    return result ? result : op_command_status(op, op->cmd);
}

static int identify_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    int result = identify(op, op->node->query->sqe);

    (void)aggregate;
    if (result)
        return result;
    lone_dma_load(bytes, op->cmd->data.data + at, size);
    if (present)
        memset(present, 1, size);
    return 0;
}

/* Data that no table lays out: still 4096 bytes that can be looked at. */
static const struct lone_field unknown_fields[] = {{"DATA", 0, IDENTIFY_SIZE * 8, LONE_RO, .kind = LONE_BYTES}};
static const struct lone_record unknown_record = {
    .name = "identify", .title = "Identify data, layout unknown", .size = IDENTIFY_SIZE, LONE_FIELDS(unknown_fields)};

static const struct lone_record *identify_record(struct fs *fs, const struct node *node)
{
    const struct lone_record *record =
        node->query ? lone_opcode_result(lone_opcode_named("identify"), node->query->sqe) : NULL;

    (void)fs;
    return record ? record : &unknown_record;
}

static const struct source identify_source = {.load = identify_load, .record = identify_record};

/* --- namespaces: the active namespace list, a number a line --- */

/* Takes the identifiers of one list into the text; true when the list was full, so that there may be more. */
static bool take_list(struct op *op)
{
    uint8_t list[IDENTIFY_SIZE];

    lone_dma_load(list, op->cmd->data.data, sizeof(list));
    for (uint32_t i = 0; i < IDENTIFY_SIZE / 4; i++) {
        uint32_t nsid = (uint32_t)lone_bits_get(list, i * 32, 32);

        /* The list ascends; a controller that does not keep to that must not make us ask for ever. */
        if (!nsid || nsid <= op->number)
            return false;
        lone_text_add(&op->partial, "%" PRIu32 "\n", nsid);
        op->number = nsid;
    }
    return true;
}

void identify_sqe(uint8_t sqe[LONE_SQE_SIZE], uint8_t cns, uint32_t nsid)
{
    const struct lone_opcode *opcode = lone_opcode_named("identify");
    const struct lone_field *field = lone_opcode_field(opcode, "CNS");

    memset(sqe, 0, LONE_SQE_SIZE);
    lone_set(&lone_sqe, sqe, "OPC", opcode->opcode);
    lone_set(&lone_sqe, sqe, "NSID", nsid);
    lone_bits_set(sqe, field->bit, field->bits, cns);
}

static int namespaces_show(struct op *op, struct lone_text *text)
{
    uint8_t sqe[LONE_SQE_SIZE];

    for (;;) {
        int result;

        identify_sqe(sqe, LONE_CNS_ACTIVE_NAMESPACES, (uint32_t)op->number);
        result = identify(op, sqe);
        if (result)
            return result;
        if (!take_list(op))
            break;
        lone_cmd_free(op->cmd);
        op->cmd = NULL;
    }
    lone_text_append(text, op->partial.text ? op->partial.text : "", op->partial.length);
    return 0;
}

static const struct node_class namespaces_class = {.mode = 0444, .show = namespaces_show};

/* --- Names --- */

static const struct node_class structure_class = {
    .directory = true, .mode = 0755, .source = &identify_source, .find = record_find, .list = record_list};

static int make_structure(struct node *child, uint8_t cns, uint32_t nsid)
{
    child->class = &structure_class;
    child->source = &identify_source;
    child->query = calloc(1, sizeof(*child->query));
    if (!child->query)
        return -ENOMEM;
    child->owns_query = true;
    identify_sqe(child->query->sqe, cns, nsid);
    return 0;
}

static int by_namespace_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                             struct lone_error *error)
{
    uint32_t nsid;
    int result = number_name(name, UINT32_MAX, &nsid); /* any of 32 bits may be asked for */

    (void)fs, (void)error;
    return result ? result : make_structure(child, (uint8_t)dir->number, nsid);
}

/* Looking must not ask the device: listed are the namespaces that are known. */
static bool by_namespace_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    size_t count;
    const struct lone_namespace *namespaces = lone_controller_namespaces(fs->controller, &count);

    (void)dir;
    if (index >= count)
        return false;
    snprintf(name, 64, "%" PRIu32, namespaces[index].nsid);
    child->class = &structure_class;
    return true;
}

static const struct node_class by_namespace_class = {
    .directory = true, .mode = 0755, .find = by_namespace_find, .list = by_namespace_list};

/* "CNS=0x1c,NSID=2,timeout=5": the words of the command, commas for blanks. */
static int parse_query(const char *name, struct query *query, struct lone_error *error)
{
    const struct lone_opcode *opcode = lone_opcode_named("identify");
    struct entry_record entry;
    bool has_cns = false;

    entry_record_init(&entry, opcode);
    identify_sqe(query->sqe, 0, 0);
    for (const char *word = name; word; word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL) {
        size_t length = strcspn(word, ",");
        int result = length ? query_timeout(word, length, query, error)
                            : lone_fail(error, ENOENT, "a word is missing next to a comma: CNS=0x1c,NSID=1");

        has_cns = has_cns || !strncmp(word, "CNS=", 4);
        if (!result)
            result = lone_record_assign(&entry.record, query->sqe, word, length, true, NULL, error);
        if (result < 0) {
            if (error->has_column)
                error->column += (size_t)(word - name);
            return result;
        }
    }
    return has_cns ? 0 : lone_fail(error, ENOENT, "CNS=… is missing: CNS=0x1c,NSID=1");
}

static int find_query(const char *name, struct node *child, struct lone_error *error)
{
    int result = make_structure(child, 0, 0);

    if (result)
        return result;
    if (!parse_query(name, child->query, error))
        return 0;
    query_free(child->query);
    error->number = ENOENT;
    return -ENOENT;
}

static const struct {
    const char *name;
    const struct node_class *class;
    uint8_t cns;
} names[] = {
    {"controller", &structure_class, LONE_CNS_CONTROLLER},
    {"namespace", &by_namespace_class, LONE_CNS_NAMESPACE},
    {"namespaces", &namespaces_class, 0},
    {"descriptors", &by_namespace_class, LONE_CNS_DESCRIPTORS},
    {"uuids", &structure_class, LONE_CNS_UUIDS},
};

static int identify_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                         struct lone_error *error)
{
    (void)fs, (void)dir;
    for (size_t i = 0; i < LONE_COUNT(names); i++)
        if (!strcmp(name, names[i].name)) {
            child->class = names[i].class;
            child->number = names[i].cns;
            return names[i].class == &structure_class ? make_structure(child, names[i].cns, 0) : 0;
        }
    return strchr(name, '=') ? find_query(name, child, error) : -ENOENT;
}

static bool identify_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    (void)fs, (void)dir;
    if (index >= LONE_COUNT(names))
        return false;
    strcpy(name, names[index].name);
    child->class = names[index].class;
    return true;
}

const struct node_class identify_class = {
    .directory = true, .mode = 0755, .find = identify_find, .list = identify_list};
