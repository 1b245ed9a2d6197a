/* SPDX-License-Identifier: MIT */
/* Submission and completion queue entries: NVMe Base 2.0, 3.3.3.1 and 3.3.3.2. */
#include <stddef.h>

#include "spec/nvme.h"

/* clang-format off */
static const struct lone_name fused_operations[] = {
    { 0, "NORMAL", "Normal operation" },
    { 1, "FIRST", "Fused operation, first command" },
    { 2, "SECOND", "Fused operation, second command" },
    { 0 },
};
static const struct lone_name data_transfers[] = {
    { 0, "PRP", "PRPs are used" },
    { 1, "SGL", "SGLs are used, MPTR is the address of a contiguous buffer" },
    { 2, "SGL_MSGL", "SGLs are used, MPTR is the address of an SGL segment" },
    { 0 },
};

static const struct lone_name sgl_types[] = {
    { 0, "BLOCK", "Data Block" },
    { 1, "BIT_BUCKET", "Bit Bucket" },
    { 2, "SEGMENT", "Segment" },
    { 3, "LAST_SEGMENT", "Last Segment" },
    { 4, "KEYED_BLOCK", "Keyed Data Block" },
    { 5, "TRANSPORT_BLOCK", "Transport Data Block" },
    { 15, "VENDOR", "Vendor Specific" },
    { 0 },
};
static const struct lone_name sgl_sub_types[] = {
    { 0, "ADDRESS", "the Address field is an address" },
    { 1, "OFFSET", "the Address field is an offset" },
    { 10, "TRANSPORT", "NVMe transport specific" },
    { 0 },
};
/* 4.1.2.1; the specification has no mnemonics for these. */
static const struct lone_field sgl_descriptor_fields[] = {
    { "ADDR",    LONE_BYTE(0),       64, LONE_RW, .kind = LONE_ADDRESS, .meaning = "Address" },
    { "LENGTH",  LONE_BYTE(8),       32, LONE_RW, .unit = "B", .meaning = "Length" },
    { "SUBTYPE", LONE_BYTE(15),       4, LONE_RW, .kind = LONE_ENUM, .names = sgl_sub_types, .meaning = "SGL Descriptor Sub Type" },
    { "TYPE",    LONE_BYTE(15) + 4,   4, LONE_RW, .kind = LONE_ENUM, .names = sgl_types, .meaning = "SGL Descriptor Type" },
};
const struct lone_record lone_sgl_descriptor = {
    .name = "sgl_descriptor",
    .title = "SGL Descriptor",
    .size = 16,
    LONE_FIELDS(sgl_descriptor_fields),
    .spec = "NVMe Base 2.0",
    .section = "4.1.2.1",
};

/* PRP1 and PRP2 are the Data Pointer (DPTR) as PSDT=PRP lays it out; an SGL descriptor stands in the same 16 bytes. */
static const struct lone_field sqe_fields[] = {
    { "OPC",    0,              8, LONE_RW, .meaning = "Opcode" },
    { "FUSE",   8,              2, LONE_RW, .kind = LONE_ENUM, .names = fused_operations, .meaning = "Fused Operation" },
    { "PSDT",  14,              2, LONE_RW, .kind = LONE_ENUM, .names = data_transfers, .meaning = "PRP or SGL for Data Transfer" },
    { "CID",   16,             16, LONE_RW, .meaning = "Command Identifier" },
    { "NSID",  LONE_BYTE(4),   32, LONE_RW, .meaning = "Namespace Identifier" },
    { "CDW2",  LONE_BYTE(8),   32, LONE_RW, .meaning = "Command Dword 2" },
    { "CDW3",  LONE_BYTE(12),  32, LONE_RW, .meaning = "Command Dword 3" },
    { "MPTR",  LONE_BYTE(16),  64, LONE_RW, .kind = LONE_ADDRESS, .meaning = "Metadata Pointer" },
    { "PRP1",  LONE_BYTE(24),  64, LONE_RW, .kind = LONE_ADDRESS, .meaning = "PRP Entry 1" },
    { "PRP2",  LONE_BYTE(32),  64, LONE_RW, .kind = LONE_ADDRESS, .meaning = "PRP Entry 2" },
    { "SGL1",  LONE_BYTE(24), 128, LONE_RW, .kind = LONE_RECORD, .record = &lone_sgl_descriptor, .when = "PSDT", .is = 0, .is_not = true, .meaning = "SGL Entry 1" },
    { "CDW10", LONE_BYTE(40),  32, LONE_RW, .meaning = "Command Dword 10" },
    { "CDW11", LONE_BYTE(44),  32, LONE_RW, .meaning = "Command Dword 11" },
    { "CDW12", LONE_BYTE(48),  32, LONE_RW, .meaning = "Command Dword 12" },
    { "CDW13", LONE_BYTE(52),  32, LONE_RW, .meaning = "Command Dword 13" },
    { "CDW14", LONE_BYTE(56),  32, LONE_RW, .meaning = "Command Dword 14" },
    { "CDW15", LONE_BYTE(60),  32, LONE_RW, .meaning = "Command Dword 15" },
};

