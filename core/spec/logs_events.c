/* SPDX-License-Identifier: MIT */
/*
 * 0Dh, the Persistent Event Log, with the data of every type of event: NVMe Base 2.0, 5.16.1.14. Mnemonics are those of
 * 2.1, 5.1.12.1.14, which adds type 0Eh (the name of its bit, SMVES, was not seen in the text).
 */
#include "spec/logs_tables.h"

/* clang-format off */

static const struct lone_name event_type_names[] = {
    { 0x01, "SMART", "SMART / Health Log Snapshot" },
    { 0x02, "FIRMWARE_COMMIT", "Firmware Commit" },
    { 0x03, "TIMESTAMP_CHANGE", "Timestamp Change" },
    { 0x04, "POWER_ON_OR_RESET", "Power-on or Reset" },
    { 0x05, "HARDWARE_ERROR", "NVM Subsystem Hardware Error" },
    { 0x06, "CHANGE_NAMESPACE", "Change Namespace" },
    { 0x07, "FORMAT_START", "Format NVM Start" },
    { 0x08, "FORMAT_COMPLETION", "Format NVM Completion" },
    { 0x09, "SANITIZE_START", "Sanitize Start" },
    { 0x0a, "SANITIZE_COMPLETION", "Sanitize Completion" },
    { 0x0b, "SET_FEATURE", "Set Feature" },
    { 0x0c, "TELEMETRY", "Telemetry Log Created" },
    { 0x0d, "THERMAL_EXCURSION", "Thermal Excursion" },
    { 0x0e, "SANITIZE_MEDIA_VERIFICATION", "Sanitize Media Verification, without data" },
    { 0xde, "VENDOR", "Vendor Specific Event" },
    { 0xdf, "TCG", "TCG Defined" },
    { 0 },
};

/* --- The data of the events, by type --- */

static const struct lone_field firmware_commit_fields[] = {
    { "OFR",   LONE_BYTE(0),  64, LONE_RO, LONE_ASCII, .meaning = "Old Firmware Revision" },
    { "NFR",   LONE_BYTE(8),  64, LONE_RO, LONE_ASCII, .meaning = "New Firmware Revision" },
    { "FCA",   LONE_BYTE(16),  8, LONE_RO, .meaning = "Firmware Commit Action" },
    { "FSLT",  LONE_BYTE(17),  8, LONE_RO, .meaning = "Firmware Slot" },
    { "STCTFCC", LONE_BYTE(18),  8, LONE_RO, .meaning = "Status Code Type" },
    { "SRFCC", LONE_BYTE(19),  8, LONE_RO, .meaning = "Status Returned" },
    { "VAFCRC", LONE_BYTE(20), 16, LONE_RO, .meaning = "Vendor Assigned Firmware Commit Result Code" },
};
NESTED(firmware_commit, "FIRMWARE_COMMIT", "Firmware Commit Event", 22, firmware_commit_fields);

static const struct lone_field timestamp_change_fields[] = {
    { "PTSTP", LONE_BYTE(0), 64, LONE_RO, .meaning = "Previous Timestamp, as the Timestamp feature has it" },
    { "MSR",    LONE_BYTE(8), 64, LONE_RO, .unit = "ms", .meaning = "Milliseconds Since Reset" },
};
NESTED(timestamp_change, "TIMESTAMP_CHANGE", "Timestamp Change Event", 16, timestamp_change_fields);

static const struct lone_field reset_info_fields[] = {
    { "CNTLID", LONE_BYTE(0),  16, LONE_RO, .meaning = "Controller ID" },
    { "FA",     LONE_BYTE(2),   8, LONE_RO, .meaning = "Firmware Activation" },
    { "OIP",    LONE_BYTE(3),   8, LONE_RO, .meaning = "Operation in Progress" },
    { "CPC",    LONE_BYTE(16), 32, LONE_RO, .meaning = "Controller Power Cycle" },
    { "POM",    LONE_BYTE(20), 64, LONE_RO, .unit = "ms", .meaning = "Power on milliseconds" },
    { "CTSTMP", LONE_BYTE(28), 64, LONE_RO, .meaning = "Controller Timestamp" },
};
NESTED(reset_info, "CRID", "Controller Reset Information descriptor", 36, reset_info_fields);
static const struct lone_field power_on_fields[] = {
    { "FR",   LONE_BYTE(0), 64, LONE_RO, LONE_ASCII, .meaning = "Firmware Revision" },
    { "CRID", LONE_BYTE(8), 36 * 8, LONE_RO, LONE_RECORD, .record = &reset_info, .open = true, .meaning = "Controller Reset Information descriptor" },
};
VARIABLE(power_on, "POWER_ON_OR_RESET", "Power-on or Reset Event", 8, power_on_fields);

