/* SPDX-License-Identifier: MIT */
#include "mock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct mock *mock_of(struct lone_device *device)
{
    return (struct mock *)(void *)device;
}

uint8_t *mock_reach(struct mock *mock, uint64_t iova, uint64_t size)
{
    for (unsigned i = 0; i < mock->n_maps; i++)
        if (iova >= mock->maps[i].iova && iova + size <= mock->maps[i].iova + mock->maps[i].size)
            return mock->maps[i].memory + (iova - mock->maps[i].iova);
    mock->faults++;
    return NULL;
}

void mock_post(struct mock *mock, unsigned cqid, uint32_t dw0, unsigned sqhd, unsigned sqid, unsigned cid,
               unsigned status)
{
    struct mock_queue *cq = &mock->cq[cqid];
    uint8_t *entry = mock_reach(mock, cq->base + cq->index * 16ull, 16);

    assert_non_null(entry);
    put(entry, 4, dw0);
    put(entry + 4, 4, 0);
    put(entry + 8, 2, sqhd);
    put(entry + 10, 2, sqid);
    put(entry + 12, 4, cid | (uint32_t)cq->phase << 16 | (uint32_t)status << 17);
    if (++cq->index == cq->entries) {
        cq->index = 0;
        cq->phase = !cq->phase;
    }
}

void mock_complete(struct mock *mock, unsigned taken, uint32_t dw0, unsigned status)
{
    unsigned sqid = mock->taken_sq[taken];

    mock_post(mock, mock->sq[sqid].cqid, dw0, mock->sq[sqid].index, sqid, (unsigned)get(mock->taken[taken] + 2, 2),
              status);
}

static void mock_identify(struct mock *mock, const uint8_t *sqe)
{
    uint8_t *data = mock_reach(mock, get(sqe + 24, 8), 4096);
    uint32_t nsid = (uint32_t)get(sqe + 4, 4);

    if (!data)
        return;
    memset(data, 0, 4096);
    if (sqe[40] == 2)
        for (unsigned i = 0; i < 1024 && nsid + i < mock->namespaces; i++)
            put(data + 4 * i, 4, nsid + i + 1);
    else
        memcpy(data, "mock", 4);
}

uint32_t mock_execute(struct mock *mock, const uint8_t *sqe)
{
    unsigned qid = (unsigned)get(sqe + 40, 2);
    struct mock_queue queue = {
        .live = true, .base = get(sqe + 24, 8), .entries = (uint32_t)get(sqe + 42, 2) + 1, .phase = true};

    switch (sqe[0]) {
    case 0x06:
        mock_identify(mock, sqe);
        break;
    case 0x09:
        return mock->granted | mock->granted << 16;
    case 0x05:
        mock->cq[qid] = queue;
        break;
    case 0x01:
        queue.cqid = (uint16_t)get(sqe + 46, 2);
        mock->sq[qid] = queue;
        break;
    case 0x00:
        mock->sq[qid].live = false;
        break;
    case 0x04:
        mock->cq[qid].live = false;
        break;
    }
    return 0;
}

static void mock_fetch(struct mock *mock, unsigned sqid, uint32_t tail)
{
    struct mock_queue *sq = &mock->sq[sqid];

    while (sq->live && sq->index != tail && tail < sq->entries) {
        const uint8_t *entry = mock_reach(mock, sq->base + sq->index * 64ull, 64);
        unsigned slot = mock->n_taken % MOCK_TAKEN;

        assert_non_null(entry);
        memcpy(mock->taken[slot], entry, 64);
        mock->taken_sq[slot] = (uint16_t)sqid;
        mock->n_taken++;
        sq->index = (sq->index + 1) % sq->entries;
        if (mock->silent || (mock->hold && mock->hold == mock->taken[slot][0]))
            continue;
        if (mock->status && mock->taken[slot][0] == mock->status_of)
            mock_complete(mock, slot, 0, mock->status);
        else
            mock_complete(mock, slot, sqid ? 0 : mock_execute(mock, mock->taken[slot]), 0);
    }
}

static void mock_doorbell(struct mock *mock, uint64_t offset, uint32_t value)
{
    unsigned stride = 4u << (mock->registers[4] & 0xf);
    unsigned number = (unsigned)((offset - 0x1000) / stride);

    if (!mock->sees_nothing && (offset - 0x1000) % stride == 0 && number % 2 == 0 && number / 2 < MOCK_QUEUES)
        mock_fetch(mock, number / 2, value);
}

