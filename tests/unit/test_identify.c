/* SPDX-License-Identifier: MIT */
/*
 * The Identify tables against libnvme's <nvme/types.h>, which was written by other people from the same specification:
 * the place of every field, the place of every bit. Then the decoder on these tables, with friendly and hostile bytes.
 */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <nvme/types.h>

#include "spec/logs.h"
#include "spec/nvme.h"
#include "spec/offers.h"

/* Where the oracle has a field: bytes from the start of the structure; all elements of an array. */
struct place {
    const char *name;
    size_t byte, size;
};

/* Where the oracle has the bits of a nested record: one mask over the whole of it. */
struct bits {
    const char *path;
    uint64_t mask;
};

/* libnvme writes some masks as signed integers with the sign bit set; these must not be extended to 64 bits. */
#define MASK(m) ((uint32_t)(m))

/* clang-format off */

#define AT(name, member) { name, offsetof(struct nvme_id_ctrl, member), sizeof(((struct nvme_id_ctrl *)0)->member) }
static const struct place controller_places[] = {
    AT("VID", vid),
    AT("SSVID", ssvid),
    AT("SN", sn),
    AT("MN", mn),
    AT("FR", fr),
    AT("RAB", rab),
    AT("IEEE", ieee),
    AT("CMIC", cmic),
    AT("MDTS", mdts),
    AT("CNTLID", cntlid),
    AT("VER", ver),
    AT("RTD3R", rtd3r),
    AT("RTD3E", rtd3e),
    AT("OAES", oaes),
    AT("CTRATT", ctratt),
    AT("RRLS", rrls),
    AT("CNTRLTYPE", cntrltype),
    AT("FGUID", fguid),
    AT("CRDT1", crdt1),
    AT("CRDT2", crdt2),
    AT("CRDT3", crdt3),
    AT("NVMSR", nvmsr),
    AT("VWCI", vwci),
    AT("MEC", mec),
    AT("OACS", oacs),
    AT("ACL", acl),
    AT("AERL", aerl),
    AT("FRMW", frmw),
    AT("LPA", lpa),
    AT("ELPE", elpe),
    AT("NPSS", npss),
    AT("AVSCC", avscc),
    AT("APSTA", apsta),
    AT("WCTEMP", wctemp),
    AT("CCTEMP", cctemp),
    AT("MTFA", mtfa),
    AT("HMPRE", hmpre),
    AT("HMMIN", hmmin),
    AT("TNVMCAP", tnvmcap),
    AT("UNVMCAP", unvmcap),
    AT("RPMBS", rpmbs),
    AT("EDSTT", edstt),
    AT("DSTO", dsto),
    AT("FWUG", fwug),
    AT("KAS", kas),
    AT("HCTMA", hctma),
    AT("MNTMT", mntmt),
    AT("MXTMT", mxtmt),
    AT("SANICAP", sanicap),
    AT("HMMINDS", hmminds),
    AT("HMMAXD", hmmaxd),
    AT("NSETIDMAX", nsetidmax),
    AT("ENDGIDMAX", endgidmax),
    AT("ANATT", anatt),
    AT("ANACAP", anacap),
    AT("ANAGRPMAX", anagrpmax),
    AT("NANAGRPID", nanagrpid),
    AT("PELS", pels),
    AT("DID", domainid),
    AT("MEGCAP", megcap),
    AT("SQES", sqes),
    AT("CQES", cqes),
    AT("MAXCMD", maxcmd),
    AT("NN", nn),
    AT("ONCS", oncs),
    AT("FUSES", fuses),
    AT("FNA", fna),
    AT("VWC", vwc),
    AT("AWUN", awun),
    AT("AWUPF", awupf),
    AT("ICSVSCC", icsvscc),
    AT("NWPC", nwpc),
    AT("ACWU", acwu),
    AT("OCFS", ocfs),
    AT("SGLS", sgls),
    AT("MNAN", mnan),
    AT("MAXDNA", maxdna),
    AT("MAXCNA", maxcna),
    AT("SUBNQN", subnqn),
    AT("IOCCSZ", ioccsz),
    AT("IORCSZ", iorcsz),
    AT("ICDOFF", icdoff),
    AT("FCATT", fcatt),
    AT("MSDBD", msdbd),
    AT("OFCS", ofcs),
    AT("DCTYPE", dctype),
    /* Base 2.1, Figure 312; reserved bytes in libnvme 1.3. */
    { "BPCAP", 102, 1 },
    { "NSSL", 104, 4 },
    { "PLSI", 110, 1 },
    { "CRCAP", 134, 1 },
    { "KPIOC", 358, 1 },
    { "MPTFAWR", 360, 2 },
    { "TMPTHHA", 384, 1 },
    { "CQT", 386, 2 },
    /* libnvme after 1.3, which has what 2.1 and later versions define. */
    { "CIU", 135, 1 },
    { "CIRN", 136, 8 },
    { "CDPA", 388, 2 },
    { "MUP", 390, 2 },
    { "IPMSR", 392, 2 },
    { "MSMT", 394, 2 },
    { "OAQD", 564, 4 },
    { "RHIRI", 568, 1 },
    { "HIRT", 569, 1 },
    { "CMMRTD", 570, 2 },
    { "NMMRTD", 572, 2 },
    { "MINMRTG", 574, 1 },
    { "MAXMRTG", 575, 1 },
    { "TRATTR", 576, 1 },
    { "MCUDMQ", 578, 2 },
    { "MNSUDMQ", 580, 2 },
    { "MCMR", 582, 2 },
    { "NMCMR", 584, 2 },
    { "MCDQPC", 586, 2 },
    { "CCRL", 1807, 1 },
    AT("PSD", psd),
    AT("VS", vs),
};
#undef AT