static const struct lone_name hardware_error_names[] = {
    { 0x01, "PCIE_CORRECTABLE", "PCIe Correctable Error" },
    { 0x02, "PCIE_NONFATAL", "PCIe Uncorrectable Non fatal Error" },
    { 0x03, "PCIE_FATAL", "PCIe Uncorrectable Fatal Error" },
    { 0x04, "PCIE_LINK", "PCIe Link Status Change" },
    { 0x05, "PCIE_NOT_ACTIVE", "PCIe Link Not Active" },
    { 0x06, "CRITICAL_WARNING", "Critical Warning Condition" },
    { 0x07, "ENDURANCE_GROUP_WARNING", "Endurance Group Critical Warning Condition" },
    { 0x08, "UNSAFE_SHUTDOWN", "Unsafe Shutdown" },
    { 0x09, "CFS", "Controller Fatal Status" },
    { 0x0a, "MEDIA", "Media and Data Integrity Status" },
    { 0x0b, "CRTO_EXCEEDED", "Controller Ready Timeout Exceeded" },
    { 0 },
};
static const struct lone_field hardware_error_fields[] = {
    { "NSHEEC", LONE_BYTE(0), 16, LONE_RO, LONE_ENUM, hardware_error_names, .meaning = "NVM Subsystem Hardware Error Event Code" },
    { "AHEI",   LONE_BYTE(4), 0, LONE_RO, LONE_BYTES, .open = true, .meaning = "Additional Hardware Error Information" },
};
VARIABLE(hardware_error, "HARDWARE_ERROR", "NVM Subsystem Hardware Error Event", 4, hardware_error_fields);

static const struct lone_field change_namespace_fields[] = {
    { "NMCDW10",  LONE_BYTE(0),  32, LONE_RO, .meaning = "Namespace Management CDW10" },
    { "NSZE",     LONE_BYTE(8),  64, LONE_RO, .unit = "blocks", .meaning = "Namespace Size" },
    { "NCAP",     LONE_BYTE(24), 64, LONE_RO, .unit = "blocks", .meaning = "Namespace Capacity" },
    { "FLBAS",    LONE_BYTE(32),  8, LONE_RO, .meaning = "Formatted LBA Size" },
    { "DPS",      LONE_BYTE(33),  8, LONE_RO, .meaning = "End-to-end Data Protection Type Settings" },
    { "NMIC",     LONE_BYTE(34),  8, LONE_RO, .meaning = "Namespace Multi-path I/O and Namespace Sharing Capabilities" },
    { "ANAGRPID", LONE_BYTE(36), 32, LONE_RO, .meaning = "ANA Group Identifier" },
    { "NVMSETID", LONE_BYTE(40), 16, LONE_RO, .meaning = "NVM Set Identifier" },
    { "ENDGID",   LONE_BYTE(42), 16, LONE_RO, .meaning = "Endurance Group Identifier" },
    { "NSID",     LONE_BYTE(44), 32, LONE_RO, .meaning = "Namespace ID" },
};
NESTED(change_namespace, "CHANGE_NAMESPACE", "Change Namespace Event", 48, change_namespace_fields);

static const struct lone_field format_start_fields[] = {
    { "NSID",     LONE_BYTE(0), 32, LONE_RO, .meaning = "Namespace Identifier" },
    { "FNA",      LONE_BYTE(4),  8, LONE_RO, .meaning = "Format NVM Attributes" },
    { "FNCDW10",  LONE_BYTE(8), 32, LONE_RO, .meaning = "Format NVM CDW10" },
};
NESTED(format_start, "FORMAT_START", "Format NVM Start Event", 12, format_start_fields);

static const struct lone_field format_completion_fields[] = {
    { "NSID", LONE_BYTE(0), 32, LONE_RO, .meaning = "Namespace Identifier" },
    { "SFPI", LONE_BYTE(4),  8, LONE_RO, .meaning = "Smallest Format Progress Indicator" },
    { "FNVMS", LONE_BYTE(5), 8, LONE_RO, .meaning = "Format NVM Status" },
    { "CINFO", LONE_BYTE(6), 16, LONE_RO, .meaning = "Completion Information" },
    { "INFO", LONE_BYTE(8), 16, LONE_RO, .meaning = "Status Field of the completion" },
};
NESTED(format_completion, "FORMAT_COMPLETION", "Format NVM Completion Event", 12, format_completion_fields);

