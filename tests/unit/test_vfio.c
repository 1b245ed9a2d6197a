/* SPDX-License-Identifier: MIT */
/*
 * The parts of core/device/vfio that need no VFIO: what ioctls return, with lengths that lie; which writes to
 * configuration space get lost; sysfs, made up in a directory; accesses that raise SIGBUS, on a file without pages. The
 * rest runs in the virtual machine: tests/vm/guest/vfio_probe.c.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "device/vfio.h"
#include "device/vfio_internal.h"

#define PAGE 4096u

/* --- Chains of capabilities ------------------------------------------------------------------------------------- */

union info {
    uint8_t bytes[512];
    struct vfio_region_info region;
    struct vfio_iommu_type1_info iommu;
};

static void put_header(union info *info, uint32_t at, uint16_t id, uint32_t next)
{
    struct vfio_info_cap_header header = {.id = id, .version = 1, .next = next};

    memcpy(info->bytes + at, &header, sizeof(header));
}

static void put(union info *info, uint32_t at, const void *data, size_t size)
{
    memcpy(info->bytes + at, data, size);
}

static void test_chain(void **state)
{
    union info info = {0};
    size_t left = 0;

    (void)state;
    put_header(&info, 32, 7, 48);
    put_header(&info, 48, 9, 0);
    assert_ptr_equal(lone_vfio_capability(&info, sizeof(info), 32, 7, 8, &left), info.bytes + 32);
    assert_int_equal(left, sizeof(info) - 32);
    assert_ptr_equal(lone_vfio_capability(&info, sizeof(info), 32, 9, 8, &left), info.bytes + 48);
    assert_null(lone_vfio_capability(&info, sizeof(info), 32, 8, 8, &left));
    assert_null(lone_vfio_capability(&info, sizeof(info), 0, 7, 8, &left));
    /* It does not fit any more. */
    assert_null(lone_vfio_capability(&info, 56, 32, 9, 9, &left));
    assert_non_null(lone_vfio_capability(&info, 56, 32, 9, 8, &left));
    assert_null(lone_vfio_capability(&info, 55, 32, 9, 8, &left));
    assert_null(lone_vfio_capability(&info, 0, 32, 7, 8, &left));
    assert_null(lone_vfio_capability(&info, sizeof(info), sizeof(info) - 4, 7, 8, &left));
    assert_null(lone_vfio_capability(&info, sizeof(info), UINT32_MAX, 7, 8, &left));
    /* It goes round, or away. */
    put_header(&info, 48, 9, 32);
    assert_null(lone_vfio_capability(&info, sizeof(info), 32, 8, 8, &left));
    put_header(&info, 48, 9, 48);
    assert_null(lone_vfio_capability(&info, sizeof(info), 32, 8, 8, &left));
    put_header(&info, 48, 9, UINT32_MAX);
    assert_null(lone_vfio_capability(&info, sizeof(info), 32, 8, 8, &left));
    put_header(&info, 48, 9, UINT32_MAX - 7);
    assert_null(lone_vfio_capability(&info, sizeof(info), 32, 8, 8, &left));
}

static unsigned areas_of(union info *info, uint32_t count, const struct vfio_region_sparse_mmap_area *sparse, size_t n,
                         struct lone_vfio_area *areas)
{
    struct vfio_region_info_cap_sparse_mmap capability = {.header = {VFIO_REGION_INFO_CAP_SPARSE_MMAP, 1, 0},
                                                          .nr_areas = count};

    info->region.flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
    info->region.cap_offset = sizeof(info->region);
    put(info, sizeof(info->region), &capability, sizeof(capability));
    put(info, sizeof(info->region) + sizeof(capability), sparse, n * sizeof(*sparse));
    return lone_vfio_areas(info, sizeof(*info), PAGE, areas);
}

