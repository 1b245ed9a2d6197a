/* SPDX-License-Identifier: MIT */
/*
 * The NVMe tables against independent sources: libnvme's <nvme/types.h> wherever it says anything, else numbers written
 * down from the figures of NVMe Base 2.0, whose sections stand beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <nvme/ioctl.h>
#include <nvme/types.h>

#include "error.h"
#include "spec/nvme.h"
#include "spec/record.h"

/* clang-format off */

static const struct { const char *name; uint32_t offset, size; } registers[] = {
    { "CAP", NVME_REG_CAP, 8 }, { "VS", NVME_REG_VS, 4 }, { "INTMS", NVME_REG_INTMS, 4 }, { "INTMC", NVME_REG_INTMC, 4 },
    { "CC", NVME_REG_CC, 4 }, { "CSTS", NVME_REG_CSTS, 4 }, { "NSSR", NVME_REG_NSSR, 4 }, { "AQA", NVME_REG_AQA, 4 },
    { "ASQ", NVME_REG_ASQ, 8 }, { "ACQ", NVME_REG_ACQ, 8 }, { "CMBLOC", NVME_REG_CMBLOC, 4 }, { "CMBSZ", NVME_REG_CMBSZ, 4 },
    { "BPINFO", NVME_REG_BPINFO, 4 }, { "BPRSEL", NVME_REG_BPRSEL, 4 }, { "BPMBL", NVME_REG_BPMBL, 8 },
    { "CMBMSC", NVME_REG_CMBMSC, 8 }, { "CMBSTS", NVME_REG_CMBSTS, 4 },
    /* libnvme 1.3 does not know these three: Figure 35 */
    { "CMBEBS", 0x5c, 4 }, { "CMBSWTP", 0x60, 4 }, { "NSSD", 0x64, 4 },
    { "CRTO", NVME_REG_CRTO, 4 }, { "PMRCAP", NVME_REG_PMRCAP, 4 }, { "PMRCTL", NVME_REG_PMRCTL, 4 },
    { "PMRSTS", NVME_REG_PMRSTS, 4 }, { "PMREBS", NVME_REG_PMREBS, 4 }, { "PMRSWTP", NVME_REG_PMRSWTP, 4 },
    { "PMRMSCL", NVME_REG_PMRMSCL, 4 }, { "PMRMSCU", NVME_REG_PMRMSCU, 4 },
};

#define ORACLE(reg, field) { #reg, #field, NVME_##reg##_##field##_SHIFT, NVME_##reg##_##field##_MASK, LONE_RO }
#define WRITABLE(reg, field) { #reg, #field, NVME_##reg##_##field##_SHIFT, NVME_##reg##_##field##_MASK, LONE_RW }

/* Every field of every register; the mask is shifted down, as libnvme's are. */
static const struct { const char *reg, *field; uint32_t shift; uint64_t mask; enum lone_access access; } fields[] = {
    ORACLE(CAP, MQES), ORACLE(CAP, CQR), ORACLE(CAP, AMS), ORACLE(CAP, TO), ORACLE(CAP, DSTRD),
    { "CAP", "NSSRS", NVME_CAP_NSSRC_SHIFT, NVME_CAP_NSSRC_MASK, LONE_RO }, /* 3.1.3.1 calls it NSSRS */
    ORACLE(CAP, CSS), ORACLE(CAP, BPS), { "CAP", "CPS", 46, 3, LONE_RO },
    ORACLE(CAP, MPSMIN), ORACLE(CAP, MPSMAX), ORACLE(CAP, PMRS), ORACLE(CAP, CMBS), { "CAP", "NSSS", 58, 1, LONE_RO },
    ORACLE(CAP, CRMS),
    ORACLE(VS, TER), ORACLE(VS, MNR), ORACLE(VS, MJR),
    { "INTMS", "IVMS", 0, 0xffffffff, LONE_RW1S }, { "INTMC", "IVMC", 0, 0xffffffff, LONE_RW1C },
    WRITABLE(CC, EN), WRITABLE(CC, CSS), WRITABLE(CC, MPS), WRITABLE(CC, AMS), WRITABLE(CC, SHN), WRITABLE(CC, IOSQES),
    WRITABLE(CC, IOCQES), WRITABLE(CC, CRIME),
    ORACLE(CSTS, RDY), ORACLE(CSTS, CFS), ORACLE(CSTS, SHST),
    { "CSTS", "NSSRO", NVME_CSTS_NSSRO_SHIFT, NVME_CSTS_NSSRO_MASK, LONE_RW1C },
    ORACLE(CSTS, PP), { "CSTS", "ST", 6, 1, LONE_RO },
    { "NSSR", "NSSRC", 0, 0xffffffff, LONE_RW },
    WRITABLE(AQA, ASQS), WRITABLE(AQA, ACQS),
    /* 3.1.3.9, 3.1.3.10: bits 63:12. The Python predecessor had them elsewhere. */
    { "ASQ", "ASQB", 12, 0xfffffffffffff, LONE_RW }, { "ACQ", "ACQB", 12, 0xfffffffffffff, LONE_RW },
    ORACLE(CMBLOC, BIR), ORACLE(CMBLOC, CQMMS), ORACLE(CMBLOC, CQPDS),
    { "CMBLOC", "CDPMLS", NVME_CMBLOC_CDPLMS_SHIFT, NVME_CMBLOC_CDPLMS_MASK, LONE_RO }, /* libnvme's slip of the pen */
    ORACLE(CMBLOC, CDPCILS), ORACLE(CMBLOC, CDMMMS), ORACLE(CMBLOC, CQDA), ORACLE(CMBLOC, OFST),
    ORACLE(CMBSZ, SQS), ORACLE(CMBSZ, CQS), ORACLE(CMBSZ, LISTS), ORACLE(CMBSZ, RDS), ORACLE(CMBSZ, WDS), ORACLE(CMBSZ, SZU),
    ORACLE(CMBSZ, SZ),
    ORACLE(BPINFO, BPSZ), ORACLE(BPINFO, BRS), ORACLE(BPINFO, ABPID),
    /* BPROF: bits 29:10 by 3.1.3.14; libnvme's mask has 12 bits only */
    WRITABLE(BPRSEL, BPRSZ), { "BPRSEL", "BPROF", NVME_BPRSEL_BPROF_SHIFT, 0xfffff, LONE_RW }, WRITABLE(BPRSEL, BPID),
    { "BPMBL", "BMBBA", 12, 0xfffffffffffff, LONE_RW },
    WRITABLE(CMBMSC, CRE), WRITABLE(CMBMSC, CMSE), { "CMBMSC", "CBA", NVME_CMBMSC_CBA_SHIFT, 0xfffffffffffff, LONE_RW },
    ORACLE(CMBSTS, CBAI),
    { "CMBEBS", "CMBSZU", 0, 0xf, LONE_RO }, { "CMBEBS", "CMBRBB", 4, 1, LONE_RO }, { "CMBEBS", "CMBWBZ", 8, 0xffffff, LONE_RO },
    { "CMBSWTP", "CMBSWTU", 0, 0xf, LONE_RO }, { "CMBSWTP", "CMBSWTV", 8, 0xffffff, LONE_RO },
    { "NSSD", "NSSC", 0, 0xffffffff, LONE_RW },
    /* libnvme's masks of CRTO are not shifted down */
    { "CRTO", "CRWMT", NVME_CRTO_CRWMT_SHIFT, 0xffff, LONE_RO }, { "CRTO", "CRIMT", NVME_CRTO_CRIMT_SHIFT, 0xffff, LONE_RO },
    ORACLE(PMRCAP, RDS), ORACLE(PMRCAP, WDS), ORACLE(PMRCAP, BIR), ORACLE(PMRCAP, PMRTU),
    { "PMRCAP", "PMRWBM", NVME_PMRCAP_PMRWMB_SHIFT, NVME_PMRCAP_PMRWMB_MASK, LONE_RO },
    ORACLE(PMRCAP, PMRTO), ORACLE(PMRCAP, CMSS),
    WRITABLE(PMRCTL, EN),
    ORACLE(PMRSTS, ERR), ORACLE(PMRSTS, NRDY), ORACLE(PMRSTS, HSTS), ORACLE(PMRSTS, CBAI),
    ORACLE(PMREBS, PMRSZU), { "PMREBS", "PMRRBB", NVME_PMREBS_RBB_SHIFT, NVME_PMREBS_RBB_MASK, LONE_RO }, ORACLE(PMREBS, PMRWBZ),
    ORACLE(PMRSWTP, PMRSWTU), ORACLE(PMRSWTP, PMRSWTV),
    { "PMRMSCL", "CMSE", NVME_PMRMSC_CMSE_SHIFT, NVME_PMRMSC_CMSE_MASK, LONE_RW },
    { "PMRMSCL", "CBA", NVME_PMRMSC_CBA_SHIFT, 0xfffff, LONE_RW }, { "PMRMSCU", "CBA", 0, 0xffffffff, LONE_RW },
};

