/* SPDX-License-Identifier: MIT */
#include "nvsim/nvsim.h"
#include "nvsim/nvsim_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void destroy(struct nvsim *sim)
{
    pthread_cond_destroy(&sim->done);
    pthread_mutex_destroy(&sim->lock);
    nvsim_windows_close(sim);
    nvsim_namespaces_close(sim);
    free(sim->maps);
    free(sim);
}

static void close_device(struct lone_device *device)
{
    struct nvsim *sim = (struct nvsim *)device;

    nvsim_firmware_stop(sim);
    destroy(sim);
}

static int reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error)
{
    (void)error;
    nvsim_firmware_reset((struct nvsim *)device, kind == LONE_RESET_FLR ? NVSIM_FLR : NVSIM_CONVENTIONAL);
    return 0;
}

static bool counts(struct lone_device *device, struct lone_device_counts *to)
{
    struct nvsim *sim = (struct nvsim *)device;

    *to = (struct lone_device_counts){
        .config_reads = atomic_load(&sim->config_reads),
        .config_writes = atomic_load(&sim->config_writes),
        .bar_reads = atomic_load(&sim->bar_reads),
        .bar_writes = atomic_load(&sim->bar_writes),
        .commands = atomic_load(&sim->commands),
        .interrupts = atomic_load(&sim->interrupts),
    };
    return true;
}

static const struct lone_device_ops ops = {
    .close = close_device,
    .config_read = nvsim_config_read,
    .config_write = nvsim_config_write,
    .bar_read = nvsim_bar_read,
    .bar_write = nvsim_bar_write,
    .dma_map = nvsim_dma_map,
    .dma_unmap = nvsim_dma_unmap,
    .interrupts = nvsim_interrupts_set,
    .reset = reset,
    .counts = counts,
};

static void describe(struct lone_device *device)
{
    device->ops = &ops;
    snprintf(device->slot, sizeof(device->slot), "nvsim");
    snprintf(device->driver, sizeof(device->driver), "nvsim");
    device->config_size = LONE_PCI_CONFIG_SIZE;
    device->bars[0] = (struct lone_bar){.size = NVSIM_BAR_SIZE, .is_64 = true};
    device->bars[NVSIM_CMB_BAR] = device->bars[NVSIM_PMR_BAR] =
        (struct lone_bar){.size = NVSIM_WINDOW_SIZE, .is_64 = true, .prefetchable = true};
    device->n_vectors[LONE_INTERRUPTS_INTX] = 1;
    device->n_vectors[LONE_INTERRUPTS_MSI] = NVSIM_MSI_VECTORS;
    device->n_vectors[LONE_INTERRUPTS_MSIX] = NVSIM_MSIX_VECTORS;
    /* Those of a VT-d of 39 bits: the gap is where message signaled interrupts go. */
    device->ranges[0] = (struct lone_iova_range){0, 0xfedfffff};
    device->ranges[1] = (struct lone_iova_range){0xfef00000, 0x7fffffffff};
    device->n_ranges = 2;
    device->page_size = NVSIM_PAGE;
    device->can_reset = true;
}

static void power_on(struct nvsim *sim)
{
    nvsim_config_build(sim);
    nvsim_registers_build(sim);
    nvsim_identify_build(sim);
    nvsim_admin_build(sim);
    memcpy(sim->config, sim->config_default, sizeof(sim->config));
    nvsim_registers_reset(sim, false);
    nvsim_interrupts_reset(sim);
    nvsim_config_apply(sim);
}

int lone_nvsim_open(struct lone_device **device, struct lone_error *error)
{
    struct nvsim *sim = aligned_alloc(_Alignof(struct nvsim), sizeof(*sim));
    int result;

    if (!sim)
        return lone_fail(error, ENOMEM, "no memory for a simulated controller");
    memset(sim, 0, sizeof(*sim));
    pthread_mutex_init(&sim->lock, NULL);
    pthread_cond_init(&sim->done, NULL);
    describe(&sim->device);
    result = nvsim_namespaces_open(sim, error);
    if (!result)
        result = nvsim_windows_open(sim, error);
    if (!result) {
        power_on(sim);
        result = nvsim_firmware_start(sim, error);
    }
    if (result) {
        destroy(sim);
        return result;
    }
    *device = &sim->device;
    return 0;
}
