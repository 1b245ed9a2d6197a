/* SPDX-License-Identifier: MIT */
/* The simulator's log pages, held against libnvme's structures, and against what the simulator then does. */
#include <string.h>

#include "nvsim_rig.h"

static void expect_log(struct rig *rig, uint8_t lid, void *page, size_t size)
{
    memset(page, 0xa5, size);
    data_write(rig, page, size);
    assert_int_equal(get_log(rig, lid, NVME_NSID_ALL, 0, (uint32_t)size, true), 0);
    data_read(rig, page, size);
}

static uint64_t number(const uint8_t bytes[16])
{
    uint64_t value;

    memcpy(&value, bytes, sizeof(value));
    return value;
}

/* ---- which there are ---- */

/* interface: SI17 */
static void test_supported(void **state)
{
    static const uint8_t known[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x12, 0x13};
    struct nvme_supported_log_pages supported;
    struct rig *rig = *state;

    expect_log(rig, NVME_LOG_LID_SUPPORTED_LOG_PAGES, &supported, sizeof(supported));
    for (unsigned lid = 0; lid < 256; lid++) {
        bool there = memchr(known, (int)lid, sizeof(known));

        assert_int_equal(supported.lid_support[lid], there);
        assert_int_equal(get_log(rig, (uint8_t)lid, NVME_NSID_ALL, 0, 4, true),
                         there ? 0 : CSPEC | NVME_SC_INVALID_LOG_PAGE);
    }
}

static void test_attributes(void **state)
{
    struct rig *rig = *state;
    struct nvme_id_ctrl id;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(id.lpa, NVME_CTRL_LPA_CMD_EFFECTS | NVME_CTRL_LPA_EXTENDED | 1 << 5);
    assert_int_equal(id.elpe, 63);
}

/* ---- which part ---- */

static void test_parts(void **state)
{
    struct nvme_smart_log whole;
    uint8_t part[4096], expected[4096] = {0};
    struct rig *rig = *state;

    expect_log(rig, NVME_LOG_LID_SMART, &whole, sizeof(whole));
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, 0, 196, 64, true), 0);
    data_read(rig, part, 64);
    assert_memory_equal(part, (uint8_t *)&whole + 196, 64);
    memset(part, 0xa5, sizeof(part));
    data_write(rig, part, sizeof(part));
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, 0, 200, 4096, true), 0);
    data_read(rig, part, sizeof(part));
    memcpy(expected, (uint8_t *)&whole + 200, 312);
    assert_memory_equal(part, expected, sizeof(part));
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, 0, 512, 4, true), 0);
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, 0, 516, 4, true), NVME_SC_INVALID_FIELD);
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, 0, 1ull << 32, 4, true), NVME_SC_INVALID_FIELD);
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, 0, 2, 4, true), NVME_SC_INVALID_FIELD);
}

/* Longer than MDTS allows; and an offset that is an index, which no page takes. */
static void test_refusals(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, 0, 0, (1u << 20) + 4, true), NVME_SC_INVALID_FIELD);
    assert_int_equal(admin(rig, (struct sqe){{[0] = nvme_admin_get_log_page,
                                              [6] = BASE + DATA,
                                              [10] = NVME_LOG_LID_SMART | 127 << 16,
                                              [14] = 1 << 23}}),
                     NVME_SC_INVALID_FIELD);
    assert_int_equal(
        admin(rig,
              (struct sqe){{[0] = nvme_admin_get_log_page, [6] = 0x5000000, [10] = NVME_LOG_LID_SMART | 127 << 16}}),
        NVME_SC_DATA_XFER_ERROR);
    for (unsigned lid = 0; lid < 7; lid++) {
        assert_int_equal(get_log(rig, (uint8_t)lid, 0, 0, 64, true), 0);
        assert_int_equal(get_log(rig, (uint8_t)lid, 1, 0, 64, true), NVME_SC_INVALID_FIELD);
        assert_int_equal(get_log(rig, (uint8_t)lid, 5, 0, 64, true), NVME_SC_INVALID_FIELD);
    }
}