static const struct { const char *reg, *field, *name; uint64_t value; } names[] = {
    { "CAP", "AMS", "WRR", NVME_CAP_AMS_WRR }, { "CAP", "AMS", "VENDOR", NVME_CAP_AMS_VS },
    { "CAP", "CSS", "NVM", NVME_CAP_CSS_NVM }, { "CAP", "CSS", "IOCSS", NVME_CAP_CSS_CSI },
    { "CAP", "CSS", "NOIOCSS", NVME_CAP_CSS_ADMIN }, { "CAP", "CRMS", "CRWMS", NVME_CAP_CRWMS },
    { "CAP", "CRMS", "CRIMS", NVME_CAP_CRIMS }, { "CAP", "CPS", "CONTROLLER", 1 }, { "CAP", "CPS", "SUBSYSTEM", 3 },
    { "CC", "CSS", "NVM", NVME_CC_CSS_NVM }, { "CC", "CSS", "ALL", NVME_CC_CSS_CSI }, { "CC", "CSS", "ADMIN", NVME_CC_CSS_ADMIN },
    { "CC", "AMS", "RR", NVME_CC_AMS_RR }, { "CC", "AMS", "WRR", NVME_CC_AMS_WRRU }, { "CC", "AMS", "VENDOR", NVME_CC_AMS_VS },
    { "CC", "SHN", "NONE", NVME_CC_SHN_NONE }, { "CC", "SHN", "NORMAL", NVME_CC_SHN_NORMAL },
    { "CC", "SHN", "ABRUPT", NVME_CC_SHN_ABRUPT },
    { "CSTS", "SHST", "NORMAL", NVME_CSTS_SHST_NORMAL }, { "CSTS", "SHST", "OCCURRING", NVME_CSTS_SHST_OCCUR },
    { "CSTS", "SHST", "COMPLETE", NVME_CSTS_SHST_CMPLT },
    { "NSSR", "NSSRC", "NVME", 'N' << 24 | 'V' << 16 | 'M' << 8 | 'e' },
    { "NSSD", "NSSC", "NORMAL", 'N' << 24 | 'r' << 16 | 'm' << 8 | 'l' },
    { "NSSD", "NSSC", "ABRUPT", 'A' << 24 | 'b' << 16 | 'p' << 8 | 't' },
    { "CMBSZ", "SZU", "4KiB", NVME_CMBSZ_SZU_4K }, { "CMBSZ", "SZU", "64KiB", NVME_CMBSZ_SZU_64K },
    { "CMBSZ", "SZU", "1MiB", NVME_CMBSZ_SZU_1M }, { "CMBSZ", "SZU", "16MiB", NVME_CMBSZ_SZU_16M },
    { "CMBSZ", "SZU", "256MiB", NVME_CMBSZ_SZU_256M }, { "CMBSZ", "SZU", "4GiB", NVME_CMBSZ_SZU_4G },
    { "CMBSZ", "SZU", "64GiB", NVME_CMBSZ_SZU_64G },
    { "BPINFO", "BRS", "NONE", NVME_BPINFO_BRS_NONE }, { "BPINFO", "BRS", "IN_PROGRESS", NVME_BPINFO_BRS_READ_IN_PROGRESS },
    { "BPINFO", "BRS", "SUCCESS", NVME_BPINFO_BRS_READ_SUCCESS }, { "BPINFO", "BRS", "ERROR", NVME_BPINFO_BRS_READ_ERROR },
    { "PMRCAP", "PMRTU", "500ms", NVME_PMRCAP_PMRTU_500MS }, { "PMRCAP", "PMRTU", "1min", NVME_PMRCAP_PMRTU_60S },
    { "PMREBS", "PMRSZU", "B", NVME_PMREBS_PMRSZU_B }, { "PMREBS", "PMRSZU", "KiB", NVME_PMREBS_PMRSZU_1K },
    { "PMREBS", "PMRSZU", "MiB", NVME_PMREBS_PMRSZU_1M }, { "PMREBS", "PMRSZU", "GiB", NVME_PMREBS_PMRSZU_1G },
    { "PMRSWTP", "PMRSWTU", "B", NVME_PMRSWTP_PMRSWTU_BPS }, { "PMRSWTP", "PMRSWTU", "GiB", NVME_PMRSWTP_PMRSWTU_GBPS },
};

/* The words for a person, worked out by hand from the figures of 3.1.3. */
static const struct { const char *reg, *field; uint64_t value; const char *line; } quantities[] = {
    { "CAP", "MQES", 0x7ff, "2048 entries" },
    { "CAP", "TO", 40, "20000 ms" },
    { "CAP", "DSTRD", 0, "4 B" },
    { "CAP", "DSTRD", 2, "16 B" },
    { "CAP", "MPSMIN", 0, "4096 B" },
    { "CC", "IOSQES", 6, "64 B" },
    { "CC", "IOCQES", 4, "16 B" },
    { "AQA", "ASQS", 31, "32 entries" },
    { "CRTO", "CRWMT", 2, "1000 ms" },
};

static const struct { const char *name; uint8_t opcode; } admin[] = {
    { "delete_io_sq", nvme_admin_delete_sq }, { "create_io_sq", nvme_admin_create_sq },
    { "get_log_page", nvme_admin_get_log_page }, { "delete_io_cq", nvme_admin_delete_cq },
    { "create_io_cq", nvme_admin_create_cq }, { "identify", nvme_admin_identify }, { "abort", nvme_admin_abort_cmd },
    { "set_features", nvme_admin_set_features }, { "get_features", nvme_admin_get_features },
    { "asynchronous_event_request", nvme_admin_async_event }, { "namespace_management", nvme_admin_ns_mgmt },
    { "firmware_commit", nvme_admin_fw_commit }, { "firmware_image_download", nvme_admin_fw_download },
    { "device_self_test", nvme_admin_dev_self_test }, { "namespace_attachment", nvme_admin_ns_attach },
    { "keep_alive", nvme_admin_keep_alive }, { "directive_send", nvme_admin_directive_send },
    { "directive_receive", nvme_admin_directive_recv }, { "virtualization_management", nvme_admin_virtual_mgmt },
    { "nvme_mi_send", nvme_admin_nvme_mi_send }, { "nvme_mi_receive", nvme_admin_nvme_mi_recv },
    { "capacity_management", nvme_admin_capacity_mgmt }, { "lockdown", nvme_admin_lockdown },
    { "doorbell_buffer_config", nvme_admin_dbbuf }, { "fabrics_commands", nvme_admin_fabrics },
    { "format_nvm", nvme_admin_format_nvm }, { "security_send", nvme_admin_security_send },
    { "security_receive", nvme_admin_security_recv }, { "sanitize", nvme_admin_sanitize_nvm },
    { "get_lba_status", nvme_admin_get_lba_status },
}, io[] = {
    { "flush", nvme_cmd_flush }, { "write", nvme_cmd_write }, { "read", nvme_cmd_read },
    { "write_uncorrectable", nvme_cmd_write_uncor }, { "compare", nvme_cmd_compare },
    { "write_zeroes", nvme_cmd_write_zeroes }, { "dataset_management", nvme_cmd_dsm }, { "verify", nvme_cmd_verify },
    { "reservation_register", nvme_cmd_resv_register }, { "reservation_report", nvme_cmd_resv_report },
    { "reservation_acquire", nvme_cmd_resv_acquire }, { "reservation_release", nvme_cmd_resv_release },
    { "copy", nvme_cmd_copy }, { "zone_management_send", nvme_zns_cmd_mgmt_send },
    { "zone_management_receive", nvme_zns_cmd_mgmt_recv }, { "zone_append", nvme_zns_cmd_append },
};

/* Which way the data goes, as the sections of the commands say, not as their opcodes' bits do. */
static const struct { const char *name; enum lone_direction direction; } directions[] = {
    { "delete_io_sq", LONE_NO_DATA }, { "create_io_cq", LONE_HOST_TO_CONTROLLER }, { "identify", LONE_CONTROLLER_TO_HOST },
    { "set_features", LONE_HOST_TO_CONTROLLER }, { "get_features", LONE_CONTROLLER_TO_HOST }, { "abort", LONE_NO_DATA },
    { "security_send", LONE_HOST_TO_CONTROLLER }, { "security_receive", LONE_CONTROLLER_TO_HOST },
    { "fabrics_commands", LONE_BIDIRECTIONAL }, { "flush", LONE_NO_DATA }, { "write", LONE_HOST_TO_CONTROLLER },
    { "read", LONE_CONTROLLER_TO_HOST }, { "compare", LONE_HOST_TO_CONTROLLER }, { "verify", LONE_NO_DATA },
    { "copy", LONE_HOST_TO_CONTROLLER }, { "zone_management_receive", LONE_CONTROLLER_TO_HOST },
};

