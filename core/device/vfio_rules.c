/* SPDX-License-Identifier: MIT */
/*
 * Writes to configuration space that VFIO swallows although the specification lets software write there: vfio.h has the
 * list in words. From the kernel's permission tables (vfio_pci_config.c, read in 6.1 and about 6.19).
 */
#include "device/vfio_internal.h"

#include <stdio.h>
#include <string.h>

#define ID_PM      0x01
#define ID_MSI     0x05
#define ID_EXPRESS 0x10
#define ID_MSIX    0x11

static const struct {
    uint16_t offset, size;
    uint32_t mask;
    bool ones, msi;
    const char *name;
} header[] = {
    {0x04, 4, 0xf9000000, true, false, "STS (the error bits)"},
};

static const struct {
    uint8_t id;
    uint8_t offset, size;
    uint32_t mask;
    bool ones, msi;
    const char *name;
} standard[] = {
    {ID_PM, 0x04, 4, 0x00008100, true, false, "PMCS (PMES, PMEE)"},
    {ID_MSI, 0x00, 4, 0x00010000, true, true, "MC.MSIE"},
    {ID_EXPRESS, 0x08, 4, 0x00000200, true, false, "PXDC.PFE"},
    {ID_EXPRESS, 0x08, 4, 0x000f0000, true, false, "PXDS"},
    {ID_EXPRESS, 0x10, 4, 0x0000ffff, false, false, "PXLC"},
    {ID_EXPRESS, 0x10, 4, 0xc0000000, true, false, "PXLS"},
    {ID_EXPRESS, 0x28, 4, 0x00000020, true, false, "PXDC2.ARIFE"},
    {ID_EXPRESS, 0x30, 4, 0x0000ffff, false, false, "PXLC2"},
    {ID_EXPRESS, 0x30, 4, 0x00200000, true, false, "PXLS2"},
    {ID_MSIX, 0x00, 4, 0xc0000000, false, false, "MXC"},
};

/* Extended capabilities that can only be read, and of which offset on; the others that VFIO shows can be written. */
static const struct {
    uint16_t id, offset, size; /* size 0: to its end, as the table of capabilities has it */
    uint32_t mask;
    bool ones;
    const char *name; /* NULL: as the capability is called */
} extended[] = {
    {0x0001, 0x04, 12, 0xfc000000, true, "AERUCES, AERUCEM, AERUCESEV (bits 31:26)"},
    {0x0001, 0x18, 4, 0x00000400, true, "AERCC.MHRE"},
    {0x0002, 0x04, 0, 0xffffffff, false, NULL},    /* Virtual Channel */
    {0x0008, 0x04, 0, 0xffffffff, false, NULL},    /* Multi-Function Virtual Channel */
    {0x0009, 0x04, 0, 0xffffffff, false, NULL},    /* Virtual Channel beside it */
    {0x000d, 0x04, 4, 0xffff0000, false, NULL},    /* Access Control Services: its control register */
    {0x000e, 0x04, 4, 0xffff0000, false, NULL},    /* ARI: control */
    {0x000f, 0x04, 4, 0xffff0000, false, NULL},    /* ATS: control */
    {0x0010, 0x08, 0x38, 0xffffffff, false, NULL}, /* SR-IOV */
    {0x0012, 0x04, 0x2c, 0xffffffff, false, NULL}, /* Multicast */
    {0x0013, 0x04, 0x0c, 0xffffffff, false, NULL}, /* Page Request */
    {0x0015, 0x04, 0, 0xffffffff, false, NULL},    /* Resizable BAR */
    {0x0016, 0x0c, 4, 0xffff0000, false, NULL},    /* Dynamic Power Allocation: control */
    {0x0017, 0x08, 4, 0xffffffff, false, NULL},    /* TPH Requester: control */
    {0x0018, 0x04, 4, 0xffffffff, false, NULL},    /* Latency Tolerance Reporting */
};

