/* SPDX-License-Identifier: MIT */
#include "mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 10 /* for another lonefs that is being mounted there */
#define LOOK_NS    10000000
#define FUSE_MAGIC 0x65735546 /* statfs(2) */

char *mountpoint_absolute(const char *path, struct lone_error *error)
{
    char *resolved = realpath(path, NULL), *cwd;

    if (!resolved && path[0] == '/') {
        resolved = strdup(path);
    } else if (!resolved) {
        cwd = getcwd(NULL, 0);
        if (!cwd) {
            lone_fail(error, errno, "the working directory is gone (%s): write the whole path", strerror(errno));
            return NULL;
        }
        if (asprintf(&resolved, "%s/%s", cwd, path) < 0)
            resolved = NULL;
        free(cwd);
    }
    if (!resolved)
        lone_fail(error, ENOMEM, "no memory for the path");
    return resolved;
}

/* --- What is there --- */

/* What statx(2) says without asking the file system, so that one that is dead, slow, of another user, or our own can be
 * looked at. */
static bool look(const char *path, dev_t *device, bool *is_root)
{
    struct statx status;

    if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &status))
        return false;
    *device = makedev(status.stx_dev_major, status.stx_dev_minor);
    *is_root = status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
    return true;
}

/* Of the file system @device: its type, "fuse.lonefs", and who mounted it; type "" where /proc does not show it. */
struct mounted {
    char type[32];
    unsigned user;
};

static struct mounted find_mount(dev_t device)
{
    struct mounted found = {.type = ""};
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t size = 0;
    unsigned major, minor;

    while (mounts && !found.type[0] && getline(&line, &size, mounts) > 0) {
        const char *rest = strstr(line, " - "), *user = rest ? strstr(rest, "user_id=") : NULL;

        if (!rest || sscanf(line, "%*d %*d %u:%u ", &major, &minor) != 2 || makedev(major, minor) != device)
            continue;
        if (sscanf(rest, " - %31s", found.type) != 1)
            found.type[0] = 0;
        found.user = user ? (unsigned)strtoul(user + 8, NULL, 10) : 0;
    }
    free(line);
    if (mounts)
        fclose(mounts);
    return found;
}

/* Is the root of a lonefs there, dead or alive? Without /proc any FUSE file system is taken for one. */
static bool is_lonefs(const char *path, struct mounted *mounted)
{
    struct statfs status;
    dev_t device;
    bool is_root;

    *mounted = (struct mounted){.user = getuid()};
    if (!look(path, &device, &is_root) || !is_root)
        return false;
    *mounted = find_mount(device);
    if (mounted->type[0])
        return !strcmp(mounted->type, "fuse.lonefs");
    return statfs(path, &status) ? errno == ENOTCONN : status.f_type == FUSE_MAGIC;
}

/* What statvfs(2) says of it: an errno. Not stat(2), which the kernel answers from what it remembers for some time
 * after lonefs has died. A file system that is stopped does not answer at all, hence another process, which can be
 * given up: EAGAIN. */
static int ask(const char *path)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    struct statvfs answer;
    int status = 0;
    pid_t child = fork();

    if (child < 0)
        return statvfs(path, &answer) ? errno : 0;
    if (!child)
        _exit(statvfs(path, &answer) ? errno & 0xff : 0);
    for (time_t end = time(NULL) + PATIENCE_S; !waitpid(child, &status, WNOHANG); nanosleep(&pause, NULL))
        if (time(NULL) > end) {
            kill(child, SIGKILL);
            return EAGAIN;
        }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EAGAIN;
}

