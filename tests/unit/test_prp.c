/* SPDX-License-Identifier: MIT */
/* PRP lists against a walker that is written from the specification alone (NVMe Base 2.0, 4.1.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nvme/prp.h"

#define LIST_ADDRESS 0x7000000000ull
#define GUARD        0xa5

struct walk {
    const uint8_t *list;
    uint64_t list_size;
    uint64_t page_size;
    uint64_t expected; /* address of the next byte of data */
    uint64_t left;
    uint64_t list_address;
    uint64_t list_pages;
    uint64_t list_end; /* the last byte of the list that was read, + 1 */
};

static uint64_t entry_at(struct walk *walk, uint64_t address)
{
    uint64_t at = address - walk->list_address, value = 0;

    assert_true(address >= walk->list_address && at + 8 <= walk->list_size);
    if (at + 8 > walk->list_end)
        walk->list_end = at + 8;
    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)walk->list[at + i] << (8 * i);
    return value;
}

/* Data of one entry: from its address to the end of the page. */
static void take_page(struct walk *walk, uint64_t address)
{
    uint64_t bytes = walk->page_size - address % walk->page_size;

    if (bytes > walk->left)
        bytes = walk->left;
    assert_int_equal(address, walk->expected);
    walk->expected += bytes;
    walk->left -= bytes;
}

static void walk_list(struct walk *walk, uint64_t list)
{
    walk->list_pages = 1;
    while (walk->left) {
        uint64_t entry = entry_at(walk, list);

        assert_int_equal(entry % walk->page_size, 0);
        /* "the last entry of the page, and more than one memory page of data is left": a pointer to the next list page
         */
        if (list % walk->page_size == walk->page_size - 8 && walk->left > walk->page_size) {
            list = entry;
            walk->list_pages++;
            continue;
        }
        take_page(walk, entry);
        list += 8;
    }
}

/* Returns how many pages the list has. */
static uint64_t check_at(uint64_t address, uint64_t length, uint32_t page_size, uint64_t list_address)
{
    uint64_t size = lone_prp_list_size(address, length, page_size, list_address);
    uint8_t *list = malloc(size + 64);
    uint64_t prp1 = 1, prp2 = 1, pages;
    struct lone_buffer buffer = {.data = list, .iova = list_address, .size = size};
    struct walk walk = {.list = list,
                        .list_address = list_address,
                        .list_size = size,
                        .page_size = page_size,
                        .expected = address,
                        .left = length};

    assert_non_null(list);
    memset(list, GUARD, size + 64);
    assert_int_equal(lone_prp_build(address, length, page_size, &buffer, &prp1, &prp2, NULL), 0);
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(list[size + i], GUARD);
    pages = (address + length - 1) / page_size - address / page_size + 1;
    assert_int_equal(size == 0, pages <= 2);
    take_page(&walk, prp1);
    if (!walk.left) {
        assert_int_equal(prp2, 0);
    } else if (walk.left <= page_size) {
        assert_int_equal(prp2 % page_size, 0);
        take_page(&walk, prp2);
    } else {
        walk_list(&walk, prp2);
    }
    assert_int_equal(walk.left, 0);
    assert_int_equal(walk.expected, address + length);
    assert_int_equal(walk.list_end, size); /* not a byte more than needed */
    free(list);
    return walk.list_pages;
}

static uint64_t check(uint64_t address, uint64_t length, uint32_t page_size)
{
    return check_at(address, length, page_size, LIST_ADDRESS);
}

static void test_no_list(void **state)
{
    (void)state;
    assert_int_equal(check(0x10000, 1, 4096), 0);
    assert_int_equal(check(0x10fff, 1, 4096), 0);
    assert_int_equal(check(0x10000, 4096, 4096), 0);
    assert_int_equal(check(0x10000, 4097, 4096), 0);
    assert_int_equal(check(0x10000, 8192, 4096), 0);
    assert_int_equal(check(0x10ffc, 4 + 4096, 4096), 0);
    assert_int_equal(check(0x10004, 8192, 4096), 1);
    assert_int_equal(check(0x10000, 8193, 4096), 1);
}

/* 512 entries are a page: 513 pages behind the first need a second list page, and so on by 511. */
static void test_chain_limits(void **state)
{
    (void)state;
    assert_int_equal(check(0x400000, 4096 * (1 + 511ull), 4096), 1);
    assert_int_equal(check(0x400000, 4096 * (1 + 512ull), 4096), 1);
    assert_int_equal(check(0x400000, 4096 * (1 + 512ull) + 1, 4096), 2);
    assert_int_equal(check(0x400000, 4096 * (1 + 513ull), 4096), 2);
    assert_int_equal(check(0x400000, 4096 * (1 + 511ull + 512), 4096), 2);
    assert_int_equal(check(0x400000, 4096 * (1 + 511ull + 512) + 1, 4096), 3);
    assert_int_equal(check(0x400ffc, 4 + 4096 * (511ull * 3 + 512), 4096), 4);
    assert_int_equal(check(0x400ffc, 4 + 4096 * (511ull * 3 + 512) + 1, 4096), 5);
    assert_int_equal(lone_prp_list_size(0, 4096 * (1 + 512ull), 4096, 0), 4096);
    assert_int_equal(lone_prp_list_size(0, 4096 * (1 + 513ull), 4096, 0), 4096 + 16);
}

