/* SPDX-License-Identifier: MIT */
/*
 * The log pages against libnvme's <nvme/types.h>, which was written by other people from the same specification: the
 * place of every field. Then pages made with its structures, through the decoder; how long pages say they are, in
 * friendly and in hostile bytes; and the asynchronous events.
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

/* Where the oracle has a field: bytes from the start of the structure, all elements of an array; the bits of the field
 * within these, where it does not have all of them. */
struct place {
    const char *name;
    size_t byte, size;
    uint64_t mask;
};

static const struct lone_record *page(uint8_t lid)
{
    const struct lone_log *log = lone_log_numbered(lid, -1);

    assert_non_null(log);
    return log->record;
}

static const struct lone_record *part(const struct lone_record *record, const char *name)
{
    const struct lone_field *field = lone_record_field(record, name);

    if (!field || !field->record)
        fail_msg("%s has no record %s", record->name, name);
    return field->record;
}

/* In both directions: a row that the oracle's list does not have has been held against nothing. */
static void check_places(const struct lone_record *record, const struct place *places, size_t n, size_t size)
{
    assert_true(record->flags & LONE_VARIABLE || record->size == size);
    for (size_t i = 0; i < n; i++) {
        const struct lone_field *field = lone_record_field(record, places[i].name);
        uint64_t bits;

        if (!field)
            fail_msg("%s has no field %s", record->name, places[i].name);
        if (places[i].mask) {
            uint64_t mask = (UINT64_MAX >> (64 - field->bits)) << (field->bit - places[i].byte * 8);

            if (mask != places[i].mask)
                fail_msg("%s.%s: mask 0x%llx, not 0x%llx", record->name, field->name, (unsigned long long)mask,
                         (unsigned long long)places[i].mask);
            continue;
        }
        bits = (uint64_t)field->bits * (field->count ? field->count : 1u);
        if (field->bit != places[i].byte * 8 || (places[i].size && bits != places[i].size * 8))
            fail_msg("%s.%s: bit %u, %u × %u bits; libnvme has it at byte %zu, %zu bytes", record->name, field->name,
                     field->bit, field->count, field->bits, places[i].byte, places[i].size);
    }
    for (size_t i = 0; i < record->n_fields; i++) {
        size_t k = 0;

        while (k < n && strcmp(places[k].name, record->fields[i].name))
            k++;
        if (k == n)
            fail_msg("%s.%s is not in this test's list", record->name, record->fields[i].name);
    }
}

/* clang-format off */
#define AT(name, member)         { name, offsetof(S, member), sizeof(((S *)0)->member), 0 }
#define BITS(name, member, mask) { name, offsetof(S, member), sizeof(((S *)0)->member), mask }
#define BEHIND(name, member)     { name, offsetof(S, member), 0, 0 } /* a list without an end: its start */
#define HOLDS(record, ...)                                                      \
    do {                                                                        \
        static const struct place places[] = { __VA_ARGS__ };                   \
        check_places(record, places, LONE_COUNT(places), sizeof(S));            \
    } while (0)

static void test_health(void **state)
{
    (void)state;
#define S struct nvme_supported_log_pages
    HOLDS(page(NVME_LOG_LID_SUPPORTED_LOG_PAGES), AT("LID", lid_support));
#undef S
#define S struct nvme_error_log_page
    HOLDS(part(page(NVME_LOG_LID_ERROR), "ENTRY"), AT("ECNT", error_count), AT("SQID", sqid), AT("CID", cmdid),
          AT("STS", status_field), AT("PEL", parm_error_location), AT("LBA", lba), AT("NSID", nsid), AT("VSIA", vs),
          AT("TRTYPE", trtype), {"CSI", 30, 1, 0}, {"OPC", 31, 1, 0}, AT("CSINFO", cs), AT("TTSI", trtype_spec_info),
          {"LPVER", 63, 1, 0}); /* these three as in libnvme 1.8: 1.3 has nothing there */
#undef S
#define S struct nvme_smart_log
    HOLDS(page(NVME_LOG_LID_SMART), AT("CW", critical_warning), AT("CTEMP", temperature), AT("AVSP", avail_spare),
          AT("AVSPT", spare_thresh), AT("PUSED", percent_used), AT("EGCWS", endu_grp_crit_warn_sumry),
          AT("DUR", data_units_read), AT("DUW", data_units_written), AT("HRC", host_reads), AT("HWC", host_writes),
          AT("CBT", ctrl_busy_time), AT("PWRC", power_cycles), AT("POH", power_on_hours), AT("UPL", unsafe_shutdowns),
          AT("MDIE", media_errors), AT("NEILE", num_err_log_entries), AT("WCTT", warning_temp_time),
          AT("CCTT", critical_comp_time), AT("TSEN", temp_sensor), AT("TMT1TC", thm_temp1_trans_count),
          AT("TMT2TC", thm_temp2_trans_count), AT("TTTMT1", thm_temp1_total_time), AT("TTTMT2", thm_temp2_total_time),
          {"OLEC", 232, 8, 0}, {"IPM", 240, 4, 0}); /* libnvme after 1.3 */
    assert_int_equal(lone_record_field(page(NVME_LOG_LID_SMART), "TSEN")->count, 8);
#undef S
#define S struct { __u8 byte; }
#define BIT(name, bit) { name, 0, 1, bit }
    HOLDS(part(page(NVME_LOG_LID_SMART), "CW"), BIT("ASCBT", NVME_SMART_CRIT_SPARE),
          BIT("TTC", NVME_SMART_CRIT_TEMPERATURE), BIT("NDR", NVME_SMART_CRIT_DEGRADED),
          BIT("AMRO", NVME_SMART_CRIT_MEDIA), BIT("VMBF", NVME_SMART_CRIT_VOLATILE_MEMORY),
          BIT("PMRRO", NVME_SMART_CRIT_PMR_RO));
    HOLDS(part(page(NVME_LOG_LID_SMART), "EGCWS"), BIT("EGASCBT", NVME_SMART_EGCW_SPARE),
          BIT("EGDR", NVME_SMART_EGCW_DEGRADED), BIT("EGRO", NVME_SMART_EGCW_RO));
    HOLDS(part(page(NVME_LOG_LID_ENDURANCE_GROUP), "EGCW"), BIT("EGASCBT", NVME_EG_CRITICAL_WARNING_SPARE),
          BIT("EGDR", NVME_EG_CRITICAL_WARNING_DEGRADED), BIT("EGRO", NVME_EG_CRITICAL_WARNING_READ_ONLY));
    /* 2.0, Figure 209: libnvme has no masks for it. */
    HOLDS(part(page(NVME_LOG_LID_FW_SLOT), "AFI"), BIT("AFS", 0x07), BIT("NAFS", 0x70));
    HOLDS(part(part(page(NVME_LOG_LID_DEVICE_SELF_TEST), "STR"), "VDI"), BIT("NSIDV", NVME_ST_VALID_DIAG_INFO_NSID),
          BIT("FLBAV", NVME_ST_VALID_DIAG_INFO_FLBA), BIT("SCTV", NVME_ST_VALID_DIAG_INFO_SCT),
          BIT("SCV", NVME_ST_VALID_DIAG_INFO_SC));
    HOLDS(part(part(page(NVME_LOG_LID_DEVICE_SELF_TEST), "STR"), "DSTS"), BIT("DSTR", NVME_ST_RESULT_MASK),
          BIT("DSTC", 0xf << NVME_ST_CODE_SHIFT));
#undef S
#define S struct nvme_firmware_slot
    HOLDS(page(NVME_LOG_LID_FW_SLOT), AT("AFI", afi), AT("FRS", frs));
    assert_int_equal(lone_record_field(page(NVME_LOG_LID_FW_SLOT), "FRS")->count, 7);
#undef S
#define S struct nvme_ns_list
    HOLDS(page(NVME_LOG_LID_CHANGED_NS), AT("NSID", ns));
#undef S
#define S struct nvme_st_result
    HOLDS(part(page(NVME_LOG_LID_DEVICE_SELF_TEST), "STR"), AT("DSTS", dsts), AT("SEGN", seg), AT("VDI", vdi),
          AT("POH", poh), AT("NSID", nsid), AT("FLBA", flba), BITS("STCT", sct, 7), AT("STC", sc), AT("VS", vs));
#undef S
#define S struct nvme_self_test_log
    HOLDS(page(NVME_LOG_LID_DEVICE_SELF_TEST), BITS("CDSTO", current_operation, NVME_ST_CURR_OP_MASK),
          BITS("CDSTC", completion, NVME_ST_CURR_OP_CMPL_MASK), AT("STR", result));
    assert_int_equal(lone_record_field(page(NVME_LOG_LID_DEVICE_SELF_TEST), "STR")->count, NVME_LOG_ST_MAX_RESULTS);
#undef S
#define S struct nvme_sanitize_log_page
    HOLDS(page(NVME_LOG_LID_SANITIZE), AT("SPROG", sprog), AT("SSTAT", sstat), AT("SCDW10", scdw10), AT("ETO", eto),
          AT("ETBE", etbe), AT("ETCE", etce), AT("ETODMM", etond), AT("ETBENMM", etbend), AT("ETCENMM", etcend),
          { "ETPVDS", 32, 4, 0 }, { "SSI", 36, 1, 0 }); /* 2.1 */
#undef S
#define S struct { __u8 bytes[2]; }
    HOLDS(part(page(NVME_LOG_LID_SANITIZE), "SSTAT"), BIT("SOS", NVME_SANITIZE_SSTAT_STATUS_MASK),
          BIT("OPC", NVME_SANITIZE_SSTAT_COMPLETED_PASSES_MASK << NVME_SANITIZE_SSTAT_COMPLETED_PASSES_SHIFT),
          BIT("GDE", NVME_SANITIZE_SSTAT_GLOBAL_DATA_ERASED), BIT("MVCNCLD", 1 << 9));
#undef S
}

