/* SPDX-License-Identifier: MIT */
/* Asynchronous events (NVMe Base 2.0, 5.2). An event waits until there is a request for it and until its type is not
 * masked; reporting one masks its type until the page that tells more has been read with RAE=0. */
#include "nvsim/nvsim_internal.h"

#include <string.h>

enum event_type { ERROR_EVENT, SMART_EVENT, NOTICE };

#define LID_SMART   0x02u
#define LID_CHANGED 0x04u

#define NAMESPACE_ATTRIBUTE_CHANGED 0x00u
#define NAN_ENABLED                 0x100u /* of Asynchronous Event Configuration */
#define SMART_ENABLED               0xffu

_Static_assert(sizeof(((struct nvsim_events *)0)->changed) == NVSIM_NAMESPACES * sizeof(uint32_t), "one for each");

static struct nvsim_command take(struct nvsim_controller *controller, unsigned i)
{
    struct nvsim_command request = controller->requests[i];

    controller->n_requests--;
    memmove(&controller->requests[i], &controller->requests[i + 1], (controller->n_requests - i) * sizeof(request));
    return request;
}

static void report(struct nvsim *sim, const struct nvsim_pending_event *event)
{
    struct nvsim_events *events = &sim->admin.events;
    struct nvsim_command request = take(&sim->controller, 0);

    events->masked |= (uint8_t)(1u << event->type);
    events->cleared_by[event->type] = event->lid;
    request.result = event->type | (uint32_t)event->info << 8 | (uint32_t)event->lid << 16;
    nvsim_complete(sim, &request, LONE_SC_SUCCESS);
}

/* Reports what can be, the oldest first. */
static void deliver(struct nvsim *sim)
{
    struct nvsim_events *events = &sim->admin.events;
    unsigned kept = 0;

    for (unsigned i = 0; i < events->n_pending; i++) {
        struct nvsim_pending_event event = events->pending[i];

        if (sim->controller.n_requests && !(events->masked >> event.type & 1))
            report(sim, &event);
        else
            events->pending[kept++] = event;
    }
    events->n_pending = kept;
}

static bool is_pending(const struct nvsim_events *events, uint8_t type, uint8_t info)
{
    for (unsigned i = 0; i < events->n_pending; i++)
        if (events->pending[i].type == type && events->pending[i].info == info)
            return true;
    return false;
}

/* A wrong doorbell is no command's error: SQID and CID are FFFFh, and the status is the nearest that there is
 * (5.16.1.2).
 */
static void log_misuse(struct nvsim *sim, uint8_t info)
{
    enum { INVALID_REGISTER = 0 };
    const struct nvsim_command nobody = {.sqid = 0xffff, .cid = 0xffff, .wrong = NVSIM_NO_FIELD};

    nvsim_error_log(sim, &nobody, info == INVALID_REGISTER ? LONE_SC_QUEUE_ID : LONE_SC_INVALID_FIELD, false);
}

/* An event that is already waiting says all that a second one would. There are fewer kinds than places. */
void nvsim_event(struct nvsim *sim, uint8_t type, uint8_t info, uint8_t lid)
{
    struct nvsim_events *events = &sim->admin.events;

    if (type == ERROR_EVENT)
        log_misuse(sim, info);
    if (sim->controller.state != NVSIM_READY || is_pending(events, type, info) || events->n_pending == NVSIM_PENDING)
        return;
    events->pending[events->n_pending++] = (struct nvsim_pending_event){type, info, lid};
    deliver(sim);
}

uint16_t nvsim_event_request(struct nvsim *sim, struct nvsim_command *command)
{
    struct nvsim_controller *controller = &sim->controller;

    if (controller->n_requests > NVSIM_AERL)
        return NVSIM_SC_EVENT_LIMIT;
    command->held = true;
    controller->requests[controller->n_requests++] = *command;
    deliver(sim);
    return LONE_SC_SUCCESS;
}