static const struct bits controller_bits[] = {
    { "CMIC.MPORTS", NVME_CTRL_CMIC_MULTI_PORT },
    { "CMIC.MCTRS", NVME_CTRL_CMIC_MULTI_CTRL },
    { "CMIC.FT", NVME_CTRL_CMIC_MULTI_SRIOV },
    { "CMIC.ANARS", NVME_CTRL_CMIC_MULTI_ANA_REPORTING },

    /* 2.0, 3.1.3.2: libnvme has shifts for the register's fields, but no masks. */
    { "VER.TER", 0x000000ff },
    { "VER.MNR", 0x0000ff00 },
    { "VER.MJR", 0xffff0000 },

    { "OAES.NSAN", NVME_CTRL_OAES_NA },
    { "OAES.FAN", NVME_CTRL_OAES_FA },
    { "OAES.ANACN", NVME_CTRL_OAES_ANA },
    { "OAES.PLEAN", NVME_CTRL_OAES_PLEA },
    { "OAES.LSIAN", NVME_CTRL_OAES_LBAS },
    { "OAES.EGEAN", NVME_CTRL_OAES_EGE },
    { "OAES.NNSS", NVME_CTRL_OAES_NS },
    { "OAES.ZDCN", NVME_CTRL_OAES_ZD },
    /* Base 2.1, Figure 312. */
    { "OAES.TTHR", 1 << 16 },
    { "OAES.RGCNS", 1 << 17 },
    { "OAES.ANSAN", 1 << 19 },
    { "CTRATT.MEM", 1 << 16 },
    { "CTRATT.HMBR", 1 << 17 },
    { "CTRATT.RHII", 1 << 18 },
    { "CTRATT.FDPS", NVME_CTRL_CTRATT_FDPS },
    { "BPCAP.RPMBBPWPS", 0x3 },
    { "BPCAP.SFBPWPS", 0x4 },
    { "PLSI.PLSEPF", 0x1 },
    { "PLSI.PLSFQ", 0x2 },
    { "CRCAP.RRSUP", 0x1 },
    { "CRCAP.RGIDC", 0x2 },
    { "DSTO.HIRS", 0x2 },
    { "SANICAP.VERS", 0x8 },
    { "SANICAP.NVERS", 0x10 },
    { "CTRATT.PLS", 1 << 20 },
    { "CTRATT.PMS", 1 << 21 },
    { "CTRATT.VMS", 1 << 22 },
    { "CTRATT.IIELLSS", 3 << 23 },
    { "OACS.HMLMS", 1 << 11 },
    { "CDPA.HMAC_SHA_384", 0x1 },
    { "IPMSR.SRV", 0x00ff },
    { "IPMSR.SRS", 0xff00 },
    { "TRATTR.THMCS", 0x1 },
    { "TRATTR.TUDCS", 0x2 },
    { "TRATTR.MRTLL", 0x4 },
    { "KPIOC.KPIOS", 0x1 },
    { "KPIOC.KPIOSC", 0x2 },
    { "TMPTHHA.TMPTHMH", 0x7 },
    { "ONCS.NVMCSA", 1 << 9 },
    { "ONCS.NVMAFC", 1 << 10 },
    { "ONCS.MAXWZD", 1 << 11 },
    { "ONCS.NSZS", 1 << 12 },
    { "OCFS.CDF2S", 1 << 2 },
    { "OCFS.CDF3S", 1 << 3 },
    { "OCFS.CDF4S", 1 << 4 },
    { "OAES.DLPCN", MASK(NVME_CTRL_OAES_DL) },

    /* NVME_CTRL_CTRATT_FDPS, bit 19, is younger than 2.0, where bits 31:16 are reserved (Figure 275). */
    { "CTRATT.HIDS", NVME_CTRL_CTRATT_128_ID },
    { "CTRATT.NOPSPM", NVME_CTRL_CTRATT_NON_OP_PSP },
    { "CTRATT.NSETS", NVME_CTRL_CTRATT_NVM_SETS },
    { "CTRATT.RRLVLS", NVME_CTRL_CTRATT_READ_RECV_LVLS },
    { "CTRATT.EGS", NVME_CTRL_CTRATT_ENDURANCE_GROUPS },
    { "CTRATT.PLM", NVME_CTRL_CTRATT_PREDICTABLE_LAT },
    { "CTRATT.TBKAS", NVME_CTRL_CTRATT_TBKAS },
    { "CTRATT.NG", NVME_CTRL_CTRATT_NAMESPACE_GRANULARITY },
    { "CTRATT.SQA", NVME_CTRL_CTRATT_SQ_ASSOCIATIONS },
    { "CTRATT.ULIST", NVME_CTRL_CTRATT_UUID_LIST },
    { "CTRATT.MDS", NVME_CTRL_CTRATT_MDS },
    { "CTRATT.FCM", NVME_CTRL_CTRATT_FIXED_CAP },
    { "CTRATT.VCM", NVME_CTRL_CTRATT_VARIABLE_CAP },
    { "CTRATT.DEG", NVME_CTRL_CTRATT_DEL_ENDURANCE_GROUPS },
    { "CTRATT.DNVMS", NVME_CTRL_CTRATT_DEL_NVM_SETS },
    { "CTRATT.ELBAS", NVME_CTRL_CTRATT_ELBAS },

    /* Figure 275, bytes 101:100: bit n is Read Recovery Level n; libnvme has no names for them. */
    { "RRLS.RRL0", 1 << 0 },
    { "RRLS.RRL1", 1 << 1 },
    { "RRLS.RRL2", 1 << 2 },
    { "RRLS.RRL3", 1 << 3 },
    { "RRLS.RRL4", 1 << 4 },
    { "RRLS.RRL5", 1 << 5 },
    { "RRLS.RRL6", 1 << 6 },
    { "RRLS.RRL7", 1 << 7 },
    { "RRLS.RRL8", 1 << 8 },
    { "RRLS.RRL9", 1 << 9 },
    { "RRLS.RRL10", 1 << 10 },
    { "RRLS.RRL11", 1 << 11 },
    { "RRLS.RRL12", 1 << 12 },
    { "RRLS.RRL13", 1 << 13 },
    { "RRLS.RRL14", 1 << 14 },
    { "RRLS.RRL15", 1 << 15 },

    { "NVMSR.NVMESD", NVME_CTRL_NVMSR_NVMESD },
    { "NVMSR.NVMEE", NVME_CTRL_NVMSR_NVMEE },
    { "VWCI.VWCR", NVME_CTRL_VWCI_VWCR },
    { "VWCI.VWCRV", NVME_CTRL_VWCI_VWCRV },
    { "MEC.SMBUSME", NVME_CTRL_MEC_SMBUSME },
    { "MEC.PCIEME", NVME_CTRL_MEC_PCIEME },

    { "OACS.SSRS", NVME_CTRL_OACS_SECURITY },
    { "OACS.FNVMS", NVME_CTRL_OACS_FORMAT },
    { "OACS.FWDS", NVME_CTRL_OACS_FW },
    { "OACS.NMS", NVME_CTRL_OACS_NS_MGMT },
    { "OACS.DSTS", NVME_CTRL_OACS_SELF_TEST },
    { "OACS.DIRS", NVME_CTRL_OACS_DIRECTIVES },
    { "OACS.NSRS", NVME_CTRL_OACS_NVME_MI },
    { "OACS.VMS", NVME_CTRL_OACS_VIRT_MGMT },
    { "OACS.DBCS", NVME_CTRL_OACS_DBBUF_CFG },
    { "OACS.GLSS", NVME_CTRL_OACS_LBA_STATUS },
    { "OACS.CFLS", NVME_CTRL_OACS_CMD_FEAT_LD },

    { "FRMW.FFSRO", NVME_CTRL_FRMW_1ST_RO },
    /* NVME_CTRL_FRMW_NR_SLOTS of libnvme 1.3 is 3 << 1; Figure 275, byte 260, has bits 3:1 (up to seven slots). */
    { "FRMW.NOFS", 7 << 1 },
    { "FRMW.FAWR", NVME_CTRL_FRMW_FW_ACT_NO_RESET },
    { "FRMW.SMUD", NVME_CTRL_FRMW_MP_UP_DETECTION },

    { "LPA.SMARTS", NVME_CTRL_LPA_SMART_PER_NS },
    { "LPA.CSES", NVME_CTRL_LPA_CMD_EFFECTS },
    { "LPA.LPEDS", NVME_CTRL_LPA_EXTENDED },
    { "LPA.TS", NVME_CTRL_LPA_TELEMETRY },
    { "LPA.PES", NVME_CTRL_LPA_PERSETENT_EVENT },
    { "LPA.MLPS", NVME_CTRL_LPA_LI0_LI5_LI12_LI13 },
    { "LPA.DA4S", NVME_CTRL_LPA_DA4_TELEMETRY },

    { "AVSCC.VSCF", NVME_CTRL_AVSCC_AVS },
    { "APSTA.APTS", NVME_CTRL_APSTA_APST },
    { "RPMBS.NRPMBU", NVME_CTRL_RPMBS_NR_UNITS },
    { "RPMBS.AUTHM", NVME_CTRL_RPMBS_AUTH_METHOD },
    { "RPMBS.TSZE", NVME_CTRL_RPMBS_TOTAL_SIZE },
    { "RPMBS.ASZE", MASK(NVME_CTRL_RPMBS_ACCESS_SIZE) },
    { "DSTO.SDSO", NVME_CTRL_DSTO_ONE_DST },
    { "HCTMA.HCTMS", NVME_CTRL_HCTMA_HCTM },
    { "SANICAP.CES", NVME_CTRL_SANICAP_CES },
    { "SANICAP.BES", NVME_CTRL_SANICAP_BES },
    { "SANICAP.OWS", NVME_CTRL_SANICAP_OWS },
    { "SANICAP.NDI", NVME_CTRL_SANICAP_NDI },
    { "SANICAP.NODMMAS", MASK(NVME_CTRL_SANICAP_NODMMAS) },
    { "ANACAP.RANAOS", NVME_CTRL_ANACAP_OPT },
    { "ANACAP.RANANOS", NVME_CTRL_ANACAP_NON_OPT },
    { "ANACAP.RANAIS", NVME_CTRL_ANACAP_INACCESSIBLE },
    { "ANACAP.RANAPLS", NVME_CTRL_ANACAP_PERSISTENT_LOSS },
    { "ANACAP.RANACS", NVME_CTRL_ANACAP_CHANGE },
    { "ANACAP.ANAGIDCS", NVME_CTRL_ANACAP_GRPID_NO_CHG },
    { "ANACAP.ANAGIDS", NVME_CTRL_ANACAP_GRPID_MGMT },

    { "SQES.MINSQES", NVME_CTRL_SQES_MIN },
    { "SQES.MAXSQES", NVME_CTRL_SQES_MAX },
    { "CQES.MINCQES", NVME_CTRL_CQES_MIN },
    { "CQES.MAXCQES", NVME_CTRL_CQES_MAX },
    { "ONCS.NVMCMPS", NVME_CTRL_ONCS_COMPARE },
    { "ONCS.NVMWUSV", NVME_CTRL_ONCS_WRITE_UNCORRECTABLE },
    { "ONCS.NVMDSMSV", NVME_CTRL_ONCS_DSM },
    { "ONCS.NVMWZSV", NVME_CTRL_ONCS_WRITE_ZEROES },
    { "ONCS.SSFS", NVME_CTRL_ONCS_SAVE_FEATURES },
    { "ONCS.RESERVS", NVME_CTRL_ONCS_RESERVATIONS },
    { "ONCS.TSS", NVME_CTRL_ONCS_TIMESTAMP },
    { "ONCS.NVMVFYS", NVME_CTRL_ONCS_VERIFY },
    { "ONCS.NVMCPYS", NVME_CTRL_ONCS_COPY },
    { "FUSES.FCWS", NVME_CTRL_FUSES_COMPARE_AND_WRITE },
    { "FNA.FNS", NVME_CTRL_FNA_FMT_ALL_NAMESPACES },
    { "FNA.SENS", NVME_CTRL_FNA_SEC_ALL_NAMESPACES },
    { "FNA.CRYES", NVME_CTRL_FNA_CRYPTO_ERASE },
    { "FNA.FNVMBS", NVME_CTRL_FNA_NSID_FFFFFFFF },
    { "VWC.VWCP", NVME_CTRL_VWC_PRESENT },
    { "VWC.FB", NVME_CTRL_VWC_FLUSH },
    { "ICSVSCC.SNVSCF", NVME_CTRL_NVSCC_FMT },
    { "NWPC.NWPWPS", NVME_CTRL_NWPC_WRITE_PROTECT },
    { "NWPC.WPUPCS", NVME_CTRL_NWPC_WRITE_PROTECT_POWER_CYCLE },
    { "NWPC.PWPS", NVME_CTRL_NWPC_WRITE_PROTECT_PERMANENT },
    /* libnvme says of `ocfs`: "each bit n means controller supports Copy Format n". */
    { "OCFS.CDF0S", 1 << 0 },
    { "OCFS.CDF1S", 1 << 1 },

    { "SGLS.SGLS", NVME_CTRL_SGLS_SUPPORTED },
    { "SGLS.KSDBDS", NVME_CTRL_SGLS_KEYED },
    /* Bytes 539:536, bits 15:8, not in libnvme 1.3. 2.1 and 2.2 describe it; check that Figure 275 of 2.0 does. */
    { "SGLS.SDT", 0xff00 },
    { "SGLS.SBBDS", NVME_CTRL_SGLS_BIT_BUCKET },
    { "SGLS.MBA", NVME_CTRL_SGLS_MPTR_BYTE_ALIGNED },
    { "SGLS.LLDTS", NVME_CTRL_SGLS_OVERSIZE },
    { "SGLS.MSDS", NVME_CTRL_SGLS_MPTR_SGL },
    { "SGLS.SAOS", NVME_CTRL_SGLS_OFFSET },
    { "SGLS.TSDBDS", NVME_CTRL_SGLS_TPORT },

    { "FCATT.DCMS", NVME_CTRL_FCATT_DYNAMIC },
    { "OFCS.DCS", NVME_CTRL_OFCS_DISCONNECT },
};

/* The power state descriptor is larger than a mask, so its fields are masks within a member of libnvme's structure. */
struct member_bits {
    const char *name;
    size_t byte, size; /* of the member */
    uint32_t mask;
};
#define IN(name, member, mask) \
    { name, offsetof(struct nvme_id_psd, member), sizeof(((struct nvme_id_psd *)0)->member), mask }
static const struct member_bits power_places[] = {
    IN("MP", mp, 0xffff),
    IN("MXPS", flags, NVME_PSD_FLAGS_MXPS),
    IN("NOPS", flags, NVME_PSD_FLAGS_NOPS),
    IN("ENLAT", enlat, 0xffffffff),
    IN("EXLAT", exlat, 0xffffffff),
    /* Figure 276: bits 4:0 of these four bytes; libnvme gives them the whole byte. */
    IN("RRT", rrt, 0x1f),
    IN("RRL", rrl, 0x1f),
    IN("RWT", rwt, 0x1f),
    IN("RWL", rwl, 0x1f),
    IN("IDLP", idlp, 0xffff),
    /* libnvme takes these two with nvme_psd_power_scale(), a shift by 6; test_power_scale holds it against that. */
    IN("IPS", ips, 0xc0),
    IN("ACTP", actp, 0xffff),
    IN("APW", apws, 0x07),
    IN("APS", apws, 0xc0),
    /* Base 2.1, Figure 313, bits 219:184; reserved bytes in libnvme 1.3. */
    { "EPFRT", 23, 1, 0xff },
    { "FQVT", 24, 1, 0xff },
    { "EPFVT", 25, 1, 0xff },
    { "EPFRTS", 26, 1, 0x0f },
    { "FQVTS", 26, 1, 0xf0 },
    { "EPFVTS", 27, 1, 0x0f },
};
#undef IN

#define AT(name, member) { name, offsetof(struct nvme_id_ns, member), sizeof(((struct nvme_id_ns *)0)->member) }
static const struct place namespace_places[] = {
    AT("NSZE", nsze),
    AT("NCAP", ncap),
    AT("NUSE", nuse),
    AT("NSFEAT", nsfeat),
    AT("NLBAF", nlbaf),
    AT("FLBAS", flbas),
    AT("MC", mc),
    AT("DPC", dpc),
    AT("DPS", dps),
    AT("NMIC", nmic),
    AT("RESCAP", rescap),
    AT("FPI", fpi),
    AT("DLFEAT", dlfeat),
    AT("NAWUN", nawun),
    AT("NAWUPF", nawupf),
    AT("NACWU", nacwu),
    AT("NABSN", nabsn),
    AT("NABO", nabo),
    AT("NABSPF", nabspf),
    AT("NOIOB", noiob),
    AT("NVMCAP", nvmcap),
    AT("NPWG", npwg),
    AT("NPWA", npwa),
    AT("NPDG", npdg),
    AT("NPDA", npda),
    AT("NOWS", nows),
    AT("MSSRL", mssrl),
    AT("MCL", mcl),
    AT("MSRC", msrc),
    AT("NULBAF", nulbaf),
    /* NVM Command Set 1.2, Figure 114; reserved bytes in libnvme 1.3. */
    { "KPIOS", 81, 1 },
    { "KPIODAAG", 84, 4 },
    AT("ANAGRPID", anagrpid),
    AT("NSATTR", nsattr),
    AT("NVMSETID", nvmsetid),
    AT("ENDGID", endgid),
    AT("NGUID", nguid),
    AT("EUI64", eui64),
    AT("LBAF", lbaf),
    /* NVM Command Set 1.0: 4095:384 is vendor specific, LBSTM is in the structure of CNS 05h; libnvme 1.3 has it here. */
    { "VS", 384, sizeof(struct nvme_id_ns) - 384 },
};
#undef AT

