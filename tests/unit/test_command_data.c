/* SPDX-License-Identifier: MIT */
/*
 * What commands take and return, against libnvme's <nvme/types.h>: the place of every field, the words of enumerations;
 * and how much data an entry moves, against the specifications' arithmetic written out by hand.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <nvme/types.h>

#include "spec/features.h"
#include "spec/nvme.h"

/* An entry by name and fields, the way users write it. */
static const struct lone_opcode *entry(uint8_t *sqe, const char *name, const char *fields)
{
    const struct lone_opcode *opcode = lone_opcode_named(name);
    char words[256], *save = NULL;

    assert_non_null(opcode);
    assert_true(strlen(fields) < sizeof(words));
    strcpy(words, fields);
    memset(sqe, 0, LONE_SQE_SIZE);
    sqe[0] = opcode->opcode;
    for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *value = strchr(word, '=');
        const struct lone_field *field;
        struct lone_error error;

        assert_non_null(value);
        *value++ = 0;
        field = lone_opcode_field(opcode, word);
        if (!field || lone_field_parse(field, sqe, field->bit, value, strlen(value), &error))
            fail_msg("%s: %s=%s: %s", name, word, value, field ? error.text : "no such field");
    }
    return opcode;
}

static const struct lone_record *result_of(const char *name, const char *fields)
{
    uint8_t sqe[LONE_SQE_SIZE];
    const struct lone_opcode *opcode = entry(sqe, name, fields);

    return lone_opcode_result(opcode, sqe);
}

static const struct lone_record *input_of(const char *name, const char *fields)
{
    uint8_t sqe[LONE_SQE_SIZE];
    const struct lone_opcode *opcode = entry(sqe, name, fields);

    return lone_opcode_input(opcode, sqe);
}

/* Which record an entry has (a result, or an input) and where in it the oracle has a field. */
struct place {
    const char *command, *fields, *path;
    size_t byte, size;
    bool input;
};

/* clang-format off */
#define OUT(command, fields, path, type, member) \
    { command, fields, path, offsetof(struct type, member), sizeof(((struct type *)0)->member), false }
#define ELEMENT(command, fields, path, type, array, element, index, member) \
    { command, fields, path, offsetof(struct type, array) + (index) * sizeof(struct element) + offsetof(struct element, member), \
      sizeof(((struct element *)0)->member), false }
#define IN(command, fields, path, element, index, member) \
    { command, fields, path, (index) * sizeof(struct element) + offsetof(struct element, member), \
      sizeof(((struct element *)0)->member), true }
