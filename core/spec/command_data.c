/* SPDX-License-Identifier: MIT */
/*
 * The structures that commands take and return: ranges of Dataset Management and Copy, reservation keys and reports,
 * LBA status, directives (NVMe Base 2.0 and NVM Command Set 1.0), zone reports (ZNS Command Set 1.1). Copy Descriptor
 * Formats 2h and 3h are of NVM Command Set 1.2, which calls SR, SW, WP and CAS of Dataset Management SRR, SWR, WPREP
 * and CASZE.
 */
#include "spec/command_data.h"

#include <assert.h>
#include <string.h>

#include "spec/nvme.h"

/* clang-format off */

/* A part of a structure. */
#define PART(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {.name = mnemonic, .title = words, .size = bytes, LONE_FIELDS(rows)}
#define BASE "NVMe Base 2.0"
#define NVM  "NVM Command Set 1.0"
#define ZNS  "ZNS Command Set 1.1"

static const struct lone_name access_frequencies[] = {
    LONE_ACCESS_FREQUENCIES,
    { 0 },
};
const struct lone_name lone_access_latencies[] = {
    { 0, "NONE", "No latency information provided" },
    { 1, "IDLE", "Longer latency acceptable" },
    { 2, "NORMAL", "Typical latency" },
    { 3, "LOW", "Smallest possible latency" },
    { 0 },
};
static const struct lone_field context_attribute_fields[] = {
    { "AF",  0,  4, LONE_RW, LONE_ENUM, access_frequencies, .meaning = "Access Frequency" },
    { "AL",  4,  2, LONE_RW, LONE_ENUM, lone_access_latencies, .meaning = "Access Latency" },
    { "SR",  8,  1, LONE_RW, .meaning = "Sequential Read Range" },
    { "SW",  9,  1, LONE_RW, .meaning = "Sequential Write Range" },
    { "WP",  10, 1, LONE_RW, .meaning = "Write Prepare" },
    { "CAS", 24, 8, LONE_RW, .unit = "blocks", .meaning = "Command Access Size; 0: no information" },
};
PART(context_attributes, "CATTR", "Context Attributes", 4, context_attribute_fields);
static const struct lone_field dsm_range_fields[] = {
    { "CATTR", LONE_BYTE(0), 32, LONE_RW, LONE_RECORD, .record = &context_attributes, .meaning = "Context Attributes" },
    { "LLB",   LONE_BYTE(4), 32, LONE_RW, .unit = "blocks", .meaning = "Length in Logical Blocks" },
    { "SLBA",  LONE_BYTE(8), 64, LONE_RW, .meaning = "Starting LBA" },
};
PART(dsm_range, "RANGE", "Range", 16, dsm_range_fields);
static const struct lone_field dsm_ranges_fields[] = {
    { "RANGE", 0, 16 * 8, LONE_RW, LONE_RECORD, .record = &dsm_range, .open = true, .meaning = "Range" },
};
const struct lone_record lone_dsm_ranges = {
    .name = "dsm_ranges", .title = "Dataset Management - Range Definition", .flags = LONE_VARIABLE,
    LONE_FIELDS(dsm_ranges_fields), .spec = NVM, .section = "3.2.3",
};

