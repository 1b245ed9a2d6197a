/* SPDX-License-Identifier: MIT */
/* The driver submits commands and takes completions, right and wrong ones, from a mock that does what a test tells it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mock.h"
#include "nvme/queue.h"
#include "nvme/sgl.h"

/* --- Commands and completions ------------------------------------------------------------------------------ */

static void check_doorbells(struct bench *bench, unsigned dstrd)
{
    struct lone_cmd *cmd;

    put(bench->mock->registers, 8, MOCK_CAP | (uint64_t)dstrd << 32);
    init(bench, 2, 8);
    bench->mock->sees_nothing = true;
    cmd = submitted(bench, 2);
    assert_int_equal(last_write(bench)->offset, 0x1000 + 2 * 2 * (4u << dstrd));
    assert_int_equal(last_write(bench)->width, 4);
    assert_int_equal(last_write(bench)->value, 1);
    mock_post(bench->mock, 2, 0x1234, 1, 2, (unsigned)get(cmd->sqe + 2, 2), 0x2);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(last_write(bench)->offset, 0x1000 + (2 * 2 + 1) * (4u << dstrd));
    assert_int_equal(last_write(bench)->value, 1);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_int_equal(lone_cmd_status(cmd), 2);
    assert_int_equal(get(cmd->cqe, 4), 0x1234);
    lone_cmd_free(cmd);
    bench->mock->sees_nothing = false;
}

static void test_doorbells(void **state)
{
    check_doorbells(*state, 0);
    check_doorbells(*state, 2);
    check_doorbells(*state, 5);
}

static void test_strays(void **state)
{
    struct bench *bench = *state;
    const struct lone_cq *cq;
    struct lone_cmd *cmd, *other;
    unsigned cid;

    init(bench, 1, 8);
    bench->mock->silent = true;
    cmd = submitted(bench, 1);
    cid = (unsigned)get(cmd->sqe + 2, 2);
    mock_post(bench->mock, 1, 1, 1, 1, cid + 1, 0);     /* wrong CID */
    mock_post(bench->mock, 1, 2, 1, 0x7777, cid, 0);    /* no such SQ */
    mock_post(bench->mock, 1, 3, 0, 0, cid, 0);         /* an SQ of another CQ */
    mock_post(bench->mock, 1, 4, 7, 1, cid ^ 0x100, 0); /* SQHD behind the tail */
    assert_int_equal(lone_controller_poll(bench->controller), 4);
    assert_int_equal(cmd->state, LONE_CMD_OUTSTANDING);
    cq = lone_controller_cq(bench->controller, 1);
    assert_int_equal(cq->strays, 4);
    assert_int_equal(get(cq->stray[3], 4), 4);
    assert_int_equal(lone_controller_sq(bench->controller, 1)->head, 1);
    mock_post(bench->mock, 1, 5, 0xffff, 1, cid, 0); /* SQHD outside the queue */
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_int_equal(lone_controller_sq(bench->controller, 1)->head, 1);
    other = submitted(bench, 0);
    mock_post(bench->mock, 1, 7, 1, 0, (unsigned)get(other->sqe + 2, 2), 0); /* right, but in another SQ's CQ */
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(other->state, LONE_CMD_OUTSTANDING);
    lone_cmd_free(other);
    mock_post(bench->mock, 1, 6, 1, 1, cid, 0); /* once more */
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->strays, 6);
    for (unsigned i = 0; i < 100; i++) {
        mock_post(bench->mock, 1, 100 + i, 0, 9, 9, 0);
        assert_int_equal(lone_controller_poll(bench->controller), 1);
    }
    cq = lone_controller_cq(bench->controller, 1);
    assert_int_equal(cq->strays, 106);
    assert_int_equal(get(cq->stray[(cq->strays - 1) % 16], 4), 199);
    lone_cmd_free(cmd);
}

/* A queue full of entries with the right phase, and one that never ends: at most its size in one go. */
static void test_endless_completions(void **state)
{
    struct bench *bench = *state;

    init(bench, 1, 8);
    for (unsigned i = 0; i < 8; i++)
        mock_post(bench->mock, 1, i, 0, 9, 9, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 8);
    assert_int_equal(last_write(bench)->value, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 0);
}

