/* SPDX-License-Identifier: MIT */
/*
 * features/: a read is one Get Features. Writing under current/ or saved/ is one Set Features; where only a part of the
 * value is written, the rest is what one Get Features before it returned.
 *
 * What Get returns and what Set takes are two layouts: a feature has NSQR to set and NSQA to read. Bytes of the first,
 * which is what a directory shows, are carried over into the second by the names of the fields.
 */
#include "spec/features.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "record.h"
#include "spec/offers.h"

#define DW          4u
#define SELECTIONS  4u
#define CDW11_BYTE  44u
#define SAVE_SELECT (1u << 4) /* ONCS bit 4: the Save field of Set and the Select field of Get count */
#define MAX_COMMAND (5u * DW) /* CDW11 to CDW15 */

/* A vendor's: only the dword is known. */
static const struct lone_field unknown_fields[] = {{"DW0", 0, 32, LONE_RW, .meaning = "Dword 0; Command Dword 11"}};
static const struct lone_record unknown_record = {
    .name = "feature", .title = "Feature of unknown layout", .size = DW, LONE_FIELDS(unknown_fields)};
static const struct lone_feature unknown_feature = {
    .name = "feature", .title = "unknown", .record = &unknown_record, .set = &unknown_record, .cdws = 1};

static const struct lone_feature *feature_of(const struct query *query)
{
    const struct lone_feature *feature =
        lone_feature_numbered((uint8_t)lone_bits_get(query->sqe, query_place("get_features", "FID")->bit, 8));

    return feature ? feature : &unknown_feature;
}

static uint32_t cdw11_of(const uint8_t *bytes)
{
    return (uint32_t)lone_bits_get(bytes, 0, 32);
}

static bool saves(const struct op *op)
{
    return op->node->number == LONE_SEL_SAVED;
}

static uint64_t timeout_of(const struct op *op)
{
    return op->node->query->timeout_ns ? op->node->query->timeout_ns : op->fs->timeout_ns;
}

/* --- Get Features --- */

static int check_select(struct op *op)
{
    const struct lone_limits *limits = lone_controller_limits(op->fs->controller);

    if (op->node->number == LONE_SEL_CURRENT || !limits || limits->oncs & SAVE_SELECT)
        return 0;
    return lone_fail(&op->error, EOPNOTSUPP,
                     "the controller has current values only: ONCS bit 4 of Identify Controller is 0, and it would "
                     "answer with the current one");
}

static uint32_t get_length(const struct node *node)
{
    if (node->number == LONE_SEL_CAPABILITIES)
        return 0;
    return lone_feature_get_length(feature_of(node->query), cdw11_of(node->query->sqe + CDW11_BYTE));
}

static uint64_t raw_size(struct fs *fs, const struct node *node)
{
    (void)fs;
    return DW + get_length(node);
}

static int get(struct op *op)
{
    int result = 0;

    if (!op->cmd) {
        result = fs_may_send(op);
        if (!result)
            result = check_select(op);
        if (result)
            return result;
        op->cmd = lone_cmd_new(op->fs->controller);
        if (!op->cmd)
            return lone_fail(&op->error, ENOMEM, "no memory for a command");
        memcpy(op->cmd->sqe, op->node->query->sqe, LONE_SQE_SIZE);
        query_field(op->cmd->sqe, "SEL", op->node->number);
        result = lone_cmd_data_size(op->cmd, get_length(op->node), &op->error);
    }
    if (!result)
        result = op_command(op, timeout_of(op));
    return result ? result : op_command_status(op, op->cmd);
}

/* Is it the bytes of the whole value that are written? Then nothing is read before. */
static bool writes_raw(const struct op *op)
{
    return op->kind == OP_WRITE && op->node->class->memory && !record_owner(op->node)->nested;
}

static uint32_t most_set_bytes(const struct lone_feature *feature)
{
    return feature->cdws * DW + lone_feature_set_length(feature, UINT32_MAX);
}

static int feature_measure(struct op *op, uint64_t *size)
{
    *size = writes_raw(op) ? most_set_bytes(feature_of(op->node->query)) : DW + get_length(op->node);
    return writes_raw(op) ? 0 : get(op);
}