static void test_many(void **state)
{
    static const uint64_t offsets[] = {0, 1, 4, 8, 511, 512, 2048, 4092, 4095};

    (void)state;
    for (uint32_t page = 4096; page <= 65536; page *= 2) {
        const uint64_t lengths[] = {1,
                                    2,
                                    3,
                                    4,
                                    511,
                                    512,
                                    page - 1,
                                    page,
                                    page + 1,
                                    2ull * page - 1,
                                    2ull * page,
                                    2ull * page + 1,
                                    3ull * page,
                                    page * (page / 8ull),
                                    page * (page / 8ull) + 1,
                                    page * (page / 8ull + 1),
                                    page * (page / 8ull + 1) + 1,
                                    (2ull << 20) + 5,
                                    (16ull << 20) + 4096,
                                    page * (page / 4ull) + 7};

        for (unsigned o = 0; o < sizeof(offsets) / sizeof(offsets[0]); o++)
            for (unsigned l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
                check(0x123450000ull / page * page + offsets[o], lengths[l], page);
                check(0x123450000ull / page * page + page - 1 - offsets[o], lengths[l], page);
            }
    }
}

/* A list may begin anywhere in a page at a multiple of 8: its first page then has less entries. */
static void test_list_offset(void **state)
{
    (void)state;
    assert_int_equal(check_at(0x400000, 4096 * 3, 4096, LIST_ADDRESS + 4080), 1);
    assert_int_equal(check_at(0x400000, 4096 * 4, 4096, LIST_ADDRESS + 4080), 2);
    assert_int_equal(check_at(0x400000, 4096 * 3, 4096, LIST_ADDRESS + 4088), 2); /* a pointer and nothing else */
    for (uint64_t offset = 0; offset < 8192; offset += 8)
        for (uint64_t pages = 1; pages < 1540; pages += 511) {
            check_at(0x400100, 4096 * pages, 4096, LIST_ADDRESS + offset);
            check_at(0x400000, 4096 * (pages + 1), 8192, LIST_ADDRESS + offset);
        }
}

static void test_random(void **state)
{
    uint64_t x = 88172645463325252ull;

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        uint32_t page = 4096u << (i % 5);

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        check((x >> 20) & 0xffffffffffull, 1 + (x & (i % 8 ? 0xfffff : 0xffffff)), page);
    }
}

/* Behind the end of the data there is a page of scratch memory, again and again: every page of the command is named,
 * and no page that is not the data's but that one. */
static void test_beyond(void **state)
{
    static const struct {
        uint64_t address, length, pages, scratch, prp1, prp2, list[4];
    } rows[] = {
        {0x10000, 8192, 1, 0x90000, 0x10000, 0x90000, {0}},
        {0x10000, 8192, 2, 0x90000, 0x10000, 0x11000, {0}},
        {0x10000, 4096, 0, 0x90000, 0x90000, 0, {0}},
        {0x10200, 8192, 0, 0x90000, 0x90200, LIST_ADDRESS, {0x90000, 0x90000}},
        {0x10200, 12288, 2, 0x90000, 0x10200, LIST_ADDRESS, {0x11000, 0x90000, 0x90000}},
        {0x10000, 4 * 4096, 3, 0x90000, 0x10000, LIST_ADDRESS, {0x11000, 0x12000, 0x90000}},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct lone_prp_data data = {rows[i].address, rows[i].length, rows[i].pages, rows[i].scratch};
        uint64_t list[4] = {0}, prp1 = 1, prp2 = 1;
        struct lone_buffer buffer = {.data = (uint8_t *)list, .iova = LIST_ADDRESS, .size = sizeof(list)};

        assert_int_equal(lone_prp_build_beyond(&data, 4096, &buffer, &prp1, &prp2, NULL), 0);
        assert_int_equal(prp1, rows[i].prp1);
        assert_int_equal(prp2, rows[i].prp2);
        assert_memory_equal(list, rows[i].list, sizeof(list));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_list),     cmocka_unit_test(test_chain_limits), cmocka_unit_test(test_many),
        cmocka_unit_test(test_list_offset), cmocka_unit_test(test_random),       cmocka_unit_test(test_beyond),
    };

    return cmocka_run_group_tests_name("prp", tests, NULL, NULL);
}