#define ID "identify"
static const struct place places[] = {
    OUT(ID, "CNS=4", "NID", nvme_id_nvmset_list, nid),
    OUT(ID, "CNS=4", "ENTRY.0.NVMSETID", nvme_id_nvmset_list, ent[0].nvmsetid),
    OUT(ID, "CNS=4", "ENTRY.1.ENDGID", nvme_id_nvmset_list, ent[1].endgid),
    OUT(ID, "CNS=4", "ENTRY.30.R4KRT", nvme_id_nvmset_list, ent[30].rr4kt),
    OUT(ID, "CNS=4", "ENTRY.0.OWS", nvme_id_nvmset_list, ent[0].ows),
    OUT(ID, "CNS=5 CSI=NVM", "LBSTM", nvme_nvm_id_ns, lbstm),
    OUT(ID, "CNS=0x1b CSI=NVM", "LBSTM", nvme_nvm_id_ns, lbstm),
    /* NVM Command Set 1.2, Figure 118. */
    { ID, "CNS=5 CSI=NVM", "NPDGL", 268, 4, false },
    { ID, "CNS=5 CSI=NVM", "NPRG", 272, 4, false },
    { ID, "CNS=5 CSI=NVM", "NPRA", 276, 4, false },
    { ID, "CNS=5 CSI=NVM", "NORS", 280, 4, false },
    { ID, "CNS=5 CSI=NVM", "NPDAL", 284, 4, false },
    { ID, "CNS=5 CSI=NVM", "LBAPSS", 288, 4, false },
    { ID, "CNS=5 CSI=NVM", "TLBAAG", 292, 4, false },
    OUT(ID, "CNS=5 CSI=ZNS", "MAR", nvme_zns_id_ns, mar),
    OUT(ID, "CNS=5 CSI=ZNS", "MOR", nvme_zns_id_ns, mor),
    OUT(ID, "CNS=5 CSI=ZNS", "RRL", nvme_zns_id_ns, rrl),
    OUT(ID, "CNS=5 CSI=ZNS", "FRL", nvme_zns_id_ns, frl),
    OUT(ID, "CNS=5 CSI=ZNS", "RRL1", nvme_zns_id_ns, rrl1),
    OUT(ID, "CNS=5 CSI=ZNS", "RRL2", nvme_zns_id_ns, rrl2),
    OUT(ID, "CNS=5 CSI=ZNS", "RRL3", nvme_zns_id_ns, rrl3),
    OUT(ID, "CNS=5 CSI=ZNS", "FRL1", nvme_zns_id_ns, frl1),
    OUT(ID, "CNS=5 CSI=ZNS", "FRL2", nvme_zns_id_ns, frl2),
    OUT(ID, "CNS=5 CSI=ZNS", "FRL3", nvme_zns_id_ns, frl3),
    OUT(ID, "CNS=5 CSI=ZNS", "NUMZRWA", nvme_zns_id_ns, numzrwa),
    OUT(ID, "CNS=5 CSI=ZNS", "ZRWAFG", nvme_zns_id_ns, zrwafg),
    OUT(ID, "CNS=5 CSI=ZNS", "ZRWASZ", nvme_zns_id_ns, zrwasz),
    OUT(ID, "CNS=5 CSI=ZNS", "LBAFE.63.ZSZE", nvme_zns_id_ns, lbafe[63].zsze),
    OUT(ID, "CNS=0x1b CSI=ZNS", "LBAFE.0.ZDES", nvme_zns_id_ns, lbafe[0].zdes),
    OUT(ID, "CNS=6 CSI=NVM", "VSL", nvme_id_ctrl_nvm, vsl),
    OUT(ID, "CNS=6 CSI=NVM", "WZSL", nvme_id_ctrl_nvm, wzsl),
    OUT(ID, "CNS=6 CSI=NVM", "WUSL", nvme_id_ctrl_nvm, wusl),
    OUT(ID, "CNS=6 CSI=NVM", "DMRL", nvme_id_ctrl_nvm, dmrl),
    OUT(ID, "CNS=6 CSI=NVM", "DMRSL", nvme_id_ctrl_nvm, dmrsl),
    OUT(ID, "CNS=6 CSI=NVM", "DMSL", nvme_id_ctrl_nvm, dmsl),
    OUT(ID, "CNS=6 CSI=ZNS", "ZASL", nvme_zns_id_ctrl, zasl),
    OUT(ID, "CNS=7 CSI=ZNS", "NSID.1023", nvme_ns_list, ns[1023]),
    OUT(ID, "CNS=8", "ANAGRPID", nvme_id_independent_id_ns, anagrpid),
    OUT(ID, "CNS=8", "NVMSETID", nvme_id_independent_id_ns, nvmsetid),
    OUT(ID, "CNS=8", "ENDGID", nvme_id_independent_id_ns, endgid),
    /* Base 2.1, Figure 319. */
    { ID, "CNS=8", "KPIOS", 15, 1, false },
    { ID, "CNS=8", "MAXKT", 16, 2, false },
    { ID, "CNS=8", "RGRPID", 20, 4, false },
    OUT(ID, "CNS=9", "NSZE", nvme_id_ns, nsze),
    OUT(ID, "CNS=0x10", "NSID.0", nvme_ns_list, ns[0]),
    OUT(ID, "CNS=0x11", "NCAP", nvme_id_ns, ncap),
    OUT(ID, "CNS=0x12", "NUMID", nvme_ctrl_list, num),
    OUT(ID, "CNS=0x12", "CNTLID.2046", nvme_ctrl_list, identifier[2046]),
    OUT(ID, "CNS=0x13", "CNTLID.0", nvme_ctrl_list, identifier[0]),
    OUT(ID, "CNS=0x14", "CNTLID", nvme_primary_ctrl_cap, cntlid),
    OUT(ID, "CNS=0x14", "PORTID", nvme_primary_ctrl_cap, portid),
    OUT(ID, "CNS=0x14", "VQFRT", nvme_primary_ctrl_cap, vqfrt),
    OUT(ID, "CNS=0x14", "VQRFA", nvme_primary_ctrl_cap, vqrfa),
    OUT(ID, "CNS=0x14", "VQRFAP", nvme_primary_ctrl_cap, vqrfap),
    OUT(ID, "CNS=0x14", "VQPRT", nvme_primary_ctrl_cap, vqprt),
    OUT(ID, "CNS=0x14", "VQFRSM", nvme_primary_ctrl_cap, vqfrsm),
    OUT(ID, "CNS=0x14", "VQGRAN", nvme_primary_ctrl_cap, vqgran),
    OUT(ID, "CNS=0x14", "VIFRT", nvme_primary_ctrl_cap, vifrt),
    OUT(ID, "CNS=0x14", "VIRFA", nvme_primary_ctrl_cap, virfa),
    OUT(ID, "CNS=0x14", "VIRFAP", nvme_primary_ctrl_cap, virfap),
    OUT(ID, "CNS=0x14", "VIPRT", nvme_primary_ctrl_cap, viprt),
    OUT(ID, "CNS=0x14", "VIFRSM", nvme_primary_ctrl_cap, vifrsm),
    OUT(ID, "CNS=0x14", "VIGRAN", nvme_primary_ctrl_cap, vigran),
    OUT(ID, "CNS=0x15", "NUMID", nvme_secondary_ctrl_list, num),
    OUT(ID, "CNS=0x15", "SCE.0.SCID", nvme_secondary_ctrl_list, sc_entry[0].scid),
    OUT(ID, "CNS=0x15", "SCE.1.PCID", nvme_secondary_ctrl_list, sc_entry[1].pcid),
    OUT(ID, "CNS=0x15", "SCE.126.VFN", nvme_secondary_ctrl_list, sc_entry[126].vfn),
    OUT(ID, "CNS=0x15", "SCE.0.NVQ", nvme_secondary_ctrl_list, sc_entry[0].nvq),
    OUT(ID, "CNS=0x15", "SCE.0.NVI", nvme_secondary_ctrl_list, sc_entry[0].nvi),
    OUT(ID, "CNS=0x16", "NOD", nvme_id_ns_granularity_list, num_descriptors),
    OUT(ID, "CNS=0x16", "NGD.0.NSZEGRAN", nvme_id_ns_granularity_list, entry[0].nszegran),
    OUT(ID, "CNS=0x16", "NGD.15.NCAPGRAN", nvme_id_ns_granularity_list, entry[15].ncapgran),
    OUT(ID, "CNS=0x18", "NUMENT", nvme_id_domain_list, num),
    OUT(ID, "CNS=0x18", "DAE.30.DID", nvme_id_domain_list, domain_attr[30].dom_id),
    OUT(ID, "CNS=0x19", "NUMID", nvme_id_endurance_group_list, num),
    OUT(ID, "CNS=0x19", "ENDGID.2046", nvme_id_endurance_group_list, identifier[2046]),
    OUT(ID, "CNS=0x1a CSI=NVM", "NSID.1", nvme_ns_list, ns[1]),

    OUT("get_lba_status", "", "NLSD", nvme_lba_status, nlsd),
    OUT("get_lba_status", "", "CMPC", nvme_lba_status, cmpc),
    ELEMENT("get_lba_status", "", "LBASD.0.DSLBA", nvme_lba_status, descs, nvme_lba_status_desc, 0, dslba),
    ELEMENT("get_lba_status", "", "LBASD.2.NLB", nvme_lba_status, descs, nvme_lba_status_desc, 2, nlb),
    ELEMENT("get_lba_status", "", "LBASD.1.STATUS", nvme_lba_status, descs, nvme_lba_status_desc, 1, status),
    OUT("reservation_report", "", "GEN", nvme_resv_status, gen),
    OUT("reservation_report", "", "RTYPE", nvme_resv_status, rtype),
    OUT("reservation_report", "", "REGCTL", nvme_resv_status, regctl),
    OUT("reservation_report", "EDS=1", "REGCTL", nvme_resv_status, regctl),
    OUT("reservation_report", "EDS=1", "PTPLS", nvme_resv_status, ptpls),
    ELEMENT("reservation_report", "", "RCDS.0.CNTLID", nvme_resv_status, regctl_ds, nvme_registered_ctrl, 0, cntlid),
    ELEMENT("reservation_report", "", "RCDS.1.HOSTID", nvme_resv_status, regctl_ds, nvme_registered_ctrl, 1, hostid),
    ELEMENT("reservation_report", "", "RCDS.3.RKEY", nvme_resv_status, regctl_ds, nvme_registered_ctrl, 3, rkey),
    ELEMENT("reservation_report", "EDS=1", "RCEDS.0.CNTLID", nvme_resv_status, regctl_eds, nvme_registered_ctrl_ext, 0, cntlid),
    ELEMENT("reservation_report", "EDS=1", "RCEDS.2.RKEY", nvme_resv_status, regctl_eds, nvme_registered_ctrl_ext, 2, rkey),
    OUT("zone_management_receive", "", "NZ", nvme_zone_report, nr_zones),
    ELEMENT("zone_management_receive", "", "ZD.0.ZAI", nvme_zone_report, entries, nvme_zns_desc, 0, zai),
    ELEMENT("zone_management_receive", "", "ZD.1.ZCAP", nvme_zone_report, entries, nvme_zns_desc, 1, zcap),
    ELEMENT("zone_management_receive", "", "ZD.2.ZSLBA", nvme_zone_report, entries, nvme_zns_desc, 2, zslba),
    ELEMENT("zone_management_receive", "", "ZD.3.WP", nvme_zone_report, entries, nvme_zns_desc, 3, wp),
    ELEMENT("zone_management_receive", "ZRA=1", "ZD.0.WP", nvme_zone_report, entries, nvme_zns_desc, 0, wp),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=1", "MSL", nvme_streams_directive_params, msl),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=1", "NSSA", nvme_streams_directive_params, nssa),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=1", "NSSO", nvme_streams_directive_params, nsso),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=1", "NSSC", nvme_streams_directive_params, nssc),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=1", "SWS", nvme_streams_directive_params, sws),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=1", "SGS", nvme_streams_directive_params, sgs),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=1", "NSA", nvme_streams_directive_params, nsa),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=1", "NSO", nvme_streams_directive_params, nso),
    OUT("directive_receive", "DTYPE=STREAMS DOPER=2", "OSC", nvme_streams_directive_status, osc),
    { "directive_receive", "DTYPE=STREAMS DOPER=2", "SID.3", offsetof(struct nvme_streams_directive_status, sid) + 3 * 2, 2, false },
    OUT("get_features", "FID=HOST_MEMORY_BUFFER", "HMDLEC", nvme_host_mem_buf_attrs, hmdlec),
    OUT("get_features", "FID=LBA_RANGE_TYPE", "RANGE.3.SLBA", nvme_lba_range_type, entry[3].slba),
    OUT("get_features", "FID=TIMESTAMP SEL=SAVED", "TIMESTAMP", nvme_timestamp, timestamp),

    IN("dataset_management", "", "RANGE.0.LLB", nvme_dsm_range, 0, nlb),
    IN("dataset_management", "", "RANGE.255.SLBA", nvme_dsm_range, 255, slba),
    IN("copy", "", "RANGE.0.SLBA", nvme_copy_range, 0, slba),
    IN("copy", "", "RANGE.127.NLB", nvme_copy_range, 127, nlb),
    IN("copy", "", "RANGE.1.ELBT", nvme_copy_range, 1, eilbrt),
    IN("copy", "DESFMT=1", "RANGE.1.SLBA", nvme_copy_range_f1, 1, slba),
    IN("copy", "DESFMT=1", "RANGE.2.NLB", nvme_copy_range_f1, 2, nlb),
    /* NVM Command Set 1.2, Figures 39 and 40: libnvme 1.3 has these two exchanged. */
    { "copy", "", "RANGE.1.ELBAT", 32 + 28, 2, true },
    { "copy", "", "RANGE.1.ELBATM", 32 + 30, 2, true },
    { "copy", "DESFMT=1", "RANGE.1.ELBAT", 40 + 36, 2, true },
    { "copy", "DESFMT=1", "RANGE.1.ELBATM", 40 + 38, 2, true },
    { "copy", "", "RANGE.1.CEV", 32 + 20, 2, true },
    { "copy", "DESFMT=2", "RANGE.1.SNSID", 32, 4, true },
    { "copy", "DESFMT=2", "RANGE.1.SLBA", 32 + 8, 8, true },
    { "copy", "DESFMT=2", "RANGE.1.NLB", 32 + 16, 2, true },
    { "copy", "DESFMT=2", "RANGE.1.ELBAT", 32 + 28, 2, true },
    { "copy", "DESFMT=3", "RANGE.1.SNSID", 40, 4, true },
    { "copy", "DESFMT=3", "RANGE.1.SLBA", 40 + 8, 8, true },
    { "copy", "DESFMT=3", "RANGE.1.CEV", 40 + 20, 2, true },
    { "copy", "DESFMT=3", "RANGE.1.ELBATM", 40 + 38, 2, true },
    IN("namespace_attachment", "", "NUMID", nvme_ctrl_list, 0, num),
    IN("namespace_attachment", "", "CNTLID.5", nvme_ctrl_list, 0, identifier[5]),
    IN("namespace_management", "", "NSZE", nvme_id_ns, 0, nsze),
    IN("namespace_management", "", "NCAP", nvme_id_ns, 0, ncap),
    IN("namespace_management", "", "ANAGRPID", nvme_id_ns, 0, anagrpid),
    IN("namespace_management", "", "NVMSETID", nvme_id_ns, 0, nvmsetid),
    IN("namespace_management", "", "ENDGID", nvme_id_ns, 0, endgid),
    { "namespace_management", "", "LBSTM", 384, 8, true },
    { "namespace_management", "CSI=ZNS", "RNUMZRWA", 508, 4, true },
    /* Base 2.0, 7.2 to 7.4. */
    { "reservation_register", "", "CRKEY", 0, 8, true },
    { "reservation_register", "", "NRKEY", 8, 8, true },
    { "reservation_acquire", "", "CRKEY", 0, 8, true },
    { "reservation_acquire", "", "PRKEY", 8, 8, true },
    { "reservation_release", "", "CRKEY", 0, 8, true },
    IN("set_features", "FID=HOST_BEHAVIOR", "ACRE", nvme_feat_host_behavior, 0, acre),
    IN("set_features", "FID=TIMESTAMP", "TIMESTAMP", nvme_timestamp, 0, timestamp),
    IN("set_features", "FID=PREDICTABLE_LATENCY_CONFIG", "DTWINTT", nvme_plm_config, 0, dtwintt),
};

