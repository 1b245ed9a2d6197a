/* SPDX-License-Identifier: MIT */
/* Queues under the tester's control and interrupt modes, on the simulator. What is expected comes from NVMe Base 2.0:
 * status codes from Figures 94 and 95 (libnvme names them), layouts from 3.3.3, 5.4 and 5.5. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <nvme/types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bytes.h"
#include "nvme/controller.h"
#include "nvme/interrupts.h"
#include "nvme/prp.h"
#include "nvme/queue.h"
#include "sim.h"

#define A_SECOND 1000000000ull
#define CSPEC    0x100 /* status code type: command specific */

static void act(struct sim *sim, enum lone_action action, unsigned queues)
{
    const struct lone_action_options options = {.queues = queues, .entries = 16};

    must(sim, lone_controller_do(sim->controller, action, &options, &sim->error));
}

/* Looks again and again until @condition holds, for half a minute and more: on a busy machine all takes its time. */
#define UNTIL(condition)                                              \
    for (unsigned looks = 0; looks < 300000 && !(condition); looks++) \
    usleep(100)

/* Polls until @cmd is over. */
static void wait_for(struct sim *sim, const struct lone_cmd *cmd)
{
    UNTIL((lone_controller_poll(sim->controller), cmd->state != LONE_CMD_OUTSTANDING));
}

typedef int sender(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error);

/* Sends a Create or Delete; its status. */
static int status_of(struct sim *sim, sender *send, uint16_t id)
{
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);
    int status;

    must(sim, send(sim->controller, id, cmd, &sim->error));
    wait_for(sim, cmd);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    status = lone_cmd_status(cmd);
    lone_cmd_free(cmd);
    return status;
}

static void make_pair(struct sim *sim, uint16_t id, uint32_t entries)
{
    const struct lone_cq_options cq = {.entries = entries, .vector = 1, .interrupts = true, .pc = true};
    const struct lone_sq_options sq = {.entries = entries, .cqid = id, .pc = true};

    must(sim, lone_cq_new(sim->controller, id, &cq, &sim->error));
    must(sim, lone_sq_new(sim->controller, id, &sq, &sim->error));
    assert_int_equal(status_of(sim, lone_cq_create, id), 0);
    assert_int_equal(status_of(sim, lone_sq_create, id), 0);
}

/* A Flush of all namespaces, which succeeds, on @sqid; not waited for. */
static struct lone_cmd *flush(struct sim *sim, uint16_t sqid)
{
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);

    cmd->sqe[0] = nvme_cmd_flush;
    put(cmd->sqe + 4, 4, 1);
    cmd->sqid = sqid;
    must(sim, lone_cmd_submit(cmd, &sim->error));
    return cmd;
}

static void flushes(struct sim *sim, uint16_t sqid)
{
    struct lone_cmd *cmd = flush(sim, sqid);

    wait_for(sim, cmd);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_int_equal(lone_cmd_status(cmd), NVME_SC_SUCCESS);
    lone_cmd_free(cmd);
}

static const struct lone_sq *sq_of(struct sim *sim, uint16_t id)
{
    return lone_controller_sq(sim->controller, id);
}

static const struct lone_cq *cq_of(struct sim *sim, uint16_t id)
{
    return lone_controller_cq(sim->controller, id);
}

/* --- The host's side --------------------------------------------------------------------------------------- */

static void test_made(void **state)
{
    struct sim *sim = *state;
    struct lone_sq_options options;

    must(sim, lone_sq_new(sim->controller, 65535, NULL, &sim->error));
    assert_int_equal(lone_sq_new(sim->controller, 65535, NULL, &sim->error), -EEXIST);
    assert_int_equal(sq_of(sim, 65535)->state, LONE_QUEUE_MADE);
    assert_int_equal(sq_of(sim, 65535)->cqid, 65535);
    assert_int_equal(sq_of(sim, 65535)->memory.size, 256 * 64);
    lone_sq_get_options(sq_of(sim, 65535), &options);
    options.entries = 65536;
    options.qprio = 2;
    must(sim, lone_sq_change(sim->controller, 65535, &options, &sim->error));
    assert_int_equal(sq_of(sim, 65535)->memory.size, 65536 * 64);
    assert_int_equal(sq_of(sim, 65535)->qprio, 2);
    for (uint32_t entries = 0; entries < 2; entries++) {
        options.entries = entries;
        assert_int_equal(lone_sq_change(sim->controller, 65535, &options, &sim->error), -ERANGE);
    }
    options.entries = 65537;
    assert_int_equal(lone_sq_change(sim->controller, 65535, &options, &sim->error), -ERANGE);
    assert_int_equal(sq_of(sim, 65535)->entries, 65536);
    assert_int_equal(lone_sq_free(sim->controller, 1, &sim->error), -ENXIO);
    must(sim, lone_sq_free(sim->controller, 65535, &sim->error));
    assert_null(sq_of(sim, 65535));
    must(sim, lone_cq_new(sim->controller, 7, NULL, &sim->error));
    assert_int_equal(cq_of(sim, 7)->vector, 7);
    assert_true(cq_of(sim, 7)->interrupts);
    must(sim, lone_cq_free(sim->controller, 7, &sim->error));
}

/* Nothing can be sent without a live admin queue, and a Create that failed leaves the host's side. */
static void test_not_created(void **state)
{
    struct sim *sim = *state;
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);
    struct lone_sq_options sq = {.entries = 16, .cqid = 9, .pc = true};
    struct lone_cq_options cq = {.entries = 16, .pc = true};

    must(sim, lone_cq_new(sim->controller, 1, &cq, &sim->error));
    assert_int_equal(lone_cq_create(sim->controller, 1, cmd, &sim->error), -ENXIO);
    assert_int_equal(lone_cq_adopt(sim->controller, 1, &sim->error), -ENXIO);
    act(sim, LONE_ACTION_INIT, 0);
    assert_int_equal(lone_cq_create(sim->controller, 2, cmd, &sim->error), -ENXIO);
    assert_int_equal(lone_cq_create(sim->controller, 0, cmd, &sim->error), -EINVAL);
    assert_int_equal(lone_sq_delete(sim->controller, 0, cmd, &sim->error), -EINVAL);
    must(sim, lone_sq_new(sim->controller, 1, &sq, &sim->error));
    assert_int_equal(status_of(sim, lone_sq_create, 1), CSPEC | NVME_SC_CQ_INVALID);
    assert_int_equal(sq_of(sim, 1)->state, LONE_QUEUE_MADE);
    sq.cqid = 0;
    must(sim, lone_sq_change(sim->controller, 1, &sq, &sim->error));
    assert_int_equal(status_of(sim, lone_sq_create, 1), CSPEC | NVME_SC_QID_INVALID);
    must(sim, lone_cq_new(sim->controller, 65535, &cq, &sim->error));
    assert_int_equal(status_of(sim, lone_cq_create, 65535), CSPEC | NVME_SC_QID_INVALID);
    cq.entries = 65536; /* CAP.MQES is less */
    must(sim, lone_cq_change(sim->controller, 1, &cq, &sim->error));
    assert_int_equal(status_of(sim, lone_cq_create, 1), CSPEC | NVME_SC_QUEUE_SIZE);
    cq = (struct lone_cq_options){.entries = 2, .vector = 1000, .interrupts = true, .pc = true};
    must(sim, lone_cq_change(sim->controller, 1, &cq, &sim->error));
    assert_int_equal(status_of(sim, lone_cq_create, 1), CSPEC | NVME_SC_INVALID_VECTOR);
    assert_int_equal(status_of(sim, lone_sq_delete, 1), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(status_of(sim, lone_cq_delete, 1), CSPEC | NVME_SC_QID_INVALID);
    lone_cmd_free(cmd);
    flush(sim, 0); /* freed with the controller */
}

/* --- Created and deleted ----------------------------------------------------------------------------------- */

