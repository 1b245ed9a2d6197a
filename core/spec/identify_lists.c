/* SPDX-License-Identifier: MIT */
/* The lists that Identify returns, and what it tells of virtualized controllers. NVMe Base 2.0, 5.17.2; where that
 * gives a field no name, the one of 2.1. */
#include "spec/nvme.h"

/* clang-format off */

static const struct lone_field namespace_list_fields[] = {
    { "NSID", LONE_BYTE(0), 32, LONE_RO, .count = 1024, .ends_at_zero = true, .meaning = "Namespace Identifier" },
};

const struct lone_record lone_namespace_list = {
    .name = "namespace_list", .title = "Namespace List", .size = 4096, LONE_FIELDS(namespace_list_fields),
    .spec = "NVMe Base 2.0", .section = "5.17.2.2",
};

static const struct lone_name csi_names[] = {
    { 0, "NVM", "NVM Command Set" },
    { 1, "KV", "Key Value Command Set" },
    { 2, "ZNS", "Zoned Namespace Command Set" },
    { 3, "SLM", "Subsystem Local Memory Command Set" },
    { 4, "CPNS", "Computational Programs Namespace Command Set" },
    { 0, NULL, NULL },
};

/* A row's offset is the one within the value that its tag, the NIDT, marks. */
static const struct lone_field descriptors_fields[] = {
    { "EUI64", 0, 8 * 8,  LONE_RO, LONE_EUI,  .tag = 1, .meaning = "IEEE Extended Unique Identifier" },
    { "NGUID", 0, 16 * 8, LONE_RO, LONE_EUI,  .tag = 2, .meaning = "Namespace Globally Unique Identifier" },
    { "UUID",  0, 16 * 8, LONE_RO, LONE_UUID, .tag = 3, .meaning = "Namespace UUID" },
    { "CSI",   0, 1 * 8,  LONE_RO, LONE_ENUM, csi_names, .tag = 4, .meaning = "Command Set Identifier" },
};

const struct lone_record lone_namespace_descriptors = {
    .name = "namespace_descriptors", .title = "Namespace Identification Descriptor list", .size = 4096,
    .tlv = { .type_byte = 0, .length_byte = 1, .header = 4 },
    LONE_FIELDS(descriptors_fields),
    .spec = "NVMe Base 2.0", .section = "5.17.2.3",
};

static const struct lone_name idassoc_names[] = {
    { 0, "None", "no association reported" },
    { 1, "VID", "associated with the vendor that the PCI Vendor ID names" },
    { 2, "SSVID", "associated with the vendor that the PCI Subsystem Vendor ID names" },
    { 0, NULL, NULL },
};

static const struct lone_field uuid_entry_fields[] = {
    { "IDASSOC", LONE_BYTE(0),  2,      LONE_RO, LONE_ENUM, idassoc_names, .meaning = "Identifier Association" },
    { "UUID",    LONE_BYTE(16), 16 * 8, LONE_RO, LONE_UUID, .meaning = "Universally Unique Identifier" },
};
static const struct lone_record uuid_entry = {
    .name = "uuid_entry", .title = "UUID List Entry", .size = 32, LONE_FIELDS(uuid_entry_fields),
};

/* The first 32 bytes are reserved: UUID indexes in commands count from 1, 0 being none. */
static const struct lone_field uuid_list_fields[] = {
    { "UUID", LONE_BYTE(32), 32 * 8, LONE_RO, LONE_RECORD, .record = &uuid_entry, .count = 127, .first = 1, .ends_at_zero = true, .meaning = "UUID" },
};

const struct lone_record lone_uuid_list = {
    .name = "uuid_list", .title = "UUID List", .size = 4096, LONE_FIELDS(uuid_list_fields),
    .spec = "NVMe Base 2.0", .section = "5.17.2.16",
};

/* Lists of at most so many entries, that a count in front of them cuts short. */
#define LIST(variable, words, where, mnemonic, rows) \
    const struct lone_record variable = {.name = mnemonic, .title = words, .size = 4096, LONE_FIELDS(rows), \
                                         .spec = "NVMe Base 2.0", .section = where}
#define ENTRY(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {.name = mnemonic, .title = words, .size = bytes, LONE_FIELDS(rows)}

static const struct lone_field nvm_set_fields[] = {
    { "NVMSETID",   LONE_BYTE(0),  16,  LONE_RO, .meaning = "NVM Set Identifier" },
    { "ENDGID",     LONE_BYTE(2),  16,  LONE_RO, .meaning = "Endurance Group Identifier" },
    { "R4KRT",      LONE_BYTE(8),  32,  LONE_RO, .scale = 100, .unit = "ns", .meaning = "Random 4 KiB Read Typical" },
    { "OWS",        LONE_BYTE(12), 32,  LONE_RO, .unit = "B", .meaning = "Optimal Write Size" },
    { "TNVMSETCAP", LONE_BYTE(16), 128, LONE_RO, .unit = "B", .meaning = "Total NVM Set Capacity" },
    { "UNVMSETCAP", LONE_BYTE(32), 128, LONE_RO, .unit = "B", .meaning = "Unallocated NVM Set Capacity" },
};
ENTRY(nvm_set, "ENTRY", "NVM Set Attributes Entry", 128, nvm_set_fields);
static const struct lone_field nvm_set_list_fields[] = {
    { "NID",   LONE_BYTE(0),   8,       LONE_RO, .meaning = "Number of Identifiers" },
    { "ENTRY", LONE_BYTE(128), 128 * 8, LONE_RO, LONE_RECORD, .record = &nvm_set, .count = 31, .counted_by = { "NID" }, .meaning = "NVM Set Attributes Entry" },
};
LIST(lone_nvm_set_list, "NVM Set List", "5.17.2.4", "nvm_set_list", nvm_set_list_fields);

