/* SPDX-License-Identifier: MIT */
/*
 * A hostile configuration space, to the capability walk and the lspci dump. Byte 0 of the input holds the options, byte
 * 1 how many capabilities there is room for, byte 2 which read fails; the rest is the space.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "spec/pci.h"

#define HEAD     3
#define ROOM_MAX 1200u /* more than both lists can hold */

enum { LEGACY = 1, REPEAT = 2, FAILS = 4, MUCH_ROOM = 8, DUMP = 16 };

struct space {
    uint8_t bytes[LONE_PCI_CONFIG_SIZE];
    uint8_t reads[LONE_PCI_CONFIG_SIZE / 4];
    size_t size;
    unsigned n_reads, fails_at; /* 0: never */
};

static int read_config(void *context, uint16_t offset, uint32_t *value, struct lone_error *error)
{
    struct space *space = context;

    MUST(offset % 4 == 0 && offset + 4u <= space->size);
    MUST(!space->reads[offset / 4]++); /* nothing twice */
    if (++space->n_reads == space->fails_at)
        return lone_fail(error, EIO, "the read of 0x%x failed", offset);
    *value = (uint32_t)lone_bits_get(space->bytes, offset * 8u, 32);
    return 0;
}

static void show(const struct space *space, const struct lone_capability_at *at)
{
    struct lone_text text = {0};

    lone_record_text(at->record, space->bytes + at->offset, at->size, NULL, &text);
    MUST(!text.failed && text.length);
    lone_text_free(&text);
}

static void check_found(const struct space *space, const struct lone_capability_at *found, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct lone_capability_at *at = &found[i];
        size_t limit = at->extended ? space->size : LONE_PCI_CONFIG_LEGACY;

        MUST(at->offset % 4 == 0 && at->offset >= (at->extended ? 0x100 : 0x40));
        MUST(at->size > 0 && (size_t)at->offset + at->size <= limit);
        MUST(memchr(at->name, 0, sizeof(at->name)) && at->name[0] && !strchr(at->name, '/'));
        MUST(!at->record || at->record->size == at->size);
        MUST(at->extended || !at->version);
        /* The standard list comes first, and no name and no place comes twice. */
        MUST(!i || found[i - 1].extended <= at->extended);
        for (size_t j = 0; j < i; j++)
            MUST(strcmp(found[j].name, at->name) && found[j].offset != at->offset);
        if (at->record)
            show(space, at);
    }
}

static void fuzz_walk(struct space *space, size_t max)
{
    struct lone_capability_at *found = calloc(max ? max : 1, sizeof(*found));
    struct lone_error error = {0};
    uint16_t broken = 0xffff;
    int n;

    MUST(found);
    n = lone_capability_walk(read_config, space, space->size, found, max, &broken, &error);
    if (space->fails_at && space->n_reads >= space->fails_at) {
        MUST(n == -EIO && error.number == EIO);
        MUST(space->n_reads == space->fails_at); /* it is not asked again */
    } else {
        MUST(n >= 0 && (size_t)n <= max && broken < space->size);
        check_found(space, found, (size_t)n);
    }
    free(found);
}

/* The dump, read as lspci reads it, is the space. */
static void fuzz_lspci(const struct space *space)
{
    struct lone_text text = {0};
    const char *line;
    size_t n = 0;

    lone_pci_lspci("0000:3a:00.0", space->bytes, space->size, &text);
    MUST(!text.failed && !strncmp(text.text, "0000:3a:00.0 ", 13));
    for (line = strchr(text.text, '\n') + 1; *line != '\n'; line = strchr(line, '\n') + 1) {
        char *at;

        MUST(strtoul(line, &at, 16) == n && *at == ':');
        at++;
        for (unsigned i = 0; i < 16; i++, n++)
            MUST(*at == ' ' && n < space->size && strtoul(at, &at, 16) == space->bytes[n]);
        MUST(*at == '\n');
    }
    MUST(n == space->size);
    lone_text_free(&text);
}

const unsigned long fuzz_inputs = 4000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct space *space;

    if (size < HEAD)
        return 0;
    space = calloc(1, sizeof(*space));
    MUST(space);
    space->size = data[0] & LEGACY ? LONE_PCI_CONFIG_LEGACY : LONE_PCI_CONFIG_SIZE;
    space->fails_at = data[0] & FAILS ? data[2] + 1u : 0;
    for (size_t i = 0; size > HEAD && i < space->size && (data[0] & REPEAT || i < size - HEAD); i++)
        space->bytes[i] = data[HEAD + i % (size - HEAD)];
    fuzz_walk(space, data[0] & MUCH_ROOM ? ROOM_MAX : data[1]);
    if (data[0] & DUMP) /* slow, and the same for all bytes */
        fuzz_lspci(space);
    free(space);
    return 0;
}

static void put(uint8_t *config, uint32_t offset, uint32_t value)
{
    lone_bits_set(config, offset * 8, 32, value);
}

/* Seed @n is a space with the capabilities of rows @n and following, standard ones and extended ones in their lists. */
size_t fuzz_seed(unsigned n, uint8_t *data, size_t size)
{
    uint8_t *config = data + HEAD;
    uint32_t next[2] = {0x40, 0x100}; /* standard, extended */
    uint32_t last[2] = {0, 0};

    if (n >= lone_n_capabilities || size < HEAD + LONE_PCI_CONFIG_SIZE)
        return 0;
    memset(data, 0, HEAD + LONE_PCI_CONFIG_SIZE);
    data[0] = n % 4 ? MUCH_ROOM : DUMP;
    data[1] = (uint8_t)n;
    put(config, 0x00, 0x00101b36);
    put(config, 0x04, 0x00100000);
    put(config, 0x08, 0x01080200);
    put(config, 0x34, 0x40);
    for (size_t i = 0; i < lone_n_capabilities; i++) {
        const struct lone_capability *row = &lone_capabilities[(n + i) % lone_n_capabilities];
        uint32_t at = next[row->extended], end = at + ((row->record->size + 3) & ~3u);

        if (end > (row->extended ? LONE_PCI_CONFIG_SIZE : LONE_PCI_CONFIG_LEGACY))
            continue;
        put(config, at, row->extended ? row->id | 0x20000u : row->id);
        lone_bits_set(config, (at + row->at) * 8, 16,
                      (lone_bits_get(config, (at + row->at) * 8, 16) & ~row->mask) | row->match);
        if (last[row->extended])
            lone_bits_set(config, last[row->extended] * 8 + (row->extended ? 20 : 8), row->extended ? 12 : 8, at);
        last[row->extended] = at;
        next[row->extended] = end;
    }
    return HEAD + LONE_PCI_CONFIG_SIZE;
}