static int feature_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    (void)at, (void)present, (void)aggregate;
    memcpy(bytes, op->cmd->cqe, DW);
    return size > DW ? lone_buffer_load(&op->cmd->data, 0, bytes + DW, size - DW, &op->error) : 0;
}

/* --- From what Get returns to what Set takes --- */

static uint64_t width(const struct lone_field *field)
{
    return (uint64_t)field->bits * (field->count ? field->count : 1);
}

static void copy_bits(uint8_t *to, uint64_t to_bit, const uint8_t *from, uint64_t from_bit, uint64_t bits)
{
    for (uint64_t at = 0; at < bits;) {
        uint32_t n = bits - at < 64 ? (uint32_t)(bits - at) : 64;

        lone_bits_set(to, (uint32_t)(to_bit + at), n, lone_bits_get(from, (uint32_t)(from_bit + at), n));
        at += n;
    }
}

/* One field of a Set: what has its name in what was read; which element it is about, from the question, unless that was
 * written; else what stands in its place. */
static void carry_field(const struct lone_feature *feature, const struct lone_field *field, const uint8_t *query,
                        const uint8_t *before, const uint8_t *now, uint64_t bytes, uint8_t *set)
{
    const struct lone_field *same = lone_record_field(feature->record, field->name);
    const struct lone_field *selector = feature->get ? lone_record_field(feature->get, field->name) : NULL;
    uint64_t from = same ? same->bit : field->bit, bits = width(field);
    bool there = from + bits <= bytes * 8 && (!same || width(same) == bits);

    if (selector &&
        (!there || bits > 64 ||
         lone_bits_get(before, (uint32_t)from, field->bits) == lone_bits_get(now, (uint32_t)from, field->bits)))
        lone_bits_set(set, field->bit, field->bits, lone_bits_get(query, selector->bit, selector->bits));
    else if (there)
        copy_bits(set, field->bit, now, from, bits);
}

/* @before and @now: @bytes that were read, and those with what is written. */
static void carry_over(const struct query *query, const uint8_t *before, const uint8_t *now, uint64_t bytes,
                       uint8_t *set)
{
    const struct lone_feature *feature = feature_of(query);
    uint32_t command = feature->cdws * DW, data = most_set_bytes(feature) - command;
    bool same_data = feature->set_data && feature->set_data == feature->data;

    for (size_t i = 0; i < feature->set->n_fields; i++)
        if (!same_data || feature->set->fields[i].bit < command * 8)
            carry_field(feature, &feature->set->fields[i], query->sqe + CDW11_BYTE, before, now, bytes, set);
    if (same_data && bytes > DW)
        memcpy(set + command, now + DW, data < bytes - DW ? data : bytes - DW);
}

/* --- Set Features --- */

static void free_set(struct fs *fs, void *job)
{
    (void)fs;
    lone_cmd_free(job);
}

static int make_set(struct op *op, const uint8_t *bytes)
{
    const struct query *query = op->node->query;
    const struct lone_feature *feature = feature_of(query);
    uint32_t length = lone_feature_set_length(feature, cdw11_of(bytes));
    struct lone_cmd *cmd;
    int result = fs_may_send(op);

    if (result)
        return result;
    cmd = lone_cmd_new(op->fs->controller);
    if (!cmd)
        return lone_fail(&op->error, ENOMEM, "no memory for a command");
    op->job = cmd;
    op->job_end = free_set;
    cmd->sqe[0] = lone_opcode_named("set_features")->opcode;
    lone_set(&lone_sqe, cmd->sqe, "NSID", lone_get(&lone_sqe, query->sqe, "NSID"));
    query_field(cmd->sqe, "FID", lone_bits_get(query->sqe, query_place("get_features", "FID")->bit, 8));
    query_field(cmd->sqe, "UIDX", lone_bits_get(query->sqe, query_place("get_features", "UIDX")->bit, 7));
    query_field(cmd->sqe, "SV", saves(op));
    memcpy(cmd->sqe + CDW11_BYTE, bytes, feature->cdws * DW);
    result = length ? lone_cmd_data_size(cmd, length, &op->error) : 0;
    if (!result && length)
        result = lone_buffer_store(&cmd->data, 0, bytes + feature->cdws * DW, length, &op->error);
    return result;
}

