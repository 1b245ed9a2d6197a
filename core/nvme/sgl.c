/* SPDX-License-Identifier: MIT */
#include "nvme/sgl.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Descriptor types in bits 7:4 of the last byte; the sub type below, 0, says "at an address": 4.1.2.1. */
enum { TYPE_BLOCK = 0x00, TYPE_BUCKET = 0x10, TYPE_SEGMENT = 0x20, TYPE_LAST_SEGMENT = 0x30 };

static void describe(uint8_t *descriptor, uint8_t type, uint64_t address, uint32_t length)
{
    address = htole64(address);
    length = htole32(length);
    memset(descriptor, 0, LONE_SGL_DESCRIPTOR);
    memcpy(descriptor, &address, sizeof(address));
    memcpy(descriptor + 8, &length, sizeof(length));
    descriptor[15] = type;
}

void lone_sgl_block(uint8_t descriptor[LONE_SGL_DESCRIPTOR], uint64_t address, uint32_t length)
{
    describe(descriptor, TYPE_BLOCK, address, length);
}

/* --- What there is to describe ----------------------------------------------------------------------------- */

static const struct lone_sgl_part whole_buffer = {.kind = LONE_SGL_BLOCK, .rest = true};

static const struct lone_sgl_part *parts_of(const struct lone_sgl *sgl, size_t *n)
{
    bool given = sgl && sgl->n_parts;

    *n = given ? sgl->n_parts : 1;
    return given ? sgl->parts : &whole_buffer;
}

uint64_t lone_sgl_extent(const struct lone_sgl *sgl, uint64_t *buckets)
{
    uint64_t extent = 0;
    size_t n;
    const struct lone_sgl_part *parts = parts_of(sgl, &n);

    *buckets = 0;
    for (size_t i = 0; i < n; i++)
        *(parts[i].kind == LONE_SGL_BUCKET ? buckets : &extent) += parts[i].rest ? 0 : parts[i].length;
    return extent;
}

static size_t count_descriptors(const struct lone_sgl *sgl)
{
    size_t n, descriptors = 0;
    const struct lone_sgl_part *parts = parts_of(sgl, &n);

    for (size_t i = 0; i < n; i++)
        descriptors += parts[i].kind != LONE_SGL_SKIP;
    return descriptors;
}

/* How many descriptors the segment at @done of @all has that are not the one that leads to the next. */
static size_t in_segment(const struct lone_sgl *sgl, size_t all, size_t done)
{
    size_t left = all - done;

    return !sgl || !sgl->per_segment || left <= sgl->per_segment ? left : sgl->per_segment - 1;
}

static bool is_in_entry(const struct lone_sgl *sgl, size_t descriptors)
{
    return descriptors == 1 && !(sgl && sgl->per_segment);
}

static uint64_t list_size_of(const struct lone_sgl *sgl)
{
    size_t all = count_descriptors(sgl), leading = 0;

    if (is_in_entry(sgl, all))
        return 0;
    for (size_t done = in_segment(sgl, all, 0); done < all; done += in_segment(sgl, all, done))
        leading++;
    return (all + leading) * LONE_SGL_DESCRIPTOR;
}

static int check_rest(const struct lone_sgl *sgl, uint64_t rest, struct lone_error *error)
{
    size_t n, rests = 0;
    const struct lone_sgl_part *parts = parts_of(sgl, &n);

    for (size_t i = 0; i < n; i++)
        rests += parts[i].rest;
    if (rests > 1)
        return lone_fail(error, EINVAL, "only one block can be what is left of the data: give the others a length");
    if (rests && rest > UINT32_MAX)
        return lone_fail(error, EINVAL,
                         "one SGL data block descriptor describes less than 4 GiB, not %" PRIu64 " bytes", rest);
    return 0;
}

int lone_sgl_check(const struct lone_sgl *sgl, uint64_t length, uint64_t *list_size, struct lone_error *error)
{
    uint64_t buckets, extent = lone_sgl_extent(sgl, &buckets);

    if (sgl && sgl->per_segment == 1)
        return lone_fail(error, EINVAL,
                         "a segment has 2 descriptors or more: the last one of each leads to the next segment");
    if (extent > length)
        return lone_fail(error, EINVAL,
                         "the SGL reaches beyond the data: its blocks, and what they skip, take %" PRIu64 " bytes of "
                         "%" PRIu64,
                         extent, length);
    if (!count_descriptors(sgl))
        return lone_fail(error, EINVAL, "there is no descriptor in the SGL: write block, block=BYTES or bucket=BYTES");
    *list_size = list_size_of(sgl);
    return check_rest(sgl, length - extent, error);
}

/* --- Building ---------------------------------------------------------------------------------------------- */

struct builder {
    const struct lone_sgl *sgl;
    const struct lone_buffer *list;
    const struct lone_sgl_part *part;
    uint64_t address, rest; /* where the next block lies; bytes of the one that takes the rest */
    uint64_t at;            /* in the list */
    size_t all, done;       /* descriptors, but those that lead to segments */
};

static void next_descriptor(struct builder *b, uint8_t *descriptor)
{
    while (b->part->kind == LONE_SGL_SKIP)
        b->address += b->part++->length;
    if (b->part->kind == LONE_SGL_BUCKET) {
        describe(descriptor, TYPE_BUCKET, 0, b->part->length);
    } else {
        uint32_t length = b->part->rest ? (uint32_t)b->rest : b->part->length;

        describe(descriptor, TYPE_BLOCK, b->address, length);
        b->address += length;
    }
    b->part++;
    b->done++;
}

/* The descriptor of the segment that is about to begin at @address, of which it is known how long it will be. */
static void lead(const struct builder *b, uint8_t *descriptor, uint64_t address)
{
    size_t data = in_segment(b->sgl, b->all, b->done);
    bool last = b->done + data == b->all;

    describe(descriptor, last ? TYPE_LAST_SEGMENT : TYPE_SEGMENT, address,
             (uint32_t)((data + !last) * LONE_SGL_DESCRIPTOR));
}

static int put(struct builder *b, const uint8_t *descriptor, struct lone_error *error)
{
    int result = lone_buffer_store(b->list, b->at, descriptor, LONE_SGL_DESCRIPTOR, error);

    b->at += LONE_SGL_DESCRIPTOR;
    return result;
}

static int put_segment(struct builder *b, struct lone_error *error)
{
    uint8_t descriptor[LONE_SGL_DESCRIPTOR];
    int result = 0;

    for (size_t n = in_segment(b->sgl, b->all, b->done); n && !result; n--) {
        next_descriptor(b, descriptor);
        result = put(b, descriptor, error);
    }
    if (result || b->done == b->all)
        return result;
    lead(b, descriptor, b->list->iova + b->at + LONE_SGL_DESCRIPTOR);
    return put(b, descriptor, error);
}

int lone_sgl_build(const struct lone_sgl *sgl, uint64_t address, uint64_t length, const struct lone_buffer *list,
                   uint8_t sgl1[LONE_SGL_DESCRIPTOR], struct lone_error *error)
{
    uint64_t buckets;
    size_t n;
    struct builder b = {.sgl = sgl,
                        .list = list,
                        .part = parts_of(sgl, &n),
                        .address = address,
                        .rest = length - lone_sgl_extent(sgl, &buckets),
                        .all = count_descriptors(sgl)};
    int result = 0;

    if (is_in_entry(sgl, b.all)) {
        next_descriptor(&b, sgl1);
        return 0;
    }
    lead(&b, sgl1, list->iova);
    while (b.done < b.all && !result)
        result = put_segment(&b, error);
    return result;
}
