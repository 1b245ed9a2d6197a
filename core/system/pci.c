/* SPDX-License-Identifier: MIT */
/* Which PCI functions there are. */
#include "system/use.h"

#include "spec/pci.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CLASS_NVME       0x010802
#define CLASS_PCI_BRIDGE 0x0604
#define CLASS_CARDBUS    0x0607

/* --- One function --- */

int pci_slot(const struct lone_system *system, const char *text, char slot[LONE_SLOT_SIZE], struct lone_error *error)
{
    if (!lone_pci_slot(text, slot))
        return lone_fail(error, EINVAL, "\"%.64s\" is not a PCI slot: write it like 0000:3a:00.0 (`lone-setup list`)",
                         text);
    if (!sys_exists(system, "/sys/bus/pci/devices/%s", slot))
        return lone_fail(error, ENODEV, "there is no PCI device at %s (`lone-setup list --all` shows which there are)",
                         slot);
    return 0;
}

void pci_driver(const struct lone_system *system, const char *slot, char driver[DRIVER_SIZE])
{
    sys_link(system, driver, DRIVER_SIZE, "/sys/bus/pci/devices/%s/driver", slot);
}

static unsigned long read_number(const struct lone_system *system, const char *slot, const char *name)
{
    char text[32];

    sys_read(system, text, sizeof(text), "/sys/bus/pci/devices/%s/%s", slot, name);
    return strtoul(text, NULL, 16);
}

unsigned pci_class(const struct lone_system *system, const char *slot)
{
    return (unsigned)read_number(system, slot, "class");
}

bool pci_is_bridge(const struct lone_system *system, const char *slot)
{
    unsigned class = pci_class(system, slot) >> 8;

    return class == CLASS_PCI_BRIDGE || class == CLASS_CARDBUS;
}

int pci_group(const struct lone_system *system, const char *slot, bool *noiommu)
{
    char name[32], kind[32], *end;
    long number;

    if (noiommu)
        *noiommu = false;
    if (sys_link(system, name, sizeof(name), "/sys/bus/pci/devices/%s/iommu_group", slot) <= 0)
        return -1;
    number = strtol(name, &end, 10);
    if (*end || end == name)
        return -1;
    sys_read(system, kind, sizeof(kind), "/sys/bus/pci/devices/%s/iommu_group/name", slot);
    if (strcmp(kind, "vfio-noiommu"))
        return (int)number;
    if (noiommu)
        *noiommu = true;
    return -1;
}

static void find_owner(const struct lone_system *system, struct lone_pci_device *device)
{
    char path[PATH_SIZE];
    struct stat node;

    if (strcmp(device->driver, VFIO_PCI) || device->group < 0)
        return;
    sys_path(system, path, "/dev/vfio/%d", device->group);
    if (stat(path, &node) == 0)
        user_name(node.st_uid, device->owner, sizeof(device->owner));
}

static void describe(const struct lone_system *system, const struct uses *uses, struct pci_names *names,
                     const char *slot, struct lone_pci_device *device)
{
    char modalias[128];

    memset(device, 0, sizeof(*device));
    snprintf(device->slot, sizeof(device->slot), "%.*s", LONE_SLOT_SIZE - 1, slot);
    device->vid = (uint16_t)read_number(system, slot, "vendor");
    device->did = (uint16_t)read_number(system, slot, "device");
    device->group = pci_group(system, slot, NULL);
    pci_driver(system, slot, device->driver);
    find_owner(system, device);
    device->how = uses_of(system, uses, slot, NULL, device->use, sizeof(device->use));
    device->in_use = device->how != LONE_USE_NONE;
    if (sys_read(system, modalias, sizeof(modalias), "/sys/bus/pci/devices/%s/modalias", slot) > 0)
        pci_names_find(names, modalias, device->info, sizeof(device->info));
    if (!device->driver[0] && sys_exists(system, "/run/lone/%s", slot))
        list_add(device->info, sizeof(device->info), " ", "(without a driver since an expose: lone-setup reclaim)");
}