static const struct lone_field controller_list_fields[] = {
    { "NUMID",  LONE_BYTE(0), 16, LONE_RW, .meaning = "Number of Identifiers" },
    { "CNTLID", LONE_BYTE(2), 16, LONE_RW, .count = 2047, .counted_by = { "NUMID" }, .meaning = "Controller Identifier" },
};
LIST(lone_controller_list, "Controller List", "4.5.1", "controller_list", controller_list_fields);

static const struct lone_field crt_fields[] = {
    { "VQ", 0, 1, LONE_RO, .meaning = "VQ Resources Supported" },
    { "VI", 1, 1, LONE_RO, .meaning = "VI Resources Supported" },
};
ENTRY(crt, "CRT", "Controller Resource Types", 1, crt_fields);
static const struct lone_field primary_controller_fields[] = {
    { "CNTLID", LONE_BYTE(0),  16, LONE_RO, .meaning = "Controller Identifier" },
    { "PORTID", LONE_BYTE(2),  16, LONE_RO, .meaning = "Port Identifier" },
    { "CRT",    LONE_BYTE(4),  8,  LONE_RO, LONE_RECORD, .record = &crt, .meaning = "Controller Resource Types" },
    { "VQFRT",  LONE_BYTE(32), 32, LONE_RO, .meaning = "VQ Resources Flexible Total" },
    { "VQRFA",  LONE_BYTE(36), 32, LONE_RO, .meaning = "VQ Resources Flexible Assigned" },
    { "VQRFAP", LONE_BYTE(40), 16, LONE_RO, .meaning = "VQ Resources Flexible Allocated to Primary" },
    { "VQPRT",  LONE_BYTE(42), 16, LONE_RO, .meaning = "VQ Resources Private Total" },
    { "VQFRSM", LONE_BYTE(44), 16, LONE_RO, .meaning = "VQ Resources Flexible Secondary Maximum" },
    { "VQGRAN", LONE_BYTE(46), 16, LONE_RO, .meaning = "VQ Flexible Resource Preferred Granularity" },
    { "VIFRT",  LONE_BYTE(64), 32, LONE_RO, .meaning = "VI Resources Flexible Total" },
    { "VIRFA",  LONE_BYTE(68), 32, LONE_RO, .meaning = "VI Resources Flexible Assigned" },
    { "VIRFAP", LONE_BYTE(72), 16, LONE_RO, .meaning = "VI Resources Flexible Allocated to Primary" },
    { "VIPRT",  LONE_BYTE(74), 16, LONE_RO, .meaning = "VI Resources Private Total" },
    { "VIFRSM", LONE_BYTE(76), 16, LONE_RO, .meaning = "VI Resources Flexible Secondary Maximum" },
    { "VIGRAN", LONE_BYTE(78), 16, LONE_RO, .meaning = "VI Flexible Resource Preferred Granularity" },
};
LIST(lone_primary_controller, "Primary Controller Capabilities data structure", "5.17.2.13", "primary_controller", primary_controller_fields);

static const struct lone_field scs_fields[] = {
    { "ONLINE", 0, 1, LONE_RO, .meaning = "Secondary Controller State", LONE_TWO("Offline", NULL, "Online", NULL) },
};
ENTRY(scs, "SCS", "Secondary Controller State", 1, scs_fields);
static const struct lone_field secondary_controller_fields[] = {
    { "SCID", LONE_BYTE(0),  16, LONE_RO, .meaning = "Secondary Controller Identifier" },
    { "PCID", LONE_BYTE(2),  16, LONE_RO, .meaning = "Primary Controller Identifier" },
    { "SCS",  LONE_BYTE(4),  8,  LONE_RO, LONE_RECORD, .record = &scs, .meaning = "Secondary Controller State" },
    { "VFN",  LONE_BYTE(8),  16, LONE_RO, .meaning = "Virtual Function Number; 0: it is none" },
    { "NVQ",  LONE_BYTE(10), 16, LONE_RO, .meaning = "Number of VQ Flexible Resources Assigned" },
    { "NVI",  LONE_BYTE(12), 16, LONE_RO, .meaning = "Number of VI Flexible Resources Assigned" },
};
ENTRY(secondary_controller, "SCE", "Secondary Controller Entry", 32, secondary_controller_fields);
static const struct lone_field secondary_controllers_fields[] = {
    { "NUMID", LONE_BYTE(0),  8,      LONE_RO, .meaning = "Number of Identifiers" },
    { "SCE",   LONE_BYTE(32), 32 * 8, LONE_RO, LONE_RECORD, .record = &secondary_controller, .count = 127, .counted_by = { "NUMID" }, .meaning = "Secondary Controller Entry" },
};
LIST(lone_secondary_controllers, "Secondary Controller List", "5.17.2.14", "secondary_controllers", secondary_controllers_fields);