static void test_areas(void **state)
{
    union info info = {.region = {.size = 4 * PAGE}};
    struct lone_vfio_area areas[LONE_VFIO_AREAS];
    /* Around an MSI-X table in the second page. */
    const struct vfio_region_sparse_mmap_area around[] = {{0, PAGE}, {2 * PAGE, 2 * PAGE}};
    const struct vfio_region_sparse_mmap_area odd[] = {{0, 0},
                                                       {PAGE / 2, PAGE},
                                                       {4 * PAGE, PAGE},
                                                       {3 * PAGE, 9 * PAGE},
                                                       {PAGE, UINT64_MAX},
                                                       {UINT64_MAX - 4095, PAGE},
                                                       {0, PAGE + 5},
                                                       {2 * PAGE, 17}};
    struct vfio_region_sparse_mmap_area many[16];

    (void)state;
    assert_int_equal(lone_vfio_areas(&info, sizeof(info), PAGE, areas), 0); /* cannot be mapped */
    info.region.flags = VFIO_REGION_INFO_FLAG_MMAP;
    assert_int_equal(lone_vfio_areas(&info, sizeof(info), PAGE, areas), 1);
    assert_true(areas[0].offset == 0 && areas[0].size == 4 * PAGE && !areas[0].memory);
    assert_int_equal(lone_vfio_areas(&info, sizeof(info.region) - 1, PAGE, areas), 0);
    assert_int_equal(lone_vfio_areas(&info, sizeof(info.region), PAGE, areas), 1);
    info.region.size = 256;
    assert_int_equal(lone_vfio_areas(&info, sizeof(info), PAGE, areas), 1);
    assert_int_equal(areas[0].size, 256);
    info.region.size = 0;
    assert_int_equal(lone_vfio_areas(&info, sizeof(info), PAGE, areas), 0);
    info.region.size = 4 * PAGE;
    assert_int_equal(areas_of(&info, 2, around, 2, areas), 2);
    assert_true(areas[0].offset == 0 && areas[0].size == PAGE);
    assert_true(areas[1].offset == 2 * PAGE && areas[1].size == 2 * PAGE);
    assert_int_equal(areas_of(&info, 0, around, 2, areas), 0); /* nothing can be mapped */
    assert_int_equal(areas_of(&info, 8, odd, 8, areas), 3);
    assert_true(areas[0].offset == 3 * PAGE && areas[0].size == PAGE);
    assert_true(areas[1].offset == PAGE && areas[1].size == 3 * PAGE);
    assert_true(areas[2].offset == 0 && areas[2].size == PAGE);
    /* More than there is room for, and a count that lies: no read behind the end, which the sanitizer would see. */
    for (unsigned i = 0; i < 16; i++)
        many[i] = (struct vfio_region_sparse_mmap_area){0, PAGE};
    assert_int_equal(areas_of(&info, UINT32_MAX, many, 16, areas), LONE_VFIO_AREAS);
    info.region.cap_offset = sizeof(info) - sizeof(struct vfio_region_info_cap_sparse_mmap);
    put_header(&info, info.region.cap_offset, VFIO_REGION_INFO_CAP_SPARSE_MMAP, 0);
    memset(info.bytes + info.region.cap_offset + 8, 0xff, 8);
    assert_int_equal(lone_vfio_areas(&info, sizeof(info), PAGE, areas), 0);
}

static void put_ranges(union info *info, uint32_t at, uint32_t next, uint32_t count,
                       const struct vfio_iova_range *ranges, unsigned n)
{
    struct vfio_iommu_type1_info_cap_iova_range capability = {.header = {VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 1, next},
                                                              .nr_iovas = count};

    put(info, at, &capability, sizeof(capability));
    put(info, at + sizeof(capability), ranges, n * sizeof(*ranges));
}

