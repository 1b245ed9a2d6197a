/* SPDX-License-Identifier: MIT */
/* The host driver against a mock device that does, and misdoes, what a test tells it; and against the simulator. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nvme/controller.h"
#include "nvme/queue.h"
#include "nvsim/nvsim.h"

/* --- The mock: a controller that works at once, within the access that asks it to -------------------------- */

#define MOCK_QUEUES 16
#define MOCK_MAPS   64
#define MOCK_TAKEN  512

struct mock_queue {
    bool live;
    uint64_t base;
    uint32_t entries, index; /* an SQ's head, a CQ's tail */
    uint16_t cqid;
    bool phase;
};
struct mock_write {
    uint64_t offset, value;
    unsigned width;
};

struct mock {
    struct lone_device device;
    uint8_t registers[0x1000];
    uint8_t config[256];
    struct {
        uint8_t *memory;
        uint64_t iova, size;
    } maps[MOCK_MAPS];
    unsigned n_maps;
    struct mock_queue sq[MOCK_QUEUES], cq[MOCK_QUEUES];
    struct mock_write writes[4096]; /* to BAR 0; the last ones */
    unsigned n_writes, n_reads, n_interrupts;
    uint8_t taken[MOCK_TAKEN][64]; /* entries that were fetched */
    uint16_t taken_sq[MOCK_TAKEN];
    unsigned n_taken;
    unsigned faults; /* accesses to memory that is not mapped */
    /* what it does wrong */
    bool silent; /* fetches, but completes nothing by itself */
    bool never_ready, never_unready, fatal, gone, doorbells_fail;
    uint64_t fails_at; /* a register that cannot be written; 0: none */
    bool sees_nothing; /* doorbells are recorded only */
    uint16_t status;   /* of commands with opcode `status_of` */
    int status_of;
    int hold; /* an opcode whose commands it does not complete; 0: none */
    uint32_t namespaces;
    uint32_t granted; /* I/O queue pairs, 0's based */
    bool *closed;
};

static uint64_t get(const uint8_t *bytes, unsigned n)
{
    uint64_t value = 0;

    while (n--)
        value = value << 8 | bytes[n];
    return value;
}

static void put(uint8_t *bytes, unsigned n, uint64_t value)
{
    for (unsigned i = 0; i < n; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static struct mock *mock_of(struct lone_device *device)
{
    return (struct mock *)(void *)device;
}

static uint8_t *mock_reach(struct mock *mock, uint64_t iova, uint64_t size)
{
    for (unsigned i = 0; i < mock->n_maps; i++)
        if (iova >= mock->maps[i].iova && iova + size <= mock->maps[i].iova + mock->maps[i].size)
            return mock->maps[i].memory + (iova - mock->maps[i].iova);
    mock->faults++;
    return NULL;
}

/* Posts a completion to @cqid, whatever it says. */
static void mock_post(struct mock *mock, unsigned cqid, uint32_t dw0, unsigned sqhd, unsigned sqid, unsigned cid,
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

/* Completes a command that was taken. */
static void mock_complete(struct mock *mock, unsigned taken, uint32_t dw0, unsigned status)
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

static uint32_t mock_execute(struct mock *mock, const uint8_t *sqe)
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

static void mock_function_reset(struct mock *mock)
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
    (void)error;
    assert_int_equal(kind, LONE_INTERRUPTS_MSIX);
    assert_int_equal(count, 4);
    assert_true(eventfds[3] >= 0);
    mock_of(device)->n_interrupts++;
    return 0;
}

static int mock_reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error)
{
    if (kind == LONE_RESET_HOT)
        return lone_fail(error, EOPNOTSUPP, "no hot reset");
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
};

/* --- What a test starts from ------------------------------------------------------------------------------- */

struct bench {
    struct mock *mock;
    struct lone_controller *controller;
    struct lone_error error;
    bool closed;
};

/* MQES 1023, TO 0 (so that waits end after a second), NSSRS, CSS NVM, MPSMIN 4 KiB, MPSMAX 64 KiB. */
#define MOCK_CAP (1023ull | 1ull << 36 | 1ull << 37 | 4ull << 52)

static int set_up(void **state)
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

static int tear_down(void **state)
{
    struct bench *bench = *state;

    lone_controller_close(bench->controller);
    assert_true(bench->closed);
    free(bench);
    return 0;
}

static void admin(struct bench *bench)
{
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), 0);
}

