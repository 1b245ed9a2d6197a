/* SPDX-License-Identifier: MIT */
/*
 * Commands: NVMe Base 2.0 (sections 5 to 7), NVM Command Set 1.0 and ZNS Command Set 1.1, each with the fields that it
 * lays out in Command Dwords 10 to 15. What is the same for all commands is in lone_sqe.
 */
#include <stddef.h>

#include "spec/command_data.h"
#include "spec/features.h"
#include "spec/logs.h"
#include "spec/nvme.h"

#define CDW3(bit)  (LONE_BYTE(12) + (bit))
#define CDW10(bit) (LONE_BYTE(40) + (bit))
#define CDW11(bit) (LONE_BYTE(44) + (bit))
#define CDW12(bit) (LONE_BYTE(48) + (bit))
#define CDW13(bit) (LONE_BYTE(52) + (bit))
#define CDW14(bit) (LONE_BYTE(56) + (bit))
#define CDW15(bit) (LONE_BYTE(60) + (bit))

/* clang-format off */
/* Rows that several commands have at the same place. */
#define UIDX_ROW  { "UIDX",   CDW14(0),  7, LONE_RW, .meaning = "UUID Index" }
#define SLBA_ROW  { "SLBA",   CDW10(0), 64, LONE_RW, .meaning = "Starting LBA" }
#define NLB_ROW   { "NLB",    CDW12(0), 16, LONE_RW, .kind = LONE_ZERO_BASED, .unit = "blocks", .meaning = "Number of Logical Blocks" }
#define DTYPE_ROW { "DTYPE",  CDW12(20), 4, LONE_RW, .kind = LONE_ENUM, .names = directive_types, .meaning = "Directive Type" }
#define STC_ROW   { "STC",    CDW12(24), 1, LONE_RW, .meaning = "Storage Tag Check" }
#define PRINFO_ROW { "PRINFO", CDW12(26), 4, LONE_RW, .meaning = "Protection Information Field" }
#define FUA_ROW   { "FUA",    CDW12(30), 1, LONE_RW, .meaning = "Force Unit Access" }
#define LR_ROW    { "LR",     CDW12(31), 1, LONE_RW, .meaning = "Limited Retry" }
/* The field DSM, Dataset Management, CDW13 bits 7:0. */
#define DSM_ROWS(frequencies) \
    { "AF",     CDW13(0), 4, LONE_RW, LONE_ENUM, frequencies, .meaning = "Access Frequency" }, \
    { "AL",     CDW13(4), 2, LONE_RW, LONE_ENUM, lone_access_latencies, .meaning = "Access Latency" }, \
    { "SEQREQ", CDW13(6), 1, LONE_RW, .meaning = "Sequential Request" }, \
    { "INCPRS", CDW13(7), 1, LONE_RW, .meaning = "Incompressible" }
#define DSPEC_ROW { "DSPEC",  CDW13(16), 16, LONE_RW, .meaning = "Directive Specific" }
/* A storage tag with a reference tag below it are one number: CDW14, above that CDW3, above that the lower half of CDW2
 * (5.2.1.4.1, Figure 125). How many bits it has, and which are which tag's, depends on the namespace: lone_tags_set(). */
#define LBTU_ROW  { "LBTU",   CDW3(0), 32, LONE_RW, .meaning = "Logical Block Tags Upper, above ILBRT: of 64b Guard 16 bits, of 32b Guard 32 and 16 more in CDW2" }
#define ELBTU_ROW { "ELBTU",  CDW3(0), 32, LONE_RW, .meaning = "Expected Logical Block Tags Upper, above EILBRT: of 64b Guard 16 bits, of 32b Guard 32 and 16 more in CDW2" }
#define ILBRT_ROW { "ILBRT",  CDW14(0), 32, LONE_RW, .meaning = "Initial Logical Block Reference Tag" }
#define LBAT_ROW  { "LBAT",   CDW15(0), 16, LONE_RW, .meaning = "Logical Block Application Tag" }
#define LBATM_ROW { "LBATM",  CDW15(16), 16, LONE_RW, .meaning = "Logical Block Application Tag Mask" }
#define EILBRT_ROW { "EILBRT", CDW14(0), 32, LONE_RW, .meaning = "Expected Initial Logical Block Reference Tag" }
#define ELBAT_ROW { "ELBAT",  CDW15(0), 16, LONE_RW, .meaning = "Expected Logical Block Application Tag" }
#define ELBATM_ROW { "ELBATM", CDW15(16), 16, LONE_RW, .meaning = "Expected Logical Block Application Tag Mask" }

static const struct lone_name directive_types[] = {
    { 0, "IDENTIFY", "Identify; in I/O commands: no directive" },
    { 1, "STREAMS", "Streams" },
    { 0 },
};

/* Most commands say the length of their data in one field, whose row knows the unit. */
#define LENGTH_IN(variable, mnemonic) \
    static const struct lone_length variable[] = {{ LONE_LENGTH_TIMES, .field = mnemonic, .each = 1 }, { 0 }}
LENGTH_IN(length_numd, "NUMD");
LENGTH_IN(length_mndw, "MNDW");
LENGTH_IN(length_ndw, "NDW");
LENGTH_IN(length_tl, "TL");
LENGTH_IN(length_al, "AL");
static const struct lone_length length_nlb[] = {{ LONE_LENGTH_BLOCKS, .field = "NLB" }, { 0 }};

/* What the completion holds, whatever the entry said. */
#define COMPLETION(variable, table) static const struct lone_variant variable[] = {{ .record = &(table) }, { 0 }}
COMPLETION(abort_completions, lone_abort_completion);
COMPLETION(event_completions, lone_event_completion);
COMPLETION(firmware_commit_completions, lone_firmware_commit_completion);
COMPLETION(virtualization_completions, lone_virtualization_completion);
COMPLETION(mi_completions, lone_mi_completion);
COMPLETION(capacity_completions, lone_capacity_completion);
COMPLETION(copy_completions, lone_copy_completion);
COMPLETION(zone_append_completions, lone_zone_append_completion);
static const struct lone_variant namespace_management_completions[] = {
    { &lone_create_namespace_completion, {{ "SEL", 0 }} },
    { 0 },
};
static const struct lone_variant directive_receive_completions[] = {
    { &lone_streams_completion, {{ "DTYPE", 1 }, { "DOPER", 3 }} },
    { 0 },
};

/* Admin commands. */

static const struct lone_field delete_queue_fields[] = {
    { "QID", CDW10(0), 16, LONE_RW, .meaning = "Queue Identifier" },
};

static const struct lone_name queue_priorities[] = {
    { 0, "URGENT", "Urgent" },
    { 1, "HIGH", "High" },
    { 2, "MEDIUM", "Medium" },
    { 3, "LOW", "Low" },
    { 0 },
};
static const struct lone_field create_io_sq_fields[] = {
    { "QID",      CDW10(0),  16, LONE_RW, .meaning = "Queue Identifier" },
    { "QSIZE",    CDW10(16), 16, LONE_RW, .kind = LONE_ZERO_BASED, .unit = "entries", .meaning = "Queue Size" },
    { "PC",       CDW11(0),   1, LONE_RW, .meaning = "Physically Contiguous" },
    { "QPRIO",    CDW11(1),   2, LONE_RW, .kind = LONE_ENUM, .names = queue_priorities, .meaning = "Queue Priority" },
    { "CQID",     CDW11(16), 16, LONE_RW, .meaning = "Completion Queue Identifier" },
    { "NVMSETID", CDW12(0),  16, LONE_RW, .meaning = "NVM Set Identifier" },
};

static const struct lone_field create_io_cq_fields[] = {
    { "QID",   CDW10(0),  16, LONE_RW, .meaning = "Queue Identifier" },
    { "QSIZE", CDW10(16), 16, LONE_RW, .kind = LONE_ZERO_BASED, .unit = "entries", .meaning = "Queue Size" },
    { "PC",    CDW11(0),   1, LONE_RW, .meaning = "Physically Contiguous" },
    { "IEN",   CDW11(1),   1, LONE_RW, .meaning = "Interrupts Enabled" },
    { "IV",    CDW11(16), 16, LONE_RW, .meaning = "Interrupt Vector" },
};