static void test_lifetime(void **state)
{
    struct sim *sim = *state;
    struct lone_sq_options options;
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 5, 4);
    assert_int_equal(sq_of(sim, 5)->state, LONE_QUEUE_LIVE);
    for (unsigned i = 0; i < 11; i++)
        flushes(sim, 5);
    assert_int_equal(sq_of(sim, 5)->tail, 11 % 4);
    assert_int_equal(cq_of(sim, 5)->head, 11 % 4);
    lone_sq_get_options(sq_of(sim, 5), &options);
    assert_int_equal(lone_sq_change(sim->controller, 5, &options, &sim->error), -EBUSY);
    assert_int_equal(lone_sq_free(sim->controller, 5, &sim->error), -EBUSY);
    assert_int_equal(lone_cq_free(sim->controller, 5, &sim->error), -EBUSY);
    assert_int_equal(lone_sq_create(sim->controller, 5, cmd, &sim->error), -EBUSY);
    assert_int_equal(status_of(sim, lone_cq_delete, 5), CSPEC | NVME_SC_INVALID_QUEUE);
    assert_int_equal(cq_of(sim, 5)->state, LONE_QUEUE_LIVE);
    assert_int_equal(status_of(sim, lone_sq_delete, 5), NVME_SC_SUCCESS);
    assert_int_equal(sq_of(sim, 5)->state, LONE_QUEUE_MADE);
    assert_int_equal(status_of(sim, lone_cq_delete, 5), NVME_SC_SUCCESS);
    assert_int_equal(status_of(sim, lone_cq_create, 5), NVME_SC_SUCCESS); /* again, from index 0 */
    assert_int_equal(status_of(sim, lone_sq_create, 5), NVME_SC_SUCCESS);
    assert_int_equal(sq_of(sim, 5)->tail + cq_of(sim, 5)->head, 0);
    flushes(sim, 5);
    assert_int_equal(status_of(sim, lone_sq_delete, 5), NVME_SC_SUCCESS);
    assert_int_equal(status_of(sim, lone_cq_delete, 5), NVME_SC_SUCCESS);
    must(sim, lone_sq_free(sim->controller, 5, &sim->error));
    must(sim, lone_cq_free(sim->controller, 5, &sim->error));
    assert_int_equal(lone_controller_next_sq(sim->controller, 1), -1);
    lone_cmd_free(cmd);
}

/* Actions make and end pairs; what a tester made stays as its host's side, and is in the way of an action. */
static void test_pairs(void **state)
{
    struct sim *sim = *state;
    const struct lone_action_options three = {.queues = 3};

    act(sim, LONE_ACTION_INIT, 0);
    act(sim, LONE_ACTION_CREATE_QUEUES, 3);
    for (uint16_t id = 1; id <= 3; id++) {
        assert_int_equal(sq_of(sim, id)->entries, 16);
        flushes(sim, id);
    }
    make_pair(sim, 9, 8);
    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_CREATE_QUEUES, &three, &sim->error) < 0, 1);
    act(sim, LONE_ACTION_DELETE_QUEUES, 0);
    assert_int_equal(lone_controller_next_sq(sim->controller, 1), 9);
    assert_int_equal(lone_controller_next_cq(sim->controller, 1), 9);
    assert_int_equal(sq_of(sim, 9)->state, LONE_QUEUE_MADE);
    assert_int_equal(status_of(sim, lone_cq_create, 9), NVME_SC_SUCCESS);
}

static void test_many_on_one(void **state)
{
    struct sim *sim = *state;
    struct lone_cmd *cmds[3];

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 2, 16);
    for (uint16_t id = 10; id < 12; id++) {
        const struct lone_sq_options sq = {.entries = 8, .cqid = 2, .pc = true};

        must(sim, lone_sq_new(sim->controller, id, &sq, &sim->error));
        assert_int_equal(status_of(sim, lone_sq_create, id), 0);
    }
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 3; i++)
            cmds[i] = flush(sim, i ? (uint16_t)(9 + i) : 2);
        for (unsigned i = 0; i < 3; i++) {
            wait_for(sim, cmds[i]);
            assert_int_equal(cmds[i]->state, LONE_CMD_COMPLETED);
            assert_int_equal(get(cmds[i]->cqe + 10, 2), i ? 9 + i : 2); /* SQID: 3.3.3.2 */
            lone_cmd_free(cmds[i]);
        }
    }
    assert_int_equal(status_of(sim, lone_sq_delete, 10), 0);
    assert_int_equal(status_of(sim, lone_cq_delete, 2), CSPEC | NVME_SC_INVALID_QUEUE);
    flushes(sim, 11);
}

/* PC=0: what PRP1 names is a PRP list of the queue's pages. */
static void test_scattered(void **state)
{
    struct sim *sim = *state;
    const struct lone_cq_options cq = {.entries = 1024, .pc = false};
    const struct lone_sq_options sq = {.entries = 1024, .cqid = 1, .pc = false};
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);

    act(sim, LONE_ACTION_INIT, 0);
    must(sim, lone_cq_new(sim->controller, 1, &cq, &sim->error));
    must(sim, lone_sq_new(sim->controller, 1, &sq, &sim->error));
    must(sim, lone_cq_create(sim->controller, 1, cmd, &sim->error));
    assert_int_equal(cq_of(sim, 1)->state, LONE_QUEUE_CREATING);
    assert_int_equal(get(cmd->sqe + 44, 4) & 1, 0); /* CDW11.PC */
    assert_int_not_equal(get(cmd->sqe + 24, 8), cq_of(sim, 1)->memory.iova);
    wait_for(sim, cmd);
    assert_int_equal(lone_cmd_status(cmd), 0);
    assert_int_equal(status_of(sim, lone_sq_create, 1), 0);
    for (unsigned i = 0; i < 2500; i++)
        flushes(sim, 1);
    assert_int_equal(cq_of(sim, 1)->head, 2500 % 1024);
    assert_int_equal(status_of(sim, lone_sq_delete, 1), 0);
    assert_int_equal(status_of(sim, lone_cq_delete, 1), 0);
    assert_int_equal(lone_controller_kept(sim->controller), 0);
    lone_cmd_free(cmd);
}

/* Deleting a submission queue ends its commands, also those whose completions nobody has taken. */
static void test_lost_by_deletion(void **state)
{
    struct sim *sim = *state;
    struct lone_cmd *cmd;

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 8);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_NONE, &sim->error));
    cmd = flush(sim, 1);
    usleep(20000);
    lone_controller_poll(sim->controller);
    assert_int_equal(cmd->state, LONE_CMD_OUTSTANDING);
    assert_int_equal(status_of(sim, lone_sq_delete, 1), 0);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_int_equal(lone_controller_outstanding(sim->controller), 0);
    lone_cmd_free(cmd);
}

/* --- A reset ----------------------------------------------------------------------------------------------- */

static void test_reset(void **state)
{
    struct sim *sim = *state;
    uint64_t csts;

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 3, 8);
    must(sim, lone_sq_new(sim->controller, 4, NULL, &sim->error));
    must(sim, lone_controller_write(sim->controller, LONE_REG_CC, 4, 0x460000, &sim->error));
    assert_null(sq_of(sim, 3));
    assert_null(cq_of(sim, 3));
    assert_int_equal(sq_of(sim, 4)->state, LONE_QUEUE_MADE); /* the controller never had it */
    assert_int_equal(lone_controller_kept(sim->controller), 8 * 64 + 8 * 16);
    UNTIL((must(sim, lone_controller_read(sim->controller, LONE_REG_CSTS, 4, &csts, &sim->error)),
           !lone_controller_kept(sim->controller)));
    assert_int_equal(lone_controller_kept(sim->controller), 0);
    act(sim, LONE_ACTION_ENABLE, 0);
    make_pair(sim, 3, 8);
    flushes(sim, 3);
}

/* --- By hand ----------------------------------------------------------------------------------------------- */

static int send_by_hand(struct sim *sim, uint8_t opcode, uint64_t prp1, uint32_t cdw10, uint32_t cdw11)
{
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);
    int status;

    cmd->pointers = LONE_POINTERS_MANUAL;
    cmd->sqe[0] = opcode;
    put(cmd->sqe + 24, 8, prp1);
    put(cmd->sqe + 40, 4, cdw10);
    put(cmd->sqe + 44, 4, cdw11);
    must(sim, lone_cmd_sync(cmd, 2 * A_SECOND, &sim->error));
    status = lone_cmd_status(cmd);
    lone_cmd_free(cmd);
    return status;
}