static void act(struct bench *bench, enum lone_action action)
{
    assert_int_equal(lone_controller_do(bench->controller, action, NULL, &bench->error), 0);
}

static void enable(struct bench *bench)
{
    admin(bench);
    act(bench, LONE_ACTION_ENABLE);
}

static void init(struct bench *bench, unsigned queues, uint32_t entries)
{
    const struct lone_action_options options = {.queues = queues, .entries = entries};

    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), 0);
}

static struct lone_cmd *identify(struct bench *bench)
{
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    cmd->sqe[0] = 0x06;
    cmd->sqe[40] = 1;
    assert_int_equal(lone_cmd_data_size(cmd, 4096, &bench->error), 0);
    return cmd;
}

static struct lone_cmd *submitted(struct bench *bench, uint16_t sqid)
{
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);

    cmd->sqe[0] = 0x7f;
    cmd->sqid = sqid;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    return cmd;
}

static const struct mock_write *last_write(const struct bench *bench)
{
    return &bench->mock->writes[(bench->mock->n_writes - 1) % 4096];
}

static enum lone_queue_state admin_state(const struct bench *bench)
{
    return lone_controller_sq(bench->controller, 0)->state;
}

static void raw(struct bench *bench, uint64_t offset, unsigned width, uint64_t value)
{
    assert_int_equal(lone_controller_bar_write(bench->controller, 0, offset, width, value, &bench->error), 0);
}

static void read_csts(struct bench *bench)
{
    uint64_t csts;

    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CSTS, 4, &csts, &bench->error), 0);
}

/* --- Bringing it up and down ------------------------------------------------------------------------------- */

static void test_open(void **state)
{
    struct bench *bench = *state;
    const struct lone_capability_at *capabilities;
    unsigned vectors;
    size_t n;

    assert_int_equal(bench->mock->n_reads + bench->mock->n_writes, 0);
    capabilities = lone_controller_capabilities(bench->controller, &n);
    assert_int_equal(n, 2);
    assert_int_equal(capabilities[1].offset, 0x60);
    lone_controller_eventfds(bench->controller, &vectors);
    assert_int_equal(vectors, 4);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_next_cq(bench->controller, 0), -1);
    lone_controller_close(NULL);
}

static void test_admin_registers(void **state)
{
    struct bench *bench = *state;
    const struct lone_admin_options options = {.sq_entries = 2, .cq_entries = 4096, .page_size = 16384, .ams = 1};
    const uint8_t *registers = bench->mock->registers;
    const struct lone_sq *sq;
    const struct lone_cq *cq;

    admin(bench);
    sq = lone_controller_sq(bench->controller, 0);
    cq = lone_controller_cq(bench->controller, 0);
    assert_int_equal(get(registers + 0x24, 4), 63 | 255 << 16);
    assert_int_equal(get(registers + 0x28, 8), sq->memory.iova);
    assert_int_equal(get(registers + 0x30, 8), cq->memory.iova);
    assert_int_equal(get(registers + 0x14, 4), 6u << 16 | 4u << 20);
    assert_int_equal(bench->mock->config[4], 6); /* MSE and BME */
    assert_int_equal(bench->mock->n_interrupts, 1);
    assert_int_equal(sq->state, LONE_QUEUE_DISABLED);
    assert_int_equal(bench->mock->writes[1].width, 4); /* 64 bits as two times 32, low first */
    assert_int_equal(bench->mock->writes[1].offset, 0x28);
    assert_int_equal(bench->mock->writes[2].offset, 0x2c);
    lone_controller_reg64(bench->controller, true);
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), 0);
    assert_int_equal(get(registers + 0x24, 4), 1 | 4095u << 16);
    assert_int_equal(get(registers + 0x28, 8) % 16384, 0);
    assert_int_equal(get(registers + 0x30, 8) % 16384, 0);
    assert_int_equal(get(registers + 0x14, 4), 6u << 16 | 4u << 20 | 2u << 7 | 1u << 11);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    put(bench->mock->registers, 8, MOCK_CAP | 1ull << 43);
    admin(bench);
    assert_int_equal(get(registers + 0x14, 4), 6u << 16 | 4u << 20 | 6u << 4);
    put(bench->mock->registers, 8, MOCK_CAP | 1ull << 44);
    admin(bench);
    assert_int_equal(get(registers + 0x14, 4), 6u << 16 | 4u << 20 | 7u << 4);
}

