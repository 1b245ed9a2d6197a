/* SPDX-License-Identifier: MIT */
/* The `ctl` of a command object: filling the entry, submitting it, aborting it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"

/* --- Filling the entry --- */

static bool overlaps(uint32_t bit, uint32_t bits, uint32_t first, uint32_t end)
{
    return bit < end && bit + bits > first;
}

/* Bits of the entry: FUSE 9:8, PSDT 15:14, CID 31:16; MPTR, PRP1 and PRP2 in bytes 16 to 39 (3.3.3.1). */
void cmd_entry_written(struct cmd_object *object, uint32_t bit, uint32_t bits)
{
    object->opcode_set |= overlaps(bit, bits, 0, 8);
    object->fuse_in_entry |= overlaps(bit, bits, 8, 10);
    object->cid_in_entry |= overlaps(bit, bits, 16, 32);
    object->pointers_in_entry |= overlaps(bit, bits, 14, 16) || overlaps(bit, bits, 8 * 16, 8 * 40);
}

void cmd_pointers_back(struct cmd_object *object)
{
    uint8_t *sqe = object->cmd->sqe;

    if (!object->pointers_in_entry)
        return;
    object->pointers_in_entry = false;
    sqe[1] &= 0x3f;
    memset(sqe + 16, 0, 24);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters have to be added, removed or replaced to make one word of the other. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[65], diagonal;
    size_t n = strlen(b);

    for (size_t k = 0; k <= n; k++)
        row[k] = (unsigned)k;
    for (; *a; a++) {
        diagonal = row[0]++;
        for (size_t k = 1; k <= n; k++) {
            unsigned above = row[k];

            row[k] = least(diagonal + (*a != b[k - 1]), least(above, row[k - 1]) + 1);
            diagonal = above;
        }
    }
    return row[n];
}

/* The command that somebody means who wrote @name; NULL: nobody knows. A third of it may be wrong. */
static const char *nearest_opcode(const char *name)
{
    unsigned best = (unsigned)strlen(name) / 3 + 1;
    const char *nearest = NULL;

    for (size_t i = 0; name[0] && i < lone_n_opcodes; i++) {
        unsigned away = strlen(lone_opcodes[i].name) < 64 ? distance(name, lone_opcodes[i].name) : best;

        if (away < best) {
            best = away;
            nearest = lone_opcodes[i].name;
        }
    }
    return nearest;
}

int cmd_opcodes_show(struct op *op, struct lone_text *text)
{
    (void)op;
    for (size_t i = 0; i < lone_n_opcodes; i++)
        lone_text_add(text, "%-32s 0x%02x %-5s %s\n", lone_opcodes[i].name, lone_opcodes[i].opcode,
                      lone_opcodes[i].kind == LONE_ADMIN ? "admin" : "I/O", lone_opcodes[i].title);
    return 0;
}

int cmd_set_opcode(struct cmd_object *object, const char *word, size_t length, struct lone_error *error)
{
    const struct lone_opcode *opcode = NULL;
    char name[64] = "";
    const char *nearest;
    uint64_t number;
    int result;

    if (length < sizeof(name)) {
        memcpy(name, word, length);
        name[length] = 0;
        opcode = lone_opcode_named(name);
    }
    if (opcode) {
        object->opcode_set = true;
        object->opcode = opcode;
        object->cmd->sqe[0] = opcode->opcode;
        return 0;
    }
    if (length && isdigit((unsigned char)word[0])) {
        result = lone_number_parse("an opcode", 8, word, length, &number, error);
        if (result)
            return result;
        object->opcode_set = true;
        object->opcode = NULL;
        object->cmd->sqe[0] = (uint8_t)number;
        return 0;
    }
    nearest = nearest_opcode(name);
    lone_fail(error, EINVAL,
              "%.40s is not a command of the specification%s%s%s: cmd/opcodes lists them; or write a number",
              name[0] ? name : "nothing", nearest ? "; " : "", nearest ? nearest : "", nearest ? " is" : "");
    lone_error_at(error, 0, length);
    return -EINVAL;
}