/* Bits inside of a byte or a word: the mask, and where its first byte is. */
static const struct {
    const char *command, *fields, *path;
    size_t byte;
    uint64_t mask;
    bool input;
} bits[] = {
    { ID, "CNS=5 CSI=NVM", "ELBAF.0.STS", offsetof(struct nvme_nvm_id_ns, elbaf[0]), NVME_NVM_ELBAF_STS_MASK, false },
    { ID, "CNS=5 CSI=NVM", "ELBAF.63.PIF", offsetof(struct nvme_nvm_id_ns, elbaf[63]), NVME_NVM_ELBAF_PIF_MASK, false },
    { ID, "CNS=5 CSI=NVM", "PIC.16BPISTS", offsetof(struct nvme_nvm_id_ns, pic), 1, false },
    { ID, "CNS=5 CSI=NVM", "PIC.16BPISTM", offsetof(struct nvme_nvm_id_ns, pic), 2, false },
    { ID, "CNS=5 CSI=NVM", "PIC.STCRS", offsetof(struct nvme_nvm_id_ns, pic), 4, false },
    { ID, "CNS=5 CSI=NVM", "PIC.QPIFS", offsetof(struct nvme_nvm_id_ns, pic), 8, false },
    { ID, "CNS=5 CSI=NVM", "PIFA.STMLA", 9, 7, false },
    { ID, "CNS=5 CSI=NVM", "ELBAF.1.QPIF", 16 + 1, 0x1e, false },
    { "copy", "DESFMT=2", "RANGE.1.FCO", 32 + 23, 0x80, true },
    { "copy", "DESFMT=3", "RANGE.0.FCO", 23, 0x80, true },
    { "copy", "", "RANGE.0.CETYPE", 18, 0xf, true },
    { ID, "CNS=5 CSI=ZNS", "ZOC.VZC", offsetof(struct nvme_zns_id_ns, zoc), 1, false },
    { ID, "CNS=5 CSI=ZNS", "ZOC.ZAE", offsetof(struct nvme_zns_id_ns, zoc), 2, false },
    { ID, "CNS=5 CSI=ZNS", "OZCS.RAZB", offsetof(struct nvme_zns_id_ns, ozcs), 1, false },
    { ID, "CNS=5 CSI=ZNS", "OZCS.ZRWASUP", offsetof(struct nvme_zns_id_ns, ozcs), 2, false },
    { ID, "CNS=5 CSI=ZNS", "ZRWACAP.EXPFLUSHSUP", offsetof(struct nvme_zns_id_ns, zrwacap), 1, false },
    { ID, "CNS=8", "NMIC.SHRNS", offsetof(struct nvme_id_independent_id_ns, nmic), NVME_NS_NMIC_SHARED, false },
    { ID, "CNS=8", "NSATTR.CWP", offsetof(struct nvme_id_independent_id_ns, nsattr), NVME_NS_NSATTR_WRITE_PROTECTED, false },
    { ID, "CNS=8", "NSTAT.NRDY", offsetof(struct nvme_id_independent_id_ns, nstat), 1, false },
    { ID, "CNS=8", "NSTAT.IOI", offsetof(struct nvme_id_independent_id_ns, nstat), 6, false },
    { ID, "CNS=0x14", "CRT.VQ", offsetof(struct nvme_primary_ctrl_cap, crt), 1, false },
    { ID, "CNS=0x14", "CRT.VI", offsetof(struct nvme_primary_ctrl_cap, crt), 2, false },
    { ID, "CNS=0x15", "SCE.2.SCS.ONLINE", offsetof(struct nvme_secondary_ctrl_list, sc_entry[2].scs), 1, false },
    { ID, "CNS=0x1c", "IOCSC.0.NVMCS", 0, 1u << NVME_CSI_NVM, false },
    { ID, "CNS=0x1c", "IOCSC.511.ZNSCS", offsetof(struct nvme_id_iocs, iocsc[511]), 1u << NVME_CSI_ZNS, false },
    { "zone_management_receive", "", "ZD.0.ZT", 64 + offsetof(struct nvme_zns_desc, zt), 0x0f, false },
    { "zone_management_receive", "", "ZD.0.ZS", 64 + offsetof(struct nvme_zns_desc, zs), 0xf0, false },
    { "zone_management_receive", "", "ZD.0.ZA.ZFC", 64 + offsetof(struct nvme_zns_desc, za), NVME_ZNS_ZA_ZFC, false },
    { "zone_management_receive", "", "ZD.0.ZA.FZR", 64 + offsetof(struct nvme_zns_desc, za), NVME_ZNS_ZA_FZR, false },
    { "zone_management_receive", "", "ZD.0.ZA.RZR", 64 + offsetof(struct nvme_zns_desc, za), NVME_ZNS_ZA_RZR, false },
    { "zone_management_receive", "", "ZD.0.ZA.ZRWAV", 64 + offsetof(struct nvme_zns_desc, za), NVME_ZNS_ZA_ZRWAV, false },
    { "zone_management_receive", "", "ZD.0.ZA.ZDEV", 64 + offsetof(struct nvme_zns_desc, za), NVME_ZNS_ZA_ZDEV, false },
    { "directive_receive", "DTYPE=IDENTIFY DOPER=1", "SUPPORTED.STREAMS", offsetof(struct nvme_id_directives, supported), 1u << NVME_ID_DIR_SD_BIT, false },
    { "directive_receive", "DTYPE=IDENTIFY DOPER=1", "ENABLED.IDENTIFY", offsetof(struct nvme_id_directives, enabled), 1u << NVME_ID_DIR_ID_BIT, false },
    { "reservation_report", "EDS=1", "RCEDS.0.RCSTS.RSTS", 64 + offsetof(struct nvme_registered_ctrl_ext, rcsts), 1, false },
    { "namespace_management", "", "DPS.PIT", offsetof(struct nvme_id_ns, dps), NVME_NS_DPS_PI_MASK, true },
    { "namespace_management", "", "DPS.PIP", offsetof(struct nvme_id_ns, dps), NVME_NS_DPS_PI_FIRST, true },
    { "namespace_management", "", "FLBAS.FIDXL", offsetof(struct nvme_id_ns, flbas), NVME_NS_FLBAS_LOWER_MASK, true },
    { "namespace_management", "", "FLBAS.MTELBA", offsetof(struct nvme_id_ns, flbas), NVME_NS_FLBAS_META_EXT, true },
    { "namespace_management", "", "FLBAS.FIDXU", offsetof(struct nvme_id_ns, flbas), NVME_NS_FLBAS_HIGHER_MASK, true },
    /* NVM Command Set 1.0, 3.2.3: context attributes. */
    { "dataset_management", "", "RANGE.0.CATTR.AF", 0, 0xf, true },
    { "dataset_management", "", "RANGE.0.CATTR.AL", 0, 0x30, true },
    { "dataset_management", "", "RANGE.0.CATTR.SR", 1, 1, true },
    { "dataset_management", "", "RANGE.0.CATTR.SW", 1, 2, true },
    { "dataset_management", "", "RANGE.0.CATTR.WP", 1, 4, true },
    { "dataset_management", "", "RANGE.0.CATTR.CAS", 3, 0xff, true },
};