/* Fields of commands: dword, lowest bit, highest bit, from the figures of the command's section. */
static const struct { const char *name, *field; unsigned dword, low, high; } command_fields[] = {
    { "delete_io_sq", "QID", 10, 0, 15 }, { "delete_io_cq", "QID", 10, 0, 15 },
    { "create_io_sq", "QID", 10, 0, 15 }, { "create_io_sq", "QSIZE", 10, 16, 31 }, { "create_io_sq", "PC", 11, 0, 0 },
    { "create_io_sq", "QPRIO", 11, 1, 2 }, { "create_io_sq", "CQID", 11, 16, 31 }, { "create_io_sq", "NVMSETID", 12, 0, 15 },
    { "create_io_cq", "QID", 10, 0, 15 }, { "create_io_cq", "QSIZE", 10, 16, 31 }, { "create_io_cq", "PC", 11, 0, 0 },
    { "create_io_cq", "IEN", 11, 1, 1 }, { "create_io_cq", "IV", 11, 16, 31 },
    { "identify", "CNS", 10, 0, 7 }, { "identify", "CNTID", 10, 16, 31 }, { "identify", "CNSSID", 11, 0, 15 },
    { "identify", "CSI", 11, 24, 31 }, { "identify", "UIDX", 14, 0, 6 },
    { "abort", "SQID", 10, 0, 15 }, { "abort", "CDW10_CID", 10, 16, 31 },
    { "get_log_page", "LID", 10, 0, 7 }, { "get_log_page", "LSP", 10, 8, 14 }, { "get_log_page", "RAE", 10, 15, 15 },
    { "get_log_page", "NUMDL", 10, 16, 31 }, { "get_log_page", "NUMDU", 11, 0, 15 }, { "get_log_page", "LSI", 11, 16, 31 },
    { "get_log_page", "LPOL", 12, 0, 31 }, { "get_log_page", "LPOU", 13, 0, 31 }, { "get_log_page", "UIDX", 14, 0, 6 },
    { "get_log_page", "OT", 14, 23, 23 }, { "get_log_page", "CSI", 14, 24, 31 },
    { "set_features", "FID", 10, 0, 7 }, { "set_features", "SV", 10, 31, 31 }, { "set_features", "UIDX", 14, 0, 6 },
    { "get_features", "FID", 10, 0, 7 }, { "get_features", "SEL", 10, 8, 10 }, { "get_features", "UIDX", 14, 0, 6 },
    { "format_nvm", "LBAFL", 10, 0, 3 }, { "format_nvm", "MSET", 10, 4, 4 }, { "format_nvm", "PI", 10, 5, 7 },
    { "format_nvm", "PIL", 10, 8, 8 }, { "format_nvm", "SES", 10, 9, 11 }, { "format_nvm", "LBAFU", 10, 12, 13 },
    { "sanitize", "SANACT", 10, 0, 2 }, { "sanitize", "AUSE", 10, 3, 3 }, { "sanitize", "OWPASS", 10, 4, 7 },
    { "sanitize", "OIPBP", 10, 8, 8 }, { "sanitize", "NDAS", 10, 9, 9 }, { "sanitize", "OVRPAT", 11, 0, 31 },
    { "firmware_commit", "FS", 10, 0, 2 }, { "firmware_commit", "CA", 10, 3, 5 }, { "firmware_commit", "BPID", 10, 31, 31 },
    { "firmware_image_download", "NUMD", 10, 0, 31 }, { "firmware_image_download", "OFST", 11, 0, 31 },
    { "directive_send", "DOPER", 11, 0, 7 }, { "directive_send", "DTYPE", 11, 8, 15 }, { "directive_send", "DSPEC", 11, 16, 31 },
    { "virtualization_management", "ACT", 10, 0, 3 }, { "virtualization_management", "RT", 10, 8, 10 },
    { "virtualization_management", "CNTLID", 10, 16, 31 }, { "virtualization_management", "NR", 11, 0, 15 },
    { "security_send", "SECP", 10, 24, 31 }, { "security_send", "SPSP0", 10, 8, 15 }, { "security_receive", "AL", 11, 0, 31 },
    { "read", "SLBA", 10, 0, 63 }, { "read", "NLB", 12, 0, 15 }, { "read", "STC", 12, 24, 24 }, { "read", "PRINFO", 12, 26, 29 },
    { "read", "FUA", 12, 30, 30 }, { "read", "LR", 12, 31, 31 }, { "read", "AF", 13, 0, 3 }, { "read", "EILBRT", 14, 0, 31 },
    { "read", "ELBAT", 15, 0, 15 }, { "read", "ELBATM", 15, 16, 31 },
    /* NVM Command Set 1.0, 5.2.1.4.1, Figure 125: above CDW14 of 64b Guard bits 15:0 of CDW3, of 32b Guard all of CDW3 and bits 15:0 of CDW2. */
    { "read", "ELBTU", 3, 0, 31 }, { "compare", "ELBTU", 3, 0, 31 }, { "verify", "ELBTU", 3, 0, 31 }, { "write", "LBTU", 3, 0, 31 },
    { "write_zeroes", "LBTU", 3, 0, 31 }, { "copy", "LBTU", 3, 0, 31 }, { "zone_append", "LBTU", 3, 0, 31 },
    { "write", "SLBA", 10, 0, 63 }, { "write", "NLB", 12, 0, 15 }, { "write", "DTYPE", 12, 20, 23 }, { "write", "FUA", 12, 30, 30 },
    { "write", "DSPEC", 13, 16, 31 }, { "write", "ILBRT", 14, 0, 31 }, { "write", "LBAT", 15, 0, 15 }, { "write", "LBATM", 15, 16, 31 },
    { "compare", "SLBA", 10, 0, 63 }, { "compare", "NLB", 12, 0, 15 }, { "compare", "EILBRT", 14, 0, 31 },
    { "verify", "SLBA", 10, 0, 63 }, { "verify", "NLB", 12, 0, 15 },
    { "write_zeroes", "NLB", 12, 0, 15 }, { "write_zeroes", "DEAC", 12, 25, 25 },
    { "write_uncorrectable", "SLBA", 10, 0, 63 }, { "write_uncorrectable", "NLB", 12, 0, 15 },
    { "dataset_management", "NR", 10, 0, 7 }, { "dataset_management", "IDR", 11, 0, 0 }, { "dataset_management", "IDW", 11, 1, 1 },
    { "dataset_management", "AD", 11, 2, 2 },
    { "copy", "SDLBA", 10, 0, 63 }, { "copy", "NR", 12, 0, 7 }, { "copy", "DESFMT", 12, 8, 11 }, { "copy", "PRINFOR", 12, 12, 15 },
    { "copy", "DTYPE", 12, 20, 23 }, { "copy", "STCW", 12, 24, 24 }, { "copy", "STCR", 12, 25, 25 }, { "copy", "PRINFOW", 12, 26, 29 },
    { "capacity_management", "OPER", 10, 0, 3 }, { "capacity_management", "ELID", 10, 16, 31 },
    { "capacity_management", "CAPL", 11, 0, 31 }, { "capacity_management", "CAPU", 12, 0, 31 },
    { "lockdown", "SCP", 10, 0, 3 }, { "lockdown", "PRHBT", 10, 4, 4 }, { "lockdown", "IFC", 10, 5, 6 }, { "lockdown", "OFI", 10, 8, 15 },
    { "device_self_test", "STC", 10, 0, 3 }, { "namespace_management", "SEL", 10, 0, 3 }, { "namespace_management", "CSI", 11, 24, 31 },
    { "get_lba_status", "SLBA", 10, 0, 63 }, { "get_lba_status", "MNDW", 12, 0, 31 }, { "get_lba_status", "RL", 13, 0, 15 },
    { "get_lba_status", "ATYPE", 13, 24, 31 },
    { "reservation_register", "RREGA", 10, 0, 2 }, { "reservation_register", "IEKEY", 10, 3, 3 },
    { "reservation_register", "CPTPL", 10, 30, 31 }, { "reservation_acquire", "RTYPE", 10, 8, 15 },
    { "reservation_release", "RRELA", 10, 0, 2 }, { "reservation_report", "EDS", 11, 0, 0 },
    { "zone_management_send", "ZSA", 13, 0, 7 }, { "zone_management_send", "SELALL", 13, 8, 8 },
    { "zone_management_receive", "NDW", 12, 0, 31 }, { "zone_management_receive", "ZRA", 13, 0, 7 },
    { "zone_append", "ZSLBA", 10, 0, 63 }, { "zone_append", "PIREMAP", 12, 25, 25 },
};

/* The flags of Command Dword 12 as libnvme has them: bits of its upper half. */
static const struct { const char *name, *field; unsigned flag; } control_flags[] = {
    { "read", "FUA", NVME_IO_FUA }, { "read", "LR", NVME_IO_LR }, { "read", "STC", NVME_IO_STC },
    { "write_zeroes", "DEAC", NVME_IO_DEAC }, { "zone_append", "PIREMAP", NVME_IO_ZNS_APPEND_PIREMAP },
    { "write", "DTYPE", NVME_IO_DTYPE_STREAMS }, { "write", "PRINFO", NVME_IO_PRINFO_PRCHK_REF },
};

