/* SPDX-License-Identifier: MIT */
/* Regions and windows against a device that keeps book of every mapping. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "book.h"
#include "memory/huge.h"
#include "memory/memory.h"

struct fixture {
    struct book book;
    uint8_t bar[65536]; /* BAR 2 */
    struct lone_memory *memory;
};

static struct fixture *fixture_of(struct lone_device *device)
{
    return (struct fixture *)(void *)device;
}

static int bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                    struct lone_error *error)
{
    (void)error;
    assert_int_equal(bar, 2);
    *value = 0;
    memcpy(value, fixture_of(device)->bar + offset, width);
    return 0;
}

static int bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                     struct lone_error *error)
{
    (void)error;
    assert_int_equal(bar, 2);
    memcpy(fixture_of(device)->bar + offset, &value, width);
    return 0;
}

static const struct lone_device_ops book_ops = {
    .dma_map = book_map, .dma_unmap = book_unmap, .bar_read = bar_read, .bar_write = bar_write};

static int no_sizes(uint64_t *sizes, int most)
{
    (void)sizes, (void)most;
    return 0;
}
static const struct lone_huge_pages no_huge_pages = {.sizes = no_sizes};

/* --- A pool for each test ---------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    static struct fixture fixture;
    struct lone_device *device = &fixture.book.device;
    struct lone_error error;

    memset(&fixture, 0, sizeof(fixture));
    book_init(&fixture.book, &book_ops, 64 * MIB - 1);
    device->bars[2].size = sizeof(fixture.bar);
    assert_int_equal(lone_memory_open(&fixture.memory, device, &error), 0);
    lone_memory_take_from(fixture.memory, &no_huge_pages);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    lone_memory_close(fixture->memory);
    book_check_empty(&fixture->book);
    return 0;
}

static struct lone_region *make(struct fixture *fixture, uint64_t size, unsigned access)
{
    struct lone_region *region = NULL;
    struct lone_error error;

    assert_int_equal(lone_region_new(fixture->memory, size, 1, access, &region, &error), 0);
    return region;
}

/* What the device may do at @iova; 0: nothing. */
static unsigned access_at(const struct fixture *fixture, uint64_t iova)
{
    const struct mapping *mapping = book_find(&fixture->book, iova);

    return mapping ? mapping->access : 0;
}

static void test_region(void **state)
{
    struct fixture *fixture = *state;
    struct lone_region *a = make(fixture, 5000, LONE_DMA_READ), *b = make(fixture, 4096, LONE_DMA_WRITE);
    struct lone_error error;
    char text[100];

    assert_int_equal(a->size, 5000);
    assert_int_equal(access_at(fixture, a->iova), LONE_DMA_READ);
    assert_int_equal(access_at(fixture, a->iova + 8191), LONE_DMA_READ); /* whole pages */
    assert_int_equal(access_at(fixture, b->iova), LONE_DMA_WRITE);
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(a->data[i], 0);
    lone_region_describe(a, text, sizeof(text));
    assert_string_equal(text, "8192 bytes in ordinary pages");
    assert_int_equal(lone_region_access(a, LONE_DMA_READ | LONE_DMA_WRITE, &error), 0);
    assert_int_equal(access_at(fixture, a->iova), LONE_DMA_READ | LONE_DMA_WRITE);
    lone_region_free(a);
    lone_region_free(b);
    lone_region_free(NULL);
    assert_int_equal(fixture->book.n, 0);
}

static void test_bad_requests(void **state)
{
    struct fixture *fixture = *state;
    struct lone_region *region;
    struct lone_error error;

    assert_int_equal(lone_region_new(fixture->memory, 0, 1, 3, &region, &error), -EINVAL);
    assert_int_equal(lone_region_new(fixture->memory, LONE_MEMORY_MAX + 1, 1, 3, &region, &error), -EINVAL);
    assert_int_equal(lone_region_new(fixture->memory, 4096, 3, 3, &region, &error), -EINVAL);
    assert_int_equal(lone_region_new(fixture->memory, 65 * MIB, 1, 3, &region, &error), -ENOSPC);
    fixture->book.refuse = ENOSPC;
    assert_int_equal(lone_region_new(fixture->memory, 4096, 1, 3, &region, &error), -ENOSPC);
    assert_int_equal(fixture->book.n, 0);
}

