/* SPDX-License-Identifier: MIT */
/*
 * The simulator, through the device interface only. Entries are encoded here by hand from the specification, and
 * expected values are libnvme's, so that neither the project's tables nor its driver can agree with the simulator by
 * accident.
 */
#include "nvsim_rig.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- configuration space ---- */

static void test_config_identity(void **state)
{
    struct rig *rig = *state;

    assert_string_equal(rig->device->slot, "nvsim");
    assert_int_equal(config_read(rig, 0, 4), 0xda01ed00);
    assert_int_equal(config_read(rig, 4, 2), 0x0002);
    assert_int_equal(config_read(rig, 9, 1), 0x02);
    assert_int_equal(config_read(rig, 10, 2), 0x0108);
    assert_int_equal(config_read(rig, 0x0e, 1), 0);
    assert_int_not_equal(config_read(rig, capability(rig, 0x10) + 2, 2) & 0xff, 0);
    assert_int_equal(config_read(rig, capability(rig, 0x11) + 2, 2) & 0x7ff,
                     rig->device->n_vectors[LONE_INTERRUPTS_MSIX] - 1);
    assert_int_equal(config_read(rig, 0x100, 2), 1);
    assert_int_equal(config_read(rig, config_read(rig, 0x100, 4) >> 20, 2), 3);
}

static void test_config_writes(void **state)
{
    struct rig *rig = *state;
    unsigned bar = config_read(rig, 0x10, 4), pm = capability(rig, 0x01), px = capability(rig, 0x10);

    config_write(rig, 0, 4, 0xffffffff);
    assert_int_equal(config_read(rig, 0, 4), 0xda01ed00);
    config_write(rig, 4, 2, 0xffff);
    assert_int_equal(config_read(rig, 4, 2), 0x0546); /* ID SEE PEE BME MSE: no I/O space */
    config_write(rig, 4, 2, 0x0002);
    for (unsigned at = 0x10; at < 0x28; at += 4)
        config_write(rig, at, 4, 0xffffffff);
    assert_int_equal(config_read(rig, 0x10, 4), 0xffffc004);
    assert_int_equal(config_read(rig, 0x14, 4), 0xffffffff);
    /* The memory buffer and the persistent region: 4 MiB each, 64 bits, prefetchable. */
    assert_int_equal(config_read(rig, 0x18, 4), 0xffc0000c);
    assert_int_equal(config_read(rig, 0x1c, 4), 0xffffffff);
    assert_int_equal(config_read(rig, 0x20, 4), 0xffc0000c);
    assert_int_equal(config_read(rig, 0x24, 4), 0xffffffff);
    config_write(rig, 0x30, 4, 0xffffffff);
    assert_int_equal(config_read(rig, 0x30, 4), 0);
    config_write(rig, 0x10, 4, bar);
    config_write(rig, 0x14, 4, 0);
    assert_int_equal(config_read(rig, 0x10, 4), bar);
    config_write(rig, 0x3c, 2, 0xffff);
    assert_int_equal(config_read(rig, 0x3c, 2), 0x01ff);
    config_write(rig, px + 8, 2, 0x7fff);
    assert_int_equal(config_read(rig, px + 8, 2), 0x78ff);
    config_write(rig, pm + 4, 2, 0x0001); /* D1 is not supported */
    assert_int_equal(config_read(rig, pm + 4, 2), 0x0008);
    config_write(rig, 0x104, 4, 0xffffffff);
    assert_int_equal(config_read(rig, 0x104, 4), 0);
}

static void test_config_all_ones(void **state)
{
    struct rig *rig = *state;
    uint8_t before[4096], after[4096];
    unsigned px = capability(rig, 0x10);

    for (unsigned i = 0; i < 4096; i++)
        before[i] = (uint8_t)config_read(rig, i, 1);
    for (unsigned i = 0; i < 4096; i++)
        if (i != px + 9) /* IFLR */
            config_write(rig, i, 1, 0xff);
    lone_device_reset(rig->device, LONE_RESET_FLR, NULL);
    for (unsigned i = 0; i < 4096; i++)
        after[i] = (uint8_t)config_read(rig, i, 1);
    /* The BARs are kept. */
    assert_memory_equal(before, after, 0x10);
    assert_memory_equal(before + 0x28, after + 0x28, 4096 - 0x28);
}

static void expect_refused(struct rig *rig, const char *word)
{
    struct lone_error error = {0};
    uint64_t value;

    assert_int_equal(lone_device_bar_read(rig->device, 0, 0, 4, &value, &error), -EIO);
    assert_non_null(strstr(error.text, word));
    assert_int_equal(lone_device_bar_write(rig->device, 0, NVME_REG_CC, 4, 0, &error), -EIO);
    assert_non_null(strstr(error.text, word));
}

static void test_decoding_and_power(void **state)
{
    struct rig *rig = *state;
    unsigned pm = capability(rig, 0x01);

    config_write(rig, 4, 2, 0x404);
    expect_refused(rig, "pcie/CMD/MSE");
    config_write(rig, 4, 2, 0x406);
    config_write(rig, pm + 4, 2, 3);
    assert_int_equal(config_read(rig, pm + 4, 2) & 3, 3);
    expect_refused(rig, "D3hot");
    config_write(rig, pm + 4, 2, 0);
    /* No_Soft_Reset: the controller is as it was. */
    assert_int_equal(config_read(rig, pm + 4, 2) & 8, 8);
    assert_int_equal(r32(rig, NVME_REG_CSTS), 1);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
}

static void test_lspci(void **state)
{
    static const char *const complaints[] = {"<chain looped>", "unknown", "Unknown", "!!!", "broken"};
    char name[] = "/tmp/lone-lspci-XXXXXX", command[64], *text = calloc(1, 65536);
    int fd = mkstemp(name);
    FILE *dump = fdopen(fd, "w"), *lspci;

    assert_non_null(text);
    if (access("/usr/bin/lspci", X_OK)) {
        unlink(name);
        fclose(dump);
        free(text);
        skip();
    }
    fprintf(dump, "00:00.0 nvsim\n");
    for (unsigned i = 0; i < 4096; i++) {
        if (i % 16 == 0)
            fprintf(dump, "%02x:", i);
        fprintf(dump, " %02x%s", config_read(*state, i, 1), i % 16 == 15 ? "\n" : "");
    }
    fclose(dump);
    snprintf(command, sizeof(command), "/usr/bin/lspci -vvv -F %s 2>&1", name);
    lspci = popen(command, "r");
    assert_true(fread(text, 1, 65535, lspci) > 0);
    assert_int_equal(pclose(lspci), 0);
    unlink(name);
    if (getenv("LONE_SHOW"))
        puts(text);
    for (size_t i = 0; i < sizeof(complaints) / sizeof(*complaints); i++)
        if (strstr(text, complaints[i]))
            fail_msg("lspci says %s:\n%s", complaints[i], text);
    assert_non_null(strstr(text, "Advanced Error Reporting"));
    assert_non_null(strstr(text, "Device Serial Number"));
    assert_non_null(strstr(text, "MSI-X: Enable- Count=16"));
    free(text);
}

/* ---- registers ---- */