/* 13h goes on behind its 256 entries with reserved bytes (NVMe Base 2.1, Figure 263). */
static void test_sizes(void **state)
{
    static const struct {
        uint8_t lid;
        uint32_t size;
    } sizes[] = {{0x00, 1024}, {0x01, 64 * 64}, {0x02, 512},  {0x03, 512}, {0x04, 4096},
                 {0x05, 4096}, {0x06, 564},     {0x12, 1024}, {0x13, 4096}};
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(get_log(rig, sizes[i].lid, 0, sizes[i].size, 4, true), 0);
        assert_int_equal(get_log(rig, sizes[i].lid, 0, sizes[i].size + 4, 4, true), NVME_SC_INVALID_FIELD);
    }
}

/* ---- errors ---- */

static void test_errors(void **state)
{
    static struct nvme_error_log_page entries[64];
    struct rig *rig = *state;
    struct queue io = pair(rig, 1, 4, 0);
    struct nvme_smart_log smart;
    uint16_t cid;

    expect_log(rig, NVME_LOG_LID_ERROR, entries, sizeof(entries));
    assert_int_equal(entries[0].error_count, 0);
    assert_int_equal(admin(rig, (struct sqe){{0x7f}}), NVME_SC_INVALID_OPCODE);
    cid = rig->cid;
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_read, 2, [10] = 0x12345678, [11] = 9}}, NULL),
                     NVME_SC_LBA_RANGE);
    expect_log(rig, NVME_LOG_LID_ERROR, entries, sizeof(entries));
    assert_int_equal(entries[0].error_count, 2);
    assert_int_equal(entries[0].sqid, 1);
    assert_int_equal(entries[0].cmdid, cid);
    assert_int_equal(entries[0].status_field >> 1 & 0x7ff, NVME_SC_LBA_RANGE);
    assert_int_equal(entries[0].status_field >> 14 & 1, 1); /* More */
    assert_int_equal(entries[0].parm_error_location, 40);
    assert_int_equal(entries[0].lba, 0x912345678);
    assert_int_equal(entries[0].nsid, 2);
    assert_int_equal(entries[1].error_count, 1);
    assert_int_equal(entries[1].sqid, 0);
    assert_int_equal(entries[1].status_field >> 1 & 0x7ff, NVME_SC_INVALID_OPCODE);
    assert_int_equal(entries[1].parm_error_location, 0);
    assert_int_equal(entries[2].error_count, 0);
    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(number(smart.num_err_log_entries), 2);

    assert_int_equal(admin(rig, identify(0, 9, BASE + DATA, 0)), NVME_SC_INVALID_NS);
    expect_log(rig, NVME_LOG_LID_ERROR, entries, sizeof(entries));
    assert_int_equal(entries[0].parm_error_location, 4);

    /* The first block that was not read, not the first of the command. */
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_write_uncor, 1, [10] = 12}}, NULL), 0);
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_read, 1, [6] = BASE + DATA, [10] = 10, [12] = 3}}, NULL),
                     NVME_SCT_MEDIA << 8 | NVME_SC_READ_ERROR);
    expect_log(rig, NVME_LOG_LID_ERROR, entries, sizeof(entries));
    assert_int_equal(entries[0].error_count, 4);
    assert_int_equal(entries[0].lba, 12);
}

static struct nvme_error_log_page newest(struct rig *rig)
{
    struct nvme_error_log_page entry;

    expect_log(rig, NVME_LOG_LID_ERROR, &entry, sizeof(entry));
    return entry;
}

/* Parameter Error Location: the byte of the entry at which the wrong field starts, and in bits 10:8 the bit (Base 2.0,
 * Figure 206). The places are those of the specification's figures of each command. */
