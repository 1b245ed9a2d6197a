/* SPDX-License-Identifier: MIT */
/* The pool of DMA memory against a device that keeps book of every mapping. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "book.h"
#include "memory/huge.h"
#include "memory/memory.h"

#define GIB (1ull << 30)

static const struct lone_device_ops book_ops = {.dma_map = book_map, .dma_unmap = book_unmap};

/* --- A machine with as many huge pages as the test says ---------------------------------------------------- */

static struct {
    int n_sizes;
    uint64_t sizes[2], total[2], available[2];
    int refuse; /* an errno that every request for pages answers */
    unsigned asked;
} machine;

static int machine_sizes(uint64_t *sizes, int most)
{
    assert_true(machine.n_sizes <= most);
    memcpy(sizes, machine.sizes, sizeof(machine.sizes));
    return machine.n_sizes;
}

static uint64_t *machine_available(uint64_t page)
{
    return &machine.available[page != machine.sizes[0]];
}

static int machine_file(uint64_t page, uint64_t size)
{
    int fd;

    machine.asked++;
    assert_int_equal(size % page, 0);
    if (machine.refuse)
        return -machine.refuse;
    if (size / page > *machine_available(page))
        return -ENOSPC;
    *machine_available(page) -= size / page; /* they do not come back, which no test needs */
    fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    return fd;
}

static void machine_count(uint64_t page, uint64_t *total, uint64_t *available)
{
    *total = machine.total[page != machine.sizes[0]];
    *available = *machine_available(page);
}

static const struct lone_huge_pages machine_pages = {machine_sizes, machine_file, machine_count};

/* @small pages of 2 MiB, which is the size that vm.nr_hugepages counts, and @large ones of 1 GiB. */
static void machine_has(uint64_t small, uint64_t large)
{
    memset(&machine, 0, sizeof(machine));
    machine.n_sizes = 2;
    machine.sizes[0] = 2 * MIB;
    machine.sizes[1] = GIB;
    machine.total[0] = machine.available[0] = small;
    machine.total[1] = machine.available[1] = large;
}

static int no_huge_pages(void **state)
{
    (void)state;
    memset(&machine, 0, sizeof(machine));
    return 0;
}

static int many_huge_pages(void **state)
{
    (void)state;
    machine_has(1000000, 0);
    return 0;
}

static void expect_pages(const struct lone_memory *memory, const char *expected)
{
    char text[LONE_MEMORY_TEXT];

    lone_memory_describe(memory, text, sizeof(text));
    assert_string_equal(text, expected);
}

/* --- Pools ------------------------------------------------------------------------------------------------- */

static void book_open(struct book *book, struct lone_memory **memory)
{
    struct lone_error error;

    book_init(book, &book_ops, (1ull << 39) - 1);
    assert_int_equal(lone_memory_open(memory, &book->device, &error), 0);
    lone_memory_take_from(*memory, &machine_pages);
    lone_memory_limit(*memory,
                      64 * GIB); /* whatever machine this runs on: these take no memory before they are touched */
}

static void book_close(struct book *book, struct lone_memory *memory)
{
    lone_memory_close(memory);
    book_check_empty(book);
}

/* What the device sees at @iova. */
static uint8_t *seen(const struct book *book, uint64_t iova)
{
    const struct mapping *mapping = book_find(book, iova);

    if (!mapping)
        return NULL;
    assert_int_equal(mapping->access, LONE_DMA_READ | LONE_DMA_WRITE);
    return mapping->memory + (iova - mapping->iova);
}

