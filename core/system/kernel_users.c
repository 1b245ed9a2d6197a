/* SPDX-License-Identifier: MIT */
/* Drivers that use a block device as a file: no link below holders/, mostly no claim, and no process with a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/loop.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "system/blocks.h"

#define CONFIGFS_MAGIC 0x62656570
#define CONFIGFS_PATH  "/sys/kernel/config"

static void __attribute__((format(printf, 2, 3))) gap(struct kernel_users *users, const char *format, ...)
{
    va_list arguments;

    if (users->gap[0])
        return;
    va_start(arguments, format);
    vsnprintf(users->gap, sizeof(users->gap), format, arguments);
    va_end(arguments);
}

static bool is_no_gap(int number)
{
    return number == ENOENT || number == ENOTDIR || ((number == EACCES || number == EPERM) && geteuid());
}

static void __attribute__((format(printf, 5, 6)))
add(struct kernel_users *users, mode_t type, dev_t number, const struct kernel_user *like, const char *format, ...)
{
    struct kernel_user *more = realloc(users->list, (users->count + 1) * sizeof(*more));
    va_list arguments;

    if (!more) {
        gap(users, "%s", strerror(ENOMEM));
        return;
    }
    users->list = more;
    more += users->count++;
    *more = *like;
    more->type = type;
    more->number = number;
    va_start(arguments, format);
    vsnprintf(more->text, sizeof(more->text), format, arguments);
    va_end(arguments);
}

/* The device node at @path, as an administrator wrote it. False: it is a file, or @whose is to be blamed for a gap. */
static bool find_node(struct kernel_users *users, const char *path, const char *whose, struct stat *status)
{
    int result = sys_stat(users->system, path, status);

    if (!result)
        return S_ISBLK(status->st_mode) || S_ISCHR(status->st_mode);
    if (!geteuid() || !is_no_gap(-result))
        gap(users, "%s uses %.80s, which cannot be looked at: %s", whose, path, strerror(-result));
    return false;
}

/* --- Files of many directories --- */

typedef void file_taker(struct kernel_users *users, const char *path);

static int on_error(const char *path, int number)
{
    (void)path;
    return !is_no_gap(number);
}

/* Calls @take with all files below the system's root whose path matches. */
static void take_files(struct kernel_users *users, const char *pattern, file_taker *take)
{
    const char *root = users->system->root ? users->system->root : "";
    char path[PATH_SIZE];
    glob_t found = {0};
    int result;

    sys_path(users->system, path, "%s", pattern);
    result = glob(path, 0, on_error, &found);
    if (result && result != GLOB_NOMATCH)
        gap(users, "%s cannot be looked at", pattern);
    for (size_t i = 0; !result && i < found.gl_pathc; i++)
        take(users, found.gl_pathv[i] + strlen(root));
    globfree(&found);
}

/* The part of a path that is @back levels above its end: the name of a file is 0. */
static void path_part(const char *path, unsigned back, char *part, size_t size)
{
    size_t end = strlen(path), start;

    for (;; back--, end = start - 1) {
        for (start = end; start && path[start - 1] != '/'; start--) {
        }
        if (!back || !start)
            break;
    }
    snprintf(part, size, "%.*s", (int)(end - start), path + start);
}

/* --- Loop devices --- */

/* What it sits on, by its number: whatever its file's name has become. 0: not on a block device. Others than root, who
 * may not ask the device, go by the name. 0, or -errno. */
static int loop_number(struct kernel_users *users, const char *name, const char *file, dev_t *number)
{
    struct loop_info64 info;
    struct stat status;
    int result, fd;

    *number = 0;
    if (geteuid() || !sys_is_real(users->system)) {
        result = sys_stat(users->system, file, &status);
        if (!result && S_ISBLK(status.st_mode))
            *number = status.st_rdev;
        return result;
    }
    fd = block_open(users->system, name, sys_number(users->system, "/sys/block/%s/dev", name), O_RDONLY);
    if (fd < 0)
        return fd;
    result = ioctl(fd, LOOP_GET_STATUS64, &info) ? -errno : 0;
    close(fd);
    if (!result)
        *number = (dev_t)info.lo_rdevice;
    return result;
}

static void take_loop(struct kernel_users *users, const char *path)
{
    struct kernel_user user = {.above = ""};
    char file[PATH_SIZE], name[BLOCK_NAME_SIZE];
    dev_t number;
    int result;

    path_part(path, 2, name, sizeof(name));
    if (sys_read(users->system, file, sizeof(file), "%s", path) <= 0)
        return; /* just detached */
    result = loop_number(users, name, file, &number);
    if (number) {
        snprintf(user.above, sizeof(user.above), "%s", name);
        add(users, S_IFBLK, number, &user, "%s", name);
    } else if (result && result != -ENXIO && !geteuid()) {
        gap(users, "what %s is made of: %s", name, strerror(-result));
    }
}

/* --- zram: unused pages go to its backing device --- */

static void take_zram(struct kernel_users *users, const char *path)
{
    struct kernel_user user = {.claims = true};
    char file[PATH_SIZE], name[BLOCK_NAME_SIZE];
    struct stat status;

    path_part(path, 1, name, sizeof(name));
    if (sys_read(users->system, file, sizeof(file), "%s", path) <= 0 || file[0] != '/' ||
        sys_stat(users->system, file, &status) || !S_ISBLK(status.st_mode))
        return; /* its claim on the device shows all the same */
    snprintf(user.above, sizeof(user.above), "%s", name);
    add(users, S_IFBLK, status.st_rdev, &user, "%s", name);
}

