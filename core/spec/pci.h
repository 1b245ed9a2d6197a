/* SPDX-License-Identifier: MIT */
/*
 * PCI and PCI Express configuration space: the header, the standard and the extended capabilities, and the walk through
 * their two lists. Register and field names are those of the NVM Express PCIe Transport specification where it gives
 * one (ID, CMD, STS, PXCAP, AERUCES …), else of the PCI-SIG specifications.
 */
#ifndef LONE_SPEC_PCI_H
#define LONE_SPEC_PCI_H

#include "record.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LONE_PCI_CONFIG_SIZE   4096u /* PCI Express */
#define LONE_PCI_CONFIG_LEGACY 256u  /* conventional PCI */

/* Reads "DOMAIN:BUS:DEVICE.FUNCTION" or "BUS:DEVICE.FUNCTION", in hex, and writes it to @slot as Linux names the
 * function: a domain has 16 bits, or up to 32 where a bridge makes domains of its own (VMD), a bus 8, a device 5, a
 * function 3. False: @text is something else. */
#define LONE_PCI_SLOT_SIZE 20 /* "10000000:3a:00.0" and room */
bool lone_pci_slot(const char *text, char slot[LONE_PCI_SLOT_SIZE]);

/* The type 0 header, 64 bytes: ID CMD STS RID CC CLS MLT HTYPE BIST BAR0 … BAR5 CCPTR SS EROM CAP INTR MGNT MLAT. */
extern const struct lone_record lone_pci_header;

/* Which layout a capability has. Where the layout depends on its own control bits (MSI in four shapes, Express
 * versions), there is a row for each shape: a row fits when (word at byte `at` of the capability & mask) == match,
 * 16-bit word. */
struct lone_capability {
    uint16_t id;
    bool extended;    /* in the list from 100h on */
    const char *name; /* of its directory: "MSICAP", "AERCAP", "SRIOV" */
    uint16_t at, mask, match;
    const struct lone_record *record; /* the whole capability, its header register included */
};
extern const struct lone_capability lone_capabilities[];
extern const size_t lone_n_capabilities;

/* One capability found in a configuration space. */
struct lone_capability_at {
    char name[24];             /* unique: "PMCAP", a second one "PMCAP.2"; an unknown one "cap_0x09", "ecap_0x0019" */
    uint16_t id, offset, size; /* size in bytes: the record's, for an unknown one up to the next capability */
    uint8_t version;           /* extended ones; 0 else */
    bool extended;
    const struct lone_record *record; /* NULL: unknown */
};
#define LONE_MAX_CAPABILITIES 128

/* Reads an aligned dword of configuration space at @offset into *@value. Returns 0 or a negative errno. */
typedef int lone_config_reader(void *context, uint16_t offset, uint32_t *value, struct lone_error *error);

/* Walks both lists of a configuration space of @size bytes (256 or 4096) and fills @found with at most @max entries in
 * the order of the lists. Reads only the header, each capability's first 8 bytes, nothing twice. A list that loops,
 * leaves the space or overlaps the header ends there: that is no error, *@broken (may be NULL) tells where, else 0. A
 * capability whose record would leave the space has record NULL. Returns the count or the reader's error. PCI 3.0 6.7;
 * PCIe 7.6. */
int lone_capability_walk(lone_config_reader *read, void *context, size_t size, struct lone_capability_at *found,
                         size_t max, uint16_t *broken, struct lone_error *error);

/* Renders @size bytes of configuration space (256 or 4096) as `lspci -xxxx` does, for `lspci -F`. @slot as
 * "0000:3a:00.0". */
void lone_pci_lspci(const char *slot, const uint8_t *config, size_t size, struct lone_text *text);

#ifdef __cplusplus
}
#endif

#endif