static const struct bits namespace_bits[] = {
    { "NSFEAT.THINP", NVME_NS_FEAT_THIN },
    { "NSFEAT.NSABP", NVME_NS_FEAT_NATOMIC },
    { "NSFEAT.DAE", NVME_NS_FEAT_DULBE },
    { "NSFEAT.UIDREUSE", NVME_NS_FEAT_ID_REUSE },
    /* NVM Command Set 1.2, Figure 114: bits 5:4; libnvme 1.3 has the lower one only, as 1.0 does, 1.16 MAM (bit 6) too. */
    { "NSFEAT.OPTPERF", 0x30 },
    { "NSFEAT.MAM", 0x40 },
    { "NSFEAT.OPTRPERF", 0x80 },
    { "KPIOS.KPIOENS", 0x1 },
    { "KPIOS.KPIOSNS", 0x2 },
    { "FLBAS.FIDXL", NVME_NS_FLBAS_LOWER_MASK },
    { "FLBAS.MTELBA", NVME_NS_FLBAS_META_EXT },
    { "FLBAS.FIDXU", NVME_NS_FLBAS_HIGHER_MASK },
    { "MC.MTELBAS", NVME_NS_MC_EXTENDED },
    { "MC.MTSBS", NVME_NS_MC_SEPARATE },
    { "DPC.PIT1S", NVME_NS_DPC_PI_TYPE1 },
    { "DPC.PIT2S", NVME_NS_DPC_PI_TYPE2 },
    { "DPC.PIT3S", NVME_NS_DPC_PI_TYPE3 },
    { "DPC.PIIFB", NVME_NS_DPC_PI_FIRST },
    { "DPC.PIILB", NVME_NS_DPC_PI_LAST },
    { "DPS.PIT", NVME_NS_DPS_PI_MASK },
    { "DPS.PIP", NVME_NS_DPS_PI_FIRST },
    { "NMIC.SHRNS", NVME_NS_NMIC_SHARED },
    { "RESCAP.PTPL", NVME_NS_RESCAP_PTPL },
    { "RESCAP.WE", NVME_NS_RESCAP_WE },
    { "RESCAP.EA", NVME_NS_RESCAP_EA },
    { "RESCAP.WERO", NVME_NS_RESCAP_WERO },
    { "RESCAP.EARO", NVME_NS_RESCAP_EARO },
    { "RESCAP.WEAR", NVME_NS_RESCAP_WEAR },
    { "RESCAP.EAAR", NVME_NS_RESCAP_EAAR },
    { "RESCAP.IEK_13", NVME_NS_RESCAP_IEK_13 },
    { "FPI.RFNVM", NVME_NS_FPI_REMAINING },
    { "FPI.FPIS", NVME_NS_FPI_SUPPORTED },
    { "DLFEAT.DRB", NVME_NS_DLFEAT_RB },
    { "DLFEAT.WZDS", NVME_NS_DLFEAT_WRITE_ZEROES },
    { "DLFEAT.GDS", NVME_NS_DLFEAT_CRC_GUARD },
    { "NSATTR.CWP", NVME_NS_NSATTR_WRITE_PROTECTED },
    { "LBAF.MS", (uint64_t)UINT16_MAX << offsetof(struct nvme_lbaf, ms) * 8 },
    { "LBAF.LBADS", (uint64_t)UINT8_MAX << offsetof(struct nvme_lbaf, ds) * 8 },
    { "LBAF.RP", (uint64_t)NVME_LBAF_RP_MASK << offsetof(struct nvme_lbaf, rp) * 8 },
};

/* Enumerated values. */
static const struct {
    const struct lone_record *record;
    const char *path, *name;
    uint64_t value;
} enumerated[] = {
    { &lone_identify_controller, "CNTRLTYPE", "IO", NVME_CTRL_CNTRLTYPE_IO },
    { &lone_identify_controller, "CNTRLTYPE", "Discovery", NVME_CTRL_CNTRLTYPE_DISCOVERY },
    { &lone_identify_controller, "CNTRLTYPE", "Administrative", NVME_CTRL_CNTRLTYPE_ADMIN },
    { &lone_power_state, "IPS", "NotReported", NVME_PSD_PS_NOT_REPORTED },
    { &lone_power_state, "IPS", "100uW", NVME_PSD_PS_100_MICRO_WATT },
    { &lone_power_state, "IPS", "10mW", NVME_PSD_PS_10_MILLI_WATT },
    { &lone_power_state, "APS", "NotReported", NVME_PSD_PS_NOT_REPORTED },
    { &lone_power_state, "APS", "100uW", NVME_PSD_PS_100_MICRO_WATT },
    { &lone_power_state, "APS", "10mW", NVME_PSD_PS_10_MILLI_WATT },
    { &lone_power_state, "APW", "NoWorkload", NVME_PSD_WORKLOAD_NP },
    { &lone_power_state, "APW", "Workload1", NVME_PSD_WORKLOAD_1 },
    { &lone_power_state, "APW", "Workload2", NVME_PSD_WORKLOAD_2 },
    { &lone_identify_namespace, "DPS.PIT", "Disabled", NVME_NS_DPS_PI_NONE },
    { &lone_identify_namespace, "DPS.PIT", "Type1", NVME_NS_DPS_PI_TYPE1 },
    { &lone_identify_namespace, "DPS.PIT", "Type2", NVME_NS_DPS_PI_TYPE2 },
    { &lone_identify_namespace, "DPS.PIT", "Type3", NVME_NS_DPS_PI_TYPE3 },
    { &lone_identify_namespace, "DLFEAT.DRB", "NotReported", NVME_NS_DLFEAT_RB_NR },
    { &lone_identify_namespace, "DLFEAT.DRB", "AllZeros", NVME_NS_DLFEAT_RB_ALL_0S },
    { &lone_identify_namespace, "DLFEAT.DRB", "AllOnes", NVME_NS_DLFEAT_RB_ALL_FS },
    { &lone_identify_namespace, "LBAF.RP", "Best", NVME_LBAF_RP_BEST },
    { &lone_identify_namespace, "LBAF.RP", "Better", NVME_LBAF_RP_BETTER },
    { &lone_identify_namespace, "LBAF.RP", "Good", NVME_LBAF_RP_GOOD },
    { &lone_identify_namespace, "LBAF.RP", "Degraded", NVME_LBAF_RP_DEGRADED },
    { &lone_namespace_descriptors, "CSI", "NVM", NVME_CSI_NVM },
    { &lone_namespace_descriptors, "CSI", "KV", NVME_CSI_KV },
    { &lone_namespace_descriptors, "CSI", "ZNS", NVME_CSI_ZNS },
    { &lone_uuid_list, "UUID.IDASSOC", "None", NVME_ID_UUID_ASSOCIATION_NONE },
    { &lone_uuid_list, "UUID.IDASSOC", "VID", NVME_ID_UUID_ASSOCIATION_VENDOR },
    { &lone_uuid_list, "UUID.IDASSOC", "SSVID", NVME_ID_UUID_ASSOCIATION_SUBSYSTEM_VENDOR },
};

/* clang-format on */

/* The field behind "A" or "A.B"; arrays are named without an element. NULL when the table does not have it. */
static const struct lone_field *field_at(const struct lone_record *record, const char *path)
{
    const char *dot = strchr(path, '.');
    const struct lone_field *field;
    char name[32];

    if (!dot)
        return lone_record_field(record, path);
    assert_true((size_t)(dot - path) < sizeof(name));
    memcpy(name, path, (size_t)(dot - path));
    name[dot - path] = 0;
    field = lone_record_field(record, name);
    return field && field->record ? lone_record_field(field->record, dot + 1) : NULL;
}

static uint64_t mask_of(const struct lone_field *field)
{
    uint64_t ones = field->bits < 64 ? (1ull << field->bits) - 1 : UINT64_MAX;

    return ones << field->bit;
}

static void check_places(const struct lone_record *record, const struct place *places, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct lone_field *field = lone_record_field(record, places[i].name);

        if (!field)
            fail_msg("%s has no field %s", record->name, places[i].name);
        if (field->bit != places[i].byte * 8 || field->bits * (field->count ? field->count : 1u) != places[i].size * 8)
            fail_msg("%s.%s: bit %u, %u × %u bits; libnvme has it at byte %zu, %zu bytes", record->name, field->name,
                     field->bit, field->count, field->bits, places[i].byte, places[i].size);
    }
    /* The reverse: a row that the oracle's list does not have has been held against nothing. */
    for (size_t i = 0; i < record->n_fields; i++) {
        size_t k = 0;

        while (k < n && strcmp(places[k].name, record->fields[i].name))
            k++;
        if (k == n)
            fail_msg("%s.%s is not in this test's list", record->name, record->fields[i].name);
    }
}

static void check_bits(const struct lone_record *record, const struct bits *bits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct lone_field *field = field_at(record, bits[i].path);

        if (!field)
            fail_msg("%s has no field %s", record->name, bits[i].path);
        if (mask_of(field) != bits[i].mask)
            fail_msg("%s.%s: mask 0x%llx, but the list says 0x%llx", record->name, bits[i].path,
                     (unsigned long long)mask_of(field), (unsigned long long)bits[i].mask);
    }
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_record *nested = record->fields[i].record;

        /* The power state descriptor has a list of its own. */
        for (size_t k = 0; nested && nested != &lone_power_state && k < nested->n_fields; k++) {
            char path[64];
            size_t at = 0;

            snprintf(path, sizeof(path), "%s.%s", record->fields[i].name, nested->fields[k].name);
            while (at < n && strcmp(bits[at].path, path))
                at++;
            if (at == n)
                fail_msg("%s.%s is not in this test's list", record->name, path);
        }
    }
}

static const struct lone_record *const records[] = {
    &lone_identify_controller, &lone_power_state,           &lone_identify_namespace,
    &lone_namespace_list,      &lone_namespace_descriptors, &lone_uuid_list,
};

static void test_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(records); i++) {
        struct lone_error error = {0};

        if (lone_record_check(records[i], &error))
            fail_msg("%s", error.text);
        assert_non_null(records[i]->title);
        assert_non_null(records[i]->spec);
        assert_non_null(records[i]->section);
    }
}

/* What Identify returns is read only, and every row says what it is. */
static void check_rows(const struct lone_record *record)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];

        assert_int_equal(field->access, LONE_RO);
        if (!field->meaning || !*field->meaning)
            fail_msg("%s.%s has no meaning", record->name, field->name);
        if (field->record)
            check_rows(field->record);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(records); i++)
        check_rows(records[i]);
}

static void test_controller_places(void **state)
{
    (void)state;
    assert_int_equal(lone_identify_controller.size, sizeof(struct nvme_id_ctrl));
    check_places(&lone_identify_controller, controller_places, LONE_COUNT(controller_places));
    assert_int_equal(lone_record_field(&lone_identify_controller, "PSD")->count, 32);
    assert_ptr_equal(lone_record_field(&lone_identify_controller, "PSD")->record, &lone_power_state);
}

static void test_controller_bits(void **state)
{
    (void)state;
    check_bits(&lone_identify_controller, controller_bits, LONE_COUNT(controller_bits));
}