/* interface: SI18 */
static void test_locations(void **state)
{
    enum { NOWHERE = 0xffff, ADMIN = 0, IO = 1 };
#define AT_BIT(byte, bit) ((byte) | (bit) << 8)
    static const struct {
        int queue;
        struct sqe sqe;
        uint16_t status, location;
    } cases[] = {
        {ADMIN, {{0x7f}}, NVME_SC_INVALID_OPCODE, 0},
        {IO, {{0x7f, 1}}, NVME_SC_INVALID_OPCODE, 0},
        {ADMIN, {{nvme_admin_identify | 1 << 8}}, NVME_SC_INVALID_FIELD, AT_BIT(1, 0)},
        {ADMIN, {{nvme_admin_identify | 1 << 14}}, NVME_SC_INVALID_FIELD, AT_BIT(1, 6)},
        {IO, {{nvme_cmd_read | 3 << 14, 1}}, NVME_SC_INVALID_FIELD, AT_BIT(1, 6)},
        {IO, {{nvme_cmd_read, 9}}, NVME_SC_INVALID_NS, 4},
        {IO, {{nvme_cmd_read, NVME_NSID_ALL}}, NVME_SC_INVALID_FIELD, 4},
        {IO, {{nvme_cmd_read, 1, [6] = BASE + DATA + 2}}, NVME_SC_PRP_INVALID_OFFSET, 24},
        {IO, {{nvme_cmd_read, 1, [6] = BASE + DATA, [8] = 4, [12] = 15}}, NVME_SC_PRP_INVALID_OFFSET, 32},
        {IO, {{nvme_cmd_read, 1, [12] = 0xffff}}, NVME_SC_INVALID_FIELD, 48},
        {IO, {{nvme_cmd_verify, 1, [10] = 0xffffffff}}, NVME_SC_LBA_RANGE, 40},
        {IO, {{nvme_cmd_copy, 1, [12] = 0x100}}, NVME_SC_INVALID_FIELD, 49},
        {IO, {{nvme_cmd_copy, 1, [12] = 0xff}}, CSPEC | NVME_SC_CMD_SIZE_LIMIT_EXCEEDED, 48},
        {IO, {{nvme_cmd_read, 1, [6] = 0x5000000}}, NVME_SC_DATA_XFER_ERROR, NOWHERE},
        {ADMIN, {{nvme_admin_create_cq, [10] = 0x30080, [11] = 1}}, CSPEC | NVME_SC_QID_INVALID, 40},
        {ADMIN, {{nvme_admin_create_cq, [10] = 2, [11] = 1}}, CSPEC | NVME_SC_QUEUE_SIZE, 42},
        {ADMIN, {{nvme_admin_create_cq, [6] = 8, [10] = 0x30002, [11] = 1}}, NVME_SC_PRP_INVALID_OFFSET, 24},
        {ADMIN, {{nvme_admin_create_cq, [10] = 0x30002, [11] = 0x100001}}, CSPEC | NVME_SC_INVALID_VECTOR, 46},
        {ADMIN, {{nvme_admin_create_sq, [10] = 0x30002, [11] = 1}}, CSPEC | NVME_SC_QID_INVALID, 46},
        {ADMIN, {{nvme_admin_create_sq, [10] = 0x30002, [11] = 0x70001}}, CSPEC | NVME_SC_CQ_INVALID, 46},
        {ADMIN, {{nvme_admin_delete_cq, [10] = 1}}, CSPEC | NVME_SC_INVALID_QUEUE, 40},
        {ADMIN, {{nvme_admin_delete_sq, 1, [10] = 1}}, NVME_SC_INVALID_FIELD, 4},
        {ADMIN, {{nvme_admin_get_log_page, [10] = 0xc0}}, CSPEC | NVME_SC_INVALID_LOG_PAGE, 40},
        {ADMIN, {{nvme_admin_get_log_page, [10] = 2, [12] = 0x1000}}, NVME_SC_INVALID_FIELD, 48},
        {ADMIN, {{nvme_admin_get_log_page, [10] = 2, [11] = 0xffff}}, NVME_SC_INVALID_FIELD, 42},
        {ADMIN, {{nvme_admin_get_log_page, [10] = 2, [14] = 1 << 23}}, NVME_SC_INVALID_FIELD, AT_BIT(58, 7)},
        {ADMIN, {{nvme_admin_get_log_page, 1, [10] = 2}}, NVME_SC_INVALID_FIELD, 4},
        {ADMIN, {{nvme_admin_identify, [10] = 0xff}}, NVME_SC_INVALID_FIELD, 40},
        {ADMIN, {{nvme_admin_identify, [10] = 6, [11] = 2u << 24}}, NVME_SC_INVALID_FIELD, 47},
        {ADMIN, {{nvme_admin_identify, [10] = 0x7001c}}, NVME_SC_INVALID_FIELD, 42},
        {ADMIN, {{nvme_admin_identify, 1, [10] = 5, [11] = 2u << 24}}, CSPEC | NVME_SC_INVALID_IOCS, 47},
        {ADMIN, {{nvme_admin_get_features, [10] = 0x0f}}, NVME_SC_INVALID_FIELD, 40},
        {ADMIN, {{nvme_admin_get_features, [10] = 0x701}}, NVME_SC_INVALID_FIELD, AT_BIT(41, 0)},
        {ADMIN, {{nvme_admin_get_features, [10] = 4, [11] = 3 << 16}}, NVME_SC_INVALID_FIELD, 46},
        {ADMIN, {{nvme_admin_get_features, [10] = 4, [11] = 2 << 20}}, NVME_SC_INVALID_FIELD, AT_BIT(46, 4)},
        {ADMIN, {{nvme_admin_set_features, [10] = 1u << 31 | 7}}, CSPEC | NVME_SC_FEATURE_NOT_SAVEABLE, AT_BIT(43, 7)},
        {ADMIN, {{nvme_admin_set_features, 1, [10] = 1}}, CSPEC | NVME_SC_FEATURE_NOT_PER_NS, 4},
        {ADMIN, {{nvme_admin_set_features, [10] = 2, [11] = 9}}, NVME_SC_INVALID_FIELD, 44},
        {ADMIN, {{nvme_admin_set_features, 1, [10] = 5, [11] = 1 << 16}}, NVME_SC_INVALID_FIELD, 46},
        {ADMIN, {{nvme_admin_set_features, [10] = 7, [11] = 0xffff0000}}, NVME_SC_INVALID_FIELD, 46},
        {ADMIN, {{nvme_admin_set_features, [10] = 9, [11] = 99}}, NVME_SC_INVALID_FIELD, 44},
        {ADMIN, {{nvme_admin_set_features, [10] = 0x0b, [11] = 1 << 14}}, NVME_SC_INVALID_FIELD, AT_BIT(45, 6)},
        {ADMIN, {{nvme_admin_set_features, [10] = 0x0d, [11] = 1, [12] = 4096}}, NVME_SC_INVALID_FIELD, 60},
        {ADMIN, {{nvme_admin_set_features, [10] = 0x10, [11] = 1}}, NVME_SC_INVALID_FIELD, 44},
        {ADMIN, {{nvme_admin_set_features, [10] = 0x10, [11] = 1 << 16}}, NVME_SC_INVALID_FIELD, 46},
        {ADMIN, {{nvme_admin_set_features, 1, [10] = 0x84, [11] = 3}}, NVME_SC_INVALID_FIELD, 44},
        {ADMIN, {{nvme_admin_fw_commit, [10] = 4 << 3}}, NVME_SC_INVALID_FIELD, AT_BIT(40, 3)},
        {ADMIN, {{nvme_admin_fw_commit, [10] = 7}}, CSPEC | NVME_SC_FIRMWARE_SLOT, 40},
        {ADMIN, {{nvme_admin_fw_download, [10] = 0, [11] = 1 << 20}}, NVME_SC_INVALID_FIELD, 44},
        {ADMIN, {{nvme_admin_fw_download, [10] = 1 << 20}}, NVME_SC_INVALID_FIELD, 40},
        {ADMIN, {{nvme_admin_dev_self_test, [10] = 7}}, NVME_SC_INVALID_FIELD, 40},
        {ADMIN, {{nvme_admin_format_nvm, 1, [10] = 7 << 9}}, NVME_SC_INVALID_FIELD, AT_BIT(41, 1)},
        {ADMIN, {{nvme_admin_format_nvm, 1, [10] = 1 << 5}}, CSPEC | NVME_SC_INVALID_FORMAT, AT_BIT(40, 5)},
        {ADMIN, {{nvme_admin_format_nvm, 1, [10] = 9}}, CSPEC | NVME_SC_INVALID_FORMAT, 40},
    };
    struct rig *rig = *state;
    struct queue io = pair(rig, 1, 4, 0);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct nvme_error_log_page entry;
        uint8_t bytes[64];
        uint16_t status = run(rig, cases[i].queue ? &io : &rig->admin, cases[i].sqe, NULL);

        entry = newest(rig);
        memcpy(bytes, &entry, sizeof(bytes));
        if (status != cases[i].status || entry.parm_error_location != cases[i].location)
            fail_msg("case %zu: status 0x%x, wanted 0x%x; location 0x%x, wanted 0x%x", i, status, cases[i].status,
                     entry.parm_error_location, cases[i].location);
        assert_int_equal(entry.status_field >> 1 & 0x7ff, status);
        /* Command Set Indicator and Opcode, which Log Page Version 1 has */
        assert_int_equal(bytes[30], NVME_CSI_NVM);
        assert_int_equal(bytes[31], cases[i].sqe.dw[0] & 0xff);
        assert_int_equal(bytes[63], 1);
    }
}