static void test_effects(void **state)
{
    (void)state;
#define S struct nvme_cmd_effects_log
    HOLDS(page(NVME_LOG_LID_CMD_EFFECTS), AT("ACS", acs), AT("IOCS", iocs));
#undef S
#define S struct nvme_fid_supported_effects_log
    HOLDS(page(NVME_LOG_LID_FID_SUPPORTED_EFFECTS), AT("FID", fid_support));
#undef S
#define S struct nvme_mi_cmd_supported_effects_log
    HOLDS(page(NVME_LOG_LID_MI_CMD_SUPPORTED_EFFECTS), AT("MICS", mi_cmd_support));
#undef S
#define S struct { __le32 dword; }
#define SCOPE(name, which) { name, 0, 4, (uint64_t)NVME_FID_SUPPORTED_EFFECTS_SCOPE_##which << NVME_FID_SUPPORTED_EFFECTS_SCOPE_SHIFT }
#define SCOPES SCOPE("NSCPE", NS), SCOPE("CSCPE", CTRL), SCOPE("NSETSCPE", NVM_SET), SCOPE("EGSCPE", ENDGRP), \
    SCOPE("DSCPE", DOMAIN), SCOPE("NSSSCPE", NSS)
    /* NVME_CMD_EFFECTS_CSE_MASK of libnvme 1.3 is 3 << 16; 2.0, Figure 211, has bits 18:16. */
    HOLDS(part(page(NVME_LOG_LID_CMD_EFFECTS), "ACS"), BIT("CSUPP", NVME_CMD_EFFECTS_CSUPP),
          BIT("LBCC", NVME_CMD_EFFECTS_LBCC), BIT("NCC", NVME_CMD_EFFECTS_NCC), BIT("NIC", NVME_CMD_EFFECTS_NIC),
          BIT("CCC", NVME_CMD_EFFECTS_CCC), BIT("CSER", 3 << 14), BIT("CSE", 7 << 16), BIT("USS", NVME_CMD_EFFECTS_UUID_SEL), SCOPES);
    assert_ptr_equal(part(page(NVME_LOG_LID_CMD_EFFECTS), "IOCS"), part(page(NVME_LOG_LID_CMD_EFFECTS), "ACS"));
    HOLDS(part(page(NVME_LOG_LID_FID_SUPPORTED_EFFECTS), "FID"), BIT("FSUPP", NVME_FID_SUPPORTED_EFFECTS_FSUPP),
          BIT("UDCC", NVME_FID_SUPPORTED_EFFECTS_UDCC), BIT("NCC", NVME_FID_SUPPORTED_EFFECTS_NCC),
          BIT("NIC", NVME_FID_SUPPORTED_EFFECTS_NIC), BIT("CCC", NVME_FID_SUPPORTED_EFFECTS_CCC),
          BIT("USS", NVME_FID_SUPPORTED_EFFECTS_UUID_SEL), SCOPES, BIT("CDQSCP", 1 << 26)); /* CDQSCP, CSER: libnvme after 1.3 */
    HOLDS(part(page(NVME_LOG_LID_MI_CMD_SUPPORTED_EFFECTS), "MICS"), BIT("CSUPP", NVME_MI_CMD_SUPPORTED_EFFECTS_CSUPP),
          BIT("UDCC", NVME_MI_CMD_SUPPORTED_EFFECTS_UDCC), BIT("NCC", NVME_MI_CMD_SUPPORTED_EFFECTS_NCC),
          BIT("NIC", NVME_MI_CMD_SUPPORTED_EFFECTS_NIC), BIT("CCC", NVME_MI_CMD_SUPPORTED_EFFECTS_CCC), SCOPES);
#undef S
}

/* NUMFDPC is 0's based, lengths of descriptors include their vendor's part (NVMe TP 4146). */
static void test_placement(void **state)
{
    const struct lone_record *configuration = part(page(NVME_LOG_LID_FDP_CONFIGS), "FDPC");
    const struct lone_record *event = part(page(NVME_LOG_LID_FDP_EVENTS), "EVENT");

    (void)state;
#define S struct nvme_fdp_config_log
    HOLDS(page(NVME_LOG_LID_FDP_CONFIGS), AT("NUMFDPC", n), AT("VER", version), AT("SZE", size),
          BEHIND("FDPC", configs));
#undef S
#define S struct nvme_fdp_config_desc
    HOLDS(configuration, AT("DSZE", size), AT("FDPA", fdpa), AT("VSS", vss), AT("NRG", nrg), AT("NRUH", nruh),
          AT("MAXPIDS", maxpids), AT("NNS", nnss), AT("RUNS", runs), AT("ERUTL", erutl), BEHIND("RUH", ruhs),
          {"VS", 0, 0, 0});
#undef S
#define S struct nvme_fdp_ruh_desc
    HOLDS(part(configuration, "RUH"), AT("RUHT", ruht));
#undef S
#define S struct { __u8 byte; }
    HOLDS(part(configuration, "FDPA"), BIT("RGIF", NVME_FDP_CONFIG_FDPA_RGIF_MASK),
          BIT("FDPVWC", NVME_FDP_CONFIG_FDPA_FDPVWC_MASK << NVME_FDP_CONFIG_FDPA_FDPVWC_SHIFT),
          BIT("FDPCV", NVME_FDP_CONFIG_FDPA_VALID_MASK << NVME_FDP_CONFIG_FDPA_VALID_SHIFT));
    HOLDS(part(event, "FDPEF"), BIT("PIV", NVME_FDP_EVENT_F_PIV), BIT("NSIDV", NVME_FDP_EVENT_F_NSIDV),
          BIT("LV", NVME_FDP_EVENT_F_LV));
#undef S
#define S struct nvme_fdp_ruhu_log
    HOLDS(page(NVME_LOG_LID_FDP_RUH_USAGE), AT("NRUH", nruh), BEHIND("RUHU", ruhus));
#undef S
#define S struct nvme_fdp_ruhu_desc
    HOLDS(part(page(NVME_LOG_LID_FDP_RUH_USAGE), "RUHU"), AT("RUHA", ruha));
#undef S
#define S struct nvme_fdp_stats_log
    HOLDS(page(NVME_LOG_LID_FDP_STATS), AT("HBMW", hbmw), AT("MBMW", mbmw), AT("MBE", mbe));
#undef S
#define S struct nvme_fdp_events_log
    HOLDS(page(NVME_LOG_LID_FDP_EVENTS), AT("NUMFDPE", n), AT("EVENT", events));
#undef S
#define S struct nvme_fdp_event
    HOLDS(event, AT("ETYPE", type), AT("FDPEF", flags), AT("PID", pid), AT("ETSTMP", ts), AT("NSID", nsid),
          AT("REALLOCATED", type_specific), AT("RGID", rgid), {"RUHID", 34, 2, 0}, /* as SPDK has it: libnvme has 8 bits */
          AT("VS", vs));
#undef S
#define S struct { __u8 bytes[16]; }
    /* As SPDK has it: libnvme 1.3 forgot to pack it. */
    HOLDS(part(event, "REALLOCATED"), BIT("LBAV", NVME_FDP_EVENT_REALLOC_F_LBAV), {"NLBAM", 2, 2, 0}, {"LBA", 4, 8, 0});
#undef S
}

