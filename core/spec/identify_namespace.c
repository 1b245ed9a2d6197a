/* SPDX-License-Identifier: MIT */
/*
 * The Identify Namespace data structure (CNS 00h): NVM Command Set 1.0, 4.1.5.1. NMIC, RESCAP, FPI and NSATTR are
 * defined with the command set independent structure in NVMe Base 2.0, 5.17.2.8. Bits that these give no mnemonic have
 * the one of NVM Command Set 1.1 or NVMe Base 2.1. OPTPERF with two bits, MAM, OPTRPERF, KPIOS, KPIODAAG, MAXKT, RGRPID
 * and IOI are from NVM Command Set 1.2 and NVMe Base 2.1.
 */
#include "spec/nvme.h"

/* clang-format off */

/* The record behind a field that has sub-fields of its own: their rows are the array called @rows. */
#define NESTED(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {.name = mnemonic, .title = words, .size = bytes, LONE_FIELDS(rows)}

static const struct lone_field nsfeat_fields[] = {
    { "THINP",    0, 1, LONE_RO, .meaning = "Thin Provisioning" },
    { "NSABP",    1, 1, LONE_RO, .meaning = "Namespace Atomic Boundary Parameters", LONE_TWO("Controller", "AWUN, AWUPF and ACWU count", "Namespace", "NAWUN, NAWUPF and NACWU are defined") },
    { "DAE",      2, 1, LONE_RO, .meaning = "Deallocated or Unwritten Logical Block Error" },
    { "UIDREUSE", 3, 1, LONE_RO, .meaning = "Unique ID Reuse", LONE_TWO("MayBeReused", "NGUID and EUI64 may be reused", "NeverReused", "NGUID and EUI64 are never reused") },
    { "OPTPERF",  4, 2, LONE_RO, .meaning = "Optional Write Performance: if not 0, NPWG, NPWA, NPDG, NPDA and NOWS, or from NVM Command Set 1.1 on part of them, are defined" },
    { "MAM",      6, 1, LONE_RO, .meaning = "Multiple Atomicity Mode" },
    { "OPTRPERF", 7, 1, LONE_RO, .meaning = "Optional Read Performance" },
};
NESTED(nsfeat, "NSFEAT", "Namespace Features", 1, nsfeat_fields);

static const struct lone_field flbas_fields[] = {
    { "FIDXL",    0, 4, LONE_RO, .meaning = "Format Index Lower: bits 3:0 of the index into LBAF" },
    { "MTELBA",   4, 1, LONE_RO, .meaning = "Metadata Transferred as Extended LBA", LONE_TWO("SEPARATE", "metadata in a separate buffer", "EXTENDED", "metadata as part of an extended data LBA") },
    { "FIDXU",    5, 2, LONE_RO, .meaning = "Format Index Upper: bits 5:4, if there are more than 16 formats" },
};
NESTED(flbas, "FLBAS", "Formatted LBA Size", 1, flbas_fields);

static const struct lone_field mc_fields[] = {
    { "MTELBAS",  0, 1, LONE_RO, .meaning = "Metadata Transferred as Extended LBA Support" },
    { "MTSBS",    1, 1, LONE_RO, .meaning = "Metadata Transferred as Separate Buffer Support" },
};
NESTED(mc, "MC", "Metadata Capabilities", 1, mc_fields);

static const struct lone_field dpc_fields[] = {
    { "PIT1S",    0, 1, LONE_RO, .meaning = "Protection Information Type 1 Supported" },
    { "PIT2S",    1, 1, LONE_RO, .meaning = "Protection Information Type 2 Supported" },
    { "PIT3S",    2, 1, LONE_RO, .meaning = "Protection Information Type 3 Supported" },
    { "PIIFB",    3, 1, LONE_RO, .meaning = "Protection Information In First Bytes of the metadata" },
    { "PIILB",    4, 1, LONE_RO, .meaning = "Protection Information In Last Bytes of the metadata" },
};
NESTED(dpc, "DPC", "End-to-end Data Protection Capabilities", 1, dpc_fields);

static const struct lone_name pit_names[] = {
    { 0, "Disabled", "protection information is not enabled" },
    { 1, "Type1", NULL },
    { 2, "Type2", NULL },
    { 3, "Type3", NULL },
    { 0, NULL, NULL },
};

