/* SPDX-License-Identifier: MIT */
/* Power states (NVMe Base 2.0, 8.15). Nothing is slower in one: it is a number that commands change, I/O does, and idle
 * time does as Autonomous Power State Transitions say. Those need no timer: where idle time has led is worked out when
 * somebody asks. */
#include "nvsim/feature_table.h"

#define PS    0x1fu
#define APSTE 1u

static bool operational(uint32_t state)
{
    return state < NVSIM_OPERATIONAL;
}

static uint64_t transition(const struct nvsim *sim, uint32_t state)
{
    return nvsim_get64(nvsim_feature_bytes(sim, NVSIM_AUTONOMOUS_POWER) + (size_t)8 * state);
}

static uint32_t target(uint64_t transition_entry)
{
    return transition_entry >> 3 & PS;
}

static uint32_t idle_ms_before(uint64_t transition_entry)
{
    return transition_entry >> 8 & 0xffffff;
}

uint32_t nvsim_power_state(const struct nvsim *sim)
{
    uint32_t state = nvsim_feature(sim, NVSIM_POWER_MANAGEMENT, 0) & PS;
    uint64_t idle_ms = (nvsim_now_ns() - sim->admin.features.last_io_ns) / 1000000;

    if (!(nvsim_feature(sim, NVSIM_AUTONOMOUS_POWER, 0) & APSTE))
        return state;
    for (unsigned steps = 0; steps <= NVSIM_NPSS; steps++) {
        uint32_t wait = idle_ms_before(transition(sim, state));

        if (!wait || idle_ms < wait)
            break;
        idle_ms -= wait;
        state = target(transition(sim, state));
    }
    return state;
}

void nvsim_power_changed(struct nvsim *sim)
{
    struct nvsim_features *features = &sim->admin.features;
    uint32_t state = nvsim_feature(sim, NVSIM_POWER_MANAGEMENT, 0) & PS;

    if (operational(state))
        features->operational = state;
    features->last_io_ns = nvsim_now_ns();
    features->watches_power = !operational(state) || nvsim_feature(sim, NVSIM_AUTONOMOUS_POWER, 0) & APSTE;
}

void nvsim_power_io(struct nvsim *sim)
{
    uint32_t *value = &sim->admin.features.values[NVSIM_POWER_MANAGEMENT][0].now;

    if (!sim->admin.features.watches_power)
        return;
    if (!operational(nvsim_power_state(sim)))
        *value = (*value & ~PS) | sim->admin.features.operational;
    nvsim_power_changed(sim);
}

void nvsim_show_power_state(const struct nvsim *sim, uint32_t *value, uint8_t *data)
{
    (void)data;
    *value = (*value & ~PS) | nvsim_power_state(sim);
}

uint16_t nvsim_check_power_state(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    (void)sim;
    (void)element;
    (void)data;
    return (command->cdw11 & PS) > NVSIM_NPSS ? nvsim_refuse(command, "PS", LONE_SC_INVALID_FIELD) : LONE_SC_SUCCESS;
}

/* A transition leads to a non-operational state (5.27.1.9); an idle time of 0 is none. */
uint16_t nvsim_check_transitions(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    (void)sim;
    (void)element;
    (void)command;
    for (unsigned state = 0; state < 32; state++) {
        uint64_t entry = nvsim_get64(data + (size_t)8 * state);

        if (idle_ms_before(entry) && (operational(target(entry)) || target(entry) > NVSIM_NPSS || state > NVSIM_NPSS))
            return LONE_SC_INVALID_FIELD;
    }
    return LONE_SC_SUCCESS;
}