/* Log pages and features above C0h are the vendor's: numbers with names, so that those are not told "Reserved". */
static const struct lone_name log_pages[] = {
    { 0x00, "SUPPORTED_LOG_PAGES", "Supported Log Pages" },
    { 0x01, "ERROR_INFORMATION", "Error Information" },
    { 0x02, "SMART", "SMART / Health Information" },
    { 0x03, "FIRMWARE_SLOT", "Firmware Slot Information" },
    { 0x04, "CHANGED_NAMESPACES", "Changed Namespace List" },
    { 0x05, "COMMANDS_SUPPORTED", "Commands Supported and Effects" },
    { 0x06, "DEVICE_SELF_TEST", "Device Self-test" },
    { 0x07, "TELEMETRY_HOST", "Telemetry Host-Initiated" },
    { 0x08, "TELEMETRY_CONTROLLER", "Telemetry Controller-Initiated" },
    { 0x09, "ENDURANCE_GROUP", "Endurance Group Information" },
    { 0x0a, "PREDICTABLE_LATENCY", "Predictable Latency Per NVM Set" },
    { 0x0b, "PREDICTABLE_LATENCY_EVENTS", "Predictable Latency Event Aggregate" },
    { 0x0c, "ANA", "Asymmetric Namespace Access" },
    { 0x0d, "PERSISTENT_EVENTS", "Persistent Event Log" },
    { 0x0e, "LBA_STATUS", "LBA Status Information" },
    { 0x0f, "ENDURANCE_GROUP_EVENTS", "Endurance Group Event Aggregate" },
    { 0x10, "MEDIA_UNIT_STATUS", "Media Unit Status" },
    { 0x11, "CAPACITY_CONFIGURATIONS", "Supported Capacity Configuration List" },
    { 0x12, "FEATURES_SUPPORTED", "Feature Identifiers Supported and Effects" },
    { 0x13, "NVME_MI_COMMANDS_SUPPORTED", "NVMe-MI Commands Supported and Effects" },
    { 0x14, "LOCKDOWN", "Command and Feature Lockdown" },
    { 0x15, "BOOT_PARTITION", "Boot Partition" },
    { 0x16, "ROTATIONAL_MEDIA", "Rotational Media Information" },
    { 0x20, "FDP_CONFIGURATIONS", "FDP Configurations" },
    { 0x21, "FDP_HANDLE_USAGE", "Reclaim Unit Handle Usage" },
    { 0x22, "FDP_STATISTICS", "FDP Statistics" },
    { 0x23, "FDP_EVENTS", "FDP Events" },
    { 0x70, "DISCOVERY", "Discovery Log Page" },
    { 0x80, "RESERVATION", "Reservation Notification" },
    { 0x81, "SANITIZE", "Sanitize Status" },
    { 0xbf, "CHANGED_ZONES", "Changed Zone List" },
    { 0 },
};
static const struct lone_name offset_types[] = {
    { 0, "BYTES", "LPOL and LPOU are an offset in bytes" },
    { 1, "INDEX", "LPOL and LPOU are an index into a list of data structures" },
    { 0 },
};
static const struct lone_field get_log_page_fields[] = {
    { "LID",   CDW10(0),   8, LONE_RW, .names = log_pages, .meaning = "Log Page Identifier" },
    { "LSP",   CDW10(8),   7, LONE_RW, .meaning = "Log Specific Parameter" },
    { "RAE",   CDW10(15),  1, LONE_RW, .meaning = "Retain Asynchronous Event" },
    { "NUMDL", CDW10(16), 16, LONE_RW, .meaning = "Number of Dwords Lower, of a zero-based number" },
    { "NUMDU", CDW11(0),  16, LONE_RW, .meaning = "Number of Dwords Upper" },
    { "LSI",   CDW11(16), 16, LONE_RW, .meaning = "Log Specific Identifier" },
    { "LPOL",  CDW12(0),  32, LONE_RW, .meaning = "Log Page Offset Lower" },
    { "LPOU",  CDW13(0),  32, LONE_RW, .meaning = "Log Page Offset Upper" },
    UIDX_ROW,
    { "OT",    CDW14(23),  1, LONE_RW, .kind = LONE_ENUM, .names = offset_types, .meaning = "Offset Type" },
    { "CSI",   CDW14(24),  8, LONE_RW, .meaning = "Command Set Identifier" },
};

static const struct lone_length get_log_page_lengths[] = {
    { LONE_LENGTH_TIMES, .field = "NUMDL", .upper = "NUMDU", .each = 4 },
    { 0 },
};
/* CDW10: LID in bits 7:0; CDW12 and CDW13: LPOL and LPOU, and from the middle of a page on no layout is known; CDW14: CSI in bits
 * 31:24. */
static const struct lone_record *get_log_page_result(const uint8_t *sqe)
{
    const struct lone_log *log = lone_log_numbered(sqe[40], sqe[59]);

    return log && !lone_bits_get(sqe, CDW12(0), 64) ? log->record : NULL;
}

