/* SPDX-License-Identifier: MIT */
/* Identify (NVMe Base 2.0, 5.17). */
#include "nvsim/nvsim_internal.h"

#include <string.h>

static const uint8_t uuids[][16] = {
    {0x4c, 0x4f, 0x4e, 0x45, 0xed, 0xda, 0x4e, 0x71, 0x80, 0x01, 0x6e, 0x76, 0x73, 0x69, 0x6d, 0x01},
    {0x4c, 0x4f, 0x4e, 0x45, 0xed, 0xda, 0x4e, 0x71, 0x80, 0x02, 0x6e, 0x76, 0x73, 0x69, 0x6d, 0x02},
};

/* The bytes of IEEE identifiers stand in the order in which they are printed. */
static void put_identifier(uint8_t *bytes, size_t size, unsigned nsid)
{
    memset(bytes, 0, size);
    bytes[0] = NVSIM_OUI >> 16;
    bytes[1] = NVSIM_OUI >> 8 & 0xff;
    bytes[2] = NVSIM_OUI & 0xff;
    bytes[3] = 0x71;
    bytes[size - 1] = (uint8_t)nsid;
}

/* An NGUID has its OUI in bytes 8 to 10 (NVMe Base 2.0, 4.5.1.1). */
static void put_nguid(uint8_t bytes[16], unsigned nsid)
{
    memset(bytes, 0, 8);
    bytes[7] = 0x71;
    put_identifier(bytes + 8, 8, nsid);
}

static uint8_t *place_of(uint8_t *namespace, const char *field)
{
    return namespace + lone_record_field(&lone_identify_namespace, field)->bit / 8;
}

static void build_namespace(uint8_t *bytes, unsigned nsid)
{
    put_identifier(place_of(bytes, "EUI64"), 8, nsid);
    put_nguid(place_of(bytes, "NGUID"), nsid);
}

void nvsim_identify_build(struct nvsim *sim)
{
    nvsim_identify_controller_build(sim);
    for (unsigned nsid = 1; nsid <= NVSIM_NAMESPACES; nsid++)
        build_namespace(sim->identify_namespace[nsid - 1], nsid);
}

/* ---- namespaces ---- */

/* All that there are are attached to this controller. */
static uint16_t list_namespaces(uint8_t *data, uint32_t after)
{
    if (after >= 0xfffffffe)
        return LONE_SC_INVALID_NAMESPACE;
    for (uint32_t nsid = after + 1; nsid <= NVSIM_NAMESPACES; nsid++, data += 4)
        nvsim_set32(data, nsid);
    return LONE_SC_SUCCESS;
}

static uint8_t *describe(uint8_t *at, uint8_t type, uint8_t length)
{
    at[0] = type;
    at[1] = length;
    return at + 4;
}

static uint16_t list_descriptors(uint8_t *data, uint32_t nsid)
{
    uint8_t *at = data;

    if (!nvsim_nsid_valid(nsid))
        return LONE_SC_INVALID_NAMESPACE;
    at = describe(at, 1, 8);
    put_identifier(at, 8, nsid);
    at = describe(at + 8, 2, 16);
    put_nguid(at, nsid);
    at = describe(at + 16, 3, 16);
    memcpy(at, uuids[0], 16);
    at[15] = (uint8_t)(0x10 + nsid);
    describe(at + 16, 4, 1); /* CSI 0: the NVM Command Set */
    return LONE_SC_SUCCESS;
}

static uint16_t list_uuids(uint8_t *data)
{
    for (size_t i = 0; i < LONE_COUNT(uuids); i++)
        memcpy(data + 32 * (i + 1) + 16, uuids[i], 16);
    return LONE_SC_SUCCESS;
}

static uint16_t describe_namespace(const struct nvsim *sim, uint8_t *data, uint32_t nsid)
{
    if (!nvsim_nsid_valid(nsid))
        return LONE_SC_INVALID_NAMESPACE;
    memcpy(data, sim->identify_namespace[nsid - 1], 4096);
    lone_set(&lone_identify_namespace, data, "NSATTR.CWP", sim->namespaces[nsid - 1].write_protected);
    return LONE_SC_SUCCESS;
}

