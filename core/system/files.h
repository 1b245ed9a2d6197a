/* SPDX-License-Identifier: MIT */
/* Small files of sysfs, procfs and the like; private to core/system. */
#ifndef LONE_SYSTEM_FILES_H
#define LONE_SYSTEM_FILES_H

#include <sys/stat.h>

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

/* Where a symbolic link points to, as it stands there. Returns the length or -errno. */
int sys_target(const struct lone_system *system, char *target, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* stat(2) below the system's root, but never waits for a server of FUSE or NFS. 0 or -errno. */
int sys_stat(const struct lone_system *system, const char *path, struct stat *status);

/* The number of a device in sysfs, from its file `dev`; 0: there is none. */
dev_t sys_number(const struct lone_system *system, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool sys_exists(const struct lone_system *system, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells whoever listens what was done. */
void sys_say(const struct lone_system *system, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Calls @each with every name in a directory, but those that begin with a dot, until it returns other than 0, and
 * returns that; -errno when the directory cannot be read to its end. In the order of the names, numbers in them as
 * numbers: what is found first does not depend on the file system. */
int sys_each(const struct lone_system *system, const char *directory, int (*each)(void *context, const char *name),
             void *context);

/* Is this the machine itself, and not a test's directory? */
bool sys_is_real(const struct lone_system *system);

/* Is this a container, where the kernel, its modules and devices are the host's to care for? */
bool sys_is_container(const struct lone_system *system);

/* Loads a kernel module by name or alias, if there is one; never in a test's directory. Look afterwards whether what it
 * brings is there. */
void sys_modprobe(const struct lone_system *system, const char *module);

/* Does a signal that would end the process wait for us to let it through? */
bool sys_interrupted(void);

/* Sleeps for ten milliseconds. */
void sys_pause(void);
#define SYS_PAUSES_PER_SECOND 100

/* Appends "what" to a list in @text, parts joined by @separator. */
void list_add(char *text, size_t size, const char *separator, const char *what);

/* The name of a user, else its number. */
void user_name(uid_t uid, char *name, size_t size);

#endif
