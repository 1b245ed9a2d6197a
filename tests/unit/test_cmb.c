/* SPDX-License-Identifier: MIT */
/* Setting up the Controller Memory Buffer and the Persistent Memory Region of a device whose registers say what the
 * test wants, and of the simulator (NVMe Base 2.0, 3.1.3.11 to 3.1.3.28, 8.5, 8.14). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <nvme/types.h>

#include "bytes.h"
#include "nvme/controller.h"
#include "nvsim/nvsim.h"

#define CMB_BAR 2
#define PMR_BAR 4

enum { CRE = 1, CMSE = 2 };

struct fake {
    struct lone_device device;
    uint8_t registers[0x2000];
    uint8_t memory[65536]; /* behind BAR 2 and BAR 4 */
    uint32_t cmbloc, cmbsz;
    unsigned busy_reads; /* of PMRSTS, for which NRDY stays 1 */
    bool refuses;        /* any address: CBAI */
    uint64_t cmb_at, pmr_at;
    unsigned accesses, maps;
    unsigned widths[9]; /* accesses to the memory, by their width */
    unsigned widest;    /* that it offers; 0: 8 bytes */
};

static struct fake *fake_of(struct lone_device *device)
{
    return (struct fake *)(void *)device;
}

static int config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                       struct lone_error *error)
{
    (void)device, (void)width, (void)error;
    *value = offset == 4 ? 6 : 0;
    return 0;
}

static int config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                        struct lone_error *error)
{
    (void)device, (void)offset, (void)width, (void)value, (void)error;
    return 0;
}

static int bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                    struct lone_error *error)
{
    struct fake *fake = fake_of(device);

    (void)error;
    if (bar) {
        fake->widths[width]++;
        *value = get(fake->memory + offset, width);
        return 0;
    }
    fake->accesses++;
    put(fake->registers + NVME_REG_CMBLOC, 4, fake->registers[NVME_REG_CMBMSC] & CRE ? fake->cmbloc : 0);
    if (get(fake->registers, 8) >> 57 & 1) /* CAP.CMBS: then CRE hides the size as well */
        put(fake->registers + NVME_REG_CMBSZ, 4, fake->registers[NVME_REG_CMBMSC] & CRE ? fake->cmbsz : 0);
    if (offset == NVME_REG_PMRSTS && fake->busy_reads) {
        fake->busy_reads--;
        *value = fake->registers[NVME_REG_PMRCTL] & 1 ? 0x100 : 0;
        return 0;
    }
    *value = get(fake->registers + offset, width);
    return 0;
}

/* The address counts from the write of CMSE on, with the upper half as it is then. */
static int bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                     struct lone_error *error)
{
    struct fake *fake = fake_of(device);
    uint64_t cba;

    (void)error;
    if (bar) {
        fake->widths[width]++;
        put(fake->memory + offset, width, value);
        return 0;
    }
    fake->accesses++;
    put(fake->registers + offset, width, value);
    if (offset == NVME_REG_CMBMSC) {
        cba = get(fake->registers + NVME_REG_CMBMSC, 8) & ~0xfffull;
        fake->cmb_at = value & CMSE && !fake->refuses ? cba : 0;
        put(fake->registers + NVME_REG_CMBSTS, 4, value & CMSE && fake->refuses);
    }
    if (offset == NVME_REG_PMRMSCL) {
        cba =
            (get(fake->registers + NVME_REG_PMRMSCU, 4) << 32 | get(fake->registers + NVME_REG_PMRMSCL, 4)) & ~0xfffull;
        fake->pmr_at = value & CMSE && !fake->refuses ? cba : 0;
        put(fake->registers + NVME_REG_PMRSTS, 4, value & CMSE && fake->refuses ? 1u << 12 : 0);
    }
    return 0;
}

static int dma_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                   struct lone_error *error)
{
    (void)memory, (void)iova, (void)size, (void)access, (void)error;
    fake_of(device)->maps++;
    return 0;
}

static int dma_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
{
    (void)device, (void)iova, (void)size, (void)error;
    return 0;
}

