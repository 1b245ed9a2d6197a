/* SPDX-License-Identifier: MIT */
/*
 * Log pages of Flexible Data Placement, of an endurance group (LSI says which): NVMe Base 2.1, 5.1.12.1. As libnvme and
 * Linux have them: that page of the text was not at hand. NUMFDPE, ETYPE and FDPEF were not seen there as names.
 */
#include "spec/logs_tables.h"

#define LATER "NVMe Base 2.1"

/* clang-format off */

/* --- 20h FDP Configurations --- */

static const struct lone_name handle_type_names[] = {
    { 1, "INITIALLY_ISOLATED", "Initially Isolated" },
    { 2, "PERSISTENTLY_ISOLATED", "Persistently Isolated" },
    { 0, NULL, NULL },
};
static const struct lone_field handle_fields[] = {
    { "RUHT", LONE_BYTE(0), 8, LONE_RO, LONE_ENUM, handle_type_names, .meaning = "Reclaim Unit Handle Type" },
};
NESTED(handle, "RUH", "Reclaim Unit Handle Descriptor", 4, handle_fields);
static const struct lone_field placement_attribute_fields[] = {
    { "RGIF",   0, 4, LONE_RO, .unit = "bits", .meaning = "Reclaim Group Identifier Format: of a Placement Identifier, from its top" },
    { "FDPVWC", 4, 1, LONE_RO, .meaning = "FDP Volatile Write Cache" },
    { "FDPCV",  7, 1, LONE_RO, .meaning = "FDP Configuration Valid" },
};
NESTED(placement_attributes, "FDPA", "FDP Attributes", 1, placement_attribute_fields);
static const struct lone_name no_time_limit_names[] = { { 0, "NONE", "not reported" }, { 0 } };
static const struct lone_field configuration_fields[] = {
    { "DSZE",    LONE_BYTE(0),  16, LONE_RO, .unit = "B", .meaning = "Descriptor Size" },
    { "FDPA",    LONE_BYTE(2),   8, LONE_RO, LONE_RECORD, .record = &placement_attributes, .meaning = "FDP Attributes" },
    { "VSS",     LONE_BYTE(3),   8, LONE_RO, .unit = "B", .meaning = "Vendor Specific Size" },
    { "NRG",     LONE_BYTE(4),  32, LONE_RO, .meaning = "Number of Reclaim Groups" },
    { "NRUH",    LONE_BYTE(8),  16, LONE_RO, .meaning = "Number of Reclaim Unit Handles" },
    { "MAXPIDS", LONE_BYTE(10), 16, LONE_RO, LONE_ZERO_BASED, .meaning = "Max Placement Identifiers" },
    { "NNS",     LONE_BYTE(12), 32, LONE_RO, .meaning = "Number of Namespaces Supported" },
    { "RUNS",    LONE_BYTE(16), 64, LONE_RO, .unit = "B", .meaning = "Reclaim Unit Nominal Size" },
    { "ERUTL",   LONE_BYTE(24), 32, LONE_RO, .names = no_time_limit_names, .unit = "s", .meaning = "Estimated Reclaim Unit Time Limit" },
    { "RUH",     LONE_BYTE(64), 4 * 8, LONE_RO, LONE_RECORD, .record = &handle, .counted_by = { "NRUH" }, .meaning = "Reclaim Unit Handle Descriptor" },
    { "VS",      0, 0, LONE_RO, LONE_BYTES, .after = "RUH", .counted_by = { "VSS" }, .meaning = "Vendor Specific" },
};
static const struct lone_record configuration = {
    .name = "FDPC", .title = "FDP Configuration Descriptor", .size = 64, .flags = LONE_VARIABLE, .length = { "DSZE" }, LONE_FIELDS(configuration_fields),
};
static const struct lone_field configurations_fields[] = {
    { "NUMFDPC", LONE_BYTE(0), 16, LONE_RO, LONE_ZERO_BASED, .unit = "configurations", .meaning = "Number of FDP Configurations" },
    { "VER",     LONE_BYTE(2),  8, LONE_RO, .meaning = "Version" },
    { "SZE",     LONE_BYTE(4), 32, LONE_RO, .unit = "B", .meaning = "Size of the page" },
    { "FDPC",   LONE_BYTE(16), 64 * 8, LONE_RO, LONE_RECORD, .record = &configuration, .counted_by = { "NUMFDPC", .add = 1 }, .meaning = "FDP Configuration Descriptor" },
};
const struct lone_record lone_log_fdp_configurations = {
    .name = "fdp_configurations", .title = "FDP Configurations", .size = 16, .flags = LONE_VARIABLE, .length = { "SZE" }, LONE_FIELDS(configurations_fields),
    .spec = LATER, .section = "5.1.12.1",
};

/* --- 21h Reclaim Unit Handle Usage --- */