/* 0, PARK or an error. @bytes are laid out as Set takes them, and are looked at once. */
static int set(struct op *op, const uint8_t *bytes)
{
    int result = op->job ? 0 : make_set(op, bytes);

    if (!result)
        result = op_await(op, op->job, timeout_of(op));
    return result ? result : op_command_status(op, op->job);
}

/* What was read, with @size bytes at @at of it written anew, is set. */
static int set_carried(struct op *op, uint32_t at, uint32_t size, const uint8_t *bytes)
{
    uint64_t length = DW + op->cmd->data.size;
    uint8_t *before = calloc(2, length), *now = before + length;
    uint8_t *words = calloc(1, most_set_bytes(feature_of(op->node->query)));
    int result = before && words ? feature_load(op, 0, (uint32_t)length, before, NULL, false)
                                 : lone_fail(&op->error, ENOMEM, "no memory for the value");

    if (!result) {
        memcpy(now, before, length);
        memcpy(now + at, bytes, at + size <= length ? size : length - at);
        carry_over(op->node->query, before, now, length, words);
        result = set(op, words);
    }
    free(before);
    free(words);
    return result;
}

static int set_raw(struct op *op, uint32_t at, uint32_t size, const uint8_t *bytes)
{
    const struct lone_feature *feature = feature_of(op->node->query);
    uint32_t needed = feature->cdws * DW + (size >= DW ? lone_feature_set_length(feature, cdw11_of(bytes)) : 0);

    if (at || size != needed)
        return lone_fail(&op->error, EINVAL,
                         "Set Features takes %u bytes for this feature in one write, %u dwords from CDW11 on%s, not %u "
                         "at offset %u",
                         needed, feature->cdws, needed > feature->cdws * DW ? " and its data" : "", size, at);
    return set(op, bytes);
}

static int feature_save(struct op *op, uint32_t at, uint32_t size, const uint8_t *bytes)
{
    return writes_raw(op) ? set_raw(op, at, size, bytes) : set_carried(op, at, size, bytes);
}

static const struct lone_record *feature_record(struct fs *fs, const struct node *node)
{
    (void)fs;
    return node->number == LONE_SEL_CAPABILITIES ? &lone_feature_capabilities : feature_of(node->query)->record;
}

static const struct source readable = {
    .measure = feature_measure, .load = feature_load, .size = raw_size, .record = feature_record};
static const struct source writable = {.writable = true,
                                       .measure = feature_measure,
                                       .load = feature_load,
                                       .save = feature_save,
                                       .size = raw_size,
                                       .record = feature_record};

/* --- value, and fields that only Set has --- */

static int value_show(struct op *op, struct lone_text *text)
{
    int result = get(op);

    if (!result)
        lone_text_add(text, "0x%" PRIx32 "\n", cdw11_of(op->cmd->cqe));
    return result;
}

/* Applies @line to a copy of what Set takes: words, or the value of op->node->field. */
static int apply(struct op *op, uint8_t *bytes, size_t size, const char *line, size_t length)
{
    const struct lone_field *field = op->node->field;

    if (field)
        return lone_field_parse(field, bytes, field->bit, line, length, &op->error);
    return lone_record_assign_sized(feature_of(op->node->query)->set, bytes, size, line, length, false, NULL,
                                    &op->error);
}

/* Words are one Get and one Set. */
static int store_words(struct op *op, const char *line, size_t length)
{
    const struct lone_feature *feature = feature_of(op->node->query);
    uint32_t size = most_set_bytes(feature), loaded = DW + get_length(op->node);
    uint8_t *words = calloc(1, size), *read = calloc(1, loaded);
    int result = words && read ? apply(op, words, size, line, length) /* before anything is sent */
                               : lone_fail(&op->error, ENOMEM, "no memory for the value");

    if (!result)
        result = get(op);
    if (!result)
        result = feature_load(op, 0, loaded, read, NULL, false);
    if (!result) {
        memset(words, 0, size);
        carry_over(op->node->query, read, read, loaded, words);
        result = apply(op, words, size, line, length);
    }
    if (!result)
        result = set(op, words);
    free(words);
    free(read);
    return result;
}