static void test_registers(void **state)
{
    struct rig *rig = *state;
    uint64_t cap = bar_read(rig, NVME_REG_CAP, 8);

    assert_int_equal(NVME_CAP_MQES(cap), 4095);
    assert_int_equal(NVME_CAP_CQR(cap), 0);
    assert_int_equal(NVME_CAP_AMS(cap), NVME_CAP_AMS_WRR);
    assert_int_equal(NVME_CAP_DSTRD(cap), 0);
    assert_int_equal(NVME_CAP_NSSRC(cap), 1);
    assert_int_equal(NVME_CAP_CSS(cap), 1);
    assert_int_equal(NVME_CAP_MPSMIN(cap), 0);
    assert_int_equal(NVME_CAP_MPSMAX(cap), 4);
    assert_int_equal(cap >> 59 & 3, 1);
    assert_int_equal(NVME_CAP_TO(cap), r32(rig, NVME_REG_CRTO) & 0xffff);
    assert_int_equal(r32(rig, 0), (uint32_t)cap);
    assert_int_equal(r32(rig, 4), cap >> 32);
    assert_int_equal(bar_read(rig, 0, 1), 0xff);
    assert_int_equal(bar_read(rig, 2, 2), cap >> 16 & 0xffff);
    assert_int_equal(r32(rig, NVME_REG_VS), 0x20100);
    bar_write(rig, 0, 8, UINT64_MAX);
    assert_int_equal(bar_read(rig, 0, 8), cap);
    w32(rig, NVME_REG_AQA, 0xffffffff);
    assert_int_equal(r32(rig, NVME_REG_AQA), 0x0fff0fff);
    bar_write(rig, NVME_REG_ASQ, 8, UINT64_MAX);
    assert_int_equal(bar_read(rig, NVME_REG_ASQ, 8), UINT64_MAX - 0xfff);
    bar_write(rig, NVME_REG_ASQ + 4, 1, 0x12);
    bar_write(rig, NVME_REG_ASQ + 6, 2, 0x3456);
    assert_int_equal(bar_read(rig, NVME_REG_ASQ, 8), 0x3456ff12fffff000);
    w32(rig, NVME_REG_INTMS, 0x5);
    w32(rig, NVME_REG_INTMS, 0x2);
    assert_int_equal(r32(rig, NVME_REG_INTMC), 0x7);
    w32(rig, NVME_REG_INTMC, 0x4);
    assert_int_equal(r32(rig, NVME_REG_INTMS), 0x3);
    w32(rig, NVME_REG_CC, 0xfffffffe & ~0xc000u);
    assert_int_equal(r32(rig, NVME_REG_CC), 0x00ff3ff0);
    w32(rig, NVME_REG_BPRSEL, 1);
    w32(rig, 0x800, 1);
    assert_int_equal(r32(rig, NVME_REG_BPRSEL) | r32(rig, 0x800) | r32(rig, NVME_REG_NSSR), 0);
}

static void test_enable_disable(void **state)
{
    struct rig *rig = *state;

    for (int i = 0; i < 50; i++) {
        disable(rig);
        assert_int_equal(bar_read(rig, NVME_REG_ASQ, 8), BASE + ASQ);
        enable(rig);
        assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
    }
    /* EN 1, 0, 1 without a look in between is a reset all the same; that it fails proves that it was one. */
    for (int i = 0; i < 100; i++) {
        w32(rig, NVME_REG_AQA, 0);
        w32(rig, NVME_REG_CC, CC_IO);
        w32(rig, NVME_REG_CC, CC_IO | 1);
        wait_csts(rig, 3, 2);
        disable(rig);
        set_admin(rig, 16, 16);
        enable(rig);
        assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
    }
}

/* A setting with which enabling must fail: CC, AQA, ASQ, ACQ. */
static void test_enable_failures(void **state)
{
    const uint64_t asq = BASE + ASQ, acq = BASE + ACQ;
    const struct {
        uint32_t cc, aqa;
        uint64_t asq, acq;
    } bad[] = {
        {CC_IO, 0x000f0000, asq, acq},
        {CC_IO, 0x0000000f, asq, acq},
        {CC_IO, 0x000f000f, 0, acq},
        {CC_IO, 0x000f000f, asq, 0},
        {CC_IO | 5 << 7, 0xf000f, asq, acq},
        {CC_IO | 1 << 4, 0xf000f, asq, acq},
        {CC_IO | 6 << 4, 0xf000f, asq, acq},
        {CC_IO | 2 << 11, 0xf000f, asq, acq},
        {CC_IO | 7 << 11, 0xf000f, asq, acq},
        {CC_IO | 1 << 7, 0xf000f, asq + 0x1000, acq},
        {CC_IO | 4 << 7, 0xf000f, asq, acq + 0x8000},
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        disable(rig);
        w32(rig, NVME_REG_AQA, bad[i].aqa);
        bar_write(rig, NVME_REG_ASQ, 8, bad[i].asq);
        bar_write(rig, NVME_REG_ACQ, 8, bad[i].acq);
        w32(rig, NVME_REG_CC, bad[i].cc | 1);
        wait_csts(rig, 3, 2);
    }
    disable(rig);
    set_admin(rig, 16, 16);
    for (uint32_t mps = 0; mps <= 4; mps++) {
        queue_reset(rig, &rig->admin);
        w32(rig, NVME_REG_CC, CC_IO | mps << 7 | 1);
        wait_csts(rig, 3, 1);
        assert_int_equal(admin(rig, identify(1, 0, BASE + DATA + 0x800, BASE + DATA + 0x10000)), 0);
        disable(rig);
    }
}

static void test_shutdown(void **state)
{
    struct rig *rig = *state;
    struct lone_device_counts before, after;

    w32(rig, NVME_REG_CC, CC_IO | 0x4001);
    wait_csts(rig, 0xf, 0x9);
    lone_device_counts(rig->device, &before);
    ring_sq(rig, &rig->admin, 1);
    pause_ms(10);
    lone_device_counts(rig->device, &after);
    assert_int_equal(before.commands, after.commands);
    w32(rig, NVME_REG_CC, CC_IO | 1);
    pause_ms(5);
    assert_int_equal(r32(rig, NVME_REG_CSTS), 0x9);
    disable(rig);
    w32(rig, NVME_REG_CC, CC_IO | 0x8000); /* abrupt, and not enabled */
    wait_csts(rig, 0xf, 0x8);
    enable(rig);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
}

static void test_subsystem_reset(void **state)
{
    struct rig *rig = *state;

    w32(rig, NVME_REG_NSSR, 0x4e564d66);
    pause_ms(5);
    assert_int_equal(r32(rig, NVME_REG_CSTS), 0x1);
    w32(rig, NVME_REG_NSSR, 0x4e564d65);
    wait_csts(rig, UINT32_MAX, 0x10);
    assert_int_equal(r32(rig, NVME_REG_CC) | r32(rig, NVME_REG_AQA) | r32(rig, NVME_REG_ASQ), 0);
    w32(rig, NVME_REG_CSTS, 0x0f);
    assert_int_equal(r32(rig, NVME_REG_CSTS), 0x10);
    w32(rig, NVME_REG_CSTS, 0x10);
    assert_int_equal(r32(rig, NVME_REG_CSTS), 0);
    start(rig);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
}

