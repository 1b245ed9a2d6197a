/* SPDX-License-Identifier: MIT */
/* The records of the log pages, for the list of pages in logs.c; not installed. */
#ifndef LONE_SPEC_LOGS_TABLES_H
#define LONE_SPEC_LOGS_TABLES_H

#include "spec/record.h"

/* logs_health.c: what the controller says of itself */
extern const struct lone_record lone_log_supported, lone_log_error, lone_log_smart, lone_log_firmware,
    lone_log_changed_namespaces, lone_log_effects, lone_log_self_test, lone_log_feature_effects, lone_log_mi_effects,
    lone_log_lockdown, lone_log_sanitize;

/* logs_data.c: what carries data or lists */
extern const struct lone_record lone_log_telemetry_host, lone_log_telemetry_controller, lone_log_ana,
    lone_log_lba_status, lone_log_boot_partition, lone_log_discovery, lone_log_reservation, lone_log_changed_zones;

/* logs_capacity.c: endurance groups, NVM sets, media units */
extern const struct lone_record lone_log_endurance_group, lone_log_predictable_latency,
    lone_log_predictable_latency_events, lone_log_endurance_group_events, lone_log_media_unit_status,
    lone_log_capacity_configurations, lone_log_rotational_media;

/* logs_placement.c: Flexible Data Placement */
extern const struct lone_record lone_log_fdp_configurations, lone_log_fdp_handle_usage, lone_log_fdp_statistics,
    lone_log_fdp_events;

/* logs_events.c */
extern const struct lone_record lone_log_persistent_events;

/* The record behind a field that has sub-fields of its own: their rows are the array called @rows. */
#define NESTED(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {.name = mnemonic, .title = words, .size = bytes, LONE_FIELDS(rows)}
#define VARIABLE(variable, mnemonic, words, bytes, rows) \
    static const struct lone_record variable = {         \
        .name = mnemonic, .title = words, .size = bytes, .flags = LONE_VARIABLE, LONE_FIELDS(rows)}

#define BASE "NVMe Base 2.0"

#endif
