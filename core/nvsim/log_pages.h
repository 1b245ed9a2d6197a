/* SPDX-License-Identifier: MIT */
/* Private to nvsim's log pages. Firmware thread. */
#ifndef LONE_NVSIM_LOG_PAGES_H
#define LONE_NVSIM_LOG_PAGES_H

#include "nvsim/nvsim_internal.h"

/* A page: how many bytes it has, at most 4096, and what puts them into @page, which is zeros before; NULL: it stays so.
 * Returns a status code. */
struct nvsim_log_row {
    uint8_t lid;
    uint16_t size;
    uint16_t (*fill)(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page);
};
extern const struct nvsim_log_row nvsim_log_table[];
extern const size_t nvsim_n_logs;

uint16_t nvsim_fill_supported(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page);
uint16_t nvsim_fill_errors(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page);
uint16_t nvsim_fill_smart(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page);
uint16_t nvsim_fill_firmware(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page);
uint16_t nvsim_fill_changed(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page);
uint16_t nvsim_fill_effects(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page);
uint16_t nvsim_fill_self_test(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page); /* self_test.c */
uint16_t nvsim_fill_feature_effects(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page);

#endif
