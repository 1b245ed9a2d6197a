/* SPDX-License-Identifier: MIT */
/* Set Features and Get Features: the table of features, and what holds for all of them (NVMe Base 2.0, 4.2, 5.15,
 * 5.27). Reserved bits of Command Dword 11 are ignored, as recipients may, and read back as 0. */
#include "nvsim/feature_table.h"

#include <assert.h>
#include <string.h>

#include "spec/features.h"

#define SAVE       1u /* these two as Get Features with SEL=011b shows them */
#define PER_NS     2u
#define PERSISTENT 4u /* cannot be saved, but the current value outlives resets all the same */
#define ONE_NS     8u /* of PER_NS: not even Set Features takes NSID FFFFFFFFh */
#define CHANGEABLE 4u /* with SEL=011b: all are */

/* Feature Identifiers Supported and Effects (5.16.1.18): FSUPP, NCC and the scopes. */
#define FSUPP      0x00000001u
#define NCC        0x00000004u
#define NAMESPACE  0x00100000u
#define CONTROLLER 0x00200000u

/* clang-format off */
const struct nvsim_feature_row nvsim_feature_table[NVSIM_FEATURES] = {
    [NVSIM_ARBITRATION] = {.fid = 0x01, .flags = SAVE, .mask = 0xffffff07,
        .changed = nvsim_arbitration_changed},
    [NVSIM_POWER_MANAGEMENT] = {.fid = 0x02, .flags = SAVE, .mask = 0xff,
        .check = nvsim_check_power_state, .show = nvsim_show_power_state, .changed = nvsim_power_changed},
    [NVSIM_LBA_RANGE_TYPE] = {.fid = 0x03, .flags = SAVE | PER_NS | ONE_NS, .elements = NVSIM_NAMESPACES, .mask = 0x3f,
        .data_size = 4096, .check = nvsim_check_lba_ranges, .initialize = nvsim_initialize_lba_ranges},
    [NVSIM_TEMPERATURE_THRESHOLD] = {.fid = 0x04, .flags = SAVE, .elements = NVSIM_ELEMENTS, .mask = 0xffff,
        .select = nvsim_select_threshold, .shown = 0x3f0000, .initialize = nvsim_initialize_thresholds,
        .changed = nvsim_events_warn},
    [NVSIM_ERROR_RECOVERY] = {.fid = 0x05, .flags = SAVE | PER_NS, .elements = NVSIM_NAMESPACES,
        .mask = 0xffff, .check = nvsim_check_error_recovery},
    [NVSIM_WRITE_CACHE] = {.fid = 0x06, .flags = SAVE, .mask = 0x1, .value = 1},
    [NVSIM_NUMBER_OF_QUEUES] = {.fid = 0x07, .mask = 0xffffffff, .value = NVSIM_ALL_QUEUES,
        .check = nvsim_check_number_of_queues, .show = nvsim_show_number_of_queues, .returns = true},
    [NVSIM_COALESCING] = {.fid = 0x08, .flags = SAVE, .mask = 0xffff},
    [NVSIM_VECTOR_CONFIGURATION] = {.fid = 0x09, .flags = SAVE, .elements = NVSIM_MSIX_VECTORS,
        .mask = 0x10000, .select = nvsim_select_vector, .shown = 0xffff, .check = nvsim_check_vector},
    [NVSIM_WRITE_ATOMICITY] = {.fid = 0x0a, .flags = SAVE, .mask = 0x1},
    [NVSIM_EVENT_CONFIGURATION] = {.fid = 0x0b, .flags = SAVE, .mask = 0x33f,
        .check = nvsim_check_events, .changed = nvsim_events_configured},
    [NVSIM_AUTONOMOUS_POWER] = {.fid = 0x0c, .flags = SAVE, .mask = 0x1, .data_size = 256,
        .check = nvsim_check_transitions, .changed = nvsim_power_changed},
    [NVSIM_HOST_MEMORY] = {.fid = 0x0d, .mask = 0x3, .data_size = 4096, .from_cdws = true,
        .check = nvsim_check_host_memory},
    [NVSIM_TIMESTAMP] = {.fid = 0x0e, .data_size = 8, .changed = nvsim_timestamp_changed,
        .show = nvsim_show_timestamp},
    [NVSIM_THERMAL_MANAGEMENT] = {.fid = 0x10, .flags = SAVE, .mask = 0xffffffff,
        .check = nvsim_check_thermal_management},
    [NVSIM_NON_OPERATIONAL_CONFIG] = {.fid = 0x11, .flags = SAVE, .mask = 0x1},
    [NVSIM_HOST_BEHAVIOR] = {.fid = 0x16, .data_size = 512, .check = nvsim_check_host_behavior},
    [NVSIM_PROGRESS_MARKER] = {.fid = 0x80, .flags = SAVE, .mask = 0xff},
    [NVSIM_HOST_IDENTIFIER] = {.fid = 0x81, .data_size = 16},
    [NVSIM_WRITE_PROTECTION] = {.fid = 0x84, .flags = PER_NS | PERSISTENT, .elements = NVSIM_NAMESPACES,
        .mask = 0x7, .check = nvsim_check_write_protection, .changed = nvsim_write_protection_changed},
};
/* clang-format on */