/* --- Targets: what is configured in configfs --- */

/* nvmet/subsystems/NQN/namespaces/1/device_path, nvmet/subsystems/NQN/passthru/device_path */
static void take_nvmet(struct kernel_users *users, const char *path)
{
    char file[PATH_SIZE], enable[PATH_SIZE], enabled[8], nsid[16], nqn[96];
    struct stat status;

    path_part(path, 1, nsid, sizeof(nsid));
    path_part(path, strcmp(nsid, "passthru") ? 3 : 2, nqn, sizeof(nqn));
    snprintf(enable, sizeof(enable), "%.*s/enable", (int)(strrchr(path, '/') - path), path);
    if (sys_read(users->system, enabled, sizeof(enabled), "%s", enable) <= 0 || enabled[0] == '0' ||
        sys_read(users->system, file, sizeof(file), "%s", path) <= 0 || !find_node(users, file, "nvmet", &status))
        return;
    add(users, status.st_mode & S_IFMT, status.st_rdev, &(struct kernel_user){0}, "exported by nvmet as %.80s, %s%.16s",
        nqn, strcmp(nsid, "passthru") ? "namespace " : "", nsid);
}

/* target/core/iblock_0/NAME/info: "… Major: 259 Minor: 0 …"; fileio_0: "… File: /dev/nvme0n1  Size: …" */
static void take_target(struct kernel_users *users, const char *path)
{
    char info[2048], name[64], *at, *end;
    unsigned number[2];
    struct stat status;

    path_part(path, 1, name, sizeof(name));
    if (sys_read(users->system, info, sizeof(info), "%s", path) <= 0)
        return;
    at = strstr(info, "Major: ");
    if (at && sscanf(at, "Major: %u Minor: %u", &number[0], &number[1]) == 2)
        add(users, S_IFBLK, makedev(number[0], number[1]), &(struct kernel_user){0},
            "exported by the kernel's SCSI target as %.60s", name);
    at = strstr(info, "File: ");
    if (!at)
        return;
    at += strlen("File: ");
    end = strstr(at, "  Size: ");
    if (end)
        *end = 0;
    if (find_node(users, at, "the kernel's SCSI target", &status))
        add(users, status.st_mode & S_IFMT, status.st_rdev, &(struct kernel_user){0},
            "exported by the kernel's SCSI target as %.60s", name);
}

/* usb_gadget/NAME/functions/mass_storage.0/lun.0/file */
static void take_gadget(struct kernel_users *users, const char *path)
{
    char file[PATH_SIZE], name[64];
    struct stat status;

    path_part(path, 4, name, sizeof(name));
    if (sys_read(users->system, file, sizeof(file), "%s", path) > 0 && find_node(users, file, "a USB gadget", &status))
        add(users, status.st_mode & S_IFMT, status.st_rdev, &(struct kernel_user){0},
            "exported by the USB gadget %.60s", name);
}

static void take_targets(struct kernel_users *users, const char *configfs)
{
    static const struct {
        const char *pattern;
        file_taker *take;
    } files[] = {
        {"nvmet/subsystems/*/namespaces/*/device_path", take_nvmet},
        {"nvmet/subsystems/*/passthru/device_path", take_nvmet},
        {"target/core/*/*/info", take_target},
        {"usb_gadget/*/functions/mass_storage.*/lun.*/file", take_gadget},
    };
    char pattern[PATH_SIZE];

    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        snprintf(pattern, sizeof(pattern), "%.64s/%s", configfs, files[i].pattern);
        take_files(users, pattern, files[i].take);
    }
}

/* Is there a configfs, and is it mounted where it ought to be? Drivers live on when it is unmounted. */
static bool has_configfs(const struct lone_system *system, bool *mounted)
{
    char path[PATH_SIZE];
    struct statfs status;

    sys_path(system, path, CONFIGFS_PATH);
    *mounted = !sys_is_real(system) || (statfs(path, &status) == 0 && status.f_type == CONFIGFS_MAGIC);
    return *mounted || sys_exists(system, "/sys/module/configfs") || sys_exists(system, CONFIGFS_PATH);
}

static void look_at_configfs(struct kernel_users *users)
{
    int context, mount = -1, result = 0;
    char path[64];
    bool mounted;

    if (!has_configfs(users->system, &mounted))
        return;
    if (mounted) {
        take_targets(users, CONFIGFS_PATH);
        return;
    }
    context = fsopen("configfs", FSOPEN_CLOEXEC);
    if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ||
        (mount = fsmount(context, FSMOUNT_CLOEXEC, 0)) < 0)
        result = errno;
    if (context >= 0)
        close(context);
    if (result) {
        if (!is_no_gap(result))
            gap(users, "configfs cannot be mounted: %s", strerror(result));
        return;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", mount);
    take_targets(users, path);
    close(mount);
}

void kernel_users_look(const struct lone_system *system, struct kernel_users *users)
{
    *users = (struct kernel_users){.system = system};
    take_files(users, "/sys/block/loop*/loop/backing_file", take_loop);
    take_files(users, "/sys/block/zram*/backing_dev", take_zram);
    look_at_configfs(users);
}

void kernel_users_free(struct kernel_users *users)
{
    free(users->list);
    users->list = NULL;
    users->count = 0;
}