static void test_power_places(void **state)
{
    (void)state;
    assert_int_equal(lone_power_state.size, sizeof(struct nvme_id_psd));
    assert_int_equal(lone_power_state.n_fields, LONE_COUNT(power_places));
    for (size_t i = 0; i < LONE_COUNT(power_places); i++) {
        const struct member_bits *place = &power_places[i];
        const struct lone_field *field = lone_record_field(&lone_power_state, place->name);

        if (!field)
            fail_msg("power_state has no field %s", place->name);
        assert_int_equal(field->bit / 8, place->byte);
        assert_true(field->bit % 8 + field->bits <= place->size * 8);
        assert_int_equal(((1ull << field->bits) - 1) << field->bit % 8, place->mask);
    }
}

static void test_power_scale(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        struct nvme_id_psd psd = {.ips = (__u8)value, .apws = (__u8)~value};
        const uint8_t *bytes = (const uint8_t *)&psd;

        assert_int_equal(lone_get(&lone_power_state, bytes, "IPS"), nvme_psd_power_scale(psd.ips));
        assert_int_equal(lone_get(&lone_power_state, bytes, "APS"), nvme_psd_power_scale(psd.apws));
    }
}

static void test_namespace_places(void **state)
{
    (void)state;
    assert_int_equal(lone_identify_namespace.size, sizeof(struct nvme_id_ns));
    check_places(&lone_identify_namespace, namespace_places, LONE_COUNT(namespace_places));
    assert_int_equal(lone_record_field(&lone_identify_namespace, "LBAF")->count, 64);
    assert_int_equal(lone_record_field(&lone_identify_namespace, "LBAF")->record->size, sizeof(struct nvme_lbaf));
}

static void test_namespace_bits(void **state)
{
    (void)state;
    check_bits(&lone_identify_namespace, namespace_bits, LONE_COUNT(namespace_bits));
}

static void test_lists_places(void **state)
{
    const struct lone_field *field = lone_record_field(&lone_namespace_list, "NSID");
    const struct lone_record *entry;

    (void)state;
    assert_int_equal(lone_namespace_list.size, sizeof(struct nvme_ns_list));
    assert_int_equal(lone_namespace_list.n_fields, 1);
    assert_int_equal(field->bit, offsetof(struct nvme_ns_list, ns) * 8);
    assert_int_equal(field->count, NVME_ID_NS_LIST_MAX);
    assert_int_equal(field->bits * field->count, sizeof(struct nvme_ns_list) * 8);
    assert_true(field->ends_at_zero);

    field = lone_record_field(&lone_uuid_list, "UUID");
    entry = field->record;
    assert_int_equal(lone_uuid_list.size, sizeof(struct nvme_id_uuid_list));
    assert_int_equal(lone_uuid_list.n_fields, 1);
    assert_int_equal(field->bit, offsetof(struct nvme_id_uuid_list, entry) * 8);
    assert_int_equal(field->count, NVME_ID_UUID_LIST_MAX);
    assert_int_equal(field->first, 1);
    assert_true(field->ends_at_zero);
    assert_int_equal(entry->size, sizeof(struct nvme_id_uuid_list_entry));
    assert_int_equal(entry->n_fields, 2);
    assert_int_equal(lone_record_field(entry, "IDASSOC")->bit, offsetof(struct nvme_id_uuid_list_entry, header) * 8);
    assert_int_equal(mask_of(lone_record_field(entry, "IDASSOC")), NVME_ID_UUID_HDR_ASSOCIATION_MASK);
    assert_int_equal(lone_record_field(entry, "UUID")->bit, offsetof(struct nvme_id_uuid_list_entry, uuid) * 8);
    assert_int_equal(lone_record_field(entry, "UUID")->bits, 16 * 8);
}

static void test_descriptors_places(void **state)
{
    static const struct {
        const char *name;
        unsigned type, length;
    } types[] = {
        {"EUI64", NVME_NIDT_EUI64, NVME_NIDT_EUI64_LEN},
        {"NGUID", NVME_NIDT_NGUID, NVME_NIDT_NGUID_LEN},
        {"UUID", NVME_NIDT_UUID, NVME_NIDT_UUID_LEN},
        {"CSI", NVME_NIDT_CSI, NVME_NIDT_CSI_LEN},
    };
    const struct lone_record *record = &lone_namespace_descriptors;

    (void)state;
    assert_int_equal(record->size, NVME_IDENTIFY_DATA_SIZE);
    assert_int_equal(record->tlv.type_byte, offsetof(struct nvme_ns_id_desc, nidt));
    assert_int_equal(record->tlv.length_byte, offsetof(struct nvme_ns_id_desc, nidl));
    assert_int_equal(record->tlv.header, offsetof(struct nvme_ns_id_desc, nid));
    assert_int_equal(record->n_fields, LONE_COUNT(types));
    for (size_t i = 0; i < LONE_COUNT(types); i++) {
        const struct lone_field *field = lone_record_field(record, types[i].name);

        assert_non_null(field);
        assert_int_equal(field->tag, types[i].type);
        assert_int_equal(field->bits, types[i].length * 8);
        assert_int_equal(field->bit, 0);
    }
}

static void test_enumerated(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(enumerated); i++) {
        const struct lone_field *field = field_at(enumerated[i].record, enumerated[i].path);
        const struct lone_name *name;

        assert_non_null(field);
        assert_non_null(field->names);
        for (name = field->names; name->name && strcmp(name->name, enumerated[i].name); name++)
            ;
        if (!name->name)
            fail_msg("%s has no value %s", enumerated[i].path, enumerated[i].name);
        assert_int_equal(name->value, enumerated[i].value);
    }
}

/* The structures that the enumerations of commands refer to by number. */
static void test_cns(void **state)
{
    (void)state;
    assert_int_equal(LONE_CNS_NAMESPACE, NVME_IDENTIFY_CNS_NS);
    assert_int_equal(LONE_CNS_CONTROLLER, NVME_IDENTIFY_CNS_CTRL);
    assert_int_equal(LONE_CNS_ACTIVE_NAMESPACES, NVME_IDENTIFY_CNS_NS_ACTIVE_LIST);
    assert_int_equal(LONE_CNS_DESCRIPTORS, NVME_IDENTIFY_CNS_NS_DESC_LIST);
    assert_int_equal(LONE_CNS_UUIDS, NVME_IDENTIFY_CNS_UUID_LIST);
}

/* A field's file, as text in static storage; "(none)" where @bytes do not have the field. */
static const char *shown(const struct lone_record *record, const void *bytes, size_t length, const char *name)
{
    static char text[2 * 4096 + 1];
    const struct lone_field *field = lone_record_field(record, name);
    int64_t at;

    assert_non_null(field);
    at = lone_field_locate(record, field, 0, bytes, length);
    if (at < 0) {
        assert_int_equal(at, -ENODATA);
        return "(none)";
    }
    assert_true(lone_field_format(field, bytes, at, text, sizeof(text)) < sizeof(text));
    return text;
}

static const char *explained(const struct lone_record *record, const void *bytes, const char *path)
{
    static char text[160];
    const char *dot = strchr(path, '.');
    const struct lone_field *field = field_at(record, path);
    uint32_t at;

    assert_non_null(field);
    at = field->bit;
    if (dot) {
        char name[32];

        snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
        at += lone_record_field(record, name)->bit;
    }
    lone_field_explain(field, bytes, at, text, sizeof(text));
    return text;
}

#define GET(name)     lone_get(&lone_identify_controller, (const uint8_t *)id, name)
#define SHOWN(name)   shown(&lone_identify_controller, id, sizeof(*id), name)
#define EXPLAIN(path) explained(&lone_identify_controller, id, path)

/* Fills what is text, wide, or has a member of its own; every value differs from the others and in all of its bytes. */
static struct nvme_id_ctrl *filled_controller(void)
{
    struct nvme_id_ctrl *id = calloc(1, sizeof(*id));

    assert_non_null(id);
    id->vid = htole16(0x1b36);
    id->ssvid = htole16(0x1af4);
    memcpy(id->sn, "EDDAE771            ", sizeof(id->sn));
    memcpy(id->mn, "nvsim_0.1                               ", sizeof(id->mn));
    memcpy(id->fr, "0.001   ", sizeof(id->fr));
    id->rab = 6;
    memcpy(id->ieee, (const uint8_t[]){0x00, 0x54, 0x52}, sizeof(id->ieee));
    id->cmic = NVME_CTRL_CMIC_MULTI_CTRL | NVME_CTRL_CMIC_MULTI_ANA_REPORTING;
    id->mdts = 7;
    id->cntlid = htole16(0x0102);
    id->ver = htole32(0x00020001);
    id->rtd3r = htole32(0x03040506);
    id->rtd3e = htole32(0x0708090a);
    id->oaes = htole32(MASK(NVME_CTRL_OAES_DL) | NVME_CTRL_OAES_NA);
    id->ctratt = htole32(NVME_CTRL_CTRATT_ELBAS | NVME_CTRL_CTRATT_UUID_LIST);
    id->rrls = htole16(0x8010);
    id->cntrltype = NVME_CTRL_CNTRLTYPE_IO;
    for (unsigned i = 0; i < sizeof(id->fguid); i++)
        id->fguid[i] = (__u8)(0xa0 + i);
    id->crdt1 = htole16(0x1112);
    id->crdt2 = htole16(0x1314);
    id->crdt3 = htole16(0x1516);
    id->nvmsr = NVME_CTRL_NVMSR_NVMEE;
    id->vwci = NVME_CTRL_VWCI_VWCRV | 0x2a;
    id->mec = NVME_CTRL_MEC_PCIEME;
    id->oacs = htole16(NVME_CTRL_OACS_FORMAT | NVME_CTRL_OACS_DBBUF_CFG);
    id->acl = 3;
    id->aerl = 4;
    id->frmw = NVME_CTRL_FRMW_1ST_RO | 5 << 1 | NVME_CTRL_FRMW_MP_UP_DETECTION;
    id->lpa = NVME_CTRL_LPA_EXTENDED | NVME_CTRL_LPA_DA4_TELEMETRY;
    id->elpe = 63;
    id->npss = 1;
    id->avscc = 1;
    id->apsta = 1;
    id->wctemp = htole16(0x0157);
    id->cctemp = htole16(0x0175);
    id->mtfa = htole16(0x1718);
    id->hmpre = htole32(0x191a1b1c);
    id->hmmin = htole32(0x1d1e1f20);
    for (unsigned i = 0; i < 16; i++) {
        id->tnvmcap[i] = (__u8)(0x21 + i);
        id->unvmcap[i] = (__u8)(0x31 + i);
        id->megcap[i] = (__u8)(0x41 + i);
        id->maxdna[i] = (__u8)(0x51 + i);
    }
    id->rpmbs = htole32(0x7f030001);
    id->edstt = htole16(0x6162);
    id->dsto = 1;
    id->fwug = 0xff;
    id->kas = htole16(10);
    id->hctma = htole16(1);
    id->mntmt = htole16(0x0111);
    id->mxtmt = htole16(0x0163);
    id->sanicap = htole32(2u << 30 | NVME_CTRL_SANICAP_BES);
    id->hmminds = htole32(0x65666768);
    id->hmmaxd = htole16(0x696a);
    id->nsetidmax = htole16(0x6b6c);
    id->endgidmax = htole16(0x6d6e);
    id->anatt = 0x6f;
    id->anacap = NVME_CTRL_ANACAP_OPT | NVME_CTRL_ANACAP_GRPID_MGMT;
    id->anagrpmax = htole32(0x71727374);
    id->nanagrpid = htole32(0x75767778);
    id->pels = htole32(0x00000010);
    id->domainid = htole16(0x797a);
    id->sqes = 0x86;
    id->cqes = 0x54;
    id->maxcmd = htole16(0x7b7c);
    id->nn = htole32(0x81828384);
    id->oncs = htole16(NVME_CTRL_ONCS_DSM | NVME_CTRL_ONCS_COPY);
    id->fuses = htole16(1);
    id->fna = NVME_CTRL_FNA_CRYPTO_ERASE;
    id->vwc = NVME_CTRL_VWC_PRESENT | 3 << 1;
    id->awun = htole16(0x8586);
    id->awupf = htole16(0x0000);
    id->icsvscc = 1;
    id->nwpc = NVME_CTRL_NWPC_WRITE_PROTECT_PERMANENT;
    id->acwu = htole16(0x8788);
    id->ocfs = htole16(2);
    id->sgls = htole32(NVME_CTRL_SGLS_OFFSET | 0x2000 | 1);
    id->mnan = htole32(0x898a8b8c);
    id->maxcna = htole32(0x8d8e8f90);
    strcpy(id->subnqn, "nqn.2014-08.org.nvmexpress:uuid:lone");
    id->ioccsz = htole32(0x00000104);
    id->iorcsz = htole32(0x00000001);
    id->icdoff = htole16(0x9192);
    id->fcatt = NVME_CTRL_FCATT_DYNAMIC;
    id->msdbd = 0x93;
    id->ofcs = htole16(NVME_CTRL_OFCS_DISCONNECT);
    id->psd[0] = (struct nvme_id_psd){.mp = htole16(2500), .enlat = htole32(16), .exlat = htole32(4)};
    id->psd[31] = (struct nvme_id_psd){
        .mp = htole16(0x9495),
        .flags = NVME_PSD_FLAGS_NOPS,
        .enlat = htole32(0x96979899),
        .exlat = htole32(0x9a9b9c9d),
        .rrt = 0x1e,
        .rrl = 0x1d,
        .rwt = 0x1c,
        .rwl = 0x1b,
        .idlp = htole16(0x9e9f),
        .ips = NVME_PSD_PS_10_MILLI_WATT << 6,
        .actp = htole16(0xa1a2),
        .apws = NVME_PSD_PS_100_MICRO_WATT << 6 | NVME_PSD_WORKLOAD_2,
    };
    id->vs[0] = 0xde;
    id->vs[1023] = 0xad;
    return id;
}

