/* SPDX-License-Identifier: MIT */
/* Opening and claiming block devices by their number. */
#include "system/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* The descriptor, if it is of that device. */
static int checked(int fd, dev_t number)
{
    struct stat status;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) == 0 && S_ISBLK(status.st_mode) && status.st_rdev == number)
        return fd;
    close(fd);
    return -ENOENT;
}

/* By a node in a file system of our own that is mounted nowhere. */
static int open_own_node(dev_t number, int flags)
{
    int context = fsopen("tmpfs", FSOPEN_CLOEXEC), mount = -1, fd = -1, result = 0;

    if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ||
        (mount = fsmount(context, FSMOUNT_CLOEXEC, 0)) < 0 || mknodat(mount, "node", S_IFBLK | 0600, number) ||
        (fd = openat(mount, "node", flags)) < 0)
        result = -errno;
    if (mount >= 0)
        close(mount);
    if (context >= 0)
        close(context);
    return result ? result : fd;
}

int block_open(const struct lone_system *system, const char *name, dev_t number, int flags)
{
    char path[PATH_SIZE];
    struct stat status;

    flags |= O_CLOEXEC | O_NONBLOCK;
    if (system->open_block)
        return system->open_block(system->context, number, flags);
    snprintf(path, sizeof(path), "/dev/%.64s", name);
    for (char *c = path; *c; c++)
        if (*c == '!')
            *c = '/';
    if (stat(path, &status) == 0 && S_ISBLK(status.st_mode) && status.st_rdev == number) {
        int fd = checked(open(path, flags), number);

        if (fd != -ENOENT)
            return fd;
    }
    return open_own_node(number, flags);
}

int block_claim(const struct lone_system *system, const char *name, dev_t number, struct claims *claims)
{
    struct claim *more;
    int fd;

    for (size_t i = 0; claims && i < claims->count; i++)
        if (claims->list[i].number == number)
            return 0; /* by ourselves: two partitions are in one RAID */
    fd = block_open(system, name, number, O_RDONLY | O_EXCL);
    if (fd < 0)
        return fd == -ENODEV || fd == -ENOMEDIUM ? -ENXIO : fd;
    more = claims ? realloc(claims->list, (claims->count + 1) * sizeof(*more)) : NULL;
    if (!more) {
        close(fd);
        return claims ? -ENOMEM : 0;
    }
    claims->list = more;
    claims->list[claims->count++] = (struct claim){number, fd};
    return 0;
}

void claims_release(struct claims *claims)
{
    for (size_t i = 0; i < claims->count; i++)
        close(claims->list[i].fd);
    free(claims->list);
    *claims = (struct claims){0};
}
