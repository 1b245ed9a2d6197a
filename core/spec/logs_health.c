/* SPDX-License-Identifier: MIT */
/*
 * Log pages in which the controller tells what it has, what it did, and how it is: NVMe Base 2.0, 5.16.1. Fields that
 * this version gives no mnemonic have the one of NVMe Base 2.1. As libnvme has them, which follows later versions:
 * OLEC, IPM, CSER, CDQSCP and the third self-test.
 */
#include "spec/logs_tables.h"

/* clang-format off */

/* --- 00h Supported Log Pages --- */

static const struct lone_field lid_supported_fields[] = {
    { "LSUPP",  0,  1, LONE_RO, .meaning = "LID Supported" },
    { "IOS",    1,  1, LONE_RO, .meaning = "Index Offset Supported" },
    { "LIDSP", 16, 16, LONE_RO, .meaning = "LID Specific Parameter; of 0Dh bit 0: Establish Context and Read 512 Bytes of Header" },
};
NESTED(lid_supported, "LID", "LID Supported and Effects", 4, lid_supported_fields);
static const struct lone_field supported_fields[] = {
    { "LID", 0, 32, LONE_RO, LONE_RECORD, .record = &lid_supported, .count = 256, .meaning = "LID Supported and Effects" },
};
const struct lone_record lone_log_supported = {
    .name = "supported", .title = "Supported Log Pages", .size = 1024, LONE_FIELDS(supported_fields),
    .spec = BASE, .section = "5.16.1.1",
};

/* --- 01h Error Information --- */

static const struct lone_field error_status_fields[] = {
    { "P",    0, 1, LONE_RO, .meaning = "Phase Tag" },
    { "SC",   1, 8, LONE_RO, .meaning = "Status Code" },
    { "SCT",  9, 3, LONE_RO, .meaning = "Status Code Type" },
    { "CRD", 12, 2, LONE_RO, .meaning = "Command Retry Delay" },
    { "M",   14, 1, LONE_RO, .meaning = "More" },
    { "DNR", 15, 1, LONE_RO, .meaning = "Do Not Retry" },
};
NESTED(error_status, "STS", "Status Field", 2, error_status_fields);
static const struct lone_field error_location_fields[] = {
    { "BYTE", 0, 8, LONE_RO, .meaning = "Byte in the command that contained the error" },
    { "BIT",  8, 3, LONE_RO, .meaning = "Bit in that byte" },
};
NESTED(error_location, "PEL", "Parameter Error Location", 2, error_location_fields);
static const struct lone_name no_command_names[] = { { 0xffff, "NONE", "not specific to a command" }, { 0 } };
static const struct lone_name no_location_names[] = { { 0, "NONE" }, { 0 } };
static const struct lone_name transport_names[] = {
    { 0x00, "NONE", "not transport related" },
    { 0x01, "RDMA" },
    { 0x02, "FC", "Fibre Channel" },
    { 0x03, "TCP" },
    { 0xfe, "LOOP", "intra-host transport" },
    { 0 },
};
static const struct lone_field error_entry_fields[] = {
    { "ECNT",   LONE_BYTE(0),  64, LONE_RO, .meaning = "Error Count; 0: the entry is not valid" },
    { "SQID",   LONE_BYTE(8),  16, LONE_RO, .names = no_command_names, .meaning = "Submission Queue ID" },
    { "CID",    LONE_BYTE(10), 16, LONE_RO, .names = no_command_names, .meaning = "Command ID" },
    { "STS",    LONE_BYTE(12), 16, LONE_RO, LONE_RECORD, .record = &error_status, .meaning = "Status Field" },
    { "PEL",    LONE_BYTE(14), 16, LONE_RO, LONE_RECORD, .record = &error_location, .meaning = "Parameter Error Location; FFFFh: not specific to a command" },
    { "LBA",    LONE_BYTE(16), 64, LONE_RO, .meaning = "LBA" },
    { "NSID",   LONE_BYTE(24), 32, LONE_RO, .meaning = "Namespace" },
    { "VSIA",   LONE_BYTE(28),  8, LONE_RO, .names = no_location_names, .meaning = "Vendor Specific Information Available: the log page that has it" },
    { "TRTYPE", LONE_BYTE(29),  8, LONE_RO, LONE_ENUM, transport_names, .meaning = "Transport Type" },
    { "CSI",    LONE_BYTE(30),  8, LONE_RO, .meaning = "Command Set Indicator; counts where LPVER is 1 or more" },
    { "OPC",    LONE_BYTE(31),  8, LONE_RO, .meaning = "Opcode; counts where LPVER is 1 or more" },
    { "CSINFO", LONE_BYTE(32), 64, LONE_RO, .meaning = "Command Specific Information" },
    { "TTSI",   LONE_BYTE(40), 16, LONE_RO, .meaning = "Transport Type Specific Information" },
    { "LPVER",  LONE_BYTE(63),  8, LONE_RO, .meaning = "Log Page Version: 0 as in NVMe 2.0, 1 as in 2.1" },
};
NESTED(error_entry, "ENTRY", "Error Information Log Entry", 64, error_entry_fields);
/* The newest error is entry 0. ELPE of Identify Controller says how many there are; what follows them is undefined. */
static const struct lone_field error_fields[] = {
    { "ENTRY", 0, 64 * 8, LONE_RO, LONE_RECORD, .record = &error_entry, .open = true, .unused_zero = true, .meaning = "Error Information Log Entry" },
};
const struct lone_record lone_log_error = {
    .name = "error", .title = "Error Information", .size = 0, .flags = LONE_VARIABLE, LONE_FIELDS(error_fields),
    .spec = BASE, .section = "5.16.1.2",
};