static enum nvsim_feature find(uint8_t fid)
{
    enum nvsim_feature feature = 0;

    while (feature < NVSIM_FEATURES && nvsim_feature_table[feature].fid != fid)
        feature++;
    return feature;
}

static unsigned elements(const struct nvsim_feature_row *row)
{
    return row->elements ? row->elements : 1;
}

uint32_t nvsim_feature_effects(uint8_t fid)
{
    enum nvsim_feature feature = find(fid);

    if (feature == NVSIM_FEATURES)
        return 0;
    if (feature == NVSIM_WRITE_PROTECTION)
        return FSUPP | NCC | NAMESPACE;
    return FSUPP | (nvsim_feature_table[feature].flags & PER_NS ? NAMESPACE : CONTROLLER);
}

uint32_t nvsim_feature(const struct nvsim *sim, enum nvsim_feature feature, unsigned element)
{
    return sim->admin.features.values[feature][element].now;
}

uint8_t *nvsim_feature_data(struct nvsim *sim, enum nvsim_feature feature, unsigned element)
{
    return sim->admin.features.now[feature] + (size_t)element * nvsim_feature_table[feature].data_size;
}

const uint8_t *nvsim_feature_bytes(const struct nvsim *sim, enum nvsim_feature feature)
{
    return sim->admin.features.now[feature];
}

static uint8_t *saved_data(struct nvsim *sim, enum nvsim_feature feature, unsigned element)
{
    return sim->admin.features.saved[feature] + (size_t)element * nvsim_feature_table[feature].data_size;
}

/* ---- values ---- */

static void load_default(struct nvsim *sim, enum nvsim_feature feature, unsigned element, uint32_t *value,
                         uint8_t *data)
{
    const struct nvsim_feature_row *row = &nvsim_feature_table[feature];

    *value = row->value;
    memset(data, 0, row->data_size);
    if (row->initialize)
        row->initialize(sim, element, value, data);
}

static void load_saved(struct nvsim *sim, enum nvsim_feature feature, unsigned element, uint32_t *value, uint8_t *data)
{
    const struct nvsim_value *values = &sim->admin.features.values[feature][element];

    if (!values->is_saved) {
        load_default(sim, feature, element, value, data);
        return;
    }
    *value = values->saved;
    if (nvsim_feature_table[feature].data_size)
        memcpy(data, saved_data(sim, feature, element), nvsim_feature_table[feature].data_size);
}

static void load_current(struct nvsim *sim, enum nvsim_feature feature, unsigned element, uint32_t *value,
                         uint8_t *data)
{
    const struct nvsim_feature_row *row = &nvsim_feature_table[feature];

    *value = nvsim_feature(sim, feature, element);
    if (row->data_size)
        memcpy(data, nvsim_feature_data(sim, feature, element), row->data_size);
    if (row->show)
        row->show(sim, value, data);
}

