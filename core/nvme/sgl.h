/* SPDX-License-Identifier: MIT */
/* Scatter Gather Lists: how a command tells the controller where its data lies (NVMe Base 2.0, 4.1.2). */
#ifndef LONE_NVME_SGL_H
#define LONE_NVME_SGL_H

#include "../memory/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LONE_SGL_DESCRIPTOR 16u /* bytes */

enum lone_sgl_kind {
    LONE_SGL_BLOCK,  /* a data block: the next bytes of the buffer */
    LONE_SGL_BUCKET, /* a bit bucket: bytes that the controller does not return */
    LONE_SGL_SKIP,   /* no descriptor: the next block begins so many bytes further on in the buffer */
};

struct lone_sgl_part {
    enum lone_sgl_kind kind;
    uint32_t length; /* bytes; a block of 0 bytes with `rest` is all that is left of the buffer */
    bool rest;
};

/* What a list shall look like. */
struct lone_sgl {
    const struct lone_sgl_part *parts; /* the caller's; in the order of the data */
    size_t n_parts;                    /* 0: one block with all of the buffer */
    uint32_t per_segment;  /* descriptors of a segment, with the one that leads to the next segment: 2 or more; 0: the
                              one descriptor that suffices stands in the entry itself, more are one segment */
    bool metadata_segment; /* MPTR is the address of a descriptor, of the metadata (PSDT 10b), not of the metadata */
};

/* Bytes of the buffer that the blocks of @sgl (NULL: one block) and what they skip take, without the rest, and in
 * *@buckets those that go to bit buckets. Pure. */
uint64_t lone_sgl_extent(const struct lone_sgl *sgl, uint64_t *buckets);

/* Can @length bytes (> 0) be described so? *@list_size: bytes of segments that this takes. -EINVAL: the parts reach
 * beyond the buffer, there is nothing in the list, a block is too long for a descriptor (4 GiB), a segment too short.
 * Pure, any thread. */
int lone_sgl_check(const struct lone_sgl *sgl, uint64_t length, uint64_t *list_size, struct lone_error *error);

/* Builds it for @length bytes, contiguous in the IOVA space at @address, which have passed lone_sgl_check(): the
 * descriptor for the entry, SGL1, into @sgl1, and the segments into @list (not touched where none are needed). Fails as
 * lone_buffer_store() does: never for a list in host memory. */
int lone_sgl_build(const struct lone_sgl *sgl, uint64_t address, uint64_t length, const struct lone_buffer *list,
                   uint8_t sgl1[LONE_SGL_DESCRIPTOR], struct lone_error *error);

/* A data block descriptor. */
void lone_sgl_block(uint8_t descriptor[LONE_SGL_DESCRIPTOR], uint64_t address, uint32_t length);

#ifdef __cplusplus
}
#endif

#endif
