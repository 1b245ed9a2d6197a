/* SPDX-License-Identifier: MIT */
/* What the driver knows of namespaces: from structures laid out with libnvme's types, and from the simulator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <nvme/types.h>

#include "nvme/controller.h"
#include "sim.h"

#define A_SECOND 1000000000ull

/* Format number 17 with @ds and @ms, metadata interleaved. Numbers above 15 have their upper bits in FLBAS 6:5. */
static struct nvme_id_ns structure(uint64_t nsze, uint8_t ds, uint16_t ms, uint8_t dps)
{
    struct nvme_id_ns id = {.nsze = htole64(nsze), .nlbaf = 17, .flbas = 1 | 1 << 4 | 1 << 5, .dps = dps};

    id.lbaf[17] = (struct nvme_lbaf){.ms = htole16(ms), .ds = ds};
    return id;
}

static void learn(struct sim *sim, uint32_t nsid, struct nvme_id_ns id)
{
    assert_int_equal(sizeof(id), 4096);
    lone_controller_namespace_learn(sim->controller, nsid, (const uint8_t *)&id);
}

static void test_learn(void **state)
{
    struct sim *sim = *state;
    const struct lone_namespace *known;
    size_t n;

    assert_null(lone_controller_namespace(sim->controller, 1));
    assert_null(lone_controller_limits(sim->controller));
    learn(sim, 7, structure(0x123456789a, 12, 64, 2));
    learn(sim, 3, structure(5, 9, 0, 0));
    known = lone_controller_namespace(sim->controller, 7);
    assert_non_null(known);
    assert_int_equal(known->blocks, 0x123456789a);
    assert_int_equal(known->lbaf, 17);
    assert_int_equal(known->csi, -1);
    assert_int_equal(known->format.lba_size, 4096);
    assert_int_equal(known->format.metadata_size, 64);
    assert_true(known->format.interleaved);
    assert_int_equal(known->format.pi_type, 2);
    assert_int_equal(known->format.pif, LONE_GUARD_16);
    known = lone_controller_namespaces(sim->controller, &n);
    assert_int_equal(n, 2);
    assert_int_equal(known[0].nsid, 3);
    assert_int_equal(known[1].nsid, 7);
    /* One that makes no sense stays on the list, one without blocks does not. */
    learn(sim, 7, structure(5, 8, 0, 0));
    assert_null(lone_controller_namespace(sim->controller, 7));
    learn(sim, 7, structure(5, 32, 0, 0));
    assert_null(lone_controller_namespace(sim->controller, 7));
    lone_controller_namespaces(sim->controller, &n);
    assert_int_equal(n, 2);
    learn(sim, 3, (struct nvme_id_ns){0});
    known = lone_controller_namespaces(sim->controller, &n);
    assert_int_equal(n, 1);
    assert_int_equal(known[0].nsid, 7);
    learn(sim, 9, (struct nvme_id_ns){0}); /* never heard of */
    lone_controller_namespaces(sim->controller, &n);
    assert_int_equal(n, 1);
}

/* Bits 6:5 of FLBAS count only where NLBAF says that there are more than 16 formats. */
static void test_few_formats(void **state)
{
    struct nvme_id_ns id = {.nsze = htole64(77), .nlbaf = 15, .flbas = 2 | 3 << 5};
    struct sim *sim = *state;

    id.lbaf[2] = (struct nvme_lbaf){.ds = 12};
    id.lbaf[50] = (struct nvme_lbaf){.ds = 9};
    learn(sim, 4, id);
    assert_int_equal(lone_controller_namespace(sim->controller, 4)->lbaf, 2);
    assert_int_equal(lone_controller_namespace(sim->controller, 4)->format.lba_size, 4096);
    id.nlbaf = 63;
    learn(sim, 4, id);
    assert_int_equal(lone_controller_namespace(sim->controller, 4)->lbaf, 50);
    assert_int_equal(lone_controller_namespace(sim->controller, 4)->format.lba_size, 512);
}

static const uint64_t blocks[] = {1974672, 491022, 735210, 979398}; /* as its documentation says */

static void check_nvsim(struct sim *sim)
{
    size_t n;

    lone_controller_namespaces(sim->controller, &n);
    assert_int_equal(n, 4);
    for (uint32_t nsid = 1; nsid <= 4; nsid++) {
        const struct lone_namespace *known = lone_controller_namespace(sim->controller, nsid);

        assert_non_null(known);
        assert_int_equal(known->blocks, blocks[nsid - 1]);
        assert_int_equal(known->format.lba_size, nsid == 1 ? 512 : 4096);
    }
}

static void identify(struct sim *sim, uint8_t cns, uint32_t nsid, enum lone_pointers pointers)
{
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);

    cmd->sqe[0] = 0x06;
    cmd->sqe[4] = (uint8_t)nsid;
    cmd->sqe[40] = cns;
    cmd->pointers = pointers;
    assert_int_equal(lone_cmd_data_size(cmd, 4096, &sim->error), 0);
    if (pointers == LONE_POINTERS_MANUAL)
        for (unsigned i = 0; i < 8; i++)
            cmd->sqe[24 + i] = (uint8_t)(cmd->data.iova >> 8 * i);
    assert_int_equal(lone_cmd_sync(cmd, A_SECOND, &sim->error), 0);
    assert_int_equal(lone_cmd_status(cmd), 0);
    lone_cmd_free(cmd);
}