static void restore(struct nvsim *sim, enum nvsim_feature feature, unsigned element)
{
    uint8_t *data = sim->admin.feature_buffer;

    load_saved(sim, feature, element, &sim->admin.features.values[feature][element].now, data);
    if (nvsim_feature_table[feature].data_size)
        memcpy(nvsim_feature_data(sim, feature, element), data, nvsim_feature_table[feature].data_size);
}

void nvsim_features_build(struct nvsim *sim)
{
    struct nvsim_features *features = &sim->admin.features;
    size_t at = 0;

    for (unsigned i = 0; i < NVSIM_FEATURES; i++) {
        features->now[i] = sim->admin.feature_data[0] + at;
        features->saved[i] = sim->admin.feature_data[1] + at;
        at += (size_t)nvsim_feature_table[i].data_size * elements(&nvsim_feature_table[i]);
    }
    assert(at <= sizeof(sim->admin.feature_data[0]));
    nvsim_features_reset(sim);
}

void nvsim_features_reset(struct nvsim *sim)
{
    for (unsigned i = 0; i < NVSIM_FEATURES; i++)
        for (unsigned n = 0; n < elements(&nvsim_feature_table[i]); n++)
            if (!(nvsim_feature_table[i].flags & PERSISTENT))
                restore(sim, i, n);
    nvsim_timestamp_reset(sim);
    nvsim_power_changed(sim);
    nvsim_arbitration_changed(sim);
}

/* The ranges of a namespace that has been formatted are those of a new one. */
void nvsim_features_forget_ranges(struct nvsim *sim, uint32_t nsid)
{
    sim->admin.features.values[NVSIM_LBA_RANGE_TYPE][nsid - 1].is_saved = false;
    restore(sim, NVSIM_LBA_RANGE_TYPE, nsid - 1);
}

/* ---- whose value ---- */

/* NSID FFFFFFFFh sets the values of all namespaces; there is no value of all of them to get. */
static uint16_t select_namespaces(const struct nvsim_feature_row *row, struct nvsim_command *command, bool set,
                                  uint32_t *chosen)
{
    uint32_t nsid = command->nsid;

    if (nsid == NVSIM_NSID_ALL && set) {
        if (row->flags & ONE_NS)
            return nvsim_refuse(command, "NSID", LONE_SC_INVALID_FIELD);
        *chosen = (1u << NVSIM_NAMESPACES) - 1;
        return LONE_SC_SUCCESS;
    }
    if (!nvsim_nsid_valid(nsid))
        return LONE_SC_INVALID_NAMESPACE;
    *chosen = 1u << (nsid - 1);
    return LONE_SC_SUCCESS;
}

static uint16_t select_elements(const struct nvsim_feature_row *row, struct nvsim_command *command, bool set,
                                uint32_t *chosen)
{
    if (row->flags & PER_NS)
        return select_namespaces(row, command, set, chosen);
    if (set && command->nsid && command->nsid != NVSIM_NSID_ALL)
        return nvsim_nsid_valid(command->nsid) ? NVSIM_SC_NOT_NAMESPACE_SPECIFIC : LONE_SC_INVALID_NAMESPACE;
    *chosen = row->select ? row->select(command, set) : 1;
    return *chosen ? LONE_SC_SUCCESS : LONE_SC_INVALID_FIELD;
}

/* ---- the commands ---- */

static uint16_t fetch(struct nvsim *sim, const struct nvsim_feature_row *row, struct nvsim_command *command,
                      uint8_t *data)
{
    uint32_t size;

    memset(data, 0, row->data_size);
    if (row->from_cdws) {
        nvsim_set32(data, command->cdw12);
        nvsim_set32(data + 4, command->cdw13);
        nvsim_set32(data + 8, command->cdw14);
        nvsim_set32(data + 12, command->cdw15);
        return LONE_SC_SUCCESS;
    }
    size = lone_feature_set_length(lone_feature_numbered(row->fid), command->cdw11);
    return size ? nvsim_transfer_in(sim, command, data, size) : LONE_SC_SUCCESS;
}

