/* SPDX-License-Identifier: MIT */
/* The feature tables against libnvme's <nvme/types.h>: identifiers, the bits of CDW11, the data structures. */
#include <ctype.h>
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

/* clang-format off */
static const struct {
    const char *name;
    unsigned fid;
    size_t get, set; /* bytes of the data structure; the Host Identifier's with EXHID */
} oracle[] = {
    { "arbitration", NVME_FEAT_FID_ARBITRATION, 0, 0 },
    { "power_management", NVME_FEAT_FID_POWER_MGMT, 0, 0 },
    { "lba_range_type", NVME_FEAT_FID_LBA_RANGE, sizeof(struct nvme_lba_range_type), sizeof(struct nvme_lba_range_type) },
    { "temperature_threshold", NVME_FEAT_FID_TEMP_THRESH, 0, 0 },
    { "error_recovery", NVME_FEAT_FID_ERR_RECOVERY, 0, 0 },
    { "volatile_write_cache", NVME_FEAT_FID_VOLATILE_WC, 0, 0 },
    { "number_of_queues", NVME_FEAT_FID_NUM_QUEUES, 0, 0 },
    { "interrupt_coalescing", NVME_FEAT_FID_IRQ_COALESCE, 0, 0 },
    { "interrupt_vector", NVME_FEAT_FID_IRQ_CONFIG, 0, 0 },
    { "write_atomicity", NVME_FEAT_FID_WRITE_ATOMIC, 0, 0 },
    { "asynchronous_event", NVME_FEAT_FID_ASYNC_EVENT, 0, 0 },
    { "autonomous_power_state", NVME_FEAT_FID_AUTO_PST, sizeof(struct nvme_feat_auto_pst), sizeof(struct nvme_feat_auto_pst) },
    { "host_memory_buffer", NVME_FEAT_FID_HOST_MEM_BUF, sizeof(struct nvme_host_mem_buf_attrs), 0 },
    { "timestamp", NVME_FEAT_FID_TIMESTAMP, sizeof(struct nvme_timestamp), sizeof(struct nvme_timestamp) },
    { "keep_alive_timer", NVME_FEAT_FID_KATO, 0, 0 },
    { "thermal_management", NVME_FEAT_FID_HCTM, 0, 0 },
    { "non_operational_power_state", NVME_FEAT_FID_NOPSC, 0, 0 },
    { "read_recovery_level", NVME_FEAT_FID_RRL, 0, 0 },
    { "predictable_latency_config", NVME_FEAT_FID_PLM_CONFIG, sizeof(struct nvme_plm_config), sizeof(struct nvme_plm_config) },
    { "predictable_latency_window", NVME_FEAT_FID_PLM_WINDOW, 0, 0 },
    { "lba_status_interval", NVME_FEAT_FID_LBA_STS_INTERVAL, 0, 0 },
    { "host_behavior", NVME_FEAT_FID_HOST_BEHAVIOR, sizeof(struct nvme_feat_host_behavior), sizeof(struct nvme_feat_host_behavior) },
    { "sanitize_config", NVME_FEAT_FID_SANITIZE, 0, 0 },
    { "endurance_group_event", NVME_FEAT_FID_ENDURANCE_EVT_CFG, 0, 0 },
    { "command_set_profile", NVME_FEAT_FID_IOCS_PROFILE, 0, 0 },
    { "spinup_control", NVME_FEAT_FID_SPINUP_CONTROL, 0, 0 },
    { "enhanced_controller_metadata", NVME_FEAT_FID_ENH_CTRL_METADATA, sizeof(struct nvme_host_metadata), sizeof(struct nvme_host_metadata) },
    { "controller_metadata", NVME_FEAT_FID_CTRL_METADATA, sizeof(struct nvme_host_metadata), sizeof(struct nvme_host_metadata) },
    { "namespace_metadata", NVME_FEAT_FID_NS_METADATA, sizeof(struct nvme_host_metadata), sizeof(struct nvme_host_metadata) },
    { "software_progress", NVME_FEAT_FID_SW_PROGRESS, 0, 0 },
    { "host_identifier", NVME_FEAT_FID_HOST_ID, 16, 16 },
    { "reservation_mask", NVME_FEAT_FID_RESV_MASK, 0, 0 },
    { "reservation_persistence", NVME_FEAT_FID_RESV_PERSIST, 0, 0 },
    { "write_protection", NVME_FEAT_FID_WRITE_PROTECT, 0, 0 },
    { "data_placement", NVME_FEAT_FID_FDP, 0, 0 },
    { "power_loss_signaling", 0x1b, 0, 0 }, /* these two: libnvme after 1.3 */
    { "boot_write_protection", 0x85, 0, 0 },
};

