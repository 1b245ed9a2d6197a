/* SPDX-License-Identifier: MIT */
/* BARs as the host sees them: controller registers, doorbells and MSI-X in BAR0, memory in the others. Runs in the
 * caller's thread. */
#include "nvsim/nvsim_internal.h"

#include <errno.h>
#include <string.h>

#define CC_SHN 0xc000u

/* The registers that exist; those of optional features read as 0 and are not written. */
static const char *const writable[] = {"CC", "CSTS", "AQA", "ASQ", "ACQ", "CMBMSC", "PMRCTL", "PMRMSCL", "PMRMSCU"};

static void set(struct nvsim *sim, const char *reg, const char *field, uint64_t value)
{
    lone_set(lone_nvme_register(reg), sim->bar_default + lone_nvme_register_offset(reg), field, value);
}

static void build_capabilities(struct nvsim *sim)
{
    enum { READY_TIME = 10 }; /* × 500 ms, in CAP and CRTO alike */

    set(sim, "CAP", "MQES", NVSIM_MQES);
    set(sim, "CAP", "AMS", 1);
    set(sim, "CAP", "TO", READY_TIME);
    set(sim, "CAP", "NSSRS", 1);
    set(sim, "CAP", "CSS", 1);
    set(sim, "CAP", "MPSMAX", NVSIM_MPSMAX);
    set(sim, "CAP", "CRMS", 1);
    set(sim, "CRTO", "CRWMT", READY_TIME);
    set(sim, "VS", "MJR", 2);
    set(sim, "VS", "MNR", 1);
}

void nvsim_registers_build(struct nvsim *sim)
{
    build_capabilities(sim);
    nvsim_windows_build(sim);
    for (size_t i = 0; i < LONE_COUNT(writable); i++)
        nvsim_masks_add(&sim->bar_masks, lone_nvme_register_offset(writable[i]), lone_nvme_register(writable[i]));
    /* Ready Independent of Media is not supported: CRIME is read-only. */
    sim->bar_masks.rw[LONE_REG_CC + 3] &= (uint8_t)~0x01u;
}

/* Both sides store the register, so the one that comes last must find it right. */
static void cc_show(struct nvsim *sim)
{
    uint64_t cc;

    do {
        cc = atomic_load(&sim->cc);
        __atomic_store_n(nvsim_bar32(sim, LONE_REG_CC), (uint32_t)cc, __ATOMIC_SEQ_CST);
    } while (cc != atomic_load(&sim->cc));
}

/* The Admin Queue registers and those of the Persistent Memory Region stay through a Controller Reset, which does not
 * come here; CMBMSC stays through a Function Level Reset as well (NVMe Base 2.1, 3.7.2). */
void nvsim_registers_reset(struct nvsim *sim, bool keeps_cmbmsc)
{
    uint64_t cc = atomic_load(&sim->cc);

    while (!atomic_compare_exchange_weak(&sim->cc, &cc, cc & ~(uint64_t)UINT32_MAX))
        ;
    for (unsigned offset = 0; offset < LONE_NVME_REGISTERS_SIZE; offset += 4)
        if (offset != LONE_REG_CC && !(keeps_cmbmsc && offset / 8 == LONE_REG_CMBMSC / 8))
            nvsim_bar_store(sim, offset, nvsim_get32(sim->bar_default + offset));
    cc_show(sim);
    nvsim_windows_apply(sim);
}

/* The firmware may look only after EN has fallen and risen again, so it is told how often: the count travels with the
 * value in one word, and neither can be seen without the other. */
static uint64_t cc_next(uint64_t old, uint32_t value, uint32_t mask)
{
    uint32_t before = (uint32_t)old, cc = (before & ~mask) | (value & mask);
    uint16_t disables = nvsim_cc_disables(old), shutdowns = nvsim_cc_shutdowns(old);

    if (before & NVSIM_CC_EN && !(cc & NVSIM_CC_EN))
        disables++;
    if (!(before & CC_SHN) && cc & CC_SHN)
        shutdowns++;
    return cc | (uint64_t)disables << 32 | (uint64_t)shutdowns << 48;
}