#define SOURCE_ROWS \
    { "SLBA", LONE_BYTE(8),  64, LONE_RW, .meaning = "Starting LBA" }, \
    { "NLB",  LONE_BYTE(16), 16, LONE_RW, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Number of Logical Blocks" }, \
    { "CETYPE", LONE_BYTE(18), 4, LONE_RW, .meaning = "Command Extension Type, of NVM Command Set 1.2; 0: none" }, \
    { "CEV",  LONE_BYTE(20), 16, LONE_RW, .meaning = "Command Extension Value" }
/* Of 16b Guard. libnvme 1.3 has the application tag and its mask the other way round; the specification, QEMU and SPDK
 * have them so. */
#define TAG_ROWS_0 \
    SOURCE_ROWS, \
    { "ELBT",   LONE_BYTE(24), 32, LONE_RW, .meaning = "Expected Logical Block Tags: storage and reference tag" }, \
    { "ELBAT",  LONE_BYTE(28), 16, LONE_RW, .meaning = "Expected Logical Block Application Tag" }, \
    { "ELBATM", LONE_BYTE(30), 16, LONE_RW, .meaning = "Expected Logical Block Application Tag Mask" }
static const struct lone_field source_0_fields[] = { TAG_ROWS_0 };
PART(source_0, "RANGE", "Source Range", 32, source_0_fields);
/* Of 32b and 64b Guard. The tags are in the order of the protection information: big-endian. */
#define TAG_ROWS_1 \
    SOURCE_ROWS, \
    { "ELBT",   LONE_BYTE(26), 10 * 8, LONE_RW, LONE_BYTES, .meaning = "Expected Logical Block Tags: storage and reference tag" }, \
    { "ELBAT",  LONE_BYTE(36), 16, LONE_RW, .meaning = "Expected Logical Block Application Tag" }, \
    { "ELBATM", LONE_BYTE(38), 16, LONE_RW, .meaning = "Expected Logical Block Application Tag Mask" }
static const struct lone_field source_1_fields[] = { TAG_ROWS_1 };
PART(source_1, "RANGE", "Source Range", 40, source_1_fields);
/* Of 2h and 3h: as 0h and 1h, but from any namespace. */
#define OTHER_SOURCE_ROWS \
    { "SNSID", LONE_BYTE(0), 32, LONE_RW, .meaning = "Source Namespace Identifier" }, \
    { "FCO",   LONE_BYTE(22) + 15, 1, LONE_RW, .meaning = "Fast Copy Only (Source Options)" }
static const struct lone_field source_2_fields[] = { OTHER_SOURCE_ROWS, TAG_ROWS_0 };
PART(source_2, "RANGE", "Source Range", 32, source_2_fields);
static const struct lone_field source_3_fields[] = { OTHER_SOURCE_ROWS, TAG_ROWS_1 };
PART(source_3, "RANGE", "Source Range", 40, source_3_fields);
static const struct lone_field copy_ranges_0_fields[] = {
    { "RANGE", 0, 32 * 8, LONE_RW, LONE_RECORD, .record = &source_0, .open = true, .meaning = "Source Range" },
};
const struct lone_record lone_copy_ranges_0 = {
    .name = "copy_ranges_0", .title = "Source Range Entries Copy Descriptor Format 0h", .flags = LONE_VARIABLE,
    LONE_FIELDS(copy_ranges_0_fields), .spec = NVM, .section = "3.2.2",
};
static const struct lone_field copy_ranges_1_fields[] = {
    { "RANGE", 0, 40 * 8, LONE_RW, LONE_RECORD, .record = &source_1, .open = true, .meaning = "Source Range" },
};
const struct lone_record lone_copy_ranges_1 = {
    .name = "copy_ranges_1", .title = "Source Range Entries Copy Descriptor Format 1h", .flags = LONE_VARIABLE,
    LONE_FIELDS(copy_ranges_1_fields), .spec = NVM, .section = "3.2.2",
};

static const struct lone_field copy_ranges_2_fields[] = {
    { "RANGE", 0, 32 * 8, LONE_RW, LONE_RECORD, .record = &source_2, .open = true, .meaning = "Source Range" },
};
const struct lone_record lone_copy_ranges_2 = {
    .name = "copy_ranges_2", .title = "Source Range Entries Copy Descriptor Format 2h", .flags = LONE_VARIABLE,
    LONE_FIELDS(copy_ranges_2_fields), .spec = "NVM Command Set 1.2", .section = "3.3.2",
};
static const struct lone_field copy_ranges_3_fields[] = {
    { "RANGE", 0, 40 * 8, LONE_RW, LONE_RECORD, .record = &source_3, .open = true, .meaning = "Source Range" },
};
const struct lone_record lone_copy_ranges_3 = {
    .name = "copy_ranges_3", .title = "Source Range Entries Copy Descriptor Format 3h", .flags = LONE_VARIABLE,
    LONE_FIELDS(copy_ranges_3_fields), .spec = "NVM Command Set 1.2", .section = "3.3.2",
};

#define CRKEY_ROW { "CRKEY", LONE_BYTE(0), 64, LONE_RW, .meaning = "Current Reservation Key" }
static const struct lone_field register_fields[] = {
    CRKEY_ROW,
    { "NRKEY", LONE_BYTE(8), 64, LONE_RW, .meaning = "New Reservation Key" },
};
const struct lone_record lone_reservation_register = {
    .name = "reservation_register", .title = "Reservation Register Data Structure", .size = 16, LONE_FIELDS(register_fields),
    .spec = BASE, .section = "7.3",
};
static const struct lone_field acquire_fields[] = {
    CRKEY_ROW,
    { "PRKEY", LONE_BYTE(8), 64, LONE_RW, .meaning = "Preempt Reservation Key" },
};
const struct lone_record lone_reservation_acquire = {
    .name = "reservation_acquire", .title = "Reservation Acquire Data Structure", .size = 16, LONE_FIELDS(acquire_fields),
    .spec = BASE, .section = "7.2",
};
static const struct lone_field release_fields[] = { CRKEY_ROW };
const struct lone_record lone_reservation_release = {
    .name = "reservation_release", .title = "Reservation Release Data Structure", .size = 8, LONE_FIELDS(release_fields),
    .spec = BASE, .section = "7.4",
};

static const struct lone_name reservation_types[] = {
    { 0, "NONE", "no reservation is held" },
    { 1, "WRITE_EXCLUSIVE", "Write Exclusive Reservation" },
    { 2, "EXCLUSIVE_ACCESS", "Exclusive Access Reservation" },
    { 3, "WRITE_EXCLUSIVE_REGISTRANTS", "Write Exclusive - Registrants Only Reservation" },
    { 4, "EXCLUSIVE_ACCESS_REGISTRANTS", "Exclusive Access - Registrants Only Reservation" },
    { 5, "WRITE_EXCLUSIVE_ALL", "Write Exclusive - All Registrants Reservation" },
    { 6, "EXCLUSIVE_ACCESS_ALL", "Exclusive Access - All Registrants Reservation" },
    { 0 },
};
static const struct lone_field rcsts_fields[] = {
    { "RSTS", 0, 1, LONE_RO, .meaning = "Reservation Status", LONE_TWO("NotHolder", "the controller belongs to no host that holds the reservation", "Holder", "the controller belongs to a host that holds the reservation") },
};
PART(rcsts, "RCSTS", "Reservation Status", 1, rcsts_fields);
#define REGISTRANT_ROWS \
    { "CNTLID", LONE_BYTE(0), 16, LONE_RO, .meaning = "Controller ID" }, \
    { "RCSTS",  LONE_BYTE(2), 8,  LONE_RO, LONE_RECORD, .record = &rcsts, .meaning = "Reservation Status" }
static const struct lone_field registrant_fields[] = {
    REGISTRANT_ROWS,
    { "HOSTID", LONE_BYTE(8),  64, LONE_RO, .meaning = "Host Identifier" },
    { "RKEY",   LONE_BYTE(16), 64, LONE_RO, .meaning = "Reservation Key" },
};
PART(registrant, "RCDS", "Registered Controller Data Structure", 24, registrant_fields);
static const struct lone_field registrant_extended_fields[] = {
    REGISTRANT_ROWS,
    { "RKEY",   LONE_BYTE(8),  64,  LONE_RO, .meaning = "Reservation Key" },
    { "HOSTID", LONE_BYTE(16), 128, LONE_RO, .meaning = "Host Identifier" },
};
PART(registrant_extended, "RCEDS", "Registered Controller Extended Data Structure", 64, registrant_extended_fields);
#define RESERVATION_ROWS \
    { "GEN",    LONE_BYTE(0), 32, LONE_RO, .meaning = "Generation" }, \
    { "RTYPE",  LONE_BYTE(4), 8,  LONE_RO, LONE_ENUM, reservation_types, .meaning = "Reservation Type" }, \
    { "REGCTL", LONE_BYTE(5), 16, LONE_RO, .meaning = "Number of Registered Controllers" }, \
    { "PTPLS",  LONE_BYTE(9), 8,  LONE_RO, .meaning = "Persist Through Power Loss State" }
static const struct lone_field reservation_status_fields[] = {
    RESERVATION_ROWS,
    { "RCDS",   LONE_BYTE(24), 24 * 8, LONE_RO, LONE_RECORD, .record = &registrant, .counted_by = { "REGCTL" }, .meaning = "Registered Controller" },
};
const struct lone_record lone_reservation_status = {
    .name = "reservation_status", .title = "Reservation Status Data Structure", .size = 24, .flags = LONE_VARIABLE,
    LONE_FIELDS(reservation_status_fields), .spec = BASE, .section = "7.5",
};
static const struct lone_field reservation_status_extended_fields[] = {
    RESERVATION_ROWS,
    { "RCEDS",  LONE_BYTE(64), 64 * 8, LONE_RO, LONE_RECORD, .record = &registrant_extended, .counted_by = { "REGCTL" }, .meaning = "Registered Controller" },
};
const struct lone_record lone_reservation_status_extended = {
    .name = "reservation_status_extended", .title = "Reservation Status Extended Data Structure", .size = 64, .flags = LONE_VARIABLE,
    LONE_FIELDS(reservation_status_extended_fields), .spec = BASE, .section = "7.5",
};

static const struct lone_name completion_conditions[] = {
    { 1, "DATA", "ended because the data of MNDW dwords is full" },
    { 2, "RANGE", "ended because all logical blocks of RL were looked at" },
    { 0 },
};
static const struct lone_field lba_status_descriptor_fields[] = {
    { "DSLBA",  LONE_BYTE(0),  64, LONE_RO, .meaning = "Descriptor Starting LBA" },
    { "NLB",    LONE_BYTE(8),  32, LONE_RO, .unit = "blocks", .meaning = "Number of Logical Blocks" },
    { "STATUS", LONE_BYTE(13), 8,  LONE_RO, .meaning = "Status" },
};
PART(lba_status_descriptor, "LBASD", "LBA Status Descriptor Entry", 16, lba_status_descriptor_fields);
static const struct lone_field lba_status_fields[] = {
    { "NLSD",  LONE_BYTE(0), 32, LONE_RO, .meaning = "Number of LBA Status Descriptors" },
    { "CMPC",  LONE_BYTE(4), 8,  LONE_RO, LONE_ENUM, completion_conditions, .meaning = "Completion Condition" },
    { "LBASD", LONE_BYTE(8), 16 * 8, LONE_RO, LONE_RECORD, .record = &lba_status_descriptor, .counted_by = { "NLSD" }, .meaning = "LBA Status Descriptor Entry" },
};
const struct lone_record lone_lba_status = {
    .name = "lba_status", .title = "LBA Status Descriptor List", .size = 8, .flags = LONE_VARIABLE,
    LONE_FIELDS(lba_status_fields), .spec = NVM, .section = "4.2.1",
};

static const struct lone_name zone_types[] = {{ 2, "SEQWRITE", "Sequential Write Required" }, { 0 }};
static const struct lone_name zone_states[] = {
    { 0x1, "ZSE", "Empty" },
    { 0x2, "ZSIO", "Implicitly Opened" },
    { 0x3, "ZSEO", "Explicitly Opened" },
    { 0x4, "ZSC", "Closed" },
    { 0xd, "ZSRO", "Read Only" },
    { 0xe, "ZSF", "Full" },
    { 0xf, "ZSO", "Offline" },
    { 0 },
};
static const struct lone_field zone_attribute_fields[] = {
    { "ZFC",   0, 1, LONE_RO, .meaning = "Zone Finished by Controller" },
    { "FZR",   1, 1, LONE_RO, .meaning = "Finish Zone Recommended" },
    { "RZR",   2, 1, LONE_RO, .meaning = "Reset Zone Recommended" },
    { "ZRWAV", 3, 1, LONE_RO, .meaning = "ZRWA Valid" },
    { "ZDEV",  7, 1, LONE_RO, .meaning = "Zone Descriptor Extension Valid" },
};
PART(zone_attributes, "ZA", "Zone Attributes", 1, zone_attribute_fields);
static const struct lone_field zone_fields[] = {
    { "ZT",    LONE_BYTE(0),     4,  LONE_RO, LONE_ENUM, zone_types, .meaning = "Zone Type" },
    { "ZS",    LONE_BYTE(1) + 4, 4,  LONE_RO, LONE_ENUM, zone_states, .meaning = "Zone State" },
    { "ZA",    LONE_BYTE(2),     8,  LONE_RO, LONE_RECORD, .record = &zone_attributes, .meaning = "Zone Attributes" },
    { "ZAI",   LONE_BYTE(3),     8,  LONE_RO, .meaning = "Zone Attributes Information: the limit behind FZR (bits 1:0) and RZR (bits 3:2); 0: FRL, RRL; 1 to 3: FRL1 to FRL3, RRL1 to RRL3" },
    { "ZCAP",  LONE_BYTE(8),     64, LONE_RO, .unit = "blocks", .meaning = "Zone Capacity" },
    { "ZSLBA", LONE_BYTE(16),    64, LONE_RO, .meaning = "Zone Start Logical Block Address" },
    { "WP",    LONE_BYTE(24),    64, LONE_RO, .meaning = "Write Pointer" },
};
PART(zone, "ZD", "Zone Descriptor", 64, zone_fields);
/* Without Partial Report NZ counts all zones that match, more than there may be room for. */
#define NZ_ROW { "NZ", LONE_BYTE(0), 64, LONE_RO, .unit = "zones", .meaning = "Number of Zones" }
static const struct lone_field zone_report_fields[] = {
    NZ_ROW,
    { "ZD", LONE_BYTE(64), 64 * 8, LONE_RO, LONE_RECORD, .record = &zone, .counted_by = { "NZ" }, .meaning = "Zone Descriptor" },
};
const struct lone_record lone_zone_report = {
    .name = "zone_report", .title = "Report Zones Data Structure", .size = 64, .flags = LONE_VARIABLE,
    LONE_FIELDS(zone_report_fields), .spec = ZNS, .section = "3.4.2.2",
};
/* Without knowing how long an extension is, only the first descriptor's place is known. */
static const struct lone_field zone_report_extended_fields[] = {
    NZ_ROW,
    { "ZD",   LONE_BYTE(64),  64 * 8, LONE_RO, LONE_RECORD, .record = &zone, .count = 1, .counted_by = { "NZ" }, .meaning = "Zone Descriptor of the first zone" },
    { "REST", LONE_BYTE(128), 0, LONE_RO, LONE_BYTES, .open = true, .meaning = "its Zone Descriptor Extension, and further descriptors with theirs" },
};
const struct lone_record lone_zone_report_extended = {
    .name = "zone_report_extended", .title = "Extended Report Zones Data Structure", .size = 128, .flags = LONE_VARIABLE,
    LONE_FIELDS(zone_report_extended_fields), .spec = ZNS, .section = "3.4.2.2",
};

/* clang-format on */
const struct lone_record *lone_zone_report_lay_out(struct lone_zone_report_layout *layout, uint16_t extension)
{
    const size_t n = LONE_COUNT(zone_fields);

    static_assert(LONE_COUNT(layout->zone_rows) == LONE_COUNT(zone_fields) + 1, "the extension behind the rows");
    static_assert(LONE_COUNT(layout->report_rows) == LONE_COUNT(zone_report_fields), "NZ and ZD");
    memcpy(layout->zone_rows, zone_fields, sizeof(zone_fields));
    layout->zone_rows[n] = (struct lone_field){"ZDE",   zone.size * 8, extension * 8u,
                                               LONE_RO, LONE_BYTES,    .meaning = "Zone Descriptor Extension"};
    layout->zone = zone;
    layout->zone.size += extension;
    layout->zone.fields = layout->zone_rows;
    layout->zone.n_fields = extension ? n + 1 : n;
    memcpy(layout->report_rows, zone_report_fields, sizeof(zone_report_fields));
    layout->report_rows[1].record = &layout->zone;
    layout->report_rows[1].bits = layout->zone.size * 8;
    layout->report = lone_zone_report;
    layout->report.name = lone_zone_report_extended.name;
    layout->report.title = lone_zone_report_extended.title;
    layout->report.fields = layout->report_rows;
    return &layout->report;
}
/* clang-format off */

static const struct lone_field directive_type_fields[] = {
    { "IDENTIFY", 0, 1, LONE_RO, .meaning = "Identify Directive" },
    { "STREAMS",  1, 1, LONE_RO, .meaning = "Streams Directive" },
};
PART(directive_types, "DIRECTIVES", "Directives, a bit for each type", 32, directive_type_fields);
static const struct lone_field directives_fields[] = {
    { "SUPPORTED", LONE_BYTE(0),  32 * 8, LONE_RO, LONE_RECORD, .record = &directive_types, .meaning = "Directives Supported" },
    { "ENABLED",   LONE_BYTE(32), 32 * 8, LONE_RO, LONE_RECORD, .record = &directive_types, .meaning = "Directives Enabled" },
};
const struct lone_record lone_directives = {
    .name = "directives", .title = "Identify Directive - Return Parameters Data Structure", .size = 4096,
    LONE_FIELDS(directives_fields), .spec = BASE, .section = "8.7.2.1",
};
static const struct lone_field streams_parameters_fields[] = {
    { "MSL",  LONE_BYTE(0),  16, LONE_RO, .unit = "streams", .meaning = "Max Streams Limit" },
    { "NSSA", LONE_BYTE(2),  16, LONE_RO, .unit = "streams", .meaning = "NVM Subsystem Streams Available" },
    { "NSSO", LONE_BYTE(4),  16, LONE_RO, .unit = "streams", .meaning = "NVM Subsystem Streams Open" },
    { "NSSC", LONE_BYTE(6),  8,  LONE_RO, .meaning = "NVM Subsystem Stream Capability; bit 0: hosts may share stream identifiers" },
    { "SWS",  LONE_BYTE(16), 32, LONE_RO, .unit = "blocks", .meaning = "Stream Write Size" },
    { "SGS",  LONE_BYTE(20), 16, LONE_RO, .unit = "SWS", .meaning = "Stream Granularity Size" },
    { "NSA",  LONE_BYTE(22), 16, LONE_RO, .unit = "streams", .meaning = "Namespace Streams Allocated" },
    { "NSO",  LONE_BYTE(24), 16, LONE_RO, .unit = "streams", .meaning = "Namespace Streams Open" },
};
const struct lone_record lone_streams_parameters = {
    .name = "streams_parameters", .title = "Streams Directive - Return Parameters Data Structure", .size = 32,
    LONE_FIELDS(streams_parameters_fields), .spec = BASE, .section = "8.7.3.1.1",
};
static const struct lone_field streams_status_fields[] = {
    { "OSC", LONE_BYTE(0), 16, LONE_RO, .unit = "streams", .meaning = "Open Stream Count" },
    { "SID", LONE_BYTE(2), 16, LONE_RO, .counted_by = { "OSC" }, .meaning = "Stream Identifier" },
};
const struct lone_record lone_streams_status = {
    .name = "streams_status", .title = "Streams Directive - Get Status Data Structure", .size = 2, .flags = LONE_VARIABLE,
    LONE_FIELDS(streams_status_fields), .spec = BASE, .section = "8.7.3.1.2",
};

/* Dwords 0 and 1 of completions. */
#define COMPLETION(variable, words, source, where, bytes, rows) \
    const struct lone_record variable = {.name = "completion", .title = words, .size = bytes, LONE_FIELDS(rows), .spec = source, .section = where}

static const struct lone_field abort_completion_fields[] = {
    { "IANP", 0, 1, LONE_RO, .meaning = "Immediate Abort Not Performed" },
};
COMPLETION(lone_abort_completion, "Abort", BASE, "5.1.1", 4, abort_completion_fields);

static const struct lone_name event_types[] = {
    { 0, "ERROR", "Error status" },
    { 1, "SMART", "SMART / Health status" },
    { 2, "NOTICE", "Notice" },
    { 3, "IMMEDIATE", "Immediate" },
    { 4, "ONE_SHOT", "One-Shot, of 2.1" },
    { 6, "IO", "I/O Command Set specific status" },
    { 7, "VENDOR", "Vendor specific" },
    { 0 },
};
static const struct lone_field event_completion_fields[] = {
    { "AET", 0,  3, LONE_RO, LONE_ENUM, event_types, .meaning = "Asynchronous Event Type" },
    { "AEI", 8,  8, LONE_RO, .meaning = "Asynchronous Event Information" },
    { "LID", 16, 8, LONE_RO, .meaning = "Log Page Identifier: reading it clears the event" },
};
COMPLETION(lone_event_completion, "Asynchronous Event Request", BASE, "5.2.1", 4, event_completion_fields);

static const struct lone_field create_namespace_completion_fields[] = {
    { "NSID", 0, 32, LONE_RO, .meaning = "Namespace Identifier of the namespace that was created" },
};
COMPLETION(lone_create_namespace_completion, "Namespace Management", BASE, "5.23.1", 4, create_namespace_completion_fields);

static const struct lone_field firmware_commit_completion_fields[] = {
    { "MUD", 0, 2, LONE_RO, .meaning = "Multiple Update Detected: overlapping updates, bit 0 through an Admin Submission Queue, bit 1 through a Management Endpoint" },
};
COMPLETION(lone_firmware_commit_completion, "Firmware Commit", BASE, "5.12.1", 4, firmware_commit_completion_fields);

static const struct lone_field virtualization_completion_fields[] = {
    { "NRM", 0, 16, LONE_RO, .meaning = "Number of Controller Resources Modified" },
};
COMPLETION(lone_virtualization_completion, "Virtualization Management", BASE, "5.28.1", 4, virtualization_completion_fields);

/* NVMe-MI 1.2, section 4.3: what the NVMe-MI command in it answered. */
static const struct lone_field mi_completion_fields[] = {
    { "TSTAT",   0, 8,  LONE_RO, .meaning = "Tunneled Status: the Status of the Response Message; 0: success" },
    { "TNMRESP", 8, 24, LONE_RO, .meaning = "Tunneled NVMe Management Response" },
};
COMPLETION(lone_mi_completion, "NVMe-MI Send, NVMe-MI Receive", "NVMe-MI 1.2", "4.3", 4, mi_completion_fields);

static const struct lone_field capacity_completion_fields[] = {
    { "CELID", 0, 16, LONE_RO, .meaning = "Created Element Identifier" },
};
COMPLETION(lone_capacity_completion, "Capacity Management", BASE, "5.3.1", 4, capacity_completion_fields);

static const struct lone_field streams_completion_fields[] = {
    { "NSA", 0, 16, LONE_RO, .unit = "streams", .meaning = "Namespace Streams Allocated" },
};
COMPLETION(lone_streams_completion, "Allocate Resources", BASE, "8.7.3.1.3", 4, streams_completion_fields);

static const struct lone_field copy_completion_fields[] = {
    { "RANGE", 0, 32, LONE_RO, .meaning = "when it failed: the lowest number of a Source Range that was not copied" },
};
COMPLETION(lone_copy_completion, "Copy", NVM, "3.2.2", 4, copy_completion_fields);

static const struct lone_field zone_append_completion_fields[] = {
    { "ALBA", 0, 64, LONE_RO, .meaning = "Assigned LBA: the first one that was written" },
};
COMPLETION(lone_zone_append_completion, "Zone Append", ZNS, "3.4.1", 8, zone_append_completion_fields);
