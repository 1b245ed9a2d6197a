/* SPDX-License-Identifier: MIT */
/* cmd/: a directory a command; its files. */
#include "cmd_data.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- Settings: one word or number a file --- */

static int opcode_show(struct op *op, struct lone_text *text)
{
    const struct lone_opcode *opcode = cmd_opcode(op->node->cmd);

    if (!op->node->cmd->opcode_set)
        lone_text_add(text, "none\n");
    else if (opcode)
        lone_text_add(text, "%s\n", opcode->name);
    else
        lone_text_add(text, "0x%x\n", op->node->cmd->cmd->sqe[0]);
    return 0;
}

static int opcode_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = op->node->cmd;
    const char *word;
    size_t n = word_take(&line, &length, &word);
    int result = cmd_idle(object, "the opcode", &op->error);

    if (!result && length)
        result =
            lone_fail(&op->error, EINVAL, "one opcode, without fields: those go to sqe/ or behind `run OPCODE` in ctl");
    if (!result && word_is(word, n, "none")) { /* as of a fresh object */
        object->opcode = NULL;
        object->opcode_set = false;
        object->cmd->sqe[0] = 0;
        return 0;
    }
    return result ? result : cmd_set_opcode(object, word, n, &op->error);
}

static int queue_show(struct op *op, struct lone_text *text)
{
    int queue = cmd_queue(op->node->cmd, &op->error);

    if (queue < 0)
        return queue;
    lone_text_add(text, "%d\n", queue);
    return 0;
}

static int queue_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = op->node->cmd;
    uint64_t number = 0;
    bool automatic;
    int result = number_or_auto("queue", 16, line, length, &number, &automatic, &op->error);

    if (result)
        return result;
    object->queue_by_hand = !automatic;
    object->queue = (uint16_t)number;
    return 0;
}

static int timeout_show(struct op *op, struct lone_text *text)
{
    seconds_show(cmd_timeout(op->node->cmd), text);
    return 0;
}

static int timeout_store(struct op *op, const char *line, size_t length)
{
    int result = 0;

    if (word_is_auto(line, length))
        op->node->cmd->timeout_ns = 0; /* the root's again */
    else
        result = seconds_parse(line, length, &op->node->cmd->timeout_ns, &op->error);
    if (!result)
        op_wake(op->fs, op->node->cmd); /* those who wait for it count anew */
    return result;
}

static int state_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%s\n", lone_cmd_state_name(op->node->cmd->cmd->state));
    return 0;
}

static const char *const pointer_words[] = {"prp", "sgl", "manual"};

static int pointers_show(struct op *op, struct lone_text *text)
{
    const struct cmd_object *object = op->node->cmd;

    lone_text_add(text, "%s\n", pointer_words[object->pointers_in_entry ? LONE_POINTERS_MANUAL : object->pointers]);
    return 0;
}

static int pointers_store(struct op *op, const char *line, size_t length)
{
    const char *word;
    size_t n = word_take(&line, &length, &word);
    int result = cmd_idle(op->node->cmd, "how its data are found", &op->error);

    if (result)
        return result;
    for (unsigned i = 0; i < LONE_COUNT(pointer_words); i++)
        if (word_is(word, n, pointer_words[i]) && !length) {
            op->node->cmd->pointers = (enum lone_pointers)i;
            if (i != LONE_POINTERS_MANUAL)
                cmd_pointers_back(op->node->cmd);
            return 0;
        }
    return lone_fail(&op->error, EINVAL, "write prp, sgl or manual");
}

static int cid_show(struct op *op, struct lone_text *text)
{
    const struct cmd_object *object = op->node->cmd;

    if (object->cid_in_entry)
        lone_text_add(text, "0x%x\n", object->cmd->sqe[2] | object->cmd->sqe[3] << 8);
    else if (object->cid_by_hand)
        lone_text_add(text, "0x%x\n", object->cid);
    else
        lone_text_add(text, "auto\n");
    return 0;
}