/* --- 02h SMART / Health Information --- */

static const struct lone_field critical_warning_fields[] = {
    { "ASCBT", 0, 1, LONE_RO, .meaning = "Available Spare Capacity Below Threshold" },
    { "TTC",   1, 1, LONE_RO, .meaning = "Temperature Threshold Condition" },
    { "NDR",   2, 1, LONE_RO, .meaning = "NVM Subsystem Degraded Reliability" },
    { "AMRO",  3, 1, LONE_RO, .meaning = "All Media Read-Only" },
    { "VMBF",  4, 1, LONE_RO, .meaning = "Volatile Memory Backup Failed" },
    { "PMRRO", 5, 1, LONE_RO, .meaning = "Persistent Memory Region Read-Only or unreliable" },
};
NESTED(critical_warning, "CW", "Critical Warning", 1, critical_warning_fields);
static const struct lone_field group_warning_fields[] = {
    { "EGASCBT", 0, 1, LONE_RO, .meaning = "Endurance Group Available Spare Capacity Below Threshold" },
    { "EGDR",    2, 1, LONE_RO, .meaning = "Endurance Group Degraded Reliability" },
    { "EGRO",    3, 1, LONE_RO, .meaning = "Endurance Group Read-Only" },
};
NESTED(group_warning, "EGCWS", "Endurance Group Critical Warning Summary", 1, group_warning_fields);
static const struct lone_field smart_fields[] = {
    { "CW",      LONE_BYTE(0),    8, LONE_RO, LONE_RECORD, .record = &critical_warning, .meaning = "Critical Warning" },
    { "CTEMP",   LONE_BYTE(1),   16, LONE_RO, LONE_TEMPERATURE, .meaning = "Composite Temperature" },
    { "AVSP",    LONE_BYTE(3),    8, LONE_RO, .unit = "%", .meaning = "Available Spare" },
    { "AVSPT",   LONE_BYTE(4),    8, LONE_RO, .unit = "%", .meaning = "Available Spare Threshold" },
    { "PUSED",   LONE_BYTE(5),    8, LONE_RO, .unit = "%", .meaning = "Percentage Used" },
    { "EGCWS",   LONE_BYTE(6),    8, LONE_RO, LONE_RECORD, .record = &group_warning, .meaning = "Endurance Group Critical Warning Summary" },
    { "DUR",     LONE_BYTE(32), 128, LONE_RO, .scale = 512000, .unit = "B", .meaning = "Data Units Read" },
    { "DUW",     LONE_BYTE(48), 128, LONE_RO, .scale = 512000, .unit = "B", .meaning = "Data Units Written" },
    { "HRC",     LONE_BYTE(64), 128, LONE_RO, .unit = "commands", .meaning = "Host Read Commands" },
    { "HWC",     LONE_BYTE(80), 128, LONE_RO, .unit = "commands", .meaning = "Host Write Commands" },
    { "CBT",     LONE_BYTE(96), 128, LONE_RO, .unit = "minutes", .meaning = "Controller Busy Time" },
    { "PWRC",   LONE_BYTE(112), 128, LONE_RO, .meaning = "Power Cycles" },
    { "POH",    LONE_BYTE(128), 128, LONE_RO, .unit = "hours", .meaning = "Power On Hours" },
    { "UPL",    LONE_BYTE(144), 128, LONE_RO, .meaning = "Unsafe Shutdowns" },
    { "MDIE",   LONE_BYTE(160), 128, LONE_RO, .meaning = "Media and Data Integrity Errors" },
    { "NEILE",  LONE_BYTE(176), 128, LONE_RO, .meaning = "Number of Error Information Log Entries" },
    { "WCTT",   LONE_BYTE(192),  32, LONE_RO, .unit = "minutes", .meaning = "Warning Composite Temperature Time" },
    { "CCTT",   LONE_BYTE(196),  32, LONE_RO, .unit = "minutes", .meaning = "Critical Composite Temperature Time" },
    { "TSEN",   LONE_BYTE(200),  16, LONE_RO, LONE_TEMPERATURE, .count = 8, .first = 1, .meaning = "Temperature Sensor" },
    { "TMT1TC", LONE_BYTE(216),  32, LONE_RO, .meaning = "Thermal Management Temperature 1 Transition Count" },
    { "TMT2TC", LONE_BYTE(220),  32, LONE_RO, .meaning = "Thermal Management Temperature 2 Transition Count" },
    { "TTTMT1", LONE_BYTE(224),  32, LONE_RO, .unit = "seconds", .meaning = "Total Time For Thermal Management Temperature 1" },
    { "TTTMT2", LONE_BYTE(228),  32, LONE_RO, .unit = "seconds", .meaning = "Total Time For Thermal Management Temperature 2" },
    { "OLEC",   LONE_BYTE(232),  64, LONE_RO, .unit = "Wh", .meaning = "Operational Lifetime Energy Consumed" },
    { "IPM",    LONE_BYTE(240),  32, LONE_RO, .meaning = "Interval Power Measurement" },
};
const struct lone_record lone_log_smart = {
    .name = "smart", .title = "SMART / Health Information", .size = 512, LONE_FIELDS(smart_fields),
    .spec = BASE, .section = "5.16.1.3",
};