/* The dwords whose bits have names of their own above, to write them whole, reserved bits among them. */
static const struct lone_field sqe_dword_fields[] = {
    { "CDW0", LONE_BYTE(0),  32, LONE_RW, .meaning = "Command Dword 0: OPC, FUSE, PSDT, CID" },
    { "CDW1", LONE_BYTE(4),  32, LONE_RW, .meaning = "Command Dword 1: NSID" },
    { "CDW4", LONE_BYTE(16), 32, LONE_RW, .meaning = "Command Dword 4: MPTR, lower" },
    { "CDW5", LONE_BYTE(20), 32, LONE_RW, .meaning = "Command Dword 5: MPTR, upper" },
    { "CDW6", LONE_BYTE(24), 32, LONE_RW, .meaning = "Command Dword 6: PRP1, lower" },
    { "CDW7", LONE_BYTE(28), 32, LONE_RW, .meaning = "Command Dword 7: PRP1, upper" },
    { "CDW8", LONE_BYTE(32), 32, LONE_RW, .meaning = "Command Dword 8: PRP2, lower" },
    { "CDW9", LONE_BYTE(36), 32, LONE_RW, .meaning = "Command Dword 9: PRP2, upper" },
};

static const struct lone_name status_code_types[] = {
    { 0, "GENERIC", "Generic Command Status" },
    { 1, "COMMAND_SPECIFIC", "Command Specific Status" },
    { 2, "MEDIA", "Media and Data Integrity Errors" },
    { 3, "PATH", "Path Related Status" },
    { 7, "VENDOR", "Vendor Specific" },
    { 0 },
};

/* What the controller says: nothing here is for software to write. The status field has no row of its own, its parts
 * have: SC and SCT are bits 24:17 and 27:25 of the last dword, and together index lone_statuses. */
static const struct lone_field cqe_fields[] = {
    { "DW0",  LONE_BYTE(0),       32, LONE_RO, .meaning = "Command specific, Dword 0" },
    { "DW1",  LONE_BYTE(4),       32, LONE_RO, .meaning = "Command specific, Dword 1" },
    { "SQHD", LONE_BYTE(8),       16, LONE_RO, .meaning = "SQ Head Pointer" },
    { "SQID", LONE_BYTE(10),      16, LONE_RO, .meaning = "SQ Identifier" },
    { "CID",  LONE_BYTE(12),      16, LONE_RO, .meaning = "Command Identifier" },
    { "P",    LONE_BYTE(12) + 16,  1, LONE_RO, .meaning = "Phase Tag" },
    { "SC",   LONE_BYTE(12) + 17,  8, LONE_RO, .meaning = "Status Code" },
    { "SCT",  LONE_BYTE(12) + 25,  3, LONE_RO, .kind = LONE_ENUM, .names = status_code_types, .meaning = "Status Code Type" },
    { "CRD",  LONE_BYTE(12) + 28,  2, LONE_RO, .meaning = "Command Retry Delay" },
    { "M",    LONE_BYTE(12) + 30,  1, LONE_RO, .meaning = "More" },
    { "DNR",  LONE_BYTE(12) + 31,  1, LONE_RO, .meaning = "Do Not Retry" },
};
/* clang-format on */

const struct lone_record lone_sqe = {
    .name = "sqe",
    .title = "Submission Queue Entry",
    .size = LONE_SQE_SIZE,
    LONE_FIELDS(sqe_fields),
    .spec = "NVMe Base 2.0",
    .section = "3.3.3.1",
};

const struct lone_record lone_sqe_dwords = {
    .name = "sqe",
    .title = "Submission Queue Entry",
    .size = LONE_SQE_SIZE,
    LONE_FIELDS(sqe_dword_fields),
    .spec = "NVMe Base 2.0",
    .section = "3.3.3.1",
};

const struct lone_record lone_cqe = {
    .name = "cqe",
    .title = "Completion Queue Entry",
    .size = LONE_CQE_SIZE,
    LONE_FIELDS(cqe_fields),
    .spec = "NVMe Base 2.0",
    .section = "3.3.3.2",
};
