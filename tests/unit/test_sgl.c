/* SPDX-License-Identifier: MIT */
/* SGLs against a walker that is written from the specification alone (NVMe Base 2.0, 4.1.2). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nvme/sgl.h"

#define DATA  0x123456000ull
#define LIST  0x7000000000ull
#define GUARD 0xa5

/* Descriptor types: Figure 116. */
enum { BLOCK = 0, BUCKET = 1, SEGMENT = 2, LAST_SEGMENT = 3 };

struct found {
    unsigned kind;
    uint64_t address;
    uint32_t length;
};

struct walk {
    const uint8_t *list;
    uint64_t size, used; /* bytes of the list; those that were read */
    struct found found[64];
    unsigned n, segments, largest; /* descriptors of the largest segment */
};

static uint64_t number(const uint8_t *bytes, unsigned n)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < n; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static void walk_segment(struct walk *walk, uint64_t address, uint64_t length, bool last);

/* @is_end: the last descriptor of a segment, where alone another segment may follow; @in_last: of the last segment. */
static void walk_descriptor(struct walk *walk, const uint8_t *descriptor, bool is_end, bool in_last)
{
    unsigned type = descriptor[15] >> 4;
    uint64_t address = number(descriptor, 8);
    uint32_t length = (uint32_t)number(descriptor + 8, 4);

    assert_int_equal(descriptor[15] & 0xf, 0); /* sub type: at an address */
    assert_int_equal(number(descriptor + 12, 3), 0);
    if (type == SEGMENT || type == LAST_SEGMENT) {
        assert_true(is_end && !in_last);
        walk_segment(walk, address, length, type == LAST_SEGMENT);
        return;
    }
    assert_true(type == BLOCK || type == BUCKET);
    assert_true(in_last || !is_end);
    assert_true(walk->n < 64);
    walk->found[walk->n++] = (struct found){type, address, length};
}

static void walk_segment(struct walk *walk, uint64_t address, uint64_t length, bool last)
{
    assert_true(address >= LIST && address - LIST + length <= walk->size);
    assert_int_equal(address % 8, 0);
    assert_true(length && length % 16 == 0);
    walk->segments++;
    walk->used += length;
    if (length / 16 > walk->largest)
        walk->largest = (unsigned)(length / 16);
    for (uint64_t at = 0; at < length; at += 16)
        walk_descriptor(walk, walk->list + (address - LIST) + at, at + 16 == length, last);
}

/* Builds and walks it; what it found, and the memory that it took, are right if this returns. */
static void build(const struct lone_sgl *sgl, uint64_t length, struct walk *walk)
{
    struct lone_error error;
    struct lone_buffer list;
    uint8_t sgl1[16], *bytes;
    uint64_t size = 0;

    memset(walk, 0, sizeof(*walk));
    assert_int_equal(lone_sgl_check(sgl, length, &size, &error), 0);
    bytes = malloc(size + 16);
    assert_non_null(bytes);
    memset(bytes, GUARD, size + 16);
    list = (struct lone_buffer){.data = bytes, .iova = LIST, .size = size};
    assert_int_equal(lone_sgl_build(sgl, DATA, length, &list, sgl1, &error), 0);
    walk->list = bytes;
    walk->size = size;
    walk_descriptor(walk, sgl1, true, !(sgl1[15] & 0x20));
    assert_int_equal(walk->used, size); /* not a byte more than needed */
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(bytes[size + i], GUARD);
    free(bytes);
}

static void expect(const struct walk *walk, unsigned i, unsigned kind, uint64_t address, uint32_t length)
{
    assert_true(i < walk->n);
    assert_int_equal(walk->found[i].kind, kind);
    assert_int_equal(walk->found[i].address, address);
    assert_int_equal(walk->found[i].length, length);
}

static void test_one_block(void **state)
{
    static const struct lone_sgl in_a_segment = {.per_segment = 4};
    struct walk walk;

    (void)state;
    build(NULL, 4096, &walk);
    assert_int_equal(walk.segments, 0);
    assert_int_equal(walk.n, 1);
    expect(&walk, 0, BLOCK, DATA, 4096);
    build(NULL, UINT32_MAX, &walk);
    expect(&walk, 0, BLOCK, DATA, UINT32_MAX);
    build(&in_a_segment, 4096, &walk);
    assert_int_equal(walk.segments, 1);
    expect(&walk, 0, BLOCK, DATA, 4096);
}