/* The bits of Dword 0 that Set takes, too, wherever it has them. */
static uint32_t settable(const struct lone_feature *feature)
{
    uint8_t mask[DW] = {0};

    for (size_t i = 0; i < feature->record->n_fields; i++) {
        const struct lone_field *field = &feature->record->fields[i];

        if (field->bit + width(field) <= DW * 8 && lone_record_field(feature->set, field->name))
            lone_bits_set(mask, field->bit, (uint32_t)width(field), UINT32_MAX >> (DW * 8 - width(field)));
    }
    return cdw11_of(mask);
}

/* A number in place of the Dword 0 that one Get returns: the rest is carried over into one Set. */
static int store_dw0(struct op *op, uint32_t number)
{
    const struct lone_feature *feature = feature_of(op->node->query);
    uint8_t bytes[DW];
    int result = get(op);

    if (result)
        return result;
    if ((number ^ cdw11_of(op->cmd->cqe)) & ~settable(feature))
        return lone_fail(&op->error, EINVAL,
                         "Dword 0 of this feature is 0x%" PRIx32 ", of which Set Features takes 0x%" PRIx32
                         ": write FIELD=VALUE FIELD=VALUE …, a field, or %u bytes to raw",
                         cdw11_of(op->cmd->cqe), settable(feature), most_set_bytes(feature));
    lone_bits_set(bytes, 0, 32, number);
    return set_carried(op, 0, DW, bytes);
}

static int value_store(struct op *op, const char *line, size_t length)
{
    const struct lone_feature *feature = feature_of(op->node->query);
    uint8_t words[MAX_COMMAND] = {0}, none[DW] = {0};
    uint64_t number;
    int result;

    if (memchr(line, '=', length))
        return store_words(op, line, length);
    result = lone_number_parse("CDW11", 32, line, length, &number, &op->error);
    if (result)
        return result;
    if (feature->cdws > 1 || lone_feature_set_length(feature, UINT32_MAX))
        return store_dw0(op, (uint32_t)number);
    lone_bits_set(words, 0, 32, number);
    /* Of which element it is, the question says, unless the number does. */
    for (size_t i = 0; feature->get && i < feature->get->n_fields; i++)
        carry_field(feature, &feature->get->fields[i], op->node->query->sqe + CDW11_BYTE, none, words, DW, words);
    return set(op, words);
}

static const struct node_class value_class = {.mode = 0644, .show = value_show, .store = value_store};
static const struct node_class shown_value_class = {.mode = 0444, .show = value_show};
static const struct node_class set_field_class = {.mode = 0222, .store = store_words};

/* --- Directories: current/ default/ saved/ capabilities/ --- */

static void make_value(const struct node *dir, struct node *child)
{
    child->class = dir->source == &writable ? &value_class : &shown_value_class;
    child->field = NULL;
}

/* In place of the record's own `value`, whose numbers and words would be those of Get. */
static int values_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    const struct lone_field *field = lone_record_field(feature_of(dir->query)->set, name);
    int result;

    if (!strcmp(name, "value")) {
        make_value(dir, child);
        return 0;
    }
    result = record_find(fs, dir, name, child, error);
    if (result != -ENOENT || dir->source != &writable || !field || field->kind == LONE_RECORD)
        return result;
    child->class = &set_field_class;
    child->field = field;
    return 0;
}

static bool values_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    if (!index) {
        strcpy(name, "value");
        make_value(dir, child);
        return true;
    }
    for (unsigned i = 0;; i++) {
        if (!record_list(fs, dir, i, name, child))
            return false;
        if (strcmp(name, "value") && !--index)
            return true;
    }
}

static const struct node_class values_class = {
    .directory = true, .mode = 0755, .find = values_find, .list = values_list};

static const char *const selections[SELECTIONS] = {"current", "default", "saved", "capabilities"};

static int selection_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                          struct lone_error *error)
{
    (void)fs, (void)dir, (void)error;
    for (uint32_t i = 0; i < SELECTIONS; i++)
        if (!strcmp(name, selections[i])) {
            child->class = &values_class;
            child->number = i;
            child->source = i == LONE_SEL_CURRENT || i == LONE_SEL_SAVED ? &writable : &readable;
            return 0;
        }
    return -ENOENT;
}