static void test_controller_numbers(void **state)
{
    struct nvme_id_ctrl *id = filled_controller();

    (void)state;
    assert_int_equal(GET("VID"), 0x1b36);
    assert_int_equal(GET("SSVID"), 0x1af4);
    assert_int_equal(GET("RAB"), 6);
    assert_int_equal(GET("IEEE"), 0x525400);
    assert_int_equal(GET("MDTS"), 7);
    assert_int_equal(GET("CNTLID"), 0x0102);
    assert_int_equal(GET("RTD3R"), 0x03040506);
    assert_int_equal(GET("RTD3E"), 0x0708090a);
    assert_int_equal(GET("CNTRLTYPE"), 1);
    assert_int_equal(GET("CRDT1"), 0x1112);
    assert_int_equal(GET("CRDT2"), 0x1314);
    assert_int_equal(GET("CRDT3"), 0x1516);
    assert_int_equal(GET("ACL"), 3);
    assert_int_equal(GET("AERL"), 4);
    assert_int_equal(GET("ELPE"), 63);
    assert_int_equal(GET("NPSS"), 1);
    assert_int_equal(GET("WCTEMP"), 0x0157);
    assert_int_equal(GET("CCTEMP"), 0x0175);
    assert_int_equal(GET("MTFA"), 0x1718);
    assert_int_equal(GET("HMPRE"), 0x191a1b1c);
    assert_int_equal(GET("HMMIN"), 0x1d1e1f20);
    assert_int_equal(GET("EDSTT"), 0x6162);
    assert_int_equal(GET("FWUG"), 0xff);
    assert_int_equal(GET("KAS"), 10);
    assert_int_equal(GET("MNTMT"), 0x0111);
    assert_int_equal(GET("MXTMT"), 0x0163);
    assert_int_equal(GET("HMMINDS"), 0x65666768);
    assert_int_equal(GET("HMMAXD"), 0x696a);
    assert_int_equal(GET("NSETIDMAX"), 0x6b6c);
    assert_int_equal(GET("ENDGIDMAX"), 0x6d6e);
    assert_int_equal(GET("ANATT"), 0x6f);
    assert_int_equal(GET("ANAGRPMAX"), 0x71727374);
    assert_int_equal(GET("NANAGRPID"), 0x75767778);
    assert_int_equal(GET("PELS"), 0x10);
    assert_int_equal(GET("DID"), 0x797a);
    assert_int_equal(GET("MAXCMD"), 0x7b7c);
    assert_int_equal(GET("NN"), 0x81828384);
    assert_int_equal(GET("AWUN"), 0x8586);
    assert_int_equal(GET("AWUPF"), 0);
    assert_int_equal(GET("ACWU"), 0x8788);
    assert_int_equal(GET("MNAN"), 0x898a8b8c);
    assert_int_equal(GET("MAXCNA"), 0x8d8e8f90);
    assert_int_equal(GET("IOCCSZ"), 0x104);
    assert_int_equal(GET("IORCSZ"), 1);
    assert_int_equal(GET("ICDOFF"), 0x9192);
    assert_int_equal(GET("MSDBD"), 0x93);
    free(id);
}

static void test_controller_nested(void **state)
{
    struct nvme_id_ctrl *id = filled_controller();

    (void)state;
    assert_int_equal(GET("CMIC.MPORTS"), 0);
    assert_int_equal(GET("CMIC.MCTRS"), 1);
    assert_int_equal(GET("CMIC.ANARS"), 1);
    assert_int_equal(GET("VER.MJR"), 2);
    assert_int_equal(GET("VER.MNR"), 0);
    assert_int_equal(GET("VER.TER"), 1);
    assert_int_equal(GET("OAES.DLPCN"), 1);
    assert_int_equal(GET("OAES.NSAN"), 1);
    assert_int_equal(GET("OAES.FAN"), 0);
    assert_int_equal(GET("CTRATT.ULIST"), 1);
    assert_int_equal(GET("CTRATT.ELBAS"), 1);
    assert_int_equal(GET("RRLS.RRL4"), 1);
    assert_int_equal(GET("RRLS.RRL5"), 0);
    assert_int_equal(GET("RRLS.RRL15"), 1);
    assert_int_equal(GET("NVMSR.NVMEE"), 1);
    assert_int_equal(GET("VWCI.VWCR"), 0x2a);
    assert_int_equal(GET("VWCI.VWCRV"), 1);
    assert_int_equal(GET("MEC.PCIEME"), 1);
    assert_int_equal(GET("OACS.FNVMS"), 1);
    assert_int_equal(GET("OACS.DBCS"), 1);
    assert_int_equal(GET("OACS.SSRS"), 0);
    assert_int_equal(GET("FRMW.FFSRO"), 1);
    assert_int_equal(GET("FRMW.NOFS"), 5);
    assert_int_equal(GET("FRMW.FAWR"), 0);
    assert_int_equal(GET("FRMW.SMUD"), 1);
    assert_int_equal(GET("LPA.LPEDS"), 1);
    assert_int_equal(GET("LPA.DA4S"), 1);
    assert_int_equal(GET("AVSCC.VSCF"), 1);
    assert_int_equal(GET("APSTA.APTS"), 1);
    assert_int_equal(GET("RPMBS.NRPMBU"), 1);
    assert_int_equal(GET("RPMBS.AUTHM"), 0);
    assert_int_equal(GET("RPMBS.TSZE"), 3);
    assert_int_equal(GET("RPMBS.ASZE"), 0x7f);
    assert_int_equal(GET("DSTO.SDSO"), 1);
    assert_int_equal(GET("HCTMA.HCTMS"), 1);
    assert_int_equal(GET("SANICAP.BES"), 1);
    assert_int_equal(GET("SANICAP.NODMMAS"), 2);
    assert_int_equal(GET("ANACAP.RANAOS"), 1);
    assert_int_equal(GET("ANACAP.ANAGIDS"), 1);
    assert_int_equal(GET("SQES.MINSQES"), 6);
    assert_int_equal(GET("SQES.MAXSQES"), 8);
    assert_int_equal(GET("CQES.MINCQES"), 4);
    assert_int_equal(GET("CQES.MAXCQES"), 5);
    assert_int_equal(GET("ONCS.NVMDSMSV"), 1);
    assert_int_equal(GET("ONCS.NVMCPYS"), 1);
    assert_int_equal(GET("FUSES.FCWS"), 1);
    assert_int_equal(GET("FNA.CRYES"), 1);
    assert_int_equal(GET("VWC.VWCP"), 1);
    assert_int_equal(GET("VWC.FB"), 3);
    assert_int_equal(GET("ICSVSCC.SNVSCF"), 1);
    assert_int_equal(GET("NWPC.PWPS"), 1);
    assert_int_equal(GET("OCFS.CDF1S"), 1);
    assert_int_equal(GET("SGLS.SGLS"), 1);
    assert_int_equal(GET("SGLS.SDT"), 0x20);
    assert_int_equal(GET("SGLS.SAOS"), 1);
    assert_int_equal(GET("FCATT.DCMS"), 1);
    assert_int_equal(GET("OFCS.DCS"), 1);
    free(id);
}

static void test_controller_power(void **state)
{
    struct nvme_id_ctrl *id = filled_controller();

    (void)state;
    assert_int_equal(GET("PSD.0.MP"), 2500);
    assert_int_equal(GET("PSD.0.MXPS"), 0);
    assert_int_equal(GET("PSD.0.NOPS"), 0);
    assert_int_equal(GET("PSD.0.ENLAT"), 16);
    assert_int_equal(GET("PSD.0.EXLAT"), 4);
    assert_int_equal(GET("PSD.1.MP"), 0);
    assert_int_equal(GET("PSD.31.MP"), 0x9495);
    assert_int_equal(GET("PSD.31.MXPS"), 0);
    assert_int_equal(GET("PSD.31.NOPS"), 1);
    assert_int_equal(GET("PSD.31.ENLAT"), 0x96979899);
    assert_int_equal(GET("PSD.31.EXLAT"), 0x9a9b9c9d);
    assert_int_equal(GET("PSD.31.RRT"), 0x1e);
    assert_int_equal(GET("PSD.31.RRL"), 0x1d);
    assert_int_equal(GET("PSD.31.RWT"), 0x1c);
    assert_int_equal(GET("PSD.31.RWL"), 0x1b);
    assert_int_equal(GET("PSD.31.IDLP"), 0x9e9f);
    assert_int_equal(GET("PSD.31.IPS"), 2);
    assert_int_equal(GET("PSD.31.ACTP"), 0xa1a2);
    assert_int_equal(GET("PSD.31.APW"), 2);
    assert_int_equal(GET("PSD.31.APS"), 1);
    free(id);
}

static void test_controller_shown(void **state)
{
    struct nvme_id_ctrl *id = filled_controller();

    (void)state;
    assert_string_equal(SHOWN("SN"), "EDDAE771");
    assert_string_equal(SHOWN("MN"), "nvsim_0.1");
    assert_string_equal(SHOWN("FR"), "0.001");
    assert_string_equal(SHOWN("SUBNQN"), "nqn.2014-08.org.nvmexpress:uuid:lone");
    assert_string_equal(SHOWN("VID"), "0x1b36");
    assert_string_equal(SHOWN("AWUPF"), "0x0");
    assert_string_equal(SHOWN("IEEE"), "52-54-00");
    assert_string_equal(SHOWN("FGUID"), "a0-a1-a2-a3-a4-a5-a6-a7-a8-a9-aa-ab-ac-ad-ae-af");
    assert_string_equal(SHOWN("TNVMCAP"), "0x302f2e2d2c2b2a292827262524232221");
    assert_string_equal(SHOWN("UNVMCAP"), "0x403f3e3d3c3b3a393837363534333231");
    assert_string_equal(SHOWN("MEGCAP"), "0x504f4e4d4c4b4a494847464544434241");
    assert_string_equal(SHOWN("MAXDNA"), "0x605f5e5d5c5b5a595857565554535251");
    assert_int_equal(strlen(SHOWN("VS")), 2048);
    assert_memory_equal(SHOWN("VS"), "de00", 4);
    assert_string_equal(SHOWN("VS") + 2044, "00ad");
    free(id);
}