static const struct lone_name cns_values[] = {
    { 0x00, "NAMESPACE", "Identify Namespace data structure" },
    { 0x01, "CONTROLLER", "Identify Controller data structure" },
    { 0x02, "ACTIVE_NAMESPACES", "Active Namespace ID list" },
    { 0x03, "DESCRIPTORS", "Namespace Identification Descriptor list" },
    { 0x04, "NVM_SETS", "NVM Set List" },
    { 0x05, "CSI_NAMESPACE", "I/O Command Set specific Identify Namespace data structure" },
    { 0x06, "CSI_CONTROLLER", "I/O Command Set specific Identify Controller data structure" },
    { 0x07, "CSI_ACTIVE_NAMESPACES", "I/O Command Set specific Active Namespace ID list" },
    { 0x08, "INDEPENDENT_NAMESPACE", "I/O Command Set Independent Identify Namespace data structure" },
    { 0x09, "USER_DATA_FORMAT", "Identify Namespace data structure for a User Data Format" },
    { 0x0a, "CSI_USER_DATA_FORMAT", "I/O Command Set specific Identify Namespace data structure for a User Data Format" },
    { 0x10, "ALLOCATED_NAMESPACES", "Allocated Namespace ID list" },
    { 0x11, "ALLOCATED_NAMESPACE", "Identify Namespace data structure for an allocated namespace" },
    { 0x12, "ATTACHED_CONTROLLERS", "Controller List of controllers attached to a namespace" },
    { 0x13, "CONTROLLERS", "Controller List of controllers in the NVM subsystem" },
    { 0x14, "PRIMARY_CONTROLLER", "Primary Controller Capabilities data structure" },
    { 0x15, "SECONDARY_CONTROLLERS", "Secondary Controller List" },
    { 0x16, "GRANULARITY", "Namespace Granularity List" },
    { 0x17, "UUIDS", "UUID List" },
    { 0x18, "DOMAINS", "Domain List" },
    { 0x19, "ENDURANCE_GROUPS", "Endurance Group List" },
    { 0x1a, "CSI_ALLOCATED_NAMESPACES", "I/O Command Set specific Allocated Namespace ID list" },
    { 0x1b, "CSI_ALLOCATED_NAMESPACE", "I/O Command Set specific Identify Namespace data structure for an allocated namespace" },
    { 0x1c, "COMMAND_SETS", "Identify I/O Command Set data structure" },
    { 0 },
};
static const struct lone_name command_sets[] = {
    { 0, "NVM", "NVM Command Set" },
    { 1, "KV", "Key Value Command Set" },
    { 2, "ZNS", "Zoned Namespace Command Set" },
    { 0 },
};
static const struct lone_field identify_fields[] = {
    { "CNS",    CDW10(0),   8, LONE_RW, .kind = LONE_ENUM, .names = cns_values, .meaning = "Controller or Namespace Structure" },
    { "CNTID",  CDW10(16), 16, LONE_RW, .meaning = "Controller Identifier" },
    { "CNSSID", CDW11(0),  16, LONE_RW, .meaning = "CNS Specific Identifier" },
    { "CSI",    CDW11(24),  8, LONE_RW, .kind = LONE_ENUM, .names = command_sets, .meaning = "Command Set Identifier" },
    UIDX_ROW,
};
/* The lists and the structures for allocated namespaces are the same records as those for active ones. */
static const struct lone_variant identify_results[] = {
    { &lone_identify_namespace, {{ "CNS", LONE_CNS_NAMESPACE }} },
    { &lone_identify_controller, {{ "CNS", LONE_CNS_CONTROLLER }} },
    { &lone_namespace_list, {{ "CNS", LONE_CNS_ACTIVE_NAMESPACES }} },
    { &lone_namespace_descriptors, {{ "CNS", LONE_CNS_DESCRIPTORS }} },
    { &lone_nvm_set_list, {{ "CNS", LONE_CNS_NVM_SETS }} },
    { &lone_identify_nvm_namespace, {{ "CNS", LONE_CNS_CSI_NAMESPACE }, { "CSI", LONE_CSI_NVM }} },
    { &lone_identify_zns_namespace, {{ "CNS", LONE_CNS_CSI_NAMESPACE }, { "CSI", LONE_CSI_ZNS }} },
    { &lone_identify_nvm_controller, {{ "CNS", LONE_CNS_CSI_CONTROLLER }, { "CSI", LONE_CSI_NVM }} },
    { &lone_identify_zns_controller, {{ "CNS", LONE_CNS_CSI_CONTROLLER }, { "CSI", LONE_CSI_ZNS }} },
    { &lone_namespace_list, {{ "CNS", LONE_CNS_CSI_ACTIVE_NAMESPACES }} },
    { &lone_identify_independent_namespace, {{ "CNS", LONE_CNS_INDEPENDENT_NAMESPACE }} },
    { &lone_identify_namespace, {{ "CNS", LONE_CNS_USER_DATA_FORMAT }} },
    { &lone_identify_nvm_namespace, {{ "CNS", LONE_CNS_CSI_USER_DATA_FORMAT }, { "CSI", LONE_CSI_NVM }} },
    { &lone_identify_zns_namespace, {{ "CNS", LONE_CNS_CSI_USER_DATA_FORMAT }, { "CSI", LONE_CSI_ZNS }} },
    { &lone_namespace_list, {{ "CNS", LONE_CNS_ALLOCATED_NAMESPACES }} },
    { &lone_identify_namespace, {{ "CNS", LONE_CNS_ALLOCATED_NAMESPACE }} },
    { &lone_controller_list, {{ "CNS", LONE_CNS_ATTACHED_CONTROLLERS }} },
    { &lone_controller_list, {{ "CNS", LONE_CNS_CONTROLLERS }} },
    { &lone_primary_controller, {{ "CNS", LONE_CNS_PRIMARY_CONTROLLER }} },
    { &lone_secondary_controllers, {{ "CNS", LONE_CNS_SECONDARY_CONTROLLERS }} },
    { &lone_granularity_list, {{ "CNS", LONE_CNS_GRANULARITY }} },
    { &lone_uuid_list, {{ "CNS", LONE_CNS_UUIDS }} },
    { &lone_domain_list, {{ "CNS", LONE_CNS_DOMAINS }} },
    { &lone_endurance_group_list, {{ "CNS", LONE_CNS_ENDURANCE_GROUPS }} },
    { &lone_namespace_list, {{ "CNS", LONE_CNS_CSI_ALLOCATED_NAMESPACES }} },
    { &lone_identify_nvm_namespace, {{ "CNS", LONE_CNS_CSI_ALLOCATED_NAMESPACE }, { "CSI", LONE_CSI_NVM }} },
    { &lone_identify_zns_namespace, {{ "CNS", LONE_CNS_CSI_ALLOCATED_NAMESPACE }, { "CSI", LONE_CSI_ZNS }} },
    { &lone_command_sets, {{ "CNS", LONE_CNS_COMMAND_SETS }} },
    { 0 },
};

/* The specification calls the second one CID too; the entry has a CID already, that of the Abort itself. */
static const struct lone_field abort_fields[] = {
    { "SQID",      CDW10(0),  16, LONE_RW, .meaning = "Submission Queue Identifier" },
    /* Both are called CID: a line says which is meant. */
    { "CDW0_CID",  16,        16, LONE_RW, .meaning = "Command Identifier of the Abort command itself" },
    { "CDW10_CID", CDW10(16), 16, LONE_RW, .meaning = "Command Identifier of the command to abort" },
};

static const struct lone_name features[] = {
    { 0x01, "ARBITRATION", "Arbitration" },
    { 0x02, "POWER_MANAGEMENT", "Power Management" },
    { 0x03, "LBA_RANGE_TYPE", "LBA Range Type" },
    { 0x04, "TEMPERATURE_THRESHOLD", "Temperature Threshold" },
    { 0x05, "ERROR_RECOVERY", "Error Recovery" },
    { 0x06, "VOLATILE_WRITE_CACHE", "Volatile Write Cache" },
    { 0x07, "NUMBER_OF_QUEUES", "Number of Queues" },
    { 0x08, "INTERRUPT_COALESCING", "Interrupt Coalescing" },
    { 0x09, "INTERRUPT_VECTOR", "Interrupt Vector Configuration" },
    { 0x0a, "WRITE_ATOMICITY", "Write Atomicity Normal" },
    { 0x0b, "ASYNCHRONOUS_EVENT", "Asynchronous Event Configuration" },
    { 0x0c, "AUTONOMOUS_POWER_STATE", "Autonomous Power State Transition" },
    { 0x0d, "HOST_MEMORY_BUFFER", "Host Memory Buffer" },
    { 0x0e, "TIMESTAMP", "Timestamp" },
    { 0x0f, "KEEP_ALIVE_TIMER", "Keep Alive Timer" },
    { 0x10, "THERMAL_MANAGEMENT", "Host Controlled Thermal Management" },
    { 0x11, "NON_OPERATIONAL_POWER_STATE", "Non-Operational Power State Config" },
    { 0x12, "READ_RECOVERY_LEVEL", "Read Recovery Level Config" },
    { 0x13, "PREDICTABLE_LATENCY_CONFIG", "Predictable Latency Mode Config" },
    { 0x14, "PREDICTABLE_LATENCY_WINDOW", "Predictable Latency Mode Window" },
    { 0x15, "LBA_STATUS_INTERVAL", "LBA Status Information Report Interval" },
    { 0x16, "HOST_BEHAVIOR", "Host Behavior Support" },
    { 0x17, "SANITIZE_CONFIG", "Sanitize Config" },
    { 0x18, "ENDURANCE_GROUP_EVENT", "Endurance Group Event Configuration" },
    { 0x19, "COMMAND_SET_PROFILE", "I/O Command Set Profile" },
    { 0x1a, "SPINUP_CONTROL", "Spinup Control" },
    { 0x1b, "POWER_LOSS_SIGNALING", "Power Loss Signaling Config" },
    { 0x1d, "DATA_PLACEMENT", "Flexible Data Placement" },
    { 0x7d, "ENHANCED_CONTROLLER_METADATA", "Enhanced Controller Metadata" },
    { 0x7e, "CONTROLLER_METADATA", "Controller Metadata" },
    { 0x7f, "NAMESPACE_METADATA", "Namespace Metadata" },
    { 0x80, "SOFTWARE_PROGRESS", "Software Progress Marker" },
    { 0x81, "HOST_IDENTIFIER", "Host Identifier" },
    { 0x82, "RESERVATION_MASK", "Reservation Notification Mask" },
    { 0x83, "RESERVATION_PERSISTENCE", "Reservation Persistence" },
    { 0x84, "WRITE_PROTECTION", "Namespace Write Protection Config" },
    { 0x85, "BOOT_WRITE_PROTECTION", "Boot Partition Write Protection Config" },
    { 0 },
};
static const struct lone_name feature_selections[] = {
    { 0, "CURRENT", "Current" },
    { 1, "DEFAULT", "Default" },
    { 2, "SAVED", "Saved" },
    { 3, "SUPPORTED", "Supported Capabilities" },
    { 0 },
};
/* What CDW11 to CDW15 mean besides depends on the feature. */
static const struct lone_field set_features_fields[] = {
    { "FID", CDW10(0),  8, LONE_RW, .names = features, .meaning = "Feature Identifier" },
    { "SV",  CDW10(31), 1, LONE_RW, .meaning = "Save" },
    UIDX_ROW,
};
static const struct lone_field get_features_fields[] = {
    { "FID", CDW10(0), 8, LONE_RW, .names = features, .meaning = "Feature Identifier" },
    { "SEL", CDW10(8), 3, LONE_RW, .kind = LONE_ENUM, .names = feature_selections, .meaning = "Select" },
    UIDX_ROW,
};

