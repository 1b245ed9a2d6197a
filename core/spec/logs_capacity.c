/* SPDX-License-Identifier: MIT */
/* Log pages of endurance groups, NVM sets and media units: NVMe Base 2.0, 5.16.1. */
#include "spec/logs_tables.h"

/* clang-format off */

/* --- 09h Endurance Group Information --- */

static const struct lone_field group_warning_fields[] = {
    { "EGASCBT", 0, 1, LONE_RO, .meaning = "Endurance Group Available Spare Capacity Below Threshold" },
    { "EGDR",    2, 1, LONE_RO, .meaning = "Endurance Group Degraded Reliability" },
    { "EGRO",    3, 1, LONE_RO, .meaning = "Endurance Group Read-Only" },
};
NESTED(group_warning, "EGCW", "Critical Warning", 1, group_warning_fields);
static const struct lone_field group_feature_fields[] = {
    { "EGRMEDIA", 0, 1, LONE_RO, .meaning = "Endurance Group Rotational Media" },
};
NESTED(group_features, "EGFEAT", "Endurance Group Features", 1, group_feature_fields);
static const struct lone_field endurance_group_fields[] = {
    { "EGCW",   LONE_BYTE(0),    8, LONE_RO, LONE_RECORD, .record = &group_warning, .meaning = "Critical Warning" },
    { "EGFEAT", LONE_BYTE(1),    8, LONE_RO, LONE_RECORD, .record = &group_features, .meaning = "Endurance Group Features" },
    { "AVSP",   LONE_BYTE(3),    8, LONE_RO, .unit = "%", .meaning = "Available Spare" },
    { "AVSPT",  LONE_BYTE(4),    8, LONE_RO, .unit = "%", .meaning = "Available Spare Threshold" },
    { "PUSED",  LONE_BYTE(5),    8, LONE_RO, .unit = "%", .meaning = "Percentage Used" },
    { "DID",    LONE_BYTE(6),   16, LONE_RO, .meaning = "Domain Identifier" },
    { "EE",     LONE_BYTE(32), 128, LONE_RO, .scale = 1000000000, .unit = "B", .meaning = "Endurance Estimate" },
    { "DUR",    LONE_BYTE(48), 128, LONE_RO, .scale = 1000000000, .unit = "B", .meaning = "Data Units Read" },
    { "DUW",    LONE_BYTE(64), 128, LONE_RO, .scale = 1000000000, .unit = "B", .meaning = "Data Units Written" },
    { "MUW",    LONE_BYTE(80), 128, LONE_RO, .scale = 1000000000, .unit = "B", .meaning = "Media Units Written" },
    { "HRC",    LONE_BYTE(96), 128, LONE_RO, .unit = "commands", .meaning = "Host Read Commands" },
    { "HWC",   LONE_BYTE(112), 128, LONE_RO, .unit = "commands", .meaning = "Host Write Commands" },
    { "MDIE",  LONE_BYTE(128), 128, LONE_RO, .meaning = "Media and Data Integrity Errors" },
    { "NEILE", LONE_BYTE(144), 128, LONE_RO, .meaning = "Number of Error Information Log Entries" },
    { "TEGCAP", LONE_BYTE(160), 128, LONE_RO, .unit = "B", .meaning = "Total Endurance Group Capacity" },
    { "UEGCAP", LONE_BYTE(176), 128, LONE_RO, .unit = "B", .meaning = "Unallocated Endurance Group Capacity" },
};
const struct lone_record lone_log_endurance_group = {
    .name = "endurance_group", .title = "Endurance Group Information", .size = 512, LONE_FIELDS(endurance_group_fields),
    .spec = BASE, .section = "5.16.1.10",
};

/* --- 0Ah, 0Bh Predictable Latency --- */