static void test_admin_refused(void **state)
{
    struct bench *bench = *state;
    struct lone_admin_options options = {.sq_entries = 1};

    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), -ERANGE);
    options = (struct lone_admin_options){.cq_entries = 4097};
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), -ERANGE);
    options = (struct lone_admin_options){.page_size = 131072};
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), -EINVAL);
    options = (struct lone_admin_options){.page_size = 5000};
    assert_int_equal(lone_controller_admin(bench->controller, &options, &bench->error), -EINVAL);
    assert_null(lone_controller_sq(bench->controller, 0));
    enable(bench);
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -EBUSY);
    bench->mock->never_unready = true;
    raw(bench, 0x14, 4, 0);
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -EBUSY);
    bench->mock->gone = true;
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -ENODEV);
    assert_string_equal(bench->error.text, "the device is gone: CSTS reads as all ones");
    bench->mock->gone = false;
}

static void test_enable_widths(void **state)
{
    static const struct {
        uint64_t offset, on, off;
        unsigned width;
    } ways[] = {
        {0x14, 0x01, 0x00, 1},
        {0x14, 0x0001, 0x0000, 2},
        {0x14, 0x00460001, 0x00460000, 4},
        {0x10, 0x0046000100000000, 0x0046000000000000, 8},
    };
    struct bench *bench = *state;

    admin(bench);
    for (unsigned i = 0; i < 4; i++) {
        struct lone_cmd *cmd = identify(bench);

        assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
        assert_non_null(strstr(bench->error.text, "`enable` to ctl"));
        raw(bench, ways[i].offset, ways[i].width, ways[i].on);
        assert_int_equal(admin_state(bench), LONE_QUEUE_LIVE);
        assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
        assert_int_equal(lone_cmd_status(cmd), 0);
        assert_memory_equal(cmd->data.data, "mock", 5);
        assert_int_equal(lone_controller_sq(bench->controller, 0)->head, 1);
        assert_int_equal(lone_controller_generation(bench->controller), i);
        raw(bench, ways[i].offset, ways[i].width, ways[i].off);
        assert_int_equal(admin_state(bench), LONE_QUEUE_DISABLED);
        assert_int_equal(lone_controller_generation(bench->controller), i + 1);
        lone_cmd_free(cmd);
    }
    raw(bench, 0x15, 1, 0); /* another byte of CC says nothing about EN */
    assert_int_equal(lone_controller_generation(bench->controller), 4);
}

/* Memory of the admin queues is the same, their entries are zero again, and phase and indices start over. */
static void test_enable_again(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;
    uint64_t iova;

    enable(bench);
    iova = lone_controller_cq(bench->controller, 0)->memory.iova;
    for (unsigned round = 0; round < 3; round++) {
        const struct lone_cq *cq = lone_controller_cq(bench->controller, 0);

        cmd = identify(bench);
        for (unsigned i = 0; i < 300; i++)
            assert_int_equal(lone_cmd_sync(cmd, 1000000000, &bench->error), 0);
        lone_cmd_free(cmd);
        assert_int_equal(cq->head, 300 - 256);
        assert_false(cq->phase);
        act(bench, LONE_ACTION_DISABLE);
        act(bench, LONE_ACTION_ENABLE);
        cq = lone_controller_cq(bench->controller, 0);
        assert_int_equal(cq->memory.iova, iova);
        assert_int_equal(cq->head, 0);
        assert_true(cq->phase);
        for (unsigned i = 0; i < 4096; i++)
            assert_int_equal(cq->memory.data[i], 0);
    }
}

static void test_foreign_admin_queue(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = identify(bench);
    uint64_t asq;

    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
    assert_string_equal(bench->error.text,
                        "the admin queue is not set up: write `admin` to queues/ctl, then `enable` to ctl");
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_ENABLE, NULL, &bench->error), -ENXIO);
    admin(bench);
    asq = get(bench->mock->registers + 0x28, 8);
    raw(bench, 0x28, 8, asq + 4096);
    raw(bench, 0x14, 1, 1);
    assert_int_equal(admin_state(bench), LONE_QUEUE_DISABLED);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
    assert_non_null(strstr(bench->error.text, "AQA, ASQ or ACQ were changed"));
    raw(bench, 0x14, 1, 0);
    raw(bench, 0x29, 1, asq >> 8); /* a byte is enough to set it right */
    raw(bench, 0x14, 1, 1);
    assert_int_equal(admin_state(bench), LONE_QUEUE_LIVE);
    cmd->sqid = 3;
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
    assert_string_equal(bench->error.text, "there is no live I/O submission queue 3: write `init queues=3` to ctl");
    lone_cmd_free(cmd);
}