static void test_reset(void **state)
{
    struct rig *rig = *state;
    unsigned px = capability(rig, 0x10), bar = config_read(rig, 0x10, 4);

    for (int i = 0; i < 3; i++) {
        assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_MSIX, VECTORS, rig->fds, NULL), 0);
        if (i == 0)
            assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
        else if (i == 1)
            assert_int_equal(lone_device_reset(rig->device, LONE_RESET_HOT, NULL), 0);
        else
            config_write(rig, px + 8, 2, 0x8000);
        signals(rig, 0, false); /* of the last round's completion, which may have been seen before its interrupt */
        assert_int_equal(r32(rig, NVME_REG_CSTS) | r32(rig, NVME_REG_CC) | r32(rig, NVME_REG_AQA), 0);
        assert_int_equal(bar_read(rig, NVME_REG_ASQ, 8), 0);
        assert_int_equal(config_read(rig, 4, 2), 0x0002);
        assert_int_equal(config_read(rig, 0x10, 4), bar);
        assert_int_equal(config_read(rig, px + 8, 2) & 0x8000, 0);
        assert_int_equal(config_read(rig, capability(rig, 0x11) + 2, 2) & 0x8000, 0);
        start(rig);
        assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
        assert_int_equal(signals(rig, 0, false), 0);
    }
}

/* ---- Identify ---- */

static void expect_text(const char *text, size_t size, const char *expected)
{
    assert_memory_equal(text, expected, strlen(expected));
    for (size_t i = strlen(expected); i < size; i++)
        assert_int_equal(text[i], ' ');
}

static void test_identify_controller(void **state)
{
    struct nvme_id_ctrl id;

    assert_int_equal(identify_to(*state, NVME_IDENTIFY_CNS_CTRL, 0, &id), NVME_SC_SUCCESS);
    assert_int_equal(id.vid, 0xed00);
    expect_text(id.sn, sizeof(id.sn), "EDDAE771");
    expect_text(id.mn, sizeof(id.mn), "nvsim_0.1");
    expect_text(id.fr, sizeof(id.fr), "0.001");
    assert_int_equal(id.ver, 0x20100);
    assert_int_equal(id.cntrltype, NVME_CTRL_CNTRLTYPE_IO);
    assert_int_equal(id.nn, 4);
    assert_int_equal(id.sqes, 0x66);
    assert_int_equal(id.cqes, 0x44);
    assert_int_equal(id.mdts, 8);
    assert_int_equal(id.aerl, 3);
    assert_true(id.ctratt & NVME_CTRL_CTRATT_UUID_LIST);
    assert_int_equal(id.oncs & (NVME_CTRL_ONCS_COMPARE | NVME_CTRL_ONCS_WRITE_UNCORRECTABLE | NVME_CTRL_ONCS_DSM |
                                NVME_CTRL_ONCS_WRITE_ZEROES | NVME_CTRL_ONCS_VERIFY | 0x100 /* Copy */),
                     0x18f);
    assert_int_equal(id.sgls, 0xf0001);
    assert_int_equal(id.fuses, NVME_CTRL_FUSES_COMPARE_AND_WRITE);
    assert_int_equal(id.ocfs, 1);
    assert_int_equal(id.acwu, 7);
    assert_int_equal(id.vwc, NVME_CTRL_VWC_PRESENT | NVME_CTRL_VWC_FLUSH);
    assert_int_equal(strncmp(id.subnqn, "nqn.2014-08.org.nvmexpress:uuid:", 32), 0);
    assert_int_equal(strnlen(id.subnqn, sizeof(id.subnqn)), 68);
}

/* interface: SI3 SI4 */
static void test_identify_namespaces(void **state)
{
    static const uint64_t blocks[] = {1974672, 491022, 735210, 979398};
    uint8_t descriptors[4096];
    struct nvme_id_ns id;

    for (uint32_t nsid = 1; nsid <= 4; nsid++) {
        const struct nvme_ns_id_desc *d = (const void *)descriptors;

        assert_int_equal(identify_to(*state, NVME_IDENTIFY_CNS_NS, nsid, &id), NVME_SC_SUCCESS);
        assert_int_equal(id.nsze, blocks[nsid - 1]);
        assert_int_equal(id.ncap, id.nsze);
        assert_int_equal(id.nuse, id.nsze);
        assert_int_equal(id.nlbaf, 3);
        assert_int_equal(id.flbas & ~NVME_NS_FLBAS_LOWER_MASK, 0);
        assert_int_equal(id.lbaf[id.flbas].ds, nsid == 1 ? 9 : 12);
        assert_int_equal(id.lbaf[id.flbas].ms, 0);
        assert_int_equal(id.mc, NVME_NS_MC_EXTENDED | NVME_NS_MC_SEPARATE);
        assert_int_equal(id.dpc | id.dps, 0);
        assert_int_equal(id.dlfeat, NVME_NS_DLFEAT_RB_ALL_0S | NVME_NS_DLFEAT_WRITE_ZEROES);
        assert_int_equal(identify_to(*state, NVME_IDENTIFY_CNS_NS_DESC_LIST, nsid, descriptors), NVME_SC_SUCCESS);
        assert_int_equal(d->nidt << 8 | d->nidl, NVME_NIDT_EUI64 << 8 | NVME_NIDT_EUI64_LEN);
        assert_memory_equal(d->nid, id.eui64, 8);
        d = (const void *)(descriptors + 12);
        assert_int_equal(d->nidt << 8 | d->nidl, NVME_NIDT_NGUID << 8 | NVME_NIDT_NGUID_LEN);
        assert_memory_equal(d->nid, id.nguid, 16);
        d = (const void *)(descriptors + 32);
        assert_int_equal(d->nidt << 8 | d->nidl, NVME_NIDT_UUID << 8 | NVME_NIDT_UUID_LEN);
        d = (const void *)(descriptors + 52);
        assert_int_equal(d->nidt << 8 | d->nidl, NVME_NIDT_CSI << 8 | NVME_NIDT_CSI_LEN);
        assert_int_equal(descriptors[57] | descriptors[58], 0);
    }
}

static void test_identify_lists(void **state)
{
    struct nvme_id_uuid_list uuids;
    uint32_t list[1024];

    for (uint32_t after = 0; after < 6; after++) {
        assert_int_equal(identify_to(*state, NVME_IDENTIFY_CNS_NS_ACTIVE_LIST, after, list), NVME_SC_SUCCESS);
        for (uint32_t i = 0; i < 1024; i++)
            assert_int_equal(list[i], after + 1 + i <= 4 ? after + 1 + i : 0);
    }
    assert_int_equal(identify_to(*state, NVME_IDENTIFY_CNS_UUID_LIST, 0, &uuids), NVME_SC_SUCCESS);
    assert_int_not_equal(uuids.entry[0].uuid[0], 0);
    assert_int_equal(uuids.entry[2].uuid[0], 0);
}