static void test_adopt(void **state)
{
    struct sim *sim = *state;
    const struct lone_sq_options sq = {.entries = 16, .cqid = 6, .pc = true};
    const struct lone_cq_options cq = {.entries = 16, .vector = 1, .interrupts = true, .pc = true};

    act(sim, LONE_ACTION_INIT, 0);
    must(sim, lone_cq_new(sim->controller, 6, &cq, &sim->error));
    must(sim, lone_sq_new(sim->controller, 6, &sq, &sim->error));
    assert_int_equal(send_by_hand(sim, nvme_admin_create_cq, cq_of(sim, 6)->memory.iova, 15 << 16 | 6, 1 << 16 | 3), 0);
    assert_int_equal(send_by_hand(sim, nvme_admin_create_sq, sq_of(sim, 6)->memory.iova, 15 << 16 | 6, 6 << 16 | 1), 0);
    assert_int_equal(sq_of(sim, 6)->state, LONE_QUEUE_MADE);
    must(sim, lone_cq_adopt(sim->controller, 6, &sim->error));
    must(sim, lone_sq_adopt(sim->controller, 6, &sim->error));
    assert_int_equal(lone_sq_adopt(sim->controller, 6, &sim->error), -EBUSY);
    for (unsigned i = 0; i < 40; i++)
        flushes(sim, 6);
    assert_int_equal(send_by_hand(sim, nvme_admin_delete_sq, 0, 6, 0), 0);
    assert_int_equal(sq_of(sim, 6)->state, LONE_QUEUE_MADE);
    assert_int_equal(send_by_hand(sim, nvme_admin_delete_cq, 0, 6, 0), 0);
    must(sim, lone_sq_free(sim->controller, 6, &sim->error));
    must(sim, lone_cq_free(sim->controller, 6, &sim->error));
    assert_int_equal(lone_controller_kept(sim->controller), 0);
}

/* Memory that a Create by hand has named outlives the queue that it was made for. */
static void test_named_by_hand(void **state)
{
    /* interface: QU7 */
    struct sim *sim = *state;
    const struct lone_cq_options cq = {.entries = 16, .pc = true};

    act(sim, LONE_ACTION_INIT, 0);
    must(sim, lone_cq_new(sim->controller, 6, &cq, &sim->error));
    assert_int_equal(send_by_hand(sim, nvme_admin_create_cq, cq_of(sim, 6)->memory.iova, 15 << 16 | 3, 1), 0);
    must(sim, lone_cq_free(sim->controller, 6, &sim->error));
    assert_int_equal(lone_controller_kept(sim->controller), 16 * 16);
    assert_int_equal(send_by_hand(sim, nvme_admin_delete_cq, 0, 3, 0), 0);
    assert_int_equal(lone_controller_kept(sim->controller), 0);
}

/* So does memory that entries placed as bytes may have named, and that a list of pages may have named. */
static void test_named_by_bytes(void **state)
{
    struct sim *sim = *state;
    const struct lone_cq_options cq = {.entries = 16, .pc = true};
    uint8_t entry[LONE_SQE_SIZE] = {nvme_admin_create_cq};

    act(sim, LONE_ACTION_INIT, 0);
    must(sim, lone_cq_new(sim->controller, 6, &cq, &sim->error));
    put(entry + 24, 8, cq_of(sim, 6)->memory.iova);
    put(entry + 40, 4, 15 << 16 | 3);
    put(entry + 44, 4, 1);
    must(sim, lone_sq_place(sim->controller, 0, entry, 1, true, &sim->error));
    UNTIL((lone_controller_poll(sim->controller), !sq_of(sim, 0)->raw));
    assert_int_equal(sq_of(sim, 0)->raw, 0);
    must(sim, lone_cq_move(sim->controller, 6, NULL, 0, &sim->error));
    assert_int_equal(lone_controller_kept(sim->controller), 16 * 16);
    must(sim, lone_cq_free(sim->controller, 6, &sim->error));
    assert_int_equal(lone_controller_kept(sim->controller), 2 * 16 * 16);
    act(sim, LONE_ACTION_DISABLE, 0);
    assert_int_equal(lone_controller_kept(sim->controller), 0);
    must(sim, lone_cq_new(sim->controller, 6, &cq, &sim->error));
    must(sim, lone_cq_free(sim->controller, 6, &sim->error));
    assert_int_equal(lone_controller_kept(sim->controller), 0);
}

static void write_admin_registers(struct sim *sim, uint32_t aqa, uint64_t asq, uint64_t acq)
{
    must(sim, lone_controller_write(sim->controller, LONE_REG_AQA, 4, aqa, &sim->error));
    must(sim, lone_controller_write(sim->controller, LONE_REG_ASQ, 8, asq, &sim->error));
    must(sim, lone_controller_write(sim->controller, LONE_REG_ACQ, 8, acq, &sim->error));
}

static void identifies(struct sim *sim)
{
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);

    cmd->sqe[0] = nvme_admin_identify;
    put(cmd->sqe + 40, 4, NVME_IDENTIFY_CNS_CTRL);
    must(sim, lone_cmd_data_size(cmd, 4096, &sim->error));
    must(sim, lone_cmd_sync(cmd, 2 * A_SECOND, &sim->error));
    assert_int_equal(lone_cmd_status(cmd), 0);
    assert_memory_equal(cmd->data.data + 4, "EDDAE771", 8);
    lone_cmd_free(cmd);
}

/* The admin queues in the memory of queues that are made for something else, and in their own. */
static void test_adopt_admin(void **state)
{
    struct sim *sim = *state;
    struct lone_cmd *cmd;

    must(sim, lone_controller_config_write(sim->controller, 4, 2, 6, &sim->error));
    assert_int_equal(lone_controller_adopt_admin(sim->controller, &sim->error), -ERANGE); /* AQA is 0 */
    write_admin_registers(sim, 31 << 16 | 7, 0x7000000000, 0x7000001000);
    assert_int_equal(lone_controller_adopt_admin(sim->controller, &sim->error), -ENXIO);
    must(sim, lone_sq_new(sim->controller, 20, NULL, &sim->error));
    must(sim, lone_cq_new(sim->controller, 20, NULL, &sim->error));
    write_admin_registers(sim, 31 << 16 | 7, sq_of(sim, 20)->memory.iova + 4096, cq_of(sim, 20)->memory.iova);
    must(sim, lone_controller_adopt_admin(sim->controller, &sim->error));
    assert_int_equal(sq_of(sim, 0)->state, LONE_QUEUE_DISABLED);
    assert_int_equal(sq_of(sim, 0)->entries, 8);
    assert_int_equal(cq_of(sim, 0)->entries, 32);
    must(sim, lone_controller_write(sim->controller, LONE_REG_CC, 4, 0x460000, &sim->error));
    act(sim, LONE_ACTION_ENABLE, 0);
    for (unsigned i = 0; i < 50; i++)
        identifies(sim);
    assert_int_equal(lone_controller_adopt_admin(sim->controller, &sim->error), -EBUSY);
    assert_int_equal(lone_sq_free(sim->controller, 20, &sim->error), -EBUSY);
    cmd = lone_cmd_new(sim->controller);
    assert_int_equal(lone_cq_create(sim->controller, 20, cmd, &sim->error), -EBUSY);
    lone_cmd_free(cmd);
    assert_int_equal(lone_sq_free(sim->controller, 0, &sim->error), -EBUSY);
    act(sim, LONE_ACTION_RESET_FLR, 0);
    assert_null(sq_of(sim, 0));
    must(sim, lone_sq_free(sim->controller, 20, &sim->error));
    must(sim, lone_cq_free(sim->controller, 20, &sim->error));
    must(sim, lone_sq_new(sim->controller, 0, NULL, &sim->error));
    must(sim, lone_cq_new(sim->controller, 0, NULL, &sim->error));
    must(sim, lone_controller_config_write(sim->controller, 4, 2, 6, &sim->error));
    write_admin_registers(sim, 255 << 16 | 255, sq_of(sim, 0)->memory.iova, cq_of(sim, 0)->memory.iova);
    must(sim, lone_controller_write(sim->controller, LONE_REG_CC, 4, 0x460001, &sim->error));
    must(sim, lone_controller_adopt_admin(sim->controller, &sim->error)); /* enabled: live at once */
    act(sim, LONE_ACTION_ENABLE, 0);
    identifies(sim);
    act(sim, LONE_ACTION_INIT, 1);
    flushes(sim, 1);
}

