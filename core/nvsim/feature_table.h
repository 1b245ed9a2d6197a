/* SPDX-License-Identifier: MIT */
/* Private to nvsim's features: what the table says of one, and the functions that it names. Firmware thread. */
#ifndef LONE_NVSIM_FEATURE_TABLE_H
#define LONE_NVSIM_FEATURE_TABLE_H

#include "nvsim/nvsim_internal.h"

#define NVSIM_ALL_QUEUES ((NVSIM_QUEUES - 2) * 0x10001u) /* NSQA and NCQA, 0's based */

struct nvsim_feature_row {
    uint8_t fid, flags;
    uint8_t elements;   /* how many values there are, one per namespace or selector; 0 counts as 1 */
    bool from_cdws;     /* the structure's first 16 bytes are set by Command Dwords 12 to 15, not by data */
    bool returns;       /* Set Features returns in DW0 what show() says */
    uint16_t data_size; /* bytes of the data structure */
    uint32_t mask;      /* the bits of Command Dword 11 that are the value; others select or are reserved */
    uint32_t value;     /* the default */
    uint32_t shown;     /* bits of Command Dword 11 of Get Features that stand in the result: the selector */
    /* The elements, a bit for each, that Command Dword 11 means; 0: there are none such, and the field is noted. */
    uint32_t (*select)(struct nvsim_command *command, bool set);
    /* May @command's dword 11 and @data be the new value of @element? A status code. May clear what does not count in
     * @data. */
    uint16_t (*check)(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
    /* Makes of .value and zeros the default of @element. */
    void (*initialize)(const struct nvsim *sim, unsigned element, uint32_t *value, uint8_t *data);
    /* Makes of the stored current value the one that Get Features returns. */
    void (*show)(const struct nvsim *sim, uint32_t *value, uint8_t *data);
    void (*changed)(struct nvsim *sim);
};
extern const struct nvsim_feature_row nvsim_feature_table[NVSIM_FEATURES];

/* The structure of a current value. */
uint8_t *nvsim_feature_data(struct nvsim *sim, enum nvsim_feature feature, unsigned element);
const uint8_t *nvsim_feature_bytes(const struct nvsim *sim, enum nvsim_feature feature);

/* feature_values.c */
uint32_t nvsim_select_threshold(struct nvsim_command *command, bool set);
uint32_t nvsim_select_vector(struct nvsim_command *command, bool set);
uint16_t nvsim_check_lba_ranges(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
uint16_t nvsim_check_error_recovery(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
uint16_t nvsim_check_number_of_queues(struct nvsim *sim, unsigned element, struct nvsim_command *command,
                                      uint8_t *data);
uint16_t nvsim_check_vector(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
uint16_t nvsim_check_events(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
uint16_t nvsim_check_host_memory(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
uint16_t nvsim_check_thermal_management(struct nvsim *sim, unsigned element, struct nvsim_command *command,
                                        uint8_t *data);
uint16_t nvsim_check_host_behavior(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
uint16_t nvsim_check_write_protection(struct nvsim *sim, unsigned element, struct nvsim_command *command,
                                      uint8_t *data);
void nvsim_initialize_lba_ranges(const struct nvsim *sim, unsigned element, uint32_t *value, uint8_t *data);
void nvsim_initialize_thresholds(const struct nvsim *sim, unsigned element, uint32_t *value, uint8_t *data);
void nvsim_show_number_of_queues(const struct nvsim *sim, uint32_t *value, uint8_t *data);
void nvsim_show_timestamp(const struct nvsim *sim, uint32_t *value, uint8_t *data);
void nvsim_arbitration_changed(struct nvsim *sim);
void nvsim_write_protection_changed(struct nvsim *sim);
void nvsim_timestamp_changed(struct nvsim *sim);
void nvsim_timestamp_reset(struct nvsim *sim);

/* power.c */
uint16_t nvsim_check_power_state(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
uint16_t nvsim_check_transitions(struct nvsim *sim, unsigned element, struct nvsim_command *command, uint8_t *data);
void nvsim_show_power_state(const struct nvsim *sim, uint32_t *value, uint8_t *data);
void nvsim_power_changed(struct nvsim *sim);

#endif
