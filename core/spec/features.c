/* SPDX-License-Identifier: MIT */
/*
 * Features: NVMe Base 2.0, 5.27.1, and NVM Command Set 1.0, 4.1.3. Bytes 0 to 3 of a record are Dword 0 of the
 * completion (Get) or Command Dword 11 (Set), which have the same layout for most features.
 */
#include <string.h>

#include "spec/features.h"

/* clang-format off */

/* The value of a feature, of the rows @rows; its section stands in lone_features. */
#define RECORD(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {.name = mnemonic, .title = words, .size = bytes, LONE_FIELDS(rows), \
                                                .spec = "NVMe Base 2.0", .section = "5.27.1"}
/* A part of one. */
#define PART(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {.name = mnemonic, .title = words, .size = bytes, LONE_FIELDS(rows)}

static const struct lone_field capabilities_fields[] = {
    { "SAVEABLE",    0, 1, LONE_RO, .meaning = "Saveable" },
    { "NS_SPECIFIC", 1, 1, LONE_RO, .meaning = "Namespace specific", LONE_TWO("No", "one value for all namespaces", "Yes", "NSID says whose value it is") },
    { "CHANGEABLE",  2, 1, LONE_RO, .meaning = "Changeable" },
};
const struct lone_record lone_feature_capabilities = {
    .name = "feature_capabilities", .title = "Supported Capabilities", .size = 4, LONE_FIELDS(capabilities_fields),
    .spec = "NVMe Base 2.0", .section = "5.15, Figure 195",
};

static const struct lone_name burst_names[] = {{ 7, "NoLimit", NULL }, { 0 }};
static const struct lone_field arbitration_fields[] = {
    { "AB",  0,  3, LONE_RW, LONE_POW2, burst_names, .unit = "commands", .meaning = "Arbitration Burst" },
    { "LPW", 8,  8, LONE_RW, LONE_ZERO_BASED, .unit = "commands", .meaning = "Low Priority Weight" },
    { "MPW", 16, 8, LONE_RW, LONE_ZERO_BASED, .unit = "commands", .meaning = "Medium Priority Weight" },
    { "HPW", 24, 8, LONE_RW, LONE_ZERO_BASED, .unit = "commands", .meaning = "High Priority Weight" },
};
RECORD(arbitration, "arbitration", "Arbitration", 4, arbitration_fields);

static const struct lone_name workload_names[] = {
    { 0, "None", "no workload is described" },
    { 1, "Workload1", "extended idle periods, then a burst of random writes" },
    { 2, "Workload2", "heavy sequential writes" },
    { 0 },
};
static const struct lone_field power_management_fields[] = {
    { "PS", 0, 5, LONE_RW, .meaning = "Power State" },
    { "WH", 5, 3, LONE_RW, LONE_ENUM, workload_names, .meaning = "Workload Hint" },
};
RECORD(power_management, "power_management", "Power Management", 4, power_management_fields);