static const struct lone_length set_features_lengths[] = {{ LONE_LENGTH_SET_FEATURE, .field = "FID" }, { 0 }};
static const struct lone_length get_features_lengths[] = {
    { LONE_LENGTH_FIXED, .each = 0, .when = {{ "SEL", LONE_SEL_CAPABILITIES }} },
    { LONE_LENGTH_GET_FEATURE, .field = "FID" },
    { 0 },
};
static const struct lone_record *set_features_more(const uint8_t *sqe, unsigned *dwords)
{
    const struct lone_feature *feature = lone_feature_numbered(sqe[40]);

    *dwords = feature ? feature->cdws : 0;
    return feature ? feature->set : NULL;
}
static const struct lone_record *get_features_more(const uint8_t *sqe, unsigned *dwords)
{
    const struct lone_feature *feature = lone_feature_numbered(sqe[40]);

    *dwords = 1;
    return feature ? feature->get : NULL;
}
/* CDW10: FID in bits 7:0, SEL in bits 10:8. Features without a data structure are in Dword 0 of the completion alone. */
static const struct lone_record *set_features_input(const uint8_t *sqe)
{
    const struct lone_feature *feature = lone_feature_numbered(sqe[40]);

    return feature ? feature->set_data : NULL;
}
static const struct lone_record *get_features_result(const uint8_t *sqe)
{
    const struct lone_feature *feature = lone_feature_numbered(sqe[40]);

    return feature && (sqe[41] & 7) != LONE_SEL_CAPABILITIES ? feature->data : NULL;
}
static const struct lone_record *get_features_completion(const uint8_t *sqe)
{
    const struct lone_feature *feature = lone_feature_numbered(sqe[40]);

    if ((sqe[41] & 7) == LONE_SEL_CAPABILITIES)
        return &lone_feature_capabilities;
    return !feature ? NULL : feature->data ? feature->dw0 : feature->record;
}
/* Only Number of Queues answers: with how many there are. */
static const struct lone_record *set_features_completion(const uint8_t *sqe)
{
    return sqe[40] == LONE_FID_NUMBER_OF_QUEUES ? lone_feature_numbered(sqe[40])->record : NULL;
}

static const struct lone_name namespace_operations[] = {
    { 0, "CREATE", "Create" },
    { 1, "DELETE", "Delete" },
    { 0 },
};
static const struct lone_field namespace_management_fields[] = {
    { "SEL", CDW10(0),  4, LONE_RW, .kind = LONE_ENUM, .names = namespace_operations, .meaning = "Select" },
    { "CSI", CDW11(24), 8, LONE_RW, .kind = LONE_ENUM, .names = command_sets, .meaning = "Command Set Identifier" },
};

static const struct lone_length namespace_management_lengths[] = {
    { LONE_LENGTH_FIXED, .each = 4096, .when = {{ "SEL", 0 }} },
    { 0 },
};
static const struct lone_variant namespace_management_inputs[] = {
    { &lone_create_nvm_namespace, {{ "SEL", 0 }, { "CSI", LONE_CSI_NVM }} },
    { &lone_create_zns_namespace, {{ "SEL", 0 }, { "CSI", LONE_CSI_ZNS }} },
    { 0 },
};

static const struct lone_name commit_actions[] = {
    { 0, "REPLACE", "store the image in the slot" },
    { 1, "REPLACE_AND_ACTIVATE", "store the image in the slot, activate it at the next Controller Level Reset" },
    { 2, "ACTIVATE", "activate the slot at the next Controller Level Reset" },
    { 3, "ACTIVATE_NOW", "activate immediately, without a reset" },
    { 6, "REPLACE_BOOT_PARTITION", "store the image in the Boot Partition" },
    { 7, "ACTIVATE_BOOT_PARTITION", "make the Boot Partition active" },
    { 0 },
};
static const struct lone_field firmware_commit_fields[] = {
    { "FS",   CDW10(0),  3, LONE_RW, .meaning = "Firmware Slot" },
    { "CA",   CDW10(3),  3, LONE_RW, .kind = LONE_ENUM, .names = commit_actions, .meaning = "Commit Action" },
    { "BPID", CDW10(31), 1, LONE_RW, .meaning = "Boot Partition ID" },
};
static const struct lone_field firmware_image_download_fields[] = {
    { "NUMD", CDW10(0), 32, LONE_RW, .kind = LONE_ZERO_BASED, .scale = 4, .unit = "B", .meaning = "Number of Dwords" },
    { "OFST", CDW11(0), 32, LONE_RW, .scale = 4, .unit = "B", .meaning = "Offset" },
};

static const struct lone_name self_tests[] = {
    { 0x1, "SHORT", "Start a short device self-test operation" },
    { 0x2, "EXTENDED", "Start an extended device self-test operation" },
    { 0xe, "VENDOR", "Vendor Specific" },
    { 0xf, "ABORT", "Abort device self-test operation" },
    { 0 },
};
static const struct lone_field device_self_test_fields[] = {
    { "STC", CDW10(0), 4, LONE_RW, .kind = LONE_ENUM, .names = self_tests, .meaning = "Self-test Code" },
};

static const struct lone_name attachments[] = {
    { 0, "ATTACH", "Controller Attach" },
    { 1, "DETACH", "Controller Detach" },
    { 0 },
};
static const struct lone_field namespace_attachment_fields[] = {
    { "SEL", CDW10(0), 4, LONE_RW, .kind = LONE_ENUM, .names = attachments, .meaning = "Select" },
};

static const struct lone_variant namespace_attachment_inputs[] = {{ .record = &lone_controller_list }, { 0 }};

/* What DOPER means depends on DTYPE: 1 is Return Parameters of either directive when received; when sent, 1 enables a
 * directive (Identify), 1 and 2 release a stream and all resources (Streams). What stands in CDW12 moves no data. */
#define DIRECTIVE_ROWS \
    { "NUMD",  CDW10(0),  32, LONE_RW, .kind = LONE_ZERO_BASED, .scale = 4, .unit = "B", .meaning = "Number of Dwords" }, \
    { "DOPER", CDW11(0),   8, LONE_RW, .meaning = "Directive Operation" }, \
    { "DTYPE", CDW11(8),   8, LONE_RW, .kind = LONE_ENUM, .names = directive_types, .meaning = "Directive Type" }, \
    { "DSPEC", CDW11(16), 16, LONE_RW, .meaning = "Directive Specific" }
static const struct lone_field directive_send_fields[] = {
    DIRECTIVE_ROWS,
    { "ENDIR", CDW12(0), 1, LONE_RW, .meaning = "Enable Directive (DTYPE=IDENTIFY DOPER=1)" },
    { "TDTYPE", CDW12(8), 8, LONE_RW, .kind = LONE_ENUM, .names = directive_types, .meaning = "Target Directive Type (DTYPE=IDENTIFY DOPER=1)" },
};
static const struct lone_field directive_receive_fields[] = {
    DIRECTIVE_ROWS,
    { "NSR", CDW12(0), 16, LONE_RW, .meaning = "Namespace Streams Requested (DTYPE=STREAMS DOPER=3)" },
};
static const struct lone_length directive_send_lengths[] = {
    { LONE_LENGTH_FIXED, .each = 0, .when = {{ "DTYPE", 0 }, { "DOPER", 1 }} },
    { LONE_LENGTH_FIXED, .each = 0, .when = {{ "DTYPE", 1 }, { "DOPER", 1 }} },
    { LONE_LENGTH_FIXED, .each = 0, .when = {{ "DTYPE", 1 }, { "DOPER", 2 }} },
    { LONE_LENGTH_TIMES, .field = "NUMD", .each = 1 },
    { 0 },
};
static const struct lone_length directive_receive_lengths[] = {
    { LONE_LENGTH_FIXED, .each = 0, .when = {{ "DTYPE", 1 }, { "DOPER", 3 }} },
    { LONE_LENGTH_TIMES, .field = "NUMD", .each = 1 },
    { 0 },
};
static const struct lone_variant directive_receive_results[] = {
    { &lone_directives, {{ "DTYPE", 0 }, { "DOPER", 1 }} },
    { &lone_streams_parameters, {{ "DTYPE", 1 }, { "DOPER", 1 }} },
    { &lone_streams_status, {{ "DTYPE", 1 }, { "DOPER", 2 }} },
    { 0 },
};

