/* SPDX-License-Identifier: MIT */
#include "book.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device/vfio_internal.h"

static struct book *book_of(struct lone_device *device)
{
    return (struct book *)(void *)device;
}

void book_init(struct book *book, const struct lone_device_ops *ops, uint64_t last)
{
    memset(book, 0, sizeof(*book));
    book->device.ops = ops;
    book->device.page_size = 4096;
    book->device.n_ranges = 1;
    book->device.ranges[0] = (struct lone_iova_range){0, last};
    book->most = MAX_MAPS;
    snprintf(book->device.slot, sizeof(book->device.slot), "0000:3a:00.0");
}

int book_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
             struct lone_error *error)
{
    struct book *book = book_of(device);

    if (book->refuse)
        return lone_fail(error, book->refuse, "refused by the test");
    if (book->largest && size > book->largest)
        return lone_fail(error, ENOMEM, "too large for the test");
    if (book->memlock) {
        uint64_t locked = 0;

        for (unsigned i = 0; i < book->n; i++)
            locked += book->maps[i].size;
        if (locked + size > book->memlock)
            return lone_vfio_explain_memlock(size, book->memlock, locked, error);
    }
    if (!memory || !iova || iova % 4096 || !size || size % 4096)
        book->faults++;
    for (unsigned i = 0; i < book->n; i++)
        if (iova < book->maps[i].iova + book->maps[i].size && book->maps[i].iova < iova + size)
            book->faults++;
    assert_true(book->n < book->most);
    book->maps[book->n++] = (struct mapping){memory, iova, size, access};
    book->made++;
    return 0;
}

int book_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
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

const struct mapping *book_find(const struct book *book, uint64_t iova)
{
    for (unsigned i = 0; i < book->n; i++)
        if (iova >= book->maps[i].iova && iova - book->maps[i].iova < book->maps[i].size)
            return &book->maps[i];
    return NULL;
}

void book_check_empty(const struct book *book)
{
    assert_int_equal(book->n, 0);
    assert_int_equal(book->faults, 0);
}
