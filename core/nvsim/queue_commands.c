/* SPDX-License-Identifier: MIT */
/* Create and Delete I/O Completion and Submission Queue (NVMe Base 2.0, 5.4 to 5.7). */
#include "nvsim/nvsim_internal.h"

static uint16_t low(uint32_t dword)
{
    return (uint16_t)dword;
}

static uint16_t high(uint32_t dword)
{
    return (uint16_t)(dword >> 16);
}

static bool qid_valid(uint16_t qid)
{
    return qid && qid < NVSIM_QUEUES;
}

/* CC.IOSQES and CC.IOCQES must have been set before a queue is created; the status for that is the one for sizes. */
static uint16_t check_size(struct nvsim *sim, const struct nvsim_command *command, unsigned cc_shift, uint32_t entry)
{
    uint16_t last = high(command->cdw10);

    if (!last || last > NVSIM_MQES || ((uint32_t)atomic_load(&sim->cc) >> cc_shift & 15) != entry)
        return LONE_SC_QUEUE_SIZE;
    return LONE_SC_SUCCESS;
}

/* CAP.CQR: a queue is contiguous, PRP1 is where it starts. */
static uint16_t check_memory(const struct nvsim *sim, const struct nvsim_command *command)
{
    bool contiguous = command->cdw11 & 1;

    if (!contiguous)
        return LONE_SC_INVALID_FIELD;
    return command->prp1 % sim->controller.page_size ? LONE_SC_PRP_OFFSET : LONE_SC_SUCCESS;
}

uint16_t nvsim_create_cq(struct nvsim *sim, const struct nvsim_command *command)
{
    uint16_t qid = low(command->cdw10), vector = high(command->cdw11), status;
    bool interrupts = command->cdw11 & 2;

    if (!qid_valid(qid) || sim->controller.cq[qid].exists)
        return LONE_SC_QUEUE_ID;
    status = check_size(sim, command, 20, 4);
    if (!status)
        status = check_memory(sim, command);
    if (status)
        return status;
    if (vector >= nvsim_interrupts_vectors(sim))
        return LONE_SC_VECTOR;
    nvsim_cq_create(sim, qid, command->prp1, high(command->cdw10) + 1u, vector, interrupts);
    return LONE_SC_SUCCESS;
}

/* The admin completion queue, and one that cannot exist, is a wrong identifier; one that could but does not is invalid.
 */
static uint16_t check_cqid(const struct nvsim *sim, uint16_t cqid)
{
    if (!qid_valid(cqid))
        return LONE_SC_QUEUE_ID;
    return sim->controller.cq[cqid].exists ? LONE_SC_SUCCESS : LONE_SC_CQ_INVALID;
}

uint16_t nvsim_create_sq(struct nvsim *sim, const struct nvsim_command *command)
{
    uint16_t qid = low(command->cdw10), cqid = high(command->cdw11), status;

    if (!qid_valid(qid) || sim->controller.sq[qid].exists)
        return LONE_SC_QUEUE_ID;
    status = check_cqid(sim, cqid);
    if (!status)
        status = check_size(sim, command, 16, 6);
    if (!status)
        status = check_memory(sim, command);
    if (!status)
        nvsim_sq_create(sim, qid, command->prp1, high(command->cdw10) + 1u, cqid);
    return status;
}

uint16_t nvsim_delete_cq(struct nvsim *sim, const struct nvsim_command *command)
{
    uint16_t qid = low(command->cdw10);

    if (!qid_valid(qid) || !sim->controller.cq[qid].exists)
        return LONE_SC_QUEUE_ID;
    if (sim->controller.cq[qid].n_sqs)
        return LONE_SC_QUEUE_DELETION;
    nvsim_cq_delete(sim, qid);
    return LONE_SC_SUCCESS;
}

/* Nothing can be outstanding in it: commands are executed one after the other, and this is the one. */
uint16_t nvsim_delete_sq(struct nvsim *sim, const struct nvsim_command *command)
{
    uint16_t qid = low(command->cdw10);

    if (!qid_valid(qid) || !sim->controller.sq[qid].exists)
        return LONE_SC_QUEUE_ID;
    nvsim_sq_delete(sim, qid);
    return LONE_SC_SUCCESS;
}
