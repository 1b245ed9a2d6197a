/* SPDX-License-Identifier: MIT */
#include "system/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_PID_NAMESPACE "pid:[4026531836]" /* PROC_PID_INIT_INO in the kernel's interface */

#define FORMAT_PATH(path, system, format)              \
    do {                                               \
        va_list arguments_;                            \
        va_start(arguments_, format);                  \
        format_path(system, path, format, arguments_); \
        va_end(arguments_);                            \
    } while (0)

static void __attribute__((format(printf, 3, 0)))
format_path(const struct lone_system *system, char path[PATH_SIZE], const char *format, va_list arguments)
{
    int n = snprintf(path, PATH_SIZE, "%s", system->root ? system->root : "");

    if (n >= 0 && n < PATH_SIZE)
        vsnprintf(path + n, PATH_SIZE - (size_t)n, format, arguments);
}

void sys_path(const struct lone_system *system, char path[PATH_SIZE], const char *format, ...)
{
    FORMAT_PATH(path, system, format);
}

int sys_read(const struct lone_system *system, char *text, size_t size, const char *format, ...)
{
    char path[PATH_SIZE];
    ssize_t n;
    int fd;

    text[0] = 0;
    FORMAT_PATH(path, system, format);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    n = read(fd, text, size - 1);
    if (n < 0)
        n = -errno;
    close(fd);
    if (n < 0)
        return (int)n;
    while (n && text[n - 1] == '\n')
        n--;
    text[n] = 0;
    return (int)n;
}

int sys_write(const struct lone_system *system, const char *text, struct lone_error *error, const char *format, ...)
{
    char path[PATH_SIZE];
    int fd, result = 0;

    FORMAT_PATH(path, system, format);
    if (system->write) {
        result = system->write(system->context, path, text);
        return result ? lone_fail(error, -result, "cannot write \"%.*s\" to %s: %s", (int)strcspn(text, "\n"), text,
                                  path, strerror(-result))
                      : 0;
    }
    fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0) {
        int number = errno;

        return lone_fail(
            error, number, "cannot open %s: %s%s", path, strerror(number),
            number == EROFS && sys_is_container(system) ? " (this is a container: hand devices over on the host)" : "");
    }
    if (write(fd, text, strlen(text)) < 0)
        result = lone_fail(error, errno, "cannot write \"%.*s\" to %s: %s", (int)strcspn(text, "\n"), text, path,
                           strerror(errno));
    close(fd);
    return result;
}

int sys_link(const struct lone_system *system, char *name, size_t size, const char *format, ...)
{
    char path[PATH_SIZE], target[PATH_SIZE];
    const char *last;
    ssize_t n;

    name[0] = 0;
    FORMAT_PATH(path, system, format);
    n = readlink(path, target, sizeof(target) - 1);
    if (n < 0)
        return -errno;
    target[n] = 0;
    last = strrchr(target, '/');
    return snprintf(name, size, "%s", last ? last + 1 : target);
}

int sys_target(const struct lone_system *system, char *target, size_t size, const char *format, ...)
{
    char path[PATH_SIZE];
    ssize_t n;

    target[0] = 0;
    FORMAT_PATH(path, system, format);
    n = readlink(path, target, size - 1);
    if (n < 0)
        return -errno;
    target[n] = 0;
    return (int)n;
}

int sys_stat(const struct lone_system *system, const char *path, struct stat *status)
{
    char real[PATH_SIZE];
    struct statx got;

    sys_path(system, real, "%s", path);
    if (system->stat)
        return system->stat(system->context, real, status);
    if (statx(AT_FDCWD, real, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &got))
        return -errno;
    *status = (struct stat){.st_mode = got.stx_mode,
                            .st_dev = makedev(got.stx_dev_major, got.stx_dev_minor),
                            .st_rdev = makedev(got.stx_rdev_major, got.stx_rdev_minor)};
    return 0;
}

dev_t sys_number(const struct lone_system *system, const char *format, ...)
{
    char path[PATH_SIZE], text[32];
    unsigned major, minor;

    FORMAT_PATH(path, &(struct lone_system){0}, format);
    if (sys_read(system, text, sizeof(text), "%s", path) <= 0 || sscanf(text, "%u:%u", &major, &minor) != 2)
        return 0;
    return makedev(major, minor);
}

bool sys_exists(const struct lone_system *system, const char *format, ...)
{
    char path[PATH_SIZE];

    FORMAT_PATH(path, system, format);
    return access(path, F_OK) == 0;
}

void sys_say(const struct lone_system *system, const char *format, ...)
{
    char line[PATH_SIZE];
    va_list arguments;

    if (!system->say)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    system->say(system->context, line);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int sys_each(const struct lone_system *system, const char *directory, int (*each)(void *context, const char *name),
             void *context)
{
    struct dirent **entries;
    char path[PATH_SIZE];
    int n, result = 0;

    sys_path(system, path, "%s", directory);
    n = scandir(path, &entries, is_shown, versionsort);
    if (n < 0)
        return -errno;
    for (int i = 0; i < n; i++) {
        if (!result)
            result = each(context, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return result;
}

bool sys_is_real(const struct lone_system *system)
{
    return !system->root || !system->root[0];
}

/* A process-id namespace of its own, or what container managers leave behind to be recognised by. */
bool sys_is_container(const struct lone_system *system)
{
    char namespace[64];

    return (sys_target(system, namespace, sizeof(namespace), "/proc/self/ns/pid") > 0 &&
            strcmp(namespace, FIRST_PID_NAMESPACE)) ||
           sys_exists(system, "/run/.containerenv") || sys_exists(system, "/.dockerenv") ||
           sys_exists(system, "/run/systemd/container");
}

/* Runs a program and waits for its end. How it ended is not known to a process that ignores SIGCHLD, and what it says
 * is lost: nothing in the library prints. */
static void run(const char *const *arguments)
{
    /* Not the caller's: modprobe takes options from MODPROBE_OPTIONS. */
    static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int result;

    posix_spawn_file_actions_init(&actions);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    result = posix_spawn(&child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments,
                         (char *const *)(uintptr_t)environment);
    posix_spawn_file_actions_destroy(&actions);
    while (!result && waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
}

void sys_modprobe(const struct lone_system *system, const char *module)
{
    char modprobe[PATH_SIZE];

    if (!sys_is_real(system))
        return;
    /* The program that the kernel itself uses. */
    if (sys_read(system, modprobe, sizeof(modprobe), "/proc/sys/kernel/modprobe") <= 0)
        snprintf(modprobe, sizeof(modprobe), "/sbin/modprobe");
    run((const char *const[]){modprobe, "-q", "--", module, NULL});
}

bool sys_interrupted(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t pending;
    bool result = false;

    sigemptyset(&pending);
    sigpending(&pending);
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        result |= sigismember(&pending, ends[i]) == 1;
    return result;
}

void sys_pause(void)
{
    usleep(1000000 / SYS_PAUSES_PER_SECOND);
}

void list_add(char *text, size_t size, const char *separator, const char *what)
{
    size_t length = strlen(text);

    if (length < size)
        snprintf(text + length, size - length, "%s%s", length ? separator : "", what);
}