static void test_iommu(void **state)
{
    struct vfio_iommu_type1_info_dma_avail available = {.header = {VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, 1, 64},
                                                        .avail = 65535};
    const struct vfio_iova_range two[] = {{0, 0xfedfffff}, {0xfef00000, 0x7fffffffff}};
    struct vfio_iova_range many[24];
    struct lone_device device = {0};
    union info info = {.iommu = {.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS,
                                 .iova_pgsizes = 0x40201000,
                                 .cap_offset = 32}};
    uint32_t mappings = 0;

    (void)state;
    put(&info, 32, &available, sizeof(available));
    put_ranges(&info, 64, 0, 2, two, 2);
    lone_vfio_iommu(&info, sizeof(info), &device, &mappings);
    assert_int_equal(mappings, 65535);
    assert_int_equal(device.page_size, 4096);
    assert_int_equal(device.n_ranges, 2);
    assert_true(device.ranges[0].first == 0 && device.ranges[0].last == 0xfedfffff);
    assert_true(device.ranges[1].first == 0xfef00000 && device.ranges[1].last == 0x7fffffffff);
    put_ranges(&info, 64, 0, 1, &(const struct vfio_iova_range){1ull << 40, UINT64_MAX}, 1);
    lone_vfio_iommu(&info, sizeof(info), &device, &mappings);
    assert_int_equal(device.n_ranges, 1);
    assert_true(device.ranges[0].last == UINT64_MAX - 4096); /* where no address wraps */
    /* More than fit, some upside down, and a count that lies. */
    for (unsigned i = 0; i < 24; i++)
        many[i] = (struct vfio_iova_range){i % 2 ? 5 : 0, 4};
    put_ranges(&info, 64, 0, UINT32_MAX, many, 24);
    lone_vfio_iommu(&info, sizeof(info), &device, &mappings);
    assert_uint_in_range(device.n_ranges, 12, LONE_MAX_IOVA_RANGES);
    lone_vfio_iommu(&info, 64 + sizeof(struct vfio_iommu_type1_info_cap_iova_range) + 15, &device, &mappings);
    assert_int_equal(device.n_ranges, 0); /* not one is whole */
    /* An old kernel tells nothing: the window of the interrupts stays free all the same. */
    info.iommu.flags = VFIO_IOMMU_INFO_PGSIZES;
    info.iommu.iova_pgsizes = 0x10000;
    lone_vfio_iommu(&info, 20, &device, &mappings);
    assert_int_equal(device.page_size, 0x10000);
    assert_int_equal(device.n_ranges, 2);
    assert_int_equal(device.ranges[0].last, 0xfedfffff);
    assert_int_equal(mappings, 0);
    info.iommu.iova_pgsizes = 0;
    lone_vfio_iommu(&info, sizeof(info), &device, &mappings);
    assert_int_equal(device.page_size, 4096);
}

/* Any bytes at all: nothing is read behind them, and it ends. */
static void test_noise(void **state)
{
    struct lone_vfio_area areas[LONE_VFIO_AREAS];
    uint32_t seed = 1, mappings;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct lone_device device = {0};
        size_t size = 16 + round % 200, left;
        uint8_t *bytes = malloc(size);

        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = seed >> 28 ? (uint8_t)(seed >> 16 & 0x7f) % 8 * 16 : (uint8_t)(seed >> 20);
        }
        lone_vfio_areas(bytes, size, PAGE, areas);
        lone_vfio_iommu(bytes, size, &device, &mappings);
        assert_uint_in_range(device.n_ranges, 0, LONE_MAX_IOVA_RANGES);
        lone_vfio_capability(bytes, size, bytes[0], 1, 8, &left);
        free(bytes);
    }
}

/* --- Writes that get lost ------------------------------------------------------------------------------------------
 */

static struct lone_vfio_rule rules[LONE_VFIO_RULES];
static unsigned n_rules;

static const char *lost(bool msi, unsigned offset, unsigned width, uint32_t value)
{
    const struct lone_vfio_rule *rule = lone_vfio_broken_rule(rules, n_rules, msi, (uint16_t)offset, width, value);

    return rule ? rule->name : "";
}

