/* SPDX-License-Identifier: MIT */
/* Accesses to registers, BARs and configuration space, and what follows from them for queues and commands. */
#include "nvme/controller_internal.h"

#include <errno.h>

#define NSSR_MAGIC 0x4e564d65u /* "NVMe": NVMe Base 2.0, 3.1.3.7 */
#define CC_EN      0x1u        /* 3.1.3.5 */
#define CSTS_RDY   0x1u        /* 3.1.3.6 */
#define CSTS_CFS   0x2u
#define CSTS_STATE 0xfu         /* RDY, CFS, SHST */
#define CAP_NSSRS  (1ull << 36) /* 3.1.3.1 */

/* The part of an access of @width bytes at @offset that falls on the 4-byte register at @reg: its bytes from the lowest
 * on, shifted down. Returns how many there are; 0 unless the lowest one is among them. */
static unsigned part_of(uint64_t offset, unsigned width, uint64_t value, uint32_t reg, uint32_t *part)
{
    uint64_t left;

    if (reg < offset || reg >= offset + width)
        return 0;
    left = offset + width - reg;
    *part = (uint32_t)(value >> (8 * (reg - offset)));
    return left < 4 ? (unsigned)left : 4;
}

static bool is_all_ones(uint32_t part, unsigned bytes)
{
    return part << (32 - 8 * bytes) == UINT32_MAX << (32 - 8 * bytes);
}

static void merge(uint8_t *to, uint64_t first, uint64_t end, uint64_t offset, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        if (offset + i >= first && offset + i < end)
            to[offset + i - first] = (uint8_t)(value >> (8 * i));
}

uint32_t lone_controller_shadow32(const struct lone_controller *controller, uint32_t offset)
{
    return lone_get32(controller->shadow + offset);
}

uint64_t lone_register_field(const char *name, uint64_t value, const char *field)
{
    uint8_t bytes[8];

    lone_put64(bytes, value);
    return lone_get(lone_nvme_register(name), bytes, field);
}

/* --- What a reset does ------------------------------------------------------------------------------------- */

/* From id @first on; those that the controller never had stay. */
static void end_queues(struct lone_controller *controller, unsigned first)
{
    struct lone_hold hold;

    lone_hold_set(controller, &hold, LONE_HOLD_RESET, 0);
    for (unsigned id = first; id < controller->n_sqs; id++)
        if (controller->sqs[id] && controller->sqs[id]->sq.state != LONE_QUEUE_MADE)
            lone_sq_remove(controller, (uint16_t)id, &hold);
    for (unsigned id = first; id < controller->n_cqs; id++)
        if (controller->cqs[id] && controller->cqs[id]->cq.state != LONE_QUEUE_MADE)
            lone_cq_remove(controller, (uint16_t)id, &hold);
}

static void lose_everything(struct lone_controller *controller, enum lone_trace_reset why)
{
    struct lone_sq_private *sq = lone_sq_find(controller, 0);
    struct lone_cq_private *cq = lone_cq_find(controller, 0);

    controller->generation++;
    lone_trace_reset(&controller->trace, why, controller->generation);
    controller->enabled = false;
    controller->events.ready = false;
    controller->masks.intms = 0;
    lone_lose(controller, NULL, true);
    end_queues(controller, 1);
    if (sq && sq->sq.state != LONE_QUEUE_MADE)
        sq->sq.state = LONE_QUEUE_DISABLED;
    if (cq && cq->cq.state != LONE_QUEUE_MADE)
        cq->cq.state = LONE_QUEUE_DISABLED;
    if (sq)
        lone_sq_forget_raw(controller, sq);
    lone_created_clear(controller);
    lone_queues_changed(controller);
    lone_holds_await_reset(controller, false);
}

/* Unlike clearing CC.EN, this also resets AQA, ASQ and ACQ (NVMe Base 2.0, 3.7.2). */
void lone_follow_function_reset(struct lone_controller *controller, enum lone_trace_reset why, bool safe)
{
    lose_everything(controller, why);
    end_queues(controller, 0);
    lone_holds_await_reset(controller, true);
    memset(controller->shadow, 0, sizeof(controller->shadow));
    controller->signals = controller->unmask = false;
    controller->level = (struct lone_level){0};
    lone_masks_cleared(controller);
    controller->power_state = 0;
    lone_own_memory_lost(controller);
    if (safe)
        lone_all_safe(controller, true);
}

