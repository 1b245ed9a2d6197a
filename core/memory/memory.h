/* SPDX-License-Identifier: MIT */
/*
 * Memory that a device may access: a pool of pages, each backed by a file descriptor (close-on-exec; so that a device
 * in another process could share it) and mapped into the device's IOVA space, from which buffers are cut.
 *
 * The pages are huge ones where some are free, in pieces of 2 MiB; pages of 1 GiB only for buffers of that size and
 * more. They come from a hugetlbfs that the user may write to, or, without one, from anonymous files, which needs no
 * rights. All of a huge page is there from the start, so no access to it fails. Where none is free the pages are
 * ordinary ones, which take memory as they are touched; lone_memory_describe() says why. What is mapped stays as it is;
 * huge pages that become free are used by what is mapped later.
 *
 * A device that pins memory counts it against the memlock limit of the process, huge pages too; root has no limit. When
 * it bites, a buffer is tried to be mapped without anything around it, and when that fails as well the error says what
 * the limit is, what is mapped already, and how to raise it.
 *
 * libhugetlbfs, which finds the sizes and file systems, runs when the process starts. It obeys environment variables of
 * its own, HUGETLB_…; when none is set it changes nothing in the process and prints nothing, and HUGETLB_MORECORE has
 * no effect (malloc has no hooks since glibc 2.34).
 *
 * A pool has at most half of the machine's memory (-ENOMEM), whether it is mapped or not: what a device may reach
 * cannot be paged out. Large pieces are given back to the kernel in a thread of their own.
 *
 * A pool belongs to the thread that owns the device. A buffer that the device may still write to must not be freed: see
 * nvme/controller.h, which keeps such buffers until the device cannot reach them any more.
 */
#ifndef LONE_MEMORY_MEMORY_H
#define LONE_MEMORY_MEMORY_H

#include "../device/device.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lone_memory;
struct lone_region;

/* Memory in the host, or in a BAR of the device itself (a Controller Memory Buffer, a Persistent Memory Region). */
struct lone_buffer {
    uint8_t *data;  /* shared with the device: touch it with lone_buffer_load() and _store(); NULL: it is in a BAR */
    uint64_t iova;  /* the address by which the device knows it; contiguous; a multiple of the page size if it is not
                       borrowed */
    uint64_t size;  /* bytes asked for; 0: no buffer */
    uint64_t pages; /* pages it really has */
    struct lone_device *device; /* in a BAR: whose, which one, and where in it */
    uint64_t bar_offset;
    uint8_t bar;
    struct lone_region *region; /* borrowed from there, see lone_region_borrow() */
};

/* Copies @size bytes at @offset of @buffer to private memory, or from there. The caller vouches that they are inside.
 * Host memory cannot fail; memory in a BAR goes by accesses of 8 bytes where offset, size and the device interface
 * allow (lone_device_bar_widest()), else of 4, 2 and 1, ascending, and fails as they do (lone_device_bar_read()). Hot
 * path. Any thread for host memory, the owner's else. */
int lone_buffer_load(const struct lone_buffer *buffer, uint64_t offset, void *to, uint64_t size,
                     struct lone_error *error);
int lone_buffer_store(const struct lone_buffer *buffer, uint64_t offset, const void *from, uint64_t size,
                      struct lone_error *error);

/* Makes an empty pool for @device (not owned; it must outlive the pool). The caller owns *@memory. -ENOMEM. */
int lone_memory_open(struct lone_memory **memory, struct lone_device *device, struct lone_error *error);

/* Lets it have at most @bytes of memory, in place of half of the machine's. */
void lone_memory_limit(struct lone_memory *memory, uint64_t bytes);

/* Unmaps and frees everything, the buffers that still exist included; the device must not access them any more. NULL is
 * fine. */
void lone_memory_close(struct lone_memory *memory);

/* Cuts a buffer of @size bytes (> 0, at most LONE_MEMORY_MAX), zeroed, its IOVA a multiple of @alignment (a power of
 * two; less than a page counts as a page), up to the next multiple of which the memory is the buffer's, too: whoever
 * names whole pages of that size names nothing else. The caller owns it. -ENOMEM, -ENOSPC (IOVA space), -EINVAL. */
int lone_buffer_alloc(struct lone_memory *memory, uint64_t size, uint64_t alignment, struct lone_buffer *buffer,
                      struct lone_error *error);
#define LONE_MEMORY_MAX (1ull << 32)

/* Gives a buffer back, a borrowed one as well, and zeroes the struct; one with size 0 is fine. */
void lone_buffer_free(struct lone_memory *memory, struct lone_buffer *buffer);

/* --- Regions: memory with a range of the IOVA space of its own, as long as it exists, whether the device reaches it or
 * not. Nothing else is put at these addresses meanwhile. --- */