static void test_data(void **state)
{
    (void)state;
#define S struct nvme_telemetry_log
    HOLDS(page(NVME_LOG_LID_TELEMETRY_HOST), AT("LID", lpi), AT("IEEE", ieee), AT("THDA1LB", dalb1), AT("THDA2LB", dalb2),
          AT("THDA3LB", dalb3), AT("THDA4LB", dalb4), { "THS", 380, 1, 0 }, AT("THDGN", hostdgn), AT("TCDA", ctrlavail),
          AT("TCDGN", ctrldgn), AT("RID", rsnident), BEHIND("THDB", data_area));
    HOLDS(page(NVME_LOG_LID_TELEMETRY_CTRL), AT("LID", lpi), AT("IEEE", ieee), AT("TCDA1LB", dalb1), AT("TCDA2LB", dalb2),
          AT("TCDA3LB", dalb3), AT("TCDA4LB", dalb4), AT("TCDA", ctrlavail), AT("TCDGN", ctrldgn),
          AT("RID", rsnident), { "TCS", 381, 1, 0 }, BEHIND("TCDB", data_area));
    assert_int_equal(lone_record_field(page(NVME_LOG_LID_TELEMETRY_CTRL), "TCDB")->bits, NVME_LOG_TELEM_BLOCK_SIZE * 8);
#undef S
#define S struct nvme_ana_log
    HOLDS(page(NVME_LOG_LID_ANA), AT("CHGC", chgcnt), AT("NAGD", ngrps), BEHIND("GROUP", descs));
#undef S
#define S struct nvme_ana_group_desc
    HOLDS(part(page(NVME_LOG_LID_ANA), "GROUP"), AT("AGID", grpid), AT("NNV", nnsids), AT("CHGC", chgcnt),
          BITS("ANAS", state, 0xf), BEHIND("NSID", nsids));
#undef S
#define S struct nvme_lba_status_log
    HOLDS(page(NVME_LOG_LID_LBA_STATUS), AT("LSLPLEN", lslplen), AT("NLSLNE", nlslne), AT("ESTULB", estulb),
          AT("LSGC", lsgc), BEHIND("LSLNE", elements));
#undef S
#define S struct nvme_lbas_ns_element
    HOLDS(part(page(NVME_LOG_LID_LBA_STATUS), "LSLNE"), AT("NEID", neid), AT("NLRD", nlrd), AT("RATYPE", ratype),
          BEHIND("LRD", lba_rd));
#undef S
#define S struct nvme_lba_rd
    HOLDS(part(part(page(NVME_LOG_LID_LBA_STATUS), "LSLNE"), "LRD"), AT("RSLBA", rslba), AT("RNLB", rnlb));
#undef S
#define S struct nvme_boot_partition
    /* 2.0, Figure 262: BPSZ in bits 14:0, ABPID in bit 31. */
    HOLDS(page(NVME_LOG_LID_BOOT_PARTITION), AT("LID", lid), BITS("BPSZ", bpinfo, 0x7fff),
          BITS("ABPID", bpinfo, 0x80000000u), BEHIND("BPDATA", boot_partition_data));
#undef S
#define S struct nvmf_discovery_log
    HOLDS(page(NVME_LOG_LID_DISCOVER), AT("GENCTR", genctr), AT("NUMREC", numrec), AT("RECFMT", recfmt),
          BEHIND("ENTRY", entries));
#undef S
#define S struct nvmf_disc_log_entry
    HOLDS(part(page(NVME_LOG_LID_DISCOVER), "ENTRY"), AT("TRTYPE", trtype), AT("ADRFAM", adrfam), AT("SUBTYPE", subtype),
          AT("TREQ", treq), AT("PORTID", portid), AT("CNTLID", cntlid), AT("ASQSZ", asqsz), AT("EFLAGS", eflags),
          AT("TRSVCID", trsvcid), AT("SUBNQN", subnqn), AT("TRADDR", traddr), AT("TSAS", tsas));
#undef S
#define S struct { __u8 bytes[2]; }
    HOLDS(part(part(page(NVME_LOG_LID_DISCOVER), "ENTRY"), "EFLAGS"), BIT("DUPRETINFO", NVMF_DISC_EFLAGS_DUPRETINFO),
          BIT("EPCSD", NVMF_DISC_EFLAGS_EPCSD), BIT("NCC", NVMF_DISC_EFLAGS_NCC));
#undef S
#define S struct nvme_resv_notification_log
    HOLDS(page(NVME_LOG_LID_RESERVATION), AT("LPC", lpc), AT("RNLPT", rnlpt), AT("NALP", nalp), AT("NSID", nsid));
#undef S
#define S struct nvme_zns_changed_zone_log
    HOLDS(page(NVME_LOG_LID_ZNS_CHANGED_ZONES), AT("NRZID", nrzid), AT("ZID", zid));
#undef S
}

