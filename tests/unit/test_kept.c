/* SPDX-License-Identifier: MIT */
/* Memory that the device may still reach is kept: of commands that timed out or were lost, of queues, of regions, of
 * the Host Memory Buffer. On a mock that does what a test tells it. */
#include <errno.h>
#include <string.h>

#include "mock.h"
#include "nvme/queue.h"

/* --- Time-outs and loss ------------------------------------------------------------------------------------ */

static uint64_t used(const struct bench *bench)
{
    uint64_t mapped, bytes;

    lone_memory_usage(lone_controller_memory(bench->controller), &mapped, &bytes);
    return bytes;
}

/* Freed after a time-out: its memory is nobody else's until the completion comes. */
static void test_free_outstanding(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd, *other;
    uint64_t iova;

    enable(bench);
    bench->mock->silent = true;
    cmd = identify(bench);
    assert_int_equal(lone_cmd_sync(cmd, 1000000, &bench->error), -ETIMEDOUT);
    iova = cmd->data.iova;
    lone_cmd_free(cmd);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    assert_int_equal(lone_controller_outstanding(bench->controller), 1);
    other = identify(bench);
    assert_int_not_equal(other->data.iova, iova);
    mock_complete(bench->mock, 0, 0, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(lone_controller_cq(bench->controller, 0)->strays, 0);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    assert_int_equal(lone_controller_outstanding(bench->controller), 0);
    lone_cmd_free(other);
    other = identify(bench);
    assert_int_equal(other->data.iova, iova);
    lone_cmd_free(other);
}

static void test_lost_memory(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *kept, *freed, *zombie, *other;
    uint64_t before;

    enable(bench);
    before = used(bench);
    bench->mock->silent = true;
    bench->mock->never_unready = true;
    kept = identify(bench);
    freed = identify(bench);
    zombie = identify(bench);
    assert_int_equal(lone_cmd_submit(kept, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(freed, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(zombie, &bench->error), 0);
    lone_cmd_free(zombie);
    raw(bench, 0x14, 1, 0);
    assert_int_equal(kept->state, LONE_CMD_LOST);
    lone_cmd_free(freed);
    assert_int_equal(lone_cmd_data_size(kept, 8192, &bench->error), 0);
    assert_int_equal(lone_controller_kept(bench->controller), 3 * 4096);
    read_csts(bench); /* RDY is still 1 */
    assert_int_equal(lone_controller_kept(bench->controller), 3 * 4096);
    bench->mock->gone = true; /* all ones are no RDY=0 and no RDY=1 */
    read_csts(bench);
    bench->mock->gone = false;
    assert_int_equal(lone_controller_kept(bench->controller), 3 * 4096);
    bench->mock->registers[0x1c] = 0;
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    lone_cmd_free(kept);
    assert_int_equal(used(bench), before);
    other = identify(bench);
    lone_cmd_free(other);
    bench->mock->never_unready = false;
}

/* RDY=0 proves nothing where RDY=1 was never seen: the controller may still be on its way there. */
static void test_ready_never_seen(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    bench->mock->silent = true;
    admin(bench);
    raw(bench, 0x14, 4, get(bench->mock->registers + 0x14, 4) | 1); /* EN=1, and CSTS is not read */
    cmd = identify(bench);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    raw(bench, 0x14, 1, 0);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    lone_cmd_free(cmd);
    read_csts(bench);
    assert_int_equal(bench->mock->registers[0x1c] & 1, 0);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    act(bench, LONE_ACTION_RESET_FLR);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
}

/* Nor beside CFS: whoever failed in the middle may have left anything undone (3.1.3.6). */
static void test_ready_beside_fatal(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    enable(bench);
    bench->mock->silent = true;
    cmd = identify(bench);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    raw(bench, 0x14, 1, 0);
    lone_cmd_free(cmd);
    bench->mock->registers[0x1c] = 2;
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    bench->mock->registers[0x1c] = 0;
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
}

/* Enabled again at once, without having seen RDY=0: what was lost may still be written. */
static void test_resubmit_lost(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;
    uint64_t iova;

    enable(bench);
    bench->mock->silent = true;
    cmd = identify(bench);
    memcpy(cmd->data.data, "content", 8);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    iova = cmd->data.iova;
    raw(bench, 0x14, 1, 0);
    raw(bench, 0x14, 1, 1);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_not_equal(cmd->data.iova, iova);
    assert_memory_equal(cmd->data.data, "content", 8);
    assert_int_equal(get(bench->mock->taken[1] + 24, 8), cmd->data.iova);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    read_csts(bench); /* RDY=0 would say nothing while EN is 1 */
    bench->mock->registers[0x1c] = 0;
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    raw(bench, 0x14, 1, 0);
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    lone_cmd_free(cmd);
}

/* Its list is given up with its data, and the next time it needs none. */
static void test_resubmit_smaller(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    enable(bench);
    bench->mock->silent = bench->mock->never_unready = true;
    cmd = identify(bench);
    assert_int_equal(lone_cmd_data_size(cmd, 64 * 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    raw(bench, 0x14, 1, 0);
    raw(bench, 0x14, 1, 1);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_int_equal(lone_cmd_data_size(cmd, 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(get(bench->mock->taken[1] + 24, 8), cmd->data.iova);
    assert_int_equal(get(bench->mock->taken[1] + 32, 8), 0);
    bench->mock->never_unready = false;
    lone_cmd_free(cmd);
}

/* --- Memory of the caller's: regions ----------------------------------------------------------------------- */

static struct lone_region *region(struct bench *bench, uint64_t size)
{
    struct lone_region *made = NULL;

    assert_int_equal(lone_controller_memory_new(bench->controller, LONE_IN_HOST, size, LONE_DMA_READ | LONE_DMA_WRITE,
                                                NULL, &made, &bench->error),
                     0);
    return made;
}

/* A region is in use as long as the controller may write it, whoever else has let go of it. */
static void test_borrowed(void **state)
{
    struct bench *bench = *state;
    struct lone_region *data = region(bench, 16384);
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    enable(bench);
    bench->mock->silent = bench->mock->never_unready = true;
    cmd->sqe[0] = 0x06;
    assert_int_equal(lone_cmd_data_in(cmd, data, 8192, 100, 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_data_in(cmd, data, 16384, 0, 1, &bench->error), -ENOSPC);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(get(bench->mock->taken[0] + 24, 8), data->iova + 8292);
    assert_int_equal(lone_cmd_data_in(cmd, data, 0, 0, 1, &bench->error), -EBUSY);
    assert_int_equal(data->users, 1);
    raw(bench, 0x14, 1, 0);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_int_equal(lone_cmd_data_size(cmd, 0, &bench->error), 0);
    assert_int_equal(data->users, 1); /* RDY is still 1 */
    lone_cmd_free(cmd);
    lone_controller_memory_free(bench->controller, data);
    assert_non_null(mock_reach(bench->mock, data->iova, 16384));
    bench->mock->registers[0x1c] = 0;
    read_csts(bench);
    bench->mock->faults = 0;
    bench->mock->never_unready = false;
}

/* A lost command that is sent again keeps the memory that it was told to use. */
static void test_borrowed_again(void **state)
{
    struct bench *bench = *state;
    struct lone_region *data = region(bench, 4096);
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    enable(bench);
    bench->mock->silent = bench->mock->never_unready = true;
    cmd->sqe[0] = 0x06;
    assert_int_equal(lone_cmd_data_in(cmd, data, 0, 0, 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    raw(bench, 0x14, 1, 0);
    raw(bench, 0x14, 1, 1);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(get(bench->mock->taken[1] + 24, 8), data->iova);
    mock_complete(bench->mock, 1, 0, 0);
    lone_controller_poll(bench->controller);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    lone_cmd_free(cmd);
    assert_int_equal(data->users, 0);
    lone_controller_memory_free(bench->controller, data);
    bench->mock->never_unready = false;
}

static uint64_t next_iova(struct bench *bench)
{
    struct lone_region *next = region(bench, 8192);
    uint64_t iova = next->iova;

    lone_controller_memory_free(bench->controller, next);
    return iova;
}

/* The addresses of a region of that size which was freed. */
static void assert_kept_until_disabled(struct bench *bench, uint64_t iova)
{
    assert_int_not_equal(next_iova(bench), iova);
    act(bench, LONE_ACTION_DISABLE);
    assert_int_equal(next_iova(bench), iova);
}

/* The controller may still have pointers that were made by hand: their addresses are nobody else's. */
static void test_retired_region(void **state)
{
    struct bench *bench = *state;
    struct lone_region *first;
    uint64_t iova;

    first = region(bench, 8192);
    iova = first->iova;
    lone_controller_memory_free(bench->controller, first); /* the controller was never enabled */
    first = region(bench, 8192);
    assert_int_equal(first->iova, iova);
    enable(bench);
    lone_controller_memory_free(bench->controller, first);
    assert_kept_until_disabled(bench, iova);
}

/* The same if it is freed while it is used. */
static void test_retired_in_use(void **state)
{
    struct bench *bench = *state;
    struct lone_region *first;
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);
    uint64_t iova;

    enable(bench);
    first = region(bench, 8192);
    iova = first->iova;
    assert_int_equal(lone_cmd_data_in(cmd, first, 0, 0, 4096, &bench->error), 0);
    lone_controller_memory_free(bench->controller, first);
    lone_cmd_free(cmd);
    assert_kept_until_disabled(bench, iova);
}

static void test_list_in_region(void **state)
{
    struct bench *bench = *state;
    struct lone_region *lists = region(bench, 8192), *other = region(bench, 8192);
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);
    uint64_t iova;

    enable(bench);
    cmd->sqe[0] = 0xc1;
    assert_int_equal(lone_cmd_data_size(cmd, 3 * 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_list_in(cmd, lists, 4, &bench->error), -EINVAL);
    assert_int_equal(lone_cmd_list_in(cmd, lists, 8192, &bench->error), -EINVAL);
    assert_int_equal(lone_cmd_list_in(cmd, lists, 4088, &bench->error), 0);
    assert_int_equal(lists->users, 1);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    assert_int_equal(lists->users, 1);
    assert_int_equal(get(bench->mock->taken[0] + 32, 8), lists->iova + 4088);
    iova = cmd->data.iova;
    assert_int_equal(get(lists->data + 4088, 8), lists->iova + 4096);
    assert_int_equal(get(lists->data + 4096, 8), iova + 4096);
    assert_int_equal(get(lists->data + 4104, 8), iova + 8192);
    assert_int_equal(lone_cmd_list_in(cmd, other, 8184, &bench->error), 0);
    assert_int_equal(lists->users, 0);
    assert_int_equal(other->users, 1);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENOSPC); /* room for one entry of two */
    assert_int_equal(other->users, 1);
    assert_int_equal(lone_cmd_list_in(cmd, NULL, 0, &bench->error), 0);
    assert_int_equal(other->users, 0);
    assert_int_equal(lone_cmd_list_in(cmd, lists, 0, &bench->error), 0);
    lone_cmd_free(cmd);
    assert_int_equal(lists->users, 0);
    lone_controller_memory_free(bench->controller, lists);
    lone_controller_memory_free(bench->controller, other);
}

/* The list of a command that was lost is kept apart, and where its next one goes is still its affair. */
static void test_list_of_lost(void **state)
{
    struct bench *bench = *state;
    struct lone_region *lists = region(bench, 8192);
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    enable(bench);
    bench->mock->silent = bench->mock->never_unready = true;
    assert_int_equal(lone_cmd_data_size(cmd, 3 * 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_list_in(cmd, lists, 0, &bench->error), 0);
    cmd->sqe[0] = 0xc1;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    raw(bench, 0x14, 1, 0);
    raw(bench, 0x14, 1, 1);
    cmd->pointers = LONE_POINTERS_MANUAL;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    mock_complete(bench->mock, 1, 0, 0);
    lone_controller_poll(bench->controller);
    assert_int_equal(lists->users, 2);
    bench->mock->never_unready = false;
    act(bench, LONE_ACTION_DISABLE);
    assert_int_equal(lists->users, 1);
    lone_cmd_free(cmd);
    assert_int_equal(lists->users, 0);
    lone_controller_memory_free(bench->controller, lists);
}

/* Entries that a longer list left behind would name memory that is somebody else's by now. */
static void test_stale_list(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);
    uint8_t *list;

    enable(bench);
    cmd->sqe[0] = 0xc1;
    assert_int_equal(lone_cmd_data_size(cmd, 9 * 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    list = mock_reach(bench->mock, get(bench->mock->taken[0] + 32, 8), 4096);
    assert_int_not_equal(get(list + 7 * 8, 8), 0);
    assert_int_equal(lone_cmd_data_size(cmd, 3 * 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    assert_ptr_equal(mock_reach(bench->mock, get(bench->mock->taken[1] + 32, 8), 4096), list);
    assert_int_not_equal(get(list + 8, 8), 0);
    for (unsigned i = 2; i < 9; i++)
        assert_int_equal(get(list + i * 8ull, 8), 0);
    lone_cmd_free(cmd);
}

/* Pointers made by hand name another command's buffer: nobody else gets it before their command is over, or the
 * controller has stopped if it was lost. */
static void test_named_by_others(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *victim, *cmd = lone_cmd_new(bench->controller);

    enable(bench);
    bench->mock->silent = bench->mock->never_unready = true;
    victim = identify(bench);
    cmd->pointers = LONE_POINTERS_MANUAL;
    cmd->sqe[0] = 0x06;
    put(cmd->sqe + 24, 8, victim->data.iova);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    lone_cmd_free(victim);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    mock_complete(bench->mock, 0, 0, 0);
    lone_controller_poll(bench->controller);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    victim = identify(bench);
    put(cmd->sqe + 24, 8, victim->data.iova);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    raw(bench, 0x14, 1, 0);
    lone_cmd_free(victim);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    bench->mock->never_unready = false;
    bench->mock->registers[0x1c] = 0;
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    lone_cmd_free(cmd);
}

/* --- The Host Memory Buffer: 5.27.1.10 --------------------------------------------------------------------- */

static struct lone_cmd *host_memory(struct bench *bench, bool enabled, uint64_t list, uint32_t n)
{
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    cmd->sqe[0] = 0x09;
    cmd->sqe[40] = 0x0d;
    put(cmd->sqe + 44, 4, enabled);
    put(cmd->sqe + 48, 4, 2);
    put(cmd->sqe + 52, 8, list);
    put(cmd->sqe + 60, 4, n);
    return cmd;
}

static void set_host_memory(struct bench *bench, bool enabled, uint64_t list, uint32_t n)
{
    struct lone_cmd *cmd = host_memory(bench, enabled, list, n);

    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    lone_cmd_free(cmd);
}

static void test_host_memory(void **state)
{
    struct bench *bench = *state;
    struct lone_region *list = region(bench, 4096), *a = region(bench, 8192), *b = region(bench, 8192);

    enable(bench);
    put(list->data + 16, 8, a->iova);
    put(list->data + 32, 8, b->iova + 4096);
    put(list->data + 48, 8, a->iova + 4096); /* the same once more */
    put(list->data + 64, 8, 0x123456000);    /* nobody's */
    set_host_memory(bench, true, list->iova + 16, 4);
    assert_int_equal(list->users, 1);
    assert_int_equal(a->users, 1);
    assert_int_equal(b->users, 1);
    set_host_memory(bench, false, 0, 0);
    assert_int_equal(list->users + a->users + b->users, 0);
    /* More descriptors than the region has room for, and a list that is nowhere. */
    set_host_memory(bench, true, list->iova + 4080, UINT32_MAX);
    assert_int_equal(list->users, 1);
    assert_int_equal(a->users, 0);
    set_host_memory(bench, false, 0, 0);
    set_host_memory(bench, true, 0x123456000, 1);
    assert_int_equal(list->users, 0);
    /* What the controller refuses it does not have. */
    bench->mock->status_of = 0x09;
    bench->mock->status = 0x002;
    set_host_memory(bench, true, list->iova + 16, 2);
    assert_int_equal(list->users + a->users + b->users, 0);
    bench->mock->status = 0;
    /* EN=0 ends it, once RDY=0 was seen. */
    set_host_memory(bench, true, list->iova + 16, 2);
    assert_int_equal(a->users, 1);
    act(bench, LONE_ACTION_DISABLE);
    assert_int_equal(list->users + a->users + b->users, 0);
    lone_controller_memory_free(bench->controller, list);
    lone_controller_memory_free(bench->controller, a);
    lone_controller_memory_free(bench->controller, b);
}

/* What was never sent leaves no users behind. */
static void test_host_memory_not_sent(void **state)
{
    struct bench *bench = *state;
    struct lone_region *list = region(bench, 4096), *a = region(bench, 8192);
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    enable(bench);
    put(list->data, 8, a->iova);
    cmd->sqe[0] = 0x09;
    cmd->sqe[40] = 0x0d;
    cmd->sqe[44] = 1;
    put(cmd->sqe + 52, 8, list->iova);
    put(cmd->sqe + 60, 4, 1);
    bench->mock->doorbells_fail = true;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -EIO);
    assert_int_equal(list->users + a->users, 0);
    bench->mock->doorbells_fail = false;
    lone_cmd_free(cmd);
    lone_controller_memory_free(bench->controller, list);
    lone_controller_memory_free(bench->controller, a);
}

/* Lost under way: the controller may have it or not. */
static void test_host_memory_lost(void **state)
{
    struct bench *bench = *state;
    struct lone_region *list = region(bench, 4096), *a = region(bench, 8192);
    struct lone_cmd *cmd;

    enable(bench);
    put(list->data, 8, a->iova);
    bench->mock->silent = bench->mock->never_unready = true;
    cmd = host_memory(bench, true, list->iova, 1);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(a->users, 1);
    raw(bench, 0x14, 1, 0);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    lone_cmd_free(cmd);
    assert_int_equal(a->users, 1);
    bench->mock->registers[0x1c] = 0;
    read_csts(bench);
    assert_int_equal(list->users + a->users, 0);
    bench->mock->never_unready = false;
    /* What is left is freed with the controller. */
    act(bench, LONE_ACTION_ENABLE);
    bench->mock->silent = false;
    set_host_memory(bench, true, list->iova, 1);
    lone_controller_memory_free(bench->controller, a);
}

/* --- Queues ------------------------------------------------------------------------------------------------ */

static void test_queue_memory(void **state)
{
    struct bench *bench = *state;
    uint64_t before;

    enable(bench);
    before = used(bench);
    act(bench, LONE_ACTION_DISABLE);
    init(bench, 3, 64);
    assert_true(used(bench) > before);
    bench->mock->never_unready = true;
    raw(bench, 0x14, 1, 0);
    assert_null(lone_controller_sq(bench->controller, 1));
    assert_int_equal(lone_controller_next_cq(bench->controller, 1), -1);
    assert_int_equal(lone_controller_kept(bench->controller), 3 * 64 * (64 + 16));
    bench->mock->registers[0x1c] = 0;
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    assert_int_equal(used(bench), before);
    bench->mock->never_unready = false;
}

/* ASQ and ACQ name other memory, but the controller that was disabled has not said that it has stopped. */
static void test_admin_memory_outlives_adoption(void **state)
{
    struct bench *bench = *state;
    struct lone_region *memory = region(bench, 8192);

    enable(bench);
    bench->mock->never_unready = true;
    raw(bench, 0x14, 1, 0);
    raw(bench, 0x24, 4, 15u << 16 | 15);
    raw(bench, 0x28, 8, memory->iova);
    raw(bench, 0x30, 8, memory->iova + 4096);
    assert_int_equal(lone_controller_adopt_admin(bench->controller, &bench->error), 0);
    assert_int_equal(lone_controller_kept(bench->controller), 64 * 64 + 256 * 16);
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 64 * 64 + 256 * 16);
    bench->mock->registers[0x1c] = 0;
    read_csts(bench);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    bench->mock->never_unready = false;
    act(bench, LONE_ACTION_RESET_FLR);
    lone_controller_memory_free(bench->controller, memory);
}

/* ASQ and ACQ were written by hand and the controller enabled, and nobody adopted the queues. */
static void test_admin_memory_by_hand(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(lone_controller_config_write(bench->controller, 4, 2, 6, &bench->error), 0);
    assert_int_equal(lone_sq_new(bench->controller, 0, NULL, &bench->error), 0);
    assert_int_equal(lone_cq_new(bench->controller, 3, NULL, &bench->error), 0);
    raw(bench, 0x24, 4, 15u << 16 | 15);
    raw(bench, 0x28, 8, lone_controller_sq(bench->controller, 0)->memory.iova);
    raw(bench, 0x30, 8, lone_controller_cq(bench->controller, 3)->memory.iova + 2048);
    raw(bench, 0x14, 4, 0x460001);
    assert_int_equal(lone_sq_free(bench->controller, 0, &bench->error), -EBUSY);
    assert_int_equal(lone_cq_free(bench->controller, 3, &bench->error), -EBUSY);
    assert_int_equal(lone_cq_move(bench->controller, 3, NULL, 0, &bench->error), -EBUSY);
    act(bench, LONE_ACTION_RESET_FLR);
    assert_int_equal(lone_sq_free(bench->controller, 0, &bench->error), 0);
    assert_int_equal(lone_cq_free(bench->controller, 3, &bench->error), 0);
}

/* A completion queue that a script created in a command's buffer: the controller goes on writing there. */
static void test_lent_memory(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *create, *delete;
    uint64_t iova;

    enable(bench);
    create = lone_cmd_new(bench->controller);
    create->sqe[0] = 0x05;
    put(create->sqe + 40, 4, 15u << 16 | 5);
    put(create->sqe + 44, 4, 1);
    assert_int_equal(lone_cmd_data_size(create, 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(create, 1000000000, &bench->error), 0);
    assert_int_equal(lone_cmd_status(create), 0);
    iova = create->data.iova;
    assert_int_equal(lone_cmd_data_size(create, 100, &bench->error), 0);
    assert_int_not_equal(create->data.iova, iova);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    delete = lone_cmd_new(bench->controller);
    delete->sqe[0] = 0x04;
    put(delete->sqe + 40, 4, 6);
    assert_int_equal(lone_cmd_sync(delete, 1000000000, &bench->error), 0); /* another queue */
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    put(delete->sqe + 40, 4, 5);
    assert_int_equal(lone_cmd_sync(delete, 1000000000, &bench->error), 0);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    /* Doorbell Buffer Config: until the reset */
    create->sqe[0] = 0x7c;
    assert_int_equal(lone_cmd_sync(create, 1000000000, &bench->error), 0);
    lone_cmd_free(create);
    assert_int_equal(lone_controller_kept(bench->controller), 100);
    act(bench, LONE_ACTION_DISABLE);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    lone_cmd_free(delete);
}

/* Deleting a queue of that number in the controller's next life frees nothing of the last. */
static void test_lent_memory_outlives_reset(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    enable(bench);
    cmd = lone_cmd_new(bench->controller);
    cmd->sqe[0] = 0x05;
    put(cmd->sqe + 40, 4, 15u << 16 | 5);
    assert_int_equal(lone_cmd_data_size(cmd, 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    lone_cmd_free(cmd);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    raw(bench, 0x14, 1, 0);
    raw(bench, 0x14, 1, 1);
    cmd = lone_cmd_new(bench->controller);
    cmd->sqe[0] = 0x04;
    put(cmd->sqe + 40, 4, 5);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    assert_int_equal(lone_controller_kept(bench->controller), 4096);
    act(bench, LONE_ACTION_DISABLE);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    lone_cmd_free(cmd);
}

/* The driver's own queue, deleted by a script's command. */
static void test_delete_queue(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *completed, *open, *delete;

    init(bench, 1, 8);
    bench->mock->silent = true;
    completed = submitted(bench, 1);
    open = submitted(bench, 1);
    mock_complete(bench->mock, bench->mock->n_taken - 2, 0, 0); /* posted, not yet consumed */
    bench->mock->silent = false;
    delete = lone_cmd_new(bench->controller);
    put(delete->sqe + 40, 4, 1);
    assert_int_equal(lone_cmd_sync(delete, 1000000000, &bench->error), 0);
    assert_int_equal(completed->state, LONE_CMD_COMPLETED);
    assert_int_equal(open->state, LONE_CMD_LOST);
    assert_null(lone_controller_sq(bench->controller, 1));
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    delete->sqe[0] = 0x04;
    bench->mock->status = 0x10c;
    bench->mock->status_of = 0x04;
    assert_int_equal(lone_cmd_sync(delete, 1000000000, &bench->error), 0);
    assert_int_equal(lone_cmd_status(delete), 0x10c);
    assert_non_null(lone_controller_cq(bench->controller, 1));
    bench->mock->status = 0;
    assert_int_equal(lone_cmd_sync(delete, 1000000000, &bench->error), 0);
    assert_null(lone_controller_cq(bench->controller, 1));
    lone_cmd_free(completed);
    lone_cmd_free(open);
    lone_cmd_free(delete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(test_free_outstanding),
        MOCK_TEST(test_lost_memory),
        MOCK_TEST(test_ready_never_seen),
        MOCK_TEST(test_ready_beside_fatal),
        MOCK_TEST(test_resubmit_lost),
        MOCK_TEST(test_resubmit_smaller),
        MOCK_TEST(test_borrowed),
        MOCK_TEST(test_borrowed_again),
        MOCK_TEST(test_retired_region),
        MOCK_TEST(test_retired_in_use),
        MOCK_TEST(test_list_in_region),
        MOCK_TEST(test_list_of_lost),
        MOCK_TEST(test_stale_list),
        MOCK_TEST(test_named_by_others),
        MOCK_TEST(test_host_memory),
        MOCK_TEST(test_host_memory_not_sent),
        MOCK_TEST(test_host_memory_lost),
        MOCK_TEST(test_queue_memory),
        MOCK_TEST(test_admin_memory_outlives_adoption),
        MOCK_TEST(test_admin_memory_by_hand),
        MOCK_TEST(test_lent_memory),
        MOCK_TEST(test_lent_memory_outlives_reset),
        MOCK_TEST(test_delete_queue),
    };

    return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
