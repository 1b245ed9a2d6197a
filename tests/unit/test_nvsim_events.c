/* SPDX-License-Identifier: MIT */
/* The simulator's asynchronous events: NVMe Base 2.0, 5.2, and libnvme's numbers. */
#include <string.h>

#include "nvsim_rig.h"

#define NOTHING_YET 20 /* ms in which an event would have come */
#define ENABLE_NAN  (1u << NVME_FEAT_AE_NAN_SHIFT)
#define ENABLE_FAN  (1u << NVME_FEAT_AE_FW_SHIFT)
#define ABOVE       1000 /* K, of what the simulator reports; and below it */
#define BELOW       300

/* Sends an Asynchronous Event Request and does not wait. Its CID is @cid. */
static void request(struct rig *rig, uint16_t cid)
{
    struct sqe sqe = {{nvme_admin_async_event | (uint32_t)cid << 16}};

    place(rig, &rig->admin, &sqe);
    ring_sq(rig, &rig->admin, rig->admin.tail);
}

static void expect_event(struct rig *rig, uint16_t cid, uint8_t type, uint8_t info, uint8_t lid)
{
    uint32_t cqe[4];

    await(rig, &rig->admin, cqe);
    ring_cq(rig, &rig->admin, rig->admin.head);
    assert_int_equal(status_of(cqe), 0);
    assert_int_equal(cqe[3] & 0xffff, cid);
    assert_int_equal(cqe[0], type | info << 8 | lid << 16);
}

static void expect_nothing(struct rig *rig)
{
    uint32_t cqe[4];

    pause_ms(NOTHING_YET);
    assert_false(take(rig, &rig->admin, cqe));
}

/* A command in whose course an event is reported has two completions: the event's comes first. */
static void begin(struct rig *rig, struct sqe sqe)
{
    sqe.dw[0] |= 0x7770000;
    place(rig, &rig->admin, &sqe);
    ring_sq(rig, &rig->admin, rig->admin.tail);
}

static void end(struct rig *rig)
{
    uint32_t cqe[4];

    await(rig, &rig->admin, cqe);
    ring_cq(rig, &rig->admin, rig->admin.head);
    assert_int_equal(cqe[3] & 0xffff, 0x777);
    assert_int_equal(status_of(cqe), 0);
}

static struct sqe feature(uint8_t fid, uint32_t dw11)
{
    return (struct sqe){{nvme_admin_set_features, [10] = fid, [11] = dw11}};
}

static struct sqe format(uint32_t nsid, uint32_t dw10)
{
    return (struct sqe){{nvme_admin_format_nvm, nsid, [10] = dw10}};
}

static struct sqe read_log(uint8_t lid, bool rae)
{
    return (struct sqe){{nvme_admin_get_log_page, [6] = BASE + DATA, [10] = lid | (uint32_t)rae << 15 | 15 << 16}};
}

/* ---- SMART ---- */

/* interface: SI18 SI19 */
static void test_temperature(void **state)
{
    struct rig *rig = *state;

    request(rig, 1);
    /* Not enabled in Asynchronous Event Configuration: no event. */
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, BELOW, false), 0);
    expect_nothing(rig);
    begin(rig, feature(NVME_FEAT_FID_ASYNC_EVENT, NVME_SMART_CRIT_TEMPERATURE));
    expect_event(rig, 1, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    end(rig);
    /* It lasts, and is masked. Cleared as it is it comes again; after the threshold has been changed it does not. */
    request(rig, 2);
    expect_nothing(rig);
    begin(rig, read_log(NVME_LOG_LID_SMART, false));
    expect_event(rig, 2, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    end(rig);
    request(rig, 3);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, ABOVE, false), 0);
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, NVME_NSID_ALL, 0, 512, false), 0);
    expect_nothing(rig);
    begin(rig, feature(NVME_FEAT_FID_TEMP_THRESH, BELOW));
    expect_event(rig, 3, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    end(rig);
}

/* A completion that waits for room when the controller is shut down, or fails, is not posted any more (NVMe Base 2.0,
 * 3.6.1). */
static void test_shutdown(void **state)
{
    struct rig *rig = *state;
    uint32_t cqe[4];

    disable(rig);
    set_admin(rig, 16, 2);
    enable(rig);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, NVME_SMART_CRIT_TEMPERATURE, false), 0);
    request(rig, 1);
    begin(rig, feature(NVME_FEAT_FID_TEMP_THRESH, BELOW));
    await(rig, &rig->admin, cqe);
    assert_int_equal(cqe[3] & 0xffff, 1);
    w32(rig, NVME_REG_CC, r32(rig, NVME_REG_CC) | 0x4000);
    wait_csts(rig, 0xf, 0x9);
    ring_cq(rig, &rig->admin, rig->admin.head);
    expect_nothing(rig);
    disable(rig);
    enable(rig);
    assert_int_equal(admin(rig, identify(1, 0, BASE + DATA, 0)), 0);
}