/* --- 03h Firmware Slot Information --- */

static const struct lone_name no_slot_names[] = { { 0, "NONE", "not reported" }, { 0 } };
static const struct lone_field afi_fields[] = {
    { "AFS",  0, 3, LONE_RO, .meaning = "Active Firmware Slot: the one that the running firmware came from" },
    { "NAFS", 4, 3, LONE_RO, .names = no_slot_names, .meaning = "Next Active Firmware Slot: at the next Controller Level Reset" },
};
NESTED(afi, "AFI", "Active Firmware Info", 1, afi_fields);
static const struct lone_field firmware_fields[] = {
    { "AFI", LONE_BYTE(0), 8, LONE_RO, LONE_RECORD, .record = &afi, .meaning = "Active Firmware Info" },
    { "FRS", LONE_BYTE(8), 8 * 8, LONE_RO, LONE_ASCII, .count = 7, .first = 1, .meaning = "Firmware Revision for Slot" },
};
const struct lone_record lone_log_firmware = {
    .name = "firmware", .title = "Firmware Slot Information", .size = 512, LONE_FIELDS(firmware_fields),
    .spec = BASE, .section = "5.16.1.4",
};

/* --- 04h Changed Namespace List --- */

static const struct lone_name too_many_names[] = { { 0xffffffff, "MORE", "more than 1024 namespaces changed" }, { 0 } };
static const struct lone_field changed_namespaces_fields[] = {
    { "NSID", 0, 32, LONE_RO, .names = too_many_names, .count = 1024, .ends_at_zero = true, .meaning = "Namespace Identifier" },
};
const struct lone_record lone_log_changed_namespaces = {
    .name = "changed_namespaces", .title = "Changed Namespace List", .size = 4096, LONE_FIELDS(changed_namespaces_fields),
    .spec = BASE, .section = "5.16.1.5",
};