static const struct {
    const char *command, *field, *word;
    uint64_t value;
} words[] = {
    { "format_nvm", "MSET", "SEPARATE", NVME_FORMAT_MSET_SEPARATE },
    { "format_nvm", "MSET", "EXTENDED", NVME_FORMAT_MSET_EXTENDED },
    { "format_nvm", "PI", "TYPE3", NVME_FORMAT_PI_TYPE3 },
    { "format_nvm", "PIL", "FIRST", NVME_FORMAT_PIL_FIRST },
    { "format_nvm", "SES", "USER_DATA", NVME_FORMAT_SES_USER_DATA_ERASE },
    { "format_nvm", "SES", "CRYPTO", NVME_FORMAT_SES_CRYPTO_ERASE },
    { "namespace_management", "SEL", "CREATE", NVME_NS_MGMT_SEL_CREATE },
    { "namespace_management", "SEL", "DELETE", NVME_NS_MGMT_SEL_DELETE },
    { "namespace_attachment", "SEL", "ATTACH", NVME_NS_ATTACH_SEL_CTRL_ATTACH },
    { "namespace_attachment", "SEL", "DETACH", NVME_NS_ATTACH_SEL_CTRL_DEATTACH },
    { "firmware_commit", "CA", "REPLACE", NVME_FW_COMMIT_CA_REPLACE },
    { "firmware_commit", "CA", "REPLACE_AND_ACTIVATE", NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE },
    { "firmware_commit", "CA", "ACTIVATE", NVME_FW_COMMIT_CA_SET_ACTIVE },
    { "firmware_commit", "CA", "ACTIVATE_NOW", NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE_IMMEDIATE },
    { "firmware_commit", "CA", "REPLACE_BOOT_PARTITION", NVME_FW_COMMIT_CA_REPLACE_BOOT_PARTITION },
    { "firmware_commit", "CA", "ACTIVATE_BOOT_PARTITION", NVME_FW_COMMIT_CA_ACTIVATE_BOOT_PARTITION },
    { "directive_send", "DTYPE", "STREAMS", NVME_DIRECTIVE_DTYPE_STREAMS },
    { "directive_receive", "DTYPE", "IDENTIFY", NVME_DIRECTIVE_DTYPE_IDENTIFY },
    { "sanitize", "SANACT", "EXIT_FAILURE_MODE", NVME_SANITIZE_SANACT_EXIT_FAILURE },
    { "sanitize", "SANACT", "BLOCK_ERASE", NVME_SANITIZE_SANACT_START_BLOCK_ERASE },
    { "sanitize", "SANACT", "OVERWRITE", NVME_SANITIZE_SANACT_START_OVERWRITE },
    { "sanitize", "SANACT", "CRYPTO_ERASE", NVME_SANITIZE_SANACT_START_CRYPTO_ERASE },
    { "device_self_test", "STC", "SHORT", NVME_DST_STC_SHORT },
    { "device_self_test", "STC", "EXTENDED", NVME_DST_STC_LONG },
    { "device_self_test", "STC", "VENDOR", NVME_DST_STC_VS },
    { "device_self_test", "STC", "ABORT", NVME_DST_STC_ABORT },
    { "virtualization_management", "ACT", "PRIMARY_FLEXIBLE", NVME_VIRT_MGMT_ACT_PRIM_CTRL_FLEX_ALLOC },
    { "virtualization_management", "ACT", "SECONDARY_OFFLINE", NVME_VIRT_MGMT_ACT_OFFLINE_SEC_CTRL },
    { "virtualization_management", "ACT", "SECONDARY_ASSIGN", NVME_VIRT_MGMT_ACT_ASSIGN_SEC_CTRL },
    { "virtualization_management", "ACT", "SECONDARY_ONLINE", NVME_VIRT_MGMT_ACT_ONLINE_SEC_CTRL },
    { "virtualization_management", "RT", "VQ", NVME_VIRT_MGMT_RT_VQ_RESOURCE },
    { "virtualization_management", "RT", "VI", NVME_VIRT_MGMT_RT_VI_RESOURCE },
    { "get_features", "SEL", "CURRENT", NVME_GET_FEATURES_SEL_CURRENT },
    { "get_features", "SEL", "DEFAULT", NVME_GET_FEATURES_SEL_DEFAULT },
    { "get_features", "SEL", "SAVED", NVME_GET_FEATURES_SEL_SAVED },
    { "get_features", "SEL", "SUPPORTED", NVME_GET_FEATURES_SEL_SUPPORTED },
    { "get_lba_status", "ATYPE", "SCAN_UNTRACKED", NVME_LBA_STATUS_ATYPE_SCAN_UNTRACKED },
    { "get_lba_status", "ATYPE", "TRACKED", 0x11 }, /* NVM Command Set 1.0, 4.2.1; libnvme's name for it has changed */
    { "identify", "CSI", "ZNS", NVME_CSI_ZNS },
    { "reservation_register", "RREGA", "REGISTER", NVME_RESERVATION_RREGA_REGISTER_KEY },
    { "reservation_register", "RREGA", "UNREGISTER", NVME_RESERVATION_RREGA_UNREGISTER_KEY },
    { "reservation_register", "RREGA", "REPLACE", NVME_RESERVATION_RREGA_REPLACE_KEY },
    { "reservation_register", "CPTPL", "CLEAR", NVME_RESERVATION_CPTPL_CLEAR },
    { "reservation_register", "CPTPL", "PERSIST", NVME_RESERVATION_CPTPL_PERSIST },
    { "reservation_acquire", "RACQA", "ACQUIRE", NVME_RESERVATION_RACQA_ACQUIRE },
    { "reservation_acquire", "RACQA", "PREEMPT", NVME_RESERVATION_RACQA_PREEMPT },
    { "reservation_acquire", "RACQA", "PREEMPT_AND_ABORT", NVME_RESERVATION_RACQA_PREEMPT_AND_ABORT },
    { "reservation_acquire", "RTYPE", "WRITE_EXCLUSIVE", NVME_RESERVATION_RTYPE_WE },
    { "reservation_acquire", "RTYPE", "EXCLUSIVE_ACCESS", NVME_RESERVATION_RTYPE_EA },
    { "reservation_acquire", "RTYPE", "WRITE_EXCLUSIVE_REGISTRANTS", NVME_RESERVATION_RTYPE_WERO },
    { "reservation_acquire", "RTYPE", "EXCLUSIVE_ACCESS_REGISTRANTS", NVME_RESERVATION_RTYPE_EARO },
    { "reservation_release", "RTYPE", "WRITE_EXCLUSIVE_ALL", NVME_RESERVATION_RTYPE_WEAR },
    { "reservation_release", "RTYPE", "EXCLUSIVE_ACCESS_ALL", NVME_RESERVATION_RTYPE_EAAR },
    { "reservation_release", "RRELA", "RELEASE", NVME_RESERVATION_RRELA_RELEASE },
    { "reservation_release", "RRELA", "CLEAR", NVME_RESERVATION_RRELA_CLEAR },
    { "read", "AF", "NONE", NVME_IO_DSM_FREQ_UNSPEC },
    { "read", "AF", "TYPICAL", NVME_IO_DSM_FREQ_TYPICAL },
    { "read", "AF", "RARE", NVME_IO_DSM_FREQ_RARE },
    { "write", "AF", "READS", NVME_IO_DSM_FREQ_READS },
    { "write", "AF", "WRITES", NVME_IO_DSM_FREQ_WRITES },
    { "write", "AF", "BOTH", NVME_IO_DSM_FREQ_RW },
    { "write", "AF", "ONCE", NVME_IO_DSM_FREQ_ONCE },
    { "read", "AF", "SPECULATIVE", NVME_IO_DSM_FREQ_PREFETCH },
    { "write", "AF", "TEMPORARY", NVME_IO_DSM_FREQ_TEMP },
    { "read", "AL", "IDLE", NVME_IO_DSM_LATENCY_IDLE >> 4 },
    { "read", "AL", "NORMAL", NVME_IO_DSM_LATENCY_NORM >> 4 },
    { "write", "AL", "LOW", NVME_IO_DSM_LATENCY_LOW >> 4 },
    { "zone_management_send", "ZSA", "CLOSE", NVME_ZNS_ZSA_CLOSE },
    { "zone_management_send", "ZSA", "FINISH", NVME_ZNS_ZSA_FINISH },
    { "zone_management_send", "ZSA", "OPEN", NVME_ZNS_ZSA_OPEN },
    { "zone_management_send", "ZSA", "RESET", NVME_ZNS_ZSA_RESET },
    { "zone_management_send", "ZSA", "OFFLINE", NVME_ZNS_ZSA_OFFLINE },
    { "zone_management_send", "ZSA", "SET_DESCRIPTOR_EXTENSION", NVME_ZNS_ZSA_SET_DESC_EXT },
    { "zone_management_send", "ZSA", "FLUSH", NVME_ZNS_ZSA_ZRWA_FLUSH },
    { "zone_management_receive", "ZRA", "REPORT", NVME_ZNS_ZRA_REPORT_ZONES },
    { "zone_management_receive", "ZRA", "EXTENDED_REPORT", NVME_ZNS_ZRA_EXTENDED_REPORT_ZONES },
    { "zone_management_receive", "ZRASF", "ALL", NVME_ZNS_ZRAS_REPORT_ALL },
    { "zone_management_receive", "ZRASF", "ZSE", NVME_ZNS_ZRAS_REPORT_EMPTY },
    { "zone_management_receive", "ZRASF", "ZSIO", NVME_ZNS_ZRAS_REPORT_IMPL_OPENED },
    { "zone_management_receive", "ZRASF", "ZSEO", NVME_ZNS_ZRAS_REPORT_EXPL_OPENED },
    { "zone_management_receive", "ZRASF", "ZSC", NVME_ZNS_ZRAS_REPORT_CLOSED },
    { "zone_management_receive", "ZRASF", "ZSF", NVME_ZNS_ZRAS_REPORT_FULL },
    { "zone_management_receive", "ZRASF", "ZSRO", NVME_ZNS_ZRAS_REPORT_READ_ONLY },
    { "zone_management_receive", "ZRASF", "ZSO", NVME_ZNS_ZRAS_REPORT_OFFLINE },
};

