/* SPDX-License-Identifier: MIT */
/* INTx, MSI and MSI-X: messages become writes to the owner's eventfds. */
#include "nvsim/nvsim_internal.h"

#include <sys/eventfd.h>

static uint32_t entry_offset(unsigned vector)
{
    return NVSIM_MSIX_TABLE + 16 * vector;
}

static uint32_t control_offset(unsigned vector)
{
    return entry_offset(vector) + 12;
}

static bool config_bits(const struct nvsim *sim, unsigned offset, uint16_t bits)
{
    return nvsim_get16(sim->config + offset) & bits;
}

static void config_change(struct nvsim *sim, unsigned offset, uint16_t clear, uint16_t set)
{
    nvsim_set16(sim->config + offset, (uint16_t)((nvsim_get16(sim->config + offset) & ~clear) | set));
}

static bool msix_enabled(const struct nvsim *sim)
{
    return config_bits(sim, NVSIM_MSIX_MXC, NVSIM_MXC_MXE);
}

static bool msi_enabled(const struct nvsim *sim)
{
    return config_bits(sim, NVSIM_MSI_MC, NVSIM_MC_MSIE);
}

/* MME may be written with more than MMC allows; that gives no more. */
static unsigned msi_count(const struct nvsim *sim)
{
    unsigned count = 1u << (nvsim_get16(sim->config + NVSIM_MSI_MC) >> 4 & 7);

    return count < NVSIM_MSI_VECTORS ? count : NVSIM_MSI_VECTORS;
}

static void signal_vector(struct nvsim *sim, enum lone_interrupts kind, unsigned vector)
{
    atomic_fetch_add_explicit(&sim->interrupts, 1, memory_order_relaxed);
    if (sim->kind == kind && vector < sim->n_eventfds && sim->eventfds[vector] >= 0)
        eventfd_write(sim->eventfds[vector], 1);
}

/* A message is a memory write, so it needs bus mastering. */
static bool may_send(const struct nvsim *sim)
{
    return config_bits(sim, NVSIM_CMD, NVSIM_CMD_BME) && !(sim->config[NVSIM_PMCS] & NVSIM_PMCS_PS);
}

static bool msix_open(struct nvsim *sim, unsigned vector)
{
    return msix_enabled(sim) && !config_bits(sim, NVSIM_MSIX_MXC, NVSIM_MXC_FM) && may_send(sim) &&
           !(nvsim_bar_load(sim, control_offset(vector)) & 1);
}

static bool msi_open(struct nvsim *sim, unsigned vector)
{
    uint32_t masked = nvsim_get32(sim->config + NVSIM_MSI_MMASK) | nvsim_bar_load(sim, LONE_REG_INTMS);

    return msi_enabled(sim) && !msix_enabled(sim) && may_send(sim) && !(masked >> vector & 1);
}

static void deliver_msix(struct nvsim *sim)
{
    uint32_t pending = nvsim_bar_load(sim, NVSIM_MSIX_PBA);

    for (unsigned vector = 0; vector < NVSIM_MSIX_VECTORS; vector++) {
        if (!(pending >> vector & 1) || !msix_open(sim, vector))
            continue;
        pending &= ~(1u << vector);
        signal_vector(sim, LONE_INTERRUPTS_MSIX, vector);
    }
    nvsim_bar_store(sim, NVSIM_MSIX_PBA, pending);
}

static void deliver_msi(struct nvsim *sim)
{
    uint32_t pending = nvsim_get32(sim->config + NVSIM_MSI_MPEND);

    for (unsigned vector = 0; vector < NVSIM_MSI_VECTORS; vector++) {
        if (!(pending >> vector & 1) || !msi_open(sim, vector))
            continue;
        pending &= ~(1u << vector);
        signal_vector(sim, LONE_INTERRUPTS_MSI, vector);
    }
    nvsim_set32(sim->config + NVSIM_MSI_MPEND, pending);
}

void nvsim_interrupts_deliver(struct nvsim *sim)
{
    deliver_msix(sim);
    deliver_msi(sim);
}

void nvsim_interrupts_raise(struct nvsim *sim, uint16_t vector)
{
    pthread_mutex_lock(&sim->lock);
    if (msix_enabled(sim) && vector < NVSIM_MSIX_VECTORS) {
        nvsim_bar_store(sim, NVSIM_MSIX_PBA, nvsim_bar_load(sim, NVSIM_MSIX_PBA) | 1u << vector);
        deliver_msix(sim);
    } else if (msi_enabled(sim)) {
        uint32_t pending = nvsim_get32(sim->config + NVSIM_MSI_MPEND);

        nvsim_set32(sim->config + NVSIM_MSI_MPEND, pending | 1u << vector % msi_count(sim));
        deliver_msi(sim);
    }
    pthread_mutex_unlock(&sim->lock);
}

