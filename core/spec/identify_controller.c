/* SPDX-License-Identifier: MIT */
/*
 * The Identify Controller data structure (CNS 01h): NVMe Base 2.0, 5.17.2.1, Figure 275, and the power state
 * descriptors in it, Figure 276. Where 2.0 describes a bit without giving it a mnemonic, the row has the one that 2.1
 * gives it; ANAGIDCS is from 2.2. What 2.1 has added (its Figures 312 and 313) is here too, as far as the text was at
 * hand. As libnvme has them, which follows later versions: OACS.HMLMS, SANICAP.NVERS, CTRATT from PLS on, CIU, CIRN,
 * what stands between CQT and SQES and between MAXCNA and SUBNQN, CCRL. Names that neither has: APTS, DCMS, DCS.
 */
#include "spec/nvme.h"

/* clang-format off */

/* The record behind a field that has sub-fields of its own: their rows are the array called @rows. */
#define NESTED(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {.name = mnemonic, .title = words, .size = bytes, LONE_FIELDS(rows)}

static const struct lone_name not_reported[] = {{0, "NotReported", NULL}, {0, NULL, NULL}};
static const struct lone_name no_limit[]     = {{0, "NoLimit", NULL}, {0, NULL, NULL}};

static const struct lone_field cmic_fields[] = {
    { "MPORTS",   0, 1, LONE_RO, .meaning = "Multiple Ports", LONE_TWO("One", "the subsystem has one port", "Several", "the subsystem may have more than one port") },
    { "MCTRS",    1, 1, LONE_RO, .meaning = "Multiple Controllers", LONE_TWO("One", "the subsystem has one controller", "Several", "the subsystem may have more than one controller") },
    { "FT",       2, 1, LONE_RO, .meaning = "Function Type", LONE_TWO("Function", "not an SR-IOV virtual function", "VF", "an SR-IOV virtual function") },
    { "ANARS",    3, 1, LONE_RO, .meaning = "Asymmetric Namespace Access Reporting Support" },
};
NESTED(cmic, "CMIC", "Controller Multi-Path I/O and Namespace Sharing Capabilities", 1, cmic_fields);

static const struct lone_field ver_fields[] = {
    { "TER",      0,  8, LONE_RO, .meaning = "Tertiary Version Number" },
    { "MNR",      8,  8, LONE_RO, .meaning = "Minor Version Number" },
    { "MJR",      16, 16, LONE_RO, .meaning = "Major Version Number" },
};
NESTED(ver, "VER", "Version", 4, ver_fields);

static const struct lone_field oaes_fields[] = {
    { "NSAN",     8,  1, LONE_RO, .meaning = "Namespace Attribute Notices" },
    { "FAN",      9,  1, LONE_RO, .meaning = "Firmware Activation Notices" },
    { "ANACN",    11, 1, LONE_RO, .meaning = "Asymmetric Namespace Access Change Notices" },
    { "PLEAN",    12, 1, LONE_RO, .meaning = "Predictable Latency Event Aggregate Log Change Notices" },
    { "LSIAN",    13, 1, LONE_RO, .meaning = "LBA Status Information Alert Notices" },
    { "EGEAN",    14, 1, LONE_RO, .meaning = "Endurance Group Event Aggregate Log Page Change Notices" },
    { "NNSS",     15, 1, LONE_RO, .meaning = "Normal NVM Subsystem Shutdown" },
    { "TTHR",     16, 1, LONE_RO, .meaning = "Temperature Threshold Hysteresis Recovery" },
    { "RGCNS",    17, 1, LONE_RO, .meaning = "Reachability Groups Change Notices Support" },
    { "ANSAN",    19, 1, LONE_RO, .meaning = "Allocated Namespace Attribute Notices" },
    { "ZDCN",     27, 1, LONE_RO, .meaning = "Zone Descriptor Changed Notices" },
    { "DLPCN",    31, 1, LONE_RO, .meaning = "Discovery Log Page Change Notifications" },
};
NESTED(oaes, "OAES", "Optional Asynchronous Events Supported", 4, oaes_fields);

static const struct lone_name iiellss_names[] = {
    { 0, "NotSupported", NULL },
    { 1, "PowerState", "of each operational power state" },
    { 2, "Global", "of all operational power states" },
    { 0, NULL, NULL },
};

static const struct lone_field ctratt_fields[] = {
    { "HIDS",     0,  1, LONE_RO, .meaning = "Host Identifier Support", LONE_TWO("64bit", "of 64 bits only", "128bit", "of 128 bits too") },
    { "NOPSPM",   1,  1, LONE_RO, .meaning = "Non-Operational Power State Permissive Mode" },
    { "NSETS",    2,  1, LONE_RO, .meaning = "NVM Sets" },
    { "RRLVLS",   3,  1, LONE_RO, .meaning = "Read Recovery Levels" },
    { "EGS",      4,  1, LONE_RO, .meaning = "Endurance Groups" },
    { "PLM",      5,  1, LONE_RO, .meaning = "Predictable Latency Mode" },
    { "TBKAS",    6,  1, LONE_RO, .meaning = "Traffic Based Keep Alive Support" },
    { "NG",       7,  1, LONE_RO, .meaning = "Namespace Granularity" },
    { "SQA",      8,  1, LONE_RO, .meaning = "SQ Associations" },
    { "ULIST",    9,  1, LONE_RO, .meaning = "UUID List" },
    { "MDS",      10, 1, LONE_RO, .meaning = "Multi-Domain Subsystem" },
    { "FCM",      11, 1, LONE_RO, .meaning = "Fixed Capacity Management" },
    { "VCM",      12, 1, LONE_RO, .meaning = "Variable Capacity Management" },
    { "DEG",      13, 1, LONE_RO, .meaning = "Delete Endurance Group" },
    { "DNVMS",    14, 1, LONE_RO, .meaning = "Delete NVM Set" },
    { "ELBAS",    15, 1, LONE_RO, .meaning = "Extended LBA Formats Supported" },
    { "MEM",      16, 1, LONE_RO, .meaning = "MDTS and Size Limits Exclude Metadata" },
    { "HMBR",     17, 1, LONE_RO, .meaning = "HMB Restrict Non-Operational Power State Access" },
    { "RHII",     18, 1, LONE_RO, .meaning = "Reservations and Host Identifier Interaction", LONE_TWO("Unreported", "not reported", "NonZero", "reservations need a Host Identifier that is not 0") },
    { "FDPS",     19, 1, LONE_RO, .meaning = "Flexible Data Placement Support" },
    { "PLS",      20, 1, LONE_RO, .meaning = "Power Limit Support" },
    { "PMS",      21, 1, LONE_RO, .meaning = "Power Measurement Support" },
    { "VMS",      22, 1, LONE_RO, .meaning = "Voltage Measurement Support" },
    { "IIELLSS",  23, 2, LONE_RO, LONE_ENUM, iiellss_names, .meaning = "Idle I/O Exit Latency Limit Support and Scope" },
};
NESTED(ctratt, "CTRATT", "Controller Attributes", 4, ctratt_fields);