/* An address stays the region's while it is not mapped. */
static void test_unmapped(void **state)
{
    struct fixture *fixture = *state;
    struct lone_region *a = make(fixture, MIB, LONE_DMA_READ), *b;
    struct lone_buffer buffer;
    struct lone_error error;
    uint64_t iova = a->iova, mapped, used;

    a->data[17] = 42;
    assert_int_equal(lone_region_unmap(a, &error), 0);
    assert_int_equal(lone_region_unmap(a, &error), 0); /* it is already */
    assert_int_equal(access_at(fixture, iova), 0);
    lone_memory_usage(fixture->memory, &mapped, &used);
    assert_int_equal(mapped, 0);
    b = make(fixture, MIB, LONE_DMA_READ);
    assert_true(b->iova >= iova + MIB || b->iova + MIB <= iova);
    assert_int_equal(lone_buffer_alloc(fixture->memory, 4096, 1, &buffer, &error), 0);
    assert_true(buffer.iova >= iova + MIB || buffer.iova + 4096 <= iova);
    /* The access that is set meanwhile is what the next mapping has. */
    assert_int_equal(lone_region_access(a, LONE_DMA_WRITE, &error), 0);
    assert_int_equal(access_at(fixture, iova), 0);
    assert_int_equal(lone_region_map(a, &error), 0);
    assert_int_equal(access_at(fixture, iova), LONE_DMA_WRITE);
    assert_int_equal(a->iova, iova);
    assert_int_equal(a->data[17], 42);
    /* A mapping that fails leaves it as it was. */
    fixture->book.refuse = ENOMEM;
    assert_int_equal(lone_region_access(a, LONE_DMA_READ, &error), -ENOMEM);
    assert_int_equal(a->access, LONE_DMA_WRITE);
    assert_false(a->mapped);
    fixture->book.refuse = 0;
    lone_buffer_free(fixture->memory, &buffer);
    lone_region_free(a);
    lone_region_free(b);
}

static void test_borrowed(void **state)
{
    struct fixture *fixture = *state;
    struct lone_region *region = make(fixture, 8192, LONE_DMA_READ);
    struct lone_buffer view, other;
    struct lone_error error;
    uint64_t iova = region->iova;
    uint8_t bytes[4] = {1, 2, 3, 4};

    assert_int_equal(lone_region_borrow(region, 4095, 4, &view, &error), 0);
    assert_int_equal(view.iova, iova + 4095);
    assert_int_equal(lone_buffer_store(&view, 0, bytes, 4, &error), 0);
    assert_memory_equal(region->data + 4095, bytes, 4);
    assert_int_equal(lone_region_borrow(region, 8192, 1, &other, &error), -ENOSPC);
    assert_int_equal(lone_region_borrow(region, 1, 8192, &other, &error), -ENOSPC);
    assert_int_equal(lone_region_borrow(region, UINT64_MAX, 2, &other, &error), -ENOSPC);
    assert_int_equal(lone_region_borrow(region, 0, 0, &other, &error), -ENOSPC);
    assert_int_equal(lone_region_borrow(region, 0, 8192, &other, &error), 0);
    assert_int_equal(region->users, 2);
    lone_buffer_free(fixture->memory, &other);
    assert_int_equal(other.size, 0);
    assert_int_equal(region->users, 1);
    lone_region_free(region); /* stays until nobody uses it */
    assert_int_equal(access_at(fixture, iova), LONE_DMA_READ);
    lone_buffer_free(fixture->memory, &view);
    assert_int_equal(access_at(fixture, iova), 0);
}