static void mock_enable(struct mock *mock)
{
    uint32_t aqa = (uint32_t)get(mock->registers + 0x24, 4);

    if (!mock->never_ready)
        mock->registers[0x1c] |= 1;
    if (mock->fatal)
        mock->registers[0x1c] |= 2;
    mock->sq[0] =
        (struct mock_queue){.live = true, .base = get(mock->registers + 0x28, 8), .entries = (aqa & 0xfff) + 1};
    mock->cq[0] = (struct mock_queue){
        .live = true, .base = get(mock->registers + 0x30, 8), .entries = (aqa >> 16 & 0xfff) + 1, .phase = true};
}

static void mock_disable(struct mock *mock)
{
    if (!mock->never_unready)
        mock->registers[0x1c] &= (uint8_t)~0x0f;
    for (unsigned i = 0; i < MOCK_QUEUES; i++)
        mock->sq[i].live = mock->cq[i].live = false;
}

void mock_function_reset(struct mock *mock)
{
    mock_disable(mock);
    memset(mock->registers + 0x14, 0, 0x38 - 0x14);
    mock->config[4] = 0;
}

static int mock_bar_access(struct mock *mock, struct lone_error *error)
{
    return mock->config[4] & 2 ? 0 : lone_fail(error, EIO, "CMD.MSE is 0");
}

static int mock_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                         struct lone_error *error)
{
    struct mock *mock = mock_of(device);
    int result = mock_bar_access(mock, error);

    (void)bar;
    if (result)
        return result;
    mock->n_reads++;
    *value = mock->gone ? UINT64_MAX >> (64 - 8 * width) : offset < 0x1000 ? get(mock->registers + offset, width) : 0;
    return 0;
}

static int mock_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                          struct lone_error *error)
{
    struct mock *mock = mock_of(device);
    int result = mock_bar_access(mock, error);
    bool enabled = mock->registers[0x14] & 1;

    (void)bar;
    if (result)
        return result;
    if (offset >= 0x1000 && mock->doorbells_fail)
        return lone_fail(error, EIO, "the mock's doorbells fail");
    if (mock->fails_at && offset == mock->fails_at)
        return lone_fail(error, EIO, "this register of the mock cannot be written");
    mock->writes[mock->n_writes++ % 4096] = (struct mock_write){offset, value, width};
    if (offset >= 0x1000) {
        mock_doorbell(mock, offset, (uint32_t)value);
        return 0;
    }
    for (unsigned i = 0; i < width; i++)
        if (offset + i >= 0x14 && (offset + i < 0x1c || offset + i >= 0x20))
            mock->registers[offset + i] = (uint8_t)(value >> (8 * i));
    if (get(mock->registers + 0x20, 4) == 0x4e564d65)
        mock_function_reset(mock), mock->config[4] = 6;
    else if (!enabled && mock->registers[0x14] & 1)
        mock_enable(mock);
    else if (enabled && !(mock->registers[0x14] & 1))
        mock_disable(mock);
    if (mock->registers[0x15] & 0xc0)
        mock->registers[0x1c] = (uint8_t)((mock->registers[0x1c] & ~0x0c) | 0x08);
    return 0;
}

static int mock_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                            struct lone_error *error)
{
    (void)error;
    *value = (uint32_t)get(mock_of(device)->config + offset, width);
    return 0;
}

static int mock_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                             struct lone_error *error)
{
    struct mock *mock = mock_of(device);
    unsigned power = mock->config[0x44] & 3;

    (void)error;
    put(mock->config + offset, width, value);
    if (mock->config[0x69] & 0x80 || (power == 3 && (mock->config[0x44] & 3) == 0)) {
        mock->config[0x69] &= 0x7f;
        mock_function_reset(mock);
    }
    return 0;
}

static int mock_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                    struct lone_error *error)
{
    struct mock *mock = mock_of(device);

    (void)access;
    (void)error;
    assert_true(mock->n_maps < MOCK_MAPS);
    mock->maps[mock->n_maps].memory = memory;
    mock->maps[mock->n_maps].iova = iova;
    mock->maps[mock->n_maps++].size = size;
    return 0;
}

static int mock_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
{
    struct mock *mock = mock_of(device);

    for (unsigned i = 0; i < mock->n_maps; i++)
        if (mock->maps[i].iova == iova && mock->maps[i].size == size) {
            mock->maps[i] = mock->maps[--mock->n_maps];
            return 0;
        }
    return lone_fail(error, EINVAL, "not mapped");
}

static int mock_interrupts(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                           struct lone_error *error)
{
    struct mock *mock = mock_of(device);

    (void)error;
    for (unsigned i = 0; i < count; i++)
        assert_true(eventfds[i] >= 0);
    mock->interrupts = kind;
    mock->n_vectors = count;
    mock->eventfd = count ? eventfds[0] : -1;
    mock->n_interrupts++;
    return 0;
}