static const struct lone_field rrls_fields[] = {
    { "RRL0",     0,  1, LONE_RO, .meaning = "Read Recovery Level 0" },
    { "RRL1",     1,  1, LONE_RO, .meaning = "Read Recovery Level 1" },
    { "RRL2",     2,  1, LONE_RO, .meaning = "Read Recovery Level 2" },
    { "RRL3",     3,  1, LONE_RO, .meaning = "Read Recovery Level 3" },
    { "RRL4",     4,  1, LONE_RO, .meaning = "Read Recovery Level 4 (the default)" },
    { "RRL5",     5,  1, LONE_RO, .meaning = "Read Recovery Level 5" },
    { "RRL6",     6,  1, LONE_RO, .meaning = "Read Recovery Level 6" },
    { "RRL7",     7,  1, LONE_RO, .meaning = "Read Recovery Level 7" },
    { "RRL8",     8,  1, LONE_RO, .meaning = "Read Recovery Level 8" },
    { "RRL9",     9,  1, LONE_RO, .meaning = "Read Recovery Level 9" },
    { "RRL10",    10, 1, LONE_RO, .meaning = "Read Recovery Level 10" },
    { "RRL11",    11, 1, LONE_RO, .meaning = "Read Recovery Level 11" },
    { "RRL12",    12, 1, LONE_RO, .meaning = "Read Recovery Level 12" },
    { "RRL13",    13, 1, LONE_RO, .meaning = "Read Recovery Level 13" },
    { "RRL14",    14, 1, LONE_RO, .meaning = "Read Recovery Level 14" },
    { "RRL15",    15, 1, LONE_RO, .meaning = "Read Recovery Level 15 (fast fail)" },
};
NESTED(rrls, "RRLS", "Read Recovery Levels Supported", 2, rrls_fields);

static const struct lone_name rpmbbpwps_names[] = {
    { 0, "NotSpecified", NULL },
    { 1, "NotSupported", NULL },
    { 2, "Supported", NULL },
    { 0, NULL, NULL },
};
static const struct lone_field bpcap_fields[] = {
    { "RPMBBPWPS", 0, 2, LONE_RO, LONE_ENUM, rpmbbpwps_names, .meaning = "RPMB Boot Partition Write Protection Support" },
    { "SFBPWPS",  2, 1, LONE_RO, .meaning = "Set Features Boot Partition Write Protection Support" },
};
NESTED(bpcap, "BPCAP", "Boot Partition Capabilities", 1, bpcap_fields);

static const struct lone_field plsi_fields[] = {
    { "PLSEPF",   0, 1, LONE_RO, .meaning = "Power Loss Signaling with Emergency Power Fail" },
    { "PLSFQ",    1, 1, LONE_RO, .meaning = "Power Loss Signaling with Forced Quiescence" },
};
NESTED(plsi, "PLSI", "Power Loss Signaling Information", 1, plsi_fields);

static const struct lone_field crcap_fields[] = {
    { "RRSUP",    0, 1, LONE_RO, .meaning = "Reachability Reporting Supported" },
    { "RGIDC",    1, 1, LONE_RO, .meaning = "Reachability Group ID Changeable", LONE_TWO("Changes", "RGRPID may change while attached", "Stays", "RGRPID stays while attached") },
};
NESTED(crcap, "CRCAP", "Controller Reachability Capabilities", 1, crcap_fields);

static const struct lone_name cntrltype_names[] = {
    { 0, "NotReported", NULL },
    { 1, "IO", "I/O controller" },
    { 2, "Discovery", "Discovery controller" },
    { 3, "Administrative", "Administrative controller" },
    { 0, NULL, NULL },
};

static const struct lone_field nvmsr_fields[] = {
    { "NVMESD",   0, 1, LONE_RO, .meaning = "Part of an NVMe Storage Device" },
    { "NVMEE",    1, 1, LONE_RO, .meaning = "Part of an NVMe Enclosure" },
};
NESTED(nvmsr, "NVMSR", "NVM Subsystem Report", 1, nvmsr_fields);

static const struct lone_field vwci_fields[] = {
    { "VWCR",     0, 7, LONE_RO, .meaning = "VPD Write Cycles Remaining (7fh: that many or more)" },
    { "VWCRV",    7, 1, LONE_RO, .meaning = "VPD Write Cycles Remaining Valid" },
};
NESTED(vwci, "VWCI", "VPD Write Cycle Information", 1, vwci_fields);

static const struct lone_field mec_fields[] = {
    { "SMBUSME",  0, 1, LONE_RO, .meaning = "SMBus/I2C Port Management Endpoint" },
    { "PCIEME",   1, 1, LONE_RO, .meaning = "PCIe Port Management Endpoint" },
};
NESTED(mec, "MEC", "Management Endpoint Capabilities", 1, mec_fields);

static const struct lone_field oacs_fields[] = {
    { "SSRS",     0,  1, LONE_RO, .meaning = "Security Send Receive Supported" },
    { "FNVMS",    1,  1, LONE_RO, .meaning = "Format NVM Supported" },
    { "FWDS",     2,  1, LONE_RO, .meaning = "Firmware Commit and Firmware Image Download Supported" },
    { "NMS",      3,  1, LONE_RO, .meaning = "Namespace Management Supported" },
    { "DSTS",     4,  1, LONE_RO, .meaning = "Device Self-test Supported" },
    { "DIRS",     5,  1, LONE_RO, .meaning = "Directives Supported" },
    { "NSRS",     6,  1, LONE_RO, .meaning = "NVMe-MI Send Receive Supported" },
    { "VMS",      7,  1, LONE_RO, .meaning = "Virtualization Management Supported" },
    { "DBCS",     8,  1, LONE_RO, .meaning = "Doorbell Buffer Config Supported" },
    { "GLSS",     9,  1, LONE_RO, .meaning = "Get LBA Status Supported" },
    { "CFLS",     10, 1, LONE_RO, .meaning = "Command and Feature Lockdown Supported" },
    { "HMLMS",    11, 1, LONE_RO, .meaning = "Host Managed Live Migration Support" },
};
NESTED(oacs, "OACS", "Optional Admin Command Support", 2, oacs_fields);

static const struct lone_field frmw_fields[] = {
    { "FFSRO",    0, 1, LONE_RO, .meaning = "First Firmware Slot Read Only" },
    { "NOFS",     1, 3, LONE_RO, .meaning = "Number Of Firmware Slots" },
    { "FAWR",     4, 1, LONE_RO, .meaning = "Firmware Activation Without Reset" },
    { "SMUD",     5, 1, LONE_RO, .meaning = "Support Multiple Update Detection" },
};
NESTED(frmw, "FRMW", "Firmware Updates", 1, frmw_fields);

