/* SPDX-License-Identifier: MIT */
#include "nvsim_rig.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- the device ---- */

uint64_t bar_read(struct rig *rig, uint64_t offset, unsigned width)
{
    struct lone_error error = {0};
    uint64_t value = 0;

    if (lone_device_bar_read(rig->device, 0, offset, width, &value, &error))
        fail_msg("%s", error.text);
    return value;
}

void bar_write(struct rig *rig, uint64_t offset, unsigned width, uint64_t value)
{
    struct lone_error error = {0};

    if (lone_device_bar_write(rig->device, 0, offset, width, value, &error))
        fail_msg("%s", error.text);
}

uint32_t r32(struct rig *rig, uint64_t offset)
{
    return (uint32_t)bar_read(rig, offset, 4);
}

void w32(struct rig *rig, uint64_t offset, uint32_t value)
{
    bar_write(rig, offset, 4, value);
}

uint32_t config_read(struct rig *rig, unsigned offset, unsigned width)
{
    uint32_t value = 0;

    assert_int_equal(lone_device_config_read(rig->device, (uint16_t)offset, width, &value, NULL), 0);
    return value;
}

void config_write(struct rig *rig, unsigned offset, unsigned width, uint32_t value)
{
    assert_int_equal(lone_device_config_write(rig->device, (uint16_t)offset, width, value, NULL), 0);
}

/* The offset of a capability, found by walking as the PCI specification says. */
unsigned capability(struct rig *rig, uint8_t id)
{
    unsigned at = config_read(rig, 0x34, 1);

    for (int i = 0; at && i < 48; i++, at = config_read(rig, at + 1, 1))
        if (config_read(rig, at, 1) == id)
            return at;
    fail_msg("no capability 0x%x", id);
    return 0;
}

void map(struct rig *rig, uint64_t offset, uint64_t size)
{
    struct lone_error error = {0};

    if (lone_device_dma_map(rig->device, rig->memory + offset, BASE + offset, size, LONE_DMA_READ | LONE_DMA_WRITE,
                            &error))
        fail_msg("%s", error.text);
}

void unmap(struct rig *rig, uint64_t offset, uint64_t size)
{
    assert_int_equal(lone_device_dma_unmap(rig->device, BASE + offset, size, NULL), 0);
}

/* ---- time ---- */

double now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

bool late(double start)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    return now(CLOCK_MONOTONIC) - start > SECONDS;
}

void wait_reg(struct rig *rig, uint64_t offset, uint32_t mask, uint32_t value)
{
    double start = now(CLOCK_MONOTONIC);

    while ((r32(rig, offset) & mask) != value)
        if (late(start))
            fail_msg("register 0x%" PRIx64 " is 0x%x, wanted 0x%x of 0x%x", offset, r32(rig, offset), value, mask);
}

void wait_csts(struct rig *rig, uint32_t mask, uint32_t value)
{
    wait_reg(rig, NVME_REG_CSTS, mask, value);
}

/* How often the eventfd has been signalled; waits for the first when @wanted. */
uint64_t signals(struct rig *rig, unsigned vector, bool wanted)
{
    double start = now(CLOCK_MONOTONIC);
    uint64_t count = 0;

    while (read(rig->fds[vector], &count, sizeof(count)) != sizeof(count)) {
        if (!wanted)
            return 0;
        if (late(start))
            fail_msg("vector %u was not signalled", vector);
    }
    return count;
}

/* ---- queues ---- */

void queue_reset(struct rig *rig, struct queue *queue)
{
    static const uint8_t zeros[4096 * 64];

    queue->tail = queue->head = 0;
    queue->phase = true;
    lone_dma_store(rig->memory + queue->cq_offset, zeros, queue->cq_size * 16);
}

void place(struct rig *rig, struct queue *queue, const struct sqe *sqe)
{
    lone_dma_store(rig->memory + queue->sq_offset + queue->tail * 64, sqe, 64);
    queue->tail = (queue->tail + 1) % queue->sq_size;
}

void ring_sq(struct rig *rig, const struct queue *queue, uint32_t value)
{
    w32(rig, 0x1000 + 8u * queue->qid, value);
}

void ring_cq(struct rig *rig, const struct queue *queue, uint32_t value)
{
    w32(rig, 0x1004 + 8u * queue->qid, value);
}