static void test_capacity(void **state)
{
    const struct lone_record *config, *group, *channels, *channel;

    (void)state;
#define S struct nvme_endurance_group_log
    /* EGFEAT, DID, TEGCAP and UEGCAP: 2.0, Figure 216; reserved in libnvme 1.3. */
    HOLDS(page(NVME_LOG_LID_ENDURANCE_GROUP), AT("EGCW", critical_warning), { "EGFEAT", 1, 1, 0 }, AT("AVSP", avl_spare),
          AT("AVSPT", avl_spare_threshold), AT("PUSED", percent_used), { "DID", 6, 2, 0 }, AT("EE", endurance_estimate),
          AT("DUR", data_units_read), AT("DUW", data_units_written), AT("MUW", media_units_written),
          AT("HRC", host_read_cmds), AT("HWC", host_write_cmds), AT("MDIE", media_data_integrity_err),
          AT("NEILE", num_err_info_log_entries), { "TEGCAP", 160, 16, 0 }, { "UEGCAP", 176, 16, 0 });
#undef S
#define S struct nvme_nvmset_predictable_lat_log
    HOLDS(page(NVME_LOG_LID_PREDICTABLE_LAT_NVMSET), BITS("STS", status, 7), AT("ET", event_type), AT("DTWINRT", dtwin_rt),
          AT("DTWINWT", dtwin_wt), AT("DTWINTM", dtwin_tmax), AT("NDWINTMH", ndwin_tmin_hi),
          AT("NDWINTML", ndwin_tmin_lo), AT("DTWINRE", dtwin_re), AT("DTWINWE", dtwin_we), AT("DTWINTE", dtwin_te));
#undef S
#define S struct { __u8 bytes[2]; }
    HOLDS(part(page(NVME_LOG_LID_PREDICTABLE_LAT_NVMSET), "ET"), BIT("DTWINRW", NVME_NVMSET_PL_EVENT_DTWIN_READ_WARN),
          BIT("DTWINWW", NVME_NVMSET_PL_EVENT_DTWIN_WRITE_WARN), BIT("DTWINTW", NVME_NVMSET_PL_EVENT_DTWIN_TIME_WARN),
          BIT("ATDNTMVE", NVME_NVMSET_PL_EVENT_DTWIN_EXCEEDED), BIT("ATDNDE", NVME_NVMSET_PL_EVENT_DTWIN_EXCURSION));
#undef S
#define S struct nvme_aggregate_predictable_lat_event
    HOLDS(page(NVME_LOG_LID_PREDICTABLE_LAT_AGG), AT("NUMENT", num_entries), BEHIND("NVMSETID", entries));
#undef S
#define S struct nvme_eg_event_aggregate_log
    HOLDS(page(NVME_LOG_LID_ENDURANCE_GRP_EVT), AT("NUMENT", nr_entries), BEHIND("ENDGID", egids));
#undef S
#define S struct nvme_media_unit_stat_log
    HOLDS(page(NVME_LOG_LID_MEDIA_UNIT_STATUS), AT("NMU", nmu), AT("CCHANS", cchans), AT("SC", sel_config),
          BEHIND("MUS", mus_desc));
#undef S
#define S struct nvme_media_unit_stat_desc
    /* The channels stand where CIO says. */
    HOLDS(part(page(NVME_LOG_LID_MEDIA_UNIT_STATUS), "MUS"), AT("MUID", muid), AT("DID", domainid), AT("ENDGID", endgid),
          AT("NVMSETID", nvmsetid), AT("CAF", cap_adj_fctr), AT("AVSP", avl_spare), AT("PUSED", percent_used),
          AT("MUCS", mucs), AT("CIO", cio), { "CHID", 0, 0, 0 });
#undef S
#define S struct nvme_supported_cap_config_list_log
    HOLDS(page(NVME_LOG_LID_SUPPORTED_CAP_CONFIG_LIST), AT("SCCN", sccn), BEHIND("CC", cap_config_desc));
#undef S
    config = part(page(NVME_LOG_LID_SUPPORTED_CAP_CONFIG_LIST), "CC");
    group = part(config, "EG");
    channels = part(group, "CHANNELS");
    channel = part(channels, "CHANNEL");
#define S struct nvme_capacity_config_desc
    HOLDS(config, AT("CCID", cap_config_id), AT("DID", domainid), AT("EGCN", egcn), BEHIND("EG", egcd));
#undef S
#define S struct nvme_end_grp_config_desc
    HOLDS(group, AT("ENDGID", endgid), AT("CADJF", cap_adj_factor), AT("TEGCAP", tegcap), AT("SEGCAP", segcap),
          AT("EE", end_est), AT("EGSETS", egsets), BEHIND("NVMSETID", nvmsetid), { "CHANNELS", 0, 0, 0 });
#undef S
#define S struct nvme_end_grp_chan_desc
    HOLDS(channels, AT("EGCHANS", egchans), BEHIND("CHANNEL", chan_config_desc));
#undef S
#define S struct nvme_channel_config_desc
    HOLDS(channel, AT("CHID", chanid), AT("CHMUS", chmus), BEHIND("MU", mu_config_desc));
#undef S
#define S struct nvme_media_unit_config_desc
    HOLDS(part(channel, "MU"), AT("MUID", muid), AT("MUDL", mudl));
#undef S
}

static void test_persistent(void **state)
{
    const struct lone_record *log = page(NVME_LOG_LID_PERSISTENT_EVENT), *event = part(log, "EVENT");

    (void)state;
#define S struct nvme_persistent_event_log
    HOLDS(log, AT("LID", lid), AT("TNEV", tnev), AT("TLL", tll), AT("LREV", rv), AT("LHL", lhl), AT("TSTMP", ts),
          AT("POH", poh), AT("PCC", pcc), AT("VID", vid), AT("SSVID", ssvid), AT("SN", sn), AT("MN", mn),
          AT("SUBNQN", subnqn), AT("GNUM", gen_number), AT("RCI", rci), AT("SEB", seb),
          { "EVENT", sizeof(S), 0, 0 });
    assert_int_equal(log->size, sizeof(S));
#undef S
#define S struct nvme_persistent_event_entry
    /* What follows the header is found by what it says. */
    HOLDS(event, AT("ET", etype), AT("ETR", etype_rev), AT("EHL", ehl), BITS("PIT", ehai, 3), AT("CNTLID", cntlid),
          AT("ETSTMP", ets), AT("PELPID", pelpid), AT("VSIL", vsil), AT("EL", el), { "VSI", 0, 0, 0 },
          { "SMART", 0, 0, 0 }, { "FIRMWARE_COMMIT", 0, 0, 0 }, { "TIMESTAMP_CHANGE", 0, 0, 0 },
          { "POWER_ON_OR_RESET", 0, 0, 0 }, { "HARDWARE_ERROR", 0, 0, 0 }, { "CHANGE_NAMESPACE", 0, 0, 0 },
          { "FORMAT_START", 0, 0, 0 }, { "FORMAT_COMPLETION", 0, 0, 0 }, { "SANITIZE_START", 0, 0, 0 },
          { "SANITIZE_COMPLETION", 0, 0, 0 }, { "SET_FEATURE", 0, 0, 0 }, { "TELEMETRY", 0, 0, 0 },
          { "THERMAL_EXCURSION", 0, 0, 0 }, { "VSED", 0, 0, 0 }, { "TCG", 0, 0, 0 });
    assert_int_equal(event->size, sizeof(S));
#undef S
#define S struct nvme_fw_commit_event
    HOLDS(part(event, "FIRMWARE_COMMIT"), AT("OFR", old_fw_rev), AT("NFR", new_fw_rev), AT("FCA", fw_commit_action),
          AT("FSLT", fw_slot), AT("STCTFCC", sct_fw), AT("SRFCC", sc_fw), AT("VAFCRC", vndr_assign_fw_commit_rc));
#undef S
#define S struct nvme_time_stamp_change_event
    HOLDS(part(event, "TIMESTAMP_CHANGE"), AT("PTSTP", previous_timestamp), AT("MSR", ml_secs_since_reset));
#undef S
#define S struct nvme_power_on_reset_info_list
    HOLDS(part(part(event, "POWER_ON_OR_RESET"), "CRID"), AT("CNTLID", cid), AT("FA", fw_act), AT("OIP", op_in_prog),
          AT("CPC", ctrl_power_cycle), AT("POM", power_on_ml_seconds), AT("CTSTMP", ctrl_time_stamp));
#undef S
#define S struct nvme_nss_hw_err_event
    /* libnvme has a pointer where the bytes follow. */
    HOLDS(part(event, "HARDWARE_ERROR"), AT("NSHEEC", nss_hw_err_event_code), { "AHEI", 4, 0, 0 });
#undef S
#define S struct nvme_change_ns_event
    HOLDS(part(event, "CHANGE_NAMESPACE"), AT("NMCDW10", nsmgt_cdw10), AT("NSZE", nsze), AT("NCAP", nscap),
          AT("FLBAS", flbas), AT("DPS", dps), AT("NMIC", nmic), AT("ANAGRPID", ana_grp_id),
          AT("NVMSETID", nvmset_id), { "ENDGID", 42, 2, 0 }, AT("NSID", nsid)); /* ENDGID: 2.1 */
#undef S
#define S struct nvme_format_nvm_start_event
    HOLDS(part(event, "FORMAT_START"), AT("NSID", nsid), AT("FNA", fna), AT("FNCDW10", format_nvm_cdw10));
#undef S
#define S struct nvme_format_nvm_compln_event
    HOLDS(part(event, "FORMAT_COMPLETION"), AT("NSID", nsid), AT("SFPI", smallest_fpi), AT("FNVMS", format_nvm_status),
          AT("CINFO", compln_info), { "INFO", 8, 2, 0 }); /* 2.1: bytes 9:8, libnvme has four */
#undef S
#define S struct nvme_sanitize_start_event
    HOLDS(part(event, "SANITIZE_START"), AT("SANICAP", sani_cap), AT("SCDW10", sani_cdw10), AT("SCDW11", sani_cdw11));
#undef S
#define S struct nvme_sanitize_compln_event
    HOLDS(part(event, "SANITIZE_COMPLETION"), AT("SPROG", sani_prog), AT("SSTAT", sani_status), AT("CINFO", cmpln_info));
#undef S
#define S struct nvme_set_feature_event
    /* 2.0, Figure 241: number of dwords in bits 2:0, bit 3 says that Dword 0 follows, bits 31:16 the memory buffer. */
    HOLDS(part(event, "SET_FEATURE"), BITS("DWC", layout, 7), BITS("LCCDW0", layout, 8),
          BITS("MBC", layout, 0xffff0000u), BEHIND("CDWS", cdw_mem), { "MBUF", 0, 0, 0 }, { "CCDW0", 0, 0, 0 });
#undef S
#define S struct nvme_thermal_exc_event
    HOLDS(part(event, "THERMAL_EXCURSION"), AT("OTMP", over_temp), AT("THRESH", threshold));
#undef S
    for (size_t i = 0; i < part(log, "SEB")->n_fields; i++) { /* the bits are those of the event types */
        const struct lone_field *type = lone_record_field(event, "ET"), *bit = &part(log, "SEB")->fields[i];

        assert_int_equal(bit->bit, type->names[i].value);
    }
}
/* clang-format on */

