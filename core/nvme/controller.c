/* SPDX-License-Identifier: MIT */
/* Opening and closing a controller. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static int read_config(void *context, uint16_t offset, uint32_t *value, struct lone_error *error)
{
    return lone_device_config_read(context, offset, 4, value, error);
}

/* Where the registers are that reset the function, and whether they do. */
static int find_resets(struct lone_controller *controller, struct lone_error *error)
{
    int result = 0;

    for (size_t i = 0; i < controller->n_capabilities && !result; i++) {
        const struct lone_capability_at *capability = &controller->capabilities[i];
        uint32_t value;

        if (capability->extended)
            continue;
        if (capability->id == 0x01 && capability->offset + 8 <= 0x100 && !controller->pmcs) { /* PCI Power Management */
            controller->pmcs = capability->offset + 4;
            result = lone_device_config_read(controller->device, controller->pmcs, 4, &value, error);
            if (result)
                return result;
            controller->soft_reset = !(value & 1u << 3); /* PMCS.NSFRST */
            controller->power_state = value & 3;
        }
        if (capability->id == 0x10 && capability->offset + 12 <= 0x100 && !controller->pxdc) { /* PCI Express */
            controller->pxdc = capability->offset + 8;
            result = lone_device_config_read(controller->device, capability->offset + 4, 4, &value, error);
            controller->has_flr = !result && value & 1u << 28; /* PXDCAP.FLRC */
        }
    }
    return result;
}

static int find_capabilities(struct lone_controller *controller, struct lone_error *error)
{
    int found;

    controller->capabilities = calloc(LONE_MAX_CAPABILITIES, sizeof(*controller->capabilities));
    if (!controller->capabilities)
        return lone_fail(error, ENOMEM, "no memory for the list of capabilities");
    found = lone_capability_walk(read_config, controller->device, controller->device->config_size,
                                 controller->capabilities, LONE_MAX_CAPABILITIES, NULL, error);
    if (found < 0)
        return found;
    controller->n_capabilities = (size_t)found;
    return find_resets(controller, error);
}

int lone_controller_open(struct lone_controller **controller, struct lone_device *device, struct lone_error *error)
{
    struct lone_controller *made = calloc(1, sizeof(*made));
    int result;

    if (!made) {
        lone_device_close(device);
        return lone_fail(error, ENOMEM, "no memory for a controller");
    }
    made->device = device;
    made->page_size = 4096;
    made->doorbell_stride = 4;
    lone_trace_init(&made->trace);
    TAILQ_INIT(&made->all);
    TAILQ_INIT(&made->flying);
    TAILQ_INIT(&made->lost);
    SLIST_INIT(&made->limbo);
    SLIST_INIT(&made->created);
    result = find_capabilities(made, error);
    if (!result)
        result = lone_memory_open(&made->memory, device, error);
    if (!result)
        result = lone_masks_find(made, error);
    if (result) {
        lone_controller_close(made);
        return result;
    }
    lone_vectors_choose(made);
    *controller = made;
    return 0;
}

/* Stops DMA, if it can be done within a second; unmapping, which follows, ends it in any case. */
static void stop(struct lone_controller *controller)
{
    uint64_t end = lone_now() + 1000000000;
    const struct timespec pause = {.tv_nsec = 100000};
    uint32_t csts;

    if (!controller->enabled && TAILQ_EMPTY(&controller->flying) && SLIST_EMPTY(&controller->limbo))
        return;
    if (lone_controller_write(controller, LONE_REG_CC, 4, lone_controller_shadow32(controller, LONE_REG_CC) & ~1u,
                              NULL))
        return;
    while (!lone_controller_csts(controller, &csts, NULL) && csts & 1 && lone_now() < end)
        nanosleep(&pause, NULL);
}

static void free_commands(struct lone_controller *controller)
{
    struct lone_cmd_private *own;

    TAILQ_FOREACH(own, &controller->all, all)
    own->cmd->done = NULL; /* this is a free, which does not call it */
    stop(controller);
    while ((own = TAILQ_FIRST(&controller->all))) {
        if (own->where == LONE_FLYING)
            lone_flight_remove(lone_sq_find(controller, own->sqid), own);
        lone_cmd_dispose(own);
    }
}

void lone_controller_close(struct lone_controller *controller)
{
    struct lone_limbo *limbo;

    if (!controller)
        return;
    if (controller->memory)
        free_commands(controller);
    lone_own_memory_close(controller);
    for (unsigned id = 0; id < controller->n_sqs; id++)
        if (controller->sqs[id])
            lone_sq_remove(controller, (uint16_t)id, NULL);
    for (unsigned id = 0; id < controller->n_cqs; id++)
        if (controller->cqs[id])
            lone_cq_remove(controller, (uint16_t)id, NULL);
    while ((limbo = SLIST_FIRST(&controller->limbo))) {
        SLIST_REMOVE_HEAD(&controller->limbo, link);
        lone_buffer_free(controller->memory, &limbo->buffer);
        free(limbo);
    }
    lone_hmb_over(controller);
    lone_memory_close(controller->memory);
    lone_device_close(controller->device);
    lone_vectors_free(controller);
    lone_created_clear(controller);
    free(controller->sqs);
    free(controller->cqs);
    free(controller->autos);
    free(controller->namespaces);
    free(controller->capabilities);
    lone_trace_free(&controller->trace);
    free(controller);
}

struct lone_device *lone_controller_device(struct lone_controller *controller)
{
    return controller->device;
}

struct lone_memory *lone_controller_memory(struct lone_controller *controller)
{
    return controller->memory;
}

const struct lone_capability_at *lone_controller_capabilities(const struct lone_controller *controller, size_t *count)
{
    *count = controller->n_capabilities;
    return controller->capabilities;
}

uint64_t lone_controller_generation(const struct lone_controller *controller)
{
    return controller->generation;
}

uint32_t lone_controller_outstanding(const struct lone_controller *controller)
{
    return controller->outstanding;
}

bool lone_controller_resetting(const struct lone_controller *controller)
{
    return controller->resetting;
}
