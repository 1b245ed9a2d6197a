/* SPDX-License-Identifier: MIT */
/*
 * The walk through the two capability lists, and the dump that lspci reads. The device wrote the lists: every pointer
 * is checked before it is followed.
 */
#include <errno.h>
#include <stdio.h>

#include "spec/pci.h"

#define STATUS_DWORD        0x04u
#define STATUS_CAPABILITIES (1u << 20) /* STS.CL, seen from the dword at CMD */
#define FIRST_POINTER       0x34u
#define FIRST_STANDARD      0x40u
#define FIRST_EXTENDED      0x100u

/* Each dword is read once however often hostile lists overlap: a register may be slow, or may have side effects. */
struct walk {
    lone_config_reader *read;
    void *context;
    struct lone_error *error;
    uint32_t value[LONE_PCI_CONFIG_SIZE / 4];
    bool known[LONE_PCI_CONFIG_SIZE / 4];
    bool visited[LONE_PCI_CONFIG_SIZE / 4];
    struct lone_capability_at *found;
    size_t max, n;
    uint16_t broken;
};

static int walk_read(struct walk *walk, uint32_t offset, uint32_t *value)
{
    uint32_t at = offset / 4;
    if (!walk->known[at]) {
        int result = walk->read(walk->context, (uint16_t)offset, &walk->value[at], walk->error);
        if (result < 0)
            return result;
        walk->known[at] = true;
    }
    *value = walk->value[at];
    return 0;
}

/* The row whose shape fits, in *@row; NULL when there is none. *@name is the capability's even when no shape fits. */
static int walk_shape(struct walk *walk, uint32_t offset, uint32_t limit, uint16_t id, bool extended, const char **name,
                      const struct lone_capability **row)
{
    *name = NULL;
    *row = NULL;
    for (size_t i = 0; i < lone_n_capabilities; i++) {
        const struct lone_capability *candidate = &lone_capabilities[i];
        if (candidate->id != id || candidate->extended != extended)
            continue;
        *name = candidate->name;
        if (candidate->mask) {
            uint32_t at = offset + candidate->at, value = 0;
            if (at + 2 > limit)
                continue;
            int result = walk_read(walk, at & ~3u, &value);
            if (result < 0)
                return result;
            if (((value >> (8 * (at & 2))) & candidate->mask) != candidate->match)
                continue;
        }
        *row = candidate;
        return 0;
    }
    return 0;
}

static int walk_add(struct walk *walk, uint32_t offset, uint32_t limit, uint16_t id, uint8_t version, bool extended)
{
    const char *name;
    const struct lone_capability *row;
    int result = walk_shape(walk, offset, limit, id, extended, &name, &row);
    if (result < 0)
        return result;

    unsigned number = 1;
    for (size_t i = 0; i < walk->n; i++)
        if (walk->found[i].id == id && walk->found[i].extended == extended)
            number++;

    struct lone_capability_at *at = &walk->found[walk->n++];
    *at = (struct lone_capability_at){.id = id, .offset = (uint16_t)offset, .version = version, .extended = extended};
    char base[16];
    if (name)
        snprintf(base, sizeof(base), "%s", name);
    else
        snprintf(base, sizeof(base), extended ? "ecap_0x%04x" : "cap_0x%02x", (unsigned)id);
    if (number > 1)
        snprintf(at->name, sizeof(at->name), "%s.%u", base, number % 10000);
    else
        snprintf(at->name, sizeof(at->name), "%s", base);
    if (row && offset + row->record->size <= limit) {
        at->record = row->record;
        at->size = (uint16_t)row->record->size;
    }
    return 0;
}

/* Follows one list. @holder is where the pointer @offset was found; it is what *broken names when the pointer is bad.
 */