/* The block at which the trouble begins, whatever the command and however its ranges are told; bit 0 of the Status
 * Field is the Phase Tag of the completion. */
static void test_error_details(void **state)
{
    struct rig *rig = *state;
    struct queue io = pair(rig, 1, 4, 0);
    uint8_t data[4096] = {0};
    struct nvme_id_ns ns;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &ns), 0);
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_verify, 1, [10] = (uint32_t)ns.nsze - 2, [12] = 7}}, NULL),
                     NVME_SC_LBA_RANGE);
    assert_int_equal(newest(rig).lba, ns.nsze);
    assert_int_equal(newest(rig).status_field & 1, 1);
    data[512 * 5 + 17] = 1;
    data_write(rig, data, sizeof(data));
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_compare, 1, [6] = BASE + DATA, [10] = 20, [12] = 7}}, NULL),
                     NVME_SCT_MEDIA << 8 | NVME_SC_COMPARE_FAILED);
    assert_int_equal(newest(rig).lba, 25);
    /* Copy: the second source range cannot be read at its third block. */
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_write_uncor, 1, [10] = 102}}, NULL), 0);
    data_write(rig, (struct nvme_copy_range[]){{.slba = 50, .nlb = 3}, {.slba = 100, .nlb = 7}}, 64);
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_copy, 1, [6] = BASE + DATA, [10] = 500, [12] = 1}}, NULL),
                     NVME_SCT_MEDIA << 8 | NVME_SC_READ_ERROR);
    assert_int_equal(newest(rig).lba, 102);
    assert_int_equal(newest(rig).parm_error_location, 0xffff);
    data_write(rig, &(struct nvme_dsm_range){.slba = ns.nsze - 1, .nlb = 2}, 16);
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_dsm, 1, [6] = BASE + DATA, [11] = 4}}, NULL),
                     NVME_SC_LBA_RANGE);
    assert_int_equal(newest(rig).lba, ns.nsze);
    assert_int_equal(newest(rig).parm_error_location, 0xffff);
    /* The sixth completion in a queue of 4 is in the second round. */
    assert_int_equal(run(rig, &io, (struct sqe){{0x7f, 1}}, NULL), NVME_SC_INVALID_OPCODE);
    assert_int_equal(newest(rig).status_field & 1, 0);
    /* About no block at all. */
    assert_int_equal(newest(rig).lba, 0);
}

