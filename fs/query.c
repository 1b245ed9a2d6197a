/* SPDX-License-Identifier: MIT */
/* Names that are questions, and the commands that answer them. */
#include "query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_AT_ONCE  (128u << 10)
#define UNKNOWN_LIMIT 4096u

int number_name(const char *name, uint32_t most, uint32_t *number)
{
    char canonical[24], *end;
    unsigned long long value = strtoull(name, &end, 10);

    snprintf(canonical, sizeof(canonical), "%llu", value);
    if (*end || strcmp(canonical, name) || value > most)
        return -ENOENT;
    *number = (uint32_t)value;
    return 0;
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

const struct lone_namespace *namespace_after(struct fs *fs, uint64_t nsid)
{
    size_t count, low = 0, high;
    const struct lone_namespace *known = lone_controller_namespaces(fs->controller, &count);

    for (high = count; low < high;) { /* they ascend */
        size_t middle = low + (high - low) / 2;

        if (known[middle].nsid > nsid)
            high = middle;
        else
            low = middle + 1;
    }
    return low < count ? &known[low] : NULL;
}

const struct lone_field *query_place(const char *opcode, const char *name)
{
    return lone_opcode_field(lone_opcode_named(opcode), name);
}

void query_field(uint8_t sqe[LONE_SQE_SIZE], const char *name, uint64_t value)
{
    /* Admin commands have an opcode of their own each. */
    const struct lone_field *field = lone_opcode_field(lone_opcode_numbered(LONE_ADMIN, sqe[0]), name);

    lone_bits_set(sqe, field->bit, field->bits, value & (UINT64_MAX >> (64 - field->bits)));
}

/* --- Names --- */

void query_free(struct query *query)
{
    free(query);
}

/* 1: it was a time-out, 0: it is something else, negative: malformed. */
static int take_timeout(const char *word, size_t length, struct query *query, struct lone_error *error)
{
    int result;

    if (length < 8 || strncmp(word, "timeout=", 8))
        return 0;
    if (query->timeout_ns)
        return lone_fail(error, ENOENT, "timeout is said twice");
    result = seconds_parse(word + 8, length - 8, &query->timeout_ns, error);
    if (result)
        error->column += 8;
    return result ? result : 1;
}

/* What is malformed is no file: -ENOENT with the word marked. */
static int each_word(const char *name, query_taker *take, void *context, struct query *query, struct lone_error *error)
{
    for (const char *word = name; word; word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL) {
        size_t length = strcspn(word, ",");
        int result = take_timeout(word, length, query, error);

        if (!result)
            result = take(context, word, length, query, error);
        if (result >= 0)
            continue;
        if (error->has_column)
            error->column += (size_t)(word - name);
        else
            lone_error_at(error, (size_t)(word - name), length);
        error->number = ENOENT;
        return -ENOENT;
    }
    return 0;
}

int query_child(const char *name, query_taker *take, void *context, const char *missing, const struct node_class *class,
                struct node *child, struct lone_error *error)
{
    struct query *query;
    int result;

    if (!strchr(name, '='))
        return -ENOENT;
    query = calloc(1, sizeof(*query));
    if (!query)
        return -ENOMEM;
    result = each_word(name, take, context, query, error);
    if (!result && !query->n_conditions)
        result = lone_fail(error, ENOENT, "%s", missing);
    if (result) {
        query_free(query);
        return result;
    }
    child->class = class;
    child->query = query;
    child->owns_query = true;
    return 0;
}

#define MAX_FIELDS 24

struct fields {
    const struct query_words *words;
    struct lone_field fields[MAX_FIELDS]; /* those that a name may say */
    struct lone_record record;
    struct query_said said;
    const char *name;
    bool complete; /* the required one was there */
};

/* The opcode's own fields and NSID. Opcode, CID, pointers and the dwords as a whole are not for names: with them the
 * read would be of another command. */
static void fields_init(struct fields *fields, const struct lone_opcode *opcode)
{
    fields->record = (struct lone_record){
        .name = opcode->name, .title = opcode->title, .size = LONE_SQE_SIZE, .fields = fields->fields};
    for (size_t i = 0; i < opcode->n_fields && i < MAX_FIELDS - 1; i++)
        fields->fields[fields->record.n_fields++] = opcode->fields[i];
    fields->fields[fields->record.n_fields++] = *lone_record_field(&lone_sqe, "NSID");
}

int query_say(struct query_said *said, const char *name, uint32_t bit, uint32_t bits, struct lone_error *error)
{
    for (uint32_t i = bit; i < bit + bits; i++) {
        if (said->bits[i / 8] & 1u << i % 8)
            return lone_fail(error, ENOENT, "%s is said twice", name);
        said->bits[i / 8] |= (uint8_t)(1u << i % 8);
    }
    return 0;
}

static int say_field(struct fields *fields, const char *word, size_t length, struct lone_error *error)
{
    char name[64] = "";
    size_t named = strcspn(word, "=,");
    const struct lone_field *field;

    if (named < length && named < sizeof(name))
        memcpy(name, word, named);
    field = lone_record_field(&fields->record, name);
    return field ? query_say(&fields->said, name, field->bit, field->bits, error) : 0;
}

static int take_field(void *context, const char *word, size_t length, struct query *query, struct lone_error *error)
{
    struct fields *fields = context;
    const struct query_words *words = fields->words;
    int result = 0;

    if (!length)
        return lone_fail(error, ENOENT, "a word is missing next to a comma: %s", words->example);
    if (words->required && !strncmp(word, words->required, strlen(words->required)))
        fields->complete = true;
    if (words->own)
        result = words->own(word, length, word == fields->name, query, &fields->said, error);
    if (!result)
        result = say_field(fields, word, length, error);
    return result ? result : lone_record_assign(&fields->record, query->sqe, word, length, true, NULL, error);
}

int query_parse(const char *name, const struct query_words *words, struct query *query, struct lone_error *error)
{
    struct fields fields = {.words = words, .name = name, .complete = !words->required};
    int result;

    fields_init(&fields, lone_opcode_named(words->opcode));
    result = each_word(name, take_field, &fields, query, error);
    if (!result && !fields.complete)
        result = lone_fail(error, ENOENT, "%s… is missing: %s", words->required, words->example);
    return result;
}

struct query *query_new(const char *opcode)
{
    struct query *query = calloc(1, sizeof(*query));

    if (query)
        query->sqe[0] = lone_opcode_named(opcode)->opcode;
    return query;
}

/* --- Commands --- */

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

static int submit(struct op *op, struct lone_cmd *cmd, uint64_t timeout_ns)
{
    int result;

    cmd->done = wake_op;
    cmd->context = op->fs;
    result = lone_cmd_submit(cmd, &op->error);
    if (result)
        return result;
    op->fs->submitted = true;
    op->started_ns = now_ns();
    return op_park(op, cmd, op->started_ns + timeout_ns, 0);
}

int op_await(struct op *op, struct lone_cmd *cmd, uint64_t timeout_ns)
{
    switch (cmd->state) {
    case LONE_CMD_IDLE:
        return submit(op, cmd, timeout_ns);
    case LONE_CMD_COMPLETED:
        return 0;
    case LONE_CMD_LOST:
        return lone_cmd_lost(cmd, &op->error);
    default:
        break;
    }
    if (now_ns() < op->deadline_ns)
        return PARK;
    return lone_cmd_late(cmd, &op->error);
}

uint32_t command_limit(struct fs *fs)
{
    const struct lone_limits *limits = lone_controller_limits(fs->controller);

    if (!limits)
        return UNKNOWN_LIMIT;
    return limits->max_transfer && limits->max_transfer < MOST_AT_ONCE ? (uint32_t)limits->max_transfer : MOST_AT_ONCE;
}

int op_command(struct op *op, uint64_t timeout_ns)
{
    return op_await(op, op->cmd, timeout_ns);
}

int op_command_status(struct op *op, const struct lone_cmd *cmd)
{
    return op_status(op, lone_cmd_status(cmd));
}

int op_status(struct op *op, uint16_t status)
{
    if (status == LONE_SC_SUCCESS)
        return 0;
    lone_fail(&op->error, EIO, "the controller completed the command with status 0x%03x %s", status,
              lone_status_name(status));
    op->error.has_status = true;
    op->error.status = status;
    return -EIO;
}