static unsigned bar_widest(struct lone_device *device, unsigned bar, uint64_t offset)
{
    (void)bar, (void)offset;
    return fake_of(device)->widest ? fake_of(device)->widest : 8;
}

static void fake_close(struct lone_device *device)
{
    (void)device;
}

static const struct lone_device_ops fake_ops = {.close = fake_close,
                                                .config_read = config_read,
                                                .config_write = config_write,
                                                .bar_read = bar_read,
                                                .bar_write = bar_write,
                                                .dma_map = dma_map,
                                                .dma_unmap = dma_unmap,
                                                .bar_widest = bar_widest};

/* --- A controller for each test ---------------------------------------------------------------------------- */

struct bench {
    struct fake fake;
    struct lone_controller *controller;
    struct lone_error error;
    uint64_t again_ns;
};

static int set_up(void **state)
{
    static struct bench bench;
    struct lone_device *device = &bench.fake.device;

    memset(&bench, 0, sizeof(bench));
    device->ops = &fake_ops;
    device->config_size = 256;
    device->page_size = 4096;
    device->n_ranges = 1;
    device->ranges[0] = (struct lone_iova_range){1ull << 33, (1ull << 39) - 1}; /* the upper half of CBA counts */
    device->bars[0].size = 0x2000;
    device->bars[CMB_BAR].size = device->bars[PMR_BAR].size = sizeof(bench.fake.memory);
    put(bench.fake.registers, 8, 3ull << 56);                                           /* CAP.PMRS, CMBS */
    bench.fake.cmbloc = CMB_BAR | 2u << 12;                                             /* OFST: 2 units */
    bench.fake.cmbsz = 8u << 12;                                                        /* SZ: 8 units of 4 KiB */
    put(bench.fake.registers + NVME_REG_PMRCAP, 4, PMR_BAR << 5 | 1u << 24 | 1u << 16); /* CMSS; PMRTO: half a second */
    assert_int_equal(lone_controller_open(&bench.controller, device, &bench.error), 0);
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    lone_controller_close(((struct bench *)*state)->controller);
    return 0;
}

static int set_memory_up(struct bench *bench, enum lone_where_memory where)
{
    return lone_controller_memory_enable(bench->controller, where, &bench->again_ns, &bench->error);
}

static struct lone_region *piece(struct bench *bench, enum lone_where_memory where, uint64_t size)
{
    struct lone_region *region = NULL;

    assert_int_equal(lone_controller_memory_new(bench->controller, where, size, LONE_DMA_READ | LONE_DMA_WRITE, NULL,
                                                &region, &bench->error),
                     0);
    return region;
}

static void test_cmb(void **state)
{
    struct bench *bench = *state;
    struct lone_region *a, *b;
    unsigned accesses;

    assert_int_equal(bench->fake.accesses, 0); /* nothing before it is asked for */
    assert_int_equal(lone_controller_memory_new(bench->controller, LONE_IN_CMB, 4096, 3, NULL, &a, &bench->error),
                     -ENXIO);
    assert_int_equal(set_memory_up(bench, LONE_IN_CMB), 1);
    a = piece(bench, LONE_IN_CMB, 4096);
    b = piece(bench, LONE_IN_CMB, 4096);
    assert_true(a->iova >= 1ull << 33);
    assert_int_equal(bench->fake.cmb_at, a->iova);
    assert_int_equal(a->bar, CMB_BAR);
    assert_int_equal(a->bar_offset, 2 * 4096);
    assert_int_equal(b->bar_offset, 3 * 4096);
    assert_int_equal(get(bench->fake.registers + NVME_REG_CMBMSC, 8), a->iova | CMSE | CRE);
    assert_int_equal(bench->fake.maps, 0); /* reserved, not mapped */
    accesses = bench->fake.accesses;
    assert_int_equal(set_memory_up(bench, LONE_IN_CMB), 1);
    assert_int_equal(bench->fake.accesses, accesses);
    lone_controller_memory_free(bench->controller, a);
    lone_controller_memory_free(bench->controller, b);
}

/* Memory in a BAR is accessed as widely as the device interface offers, and no wider: the kernel's VFIO makes two
 * accesses of one of 8 bytes where it does not map the BAR, and so refuses it. */
