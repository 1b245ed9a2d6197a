/* SPDX-License-Identifier: MIT */
/*
 * The PCI tables held against <linux/pci_regs.h>, which others wrote from the same specifications, and the walk through
 * lists that a device got wrong. What lspci, a third reader, makes of our dump closes the circle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spec/pci.h"

/* ---- the tables ---- */

struct oracle {
    const char *capability; /* "header", or the name of a capability */
    uint32_t size;          /* of the shape that is meant; 0: the last of that name */
    const char *path[2];    /* register, field */
    uint32_t offset;        /* what pci_regs.h says */
    uint64_t mask;
};

/* clang-format off */
static const struct oracle oracle[] = {
    { "header", 0, { "ID", "VID" }, PCI_VENDOR_ID, 0xffff },
    { "header", 0, { "ID", "DID" }, PCI_DEVICE_ID, 0xffff },
    { "header", 0, { "CMD", "IOSE" }, PCI_COMMAND, PCI_COMMAND_IO },
    { "header", 0, { "CMD", "MSE" }, PCI_COMMAND, PCI_COMMAND_MEMORY },
    { "header", 0, { "CMD", "BME" }, PCI_COMMAND, PCI_COMMAND_MASTER },
    { "header", 0, { "CMD", "SCE" }, PCI_COMMAND, PCI_COMMAND_SPECIAL },
    { "header", 0, { "CMD", "MWIE" }, PCI_COMMAND, PCI_COMMAND_INVALIDATE },
    { "header", 0, { "CMD", "VGA" }, PCI_COMMAND, PCI_COMMAND_VGA_PALETTE },
    { "header", 0, { "CMD", "PEE" }, PCI_COMMAND, PCI_COMMAND_PARITY },
    { "header", 0, { "CMD", "SEE" }, PCI_COMMAND, PCI_COMMAND_SERR },
    { "header", 0, { "CMD", "FBE" }, PCI_COMMAND, PCI_COMMAND_FAST_BACK },
    { "header", 0, { "CMD", "ID" }, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE },
    { "header", 0, { "STS", "IR" }, PCI_STATUS, PCI_STATUS_IMM_READY },
    { "header", 0, { "STS", "IS" }, PCI_STATUS, PCI_STATUS_INTERRUPT },
    { "header", 0, { "STS", "CL" }, PCI_STATUS, PCI_STATUS_CAP_LIST },
    { "header", 0, { "STS", "C66" }, PCI_STATUS, PCI_STATUS_66MHZ },
    { "header", 0, { "STS", "FBC" }, PCI_STATUS, PCI_STATUS_FAST_BACK },
    { "header", 0, { "STS", "DPD" }, PCI_STATUS, PCI_STATUS_PARITY },
    { "header", 0, { "STS", "DEVT" }, PCI_STATUS, PCI_STATUS_DEVSEL_MASK },
    { "header", 0, { "STS", "STA" }, PCI_STATUS, PCI_STATUS_SIG_TARGET_ABORT },
    { "header", 0, { "STS", "RTA" }, PCI_STATUS, PCI_STATUS_REC_TARGET_ABORT },
    { "header", 0, { "STS", "RMA" }, PCI_STATUS, PCI_STATUS_REC_MASTER_ABORT },
    { "header", 0, { "STS", "SSE" }, PCI_STATUS, PCI_STATUS_SIG_SYSTEM_ERROR },
    { "header", 0, { "STS", "DPE" }, PCI_STATUS, PCI_STATUS_DETECTED_PARITY },
    { "header", 0, { "RID", "RID" }, PCI_REVISION_ID, 0xff },
    { "header", 0, { "CC", "PI" }, PCI_CLASS_PROG, 0xff },
    { "header", 0, { "CC", "SCC" }, PCI_CLASS_DEVICE, 0x00ff },
    { "header", 0, { "CC", "BCC" }, PCI_CLASS_DEVICE, 0xff00 },
    { "header", 0, { "CLS", "CLS" }, PCI_CACHE_LINE_SIZE, 0xff },
    { "header", 0, { "MLT", "MLT" }, PCI_LATENCY_TIMER, 0xff },
    { "header", 0, { "HTYPE", "HL" }, PCI_HEADER_TYPE, PCI_HEADER_TYPE_MASK },
    { "header", 0, { "HTYPE", "MFD" }, PCI_HEADER_TYPE, 0x80 },
    { "header", 0, { "BIST", "CC" }, PCI_BIST, PCI_BIST_CODE_MASK },
    { "header", 0, { "BIST", "SB" }, PCI_BIST, PCI_BIST_START },
    { "header", 0, { "BIST", "BC" }, PCI_BIST, PCI_BIST_CAPABLE },
    { "header", 0, { "BAR0", "RTE" }, PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_SPACE },
    { "header", 0, { "BAR0", "TP" }, PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_MEM_TYPE_MASK },
    { "header", 0, { "BAR0", "PF" }, PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_MEM_PREFETCH },
    { "header", 0, { "BAR0", "BA" }, PCI_BASE_ADDRESS_0, (uint32_t)PCI_BASE_ADDRESS_MEM_MASK },
    { "header", 0, { "BAR1", "BA" }, PCI_BASE_ADDRESS_1, 0xffffffff },
    { "header", 0, { "BAR2", "BA" }, PCI_BASE_ADDRESS_2, (uint32_t)PCI_BASE_ADDRESS_MEM_MASK },
    { "header", 0, { "BAR3", "BA" }, PCI_BASE_ADDRESS_3, (uint32_t)PCI_BASE_ADDRESS_MEM_MASK },
    { "header", 0, { "BAR4", "BA" }, PCI_BASE_ADDRESS_4, (uint32_t)PCI_BASE_ADDRESS_MEM_MASK },
    { "header", 0, { "BAR5", "BA" }, PCI_BASE_ADDRESS_5, (uint32_t)PCI_BASE_ADDRESS_MEM_MASK },
    { "header", 0, { "CCPTR", "CCPTR" }, PCI_CARDBUS_CIS, 0xffffffff },
    { "header", 0, { "SS", "SSVID" }, PCI_SUBSYSTEM_VENDOR_ID, 0xffff },
    { "header", 0, { "SS", "SSID" }, PCI_SUBSYSTEM_ID, 0xffff },
    { "header", 0, { "EROM", "EN" }, PCI_ROM_ADDRESS, PCI_ROM_ADDRESS_ENABLE },
    { "header", 0, { "EROM", "RBA" }, PCI_ROM_ADDRESS, PCI_ROM_ADDRESS_MASK },
    { "header", 0, { "CAP", "CP" }, PCI_CAPABILITY_LIST, 0xff },
    { "header", 0, { "INTR", "ILINE" }, PCI_INTERRUPT_LINE, 0xff },
    { "header", 0, { "INTR", "IPIN" }, PCI_INTERRUPT_PIN, 0xff },
    { "header", 0, { "MGNT", "GNT" }, PCI_MIN_GNT, 0xff },
    { "header", 0, { "MLAT", "LAT" }, PCI_MAX_LAT, 0xff },

    { "PMCAP", 0, { "PID", "CID" }, PCI_CAP_LIST_ID, 0xff },
    { "PMCAP", 0, { "PID", "NEXT" }, PCI_CAP_LIST_NEXT, 0xff },
    { "PMCAP", 0, { "PC", "VS" }, PCI_PM_PMC, PCI_PM_CAP_VER_MASK },
    { "PMCAP", 0, { "PC", "PMEC" }, PCI_PM_PMC, PCI_PM_CAP_PME_CLOCK },
    { "PMCAP", 0, { "PC", "IRRD0" }, PCI_PM_PMC, PCI_PM_CAP_RESERVED },
    { "PMCAP", 0, { "PC", "DSI" }, PCI_PM_PMC, PCI_PM_CAP_DSI },
    { "PMCAP", 0, { "PC", "AUXC" }, PCI_PM_PMC, PCI_PM_CAP_AUX_POWER },
    { "PMCAP", 0, { "PC", "D1S" }, PCI_PM_PMC, PCI_PM_CAP_D1 },
    { "PMCAP", 0, { "PC", "D2S" }, PCI_PM_PMC, PCI_PM_CAP_D2 },
    { "PMCAP", 0, { "PC", "PSUP" }, PCI_PM_PMC, PCI_PM_CAP_PME_MASK },
    { "PMCAP", 0, { "PMCS", "PS" }, PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK },
    { "PMCAP", 0, { "PMCS", "NSFRST" }, PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET },
    { "PMCAP", 0, { "PMCS", "PMEE" }, PCI_PM_CTRL, PCI_PM_CTRL_PME_ENABLE },
    { "PMCAP", 0, { "PMCS", "DSE" }, PCI_PM_CTRL, PCI_PM_CTRL_DATA_SEL_MASK },
    { "PMCAP", 0, { "PMCS", "DSC" }, PCI_PM_CTRL, PCI_PM_CTRL_DATA_SCALE_MASK },
    { "PMCAP", 0, { "PMCS", "PMES" }, PCI_PM_CTRL, PCI_PM_CTRL_PME_STATUS },
    { "PMCAP", 0, { "PMBSE", "B2B3" }, PCI_PM_PPB_EXTENSIONS, PCI_PM_PPB_B2_B3 },
    { "PMCAP", 0, { "PMBSE", "BPCCE" }, PCI_PM_PPB_EXTENSIONS, PCI_PM_BPCC_ENABLE },
    { "PMCAP", 0, { "PMDATA", "DATA" }, PCI_PM_DATA_REGISTER, 0xff },

    { "VPDCAP", 0, { "VPDADDR", "ADDR" }, PCI_VPD_ADDR, PCI_VPD_ADDR_MASK },
    { "VPDCAP", 0, { "VPDADDR", "F" }, PCI_VPD_ADDR, PCI_VPD_ADDR_F },
    { "VPDCAP", 0, { "VPDDATA", "DATA" }, PCI_VPD_DATA, 0xffffffff },

    { "MSICAP", 0x18, { "MC", "MSIE" }, PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE },
    { "MSICAP", 0x18, { "MC", "MMC" }, PCI_MSI_FLAGS, PCI_MSI_FLAGS_QMASK },
    { "MSICAP", 0x18, { "MC", "MME" }, PCI_MSI_FLAGS, PCI_MSI_FLAGS_QSIZE },
    { "MSICAP", 0x18, { "MC", "C64" }, PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT },
    { "MSICAP", 0x18, { "MC", "PVM" }, PCI_MSI_FLAGS, PCI_MSI_FLAGS_MASKBIT },
    { "MSICAP", 0x18, { "MA", "ADDR" }, PCI_MSI_ADDRESS_LO, 0xfffffffc },
    { "MSICAP", 0x18, { "MUA", "UADDR" }, PCI_MSI_ADDRESS_HI, 0xffffffff },
    { "MSICAP", 0x18, { "MD", "DATA" }, PCI_MSI_DATA_64, 0xffff },
    { "MSICAP", 0x18, { "MMASK", "MASK" }, PCI_MSI_MASK_64, 0xffffffff },
    { "MSICAP", 0x18, { "MPEND", "PEND" }, PCI_MSI_PENDING_64, 0xffffffff },
    { "MSICAP", 0x14, { "MA", "ADDR" }, PCI_MSI_ADDRESS_LO, 0xfffffffc },
    { "MSICAP", 0x14, { "MD", "DATA" }, PCI_MSI_DATA_32, 0xffff },
    { "MSICAP", 0x14, { "MMASK", "MASK" }, PCI_MSI_MASK_32, 0xffffffff },
    { "MSICAP", 0x14, { "MPEND", "PEND" }, PCI_MSI_PENDING_32, 0xffffffff },
    { "MSICAP", 0x10, { "MUA", "UADDR" }, PCI_MSI_ADDRESS_HI, 0xffffffff },
    { "MSICAP", 0x10, { "MD", "DATA" }, PCI_MSI_DATA_64, 0xffff },
    { "MSICAP", 0x0c, { "MD", "DATA" }, PCI_MSI_DATA_32, 0xffff },

    { "SSCAP", 0, { "SS", "SSVID" }, PCI_SSVID_VENDOR_ID, 0xffff },
    { "SSCAP", 0, { "SS", "SSID" }, PCI_SSVID_DEVICE_ID, 0xffff },

    { "MSIXCAP", 0, { "MXC", "TS" }, PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_QSIZE },
    { "MSIXCAP", 0, { "MXC", "FM" }, PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_MASKALL },
    { "MSIXCAP", 0, { "MXC", "MXE" }, PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE },
    { "MSIXCAP", 0, { "MTAB", "TBIR" }, PCI_MSIX_TABLE, PCI_MSIX_TABLE_BIR },
    { "MSIXCAP", 0, { "MTAB", "TO" }, PCI_MSIX_TABLE, PCI_MSIX_TABLE_OFFSET },
    { "MSIXCAP", 0, { "MPBA", "PBIR" }, PCI_MSIX_PBA, PCI_MSIX_PBA_BIR },
    { "MSIXCAP", 0, { "MPBA", "PBAO" }, PCI_MSIX_PBA, PCI_MSIX_PBA_OFFSET },

    { "PXCAP", 0x3c, { "PXCAP", "VER" }, PCI_EXP_FLAGS, PCI_EXP_FLAGS_VERS },
    { "PXCAP", 0x3c, { "PXCAP", "DPT" }, PCI_EXP_FLAGS, PCI_EXP_FLAGS_TYPE },
    { "PXCAP", 0x3c, { "PXCAP", "SI" }, PCI_EXP_FLAGS, PCI_EXP_FLAGS_SLOT },
    { "PXCAP", 0x3c, { "PXCAP", "IMN" }, PCI_EXP_FLAGS, PCI_EXP_FLAGS_IRQ },
    { "PXCAP", 0x3c, { "PXDCAP", "MPS" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_PAYLOAD },
    { "PXCAP", 0x3c, { "PXDCAP", "PFS" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_PHANTOM },
    { "PXCAP", 0x3c, { "PXDCAP", "ETFS" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_EXT_TAG },
    { "PXCAP", 0x3c, { "PXDCAP", "L0SL" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_L0S },
    { "PXCAP", 0x3c, { "PXDCAP", "L1L" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_L1 },
    { "PXCAP", 0x3c, { "PXDCAP", "RER" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER },
    { "PXCAP", 0x3c, { "PXDCAP", "CSPLV" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_PWR_VAL },
    { "PXCAP", 0x3c, { "PXDCAP", "CSPLS" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_PWR_SCL },
    { "PXCAP", 0x3c, { "PXDCAP", "FLRC" }, PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_FLR },
    { "PXCAP", 0x3c, { "PXDC", "CERE" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_CERE },
    { "PXCAP", 0x3c, { "PXDC", "NFERE" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_NFERE },
    { "PXCAP", 0x3c, { "PXDC", "FERE" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_FERE },
    { "PXCAP", 0x3c, { "PXDC", "URRE" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_URRE },
    { "PXCAP", 0x3c, { "PXDC", "ERO" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_RELAX_EN },
    { "PXCAP", 0x3c, { "PXDC", "MPS" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_PAYLOAD },
    { "PXCAP", 0x3c, { "PXDC", "ETE" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_EXT_TAG },
    { "PXCAP", 0x3c, { "PXDC", "PFE" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_PHANTOM },
    { "PXCAP", 0x3c, { "PXDC", "APPME" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_AUX_PME },
    { "PXCAP", 0x3c, { "PXDC", "ENS" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_NOSNOOP_EN },
    { "PXCAP", 0x3c, { "PXDC", "MRRS" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_READRQ },
    { "PXCAP", 0x3c, { "PXDC", "IFLR" }, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_BCR_FLR },
    { "PXCAP", 0x3c, { "PXDS", "CED" }, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_CED },
    { "PXCAP", 0x3c, { "PXDS", "NFED" }, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_NFED },
    { "PXCAP", 0x3c, { "PXDS", "FED" }, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_FED },
    { "PXCAP", 0x3c, { "PXDS", "URD" }, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_URD },
    { "PXCAP", 0x3c, { "PXDS", "APD" }, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_AUXPD },
    { "PXCAP", 0x3c, { "PXDS", "TP" }, PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_TRPND },
    { "PXCAP", 0x3c, { "PXLCAP", "SLS" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_SLS },
    { "PXCAP", 0x3c, { "PXLCAP", "MLW" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_MLW },
    { "PXCAP", 0x3c, { "PXLCAP", "ASPMS" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_ASPMS },
    { "PXCAP", 0x3c, { "PXLCAP", "L0SEL" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_L0SEL },
    { "PXCAP", 0x3c, { "PXLCAP", "L1EL" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_L1EL },
    { "PXCAP", 0x3c, { "PXLCAP", "CPM" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_CLKPM },
    { "PXCAP", 0x3c, { "PXLCAP", "SDERC" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_SDERC },
    { "PXCAP", 0x3c, { "PXLCAP", "DLLLA" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_DLLLARC },
    { "PXCAP", 0x3c, { "PXLCAP", "LBNC" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_LBNC },
    { "PXCAP", 0x3c, { "PXLCAP", "PN" }, PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_PN },
    { "PXCAP", 0x3c, { "PXLC", "ASPMC" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPMC },
    { "PXCAP", 0x3c, { "PXLC", "RCB" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_RCB },
    { "PXCAP", 0x3c, { "PXLC", "LD" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_LD },
    { "PXCAP", 0x3c, { "PXLC", "RL" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_RL },
    { "PXCAP", 0x3c, { "PXLC", "CCC" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_CCC },
    { "PXCAP", 0x3c, { "PXLC", "ES" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ES },
    { "PXCAP", 0x3c, { "PXLC", "ECPM" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_CLKREQ_EN },
    { "PXCAP", 0x3c, { "PXLC", "HAWD" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_HAWD },
    { "PXCAP", 0x3c, { "PXLC", "LBMIE" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_LBMIE },
    { "PXCAP", 0x3c, { "PXLC", "LABIE" }, PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_LABIE },
    { "PXCAP", 0x3c, { "PXLS", "CLS" }, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_CLS },
    { "PXCAP", 0x3c, { "PXLS", "NLW" }, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_NLW },
    { "PXCAP", 0x3c, { "PXLS", "LT" }, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_LT },
    { "PXCAP", 0x3c, { "PXLS", "SCC" }, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_SLC },
    { "PXCAP", 0x3c, { "PXLS", "DLLLA" }, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA },
    { "PXCAP", 0x3c, { "PXLS", "LBMS" }, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_LBMS },
    { "PXCAP", 0x3c, { "PXLS", "LABS" }, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_LABS },
    { "PXCAP", 0x3c, { "PXSCAP", "ABP" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_ABP },
    { "PXCAP", 0x3c, { "PXSCAP", "PCP" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_PCP },
    { "PXCAP", 0x3c, { "PXSCAP", "MRLSP" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_MRLSP },
    { "PXCAP", 0x3c, { "PXSCAP", "AIP" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_AIP },
    { "PXCAP", 0x3c, { "PXSCAP", "PIP" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_PIP },
    { "PXCAP", 0x3c, { "PXSCAP", "HPS" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_HPS },
    { "PXCAP", 0x3c, { "PXSCAP", "HPC" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_HPC },
    { "PXCAP", 0x3c, { "PXSCAP", "SPLV" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_SPLV },
    { "PXCAP", 0x3c, { "PXSCAP", "SPLS" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_SPLS },
    { "PXCAP", 0x3c, { "PXSCAP", "EIP" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_EIP },
    { "PXCAP", 0x3c, { "PXSCAP", "NCCS" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_NCCS },
    { "PXCAP", 0x3c, { "PXSCAP", "PSN" }, PCI_EXP_SLTCAP, PCI_EXP_SLTCAP_PSN },
    { "PXCAP", 0x3c, { "PXSC", "ABPE" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_ABPE },
    { "PXCAP", 0x3c, { "PXSC", "PFDE" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PFDE },
    { "PXCAP", 0x3c, { "PXSC", "MRLSCE" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_MRLSCE },
    { "PXCAP", 0x3c, { "PXSC", "PDCE" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PDCE },
    { "PXCAP", 0x3c, { "PXSC", "CCIE" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_CCIE },
    { "PXCAP", 0x3c, { "PXSC", "HPIE" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_HPIE },
    { "PXCAP", 0x3c, { "PXSC", "AIC" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_AIC },
    { "PXCAP", 0x3c, { "PXSC", "PIC" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PIC },
    { "PXCAP", 0x3c, { "PXSC", "PCC" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PCC },
    { "PXCAP", 0x3c, { "PXSC", "EIC" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_EIC },
    { "PXCAP", 0x3c, { "PXSC", "DLLSCE" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_DLLSCE },
    { "PXCAP", 0x3c, { "PXSC", "ASPLD" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_ASPL_DISABLE },
    { "PXCAP", 0x3c, { "PXSC", "IBPDD" }, PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_IBPD_DISABLE },
    { "PXCAP", 0x3c, { "PXSS", "ABP" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_ABP },
    { "PXCAP", 0x3c, { "PXSS", "PFD" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PFD },
    { "PXCAP", 0x3c, { "PXSS", "MRLSC" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_MRLSC },
    { "PXCAP", 0x3c, { "PXSS", "PDC" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDC },
    { "PXCAP", 0x3c, { "PXSS", "CC" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_CC },
    { "PXCAP", 0x3c, { "PXSS", "MRLSS" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_MRLSS },
    { "PXCAP", 0x3c, { "PXSS", "PDS" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDS },
    { "PXCAP", 0x3c, { "PXSS", "EIS" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_EIS },
    { "PXCAP", 0x3c, { "PXSS", "DLLSC" }, PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_DLLSC },
    { "PXCAP", 0x3c, { "PXRC", "SECEE" }, PCI_EXP_RTCTL, PCI_EXP_RTCTL_SECEE },
    { "PXCAP", 0x3c, { "PXRC", "SENFEE" }, PCI_EXP_RTCTL, PCI_EXP_RTCTL_SENFEE },
    { "PXCAP", 0x3c, { "PXRC", "SEFEE" }, PCI_EXP_RTCTL, PCI_EXP_RTCTL_SEFEE },
    { "PXCAP", 0x3c, { "PXRC", "PMEIE" }, PCI_EXP_RTCTL, PCI_EXP_RTCTL_PMEIE },
    { "PXCAP", 0x3c, { "PXRC", "CRSSVE" }, PCI_EXP_RTCTL, PCI_EXP_RTCTL_CRSSVE },
    { "PXCAP", 0x3c, { "PXRCAP", "CRSSV" }, PCI_EXP_RTCAP, PCI_EXP_RTCAP_CRSVIS },
    { "PXCAP", 0x3c, { "PXRS", "PMERID" }, PCI_EXP_RTSTA, 0xffff },
    { "PXCAP", 0x3c, { "PXRS", "PMES" }, PCI_EXP_RTSTA, PCI_EXP_RTSTA_PME },
    { "PXCAP", 0x3c, { "PXRS", "PMEP" }, PCI_EXP_RTSTA, PCI_EXP_RTSTA_PENDING },
    { "PXCAP", 0x3c, { "PXDCAP2", "CTDS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_COMP_TMOUT_DIS },
    { "PXCAP", 0x3c, { "PXDCAP2", "ARIFS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_ARI },
    { "PXCAP", 0x3c, { "PXDCAP2", "AORS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_ATOMIC_ROUTE },
    { "PXCAP", 0x3c, { "PXDCAP2", "32AOCS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_ATOMIC_COMP32 },
    { "PXCAP", 0x3c, { "PXDCAP2", "64AOCS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_ATOMIC_COMP64 },
    { "PXCAP", 0x3c, { "PXDCAP2", "128CCS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_ATOMIC_COMP128 },
    { "PXCAP", 0x3c, { "PXDCAP2", "LTRS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_LTR },
    { "PXCAP", 0x3c, { "PXDCAP2", "OBFFS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_OBFF_MASK },
    { "PXCAP", 0x3c, { "PXDCAP2", "EETPS" }, PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_EE_PREFIX },
    { "PXCAP", 0x3c, { "PXDC2", "CTV" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_COMP_TIMEOUT },
    { "PXCAP", 0x3c, { "PXDC2", "CTD" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_COMP_TMOUT_DIS },
    { "PXCAP", 0x3c, { "PXDC2", "ARIFE" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ARI },
    { "PXCAP", 0x3c, { "PXDC2", "AORE" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ATOMIC_REQ },
    { "PXCAP", 0x3c, { "PXDC2", "AOEB" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ATOMIC_EGRESS_BLOCK },
    { "PXCAP", 0x3c, { "PXDC2", "IDORE" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_IDO_REQ_EN },
    { "PXCAP", 0x3c, { "PXDC2", "IDOCE" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_IDO_CMP_EN },
    { "PXCAP", 0x3c, { "PXDC2", "LTRME" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_LTR_EN },
    { "PXCAP", 0x3c, { "PXDC2", "OBFFE" }, PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_OBFF_WAKE_EN },
    { "PXCAP", 0x3c, { "PXDS2", "RSVD" }, PCI_EXP_DEVSTA2, 0xffff },
    { "PXCAP", 0x3c, { "PXLCAP2", "SLSV" }, PCI_EXP_LNKCAP2, 0xfe },
    { "PXCAP", 0x3c, { "PXLCAP2", "CLS" }, PCI_EXP_LNKCAP2, PCI_EXP_LNKCAP2_CROSSLINK },
    { "PXCAP", 0x3c, { "PXLC2", "TLS" }, PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_TLS },
    { "PXCAP", 0x3c, { "PXLC2", "EC" }, PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_ENTER_COMP },
    { "PXCAP", 0x3c, { "PXLC2", "HASD" }, PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_HASD },
    { "PXCAP", 0x3c, { "PXLC2", "TM" }, PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_TX_MARGIN },
    { "PXCAP", 0x3c, { "PXLS2", "CDL" }, PCI_EXP_LNKSTA2, 0x1 },
    { "PXCAP", 0x3c, { "PXSCAP2", "IBPDDS" }, PCI_EXP_SLTCAP2, PCI_EXP_SLTCAP2_IBPD },
    { "PXCAP", 0x3c, { "PXSC2", "RSVD" }, PCI_EXP_SLTCTL2, 0xffff },
    { "PXCAP", 0x3c, { "PXSS2", "RSVD" }, PCI_EXP_SLTSTA2, 0xffff },
    { "PXCAP", 0x24, { "PXRS", "PMEP" }, PCI_EXP_RTSTA, PCI_EXP_RTSTA_PENDING },
    { "PXCAP", 0x24, { "PXLS", "NLW" }, PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_NLW },

    { "AERCAP", 0x48, { "AERID", "CID" }, 0, 0x0000ffff },
    { "AERCAP", 0x48, { "AERID", "CVER" }, 0, 0x000f0000 },
    { "AERCAP", 0x48, { "AERID", "NEXT" }, 0, 0xfff00000 },
    { "AERCAP", 0x48, { "AERUCES", "DLPES" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_DLP },
    { "AERCAP", 0x48, { "AERUCES", "SDES" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_SURPDN },
    { "AERCAP", 0x48, { "AERUCES", "PTS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_POISON_TLP },
    { "AERCAP", 0x48, { "AERUCES", "FCPES" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_FCP },
    { "AERCAP", 0x48, { "AERUCES", "CTS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_COMP_TIME },
    { "AERCAP", 0x48, { "AERUCES", "CAS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_COMP_ABORT },
    { "AERCAP", 0x48, { "AERUCES", "UCS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_UNX_COMP },
    { "AERCAP", 0x48, { "AERUCES", "ROS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_RX_OVER },
    { "AERCAP", 0x48, { "AERUCES", "MTS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_MALF_TLP },
    { "AERCAP", 0x48, { "AERUCES", "ECRCES" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_ECRC },
    { "AERCAP", 0x48, { "AERUCES", "URES" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_UNSUP },
    { "AERCAP", 0x48, { "AERUCES", "ACSVS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_ACSV },
    { "AERCAP", 0x48, { "AERUCES", "UIES" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_INTN },
    { "AERCAP", 0x48, { "AERUCES", "MCBTS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_MCBTLP },
    { "AERCAP", 0x48, { "AERUCES", "AOEBS" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_ATOMEG },
    { "AERCAP", 0x48, { "AERUCES", "TPBES" }, PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_TLPPRE },
    { "AERCAP", 0x48, { "AERUCEM", "PTM" }, PCI_ERR_UNCOR_MASK, PCI_ERR_UNC_POISON_TLP },
    { "AERCAP", 0x48, { "AERUCEM", "UIEM" }, PCI_ERR_UNCOR_MASK, PCI_ERR_UNC_INTN },
    { "AERCAP", 0x48, { "AERUCESEV", "MTSEV" }, PCI_ERR_UNCOR_SEVER, PCI_ERR_UNC_MALF_TLP },
    { "AERCAP", 0x48, { "AERUCESEV", "DLPESEV" }, PCI_ERR_UNCOR_SEVER, PCI_ERR_UNC_DLP },
    { "AERCAP", 0x48, { "AERCES", "RES" }, PCI_ERR_COR_STATUS, PCI_ERR_COR_RCVR },
    { "AERCAP", 0x48, { "AERCES", "BTS" }, PCI_ERR_COR_STATUS, PCI_ERR_COR_BAD_TLP },
    { "AERCAP", 0x48, { "AERCES", "BDS" }, PCI_ERR_COR_STATUS, PCI_ERR_COR_BAD_DLLP },
    { "AERCAP", 0x48, { "AERCES", "RRS" }, PCI_ERR_COR_STATUS, PCI_ERR_COR_REP_ROLL },
    { "AERCAP", 0x48, { "AERCES", "RTS" }, PCI_ERR_COR_STATUS, PCI_ERR_COR_REP_TIMER },
    { "AERCAP", 0x48, { "AERCES", "ANFES" }, PCI_ERR_COR_STATUS, PCI_ERR_COR_ADV_NFAT },
    { "AERCAP", 0x48, { "AERCES", "CIES" }, PCI_ERR_COR_STATUS, PCI_ERR_COR_INTERNAL },
    { "AERCAP", 0x48, { "AERCES", "HLOS" }, PCI_ERR_COR_STATUS, PCI_ERR_COR_LOG_OVER },
    { "AERCAP", 0x48, { "AERCEM", "ANFEM" }, PCI_ERR_COR_MASK, PCI_ERR_COR_ADV_NFAT },
    { "AERCAP", 0x48, { "AERCC", "FEP" }, PCI_ERR_CAP, PCI_ERR_CAP_FEP(0xffffffff) },
    { "AERCAP", 0x48, { "AERCC", "EGC" }, PCI_ERR_CAP, PCI_ERR_CAP_ECRC_GENC },
    { "AERCAP", 0x48, { "AERCC", "EGE" }, PCI_ERR_CAP, PCI_ERR_CAP_ECRC_GENE },
    { "AERCAP", 0x48, { "AERCC", "ECC" }, PCI_ERR_CAP, PCI_ERR_CAP_ECRC_CHKC },
    { "AERCAP", 0x48, { "AERCC", "ECE" }, PCI_ERR_CAP, PCI_ERR_CAP_ECRC_CHKE },
    { "AERCAP", 0x48, { "AERHL", "HB3" }, PCI_ERR_HEADER_LOG, 0xff },
    { "AERCAP", 0x48, { "AERHL", "HB0" }, PCI_ERR_HEADER_LOG, 0xff000000 },
    { "AERCAP", 0x48, { "AERREC", "CERE" }, PCI_ERR_ROOT_COMMAND, PCI_ERR_ROOT_CMD_COR_EN },
    { "AERCAP", 0x48, { "AERREC", "NFERE" }, PCI_ERR_ROOT_COMMAND, PCI_ERR_ROOT_CMD_NONFATAL_EN },
    { "AERCAP", 0x48, { "AERREC", "FERE" }, PCI_ERR_ROOT_COMMAND, PCI_ERR_ROOT_CMD_FATAL_EN },
    { "AERCAP", 0x48, { "AERRES", "ECR" }, PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_COR_RCV },
    { "AERCAP", 0x48, { "AERRES", "MECR" }, PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_MULTI_COR_RCV },
    { "AERCAP", 0x48, { "AERRES", "EFNFR" }, PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_UNCOR_RCV },
    { "AERCAP", 0x48, { "AERRES", "MEFNFR" }, PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_MULTI_UNCOR_RCV },
    { "AERCAP", 0x48, { "AERRES", "FUF" }, PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_FIRST_FATAL },
    { "AERCAP", 0x48, { "AERRES", "NFEMR" }, PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_NONFATAL_RCV },
    { "AERCAP", 0x48, { "AERRES", "FEMR" }, PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_FATAL_RCV },
    { "AERCAP", 0x48, { "AERRES", "AEIMN" }, PCI_ERR_ROOT_STATUS, PCI_ERR_ROOT_AER_IRQ },
    { "AERCAP", 0x48, { "AERESID", "ECSI" }, PCI_ERR_ROOT_ERR_SRC, 0xffff },
    { "AERCAP", 0x38, { "AERESID", "EFNFSI" }, PCI_ERR_ROOT_ERR_SRC, 0xffff0000 },

    { "ACS", 0x0c, { "ACSCAP", "SV" }, PCI_ACS_CAP, PCI_ACS_SV },
    { "ACS", 0x0c, { "ACSCAP", "TB" }, PCI_ACS_CAP, PCI_ACS_TB },
    { "ACS", 0x0c, { "ACSCAP", "RR" }, PCI_ACS_CAP, PCI_ACS_RR },
    { "ACS", 0x0c, { "ACSCAP", "CR" }, PCI_ACS_CAP, PCI_ACS_CR },
    { "ACS", 0x0c, { "ACSCAP", "UF" }, PCI_ACS_CAP, PCI_ACS_UF },
    { "ACS", 0x0c, { "ACSCAP", "EC" }, PCI_ACS_CAP, PCI_ACS_EC },
    { "ACS", 0x0c, { "ACSCAP", "DT" }, PCI_ACS_CAP, PCI_ACS_DT },
    { "ACS", 0x0c, { "ACSCAP", "ECVS" }, PCI_ACS_EGRESS_BITS, 0xff },
    { "ACS", 0x0c, { "ACSCTL", "SVE" }, PCI_ACS_CTRL, PCI_ACS_SV },
    { "ACS", 0x0c, { "ACSCTL", "DTE" }, PCI_ACS_CTRL, PCI_ACS_DT },
    { "ACS", 0x0c, { "ACSECV", "ECV" }, PCI_ACS_EGRESS_CTL_V, 0xffffffff },
    { "ACS", 0x08, { "ACSCTL", "ECE" }, PCI_ACS_CTRL, PCI_ACS_EC },

    { "ARI", 0, { "ARICAP", "MFVCFGC" }, PCI_ARI_CAP, PCI_ARI_CAP_MFVC },
    { "ARI", 0, { "ARICAP", "ACSFGC" }, PCI_ARI_CAP, PCI_ARI_CAP_ACS },
    { "ARI", 0, { "ARICAP", "NFN" }, PCI_ARI_CAP, 0xff00 },
    { "ARI", 0, { "ARICTL", "MFVCFGE" }, PCI_ARI_CTRL, PCI_ARI_CTRL_MFVC },
    { "ARI", 0, { "ARICTL", "ACSFGE" }, PCI_ARI_CTRL, PCI_ARI_CTRL_ACS },
    { "ARI", 0, { "ARICTL", "FG" }, PCI_ARI_CTRL, 0x70 },

    { "ATS", 0, { "ATSCAP", "IQD" }, PCI_ATS_CAP, PCI_ATS_CAP_QDEP(0xffff) },
    { "ATS", 0, { "ATSCAP", "PAR" }, PCI_ATS_CAP, PCI_ATS_CAP_PAGE_ALIGNED },
    { "ATS", 0, { "ATSCTL", "STU" }, PCI_ATS_CTRL, PCI_ATS_CTRL_STU(0xffff) },
    { "ATS", 0, { "ATSCTL", "E" }, PCI_ATS_CTRL, PCI_ATS_CTRL_ENABLE },

    { "SRIOV", 0, { "SRIOVCAP", "VFMC" }, PCI_SRIOV_CAP, PCI_SRIOV_CAP_VFM },
    { "SRIOV", 0, { "SRIOVCAP", "VFMIMN" }, PCI_SRIOV_CAP, 0xffe00000 },
    { "SRIOV", 0, { "SRIOVCTL", "VFE" }, PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_VFE },
    { "SRIOV", 0, { "SRIOVCTL", "VFME" }, PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_VFM },
    { "SRIOV", 0, { "SRIOVCTL", "VFMIE" }, PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_INTR },
    { "SRIOV", 0, { "SRIOVCTL", "VFMSE" }, PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_MSE },
    { "SRIOV", 0, { "SRIOVCTL", "ARICH" }, PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_ARI },
    { "SRIOV", 0, { "SRIOVSTS", "VFMS" }, PCI_SRIOV_STATUS, PCI_SRIOV_STATUS_VFM },
    { "SRIOV", 0, { "INITIALVFS", "INITIALVFS" }, PCI_SRIOV_INITIAL_VF, 0xffff },
    { "SRIOV", 0, { "TOTALVFS", "TOTALVFS" }, PCI_SRIOV_TOTAL_VF, 0xffff },
    { "SRIOV", 0, { "NUMVFS", "NUMVFS" }, PCI_SRIOV_NUM_VF, 0xffff },
    { "SRIOV", 0, { "FDL", "FDL" }, PCI_SRIOV_FUNC_LINK, 0xff },
    { "SRIOV", 0, { "FVFO", "FVFO" }, PCI_SRIOV_VF_OFFSET, 0xffff },
    { "SRIOV", 0, { "VFS", "VFS" }, PCI_SRIOV_VF_STRIDE, 0xffff },
    { "SRIOV", 0, { "VFDID", "VFDID" }, PCI_SRIOV_VF_DID, 0xffff },
    { "SRIOV", 0, { "SPS", "SPS" }, PCI_SRIOV_SUP_PGSIZE, 0xffffffff },
    { "SRIOV", 0, { "SYSPS", "SYSPS" }, PCI_SRIOV_SYS_PGSIZE, 0xffffffff },
    { "SRIOV", 0, { "VFBAR0", "BA" }, PCI_SRIOV_BAR, 0xfffffff0 },
    { "SRIOV", 0, { "VFBAR5", "TP" }, PCI_SRIOV_BAR + 4 * (PCI_SRIOV_NUM_BARS - 1), PCI_BASE_ADDRESS_MEM_TYPE_MASK },
    { "SRIOV", 0, { "VFMSAO", "VFMSBIR" }, PCI_SRIOV_VFM, 0x7 },
    { "SRIOV", 0, { "VFMSAO", "VFMSO" }, PCI_SRIOV_VFM, 0xfffffff8 },

    { "PRI", 0, { "PRICTL", "E" }, PCI_PRI_CTRL, PCI_PRI_CTRL_ENABLE },
    { "PRI", 0, { "PRICTL", "R" }, PCI_PRI_CTRL, PCI_PRI_CTRL_RESET },
    { "PRI", 0, { "PRISTS", "RF" }, PCI_PRI_STATUS, PCI_PRI_STATUS_RF },
    { "PRI", 0, { "PRISTS", "UPRGI" }, PCI_PRI_STATUS, PCI_PRI_STATUS_UPRGI },
    { "PRI", 0, { "PRISTS", "S" }, PCI_PRI_STATUS, PCI_PRI_STATUS_STOPPED },
    { "PRI", 0, { "PRISTS", "PRPR" }, PCI_PRI_STATUS, PCI_PRI_STATUS_PASID },
    { "PRI", 0, { "PRIOPRC", "OPRC" }, PCI_PRI_MAX_REQ, 0xffffffff },
    { "PRI", 0, { "PRIOPRA", "OPRA" }, PCI_PRI_ALLOC_REQ, 0xffffffff },

    { "LTR", 0, { "LTRMSL", "LV" }, PCI_LTR_MAX_SNOOP_LAT, PCI_LTR_VALUE_MASK },
    { "LTR", 0, { "LTRMSL", "LS" }, PCI_LTR_MAX_SNOOP_LAT, PCI_LTR_SCALE_MASK },
    { "LTR", 0, { "LTRMNSL", "LV" }, PCI_LTR_MAX_NOSNOOP_LAT, PCI_LTR_VALUE_MASK },
    { "LTR", 0, { "LTRMNSL", "LS" }, PCI_LTR_MAX_NOSNOOP_LAT, PCI_LTR_SCALE_MASK },

    { "PASID", 0, { "PASIDCAP", "EPS" }, PCI_PASID_CAP, PCI_PASID_CAP_EXEC },
    { "PASID", 0, { "PASIDCAP", "PMS" }, PCI_PASID_CAP, PCI_PASID_CAP_PRIV },
    { "PASID", 0, { "PASIDCTL", "PASIDE" }, PCI_PASID_CTRL, PCI_PASID_CTRL_ENABLE },
    { "PASID", 0, { "PASIDCTL", "EPE" }, PCI_PASID_CTRL, PCI_PASID_CTRL_EXEC },
    { "PASID", 0, { "PASIDCTL", "PME" }, PCI_PASID_CTRL, PCI_PASID_CTRL_PRIV },

    { "DPC", 0x44, { "DPCCAP", "DIMN" }, PCI_EXP_DPC_CAP, PCI_EXP_DPC_IRQ },
    { "DPC", 0x44, { "DPCCAP", "RPEDPC" }, PCI_EXP_DPC_CAP, PCI_EXP_DPC_CAP_RP_EXT },
    { "DPC", 0x44, { "DPCCAP", "PTEBS" }, PCI_EXP_DPC_CAP, PCI_EXP_DPC_CAP_POISONED_TLP },
    { "DPC", 0x44, { "DPCCAP", "DSTS" }, PCI_EXP_DPC_CAP, PCI_EXP_DPC_CAP_SW_TRIGGER },
    { "DPC", 0x44, { "DPCCAP", "RPPLS" }, PCI_EXP_DPC_CAP, PCI_EXP_DPC_RP_PIO_LOG_SIZE },
    { "DPC", 0x44, { "DPCCAP", "DLAECSS" }, PCI_EXP_DPC_CAP, PCI_EXP_DPC_CAP_DL_ACTIVE },
    { "DPC", 0x44, { "DPCCTL", "DTE" }, PCI_EXP_DPC_CTL, PCI_EXP_DPC_CTL_EN_FATAL | PCI_EXP_DPC_CTL_EN_NONFATAL },
    { "DPC", 0x44, { "DPCCTL", "DIE" }, PCI_EXP_DPC_CTL, PCI_EXP_DPC_CTL_INT_EN },
    { "DPC", 0x44, { "DPCSTS", "DTS" }, PCI_EXP_DPC_STATUS, PCI_EXP_DPC_STATUS_TRIGGER },
    { "DPC", 0x44, { "DPCSTS", "DTR" }, PCI_EXP_DPC_STATUS, PCI_EXP_DPC_STATUS_TRIGGER_RSN },
    { "DPC", 0x44, { "DPCSTS", "DIS" }, PCI_EXP_DPC_STATUS, PCI_EXP_DPC_STATUS_INTERRUPT },
    { "DPC", 0x44, { "DPCSTS", "DRPB" }, PCI_EXP_DPC_STATUS, PCI_EXP_DPC_RP_BUSY },
    { "DPC", 0x44, { "DPCSTS", "DTRE" }, PCI_EXP_DPC_STATUS, PCI_EXP_DPC_STATUS_TRIGGER_RSN_EXT },
    { "DPC", 0x44, { "DPCSTS", "RPPFEP" }, PCI_EXP_DPC_STATUS, PCI_EXP_DPC_RP_PIO_FEP },
    { "DPC", 0x44, { "DPCESID", "ESID" }, PCI_EXP_DPC_SOURCE_ID, 0xffff },
    { "DPC", 0x44, { "RPPIOSTS", "CFGUR" }, PCI_EXP_DPC_RP_PIO_STATUS, 0x1 },
    { "DPC", 0x44, { "RPPIOMASK", "IOUR" }, PCI_EXP_DPC_RP_PIO_MASK, 0x100 },
    { "DPC", 0x44, { "RPPIOSEV", "MEMUR" }, PCI_EXP_DPC_RP_PIO_SEVERITY, 0x10000 },
    { "DPC", 0x44, { "RPPIOSYSERR", "MEMCTO" }, PCI_EXP_DPC_RP_PIO_SYSERROR, 0x40000 },
    { "DPC", 0x44, { "RPPIOEXC", "CFGCA" }, PCI_EXP_DPC_RP_PIO_EXCEPTION, 0x2 },
    { "DPC", 0x44, { "RPPIOHL", "HL" }, PCI_EXP_DPC_RP_PIO_HEADER_LOG, 0xffffffff },
    { "DPC", 0x44, { "RPPIOIL", "IL" }, PCI_EXP_DPC_RP_PIO_IMPSPEC_LOG, 0xffffffff },
    { "DPC", 0x44, { "RPPIOTPL", "TPL" }, PCI_EXP_DPC_RP_PIO_TLPPREFIX_LOG, 0xffffffff },
    { "DPC", 0x0c, { "DPCESID", "ESID" }, PCI_EXP_DPC_SOURCE_ID, 0xffff },

    { "L1SS", 0x14, { "L1SSCAP", "PPL12S" }, PCI_L1SS_CAP, PCI_L1SS_CAP_PCIPM_L1_2 },
    { "L1SS", 0x14, { "L1SSCAP", "PPL11S" }, PCI_L1SS_CAP, PCI_L1SS_CAP_PCIPM_L1_1 },
    { "L1SS", 0x14, { "L1SSCAP", "AL12S" }, PCI_L1SS_CAP, PCI_L1SS_CAP_ASPM_L1_2 },
    { "L1SS", 0x14, { "L1SSCAP", "AL11S" }, PCI_L1SS_CAP, PCI_L1SS_CAP_ASPM_L1_1 },
    { "L1SS", 0x14, { "L1SSCAP", "L1PMSS" }, PCI_L1SS_CAP, PCI_L1SS_CAP_L1_PM_SS },
    { "L1SS", 0x14, { "L1SSCAP", "PCMRT" }, PCI_L1SS_CAP, PCI_L1SS_CAP_CM_RESTORE_TIME },
    { "L1SS", 0x14, { "L1SSCAP", "PTPOS" }, PCI_L1SS_CAP, PCI_L1SS_CAP_P_PWR_ON_SCALE },
    { "L1SS", 0x14, { "L1SSCAP", "PTPOV" }, PCI_L1SS_CAP, PCI_L1SS_CAP_P_PWR_ON_VALUE },
    { "L1SS", 0x14, { "L1SSCTL1", "PPL12E" }, PCI_L1SS_CTL1, PCI_L1SS_CTL1_PCIPM_L1_2 },
    { "L1SS", 0x14, { "L1SSCTL1", "PPL11E" }, PCI_L1SS_CTL1, PCI_L1SS_CTL1_PCIPM_L1_1 },
    { "L1SS", 0x14, { "L1SSCTL1", "AL12E" }, PCI_L1SS_CTL1, PCI_L1SS_CTL1_ASPM_L1_2 },
    { "L1SS", 0x14, { "L1SSCTL1", "AL11E" }, PCI_L1SS_CTL1, PCI_L1SS_CTL1_ASPM_L1_1 },
    { "L1SS", 0x14, { "L1SSCTL1", "CMRT" }, PCI_L1SS_CTL1, PCI_L1SS_CTL1_CM_RESTORE_TIME },
    { "L1SS", 0x14, { "L1SSCTL1", "LTRL12TV" }, PCI_L1SS_CTL1, PCI_L1SS_CTL1_LTR_L12_TH_VALUE },
    { "L1SS", 0x14, { "L1SSCTL1", "LTRL12TS" }, PCI_L1SS_CTL1, PCI_L1SS_CTL1_LTR_L12_TH_SCALE },
    { "L1SS", 0x10, { "L1SSCTL2", "TPOS" }, PCI_L1SS_CTL2, 0x3 },
    { "L1SS", 0x10, { "L1SSCTL2", "TPOV" }, PCI_L1SS_CTL2, 0xf8 },

    { "PTM", 0, { "PTMCAP", "PTMRQC" }, PCI_PTM_CAP, PCI_PTM_CAP_REQ },
    { "PTM", 0, { "PTMCAP", "PTMRTC" }, PCI_PTM_CAP, PCI_PTM_CAP_ROOT },
    { "PTM", 0, { "PTMCAP", "LCG" }, PCI_PTM_CAP, PCI_PTM_GRANULARITY_MASK },
    { "PTM", 0, { "PTMCTL", "PTME" }, PCI_PTM_CTRL, PCI_PTM_CTRL_ENABLE },
    { "PTM", 0, { "PTMCTL", "RS" }, PCI_PTM_CTRL, PCI_PTM_CTRL_ROOT },
};

static const struct { const char *name; uint16_t id; bool extended; uint32_t size; } identity[] = {
    { "PMCAP", PCI_CAP_ID_PM, false, PCI_PM_SIZEOF },
    { "VPDCAP", PCI_CAP_ID_VPD, false, PCI_CAP_VPD_SIZEOF },
    { "MSICAP", PCI_CAP_ID_MSI, false, PCI_MSI_PENDING_64 + 4 },
    { "SSCAP", PCI_CAP_ID_SSVID, false, PCI_SSVID_DEVICE_ID + 2 },
    { "PXCAP", PCI_CAP_ID_EXP, false, PCI_EXP_SLTSTA2 + 2 },
    { "MSIXCAP", PCI_CAP_ID_MSIX, false, PCI_CAP_MSIX_SIZEOF },
    { "AERCAP", PCI_EXT_CAP_ID_ERR, true, 0x48 },
    { "DSN", PCI_EXT_CAP_ID_DSN, true, PCI_EXT_CAP_DSN_SIZEOF },
    { "ACS", PCI_EXT_CAP_ID_ACS, true, PCI_ACS_EGRESS_CTL_V + 4 },
    { "ARI", PCI_EXT_CAP_ID_ARI, true, PCI_EXT_CAP_ARI_SIZEOF },
    { "ATS", PCI_EXT_CAP_ID_ATS, true, PCI_EXT_CAP_ATS_SIZEOF },
    { "SRIOV", PCI_EXT_CAP_ID_SRIOV, true, PCI_EXT_CAP_SRIOV_SIZEOF },
    { "PRI", PCI_EXT_CAP_ID_PRI, true, PCI_EXT_CAP_PRI_SIZEOF },
    { "LTR", PCI_EXT_CAP_ID_LTR, true, PCI_EXT_CAP_LTR_SIZEOF },
    { "SPCIE", PCI_EXT_CAP_ID_SECPCI, true, 0x0c },
    { "PASID", PCI_EXT_CAP_ID_PASID, true, PCI_EXT_CAP_PASID_SIZEOF },
    { "DPC", PCI_EXT_CAP_ID_DPC, true, PCI_EXP_DPC_RP_PIO_TLPPREFIX_LOG + 16 },
    { "L1SS", PCI_EXT_CAP_ID_L1SS, true, PCI_L1SS_CTL2 + 8 },
    { "PTM", PCI_EXT_CAP_ID_PTM, true, PCI_PTM_CTRL + 4 },
};
/* clang-format on */

static const struct lone_record *find_record(const char *name, uint32_t size)
{
    const struct lone_record *found = NULL;
    if (!strcmp(name, "header"))
        return &lone_pci_header;
    for (size_t i = 0; i < lone_n_capabilities; i++)
        if (!strcmp(lone_capabilities[i].name, name) && (!size || lone_capabilities[i].record->size == size))
            found = lone_capabilities[i].record;
    return found;
}

static void test_against_pci_regs(void **state)
{
    (void)state;
    assert_true(LONE_COUNT(oracle) >= 150);
    for (size_t i = 0; i < LONE_COUNT(oracle); i++) {
        const struct oracle *row = &oracle[i];
        const struct lone_record *record = find_record(row->capability, row->size);
        if (!record)
            fail_msg("no %s of %u bytes", row->capability, row->size);
        const struct lone_field *reg = lone_record_field(record, row->path[0]);
        if (!reg || reg->kind != LONE_RECORD)
            fail_msg("no register %s.%s", row->capability, row->path[0]);
        const struct lone_field *field = lone_record_field(reg->record, row->path[1]);
        if (!field)
            fail_msg("no field %s.%s.%s", row->capability, row->path[0], row->path[1]);
        uint32_t bit = row->offset * 8 + (uint32_t)__builtin_ctzll(row->mask);
        uint32_t bits = (uint32_t)__builtin_popcountll(row->mask);
        assert_int_equal(row->mask >> __builtin_ctzll(row->mask), bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1);
        if (reg->bit + field->bit != bit || field->bits != bits)
            fail_msg("%s.%s.%s: bit %u, width %u; pci_regs.h says %u, %u", row->capability, row->path[0], row->path[1],
                     reg->bit + field->bit, field->bits, bit, bits);
    }
}

static void test_identity(void **state)
{
    (void)state;
    for (size_t i = 0; i < lone_n_capabilities; i++) {
        const struct lone_capability *capability = &lone_capabilities[i];
        size_t j = 0;
        while (j < LONE_COUNT(identity) && strcmp(identity[j].name, capability->name) != 0)
            j++;
        assert_true(j < LONE_COUNT(identity));
        assert_int_equal(capability->id, identity[j].id);
        assert_int_equal(capability->extended, identity[j].extended);
        assert_true(capability->record->size <= identity[j].size);
        assert_true(strlen(capability->name) < 16); /* room for ".2" in struct lone_capability_at */
        assert_true(capability->at + 2 <= 8);       /* a shape shows in the first 8 bytes: the walk reads no more */
        assert_int_equal(capability->match & ~capability->mask, 0);
    }
    for (size_t j = 0; j < LONE_COUNT(identity); j++)
        assert_non_null(find_record(identity[j].name, identity[j].size));
    assert_int_equal(lone_pci_header.size, PCI_STD_HEADER_SIZEOF);
}

static void check_top(const struct lone_record *record)
{
    struct lone_error error = {0};
    if (lone_record_check(record, &error))
        fail_msg("%s", error.text);
    assert_non_null(record->title);
    assert_non_null(record->spec);
    assert_non_null(record->section);
    uint32_t end = 0;
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        assert_int_equal(field->kind, LONE_RECORD);
        assert_true(field->record->flags & LONE_REGISTER);
        assert_string_equal(field->name, field->record->name);
        assert_non_null(field->record->title);
        assert_non_null(field->record->section);
        assert_true(field->bit >= end); /* ascending: shorter shapes are beginnings of the rows of longer ones */
        end = field->bit + field->bits;
        for (size_t j = 0; j < field->record->n_fields; j++)
            assert_non_null(field->record->fields[j].meaning);
    }
    assert_int_equal((end + 31) / 32 * 4, record->size); /* the last register is in the last dword */
}

static void test_records(void **state)
{
    (void)state;
    check_top(&lone_pci_header);
    for (size_t i = 0; i < lone_n_capabilities; i++)
        check_top(lone_capabilities[i].record);
}

/* ---- the walk ---- */

struct space {
    uint8_t bytes[LONE_PCI_CONFIG_SIZE];
    size_t size;
    unsigned reads[LONE_PCI_CONFIG_SIZE / 4];
    uint16_t fail_at;
    struct lone_capability_at found[LONE_MAX_CAPABILITIES];
    uint16_t broken;
    int n;
};

static int space_read(void *context, uint16_t offset, uint32_t *value, struct lone_error *error)
{
    struct space *space = context;
    assert_int_equal(offset % 4, 0);
    assert_true((size_t)offset + 4 <= space->size);
    space->reads[offset / 4]++;
    if (space->fail_at && offset == space->fail_at)
        return lone_fail(error, EIO, "no answer");
    *value = (uint32_t)lone_bits_get(space->bytes, offset * 8u, 32);
    return 0;
}

static void put(struct space *space, uint32_t offset, unsigned bytes, uint32_t value)
{
    lone_bits_set(space->bytes, offset * 8, bytes * 8, value);
}

static void put_capability(struct space *space, uint32_t offset, uint8_t id, uint8_t next, uint16_t word)
{
    put(space, offset, 4, id | (uint32_t)next << 8 | (uint32_t)word << 16);
}

static void put_extended(struct space *space, uint32_t offset, uint16_t id, unsigned version, uint32_t next)
{
    put(space, offset, 4, id | (uint32_t)version << 16 | next << 20);
}

static struct space *new_space(size_t size, uint8_t first)
{
    struct space *space = calloc(1, sizeof(*space));
    assert_non_null(space);
    space->size = size;
    put(space, PCI_VENDOR_ID, 2, 0x1b36);
    put(space, PCI_DEVICE_ID, 2, 0x0010);
    put(space, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    put(space, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
    put(space, PCI_REVISION_ID, 4, 0x01080202);
    put(space, PCI_CAPABILITY_LIST, 1, first);
    return space;
}

/* Walks, and holds the walk to what it promises: nothing twice, and only the header and first 8 bytes of what it found.
 */
static void walk(struct space *space)
{
    struct lone_error error = {0};
    space->broken = 0xdead;
    space->n = lone_capability_walk(space_read, space, space->size, space->found, LONE_MAX_CAPABILITIES, &space->broken,
                                    &error);
    if (space->n < 0)
        assert_int_equal(error.number, -space->n);
    for (size_t i = 0; i < LONE_PCI_CONFIG_SIZE / 4; i++)
        assert_true(space->reads[i] <= 1);
    for (int i = 0; i < space->n; i++) {
        const struct lone_capability_at *at = &space->found[i];
        assert_true(at->size > 0);
        assert_true((size_t)at->offset + at->size <= (at->extended ? space->size : LONE_PCI_CONFIG_LEGACY));
        assert_true(at->offset >= (at->extended ? 0x100 : 0x40));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(at->name, space->found[j].name);
        for (size_t dword = at->offset / 4u; dword < at->offset / 4u + 2 && dword < space->size / 4; dword++)
            space->reads[dword] = 0;
    }
}

static void expect(const struct space *space, int i, const char *name, uint16_t offset, uint16_t size, bool known)
{
    assert_true(i < space->n);
    assert_string_equal(space->found[i].name, name);
    assert_int_equal(space->found[i].offset, offset);
    assert_int_equal(space->found[i].size, size);
    assert_int_equal(space->found[i].record != NULL, known);
    if (known)
        assert_int_equal(space->found[i].record->size, size);
}

/* A healthy NVMe controller. */
static struct space *sound_space(void)
{
    struct space *space = new_space(LONE_PCI_CONFIG_SIZE, 0x40);
    put_capability(space, 0x40, PCI_CAP_ID_PM, 0x50, 0x0003);
    put(space, 0x44, 2, PCI_PM_CTRL_NO_SOFT_RESET);
    put_capability(space, 0x50, PCI_CAP_ID_MSI, 0x70, PCI_MSI_FLAGS_64BIT | 3 << 1);
    put_capability(space, 0x70, PCI_CAP_ID_EXP, 0xb0, 0x0002);
    put(space, 0x74, 4, PCI_EXP_DEVCAP_FLR | PCI_EXP_DEVCAP_RBER | 1);
    put(space, 0x7c, 4, 4 | 4 << 4); /* 16 GT/s, x4 */
    put(space, 0x82, 2, 3 | 4 << 4);
    put_capability(space, 0xb0, PCI_CAP_ID_MSIX, 0x00, 0x8020);
    put(space, 0xb4, 4, 0x2000);
    put(space, 0xb8, 4, 0x3000);
    put_extended(space, 0x100, PCI_EXT_CAP_ID_ERR, 2, 0x148);
    put_extended(space, 0x148, PCI_EXT_CAP_ID_DSN, 1, 0x158);
    put(space, 0x14c, 4, 0x89abcdef);
    put(space, 0x150, 4, 0x01234567);
    put_extended(space, 0x158, PCI_EXT_CAP_ID_LTR, 1, 0x160);
    put_extended(space, 0x160, PCI_EXT_CAP_ID_L1SS, 1, 0x180);
    put_extended(space, 0x180, PCI_EXT_CAP_ID_SRIOV, 1, 0x000);
    return space;
}

static void test_walk_sound(void **state)
{
    (void)state;
    struct space *space = sound_space();
    walk(space);
    assert_int_equal(space->n, 9);
    assert_int_equal(space->broken, 0);
    expect(space, 0, "PMCAP", 0x40, 0x08, true);
    expect(space, 1, "MSICAP", 0x50, 0x10, true);
    expect(space, 2, "PXCAP", 0x70, 0x3c, true);
    expect(space, 3, "MSIXCAP", 0xb0, 0x0c, true);
    expect(space, 4, "AERCAP", 0x100, 0x48, true);
    expect(space, 5, "DSN", 0x148, 0x0c, true);
    expect(space, 6, "LTR", 0x158, 0x08, true);
    expect(space, 7, "L1SS", 0x160, 0x10, true);
    expect(space, 8, "SRIOV", 0x180, 0x40, true);
    assert_int_equal(space->found[4].version, 2);
    assert_true(space->found[4].extended);
    assert_false(space->found[3].extended);

    /* What was not a capability's beginning was not read, but for the header. */
    for (size_t i = 0x40 / 4; i < LONE_PCI_CONFIG_SIZE / 4; i++)
        assert_int_equal(space->reads[i], 0);
    free(space);

    /* A quarter of it: no extended list. And no more than the caller has room for. */
    space = sound_space();
    space->size = LONE_PCI_CONFIG_LEGACY;
    walk(space);
    assert_int_equal(space->n, 4);
    memset(space->reads, 0, sizeof(space->reads));
    space->size = LONE_PCI_CONFIG_SIZE;
    assert_int_equal(lone_capability_walk(space_read, space, space->size, space->found, 2, NULL, NULL), 2);
    free(space);
}

/* interface: PC11 */
static void test_walk_loops(void **state)
{
    (void)state;
    struct space *space = new_space(LONE_PCI_CONFIG_SIZE, 0x40);
    put_capability(space, 0x40, PCI_CAP_ID_PM, 0x50, 3);
    put_capability(space, 0x50, PCI_CAP_ID_MSIX, 0x40, 0);
    put_extended(space, 0x100, PCI_EXT_CAP_ID_LTR, 1, 0x200);
    put_extended(space, 0x200, PCI_EXT_CAP_ID_ARI, 1, 0x100);
    walk(space);
    assert_int_equal(space->n, 4);
    assert_int_equal(space->broken, 0x50); /* the first list's; the second is walked all the same */
    expect(space, 3, "ARI", 0x200, 8, true);
    free(space);

    space = new_space(LONE_PCI_CONFIG_LEGACY, 0x40);
    put_capability(space, 0x40, PCI_CAP_ID_PM, 0x40, 3);
    walk(space);
    assert_int_equal(space->n, 1);
    assert_int_equal(space->broken, 0x40);
    free(space);

    space = new_space(LONE_PCI_CONFIG_SIZE, 0);
    put_extended(space, 0x100, PCI_EXT_CAP_ID_LTR, 1, 0x100);
    walk(space);
    assert_int_equal(space->n, 1);
    assert_int_equal(space->broken, 0x100);
    free(space);
}

static void test_walk_range(void **state)
{
    (void)state;
    /* Into the header. */
    struct space *space = new_space(LONE_PCI_CONFIG_LEGACY, 0x3c);
    walk(space);
    assert_int_equal(space->n, 0);
    assert_int_equal(space->broken, PCI_CAPABILITY_LIST);
    free(space);

    /* The low two bits are reserved: 0x43 is 0x40, and 0x03 is the end. */
    space = new_space(LONE_PCI_CONFIG_LEGACY, 0x43);
    put_capability(space, 0x40, PCI_CAP_ID_PM, 0x03, 3);
    walk(space);
    assert_int_equal(space->n, 1);
    assert_int_equal(space->broken, 0);
    free(space);

    /* From the extended list back into the standard space, where a capability stands that is too long for it. */
    space = new_space(LONE_PCI_CONFIG_SIZE, 0xf0);
    put_capability(space, 0xf0, PCI_CAP_ID_EXP, 0x00, 0x0002);
    put_extended(space, 0x100, PCI_EXT_CAP_ID_LTR, 1, 0x0f0);
    walk(space);
    assert_int_equal(space->n, 2);
    assert_int_equal(space->broken, 0x100);
    expect(space, 0, "PXCAP", 0xf0, 0x10, false);
    free(space);

    /* At the very end: unaligned, and too long for what is left. */
    space = new_space(LONE_PCI_CONFIG_SIZE, 0xfc);
    put_capability(space, 0xfc, PCI_CAP_ID_PM, 0x00, 3);
    put_extended(space, 0x100, PCI_EXT_CAP_ID_LTR, 1, 0xfff);
    put_extended(space, 0xffc, PCI_EXT_CAP_ID_DPC, 1, 0);
    walk(space);
    assert_int_equal(space->n, 3);
    assert_int_equal(space->broken, 0);
    expect(space, 0, "PMCAP", 0xfc, 4, false);
    expect(space, 2, "DPC", 0xffc, 4, false);
    free(space);

    /* Nobody answers at the pointer's end. */
    space = new_space(LONE_PCI_CONFIG_LEGACY, 0x40);
    put_capability(space, 0x40, PCI_CAP_ID_PM, 0x60, 3);
    put(space, 0x60, 4, 0xffffffff);
    walk(space);
    assert_int_equal(space->n, 1);
    assert_int_equal(space->broken, 0x40);
    free(space);
}

static void test_walk_unknown(void **state)
{
    (void)state;
    struct space *space = new_space(LONE_PCI_CONFIG_SIZE, 0x80);
    put_capability(space, 0x80, PCI_CAP_ID_VNDR, 0x60, 0x1234);
    put_capability(space, 0x60, PCI_CAP_ID_VNDR, 0x40, 0x1234);
    put_capability(space, 0x40, PCI_CAP_ID_PM, 0x48, 3);
    put_capability(space, 0x48, PCI_CAP_ID_PM, 0x00, 3);
    put_extended(space, 0x100, PCI_EXT_CAP_ID_VNDR, 1, 0x300);
    put_extended(space, 0x300, PCI_EXT_CAP_ID_DVSEC, 1, 0x200);
    put_extended(space, 0x200, PCI_EXT_CAP_ID_LTR, 1, 0x210);
    put_extended(space, 0x210, PCI_EXT_CAP_ID_LTR, 1, 0x220);
    put_extended(space, 0x220, PCI_EXT_CAP_ID_LTR, 1, 0);
    walk(space);
    assert_int_equal(space->n, 9);
    assert_int_equal(space->broken, 0);
    /* interface: PC10 */
    expect(space, 0, "cap_0x09", 0x80, 0x80, false); /* to the end of its list's space */
    expect(space, 1, "cap_0x09.2", 0x60, 0x20, false);
    expect(space, 2, "PMCAP", 0x40, 8, true);
    expect(space, 3, "PMCAP.2", 0x48, 8, true);
    expect(space, 4, "ecap_0x000b", 0x100, 0x100, false);
    expect(space, 5, "ecap_0x0023", 0x300, 0xd00, false);
    expect(space, 8, "LTR.3", 0x220, 8, true);
    free(space);
}

static void test_walk_none(void **state)
{
    (void)state;
    /* The device is gone. */
    struct space *space = new_space(LONE_PCI_CONFIG_SIZE, 0);
    memset(space->bytes, 0xff, sizeof(space->bytes));
    walk(space);
    assert_int_equal(space->n, 0);
    assert_int_equal(space->broken, 0);
    free(space);

    /* No list, though there is a pointer; and both ways to have no extended one. */
    space = new_space(LONE_PCI_CONFIG_SIZE, 0x40);
    put(space, PCI_STATUS, 2, 0);
    put_capability(space, 0x40, PCI_CAP_ID_PM, 0x00, 3);
    walk(space);
    assert_int_equal(space->n, 0);
    assert_int_equal(space->reads[PCI_CAPABILITY_LIST / 4], 0);
    memset(space->reads, 0, sizeof(space->reads));
    put(space, 0x100, 4, 0xffffffff);
    walk(space);
    assert_int_equal(space->n, 0);
    assert_int_equal(space->broken, 0);
    free(space);

    /* A reader's error is the walk's, wherever it happens. */
    static const uint16_t places[] = {0x04, 0x34, 0x40, 0x50, 0x100, 0x148};
    for (size_t i = 0; i < LONE_COUNT(places); i++) {
        space = sound_space();
        space->fail_at = places[i];
        walk(space);
        assert_int_equal(space->n, -EIO);
        free(space);
    }
    assert_int_equal(lone_capability_walk(space_read, NULL, 64, NULL, 0, NULL, NULL), -EINVAL);
}

static void test_walk_shapes(void **state)
{
    (void)state;
    static const struct {
        uint8_t id;
        uint16_t word;
        const char *name;
        uint16_t size;
    } standard[] = {
        {PCI_CAP_ID_MSI, 0x0001, "MSICAP", 0x0c},
        {PCI_CAP_ID_MSI, 0x000e | PCI_MSI_FLAGS_64BIT, "MSICAP", 0x10},
        {PCI_CAP_ID_MSI, 0x0070 | PCI_MSI_FLAGS_MASKBIT, "MSICAP", 0x14},
        {PCI_CAP_ID_MSI, 0xffff, "MSICAP", 0x18},
        {PCI_CAP_ID_EXP, 0x0001, "PXCAP", 0x24},
        {PCI_CAP_ID_EXP, 0x0002, "PXCAP", 0x3c},
        {PCI_CAP_ID_EXP, 0x0043, "PXCAP", 0x3c},
    };
    for (size_t i = 0; i < LONE_COUNT(standard); i++) {
        struct space *space = new_space(LONE_PCI_CONFIG_LEGACY, 0x40);
        put_capability(space, 0x40, standard[i].id, 0, standard[i].word);
        walk(space);
        assert_int_equal(space->n, 1);
        expect(space, 0, standard[i].name, 0x40, standard[i].size, true);
        free(space);
    }

    static const struct {
        uint16_t id;
        unsigned version;
        uint32_t dword;
        const char *name;
        uint16_t size;
    } extended[] = {
        {PCI_EXT_CAP_ID_ERR, 1, 0, "AERCAP", 0x38},       {PCI_EXT_CAP_ID_ERR, 2, 0, "AERCAP", 0x48},
        {PCI_EXT_CAP_ID_L1SS, 1, 0, "L1SS", 0x10},        {PCI_EXT_CAP_ID_L1SS, 2, 0, "L1SS", 0x14},
        {PCI_EXT_CAP_ID_DPC, 1, 0, "DPC", 0x0c},          {PCI_EXT_CAP_ID_DPC, 1, PCI_EXP_DPC_CAP_RP_EXT, "DPC", 0x44},
        {PCI_EXT_CAP_ID_ACS, 1, PCI_ACS_SV, "ACS", 0x08}, {PCI_EXT_CAP_ID_ACS, 1, PCI_ACS_EC, "ACS", 0x0c},
    };
    for (size_t i = 0; i < LONE_COUNT(extended); i++) {
        struct space *space = new_space(LONE_PCI_CONFIG_SIZE, 0);
        /* The neighbours' pointers overlap the dword that decides on the shape: it must not be read again. */
        put_extended(space, 0x100, extended[i].id, extended[i].version, 0x104);
        put(space, 0x104, 4, extended[i].dword);
        walk(space);
        assert_int_equal(space->n, 2);
        expect(space, 0, extended[i].name, 0x100, extended[i].size, true);
        free(space);
    }
}

/* Whatever bytes a device answers with, the walk ends and stays inside. */
static void test_walk_noise(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (unsigned round = 0; round < 2000; round++) {
        struct space *space = new_space(round % 2 ? LONE_PCI_CONFIG_SIZE : LONE_PCI_CONFIG_LEGACY, 0);
        for (size_t i = 0x34; i < sizeof(space->bytes); i++) {
            random = random * 1664525 + 1013904223;
            space->bytes[i] = (uint8_t)(random >> 24);
        }
        walk(space);
        assert_uint_in_range(space->n, 0, LONE_MAX_CAPABILITIES);
        free(space);
    }

    /* The longest list there is: more than there is room for. */
    struct space *space = new_space(LONE_PCI_CONFIG_SIZE, 0);
    for (uint32_t at = 0x100; at < 0x1000; at += 4)
        put_extended(space, at, PCI_EXT_CAP_ID_VNDR, 1, at + 4 < 0x1000 ? at + 4 : 0);
    walk(space);
    assert_int_equal(space->n, LONE_MAX_CAPABILITIES);
    expect(space, 127, "ecap_0x000b.128", 0x100 + 127 * 4, 0x1000 - 0x100 - 127 * 4, false);
    free(space);
}

/* ---- lspci ---- */

static void test_dump(void **state)
{
    (void)state;
    struct space *space = sound_space();
    struct lone_text text = {0};
    lone_pci_lspci("0000:3a:00.0", space->bytes, LONE_PCI_CONFIG_SIZE, &text);
    assert_false(text.failed);
    assert_memory_equal(text.text, "0000:3a:00.0 ", 13);
    assert_non_null(strstr(text.text, "\n00: 36 1b 10 00 06 00 10 00 02 02 08 01 00 00 00 00\n10: "));
    assert_non_null(strstr(text.text, "\nf0: "));
    assert_non_null(strstr(text.text, "\n100: 01 00 82 14 "));
    assert_non_null(strstr(text.text, "\nff0: "));
    lone_text_free(&text);

    lone_pci_lspci("0000:3a:00.0", space->bytes, LONE_PCI_CONFIG_LEGACY, &text);
    assert_null(strstr(text.text, "\n100: "));
    lone_text_free(&text);
    free(space);
}

static void test_lspci(void **state)
{
    (void)state;
    if (access("/usr/bin/lspci", X_OK)) {
        print_message("no /usr/bin/lspci\n");
        skip();
    }
    struct space *space = sound_space();
    struct lone_text text = {0};
    lone_pci_lspci("0000:3a:00.0", space->bytes, LONE_PCI_CONFIG_SIZE, &text);

    char path[] = "/tmp/lone_test_pci_XXXXXX", command[128];
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text.text, text.length), text.length);
    close(file);
    snprintf(command, sizeof(command), "/usr/bin/lspci -D -vvv -F %s 2>&1", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    static char output[65536];
    size_t length = fread(output, 1, sizeof(output) - 1, pipe);
    output[length] = 0;
    int status = pclose(pipe);
    unlink(path);
    assert_int_equal(status, 0);

    static const char *const expected[] = {
        "0000:3a:00.0 ",
        "Mem+ BusMaster+",
        "Capabilities: [40] Power Management version 3",
        "Capabilities: [50] MSI: Enable- Count=1/8 Maskable- 64bit+",
        "Capabilities: [70] Express (v2) Endpoint",
        "FLReset+",
        "Speed 16GT/s, Width x4",
        "Capabilities: [b0] MSI-X: Enable+ Count=33 Masked-",
        "Vector table: BAR=0 offset=00002000",
        "Capabilities: [100 v2] Advanced Error Reporting",
        "Capabilities: [148 v1] Device Serial Number 01-23-45-67-89-ab-cd-ef",
        "Capabilities: [158 v1] Latency Tolerance Reporting",
        "Capabilities: [160 v1] L1 PM Substates",
        "Capabilities: [180 v1] Single Root I/O Virtualization",
    };
    for (size_t i = 0; i < LONE_COUNT(expected); i++)
        if (!strstr(output, expected[i]))
            fail_msg("lspci does not say \"%s\":\n%s", expected[i], output);
    lone_text_free(&text);
    free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_pci_regs), cmocka_unit_test(test_identity),   cmocka_unit_test(test_records),
        cmocka_unit_test(test_walk_sound),       cmocka_unit_test(test_walk_loops), cmocka_unit_test(test_walk_range),
        cmocka_unit_test(test_walk_unknown),     cmocka_unit_test(test_walk_none),  cmocka_unit_test(test_walk_shapes),
        cmocka_unit_test(test_walk_noise),       cmocka_unit_test(test_dump),       cmocka_unit_test(test_lspci),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