static int cid_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = op->node->cmd;
    uint64_t number = 0;
    bool automatic;
    int result = number_or_auto("cid", 16, line, length, &number, &automatic, &op->error);

    if (result)
        return result;
    object->cid_by_hand = !automatic;
    object->cid_in_entry = false;
    object->cid = (uint16_t)number;
    return 0;
}

/* The first half of a fused pair, of which this is the second. */
static int fuse_show(struct op *op, struct lone_text *text)
{
    const struct cmd_object *object = op->node->cmd;

    lone_text_add(text, "%s\n", object->fuse[0] ? object->fuse : "none");
    return 0;
}

static int fuse_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = op->node->cmd, *first;
    char name[64] = "";
    const char *word;
    size_t n = word_take(&line, &length, &word);

    if (!n || length || n >= sizeof(name))
        return lone_fail(&op->error, EINVAL, "write the name of the object that is the first half, or none");
    memcpy(name, word, n);
    if (!strcmp(name, "none")) {
        object->fuse[0] = 0;
        return 0;
    }
    first = cmd_object_named(op->fs, name);
    if (!first)
        return lone_fail(&op->error, ENXIO, "there is no object %s: mkdir cmd/%s", name, name);
    if (first == object)
        return lone_fail(&op->error, EINVAL, "a command cannot be both halves of a pair");
    memcpy(object->fuse, name, sizeof(name));
    object->fuse_serial = first->named.serial;
    return 0;
}

/* --- What comes back --- */

static int status_show(struct op *op, struct lone_text *text)
{
    int result = cmd_await(op, op->node->cmd);
    uint16_t status;

    if (result)
        return result;
    status = lone_cmd_status(op->node->cmd->cmd);
    lone_text_add(text, "0x%03x %s\n", status, lone_status_name(status));
    return 0;
}

static int latency_show(struct op *op, struct lone_text *text)
{
    const struct lone_cmd *cmd = op->node->cmd->cmd;
    int result = cmd_await(op, op->node->cmd);

    if (!result)
        lone_text_add(text, "%" PRIu64 "\n", cmd->completed_ns - cmd->submitted_ns);
    return result;
}

/* A read would end, if only with ETIMEDOUT. */
static bool completion_ready(struct op *op)
{
    const struct lone_cmd *cmd = op->node->cmd->cmd;

    op->handle->due_ns = cmd->submitted_ns + cmd_timeout(op->node->cmd);
    return cmd->state != LONE_CMD_OUTSTANDING || now_ns() >= op->handle->due_ns;
}

/* --- sqe/, cqe/, result/ --- */

static int sqe_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    (void)aggregate;
    memcpy(bytes, op->node->cmd->cmd->sqe + at, size);
    if (present)
        memset(present, 1, size);
    return 0;
}

static uint64_t sqe_peek(struct fs *fs, const struct node *node, void *bytes, uint64_t size)
{
    (void)fs;
    if (size)
        memcpy(bytes, node->cmd->cmd->sqe, size < LONE_SQE_SIZE ? size : LONE_SQE_SIZE);
    return LONE_SQE_SIZE;
}

static int sqe_save(struct op *op, uint32_t at, uint32_t size, const uint8_t *bytes)
{
    const struct lone_field *field = op->node->field;
    int result = cmd_idle(op->node->cmd, "the entry", &op->error);

    if (result)
        return result;
    memcpy(op->node->cmd->cmd->sqe + at, bytes, size);
    /* A file of a field writes whole bytes, but means its own bits. */
    if (field && field->bits < 8)
        cmd_entry_written(op->node->cmd, at * 8 + field->bit % 8, field->bits);
    else
        cmd_entry_written(op->node->cmd, at * 8, size * 8);
    return 0;
}

static const struct lone_record *sqe_record(struct fs *fs, const struct node *node)
{
    (void)fs;
    return cmd_entry(node->cmd);
}

