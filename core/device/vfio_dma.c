/* SPDX-License-Identifier: MIT */
/* The IOMMU: what may be mapped where, mapping and unmapping. */
#include "device/vfio_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int ask_iommu(void *context, void *info)
{
    return ioctl(((struct lone_vfio *)context)->container, VFIO_IOMMU_GET_INFO, info) ? -errno : 0;
}

int lone_vfio_learn_iommu(struct lone_vfio *vfio, struct lone_error *error)
{
    const struct vfio_iommu_type1_info first = {0};
    size_t size;
    int result;
    void *info = lone_vfio_ask(ask_iommu, vfio, &first, sizeof(first), &size, &result);

    if (!info)
        return lone_fail(error, -result, "VFIO_IOMMU_GET_INFO: %s", strerror(-result));
    lone_vfio_iommu(info, size, &vfio->device, &vfio->available);
    free(info);
    if (vfio->device.n_ranges)
        return 0;
    return lone_fail(error, EOPNOTSUPP, "the IOMMU of %s has no address that can be mapped", vfio->place.slot);
}

/* --- Mapping ------------------------------------------------------------------------------------------------------ */

/* Bytes that this process has locked or pinned, as the kernel counts them against the limit. */
static uint64_t locked_bytes(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    uint64_t kib = 0;
    char line[128];

    if (!file)
        return 0;
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "VmLck: %" SCNu64, &kib) == 1)
            break;
    fclose(file);
    return kib << 10;
}

int lone_vfio_explain_memlock(uint64_t size, uint64_t limit, uint64_t locked, struct lone_error *error)
{
    if (limit == RLIM_INFINITY || (locked <= limit && size <= limit - locked))
        return lone_fail(error, ENOMEM, "the kernel has no memory to pin %" PRIu64 " bytes for DMA", size);
    return lone_fail(error, ENOMEM,
                     "%" PRIu64 " bytes cannot be pinned for DMA: the memlock limit of this process is %" PRIu64
                     " bytes, and "
                     "%" PRIu64 " of them are taken. `ulimit -l unlimited` before it starts, or `prlimit --pid %d "
                     "--memlock=unlimited` as root; for good: `USER - memlock unlimited` in /etc/security/limits.conf",
                     size, limit, locked, (int)getpid());
}

static int explain_map(struct lone_vfio *vfio, int number, uint64_t iova, uint64_t size, struct lone_error *error)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

    switch (number) {
    case EEXIST:
        return lone_fail(error, EEXIST,
                         "IOVA 0x%" PRIx64 " to 0x%" PRIx64 " overlaps a mapping that exists: unmap that first", iova,
                         iova + size - 1);
    case ENOSPC:
        return lone_fail(error, ENOSPC,
                         "no further mapping: the kernel allows %" PRIu32 " of them. Map larger pieces, or raise "
                         "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit (as root, before opening)",
                         vfio->available);
    case ENOMEM:
        getrlimit(RLIMIT_MEMLOCK, &limit);
        return lone_vfio_explain_memlock(size, limit.rlim_cur, locked_bytes(), error);
    case EFAULT:
        return lone_fail(error, EFAULT,
                         "the %" PRIu64 " bytes to be mapped at IOVA 0x%" PRIx64 " are not all memory of "
                         "this process that it can write to",
                         size, iova);
    case EINVAL:
        return lone_fail(error, EINVAL,
                         "the kernel refuses IOVA 0x%" PRIx64 " to 0x%" PRIx64 ": not aligned to %" PRIu32
                         " bytes, or the "
                         "range touches addresses that the IOMMU reserves",
                         iova, iova + size - 1, vfio->device.page_size);
    default:
        return lone_fail(error, number, "mapping 0x%" PRIx64 " bytes at IOVA 0x%" PRIx64 ": %s", size, iova,
                         strerror(number));
    }
}

int lone_vfio_dma_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                      struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof(map),
        .flags = (access & LONE_DMA_READ ? VFIO_DMA_MAP_FLAG_READ : 0u) |
                 (access & LONE_DMA_WRITE ? VFIO_DMA_MAP_FLAG_WRITE : 0u),
        .vaddr = (uintptr_t)memory,
        .iova = iova,
        .size = size,
    };

    if (!map.flags)
        return lone_fail(error, EINVAL, "a mapping that the device may neither read nor write is of no use");
    return ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &map) ? explain_map(vfio, errno, iova, size, error) : 0;
}

int lone_vfio_dma_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    struct vfio_iommu_type1_dma_unmap unmap = {.argsz = sizeof(unmap), .iova = iova, .size = size};

    if (ioctl(vfio->container, VFIO_IOMMU_UNMAP_DMA, &unmap))
        return lone_fail(error, errno,
                         "unmapping IOVA 0x%" PRIx64 " to 0x%" PRIx64
                         ": %s. What was mapped at once is unmapped at once",
                         iova, iova + size - 1, strerror(errno));
    if (unmap.size != size)
        return lone_fail(error, EINVAL, "only %" PRIu64 " of the %" PRIu64 " bytes at IOVA 0x%" PRIx64 " were mapped",
                         (uint64_t)unmap.size, size, iova);
    return 0;
}
