/* SPDX-License-Identifier: MIT */
/* The simulator's features: their four values, what they refuse, whose they are, and what resets leave of them. Values
 * are those of NVMe Base 2.0, 5.27, and of libnvme. */
#include <string.h>
#include <unistd.h>

#include "nvsim_rig.h"

#define CURRENT      NVME_GET_FEATURES_SEL_CURRENT
#define DEFAULT      NVME_GET_FEATURES_SEL_DEFAULT
#define SAVED        NVME_GET_FEATURES_SEL_SAVED
#define CAPABILITIES NVME_GET_FEATURES_SEL_SUPPORTED
#define SAVEABLE     1u
#define PER_NS       2u
#define CHANGEABLE   4u

static uint32_t value(struct rig *rig, uint8_t fid, uint32_t nsid, uint32_t dw11, unsigned sel)
{
    uint32_t result = 0xa5a5a5a5;

    assert_int_equal(get_feature(rig, fid, nsid, dw11, sel, &result), NVME_SC_SUCCESS);
    return result;
}

/* Features of one dword: a value that is not the default, and one with reserved bits set that must not come back. */
static const struct simple {
    uint8_t fid;
    uint32_t nsid, initial, other, noisy, kept;
} simple[] = {
    {NVME_FEAT_FID_ARBITRATION, 0, 0, 0x03020107, 0xffffffff, 0xffffff07},
    {NVME_FEAT_FID_POWER_MGMT, 0, 0, 1 << 5 | 2, 0xffffff00, 0},
    {NVME_FEAT_FID_ERR_RECOVERY, 2, 0, 50, 0xfffe1234, 0x1234},
    {NVME_FEAT_FID_VOLATILE_WC, 0, 1, 0, 0xffffffff, 1},
    {NVME_FEAT_FID_IRQ_COALESCE, 0, 0, 0x0a03, 0xffffffff, 0xffff},
    {NVME_FEAT_FID_WRITE_ATOMIC, 0, 0, 1, 0xfffffffe, 0},
    {NVME_FEAT_FID_ASYNC_EVENT, 0, 0, NVME_SMART_CRIT_SPARE, ~(1u << 14), 0x33f},
    {NVME_FEAT_FID_HCTM, 0, 0, 330u << 16 | 340, 323u << 16 | 353, 323u << 16 | 353},
    {NVME_FEAT_FID_NOPSC, 0, 0, 1, 0xfffffffe, 0},
    {NVME_FEAT_FID_SW_PROGRESS, 0, 0, 3, 0xffffffff, 0xff},
};

static void test_four_values(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
        const struct simple *s = &simple[i];

        assert_int_equal(value(rig, s->fid, s->nsid, 0, CAPABILITIES), SAVEABLE | CHANGEABLE | (s->nsid ? PER_NS : 0));
        for (unsigned sel = CURRENT; sel <= SAVED; sel++)
            assert_int_equal(value(rig, s->fid, s->nsid, 0, sel), s->initial);
        assert_int_equal(set_feature(rig, s->fid, s->nsid, s->noisy, false), 0);
        assert_int_equal(value(rig, s->fid, s->nsid, 0, CURRENT), s->kept);
        assert_int_equal(value(rig, s->fid, s->nsid, 0, SAVED), s->initial);
        assert_int_equal(set_feature(rig, s->fid, s->nsid, s->other, true), 0);
        assert_int_equal(value(rig, s->fid, s->nsid, 0, CURRENT), s->other);
        assert_int_equal(value(rig, s->fid, s->nsid, 0, SAVED), s->other);
        assert_int_equal(value(rig, s->fid, s->nsid, 0, DEFAULT), s->initial);
        assert_int_equal(set_feature(rig, s->fid, s->nsid, s->noisy, false), 0);
        assert_int_equal(value(rig, s->fid, s->nsid, 0, SAVED), s->other);
    }
}

/* After a controller reset and after a function level reset the current value is the saved one. */
static void test_resets(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
        if (i % 2)
            assert_int_equal(set_feature(rig, simple[i].fid, simple[i].nsid, simple[i].other, true), 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
            assert_int_equal(set_feature(rig, simple[i].fid, simple[i].nsid, simple[i].noisy, false), 0);
        if (round) {
            assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
            start(rig);
        } else {
            disable(rig);
            enable(rig);
        }
        for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
            assert_int_equal(value(rig, simple[i].fid, simple[i].nsid, 0, CURRENT),
                             i % 2 ? simple[i].other : simple[i].initial);
    }
}

