/* SPDX-License-Identifier: MIT */
/* The simulator's Identify in all CNS, Format NVM, Firmware Image Download and Firmware Commit, held against libnvme's
 * structures and numbers. */
#include <string.h>

#include "nvsim_rig.h"

#define IMAGE_MAX (256u << 10)

/* ---- Identify ---- */

static uint16_t identify_csi(struct rig *rig, uint8_t cns, uint32_t nsid, uint16_t cntid, uint8_t csi, void *data)
{
    struct sqe sqe = identify(cns, nsid, BASE + DATA, 0);
    uint8_t noise[4096];
    uint16_t status;

    memset(noise, 0xa5, sizeof(noise));
    data_write(rig, noise, sizeof(noise));
    sqe.dw[10] |= (uint32_t)cntid << 16;
    sqe.dw[11] = (uint32_t)csi << 24;
    status = admin(rig, sqe);
    data_read(rig, data, 4096);
    return status;
}

static void test_capabilities(void **state)
{
    struct nvme_id_ctrl id;

    assert_int_equal(identify_to(*state, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(id.oacs, NVME_CTRL_OACS_FORMAT | NVME_CTRL_OACS_FW | NVME_CTRL_OACS_SELF_TEST);
    assert_true(id.oncs & NVME_CTRL_ONCS_SAVE_FEATURES);
    assert_true(id.oncs & NVME_CTRL_ONCS_TIMESTAMP);
    assert_int_equal(id.oncs & NVME_CTRL_ONCS_RESERVATIONS, 0);
    assert_int_equal(id.ctratt, NVME_CTRL_CTRATT_128_ID | NVME_CTRL_CTRATT_NON_OP_PSP | NVME_CTRL_CTRATT_UUID_LIST);
    assert_int_equal(id.frmw & NVME_CTRL_FRMW_1ST_RO, NVME_CTRL_FRMW_1ST_RO);
    assert_int_equal(id.frmw >> 1 & 7, 3);
    assert_true(id.frmw & NVME_CTRL_FRMW_FW_ACT_NO_RESET);
    assert_int_equal(id.fna, NVME_CTRL_FNA_CRYPTO_ERASE);
    assert_int_equal(id.kas, 0);
    assert_int_equal(id.sanicap, 0);
    assert_int_equal(id.edstt, 1);
    assert_int_equal(id.dsto, NVME_CTRL_DSTO_ONE_DST);
    assert_true(id.wctemp < id.cctemp);
    /* What Base 2.1, which VER tells, requires of a controller that has Copy, boot partitions or not, and activation
     * without reset: NVMCSA, a statement about RPMB Boot Partition Write Protection, MPTFAWR (Figure 312). */
    assert_int_equal(id.ver, 0x020100);
    assert_true(id.oncs >> 9 & 1);
    assert_int_equal(((uint8_t *)&id)[102], 1);
    assert_true(((uint8_t *)&id)[360] || ((uint8_t *)&id)[361]);
}

static void test_identify_by_command_set(void **state)
{
    static const uint8_t zeros[4096];
    struct nvme_id_independent_id_ns independent;
    uint8_t data[4096], plain[4096];
    struct rig *rig = *state;

    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CSI_NS, 1, 0, NVME_CSI_NVM, data), 0);
    assert_memory_equal(data, zeros, 4096);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CSI_NS, 5, 0, NVME_CSI_NVM, data), NVME_SC_INVALID_NS);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CSI_NS, 1, 0, NVME_CSI_ZNS, data),
                     CSPEC | NVME_SC_INVALID_IOCS);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CSI_CTRL, 0, 0, NVME_CSI_NVM, data), 0);
    assert_memory_equal(data, zeros, 4096);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CSI_CTRL, 0, 0, NVME_CSI_ZNS, data), NVME_SC_INVALID_FIELD);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS_ACTIVE_LIST, 2, plain), 0);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CSI_NS_ACTIVE_LIST, 2, 0, NVME_CSI_NVM, data), 0);
    assert_memory_equal(data, plain, 4096);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CSI_NS_ACTIVE_LIST, 2, 0, NVME_CSI_KV, data),
                     NVME_SC_INVALID_FIELD);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CSI_INDEPENDENT_ID_NS, 3, &independent), 0);
    assert_int_equal(independent.nstat, 1);
    assert_int_equal(independent.nsattr, 0);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CSI_INDEPENDENT_ID_NS, 0, &independent), NVME_SC_INVALID_NS);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_COMMAND_SET_STRUCTURE, 0, 0xffff, 0, data), 0);
    assert_int_equal(data[0], 1);
    assert_memory_equal(data + 1, zeros, 4095);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_COMMAND_SET_STRUCTURE, 0, 7, 0, data), NVME_SC_INVALID_FIELD);
}