static void follow_enable(struct lone_controller *controller, bool set_up)
{
    unsigned mps = lone_controller_shadow32(controller, LONE_REG_CC) >> 7 & 0xf; /* CC.MPS */

    controller->enabled = controller->reachable = true;
    controller->seen_ready = false;
    controller->page_size = 4096u << mps;
    if (!set_up)
        return;
    lone_sq_live(controller, lone_sq_find(controller, 0));
    lone_cq_live(controller, lone_cq_find(controller, 0));
}

/* --- BAR 0 ------------------------------------------------------------------------------------------------- */

static bool starts_subsystem_reset(const struct lone_controller *controller, uint64_t offset, unsigned width,
                                   uint64_t value)
{
    uint32_t part;

    return part_of(offset, width, value, LONE_REG_NSSR, &part) == 4 && part == NSSR_MAGIC &&
           (!controller->cap || controller->cap & CAP_NSSRS);
}

static int write_register(struct lone_controller *controller, uint64_t offset, unsigned width, uint64_t value,
                          struct lone_error *error)
{
    uint8_t next[LONE_SHADOW_SIZE];
    struct lone_sq_private *sq = lone_sq_find(controller, 0);
    bool enable, set_up;
    int result = 0;

    memcpy(next, controller->shadow, sizeof(next));
    merge(next, 0, sizeof(next), offset, width, value);
    enable = next[LONE_REG_CC] & CC_EN;
    set_up = sq && sq->sq.state != LONE_QUEUE_MADE && !memcmp(next + LONE_REG_AQA, controller->named, LONE_NAMED_SIZE);
    if (enable && !controller->enabled && set_up) {
        result = lone_sq_restart(sq, error);
        if (!result)
            result = lone_cq_restart(lone_cq_find(controller, 0), error);
        if (result)
            return result;
        lone_release();
    }
    lone_trace_write(&controller->trace, 0, offset, width, value);
    result = lone_device_bar_write(controller->device, 0, offset, width, value, error);
    if (result)
        return result;
    memcpy(controller->shadow, next, sizeof(next));
    lone_follow_mask_bar(controller, 0, offset, width, value);
    if (starts_subsystem_reset(controller, offset, width, value))
        lone_follow_function_reset(controller, LONE_TRACE_RESET_SUBSYSTEM, false);
    else if (enable && !controller->enabled)
        follow_enable(controller, set_up);
    else if (!enable && controller->enabled)
        lose_everything(controller, LONE_TRACE_RESET_DISABLE);
    lone_announce(controller);
    return 0;
}

/* A doorbell that is written by hand. */
struct doorbell {
    bool completion_queue;
    uint16_t id;
    uint32_t value;
};

/* Those that an access reaches: an access of 8 bytes may be two. */
static unsigned find_doorbells(const struct lone_controller *controller, uint64_t offset, unsigned width,
                               uint64_t value, struct doorbell doorbells[2])
{
    unsigned n = 0;

    for (uint64_t at = offset & ~3ull; at < offset + width; at += 4) {
        uint64_t number = (at - LONE_REG_DOORBELLS) / controller->doorbell_stride;
        uint32_t part;
        unsigned bytes = part_of(offset, width, value, (uint32_t)at, &part);

        if (!bytes || (at - LONE_REG_DOORBELLS) % controller->doorbell_stride || number / 2 > UINT16_MAX)
            continue;
        doorbells[n++] = (struct doorbell){.completion_queue = number % 2,
                                           .id = (uint16_t)(number / 2),
                                           .value = bytes < 4 ? part & ((1u << 8 * bytes) - 1) : part};
    }
    return n;
}

/* Before it is written. Completion queues first: what is found in them may change submission queues. */
static int expect_doorbells(struct lone_controller *controller, const struct doorbell *doorbells, unsigned n,
                            struct lone_error *error)
{
    int result = 0;

    for (unsigned i = 0; i < n; i++) {
        struct lone_cq_private *cq = lone_cq_find(controller, doorbells[i].id);

        if (doorbells[i].completion_queue && cq)
            lone_cq_expect_doorbell(controller, cq, doorbells[i].value);
    }
    for (unsigned i = 0; i < n && !result; i++) {
        struct lone_sq_private *sq = lone_sq_find(controller, doorbells[i].id);

        if (!doorbells[i].completion_queue && sq)
            result = lone_sq_expect_doorbell(sq, error);
    }
    return result;
}

