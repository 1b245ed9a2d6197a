/* SPDX-License-Identifier: MIT */
/* Names of devices, from udev's hardware database, and of users. */
#include <errno.h>
#include <libudev.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/pci.h"

struct pci_names {
    struct udev *udev;
    struct udev_hwdb *database;
};

struct pci_names *pci_names_open(void)
{
    struct pci_names *names = calloc(1, sizeof(*names));

    if (!names)
        return NULL;
    names->udev = udev_new();
    names->database = names->udev ? udev_hwdb_new(names->udev) : NULL;
    if (names->database)
        return names;
    pci_names_close(names);
    return NULL;
}

void pci_names_close(struct pci_names *names)
{
    if (!names)
        return;
    udev_hwdb_unref(names->database);
    udev_unref(names->udev);
    free(names);
}

void pci_names_find(struct pci_names *names, const char *modalias, char *text, size_t size)
{
    struct udev_list_entry *properties, *entry;
    const char *vendor = NULL, *device = NULL;

    text[0] = 0;
    if (!names)
        return;
    properties = udev_hwdb_get_properties_list_entry(names->database, modalias, 0);
    udev_list_entry_foreach(entry, properties)
    {
        if (!strcmp(udev_list_entry_get_name(entry), "ID_VENDOR_FROM_DATABASE"))
            vendor = udev_list_entry_get_value(entry);
        else if (!strcmp(udev_list_entry_get_name(entry), "ID_MODEL_FROM_DATABASE"))
            device = udev_list_entry_get_value(entry);
    }
    if (vendor)
        list_add(text, size, " ", vendor);
    if (device)
        list_add(text, size, " ", device);
}

void udev_settle(void)
{
    struct udev *udev = udev_new();
    struct udev_queue *queue = udev ? udev_queue_new(udev) : NULL;

    for (int i = 0; queue && i < 5 * SYS_PAUSES_PER_SECOND && !udev_queue_get_queue_is_empty(queue); i++)
        sys_pause();
    udev_queue_unref(queue);
    udev_unref(udev);
}

/* --- Users --- */

#define PASSWD_SIZE 16384

void user_name(uid_t uid, char *name, size_t size)
{
    char buffer[PASSWD_SIZE];
    struct passwd entry, *found = NULL;

    if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found)
        snprintf(name, size, "%s", found->pw_name);
    else
        snprintf(name, size, "%u", (unsigned)uid);
}

int lone_user_find(const char *name, uid_t *uid, struct lone_error *error)
{
    char buffer[PASSWD_SIZE], *end;
    struct passwd entry, *found = NULL;
    unsigned long number;

    if (getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) == 0 && found) {
        *uid = found->pw_uid;
        return 0;
    }
    errno = 0;
    number = strtoul(name, &end, 10);
    if (name[0] >= '0' && name[0] <= '9' && !*end && !errno && number < (uid_t)-1 &&
        getpwuid_r((uid_t)number, &entry, buffer, sizeof(buffer), &found) == 0 && found) {
        *uid = (uid_t)number;
        return 0;
    }
    return lone_fail(error, ENOENT, "there is no user \"%.64s\" (`getent passwd` shows which there are)", name);
}
