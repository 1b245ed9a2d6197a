/* SPDX-License-Identifier: MIT */
/*
 * NVMe 2.0: controller registers, queue entries, commands, status codes and the structures that commands return.
 */
#ifndef LONE_SPEC_NVME_H
#define LONE_SPEC_NVME_H

#include "record.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The controller registers at the start of BAR0, offsets 0h to E1Fh: CAP VS INTMS … PMRMSCU, each a nested
 * LONE_REGISTER record. NVMe Base 2.0, 3.1.3. Doorbells start at 1000h (NVMe PCIe Transport 1.0, 3.1.2). */
extern const struct lone_record lone_nvme_registers;
#define LONE_NVME_REGISTERS_SIZE 0x1000u /* the property area that `nvme/raw` covers; doorbells follow */

/* The byte offset of a register of lone_nvme_registers, by name; asserts that it exists. */
uint32_t lone_nvme_register_offset(const char *name);
/* The record of a register of lone_nvme_registers, by name; asserts that it exists. */
const struct lone_record *lone_nvme_register(const char *name);

/* Offsets that program code switches on. A unit test holds them against the table. */
enum lone_nvme_offset {
    LONE_REG_CAP = 0x00,
    LONE_REG_VS = 0x08,
    LONE_REG_INTMS = 0x0c,
    LONE_REG_INTMC = 0x10,
    LONE_REG_CC = 0x14,
    LONE_REG_CSTS = 0x1c,
    LONE_REG_NSSR = 0x20,
    LONE_REG_AQA = 0x24,
    LONE_REG_ASQ = 0x28,
    LONE_REG_ACQ = 0x30,
    LONE_REG_CMBLOC = 0x38,
    LONE_REG_CMBSZ = 0x3c,
    LONE_REG_CMBMSC = 0x50,
    LONE_REG_CMBSTS = 0x58,
    LONE_REG_CRTO = 0x68,
    LONE_REG_PMRCAP = 0xe00,
    LONE_REG_PMRCTL = 0xe04,
    LONE_REG_PMRSTS = 0xe08,
    LONE_REG_PMRMSCL = 0xe14,
    LONE_REG_PMRMSCU = 0xe18,
    LONE_REG_DOORBELLS = 0x1000,
};

#define LONE_SQE_SIZE 64u
#define LONE_CQE_SIZE 16u

/* Queue entries. lone_sqe: the common part, OPC FUSE PSDT CID NSID CDW2 CDW3 MPTR PRP1 PRP2 CDW10 … CDW15 (3.3.3.1);
 * a command's own record has these and its own fields over CDW10 … CDW15. lone_cqe: DW0 DW1 SQHD SQID CID P SC SCT CRD
 * M DNR (3.3.3.2). */
extern const struct lone_record lone_sqe, lone_cqe;
/* The entry's dwords that lone_sqe has under the names of their fields only: CDW0, CDW1, CDW4 … CDW9. */
extern const struct lone_record lone_sqe_dwords;
/* An SGL descriptor, as SGL1 of an entry and in segments (4.1.2.1): ADDR LENGTH SUBTYPE TYPE. */
extern const struct lone_record lone_sgl_descriptor;

enum lone_queue_kind { LONE_ADMIN, LONE_IO };

/* Which way the data of a command goes; bits 1:0 of the opcode say it (Figure 87 and 390). */
enum lone_direction {
    LONE_NO_DATA = 0,
    LONE_HOST_TO_CONTROLLER = 1,
    LONE_CONTROLLER_TO_HOST = 2,
    LONE_BIDIRECTIONAL = 3
};

/* Of an entry: the field called @field has the value @value. A row with conditions is meant when all of them hold. */
struct lone_condition {
    const char *field; /* NULL: no condition */
    uint64_t value;
};
#define LONE_CONDITIONS 2u

/* The structure in a command's data. */
struct lone_variant {
    const struct lone_record *record;
    struct lone_condition when[LONE_CONDITIONS];
};