static void add(struct lone_vfio_rule *rules, unsigned *n, const struct lone_vfio_rule *rule)
{
    if (*n < LONE_VFIO_RULES)
        rules[(*n)++] = *rule;
}

/* How much of the PCI Express capability VFIO takes for it: what lies behind is passed through. */
static unsigned express_size(uint16_t capabilities)
{
    bool integrated = (capabilities >> 4 & 0xf) == 9; /* Root Complex Integrated Endpoint: PCIe 7.5.3.2 */

    if ((capabilities & 0xf) == 1)
        return integrated ? 0x0c : 0x14;
    return integrated ? 0x2c : 0x3c;
}

static void add_standard(const struct lone_capability_at *at, uint16_t express, struct lone_vfio_rule *rules,
                         unsigned *n)
{
    for (size_t i = 0; i < LONE_COUNT(standard); i++) {
        struct lone_vfio_rule rule = {
            .offset = (uint16_t)(at->offset + standard[i].offset),
            .size = standard[i].size,
            .mask = standard[i].mask,
            .ones = standard[i].ones,
            .msi = standard[i].msi,
        };

        if (standard[i].id != at->id)
            continue;
        if (at->id == ID_EXPRESS && standard[i].offset >= express_size(express))
            continue;
        snprintf(rule.name, sizeof(rule.name), "%s", standard[i].name);
        add(rules, n, &rule);
    }
}

static void add_extended(const struct lone_capability_at *at, struct lone_vfio_rule *rules, unsigned *n)
{
    for (size_t i = 0; i < LONE_COUNT(extended); i++) {
        struct lone_vfio_rule rule = {
            .offset = (uint16_t)(at->offset + extended[i].offset),
            .size = extended[i].size,
            .mask = extended[i].mask,
            .ones = extended[i].ones,
        };

        if (extended[i].id != at->id)
            continue;
        if (!rule.size && at->size > extended[i].offset)
            rule.size = (uint16_t)(at->size - extended[i].offset);
        snprintf(rule.name, sizeof(rule.name), "%s", extended[i].name ? extended[i].name : at->name);
        add(rules, n, &rule);
    }
}

unsigned lone_vfio_rules(const struct lone_capability_at *capabilities, size_t count, uint16_t express,
                         struct lone_vfio_rule rules[LONE_VFIO_RULES])
{
    unsigned n = 0;

    for (size_t i = 0; i < LONE_COUNT(header); i++) {
        struct lone_vfio_rule rule = {header[i].offset, header[i].size, header[i].mask,
                                      header[i].ones,   header[i].msi,  ""};

        snprintf(rule.name, sizeof(rule.name), "%s", header[i].name);
        add(rules, &n, &rule);
    }
    for (size_t i = 0; i < count; i++) {
        if (capabilities[i].extended)
            add_extended(&capabilities[i], rules, &n);
        else
            add_standard(&capabilities[i], express, rules, &n);
    }
    return n;
}

static bool breaks(const struct lone_vfio_rule *rule, uint16_t offset, unsigned width, uint32_t value)
{
    for (unsigned i = 0; i < width; i++) {
        unsigned at = offset + i - rule->offset; /* wraps for what lies before it */
        uint8_t lost, byte = (uint8_t)(value >> 8 * i);

        if (offset + i < rule->offset || at >= rule->size)
            continue;
        lost = (uint8_t)(rule->mask >> 8 * (at % 4));
        if (rule->ones ? lost & byte : lost)
            return true;
    }
    return false;
}

const struct lone_vfio_rule *lone_vfio_broken_rule(const struct lone_vfio_rule *rules, unsigned n, bool msi,
                                                   uint16_t offset, unsigned width, uint32_t value)
{
    for (unsigned i = 0; i < n; i++)
        if (!(rules[i].msi && msi) && breaks(&rules[i], offset, width, value))
            return &rules[i];
    return NULL;
}
