/* SPDX-License-Identifier: MIT */
/* What a guest script cannot do itself: VFIO's and memfd's system calls, so that the virtual machine can be judged
 * without lone. Prints what it finds; the name of the errno and the step to stderr when one fails. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usage[] =
    "try vfio GROUP SLOT [BYTES]  opens the function, prints its ids, regions and IOVA ranges; maps BYTES\n"
    "try hold GROUP SLOT          opens it, prints READY, and keeps it until the kernel wants it back\n"
    "try memfd BYTES              memory from huge pages of the default size\n"
    "try mapped FILE              has it mapped and not open; prints READY and stays, as the next ones do\n"
    "try exclusive FILE           has it open with O_EXCL\n"
    "try path FILE                has it open with O_PATH\n"
    "try thread FILE              has it open in a thread, the first thread has ended\n"
    "try ring FILE                has it registered with io_uring and not open\n";

static int failed(const char *step)
{
    fprintf(stderr, "%s: %s\n", step, strerrorname_np(errno));
    return 1;
}

static int show_ranges(int container)
{
    union {
        struct vfio_iommu_type1_info info;
        char bytes[4096];
    } u = {.info.argsz = sizeof(u)};

    if (ioctl(container, VFIO_IOMMU_GET_INFO, &u.info) != 0)
        return failed("VFIO_IOMMU_GET_INFO");
    for (uint32_t at = u.info.flags & VFIO_IOMMU_INFO_CAPS ? u.info.cap_offset : 0; at != 0;) {
        struct vfio_info_cap_header header;
        struct vfio_iova_range range;
        uint32_t count;

        memcpy(&header, u.bytes + at, sizeof(header));
        if (header.id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
            memcpy(&count, u.bytes + at + sizeof(header), sizeof(count));
            for (uint32_t i = 0; i < count; i++) {
                memcpy(&range, u.bytes + at + sizeof(struct vfio_iommu_type1_info_cap_iova_range) + i * sizeof(range),
                       sizeof(range));
                printf("iova 0x%llx-0x%llx\n", range.start, range.end);
            }
        }
        at = header.next;
    }
    return 0;
}

static int show_regions(int device)
{
    struct vfio_device_info info = {.argsz = sizeof(info)};

    if (ioctl(device, VFIO_DEVICE_GET_INFO, &info) != 0)
        return failed("VFIO_DEVICE_GET_INFO");
    printf("reset %s\n", info.flags & VFIO_DEVICE_FLAGS_RESET ? "yes" : "no");
    for (uint32_t i = 0; i < info.num_regions; i++) {
        struct vfio_region_info region = {.argsz = sizeof(region), .index = i};

        if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region) != 0 || region.size == 0)
            continue;
        printf("region %u size %llu mmap %s\n", i, region.size,
               region.flags & VFIO_REGION_INFO_FLAG_MMAP ? "yes" : "no");
        if (i == VFIO_PCI_CONFIG_REGION_INDEX) {
            uint16_t id[2];

            if (pread(device, id, sizeof(id), (off_t)region.offset) != sizeof(id))
                return failed("read configuration space");
            printf("id %04x:%04x\n", id[0], id[1]);
        }
    }
    return 0;
}

static int map_memory(int container, size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof(map),
        .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
        .vaddr = (uintptr_t)memory,
        .iova = 0x100000,
        .size = bytes,
    };

    if (memory == MAP_FAILED)
        return failed("mmap");
    if (ioctl(container, VFIO_IOMMU_MAP_DMA, &map) != 0)
        return failed("VFIO_IOMMU_MAP_DMA");
    printf("mapped %zu\n", bytes);
    return 0;
}

/* Waits until the kernel asks for the device (unbinding, unplugging), then lets go by ending. */
static int hold(int device)
{
    char set[sizeof(struct vfio_irq_set) + sizeof(int)];
    struct vfio_irq_set irqs = {
        .argsz = sizeof(set),
        .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
        .index = VFIO_PCI_REQ_IRQ_INDEX,
        .count = 1,
    };
    int event = eventfd(0, EFD_CLOEXEC);
    uint64_t count;

    if (event < 0)
        return failed("eventfd");
    memcpy(set, &irqs, sizeof(irqs));
    memcpy(set + sizeof(irqs), &event, sizeof(event));
    if (ioctl(device, VFIO_DEVICE_SET_IRQS, set) != 0)
        return failed("VFIO_DEVICE_SET_IRQS");
    puts("READY");
    fflush(stdout);
    if (read(event, &count, sizeof(count)) != sizeof(count))
        return failed("read");
    puts("RELEASED");
    return 0;
}