/* How an entry says how long its data is. */
enum lone_length_kind {
    LONE_LENGTH_END,         /* ends the rows */
    LONE_LENGTH_FIXED,       /* .each bytes */
    LONE_LENGTH_TIMES,       /* the quantity in .field (NLB + 1, NUMD + 1, TL …) times .each */
    LONE_LENGTH_BLOCKS,      /* the quantity in .field of logical blocks, with their metadata */
    LONE_LENGTH_EXTENSION,   /* a Zone Descriptor Extension of the namespace */
    LONE_LENGTH_GET_FEATURE, /* of the feature that FID names */
    LONE_LENGTH_SET_FEATURE,
    LONE_LENGTH_ELSEWHERE, /* the entry does not say it: .meaning says who does */
};
struct lone_length {
    enum lone_length_kind kind;
    const char *field, *upper; /* .upper: a field with the bits above those of .field; NULL: none */
    uint32_t each;             /* bytes */
    const char *meaning;
    struct lone_condition when[LONE_CONDITIONS];
};

/* A command of the specification. */
struct lone_opcode {
    const char *name;  /* the specification's, in lower case with '_': "get_log_page" */
    const char *title; /* "Get Log Page" */
    uint8_t opcode;
    enum lone_queue_kind kind;       /* admin, or the NVM command set's I/O commands */
    const struct lone_field *fields; /* its own fields within the 64 bytes (CNS, QID …); NULL: none laid out */
    size_t n_fields;
    /* What Command Dwords 11 to 15 hold besides, where other fields of the entry say that: see lone_opcode_more(). */
    const struct lone_record *(*more_of)(const uint8_t *sqe, unsigned *dwords);
    uint32_t data_length; /* bytes moved when that is fixed (Identify: 4096); 0: none, or said by the fields */
    const struct lone_length *lengths; /* how the fields say it: the first row that is meant; none is: no data */
    /* What the host sends and what the controller returns: the first row that is meant, up to one with record NULL.
     * Where another table has them (features, log pages): the function that asks it. NULL: not laid out. */
    const struct lone_variant *inputs, *results;
    const struct lone_record *(*input_of)(const uint8_t *sqe), *(*result_of)(const uint8_t *sqe);
    /* Likewise what Dwords 0 and 1 of the completion hold. */
    const struct lone_variant *completions;
    const struct lone_record *(*completion_of)(const uint8_t *sqe);
    const char *section;
};

extern const struct lone_opcode lone_opcodes[];
extern const size_t lone_n_opcodes;

/* Protection Information Formats, as ELBAF.PIF (with PIF 3: QPIF) has them. */
enum { LONE_GUARD_16, LONE_GUARD_32, LONE_GUARD_64 };

/* How a namespace is formatted, as far as the length of a command's data and the tags in a command depend on it. */
struct lone_format {
    uint32_t lba_size;      /* bytes of a logical block */
    uint16_t metadata_size; /* bytes of metadata for each; 0: none */
    bool interleaved; /* metadata is transferred at the end of each block (FLBAS.MDATA), not in a buffer of its own */
    uint8_t pi_type;  /* 0: no protection information; PRINFO.PRACT then inserts and strips 8 or 16 bytes of it */
    uint8_t pif;      /* its format; ELBAF.PIF, or where that is 3 ELBAF.QPIF. Without ELBAF: LONE_GUARD_16 */
    uint8_t storage_tag_size; /* ELBAF.STS: bits, the most significant ones, of its Storage and Reference Space */
    uint16_t zone_extension;  /* bytes of a Zone Descriptor Extension (LBAFE.ZDES); 0: none, or not known */
};

/* Bytes of protection information that each block of @format has: 0 when it has none, or one whose PIF is not laid out.
 * Pure. NVM Command Set 1.0, 5.2.1. */
uint8_t lone_protection_size(const struct lone_format *format);

/* Puts a storage tag (LBST, ELBST) and an initial reference tag (ILBRT, EILBRT) where @format has them in Command
 * Dwords 2, 3 and 14 of @sqe, which is a Write, Read, Compare, Verify, Write Zeroes, Zone Append or Copy (its
 * destination). Of each tag the upper bits that it has no room for are left out, as of a block's number. Dwords that
 * the format does not use are not touched. Pure. NVM Command Set 1.0, 5.2.1.4.1. */
void lone_tags_set(uint8_t *sqe, const struct lone_format *format, uint64_t storage, uint64_t reference);