/* --- 05h, 12h, 13h: what is supported, and what it does --- */

/* The scope, CSP and FSP, in bits 31:20: all zero when it is not reported. */
#define SCOPE_ROWS                                                                      \
    { "NSCPE",    20, 1, LONE_RO, .meaning = "Namespace Scope" },                      \
    { "CSCPE",    21, 1, LONE_RO, .meaning = "Controller Scope" },                     \
    { "NSETSCPE", 22, 1, LONE_RO, .meaning = "NVM Set Scope" },                        \
    { "EGSCPE",   23, 1, LONE_RO, .meaning = "Endurance Group Scope" },                \
    { "DSCPE",    24, 1, LONE_RO, .meaning = "Domain Scope" },                         \
    { "NSSSCPE",  25, 1, LONE_RO, .meaning = "NVM Subsystem Scope" }
#define CHANGE_ROWS                                                                     \
    { "NCC", 2, 1, LONE_RO, .meaning = "Namespace Capability Change" },                 \
    { "NIC", 3, 1, LONE_RO, .meaning = "Namespace Inventory Change" },                  \
    { "CCC", 4, 1, LONE_RO, .meaning = "Controller Capability Change" }

static const struct lone_name cse_names[] = {
    { 0, "NONE", "no restriction" },
    { 1, "NAMESPACE", "no other command to the same namespace may be outstanding" },
    { 2, "ALL", "no other command to any namespace may be outstanding" },
    { 0, NULL, NULL },
};
static const struct lone_name cser_names[] = {
    { 0, "NONE", "none is defined" },
    { 1, "ADMIN", "no admin command to any namespace may be outstanding" },
    { 0, NULL, NULL },
};
static const struct lone_field command_effects_fields[] = {
    { "CSUPP", 0, 1, LONE_RO, .meaning = "Command Supported" },
    { "LBCC",  1, 1, LONE_RO, .meaning = "Logical Block Content Change" },
    CHANGE_ROWS,
    { "CSER", 14, 2, LONE_RO, LONE_ENUM, cser_names, .meaning = "Command Submission and Execution Relaxations" },
    { "CSE",  16, 3, LONE_RO, LONE_ENUM, cse_names, .meaning = "Command Submission and Execution" },
    { "USS",  19, 1, LONE_RO, .meaning = "UUID Selection Supported" },
    SCOPE_ROWS,
};
NESTED(command_effects, "EFFECTS", "Commands Supported and Effects", 4, command_effects_fields);
static const struct lone_field effects_fields[] = {
    { "ACS",  LONE_BYTE(0),    32, LONE_RO, LONE_RECORD, .record = &command_effects, .count = 256, .meaning = "Admin Command Supported" },
    { "IOCS", LONE_BYTE(1024), 32, LONE_RO, LONE_RECORD, .record = &command_effects, .count = 256, .meaning = "I/O Command Supported" },
};
const struct lone_record lone_log_effects = {
    .name = "effects", .title = "Commands Supported and Effects", .size = 4096, LONE_FIELDS(effects_fields),
    .spec = BASE, .section = "5.16.1.6",
};

static const struct lone_field feature_effects_entry_fields[] = {
    { "FSUPP", 0, 1, LONE_RO, .meaning = "FID Supported" },
    { "UDCC",  1, 1, LONE_RO, .meaning = "User Data Content Change" },
    CHANGE_ROWS,
    { "USS",  19, 1, LONE_RO, .meaning = "UUID Selection Supported" },
    SCOPE_ROWS,
    { "CDQSCP", 26, 1, LONE_RO, .meaning = "Controller Data Queue Scope" },
};
NESTED(feature_effects_entry, "FID", "FID Supported and Effects", 4, feature_effects_entry_fields);
static const struct lone_field feature_effects_fields[] = {
    { "FID", 0, 32, LONE_RO, LONE_RECORD, .record = &feature_effects_entry, .count = 256, .meaning = "FID Supported and Effects" },
};
const struct lone_record lone_log_feature_effects = {
    .name = "feature_effects", .title = "Feature Identifiers Supported and Effects", .size = 1024, LONE_FIELDS(feature_effects_fields),
    .spec = BASE, .section = "5.16.1.18",
};