static void test_parts(void **state)
{
    static const struct lone_sgl_part parts[] = {
        {LONE_SGL_BLOCK, 512, false}, {LONE_SGL_BUCKET, 1024, false}, {LONE_SGL_BLOCK, 0, true},
        {LONE_SGL_SKIP, 100, false},  {LONE_SGL_BLOCK, 12, false},    {LONE_SGL_BUCKET, 4, false},
    };
    static const struct lone_sgl sgl = {.parts = parts, .n_parts = 6};
    uint64_t buckets;
    struct walk walk;

    (void)state;
    assert_int_equal(lone_sgl_extent(&sgl, &buckets), 512 + 100 + 12);
    assert_int_equal(buckets, 1028);
    build(&sgl, 2048, &walk);
    assert_int_equal(walk.segments, 1);
    assert_int_equal(walk.n, 5);
    expect(&walk, 0, BLOCK, DATA, 512);
    expect(&walk, 1, BUCKET, 0, 1024);
    expect(&walk, 2, BLOCK, DATA + 512, 2048 - 624);
    expect(&walk, 3, BLOCK, DATA + 2048 - 12, 12);
    expect(&walk, 4, BUCKET, 0, 4);
}

/* Every number of descriptors in segments of every size: nothing is lost, and no segment is larger than it may be. */
static void test_chains(void **state)
{
    struct lone_sgl_part parts[40];

    (void)state;
    for (unsigned i = 0; i < 40; i++)
        parts[i] = (struct lone_sgl_part){LONE_SGL_BLOCK, 16 + i, false};
    for (unsigned n = 1; n <= 40; n++)
        for (unsigned per = 0; per < 12; per++) {
            struct lone_sgl sgl = {.parts = parts, .n_parts = n, .per_segment = per};
            uint64_t address = DATA;
            struct walk walk;

            if (per == 1)
                continue;
            build(&sgl, 1 << 20, &walk);
            assert_int_equal(walk.n, n);
            for (unsigned i = 0; i < n; i++) {
                expect(&walk, i, BLOCK, address, 16 + i);
                address += 16 + i;
            }
            if (per)
                assert_true(walk.largest <= per);
            if (per && n > per)
                assert_int_equal(walk.segments, 1 + (n - per + per - 2) / (per - 1));
            if (per && n <= per)
                assert_int_equal(walk.segments, 1);
        }
}

static void refuse(const struct lone_sgl *sgl, uint64_t length, const char *why)
{
    struct lone_error error = {0};
    uint64_t size;

    assert_int_equal(lone_sgl_check(sgl, length, &size, &error), -EINVAL);
    assert_non_null(strstr(error.text, why));
}

static void test_refused(void **state)
{
    static const struct lone_sgl_part beyond[] = {{LONE_SGL_BLOCK, 512, false}, {LONE_SGL_SKIP, 1, false}};
    static const struct lone_sgl_part two_rests[] = {{LONE_SGL_BLOCK, 0, true}, {LONE_SGL_BLOCK, 0, true}};
    static const struct lone_sgl short_segment = {.per_segment = 1}, too_far = {.parts = beyond, .n_parts = 2},
                                 rests = {.parts = two_rests, .n_parts = 2},
                                 nothing = {.parts = beyond + 1, .n_parts = 1};

    (void)state;
    refuse(&short_segment, 512, "2 descriptors");
    refuse(&too_far, 512, "513 bytes of 512");
    refuse(&rests, 512, "only one block");
    refuse(&nothing, 512, "no descriptor");
    refuse(NULL, 1ull << 32, "4 GiB");
}

static void test_metadata_descriptor(void **state)
{
    uint8_t descriptor[16];

    (void)state;
    lone_sgl_block(descriptor, 0x1122334455667788, 0x99aabbcc);
    assert_int_equal(number(descriptor, 8), 0x1122334455667788);
    assert_int_equal(number(descriptor + 8, 4), 0x99aabbcc);
    assert_int_equal(number(descriptor + 12, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_block),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_metadata_descriptor),
    };

    return cmocka_run_group_tests_name("sgl", tests, NULL, NULL);
}
