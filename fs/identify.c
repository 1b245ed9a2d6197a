/* SPDX-License-Identifier: MIT */
/* identify/: a read is one Identify command, decoded by the table that its CNS asks for. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "spec/offers.h"

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

/* --- Lists of namespaces, a number a line --- */

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

static int numbers_show(struct op *op, struct lone_text *text)
{
    uint8_t sqe[LONE_SQE_SIZE];

    memcpy(sqe, op->node->query->sqe, sizeof(sqe));
    for (;;) {
        int result;

        query_field(sqe, "NSID", op->number);
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

static const struct node_class numbers_class = {.mode = 0444, .most = LARGEST_TEXT, .show = numbers_show};

/* --- Names --- */

static const struct node_class structure_class = {
    .directory = true, .mode = 0755, .source = &identify_source, .find = record_find, .list = record_list};
static const struct node_class by_namespace_class, by_number_class, set_class;

#define ANY (-1)

/* What can be asked by name: a CNS, of a command set where that says of which. */
static const struct identify_name {
    const char *name;
    uint8_t cns;
    int8_t csi;
    const struct node_class *class;
} names[] = {
    {"controller", LONE_CNS_CONTROLLER, ANY, &structure_class},
    {"namespace", LONE_CNS_NAMESPACE, ANY, &by_namespace_class},
    {"namespaces", LONE_CNS_ACTIVE_NAMESPACES, ANY, &numbers_class},
    {"descriptors", LONE_CNS_DESCRIPTORS, ANY, &by_namespace_class},
    {"nvm_sets", 0x04, ANY, &structure_class},
    {"independent_namespace", 0x08, ANY, &by_namespace_class},
    {"user_data_format", 0x09, ANY, &by_number_class},
    {"allocated_namespaces", 0x10, ANY, &numbers_class},
    {"allocated_namespace", 0x11, ANY, &by_namespace_class},
    {"attached_controllers", 0x12, ANY, &by_namespace_class},
    {"controllers", 0x13, ANY, &structure_class},
    {"primary_controller", 0x14, ANY, &structure_class},
    {"secondary_controllers", 0x15, ANY, &structure_class},
    {"granularity", 0x16, ANY, &structure_class},
    {"uuids", LONE_CNS_UUIDS, ANY, &structure_class},
    {"domains", 0x18, ANY, &structure_class},
    {"endurance_groups", 0x19, ANY, &structure_class},
    {"command_sets", LONE_CNS_COMMAND_SETS, ANY, &structure_class},
    /* Each command set has these: see `sets`. */
    {"namespace", LONE_CNS_CSI_NAMESPACE, LONE_CSI_NVM, &by_namespace_class},
    {"controller", 0x06, LONE_CSI_NVM, &structure_class},
    {"namespaces", 0x07, LONE_CSI_NVM, &numbers_class},
    {"user_data_format", 0x0a, LONE_CSI_NVM, &by_number_class},
    {"allocated_namespaces", 0x1a, LONE_CSI_NVM, &numbers_class},
    {"allocated_namespace", 0x1b, LONE_CSI_NVM, &by_namespace_class},
    {"namespace", LONE_CNS_CSI_NAMESPACE, LONE_CSI_ZNS, &by_namespace_class},
    {"controller", 0x06, LONE_CSI_ZNS, &structure_class},
    {"namespaces", 0x07, LONE_CSI_ZNS, &numbers_class},
    {"user_data_format", 0x0a, LONE_CSI_ZNS, &by_number_class},
    {"allocated_namespaces", 0x1a, LONE_CSI_ZNS, &numbers_class},
    {"allocated_namespace", 0x1b, LONE_CSI_ZNS, &by_namespace_class},
};

static const struct {
    const char *name;
    int8_t csi;
} sets[] = {{"nvm", LONE_CSI_NVM}, {"zns", LONE_CSI_ZNS}};

/* @child asks what @name says, about @number where it is about one of several. */
static int make_question(struct node *child, const struct identify_name *name, const char *field, uint32_t number)
{
    child->query = query_new("identify");
    if (!child->query)
        return -ENOMEM;
    child->owns_query = true;
    query_field(child->query->sqe, "CNS", name->cns);
    if (name->csi != ANY)
        query_field(child->query->sqe, "CSI", (uint64_t)name->csi);
    if (field)
        query_field(child->query->sqe, field, number);
    return 0;
}

static int make_structure(struct node *child, const struct identify_name *name, const char *field, uint32_t number)
{
    child->class = &structure_class;
    child->source = &identify_source;
    return make_question(child, name, field, number);
}

static int by_namespace_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                             struct lone_error *error)
{
    uint32_t nsid;
    int result = number_name(name, UINT32_MAX, &nsid); /* any of 32 bits may be asked for */

    (void)fs, (void)error;
    return result ? result : make_structure(child, &names[dir->number], "NSID", nsid);
}

/* Is a structure of this command set to be expected of it? */
static bool belongs(const struct lone_namespace *known, int csi)
{
    return csi == ANY || known->csi == csi || (csi == LONE_CSI_NVM && known->csi < 0);
}

/* Looking must not ask the device: listed are the namespaces that are known. */
static uint64_t by_namespace_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    const struct lone_namespace *next = namespace_after(fs, after);

    while (next && !belongs(next, names[dir->number].csi))
        next = namespace_after(fs, next->nsid);
    if (!next)
        return 0;
    snprintf(name, 64, "%" PRIu32, next->nsid);
    child->class = &structure_class;
    return next->nsid;
}