bool nvsim_events_abort(struct nvsim *sim, uint16_t cid)
{
    struct nvsim_controller *controller = &sim->controller;

    for (unsigned i = 0; i < controller->n_requests; i++) {
        struct nvsim_command request;

        if (controller->requests[i].cid != cid)
            continue;
        request = take(controller, i);
        nvsim_complete(sim, &request, LONE_SC_ABORT_REQUESTED);
        return true;
    }
    return false;
}

/* Requests end without completions; the Changed Namespace List stays until it is read. */
void nvsim_events_drop(struct nvsim *sim)
{
    struct nvsim_events *events = &sim->admin.events;

    sim->controller.n_requests = 0;
    events->n_pending = 0;
    events->masked = 0;
    events->warned = 0;
}

/* ---- the causes ---- */

/* Bits of Critical Warning, and the event's information for each: spare, temperature, and reliability for the others.
 */
static uint8_t smart_information(unsigned bit)
{
    enum { RELIABILITY, TEMPERATURE_THRESHOLD, SPARE_BELOW_THRESHOLD };
    const unsigned spare = 0, temperature = 1;

    if (bit == spare)
        return SPARE_BELOW_THRESHOLD;
    return bit == temperature ? TEMPERATURE_THRESHOLD : RELIABILITY;
}

/* A warning is an event when it comes up or becomes enabled, and when it is still there after it has been cleared. */
void nvsim_events_warn(struct nvsim *sim)
{
    struct nvsim_events *events = &sim->admin.events;
    uint8_t enabled = nvsim_feature(sim, NVSIM_EVENT_CONFIGURATION, 0) & SMART_ENABLED;
    uint8_t warnings = nvsim_critical_warnings(sim) & enabled, fresh = warnings & (uint8_t)~events->warned;

    events->warned = warnings;
    for (unsigned bit = 0; bit < 8; bit++)
        if (fresh >> bit & 1)
            nvsim_event(sim, SMART_EVENT, smart_information(bit), LID_SMART);
}

static void list_changed(struct nvsim_events *events, uint32_t nsid)
{
    unsigned at = 0;

    while (at < events->n_changed && events->changed[at] < nsid)
        at++;
    if (at < events->n_changed && events->changed[at] == nsid)
        return;
    memmove(&events->changed[at + 1], &events->changed[at], (events->n_changed - at) * sizeof(nsid));
    events->changed[at] = nsid;
    events->n_changed++;
}

void nvsim_namespace_changed(struct nvsim *sim, uint32_t nsid)
{
    list_changed(&sim->admin.events, nsid);
    if (nvsim_feature(sim, NVSIM_EVENT_CONFIGURATION, 0) & NAN_ENABLED)
        nvsim_event(sim, NOTICE, NAMESPACE_ATTRIBUTE_CHANGED, LID_CHANGED);
}

/* What is already the case when its event is enabled is one; also when the controller becomes ready with it enabled. */
void nvsim_events_configured(struct nvsim *sim)
{
    nvsim_events_warn(sim);
    if (sim->admin.events.n_changed && nvsim_feature(sim, NVSIM_EVENT_CONFIGURATION, 0) & NAN_ENABLED)
        nvsim_event(sim, NOTICE, NAMESPACE_ATTRIBUTE_CHANGED, LID_CHANGED);
}

/* ---- reading the page ---- */

/* Whoever has read the page need not be told any more. */
static void forget_pending(struct nvsim_events *events, uint8_t lid)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < events->n_pending; i++)
        if (events->pending[i].lid != lid)
            events->pending[kept++] = events->pending[i];
    events->n_pending = kept;
}

/* A warning that has not gone away is told again: a host that does not want that changes the threshold or masks the
 * event before it clears it. */
void nvsim_events_clear(struct nvsim *sim, uint8_t lid)
{
    struct nvsim_events *events = &sim->admin.events;

    if (lid == LID_CHANGED)
        events->n_changed = 0;
    forget_pending(events, lid);
    for (unsigned type = 0; type < 8; type++)
        if (events->masked >> type & 1 && events->cleared_by[type] == lid)
            events->masked &= (uint8_t) ~(1u << type);
    if (lid == LID_SMART) {
        events->warned = 0;
        nvsim_events_warn(sim);
    }
    deliver(sim);
}