/* A level that is still there signals at once. */
static int mock_unmask(struct lone_device *device, struct lone_error *error)
{
    const uint64_t one = 1;
    struct mock *mock = mock_of(device);

    (void)error;
    mock->n_unmasks++;
    if (mock->asserted)
        assert_int_equal(write(mock->eventfd, &one, sizeof(one)), sizeof(one));
    return 0;
}

static int mock_reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error)
{
    if (kind == LONE_RESET_HOT)
        return lone_fail(error, EOPNOTSUPP, "no hot reset");
    if (mock_of(device)->reset_held)
        sem_wait(mock_of(device)->reset_held);
    mock_function_reset(mock_of(device));
    return 0;
}

static void mock_close(struct lone_device *device)
{
    struct mock *mock = mock_of(device);

    assert_int_equal(mock->n_maps, 0);
    assert_int_equal(mock->faults, 0);
    *mock->closed = true;
    free(mock);
}

static const struct lone_device_ops mock_ops = {
    .close = mock_close,
    .config_read = mock_config_read,
    .config_write = mock_config_write,
    .bar_read = mock_bar_read,
    .bar_write = mock_bar_write,
    .dma_map = mock_map,
    .dma_unmap = mock_unmap,
    .interrupts = mock_interrupts,
    .reset = mock_reset,
    .intx_unmask = mock_unmask,
};

/* --- What a test starts from ------------------------------------------------------------------------------- */

int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct mock *mock = calloc(1, sizeof(*mock));

    mock->device.ops = &mock_ops;
    strcpy(mock->device.slot, "mock");
    mock->device.config_size = 256;
    mock->device.bars[0].size = 0x4000;
    mock->device.n_vectors[LONE_INTERRUPTS_MSIX] = 4;
    mock->device.n_ranges = 1;
    mock->device.ranges[0] = (struct lone_iova_range){0, (1ull << 39) - 1};
    mock->device.page_size = 4096;
    mock->closed = &bench->closed;
    mock->config[0x06] = 0x10; /* there is a list of capabilities */
    mock->config[0x34] = 0x40;
    put(mock->config + 0x40, 4, 0x00036001);
    put(mock->config + 0x60, 4, 0x00020010);
    put(mock->config + 0x64, 4, 1u << 28);
    put(mock->registers, 8, MOCK_CAP);
    put(mock->registers + 8, 4, 0x20000);
    mock->namespaces = 3;
    mock->granted = 7;
    bench->mock = mock;
    assert_int_equal(lone_controller_open(&bench->controller, &mock->device, &bench->error), 0);
    *state = bench;
    return 0;
}

int tear_down(void **state)
{
    struct bench *bench = *state;

    lone_controller_close(bench->controller);
    assert_true(bench->closed);
    free(bench);
    return 0;
}

void admin(struct bench *bench)
{
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), 0);
}

void act(struct bench *bench, enum lone_action action)
{
    assert_int_equal(lone_controller_do(bench->controller, action, NULL, &bench->error), 0);
}

void enable(struct bench *bench)
{
    admin(bench);
    act(bench, LONE_ACTION_ENABLE);
}

void init(struct bench *bench, unsigned queues, uint32_t entries)
{
    const struct lone_action_options options = {.queues = queues, .entries = entries};

    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), 0);
}

struct lone_cmd *identify(struct bench *bench)
{
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    cmd->sqe[0] = 0x06;
    cmd->sqe[40] = 1;
    assert_int_equal(lone_cmd_data_size(cmd, 4096, &bench->error), 0);
    return cmd;
}

void identified(struct bench *bench, uint8_t cns, const uint8_t *data)
{
    struct lone_cmd *cmd = identify(bench);

    cmd->sqe[4] = 1;
    cmd->sqe[40] = cns;
    bench->mock->hold = 0x06;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    lone_dma_store(cmd->data.data, data, 4096);
    mock_complete(bench->mock, (bench->mock->n_taken - 1) % MOCK_TAKEN, 0, 0);
    lone_controller_poll(bench->controller);
    assert_int_equal(cmd->state, LONE_CMD_COMPLETED);
    lone_cmd_free(cmd);
}

struct lone_cmd *submitted(struct bench *bench, uint16_t sqid)
{
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    cmd->sqe[0] = 0x7f;
    cmd->sqid = sqid;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    return cmd;
}

const struct mock_write *last_write(const struct bench *bench)
{
    return &bench->mock->writes[(bench->mock->n_writes - 1) % 4096];
}

enum lone_queue_state admin_state(const struct bench *bench)
{
    return lone_controller_sq(bench->controller, 0)->state;
}

void raw(struct bench *bench, uint64_t offset, unsigned width, uint64_t value)
{
    assert_int_equal(lone_controller_bar_write(bench->controller, 0, offset, width, value, &bench->error), 0);
}

void read_csts(struct bench *bench)
{
    uint64_t csts;

    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CSTS, 4, &csts, &bench->error), 0);
}