/* --- Pages through the decoder --- */

static void decodes(uint8_t lid, const void *bytes, size_t length, const char *expected)
{
    struct json_object *object = lone_record_json(page(lid), bytes, length, NULL), *fields;
    const char *text;

    assert_non_null(object);
    fields = json_object_object_get(object, "fields");
    text = json_object_to_json_string_ext(fields, JSON_C_TO_STRING_PLAIN);
    if (!strstr(text, expected))
        fail_msg("%s\nis not in\n%s", expected, text);
    json_object_put(object);
}

static void test_ana(void **state)
{
    uint8_t *bytes = calloc(1, 128);
    struct nvme_ana_log *log = (void *)bytes;
    struct nvme_ana_group_desc *first = log->descs, *second = (void *)(bytes + 16 + 32 + 8);
    const size_t length = 16 + 32 + 8 + 32 + 4;

    (void)state;
    log->ngrps = htole16(2);
    *first = (struct nvme_ana_group_desc){.grpid = htole32(7), .nnsids = htole32(2), .state = NVME_ANA_STATE_OPTIMIZED};
    first->nsids[0] = htole32(1);
    first->nsids[1] = htole32(0x102);
    *second = (struct nvme_ana_group_desc){.grpid = htole32(9), .nnsids = htole32(1), .state = NVME_ANA_STATE_CHANGE};
    second->nsids[0] = htole32(3);
    decodes(NVME_LOG_LID_ANA, bytes, length,
            "\"GROUP\":[{\"AGID\":\"0x7\",\"NNV\":\"0x2\",\"CHGC\":\"0x0\",\"ANAS\":\"0x1\",\"NSID\":[\"0x1\","
            "\"0x102\"]},{\"AGID\":\"0x9\",\"NNV\":\"0x1\",\"CHGC\":\"0x0\",\"ANAS\":\"0xf\",\"NSID\":[\"0x3\"]}]");
    assert_int_equal(lone_log_length(lone_log_named("ana"), bytes, 0), 16);
    assert_int_equal(lone_log_length(lone_log_named("ana"), bytes, 16), 16 + 2 * 32);
    assert_int_equal(lone_log_length(lone_log_named("ana"), bytes, 16 + 2 * 32), length - 4);
    assert_int_equal(lone_log_length(lone_log_named("ana"), bytes, length - 4), length);
    assert_int_equal(lone_log_length(lone_log_named("ana"), bytes, 128), length);
    free(bytes);
}

/* Events as a controller would append them: header, vendor's information, data. */
static size_t add_event(uint8_t *at, uint8_t type, uint8_t header, const void *vendor, uint16_t n_vendor,
                        const void *data, uint16_t n_data)
{
    struct nvme_persistent_event_entry *entry = (void *)at;

    *entry = (struct nvme_persistent_event_entry){
        .etype = type, .ehl = header, .vsil = htole16(n_vendor), .el = htole16((uint16_t)(n_vendor + n_data))};
    memset(at + sizeof(*entry), 0xee, header + 3u - sizeof(*entry)); /* what a later version adds to the header */
    memcpy(at + header + 3, vendor, n_vendor);
    memcpy(at + header + 3 + n_vendor, data, n_data);
    return header + 3u + n_vendor + n_data;
}

static void test_events_decoded(void **state)
{
    static const uint8_t cdw_and_buffer[] = {0x0a, 0,    2,    0,    0x0b, 0, 0, 0,
                                             0xc1, 0xc2, 0xaa, 0xbb, 0x44, 0, 0, 0x80}; /* layout is put in front */
    static const uint8_t vendor_data[] = {0x34, 0x12, 3, 0, 2, 0, 0xde, 0xad, 1, 0, 2, 0, 1, 0, 'x'};
    struct nvme_fw_commit_event commit = {.old_fw_rev = htole64(0x2020202020312e31ull),
                                          .new_fw_rev = htole64(0x2020202020322e31ull),
                                          .fw_commit_action = 3,
                                          .fw_slot = 2};
    struct nvme_thermal_exc_event hot = {.over_temp = 5, .threshold = 1};
    struct nvme_power_on_reset_info_list resets[2] = {{.cid = htole16(4)}, {.cid = htole16(5), .op_in_prog = 1}};
    uint8_t *bytes = calloc(1, 4096), set[20] = {0x0a, 0, 4, 0}, power[8 + sizeof(resets)] = "1.3     ";
    struct nvme_persistent_event_log *log = (void *)bytes;
    size_t at = sizeof(*log);

    (void)state;
    memcpy(set + 4, cdw_and_buffer, sizeof(cdw_and_buffer)); /* 2 dwords, 4 bytes, Dword 0 */
    memcpy(power + 8, resets, sizeof(resets));
    at += add_event(bytes + at, NVME_PEL_FW_COMMIT_EVENT, 21, "VV", 2, &commit, sizeof(commit));
    at += add_event(bytes + at, NVME_PEL_THERMAL_EXCURSION_EVENT, 29, "", 0, &hot, sizeof(hot));
    at += add_event(bytes + at, NVME_PEL_SET_FEATURE_EVENT, 21, "", 0, set, sizeof(set));
    at += add_event(bytes + at, 0xde, 21, "", 0, vendor_data, sizeof(vendor_data));
    at += add_event(bytes + at, NVME_PEL_POWER_ON_RESET_EVENT, 21, "", 0, power, sizeof(power));
    at += add_event(bytes + at, 0x40, 21, "", 0, "?", 1);
    log->tnev = htole32(6);
    log->tll = htole64(at);
    assert_int_equal(lone_log_length(lone_log_named("persistent_events"), bytes, 0), 512);
    assert_int_equal(lone_log_length(lone_log_named("persistent_events"), bytes, 512), (at + 3) & ~3ull);
    decodes(NVME_LOG_LID_PERSISTENT_EVENT, bytes, at,
            "\"VSI\":\"5656\",\"FIRMWARE_COMMIT\":{\"OFR\":\"1.1\",\"NFR\":\"1.2\",\"FCA\":\"0x3\",\"FSLT\":\"0x2\",");
    decodes(NVME_LOG_LID_PERSISTENT_EVENT, bytes, at,
            "\"VSI\":\"\",\"THERMAL_EXCURSION\":{\"OTMP\":\"0x5\",\"THRESH\":\"0x1\"}},{\"ET\":\"0xb\"");
    decodes(NVME_LOG_LID_PERSISTENT_EVENT, bytes, at,
            "\"SET_FEATURE\":{\"DWC\":\"0x2\",\"LCCDW0\":\"0x1\",\"MBC\":\"0x4\",\"CDWS\":[\"0x2000a\",\"0xb\"],"
            "\"MBUF\":\"c1c2aabb\",\"CCDW0\":\"0x80000044\"}");
    decodes(NVME_LOG_LID_PERSISTENT_EVENT, bytes, at,
            "\"VSED\":[{\"VSEC\":\"0x1234\",\"VSEDT\":\"0x3\",\"UIDX\":\"0x0\",\"VSEDL\":\"0x2\",\"VSED\":\"dead\"},"
            "{\"VSEC\":\"0x1\",\"VSEDT\":\"0x2\",\"UIDX\":\"0x0\",\"VSEDL\":\"0x1\",\"VSED\":\"78\"}]}");
    decodes(NVME_LOG_LID_PERSISTENT_EVENT, bytes, at,
            "\"POWER_ON_OR_RESET\":{\"FR\":\"1.3\",\"CRID\":[{\"CNTLID\":\"0x4\"");
    decodes(NVME_LOG_LID_PERSISTENT_EVENT, bytes, at, "{\"CNTLID\":\"0x5\",\"FA\":\"0x0\",\"OIP\":\"0x1\"");
    decodes(NVME_LOG_LID_PERSISTENT_EVENT, bytes, at, "\"EL\":\"0x1\",\"VSI\":\"\"}]"); /* of an unknown type */
    free(bytes);
}

