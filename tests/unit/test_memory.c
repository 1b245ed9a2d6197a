/* SPDX-License-Identifier: MIT */
/* The pool of DMA memory against a device that keeps book of every mapping. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "memory/memory.h"

#define MAX_MAPS 64
#define MIB      (1ull << 20)

struct mapping {
    uint8_t *memory;
    uint64_t iova, size;
};

struct book {
    struct lone_device device;
    struct mapping maps[MAX_MAPS];
    unsigned n, most, faults, made;
    int refuse;       /* an errno that mapping answers */
    uint64_t largest; /* bytes that one mapping may have; 0: any */
};

static struct book *book_of(struct lone_device *device)
{
    return (struct book *)(void *)device;
}

static int book_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                    struct lone_error *error)
{
    struct book *book = book_of(device);

    if (book->refuse)
        return lone_fail(error, book->refuse, "refused by the test");
    if (book->largest && size > book->largest)
        return lone_fail(error, ENOMEM, "too large for the test");
    assert_int_equal(access, LONE_DMA_READ | LONE_DMA_WRITE);
    assert_true(iova > 0);
    for (unsigned i = 0; i < book->n; i++)
        if (iova < book->maps[i].iova + book->maps[i].size && book->maps[i].iova < iova + size)
            book->faults++;
    assert_true(book->n < book->most);
    book->maps[book->n++] = (struct mapping){memory, iova, size};
    book->made++;
    return 0;
}

static int book_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
{
    struct book *book = book_of(device);

    for (unsigned i = 0; i < book->n; i++)
        if (book->maps[i].iova == iova && book->maps[i].size == size) {
            book->maps[i] = book->maps[--book->n];
            return 0;
        }
    book->faults++;
    return lone_fail(error, EINVAL, "not mapped");
}

static const struct lone_device_ops book_ops = {.dma_map = book_map, .dma_unmap = book_unmap};

static void book_open(struct book *book, struct lone_memory **memory)
{
    struct lone_error error;

    memset(book, 0, sizeof(*book));
    book->device.ops = &book_ops;
    book->device.page_size = 4096;
    book->device.n_ranges = 1;
    book->device.ranges[0] = (struct lone_iova_range){0, (1ull << 39) - 1};
    book->most = MAX_MAPS;
    assert_int_equal(lone_memory_open(memory, &book->device, &error), 0);
}

static void book_close(struct book *book, struct lone_memory *memory)
{
    lone_memory_close(memory);
    assert_int_equal(book->n, 0);
    assert_int_equal(book->faults, 0);
}

/* What the device sees at @iova. */
static uint8_t *seen(const struct book *book, uint64_t iova)
{
    for (unsigned i = 0; i < book->n; i++)
        if (iova >= book->maps[i].iova && iova < book->maps[i].iova + book->maps[i].size)
            return book->maps[i].memory + (iova - book->maps[i].iova);
    return NULL;
}

static void alloc(struct lone_memory *memory, uint64_t size, uint64_t alignment, struct lone_buffer *buffer)
{
    struct lone_error error;

    assert_int_equal(lone_buffer_alloc(memory, size, alignment, buffer, &error), 0);
    assert_int_equal(buffer->size, size);
    assert_int_equal(buffer->pages, (size + 4095) / 4096);
    assert_int_equal(buffer->iova % (alignment < 4096 ? 4096 : alignment), 0);
}

static void test_one(void **state)
{
    struct lone_memory *memory;
    struct lone_buffer buffer = {0};
    uint64_t mapped, used;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    lone_memory_usage(memory, &mapped, &used);
    assert_int_equal(mapped, 0); /* nothing before it is needed */
    lone_buffer_free(memory, &buffer);
    alloc(memory, 5000, 1, &buffer);
    lone_memory_usage(memory, &mapped, &used);
    assert_int_equal(mapped, 2 * MIB);
    assert_int_equal(used, 8192);
    assert_ptr_equal(seen(&book, buffer.iova), buffer.data);
    assert_ptr_equal(seen(&book, buffer.iova + 8191), buffer.data + 8191);
    lone_buffer_free(memory, &buffer);
    assert_int_equal(buffer.size, 0);
    lone_memory_usage(memory, &mapped, &used);
    assert_int_equal(mapped, 2 * MIB); /* kept for the next one */
    assert_int_equal(used, 0);
    book_close(&book, memory);
    lone_memory_close(NULL);
}

