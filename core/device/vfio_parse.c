/* SPDX-License-Identifier: MIT */
/* What VFIO's ioctls return in chains of capabilities: bytes in, structures out. */
#include "device/vfio_internal.h"

#include <linux/vfio.h>
#include <string.h>

const void *lone_vfio_capability(const void *info, size_t size, uint32_t at, uint16_t id, size_t least, size_t *left)
{
    const uint8_t *bytes = info;
    struct vfio_info_cap_header header;

    /* A chain that is longer than this goes round. */
    for (size_t n = 0; n <= size / sizeof(header); n++) {
        if (!at || at > size || size - at < sizeof(header))
            return NULL;
        memcpy(&header, bytes + at, sizeof(header));
        if (header.id == id) {
            *left = size - at;
            return *left < least ? NULL : bytes + at;
        }
        at = header.next;
    }
    return NULL;
}

/* --- Regions -------------------------------------------------------------------------------------------------- */

static unsigned add_area(struct lone_vfio_area *areas, unsigned n, uint64_t region, uint64_t page, uint64_t offset,
                         uint64_t size)
{
    if (n == LONE_VFIO_AREAS || offset % page || offset >= region)
        return n;
    if (size > region - offset)
        size = region - offset;
    /* Less than a page is mapped where it is the whole region: the kernel allows that where nobody else is on the page.
     */
    if (offset || size != region)
        size -= size % page;
    if (!size)
        return n;
    areas[n] = (struct lone_vfio_area){.offset = offset, .size = size};
    return n + 1;
}

unsigned lone_vfio_areas(const void *info, size_t size, uint64_t page, struct lone_vfio_area areas[LONE_VFIO_AREAS])
{
    struct vfio_region_info region;
    struct vfio_region_info_cap_sparse_mmap sparse;
    const uint8_t *capability = NULL;
    size_t left = 0;
    unsigned n = 0;

    if (size < sizeof(region))
        return 0;
    memcpy(&region, info, sizeof(region));
    if (!(region.flags & VFIO_REGION_INFO_FLAG_MMAP))
        return 0;
    if (region.flags & VFIO_REGION_INFO_FLAG_CAPS)
        capability = lone_vfio_capability(info, size, region.cap_offset, VFIO_REGION_INFO_CAP_SPARSE_MMAP,
                                          sizeof(sparse), &left);
    if (!capability)
        return add_area(areas, 0, region.size, page, 0, region.size);
    memcpy(&sparse, capability, sizeof(sparse));
    left -= sizeof(sparse);
    for (uint32_t i = 0; i < sparse.nr_areas && left >= sizeof(struct vfio_region_sparse_mmap_area); i++) {
        struct vfio_region_sparse_mmap_area area;

        memcpy(&area, capability + sizeof(sparse) + i * sizeof(area), sizeof(area));
        left -= sizeof(area);
        n = add_area(areas, n, region.size, page, area.offset, area.size);
    }
    return n;
}

/* --- The IOMMU ------------------------------------------------------------------------------------------------ */

/* Without the last page of the 64-bit space: the kernel maps there, but never finds the mapping again (AMD's IOMMU has
 * such ranges). */
static void add_range(struct lone_device *device, uint64_t first, uint64_t last)
{
    if (last > UINT64_MAX - device->page_size)
        last = UINT64_MAX - device->page_size;
    if (first > last || device->n_ranges == LONE_MAX_IOVA_RANGES)
        return;
    device->ranges[device->n_ranges++] = (struct lone_iova_range){first, last};
}

static bool add_ranges(const void *info, size_t size, uint32_t at, struct lone_device *device)
{
    struct vfio_iommu_type1_info_cap_iova_range list;
    const uint8_t *capability;
    size_t left;

    capability = lone_vfio_capability(info, size, at, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, sizeof(list), &left);
    if (!capability)
        return false;
    memcpy(&list, capability, sizeof(list));
    left -= sizeof(list);
    for (uint32_t i = 0; i < list.nr_iovas && left >= sizeof(struct vfio_iova_range); i++) {
        struct vfio_iova_range range;

        memcpy(&range, capability + sizeof(list) + i * sizeof(range), sizeof(range));
        left -= sizeof(range);
        add_range(device, range.start, range.end);
    }
    return true;
}

static uint32_t mappings_available(const void *info, size_t size, uint32_t at)
{
    struct vfio_iommu_type1_info_dma_avail available;
    size_t left;
    const void *capability =
        lone_vfio_capability(info, size, at, VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, sizeof(available), &left);

    if (!capability)
        return 0;
    memcpy(&available, capability, sizeof(available));
    return available.avail;
}

void lone_vfio_iommu(const void *info, size_t size, struct lone_device *device, uint32_t *available)
{
    struct vfio_iommu_type1_info iommu = {0};
    bool told = false;

    *available = 0;
    device->n_ranges = 0;
    device->page_size = 4096;
    memcpy(&iommu, info, size < sizeof(iommu) ? size : sizeof(iommu));
    if (iommu.flags & VFIO_IOMMU_INFO_PGSIZES && iommu.iova_pgsizes & 0xfffff000)
        device->page_size = (uint32_t)(iommu.iova_pgsizes & 0xfffff000) & -(uint32_t)(iommu.iova_pgsizes & 0xfffff000);
    if (iommu.flags & VFIO_IOMMU_INFO_CAPS && size >= sizeof(iommu)) {
        *available = mappings_available(info, size, iommu.cap_offset);
        told = add_ranges(info, size, iommu.cap_offset, device);
    }
    if (told)
        return;
    /* Kernels before 5.4 do not say: what every IOMMU can, without the window of the interrupts on x86. */
    add_range(device, 0, 0xfedfffff);
    add_range(device, 0xfef00000, (1ull << 39) - 1);
}