bool take(struct rig *rig, struct queue *queue, uint32_t cqe[4])
{
    uint8_t *entry = rig->memory + queue->cq_offset + queue->head * 16;
    uint32_t last = __atomic_load_n((uint32_t *)(void *)(entry + 12), __ATOMIC_ACQUIRE);

    if ((last >> 16 & 1) != queue->phase)
        return false;
    lone_dma_load(cqe, entry, 16);
    if (++queue->head == queue->cq_size) {
        queue->head = 0;
        queue->phase = !queue->phase;
    }
    return true;
}

void await(struct rig *rig, struct queue *queue, uint32_t cqe[4])
{
    double start = now(CLOCK_MONOTONIC);

    while (!take(rig, queue, cqe))
        if (late(start))
            fail_msg("no completion in queue %u, CSTS is 0x%x", queue->qid, r32(rig, NVME_REG_CSTS));
}

uint16_t status_of(const uint32_t cqe[4])
{
    return cqe[3] >> 17 & 0x7ff;
}

/* Do Not Retry says that the same command is expected to fail when it is sent again (NVMe Base 2.1, 4.2.3). */
static bool fails_again(uint16_t status)
{
    return status && status != NVME_SC_DATA_XFER_ERROR &&
           status != (NVME_SCT_CMD_SPECIFIC << 8 | NVME_SC_SELF_TEST_IN_PROGRESS);
}

/* Submits one command and waits for it; checks what must hold in every completion. */
uint16_t run(struct rig *rig, struct queue *queue, struct sqe sqe, uint32_t *result)
{
    uint32_t cqe[4];
    uint16_t cid = rig->cid++;

    sqe.dw[0] = (sqe.dw[0] & 0xffff) | (uint32_t)cid << 16;
    place(rig, queue, &sqe);
    ring_sq(rig, queue, queue->tail);
    await(rig, queue, cqe);
    ring_cq(rig, queue, queue->head);
    assert_int_equal(cqe[3] & 0xffff, cid);
    assert_int_equal(cqe[2] & 0xffff, queue->tail);
    assert_int_equal(cqe[2] >> 16, queue->qid);
    assert_int_equal(cqe[3] >> 31, fails_again(status_of(cqe)));
    if (result)
        *result = cqe[0];
    return status_of(cqe);
}

uint16_t admin(struct rig *rig, struct sqe sqe)
{
    return run(rig, &rig->admin, sqe, NULL);
}

struct sqe identify(uint8_t cns, uint32_t nsid, uint64_t prp1, uint64_t prp2)
{
    return (struct sqe){{[0] = 0x06,
                         [1] = nsid,
                         [6] = (uint32_t)prp1,
                         [7] = (uint32_t)(prp1 >> 32),
                         [8] = (uint32_t)prp2,
                         [9] = (uint32_t)(prp2 >> 32),
                         [10] = cns}};
}

uint16_t identify_to(struct rig *rig, uint8_t cns, uint32_t nsid, void *data)
{
    uint8_t noise[4096];
    uint16_t status;

    memset(noise, 0xa5, sizeof(noise));
    lone_dma_store(rig->memory + DATA, noise, sizeof(noise));
    status = admin(rig, identify(cns, nsid, BASE + DATA, 0));
    lone_dma_load(data, rig->memory + DATA, 4096);
    return status;
}

void set_admin(struct rig *rig, uint32_t sq_size, uint32_t cq_size)
{
    rig->admin = (struct queue){.sq_offset = ASQ, .cq_offset = ACQ, .sq_size = sq_size, .cq_size = cq_size};
    queue_reset(rig, &rig->admin);
    w32(rig, NVME_REG_AQA, (sq_size - 1) | (cq_size - 1) << 16);
    bar_write(rig, NVME_REG_ASQ, 8, BASE + ASQ);
    bar_write(rig, NVME_REG_ACQ, 8, BASE + ACQ);
}

void enable(struct rig *rig)
{
    queue_reset(rig, &rig->admin);
    w32(rig, NVME_REG_CC, CC_IO | 1);
    wait_csts(rig, 1, 1);
    assert_int_equal(r32(rig, NVME_REG_CSTS), 1);
}

void disable(struct rig *rig)
{
    w32(rig, NVME_REG_CC, CC_IO);
    wait_csts(rig, 0xf, 0);
}

