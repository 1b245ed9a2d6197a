/* SPDX-License-Identifier: MIT */
/*
 * Private to nvsim: what admin commands keep between one another. All of it belongs to the firmware thread. It lives in
 * the simulated controller and not in what a reset throws away: saved values of features, firmware slots, the error log
 * and counters outlive resets, as in flash; nvsim_admin_reset() puts back the rest.
 */
#ifndef LONE_NVSIM_ADMIN_H
#define LONE_NVSIM_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nvsim;
struct nvsim_command;

#define NVSIM_CNTLID            1u
#define NVSIM_OUI               0x02eddau /* of the locally administered ones: nobody's */
#define NVSIM_ELPE              63u       /* 0's based, as NPSS is: one page of 4 KiB */
#define NVSIM_NPSS              4u
#define NVSIM_OPERATIONAL       3u /* the first power states of all */
#define NVSIM_ERROR_ENTRY       64u
#define NVSIM_PENDING           16u /* events that wait for a request, each at most once */
#define NVSIM_FIRMWARE_SLOTS    3u
#define NVSIM_IMAGE_SIZE        (256u << 10)
#define NVSIM_WARNING_KELVIN    343u /* WCTEMP */
#define NVSIM_CRITICAL_KELVIN   353u /* CCTEMP */
#define NVSIM_THROTTLE_MINIMUM  323u /* MNTMT; above what the simulator ever reports, so nothing is throttled */
#define NVSIM_THROTTLE_MAXIMUM  353u /* MXTMT */
#define NVSIM_SELF_TEST_RESULTS 20u
#define NVSIM_SENSORS           2u
#define NVSIM_AGGREGATES        16u /* one for each interrupt vector */
#define NVSIM_HMPRE             64u /* × 4 KiB, as HMMIN and HMMINDS are */
#define NVSIM_HMMIN             16u
#define NVSIM_HMMINDS           1u
#define NVSIM_HMMAXD            64u

/* Command specific status codes of admin commands (NVMe Base 2.0, 3.3.3.2.1.2). */
enum nvsim_admin_status {
    NVSIM_SC_EVENT_LIMIT = 0x105,
    NVSIM_SC_FIRMWARE_SLOT = 0x106,
    NVSIM_SC_FIRMWARE_IMAGE = 0x107,
    NVSIM_SC_LOG_PAGE = 0x109,
    NVSIM_SC_FORMAT = 0x10a,
    NVSIM_SC_NOT_SAVEABLE = 0x10d,
    NVSIM_SC_NOT_CHANGEABLE = 0x10e,
    NVSIM_SC_NOT_NAMESPACE_SPECIFIC = 0x10f,
    NVSIM_SC_OVERLAPPING_RANGE = 0x114,
    NVSIM_SC_SELF_TEST_IN_PROGRESS = 0x11d,
    NVSIM_SC_COMMAND_SET = 0x12c,
};

/* The rows of the table of features. */
enum nvsim_feature {
    NVSIM_ARBITRATION,
    NVSIM_POWER_MANAGEMENT,
    NVSIM_LBA_RANGE_TYPE,
    NVSIM_TEMPERATURE_THRESHOLD,
    NVSIM_ERROR_RECOVERY,
    NVSIM_WRITE_CACHE,
    NVSIM_NUMBER_OF_QUEUES,
    NVSIM_COALESCING,
    NVSIM_VECTOR_CONFIGURATION,
    NVSIM_WRITE_ATOMICITY,
    NVSIM_EVENT_CONFIGURATION,
    NVSIM_AUTONOMOUS_POWER,
    NVSIM_HOST_MEMORY,
    NVSIM_TIMESTAMP,
    NVSIM_THERMAL_MANAGEMENT,
    NVSIM_NON_OPERATIONAL_CONFIG,
    NVSIM_HOST_BEHAVIOR,
    NVSIM_PROGRESS_MARKER,
    NVSIM_HOST_IDENTIFIER,
    NVSIM_WRITE_PROTECTION,
    NVSIM_FEATURES
};