static const struct lone_name usage_names[] = {
    { 0, "UNUSED", "not used by a namespace" },
    { 1, "HOST", "Host Specified" },
    { 2, "CONTROLLER", "Controller Specified" },
    { 0, NULL, NULL },
};
static const struct lone_field usage_fields[] = {
    { "RUHA", LONE_BYTE(0), 8, LONE_RO, LONE_ENUM, usage_names, .meaning = "Reclaim Unit Handle Attributes" },
};
NESTED(usage, "RUHU", "Reclaim Unit Handle Usage Descriptor", 8, usage_fields);
static const struct lone_field usages_fields[] = {
    { "NRUH", LONE_BYTE(0), 16, LONE_RO, .meaning = "Number of Reclaim Unit Handles" },
    { "RUHU", LONE_BYTE(8), 64, LONE_RO, LONE_RECORD, .record = &usage, .counted_by = { "NRUH" }, .meaning = "Reclaim Unit Handle Usage Descriptor" },
};
const struct lone_record lone_log_fdp_handle_usage = {
    .name = "fdp_handle_usage", .title = "Reclaim Unit Handle Usage", .size = 8, .flags = LONE_VARIABLE, LONE_FIELDS(usages_fields),
    .spec = LATER, .section = "5.1.12.1",
};

/* --- 22h FDP Statistics --- */

static const struct lone_field statistics_fields[] = {
    { "HBMW", LONE_BYTE(0),  128, LONE_RO, .unit = "B", .meaning = "Host Bytes with Metadata Written" },
    { "MBMW", LONE_BYTE(16), 128, LONE_RO, .unit = "B", .meaning = "Media Bytes with Metadata Written" },
    { "MBE",  LONE_BYTE(32), 128, LONE_RO, .unit = "B", .meaning = "Media Bytes Erased" },
};
const struct lone_record lone_log_fdp_statistics = {
    .name = "fdp_statistics", .title = "FDP Statistics", .size = 64, LONE_FIELDS(statistics_fields),
    .spec = LATER, .section = "5.1.12.1",
};

/* --- 23h FDP Events: those of the controller, or with LSP=1 those of the host --- */

static const struct lone_name event_names[] = {
    { 0x00, "NOT_FULLY_WRITTEN", "Reclaim Unit Not Fully Written To Capacity" },
    { 0x01, "TIME_LIMIT", "Reclaim Unit Time Limit Exceeded" },
    { 0x02, "RESET", "Controller Level Reset Modified Reclaim Unit Handles" },
    { 0x03, "PID", "Invalid Placement Identifier" },
    { 0x80, "REALLOCATED", "Media Reallocated" },
    { 0x81, "MODIFIED", "Implicitly Modified Reclaim Unit Handle" },
    { 0 },
};
static const struct lone_field event_flag_fields[] = {
    { "PIV",   0, 1, LONE_RO, .meaning = "Placement Identifier Valid" },
    { "NSIDV", 1, 1, LONE_RO, .meaning = "NSID Valid" },
    { "LV",    2, 1, LONE_RO, .meaning = "Location Valid (RGID and RUHID)" },
};
NESTED(event_flags, "FDPEF", "FDP Event Flags", 1, event_flag_fields);
static const struct lone_field reallocation_fields[] = {
    { "LBAV",  LONE_BYTE(0),  1, LONE_RO, .meaning = "LBA Valid" },
    { "NLBAM", LONE_BYTE(2), 16, LONE_RO, .unit = "blocks", .meaning = "Number of LBAs Moved" },
    { "LBA",   LONE_BYTE(4), 64, LONE_RO, .meaning = "Logical Block Address" },
};
NESTED(reallocation, "REALLOCATED", "Media Reallocated", 16, reallocation_fields);
static const struct lone_field event_fields[] = {
    { "ETYPE",  LONE_BYTE(0),   8, LONE_RO, LONE_ENUM, event_names, .meaning = "Event Type" },
    { "FDPEF",  LONE_BYTE(1),   8, LONE_RO, LONE_RECORD, .record = &event_flags, .meaning = "FDP Event Flags" },
    { "PID",    LONE_BYTE(2),  16, LONE_RO, .meaning = "Placement Identifier" },
    { "ETSTMP", LONE_BYTE(4),  64, LONE_RO, .meaning = "Event Timestamp, as the Timestamp feature has it" },
    { "NSID",   LONE_BYTE(12), 32, LONE_RO, .meaning = "Namespace Identifier" },
    { "REALLOCATED", LONE_BYTE(16), 16 * 8, LONE_RO, LONE_RECORD, .record = &reallocation, .when = "ETYPE", .is = 0x80, .meaning = "Media Reallocated event data" },
    { "RGID",   LONE_BYTE(32), 16, LONE_RO, .meaning = "Reclaim Group Identifier" },
    { "RUHID",  LONE_BYTE(34), 16, LONE_RO, .meaning = "Reclaim Unit Handle Identifier" },
    { "VS",     LONE_BYTE(40), 24 * 8, LONE_RO, LONE_BYTES, .meaning = "Vendor Specific" },
};
NESTED(event, "EVENT", "FDP Event", 64, event_fields);
static const struct lone_field events_fields[] = {
    { "NUMFDPE", LONE_BYTE(0), 32, LONE_RO, .meaning = "Number of FDP Events" },
    { "EVENT",  LONE_BYTE(64), 64 * 8, LONE_RO, LONE_RECORD, .record = &event, .count = 63, .counted_by = { "NUMFDPE" }, .meaning = "FDP Event" },
};
const struct lone_record lone_log_fdp_events = {
    .name = "fdp_events", .title = "FDP Events", .size = 4096, LONE_FIELDS(events_fields),
    .spec = LATER, .section = "5.1.12.1",
};
