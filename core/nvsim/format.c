/* SPDX-License-Identifier: MIT */
/* Format NVM (NVMe Base 2.0, 5.14; NVM Command Set 1.0, 4.1.2). */
#include "nvsim/nvsim_internal.h"

enum secure_erase { NO_ERASE, USER_DATA, CRYPTOGRAPHIC };

struct request {
    uint32_t first, last; /* namespaces */
    uint8_t lbaf, pi, erase;
    bool interleaved;
};

static struct request parse(const struct nvsim_command *command)
{
    bool all = command->nsid == NVSIM_NSID_ALL;

    return (struct request){
        .first = all ? 1 : command->nsid,
        .last = all ? NVSIM_NAMESPACES : command->nsid,
        .lbaf = command->cdw10 & 15,
        .interleaved = command->cdw10 >> 4 & 1,
        .pi = command->cdw10 >> 5 & 7,
        .erase = command->cdw10 >> 9 & 7,
    };
}

/* Identify Namespace has the formats, and in DPC that there is no protection information. LBAFU is for controllers with
 * more than 16 formats, which CTRATT.ELBAS would tell. */
static uint16_t check(const struct nvsim *sim, struct nvsim_command *command, const struct request *request)
{
    if (request->erase > CRYPTOGRAPHIC)
        return nvsim_refuse(command, "SES", LONE_SC_INVALID_FIELD);
    if (request->pi)
        return nvsim_refuse(command, "PI", NVSIM_SC_FORMAT);
    for (uint32_t nsid = request->first; nsid <= request->last; nsid++) {
        if (request->lbaf > lone_get(&lone_identify_namespace, sim->identify_namespace[nsid - 1], "NLBAF"))
            return nvsim_refuse(command, "LBAFL", NVSIM_SC_FORMAT);
        if (sim->namespaces[nsid - 1].write_protected)
            return LONE_SC_WRITE_PROTECTED;
    }
    return LONE_SC_SUCCESS;
}

/* What the notice is about is Identify data: a namespace that is formatted as it was has not changed. */
static void format(struct nvsim *sim, uint32_t nsid, const struct request *request)
{
    const struct nvsim_namespace *ns = nvsim_namespace(sim, nsid), before = *ns;

    nvsim_self_test_formatted(sim, nsid);
    nvsim_namespace_format(sim, nsid, request->lbaf, request->interleaved);
    nvsim_features_forget_ranges(sim, nsid);
    if (ns->lbaf != before.lbaf || ns->interleaved != before.interleaved)
        nvsim_namespace_changed(sim, nsid);
}

/* All secure erases come out alike: nothing of the old data is left anywhere. */
uint16_t nvsim_format(struct nvsim *sim, struct nvsim_command *command)
{
    struct request request = parse(command);
    uint16_t status;

    if (!nvsim_nsid_valid(request.first))
        return LONE_SC_INVALID_NAMESPACE;
    status = check(sim, command, &request);
    if (status)
        return status;
    for (uint32_t nsid = request.first; nsid <= request.last; nsid++)
        format(sim, nsid, &request);
    return LONE_SC_SUCCESS;
}