static const struct lone_name range_types[] = {
    { 0, "GENERAL", "General Purpose" },
    { 1, "FILESYSTEM", NULL },
    { 2, "RAID", NULL },
    { 3, "CACHE", NULL },
    { 4, "SWAP", "Page / swap file" },
    { 0 },
};
static const struct lone_field range_attribute_fields[] = {
    { "LBARO", 0, 1, LONE_RW, .meaning = "LBA Range Overwritable" },
    { "HLBAR", 1, 1, LONE_RW, .meaning = "Hide LBA Range (from the operating system, EFI and BIOS)" },
};
PART(range_attributes, "ATTRB", "Attributes", 1, range_attribute_fields);
static const struct lone_field range_fields[] = {
    { "TYPE",  LONE_BYTE(0),  8,      LONE_RW, .names = range_types, .meaning = "Type; 80h and above are the vendor's" },
    { "ATTRB", LONE_BYTE(1),  8,      LONE_RW, LONE_RECORD, .record = &range_attributes, .meaning = "Attributes" },
    { "SLBA",  LONE_BYTE(16), 64,     LONE_RW, .meaning = "Starting LBA" },
    { "NLB",   LONE_BYTE(24), 64,     LONE_RW, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Number of Logical Blocks" },
    { "GUID",  LONE_BYTE(32), 16 * 8, LONE_RW, LONE_UUID, .meaning = "Unique Identifier" },
};
PART(range, "RANGE", "LBA Range Type Entry", 64, range_fields);
#define RANGE_ROW(start) { "RANGE", LONE_BYTE(start), 64 * 8, LONE_RW, LONE_RECORD, .record = &range, .count = 64, .meaning = "LBA Range Type Entry" }
#define NUM_ROW { "NUM", 0, 6, LONE_RW, LONE_ZERO_BASED, .unit = "ranges", .meaning = "Number of LBA Ranges" }
static const struct lone_field lba_range_type_fields[] = { NUM_ROW, RANGE_ROW(4) };
static const struct lone_field lba_range_type_dw0_fields[] = { NUM_ROW };
RECORD(lba_range_type_dw0, "lba_range_type", "LBA Range Type", 4, lba_range_type_dw0_fields);
static const struct lone_field lba_range_type_data_fields[] = { RANGE_ROW(0) };
RECORD(lba_range_type_data, "lba_range_type", "LBA Range Type", 4096, lba_range_type_data_fields);
RECORD(lba_range_type, "lba_range_type", "LBA Range Type", 4 + 4096, lba_range_type_fields);

static const struct lone_name sensors[] = {
    { 0, "COMPOSITE", "Composite Temperature" },
    { 1, "SENSOR1", "Temperature Sensor 1" },
    { 2, "SENSOR2", "Temperature Sensor 2" },
    { 3, "SENSOR3", "Temperature Sensor 3" },
    { 4, "SENSOR4", "Temperature Sensor 4" },
    { 5, "SENSOR5", "Temperature Sensor 5" },
    { 6, "SENSOR6", "Temperature Sensor 6" },
    { 7, "SENSOR7", "Temperature Sensor 7" },
    { 8, "SENSOR8", "Temperature Sensor 8" },
    { 15, "ALL", "all implemented sensors, in Set Features" },
    { 0 },
};
static const struct lone_name threshold_types[] = {
    { 0, "OVER", "Over Temperature Threshold" },
    { 1, "UNDER", "Under Temperature Threshold" },
    { 0 },
};
#define TMPSEL_ROW { "TMPSEL", 16, 4, LONE_RW, LONE_ENUM, sensors, .meaning = "Threshold Temperature Select" }
#define THSEL_ROW  { "THSEL",  20, 2, LONE_RW, LONE_ENUM, threshold_types, .meaning = "Threshold Type Select" }
static const struct lone_field temperature_threshold_fields[] = {
    { "TMPTH",  0,  16, LONE_RW, LONE_TEMPERATURE, .meaning = "Temperature Threshold" },
    TMPSEL_ROW, THSEL_ROW,
    { "TMPTHH", 22, 3, LONE_RW, .unit = "K", .meaning = "Temperature Threshold Hysteresis, of 2.1" },
};
RECORD(temperature_threshold, "temperature_threshold", "Temperature Threshold", 4, temperature_threshold_fields);
static const struct lone_field temperature_threshold_get_fields[] = { TMPSEL_ROW, THSEL_ROW };
RECORD(temperature_threshold_get, "temperature_threshold", "Temperature Threshold", 4, temperature_threshold_get_fields);

static const struct lone_name no_timeout[] = {{ 0, "NoTimeout", NULL }, { 0 }};
static const struct lone_field error_recovery_fields[] = {
    { "TLER",  0,  16, LONE_RW, .names = no_timeout, .scale = 100, .unit = "ms", .meaning = "Time Limited Error Recovery" },
    { "DULBE", 16, 1,  LONE_RW, .meaning = "Deallocated or Unwritten Logical Block Error Enable" },
};
RECORD(error_recovery, "error_recovery", "Error Recovery", 4, error_recovery_fields);

static const struct lone_field volatile_write_cache_fields[] = {
    { "WCE", 0, 1, LONE_RW, .meaning = "Volatile Write Cache Enable" },
};
RECORD(volatile_write_cache, "volatile_write_cache", "Volatile Write Cache", 4, volatile_write_cache_fields);

static const struct lone_field number_of_queues_fields[] = {
    { "NSQA", 0,  16, LONE_RO, LONE_ZERO_BASED, .unit = "queues", .meaning = "Number of I/O Submission Queues Allocated" },
    { "NCQA", 16, 16, LONE_RO, LONE_ZERO_BASED, .unit = "queues", .meaning = "Number of I/O Completion Queues Allocated" },
};
RECORD(number_of_queues, "number_of_queues", "Number of Queues", 4, number_of_queues_fields);
static const struct lone_field number_of_queues_set_fields[] = {
    { "NSQR", 0,  16, LONE_RW, LONE_ZERO_BASED, .unit = "queues", .meaning = "Number of I/O Submission Queues Requested" },
    { "NCQR", 16, 16, LONE_RW, LONE_ZERO_BASED, .unit = "queues", .meaning = "Number of I/O Completion Queues Requested" },
};
RECORD(number_of_queues_set, "number_of_queues", "Number of Queues", 4, number_of_queues_set_fields);

static const struct lone_name no_delay[] = {{ 0, "NoDelay", NULL }, { 0 }};
static const struct lone_field interrupt_coalescing_fields[] = {
    { "THR",  0, 8, LONE_RW, LONE_ZERO_BASED, .unit = "entries", .meaning = "Aggregation Threshold" },
    { "TIME", 8, 8, LONE_RW, .names = no_delay, .scale = 100, .unit = "us", .meaning = "Aggregation Time" },
};
RECORD(interrupt_coalescing, "interrupt_coalescing", "Interrupt Coalescing", 4, interrupt_coalescing_fields);

#define IV_ROW { "IV", 0, 16, LONE_RW, .meaning = "Interrupt Vector" }
static const struct lone_field interrupt_vector_fields[] = {
    IV_ROW,
    { "CD", 16, 1, LONE_RW, .meaning = "Coalescing Disable" },
};
RECORD(interrupt_vector, "interrupt_vector", "Interrupt Vector Configuration", 4, interrupt_vector_fields);
static const struct lone_field interrupt_vector_get_fields[] = { IV_ROW };
RECORD(interrupt_vector_get, "interrupt_vector", "Interrupt Vector Configuration", 4, interrupt_vector_get_fields);

static const struct lone_field write_atomicity_fields[] = {
    { "DN", 0, 1, LONE_RW, .meaning = "Disable Normal", LONE_TWO("Normal", "writes are atomic as AWUN and NAWUN say", "PowerFail", "writes need be atomic only to AWUPF and NAWUPF") },
};
RECORD(write_atomicity, "write_atomicity", "Write Atomicity Normal", 4, write_atomicity_fields);

/* Each bit lets the bit at the same place of the SMART / Health log's Critical Warning raise an event. */
static const struct lone_field critical_warning_fields[] = {
    { "ASCBT", 0, 1, LONE_RW, .meaning = "Available Spare Capacity Below Threshold" },
    { "TTC",   1, 1, LONE_RW, .meaning = "Temperature Threshold Condition" },
    { "NDR",   2, 1, LONE_RW, .meaning = "NVM Subsystem Degraded Reliability" },
    { "AMRO",  3, 1, LONE_RW, .meaning = "All Media Read-Only" },
    { "VMBF",  4, 1, LONE_RW, .meaning = "Volatile Memory Backup Failed" },
    { "PMRRO", 5, 1, LONE_RW, .meaning = "Persistent Memory Region Read-Only" },
};
PART(critical_warnings, "SHCW", "SMART / Health Critical Warnings", 1, critical_warning_fields);
/* Mnemonics are those of 2.1, which adds bits 19:16 and 30:28. */
static const struct lone_field asynchronous_event_fields[] = {
    { "SHCW",  0,  8, LONE_RW, LONE_RECORD, .record = &critical_warnings, .meaning = "SMART / Health Critical Warnings" },
    { "NAN",   8,  1, LONE_RW, .meaning = "Namespace Attribute Notices" },
    { "FAN",   9,  1, LONE_RW, .meaning = "Firmware Activation Notices" },
    { "TLN",   10, 1, LONE_RW, .meaning = "Telemetry Log Notices" },
    { "ANACN", 11, 1, LONE_RW, .meaning = "Asymmetric Namespace Access Change Notices" },
    { "PLEALCN", 12, 1, LONE_RW, .meaning = "Predictable Latency Event Aggregate Log Change Notices" },
    { "LSIAN", 13, 1, LONE_RW, .meaning = "LBA Status Information Alert Notices" },
    { "EGEALCN", 14, 1, LONE_RW, .meaning = "Endurance Group Event Aggregate Log Change Notices" },
    { "NNSSHDN", 15, 1, LONE_RW, .meaning = "Normal NVM Subsystem Shutdown" },
    { "TTHRY", 16, 1, LONE_RW, .meaning = "Temperature Threshold Hysteresis Recovery" },
    { "RASSN", 17, 1, LONE_RW, .meaning = "Reachability Association Notices" },
    { "RGRP0", 18, 1, LONE_RW, .meaning = "Reachability Group Notices" },
    { "ANSAN", 19, 1, LONE_RW, .meaning = "Allocated Namespace Attribute Notices" },
    { "ZDCN",  27, 1, LONE_RW, .meaning = "Zone Descriptor Changed Notices" },
    { "PMDRLPCN", 28, 1, LONE_RW, .meaning = "Pull Model DDC Request Log Page Change Notifications" },
    { "ADLPCN", 29, 1, LONE_RW, .meaning = "AVE Discovery Log Page Change Notifications" },
    { "HDLPCN", 30, 1, LONE_RW, .meaning = "Host Discovery Log Page Change Notifications" },
    { "DLPCN", 31, 1, LONE_RW, .meaning = "Discovery Log Page Change Notifications" },
};
RECORD(asynchronous_event, "asynchronous_event", "Asynchronous Event Configuration", 4, asynchronous_event_fields);

static const struct lone_field apst_entry_fields[] = {
    { "ITPS", 3, 5,  LONE_RW, .meaning = "Idle Transition Power State" },
    { "ITPT", 8, 24, LONE_RW, .names = (const struct lone_name[]){{ 0, "Disabled", "no transition from this state" }, { 0 }},
      .unit = "ms", .meaning = "Idle Time Prior to Transition" },
};
PART(apst_entry, "APST", "Autonomous Power State Transition Entry", 8, apst_entry_fields);
#define APST_ROW(start) { "APST", LONE_BYTE(start), 8 * 8, LONE_RW, LONE_RECORD, .record = &apst_entry, .count = 32, .meaning = "for the power state of this number" }
#define APSTE_ROW { "APSTE", 0, 1, LONE_RW, .meaning = "Autonomous Power State Transition Enable" }
static const struct lone_field autonomous_power_state_fields[] = { APSTE_ROW, APST_ROW(4) };
static const struct lone_field apst_dw0_fields[] = { APSTE_ROW };
RECORD(apst_dw0, "autonomous_power_state", "Autonomous Power State Transition", 4, apst_dw0_fields);
static const struct lone_field apst_data_fields[] = { APST_ROW(0) };
RECORD(apst_data, "autonomous_power_state", "Autonomous Power State Transition", 256, apst_data_fields);
RECORD(autonomous_power_state, "autonomous_power_state", "Autonomous Power State Transition", 4 + 256, autonomous_power_state_fields);

/* Get returns CDW11 in Dword 0 and the rest in a structure of 4096 bytes; Set takes all of it in command dwords. */
#define EHM_ROW { "EHM", 0, 1, LONE_RW, .meaning = "Enable Host Memory" }
#define MR_ROW  { "MR",  1, 1, LONE_RW, .meaning = "Memory Return", LONE_TWO("New", "memory whose contents do not count", "Returned", "the same memory as before, unchanged") }
#define HSIZE_ROW(start)  { "HSIZE",  LONE_BYTE(start), 32, LONE_RW, .unit = "pages of CC.MPS", .meaning = "Host Memory Buffer Size" }
#define HMDLEC_ROW(start) { "HMDLEC", LONE_BYTE(start), 32, LONE_RW, .unit = "entries", .meaning = "Host Memory Descriptor List Entry Count" }
#define HMB_ROWS(start) \
    HSIZE_ROW(start), \
    { "HMDLAL", LONE_BYTE((start) + 4), 32, LONE_RO, .meaning = "Host Memory Descriptor List Address Lower" }, \
    { "HMDLAU", LONE_BYTE((start) + 8), 32, LONE_RO, .meaning = "Host Memory Descriptor List Address Upper" }, \
    HMDLEC_ROW((start) + 12)
static const struct lone_field host_memory_buffer_fields[] = { EHM_ROW, MR_ROW, HMB_ROWS(4) };
RECORD(host_memory_buffer, "host_memory_buffer", "Host Memory Buffer", 4 + 4096, host_memory_buffer_fields);
static const struct lone_field hmb_dw0_fields[] = { EHM_ROW, MR_ROW };
RECORD(hmb_dw0, "host_memory_buffer", "Host Memory Buffer", 4, hmb_dw0_fields);
static const struct lone_field hmb_attributes_fields[] = { HMB_ROWS(0) };
RECORD(hmb_attributes, "host_memory_buffer", "Host Memory Buffer Attributes", 4096, hmb_attributes_fields);
static const struct lone_field host_memory_buffer_set_fields[] = {
    EHM_ROW, MR_ROW, HSIZE_ROW(4),
    { "HMDLLA", LONE_BYTE(8) + 4, 28, LONE_RW, LONE_ADDRESS, .scale = 16, .meaning = "Host Memory Descriptor List Lower Address, bits 31:4" },
    { "HMDLUA", LONE_BYTE(12),    32, LONE_RW, .meaning = "Host Memory Descriptor List Upper Address" },
    HMDLEC_ROW(16),
};
RECORD(host_memory_buffer_set, "host_memory_buffer", "Host Memory Buffer", 20, host_memory_buffer_set_fields);

static const struct lone_name origins[] = {
    { 0, "RESET", "cleared to 0 by a Controller Level Reset, counting since" },
    { 1, "HOST", "set with Set Features, counting since" },
    { 0 },
};
#define TIMESTAMP_ROW(start) { "TIMESTAMP", LONE_BYTE(start), 48, LONE_RW, .unit = "ms", .meaning = "Timestamp: since 1970-01-01 00:00 UTC, if the host set it so" }
#define TIMESTAMP_ROWS(start) \
    TIMESTAMP_ROW(start), \
    { "SYNCH", LONE_BYTE((start) + 6),     1, LONE_RO, .meaning = "Synch", LONE_TWO("Continuous", "the controller has counted ever since", "MayHaveStopped", "the controller may have stopped counting since") }, \
    { "TO",    LONE_BYTE((start) + 6) + 1, 3, LONE_RO, LONE_ENUM, origins, .meaning = "Timestamp Origin" }
static const struct lone_field timestamp_fields[] = { TIMESTAMP_ROWS(4) };
RECORD(timestamp, "timestamp", "Timestamp", 4 + 8, timestamp_fields);
static const struct lone_field timestamp_data_fields[] = { TIMESTAMP_ROWS(0) };
RECORD(timestamp_data, "timestamp", "Timestamp", 8, timestamp_data_fields);
static const struct lone_field timestamp_set_fields[] = { TIMESTAMP_ROW(4) };
RECORD(timestamp_set, "timestamp", "Timestamp", 4 + 8, timestamp_set_fields);
static const struct lone_field timestamp_set_data_fields[] = { TIMESTAMP_ROW(0) };
RECORD(timestamp_set_data, "timestamp", "Timestamp", 8, timestamp_set_data_fields);

static const struct lone_name disabled[] = {{ 0, "Disabled", NULL }, { 0 }};
static const struct lone_field keep_alive_timer_fields[] = {
    { "KATO", 0, 32, LONE_RW, .names = disabled, .unit = "ms", .meaning = "Keep Alive Timeout" },
};
RECORD(keep_alive_timer, "keep_alive_timer", "Keep Alive Timer", 4, keep_alive_timer_fields);

static const struct lone_field thermal_management_fields[] = {
    { "TMT2", 0,  16, LONE_RW, LONE_TEMPERATURE, disabled, .meaning = "Thermal Management Temperature 2: throttle whatever it costs" },
    { "TMT1", 16, 16, LONE_RW, LONE_TEMPERATURE, disabled, .meaning = "Thermal Management Temperature 1: throttle with least impact" },
};
RECORD(thermal_management, "thermal_management", "Host Controlled Thermal Management", 4, thermal_management_fields);

static const struct lone_field non_operational_fields[] = {
    { "NOPPME", 0, 1, LONE_RW, .meaning = "Non-Operational Power State Permissive Mode Enable" },
};
RECORD(non_operational, "non_operational_power_state", "Non-Operational Power State Config", 4, non_operational_fields);

/* Features of an NVM Set: CDW11 names the set, CDW12 has the value, which Get returns in Dword 0. */
#define NVMSETID_ROW { "NVMSETID", 0, 16, LONE_RW, .meaning = "NVM Set Identifier" }
static const struct lone_field nvm_set_get_fields[] = { NVMSETID_ROW };
RECORD(nvm_set_get, "nvm_set", "NVM Set Identifier", 4, nvm_set_get_fields);

#define RRL_ROW(byte) { "RRL", LONE_BYTE(byte), 4, LONE_RW, .meaning = "Read Recovery Level: 4 is the default, 15 gives up fastest" }
static const struct lone_field read_recovery_fields[] = { RRL_ROW(0) };
RECORD(read_recovery, "read_recovery_level", "Read Recovery Level Config", 4, read_recovery_fields);
static const struct lone_field read_recovery_set_fields[] = { NVMSETID_ROW, RRL_ROW(4) };
RECORD(read_recovery_set, "read_recovery_level", "Read Recovery Level Config", 8, read_recovery_set_fields);

/* Each bit lets the event at the same place of the Predictable Latency log's Event Type be reported. */
static const struct lone_field enable_event_fields[] = {
    { "DTWINRW",  0,  1, LONE_RW, .meaning = "DTWIN Reads Warning" },
    { "DTWINWW",  1,  1, LONE_RW, .meaning = "DTWIN Writes Warning" },
    { "DTWINTW",  2,  1, LONE_RW, .meaning = "DTWIN Time Warning" },
    { "ATDNTMVE", 14, 1, LONE_RW, .meaning = "Autonomous transition from DTWIN to NDWIN, typical or maximum value exceeded" },
    { "ATDNDE",   15, 1, LONE_RW, .meaning = "Autonomous transition from DTWIN to NDWIN, Deterministic Excursion" },
};
PART(enable_event, "EE", "Enable Event", 2, enable_event_fields);
#define PLE_ROW(byte) { "PLE", LONE_BYTE(byte), 1, LONE_RW, .meaning = "Predictable Latency Enable" }
#define PLM_ROWS(start) \
    { "EE",      LONE_BYTE((start) + 0),  16, LONE_RW, LONE_RECORD, .record = &enable_event, .meaning = "Enable Event" }, \
    { "DTWINRT", LONE_BYTE((start) + 32), 64, LONE_RW, .unit = "reads of 4 KiB", .meaning = "DTWIN Reads Threshold" }, \
    { "DTWINWT", LONE_BYTE((start) + 40), 64, LONE_RW, .unit = "writes of Optimal Write Size", .meaning = "DTWIN Writes Threshold" }, \
    { "DTWINTT", LONE_BYTE((start) + 48), 64, LONE_RW, .unit = "ms", .meaning = "DTWIN Time Threshold" }
static const struct lone_field latency_config_fields[] = { PLE_ROW(0), PLM_ROWS(4) };
RECORD(latency_config, "predictable_latency_config", "Predictable Latency Mode Config", 4 + 512, latency_config_fields);
static const struct lone_field latency_config_dw0_fields[] = { PLE_ROW(0) };
RECORD(latency_config_dw0, "predictable_latency_config", "Predictable Latency Mode Config", 4, latency_config_dw0_fields);
static const struct lone_field latency_config_data_fields[] = { PLM_ROWS(0) };
RECORD(latency_config_data, "predictable_latency_config", "Deterministic Threshold Configuration", 512, latency_config_data_fields);
static const struct lone_field latency_config_set_fields[] = { NVMSETID_ROW, PLE_ROW(4), PLM_ROWS(8) };
RECORD(latency_config_set, "predictable_latency_config", "Predictable Latency Mode Config", 8 + 512, latency_config_set_fields);

static const struct lone_name windows[] = {
    { 1, "DTWIN", "Deterministic Window" },
    { 2, "NDWIN", "Non-Deterministic Window" },
    { 0 },
};
#define WS_ROW(byte) { "WS", LONE_BYTE(byte), 3, LONE_RW, LONE_ENUM, windows, .meaning = "Window Select" }
static const struct lone_field latency_window_fields[] = { WS_ROW(0) };
RECORD(latency_window, "predictable_latency_window", "Predictable Latency Mode Window", 4, latency_window_fields);
static const struct lone_field latency_window_set_fields[] = { NVMSETID_ROW, WS_ROW(4) };
RECORD(latency_window_set, "predictable_latency_window", "Predictable Latency Mode Window", 8, latency_window_set_fields);

static const struct lone_field lba_status_interval_fields[] = {
    { "LSIRI", 0,  16, LONE_RW, .scale = 100, .unit = "ms", .meaning = "LBA Status Information Report Interval" },
    { "LSIPI", 16, 16, LONE_RW, .scale = 100, .unit = "ms", .meaning = "LBA Status Information Poll Interval" },
};
RECORD(lba_status_interval, "lba_status_interval", "LBA Status Information Report Interval", 4, lba_status_interval_fields);

/* HDISNS and CDFE are of 2.1. */
static const struct lone_field copy_format_fields[] = {
    { "CDF2E", 2, 1, LONE_RW, .meaning = "Copy Descriptor Format 2h Enable" },
    { "CDF3E", 3, 1, LONE_RW, .meaning = "Copy Descriptor Format 3h Enable" },
    { "CDF4E", 4, 1, LONE_RW, .meaning = "Copy Descriptor Format 4h Enable" },
};
PART(copy_formats, "CDFE", "Copy Descriptor Formats Enable", 2, copy_format_fields);
#define HOST_BEHAVIOR_ROWS(start) \
    { "ACRE",   LONE_BYTE((start) + 0), 8, LONE_RW, .meaning = "Advanced Command Retry Enable" }, \
    { "ETDAS",  LONE_BYTE((start) + 1), 8, LONE_RW, .meaning = "Extended Telemetry Data Area 4 Supported" }, \
    { "LBAFEE", LONE_BYTE((start) + 2), 8, LONE_RW, .meaning = "LBA Format Extension Enable" }, \
    { "HDISNS", LONE_BYTE((start) + 3), 8, LONE_RW, .meaning = "Host Dispersed Namespace Support" }, \
    { "CDFE",   LONE_BYTE((start) + 4), 16, LONE_RW, LONE_RECORD, .record = &copy_formats, .meaning = "Copy Descriptor Formats Enable" }
static const struct lone_field host_behavior_fields[] = { HOST_BEHAVIOR_ROWS(4) };
RECORD(host_behavior, "host_behavior", "Host Behavior Support", 4 + 512, host_behavior_fields);
static const struct lone_field host_behavior_data_fields[] = { HOST_BEHAVIOR_ROWS(0) };
RECORD(host_behavior_data, "host_behavior", "Host Behavior Support", 512, host_behavior_data_fields);

static const struct lone_name no_deallocate_modes[] = {
    { 0, "ERROR", "No-Deallocate Error Response Mode: Sanitize with NDAS=1 is refused" },
    { 1, "WARNING", "No-Deallocate Warning Response Mode: Sanitize with NDAS=1 deallocates all the same" },
    { 0 },
};
static const struct lone_field sanitize_config_fields[] = {
    { "NODRM", 0, 1, LONE_RW, LONE_ENUM, no_deallocate_modes, .meaning = "No-Deallocate Response Mode" },
};
RECORD(sanitize_config, "sanitize_config", "Sanitize Config", 4, sanitize_config_fields);

/* Each bit lets the bit at the same place of the Endurance Group Information log's Critical Warning raise an event. */
static const struct lone_field group_warning_fields[] = {
    { "EGASCBT", 0, 1, LONE_RW, .meaning = "Endurance Group Available Spare Capacity Below Threshold" },
    { "EGDR",    2, 1, LONE_RW, .meaning = "Endurance Group Degraded Reliability" },
    { "EGRO",    3, 1, LONE_RW, .meaning = "Endurance Group Read-Only" },
};
PART(group_warnings, "EGCW", "Endurance Group Critical Warnings", 1, group_warning_fields);
#define ENDGID_ROW { "ENDGID", 0, 16, LONE_RW, .meaning = "Endurance Group Identifier" }
static const struct lone_field endurance_group_event_fields[] = {
    ENDGID_ROW,
    { "EGCW", 16, 8, LONE_RW, LONE_RECORD, .record = &group_warnings, .meaning = "Endurance Group Critical Warnings" },
};
RECORD(endurance_group_event, "endurance_group_event", "Endurance Group Event Configuration", 4, endurance_group_event_fields);
static const struct lone_field endurance_group_get_fields[] = { ENDGID_ROW };
RECORD(endurance_group_get, "endurance_group_event", "Endurance Group Event Configuration", 4, endurance_group_get_fields);

static const struct lone_field command_set_profile_fields[] = {
    { "IOCSCI", 0, 9, LONE_RW, .meaning = "I/O Command Set Combination Index" },
};
RECORD(command_set_profile, "command_set_profile", "I/O Command Set Profile", 4, command_set_profile_fields);

static const struct lone_field spinup_control_fields[] = {
    { "SCE", 0, 1, LONE_RW, .meaning = "Spinup Control Enable", LONE_TWO("Disabled", "the media may spin up by themselves", "Enabled", "the media do not spin up by themselves") },
};
RECORD(spinup_control, "spinup_control", "Spinup Control", 4, spinup_control_fields);

/* Of 2.1, as libnvme has it. */
static const struct lone_name power_loss_modes[] = {
    { 0, "NONE", "Power Loss Signaling not enabled" },
    { 1, "EPF", "Power Loss Signaling with Emergency Power Fail" },
    { 2, "FQ", "Power Loss Signaling with Forced Quiescence" },
    { 0 },
};
static const struct lone_field power_loss_signaling_fields[] = {
    { "PLSM", 0, 2, LONE_RW, LONE_ENUM, power_loss_modes, .meaning = "Power Loss Signaling Mode" },
};
RECORD(power_loss_signaling, "power_loss_signaling", "Power Loss Signaling Config", 4, power_loss_signaling_fields);

/* Of 2.1, as libnvme and SPDK have it: CDW11 names the endurance group, CDW12 has the value, which Get returns in Dword
 * 0. */
#define PLACEMENT_GROUP_ROW { "ENDGID", 0, 16, LONE_RW, .meaning = "Endurance Group Identifier" }
#define PLACEMENT_ROWS(start) \
    { "FDPE",    LONE_BYTE(start),     1, LONE_RW, .meaning = "Flexible Data Placement Enable" }, \
    { "FDPCIDX", LONE_BYTE(start) + 8, 8, LONE_RW, .meaning = "Flexible Data Placement Configuration Index" }
static const struct lone_field data_placement_fields[] = { PLACEMENT_ROWS(0) };
RECORD(data_placement, "data_placement", "Flexible Data Placement", 4, data_placement_fields);
static const struct lone_field data_placement_set_fields[] = { PLACEMENT_GROUP_ROW, PLACEMENT_ROWS(4) };
RECORD(data_placement_set, "data_placement", "Flexible Data Placement", 8, data_placement_set_fields);
static const struct lone_field data_placement_get_fields[] = { PLACEMENT_GROUP_ROW };
RECORD(data_placement_get, "data_placement", "Flexible Data Placement", 4, data_placement_get_fields);

/* Of 2.1, as libnvme has it. */
static const struct lone_name boot_protection_states[] = {
    { 0, "UNCHANGED", "no change is requested; never reported" },
    { 1, "UNLOCKED", "Write Unlocked" },
    { 2, "LOCKED", "Write Locked" },
    { 3, "UNTIL_POWER_CYCLE", "Write Locked Until Power Cycle" },
    { 4, "RPMB", "controlled by RPMB" },
    { 0 },
};
static const struct lone_field boot_protection_fields[] = {
    { "BP0WPS", 0, 3, LONE_RW, LONE_ENUM, boot_protection_states, .meaning = "Boot Partition 0 Write Protection State" },
    { "BP1WPS", 3, 3, LONE_RW, LONE_ENUM, boot_protection_states, .meaning = "Boot Partition 1 Write Protection State" },
};
RECORD(boot_protection, "boot_write_protection", "Boot Partition Write Protection Config", 4, boot_protection_fields);

static const struct lone_name element_actions[] = {
    { 0, "ADD_OR_REPLACE", "Add or Replace the element of this type" },
    { 1, "DELETE", "Delete the elements of this type" },
    { 2, "ADD", "Add Entry Multiple: one more of this type, Enhanced Controller Metadata only" },
    { 0 },
};
static const struct lone_field metadata_element_fields[] = {
    { "ET",   LONE_BYTE(0), 6,  LONE_RW, .meaning = "Element Type" },
    { "ER",   LONE_BYTE(1), 4,  LONE_RW, .meaning = "Element Revision" },
    { "ELEN", LONE_BYTE(2), 16, LONE_RW, .unit = "B", .meaning = "Element Length" },
    { "EVAL", LONE_BYTE(4), 0,  LONE_RW, LONE_ASCII, .counted_by = { "ELEN" }, .meaning = "Element Value, UTF-8" },
};
static const struct lone_record metadata_element = {
    .name = "DESC", .title = "Metadata Element Descriptor", .size = 4, .flags = LONE_VARIABLE, LONE_FIELDS(metadata_element_fields),
};
#define METADATA_ROWS(start) \
    { "NDESC", LONE_BYTE(start), 8, LONE_RW, .meaning = "Number of Metadata Element Descriptors" }, \
    { "DESC",  LONE_BYTE((start) + 2), 4 * 8, LONE_RW, LONE_RECORD, .record = &metadata_element, .counted_by = { "NDESC" }, .meaning = "Metadata Element Descriptor" }
#define METADATA(variable, bytes, rows) \
    static const struct lone_record variable = {.name = "host_metadata", .title = "Host Metadata", .size = bytes, .flags = LONE_VARIABLE, \
                                                LONE_FIELDS(rows), .spec = "NVMe Base 2.0", .section = "5.27.1.23"}
static const struct lone_field host_metadata_fields[] = { METADATA_ROWS(4) };
METADATA(host_metadata, 4 + 2, host_metadata_fields);
static const struct lone_field host_metadata_set_fields[] = {
    { "EA", 13, 2, LONE_RW, LONE_ENUM, element_actions, .meaning = "Element Action" },
    METADATA_ROWS(4),
};
METADATA(host_metadata_set, 4 + 2, host_metadata_set_fields);
static const struct lone_field host_metadata_data_fields[] = { METADATA_ROWS(0) };
METADATA(host_metadata_data, 2, host_metadata_data_fields);
static const struct lone_field host_metadata_get_fields[] = {
    { "GDHM", 0, 1, LONE_RW, .meaning = "Generate Default Host Metadata" },
};
RECORD(host_metadata_get, "host_metadata", "Host Metadata", 4, host_metadata_get_fields);

static const struct lone_field software_progress_fields[] = {
    { "PBSLC", 0, 8, LONE_RW, .meaning = "Pre-boot Software Load Count" },
};
RECORD(software_progress, "software_progress", "Software Progress Marker", 4, software_progress_fields);

/* Without EXHID the structure ends after the first 8 bytes: two halves, so that these are there either way. The text has one
 * field, HOSTID. */
#define EXHID_ROW { "EXHID", 0, 1, LONE_RW, .meaning = "Enable Extended Host Identifier", LONE_TWO("64bit", "a Host Identifier of 64 bits", "128bit", "a Host Identifier of 128 bits") }
#define HOSTID_ROWS(start) \
    { "HOSTIDL", LONE_BYTE(start),       64, LONE_RW, .meaning = "Host Identifier, bits 63:0" }, \
    { "HOSTIDU", LONE_BYTE((start) + 8), 64, LONE_RW, .meaning = "Host Identifier, bits 127:64, with EXHID" }
static const struct lone_field host_identifier_fields[] = { HOSTID_ROWS(4) };
RECORD(host_identifier, "host_identifier", "Host Identifier", 4 + 16, host_identifier_fields);
static const struct lone_field host_identifier_data_fields[] = { HOSTID_ROWS(0) };
RECORD(host_identifier_data, "host_identifier", "Host Identifier", 16, host_identifier_data_fields);
static const struct lone_field host_identifier_set_fields[] = { EXHID_ROW, HOSTID_ROWS(4) };
RECORD(host_identifier_set, "host_identifier", "Host Identifier", 4 + 16, host_identifier_set_fields);
static const struct lone_field host_identifier_get_fields[] = { EXHID_ROW };
RECORD(host_identifier_get, "host_identifier", "Host Identifier", 4, host_identifier_get_fields);

static const struct lone_field reservation_mask_fields[] = {
    { "REGPRE", 1, 1, LONE_RW, .meaning = "Mask Registration Preempted Notification" },
    { "RESREL", 2, 1, LONE_RW, .meaning = "Mask Reservation Released Notification" },
    { "RESPRE", 3, 1, LONE_RW, .meaning = "Mask Reservation Preempted Notification" },
};
RECORD(reservation_mask, "reservation_mask", "Reservation Notification Mask", 4, reservation_mask_fields);

static const struct lone_field reservation_persistence_fields[] = {
    { "PTPL", 0, 1, LONE_RW, .meaning = "Persist Through Power Loss" },
};
RECORD(reservation_persistence, "reservation_persistence", "Reservation Persistence", 4, reservation_persistence_fields);

static const struct lone_name write_protection_states[] = {
    { 0, "NONE", "No Write Protect" },
    { 1, "PROTECT", "Write Protect" },
    { 2, "UNTIL_POWER_CYCLE", "Write Protect Until Power Cycle" },
    { 3, "PERMANENT", "Permanent Write Protect" },
    { 0 },
};
static const struct lone_field write_protection_fields[] = {
    { "WPS", 0, 3, LONE_RW, LONE_ENUM, write_protection_states, .meaning = "Write Protection State" },
};
RECORD(write_protection, "write_protection", "Namespace Write Protection Config", 4, write_protection_fields);

#define NVM "NVM Command Set 1.0, 4.1.3"
#define LATER "NVMe Base 2.1, 5.1.25.1"
/* What Set takes is what Get returns: one dword, and the data behind it. */
#define SAME(table) .record = &(table), .set = &(table), .cdws = 1
#define DATA(table) .data = &(table), .set_data = &(table)
#define METADATA_FEATURE &host_metadata, &host_metadata_set, 1, &host_metadata_get, DATA(host_metadata_data), .data_length = 4096

const struct lone_feature lone_features[] = {
    { "arbitration", "Arbitration", 0x01, SAME(arbitration), .section = "5.27.1.1" },
    { "power_management", "Power Management", 0x02, SAME(power_management), .section = "5.27.1.2" },
    { "lba_range_type", "LBA Range Type", 0x03, SAME(lba_range_type), DATA(lba_range_type_data), .dw0 = &lba_range_type_dw0, .per_namespace = true, .section = NVM },
    { "temperature_threshold", "Temperature Threshold", 0x04, SAME(temperature_threshold), .get = &temperature_threshold_get, .section = "5.27.1.3" },
    { "error_recovery", "Error Recovery", 0x05, SAME(error_recovery), .per_namespace = true, .section = NVM },
    { "volatile_write_cache", "Volatile Write Cache", 0x06, SAME(volatile_write_cache), .section = "5.27.1.4" },
    { "number_of_queues", "Number of Queues", 0x07, &number_of_queues, &number_of_queues_set, 1, .section = "5.27.1.5" },
    { "interrupt_coalescing", "Interrupt Coalescing", 0x08, SAME(interrupt_coalescing), .section = "5.27.1.6" },
    { "interrupt_vector", "Interrupt Vector Configuration", 0x09, SAME(interrupt_vector), .get = &interrupt_vector_get, .section = "5.27.1.7" },
    { "write_atomicity", "Write Atomicity Normal", 0x0a, SAME(write_atomicity), .section = NVM },
    { "asynchronous_event", "Asynchronous Event Configuration", 0x0b, SAME(asynchronous_event), .section = "5.27.1.8" },
    { "autonomous_power_state", "Autonomous Power State Transition", 0x0c, SAME(autonomous_power_state), DATA(apst_data), .dw0 = &apst_dw0, .section = "5.27.1.9" },
    { "host_memory_buffer", "Host Memory Buffer", 0x0d, &host_memory_buffer, &host_memory_buffer_set, 5, .data = &hmb_attributes, .dw0 = &hmb_dw0, .section = "5.27.1.10" },
    { "timestamp", "Timestamp", 0x0e, &timestamp, &timestamp_set, 1, .data = &timestamp_data, .set_data = &timestamp_set_data, .section = "5.27.1.11" },
    { "keep_alive_timer", "Keep Alive Timer", 0x0f, SAME(keep_alive_timer), .section = "5.27.1.12" },
    { "thermal_management", "Host Controlled Thermal Management", 0x10, SAME(thermal_management), .section = "5.27.1.13" },
    { "non_operational_power_state", "Non-Operational Power State Config", 0x11, SAME(non_operational), .section = "5.27.1.14" },
    { "read_recovery_level", "Read Recovery Level Config", 0x12, &read_recovery, &read_recovery_set, 2, &nvm_set_get, .section = "5.27.1.15" },
    { "predictable_latency_config", "Predictable Latency Mode Config", 0x13, &latency_config, &latency_config_set, 2, &nvm_set_get, DATA(latency_config_data), .dw0 = &latency_config_dw0, .section = "5.27.1.16" },
    { "predictable_latency_window", "Predictable Latency Mode Window", 0x14, &latency_window, &latency_window_set, 2, &nvm_set_get, .section = "5.27.1.17" },
    { "lba_status_interval", "LBA Status Information Report Interval", 0x15, SAME(lba_status_interval), .section = NVM },
    { "host_behavior", "Host Behavior Support", 0x16, SAME(host_behavior), DATA(host_behavior_data), .section = "5.27.1.18" },
    { "sanitize_config", "Sanitize Config", 0x17, SAME(sanitize_config), .section = "5.27.1.19" },
    { "endurance_group_event", "Endurance Group Event Configuration", 0x18, SAME(endurance_group_event), .get = &endurance_group_get, .section = "5.27.1.20" },
    { "command_set_profile", "I/O Command Set Profile", 0x19, SAME(command_set_profile), .section = "5.27.1.21" },
    { "spinup_control", "Spinup Control", 0x1a, SAME(spinup_control), .section = "5.27.1.22" },
    { "power_loss_signaling", "Power Loss Signaling Config", 0x1b, SAME(power_loss_signaling), .section = LATER },
    { "data_placement", "Flexible Data Placement", 0x1d, &data_placement, &data_placement_set, 2, &data_placement_get, .section = LATER },
    { "enhanced_controller_metadata", "Enhanced Controller Metadata", 0x7d, METADATA_FEATURE, .section = "5.27.1.23.1" },
    { "controller_metadata", "Controller Metadata", 0x7e, METADATA_FEATURE, .section = "5.27.1.23.2" },
    { "namespace_metadata", "Namespace Metadata", 0x7f, METADATA_FEATURE, .per_namespace = true, .section = "5.27.1.23.3" },
    { "software_progress", "Software Progress Marker", 0x80, SAME(software_progress), .section = "5.27.1.24" },
    { "host_identifier", "Host Identifier", 0x81, &host_identifier, &host_identifier_set, 1, &host_identifier_get, DATA(host_identifier_data), .section = "5.27.1.25" },
    { "reservation_mask", "Reservation Notification Mask", 0x82, SAME(reservation_mask), .per_namespace = true, .section = "5.27.1.26" },
    { "reservation_persistence", "Reservation Persistence", 0x83, SAME(reservation_persistence), .per_namespace = true, .section = "5.27.1.27" },
    { "write_protection", "Namespace Write Protection Config", 0x84, SAME(write_protection), .per_namespace = true, .section = "5.27.1.28" },
    { "boot_write_protection", "Boot Partition Write Protection Config", 0x85, SAME(boot_protection), .section = LATER },
};
/* clang-format on */

const size_t lone_n_features = LONE_COUNT(lone_features);

const struct lone_feature *lone_feature_named(const char *name)
{
    for (size_t i = 0; i < lone_n_features; i++)
        if (!strcmp(lone_features[i].name, name))
            return &lone_features[i];
    return NULL;
}

const struct lone_feature *lone_feature_numbered(uint8_t fid)
{
    for (size_t i = 0; i < lone_n_features; i++)
        if (lone_features[i].fid == fid)
            return &lone_features[i];
    return NULL;
}

/* EXHID, CDW11 bit 0, is the only field that a structure's length depends on. */
static uint32_t data_length(const struct lone_feature *feature, const struct lone_record *data, uint32_t cdw11)
{
    if (!data)
        return 0;
    if (feature->data_length)
        return feature->data_length;
    return feature->fid == LONE_FID_HOST_IDENTIFIER && !(cdw11 & 1) ? data->size / 2 : data->size;
}

uint32_t lone_feature_get_length(const struct lone_feature *feature, uint32_t cdw11)
{
    return data_length(feature, feature->data, cdw11);
}

uint32_t lone_feature_set_length(const struct lone_feature *feature, uint32_t cdw11)
{
    return data_length(feature, feature->set_data, cdw11);
}