static void test_waits(void **state)
{
    struct bench *bench = *state;

    bench->mock->fatal = true;
    admin(bench);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_ENABLE, NULL, &bench->error), -EIO);
    assert_non_null(strstr(bench->error.text, "CSTS.CFS is 1"));
    bench->mock->fatal = false;
    act(bench, LONE_ACTION_RESET_CONTROLLER);
    bench->mock->never_ready = true;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_ENABLE, NULL, &bench->error), -ETIMEDOUT);
    assert_non_null(strstr(bench->error.text, "CSTS.RDY=1 did not come within 1.0 s"));
    bench->mock->never_ready = false;
    act(bench, LONE_ACTION_DISABLE);
    act(bench, LONE_ACTION_ENABLE);
    act(bench, LONE_ACTION_SHUTDOWN);
    act(bench, LONE_ACTION_DISABLE);
    act(bench, LONE_ACTION_ENABLE);
    act(bench, LONE_ACTION_SHUTDOWN_ABRUPT);
    assert_int_equal(bench->mock->registers[0x15] >> 6, 2);
    bench->mock->gone = true;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_DISABLE, NULL, &bench->error), -ENODEV);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, NULL, &bench->error), -ENODEV);
    bench->mock->gone = false;
}

static void test_action_steps(void **state)
{
    struct bench *bench = *state;
    struct lone_progress *progress, *other;
    uint64_t again;

    admin(bench);
    bench->mock->never_ready = true;
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_ENABLE, NULL, &progress, &bench->error), 0);
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_SHUTDOWN, NULL, &other, &bench->error), -EBUSY);
    assert_int_equal(lone_action_step(progress, &again, &bench->error), 0);
    assert_true(again > 0 && again <= 10000000);
    bench->mock->registers[0x1c] |= 1;
    assert_int_equal(lone_action_step(progress, &again, &bench->error), 1);
    lone_action_end(progress);
    /* disabled by somebody else while it waits */
    act(bench, LONE_ACTION_DISABLE);
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_ENABLE, NULL, &progress, &bench->error), 0);
    assert_int_equal(lone_action_step(progress, &again, &bench->error), 0);
    raw(bench, 0x14, 1, 0);
    assert_int_equal(lone_action_step(progress, &again, &bench->error), -ESHUTDOWN);
    lone_action_end(progress);
}

/* Steps until it has ended. */
static int finish(struct bench *bench, struct lone_progress *progress)
{
    uint64_t again;
    int result;

    while ((result = lone_action_step(progress, &again, &bench->error)) == 0)
        usleep((useconds_t)(again / 1000));
    lone_action_end(progress);
    return result;
}

/* Nobody has to wait for a controller that never gets ready, or never completes, before he can reset it. */
static void test_action_superseded(void **state)
{
    static const enum lone_action stuck[] = {LONE_ACTION_ENABLE, LONE_ACTION_SCAN, LONE_ACTION_RESET_CONTROLLER};
    static const enum lone_action resets[] = {LONE_ACTION_DISABLE, LONE_ACTION_RESET_CONTROLLER, LONE_ACTION_RESET_FLR,
                                              LONE_ACTION_RESET_SUBSYSTEM};
    struct bench *bench = *state;
    struct lone_progress *first, *second, *third;
    uint64_t again;

    for (unsigned i = 0; i < LONE_COUNT(stuck) * LONE_COUNT(resets); i++) {
        enum lone_action action = stuck[i / LONE_COUNT(resets)], reset = resets[i % LONE_COUNT(resets)];

        bench->mock->never_ready = action == LONE_ACTION_ENABLE;
        admin(bench);
        if (action != LONE_ACTION_ENABLE)
            act(bench, LONE_ACTION_ENABLE);
        bench->mock->silent = true;
        bench->mock->never_unready = action == LONE_ACTION_RESET_CONTROLLER;
        assert_int_equal(lone_action_begin(bench->controller, action, NULL, &first, &bench->error), 0);
        assert_int_equal(lone_action_step(first, &again, &bench->error), 0);
        assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_SCAN, NULL, &third, &bench->error), -EBUSY);
        assert_non_null(strstr(bench->error.text, "reset"));
        assert_int_equal(lone_action_begin(bench->controller, reset, NULL, &second, &bench->error), 0);
        bench->mock->never_unready = false;
        if (action == LONE_ACTION_RESET_CONTROLLER)
            bench->mock->registers[0x1c] &= 0xfe; /* at last */
        lone_action_step(second, &again, &bench->error);
        /* that is no business of the first one any more, also while the function is being reset in a thread */
        assert_int_equal(lone_action_step(first, &again, &bench->error), -ESHUTDOWN);
        assert_non_null(strstr(bench->error.text, "reset"));
        lone_action_end(first);
        assert_int_equal(finish(bench, second), 1);
        assert_int_equal(lone_controller_outstanding(bench->controller), 0);
        bench->mock->silent = bench->mock->never_ready = false;
        enable(bench);
        act(bench, LONE_ACTION_SCAN);
        act(bench, LONE_ACTION_DISABLE);
    }
}