/* Read-only for users; unchanged but for what the functions below say. */
struct lone_region {
    struct lone_memory *memory;
    uint64_t iova, size;        /* size: bytes asked for */
    uint8_t *data;              /* NULL: in a BAR */
    unsigned access;            /* enum lone_dma_access: what the device may do while it is mapped */
    bool mapped;                /* the device reaches it now, at iova */
    unsigned users;             /* buffers that are borrowed from it, and what lone_region_get() counted */
    struct lone_region *window; /* of which it is a piece; NULL: none */
    uint8_t bar;                /* in a BAR: which one, and where in it */
    uint64_t bar_offset;
};

/* Makes a region of @size bytes (> 0, at most LONE_MEMORY_MAX) of host memory, zeroed, and maps it. Its IOVA is a
 * multiple of @alignment (a power of two; less than a page counts as a page). The caller owns it. -ENOMEM, -ENOSPC
 * (IOVA space, mappings), -EINVAL. */
int lone_region_new(struct lone_memory *memory, uint64_t size, uint64_t alignment, unsigned access,
                    struct lone_region **region, struct lone_error *error);

/* Frees it, at once or when its last user is gone; until then it stays as it is. NULL is fine. lone_memory_close()
 * frees all that there still are. */
void lone_region_free(struct lone_region *region);

/* The same, but its addresses are not given to anything else until lone_memory_reuse_retired(): a command whose
 * pointers were made by hand may still name them. Its memory is unmapped and freed when nobody uses it, at once or
 * later. Of a piece of a window nothing is kept: there the device can only spoil its own memory. */
void lone_region_retire(struct lone_region *region);
void lone_memory_reuse_retired(struct lone_memory *memory);

/* The region, or piece of a window, that @iova lies in; NULL: none. */
struct lone_region *lone_region_at(const struct lone_memory *memory, uint64_t iova);

/* Lets the device reach it, or ends that: when unmap returns the device reaches it no more. Nothing happens if it is so
 * already. -EOPNOTSUPP: it lies in a BAR. */
int lone_region_map(struct lone_region *region, struct lone_error *error);
int lone_region_unmap(struct lone_region *region, struct lone_error *error);

/* Changes what the device may do; a region that is mapped is out of its reach for a moment. -EOPNOTSUPP likewise. */
int lone_region_access(struct lone_region *region, unsigned access, struct lone_error *error);

/* Counts a user, or takes one off. */
void lone_region_get(struct lone_region *region);
void lone_region_put(struct lone_region *region);

/* Makes @buffer a view of @size bytes (> 0) at @offset, which counts as a user until lone_buffer_free() gives it back.
 * -ENOSPC: they are not inside. */
int lone_region_borrow(struct lone_region *region, uint64_t offset, uint64_t size, struct lone_buffer *buffer,
                       struct lone_error *error);

/* Writes "4096 bytes in ordinary pages", "2097152 bytes in 2 MiB huge pages" or "4096 bytes in BAR 2 at 0x1000". */
void lone_region_describe(const struct lone_region *region, char *text, size_t size);

/* A window: a range of the IOVA space that is reserved and not mapped, for memory of the device's own, @size bytes at
 * @bar_offset of BAR @bar, that the device is told to find there (CMBMSC.CBA, PMRMSC.CBA). Closed at first. The caller
 * owns it, as a region. */
int lone_window_new(struct lone_memory *memory, unsigned bar, uint64_t bar_offset, uint64_t size,
                    struct lone_region **window, struct lone_error *error);

/* The device finds its memory there, or not any more: `mapped` of the window and of all pieces. */
void lone_window_open(struct lone_region *window, bool open);
bool lone_window_empty(const struct lone_region *window);

/* Cuts a region out of @window; content as it is there. The place of @instead (a piece that nobody uses; NULL: none)
 * counts as free, and it is freed when the new one is made. The caller owns it. -ENOSPC, -ENOMEM, -EINVAL: then nothing
 * has changed. */
int lone_window_piece(struct lone_region *window, struct lone_region *instead, uint64_t size, uint64_t alignment,
                      struct lone_region **region, struct lone_error *error);

/* Bytes that are mapped into the device's IOVA space, and bytes of these that belong to buffers. */
void lone_memory_usage(const struct lone_memory *memory, uint64_t *mapped, uint64_t *used);

/* Bytes of one of the pages that buffers have. */
uint64_t lone_memory_page_size(const struct lone_memory *memory);

/* Writes a line about the kind of pages that are mapped, without a newline, cut to @size bytes: "2097152 bytes in 2 MiB
 * huge pages"; for ordinary pages with the reason, and what to do about it; "none" when nothing is mapped. */
void lone_memory_describe(const struct lone_memory *memory, char *text, size_t size);
#define LONE_MEMORY_TEXT 1024 /* bytes that hold any of it */

#ifdef __cplusplus
}
#endif

#endif
