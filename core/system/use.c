/* SPDX-License-Identifier: MIT */
/* Who uses a device? */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "system/pci.h"

#define NAME_SIZE      32
#define NODE_SIZE      48
#define DIRECTORY_SIZE 128
#define MAX_HOLDERS    8 /* on top of each other */

struct search {
    const struct lone_system *system;
    const char *slot;
    enum lone_use gravest;
    char *text;
    size_t size;
};

/* A block device that is looked at: the device's own, or one that holds it. */
struct block {
    struct search *search;
    const char *name;
    const char *subject; /* "nvme0n1p2", or "nvme0n1p2 is held by dm-0 (root), which" */
    int depth;
};

static void look_at_block(struct search *search, const char *name, const char *subject, int depth);

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
}

const char *lone_use_name(enum lone_use use)
{
    static const char *const names[] = {"no", "open", "held", "swap", "mounted"};

    return names[use];
}

/* --- Open descriptors --- */

struct descriptors {
    const struct lone_system *system;
    const char *node;
    bool prefix;
    char *path;
    size_t size;
    char pid[16];
};

static bool names_node(const struct descriptors *d, const char *target)
{
    size_t length = strlen(d->node);

    if (strncmp(target, d->node, length))
        return false;
    /* nvme0n1 is not nvme0n10, but it is nvme0n1p3. */
    return target[length] == 0 || (d->prefix && target[length] == 'p' && isdigit((unsigned char)target[length + 1]));
}

static int look_at_descriptor(void *context, const char *name)
{
    struct descriptors *d = context;
    char path[PATH_SIZE], target[PATH_SIZE];
    ssize_t n;

    sys_path(d->system, path, "/proc/%s/fd/%s", d->pid, name);
    n = readlink(path, target, sizeof(target) - 1);
    if (n <= 0)
        return 0;
    target[n] = 0;
    if (!names_node(d, target))
        return 0;
    snprintf(d->path, d->size, "%s", target);
    return atoi(d->pid);
}

static int look_at_process(void *context, const char *name)
{
    struct descriptors *d = context;
    char directory[64];
    int pid;

    if (!isdigit((unsigned char)name[0]))
        return 0;
    snprintf(d->pid, sizeof(d->pid), "%.15s", name);
    snprintf(directory, sizeof(directory), "/proc/%s/fd", d->pid);
    pid = sys_each(d->system, directory, look_at_descriptor, d);
    return pid > 0 ? pid : 0; /* it ended, or is not ours to see */
}

int sys_who_has_open(const struct lone_system *system, const char *node, bool prefix, char *path, size_t size)
{
    struct descriptors d = {system, node, prefix, path, size, ""};
    int pid = sys_each(system, "/proc", look_at_process, &d);

    return pid > 0 ? pid : 0;
}

static void __attribute__((format(printf, 3, 4)))
look_for_descriptor(struct search *search, bool prefix, const char *format, ...)
{
    char node[NODE_SIZE], path[PATH_SIZE];
    va_list arguments;
    int pid;

    if (search->gravest >= LONE_USE_OPEN)
        return; /* the walk through all processes would not tell more */
    va_start(arguments, format);
    vsnprintf(node, sizeof(node), format, arguments);
    va_end(arguments);
    pid = sys_who_has_open(search->system, node, prefix, path, sizeof(path));
    if (pid)
        found(search, LONE_USE_OPEN, "process %d has %s open", pid, path);
}

/* --- Mounts, swap, holders of one block device --- */

/* Is @path the node of the block device @name with these @numbers ("259:0")? */
static bool is_node(const struct lone_system *system, const char *path, const char *name, const char *numbers)
{
    char node[PATH_SIZE], found_numbers[32];
    struct stat status;

    if (!strncmp(path, "/dev/", 5) && !strcmp(path + 5, name))
        return true;
    if (path[0] != '/' || strncmp(path, "/dev/", 5))
        return false;
    sys_path(system, node, "%s", path);
    if (stat(node, &status) || !S_ISBLK(status.st_mode))
        return false;
    snprintf(found_numbers, sizeof(found_numbers), "%u:%u", major(status.st_rdev), minor(status.st_rdev));
    return !strcmp(found_numbers, numbers);
}