/* The message header and the request of NVMe-MI 1.2, section 4.3. */
static const struct lone_name mi_types[] = {
    { 0, "CONTROL", "Control Primitive" },
    { 1, "MI", "NVMe-MI Command" },
    { 2, "ADMIN", "NVMe Admin Command" },
    { 4, "PCIE", "PCIe Command" },
    { 0 },
};
/* The NVMe-MI request message: places as nvme-cli sends them, MIOPC is that specification's OPC. */
static const struct lone_field nvme_mi_fields[] = {
    { "MT",    CDW10(0),  7, LONE_RW, .meaning = "Message Type: 4 for NVMe-MI" },
    { "IC",    CDW10(7),  1, LONE_RW, .meaning = "Integrity Check" },
    { "CSI",   CDW10(8),  1, LONE_RW, .meaning = "Command Slot Identifier" },
    { "NMIMT", CDW10(11), 4, LONE_RW, .kind = LONE_ENUM, .names = mi_types, .meaning = "NVMe-MI Message Type" },
    { "ROR",   CDW10(15), 1, LONE_RW, .meaning = "Request or Response", LONE_TWO("Request", NULL, "Response", NULL) },
    { "MIOPC", CDW11(0),  8, LONE_RW, .meaning = "Opcode of the NVMe-MI command" },
    { "NMD0",  CDW12(0), 32, LONE_RW, .meaning = "NVMe Management Dword 0" },
    { "NMD1",  CDW13(0), 32, LONE_RW, .meaning = "NVMe Management Dword 1" },
};
static const struct lone_length nvme_mi_lengths[] = {
    { LONE_LENGTH_ELSEWHERE, .meaning = "the NVMe-MI command in it says how much data it has" },
    { 0 },
};

static const struct lone_name virtualization_actions[] = {
    { 1, "PRIMARY_FLEXIBLE", "Primary Controller Flexible Allocation" },
    { 7, "SECONDARY_OFFLINE", "Secondary Controller Offline" },
    { 8, "SECONDARY_ASSIGN", "Secondary Controller Assign" },
    { 9, "SECONDARY_ONLINE", "Secondary Controller Online" },
    { 0 },
};
static const struct lone_name virtualization_resources[] = {
    { 0, "VQ", "VQ Resources" },
    { 1, "VI", "VI Resources" },
    { 0 },
};
static const struct lone_field virtualization_management_fields[] = {
    { "ACT",    CDW10(0),   4, LONE_RW, .kind = LONE_ENUM, .names = virtualization_actions, .meaning = "Action" },
    { "RT",     CDW10(8),   3, LONE_RW, .kind = LONE_ENUM, .names = virtualization_resources, .meaning = "Resource Type" },
    { "CNTLID", CDW10(16), 16, LONE_RW, .meaning = "Controller Identifier" },
    { "NR",     CDW11(0),  16, LONE_RW, .meaning = "Number of Controller Resources" },
};

static const struct lone_name capacity_operations[] = {
    { 0, "SELECT_CONFIGURATION", "Select Capacity Configuration" },
    { 1, "CREATE_ENDURANCE_GROUP", "Create Endurance Group" },
    { 2, "DELETE_ENDURANCE_GROUP", "Delete Endurance Group" },
    { 3, "CREATE_NVM_SET", "Create NVM Set" },
    { 4, "DELETE_NVM_SET", "Delete NVM Set" },
    { 0 },
};
static const struct lone_field capacity_management_fields[] = {
    { "OPER", CDW10(0),   4, LONE_RW, .kind = LONE_ENUM, .names = capacity_operations, .meaning = "Operation" },
    { "ELID", CDW10(16), 16, LONE_RW, .meaning = "Element Identifier" },
    { "CAPL", CDW11(0),  32, LONE_RW, .meaning = "Capacity Lower" },
    { "CAPU", CDW12(0),  32, LONE_RW, .meaning = "Capacity Upper" },
};

static const struct lone_name lockdown_scopes[] = {
    { 0, "ADMIN", "an Admin command opcode" },
    { 2, "FEATURE", "a Feature Identifier in Set Features" },
    { 3, "MI", "a Management Interface Command Set opcode" },
    { 4, "PCIE", "a PCIe Command Set opcode" },
    { 0 },
};
static const struct lone_name lockdown_interfaces[] = {
    { 0, "ADMIN_QUEUE", "Admin Submission Queue" },
    { 1, "BOTH", "Admin Submission Queue and out-of-band on a Management Endpoint" },
    { 2, "OUT_OF_BAND", "out-of-band on a Management Endpoint" },
    { 0 },
};
static const struct lone_field lockdown_fields[] = {
    { "SCP",   CDW10(0), 4, LONE_RW, .kind = LONE_ENUM, .names = lockdown_scopes, .meaning = "Scope" },
    { "PRHBT", CDW10(4), 1, LONE_RW, .meaning = "Prohibit" },
    { "IFC",   CDW10(5), 2, LONE_RW, .kind = LONE_ENUM, .names = lockdown_interfaces, .meaning = "Interface" },
    { "OFI",   CDW10(8), 8, LONE_RW, .meaning = "Opcode or Feature Identifier" },
    UIDX_ROW,
};

static const struct lone_name metadata_settings[] = {
    { 0, "SEPARATE", "metadata in a separate buffer" },
    { 1, "EXTENDED", "metadata as part of an extended data LBA" },
    { 0 },
};
static const struct lone_name protection_types[] = {
    { 0, "NONE", "Protection information is not enabled" },
    { 1, "TYPE1", "Type 1 protection information" },
    { 2, "TYPE2", "Type 2 protection information" },
    { 3, "TYPE3", "Type 3 protection information" },
    { 0 },
};
static const struct lone_name protection_locations[] = {
    { 0, "LAST", "protection information in the last bytes of metadata" },
    { 1, "FIRST", "protection information in the first bytes of metadata" },
    { 0 },
};
static const struct lone_name secure_erases[] = {
    { 0, "NONE", "No secure erase operation requested" },
    { 1, "USER_DATA", "User Data Erase" },
    { 2, "CRYPTO", "Cryptographic Erase" },
    { 0 },
};
static const struct lone_field format_nvm_fields[] = {
    { "LBAFL", CDW10(0),  4, LONE_RW, .meaning = "LBA Format Lower" },
    { "MSET",  CDW10(4),  1, LONE_RW, .kind = LONE_ENUM, .names = metadata_settings, .meaning = "Metadata Settings" },
    { "PI",    CDW10(5),  3, LONE_RW, .kind = LONE_ENUM, .names = protection_types, .meaning = "Protection Information" },
    { "PIL",   CDW10(8),  1, LONE_RW, .kind = LONE_ENUM, .names = protection_locations, .meaning = "Protection Information Location" },
    { "SES",   CDW10(9),  3, LONE_RW, .kind = LONE_ENUM, .names = secure_erases, .meaning = "Secure Erase Settings" },
    { "LBAFU", CDW10(12), 2, LONE_RW, .meaning = "LBA Format Upper" },
};

