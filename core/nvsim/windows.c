/* SPDX-License-Identifier: MIT */
/* Memory inside the controller: the Controller Memory Buffer behind BAR 2 and the Persistent Memory Region behind BAR 4
 * (NVMe Base 2.0, 8.5 and 8.14), and the address ranges through which the controller itself reaches them. */
#include "nvsim/nvsim_internal.h"

#include <errno.h>
#include <sys/mman.h>

#define CRE       0x1u
#define CMSE      0x2u
#define CBA       0xfffffffffffff000ull
#define CMB_CBAI  0x1u
#define PMR_EN    0x1u
#define PMR_NRDY  0x0100u
#define PMR_CBAI  0x1000u
#define UNIT      4096u /* CMBSZ.SZU */
#define PMR_READY 2u    /* × 500 ms that it may take, says PMRCAP.PMRTO; here it is ready at once */
#define BARRIERS  3u    /* PMRCAP.PMRWBM: a read of the memory or of PMRSTS */

static void set(uint8_t *bytes, const char *reg, const char *field, uint64_t value)
{
    lone_set(lone_nvme_register(reg), bytes, field, value);
}

static void set_default(struct nvsim *sim, const char *reg, const char *field, uint64_t value)
{
    set(sim->bar_default + lone_nvme_register_offset(reg), reg, field, value);
}

/* CMBLOC and CMBSZ show 0 until CMBMSC.CRE is set. A queue in the buffer is in one piece, and not half outside: CQMMS
 * and CQPDS are 0. */
static void build_cmb(struct nvsim *sim)
{
    uint8_t location[4] = {0}, size[4] = {0};

    set(location, "CMBLOC", "BIR", NVSIM_CMB_BAR);
    set(location, "CMBLOC", "CDPMLS", 1);
    set(location, "CMBLOC", "CDPCILS", 1);
    set(location, "CMBLOC", "CDMMMS", 1);
    set(size, "CMBSZ", "SQS", 1);
    set(size, "CMBSZ", "CQS", 1);
    set(size, "CMBSZ", "LISTS", 1);
    set(size, "CMBSZ", "RDS", 1);
    set(size, "CMBSZ", "WDS", 1);
    set(size, "CMBSZ", "SZ", NVSIM_WINDOW_SIZE / UNIT);
    sim->cmbloc = nvsim_get32(location);
    sim->cmbsz = nvsim_get32(size);
}

static void build_pmr(struct nvsim *sim)
{
    set_default(sim, "PMRCAP", "RDS", 1);
    set_default(sim, "PMRCAP", "WDS", 1);
    set_default(sim, "PMRCAP", "BIR", NVSIM_PMR_BAR);
    set_default(sim, "PMRCAP", "PMRWBM", BARRIERS);
    set_default(sim, "PMRCAP", "PMRTO", PMR_READY);
    set_default(sim, "PMRCAP", "CMSS", 1);
    set_default(sim, "PMRSTS", "NRDY", 1);
}

void nvsim_windows_build(struct nvsim *sim)
{
    set_default(sim, "CAP", "CMBS", 1);
    set_default(sim, "CAP", "PMRS", 1);
    build_cmb(sim);
    build_pmr(sim);
}