/* --- Entries as bytes -------------------------------------------------------------------------------------- */

static void fill_raw(uint8_t *entries, unsigned n, uint16_t first_cid)
{
    memset(entries, 0, n * LONE_SQE_SIZE);
    for (unsigned i = 0; i < n; i++) {
        put(entries + i * LONE_SQE_SIZE + 2, 2, first_cid + i);
        put(entries + i * LONE_SQE_SIZE + 4, 4, 1);
    }
}

/* Takes @n completions when they have come. */
static void take(struct sim *sim, uint16_t id, uint8_t *entries, unsigned n)
{
    unsigned got = 0;

    for (unsigned looks = 0; looks < 300000 && got < n; looks++) {
        int taken = lone_cq_take(sim->controller, id, entries + got * LONE_CQE_SIZE, n - got, &sim->error);

        assert_true(taken >= 0);
        got += (unsigned)taken;
        if (!taken)
            usleep(100);
    }
    assert_int_equal(got, n);
}

static void test_raw(void **state)
{
    struct sim *sim = *state;
    uint8_t entries[8 * LONE_SQE_SIZE], cqes[16 * LONE_CQE_SIZE];

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 8);
    fill_raw(entries, 8, 0x100);
    assert_int_equal(lone_cq_take(sim->controller, 1, cqes, 1, &sim->error), -EINVAL);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_FILE, &sim->error));
    assert_int_equal(lone_sq_place(sim->controller, 1, entries, 8, true, &sim->error), -EAGAIN); /* 7 fit in 8 */
    assert_int_equal(sq_of(sim, 1)->tail, 0);
    for (unsigned round = 0; round < 100; round++) {
        fill_raw(entries, 7, (uint16_t)(round * 7));
        must(sim, lone_sq_place(sim->controller, 1, entries, 7, true, &sim->error));
        assert_int_equal(sq_of(sim, 1)->raw, 7);
        take(sim, 1, cqes, 7);
        for (unsigned i = 0; i < 7; i++) {
            assert_int_equal(get(cqes + i * LONE_CQE_SIZE + 12, 2), round * 7 + i); /* CID */
            assert_int_equal(get(cqes + i * LONE_CQE_SIZE + 14, 2) >> 1, 0);        /* status */
        }
        assert_int_equal(sq_of(sim, 1)->raw, 0);
    }
    assert_int_equal(cq_of(sim, 1)->strays, 0);
    assert_int_equal(cq_of(sim, 1)->doorbell, 700 % 8);
    assert_int_equal(lone_cq_take(sim->controller, 1, cqes, 16, &sim->error), 0);
}

/* Placed without ringing nothing happens; a doorbell between head and tail rings for some; the rest later. */
static void test_place(void **state)
{
    struct sim *sim = *state;
    uint8_t entries[4 * LONE_SQE_SIZE], cqes[4 * LONE_CQE_SIZE];

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 8);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_FILE, &sim->error));
    fill_raw(entries, 4, 0);
    must(sim, lone_sq_place(sim->controller, 1, entries, 4, false, &sim->error));
    assert_int_equal(sq_of(sim, 1)->tail, 4);
    assert_int_equal(sq_of(sim, 1)->doorbell, 0);
    usleep(20000);
    assert_false(lone_cq_ready(sim->controller, 1));
    must(sim, lone_sq_ring(sim->controller, 1, 1, &sim->error));
    take(sim, 1, cqes, 1);
    usleep(20000);
    assert_false(lone_cq_ready(sim->controller, 1));
    assert_int_equal(sq_of(sim, 1)->tail, 4);
    must(sim, lone_sq_ring(sim->controller, 1, sq_of(sim, 1)->tail, &sim->error));
    take(sim, 1, cqes, 3);
    assert_int_equal(get(cqes + 2 * LONE_CQE_SIZE + 12, 2), 3);
}

/* Completions of raw entries that lonefs consumes itself become strays; commands never get their CIDs. */
static void test_raw_beside_commands(void **state)
{
    struct sim *sim = *state;
    uint8_t entry[LONE_SQE_SIZE], cqes[LONE_CQE_SIZE];
    struct lone_cmd *cmd;

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 16);
    fill_raw(entry, 1, 0); /* the CID that a command would get first */
    must(sim, lone_sq_place(sim->controller, 1, entry, 1, false, &sim->error));
    cmd = flush(sim, 1); /* rings for both */
    assert_int_not_equal(get(cmd->sqe + 2, 2), 0);
    wait_for(sim, cmd);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    lone_controller_poll(sim->controller);
    assert_int_equal(cq_of(sim, 1)->strays, 1);
    assert_int_equal(get(cq_of(sim, 1)->stray[0] + 12, 2), 0);
    assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_NOTHING);
    lone_cmd_free(cmd);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_FILE, &sim->error));
    cmd = flush(sim, 1); /* a command completes when its completion is taken */
    take(sim, 1, cqes, 1);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_memory_equal(cmd->cqe, cqes, LONE_CQE_SIZE);
    lone_cmd_free(cmd);
}

/* Does entry @slot of completion queue 1 have this phase tag? */
static bool has_phase(struct sim *sim, unsigned slot, unsigned phase, uint8_t cqe[LONE_CQE_SIZE])
{
    must(sim,
         lone_buffer_load(&cq_of(sim, 1)->memory, (uint64_t)slot * LONE_CQE_SIZE, cqe, LONE_CQE_SIZE, &sim->error));
    return (cqe[14] & 1) == phase;
}

/* Nobody consumes: the entries are in the memory, and the doorbell by hand says what was. */
static void test_nobody(void **state)
{
    struct sim *sim = *state;
    uint8_t entries[3 * LONE_SQE_SIZE], cqe[LONE_CQE_SIZE] = {0};

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 4);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_NONE, &sim->error));
    fill_raw(entries, 3, 7);
    must(sim, lone_sq_place(sim->controller, 1, entries, 3, true, &sim->error));
    UNTIL(has_phase(sim, 2, 1, cqe));
    assert_int_equal(get(cqe + 12, 2), 9);
    assert_int_equal(lone_controller_poll(sim->controller), 0);
    assert_int_equal(cq_of(sim, 1)->head, 0);
    must(sim, lone_cq_ring(sim->controller, 1, 3, &sim->error));
    assert_int_equal(cq_of(sim, 1)->head, 3);
    assert_true(cq_of(sim, 1)->phase);
    assert_int_equal(lone_sq_place(sim->controller, 1, entries, 1, true, &sim->error), -EAGAIN); /* SQHD was not seen */
    must(sim, lone_sq_set_indices(sim->controller, 1, 3, get(cqe + 8, 2), &sim->error));
    must(sim, lone_sq_place(sim->controller, 1, entries, 2, true, &sim->error));
    UNTIL(has_phase(sim, 0, 0, cqe));
    must(sim, lone_cq_ring(sim->controller, 1, 1, &sim->error));
    assert_false(cq_of(sim, 1)->phase); /* once around */
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_AUTO, &sim->error));
    flushes(sim, 1);
    assert_int_equal(lone_cq_set_indices(sim->controller, 1, 4, true, &sim->error), -ERANGE);
    assert_int_equal(lone_sq_set_indices(sim->controller, 1, 0, 4, &sim->error), -ERANGE);
}

