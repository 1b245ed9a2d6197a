/* SPDX-License-Identifier: MIT */
/* The files at the root of the mount. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs.h"
#include "status.h"

static int readme_show(struct op *op, struct lone_text *text)
{
    (void)op;
    for (const char *const *part = fs_readme; *part; part++)
        lone_text_append(text, *part, strlen(*part));
    return 0;
}

static int device_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%s\n", lone_controller_device(op->fs->controller)->slot);
    return 0;
}

static int timeout_show(struct op *op, struct lone_text *text)
{
    seconds_show(op->fs->timeout_ns, text);
    return 0;
}

static int timeout_store(struct op *op, const char *line, size_t length)
{
    return seconds_parse(line, length, &op->fs->timeout_ns, &op->error);
}

static int generation_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%" PRIu64 "\n", lone_controller_generation(op->fs->controller));
    return 0;
}

static int error_log_show(struct op *op, struct lone_text *text)
{
    struct fs *fs = op->fs;

    for (uint64_t n = fs->n_errors > ERROR_LOG ? fs->n_errors - ERROR_LOG : 0; n < fs->n_errors; n++)
        if (fs->error_log[n % ERROR_LOG])
            lone_text_add(text, "%s", fs->error_log[n % ERROR_LOG]);
    return 0;
}

static uint64_t error_log_most(struct fs *fs, const struct node *node)
{
    (void)node;
    return fs->n_errors ? ERROR_LOG * ERROR_LINE : 0;
}

static int version_show(struct op *op, struct lone_text *text)
{
    (void)op;
    lone_text_add(text, "lonefs %s\nlibfuse %s\n", LONE_VERSION, fuse_pkgversion());
    return 0;
}

/* --- ctl --- */

#define UNMOUNT (-1) /* no action of the controller's */

static const struct {
    const char *words;
    int action; /* enum lone_action */
} verbs[] = {
    {"init", LONE_ACTION_INIT},
    {"enable", LONE_ACTION_ENABLE},
    {"disable", LONE_ACTION_DISABLE},
    {"shutdown", LONE_ACTION_SHUTDOWN},
    {"shutdown abrupt", LONE_ACTION_SHUTDOWN_ABRUPT},
    {"reset controller", LONE_ACTION_RESET_CONTROLLER},
    {"reset flr", LONE_ACTION_RESET_FLR},
    {"reset subsystem", LONE_ACTION_RESET_SUBSYSTEM},
    {"reset hot", LONE_ACTION_RESET_HOT},
    {"unmount", UNMOUNT},
};

/* "queues=4 entries=64" */
static int init_options(const char *line, const char *rest, size_t length, struct lone_action_options *options,
                        struct lone_error *error)
{
    options->queues = 1;
    while (length) {
        const char *word;
        size_t n = word_take(&rest, &length, &word), skip = n > 7 && !strncmp(word, "queues=", 7)    ? 7
                                                            : n > 8 && !strncmp(word, "entries=", 8) ? 8
                                                                                                     : 0;
        uint64_t number;
        int result = skip ? lone_number_parse(skip == 7 ? "queues" : "entries", skip == 7 ? 16 : 32, word + skip,
                                              n - skip, &number, error)
                          : lone_fail(error, EINVAL, "init takes queues=N and entries=M");

        if (!result && skip == 8 && number < 2)
            result = lone_fail(error, ERANGE, "a queue has at least 2 entries");
        if (result) {
            lone_error_at(error, (size_t)(word - line), n);
            return result;
        }
        if (skip == 7)
            options->queues = (unsigned)number;
        else
            options->entries = (uint32_t)number;
    }
    return 0;
}

/* Finds the verb, of one or two words; *@rest is what stands behind it. Only init takes something there. */
static int find_verb(const char *line, size_t length, const char **rest, size_t *left)
{
    const char *first, *second, *after = line;
    size_t n, m, after_left = length;
    char words[32];

    n = word_take(&after, &after_left, &first);
    *rest = after;
    *left = after_left;
    m = word_take(&after, &after_left, &second);
    if (word_is(first, n, "init"))
        return 0;
    if (n + m + 2 > sizeof(words) || after_left)
        return -1;
    snprintf(words, sizeof(words), "%.*s%s%.*s", (int)n, first, m ? " " : "", (int)m, second);
    for (size_t i = 0; i < LONE_COUNT(verbs); i++)
        if (!strcmp(verbs[i].words, words))
            return (int)i;
    return -1;
}