static const struct { const char *name; uint64_t value; } cns[] = {
    { "NAMESPACE", NVME_IDENTIFY_CNS_NS }, { "CONTROLLER", NVME_IDENTIFY_CNS_CTRL },
    { "ACTIVE_NAMESPACES", NVME_IDENTIFY_CNS_NS_ACTIVE_LIST }, { "DESCRIPTORS", NVME_IDENTIFY_CNS_NS_DESC_LIST },
    { "NVM_SETS", NVME_IDENTIFY_CNS_NVMSET_LIST }, { "CSI_NAMESPACE", NVME_IDENTIFY_CNS_CSI_NS },
    { "CSI_CONTROLLER", NVME_IDENTIFY_CNS_CSI_CTRL }, { "CSI_ACTIVE_NAMESPACES", NVME_IDENTIFY_CNS_CSI_NS_ACTIVE_LIST },
    { "INDEPENDENT_NAMESPACE", NVME_IDENTIFY_CNS_CSI_INDEPENDENT_ID_NS },
    { "USER_DATA_FORMAT", NVME_IDENTIFY_CNS_NS_USER_DATA_FORMAT },
    { "CSI_USER_DATA_FORMAT", NVME_IDENTIFY_CNS_CSI_NS_USER_DATA_FORMAT },
    { "ALLOCATED_NAMESPACES", NVME_IDENTIFY_CNS_ALLOCATED_NS_LIST }, { "ALLOCATED_NAMESPACE", NVME_IDENTIFY_CNS_ALLOCATED_NS },
    { "ATTACHED_CONTROLLERS", NVME_IDENTIFY_CNS_NS_CTRL_LIST }, { "CONTROLLERS", NVME_IDENTIFY_CNS_CTRL_LIST },
    { "PRIMARY_CONTROLLER", NVME_IDENTIFY_CNS_PRIMARY_CTRL_CAP },
    { "SECONDARY_CONTROLLERS", NVME_IDENTIFY_CNS_SECONDARY_CTRL_LIST }, { "GRANULARITY", NVME_IDENTIFY_CNS_NS_GRANULARITY },
    { "UUIDS", NVME_IDENTIFY_CNS_UUID_LIST }, { "DOMAINS", NVME_IDENTIFY_CNS_DOMAIN_LIST },
    { "ENDURANCE_GROUPS", NVME_IDENTIFY_CNS_ENDURANCE_GROUP_ID },
    { "CSI_ALLOCATED_NAMESPACES", NVME_IDENTIFY_CNS_CSI_ALLOCATED_NS_LIST },
    { "CSI_ALLOCATED_NAMESPACE", NVME_IDENTIFY_CNS_CSI_ID_NS_DATA_STRUCTURE },
    { "COMMAND_SETS", NVME_IDENTIFY_CNS_COMMAND_SET_STRUCTURE },
}, log_pages[] = {
    { "SUPPORTED_LOG_PAGES", NVME_LOG_LID_SUPPORTED_LOG_PAGES }, { "ERROR_INFORMATION", NVME_LOG_LID_ERROR },
    { "SMART", NVME_LOG_LID_SMART }, { "FIRMWARE_SLOT", NVME_LOG_LID_FW_SLOT }, { "CHANGED_NAMESPACES", NVME_LOG_LID_CHANGED_NS },
    { "COMMANDS_SUPPORTED", NVME_LOG_LID_CMD_EFFECTS }, { "DEVICE_SELF_TEST", NVME_LOG_LID_DEVICE_SELF_TEST },
    { "TELEMETRY_HOST", NVME_LOG_LID_TELEMETRY_HOST }, { "TELEMETRY_CONTROLLER", NVME_LOG_LID_TELEMETRY_CTRL },
    { "ENDURANCE_GROUP", NVME_LOG_LID_ENDURANCE_GROUP }, { "PREDICTABLE_LATENCY", NVME_LOG_LID_PREDICTABLE_LAT_NVMSET },
    { "PREDICTABLE_LATENCY_EVENTS", NVME_LOG_LID_PREDICTABLE_LAT_AGG }, { "ANA", NVME_LOG_LID_ANA },
    { "PERSISTENT_EVENTS", NVME_LOG_LID_PERSISTENT_EVENT }, { "LBA_STATUS", NVME_LOG_LID_LBA_STATUS },
    { "ENDURANCE_GROUP_EVENTS", NVME_LOG_LID_ENDURANCE_GRP_EVT }, { "MEDIA_UNIT_STATUS", NVME_LOG_LID_MEDIA_UNIT_STATUS },
    { "CAPACITY_CONFIGURATIONS", NVME_LOG_LID_SUPPORTED_CAP_CONFIG_LIST },
    { "FEATURES_SUPPORTED", NVME_LOG_LID_FID_SUPPORTED_EFFECTS },
    { "NVME_MI_COMMANDS_SUPPORTED", NVME_LOG_LID_MI_CMD_SUPPORTED_EFFECTS }, { "BOOT_PARTITION", NVME_LOG_LID_BOOT_PARTITION },
    { "DISCOVERY", NVME_LOG_LID_DISCOVER }, { "RESERVATION", NVME_LOG_LID_RESERVATION }, { "SANITIZE", NVME_LOG_LID_SANITIZE },
    { "CHANGED_ZONES", NVME_LOG_LID_ZNS_CHANGED_ZONES },
}, feature_ids[] = {
    { "ARBITRATION", NVME_FEAT_FID_ARBITRATION }, { "POWER_MANAGEMENT", NVME_FEAT_FID_POWER_MGMT },
    { "LBA_RANGE_TYPE", NVME_FEAT_FID_LBA_RANGE }, { "TEMPERATURE_THRESHOLD", NVME_FEAT_FID_TEMP_THRESH },
    { "ERROR_RECOVERY", NVME_FEAT_FID_ERR_RECOVERY }, { "VOLATILE_WRITE_CACHE", NVME_FEAT_FID_VOLATILE_WC },
    { "NUMBER_OF_QUEUES", NVME_FEAT_FID_NUM_QUEUES }, { "INTERRUPT_COALESCING", NVME_FEAT_FID_IRQ_COALESCE },
    { "INTERRUPT_VECTOR", NVME_FEAT_FID_IRQ_CONFIG }, { "WRITE_ATOMICITY", NVME_FEAT_FID_WRITE_ATOMIC },
    { "ASYNCHRONOUS_EVENT", NVME_FEAT_FID_ASYNC_EVENT }, { "AUTONOMOUS_POWER_STATE", NVME_FEAT_FID_AUTO_PST },
    { "HOST_MEMORY_BUFFER", NVME_FEAT_FID_HOST_MEM_BUF }, { "TIMESTAMP", NVME_FEAT_FID_TIMESTAMP },
    { "KEEP_ALIVE_TIMER", NVME_FEAT_FID_KATO }, { "THERMAL_MANAGEMENT", NVME_FEAT_FID_HCTM },
    { "NON_OPERATIONAL_POWER_STATE", NVME_FEAT_FID_NOPSC }, { "READ_RECOVERY_LEVEL", NVME_FEAT_FID_RRL },
    { "PREDICTABLE_LATENCY_CONFIG", NVME_FEAT_FID_PLM_CONFIG }, { "PREDICTABLE_LATENCY_WINDOW", NVME_FEAT_FID_PLM_WINDOW },
    { "LBA_STATUS_INTERVAL", NVME_FEAT_FID_LBA_STS_INTERVAL }, { "HOST_BEHAVIOR", NVME_FEAT_FID_HOST_BEHAVIOR },
    { "SANITIZE_CONFIG", NVME_FEAT_FID_SANITIZE }, { "ENDURANCE_GROUP_EVENT", NVME_FEAT_FID_ENDURANCE_EVT_CFG },
    { "COMMAND_SET_PROFILE", NVME_FEAT_FID_IOCS_PROFILE }, { "SPINUP_CONTROL", NVME_FEAT_FID_SPINUP_CONTROL },
    { "ENHANCED_CONTROLLER_METADATA", NVME_FEAT_FID_ENH_CTRL_METADATA }, { "CONTROLLER_METADATA", NVME_FEAT_FID_CTRL_METADATA },
    { "NAMESPACE_METADATA", NVME_FEAT_FID_NS_METADATA }, { "SOFTWARE_PROGRESS", NVME_FEAT_FID_SW_PROGRESS },
    { "HOST_IDENTIFIER", NVME_FEAT_FID_HOST_ID }, { "RESERVATION_MASK", NVME_FEAT_FID_RESV_MASK },
    { "RESERVATION_PERSISTENCE", NVME_FEAT_FID_RESV_PERSIST }, { "WRITE_PROTECTION", NVME_FEAT_FID_WRITE_PROTECT },
};

#define GENERIC(code, name) { NVME_SCT_GENERIC << 8 | NVME_SC_##code, name }
#define SPECIFIC(code, name) { NVME_SCT_CMD_SPECIFIC << 8 | NVME_SC_##code, name }
#define MEDIUM(code, name) { NVME_SCT_MEDIA << 8 | NVME_SC_##code, name }
#define PATHS(code, name) { NVME_SCT_PATH << 8 | NVME_SC_##code, name }