static const struct lone_field mi_effects_entry_fields[] = {
    { "CSUPP", 0, 1, LONE_RO, .meaning = "Command Supported" },
    { "UDCC",  1, 1, LONE_RO, .meaning = "User Data Content Change" },
    CHANGE_ROWS,
    SCOPE_ROWS,
};
NESTED(mi_effects_entry, "MICS", "NVMe-MI Commands Supported and Effects", 4, mi_effects_entry_fields);
static const struct lone_field mi_effects_fields[] = {
    { "MICS", 0, 32, LONE_RO, LONE_RECORD, .record = &mi_effects_entry, .count = 256, .meaning = "Management Interface Command Supported" },
};
const struct lone_record lone_log_mi_effects = {
    .name = "mi_effects", .title = "NVMe-MI Commands Supported and Effects", .size = 4096, LONE_FIELDS(mi_effects_fields),
    .spec = BASE, .section = "5.16.1.19",
};

/* --- 06h Device Self-test --- */

static const struct lone_name self_test_operation_names[] = {
    { 0x0, "NONE", "no device self-test in progress" },
    { 0x1, "SHORT", "short device self-test in progress" },
    { 0x2, "EXTENDED", "extended device self-test in progress" },
    { 0x3, "REFRESH", "Host-Initiated Refresh in progress" },
    { 0xe, "VENDOR", "vendor specific" },
    { 0, NULL, NULL },
};
static const struct lone_name self_test_code_names[] = {
    { 0x1, "SHORT", "short device self-test" },
    { 0x2, "EXTENDED", "extended device self-test" },
    { 0x3, "REFRESH", "Host-Initiated Refresh" },
    { 0xe, "VENDOR", "vendor specific" },
    { 0 },
};
static const struct lone_name self_test_result_names[] = {
    { 0x0, "SUCCESS", "completed without error" },
    { 0x1, "ABORTED", "aborted by a Device Self-test command" },
    { 0x2, "RESET", "aborted by a Controller Level Reset" },
    { 0x3, "NAMESPACE_REMOVED", "aborted because a namespace was removed" },
    { 0x4, "FORMAT", "aborted by a Format NVM command" },
    { 0x5, "FATAL", "a fatal or unknown error; did not complete" },
    { 0x6, "UNKNOWN_SEGMENT_FAILED", "a segment failed, it is not known which" },
    { 0x7, "SEGMENT_FAILED", "segments failed; SEGN is the first" },
    { 0x8, "ABORTED_UNKNOWN", "aborted for an unknown reason" },
    { 0x9, "SANITIZE", "aborted by a sanitize operation" },
    { 0xf, "UNUSED", "entry not used" },
    { 0, NULL, NULL },
};
static const struct lone_field self_test_valid_fields[] = {
    { "NSIDV", 0, 1, LONE_RO, .meaning = "NSID Valid" },
    { "FLBAV", 1, 1, LONE_RO, .meaning = "FLBA Valid" },
    { "SCTV",  2, 1, LONE_RO, .meaning = "STCT Valid" },
    { "SCV",   3, 1, LONE_RO, .meaning = "STC Valid" },
};
NESTED(self_test_valid, "VDI", "Valid Diagnostic Information", 1, self_test_valid_fields);
static const struct lone_field self_test_status_fields[] = {
    { "DSTR", 0, 4, LONE_RO, LONE_ENUM, self_test_result_names, .meaning = "Result" },
    { "DSTC", 4, 4, LONE_RO, LONE_ENUM, self_test_code_names, .meaning = "Self-test Code" },
};
NESTED(self_test_status, "DSTS", "Device Self-test Status", 1, self_test_status_fields);
static const struct lone_field self_test_entry_fields[] = {
    { "DSTS", LONE_BYTE(0),   8, LONE_RO, LONE_RECORD, .record = &self_test_status, .meaning = "Device Self-test Status" },
    { "SEGN", LONE_BYTE(1),   8, LONE_RO, .meaning = "Segment Number" },
    { "VDI",  LONE_BYTE(2),   8, LONE_RO, LONE_RECORD, .record = &self_test_valid, .meaning = "Valid Diagnostic Information" },
    { "POH",  LONE_BYTE(4),  64, LONE_RO, .unit = "hours", .meaning = "Power On Hours" },
    { "NSID", LONE_BYTE(12), 32, LONE_RO, .meaning = "Namespace Identifier" },
    { "FLBA", LONE_BYTE(16), 64, LONE_RO, .meaning = "Failing LBA" },
    { "STCT", LONE_BYTE(24),  3, LONE_RO, .meaning = "Status Code Type" },
    { "STC",  LONE_BYTE(25),  8, LONE_RO, .meaning = "Status Code" },
    { "VS",   LONE_BYTE(26), 16, LONE_RO, .meaning = "Vendor Specific" },
};
NESTED(self_test_entry, "STR", "Self-test Result", 28, self_test_entry_fields);
static const struct lone_field self_test_current_fields[] = {
    { "CDSTO", 0, 4, LONE_RO, LONE_ENUM, self_test_operation_names, .meaning = "Current Device Self-test Operation" },
    { "CDSTC", LONE_BYTE(1), 7, LONE_RO, .unit = "%", .meaning = "Current Device Self-test Completion" },
    { "STR", LONE_BYTE(4), 28 * 8, LONE_RO, LONE_RECORD, .record = &self_test_entry, .count = 20, .meaning = "Self-test Result, the newest first" },
};
const struct lone_record lone_log_self_test = {
    .name = "self_test", .title = "Device Self-test", .size = 564, LONE_FIELDS(self_test_current_fields),
    .spec = BASE, .section = "5.16.1.7",
};