static const struct lone_record *cqe_record(struct fs *fs, const struct node *node)
{
    (void)fs;
    return cmd_completion(node->cmd);
}

static int cqe_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    int result = cmd_await(op, op->node->cmd);

    (void)aggregate;
    if (result)
        return result;
    memcpy(bytes, op->node->cmd->cmd->cqe + at, size);
    if (present)
        memset(present, 1, size);
    return 0;
}

static int result_await(struct op *op)
{
    int result = cmd_await(op, op->node->cmd);

    return result ? result : cmd_check_result(op->node->cmd, &op->error);
}

static int result_measure(struct op *op, uint64_t *size)
{
    *size = cmd_data_length(op->node->cmd);
    return result_await(op);
}

static int result_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    const struct lone_cmd *cmd = op->node->cmd->cmd;

    (void)present, (void)aggregate;
    return size ? lone_buffer_load(&cmd->data, cmd->data_offset + at, bytes, size, &op->error) : 0;
}

/* Of what came back, before it came back nothing is known; memory in a BAR is the device's to ask. */
static uint64_t result_peek(struct fs *fs, const struct node *node, void *bytes, uint64_t size)
{
    const struct lone_cmd *cmd = node->cmd->cmd;
    uint64_t length = cmd_data_length(node->cmd);

    (void)fs;
    if (cmd->state != LONE_CMD_COMPLETED || !cmd->data.data || cmd_check_result(node->cmd, NULL))
        return 0;
    if (size)
        lone_dma_load(bytes, cmd->data.data + cmd->data_offset, size < length ? size : length);
    return length;
}

static const struct lone_record *result_record(struct fs *fs, const struct node *node)
{
    (void)fs;
    return cmd_result(node->cmd);
}

static ssize_t result_raw_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    int result = result_await(op);

    return result == PARK ? READ_PARK : result ? result : cmd_data_read(op, bytes, size, offset);
}

static const struct source sqe_source = {
    .writable = true, .transient = true, .load = sqe_load, .peek = sqe_peek, .save = sqe_save, .record = sqe_record};
static const struct source cqe_source = {
    .waits = true, .transient = true, .load = cqe_load, .record = cqe_record, .ready = completion_ready};
static const struct source result_source = {.waits = true,
                                            .transient = true,
                                            .measure = result_measure,
                                            .load = result_load,
                                            .peek = result_peek,
                                            .record = result_record,
                                            .ready = completion_ready};

/* All that a command returned can be read as bytes, whether a table lays it out or not. */
static const struct node_class result_raw_class = {.transient = true,
                                                   .waits = true,
                                                   .memory = true,
                                                   .mode = 0444,
                                                   .read = result_raw_read,
                                                   .size = cmd_result_file_size,
                                                   .ready = completion_ready};
static const struct entry result_entries[] = {{"raw", &result_raw_class, false}, {0}};

static int result_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    return result_record(fs, dir) ? record_find(fs, dir, name, child, error) : -ENOENT;
}

static bool result_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    /* raw, the first file of a record, is listed already. */
    return result_record(fs, dir) && record_list(fs, dir, index + 1, name, child);
}

/* --- The object's directory --- */

#define TEXT_FILE(...)                               \
    {                                                \
        .transient = true, .mode = 0644, __VA_ARGS__ \
    }

static const struct node_class ctl_class = TEXT_FILE(.show = cmd_ctl_show, .store = cmd_ctl_store);
static const struct node_class opcode_class = TEXT_FILE(.show = opcode_show, .store = opcode_store);
static const struct node_class queue_class = TEXT_FILE(.show = queue_show, .store = queue_store);
static const struct node_class timeout_class = TEXT_FILE(.show = timeout_show, .store = timeout_store);
static const struct node_class pointers_class = TEXT_FILE(.show = pointers_show, .store = pointers_store);
static const struct node_class cid_class = TEXT_FILE(.show = cid_show, .store = cid_store);
static const struct node_class size_class = TEXT_FILE(.show = cmd_size_show, .store = cmd_size_store);
static const struct node_class data_offset_class =
    TEXT_FILE(.show = cmd_data_offset_show, .store = cmd_data_offset_store);