/* Remembered as what was last written to them, and what that says about the queues. */
static void follow_doorbells(struct lone_controller *controller, const struct doorbell *doorbells, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct lone_sq_private *sq = lone_sq_find(controller, doorbells[i].id);
        struct lone_cq_private *cq = lone_cq_find(controller, doorbells[i].id);

        if (!doorbells[i].completion_queue && sq)
            lone_sq_follow_doorbell(controller, sq, doorbells[i].value);
        if (doorbells[i].completion_queue && cq)
            lone_cq_follow_doorbell(cq, doorbells[i].value);
    }
    lone_announce(controller);
    lone_hand_over(controller);
    lone_intx_settle(controller);
}

/* RDY=0 after EN=0 says that the controller has ended what it did (NVMe Base 2.0, 3.7.2). With CFS it says nothing: a
 * controller may fail in the middle. Nor before RDY=1 was seen, or a completion: it may still be on its way there. */
static bool has_stopped(const struct lone_controller *controller, uint32_t csts)
{
    return !(csts & (CSTS_RDY | CSTS_CFS)) && !controller->enabled &&
           (controller->seen_ready || !controller->reachable);
}

/* Somebody else has enabled it, with a page size of his. As long as CC has not been read as a whole, that is what was
 * known before. */
static void follow_found_enabled(struct lone_controller *controller, unsigned bytes)
{
    controller->reachable = true;
    if (bytes >= 2)
        controller->page_size = lone_controller_page_size(controller);
}

/* A reset that was made behind our back shows in CC; that DMA has ended shows in CSTS. */
static void follow_read(struct lone_controller *controller, uint64_t offset, unsigned width, uint64_t value)
{
    uint32_t part;
    unsigned bytes;

    bytes = part_of(offset, width, value, LONE_REG_CC, &part);
    if (bytes && !is_all_ones(part, bytes)) {
        merge(controller->shadow + LONE_REG_CC, LONE_REG_CC, LONE_REG_CC + bytes, offset, width, value);
        if (!(part & CC_EN) && controller->enabled)
            lose_everything(controller, LONE_TRACE_RESET_UNSEEN);
        if (part & CC_EN && !controller->enabled)
            follow_found_enabled(controller, bytes);
        controller->enabled = part & CC_EN;
    }
    bytes = part_of(offset, width, value, LONE_REG_CSTS, &part);
    if (bytes && !is_all_ones(part, bytes)) {
        controller->seen_ready |= controller->enabled && part & CSTS_RDY;
        if (has_stopped(controller, part))
            lone_all_safe(controller, false);
        lone_follow_fatal(controller, part & CSTS_CFS);
        controller->events.ready = controller->enabled && (part & CSTS_STATE) == CSTS_RDY;
    }
    if (offset < 8) {
        uint8_t cap[8];

        lone_put64(cap, controller->cap);
        merge(cap, 0, sizeof(cap), offset, width, value);
        controller->cap = lone_get64(cap);
        if (controller->cap != UINT64_MAX)
            controller->doorbell_stride = 4u << lone_register_field("CAP", controller->cap, "DSTRD");
    }
    lone_announce(controller);
}

int lone_controller_bar_read(struct lone_controller *controller, unsigned bar, uint64_t offset, unsigned width,
                             uint64_t *value, struct lone_error *error)
{
    int result = lone_device_bar_read(controller->device, bar, offset, width, value, error);

    if (!result)
        lone_trace_read(&controller->trace, bar, offset, width, *value);
    if (!result && bar == 0 && offset < LONE_SHADOW_SIZE)
        follow_read(controller, offset, width, *value);
    return result;
}

int lone_controller_bar_write(struct lone_controller *controller, unsigned bar, uint64_t offset, unsigned width,
                              uint64_t value, struct lone_error *error)
{
    struct doorbell doorbells[2];
    unsigned n = 0;
    int result = 0;

    if (bar == 0 && offset < LONE_SHADOW_SIZE)
        return write_register(controller, offset, width, value, error);
    if (bar == 0 && offset >= LONE_REG_DOORBELLS) {
        n = find_doorbells(controller, offset, width, value, doorbells);
        result = expect_doorbells(controller, doorbells, n, error);
        lone_release();
    }
    if (result)
        return result;
    lone_trace_write(&controller->trace, bar, offset, width, value);
    result = lone_device_bar_write(controller->device, bar, offset, width, value, error);
    if (result)
        return result;
    lone_follow_mask_bar(controller, bar, offset, width, value);
    if (n)
        follow_doorbells(controller, doorbells, n);
    else if (bar == 0)
        lone_follow_own_memory(controller, offset, width);
    return 0;
}

void lone_controller_reg64(struct lone_controller *controller, bool one)
{
    controller->one64 = one;
}

int lone_controller_read(struct lone_controller *controller, uint32_t offset, unsigned size, uint64_t *value,
                         struct lone_error *error)
{
    uint64_t low, high;
    int result;

