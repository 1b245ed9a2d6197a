/* SPDX-License-Identifier: MIT */
/* Which process uses which device node? A node is known by its number: its name may be another one, or gone. */
#include "system/openers.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define RING "anon_inode:[io_uring]"

struct walk {
    struct openers *openers;
    char pid[16], task[16];
    char scanned[16]; /* the last task whose descriptors and mappings were looked at */
};

/* The process has ended meanwhile, or is another user's. */
static bool is_no_gap(int number)
{
    return number == ENOENT || number == ESRCH || ((number == EACCES || number == EPERM) && geteuid());
}

static void gap(const struct walk *walk, const char *what, int number)
{
    if (!is_no_gap(number) && !walk->openers->gap[0])
        snprintf(walk->openers->gap, sizeof(walk->openers->gap), "%s of process %s: %s", what, walk->pid,
                 strerror(number));
}

static void add(const struct walk *walk, mode_t type, dev_t number, const char *how, const char *path)
{
    struct openers *openers = walk->openers;
    struct opener *more;

    if (openers_find(openers, type, number))
        return;
    more = realloc(openers->list, (openers->count + 1) * sizeof(*more));
    if (!more) {
        gap(walk, "the files", ENOMEM);
        return;
    }
    openers->list = more;
    more += openers->count++;
    *more = (struct opener){.type = type, .number = number, .pid = atoi(walk->pid), .how = how};
    snprintf(more->path, sizeof(more->path), "%s", path);
}

/* Does the descriptor only name its file (O_PATH)? Everybody may have such a one of every node, and cannot use it. */
static bool names_only(const struct walk *walk, const char *fd)
{
    char text[256];
    unsigned flags;
    const char *at;

    sys_read(walk->openers->system, text, sizeof(text), "/proc/%s/fdinfo/%s", walk->task, fd);
    at = strstr(text, "flags:");
    return at && sscanf(at, "flags: %o", &flags) == 1 && flags & O_PATH;
}

/* @link: one of procfs's links, which lead to the file itself, whatever is at its path now; @fd: the descriptor, or
 * NULL. */
static void look_at_file(const struct walk *walk, const char *link, const char *fd, const char *how, const char *path)
{
    struct stat status;
    int result = sys_stat(walk->openers->system, link, &status);

    if (result == -EPERM || result == -ENOMEM)
        gap(walk, "a file", -result);
    if (result)
        return; /* EACCES: FUSE tells others than its user nothing; then it is not a node */
    if ((S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode)) &&
        !openers_find(walk->openers, status.st_mode & S_IFMT, status.st_rdev) && !(fd && names_only(walk, fd)))
        add(walk, status.st_mode & S_IFMT, status.st_rdev, how, path);
    if (major(status.st_dev)) /* not one without a device, such as tmpfs */
        add(walk, S_IFREG, status.st_dev, how, path);
}

/* --- Descriptors --- */

/* The files that a ring holds without a descriptor: "    3: /dev/nvme0n1"; older kernels (6.1) say "    3: nvme0n1". */
static void look_at_ring(const struct walk *walk, const char *fd)
{
    char path[PATH_SIZE], file[256], *line = NULL;
    struct stat status;
    size_t size = 0;
    unsigned index;
    FILE *info;

    sys_path(walk->openers->system, path, "/proc/%s/fdinfo/%s", walk->task, fd);
    info = fopen(path, "re");
    if (!info)
        gap(walk, "an io_uring", errno);
    while (info && getline(&line, &size, info) > 0)
        if (sscanf(line, " %u: %255[^\n]", &index, file) == 2) {
            snprintf(path, sizeof(path), "%s%s", file[0] == '/' ? "" : "/dev/", file);
            if (!sys_stat(walk->openers->system, path, &status) && (S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode)))
                add(walk, status.st_mode & S_IFMT, status.st_rdev, "registered with io_uring", path);
        }
    free(line);
    if (info)
        fclose(info);
}

static int take_descriptor(void *context, const char *name)
{
    const struct walk *walk = context;
    char link[PATH_SIZE], target[PATH_SIZE];

    snprintf(link, sizeof(link), "/proc/%s/fd/%s", walk->task, name);
    if (sys_target(walk->openers->system, target, sizeof(target), "%s", link) < 0)
        return 0;
    if (!strcmp(target, RING))
        look_at_ring(walk, name);
    else
        look_at_file(walk, link, name, "open", target);
    return 0;
}

