/* SPDX-License-Identifier: MIT */
/* The log pages, how long they are, and the asynchronous events that point to them. */
#include "spec/logs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "spec/logs_tables.h"
#include "spec/record_internal.h"

/* clang-format off */
#define NVM "NVM Command Set 1.0, "
#define ZNS "ZNS Command Set 1.1, "
#define PLACEMENT "NVMe Base 2.1, 5.1.12.1"

const struct lone_log lone_logs[] = {
    { "supported", "Supported Log Pages", 0x00, -1, &lone_log_supported, .section = "5.16.1.1" },
    { "error", "Error Information", 0x01, -1, &lone_log_error, .section = "5.16.1.2" },
    { "smart", "SMART / Health Information", 0x02, -1, &lone_log_smart, .section = "5.16.1.3" },
    { "firmware", "Firmware Slot Information", 0x03, -1, &lone_log_firmware, .section = "5.16.1.4" },
    { "changed_namespaces", "Changed Namespace List", 0x04, -1, &lone_log_changed_namespaces, .section = "5.16.1.5" },
    { "effects", "Commands Supported and Effects", 0x05, -1, &lone_log_effects, .section = "5.16.1.6" },
    { "self_test", "Device Self-test", 0x06, -1, &lone_log_self_test, .section = "5.16.1.7" },
    { "telemetry_host", "Telemetry Host-Initiated", 0x07, -1, &lone_log_telemetry_host, .section = "5.16.1.8", .generation = "THDGN" },
    { "telemetry_controller", "Telemetry Controller-Initiated", 0x08, -1, &lone_log_telemetry_controller, .section = "5.16.1.9", .generation = "TCDGN" },
    { "endurance_group", "Endurance Group Information", 0x09, -1, &lone_log_endurance_group, .section = "5.16.1.10" },
    { "predictable_latency", "Predictable Latency Per NVM Set", 0x0a, -1, &lone_log_predictable_latency, .section = "5.16.1.11" },
    { "predictable_latency_events", "Predictable Latency Event Aggregate", 0x0b, -1, &lone_log_predictable_latency_events, .section = "5.16.1.12" },
    { "ana", "Asymmetric Namespace Access", 0x0c, -1, &lone_log_ana, .section = "5.16.1.13", .generation = "CHGC" },
    { "persistent_events", "Persistent Event Log", 0x0d, -1, &lone_log_persistent_events, .section = "5.16.1.14", .generation = "GNUM" },
    { "lba_status", "LBA Status Information", 0x0e, -1, &lone_log_lba_status, .section = NVM "4.1.4.5", .generation = "LSGC" },
    { "endurance_group_events", "Endurance Group Event Aggregate", 0x0f, -1, &lone_log_endurance_group_events, .section = "5.16.1.15" },
    { "media_unit_status", "Media Unit Status", 0x10, -1, &lone_log_media_unit_status, .section = "5.16.1.16" },
    { "capacity_configurations", "Supported Capacity Configuration List", 0x11, -1, &lone_log_capacity_configurations, .section = "5.16.1.17" },
    { "feature_effects", "Feature Identifiers Supported and Effects", 0x12, -1, &lone_log_feature_effects, .section = "5.16.1.18" },
    { "mi_effects", "NVMe-MI Commands Supported and Effects", 0x13, -1, &lone_log_mi_effects, .section = "5.16.1.19" },
    { "lockdown", "Command and Feature Lockdown", 0x14, -1, &lone_log_lockdown, .section = "5.16.1.20" },
    { "boot_partition", "Boot Partition", 0x15, -1, &lone_log_boot_partition, .section = "5.16.1.21" },
    { "rotational_media", "Rotational Media Information", 0x16, -1, &lone_log_rotational_media, .section = "5.16.1.22" },
    { "fdp_configurations", "FDP Configurations", 0x20, -1, &lone_log_fdp_configurations, .section = PLACEMENT },
    { "fdp_handle_usage", "Reclaim Unit Handle Usage", 0x21, -1, &lone_log_fdp_handle_usage, .section = PLACEMENT },
    { "fdp_statistics", "FDP Statistics", 0x22, -1, &lone_log_fdp_statistics, .section = PLACEMENT },
    { "fdp_events", "FDP Events", 0x23, -1, &lone_log_fdp_events, .section = PLACEMENT },
    { "discovery", "Discovery", 0x70, -1, &lone_log_discovery, .section = "5.16.1.23", .generation = "GENCTR" },
    { "reservation", "Reservation Notification", 0x80, -1, &lone_log_reservation, .section = "5.16.1.24" },
    { "sanitize", "Sanitize Status", 0x81, -1, &lone_log_sanitize, .section = "5.16.1.25" },
    { "changed_zones", "Changed Zone List", 0xbf, 2, &lone_log_changed_zones, .per_namespace = true, .section = ZNS "4.1.4.1" },
};
const size_t lone_n_logs = LONE_COUNT(lone_logs);