static const struct node_class mem_class = TEXT_FILE(.show = cmd_mem_show, .store = cmd_mem_store);
static const struct node_class mem_offset_class = TEXT_FILE(.show = cmd_mem_offset_show, .store = cmd_mem_offset_store);
static const struct node_class prp_list_class = TEXT_FILE(.show = cmd_prp_list_show, .store = cmd_prp_list_store);
static const struct node_class sgl_class = TEXT_FILE(.most = 16384, .show = cmd_sgl_show, .store = cmd_sgl_store);
static const struct node_class fuse_class = TEXT_FILE(.show = fuse_show, .store = fuse_store);
static const struct node_class state_class = {.transient = true, .offline = true, .mode = 0444, .show = state_show};
static const struct node_class status_class = {
    .transient = true, .waits = true, .mode = 0444, .show = status_show, .ready = completion_ready};
static const struct node_class latency_class = {
    .transient = true, .waits = true, .mode = 0444, .show = latency_show, .ready = completion_ready};
static const struct node_class data_class = {.transient = true,
                                             .memory = true,
                                             .mode = 0644,
                                             .truncate = cmd_data_truncate,
                                             .read = cmd_data_read,
                                             .write = cmd_data_write,
                                             .size = cmd_data_file_size};
static const struct node_class sqe_class = {.directory = true,
                                            .transient = true,
                                            .mode = 0755,
                                            .source = &sqe_source,
                                            .find = record_find,
                                            .list = record_list};
static const struct node_class cqe_class = {.directory = true,
                                            .transient = true,
                                            .mode = 0755,
                                            .source = &cqe_source,
                                            .find = record_find,
                                            .list = record_list};
static const struct node_class result_class = {.directory = true,
                                               .transient = true,
                                               .mode = 0755,
                                               .source = &result_source,
                                               .entries = result_entries,
                                               .find = result_find,
                                               .list = result_list};

/* All data can be written as bytes, whether a table lays them out or not. */
static const struct entry input_entries[] = {{"raw", &data_class, false}, {0}};
static const struct node_class input_class = {.directory = true,
                                              .transient = true,
                                              .mode = 0755,
                                              .source = &cmd_input_source,
                                              .entries = input_entries,
                                              .find = cmd_input_find,
                                              .list = cmd_input_list};

static const struct entry object_entries[] = {
    {"ctl", &ctl_class, false},
    {"opcode", &opcode_class, false},
    {"queue", &queue_class, false},
    {"timeout", &timeout_class, false},
    {"state", &state_class, false},
    {"error", &object_error_class, false},
    {"sqe", &sqe_class, false},
    {"data", &data_class, false},
    {"data_size", &size_class, false},
    {"data_offset", &data_offset_class, false},
    {"mem", &mem_class, false},
    {"mem_offset", &mem_offset_class, false},
    {"input", &input_class, false},
    {"pointers", &pointers_class, false},
    {"sgl", &sgl_class, false},
    {"prp_list", &prp_list_class, false},
    {"fuse", &fuse_class, false},
    {"cid", &cid_class, false},
    {"status", &status_class, false},
    {"cqe", &cqe_class, false},
    {"result", &result_class, false},
    {"latency_ns", &latency_class, false},
    {0},
};

/* number says which buffer: 0 data, 1 metadata. */
static int object_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)fs, (void)dir, (void)error;
    child->number = 1;
    if (!strcmp(name, "metadata"))
        child->class = &data_class;
    else if (!strcmp(name, "metadata_size"))
        child->class = &size_class;
    else
        return -ENOENT;
    return 0;
}

