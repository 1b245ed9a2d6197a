/* SPDX-License-Identifier: MIT */
/* The controller's life: enable, disable, shutdown, reset, failure (NVMe Base 2.0, 3.5 to 3.7). */
#include "nvsim/nvsim_internal.h"

#define SHST_OCCURRING 0x04u
#define SHST_COMPLETE  0x08u

static void csts_clear(struct nvsim *sim, uint32_t bits)
{
    __atomic_fetch_and(nvsim_bar32(sim, LONE_REG_CSTS), ~bits, __ATOMIC_SEQ_CST);
}

static void csts_set(struct nvsim *sim, uint32_t bits)
{
    __atomic_fetch_or(nvsim_bar32(sim, LONE_REG_CSTS), bits, __ATOMIC_SEQ_CST);
}

/* Nothing that the controller had begun survives; this thread alone does DMA, so none happens once RDY reads 0. */
static void stop(struct nvsim *sim)
{
    struct nvsim_controller *controller = &sim->controller;

    nvsim_queues_drop(sim);
    nvsim_admin_reset(sim);
    controller->had_io_queues = false;
    controller->state = NVSIM_OFF;
    nvsim_bar_store(sim, LONE_REG_INTMS, 0);
    nvsim_bar_store(sim, LONE_REG_INTMC, 0);
    csts_clear(sim, NVSIM_CSTS_RDY | NVSIM_CSTS_CFS | NVSIM_CSTS_SHST);
}

void nvsim_controller_fail(struct nvsim *sim)
{
    sim->controller.state = NVSIM_FAILED;
    csts_set(sim, NVSIM_CSTS_CFS);
}

static uint64_t load64(struct nvsim *sim, uint32_t offset)
{
    return nvsim_bar_load(sim, offset) | (uint64_t)nvsim_bar_load(sim, offset + 4) << 32;
}

static bool settings_valid(uint32_t cc, uint64_t asq, uint64_t acq, uint32_t sq_last, uint32_t cq_last)
{
    uint32_t css = cc >> 4 & 7, mps = cc >> 7 & 15, ams = cc >> 11 & 7;

    if (css != 0 || ams > 1 || mps > NVSIM_MPSMAX)
        return false;
    return sq_last && cq_last && asq && acq && (asq | acq) % (NVSIM_PAGE << mps) == 0;
}

static void start(struct nvsim *sim, uint32_t cc)
{
    uint64_t asq = load64(sim, LONE_REG_ASQ), acq = load64(sim, LONE_REG_ACQ);
    uint32_t aqa = nvsim_bar_load(sim, LONE_REG_AQA);
    uint32_t sq_last = aqa & 0xfff, cq_last = aqa >> 16 & 0xfff;

    csts_clear(sim, NVSIM_CSTS_SHST);
    if (!settings_valid(cc, asq, acq, sq_last, cq_last)) {
        nvsim_controller_fail(sim);
        return;
    }
    sim->controller.page_size = NVSIM_PAGE << (cc >> 7 & 15);
    sim->controller.weighted = cc >> 11 & 7;
    nvsim_cq_create(sim, 0, &(struct nvsim_entries){.base = acq}, cq_last + 1, 0, true);
    nvsim_sq_create(sim, 0, &(struct nvsim_entries){.base = asq}, sq_last + 1, 0, NVSIM_URGENT);
    sim->controller.state = NVSIM_READY;
    csts_set(sim, NVSIM_CSTS_RDY);
    nvsim_events_configured(sim);
}

/* There is nothing to save, so a shutdown completes as soon as it has begun, whether the controller is enabled or not;
 * it begins between two commands. */
static void shut_down(struct nvsim *sim)
{
    csts_clear(sim, NVSIM_CSTS_SHST);
    csts_set(sim, SHST_OCCURRING);
    if (sim->controller.state == NVSIM_READY)
        sim->controller.state = NVSIM_SHUT;
    __atomic_fetch_xor(nvsim_bar32(sim, LONE_REG_CSTS), SHST_OCCURRING | SHST_COMPLETE, __ATOMIC_SEQ_CST);
}

void nvsim_controller_update(struct nvsim *sim)
{
    struct nvsim_controller *controller = &sim->controller;
    uint64_t word = atomic_load(&sim->cc);
    uint32_t cc = (uint32_t)word;

    controller->cc = word;
    if (controller->disables != nvsim_cc_disables(word))
        stop(sim);
    controller->disables = nvsim_cc_disables(word);
    if (cc & NVSIM_CC_EN && controller->state == NVSIM_OFF)
        start(sim, cc);
    if (controller->shutdowns != nvsim_cc_shutdowns(word) && cc >> 14 & 3)
        shut_down(sim);
    controller->shutdowns = nvsim_cc_shutdowns(word);
}

/* A subsystem reset leaves configuration space alone: the simulated link does not go down. */
void nvsim_controller_reset(struct nvsim *sim, uint32_t kinds)
{
    stop(sim);
    nvsim_registers_reset(sim, kinds == NVSIM_FLR);
    if (kinds & NVSIM_SUBSYSTEM)
        csts_set(sim, NVSIM_CSTS_NSSRO);
}