void nvsim_interrupts_forget(struct nvsim *sim, uint16_t vector)
{
    pthread_mutex_lock(&sim->lock);
    nvsim_bar_store(sim, NVSIM_MSIX_PBA, nvsim_bar_load(sim, NVSIM_MSIX_PBA) & ~(1u << vector));
    nvsim_set32(sim->config + NVSIM_MSI_MPEND, nvsim_get32(sim->config + NVSIM_MSI_MPEND) & ~(1u << vector));
    pthread_mutex_unlock(&sim->lock);
}

bool nvsim_interrupts_line(struct nvsim *sim, bool asserted)
{
    pthread_mutex_lock(&sim->lock);
    asserted = asserted && !msix_enabled(sim) && !msi_enabled(sim) && !(nvsim_bar_load(sim, LONE_REG_INTMS) & 1);
    config_change(sim, NVSIM_STS, NVSIM_STS_IS, asserted ? NVSIM_STS_IS : 0);
    if (asserted && !config_bits(sim, NVSIM_CMD, NVSIM_CMD_ID))
        signal_vector(sim, LONE_INTERRUPTS_INTX, 0);
    pthread_mutex_unlock(&sim->lock);
    return asserted;
}

unsigned nvsim_interrupts_vectors(struct nvsim *sim)
{
    unsigned count = 1;

    pthread_mutex_lock(&sim->lock);
    if (msix_enabled(sim))
        count = NVSIM_MSIX_VECTORS;
    else if (msi_enabled(sim))
        count = msi_count(sim);
    pthread_mutex_unlock(&sim->lock);
    return count;
}

/* The local APIC's address, as the kernel would write it; nobody looks. */
static void msix_program(struct nvsim *sim, unsigned count)
{
    const uint32_t apic = 0xfee00000;

    for (unsigned vector = 0; vector < NVSIM_MSIX_VECTORS; vector++) {
        bool used = vector < count;

        nvsim_bar_store(sim, entry_offset(vector), used ? apic : 0);
        nvsim_bar_store(sim, entry_offset(vector) + 4, 0);
        nvsim_bar_store(sim, entry_offset(vector) + 8, used ? vector : 0);
        nvsim_bar_store(sim, control_offset(vector), !used);
    }
    nvsim_bar_store(sim, NVSIM_MSIX_PBA, 0);
}

static void msi_program(struct nvsim *sim, unsigned count)
{
    uint16_t mme = 0;

    while (1u << mme < count)
        mme++;
    config_change(sim, NVSIM_MSI_MC, 0x71, count ? (uint16_t)(mme << 4 | NVSIM_MC_MSIE) : 0);
    nvsim_set32(sim->config + NVSIM_MSI_MMASK, 0);
    nvsim_set32(sim->config + NVSIM_MSI_MPEND, 0);
}

static void forget(struct nvsim *sim)
{
    sim->kind = LONE_INTERRUPTS_NONE;
    sim->n_eventfds = 0;
}

void nvsim_interrupts_reset(struct nvsim *sim)
{
    forget(sim);
    msix_program(sim, 0);
}

int nvsim_interrupts_set(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                         struct lone_error *error)
{
    struct nvsim *sim = (struct nvsim *)device;
    bool msix = kind == LONE_INTERRUPTS_MSIX, msi = kind == LONE_INTERRUPTS_MSI;

    (void)error;
    pthread_mutex_lock(&sim->lock);
    forget(sim);
    msix_program(sim, msix ? count : 0);
    msi_program(sim, msi ? count : 0);
    config_change(sim, NVSIM_MSIX_MXC, NVSIM_MXC_MXE | NVSIM_MXC_FM, msix ? NVSIM_MXC_MXE : 0);
    config_change(sim, NVSIM_CMD, NVSIM_CMD_ID, msi || msix ? NVSIM_CMD_ID : 0);
    sim->kind = kind;
    if (kind != LONE_INTERRUPTS_NONE)
        for (; sim->n_eventfds < count; sim->n_eventfds++)
            sim->eventfds[sim->n_eventfds] = eventfds[sim->n_eventfds];
    pthread_mutex_unlock(&sim->lock);
    nvsim_firmware_request(sim, NVSIM_INTERRUPTS);
    return 0;
}

void nvsim_msix_write(struct nvsim *sim, uint64_t offset, uint32_t value, uint32_t mask)
{
    if (offset % 16 == 0)
        mask &= ~3u;
    else if (offset % 16 == 12)
        mask &= 1u;
    pthread_mutex_lock(&sim->lock);
    nvsim_bar_store(sim, offset, (nvsim_bar_load(sim, offset) & ~mask) | (value & mask));
    deliver_msix(sim);
    pthread_mutex_unlock(&sim->lock);
}
