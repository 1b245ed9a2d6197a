/* SPDX-License-Identifier: MIT */
/* Log pages that carry data or lists: NVMe Base 2.0, 5.16.1; NVM and ZNS command sets. */
#include "spec/logs_tables.h"

/* clang-format off */

/* --- 07h, 08h Telemetry --- */

/* Each area goes from block 1 to its last block, the later ones including the earlier ones. */
#define TELEMETRY_ROWS(who)                                                                                               \
    { "LID",  LONE_BYTE(0),   8, LONE_RO, .meaning = "Log Identifier" },                                                  \
    /* Little-endian, as in Identify Controller. */                                                                      \
    { "IEEE", LONE_BYTE(5),  24, LONE_RO, LONE_EUI_LE, .meaning = "IEEE OUI Identifier: the vendor that can read the data" },         \
    { who "DA1LB", LONE_BYTE(8),  16, LONE_RO, .meaning = "Data Area 1 Last Block" },                                     \
    { who "DA2LB", LONE_BYTE(10), 16, LONE_RO, .meaning = "Data Area 2 Last Block" },                                     \
    { who "DA3LB", LONE_BYTE(12), 16, LONE_RO, .meaning = "Data Area 3 Last Block" },                                     \
    { who "DA4LB", LONE_BYTE(16), 32, LONE_RO, .meaning = "Data Area 4 Last Block" },                                     \
    { "TCDA",  LONE_BYTE(382), 8, LONE_RO, .meaning = "Telemetry Controller-Initiated Data Available" },                  \
    { "TCDGN", LONE_BYTE(383), 8, LONE_RO, .meaning = "Telemetry Controller-Initiated Data Generation Number" },          \
    { "RID", LONE_BYTE(384), 128 * 8, LONE_RO, LONE_BYTES, .meaning = "Reason Identifier" },                              \
    { who "DB", LONE_BYTE(512), 512 * 8, LONE_RO, LONE_BYTES, .open = true, .first = 1, .meaning = "Telemetry Data Block" }

/* Of 2.1. */
static const struct lone_name telemetry_scopes[] = {
    { 0, "NONE", "not reported" },
    { 1, "CONTROLLER", NULL },
    { 2, "SUBSYSTEM", "NVM subsystem" },
    { 0, NULL, NULL },
};
static const struct lone_field telemetry_host_fields[] = {
    TELEMETRY_ROWS("TH"),
    { "THS",   LONE_BYTE(380), 8, LONE_RO, LONE_ENUM, telemetry_scopes, .meaning = "Telemetry Host-Initiated Scope" },
    { "THDGN", LONE_BYTE(381), 8, LONE_RO, .meaning = "Telemetry Host-Initiated Data Generation Number" },
};
const struct lone_record lone_log_telemetry_host = {
    .name = "telemetry_host", .title = "Telemetry Host-Initiated", .size = 512, .flags = LONE_VARIABLE, LONE_FIELDS(telemetry_host_fields),
    .spec = BASE, .section = "5.16.1.8",
};
static const struct lone_field telemetry_controller_fields[] = {
    TELEMETRY_ROWS("TC"),
    { "TCS", LONE_BYTE(381), 8, LONE_RO, LONE_ENUM, telemetry_scopes, .meaning = "Telemetry Controller-Initiated Scope" },
};
const struct lone_record lone_log_telemetry_controller = {
    .name = "telemetry_controller", .title = "Telemetry Controller-Initiated", .size = 512, .flags = LONE_VARIABLE, LONE_FIELDS(telemetry_controller_fields),
    .spec = BASE, .section = "5.16.1.9",
};

/* --- 0Ch Asymmetric Namespace Access --- */