static void test_rules(void **state)
{
    const struct lone_capability_at found[] = {
        {.name = "PMCAP", .id = 0x01, .offset = 0x40, .size = 8},
        {.name = "MSICAP", .id = 0x05, .offset = 0x50, .size = 24},
        {.name = "PXCAP", .id = 0x10, .offset = 0x80, .size = 60},
        {.name = "MSIXCAP", .id = 0x11, .offset = 0xc0, .size = 12},
        {.name = "AERCAP", .id = 0x01, .offset = 0x100, .size = 0x48, .extended = true},
        {.name = "LTR", .id = 0x18, .offset = 0x150, .size = 8, .extended = true},
        {.name = "VC", .id = 0x02, .offset = 0x160, .size = 0x1c, .extended = true},
        {.name = "L1SS", .id = 0x1e, .offset = 0x200, .size = 16, .extended = true},
    };

    (void)state;
    n_rules = lone_vfio_rules(found, LONE_COUNT(found), 0x0002, rules);
    /* The header: CMD passes, alone and with a STS of zeroes. */
    assert_string_equal(lost(false, 0x04, 2, 0xffff), "");
    assert_string_equal(lost(false, 0x04, 4, 0x00000406), "");
    assert_string_equal(lost(false, 0x04, 4, 0x80000406), "STS (the error bits)");
    assert_string_equal(lost(false, 0x06, 2, 0x0100), "STS (the error bits)");
    assert_string_equal(lost(false, 0x07, 1, 0x80), "STS (the error bits)");
    assert_string_equal(lost(false, 0x06, 1, 0xff), "");
    assert_string_equal(lost(false, 0x10, 4, 0xffffffff), ""); /* sizing */
    assert_string_equal(lost(false, 0x3c, 1, 0x0b), "");
    /* PM: the state passes. */
    assert_string_equal(lost(false, 0x44, 2, 0x0003), "");
    assert_string_equal(lost(false, 0x44, 2, 0x0103), "PMCS (PMES, PMEE)");
    assert_string_equal(lost(false, 0x45, 1, 0x80), "PMCS (PMES, PMEE)");
    assert_string_equal(lost(false, 0x44, 1, 0xff), "");
    /* MSI can be enabled when it has been set up. */
    assert_string_equal(lost(false, 0x52, 2, 1), "MC.MSIE");
    assert_string_equal(lost(true, 0x52, 2, 1), "");
    assert_string_equal(lost(false, 0x52, 2, 0), "");
    assert_string_equal(lost(false, 0x54, 4, 0xffffffff), "");
    /* Express: PXDC with IFLR and MPS passes. */
    assert_string_equal(lost(false, 0x88, 2, 0x8000 | 0x5c20), "");
    assert_string_equal(lost(false, 0x88, 2, 0x0200), "PXDC.PFE");
    assert_string_equal(lost(false, 0x88, 4, 0x00005c20), "");
    assert_string_equal(lost(false, 0x8a, 2, 0x000f), "PXDS");
    assert_string_equal(lost(false, 0x90, 2, 0), "PXLC");
    assert_string_equal(lost(false, 0x91, 1, 0), "PXLC");
    assert_string_equal(lost(false, 0x92, 2, 0x4000), "PXLS");
    assert_string_equal(lost(false, 0x92, 2, 0), "");
    assert_string_equal(lost(false, 0xa8, 2, 0x0020), "PXDC2.ARIFE");
    assert_string_equal(lost(false, 0xa8, 2, 0x040f), "");
    assert_string_equal(lost(false, 0xb0, 2, 3), "PXLC2");
    assert_string_equal(lost(false, 0xc2, 2, 0x8000), "MXC");
    assert_string_equal(lost(false, 0xc3, 1, 0), "MXC");
    assert_string_equal(lost(false, 0xc0, 2, 0), ""); /* the header of the capability, read-only anyway */
    assert_string_equal(lost(false, 0xc4, 4, 0xffffffff), "");
    /* Extended ones. */
    assert_string_equal(lost(false, 0x104, 4, 0x03ffffff), "");
    assert_string_equal(lost(false, 0x108, 4, 0x04000000), "AERUCES, AERUCEM, AERUCESEV (bits 31:26)");
    assert_string_equal(lost(false, 0x110, 4, 0xffffffff), "");
    assert_string_equal(lost(false, 0x118, 4, 0x140), "");
    assert_string_equal(lost(false, 0x118, 4, 0x400), "AERCC.MHRE");
    assert_string_equal(lost(false, 0x154, 2, 0), "LTR");
    assert_string_equal(lost(false, 0x156, 2, 0), "LTR");
    assert_string_equal(lost(false, 0x158, 4, 0), "");
    assert_string_equal(lost(false, 0x178, 4, 0), "VC");
    assert_string_equal(lost(false, 0x17c, 4, 0), "");
    assert_string_equal(lost(false, 0x208, 4, 0xffffffff), ""); /* VFIO does not know it, so it lets everything pass */
    /* Root Complex Integrated Endpoint: its Express capability ends before PXLC2. Version 1: before PXLC or at it. */
    n_rules = lone_vfio_rules(found, LONE_COUNT(found), 0x0092, rules);
    assert_string_equal(lost(false, 0xb0, 2, 3), "");
    assert_string_equal(lost(false, 0x90, 2, 0), "PXLC");
    n_rules = lone_vfio_rules(found, LONE_COUNT(found), 0x0091, rules);
    assert_string_equal(lost(false, 0x90, 2, 0), "");
    n_rules = lone_vfio_rules(found, LONE_COUNT(found), 0x0001, rules);
    assert_string_equal(lost(false, 0xa8, 2, 0x0020), "");
    assert_string_equal(lost(false, 0x90, 2, 0), "PXLC");
}

