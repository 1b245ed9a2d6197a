/* SPDX-License-Identifier: MIT */
/* What single features take and show (NVMe Base 2.0, 5.27.1; NVM Command Set 1.0, 4.1.3). */
#include "nvsim/feature_table.h"

#include <string.h>

/* ---- 01h Arbitration ---- */

void nvsim_arbitration_changed(struct nvsim *sim)
{
    sim->controller.arbitration = nvsim_feature(sim, NVSIM_ARBITRATION, 0);
}

/* ---- 03h LBA Range Type ---- */

#define RANGE_SIZE 64u

static uint64_t range_start(const uint8_t *data, unsigned n)
{
    return nvsim_get64(data + n * RANGE_SIZE + 16);
}

static uint64_t range_blocks(const uint8_t *data, unsigned n)
{
    return nvsim_get64(data + n * RANGE_SIZE + 24) + 1; /* 0: 2^64, which is too many anyway */
}

static bool ranges_overlap(const uint8_t *data, unsigned a, unsigned b)
{
    return range_start(data, a) < range_start(data, b) + range_blocks(data, b) &&
           range_start(data, b) < range_start(data, a) + range_blocks(data, a);
}

uint16_t nvsim_check_lba_ranges(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    uint64_t size = sim->namespaces[element].blocks;
    unsigned count = (command->cdw11 & 0x3f) + 1;

    for (unsigned n = 0; n < count; n++) {
        if (!range_blocks(data, n) || range_start(data, n) >= size ||
            range_blocks(data, n) > size - range_start(data, n))
            return LONE_SC_INVALID_FIELD;
        for (unsigned before = 0; before < n; before++)
            if (ranges_overlap(data, before, n))
                return NVSIM_SC_OVERLAPPING_RANGE;
    }
    memset(data + count * RANGE_SIZE, 0, (64 - count) * RANGE_SIZE);
    return LONE_SC_SUCCESS;
}

/* One range of type 0, General Purpose, that is the namespace; it may be overwritten and is not hidden. */
void nvsim_initialize_lba_ranges(const struct nvsim *sim, unsigned element, uint32_t *value, uint8_t *data)
{
    const uint8_t overwritable = 1;
    uint64_t last = sim->namespaces[element].blocks - 1;

    (void)value;
    data[1] = overwritable;
    nvsim_set32(data + 24, (uint32_t)last);
    nvsim_set32(data + 28, (uint32_t)(last >> 32));
}

/* ---- 04h Temperature Threshold ---- */

#define TEMPERATURES 9u /* the composite one and eight sensors */
#define OVER         0u
#define UNDER        1u

uint32_t nvsim_select_threshold(struct nvsim_command *command, bool set)
{
    unsigned sensor = command->cdw11 >> 16 & 15, kind = command->cdw11 >> 20 & 3;
    const unsigned all = 15;

    if (kind > UNDER) {
        nvsim_refuse(command, "THSEL", LONE_SC_INVALID_FIELD);
        return 0;
    }
    if (set && sensor == all)
        return ((2u << NVSIM_SENSORS) - 1) << kind * TEMPERATURES;
    if (sensor <= NVSIM_SENSORS)
        return 1u << (kind * TEMPERATURES + sensor);
    nvsim_refuse(command, "TMPSEL", LONE_SC_INVALID_FIELD);
    return 0;
}

void nvsim_initialize_thresholds(const struct nvsim *sim, unsigned element, uint32_t *value, uint8_t *data)
{
    (void)sim;
    (void)data;
    if (element == OVER * TEMPERATURES)
        *value = NVSIM_WARNING_KELVIN;
    else
        *value = element < UNDER * TEMPERATURES ? 0xffff : 0;
}

bool nvsim_temperature_warns(const struct nvsim *sim)
{
    for (unsigned n = 0; n <= NVSIM_SENSORS; n++)
        if (nvsim_temperature(n) >= nvsim_feature(sim, NVSIM_TEMPERATURE_THRESHOLD, OVER * TEMPERATURES + n) ||
            nvsim_temperature(n) <= nvsim_feature(sim, NVSIM_TEMPERATURE_THRESHOLD, UNDER * TEMPERATURES + n))
            return true;
    return false;
}

/* ---- 05h Error Recovery ---- */