/* Command dwords of Set Features: CDW11 is dword 0. Masks of libnvme stand at bit 0. */
#define BITS(name, path, dword, mnemonic) \
    { name, path, dword, (uint64_t)NVME_FEAT_##mnemonic##_MASK << NVME_FEAT_##mnemonic##_SHIFT }
static const struct {
    const char *name, *path;
    unsigned dword;
    uint64_t mask;
} dwords[] = {
    BITS("arbitration", "AB", 0, ARBITRATION_BURST),
    BITS("arbitration", "LPW", 0, ARBITRATION_LPW),
    BITS("arbitration", "MPW", 0, ARBITRATION_MPW),
    BITS("arbitration", "HPW", 0, ARBITRATION_HPW),
    BITS("power_management", "PS", 0, PWRMGMT_PS),
    BITS("power_management", "WH", 0, PWRMGMT_WH),
    BITS("lba_range_type", "NUM", 0, LBAR_NR),
    BITS("temperature_threshold", "TMPTH", 0, TT_TMPTH),
    BITS("temperature_threshold", "TMPSEL", 0, TT_TMPSEL),
    BITS("temperature_threshold", "THSEL", 0, TT_THSEL),
    { "temperature_threshold", "TMPTHH", 0, 0x1c00000 }, /* of 2.1 */
    BITS("error_recovery", "TLER", 0, ERROR_RECOVERY_TLER),
    BITS("error_recovery", "DULBE", 0, ERROR_RECOVERY_DULBE),
    BITS("volatile_write_cache", "WCE", 0, VWC_WCE),
    BITS("number_of_queues", "NSQR", 0, NRQS_NSQR),
    BITS("number_of_queues", "NCQR", 0, NRQS_NCQR),
    BITS("interrupt_coalescing", "THR", 0, IRQC_THR),
    BITS("interrupt_coalescing", "TIME", 0, IRQC_TIME),
    BITS("interrupt_vector", "IV", 0, ICFG_IV),
    BITS("interrupt_vector", "CD", 0, ICFG_CD),
    BITS("write_atomicity", "DN", 0, WA_DN),
    { "asynchronous_event", "SHCW.ASCBT", 0, NVME_FEATURE_AENCFG_SMART_CRIT_SPARE },
    { "asynchronous_event", "SHCW.TTC", 0, NVME_FEATURE_AENCFG_SMART_CRIT_TEMPERATURE },
    { "asynchronous_event", "SHCW.NDR", 0, NVME_FEATURE_AENCFG_SMART_CRIT_DEGRADED },
    { "asynchronous_event", "SHCW.AMRO", 0, NVME_FEATURE_AENCFG_SMART_CRIT_READ_ONLY },
    { "asynchronous_event", "SHCW.VMBF", 0, NVME_FEATURE_AENCFG_SMART_CRIT_VOLATILE_BACKUP },
    { "asynchronous_event", "SHCW.PMRRO", 0, NVME_FEATURE_AENCFG_SMART_CRIT_READ_ONLY_PMR },
    BITS("asynchronous_event", "NAN", 0, AE_NAN),
    BITS("asynchronous_event", "FAN", 0, AE_FW),
    BITS("asynchronous_event", "TLN", 0, AE_TELEM),
    BITS("asynchronous_event", "ANACN", 0, AE_ANA),
    BITS("asynchronous_event", "PLEALCN", 0, AE_PLA),
    BITS("asynchronous_event", "LSIAN", 0, AE_LBAS),
    BITS("asynchronous_event", "EGEALCN", 0, AE_EGA),
    { "asynchronous_event", "DLPCN", 0, (uint32_t)NVME_FEATURE_AENCFG_NOTICE_DISCOVERY_CHANGE },
    BITS("autonomous_power_state", "APSTE", 0, APST_APSTE),
    BITS("host_memory_buffer", "EHM", 0, HMEM_EHM),
    BITS("thermal_management", "TMT2", 0, HCTM_TMT2),
    BITS("thermal_management", "TMT1", 0, HCTM_TMT1),
    BITS("non_operational_power_state", "NOPPME", 0, NOPS_NOPPME),
    BITS("predictable_latency_config", "PLE", 1, PLM_PLME),
    BITS("predictable_latency_window", "WS", 1, PLMW_WS),
    BITS("lba_status_interval", "LSIRI", 0, LBAS_LSIRI),
    BITS("lba_status_interval", "LSIPI", 0, LBAS_LSIPI),
    BITS("sanitize_config", "NODRM", 0, SC_NODRM),
    BITS("endurance_group_event", "ENDGID", 0, EG_ENDGID),
    BITS("software_progress", "PBSLC", 0, SPM_PBSLC),
    BITS("host_identifier", "EXHID", 0, HOSTID_EXHID),
    BITS("reservation_mask", "REGPRE", 0, RM_REGPRE),
    BITS("reservation_mask", "RESREL", 0, RM_RESREL),
    BITS("reservation_mask", "RESPRE", 0, RM_RESPRE),
    BITS("reservation_persistence", "PTPL", 0, RP_PTPL),
    BITS("write_protection", "WPS", 0, WP_WPS),
    /* 2.0, 5.27.1.15 to 5.27.1.22: libnvme has these wider or not at all. */
    { "read_recovery_level", "NVMSETID", 0, 0xffff },
    { "read_recovery_level", "RRL", 1, 0xf },
    { "predictable_latency_config", "NVMSETID", 0, 0xffff },
    { "predictable_latency_window", "NVMSETID", 0, 0xffff },
    { "host_memory_buffer", "MR", 0, 2 },
    { "host_memory_buffer", "HSIZE", 1, 0xffffffff },
    { "host_memory_buffer", "HMDLLA", 2, 0xfffffff0 },
    { "host_memory_buffer", "HMDLUA", 3, 0xffffffff },
    { "host_memory_buffer", "HMDLEC", 4, 0xffffffff },
    { "keep_alive_timer", "KATO", 0, 0xffffffff },
    { "endurance_group_event", "EGCW.EGASCBT", 0, (uint64_t)NVME_EG_CRITICAL_WARNING_SPARE << 16 },
    { "endurance_group_event", "EGCW.EGDR", 0, (uint64_t)NVME_EG_CRITICAL_WARNING_DEGRADED << 16 },
    { "endurance_group_event", "EGCW.EGRO", 0, (uint64_t)NVME_EG_CRITICAL_WARNING_READ_ONLY << 16 },
    { "command_set_profile", "IOCSCI", 0, 0x1ff },
    { "spinup_control", "SCE", 0, 1 },
    { "data_placement", "ENDGID", 0, 0xffff }, /* SPDK: spdk_nvme_feat_fdp_cdw11, _cdw12 */
    { "data_placement", "FDPE", 1, 1 },
    { "data_placement", "FDPCIDX", 1, 0xff00 },
    { "power_loss_signaling", "PLSM", 0, 3 }, /* libnvme after 1.3: PLS_MODE, BPWPC */
    { "boot_write_protection", "BP0WPS", 0, 7 },
    { "boot_write_protection", "BP1WPS", 0, 0x38 },
    { "asynchronous_event", "NNSSHDN", 0, 1u << 15 },
    { "asynchronous_event", "ZDCN", 0, 1u << 27 },
    /* Of 2.1. */
    { "asynchronous_event", "TTHRY", 0, 1u << 16 },
    { "asynchronous_event", "RASSN", 0, 1u << 17 },
    { "asynchronous_event", "RGRP0", 0, 1u << 18 },
    { "asynchronous_event", "ANSAN", 0, 1u << 19 },
    { "asynchronous_event", "PMDRLPCN", 0, 1u << 28 },
    { "asynchronous_event", "ADLPCN", 0, 1u << 29 },
    { "asynchronous_event", "HDLPCN", 0, 1u << 30 },
    { "controller_metadata", "EA", 0, 3u << 13 },
};

/* Data structures, as Get Features returns them: behind Dword 0. */
#define AT(name, path, type, member) \
    { name, path, offsetof(struct type, member), sizeof(((struct type *)0)->member) }
static const struct {
    const char *name, *path;
    size_t byte, size;
} places[] = {
    AT("lba_range_type", "RANGE.63.TYPE", nvme_lba_range_type, entry[63].type),
    AT("lba_range_type", "RANGE.0.SLBA", nvme_lba_range_type, entry[0].slba),
    AT("lba_range_type", "RANGE.1.NLB", nvme_lba_range_type, entry[1].nlb),
    AT("host_memory_buffer", "HSIZE", nvme_host_mem_buf_attrs, hsize),
    AT("host_memory_buffer", "HMDLAL", nvme_host_mem_buf_attrs, hmdlal),
    AT("host_memory_buffer", "HMDLAU", nvme_host_mem_buf_attrs, hmdlau),
    AT("host_memory_buffer", "HMDLEC", nvme_host_mem_buf_attrs, hmdlec),
    AT("timestamp", "TIMESTAMP", nvme_timestamp, timestamp),
    AT("predictable_latency_config", "DTWINRT", nvme_plm_config, dtwinrt),
    AT("predictable_latency_config", "DTWINWT", nvme_plm_config, dtwinwt),
    AT("predictable_latency_config", "DTWINTT", nvme_plm_config, dtwintt),
    AT("host_behavior", "ACRE", nvme_feat_host_behavior, acre),
    { "host_behavior", "LBAFEE", 2, 1 },
    { "host_behavior", "HDISNS", 3, 1 },
    { "host_behavior", "CDFE", 4, 2 },
    AT("controller_metadata", "NDESC", nvme_host_metadata, ndesc),
};

static const struct {
    const char *name, *field, *word;
    uint64_t value;
} words[] = {
    { "lba_range_type", "RANGE.0.TYPE", "GENERAL", NVME_LBART_TYPE_GP },
    { "lba_range_type", "RANGE.0.TYPE", "FILESYSTEM", NVME_LBART_TYPE_FS },
    { "lba_range_type", "RANGE.0.TYPE", "RAID", NVME_LBART_TYPE_RAID },
    { "lba_range_type", "RANGE.0.TYPE", "CACHE", NVME_LBART_TYPE_CACHE },
    { "lba_range_type", "RANGE.0.TYPE", "SWAP", NVME_LBART_TYPE_SWAP },
    { "temperature_threshold", "THSEL", "OVER", NVME_FEATURE_TEMPTHRESH_THSEL_OVER },
    { "temperature_threshold", "THSEL", "UNDER", NVME_FEATURE_TEMPTHRESH_THSEL_UNDER },
    { "predictable_latency_window", "WS", "DTWIN", NVME_FEATURE_PLM_DTWIN },
    { "predictable_latency_window", "WS", "NDWIN", NVME_FEATURE_PLM_NDWIN },
    { "write_protection", "WPS", "NONE", NVME_FEAT_NS_NO_WRITE_PROTECT },
    { "write_protection", "WPS", "PROTECT", NVME_FEAT_NS_WRITE_PROTECT },
    { "write_protection", "WPS", "UNTIL_POWER_CYCLE", NVME_FEAT_NS_WRITE_PROTECT_PWR_CYCLE },
    { "write_protection", "WPS", "PERMANENT", NVME_FEAT_NS_WRITE_PROTECT_PERMANENT },
};
/* clang-format on */

/* Room for the largest record: one more dword than the LBA Range Type's list. */
static uint8_t bytes[4096 + 8];

static uint32_t dword(unsigned n)
{
    return (uint32_t)bytes[4 * n] | (uint32_t)bytes[4 * n + 1] << 8 | (uint32_t)bytes[4 * n + 2] << 16 |
           (uint32_t)bytes[4 * n + 3] << 24;
}

static void test_identifiers(void **state)
{
    const struct lone_field *fid = lone_opcode_field(lone_opcode_named("get_features"), "FID");
    size_t n = 0;

    (void)state;
    assert_int_equal(lone_n_features, LONE_COUNT(oracle));
    for (size_t i = 0; i < LONE_COUNT(oracle); i++) {
        const struct lone_feature *feature = lone_feature_named(oracle[i].name);

        assert_non_null(feature);
        assert_int_equal(feature->fid, oracle[i].fid);
        assert_ptr_equal(lone_feature_numbered((uint8_t)oracle[i].fid), feature);
        assert_int_equal(lone_feature_get_length(feature, 1), oracle[i].get);
        assert_int_equal(lone_feature_set_length(feature, 1), oracle[i].set);
        assert_uint_in_range(feature->cdws, 1, 5);
        assert_true(!feature->get || feature->get->size == 4);
    }
    assert_int_equal(lone_feature_get_length(lone_feature_named("host_identifier"), 0), 8);
    assert_int_equal(lone_feature_set_length(lone_feature_named("host_identifier"), 0), 8);
    assert_null(lone_feature_named("no_such_feature"));
    assert_null(lone_feature_numbered(0));
    /* The words of FID are the directories' names: what a user sees in one place, he can write in the other. */
    for (const struct lone_name *row = fid->names; row->name; row++, n++) {
        const struct lone_feature *feature = lone_feature_numbered((uint8_t)row->value);

        assert_non_null(feature);
        assert_string_equal(feature->title, row->meaning);
        assert_int_equal(strlen(feature->name), strlen(row->name));
        for (size_t i = 0; row->name[i]; i++)
            assert_int_equal(feature->name[i], tolower((unsigned char)row->name[i]));
    }
    assert_int_equal(n, lone_n_features);
}

static void test_dwords(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(dwords); i++) {
        const struct lone_feature *feature = lone_feature_named(dwords[i].name);

        memset(bytes, 0, sizeof(bytes));
        lone_set(feature->set, bytes, dwords[i].path, ~0ull);
        assert_true(dwords[i].dword < feature->cdws);
        for (unsigned n = 0; n < 5; n++)
            if (dword(n) != (n == dwords[i].dword ? dwords[i].mask : 0))
                fail_msg("%s: %s is 0x%x in dword %u", dwords[i].name, dwords[i].path, dword(n), n);
    }
}