/* A value outside of the queue is written and remembered, and says nothing about the tail. */
static void test_wrong_doorbells(void **state)
{
    struct sim *sim = *state;
    uint64_t csts;

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 8);
    must(sim, lone_sq_ring(sim->controller, 1, 0xffff, &sim->error));
    assert_int_equal(sq_of(sim, 1)->doorbell, 0xffff);
    assert_int_equal(sq_of(sim, 1)->tail, 0);
    must(sim, lone_cq_ring(sim->controller, 1, 8, &sim->error));
    assert_int_equal(cq_of(sim, 1)->doorbell, 8);
    assert_int_equal(cq_of(sim, 1)->head, 0);
    must(sim, lone_controller_read(sim->controller, LONE_REG_CSTS, 4, &csts, &sim->error));
    assert_int_equal(csts, 1);
    flushes(sim, 1);
    assert_int_equal(lone_sq_ring(sim->controller, 9, 0, &sim->error), -ENXIO);
    /* Slots that a script filled itself: entries of zeros are Flush commands for NSID 0, which is no namespace. */
    must(sim, lone_sq_ring(sim->controller, 1, 3, &sim->error));
    assert_int_equal(sq_of(sim, 1)->tail, 3);
    flushes(sim, 1);
    assert_int_equal(cq_of(sim, 1)->strays, 2);
}

/* Puts entries into the memory of a queue, as a script does that writes to `slots`. */
static void scribble(struct sim *sim, uint16_t id, uint32_t slot, const uint8_t *entries, unsigned n)
{
    must(sim, lone_buffer_store(&sq_of(sim, id)->memory, (uint64_t)slot * LONE_SQE_SIZE, entries,
                                (uint64_t)n * LONE_SQE_SIZE, &sim->error));
}

/* Entries in the slots that are rung for are known: they are outstanding, and commands do not get their CIDs. @ring is
 * 0 for lone_sq_ring(), else the width of an access to BAR 0. */
static void rung_slots(struct sim *sim, unsigned width)
{
    uint8_t entries[3 * LONE_SQE_SIZE], cqes[4 * LONE_CQE_SIZE];
    struct lone_cmd *cmd;
    uint64_t cap;

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 8);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_FILE, &sim->error));
    fill_raw(entries, 3, 0); /* the CIDs that commands would get */
    scribble(sim, 1, 0, entries, 3);
    must(sim, lone_controller_read(sim->controller, LONE_REG_CAP, 8, &cap, &sim->error));
    assert_int_equal(NVME_CAP_DSTRD(cap), 0);
    if (width)
        must(sim, lone_controller_bar_write(sim->controller, 0, 0x1008, width, 3, &sim->error));
    else
        must(sim, lone_sq_ring(sim->controller, 1, 3, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 3);
    assert_int_equal(sq_of(sim, 1)->tail, 3);
    cmd = flush(sim, 1);
    assert_true(get(cmd->sqe + 2, 2) > 2);
    take(sim, 1, cqes, 4);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(get(cqes + i * LONE_CQE_SIZE + 12, 2), i);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_memory_equal(cmd->cqe, cqes + 3 * LONE_CQE_SIZE, LONE_CQE_SIZE);
    assert_int_equal(sq_of(sim, 1)->raw, 0);
    assert_int_equal(cq_of(sim, 1)->strays, 0);
    lone_cmd_free(cmd);
}

static void test_rung_slots(void **state)
{
    rung_slots(*state, 0);
}

static void test_rung_slots_by_bar(void **state)
{
    rung_slots(*state, 4);
}

/* A script moves the tail past what it has written; the doorbell of the next command rings for that, too. */
static void test_tail_by_hand(void **state)
{
    /* interface: QU34 */
    struct sim *sim = *state;
    uint8_t entries[4 * LONE_SQE_SIZE], cqes[4 * LONE_CQE_SIZE];
    struct lone_cmd *cmd;

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 8);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_FILE, &sim->error));
    fill_raw(entries, 4, 0);
    scribble(sim, 1, 0, entries, 2);
    must(sim, lone_sq_set_indices(sim->controller, 1, 2, 0, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 0); /* the controller has not been told yet */
    cmd = flush(sim, 1);
    assert_int_equal(sq_of(sim, 1)->raw, 2);
    assert_true(get(cmd->sqe + 2, 2) > 1);
    take(sim, 1, cqes, 3);
    assert_int_equal(sq_of(sim, 1)->raw, 0);
    lone_cmd_free(cmd);
    /* Back again: what was placed is not sent. */
    must(sim, lone_sq_place(sim->controller, 1, entries, 4, false, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 4);
    must(sim, lone_sq_set_indices(sim->controller, 1, 4, sq_of(sim, 1)->head, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 1);
    must(sim, lone_sq_ring(sim->controller, 1, 4, &sim->error));
    take(sim, 1, cqes, 1);
    assert_int_equal(sq_of(sim, 1)->raw, 0);
    assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_NOTHING);
}

enum ringer { BY_RING, BY_COMMAND, BY_BYTES };

/* What was placed is overwritten before anybody rings: the CIDs are those that the controller will read. */
static void overwritten(struct sim *sim, enum ringer ringer)
{
    uint8_t entries[2 * LONE_SQE_SIZE], last[LONE_SQE_SIZE], cqes[4 * LONE_CQE_SIZE];
    struct lone_cmd *cmd;

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 8);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_FILE, &sim->error));
    fill_raw(entries, 2, 0x50);
    must(sim, lone_sq_place(sim->controller, 1, entries, 2, false, &sim->error));
    fill_raw(entries, 2, 0);
    scribble(sim, 1, 0, entries, 2);
    fill_raw(last, 1, 0x60);
    if (ringer == BY_RING)
        must(sim, lone_sq_ring(sim->controller, 1, 2, &sim->error));
    if (ringer == BY_BYTES)
        must(sim, lone_sq_place(sim->controller, 1, last, 1, true, &sim->error));
    cmd = flush(sim, 1);
    assert_true(get(cmd->sqe + 2, 2) > 1);
    take(sim, 1, cqes, ringer == BY_BYTES ? 4 : 3);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_int_equal(sq_of(sim, 1)->raw, 0);
    assert_int_equal(cq_of(sim, 1)->strays, 0);
    lone_cmd_free(cmd);
}

static void test_overwritten(void **state)
{
    /* interface: QU34 */
    overwritten(*state, BY_RING);
}

static void test_overwritten_before_command(void **state)
{
    overwritten(*state, BY_COMMAND);
}

static void test_overwritten_before_bytes(void **state)
{
    overwritten(*state, BY_BYTES);
}

/* Where nobody consumes, what a script has taken is known when it rings: raw entries, and commands. */
static void test_nobody_counts(void **state)
{
    struct sim *sim = *state;
    uint8_t entries[3 * LONE_SQE_SIZE], cqe[LONE_CQE_SIZE] = {0};
    struct lone_cmd *cmd;

    act(sim, LONE_ACTION_INIT, 0);
    make_pair(sim, 1, 4);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_NONE, &sim->error));
    fill_raw(entries, 2, 7);
    must(sim, lone_sq_place(sim->controller, 1, entries, 2, true, &sim->error));
    cmd = flush(sim, 1);
    UNTIL(has_phase(sim, 2, 1, cqe));
    assert_int_equal(sq_of(sim, 1)->raw, 2);
    must(sim, lone_cq_ring(sim->controller, 1, 2, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 0);
    assert_int_equal(cmd->state, LONE_CMD_OUTSTANDING);
    must(sim, lone_controller_bar_write(sim->controller, 0, 0x100c, 4, 3, &sim->error)); /* CQ1HDBL */
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_memory_equal(cmd->cqe, cqe, LONE_CQE_SIZE);
    assert_int_equal(sq_of(sim, 1)->outstanding, 0);
    assert_int_equal(cq_of(sim, 1)->strays, 0);
    lone_cmd_free(cmd);
    /* Once around, with SQHD written by hand, and slots rung for: 3, 0, 1 */
    must(sim, lone_sq_set_indices(sim->controller, 1, 3, 3, &sim->error));
    fill_raw(entries, 3, 0);
    scribble(sim, 1, 3, entries, 1);
    scribble(sim, 1, 0, entries + LONE_SQE_SIZE, 2);
    must(sim, lone_sq_ring(sim->controller, 1, 2, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 3);
    UNTIL(has_phase(sim, 1, 0, cqe));
    must(sim, lone_cq_ring(sim->controller, 1, 2, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 0);
    assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_NOTHING);
    /* Without: the script's doorbells alone say what is new */
    scribble(sim, 1, 2, entries, 2);
    must(sim, lone_sq_ring(sim->controller, 1, 3, &sim->error));
    must(sim, lone_sq_ring(sim->controller, 1, 0, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 2);
    assert_int_equal(sq_of(sim, 1)->tail, 0);
    UNTIL(has_phase(sim, 3, 0, cqe));
    must(sim, lone_cq_set_indices(sim->controller, 1, 0, true, &sim->error));
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_AUTO, &sim->error));
    assert_int_equal(sq_of(sim, 1)->raw, 0);
}