static const struct lone_name window_names[] = {
    { 0, "NONE", "Predictable Latency Mode is not enabled" },
    { 1, "DTWIN", "Deterministic Window" },
    { 2, "NDWIN", "Non-Deterministic Window" },
    { 0, NULL, NULL },
};
static const struct lone_field latency_event_fields[] = {
    { "DTWINRW",  0, 1, LONE_RO, .meaning = "DTWIN Reads Warning" },
    { "DTWINWW",  1, 1, LONE_RO, .meaning = "DTWIN Writes Warning" },
    { "DTWINTW",  2, 1, LONE_RO, .meaning = "DTWIN Time Warning" },
    { "ATDNTMVE", 14, 1, LONE_RO, .meaning = "Autonomous transition from DTWIN to NDWIN, typical or maximum value exceeded" },
    { "ATDNDE",   15, 1, LONE_RO, .meaning = "Autonomous transition from DTWIN to NDWIN, Deterministic Excursion" },
};
NESTED(latency_events, "ET", "Event Type", 2, latency_event_fields);
static const struct lone_field predictable_latency_fields[] = {
    { "STS",      LONE_BYTE(0),    3, LONE_RO, LONE_ENUM, window_names, .meaning = "Status" },
    { "ET",       LONE_BYTE(2),   16, LONE_RO, LONE_RECORD, .record = &latency_events, .meaning = "Event Type" },
    { "DTWINRT",  LONE_BYTE(32),  64, LONE_RO, .meaning = "DTWIN Reads Typical, in units of 4 KiB" },
    { "DTWINWT",  LONE_BYTE(40),  64, LONE_RO, .meaning = "DTWIN Writes Typical, in optimal write sizes" },
    { "DTWINTM",  LONE_BYTE(48),  64, LONE_RO, .unit = "ms", .meaning = "DTWIN Time Maximum" },
    { "NDWINTMH", LONE_BYTE(56),  64, LONE_RO, .unit = "ms", .meaning = "NDWIN Time Minimum High" },
    { "NDWINTML", LONE_BYTE(64),  64, LONE_RO, .unit = "ms", .meaning = "NDWIN Time Minimum Low" },
    { "DTWINRE", LONE_BYTE(128),  64, LONE_RO, .meaning = "DTWIN Reads Estimate, in units of 4 KiB" },
    { "DTWINWE", LONE_BYTE(136),  64, LONE_RO, .meaning = "DTWIN Writes Estimate, in optimal write sizes" },
    { "DTWINTE", LONE_BYTE(144),  64, LONE_RO, .unit = "ms", .meaning = "DTWIN Time Estimate" },
};
const struct lone_record lone_log_predictable_latency = {
    .name = "predictable_latency", .title = "Predictable Latency Per NVM Set", .size = 512, LONE_FIELDS(predictable_latency_fields),
    .spec = BASE, .section = "5.16.1.11",
};

static const struct lone_field predictable_latency_events_fields[] = {
    { "NUMENT",   LONE_BYTE(0), 64, LONE_RO, .meaning = "Number of Entries" },
    { "NVMSETID", LONE_BYTE(8), 16, LONE_RO, .counted_by = { "NUMENT" }, .meaning = "NVM Set Identifier" },
};
const struct lone_record lone_log_predictable_latency_events = {
    .name = "predictable_latency_events", .title = "Predictable Latency Event Aggregate", .size = 8, .flags = LONE_VARIABLE, LONE_FIELDS(predictable_latency_events_fields),
    .spec = BASE, .section = "5.16.1.12",
};

/* --- 0Fh Endurance Group Event Aggregate --- */

static const struct lone_field endurance_group_events_fields[] = {
    { "NUMENT", LONE_BYTE(0), 64, LONE_RO, .meaning = "Number of Entries" },
    { "ENDGID", LONE_BYTE(8), 16, LONE_RO, .counted_by = { "NUMENT" }, .meaning = "Endurance Group Identifier" },
};
const struct lone_record lone_log_endurance_group_events = {
    .name = "endurance_group_events", .title = "Endurance Group Event Aggregate", .size = 8, .flags = LONE_VARIABLE, LONE_FIELDS(endurance_group_events_fields),
    .spec = BASE, .section = "5.16.1.15",
};

/* --- 10h Media Unit Status --- */

