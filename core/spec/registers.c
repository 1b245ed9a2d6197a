/* SPDX-License-Identifier: MIT */
/* The controller registers of NVMe Base 2.0, 3.1.3 (offsets 0h to E1Bh). */
#include <assert.h>
#include <stddef.h>

#include "spec/nvme.h"

#define REGISTER(id, bytes, number, words)                                     \
    static const struct lone_record id##_register = {.name = #id,              \
                                                     .title = words,           \
                                                     .size = bytes,            \
                                                     .flags = LONE_REGISTER,   \
                                                     LONE_FIELDS(id##_fields), \
                                                     .spec = "NVMe Base 2.0",  \
                                                     .section = number}

/* clang-format off */

/* Fields of bits that may be combined are numbers with names for the values that occur, not enumerations: no combination
 * of them is "Reserved" as a whole. */
static const struct lone_name arbitration_supported[] = {
    { 0, "RR", "Round Robin only" },
    { 1, "WRR", "Weighted Round Robin with Urgent Priority Class" },
    { 2, "VENDOR", "Vendor Specific" },
    { 3, "WRR+VENDOR", "Weighted Round Robin with Urgent Priority Class, Vendor Specific" },
    { 0 },
};
static const struct lone_name command_sets_supported[] = {
    { 0x01, "NVM", "NVM Command Set" },
    { 0x40, "IOCSS", "one or more I/O Command Sets, Identify I/O Command Set data structure" },
    { 0x41, "NVM+IOCSS", "NVM Command Set, one or more I/O Command Sets" },
    { 0x80, "NOIOCSS", "no I/O Command Set" },
    { 0 },
};
static const struct lone_name power_scopes[] = {
    { 0, "NOT_REPORTED", "Not Reported" },
    { 1, "CONTROLLER", "Controller scope" },
    { 2, "DOMAIN", "Domain scope" },
    { 3, "SUBSYSTEM", "NVM subsystem scope" },
    { 0 },
};
static const struct lone_name ready_modes_supported[] = {
    { 1, "CRWMS", "Controller Ready With Media Support" },
    { 2, "CRIMS", "Controller Ready Independent of Media Support" },
    { 3, "CRWMS+CRIMS", "Controller Ready With Media, Independent of Media" },
    { 0 },
};
static const struct lone_field CAP_fields[] = {
    { "MQES",    0, 16, LONE_RO, .kind = LONE_ZERO_BASED, .unit = "entries", .meaning = "Maximum Queue Entries Supported" },
    { "CQR",    16,  1, LONE_RO, .meaning = "Contiguous Queues Required" },
    { "AMS",    17,  2, LONE_RO, .names = arbitration_supported, .meaning = "Arbitration Mechanism Supported" },
    { "TO",     24,  8, LONE_RO, .scale = 500, .unit = "ms", .meaning = "Timeout" },
    { "DSTRD",  32,  4, LONE_RO, .kind = LONE_POW2, .scale = 4, .unit = "B", .meaning = "Doorbell Stride" },
    { "NSSRS",  36,  1, LONE_RO, .meaning = "NVM Subsystem Reset Supported" },
    { "CSS",    37,  8, LONE_RO, .names = command_sets_supported, .meaning = "Command Sets Supported" },
    { "BPS",    45,  1, LONE_RO, .meaning = "Boot Partition Support" },
    { "CPS",    46,  2, LONE_RO, .kind = LONE_ENUM, .names = power_scopes, .meaning = "Controller Power Scope" },
    { "MPSMIN", 48,  4, LONE_RO, .kind = LONE_POW2, .scale = 4096, .unit = "B", .meaning = "Memory Page Size Minimum" },
    { "MPSMAX", 52,  4, LONE_RO, .kind = LONE_POW2, .scale = 4096, .unit = "B", .meaning = "Memory Page Size Maximum" },
    { "PMRS",   56,  1, LONE_RO, .meaning = "Persistent Memory Region Supported" },
    { "CMBS",   57,  1, LONE_RO, .meaning = "Controller Memory Buffer Supported" },
    { "NSSS",   58,  1, LONE_RO, .meaning = "NVM Subsystem Shutdown Supported" },
    { "CRMS",   59,  2, LONE_RO, .names = ready_modes_supported, .meaning = "Controller Ready Modes Supported" },
};
REGISTER(CAP, 8, "3.1.3.1", "Controller Capabilities");

