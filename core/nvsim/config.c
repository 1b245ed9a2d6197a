/* SPDX-License-Identifier: MIT */
/* Configuration space as it is after power-on, and which of its bits software may write. */
#include "nvsim/nvsim_internal.h"

#include <assert.h>

#define OUI_SERIAL 0x02eddaffff0071d1u /* an EUI-64, of the locally administered ones */

static const struct {
    uint16_t id, offset;
    bool extended;
    uint32_t shape; /* what the header must hold for the table to tell the layout: MSI's 64 bits and masks, versions */
} capabilities[] = {
    {0x01, NVSIM_PMCAP, false, 0}, {0x05, NVSIM_MSICAP, false, 0x0180}, {0x11, NVSIM_MSIXCAP, false, 0},
    {0x10, NVSIM_PXCAP, false, 2}, {0x0001, NVSIM_AERCAP, true, 2},     {0x0003, NVSIM_DSN, true, 1},
};

/* Writable where the feature is supported: it is not. */
static const struct {
    uint16_t offset;
    const char *path;
} withheld[] = {
    {0, "CMD.IOSE"},
    {0, "BIST.SB"},
    {0, "EROM.EN"},
    {0, "EROM.RBA"},
    {NVSIM_PMCAP, "PMCS.PMEE"},
    {NVSIM_PMCAP, "PMCS.DSE"},
    {NVSIM_MSICAP, "MC.EMDE"},
    {NVSIM_MSICAP, "MXD.EDATA"},
    {NVSIM_PXCAP, "PXDC.ETE"},
    {NVSIM_PXCAP, "PXDC.PFE"},
    {NVSIM_PXCAP, "PXDC.APPME"},
    {NVSIM_PXCAP, "PXLC.LD"},
    {NVSIM_PXCAP, "PXLC.RL"},
    {NVSIM_PXCAP, "PXLC.ECPM"},
    {NVSIM_PXCAP, "PXLC.LBMIE"},
    {NVSIM_PXCAP, "PXLC.LABIE"},
    {NVSIM_PXCAP, "PXLC.DRSSC"},
    {NVSIM_PXCAP, "PXDC2.ARIFE"},
    {NVSIM_PXCAP, "PXDC2.AORE"},
    {NVSIM_PXCAP, "PXDC2.AOEB"},
    {NVSIM_PXCAP, "PXDC2.IDORE"},
    {NVSIM_PXCAP, "PXDC2.IDOCE"},
    {NVSIM_PXCAP, "PXDC2.LTRME"},
    {NVSIM_PXCAP, "PXDC2.EPRR"},
    {NVSIM_PXCAP, "PXDC2.10BTRE"},
    {NVSIM_PXCAP, "PXDC2.OBFFE"},
    {NVSIM_PXCAP, "PXDC2.EETPB"},
    {NVSIM_AERCAP, "AERCC.EGE"},
    {NVSIM_AERCAP, "AERCC.ECE"},
    {NVSIM_AERCAP, "AERCC.MHRE"},
};

/* Registers of slots, roots and bridges, which an endpoint has not: {first byte, byte behind}. */
static const uint16_t foreign[][2] = {
    {NVSIM_PXCAP + 0x14, NVSIM_PXCAP + 0x24},   /* PXSCAP to PXRS */
    {NVSIM_PXCAP + 0x34, NVSIM_PXCAP + 0x3c},   /* PXSCAP2 to PXSS2 */
    {NVSIM_AERCAP + 0x2c, NVSIM_AERCAP + 0x38}, /* AERREC to AERESID */
};

/* The layout of what stands at @offset; the header's when that is 0. */
static const struct lone_record *record_at(const struct nvsim *sim, uint16_t offset)
{
    bool extended = offset >= LONE_PCI_CONFIG_LEGACY;
    const uint8_t *bytes = sim->config_default + offset;
    uint16_t id = extended ? nvsim_get16(bytes) : bytes[0];

    if (!offset)
        return &lone_pci_header;
    for (size_t i = 0; i < lone_n_capabilities; i++) {
        const struct lone_capability *row = &lone_capabilities[i];

        if (row->id == id && row->extended == extended && (nvsim_get16(bytes + row->at) & row->mask) == row->match)
            return row->record;
    }
    assert(!"the tables have no such capability");
    return NULL;
}

static void put(struct nvsim *sim, uint16_t offset, const char *path, uint64_t value)
{
    lone_set(record_at(sim, offset), sim->config_default + offset, path, value);
}

/* Each one points to the next of its list. */
static void build_lists(struct nvsim *sim)
{
    for (size_t i = 0; i < LONE_COUNT(capabilities); i++) {
        bool last = i + 1 == LONE_COUNT(capabilities) || capabilities[i + 1].extended != capabilities[i].extended;
        uint32_t next = last ? 0 : capabilities[i + 1].offset;
        uint32_t shift = capabilities[i].extended ? 20 : 8;

        nvsim_set32(sim->config_default + capabilities[i].offset,
                    capabilities[i].id | next << shift | capabilities[i].shape << 16);
    }
}

