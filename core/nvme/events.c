/* SPDX-License-Identifier: MIT */
/* Asynchronous Event Requests that the driver keeps posted. */
#include "nvme/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "nvme/controller_internal.h"
#include "spec/logs.h"

#define LEFT_FREE 8u /* entries of the admin submission queue, for what others send */

/* --- What came --------------------------------------------------------------------------------------------- */

static void record(struct lone_events *events, const struct lone_cmd *cmd)
{
    struct lone_async_event *event = &events->last[events->next++ % LONE_EVENTS_KEPT];
    struct timespec wall;

    clock_gettime(CLOCK_REALTIME, &wall);
    *event = (struct lone_async_event){
        .time_ns = cmd->completed_ns,
        .wall_ns = (uint64_t)wall.tv_sec * 1000000000u + (uint64_t)wall.tv_nsec,
        .status = lone_cmd_status(cmd),
        .dw0 = lone_get32(cmd->cqe),
        .dw1 = lone_get32(cmd->cqe + 4),
    };
}

/* Requests that are too many are refused, and there is nothing to tell about it: the number that is kept says so. */
static bool is_too_many(const struct lone_cmd *cmd)
{
    return lone_cmd_status(cmd) == LONE_SC_EVENT_LIMIT;
}

/* Completed or lost. To post it again at once could go on for ever within one poll of a controller that answers at
 * once; lone_controller_poll() does it at its end. */
static void done(struct lone_cmd *cmd)
{
    struct lone_events *events = cmd->context;

    events->posted--;
    if (cmd->state == LONE_CMD_COMPLETED) {
        events->received += !lone_cmd_status(cmd);
        if (!is_too_many(cmd))
            record(events, cmd);
        if (lone_cmd_status(cmd) && events->wanted > events->posted)
            events->wanted = events->posted;
    }
    lone_cmd_free(cmd);
}

uint64_t lone_events_received(const struct lone_controller *controller)
{
    return controller->events.received;
}

uint64_t lone_events_next(const struct lone_controller *controller)
{
    return controller->events.next;
}

bool lone_events_take(const struct lone_controller *controller, uint64_t *cursor, struct lone_async_event *event,
                      uint64_t *missed)
{
    const struct lone_events *events = &controller->events;
    uint64_t oldest = events->next > LONE_EVENTS_KEPT ? events->next - LONE_EVENTS_KEPT : 0;
    uint64_t at = *cursor > oldest ? *cursor : oldest;

    if (at >= events->next)
        return false;
    *missed = at - *cursor;
    *cursor = at + 1;
    *event = events->last[at % LONE_EVENTS_KEPT];
    return true;
}

/* --- Posting ----------------------------------------------------------------------------------------------- */

static bool has_room(const struct lone_sq *sq)
{
    uint32_t left = sq->entries / 4 < LEFT_FREE ? sq->entries / 4 : LEFT_FREE;

    return (sq->head + sq->entries - sq->tail - 1) % sq->entries > (left ? left : 1);
}

static int post_one(struct lone_controller *controller, struct lone_error *error)
{
    struct lone_cmd *cmd = lone_cmd_new(controller);
    int result;

    if (!cmd)
        return lone_fail(error, ENOMEM, "no memory for an Asynchronous Event Request");
    cmd->sqe[0] = LONE_OPC_ASYNC_EVENT_REQUEST;
    cmd->done = done;
    cmd->context = &controller->events;
    result = lone_cmd_submit(cmd, error);
    if (result)
        lone_cmd_free(cmd);
    else
        controller->events.posted++;
    return result;
}

int lone_events_post(struct lone_controller *controller, struct lone_error *error)
{
    struct lone_events *events = &controller->events;
    const struct lone_sq_private *sq = lone_sq_find(controller, 0);
    int result = 0;

    if (!events->ready || !sq || sq->sq.state != LONE_QUEUE_LIVE)
        return 0;
    while (!result && events->posted < events->wanted && has_room(&sq->sq))
        result = post_one(controller, error);
    if (result == -EAGAIN)
        return 0;
    if (result)
        events->ready = false; /* not again and again: until the next CSTS.RDY=1 */
    return result;
}

int lone_events_keep(struct lone_controller *controller, unsigned n, struct lone_error *error)
{
    struct lone_events *events = &controller->events;
    const struct lone_sq_private *sq = lone_sq_find(controller, 0);
    unsigned before = events->wanted;
    uint32_t csts;
    int result = 0;

    if (n > LONE_EVENTS_MAX)
        return lone_fail(error, ERANGE,
                         "a controller takes at most %u Asynchronous Event Requests (AERL in Identify Controller says "
                         "how many), not %u",
                         LONE_EVENTS_MAX, n);
    events->wanted = n;
    if (n > events->posted && sq && sq->sq.state == LONE_QUEUE_LIVE) {
        result = lone_controller_csts(controller, &csts, error);
        if (!result)
            result = lone_events_post(controller, error);
    }
    if (result)
        events->wanted = before;
    return result;
}

unsigned lone_events_wanted(const struct lone_controller *controller)
{
    return controller->events.wanted;
}

unsigned lone_events_posted(const struct lone_controller *controller)
{
    return controller->events.posted;
}

uint32_t lone_controller_requests(const struct lone_controller *controller)
{
    return controller->requests;
}

bool lone_controller_only_requests(const struct lone_controller *controller)
{
    return controller->outstanding == controller->requests && !controller->raw;
}

/* --- In words ---------------------------------------------------------------------------------------------- */

static void add_time(uint64_t wall_ns, struct lone_text *text)
{
    time_t seconds = (time_t)(wall_ns / 1000000000u);
    struct tm local;
    char stamp[32];

    localtime_r(&seconds, &local);
    strftime(stamp, sizeof(stamp), "%F %T", &local);
    lone_text_add(text, "%s.%06" PRIu64 " ", stamp, (uint64_t)(wall_ns % 1000000000u / 1000));
}

/* Immediate and One-Shot events have no page and are over when they are reported (5.2). */
static void add_clearing(uint32_t dw0, struct lone_text *text)
{
    unsigned lid = dw0 >> 16 & 0xff;
    const struct lone_log *log = lone_log_numbered((uint8_t)lid, -1);

    if (!lid) {
        lone_text_add(text, "; nothing to clear");
        return;
    }
    lone_text_add(text, "; log page 0x%x %s clears it: cat logs/LID=0x%x,RAE=0/raw", lid, log ? log->name : "", lid);
}

void lone_events_text(const struct lone_async_event *event, struct lone_text *text)
{
    const struct lone_event *row = lone_event_of(event->dw0);
    unsigned type = event->dw0 & 7, info = event->dw0 >> 8 & 0xff;

    add_time(event->wall_ns, text);
    if (event->status) {
        lone_text_add(text, "no event: the request ended with status 0x%03x %s\n", event->status,
                      lone_status_name(event->status));
        return;
    }
    if (row)
        lone_text_add(text, "%s: %s", row->type_name, row->name);
    else
        lone_text_add(text, "unknown event");
    lone_text_add(text, " (type 0x%x, info 0x%x", type, info);
    if (event->dw1)
        lone_text_add(text, ", DW1 0x%" PRIx32, event->dw1);
    lone_text_add(text, ")");
    add_clearing(event->dw0, text);
    lone_text_add(text, "\n");
}