static void test_capacity_decoded(void **state)
{
    uint8_t *bytes = calloc(1, 512), *at = bytes + 16;
    struct nvme_supported_cap_config_list_log *log = (void *)bytes;
    struct nvme_capacity_config_desc config = {.cap_config_id = htole16(1), .egcn = htole16(2)};
    struct nvme_end_grp_config_desc first = {.endgid = htole16(1), .egsets = htole16(2)},
                                    second = {.endgid = htole16(2)};
    static const uint8_t sets[] = {5, 0, 6, 0};
    static const uint8_t channels[] = {2, 0, /* channels: 8 with one media unit that has 4 bytes more, 9 with none */
                                       8, 0, 1, 0, 0x77, 0, 0, 0, 0, 0, 4, 0, 0xee, 0xee, 0xee, 0xee, 9, 0, 0, 0};
    static const uint8_t none[2];

    (void)state;
    log->sccn = 1;
    memcpy(at, &config, sizeof(config)), at += sizeof(config);
    memcpy(at, &first, 82), at += 82;
    memcpy(at, sets, sizeof(sets)), at += sizeof(sets);
    memcpy(at, channels, sizeof(channels)), at += sizeof(channels);
    memcpy(at, &second, 82), at += 82;
    memcpy(at, none, sizeof(none)), at += sizeof(none);
    decodes(NVME_LOG_LID_SUPPORTED_CAP_CONFIG_LIST, bytes, (size_t)(at - bytes),
            "\"EGSETS\":\"0x2\",\"NVMSETID\":[\"0x5\",\"0x6\"],\"CHANNELS\":{\"EGCHANS\":\"0x2\",\"CHANNEL\":["
            "{\"CHID\":\"0x8\",\"CHMUS\":\"0x1\",\"MU\":[{\"MUID\":\"0x77\",\"MUDL\":\"0x4\"}]},"
            "{\"CHID\":\"0x9\",\"CHMUS\":\"0x0\",\"MU\":[]}]}},{\"ENDGID\":\"0x2\"");
    decodes(NVME_LOG_LID_SUPPORTED_CAP_CONFIG_LIST, bytes, (size_t)(at - bytes),
            "\"NVMSETID\":[],\"CHANNELS\":{\"EGCHANS\":\"0x0\",\"CHANNEL\":[]}}]}]");
    assert_int_equal(lone_log_length(lone_log_named("capacity_configurations"), bytes, 512),
                     ((size_t)(at - bytes) + 3) & ~3ull);
    free(bytes);
}

static void test_media_units(void **state)
{
    uint8_t bytes[16 + 32 + 4 + 16] = {2};
    struct nvme_media_unit_stat_desc first = {.muid = htole16(1), .mucs = 2, .cio = 32},
                                     second = {.muid = htole16(2), .mucs = 0, .cio = 16};

    (void)state;
    memcpy(bytes + 16, &first, sizeof(first));
    memcpy(bytes + 48, "\x0a\0\x0b", 4);
    memcpy(bytes + 52, &second, sizeof(second));
    decodes(NVME_LOG_LID_MEDIA_UNIT_STATUS, bytes, sizeof(bytes),
            "\"MUCS\":\"0x2\",\"CIO\":\"0x20\",\"CHID\":[\"0xa\",\"0xb\"]},{\"MUID\":\"0x2\"");
    assert_int_equal(lone_log_length(lone_log_named("media_unit_status"), bytes, sizeof(bytes)), sizeof(bytes));
}

static void test_lba_status(void **state)
{
    uint8_t bytes[16 + 16 + 16 + 16] = {0};
    struct nvme_lba_status_log *log = (void *)bytes;
    struct nvme_lbas_ns_element all = {.neid = htole32(1), .nlrd = 0xffffffff, .ratype = 0x11};
    struct nvme_lbas_ns_element one = {.neid = htole32(2), .nlrd = htole32(1)};
    struct nvme_lba_rd range = {.rslba = htole64(0x1000), .rnlb = htole32(8)};

    (void)state;
    *log = (struct nvme_lba_status_log){.lslplen = htole32(sizeof(bytes)), .nlslne = htole32(2)};
    memcpy(bytes + 16, &all, sizeof(all));
    memcpy(bytes + 32, &one, sizeof(one));
    memcpy(bytes + 48, &range, sizeof(range));
    decodes(
        NVME_LOG_LID_LBA_STATUS, bytes, sizeof(bytes),
        "{\"NEID\":\"0x1\",\"NLRD\":\"0xffffffff\",\"RATYPE\":\"0x11\",\"LRD\":[]},"
        "{\"NEID\":\"0x2\",\"NLRD\":\"0x1\",\"RATYPE\":\"0x0\",\"LRD\":[{\"RSLBA\":\"0x1000\",\"RNLB\":\"0x8\"}]}]");
    assert_int_equal(lone_log_length(lone_log_named("lba_status"), bytes, 16), sizeof(bytes));
}

static void test_changed_zones(void **state)
{
    struct nvme_zns_changed_zone_log log = {.nrzid = htole16(2), .zid = {htole64(0), htole64(0x80000)}};

    (void)state;
    decodes(NVME_LOG_LID_ZNS_CHANGED_ZONES, &log, sizeof(log), "{\"NRZID\":\"0x2\",\"ZID\":[\"0x0\",\"0x80000\"]}");
    log.nrzid = 0xffff;
    decodes(NVME_LOG_LID_ZNS_CHANGED_ZONES, &log, sizeof(log), "{\"NRZID\":\"0xffff\",\"ZID\":[]}");
}

/* --- How long pages are --- */

static uint64_t length_of(const char *name, const void *bytes, uint64_t have)
{
    return lone_log_length(lone_log_named(name), bytes, have);
}

static void test_fixed_lengths(void **state)
{
    static const struct {
        const char *name;
        size_t size;
    } fixed[] = {
        {"supported", 1024},
        {"smart", sizeof(struct nvme_smart_log)},
        {"firmware", sizeof(struct nvme_firmware_slot)},
        {"changed_namespaces", sizeof(struct nvme_ns_list)},
        {"effects", sizeof(struct nvme_cmd_effects_log)},
        {"self_test", sizeof(struct nvme_self_test_log)},
        {"endurance_group", sizeof(struct nvme_endurance_group_log)},
        {"predictable_latency", sizeof(struct nvme_nvmset_predictable_lat_log)},
        {"feature_effects", sizeof(struct nvme_fid_supported_effects_log)},
        {"mi_effects", sizeof(struct nvme_mi_cmd_supported_effects_log)},
        {"lockdown", 512},         /* 2.0, 5.16.1.20 */
        {"rotational_media", 512}, /* 2.0, 5.16.1.22 */
        {"reservation", sizeof(struct nvme_resv_notification_log)},
        {"sanitize", sizeof(struct nvme_sanitize_log_page)},
        {"changed_zones", sizeof(struct nvme_zns_changed_zone_log)},
    };

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(fixed); i++) {
        assert_int_equal(length_of(fixed[i].name, NULL, 0), fixed[i].size);
        assert_false(lone_log_named(fixed[i].name)->record->flags & LONE_VARIABLE);
    }
}

