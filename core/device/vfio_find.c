/* SPDX-License-Identifier: MIT */
/* From a PCI slot to its VFIO group, as sysfs shows it, and what stands in the way. */
#include "device/vfio_internal.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct lone_vfio_roots lone_vfio_system = {"/sys", "/dev"};

/* --- Names ---------------------------------------------------------------------------------------------------- */

/* The last part of what the link at @path points to. */
static bool link_name(const char *path, char *name, size_t size)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    const char *last;

    if (length < 0)
        return false;
    target[length] = 0;
    last = strrchr(target, '/');
    last = last ? last + 1 : target;
    return *last && (size_t)snprintf(name, size, "%s", last) < size;
}

static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* The drivers that offer functions to VFIO: vfio-pci and those made for one kind of device, all of which say so in
 * their name: mlx5_vfio_pci, hisi-acc-vfio-pci. */
static bool is_vfio_driver(const char *driver)
{
    return strstr(driver, "vfio") != NULL;
}

/* --- The other functions of a group ---------------------------------------------------------------------------- */

static void driver_of(const char *sys, const char *slot, char driver[32])
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/driver", sys, slot);
    if (!link_name(path, driver, 32))
        driver[0] = 0;
}

/* What a group may hold besides VFIO's functions: those without a driver, and drivers that promise to start no DMA. */
static bool is_harmless(const char *driver)
{
    return !driver[0] || is_vfio_driver(driver) || !strcmp(driver, "pcieport") || !strcmp(driver, "pci-stub") ||
           !strcmp(driver, "shpchp");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Appends "0000:00:05.1 (nvme), …" for the functions of the group that are in the way, or, with @all, for all others.
 * Returns how many. */
static unsigned name_members(const struct lone_vfio_roots *roots, const struct lone_vfio_place *place, bool all,
                             char *text, size_t size)
{
    struct dirent **entries;
    char path[PATH_MAX];
    unsigned found = 0;
    size_t used = 0;
    int n;

    text[0] = 0;
    snprintf(path, sizeof(path), "%s/kernel/iommu_groups/%s/devices", roots->sys, place->group);
    n = scandir(path, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        const char *slot = entries[i]->d_name;
        char driver[32], word[80];

        if (slot[0] == '.' || strlen(slot) > 20)
            continue;
        driver_of(roots->sys, slot, driver);
        if (all ? !strcmp(slot, place->slot) : is_harmless(driver))
            continue;
        snprintf(word, sizeof(word), "%s%.20s (%s)", found++ ? ", " : "", slot, driver[0] ? driver : "no driver");
        if (used + strlen(word) < size)
            used += (size_t)snprintf(text + used, size - used, "%s", word);
    }
    for (int i = 0; i < n; i++)
        free(entries[i]);
    if (n >= 0)
        free(entries);
    return found;
}

/* --- The function ------------------------------------------------------------------------------------------------ */

static int find_group(const struct lone_vfio_roots *roots, struct lone_vfio_place *place, struct lone_error *error)
{
    char path[PATH_MAX], name[32] = "";
    FILE *file;

    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/iommu_group", roots->sys, place->slot);
    if (!link_name(path, place->group, sizeof(place->group)) || !is_number(place->group))
        return lone_fail(
            error, EOPNOTSUPP,
            "%s is in no IOMMU group: the IOMMU is missing or off. Switch it on in the firmware set-up (VT-d, "
            "AMD-Vi) and on the kernel's command line (intel_iommu=on); `lone-setup requirements` checks it",
            place->slot);
    snprintf(path, sizeof(path), "%s/kernel/iommu_groups/%s/name", roots->sys, place->group);
    file = fopen(path, "re");
    if (file) {
        if (!fgets(name, sizeof(name), file))
            name[0] = 0;
        fclose(file);
    }
    if (!strncmp(name, "vfio-noiommu", 12))
        return lone_fail(
            error, EOPNOTSUPP,
            "%s is bound to vfio-pci without an IOMMU (noiommu mode): it could write anywhere in memory, so "
            "lone does not use it. Switch the IOMMU on; `lone-setup requirements` checks it",
            place->slot);
    return 0;
}

int lone_vfio_find(const struct lone_vfio_roots *roots, const char *slot, struct lone_vfio_place *place,
                   struct lone_error *error)
{
    char path[PATH_MAX];
    struct stat status;
    int result;

    memset(place, 0, sizeof(*place));
    if (!lone_pci_slot(slot, place->slot))
        return lone_fail(error, EINVAL,
                         "`%.40s` is not a PCI slot: write it as 0000:3a:00.0; `lone-setup list` shows which there are",
                         slot);
    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", roots->sys, place->slot);
    if (stat(path, &status))
        return lone_fail(error, ENODEV, "there is no PCI function %s; `lone-setup list` shows which there are",
                         place->slot);
    driver_of(roots->sys, place->slot, place->driver);
    result = find_group(roots, place, error);
    if (result)
        return result;
    if (!is_vfio_driver(place->driver))
        return lone_fail(
            error, EBUSY,
            "%s %s%s, and has to be bound to vfio-pci: write (as root) `lone-setup expose %s %u` to hand it to "
            "this user",
            place->slot, place->driver[0] ? "belongs to the driver " : "has no driver", place->driver, place->slot,
            (unsigned)geteuid());
    snprintf(place->node, sizeof(place->node), "%.200s/vfio/%s", roots->dev, place->group);
    return 0;
}

/* --- Explanations --------------------------------------------------------------------------------------------------
 */

static int explain_permission(const struct lone_vfio_place *place, struct lone_error *error)
{
    struct stat status;

    if (stat(place->node, &status))
        memset(&status, 0, sizeof(status));
    return lone_fail(error, EACCES,
                     "no permission to open %s: it belongs to user %u (mode %03o), this is user %u. Write (as root) "
                     "`lone-setup expose %s %u`",
                     place->node, (unsigned)status.st_uid, (unsigned)status.st_mode & 0777, (unsigned)geteuid(),
                     place->slot, (unsigned)geteuid());
}

#define LEFT_OVER                                                                                         \
    "A lonefs that was unmounted, while a container or another mount namespace has a copy of its mount, " \
    "goes on: `kill` it"

int lone_vfio_explain_group(const struct lone_vfio_roots *roots, const struct lone_vfio_place *place, int number,
                            struct lone_error *error)
{
    char others[200];

    switch (number) {
    case EPERM:
        return lone_fail(
            error, EACCES,
            "no permission to open %s: this container was not given it. Start it with --device /dev/vfio/vfio "
            "--device %s",
            place->node, place->node);
    case EACCES:
        return explain_permission(place, error);
    case EBUSY:
        if (name_members(roots, place, true, others, sizeof(others)))
            return lone_fail(
                error, EBUSY,
                "%s is in use: IOMMU group %s is open already. A group has one user, and this one also holds "
                "%s. `fuser -v %s` (as root) names the process. " LEFT_OVER,
                place->slot, place->group, others, place->node);
        return lone_fail(
            error, EBUSY,
            "%s is in use: IOMMU group %s is open already. `fuser -v %s` (as root) names the process. " LEFT_OVER,
            place->slot, place->group, place->node);
    case ENOENT:
        return lone_fail(
            error, ENOENT,
            "there is no %s although %s is bound to %s: in a container it has to be passed in, together with "
            "/dev/vfio/vfio",
            place->node, place->slot, place->driver);
    case ENODEV:
        return lone_fail(error, ENODEV, "%s has just been taken away from %s: `lone-setup list` shows who has it",
                         place->slot, place->driver);
    default:
        return lone_fail(error, number, "cannot open %s: %s", place->node, strerror(number));
    }
}

int lone_vfio_explain_viability(const struct lone_vfio_roots *roots, const struct lone_vfio_place *place,
                                struct lone_error *error)
{
    char others[300];
    unsigned n = name_members(roots, place, false, others, sizeof(others));

    if (!n)
        return lone_fail(
            error, EBUSY,
            "IOMMU group %s of %s cannot be used: the kernel says that another driver holds part of it, but "
            "shows none",
            place->group, place->slot);
    return lone_fail(
        error, EBUSY,
        "IOMMU group %s of %s cannot be used as long as other drivers hold functions in it: %s. Expose %s too",
        place->group, place->slot, others, n > 1 ? "these" : "this one");
}

/* The kernel's rule where a physical function is with vfio-pci, too: who opens it, or one of its virtual functions
 * while somebody has it open, has to know the token that was given to the other one. */
int lone_vfio_explain_function(const struct lone_vfio_roots *roots, const struct lone_vfio_place *place, int number,
                               struct lone_error *error)
{
    char path[PATH_MAX], physical[32] = "", driver[32] = "";

    if (number == EAGAIN)
        return lone_fail(error, EBUSY, "%s is busy being reset or configured: try again", place->slot);
    if (number != EACCES)
        return lone_fail(error, number, "the kernel does not open %s: %s (`dmesg` may say more)", place->slot,
                         strerror(number));
    snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/physfn", roots->sys, place->slot);
    if (link_name(path, physical, sizeof(physical)))
        driver_of(roots->sys, physical, driver);
    if (physical[0])
        return lone_fail(
            error, EACCES,
            "%s is a virtual function of %s, which is with %s: to open it the kernel wants the VF token of whoever "
            "uses %s, and lonefs has none. Hand the physical function back (`lone-setup reclaim %s DRIVER`), or use it "
            "and leave its virtual functions alone",
            place->slot, physical, driver[0] ? driver : "no driver", physical, physical);
    return lone_fail(error, EACCES,
                     "the kernel does not open %s without the VF token of those who use its virtual functions, and "
                     "lonefs has none: end their use first",
                     place->slot);
}