/* The warning comes and goes. */
static void cross_threshold(struct rig *rig)
{
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, BELOW, false), 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, ABOVE, false), 0);
}

/* Reporting an event masks its type until its page is read with RAE=0; reading another page, or with RAE=1, does not
 * help. That page tells what happened meanwhile, so no event does. */
static void test_mask(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, NVME_SMART_CRIT_TEMPERATURE, false), 0);
    cross_threshold(rig); /* nobody waits for it: it is kept */
    request(rig, 1);
    expect_event(rig, 1, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    request(rig, 2);
    cross_threshold(rig);
    expect_nothing(rig);
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, NVME_NSID_ALL, 0, 512, true), 0);
    assert_int_equal(get_log(rig, NVME_LOG_LID_ERROR, NVME_NSID_ALL, 0, 64, false), 0);
    expect_nothing(rig);
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, NVME_NSID_ALL, 0, 512, false), 0);
    expect_nothing(rig);
    begin(rig, feature(NVME_FEAT_FID_TEMP_THRESH, BELOW));
    expect_event(rig, 2, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    end(rig);
}

/* An event whose page is read before anybody asks for it is not told. */
static void test_read_first(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, NVME_SMART_CRIT_TEMPERATURE, false), 0);
    cross_threshold(rig);
    assert_int_equal(get_log(rig, NVME_LOG_LID_SMART, NVME_NSID_ALL, 0, 512, false), 0);
    request(rig, 1);
    expect_nothing(rig);
}

/* A page that could not be delivered has not been read. */
static void test_page_not_delivered(void **state)
{
    struct sqe sqe = read_log(NVME_LOG_LID_SMART, false);
    struct rig *rig = *state;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, NVME_SMART_CRIT_TEMPERATURE, false), 0);
    cross_threshold(rig);
    request(rig, 1);
    expect_event(rig, 1, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    request(rig, 2);
    cross_threshold(rig);
    sqe.dw[6] = 0x5000000;
    assert_int_equal(admin(rig, sqe), NVME_SC_DATA_XFER_ERROR);
    expect_nothing(rig);
}

/* ---- errors ---- */

static void test_wrong_doorbells(void **state)
{
    struct rig *rig = *state;

    request(rig, 1);
    request(rig, 2);
    w32(rig, 0x1000 + 8 * 9, 1);
    expect_event(rig, 1, NVME_AER_ERROR, NVME_AER_ERROR_INVALID_DB_REG, NVME_LOG_LID_ERROR);
    ring_sq(rig, &rig->admin, 1000);
    expect_nothing(rig);
    assert_int_equal(get_log(rig, NVME_LOG_LID_ERROR, NVME_NSID_ALL, 0, 64, false), 0);
    expect_nothing(rig);
    ring_sq(rig, &rig->admin, 1000);
    expect_event(rig, 2, NVME_AER_ERROR, NVME_AER_ERROR_INVALID_DB_VAL, NVME_LOG_LID_ERROR);
}

/* ---- notices ---- */

/* interface: SI19 */
static void test_namespace_changed(void **state)
{
    struct rig *rig = *state;
    struct nvme_ns_list list;
    struct nvme_id_ctrl id;

    assert_int_equal(identify_to(rig, NVME_IDENTIFY_CNS_CTRL, 0, &id), 0);
    assert_int_equal(id.oaes, NVME_CTRL_OAES_NA | NVME_CTRL_OAES_FA);
    request(rig, 1);
    assert_int_equal(admin(rig, format(2, 1)), 0); /* as it is already: its Identify data stay what they are */
    assert_int_equal(admin(rig, format(3, 0)), 0);
    expect_nothing(rig);
    begin(rig, feature(NVME_FEAT_FID_ASYNC_EVENT, ENABLE_NAN)); /* and it is the case already */
    expect_event(rig, 1, NVME_AER_NOTICE, NVME_AER_NOTICE_NS_CHANGED, NVME_LOG_LID_CHANGED_NS);
    end(rig);
    assert_int_equal(admin(rig, format(1, 1)), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(get_log(rig, NVME_LOG_LID_CHANGED_NS, 0, 0, 4096, !round), 0);
        data_read(rig, &list, sizeof(list));
        assert_int_equal(list.ns[0], 1);
        assert_int_equal(list.ns[1], 3);
        assert_int_equal(list.ns[2], 0);
    }
    assert_int_equal(get_log(rig, NVME_LOG_LID_CHANGED_NS, 0, 0, 4096, true), 0);
    data_read(rig, &list, sizeof(list));
    assert_int_equal(list.ns[0], 0);
    request(rig, 2);
    begin(rig, format(NVME_NSID_ALL, 3));
    expect_event(rig, 2, NVME_AER_NOTICE, NVME_AER_NOTICE_NS_CHANGED, NVME_LOG_LID_CHANGED_NS);
    end(rig);
    assert_int_equal(get_log(rig, NVME_LOG_LID_CHANGED_NS, 0, 0, 4096, false), 0);
    data_read(rig, &list, sizeof(list));
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(list.ns[i], i < 4 ? i + 1 : 0);
}