/* --- Created and deleted behind lonefs's back -------------------------------------------------------------- */

/* Sends an admin command as bytes and waits until it has completed. */
static void send_bytes(struct sim *sim, uint8_t opcode, uint64_t prp1, uint32_t cdw10, uint32_t cdw11)
{
    uint8_t entry[LONE_SQE_SIZE] = {opcode, 0, 0x34, 0x12};

    put(entry + 24, 8, prp1);
    put(entry + 40, 4, cdw10);
    put(entry + 44, 4, cdw11);
    must(sim, lone_sq_place(sim->controller, 0, entry, 1, true, &sim->error));
    UNTIL((lone_controller_poll(sim->controller), !sq_of(sim, 0)->raw));
    assert_int_equal(sq_of(sim, 0)->raw, 0);
}

/* A Delete that is sent as bytes ends the queue like any other. */
static void test_deleted_by_bytes(void **state)
{
    /* interface: QU8 */
    struct sim *sim = *state;
    struct lone_cmd *cmd;

    act(sim, LONE_ACTION_INIT, 1);
    make_pair(sim, 5, 8);
    must(sim, lone_cq_consumer(sim->controller, 5, LONE_CONSUMER_NONE, &sim->error));
    cmd = flush(sim, 5);
    send_bytes(sim, nvme_admin_delete_sq, 0, 5, 0);
    assert_int_equal(sq_of(sim, 5)->state, LONE_QUEUE_MADE);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    send_bytes(sim, nvme_admin_delete_cq, 0, 5, 0);
    assert_int_equal(cq_of(sim, 5)->state, LONE_QUEUE_MADE);
    send_bytes(sim, nvme_admin_delete_sq, 0, 1, 0);
    assert_null(sq_of(sim, 1));
    lone_cmd_free(cmd);
}

/* What the queue had completed before is not lost, although the completion of the Delete is seen first. */
static void test_deleted_by_bytes_completed(void **state)
{
    struct sim *sim = *state;
    uint8_t entry[LONE_SQE_SIZE] = {nvme_admin_delete_sq, 0, 0x34, 0x12}, cqe[LONE_CQE_SIZE] = {0};
    struct lone_cmd *cmd;
    uint32_t head;

    act(sim, LONE_ACTION_INIT, 1);
    cmd = flush(sim, 1);
    UNTIL(has_phase(sim, 0, 1, cqe));
    put(entry + 40, 4, 1);
    head = cq_of(sim, 0)->head;
    must(sim, lone_sq_place(sim->controller, 0, entry, 1, true, &sim->error));
    UNTIL((must(sim, lone_buffer_load(&cq_of(sim, 0)->memory, (uint64_t)head * LONE_CQE_SIZE, cqe, LONE_CQE_SIZE,
                                      &sim->error)),
           cqe[14] & 1));
    assert_int_equal(cmd->state, LONE_CMD_OUTSTANDING);
    lone_controller_poll(sim->controller);
    assert_null(sq_of(sim, 1));
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_int_equal(cq_of(sim, 1)->strays, 0);
    lone_cmd_free(cmd);
}

/* Was never created, and adopted all the same: a Delete tells that it is not there, and then it can go. */
static void test_never_created(void **state)
{
    /* interface: QU9 */
    struct sim *sim = *state;

    act(sim, LONE_ACTION_INIT, 2);
    for (uint16_t id = 7; id <= 8; id++) {
        must(sim, lone_cq_new(sim->controller, id, NULL, &sim->error));
        must(sim, lone_sq_new(sim->controller, id, NULL, &sim->error));
        must(sim, lone_cq_adopt(sim->controller, id, &sim->error));
        must(sim, lone_sq_adopt(sim->controller, id, &sim->error));
    }
    assert_int_equal(lone_sq_free(sim->controller, 7, &sim->error), -EBUSY);
    assert_int_equal(status_of(sim, lone_sq_delete, 7), CSPEC | NVME_SC_QID_INVALID);
    assert_int_equal(status_of(sim, lone_cq_delete, 7), CSPEC | NVME_SC_QID_INVALID);
    must(sim, lone_sq_free(sim->controller, 7, &sim->error));
    must(sim, lone_cq_free(sim->controller, 7, &sim->error));
    act(sim, LONE_ACTION_DELETE_QUEUES, 0); /* all that there are, and those that are not there are no failure */
    assert_int_equal(lone_controller_next_sq(sim->controller, 1), 8);
    assert_int_equal(sq_of(sim, 8)->state, LONE_QUEUE_MADE);
    assert_int_equal(lone_controller_next_cq(sim->controller, 1), 8);
    assert_int_equal(cq_of(sim, 8)->state, LONE_QUEUE_MADE);
}

/* One that cannot be deleted (a submission queue uses it that only the controller knows) does not keep the others. */
static void test_delete_goes_on(void **state)
{
    /* interface: QU3 */
    struct sim *sim = *state;
    const struct lone_sq_options sq = {.entries = 16, .cqid = 1, .pc = true};

    act(sim, LONE_ACTION_INIT, 2);
    must(sim, lone_sq_new(sim->controller, 9, &sq, &sim->error));
    assert_int_equal(send_by_hand(sim, nvme_admin_create_sq, sq_of(sim, 9)->memory.iova, 15 << 16 | 9, 1 << 16 | 1), 0);
    assert_int_equal(lone_controller_do(sim->controller, LONE_ACTION_DELETE_QUEUES, NULL, &sim->error), -EIO);
    assert_true(sim->error.has_status);
    assert_int_equal(sim->error.status, CSPEC | NVME_SC_INVALID_QUEUE);
    assert_int_equal(lone_controller_next_cq(sim->controller, 1), 1);
    assert_int_equal(lone_controller_next_cq(sim->controller, 2), -1);
}

/* What the Create has said is what is adopted, whatever the host's side says. @as_bytes: it was nobody's command. */
static void adopts_created(struct sim *sim, bool as_bytes)
{
    struct lone_region *region;
    uint64_t at;

    act(sim, LONE_ACTION_INIT, 0);
    must(sim, lone_controller_memory_new(sim->controller, LONE_IN_HOST, 16384, LONE_DMA_READ | LONE_DMA_WRITE, NULL,
                                         &region, &sim->error));
    must(sim, lone_cq_new(sim->controller, 6, NULL, &sim->error)); /* 256 entries, vector 6 */
    must(sim, lone_sq_new(sim->controller, 6, NULL, &sim->error));
    at = region->iova + 8192;
    if (as_bytes) {
        send_bytes(sim, nvme_admin_create_cq, cq_of(sim, 6)->memory.iova, 5 << 16 | 6, 2 << 16 | 3);
        send_bytes(sim, nvme_admin_create_sq, at, 3 << 16 | 6, 6 << 16 | 2 << 1 | 1);
    } else {
        assert_int_equal(send_by_hand(sim, nvme_admin_create_cq, cq_of(sim, 6)->memory.iova, 5 << 16 | 6, 2 << 16 | 3),
                         0);
        assert_int_equal(send_by_hand(sim, nvme_admin_create_sq, at, 3 << 16 | 6, 6 << 16 | 2 << 1 | 1), 0);
    }
    must(sim, lone_cq_adopt(sim->controller, 6, &sim->error));
    must(sim, lone_sq_adopt(sim->controller, 6, &sim->error));
    assert_int_equal(cq_of(sim, 6)->entries, 6);
    assert_int_equal(cq_of(sim, 6)->vector, 2);
    assert_true(cq_of(sim, 6)->interrupts);
    assert_int_equal(sq_of(sim, 6)->entries, 4);
    assert_int_equal(sq_of(sim, 6)->memory.iova, at);
    assert_int_equal(sq_of(sim, 6)->qprio, 2);
    assert_int_equal(region->users, 1);
    for (unsigned i = 0; i < 30; i++)
        flushes(sim, 6);
    assert_int_equal(sq_of(sim, 6)->tail, 30 % 4);
    assert_int_equal(cq_of(sim, 6)->head, 30 % 6);
    assert_int_equal(status_of(sim, lone_sq_delete, 6), 0);
    assert_int_equal(status_of(sim, lone_cq_delete, 6), 0);
    must(sim, lone_sq_free(sim->controller, 6, &sim->error));
    must(sim, lone_cq_free(sim->controller, 6, &sim->error));
    assert_int_equal(region->users, 0);
    lone_controller_memory_free(sim->controller, region);
}