static const struct lone_field sanitize_start_fields[] = {
    { "SANICAP", LONE_BYTE(0), 32, LONE_RO, .meaning = "Sanitize Capabilities" },
    { "SCDW10",  LONE_BYTE(4), 32, LONE_RO, .meaning = "Sanitize CDW10" },
    { "SCDW11",  LONE_BYTE(8), 32, LONE_RO, .meaning = "Sanitize CDW11" },
};
NESTED(sanitize_start, "SANITIZE_START", "Sanitize Start Event", 12, sanitize_start_fields);

static const struct lone_field sanitize_completion_fields[] = {
    { "SPROG", LONE_BYTE(0), 16, LONE_RO, .meaning = "Sanitize Progress, in 65536ths" },
    { "SSTAT", LONE_BYTE(2), 16, LONE_RO, .meaning = "Sanitize Status" },
    { "CINFO", LONE_BYTE(4), 16, LONE_RO, .meaning = "Completion Information" },
};
NESTED(sanitize_completion, "SANITIZE_COMPLETION", "Sanitize Completion Event", 8, sanitize_completion_fields);

/* The command's dwords from CDW10 on, its data if that is logged, Dword 0 of the completion if that is. */
static const struct lone_field set_feature_fields[] = {
    { "DWC",    0,  3, LONE_RO, .meaning = "Dword Count" },
    { "LCCDW0", 3,  1, LONE_RO, .meaning = "Logged Command Completion Dword 0" },
    { "MBC",   16, 16, LONE_RO, .unit = "B", .meaning = "Memory Buffer Count" },
    { "CDWS", LONE_BYTE(4), 32, LONE_RO, .counted_by = { "DWC" }, .first = 10, .meaning = "Command Dword" },
    { "MBUF", 0, 0, LONE_RO, LONE_BYTES, .after = "CDWS", .counted_by = { "MBC" }, .meaning = "Memory Buffer" },
    { "CCDW0", 0, 32, LONE_RO, .after = "MBUF", .when = "LCCDW0", .is = 1, .meaning = "Command Completion Dword 0" },
};
VARIABLE(set_feature, "SET_FEATURE", "Set Feature Event", 4, set_feature_fields);

static const struct lone_name crossings[] = {
    { 0x01, "WCTEMP", "risen to WCTEMP" },
    { 0x02, "CCTEMP", "risen to CCTEMP" },
    { 0x03, "TMT1", "risen to TMT1: light throttling" },
    { 0x04, "TMT2", "risen to TMT2: heavy throttling" },
    { 0x05, "VENDOR", "risen to where the vendor's thermal management starts" },
    { 0x88, "NORMAL", "returned between the under temperature threshold and WCTEMP" },
    { 0x89, "NOT_THROTTLED", "fallen to where thermal management stops" },
    { 0xb0, "UNDER", "fallen to an under temperature threshold" },
    { 0, NULL, NULL },
};
static const struct lone_field thermal_excursion_fields[] = {
    { "OTMP",   LONE_BYTE(0), 8, LONE_RO, .unit = "K", .meaning = "Over Temperature: how far the measured temperature is from the threshold" },
    { "THRESH", LONE_BYTE(1), 8, LONE_RO, LONE_ENUM, crossings, .meaning = "Threshold" },
};
NESTED(thermal_excursion, "THERMAL_EXCURSION", "Thermal Excursion Event", 2, thermal_excursion_fields);

static const struct lone_name vendor_data_names[] = {
    { 1, "NAME", "Event Name" },
    { 2, "ASCII", "ASCII String" },
    { 3, "BINARY", "Binary" },
    { 4, "SIGNED", "Signed Integer" },
    { 0 },
};
static const struct lone_field vendor_descriptor_fields[] = {
    { "VSEC",  LONE_BYTE(0), 16, LONE_RO, .meaning = "Vendor Specific Event Code" },
    { "VSEDT", LONE_BYTE(2),  8, LONE_RO, LONE_ENUM, vendor_data_names, .meaning = "Vendor Specific Event Data Type" },
    { "UIDX",  LONE_BYTE(3),  8, LONE_RO, .meaning = "UUID Index" },
    { "VSEDL", LONE_BYTE(4), 16, LONE_RO, .unit = "B", .meaning = "Vendor Specific Event Data Length" },
    { "VSED",  LONE_BYTE(6),  0, LONE_RO, LONE_BYTES, .counted_by = { "VSEDL" }, .meaning = "Vendor Specific Event Data" },
};
VARIABLE(vendor_descriptor, "VSED", "Vendor Specific Event descriptor", 6, vendor_descriptor_fields);

