/* SPDX-License-Identifier: MIT */
/*
 * Huge pages by libhugetlbfs: it knows the sizes, and where a hugetlbfs that this user may write to is mounted. Where
 * there is none (an ordinary user, as a rule) an anonymous file of huge pages does as well, which needs no rights.
 */
#include "memory/huge.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hugetlbfs.h>

/* What is advised at least: enough for queues and for some commands of the largest transfer size. */
#define ADVISED (128ull << 20)

static int kernel_sizes(uint64_t *sizes, int most)
{
    long found[LONE_MAX_HUGE_SIZES];
    int n = gethugepagesizes(found, most < LONE_MAX_HUGE_SIZES ? most : LONE_MAX_HUGE_SIZES);

    for (int i = 0; i < n; i++)
        sizes[i] = (uint64_t)found[i];
    return n < 0 ? 0 : n;
}

/* Mapping a file of huge pages only reserves them, and an access can still be SIGBUS (a limit of the cgroup, a memory
 * policy). What fallocate() took is there. */
static int fill(int fd, uint64_t size)
{
    int number;

    if (fd < 0)
        return -errno;
    do /* interrupted, it goes on from what it has taken so far */
        number = fallocate(fd, 0, 0, (off_t)size) ? errno : 0;
    while (number == EINTR);
    if (!number)
        return fd;
    close(fd);
    return -number;
}

/* In the file system the library found. Not by hugetlbfs_unlinked_fd_for_size(), whose descriptor is not close-on-exec,
 * which prints when it fails, and which leaves its file behind when the process is killed at the wrong moment. */
static int kernel_file(uint64_t page, uint64_t size)
{
    const char *path = hugetlbfs_find_path_for_size((long)page);
    int fd = path ? fill(open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), size) : -1;

    if (fd >= 0)
        return fd;
    return fill(memfd_create("lone", MFD_CLOEXEC | MFD_HUGETLB | (unsigned)__builtin_ctzll(page) << MAP_HUGE_SHIFT),
                size);
}

static uint64_t read_count(uint64_t page, const char *name)
{
    uint64_t count = 0;
    char path[96];
    FILE *file;

    snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/%s", page >> 10, name);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%" SCNu64, &count) != 1)
        count = 0;
    fclose(file);
    return count;
}

static void kernel_count(uint64_t page, uint64_t *total, uint64_t *available)
{
    uint64_t unused = read_count(page, "free_hugepages"), reserved = read_count(page, "resv_hugepages");

    *total = read_count(page, "nr_hugepages");
    *available = unused > reserved ? unused - reserved : 0;
}

const struct lone_huge_pages lone_huge_pages = {.sizes = kernel_sizes, .file = kernel_file, .count = kernel_count};

const char *lone_huge_name(uint64_t page, char name[LONE_HUGE_NAME])
{
    if (page >> 30)
        snprintf(name, LONE_HUGE_NAME, "%" PRIu64 " GiB", page >> 30);
    else if (page >> 20)
        snprintf(name, LONE_HUGE_NAME, "%" PRIu64 " MiB", page >> 20);
    else
        snprintf(name, LONE_HUGE_NAME, "%" PRIu64 " KiB", page >> 10);
    return name;
}

void lone_huge_explain(const struct lone_huge_pages *source, uint64_t page, uint64_t size, int number,
                       bool default_size, char *text, size_t room)
{
    uint64_t needed = size / page, total, available, wanted;
    char name[LONE_HUGE_NAME], found[160], command[128];

    lone_huge_name(page, name);
    source->count(page, &total, &available);
    if (number != ENOSPC && number != ENOMEM) {
        snprintf(text, room, "the kernel gives no %s huge page: %s", name, strerror(number));
        return;
    }
    if (available >= needed) {
        snprintf(text, room,
                 "this process gets no %s huge page although %" PRIu64 " of %" PRIu64
                 " are free: a limit of its cgroup, or its memory policy",
                 name, available, total);
        return;
    }
    if (available)
        snprintf(found, sizeof(found), "%" PRIu64 " huge pages of %s were needed and %" PRIu64 " of %" PRIu64 " free",
                 needed, name, available, total);
    else
        snprintf(found, sizeof(found), "no %s huge page was free (of %" PRIu64 ")", name, total);
    wanted = total - available + (needed > ADVISED / page ? needed : ADVISED / page);
    if (default_size)
        snprintf(command, sizeof(command), "sysctl vm.nr_hugepages=%" PRIu64, wanted);
    else
        snprintf(command, sizeof(command),
                 "echo %" PRIu64 " > /sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages", wanted,
                 page >> 10);
    snprintf(text, room, "%s; as root: %s", found, command);
}