#define NVSIM_ELEMENTS     18u   /* most values that one feature has: two thresholds for each of 9 temperatures */
#define NVSIM_FEATURE_DATA 4096u /* most bytes of one data structure */

/* One value of a feature: the dword and, in `data`, where its structure stands. */
struct nvsim_value {
    uint32_t now, saved;
    bool is_saved;
};

struct nvsim_features {
    struct nvsim_value values[NVSIM_FEATURES][NVSIM_ELEMENTS];
    uint8_t *now[NVSIM_FEATURES], *saved[NVSIM_FEATURES]; /* the structures, those of a feature one after the other */
    uint64_t timestamp_ms, timestamp_set_ns;              /* what was written, and the time on our clock then */
    uint64_t last_io_ns;
    uint32_t operational; /* the power state that I/O wakes the controller to */
    bool watches_power;   /* I/O commands are of interest to power management */
};

struct nvsim_pending_event {
    uint8_t type, info, lid;
};

struct nvsim_events {
    struct nvsim_pending_event pending[NVSIM_PENDING];
    unsigned n_pending;
    uint8_t masked;        /* a bit for each type whose event has been reported and not been cleared */
    uint8_t cleared_by[8]; /* the page that does so */
    uint8_t warned;        /* critical warnings that have been reported since they came up */
    uint32_t changed[4];   /* the Changed Namespace List, ascending; as many as there are namespaces */
    unsigned n_changed;
};

struct nvsim_error_log {
    uint64_t count;                                     /* entries ever made */
    uint8_t entries[NVSIM_ELPE + 1][NVSIM_ERROR_ENTRY]; /* entry number n stands at (n - 1) % 64 */
};

struct nvsim_images {
    char revisions[NVSIM_FIRMWARE_SLOTS + 1][8]; /* by slot, counted from 1; all 0: empty */
    bool committed;        /* a Firmware Commit has come: the next download begins another image */
    unsigned active, next; /* next: 0 or the slot that the next reset activates */
    uint8_t image[NVSIM_IMAGE_SIZE], present[NVSIM_IMAGE_SIZE / 4 / 8]; /* what is downloaded, and which dwords of it */
    uint32_t end;                                                       /* behind the last dword that is present */
};

struct nvsim_self_test {
    uint8_t code; /* of the one that runs, 0: none */
    uint32_t nsid;
    uint64_t started_ns;
    uint8_t results[NVSIM_SELF_TEST_RESULTS][28]; /* as the log page has them, the newest first */
};

/* Completion queue entries of an interrupt vector whose interrupt is held back; 0: none. */
struct nvsim_aggregate {
    uint32_t entries;
    uint64_t due_ns;
};

struct nvsim_admin {
    struct nvsim_features features;
    struct nvsim_events events;
    struct nvsim_error_log errors;
    struct nvsim_images images;
    struct nvsim_self_test self_test;
    struct nvsim_aggregate aggregates[NVSIM_AGGREGATES];
    unsigned n_aggregates;                           /* of them with entries */
    uint64_t started_ns;                             /* when power came */
    uint8_t feature_data[2][8 * NVSIM_FEATURE_DATA]; /* now, saved */
    uint8_t feature_buffer[NVSIM_FEATURE_DATA];      /* on its way between host and those */
    uint8_t page[4096];                              /* to build a log page in */
};

/* admin.c. As after a power cycle; and what a Controller Level Reset does (NVMe Base 2.0, 3.7.2). */
void nvsim_admin_build(struct nvsim *sim);
void nvsim_admin_reset(struct nvsim *sim);
uint64_t nvsim_now_ns(void);

/* The Commands Supported and Effects of an admin opcode (5.16.1.6); 0: not supported. */
uint32_t nvsim_admin_effects(uint8_t opcode);