static void test_identify_errors(void **state)
{
    static const char known[] = "\x01\x02\x03\x05\x06\x07\x08\x10\x11\x12\x13\x17\x1a\x1b\x1c"; /* and 0 */
    struct rig *rig = *state;

    for (unsigned cns = 0; cns < 256; cns++)
        if (!strchr(known, (int)cns))
            assert_int_equal(admin(rig, identify((uint8_t)cns, 1, BASE + DATA, 0)), NVME_SC_INVALID_FIELD);
    assert_int_equal(admin(rig, identify(0, 0, BASE + DATA, 0)), NVME_SC_INVALID_NS);
    assert_int_equal(admin(rig, identify(0, 5, BASE + DATA, 0)), NVME_SC_INVALID_NS);
    assert_int_equal(admin(rig, identify(0, NVME_NSID_ALL, BASE + DATA, 0)), NVME_SC_INVALID_NS);
    assert_int_equal(admin(rig, identify(2, 0xfffffffe, BASE + DATA, 0)), NVME_SC_INVALID_NS);
    assert_int_equal(admin(rig, identify(2, 0xffffffff, BASE + DATA, 0)), NVME_SC_INVALID_NS);
    assert_int_equal(admin(rig, identify(3, 0, BASE + DATA, 0)), NVME_SC_INVALID_NS);
    assert_int_equal(admin(rig, identify(3, 5, BASE + DATA, 0)), NVME_SC_INVALID_NS);
}

/* ---- PRPs ---- */

static void test_prp(void **state)
{
    struct rig *rig = *state;
    uint8_t whole[4096], parts[4096], guard;

    assert_int_equal(identify_to(rig, 1, 0, whole), 0);
    for (uint32_t offset = 4; offset < 4096; offset += 508) {
        lone_dma_store(rig->memory + DATA + 0x3000 + offset, "\x5a", 1);
        assert_int_equal(admin(rig, identify(1, 0, BASE + DATA + offset, BASE + DATA + 0x3000)), 0);
        lone_dma_load(parts, rig->memory + DATA + offset, 4096 - offset);
        lone_dma_load(parts + 4096 - offset, rig->memory + DATA + 0x3000, offset);
        lone_dma_load(&guard, rig->memory + DATA + 0x3000 + offset, 1);
        assert_memory_equal(whole, parts, 4096);
        assert_int_equal(guard, 0x5a);
    }
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA + 2, BASE + DATA)), NVME_SC_PRP_INVALID_OFFSET);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA + 8, BASE + DATA + 4)), NVME_SC_PRP_INVALID_OFFSET);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 7)), 0); /* PRP2 is not used */
    assert_int_equal(admin(rig, identify(1, 0, BASE + MEMORY, 0)), NVME_SC_DATA_XFER_ERROR);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA + 8, 0xffffffff000)), NVME_SC_DATA_XFER_ERROR);
    assert_int_equal(admin(rig, identify(1, 0, UINT64_MAX - 3, BASE + DATA)), NVME_SC_DATA_XFER_ERROR);
    /* The refused requests show in the status register, until it is told that they have been seen. */
    assert_int_equal(config_read(rig, 6, 2) & 0x2000, 0x2000);
    config_write(rig, 6, 2, 0x4000);
    assert_int_equal(config_read(rig, 6, 2) & 0x2000, 0x2000);
    config_write(rig, 6, 2, 0x2000);
    assert_int_equal(config_read(rig, 6, 2) & 0x2000, 0);
}

/* ---- the DMA map ---- */

static void test_dma_map(void **state)
{
    struct rig *rig = *state;
    struct lone_device *d = rig->device;
    const unsigned both = LONE_DMA_READ | LONE_DMA_WRITE;

    /* Page by page, in a scattered order; neighbours in the address space are reached as one. */
    for (uint64_t i = 0; i < MEMORY / 4096; i++)
        map(rig, i * 37 % (MEMORY / 4096) * 4096, 4096);
    start(rig);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA + 0x804, BASE + DATA + 0x1000)), 0);
    assert_int_equal(lone_device_dma_map(d, rig->memory, BASE, 4096, both, NULL), -EEXIST);
    assert_int_equal(lone_device_dma_map(d, rig->memory, BASE - 4096, 8192, both, NULL), -EEXIST);
    assert_int_equal(lone_device_dma_map(d, rig->memory, BASE + MEMORY - 4096, 8192, both, NULL), -EEXIST);
    assert_int_equal(lone_device_dma_map(d, rig->memory, BASE - 4096, 2 * MEMORY, both, NULL), -EEXIST);
    assert_int_equal(lone_device_dma_map(d, rig->memory, BASE + 1, 4096, both, NULL), -EINVAL);
    assert_int_equal(lone_device_dma_map(d, rig->memory, 0xfee00000, 4096, both, NULL), -ENOSPC);
    assert_int_equal(lone_device_dma_unmap(d, BASE, 8192, NULL), -EINVAL);
    assert_int_equal(lone_device_dma_unmap(d, BASE + MEMORY, 4096, NULL), -EINVAL);
    unmap(rig, DATA + 0x1000, 4096);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA + 0x804, BASE + DATA + 0x1000)), NVME_SC_DATA_XFER_ERROR);
    assert_int_equal(lone_device_dma_map(d, rig->memory + DATA, BASE + DATA + 0x1000, 4096, LONE_DMA_READ, NULL), 0);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA + 0x804, BASE + DATA + 0x1000)), NVME_SC_DATA_XFER_ERROR);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
}

static void test_dma_limit(void **state)
{
    struct rig *rig = *state;
    uint64_t iova = 0;
    int result = 0;

    for (; iova < 70000 && !result; iova++)
        result = lone_device_dma_map(rig->device, rig->memory, (iova + (1 << 20)) * 4096, 4096, LONE_DMA_READ, NULL);
    assert_int_equal(result, -ENOSPC);
    assert_int_equal(iova, 65536);
}

static void test_queue_unmapped(void **state)
{
    static const uint32_t gone[] = {ASQ, ACQ};
    struct rig *rig = *state;

    for (uint64_t at = 0; at < MEMORY; at += 0x10000)
        map(rig, at, 0x10000);
    for (size_t i = 0; i < 2; i++) {
        struct sqe sqe = identify(1, 0, BASE + DATA, 0);

        start(rig);
        assert_int_equal(admin(rig, sqe), 0);
        unmap(rig, gone[i], 0x10000);
        place(rig, &rig->admin, &sqe);
        ring_sq(rig, &rig->admin, rig->admin.tail);
        wait_csts(rig, 2, 2);
        map(rig, gone[i], 0x10000);
        disable(rig);
        enable(rig);
        assert_int_equal(admin(rig, sqe), 0);
        disable(rig);
    }
    /* Without bus mastering nothing can be reached. */
    start(rig);
    config_write(rig, 4, 2, 0x402);
    ring_sq(rig, &rig->admin, 1);
    wait_csts(rig, 2, 2);
}

/* ---- queues ---- */

static void test_wrap(void **state)
{
    struct rig *rig = *state;

    disable(rig);
    for (uint32_t size = 2; size < 6; size++) {
        set_admin(rig, size, 7 - size);
        enable(rig);
        for (int i = 0; i < 60; i++)
            assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
        disable(rig);
    }
}