static void test_adopts_created(void **state)
{
    adopts_created(*state, false);
}

static void test_adopts_created_by_bytes(void **state)
{
    adopts_created(*state, true);
}

/* It lies where no queue is: adopting it would look for completions elsewhere. */
static void test_adopts_nothing_else(void **state)
{
    /* interface: QU31 */
    struct sim *sim = *state;

    act(sim, LONE_ACTION_INIT, 0);
    must(sim, lone_cq_new(sim->controller, 6, NULL, &sim->error));
    must(sim, lone_cq_new(sim->controller, 7, NULL, &sim->error));
    assert_int_equal(send_by_hand(sim, nvme_admin_create_cq, cq_of(sim, 7)->memory.iova, 5 << 16 | 6, 1), 0);
    assert_int_equal(lone_cq_adopt(sim->controller, 6, &sim->error), -ENXIO);
    assert_int_equal(cq_of(sim, 6)->state, LONE_QUEUE_MADE);
    assert_int_equal(cq_of(sim, 6)->entries, 256);
    assert_int_equal(send_by_hand(sim, nvme_admin_delete_cq, 0, 6, 0), 0);
    must(sim, lone_cq_adopt(sim->controller, 6, &sim->error)); /* of this one nothing is known any more */
    assert_int_equal(cq_of(sim, 6)->entries, 256);
}

/* --- Interrupts -------------------------------------------------------------------------------------------- */

static uint64_t counted(struct sim *sim)
{
    uint64_t count = 0;
    unsigned vectors;

    lone_controller_eventfds(sim->controller, &vectors);
    lone_controller_clear_eventfds(sim->controller);
    for (unsigned i = 0; i < vectors; i++)
        count += lone_vector_count(sim->controller, i);
    return count;
}

static void test_modes(void **state)
{
    struct sim *sim = *state;
    static const struct {
        enum lone_interrupts kind;
        unsigned vectors;
    } modes[] = {{LONE_INTERRUPTS_NONE, 0},  {LONE_INTERRUPTS_INTX, 1}, {LONE_INTERRUPTS_MSI, 8},
                 {LONE_INTERRUPTS_MSIX, 16}, {LONE_INTERRUPTS_NONE, 0}, {LONE_INTERRUPTS_MSIX, 16}};
    unsigned vectors;

    for (size_t i = 0; i < LONE_COUNT(modes); i++) {
        must(sim, lone_controller_interrupts(sim->controller, modes[i].kind, 0, &sim->error));
        lone_controller_eventfds(sim->controller, &vectors);
        assert_int_equal(vectors, modes[i].vectors);
        act(sim, LONE_ACTION_INIT, 2);
        assert_int_equal(lone_controller_interrupts(sim->controller, LONE_INTERRUPTS_NONE, 0, &sim->error),
                         modes[i].kind == LONE_INTERRUPTS_NONE ? 0 : -EBUSY);
        assert_int_equal(lone_controller_interrupt_mode(sim->controller), modes[i].kind);
        for (uint16_t id = 1; id <= 2; id++)
            flushes(sim, id);
        UNTIL(counted(sim) > 0 || !vectors); /* an interrupt comes after its completion */
        assert_int_equal(counted(sim) > 0, vectors > 0);
        act(sim, LONE_ACTION_DISABLE, 0);
    }
    assert_int_equal(lone_controller_interrupts(sim->controller, LONE_INTERRUPTS_MSI, 9, &sim->error), -ERANGE);
    assert_int_equal(lone_controller_interrupts(sim->controller, LONE_INTERRUPTS_INTX, 2, &sim->error), -ERANGE);
    must(sim, lone_controller_interrupts(sim->controller, LONE_INTERRUPTS_MSIX, 3, &sim->error));
    assert_int_equal(counted(sim), 0);
    lone_controller_eventfds(sim->controller, &vectors);
    assert_int_equal(vectors, 3);
}

static bool is_pending(struct sim *sim, unsigned vector)
{
    bool is = false;

    must(sim, lone_vector_is_pending(sim->controller, vector, &is, &sim->error));
    return is;
}

static void test_masks(void **state)
{
    struct sim *sim = *state;
    static const enum lone_interrupts kinds[] = {LONE_INTERRUPTS_MSIX, LONE_INTERRUPTS_MSI};

    for (size_t i = 0; i < LONE_COUNT(kinds); i++) {
        bool is = false;

        must(sim, lone_controller_interrupts(sim->controller, kinds[i], 0, &sim->error));
        act(sim, LONE_ACTION_INIT, 1); /* queue 1 has vector 1 */
        must(sim, lone_vector_is_masked(sim->controller, 1, &is, &sim->error));
        assert_false(is);
        must(sim, lone_vector_mask(sim->controller, 1, true, &sim->error));
        must(sim, lone_vector_is_masked(sim->controller, 1, &is, &sim->error));
        assert_true(is);
        flushes(sim, 1);
        UNTIL(is_pending(sim, 1));
        assert_true(is_pending(sim, 1));
        lone_controller_clear_eventfds(sim->controller);
        assert_int_equal(lone_vector_count(sim->controller, 1), 0);
        must(sim, lone_vector_mask(sim->controller, 1, false, &sim->error));
        UNTIL((lone_controller_clear_eventfds(sim->controller), lone_vector_count(sim->controller, 1)));
        assert_int_equal(lone_vector_count(sim->controller, 1), 1);
        assert_false(is_pending(sim, 1));
        assert_int_equal(lone_vector_is_masked(sim->controller, 16, &is, &sim->error), -ENXIO);
        act(sim, LONE_ACTION_DISABLE, 0);
    }
}

/* INTx stays masked at the host while a script has entries to take. */
static void test_intx(void **state)
{
    /* interface: IR10 */
    struct sim *sim = *state;
    uint8_t entry[LONE_SQE_SIZE], cqe[LONE_CQE_SIZE];

    must(sim, lone_controller_interrupts(sim->controller, LONE_INTERRUPTS_INTX, 0, &sim->error));
    act(sim, LONE_ACTION_INIT, 1);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_FILE, &sim->error));
    fill_raw(entry, 1, 0);
    must(sim, lone_sq_place(sim->controller, 1, entry, 1, true, &sim->error));
    UNTIL(is_pending(sim, 0)); /* STS.IS */
    assert_true(is_pending(sim, 0));
    /* Its eventfd comes after it; and then it is masked until the queue is empty. */
    UNTIL((lone_controller_clear_eventfds(sim->controller), !lone_cq_announced(sim->controller, 1)));
    assert_false(lone_cq_announced(sim->controller, 1));
    take(sim, 1, cqe, 1);
    assert_true(lone_cq_announced(sim->controller, 1));
    UNTIL(!is_pending(sim, 0));
    assert_false(is_pending(sim, 0));
}

static void test_expects(void **state)
{
    /* interface: IR5 */
    struct sim *sim = *state;
    struct lone_cmd *cmd;

    act(sim, LONE_ACTION_INIT, 1);
    assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_NOTHING);
    cmd = lone_cmd_new(sim->controller);
    cmd->sqe[0] = nvme_admin_async_event;
    must(sim, lone_cmd_submit(cmd, &sim->error));
    assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_INTERRUPT);
    must(sim, lone_vector_mask(sim->controller, 1, true, &sim->error));
    assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_SILENCE);
    must(sim, lone_cq_consumer(sim->controller, 1, LONE_CONSUMER_NONE, &sim->error)); /* nobody looks at it */
    assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_INTERRUPT);
    act(sim, LONE_ACTION_DISABLE, 0);
    must(sim, lone_controller_interrupts(sim->controller, LONE_INTERRUPTS_NONE, 0, &sim->error));
    act(sim, LONE_ACTION_ENABLE, 0);
    must(sim, lone_cmd_submit(cmd, &sim->error));
    assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_SILENCE);
    lone_cmd_free(cmd);
}