static void test_retired(void **state)
{
    struct fixture *fixture = *state;
    struct lone_region *regions[6], *other;
    struct lone_error error;
    uint64_t first;

    for (unsigned i = 0; i < 6; i++)
        regions[i] = make(fixture, 8192, LONE_DMA_READ);
    first = regions[0]->iova;
    for (unsigned i = 0; i < 6; i++) { /* in an order in which the ranges grow from both sides */
        static const unsigned order[] = {1, 3, 2, 5, 4, 0};

        lone_region_retire(regions[order[i]]);
    }
    assert_int_equal(fixture->book.n, 0);
    other = make(fixture, 8192, LONE_DMA_READ);
    assert_true(other->iova >= first + 6ull * 8192);
    lone_region_free(other);
    lone_memory_reuse_retired(fixture->memory);
    other = make(fixture, 8192, LONE_DMA_READ);
    assert_int_equal(other->iova, first);
    assert_int_equal(lone_region_unmap(other, &error), 0);
    lone_region_retire(other);
}

static void test_window(void **state)
{
    struct fixture *fixture = *state;
    struct lone_region *window, *pieces[3], *more, *host = make(fixture, 4096, 3);
    struct lone_buffer view;
    struct lone_error error;
    uint64_t value = 0x1122334455667788;

    assert_int_equal(lone_window_new(fixture->memory, 2, 4096, 4 * 4096, &window, &error), 0);
    assert_false(window->mapped);
    assert_true(lone_window_empty(window));
    assert_null(lone_region_at(fixture->memory, window->iova));
    assert_ptr_equal(lone_region_at(fixture->memory, host->iova + 4095), host);
    assert_int_equal(fixture->book.n, 1); /* the host's; a window is not mapped */
    lone_window_open(window, true);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(lone_window_piece(window, NULL, 100, 1, &pieces[i], &error), 0);
        assert_int_equal(pieces[i]->iova, window->iova + i * 4096);
        assert_int_equal(pieces[i]->bar_offset, 4096 + i * 4096);
        assert_null(pieces[i]->data);
        assert_true(pieces[i]->mapped);
    }
    assert_false(lone_window_empty(window));
    assert_ptr_equal(lone_region_at(fixture->memory, pieces[1]->iova + 99), pieces[1]);
    assert_int_equal(lone_window_piece(window, NULL, 4097, 1, &more, &error), -ENOSPC);
    assert_int_equal(lone_region_borrow(pieces[1], 3, 8, &view, &error), 0);
    assert_int_equal(lone_buffer_store(&view, 0, &value, 8, &error), 0);
    assert_memory_equal(fixture->bar + 4096 + 4096 + 3, &value, 8);
    lone_buffer_free(fixture->memory, &view);
    /* The hole that the middle one leaves is found again. */
    lone_region_free(pieces[1]);
    assert_int_equal(lone_window_piece(window, NULL, 4096, 1, &pieces[1], &error), 0);
    assert_int_equal(pieces[1]->iova, window->iova + 4096);
    assert_int_equal(lone_region_map(pieces[1], &error), -EOPNOTSUPP);
    assert_int_equal(lone_region_unmap(pieces[1], &error), -EOPNOTSUPP);
    /* In place of another one: its own place counts as free, and it stays when that does not suffice. */
    assert_int_equal(lone_window_piece(window, pieces[1], 3 * 4096, 1, &more, &error), -ENOSPC);
    assert_ptr_equal(lone_region_at(fixture->memory, window->iova + 4096), pieces[1]);
    assert_int_equal(lone_window_piece(window, pieces[2], 2 * 4096, 1, &pieces[2], &error), 0);
    assert_int_equal(pieces[2]->iova, window->iova + 2 * 4096);
    assert_ptr_equal(lone_region_at(fixture->memory, window->iova + 4 * 4096 - 1), pieces[2]);
    lone_window_open(window, false);
    assert_false(pieces[0]->mapped);
    lone_region_free(pieces[0]); /* the others go with the pool */
    lone_region_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_region, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unmapped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_borrowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_retired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_window, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