/* NSFEAT.DAE says that reading blocks that were never written is no error, so DULBE cannot make it one. */
uint16_t nvsim_check_error_recovery(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    const uint32_t dulbe = 0x10000;

    (void)sim;
    (void)element;
    (void)data;
    return command->cdw11 & dulbe ? nvsim_refuse(command, "DULBE", LONE_SC_INVALID_FIELD) : LONE_SC_SUCCESS;
}

/* ---- 07h Number of Queues ---- */

uint16_t nvsim_check_number_of_queues(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    (void)element;
    (void)data;
    if ((command->cdw11 & 0xffff) == 0xffff)
        return nvsim_refuse(command, "NSQR", LONE_SC_INVALID_FIELD);
    if (command->cdw11 >> 16 == 0xffff)
        return nvsim_refuse(command, "NCQR", LONE_SC_INVALID_FIELD);
    /* Once per reset, before the first I/O queue (5.27.1.5): that it was deleted does not matter. */
    return sim->controller.had_io_queues ? LONE_SC_SEQUENCE : LONE_SC_SUCCESS;
}

/* The controller has all queues ready, whatever number is asked for. */
void nvsim_show_number_of_queues(const struct nvsim *sim, uint32_t *value, uint8_t *data)
{
    (void)sim;
    (void)data;
    *value = NVSIM_ALL_QUEUES;
}

/* ---- 09h Interrupt Vector Configuration ---- */

uint32_t nvsim_select_vector(struct nvsim_command *command, bool set)
{
    (void)set;
    if ((command->cdw11 & 0xffff) < NVSIM_MSIX_VECTORS)
        return 1u << (command->cdw11 & 0xffff);
    nvsim_refuse(command, "IV", LONE_SC_INVALID_FIELD);
    return 0;
}

/* An I/O completion queue uses the vector (5.27.1.7). */
uint16_t nvsim_check_vector(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    const struct nvsim_controller *controller = &sim->controller;

    (void)command;
    (void)data;
    for (unsigned i = 0; i < controller->n_cqs; i++) {
        const struct nvsim_cq *cq = &controller->cq[controller->cqs[i]];

        if (controller->cqs[i] && cq->interrupts && cq->vector == element)
            return LONE_SC_SUCCESS;
    }
    return nvsim_refuse(command, "IV", LONE_SC_INVALID_FIELD);
}

/* ---- 0Bh Asynchronous Event Configuration ---- */

/* What this controller never reports may be enabled, except where endurance groups would be needed (5.27.1.8). */
uint16_t nvsim_check_events(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    const uint32_t endurance_group_events = 1u << 14;

    (void)sim;
    (void)element;
    (void)data;
    if (command->cdw11 & endurance_group_events)
        return nvsim_refuse(command, "EGEALCN", LONE_SC_INVALID_FIELD);
    return LONE_SC_SUCCESS;
}

/* ---- 0Dh Host Memory Buffer ---- */

#define EHM 1u

/* The bytes of the descriptors that are large enough to be of use. */
static uint16_t sum_descriptors(struct nvsim *sim, uint64_t list, uint32_t count, uint64_t *bytes)
{
    uint32_t page = sim->controller.page_size;

    *bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t entry[16];
        uint64_t length;

        if (!nvsim_dma_load(sim, list + 16ull * i, entry, sizeof(entry)))
            return LONE_SC_DATA_TRANSFER;
        length = (uint64_t)nvsim_get32(entry + 8) * page;
        if (nvsim_get64(entry) % page)
            return LONE_SC_INVALID_FIELD;
        if (length >= NVSIM_HMMINDS * 4096ull)
            *bytes += length;
    }
    return LONE_SC_SUCCESS;
}

static uint16_t check_buffer(struct nvsim *sim, struct nvsim_command *command, const uint8_t *data)
{
    uint64_t size = (uint64_t)nvsim_get32(data) * sim->controller.page_size, bytes;
    uint32_t count = nvsim_get32(data + 12);
    uint16_t status;

    if (!count || count > NVSIM_HMMAXD)
        return nvsim_refuse(command, "HMDLEC", LONE_SC_INVALID_FIELD);
    if (size < NVSIM_HMMIN * 4096ull)
        return nvsim_refuse(command, "HSIZE", LONE_SC_INVALID_FIELD);
    status = sum_descriptors(sim, nvsim_get64(data + 4), count, &bytes);
    if (status)
        return status;
    return bytes < size ? LONE_SC_INVALID_FIELD : LONE_SC_SUCCESS;
}