/* What Get Features is asked for stands where Set Features takes it. */
static void test_selectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < lone_n_features; i++)
        for (size_t k = 0; lone_features[i].get && k < lone_features[i].get->n_fields; k++) {
            const struct lone_field *get = &lone_features[i].get->fields[k],
                                    *set = lone_record_field(lone_features[i].set, get->name);

            assert_true(!set || (set->bit == get->bit && set->bits == get->bits));
            assert_true(set || !strcmp(get->name, "GDHM"));
        }
    assert_non_null(lone_record_field(lone_feature_named("interrupt_vector")->get, "IV"));
    assert_non_null(lone_record_field(lone_feature_named("temperature_threshold")->get, "TMPSEL"));
    assert_non_null(lone_record_field(lone_feature_named("temperature_threshold")->get, "THSEL"));
    assert_non_null(lone_record_field(lone_feature_named("host_identifier")->get, "EXHID"));
}

static void test_structures(void **state)
{
    struct nvme_feat_auto_pst apst = {0};
    const uint64_t entry = (uint64_t)5 << NVME_APST_ENTRY_ITPS_SHIFT | (uint64_t)0xabcdef << NVME_APST_ENTRY_ITPT_SHIFT;

    (void)state;
    for (size_t i = 0; i < LONE_COUNT(places); i++) {
        const struct lone_feature *feature = lone_feature_named(places[i].name);

        memset(bytes, 0, sizeof(bytes));
        lone_set(feature->record, bytes, places[i].path, ~0ull);
        for (size_t byte = 0; byte < feature->record->size; byte++)
            if (bytes[byte] != (byte >= 4 + places[i].byte && byte < 4 + places[i].byte + places[i].size ? 0xff : 0))
                fail_msg("%s: %s covers byte %zu", places[i].name, places[i].path, byte);
    }
    for (unsigned byte = 0; byte < 8; byte++)
        ((uint8_t *)&apst.apst_entry[31])[byte] = (uint8_t)(entry >> 8 * byte);
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes + 4, &apst, sizeof(apst));
    assert_int_equal(lone_get(lone_feature_named("autonomous_power_state")->record, bytes, "APST.31.ITPS"), 5);
    assert_int_equal(lone_get(lone_feature_named("autonomous_power_state")->record, bytes, "APST.31.ITPT"), 0xabcdef);
    memset(bytes, 0, sizeof(bytes));
    bytes[4 + 1] = NVME_LBART_ATTRIB_HIDE;
    assert_int_equal(lone_get(lone_feature_named("lba_range_type")->record, bytes, "RANGE.0.ATTRB.HLBAR"), 1);
    assert_int_equal(lone_get(lone_feature_named("lba_range_type")->record, bytes, "RANGE.0.ATTRB.LBARO"), 0);
    memset(bytes, 0, sizeof(bytes));
    bytes[4 + offsetof(struct nvme_plm_config, ee) + 1] = 0x80;
    assert_int_equal(lone_get(lone_feature_named("predictable_latency_config")->record, bytes, "EE.ATDNDE"), 1);
}

