/* SPDX-License-Identifier: MIT */
/* What is known of namespaces and of the controller's limits, from Identify commands that have completed. */
#include <stdlib.h>

#include "nvme/controller_internal.h"

#define FORMATS_END      384u /* bytes of Identify Namespace up to the end of LBAF63 (NVM Command Set 1.0, 4.1.5.1) */
#define LBAFE_ZDES(lbaf) (2816u + 16u * (lbaf) + 8u) /* in the ZNS command set's (ZNS Command Set 1.1, 4.1.5.1) */

/* Fields that are needed of Identify Controller (NVMe Base 2.0, Figure 275), by hand: this runs for every one of them.
 */
enum {
    CTRL_MDTS = 77,
    CTRL_CTRATT = 96,
    CTRL_ELPE = 262,
    CTRL_ONCS = 520,
    CTRL_FNA = 524,
    CTRL_VWC = 525,
    CTRL_SGLS = 536
};
/* The part of it that says what there is, in whole cache lines but the last. */
enum { CTRL_FIRST = 64, CTRL_END = LONE_IDENTITY };

enum { FNA_FORMAT_ALL = 1, CTRATT_ELBAS = 1 << 15 };
enum { SEL_DELETE = 1 }; /* Namespace Management, CDW10 bits 3:0 */

/* --- The table --------------------------------------------------------------------------------------------- */