/* A line of the simulator's thread in /proc. */
static void thread_status(const char *key, char *value, size_t size)
{
    DIR *tasks = opendir("/proc/self/task");
    const struct dirent *task;
    char path[300], line[200];

    assert_non_null(tasks);
    *value = 0;
    while ((task = readdir(tasks))) {
        bool found = false;
        FILE *status;

        snprintf(path, sizeof(path), "/proc/self/task/%s/status", task->d_name);
        status = *task->d_name == '.' ? NULL : fopen(path, "r");
        while (status && fgets(line, sizeof(line), status)) {
            found |= !strcmp(line, "Name:\tnvsim\n");
            if (found && !strncmp(line, key, strlen(key)))
                snprintf(value, size, "%s", line + strlen(key));
        }
        if (status)
            fclose(status);
    }
    closedir(tasks);
    assert_true(*value);
}

/* Returns when the simulator's thread sleeps: how often it has done so. */
static unsigned long await_sleep(void)
{
    double begin = now(CLOCK_MONOTONIC);
    char value[100];

    for (thread_status("State:\t", value, sizeof(value)); *value != 'S';
         thread_status("State:\t", value, sizeof(value)))
        if (late(begin))
            fail_msg("the simulator does not fall asleep: %s", value);
    thread_status("voluntary_ctxt_switches:\t", value, sizeof(value));
    return strtoul(value, NULL, 10);
}

static uint64_t commands(struct rig *rig)
{
    struct lone_device_counts counts;

    lone_device_counts(rig->device, &counts);
    return counts.commands;
}

/* As many commands are executed, and no more. */
static void expect_commands(struct rig *rig, uint64_t number)
{
    double start = now(CLOCK_MONOTONIC);

    while (commands(rig) < number)
        if (late(start))
            fail_msg("%llu commands, not %llu", (unsigned long long)commands(rig), (unsigned long long)number);
    pause_ms(5);
    assert_int_equal(commands(rig), number);
}

static void test_cq_full(void **state)
{
    struct rig *rig = *state;
    struct sqe sqe = identify(1, 0, BASE + DATA, 0);
    uint32_t cqe[4];

    disable(rig);
    set_admin(rig, 16, 3);
    enable(rig);
    for (int i = 0; i < 6; i++)
        place(rig, &rig->admin, &sqe);
    ring_sq(rig, &rig->admin, rig->admin.tail);
    for (uint64_t done = 2; done <= 6; done++) {
        await(rig, &rig->admin, cqe);
        expect_commands(rig, done);
        ring_cq(rig, &rig->admin, rig->admin.head);
    }
    await(rig, &rig->admin, cqe);
    assert_int_equal(cqe[2], 6);
}

/* All of it is consumed with one write, and the controller has long fallen asleep. */
static void test_cq_full_consumed_at_once(void **state)
{
    struct rig *rig = *state;
    struct sqe sqe = identify(1, 0, BASE + DATA, 0);
    uint32_t cqe[4];

    disable(rig);
    assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_MSIX, 1, rig->fds, NULL), 0);
    set_admin(rig, 16, 4);
    enable(rig);
    for (int i = 0; i < 9; i++)
        place(rig, &rig->admin, &sqe);
    ring_sq(rig, &rig->admin, rig->admin.tail);
    for (int i = 1; i <= 9; i++) {
        await(rig, &rig->admin, cqe);
        assert_int_equal(cqe[2], i);
        if (i % 3)
            continue;
        await_sleep();
        ring_cq(rig, &rig->admin, rig->admin.head);
    }
}

static void test_doorbells(void **state)
{
    struct rig *rig = *state;
    struct lone_device_counts counts;

    ring_sq(rig, &rig->admin, 16);
    ring_sq(rig, &rig->admin, 0xffff);
    ring_cq(rig, &rig->admin, 16);
    w32(rig, 0x1008, 1);
    w32(rig, 0x1ffc, 1);
    bar_write(rig, 0x1800, 8, UINT64_MAX);
    pause_ms(5);
    lone_device_counts(rig->device, &counts);
    assert_int_equal(counts.commands, 0);
    /* None of them has displaced a good value. */
    assert_int_equal(r32(rig, 0x1000) | r32(rig, 0x1004) | r32(rig, 0x1008) | r32(rig, 0x1ffc), 0);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
    assert_int_equal(r32(rig, NVME_REG_CSTS), 1);
}

