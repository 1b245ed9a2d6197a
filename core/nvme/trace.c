/* SPDX-License-Identifier: MIT */
/* The ring of the trace. */
#include "nvme/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "nvme/controller_internal.h"

#define DEFAULT_SIZE 16384u

void lone_trace_init(struct lone_trace *trace)
{
    trace->size = DEFAULT_SIZE;
    trace->last.kind = LONE_TRACE_BAR_WRITE;
}

void lone_trace_free(struct lone_trace *trace)
{
    free(trace->events);
    trace->on = trace->events = NULL;
}

/* --- Recording --------------------------------------------------------------------------------------------- */

static struct lone_trace_event *add(struct lone_trace *trace, enum lone_trace_kind kind)
{
    struct lone_trace_event *event = &trace->on[trace->next++ % trace->size];

    memset(event, 0, sizeof(*event));
    event->time_ns = lone_now();
    event->kind = (uint8_t)kind;
    return event;
}

void lone_trace_add_entry(struct lone_trace *trace, enum lone_trace_kind kind, uint16_t queue, uint32_t slot,
                          const uint8_t *bytes, size_t size)
{
    struct lone_trace_event *event = add(trace, kind);

    event->queue = queue;
    event->slot = slot;
    event->completion_queue = kind == LONE_TRACE_COMPLETION;
    memcpy(event->bytes, bytes, size);
}

void lone_trace_add_access(struct lone_trace *trace, enum lone_trace_kind kind, unsigned bar, uint64_t offset,
                           unsigned width, uint64_t value)
{
    struct lone_trace_event *event = add(trace, kind);

    event->bar = (uint8_t)bar;
    event->offset = offset;
    event->width = (uint8_t)width;
    event->value = value;
}

void lone_trace_add_queue(struct lone_trace *trace, enum lone_trace_kind kind, bool completion_queue, uint16_t id,
                          uint64_t value)
{
    struct lone_trace_event *event = add(trace, kind);

    event->completion_queue = completion_queue;
    event->queue = id;
    event->value = value;
}

void lone_trace_add_reset(struct lone_trace *trace, enum lone_trace_reset reset, uint64_t generation)
{
    struct lone_trace_event *event = add(trace, LONE_TRACE_RESET);

    event->reset = (uint8_t)reset;
    event->value = generation;
}

/* --- On, off, size ----------------------------------------------------------------------------------------- */

static int64_t wall_offset(void)
{
    struct timespec wall;
    uint64_t now = lone_now();

    clock_gettime(CLOCK_REALTIME, &wall);
    return (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec - (int64_t)now;
}

static struct lone_trace_event *allocate(uint32_t size, struct lone_error *error)
{
    struct lone_trace_event *events = calloc(size, sizeof(*events));

    if (!events)
        lone_fail(error, ENOMEM, "no memory for %" PRIu32 " trace events of %zu bytes: write a smaller size", size,
                  sizeof(*events));
    return events;
}

int lone_trace_enable(struct lone_controller *controller, bool on, struct lone_error *error)
{
    struct lone_trace *trace = &controller->trace;
    struct lone_trace_event *events;

    if (!on || trace->on) {
        if (!on)
            trace->on = NULL;
        return 0;
    }
    events = allocate(trace->size, error);
    if (!events)
        return -ENOMEM;
    free(trace->events);
    trace->on = trace->events = events;
    trace->begun = trace->kept_from = trace->next;
    trace->wall_offset = wall_offset();
    return 0;
}

int lone_trace_resize(struct lone_controller *controller, uint32_t size, struct lone_error *error)
{
    struct lone_trace *trace = &controller->trace;
    struct lone_trace_event *events;
    uint64_t from = lone_trace_oldest(controller);

    if (!size || size > LONE_TRACE_MAX)
        return lone_fail(error, ERANGE, "the trace holds 1 to %u events, not %" PRIu32, LONE_TRACE_MAX, size);
    if (trace->events && size != trace->size) {
        events = allocate(size, error);
        if (!events)
            return -ENOMEM;
        if (trace->next - from > size)
            from = trace->next - size;
        for (uint64_t n = from; n < trace->next; n++)
            events[n % size] = trace->events[n % trace->size];
        free(trace->events);
        trace->on = trace->on ? events : NULL;
        trace->events = events;
        trace->kept_from = from;
    }
    trace->size = size;
    return 0;
}

bool lone_trace_enabled(const struct lone_controller *controller)
{
    return controller->trace.on != NULL;
}

uint32_t lone_trace_size(const struct lone_controller *controller)
{
    return controller->trace.size;
}

void lone_trace_reads(struct lone_controller *controller, bool on)
{
    controller->trace.reads = on;
}

bool lone_trace_has_reads(const struct lone_controller *controller)
{
    return controller->trace.reads;
}

/* --- What was recorded ------------------------------------------------------------------------------------- */

uint64_t lone_trace_next(const struct lone_controller *controller)
{
    return controller->trace.next;
}

uint64_t lone_trace_oldest(const struct lone_controller *controller)
{
    const struct lone_trace *trace = &controller->trace;

    return trace->next - trace->kept_from > trace->size ? trace->next - trace->size : trace->kept_from;
}

uint64_t lone_trace_overwritten(const struct lone_controller *controller)
{
    return lone_trace_oldest(controller) - controller->trace.begun;
}

int64_t lone_trace_wall_offset(const struct lone_controller *controller)
{
    return controller->trace.wall_offset;
}

/* A write to BAR 0 where the doorbells are: NVMe PCIe Transport 1.0, 3.1.2. */
void lone_trace_recognize(const struct lone_controller *controller, struct lone_trace_event *event)
{
    uint64_t number = (event->offset - LONE_REG_DOORBELLS) / controller->doorbell_stride;

    if (event->kind != LONE_TRACE_BAR_WRITE || event->bar || event->offset < LONE_REG_DOORBELLS || event->width != 4 ||
        (event->offset - LONE_REG_DOORBELLS) % controller->doorbell_stride || number / 2 > UINT16_MAX)
        return;
    event->kind = LONE_TRACE_DOORBELL;
    event->queue = (uint16_t)(number / 2);
    event->completion_queue = number % 2;
}

bool lone_trace_take(const struct lone_controller *controller, uint64_t *cursor, struct lone_trace_event *event,
                     uint64_t *missed)
{
    const struct lone_trace *trace = &controller->trace;
    uint64_t oldest = lone_trace_oldest(controller), at = *cursor > oldest ? *cursor : oldest;

    if (at >= trace->next)
        return false;
    *missed = at - *cursor;
    *cursor = at + 1;
    *event = trace->events[at % trace->size];
    lone_trace_recognize(controller, event);
    return true;
}