static void cc_write(struct nvsim *sim, uint32_t value, uint32_t mask)
{
    uint64_t old = atomic_load(&sim->cc);

    while (!atomic_compare_exchange_weak(&sim->cc, &old, cc_next(old, value, mask)))
        ;
    cc_show(sim);
    nvsim_firmware_wake(sim);
}

static void mask_write(struct nvsim *sim, bool set_bits, uint32_t bits)
{
    if (set_bits) {
        __atomic_fetch_or(nvsim_bar32(sim, LONE_REG_INTMS), bits, __ATOMIC_ACQ_REL);
        __atomic_fetch_or(nvsim_bar32(sim, LONE_REG_INTMC), bits, __ATOMIC_ACQ_REL);
    } else {
        __atomic_fetch_and(nvsim_bar32(sim, LONE_REG_INTMS), ~bits, __ATOMIC_ACQ_REL);
        __atomic_fetch_and(nvsim_bar32(sim, LONE_REG_INTMC), ~bits, __ATOMIC_ACQ_REL);
    }
    nvsim_firmware_request(sim, NVSIM_INTERRUPTS);
}

static void plain_write(struct nvsim *sim, uint32_t offset, uint32_t value, uint32_t rw)
{
    nvsim_bar_store(sim, offset, (nvsim_bar_load(sim, offset) & ~rw) | (value & rw));
}

static void register_write(struct nvsim *sim, uint32_t offset, uint32_t value, uint32_t mask)
{
    const uint32_t magic = 0x4e564d65; /* "NVMe" */
    uint32_t rw = nvsim_get32(sim->bar_masks.rw + offset) & mask;

    switch (offset) {
    case LONE_REG_INTMS:
    case LONE_REG_INTMC:
        mask_write(sim, offset == LONE_REG_INTMS, value & mask);
        break;
    case LONE_REG_CC:
        cc_write(sim, value, rw);
        break;
    case LONE_REG_CSTS:
        value &= nvsim_get32(sim->bar_masks.rw1c + offset) & mask;
        __atomic_fetch_and(nvsim_bar32(sim, offset), ~value, __ATOMIC_ACQ_REL);
        break;
    case LONE_REG_NSSR:
        /* What the host reads next is what the reset has left. */
        if ((value & mask) == magic)
            nvsim_firmware_reset(sim, NVSIM_SUBSYSTEM);
        break;
    case LONE_REG_CMBMSC:
    case LONE_REG_CMBMSC + 4:
    case LONE_REG_PMRCTL:
    case LONE_REG_PMRMSCL:
    case LONE_REG_PMRMSCU:
        plain_write(sim, offset, value, rw);
        nvsim_windows_apply(sim);
        break;
    default:
        if (rw)
            plain_write(sim, offset, value, rw);
        break;
    }
}

/* A head that says that everything has been consumed can wait until the firmware wakes for something else, which saves
 * a wake-up for each command. What it says in `quiet` holds while it sleeps, and that is read first. */
static bool brings_work(struct nvsim *sim, uint32_t number, uint32_t value)
{
    bool head = number % 2;

    return atomic_load(&sim->asleep) &&
           !(head && atomic_load_explicit(&sim->quiet[number / 2], memory_order_relaxed) == value);
}

/* Values that are wrong for the queue, or of a queue that does not exist, go nowhere but into an event. The upper half
 * is reserved. */
static void doorbell_write(struct nvsim *sim, uint32_t offset, uint32_t value, uint32_t mask)
{
    uint32_t number = (offset - LONE_REG_DOORBELLS) / 4, before = nvsim_bar_load(sim, offset), limit = 0;

    value = ((before & ~mask) | (value & mask)) & 0xffff;
    if (number < 2 * NVSIM_QUEUES)
        limit = atomic_load_explicit(&sim->limits[number], memory_order_acquire);
    if (value < limit && value != before) {
        __atomic_store_n(nvsim_bar32(sim, offset), value, __ATOMIC_SEQ_CST); /* as nvsim_firmware_wake() asks */
        if (brings_work(sim, number, value))
            nvsim_firmware_wake(sim);
    } else {
        nvsim_firmware_request(sim, limit ? NVSIM_BAD_VALUE : NVSIM_BAD_DOORBELL);
    }
}