static void test_create_errors(void **state)
{
    struct rig *rig = *state;
    const uint64_t at = BASE + IOQ;

    assert_int_equal(admin(rig, create_cq(0, 3, at, 1)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, create_cq(128, 3, at, 1)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, create_cq(1, 0, at, 1)), CSPEC | NVME_SC_QUEUE_SIZE);
    assert_int_equal(admin(rig, create_cq(1, 4096, at, 1)), CSPEC | NVME_SC_QUEUE_SIZE);
    assert_int_equal(admin(rig, create_cq(1, 3, at + 8, 0)), NVME_SC_PRP_INVALID_OFFSET);
    assert_int_equal(admin(rig, create_cq(1, 3, BASE + MEMORY, 0)), NVME_SC_DATA_XFER_ERROR);
    assert_int_equal(admin(rig, create_cq(1, 3, at + 16, 1)), NVME_SC_PRP_INVALID_OFFSET);
    assert_int_equal(admin(rig, create_cq(1, 3, at, 0x10003)), CSPEC | NVME_SC_INVALID_VECTOR);
    assert_int_equal(admin(rig, create_cq(1, 3, at, 1)), 0);
    assert_int_equal(admin(rig, create_cq(1, 3, at, 1)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, create_sq(0, 3, at, 0x10001)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, create_sq(128, 3, at, 0x10001)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, create_sq(1, 3, at, 0x00001)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, create_sq(1, 3, at, 0x800001)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, create_sq(1, 3, at, 0x20001)), CSPEC | NVME_SC_CQ_INVALID);
    assert_int_equal(admin(rig, create_sq(1, 0, at, 0x10001)), CSPEC | NVME_SC_QUEUE_SIZE);
    assert_int_equal(admin(rig, create_sq(1, 4096, at, 0x10001)), CSPEC | NVME_SC_QUEUE_SIZE);
    assert_int_equal(admin(rig, create_sq(1, 3, BASE + MEMORY, 0x10000)), NVME_SC_DATA_XFER_ERROR);
    assert_int_equal(admin(rig, create_sq(1, 3, at + 64, 0x10001)), NVME_SC_PRP_INVALID_OFFSET);
    assert_int_equal(admin(rig, create_sq(1, 3, at, 0x10001)), 0);
    assert_int_equal(admin(rig, create_sq(1, 3, at, 0x10001)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, create_sq(2, 3, at, 0x10001)), 0);
    assert_int_equal(admin(rig, delete (0x04, 0)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, delete (0x04, 2)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, delete (0x04, 0xffff)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, delete (0x04, 1)), CSPEC | NVME_SC_INVALID_QUEUE);
    assert_int_equal(admin(rig, delete (0x00, 0)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, delete (0x00, 1)), 0);
    assert_int_equal(admin(rig, delete (0x00, 1)), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(admin(rig, delete (0x04, 1)), CSPEC | NVME_SC_INVALID_QUEUE);
    assert_int_equal(admin(rig, delete (0x00, 2)), 0);
    assert_int_equal(admin(rig, delete (0x04, 1)), 0);
    /* Before CC.IOSQES and CC.IOCQES are set. */
    disable(rig);
    queue_reset(rig, &rig->admin);
    w32(rig, NVME_REG_CC, 1);
    wait_csts(rig, 1, 1);
    assert_int_equal(admin(rig, create_cq(1, 3, at, 1)), CSPEC | NVME_SC_QUEUE_SIZE);
}

static void test_io_queues(void **state)
{
    struct rig *rig = *state;
    struct queue one = pair(rig, 1, 4, 0), two = pair(rig, 2, 5, 0), three = {.qid = 3, .sq_size = 3, .cq_size = 4};

    for (int i = 0; i < 30; i++) {
        assert_int_equal(flush(rig, &one, 1 + i % 4), 0);
        assert_int_equal(flush(rig, &two, 5), NVME_SC_INVALID_NS);
        assert_int_equal(flush(rig, &two, 0), NVME_SC_INVALID_NS);
        assert_int_equal(flush(rig, &two, NVME_NSID_ALL), 0);
        assert_int_equal(run(rig, &one, (struct sqe){{0x03, 1}}, NULL), NVME_SC_INVALID_OPCODE);
        assert_int_equal(run(rig, &one, (struct sqe){{0x300, 1}}, NULL), NVME_SC_INVALID_FIELD);
        assert_int_equal(run(rig, &one, (struct sqe){{0xc000, 1}}, NULL), NVME_SC_INVALID_FIELD);
    }
    /* A second submission queue for completion queue 1. */
    three.sq_offset = IOQ + 0x40000;
    assert_int_equal(admin(rig, create_sq(3, 2, BASE + three.sq_offset, 0x10001)), 0);
    for (int i = 0; i < 10; i++) {
        const struct sqe sqe = {{0x00, 1}};
        uint32_t cqe[4];

        place(rig, &three, &sqe);
        ring_sq(rig, &three, three.tail);
        await(rig, &one, cqe);
        ring_cq(rig, &one, one.head);
        assert_int_equal(cqe[2], 3u << 16 | three.tail);
        assert_int_equal(flush(rig, &one, 1), 0);
    }
    assert_int_equal(admin(rig, delete (0x00, 1)), 0);
    ring_sq(rig, &one, 1);
    assert_int_equal(flush(rig, &two, 1), 0);
}

static void test_round_robin(void **state)
{
    const struct sqe sqe = {{0x00, 1}};
    struct rig *rig = *state;
    struct queue one = pair(rig, 1, 64, 0), two = {.qid = 2, .sq_size = 16, .sq_offset = IOQ + 0x20000};
    unsigned first = 0;
    uint32_t cqe[4];

    assert_int_equal(admin(rig, create_sq(2, 15, BASE + two.sq_offset, 0x10001)), 0);
    for (int i = 0; i < 15; i++) {
        place(rig, &one, &sqe);
        place(rig, &two, &sqe);
    }
    ring_sq(rig, &one, 15);
    ring_sq(rig, &two, 15);
    for (int i = 0; i < 30; i++) {
        await(rig, &one, cqe);
        first += cqe[2] >> 16 == 1;
    }
    assert_int_equal(first, 15);
}

static void test_commands(void **state)
{
    static const uint8_t unknown[] = {0x03, 0x07, 0x0b, 0x0d, 0x15, 0x18, 0x19, 0x7c, 0x7f, 0x81, 0x84, 0xc0, 0xff};
    struct rig *rig = *state;
    uint32_t result = 0;

    for (size_t i = 0; i < sizeof(unknown); i++)
        assert_int_equal(admin(rig, (struct sqe){{unknown[i]}}), NVME_SC_INVALID_OPCODE);
    assert_int_equal(admin(rig, (struct sqe){{0x106, [10] = 1}}), NVME_SC_INVALID_FIELD);
    assert_int_equal(admin(rig, (struct sqe){{0x4006, [10] = 1}}), NVME_SC_INVALID_FIELD);
    assert_int_equal(run(rig, &rig->admin, (struct sqe){{0x08}}, &result), 0);
    assert_int_equal(result, 1);
    assert_int_equal(run(rig, &rig->admin, (struct sqe){{0x09, [10] = 7, [11] = 0x90009}}, &result), 0);
    assert_int_equal(result, 126 | 126 << 16);
    assert_int_equal(run(rig, &rig->admin, (struct sqe){{0x0a, [10] = 7}}, &result), 0);
    assert_int_equal(result, 126 | 126 << 16);
    assert_int_equal(admin(rig, (struct sqe){{0x09, [10] = 7, [11] = 0xffff}}), NVME_SC_INVALID_FIELD);
    assert_int_equal(admin(rig, (struct sqe){{0x09, [10] = 0x80000007}}), CSPEC | NVME_SC_FEATURE_NOT_SAVEABLE);
    assert_int_equal(admin(rig, (struct sqe){{0x09, [10] = 0xff}}), NVME_SC_INVALID_FIELD);
    assert_int_equal(admin(rig, (struct sqe){{0x0a, [10] = 0xff}}), NVME_SC_INVALID_FIELD);
    pair(rig, 1, 2, 0);
    assert_int_equal(admin(rig, (struct sqe){{0x09, [10] = 7, [11] = 0x90009}}), NVME_SC_CMD_SEQ_ERROR);
}

static void test_event_requests(void **state)
{
    const struct sqe sqe = {{0x0c}};
    struct rig *rig = *state;
    uint32_t cqe[4];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5; i++)
            place(rig, &rig->admin, &sqe);
        ring_sq(rig, &rig->admin, rig->admin.tail);
        await(rig, &rig->admin, cqe);
        ring_cq(rig, &rig->admin, rig->admin.head);
        assert_int_equal(status_of(cqe), CSPEC | NVME_SC_ASYNC_LIMIT);
        assert_int_equal(cqe[2], 5);
        assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
        disable(rig);
        enable(rig);
    }
}

/* ---- interrupts ---- */