static const struct node_class by_namespace_class = {
    .directory = true, .mode = 0755, .find = by_namespace_find, .list_after = by_namespace_list};

/* A User Data Format by its index: nobody says how many there are but each namespace, so none are listed. */
static int by_number_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                          struct lone_error *error)
{
    uint32_t number;
    int result = number_name(name, UINT16_MAX, &number);

    (void)fs, (void)error;
    return result ? result : make_structure(child, &names[dir->number], "CNSSID", number);
}

static const struct node_class by_number_class = {.directory = true, .mode = 0755, .find = by_number_find};

/* --- Directories: identify/ itself, and one a command set --- */

static bool is_here(const struct identify_name *name, const struct node *dir)
{
    return name->csi == (dir->class == &set_class ? (int)dir->number : ANY);
}

static int names_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)fs, (void)error;
    for (uint32_t i = 0; i < LONE_COUNT(names); i++) {
        if (!is_here(&names[i], dir) || strcmp(name, names[i].name))
            continue;
        child->number = i;
        child->class = names[i].class;
        if (names[i].class == &structure_class)
            return make_structure(child, &names[i], NULL, 0);
        return names[i].class == &numbers_class ? make_question(child, &names[i], NULL, 0) : 0;
    }
    return -ENOENT;
}

/* Listed is what the controller has said that it has; the others are found by name. */
static uint64_t names_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    const uint8_t *identity = lone_controller_identity(fs->controller);

    for (size_t i = after; i < LONE_COUNT(names); i++) {
        if (!is_here(&names[i], dir) || !lone_offered(LONE_OFFER_IDENTIFY, names[i].cns, identity) ||
            (names[i].cns == LONE_CNS_COMMAND_SETS && !lone_controller_has_sets(fs->controller)))
            continue;
        strcpy(name, names[i].name);
        child->class = names[i].class;
        return i + 1;
    }
    return 0;
}

static const struct node_class set_class = {
    .directory = true, .mode = 0755, .find = names_find, .list_after = names_list};

static int find_query(const char *name, struct node *child, struct lone_error *error)
{
    static const struct query_words words = {.opcode = "identify", .required = "CNS=", .example = "CNS=0x1c,NSID=1"};
    struct query *query = query_new("identify");
    int result = query ? query_parse(name, &words, query, error) : -ENOMEM;

    if (result) {
        query_free(query);
        return result;
    }
    child->class = &structure_class;
    child->source = &identify_source;
    child->query = query;
    child->owns_query = true;
    return 0;
}

static int identify_find(struct fs *fs, struct node *dir, const char *name, struct node *child,
                         struct lone_error *error)
{
    if (strchr(name, '='))
        return find_query(name, child, error);
    for (size_t i = 0; i < LONE_COUNT(sets); i++)
        if (!strcmp(name, sets[i].name)) {
            child->class = &set_class;
            child->number = (uint32_t)sets[i].csi;
            return 0;
        }
    return names_find(fs, dir, name, child, error);
}

/* Identify asks of a command set where CC.CSS allows several (3.1.3.5), and of one that some namespace has. */
static bool set_is_there(struct fs *fs, int csi)
{
    const struct lone_namespace *known = namespace_after(fs, 0);

    if (!lone_controller_has_sets(fs->controller))
        return false;
    while (known && known->csi != csi)
        known = namespace_after(fs, known->nsid);
    return csi == LONE_CSI_NVM || known;
}

/* The command sets are numbered behind the names. */
static uint64_t identify_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    uint64_t found = after < LONE_COUNT(names) ? names_list(fs, dir, after, name, child) : 0;

    if (found)
        return found;
    for (size_t i = after > LONE_COUNT(names) ? after - LONE_COUNT(names) : 0; i < LONE_COUNT(sets); i++) {
        if (!set_is_there(fs, sets[i].csi))
            continue;
        strcpy(name, sets[i].name);
        child->class = &set_class;
        return LONE_COUNT(names) + i + 1;
    }
    return 0;
}

const struct node_class identify_class = {
    .directory = true, .mode = 0755, .find = identify_find, .list_after = identify_list};