/* interface: SI11 */
static void test_unknown(void **state)
{
    static const uint8_t known[] = {1,   2,   3,   4,   5,    6,    7,    8,    9,    0xa,
                                    0xb, 0xc, 0xd, 0xe, 0x10, 0x11, 0x16, 0x80, 0x81, 0x84};
    struct rig *rig = *state;

    for (unsigned fid = 0; fid < 256; fid++) {
        bool there = memchr(known, (int)fid, sizeof(known));

        assert_int_equal(get_feature(rig, (uint8_t)fid, 1, 0, CAPABILITIES, NULL), there ? 0 : NVME_SC_INVALID_FIELD);
        if (!there) {
            assert_int_equal(get_feature(rig, (uint8_t)fid, 0, 0, CURRENT, NULL), NVME_SC_INVALID_FIELD);
            assert_int_equal(set_feature(rig, (uint8_t)fid, 0, 0, false), NVME_SC_INVALID_FIELD);
            assert_int_equal(set_feature(rig, (uint8_t)fid, 0, 0, true), NVME_SC_INVALID_FIELD);
        }
        for (unsigned sel = 4; sel < 8; sel++)
            assert_int_equal(get_feature(rig, (uint8_t)fid, 1, 0, sel, NULL), NVME_SC_INVALID_FIELD);
    }
}

/* interface: SI11 */
static void test_not_saveable(void **state)
{
    static const uint8_t fids[] = {NVME_FEAT_FID_NUM_QUEUES, NVME_FEAT_FID_HOST_MEM_BUF,
                                   NVME_FEAT_FID_TIMESTAMP,  NVME_FEAT_FID_HOST_BEHAVIOR,
                                   NVME_FEAT_FID_HOST_ID,    NVME_FEAT_FID_WRITE_PROTECT};
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(fids); i++) {
        assert_int_equal(value(rig, fids[i], 1, 0, CAPABILITIES) & SAVEABLE, 0);
        assert_int_equal(set_feature(rig, fids[i], 1, 0, true), CSPEC | NVME_SC_FEATURE_NOT_SAVEABLE);
    }
}

/* ---- whose ---- */

static void test_nsid(void **state)
{
    struct rig *rig = *state;
    const uint8_t mine = NVME_FEAT_FID_ARBITRATION, theirs = NVME_FEAT_FID_ERR_RECOVERY;

    assert_int_equal(set_feature(rig, mine, 1, 1, false), CSPEC | NVME_SC_FEATURE_NOT_PER_NS);
    assert_int_equal(set_feature(rig, mine, 5, 1, false), NVME_SC_INVALID_NS);
    assert_int_equal(set_feature(rig, mine, NVME_NSID_ALL, 1, false), 0);
    assert_int_equal(value(rig, mine, NVME_NSID_ALL, 0, CURRENT), 1);

    assert_int_equal(set_feature(rig, theirs, 0, 1, false), NVME_SC_INVALID_NS);
    assert_int_equal(set_feature(rig, theirs, 5, 1, false), NVME_SC_INVALID_NS);
    assert_int_equal(get_feature(rig, theirs, 0, 0, CURRENT, NULL), NVME_SC_INVALID_NS);
    assert_int_equal(get_feature(rig, theirs, NVME_NSID_ALL, 0, CURRENT, NULL), NVME_SC_INVALID_NS);
    assert_int_equal(set_feature(rig, theirs, 3, 7, false), 0);
    for (uint32_t nsid = 1; nsid <= 4; nsid++)
        assert_int_equal(value(rig, theirs, nsid, 0, CURRENT), nsid == 3 ? 7 : 0);
    assert_int_equal(set_feature(rig, theirs, NVME_NSID_ALL, 9, true), 0);
    for (uint32_t nsid = 1; nsid <= 4; nsid++)
        assert_int_equal(value(rig, theirs, nsid, 0, SAVED), 9);
    /* Ranges are one namespace's (NVM Command Set 1.2, 4.1.3.1). */
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_LBA_RANGE, NVME_NSID_ALL, 0, false), NVME_SC_INVALID_FIELD);
    /* interface: SI14 */
    /* DULBE, which NSFEAT bit 2 does not announce; events of endurance groups, which CTRATT bit 4 does not */
    assert_int_equal(set_feature(rig, theirs, 1, 1 << 16, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, 1 << 14, false), NVME_SC_INVALID_FIELD);
}