static void test_msix(void **state)
{
    struct rig *rig = *state;
    unsigned cap = capability(rig, 0x11);
    const unsigned table = config_read(rig, cap + 4, 4) & ~7u, pba = config_read(rig, cap + 8, 4) & ~7u;
    struct queue queue;

    assert_int_equal(r32(rig, table + 12), 1);
    /* Message addresses are of whole dwords, of Vector Control only Mask can be written. */
    for (unsigned dw = 0; dw < 4; dw++)
        w32(rig, table + 16 * 14 + 4 * dw, 0xffffffff);
    assert_int_equal(r32(rig, table + 16 * 14), 0xfffffffc);
    assert_int_equal(r32(rig, table + 16 * 14 + 4), 0xffffffff);
    assert_int_equal(r32(rig, table + 16 * 14 + 8), 0xffffffff);
    assert_int_equal(r32(rig, table + 16 * 14 + 12), 1);
    assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_MSIX, VECTORS + 1, rig->fds, NULL), -EINVAL);
    assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_MSIX, VECTORS, rig->fds, NULL), 0);
    assert_int_equal(config_read(rig, cap + 2, 2) >> 14, 2);
    assert_int_equal(config_read(rig, 4, 2) & 0x400, 0x400);
    assert_int_equal(admin(rig, create_cq(1, 3, BASE + IOQ, 0x100003)), CSPEC | NVME_SC_INVALID_VECTOR);
    assert_true(signals(rig, 0, true) >= 1);
    queue = pair(rig, 1, 8, 15);
    flush(rig, &queue, 1);
    assert_int_equal(signals(rig, 15, true), 1);
    /* Masked in the table: pending, and delivered when unmasked. */
    w32(rig, table + 16 * 15 + 12, 1);
    flush(rig, &queue, 1);
    wait_reg(rig, pba, 1u << 15, 1u << 15);
    assert_int_equal(signals(rig, 15, false), 0);
    w32(rig, pba, 0);
    bar_write(rig, pba, 8, UINT64_MAX);
    assert_int_equal(bar_read(rig, pba, 8) & 0x8000, 0x8000);
    w32(rig, table + 16 * 15 + 12, 0);
    assert_int_equal(signals(rig, 15, true), 1);
    assert_int_equal(r32(rig, pba) & 0x8000, 0);
    /* The same by the function's mask. */
    config_write(rig, cap + 2, 2, 0xc000);
    flush(rig, &queue, 1);
    wait_reg(rig, pba, 1u << 15, 1u << 15);
    assert_int_equal(signals(rig, 15, false), 0);
    config_write(rig, cap + 2, 2, 0x8000);
    assert_int_equal(signals(rig, 15, true), 1);
    signals(rig, 0, true);
    /* Masked, and what it was about is gone before it is unmasked: the queue, and all queues. */
    w32(rig, table + 16 * 15 + 12, 1);
    flush(rig, &queue, 1);
    wait_reg(rig, pba, 1u << 15, 1u << 15);
    assert_int_equal(admin(rig, delete (0x00, 1)), 0);
    assert_int_equal(admin(rig, delete (0x04, 1)), 0);
    assert_int_equal(r32(rig, pba) & 0x8000, 0);
    queue = pair(rig, 1, 8, 15);
    flush(rig, &queue, 1);
    wait_reg(rig, pba, 1u << 15, 1u << 15);
    disable(rig);
    assert_int_equal(r32(rig, pba), 0);
    w32(rig, table + 16 * 15 + 12, 0);
    assert_int_equal(signals(rig, 15, false), 0);
    enable(rig);
    queue = pair(rig, 1, 8, 15);
    signals(rig, 0, true);
    assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_NONE, 0, NULL, NULL), 0);
    assert_int_equal(config_read(rig, cap + 2, 2) & 0x8000, 0);
    flush(rig, &queue, 1);
    pause_ms(5);
    assert_int_equal(signals(rig, 15, false), 0);
}

static void test_msi(void **state)
{
    struct rig *rig = *state;
    unsigned cap = capability(rig, 0x05);
    struct queue queue;

    assert_int_equal(config_read(rig, cap + 2, 2), 0x0186);
    assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_MSI, 5, rig->fds, NULL), 0);
    assert_int_equal(config_read(rig, cap + 2, 2), 0x01b7);
    assert_int_equal(admin(rig, create_cq(1, 3, BASE + IOQ, 0x80003)), CSPEC | NVME_SC_INVALID_VECTOR);
    queue = pair(rig, 1, 8, 4);
    flush(rig, &queue, 1);
    assert_int_equal(signals(rig, 4, true), 1);
    config_write(rig, cap + 0x10, 4, 1u << 4);
    flush(rig, &queue, 1);
    await_sleep();
    assert_int_equal(signals(rig, 4, false), 0);
    assert_int_equal(config_read(rig, cap + 0x14, 4), 1u << 4);
    config_write(rig, cap + 0x10, 4, 0);
    assert_int_equal(signals(rig, 4, true), 1);
    assert_int_equal(config_read(rig, cap + 0x14, 4), 0);
    w32(rig, NVME_REG_INTMS, 1u << 4);
    flush(rig, &queue, 1);
    await_sleep();
    assert_int_equal(signals(rig, 4, false), 0);
    w32(rig, NVME_REG_INTMC, 1u << 4);
    assert_int_equal(signals(rig, 4, true), 1);
    config_write(rig, cap + 0x10, 4, 1u << 4);
    flush(rig, &queue, 1);
    pause_ms(5);
    assert_int_equal(config_read(rig, cap + 0x14, 4), 1u << 4);
    disable(rig);
    assert_int_equal(config_read(rig, cap + 0x14, 4), 0);
}

static void expect_line(struct rig *rig, uint32_t bit)
{
    double begin = now(CLOCK_MONOTONIC);

    while ((config_read(rig, 6, 2) & 8) != bit)
        if (late(begin))
            fail_msg("STS.IS is not 0x%x", bit);
}

static void test_intx(void **state)
{
    const struct sqe sqe = identify(1, 0, BASE + DATA, 0);
    struct rig *rig = *state;
    uint32_t cqe[4];

    config_write(rig, 4, 2, 0x006);
    assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_INTX, 1, rig->fds, NULL), 0);
    expect_line(rig, 0);
    place(rig, &rig->admin, &sqe);
    ring_sq(rig, &rig->admin, rig->admin.tail);
    assert_true(signals(rig, 0, true) >= 1);
    expect_line(rig, 8);
    await(rig, &rig->admin, cqe);
    ring_cq(rig, &rig->admin, rig->admin.head);
    expect_line(rig, 0);
    signals(rig, 0, false); /* a level may have been signalled more than once */
    w32(rig, NVME_REG_INTMS, 1);
    place(rig, &rig->admin, &sqe);
    ring_sq(rig, &rig->admin, rig->admin.tail);
    await(rig, &rig->admin, cqe);
    pause_ms(5);
    assert_int_equal(signals(rig, 0, false), 0);
    expect_line(rig, 0);
    w32(rig, NVME_REG_INTMC, 1);
    assert_true(signals(rig, 0, true) >= 1);
    disable(rig);
    expect_line(rig, 0);
}

/* ---- the thread ---- */

static void test_idle(void **state)
{
    struct rig *rig = *state;
    unsigned long sleeps;

    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
    sleeps = await_sleep();
    pause_ms(300);
    assert_int_equal(await_sleep(), sleeps);
}

/* That everything has been consumed brings it nothing to do; a head that goes too far does. */
static void test_heads_wake(void **state)
{
    const struct sqe event = {{nvme_admin_async_event}}, sqe = identify(1, 0, BASE + DATA, 0);
    struct rig *rig = *state;
    unsigned long sleeps;
    uint32_t cqe[4];

    assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_MSIX, 1, rig->fds, NULL), 0);
    place(rig, &rig->admin, &event);
    for (int i = 0; i < 3; i++)
        place(rig, &rig->admin, &sqe);
    ring_sq(rig, &rig->admin, rig->admin.tail);
    for (int i = 0; i < 3; i++)
        await(rig, &rig->admin, cqe);
    sleeps = await_sleep();
    ring_cq(rig, &rig->admin, rig->admin.head);
    pause_ms(20);
    assert_int_equal(await_sleep(), sleeps);
    ring_cq(rig, &rig->admin, rig->admin.head + 1);
    await(rig, &rig->admin, cqe);
    assert_int_equal(cqe[0], NVME_AER_ERROR | NVME_AER_ERROR_INVALID_DB_VAL << 8 | NVME_LOG_LID_ERROR << 16);
}