static const struct lone_name ana_state_names[] = {
    { 0x1, "OPTIMIZED", "ANA Optimized" },
    { 0x2, "NON_OPTIMIZED", "ANA Non-Optimized" },
    { 0x3, "INACCESSIBLE", "ANA Inaccessible" },
    { 0x4, "PERSISTENT_LOSS", "ANA Persistent Loss" },
    { 0xf, "CHANGE", "ANA Change" },
    { 0 },
};
static const struct lone_field ana_group_fields[] = {
    { "AGID",  LONE_BYTE(0),  32, LONE_RO, .meaning = "ANA Group ID" },
    { "NNV",   LONE_BYTE(4),  32, LONE_RO, .meaning = "Number of NSID Values; 0 too when Return Groups Only was asked for" },
    { "CHGC",  LONE_BYTE(8),  64, LONE_RO, .meaning = "Change Count" },
    { "ANAS",  LONE_BYTE(16),  4, LONE_RO, LONE_ENUM, ana_state_names, .meaning = "Asymmetric Namespace Access State" },
    { "NSID",  LONE_BYTE(32), 32, LONE_RO, .counted_by = { "NNV" }, .meaning = "Namespace Identifier" },
};
VARIABLE(ana_group, "GROUP", "ANA Group Descriptor", 32, ana_group_fields);
static const struct lone_field ana_fields[] = {
    { "CHGC",  LONE_BYTE(0),  64, LONE_RO, .meaning = "Change Count" },
    { "NAGD",  LONE_BYTE(8),  16, LONE_RO, .meaning = "Number of ANA Group Descriptors" },
    { "GROUP", LONE_BYTE(16), 32 * 8, LONE_RO, LONE_RECORD, .record = &ana_group, .counted_by = { "NAGD" }, .meaning = "ANA Group Descriptor" },
};
const struct lone_record lone_log_ana = {
    .name = "ana", .title = "Asymmetric Namespace Access", .size = 16, .flags = LONE_VARIABLE, LONE_FIELDS(ana_fields),
    .spec = BASE, .section = "5.16.1.13",
};

/* --- 0Eh LBA Status Information --- */

static const struct lone_name action_names[] = {
    { 0x10, "UNTRACKED", "scan for untracked LBAs: Get LBA Status with ATYPE=10h" },
    { 0x11, "TRACKED", "scan for tracked LBAs: Get LBA Status with ATYPE=11h" },
    { 0, NULL, NULL },
};
static const struct lone_name any_range_names[] = { { 0xffffffff, "ANY", "all of the namespace should be examined" }, { 0 } };
static const struct lone_field lba_range_fields[] = {
    { "RSLBA", LONE_BYTE(0), 64, LONE_RO, .meaning = "Range Starting LBA" },
    { "RNLB",  LONE_BYTE(8), 32, LONE_RO, .unit = "blocks", .meaning = "Range Number of Logical Blocks" },
};
NESTED(lba_range, "LRD", "LBA Range Descriptor", 16, lba_range_fields);
static const struct lone_field lba_element_fields[] = {
    { "NEID",   LONE_BYTE(0), 32, LONE_RO, .meaning = "Namespace Element Identifier: the namespace" },
    { "NLRD",   LONE_BYTE(4), 32, LONE_RO, .names = any_range_names, .meaning = "Number of LBA Range Descriptors" },
    { "RATYPE", LONE_BYTE(8),  8, LONE_RO, LONE_ENUM, action_names, .meaning = "Recommended Action Type" },
    { "LRD",    LONE_BYTE(16), 16 * 8, LONE_RO, LONE_RECORD, .record = &lba_range, .counted_by = { "NLRD", .but_ones = true }, .meaning = "LBA Range Descriptor" },
};
VARIABLE(lba_element, "LSLNE", "LBA Status Log Namespace Element", 16, lba_element_fields);
static const struct lone_field lba_status_fields[] = {
    { "LSLPLEN", LONE_BYTE(0),  32, LONE_RO, .unit = "B", .meaning = "LBA Status Log Page Length" },
    { "NLSLNE",  LONE_BYTE(4),  32, LONE_RO, .meaning = "Number of LBA Status Log Namespace Elements" },
    { "ESTULB",  LONE_BYTE(8),  32, LONE_RO, .unit = "blocks", .meaning = "Estimate of Unrecoverable Logical Blocks" },
    { "LSGC",    LONE_BYTE(14), 16, LONE_RO, .meaning = "LBA Status Generation Counter" },
    { "LSLNE",   LONE_BYTE(16), 16 * 8, LONE_RO, LONE_RECORD, .record = &lba_element, .counted_by = { "NLSLNE" }, .meaning = "LBA Status Log Namespace Element" },
};
const struct lone_record lone_log_lba_status = {
    .name = "lba_status", .title = "LBA Status Information", .size = 16, .flags = LONE_VARIABLE, .length = { "LSLPLEN" }, LONE_FIELDS(lba_status_fields),
    .spec = "NVM Command Set 1.0", .section = "4.1.4.5",
};