static void test_widths(void **state)
{
    struct bench *bench = *state;
    uint8_t bytes[23], back[23];
    struct lone_buffer view;
    struct lone_region *a;

    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    assert_int_equal(set_memory_up(bench, LONE_IN_CMB), 1);
    a = piece(bench, LONE_IN_CMB, 4096);
    assert_int_equal(lone_region_borrow(a, 5, sizeof(bytes), &view, &bench->error), 0); /* 3, 8, 8 and 4 bytes */
    assert_int_equal(lone_buffer_store(&view, 0, bytes, sizeof(bytes), &bench->error), 0);
    assert_int_equal(bench->fake.widths[8], 2);
    assert_int_equal(bench->fake.widths[4], 1);
    bench->fake.widest = 4;
    assert_int_equal(lone_buffer_load(&view, 0, back, sizeof(back), &bench->error), 0);
    assert_int_equal(bench->fake.widths[8], 2);
    assert_int_equal(bench->fake.widths[4], 1 + 5);
    assert_memory_equal(bytes, back, sizeof(bytes));
    lone_buffer_free(lone_controller_memory(bench->controller), &view);
}

static void test_cmb_one_access(void **state)
{
    struct bench *bench = *state;

    lone_controller_reg64(bench->controller, true);
    assert_int_equal(set_memory_up(bench, LONE_IN_CMB), 1);
    assert_true(bench->fake.cmb_at >= 1ull << 33);
}

static void expect_refusal(struct bench *bench, enum lone_where_memory where, int expected, const char *why)
{
    memset(&bench->error, 0, sizeof(bench->error));
    assert_int_equal(set_memory_up(bench, where), expected);
    if (!strstr(bench->error.text, why))
        fail_msg("\"%s\" does not say \"%s\"", bench->error.text, why);
    assert_int_equal(get(bench->fake.registers + NVME_REG_CMBMSC, 8), 0); /* nothing stays switched on */
}

/* interface: ME17 */
static void test_cmb_refused(void **state)
{
    struct bench *bench = *state;
    struct fake *fake = &bench->fake;

    put(fake->registers, 8, 0xfff); /* MQES, and no memory */
    expect_refusal(bench, LONE_IN_CMB, -EOPNOTSUPP, "CAP.CMBS is 0");
    put(fake->registers + NVME_REG_CMBSZ, 4, 8u << 12); /* one of before NVMe 1.4 */
    expect_refusal(bench, LONE_IN_CMB, -EOPNOTSUPP, "before NVMe 1.4");
    put(fake->registers, 8, UINT64_MAX);
    expect_refusal(bench, LONE_IN_CMB, -ENODEV, "gone");
    put(fake->registers, 8, 3ull << 56);
    fake->cmbsz = 15u << 12; /* with 2 units in front of it, more than the BAR has */
    expect_refusal(bench, LONE_IN_CMB, -EIO, "65536 bytes");
    fake->cmbsz = 0;
    expect_refusal(bench, LONE_IN_CMB, -EIO, "0 bytes");
    fake->cmbsz = 0xfffff000 | 6u << 8; /* 64 GiB units: no overflow */
    expect_refusal(bench, LONE_IN_CMB, -EIO, "BAR 2");
    fake->cmbsz = 8u << 12 | 7u << 8;
    expect_refusal(bench, LONE_IN_CMB, -EIO, "SZU");
    fake->cmbsz = 8u << 12;
    fake->cmbloc = 7;
    expect_refusal(bench, LONE_IN_CMB, -EIO, "BAR 7");
    fake->cmbloc = 1; /* the upper half of BAR 0 */
    expect_refusal(bench, LONE_IN_CMB, -EIO, "BAR 1");
    fake->cmbloc = CMB_BAR;
    fake->refuses = true;
    expect_refusal(bench, LONE_IN_CMB, -EIO, "CMBSTS.CBAI");
    assert_int_equal(get(fake->registers + NVME_REG_CMBMSC, 8), 0); /* given up */
    fake->refuses = false;
    assert_int_equal(set_memory_up(bench, LONE_IN_CMB), 1);
}

