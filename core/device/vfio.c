/* SPDX-License-Identifier: MIT */
/* Opening and closing: container, group, device, and what the device consists of. */
#include "device/vfio.h"

#include "device/vfio_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* --- What may be about to become free ----------------------------------------------------------------------------- */

/* How long a group, or its function, may take to become free, and how often to look. */
#define PATIENCE_NS 5000000000ull
#define LOOK_NS     10000000

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Sleeps until it is time to look again; false: that was often enough. */
static bool look_again(uint64_t since_ns)
{
    nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
    return now_ns() - since_ns < PATIENCE_NS;
}

/* A group stays open for some time after the process that used a function of it has ended or was killed, because the
 * kernel resets the function then: 0.3 s, more on a busy machine. Nobody can see whether that is so, or whether the
 * group's user means to stay. */
static int open_free_group(const char *node)
{
    uint64_t since_ns = now_ns();
    int fd;

    do
        fd = open(node, O_RDWR | O_CLOEXEC);
    while (fd < 0 && errno == EBUSY && look_again(since_ns));
    return fd;
}

/* EAGAIN: somebody else resets or configures it. */
static int open_idle_function(const struct lone_vfio *vfio)
{
    uint64_t since_ns = now_ns();
    int fd;

    do
        fd = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, vfio->place.slot);
    while (fd < 0 && errno == EAGAIN && look_again(since_ns));
    return fd;
}

/* --- Container and group --------------------------------------------------------------------------------------- */