static const struct lone_field security_send_fields[] = {
    { "NSSF",  CDW10(0),   8, LONE_RW, .meaning = "NVMe Security Specific Field" },
    { "SPSP0", CDW10(8),   8, LONE_RW, .meaning = "SP Specific 0" },
    { "SPSP1", CDW10(16),  8, LONE_RW, .meaning = "SP Specific 1" },
    { "SECP",  CDW10(24),  8, LONE_RW, .meaning = "Security Protocol" },
    { "TL",    CDW11(0),  32, LONE_RW, .unit = "B", .meaning = "Transfer Length" },
};
static const struct lone_field security_receive_fields[] = {
    { "NSSF",  CDW10(0),   8, LONE_RW, .meaning = "NVMe Security Specific Field" },
    { "SPSP0", CDW10(8),   8, LONE_RW, .meaning = "SP Specific 0" },
    { "SPSP1", CDW10(16),  8, LONE_RW, .meaning = "SP Specific 1" },
    { "SECP",  CDW10(24),  8, LONE_RW, .meaning = "Security Protocol" },
    { "AL",    CDW11(0),  32, LONE_RW, .unit = "B", .meaning = "Allocation Length" },
};

static const struct lone_name sanitize_actions[] = {
    { 1, "EXIT_FAILURE_MODE", "Exit Failure Mode" },
    { 2, "BLOCK_ERASE", "Start a Block Erase sanitize operation" },
    { 3, "OVERWRITE", "Start an Overwrite sanitize operation" },
    { 4, "CRYPTO_ERASE", "Start a Crypto Erase sanitize operation" },
    { 0 },
};
static const struct lone_field sanitize_fields[] = {
    { "SANACT", CDW10(0),  3, LONE_RW, .kind = LONE_ENUM, .names = sanitize_actions, .meaning = "Sanitize Action" },
    { "AUSE",   CDW10(3),  1, LONE_RW, .meaning = "Allow Unrestricted Sanitize Exit" },
    { "OWPASS", CDW10(4),  4, LONE_RW, .meaning = "Overwrite Pass Count; 0: 16 passes" },
    { "OIPBP",  CDW10(8),  1, LONE_RW, .meaning = "Overwrite Invert Pattern Between Passes" },
    { "NDAS",   CDW10(9),  1, LONE_RW, .meaning = "No-Deallocate After Sanitize" },
    { "OVRPAT", CDW11(0), 32, LONE_RW, .meaning = "Overwrite Pattern" },
};

static const struct lone_name lba_status_actions[] = {
    { 0x10, "SCAN_UNTRACKED", "scan, return Untracked and Tracked LBAs" },
    { 0x11, "TRACKED", "return Tracked LBAs, no scan" },
    { 0 },
};
static const struct lone_field get_lba_status_fields[] = {
    SLBA_ROW,
    { "MNDW",  CDW12(0),  32, LONE_RW, .kind = LONE_ZERO_BASED, .scale = 4, .unit = "B", .meaning = "Maximum Number of Dwords" },
    { "RL",    CDW13(0),  16, LONE_RW, .meaning = "Range Length" },
    { "ATYPE", CDW13(24),  8, LONE_RW, .kind = LONE_ENUM, .names = lba_status_actions, .meaning = "Action Type" },
};

static const struct lone_variant get_lba_status_results[] = {{ .record = &lone_lba_status }, { 0 }};

/* I/O commands. */

static const struct lone_name write_frequencies[] = {
    LONE_ACCESS_FREQUENCIES,
    { 6, "ONCE", "One time write, as of a backup or an archive" },
    { 8, "TEMPORARY", "will be overwritten in the near future" },
    { 0 },
};
static const struct lone_name read_frequencies[] = {
    LONE_ACCESS_FREQUENCIES,
    { 6, "ONCE", "One time read, as of a virus scan or a backup" },
    { 7, "SPECULATIVE", "Speculative read: a prefetch" },
    { 0 },
};
static const struct lone_field write_fields[] = {
    LBTU_ROW, SLBA_ROW, NLB_ROW, DTYPE_ROW, STC_ROW, PRINFO_ROW, FUA_ROW, LR_ROW, DSM_ROWS(write_frequencies), DSPEC_ROW, ILBRT_ROW, LBAT_ROW, LBATM_ROW,
};
static const struct lone_field read_fields[] = {
    ELBTU_ROW, SLBA_ROW, NLB_ROW, STC_ROW, PRINFO_ROW, FUA_ROW, LR_ROW, DSM_ROWS(read_frequencies), EILBRT_ROW, ELBAT_ROW, ELBATM_ROW,
};
static const struct lone_field write_uncorrectable_fields[] = {
    SLBA_ROW, NLB_ROW,
};
static const struct lone_field compare_fields[] = { /* and Verify */
    ELBTU_ROW, SLBA_ROW, NLB_ROW, STC_ROW, PRINFO_ROW, FUA_ROW, LR_ROW, EILBRT_ROW, ELBAT_ROW, ELBATM_ROW,
};
static const struct lone_field write_zeroes_fields[] = {
    LBTU_ROW, SLBA_ROW, NLB_ROW, STC_ROW,
    { "DEAC", CDW12(25), 1, LONE_RW, .meaning = "Deallocate" },
    PRINFO_ROW, FUA_ROW, LR_ROW, ILBRT_ROW, LBAT_ROW, LBATM_ROW,
};
static const struct lone_field dataset_management_fields[] = {
    { "NR",  CDW10(0), 8, LONE_RW, .kind = LONE_ZERO_BASED, .unit = "ranges", .meaning = "Number of Ranges" },
    { "IDR", CDW11(0), 1, LONE_RW, .meaning = "Attribute - Integral Dataset for Read" },
    { "IDW", CDW11(1), 1, LONE_RW, .meaning = "Attribute - Integral Dataset for Write" },
    { "AD",  CDW11(2), 1, LONE_RW, .meaning = "Attribute - Deallocate" },
};
static const struct lone_length dataset_management_lengths[] = {
    { LONE_LENGTH_TIMES, .field = "NR", .each = 16 },
    { 0 },
};
static const struct lone_variant dataset_management_inputs[] = {{ .record = &lone_dsm_ranges }, { 0 }};
static const struct lone_field copy_fields[] = {
    { "SDLBA",   CDW10(0), 64, LONE_RW, .meaning = "Starting Destination LBA" },
    { "NR",      CDW12(0),  8, LONE_RW, .kind = LONE_ZERO_BASED, .unit = "ranges", .meaning = "Number of Ranges" },
    { "DESFMT",  CDW12(8),  4, LONE_RW, .meaning = "Descriptor Format: 0 for 16b Guard, 1 for 32b and 64b Guard; 2 and 3 likewise, from any namespace" },
    { "PRINFOR", CDW12(12), 4, LONE_RW, .meaning = "Protection Information Field Read" },
    DTYPE_ROW,
    { "STCW",    CDW12(24), 1, LONE_RW, .meaning = "Storage Tag Check Write" },
    { "STCR",    CDW12(25), 1, LONE_RW, .meaning = "Storage Tag Check Read" },
    { "PRINFOW", CDW12(26), 4, LONE_RW, .meaning = "Protection Information Field Write" },
    FUA_ROW, LR_ROW, DSPEC_ROW, ILBRT_ROW, LBAT_ROW, LBATM_ROW, LBTU_ROW,
};
/* Formats 2h and 3h, of later revisions, are as long as 0h and 1h. */
static const struct lone_length copy_lengths[] = {
    { LONE_LENGTH_TIMES, .field = "NR", .each = 32, .when = {{ "DESFMT", 0 }} },
    { LONE_LENGTH_TIMES, .field = "NR", .each = 40, .when = {{ "DESFMT", 1 }} },
    { LONE_LENGTH_TIMES, .field = "NR", .each = 32, .when = {{ "DESFMT", 2 }} },
    { LONE_LENGTH_TIMES, .field = "NR", .each = 40, .when = {{ "DESFMT", 3 }} },
    { LONE_LENGTH_ELSEWHERE, .meaning = "no descriptors of that DESFMT are laid out" },
    { 0 },
};
static const struct lone_variant copy_inputs[] = {
    { &lone_copy_ranges_0, {{ "DESFMT", 0 }} },
    { &lone_copy_ranges_1, {{ "DESFMT", 1 }} },
    { &lone_copy_ranges_2, {{ "DESFMT", 2 }} },
    { &lone_copy_ranges_3, {{ "DESFMT", 3 }} },
    { 0 },
};