/* The initial reference tag for blocks from @lba on, as long as nobody asks for another one: the block's number, where
 * reference tags count blocks (types 1 and 2), else 0. Pure. NVM Command Set 1.0, 5.2.3. */
uint64_t lone_reference_tag(const struct lone_format *format, uint64_t lba);

/* Bytes of data that the 64-byte entry @sqe moves; *@metadata (may be NULL): bytes in a metadata buffer of its own. 0:
 * none. Follows NUMD, NLB, NR, SEL, the feature's own length, the opcode's fixed length. -ENODATA, and the text says
 * why: it needs the namespace's format and @format is NULL or does not have it, or the entry does not say it (NVMe-MI,
 * a descriptor format that is not laid out). @opcode NULL, which the table does not know: 0. Pure. */
int64_t lone_opcode_data_length(const struct lone_opcode *opcode, const uint8_t *sqe, const struct lone_format *format,
                                uint64_t *metadata, struct lone_error *error);

/* The record that the host sends with @sqe (ranges, lists, keys, a feature's data …), or NULL when it is not laid out.
 * Records of ranges are open: they have as many elements as the buffer has room for. */
const struct lone_record *lone_opcode_input(const struct lone_opcode *opcode, const uint8_t *sqe);

/* Finds a command by name, or by number and kind; NULL when there is none. */
const struct lone_opcode *lone_opcode_named(const char *name);
const struct lone_opcode *lone_opcode_numbered(enum lone_queue_kind kind, uint8_t opcode);
enum lone_direction lone_opcode_direction(uint8_t opcode);

/* The field called @name of a command's entry: one of the command's own (@opcode may be NULL) or of the common part. */
const struct lone_field *lone_opcode_field(const struct lone_opcode *opcode, const char *name);

/* Further fields of @sqe, as a record that begins with Command Dword 11: those of the feature that FID names, in Get
 * and Set Features. Of the record the first *@dwords dwords are meant, what follows is the data. NULL: there are none.
 */
const struct lone_record *lone_opcode_more(const struct lone_opcode *opcode, const uint8_t *sqe, unsigned *dwords);

/* The record that the data of the 64-byte entry @sqe holds, or NULL when it is not laid out. Of an extended zone report
 * the part that does not depend on the namespace: see lone_zone_report_layout. */
const struct lone_record *lone_opcode_result(const struct lone_opcode *opcode, const uint8_t *sqe);

/* An extended zone report (Zone Management Receive, ZRA=1): how long its Zone Descriptor Extensions are says Identify
 * Namespace (LBAFE.ZDES), not the report. So the record is made for a length, in memory of the caller's, which has to
 * outlive it. */
struct lone_zone_report_layout {
    struct lone_field report_rows[2], zone_rows[8];
    struct lone_record report, zone;
};
extern const struct lone_record lone_zone_report_extended;
/* Lays @layout out for extensions of @extension bytes and returns its record. */
const struct lone_record *lone_zone_report_lay_out(struct lone_zone_report_layout *layout, uint16_t extension);

/* What the first 4 or 8 bytes of the completion of @sqe hold (a feature's value, the LBA of Zone Append …), or NULL
 * when these are reserved or not laid out. No field of it is called like one of lone_cqe. */
const struct lone_record *lone_opcode_completion(const struct lone_opcode *opcode, const uint8_t *sqe);

/* Structures returned by Identify (5.17.2; NVM Command Set 1.0, 4.1.5; ZNS Command Set 1.1, 4.1.5). */
extern const struct lone_record lone_identify_controller, lone_identify_namespace, lone_namespace_list,
    lone_namespace_descriptors, lone_uuid_list, lone_power_state, lone_nvm_set_list, lone_identify_nvm_namespace,
    lone_identify_zns_namespace, lone_identify_nvm_controller, lone_identify_zns_controller,
    lone_identify_independent_namespace, lone_controller_list, lone_primary_controller, lone_secondary_controllers,
    lone_granularity_list, lone_domain_list, lone_endurance_group_list, lone_command_sets;