static void alloc(struct lone_memory *memory, uint64_t size, uint64_t alignment, struct lone_buffer *buffer)
{
    struct lone_error error;

    assert_int_equal(lone_buffer_alloc(memory, size, alignment, buffer, &error), 0);
    assert_int_equal(buffer->size, size);
    /* up to the next multiple of the alignment it is its own */
    assert_int_equal(buffer->pages, (size + (alignment < 4096 ? 4096 : alignment) - 1) /
                                        (alignment < 4096 ? 4096 : alignment) *
                                        ((alignment < 4096 ? 4096 : alignment) / 4096));
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

/* --- Huge pages -------------------------------------------------------------------------------------------- */

static void test_huge(void **state)
{
    struct lone_buffer one, two, big;
    struct lone_memory *memory;
    struct book book;

    (void)state;
    machine_has(64, 1);
    book_open(&book, &memory);
    expect_pages(memory, "none");
    alloc(memory, 4096, 4096, &one);
    assert_int_equal(machine.available[0], 63);
    assert_int_equal(machine.available[1], 1);
    alloc(memory, 4096, 4096, &two); /* from the same page */
    assert_int_equal(machine.asked, 1);
    expect_pages(memory, "2097152 bytes in 2 MiB huge pages");
    alloc(memory, 9 * MIB + 1, 4096, &big); /* whole pages */
    assert_int_equal(book.maps[1].size, 10 * MIB);
    assert_int_equal(big.iova % (2 * MIB), 0);
    assert_int_equal(machine.available[0], 58);
    expect_pages(memory, "12582912 bytes in 2 MiB huge pages");
    book_close(&book, memory);
}

/* Pages of 1 GiB are for buffers of that size, and not where much of one would be left over. */
static void test_gigantic(void **state)
{
    struct lone_buffer buffer;
    struct lone_memory *memory;
    struct book book;

    (void)state;
    machine_has(2000, 2);
    book_open(&book, &memory);
    alloc(memory, GIB - 4096, 4096, &buffer);
    expect_pages(memory, "1073741824 bytes in 2 MiB huge pages");
    lone_buffer_free(memory, &buffer);
    alloc(memory, GIB + 4096, 4096, &buffer);
    expect_pages(memory, "1075838976 bytes in 2 MiB huge pages");
    lone_buffer_free(memory, &buffer);
    assert_int_equal(machine.available[1], 2);
    alloc(memory, GIB, 4096, &buffer);
    assert_int_equal(buffer.iova % GIB, 0);
    assert_int_equal(machine.available[1], 1);
    expect_pages(memory, "1073741824 bytes in 1 GiB huge pages");
    alloc(memory, 4096, 4096, &buffer);
    expect_pages(memory, "1073741824 bytes in 1 GiB huge pages, 2097152 bytes in 2 MiB huge pages");
    alloc(memory, 2 * GIB, 4096, &buffer); /* one of 1 GiB is left, and too few of 2 MiB */
    assert_int_equal(machine.available[1], 1);
    expect_pages(memory, "1073741824 bytes in 1 GiB huge pages, 2097152 bytes in 2 MiB huge pages, 2147483648 bytes in "
                         "ordinary pages: 1024 huge pages of 2 MiB were needed and 974 of 2000 free; as root: sysctl "
                         "vm.nr_hugepages=2050");
    book_close(&book, memory);
}

/* The pages run out: ordinary ones are used from there on, and the reason is told. */
static void test_fall_back(void **state)
{
    struct lone_buffer buffers[3];
    struct lone_memory *memory;
    struct book book;
    char text[24];

    (void)state;
    machine_has(1, 0);
    book_open(&book, &memory);
    for (unsigned i = 0; i < 3; i++) {
        alloc(memory, 2 * MIB, 4096, &buffers[i]);
        buffers[i].data[2 * MIB - 1] = 1;
    }
    assert_int_equal(machine.asked, 3); /* there might be one again */
    expect_pages(memory, "2097152 bytes in 2 MiB huge pages, 4194304 bytes in ordinary pages: no 2 MiB huge page was "
                         "free (of 1); as root: sysctl vm.nr_hugepages=65");
    lone_memory_describe(memory, text, sizeof(text));
    assert_string_equal(text, "2097152 bytes in 2 MiB ");
    book_close(&book, memory);

    machine_has(0, 0);
    machine.sizes[0] = GIB; /* vm.nr_hugepages counts the others */
    machine.sizes[1] = 2 * MIB;
    book_open(&book, &memory);
    alloc(memory, 4096, 4096, &buffers[0]);
    expect_pages(memory, "2097152 bytes in ordinary pages: no 2 MiB huge page was free (of 0); as root: echo 64 > "
                         "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
    book_close(&book, memory);

    machine_has(7, 0);
    machine.refuse = ENOSPC;
    book_open(&book, &memory);
    alloc(memory, 4096, 4096, &buffers[0]);
    expect_pages(memory, "2097152 bytes in ordinary pages: this process gets no 2 MiB huge page although 7 of 7 are "
                         "free: a limit of its cgroup, or its memory policy");
    machine.refuse = ENOSYS;
    alloc(memory, 2 * MIB, 4096, &buffers[0]);
    expect_pages(memory,
                 "4194304 bytes in ordinary pages: the kernel gives no 2 MiB huge page: Function not implemented");
    book_close(&book, memory);

    no_huge_pages(NULL);
    book_open(&book, &memory);
    alloc(memory, 4096, 4096, &buffers[0]);
    expect_pages(memory, "2097152 bytes in ordinary pages: the kernel has no huge pages of a size that fits");
    assert_int_equal(machine.asked, 0);
    book_close(&book, memory);
}

/* The memlock limit: what still fits is mapped without anything around it; then the numbers are told. */
static void test_memlock(void **state)
{
    struct lone_buffer buffer;
    struct lone_memory *memory;
    struct lone_error error;
    char text[LONE_MEMORY_TEXT];
    struct book book;

    (void)state;
    machine_has(64, 0);
    book_open(&book, &memory);
    book.memlock = 4 * MIB + 8192;
    alloc(memory, 2 * MIB, 4096, &buffer);
    alloc(memory, 2 * MIB, 4096, &buffer);
    alloc(memory, 8192, 4096, &buffer);
    lone_memory_describe(memory, text, sizeof(text));
    assert_non_null(strstr(text, "4194304 bytes in 2 MiB huge pages, 8192 bytes in ordinary pages: 2097152 bytes "
                                 "cannot be pinned for DMA: the memlock limit of this process is 4202496 bytes"));
    assert_int_equal(lone_buffer_alloc(memory, 4096, 4096, &buffer, &error), -ENOMEM);
    assert_int_equal(error.number, ENOMEM);
    assert_non_null(strstr(error.text, "4096 bytes cannot be pinned"));
    assert_non_null(strstr(error.text, "limit of this process is 4202496 bytes"));
    assert_non_null(strstr(error.text, "ulimit -l unlimited"));
    assert_non_null(strstr(error.text, ". 4202496 bytes are mapped for 0000:3a:00.0 already"));
    assert_int_equal(lone_buffer_alloc(memory, 4096, 4096, &buffer, NULL), -ENOMEM);
    book_close(&book, memory);
}

/* --- The kernel's own huge pages ---------------------------------------------------------------------------- */

#define POOL "/proc/sys/vm/nr_hugepages"

static long read_number(int fd)
{
    char text[32] = "";

    assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
    return strtol(text, NULL, 10);
}

static void write_number(int fd, long number)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%ld\n", number);

    assert_int_equal(pwrite(fd, text, (size_t)length, 0), length);
}

/* KernelPageSize of the mapping at @memory, in bytes. */
static uint64_t kernel_page_size(const void *memory)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    uint64_t kib = 0, from, to;
    bool here = false;
    char line[512];

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &from, &to) == 2)
            here = from <= (uintptr_t)memory && (uintptr_t)memory < to;
        else if (here && sscanf(line, "KernelPageSize: %" SCNu64, &kib) == 1)
            break;
    }
    fclose(file);
    return kib << 10;
}