static const struct lone_field lpa_fields[] = {
    { "SMARTS",   0, 1, LONE_RO, .meaning = "SMART Support", LONE_TWO("Controller", "SMART / Health Information of the controller only", "Namespace", "SMART / Health Information for a single namespace too") },
    { "CSES",     1, 1, LONE_RO, .meaning = "Commands Supported and Effects Support" },
    { "LPEDS",    2, 1, LONE_RO, .meaning = "Log Page Extended Data Support (NUMDU, LPOL and LPOU)" },
    { "TS",       3, 1, LONE_RO, .meaning = "Telemetry Support" },
    { "PES",      4, 1, LONE_RO, .meaning = "Persistent Event Support" },
    { "MLPS",     5, 1, LONE_RO, .meaning = "Miscellaneous Log Page Support (LIDs 0h, 12h and 13h, scopes in 5h)" },
    { "DA4S",     6, 1, LONE_RO, .meaning = "Telemetry Data Area 4 Support" },
};
NESTED(lpa, "LPA", "Log Page Attributes", 1, lpa_fields);

static const struct lone_field avscc_fields[] = {
    { "VSCF",     0, 1, LONE_RO, .meaning = "Vendor Specific Command Format", LONE_TWO("Vendor", "the vendor's", "Common", "all use the common one, with NDT and NDM") },
};
NESTED(avscc, "AVSCC", "Admin Vendor Specific Command Configuration", 1, avscc_fields);

static const struct lone_field apsta_fields[] = {
    { "APTS",     0, 1, LONE_RO, .meaning = "Autonomous Power State Transitions Supported" },
};
NESTED(apsta, "APSTA", "Autonomous Power State Transition Attributes", 1, apsta_fields);

static const struct lone_name authm_names[] = {{ 0, "HMAC_SHA-256", NULL }, { 0, NULL, NULL }};

static const struct lone_field rpmbs_fields[] = {
    { "NRPMBU",   0,  3, LONE_RO, .meaning = "Number of RPMB Units; 0: not supported" },
    { "AUTHM",    3,  3, LONE_RO, LONE_ENUM, authm_names, .meaning = "Authentication Method" },
    { "TSZE",     16, 8, LONE_RO, LONE_ZERO_BASED, .scale = 128 * 1024, .unit = "B", .meaning = "Total Size, if NRPMBU is not 0" },
    { "ASZE",     24, 8, LONE_RO, LONE_ZERO_BASED, .scale = 512, .unit = "B", .meaning = "Access Size, if NRPMBU is not 0" },
};
NESTED(rpmbs, "RPMBS", "Replay Protected Memory Block Support", 4, rpmbs_fields);

static const struct lone_field dsto_fields[] = {
    { "SDSO",     0, 1, LONE_RO, .meaning = "Single Device Self-test Operation", LONE_TWO("Controller", "one at a time in each controller", "Subsystem", "one at a time in the whole subsystem") },
    { "HIRS",     1, 1, LONE_RO, .meaning = "Host-Initiated Refresh Support" },
};
NESTED(dsto, "DSTO", "Device Self-test Options", 1, dsto_fields);

static const struct lone_name fwug_names[] = {
    { 0x00, "NotReported", NULL },
    { 0xff, "NoRestriction", "any number of dwords" },
    { 0, NULL, NULL },
};

static const struct lone_name kas_names[] = {{ 0, "NotSupported", NULL }, { 0, NULL, NULL }};

static const struct lone_field hctma_fields[] = {
    { "HCTMS",    0, 1, LONE_RO, .meaning = "Host Controlled Thermal Management Support" },
};
NESTED(hctma, "HCTMA", "Host Controlled Thermal Management Attributes", 2, hctma_fields);

static const struct lone_name nodmmas_names[] = {
    { 0, "NotDefined", NULL },
    { 1, "NotModified", "the sanitize operation does not modify the media further" },
    { 2, "Modified", "the media is modified further before the operation is complete" },
    { 0, NULL, NULL },
};

static const struct lone_field sanicap_fields[] = {
    { "CES",      0,  1, LONE_RO, .meaning = "Crypto Erase Support" },
    { "BES",      1,  1, LONE_RO, .meaning = "Block Erase Support" },
    { "OWS",      2,  1, LONE_RO, .meaning = "Overwrite Support" },
    { "VERS",     3,  1, LONE_RO, .meaning = "Verification Support (the Media Verification state)" },
    { "NVERS",    4,  1, LONE_RO, .meaning = "Namespace Verification Support" },
    { "NDI",      29, 1, LONE_RO, .meaning = "No-Deallocate Inhibited" },
    { "NODMMAS",  30, 2, LONE_RO, LONE_ENUM, nodmmas_names, .meaning = "No-Deallocate Modifies Media After Sanitize" },
};
NESTED(sanicap, "SANICAP", "Sanitize Capabilities", 4, sanicap_fields);

static const struct lone_field anacap_fields[] = {
    { "RANAOS",   0, 1, LONE_RO, .meaning = "Report ANA Optimized State" },
    { "RANANOS",  1, 1, LONE_RO, .meaning = "Report ANA Non-Optimized State" },
    { "RANAIS",   2, 1, LONE_RO, .meaning = "Report ANA Inaccessible State" },
    { "RANAPLS",  3, 1, LONE_RO, .meaning = "Report ANA Persistent Loss State" },
    { "RANACS",   4, 1, LONE_RO, .meaning = "Report ANA Change State" },
    { "ANAGIDCS", 6, 1, LONE_RO, .meaning = "ANA Group ID Change Support", LONE_TWO("Changes", "ANAGRPID may change while attached", "Stays", "ANAGRPID stays while attached") },
    { "ANAGIDS",  7, 1, LONE_RO, .meaning = "ANA Group ID Support", LONE_TWO("Zero", "Namespace Management takes an ANAGRPID of 0 only", "Any", "Namespace Management takes ANAGRPID") },
};
NESTED(anacap, "ANACAP", "Asymmetric Namespace Access Capabilities", 1, anacap_fields);

static const struct lone_field kpioc_fields[] = {
    { "KPIOS",    0, 1, LONE_RO, .meaning = "Key Per I/O Supported" },
    { "KPIOSC",   1, 1, LONE_RO, .meaning = "Key Per I/O Scope", LONE_TWO("Namespace", "it applies to single namespaces", "All", "it applies to all namespaces") },
};
NESTED(kpioc, "KPIOC", "Key Per I/O Capabilities", 1, kpioc_fields);