/* --- 14h Command and Feature Lockdown --- */

static const struct lone_name lockdown_scope_names[] = {
    { 0x0, "ADMIN", "opcodes of admin commands" },
    { 0x2, "FEATURES", "Feature Identifiers of Set Features" },
    { 0x3, "MI", "opcodes of Management Interface commands" },
    { 0x4, "PCIE", "opcodes of PCIe commands" },
    { 0, NULL, NULL },
};
static const struct lone_name lockdown_contents_names[] = {
    { 0, "SUPPORTED", "what can be prohibited" },
    { 1, "PROHIBITED", "what is prohibited on an Admin Submission Queue" },
    { 2, "PROHIBITED_OOB", "what is prohibited out-of-band, on a Management Endpoint" },
    { 0, NULL, NULL },
};
static const struct lone_field lockdown_attribute_fields[] = {
    { "SS", 0, 4, LONE_RO, LONE_ENUM, lockdown_scope_names, .meaning = "Scope" },
    { "CS", 4, 2, LONE_RO, LONE_ENUM, lockdown_contents_names, .meaning = "Contents" },
};
NESTED(lockdown_attributes, "CFILA", "Command and Feature Identifier List Attributes", 1, lockdown_attribute_fields);
static const struct lone_field lockdown_fields[] = {
    { "CFILA", LONE_BYTE(0), 8, LONE_RO, LONE_RECORD, .record = &lockdown_attributes, .meaning = "Command and Feature Identifier List Attributes" },
    { "LNGTH", LONE_BYTE(3), 8, LONE_RO, .unit = "B", .meaning = "Length of the list" },
    { "CFIL",  LONE_BYTE(4), 8, LONE_RO, .count = 508, .counted_by = { "LNGTH" }, .meaning = "Command and Feature Identifier" },
};
const struct lone_record lone_log_lockdown = {
    .name = "lockdown", .title = "Command and Feature Lockdown", .size = 512, LONE_FIELDS(lockdown_fields),
    .spec = BASE, .section = "5.16.1.20",
};