/* libnvme's codes, with the name by which lone_status_name() must know them. */
static const struct { uint16_t code; const char *name; } statuses[] = {
    GENERIC(SUCCESS, "Successful Completion"), GENERIC(INVALID_OPCODE, "Invalid Command Opcode"),
    GENERIC(INVALID_FIELD, "Invalid Field in Command"), GENERIC(CMDID_CONFLICT, "Command ID Conflict"),
    GENERIC(DATA_XFER_ERROR, "Data Transfer Error"), GENERIC(POWER_LOSS, "Commands Aborted due to Power Loss Notification"),
    GENERIC(INTERNAL, "Internal Error"), GENERIC(ABORT_REQ, "Command Abort Requested"),
    GENERIC(ABORT_QUEUE, "Command Aborted due to SQ Deletion"),
    GENERIC(FUSED_FAIL, "Command Aborted due to Failed Fused Command"),
    GENERIC(FUSED_MISSING, "Command Aborted due to Missing Fused Command"), GENERIC(INVALID_NS, "Invalid Namespace or Format"),
    GENERIC(CMD_SEQ_ERROR, "Command Sequence Error"), GENERIC(SGL_INVALID_LAST, "Invalid SGL Segment Descriptor"),
    GENERIC(SGL_INVALID_COUNT, "Invalid Number of SGL Descriptors"), GENERIC(SGL_INVALID_DATA, "Data SGL Length Invalid"),
    GENERIC(SGL_INVALID_METADATA, "Metadata SGL Length Invalid"), GENERIC(SGL_INVALID_TYPE, "SGL Descriptor Type Invalid"),
    GENERIC(CMB_INVALID_USE, "Invalid Use of Controller Memory Buffer"), GENERIC(PRP_INVALID_OFFSET, "PRP Offset Invalid"),
    GENERIC(AWU_EXCEEDED, "Atomic Write Unit Exceeded"), GENERIC(OP_DENIED, "Operation Denied"),
    GENERIC(SGL_INVALID_OFFSET, "SGL Offset Invalid"), GENERIC(HOSTID_FORMAT, "Host Identifier Inconsistent Format"),
    GENERIC(KAT_EXPIRED, "Keep Alive Timer Expired"), GENERIC(KAT_INVALID, "Keep Alive Timeout Invalid"),
    GENERIC(CMD_ABORTED_PREMEPT, "Command Aborted due to Preempt and Abort"), GENERIC(SANITIZE_FAILED, "Sanitize Failed"),
    GENERIC(SANITIZE_IN_PROGRESS, "Sanitize In Progress"),
    GENERIC(SGL_INVALID_GRANULARITY, "SGL Data Block Granularity Invalid"),
    GENERIC(CMD_IN_CMBQ_NOT_SUPP, "Command Not Supported for Queue in CMB"),
    GENERIC(NS_WRITE_PROTECTED, "Namespace is Write Protected"), GENERIC(CMD_INTERRUPTED, "Command Interrupted"),
    GENERIC(TRAN_TPORT_ERROR, "Transient Transport Error"),
    GENERIC(PROHIBITED_BY_CMD_AND_FEAT, "Command Prohibited by Command and Feature Lockdown"),
    GENERIC(ADMIN_CMD_MEDIA_NOT_READY, "Admin Command Media Not Ready"), GENERIC(LBA_RANGE, "LBA Out of Range"),
    GENERIC(CAP_EXCEEDED, "Capacity Exceeded"), GENERIC(NS_NOT_READY, "Namespace Not Ready"),
    GENERIC(RESERVATION_CONFLICT, "Reservation Conflict"), GENERIC(FORMAT_IN_PROGRESS, "Format In Progress"),
    SPECIFIC(CQ_INVALID, "Completion Queue Invalid"), SPECIFIC(QID_INVALID, "Invalid Queue Identifier"),
    SPECIFIC(QUEUE_SIZE, "Invalid Queue Size"), SPECIFIC(ABORT_LIMIT, "Abort Command Limit Exceeded"),
    SPECIFIC(ABORT_MISSING, "Reserved"), /* of NVMe 1.0; 2.0 has no 104h */
    SPECIFIC(ASYNC_LIMIT, "Asynchronous Event Request Limit Exceeded"), SPECIFIC(FIRMWARE_SLOT, "Invalid Firmware Slot"),
    SPECIFIC(FIRMWARE_IMAGE, "Invalid Firmware Image"), SPECIFIC(INVALID_VECTOR, "Invalid Interrupt Vector"),
    SPECIFIC(INVALID_LOG_PAGE, "Invalid Log Page"), SPECIFIC(INVALID_FORMAT, "Invalid Format"),
    SPECIFIC(FW_NEEDS_CONV_RESET, "Firmware Activation Requires Conventional Reset"),
    SPECIFIC(INVALID_QUEUE, "Invalid Queue Deletion"), SPECIFIC(FEATURE_NOT_SAVEABLE, "Feature Identifier Not Saveable"),
    SPECIFIC(FEATURE_NOT_CHANGEABLE, "Feature Not Changeable"), SPECIFIC(FEATURE_NOT_PER_NS, "Feature Not Namespace Specific"),
    SPECIFIC(FW_NEEDS_SUBSYS_RESET, "Firmware Activation Requires NVM Subsystem Reset"),
    SPECIFIC(FW_NEEDS_RESET, "Firmware Activation Requires Controller Level Reset"),
    SPECIFIC(FW_NEEDS_MAX_TIME, "Firmware Activation Requires Maximum Time Violation"),
    SPECIFIC(FW_ACTIVATE_PROHIBITED, "Firmware Activation Prohibited"), SPECIFIC(OVERLAPPING_RANGE, "Overlapping Range"),
    SPECIFIC(NS_INSUFFICIENT_CAP, "Namespace Insufficient Capacity"), SPECIFIC(NS_ID_UNAVAILABLE, "Namespace Identifier Unavailable"),
    SPECIFIC(NS_ALREADY_ATTACHED, "Namespace Already Attached"), SPECIFIC(NS_IS_PRIVATE, "Namespace Is Private"),
    SPECIFIC(NS_NOT_ATTACHED, "Namespace Not Attached"), SPECIFIC(THIN_PROV_NOT_SUPP, "Thin Provisioning Not Supported"),
    SPECIFIC(CTRL_LIST_INVALID, "Controller List Invalid"), SPECIFIC(SELF_TEST_IN_PROGRESS, "Device Self-test In Progress"),
    SPECIFIC(BP_WRITE_PROHIBITED, "Boot Partition Write Prohibited"), SPECIFIC(INVALID_CTRL_ID, "Invalid Controller Identifier"),
    SPECIFIC(INVALID_SEC_CTRL_STATE, "Invalid Secondary Controller State"),
    SPECIFIC(INVALID_CTRL_RESOURCES, "Invalid Number of Controller Resources"),
    SPECIFIC(INVALID_RESOURCE_ID, "Invalid Resource Identifier"),
    SPECIFIC(PMR_SAN_PROHIBITED, "Sanitize Prohibited While Persistent Memory Region is Enabled"),
    SPECIFIC(ANA_GROUP_ID_INVALID, "ANA Group Identifier Invalid"), SPECIFIC(ANA_ATTACH_FAILED, "ANA Attach Failed"),
    SPECIFIC(INSUFFICIENT_CAP, "Insufficient Capacity"),
    SPECIFIC(NS_ATTACHMENT_LIMIT_EXCEEDED, "Namespace Attachment Limit Exceeded"),
    SPECIFIC(PROHIBIT_CMD_EXEC_NOT_SUPPORTED, "Prohibition of Command Execution Not Supported"),
    SPECIFIC(IOCS_NOT_SUPPORTED, "I/O Command Set Not Supported"), SPECIFIC(IOCS_NOT_ENABLED, "I/O Command Set Not Enabled"),
    SPECIFIC(IOCS_COMBINATION_REJECTED, "I/O Command Set Combination Rejected"), SPECIFIC(INVALID_IOCS, "Invalid I/O Command Set"),
    SPECIFIC(ID_UNAVAILABLE, "Identifier Unavailable"), SPECIFIC(INVALID_DISCOVERY_INFO, "Invalid Discovery Information"),
    SPECIFIC(ZONING_DATA_STRUCT_LOCKED, "Zoning Data Structure Locked"),
    SPECIFIC(ZONING_DATA_STRUCT_NOTFND, "Zoning Data Structure Not Found"),
    SPECIFIC(INSUFFICIENT_DISC_RES, "Insufficient Discovery Resources"),
    SPECIFIC(REQSTD_FUNCTION_DISABLED, "Requested Function Disabled"),
    SPECIFIC(ZONEGRP_ORIGINATOR_INVLD, "ZoneGroup Originator Invalid"),
    SPECIFIC(BAD_ATTRIBUTES, "Conflicting Attributes"), SPECIFIC(INVALID_PI, "Invalid Protection Information"),
    SPECIFIC(READ_ONLY, "Attempted Write to Read Only Range"), SPECIFIC(CMD_SIZE_LIMIT_EXCEEDED, "Command Size Limit Exceeded"),
    /* 2.1, 4.2.3: libnvme 1.3 does not know these, or as those of Fabrics commands only. */
    { 0x025, "Invalid Key Tag" }, { 0x029, "FDP Disabled" }, { 0x02a, "Invalid Placement Handle List" },
    { 0x12e, "Namespace Is Dispersed" }, { 0x135, "Invalid Host" }, { 0x137, "Invalid Controller Data Queue" },
    { 0x139, "Controller Suspended" }, { 0x13b, "Controller Data Queue Full" },
    { 0x184, "Invalid Command ID" }, { 0x185, "Incompatible Namespace or Format" }, { 0x186, "Fast Copy Not Possible" },
    { 0x187, "Overlapping I/O Range" }, { 0x188, "Namespace Not Reachable" }, { 0x190, "Invalid Program Type" },
    { 0x191, "Maximum Memory Ranges Exceeded" }, { 0x197, "Overlapping Memory Ranges" },
    SPECIFIC(ZNS_INVALID_OP_REQUEST, "Invalid Zone Operation Request"),
    SPECIFIC(ZNS_ZRWA_RESOURCES_UNAVAILABLE, "ZRWA Resources Unavailable"), SPECIFIC(ZNS_BOUNDARY_ERROR, "Zone Boundary Error"),
    SPECIFIC(ZNS_FULL, "Zone Is Full"), SPECIFIC(ZNS_READ_ONLY, "Zone Is Read Only"), SPECIFIC(ZNS_OFFLINE, "Zone Is Offline"),
    SPECIFIC(ZNS_INVALID_WRITE, "Zone Invalid Write"), SPECIFIC(ZNS_TOO_MANY_ACTIVE, "Too Many Active Zones"),
    SPECIFIC(ZNS_TOO_MANY_OPENS, "Too Many Open Zones"), SPECIFIC(ZNS_INVAL_TRANSITION, "Invalid Zone State Transition"),
    MEDIUM(WRITE_FAULT, "Write Fault"), MEDIUM(READ_ERROR, "Unrecovered Read Error"),
    MEDIUM(GUARD_CHECK, "End-to-end Guard Check Error"), MEDIUM(APPTAG_CHECK, "End-to-end Application Tag Check Error"),
    MEDIUM(REFTAG_CHECK, "End-to-end Reference Tag Check Error"), MEDIUM(COMPARE_FAILED, "Compare Failure"),
    MEDIUM(ACCESS_DENIED, "Access Denied"), MEDIUM(UNWRITTEN_BLOCK, "Deallocated or Unwritten Logical Block"),
    MEDIUM(STORAGE_TAG_CHECK, "End-to-end Storage Tag Check Error"),
    PATHS(ANA_INTERNAL_PATH_ERROR, "Internal Path Error"), PATHS(ANA_PERSISTENT_LOSS, "Asymmetric Access Persistent Loss"),
    PATHS(ANA_INACCESSIBLE, "Asymmetric Access Inaccessible"), PATHS(ANA_TRANSITION, "Asymmetric Access Transition"),
    PATHS(CTRL_PATH_ERROR, "Controller Pathing Error"), PATHS(HOST_PATH_ERROR, "Host Pathing Error"),
    PATHS(CMD_ABORTED_BY_HOST, "Command Aborted By Host"),
    /* none of the table's */
    { 0x017, "Reserved" }, { 0x0c0, "Vendor Specific" }, { 0x1ff, "Vendor Specific" }, { 0x2c1, "Vendor Specific" },
    { 0x400, "Reserved" }, { 0x6ff, "Reserved" }, { 0x700, "Vendor Specific" },
    /* bits above SCT (CRD, M, DNR) are not part of the code */
    { 0xf802, "Invalid Field in Command" }, { NVME_SC_DNR | 0x001, "Invalid Command Opcode" },
};