static const struct lone_field dps_fields[] = {
    { "PIT",      0, 3, LONE_RO, LONE_ENUM, pit_names, .meaning = "Protection Information Type" },
    { "PIP",      3, 1, LONE_RO, .meaning = "Protection Information Position", LONE_TWO("LAST", "in the last bytes of the metadata", "FIRST", "in the first bytes of the metadata") },
};
NESTED(dps, "DPS", "End-to-end Data Protection Type Settings", 1, dps_fields);

static const struct lone_field nmic_fields[] = {
    { "SHRNS",    0, 1, LONE_RO, .meaning = "Shared Namespace", LONE_TWO("Private", "attached to one controller at a time", "Shared", "may be attached to several controllers at once") },
};
NESTED(nmic, "NMIC", "Namespace Multi-path I/O and Namespace Sharing Capabilities", 1, nmic_fields);

/* No text of 2.1 with this figure was at hand: these are libnvme's names, which are the initials of the same words. */
static const struct lone_field rescap_fields[] = {
    { "PTPL",     0, 1, LONE_RO, .meaning = "Persist Through Power Loss" },
    { "WE",       1, 1, LONE_RO, .meaning = "Write Exclusive" },
    { "EA",       2, 1, LONE_RO, .meaning = "Exclusive Access" },
    { "WERO",     3, 1, LONE_RO, .meaning = "Write Exclusive - Registrants Only" },
    { "EARO",     4, 1, LONE_RO, .meaning = "Exclusive Access - Registrants Only" },
    { "WEAR",     5, 1, LONE_RO, .meaning = "Write Exclusive - All Registrants" },
    { "EAAR",     6, 1, LONE_RO, .meaning = "Exclusive Access - All Registrants" },
    { "IEK_13",   7, 1, LONE_RO, .meaning = "Ignore Existing Key", LONE_TWO("Before1.3", "as defined in revision 1.2.1 or earlier", "From1.3", "as defined in revision 1.3 or later") },
};
NESTED(rescap, "RESCAP", "Reservation Capabilities", 1, rescap_fields);

static const struct lone_field fpi_fields[] = {
    { "RFNVM",    0, 7, LONE_RO, .unit = "%", .meaning = "Remaining Format NVM" },
    { "FPIS",     7, 1, LONE_RO, .meaning = "Format Progress Indicator Support" },
};
NESTED(fpi, "FPI", "Format Progress Indicator", 1, fpi_fields);

static const struct lone_name drb_names[] = {
    { 0, "NotReported", NULL },
    { 1, "AllZeros", "all bytes read as 0h" },
    { 2, "AllOnes", "all bytes read as FFh" },
    { 0, NULL, NULL },
};

static const struct lone_field dlfeat_fields[] = {
    { "DRB",      0, 3, LONE_RO, LONE_ENUM, drb_names, .meaning = "Deallocation Read Behavior" },
    { "WZDS",     3, 1, LONE_RO, .meaning = "Write Zeroes Deallocation Support" },
    { "GDS",      4, 1, LONE_RO, .meaning = "Guard Deallocation Status", LONE_TWO("FFFFh", "the Guard field of what is deallocated is FFFFh", "CRC", "the Guard field of what is deallocated is the CRC") },
};
NESTED(dlfeat, "DLFEAT", "Deallocate Logical Block Features", 1, dlfeat_fields);

static const struct lone_field kpios_fields[] = {
    { "KPIOENS",  0, 1, LONE_RO, .meaning = "Key Per I/O Enabled in Namespace" },
    { "KPIOSNS",  1, 1, LONE_RO, .meaning = "Key Per I/O Supported in Namespace" },
};
NESTED(kpios, "KPIOS", "Key Per I/O Status", 1, kpios_fields);

static const struct lone_field nsattr_fields[] = {
    { "CWP",      0, 1, LONE_RO, .meaning = "Currently Write Protected" },
};
NESTED(nsattr, "NSATTR", "Namespace Attributes", 1, nsattr_fields);