int nvsim_windows_open(struct nvsim *sim, struct lone_error *error)
{
    struct nvsim_window *windows[] = {&sim->cmb, &sim->pmr};

    for (size_t i = 0; i < LONE_COUNT(windows); i++) {
        void *memory =
            mmap(NULL, NVSIM_WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (memory == MAP_FAILED)
            return lone_fail(error, ENOMEM, "no memory for the simulated controller's own");
        windows[i]->memory = memory;
    }
    return 0;
}

void nvsim_windows_close(struct nvsim *sim)
{
    if (sim->cmb.memory)
        munmap(sim->cmb.memory, NVSIM_WINDOW_SIZE);
    if (sim->pmr.memory)
        munmap(sim->pmr.memory, NVSIM_WINDOW_SIZE);
}

static bool wraps(uint64_t base)
{
    return base > UINT64_MAX - (NVSIM_WINDOW_SIZE - 1);
}

static uint64_t load64(struct nvsim *sim, uint32_t offset)
{
    return nvsim_bar_load(sim, offset) | (uint64_t)nvsim_bar_load(sim, offset + 4) << 32;
}

static bool overlap(uint64_t base, const struct nvsim_window *other)
{
    uint64_t distance = base > other->base ? base - other->base : other->base - base;

    return other->open && distance < NVSIM_WINDOW_SIZE;
}

/* An address is valid if no part is above 2^64 - 1 and it does not overlap the other window, if that is open. */
static bool place(struct nvsim_window *window, const struct nvsim_window *other, uint64_t base, bool wanted)
{
    bool valid = !wraps(base) && !overlap(base, other);

    window->base = base;
    window->open = wanted && valid;
    return valid;
}

static void apply_cmb(struct nvsim *sim)
{
    uint64_t control = load64(sim, LONE_REG_CMBMSC);
    bool wanted = control & CRE && control & CMSE, valid = place(&sim->cmb, &sim->pmr, control & CBA, wanted);

    nvsim_bar_store(sim, LONE_REG_CMBLOC, control & CRE ? sim->cmbloc : 0);
    nvsim_bar_store(sim, LONE_REG_CMBSZ, control & CRE ? sim->cmbsz : 0);
    nvsim_bar_store(sim, LONE_REG_CMBSTS, wanted && !valid ? CMB_CBAI : 0);
}

static void apply_pmr(struct nvsim *sim)
{
    uint64_t control = load64(sim, LONE_REG_PMRMSCL);
    bool ready = nvsim_bar_load(sim, LONE_REG_PMRCTL) & PMR_EN, wanted = control & CMSE;
    bool valid = place(&sim->pmr, &sim->cmb, control & CBA, wanted && ready);

    atomic_store_explicit(&sim->pmr_ready, ready, memory_order_release);
    nvsim_bar_store(sim, LONE_REG_PMRSTS, (ready ? 0 : PMR_NRDY) | (wanted && !valid ? PMR_CBAI : 0));
}

/* Of two that overlap the one that was there first stays, so the other is looked at again when that has moved. */
void nvsim_windows_apply(struct nvsim *sim)
{
    nvsim_dma_lock(sim);
    if (sim->pmr.open)
        apply_pmr(sim);
    apply_cmb(sim);
    apply_pmr(sim);
    nvsim_dma_unlock(sim);
}

static bool inside(const struct nvsim_window *window, uint64_t address)
{
    return window->open && address - window->base < NVSIM_WINDOW_SIZE;
}

uint8_t *nvsim_windows_find(const struct nvsim *sim, uint64_t address, uint64_t *length)
{
    const struct nvsim_window *windows[] = {&sim->cmb, &sim->pmr};

    for (size_t i = 0; i < LONE_COUNT(windows); i++) {
        uint64_t offset = address - windows[i]->base;

        if (inside(windows[i], address)) {
            *length = NVSIM_WINDOW_SIZE - offset;
            return windows[i]->memory + offset;
        }
        if (windows[i]->open && windows[i]->base > address && windows[i]->base - address < *length)
            *length = windows[i]->base - address;
    }
    return NULL;
}

bool nvsim_windows_in_cmb(struct nvsim *sim, uint64_t address)
{
    bool result;

    nvsim_dma_lock(sim);
    result = inside(&sim->cmb, address);
    nvsim_dma_unlock(sim);
    return result;
}

uint8_t *nvsim_windows_bar(struct nvsim *sim, unsigned bar)
{
    if (bar == NVSIM_CMB_BAR)
        return sim->cmb.memory;
    return atomic_load_explicit(&sim->pmr_ready, memory_order_acquire) ? sim->pmr.memory : NULL;
}