/* Which of the bits that were named count as made by hand. */
static void note_named(struct cmd_object *object, const uint8_t *named)
{
    object->cid_in_entry = object->pointers_in_entry = object->fuse_in_entry = false;
    for (uint32_t byte = 0; byte < LONE_SQE_SIZE; byte++)
        for (uint32_t bit = 0; named[byte] >> bit; bit++)
            if (named[byte] >> bit & 1)
                cmd_entry_written(object, byte * 8 + bit, 1);
}

/* SQID in CDW10 15:0, CID in 31:16 (5.1), as it was submitted: its entry may have been filled anew since. */
static void name_submitted(const struct lone_cmd *cmd, uint8_t *sqe)
{
    uint16_t sqid, cid;

    lone_cmd_submitted(cmd, &sqid, &cid);
    sqe[40] = (uint8_t)sqid;
    sqe[41] = (uint8_t)(sqid >> 8);
    sqe[42] = (uint8_t)cid;
    sqe[43] = (uint8_t)(cid >> 8);
}

/* The word "cmd=NAME" among @words of an Abort: its place in the copy becomes blanks, and @sqe names the command that
 * object was submitted as. */
static int name_target(struct op *op, const struct cmd_object *object, const char *words, size_t length, char *copy,
                       uint8_t *sqe)
{
    const char *rest = words, *word;
    const struct cmd_object *target;
    char name[64] = "";
    size_t n;

    do
        n = word_take(&rest, &length, &word);
    while (n && strncmp(word, "cmd=", n < 4 ? n : 4));
    if (n < 5)
        return 0;
    memset(copy + (word - words), ' ', n);
    if (n - 4 < sizeof(name))
        memcpy(name, word + 4, n - 4);
    target = cmd_object_named(op->fs, name);
    if (!target)
        lone_fail(&op->error, ENXIO, "there is no object %.*s", (int)(n < 64 ? n - 4 : 60), word + 4);
    else if (target == object)
        lone_fail(&op->error, EINVAL,
                  "an object cannot send the Abort for itself in place of its command: write `abort`, or use another "
                  "object");
    else if (target->cmd->state == LONE_CMD_IDLE)
        lone_fail(&op->error, ENODATA, "cmd/%s was not submitted: there is nothing to abort", name);
    if (!target || target == object || target->cmd->state == LONE_CMD_IDLE) {
        lone_error_at(&op->error, (size_t)(word - words), n);
        return -op->error.number;
    }
    name_submitted(target->cmd, sqe);
    return 0;
}

/* Which further fields there are says FID, wherever it stands among @words. What is wrong with it, the pass over all
 * words tells. */
static void name_feature(struct cmd_object *object, const char *words, size_t length)
{
    const char *word;
    size_t n;

    while ((n = word_take(&words, &length, &word)))
        if (n > 4 && !strncmp(word, "FID=", 4))
            lone_record_assign(cmd_entry(object), object->cmd->sqe, word, n, true, NULL, NULL);
}

/* A name that the entry has twice, in CDW0 and in a dword of the command's own (CDW10_CID of Abort), is no name: the
 * line says which is meant. */
static int check_names(struct op *op, const struct lone_record *record, const char *words, size_t length)
{
    const char *begin = words, *word;
    size_t n;

    while ((n = word_take(&words, &length, &word))) {
        size_t name = strcspn(word, "= ");

        for (size_t i = 0; name < n && i < record->n_fields; i++) {
            const char *field = record->fields[i].name, *rest = strchr(field, '_');

            if (strncmp(field, "CDW", 3) || !rest || strlen(rest + 1) != name || strncmp(rest + 1, word, name) ||
                !strncmp(field, "CDW0_", 5))
                continue;
            lone_fail(&op->error, EINVAL, "%s has two fields %s: write CDW0_%s (%s) or %s (%s)", record->name, rest + 1,
                      rest + 1, "of this command", field, record->fields[i].meaning);
            lone_error_at(&op->error, (size_t)(word - begin), name);
            return -EINVAL;
        }
    }
    return 0;
}