/* A function that is being reset is nobody's to reset. */
static void test_reset_not_superseded(void **state)
{
    struct bench *bench = *state;
    struct lone_progress *first, *second, *third;
    uint64_t again;

    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_RESET_FLR, NULL, &first, &bench->error), 0);
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_RESET_FLR, NULL, &second, &bench->error), 0);
    while (!lone_controller_resetting(bench->controller))
        lone_action_step(second, &again, &bench->error);
    assert_true(lone_action_resetting(second));
    assert_false(lone_action_resetting(first));
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_DISABLE, NULL, &third, &bench->error), -EBUSY);
    assert_int_equal(lone_action_step(first, &again, &bench->error), -ESHUTDOWN);
    lone_action_end(first);
    assert_true(lone_controller_resetting(bench->controller));
    assert_int_equal(finish(bench, second), 1);
    assert_int_equal(lone_controller_generation(bench->controller), 1);
}

/* The reset has its effect even if nobody waits for it. */
static void test_reset_abandoned(void **state)
{
    struct bench *bench = *state;
    struct lone_progress *progress;
    struct lone_cmd *cmd;
    uint64_t again;

    enable(bench);
    bench->mock->silent = true;
    cmd = submitted(bench, 0);
    assert_int_equal(lone_action_begin(bench->controller, LONE_ACTION_RESET_FLR, NULL, &progress, &bench->error), 0);
    lone_action_step(progress, &again, &bench->error);
    lone_action_end(progress);
    assert_false(lone_controller_resetting(bench->controller));
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_generation(bench->controller), 1);
    lone_cmd_free(cmd);
}

/* Unplugged between two accesses: CSTS still answered. */
static void test_all_ones(void **state)
{
    struct bench *bench = *state;
    uint64_t ns;

    put(bench->mock->registers, 8, UINT64_MAX);
    assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -ENODEV);
    assert_int_equal(lone_controller_ready_timeout(bench->controller, &ns, &bench->error), -ENODEV);
    assert_int_equal(lone_controller_adopt_admin(bench->controller, &bench->error), -ENODEV);
    assert_null(lone_controller_sq(bench->controller, 0));
}

static void test_function_resets(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    enable(bench);
    bench->mock->silent = true;
    cmd = submitted(bench, 0);
    act(bench, LONE_ACTION_RESET_FLR);
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_generation(bench->controller), 1);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_RESET_HOT, NULL, &bench->error), -EOPNOTSUPP);
    assert_int_equal(lone_controller_generation(bench->controller), 1);
    enable(bench);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(lone_controller_config_write(bench->controller, 0x68, 2, 0x8000, &bench->error),
                     0); /* PXDC.IFLR */
    assert_int_equal(cmd->state, LONE_CMD_LOST);
    assert_int_equal(lone_controller_generation(bench->controller), 2);
    enable(bench);
    act(bench, LONE_ACTION_RESET_SUBSYSTEM);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_generation(bench->controller), 3);
    enable(bench);
    assert_int_equal(lone_controller_config_write(bench->controller, 0x44, 2, 3, &bench->error), 0);
    assert_int_equal(admin_state(bench), LONE_QUEUE_LIVE);
    assert_int_equal(lone_controller_config_write(bench->controller, 0x44, 1, 0, &bench->error), 0);
    assert_null(lone_controller_sq(bench->controller, 0));
    assert_int_equal(lone_controller_generation(bench->controller), 4);
    put(bench->mock->registers, 8, MOCK_CAP & ~(1ull << 36));
    enable(bench);
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_RESET_SUBSYSTEM, NULL, &bench->error),
                     -EOPNOTSUPP);
    raw(bench, 0x20, 4, 0x12345678);
    assert_int_equal(admin_state(bench), LONE_QUEUE_LIVE);
    lone_cmd_free(cmd);
}