int lone_pci_find(const struct lone_system *system, const char *slot, struct lone_pci_device *device,
                  struct lone_error *error)
{
    char name[LONE_SLOT_SIZE];
    struct pci_names *names;
    struct uses uses;
    int result = pci_slot(system, slot, name, error);

    if (result)
        return result;
    uses_look(system, &uses);
    names = pci_names_open();
    describe(system, &uses, names, name, device);
    pci_names_close(names);
    uses_free(&uses);
    return 0;
}

/* --- All of them --- */

struct listing {
    const struct lone_system *system;
    bool all;
    struct uses uses;
    struct pci_names *names;
    struct lone_pci_device *devices;
    int count;
};

static int take_function(void *context, const char *name)
{
    struct listing *listing = context;
    struct lone_pci_device *more;
    char slot[LONE_SLOT_SIZE];

    if (!lone_pci_slot(name, slot) || (!listing->all && pci_class(listing->system, slot) != CLASS_NVME))
        return 0;
    more = realloc(listing->devices, ((size_t)listing->count + 1) * sizeof(*more));
    if (!more)
        return -ENOMEM;
    listing->devices = more;
    describe(listing->system, &listing->uses, listing->names, slot, &listing->devices[listing->count++]);
    return 0;
}

static int by_slot(const void *a, const void *b)
{
    const struct lone_pci_device *one = a, *other = b;
    size_t length = strlen(one->slot), other_length = strlen(other->slot);

    if (length != other_length)
        return length < other_length ? -1 : 1;
    return strcmp(one->slot, other->slot);
}

int lone_pci_list(const struct lone_system *system, bool all, struct lone_pci_device **devices,
                  struct lone_error *error)
{
    struct listing listing = {.system = system, .all = all, .names = pci_names_open()};
    int result;

    uses_look(system, &listing.uses);
    result = sys_each(system, "/sys/bus/pci/devices", take_function, &listing);
    uses_free(&listing.uses);
    pci_names_close(listing.names);
    *devices = listing.devices;
    if (result == 0 || result == -ENOENT) { /* a machine without PCI has no such directory */
        if (listing.count)
            qsort(listing.devices, (size_t)listing.count, sizeof(*listing.devices), by_slot);
        return listing.count;
    }
    free(listing.devices);
    *devices = NULL;
    return lone_fail(error, -result, "cannot list the PCI devices in /sys/bus/pci/devices: %s", strerror(-result));
}

/* --- Groups --- */

struct neighbours {
    const struct lone_system *system;
    const char *slot;
    char *text;
    size_t size;
    int count;
};

/* Without a driver it may stay as it is, and some drivers never let it do DMA. The kernel has the same list. */
static bool is_harmless(const char *driver)
{
    return !driver[0] || !strcmp(driver, VFIO_PCI) || !strcmp(driver, "pci-stub");
}

static int take_neighbour(void *context, const char *name)
{
    struct neighbours *n = context;
    char driver[DRIVER_SIZE];

    if (!strcmp(name, n->slot) || pci_is_bridge(n->system, name))
        return 0;
    sys_link(n->system, driver, sizeof(driver), "/sys/bus/pci/devices/%s/iommu_group/devices/%s/driver", n->slot, name);
    if (is_harmless(driver))
        return 0;
    list_add(n->text, n->size, " ", name);
    n->count++;
    return 0;
}

int lone_pci_group_others(const struct lone_system *system, const char *slot, char *text, size_t size)
{
    char directory[PATH_SIZE], name[LONE_SLOT_SIZE];
    struct neighbours neighbours = {.system = system, .slot = name, .text = text, .size = size};

    text[0] = 0;
    if (!lone_pci_slot(slot, name))
        return 0;
    snprintf(directory, sizeof(directory), "/sys/bus/pci/devices/%s/iommu_group/devices", name);
    sys_each(system, directory, take_neighbour, &neighbours);
    return neighbours.count;
}