static const struct lone_field tmpthha_fields[] = {
    { "TMPTHMH",  0, 3, LONE_RO, .unit = "K", .meaning = "Temperature Threshold Maximum Hysteresis" },
};
NESTED(tmpthha, "TMPTHHA", "Temperature Threshold Hysteresis Attributes", 1, tmpthha_fields);

static const struct lone_field cdpa_fields[] = {
    { "HMAC_SHA_384", 0, 1, LONE_RO, .meaning = "HMAC with SHA-384" },
};
NESTED(cdpa, "CDPA", "Configurable Device Personality Attributes", 2, cdpa_fields);

static const struct lone_field ipmsr_fields[] = {
    { "SRV",      0, 8, LONE_RO, .meaning = "Sample Rate Value" },
    { "SRS",      8, 8, LONE_RO, .meaning = "Sample Rate Scale" },
};
NESTED(ipmsr, "IPMSR", "Interval Power Measurement Sample Rate", 2, ipmsr_fields);

static const struct lone_field trattr_fields[] = {
    { "THMCS",    0, 1, LONE_RO, .meaning = "Track Host Memory Changes Support" },
    { "TUDCS",    1, 1, LONE_RO, .meaning = "Track User Data Changes Support" },
    { "MRTLL",    2, 1, LONE_RO, .meaning = "Memory Range Tracking Length Limit" },
};
NESTED(trattr, "TRATTR", "Tracking Attributes", 1, trattr_fields);

static const struct lone_field sqes_fields[] = {
    { "MINSQES",  0, 4, LONE_RO, LONE_POW2, .unit = "B", .meaning = "Minimum I/O Submission Queue Entry Size" },
    { "MAXSQES",  4, 4, LONE_RO, LONE_POW2, .unit = "B", .meaning = "Maximum I/O Submission Queue Entry Size" },
};
NESTED(sqes, "SQES", "Submission Queue Entry Size", 1, sqes_fields);

static const struct lone_field cqes_fields[] = {
    { "MINCQES",  0, 4, LONE_RO, LONE_POW2, .unit = "B", .meaning = "Minimum I/O Completion Queue Entry Size" },
    { "MAXCQES",  4, 4, LONE_RO, LONE_POW2, .unit = "B", .meaning = "Maximum I/O Completion Queue Entry Size" },
};
NESTED(cqes, "CQES", "Completion Queue Entry Size", 1, cqes_fields);

static const struct lone_field oncs_fields[] = {
    { "NVMCMPS",  0, 1, LONE_RO, .meaning = "NVM Compare Support" },
    { "NVMWUSV",  1, 1, LONE_RO, .meaning = "NVM Write Uncorrectable Support Variants" },
    { "NVMDSMSV", 2, 1, LONE_RO, .meaning = "NVM Dataset Management Support Variants" },
    { "NVMWZSV",  3, 1, LONE_RO, .meaning = "NVM Write Zeroes Support Variants" },
    { "SSFS",     4, 1, LONE_RO, .meaning = "Save and Select Feature Support" },
    { "RESERVS",  5, 1, LONE_RO, .meaning = "Reservations Support" },
    { "TSS",      6, 1, LONE_RO, .meaning = "Timestamp Support" },
    { "NVMVFYS",  7, 1, LONE_RO, .meaning = "NVM Verify Support" },
    { "NVMCPYS",  8, 1, LONE_RO, .meaning = "NVM Copy Support" },
    { "NVMCSA",   9, 1, LONE_RO, .meaning = "NVM Copy Single Atomicity", LONE_TWO("Several", "a Copy may write as several write commands do", "One", "a Copy writes as one write command does") },
    { "NVMAFC",  10, 1, LONE_RO, .meaning = "NVM All Fast Copy" },
    { "MAXWZD",  11, 1, LONE_RO, .meaning = "Maximum Write Zeroes with Deallocate", LONE_TWO("Unreported", "WZDSL does not count", "WZDSL", "WZDSL is the limit of those") },
    { "NSZS",    12, 1, LONE_RO, .meaning = "Namespace Zeroes Support (NSZ in Write Zeroes)" },
};
NESTED(oncs, "ONCS", "Optional NVM Command Support", 2, oncs_fields);

static const struct lone_field fuses_fields[] = {
    { "FCWS",     0, 1, LONE_RO, .meaning = "Fused Compare and Write Supported" },
};
NESTED(fuses, "FUSES", "Fused Operation Support", 2, fuses_fields);

static const struct lone_field fna_fields[] = {
    { "FNS",      0, 1, LONE_RO, .meaning = "Format Namespace Scope", LONE_TWO("Namespace", "a format is one of the namespace that is named", "All", "a format is one of all namespaces") },
    { "SENS",     1, 1, LONE_RO, .meaning = "Secure Erase Namespace Scope", LONE_TWO("Namespace", "a secure erase is one of the namespace that is named", "All", "a secure erase is one of all namespaces") },
    { "CRYES",    2, 1, LONE_RO, .meaning = "Cryptographic Erase Supported" },
    { "FNVMBS",   3, 1, LONE_RO, .meaning = "Format NVM Broadcast Support", LONE_TWO("Supported", "NSID FFFFFFFFh is supported", "NotSupported", "NSID FFFFFFFFh is not supported") },
};
NESTED(fna, "FNA", "Format NVM Attributes", 1, fna_fields);

static const struct lone_name fb_names[] = {
    { 0, "NotReported", NULL },
    { 2, "NotBroadcast", "Flush does not support NSID FFFFFFFFh" },
    { 3, "Broadcast", "Flush supports NSID FFFFFFFFh" },
    { 0, NULL, NULL },
};

static const struct lone_field vwc_fields[] = {
    { "VWCP",     0, 1, LONE_RO, .meaning = "Volatile Write Cache Present" },
    { "FB",       1, 2, LONE_RO, LONE_ENUM, fb_names, .meaning = "Flush Behavior" },
};
NESTED(vwc, "VWC", "Volatile Write Cache", 1, vwc_fields);

static const struct lone_field icsvscc_fields[] = {
    { "SNVSCF",   0, 1, LONE_RO, .meaning = "Same NVM Vendor Specific Command Format", LONE_TWO("Vendor", "the vendor's", "Common", "the common one, with NDT and NDM") },
};
NESTED(icsvscc, "ICSVSCC", "I/O Command Set Vendor Specific Command Configuration", 1, icsvscc_fields);

static const struct lone_field nwpc_fields[] = {
    { "NWPWPS",   0, 1, LONE_RO, .meaning = "No Write Protect and Write Protect Support" },
    { "WPUPCS",   1, 1, LONE_RO, .meaning = "Write Protect Until Power Cycle Support" },
    { "PWPS",     2, 1, LONE_RO, .meaning = "Permanent Write Protect Support" },
};
NESTED(nwpc, "NWPC", "Namespace Write Protection Capabilities", 1, nwpc_fields);