static void test_many_capabilities(void **state)
{
    struct lone_capability_at found[LONE_MAX_CAPABILITIES];

    (void)state;
    for (unsigned i = 0; i < LONE_COUNT(found); i++)
        found[i] = (struct lone_capability_at){.name = "PXCAP", .id = 0x10, .offset = 0x40, .size = 60};
    assert_int_equal(lone_vfio_rules(found, LONE_COUNT(found), 2, rules), LONE_VFIO_RULES);
}

/* --- Information that grows --------------------------------------------------------------------------------------- */

struct growing {
    uint32_t needs, grows; /* bytes; and by how many each time it is asked */
    unsigned asked;
    int result;
};

/* As VFIO does: what fits, and how many bytes all of it has (linux/vfio.h). */
static int ask(void *context, void *info)
{
    struct growing *growing = context;
    uint32_t argsz;

    memcpy(&argsz, info, sizeof(argsz));
    growing->asked++;
    if (argsz >= growing->needs)
        memset((uint8_t *)info + sizeof(argsz), 0x5a, growing->needs - sizeof(argsz)); /* AddressSanitizer looks */
    memcpy(info, &growing->needs, sizeof(growing->needs));
    growing->needs += growing->grows;
    return growing->result;
}

static void asks(uint32_t needs, uint32_t grows, int result, unsigned asked, int expected)
{
    const struct vfio_iommu_type1_info first = {0};
    struct growing growing = {.needs = needs, .grows = grows, .result = result};
    size_t size = 0;
    uint8_t *info = lone_vfio_ask(ask, &growing, &first, sizeof(first), &size, &result);

    assert_int_equal(result, expected);
    assert_int_equal(growing.asked, asked);
    assert_int_equal(info != NULL, !expected);
    if (info) {
        assert_int_equal(size, needs);
        assert_int_equal(info[size - 1], 0x5a);
    }
    free(info);
}

static void test_growing_information(void **state)
{
    (void)state;
    asks(sizeof(struct vfio_iommu_type1_info), 0, 0, 1, 0);
    asks(300, 0, 0, 2, 0);
    asks(300, 8, 0, 16, -EBUSY); /* for ever: it is given up, and no byte more is read than there are */
    asks(2u << 20, 0, 0, 1, -EBUSY);
    asks(300, 0, -EINVAL, 1, -EINVAL);
}

/* --- sysfs -----------------------------------------------------------------------------------------------------------
 */

#define SLOT "0000:3a:00.0"

static char root[64];
static struct lone_vfio_roots roots;