/* PMRTO in half seconds, waited for without blocking. */
static void test_pmr(void **state)
{
    struct bench *bench = *state;
    struct lone_region *region;
    unsigned steps = 0;
    int result;

    bench->fake.busy_reads = 3;
    while ((result = set_memory_up(bench, LONE_IN_PMR)) == 0) {
        steps++;
        assert_true(bench->again_ns > 0);
    }
    assert_int_equal(result, 1);
    assert_int_equal(steps, 3);
    region = piece(bench, LONE_IN_PMR, 65536);
    assert_int_equal(region->bar, PMR_BAR);
    assert_int_equal(region->bar_offset, 0);
    assert_int_equal(bench->fake.pmr_at, region->iova);
    assert_int_equal(bench->fake.registers[NVME_REG_PMRCTL] & 1, 1);
    lone_controller_memory_free(bench->controller, region);
}

static void test_pmr_refused(void **state)
{
    struct bench *bench = *state;
    struct fake *fake = &bench->fake;

    put(fake->registers, 8, 0xfff);
    expect_refusal(bench, LONE_IN_PMR, -EOPNOTSUPP, "CAP.PMRS is 0");
    put(fake->registers, 8, 3ull << 56);
    put(fake->registers + NVME_REG_PMRCAP, 4, PMR_BAR << 5);
    expect_refusal(bench, LONE_IN_PMR, -EOPNOTSUPP, "CMSS is 0");
    put(fake->registers + NVME_REG_PMRCAP, 4, 7u << 5 | 1u << 24);
    expect_refusal(bench, LONE_IN_PMR, -EIO, "BAR 7");
    put(fake->registers + NVME_REG_PMRCAP, 4, PMR_BAR << 5 | 1u << 24); /* PMRTO 0: the second that is always given */
    fake->busy_reads = UINT32_MAX;
    while (set_memory_up(bench, LONE_IN_PMR) == 0)
        ;
    expect_refusal(bench, LONE_IN_PMR, 0, ""); /* begins anew */
    fake->busy_reads = 0;
    fake->refuses = true;
    expect_refusal(bench, LONE_IN_PMR, -EIO, "PMRSTS.CBAI");
    assert_int_equal(get(fake->registers + NVME_REG_PMRMSCL, 4), 0);
}

static void test_pmr_late(void **state)
{
    struct bench *bench = *state;
    int result;

    put(bench->fake.registers + NVME_REG_PMRCAP, 4, PMR_BAR << 5 | 1u << 24);
    bench->fake.busy_reads = UINT32_MAX;
    while ((result = set_memory_up(bench, LONE_IN_PMR)) == 0)
        ;
    assert_int_equal(result, -ETIMEDOUT);
    assert_non_null(strstr(bench->error.text, "PMRSTS is 0x100"));
}

/* Who writes the registers by hand takes it out of the driver's hands. */
static void test_by_hand(void **state)
{
    static const struct {
        uint32_t offset;
        enum lone_where_memory where;
    } writes[] = {
        {NVME_REG_CMBMSC, LONE_IN_CMB},  {NVME_REG_CMBMSC + 4, LONE_IN_CMB}, {NVME_REG_PMRCTL, LONE_IN_PMR},
        {NVME_REG_PMRMSCL, LONE_IN_PMR}, {NVME_REG_PMRMSCU, LONE_IN_PMR},
    };
    struct bench *bench = *state;
    struct lone_region *regions[3] = {NULL};

    for (unsigned i = LONE_IN_CMB; i <= LONE_IN_PMR; i++) {
        assert_int_equal(set_memory_up(bench, (enum lone_where_memory)i), 1);
        regions[i] = piece(bench, (enum lone_where_memory)i, 4096);
    }
    for (unsigned i = 0; i < LONE_COUNT(writes); i++) {
        enum lone_where_memory other = writes[i].where == LONE_IN_CMB ? LONE_IN_PMR : LONE_IN_CMB;
        uint64_t iova = regions[writes[i].where]->iova;

        assert_int_equal(lone_controller_write(bench->controller, writes[i].offset, 4, 0, &bench->error), 0);
        assert_int_equal(lone_controller_memory_check(regions[writes[i].where], &bench->error), -ENXIO);
        assert_int_equal(lone_controller_memory_check(regions[other], &bench->error), 0);
        assert_int_equal(set_memory_up(bench, writes[i].where), 1);
        assert_int_equal(lone_controller_memory_check(regions[writes[i].where], &bench->error), 0);
        assert_int_equal(regions[writes[i].where]->iova, iova); /* where it was */
    }
    /* Other registers do nothing of the kind. */
    assert_int_equal(lone_controller_write(bench->controller, NVME_REG_CMBMSC + 8, 4, 0, &bench->error), 0);
    assert_int_equal(lone_controller_write(bench->controller, NVME_REG_PMRCTL - 4, 4, 0, &bench->error), 0);
    assert_true(regions[LONE_IN_CMB]->mapped && regions[LONE_IN_PMR]->mapped);
    for (unsigned i = LONE_IN_CMB; i <= LONE_IN_PMR; i++)
        lone_controller_memory_free(bench->controller, regions[i]);
}