/* A reset that somebody else made (another function's, a firmware activation) shows when CC is read. */
static void test_reset_behind_our_back(void **state)
{
    struct bench *bench = *state;
    uint64_t cc;

    enable(bench);
    mock_function_reset(bench->mock);
    bench->mock->config[4] = 6;
    assert_int_equal(lone_controller_read(bench->controller, LONE_REG_CC, 4, &cc, &bench->error), 0);
    assert_int_equal(admin_state(bench), LONE_QUEUE_DISABLED);
    assert_int_equal(lone_controller_generation(bench->controller), 1);
}

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

/* The page size for PRPs is the one that CC said when the controller was enabled. */
static void test_page_size_by_hand(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd;

    admin(bench);
    raw(bench, 0x14, 4, 6u << 16 | 4u << 20 | 4u << 7 | 1);
    bench->mock->silent = true;
    cmd = lone_cmd_new(bench->controller);
    assert_int_equal(lone_cmd_data_size(cmd, 1 << 20, &bench->error), 0);
    assert_int_equal(lone_cmd_submit(cmd, &bench->error), 0);
    assert_int_equal(get(mock_reach(bench->mock, get(bench->mock->taken[0] + 32, 8), 8), 8),
                     (cmd->data.iova / 65536 + 1) * 65536);
    lone_cmd_free(cmd);
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

/* --- Time-outs, loss, and memory --------------------------------------------------------------------------- */

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

/* --- Memory of the caller's: regions ----------------------------------------------------------------------- */

static struct lone_region *region(struct bench *bench, uint64_t size)
{
    struct lone_region *made = NULL;

    assert_int_equal(lone_controller_memory_new(bench->controller, LONE_IN_HOST, size, LONE_DMA_READ | LONE_DMA_WRITE,
                                                &made, &bench->error),
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

/* The controller may still have pointers that were made by hand: their addresses are nobody else's. */
static void test_retired_region(void **state)
{
    struct bench *bench = *state;
    struct lone_region *first, *second;
    uint64_t iova;

    first = region(bench, 8192);
    iova = first->iova;
    lone_controller_memory_free(bench->controller, first); /* the controller was never enabled */
    first = region(bench, 8192);
    assert_int_equal(first->iova, iova);
    enable(bench);
    lone_controller_memory_free(bench->controller, first);
    second = region(bench, 8192);
    assert_int_not_equal(second->iova, iova);
    lone_controller_memory_free(bench->controller, second);
    act(bench, LONE_ACTION_DISABLE);
    second = region(bench, 8192);
    assert_int_equal(second->iova, iova);
    lone_controller_memory_free(bench->controller, second);
}

/* The same if it is freed while it is used. */
static void test_retired_in_use(void **state)
{
    struct bench *bench = *state;
    struct lone_region *first, *second;
    struct lone_cmd *cmd = lone_cmd_new(bench->controller);
    uint64_t iova;

    enable(bench);
    first = region(bench, 8192);
    iova = first->iova;
    assert_int_equal(lone_cmd_data_in(cmd, first, 0, 0, 4096, &bench->error), 0);
    lone_controller_memory_free(bench->controller, first);
    lone_cmd_free(cmd);
    second = region(bench, 8192);
    assert_int_not_equal(second->iova, iova);
    lone_controller_memory_free(bench->controller, second);
    act(bench, LONE_ACTION_DISABLE);
    second = region(bench, 8192);
    assert_int_equal(second->iova, iova);
    lone_controller_memory_free(bench->controller, second);
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

/* `admin` that fails between ASQ and ACQ: the registers name some of either memory, so both are kept. */
static void test_admin_fails_halfway(void **state)
{
    struct bench *bench = *state;
    struct lone_cmd *cmd = identify(bench);

    for (unsigned round = 0; round < 2; round++) {
        admin(bench);
        bench->mock->fails_at = 0x30;
        assert_int_equal(lone_controller_admin(bench->controller, NULL, &bench->error), -EIO);
        bench->mock->fails_at = 0;
        assert_int_equal(lone_controller_kept(bench->controller), 64 * 64 + 256 * 16);
        read_csts(bench); /* RDY=0, but ACQ still names the old one */
        assert_int_equal(lone_controller_kept(bench->controller), 64 * 64 + 256 * 16);
        assert_int_equal(lone_cmd_submit(cmd, &bench->error), -ENXIO);
        assert_non_null(strstr(bench->error.text, "write `admin` to queues/ctl"));
        if (round)
            act(bench, LONE_ACTION_RESET_SUBSYSTEM);
        else
            enable(bench);
        assert_int_equal(lone_controller_kept(bench->controller), 0);
        act(bench, LONE_ACTION_DISABLE);
    }
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

/* --- init -------------------------------------------------------------------------------------------------- */

static void test_init(void **state)
{
    struct bench *bench = *state;
    const struct lone_namespace *namespaces;
    size_t n;

    init(bench, 5, 0);
    namespaces = lone_controller_namespaces(bench->controller, &n);
    assert_int_equal(n, 3);
    assert_int_equal(namespaces[2].nsid, 3);
    for (uint16_t id = 1; id <= 5; id++) {
        const struct lone_sq *sq = lone_controller_sq(bench->controller, id);
        const struct lone_cq *cq = lone_controller_cq(bench->controller, id);

        assert_int_equal(sq->state, LONE_QUEUE_LIVE);
        assert_int_equal(cq->state, LONE_QUEUE_LIVE);
        assert_int_equal(sq->entries, 256);
        assert_int_equal(cq->entries, 256);
        assert_int_equal(sq->cqid, id);
        assert_int_equal(cq->vector, id % 4);
        assert_true(cq->interrupts);
        assert_int_equal(bench->mock->sq[id].base, sq->memory.iova);
        assert_int_equal(bench->mock->cq[id].base, cq->memory.iova);
        assert_int_equal(bench->mock->cq[id].entries, 256);
    }
    assert_int_equal(lone_controller_next_sq(bench->controller, 5), 5);
    assert_int_equal(lone_controller_next_sq(bench->controller, 6), -1);
    bench->mock->namespaces = 2500; /* three lists */
    init(bench, 1, 1024);
    namespaces = lone_controller_namespaces(bench->controller, &n);
    assert_int_equal(n, 2500);
    assert_int_equal(namespaces[2499].nsid, 2500);
    assert_null(lone_controller_sq(bench->controller, 2));
    bench->mock->namespaces = 1024; /* exactly one, and an empty one */
    init(bench, 0, 0);
    lone_controller_namespaces(bench->controller, &n);
    assert_int_equal(n, 1024);
}

static void test_init_fails(void **state)
{
    struct bench *bench = *state;
    struct lone_action_options options = {.queues = 9};

    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ENOSPC);
    assert_non_null(strstr(bench->error.text, "init queues=8"));
    options = (struct lone_action_options){.queues = 1, .entries = 1025};
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ERANGE);
    options = (struct lone_action_options){.queues = 1, .timeout_ns = 20000000};
    bench->mock->status = 0x102;
    bench->mock->status_of = 0x05;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -EIO);
    assert_true(bench->error.has_status);
    assert_int_equal(bench->error.status, 0x102);
    assert_non_null(strstr(bench->error.text, "0x102 Invalid Queue Size"));
    assert_null(lone_controller_cq(bench->controller, 1));
    bench->mock->status = 0;
    bench->mock->silent = true;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ETIMEDOUT);
    assert_int_equal(lone_controller_outstanding(bench->controller), 1);
    bench->mock->silent = false;
    init(bench, 1, 2);
}

/* The Create completes after `init` has given up: the queue is there all the same. */
static void test_init_late_queue(void **state)
{
    struct bench *bench = *state;
    const struct lone_action_options options = {.queues = 1, .timeout_ns = 10000000};
    unsigned last;

    bench->mock->hold = 0x05;
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ETIMEDOUT);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->state, LONE_QUEUE_CREATING);
    last = (bench->mock->n_taken - 1) % MOCK_TAKEN;
    mock_execute(bench->mock, bench->mock->taken[last]);
    mock_complete(bench->mock, last, 0, 0);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_int_equal(lone_controller_cq(bench->controller, 1)->state, LONE_QUEUE_LIVE);
    /* and one that is refused late is gone */
    assert_int_equal(lone_controller_do(bench->controller, LONE_ACTION_INIT, &options, &bench->error), -ETIMEDOUT);
    mock_complete(bench->mock, (bench->mock->n_taken - 1) % MOCK_TAKEN, 0, 0x102);
    assert_int_equal(lone_controller_poll(bench->controller), 1);
    assert_null(lone_controller_cq(bench->controller, 1));
    assert_int_equal(lone_controller_outstanding(bench->controller), 0);
    assert_int_equal(lone_controller_kept(bench->controller), 0);
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