static uint32_t sensor(unsigned tmpsel, unsigned thsel)
{
    return tmpsel << NVME_FEAT_TT_TMPSEL_SHIFT | thsel << NVME_FEAT_TT_THSEL_SHIFT;
}

static void test_temperature_threshold(void **state)
{
    const uint8_t fid = NVME_FEAT_FID_TEMP_THRESH;
    struct rig *rig = *state;
    struct nvme_id_ctrl id;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(value(rig, fid, 0, sensor(0, 0), DEFAULT), id.wctemp);
    assert_int_equal(value(rig, fid, 0, sensor(1, 0), DEFAULT), sensor(1, 0) | 0xffff);
    assert_int_equal(value(rig, fid, 0, sensor(0, 1), DEFAULT), sensor(0, 1));
    assert_int_equal(set_feature(rig, fid, 0, sensor(2, 1) | 280, false), 0);
    assert_int_equal(value(rig, fid, 0, sensor(2, 1), CURRENT), sensor(2, 1) | 280);
    assert_int_equal(value(rig, fid, 0, sensor(2, 0), CURRENT), sensor(2, 0) | 0xffff);
    assert_int_equal(value(rig, fid, 0, sensor(1, 1), CURRENT), sensor(1, 1));
    assert_int_equal(set_feature(rig, fid, 0, sensor(15, 0) | 400, true), 0);
    for (unsigned n = 0; n <= 2; n++)
        assert_int_equal(value(rig, fid, 0, sensor(n, 0), SAVED), sensor(n, 0) | 400);
    assert_int_equal(value(rig, fid, 0, sensor(2, 1), CURRENT), sensor(2, 1) | 280);
    assert_int_equal(get_feature(rig, fid, 0, sensor(15, 0), CURRENT, NULL), NVME_SC_INVALID_FIELD);
    for (unsigned n = 3; n < 15; n++)
        assert_int_equal(set_feature(rig, fid, 0, sensor(n, 0) | 400, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, fid, 0, sensor(0, 2) | 400, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, fid, 0, sensor(0, 3) | 400, false), NVME_SC_INVALID_FIELD);
}

static void test_number_of_queues(void **state)
{
    struct rig *rig = *state;

    for (unsigned sel = CURRENT; sel <= SAVED; sel++)
        assert_int_equal(value(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0, sel), 126 | 126 << 16);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0xffff, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0xffff0000, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0, false), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0, CURRENT), 126 | 126 << 16);
    /* Not after an I/O queue was created, whether it is there still or not, until a reset (5.27.1.5). */
    pair(rig, 1, 16, 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0, false), NVME_SC_CMD_SEQ_ERROR);
    assert_int_equal(admin(rig, delete (nvme_admin_delete_sq, 1)), 0);
    assert_int_equal(admin(rig, delete (nvme_admin_delete_cq, 1)), 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0, false), NVME_SC_CMD_SEQ_ERROR);
    disable(rig);
    enable(rig);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_NUM_QUEUES, 0, 0, false), 0);
}

/* ---- interrupt coalescing ---- */

static struct queue vector_pair(struct rig *rig, uint16_t vector)
{
    assert_int_equal(lone_device_interrupts(rig->device, LONE_INTERRUPTS_MSIX, VECTORS, rig->fds, NULL), 0);
    return pair(rig, 1, 16, vector);
}

/* Only of a vector that an I/O completion queue uses (5.27.1.7). */
static void test_vectors(void **state)
{
    const uint32_t cd = 1u << NVME_FEAT_ICFG_CD_SHIFT;
    struct rig *rig = *state;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, 5 | cd, false), NVME_SC_INVALID_FIELD);
    vector_pair(rig, 5);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, cd, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, 5 | cd, false), 0);
    for (uint32_t iv = 0; iv < VECTORS; iv++)
        assert_int_equal(value(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, iv, CURRENT), iv == 5 ? iv | cd : iv);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, VECTORS | cd, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(get_feature(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, VECTORS, CURRENT, NULL), NVME_SC_INVALID_FIELD);
    assert_int_equal(get_feature(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, 0xffff, CURRENT, NULL), NVME_SC_INVALID_FIELD);
}