static const struct lone_field VS_fields[] = {
    { "TER",  0,  8, LONE_RO, .meaning = "Tertiary Version Number" },
    { "MNR",  8,  8, LONE_RO, .meaning = "Minor Version Number" },
    { "MJR", 16, 16, LONE_RO, .meaning = "Major Version Number" },
};
REGISTER(VS, 4, "3.1.3.2", "Version");

static const struct lone_field INTMS_fields[] = {
    { "IVMS", 0, 32, LONE_RW1S, .meaning = "Interrupt Vector Mask Set" },
};
REGISTER(INTMS, 4, "3.1.3.3", "Interrupt Mask Set");

static const struct lone_field INTMC_fields[] = {
    { "IVMC", 0, 32, LONE_RW1C, .meaning = "Interrupt Vector Mask Clear" },
};
REGISTER(INTMC, 4, "3.1.3.4", "Interrupt Mask Clear");

static const struct lone_name command_set_selected[] = {
    { 0, "NVM", "NVM Command Set" },
    { 6, "ALL", "All Supported I/O Command Sets" },
    { 7, "ADMIN", "Admin Command Set only" },
    { 0 },
};
static const struct lone_name arbitration_selected[] = {
    { 0, "RR", "Round Robin" },
    { 1, "WRR", "Weighted Round Robin with Urgent Priority Class" },
    { 7, "VENDOR", "Vendor Specific" },
    { 0 },
};
static const struct lone_name shutdown_notifications[] = {
    { 0, "NONE", "No notification" },
    { 1, "NORMAL", "Normal shutdown notification" },
    { 2, "ABRUPT", "Abrupt shutdown notification" },
    { 0 },
};
static const struct lone_field CC_fields[] = {
    { "EN",      0, 1, LONE_RW, .meaning = "Enable" },
    { "CSS",     4, 3, LONE_RW, .kind = LONE_ENUM, .names = command_set_selected, .meaning = "I/O Command Set Selected" },
    { "MPS",     7, 4, LONE_RW, .kind = LONE_POW2, .scale = 4096, .unit = "B", .meaning = "Memory Page Size" },
    { "AMS",    11, 3, LONE_RW, .kind = LONE_ENUM, .names = arbitration_selected, .meaning = "Arbitration Mechanism Selected" },
    { "SHN",    14, 2, LONE_RW, .kind = LONE_ENUM, .names = shutdown_notifications, .meaning = "Shutdown Notification" },
    { "IOSQES", 16, 4, LONE_RW, .kind = LONE_POW2, .unit = "B", .meaning = "I/O Submission Queue Entry Size" },
    { "IOCQES", 20, 4, LONE_RW, .kind = LONE_POW2, .unit = "B", .meaning = "I/O Completion Queue Entry Size" },
    { "CRIME",  24, 1, LONE_RW, .meaning = "Controller Ready Independent of Media Enable" },
};
REGISTER(CC, 4, "3.1.3.5", "Controller Configuration");

static const struct lone_name shutdown_states[] = {
    { 0, "NORMAL", "Normal operation, no shutdown has been requested" },
    { 1, "OCCURRING", "Shutdown processing occurring" },
    { 2, "COMPLETE", "Shutdown processing complete" },
    { 0 },
};
static const struct lone_name shutdown_types[] = {
    { 0, "CONTROLLER", "CSTS.SHST reports a controller shutdown" },
    { 1, "SUBSYSTEM", "CSTS.SHST reports an NVM Subsystem Shutdown" },
    { 0 },
};
static const struct lone_field CSTS_fields[] = {
    { "RDY",   0, 1, LONE_RO, .meaning = "Ready" },
    { "CFS",   1, 1, LONE_RO, .meaning = "Controller Fatal Status" },
    { "SHST",  2, 2, LONE_RO, .kind = LONE_ENUM, .names = shutdown_states, .meaning = "Shutdown Status" },
    { "NSSRO", 4, 1, LONE_RW1C, .meaning = "NVM Subsystem Reset Occurred" },
    { "PP",    5, 1, LONE_RO, .meaning = "Processing Paused" },
    { "ST",    6, 1, LONE_RO, .kind = LONE_ENUM, .names = shutdown_types, .meaning = "Shutdown Type" },
};
REGISTER(CSTS, 4, "3.1.3.6", "Controller Status");

