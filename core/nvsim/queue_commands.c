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

/* PC: PRP1 is where the queue starts; else it is where the list of its pages starts, which fits into a page. */
static uint16_t find_entries(struct nvsim *sim, struct nvsim_command *command, uint32_t entry_size,
                             struct nvsim_entries *entries)
{
    const bool contiguous = command->cdw11 & 1;
    const uint32_t page = sim->controller.page_size, bytes = (high(command->cdw10) + 1u) * entry_size;
    const uint32_t n = (bytes + page - 1) / page;
    uint8_t list[NVSIM_QUEUE_PAGES * 8];

    *entries = (struct nvsim_entries){.listed = !contiguous, .base = command->prp1};
    if (command->prp1 % page)
        return nvsim_refuse(command, "PRP1", LONE_SC_PRP_OFFSET);
    if (contiguous)
        return LONE_SC_SUCCESS;
    if (!nvsim_dma_load(sim, command->prp1, list, n * 8))
        return LONE_SC_DATA_TRANSFER;
    for (uint32_t i = 0; i < n; i++) {
        entries->pages[i] = nvsim_get64(list + 8 * i);
        if (entries->pages[i] % page)
            return LONE_SC_PRP_OFFSET;
        if (nvsim_windows_in_cmb(sim, entries->pages[i]))
            return LONE_SC_USE_OF_CMB; /* CMBLOC.CQPDS */
    }
    return LONE_SC_SUCCESS;
}

uint16_t nvsim_create_cq(struct nvsim *sim, struct nvsim_command *command)
{
    uint16_t qid = low(command->cdw10), vector = high(command->cdw11), status;
    bool interrupts = command->cdw11 & 2;
    struct nvsim_entries entries;

    if (!qid_valid(qid) || sim->controller.cq[qid].exists)
        return LONE_SC_QUEUE_ID;
    status = check_size(sim, command, 20, 4);
    if (!status)
        status = find_entries(sim, command, LONE_CQE_SIZE, &entries);
    if (status)
        return status;
    if (vector >= nvsim_interrupts_vectors(sim))
        return LONE_SC_VECTOR;
    nvsim_cq_create(sim, qid, &entries, high(command->cdw10) + 1u, vector, interrupts);
    return LONE_SC_SUCCESS;
}

/* The admin completion queue, and one that cannot exist, is a wrong identifier; one that could but does not is invalid.
 */
static uint16_t check_cqid(const struct nvsim *sim, struct nvsim_command *command, uint16_t cqid)
{
    if (!qid_valid(cqid))
        return nvsim_refuse(command, "CQID", LONE_SC_QUEUE_ID);
    return sim->controller.cq[cqid].exists ? LONE_SC_SUCCESS : LONE_SC_CQ_INVALID;
}

/* NVMSETID does not count: CTRATT says that there are no SQ associations. */
uint16_t nvsim_create_sq(struct nvsim *sim, struct nvsim_command *command)
{
    uint16_t qid = low(command->cdw10), cqid = high(command->cdw11), status;
    enum nvsim_priority priority = command->cdw11 >> 1 & 3;
    struct nvsim_entries entries;

    if (!qid_valid(qid) || sim->controller.sq[qid].exists)
        return LONE_SC_QUEUE_ID;
    status = check_cqid(sim, command, cqid);
    if (!status)
        status = check_size(sim, command, 16, 6);
    if (!status)
        status = find_entries(sim, command, LONE_SQE_SIZE, &entries);
    if (!status)
        nvsim_sq_create(sim, qid, &entries, high(command->cdw10) + 1u, cqid, priority);
    return status;
}

uint16_t nvsim_delete_cq(struct nvsim *sim, struct nvsim_command *command)
{
    uint16_t qid = low(command->cdw10);

    if (!qid_valid(qid) || !sim->controller.cq[qid].exists)
        return LONE_SC_QUEUE_ID;
    if (sim->controller.cq[qid].n_sqs)
        return LONE_SC_QUEUE_DELETION;
    nvsim_cq_delete(sim, qid);
    return LONE_SC_SUCCESS;
}

/* No command of it is held: commands are executed one after the other, and this is the one. */
uint16_t nvsim_delete_sq(struct nvsim *sim, struct nvsim_command *command)
{
    uint16_t qid = low(command->cdw10);

    if (!qid_valid(qid) || !sim->controller.sq[qid].exists)
        return LONE_SC_QUEUE_ID;
    nvsim_sq_delete(sim, qid);
    return LONE_SC_SUCCESS;
}
