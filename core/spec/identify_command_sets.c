/* SPDX-License-Identifier: MIT */
/*
 * What Identify returns for one I/O command set (CNS 05h and 06h with CSI): NVM Command Set 1.0, 4.1.5.3 and 4.1.5.4;
 * ZNS Command Set 1.1, 4.1.5. Namespaces as all command sets have them (CNS 08h) are in identify_namespace.c.
 */
#include "spec/nvme.h"

/* clang-format off */

#define NESTED(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {.name = mnemonic, .title = words, .size = bytes, LONE_FIELDS(rows)}

static const struct lone_field pic_fields[] = {
    { "16BPISTS", 0, 1, LONE_RO, .meaning = "16b Guard Protection Information Storage Tag Support" },
    { "16BPISTM", 1, 1, LONE_RO, .meaning = "16b Guard Protection Information Storage Tag Mask", LONE_TWO("Any", "any bits of the mask may be set", "All", "all bits of the mask must be set") },
    { "STCRS",    2, 1, LONE_RO, .meaning = "Storage Tag Check Read Support" },
    { "QPIFS",    3, 1, LONE_RO, .meaning = "Qualified Protection Information Format Support" },
};
NESTED(pic, "PIC", "Protection Information Capabilities", 1, pic_fields);

static const struct lone_name masking_names[] = {
    { 0, "BIT", "the Storage Tag Mask may be any bits" },
    { 1, "BYTE", "whole bytes" },
    { 2, "NONE", "masking is not supported" },
    { 0, NULL, NULL },
};
static const struct lone_field pifa_fields[] = {
    { "STMLA", 0, 3, LONE_RO, LONE_ENUM, masking_names, .meaning = "Storage Tag Masking Level Attribute" },
};
NESTED(pifa, "PIFA", "Protection Information Format Attribute", 1, pifa_fields);

static const struct lone_name pif_names[] = {
    { 0, "16b", "16b Guard Protection Information" },
    { 1, "32b", "32b Guard Protection Information" },
    { 2, "64b", "64b Guard Protection Information" },
    { 3, "QUALIFIED", "the Qualified Protection Information Format says which" },
    { 0 },
};
static const struct lone_name qpif_names[] = {
    { 0, "16b", NULL },
    { 1, "32b", NULL },
    { 2, "64b", NULL },
    { 0, NULL, NULL },
};
static const struct lone_field elbaf_fields[] = {
    { "STS", 0, 7, LONE_RO, .unit = "bits", .meaning = "Storage Tag Size" },
    { "PIF", 7, 2, LONE_RO, LONE_ENUM, pif_names, .meaning = "Protection Information Format" },
    { "QPIF", 9, 4, LONE_RO, .names = qpif_names, .meaning = "Qualified Protection Information Format, with PIF 3" },
};
NESTED(elbaf, "ELBAF", "Extended LBA Format", 4, elbaf_fields);

