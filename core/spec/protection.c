/* SPDX-License-Identifier: MIT */
/* Protection information (NVM Command Set 1.0, 5.2.1): how large its formats are, and where its tags stand in a
 * command. */
#include "spec/nvme.h"

/* By PIF, Figures 114, 116 and 118: bytes of it, and bits of the Storage and Reference Space. */
static const struct {
    uint8_t size, space;
} formats[] = {
    [LONE_GUARD_16] = {8, 32},
    [LONE_GUARD_32] = {16, 80},
    [LONE_GUARD_64] = {16, 48},
};

/* Where that space stands in a command, from its least significant bits on: Command Dword 14, Command Dword 3, and of
 * Command Dword 2 the lower half (Figure 125). */
static const struct {
    unsigned dword, bits;
} places[] = {{14, 32}, {3, 32}, {2, 16}};

static lone_number low_bits(lone_number value, unsigned bits)
{
    return value & (((lone_number)1 << bits) - 1);
}

uint8_t lone_protection_size(const struct lone_format *format)
{
    return format->pi_type && format->pif < LONE_COUNT(formats) ? formats[format->pif].size : 0;
}

void lone_tags_set(uint8_t *sqe, const struct lone_format *format, uint64_t storage, uint64_t reference)
{
    unsigned space = format->pif < LONE_COUNT(formats) ? formats[format->pif].space : 0, for_reference, from = 0;
    unsigned for_storage = format->storage_tag_size < space ? format->storage_tag_size : space;
    lone_number tags;

    for_reference = space - for_storage;
    tags = low_bits(reference, for_reference) | low_bits(storage, for_storage) << for_reference;
    for (unsigned i = 0; i < LONE_COUNT(places) && from < space; from += places[i++].bits)
        lone_bits_set(sqe, LONE_BYTE(4 * places[i].dword), places[i].bits, low_bits(tags >> from, places[i].bits));
}

/* 5.2.3: for type 1 it has to be the first block's number, type 2 leaves it to the host, and both count it up from
 * block to block. Type 3 does not: what one command says, all of its blocks get. */
uint64_t lone_reference_tag(const struct lone_format *format, uint64_t lba)
{
    return format->pi_type == 1 || format->pi_type == 2 ? lba : 0;
}