static void test_controller_explained(void **state)
{
    struct nvme_id_ctrl *id = filled_controller();

    (void)state;
    assert_string_equal(EXPLAIN("RAB"), "64 commands");
    assert_string_equal(EXPLAIN("MDTS"), "128 minimum pages");
    assert_string_equal(EXPLAIN("CRDT1"), "437000 ms");
    assert_string_equal(EXPLAIN("CNTRLTYPE"), "IO: I/O controller");
    assert_string_equal(EXPLAIN("ACL"), "4 commands");
    assert_string_equal(EXPLAIN("ELPE"), "64 entries");
    assert_string_equal(EXPLAIN("NPSS"), "2 states");
    assert_string_equal(EXPLAIN("WCTEMP"), "70 °C");
    assert_string_equal(EXPLAIN("KAS"), "1000 ms");
    assert_string_equal(EXPLAIN("FWUG"), "NoRestriction: any number of dwords");
    assert_string_equal(EXPLAIN("PELS"), "1048576 B");
    assert_string_equal(EXPLAIN("SQES.MINSQES"), "64 B");
    assert_string_equal(EXPLAIN("SQES.MAXSQES"), "256 B");
    assert_string_equal(EXPLAIN("CQES.MINCQES"), "16 B");
    assert_string_equal(EXPLAIN("AWUPF"), "1 block");
    assert_string_equal(EXPLAIN("RPMBS.TSZE"), "524288 B");
    assert_string_equal(EXPLAIN("RPMBS.ASZE"), "65536 B");
    assert_string_equal(EXPLAIN("IOCCSZ"), "4160 B");
    id->mdts = 0;
    assert_string_equal(EXPLAIN("MDTS"), "NoLimit");
    id->fwug = 2;
    assert_string_equal(EXPLAIN("FWUG"), "8192 B");
    id->wctemp = 0;
    assert_string_equal(EXPLAIN("WCTEMP"), "not reported");
    free(id);
}

/* Every number of the structure, once at its largest: no field may reach into its neighbours. */
static void test_set_get(void **state)
{
    (void)state;
    for (size_t r = 0; r < 2; r++) {
        const struct lone_record *record = r ? &lone_identify_namespace : &lone_identify_controller;

        for (size_t i = 0; i < record->n_fields; i++) {
            const struct lone_field *field = &record->fields[i];
            uint8_t bytes[4096] = {0};
            size_t ones = 0;

            if (field->kind == LONE_RECORD || field->bits > 64)
                continue;
            lone_set(record, bytes, field->name, UINT64_MAX);
            for (size_t k = 0; k < sizeof(bytes); k++)
                ones += (size_t)__builtin_popcount(bytes[k]);
            assert_int_equal(ones, field->bits);
            assert_int_equal(lone_get(record, bytes, field->name),
                             field->bits < 64 ? (1ull << field->bits) - 1 : UINT64_MAX);
        }
    }
}

static void test_text_trimmed(void **state)
{
    struct nvme_id_ctrl *id = calloc(1, sizeof(*id));

    (void)state;
    assert_non_null(id);
    assert_string_equal(SHOWN("SN"), "");
    memset(id->sn, ' ', sizeof(id->sn));
    assert_string_equal(SHOWN("SN"), "");
    /* Devices pad with either; blanks inside and in front belong to the text. */
    memcpy(id->sn, " A B \0 \0\0            ", sizeof(id->sn));
    assert_string_equal(SHOWN("SN"), " A B");
    free(id);
}

static void test_text_hostile(void **state)
{
    struct nvme_id_ctrl *id = calloc(1, sizeof(*id));

    (void)state;
    assert_non_null(id);
    memcpy(id->sn, "A\033[2J\n\0\377\177\\B          ", sizeof(id->sn));
    assert_string_equal(SHOWN("SN"), "A\\x1b[2J\\x0a\\x00\\xff\\x7f\\x5cB");
    for (const char *c = SHOWN("SN"); *c; c++)
        assert_uint_in_range((unsigned char)*c, 0x20, 0x7e);
    memset(id->mn, '\007', sizeof(id->mn));
    assert_int_equal(strlen(SHOWN("MN")), 4 * sizeof(id->mn));
    free(id);
}

/* Text that fills its field has no 0 behind it, and what follows must not become part of it. */
static void test_text_unterminated(void **state)
{
    struct nvme_id_ctrl *id = malloc(sizeof(*id));
    const struct lone_field *field = lone_record_field(&lone_identify_controller, "SUBNQN");
    char small[8];

    (void)state;
    assert_non_null(id);
    memset(id, 'n', sizeof(*id));
    assert_int_equal(strlen(SHOWN("SN")), 20);
    assert_int_equal(strlen(SHOWN("MN")), 40);
    assert_int_equal(strlen(SHOWN("FR")), 8);
    assert_int_equal(strlen(SHOWN("SUBNQN")), 256);
    /* And a place for it that is too small is filled, ended, and told the length. */
    assert_int_equal(lone_field_format(field, (const uint8_t *)id, field->bit, small, sizeof(small)), 256);
    assert_string_equal(small, "nnnnnnn");
    free(id);
}

static void test_namespace_values(void **state)
{
    struct nvme_id_ns *ns = calloc(1, sizeof(*ns));
    const struct lone_record *record = &lone_identify_namespace;
    const uint8_t *bytes = (const uint8_t *)ns;

    (void)state;
    assert_non_null(ns);
    ns->nsze = htole64(0x0102030405060708);
    ns->ncap = htole64(0x1112131415161718);
    ns->nuse = htole64(0x2122232425262728);
    ns->nsfeat = 0x10; /* OPTPERF */
    ns->nlbaf = 17;
    ns->flbas = 1 << 5 | NVME_NS_FLBAS_META_EXT | 2;
    ns->dps = NVME_NS_DPS_PI_TYPE3;
    ns->rescap = NVME_NS_RESCAP_EAAR;
    ns->fpi = NVME_NS_FPI_SUPPORTED | 25;
    ns->dlfeat = NVME_NS_DLFEAT_WRITE_ZEROES | NVME_NS_DLFEAT_RB_ALL_FS;
    ns->nabo = htole16(0x3132);
    ns->noiob = htole16(0x3334);
    for (unsigned i = 0; i < 16; i++) {
        ns->nvmcap[i] = (__u8)(0x41 + i);
        ns->nguid[i] = (__u8)(0x51 + i);
    }
    memcpy(ns->eui64, (const uint8_t[]){0x52, 0x54, 0x00, 1, 2, 3, 4, 0xff}, 8);
    ns->npwg = htole16(7);
    ns->mssrl = htole16(128);
    ns->mcl = htole32(0x61626364);
    ns->anagrpid = htole32(0x65666768);
    ns->nsattr = 1;
    ns->nvmsetid = htole16(0x696a);
    ns->endgid = htole16(0x6b6c);
    ns->lbaf[0] = (struct nvme_lbaf){.ds = 9, .rp = NVME_LBAF_RP_DEGRADED};
    ns->lbaf[63] = (struct nvme_lbaf){.ms = htole16(64), .ds = 12, .rp = NVME_LBAF_RP_GOOD};

    assert_int_equal(lone_get(record, bytes, "NSZE"), 0x0102030405060708);
    assert_int_equal(lone_get(record, bytes, "NCAP"), 0x1112131415161718);
    assert_int_equal(lone_get(record, bytes, "NUSE"), 0x2122232425262728);
    assert_int_equal(lone_get(record, bytes, "NSFEAT.OPTPERF"), 1);
    assert_int_equal(lone_get(record, bytes, "FLBAS.FIDXL"), 2);
    assert_int_equal(lone_get(record, bytes, "FLBAS.MTELBA"), 1);
    assert_int_equal(lone_get(record, bytes, "FLBAS.FIDXU"), 1);
    assert_int_equal(lone_get(record, bytes, "DPS.PIT"), 3);
    assert_int_equal(lone_get(record, bytes, "DPS.PIP"), 0);
    assert_int_equal(lone_get(record, bytes, "RESCAP.EAAR"), 1);
    assert_int_equal(lone_get(record, bytes, "FPI.RFNVM"), 25);
    assert_int_equal(lone_get(record, bytes, "FPI.FPIS"), 1);
    assert_int_equal(lone_get(record, bytes, "DLFEAT.DRB"), 2);
    assert_int_equal(lone_get(record, bytes, "DLFEAT.WZDS"), 1);
    assert_int_equal(lone_get(record, bytes, "DLFEAT.GDS"), 0);
    assert_int_equal(lone_get(record, bytes, "NABO"), 0x3132);
    assert_int_equal(lone_get(record, bytes, "NOIOB"), 0x3334);
    assert_int_equal(lone_get(record, bytes, "MCL"), 0x61626364);
    assert_int_equal(lone_get(record, bytes, "ANAGRPID"), 0x65666768);
    assert_int_equal(lone_get(record, bytes, "NSATTR.CWP"), 1);
    assert_int_equal(lone_get(record, bytes, "NVMSETID"), 0x696a);
    assert_int_equal(lone_get(record, bytes, "ENDGID"), 0x6b6c);
    assert_int_equal(lone_get(record, bytes, "LBAF.0.LBADS"), 9);
    assert_int_equal(lone_get(record, bytes, "LBAF.0.RP"), 3);
    assert_int_equal(lone_get(record, bytes, "LBAF.63.MS"), 64);
    assert_int_equal(lone_get(record, bytes, "LBAF.63.LBADS"), 12);
    assert_int_equal(lone_get(record, bytes, "LBAF.63.RP"), 2);
    assert_string_equal(shown(record, ns, sizeof(*ns), "NVMCAP"), "0x504f4e4d4c4b4a494847464544434241");
    assert_string_equal(shown(record, ns, sizeof(*ns), "NGUID"), "51-52-53-54-55-56-57-58-59-5a-5b-5c-5d-5e-5f-60");
    assert_string_equal(shown(record, ns, sizeof(*ns), "EUI64"), "52-54-00-01-02-03-04-ff");
    assert_string_equal(explained(record, ns, "NLBAF"), "18 formats");
    assert_string_equal(explained(record, ns, "NPWG"), "8 blocks");
    assert_string_equal(explained(record, ns, "MSSRL"), "128 blocks");
    assert_string_equal(explained(record, ns, "NAWUN"), "AsAWUN: the size that the controller reports");
    assert_string_equal(explained(record, ns, "LBAF.LBADS"), "512 B");
    free(ns);
}

static size_t json_length(const struct lone_record *record, const void *bytes, size_t length, const char *name)
{
    struct json_object *json = lone_record_json(record, bytes, length, NULL), *fields, *array;
    size_t n;

    assert_non_null(json);
    assert_true(json_object_object_get_ex(json, "fields", &fields));
    assert_true(json_object_object_get_ex(fields, name, &array));
    n = json_object_array_length(array);
    json_object_put(json);
    return n;
}

/* An unused entry of the error log is zeros (its error count is 0: NVMe Base 2.0, 5.16.1.2), and says nothing of those
 * behind it; so it is with combinations of I/O command sets. */
