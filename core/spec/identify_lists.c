/* SPDX-License-Identifier: MIT */
/* The lists that Identify returns: namespaces, a namespace's identifiers, UUIDs. NVMe Base 2.0, 5.17.2. */
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