static size_t place_of(const struct lone_controller *controller, uint32_t nsid)
{
    size_t low = 0, high = controller->n_namespaces;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (controller->namespaces[middle].nsid < nsid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct lone_namespace *lone_namespace_find(const struct lone_controller *controller, uint32_t nsid)
{
    size_t at = place_of(controller, nsid);

    return at < controller->n_namespaces && controller->namespaces[at].nsid == nsid ? &controller->namespaces[at]
                                                                                    : NULL;
}

const struct lone_namespace *lone_namespace_after(const struct lone_controller *controller, uint32_t nsid)
{
    size_t at = nsid == UINT32_MAX ? controller->n_namespaces : place_of(controller, nsid + 1);

    return at < controller->n_namespaces ? &controller->namespaces[at] : NULL;
}

/* Finds it, or makes room for it; NULL when memory ends, and then it is not known. */
static struct lone_namespace *enter(struct lone_controller *controller, uint32_t nsid)
{
    struct lone_namespace *found = lone_namespace_find(controller, nsid), *larger;
    size_t at = place_of(controller, nsid);

    if (found)
        return found;
    if (controller->n_namespaces >= LONE_MAX_NAMESPACES)
        return NULL;
    larger = realloc(controller->namespaces, (controller->n_namespaces + 1) * sizeof(*larger));
    if (!larger)
        return NULL;
    controller->namespaces = larger;
    memmove(&larger[at + 1], &larger[at], (controller->n_namespaces - at) * sizeof(*larger));
    controller->n_namespaces++;
    larger[at] = (struct lone_namespace){.nsid = nsid, .csi = -1};
    return &larger[at];
}

static void drop(struct lone_controller *controller, struct lone_namespace *known)
{
    size_t at = (size_t)(known - controller->namespaces);

    controller->n_namespaces--;
    memmove(known, known + 1, (controller->n_namespaces - at) * sizeof(*known));
}

static void forget_format(struct lone_namespace *known)
{
    known->blocks = 0;
    known->format = (struct lone_format){0};
}

const struct lone_namespace *lone_controller_namespaces(const struct lone_controller *controller, size_t *count)
{
    *count = controller->n_namespaces;
    return controller->namespaces;
}

const struct lone_namespace *lone_controller_namespace(const struct lone_controller *controller, uint32_t nsid)
{
    const struct lone_namespace *known = lone_namespace_find(controller, nsid);

    return known && known->format.lba_size ? known : NULL;
}

const uint8_t *lone_controller_identity(const struct lone_controller *controller)
{
    return controller->has_limits ? controller->identity : NULL;
}

const struct lone_limits *lone_controller_limits(const struct lone_controller *controller)
{
    return controller->has_limits ? &controller->limits : NULL;
}

void lone_namespaces_replace(struct lone_controller *controller, struct lone_namespace *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct lone_namespace *known = lone_namespace_find(controller, list[i].nsid);

        if (known)
            list[i] = *known;
    }
    free(controller->namespaces);
    controller->namespaces = list;
    controller->n_namespaces = n;
}

/* --- What Identify says ------------------------------------------------------------------------------------ */

/* NVM Command Set 1.0, 4.1.5.1: FLBAS 3:0 choose the format, and 6:5 above them only where there are more than 16
 * (NLBAF, 0's based, in byte 25); bit 4 says where metadata goes. */
static uint8_t format_index(const uint8_t *identify)
{
    uint8_t flbas = identify[26];

    return (uint8_t)((flbas & 0xf) | (identify[25] > 15 ? flbas >> 5 & 3 : 0) << 4);
}

static bool decode(struct lone_namespace *known, const uint8_t *identify)
{
    uint8_t flbas = identify[26], pi_type = identify[29] & 7;
    uint8_t index = format_index(identify);
    uint32_t format = lone_get32(identify + 128 + 4 * index);
    unsigned shift = format >> 16 & 0xff;
    /* What protection information is like and how long zone descriptor extensions are, other structures say: what they
     * said of this format still holds. */
    bool same = known->format.lba_size && known->lbaf == index, same_pi = same && known->format.pi_type == pi_type;

    if (shift < 9 || shift > 31)
        return false;
    known->blocks = lone_get64(identify);
    known->lbaf = index;
    known->format = (struct lone_format){.lba_size = 1u << shift,
                                         .metadata_size = (uint16_t)format,
                                         .interleaved = flbas >> 4 & 1,
                                         .pi_type = pi_type,
                                         .pif = same_pi ? known->format.pif : LONE_GUARD_16,
                                         .storage_tag_size = same_pi ? known->format.storage_tag_size : 0,
                                         .zone_extension = same ? known->format.zone_extension : 0};
    return true;
}

int lone_controller_namespace_asks(const struct lone_controller *controller, uint32_t nsid, int asked)
{
    const struct lone_namespace *known = lone_controller_namespace(controller, nsid);

    if (!known)
        return -1;
    if (asked < LONE_CSI_NVM && known->format.pi_type && controller->has_limits && controller->limits.extended_formats)
        return LONE_CSI_NVM;
    return asked < LONE_CSI_ZNS && known->csi == LONE_CSI_ZNS ? LONE_CSI_ZNS : -1;
}

void lone_controller_namespace_learn(struct lone_controller *controller, uint32_t nsid, const uint8_t *identify)
{
    struct lone_namespace *known;

    if (!lone_get64(identify)) { /* NSZE: no active namespace has 0 blocks */
        known = lone_namespace_find(controller, nsid);
        if (known)
            drop(controller, known);
        return;
    }
    known = enter(controller, nsid);
    if (known && !decode(known, identify))
        forget_format(known);
}

static void learn_controller(struct lone_controller *controller, const uint8_t *identify)
{
    unsigned mdts = identify[CTRL_MDTS];
    uint64_t page = 4096ull << (controller->cap >> 48 & 0xf); /* CAP.MPSMIN: 3.1.3.1 */

    controller->limits = (struct lone_limits){.max_transfer = mdts && mdts < 32 ? page << mdts : 0,
                                              .oncs = lone_get16(identify + CTRL_ONCS),
                                              .error_entries = (uint16_t)(identify[CTRL_ELPE] + 1),
                                              .sgls = lone_get32(identify + CTRL_SGLS),
                                              .fna = identify[CTRL_FNA],
                                              .volatile_cache = identify[CTRL_VWC] & 1,
                                              .extended_formats = lone_get32(identify + CTRL_CTRATT) & CTRATT_ELBAS};
    memcpy(controller->identity + CTRL_FIRST, identify + CTRL_FIRST, CTRL_END - CTRL_FIRST);
    controller->has_limits = true;
}

/* Namespace Identification Descriptors (NVMe Base 2.0, 5.17.2.3): type 4 is the Command Set Identifier. */
static void learn_descriptors(struct lone_controller *controller, uint32_t nsid, const uint8_t *list, size_t size)
{
    struct lone_namespace *known = lone_namespace_find(controller, nsid);

    for (size_t at = 0; known && at + 5 <= size && list[at] && list[at + 1]; at += 4u + list[at + 1])
        if (list[at] == 4)
            known->csi = list[at + 4];
}

/* NVM Command Set 1.0, 4.1.5.3: ELBAF from byte 12 on; bits 6:0 STS; bits 8:7 PIF, of which 3 says that bits 12:9,
 * QPIF, have it (1.2). */
static uint8_t protection_format(uint32_t elbaf)
{
    uint8_t pif = elbaf >> 7 & 3;

    return pif == 3 ? elbaf >> 9 & 0xf : pif;
}

static void learn_protection(struct lone_controller *controller, uint32_t nsid, const uint8_t *identify)
{
    struct lone_namespace *known = lone_namespace_find(controller, nsid);

    if (known && known->format.pi_type) {
        uint32_t elbaf = lone_get32(identify + 12 + 4 * known->lbaf);

        known->format.pif = protection_format(elbaf);
        known->format.storage_tag_size = elbaf & 0x7f;
    }
}

/* Only what the driver has placed in host memory itself is looked at: elsewhere looking would be an access. */
static bool load_from(const struct lone_cmd_private *own, size_t from, uint8_t *bytes, size_t size)
{
    const struct lone_cmd *cmd = own->cmd;

    if (cmd->pointers == LONE_POINTERS_MANUAL || !own->filled || !cmd->data.data || cmd->data_offset > cmd->data.size ||
        cmd->data.size - cmd->data_offset < 4096)
        return false;
    lone_dma_load(bytes, cmd->data.data + cmd->data_offset + from, size);
    return true;
}

/* A part of the structure, to its place in @bytes. */
static bool load(const struct lone_cmd_private *own, uint8_t *bytes, size_t from, size_t to)
{
    return load_from(own, from, bytes + from, to - from);
}

/* LBAFE has an entry for each LBA format, so which one it is has to be known before. ZDES is in units of 64 bytes. */
static void learn_extension(const struct lone_cmd_private *own)
{
    struct lone_namespace *known = lone_namespace_find(own->controller, own->nsid);
    uint8_t zdes;

    if (known && known->format.lba_size && load_from(own, LBAFE_ZDES(known->lbaf), &zdes, 1))
        known->format.zone_extension = (uint16_t)(zdes * 64);
}

void lone_follow_identify(const struct lone_cmd_private *own)
{
    uint8_t bytes[CTRL_END > FORMATS_END ? CTRL_END : FORMATS_END], cns = own->cdw10 & 0xff, csi = own->cdw11 >> 24;
    struct lone_controller *controller = own->controller;

    if (cns == LONE_CNS_CONTROLLER && load(own, bytes, CTRL_FIRST, CTRL_END))
        learn_controller(controller, bytes);
    if (!own->nsid || own->nsid == UINT32_MAX) /* FFFFFFFFh: what all namespaces have in common */
        return;
    if (cns == LONE_CNS_NAMESPACE && load(own, bytes, 0, FORMATS_END))
        lone_controller_namespace_learn(controller, own->nsid, bytes);
    else if (cns == LONE_CNS_DESCRIPTORS && load(own, bytes, 0, sizeof(bytes)))
        learn_descriptors(controller, own->nsid, bytes, sizeof(bytes));
    else if (cns == LONE_CNS_CSI_NAMESPACE && csi == LONE_CSI_NVM && load(own, bytes, 0, sizeof(bytes)))
        learn_protection(controller, own->nsid, bytes);
    else if (cns == LONE_CNS_CSI_NAMESPACE && csi == LONE_CSI_ZNS)
        learn_extension(own);
}

/* FNA bit 0: a Format of one namespace is one of all (NVMe Base 2.0, 5.14). */
static void follow_format(struct lone_controller *controller, uint32_t nsid)
{
    bool all = nsid == UINT32_MAX || !controller->has_limits || controller->limits.fna & FNA_FORMAT_ALL;

    for (size_t i = 0; i < controller->n_namespaces; i++)
        if (all || controller->namespaces[i].nsid == nsid)
            forget_format(&controller->namespaces[i]);
}

/* The NSID may be given to another namespace afterwards (5.23). */
static void follow_deletion(struct lone_controller *controller, uint32_t nsid)
{
    struct lone_namespace *known = lone_namespace_find(controller, nsid);

    if (nsid == UINT32_MAX)
        controller->n_namespaces = 0;
    else if (known)
        drop(controller, known);
}

void lone_follow_namespaces(struct lone_controller *controller, uint8_t opcode, uint32_t nsid, uint32_t cdw10)
{
    if (opcode == LONE_OPC_FORMAT_NVM)
        follow_format(controller, nsid);
    else if ((cdw10 & 0xf) == SEL_DELETE)
        follow_deletion(controller, nsid);
}