/* All but the current value need the Select field of the command: ONCS says whether it counts. */
static bool selection_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    const struct lone_limits *limits = lone_controller_limits(fs->controller);

    if (index >= SELECTIONS || (index != LONE_SEL_CURRENT && (!limits || !(limits->oncs & SAVE_SELECT))))
        return false;
    strcpy(name, selections[index]);
    return !selection_find(fs, dir, name, child, NULL);
}

static const struct node_class feature_class = {
    .directory = true, .mode = 0755, .find = selection_find, .list = selection_list};

/* --- Names --- */

/* A feature of a namespace is one of namespace 1 unless the question says otherwise. */
static void set_feature(struct query *query, const struct lone_feature *feature)
{
    query_field(query->sqe, "FID", feature->fid);
    if (feature->per_namespace)
        lone_set(&lone_sqe, query->sqe, "NSID", 1);
}

/* The name of a feature, its number, and the fields that say of which element the value is. */
static int own_word(const char *word, size_t length, bool first, struct query *query, struct query_said *said,
                    struct lone_error *error)
{
    const char *equals = memchr(word, '=', length);
    const struct lone_record *selectors = feature_of(query)->get;
    const struct lone_field *selector;
    char name[64] = "";
    uint64_t fid;
    int result;

    if (length < sizeof(name))
        memcpy(name, word, equals ? (size_t)(equals - word) : length);
    if (first && !equals && lone_feature_named(name)) {
        set_feature(query, lone_feature_named(name));
        return 1;
    }
    if (!strcmp(name, "SEL"))
        return lone_fail(error, ENOENT,
                         "current/, default/, saved/ and capabilities/ say which value is meant, not SEL");
    if (!strcmp(name, "FID") && first && length > 4 && isdigit((unsigned char)word[4])) {
        result = lone_number_parse("FID", 8, word + 4, length - 4, &fid, error);
        if (result && error->has_column)
            error->column += 4;
        if (!result && lone_feature_numbered((uint8_t)fid))
            set_feature(query, lone_feature_numbered((uint8_t)fid));
        else if (!result)
            query_field(query->sqe, "FID", fid);
        return result ? result : 1;
    }
    if (!strcmp(name, "FID"))
        return lone_fail(error, ENOENT, "FID comes first, as a number: FID=0x04,THSEL=1,TMPSEL=0");
    selector = selectors ? lone_record_field(selectors, name) : NULL;
    if (!selector)
        return 0;
    result = query_say(said, name, CDW11_BYTE * 8 + selector->bit, selector->bits, error);
    if (!result)
        result = lone_record_assign(selectors, query->sqe + CDW11_BYTE, word, length, true, NULL, error);
    return result ? result : 1;
}

static int make_feature(struct node *child, struct query *query)
{
    child->class = &feature_class;
    child->query = query;
    child->owns_query = true;
    return 0;
}

static int features_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                         struct lone_error *error)
{
    static const struct query_words words = {
        .opcode = "get_features", .example = "FID=0x04,THSEL=1 or temperature_threshold,THSEL=1", .own = own_word};
    const struct lone_feature *feature = lone_feature_named(name);
    struct query *query;
    int result = 0;

    (void)fs, (void)dir;
    if (!feature && !strchr(name, '='))
        return -ENOENT;
    query = query_new("get_features");
    if (!query)
        return -ENOMEM;
    if (feature)
        set_feature(query, feature);
    else
        result = query_parse(name, &words, query, error);
    if (!result && !lone_bits_get(query->sqe, query_place("get_features", "FID")->bit, 8))
        result = lone_fail(error, ENOENT, "FID=… or the name of a feature must come first: %s", words.example);
    if (!result)
        return make_feature(child, query);
    query_free(query);
    return result;
}

/* Listed is what the controller has said that it has; the other features are found by name. */
static uint64_t features_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    const uint8_t *identity = lone_controller_identity(fs->controller);

    (void)dir;
    for (size_t i = after; i < lone_n_features; i++) {
        if (!lone_offered(LONE_OFFER_FEATURE, lone_features[i].fid, identity))
            continue;
        snprintf(name, 64, "%s", lone_features[i].name);
        child->class = &feature_class;
        return i + 1;
    }
    return 0;
}

const struct node_class features_class = {
    .directory = true, .mode = 0755, .find = features_find, .list_after = features_list};