static const struct { const char *word; uint8_t value; } zone_states[] = {
    { "ZSE: Empty", NVME_ZNS_ZS_EMPTY },
    { "ZSIO: Implicitly Opened", NVME_ZNS_ZS_IMPL_OPEN },
    { "ZSEO: Explicitly Opened", NVME_ZNS_ZS_EXPL_OPEN },
    { "ZSC: Closed", NVME_ZNS_ZS_CLOSED },
    { "ZSRO: Read Only", NVME_ZNS_ZS_READ_ONLY },
    { "ZSF: Full", NVME_ZNS_ZS_FULL },
    { "ZSO: Offline", NVME_ZNS_ZS_OFFLINE },
};

#define B 512
static const struct lone_format plain = { .lba_size = B };
static const struct lone_format separate = { .lba_size = 4096, .metadata_size = 16 };
static const struct lone_format extended = { .lba_size = 4096, .metadata_size = 16, .interleaved = true };
static const struct lone_format pi_only = { .lba_size = B, .metadata_size = 8, .pi_type = 1 };
static const struct lone_format pi_only_extended = { .lba_size = B, .metadata_size = 8, .interleaved = true, .pi_type = 3 };
static const struct lone_format pi_and_more = { .lba_size = B, .metadata_size = 16, .pi_type = 1 };
static const struct lone_format pi_unknown = { .lba_size = 4096, .metadata_size = 16, .pi_type = 1, .pif = 5 };
static const struct lone_format zoned = { .lba_size = B, .zone_extension = 3 * 64 };
static const struct lone_format no_pi = { .lba_size = B, .metadata_size = 8 };