static int assign(struct op *op, struct cmd_object *object, const char *words, size_t length, uint8_t *named)
{
    const struct lone_opcode *opcode = cmd_opcode(object);
    char copy[4096];
    int result = check_names(op, cmd_entry(object), words, length);

    if (result)
        return result;
    if (opcode && opcode->more_of)
        name_feature(object, words, length);
    if (!opcode || strcmp(opcode->name, "abort") || length >= sizeof(copy))
        return lone_record_assign(cmd_entry(object), object->cmd->sqe, words, length, true, named, &op->error);
    memcpy(copy, words, length);
    result = name_target(op, object, words, length, copy, object->cmd->sqe);
    return result ? result
                  : lone_record_assign(cmd_entry(object), object->cmd->sqe, copy, length, true, named, &op->error);
}

/* "OPCODE FIELD=VALUE …": zero the entry and fill it. */
static int fill(struct op *op, struct cmd_object *object, const char *words, size_t length, const char *line)
{
    uint8_t named[LONE_SQE_SIZE] = {0};
    const char *word;
    size_t n = word_take(&words, &length, &word);
    int result;

    memset(object->cmd->sqe, 0, LONE_SQE_SIZE);
    result = cmd_set_opcode(object, word, n, &op->error);
    if (result && op->error.has_column)
        op->error.column += (size_t)(word - line);
    if (!result) {
        result = assign(op, object, words, length, named);
        if (result && op->error.has_column)
            op->error.column += (size_t)(words - line);
    }
    if (!result)
        note_named(object, named);
    return result;
}

enum { FUSE_NONE, FUSE_FIRST, FUSE_SECOND }; /* 3.3.3.1 */

/* What is set up beside the entry goes into the entry, unless it was made by hand there. */
static int prepare(struct cmd_object *object, unsigned fuse, struct lone_error *error)
{
    struct lone_cmd *cmd = object->cmd;
    int queue = cmd_queue(object, error);

    if (queue < 0)
        return queue;
    cmd->sqid = (uint16_t)queue;
    cmd->pointers = object->pointers_in_entry ? LONE_POINTERS_MANUAL : object->pointers;
    cmd->sgl = &object->sgl;
    cmd->manual_cid = object->cid_by_hand || object->cid_in_entry;
    if (object->cid_by_hand && !object->cid_in_entry) {
        cmd->sqe[2] = (uint8_t)object->cid;
        cmd->sqe[3] = (uint8_t)(object->cid >> 8);
    }
    if (!object->fuse_in_entry)
        cmd->sqe[1] = (uint8_t)((cmd->sqe[1] & ~3u) | fuse);
    object->kept_sent = true;
    object->sent = cmd->sqe[0];
    return cmd_size_data(object, false, error);
}

struct cmd_object *cmd_first_half(struct cmd_object *object, struct lone_error *error)
{
    struct cmd_object *first = cmd_object_named(object->fs, object->fuse);

    if (first && first->named.serial == object->fuse_serial)
        return first;
    lone_fail(error, ENXIO, "the first half, cmd/%s, is gone: write another name, or none, to cmd/%s/fuse",
              object->fuse, object->named.name);
    return NULL;
}

/* What a line changes of an object besides the lengths of its data. */
struct before {
    uint8_t sqe[LONE_SQE_SIZE];
    const struct lone_opcode *opcode;
    bool opcode_set, cid_in_entry, pointers_in_entry, fuse_in_entry, data_kept, metadata_kept, kept_sent;
    uint8_t sent;
};

static struct before remember(struct cmd_object *object)
{
    struct before before = {.opcode = object->opcode,
                            .opcode_set = object->opcode_set,
                            .cid_in_entry = object->cid_in_entry,
                            .pointers_in_entry = object->pointers_in_entry,
                            .fuse_in_entry = object->fuse_in_entry,
                            .data_kept = object->data_kept,
                            .metadata_kept = object->metadata_kept,
                            .kept_sent = object->kept_sent,
                            .sent = object->sent};

    memcpy(before.sqe, object->cmd->sqe, LONE_SQE_SIZE);
    cmd_data_note(object);
    return before;
}