static const struct lone_field ocfs_fields[] = {
    { "CDF0S",    0, 1, LONE_RO, .meaning = "Copy Descriptor Format 0 Support" },
    { "CDF1S",    1, 1, LONE_RO, .meaning = "Copy Descriptor Format 1 Support" },
    { "CDF2S",    2, 1, LONE_RO, .meaning = "Copy Descriptor Format 2 Support" },
    { "CDF3S",    3, 1, LONE_RO, .meaning = "Copy Descriptor Format 3 Support" },
    { "CDF4S",    4, 1, LONE_RO, .meaning = "Copy Descriptor Format 4 Support" },
};
NESTED(ocfs, "OCFS", "Optional Copy Formats Supported", 2, ocfs_fields);

static const struct lone_name sgls_names[] = {
    { 0, "NotSupported", NULL },
    { 1, "Supported", "no alignment nor granularity requirement for data blocks" },
    { 2, "DwordAligned", "data blocks are aligned to dwords and made of dwords" },
    { 0, NULL, NULL },
};

static const struct lone_field sgls_fields[] = {
    { "SGLS",     0,  2, LONE_RO, LONE_ENUM, sgls_names, .meaning = "SGL Support" },
    { "KSDBDS",   2,  1, LONE_RO, .meaning = "Keyed SGL Data Block Descriptor Support" },
    { "SDT",      8,  8, LONE_RO, .unit = "descriptors", .names = not_reported, .meaning = "SGL Descriptor Threshold" },
    { "SBBDS",    16, 1, LONE_RO, .meaning = "SGL Bit Bucket Descriptor Supported" },
    { "MBA",      17, 1, LONE_RO, .meaning = "Metadata Buffer Alignment", LONE_TWO("Aligned", "byte-aligned contiguous metadata is not supported", "Byte", "byte-aligned contiguous metadata is supported") },
    { "LLDTS",    18, 1, LONE_RO, .meaning = "Length Larger than Data Transfer Support" },
    { "MSDS",     19, 1, LONE_RO, .meaning = "MPTR SGL Descriptor Support" },
    { "SAOS",     20, 1, LONE_RO, .meaning = "SGL Address Offset Supported" },
    { "TSDBDS",   21, 1, LONE_RO, .meaning = "Transport SGL Data Block Descriptor Support" },
};
NESTED(sgls, "SGLS", "SGL Support", 4, sgls_fields);

static const struct lone_name dcms_names[] = {
    { 0, "Dynamic", "dynamic controller model" },
    { 1, "Static", "static controller model" },
    { 0, NULL, NULL },
};

static const struct lone_field fcatt_fields[] = {
    { "DCMS",     0, 1, LONE_RO, LONE_ENUM, dcms_names, .meaning = "Dynamic Controller Model Support" },
};
NESTED(fcatt, "FCATT", "Fabrics Controller Attributes", 1, fcatt_fields);

static const struct lone_field ofcs_fields[] = {
    { "DCS",      0, 1, LONE_RO, .meaning = "Disconnect Command Support" },
};
NESTED(ofcs, "OFCS", "Optional Fabrics Commands Support", 2, ofcs_fields);

static const struct lone_name dctype_names[] = {
    { 0, "NotReported", NULL },
    { 1, "DDC", "Direct Discovery controller" },
    { 2, "CDC", "Centralized Discovery controller" },
    { 0, NULL, NULL },
};

/* Power is a number times a scale that stands in another field, so the rows of the numbers have no unit. */
static const struct lone_name mxps_names[] = {
    { 0, "10mW", "Maximum Power is in 0.01 W" },
    { 1, "100uW", "Maximum Power is in 0.0001 W" },
    { 0, NULL, NULL },
};

static const struct lone_name power_scale_names[] = {
    { 0, "NotReported", NULL },
    { 1, "100uW", "the power is in 0.0001 W" },
    { 2, "10mW", "the power is in 0.01 W" },
    { 0, NULL, NULL },
};

static const struct lone_name apw_names[] = {
    { 0, "NoWorkload", "unknown or not provided" },
    { 1, "Workload1", "extended idle with a burst of random writes" },
    { 2, "Workload2", "heavy sequential writes" },
    { 0, NULL, NULL },
};

static const struct lone_field power_state_fields[] = {
    { "MP",    LONE_BYTE(0),      16, LONE_RO, .names = not_reported, .meaning = "Maximum Power, in the unit that MXPS says" },
    { "MXPS",  LONE_BYTE(3),      1,  LONE_RO, LONE_ENUM, mxps_names, .meaning = "Max Power Scale" },
    { "NOPS",  LONE_BYTE(3) + 1,  1,  LONE_RO, .meaning = "Non-Operational State", LONE_TWO("Operational", "I/O commands are processed", "NonOperational", "no I/O commands are processed") },
    { "ENLAT", LONE_BYTE(4),      32, LONE_RO, .unit = "us", .names = not_reported, .meaning = "Entry Latency" },
    { "EXLAT", LONE_BYTE(8),      32, LONE_RO, .unit = "us", .names = not_reported, .meaning = "Exit Latency" },
    { "RRT",   LONE_BYTE(12),     5,  LONE_RO, .meaning = "Relative Read Throughput (lower is better)" },
    { "RRL",   LONE_BYTE(13),     5,  LONE_RO, .meaning = "Relative Read Latency (lower is better)" },
    { "RWT",   LONE_BYTE(14),     5,  LONE_RO, .meaning = "Relative Write Throughput (lower is better)" },
    { "RWL",   LONE_BYTE(15),     5,  LONE_RO, .meaning = "Relative Write Latency (lower is better)" },
    { "IDLP",  LONE_BYTE(16),     16, LONE_RO, .meaning = "Idle Power, in the unit that IPS says" },
    { "IPS",   LONE_BYTE(18) + 6, 2,  LONE_RO, LONE_ENUM, power_scale_names, .meaning = "Idle Power Scale" },
    { "ACTP",  LONE_BYTE(20),     16, LONE_RO, .meaning = "Active Power, in the unit that APS says" },
    { "APW",   LONE_BYTE(22),     3,  LONE_RO, LONE_ENUM, apw_names, .meaning = "Active Power Workload" },
    { "APS",   LONE_BYTE(22) + 6, 2,  LONE_RO, LONE_ENUM, power_scale_names, .meaning = "Active Power Scale" },
    { "EPFRT", LONE_BYTE(23),     8,  LONE_RO, .names = not_reported, .meaning = "Emergency Power Fail Recovery Time, in the unit that EPFRTS says" },
    { "FQVT",  LONE_BYTE(24),     8,  LONE_RO, .names = not_reported, .meaning = "Forced Quiescence Vault Time, in the unit that FQVTS says" },
    { "EPFVT", LONE_BYTE(25),     8,  LONE_RO, .names = not_reported, .meaning = "Emergency Power Fail Vault Time, in the unit that EPFVTS says" },
    { "EPFRTS", LONE_BYTE(26),    4,  LONE_RO, .meaning = "Emergency Power Fail Recovery Time Scale" },
    { "FQVTS", LONE_BYTE(26) + 4, 4,  LONE_RO, .meaning = "Forced Quiescence Vault Time Scale" },
    { "EPFVTS", LONE_BYTE(27),    4,  LONE_RO, .meaning = "Emergency Power Fail Vault Time Scale" },
};