/* --- An event --- */

/* The header has EHL + 3 bytes; behind it stand VSIL bytes of the vendor's, and then the data of the event. */
#define VSI_ROW { "VSI", 0, 0, LONE_RO, LONE_BYTES, .start = { "EHL", .add = 3 }, .counted_by = { "VSIL" }, .meaning = "Vendor Specific Information" }
#define EVENT_ROW(value, mnemonic, layout, bytes) \
    { mnemonic, 0, (bytes) * 8, LONE_RO, LONE_RECORD, .record = &layout, .after = "VSI", .when = "ET", .is = value, .meaning = mnemonic " event data" }

static const struct lone_name port_names[] = {
    { 0, "NONE", "not reported" },
    { 1, "PORT", "PELPID is an NVM subsystem port" },
    { 2, "MI", "PELPID is an NVMe-MI port" },
    { 3, "NO_PORT", "not associated with a port" },
    { 0, NULL, NULL },
};
static const struct lone_field event_fields[] = {
    { "ET",     LONE_BYTE(0),   8, LONE_RO, LONE_ENUM, event_type_names, .meaning = "Event Type" },
    { "ETR",    LONE_BYTE(1),   8, LONE_RO, .meaning = "Event Type Revision" },
    { "EHL",    LONE_BYTE(2),   8, LONE_RO, .unit = "B", .meaning = "Event Header Length, of what follows this field" },
    { "PIT",    LONE_BYTE(3),   2, LONE_RO, LONE_ENUM, port_names, .meaning = "Event Header Additional Info: Port Identifier Type" },
    { "CNTLID", LONE_BYTE(4),  16, LONE_RO, .meaning = "Controller Identifier" },
    { "ETSTMP", LONE_BYTE(6),  64, LONE_RO, .meaning = "Event Timestamp, as the Timestamp feature has it" },
    { "PELPID", LONE_BYTE(14), 16, LONE_RO, .meaning = "Port Identifier" },
    { "VSIL",   LONE_BYTE(20), 16, LONE_RO, .unit = "B", .meaning = "Vendor Specific Information Length" },
    { "EL",     LONE_BYTE(22), 16, LONE_RO, .unit = "B", .meaning = "Event Length, of what follows the header" },
    VSI_ROW,
    EVENT_ROW(0x01, "SMART", lone_log_smart, 512),
    EVENT_ROW(0x02, "FIRMWARE_COMMIT", firmware_commit, 22),
    EVENT_ROW(0x03, "TIMESTAMP_CHANGE", timestamp_change, 16),
    EVENT_ROW(0x04, "POWER_ON_OR_RESET", power_on, 8),
    EVENT_ROW(0x05, "HARDWARE_ERROR", hardware_error, 4),
    EVENT_ROW(0x06, "CHANGE_NAMESPACE", change_namespace, 48),
    EVENT_ROW(0x07, "FORMAT_START", format_start, 12),
    EVENT_ROW(0x08, "FORMAT_COMPLETION", format_completion, 12),
    EVENT_ROW(0x09, "SANITIZE_START", sanitize_start, 12),
    EVENT_ROW(0x0a, "SANITIZE_COMPLETION", sanitize_completion, 8),
    EVENT_ROW(0x0b, "SET_FEATURE", set_feature, 4),
    /* The first 512 bytes of the telemetry page: only the header. */
    EVENT_ROW(0x0c, "TELEMETRY", lone_log_telemetry_host, 512),
    EVENT_ROW(0x0d, "THERMAL_EXCURSION", thermal_excursion, 2),
    { "VSED", 0, 6 * 8, LONE_RO, LONE_RECORD, .record = &vendor_descriptor, .after = "VSI", .when = "ET", .is = 0xde, .open = true, .meaning = "Vendor Specific Event descriptor" },
    { "TCG", 0, 0, LONE_RO, LONE_BYTES, .after = "VSI", .when = "ET", .is = 0xdf, .open = true, .meaning = "defined by TCG" },
};
static const struct lone_record event = {
    .name = "EVENT", .title = "Persistent Event", .size = 24, .flags = LONE_VARIABLE, .length = { "EHL", "EL", .add = 3 }, LONE_FIELDS(event_fields),
};

/* --- The page --- */

