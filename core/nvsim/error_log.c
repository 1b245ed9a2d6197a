/* SPDX-License-Identifier: MIT */
/* The error log: what a command's completion has no room for (NVMe Base 2.1, 5.1.12.1.2). */
#include "nvsim/log_pages.h"

#include <string.h>

#include "spec/features.h"

#define VERSION 1u /* of the entries: they have CSI and OPC */

/* Where the status alone says which field it is about. */
static const struct {
    uint16_t status;
    const char *field;
} telling[] = {
    {LONE_SC_INVALID_OPCODE, "OPC"},
    {LONE_SC_INVALID_NAMESPACE, "NSID"},
    {LONE_SC_ATOMIC_UNIT, "NLB"},
    {LONE_SC_QUEUE_ID, "QID"},
    {LONE_SC_QUEUE_SIZE, "QSIZE"},
    {LONE_SC_CQ_INVALID, "CQID"},
    {LONE_SC_VECTOR, "IV"},
    {LONE_SC_QUEUE_DELETION, "QID"},
    {NVSIM_SC_FIRMWARE_SLOT, "FS"},
    {NVSIM_SC_LOG_PAGE, "LID"},
    {NVSIM_SC_NOT_SAVEABLE, "SV"},
    {NVSIM_SC_NOT_CHANGEABLE, "FID"},
    {NVSIM_SC_NOT_NAMESPACE_SPECIFIC, "NSID"},
    {NVSIM_SC_COMMAND_SET, "CSI"},
};

/* Features have fields of their own in Command Dword 11 and on; what stands in their data structure has no place in the
 * entry. */
static const struct lone_field *feature_field(const struct nvsim_command *command, const char *name)
{
    enum opcode { SET_FEATURES = 0x09, GET_FEATURES = 0x0a };
    const struct lone_feature *feature = lone_feature_numbered((uint8_t)command->cdw10);
    const struct lone_field *field;

    if (command->sqid || !feature || (command->opcode != SET_FEATURES && command->opcode != GET_FEATURES))
        return NULL;
    field = lone_record_field(feature->set, name);
    return field && field->bit < 32u * feature->cdws ? field : NULL;
}

/* Parameter Error Location of the field that is called @name: its first byte, and in bits 10:8 the first bit in that. A
 * wrong doorbell is no command and has no fields. */
static uint16_t location(const struct nvsim_command *command, const char *name)
{
    const struct lone_opcode *opcode = lone_opcode_numbered(command->sqid ? LONE_IO : LONE_ADMIN, command->opcode);
    const struct lone_field *field = feature_field(command, name);
    uint32_t start = LONE_BYTE(44);

    if (!field) {
        field = lone_opcode_field(opcode, name);
        start = 0;
    }
    return field ? (uint16_t)((start + field->bit) / 8 | (start + field->bit) % 8 << 8) : NVSIM_NO_FIELD;
}

uint16_t nvsim_refuse(struct nvsim_command *command, const char *field, uint16_t status)
{
    command->wrong = location(command, field);
    return status;
}

static uint16_t wrong(const struct nvsim_command *command, uint16_t status)
{
    for (size_t i = 0; i < LONE_COUNT(telling) && command->wrong == NVSIM_NO_FIELD; i++)
        if (telling[i].status == status)
            return location(command, telling[i].field);
    return command->wrong;
}

/* What the host itself has ended is no error of the command. */
bool nvsim_error_logged(uint16_t status)
{
    uint16_t code = status & 0x7ff;

    return code != LONE_SC_SUCCESS && code != LONE_SC_ABORT_REQUESTED && code != LONE_SC_SQ_DELETED;
}

void nvsim_error_log(struct nvsim *sim, const struct nvsim_command *command, uint16_t status, bool phase)
{
    struct nvsim_error_log *errors = &sim->admin.errors;
    uint8_t *entry = errors->entries[errors->count++ % (NVSIM_ELPE + 1)];

    memset(entry, 0, NVSIM_ERROR_ENTRY);
    nvsim_set64(entry, errors->count);
    nvsim_set16(entry + 8, command->sqid);
    nvsim_set16(entry + 10, command->cid);
    nvsim_set16(entry + 12, (uint16_t)(status << 1 | phase));
    nvsim_set16(entry + 14, wrong(command, status & 0x7ff));
    nvsim_set64(entry + 16, command->lba);
    nvsim_set32(entry + 24, command->nsid);
    entry[30] = LONE_CSI_NVM;
    entry[31] = command->opcode;
    entry[63] = VERSION;
}

/* The newest comes first. */
uint16_t nvsim_fill_errors(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    const struct nvsim_error_log *errors = &sim->admin.errors;

    (void)command;
    for (uint64_t age = 0; age <= NVSIM_ELPE && age < errors->count; age++)
        memcpy(page + age * NVSIM_ERROR_ENTRY, errors->entries[(errors->count - 1 - age) % (NVSIM_ELPE + 1)],
               NVSIM_ERROR_ENTRY);
    return LONE_SC_SUCCESS;
}