static void test_duplicate_cids(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmds[3];

    enable(bench);
    bench->mock->silent = true;
    for (unsigned i = 0; i < 3; i++) {
        cmds[i] = lone_cmd_new(bench->controller);
        cmds[i]->manual_cid = true;
        put(cmds[i]->sqe + 2, 2, 0xbeef);
    }
    assert_int_equal(lone_cmd_submit_many(cmds, 3, &bench->error), 0);
    for (unsigned i = 0; i < 3; i++) {
        mock_complete(bench->mock, i, i, 0);
        assert_int_equal(lone_controller_poll(bench->controller), 1);
        for (unsigned k = 0; k < 3; k++)
            assert_int_equal(cmds[k]->state, k <= i ? LONE_CMD_COMPLETED : LONE_CMD_OUTSTANDING);
        assert_int_equal(get(cmds[i]->cqe, 4), i);
    }
    for (unsigned i = 0; i < 3; i++)
        lone_cmd_free(cmds[i]);
}

/* A device that completes every entry placed as bytes with another CID: the CIDs that were never completed must not
 * take all there are. */
static void test_raw_wrong_cids(void **state)
{
    struct bench *bench = *state;
    uint8_t entry[64] = {0x7f};
    struct lone_cmd *cmd;

    enable(bench);
    bench->mock->silent = true;
    for (unsigned cid = 0; cid < 0xffff; cid++) {
        put(entry + 2, 2, cid);
        assert_int_equal(lone_sq_place(bench->controller, 0, entry, 1, true, &bench->error), 0);
        mock_post(bench->mock, 0, 0, bench->mock->sq[0].index, 0, 0xffff, 0);
        assert_int_equal(lone_controller_poll(bench->controller), 1);
    }
    assert_int_equal(lone_controller_sq(bench->controller, 0)->raw, 0);
    cmd = submitted(bench, 0);
    assert_int_not_equal(get(cmd->sqe + 2, 2), 0xffff);
    mock_complete(bench->mock, (bench->mock->n_taken - 1) % MOCK_TAKEN, 0, 0);
    lone_controller_poll(bench->controller);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    lone_cmd_free(cmd);
}

static void test_full_queue(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmds[8];
    unsigned writes;

    init(bench, 1, 4);
    bench->mock->silent = true;
    for (unsigned i = 0; i < 8; i++) {
        cmds[i] = lone_cmd_new(bench->controller);
        cmds[i]->sqid = 1;
    }
    writes = bench->mock->n_writes;
    assert_int_equal(lone_cmd_submit_many(cmds, 4, &bench->error), -EAGAIN);
    assert_int_equal(bench->mock->n_writes, writes);
    assert_int_equal(lone_cmd_submit_many(cmds, 3, &bench->error), 0);
    assert_int_equal(bench->mock->n_writes, writes + 1); /* one doorbell */
    assert_int_equal(lone_cmd_submit(cmds[0], &bench->error), -EBUSY);
    assert_int_equal(lone_cmd_submit(cmds[3], &bench->error), -EAGAIN);
    assert_int_equal(lone_cmd_data_size(cmds[0], 512, &bench->error), -EBUSY);
    assert_int_equal(lone_cmd_reset(cmds[0], &bench->error), -EBUSY);
    mock_complete(bench->mock, bench->mock->n_taken - 2, 0, 0); /* SQHD says that all three were fetched */
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(cmds[1]->state, LONE_CMD_COMPLETED);
    assert_int_equal(lone_cmd_submit_many(cmds + 3, 3, &bench->error), 0);
    assert_int_equal(lone_controller_outstanding(bench->controller), 5);
    cmds[1]->sqid = 0;
    assert_int_equal(lone_cmd_submit_many(cmds + 6, 0, &bench->error), 0);
    for (unsigned i = 0; i < 8; i++)
        lone_cmd_free(cmds[i]);
}

