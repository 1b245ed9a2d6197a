/* SPDX-License-Identifier: MIT */
/* What sysfs says about PCI functions; private to core/system. */
#ifndef LONE_SYSTEM_PCI_H
#define LONE_SYSTEM_PCI_H

#include "system/files.h"

#define DRIVER_SIZE LONE_DRIVER_SIZE
#define VFIO_PCI    "vfio-pci"

/* The slot that @text means, in sysfs's form, of a function that is there. -EINVAL, -ENODEV. */
int pci_slot(const struct lone_system *system, const char *text, char slot[LONE_SLOT_SIZE], struct lone_error *error);

/* The driver it is bound to; "": none. */
void pci_driver(const struct lone_system *system, const char *slot, char driver[DRIVER_SIZE]);

/* Class, subclass and interface: 0x010802. */
unsigned pci_class(const struct lone_system *system, const char *slot);
bool pci_is_bridge(const struct lone_system *system, const char *slot);

/* The number of its IOMMU group; -1: it has none, or (@noiommu) one that VFIO made up for it without an IOMMU. */
int pci_group(const struct lone_system *system, const char *slot, bool *noiommu);

/* names.c: the names of devices in udev's hardware database. */
struct pci_names;
struct pci_names *pci_names_open(void); /* NULL: there is no database */
void pci_names_close(struct pci_names *names);
/* Vendor and device of a modalias, "pci:v0000…"; "": unknown. */
void pci_names_find(struct pci_names *names, const char *modalias, char *text, size_t size);

/* names.c: waits until udev has handled all events, at most five seconds. */
void udev_settle(void);

#endif
