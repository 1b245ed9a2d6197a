/* SPDX-License-Identifier: MIT */
/* Features: what Get Features returns and Set Features takes (NVMe Base 2.0, 5.27.1; NVM and ZNS command sets). */
#ifndef LONE_SPEC_FEATURES_H
#define LONE_SPEC_FEATURES_H

#include "spec/record.h"

struct lone_feature {
    const char *name;  /* as the directory in `features/` is called, lower case with '_': "number_of_queues" */
    const char *title; /* the specification's name of it */
    uint8_t fid;
    /* What Get Features returns: Dword 0 of the completion in bytes 0 to 3, and behind it the data structure, if the
     * feature has one. */
    const struct lone_record *record;
    /* What Set Features takes, laid out alike: Command Dword 11 in bytes 0 to 3, then CDW12 to CDW15 (4 bytes each)
     * where `cdws` says so, then the data structure. The same table as `record` where it is the same. */
    const struct lone_record *set;
    uint8_t cdws;         /* dwords of `set` that are command dwords, from CDW11 on: 1 to 5 */
    uint32_t data_length; /* bytes of the data structure; 0: none */
    bool per_namespace;   /* NSID says whose it is */
    const char *selector; /* a field of CDW11 that says of which element the value is, in Get as well ("IV", "THSEL") */
    const char *section;
};
extern const struct lone_feature lone_features[];
extern const size_t lone_n_features;

const struct lone_feature *lone_feature_named(const char *name);
const struct lone_feature *lone_feature_numbered(uint8_t fid);

/* Select of Get Features (5.15, Figure 190). */
enum lone_feature_select { LONE_SEL_CURRENT, LONE_SEL_DEFAULT, LONE_SEL_SAVED, LONE_SEL_CAPABILITIES };
/* Dword 0 of Get Features with SEL=011b: SAVEABLE, NS_SPECIFIC, CHANGEABLE … */
extern const struct lone_record lone_feature_capabilities;

#endif