/* 0: op->progress has begun; or PARK: the mount ends, or a reset has to end first. */
static int ctl_begin(struct op *op, const char *line, size_t length)
{
    struct lone_action_options options = {.timeout_ns = op->fs->timeout_ns};
    const char *rest;
    size_t left;
    int verb = find_verb(line, length, &rest, &left), result = 0;

    if (verb < 0) {
        lone_fail(&op->error, EINVAL,
                  "write init [queues=N] [entries=M], enable, disable, shutdown [abrupt], reset controller, flr, "
                  "subsystem or hot, or unmount");
        lone_error_at(&op->error, 0, length);
        return -EINVAL;
    }
    if (verbs[verb].action == UNMOUNT)
        return fs_unmount(op);
    if (lone_controller_resetting(op->fs->controller)) /* as all that reaches the device */
        return op_park(op, NULL, NEVER, RESET_LOOK_NS);
    if (verbs[verb].action == LONE_ACTION_INIT)
        result = init_options(line, rest, left, &options, &op->error);
    if (!result)
        result = lone_action_begin(op->fs->controller, (enum lone_action)verbs[verb].action, &options, &op->progress,
                                   &op->error);
    return result;
}

static int ctl_store(struct op *op, const char *line, size_t length)
{
    uint64_t again_ns = 0;
    int result = op->progress ? 0 : ctl_begin(op, line, length);

    if (result)
        return result;
    result = lone_action_step(op->progress, &again_ns, &op->error);
    if (result)
        return result < 0 ? result : 0;
    op->fs->submitted = lone_controller_outstanding(op->fs->controller) > 0;
    return op_park(op, NULL, NEVER, again_ns ? again_ns : 1);
}

static int ctl_show(struct op *op, struct lone_text *text)
{
    (void)op;
    lone_text_add(
        text,
        "init [queues=N] [entries=M]   everything: admin queues, enable, namespaces, N pairs of I/O queues\n"
        "enable | disable              CC.EN, and wait for CSTS.RDY\n"
        "shutdown [abrupt]             CC.SHN, and wait for CSTS.SHST\n"
        "reset controller | flr | subsystem | hot\n"
        "unmount                       ends lonefs and frees the device, whoever holds files or copies of the mount\n");
    return 0;
}

/* --- The directory --- */

#define TEXT_FILE(...)                             \
    {                                              \
        .offline = true, .mode = 0444, __VA_ARGS__ \
    }

static const struct node_class readme_class = TEXT_FILE(.most = 32768, .show = readme_show);
static const struct node_class device_class = TEXT_FILE(.show = device_show);
static const struct node_class status_class = TEXT_FILE(.most = 65536, .show = status_show);
static const struct node_class generation_class = TEXT_FILE(.show = generation_show);
static const struct node_class error_log_class = TEXT_FILE(.most_of = error_log_most, .show = error_log_show);
static const struct node_class version_class = TEXT_FILE(.show = version_show);
/* Offline: while the function is being reset, only the verbs that need the device wait for that. */
static const struct node_class ctl_class = {
    .transient = true, .offline = true, .mode = 0644, .show = ctl_show, .store = ctl_store};
static const struct node_class timeout_class = {
    .offline = true, .mode = 0644, .show = timeout_show, .store = timeout_store};

static const struct entry root_entries[] = {
    {"README", &readme_class, false},
    {"device", &device_class, false},
    {"status", &status_class, false},
    {"ctl", &ctl_class, false},
    {"timeout", &timeout_class, false},
    {"generation", &generation_class, false},
    {"error", &error_file_class, false},
    {"error_log", &error_log_class, false},
    {"version", &version_class, false},
    {"pcie", &pcie_class, false},
    {"bar", &bar_class, false},
    {"nvme", &nvme_class, false},
    {"queues", &queues_class, false},
    {"irq", &irq_class, false},
    {"cmd", &cmd_root_class, false},
    {"mem", &mem_root_class, false},
    {"identify", &identify_class, false},
    {"logs", &logs_class, false},
    {"features", &features_class, false},
    {"ns", &ns_class, false},
    {"events", &events_class, false},
    {"trace", &trace_class, false},
    {0},
};

/* sim/ is there only where the device can tell what reached it. */
static int root_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    struct lone_device_counts counts;

    (void)dir, (void)error;
    child->class = &sim_class;
    return !strcmp(name, "sim") && lone_device_counts(lone_controller_device(fs->controller), &counts) ? 0 : -ENOENT;
}

static bool root_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    strcpy(name, "sim");
    return !index && !root_find(fs, dir, name, child, NULL);
}

const struct node_class root_class = {
    .directory = true, .mode = 0755, .entries = root_entries, .find = root_find, .list = root_list};