const struct lone_record lone_power_state = {
    .name = "power_state", .title = "Power State Descriptor", .size = 32, LONE_FIELDS(power_state_fields),
    .spec = "NVMe Base 2.0", .section = "Figure 276",
};

static const struct lone_field identify_controller_fields[] = {
    { "VID",       LONE_BYTE(0),    16,  LONE_RO, .meaning = "PCI Vendor ID" },
    { "SSVID",     LONE_BYTE(2),    16,  LONE_RO, .meaning = "PCI Subsystem Vendor ID" },
    { "SN",        LONE_BYTE(4),    20 * 8, LONE_RO, LONE_ASCII, .meaning = "Serial Number" },
    { "MN",        LONE_BYTE(24),   40 * 8, LONE_RO, LONE_ASCII, .meaning = "Model Number" },
    { "FR",        LONE_BYTE(64),   8 * 8, LONE_RO, LONE_ASCII, .meaning = "Firmware Revision" },
    { "RAB",       LONE_BYTE(72),   8,   LONE_RO, LONE_POW2, .unit = "commands", .meaning = "Recommended Arbitration Burst" },
    /* Unlike the other IEEE identifiers little-endian: byte 75 is the first of the OUI as people write it. */
    { "IEEE",      LONE_BYTE(73),   24,  LONE_RO, LONE_EUI_LE, .meaning = "IEEE OUI Identifier" },
    { "CMIC",      LONE_BYTE(76),   8,   LONE_RO, LONE_RECORD, .record = &cmic, .meaning = "Controller Multi-Path I/O and Namespace Sharing Capabilities" },
    { "MDTS",      LONE_BYTE(77),   8,   LONE_RO, LONE_POW2, no_limit, .unit = "minimum pages", .meaning = "Maximum Data Transfer Size" },
    { "CNTLID",    LONE_BYTE(78),   16,  LONE_RO, .meaning = "Controller ID" },
    { "VER",       LONE_BYTE(80),   32,  LONE_RO, LONE_RECORD, .record = &ver, .meaning = "Version" },
    { "RTD3R",     LONE_BYTE(84),   32,  LONE_RO, .names = not_reported, .unit = "us", .meaning = "RTD3 Resume Latency" },
    { "RTD3E",     LONE_BYTE(88),   32,  LONE_RO, .names = not_reported, .unit = "us", .meaning = "RTD3 Entry Latency" },
    { "OAES",      LONE_BYTE(92),   32,  LONE_RO, LONE_RECORD, .record = &oaes, .meaning = "Optional Asynchronous Events Supported" },
    { "CTRATT",    LONE_BYTE(96),   32,  LONE_RO, LONE_RECORD, .record = &ctratt, .meaning = "Controller Attributes" },
    { "RRLS",      LONE_BYTE(100),  16,  LONE_RO, LONE_RECORD, .record = &rrls, .meaning = "Read Recovery Levels Supported" },
    { "BPCAP",     LONE_BYTE(102),  8,   LONE_RO, LONE_RECORD, .record = &bpcap, .meaning = "Boot Partition Capabilities" },
    { "NSSL",      LONE_BYTE(104),  32,  LONE_RO, .names = not_reported, .unit = "us", .meaning = "NVM Subsystem Shutdown Latency" },
    { "PLSI",      LONE_BYTE(110),  8,   LONE_RO, LONE_RECORD, .record = &plsi, .meaning = "Power Loss Signaling Information" },
    { "CNTRLTYPE", LONE_BYTE(111),  8,   LONE_RO, LONE_ENUM, cntrltype_names, .meaning = "Controller Type" },
    { "FGUID",     LONE_BYTE(112),  16 * 8, LONE_RO, LONE_EUI, .meaning = "FRU Globally Unique Identifier" },
    { "CRDT1",     LONE_BYTE(128),  16,  LONE_RO, .scale = 100, .unit = "ms", .meaning = "Command Retry Delay Time 1" },
    { "CRDT2",     LONE_BYTE(130),  16,  LONE_RO, .scale = 100, .unit = "ms", .meaning = "Command Retry Delay Time 2" },
    { "CRDT3",     LONE_BYTE(132),  16,  LONE_RO, .scale = 100, .unit = "ms", .meaning = "Command Retry Delay Time 3" },
    { "CRCAP",     LONE_BYTE(134),  8,   LONE_RO, LONE_RECORD, .record = &crcap, .meaning = "Controller Reachability Capabilities" },
    { "CIU",       LONE_BYTE(135),  8,   LONE_RO, .meaning = "Controller Instance Uniquifier" },
    { "CIRN",      LONE_BYTE(136),  64,  LONE_RO, .meaning = "Controller Instance Random Number" },
    { "NVMSR",     LONE_BYTE(253),  8,   LONE_RO, LONE_RECORD, .record = &nvmsr, .meaning = "NVM Subsystem Report" },
    { "VWCI",      LONE_BYTE(254),  8,   LONE_RO, LONE_RECORD, .record = &vwci, .meaning = "VPD Write Cycle Information" },
    { "MEC",       LONE_BYTE(255),  8,   LONE_RO, LONE_RECORD, .record = &mec, .meaning = "Management Endpoint Capabilities" },

    { "OACS",      LONE_BYTE(256),  16,  LONE_RO, LONE_RECORD, .record = &oacs, .meaning = "Optional Admin Command Support" },
    { "ACL",       LONE_BYTE(258),  8,   LONE_RO, LONE_ZERO_BASED, .unit = "commands", .meaning = "Abort Command Limit" },
    { "AERL",      LONE_BYTE(259),  8,   LONE_RO, LONE_ZERO_BASED, .unit = "commands", .meaning = "Asynchronous Event Request Limit" },
    { "FRMW",      LONE_BYTE(260),  8,   LONE_RO, LONE_RECORD, .record = &frmw, .meaning = "Firmware Updates" },
    { "LPA",       LONE_BYTE(261),  8,   LONE_RO, LONE_RECORD, .record = &lpa, .meaning = "Log Page Attributes" },
    { "ELPE",      LONE_BYTE(262),  8,   LONE_RO, LONE_ZERO_BASED, .unit = "entries", .meaning = "Error Log Page Entries" },
    { "NPSS",      LONE_BYTE(263),  8,   LONE_RO, LONE_ZERO_BASED, .unit = "states", .meaning = "Number of Power States Support" },
    { "AVSCC",     LONE_BYTE(264),  8,   LONE_RO, LONE_RECORD, .record = &avscc, .meaning = "Admin Vendor Specific Command Configuration" },
    { "APSTA",     LONE_BYTE(265),  8,   LONE_RO, LONE_RECORD, .record = &apsta, .meaning = "Autonomous Power State Transition Attributes" },
    { "WCTEMP",    LONE_BYTE(266),  16,  LONE_RO, LONE_TEMPERATURE, .meaning = "Warning Composite Temperature Threshold" },
    { "CCTEMP",    LONE_BYTE(268),  16,  LONE_RO, LONE_TEMPERATURE, .meaning = "Critical Composite Temperature Threshold" },
    { "MTFA",      LONE_BYTE(270),  16,  LONE_RO, .names = not_reported, .scale = 100, .unit = "ms", .meaning = "Maximum Time for Firmware Activation" },
    { "HMPRE",     LONE_BYTE(272),  32,  LONE_RO, .scale = 4096, .unit = "B", .meaning = "Host Memory Buffer Preferred Size" },
    { "HMMIN",     LONE_BYTE(276),  32,  LONE_RO, .scale = 4096, .unit = "B", .meaning = "Host Memory Buffer Minimum Size" },
    { "TNVMCAP",   LONE_BYTE(280),  128, LONE_RO, .unit = "B", .meaning = "Total NVM Capacity" },
    { "UNVMCAP",   LONE_BYTE(296),  128, LONE_RO, .unit = "B", .meaning = "Unallocated NVM Capacity" },
    { "RPMBS",     LONE_BYTE(312),  32,  LONE_RO, LONE_RECORD, .record = &rpmbs, .meaning = "Replay Protected Memory Block Support" },
    { "EDSTT",     LONE_BYTE(316),  16,  LONE_RO, .unit = "min", .meaning = "Extended Device Self-test Time" },
    { "DSTO",      LONE_BYTE(318),  8,   LONE_RO, LONE_RECORD, .record = &dsto, .meaning = "Device Self-test Options" },
    { "FWUG",      LONE_BYTE(319),  8,   LONE_RO, .names = fwug_names, .scale = 4096, .unit = "B", .meaning = "Firmware Update Granularity" },
    { "KAS",       LONE_BYTE(320),  16,  LONE_RO, .names = kas_names, .scale = 100, .unit = "ms", .meaning = "Keep Alive Support" },
    { "HCTMA",     LONE_BYTE(322),  16,  LONE_RO, LONE_RECORD, .record = &hctma, .meaning = "Host Controlled Thermal Management Attributes" },
    { "MNTMT",     LONE_BYTE(324),  16,  LONE_RO, LONE_TEMPERATURE, .meaning = "Minimum Thermal Management Temperature" },
    { "MXTMT",     LONE_BYTE(326),  16,  LONE_RO, LONE_TEMPERATURE, .meaning = "Maximum Thermal Management Temperature" },
    { "SANICAP",   LONE_BYTE(328),  32,  LONE_RO, LONE_RECORD, .record = &sanicap, .meaning = "Sanitize Capabilities" },
    { "HMMINDS",   LONE_BYTE(332),  32,  LONE_RO, .scale = 4096, .unit = "B", .meaning = "Host Memory Buffer Minimum Descriptor Entry Size" },
    { "HMMAXD",    LONE_BYTE(336),  16,  LONE_RO, .names = no_limit, .unit = "entries", .meaning = "Host Memory Maximum Descriptors Entries" },
    { "NSETIDMAX", LONE_BYTE(338),  16,  LONE_RO, .meaning = "NVM Set Identifier Maximum" },
    { "ENDGIDMAX", LONE_BYTE(340),  16,  LONE_RO, .meaning = "Endurance Group Identifier Maximum" },
    { "ANATT",     LONE_BYTE(342),  8,   LONE_RO, .unit = "s", .meaning = "ANA Transition Time" },
    { "ANACAP",    LONE_BYTE(343),  8,   LONE_RO, LONE_RECORD, .record = &anacap, .meaning = "Asymmetric Namespace Access Capabilities" },
    { "ANAGRPMAX", LONE_BYTE(344),  32,  LONE_RO, .meaning = "ANA Group Identifier Maximum" },
    { "NANAGRPID", LONE_BYTE(348),  32,  LONE_RO, .meaning = "Number of ANA Group Identifiers" },
    { "PELS",      LONE_BYTE(352),  32,  LONE_RO, .scale = 65536, .unit = "B", .meaning = "Persistent Event Log Size" },
    { "DID",       LONE_BYTE(356),  16,  LONE_RO, .meaning = "Domain Identifier" },
    { "KPIOC",     LONE_BYTE(358),  8,   LONE_RO, LONE_RECORD, .record = &kpioc, .meaning = "Key Per I/O Capabilities" },
    { "MPTFAWR",   LONE_BYTE(360),  16,  LONE_RO, .names = not_reported, .scale = 100, .unit = "ms", .meaning = "Maximum Processing Time for Firmware Activation Without Reset" },
    { "MEGCAP",    LONE_BYTE(368),  128, LONE_RO, .unit = "B", .meaning = "Max Endurance Group Capacity" },
    { "TMPTHHA",   LONE_BYTE(384),  8,   LONE_RO, LONE_RECORD, .record = &tmpthha, .meaning = "Temperature Threshold Hysteresis Attributes" },
    { "CQT",       LONE_BYTE(386),  16,  LONE_RO, .names = not_reported, .unit = "ms", .meaning = "Command Quiesce Time" },
    { "CDPA",      LONE_BYTE(388),  16,  LONE_RO, LONE_RECORD, .record = &cdpa, .meaning = "Configurable Device Personality Attributes" },
    { "MUP",       LONE_BYTE(390),  16,  LONE_RO, .meaning = "Maximum Unlimited Power" },
    { "IPMSR",     LONE_BYTE(392),  16,  LONE_RO, LONE_RECORD, .record = &ipmsr, .meaning = "Interval Power Measurement Sample Rate" },
    { "MSMT",      LONE_BYTE(394),  16,  LONE_RO, .meaning = "Maximum Stop Measurement Time" },

    { "SQES",      LONE_BYTE(512),  8,   LONE_RO, LONE_RECORD, .record = &sqes, .meaning = "Submission Queue Entry Size" },
    { "CQES",      LONE_BYTE(513),  8,   LONE_RO, LONE_RECORD, .record = &cqes, .meaning = "Completion Queue Entry Size" },
    { "MAXCMD",    LONE_BYTE(514),  16,  LONE_RO, .names = not_reported, .unit = "commands", .meaning = "Maximum Outstanding Commands" },
    { "NN",        LONE_BYTE(516),  32,  LONE_RO, .meaning = "Number of Namespaces (the largest valid NSID)" },
    { "ONCS",      LONE_BYTE(520),  16,  LONE_RO, LONE_RECORD, .record = &oncs, .meaning = "Optional NVM Command Support" },
    { "FUSES",     LONE_BYTE(522),  16,  LONE_RO, LONE_RECORD, .record = &fuses, .meaning = "Fused Operation Support" },
    { "FNA",       LONE_BYTE(524),  8,   LONE_RO, LONE_RECORD, .record = &fna, .meaning = "Format NVM Attributes" },
    { "VWC",       LONE_BYTE(525),  8,   LONE_RO, LONE_RECORD, .record = &vwc, .meaning = "Volatile Write Cache" },
    { "AWUN",      LONE_BYTE(526),  16,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Atomic Write Unit Normal" },
    { "AWUPF",     LONE_BYTE(528),  16,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Atomic Write Unit Power Fail" },
    { "ICSVSCC",   LONE_BYTE(530),  8,   LONE_RO, LONE_RECORD, .record = &icsvscc, .meaning = "I/O Command Set Vendor Specific Command Configuration" },
    { "NWPC",      LONE_BYTE(531),  8,   LONE_RO, LONE_RECORD, .record = &nwpc, .meaning = "Namespace Write Protection Capabilities" },
    { "ACWU",      LONE_BYTE(532),  16,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Atomic Compare & Write Unit" },
    { "OCFS",      LONE_BYTE(534),  16,  LONE_RO, LONE_RECORD, .record = &ocfs, .meaning = "Optional Copy Formats Supported" },
    { "SGLS",      LONE_BYTE(536),  32,  LONE_RO, LONE_RECORD, .record = &sgls, .meaning = "SGL Support" },
    { "MNAN",      LONE_BYTE(540),  32,  LONE_RO, .meaning = "Maximum Number of Allowed Namespaces (0: NN)" },
    { "MAXDNA",    LONE_BYTE(544),  128, LONE_RO, .names = no_limit, .meaning = "Maximum Domain Namespace Attachments" },
    { "MAXCNA",    LONE_BYTE(560),  32,  LONE_RO, .names = no_limit, .meaning = "Maximum I/O Controller Namespace Attachments" },
    { "OAQD",      LONE_BYTE(564),  32,  LONE_RO, .names = not_reported, .unit = "commands", .meaning = "Optimal Aggregated Queue Depth" },
    { "RHIRI",     LONE_BYTE(568),  8,   LONE_RO, .names = not_reported, .unit = "days", .meaning = "Recommended Host-Initiated Refresh Interval" },
    { "HIRT",      LONE_BYTE(569),  8,   LONE_RO, .names = not_reported, .unit = "min", .meaning = "Host-Initiated Refresh Time" },
    { "CMMRTD",    LONE_BYTE(570),  16,  LONE_RO, .unit = "descriptors", .meaning = "Controller Maximum Memory Range Tracking Descriptors" },
    { "NMMRTD",    LONE_BYTE(572),  16,  LONE_RO, .unit = "descriptors", .meaning = "NVM Subsystem Maximum Memory Range Tracking Descriptors" },
    { "MINMRTG",   LONE_BYTE(574),  8,   LONE_RO, .meaning = "Minimum Memory Range Tracking Granularity" },
    { "MAXMRTG",   LONE_BYTE(575),  8,   LONE_RO, .meaning = "Maximum Memory Range Tracking Granularity" },
    { "TRATTR",    LONE_BYTE(576),  8,   LONE_RO, LONE_RECORD, .record = &trattr, .meaning = "Tracking Attributes" },
    { "MCUDMQ",    LONE_BYTE(578),  16,  LONE_RO, .unit = "queues", .meaning = "Maximum Controller User Data Migration Queues" },
    { "MNSUDMQ",   LONE_BYTE(580),  16,  LONE_RO, .unit = "queues", .meaning = "Maximum NVM Subsystem User Data Migration Queues" },
    { "MCMR",      LONE_BYTE(582),  16,  LONE_RO, .unit = "ranges", .meaning = "Maximum CDQ Memory Ranges" },
    { "NMCMR",     LONE_BYTE(584),  16,  LONE_RO, .unit = "ranges", .meaning = "NVM Subsystem Maximum CDQ Memory Ranges" },
    { "MCDQPC",    LONE_BYTE(586),  16,  LONE_RO, .unit = "PRP entries", .meaning = "Maximum Controller Data Queue PRP Count" },
    { "SUBNQN",    LONE_BYTE(768),  256 * 8, LONE_RO, LONE_ASCII, .meaning = "NVM Subsystem NVMe Qualified Name" },

    { "IOCCSZ",    LONE_BYTE(1792), 32,  LONE_RO, .scale = 16, .unit = "B", .meaning = "I/O Queue Command Capsule Supported Size" },
    { "IORCSZ",    LONE_BYTE(1796), 32,  LONE_RO, .scale = 16, .unit = "B", .meaning = "I/O Queue Response Capsule Supported Size" },
    { "ICDOFF",    LONE_BYTE(1800), 16,  LONE_RO, .scale = 16, .unit = "B", .meaning = "In Capsule Data Offset" },
    { "FCATT",     LONE_BYTE(1802), 8,   LONE_RO, LONE_RECORD, .record = &fcatt, .meaning = "Fabrics Controller Attributes" },
    { "MSDBD",     LONE_BYTE(1803), 8,   LONE_RO, .names = no_limit, .unit = "descriptors", .meaning = "Maximum SGL Data Block Descriptors" },
    { "OFCS",      LONE_BYTE(1804), 16,  LONE_RO, LONE_RECORD, .record = &ofcs, .meaning = "Optional Fabrics Commands Support" },

    { "DCTYPE",    LONE_BYTE(1806), 8,   LONE_RO, LONE_ENUM, dctype_names, .meaning = "Discovery Controller Type" },
    { "CCRL",      LONE_BYTE(1807), 8,   LONE_RO, .meaning = "Cross-Controller Reset Limit" },

    { "PSD",       LONE_BYTE(2048), 32 * 8, LONE_RO, LONE_RECORD, .record = &lone_power_state, .count = 32, .meaning = "Power State Descriptor" },
    { "VS",        LONE_BYTE(3072), 1024 * 8, LONE_RO, LONE_BYTES, .meaning = "Vendor Specific" },
};

const struct lone_record lone_identify_controller = {
    .name = "identify_controller", .title = "Identify Controller data structure", .size = 4096,
    LONE_FIELDS(identify_controller_fields),
    .spec = "NVMe Base 2.0", .section = "5.17.2.1",
};