/* The values are ASCII so that a stray write does nothing: "NVMe", "Nrml", "Abpt". */
static const struct lone_name subsystem_reset[] = {
    { 0x4e564d65, "NVME", "starts an NVM Subsystem Reset" },
    { 0 },
};
static const struct lone_field NSSR_fields[] = {
    { "NSSRC", 0, 32, LONE_RW, .names = subsystem_reset, .meaning = "NVM Subsystem Reset Control" },
};
REGISTER(NSSR, 4, "3.1.3.7", "NVM Subsystem Reset");

static const struct lone_field AQA_fields[] = {
    { "ASQS",  0, 12, LONE_RW, .kind = LONE_ZERO_BASED, .unit = "entries", .meaning = "Admin Submission Queue Size" },
    { "ACQS", 16, 12, LONE_RW, .kind = LONE_ZERO_BASED, .unit = "entries", .meaning = "Admin Completion Queue Size" },
};
REGISTER(AQA, 4, "3.1.3.8", "Admin Queue Attributes");

static const struct lone_field ASQ_fields[] = {
    { "ASQB", 12, 52, LONE_RW, .kind = LONE_ADDRESS, .scale = 4096, .meaning = "Admin Submission Queue Base" },
};
REGISTER(ASQ, 8, "3.1.3.9", "Admin Submission Queue Base Address");

static const struct lone_field ACQ_fields[] = {
    { "ACQB", 12, 52, LONE_RW, .kind = LONE_ADDRESS, .scale = 4096, .meaning = "Admin Completion Queue Base" },
};
REGISTER(ACQ, 8, "3.1.3.10", "Admin Completion Queue Base Address");

/* OFST and SZ count units of CMBSZ.SZU, which another register holds: numbers without a scale. */
static const struct lone_field CMBLOC_fields[] = {
    { "BIR",      0,  3, LONE_RO, .meaning = "Base Indicator Register" },
    { "CQMMS",    3,  1, LONE_RO, .meaning = "CMB Queue Mixed Memory Support" },
    { "CQPDS",    4,  1, LONE_RO, .meaning = "CMB Queue Physically Discontiguous Support" },
    { "CDPMLS",   5,  1, LONE_RO, .meaning = "CMB Data Pointer Mixed Locations Support" },
    { "CDPCILS",  6,  1, LONE_RO, .meaning = "CMB Data Pointer and Command Independent Locations Support" },
    { "CDMMMS",   7,  1, LONE_RO, .meaning = "CMB Data Metadata Mixed Memory Support" },
    { "CQDA",     8,  1, LONE_RO, .meaning = "CMB Queue Dword Alignment" },
    { "OFST",    12, 20, LONE_RO, .unit = "SZU", .meaning = "Offset" },
};
REGISTER(CMBLOC, 4, "3.1.3.11", "Controller Memory Buffer Location");

static const struct lone_name cmb_units[] = {
    { 0, "4KiB" }, { 1, "64KiB" }, { 2, "1MiB" }, { 3, "16MiB" }, { 4, "256MiB" }, { 5, "4GiB" }, { 6, "64GiB" },
    { 0 },
};
static const struct lone_field CMBSZ_fields[] = {
    { "SQS",    0,  1, LONE_RO, .meaning = "Submission Queue Support" },
    { "CQS",    1,  1, LONE_RO, .meaning = "Completion Queue Support" },
    { "LISTS",  2,  1, LONE_RO, .meaning = "PRP SGL List Support" },
    { "RDS",    3,  1, LONE_RO, .meaning = "Read Data Support" },
    { "WDS",    4,  1, LONE_RO, .meaning = "Write Data Support" },
    { "SZU",    8,  4, LONE_RO, .kind = LONE_ENUM, .names = cmb_units, .meaning = "Size Units" },
    { "SZ",    12, 20, LONE_RO, .unit = "SZU", .meaning = "Size" },
};
REGISTER(CMBSZ, 4, "3.1.3.12", "Controller Memory Buffer Size");