static const struct lone_name reservation_types[] = {
    { 1, "WRITE_EXCLUSIVE", "Write Exclusive Reservation" },
    { 2, "EXCLUSIVE_ACCESS", "Exclusive Access Reservation" },
    { 3, "WRITE_EXCLUSIVE_REGISTRANTS", "Write Exclusive - Registrants Only Reservation" },
    { 4, "EXCLUSIVE_ACCESS_REGISTRANTS", "Exclusive Access - Registrants Only Reservation" },
    { 5, "WRITE_EXCLUSIVE_ALL", "Write Exclusive - All Registrants Reservation" },
    { 6, "EXCLUSIVE_ACCESS_ALL", "Exclusive Access - All Registrants Reservation" },
    { 0 },
};
static const struct lone_name register_actions[] = {
    { 0, "REGISTER", "Register Reservation Key" },
    { 1, "UNREGISTER", "Unregister Reservation Key" },
    { 2, "REPLACE", "Replace Reservation Key" },
    { 0 },
};
static const struct lone_name power_loss_changes[] = {
    { 0, "NO_CHANGE", "No change to PTPL state" },
    { 2, "CLEAR", "Set PTPL state to 0" },
    { 3, "PERSIST", "Set PTPL state to 1" },
    { 0 },
};
static const struct lone_field reservation_register_fields[] = {
    { "RREGA", CDW10(0),  3, LONE_RW, .kind = LONE_ENUM, .names = register_actions, .meaning = "Reservation Register Action" },
    { "IEKEY", CDW10(3),  1, LONE_RW, .meaning = "Ignore Existing Key" },
    { "CPTPL", CDW10(30), 2, LONE_RW, .kind = LONE_ENUM, .names = power_loss_changes, .meaning = "Change Persist Through Power Loss State" },
};
static const struct lone_variant reservation_register_inputs[] = {{ .record = &lone_reservation_register }, { 0 }};
static const struct lone_field reservation_report_fields[] = {
    { "NUMD", CDW10(0), 32, LONE_RW, .kind = LONE_ZERO_BASED, .scale = 4, .unit = "B", .meaning = "Number of Dwords" },
    { "EDS",  CDW11(0),  1, LONE_RW, .meaning = "Extended Data Structure" },
};
static const struct lone_variant reservation_report_results[] = {
    { &lone_reservation_status, {{ "EDS", 0 }} },
    { &lone_reservation_status_extended, {{ "EDS", 1 }} },
    { 0 },
};
static const struct lone_name acquire_actions[] = {
    { 0, "ACQUIRE", "Acquire" },
    { 1, "PREEMPT", "Preempt" },
    { 2, "PREEMPT_AND_ABORT", "Preempt and Abort" },
    { 0 },
};
static const struct lone_field reservation_acquire_fields[] = {
    { "RACQA", CDW10(0), 3, LONE_RW, .kind = LONE_ENUM, .names = acquire_actions, .meaning = "Reservation Acquire Action" },
    { "IEKEY", CDW10(3), 1, LONE_RW, .meaning = "Ignore Existing Key" },
    { "RTYPE", CDW10(8), 8, LONE_RW, .kind = LONE_ENUM, .names = reservation_types, .meaning = "Reservation Type" },
};
static const struct lone_variant reservation_acquire_inputs[] = {{ .record = &lone_reservation_acquire }, { 0 }};
static const struct lone_name release_actions[] = {
    { 0, "RELEASE", "Release" },
    { 1, "CLEAR", "Clear" },
    { 0 },
};
static const struct lone_field reservation_release_fields[] = {
    { "RRELA", CDW10(0), 3, LONE_RW, .kind = LONE_ENUM, .names = release_actions, .meaning = "Reservation Release Action" },
    { "IEKEY", CDW10(3), 1, LONE_RW, .meaning = "Ignore Existing Key" },
    { "RTYPE", CDW10(8), 8, LONE_RW, .kind = LONE_ENUM, .names = reservation_types, .meaning = "Reservation Type" },
};

static const struct lone_variant reservation_release_inputs[] = {{ .record = &lone_reservation_release }, { 0 }};

static const struct lone_name zone_send_actions[] = {
    { 0x01, "CLOSE", "Close Zone" },
    { 0x02, "FINISH", "Finish Zone" },
    { 0x03, "OPEN", "Open Zone" },
    { 0x04, "RESET", "Reset Zone" },
    { 0x05, "OFFLINE", "Offline Zone" },
    { 0x10, "SET_DESCRIPTOR_EXTENSION", "Set Zone Descriptor Extension" },
    { 0x11, "FLUSH", "Flush Explicit ZRWA Range" },
    { 0 },
};
static const struct lone_field zone_management_send_fields[] = {
    SLBA_ROW,
    { "ZSA",    CDW13(0), 8, LONE_RW, .kind = LONE_ENUM, .names = zone_send_actions, .meaning = "Zone Send Action" },
    { "SELALL", CDW13(8), 1, LONE_RW, .meaning = "Select All" },
    { "ZSASO",  CDW13(9), 1, LONE_RW, .meaning = "Zone Send Action Specific Option" },
};
static const struct lone_length zone_management_send_lengths[] = {
    { LONE_LENGTH_EXTENSION, .when = {{ "ZSA", 0x10 }} },
    { 0 },
};
static const struct lone_name zone_receive_actions[] = {
    { 0, "REPORT", "Report Zones" },
    { 1, "EXTENDED_REPORT", "Extended Report Zones" },
    { 0 },
};
static const struct lone_name reporting_options[] = {
    { 0, "ALL", "all zones" },
    { 1, "ZSE", "zones in state Empty" },
    { 2, "ZSIO", "zones in state Implicitly Opened" },
    { 3, "ZSEO", "zones in state Explicitly Opened" },
    { 4, "ZSC", "zones in state Closed" },
    { 5, "ZSF", "zones in state Full" },
    { 6, "ZSRO", "zones in state Read Only" },
    { 7, "ZSO", "zones in state Offline" },
    { 0 },
};
static const struct lone_field zone_management_receive_fields[] = {
    SLBA_ROW,
    { "NDW",    CDW12(0), 32, LONE_RW, .kind = LONE_ZERO_BASED, .scale = 4, .unit = "B", .meaning = "Number of Dwords" },
    { "ZRA",    CDW13(0),  8, LONE_RW, .kind = LONE_ENUM, .names = zone_receive_actions, .meaning = "Zone Receive Action" },
    { "ZRASF",  CDW13(8),  8, LONE_RW, .kind = LONE_ENUM, .names = reporting_options, .meaning = "Zone Receive Action Specific Field: which zones" },
    { "ZRASPF", CDW13(16), 1, LONE_RW, .meaning = "Zone Receive Action Specific Features, Partial Report" },
};
static const struct lone_variant zone_management_receive_results[] = {
    { &lone_zone_report, {{ "ZRA", 0 }} },
    { &lone_zone_report_extended, {{ "ZRA", 1 }} },
    { 0 },
};
static const struct lone_field zone_append_fields[] = {
    LBTU_ROW,
    { "ZSLBA",   CDW10(0),  64, LONE_RW, .meaning = "Zone Start Logical Block Address" },
    NLB_ROW, DTYPE_ROW, STC_ROW,
    { "PIREMAP", CDW12(25),  1, LONE_RW, .meaning = "Protection Information Remap" },
    PRINFO_ROW, FUA_ROW, LR_ROW, DSPEC_ROW, ILBRT_ROW, LBAT_ROW, LBATM_ROW,
};

#define NVM "NVM Command Set 1.0, "
#define ZNS "ZNS Command Set 1.1, "