/* interface: LO14 */
static void test_lengths(void **state)
{
    static uint8_t bytes[16384];
    struct nvme_telemetry_log *telemetry = (void *)bytes;

    (void)state;
    assert_int_equal(length_of("telemetry_host", bytes, 0), 512);
    assert_int_equal(length_of("telemetry_host", bytes, 512), 512);
    telemetry->dalb1 = htole16(2);
    telemetry->dalb2 = htole16(3);
    telemetry->dalb3 = htole16(0); /* areas that are not there are 0 */
    assert_int_equal(length_of("telemetry_controller", bytes, 512), 4 * 512);
    telemetry->dalb3 = htole16(0xffff);
    assert_int_equal(length_of("telemetry_host", bytes, 512), 65536 * 512);
    telemetry->dalb4 = htole32(0xffffffff);
    assert_int_equal(length_of("telemetry_host", bytes, 512), (1ull << 32) * 512);

    memset(bytes, 0, sizeof(bytes));
    bytes[4] = 2; /* BPSZ */
    assert_int_equal(length_of("boot_partition", bytes, 0), 16);
    assert_int_equal(length_of("boot_partition", bytes, 16), 16 + 2 * 131072);
    bytes[8] = 3; /* NUMREC */
    assert_int_equal(length_of("discovery", bytes, 1024), 4 * 1024);
    bytes[0] = 5;
    bytes[4] = bytes[8] = 0;                                                 /* NUMENT */
    assert_int_equal(length_of("predictable_latency_events", bytes, 8), 20); /* 8 + 5 × 2, in dwords */
    assert_int_equal(length_of("endurance_group_events", bytes, 8), 20);

    /* Error entries: as many as a page of memory holds, and all, when the last of these is used. */
    assert_int_equal(length_of("error", bytes, 0), 4096);
    assert_int_equal(length_of("error", bytes, 4096), 4096);
    bytes[4096 - 64] = 1;
    assert_int_equal(length_of("error", bytes, 4096), 256 * 64);
    bytes[sizeof(bytes) - 64] = 1;
    assert_int_equal(length_of("error", bytes, sizeof(bytes)), 256 * 64);
}

/* Reading on as long as the page asks for it, and no further than is read at once, ends; as fast as it should, whatever
 * stands there: all but the bytes of a page that claims everything is its fault. */
static void test_hostile_lengths(void **state)
{
    static const uint8_t patterns[] = {0x00, 0x01, 0x40, 0x7f, 0x80, 0xff, 0x20};
    uint8_t *bytes = malloc(LONE_LOG_MAX);

    (void)state;
    assert_non_null(bytes);
    for (size_t k = 0; k < sizeof(patterns); k++) {
        memset(bytes, patterns[k], LONE_LOG_MAX);
        for (size_t i = 0; i < lone_n_logs; i++) {
            struct lone_error error = {0};
            uint64_t have = 0;

            for (;;) {
                uint64_t length = lone_log_length(&lone_logs[i], bytes, have);

                assert_true(length && length % 4 == 0);
                if (length <= have || lone_log_bounded(&lone_logs[i], length, &error))
                    break;
                have = length;
                assert_true(have <= LONE_LOG_MAX);
            }
        }
    }
    free(bytes);
}

static void test_placement_decoded(void **state)
{
    uint8_t bytes[16 + 2 * 80] = {[0] = 1, [2] = 1, [4] = 16 + 2 * 80, [16] = 80, [18] = 0x82, [19] = 4, [20] = 1};

    (void)state;
    bytes[16 + 8] = 3; /* NRUH */
    bytes[16 + 64] = bytes[16 + 68] = NVME_FDP_RUHT_PERSISTENTLY_ISOLATED;
    bytes[16 + 72] = NVME_FDP_RUHT_INITIALLY_ISOLATED;
    bytes[16 + 76] = 0xab;
    memcpy(bytes + 16 + 80, bytes + 16, 80);
    bytes[16 + 80 + 3] = 0;
    decodes(NVME_LOG_LID_FDP_CONFIGS, bytes, sizeof(bytes),
            "{\"NUMFDPC\":\"0x1\",\"VER\":\"0x1\",\"SZE\":\"0xb0\",\"FDPC\":["
            "{\"DSZE\":\"0x50\",\"FDPA\":{\"RGIF\":\"0x2\",\"FDPVWC\":\"0x0\",\"FDPCV\":\"0x1\"},\"VSS\":\"0x4\","
            "\"NRG\":\"0x1\",\"NRUH\":\"0x3\",\"MAXPIDS\":\"0x0\",\"NNS\":\"0x0\",\"RUNS\":\"0x0\",\"ERUTL\":\"0x0\","
            "\"RUH\":[{\"RUHT\":\"0x2\"},{\"RUHT\":\"0x2\"},{\"RUHT\":\"0x1\"}],\"VS\":\"ab000000\"},"
            "{\"DSZE\":\"0x50\",\"FDPA\":{\"RGIF\":\"0x2\",\"FDPVWC\":\"0x0\",\"FDPCV\":\"0x1\"},\"VSS\":\"0x0\","
            "\"NRG\":\"0x1\",\"NRUH\":\"0x3\",\"MAXPIDS\":\"0x0\",\"NNS\":\"0x0\",\"RUNS\":\"0x0\",\"ERUTL\":\"0x0\","
            "\"RUH\":[{\"RUHT\":\"0x2\"},{\"RUHT\":\"0x2\"},{\"RUHT\":\"0x1\"}],\"VS\":\"\"}]}");
    assert_int_equal(lone_log_length(lone_log_named("fdp_configurations"), bytes, 0), 16);
    assert_int_equal(lone_log_length(lone_log_named("fdp_configurations"), bytes, 16), sizeof(bytes));
    bytes[16] = 0; /* DSZE that would not move on: at least the fixed part of it */
    assert_int_equal(lone_log_length(lone_log_named("fdp_configurations"), bytes, 16), sizeof(bytes));
    memset(bytes, 0, sizeof(bytes));
    bytes[0] = 2;
    assert_int_equal(lone_log_length(lone_log_named("fdp_handle_usage"), bytes, 8), 24);
}

/* interface: ER26 */
/* What a page claims that is longer than is read at once is told, not cut off in silence. */
/* interface: LO15 */
static void test_too_long(void **state)
{
    const struct lone_log *telemetry = lone_log_named("telemetry_host"), *ana = lone_log_named("ana");
    struct lone_error error = {0};

    (void)state;
    assert_int_equal(lone_log_bounded(telemetry, LONE_LOG_MAX, &error), 0);
    assert_int_equal(lone_log_bounded(telemetry, LONE_LOG_MAX + 4, &error), -EFBIG);
    assert_non_null(strstr(error.text, "67108868 bytes or more"));
    assert_non_null(strstr(error.text, "LID=0x7,NUMD=1023,LPO=0"));
    assert_int_equal(lone_log_bounded(ana, LONE_LOG_WALKED_MAX, &error), 0);
    assert_int_equal(lone_log_bounded(ana, LONE_LOG_WALKED_MAX + 4, &error), -EFBIG);
    assert_int_equal(lone_log_bounded(lone_log_named("lba_status"), LONE_LOG_WALKED_MAX + 4, &error), 0);
}