static const struct {
    const char *command, *fields;
    const struct lone_format *format;
    int64_t data;
    uint64_t metadata;
} lengths[] = {
    { "identify", "CNS=1", NULL, 4096, 0 },
    { "get_log_page", "LID=2 NUMDL=127", NULL, 512, 0 },
    { "get_log_page", "LID=2", NULL, 4, 0 },
    { "get_log_page", "NUMDL=0xffff NUMDU=1", NULL, 0x20000 * 4, 0 },
    { "get_log_page", "NUMDL=0xffff NUMDU=0xffff", NULL, 0x400000000, 0 },
    { "get_features", "FID=ARBITRATION", NULL, 0, 0 },
    { "get_features", "FID=TIMESTAMP", NULL, 8, 0 },
    { "get_features", "FID=TIMESTAMP SEL=DEFAULT", NULL, 8, 0 },
    { "get_features", "FID=TIMESTAMP SEL=SUPPORTED", NULL, 0, 0 },
    { "get_features", "FID=HOST_IDENTIFIER", NULL, 8, 0 },
    { "get_features", "FID=HOST_IDENTIFIER CDW11=1", NULL, 16, 0 },
    { "get_features", "FID=HOST_MEMORY_BUFFER", NULL, 4096, 0 },
    { "get_features", "FID=CONTROLLER_METADATA", NULL, 4096, 0 },
    { "get_features", "FID=0xc0", NULL, 0, 0 },
    { "set_features", "FID=HOST_MEMORY_BUFFER", NULL, 0, 0 },
    { "set_features", "FID=AUTONOMOUS_POWER_STATE CDW11=1", NULL, 256, 0 },
    { "set_features", "FID=HOST_IDENTIFIER CDW11=1", NULL, 16, 0 },
    { "set_features", "FID=HOST_BEHAVIOR", NULL, 512, 0 },
    { "set_features", "FID=NUMBER_OF_QUEUES CDW11=0xffff", NULL, 0, 0 },
    { "namespace_management", "SEL=CREATE", NULL, 4096, 0 },
    { "namespace_management", "SEL=DELETE", NULL, 0, 0 },
    { "namespace_attachment", "SEL=DETACH", NULL, 4096, 0 },
    { "firmware_image_download", "NUMD=1023 OFST=1024", NULL, 4096, 0 },
    { "firmware_commit", "CA=ACTIVATE FS=1", NULL, 0, 0 },
    { "device_self_test", "STC=SHORT", NULL, 0, 0 },
    { "directive_receive", "DTYPE=IDENTIFY DOPER=1 NUMD=1023", NULL, 4096, 0 },
    { "directive_receive", "DTYPE=STREAMS DOPER=1 NUMD=7", NULL, 32, 0 },
    { "directive_receive", "DTYPE=STREAMS DOPER=3 NSR=4", NULL, 0, 0 },
    { "directive_send", "DTYPE=IDENTIFY DOPER=1 ENDIR=1 TDTYPE=STREAMS", NULL, 0, 0 },
    { "directive_send", "DTYPE=STREAMS DOPER=2", NULL, 0, 0 },
    { "directive_send", "DTYPE=2 DOPER=1 NUMD=3", NULL, 16, 0 },
    { "security_send", "TL=2048", NULL, 2048, 0 },
    { "security_receive", "AL=512 SECP=0", NULL, 512, 0 },
    { "get_lba_status", "MNDW=255 RL=8", NULL, 1024, 0 },
    { "sanitize", "SANACT=BLOCK_ERASE", NULL, 0, 0 },
    { "lockdown", "", NULL, 0, 0 },
    { "capacity_management", "CAPL=0x1000", NULL, 0, 0 },
    { "doorbell_buffer_config", "", NULL, 0, 0 },
    { "virtualization_management", "ACT=8", NULL, 0, 0 },
    { "format_nvm", "SES=1", NULL, 0, 0 },
    { "asynchronous_event_request", "", NULL, 0, 0 },
    { "flush", "", NULL, 0, 0 },
    { "dataset_management", "NR=0 AD=1", NULL, 16, 0 },
    { "dataset_management", "NR=255", NULL, 4096, 0 },
    { "copy", "NR=1", NULL, 64, 0 },
    { "copy", "NR=127 DESFMT=1", NULL, 128 * 40, 0 },
    { "reservation_register", "", NULL, 16, 0 },
    { "reservation_acquire", "", NULL, 16, 0 },
    { "reservation_release", "", NULL, 8, 0 },
    { "reservation_report", "NUMD=5", NULL, 24, 0 },
    { "zone_management_receive", "NDW=1023", NULL, 4096, 0 },
    { "zone_management_send", "ZSA=RESET", NULL, 0, 0 },
    { "write_uncorrectable", "NLB=7", &plain, 0, 0 },
    { "write_zeroes", "NLB=7", &separate, 0, 0 },
    { "verify", "NLB=7", &plain, 0, 0 },
    { "read", "NLB=7", &plain, 8 * B, 0 },
    { "write", "NLB=0xffff", &plain, 0x10000 * B, 0 },
    { "write", "NLB=0", &separate, 4096, 16 },
    { "compare", "NLB=3", &separate, 4 * 4096, 4 * 16 },
    { "read", "NLB=3", &extended, 4 * (4096 + 16), 0 },
    /* NVM Command Set 1.0, 5.2.2: PRACT and metadata of just the protection information: none is transferred. */
    { "read", "NLB=1 PRINFO=8", &pi_only, 2 * B, 0 },
    { "read", "NLB=1 PRINFO=7", &pi_only, 2 * B, 2 * 8 },
    { "write", "NLB=1 PRINFO=8", &pi_only_extended, 2 * B, 0 },
    { "write", "NLB=1", &pi_only_extended, 2 * (B + 8), 0 },
    { "write", "NLB=1 PRINFO=8", &pi_and_more, 2 * B, 2 * 16 },
    { "write", "NLB=1 PRINFO=8", &no_pi, 2 * B, 2 * 8 },
    { "zone_append", "NLB=1 PRINFO=8", &pi_only, 2 * B, 0 },
    { "zone_append", "NLB=15 ZSLBA=0x1000", &plain, 16 * B, 0 },
    /* What cannot be known. */
    { "read", "NLB=7", NULL, -ENODATA, 0 },
    { "zone_append", "", NULL, -ENODATA, 0 },
    { "zone_management_send", "ZSA=SET_DESCRIPTOR_EXTENSION", NULL, -ENODATA, 0 },
    { "zone_management_send", "ZSA=SET_DESCRIPTOR_EXTENSION", &pi_only, -ENODATA, 0 },
    { "zone_management_send", "ZSA=SET_DESCRIPTOR_EXTENSION", &zoned, 3 * 64, 0 },
    { "zone_management_send", "ZSA=OPEN", &zoned, 0, 0 },
    { "write", "NLB=1 PRINFO=8", &pi_unknown, -ENODATA, 0 },
    { "write", "NLB=1 PRINFO=7", &pi_unknown, 2 * 4096, 2 * 16 },
    { "copy", "NR=1 DESFMT=9", NULL, -ENODATA, 0 },
    { "nvme_mi_receive", "NMIMT=1", NULL, -ENODATA, 0 },
};

/* No structure is laid out, or there is none. */
static const struct { const char *command, *fields; } nothing[] = {
    { "identify", "CNS=5 CSI=KV" },
    { "identify", "CNS=6 CSI=0x30" },
    { "identify", "CNS=0xff" },
    { "get_features", "FID=ARBITRATION" },
    { "get_features", "FID=TIMESTAMP SEL=SUPPORTED" },
    { "get_features", "FID=0xc0" },
    { "set_features", "FID=HOST_MEMORY_BUFFER" },
    { "namespace_management", "SEL=DELETE" },
    { "directive_receive", "DTYPE=STREAMS DOPER=3" },
    { "security_send", "TL=8" },
    { "firmware_image_download", "" },
    { "zone_management_receive", "ZRA=2" },
    { "copy", "DESFMT=9" },
    { "read", "" },
};
/* clang-format on */

/* Room for 256 ranges of Copy in format 1, the longest structure here. */
static uint8_t data[256 * 40];

static void check_bytes(const char *what, const char *path, size_t byte, uint64_t mask)
{
    for (size_t i = 0; i < sizeof(data); i++) {
        uint8_t expected = i >= byte && i < byte + 8 ? (uint8_t)(mask >> 8 * (i - byte)) : 0;

        if (data[i] != expected)
            fail_msg("%s: %s has 0x%x in byte %zu, not 0x%x", what, path, data[i], i, expected);
    }
}

static void set_all(const char *command, const char *fields, const char *path, bool input)
{
    const struct lone_record *record = input ? input_of(command, fields) : result_of(command, fields);

    if (!record)
        fail_msg("%s %s: no record", command, fields);
    memset(data, 0, sizeof(data));
    lone_set(record, data, path, ~0ull);
}

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(places); i++) {
        const struct place *place = &places[i];

        assert_true(place->size <= 8);
        set_all(place->command, place->fields, place->path, place->input);
        check_bytes(place->command, place->path, place->byte, ~0ull >> (64 - 8 * place->size));
    }
}

static void test_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(bits); i++) {
        set_all(bits[i].command, bits[i].fields, bits[i].path, bits[i].input);
        check_bytes(bits[i].command, bits[i].path, bits[i].byte, bits[i].mask);
    }
}

/* Numbers of 128 bits and byte strings, which lone_set() does not write whole. */
static void test_wide_places(void **state)
{
    static const struct {
        const char *fields, *path;
        size_t byte;
    } wide[] = {
        {"CNS=4", "ENTRY.0.TNVMSETCAP", offsetof(struct nvme_id_nvmset_list, ent[0].tnvmsetcap)},
        {"CNS=4", "ENTRY.30.UNVMSETCAP", offsetof(struct nvme_id_nvmset_list, ent[30].unvmsetcap)},
        {"CNS=0x18", "DAE.0.TDC", offsetof(struct nvme_id_domain_list, domain_attr[0].dom_cap)},
        {"CNS=0x18", "DAE.1.UDC", offsetof(struct nvme_id_domain_list, domain_attr[1].unalloc_dom_cap)},
        {"CNS=0x18", "DAE.30.MEGDC", offsetof(struct nvme_id_domain_list, domain_attr[30].max_egrp_dom_cap)},
    };
    char text[128];

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(wide); i++) {
        struct lone_error error;

        memset(data, 0, sizeof(data));
        snprintf(text, sizeof(text), "%s=0xffffffffffffffffffffffffffffffff", wide[i].path);
        if (lone_record_assign_sized(result_of("identify", wide[i].fields), data, 4096, text, strlen(text), true, NULL,
                                     &error))
            fail_msg("%s: %s", text, error.text);
        for (size_t byte = 0; byte < sizeof(data); byte++)
            assert_int_equal(data[byte], byte >= wide[i].byte && byte < wide[i].byte + 16 ? 0xff : 0);
    }
    memset(data, 0, sizeof(data));
    strcpy(text, "RANGE.1.ELBT=00112233445566778899");
    assert_int_equal(
        lone_record_assign_sized(input_of("copy", "DESFMT=1"), data, 80, text, strlen(text), true, NULL, NULL), 0);
    for (size_t byte = 0; byte < 10; byte++)
        assert_int_equal(data[sizeof(struct nvme_copy_range_f1) + offsetof(struct nvme_copy_range_f1, elbt) + byte],
                         byte * 0x11);
}