/* --- The simulator ----------------------------------------------------------------------------------------- */

#define TIMEOUT_NS 5000000000ull

static void test_sim(void **state)
{
    const struct lone_action_options options = {.queues = 1};
    struct lone_controller *controller;
    struct lone_device *device;
    struct lone_region *region = NULL, *list = NULL;
    struct lone_error error;
    struct lone_cmd *cmd;
    uint64_t again_ns;
    char sn[21] = "";

    (void)state;
    assert_int_equal(lone_nvsim_open(&device, &error), 0);
    assert_int_equal(lone_controller_open(&controller, device, &error), 0);
    assert_int_equal(lone_controller_do(controller, LONE_ACTION_INIT, &options, &error), 0);
    assert_int_equal(lone_controller_memory_enable(controller, LONE_IN_CMB, &again_ns, &error), 1);
    assert_int_equal(lone_controller_memory_new(controller, LONE_IN_CMB, 16384, 3, NULL, &region, &error), 0);
    assert_int_equal(lone_controller_memory_new(controller, LONE_IN_CMB, 4096, 3, NULL, &list, &error), 0);
    cmd = lone_cmd_new(controller);
    cmd->sqe[0] = 0x06;
    cmd->sqe[40] = 1;
    assert_int_equal(lone_cmd_data_in(cmd, region, 100, 0, 4096, &error), 0);
    assert_int_equal(lone_cmd_list_in(cmd, list, 8, &error), 0);
    assert_int_equal(lone_cmd_sync(cmd, TIMEOUT_NS, &error), 0);
    assert_int_equal(lone_cmd_status(cmd), 0);
    assert_int_equal(lone_buffer_load(&cmd->data, 4, sn, 20, &error), 0);
    assert_memory_equal(sn, "EDDAE771", 8);
    assert_int_equal(region->users, 1);
    /* EN=0 leaves it where it is, a reset of the function does not. */
    assert_int_equal(lone_controller_do(controller, LONE_ACTION_DISABLE, NULL, &error), 0);
    assert_true(region->mapped);
    assert_int_equal(lone_controller_do(controller, LONE_ACTION_RESET_SUBSYSTEM, NULL, &error), 0);
    assert_false(region->mapped);
    assert_int_equal(lone_controller_do(controller, LONE_ACTION_INIT, &options, &error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &error), -ENXIO);
    assert_int_equal(lone_controller_memory_enable(controller, LONE_IN_CMB, &again_ns, &error), 1);
    assert_int_equal(lone_cmd_sync(cmd, TIMEOUT_NS, &error), 0);
    assert_int_equal(lone_cmd_status(cmd), 0);
    lone_cmd_free(cmd);
    assert_int_equal(region->users, 0);
    assert_int_equal(list->users, 0);
    lone_controller_memory_free(controller, region);
    lone_controller_close(controller); /* the list goes with it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cmb, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_widths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cmb_one_access, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cmb_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pmr, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pmr_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pmr_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_by_hand, set_up, tear_down),
        cmocka_unit_test(test_sim),
    };

    return cmocka_run_group_tests_name("cmb", tests, NULL, NULL);
}