/* interface: SI19 */
static void test_firmware_activation(void **state)
{
    const struct sqe commit = {
        {nvme_admin_fw_commit, [10] = 1 | NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE_IMMEDIATE << 3}};
    struct rig *rig = *state;

    request(rig, 1);
    assert_int_equal(admin(rig, commit), 0);
    expect_nothing(rig);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, ENABLE_FAN, false), 0);
    begin(rig, commit);
    expect_event(rig, 1, NVME_AER_NOTICE, NVME_AER_NOTICE_FW_ACT_STARTING, NVME_LOG_LID_FW_SLOT);
    end(rig);
}

/* ---- requests ---- */

/* Types are masked each on its own, and events are told in the order in which they came. */
static void test_order(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, NVME_SMART_CRIT_TEMPERATURE | ENABLE_NAN, false),
                     0);
    assert_int_equal(admin(rig, format(2, 0)), 0);
    cross_threshold(rig);
    assert_int_equal(admin(rig, format(2, 0)), 0);
    request(rig, 5);
    expect_event(rig, 5, NVME_AER_NOTICE, NVME_AER_NOTICE_NS_CHANGED, NVME_LOG_LID_CHANGED_NS);
    request(rig, 6);
    expect_event(rig, 6, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    request(rig, 7);
    expect_nothing(rig);
}

static void test_limit_and_abort(void **state)
{
    struct rig *rig = *state;
    uint32_t cqe[4], result;

    for (uint16_t cid = 0x100; cid < 0x104; cid++)
        request(rig, cid);
    request(rig, 0x104);
    await(rig, &rig->admin, cqe);
    ring_cq(rig, &rig->admin, rig->admin.head);
    assert_int_equal(status_of(cqe), CSPEC | NVME_SC_ASYNC_LIMIT);
    assert_int_equal(cqe[3] >> 31, 0); /* DNR: once one has ended another is taken */
    assert_int_equal(cqe[3] & 0xffff, 0x104);
    begin(rig, (struct sqe){{nvme_admin_abort_cmd, [10] = 0x102u << 16}});
    await(rig, &rig->admin, cqe);
    assert_int_equal(status_of(cqe), NVME_SC_ABORT_REQ);
    assert_int_equal(cqe[3] & 0xffff, 0x102);
    ring_cq(rig, &rig->admin, rig->admin.head);
    end(rig);
    assert_int_equal(run(rig, &rig->admin, (struct sqe){{nvme_admin_abort_cmd, [10] = 0x102u << 16}}, &result), 0);
    assert_int_equal(result, 1);
    request(rig, 0x105);
    expect_nothing(rig);
    w32(rig, 0x1000 + 8 * 9, 1);
    expect_event(rig, 0x100, NVME_AER_ERROR, NVME_AER_ERROR_INVALID_DB_REG, NVME_LOG_LID_ERROR);
}

/* A reset ends requests without a completion, and forgets events, masks and the configuration. */
static void test_reset(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, NVME_SMART_CRIT_TEMPERATURE, false), 0);
    request(rig, 1);
    request(rig, 2);
    begin(rig, feature(NVME_FEAT_FID_TEMP_THRESH, BELOW));
    expect_event(rig, 1, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    end(rig);
    disable(rig);
    enable(rig);
    expect_nothing(rig);
    request(rig, 2);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, BELOW, false), 0);
    expect_nothing(rig);
    begin(rig, feature(NVME_FEAT_FID_ASYNC_EVENT, NVME_SMART_CRIT_TEMPERATURE));
    expect_event(rig, 2, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
    end(rig);
}

/* Saved, the configuration and a threshold outlive the reset, and so does what they say. */
static void test_saved(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(set_feature(rig, NVME_FEAT_FID_ASYNC_EVENT, 0, NVME_SMART_CRIT_TEMPERATURE, true), 0);
    assert_int_equal(set_feature(rig, NVME_FEAT_FID_TEMP_THRESH, 0, BELOW, true), 0);
    disable(rig);
    enable(rig);
    request(rig, 1);
    expect_event(rig, 1, NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, NVME_LOG_LID_SMART);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_temperature),
        RUNNING(test_mask),
        RUNNING(test_read_first),
        RUNNING(test_page_not_delivered),
        RUNNING(test_wrong_doorbells),
        RUNNING(test_namespace_changed),
        RUNNING(test_firmware_activation),
        RUNNING(test_order),
        RUNNING(test_limit_and_abort),
        RUNNING(test_reset),
        RUNNING(test_saved),
        RUNNING(test_shutdown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