static uint64_t after_flushes(struct rig *rig, struct queue *io, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(flush(rig, io, 1), 0);
    pause_ms(2);
    return signals(rig, 5, false);
}

/* Does the interrupt for @count completions come before the Aggregation Time of 25.5 ms? A machine that is busy may
 * need several attempts to show that it does. */
static bool is_prompt(struct rig *rig, struct queue *queue, unsigned vector, unsigned count)
{
    const struct sqe sqe = {
        {queue->qid ? nvme_cmd_flush : nvme_admin_get_features, 1, [10] = NVME_FEAT_FID_VOLATILE_WC}};
    bool prompt = false;

    for (int attempt = 0; attempt < 20 && !prompt; attempt++) {
        double start = now(CLOCK_MONOTONIC);

        for (unsigned i = 0; i < count; i++)
            assert_int_equal(run(rig, queue, sqe, NULL), 0);
        signals(rig, vector, true);
        prompt = now(CLOCK_MONOTONIC) - start < 0.02;
    }
    return prompt;
}

/* Three entries, or 25.5 ms: THR is 0's based, TIME in 100 us. */
/* interface: SI15 */
static void test_coalescing(void **state)
{
    const uint32_t cd = 1u << NVME_FEAT_ICFG_CD_SHIFT;
    struct rig *rig = *state;
    struct queue io = vector_pair(rig, 5);
    double start;

    assert_int_equal(after_flushes(rig, &io, 1), 1);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_COALESCE, 0, 255 << 8 | 2, false), 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, 5 | cd, false), 0);
    assert_int_equal(after_flushes(rig, &io, 1), 1);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_CONFIG, 0, 5, false), 0);
    start = now(CLOCK_MONOTONIC);
    assert_int_equal(flush(rig, &io, 1), 0);
    assert_int_equal(signals(rig, 5, true), 1);
    assert_true(now(CLOCK_MONOTONIC) - start >= 0.0255);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_COALESCE, 0, 255 << 8 | 3, false), 0);
    assert_true(is_prompt(rig, &io, 5, 4));
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_COALESCE, 0, 255 << 8 | 255, false), 0);
    assert_false(is_prompt(rig, &io, 5, 4));
    /* Admin completions are not held back, and without a time nothing is. */
    signals(rig, 0, true);
    assert_true(is_prompt(rig, &rig->admin, 0, 1));
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_COALESCE, 0, 200, false), 0);
    assert_true(is_prompt(rig, &io, 5, 1));
}

/* An interrupt that is held back keeps nobody awake while the function has no power, and comes afterwards. */
static void test_coalescing_without_power(void **state)
{
    struct rig *rig = *state;
    struct queue io = vector_pair(rig, 5);
    unsigned pm = capability(rig, 0x01);
    double cpu;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_IRQ_COALESCE, 0, 255 << 8 | 255, false), 0);
    assert_int_equal(flush(rig, &io, 1), 0);
    config_write(rig, pm + 4, 2, 3);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    pause_ms(100);
    assert_true(now(CLOCK_PROCESS_CPUTIME_ID) - cpu < 0.03);
    assert_int_equal(signals(rig, 5, false), 0);
    config_write(rig, pm + 4, 2, 0);
    assert_int_equal(signals(rig, 5, true), 1);
}

/* ---- power ---- */

/* interface: SI16 */
static void test_power_states(void **state)
{
    struct rig *rig = *state;
    struct nvme_id_ctrl id;
    struct queue io;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(id.npss, 4);
    assert_int_equal(id.psd[2].flags & NVME_PSD_FLAGS_NOPS, 0);
    assert_int_equal(id.psd[3].flags, NVME_PSD_FLAGS_MXPS | NVME_PSD_FLAGS_NOPS);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_POWER_MGMT, 0, 5, false), NVME_SC_INVALID_FIELD);
    io = pair(rig, 1, 4, 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_POWER_MGMT, 0, 1, false), 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_POWER_MGMT, 0, 4, false), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_POWER_MGMT, 0, 0, CURRENT), 4);
    /* I/O wakes it to the operational state that it was in last (8.15). */
    assert_int_equal(flush(rig, &io, 1), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_POWER_MGMT, 0, 0, CURRENT), 1);
}