/* Takes all of the kernel's pages, and goes on. Other processes may take some of them meanwhile. */
static void use_kernel_pages(void)
{
    struct lone_buffer buffers[8];
    struct lone_memory *memory;
    char text[LONE_MEMORY_TEXT];
    struct book book;

    book_open(&book, &memory);
    lone_memory_take_from(memory, &lone_huge_pages);
    for (unsigned i = 0; i < 8; i++) {
        alloc(memory, 2 * MIB, 4096, &buffers[i]);
        for (uint64_t at = 0; at < 2 * MIB; at += 4096)
            assert_int_equal(buffers[i].data[at], 0);
        memset(buffers[i].data, 0xa5, 2 * MIB);
    }
    lone_memory_describe(memory, text, sizeof(text));
    print_message("%s\n", text);
    assert_int_equal(kernel_page_size(buffers[0].data), strstr(text, "2 MiB huge pages") ? 2 * MIB : 4096);
    lone_buffer_free(memory, &buffers[0]);
    alloc(memory, 3 * 4096, 4096, &buffers[0]);
    assert_int_equal(buffers[0].data[4096], 0);
    book_close(&book, memory);
}

static struct {
    int fd; /* of the kernel's number of huge pages; -1: it is not ours to change */
    long before, now;
} kernel;

/* Four more of them, if this is root and the machine has the memory. */
static int kernel_raise(void **state)
{
    (void)state;
    kernel.fd = open(POOL, O_RDWR | O_CLOEXEC);
    if (kernel.fd < 0)
        return 0;
    assert_int_equal(flock(kernel.fd, LOCK_EX), 0); /* another one of this program may run */
    kernel.before = read_number(kernel.fd);
    write_number(kernel.fd, kernel.before + 4);
    kernel.now = read_number(kernel.fd);
    return 0;
}