/* nvme.h's constants, which program code switches on. */
static const struct { uint16_t code; const char *name; } status_constants[] = {
    { LONE_SC_SUCCESS, "Successful Completion" }, { LONE_SC_INVALID_OPCODE, "Invalid Command Opcode" },
    { LONE_SC_INVALID_FIELD, "Invalid Field in Command" }, { LONE_SC_CID_CONFLICT, "Command ID Conflict" },
    { LONE_SC_DATA_TRANSFER, "Data Transfer Error" }, { LONE_SC_INVALID_NAMESPACE, "Invalid Namespace or Format" },
    { LONE_SC_SEQUENCE, "Command Sequence Error" }, { LONE_SC_PRP_OFFSET, "PRP Offset Invalid" },
    { LONE_SC_CQ_INVALID, "Completion Queue Invalid" }, { LONE_SC_QUEUE_ID, "Invalid Queue Identifier" },
    { LONE_SC_QUEUE_SIZE, "Invalid Queue Size" }, { LONE_SC_VECTOR, "Invalid Interrupt Vector" },
    { LONE_SC_QUEUE_DELETION, "Invalid Queue Deletion" },
};
static const struct { uint32_t offset; const char *name; } offset_constants[] = {
    { LONE_REG_CAP, "CAP" }, { LONE_REG_VS, "VS" }, { LONE_REG_INTMS, "INTMS" }, { LONE_REG_INTMC, "INTMC" },
    { LONE_REG_CC, "CC" }, { LONE_REG_CSTS, "CSTS" }, { LONE_REG_NSSR, "NSSR" }, { LONE_REG_AQA, "AQA" },
    { LONE_REG_ASQ, "ASQ" }, { LONE_REG_ACQ, "ACQ" }, { LONE_REG_CRTO, "CRTO" },
    { LONE_REG_CMBLOC, "CMBLOC" }, { LONE_REG_CMBSZ, "CMBSZ" }, { LONE_REG_CMBMSC, "CMBMSC" },
    { LONE_REG_CMBSTS, "CMBSTS" }, { LONE_REG_PMRCAP, "PMRCAP" }, { LONE_REG_PMRCTL, "PMRCTL" },
    { LONE_REG_PMRSTS, "PMRSTS" }, { LONE_REG_PMRMSCL, "PMRMSCL" }, { LONE_REG_PMRMSCU, "PMRMSCU" },
};
static const struct { uint64_t value; const char *name; const struct lone_record *record; } cns_constants[] = {
    { LONE_CNS_NAMESPACE, "NAMESPACE", &lone_identify_namespace },
    { LONE_CNS_CONTROLLER, "CONTROLLER", &lone_identify_controller },
    { LONE_CNS_ACTIVE_NAMESPACES, "ACTIVE_NAMESPACES", &lone_namespace_list },
    { LONE_CNS_DESCRIPTORS, "DESCRIPTORS", &lone_namespace_descriptors },
    { LONE_CNS_UUIDS, "UUIDS", &lone_uuid_list },
};

#define SQE(field, member) { #field, offsetof(struct nvme_passthru_cmd64, member) * 8 }
/* 3.3.3.1, Figure 88, and where the kernel's passthrough command is laid out alike, that. */
static const struct { const char *name; uint32_t bit; } sqe_bits[] = {
    SQE(OPC, opcode), { "FUSE", 8 }, { "PSDT", 14 }, { "CID", 16 }, SQE(NSID, nsid), SQE(CDW2, cdw2), SQE(CDW3, cdw3),
    SQE(MPTR, metadata), SQE(PRP1, addr), SQE(PRP2, metadata_len), { "SGL1", 24 * 8 }, SQE(CDW10, cdw10), SQE(CDW11, cdw11), SQE(CDW12, cdw12),
    SQE(CDW13, cdw13), SQE(CDW14, cdw14), SQE(CDW15, cdw15),
};
/* Bytes of an entry and what must be read from them: 3.3.3.2, Figures 90 to 93. */
static const struct { const char *name; uint8_t byte, bytes[4]; uint64_t value; } cqe_reads[] = {
    { "DW0", 0, { 0x78, 0x56, 0x34, 0x12 }, 0x12345678 }, { "DW1", 4, { 0x78, 0x56, 0x34, 0x12 }, 0x12345678 },
    { "SQHD", 8, { 0x34, 0x12, 0, 0 }, 0x1234 }, { "SQID", 8, { 0, 0, 0x34, 0x12 }, 0x1234 },
    { "CID", 12, { 0xcd, 0xab, 0, 0 }, 0xabcd }, { "P", 12, { 0, 0, 0x01, 0 }, 1 }, { "SC", 12, { 0, 0, 0xfe, 0x01 }, 0xff },
    { "SCT", 12, { 0, 0, 0, 0x0e }, 7 }, { "CRD", 12, { 0, 0, 0, 0x30 }, 3 }, { "M", 12, { 0, 0, 0, 0x40 }, 1 },
    { "DNR", 12, { 0, 0, 0, 0x80 }, 1 },
};
/* clang-format on */

static uint64_t value_named(const struct lone_field *field, const char *name)
{
    assert_non_null(field);
    for (const struct lone_name *row = field->names; row && row->name; row++)
        if (!strcmp(row->name, name))
            return row->value;
    fail_msg("%s has no value %s", field->name, name);
    return 0;
}

static void check_record(const struct lone_record *record)
{
    struct lone_error error = {0};

    if (lone_record_check(record, &error))
        fail_msg("%s", error.text);
}

static void test_records_are_sound(void **state)
{
    (void)state;
    check_record(&lone_nvme_registers);
    check_record(&lone_sqe);
    check_record(&lone_sqe_dwords);
    check_record(&lone_cqe);
    for (size_t i = 0; i < lone_nvme_registers.n_fields; i++) {
        const struct lone_field *field = &lone_nvme_registers.fields[i];

        assert_true(field->record->flags & LONE_REGISTER);
        assert_string_equal(field->record->name, field->name);
        assert_string_equal(field->record->title, field->meaning);
        assert_string_equal(field->record->section, field->section);
    }
    assert_int_equal(lone_nvme_registers.size, 0xe20);
    assert_int_equal(lone_sqe.size, 64);
    assert_int_equal(lone_cqe.size, 16);
}

/* A command's fields as a record of their own: inside CDW2 and CDW3, or CDW10 to CDW15, apart from each other, and
 * never called like a field of the common part, which could not be reached any more. */
static void test_command_fields_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < lone_n_opcodes; i++) {
        const struct lone_opcode *opcode = &lone_opcodes[i];
        struct lone_record record = {
            .name = opcode->name, .size = 64, .fields = opcode->fields, .n_fields = opcode->n_fields};

        assert_non_null(opcode->section);
        if (!opcode->fields)
            continue;
        check_record(&record);
        for (size_t j = 0; j < opcode->n_fields; j++) {
            const struct lone_field *field = &opcode->fields[j];

            assert_true(field->bit >= LONE_BYTE(40) ||
                        !strncmp(field->name, "CDW0_", 5) || /* by a name that says which */
                        (field->bit >= LONE_BYTE(8) && field->bit + field->bits <= LONE_BYTE(16)));
            assert_int_equal(field->access, LONE_RW);
            if (lone_record_field(&lone_sqe, field->name) || lone_record_field(&lone_sqe_dwords, field->name))
                fail_msg("%s.%s hides the common field", opcode->name, field->name);
            for (size_t k = 0; k < j; k++)
                assert_string_not_equal(opcode->fields[k].name, field->name);
        }
    }
}

/* All the fields of an entry or a completion, as lines and files name them. */
struct words {
    const char *of;
    const struct lone_field *fields[96]; /* as many as fs/entry_record.c has room for */
    size_t n;
};

static void add_words(struct words *words, const struct lone_field *rows, size_t n, uint32_t bits)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].bit + rows[i].bits > bits)
            continue;
        for (size_t k = 0; k < words->n; k++)
            if (!strcmp(words->fields[k]->name, rows[i].name))
                fail_msg("%s has two fields %s", words->of, rows[i].name);
        assert_true(words->n < LONE_COUNT(words->fields));
        words->fields[words->n++] = &rows[i];
    }
}

/* A name that says the dword (CDW10_CID) is there for a name that the entry has twice, and then each of the two has
 * one: so the line has to say which is meant. */
static void check_said(const struct words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        const char *said = strchr(words->fields[i]->name, '_');
        unsigned n = 0;

        if (strncmp(words->fields[i]->name, "CDW", 3) || !said)
            continue;
        for (size_t k = 0; k < words->n; k++) {
            const char *other = strchr(words->fields[k]->name, '_');

            n += !strncmp(words->fields[k]->name, "CDW", 3) && other && !strcmp(other, said);
        }
        assert_int_equal(n, 2);
    }
}