/* --- 15h Boot Partition --- */

/* Its size stands in bits that do not fill their dword: the rows say which. */
static const struct lone_field boot_partition_fields[] = {
    { "LID",   LONE_BYTE(0),  8, LONE_RO, .meaning = "Log Identifier" },
    { "BPSZ",  LONE_BYTE(4), 15, LONE_RO, .scale = 128 * 1024, .unit = "B", .meaning = "Boot Partition Size" },
    { "ABPID", LONE_BYTE(4) + 31, 1, LONE_RO, .meaning = "Active Boot Partition ID" },
    { "BPDATA", LONE_BYTE(16), 0, LONE_RO, LONE_BYTES, .counted_by = { "BPSZ", .scale = 128 * 1024 }, .meaning = "Boot Partition Data" },
};
const struct lone_record lone_log_boot_partition = {
    .name = "boot_partition", .title = "Boot Partition", .size = 16, .flags = LONE_VARIABLE, LONE_FIELDS(boot_partition_fields),
    .spec = BASE, .section = "5.16.1.21",
};

/* --- 70h Discovery --- */

static const struct lone_name transport_names[] = {
    { 0x01, "RDMA" },
    { 0x02, "FC", "Fibre Channel" },
    { 0x03, "TCP" },
    { 0xfe, "LOOP", "intra-host transport" },
    { 0 },
};
static const struct lone_name family_names[] = {
    { 0x01, "IPv4" },
    { 0x02, "IPv6" },
    { 0x03, "IB", "InfiniBand" },
    { 0x04, "FC", "Fibre Channel" },
    { 0xfe, "LOOP", "intra-host transport" },
    { 0 },
};
static const struct lone_name subsystem_names[] = {
    { 0x01, "REFERRAL", "another Discovery controller" },
    { 0x02, "NVM", "NVM subsystem" },
    { 0x03, "CURRENT_DISCOVERY", "the Discovery subsystem that this comes from" },
    { 0 },
};
static const struct lone_name secure_names[] = {
    { 0, "UNSPECIFIED" },
    { 1, "REQUIRED" },
    { 2, "NOT_REQUIRED" },
    { 0 },
};
static const struct lone_field requirement_fields[] = {
    { "TSC",   0, 2, LONE_RO, LONE_ENUM, secure_names, .meaning = "Transport Secure Channel" },
    { "SQFCD", 2, 1, LONE_RO, .meaning = "SQ Flow Control Disable", LONE_TWO("NotCapable", "the controller cannot do so", "Capable", "the controller can do so") },
};
NESTED(requirements, "TREQ", "Transport Requirements", 1, requirement_fields);
static const struct lone_field entry_flag_fields[] = {
    { "DUPRETINFO", 0, 1, LONE_RO, .meaning = "Duplicate Returned Information" },
    { "EPCSD",      1, 1, LONE_RO, .meaning = "Explicit Persistent Connection Support for Discovery" },
    { "NCC",        2, 1, LONE_RO, .meaning = "No CDC Connectivity" },
};
NESTED(entry_flags, "EFLAGS", "Entry Flags", 2, entry_flag_fields);
static const struct lone_name dynamic_names[] = {
    { 0xffff, "DYNAMIC", "dynamic controller model" },
    { 0xfffe, "ANY", "static controller model, any controller" },
    { 0 },
};
static const struct lone_field discovery_entry_fields[] = {
    { "TRTYPE",  LONE_BYTE(0),   8, LONE_RO, LONE_ENUM, transport_names, .meaning = "Transport Type" },
    { "ADRFAM",  LONE_BYTE(1),   8, LONE_RO, LONE_ENUM, family_names, .meaning = "Address Family" },
    { "SUBTYPE", LONE_BYTE(2),   8, LONE_RO, LONE_ENUM, subsystem_names, .meaning = "Subsystem Type" },
    { "TREQ",    LONE_BYTE(3),   8, LONE_RO, LONE_RECORD, .record = &requirements, .meaning = "Transport Requirements" },
    { "PORTID",  LONE_BYTE(4),  16, LONE_RO, .meaning = "Port ID" },
    { "CNTLID",  LONE_BYTE(6),  16, LONE_RO, .names = dynamic_names, .meaning = "Controller ID" },
    { "ASQSZ",   LONE_BYTE(8),  16, LONE_RO, .unit = "entries", .meaning = "Admin Max SQ Size" },
    { "EFLAGS",  LONE_BYTE(10), 16, LONE_RO, LONE_RECORD, .record = &entry_flags, .meaning = "Entry Flags" },
    { "TRSVCID", LONE_BYTE(32),  32 * 8, LONE_RO, LONE_ASCII, .meaning = "Transport Service Identifier" },
    { "SUBNQN",  LONE_BYTE(256), 256 * 8, LONE_RO, LONE_ASCII, .meaning = "NVM Subsystem Qualified Name" },
    { "TRADDR",  LONE_BYTE(512), 256 * 8, LONE_RO, LONE_ASCII, .meaning = "Transport Address" },
    { "TSAS",    LONE_BYTE(768), 256 * 8, LONE_RO, LONE_BYTES, .meaning = "Transport Specific Address Subtype" },
};
NESTED(discovery_entry, "ENTRY", "Discovery Log Page Entry", 1024, discovery_entry_fields);
static const struct lone_field discovery_fields[] = {
    { "GENCTR", LONE_BYTE(0),  64, LONE_RO, .meaning = "Generation Counter" },
    { "NUMREC", LONE_BYTE(8),  64, LONE_RO, .meaning = "Number of Records" },
    { "RECFMT", LONE_BYTE(16), 16, LONE_RO, .meaning = "Record Format" },
    { "ENTRY",  LONE_BYTE(1024), 1024 * 8, LONE_RO, LONE_RECORD, .record = &discovery_entry, .counted_by = { "NUMREC" }, .meaning = "Discovery Log Page Entry" },
};
const struct lone_record lone_log_discovery = {
    .name = "discovery", .title = "Discovery", .size = 1024, .flags = LONE_VARIABLE, LONE_FIELDS(discovery_fields),
    .spec = BASE, .section = "5.16.1.23",
};