static const struct lone_field media_unit_fields[] = {
    { "MUID",     LONE_BYTE(0), 16, LONE_RO, .meaning = "Media Unit Identifier" },
    { "DID",      LONE_BYTE(2), 16, LONE_RO, .meaning = "Domain Identifier" },
    { "ENDGID",   LONE_BYTE(4), 16, LONE_RO, .meaning = "Endurance Group Identifier" },
    { "NVMSETID", LONE_BYTE(6), 16, LONE_RO, .meaning = "NVM Set Identifier" },
    { "CAF",      LONE_BYTE(8), 16, LONE_RO, .meaning = "Capacity Adjustment Factor" },
    { "AVSP",    LONE_BYTE(10),  8, LONE_RO, .unit = "%", .meaning = "Available Spare" },
    { "PUSED",   LONE_BYTE(11),  8, LONE_RO, .unit = "%", .meaning = "Percentage Used" },
    { "MUCS",    LONE_BYTE(12),  8, LONE_RO, .meaning = "Number of Channels" },
    { "CIO",     LONE_BYTE(13),  8, LONE_RO, .unit = "B", .meaning = "Channel Identifiers Offset, a multiple of 16" },
    { "CHID", 0, 16, LONE_RO, .start = { "CIO" }, .counted_by = { "MUCS" }, .meaning = "Channel Identifier" },
};
VARIABLE(media_unit, "MUS", "Media Unit Status Descriptor", 16, media_unit_fields);
static const struct lone_field media_units_fields[] = {
    { "NMU",    LONE_BYTE(0), 16, LONE_RO, .meaning = "Number of Media Unit Status Descriptors" },
    { "CCHANS", LONE_BYTE(2), 16, LONE_RO, .meaning = "Number of Channels" },
    { "SC",     LONE_BYTE(4), 16, LONE_RO, .meaning = "Selected Configuration" },
    { "MUS",   LONE_BYTE(16), 16 * 8, LONE_RO, LONE_RECORD, .record = &media_unit, .counted_by = { "NMU" }, .meaning = "Media Unit Status Descriptor" },
};
const struct lone_record lone_log_media_unit_status = {
    .name = "media_unit_status", .title = "Media Unit Status", .size = 16, .flags = LONE_VARIABLE, LONE_FIELDS(media_units_fields),
    .spec = BASE, .section = "5.16.1.16",
};

/* --- 11h Supported Capacity Configuration List --- */