/* Of every command, with every feature where it has a FID, and of every completion. */
static void test_no_name_stands_for_two_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < lone_n_opcodes; i++) {
        const struct lone_opcode *opcode = &lone_opcodes[i];

        for (unsigned fid = 0; fid <= (opcode->more_of ? 0xffu : 0); fid++) {
            uint8_t sqe[LONE_SQE_SIZE] = {opcode->opcode, [40] = (uint8_t)fid};
            unsigned dwords;
            const struct lone_record *more = lone_opcode_more(opcode, sqe, &dwords);
            const struct lone_record *answer = lone_opcode_completion(opcode, sqe);
            struct words words = {.of = opcode->name}, completion = {.of = opcode->name};

            add_words(&words, opcode->fields, opcode->n_fields, UINT32_MAX);
            if (more)
                add_words(&words, more->fields, more->n_fields, dwords * 32);
            add_words(&words, lone_sqe.fields, lone_sqe.n_fields, UINT32_MAX);
            add_words(&words, lone_sqe_dwords.fields, lone_sqe_dwords.n_fields, UINT32_MAX);
            check_said(&words);
            if (answer)
                add_words(&completion, answer->fields, answer->n_fields, UINT32_MAX);
            add_words(&completion, lone_cqe.fields, lone_cqe.n_fields, UINT32_MAX);
        }
    }
}

static void test_register_offsets(void **state)
{
    (void)state;
    assert_int_equal(lone_nvme_registers.n_fields, LONE_COUNT(registers));
    for (size_t i = 0; i < LONE_COUNT(registers); i++) {
        assert_int_equal(lone_nvme_register_offset(registers[i].name), registers[i].offset);
        assert_int_equal(lone_nvme_register(registers[i].name)->size, registers[i].size);
        assert_int_equal(nvme_is_64bit_reg(registers[i].offset), registers[i].size == 8);
    }
    for (size_t i = 0; i < LONE_COUNT(offset_constants); i++)
        assert_int_equal(lone_nvme_register_offset(offset_constants[i].name), offset_constants[i].offset);
    assert_int_equal(LONE_REG_DOORBELLS, 0x1000); /* PCIe Transport 1.0, 3.1.2 */
}

static void test_register_fields(void **state)
{
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < lone_nvme_registers.n_fields; i++)
        n += lone_nvme_registers.fields[i].record->n_fields;
    assert_int_equal(n, LONE_COUNT(fields));
    for (size_t i = 0; i < LONE_COUNT(fields); i++) {
        const struct lone_field *field = lone_record_field(lone_nvme_register(fields[i].reg), fields[i].field);

        if (!field)
            fail_msg("%s has no %s", fields[i].reg, fields[i].field);
        if (field->bit != fields[i].shift || (1ull << field->bits) - 1 != fields[i].mask ||
            field->access != fields[i].access)
            fail_msg("%s.%s: bit %u, %u bits, access %d", fields[i].reg, field->name, field->bit, field->bits,
                     field->access);
    }
}

static void test_register_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(names); i++)
        assert_int_equal(
            value_named(lone_record_field(lone_nvme_register(names[i].reg), names[i].field), names[i].name),
            names[i].value);
}

static void test_quantities(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(quantities); i++) {
        const struct lone_record *record = lone_nvme_register(quantities[i].reg);
        const struct lone_field *field = lone_record_field(record, quantities[i].field);
        uint8_t bytes[8] = {0};
        char line[64];

        lone_set(record, bytes, field->name, quantities[i].value);
        lone_field_explain(field, bytes, field->bit, line, sizeof(line));
        assert_string_equal(line, quantities[i].line);
    }
}

/* What the Python predecessor had wrong: ASQ and ACQ took the address from the wrong bits, the PMR registers lay 4
 * bytes low. Written as bytes, so that no table vouches for itself. */
static void test_predecessors_mistakes(void **state)
{
    uint8_t bytes[0xe20] = {0};

    (void)state;
    memcpy(bytes + 0x28, (uint8_t[]){0x00, 0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34}, 8);
    memcpy(bytes + 0x30, (uint8_t[]){0x00, 0x10, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00}, 8);
    assert_int_equal(lone_get(&lone_nvme_registers, bytes, "ASQ.ASQB"), 0x3456789abcdefull);
    assert_int_equal(lone_get(&lone_nvme_registers, bytes, "ACQ.ACQB"), 0x100001);
    assert_int_equal(lone_nvme_register_offset("ASQ"), 0x28);
    assert_int_equal(lone_nvme_register_offset("ACQ"), 0x30);
    assert_int_equal(lone_record_field(lone_nvme_register("ASQ"), "ASQB")->scale, 4096);
    assert_int_equal(lone_record_field(lone_nvme_register("ACQ"), "ACQB")->scale, 4096);

    assert_int_equal(lone_nvme_register_offset("PMRCAP"), 0xe00);
    assert_int_equal(lone_nvme_register_offset("PMRCTL"), 0xe04);
    assert_int_equal(lone_nvme_register_offset("PMRSTS"), 0xe08);
    assert_int_equal(lone_nvme_register_offset("PMREBS"), 0xe0c);
    assert_int_equal(lone_nvme_register_offset("PMRSWTP"), 0xe10);
    assert_int_equal(lone_nvme_register_offset("PMRMSCL"), 0xe14);
    assert_int_equal(lone_nvme_register_offset("PMRMSCU"), 0xe18);
    bytes[0xe04] = 1;
    bytes[0xe1b] = 0x80;
    assert_int_equal(lone_get(&lone_nvme_registers, bytes, "PMRCTL.EN"), 1);
    assert_int_equal(lone_get(&lone_nvme_registers, bytes, "PMRMSCU.CBA"), 0x80000000);
    assert_int_equal(lone_get(&lone_nvme_registers, bytes, "PMRMSCL.CBA"), 0);
}

/* A read-modify-write must not clear CSTS.NSSRO: another of the predecessor's. */
static void test_neutral_status(void **state)
{
    uint8_t bytes[4] = {0x11, 0, 0, 0};

    (void)state;
    lone_record_neutral(lone_nvme_register("CSTS"), bytes);
    assert_int_equal(bytes[0], 0x01);
}

static void test_queue_entries(void **state)
{
    (void)state;
    assert_int_equal(lone_sqe.n_fields, LONE_COUNT(sqe_bits));
    for (size_t i = 0; i < LONE_COUNT(sqe_bits); i++) {
        assert_string_equal(lone_sqe.fields[i].name, sqe_bits[i].name);
        assert_int_equal(lone_sqe.fields[i].bit, sqe_bits[i].bit);
        assert_int_equal(lone_sqe.fields[i].access, LONE_RW);
    }
    /* All 16 dwords have their name, in one table or the other. */
    for (unsigned dword = 0; dword < 16; dword++) {
        char name[8];
        const struct lone_field *field;

        snprintf(name, sizeof(name), "CDW%u", dword);
        field = lone_record_field(&lone_sqe, name) ? lone_record_field(&lone_sqe, name)
                                                   : lone_record_field(&lone_sqe_dwords, name);
        assert_non_null(field);
        assert_int_equal(field->bit, dword * 32);
        assert_int_equal(field->bits, 32);
        assert_int_equal(field->access, LONE_RW);
    }
    assert_int_equal(value_named(lone_record_field(&lone_sqe, "FUSE"), "FIRST"), 1);
    assert_int_equal(value_named(lone_record_field(&lone_sqe, "FUSE"), "SECOND"), 2);
    assert_int_equal(value_named(lone_record_field(&lone_sqe, "PSDT"), "SGL"), 1);
    assert_int_equal(lone_cqe.n_fields, LONE_COUNT(cqe_reads));
    for (size_t i = 0; i < LONE_COUNT(cqe_reads); i++) {
        uint8_t bytes[16] = {0};

        memcpy(bytes + cqe_reads[i].byte, cqe_reads[i].bytes, 4);
        for (size_t j = 0; j < lone_cqe.n_fields; j++)
            assert_int_equal(lone_get(&lone_cqe, bytes, lone_cqe.fields[j].name),
                             strcmp(lone_cqe.fields[j].name, cqe_reads[i].name) ? 0 : cqe_reads[i].value);
    }
    assert_int_equal(value_named(lone_record_field(&lone_cqe, "SCT"), "GENERIC"), NVME_SCT_GENERIC);
    assert_int_equal(value_named(lone_record_field(&lone_cqe, "SCT"), "COMMAND_SPECIFIC"), NVME_SCT_CMD_SPECIFIC);
    assert_int_equal(value_named(lone_record_field(&lone_cqe, "SCT"), "MEDIA"), NVME_SCT_MEDIA);
    assert_int_equal(value_named(lone_record_field(&lone_cqe, "SCT"), "PATH"), NVME_SCT_PATH);
    assert_int_equal(value_named(lone_record_field(&lone_cqe, "SCT"), "VENDOR"), NVME_SCT_VS);
}

static void check_opcode(const char *name, enum lone_queue_kind kind, uint8_t number)
{
    const struct lone_opcode *opcode = lone_opcode_named(name);

    if (!opcode)
        fail_msg("no command %s", name);
    assert_int_equal(opcode->opcode, number);
    assert_int_equal(opcode->kind, kind);
    assert_ptr_equal(lone_opcode_numbered(kind, number), opcode);
}

static void test_opcodes(void **state)
{
    (void)state;
    assert_int_equal(lone_n_opcodes, LONE_COUNT(admin) + LONE_COUNT(io));
    for (size_t i = 0; i < LONE_COUNT(admin); i++)
        check_opcode(admin[i].name, LONE_ADMIN, admin[i].opcode);
    for (size_t i = 0; i < LONE_COUNT(io); i++)
        check_opcode(io[i].name, LONE_IO, io[i].opcode);
    for (size_t i = 0; i < LONE_COUNT(directions); i++)
        assert_int_equal(lone_opcode_direction(lone_opcode_named(directions[i].name)->opcode), directions[i].direction);
    assert_null(lone_opcode_named("no_such_command"));
    assert_null(lone_opcode_named(""));
    assert_null(lone_opcode_numbered(LONE_ADMIN, 0xff));
    assert_null(lone_opcode_numbered(LONE_IO, 0x06));
}