    if (size != 8 || controller->one64)
        return lone_controller_bar_read(controller, 0, offset, size, value, error);
    result = lone_controller_bar_read(controller, 0, offset, 4, &low, error);
    if (!result)
        result = lone_controller_bar_read(controller, 0, offset + 4ull, 4, &high, error);
    if (!result)
        *value = high << 32 | low;
    return result;
}

int lone_controller_write(struct lone_controller *controller, uint32_t offset, unsigned size, uint64_t value,
                          struct lone_error *error)
{
    int result;

    if (size != 8 || controller->one64)
        return lone_controller_bar_write(controller, 0, offset, size, value, error);
    result = lone_controller_bar_write(controller, 0, offset, 4, value & UINT32_MAX, error);
    if (!result)
        result = lone_controller_bar_write(controller, 0, offset + 4ull, 4, value >> 32, error);
    return result;
}

int lone_controller_csts(struct lone_controller *controller, uint32_t *csts, struct lone_error *error)
{
    uint64_t value;
    int result = lone_controller_read(controller, LONE_REG_CSTS, 4, &value, error);

    if (result)
        return result;
    *csts = (uint32_t)value;
    if (*csts == UINT32_MAX)
        return lone_fail(error, ENODEV, "the device is gone: CSTS reads as all ones");
    return 0;
}

int lone_controller_cap(struct lone_controller *controller, uint64_t *cap, struct lone_error *error)
{
    int result = lone_controller_read(controller, LONE_REG_CAP, 8, cap, error);

    if (!result && *cap == UINT64_MAX)
        return lone_fail(error, ENODEV, "the device is gone: CAP reads as all ones");
    /* CSS, TO and MQES are never all 0 (NVMe Base 2.0, 3.1.3.1): what VFIO shows of a function that has vanished may
     * be. */
    if (!result && !*cap)
        return lone_fail(
            error, ENODEV,
            "CAP reads as 0, so this is not an NVMe controller, or it is gone: a virtual function ends with a "
            "reset of its physical one, or when that is given fewer");
    return result;
}

/* --- Configuration space ----------------------------------------------------------------------------------- */

int lone_controller_config_read(struct lone_controller *controller, uint16_t offset, unsigned width, uint32_t *value,
                                struct lone_error *error)
{
    return lone_device_config_read(controller->device, offset, width, value, error);
}

/* The byte that a write puts at @at, or -1. */
static int written_byte(uint16_t offset, unsigned width, uint32_t value, unsigned at)
{
    return at >= offset && at < offset + width ? (int)(value >> (8 * (at - offset)) & 0xff) : -1;
}

/* Whether DMA has ended by the time the write returns is up to who carries it out: CSTS.RDY=0 will tell. */
static void follow_config(struct lone_controller *controller, uint16_t offset, unsigned width, uint32_t value)
{
    int byte;

    if (controller->pxdc && controller->has_flr) {
        byte = written_byte(offset, width, value, controller->pxdc + 1u);
        if (byte >= 0 && byte & 0x80) { /* Initiate Function Level Reset: PCIe 7.5.3.4 */
            lone_follow_function_reset(controller, LONE_TRACE_RESET_FUNCTION, false);
            return;
        }
    }
    byte = controller->pmcs ? written_byte(offset, width, value, controller->pmcs) : -1;
    if (byte < 0)
        return;
    if (controller->power_state == 3 && (byte & 3) == 0 && controller->soft_reset)
        lone_follow_function_reset(controller, LONE_TRACE_RESET_FUNCTION, false);
    controller->power_state = byte & 3; /* PCI Power Management 3.2.4 */
}

int lone_controller_config_write(struct lone_controller *controller, uint16_t offset, unsigned width, uint32_t value,
                                 struct lone_error *error)
{
    int result;

    lone_trace_config_write(&controller->trace, offset, width, value);
    result = lone_device_config_write(controller->device, offset, width, value, error);
    if (result)
        return result;
    lone_follow_mask_config(controller, offset, width, value);
    follow_config(controller, offset, width, value);
    lone_announce(controller);
    return 0;
}

int lone_controller_command_bits(struct lone_controller *controller, uint16_t bits, struct lone_error *error)
{
    uint32_t command;
    int result = lone_device_config_read(controller->device, 0x04, 2, &command, error);

    if (result || (command & bits) == bits)
        return result;
    lone_trace_config_write(&controller->trace, 0x04, 2, command | bits);
    return lone_device_config_write(controller->device, 0x04, 2, command | bits, error);
}
