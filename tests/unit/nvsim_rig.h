/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the simulator share: a device with memory mapped, registers, queues and commands through the device
 * interface only. Entries are encoded by hand from the specification. A function that cannot do what it says fails the
 * test.
 */
#ifndef LONE_TESTS_NVSIM_RIG_H
#define LONE_TESTS_NVSIM_RIG_H

#include <nvme/types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "nvsim/nvsim.h"

#define MEMORY  0x200000u
#define BASE    0x10000000u /* the memory's IOVA */
#define ASQ     0x00000u    /* offsets in the memory */
#define ACQ     0x10000u
#define IOQ     0x20000u /* 64 KiB each from here: SQ 1, CQ 1, SQ 2, CQ 2 … */
#define DATA    0x100000u
#define CSPEC   0x100 /* status code type: command specific */
#define CC_IO   0x460000u
#define SECONDS 30 /* what has not come by then hangs: emulated, instrumented and busy machines are slow */
#define VECTORS 16

struct queue {
    uint16_t qid;
    uint32_t sq_offset, cq_offset, sq_size, cq_size, tail, head;
    bool phase;
};

struct rig {
    struct lone_device *device;
    uint8_t *memory;
    struct queue admin;
    uint16_t cid;
    int fds[VECTORS];
};

struct sqe {
    uint32_t dw[16];
};

uint64_t bar_read(struct rig *rig, uint64_t offset, unsigned width);
void bar_write(struct rig *rig, uint64_t offset, unsigned width, uint64_t value);
uint32_t r32(struct rig *rig, uint64_t offset);
void w32(struct rig *rig, uint64_t offset, uint32_t value);
uint32_t config_read(struct rig *rig, unsigned offset, unsigned width);
void config_write(struct rig *rig, unsigned offset, unsigned width, uint32_t value);
unsigned capability(struct rig *rig, uint8_t id);
void map(struct rig *rig, uint64_t offset, uint64_t size);
void unmap(struct rig *rig, uint64_t offset, uint64_t size);
double now(clockid_t clock);
void pause_ms(unsigned ms);
bool late(double start);
void wait_reg(struct rig *rig, uint64_t offset, uint32_t mask, uint32_t value);
void wait_csts(struct rig *rig, uint32_t mask, uint32_t value);
uint64_t signals(struct rig *rig, unsigned vector, bool wanted);
void queue_reset(struct rig *rig, struct queue *queue);
void place(struct rig *rig, struct queue *queue, const struct sqe *sqe);
void ring_sq(struct rig *rig, const struct queue *queue, uint32_t value);
void ring_cq(struct rig *rig, const struct queue *queue, uint32_t value);
bool take(struct rig *rig, struct queue *queue, uint32_t cqe[4]);
void await(struct rig *rig, struct queue *queue, uint32_t cqe[4]);
uint16_t status_of(const uint32_t cqe[4]);
uint16_t run(struct rig *rig, struct queue *queue, struct sqe sqe, uint32_t *result);
uint16_t admin(struct rig *rig, struct sqe sqe);
struct sqe identify(uint8_t cns, uint32_t nsid, uint64_t prp1, uint64_t prp2);
uint16_t identify_to(struct rig *rig, uint8_t cns, uint32_t nsid, void *data);
void set_admin(struct rig *rig, uint32_t sq_size, uint32_t cq_size);
void enable(struct rig *rig);
void disable(struct rig *rig);
void start(struct rig *rig);
struct sqe create_cq(uint16_t qid, uint32_t last, uint64_t prp, uint32_t dw11);
struct sqe create_sq(uint16_t qid, uint32_t last, uint64_t prp, uint32_t dw11);
struct sqe delete (uint8_t opcode, uint16_t qid);
uint16_t flush(struct rig *rig, struct queue *queue, uint32_t nsid);
struct queue pair(struct rig *rig, uint16_t qid, uint32_t size, uint16_t vector);
/* Set and Get Features with the data, if any, at DATA; @sel: Select. Get Log Page of @size bytes from @offset to DATA;
 * @rae: Retain Asynchronous Event. All return the status. */
uint16_t set_feature(struct rig *rig, uint8_t fid, uint32_t nsid, uint32_t dw11, bool save);
uint16_t get_feature(struct rig *rig, uint8_t fid, uint32_t nsid, uint32_t dw11, unsigned sel, uint32_t *result);
uint16_t get_log(struct rig *rig, uint8_t lid, uint32_t nsid, uint64_t offset, uint32_t size, bool rae);
/* The memory at DATA: read, and written. */
void data_read(struct rig *rig, void *to, size_t size);
void data_write(struct rig *rig, const void *from, size_t size);
int setup(void **state);
int setup_running(void **state);
int teardown(void **state);

#define RUNNING(test) cmocka_unit_test_setup_teardown(test, setup_running, teardown)
#define OPENED(test)  cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