static uint16_t set_transitions(struct rig *rig, unsigned from, unsigned to, unsigned ms, bool enable_them)
{
    struct nvme_feat_auto_pst table = {0};

    table.apst_entry[from] = (uint64_t)to << NVME_APST_ENTRY_ITPS_SHIFT | (uint64_t)ms << NVME_APST_ENTRY_ITPT_SHIFT;
    data_write(rig, &table, sizeof(table));
    return set_feature(rig, NVME_FEAT_FID_AUTO_PST, 0, enable_them, false);
}

static void test_autonomous_transitions(void **state)
{
    struct nvme_feat_auto_pst table;
    struct rig *rig = *state;
    struct nvme_id_ctrl id;
    struct queue io = pair(rig, 1, 4, 0);

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(id.apsta, NVME_CTRL_APSTA_APST);
    assert_int_equal(set_transitions(rig, 0, 2, 10, true), NVME_SC_INVALID_FIELD); /* to an operational one */
    assert_int_equal(set_transitions(rig, 0, 5, 10, true), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_transitions(rig, 5, 3, 10, true), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_transitions(rig, 0, 3, 60000, true), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_AUTO_PST, 0, 0, CURRENT), 1);
    data_read(rig, &table, sizeof(table));
    assert_int_equal(table.apst_entry[0], 3 << 3 | 60000 << 8);
    assert_int_equal(value(rig, NVME_FEAT_FID_POWER_MGMT, 0, 0, CURRENT), 0);
    assert_int_equal(set_transitions(rig, 0, 3, 20, true), 0);
    /* Idle for 20 ms: on a busy machine it may be told a little later that these are over. */
    for (int i = 0; i < 100 && value(rig, NVME_FEAT_FID_POWER_MGMT, 0, 0, CURRENT) != 3; i++)
        pause_ms(40);
    assert_int_equal(value(rig, NVME_FEAT_FID_POWER_MGMT, 0, 0, CURRENT), 3);
    assert_int_equal(set_transitions(rig, 0, 3, 20, false), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_POWER_MGMT, 0, 0, CURRENT), 0);
    assert_int_equal(set_transitions(rig, 0, 3, 500, true), 0);
    assert_int_equal(flush(rig, &io, 1), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_POWER_MGMT, 0, 0, CURRENT), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_AUTO_PST, 0, 0, DEFAULT), 0);
    data_read(rig, &table, sizeof(table));
    assert_int_equal(table.apst_entry[0], 0);
}

static void test_thermal_management(void **state)
{
    struct rig *rig = *state;
    struct nvme_id_ctrl id;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(id.hctma, NVME_CTRL_HCTMA_HCTM);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_HCTM, 0, id.mntmt - 1u, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_HCTM, 0, id.mxtmt + 1u, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_HCTM, 0, id.mxtmt, false), 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_HCTM, 0, 340u << 16 | 340, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_HCTM, 0, 341u << 16 | 340, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_HCTM, 0, 0, false), 0);
}

/* ---- with data ---- */

static uint64_t timestamp(struct rig *rig, unsigned sel, uint8_t *attributes)
{
    struct nvme_timestamp stamp;
    uint64_t ms = 0;

    value(rig, NVME_FEAT_FID_TIMESTAMP, 0, 0, sel);
    data_read(rig, &stamp, sizeof(stamp));
    memcpy(&ms, stamp.timestamp, 6);
    *attributes = stamp.attr;
    return ms;
}

static void test_timestamp(void **state)
{
    const uint8_t origin_set = 1 << 1;
    struct rig *rig = *state;
    uint64_t ms = 1700000000000, first;
    uint8_t attributes;

    assert_uint_in_range(timestamp(rig, CURRENT, &attributes), 0, 10000);
    assert_int_equal(attributes, 0);
    data_write(rig, &ms, sizeof(ms));
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TIMESTAMP, 0, 0, false), 0);
    first = timestamp(rig, CURRENT, &attributes);
    assert_uint_in_range(first, ms, ms + 5000);
    assert_int_equal(attributes, origin_set);
    pause_ms(30);
    assert_uint_in_range(timestamp(rig, CURRENT, &attributes), first + 29, first + 5000);
    assert_int_equal(timestamp(rig, DEFAULT, &attributes), 0);
    disable(rig);
    enable(rig);
    assert_uint_in_range(timestamp(rig, CURRENT, &attributes), 0, 5000);
    assert_int_equal(attributes, 0);
}

