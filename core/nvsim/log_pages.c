/* SPDX-License-Identifier: MIT */
/* What stands in the log pages (NVMe Base 2.0, 5.16.1). */
#include "nvsim/log_pages.h"

#include <string.h>

#define NONE_IN_PARTICULAR 0xffffu

static void put64(uint8_t *at, uint64_t value)
{
    nvsim_set32(at, (uint32_t)value);
    nvsim_set32(at + 4, (uint32_t)(value >> 32));
}

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

/* ---- 01h ---- */

/* The byte of the command, and in bits 10:8 the bit in it, that was wrong, where the status alone says it. */
static uint16_t location(uint16_t status)
{
    enum { OPCODE = 0, NSID = 4 };

    switch (status) {
    case LONE_SC_INVALID_OPCODE:
        return OPCODE;
    case LONE_SC_INVALID_NAMESPACE:
        return NSID;
    default:
        return NONE_IN_PARTICULAR;
    }
}

/* What the host itself has ended is no error of the command. */
bool nvsim_error_logged(uint16_t status)
{
    uint16_t code = status & 0x7ff;

    return code != LONE_SC_SUCCESS && code != LONE_SC_ABORT_REQUESTED && code != LONE_SC_SQ_DELETED;
}

/* The NVM commands up to Verify start with an LBA, Dataset Management excepted. */
static bool has_lba(const struct nvsim_command *command)
{
    const uint8_t flush = 0x00, dataset_management = 0x09, verify = 0x0c;

    return command->sqid && command->opcode != flush && command->opcode != dataset_management &&
           command->opcode <= verify;
}

static uint64_t first_lba(const struct nvsim_command *command, uint16_t code)
{
    return code == LONE_SC_UNRECOVERED_READ ? command->lba : command->cdw10 | (uint64_t)command->cdw11 << 32;
}

void nvsim_error_log(struct nvsim *sim, const struct nvsim_command *command, uint16_t status)
{
    struct nvsim_error_log *errors = &sim->admin.errors;
    uint8_t *entry = errors->entries[errors->count++ % (NVSIM_ELPE + 1)];

    memset(entry, 0, NVSIM_ERROR_ENTRY);
    put64(entry, errors->count);
    nvsim_set16(entry + 8, command->sqid);
    nvsim_set16(entry + 10, command->cid);
    nvsim_set16(entry + 12, (uint16_t)(status << 1));
    nvsim_set16(entry + 14, location(status & 0x7ff));
    if (has_lba(command))
        put64(entry + 16, first_lba(command, status & 0x7ff));
    nvsim_set32(entry + 24, command->nsid);
}

/* The newest comes first. */
uint16_t nvsim_fill_errors(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    const struct nvsim_error_log *errors = &sim->admin.errors;

    (void)command;
    for (uint64_t age = 0; age <= NVSIM_ELPE && age < errors->count; age++)
        memcpy(page + age * NVSIM_ERROR_ENTRY, errors->entries[(errors->count - 1 - age) % (NVSIM_ELPE + 1)],
               NVSIM_ERROR_ENTRY);
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
    put64(page + 32, thousands(sim->usage.read_units));
    put64(page + 48, thousands(sim->usage.written_units));
    put64(page + 64, sim->usage.read_commands);
    put64(page + 80, sim->usage.write_commands);
    put64(page + 112, 1); /* power cycles: the one that opening the simulator is */
    put64(page + 128, nvsim_power_on_hours(sim));
    put64(page + 176, sim->admin.errors.count);
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