/* All namespaces are allocated and attached to this controller, the only one. */
static void test_identify_allocated(void **state)
{
    struct nvme_ctrl_list controllers;
    uint8_t data[4096], plain[4096];
    struct rig *rig = *state;
    struct nvme_id_ctrl id;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 2, plain), 0);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_ALLOCATED_NS, 2, data), 0);
    assert_memory_equal(data, plain, 4096);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS_ACTIVE_LIST, 1, plain), 0);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_ALLOCATED_NS_LIST, 1, data), 0);
    assert_memory_equal(data, plain, 4096);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_NS_CTRL_LIST, 1, 0, 0, &controllers), 0);
    assert_int_equal(controllers.num, 1);
    assert_int_equal(controllers.identifier[0], id.cntlid);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_NS_CTRL_LIST, 5, 0, 0, &controllers), NVME_SC_INVALID_NS);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CTRL_LIST, 0, id.cntlid, 0, &controllers), 0);
    assert_int_equal(controllers.num, 1);
    assert_int_equal(identify_csi(rig, NVME_IDENTIFY_CNS_CTRL_LIST, 0, (uint16_t)(id.cntlid + 1), 0, &controllers), 0);
    assert_int_equal(controllers.num, 0);
}

/* ---- Format NVM ---- */

static uint16_t format(struct rig *rig, uint32_t nsid, uint32_t dw10)
{
    return admin(rig, (struct sqe){{nvme_admin_format_nvm, nsid, [10] = dw10}});
}

static uint16_t move_block(struct rig *rig, struct queue *io, uint8_t opcode, uint32_t nsid)
{
    return run(rig, io, (struct sqe){{opcode, nsid, [6] = BASE + DATA, [10] = 3}}, NULL);
}

/* interface: SI21 */
static void test_format(void **state)
{
    static const uint8_t zeros[512], pattern[512] = "what was there before";
    struct rig *rig = *state;
    struct queue io = pair(rig, 1, 4, 0);
    struct nvme_id_ns before, after;
    uint8_t data[512];

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &before), 0);
    for (unsigned ses = NVME_FORMAT_SES_NONE; ses <= NVME_FORMAT_SES_CRYPTO_ERASE; ses++) {
        data_write(rig, pattern, sizeof(pattern));
        assert_int_equal(move_block(rig, &io, nvme_cmd_write, 1), 0);
        data_write(rig, zeros, sizeof(zeros));
        assert_int_equal(move_block(rig, &io, nvme_cmd_read, 1), 0);
        data_read(rig, data, sizeof(data));
        assert_memory_equal(data, pattern, sizeof(data));
        assert_int_equal(format(rig, 1, ses << 9), 0);
        assert_int_equal(move_block(rig, &io, nvme_cmd_read, 1), 0);
        data_read(rig, data, sizeof(data));
        assert_memory_equal(data, zeros, sizeof(data));
    }
    assert_int_equal(format(rig, 1, 1), 0);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &after), 0);
    assert_int_equal(after.flbas, 1);
    assert_int_equal(after.nsze << after.lbaf[1].ds, before.nsze << before.lbaf[0].ds);
    assert_memory_equal(after.nguid, before.nguid, sizeof(after.nguid));
}