static const struct lone_name boot_read_states[] = {
    { 0, "NONE", "No Boot Partition read operation requested" },
    { 1, "IN_PROGRESS", "Boot Partition read in progress" },
    { 2, "SUCCESS", "Boot Partition read completed successfully" },
    { 3, "ERROR", "Error completing Boot Partition read" },
    { 0 },
};
static const struct lone_field BPINFO_fields[] = {
    { "BPSZ",   0, 15, LONE_RO, .scale = 128, .unit = "KiB", .meaning = "Boot Partition Size" },
    { "BRS",   24,  2, LONE_RO, .kind = LONE_ENUM, .names = boot_read_states, .meaning = "Boot Read Status" },
    { "ABPID", 31,  1, LONE_RO, .meaning = "Active Boot Partition ID" },
};
REGISTER(BPINFO, 4, "3.1.3.13", "Boot Partition Information");

static const struct lone_field BPRSEL_fields[] = {
    { "BPRSZ",  0, 10, LONE_RW, .scale = 4, .unit = "KiB", .meaning = "Boot Partition Read Size" },
    { "BPROF", 10, 20, LONE_RW, .scale = 4, .unit = "KiB", .meaning = "Boot Partition Read Offset" },
    { "BPID",  31,  1, LONE_RW, .meaning = "Boot Partition Identifier" },
};
REGISTER(BPRSEL, 4, "3.1.3.14", "Boot Partition Read Select");

static const struct lone_field BPMBL_fields[] = {
    { "BMBBA", 12, 52, LONE_RW, .kind = LONE_ADDRESS, .scale = 4096, .meaning = "Boot Partition Memory Buffer Base Address" },
};
REGISTER(BPMBL, 8, "3.1.3.15", "Boot Partition Memory Buffer Location");

static const struct lone_field CMBMSC_fields[] = {
    { "CRE",   0,  1, LONE_RW, .meaning = "Capabilities Registers Enabled" },
    { "CMSE",  1,  1, LONE_RW, .meaning = "Controller Memory Space Enable" },
    { "CBA",  12, 52, LONE_RW, .kind = LONE_ADDRESS, .scale = 4096, .meaning = "Controller Base Address" },
};
REGISTER(CMBMSC, 8, "3.1.3.16", "Controller Memory Buffer Memory Space Control");

static const struct lone_field CMBSTS_fields[] = {
    { "CBAI", 0, 1, LONE_RO, .meaning = "Controller Base Address Invalid" },
};
REGISTER(CMBSTS, 4, "3.1.3.17", "Controller Memory Buffer Status");

static const struct lone_name size_units[] = {
    { 0, "B" }, { 1, "KiB" }, { 2, "MiB" }, { 3, "GiB" },
    { 0 },
};
static const struct lone_name throughput_units[] = {
    { 0, "B", "bytes/second" },
    { 1, "KiB", "1 KiB/s" },
    { 2, "MiB", "1 MiB/s" },
    { 3, "GiB", "1 GiB/s" },
    { 0 },
};
static const struct lone_field CMBEBS_fields[] = {
    { "CMBSZU", 0,  4, LONE_RO, .kind = LONE_ENUM, .names = size_units, .meaning = "CMB Elasticity Buffer Size Units" },
    { "CMBRBB", 4,  1, LONE_RO, .meaning = "CMB Read Bypass Behavior", LONE_TWO("InOrder", "reads do not overtake writes", "Bypass", "reads that do not conflict with writes overtake them") },
    { "CMBWBZ", 8, 24, LONE_RO, .unit = "CMBSZU", .meaning = "CMB Elasticity Buffer Size Base" },
};
REGISTER(CMBEBS, 4, "3.1.3.18", "Controller Memory Buffer Elasticity Buffer Size");

static const struct lone_field CMBSWTP_fields[] = {
    { "CMBSWTU", 0,  4, LONE_RO, .kind = LONE_ENUM, .names = throughput_units, .meaning = "CMB Sustained Write Throughput Units" },
    { "CMBSWTV", 8, 24, LONE_RO, .unit = "CMBSWTU", .meaning = "CMB Sustained Write Throughput" },
};
REGISTER(CMBSWTP, 4, "3.1.3.19", "Controller Memory Buffer Sustained Write Throughput");