void start(struct rig *rig)
{
    config_write(rig, 4, 2, 0x406);
    set_admin(rig, 16, 16);
    enable(rig);
}

struct sqe create_cq(uint16_t qid, uint32_t last, uint64_t prp, uint32_t dw11)
{
    return (struct sqe){
        {[0] = 0x05, [6] = (uint32_t)prp, [7] = (uint32_t)(prp >> 32), [10] = qid | last << 16, [11] = dw11}};
}

struct sqe create_sq(uint16_t qid, uint32_t last, uint64_t prp, uint32_t dw11)
{
    struct sqe sqe = create_cq(qid, last, prp, dw11);

    sqe.dw[0] = 0x01;
    return sqe;
}

struct sqe delete (uint8_t opcode, uint16_t qid)
{
    return (struct sqe){{[0] = opcode, [10] = qid}};
}

uint16_t flush(struct rig *rig, struct queue *queue, uint32_t nsid)
{
    return run(rig, queue, (struct sqe){{[0] = 0x00, [1] = nsid}}, NULL);
}

struct queue pair(struct rig *rig, uint16_t qid, uint32_t size, uint16_t vector)
{
    struct queue queue = {.qid = qid, .sq_offset = IOQ + 0x20000u * (qid - 1u), .sq_size = size, .cq_size = size};

    queue.cq_offset = queue.sq_offset + 0x10000;
    queue_reset(rig, &queue);
    assert_int_equal(admin(rig, create_cq(qid, size - 1, BASE + queue.cq_offset, 3u | (uint32_t)vector << 16)), 0);
    assert_int_equal(admin(rig, create_sq(qid, size - 1, BASE + queue.sq_offset, 1u | (uint32_t)qid << 16)), 0);
    return queue;
}

/* ---- features and log pages ---- */

static struct sqe with_data(uint8_t opcode, uint32_t nsid)
{
    return (struct sqe){{[0] = opcode, [1] = nsid, [6] = BASE + DATA, [8] = BASE + DATA + 0x1000}};
}

uint16_t set_feature(struct rig *rig, uint8_t fid, uint32_t nsid, uint32_t dw11, bool save)
{
    struct sqe sqe = with_data(nvme_admin_set_features, nsid);

    sqe.dw[10] = fid | (uint32_t)save << 31;
    sqe.dw[11] = dw11;
    return admin(rig, sqe);
}

uint16_t get_feature(struct rig *rig, uint8_t fid, uint32_t nsid, uint32_t dw11, unsigned sel, uint32_t *result)
{
    struct sqe sqe = with_data(nvme_admin_get_features, nsid);

    sqe.dw[10] = fid | sel << 8;
    sqe.dw[11] = dw11;
    return run(rig, &rig->admin, sqe, result);
}

uint16_t get_log(struct rig *rig, uint8_t lid, uint32_t nsid, uint64_t offset, uint32_t size, bool rae)
{
    struct sqe sqe = with_data(nvme_admin_get_log_page, nsid);
    uint32_t numd = size / 4 - 1;

    sqe.dw[10] = lid | (uint32_t)rae << 15 | numd << 16;
    sqe.dw[11] = numd >> 16;
    sqe.dw[12] = (uint32_t)offset;
    sqe.dw[13] = (uint32_t)(offset >> 32);
    return admin(rig, sqe);
}

void data_read(struct rig *rig, void *to, size_t size)
{
    lone_dma_load(to, rig->memory + DATA, size);
}

void data_write(struct rig *rig, const void *from, size_t size)
{
    lone_dma_store(rig->memory + DATA, from, size);
}

/* ---- fixture ---- */

int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));

    assert_non_null(rig);
    rig->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(rig->memory != MAP_FAILED);
    for (unsigned i = 0; i < VECTORS; i++)
        rig->fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_int_equal(lone_nvsim_open(&rig->device, NULL), 0);
    *state = rig;
    return 0;
}

/* With memory mapped, bus mastering on and the controller enabled. */
int setup_running(void **state)
{
    setup(state);
    map(*state, 0, MEMORY);
    start(*state);
    return 0;
}

int teardown(void **state)
{
    struct rig *rig = *state;

    lone_device_close(rig->device);
    for (unsigned i = 0; i < VECTORS; i++)
        close(rig->fds[i]);
    munmap(rig->memory, MEMORY);
    free(rig);
    return 0;
}