static const struct lone_name rp_names[] = {
    { 0, "Best", NULL },
    { 1, "Better", NULL },
    { 2, "Good", NULL },
    { 3, "Degraded", NULL },
    { 0, NULL, NULL },
};
static const struct lone_name lbads_names[] = {
    { 0, "NotAvailable", "the format is not used or not available now" },
    { 0, NULL, NULL },
};

static const struct lone_field lbaf_fields[] = {
    { "MS",       LONE_BYTE(0), 16, LONE_RO, .unit = "B", .meaning = "Metadata Size" },
    { "LBADS",    LONE_BYTE(2), 8,  LONE_RO, LONE_POW2, lbads_names, .unit = "B", .meaning = "LBA Data Size" },
    { "RP",       LONE_BYTE(3), 2,  LONE_RO, LONE_ENUM, rp_names, .meaning = "Relative Performance" },
};
NESTED(lbaf, "LBAF", "LBA Format", 4, lbaf_fields);

/* 0 in these does not stand for one block but for "ask elsewhere". */
static const struct lone_name as_awun[]     = {{ 0, "AsAWUN", "the size that the controller reports" }, { 0, NULL, NULL }};
static const struct lone_name as_awupf[]    = {{ 0, "AsAWUPF", "the size that the controller reports" }, { 0, NULL, NULL }};
static const struct lone_name as_acwu[]     = {{ 0, "AsACWU", "the size that the controller reports" }, { 0, NULL, NULL }};
static const struct lone_name no_boundary[] = {{ 0, "NoBoundary", NULL }, { 0, NULL, NULL }};
static const struct lone_name not_reported[] = {{ 0, "NotReported", NULL }, { 0, NULL, NULL }};