/* features.c, feature_values.c. Current values; @element: 0, or NSID - 1 of one per namespace, or the selector's. */
uint16_t nvsim_set_features(struct nvsim *sim, struct nvsim_command *command);
uint16_t nvsim_get_features(struct nvsim *sim, struct nvsim_command *command);
void nvsim_features_build(struct nvsim *sim);
void nvsim_features_reset(struct nvsim *sim);
uint32_t nvsim_feature(const struct nvsim *sim, enum nvsim_feature feature, unsigned element);
/* The Feature Identifiers Supported and Effects dword of a feature (5.16.1.18); 0: not supported. */
uint32_t nvsim_feature_effects(uint8_t fid);
/* A format has made namespace @nsid another one: its LBA ranges are the default. */
void nvsim_features_forget_ranges(struct nvsim *sim, uint32_t nsid);
/* What sensor @sensor reads, in kelvins (0: composite, up to NVSIM_SENSORS); does one cross its threshold? */
uint16_t nvsim_temperature(unsigned sensor);
bool nvsim_temperature_warns(const struct nvsim *sim);

/* coalescing.c. May the interrupt for @entries new entries of @vector's I/O completion queues wait?
 * nvsim_coalescing_forget(): there is none to wait for any more; nvsim_coalescing_wait(): nanoseconds until one is due,
 * UINT64_MAX: none; nvsim_coalescing_expire() raises those that are. */
void nvsim_coalescing_forget(struct nvsim *sim, uint16_t vector);
bool nvsim_coalescing_defers(struct nvsim *sim, uint16_t vector, uint32_t entries);
uint64_t nvsim_coalescing_wait(const struct nvsim *sim);
void nvsim_coalescing_expire(struct nvsim *sim);

/* power.c. Called before every I/O command, which ends a non-operational state (8.15); and the state we are in. */
void nvsim_power_io(struct nvsim *sim);
uint32_t nvsim_power_state(const struct nvsim *sim);

/* error_log.c. nvsim_refuse() notes in @command that its field called @field (a name of the specification; for features
 * also of one in their command dwords) is what is wrong, and returns @status. nvsim_error_log() makes an entry of the
 * error log for a command that ends with @status, bits 14:0 of the Status Field, and this Phase Tag;
 * nvsim_error_logged(): does one with this status get an entry? */
uint16_t nvsim_refuse(struct nvsim_command *command, const char *field, uint16_t status);
bool nvsim_error_logged(uint16_t status);
void nvsim_error_log(struct nvsim *sim, const struct nvsim_command *command, uint16_t status, bool phase);

/* logs.c, log_pages.c */
uint16_t nvsim_get_log_page(struct nvsim *sim, struct nvsim_command *command);
uint64_t nvsim_power_on_hours(const struct nvsim *sim);
uint8_t nvsim_critical_warnings(const struct nvsim *sim);

/* events.c, besides what nvsim_internal.h has: the page @lid has been read with RAE=0; critical warnings may have come
 * up; Asynchronous Event Configuration has been set; a namespace's Identify data has changed. */
void nvsim_events_clear(struct nvsim *sim, uint8_t lid);
void nvsim_events_warn(struct nvsim *sim);
void nvsim_events_configured(struct nvsim *sim);
void nvsim_namespace_changed(struct nvsim *sim, uint32_t nsid);

/* images.c (5.11, 5.12) */
uint16_t nvsim_firmware_download(struct nvsim *sim, struct nvsim_command *command);
uint16_t nvsim_firmware_commit(struct nvsim *sim, struct nvsim_command *command);
void nvsim_images_build(struct nvsim *sim);
void nvsim_images_reset(struct nvsim *sim);

/* self_test.c. Namespace @nsid is to be formatted, which ends a test of it. */
uint16_t nvsim_self_test(struct nvsim *sim, struct nvsim_command *command);
void nvsim_self_test_build(struct nvsim *sim);
void nvsim_self_test_reset(struct nvsim *sim);
void nvsim_self_test_formatted(struct nvsim *sim, uint32_t nsid);

/* identify_controller.c */
void nvsim_identify_controller_build(struct nvsim *sim);

/* format.c (5.14) */
uint16_t nvsim_format(struct nvsim *sim, struct nvsim_command *command);

#endif