static const struct lone_name subsystem_shutdown[] = {
    { 0x4e726d6c, "NORMAL", "starts a normal NVM Subsystem Shutdown (\"Nrml\")" },
    { 0x41627074, "ABRUPT", "starts an abrupt NVM Subsystem Shutdown (\"Abpt\")" },
    { 0 },
};
static const struct lone_field NSSD_fields[] = {
    { "NSSC", 0, 32, LONE_RW, .names = subsystem_shutdown, .meaning = "NVM Subsystem Shutdown Control" },
};
REGISTER(NSSD, 4, "3.1.3.20", "NVM Subsystem Shutdown");

static const struct lone_field CRTO_fields[] = {
    { "CRWMT",  0, 16, LONE_RO, .scale = 500, .unit = "ms", .meaning = "Controller Ready With Media Timeout" },
    { "CRIMT", 16, 16, LONE_RO, .scale = 500, .unit = "ms", .meaning = "Controller Ready Independent of Media Timeout" },
};
REGISTER(CRTO, 4, "3.1.3.21", "Controller Ready Timeouts");

static const struct lone_name pmr_time_units[] = {
    { 0, "500ms", "500 milliseconds" },
    { 1, "1min", "minutes" },
    { 0 },
};
static const struct lone_name write_barriers[] = {
    { 1, "PMR_READ", "a read from any PMR address completes the writes before it" },
    { 2, "PMRSTS_READ", "a read of PMRSTS completes the writes before it" },
    { 3, "PMR_READ+PMRSTS_READ", "a read from any PMR address or of PMRSTS completes the writes before it" },
    { 0 },
};
static const struct lone_field PMRCAP_fields[] = {
    { "RDS",     3, 1, LONE_RO, .meaning = "Read Data Support" },
    { "WDS",     4, 1, LONE_RO, .meaning = "Write Data Support" },
    { "BIR",     5, 3, LONE_RO, .meaning = "Base Indicator Register" },
    { "PMRTU",   8, 2, LONE_RO, .kind = LONE_ENUM, .names = pmr_time_units, .meaning = "Persistent Memory Region Time Units" },
    { "PMRWBM", 10, 4, LONE_RO, .names = write_barriers, .meaning = "Persistent Memory Region Write Barrier Mechanisms" },
    { "PMRTO",  16, 8, LONE_RO, .unit = "PMRTU", .meaning = "Persistent Memory Region Timeout" },
    { "CMSS",   24, 1, LONE_RO, .meaning = "Controller Memory Space Supported" },
};
REGISTER(PMRCAP, 4, "3.1.3.22", "Persistent Memory Region Capabilities");

static const struct lone_field PMRCTL_fields[] = {
    { "EN", 0, 1, LONE_RW, .meaning = "Enable" },
};
REGISTER(PMRCTL, 4, "3.1.3.23", "Persistent Memory Region Control");

static const struct lone_name pmr_health[] = {
    { 0, "NORMAL", "Normal operation" },
    { 1, "RESTORE_ERROR", "Restore Error" },
    { 2, "READ_ONLY", "Read Only" },
    { 3, "UNRELIABLE", "Unreliable" },
    { 0 },
};
static const struct lone_field PMRSTS_fields[] = {
    { "ERR",   0, 8, LONE_RO, .meaning = "Error" },
    { "NRDY",  8, 1, LONE_RO, .meaning = "Not Ready" },
    { "HSTS",  9, 3, LONE_RO, .kind = LONE_ENUM, .names = pmr_health, .meaning = "Health Status" },
    { "CBAI", 12, 1, LONE_RO, .meaning = "Controller Base Address Invalid" },
};
REGISTER(PMRSTS, 4, "3.1.3.24", "Persistent Memory Region Status");

static const struct lone_field PMREBS_fields[] = {
    { "PMRSZU", 0,  4, LONE_RO, .kind = LONE_ENUM, .names = size_units, .meaning = "PMR Elasticity Buffer Size Units" },
    { "PMRRBB", 4,  1, LONE_RO, .meaning = "PMR Read Bypass Behavior", LONE_TWO("InOrder", "reads do not overtake writes", "Bypass", "reads that do not conflict with writes overtake them") },
    { "PMRWBZ", 8, 24, LONE_RO, .unit = "PMRSZU", .meaning = "PMR Elasticity Buffer Size Base" },
};
REGISTER(PMREBS, 4, "3.1.3.25", "Persistent Memory Region Elasticity Buffer Size");