static void test_arguments(void **state)
{
    struct lone_memory *memory;
    struct lone_buffer buffer;
    struct lone_error error;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    assert_int_equal(lone_buffer_alloc(memory, 0, 4096, &buffer, &error), -EINVAL);
    assert_int_equal(lone_buffer_alloc(memory, LONE_MEMORY_MAX + 1, 4096, &buffer, &error), -EINVAL);
    assert_int_equal(lone_buffer_alloc(memory, UINT64_MAX, 4096, &buffer, &error), -EINVAL);
    assert_int_equal(lone_buffer_alloc(memory, 4096, 12288, &buffer, &error), -EINVAL);
    book_close(&book, memory);
}

static void test_zeroed_on_reuse(void **state)
{
    struct lone_memory *memory;
    struct lone_buffer buffer;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    for (unsigned i = 0; i < 600; i++) {
        alloc(memory, 3 * 4096 + i, 4096, &buffer);
        for (uint64_t at = 0; at < buffer.pages * 4096; at++)
            assert_int_equal(buffer.data[at], 0);
        memset(buffer.data, 0xff, buffer.pages * 4096);
        lone_buffer_free(memory, &buffer);
    }
    book_close(&book, memory);
}

/* Pages that nobody used are not touched: a chunk costs what is in use. */
static void test_resident(void **state)
{
    struct lone_memory *memory;
    struct lone_buffer buffer;
    unsigned char resident[512];
    unsigned n = 0;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    alloc(memory, 4096, 4096, &buffer);
    buffer.data[0] = 1;
    assert_int_equal(mincore(book.maps[0].memory, 2 * MIB, resident), 0);
    for (unsigned i = 0; i < 512; i++)
        n += resident[i] & 1;
    assert_int_equal(n, 1);
    book_close(&book, memory);
}

static void test_alignment(void **state)
{
    struct lone_memory *memory;
    struct lone_buffer buffer, other;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    alloc(memory, 1, 1, &other);
    for (uint64_t alignment = 1; alignment <= 256 * MIB; alignment *= 2) {
        alloc(memory, 4096, alignment, &buffer);
        assert_ptr_equal(seen(&book, buffer.iova), buffer.data);
        lone_buffer_free(memory, &buffer);
    }
    alloc(memory, 3 * MIB, 1, &buffer);
    assert_int_equal(buffer.iova % (2 * MIB), 0);
    book_close(&book, memory);
}

static void test_big(void **state)
{
    struct lone_memory *memory;
    struct lone_buffer small, big;
    uint64_t mapped, used;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    alloc(memory, 4096, 4096, &small);
    alloc(memory, 9 * MIB + 1, 4096, &big);
    assert_ptr_equal(seen(&book, big.iova), big.data);
    assert_ptr_equal(seen(&book, big.iova + 9 * MIB), big.data + 9 * MIB); /* contiguous on both sides */
    big.data[9 * MIB] = 1;
    lone_buffer_free(memory, &big);
    lone_memory_usage(memory, &mapped, &used);
    assert_int_equal(mapped, 2 * MIB); /* unmapped */
    assert_int_equal(used, 4096);
    alloc(memory, LONE_MEMORY_MAX, 4096, &big);
    lone_buffer_free(memory, &big);
    book_close(&book, memory);
}

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

#define BUFFERS 200

static void check_disjoint(const struct lone_buffer *buffers)
{
    for (unsigned i = 0; i < BUFFERS; i++)
        for (unsigned k = i + 1; k < BUFFERS; k++)
            if (buffers[i].size && buffers[k].size)
                assert_true(buffers[i].iova + buffers[i].pages * 4096 <= buffers[k].iova ||
                            buffers[k].iova + buffers[k].pages * 4096 <= buffers[i].iova);
}