static void put_back(struct cmd_object *object, const struct before *before)
{
    memcpy(object->cmd->sqe, before->sqe, LONE_SQE_SIZE);
    object->opcode = before->opcode;
    object->opcode_set = before->opcode_set;
    object->cid_in_entry = before->cid_in_entry;
    object->pointers_in_entry = before->pointers_in_entry;
    object->fuse_in_entry = before->fuse_in_entry;
    object->data_kept = before->data_kept;
    object->metadata_kept = before->metadata_kept;
    object->kept_sent = before->kept_sent;
    object->sent = before->sent;
    cmd_data_put_back(object);
}

/* Both halves of a fused pair stand next to each other and are rung for together (NVMe Base 2.0, 3.4.2). Refused, both
 * are as before. */
static int submit_pair(struct cmd_object *object, struct cmd_object *first, struct lone_error *error)
{
    struct lone_cmd *pair[2] = {first->cmd, object->cmd};
    struct before before;
    int result = cmd_idle(first, "the first half", error);

    if (result)
        return result;
    before = remember(first);
    result = prepare(first, FUSE_FIRST, error);
    if (!result)
        result = prepare(object, FUSE_SECOND, error);
    if (!result)
        result = lone_cmd_submit_many(pair, 2, error);
    if (result)
        put_back(first, &before);
    else
        first->serial++;
    return result;
}

static int submit(struct op *op, struct cmd_object *object)
{
    struct cmd_object *first = NULL;
    int result = 0;

    if (object->fuse[0]) {
        first = cmd_first_half(object, &op->error);
        result = first ? submit_pair(object, first, &op->error) : -op->error.number;
    } else {
        result = prepare(object, FUSE_NONE, &op->error);
        if (!result)
            result = lone_cmd_submit(object->cmd, &op->error);
    }
    if (result)
        return result;
    op->fs->submitted = true;
    op->serial = ++object->serial;
    return 0;
}

/* --- The verbs --- */

enum { RUN_WAITS = 1, ABORT_WAITS = 2 };

/* Of its own submission: what the object shows may be another writer's by now. */
static int run_end(struct op *op, struct cmd_object *object)
{
    int result = op->ended == LONE_CMD_IDLE ? cmd_await(op, object) : 0;

    if (result)
        return result;
    if (op->ended == LONE_CMD_LOST)
        return lone_cmd_lost(object->cmd, &op->error);
    result = op->ended == LONE_CMD_IDLE ? op_command_status(op, object->cmd) : op_status(op, op->status);
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
    name_submitted(target, op->cmd->sqe);
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

/* What refuses most commands does so before their buffers are touched. */
static int check_sendable(struct cmd_object *object, struct lone_error *error)
{
    int queue = cmd_queue(object, error);

    if (queue < 0)
        return queue;
    return lone_sq_check(object->fs->controller, (uint16_t)queue, object->fuse[0] ? 2 : 1, error);
}

static int send_line(struct op *op, struct cmd_object *object, const char *words, size_t length, const char *line,
                     bool send)
{
    struct before before = remember(object);
    struct lone_error unsent = {0};
    int result = length ? fill(op, object, words, length, line) : 0;

    if (!result && send && !object->opcode_set)
        result = lone_fail(&op->error, EINVAL,
                           "the entry has no opcode yet: write `run OPCODE FIELD=VALUE …`, or one to cmd/%s/opcode",
                           object->named.name);
    if (!result && send)
        result = check_sendable(object, &op->error);
    /* What is only set may still change; what is wrong about its length is told when it is sent. */
    if (!result && length)
        result = cmd_size_data(object, true, send ? &op->error : &unsent);
    if (!send && result == -unsent.number)
        result = 0;
    if (!result && send)
        result = submit(op, object);
    if (result)
        put_back(object, &before);
    else
        cmd_data_let_go(object);
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
    if (!result)
        result = send_line(op, object, rest, length, line, send);
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
                        "run abort cmd=NAME           send an Abort command for another object\n"
                        "reset                        forget the completion\n");
    return 0;
}