static const struct lone_name unreported[] = {{ 0, "NotReported", NULL }, { 0 }};
/* Bytes from 268 on, PIFA and QPIF are of NVM Command Set 1.2. */
static const struct lone_field nvm_namespace_fields[] = {
    { "LBSTM", LONE_BYTE(0),  64,    LONE_RO, .meaning = "Logical Block Storage Tag Mask" },
    { "PIC",   LONE_BYTE(8),  8,     LONE_RO, LONE_RECORD, .record = &pic, .meaning = "Protection Information Capabilities" },
    { "PIFA",  LONE_BYTE(9),  8,     LONE_RO, LONE_RECORD, .record = &pifa, .meaning = "Protection Information Format Attribute" },
    { "ELBAF", LONE_BYTE(12), 4 * 8, LONE_RO, LONE_RECORD, .record = &elbaf, .count = 64, .meaning = "Extended LBA Format" },
    { "NPDGL", LONE_BYTE(268), 32,   LONE_RO, .names = unreported, .unit = "blocks", .meaning = "Namespace Preferred Deallocate Granularity Large" },
    { "NPRG",  LONE_BYTE(272), 32,   LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Namespace Preferred Read Granularity" },
    { "NPRA",  LONE_BYTE(276), 32,   LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Namespace Preferred Read Alignment" },
    { "NORS",  LONE_BYTE(280), 32,   LONE_RO, LONE_ZERO_BASED, .unit = "blocks", .meaning = "Namespace Optimal Read Size" },
    { "NPDAL", LONE_BYTE(284), 32,   LONE_RO, .names = unreported, .unit = "blocks", .meaning = "Namespace Preferred Deallocate Alignment Large" },
    { "LBAPSS", LONE_BYTE(288), 32,  LONE_RO, .names = unreported, .unit = "blocks", .meaning = "LBA Format Placement Shard Size" },
    { "TLBAAG", LONE_BYTE(292), 32,  LONE_RO, .names = unreported, .unit = "blocks", .meaning = "Tracked LBA Allocation Granularity" },
};
const struct lone_record lone_identify_nvm_namespace = {
    .name = "identify_nvm_namespace", .title = "NVM Command Set specific Identify Namespace data structure", .size = 4096,
    LONE_FIELDS(nvm_namespace_fields),
    .spec = "NVM Command Set 1.0", .section = "4.1.5.3",
};

/* Size limits are powers of two of the smallest page (CAP.MPSMIN). */
static const struct lone_name no_limit[] = {{ 0, "NoLimit", NULL }, { 0 }};
static const struct lone_field nvm_controller_fields[] = {
    { "VSL",   LONE_BYTE(0), 8,  LONE_RO, LONE_POW2, no_limit, .unit = "pages of CAP.MPSMIN", .meaning = "Verify Size Limit" },
    { "WZSL",  LONE_BYTE(1), 8,  LONE_RO, LONE_POW2, no_limit, .unit = "pages of CAP.MPSMIN", .meaning = "Write Zeroes Size Limit" },
    { "WUSL",  LONE_BYTE(2), 8,  LONE_RO, LONE_POW2, no_limit, .unit = "pages of CAP.MPSMIN", .meaning = "Write Uncorrectable Size Limit" },
    { "DMRL",  LONE_BYTE(3), 8,  LONE_RO, .names = no_limit, .unit = "ranges", .meaning = "Dataset Management Ranges Limit" },
    { "DMRSL", LONE_BYTE(4), 32, LONE_RO, .names = no_limit, .unit = "blocks", .meaning = "Dataset Management Range Size Limit" },
    { "DMSL",  LONE_BYTE(8), 64, LONE_RO, .names = no_limit, .unit = "blocks", .meaning = "Dataset Management Size Limit" },
};
const struct lone_record lone_identify_nvm_controller = {
    .name = "identify_nvm_controller", .title = "NVM Command Set specific Identify Controller data structure", .size = 4096,
    LONE_FIELDS(nvm_controller_fields),
    .spec = "NVM Command Set 1.0", .section = "4.1.5.4",
};

static const struct lone_field zoc_fields[] = {
    { "VZC", 0, 1, LONE_RO, .meaning = "Variable Zone Capacity", LONE_TWO("Fixed", "it stays", "Variable", "it may change by a reset of the zone") },
    { "ZAE", 1, 1, LONE_RO, .meaning = "Zone Active Excursions", LONE_TWO("No", "the controller does not finish zones by itself", "Yes", "the controller may finish zones by itself") },
};
NESTED(zoc, "ZOC", "Zone Operation Characteristics", 2, zoc_fields);

static const struct lone_field ozcs_fields[] = {
    { "RAZB",    0, 1, LONE_RO, .meaning = "Read Across Zone Boundaries" },
    { "ZRWASUP", 1, 1, LONE_RO, .meaning = "Zone Random Write Area Supported" },
};
NESTED(ozcs, "OZCS", "Optional Zoned Command Support", 2, ozcs_fields);

static const struct lone_field zrwacap_fields[] = {
    { "EXPFLUSHSUP", 0, 1, LONE_RO, .meaning = "Explicit ZRWA Flush Supported" },
};
NESTED(zrwacap, "ZRWACAP", "ZRWA Capability", 1, zrwacap_fields);

static const struct lone_field lbafe_fields[] = {
    { "ZSZE", LONE_BYTE(0), 64, LONE_RO, .unit = "blocks", .meaning = "Zone Size" },
    { "ZDES", LONE_BYTE(8), 8,  LONE_RO, .scale = 64, .unit = "B", .meaning = "Zone Descriptor Extension Size" },
};
NESTED(lbafe, "LBAFE", "LBA Format Extension", 16, lbafe_fields);

static const struct lone_name unlimited[] = {{ 0xffffffff, "NoLimit", NULL }, { 0 }};
#define LIMIT(mnemonic, byte, words) { mnemonic, LONE_BYTE(byte), 32, LONE_RO, .names = unreported, .unit = "s", .meaning = words }
static const struct lone_field zns_namespace_fields[] = {
    { "ZOC",     LONE_BYTE(0),    16,     LONE_RO, LONE_RECORD, .record = &zoc, .meaning = "Zone Operation Characteristics" },
    { "OZCS",    LONE_BYTE(2),    16,     LONE_RO, LONE_RECORD, .record = &ozcs, .meaning = "Optional Zoned Command Support" },
    { "MAR",     LONE_BYTE(4),    32,     LONE_RO, LONE_ZERO_BASED, unlimited, .unit = "zones", .meaning = "Maximum Active Resources" },
    { "MOR",     LONE_BYTE(8),    32,     LONE_RO, LONE_ZERO_BASED, unlimited, .unit = "zones", .meaning = "Maximum Open Resources" },
    LIMIT("RRL",  12, "Reset Recommended Limit"),
    LIMIT("FRL",  16, "Finish Recommended Limit"),
    LIMIT("RRL1", 20, "Reset Recommended Limit 1"),
    LIMIT("RRL2", 24, "Reset Recommended Limit 2"),
    LIMIT("RRL3", 28, "Reset Recommended Limit 3"),
    LIMIT("FRL1", 32, "Finish Recommended Limit 1"),
    LIMIT("FRL2", 36, "Finish Recommended Limit 2"),
    LIMIT("FRL3", 40, "Finish Recommended Limit 3"),
    { "NUMZRWA", LONE_BYTE(44),   32,     LONE_RO, .meaning = "Number of ZRWA Resources" },
    { "ZRWAFG",  LONE_BYTE(48),   16,     LONE_RO, .unit = "blocks", .meaning = "ZRWA Flush Granularity" },
    { "ZRWASZ",  LONE_BYTE(50),   16,     LONE_RO, .unit = "blocks", .meaning = "ZRWA Size" },
    { "ZRWACAP", LONE_BYTE(52),   8,      LONE_RO, LONE_RECORD, .record = &zrwacap, .meaning = "ZRWA Capability" },
    { "LBAFE",   LONE_BYTE(2816), 16 * 8, LONE_RO, LONE_RECORD, .record = &lbafe, .count = 64, .meaning = "LBA Format Extension" },
    { "VS",      LONE_BYTE(3840), 256 * 8, LONE_RO, LONE_BYTES, .meaning = "Vendor Specific" },
};
const struct lone_record lone_identify_zns_namespace = {
    .name = "identify_zns_namespace", .title = "Zoned Namespace Command Set specific Identify Namespace data structure", .size = 4096,
    LONE_FIELDS(zns_namespace_fields),
    .spec = "ZNS Command Set 1.1", .section = "4.1.5.1",
};

static const struct lone_name as_mdts[] = {{ 0, "AsMDTS", "the limit that MDTS sets" }, { 0 }};
static const struct lone_field zns_controller_fields[] = {
    { "ZASL", LONE_BYTE(0), 8, LONE_RO, LONE_POW2, as_mdts, .unit = "pages of CAP.MPSMIN", .meaning = "Zone Append Size Limit" },
};
const struct lone_record lone_identify_zns_controller = {
    .name = "identify_zns_controller", .title = "Zoned Namespace Command Set specific Identify Controller data structure", .size = 4096,
    LONE_FIELDS(zns_controller_fields),
    .spec = "ZNS Command Set 1.1", .section = "4.1.5.2",
};