static void test_format_refusals(void **state)
{
    struct rig *rig = *state;
    struct nvme_id_ns ns;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &ns), 0);
    assert_int_equal(format(rig, 0, 0), NVME_SC_INVALID_NS);
    assert_int_equal(format(rig, 5, 0), NVME_SC_INVALID_NS);
    assert_int_equal(format(rig, 1, ns.nlbaf + 1u), CSPEC | NVME_SC_INVALID_FORMAT);
    assert_int_equal(ns.dpc, 0);
    assert_int_equal(format(rig, 1, 1 << 5), CSPEC | NVME_SC_INVALID_FORMAT);
    for (unsigned ses = 3; ses < 8; ses++)
        assert_int_equal(format(rig, 1, ses << 9), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_WRITE_PROTECT, 2, 1, false), 0);
    assert_int_equal(format(rig, 2, 0), NVME_SC_NS_WRITE_PROTECTED);
    /* of all of them: none is formatted when one must not be */
    assert_int_equal(format(rig, NVME_NSID_ALL, 1), NVME_SC_NS_WRITE_PROTECTED);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &ns), 0);
    assert_int_equal(ns.flbas, 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_WRITE_PROTECT, 2, 0, false), 0);
    assert_int_equal(format(rig, NVME_NSID_ALL, 1), 0);
    for (uint32_t nsid = 1; nsid <= 4; nsid++) {
        assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, nsid, &ns), 0);
        assert_int_equal(ns.flbas, 1);
    }
}

/* The LBA ranges of what was there before say nothing about what is there now. */
static void test_format_ranges(void **state)
{
    struct nvme_lba_range_type ranges = {.entry[0] = {.type = NVME_LBART_TYPE_SWAP, .slba = 7, .nlb = 0}};
    struct rig *rig = *state;
    struct nvme_id_ns ns;

    data_write(rig, &ranges, sizeof(ranges));
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_LBA_RANGE, 1, 0, true), 0);
    assert_int_equal(format(rig, 1, 1), 0);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &ns), 0);
    for (unsigned sel = 0; sel < 3; sel++) {
        assert_int_equal(get_feature(rig, NVME_FEAT_FID_LBA_RANGE, 1, 0, sel, NULL), 0);
        data_read(rig, &ranges, sizeof(ranges));
        assert_int_equal(ranges.entry[0].slba, 0);
        assert_int_equal(ranges.entry[0].nlb, ns.nsze - 1);
    }
}

/* ---- firmware ---- */

static uint16_t download(struct rig *rig, const void *piece, uint32_t size, uint32_t offset)
{
    struct sqe sqe = {{nvme_admin_fw_download, [6] = BASE + DATA, [8] = BASE + DATA + 0x1000}};

    if (piece)
        data_write(rig, piece, size);
    sqe.dw[10] = size / 4 - 1;
    sqe.dw[11] = offset / 4;
    return admin(rig, sqe);
}

static uint16_t commit(struct rig *rig, unsigned slot, enum nvme_fw_commit_ca action)
{
    return admin(rig, (struct sqe){{nvme_admin_fw_commit, [10] = slot | (unsigned)action << 3}});
}

static void expect_firmware(struct rig *rig, uint8_t afi, const char *running, const char *second, const char *third)
{
    static const char empty[8];
    struct nvme_firmware_slot log;
    struct nvme_id_ctrl id;

    assert_int_equal(get_log(rig, NVME_LOG_LID_FW_SLOT, NVME_NSID_ALL, 0, sizeof(log), true), 0);
    data_read(rig, &log, sizeof(log));
    assert_int_equal(log.afi, afi);
    assert_memory_equal(log.frs[0], "0.001   ", 8);
    assert_memory_equal(log.frs[1], second ? second : empty, 8);
    assert_memory_equal(log.frs[2], third ? third : empty, 8);
    for (int slot = 3; slot < 7; slot++)
        assert_memory_equal(log.frs[slot], empty, 8);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_memory_equal(id.fr, running, 8);
}