static void test_host_identifier(void **state)
{
    static const uint8_t long_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const uint8_t fid = NVME_FEAT_FID_HOST_ID, noise[16] = "0123456789abcde";
    struct rig *rig = *state;
    uint8_t id[16];

    data_write(rig, long_id, sizeof(long_id));
    assert_int_equal(set_feature(rig, fid, 0, 1, false), 0);
    data_write(rig, noise, sizeof(noise));
    assert_int_equal(value(rig, fid, 0, 1, CURRENT), 0); /* there is nothing in Dword 0 */
    data_read(rig, id, sizeof(id));
    assert_memory_equal(id, long_id, 16);
    data_write(rig, noise, sizeof(noise));
    assert_int_equal(set_feature(rig, fid, 0, 0, false), 0); /* 64 bits */
    data_write(rig, long_id, sizeof(long_id));
    value(rig, fid, 0, 0, CURRENT);
    data_read(rig, id, sizeof(id));
    assert_memory_equal(id, noise, 8);
    assert_memory_equal(id + 8, long_id + 8, 8);
}

static void test_host_behavior(void **state)
{
    struct nvme_feat_host_behavior behavior = {.acre = 2};
    struct rig *rig = *state;

    data_write(rig, &behavior, sizeof(behavior));
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_HOST_BEHAVIOR, 0, 0, false), NVME_SC_INVALID_FIELD);
    behavior.acre = NVME_ENABLE_ACRE;
    data_write(rig, &behavior, sizeof(behavior));
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_HOST_BEHAVIOR, 0, 0, false), 0);
    memset(&behavior, 0, sizeof(behavior));
    data_write(rig, &behavior, sizeof(behavior));
    value(rig, NVME_FEAT_FID_HOST_BEHAVIOR, 0, 0, CURRENT);
    data_read(rig, &behavior, sizeof(behavior));
    assert_int_equal(behavior.acre, NVME_ENABLE_ACRE);
    value(rig, NVME_FEAT_FID_HOST_BEHAVIOR, 0, 0, DEFAULT);
    data_read(rig, &behavior, sizeof(behavior));
    assert_int_equal(behavior.acre, 0);
}

static uint16_t set_ranges(struct rig *rig, uint32_t nsid, const struct nvme_lba_range_type *ranges, unsigned count)
{
    data_write(rig, ranges, sizeof(*ranges));
    return set_feature(rig, NVME_FEAT_FID_LBA_RANGE, nsid, count - 1, true);
}

static void test_lba_ranges(void **state)
{
    struct nvme_lba_range_type ranges = {0}, got;
    struct rig *rig = *state;
    struct nvme_id_ns id;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 2, &id), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_LBA_RANGE, 2, 0, CURRENT), 0);
    data_read(rig, &got, sizeof(got));
    assert_int_equal(got.entry[0].type, NVME_LBART_TYPE_GP);
    assert_int_equal(got.entry[0].slba, 0);
    assert_int_equal(got.entry[0].nlb, id.nsze - 1);
    ranges.entry[0] = (struct nvme_lba_range_type_entry){.type = NVME_LBART_TYPE_FS, .slba = 0, .nlb = 99};
    ranges.entry[1] =
        (struct nvme_lba_range_type_entry){.type = NVME_LBART_TYPE_SWAP, .slba = 100, .nlb = id.nsze - 101};
    assert_int_equal(set_ranges(rig, 2, &ranges, 2), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_LBA_RANGE, 2, 0, CURRENT), 1);
    data_read(rig, &got, sizeof(got));
    assert_memory_equal(&got, &ranges, sizeof(got));
    ranges.entry[1].slba = 99;
    assert_int_equal(set_ranges(rig, 2, &ranges, 2), CSPEC | NVME_SC_OVERLAPPING_RANGE);
    ranges.entry[1].slba = 101;
    assert_int_equal(set_ranges(rig, 2, &ranges, 2), NVME_SC_INVALID_FIELD);
    ranges.entry[1].slba = id.nsze;
    ranges.entry[1].nlb = 0;
    assert_int_equal(set_ranges(rig, 2, &ranges, 2), NVME_SC_INVALID_FIELD);
    ranges.entry[1].slba = UINT64_MAX;
    ranges.entry[1].nlb = UINT64_MAX;
    assert_int_equal(set_ranges(rig, 2, &ranges, 2), NVME_SC_INVALID_FIELD);
    value(rig, NVME_FEAT_FID_LBA_RANGE, 2, 0, CURRENT);
    data_read(rig, &got, sizeof(got));
    assert_int_equal(got.entry[1].slba, 100);
    value(rig, NVME_FEAT_FID_LBA_RANGE, 1, 0, CURRENT);
    data_read(rig, &got, sizeof(got));
    assert_int_equal(got.entry[1].nlb, 0);
}