/* init, scan, and commands of anybody's. */
static void test_nvsim(void **state)
{
    struct sim *sim = *state;
    size_t n;

    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_SCAN, NULL, &sim->error), -ENXIO);
    assert_int_equal(lone_controller_admin(sim->controller, &(struct lone_admin_options){0}, &sim->error), 0);
    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_ENABLE, NULL, &sim->error), 0);
    lone_controller_namespaces(sim->controller, &n);
    assert_int_equal(n, 0);
    identify(sim, 0, 2, LONE_POINTERS_MANUAL);
    assert_null(lone_controller_namespace(sim->controller, 2));
    identify(sim, 0, 2, LONE_POINTERS_PRP);
    assert_int_equal(lone_controller_namespace(sim->controller, 2)->blocks, blocks[1]);
    assert_int_equal(lone_controller_namespace(sim->controller, 2)->csi, -1);
    identify(sim, 3, 2, LONE_POINTERS_PRP);
    assert_int_equal(lone_controller_namespace(sim->controller, 2)->csi, 0);
    assert_null(lone_controller_limits(sim->controller));
    identify(sim, 1, 0, LONE_POINTERS_PRP);
    assert_non_null(lone_controller_limits(sim->controller));
    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_SCAN, NULL, &sim->error), 0);
    check_nvsim(sim);
    /* A reset changes nothing of that. */
    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_RESET_FLR, NULL, &sim->error), 0);
    check_nvsim(sim);
    learn(sim, 5, structure(5, 9, 0, 0)); /* init finds that it is not there */
    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_INIT, NULL, &sim->error), 0);
    check_nvsim(sim);
    assert_int_equal(lone_controller_outstanding(sim->controller), 0);
}

static uint16_t format(struct sim *sim, uint32_t nsid, uint8_t lbaf)
{
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);
    uint16_t status;

    cmd->sqe[0] = 0x80;
    memcpy(cmd->sqe + 4, &(uint32_t){htole32(nsid)}, 4);
    cmd->sqe[40] = lbaf; /* CDW10 LBAFL */
    assert_int_equal(lone_cmd_sync(cmd, A_SECOND, &sim->error), 0);
    status = lone_cmd_status(cmd);
    lone_cmd_free(cmd);
    return status;
}

/* A Format ends what is known of the format, not that there is a namespace; one that is refused ends nothing. */
static void test_format(void **state)
{
    struct sim *sim = *state;
    size_t n;

    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_INIT, NULL, &sim->error), 0);
    assert_int_not_equal(format(sim, 1, 15), 0);
    assert_non_null(lone_controller_namespace(sim->controller, 1));
    assert_int_equal(format(sim, 1, 1), 0);
    assert_null(lone_controller_namespace(sim->controller, 1));
    assert_non_null(lone_controller_namespace(sim->controller, 2));
    lone_controller_namespaces(sim->controller, &n);
    assert_int_equal(n, 4);
    identify(sim, 0, 1, LONE_POINTERS_PRP);
    assert_int_equal(lone_controller_namespace(sim->controller, 1)->format.lba_size, 4096);
    assert_int_equal(lone_controller_namespace(sim->controller, 1)->lbaf, 1);
    if (!format(sim, UINT32_MAX, 0))
        for (uint32_t nsid = 1; nsid <= 4; nsid++)
            assert_null(lone_controller_namespace(sim->controller, nsid));
}

/* MDTS counts pages of CAP.MPSMIN; VWC bit 0; ONCS. Against the bytes that the controller returns. */
static void test_limits(void **state)
{
    struct sim *sim = *state;
    const struct lone_limits *limits;
    struct nvme_id_ctrl id;
    struct lone_cmd *cmd;

    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_INIT, NULL, &sim->error), 0);
    limits = lone_controller_limits(sim->controller);
    cmd = lone_cmd_new(sim->controller);
    cmd->sqe[0] = 0x06;
    cmd->sqe[40] = 1;
    assert_int_equal(lone_cmd_data_size(cmd, 4096, &sim->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, A_SECOND, &sim->error), 0);
    lone_dma_load(&id, cmd->data.data, sizeof(id));
    assert_non_null(limits);
    assert_true(id.mdts > 0);
    assert_int_equal(limits->max_transfer, 4096ull << id.mdts);
    assert_int_equal(limits->oncs, le16toh(id.oncs));
    assert_int_equal(limits->sgls, le32toh(id.sgls));
    assert_int_equal(limits->fna, id.fna);
    assert_int_equal(limits->volatile_cache, id.vwc & 1);
    lone_cmd_free(cmd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM_TEST(test_learn),  SIM_TEST(test_few_formats), SIM_TEST(test_format),
        SIM_TEST(test_limits), SIM_TEST(test_nvsim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