/* --- Against the simulator --------------------------------------------------------------------------------- */

struct sim {
    struct lone_controller *controller;
    struct lone_error error;
};

static int sim_set_up(void **state)
{
    struct sim *sim = calloc(1, sizeof(*sim));
    struct lone_device *device;

    assert_int_equal(lone_nvsim_open(&device, &sim->error), 0);
    assert_int_equal(lone_controller_open(&sim->controller, device, &sim->error), 0);
    *state = sim;
    return 0;
}

static int sim_tear_down(void **state)
{
    struct sim *sim = *state;

    lone_controller_close(sim->controller);
    free(sim);
    return 0;
}

static void sim_do(struct sim *sim, enum lone_action action, const struct lone_action_options *options)
{
    int result = lone_controller_do(sim->controller, action, options, &sim->error);

    if (result)
        print_error("%s\n", sim->error.text);
    assert_int_equal(result, 0);
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
    int result = lone_cmd_sync(cmd, 5000000000, &sim->error);

    if (result)
        print_error("%s\n", sim->error.text);
    assert_int_equal(result, 0);
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

#define MOCK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SIM_TEST(name)  cmocka_unit_test_setup_teardown(name, sim_set_up, sim_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(test_open),
        MOCK_TEST(test_admin_registers),
        MOCK_TEST(test_admin_refused),
        MOCK_TEST(test_enable_widths),
        MOCK_TEST(test_enable_again),
        MOCK_TEST(test_foreign_admin_queue),
        MOCK_TEST(test_waits),
        MOCK_TEST(test_action_steps),
        MOCK_TEST(test_action_superseded),
        MOCK_TEST(test_reset_not_superseded),
        MOCK_TEST(test_function_resets),
        MOCK_TEST(test_reset_abandoned),
        MOCK_TEST(test_all_ones),
        MOCK_TEST(test_reset_behind_our_back),
        MOCK_TEST(test_doorbells),
        MOCK_TEST(test_strays),
        MOCK_TEST(test_endless_completions),
        MOCK_TEST(test_duplicate_cids),
        MOCK_TEST(test_raw_wrong_cids),
        MOCK_TEST(test_full_queue),
        MOCK_TEST(test_doorbell_fails),
        MOCK_TEST(test_pointers),
        MOCK_TEST(test_page_size_by_hand),
        MOCK_TEST(test_data_size),
        MOCK_TEST(test_data_beyond_everything),
        MOCK_TEST(test_late_completion),
        MOCK_TEST(test_free_outstanding),
        MOCK_TEST(test_lost_memory),
        MOCK_TEST(test_resubmit_lost),
        MOCK_TEST(test_resubmit_smaller),
        MOCK_TEST(test_borrowed),
        MOCK_TEST(test_borrowed_again),
        MOCK_TEST(test_retired_region),
        MOCK_TEST(test_retired_in_use),
        MOCK_TEST(test_list_in_region),
        MOCK_TEST(test_list_of_lost),
        MOCK_TEST(test_stale_list),
        MOCK_TEST(test_host_memory),
        MOCK_TEST(test_host_memory_not_sent),
        MOCK_TEST(test_host_memory_lost),
        MOCK_TEST(test_named_by_others),
        MOCK_TEST(test_queue_memory),
        MOCK_TEST(test_admin_memory_outlives_adoption),
        MOCK_TEST(test_admin_memory_by_hand),
        MOCK_TEST(test_lent_memory),
        MOCK_TEST(test_lent_memory_outlives_reset),
        MOCK_TEST(test_admin_fails_halfway),
        MOCK_TEST(test_delete_queue),
        MOCK_TEST(test_done),
        MOCK_TEST(test_done_polls),
        MOCK_TEST(test_delete_completes_twice),
        MOCK_TEST(test_close_with_commands),
        MOCK_TEST(test_init),
        MOCK_TEST(test_init_fails),
        MOCK_TEST(test_init_late_queue),
        MOCK_TEST(test_wrap_around),
        SIM_TEST(test_sim_session),
        SIM_TEST(test_sim_asynchronous),
        SIM_TEST(test_sim_queue_sizes),
        SIM_TEST(test_sim_init),
        SIM_TEST(test_sim_resets_under_load),
    };

    return cmocka_run_group_tests_name("controller", tests, NULL, NULL);
}