static void test_unused(void **state)
{
    struct nvme_error_log_page entries[4] = {{.error_count = 0}, {.error_count = htole64(7)}, {.error_count = 0}, {0}};
    uint8_t sets[4096] = {[8 * 3] = 1, [8 * 5] = 4};
    struct lone_text text = {0};

    (void)state;
    assert_int_equal(json_length(lone_log_named("error")->record, entries, sizeof(entries), "ENTRY"), 2);
    lone_record_text(lone_log_named("error")->record, (const uint8_t *)entries, sizeof(entries), NULL, &text);
    assert_non_null(strstr(text.text, "ENTRY/1 "));
    assert_non_null(strstr(strstr(text.text, "ENTRY/1 "), "0x7 "));
    assert_null(strstr(text.text, "ENTRY/2"));
    lone_text_free(&text);
    assert_int_equal(json_length(&lone_command_sets, sets, sizeof(sets), "IOCSC"), 6);
    memset(entries, 0, sizeof(entries));
    assert_int_equal(json_length(lone_log_named("error")->record, entries, sizeof(entries), "ENTRY"), 0);
}

static void test_lists_end(void **state)
{
    struct nvme_ns_list *namespaces = calloc(1, sizeof(*namespaces));
    struct nvme_id_uuid_list *uuids = calloc(1, sizeof(*uuids));
    struct lone_text text = {0};

    (void)state;
    assert_non_null(namespaces);
    assert_non_null(uuids);
    namespaces->ns[0] = htole32(1);
    namespaces->ns[1] = htole32(0x01020304);
    namespaces->ns[3] = htole32(9); /* behind the end: not part of the list */
    assert_int_equal(json_length(&lone_namespace_list, namespaces, sizeof(*namespaces), "NSID"), 2);
    assert_int_equal(lone_get(&lone_namespace_list, (const uint8_t *)namespaces, "NSID.1"), 0x01020304);
    for (unsigned i = 0; i < NVME_ID_NS_LIST_MAX; i++)
        namespaces->ns[i] = htole32(i + 1);
    assert_int_equal(json_length(&lone_namespace_list, namespaces, sizeof(*namespaces), "NSID"), 1024);
    assert_int_equal(lone_get(&lone_namespace_list, (const uint8_t *)namespaces, "NSID.1023"), 1024);

    uuids->entry[0].header = NVME_ID_UUID_ASSOCIATION_SUBSYSTEM_VENDOR;
    for (unsigned i = 0; i < 16; i++)
        uuids->entry[0].uuid[i] = (__u8)(i * 17);
    uuids->entry[1].uuid[15] = 1;
    uuids->entry[126].uuid[0] = 0x7e;
    assert_int_equal(json_length(&lone_uuid_list, uuids, sizeof(*uuids), "UUID"), 2);
    assert_int_equal(lone_get(&lone_uuid_list, (const uint8_t *)uuids, "UUID.1.IDASSOC"), 2);
    assert_int_equal(lone_get(&lone_uuid_list, (const uint8_t *)uuids, "UUID.127.IDASSOC"), 0);
    lone_record_text(&lone_uuid_list, (const uint8_t *)uuids, sizeof(*uuids), NULL, &text);
    assert_false(text.failed);
    assert_non_null(strstr(text.text, "UUID/1"));
    assert_non_null(strstr(text.text, "00112233-4455-6677-8899-aabbccddeeff"));
    assert_non_null(strstr(text.text, "UUID/2"));
    assert_null(strstr(text.text, "UUID/0"));
    assert_null(strstr(text.text, "UUID/3"));
    lone_text_free(&text);
    free(uuids);
    free(namespaces);
}

/* A list of descriptors in memory of exactly its size, so that the address sanitizer sees every byte read too much. */
struct list {
    uint8_t *bytes;
    size_t length;
};

static void add(struct list *list, uint8_t type, uint8_t length, const void *value, size_t present)
{
    struct nvme_ns_id_desc header = {.nidt = type, .nidl = length};
    uint8_t *grown = realloc(list->bytes, list->length + sizeof(header) + present);

    assert_non_null(grown);
    memcpy(grown + list->length, &header, sizeof(header));
    if (present)
        memcpy(grown + list->length + sizeof(header), value, present);
    list->bytes = grown;
    list->length += sizeof(header) + present;
}

#define LISTED(list, name) shown(&lone_namespace_descriptors, (list).bytes, (list).length, name)

/* Runs the whole decoder over the list; what counts is that it comes back. */
static void decode_all(const struct list *list)
{
    struct lone_text text = {0};
    struct json_object *json = lone_record_json(&lone_namespace_descriptors, list->bytes, list->length, NULL);

    assert_non_null(json);
    json_object_put(json);
    lone_record_text(&lone_namespace_descriptors, list->bytes, list->length, NULL, &text);
    assert_false(text.failed);
    lone_text_free(&text);
}

static const uint8_t uuid[16] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t eui64[8] = {0x52, 0x54, 0x00, 0xaa, 0xbb, 0xcc, 0xdd, 0xee};
static const uint8_t csi[1] = {NVME_CSI_ZNS};
static const char uuid_text[] = "12345678-9abc-def0-0102-030405060708";

static void test_descriptors(void **state)
{
    struct list list = {0};

    (void)state;
    add(&list, NVME_NIDT_UUID, NVME_NIDT_UUID_LEN, uuid, sizeof(uuid));
    add(&list, NVME_NIDT_EUI64, NVME_NIDT_EUI64_LEN, eui64, sizeof(eui64));
    add(&list, NVME_NIDT_CSI, NVME_NIDT_CSI_LEN, csi, sizeof(csi));
    /* The list may end with the memory … */
    assert_string_equal(LISTED(list, "UUID"), uuid_text);
    assert_string_equal(LISTED(list, "EUI64"), "52-54-00-aa-bb-cc-dd-ee");
    assert_string_equal(LISTED(list, "CSI"), "0x2");
    assert_string_equal(LISTED(list, "NGUID"), "(none)");
    decode_all(&list);
    /* … or with a descriptor of length 0, after which nothing counts. */
    add(&list, 0, 0, NULL, 0);
    add(&list, NVME_NIDT_NGUID, NVME_NIDT_NGUID_LEN, uuid, sizeof(uuid));
    assert_string_equal(LISTED(list, "NGUID"), "(none)");
    assert_string_equal(LISTED(list, "CSI"), "0x2");
    decode_all(&list);
    free(list.bytes);
}

static void test_descriptors_unknown(void **state)
{
    struct list list = {0};

    (void)state;
    add(&list, 0x7f, 3, "xyz", 3);
    add(&list, 0xff, 1, "x", 1);
    add(&list, NVME_NIDT_UUID, NVME_NIDT_UUID_LEN, uuid, sizeof(uuid));
    assert_string_equal(LISTED(list, "UUID"), uuid_text);
    assert_string_equal(LISTED(list, "EUI64"), "(none)");
    decode_all(&list);
    free(list.bytes);

    /* Type 0 is reserved: it ends the list, whatever its length. */
    list = (struct list){0};
    add(&list, 0, 1, "x", 1);
    add(&list, NVME_NIDT_UUID, NVME_NIDT_UUID_LEN, uuid, sizeof(uuid));
    assert_string_equal(LISTED(list, "UUID"), "(none)");
    decode_all(&list);
    free(list.bytes);
}

static void test_descriptors_zero_length(void **state)
{
    struct list list = {0};

    (void)state;
    add(&list, NVME_NIDT_UUID, 0, NULL, 0);
    add(&list, NVME_NIDT_EUI64, NVME_NIDT_EUI64_LEN, eui64, sizeof(eui64));
    assert_string_equal(LISTED(list, "UUID"), "(none)");
    assert_string_equal(LISTED(list, "EUI64"), "(none)");
    decode_all(&list);
    free(list.bytes);
}

/* A known type whose length is not the one of that type: too short has no value, too long has its first bytes. */
static void test_descriptors_wrong_length(void **state)
{
    struct list list = {0};

    (void)state;
    add(&list, NVME_NIDT_UUID, 4, uuid, 4);
    add(&list, NVME_NIDT_EUI64, 16, uuid, 16);
    add(&list, NVME_NIDT_CSI, NVME_NIDT_CSI_LEN, csi, sizeof(csi));
    assert_string_equal(LISTED(list, "UUID"), "(none)");
    assert_string_equal(LISTED(list, "EUI64"), "12-34-56-78-9a-bc-de-f0");
    assert_string_equal(LISTED(list, "CSI"), "0x2");
    decode_all(&list);
    free(list.bytes);
}

/* Every length to which a good list can be cut: a descriptor is there when all of it is. */
static void test_descriptors_truncated(void **state)
{
    const size_t uuid_end = 4 + 16, eui64_end = uuid_end + 4 + 8, csi_end = eui64_end + 4 + 1;
    struct list list = {0};

    (void)state;
    add(&list, NVME_NIDT_UUID, NVME_NIDT_UUID_LEN, uuid, sizeof(uuid));
    add(&list, NVME_NIDT_EUI64, NVME_NIDT_EUI64_LEN, eui64, sizeof(eui64));
    add(&list, NVME_NIDT_CSI, NVME_NIDT_CSI_LEN, csi, sizeof(csi));
    assert_int_equal(list.length, csi_end);
    for (size_t length = 0; length <= csi_end; length++) {
        struct list cut = {malloc(length ? length : 1), length};

        assert_non_null(cut.bytes);
        memcpy(cut.bytes, list.bytes, length);
        assert_string_equal(LISTED(cut, "UUID"), length >= uuid_end ? uuid_text : "(none)");
        assert_string_equal(LISTED(cut, "EUI64"), length >= eui64_end ? "52-54-00-aa-bb-cc-dd-ee" : "(none)");
        assert_string_equal(LISTED(cut, "CSI"), length >= csi_end ? "0x2" : "(none)");
        decode_all(&cut);
        free(cut.bytes);
    }
    free(list.bytes);
}

/* A length that reaches beyond the end of the full structure. */
static void test_descriptors_beyond(void **state)
{
    struct list list = {calloc(1, NVME_IDENTIFY_DATA_SIZE), NVME_IDENTIFY_DATA_SIZE};
    size_t at = 0;

    (void)state;
    assert_non_null(list.bytes);
    /* 15 × (4 + 255) = 3885 bytes of unknown ones, one of 4 + 188, then a header at 4077 with 15 bytes behind it. */
    for (unsigned i = 0; i < 16; i++) {
        list.bytes[at] = 0x80;
        list.bytes[at + 1] = i < 15 ? 255 : 188;
        at += 4u + list.bytes[at + 1];
    }
    list.bytes[at] = NVME_NIDT_UUID;
    list.bytes[at + 1] = NVME_NIDT_UUID_LEN;
    assert_int_equal(at + 4 + 15, NVME_IDENTIFY_DATA_SIZE);
    assert_string_equal(LISTED(list, "UUID"), "(none)");
    decode_all(&list);
    list.bytes[at] = NVME_NIDT_EUI64;
    list.bytes[at + 1] = 15;
    assert_string_equal(LISTED(list, "EUI64"), "00-00-00-00-00-00-00-00");
    decode_all(&list);
    memset(list.bytes, 0xff, list.length);
    for (size_t i = 0; i < lone_namespace_descriptors.n_fields; i++)
        assert_string_equal(LISTED(list, lone_namespace_descriptors.fields[i].name), "(none)");
    decode_all(&list);
    free(list.bytes);
}

/* Whatever a device returns as one of these structures, and whatever little of it arrived, has a text and a JSON form.
 */