static bool object_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    if (index > 1)
        return false;
    strcpy(name, index ? "metadata_size" : "metadata");
    return object_find(fs, dir, name, child, NULL) == 0;
}

const struct node_class cmd_object_class = {.directory = true,
                                            .transient = true,
                                            .mode = 0755,
                                            .entries = object_entries,
                                            .find = object_find,
                                            .list = object_list};

/* --- clone: an object that lives as long as a descriptor --- */

/* Nobody removes the name of a clone that has ended, so the kernel remembers it, and its files, until it is asked for
 * again and stands for another object. So names come again, but not soon. */
#define CLONE_NAMES 256u

static int clone_open(struct op *op)
{
    unsigned names = op->fs->cmds.count < CLONE_NAMES / 2 ? CLONE_NAMES : 2 * op->fs->cmds.count;
    char name[16];

    if ((op->handle->flags & O_ACCMODE) != O_RDWR)
        return lone_fail(&op->error, EACCES, "cmd/clone is opened for reading and writing: exec 3<>cmd/clone");
    do
        snprintf(name, sizeof(name), "%u", op->fs->next_clone++ % names);
    while (cmd_object_named(op->fs, name));
    op->handle->cmd = cmd_object_new(op->fs, name, &op->error);
    if (!op->handle->cmd)
        return -op->error.number;
    op->handle->cmd->cloned = true;
    cmd_object_get(op->handle->cmd);
    return 0;
}

static void clone_release(struct op *op)
{
    cmd_object_end(op->handle->cmd);
    cmd_object_put(op->fs, op->handle->cmd);
}

static int clone_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%s\n", op->handle->cmd->named.name);
    return 0;
}

/* Each open file is another object: while a write waits in one of them, the kernel lets no other writer near its inode.
 */
const struct node_class clone_class = {.transient = true,
                                       .unique = true,
                                       .mode = 0644,
                                       .open = clone_open,
                                       .release = clone_release,
                                       .show = clone_show,
                                       .store = cmd_ctl_store};

/* --- cmd/ itself --- */

static int cmd_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)dir, (void)error;
    child->cmd = cmd_object_named(fs, name);
    child->class = &cmd_object_class;
    return child->cmd ? 0 : -ENOENT;
}

static uint64_t cmd_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    struct cmd_object *object = (struct cmd_object *)named_after(&fs->cmds, after);

    (void)dir;
    if (!object)
        return 0;
    snprintf(name, 64, "%s", object->named.name);
    child->cmd = object;
    child->class = &cmd_object_class;
    return object->named.serial;
}

static int cmd_make(struct op *op, const char *name)
{
    int result = object_name_check(name, &op->error);

    if (result)
        return result;
    return cmd_object_new(op->fs, name, &op->error) ? 0 : -op->error.number;
}

static int cmd_remove(struct op *op, const char *name)
{
    struct cmd_object *object = cmd_object_named(op->fs, name);

    if (!object)
        return lone_fail(&op->error, ENOENT, "there is no object %s", name);
    if (object->cloned)
        return lone_fail(&op->error, EBUSY, "%s lives as long as the descriptor that made it", name);
    if (object->cmd->state == LONE_CMD_OUTSTANDING)
        return lone_fail(&op->error, EBUSY, "%s is outstanding: wait for its status, or reset the controller", name);
    cmd_object_end(object);
    return 0;
}

static const struct node_class opcodes_class = {.mode = 0444, .offline = true, .show = cmd_opcodes_show};
static const struct entry cmd_entries[] = {{"clone", &clone_class, true}, {"opcodes", &opcodes_class, true}, {0}};
const struct node_class cmd_root_class = {.directory = true,
                                          .mode = 0755,
                                          .entries = cmd_entries,
                                          .find = cmd_find,
                                          .list_after = cmd_list,
                                          .make = cmd_make,
                                          .remove = cmd_remove};