static void build_header(struct nvsim *sim)
{
    put(sim, 0, "ID.VID", 0xed00);
    put(sim, 0, "ID.DID", 0xda01);
    put(sim, 0, "CMD.MSE", 1);
    put(sim, 0, "STS.CL", 1);
    put(sim, 0, "RID.RID", 1);
    put(sim, 0, "CC.BCC", 0x01);
    put(sim, 0, "CC.SCC", 0x08);
    put(sim, 0, "CC.PI", 0x02);
    put(sim, 0, "BAR0.TP", 2);
    put(sim, 0, "BAR0.BA", 0xfe800000u >> 4);
    put(sim, 0, "BAR2.TP", 2);
    put(sim, 0, "BAR2.PF", 1);
    put(sim, 0, "BAR2.BA", 0xfe000000u >> 4);
    put(sim, 0, "BAR4.TP", 2);
    put(sim, 0, "BAR4.PF", 1);
    put(sim, 0, "BAR4.BA", 0xfe400000u >> 4);
    put(sim, 0, "SS.SSVID", 0xed00);
    put(sim, 0, "SS.SSID", 0xda01);
    put(sim, 0, "CAP.CP", NVSIM_PMCAP);
    put(sim, 0, "INTR.IPIN", 1);
}

static void build_interrupts(struct nvsim *sim)
{
    put(sim, NVSIM_MSICAP, "MC.MMC", 3);
    put(sim, NVSIM_MSIXCAP, "MXC.TS", NVSIM_MSIX_VECTORS - 1);
    put(sim, NVSIM_MSIXCAP, "MTAB.TO", NVSIM_MSIX_TABLE / 8);
    put(sim, NVSIM_MSIXCAP, "MPBA.PBAO", NVSIM_MSIX_PBA / 8);
}

static void build_express(struct nvsim *sim)
{
    put(sim, NVSIM_PXCAP, "PXDCAP.MPS", 1);
    put(sim, NVSIM_PXCAP, "PXDCAP.L0SL", 7);
    put(sim, NVSIM_PXCAP, "PXDCAP.L1L", 7);
    put(sim, NVSIM_PXCAP, "PXDCAP.RER", 1);
    put(sim, NVSIM_PXCAP, "PXDCAP.FLRC", 1);
    put(sim, NVSIM_PXCAP, "PXDC.ERO", 1);
    put(sim, NVSIM_PXCAP, "PXDC.ENS", 1);
    put(sim, NVSIM_PXCAP, "PXDC.MRRS", 2);
    put(sim, NVSIM_PXCAP, "PXLCAP.SLS", 3);
    put(sim, NVSIM_PXCAP, "PXLCAP.MLW", 4);
    put(sim, NVSIM_PXCAP, "PXLCAP.ASPMS", 2);
    put(sim, NVSIM_PXCAP, "PXLCAP.L1EL", 6);
    put(sim, NVSIM_PXCAP, "PXLCAP.AOC", 1);
    put(sim, NVSIM_PXCAP, "PXLS.CLS", 3);
    put(sim, NVSIM_PXCAP, "PXLS.NLW", 4);
    put(sim, NVSIM_PXCAP, "PXLS.SCC", 1);
    put(sim, NVSIM_PXCAP, "PXDCAP2.CTRS", 0xf);
    put(sim, NVSIM_PXCAP, "PXDCAP2.CTDS", 1);
    put(sim, NVSIM_PXCAP, "PXLCAP2.SLSV", 7);
    put(sim, NVSIM_PXCAP, "PXLC2.TLS", 3);
}

/* What the PCI Express specification gives as default values (7.8.4). */
static void build_errors(struct nvsim *sim)
{
    put(sim, NVSIM_AERCAP, "AERUCESEV.DLPESEV", 1);
    put(sim, NVSIM_AERCAP, "AERUCESEV.SDESEV", 1);
    put(sim, NVSIM_AERCAP, "AERUCESEV.FCPESEV", 1);
    put(sim, NVSIM_AERCAP, "AERUCESEV.ROSEV", 1);
    put(sim, NVSIM_AERCAP, "AERUCESEV.MTSEV", 1);
    put(sim, NVSIM_AERCAP, "AERCEM.ANFEM", 1);
}

static void build_masks(struct nvsim *sim)
{
    struct nvsim_masks *masks = &sim->config_masks;

    nvsim_masks_add(masks, 0, &lone_pci_header);
    for (size_t i = 0; i < LONE_COUNT(capabilities); i++)
        nvsim_masks_add(masks, capabilities[i].offset, record_at(sim, capabilities[i].offset));
    for (size_t i = 0; i < LONE_COUNT(withheld); i++)
        lone_set(record_at(sim, withheld[i].offset), masks->rw + withheld[i].offset, withheld[i].path, 0);
    for (size_t i = 0; i < LONE_COUNT(foreign); i++)
        for (unsigned at = foreign[i][0]; at < foreign[i][1]; at++)
            masks->rw[at] = masks->rw1c[at] = 0;
    /* A BAR's size is how many of its low bits cannot be written; the upper halves have no bits of another kind. */
    lone_set(&lone_pci_header, masks->rw, "BAR0.BA", ~(NVSIM_BAR_SIZE - 1) >> 4);
    lone_set(&lone_pci_header, masks->rw, "BAR2.BA", ~(NVSIM_WINDOW_SIZE - 1) >> 4);
    lone_set(&lone_pci_header, masks->rw, "BAR4.BA", ~(NVSIM_WINDOW_SIZE - 1) >> 4);
    nvsim_set32(masks->rw + NVSIM_BAR3, UINT32_MAX);
    nvsim_set32(masks->rw + NVSIM_BAR5, UINT32_MAX);
}

void nvsim_config_build(struct nvsim *sim)
{
    build_lists(sim);
    build_header(sim);
    put(sim, NVSIM_PMCAP, "PC.VS", 3);
    put(sim, NVSIM_PMCAP, "PMCS.NSFRST", 1);
    build_interrupts(sim);
    build_express(sim);
    build_errors(sim);
    put(sim, NVSIM_DSN, "SN.SN", OUI_SERIAL);
    build_masks(sim);
}