static void test_any_bytes(void **state)
{
    static const size_t lengths[] = {0, 1, 3, 4, 5, 31, 33, 77, 384, 2047, 2049, 3071, 4095, 4096};

    (void)state;
    for (size_t r = 0; r < LONE_COUNT(records); r++) {
        for (unsigned pattern = 0; pattern < 3; pattern++) {
            for (size_t i = 0; i < LONE_COUNT(lengths) && lengths[i] <= records[r]->size; i++) {
                uint8_t *bytes = malloc(lengths[i] ? lengths[i] : 1);
                struct lone_text text = {0};
                struct json_object *json;

                assert_non_null(bytes);
                for (size_t k = 0; k < lengths[i]; k++)
                    bytes[k] = pattern == 0 ? 0 : pattern == 1 ? 0xff : (uint8_t)(k * 167 + 13);
                lone_record_text(records[r], bytes, lengths[i], NULL, &text);
                assert_false(text.failed);
                json = lone_record_json(records[r], bytes, lengths[i], NULL);
                assert_non_null(json);
                json_object_put(json);
                lone_text_free(&text);
                free(bytes);
            }
        }
    }
}

/* --- What a controller says that it has --- */

#define SAID(kind, number, member, mask)                                                    \
    {                                                                                       \
        LONE_OFFER_##kind, NVME_##number, offsetof(struct nvme_id_ctrl, member), MASK(mask) \
    }
/* Where no name of the oracle says it: bit 0 of VWC, NWPC and so on, or any bit. */
static const struct said {
    enum lone_offer_kind kind;
    uint8_t number;
    size_t byte;
    uint32_t mask; /* all that tells of it, little endian */
} said[] = {
    SAID(IDENTIFY, IDENTIFY_CNS_NVMSET_LIST, ctratt, NVME_CTRL_CTRATT_NVM_SETS),
    SAID(IDENTIFY, IDENTIFY_CNS_NS_USER_DATA_FORMAT, ctratt, NVME_CTRL_CTRATT_ELBAS),
    SAID(IDENTIFY, IDENTIFY_CNS_ALLOCATED_NS_LIST, oacs, NVME_CTRL_OACS_NS_MGMT),
    SAID(IDENTIFY, IDENTIFY_CNS_ALLOCATED_NS, oacs, NVME_CTRL_OACS_NS_MGMT),
    SAID(IDENTIFY, IDENTIFY_CNS_NS_CTRL_LIST, oacs, NVME_CTRL_OACS_NS_MGMT),
    SAID(IDENTIFY, IDENTIFY_CNS_CTRL_LIST, oacs, NVME_CTRL_OACS_NS_MGMT),
    SAID(IDENTIFY, IDENTIFY_CNS_PRIMARY_CTRL_CAP, oacs, NVME_CTRL_OACS_VIRT_MGMT),
    SAID(IDENTIFY, IDENTIFY_CNS_SECONDARY_CTRL_LIST, oacs, NVME_CTRL_OACS_VIRT_MGMT),
    SAID(IDENTIFY, IDENTIFY_CNS_NS_GRANULARITY, ctratt, NVME_CTRL_CTRATT_NAMESPACE_GRANULARITY),
    SAID(IDENTIFY, IDENTIFY_CNS_UUID_LIST, ctratt, NVME_CTRL_CTRATT_UUID_LIST),
    SAID(IDENTIFY, IDENTIFY_CNS_DOMAIN_LIST, ctratt, NVME_CTRL_CTRATT_MDS),
    SAID(IDENTIFY, IDENTIFY_CNS_ENDURANCE_GROUP_ID, ctratt, NVME_CTRL_CTRATT_ENDURANCE_GROUPS),
    SAID(LOG, LOG_LID_SUPPORTED_LOG_PAGES, lpa, NVME_CTRL_LPA_LI0_LI5_LI12_LI13),
    SAID(LOG, LOG_LID_CHANGED_NS, oaes, NVME_CTRL_OAES_NA),
    SAID(LOG, LOG_LID_CMD_EFFECTS, lpa, NVME_CTRL_LPA_CMD_EFFECTS),
    SAID(LOG, LOG_LID_DEVICE_SELF_TEST, oacs, NVME_CTRL_OACS_SELF_TEST),
    SAID(LOG, LOG_LID_TELEMETRY_HOST, lpa, NVME_CTRL_LPA_TELEMETRY),
    SAID(LOG, LOG_LID_TELEMETRY_CTRL, lpa, NVME_CTRL_LPA_TELEMETRY),
    SAID(LOG, LOG_LID_PREDICTABLE_LAT_AGG, ctratt, NVME_CTRL_CTRATT_PREDICTABLE_LAT),
    SAID(LOG, LOG_LID_ANA, cmic, NVME_CTRL_CMIC_MULTI_ANA_REPORTING),
    SAID(LOG, LOG_LID_LBA_STATUS, oaes, NVME_CTRL_OAES_LBAS),
    SAID(LOG, LOG_LID_ENDURANCE_GRP_EVT, oaes, NVME_CTRL_OAES_EGE),
    SAID(LOG, LOG_LID_SUPPORTED_CAP_CONFIG_LIST, ctratt, NVME_CTRL_CTRATT_FIXED_CAP),
    SAID(LOG, LOG_LID_FID_SUPPORTED_EFFECTS, lpa, NVME_CTRL_LPA_LI0_LI5_LI12_LI13),
    SAID(LOG, LOG_LID_MI_CMD_SUPPORTED_EFFECTS, lpa, NVME_CTRL_LPA_LI0_LI5_LI12_LI13),
    SAID(LOG, LOG_LID_RESERVATION, oncs, NVME_CTRL_ONCS_RESERVATIONS),
    SAID(LOG, LOG_LID_SANITIZE, sanicap, UINT32_MAX),
    SAID(FEATURE, FEAT_FID_VOLATILE_WC, vwc, NVME_CTRL_VWC_PRESENT),
    SAID(FEATURE, FEAT_FID_AUTO_PST, apsta, NVME_CTRL_APSTA_APST),
    SAID(FEATURE, FEAT_FID_HOST_MEM_BUF, hmpre, UINT32_MAX),
    SAID(FEATURE, FEAT_FID_TIMESTAMP, oncs, NVME_CTRL_ONCS_TIMESTAMP),
    SAID(FEATURE, FEAT_FID_KATO, kas, UINT16_MAX),
    SAID(FEATURE, FEAT_FID_HCTM, hctma, NVME_CTRL_HCTMA_HCTM),
    SAID(FEATURE, FEAT_FID_NOPSC, ctratt, NVME_CTRL_CTRATT_NON_OP_PSP),
    SAID(FEATURE, FEAT_FID_LBA_STS_INTERVAL, oaes, NVME_CTRL_OAES_LBAS),
    SAID(FEATURE, FEAT_FID_HOST_BEHAVIOR, ctratt, NVME_CTRL_CTRATT_ELBAS),
    SAID(FEATURE, FEAT_FID_SANITIZE, sanicap, UINT32_MAX),
    SAID(FEATURE, FEAT_FID_HOST_ID, oncs, NVME_CTRL_ONCS_RESERVATIONS),
    SAID(FEATURE, FEAT_FID_RESV_MASK, oncs, NVME_CTRL_ONCS_RESERVATIONS),
    SAID(FEATURE, FEAT_FID_RESV_PERSIST, oncs, NVME_CTRL_ONCS_RESERVATIONS),
    SAID(FEATURE, FEAT_FID_WRITE_PROTECT, nwpc, 1),
};

/* What all controllers have, of these versions and later. */
static const struct {
    enum lone_offer_kind kind;
    uint8_t number;
    uint32_t since;
} had[] = {
    {LONE_OFFER_IDENTIFY, NVME_IDENTIFY_CNS_NS, 0},
    {LONE_OFFER_IDENTIFY, NVME_IDENTIFY_CNS_CTRL, 0},
    {LONE_OFFER_IDENTIFY, NVME_IDENTIFY_CNS_NS_ACTIVE_LIST, 0},
    {LONE_OFFER_IDENTIFY, NVME_IDENTIFY_CNS_NS_DESC_LIST, 0x10300},
    {LONE_OFFER_IDENTIFY, NVME_IDENTIFY_CNS_CSI_INDEPENDENT_ID_NS, 0x20000},
    {LONE_OFFER_LOG, NVME_LOG_LID_ERROR, 0},
    {LONE_OFFER_LOG, NVME_LOG_LID_SMART, 0},
    {LONE_OFFER_LOG, NVME_LOG_LID_FW_SLOT, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_ARBITRATION, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_POWER_MGMT, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_TEMP_THRESH, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_ERR_RECOVERY, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_NUM_QUEUES, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_IRQ_COALESCE, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_IRQ_CONFIG, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_WRITE_ATOMIC, 0},
    {LONE_OFFER_FEATURE, NVME_FEAT_FID_ASYNC_EVENT, 0},
};

/* Of a structure with one bit set: only what that bit tells, and what all have. */
static void test_offers(void **state)
{
    uint8_t identify[4096];

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(said); i++) {
        assert_false(lone_offered(said[i].kind, said[i].number, NULL));
        for (unsigned bit = 0; bit < 8u * 540; bit++) {
            bool told =
                bit / 8 >= said[i].byte && bit < 8 * said[i].byte + 32 && said[i].mask >> (bit - 8 * said[i].byte) & 1;

            memset(identify, 0, sizeof(identify));
            identify[bit / 8] = (uint8_t)(1 << bit % 8);
            if (lone_offered(said[i].kind, said[i].number, identify) != told)
                fail_msg("row %zu, byte %u bit %u: %d", i, bit / 8, bit % 8, !told);
        }
    }
    for (size_t i = 0; i < LONE_COUNT(had); i++) {
        struct nvme_id_ctrl old = {.ver = htole32(had[i].since - 1)}, now = {.ver = htole32(had[i].since)};

        assert_int_equal(lone_offered(had[i].kind, had[i].number, NULL), !had[i].since);
        assert_true(lone_offered(had[i].kind, had[i].number, (const uint8_t *)&now));
        if (had[i].since)
            assert_false(lone_offered(had[i].kind, had[i].number, (const uint8_t *)&old));
    }
    /* What needs a number or a context to be read is not to be had just so. */
    memset(identify, 0xff, sizeof(identify));
    assert_false(lone_offered(LONE_OFFER_LOG, NVME_LOG_LID_PERSISTENT_EVENT, identify));
    assert_false(lone_offered(LONE_OFFER_LOG, NVME_LOG_LID_ENDURANCE_GROUP, identify));
    assert_false(lone_offered(LONE_OFFER_FEATURE, NVME_FEAT_FID_ENDURANCE_EVT_CFG, identify));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_offers),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_controller_places),
        cmocka_unit_test(test_controller_bits),
        cmocka_unit_test(test_power_places),
        cmocka_unit_test(test_power_scale),
        cmocka_unit_test(test_namespace_places),
        cmocka_unit_test(test_namespace_bits),
        cmocka_unit_test(test_lists_places),
        cmocka_unit_test(test_descriptors_places),
        cmocka_unit_test(test_enumerated),
        cmocka_unit_test(test_cns),
        cmocka_unit_test(test_controller_numbers),
        cmocka_unit_test(test_controller_nested),
        cmocka_unit_test(test_controller_power),
        cmocka_unit_test(test_controller_shown),
        cmocka_unit_test(test_controller_explained),
        cmocka_unit_test(test_set_get),
        cmocka_unit_test(test_text_trimmed),
        cmocka_unit_test(test_text_hostile),
        cmocka_unit_test(test_text_unterminated),
        cmocka_unit_test(test_namespace_values),
        cmocka_unit_test(test_lists_end),
        cmocka_unit_test(test_unused),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_descriptors_unknown),
        cmocka_unit_test(test_descriptors_zero_length),
        cmocka_unit_test(test_descriptors_wrong_length),
        cmocka_unit_test(test_descriptors_truncated),
        cmocka_unit_test(test_descriptors_beyond),
        cmocka_unit_test(test_any_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