static const struct lone_field PMRSWTP_fields[] = {
    { "PMRSWTU", 0,  4, LONE_RO, .kind = LONE_ENUM, .names = throughput_units, .meaning = "PMR Sustained Write Throughput Units" },
    { "PMRSWTV", 8, 24, LONE_RO, .unit = "PMRSWTU", .meaning = "PMR Sustained Write Throughput" },
};
REGISTER(PMRSWTP, 4, "3.1.3.26", "Persistent Memory Region Sustained Write Throughput");

/* One 64-bit register in two halves, each accessed on its own: the upper one holds address bits 63:32. */
static const struct lone_field PMRMSCL_fields[] = {
    { "CMSE",  1,  1, LONE_RW, .meaning = "Controller Memory Space Enable" },
    { "CBA",  12, 20, LONE_RW, .kind = LONE_ADDRESS, .scale = 4096, .meaning = "Controller Base Address, bits 31:12" },
};
REGISTER(PMRMSCL, 4, "3.1.3.27", "Persistent Memory Region Memory Space Control Lower");

static const struct lone_field PMRMSCU_fields[] = {
    { "CBA", 0, 32, LONE_RW, .kind = LONE_ADDRESS, .scale = 1ull << 32, .meaning = "Controller Base Address, bits 63:32" },
};
REGISTER(PMRMSCU, 4, "3.1.3.28", "Persistent Memory Region Memory Space Control Upper");

