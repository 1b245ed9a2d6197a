/* SPDX-License-Identifier: MIT */
/* What stands in the log pages (NVMe Base 2.0, 5.16.1). */
#include "nvsim/log_pages.h"

#include <string.h>

/* ---- 00h ---- */

uint16_t nvsim_fill_supported(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    const uint32_t supported = 1;

    (void)sim;
    (void)command;
    for (size_t i = 0; i < nvsim_n_logs; i++)
        nvsim_set32(page + 4 * nvsim_log_table[i].lid, supported);
    return LONE_SC_SUCCESS;
}

/* ---- 02h ---- */

/* The composite temperature, which is the first sensor's, and a warmer second one. */
uint16_t nvsim_temperature(unsigned sensor)
{
    return sensor == 2 ? 318 : 313;
}

uint8_t nvsim_critical_warnings(const struct nvsim *sim)
{
    const uint8_t temperature = 1u << 1;

    return nvsim_temperature_warns(sim) ? temperature : 0;
}

/* Data is counted in thousands of 512 bytes, rounded up. */
static uint64_t thousands(uint64_t units)
{
    return (units + 999) / 1000;
}

uint64_t nvsim_power_on_hours(const struct nvsim *sim)
{
    const uint64_t ns_per_hour = 3600ull * 1000000000;

    return (nvsim_now_ns() - sim->admin.started_ns) / ns_per_hour;
}

uint16_t nvsim_fill_smart(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    const uint8_t spare_percent = 100, spare_threshold = 10;

    (void)command;
    page[0] = nvsim_critical_warnings(sim);
    nvsim_set16(page + 1, nvsim_temperature(0));
    page[3] = spare_percent;
    page[4] = spare_threshold;
    nvsim_set64(page + 32, thousands(sim->usage.read_units));
    nvsim_set64(page + 48, thousands(sim->usage.written_units));
    nvsim_set64(page + 64, sim->usage.read_commands);
    nvsim_set64(page + 80, sim->usage.write_commands);
    nvsim_set64(page + 112, 1); /* power cycles: the one that opening the simulator is */
    nvsim_set64(page + 128, nvsim_power_on_hours(sim));
    nvsim_set64(page + 176, sim->admin.errors.count);
    for (unsigned sensor = 1; sensor <= NVSIM_SENSORS; sensor++)
        nvsim_set16(page + 198 + 2 * sensor, nvsim_temperature(sensor));
    return LONE_SC_SUCCESS;
}

/* ---- 03h, 04h ---- */

uint16_t nvsim_fill_firmware(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    const struct nvsim_images *images = &sim->admin.images;

    (void)command;
    page[0] = (uint8_t)(images->active | images->next << 4);
    memcpy(page + 8, images->revisions[1], sizeof(images->revisions[1]) * NVSIM_FIRMWARE_SLOTS);
    return LONE_SC_SUCCESS;
}

uint16_t nvsim_fill_changed(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    const struct nvsim_events *events = &sim->admin.events;

    (void)command;
    for (unsigned i = 0; i < events->n_changed; i++)
        nvsim_set32(page + 4 * i, events->changed[i]);
    return LONE_SC_SUCCESS;
}

/* ---- 05h, 12h ---- */

/* Of the NVM Command Set: what changes blocks has LBCC. */
static uint32_t io_effects(uint8_t opcode)
{
    const uint32_t supported = 0x00100001, changing = 0x00100003; /* scope: namespace */

    switch (opcode) {
    case 0x00: /* Flush */
    case 0x02: /* Read */
    case 0x05: /* Compare */
    case 0x0c: /* Verify */
        return supported;
    case 0x01: /* Write */
    case 0x04: /* Write Uncorrectable */
    case 0x08: /* Write Zeroes */
    case 0x09: /* Dataset Management */
    case 0x19: /* Copy */
        return changing;
    default:
        return 0;
    }
}

/* CSI counts only if CC.CSS is 110b, which it cannot be. */
uint16_t nvsim_fill_effects(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    const size_t io_commands = 1024;

    (void)sim;
    (void)command;
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        nvsim_set32(page + 4 * opcode, nvsim_admin_effects((uint8_t)opcode));
        nvsim_set32(page + io_commands + 4 * opcode, io_effects((uint8_t)opcode));
    }
    return LONE_SC_SUCCESS;
}

uint16_t nvsim_fill_feature_effects(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    (void)sim;
    (void)command;
    for (unsigned fid = 0; fid < 256; fid++)
        nvsim_set32(page + 4 * fid, nvsim_feature_effects((uint8_t)fid));
    return LONE_SC_SUCCESS;
}