static void __attribute__((format(printf, 1, 2))) sh(const char *format, ...)
{
    char command[600];
    va_list arguments;
    int used = snprintf(command, sizeof(command), "cd %s && ", root);

    va_start(arguments, format);
    vsnprintf(command + used, sizeof(command) - (size_t)used, format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

static void add_function(const char *slot, const char *group, const char *driver)
{
    sh("mkdir -p bus/pci/devices/%s", slot);
    if (group[0])
        sh("mkdir -p kernel/iommu_groups/%s/devices && ln -s ../../../bus/pci/devices/%s "
           "kernel/iommu_groups/%s/devices/ && "
           "ln -s ../../../../kernel/iommu_groups/%s bus/pci/devices/%s/iommu_group",
           group, slot, group, group, slot);
    if (driver[0])
        sh("mkdir -p bus/pci/drivers/%s && ln -s ../../drivers/%s bus/pci/devices/%s/driver", driver, driver, slot);
}

static int make_sysfs(void **state)
{
    (void)state;
    strcpy(root, "/tmp/lone-vfio-XXXXXX");
    assert_non_null(mkdtemp(root));
    roots = (struct lone_vfio_roots){root, root};
    return 0;
}

static int remove_sysfs(void **state)
{
    char command[100];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

static int find(const char *slot, struct lone_vfio_place *place, struct lone_error *error)
{
    memset(error, 0, sizeof(*error));
    return lone_vfio_find(&roots, slot, place, error);
}

static void assert_says(const struct lone_error *error, const char *words)
{
    if (!strstr(error->text, words))
        fail_msg("'%s' is not in: %s", words, error->text);
}

static void test_slots(void **state)
{
    static const char *const bad[] = {
        "",       "nvsim",        "0000:3a:00",       "0000:3a:00.0x", "../../etc",    "0000:3a:00.0/..",
        "3a00.0", "0000:3g:00.0", "000:3a:00.0",      "0000:3a:00.0 ", "0000:3a:20.0", "0000:3a:00.8",
        "3a:1f",  ":3a:00.0",     "000000001:3a:00.0"};
    struct lone_vfio_place place;
    struct lone_error error;
    char long_one[4096];

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(bad); i++)
        assert_int_equal(find(bad[i], &place, &error), -EINVAL);
    memset(long_one, 'a', sizeof(long_one) - 1);
    long_one[sizeof(long_one) - 1] = 0;
    assert_int_equal(find(long_one, &place, &error), -EINVAL);
    assert_int_equal(find(SLOT, &place, &error), -ENODEV);
    assert_says(&error, "there is no PCI function 0000:3a:00.0");
    assert_says(&error, "lone-setup list");
    add_function(SLOT, "19", "vfio-pci");
    assert_int_equal(find(SLOT, &place, &error), 0);
    assert_string_equal(place.slot, SLOT);
    assert_string_equal(place.group, "19");
    assert_string_equal(place.driver, "vfio-pci");
    assert_non_null(strstr(place.node, "/vfio/19"));
    assert_int_equal(find("3A:00.0", &place, &error), 0);
    assert_string_equal(place.slot, SLOT);
    add_function("10000:01:00.0", "20", "vfio-pci"); /* behind VMD */
    assert_int_equal(find("10000:01:00.0", &place, &error), 0);
    assert_int_equal(find("00010000:01:00.0", &place, &error), 0);
    assert_string_equal(place.slot, "10000:01:00.0");
    add_function("fffffffe:ff:1f.7", "21", "vfio-pci");
    assert_int_equal(find("FFFFFFFE:FF:1F.7", &place, &error), 0);
}

static void test_unfit(void **state)
{
    struct lone_vfio_place place;
    struct lone_error error;

    (void)state;
    add_function("0000:00:01.0", "", "nvme");
    assert_int_equal(find("0000:00:01.0", &place, &error), -EOPNOTSUPP);
    assert_says(&error, "no IOMMU group");
    assert_says(&error, "intel_iommu=on");
    add_function("0000:00:02.0", "3", "nvme");
    assert_int_equal(find("0000:00:02.0", &place, &error), -EBUSY);
    assert_says(&error, "belongs to the driver nvme");
    assert_says(&error, "lone-setup expose 0000:00:02.0 ");
    add_function("0000:00:03.0", "4", "");
    assert_int_equal(find("0000:00:03.0", &place, &error), -EBUSY);
    assert_says(&error, "no driver");
    add_function("0000:00:04.0", "0", "vfio-pci");
    sh("echo vfio-noiommu >kernel/iommu_groups/0/name");
    assert_int_equal(find("0000:00:04.0", &place, &error), -EOPNOTSUPP);
    assert_says(&error, "without an IOMMU");
    add_function("0000:00:05.0", "5", "mlx5_vfio_pci");
    assert_int_equal(find("0000:00:05.0", &place, &error), 0);
}

static void test_groups(void **state)
{
    struct lone_vfio_place place;
    struct lone_error error;

    (void)state;
    add_function("0000:00:1c.0", "7", "pcieport");
    add_function(SLOT, "7", "vfio-pci");
    add_function("0000:3a:00.1", "7", "nvme");
    add_function("0000:3a:00.2", "7", "");
    add_function("0000:3a:00.3", "7", "xhci_hcd");
    assert_int_equal(find(SLOT, &place, &error), 0);
    assert_int_equal(lone_vfio_explain_viability(&roots, &place, &error), -EBUSY);
    assert_says(&error, "group 7");
    assert_says(&error, "0000:3a:00.1 (nvme), 0000:3a:00.3 (xhci_hcd)");
    assert_null(strstr(error.text, "3a:00.2"));
    assert_null(strstr(error.text, "pcieport"));
    assert_int_equal(lone_vfio_explain_group(&roots, &place, EBUSY, &error), -EBUSY);
    assert_says(&error, "open already");
    assert_says(&error, "0000:3a:00.1 (nvme)");
    assert_int_equal(lone_vfio_explain_group(&roots, &place, EACCES, &error), -EACCES);
    assert_says(&error, "no permission");
    assert_says(&error, "lone-setup expose " SLOT);
    assert_int_equal(lone_vfio_explain_group(&roots, &place, ENOENT, &error), -ENOENT);
    assert_says(&error, "container");
    assert_int_equal(lone_vfio_explain_group(&roots, &place, ENODEV, &error), -ENODEV);
    assert_int_equal(lone_vfio_explain_group(&roots, &place, EMFILE, &error), -EMFILE);
    assert_says(&error, "Too many open files");
    /* A group of hundreds fits the text as far as it goes. */
    for (unsigned i = 0; i < 40; i++) {
        char slot[32];

        snprintf(slot, sizeof(slot), "0000:3b:%02x.0", i % 32);
        if (i < 32)
            add_function(slot, "7", "a_driver_with_a_rather_long_nam");
    }
    assert_int_equal(lone_vfio_explain_viability(&roots, &place, &error), -EBUSY);
    assert_true(strlen(error.text) < LONE_ERROR_TEXT);
    assert_says(&error, "Expose these too");
}

/* The kernel's EACCES for a function that is handed out is about the VF token. */
static void test_token(void **state)
{
    const struct lone_vfio_place place = {.slot = "0000:3a:00.1"};
    struct lone_error error;

    (void)state;
    add_function("0000:3a:00.1", "20", "vfio-pci");
    assert_int_equal(lone_vfio_explain_function(&roots, &place, EACCES, &error), -EACCES);
    assert_says(&error, "VF token");
    assert_says(&error, "without");
    add_function(SLOT, "19", "vfio-pci");
    sh("ln -s ../%s bus/pci/devices/0000:3a:00.1/physfn", SLOT);
    assert_int_equal(lone_vfio_explain_function(&roots, &place, EACCES, &error), -EACCES);
    assert_says(&error, "VF token");
    assert_says(&error, "0000:3a:00.1 is a virtual function of " SLOT ", which is with vfio-pci");
    assert_int_equal(lone_vfio_explain_function(&roots, &place, EAGAIN, &error), -EBUSY);
    assert_int_equal(lone_vfio_explain_function(&roots, &place, EIO, &error), -EIO);
    assert_says(&error, "dmesg");
}

static void test_memlock(void **state)
{
    struct lone_error error;

    (void)state;
    assert_int_equal(lone_vfio_explain_memlock(2097152, 8388608, 7340032, &error), -ENOMEM);
    assert_says(&error, "2097152 bytes cannot be pinned");
    assert_says(&error, "limit of this process is 8388608 bytes, and 7340032 of them");
    assert_says(&error, "ulimit -l unlimited");
    assert_says(&error, "limits.conf");
    lone_vfio_explain_memlock(4096, 8388608, 9000000, &error);
    assert_says(&error, "memlock");
    lone_vfio_explain_memlock(4096, 8388608, 0, &error);
    assert_says(&error, "has no memory");
    lone_vfio_explain_memlock(1ull << 40, RLIM_INFINITY, 0, &error);
    assert_says(&error, "has no memory");
}

static void test_open(void **state)
{
    struct lone_device *device = NULL;
    struct lone_error error;

    (void)state;
    assert_int_equal(lone_vfio_open("nonsense", &device, &error), -EINVAL);
    assert_int_equal(lone_vfio_open("fffe:ff:1f.7", &device, &error), -ENODEV);
    assert_null(device);
}

/* --- SIGBUS
 * ----------------------------------------------------------------------------------------------------------- */

static uint8_t *hole(void) /* a page of a file that is empty: touching it raises SIGBUS */
{
    int fd = memfd_create("hole", MFD_CLOEXEC);
    uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    assert_ptr_not_equal(page, MAP_FAILED);
    close(fd);
    return page;
}

/* What a child does with the handler installed: cmocka has handlers of its own in this process. Its exit status; 77:
 * the handler cannot be installed here. */
static int in_child(int (*body)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(30);
        _exit(lone_vfio_catch() ? body() : 77);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_accesses(void **state)
{
#ifdef __x86_64__
    uint8_t bytes[16] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99};
    uint64_t value;

    (void)state;
    assert_true(lone_vfio_load(bytes, 1, &value) && value == 0x11);
    assert_true(lone_vfio_load(bytes, 2, &value) && value == 0x2211);
    assert_true(lone_vfio_load(bytes, 4, &value) && value == 0x44332211);
    assert_true(lone_vfio_load(bytes, 8, &value) && value == 0x8877665544332211);
    assert_true(lone_vfio_store(bytes, 8, 0xfedcba9876543210) && bytes[7] == 0xfe && bytes[8] == 0x99);
    assert_true(lone_vfio_store(bytes, 4, 0xaaaaaaaabbccddee) && bytes[3] == 0xbb && bytes[4] == 0x98);
    assert_true(lone_vfio_store(bytes, 2, 0x1234) && bytes[1] == 0x12 && bytes[2] == 0xcc);
    assert_true(lone_vfio_store(bytes, 1, 0) && bytes[0] == 0 && bytes[1] == 0x12);
#else
    (void)state;
    skip();
#endif
}

static int fault(void)
{
    static const unsigned widths[] = {1, 2, 4, 8};
    uint8_t *page = hole();
    uint64_t value;

    for (unsigned round = 0; round < 1000; round++) {
        if (lone_vfio_load(page, widths[round % 4], &value))
            return 1;
        if (lone_vfio_store(page + 8, widths[round % 4], round % 2))
            return 2;
    }
    return 0;
}

static void test_faults(void **state)
{
    (void)state;
    assert_int_equal(in_child(fault), 0);
}

static void *fault_often(void *page)
{
    uint64_t wrong = 0, value;

    for (unsigned i = 0; i < 5000; i++)
        wrong += lone_vfio_load(page, 4, &value);
    return (void *)(uintptr_t)wrong;
}

static int fault_in_threads(void)
{
    uint8_t *page = hole();
    pthread_t threads[4];
    int result = 0;
    void *wrong;

    for (unsigned i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, fault_often, page))
            return 1;
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], &wrong);
        if (wrong)
            result = 2;
    }
    return result;
}

