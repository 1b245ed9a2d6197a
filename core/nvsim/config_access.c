/* SPDX-License-Identifier: MIT */
/* Accesses to configuration space, and what they bring about. */
#include "nvsim/nvsim_internal.h"

#include <errno.h>

int nvsim_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                      struct lone_error *error)
{
    struct nvsim *sim = (struct nvsim *)device;

    (void)error;
    atomic_fetch_add_explicit(&sim->config_reads, 1, memory_order_relaxed);
    *value = 0;
    pthread_mutex_lock(&sim->lock);
    for (unsigned i = 0; i < width; i++)
        *value |= (uint32_t)sim->config[offset + i] << 8 * i;
    pthread_mutex_unlock(&sim->lock);
    return 0;
}

static unsigned power_state(const struct nvsim *sim)
{
    return sim->config[NVSIM_PMCS] & NVSIM_PMCS_PS;
}

void nvsim_config_apply(struct nvsim *sim)
{
    uint16_t command = nvsim_get16(sim->config + NVSIM_CMD);
    bool powered = power_state(sim) == 0;

    atomic_store_explicit(&sim->powered, powered, memory_order_release);
    atomic_store_explicit(&sim->accessible, powered && command & NVSIM_CMD_MSE, memory_order_release);
    nvsim_dma_lock(sim);
    sim->bus_master = powered && command & NVSIM_CMD_BME;
    nvsim_dma_unlock(sim);
    nvsim_interrupts_deliver(sim);
}

/* A real function has its BARs and memory decoding restored by the kernel after a reset. */
void nvsim_config_reset(struct nvsim *sim)
{
    enum { FIRST = 0x10, BEHIND = 0x28 };

    for (unsigned i = 0; i < LONE_PCI_CONFIG_SIZE; i++)
        if (i < FIRST || i >= BEHIND)
            sim->config[i] = sim->config_default[i];
    nvsim_config_apply(sim);
}

void nvsim_config_abort(struct nvsim *sim)
{
    pthread_mutex_lock(&sim->lock);
    nvsim_set16(sim->config + NVSIM_STS, nvsim_get16(sim->config + NVSIM_STS) | NVSIM_STS_RMA);
    pthread_mutex_unlock(&sim->lock);
}

static void write_byte(struct nvsim *sim, unsigned offset, uint8_t value)
{
    uint8_t rw = sim->config_masks.rw[offset], rw1c = sim->config_masks.rw1c[offset];
    uint8_t *byte = &sim->config[offset];

    *byte = (uint8_t)(((*byte & ~rw) | (value & rw)) & ~(value & rw1c));
}

/* D1 and D2 are not supported: writing them leaves the power state as it is (PCI Power Management 1.2, 3.2.4). */
static void keep_power_state(struct nvsim *sim, unsigned before)
{
    if (power_state(sim) == 1 || power_state(sim) == 2)
        sim->config[NVSIM_PMCS] = (uint8_t)((sim->config[NVSIM_PMCS] & ~NVSIM_PMCS_PS) | before);
}

/* IFLR reads as 0. */
static bool take_flr(struct nvsim *sim)
{
    uint16_t control = nvsim_get16(sim->config + NVSIM_PXDC);

    nvsim_set16(sim->config + NVSIM_PXDC, (uint16_t)(control & ~NVSIM_PXDC_IFLR));
    return control & NVSIM_PXDC_IFLR;
}

int nvsim_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                       struct lone_error *error)
{
    struct nvsim *sim = (struct nvsim *)device;
    unsigned power;
    bool flr;

    (void)error;
    atomic_fetch_add_explicit(&sim->config_writes, 1, memory_order_relaxed);
    pthread_mutex_lock(&sim->lock);
    power = power_state(sim);
    for (unsigned i = 0; i < width; i++)
        write_byte(sim, offset + i, (uint8_t)(value >> 8 * i));
    keep_power_state(sim, power);
    flr = take_flr(sim);
    nvsim_config_apply(sim);
    pthread_mutex_unlock(&sim->lock);
    if (flr)
        nvsim_firmware_reset(sim, NVSIM_FLR);
    else
        nvsim_firmware_request(sim, NVSIM_INTERRUPTS);
    return 0;
}
