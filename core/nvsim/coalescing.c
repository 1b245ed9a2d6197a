/* SPDX-License-Identifier: MIT */
/* Interrupt coalescing (NVMe Base 2.0, 5.27.1.6 and 5.27.1.7): completions of I/O queues are gathered, vector by
 * vector, until there are as many as the Aggregation Threshold says or the Aggregation Time is over. Messages only:
 * INTx is a level. */
#include "nvsim/nvsim_internal.h"

_Static_assert(NVSIM_AGGREGATES == NVSIM_MSIX_VECTORS, "one for each vector");

void nvsim_coalescing_forget(struct nvsim *sim, uint16_t vector)
{
    struct nvsim_aggregate *aggregate = &sim->admin.aggregates[vector];

    if (aggregate->entries)
        sim->admin.n_aggregates--;
    aggregate->entries = 0;
}

bool nvsim_coalescing_defers(struct nvsim *sim, uint16_t vector, uint32_t entries)
{
    uint32_t setting = nvsim_feature(sim, NVSIM_COALESCING, 0), threshold = setting & 0xff, time = setting >> 8;
    struct nvsim_aggregate *aggregate = &sim->admin.aggregates[vector];
    bool disabled = nvsim_feature(sim, NVSIM_VECTOR_CONFIGURATION, vector) != 0;

    if (!threshold || !time || disabled)
        return false;
    if (!aggregate->entries) {
        aggregate->due_ns = nvsim_now_ns() + time * 100000ull;
        sim->admin.n_aggregates++;
    }
    aggregate->entries += entries;
    if (aggregate->entries <= threshold)
        return true;
    nvsim_coalescing_forget(sim, vector);
    return false;
}

static uint64_t earliest(const struct nvsim *sim)
{
    uint64_t due = UINT64_MAX;

    for (unsigned vector = 0; vector < NVSIM_MSIX_VECTORS; vector++)
        if (sim->admin.aggregates[vector].entries && sim->admin.aggregates[vector].due_ns < due)
            due = sim->admin.aggregates[vector].due_ns;
    return due;
}

uint64_t nvsim_coalescing_wait(const struct nvsim *sim)
{
    uint64_t due, now;

    /* Without power nothing is sent; the firmware is woken when it comes back. */
    if (!sim->admin.n_aggregates || !atomic_load(&sim->powered))
        return UINT64_MAX;
    due = earliest(sim);
    now = nvsim_now_ns();
    return due > now ? due - now : 0;
}

void nvsim_coalescing_expire(struct nvsim *sim)
{
    uint64_t now;

    if (!sim->admin.n_aggregates)
        return;
    now = nvsim_now_ns();
    for (uint16_t vector = 0; vector < NVSIM_MSIX_VECTORS; vector++) {
        struct nvsim_aggregate *aggregate = &sim->admin.aggregates[vector];

        if (!aggregate->entries || aggregate->due_ns > now)
            continue;
        nvsim_coalescing_forget(sim, vector);
        nvsim_interrupts_raise(sim, vector);
    }
}