static void test_faulting_threads(void **state)
{
    (void)state;
    assert_int_equal(in_child(fault_in_threads), 0);
}

static void exit_5(int number)
{
    (void)number;
    _exit(5);
}

static void exit_6(int number, siginfo_t *info, void *context)
{
    (void)context;
    _exit(number == SIGBUS && info->si_code == BUS_ADRERR ? 6 : 7);
}

enum before { STANDARD, IGNORED, SIMPLE, INFORMED };

/* What becomes of a child that had @before as its handler, opened a device, and then touches a page of somebody else's,
 * or is sent SIGBUS. Never returns in the child. */
static int child(enum before before, bool sent)
{
    struct sigaction action = {.sa_handler = before == IGNORED ? SIG_IGN : SIG_DFL};
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        uint8_t *page = hole();
        uint64_t value;

        alarm(10);
        if (before == SIMPLE)
            action.sa_handler = exit_5;
        if (before == INFORMED) {
            action.sa_sigaction = exit_6;
            action.sa_flags = SA_SIGINFO;
        }
        sigaction(SIGBUS, &action, NULL);
        if (!lone_vfio_catch())
            _exit(77);
        if (lone_vfio_load(page, 4, &value))
            _exit(1);
        if (sent)
            raise(SIGBUS);
        else
            *(volatile uint8_t *)page = 1;
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_other_handlers(void **state)
{
    int status;

    (void)state;
    status = child(INFORMED, false);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 6);
    status = child(INFORMED, true);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    status = child(SIMPLE, false);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 5);
    status = child(STANDARD, false);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    status = child(STANDARD, true);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    status = child(IGNORED, true);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = child(IGNORED, false);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_handlers),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_iommu),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_growing_information),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_many_capabilities),
        cmocka_unit_test_setup_teardown(test_slots, make_sysfs, remove_sysfs),
        cmocka_unit_test_setup_teardown(test_unfit, make_sysfs, remove_sysfs),
        cmocka_unit_test_setup_teardown(test_groups, make_sysfs, remove_sysfs),
        cmocka_unit_test_setup_teardown(test_token, make_sysfs, remove_sysfs),
        cmocka_unit_test(test_memlock),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_accesses),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_faulting_threads),
    };

    return cmocka_run_group_tests_name("vfio", tests, NULL, NULL);
}