/* A buffer that is in use is given back before another is given (5.27.1.10). */
uint16_t nvsim_check_host_memory(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    if (!(command->cdw11 & EHM)) {
        memset(data, 0, 16);
        return LONE_SC_SUCCESS;
    }
    if (nvsim_feature(sim, NVSIM_HOST_MEMORY, element) & EHM)
        return LONE_SC_SEQUENCE;
    data[4] &= 0xf0; /* reserved bits of HMDLLA */
    return check_buffer(sim, command, data);
}

/* ---- 0Eh Timestamp ---- */

#define ORIGIN_SET (1u << 1)

static uint64_t get48(const uint8_t *data)
{
    return nvsim_get32(data) | (uint64_t)nvsim_get16(data + 4) << 32;
}

void nvsim_timestamp_changed(struct nvsim *sim)
{
    uint8_t *data = nvsim_feature_data(sim, NVSIM_TIMESTAMP, 0);

    sim->admin.features.timestamp_ms = get48(data);
    sim->admin.features.timestamp_set_ns = nvsim_now_ns();
    data[6] = ORIGIN_SET;
    data[7] = 0;
}

void nvsim_timestamp_reset(struct nvsim *sim)
{
    sim->admin.features.timestamp_ms = 0;
    sim->admin.features.timestamp_set_ns = nvsim_now_ns();
}

void nvsim_show_timestamp(const struct nvsim *sim, uint32_t *value, uint8_t *data)
{
    const struct nvsim_features *features = &sim->admin.features;
    uint64_t ms = features->timestamp_ms + (nvsim_now_ns() - features->timestamp_set_ns) / 1000000;

    (void)value;
    nvsim_set32(data, (uint32_t)ms);
    nvsim_set16(data + 4, (uint16_t)(ms >> 32));
}

/* ---- 10h Host Controlled Thermal Management ---- */

static bool threshold_valid(uint32_t kelvin)
{
    return !kelvin || (kelvin >= NVSIM_THROTTLE_MINIMUM && kelvin <= NVSIM_THROTTLE_MAXIMUM);
}

uint16_t nvsim_check_thermal_management(struct nvsim *sim, unsigned element, struct nvsim_command *command,
                                        uint8_t *data)
{
    uint32_t light = command->cdw11 >> 16, heavy = command->cdw11 & 0xffff;

    (void)sim;
    (void)element;
    (void)data;
    if (!threshold_valid(light) || (light && heavy && light >= heavy))
        return nvsim_refuse(command, "TMT1", LONE_SC_INVALID_FIELD);
    if (!threshold_valid(heavy))
        return nvsim_refuse(command, "TMT2", LONE_SC_INVALID_FIELD);
    return LONE_SC_SUCCESS;
}

/* ---- 16h Host Behavior Support ---- */

/* ACRE is a boolean; the telemetry and the LBA formats that ETDAS and LBAFEE enable do not exist. */
uint16_t nvsim_check_host_behavior(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    (void)sim;
    (void)element;
    (void)command;
    return data[0] > 1 || data[1] || data[2] ? LONE_SC_INVALID_FIELD : LONE_SC_SUCCESS;
}

/* ---- 84h Namespace Write Protection Config ---- */

uint16_t nvsim_check_write_protection(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data)
{
    enum { UNTIL_POWER_CYCLE = 2 };
    uint32_t state = command->cdw11 & 7;

    (void)data;
    if (state > UNTIL_POWER_CYCLE)
        return nvsim_refuse(command, "WPS", LONE_SC_INVALID_FIELD);
    if (nvsim_feature(sim, NVSIM_WRITE_PROTECTION, element) == UNTIL_POWER_CYCLE)
        return NVSIM_SC_NOT_CHANGEABLE;
    return LONE_SC_SUCCESS;
}

void nvsim_write_protection_changed(struct nvsim *sim)
{
    for (unsigned i = 0; i < NVSIM_NAMESPACES; i++)
        sim->namespaces[i].write_protected = nvsim_feature(sim, NVSIM_WRITE_PROTECTION, i) != 0;
}
