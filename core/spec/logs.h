/* SPDX-License-Identifier: MIT */
/* Log pages: what Get Log Page returns (NVMe Base 2.0, 5.16.1; NVM and ZNS command sets). */
#ifndef LONE_SPEC_LOGS_H
#define LONE_SPEC_LOGS_H

#include "record.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lone_log {
    const char *name;  /* as the directory in `logs/` is called, lower case with '_': "smart", "error", "self_test" */
    const char *title; /* the specification's name of it */
    uint8_t lid;
    int16_t csi; /* the command set that it belongs to; -1: any */
    const struct lone_record *record;
    bool per_namespace; /* NSID says whose it is; else FFFFFFFFh is sent */
    const char *section;
    const char *generation; /* the field that counts the page's versions: parts of one version fit together; or NULL */
};
extern const struct lone_log lone_logs[];
extern const size_t lone_n_logs;

/* Finds a page by its directory's name, or by its identifier (and command set, -1: any); NULL when there is none. */
const struct lone_log *lone_log_named(const char *name);
const struct lone_log *lone_log_numbered(uint8_t lid, int csi);

/* How many bytes the whole page has (a multiple of 4), as far as its first @have bytes at @bytes tell; more than @have:
 * read on, up to that, and ask again. With @have 0: how many to read first. A page whose length nothing in it says ends
 * with its record. Believes what the bytes say: see lone_log_bounded(). Pure. */
uint64_t lone_log_length(const struct lone_log *log, const uint8_t *bytes, uint64_t have);

/* 0, or -EFBIG when a page says that its length is @length and that is more than is read as a whole: LONE_LOG_MAX, or
 * LONE_LOG_WALKED_MAX where only going through all its elements tells the length, which is done over and over. */
int lone_log_bounded(const struct lone_log *log, uint64_t length, struct lone_error *error);
#define LONE_LOG_MAX        (64ull << 20)
#define LONE_LOG_WALKED_MAX (1ull << 20)

/* An asynchronous event (5.2): its type (DW0 bits 2:0) and information (15:8). */
struct lone_event {
    uint8_t type, info;
    const char *type_name, *name; /* "Notice", "Namespace Attribute Changed" */
    const char *section;
};
extern const struct lone_event lone_events[];
extern const size_t lone_n_events;
/* The row for DW0 of a completed Asynchronous Event Request, or NULL; DW0 bits 23:16 name the page that clears it. */
const struct lone_event *lone_event_of(uint32_t dw0);

#ifdef __cplusplus
}
#endif

#endif