const struct lone_opcode lone_opcodes[] = {
    { "delete_io_sq", "Delete I/O Submission Queue", 0x00, LONE_ADMIN, LONE_FIELDS(delete_queue_fields), .section = "5.7" },
    { "create_io_sq", "Create I/O Submission Queue", 0x01, LONE_ADMIN, LONE_FIELDS(create_io_sq_fields), .section = "5.5" },
    { "get_log_page", "Get Log Page", 0x02, LONE_ADMIN, LONE_FIELDS(get_log_page_fields), .lengths = get_log_page_lengths, .result_of = get_log_page_result, .section = "5.16" },
    { "delete_io_cq", "Delete I/O Completion Queue", 0x04, LONE_ADMIN, LONE_FIELDS(delete_queue_fields), .section = "5.6" },
    { "create_io_cq", "Create I/O Completion Queue", 0x05, LONE_ADMIN, LONE_FIELDS(create_io_cq_fields), .section = "5.4" },
    { "identify", "Identify", 0x06, LONE_ADMIN, LONE_FIELDS(identify_fields), .data_length = 4096, .results = identify_results, .section = "5.17" },
    { "abort", "Abort", 0x08, LONE_ADMIN, LONE_FIELDS(abort_fields), .completions = abort_completions, .section = "5.1" },
    { "set_features", "Set Features", 0x09, LONE_ADMIN, LONE_FIELDS(set_features_fields), .more_of = set_features_more, .lengths = set_features_lengths, .input_of = set_features_input, .completion_of = set_features_completion, .section = "5.27" },
    { "get_features", "Get Features", 0x0a, LONE_ADMIN, LONE_FIELDS(get_features_fields), .more_of = get_features_more, .lengths = get_features_lengths, .result_of = get_features_result, .completion_of = get_features_completion, .section = "5.15" },
    { "asynchronous_event_request", "Asynchronous Event Request", 0x0c, LONE_ADMIN, .completions = event_completions, .section = "5.2" },
    { "namespace_management", "Namespace Management", 0x0d, LONE_ADMIN, LONE_FIELDS(namespace_management_fields), .lengths = namespace_management_lengths, .inputs = namespace_management_inputs, .completions = namespace_management_completions, .section = "5.23" },
    { "firmware_commit", "Firmware Commit", 0x10, LONE_ADMIN, LONE_FIELDS(firmware_commit_fields), .completions = firmware_commit_completions, .section = "5.12" },
    { "firmware_image_download", "Firmware Image Download", 0x11, LONE_ADMIN, LONE_FIELDS(firmware_image_download_fields), .lengths = length_numd, .section = "5.13" },
    { "device_self_test", "Device Self-test", 0x14, LONE_ADMIN, LONE_FIELDS(device_self_test_fields), .section = "5.8" },
    { "namespace_attachment", "Namespace Attachment", 0x15, LONE_ADMIN, LONE_FIELDS(namespace_attachment_fields), .data_length = 4096, .inputs = namespace_attachment_inputs, .section = "5.22" },
    { "keep_alive", "Keep Alive", 0x18, LONE_ADMIN, .section = "5.18" },
    { "directive_send", "Directive Send", 0x19, LONE_ADMIN, LONE_FIELDS(directive_send_fields), .lengths = directive_send_lengths, .section = "5.10" },
    { "directive_receive", "Directive Receive", 0x1a, LONE_ADMIN, LONE_FIELDS(directive_receive_fields), .lengths = directive_receive_lengths, .results = directive_receive_results, .completions = directive_receive_completions, .section = "5.9" },
    { "virtualization_management", "Virtualization Management", 0x1c, LONE_ADMIN, LONE_FIELDS(virtualization_management_fields), .completions = virtualization_completions, .section = "5.28" },
    { "nvme_mi_send", "NVMe-MI Send", 0x1d, LONE_ADMIN, LONE_FIELDS(nvme_mi_fields), .lengths = nvme_mi_lengths, .completions = mi_completions, .section = "5.21" },
    { "nvme_mi_receive", "NVMe-MI Receive", 0x1e, LONE_ADMIN, LONE_FIELDS(nvme_mi_fields), .lengths = nvme_mi_lengths, .completions = mi_completions, .section = "5.20" },
    { "capacity_management", "Capacity Management", 0x20, LONE_ADMIN, LONE_FIELDS(capacity_management_fields), .completions = capacity_completions, .section = "5.3" },
    { "lockdown", "Lockdown", 0x24, LONE_ADMIN, LONE_FIELDS(lockdown_fields), .section = "5.19" },
    { "doorbell_buffer_config", "Doorbell Buffer Config", 0x7c, LONE_ADMIN, .section = "5.11" },
    { "fabrics_commands", "Fabrics Commands", 0x7f, LONE_ADMIN, .section = "6" },
    { "format_nvm", "Format NVM", 0x80, LONE_ADMIN, LONE_FIELDS(format_nvm_fields), .section = "5.14" },
    { "security_send", "Security Send", 0x81, LONE_ADMIN, LONE_FIELDS(security_send_fields), .lengths = length_tl, .section = "5.26" },
    { "security_receive", "Security Receive", 0x82, LONE_ADMIN, LONE_FIELDS(security_receive_fields), .lengths = length_al, .section = "5.25" },
    { "sanitize", "Sanitize", 0x84, LONE_ADMIN, LONE_FIELDS(sanitize_fields), .section = "5.24" },
    { "get_lba_status", "Get LBA Status", 0x86, LONE_ADMIN, LONE_FIELDS(get_lba_status_fields), .lengths = length_mndw, .results = get_lba_status_results, .section = NVM "4.2.1" },

    { "flush", "Flush", 0x00, LONE_IO, .section = "7.1" },
    { "write", "Write", 0x01, LONE_IO, LONE_FIELDS(write_fields), .lengths = length_nlb, .section = NVM "3.2.6" },
    { "read", "Read", 0x02, LONE_IO, LONE_FIELDS(read_fields), .lengths = length_nlb, .section = NVM "3.2.4" },
    { "write_uncorrectable", "Write Uncorrectable", 0x04, LONE_IO, LONE_FIELDS(write_uncorrectable_fields), .section = NVM "3.2.7" },
    { "compare", "Compare", 0x05, LONE_IO, LONE_FIELDS(compare_fields), .lengths = length_nlb, .section = NVM "3.2.1" },
    { "write_zeroes", "Write Zeroes", 0x08, LONE_IO, LONE_FIELDS(write_zeroes_fields), .section = NVM "3.2.8" },
    { "dataset_management", "Dataset Management", 0x09, LONE_IO, LONE_FIELDS(dataset_management_fields), .lengths = dataset_management_lengths, .inputs = dataset_management_inputs, .section = NVM "3.2.3" },
    { "verify", "Verify", 0x0c, LONE_IO, LONE_FIELDS(compare_fields), .section = NVM "3.2.5" },
    { "reservation_register", "Reservation Register", 0x0d, LONE_IO, LONE_FIELDS(reservation_register_fields), .data_length = 16, .inputs = reservation_register_inputs, .section = "7.3" },
    { "reservation_report", "Reservation Report", 0x0e, LONE_IO, LONE_FIELDS(reservation_report_fields), .lengths = length_numd, .results = reservation_report_results, .section = "7.5" },
    { "reservation_acquire", "Reservation Acquire", 0x11, LONE_IO, LONE_FIELDS(reservation_acquire_fields), .data_length = 16, .inputs = reservation_acquire_inputs, .section = "7.2" },
    { "reservation_release", "Reservation Release", 0x15, LONE_IO, LONE_FIELDS(reservation_release_fields), .data_length = 8, .inputs = reservation_release_inputs, .section = "7.4" },
    { "copy", "Copy", 0x19, LONE_IO, LONE_FIELDS(copy_fields), .lengths = copy_lengths, .inputs = copy_inputs, .completions = copy_completions, .section = NVM "3.2.2" },
    { "zone_management_send", "Zone Management Send", 0x79, LONE_IO, LONE_FIELDS(zone_management_send_fields), .lengths = zone_management_send_lengths, .section = ZNS "3.4.3" },
    { "zone_management_receive", "Zone Management Receive", 0x7a, LONE_IO, LONE_FIELDS(zone_management_receive_fields), .lengths = length_ndw, .results = zone_management_receive_results, .section = ZNS "3.4.2" },
    { "zone_append", "Zone Append", 0x7d, LONE_IO, LONE_FIELDS(zone_append_fields), .lengths = length_nlb, .completions = zone_append_completions, .section = ZNS "3.4.1" },
};
/* clang-format on */

const size_t lone_n_opcodes = LONE_COUNT(lone_opcodes);
