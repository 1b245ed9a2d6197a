/* SPDX-License-Identifier: MIT */
/* sim/: what only a simulated controller can tell. counts/ says how often it was really accessed. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fs.h"

static const struct {
    const char *name;
    size_t offset;
} counts[] = {
    {"config_reads", offsetof(struct lone_device_counts, config_reads)},
    {"config_writes", offsetof(struct lone_device_counts, config_writes)},
    {"bar_reads", offsetof(struct lone_device_counts, bar_reads)},
    {"bar_writes", offsetof(struct lone_device_counts, bar_writes)},
    {"commands", offsetof(struct lone_device_counts, commands)},
    {"interrupts", offsetof(struct lone_device_counts, interrupts)},
};

static const uint64_t *member(const struct lone_device_counts *all, unsigned index)
{
    return (const uint64_t *)(const void *)((const char *)all + counts[index].offset);
}

/* Since the mount: what it took to learn the layout of configuration space came before. */
static int count_show(struct op *op, struct lone_text *text)
{
    struct lone_device_counts now;

    if (!lone_device_counts(lone_controller_device(op->fs->controller), &now))
        return lone_fail(&op->error, ENODATA, "this device does not count");
    lone_text_add(text, "%" PRIu64 "\n",
                  *member(&now, op->node->number) - *member(&op->fs->counts_at_mount, op->node->number));
    return 0;
}

static const struct node_class count_class = {.mode = 0444, .show = count_show};

static bool counts_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    (void)fs, (void)dir;
    if (index >= LONE_COUNT(counts))
        return false;
    strcpy(name, counts[index].name);
    child->number = index;
    child->class = &count_class;
    return true;
}

static int counts_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    char listed[64];

    (void)error;
    for (unsigned i = 0; counts_list(fs, dir, i, listed, child); i++)
        if (!strcmp(listed, name))
            return 0;
    return -ENOENT;
}

static const struct node_class counts_class = {
    .directory = true, .mode = 0755, .find = counts_find, .list = counts_list};
static const struct entry sim_entries[] = {{"counts", &counts_class, false}, {0}};
const struct node_class sim_class = {.directory = true, .mode = 0755, .entries = sim_entries};