static const struct lone_field register_fields[] = {
    { "CAP",     LONE_BYTE(0x000), 64, LONE_RO, .kind = LONE_RECORD, .record = &CAP_register, .meaning = "Controller Capabilities", .section = "3.1.3.1" },
    { "VS",      LONE_BYTE(0x008), 32, LONE_RO, .kind = LONE_RECORD, .record = &VS_register, .meaning = "Version", .section = "3.1.3.2" },
    { "INTMS",   LONE_BYTE(0x00c), 32, LONE_RW1S, .kind = LONE_RECORD, .record = &INTMS_register, .meaning = "Interrupt Mask Set", .section = "3.1.3.3" },
    { "INTMC",   LONE_BYTE(0x010), 32, LONE_RW1C, .kind = LONE_RECORD, .record = &INTMC_register, .meaning = "Interrupt Mask Clear", .section = "3.1.3.4" },
    { "CC",      LONE_BYTE(0x014), 32, LONE_RW, .kind = LONE_RECORD, .record = &CC_register, .meaning = "Controller Configuration", .section = "3.1.3.5" },
    { "CSTS",    LONE_BYTE(0x01c), 32, LONE_RW, .kind = LONE_RECORD, .record = &CSTS_register, .meaning = "Controller Status", .section = "3.1.3.6" },
    { "NSSR",    LONE_BYTE(0x020), 32, LONE_RW, .kind = LONE_RECORD, .record = &NSSR_register, .meaning = "NVM Subsystem Reset", .section = "3.1.3.7" },
    { "AQA",     LONE_BYTE(0x024), 32, LONE_RW, .kind = LONE_RECORD, .record = &AQA_register, .meaning = "Admin Queue Attributes", .section = "3.1.3.8" },
    { "ASQ",     LONE_BYTE(0x028), 64, LONE_RW, .kind = LONE_RECORD, .record = &ASQ_register, .meaning = "Admin Submission Queue Base Address", .section = "3.1.3.9" },
    { "ACQ",     LONE_BYTE(0x030), 64, LONE_RW, .kind = LONE_RECORD, .record = &ACQ_register, .meaning = "Admin Completion Queue Base Address", .section = "3.1.3.10" },
    { "CMBLOC",  LONE_BYTE(0x038), 32, LONE_RO, .kind = LONE_RECORD, .record = &CMBLOC_register, .meaning = "Controller Memory Buffer Location", .section = "3.1.3.11" },
    { "CMBSZ",   LONE_BYTE(0x03c), 32, LONE_RO, .kind = LONE_RECORD, .record = &CMBSZ_register, .meaning = "Controller Memory Buffer Size", .section = "3.1.3.12" },
    { "BPINFO",  LONE_BYTE(0x040), 32, LONE_RO, .kind = LONE_RECORD, .record = &BPINFO_register, .meaning = "Boot Partition Information", .section = "3.1.3.13" },
    { "BPRSEL",  LONE_BYTE(0x044), 32, LONE_RW, .kind = LONE_RECORD, .record = &BPRSEL_register, .meaning = "Boot Partition Read Select", .section = "3.1.3.14" },
    { "BPMBL",   LONE_BYTE(0x048), 64, LONE_RW, .kind = LONE_RECORD, .record = &BPMBL_register, .meaning = "Boot Partition Memory Buffer Location", .section = "3.1.3.15" },
    { "CMBMSC",  LONE_BYTE(0x050), 64, LONE_RW, .kind = LONE_RECORD, .record = &CMBMSC_register, .meaning = "Controller Memory Buffer Memory Space Control", .section = "3.1.3.16" },
    { "CMBSTS",  LONE_BYTE(0x058), 32, LONE_RO, .kind = LONE_RECORD, .record = &CMBSTS_register, .meaning = "Controller Memory Buffer Status", .section = "3.1.3.17" },
    { "CMBEBS",  LONE_BYTE(0x05c), 32, LONE_RO, .kind = LONE_RECORD, .record = &CMBEBS_register, .meaning = "Controller Memory Buffer Elasticity Buffer Size", .section = "3.1.3.18" },
    { "CMBSWTP", LONE_BYTE(0x060), 32, LONE_RO, .kind = LONE_RECORD, .record = &CMBSWTP_register, .meaning = "Controller Memory Buffer Sustained Write Throughput", .section = "3.1.3.19" },
    { "NSSD",    LONE_BYTE(0x064), 32, LONE_RW, .kind = LONE_RECORD, .record = &NSSD_register, .meaning = "NVM Subsystem Shutdown", .section = "3.1.3.20" },
    { "CRTO",    LONE_BYTE(0x068), 32, LONE_RO, .kind = LONE_RECORD, .record = &CRTO_register, .meaning = "Controller Ready Timeouts", .section = "3.1.3.21" },
    { "PMRCAP",  LONE_BYTE(0xe00), 32, LONE_RO, .kind = LONE_RECORD, .record = &PMRCAP_register, .meaning = "Persistent Memory Region Capabilities", .section = "3.1.3.22" },
    { "PMRCTL",  LONE_BYTE(0xe04), 32, LONE_RW, .kind = LONE_RECORD, .record = &PMRCTL_register, .meaning = "Persistent Memory Region Control", .section = "3.1.3.23" },
    { "PMRSTS",  LONE_BYTE(0xe08), 32, LONE_RO, .kind = LONE_RECORD, .record = &PMRSTS_register, .meaning = "Persistent Memory Region Status", .section = "3.1.3.24" },
    { "PMREBS",  LONE_BYTE(0xe0c), 32, LONE_RO, .kind = LONE_RECORD, .record = &PMREBS_register, .meaning = "Persistent Memory Region Elasticity Buffer Size", .section = "3.1.3.25" },
    { "PMRSWTP", LONE_BYTE(0xe10), 32, LONE_RO, .kind = LONE_RECORD, .record = &PMRSWTP_register, .meaning = "Persistent Memory Region Sustained Write Throughput", .section = "3.1.3.26" },
    { "PMRMSCL", LONE_BYTE(0xe14), 32, LONE_RW, .kind = LONE_RECORD, .record = &PMRMSCL_register, .meaning = "Persistent Memory Region Memory Space Control Lower", .section = "3.1.3.27" },
    { "PMRMSCU", LONE_BYTE(0xe18), 32, LONE_RW, .kind = LONE_RECORD, .record = &PMRMSCU_register, .meaning = "Persistent Memory Region Memory Space Control Upper", .section = "3.1.3.28" },
};
/* clang-format on */

const struct lone_record lone_nvme_registers = {
    .name = "nvme_registers",
    .title = "Controller Properties",
    .size = 0xe20,
    LONE_FIELDS(register_fields),
    .spec = "NVMe Base 2.0",
    .section = "3.1.3",
};

uint32_t lone_nvme_register_offset(const char *name)
{
    const struct lone_field *field = lone_record_field(&lone_nvme_registers, name);

    assert(field && "no such register");
    return field->bit / 8;
}

const struct lone_record *lone_nvme_register(const char *name)
{
    const struct lone_field *field = lone_record_field(&lone_nvme_registers, name);

    assert(field && "no such register");
    return field->record;
}
