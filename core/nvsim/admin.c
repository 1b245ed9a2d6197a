/* SPDX-License-Identifier: MIT */
/* The admin commands that there are, and what they keep (NVMe Base 2.0, 5). */
#include "nvsim/nvsim_internal.h"

#include <string.h>
#include <time.h>

/* Commands Supported and Effects (5.16.1.6): the flags and scopes. CSE 1: nothing else to the same namespace meanwhile.
 */
#define CSUPP      0x00000001u
#define LBCC       0x00000002u
#define NCC        0x00000004u
#define CCC        0x00000010u
#define CSE_SAME   0x00010000u
#define NAMESPACE  0x00100000u
#define CONTROLLER 0x00200000u
#define SUBSYSTEM  0x02000000u

/* Commands are executed one after the other, so only event requests can be found waiting; DW0 bit 0: not aborted. */
static uint16_t abort_command(struct nvsim *sim, struct nvsim_command *command)
{
    uint16_t sqid = (uint16_t)command->cdw10, cid = (uint16_t)(command->cdw10 >> 16);
    bool aborted = !sqid && nvsim_events_abort(sim, cid);

    command->result = !aborted;
    return LONE_SC_SUCCESS;
}

/* clang-format off */
static const struct admin_command {
    uint8_t opcode;
    uint16_t (*execute)(struct nvsim *sim, struct nvsim_command *command);
    bool uses_nsid;   /* Figure 138 */
    uint32_t effects; /* besides CSUPP */
} commands[] = {
    {0x00, nvsim_delete_sq, false, CONTROLLER},
    {0x01, nvsim_create_sq, false, CONTROLLER},
    {0x02, nvsim_get_log_page, true, CONTROLLER},
    {0x04, nvsim_delete_cq, false, CONTROLLER},
    {0x05, nvsim_create_cq, false, CONTROLLER},
    {0x06, nvsim_identify, true, NAMESPACE | CONTROLLER},
    {0x08, abort_command, false, CONTROLLER},
    {0x09, nvsim_set_features, true, NCC | NAMESPACE | CONTROLLER},
    {0x0a, nvsim_get_features, true, NAMESPACE | CONTROLLER},
    {0x0c, nvsim_event_request, false, CONTROLLER},
    {0x10, nvsim_firmware_commit, false, CCC | SUBSYSTEM},
    {0x11, nvsim_firmware_download, false, SUBSYSTEM},
    {0x14, nvsim_self_test, true, NAMESPACE | CONTROLLER},
    {0x80, nvsim_format, true, LBCC | NCC | CSE_SAME | NAMESPACE},
};
/* clang-format on */

static const struct admin_command *find(uint8_t opcode)
{
    for (size_t i = 0; i < LONE_COUNT(commands); i++)
        if (commands[i].opcode == opcode)
            return &commands[i];
    return NULL;
}

uint32_t nvsim_admin_effects(uint8_t opcode)
{
    const struct admin_command *command = find(opcode);

    return command ? command->effects | CSUPP : 0;
}

uint16_t nvsim_admin_execute(struct nvsim *sim, struct nvsim_command *command)
{
    const struct admin_command *found = find(command->opcode);

    if (!found)
        return LONE_SC_INVALID_OPCODE;
    if (command->nsid && !found->uses_nsid)
        return nvsim_refuse(command, "NSID", LONE_SC_INVALID_FIELD);
    return found->execute(sim, command);
}

uint64_t nvsim_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void nvsim_admin_build(struct nvsim *sim)
{
    sim->admin.started_ns = nvsim_now_ns();
    nvsim_images_build(sim);
    nvsim_self_test_build(sim);
    nvsim_features_build(sim);
}

void nvsim_admin_reset(struct nvsim *sim)
{
    memset(sim->admin.aggregates, 0, sizeof(sim->admin.aggregates));
    sim->admin.n_aggregates = 0;
    nvsim_events_drop(sim);
    nvsim_features_reset(sim);
    nvsim_images_reset(sim);
    nvsim_self_test_reset(sim);
}