/* --- 80h Reservation Notification --- */

static const struct lone_name notification_names[] = {
    { 0, "EMPTY", "no notification" },
    { 1, "REGISTRATION_PREEMPTED", "Registration Preempted" },
    { 2, "RESERVATION_RELEASED", "Reservation Released" },
    { 3, "RESERVATION_PREEMPTED", "Reservation Preempted" },
    { 0, NULL, NULL },
};
static const struct lone_field reservation_fields[] = {
    { "LPC",   LONE_BYTE(0),  64, LONE_RO, .meaning = "Log Page Count; 0: an empty page" },
    { "RNLPT", LONE_BYTE(8),   8, LONE_RO, LONE_ENUM, notification_names, .meaning = "Reservation Notification Log Page Type" },
    { "NALP",  LONE_BYTE(9),   8, LONE_RO, .meaning = "Number of Available Log Pages" },
    { "NSID",  LONE_BYTE(12), 32, LONE_RO, .meaning = "Namespace ID" },
};
const struct lone_record lone_log_reservation = {
    .name = "reservation", .title = "Reservation Notification", .size = 64, LONE_FIELDS(reservation_fields),
    .spec = BASE, .section = "5.16.1.24",
};

/* --- BFh Changed Zone List --- */

static const struct lone_name too_many_names[] = { { 0xffff, "MORE", "more zones changed than fit: the list is empty" }, { 0 } };
static const struct lone_field changed_zones_fields[] = {
    { "NRZID", LONE_BYTE(0), 16, LONE_RO, .names = too_many_names, .meaning = "Number of Zone Identifiers" },
    { "ZID",   LONE_BYTE(8), 64, LONE_RO, .count = 511, .counted_by = { "NRZID", .but_ones = true }, .meaning = "Zone Identifier: its Starting LBA" },
};
const struct lone_record lone_log_changed_zones = {
    .name = "changed_zones", .title = "Changed Zone List", .size = 4096, LONE_FIELDS(changed_zones_fields),
    .spec = "ZNS Command Set 1.1", .section = "4.1.4.1",
};