static int try_vfio(const char *group_number, const char *slot, const char *bytes, int keep)
{
    struct vfio_group_status status = {.argsz = sizeof(status)};
    char path[64];
    int container, group, device;

    snprintf(path, sizeof(path), "/dev/vfio/%s", group_number);
    if ((container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC)) < 0)
        return failed("open /dev/vfio/vfio");
    if ((group = open(path, O_RDWR | O_CLOEXEC)) < 0)
        return failed("open group");
    if (ioctl(group, VFIO_GROUP_GET_STATUS, &status) != 0)
        return failed("VFIO_GROUP_GET_STATUS");
    if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
        fputs("not viable\n", stderr);
        return 1;
    }
    if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) != 0)
        return failed("VFIO_GROUP_SET_CONTAINER");
    if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0)
        return failed("VFIO_SET_IOMMU");
    if ((device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, slot)) < 0)
        return failed("VFIO_GROUP_GET_DEVICE_FD");
    if (keep)
        return hold(device);
    if (show_ranges(container) != 0 || show_regions(device) != 0)
        return 1;
    return bytes == NULL ? 0 : map_memory(container, strtoul(bytes, NULL, 0));
}

static int try_memfd(size_t bytes)
{
    int fd = memfd_create("try", MFD_HUGETLB | MFD_CLOEXEC);
    char *memory;

    if (fd < 0)
        return failed("memfd_create");
    if (ftruncate(fd, (off_t)bytes) != 0)
        return failed("ftruncate");
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return failed("mmap");
    memset(memory, 0x5a, bytes);
    printf("huge %zu\n", bytes);
    return 0;
}

/* --- Ways to use a file --- */

static int ready(void)
{
    puts("READY");
    fflush(stdout);
    for (;;)
        pause();
    return 0;
}

static int try_mapped(int fd)
{
    if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
        return failed("mmap");
    close(fd);
    return ready();
}

static void *thread(void *context)
{
    (void)context;
    sleep(1); /* the first thread ends meanwhile */
    ready();
    return NULL;
}

static int try_thread(void)
{
    pthread_t id;

    if (pthread_create(&id, NULL, thread, NULL) != 0)
        return failed("pthread_create");
    pthread_exit(NULL);
}

static int try_ring(int fd)
{
    struct io_uring_params parameters = {0};
    long ring = syscall(SYS_io_uring_setup, 4, &parameters);

    if (ring < 0)
        return failed("io_uring_setup");
    if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &fd, 1) != 0)
        return failed("IORING_REGISTER_FILES");
    close(fd);
    return ready();
}

static int try_file(const char *how, const char *path)
{
    int more = strcmp(how, "exclusive") == 0 ? O_EXCL : strcmp(how, "path") == 0 ? O_PATH : 0;
    int fd = open(path, O_RDONLY | more);

    if (fd < 0)
        return failed("open");
    if (strcmp(how, "mapped") == 0)
        return try_mapped(fd);
    if (strcmp(how, "thread") == 0)
        return try_thread();
    if (strcmp(how, "ring") == 0)
        return try_ring(fd);
    return ready();
}

int main(int argc, char **argv)
{
    if ((argc == 4 || argc == 5) && strcmp(argv[1], "vfio") == 0)
        return try_vfio(argv[2], argv[3], argv[4], 0);
    if (argc == 4 && strcmp(argv[1], "hold") == 0)
        return try_vfio(argv[2], argv[3], NULL, 1);
    if (argc == 3 && strcmp(argv[1], "memfd") == 0)
        return try_memfd(strtoul(argv[2], NULL, 0));
    if (argc == 3 && (strcmp(argv[1], "mapped") == 0 || strcmp(argv[1], "exclusive") == 0 ||
                      strcmp(argv[1], "path") == 0 || strcmp(argv[1], "thread") == 0 || strcmp(argv[1], "ring") == 0))
        return try_file(argv[1], argv[2]);
    fputs(usage, stderr);
    return 2;
}