static const struct lone_field granularity_attribute_fields[] = {
    { "GDM", 0, 1, LONE_RO, .meaning = "Granularity Descriptor Mapping", LONE_TWO("One", "the first descriptor for all LBA formats", "Each", "a descriptor for each LBA format") },
};
ENTRY(granularity_attributes, "NGA", "Namespace Granularity Attributes", 4, granularity_attribute_fields);
static const struct lone_field granularity_fields[] = {
    { "NSZEGRAN", LONE_BYTE(0), 64, LONE_RO, .unit = "B", .meaning = "Namespace Size Granularity" },
    { "NCAPGRAN", LONE_BYTE(8), 64, LONE_RO, .unit = "B", .meaning = "Namespace Capacity Granularity" },
};
ENTRY(granularity, "NGD", "Namespace Granularity Descriptor", 16, granularity_fields);
static const struct lone_field granularity_list_fields[] = {
    { "NGA", LONE_BYTE(0),  32,     LONE_RO, LONE_RECORD, .record = &granularity_attributes, .meaning = "Namespace Granularity Attributes" },
    { "NOD", LONE_BYTE(4),  8,      LONE_RO, LONE_ZERO_BASED, .unit = "descriptors", .meaning = "Number of Descriptors" },
    { "NGD", LONE_BYTE(32), 16 * 8, LONE_RO, LONE_RECORD, .record = &granularity, .count = 16, .counted_by = { "NOD", .add = 1 }, .meaning = "Namespace Granularity Descriptor" },
};
LIST(lone_granularity_list, "Namespace Granularity List", "5.17.2.15", "granularity_list", granularity_list_fields);

/* These have no mnemonic in 2.0: the initials of the words. */
static const struct lone_field domain_fields[] = {
    { "DID",   LONE_BYTE(0),  16,  LONE_RO, .meaning = "Domain Identifier" },
    { "TDC",   LONE_BYTE(16), 128, LONE_RO, .unit = "B", .meaning = "Total Domain Capacity" },
    { "UDC",   LONE_BYTE(32), 128, LONE_RO, .unit = "B", .meaning = "Unallocated Domain Capacity" },
    { "MEGDC", LONE_BYTE(48), 128, LONE_RO, .unit = "B", .meaning = "Max Endurance Group Domain Capacity" },
};
ENTRY(domain, "DAE", "Domain Attributes Entry", 128, domain_fields);
static const struct lone_field domain_list_fields[] = {
    { "NUMENT", LONE_BYTE(0), 8,       LONE_RO, .meaning = "Number of Entries" },
    { "DAE",  LONE_BYTE(128), 128 * 8, LONE_RO, LONE_RECORD, .record = &domain, .count = 31, .counted_by = { "NUMENT" }, .meaning = "Domain Attributes Entry" },
};
LIST(lone_domain_list, "Domain List", "5.17.2.17", "domain_list", domain_list_fields);

static const struct lone_field endurance_group_list_fields[] = {
    { "NUMID",  LONE_BYTE(0), 16, LONE_RO, .meaning = "Number of Identifiers" },
    { "ENDGID", LONE_BYTE(2), 16, LONE_RO, .count = 2047, .counted_by = { "NUMID" }, .meaning = "Endurance Group Identifier" },
};
LIST(lone_endurance_group_list, "Endurance Group List", "5.17.2.18", "endurance_group_list", endurance_group_list_fields);

static const struct lone_field command_set_vector_fields[] = {
    { "NVMCS", 0, 1, LONE_RO, .meaning = "NVM Command Set" },
    { "KVCS",  1, 1, LONE_RO, .meaning = "Key Value Command Set" },
    { "ZNSCS", 2, 1, LONE_RO, .meaning = "Zoned Namespace Command Set" },
    { "SLMCS", 3, 1, LONE_RO, .meaning = "Subsystem Local Memory Command Set" },
    { "CPNCS", 4, 1, LONE_RO, .meaning = "Computational Programs Namespace Command Set" },
};
ENTRY(command_set_vector, "IOCSC", "I/O Command Set Combination", 8, command_set_vector_fields);
static const struct lone_field command_sets_fields[] = {
    { "IOCSC", LONE_BYTE(0), 64, LONE_RO, LONE_RECORD, .record = &command_set_vector, .count = 512, .unused_zero = true, .meaning = "I/O Command Set Combination" },
};
LIST(lone_command_sets, "Identify I/O Command Set data structure", "5.17.2.21", "command_sets", command_sets_fields);