#define SUPPORTED(type, mnemonic, words) { mnemonic, type, 1, LONE_RO, .meaning = words " supported" }
static const struct lone_field supported_events_fields[] = {
    SUPPORTED(0x01, "SHLSES", "SMART / Health Log Snapshot Event"),
    SUPPORTED(0x02, "FCES", "Firmware Commit Event"),
    SUPPORTED(0x03, "TCES", "Timestamp Change Event"),
    SUPPORTED(0x04, "PRES", "Power-on or Reset Event"),
    SUPPORTED(0x05, "NSHEES", "NVM Subsystem Hardware Error Event"),
    SUPPORTED(0x06, "CNES", "Change Namespace Event"),
    SUPPORTED(0x07, "FNSES", "Format NVM Start Event"),
    SUPPORTED(0x08, "FNCES", "Format NVM Completion Event"),
    SUPPORTED(0x09, "SSES", "Sanitize Start Event"),
    SUPPORTED(0x0a, "SCES", "Sanitize Completion Event"),
    SUPPORTED(0x0b, "SFES", "Set Feature Event"),
    SUPPORTED(0x0c, "TLCES", "Telemetry Log Created Event"),
    SUPPORTED(0x0d, "TEES", "Thermal Excursion Event"),
    SUPPORTED(0x0e, "SMVES", "Sanitize Media Verification Event"),
    SUPPORTED(0xde, "VSES", "Vendor Specific Event"),
    SUPPORTED(0xdf, "TCGDES", "TCG Defined Event"),
};
NESTED(supported_events, "SEB", "Supported Events Bitmap", 32, supported_events_fields);

static const struct lone_field context_fields[] = {
    { "RCPID",  0, 16, LONE_RO, .meaning = "Reporting Context Port Identifier" },
    { "RCPIT", 16,  2, LONE_RO, LONE_ENUM, port_names, .meaning = "Reporting Context Port Identifier Type" },
    { "RCE",   18,  1, LONE_RO, .meaning = "Reporting Context Exists" },
};
NESTED(context, "RCI", "Reporting Context Information", 4, context_fields);

static const struct lone_field persistent_events_fields[] = {
    { "LID",    LONE_BYTE(0),     8, LONE_RO, .meaning = "Log Identifier" },
    { "TNEV",   LONE_BYTE(4),    32, LONE_RO, .meaning = "Total Number of Events" },
    { "TLL",    LONE_BYTE(8),    64, LONE_RO, .unit = "B", .meaning = "Total Log Length" },
    { "LREV",   LONE_BYTE(16),    8, LONE_RO, .meaning = "Log Revision" },
    { "LHL",    LONE_BYTE(18),   16, LONE_RO, .unit = "B", .meaning = "Log Header Length, of what follows this field" },
    { "TSTMP",  LONE_BYTE(20),   64, LONE_RO, .meaning = "Timestamp, as the Timestamp feature has it" },
    { "POH",    LONE_BYTE(28),  128, LONE_RO, .unit = "hours", .meaning = "Power on Hours" },
    { "PCC",    LONE_BYTE(44),   64, LONE_RO, .meaning = "Power Cycle Count" },
    { "VID",    LONE_BYTE(52),   16, LONE_RO, .meaning = "PCI Vendor ID" },
    { "SSVID",  LONE_BYTE(54),   16, LONE_RO, .meaning = "PCI Subsystem Vendor ID" },
    { "SN",     LONE_BYTE(56),   20 * 8, LONE_RO, LONE_ASCII, .meaning = "Serial Number" },
    { "MN",     LONE_BYTE(76),   40 * 8, LONE_RO, LONE_ASCII, .meaning = "Model Number" },
    { "SUBNQN", LONE_BYTE(116), 256 * 8, LONE_RO, LONE_ASCII, .meaning = "NVM Subsystem NVMe Qualified Name" },
    { "GNUM",   LONE_BYTE(372),  16, LONE_RO, .meaning = "Generation Number" },
    { "RCI",    LONE_BYTE(374),  32, LONE_RO, LONE_RECORD, .record = &context, .meaning = "Reporting Context Information" },
    { "SEB",    LONE_BYTE(480),  32 * 8, LONE_RO, LONE_RECORD, .record = &supported_events, .meaning = "Supported Events Bitmap" },
    { "EVENT",  LONE_BYTE(512),  24 * 8, LONE_RO, LONE_RECORD, .record = &event, .counted_by = { "TNEV" }, .meaning = "Persistent Event" },
};
const struct lone_record lone_log_persistent_events = {
    .name = "persistent_events", .title = "Persistent Event Log", .size = 512, .flags = LONE_VARIABLE, .length = { "TLL" }, LONE_FIELDS(persistent_events_fields),
    .spec = BASE, .section = "5.16.1.14",
};