static int unmount_lazily(const char *path)
{
    const char *const arguments[] = {"fusermount3", "-u", "-z", "--", path, NULL};
    pid_t child;
    int status;

    if (!umount2(path, MNT_DETACH))
        return 0;
    if (posix_spawnp(&child, arguments[0], NULL, NULL, (char *const *)(uintptr_t)arguments, environ))
        return -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* There may be several, one on top of the other. */
static int take_over(const char *path, struct lone_error *error)
{
    struct mounted mounted;
    int answer;

    while ((answer = ask(path)) == ENOTCONN) {
        if (!is_lonefs(path, &mounted))
            return lone_fail(error, ENOTCONN,
                             "a file system whose program has ended is mounted there, not a lonefs: `fusermount3 -u -z "
                             "%s` takes it away",
                             path);
        fprintf(stderr, "lonefs: %s: taking over the mount point of a lonefs that ended without unmounting\n", path);
        if (unmount_lazily(path))
            return lone_fail(error, ENOTCONN, "cannot unmount what is left there: run `fusermount3 -u -z %s`", path);
    }
    return answer != EAGAIN ? 0
                            : lone_fail(error, EBUSY,
                                        "what is mounted there does not answer, a lonefs that is stopped, or another "
                                        "file system: `fuser -vm %s`",
                                        path);
}

static int check(const char *path, struct lone_error *error)
{
    struct mounted mounted;
    struct stat status;
    int result = take_over(path, error);

    if (result)
        return result;
    /* The kernel does not tell others, not even root, whether it is still alive. */
    if (is_lonefs(path, &mounted) && mounted.user != getuid())
        return lone_fail(
            error, EBUSY,
            "a lonefs of user %u is mounted there, if it is still alive: that user ends it with `fusermount3 "
            "-u %s`, root with `umount -l`",
            mounted.user, path);
    if (is_lonefs(path, &mounted))
        return lone_fail(error, EBUSY, "a lonefs is mounted there: end it with `fusermount3 -u %s`", path);
    if (!stat(path, &status))
        return S_ISDIR(status.st_mode) ? 0 : lone_fail(error, ENOTDIR, "is not a directory");
    if (errno == ENOENT)
        return lone_fail(error, ENOENT, "there is no such directory: make it with `mkdir %s`", path);
    if (errno == EACCES)
        return lone_fail(error, EACCES,
                         "Permission denied: this user may not look at it, or another user has something mounted there "
                         "(`findmnt %s`): mount elsewhere",
                         path);
    return lone_fail(error, errno, "%s", strerror(errno));
}

/* --- The lock --- */

/* flock(2) of the directory itself, which needs no place for files of our own and ends with the process. A directory
 * that may not be read cannot be locked, nor on some network file systems: then two that start at once may both mount.
 */
static int lock(struct mountpoint *point, struct lone_error *error)
{
    time_t end = time(NULL) + PATIENCE_S;

    point->lock = open(point->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (point->lock >= 0 && flock(point->lock, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
        if (time(NULL) > end)
            return lone_fail(
                error, EBUSY,
                "a program holds a lock (flock) on this directory, as a lonefs does while it mounts: `fuser "
                "-v %s` names it",
                point->path);
        nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    }
    return 0;
}

static void unlock(struct mountpoint *point)
{
    if (point->lock >= 0)
        close(point->lock);
    point->lock = -1;
}

/* --- From the beginning to the end --- */

int mountpoint_take(struct mountpoint *point, struct lone_error *error)
{
    int result = check(point->path, error);

    if (!result)
        result = lock(point, error);
    /* Whoever had the lock has mounted. */
    return result ? result : check(point->path, error);
}

void mountpoint_mounted(struct mountpoint *point)
{
    bool is_root;

    if (!look(point->path, &point->device, &is_root))
        point->device = 0;
    unlock(point);
}

/* It may have been unmounted (and live on as a copy elsewhere), and something else mounted there since. */
void mountpoint_leave(struct mountpoint *point)
{
    dev_t device;
    bool is_root;

    if (point->device && look(point->path, &device, &is_root) && is_root && device == point->device)
        unmount_lazily(point->path);
    point->device = 0;
    unlock(point);
}