static void test_doorbell_fails(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd, *twice[2];

    enable(bench);
    cmd = identify(bench);
    bench->mock->doorbells_fail = true;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -EIO);
    assert_int_equal(cmd->state, LONE_CMD_IDLE);
    assert_int_equal(lone_controller_outstanding(bench->controller), 0);
    assert_int_equal(lone_controller_sq(bench->controller, 0)->tail, 0);
    bench->mock->doorbells_fail = false;
    twice[0] = twice[1] = cmd;
    assert_int_equal(lone_cmd_submit_many(twice, 2, &bench->error), -EBUSY);
    assert_int_equal(lone_controller_outstanding(bench->controller), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    lone_cmd_free(cmd);
}

/* The doorbell of a full completion queue fails once: without it the controller posts nothing more. */
static void test_head_is_owed(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *first, *second;

    init(bench, 1, 2); /* a completion queue of two entries, of which one is used at a time */
    bench->mock->silent = true;
    first = submitted(bench, 1);
    bench->mock->doorbells_fail = true;
    mock_complete(bench->mock, bench->mock->n_taken - 1, 0, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(first->state, LONE_CMD_COMPLETED);
    assert_int_equal(lone_controller_outstanding(bench->controller), 0);
    /* Nothing is outstanding, and yet there is something to come back for. */
    assert_int_equal(lone_controller_expects(bench->controller), LONE_EXPECTS_SILENCE);
    assert_int_equal(lone_controller_poll(bench->controller), 0);
    bench->mock->doorbells_fail = false;
    assert_int_equal(lone_controller_poll(bench->controller), 0);
    assert_int_equal(last_write(bench)->offset, 0x1000 + 3 * 4); /* CQ1HDBL, DSTRD 0 */
    assert_int_equal(last_write(bench)->value, 1);
    assert_int_equal(lone_controller_expects(bench->controller), LONE_EXPECTS_NOTHING);
    second = submitted(bench, 1);
    mock_complete(bench->mock, bench->mock->n_taken - 1, 0, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    lone_cmd_free(first);
    lone_cmd_free(second);
}

/* A queue that has ended owes nothing. */
static void test_owed_by_a_queue_that_ends(void **state)
{
    struct bench *bench = *state;

    init(bench, 1, 2);
    bench->mock->silent = true;
    lone_cmd_free(submitted(bench, 1));
    bench->mock->doorbells_fail = true;
    mock_complete(bench->mock, bench->mock->n_taken - 1, 0, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    bench->mock->doorbells_fail = bench->mock->silent = false;
    act(bench, LONE_ACTION_DISABLE);
    lone_controller_poll(bench->controller);
    assert_int_equal(lone_controller_expects(bench->controller), LONE_EXPECTS_NOTHING);
}

/* An access of 8 bytes falls on two doorbells. */
static void test_two_doorbells_at_once(void **state)
{
    struct bench *bench = *state;

    init(bench, 1, 8);
    bench->mock->sees_nothing = true;
    raw(bench, 0x1008, 8, 3ull << 32 | 5); /* SQ1TDBL and CQ1HDBL */
    assert_int_equal(lone_controller_sq(bench->controller, 1)->doorbell, 5);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->doorbell, 3);
}

static void test_pointers(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;
    const uint8_t *sent;

    enable(bench);
    bench->mock->silent = true;
    cmd = lone_cmd_new(bench->controller);
    assert_int_equal(lone_cmd_data_size(cmd, 3 * 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_metadata_size(cmd, 64, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    sent = bench->mock->taken[0];
    assert_int_equal(get(sent + 24, 8), cmd->data.iova);
    assert_int_equal(get(mock_reach(bench->mock, get(sent + 32, 8), 16) + 8, 8), cmd->data.iova + 8192);
    assert_int_equal(get(sent + 16, 8), cmd->metadata.iova);
    mock_complete(bench->mock, 0, 0, 0);
    lone_controller_poll(bench->controller);
    cmd->pointers = LONE_POINTERS_SGL;
    cmd->data_offset = 100;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    sent = bench->mock->taken[1];
    assert_int_equal(sent[1] >> 6, 1);
    assert_int_equal(get(sent + 24, 8), cmd->data.iova + 100);
    assert_int_equal(get(sent + 32, 8), 3 * 4096 - 100);
    mock_complete(bench->mock, 1, 0, 0);
    lone_controller_poll(bench->controller);
    cmd->data_offset = 3 * 4096;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -EINVAL);
    /* without data the entry does not go on naming what was freed; what the caller put there himself stays */
    assert_int_equal(lone_cmd_data_size(cmd, 0, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(get(bench->mock->taken[2] + 24, 8), 0);
    assert_int_equal(get(bench->mock->taken[2] + 32, 8), 0);
    mock_complete(bench->mock, 2, 0, 0);
    lone_controller_poll(bench->controller);
    put(cmd->sqe + 24, 8, 0xabcd000);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(get(bench->mock->taken[3] + 24, 8), 0xabcd000);
    lone_cmd_free(cmd);
}

/* Does nothing but the buffer @buffer lie in the pages of @page bytes from @iova on that hold @size bytes? */
static bool reaches(const struct lone_buffer *buffer, uint64_t page)
{
    return buffer->iova % page == 0 && buffer->pages * 4096 >= (buffer->size + page - 1) / page * page;
}

/* PRPs cover what the entry moves, not what the buffer has: no list where two pages suffice, and where the buffer is
 * too short, nothing else is named but the rest of its last page and one that is for this (NVMe Base 2.0, 4.1.1). */
static void test_sized(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;
    const uint8_t *sent, *list;
    uint64_t scratch;

    enable(bench);
    cmd = lone_cmd_new(bench->controller);
    cmd->sqe[0] = 0x82; /* reads */
    cmd->sized = true;
    cmd->moves = 8192;
    assert_int_equal(lone_cmd_data_size(cmd, 3 * 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    sent = bench->mock->taken[0];
    assert_int_equal(get(sent + 24, 8), cmd->data.iova);
    assert_int_equal(get(sent + 32, 8), cmd->data.iova + 4096);
    assert_int_equal(cmd->data.size, 3 * 4096);
    /* Longer than the buffer. */
    cmd->moves = 5 * 4096;
    assert_int_equal(lone_cmd_data_size(cmd, 4097, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    sent = bench->mock->taken[1];
    list = mock_reach(bench->mock, get(sent + 32, 8), 32);
    assert_non_null(list);
    assert_int_equal(get(sent + 24, 8), cmd->data.iova);
    assert_int_equal(get(list, 8), cmd->data.iova + 4096);
    assert_true(reaches(&cmd->data, 4096));
    scratch = get(list + 8, 8);
    assert_true(scratch >= cmd->data.iova + 8192 || scratch + 4096 <= cmd->data.iova);
    assert_non_null(mock_reach(bench->mock, scratch, 4096));
    assert_int_equal(get(list + 16, 8), scratch);
    assert_int_equal(get(list + 24, 8), scratch);
    /* What the host sends from there are zeros, whatever a controller has left. */
    memset(mock_reach(bench->mock, scratch, 4096), 0xff, 4096);
    cmd->sqe[0] = 0x81;
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    scratch = get(mock_reach(bench->mock, get(bench->mock->taken[2] + 32, 8), 32) + 8, 8);
    for (unsigned i = 0; i < 4096; i++)
        assert_int_equal(mock_reach(bench->mock, scratch, 4096)[i], 0);
    /* Without any buffer, all of it. */
    assert_int_equal(lone_cmd_data_size(cmd, 0, &bench->error), 0);
    cmd->data_offset = 8;
    cmd->moves = 4096;
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    sent = bench->mock->taken[3];
    assert_int_equal(get(sent + 24, 8) % 4096, 8);
    assert_int_equal(get(sent + 32, 8), get(sent + 24, 8) - 8);
    assert_non_null(mock_reach(bench->mock, get(sent + 32, 8), 4096));
    /* It moves nothing, and the entry names nothing. */
    cmd->moves = 0;
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    assert_int_equal(get(bench->mock->taken[4] + 24, 8), 0);
    assert_int_equal(get(bench->mock->taken[4] + 32, 8), 0);
    lone_cmd_free(cmd);
}

static void test_sized_metadata(void **state)
{
    struct bench *bench = *state;
    struct lone_sgl sgl = {.metadata_segment = true};
    struct lone_cmd *cmd;

    enable(bench);
    cmd = lone_cmd_new(bench->controller);
    cmd->sqe[0] = 0x02;
    cmd->sized = true;
    cmd->moves_metadata = 3 * 4096;
    assert_int_equal(lone_cmd_metadata_size(cmd, 8, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    assert_int_equal(get(bench->mock->taken[0] + 16, 8), cmd->metadata.iova);
    assert_int_equal(cmd->metadata.size, 8);
    assert_true(cmd->metadata.pages >= 3); /* it has the room that MPTR makes use of */
    assert_int_equal(lone_cmd_metadata_size(cmd, 0, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    assert_non_null(mock_reach(bench->mock, get(bench->mock->taken[1] + 16, 8), 3 * 4096));
    /* A descriptor has 32 bits for a length. */
    cmd->pointers = LONE_POINTERS_SGL;
    cmd->sgl = &sgl;
    cmd->sized = false;
    assert_int_equal(lone_cmd_metadata_size(cmd, 1ull << 32, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -EINVAL);
    assert_non_null(strstr(bench->error.text, "metadata"));
    lone_cmd_free(cmd);
}

static void test_sized_sgl(void **state)
{
    struct bench *bench = *state;
    struct lone_sgl_part bucket = {.kind = LONE_SGL_BUCKET, .length = 512};
    struct lone_sgl sgl = {.parts = &bucket, .n_parts = 1};
    struct lone_cmd *cmd;
    const uint8_t *sent;

    enable(bench);
    cmd = lone_cmd_new(bench->controller);
    cmd->sqe[0] = 0x02;
    cmd->pointers = LONE_POINTERS_SGL;
    cmd->sized = true;
    cmd->moves = 512;
    assert_int_equal(lone_cmd_data_size(cmd, 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    sent = bench->mock->taken[0];
    assert_int_equal(get(sent + 24, 8), cmd->data.iova);
    assert_int_equal(get(sent + 32, 4), 512);
    cmd->moves = 8192; /* never more than there is */
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    assert_int_equal(get(bench->mock->taken[1] + 32, 4), 4096);
    /* All of the data go to a bit bucket: there is no buffer, and there is an SGL. */
    assert_int_equal(lone_cmd_data_size(cmd, 0, &bench->error), 0);
    cmd->sgl = &sgl;
    cmd->moves = 0;
    cmd->buckets = true;
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    sent = bench->mock->taken[2];
    assert_int_equal(sent[1] >> 6, 1);
    assert_int_equal(get(sent + 32, 4), 512);
    assert_int_equal(sent[39], 0x10); /* Bit Bucket: 4.1.2.1 */
    lone_cmd_free(cmd);
}

/* Borrowed memory goes on behind what was borrowed: PRPs must not let the controller write there. */
static void test_sized_region(void **state)
{
    struct bench *bench = *state;
    struct lone_region *region = NULL;
    struct lone_cmd *cmd;
    const uint8_t *sent;

    enable(bench);
    assert_int_equal(
        lone_controller_memory_new(bench->controller, LONE_IN_HOST, 10000, 3, NULL, &region, &bench->error), 0);
    cmd = lone_cmd_new(bench->controller);
    cmd->sqe[0] = 0x82;
    cmd->sized = true;
    cmd->moves = 3 * 4096;
    assert_int_equal(lone_cmd_data_in(cmd, region, 0, 0, 512, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -EINVAL);
    assert_non_null(strstr(bench->error.text, "data_size"));
    cmd->sqe[0] = 0x81; /* reading them does no harm */
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    cmd->sqe[0] = 0x82;
    assert_int_equal(lone_cmd_data_in(cmd, region, 0, 0, 4096, &bench->error), 0);
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    sent = bench->mock->taken[1];
    assert_int_equal(get(sent + 24, 8), region->iova);
    assert_true(get(mock_reach(bench->mock, get(sent + 32, 8), 16), 8) != region->iova + 4096);
    assert_int_equal(lone_cmd_data_in(cmd, region, 0, 0, 10000, &bench->error),
                     0); /* to its end, and that of its pages */
    assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
    lone_cmd_free(cmd);
    lone_controller_memory_free(bench->controller, region);
}

/* Buffers begin with a page of CC.MPS's size and end with one, also those that were made while it was another. */
static void test_page_size(void **state)
{
    struct bench *bench = *state;
    struct lone_admin_options options = {.page_size = 65536};
    struct lone_cmd *before, *after;

    enable(bench);
    before = lone_cmd_new(bench->controller);
    assert_int_equal(lone_cmd_data_size(before, 100, &bench->error), 0);
    before->data.data[99] = 7;
    act(bench, LONE_ACTION_DISABLE);
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), 0);
    assert_int_equal(lone_controller_page_size(bench->controller), 65536);
    act(bench, LONE_ACTION_ENABLE);
    for (unsigned i = 0; i < 4; i++) {
        after = lone_cmd_new(bench->controller);
        assert_int_equal(lone_cmd_data_size(after, 100, &bench->error), 0);
        assert_true(reaches(&after->data, 65536));
        lone_cmd_free(after);
    }
    before->sqe[0] = 0x82;
    before->sized = true;
    before->moves = 65536;
    assert_int_equal(lone_cmd_sync(before, 1000000000, &bench->error), 0);
    assert_true(reaches(&before->data, 65536));
    assert_int_equal(before->data.data[99], 7);
    assert_int_equal(get(bench->mock->taken[0] + 24, 8), before->data.iova);
    assert_int_equal(get(bench->mock->taken[0] + 32, 8), 0);
    lone_cmd_free(before);
}

static void test_data_size(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    assert_int_equal(lone_cmd_data_size(cmd, 100, &bench->error), 0);
    memset(cmd->data.data, 7, 100);
    assert_int_equal(lone_cmd_data_size(cmd, 9000, &bench->error), 0);
    assert_int_equal(cmd->data.data[99], 7);
    assert_int_equal(cmd->data.data[100], 0);
    assert_int_equal(lone_cmd_data_size(cmd, 50, &bench->error), 0);
    assert_int_equal(lone_cmd_data_size(cmd, 100, &bench->error), 0);
    assert_int_equal(cmd->data.data[49], 7);
    assert_int_equal(cmd->data.data[50], 0);
    lone_cmd_free(cmd);
    lone_cmd_free(NULL);
}

/* Data that are written piece by piece are not moved for each piece; what was cut off does not come back. */
static void test_data_grows(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);
    unsigned moved = 0;
    uint64_t iova = 0;

    for (uint64_t size = 65536; size <= 64 * 65536; size += 65536) {
        assert_int_equal(lone_cmd_data_size(cmd, size, &bench->error), 0);
        assert_int_equal(cmd->data.size, size);
        moved += cmd->data.iova != iova;
        iova = cmd->data.iova;
        cmd->data.data[size - 1] = (uint8_t)(size / 65536);
    }
    assert_true(moved <= 8);
    for (unsigned i = 1; i <= 64; i++)
        assert_int_equal(cmd->data.data[i * 65536 - 1], i);
    assert_int_equal(lone_cmd_data_size(cmd, 62 * 65536, &bench->error), 0);
    assert_int_equal(lone_cmd_data_size(cmd, 64 * 65536, &bench->error), 0);
    assert_int_equal(cmd->data.data[62 * 65536 - 1], 62);
    assert_int_equal(cmd->data.data[63 * 65536 - 1], 0);
    assert_int_equal(cmd->data.data[64 * 65536 - 1], 0);
    lone_cmd_free(cmd);
}

static void test_data_beyond_everything(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = identify(bench);

    assert_int_equal(lone_cmd_data_place(cmd, 4096, UINT64_MAX, &bench->error), -EINVAL);
    assert_int_equal(lone_cmd_data_place(cmd, 4096, UINT64_MAX - 4096, &bench->error), -EINVAL);
    assert_int_equal(lone_cmd_data_place(cmd, UINT32_MAX, 1ull << 32, &bench->error), -EINVAL);
    assert_int_equal(lone_cmd_data_size(cmd, UINT64_MAX, &bench->error), -EINVAL);
    assert_int_equal(cmd->data.size, 4096);
    assert_int_equal(cmd->data_offset, 0);
    lone_cmd_free(cmd);
}

/* Thousands of commands through rings of every size, some at a time. */
static void test_wrap_around(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmds[7];

    for (unsigned i = 0; i < 7; i++) {
        cmds[i] = lone_cmd_new(bench->controller);
        cmds[i]->sqid = 1;
    }
    for (uint32_t entries = 2; entries <= 1024; entries += 1 + entries / 2) {
        init(bench, 1, entries);
        for (unsigned i = 0; i < 5000; i++) {
            unsigned n = entries <= 7 ? 1 : 1 + i % 7;

            assert_int_equal(lone_cmd_submit_many(cmds, n, &bench->error), 0);
            assert_int_equal(lone_controller_poll(bench->controller), n);
            for (unsigned k = 0; k < n; k++)
                assert_int_equal(cmds[k]->state, LONE_CMD_COMPLETED);
        }
        assert_int_equal(lone_controller_cq(bench->controller, 1)->strays, 0);
    }
    for (unsigned i = 0; i < 7; i++)
        lone_cmd_free(cmds[i]);
}

static void test_late_completion(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    enable(bench);
    bench->mock->silent = true;
    cmd = identify(bench);
    assert_int_equal(lone_cmd_sync(cmd, 3000000, &bench->error), -ETIMEDOUT);
    assert_int_equal(cmd->state, LONE_CMD_OUTSTANDING);
    mock_complete(bench->mock, 0, 0, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    assert_true(cmd->completed_ns >= cmd->submitted_ns + 3000000);
    lone_cmd_free(cmd);
}

/* --- done() ------------------------------------------------------------------------------------------------ */

struct notes {
    struct bench *bench;
    struct lone_cmd *other;
    unsigned calls;
};

static void note(struct lone_cmd *cmd)
{
    struct notes *notes = cmd->context;

    notes->calls++;
}

static void free_both(struct lone_cmd *cmd)
{
    struct notes *notes = cmd->context;

    notes->calls++;
    lone_cmd_free(notes->other);
    lone_cmd_free(cmd);
}

static void disable_in_done(struct lone_cmd *cmd)
{
    struct notes *notes = cmd->context;

    notes->calls++;
    raw(notes->bench, 0x14, 1, 0);
}

static void resubmit(struct lone_cmd *cmd)
{
    struct notes *notes = cmd->context;

    if (++notes->calls < 10)
        assert_int_equal(lone_cmd_submit(cmd, &notes->bench->error), 0);
}

static void test_done(void **state)
{
    struct bench *bench = *state;
    struct notes notes = {.bench = bench};
    struct lone_cmd *cmds[3];

    enable(bench);
    for (unsigned i = 0; i < 3; i++) {
        cmds[i] = identify(bench);
        cmds[i]->context = &notes;
        cmds[i]->done = note;
    }
    cmds[0]->done = resubmit;
    assert_int_equal(lone_cmd_submit(cmds[0], &bench->error), 0);
    while (lone_controller_poll(bench->controller))
        ;
    assert_int_equal(notes.calls, 10);
    notes.calls = 0;
    cmds[0]->done = disable_in_done; /* the completions of the others are there, but the controller is not any more */
    assert_int_equal(lone_cmd_submit_many(cmds, 3, &bench->error), 0);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(notes.calls, 3);
    assert_int_equal(cmds[0]->state, LONE_CMD_COMPLETED);
    assert_int_equal(cmds[1]->state, LONE_CMD_LOST);
    act(bench, LONE_ACTION_ENABLE);
    bench->mock->silent = true;
    notes = (struct notes){.bench = bench, .other = cmds[2]};
    cmds[0]->done = free_both; /* of a command that is lost as well, and whose done() is not called then */
    cmds[1]->done = note;
    assert_int_equal(lone_cmd_submit_many(cmds, 3, &bench->error), 0);
    act(bench, LONE_ACTION_RESET_CONTROLLER);
    assert_int_equal(notes.calls, 2);
    lone_cmd_free(cmds[1]);
}

static void poll_again(struct lone_cmd *cmd)
{
    struct notes *notes = cmd->context;

    notes->calls++;
    lone_controller_poll(notes->bench->controller);
}

static void free_it(struct lone_cmd *cmd)
{
    struct notes *notes = cmd->context;

    notes->calls++;
    lone_cmd_free(cmd);
}

/* done() that polls: the same value twice in a doorbell would be an invalid doorbell write (NVMe Base 2.0, 5.2). */
static void test_done_polls(void **state)
{
    struct bench *bench = *state;
    struct notes notes = {.bench = bench};
    struct lone_cmd *cmds[5];
    uint64_t last = 0;
    unsigned before;

    enable(bench);
    for (unsigned i = 0; i < 5; i++) {
        cmds[i] = identify(bench);
        cmds[i]->context = &notes;
        cmds[i]->done = poll_again;
    }
    assert_int_equal(lone_cmd_submit_many(cmds, 5, &bench->error), 0);
    before = bench->mock->n_writes;
    lone_controller_poll(bench->controller);
    assert_int_equal(notes.calls, 5);
    for (unsigned i = before; i < bench->mock->n_writes; i++) {
        assert_int_equal(bench->mock->writes[i].offset, 0x1004);
        assert_true(bench->mock->writes[i].value > last);
        last = bench->mock->writes[i].value;
    }
    assert_int_equal(last, 5);
    for (unsigned i = 0; i < 5; i++)
        lone_cmd_free(cmds[i]);
}

/* The Delete of a queue completes twice, and the second one is found while what the queue had is seen to. */
static void test_delete_completes_twice(void **state)
{
    struct bench *bench = *state;
    struct notes notes = {.bench = bench};
    struct lone_cmd *delete, *other;

    init(bench, 1, 8);
    bench->mock->silent = true;
    other = submitted(bench, 1);
    other->context = &notes;
    other->done = poll_again;
    delete = lone_cmd_new(bench->controller);
    put(delete->sqe + 40, 4, 1);
    delete->context = &notes;
    delete->done = free_it;
    assert_int_equal(lone_cmd_submit(delete, &bench->error), 0);
    mock_complete(bench->mock, bench->mock->n_taken - 2, 0, 0);
    mock_complete(bench->mock, bench->mock->n_taken - 1, 0, 0);
    mock_complete(bench->mock, bench->mock->n_taken - 1, 0, 0);
    lone_controller_poll(bench->controller);
    assert_int_equal(notes.calls, 2);
    assert_null(lone_controller_sq(bench->controller, 1));
    assert_int_equal(lone_controller_cq(bench->controller, 0)->strays, 1);
    lone_cmd_free(other);
}

/* Closing frees, and frees do not call done(). */
static void test_close_with_commands(void **state)
{
    struct bench *bench = *state;
    struct notes notes = {.bench = bench};
    struct lone_cmd *cmd;

    init(bench, 2, 4);
    bench->mock->silent = true;
    cmd = submitted(bench, 1);
    cmd->context = &notes;
    cmd->done = note;
    lone_cmd_free(submitted(bench, 2));
    lone_controller_close(bench->controller);
    assert_int_equal(notes.calls, 0);
    assert_true(bench->closed);
    free(bench);
    set_up(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(test_doorbells),
        MOCK_TEST(test_strays),
        MOCK_TEST(test_endless_completions),
        MOCK_TEST(test_duplicate_cids),
        MOCK_TEST(test_raw_wrong_cids),
        MOCK_TEST(test_full_queue),
        MOCK_TEST(test_doorbell_fails),
        MOCK_TEST(test_head_is_owed),
        MOCK_TEST(test_owed_by_a_queue_that_ends),
        MOCK_TEST(test_two_doorbells_at_once),
        MOCK_TEST(test_pointers),
        MOCK_TEST(test_sized),
        MOCK_TEST(test_sized_metadata),
        MOCK_TEST(test_sized_sgl),
        MOCK_TEST(test_sized_region),
        MOCK_TEST(test_page_size),
        MOCK_TEST(test_data_size),
        MOCK_TEST(test_data_grows),
        MOCK_TEST(test_data_beyond_everything),
        MOCK_TEST(test_wrap_around),
        MOCK_TEST(test_late_completion),
        MOCK_TEST(test_done),
        MOCK_TEST(test_done_polls),
        MOCK_TEST(test_delete_completes_twice),
        MOCK_TEST(test_close_with_commands),
    };

    return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