static size_t lines(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* A list of 33554428 identifiers, as FFh nearly everywhere claims, would be gigabytes of text. */
/* interface: LO17 */
static void test_long_lists(void **state)
{
    const struct lone_record *record = lone_log_named("predictable_latency_events")->record;
    struct json_object *object, *fields, *list, *cut;
    uint8_t *bytes = malloc(LONE_LOG_MAX);
    struct lone_text text = {0};
    static const char end[] = "(cut: these were 65536 fields, there are more: raw has all)\n"
                              "(ends after 67108864 of 8589934598 bytes)\n";

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 0xff, LONE_LOG_MAX);
    memset(bytes + 4, 0, 4); /* NUMENT is 2^32 - 1 */
    lone_record_text(record, bytes, LONE_LOG_MAX, NULL, &text);
    assert_int_equal(lines(text.text), LONE_SHOWN_MAX + 2);
    assert_true(text.length > sizeof(end));
    assert_string_equal(strstr(text.text, "(cut"), end);
    lone_text_free(&text);

    object = lone_record_json(record, bytes, LONE_LOG_MAX, NULL);
    assert_true(json_object_object_get_ex(object, "fields", &fields));
    assert_true(json_object_object_get_ex(fields, "NVMSETID", &list));
    assert_int_equal(json_object_array_length(list), LONE_SHOWN_MAX - 1);
    assert_true(json_object_object_get_ex(object, "cut", &cut) && json_object_get_boolean(cut));
    json_object_put(object);

    /* As many as are shown at most: nothing is cut, and nothing says so. */
    memset(bytes, 0, 8);
    bytes[0] = bytes[1] = 0xff;
    /* FFFFh, and NUMENT itself */
    lone_record_text(record, bytes, 8 + 2 * 0xffff, NULL, &text);
    assert_int_equal(lines(text.text), LONE_SHOWN_MAX);
    assert_null(strstr(text.text, "cut"));
    lone_text_free(&text);
    object = lone_record_json(record, bytes, 8 + 2 * 0xffff, NULL);
    assert_false(json_object_object_get_ex(object, "cut", &cut));
    json_object_put(object);
    free(bytes);
}

/* --- Names and numbers --- */

/* interface: LO2 */
static void test_table(void **state)
{
    static const uint8_t standard[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
                                       0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
                                       0x16, 0x20, 0x21, 0x22, 0x23, 0x70, 0x80, 0x81, 0xbf};
    struct lone_error error;

    (void)state;
    assert_int_equal(lone_n_logs, sizeof(standard));
    for (size_t i = 0; i < sizeof(standard); i++) {
        const struct lone_log *log = lone_log_numbered(standard[i], -1);

        assert_non_null(log);
        assert_ptr_equal(lone_log_named(log->name), log);
        assert_string_equal(log->title, log->record->title);
        assert_string_equal(log->name, log->record->name);
        assert_true(!log->generation || lone_record_field(log->record, log->generation));
        if (lone_record_check(log->record, &error))
            fail_msg("%s: %s", log->name, error.text);
    }
    assert_ptr_equal(lone_log_numbered(0x02, 2), lone_log_named("smart"));
    assert_ptr_equal(lone_log_numbered(0xbf, 2), lone_log_named("changed_zones"));
    assert_null(lone_log_numbered(0xbf, 0));
    assert_null(lone_log_numbered(0xc0, -1));
    assert_null(lone_log_named("smart "));
}

static void test_command(void **state)
{
    const struct lone_opcode *opcode = lone_opcode_named("get_log_page");
    uint8_t sqe[LONE_SQE_SIZE] = {opcode->opcode};

    (void)state;
    sqe[40] = NVME_LOG_LID_SMART;
    assert_ptr_equal(lone_opcode_result(opcode, sqe), lone_log_named("smart")->record);
    sqe[49] = 1; /* an offset into the page */
    assert_null(lone_opcode_result(opcode, sqe));
    sqe[49] = 0;
    sqe[55] = 1;
    assert_null(lone_opcode_result(opcode, sqe));
    sqe[55] = 0;
    sqe[40] = NVME_LOG_LID_ZNS_CHANGED_ZONES;
    assert_null(lone_opcode_result(opcode, sqe));
    sqe[59] = NVME_CSI_ZNS;
    assert_ptr_equal(lone_opcode_result(opcode, sqe), lone_log_named("changed_zones")->record);
    sqe[40] = 0xc0;
    assert_null(lone_opcode_result(opcode, sqe));
}

static void is_event(uint8_t type, uint8_t info, const char *name)
{
    const struct lone_event *event = lone_event_of(type | (uint32_t)info << 8 | 0x02u << 16 | 0xffu << 24);

    assert_non_null(event);
    assert_string_equal(event->name, name);
    assert_int_equal(event->type, type);
    assert_int_equal(event->info, info);
}

static void test_events(void **state)
{
    (void)state;
    is_event(NVME_AER_ERROR, NVME_AER_ERROR_INVALID_DB_REG, "Write to Invalid Doorbell Register");
    is_event(NVME_AER_ERROR, NVME_AER_ERROR_INVALID_DB_VAL, "Invalid Doorbell Write Value");
    is_event(NVME_AER_ERROR, NVME_AER_ERROR_DIAG_FAILURE, "Diagnostic Failure");
    is_event(NVME_AER_ERROR, NVME_AER_ERROR_PERSISTENT_INTERNAL_ERROR, "Persistent Internal Error");
    is_event(NVME_AER_ERROR, NVME_AER_ERROR_TRANSIENT_INTERNAL_ERROR, "Transient Internal Error");
    is_event(NVME_AER_ERROR, NVME_AER_ERROR_FW_IMAGE_LOAD_ERROR, "Firmware Image Load Error");
    is_event(NVME_AER_SMART, NVME_AER_SMART_SUBSYSTEM_RELIABILITY, "NVM subsystem Reliability");
    is_event(NVME_AER_SMART, NVME_AER_SMART_TEMPERATURE_THRESHOLD, "Temperature Threshold");
    is_event(NVME_AER_SMART, NVME_AER_SMART_SPARE_THRESHOLD, "Spare Below Threshold");
    is_event(NVME_AER_NOTICE, NVME_AER_NOTICE_NS_CHANGED, "Namespace Attribute Changed");
    is_event(NVME_AER_NOTICE, NVME_AER_NOTICE_FW_ACT_STARTING, "Firmware Activation Starting");
    is_event(NVME_AER_NOTICE, NVME_AER_NOTICE_TELEMETRY, "Telemetry Log Changed");
    is_event(NVME_AER_NOTICE, NVME_AER_NOTICE_ANA, "Asymmetric Namespace Access Change");
    is_event(NVME_AER_NOTICE, NVME_AER_NOTICE_PL_EVENT, "Predictable Latency Event Aggregate Log Change");
    is_event(NVME_AER_NOTICE, NVME_AER_NOTICE_LBA_STATUS_ALERT, "LBA Status Information Alert");
    is_event(NVME_AER_NOTICE, NVME_AER_NOTICE_EG_EVENT, "Endurance Group Event Aggregate Log Page Change");
    is_event(NVME_AER_NOTICE, NVME_AER_NOTICE_DISC_CHANGED, "Discovery Log Page Change");
    is_event(NVME_AER_CSS, NVME_AER_CSS_NVM_RESERVATION, "Reservation Log Page Available");
    is_event(NVME_AER_CSS, NVME_AER_CSS_NVM_SANITIZE_COMPLETED, "Sanitize Operation Completed");
    is_event(NVME_AER_CSS, NVME_AER_CSS_NVM_UNEXPECTED_SANITIZE_DEALLOC,
             "Sanitize Operation Completed With Unexpected Deallocation");
    assert_null(lone_event_of(0x0607));
    assert_null(lone_event_of(0xee02));
}

/* Units that are 128 bits of ones are more bytes than 128 bits can say: 2^128 - 1, and what each is. */
static void test_largest_counter(void **state)
{
    const struct lone_field *field = lone_record_field(page(NVME_LOG_LID_SMART), "DUW");
    uint8_t smart[512];
    char text[256];

    (void)state;
    memset(smart, 0xff, sizeof(smart));
    lone_field_explain(field, smart, field->bit, text, sizeof(text));
    assert_string_equal(text, "340282366920938463463374607431768211455 × 512000 B");
    memset(smart, 0, sizeof(smart));
    smart[48] = 3;
    lone_field_explain(field, smart, field->bit, text, sizeof(text));
    assert_string_equal(text, "1536000 B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_largest_counter),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_persistent),
        cmocka_unit_test(test_ana),
        cmocka_unit_test(test_events_decoded),
        cmocka_unit_test(test_capacity_decoded),
        cmocka_unit_test(test_media_units),
        cmocka_unit_test(test_lba_status),
        cmocka_unit_test(test_changed_zones),
        cmocka_unit_test(test_fixed_lengths),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_hostile_lengths),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_placement),
        cmocka_unit_test(test_placement_decoded),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