static void test_firmware(void **state)
{
    struct rig *rig = *state;

    expect_firmware(rig, 0x01, "0.001   ", NULL, NULL);
    assert_int_equal(download(rig, "rest", 4, 16), 0); /* in any order */
    assert_int_equal(download(rig, "nvsim_fw0.002   ", 16, 0), 0);
    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_REPLACE), 0);
    expect_firmware(rig, 0x01, "0.001   ", "0.002   ", NULL);
    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_SET_ACTIVE), 0);
    expect_firmware(rig, 0x21, "0.001   ", "0.002   ", NULL);
    disable(rig);
    enable(rig);
    expect_firmware(rig, 0x02, "0.002   ", "0.002   ", NULL);
    /* FS=0: the controller chooses, the empty slot */
    assert_int_equal(download(rig, "nvsim_fw0.003   ", 16, 0), 0);
    assert_int_equal(commit(rig, 0, NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE), 0);
    expect_firmware(rig, 0x32, "0.002   ", "0.002   ", "0.003   ");
    assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
    start(rig);
    expect_firmware(rig, 0x03, "0.003   ", "0.002   ", "0.003   ");
    /* at once, from the slot, and with what was downloaded */
    assert_int_equal(commit(rig, 1, NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE_IMMEDIATE), 0);
    expect_firmware(rig, 0x01, "0.001   ", "0.002   ", "0.003   ");
    assert_int_equal(download(rig, "nvsim_fwlonger 8", 16, 0), 0);
    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE_IMMEDIATE), 0);
    expect_firmware(rig, 0x02, "longer 8", "longer 8", "0.003   ");
}

static void test_firmware_refusals(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_REPLACE), CSPEC | NVME_SC_FIRMWARE_IMAGE);
    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_SET_ACTIVE), CSPEC | NVME_SC_FIRMWARE_IMAGE);
    assert_int_equal(commit(rig, 1, NVME_FW_COMMIT_CA_REPLACE), CSPEC | NVME_SC_FIRMWARE_SLOT);
    assert_int_equal(commit(rig, 4, NVME_FW_COMMIT_CA_SET_ACTIVE), CSPEC | NVME_SC_FIRMWARE_SLOT);
    assert_int_equal(commit(rig, 0, NVME_FW_COMMIT_CA_SET_ACTIVE), CSPEC | NVME_SC_FIRMWARE_SLOT);
    for (unsigned action = 4; action < 8; action++)
        assert_int_equal(commit(rig, 2, (enum nvme_fw_commit_ca)action), NVME_SC_INVALID_FIELD);
    /* not an image for it; with a hole; without a revision */
    assert_int_equal(download(rig, "nvsim_fx0.002   ", 16, 0), 0);
    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_REPLACE), CSPEC | NVME_SC_FIRMWARE_IMAGE);
    assert_int_equal(download(rig, "nvsim_fw0.002   ", 16, 0), 0);
    assert_int_equal(download(rig, "rest", 4, 20), 0);
    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_REPLACE), CSPEC | NVME_SC_FIRMWARE_IMAGE);
    assert_int_equal(download(rig, "nvsim_fw\n.002   ", 16, 0), 0);
    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_REPLACE), CSPEC | NVME_SC_FIRMWARE_IMAGE);
    /* one piece over another; beyond what there is room for; out of reach */
    assert_int_equal(download(rig, "nvsim_fw0.002   ", 16, 0), 0);
    assert_int_equal(download(rig, "0.00", 4, 12), CSPEC | NVME_SC_OVERLAPPING_RANGE);
    assert_int_equal(download(rig, NULL, 8, IMAGE_MAX - 4), NVME_SC_INVALID_FIELD);
    assert_int_equal(download(rig, NULL, 4, UINT32_MAX - 3), NVME_SC_INVALID_FIELD);
    assert_int_equal(admin(rig, (struct sqe){{nvme_admin_fw_download, [6] = 0x5000000, [10] = 0, [11] = 4}}),
                     NVME_SC_DATA_XFER_ERROR);
    /* after a commit, whatever became of it, a download begins another image */
    assert_int_equal(commit(rig, 1, NVME_FW_COMMIT_CA_REPLACE), CSPEC | NVME_SC_FIRMWARE_SLOT);
    assert_int_equal(download(rig, "nvsim_fw0.002   ", 16, 0), 0);
    /* what was refused is not part of it, and a reset throws it away */
    assert_int_equal(commit(rig, 2, NVME_FW_COMMIT_CA_REPLACE), 0);
    expect_firmware(rig, 0x01, "0.001   ", "0.002   ", NULL);
    assert_int_equal(download(rig, "nvsim_fw0.003   ", 16, 0), 0);
    disable(rig);
    enable(rig);
    assert_int_equal(commit(rig, 3, NVME_FW_COMMIT_CA_REPLACE), CSPEC | NVME_SC_FIRMWARE_IMAGE);
}

