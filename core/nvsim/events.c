/* SPDX-License-Identifier: MIT */
/* Asynchronous events (NVMe Base 2.0, 5.2). */
#include "nvsim/nvsim_internal.h"

#include <string.h>

#define SC_EVENT_LIMIT 0x105u

static struct nvsim_command take(struct nvsim_controller *controller, unsigned i)
{
    struct nvsim_command request = controller->requests[i];

    controller->n_requests--;
    memmove(&controller->requests[i], &controller->requests[i + 1], (controller->n_requests - i) * sizeof(request));
    return request;
}

/* An event that no request waits for is not told of later. */
void nvsim_event(struct nvsim *sim, uint8_t type, uint8_t info, uint8_t lid)
{
    struct nvsim_command request;

    if (!sim->controller.n_requests)
        return;
    request = take(&sim->controller, 0);
    request.result = type | (uint32_t)info << 8 | (uint32_t)lid << 16;
    nvsim_complete(sim, &request, LONE_SC_SUCCESS);
}

uint16_t nvsim_event_request(struct nvsim *sim, struct nvsim_command *command)
{
    struct nvsim_controller *controller = &sim->controller;

    if (controller->n_requests > NVSIM_AERL)
        return SC_EVENT_LIMIT;
    command->held = true;
    controller->requests[controller->n_requests++] = *command;
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

void nvsim_events_drop(struct nvsim *sim)
{
    sim->controller.n_requests = 0;
}