static void write_dword(struct nvsim *sim, uint32_t offset, uint32_t value, uint32_t mask)
{
    if (offset < LONE_NVME_REGISTERS_SIZE)
        register_write(sim, offset, value, mask);
    else if (offset < NVSIM_MSIX_TABLE)
        doorbell_write(sim, offset, value, mask);
    else if (offset < NVSIM_MSIX_TABLE + 16 * NVSIM_MSIX_VECTORS)
        nvsim_msix_write(sim, offset, value, mask);
}

static int refuse(struct nvsim *sim, struct lone_error *error)
{
    if (!atomic_load(&sim->powered))
        return lone_fail(error, EIO, "the function is in D3hot: write 0 to pcie/caps/PMCAP/PMCS/PS");
    return lone_fail(error, EIO, "memory decoding is off: write 1 to pcie/CMD/MSE");
}

static uint64_t load(const uint8_t *at, unsigned width)
{
    switch (width) {
    case 1:
        return __atomic_load_n(at, __ATOMIC_ACQUIRE);
    case 2:
        return __atomic_load_n((const uint16_t *)(const void *)at, __ATOMIC_ACQUIRE);
    case 4:
        return __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);
    default:
        return __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_ACQUIRE);
    }
}

static void store(uint8_t *at, unsigned width, uint64_t value)
{
    switch (width) {
    case 1:
        __atomic_store_n(at, (uint8_t)value, __ATOMIC_RELEASE);
        break;
    case 2:
        __atomic_store_n((uint16_t *)(void *)at, (uint16_t)value, __ATOMIC_RELEASE);
        break;
    case 4:
        __atomic_store_n((uint32_t *)(void *)at, (uint32_t)value, __ATOMIC_RELEASE);
        break;
    default:
        __atomic_store_n((uint64_t *)(void *)at, value, __ATOMIC_RELEASE);
        break;
    }
}

/* What nobody answers reads as all ones: a Persistent Memory Region that is not enabled. */
int nvsim_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                   struct lone_error *error)
{
    struct nvsim *sim = (struct nvsim *)device;
    const uint8_t *memory;

    if (!atomic_load_explicit(&sim->accessible, memory_order_relaxed))
        return refuse(sim, error);
    nvsim_count(&sim->bar_reads);
    memory = bar ? nvsim_windows_bar(sim, bar) : sim->bar;
    *value = memory ? load(memory + offset, width) : UINT64_MAX >> (64 - 8 * width);
    return 0;
}

static void control_write(struct nvsim *sim, uint32_t offset, unsigned width, uint64_t value)
{
    unsigned shift = 8 * (offset % 4);

    if (width < 4) {
        uint32_t mask = (1u << 8 * width) - 1;

        write_dword(sim, offset & ~3u, ((uint32_t)value & mask) << shift, mask << shift);
        return;
    }
    write_dword(sim, offset, (uint32_t)value, UINT32_MAX);
    if (width == 8)
        write_dword(sim, offset + 4, (uint32_t)(value >> 32), UINT32_MAX);
}

int nvsim_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                    struct lone_error *error)
{
    struct nvsim *sim = (struct nvsim *)device;
    uint8_t *memory;

    if (!atomic_load_explicit(&sim->accessible, memory_order_relaxed))
        return refuse(sim, error);
    nvsim_count(&sim->bar_writes);
    if (!bar) {
        control_write(sim, (uint32_t)offset, width, value);
        return 0;
    }
    memory = nvsim_windows_bar(sim, bar);
    if (memory)
        store(memory + offset, width, value);
    return 0;
}