static void look_for_mount(const struct block *block, const char *process)
{
    char numbers[32], path[PATH_SIZE], device[64], where[1024], source[1024], *line = NULL;
    size_t size = 0;
    FILE *mounts;

    sys_read(block->search->system, numbers, sizeof(numbers), "/sys/class/block/%s/dev", block->name);
    sys_path(block->search->system, path, "/proc/%s/mountinfo", process);
    mounts = fopen(path, "re");
    while (mounts && getline(&line, &size, mounts) > 0) {
        const char *dash = strstr(line, " - ");

        if (sscanf(line, "%*s %*s %63s %*s %1023s", device, where) != 2)
            continue;
        /* btrfs and others show a device number of their own; the source behind the dash is the node. */
        if (!dash || sscanf(dash, " - %*s %1023s", source) != 1)
            source[0] = 0;
        if ((numbers[0] && !strcmp(device, numbers)) || is_node(block->search->system, source, block->name, numbers))
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
    char path[PATH_SIZE], line[1024], numbers[32], name[1024];
    FILE *swaps;

    sys_read(block->search->system, numbers, sizeof(numbers), "/sys/class/block/%s/dev", block->name);
    sys_path(block->search->system, path, "/proc/swaps");
    swaps = fopen(path, "re");
    while (swaps && fgets(line, sizeof(line), swaps))
        if (sscanf(line, "%1023s", name) == 1 && is_node(block->search->system, name, block->name, numbers))
            found(block->search, LONE_USE_SWAP, "%s is swap space", block->subject);
    if (swaps)
        fclose(swaps);
}

/* What is mounted may be held by a volume on a RAID on a partition. */
static int take_holder(void *context, const char *name)
{
    const struct block *block = context;
    char mapped[64], holder[NAME_SIZE + 80], subject[PATH_SIZE];

    if (sys_read(block->search->system, mapped, sizeof(mapped), "/sys/class/block/%s/dm/name", name) > 0)
        snprintf(holder, sizeof(holder), "%.31s (%s)", name, mapped);
    else
        snprintf(holder, sizeof(holder), "%.31s", name);
    found(block->search, LONE_USE_HELD, "%s is held by %s", block->subject, holder);
    if (block->depth < MAX_HOLDERS) {
        snprintf(subject, sizeof(subject), "%.350s is held by %s, which", block->subject, holder);
        look_at_block(block->search, name, subject, block->depth + 1);
    }
    return 0;
}

static void look_at_block(struct search *search, const char *name, const char *subject, int depth)
{
    struct block block = {search, name, subject, depth};
    char directory[DIRECTORY_SIZE];

    look_for_mount(&block, "self");
    sys_each(search->system, "/sys/fs/btrfs", take_btrfs, &block);
    look_for_swap(&block);
    snprintf(directory, sizeof(directory), "/sys/class/block/%.31s/holders", name);
    sys_each(search->system, directory, take_holder, &block);
}

/* --- A disk --- */

struct disk {
    struct search *search;
    const char *name;
    const char *process; /* only its mounts; NULL: everything */
};

static void look_at(const struct disk *disk, const char *name)
{
    if (disk->process)
        look_for_mount(&(struct block){disk->search, name, name, 0}, disk->process);
    else
        look_at_block(disk->search, name, name, 0);
}

static int take_partition(void *context, const char *name)
{
    const struct disk *disk = context;

    if (sys_exists(disk->search->system, "/sys/class/block/%s/%s/partition", disk->name, name))
        look_at(disk, name);
    return 0;
}

static void look_at_parts(struct disk *disk)
{
    char directory[DIRECTORY_SIZE];

    look_at(disk, disk->name);
    snprintf(directory, sizeof(directory), "/sys/class/block/%.31s", disk->name);
    sys_each(disk->search->system, directory, take_partition, disk);
}

static int take_process(void *context, const char *name)
{
    struct disk *disk = context;

    if (!isdigit((unsigned char)name[0]))
        return 0;
    disk->process = name;
    look_at_parts(disk);
    return disk->search->gravest == LONE_USE_MOUNTED;
}

/* A file system in another mount namespace is not in our mountinfo, but the kernel's claim on the disk shows. */
static void look_for_claim(struct search *search, const char *name)
{
    struct disk disk = {search, name, NULL};
    char path[PATH_SIZE];
    int fd;

    sys_path(search->system, path, "/dev/%s", name);
    fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
        close(fd);
        return;
    }
    if (errno != EBUSY || search->gravest >= LONE_USE_HELD)
        return;
    sys_each(search->system, "/proc", take_process, &disk);
    found(search, LONE_USE_HELD, "%s is claimed by the kernel or by a process, for itself", name);
}