/* ---- Device Self-test ---- */

static uint16_t self_test(struct rig *rig, uint32_t nsid, unsigned code)
{
    return admin(rig, (struct sqe){{nvme_admin_dev_self_test, nsid, [10] = code}});
}

static struct nvme_self_test_log self_test_log(struct rig *rig)
{
    struct nvme_self_test_log log;

    assert_int_equal(get_log(rig, NVME_LOG_LID_DEVICE_SELF_TEST, NVME_NSID_ALL, 0, sizeof(log), true), 0);
    data_read(rig, &log, sizeof(log));
    return log;
}

static void expect_result(struct rig *rig, unsigned code, unsigned result)
{
    struct nvme_self_test_log log = self_test_log(rig);

    assert_int_equal(log.current_operation, NVME_ST_CURR_OP_NOT_RUNNING);
    assert_int_equal(log.completion, 0);
    assert_int_equal(log.result[0].dsts, result | code << NVME_ST_CODE_SHIFT);
    assert_int_equal(log.result[0].vdi, 0);
}

/* interface: SI20 */
static void test_self_test(void **state)
{
    struct rig *rig = *state;
    struct nvme_self_test_log log = self_test_log(rig);
    double start = now(CLOCK_MONOTONIC);

    assert_int_equal(log.current_operation, NVME_ST_CURR_OP_NOT_RUNNING);
    for (int i = 0; i < 20; i++)
        assert_int_equal(log.result[i].dsts & 0xf, NVME_ST_RESULT_NOT_USED);
    for (unsigned code = 0; code < 16; code++)
        if (code != NVME_ST_CODE_SHORT && code != NVME_ST_CODE_EXTENDED && code != NVME_ST_CODE_ABORT)
            assert_int_equal(self_test(rig, NVME_NSID_ALL, code), NVME_SC_INVALID_FIELD);
    assert_int_equal(self_test(rig, 5, NVME_ST_CODE_SHORT), NVME_SC_INVALID_NS);
    assert_int_equal(self_test(rig, 0, NVME_ST_CODE_ABORT), 0);
    assert_int_equal(self_test(rig, NVME_NSID_ALL, NVME_ST_CODE_SHORT), 0);
    assert_int_equal(self_test(rig, 0, NVME_ST_CODE_EXTENDED), CSPEC | NVME_SC_SELF_TEST_IN_PROGRESS);
    log = self_test_log(rig);
    assert_int_equal(log.current_operation, NVME_ST_CURR_OP_SHORT);
    assert_uint_in_range(log.completion, 0, 99);
    assert_int_equal(log.result[0].dsts & 0xf, NVME_ST_RESULT_NOT_USED);
    while (self_test_log(rig).current_operation) {
        pause_ms(50);
        assert_true(now(CLOCK_MONOTONIC) - start < 20);
    }
    expect_result(rig, NVME_ST_CODE_SHORT, NVME_ST_RESULT_NO_ERR);
}