/* What holds whatever the command set is (5.17.2.8): NSFEAT, NMIC, RESCAP, FPI, ANAGRPID, NVMSETID, ENDGID are 0. */
static uint16_t describe_independent(const struct nvsim *sim, uint8_t *data, uint32_t nsid)
{
    enum { NSATTR = 8, NSTAT = 14, READY = 1 };

    if (!nvsim_nsid_valid(nsid))
        return LONE_SC_INVALID_NAMESPACE;
    data[NSATTR] = sim->namespaces[nsid - 1].write_protected;
    data[NSTAT] = READY;
    return LONE_SC_SUCCESS;
}

/* NVM Command Set 1.0, 4.1.5.3: there is no protection information, so it has nothing to say. */
static uint16_t describe_nvm(uint32_t nsid, uint8_t csi)
{
    if (!nvsim_nsid_valid(nsid))
        return LONE_SC_INVALID_NAMESPACE;
    return csi == LONE_CSI_NVM ? LONE_SC_SUCCESS : NVSIM_SC_COMMAND_SET;
}

/* ---- controllers ---- */

static uint16_t list_controllers(uint8_t *data, uint16_t from)
{
    if (from <= NVSIM_CNTLID) {
        nvsim_set16(data, 1);
        nvsim_set16(data + 2, NVSIM_CNTLID);
    }
    return LONE_SC_SUCCESS;
}

/* 5.17.2.21: the only combination of command sets is the NVM Command Set alone. */
static uint16_t list_command_sets(uint8_t *data, struct nvsim_command *command, uint16_t cntid)
{
    const uint16_t this_controller = 0xffff;

    if (cntid != NVSIM_CNTLID && cntid != this_controller)
        return nvsim_refuse(command, "CNTID", LONE_SC_INVALID_FIELD);
    data[0] = 1u << LONE_CSI_NVM;
    return LONE_SC_SUCCESS;
}

/* ---- the command ---- */

static uint16_t only_nvm(struct nvsim_command *command, uint8_t csi)
{
    return csi == LONE_CSI_NVM ? LONE_SC_SUCCESS : nvsim_refuse(command, "CSI", LONE_SC_INVALID_FIELD);
}

static uint16_t fill(const struct nvsim *sim, uint8_t *data, struct nvsim_command *command)
{
    uint16_t cntid = (uint16_t)(command->cdw10 >> 16);
    uint8_t csi = (uint8_t)(command->cdw11 >> 24);
    uint32_t nsid = command->nsid;

    switch (command->cdw10 & 0xff) {
    case 0x00: /* Namespace */
    case 0x11: /* Allocated Namespace */
        return describe_namespace(sim, data, nsid);
    case 0x02: /* Active Namespaces */
    case 0x10: /* Allocated Namespaces */
        return list_namespaces(data, nsid);
    case 0x03: /* Namespace Identification Descriptors */
        return list_descriptors(data, nsid);
    case 0x05: /* Namespace, by command set */
    case 0x1b: /* Allocated Namespace, by command set */
        return describe_nvm(nsid, csi);
    case 0x06: /* Controller, by command set: no limits besides MDTS */
        return only_nvm(command, csi);
    case 0x07: /* Active Namespaces, by command set */
    case 0x1a: /* Allocated Namespaces, by command set */
        return csi == LONE_CSI_NVM ? list_namespaces(data, nsid) : only_nvm(command, csi);
    case 0x08: /* Namespace, independent of the command set */
        return describe_independent(sim, data, nsid);
    case 0x12: /* Controllers attached to the namespace */
        return nvsim_nsid_valid(nsid) ? list_controllers(data, cntid) : LONE_SC_INVALID_NAMESPACE;
    case 0x13: /* Controllers */
        return list_controllers(data, cntid);
    case 0x17: /* UUIDs */
        return list_uuids(data);
    case 0x1c: /* I/O Command Sets */
        return list_command_sets(data, command, cntid);
    default:
        return nvsim_refuse(command, "CNS", LONE_SC_INVALID_FIELD);
    }
}

static uint16_t send_made(struct nvsim *sim, struct nvsim_command *command)
{
    uint8_t data[4096] = {0};
    uint16_t status = fill(sim, data, command);

    return status ? status : nvsim_transfer_out(sim, command, data, sizeof(data));
}

/* The Identify Controller data structure is there; all others are made anew. */
uint16_t nvsim_identify(struct nvsim *sim, struct nvsim_command *command)
{
    const uint8_t controller = 0x01;

    if ((command->cdw10 & 0xff) == controller)
        return nvsim_transfer_out(sim, command, sim->identify_controller, sizeof(sim->identify_controller));
    return send_made(sim, command);
}