static void look_at_disk(struct search *search, const char *name)
{
    struct disk disk = {search, name, NULL};

    look_at_parts(&disk);
    look_for_claim(search, name);
}

/* --- A controller --- */

/* nvme0n1 is a disk; nvme0c1n1 is a path of multipath, whose disk is the head nvme0n1. */
static int take_namespace(void *context, const char *name)
{
    struct search *search = context;
    unsigned subsystem, path, nsid;
    char disk[NAME_SIZE];
    int end = 0;

    if (sscanf(name, "nvme%uc%un%u%n", &subsystem, &path, &nsid, &end) != 3 || name[end]) {
        end = 0;
        if (sscanf(name, "nvme%un%u%n", &subsystem, &nsid, &end) != 2 || name[end])
            return 0;
    }
    snprintf(disk, sizeof(disk), "nvme%un%u", subsystem, nsid);
    look_at_disk(search, disk);
    look_for_descriptor(search, true, "/dev/%s", disk);
    look_for_descriptor(search, false, "/dev/ng%un%u", subsystem, nsid);
    return 0;
}

static int take_controller(void *context, const char *name)
{
    struct search *search = context;
    char directory[DIRECTORY_SIZE];

    snprintf(directory, sizeof(directory), "/sys/bus/pci/devices/%s/nvme/%.31s", search->slot, name);
    sys_each(search->system, directory, take_namespace, search);
    look_for_descriptor(search, false, "/dev/%.31s", name);
    return 0;
}

/* --- Devices of other kinds, for those that share a group with an NVMe controller --- */

static bool is_below(const struct search *search, const char *class, const char *name)
{
    char path[PATH_SIZE], target[PATH_SIZE], part[LONE_SLOT_SIZE + 2];
    ssize_t n;

    sys_path(search->system, path, "/sys/class/%s/%s", class, name);
    n = readlink(path, target, sizeof(target) - 1);
    if (n <= 0)
        return false;
    target[n] = 0;
    snprintf(part, sizeof(part), "/%.15s/", search->slot);
    return strstr(target, part) != NULL;
}

static int take_block(void *context, const char *name)
{
    struct search *search = context;

    if (!strncmp(name, "nvme", 4) || !is_below(search, "block", name))
        return 0;
    if (!sys_exists(search->system, "/sys/class/block/%s/partition", name))
        look_at_disk(search, name);
    look_for_descriptor(search, false, "/dev/%.31s", name);
    return 0;
}

static int take_interface(void *context, const char *name)
{
    struct search *search = context;
    char flags[32];

    if (!is_below(search, "net", name))
        return 0;
    sys_read(search->system, flags, sizeof(flags), "/sys/class/net/%s/flags", name);
    if (strtoul(flags, NULL, 16) & 1) /* IFF_UP */
        found(search, LONE_USE_HELD, "the network interface %s is up", name);
    return 0;
}

/* --- VFIO --- */

static int take_vfio_device(void *context, const char *name)
{
    look_for_descriptor(context, false, "/dev/vfio/devices/%.24s", name);
    return 0;
}

static void look_for_vfio(struct search *search)
{
    char driver[DRIVER_SIZE], directory[DIRECTORY_SIZE];
    int group = pci_group(search->system, search->slot, NULL);

    pci_driver(search->system, search->slot, driver);
    if (strcmp(driver, VFIO_PCI))
        return;
    if (group >= 0)
        look_for_descriptor(search, false, "/dev/vfio/%d", group);
    snprintf(directory, sizeof(directory), "/sys/bus/pci/devices/%s/vfio-dev", search->slot);
    sys_each(search->system, directory, take_vfio_device, search);
}

enum lone_use lone_pci_use(const struct lone_system *system, const char *slot, char *text, size_t size)
{
    char name[LONE_SLOT_SIZE], directory[DIRECTORY_SIZE];
    struct search search = {.system = system, .slot = name, .text = text, .size = size};

    text[0] = 0;
    if (pci_slot(system, slot, name, NULL))
        return LONE_USE_NONE;
    snprintf(directory, sizeof(directory), "/sys/bus/pci/devices/%s/nvme", name);
    sys_each(system, directory, take_controller, &search);
    sys_each(system, "/sys/class/block", take_block, &search);
    sys_each(system, "/sys/class/net", take_interface, &search);
    look_for_vfio(&search);
    return search.gravest;
}