static void test_self_test_aborts(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(self_test(rig, 0, NVME_ST_CODE_SHORT), 0);
    assert_int_equal(self_test(rig, 0, NVME_ST_CODE_ABORT), 0);
    expect_result(rig, NVME_ST_CODE_SHORT, NVME_ST_RESULT_ABORTED);
    assert_int_equal(self_test(rig, 2, NVME_ST_CODE_SHORT), 0);
    disable(rig);
    enable(rig);
    expect_result(rig, NVME_ST_CODE_SHORT, NVME_ST_RESULT_CLR);
    assert_int_equal(self_test(rig, 2, NVME_ST_CODE_EXTENDED), 0);
    disable(rig);
    enable(rig);
    assert_int_equal(self_test_log(rig).current_operation, NVME_ST_CURR_OP_EXTENDED);
    assert_int_equal(format(rig, 1, 0), 0);
    assert_int_equal(self_test_log(rig).current_operation, NVME_ST_CURR_OP_EXTENDED);
    assert_int_equal(format(rig, 2, 1), 0);
    expect_result(rig, NVME_ST_CODE_EXTENDED, NVME_ST_RESULT_ABORTED_FORMAT);
    assert_int_equal(self_test_log(rig).result[2].dsts,
                     NVME_ST_RESULT_ABORTED | NVME_ST_CODE_SHORT << NVME_ST_CODE_SHIFT);
    for (int i = 0; i < 25; i++) {
        assert_int_equal(self_test(rig, 3, NVME_ST_CODE_EXTENDED), 0);
        assert_int_equal(self_test(rig, 3, NVME_ST_CODE_ABORT), 0);
    }
    assert_int_equal(self_test_log(rig).result[19].dsts,
                     NVME_ST_RESULT_ABORTED | NVME_ST_CODE_EXTENDED << NVME_ST_CODE_SHIFT);
}

/* ---- anything ---- */

static uint32_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 16);
}

/* Commands with all fields at random, small numbers among them so that some are nearly right, and data that is noise:
 * each has one completion, and afterwards the controller does what it did before. */
static void test_hostile(void **state)
{
    static const uint8_t opcodes[] = {nvme_admin_get_log_page, nvme_admin_identify,     nvme_admin_set_features,
                                      nvme_admin_get_features, nvme_admin_fw_commit,    nvme_admin_fw_download,
                                      nvme_admin_format_nvm,   nvme_admin_dev_self_test};
    struct rig *rig = *state;
    uint64_t random = 0x6c6f6e65;
    uint32_t noise[1024];

    for (int i = 0; i < 20000; i++) {
        struct sqe sqe = {{0}};

        for (int dw = 10; dw < 16; dw++)
            sqe.dw[dw] = draw(&random) % 3 ? draw(&random) % 64 : draw(&random);
        for (int dw = 0; dw < 1024; dw++)
            noise[dw] = draw(&random) % 2 ? draw(&random) % 512 : draw(&random);
        data_write(rig, noise, sizeof(noise));
        sqe.dw[0] = opcodes[draw(&random) % sizeof(opcodes)];
        sqe.dw[1] = draw(&random) % 8 ? draw(&random) % 6 : NVME_NSID_ALL;
        sqe.dw[6] = BASE + DATA + (draw(&random) % 8 ? 0 : draw(&random) % 0x2000);
        sqe.dw[8] = BASE + DATA + 0x1000 * (draw(&random) % 16);
        admin(rig, sqe);
    }
    assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
    start(rig);
    assert_int_equal(get_feature(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0, 0, NULL), 0);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, noise), 0);
    assert_int_equal(noise[0] & 0xffff, 0xed00);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_capabilities), RUNNING(test_identify_by_command_set), RUNNING(test_identify_allocated),
        RUNNING(test_format),       RUNNING(test_format_refusals),         RUNNING(test_format_ranges),
        RUNNING(test_firmware),     RUNNING(test_firmware_refusals),       RUNNING(test_hostile),
        RUNNING(test_self_test),    RUNNING(test_self_test_aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
