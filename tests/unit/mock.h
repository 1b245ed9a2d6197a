/* SPDX-License-Identifier: MIT */
/* A controller for tests of the driver: it works at once, within the access that asks it to, and does wrong what a test
 * tells it. And what such a test starts from: a bench with one of them, opened by the driver. */
#ifndef LONE_TESTS_MOCK_H
#define LONE_TESTS_MOCK_H

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bytes.h"
#include "nvme/controller.h"

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
    enum lone_interrupts interrupts; /* what was switched on last, with how many vectors, and the first eventfd */
    unsigned n_vectors, n_unmasks;
    int eventfd;
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
    uint32_t granted;  /* I/O queue pairs, 0's based */
    bool asserted;     /* its INTx line, which nothing takes down */
    sem_t *reset_held; /* a reset takes until this is posted; NULL: no time */
    bool *closed;
};

/* What is mapped at an address, or NULL, which is a fault. */
uint8_t *mock_reach(struct mock *mock, uint64_t iova, uint64_t size);
void mock_function_reset(struct mock *mock);

/* Posts a completion to @cqid, whatever it says. */
void mock_post(struct mock *mock, unsigned cqid, uint32_t dw0, unsigned sqhd, unsigned sqid, unsigned cid,
               unsigned status);
/* Completes a command that was taken. */
void mock_complete(struct mock *mock, unsigned taken, uint32_t dw0, unsigned status);
/* What an admin command brings about; Dword 0 of its completion. */
uint32_t mock_execute(struct mock *mock, const uint8_t *sqe);

struct bench {
    struct mock *mock;
    struct lone_controller *controller;
    struct lone_error error;
    bool closed;
};

/* MQES 1023, TO 0 (so that waits end after a second), NSSRS, CSS NVM, MPSMIN 4 KiB, MPSMAX 64 KiB. */
#define MOCK_CAP (1023ull | 1ull << 36 | 1ull << 37 | 4ull << 52)

#define MOCK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int set_up(void **state);
int tear_down(void **state);

void admin(struct bench *bench);
void act(struct bench *bench, enum lone_action action);
void enable(struct bench *bench);
void init(struct bench *bench, unsigned queues, uint32_t entries);
/* An Identify Controller with its buffer, not submitted. */
struct lone_cmd *identify(struct bench *bench);
/* Identify of namespace 1 (CNS @cns) has completed and returned the 4096 bytes of @data; it is held from then on. */
void identified(struct bench *bench, uint8_t cns, const uint8_t *data);
/* A command of opcode 7Fh, submitted. */
struct lone_cmd *submitted(struct bench *bench, uint16_t sqid);
const struct mock_write *last_write(const struct bench *bench);
enum lone_queue_state admin_state(const struct bench *bench);
/* A write to BAR 0, as by hand. */
void raw(struct bench *bench, uint64_t offset, unsigned width, uint64_t value);
void read_csts(struct bench *bench);

#endif