static int walk_list(struct walk *walk, uint32_t holder, uint32_t offset, uint32_t limit, bool extended)
{
    uint32_t lowest = extended ? FIRST_EXTENDED : FIRST_STANDARD;
    while (offset && walk->n < walk->max) {
        uint32_t header;
        bool sound = offset >= lowest && offset + 4 <= limit && !walk->visited[offset / 4];
        if (sound) {
            int result = walk_read(walk, offset, &header);
            if (result < 0)
                return result;
            sound = header != UINT32_MAX; /* nobody answers there */
        }
        if (!sound) {
            if (!walk->broken)
                walk->broken = (uint16_t)holder;
            return 0;
        }
        walk->visited[offset / 4] = true;
        int result = extended ? walk_add(walk, offset, limit, header & 0xffff, (header >> 16) & 0xf, true)
                              : walk_add(walk, offset, limit, header & 0xff, 0, false);
        if (result < 0)
            return result;
        holder = offset;
        /* Software masks the two low bits of a pointer, which are reserved: PCI 3.0 6.7, PCIe 5.0 7.6.3. */
        offset = extended ? (header >> 20) & 0xffc : (header >> 8) & 0xfc;
    }
    return 0;
}

/* A capability without a record reaches to the next one, of whatever list, or to the end of its space. */
static void walk_measure(struct walk *walk, uint32_t size)
{
    for (size_t i = 0; i < walk->n; i++) {
        struct lone_capability_at *at = &walk->found[i];
        if (at->record)
            continue;
        uint32_t end = at->extended ? size : LONE_PCI_CONFIG_LEGACY;
        for (size_t j = 0; j < walk->n; j++)
            if (walk->found[j].offset > at->offset && walk->found[j].offset < end)
                end = walk->found[j].offset;
        at->size = (uint16_t)(end - at->offset);
    }
}

int lone_capability_walk(lone_config_reader *read, void *context, size_t size, struct lone_capability_at *found,
                         size_t max, uint16_t *broken, struct lone_error *error)
{
    struct walk walk = {.read = read, .context = context, .error = error, .found = found, .max = max};
    uint32_t value;

    if (broken)
        *broken = 0;
    if (size < LONE_PCI_CONFIG_LEGACY)
        return lone_fail(error, EINVAL, "a configuration space has 256 or 4096 bytes, not %zu", size);
    if (size > LONE_PCI_CONFIG_SIZE)
        size = LONE_PCI_CONFIG_SIZE;

    int result = walk_read(&walk, STATUS_DWORD, &value);
    if (result < 0)
        return result;
    if (value == UINT32_MAX) /* the device is gone: no list is there to be broken */
        return 0;
    if (value & STATUS_CAPABILITIES) {
        result = walk_read(&walk, FIRST_POINTER, &value);
        if (result < 0)
            return result;
        result = walk_list(&walk, FIRST_POINTER, value & 0xfc, LONE_PCI_CONFIG_LEGACY, false);
        if (result < 0)
            return result;
    }
    if (size > LONE_PCI_CONFIG_LEGACY && walk.n < max) {
        result = walk_read(&walk, FIRST_EXTENDED, &value);
        if (result < 0)
            return result;
        if (value != 0 && value != UINT32_MAX)
            result = walk_list(&walk, FIRST_EXTENDED, FIRST_EXTENDED, (uint32_t)size, true);
        if (result < 0)
            return result;
    }
    walk_measure(&walk, (uint32_t)size);
    if (broken)
        *broken = walk.broken;
    return (int)walk.n;
}

void lone_pci_lspci(const char *slot, const uint8_t *config, size_t size, struct lone_text *text)
{
    if (size >= 4)
        lone_text_add(text, "%s Device %02x%02x:%02x%02x", slot, config[1], config[0], config[3], config[2]);
    else
        lone_text_add(text, "%s Device", slot);
    for (size_t i = 0; i < size; i++) {
        if (i % 16 == 0)
            lone_text_add(text, "\n%02zx:", i);
        lone_text_add(text, " %02x", config[i]);
    }
    lone_text_add(text, "\n\n"); /* lspci ends a device with an empty line */
}