/* ---- Host Memory Buffer ---- */

struct buffer {
    uint32_t flags, hsize;
    uint64_t list;
    uint32_t count;
};

static uint16_t give(struct rig *rig, const struct buffer *buffer)
{
    return admin(rig, (struct sqe){{[0] = nvme_admin_set_features,
                                    [10] = NVME_FEAT_FID_HOST_MEM_BUF,
                                    [11] = buffer->flags,
                                    [12] = buffer->hsize,
                                    [13] = (uint32_t)buffer->list,
                                    [14] = (uint32_t)(buffer->list >> 32),
                                    [15] = buffer->count}});
}

/* interface: SI16 */
static void test_host_memory(void **state)
{
    struct {
        uint64_t address;
        uint32_t pages, reserved;
    } list[2] = {{BASE + 0x40000, 8, 0}, {BASE + 0x60000, 8, 0}};
    struct buffer good = {1, 16, BASE + 0x80000, 2}, bad;
    struct nvme_host_mem_buf_attrs got;
    struct rig *rig = *state;
    struct nvme_id_ctrl id;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(id.hmmin, 16);
    assert_true(id.hmpre >= id.hmmin);
    lone_dma_store(rig->memory + 0x80000, list, sizeof(list));
    bad = good, bad.hsize = 15;
    assert_int_equal(give(rig, &bad), NVME_SC_INVALID_FIELD);
    bad = good, bad.hsize = 17;
    assert_int_equal(give(rig, &bad), NVME_SC_INVALID_FIELD);
    bad = good, bad.count = 0;
    assert_int_equal(give(rig, &bad), NVME_SC_INVALID_FIELD);
    bad = good, bad.count = id.hmmaxd + 1u;
    assert_int_equal(give(rig, &bad), NVME_SC_INVALID_FIELD);
    bad = good, bad.list = 0x5000000;
    assert_int_equal(give(rig, &bad), NVME_SC_DATA_XFER_ERROR);
    list[1].address += 4;
    lone_dma_store(rig->memory + 0x80000, list, sizeof(list));
    assert_int_equal(give(rig, &good), NVME_SC_INVALID_FIELD);
    list[1].address -= 4;
    lone_dma_store(rig->memory + 0x80000, list, sizeof(list));
    assert_int_equal(value(rig, NVME_FEAT_FID_HOST_MEM_BUF, 0, 0, CURRENT), 0);
    assert_int_equal(give(rig, &good), 0);
    assert_int_equal(give(rig, &good), NVME_SC_CMD_SEQ_ERROR);
    assert_int_equal(value(rig, NVME_FEAT_FID_HOST_MEM_BUF, 0, 0, CURRENT), 1);
    data_read(rig, &got, sizeof(got));
    assert_int_equal(got.hsize, 16);
    assert_int_equal(got.hmdlal, BASE + 0x80000);
    assert_int_equal(got.hmdlau, 0);
    assert_int_equal(got.hmdlec, 2);
    bad = (struct buffer){0};
    assert_int_equal(give(rig, &bad), 0);
    assert_int_equal(value(rig, NVME_FEAT_FID_HOST_MEM_BUF, 0, 0, CURRENT), 0);
    assert_int_equal(give(rig, &good), 0);
    disable(rig);
    enable(rig);
    assert_int_equal(value(rig, NVME_FEAT_FID_HOST_MEM_BUF, 0, 0, CURRENT), 0);
}

/* ---- Namespace Write Protection ---- */

static uint16_t write_block(struct rig *rig, struct queue *io, uint32_t nsid)
{
    return run(rig, io, (struct sqe){{[0] = nvme_cmd_write, [1] = nsid, [6] = BASE + DATA}}, NULL);
}