/* --- 81h Sanitize Status --- */

static const struct lone_name sanitize_status_names[] = {
    { 0, "NEVER", "never sanitized" },
    { 1, "SUCCESS", "the most recent operation completed successfully" },
    { 2, "IN_PROGRESS", "in progress" },
    { 3, "FAILED", "the most recent operation failed" },
    { 4, "SUCCESS_DEALLOCATED", "completed successfully, with user data deallocated although No-Deallocate was requested" },
    { 0, NULL, NULL },
};
static const struct lone_name no_time_names[] = { { 0xffffffff, "NONE", "no time period is reported" }, { 0 } };
static const struct lone_field sanitize_state_fields[] = {
    { "SOS", 0, 3, LONE_RO, LONE_ENUM, sanitize_status_names, .meaning = "Sanitize Operation Status" },
    { "OPC", 3, 5, LONE_RO, .unit = "passes", .meaning = "Overwrite Passes Completed" },
    { "GDE", 8, 1, LONE_RO, .meaning = "Global Data Erased" },
    { "MVCNCLD", 9, 1, LONE_RO, .meaning = "Media Verification Canceled" },
};
NESTED(sanitize_state, "SSTAT", "Sanitize Status", 2, sanitize_state_fields);
/* SSI, ETPVDS and MVCNCLD are of 2.1, and so are the mnemonics. */
static const struct lone_name sanitize_machine_names[] = {
    { 0, "IDLE", "Idle" },
    { 1, "RESTRICTED_PROCESSING", "Restricted Processing" },
    { 2, "RESTRICTED_FAILURE", "Restricted Failure" },
    { 3, "UNRESTRICTED_PROCESSING", "Unrestricted Processing" },
    { 4, "UNRESTRICTED_FAILURE", "Unrestricted Failure" },
    { 5, "MEDIA_VERIFICATION", "Media Verification" },
    { 6, "POST_VERIFICATION_DEALLOCATION", "Post-Verification Deallocation" },
    { 0, NULL, NULL },
};
static const struct lone_field sanitize_state_information_fields[] = {
    { "SANS",  0, 4, LONE_RO, LONE_ENUM, sanitize_machine_names, .meaning = "Sanitize State" },
    { "FAILS", 4, 4, LONE_RO, LONE_ENUM, sanitize_machine_names, .meaning = "Failure State: the one in which the operation failed" },
};
NESTED(sanitize_state_information, "SSI", "Sanitize State Information", 1, sanitize_state_information_fields);
#define SECONDS(mnemonic, at, words) \
    { mnemonic, LONE_BYTE(at), 32, LONE_RO, .names = no_time_names, .unit = "seconds", .meaning = "Estimated Time For " words }
static const struct lone_field sanitize_fields[] = {
    { "SPROG",  LONE_BYTE(0), 16, LONE_RO, .meaning = "Sanitize Progress, in 65536ths" },
    { "SSTAT",  LONE_BYTE(2), 16, LONE_RO, LONE_RECORD, .record = &sanitize_state, .meaning = "Sanitize Status" },
    { "SCDW10", LONE_BYTE(4), 32, LONE_RO, .meaning = "Sanitize Command Dword 10 Information" },
    SECONDS("ETO",     8, "Overwrite"),
    SECONDS("ETBE",   12, "Block Erase"),
    SECONDS("ETCE",   16, "Crypto Erase"),
    SECONDS("ETODMM", 20, "Overwrite With No-Deallocate Media Modification"),
    SECONDS("ETBENMM", 24, "Block Erase With No-Deallocate Media Modification"),
    SECONDS("ETCENMM", 28, "Crypto Erase With No-Deallocate Media Modification"),
    SECONDS("ETPVDS", 32, "Post-Verification Deallocation State"),
    { "SSI", LONE_BYTE(36), 8, LONE_RO, LONE_RECORD, .record = &sanitize_state_information, .meaning = "Sanitize State Information" },
};
const struct lone_record lone_log_sanitize = {
    .name = "sanitize", .title = "Sanitize Status", .size = 512, LONE_FIELDS(sanitize_fields),
    .spec = BASE, .section = "5.16.1.25",
};