static void test_fragmentation(void **state)
{
    struct lone_buffer buffers[BUFFERS] = {0};
    uint64_t x = 12345678901ull, sum = 0, mapped, used;
    struct lone_memory *memory;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    for (unsigned i = 0; i < 5000; i++) {
        struct lone_buffer *buffer = &buffers[next_random(&x) % BUFFERS];

        if (buffer->size) {
            assert_int_equal(buffer->data[0], buffer->iova >> 12 & 0xff);
            assert_int_equal(buffer->data[buffer->size - 1], buffer->iova >> 12 & 0xff);
            lone_buffer_free(memory, buffer);
        } else {
            alloc(memory, 1 + next_random(&x) % (i % 50 ? 40000 : 3 * MIB), 4096ull << next_random(&x) % 5, buffer);
            assert_int_equal(buffer->data[0], 0);
            assert_int_equal(buffer->data[buffer->size - 1], 0);
            buffer->data[0] = buffer->data[buffer->size - 1] = buffer->iova >> 12 & 0xff;
        }
        if (i % 500 == 0)
            check_disjoint(buffers);
    }
    for (unsigned i = 0; i < BUFFERS; i++)
        sum += buffers[i].pages * 4096;
    lone_memory_usage(memory, &mapped, &used);
    assert_int_equal(used, sum);
    for (unsigned i = 0; i < BUFFERS; i++)
        lone_buffer_free(memory, &buffers[i]);
    lone_memory_usage(memory, &mapped, &used);
    assert_int_equal(used, 0);
    assert_int_equal(mapped, 2 * MIB);
    assert_int_equal(book.n, 1);
    book_close(&book, memory);
}

/* First fit: a hole is used again before more is mapped. */
static void test_full_chunk(void **state)
{
    struct lone_buffer buffers[512], other;
    struct lone_memory *memory;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    for (unsigned i = 0; i < 512; i++)
        alloc(memory, 4096, 4096, &buffers[i]);
    assert_int_equal(book.made, 1);
    lone_buffer_free(memory, &buffers[77]);
    alloc(memory, 4096, 4096, &other);
    assert_int_equal(book.made, 1);
    alloc(memory, 4096, 4096, &other);
    assert_int_equal(book.made, 2);
    book_close(&book, memory);
}

/* Ranges too small for a whole chunk are used all the same, and when they are full that is said. */
static void test_exhaustion(void **state)
{
    struct lone_buffer buffers[16];
    struct lone_memory *memory;
    struct lone_error error;
    unsigned n = 0;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    book.device.n_ranges = 2;
    book.device.ranges[0] = (struct lone_iova_range){0, 3 * 4096 - 1};
    book.device.ranges[1] = (struct lone_iova_range){0x100000, 0x102fff};
    while (lone_buffer_alloc(memory, 4096, 4096, &buffers[n], &error) == 0)
        n++;
    assert_int_equal(error.number, ENOSPC);
    assert_int_equal(n, 5); /* all pages but the one at IOVA 0 */
    lone_buffer_free(memory, &buffers[2]);
    assert_int_equal(lone_buffer_alloc(memory, 4096, 4096, &buffers[2], &error), 0);
    assert_int_equal(lone_buffer_alloc(memory, 4096, 4096, &buffers[6], &error), -ENOSPC);
    book_close(&book, memory);
}

static void test_refusal(void **state)
{
    struct lone_buffer buffer;
    struct lone_memory *memory;
    struct lone_error error;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    book.refuse = ENOSPC;
    assert_int_equal(lone_buffer_alloc(memory, 4096, 4096, &buffer, &error), -ENOSPC);
    assert_string_equal(error.text, "refused by the test");
    book.refuse = ENOMEM;
    assert_int_equal(lone_buffer_alloc(memory, 4096, 4096, &buffer, &error), -ENOMEM);
    book.refuse = EIO;
    assert_int_equal(lone_buffer_alloc(memory, 3 * MIB, 4096, &buffer, &error), -EIO);
    book.refuse = 0;
    book.largest = 65536; /* a memory lock limit: less than a chunk goes */
    assert_int_equal(lone_buffer_alloc(memory, 40000, 4096, &buffer, &error), 0);
    lone_buffer_free(memory, &buffer);
    book_close(&book, memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),           cmocka_unit_test(test_arguments),  cmocka_unit_test(test_zeroed_on_reuse),
        cmocka_unit_test(test_resident),      cmocka_unit_test(test_alignment),  cmocka_unit_test(test_big),
        cmocka_unit_test(test_fragmentation), cmocka_unit_test(test_full_chunk), cmocka_unit_test(test_exhaustion),
        cmocka_unit_test(test_refusal),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
