/* SPDX-License-Identifier: MIT */
/* Scatter Gather Lists (NVMe Base 2.0, 4.1.2): what Identify Controller's SGLS says is supported. */
#include "nvsim/nvsim_internal.h"

#include <string.h>

enum descriptor_type { DATA_BLOCK, BIT_BUCKET, SEGMENT, LAST_SEGMENT };

/* The descriptor in the command is taken for a segment of one entry. */
void nvsim_sgl_open(struct nvsim_pointer *pointer, const uint8_t *descriptor, uint16_t too_short)
{
    memcpy(pointer->cache, descriptor, NVSIM_SGL_DESCRIPTOR);
    pointer->n_cached = NVSIM_SGL_DESCRIPTOR;
    pointer->entries = 1;
    pointer->segment = NVSIM_SGL_FIRST;
    pointer->too_short = too_short;
}

static uint16_t enter_segment(struct nvsim_pointer *pointer, uint64_t address, uint32_t length, bool last)
{
    if (pointer->segment == NVSIM_SGL_LAST)
        return LONE_SC_SGL_SEGMENT;
    if (pointer->entries)
        return LONE_SC_SGL_COUNT;
    if (!length || length % NVSIM_SGL_DESCRIPTOR || address % 8)
        return LONE_SC_SGL_SEGMENT;
    pointer->next = address;
    pointer->entries = length / NVSIM_SGL_DESCRIPTOR;
    pointer->cached_at = pointer->n_cached = 0;
    pointer->segment = last ? NVSIM_SGL_LAST : NVSIM_SGL_MIDDLE;
    return LONE_SC_SUCCESS;
}

static void take_piece(struct nvsim_pointer *pointer, uint64_t address, uint32_t length, bool bucket)
{
    pointer->address = address;
    pointer->bucket = bucket;
    pointer->room = length < pointer->left ? length : pointer->left;
    pointer->left -= pointer->room;
}

/* A bit bucket swallows data on its way to the host; the other way there is nothing to take from it. */
static uint16_t take(struct nvsim_pointer *pointer, const uint8_t *descriptor)
{
    uint64_t address = nvsim_get64(descriptor);
    uint32_t length = nvsim_get32(descriptor + 8);
    uint8_t type = descriptor[15] >> 4, subtype = descriptor[15] & 15;

    if (subtype || type > LAST_SEGMENT)
        return LONE_SC_SGL_TYPE;
    if (type == SEGMENT || type == LAST_SEGMENT)
        return enter_segment(pointer, address, length, type == LAST_SEGMENT);
    if (type == DATA_BLOCK || pointer->storing)
        take_piece(pointer, address, length, type == BIT_BUCKET);
    return LONE_SC_SUCCESS;
}

/* Pieces end with the transfer; what moves nothing is counted, because segments may point at each other in a circle. */
uint16_t nvsim_sgl_next(struct nvsim *sim, struct nvsim_pointer *pointer)
{
    const uint32_t idle_max = 65536;

    while (pointer->idle++ < idle_max) {
        const uint8_t *descriptor;
        uint16_t status;

        if (!pointer->entries)
            return pointer->segment == NVSIM_SGL_MIDDLE ? LONE_SC_SGL_SEGMENT : pointer->too_short;
        descriptor = nvsim_pointer_entry(sim, pointer, NVSIM_SGL_DESCRIPTOR, pointer->entries * NVSIM_SGL_DESCRIPTOR);
        if (!descriptor)
            return LONE_SC_DATA_TRANSFER;
        pointer->entries--;
        status = take(pointer, descriptor);
        if (status)
            return status;
        if (pointer->room) {
            pointer->idle--;
            return LONE_SC_SUCCESS;
        }
    }
    return LONE_SC_SGL_COUNT;
}