static uint16_t capability(struct sim *sim, uint8_t id)
{
    size_t n;
    const struct lone_capability_at *found = lone_controller_capabilities(sim->controller, &n);

    for (size_t i = 0; i < n; i++)
        if (!found[i].extended && found[i].id == id)
            return found[i].offset;
    fail();
    return 0;
}

struct access {
    bool config;
    uint32_t at, width;
    uint64_t value;
};

static void by_hand(struct sim *sim, const struct access *access)
{
    if (access->config)
        must(sim, lone_controller_config_write(sim->controller, (uint16_t)access->at, access->width,
                                               (uint32_t)access->value, &sim->error));
    else
        must(sim, lone_controller_bar_write(sim->controller, 0, access->at, access->width, access->value, &sim->error));
}

/* Whatever keeps vectors from signalling, the queues are looked at meanwhile. The admin queue has vector 0, queue 1 has
 * vector 1. The bits are <linux/pci_regs.h>'s; INTMS is at 0Ch and INTMC at 10h (NVMe Base 2.0, 3.1.3). */
static void test_masks_by_hand(void **state)
{
    /* interface: IR5 */
    enum { VS = 0x08, INTMS = 0x0c, INTMC = 0x10 };
    struct sim *sim = *state;
    const uint16_t msi = capability(sim, PCI_CAP_ID_MSI), msix = capability(sim, PCI_CAP_ID_MSIX);
    struct lone_cmd *cmd = lone_cmd_new(sim->controller);
    uint32_t control; /* Vector Control of vector 1 */

    must(sim, lone_controller_config_read(sim->controller, msix + PCI_MSIX_TABLE, 4, &control, &sim->error));
    assert_int_equal(control & PCI_MSIX_TABLE_BIR, 0);
    control += PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_VECTOR_CTRL;
    const struct {
        enum lone_interrupts kind;
        struct access masks, lifts;
    } rows[] = {
        {LONE_INTERRUPTS_INTX, {false, INTMS, 4, 1}, {false, INTMC, 4, 1}},
        {LONE_INTERRUPTS_INTX,
         {true, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE},
         {true, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER}},
        {LONE_INTERRUPTS_INTX,
         {true, PCI_COMMAND + 1, 1, PCI_COMMAND_INTX_DISABLE >> 8},
         {true, PCI_COMMAND + 1, 1, 0}},
        {LONE_INTERRUPTS_MSI, {false, INTMS, 4, 2}, {false, INTMC, 4, UINT32_MAX}},
        {LONE_INTERRUPTS_MSI, {false, INTMS, 1, 1}, {false, INTMC, 1, 3}},
        {LONE_INTERRUPTS_MSI, {false, VS, 8, 2ull << 32}, {false, INTMC, 4, 2}},
        {LONE_INTERRUPTS_MSI,
         {true, msi + PCI_MSI_FLAGS, 2, 0},
         {true, msi + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | 3 << 4}},
        {LONE_INTERRUPTS_MSI, {true, msi + PCI_MSI_MASK_64, 4, 2}, {true, msi + PCI_MSI_MASK_64, 1, 0xfc}},
        {LONE_INTERRUPTS_MSIX,
         {true, msix + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL},
         {true, msix + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE}},
        {LONE_INTERRUPTS_MSIX,
         {true, msix + PCI_MSIX_FLAGS + 1, 1, 0},
         {true, msix + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE}},
        {LONE_INTERRUPTS_MSIX, {false, control, 4, 1}, {false, control, 1, 0}},
        {LONE_INTERRUPTS_MSIX, {false, control - 4, 8, 1ull << 32}, {false, control, 4, 0}},
    };

    cmd->sqe[0] = nvme_admin_async_event;
    for (size_t i = 0; i < LONE_COUNT(rows); i++) {
        must(sim, lone_controller_interrupts(sim->controller, rows[i].kind, 0, &sim->error));
        act(sim, LONE_ACTION_INIT, 1);
        must(sim, lone_cmd_submit(cmd, &sim->error));
        assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_INTERRUPT);
        by_hand(sim, &rows[i].masks);
        assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_SILENCE);
        by_hand(sim, &rows[i].lifts);
        assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_INTERRUPT);
        /* A reset of the controller clears INTMS, and `init` switches all else on again */
        by_hand(sim, &rows[i].masks);
        act(sim, LONE_ACTION_INIT, 1);
        must(sim, lone_cmd_submit(cmd, &sim->error));
        assert_int_equal(lone_controller_expects(sim->controller), LONE_EXPECTS_INTERRUPT);
        flushes(sim, 1);
        UNTIL(counted(sim) > 0);
        assert_true(counted(sim) > 0);
        act(sim, LONE_ACTION_DISABLE, 0);
    }
    lone_cmd_free(cmd);
}

/* --- The PRP list of a queue ------------------------------------------------------------------------------- */

/* 4.1.1: the last entry of a list page points to the next page of the list if there is more. */
static void test_list(void **state)
{
    uint8_t *bytes = calloc(3, 4096);
    const struct lone_buffer list = {.data = bytes, .iova = 0x100000, .size = 3 * 4096};

    (void)state;
    assert_int_equal(lone_prp_pages_size(1, 4096, 0), 8);
    assert_int_equal(lone_prp_pages_size(512, 4096, 0), 4096);
    assert_int_equal(lone_prp_pages_size(513, 4096, 0), 4096 + 16);
    assert_int_equal(lone_prp_pages_size(1024, 4096, 0), 2 * 4096 + 16); /* 511 and 511 and 2 */
    assert_int_equal(lone_prp_pages_build(0x800000, 1024, 4096, &list, NULL), 0);
    assert_int_equal(get(bytes, 8), 0x800000);
    assert_int_equal(get(bytes + 510 * 8, 8), 0x800000 + 510 * 4096);
    assert_int_equal(get(bytes + 511 * 8, 8), 0x101000);
    assert_int_equal(get(bytes + 4096, 8), 0x800000 + 511 * 4096);
    assert_int_equal(get(bytes + 2 * 4096 - 8, 8), 0x102000);
    assert_int_equal(get(bytes + 2 * 4096 + 8, 8), 0x800000 + 1023 * 4096);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM_TEST(test_made),
        SIM_TEST(test_not_created),
        SIM_TEST(test_lifetime),
        SIM_TEST(test_pairs),
        SIM_TEST(test_many_on_one),
        SIM_TEST(test_scattered),
        SIM_TEST(test_lost_by_deletion),
        SIM_TEST(test_reset),
        SIM_TEST(test_adopt),
        SIM_TEST(test_named_by_hand),
        SIM_TEST(test_named_by_bytes),
        SIM_TEST(test_adopt_admin),
        SIM_TEST(test_raw),
        SIM_TEST(test_place),
        SIM_TEST(test_raw_beside_commands),
        SIM_TEST(test_nobody),
        SIM_TEST(test_rung_slots),
        SIM_TEST(test_rung_slots_by_bar),
        SIM_TEST(test_tail_by_hand),
        SIM_TEST(test_overwritten),
        SIM_TEST(test_overwritten_before_command),
        SIM_TEST(test_overwritten_before_bytes),
        SIM_TEST(test_nobody_counts),
        SIM_TEST(test_deleted_by_bytes),
        SIM_TEST(test_deleted_by_bytes_completed),
        SIM_TEST(test_never_created),
        SIM_TEST(test_delete_goes_on),
        SIM_TEST(test_adopts_created),
        SIM_TEST(test_adopts_created_by_bytes),
        SIM_TEST(test_adopts_nothing_else),
        SIM_TEST(test_wrong_doorbells),
        SIM_TEST(test_modes),
        SIM_TEST(test_masks),
        SIM_TEST(test_intx),
        SIM_TEST(test_expects),
        SIM_TEST(test_masks_by_hand),
        cmocka_unit_test(test_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
