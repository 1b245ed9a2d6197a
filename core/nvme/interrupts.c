/* SPDX-License-Identifier: MIT */
/* The kind of interrupts, their vectors, counts, masks and pending bits. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "nvme/controller_internal.h"

/* Unless more are asked for: some devices have 2048, and each takes a descriptor and a vector of the machine. */
#define MOST_VECTORS 128u

/* An INTx line that signals so often in a row without an entry in any queue stays asserted: then it is let through
 * again after a pause that doubles each time. */
#define SPURIOUS         16u
#define SHORTEST_PAUSE   1000000u
#define LONGEST_PAUSE    1000000000u
#define LONGEST_DOUBLING 10u

static const char *const kind_names[] = {"none", "INTx", "MSI", "MSI-X"};

/* --- Vectors ----------------------------------------------------------------------------------------------- */

static void free_vectors(struct lone_vectors *vectors)
{
    for (unsigned i = 0; i < vectors->n; i++)
        close(vectors->fds[i]);
    free(vectors->fds);
    free(vectors->counts);
    free(vectors->masked);
    free(vectors->poll);
    *vectors = (struct lone_vectors){0};
}

void lone_vectors_free(struct lone_controller *controller)
{
    free_vectors(&controller->vectors);
}

static int make_fds(struct lone_vectors *vectors, unsigned count, struct lone_error *error)
{
    for (; vectors->n < count; vectors->n++) {
        int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

        if (fd < 0)
            return lone_fail(error, errno,
                             "no eventfd for interrupt vector %u of %u: %s: raise the limit of open files (ulimit -n), "
                             "or ask for fewer: write `msix vectors=N` to irq/mode",
                             vectors->n, count, strerror(errno));
        vectors->fds[vectors->n] = fd;
        vectors->poll[vectors->n] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    return 0;
}

static int make_vectors(struct lone_vectors *vectors, unsigned count, struct lone_error *error)
{
    int result;

    *vectors = (struct lone_vectors){0};
    if (!count)
        return 0;
    vectors->fds = calloc(count, sizeof(*vectors->fds));
    vectors->counts = calloc(count, sizeof(*vectors->counts));
    vectors->masked = calloc(count, sizeof(*vectors->masked));
    vectors->poll = calloc(count, sizeof(*vectors->poll));
    if (!vectors->fds || !vectors->counts || !vectors->masked || !vectors->poll)
        result = lone_fail(error, ENOMEM, "no memory for %u interrupt vectors", count);
    else
        result = make_fds(vectors, count, error);
    if (result)
        free_vectors(vectors);
    return result;
}

static unsigned default_vectors(const struct lone_controller *controller, enum lone_interrupts kind)
{
    unsigned n = controller->device->n_vectors[kind];

    return n < MOST_VECTORS ? n : MOST_VECTORS;
}

/* Too few descriptors are no reason not to open it: whoever sets queues up is told. */
void lone_vectors_choose(struct lone_controller *controller)
{
    const unsigned *n = controller->device->n_vectors;
    struct lone_error ignored;

    controller->interrupts = n[LONE_INTERRUPTS_MSIX]   ? LONE_INTERRUPTS_MSIX
                             : n[LONE_INTERRUPTS_MSI]  ? LONE_INTERRUPTS_MSI
                             : n[LONE_INTERRUPTS_INTX] ? LONE_INTERRUPTS_INTX
                                                       : LONE_INTERRUPTS_NONE;
    make_vectors(&controller->vectors, default_vectors(controller, controller->interrupts), &ignored);
}

uint64_t lone_controller_vector_changes(const struct lone_controller *controller)
{
    return controller->vector_changes;
}

const int *lone_controller_eventfds(const struct lone_controller *controller, unsigned *count)
{
    *count = controller->vectors.n;
    return controller->vectors.fds;
}

/* Entries that a script has still to take keep the line asserted: it would signal again at once, for ever. */
static bool holds_line(const struct lone_controller *controller)
{
    for (unsigned id = 0; id < controller->n_cqs; id++) {
        const struct lone_cq_private *cq = controller->cqs[id];

        if (cq && cq->cq.state == LONE_QUEUE_LIVE && cq->cq.interrupts && lone_cq_has_entry(&cq->cq))
            return true;
    }
    return false;
}

/* INTx has signalled. For what: entries that have been taken since it did the last time, or that are there now? */
static void follow_level(struct lone_controller *controller)
{
    struct lone_level *level = &controller->level;
    bool cause = controller->taken != level->taken || holds_line(controller);

    level->spurious = cause ? 0 : level->spurious + 1;
    level->taken = controller->taken;
    level->since_ns = level->spurious < SPURIOUS ? 0 : lone_now();
    controller->unmask = true;
}

void lone_controller_clear_eventfd(struct lone_controller *controller, unsigned vector)
{
    uint64_t count;
    ssize_t n;

    if (vector >= controller->vectors.n)
        return;
    do
        n = read(controller->vectors.fds[vector], &count, sizeof(count));
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return;
    controller->vectors.counts[vector] += count;
    lone_trace_interrupt(&controller->trace, vector, count);
    /* The level may only be let through again once the queues have been looked at, or it signals at once. */
    if (controller->interrupts == LONE_INTERRUPTS_INTX)
        follow_level(controller);
}

void lone_controller_clear_eventfds(struct lone_controller *controller)
{
    for (unsigned i = 0; i < controller->vectors.n; i++)
        lone_controller_clear_eventfd(controller, i);
}

uint64_t lone_vector_count(const struct lone_controller *controller, unsigned vector)
{
    return vector < controller->vectors.n ? controller->vectors.counts[vector] : 0;
}

/* --- The mode ---------------------------------------------------------------------------------------------- */

enum lone_interrupts lone_controller_interrupt_mode(const struct lone_controller *controller)
{
    return controller->interrupts;
}

int lone_interrupts_apply(struct lone_controller *controller, struct lone_error *error)
{
    unsigned n = default_vectors(controller, controller->interrupts);
    int result = 0;

    if (controller->interrupts == LONE_INTERRUPTS_NONE)
        return 0;
    if (!controller->vectors.n)
        result = make_vectors(&controller->vectors, n, error);
    controller->vector_changes++;
    if (!result)
        result = lone_device_interrupts(controller->device, controller->interrupts, controller->vectors.n,
                                        controller->vectors.fds, error);
    controller->signals = !result;
    lone_masks_cleared(controller);
    lone_queues_changed(controller);
    return result;
}

static int check_kind(const struct lone_controller *controller, enum lone_interrupts kind, unsigned count,
                      struct lone_error *error)
{
    unsigned most = controller->device->n_vectors[kind];

    if (controller->enabled)
        return lone_fail(error, EBUSY,
                         "CC.EN is 1, so completion queues exist, and what is switched on after them may signal "
                         "nothing: write `disable` to ctl first");
    if (kind == LONE_INTERRUPTS_NONE && count)
        return lone_fail(error, EINVAL, "without interrupts there are no vectors");
    if (kind != LONE_INTERRUPTS_NONE && !most)
        return lone_fail(error, EOPNOTSUPP, "this device has no %s", kind_names[kind]);
    if (count > most)
        return lone_fail(error, ERANGE, "the device has %u %s vector%s, not %u", most, kind_names[kind],
                         most == 1 ? "" : "s", count);
    return 0;
}

int lone_controller_interrupts(struct lone_controller *controller, enum lone_interrupts kind, unsigned count,
                               struct lone_error *error)
{
    struct lone_vectors fresh;
    struct lone_cq_private *admin = lone_cq_find(controller, 0);
    int result;

    if (controller->enabled && kind == controller->interrupts && (!count || count == controller->vectors.n))
        return 0; /* nothing to switch */
    result = check_kind(controller, kind, count, error);

    if (!result)
        result = make_vectors(&fresh, count ? count : default_vectors(controller, kind), error);
    if (result)
        return result;
    result = lone_device_interrupts(controller->device, kind, fresh.n, fresh.fds, error);
    if (result) {
        free_vectors(&fresh);
        controller->signals = false; /* the device may have left the old mode; whoever sets queues up enters it again */
        return result;
    }
    free_vectors(&controller->vectors);
    controller->vectors = fresh;
    controller->vector_changes++;
    controller->interrupts = kind;
    controller->signals = kind != LONE_INTERRUPTS_NONE;
    controller->unmask = false;
    controller->level = (struct lone_level){0};
    lone_masks_cleared(controller);
    if (admin && admin->cq.state != LONE_QUEUE_MADE)
        admin->cq.interrupts = fresh.n > 0;
    lone_queues_changed(controller);
    return 0;
}

/* --- What is announced ------------------------------------------------------------------------------------- */

static bool is_masked(const struct lone_controller *controller, unsigned vector)
{
    const struct lone_masks *masks = &controller->masks;
    uint32_t bit = vector < 32 ? 1u << vector : 0;

    switch (controller->interrupts) {
    case LONE_INTERRUPTS_MSIX:
        return masks->off || controller->vectors.masked[vector];
    case LONE_INTERRUPTS_MSI:
        return masks->off || (masks->intms | masks->msi_set) & bit;
    default:
        return masks->off || masks->intms & bit;
    }
}

bool lone_cq_is_silent(const struct lone_controller *controller, const struct lone_cq *cq)
{
    unsigned vector = controller->interrupts == LONE_INTERRUPTS_INTX ? 0 : cq->vector;

    return !controller->signals || !cq->interrupts || vector >= controller->vectors.n || is_masked(controller, vector);
}

enum lone_expects lone_controller_expects(const struct lone_controller *controller)
{
    if (controller->n_owed)
        return LONE_EXPECTS_SILENCE; /* a doorbell: until it is written nothing may come */
    if (!controller->outstanding && !controller->raw)
        return LONE_EXPECTS_NOTHING;
    return controller->n_silent || (controller->unmask && controller->n_autos) ? LONE_EXPECTS_SILENCE
                                                                               : LONE_EXPECTS_INTERRUPT;
}

static bool is_pausing(const struct lone_controller *controller)
{
    unsigned more = controller->level.spurious > SPURIOUS ? controller->level.spurious - SPURIOUS : 0;
    uint64_t pause = more < LONGEST_DOUBLING ? (uint64_t)SHORTEST_PAUSE << more : LONGEST_PAUSE;

    return controller->level.since_ns && lone_now() - controller->level.since_ns < pause;
}

unsigned lone_controller_spurious(const struct lone_controller *controller)
{
    return controller->level.since_ns ? controller->level.spurious : 0;
}

void lone_intx_settle(struct lone_controller *controller)
{
    if (!controller->unmask || controller->resetting || holds_line(controller) || is_pausing(controller))
        return;
    /* Where this fails interrupts are off, or the device is gone. */
    if (lone_device_intx_unmask(controller->device, NULL))
        return;
    controller->unmask = false;
    controller->level.since_ns = 0; /* whether the line is still asserted shows at once */
}

/* --- Masks and pending bits -------------------------------------------------------------------------------- */

static int find_msi(struct lone_controller *controller, uint16_t offset, struct lone_error *error)
{
    uint32_t control;
    int result = lone_device_config_read(controller->device, (uint16_t)(offset + 2), 2, &control, error);

    controller->masks.msi = offset;
    if (!result && control & 1 << 8) /* Per-Vector Masking Capable: PCI 3.0, 6.8.1.3 */
        controller->masks.msi_mask = (uint16_t)(offset + (control & 1 << 7 ? 0x10 : 0x0c));
    return result;
}

static int find_msix(struct lone_controller *controller, uint16_t offset, struct lone_error *error)
{
    struct lone_masks *masks = &controller->masks;
    uint32_t table, pba;
    int result = lone_device_config_read(controller->device, (uint16_t)(offset + 4), 4, &table, error);

    if (!result)
        result = lone_device_config_read(controller->device, (uint16_t)(offset + 8), 4, &pba, error);
    if (result)
        return result;
    masks->table_bar = table & 7; /* BIR; the offset is a multiple of 8: PCI 3.0, 6.8.2.4 */
    masks->table = table & ~7u;
    masks->pba_bar = pba & 7;
    masks->pba = pba & ~7u;
    masks->msix = offset;
    masks->has_table = masks->table_bar < LONE_BARS && masks->pba_bar < LONE_BARS;
    return 0;
}

int lone_masks_find(struct lone_controller *controller, struct lone_error *error)
{
    int result = 0;

    for (size_t i = 0; i < controller->n_capabilities && !result; i++) {
        const struct lone_capability_at *capability = &controller->capabilities[i];

        if (capability->extended)
            continue;
        if (capability->id == 0x05 && capability->offset + 4 <= 0x100)
            result = find_msi(controller, capability->offset, error);
        if (capability->id == 0x11 && capability->offset + 12 <= 0x100)
            result = find_msix(controller, capability->offset, error);
    }
    return result;
}

static int check_vector(const struct lone_controller *controller, unsigned vector, struct lone_error *error)
{
    if (vector >= controller->vectors.n)
        return lone_fail(error, ENXIO, "there is no interrupt vector %u in this mode", vector);
    if (controller->interrupts == LONE_INTERRUPTS_MSI && !controller->masks.msi_mask)
        return lone_fail(error, EOPNOTSUPP, "the MSI of this device has no masks and pending bits for its vectors");
    if (controller->interrupts == LONE_INTERRUPTS_MSIX && !controller->masks.has_table)
        return lone_fail(error, EOPNOTSUPP, "the MSI-X capability names no BAR for the table and the pending bits");
    return 0;
}

/* A bit somewhere in configuration space or in a BAR. */
struct bit {
    bool config;
    uint8_t bar;
    uint64_t offset;
    unsigned width, shift;
};

static int read_bit(struct lone_controller *controller, const struct bit *bit, uint64_t *value,
                    struct lone_error *error)
{
    uint32_t narrow = 0;
    int result;

    if (!bit->config)
        return lone_controller_bar_read(controller, bit->bar, bit->offset, bit->width, value, error);
    result = lone_controller_config_read(controller, (uint16_t)bit->offset, bit->width, &narrow, error);
    *value = narrow;
    return result;
}

static int write_bit(struct lone_controller *controller, const struct bit *bit, bool set, struct lone_error *error)
{
    uint64_t value;
    int result = read_bit(controller, bit, &value, error);

    if (result)
        return result;
    value = (value & ~(1ull << bit->shift)) | (uint64_t)set << bit->shift;
    if (bit->config)
        return lone_controller_config_write(controller, (uint16_t)bit->offset, bit->width, (uint32_t)value, error);
    return lone_controller_bar_write(controller, bit->bar, bit->offset, bit->width, value, error);
}

/* Vector Control of the table entry: PCI 3.0, 6.8.2.9; Mask Bits: 6.8.1.7; Interrupt Disable in CMD: 6.2.2. */
static struct bit mask_bit(const struct lone_controller *controller, unsigned vector)
{
    const struct lone_masks *masks = &controller->masks;

    if (controller->interrupts == LONE_INTERRUPTS_MSIX)
        return (struct bit){.bar = masks->table_bar, .offset = masks->table + 16ull * vector + 12, .width = 4};
    if (controller->interrupts == LONE_INTERRUPTS_MSI)
        return (struct bit){.config = true, .offset = masks->msi_mask, .width = 4, .shift = vector};
    return (struct bit){.config = true, .offset = 0x04, .width = 2, .shift = 10};
}

/* The Pending Bit Array: 6.8.2.10; Pending Bits: 6.8.1.8; Interrupt Status in STS: 6.2.3. */
static struct bit pending_bit(const struct lone_controller *controller, unsigned vector)
{
    const struct lone_masks *masks = &controller->masks;

    if (controller->interrupts == LONE_INTERRUPTS_MSIX)
        return (struct bit){
            .bar = masks->pba_bar, .offset = masks->pba + vector / 32 * 4ull, .width = 4, .shift = vector % 32};
    if (controller->interrupts == LONE_INTERRUPTS_MSI)
        return (struct bit){.config = true, .offset = masks->msi_mask + 4ull, .width = 4, .shift = vector};
    return (struct bit){.config = true, .offset = 0x06, .width = 2, .shift = 3};
}

int lone_vector_is_masked(struct lone_controller *controller, unsigned vector, bool *masked, struct lone_error *error)
{
    int result = check_vector(controller, vector, error);
    struct bit bit = mask_bit(controller, vector);
    uint64_t value;

    if (!result)
        result = read_bit(controller, &bit, &value, error);
    if (!result)
        *masked = value >> bit.shift & 1;
    return result;
}

int lone_vector_mask(struct lone_controller *controller, unsigned vector, bool mask, struct lone_error *error)
{
    int result = check_vector(controller, vector, error);
    struct bit bit = mask_bit(controller, vector);

    return result ? result : write_bit(controller, &bit, mask, error);
}

int lone_vector_is_pending(struct lone_controller *controller, unsigned vector, bool *pending, struct lone_error *error)
{
    int result = check_vector(controller, vector, error);
    struct bit bit = pending_bit(controller, vector);
    uint64_t value;

    if (!result)
        result = read_bit(controller, &bit, &value, error);
    if (!result)
        *pending = value >> bit.shift & 1;
    return result;
}

/* --- What was written there, by lone_vector_mask() or by hand ---------------------------------------------- */

void lone_masks_cleared(struct lone_controller *controller)
{
    for (unsigned i = 0; i < controller->vectors.n; i++)
        controller->vectors.masked[i] = false;
    controller->masks.off = false;
    controller->masks.msi_set = 0;
}

/* The lowest bit of Vector Control, in the table entry that the access ends in. */
static bool follow_table(struct lone_controller *controller, uint64_t offset, unsigned width, uint64_t value)
{
    uint64_t first = controller->masks.table + 12ull, last = offset + width - 1, at;

    if (last < first)
        return false;
    at = last - (last - first) % 16;
    if (at < offset || (at - first) / 16 >= controller->vectors.n)
        return false;
    controller->vectors.masked[(at - first) / 16] = value >> 8 * (at - offset) & 1;
    return true;
}

/* NVMe Base 2.0, 3.1.3.3 and 3.1.3.4: ones mask, ones lift the mask. */
static bool follow_intms(struct lone_masks *masks, uint64_t offset, unsigned width, uint64_t value)
{
    uint32_t before = masks->intms;

    for (unsigned i = 0; i < width; i++) {
        uint64_t at = offset + i;
        uint32_t bits = (uint32_t)(value >> 8 * i & 0xff) << at % 4 * 8;

        if (at / 4 == LONE_REG_INTMS / 4)
            masks->intms |= bits;
        else if (at / 4 == LONE_REG_INTMC / 4)
            masks->intms &= ~bits;
    }
    return masks->intms != before;
}

void lone_follow_mask_bar(struct lone_controller *controller, unsigned bar, uint64_t offset, unsigned width,
                          uint64_t value)
{
    struct lone_masks *masks = &controller->masks;

    if ((bar == 0 && follow_intms(masks, offset, width, value)) ||
        (masks->has_table && bar == masks->table_bar && follow_table(controller, offset, width, value)))
        lone_queues_changed(controller);
}

/* CMD.ID: bit 10. MSIE: bit 0 of Message Control, MXE and FM: bits 15 and 14 of that of MSI-X: PCI 3.0, 6.8.1.3 and
 * 6.8.2.3. The capability of another mode than the one in use is off anyway. */
void lone_follow_mask_config(struct lone_controller *controller, uint16_t offset, unsigned width, uint32_t value)
{
    struct lone_masks *masks = &controller->masks;

    for (unsigned i = 0; i < width; i++) {
        unsigned at = offset + i;
        uint32_t byte = value >> 8 * i & 0xff;

        if (controller->interrupts == LONE_INTERRUPTS_INTX && at == 0x05)
            masks->off = byte & 0x04;
        if (controller->interrupts == LONE_INTERRUPTS_MSI && at == masks->msi + 2u)
            masks->off = !(byte & 0x01);
        if (controller->interrupts == LONE_INTERRUPTS_MSIX && at == masks->msix + 3u)
            masks->off = (byte & 0xc0) != 0x80;
        if (masks->msi_mask && at / 4 == masks->msi_mask / 4u)
            masks->msi_set = (masks->msi_set & ~(0xffu << at % 4 * 8)) | byte << at % 4 * 8;
    }
    lone_queues_changed(controller);
}