static const struct lone_field media_config_fields[] = {
    { "MUID", LONE_BYTE(0), 16, LONE_RO, .meaning = "Media Unit Identifier" },
    { "MUDL", LONE_BYTE(6), 16, LONE_RO, .unit = "B", .meaning = "Media Unit Descriptor Length, of what follows this field" },
};
static const struct lone_record media_config = {
    .name = "MU", .title = "Media Unit Configuration Descriptor", .size = 8, .flags = LONE_VARIABLE,
    .length = { "MUDL", .add = 8 }, LONE_FIELDS(media_config_fields),
};
static const struct lone_name no_channel_names[] = { { 0xffff, "NONE", "not specified" }, { 0 } };
static const struct lone_field channel_config_fields[] = {
    { "CHID",   LONE_BYTE(0), 16, LONE_RO, .names = no_channel_names, .meaning = "Channel Identifier" },
    { "CHMUS",  LONE_BYTE(2), 16, LONE_RO, .meaning = "Number of Channel Media Units" },
    { "MU",     LONE_BYTE(4), 64, LONE_RO, LONE_RECORD, .record = &media_config, .counted_by = { "CHMUS" }, .meaning = "Media Unit Configuration Descriptor" },
};
VARIABLE(channel_config, "CHANNEL", "Channel Configuration Descriptor", 4, channel_config_fields);
/* EGCHANS follows a list of variable length, so the channels are a record of their own behind it. */
static const struct lone_field group_channels_fields[] = {
    { "EGCHANS", LONE_BYTE(0), 16, LONE_RO, .meaning = "Number of Channels" },
    { "CHANNEL", LONE_BYTE(2), 32, LONE_RO, LONE_RECORD, .record = &channel_config, .counted_by = { "EGCHANS" }, .meaning = "Channel Configuration Descriptor" },
};
VARIABLE(group_channels, "CHANNELS", "Endurance Group Channels", 2, group_channels_fields);
static const struct lone_field group_config_fields[] = {
    { "ENDGID", LONE_BYTE(0),   16, LONE_RO, .meaning = "Endurance Group Identifier" },
    { "CADJF",  LONE_BYTE(2),   16, LONE_RO, .meaning = "Capacity Adjustment Factor" },
    { "TEGCAP", LONE_BYTE(16), 128, LONE_RO, .unit = "B", .meaning = "Total Endurance Group Capacity" },
    { "SEGCAP", LONE_BYTE(32), 128, LONE_RO, .unit = "B", .meaning = "Spare Endurance Group Capacity" },
    { "EE",     LONE_BYTE(48), 128, LONE_RO, .scale = 1000000000, .unit = "B", .meaning = "Endurance Estimate" },
    { "EGSETS", LONE_BYTE(80),  16, LONE_RO, .meaning = "Number of NVM Sets" },
    { "NVMSETID", LONE_BYTE(82), 16, LONE_RO, .counted_by = { "EGSETS" }, .meaning = "NVM Set Identifier" },
    { "CHANNELS", 0, 16, LONE_RO, LONE_RECORD, .record = &group_channels, .after = "NVMSETID", .meaning = "Endurance Group Channels" },
};
VARIABLE(group_config, "EG", "Endurance Group Configuration Descriptor", 82, group_config_fields);
static const struct lone_field capacity_config_fields[] = {
    { "CCID", LONE_BYTE(0), 16, LONE_RO, .meaning = "Capacity Configuration Identifier" },
    { "DID",  LONE_BYTE(2), 16, LONE_RO, .meaning = "Domain Identifier" },
    { "EGCN", LONE_BYTE(4), 16, LONE_RO, .meaning = "Number of Endurance Group Configuration Descriptors" },
    { "EG",  LONE_BYTE(32), 82 * 8, LONE_RO, LONE_RECORD, .record = &group_config, .counted_by = { "EGCN" }, .meaning = "Endurance Group Configuration Descriptor" },
};
VARIABLE(capacity_config, "CC", "Capacity Configuration Descriptor", 32, capacity_config_fields);
static const struct lone_field capacity_configurations_fields[] = {
    { "SCCN", LONE_BYTE(0), 8, LONE_RO, .meaning = "Number of Supported Capacity Configuration Descriptors" },
    { "CC",  LONE_BYTE(16), 32 * 8, LONE_RO, LONE_RECORD, .record = &capacity_config, .counted_by = { "SCCN" }, .meaning = "Capacity Configuration Descriptor" },
};
const struct lone_record lone_log_capacity_configurations = {
    .name = "capacity_configurations", .title = "Supported Capacity Configuration List", .size = 16, .flags = LONE_VARIABLE, LONE_FIELDS(capacity_configurations_fields),
    .spec = BASE, .section = "5.16.1.17",
};

/* --- 16h Rotational Media Information: as libnvme has it, that page of the text was not at hand --- */

static const struct lone_name speed_names[] = {
    { 0, "NONE", "not reported" },
    { 0 },
};
static const struct lone_field rotational_media_fields[] = {
    { "ENDGID", LONE_BYTE(0),  16, LONE_RO, .meaning = "Endurance Group Identifier" },
    { "NUMA",   LONE_BYTE(2),  16, LONE_RO, .meaning = "Number of Actuators" },
    { "NRS",    LONE_BYTE(4),  16, LONE_RO, .names = speed_names, .unit = "rpm", .meaning = "Nominal Rotational Speed" },
    { "SPINC",  LONE_BYTE(8),  32, LONE_RO, .meaning = "Spinup Count" },
    { "FSPINC", LONE_BYTE(12), 32, LONE_RO, .meaning = "Failed Spinup Count" },
    { "LDC",    LONE_BYTE(16), 32, LONE_RO, .meaning = "Load Count" },
    { "FLDC",   LONE_BYTE(20), 32, LONE_RO, .meaning = "Failed Load Count" },
};
const struct lone_record lone_log_rotational_media = {
    .name = "rotational_media", .title = "Rotational Media Information", .size = 512, LONE_FIELDS(rotational_media_fields),
    .spec = BASE, .section = "5.16.1.22",
};