static void store(struct nvsim *sim, enum nvsim_feature feature, unsigned element, uint32_t value, const uint8_t *data,
                  bool save)
{
    struct nvsim_value *values = &sim->admin.features.values[feature][element];
    uint32_t size = nvsim_feature_table[feature].data_size;

    values->now = value;
    if (size)
        memcpy(nvsim_feature_data(sim, feature, element), data, size);
    if (!save)
        return;
    values->saved = value;
    values->is_saved = true;
    if (size)
        memcpy(saved_data(sim, feature, element), data, size);
}

/* Whole or not at all: what is set for several elements is checked for each before any is changed. */
static uint16_t set(struct nvsim *sim, enum nvsim_feature feature, uint32_t chosen, struct nvsim_command *command)
{
    const struct nvsim_feature_row *row = &nvsim_feature_table[feature];
    uint8_t *data = sim->admin.feature_buffer;
    uint16_t status = fetch(sim, row, command, data);

    for (unsigned n = 0; n < NVSIM_ELEMENTS && !status; n++)
        if (chosen >> n & 1 && row->check)
            status = row->check(sim, n, command, data);
    if (status)
        return status;
    for (unsigned n = 0; n < NVSIM_ELEMENTS; n++)
        if (chosen >> n & 1)
            store(sim, feature, n, command->cdw11 & row->mask, data, command->cdw10 >> 31);
    if (row->changed)
        row->changed(sim);
    if (row->returns)
        row->show(sim, &command->result, data);
    return LONE_SC_SUCCESS;
}

uint16_t nvsim_set_features(struct nvsim *sim, struct nvsim_command *command)
{
    enum nvsim_feature feature = find((uint8_t)command->cdw10);
    uint32_t chosen;
    uint16_t status;

    if (feature == NVSIM_FEATURES)
        return nvsim_refuse(command, "FID", LONE_SC_INVALID_FIELD);
    if (command->cdw10 >> 31 && !(nvsim_feature_table[feature].flags & SAVE))
        return NVSIM_SC_NOT_SAVEABLE;
    status = select_elements(&nvsim_feature_table[feature], command, true, &chosen);
    return status ? status : set(sim, feature, chosen, command);
}

static uint16_t get(struct nvsim *sim, enum nvsim_feature feature, unsigned element, struct nvsim_command *command)
{
    static void (*const loads[])(struct nvsim *, enum nvsim_feature, unsigned, uint32_t *,
                                 uint8_t *) = {load_current, load_default, load_saved};
    const struct nvsim_feature_row *row = &nvsim_feature_table[feature];
    uint8_t *data = sim->admin.feature_buffer;
    uint32_t size = lone_feature_get_length(lone_feature_numbered(row->fid), command->cdw11);

    loads[command->cdw10 >> 8 & 7](sim, feature, element, &command->result, data);
    command->result |= command->cdw11 & row->shown;
    return size ? nvsim_transfer_out(sim, command, data, size) : LONE_SC_SUCCESS;
}

uint16_t nvsim_get_features(struct nvsim *sim, struct nvsim_command *command)
{
    const unsigned capabilities = 3;
    enum nvsim_feature feature = find((uint8_t)command->cdw10);
    unsigned select = command->cdw10 >> 8 & 7;
    uint32_t chosen;
    uint16_t status;

    if (feature == NVSIM_FEATURES)
        return nvsim_refuse(command, "FID", LONE_SC_INVALID_FIELD);
    if (select > capabilities)
        return nvsim_refuse(command, "SEL", LONE_SC_INVALID_FIELD);
    if (select == capabilities) {
        command->result = (nvsim_feature_table[feature].flags & (SAVE | PER_NS)) | CHANGEABLE;
        return LONE_SC_SUCCESS;
    }
    status = select_elements(&nvsim_feature_table[feature], command, false, &chosen);
    return status ? status : get(sim, feature, (unsigned)__builtin_ctz(chosen), command);
}
