/* SPDX-License-Identifier: MIT */
/* Features: what Get Features returns and Set Features takes (NVMe Base 2.0, 5.27.1; NVM and ZNS command sets). */
#ifndef LONE_SPEC_FEATURES_H
#define LONE_SPEC_FEATURES_H

#include "record.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lone_feature {
    const char *name;  /* as the directory in `features/` is called: the lower case of its FID's word in Get Features */
    const char *title; /* the specification's name of it */
    uint8_t fid;
    /* What Get Features returns: Dword 0 of the completion in bytes 0 to 3, and behind it the data structure, if the
     * feature has one. */
    const struct lone_record *record;
    /* What Set Features takes: Command Dword 11 in bytes 0 to 3, then CDW12 to CDW15 (4 bytes each) as far as `cdws`
     * says, then the data structure. The same table as `record` where it is the same. */
    const struct lone_record *set;
    uint8_t cdws; /* dwords of `set` that are command dwords, from CDW11 on: 1 to 5 */
    /* What Get Features takes in Command Dword 11 (4 bytes): of which element the value is wanted (IV, THSEL), or in
     * which form (EXHID). Where `set` has a field of the same name, it stands at the same place. NULL: nothing. */
    const struct lone_record *get;
    /* The data structures alone, as they lie in the buffer of Get and Set Features. NULL: none. */
    const struct lone_record *data, *set_data;
    /* Dword 0 of the completion of Get Features alone, where data follow it in `record`. NULL: nothing is in it. */
    const struct lone_record *dw0;
    /* Bytes of the data structure where its record is of variable length; 0: the record says it. */
    uint32_t data_length;
    bool per_namespace;  /* NSID says whose it is */
    const char *section; /* of NVMe Base 2.0, or with the name of another specification in front */
};
extern const struct lone_feature lone_features[];
extern const size_t lone_n_features;

/* Finds a feature by its directory's name, or by its identifier; NULL when there is none. */
const struct lone_feature *lone_feature_named(const char *name);
const struct lone_feature *lone_feature_numbered(uint8_t fid);

/* Bytes of the data structure that Get Features (of any value, but SEL=011b, which has none) returns, or that Set
 * Features takes, with @cdw11. It depends on CDW11 for the Host Identifier: 16 bytes with EXHID, else 8. 0: none. */
uint32_t lone_feature_get_length(const struct lone_feature *feature, uint32_t cdw11);
uint32_t lone_feature_set_length(const struct lone_feature *feature, uint32_t cdw11);

/* Select of Get Features (5.15, Figure 192). */
enum lone_feature_select { LONE_SEL_CURRENT, LONE_SEL_DEFAULT, LONE_SEL_SAVED, LONE_SEL_CAPABILITIES };
/* Dword 0 of Get Features with SEL=011b: SAVEABLE, NS_SPECIFIC, CHANGEABLE (5.15, Figure 195). */
extern const struct lone_record lone_feature_capabilities;

enum lone_feature_identifier {
    LONE_FID_ARBITRATION = 0x01,
    LONE_FID_POWER_MANAGEMENT = 0x02,
    LONE_FID_LBA_RANGE_TYPE = 0x03,
    LONE_FID_TEMPERATURE_THRESHOLD = 0x04,
    LONE_FID_ERROR_RECOVERY = 0x05,
    LONE_FID_VOLATILE_WRITE_CACHE = 0x06,
    LONE_FID_NUMBER_OF_QUEUES = 0x07,
    LONE_FID_INTERRUPT_COALESCING = 0x08,
    LONE_FID_INTERRUPT_VECTOR = 0x09,
    LONE_FID_WRITE_ATOMICITY = 0x0a,
    LONE_FID_ASYNCHRONOUS_EVENT = 0x0b,
    LONE_FID_AUTONOMOUS_POWER_STATE = 0x0c,
    LONE_FID_HOST_MEMORY_BUFFER = 0x0d,
    LONE_FID_TIMESTAMP = 0x0e,
    LONE_FID_HOST_BEHAVIOR = 0x16,
    LONE_FID_HOST_IDENTIFIER = 0x81,
};

#ifdef __cplusplus
}
#endif

#endif
