/* SPDX-License-Identifier: MIT */
/* The driver and the simulator. */
#include <string.h>
#include <unistd.h>

#include "nvsim/nvsim.h"
#include "sim.h"

static void sim_do(struct sim *sim, enum lone_action action, const struct lone_action_options *options)
{
    must(sim, lone_controller_do(sim->controller, action, options, &sim->error));
}

static struct lone_cmd *sim_identify(struct sim *sim, uint8_t cns)
{
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);

    cmd->sqe[0] = 0x06;
    cmd->sqe[40] = cns;
    assert_int_equal(lone_cmd_data_size(cmd, 4096, &sim->error), 0);
    return cmd;
}

static void sim_sync(struct sim *sim, struct lone_cmd *cmd, uint16_t status)
{
    must(sim, lone_cmd_sync(cmd, 5000000000, &sim->error));
    assert_int_equal(lone_cmd_status(cmd), status);
}

/* The session of the README. */
static void test_sim_session(void **state)
{
    struct sim *sim = *state;
    struct lone_cmd *cmd;
    uint64_t value;

    for (unsigned round = 0; round < 3; round++) {
        uint8_t text[40];

        assert_int_equal(lone_controller_admin(sim->controller, NULL, &sim->error), 0);
        assert_int_equal(lone_controller_read(sim->controller, LONE_REG_VS, 4, &value, &sim->error), 0);
        assert_int_equal(value >> 8, 0x201);
        sim_do(sim, LONE_ACTION_ENABLE, NULL);
        cmd = sim_identify(sim, 1);
        sim_sync(sim, cmd, 0);
        lone_dma_load(text, cmd->data.data + 24, sizeof(text));
        assert_memory_equal(text, "nvsim_0.1 ", 10);
        lone_dma_load(text, cmd->data.data + 4, 20);
        assert_memory_equal(text, "EDDAE771", 8);
        cmd->sqe[40] = 0xff;
        sim_sync(sim, cmd, 0x002);
        lone_cmd_free(cmd);
        sim_do(sim, LONE_ACTION_DISABLE, NULL);
        assert_int_equal(lone_controller_generation(sim->controller), round + 1);
    }
}

static void count_done(struct lone_cmd *cmd)
{
    ++*(unsigned *)cmd->context;
}

static void test_sim_asynchronous(void **state)
{
    struct sim *sim = *state;
    struct lone_cmd *cmds[20];
    unsigned calls = 0, vectors, idle = 0;

    sim_do(sim, LONE_ACTION_INIT, NULL);
    for (unsigned i = 0; i < 20; i++) {
        cmds[i] = sim_identify(sim, 1);
        cmds[i]->context = &calls;
        cmds[i]->done = count_done;
    }
    for (unsigned round = 0; round < 200; round++) {
        calls = 0;
        assert_int_equal(lone_cmd_submit_many(cmds, 20, &sim->error), 0);
        while (calls < 20 && idle < 100000) {
            if (lone_controller_poll(sim->controller))
                continue;
            usleep(10);
            idle++;
        }
        assert_int_equal(calls, 20);
        for (unsigned i = 0; i < 20; i++)
            assert_int_equal(lone_cmd_status(cmds[i]), 0);
    }
    lone_controller_eventfds(sim->controller, &vectors);
    assert_true(vectors > 0);
    for (unsigned i = 0; i < 20; i++)
        lone_cmd_free(cmds[i]);
}

static void test_sim_queue_sizes(void **state)
{
    struct sim *sim = *state;

    for (uint32_t entries = 2; entries <= 4096; entries = entries < 8 ? entries + 1 : entries * 2) {
        const struct lone_admin_options options = {.sq_entries = entries, .cq_entries = entries};
        unsigned n = entries < 1000 ? 2 * entries + 3 : entries + 3;
        struct lone_cmd *cmd = sim_identify(sim, 1);

        assert_int_equal(lone_controller_admin(sim->controller, &options, &sim->error), 0);
        sim_do(sim, LONE_ACTION_ENABLE, NULL);
        for (unsigned i = 0; i < n; i++)
            sim_sync(sim, cmd, 0);
        assert_int_equal(lone_controller_sq(sim->controller, 0)->tail, n % entries);
        sim_do(sim, LONE_ACTION_DISABLE, NULL);
        lone_cmd_free(cmd);
    }
}

static void test_sim_init(void **state)
{
    struct sim *sim = *state;
    const struct lone_action_options options = {.queues = 4, .entries = 16};
    const struct lone_namespace *namespaces;
    struct lone_cmd *cmd;
    size_t n;

    for (unsigned round = 0; round < 3; round++) {
        sim_do(sim, LONE_ACTION_INIT, &options);
        namespaces = lone_controller_namespaces(sim->controller, &n);
        assert_int_equal(n, 4);
        assert_int_equal(namespaces[3].nsid, 4);
        for (uint16_t id = 0; id <= 4; id++)
            assert_int_equal(lone_controller_sq(sim->controller, id)->state, LONE_QUEUE_LIVE);
    }
    cmd = lone_cmd_new(sim->controller); /* Delete I/O Completion Queue 2, which submission queue 2 uses */
    cmd->sqe[0] = 0x04;
    cmd->sqe[40] = 2;
    sim_sync(sim, cmd, 0x10c);
    assert_non_null(lone_controller_cq(sim->controller, 2));
    cmd->sqe[0] = 0x00;
    sim_sync(sim, cmd, 0);
    assert_null(lone_controller_sq(sim->controller, 2));
    cmd->sqe[0] = 0x04;
    sim_sync(sim, cmd, 0);
    assert_null(lone_controller_cq(sim->controller, 2));
    sim_do(sim, LONE_ACTION_SHUTDOWN, NULL);
    sim_do(sim, LONE_ACTION_RESET_FLR, NULL);
    assert_null(lone_controller_sq(sim->controller, 0));
    sim_do(sim, LONE_ACTION_INIT, &options);
    sim_do(sim, LONE_ACTION_RESET_CONTROLLER, NULL);
    assert_int_equal(lone_controller_kept(sim->controller), 0);
    lone_cmd_free(cmd);
}

/* Lost in the middle of the work, again and again. */
static void test_sim_resets_under_load(void **state)
{
    struct sim *sim = *state;
    struct lone_cmd *cmds[30];
    unsigned calls = 0;

    for (unsigned i = 0; i < 30; i++) {
        cmds[i] = sim_identify(sim, 1);
        cmds[i]->context = &calls;
        cmds[i]->done = count_done;
    }
    for (unsigned round = 0; round < 30; round++) {
        sim_do(sim, LONE_ACTION_INIT, NULL);
        calls = 0;
        assert_int_equal(lone_cmd_submit_many(cmds, 30, &sim->error), 0);
        for (unsigned i = 0; i < round; i++)
            lone_controller_poll(sim->controller);
        if (round % 2)
            assert_int_equal(lone_controller_write(sim->controller, LONE_REG_CC, 4, 0, &sim->error), 0);
        else
            sim_do(sim, LONE_ACTION_RESET_FLR, NULL);
        assert_int_equal(calls, 30);
        assert_int_equal(lone_controller_outstanding(sim->controller), 0);
    }
    for (unsigned i = 0; i < 30; i++)
        lone_cmd_free(cmds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM_TEST(test_sim_session), SIM_TEST(test_sim_asynchronous),      SIM_TEST(test_sim_queue_sizes),
        SIM_TEST(test_sim_init),    SIM_TEST(test_sim_resets_under_load),
    };

    return cmocka_run_group_tests_name("driver_nvsim", tests, NULL, NULL);
}
