/* SPDX-License-Identifier: MIT */
/* Who uses a device? */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "system/use.h"

#define DIRECTORY_SIZE 160
#define SUBJECT_SIZE   400
#define MAX_LAYERS     16 /* of drivers on top of each other */

struct search {
    const struct lone_system *system;
    const struct uses *uses;
    struct claims *claims; /* NULL: not to be kept */
    const char *slot;
    enum lone_use gravest;
    char *text;
    size_t size;
};

/* A block device that is looked at: the function's own, or one that a driver has made of it. */
struct block {
    struct search *search;
    const char *name;
    dev_t number;
    const char *subject; /* "nvme0n1p2", or "nvme0n1p2 is held by dm-0 (root), which" */
    int layer;
};

/* A disk and its partitions. */
struct disk {
    struct search *search;
    const char *name;
    const char *below; /* "nvme0n1p2 is held by md0"; NULL: it is the function's own */
    int layer;
    bool part_has_driver; /* a driver builds upon one of the partitions at least */
    const char *process;  /* whose mounts are looked for */
};

static void look_at_disk(struct search *search, const char *name, const char *below, int layer);

static void __attribute__((format(printf, 3, 4)))
found(struct search *search, enum lone_use use, const char *format, ...)
{
    va_list arguments;

    if (use <= search->gravest)
        return;
    search->gravest = use;
    va_start(arguments, format);
    vsnprintf(search->text, search->size, format, arguments);
    va_end(arguments);
    /* Users give their files any names, and the text goes to a terminal. */
    for (char *c = search->text; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
}

/* What cannot be looked at might be a use: as grave as what would be found there. */
static void look_into(struct search *search, const char *directory, int (*take)(void *context, const char *name),
                      void *context)
{
    int result = sys_each(search->system, directory, take, context);

    if (result < 0 && result != -ENOENT)
        found(search, LONE_USE_CLAIMED, "%s cannot be looked at: %s", directory, strerror(-result));
}

const char *lone_use_name(enum lone_use use)
{
    static const char *const names[] = {"no", "open", "held", "claimed", "swap", "mounted"};

    return names[use];
}

void uses_look(const struct lone_system *system, struct uses *uses)
{
    openers_look(system, &uses->openers);
    kernel_users_look(system, &uses->kernel);
}

void uses_free(struct uses *uses)
{
    openers_free(&uses->openers);
    kernel_users_free(&uses->kernel);
}

static dev_t block_number(struct search *search, const char *name)
{
    dev_t number = sys_number(search->system, "/sys/class/block/%s/dev", name);

    if (!number && sys_exists(search->system, "/sys/class/block/%s/dev", name))
        found(search, LONE_USE_CLAIMED, "the number of %s cannot be read from sysfs", name);
    return number;
}

/* --- Processes --- */

static void look_for_opener(struct search *search, mode_t type, dev_t number)
{
    const struct opener *opener = number ? openers_find(&search->uses->openers, type, number) : NULL;

    if (opener)
        found(search, LONE_USE_OPEN, "process %d has %s %s", opener->pid, opener->path, opener->how);
}

/* --- Mounts and swap --- */

/* Is @path, as somebody gave it to the kernel, the node of this block device? */
static bool is_node(const struct block *block, const char *path)
{
    struct stat status;

    return path[0] == '/' && !sys_stat(block->search->system, path, &status) && S_ISBLK(status.st_mode) &&
           status.st_rdev == block->number;
}

static void look_for_mount(const struct block *block, const char *process)
{
    char path[PATH_SIZE], where[1024], type[32], source[1024], *line = NULL;
    unsigned numbers[2];
    size_t size = 0;
    FILE *mounts;

    sys_path(block->search->system, path, "/proc/%s/mountinfo", process);
    mounts = fopen(path, "re");
    while (mounts && getline(&line, &size, mounts) > 0) {
        const char *dash = strstr(line, " - ");

        if (sscanf(line, "%*s %*s %u:%u %*s %1023s", &numbers[0], &numbers[1], where) != 3)
            continue;
        /* btrfs and others show a device number of their own; the source behind the dash is the node. FUSE's can be
         * given any by its user. */
        if (!dash || sscanf(dash, " - %31s %1023s", type, source) != 2 || !strncmp(type, "fuse", 4))
            source[0] = 0;
        if (makedev(numbers[0], numbers[1]) == block->number || is_node(block, source))
            found(block->search, LONE_USE_MOUNTED, "%s is mounted on %s", block->subject, where);
    }
    free(line);
    if (mounts)
        fclose(mounts);
}

/* A btrfs of several devices shows one of them in mountinfo; it has such a directory while it is mounted. */
static int take_btrfs(void *context, const char *name)
{
    const struct block *block = context;

    if (sys_exists(block->search->system, "/sys/fs/btrfs/%s/devices/%s", name, block->name))
        found(block->search, LONE_USE_MOUNTED, "%s is part of the mounted btrfs %s", block->subject, name);
    return 0;
}

static void look_for_swap(const struct block *block)
{
    char path[PATH_SIZE], name[1024], *line = NULL;
    size_t size = 0;
    FILE *swaps;

    sys_path(block->search->system, path, "/proc/swaps");
    swaps = fopen(path, "re");
    while (swaps && getline(&line, &size, swaps) > 0)
        if (sscanf(line, "%1023s", name) == 1 && is_node(block, name))
            found(block->search, LONE_USE_SWAP, "%s is swap space", block->subject);
    free(line);
    if (swaps)
        fclose(swaps);
}

/* --- Drivers above a block device --- */

/* What is mounted may be held by a volume on a RAID on a partition. */
static void look_above(struct block *block, const char *name)
{
    char mapped[64], holder[BLOCK_NAME_SIZE + 80], below[SUBJECT_SIZE];

    if (sys_read(block->search->system, mapped, sizeof(mapped), "/sys/class/block/%s/dm/name", name) > 0)
        snprintf(holder, sizeof(holder), "%.31s (%s)", name, mapped);
    else
        snprintf(holder, sizeof(holder), "%.31s", name);
    found(block->search, LONE_USE_HELD, "%s is held by %s", block->subject, holder);
    snprintf(below, sizeof(below), "%.250s is held by %s", block->subject, holder);
    if (block->layer < MAX_LAYERS)
        look_at_disk(block->search, name, below, block->layer + 1);
    else
        found(block->search, LONE_USE_CLAIMED, "%s, and so on: what is above is not looked at", below);
}

static int take_holder(void *context, const char *name)
{
    look_above(context, name);
    return 0;
}

static void look_for_kernel_users(struct block *block)
{
    const struct kernel_users *users = &block->search->uses->kernel;

    for (size_t i = 0; i < users->count; i++) {
        const struct kernel_user *user = &users->list[i];

        if (user->type != S_IFBLK || user->number != block->number)
            continue;
        if (user->above[0])
            look_above(block, user->above);
        else
            found(block->search, LONE_USE_CLAIMED, "%s is %s", block->subject, user->text);
    }
}

static int is_something(void *context, const char *name)
{
    (void)context;
    (void)name;
    return 1;
}

/* Has it a driver above that we know and that claims it? Then nobody else has claimed it. */
static bool has_driver(struct search *search, const char *name)
{
    const struct kernel_users *users = &search->uses->kernel;
    dev_t number = block_number(search, name);
    char directory[DIRECTORY_SIZE];

    for (size_t i = 0; i < users->count; i++)
        if (users->list[i].claims && users->list[i].type == S_IFBLK && users->list[i].number == number)
            return true;
    snprintf(directory, sizeof(directory), "/sys/class/block/%.31s/holders", name);
    return sys_each(search->system, directory, is_something, NULL) > 0;
}

static void look_at_block(struct search *search, const char *name, const char *subject, int layer)
{
    struct block block = {search, name, block_number(search, name), subject, layer};
    char directory[DIRECTORY_SIZE];

    if (!block.number)
        return; /* it is gone, or hidden: NVMe namespaces that the kernel cannot use, and the paths of multipath */
    look_for_mount(&block, "self");
    look_into(search, "/sys/fs/btrfs", take_btrfs, &block);
    look_for_swap(&block);
    snprintf(directory, sizeof(directory), "/sys/class/block/%.31s/holders", name);
    look_into(search, directory, take_holder, &block);
    look_for_kernel_users(&block);
    if (!layer)
        look_for_opener(search, S_IFBLK, block.number);
}

/* --- Disks --- */

static void part_subject(const struct disk *disk, const char *name, char subject[SUBJECT_SIZE])
{
    bool whole = !strcmp(name, disk->name);

    if (!disk->below)
        snprintf(subject, SUBJECT_SIZE, "%.31s", name);
    else if (whole)
        snprintf(subject, SUBJECT_SIZE, "%.340s, which", disk->below);
    else
        snprintf(subject, SUBJECT_SIZE, "%.340s, whose part %.31s", disk->below, name);
}

static bool is_partition(const struct disk *disk, const char *name)
{
    return sys_exists(disk->search->system, "/sys/class/block/%s/%s/partition", disk->name, name);
}

static int take_partition(void *context, const char *name)
{
    struct disk *disk = context;
    char subject[SUBJECT_SIZE];

    if (!is_partition(disk, name))
        return 0;
    part_subject(disk, name, subject);
    look_at_block(disk->search, name, subject, disk->layer);
    disk->part_has_driver |= has_driver(disk->search, name);
    return 0;
}

static void each_partition(struct disk *disk, int (*take)(void *context, const char *name))
{
    char directory[DIRECTORY_SIZE];

    snprintf(directory, sizeof(directory), "/sys/class/block/%.31s", disk->name);
    look_into(disk->search, directory, take, disk);
}

/* --- Claims: what the kernel grants to nobody else is used, whether or not we know by what --- */

static int find_mount(void *context, const char *name)
{
    struct disk *disk = context;
    char subject[SUBJECT_SIZE];

    if (strcmp(name, disk->name) && !is_partition(disk, name))
        return 0;
    part_subject(disk, name, subject);
    look_for_mount(&(struct block){disk->search, name, block_number(disk->search, name), subject, disk->layer},
                   disk->process);
    return 0;
}

/* In other mount namespaces. */
static int take_process(void *context, const char *name)
{
    struct disk *disk = context;

    if (!isdigit((unsigned char)name[0]))
        return 0;
    disk->process = name;
    find_mount(disk, disk->name);
    each_partition(disk, find_mount);
    return disk->search->gravest == LONE_USE_MOUNTED;
}

/* A file system that is mounted nowhere lives as long as one of its files is open. */
static int find_file(void *context, const char *name)
{
    struct disk *disk = context;
    const struct opener *user;
    char subject[SUBJECT_SIZE];

    if (strcmp(name, disk->name) && !is_partition(disk, name))
        return 0;
    part_subject(disk, name, subject);
    user = openers_find(&disk->search->uses->openers, S_IFREG, block_number(disk->search, name));
    if (user)
        found(disk->search, LONE_USE_CLAIMED,
              "%s has a file system that is used without being mounted: process %d has %s %s", subject, user->pid,
              user->path, user->how);
    return 0;
}

/* @name: the disk, if it may be a partition as well. */
static void say_claimed(struct disk *disk, const char *name)
{
    struct search *search = disk->search;
    const struct opener *opener = openers_find(&search->uses->openers, S_IFBLK, block_number(search, name));
    char subject[SUBJECT_SIZE];

    sys_each(search->system, "/proc", take_process, disk);
    find_file(disk, name);
    if (!strcmp(name, disk->name))
        each_partition(disk, find_file);
    part_subject(disk, name, subject);
    if (opener)
        found(search, LONE_USE_CLAIMED, "%s is claimed by the kernel or by a process; process %d has %s %s", subject,
              opener->pid, opener->path, opener->how);
    found(
        search, LONE_USE_CLAIMED,
        "%s is claimed by the kernel, for swap, the journal of a file system, one that was unmounted with `umount -l` "
        "and is still used, or another driver",
        subject);
}

/* Has somebody claimed it? Only root can ask in any case. */
static bool is_claimed(struct search *search, const char *name, struct claims *claims)
{
    dev_t number = block_number(search, name);
    int result = number ? block_claim(search->system, name, number, claims) : 0;

    if (result && result != -ENXIO && result != -EBUSY && (!geteuid() || (result != -EACCES && result != -EPERM)))
        found(search, LONE_USE_CLAIMED, "whether the kernel uses %s cannot be found out: %s", name, strerror(-result));
    return result == -EBUSY;
}

static int take_claimed_partition(void *context, const char *name)
{
    struct disk *disk = context;

    if (is_partition(disk, name) && is_claimed(disk->search, name, NULL) && !has_driver(disk->search, name))
        say_claimed(disk, name);
    return 0;
}

/* A claim on a partition is one on its disk, too; one on the disk leaves none for its partitions. */
static void look_for_claims(struct disk *disk)
{
    if (!is_claimed(disk->search, disk->name, disk->search->claims) || has_driver(disk->search, disk->name))
        return;
    if (disk->part_has_driver)
        each_partition(disk, take_claimed_partition);
    else
        say_claimed(disk, disk->name);
}

static void look_at_disk(struct search *search, const char *name, const char *below, int layer)
{
    struct disk disk = {.search = search, .name = name, .below = below, .layer = layer};
    char subject[SUBJECT_SIZE];

    part_subject(&disk, name, subject);
    look_at_block(search, name, subject, layer);
    each_partition(&disk, take_partition);
    look_for_claims(&disk);
}

/* --- A controller --- */

/* nvme0n1 is a disk; nvme0c1n1 is a path of multipath, whose disk is the head nvme0n1. */
static int take_namespace(void *context, const char *name)
{
    struct search *search = context;
    unsigned subsystem, path, nsid;
    char disk[BLOCK_NAME_SIZE];
    int end = 0;

    if (sscanf(name, "nvme%uc%un%u%n", &subsystem, &path, &nsid, &end) != 3 || name[end]) {
        end = 0;
        if (sscanf(name, "nvme%un%u%n", &subsystem, &nsid, &end) != 2 || name[end])
            return 0;
    }
    snprintf(disk, sizeof(disk), "nvme%un%u", subsystem, nsid);
    look_at_disk(search, disk, NULL, 0);
    look_for_opener(search, S_IFCHR,
                    sys_number(search->system, "/sys/class/nvme-generic/ng%un%u/dev", subsystem, nsid));
    return 0;
}

static int take_controller(void *context, const char *name)
{
    struct search *search = context;
    const struct kernel_users *users = &search->uses->kernel;
    dev_t number = sys_number(search->system, "/sys/class/nvme/%s/dev", name);
    char directory[DIRECTORY_SIZE];

    snprintf(directory, sizeof(directory), "/sys/bus/pci/devices/%s/nvme/%.31s", search->slot, name);
    look_into(search, directory, take_namespace, search);
    look_for_opener(search, S_IFCHR, number);
    for (size_t i = 0; i < users->count; i++)
        if (users->list[i].type == S_IFCHR && users->list[i].number == number)
            found(search, LONE_USE_CLAIMED, "%s is %s", name, users->list[i].text);
    return 0;
}

/* --- Devices of other kinds, for those that share a group with an NVMe controller --- */

/* Does the link in sysfs lead to something that belongs to the function? */
static bool is_below(const struct search *search, const char *link)
{
    char target[PATH_SIZE], part[LONE_SLOT_SIZE + 2];

    snprintf(part, sizeof(part), "/%s/", search->slot);
    return sys_target(search->system, target, sizeof(target), "%s", link) > 0 && strstr(target, part);
}

static int take_block(void *context, const char *name)
{
    struct search *search = context;
    char link[DIRECTORY_SIZE];

    snprintf(link, sizeof(link), "/sys/class/block/%.64s", name);
    if (strncmp(name, "nvme", 4) && is_below(search, link) &&
        !sys_exists(search->system, "/sys/class/block/%s/partition", name))
        look_at_disk(search, name, NULL, 0);
    return 0;
}

static int take_interface(void *context, const char *name)
{
    struct search *search = context;
    char link[DIRECTORY_SIZE], flags[32];

    snprintf(link, sizeof(link), "/sys/class/net/%.64s", name);
    if (!is_below(search, link))
        return 0;
    sys_read(search->system, flags, sizeof(flags), "/sys/class/net/%s/flags", name);
    if (strtoul(flags, NULL, 16) & 1) /* IFF_UP */
        found(search, LONE_USE_HELD, "the network interface %s is up", name);
    return 0;
}

/* All nodes that the function has, whatever they are: SCSI generic, sound … */
static void look_for_nodes(struct search *search)
{
    const struct openers *openers = &search->uses->openers;

    for (size_t i = 0; i < openers->count; i++) {
        const struct opener *opener = &openers->list[i];
        char link[64];

        snprintf(link, sizeof(link), "/sys/dev/%s/%u:%u", opener->type == S_IFBLK ? "block" : "char",
                 major(opener->number), minor(opener->number));
        if (opener->type != S_IFREG && is_below(search, link))
            look_for_opener(search, opener->type, opener->number);
    }
}

/* --- VFIO --- */

const struct opener *uses_of_group(const struct lone_system *system, const struct uses *uses, int group)
{
    dev_t number = sys_number(system, "/sys/class/vfio/%d/dev", group);
    char node[32];
    struct stat status;

    snprintf(node, sizeof(node), "/dev/vfio/%d", group);
    if (!number && !sys_stat(system, node, &status) && S_ISCHR(status.st_mode))
        number = status.st_rdev;
    if (number)
        return openers_find(&uses->openers, S_IFCHR, number);
    /* While the kernel waits inside unbind there may be neither: it was called so. */
    for (size_t i = 0; i < uses->openers.count; i++) {
        const struct opener *opener = &uses->openers.list[i];

        if (opener->type == S_IFCHR && !strncmp(opener->path, node, strlen(node)) &&
            (!opener->path[strlen(node)] || opener->path[strlen(node)] == ' '))
            return opener;
    }
    return NULL;
}

static int take_vfio_device(void *context, const char *name)
{
    const struct search *search = context;

    look_for_opener(context, S_IFCHR, sys_number(search->system, "/sys/class/vfio-dev/%s/dev", name));
    return 0;
}

static void look_for_vfio(struct search *search)
{
    char driver[DRIVER_SIZE], directory[DIRECTORY_SIZE];
    int group = pci_group(search->system, search->slot, NULL);
    const struct opener *opener;

    pci_driver(search->system, search->slot, driver);
    if (strcmp(driver, VFIO_PCI))
        return;
    opener = group >= 0 ? uses_of_group(search->system, search->uses, group) : NULL;
    if (opener)
        found(search, LONE_USE_OPEN, "process %d has %s open", opener->pid, opener->path);
    snprintf(directory, sizeof(directory), "/sys/bus/pci/devices/%s/vfio-dev", search->slot);
    look_into(search, directory, take_vfio_device, search);
}

enum lone_use uses_of(const struct lone_system *system, const struct uses *uses, const char *slot,
                      struct claims *claims, char *text, size_t size)
{
    char name[LONE_SLOT_SIZE], directory[DIRECTORY_SIZE];
    struct search search = {.system = system, .uses = uses, .claims = claims, .slot = name, .text = text, .size = size};

    text[0] = 0;
    if (pci_slot(system, slot, name, NULL))
        return LONE_USE_NONE;
    snprintf(directory, sizeof(directory), "/sys/bus/pci/devices/%s/nvme", name);
    look_into(&search, directory, take_controller, &search);
    look_into(&search, "/sys/class/block", take_block, &search);
    look_into(&search, "/sys/class/net", take_interface, &search);
    look_for_vfio(&search);
    look_for_nodes(&search);
    if (uses->kernel.gap[0])
        found(&search, LONE_USE_HELD, "it may be held, which cannot be found out: %s", uses->kernel.gap);
    if (uses->openers.gap[0])
        found(&search, LONE_USE_OPEN, "it may be open, which cannot be found out: %s", uses->openers.gap);
    return search.gravest;
}

enum lone_use lone_pci_use(const struct lone_system *system, const char *slot, char *text, size_t size)
{
    struct uses uses;
    enum lone_use use;

    uses_look(system, &uses);
    use = uses_of(system, &uses, slot, NULL, text, size);
    uses_free(&uses);
    return use;
}