static void check_same(const struct lone_record *part, const struct lone_record *whole, uint32_t bit)
{
    for (size_t i = 0; part && i < part->n_fields; i++) {
        const struct lone_field *field = &part->fields[i], *other = lone_record_field(whole, field->name);

        if (!other || other->bit != field->bit + bit || other->bits != field->bits || other->count != field->count)
            fail_msg("%s: %s is elsewhere", whole->name, field->name);
    }
}

/* Dword 0 and the data alone are what stands in the whole, and together they are all of it. */
static void test_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < lone_n_features; i++) {
        const struct lone_feature *row = &lone_features[i];
        size_t parts = row->data ? row->data->n_fields + (row->dw0 ? row->dw0->n_fields : 0) : row->record->n_fields;

        check_same(row->dw0, row->record, 0);
        check_same(row->data, row->record, 32);
        check_same(row->set_data, row->set, row->cdws * 32u);
        assert_int_equal(row->record->n_fields, parts);
        assert_int_equal(row->record->size, 4 + (row->data ? row->data->size : 0));
        assert_int_equal(row->set->size, row->cdws * 4u + (row->set_data ? row->set_data->size : 0));
        assert_int_equal(row->data && row->data->flags & LONE_VARIABLE, row->data_length != 0);
    }
}

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONE_COUNT(words); i++) {
        const struct lone_feature *feature = lone_feature_named(words[i].name);
        struct lone_error error;
        char text[80];

        memset(bytes, 0xff, sizeof(bytes));
        snprintf(text, sizeof(text), "%s=%s", words[i].field, words[i].word);
        if (lone_record_assign(feature->set, bytes, text, strlen(text), false, NULL, &error))
            fail_msg("%s: %s", words[i].name, error.text);
        assert_int_equal(lone_get(feature->set, bytes, words[i].field), words[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identifiers), cmocka_unit_test(test_dwords), cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_structures),  cmocka_unit_test(test_parts),  cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