static void test_words(void **state)
{
    uint8_t sqe[LONE_SQE_SIZE];
    const struct lone_record *report = result_of("zone_management_receive", "");

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(words); i++) {
        char text[80];
        const struct lone_opcode *opcode;
        const struct lone_field *field;

        snprintf(text, sizeof(text), "%s=%s", words[i].field, words[i].word);
        opcode = entry(sqe, words[i].command, text);
        field = lone_opcode_field(opcode, words[i].field);
        if (lone_bits_get(sqe, field->bit, field->bits) != words[i].value)
            fail_msg("%s: %s is not %u", words[i].command, text, (unsigned)words[i].value);
    }
    for (size_t i = 0; i < LONE_COUNT(zone_states); i++) {
        const struct lone_field *state_field = lone_record_field(lone_record_field(report, "ZD")->record, "ZS");
        uint8_t zone[2] = {0, (uint8_t)(zone_states[i].value << 4)};
        char text[80];

        lone_field_explain(state_field, zone, state_field->bit, text, sizeof(text));
        assert_string_equal(text, zone_states[i].word);
    }
}

static void test_lengths(void **state)
{
    uint8_t sqe[LONE_SQE_SIZE];

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(lengths); i++) {
        struct lone_error error = {0};
        uint64_t metadata = 99;
        const struct lone_opcode *opcode = entry(sqe, lengths[i].command, lengths[i].fields);
        int64_t length = lone_opcode_data_length(opcode, sqe, lengths[i].format, &metadata, &error);

        if (length != lengths[i].data || metadata != lengths[i].metadata)
            fail_msg("%s %s: %lld bytes, %llu of metadata", lengths[i].command, lengths[i].fields, (long long)length,
                     (unsigned long long)metadata);
        assert_true(length >= 0 || (error.number == ENODATA && strstr(error.text, "data_size")));
        assert_int_equal(lone_opcode_data_length(opcode, sqe, lengths[i].format, NULL, NULL), length);
    }
    memset(sqe, 0xff, sizeof(sqe));
    assert_int_equal(lone_opcode_data_length(NULL, sqe, NULL, NULL, NULL), 0);
    assert_null(lone_opcode_input(NULL, sqe));
    assert_null(lone_opcode_result(NULL, sqe));
}

static void test_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(nothing); i++) {
        assert_null(result_of(nothing[i].command, nothing[i].fields));
        assert_null(input_of(nothing[i].command, nothing[i].fields));
    }
    /* Nothing is taken by a command that returns, nor returned by one that takes. */
    for (size_t i = 0; i < lone_n_opcodes; i++) {
        enum lone_direction direction = lone_opcode_direction(lone_opcodes[i].opcode);

        assert_true(direction & LONE_HOST_TO_CONTROLLER || (!lone_opcodes[i].inputs && !lone_opcodes[i].input_of));
        assert_true(direction & LONE_CONTROLLER_TO_HOST || (!lone_opcodes[i].results && !lone_opcodes[i].result_of));
        assert_true(direction || (!lone_opcodes[i].lengths && !lone_opcodes[i].data_length));
    }
}

static void check_when(const struct lone_opcode *opcode, const struct lone_condition *when)
{
    for (unsigned i = 0; i < LONE_CONDITIONS && when[i].field; i++) {
        const struct lone_field *field = lone_opcode_field(opcode, when[i].field);

        if (!field || !lone_bits_fit(when[i].value, field->bits))
            fail_msg("%s: no %s=%u", opcode->name, when[i].field, (unsigned)when[i].value);
    }
}

/* The rows name fields that there are: the code asserts on it. */
static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < lone_n_opcodes; i++) {
        const struct lone_opcode *opcode = &lone_opcodes[i];

        for (const struct lone_length *row = opcode->lengths; row && row->kind; row++) {
            check_when(opcode, row->when);
            assert_true(row->kind == LONE_LENGTH_FIXED || row->kind == LONE_LENGTH_ELSEWHERE ||
                                row->kind == LONE_LENGTH_EXTENSION
                            ? !row->field
                            : !!lone_opcode_field(opcode, row->field));
            assert_true(!row->upper || lone_opcode_field(opcode, row->upper));
            assert_true((row->kind == LONE_LENGTH_ELSEWHERE) == !!row->meaning);
            assert_true(row->kind != LONE_LENGTH_BLOCKS || lone_opcode_field(opcode, "PRINFO"));
        }
        for (const struct lone_variant *row = opcode->inputs; row && row->record; row++)
            check_when(opcode, row->when);
        for (const struct lone_variant *row = opcode->results; row && row->record; row++)
            check_when(opcode, row->when);
        for (const struct lone_variant *row = opcode->completions; row && row->record; row++)
            check_when(opcode, row->when);
    }
}

/* Dwords 0 and 1 of completions: NVMe Base 2.0, 5.1.1, 5.2.1, 5.3.1, 5.12.1, 5.15.3, 5.23.1, 5.27.2, 5.28.1, 8.7.3.1.3;
 * NVM Command Set 1.0, 3.2.2; ZNS Command Set 1.1, 3.4.1. */
static void test_completions(void **state)
{
    static const struct {
        const char *command, *fields, *path;
        uint64_t mask;
    } held[] =
        {
            {"abort", "", "IANP", 1},
            {"asynchronous_event_request", "", "AET", 0x7},
            {"asynchronous_event_request", "", "AEI", 0xff00},
            {"asynchronous_event_request", "", "LID", 0xff0000},
            {"namespace_management", "SEL=CREATE", "NSID", 0xffffffff},
            {"firmware_commit", "", "MUD", 0x3},
            {"virtualization_management", "", "NRM", 0xffff},
            {"nvme_mi_send", "", "TSTAT", 0xff},
            {"nvme_mi_receive", "", "TNMRESP", 0xffffff00},
            {"capacity_management", "", "CELID", 0xffff},
            {"directive_receive", "DTYPE=STREAMS DOPER=3", "NSA", 0xffff},
            {"copy", "", "RANGE", 0xffffffff},
            {"zone_append", "", "ALBA", 0xffffffffffffffff},
            {"set_features", "FID=NUMBER_OF_QUEUES", "NCQA", 0xffff0000},
            {"get_features", "FID=NUMBER_OF_QUEUES", "NSQA", 0xffff},
            {"get_features", "FID=TEMPERATURE_THRESHOLD", "TMPTH", 0xffff},
            {"get_features", "FID=AUTONOMOUS_POWER_STATE", "APSTE", 1},
            {"get_features", "FID=HOST_MEMORY_BUFFER", "EHM", 1},
            {"get_features", "FID=LBA_RANGE_TYPE", "NUM", 0x3f},
            {"get_features", "FID=PREDICTABLE_LATENCY_CONFIG", "PLE", 1},
            {"get_features", "FID=TIMESTAMP SEL=SUPPORTED", "SAVEABLE", 1},
            {"get_features", "FID=TIMESTAMP SEL=SUPPORTED", "NS_SPECIFIC", 2},
            {"get_features", "FID=0xc0 SEL=SUPPORTED", "CHANGEABLE", 4},
        },
      none[] = {
          {"identify", "CNS=1", NULL, 0},
          {"read", "", NULL, 0},
          {"namespace_management", "SEL=1", NULL, 0},
          {"set_features", "FID=ARBITRATION", NULL, 0},
          {"get_features", "FID=TIMESTAMP", NULL, 0},
          {"get_features", "FID=0xc0", NULL, 0},
          {"directive_receive", "DTYPE=STREAMS DOPER=1", NULL, 0},
      };
    uint8_t sqe[LONE_SQE_SIZE];

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(held); i++) {
        const struct lone_opcode *opcode = entry(sqe, held[i].command, held[i].fields);
        const struct lone_record *record = lone_opcode_completion(opcode, sqe);

        assert_non_null(record);
        assert_true(record->size == 4 || record->size == 8);
        memset(data, 0, sizeof(data));
        lone_set(record, data, held[i].path, ~0ull);
        check_bytes(held[i].command, held[i].path, 0, held[i].mask);
    }
    for (size_t i = 0; i < LONE_COUNT(none); i++)
        assert_null(lone_opcode_completion(entry(sqe, none[i].command, none[i].fields), sqe));
    assert_null(lone_opcode_completion(NULL, sqe));
    /* In the mount they stand beside the fields that all completions have. */
    for (size_t i = 0; i < lone_n_opcodes; i++)
        for (unsigned n = 0; n < 0x400; n++) { /* all features, SEL=0 and 3; all DTYPE=0 and 1, DOPER=0 to 3 */
            const struct lone_record *record;

            memset(sqe, 0, sizeof(sqe));
            sqe[0] = lone_opcodes[i].opcode;
            sqe[40] = (uint8_t)n;
            sqe[41] = sqe[44] = (uint8_t)(n >> 8);
            sqe[45] = n & 1;
            record = lone_opcode_completion(&lone_opcodes[i], sqe);
            for (size_t k = 0; record && k < record->n_fields; k++)
                assert_null(lone_record_field(&lone_cqe, record->fields[k].name));
        }
}