enum lone_cns {
    LONE_CNS_NAMESPACE = 0x00,
    LONE_CNS_CONTROLLER = 0x01,
    LONE_CNS_ACTIVE_NAMESPACES = 0x02,
    LONE_CNS_DESCRIPTORS = 0x03,
    LONE_CNS_NVM_SETS = 0x04,
    LONE_CNS_CSI_NAMESPACE = 0x05,
    LONE_CNS_CSI_CONTROLLER = 0x06,
    LONE_CNS_CSI_ACTIVE_NAMESPACES = 0x07,
    LONE_CNS_INDEPENDENT_NAMESPACE = 0x08,
    LONE_CNS_USER_DATA_FORMAT = 0x09,
    LONE_CNS_CSI_USER_DATA_FORMAT = 0x0a,
    LONE_CNS_ALLOCATED_NAMESPACES = 0x10,
    LONE_CNS_ALLOCATED_NAMESPACE = 0x11,
    LONE_CNS_ATTACHED_CONTROLLERS = 0x12,
    LONE_CNS_CONTROLLERS = 0x13,
    LONE_CNS_PRIMARY_CONTROLLER = 0x14,
    LONE_CNS_SECONDARY_CONTROLLERS = 0x15,
    LONE_CNS_GRANULARITY = 0x16,
    LONE_CNS_UUIDS = 0x17,
    LONE_CNS_DOMAINS = 0x18,
    LONE_CNS_ENDURANCE_GROUPS = 0x19,
    LONE_CNS_CSI_ALLOCATED_NAMESPACES = 0x1a,
    LONE_CNS_CSI_ALLOCATED_NAMESPACE = 0x1b,
    LONE_CNS_COMMAND_SETS = 0x1c,
};

/* Command Set Identifiers (Figure 274). */
enum lone_csi { LONE_CSI_NVM, LONE_CSI_KV, LONE_CSI_ZNS };

/* A status code: SCT in bits 10:8, SC in 7:0 (3.3.3.2.1). */
struct lone_status {
    uint16_t code;
    const char *name; /* "Invalid Field in Command" */
    bool io_only;     /* of the I/O command sets: the code has another name, or none, for admin commands */
    const char *section;
};
extern const struct lone_status lone_statuses[];
extern const size_t lone_n_statuses;

/* The name of @code (bits 10:0; further ones are ignored), "Vendor Specific" or "Reserved" where the table has none. */
const char *lone_status_name(uint16_t code);

enum lone_status_code {
    LONE_SC_SUCCESS = 0x000,
    LONE_SC_INVALID_OPCODE = 0x001,
    LONE_SC_INVALID_FIELD = 0x002,
    LONE_SC_CID_CONFLICT = 0x003,
    LONE_SC_DATA_TRANSFER = 0x004,
    LONE_SC_ABORT_REQUESTED = 0x007,
    LONE_SC_SQ_DELETED = 0x008,
    LONE_SC_FAILED_FUSED = 0x009,
    LONE_SC_MISSING_FUSED = 0x00a,
    LONE_SC_INVALID_NAMESPACE = 0x00b,
    LONE_SC_SEQUENCE = 0x00c,
    LONE_SC_SGL_SEGMENT = 0x00d,
    LONE_SC_SGL_COUNT = 0x00e,
    LONE_SC_DATA_SGL_LENGTH = 0x00f,
    LONE_SC_METADATA_SGL_LENGTH = 0x010,
    LONE_SC_SGL_TYPE = 0x011,
    LONE_SC_USE_OF_CMB = 0x012,
    LONE_SC_PRP_OFFSET = 0x013,
    LONE_SC_ATOMIC_UNIT = 0x014,
    LONE_SC_WRITE_PROTECTED = 0x020,
    LONE_SC_LBA_RANGE = 0x080,
    LONE_SC_CQ_INVALID = 0x100,
    LONE_SC_QUEUE_ID = 0x101,
    LONE_SC_QUEUE_SIZE = 0x102,
    LONE_SC_EVENT_LIMIT = 0x105,
    LONE_SC_VECTOR = 0x108,
    LONE_SC_QUEUE_DELETION = 0x10c,
    LONE_SC_SIZE_LIMIT = 0x183,
    LONE_SC_UNRECOVERED_READ = 0x281,
    LONE_SC_COMPARE_FAILURE = 0x285,
};

#ifdef __cplusplus
}
#endif

#endif