/* --- Mappings, which outlive their descriptors --- */

static void look_at_mappings(const struct walk *walk)
{
    char path[PATH_SIZE], link[PATH_SIZE], last[PATH_SIZE] = "", *line = NULL;
    size_t size = 0;
    FILE *maps;

    sys_path(walk->openers->system, path, "/proc/%s/maps", walk->task);
    maps = fopen(path, "re");
    if (!maps)
        gap(walk, "the mappings", errno);
    while (maps && getline(&line, &size, maps) > 0) {
        char file[PATH_SIZE];
        unsigned long start, end, inode;

        /* START-END PERMISSIONS OFFSET DEVICE INODE PATH. Many in a row are of one file. */
        if (sscanf(line, "%lx-%lx %*s %*s %*s %lu %511[^\n]", &start, &end, &inode, file) != 4 || !inode ||
            !strcmp(file, last))
            continue;
        snprintf(last, sizeof(last), "%s", file);
        snprintf(link, sizeof(link), "/proc/%s/map_files/%lx-%lx", walk->task, start, end);
        look_at_file(walk, link, NULL, "mapped", file);
    }
    free(line);
    if (maps)
        fclose(maps);
}

/* --- Processes --- */

/* Has the task the same table (descriptors, memory) as the last one? Unknown is no. */
static bool shares(const struct walk *walk, int what)
{
    return walk->scanned[0] && sys_is_real(walk->openers->system) &&
           syscall(SYS_kcmp, (long)atoi(walk->scanned), (long)atoi(walk->task), (long)what, 0L, 0L) == 0;
}

static void look_at_task(struct walk *walk, const char *task)
{
    char directory[PATH_SIZE];
    int result = 0;

    snprintf(walk->task, sizeof(walk->task), "%.15s", task);
    if (!shares(walk, KCMP_FILES)) {
        snprintf(directory, sizeof(directory), "/proc/%s/fd", walk->task);
        result = sys_each(walk->openers->system, directory, take_descriptor, walk);
    }
    if (result < 0)
        gap(walk, "the descriptors", -result);
    if (!shares(walk, KCMP_VM))
        look_at_mappings(walk);
    snprintf(walk->scanned, sizeof(walk->scanned), "%s", walk->task);
}

/* A thread may have descriptors of its own; and those of a process whose first thread has ended show at the others. */
static int take_task(void *context, const char *name)
{
    struct walk *walk = context;

    if (strcmp(name, walk->pid))
        look_at_task(walk, name);
    return 0;
}

static void look_at_place(struct walk *walk, const char *what)
{
    char link[PATH_SIZE], target[PATH_SIZE];

    snprintf(link, sizeof(link), "/proc/%s/%s", walk->pid, what);
    if (sys_target(walk->openers->system, target, sizeof(target), "%s", link) >= 0)
        look_at_file(walk, link, NULL, "open", target);
}

static int take_process(void *context, const char *name)
{
    struct walk *walk = context;
    char directory[64];
    int result;

    if (!isdigit((unsigned char)name[0]) || (sys_is_real(walk->openers->system) && atoi(name) == getpid()))
        return 0;
    snprintf(walk->pid, sizeof(walk->pid), "%.15s", name);
    walk->scanned[0] = 0;
    look_at_task(walk, name);
    snprintf(directory, sizeof(directory), "/proc/%s/task", walk->pid);
    result = sys_each(walk->openers->system, directory, take_task, walk);
    if (result < 0)
        gap(walk, "the threads", -result);
    look_at_place(walk, "cwd");
    look_at_place(walk, "root");
    return 0;
}

void openers_look(const struct lone_system *system, struct openers *openers)
{
    struct walk walk = {.openers = openers};
    int result;

    *openers = (struct openers){.system = system};
    result = sys_each(system, "/proc", take_process, &walk);
    if (result < 0)
        snprintf(openers->gap, sizeof(openers->gap), "/proc: %s", strerror(-result));
}

void openers_free(struct openers *openers)
{
    free(openers->list);
    openers->list = NULL;
    openers->count = 0;
}

const struct opener *openers_find(const struct openers *openers, mode_t type, dev_t number)
{
    for (size_t i = 0; i < openers->count; i++)
        if (openers->list[i].type == type && openers->list[i].number == number)
            return &openers->list[i];
    return NULL;
}