#define ERROR     "Error"
#define SMART     "SMART / Health Status"
#define NOTICE    "Notice"
#define IMMEDIATE "Immediate"
#define ONE_SHOT  "One-Shot"
#define IO        "I/O Command Specific Status"
#define LATER     "NVMe Base 2.1, 5.1.2"

const struct lone_event lone_events[] = {
    { 0, 0x00, ERROR, "Write to Invalid Doorbell Register", "5.2" },
    { 0, 0x01, ERROR, "Invalid Doorbell Write Value", "5.2" },
    { 0, 0x02, ERROR, "Diagnostic Failure", "5.2" },
    { 0, 0x03, ERROR, "Persistent Internal Error", "5.2" },
    { 0, 0x04, ERROR, "Transient Internal Error", "5.2" },
    { 0, 0x05, ERROR, "Firmware Image Load Error", "5.2" },
    { 1, 0x00, SMART, "NVM subsystem Reliability", "5.2" },
    { 1, 0x01, SMART, "Temperature Threshold", "5.2" },
    { 1, 0x02, SMART, "Spare Below Threshold", "5.2" },
    { 2, 0x00, NOTICE, "Namespace Attribute Changed", "5.2" },
    { 2, 0x01, NOTICE, "Firmware Activation Starting", "5.2" },
    { 2, 0x02, NOTICE, "Telemetry Log Changed", "5.2" },
    { 2, 0x03, NOTICE, "Asymmetric Namespace Access Change", "5.2" },
    { 2, 0x04, NOTICE, "Predictable Latency Event Aggregate Log Change", "5.2" },
    { 2, 0x05, NOTICE, "LBA Status Information Alert", "5.2" },
    { 2, 0x06, NOTICE, "Endurance Group Event Aggregate Log Page Change", "5.2" },
    { 2, 0x07, NOTICE, "Reachability Group Change", LATER },
    { 2, 0x08, NOTICE, "Reachability Association Change", LATER },
    { 2, 0x09, NOTICE, "Allocated Namespace Attribute Changed", LATER },
    { 2, 0xef, NOTICE, "Zone Descriptor Changed", ZNS "4.1.1" },
    { 2, 0xf0, NOTICE, "Discovery Log Page Change", "5.2" },
    { 2, 0xf1, NOTICE, "Host Discovery Log Page Change", LATER },
    { 2, 0xf2, NOTICE, "AVE Discovery Log Page Change", LATER },
    { 2, 0xf3, NOTICE, "Pull Model DDC Request Log Page Change", LATER },
    { 3, 0x00, IMMEDIATE, "Normal NVM Subsystem Shutdown", "5.2" },
    { 3, 0x01, IMMEDIATE, "Temperature Threshold Hysteresis Recovery", LATER },
    { 4, 0x00, ONE_SHOT, "Controller Data Queue Tail Pointer", LATER },
    { 4, 0x01, ONE_SHOT, "Controller Data Queue Full Error", LATER },
    { 6, 0x00, IO, "Reservation Log Page Available", "5.2" },
    { 6, 0x01, IO, "Sanitize Operation Completed", "5.2" },
    { 6, 0x02, IO, "Sanitize Operation Completed With Unexpected Deallocation", "5.2" },
    { 6, 0x03, IO, "Sanitize Operation Entered Media Verification State", LATER },
};
const size_t lone_n_events = LONE_COUNT(lone_events);
/* clang-format on */