/* A command that the host has ended is no error. */
static void test_no_error(void **state)
{
    static struct nvme_error_log_page entries[64];
    const struct sqe request = {{nvme_admin_async_event | 0x4242u << 16}};
    const struct sqe abort = {{nvme_admin_abort_cmd | 0x4243u << 16, [10] = 0x4242u << 16}};
    struct rig *rig = *state;
    uint32_t cqe[4];

    place(rig, &rig->admin, &request);
    place(rig, &rig->admin, &abort);
    ring_sq(rig, &rig->admin, rig->admin.tail);
    for (int i = 0; i < 2; i++) {
        await(rig, &rig->admin, cqe);
        ring_cq(rig, &rig->admin, rig->admin.head);
        assert_int_equal(status_of(cqe), (cqe[3] & 0xffff) == 0x4242 ? NVME_SC_ABORT_REQ : 0);
    }
    expect_log(rig, NVME_LOG_LID_ERROR, entries, sizeof(entries));
    assert_int_equal(entries[0].error_count, 0);
}

/* 64 entries are kept, the count goes on, also over resets. */
static void test_many_errors(void **state)
{
    static struct nvme_error_log_page entries[64];
    struct rig *rig = *state;

    for (int i = 0; i < 70; i++)
        assert_int_equal(admin(rig, (struct sqe){{0x7f}}), NVME_SC_INVALID_OPCODE);
    disable(rig);
    enable(rig);
    expect_log(rig, NVME_LOG_LID_ERROR, entries, sizeof(entries));
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(entries[i].error_count, 70 - i);
}

