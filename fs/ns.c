/* SPDX-License-Identifier: MIT */
/* ns/: the namespaces that are known, and `scan`. Their data are in ns_data.c. */
#include "ns.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

struct ns *ns_of(struct fs *fs)
{
    if (!fs->ns)
        fs->ns = calloc(1, sizeof(*fs->ns));
    return fs->ns;
}

void ns_end(struct fs *fs)
{
    if (!fs->ns)
        return;
    transfers_end(fs);
    lone_cmd_free(fs->ns->asking);
    free(fs->ns);
    fs->ns = NULL;
}

/* --- What a Format has changed ---
 *
 * The driver forgets what a Format makes wrong and asks for nothing. When it was sent through a file of the mount, the
 * namespaces are asked again, one Identify after the other, so that ns/ shows what there is now. */

static void ask_done(struct lone_cmd *cmd);

/* The next namespace behind @after whose format is not known; 0: none. */
static uint32_t next_unknown(struct fs *fs, uint32_t after)
{
    size_t count;
    const struct lone_namespace *known = lone_controller_namespaces(fs->controller, &count);

    for (size_t i = 0; i < count; i++)
        if (known[i].nsid > after && !known[i].format.lba_size)
            return known[i].nsid;
    return 0;
}

static void ask_end(struct fs *fs)
{
    lone_cmd_free(fs->ns->asking);
    fs->ns->asking = NULL;
    op_wake(fs, fs->ns);
}

/* Where it cannot be sent the format stays unknown, and the files say so. */
static void ask(struct fs *fs)
{
    if (lone_cmd_submit(fs->ns->asking, NULL))
        ask_end(fs);
}

static uint64_t asked_field(struct fs *fs, const char *name)
{
    const struct lone_field *field = query_place("identify", name);

    return (uint64_t)lone_bits_get(fs->ns->asking->sqe, field->bit, field->bits);
}

/* What a command set says of the format that was told; false when none has more to say. */
static bool ask_details(struct fs *fs)
{
    uint32_t nsid = (uint32_t)asked_field(fs, "NSID");
    int asked = asked_field(fs, "CNS") == LONE_CNS_CSI_NAMESPACE ? (int)asked_field(fs, "CSI") : -1;
    int csi = lone_controller_namespace_asks(fs->controller, nsid, asked);

    if (csi < 0)
        return false;
    identify_sqe(fs->ns->asking->sqe, LONE_CNS_CSI_NAMESPACE, nsid);
    query_field(fs->ns->asking->sqe, "CSI", (uint64_t)csi);
    ask(fs);
    return true;
}

static void ask_from(struct fs *fs, uint32_t after)
{
    uint32_t nsid = next_unknown(fs, after);

    if (!nsid) {
        ask_end(fs);
        return;
    }
    identify_sqe(fs->ns->asking->sqe, LONE_CNS_NAMESPACE, nsid);
    ask(fs);
}

static void ask_done(struct lone_cmd *cmd)
{
    struct fs *fs = cmd->context;

    if (cmd->state != LONE_CMD_COMPLETED) {
        ask_end(fs);
    } else if (fs->ns->ask_again) {
        fs->ns->ask_again = false;
        ask_from(fs, 0);
    } else if (!ask_details(fs)) {
        ask_from(fs, (uint32_t)asked_field(fs, "NSID"));
    }
}

void ns_after(struct fs *fs, const struct lone_cmd *cmd)
{
    if (cmd->sqid || cmd->state != LONE_CMD_COMPLETED || lone_cmd_status(cmd) ||
        cmd->sqe[0] != lone_opcode_named("format_nvm")->opcode || !ns_of(fs))
        return;
    if (fs->ns->asking) {
        fs->ns->ask_again = true;
        return;
    }
    fs->ns->asking = lone_cmd_new(fs->controller);
    if (!fs->ns->asking)
        return;
    fs->ns->asking->done = ask_done;
    fs->ns->asking->context = fs;
    if (lone_cmd_data_size(fs->ns->asking, IDENTIFY_SIZE, NULL))
        ask_end(fs);
    else
        ask_from(fs, 0);
}

int ns_settled(struct op *op)
{
    struct fs *fs = op->fs;
    uint64_t now = now_ns();

    if (!fs->ns || !fs->ns->asking)
        return 0;
    if (!op->started_ns)
        op->started_ns = now;
    if (now < op->started_ns + fs->timeout_ns)
        return op_park(op, fs->ns, op->started_ns + fs->timeout_ns, 0);
    return lone_fail(&op->error, ETIMEDOUT,
                     "a Format has changed the namespaces, and Identify does not say within %.3f s to what",
                     (double)fs->timeout_ns / NS_PER_S);
}

/* --- What is known --- */