static void test_write_protection(void **state)
{
    static const struct sqe changes[] = {{{nvme_cmd_write_zeroes, 1}},
                                         {{nvme_cmd_write_uncor, 1}},
                                         {{nvme_cmd_copy, 1, [6] = BASE + DATA}},
                                         {{nvme_cmd_dsm, 1, [6] = BASE + DATA, [11] = NVME_DSMGMT_AD}}};
    static const struct sqe others[] = {{{nvme_cmd_dsm, 1, [6] = BASE + DATA, [11] = NVME_DSMGMT_IDR}},
                                        {{nvme_cmd_verify, 1}},
                                        {{nvme_cmd_flush, 1}},
                                        {{nvme_cmd_read, 1, [6] = BASE + DATA}}};
    static const uint8_t no_blocks[16];
    const uint8_t fid = NVME_FEAT_FID_WRITE_PROTECT;
    struct rig *rig = *state;
    struct queue io = pair(rig, 1, 4, 0);
    struct nvme_id_ctrl ctrl;
    struct nvme_id_ns ns;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &ctrl), 0);
    assert_int_equal(ctrl.nwpc, NVME_CTRL_NWPC_WRITE_PROTECT | NVME_CTRL_NWPC_WRITE_PROTECT_POWER_CYCLE);
    assert_int_equal(write_block(rig, &io, 1), 0);
    assert_int_equal(set_feature(rig, fid, 1, 1, false), 0);
    assert_int_equal(write_block(rig, &io, 1), NVME_SC_NS_WRITE_PROTECTED);
    assert_int_equal(write_block(rig, &io, 2), 0);
    data_write(rig, no_blocks, sizeof(no_blocks));
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        assert_int_equal(run(rig, &io, changes[i], NULL), NVME_SC_NS_WRITE_PROTECTED);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(run(rig, &io, others[i], NULL), 0);
    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_NS, 1, &ns), 0);
    assert_int_equal(ns.nsattr, NVME_NS_NSATTR_WRITE_PROTECTED);
    disable(rig);
    enable(rig);
    assert_int_equal(value(rig, fid, 1, 0, CURRENT), 1);
    io = pair(rig, 1, 4, 0);
    assert_int_equal(set_feature(rig, fid, 1, 0, false), 0);
    assert_int_equal(write_block(rig, &io, 1), 0);
    assert_int_equal(set_feature(rig, fid, 1, 3, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, fid, 1, 4, false), NVME_SC_INVALID_FIELD);
    assert_int_equal(set_feature(rig, fid, 1, 2, false), 0);
    assert_int_equal(set_feature(rig, fid, 1, 0, false), CSPEC | NVME_SC_FEATURE_NOT_CHANGEABLE);
    assert_int_equal(lone_device_reset(rig->device, LONE_RESET_FLR, NULL), 0);
    start(rig);
    assert_int_equal(value(rig, fid, 1, 0, CURRENT), 2);
}

/* A value whose data cannot be fetched changes nothing. */
static void test_unreachable(void **state)
{
    struct sqe sqe = {{[0] = nvme_admin_set_features, [6] = 0x5000000, [10] = NVME_FEAT_FID_HOST_ID, [11] = 1}};
    static const uint8_t zeros[16];
    struct rig *rig = *state;
    uint8_t id[16];

    assert_int_equal(admin(rig, sqe), NVME_SC_DATA_XFER_ERROR);
    value(rig, NVME_FEAT_FID_HOST_ID, 0, 1, CURRENT);
    data_read(rig, id, sizeof(id));
    assert_memory_equal(id, zeros, sizeof(id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_four_values),
        RUNNING(test_resets),
        RUNNING(test_unknown),
        RUNNING(test_not_saveable),
        RUNNING(test_nsid),
        RUNNING(test_temperature_threshold),
        RUNNING(test_vectors),
        RUNNING(test_number_of_queues),
        RUNNING(test_coalescing),
        RUNNING(test_coalescing_without_power),
        RUNNING(test_power_states),
        RUNNING(test_autonomous_transitions),
        RUNNING(test_thermal_management),
        RUNNING(test_timestamp),
        RUNNING(test_host_identifier),
        RUNNING(test_host_behavior),
        RUNNING(test_lba_ranges),
        RUNNING(test_host_memory),
        RUNNING(test_write_protection),
        RUNNING(test_unreachable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
