/* SPDX-License-Identifier: MIT */
#include "system/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
    if (fd < 0)
        return lone_fail(error, errno, "cannot open %s: %s", path, strerror(errno));
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

int sys_each(const struct lone_system *system, const char *directory, int (*each)(void *context, const char *name),
             void *context)
{
    char path[PATH_SIZE];
    struct dirent *entry;
    int result = 0;
    DIR *dir;

    sys_path(system, path, "%s", directory);
    dir = opendir(path);
    if (!dir)
        return -errno;
    while (!result && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            result = each(context, entry->d_name);
    closedir(dir);
    return result;
}

bool sys_is_real(const struct lone_system *system)
{
    return !system->root || !system->root[0];
}

/* Its exit status, or -1. What it says is lost: nothing in the library prints. */
static int run(const char *const *arguments)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status, result;

    posix_spawn_file_actions_init(&actions);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    result = posix_spawn(&child, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (result)
        return -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool sys_modprobe(const struct lone_system *system, const char *module)
{
    char modprobe[PATH_SIZE];

    if (!sys_is_real(system))
        return false;
    /* The program that the kernel itself uses. */
    if (sys_read(system, modprobe, sizeof(modprobe), "/proc/sys/kernel/modprobe") <= 0)
        snprintf(modprobe, sizeof(modprobe), "/sbin/modprobe");
    return run((const char *const[]){modprobe, "-q", "--", module, NULL}) == 0;
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