static const struct lone_field identify_namespace_fields[] = {
    { "NSZE",     LONE_BYTE(0),   64,  LONE_RO, .unit = "blocks", .meaning = "Namespace Size" },
    { "NCAP",     LONE_BYTE(8),   64,  LONE_RO, .unit = "blocks", .meaning = "Namespace Capacity" },
    { "NUSE",     LONE_BYTE(16),  64,  LONE_RO, .unit = "blocks", .meaning = "Namespace Utilization" },
    { "NSFEAT",   LONE_BYTE(24),  8,   LONE_RO, LONE_RECORD, .record = &nsfeat, .meaning = "Namespace Features" },
    { "NLBAF",    LONE_BYTE(25),  8,   LONE_RO, LONE_ZERO_BASED, .unit = "formats", .meaning = "Number of LBA Formats" },
    { "FLBAS",    LONE_BYTE(26),  8,   LONE_RO, LONE_RECORD, .record = &flbas, .meaning = "Formatted LBA Size" },
    { "MC",       LONE_BYTE(27),  8,   LONE_RO, LONE_RECORD, .record = &mc, .meaning = "Metadata Capabilities" },
    { "DPC",      LONE_BYTE(28),  8,   LONE_RO, LONE_RECORD, .record = &dpc, .meaning = "End-to-end Data Protection Capabilities" },
    { "DPS",      LONE_BYTE(29),  8,   LONE_RO, LONE_RECORD, .record = &dps, .meaning = "End-to-end Data Protection Type Settings" },
    { "NMIC",     LONE_BYTE(30),  8,   LONE_RO, LONE_RECORD, .record = &nmic, .meaning = "Namespace Multi-path I/O and Namespace Sharing Capabilities" },
    { "RESCAP",   LONE_BYTE(31),  8,   LONE_RO, LONE_RECORD, .record = &rescap, .meaning = "Reservation Capabilities" },
    { "FPI",      LONE_BYTE(32),  8,   LONE_RO, LONE_RECORD, .record = &fpi, .meaning = "Format Progress Indicator" },
    { "DLFEAT",   LONE_BYTE(33),  8,   LONE_RO, LONE_RECORD, .record = &dlfeat, .meaning = "Deallocate Logical Block Features" },
    { "NAWUN",    LONE_BYTE(34),  16,  LONE_RO, LONE_ZERO_BASED, as_awun, .unit = "blocks", .meaning = "Namespace Atomic Write Unit Normal" },
    { "NAWUPF",   LONE_BYTE(36),  16,  LONE_RO, LONE_ZERO_BASED, as_awupf, .unit = "blocks", .meaning = "Namespace Atomic Write Unit Power Fail" },
    { "NACWU",    LONE_BYTE(38),  16,  LONE_RO, LONE_ZERO_BASED, as_acwu, .unit = "blocks", .meaning = "Namespace Atomic Compare & Write Unit" },
    { "NABSN",    LONE_BYTE(40),  16,  LONE_RO, LONE_ZERO_BASED, no_boundary, .unit = "blocks", .meaning = "Namespace Atomic Boundary Size Normal" },
    { "NABO",     LONE_BYTE(42),  16,  LONE_RO, .meaning = "Namespace Atomic Boundary Offset (LBA of the first boundary)" },
    { "NABSPF",   LONE_BYTE(44),  16,  LONE_RO, LONE_ZERO_BASED, no_boundary, .unit = "blocks", .meaning = "Namespace Atomic Boundary Size Power Fail" },
    { "NOIOB",    LONE_BYTE(46),  16,  LONE_RO, .names = not_reported, .unit = "blocks", .meaning = "Namespace Optimal I/O Boundary" },
    { "NVMCAP",   LONE_BYTE(48),  128, LONE_RO, .unit = "B", .meaning = "NVM Capacity" },
    { "NPWG",     LONE_BYTE(64),  16,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Namespace Preferred Write Granularity" },
    { "NPWA",     LONE_BYTE(66),  16,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Namespace Preferred Write Alignment" },
    { "NPDG",     LONE_BYTE(68),  16,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Namespace Preferred Deallocate Granularity" },
    { "NPDA",     LONE_BYTE(70),  16,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Namespace Preferred Deallocate Alignment" },
    { "NOWS",     LONE_BYTE(72),  16,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Namespace Optimal Write Size" },
    { "MSSRL",    LONE_BYTE(74),  16,  LONE_RO, .unit = "blocks", .meaning = "Maximum Single Source Range Length" },
    { "MCL",      LONE_BYTE(76),  32,  LONE_RO, .unit = "blocks", .meaning = "Maximum Copy Length" },
    { "MSRC",     LONE_BYTE(80),  8,   LONE_RO, LONE_ZERO_BASED, .unit = "ranges", .meaning = "Maximum Source Range Count" },
    { "KPIOS",    LONE_BYTE(81),  8,   LONE_RO, LONE_RECORD, .record = &kpios, .meaning = "Key Per I/O Status" },
    { "NULBAF",   LONE_BYTE(82),  8,   LONE_RO, .meaning = "Number of Unique Capability LBA Formats" },
    { "KPIODAAG", LONE_BYTE(84),  32,  LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Key Per I/O Data Access Alignment and Granularity" },
    { "ANAGRPID", LONE_BYTE(92),  32,  LONE_RO, .meaning = "ANA Group Identifier" },
    { "NSATTR",   LONE_BYTE(99),  8,   LONE_RO, LONE_RECORD, .record = &nsattr, .meaning = "Namespace Attributes" },
    { "NVMSETID", LONE_BYTE(100), 16,  LONE_RO, .meaning = "NVM Set Identifier" },
    { "ENDGID",   LONE_BYTE(102), 16,  LONE_RO, .meaning = "Endurance Group Identifier" },
    { "NGUID",    LONE_BYTE(104), 16 * 8, LONE_RO, LONE_EUI, .meaning = "Namespace Globally Unique Identifier" },
    { "EUI64",    LONE_BYTE(120), 8 * 8, LONE_RO, LONE_EUI, .meaning = "IEEE Extended Unique Identifier" },
    { "LBAF",     LONE_BYTE(128), 4 * 8, LONE_RO, LONE_RECORD, .record = &lbaf, .count = 64, .meaning = "LBA Format" },
    { "VS",       LONE_BYTE(384), 3712 * 8, LONE_RO, LONE_BYTES, .meaning = "Vendor Specific" },
};

const struct lone_record lone_identify_namespace = {
    .name = "identify_namespace", .title = "Identify Namespace data structure", .size = 4096,
    LONE_FIELDS(identify_namespace_fields),
    .spec = "NVM Command Set 1.0", .section = "4.1.5.1",
};

/* What namespaces of all command sets have (CNS 08h). */
static const struct lone_field independent_nsfeat_fields[] = {
    { "UIDREUSE", 3, 1, LONE_RO, .meaning = "Unique ID Reuse", LONE_TWO("MayBeReused", "NGUID and EUI64 may be reused", "NeverReused", "NGUID and EUI64 are never reused") },
    { "RMEDIA",   4, 1, LONE_RO, .meaning = "Rotational Media" },
};
NESTED(independent_nsfeat, "NSFEAT", "Common Namespace Features", 1, independent_nsfeat_fields);
static const struct lone_name ioi_names[] = {
    { 0, "NotReported", NULL },
    { 2, "NotDegraded", "I/O performance is not degraded" },
    { 3, "Degraded", "I/O performance is degraded" },
    { 0, NULL, NULL },
};
static const struct lone_field nstat_fields[] = {
    { "NRDY", 0, 1, LONE_RO, .meaning = "Namespace Ready" },
    { "IOI",  1, 2, LONE_RO, LONE_ENUM, ioi_names, .meaning = "I/O Impacted" },
};
NESTED(nstat, "NSTAT", "Namespace Status", 1, nstat_fields);

static const struct lone_field independent_namespace_fields[] = {
    { "NSFEAT",   LONE_BYTE(0),  8,  LONE_RO, LONE_RECORD, .record = &independent_nsfeat, .meaning = "Common Namespace Features" },
    { "NMIC",     LONE_BYTE(1),  8,  LONE_RO, LONE_RECORD, .record = &nmic, .meaning = "Namespace Multi-path I/O and Namespace Sharing Capabilities" },
    { "RESCAP",   LONE_BYTE(2),  8,  LONE_RO, LONE_RECORD, .record = &rescap, .meaning = "Reservation Capabilities" },
    { "FPI",      LONE_BYTE(3),  8,  LONE_RO, LONE_RECORD, .record = &fpi, .meaning = "Format Progress Indicator" },
    { "ANAGRPID", LONE_BYTE(4),  32, LONE_RO, .meaning = "ANA Group Identifier" },
    { "NSATTR",   LONE_BYTE(8),  8,  LONE_RO, LONE_RECORD, .record = &nsattr, .meaning = "Namespace Attributes" },
    { "NVMSETID", LONE_BYTE(10), 16, LONE_RO, .meaning = "NVM Set Identifier" },
    { "ENDGID",   LONE_BYTE(12), 16, LONE_RO, .meaning = "Endurance Group Identifier" },
    { "NSTAT",    LONE_BYTE(14), 8,  LONE_RO, LONE_RECORD, .record = &nstat, .meaning = "Namespace Status" },
    { "KPIOS",    LONE_BYTE(15), 8,  LONE_RO, LONE_RECORD, .record = &kpios, .meaning = "Key Per I/O Status" },
    { "MAXKT",    LONE_BYTE(16), 16, LONE_RO, .meaning = "Maximum Key Tag" },
    { "RGRPID",   LONE_BYTE(20), 32, LONE_RO, .meaning = "Reachability Group Identifier" },
};
const struct lone_record lone_identify_independent_namespace = {
    .name = "identify_independent_namespace", .title = "I/O Command Set Independent Identify Namespace data structure", .size = 4096,
    LONE_FIELDS(independent_namespace_fields),
    .spec = "NVMe Base 2.0", .section = "5.17.2.8",
};

/* What Namespace Management takes to create a namespace: the same fields at the same places, and those of its command
 * set from byte 384 on (NVM Command Set 1.0, 4.1.6; ZNS Command Set 1.1, 4.1.6). */
#define CREATE_ROWS \
    { "NSZE",     LONE_BYTE(0),   64, LONE_RW, .unit = "blocks", .meaning = "Namespace Size" }, \
    { "NCAP",     LONE_BYTE(8),   64, LONE_RW, .unit = "blocks", .meaning = "Namespace Capacity" }, \
    { "FLBAS",    LONE_BYTE(26),  8,  LONE_RW, LONE_RECORD, .record = &create_flbas, .meaning = "Formatted LBA Size" }, \
    { "DPS",      LONE_BYTE(29),  8,  LONE_RW, LONE_RECORD, .record = &create_dps, .meaning = "End-to-end Data Protection Type Settings" }, \
    { "NMIC",     LONE_BYTE(30),  8,  LONE_RW, LONE_RECORD, .record = &create_nmic, .meaning = "Namespace Multi-path I/O and Namespace Sharing Capabilities" }, \
    { "ANAGRPID", LONE_BYTE(92),  32, LONE_RW, .meaning = "ANA Group Identifier" }, \
    { "NVMSETID", LONE_BYTE(100), 16, LONE_RW, .meaning = "NVM Set Identifier" }, \
    { "ENDGID",   LONE_BYTE(102), 16, LONE_RW, .meaning = "Endurance Group Identifier" }
static const struct lone_field create_flbas_fields[] = {
    { "FIDXL",    0, 4, LONE_RW, .meaning = "Format Index Lower: bits 3:0 of the index into LBAF" },
    { "MTELBA",   4, 1, LONE_RW, .meaning = "Metadata Transferred as Extended LBA", LONE_TWO("SEPARATE", "metadata in a separate buffer", "EXTENDED", "metadata as part of an extended data LBA") },
    { "FIDXU",    5, 2, LONE_RW, .meaning = "Format Index Upper: bits 5:4, if there are more than 16 formats" },
};
NESTED(create_flbas, "FLBAS", "Formatted LBA Size", 1, create_flbas_fields);
static const struct lone_field create_dps_fields[] = {
    { "PIT",      0, 3, LONE_RW, LONE_ENUM, pit_names, .meaning = "Protection Information Type" },
    { "PIP",      3, 1, LONE_RW, .meaning = "Protection Information Position", LONE_TWO("LAST", "in the last bytes of the metadata", "FIRST", "in the first bytes of the metadata") },
};
NESTED(create_dps, "DPS", "End-to-end Data Protection Type Settings", 1, create_dps_fields);
static const struct lone_field create_nmic_fields[] = {
    { "SHRNS",    0, 1, LONE_RW, .meaning = "Shared Namespace", LONE_TWO("Private", "attached to one controller at a time", "Shared", "may be attached to several controllers at once") },
};
NESTED(create_nmic, "NMIC", "Namespace Multi-path I/O and Namespace Sharing Capabilities", 1, create_nmic_fields);

static const struct lone_field create_nvm_namespace_fields[] = {
    CREATE_ROWS,
    { "LBSTM",    LONE_BYTE(384), 64, LONE_RW, .meaning = "Logical Block Storage Tag Mask" },
};
const struct lone_record lone_create_nvm_namespace = {
    .name = "create_namespace", .title = "Namespace Management - Host Software Specified Fields", .size = 4096,
    LONE_FIELDS(create_nvm_namespace_fields),
    .spec = "NVM Command Set 1.0", .section = "4.1.6",
};

/* ZNSCO, RAR, ROR and RNUMZRWA stand as libnvme has them: the text of 1.1 that could be read reserves these bytes. Whether
 * RAR and ROR are 0's based could not be confirmed. */
static const struct lone_field znsco_fields[] = {
    { "AZR", 0, 1, LONE_RW, .meaning = "Allocate ZRWA Resources" },
};
NESTED(znsco, "ZNSCO", "Zoned Namespace Create Options", 1, znsco_fields);
static const struct lone_field create_zns_namespace_fields[] = {
    CREATE_ROWS,
    { "LBSTM",    LONE_BYTE(384), 64, LONE_RW, .meaning = "Logical Block Storage Tag Mask" },
    { "ZNSCO",    LONE_BYTE(499), 8,  LONE_RW, LONE_RECORD, .record = &znsco, .meaning = "Zoned Namespace Create Options" },
    { "RAR",      LONE_BYTE(500), 32, LONE_RW, .unit = "zones", .meaning = "Requested Active Resources" },
    { "ROR",      LONE_BYTE(504), 32, LONE_RW, .unit = "zones", .meaning = "Requested Open Resources" },
    { "RNUMZRWA", LONE_BYTE(508), 32, LONE_RW, .meaning = "Requested Number of ZRWA Resources" },
};
const struct lone_record lone_create_zns_namespace = {
    .name = "create_namespace", .title = "Namespace Management - Host Software Specified Fields", .size = 4096,
    LONE_FIELDS(create_zns_namespace_fields),
    .spec = "ZNS Command Set 1.1", .section = "4.1.6",
};
