/* SPDX-License-Identifier: MIT */
/*
 * The trace: what went to a controller and what came back, in order and with times, in a ring of fixed size in memory.
 *
 * Off (the state after lone_controller_open()) it costs one predictable branch where something could be recorded; on,
 * a clock reading and a copy, no system call, no allocation, no formatting. It records on the thread that owns the
 * controller, and all functions here are that thread's.
 *
 * Recorded is what goes through the driver: entries and doorbells that it writes, registers, BARs and configuration
 * space written by scripts, completions that it consumes, interrupts, resets. Not recorded: what a script writes into
 * queue memory by hand, accesses to memory in a BAR that a buffer has, what the kernel does to the function.
 */
#ifndef LONE_NVME_TRACE_H
#define LONE_NVME_TRACE_H

#include "controller.h"

#ifdef __cplusplus
extern "C" {
#endif

enum lone_trace_kind {
    LONE_TRACE_SUBMISSION,    /* an entry was placed: `queue`, `slot`, `bytes` (64); its doorbell may come later */
    LONE_TRACE_DOORBELL,      /* `queue`, `completion_queue`, `offset` in BAR 0, `value`; the driver's and scripts' */
    LONE_TRACE_COMPLETION,    /* one was consumed: `queue`, `slot`, `bytes` (16) */
    LONE_TRACE_BAR_WRITE,     /* `bar`, `offset`, `width`, `value`: registers are in BAR 0 */
    LONE_TRACE_BAR_READ,      /* likewise; only with lone_trace_reads() */
    LONE_TRACE_CONFIG_WRITE,  /* configuration space: `offset`, `width`, `value` */
    LONE_TRACE_INTERRUPT,     /* `queue`: the vector; `value`: how often it was signalled since the last time */
    LONE_TRACE_RESET,         /* `reset`; `value`: the generation that begins with it */
    LONE_TRACE_QUEUE_CREATED, /* `queue`, `completion_queue`, `value`: entries. It is live from now on */
    LONE_TRACE_QUEUE_DELETED, /* `queue`, `completion_queue`: by a command. What a reset ends is not listed */
};

/* What made the controller forget its queues. */
enum lone_trace_reset {
    LONE_TRACE_RESET_DISABLE,   /* CC.EN 1 to 0 */
    LONE_TRACE_RESET_FUNCTION,  /* FLR, hot reset, D3hot to D0 */
    LONE_TRACE_RESET_SUBSYSTEM, /* NSSR */
    LONE_TRACE_RESET_UNSEEN,    /* not through the driver: CC was read with EN=0 */
};

struct lone_trace_event {
    uint64_t time_ns; /* CLOCK_MONOTONIC */
    uint8_t kind;     /* enum lone_trace_kind; what the others mean depends on it */
    uint8_t bar, width, reset;
    bool completion_queue; /* `queue` is a completion queue's id */
    uint16_t queue;
    uint32_t slot;
    uint64_t offset, value;
    uint8_t bytes[LONE_SQE_SIZE];
};

/* How many events the ring holds from now on: 1 to LONE_TRACE_MAX; the newest that fit are kept. 16384 at first.
 * -ERANGE, -ENOMEM (nothing has changed then). */
int lone_trace_resize(struct lone_controller *controller, uint32_t size, struct lone_error *error);
uint32_t lone_trace_size(const struct lone_controller *controller);
#define LONE_TRACE_MAX (4u << 20)

/* On, from off: an empty ring is begun, allocated now. Off: recording ends, what was recorded stays until it is begun
 * anew. -ENOMEM. */
int lone_trace_enable(struct lone_controller *controller, bool on, struct lone_error *error);
bool lone_trace_enabled(const struct lone_controller *controller);

/* Are reads of BARs recorded too? Off at first. */
void lone_trace_reads(struct lone_controller *controller, bool on);
bool lone_trace_has_reads(const struct lone_controller *controller);

/* Events have numbers, which count on from 0 however often it is enabled. The number that the next one gets: */
uint64_t lone_trace_next(const struct lone_controller *controller);
/* The oldest that the ring has, or lone_trace_next() when it has none. */
uint64_t lone_trace_oldest(const struct lone_controller *controller);
/* How many were overwritten since the ring was begun. */
uint64_t lone_trace_overwritten(const struct lone_controller *controller);

/* Copies the event with number *@cursor, or the oldest that is left, to *@event and moves *@cursor behind it; *@missed:
 * how many between *@cursor and it are gone. False: there is none yet, and nothing has changed. */
bool lone_trace_take(const struct lone_controller *controller, uint64_t *cursor, struct lone_trace_event *event,
                     uint64_t *missed);

/* Added to a time of an event it gives CLOCK_REALTIME, as both clocks stood when the ring was begun. */
int64_t lone_trace_wall_offset(const struct lone_controller *controller);

/* Adds a line for people: seconds, kind, what it was by the tables' names, behind a `|` the bytes or the place. Fields
 * that are 0 are left out, but for those that a command has of its own. */
void lone_trace_text(const struct lone_controller *controller, const struct lone_trace_event *event,
                     struct lone_text *text);

/* The same for programs, with all fields; the caller drops it with json_object_put(). NULL: no memory. */
struct json_object *lone_trace_json(const struct lone_controller *controller, const struct lone_trace_event *event);

#ifdef __cplusplus
}
#endif

#endif