/* Counts in front of lists bind; what is not there is not shown. */
static void test_counts(void **state)
{
    const struct lone_record *list = result_of("identify", "CNS=0x13"),
                             *zones = result_of("zone_management_receive", "");
    struct nvme_ctrl_list controllers = {.num = 2, .identifier = {7, 9, 11}};
    struct lone_text text = {0};

    (void)state;
    lone_record_text(list, (const uint8_t *)&controllers, sizeof(controllers), NULL, &text);
    assert_non_null(strstr(text.text, "CNTLID/0"));
    assert_non_null(strstr(text.text, "CNTLID/1"));
    assert_null(strstr(text.text, "CNTLID/2"));
    lone_text_free(&text);
    /* NZ tells of more zones than this report has room for. */
    memset(data, 0, sizeof(data));
    data[0] = 100;
    assert_true(lone_field_locate(zones, lone_record_field(zones, "ZD"), 2, data, 64 + 3 * 64) > 0);
    assert_int_equal(lone_field_locate(zones, lone_record_field(zones, "ZD"), 3, data, 64 + 3 * 64), -ENODATA);
}

static uint64_t zone_field(const struct lone_record *report, const char *path)
{
    return lone_get(report, data, path);
}

/* Each descriptor has its extension behind it: ZDES times 64 bytes (ZNS Command Set 1.1, 3.4.2.2 and 4.1.5.1). */
static void test_extended_zones(void **state)
{
    static struct lone_zone_report_layout layout;
    const struct lone_record *report = lone_zone_report_lay_out(&layout, 2 * 64);
    const size_t each = sizeof(struct nvme_zns_desc) + 2 * 64, end = sizeof(struct nvme_zone_report) + 3 * each;
    struct lone_text text = {0};

    (void)state;
    memset(data, 0, sizeof(data));
    data[0] = 100; /* more zones than there is room for */
    for (unsigned i = 0; i < 3; i++) {
        struct nvme_zns_desc zone = {.zs = 0xe0, .za = 0x80, .zslba = 1000 + i, .wp = 2000 + i};
        uint8_t *at = data + sizeof(struct nvme_zone_report) + i * each;

        memcpy(at, &zone, sizeof(zone));
        memset(at + sizeof(zone), 0xa0 + (int)i, 2 * 64);
    }
    assert_int_equal(zone_field(report, "NZ"), 100);
    assert_int_equal(zone_field(report, "ZD.0.ZSLBA"), 1000);
    assert_int_equal(zone_field(report, "ZD.2.ZSLBA"), 1002);
    assert_int_equal(zone_field(report, "ZD.2.WP"), 2002);
    assert_int_equal(zone_field(report, "ZD.2.ZS"), 0xe);
    assert_int_equal(zone_field(report, "ZD.1.ZA.ZDEV"), 1);
    assert_int_equal(lone_field_locate(report, lone_record_field(report, "ZD"), 2, data, end), (end - each) * 8);
    assert_int_equal(lone_field_locate(report, lone_record_field(report, "ZD"), 2, data, end - 1), -ENODATA);
    assert_int_equal(lone_field_locate(report, lone_record_field(report, "ZD"), 3, data, end), -ENODATA);
    lone_record_text(report, data, end, NULL, &text);
    assert_non_null(strstr(text.text, "a1a1a1"));
    assert_non_null(strstr(text.text, "a2a2a2"));
    assert_null(strstr(text.text, "ZD/3"));
    lone_text_free(&text);
    /* The longest one, and none. */
    assert_int_equal(lone_record_field(lone_zone_report_lay_out(&layout, 255 * 64), "ZD")->bits, (64 + 255 * 64) * 8);
    assert_null(lone_record_field(lone_record_field(lone_zone_report_lay_out(&layout, 0), "ZD")->record, "ZDE"));
}

/* The fields that a feature has in the entry: none is called like a field that is there anyway, none is an array or
 * half in the data. */
static void check_more(const char *command, const struct lone_feature *feature)
{
    const struct lone_opcode *opcode = lone_opcode_named(command);
    uint8_t sqe[LONE_SQE_SIZE] = {opcode->opcode};
    unsigned dwords;
    const struct lone_record *more;

    sqe[40] = feature->fid;
    more = lone_opcode_more(opcode, sqe, &dwords);
    if (!more)
        return;
    assert_true(dwords >= 1 && dwords <= 5);
    for (size_t i = 0; i < more->n_fields; i++) {
        const struct lone_field *field = &more->fields[i];

        if (field->bit >= dwords * 32)
            continue;
        if (field->bit + field->bits > dwords * 32 || field->count || field->access != LONE_RW || !field->bits ||
            field->counted_by.field || field->after || field->start.field || field->when)
            fail_msg("%s of %s is no field of the entry", field->name, feature->name);
        if (lone_opcode_field(opcode, field->name) || lone_record_field(&lone_sqe_dwords, field->name))
            fail_msg("%s of %s hides another field", field->name, feature->name);
    }
}

static void test_more(void **state)
{
    uint8_t sqe[LONE_SQE_SIZE] = {0};
    unsigned dwords = 9;

    (void)state;
    for (size_t i = 0; i < lone_n_features; i++) {
        check_more("set_features", &lone_features[i]);
        check_more("get_features", &lone_features[i]);
    }
    sqe[40] = 0x0d; /* CDW11 to CDW15: 5.27.1.10 */
    assert_non_null(lone_opcode_more(lone_opcode_named("set_features"), sqe, &dwords));
    assert_int_equal(dwords, 5);
    assert_null(lone_opcode_more(lone_opcode_named("get_features"), sqe, &dwords));
    sqe[40] = 0xc0;
    assert_null(lone_opcode_more(lone_opcode_named("set_features"), sqe, &dwords));
    assert_null(lone_opcode_more(lone_opcode_named("get_log_page"), sqe, &dwords));
    assert_null(lone_opcode_more(NULL, sqe, &dwords));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),         cmocka_unit_test(test_bits),        cmocka_unit_test(test_wide_places),
        cmocka_unit_test(test_words),          cmocka_unit_test(test_lengths),     cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_completions), cmocka_unit_test(test_counts),
        cmocka_unit_test(test_extended_zones), cmocka_unit_test(test_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