/* The More bit says that there is an entry. */
/* interface: SI18 */
static void test_more(void **state)
{
    const struct sqe bad = {{0x7f}}, good = {{nvme_admin_get_features, [10] = NVME_FEAT_FID_ARBITRATION}};
    struct rig *rig = *state;
    uint32_t cqe[4];

    place(rig, &rig->admin, &bad);
    place(rig, &rig->admin, &good);
    ring_sq(rig, &rig->admin, rig->admin.tail);
    await(rig, &rig->admin, cqe);
    assert_int_equal(cqe[3] >> 30 & 1, 1);
    await(rig, &rig->admin, cqe);
    assert_int_equal(cqe[3] >> 30 & 1, 0);
    ring_cq(rig, &rig->admin, rig->admin.head);
}

static void test_wrong_doorbells(void **state)
{
    static struct nvme_error_log_page entries[64];
    struct rig *rig = *state;

    w32(rig, 0x1000 + 8 * 9, 1); /* of a queue that there is not */
    assert_int_equal(admin(rig, (struct sqe){{nvme_admin_get_features, [10] = NVME_FEAT_FID_ARBITRATION}}), 0);
    expect_log(rig, NVME_LOG_LID_ERROR, entries, sizeof(entries));
    assert_int_equal(entries[0].error_count, 1);
    assert_int_equal(entries[0].sqid, 0xffff);
    assert_int_equal(entries[0].cmdid, 0xffff);
    assert_int_equal(entries[0].status_field >> 1 & 0x7ff, CSPEC | NVME_SC_QID_INVALID);
    w32(rig, 0x1000, 0xffff); /* beyond the queue */
    assert_int_equal(admin(rig, (struct sqe){{nvme_admin_get_features, [10] = NVME_FEAT_FID_ARBITRATION}}), 0);
    expect_log(rig, NVME_LOG_LID_ERROR, entries, sizeof(entries));
    assert_int_equal(entries[0].error_count, 2);
    assert_int_equal(entries[0].sqid, 0xffff);
    assert_int_equal(entries[0].status_field >> 1 & 0x7ff, NVME_SC_INVALID_FIELD);
}

/* ---- SMART ---- */

static void test_smart(void **state)
{
    struct rig *rig = *state;
    struct queue io = pair(rig, 1, 4, 0);
    struct nvme_smart_log smart;

    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(smart.critical_warning, 0);
    assert_int_equal(smart.temperature[0] | smart.temperature[1] << 8, 313);
    assert_int_equal(smart.avail_spare, 100);
    assert_int_equal(smart.percent_used, 0);
    assert_int_equal(smart.temp_sensor[0], 313);
    assert_int_equal(smart.temp_sensor[1], 318);
    assert_int_equal(smart.temp_sensor[2], 0);
    assert_int_equal(number(smart.power_cycles), 1);
    assert_int_equal(number(smart.power_on_hours), 0);
    assert_int_equal(number(smart.data_units_read) | number(smart.host_reads), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_write, 1, [6] = BASE + DATA}}, NULL), 0);
        assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_read, 1, [6] = BASE + DATA}}, NULL), 0);
    }
    assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_read, 1, [6] = BASE + DATA}}, NULL), 0);
    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(number(smart.host_reads), 4);
    assert_int_equal(number(smart.host_writes), 3);
    assert_int_equal(number(smart.data_units_read), 1); /* thousands of 512 bytes, rounded up */
    assert_int_equal(number(smart.data_units_written), 1);
}

/* NVM Command Set 1.2, 1.4.2: Compare, Read and Verify read data units; Compare, Copy and Read are host reads; Copy and
 * Write write data units and are host writes. */
static void test_usage(void **state)
{
    const uint8_t ranges[32] = {[16] = 99}; /* blocks 0 to 99 */
    struct rig *rig = *state;
    struct queue io = pair(rig, 1, 4, 0);
    struct nvme_smart_log smart;

    for (int i = 0; i < 10; i++)
        assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_verify, 1, [12] = 200}}, NULL), 0);
    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(number(smart.data_units_read), 3); /* 2010 blocks */
    assert_int_equal(number(smart.host_reads), 0);
    assert_int_equal(number(smart.data_units_written) | number(smart.host_writes), 0);
    data_write(rig, ranges, sizeof(ranges));
    for (int i = 0; i < 11; i++)
        assert_int_equal(run(rig, &io, (struct sqe){{nvme_cmd_copy, 1, [6] = BASE + DATA, [10] = 1000}}, NULL), 0);
    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(number(smart.data_units_read), 3);
    assert_int_equal(number(smart.data_units_written), 2); /* 1100 blocks */
    assert_int_equal(number(smart.host_reads), 11);
    assert_int_equal(number(smart.host_writes), 11);
}