static int open_container(struct lone_vfio *vfio, struct lone_error *error)
{
    vfio->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    if (vfio->container < 0 && errno == EPERM)
        return lone_fail(
            error, EACCES,
            "no permission to open /dev/vfio/vfio: this container was not given it. Start it with --device "
            "/dev/vfio/vfio --device %s",
            vfio->place.node);
    if (vfio->container < 0 && errno == EACCES)
        return lone_fail(error, EACCES,
                         "no permission to open /dev/vfio/vfio, which every user may open by default: `chmod 666 "
                         "/dev/vfio/vfio` as root");
    if (vfio->container < 0)
        return lone_fail(
            error, errno,
            "cannot open /dev/vfio/vfio: %s. `modprobe -a vfio-pci vfio_iommu_type1` as root; a container is "
            "started with --device /dev/vfio/vfio --device %s",
            strerror(errno), vfio->place.node);
    if (ioctl(vfio->container, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
        return lone_fail(error, EOPNOTSUPP, "the kernel speaks another version of VFIO than %d", VFIO_API_VERSION);
    if (ioctl(vfio->container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
        return lone_fail(error, EOPNOTSUPP,
                         "the kernel has no IOMMU of type 1 for VFIO: `modprobe vfio_iommu_type1` as root");
    return 0;
}

static int open_group(struct lone_vfio *vfio, struct lone_error *error)
{
    struct vfio_group_status status = {.argsz = sizeof(status)};

    vfio->group = open_free_group(vfio->place.node);
    if (vfio->group < 0)
        return lone_vfio_explain_group(&lone_vfio_system, &vfio->place, errno, error);
    if (ioctl(vfio->group, VFIO_GROUP_GET_STATUS, &status))
        return lone_fail(error, errno, "VFIO_GROUP_GET_STATUS of %s: %s", vfio->place.node, strerror(errno));
    if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
        return lone_vfio_explain_viability(&lone_vfio_system, &vfio->place, error);
    return 0;
}

static int join(struct lone_vfio *vfio, struct lone_error *error)
{
    if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container)) {
        if (errno == EBUSY || errno == EPERM) /* bound by another driver since the status was read */
            return lone_vfio_explain_viability(&lone_vfio_system, &vfio->place, error);
        return lone_fail(error, errno, "VFIO_GROUP_SET_CONTAINER of %s: %s", vfio->place.node, strerror(errno));
    }
    if (!ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
        return 0;
    if (errno == EPERM)
        return lone_fail(
            error, EOPNOTSUPP,
            "the kernel does not hand %s out because this machine has no interrupt remapping: switch it on in "
            "the firmware set-up (with x2APIC), or accept the risk, as root: `echo 1 "
            ">/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts`",
            vfio->place.slot);
    return lone_fail(error, errno, "VFIO_SET_IOMMU for %s: %s", vfio->place.slot, strerror(errno));
}

/* --- The device -------------------------------------------------------------------------------------------------- */

static int open_device(struct lone_vfio *vfio, struct lone_error *error)
{
    struct vfio_device_info info = {.argsz = sizeof(info)};

    vfio->fd = open_idle_function(vfio);
    if (vfio->fd < 0)
        return lone_vfio_explain_function(&lone_vfio_system, &vfio->place, errno, error);
    fcntl(vfio->fd, F_SETFD, FD_CLOEXEC);
    if (ioctl(vfio->fd, VFIO_DEVICE_GET_INFO, &info))
        return lone_fail(error, errno, "VFIO_DEVICE_GET_INFO of %s: %s", vfio->place.slot, strerror(errno));
    if (!(info.flags & VFIO_DEVICE_FLAGS_PCI) || info.num_regions <= VFIO_PCI_CONFIG_REGION_INDEX)
        return lone_fail(error, EOPNOTSUPP, "VFIO does not offer %s as a PCI function", vfio->place.slot);
    vfio->device.can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
    return 0;
}

static int ask_region(void *context, void *info)
{
    return ioctl(((struct lone_vfio *)context)->fd, VFIO_DEVICE_GET_REGION_INFO, info) ? -errno : 0;
}

/* The struct vfio_region_info of a region with the capabilities behind it; the caller frees it. */
static struct vfio_region_info *region_info(struct lone_vfio *vfio, uint32_t index, struct lone_error *error)
{
    const struct vfio_region_info first = {.index = index};
    struct vfio_region_info *info;
    size_t size;
    int result;

    info = lone_vfio_ask(ask_region, vfio, &first, sizeof(first), &size, &result);
    if (info)
        info->argsz = (uint32_t)size;
    else
        lone_fail(error, EIO, "VFIO_DEVICE_GET_REGION_INFO %u of %s: %s", index, vfio->place.slot, strerror(-result));
    return info;
}

static int find_config(struct lone_vfio *vfio, struct lone_error *error)
{
    struct vfio_region_info *info = region_info(vfio, VFIO_PCI_CONFIG_REGION_INDEX, error);

    if (!info)
        return -EIO;
    vfio->config_offset = info->offset;
    vfio->device.config_size = info->size < LONE_PCI_CONFIG_SIZE ? LONE_PCI_CONFIG_LEGACY : LONE_PCI_CONFIG_SIZE;
    free(info);
    return 0;
}

static void map_areas(struct lone_vfio *vfio, const struct vfio_region_info *info, struct lone_vfio_bar *bar)
{
    int protection = (info->flags & VFIO_REGION_INFO_FLAG_READ ? PROT_READ : 0) |
                     (info->flags & VFIO_REGION_INFO_FLAG_WRITE ? PROT_WRITE : 0);

    bar->n_areas = lone_vfio_areas(info, info->argsz, (uint64_t)sysconf(_SC_PAGESIZE), bar->areas);
    for (unsigned i = 0; i < bar->n_areas; i++) {
        void *memory = mmap(NULL, bar->areas[i].size, protection, MAP_SHARED, vfio->fd,
                            (off_t)(info->offset + bar->areas[i].offset));

        if (memory != MAP_FAILED) /* else the kernel makes the accesses */
            bar->areas[i].memory = memory;
    }
}

static int find_bar(struct lone_vfio *vfio, unsigned number, struct lone_error *error)
{
    struct lone_bar *shown = &vfio->device.bars[number];
    struct vfio_region_info *info = region_info(vfio, VFIO_PCI_BAR0_REGION_INDEX + number, error);
    uint32_t value;
    int result;

    if (!info)
        return -EIO;
    shown->size = info->size;
    vfio->bars[number].offset = info->offset;
    if (info->size && lone_vfio_catch())
        map_areas(vfio, info, &vfio->bars[number]);
    free(info);
    if (!shown->size)
        return 0;
    result = lone_vfio_config_read(&vfio->device, (uint16_t)(0x10 + 4 * number), 4, &value, error);
    if (!result && !(value & 1)) { /* memory, not I/O: PCI 3.0 6.2.5.1 */
        shown->is_64 = (value & 6) == 4;
        shown->prefetchable = value & 8;
    }
    return result;
}

static int learn(struct lone_vfio *vfio, struct lone_error *error)
{
    int result = find_config(vfio, error);

    for (unsigned i = 0; i < LONE_BARS && !result; i++)
        result = find_bar(vfio, i, error);
    if (!result)
        result = lone_vfio_learn_config(vfio, error);
    if (!result)
        result = lone_vfio_learn_interrupts(vfio, error);
    if (!result)
        result = lone_vfio_learn_iommu(vfio, error);
    if (!result)
        lone_vfio_learn_events(vfio);
    return result;
}

/* --- Both ends -----------------------------------------------------------------------------------------------------
 */

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* The kernel takes interrupts down, stops the function's DMA and resets it when its descriptor goes, and unmaps DMA
 * memory when the container goes, in this order. None of it depends on the device being there still. */
static void close_device(struct lone_device *device)
{
    struct lone_vfio *vfio = lone_vfio_of(device);

    for (unsigned i = 0; i < LONE_BARS; i++)
        for (unsigned a = 0; a < vfio->bars[i].n_areas; a++)
            if (vfio->bars[i].areas[a].memory)
                munmap(vfio->bars[i].areas[a].memory, vfio->bars[i].areas[a].size);
    close_fd(vfio->fd);
    close_fd(vfio->group);
    close_fd(vfio->container);
    close_fd(vfio->trouble);
    close_fd(vfio->release);
    free(vfio);
}

static void event_fds(struct lone_device *device, int *trouble, int *release)
{
    *trouble = lone_vfio_of(device)->trouble;
    *release = lone_vfio_of(device)->release;
}

static const struct lone_device_ops ops = {
    .close = close_device,
    .config_read = lone_vfio_config_read,
    .config_write = lone_vfio_config_write,
    .bar_read = lone_vfio_bar_read,
    .bar_write = lone_vfio_bar_write,
    .bar_widest = lone_vfio_bar_widest,
    .dma_map = lone_vfio_dma_map,
    .dma_unmap = lone_vfio_dma_unmap,
    .interrupts = lone_vfio_interrupts,
    .reset = lone_vfio_reset,
    .intx_unmask = lone_vfio_intx_unmask,
    .event_fds = event_fds,
};

int lone_vfio_open(const char *slot, struct lone_device **device, struct lone_error *error)
{
    struct lone_vfio *vfio = calloc(1, sizeof(*vfio));
    int result;

    if (!vfio)
        return lone_fail(error, ENOMEM, "no memory for a device");
    vfio->device.ops = &ops;
    vfio->container = vfio->group = vfio->fd = vfio->trouble = vfio->release = -1;
    result = lone_vfio_find(&lone_vfio_system, slot, &vfio->place, error);
    if (!result)
        result = open_container(vfio, error);
    if (!result)
        result = open_group(vfio, error);
    if (!result)
        result = join(vfio, error);
    if (!result)
        result = open_device(vfio, error);
    if (!result) {
        snprintf(vfio->device.slot, sizeof(vfio->device.slot), "%s", vfio->place.slot);
        snprintf(vfio->device.driver, sizeof(vfio->device.driver), "%s", vfio->place.driver);
        result = learn(vfio, error);
    }
    if (result) {
        close_device(&vfio->device);
        return result;
    }
    *device = &vfio->device;
    return 0;
}
