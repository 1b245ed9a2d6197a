/* SPDX-License-Identifier: MIT */
/* The structures that commands other than Identify and the features move, for opcodes.c; not installed. */
#ifndef LONE_SPEC_COMMAND_DATA_H
#define LONE_SPEC_COMMAND_DATA_H

#include "spec/record.h"

/* Words of hints about logical blocks, which Dataset Management has in its ranges, Read and Write in CDW13. */
/* clang-format off */
#define LONE_ACCESS_FREQUENCIES \
    { 0, "NONE", "No frequency information provided" }, \
    { 1, "TYPICAL", "Typical number of reads and writes" }, \
    { 2, "RARE", "Infrequent writes and infrequent reads" }, \
    { 3, "READS", "Infrequent writes and frequent reads" }, \
    { 4, "WRITES", "Frequent writes and infrequent reads" }, \
    { 5, "BOTH", "Frequent writes and frequent reads" }
/* clang-format on */
extern const struct lone_name lone_access_latencies[];

/* What the host sends. */
extern const struct lone_record lone_dsm_ranges, lone_copy_ranges_0, lone_copy_ranges_1, lone_copy_ranges_2,
    lone_copy_ranges_3, lone_create_nvm_namespace, lone_create_zns_namespace, lone_reservation_register,
    lone_reservation_acquire, lone_reservation_release;

/* What the controller returns. */
extern const struct lone_record lone_lba_status, lone_reservation_status, lone_reservation_status_extended,
    lone_zone_report, lone_directives, lone_streams_parameters, lone_streams_status;

/* What is in Dwords 0 and 1 of the completion. */
extern const struct lone_record lone_abort_completion, lone_event_completion, lone_create_namespace_completion,
    lone_firmware_commit_completion, lone_virtualization_completion, lone_mi_completion, lone_capacity_completion,
    lone_streams_completion, lone_copy_completion, lone_zone_append_completion;

#endif