static int kernel_restore(void **state)
{
    (void)state;
    if (kernel.fd < 0)
        return 0;
    write_number(kernel.fd, kernel.before);
    close(kernel.fd);
    return 0;
}

static void test_kernel(void **state)
{
    uint64_t total, available;
    int fd;

    (void)state;
    use_kernel_pages();
    lone_huge_pages.count(2 * MIB, &total, &available);
    assert_true(available <= total);
    fd = lone_huge_pages.file(2 * MIB, 2 * MIB);
    if (fd >= 0) {
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        assert_int_equal(lseek(fd, 0, SEEK_END), 2 * MIB);
        close(fd);
    }
    if (kernel.fd < 0 || kernel.now < kernel.before + 4)
        print_message("the kernel's own huge pages: only what there is, as %s\n",
                      kernel.fd < 0 ? "this user cannot make any" : "the machine could not make four of them");
    if (fd < 0) {
        print_message("none was free: %s\n", strerror(-fd));
        skip();
    }
}

/* Mapped or not, there is at most so much, and what is freed counts no more. */
/* interface: ME6 */
static void test_limit(void **state)
{
    struct lone_buffer buffer = {0}, large = {0};
    struct lone_region *region;
    struct lone_memory *memory;
    struct lone_error error;
    struct book book;

    (void)state;
    book_open(&book, &memory);
    lone_memory_limit(memory, 64 * MIB);
    assert_int_equal(lone_region_new(memory, 32 * MIB, 1, 3, &region, &error), 0);
    assert_int_equal(lone_region_unmap(region, &error), 0);
    assert_int_equal(lone_buffer_alloc(memory, 33 * MIB, 1, &buffer, &error), -ENOMEM);
    assert_non_null(strstr(error.text, "33554432"));
    assert_non_null(strstr(error.text, "67108864"));
    assert_int_equal(lone_region_new(memory, 33 * MIB, 1, 3, &region, &error), -ENOMEM);
    assert_int_equal(lone_buffer_alloc(memory, 32 * MIB, 1, &large, &error), 0);
    assert_int_equal(lone_buffer_alloc(memory, 1, 1, &buffer, &error), -ENOMEM);
    lone_buffer_free(memory, &large);
    assert_int_equal(lone_buffer_alloc(memory, 1, 1, &buffer, &error), 0);
    lone_region_free(region);
    assert_int_equal(lone_buffer_alloc(memory, 60 * MIB, 1, &large, &error), 0);
    for (unsigned i = 0; i < 60; i++)
        assert_int_equal(large.data[i * MIB + 77], 0);
    lone_buffer_free(memory, &large);
    lone_buffer_free(memory, &buffer);
    book_close(&book, memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_limit, no_huge_pages),
        cmocka_unit_test_setup(test_one, no_huge_pages),
        cmocka_unit_test_setup(test_arguments, no_huge_pages),
        cmocka_unit_test_setup(test_zeroed_on_reuse, no_huge_pages),
        cmocka_unit_test_setup(test_resident, no_huge_pages),
        cmocka_unit_test_setup(test_alignment, no_huge_pages),
        cmocka_unit_test_setup(test_big, no_huge_pages),
        cmocka_unit_test_setup(test_fragmentation, no_huge_pages),
        cmocka_unit_test_setup(test_full_chunk, no_huge_pages),
        cmocka_unit_test_setup(test_exhaustion, no_huge_pages),
        cmocka_unit_test_setup(test_refusal, no_huge_pages),
        {"test_one, huge", test_one, many_huge_pages, NULL, NULL},
        {"test_alignment, huge", test_alignment, many_huge_pages, NULL, NULL},
        {"test_big, huge", test_big, many_huge_pages, NULL, NULL},
        {"test_fragmentation, huge", test_fragmentation, many_huge_pages, NULL, NULL},
        {"test_full_chunk, huge", test_full_chunk, many_huge_pages, NULL, NULL},
        {"test_exhaustion, huge", test_exhaustion, many_huge_pages, NULL, NULL},
        {"test_refusal, huge", test_refusal, many_huge_pages, NULL, NULL},
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_gigantic),
        cmocka_unit_test(test_fall_back),
        cmocka_unit_test(test_memlock),
        cmocka_unit_test_setup_teardown(test_kernel, kernel_raise, kernel_restore),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