static void test_critical_temperature(void **state)
{
    struct rig *rig = *state;
    struct nvme_smart_log smart;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, 314, false), 0);
    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(smart.critical_warning, 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, 313, false), 0);
    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(smart.critical_warning, NVME_SMART_CRIT_TEMPERATURE);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, 400, false), 0);
    /* the second sensor, below its lower threshold */
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, 1 << 20 | 2 << 16 | 318, false), 0);
    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(smart.critical_warning, NVME_SMART_CRIT_TEMPERATURE);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, 1 << 20 | 2 << 16 | 317, false), 0);
    expect_log(rig, NVME_LOG_LID_SMART, &smart, sizeof(smart));
    assert_int_equal(smart.critical_warning, 0);
}

/* ---- effects ---- */

/* A command is supported if and only if the page says so. Opcodes that end queues are left out of the trial. */
static void test_effects(void **state)
{
    static struct nvme_cmd_effects_log effects;
    struct rig *rig = *state;
    struct queue io = pair(rig, 1, 4, 0);

    expect_log(rig, NVME_LOG_LID_CMD_EFFECTS, &effects, sizeof(effects));
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        const struct sqe sqe = {{opcode, 77}};

        assert_int_equal(run(rig, &io, sqe, NULL) != NVME_SC_INVALID_OPCODE,
                         effects.iocs[opcode] & NVME_CMD_EFFECTS_CSUPP);
        if (opcode != nvme_admin_async_event)
            assert_int_equal(admin(rig, sqe) != NVME_SC_INVALID_OPCODE, effects.acs[opcode] & NVME_CMD_EFFECTS_CSUPP);
    }
    assert_int_equal(effects.acs[nvme_admin_format_nvm] & 0xffff,
                     NVME_CMD_EFFECTS_CSUPP | NVME_CMD_EFFECTS_LBCC | NVME_CMD_EFFECTS_NCC);
    assert_int_equal(effects.iocs[nvme_cmd_write] & 0xffff, NVME_CMD_EFFECTS_CSUPP | NVME_CMD_EFFECTS_LBCC);
    assert_int_equal(effects.iocs[nvme_cmd_read] & 0xffff, NVME_CMD_EFFECTS_CSUPP);
    assert_true(effects.acs[nvme_admin_async_event] & NVME_CMD_EFFECTS_CSUPP);
}

static void test_feature_effects(void **state)
{
    static struct nvme_fid_supported_effects_log effects;
    struct rig *rig = *state;

    expect_log(rig, NVME_LOG_LID_FID_SUPPORTED_EFFECTS, &effects, sizeof(effects));
    for (unsigned fid = 0; fid < 256; fid++) {
        uint32_t capabilities = 0;
        bool there = !get_feature(rig, (uint8_t)fid, 0, 0, NVME_GET_FEATURES_SEL_SUPPORTED, &capabilities);
        uint32_t scope = effects.fid_support[fid] >> NVME_FID_SUPPORTED_EFFECTS_SCOPE_SHIFT;

        assert_int_equal(effects.fid_support[fid] & NVME_FID_SUPPORTED_EFFECTS_FSUPP, there);
        if (there)
            assert_int_equal(scope, capabilities & 2 ? NVME_FID_SUPPORTED_EFFECTS_SCOPE_NS
                                                     : NVME_FID_SUPPORTED_EFFECTS_SCOPE_CTRL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_supported),
        RUNNING(test_attributes),
        RUNNING(test_parts),
        RUNNING(test_sizes),
        RUNNING(test_refusals),
        RUNNING(test_errors),
        RUNNING(test_locations),
        RUNNING(test_error_details),
        RUNNING(test_many_errors),
        RUNNING(test_more),
        RUNNING(test_wrong_doorbells),
        RUNNING(test_no_error),
        RUNNING(test_smart),
        RUNNING(test_usage),
        RUNNING(test_effects),
        RUNNING(test_feature_effects),
        RUNNING(test_critical_temperature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
