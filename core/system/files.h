/* SPDX-License-Identifier: MIT */
/* Small files of sysfs, procfs and the like; private to core/system. */
#ifndef LONE_SYSTEM_FILES_H
#define LONE_SYSTEM_FILES_H

#include "system/system.h"

#define PATH_SIZE 512

/* The path below the system's root. */
void sys_path(const struct lone_system *system, char path[PATH_SIZE], const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads a file into @text, at most @size - 1 bytes, without the newline at its end. Returns the length or -errno. */
int sys_read(const struct lone_system *system, char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes @text into a file with one write(2), as sysfs wants it. 0 or -errno, with the path in @error. */
int sys_write(const struct lone_system *system, const char *text, struct lone_error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The last part of where a symbolic link points to: the name of a driver or group. Returns the length or -errno. */
int sys_link(const struct lone_system *system, char *name, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

bool sys_exists(const struct lone_system *system, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells whoever listens what was done. */
void sys_say(const struct lone_system *system, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Calls @each with every name in a directory, but those that begin with a dot, until it returns other than 0. */
int sys_each(const struct lone_system *system, const char *directory, int (*each)(void *context, const char *name),
             void *context);

/* Is this the machine itself, and not a test's directory? */
bool sys_is_real(const struct lone_system *system);

/* Loads a kernel module by name or alias. Has it worked? Never in a test's directory. */
bool sys_modprobe(const struct lone_system *system, const char *module);

/* Sleeps for ten milliseconds. */
void sys_pause(void);
#define SYS_PAUSES_PER_SECOND 100

/* Appends "what" to a list in @text, parts joined by @separator. */
void list_add(char *text, size_t size, const char *separator, const char *what);

/* The name of a user, else its number. */
void user_name(uid_t uid, char *name, size_t size);

/* use.c: which process has the device node open whose path is @node, or (@prefix) a
 * part of it: nvme0n1p1 of nvme0n1? Its pid, or 0; @path gets the node. */
int sys_who_has_open(const struct lone_system *system, const char *node, bool prefix, char *path, size_t size);

#endif