uint64_t ns_bytes(const struct lone_namespace *known)
{
    uint64_t most = INT64_MAX / known->format.lba_size;

    return (known->blocks < most ? known->blocks : most) * known->format.lba_size;
}

int ns_known(struct op *op, const struct lone_namespace **known)
{
    int result = fs_may_send(op);

    if (!result)
        result = ns_settled(op);
    if (result)
        return result;
    *known = lone_controller_namespace(op->fs->controller, op->node->number);
    if (*known)
        return 0;
    return lone_fail(&op->error, ENXIO,
                     "nothing is known of the blocks of namespace %" PRIu32
                     ": write `scan` to ns/ctl, which asks a controller that is enabled, or `init` to ctl; if it stays "
                     "so, identify/namespace/%" PRIu32 "/text says why",
                     op->node->number, op->node->number);
}

static int size_show(struct op *op, struct lone_text *text)
{
    const struct lone_namespace *known;
    int result = ns_known(op, &known);

    if (!result)
        lone_text_add(text, "%" PRIu64 "\n", ns_bytes(known));
    return result;
}

static int blocks_show(struct op *op, struct lone_text *text)
{
    const struct lone_namespace *known;
    int result = ns_known(op, &known);

    if (!result)
        lone_text_add(text, "%" PRIu64 "\n", known->blocks);
    return result;
}

static int lba_size_show(struct op *op, struct lone_text *text)
{
    const struct lone_namespace *known;
    int result = ns_known(op, &known);

    if (!result)
        lone_text_add(text, "%" PRIu32 "\n", known->format.lba_size);
    return result;
}

static int metadata_size_show(struct op *op, struct lone_text *text)
{
    const struct lone_namespace *known;
    int result = ns_known(op, &known);

    if (!result)
        lone_text_add(text, "%u\n", known->format.metadata_size);
    return result;
}

/* --- ctl --- */

static int ctl_store(struct op *op, const char *line, size_t length)
{
    const struct lone_action_options options = {.timeout_ns = op->fs->timeout_ns};
    uint64_t again_ns = 0;
    const char *word;
    size_t n;
    int result = 0;

    if (!op->progress) {
        n = word_take(&line, &length, &word);
        if (!word_is(word, n, "scan") || length) {
            lone_fail(&op->error, EINVAL, "write scan: it asks for the active namespaces and for the format of each");
            lone_error_at(&op->error, 0, n + length);
            return -EINVAL;
        }
        result = fs_may_send(op);
        if (!result)
            result = lone_action_begin(op->fs->controller, LONE_ACTION_SCAN, &options, &op->progress, &op->error);
    }
    if (!result)
        result = lone_action_step(op->progress, &again_ns, &op->error);
    if (result)
        return result < 0 ? result : 0;
    op->fs->submitted = true;
    return op_park(op, NULL, NEVER, again_ns ? again_ns : 1);
}

static int ctl_show(struct op *op, struct lone_text *text)
{
    (void)op;
    lone_text_add(text, "scan   Identify Controller, the list of active namespaces, Identify of each\n");
    return 0;
}

/* --- Directories --- */

#define TEXT_FILE(...)            \
    {                             \
        .mode = 0444, __VA_ARGS__ \
    }

static const struct node_class size_class = TEXT_FILE(.show = size_show);
static const struct node_class blocks_class = TEXT_FILE(.show = blocks_show);
static const struct node_class lba_size_class = TEXT_FILE(.show = lba_size_show);
static const struct node_class metadata_size_class = TEXT_FILE(.show = metadata_size_show);
static const struct node_class ctl_class = {.transient = true, .mode = 0644, .show = ctl_show, .store = ctl_store};

/* `data` is not listed: who copies or searches the whole mount does not mean the disk. */
static const struct entry namespace_entries[] = {
    {"data", &ns_data_class, true},       {"size", &size_class, false},
    {"lba_size", &lba_size_class, false}, {"metadata_size", &metadata_size_class, false},
    {"blocks", &blocks_class, false},     {0},
};
static const struct node_class namespace_class = {.directory = true, .mode = 0755, .entries = namespace_entries};

static int ns_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)fs, (void)dir, (void)error;
    child->class = &namespace_class;
    return number_name(name, UINT32_MAX, &child->number);
}

static uint64_t ns_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    const struct lone_namespace *next = namespace_after(fs, after);

    (void)dir;
    if (!next)
        return 0;
    snprintf(name, 64, "%" PRIu32, next->nsid);
    child->class = &namespace_class;
    return next->nsid;
}

static const struct entry ns_entries[] = {{"ctl", &ctl_class, false}, {0}};
const struct node_class ns_class = {
    .directory = true, .mode = 0755, .entries = ns_entries, .find = ns_find, .list_after = ns_list};