static void test_command_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(command_fields); i++) {
        const struct lone_field *field =
            lone_opcode_field(lone_opcode_named(command_fields[i].name), command_fields[i].field);

        if (!field || field->bit != command_fields[i].dword * 32 + command_fields[i].low ||
            field->bits != command_fields[i].high - command_fields[i].low + 1)
            fail_msg("%s.%s is not at DW%u %u:%u", command_fields[i].name, command_fields[i].field,
                     command_fields[i].dword, command_fields[i].high, command_fields[i].low);
    }
    for (size_t i = 0; i < LONE_COUNT(control_flags); i++) {
        const struct lone_field *field =
            lone_opcode_field(lone_opcode_named(control_flags[i].name), control_flags[i].field);

        assert_non_null(field);
        assert_int_equal(1u << (field->bit - LONE_BYTE(50)), control_flags[i].flag);
    }
    assert_ptr_equal(lone_opcode_field(lone_opcode_named("identify"), "NSID"), lone_record_field(&lone_sqe, "NSID"));
    assert_ptr_equal(lone_opcode_field(NULL, "CDW10"), lone_record_field(&lone_sqe, "CDW10"));
    assert_null(lone_opcode_field(NULL, "CNS"));
    assert_null(lone_opcode_field(lone_opcode_named("identify"), "QID"));
}

static void test_zero_based(void **state)
{
    static const char *const fields_of[][2] = {
        {"create_io_sq", "QSIZE"},   {"create_io_cq", "QSIZE"}, {"read", "NLB"}, {"write", "NLB"}, {"copy", "NR"},
        {"dataset_management", "NR"}};

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(fields_of); i++)
        assert_int_equal(lone_opcode_field(lone_opcode_named(fields_of[i][0]), fields_of[i][1])->kind, LONE_ZERO_BASED);
}

static void test_identifiers(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(cns); i++)
        assert_int_equal(value_named(lone_opcode_field(lone_opcode_named("identify"), "CNS"), cns[i].name),
                         cns[i].value);
    for (size_t i = 0; i < LONE_COUNT(log_pages); i++)
        assert_int_equal(value_named(lone_opcode_field(lone_opcode_named("get_log_page"), "LID"), log_pages[i].name),
                         log_pages[i].value);
    for (size_t i = 0; i < LONE_COUNT(feature_ids); i++) {
        assert_int_equal(value_named(lone_opcode_field(lone_opcode_named("get_features"), "FID"), feature_ids[i].name),
                         feature_ids[i].value);
        assert_int_equal(value_named(lone_opcode_field(lone_opcode_named("set_features"), "FID"), feature_ids[i].name),
                         feature_ids[i].value);
    }
}

static void test_identify_results(void **state)
{
    const struct lone_opcode *identify = lone_opcode_named("identify");
    uint8_t sqe[64] = {0};

    (void)state;
    assert_int_equal(identify->data_length, NVME_IDENTIFY_DATA_SIZE);
    for (size_t i = 0; i < LONE_COUNT(cns_constants); i++) {
        assert_int_equal(value_named(lone_opcode_field(identify, "CNS"), cns_constants[i].name),
                         cns_constants[i].value);
        sqe[40] = (uint8_t)cns_constants[i].value;
        assert_ptr_equal(lone_opcode_result(identify, sqe), cns_constants[i].record);
    }
    sqe[40] = NVME_IDENTIFY_CNS_ALLOCATED_NS;
    assert_ptr_equal(lone_opcode_result(identify, sqe), &lone_identify_namespace);
    sqe[40] = 0xff;
    assert_null(lone_opcode_result(identify, sqe));
    sqe[40] = 1;
    assert_null(lone_opcode_result(lone_opcode_named("read"), sqe));
    assert_null(lone_opcode_result(NULL, sqe));
}

static void test_statuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(statuses); i++)
        assert_string_equal(lone_status_name(statuses[i].code), statuses[i].name);
    for (size_t i = 0; i < LONE_COUNT(status_constants); i++)
        assert_string_equal(lone_status_name(status_constants[i].code), status_constants[i].name);
    for (size_t i = 0; i < lone_n_statuses; i++) {
        assert_true(lone_statuses[i].code <= 0x7ff);
        assert_non_null(lone_statuses[i].section);
        for (size_t j = 0; j < i; j++)
            assert_false(lone_statuses[j].code == lone_statuses[i].code &&
                         lone_statuses[j].io_only == lone_statuses[i].io_only);
    }
}

/* NVM Command Set 1.0, 5.2.1.4 and 5.2.1.4.1: the Storage and Reference Space has 32, 80 and 48 bits (Figures 115, 116,
 * 118). STS of them, the most significant ones, are the storage tag (Figures 122 and 123). It stands in CDW14, CDW3 and
 * CDW2 bits 15:0 as Figure 125 says; of the rows marked so the specification shows the dwords itself, in Figures 126,
 * 128 and 130. */
/* clang-format off */
static const struct {
    uint8_t pif, sts;
    uint64_t storage, reference;
    uint32_t cdw2, cdw3, cdw14;
} tags[] = {
    { LONE_GUARD_16,  0, 0,          0x12345678,         0x77777777, 0x33333333, 0x12345678 }, /* Figure 126 */
    { LONE_GUARD_16,  0, 0,          0xabc00000001,      0x77777777, 0x33333333, 0x00000001 },
    { LONE_GUARD_16,  8, 0,          0x12345678,         0x77777777, 0x33333333, 0x00345678 },
    { LONE_GUARD_16,  8, 0xfab,      0x12345678,         0x77777777, 0x33333333, 0xab345678 },
    { LONE_GUARD_16, 32, 0xdeadbeef, 0x12345678,         0x77777777, 0x33333333, 0xdeadbeef },
    { LONE_GUARD_32, 32, 0xaaaabbbb, 0xccccdddddddd,     0x7777aaaa, 0xbbbbcccc, 0xdddddddd }, /* Figure 128 */
    { LONE_GUARD_32, 32, 0xaaaabbbb, 0xfffecccc00000000, 0x7777aaaa, 0xbbbbcccc, 0x00000000 },
    { LONE_GUARD_32, 16, 0x1aaaa,    0x123456789abcdef0, 0x7777aaaa, 0x12345678, 0x9abcdef0 },
    { LONE_GUARD_32, 64, 0x123456789abcdef0, 0xfffff1cf, 0x77771234, 0x56789abc, 0xdef0f1cf },
    { LONE_GUARD_64,  0, 0,          0x100000000,        0x77777777, 0x00000001, 0x00000000 },
    { LONE_GUARD_64,  0, 0,          0xabcdffffffffffff, 0x77777777, 0x0000ffff, 0xffffffff },
    { LONE_GUARD_64, 18, 0x2aaab,    0x15555555,         0x77777777, 0x0000aaaa, 0xd5555555 }, /* Figure 130 */
    { LONE_GUARD_64, 18, 0,          0xffffffffffffffff, 0x77777777, 0x00000000, 0x3fffffff },
    { LONE_GUARD_64, 48, 0xabc123456789, 0xffffffffffff, 0x77777777, 0x0000abc1, 0x23456789 },
};
/* clang-format on */

static void test_tags(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(tags); i++) {
        const struct lone_format format = {.pi_type = 1, .pif = tags[i].pif, .storage_tag_size = tags[i].sts};
        uint8_t sqe[LONE_SQE_SIZE];

        memset(sqe, 0x55, sizeof(sqe));
        memset(sqe + 8, 0x77, 4);
        memset(sqe + 12, 0x33, 4);
        lone_tags_set(sqe, &format, tags[i].storage, tags[i].reference);
        assert_int_equal(lone_bits_get(sqe, 8 * 8, 32), tags[i].cdw2);
        assert_int_equal(lone_bits_get(sqe, 12 * 8, 32), tags[i].cdw3);
        assert_int_equal(lone_bits_get(sqe, 56 * 8, 32), tags[i].cdw14);
        for (unsigned byte = 0; byte < LONE_SQE_SIZE; byte++)
            if (byte / 4 != 2 && byte / 4 != 3 && byte / 4 != 14)
                assert_int_equal(sqe[byte], 0x55);
    }
}

/* 5.2.1: 8 bytes, or 16. 5.2.3: types 1 and 2 count reference tags from block to block, type 1 from the block's number
 * on. */
static void test_protection(void **state)
{
    static const uint8_t sizes[] = {[LONE_GUARD_16] = 8, [LONE_GUARD_32] = 16, [LONE_GUARD_64] = 16, [3] = 0, [15] = 0};
    const uint64_t lba = 0x123456789;

    (void)state;
    for (uint8_t pif = 0; pif < LONE_COUNT(sizes); pif++)
        for (uint8_t type = 0; type <= 3; type++) {
            const struct lone_format format = {.pi_type = type, .pif = pif};

            assert_int_equal(lone_protection_size(&format), type ? sizes[pif] : 0);
            assert_int_equal(lone_reference_tag(&format, lba), type == 1 || type == 2 ? lba : 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_are_sound),
        cmocka_unit_test(test_command_fields_are_sound),
        cmocka_unit_test(test_no_name_stands_for_two_fields),
        cmocka_unit_test(test_register_offsets),
        cmocka_unit_test(test_register_fields),
        cmocka_unit_test(test_register_names),
        cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_predecessors_mistakes),
        cmocka_unit_test(test_neutral_status),
        cmocka_unit_test(test_queue_entries),
        cmocka_unit_test(test_opcodes),
        cmocka_unit_test(test_command_fields),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_protection),
        cmocka_unit_test(test_zero_based),
        cmocka_unit_test(test_identifiers),
        cmocka_unit_test(test_identify_results),
        cmocka_unit_test(test_statuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
