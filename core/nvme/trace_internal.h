/* SPDX-License-Identifier: MIT */
/* The ring of the trace, and the hooks that fill it: a branch on a pointer each while it is off. */
#ifndef LONE_NVME_TRACE_INTERNAL_H
#define LONE_NVME_TRACE_INTERNAL_H

#include "nvme/trace.h"

struct lone_trace {
    struct lone_trace_event *on;     /* `events` while it records, else NULL */
    struct lone_trace_event *events; /* number n is at n % size; NULL: never enabled */
    uint32_t size;
    bool reads;
    uint64_t begun, next; /* numbers of the first event since it was enabled, and of the one to come */
    uint64_t kept_from;   /* the first that the ring can have: `begun`, or what a smaller ring had to begin with */
    int64_t wall_offset;
    struct lone_trace_event last; /* the last write to BAR 0, on or off: kind, offset, width, value */
};

void lone_trace_init(struct lone_trace *trace);
void lone_trace_free(struct lone_trace *trace);

/* Makes a doorbell event of a write to BAR 0 where the doorbells are. */
void lone_trace_recognize(const struct lone_controller *controller, struct lone_trace_event *event);
/* The register or doorbell of an access: "CC", "ASQ+4", "SQ0TDBL", "PXCAP.PXDC"; "" when no table has it. */
void lone_trace_name(const struct lone_controller *controller, const struct lone_trace_event *event, char *name,
                     size_t size);

/* The slow side of the hooks. */
void lone_trace_add_entry(struct lone_trace *trace, enum lone_trace_kind kind, uint16_t queue, uint32_t slot,
                          const uint8_t *bytes, size_t size);
void lone_trace_add_access(struct lone_trace *trace, enum lone_trace_kind kind, unsigned bar, uint64_t offset,
                           unsigned width, uint64_t value);
void lone_trace_add_queue(struct lone_trace *trace, enum lone_trace_kind kind, bool completion_queue, uint16_t id,
                          uint64_t value);
void lone_trace_add_reset(struct lone_trace *trace, enum lone_trace_reset reset, uint64_t generation);

static inline bool lone_tracing(const struct lone_trace *trace)
{
    return __builtin_expect(trace->on != NULL, 0);
}

static inline void lone_trace_submission(struct lone_trace *trace, uint16_t sqid, uint32_t slot, const uint8_t *sqe)
{
    if (lone_tracing(trace))
        lone_trace_add_entry(trace, LONE_TRACE_SUBMISSION, sqid, slot, sqe, LONE_SQE_SIZE);
}

static inline void lone_trace_completion(struct lone_trace *trace, uint16_t cqid, uint32_t slot, const uint8_t *cqe)
{
    if (lone_tracing(trace))
        lone_trace_add_entry(trace, LONE_TRACE_COMPLETION, cqid, slot, cqe, LONE_CQE_SIZE);
}

/* Doorbells too. Before the access, so that what it brings about comes after it. */
static inline void lone_trace_write(struct lone_trace *trace, unsigned bar, uint64_t offset, unsigned width,
                                    uint64_t value)
{
    if (!bar) {
        trace->last.offset = offset;
        trace->last.value = value;
        trace->last.width = (uint8_t)width;
    }
    if (lone_tracing(trace))
        lone_trace_add_access(trace, LONE_TRACE_BAR_WRITE, bar, offset, width, value);
}

static inline void lone_trace_read(struct lone_trace *trace, unsigned bar, uint64_t offset, unsigned width,
                                   uint64_t value)
{
    if (lone_tracing(trace) && trace->reads)
        lone_trace_add_access(trace, LONE_TRACE_BAR_READ, bar, offset, width, value);
}

static inline void lone_trace_config_write(struct lone_trace *trace, uint16_t offset, unsigned width, uint32_t value)
{
    if (lone_tracing(trace))
        lone_trace_add_access(trace, LONE_TRACE_CONFIG_WRITE, 0, offset, width, value);
}

static inline void lone_trace_interrupt(struct lone_trace *trace, unsigned vector, uint64_t count)
{
    if (lone_tracing(trace))
        lone_trace_add_queue(trace, LONE_TRACE_INTERRUPT, false, (uint16_t)vector, count);
}

static inline void lone_trace_reset(struct lone_trace *trace, enum lone_trace_reset reset, uint64_t generation)
{
    if (lone_tracing(trace))
        lone_trace_add_reset(trace, reset, generation);
}

/* @kind: LONE_TRACE_QUEUE_CREATED or _DELETED. */
static inline void lone_trace_queue(struct lone_trace *trace, enum lone_trace_kind kind, bool completion_queue,
                                    uint16_t id, uint32_t entries)
{
    if (lone_tracing(trace))
        lone_trace_add_queue(trace, kind, completion_queue, id, entries);
}

#endif