const struct lone_log *lone_log_named(const char *name)
{
    for (size_t i = 0; i < lone_n_logs; i++)
        if (!strcmp(lone_logs[i].name, name))
            return &lone_logs[i];
    return NULL;
}

const struct lone_log *lone_log_numbered(uint8_t lid, int csi)
{
    for (size_t i = 0; i < lone_n_logs; i++)
        if (lone_logs[i].lid == lid && (csi < 0 || lone_logs[i].csi < 0 || lone_logs[i].csi == csi))
            return &lone_logs[i];
    return NULL;
}

const struct lone_event *lone_event_of(uint32_t dw0)
{
    for (size_t i = 0; i < lone_n_events; i++)
        if (lone_events[i].type == (dw0 & 7) && lone_events[i].info == (dw0 >> 8 & 0xff))
            return &lone_events[i];
    return NULL;
}

#define ERROR_ENTRIES     64u  /* many controllers have so many, and they fit into a page of memory */
#define ERROR_ENTRIES_MAX 256u /* ELPE has 8 bits, 0's based */
#define TELEMETRY_BLOCK   512u /* the header has the size of one */

/* Nothing in the page tells how many entries there are. When the last of those that were read is used, there may be
 * more. */
static uint64_t error_length(const uint8_t *bytes, uint64_t have)
{
    uint32_t entry = lone_log_error.fields[0].bits / 8;

    if (have < (uint64_t)ERROR_ENTRIES * entry)
        return ERROR_ENTRIES * entry;
    return lone_bits_get(bytes + (have / entry - 1) * entry, 0, 64) ? ERROR_ENTRIES_MAX * entry : have;
}

/* All areas begin at block 1; the largest last block is the last of all. The three small areas' stand in bytes 8 to 13,
 * area 4's in bytes 16 to 19. */
static uint64_t telemetry_length(const uint8_t *bytes, uint64_t have)
{
    uint64_t last;

    if (have < TELEMETRY_BLOCK)
        return TELEMETRY_BLOCK;
    last = (uint64_t)lone_bits_get(bytes, LONE_BYTE(16), 32);
    for (unsigned byte = 8; byte < 14; byte += 2) {
        uint64_t block = (uint64_t)lone_bits_get(bytes, LONE_BYTE(byte), 16);

        last = block > last ? block : last;
    }
    return (last + 1) * TELEMETRY_BLOCK;
}

uint64_t lone_log_length(const struct lone_log *log, const uint8_t *bytes, uint64_t have)
{
    uint64_t length;

    if (log->record == &lone_log_error)
        length = error_length(bytes, have);
    else if (log->record == &lone_log_telemetry_host || log->record == &lone_log_telemetry_controller)
        length = telemetry_length(bytes, have);
    else
        length = lone_record_extent(log->record, bytes, have);
    return (length + 3) & ~3ull;
}

static bool is_walked(const struct lone_record *record)
{
    for (size_t i = 0; !record->length.field && i < record->n_fields; i++)
        if (lone_varies(&record->fields[i]))
            return true;
    return false;
}

int lone_log_bounded(const struct lone_log *log, uint64_t length, struct lone_error *error)
{
    uint64_t most = is_walked(log->record) ? LONE_LOG_WALKED_MAX : LONE_LOG_MAX;

    if (length <= most)
        return 0;
    return lone_fail(error, EFBIG,
                     "the page says that it has %" PRIu64 " bytes or more, and at most %" PRIu64
                     " are read at once: say how many and from where, LID=0x%x,NUMD=1023,LPO=0 (dwords, less one; "
                     "bytes)",
                     length, most, log->lid);
}