static void test_open_close(void **state)
{
    struct lone_device *device;

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(lone_nvsim_open(&device, NULL), 0);
        if (i % 2)
            assert_int_equal(lone_device_bar_write(device, 0, NVME_REG_CC, 4, 1, NULL), 0);
        lone_device_close(device);
    }
}

/* ---- hostility ---- */

struct random {
    uint64_t state;
};

static uint32_t draw(struct random *random, uint32_t below)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (uint32_t)((random->state >> 16) % below);
}

static uint32_t any(struct random *random)
{
    uint32_t value = draw(random, UINT32_MAX);

    return draw(random, 4) ? value : value & 0xff;
}

static void scribble(struct rig *rig, struct random *random)
{
    for (int i = 0; i < 16; i++) {
        struct sqe sqe;
        uint32_t at = draw(random, 4) * 0x10000 + draw(random, 64) * 64;

        for (int dw = 0; dw < 16; dw++)
            sqe.dw[dw] = any(random);
        if (draw(random, 8))
            sqe.dw[0] = draw(random, 18);
        if (draw(random, 4)) {
            sqe.dw[6] = BASE + draw(random, MEMORY / 4096) * 4096;
            sqe.dw[8] = BASE + draw(random, MEMORY / 4096) * 4096;
            sqe.dw[7] = sqe.dw[9] = 0;
            sqe.dw[10] = draw(random, 5) | draw(random, 5) << 16;
            sqe.dw[11] = 1 | draw(random, 4) << 16;
        }
        lone_dma_store(rig->memory + at, &sqe, sizeof(sqe));
    }
}

static void attack_map(struct rig *rig, struct random *random)
{
    uint64_t offset = draw(random, MEMORY / 65536) * 65536;

    /* Either may well fail: what matters is that memory is mapped at the one address only, for the clean-up. */
    if (draw(random, 3))
        lone_device_dma_map(rig->device, rig->memory + offset, BASE + offset, 65536, 1 + draw(random, 3), NULL);
    else
        lone_device_dma_unmap(rig->device, BASE + offset, 65536, NULL);
}

/* Nearly right, and with time for the controller to act, so that commands are executed. */
static void attack_enabled(struct rig *rig, struct random *random)
{
    struct lone_device *d = rig->device;
    uint64_t csts = 0;

    lone_device_config_write(d, 4, 2, 6, NULL);
    lone_device_config_write(d, 0x44, 2, 0, NULL);
    lone_device_bar_write(d, 0, NVME_REG_CC, 4, CC_IO, NULL);
    lone_device_bar_write(d, 0, NVME_REG_AQA, 4, 0x000f000f, NULL);
    lone_device_bar_write(d, 0, NVME_REG_ASQ, 8, BASE + draw(random, 4) * 0x10000, NULL);
    lone_device_bar_write(d, 0, NVME_REG_ACQ, 8, BASE + draw(random, 4) * 0x10000, NULL);
    lone_device_bar_write(d, 0, NVME_REG_CC, 4, CC_IO | 1, NULL);
    scribble(rig, random);
    for (int i = 0; i < 50 && !(csts & 3); i++) {
        sched_yield();
        lone_device_bar_read(d, 0, NVME_REG_CSTS, 4, &csts, NULL);
    }
    for (int i = 0; i < 8; i++)
        lone_device_bar_write(d, 0, 0x1000 + draw(random, 10) * 4, 4, draw(random, 20), NULL);
    lone_device_bar_write(d, 0, 0x1000, 4, draw(random, 16), NULL);
    if (draw(random, 2))
        pause_ms(1);
}

static void attack(struct rig *rig, struct random *random)
{
    struct lone_device *d = rig->device;
    unsigned width = 1u << draw(random, 4);

    switch (draw(random, 10)) {
    case 0:
        lone_device_bar_write(d, 0, draw(random, 0x78) / width * width, width,
                              any(random) | (uint64_t)any(random) << 32, NULL);
        break;
    case 1:
        lone_device_bar_write(d, 0, draw(random, 0x4000) / width * width, width, any(random), NULL);
        break;
    case 2:
    case 3:
        lone_device_bar_write(d, 0, 0x1000 + draw(random, 10) * 4, 4, draw(random, 20), NULL);
        break;
    case 4:
        width = width == 8 ? 4 : width;
        lone_device_config_write(d, (uint16_t)(draw(random, draw(random, 2) ? 0x100 : 0x1000) / width * width), width,
                                 any(random), NULL);
        break;
    case 5:
        attack_map(rig, random);
        break;
    case 6:
        scribble(rig, random);
        break;
    case 7:
        lone_device_config_write(d, 4, 2, 6, NULL);
        lone_device_config_write(d, 0x44, 2, 0, NULL);
        break;
    case 8:
        lone_device_interrupts(d, (enum lone_interrupts)draw(random, 4), 1 + draw(random, 16), rig->fds, NULL);
        break;
    default:
        attack_enabled(rig, random);
        break;
    }
    if (!draw(random, 500))
        lone_device_reset(d, draw(random, 2) ? LONE_RESET_FLR : LONE_RESET_HOT, NULL);
}

static void test_hostile(void **state)
{
    struct rig *rig = *state;
    struct random random = {0x6c6f6e65};
    struct lone_device_counts counts;

    for (int i = 0; i < 20000; i++)
        attack(rig, &random);
    assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
    for (uint64_t offset = 0; offset < MEMORY; offset += 65536)
        lone_device_dma_unmap(rig->device, BASE + offset, 65536, NULL);
    assert_int_equal(lone_device_counts(rig->device, &counts), true);
    assert_true(counts.commands > 100);
    map(rig, 0, MEMORY);
    start(rig);
    test_identify_controller(state);
    test_identify_namespaces(state);
    test_io_queues(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPENED(test_config_identity),
        OPENED(test_config_writes),
        OPENED(test_config_all_ones),
        RUNNING(test_decoding_and_power),
        OPENED(test_lspci),
        OPENED(test_registers),
        RUNNING(test_enable_disable),
        RUNNING(test_enable_failures),
        RUNNING(test_shutdown),
        RUNNING(test_subsystem_reset),
        RUNNING(test_reset),
        RUNNING(test_identify_controller),
        RUNNING(test_identify_namespaces),
        RUNNING(test_identify_lists),
        RUNNING(test_identify_errors),
        RUNNING(test_prp),
        OPENED(test_dma_map),
        OPENED(test_dma_limit),
        OPENED(test_queue_unmapped),
        RUNNING(test_wrap),
        RUNNING(test_cq_full),
        RUNNING(test_cq_full_consumed_at_once),
        RUNNING(test_doorbells),
        RUNNING(test_create_errors),
        RUNNING(test_io_queues),
        RUNNING(test_round_robin),
        RUNNING(test_commands),
        RUNNING(test_event_requests),
        RUNNING(test_msix),
        RUNNING(test_msi),
        RUNNING(test_intx),
        RUNNING(test_idle),
        RUNNING(test_heads_wake),
        cmocka_unit_test(test_open_close),
        OPENED(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
