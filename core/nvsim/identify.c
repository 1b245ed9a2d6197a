/* SPDX-License-Identifier: MIT */
/* Identify (NVMe Base 2.0, 5.17), and who this controller says it is. */
#include "nvsim/nvsim_internal.h"

#include <string.h>

#define OUI 0x02eddau /* of the locally administered ones: nobody's */

static const uint8_t uuids[][16] = {
    {0x4c, 0x4f, 0x4e, 0x45, 0xed, 0xda, 0x4e, 0x71, 0x80, 0x01, 0x6e, 0x76, 0x73, 0x69, 0x6d, 0x01},
    {0x4c, 0x4f, 0x4e, 0x45, 0xed, 0xda, 0x4e, 0x71, 0x80, 0x02, 0x6e, 0x76, 0x73, 0x69, 0x6d, 0x02},
};

static void put(struct nvsim *sim, const char *field, uint64_t value)
{
    lone_set(&lone_identify_controller, sim->identify_controller, field, value);
}

static void put_text(struct nvsim *sim, const char *field, const char *text)
{
    lone_set_text(&lone_identify_controller, sim->identify_controller, field, text);
}

/* SUBNQN ends with a 0, unlike other texts. */
static void put_nqn(struct nvsim *sim, const char *nqn)
{
    const struct lone_field *field = lone_record_field(&lone_identify_controller, "SUBNQN");

    memcpy(sim->identify_controller + field->bit / 8, nqn, strlen(nqn) + 1);
}

static void build_identity(struct nvsim *sim)
{
    put(sim, "VID", 0xed00);
    put(sim, "SSVID", 0xed00);
    put_text(sim, "SN", "EDDAE771");
    put_text(sim, "MN", "nvsim_0.1");
    put_text(sim, "FR", "0.001");
    put(sim, "IEEE", OUI);
    put(sim, "CNTLID", 1);
    put(sim, "VER.MJR", 2);
    put(sim, "VER.MNR", 1);
    put(sim, "CNTRLTYPE", 1);
    put_nqn(sim, "nqn.2014-08.org.nvmexpress:uuid:4c4f4e45-edda-4e71-8000-6e7673696d00");
}

static void build_controller(struct nvsim *sim)
{
    build_identity(sim);
    put(sim, "MDTS", NVSIM_MDTS);
    put(sim, "RTD3R", 1000000);
    put(sim, "RTD3E", 1000000);
    put(sim, "CTRATT.ULIST", 1);
    put(sim, "ACL", 3);
    put(sim, "AERL", NVSIM_AERL);
    put(sim, "FRMW.FFSRO", 1);
    put(sim, "FRMW.NOFS", 1);
    put(sim, "WCTEMP", 273 + 70);
    put(sim, "CCTEMP", 273 + 80);
    put(sim, "SQES.MINSQES", 6);
    put(sim, "SQES.MAXSQES", 6);
    put(sim, "CQES.MINCQES", 4);
    put(sim, "CQES.MAXCQES", 4);
    put(sim, "NN", NVSIM_NAMESPACES);
    put(sim, "ONCS.NVMCMPS", 1);
    put(sim, "ONCS.NVMWUSV", 1);
    put(sim, "ONCS.NVMDSMSV", 1);
    put(sim, "ONCS.NVMWZSV", 1);
    put(sim, "ONCS.NVMVFYS", 1);
    put(sim, "ONCS.NVMCPYS", 1);
    put(sim, "FUSES.FCWS", 1);
    put(sim, "VWC.VWCP", 1);
    put(sim, "VWC.FB", 3);
    put(sim, "AWUN", 0xffff); /* commands are executed one after the other, whatever their size */
    put(sim, "ACWU", NVSIM_ACWU - 1);
    put(sim, "OCFS.CDF0S", 1);
    put(sim, "SGLS.SGLS", 1);
    put(sim, "SGLS.SBBDS", 1);
    put(sim, "SGLS.MBA", 1);
    put(sim, "SGLS.LLDTS", 1);
    put(sim, "SGLS.MSDS", 1);
    put(sim, "PSD.0.MP", 800); /* × 0.01 W */
}

/* The bytes of IEEE identifiers stand in the order in which they are printed. */
static void put_identifier(uint8_t *bytes, size_t size, unsigned nsid)
{
    memset(bytes, 0, size);
    bytes[0] = OUI >> 16;
    bytes[1] = OUI >> 8 & 0xff;
    bytes[2] = OUI & 0xff;
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
    build_controller(sim);
    for (unsigned nsid = 1; nsid <= NVSIM_NAMESPACES; nsid++)
        build_namespace(sim->identify_namespace[nsid - 1], nsid);
}

/* NN says that there are these, and all of them are active. */
static bool nsid_valid(uint32_t nsid)
{
    return nsid && nsid <= NVSIM_NAMESPACES;
}

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

    if (!nsid_valid(nsid))
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

static uint16_t fill(const struct nvsim *sim, uint8_t *data, uint8_t cns, uint32_t nsid)
{
    switch (cns) {
    case LONE_CNS_NAMESPACE:
        if (!nsid_valid(nsid))
            return LONE_SC_INVALID_NAMESPACE;
        memcpy(data, sim->identify_namespace[nsid - 1], 4096);
        return LONE_SC_SUCCESS;
    case LONE_CNS_CONTROLLER:
        memcpy(data, sim->identify_controller, 4096);
        return LONE_SC_SUCCESS;
    case LONE_CNS_ACTIVE_NAMESPACES:
        return list_namespaces(data, nsid);
    case LONE_CNS_DESCRIPTORS:
        return list_descriptors(data, nsid);
    case LONE_CNS_UUIDS:
        return list_uuids(data);
    default:
        return LONE_SC_INVALID_FIELD;
    }
}

uint16_t nvsim_identify(struct nvsim *sim, const struct nvsim_command *command)
{
    uint8_t data[4096] = {0};
    uint16_t status = fill(sim, data, (uint8_t)command->cdw10, command->nsid);

    return status ? status : nvsim_transfer_out(sim, command, data, sizeof(data));
}
