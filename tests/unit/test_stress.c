/* SPDX-License-Identifier: MIT */
/*
 * Everything that the host driver can be told, valid or not, at random on the simulator: queues made, created, deleted,
 * adopted, moved and rung; commands with any pointers, submitted, freed and reset while outstanding, also from within
 * done(); memory mapped and unmapped; resets of all kinds begun and abandoned; registers scribbled on, and such as lie
 * or answer all ones; trace and events. Meant for the sanitizers. What it asserts itself: done() is called once for
 * each submission; after a function reset nothing is outstanding and `init` brings everything back; and at the end no
 * byte is left over.
 *
 * The seed is fixed; what the simulator's thread has done at a given moment is not.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bytes.h"
#include "nvme/controller.h"
#include "nvme/events.h"
#include "nvme/interrupts.h"
#include "nvme/queue.h"
#include "nvme/sgl.h"
#include "nvme/trace.h"
#include "nvsim/nvsim.h"

#define SEED      0x6c6f6e65u
#define ROUNDS    400u
#define STEPS     250u /* of a round, each of which begins with `init` */
#define A_SECOND  1000000000ull
#define MOST_TIME (5 * A_SECOND)
#define CMDS      24u
#define REGIONS   6u

struct slot {
    struct stress *stress;
    struct lone_cmd *cmd;
    bool pending; /* done() is owed */
};

/* Stands before the simulator; its registers lie now and then, and it is unplugged, until the next round. */
struct liar {
    struct lone_device device;
    struct lone_device *inner;
    struct stress *stress;
    bool lies, gone;
};

struct stress {
    struct liar liar;
    struct lone_controller *controller;
    struct lone_progress *progress;
    struct slot slots[CMDS];
    struct lone_region *regions[REGIONS];
    struct lone_error error;
    uint64_t random, calls, accepted, completed, lost;
    unsigned depth; /* of done() within done() */
};

/* --- Chance ------------------------------------------------------------------------------------------------ */

/* xorshift64* */
static uint32_t below(struct stress *s, uint32_t n)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return (uint32_t)((s->random * 0x2545f4914f6cdd1dull) >> 33) % n;
}

static bool one_in(struct stress *s, uint32_t n)
{
    return !below(s, n);
}

#define ANY(s, values) ((values)[below(s, sizeof(values) / sizeof((values)[0]))])

static uint16_t any_queue(struct stress *s)
{
    static const uint16_t ids[] = {0, 0, 1, 1, 2, 3, 4, 17, 65535};

    return ANY(s, ids);
}

/* One to send commands to: mostly one that takes them. */
static uint16_t any_live_queue(struct stress *s)
{
    uint16_t ids[8];
    unsigned n = 0;

    for (int id = -1; n < 8 && (id = lone_controller_next_sq(s->controller, (unsigned)(id + 1))) >= 0;)
        if (lone_controller_sq(s->controller, (uint16_t)id)->state == LONE_QUEUE_LIVE)
            ids[n++] = (uint16_t)id;
    return n && !one_in(s, 10) ? ids[below(s, n)] : any_queue(s);
}

static uint64_t any_size(struct stress *s)
{
    static const uint64_t sizes[] = {0,
                                     512,
                                     1,
                                     512,
                                     4096,
                                     4096,
                                     4096,
                                     8192,
                                     512,
                                     4095,
                                     4096,
                                     4097,
                                     8192,
                                     12288,
                                     100000,
                                     1ull << 20,
                                     (1ull << 32) + 1,
                                     UINT64_MAX};

    return ANY(s, sizes);
}

static uint32_t any_entries(struct stress *s)
{
    static const uint32_t entries[] = {0, 1, 2, 3, 16, 64, 256, 1024, 65536, 65537, UINT32_MAX};

    return ANY(s, entries);
}

static uint32_t any_index(struct stress *s)
{
    static const uint32_t values[] = {0, 1, 2, 15, 16, 255, 65535, 65536, UINT32_MAX};

    return one_in(s, 2) ? below(s, 16) : ANY(s, values);
}

static struct slot *any_slot(struct stress *s)
{
    return &s->slots[below(s, CMDS)];
}

static struct lone_region *any_region(struct stress *s)
{
    return s->regions[below(s, REGIONS)];
}

/* An address: in a region, in a queue, in a command's buffer, or nobody's. */
static uint64_t any_address(struct stress *s)
{
    const struct lone_region *region = any_region(s);
    const struct lone_cmd *cmd = any_slot(s)->cmd;
    const struct lone_cq *cq = lone_controller_cq(s->controller, any_queue(s));

    switch (below(s, 6)) {
    case 0:
        return cq ? cq->memory.iova : 0;
    case 1:
        return cmd ? cmd->data.iova + below(s, 5000) : UINT64_MAX;
    case 2:
        return (uint64_t)below(s, 1u << 30) << below(s, 34);
    default:
        return region ? region->iova + below(s, 3) * 2048 : 0x1000;
    }
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * A_SECOND + (uint64_t)t.tv_nsec;
}

/* --- A device that lies ------------------------------------------------------------------------------------ */

static struct liar *liar_of(struct lone_device *device)
{
    return (struct liar *)(void *)device;
}

/* That RDY is 0 it does not say: then memory may be used again, and it is still in use. */
static uint64_t lie(struct stress *s, uint64_t offset)
{
    uint64_t value = one_in(s, 3) ? 0 : one_in(s, 2) ? UINT64_MAX : (uint64_t)below(s, 1u << 31) << below(s, 34);

    return offset == LONE_REG_CSTS ? value | 1 : value;
}

static int liar_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                         struct lone_error *error)
{
    struct liar *liar = liar_of(device);
    int result = lone_device_bar_read(liar->inner, bar, offset, width, value, error);

    if (result && !liar->gone)
        return result;
    if (liar->gone)
        *value = UINT64_MAX;
    else if (liar->lies && offset < LONE_REG_DOORBELLS && one_in(liar->stress, 30))
        *value = lie(liar->stress, offset);
    *value &= UINT64_MAX >> (64 - 8 * width);
    return 0;
}

static int liar_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                          struct lone_error *error)
{
    return liar_of(device)->gone ? 0 : lone_device_bar_write(liar_of(device)->inner, bar, offset, width, value, error);
}

static int liar_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                            struct lone_error *error)
{
    int result = lone_device_config_read(liar_of(device)->inner, offset, width, value, error);

    if (liar_of(device)->gone)
        *value = UINT32_MAX >> (32 - 8 * width);
    return result;
}

static int liar_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                             struct lone_error *error)
{
    return liar_of(device)->gone ? 0 : lone_device_config_write(liar_of(device)->inner, offset, width, value, error);
}

static int liar_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                    struct lone_error *error)
{
    return lone_device_dma_map(liar_of(device)->inner, memory, iova, size, access, error);
}

static int liar_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
{
    return lone_device_dma_unmap(liar_of(device)->inner, iova, size, error);
}

static int liar_interrupts(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                           struct lone_error *error)
{
    return lone_device_interrupts(liar_of(device)->inner, kind, count, eventfds, error);
}

static int liar_reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error)
{
    return lone_device_reset(liar_of(device)->inner, kind, error);
}

static int liar_unmask(struct lone_device *device, struct lone_error *error)
{
    return lone_device_intx_unmask(liar_of(device)->inner, error);
}

static void liar_close(struct lone_device *device)
{
    lone_device_close(liar_of(device)->inner);
}

static void open_liar(struct stress *s)
{
    static const struct lone_device_ops ops = {
        .close = liar_close,
        .config_read = liar_config_read,
        .config_write = liar_config_write,
        .bar_read = liar_bar_read,
        .bar_write = liar_bar_write,
        .dma_map = liar_map,
        .dma_unmap = liar_unmap,
        .interrupts = liar_interrupts,
        .reset = liar_reset,
        .intx_unmask = liar_unmask,
    };

    assert_int_equal(lone_nvsim_open(&s->liar.inner, &s->error), 0);
    s->liar.device = *s->liar.inner;
    s->liar.device.ops = &ops;
    s->liar.stress = s;
}

/* --- Commands ---------------------------------------------------------------------------------------------- */

static void write_cc(struct stress *s);
static void submit(struct stress *s);

static void free_slot(struct slot *slot)
{
    lone_cmd_free(slot->cmd);
    slot->cmd = NULL;
    slot->pending = false;
}

static void done(struct lone_cmd *cmd)
{
    struct slot *slot = cmd->context;
    struct stress *s = slot->stress;

    assert_ptr_equal(slot->cmd, cmd);
    assert_true(slot->pending);
    assert_true(cmd->state == LONE_CMD_COMPLETED || cmd->state == LONE_CMD_LOST);
    slot->pending = false;
    if (cmd->state == LONE_CMD_LOST)
        s->lost++;
    else
        s->completed++;
    if (s->depth > 2)
        return;
    s->depth++;
    switch (below(s, 24)) {
    case 0:
        free_slot(slot);
        break;
    case 1:
        free_slot(any_slot(s));
        break;
    case 2:
        lone_controller_poll(s->controller);
        break;
    case 3:
        if (one_in(s, 4))
            write_cc(s);
        break;
    case 4:
    case 5:
        submit(s);
        break;
    }
    s->depth--;
}

static void fill_entry(struct stress *s, uint8_t *sqe)
{
    /* Of both command sets, those that the driver follows more often than others. */
    static const uint8_t opcodes[] = {0, 0, 1, 1, 2, 2, 2, 4, 5, 5, 6, 6, 6, 8, 9, 9, 10, 12, 0x7c};

    memset(sqe, 0, LONE_SQE_SIZE);
    sqe[0] = one_in(s, 10) ? (uint8_t)below(s, 256) : ANY(s, opcodes);
    put(sqe + 4, 4, one_in(s, 8) ? UINT32_MAX : below(s, 4));
    if (one_in(s, 4))
        sqe[1] = (uint8_t)below(s, 256);
    put(sqe + 16, 8, any_address(s));
    put(sqe + 24, 8, any_address(s));
    put(sqe + 32, 8, any_address(s));
    put(sqe + 40, 4, below(s, 16));
    if (sqe[0] == 1 || sqe[0] == 5) /* Create: CDW10 QSIZE and QID, CDW11 CQID and PC */
        put(sqe + 42, 2, one_in(s, 8) ? 65535 : 15);
    put(sqe + 44, 4, one_in(s, 2) ? 1 : below(s, 4) << 16 | below(s, 4));
    put(sqe + 48, 4, one_in(s, 8) ? below(s, 1u << 31) : below(s, 16));
}

static void shape(struct stress *s, struct lone_cmd *cmd)
{
    static const struct lone_sgl_part parts[] = {{LONE_SGL_BLOCK, 512, false},
                                                 {LONE_SGL_SKIP, 512, false},
                                                 {LONE_SGL_BUCKET, 4096, false},
                                                 {LONE_SGL_BLOCK, 0, true}};
    static const struct lone_sgl lists[] = {
        {parts, 4, 0, false}, {parts, 4, 2, true}, {parts, 1, 1, false}, {NULL, 0, 2, true}};
    struct lone_region *region = any_region(s);

    switch (below(s, 8)) {
    case 0:
        lone_cmd_metadata_size(cmd, any_size(s) % 100000, &s->error);
        break;
    case 1:
        lone_cmd_data_place(cmd, below(s, 8192), any_size(s), &s->error);
        break;
    case 2:
        if (region)
            lone_cmd_data_in(cmd, region, any_size(s), below(s, 8192), any_size(s), &s->error);
        break;
    case 3:
        lone_cmd_list_in(cmd, region, below(s, 1024) * 4, &s->error);
        break;
    default:
        lone_cmd_data_size(cmd, any_size(s), &s->error);
    }
    if (cmd->state == LONE_CMD_OUTSTANDING)
        return;
    cmd->pointers = (enum lone_pointers)below(s, 3);
    cmd->sgl = one_in(s, 2) ? NULL : &ANY(s, lists);
    cmd->manual_cid = one_in(s, 8);
    cmd->sqid = any_queue(s);
    fill_entry(s, cmd->sqe);
    put(cmd->sqe + 2, 2, below(s, 4));
}

static struct slot *ready_slot(struct stress *s)
{
    struct slot *slot = any_slot(s);

    for (unsigned i = 0; i < 3 && slot->cmd && slot->cmd->state == LONE_CMD_OUTSTANDING; i++)
        slot = any_slot(s);
    if (!slot->cmd)
        slot->cmd = lone_cmd_new(s->controller);
    assert_non_null(slot->cmd);
    slot->cmd->done = done;
    slot->cmd->context = slot;
    return slot;
}

static void submit(struct stress *s)
{
    struct lone_cmd *cmds[6];
    struct slot *slots[6];
    unsigned n = 1 + (one_in(s, 3) ? below(s, 6) : 0);
    uint16_t sqid = any_live_queue(s);

    for (unsigned i = 0; i < n; i++) {
        slots[i] = ready_slot(s);
        cmds[i] = slots[i]->cmd;
        shape(s, cmds[i]);
        if (cmds[i]->state != LONE_CMD_OUTSTANDING && !one_in(s, 20))
            cmds[i]->sqid = sqid;
    }
    if (lone_cmd_submit_many(cmds, n, &s->error))
        return;
    s->accepted += n;
    for (unsigned i = 0; i < n; i++)
        slots[i]->pending = true;
}

static void one_command(struct stress *s)
{
    struct slot *slot = any_slot(s);

    switch (below(s, 12)) {
    case 0:
        free_slot(slot);
        break;
    case 1:
        if (slot->cmd && !lone_cmd_reset(slot->cmd, &s->error))
            slot->pending = false;
        break;
    case 2:
        if (slot->cmd && slot->cmd->state == LONE_CMD_OUTSTANDING)
            lone_cmd_late(slot->cmd, &s->error);
        break;
    default:
        submit(s);
    }
}

/* --- Queues ------------------------------------------------------------------------------------------------ */

static void send_queue_command(struct stress *s, uint16_t id)
{
    static int (*const sends[])(struct lone_controller *, uint16_t, struct lone_cmd *, struct lone_error *) = {
        lone_sq_create, lone_cq_create, lone_cq_create, lone_sq_delete, lone_cq_delete};
    struct slot *slot = ready_slot(s);

    if (slot->cmd->state != LONE_CMD_OUTSTANDING && !ANY(s, sends)(s->controller, id, slot->cmd, &s->error))
        slot->pending = true;
}

static void make_or_change(struct stress *s, uint16_t id)
{
    const struct lone_sq_options sq = {.entries = any_entries(s),
                                       .cqid = one_in(s, 2) ? id : any_queue(s),
                                       .qprio = (uint8_t)below(s, 4),
                                       .pc = !one_in(s, 4)};
    const struct lone_cq_options cq = {
        .entries = any_entries(s), .vector = (uint16_t)below(s, 5), .interrupts = one_in(s, 2), .pc = !one_in(s, 4)};

    switch (below(s, 4)) {
    case 0:
        lone_sq_new(s->controller, id, one_in(s, 2) ? NULL : &sq, &s->error);
        break;
    case 1:
        lone_cq_new(s->controller, id, one_in(s, 2) ? NULL : &cq, &s->error);
        break;
    case 2:
        lone_sq_change(s->controller, id, &sq, &s->error);
        break;
    default:
        lone_cq_change(s->controller, id, &cq, &s->error);
    }
}

static void end_or_move(struct stress *s, uint16_t id)
{
    struct lone_region *region = any_region(s);

    switch (below(s, 6)) {
    case 0:
        lone_sq_free(s->controller, id, &s->error);
        break;
    case 1:
        lone_cq_free(s->controller, id, &s->error);
        break;
    case 2:
        lone_sq_move(s->controller, id, region, any_size(s), &s->error);
        break;
    case 3:
        lone_cq_move(s->controller, id, region, any_size(s), &s->error);
        break;
    case 4:
        lone_sq_adopt(s->controller, id, &s->error);
        break;
    default:
        lone_cq_adopt(s->controller, id, &s->error);
    }
}

static void ring_or_place(struct stress *s, uint16_t id)
{
    uint8_t entries[8 * LONE_SQE_SIZE];
    unsigned n = below(s, 9);

    switch (below(s, 8)) {
    case 0:
        lone_sq_ring(s->controller, id, any_index(s), &s->error);
        break;
    case 1:
        lone_cq_ring(s->controller, id, any_index(s), &s->error);
        break;
    case 2:
        lone_sq_set_indices(s->controller, id, any_index(s), any_index(s), &s->error);
        break;
    case 3:
        lone_cq_set_indices(s->controller, id, any_index(s), one_in(s, 2), &s->error);
        break;
    case 4:
        lone_cq_consumer(s->controller, id, (enum lone_consumer)below(s, 3), &s->error);
        break;
    case 5:
        lone_cq_take(s->controller, id, entries, n * 4, &s->error);
        break;
    default:
        for (unsigned i = 0; i < n; i++)
            fill_entry(s, entries + (size_t)i * LONE_SQE_SIZE);
        lone_sq_place(s->controller, id, entries, n, !one_in(s, 4), &s->error);
    }
}

static void one_queue(struct stress *s)
{
    uint16_t id = any_queue(s);

    switch (below(s, 8)) {
    case 0:
    case 1:
        make_or_change(s, id);
        break;
    case 2:
        end_or_move(s, id);
        break;
    case 3:
        ring_or_place(s, id);
        break;
    default:
        send_queue_command(s, id);
    }
}

/* --- Memory ------------------------------------------------------------------------------------------------ */

static void one_region(struct stress *s)
{
    struct lone_region **region = &s->regions[below(s, REGIONS)];
    enum lone_where_memory where = (enum lone_where_memory)below(s, 3);
    uint64_t again;

    if (!*region) {
        lone_controller_memory_enable(s->controller, where, &again, &s->error);
        if (lone_controller_memory_new(s->controller, where, any_size(s) % 200000, 1 + below(s, 3), NULL, region,
                                       &s->error))
            *region = NULL;
        return;
    }
    switch (below(s, 4)) {
    case 0:
        lone_controller_memory_free(s->controller, *region);
        *region = NULL;
        break;
    case 1:
        lone_region_map(*region, &s->error);
        break;
    case 2:
        lone_region_unmap(*region, &s->error);
        break;
    default:
        lone_region_access(*region, 1 + below(s, 3), &s->error);
    }
}

/* --- The controller ---------------------------------------------------------------------------------------- */

static void write_cc(struct stress *s)
{
    uint64_t cc;

    if (lone_controller_read(s->controller, LONE_REG_CC, 4, &cc, &s->error))
        return;
    cc = one_in(s, 3) ? 0x460000 | below(s, 2) | below(s, 3) << 7 | below(s, 3) << 14 : cc ^ 1;
    lone_controller_write(s->controller, LONE_REG_CC, 4, cc, &s->error);
}

static void write_register(struct stress *s)
{
    const struct lone_sq *sq = lone_controller_sq(s->controller, any_queue(s));

    switch (below(s, 8)) {
    case 0:
        write_cc(s);
        break;
    case 1:
        lone_controller_write(s->controller, LONE_REG_AQA, 4, below(s, 64) << 16 | below(s, 64), &s->error);
        break;
    case 2:
        lone_controller_write(s->controller, LONE_REG_ASQ, 8, sq ? sq->memory.iova : any_address(s), &s->error);
        break;
    case 3:
        lone_controller_write(s->controller, LONE_REG_ACQ, 8, any_address(s), &s->error);
        break;
    case 4:
        if (one_in(s, 4))
            lone_controller_write(s->controller, LONE_REG_NSSR, 4, 0x4e564d65, &s->error);
        break;
    case 5:
        lone_controller_config_write(s->controller, 4, 2, one_in(s, 2) ? 6 : below(s, 8), &s->error);
        break;
    case 6:
        lone_controller_adopt_admin(s->controller, &s->error);
        break;
    default:
        lone_controller_bar_write(s->controller, 0, below(s, 0x2000), 1u << below(s, 4), below(s, 1u << 31), &s->error);
    }
}

static void watch(struct stress *s)
{
    struct lone_async_event event;
    struct lone_trace_event traced;
    uint64_t cursor = 0, missed;
    unsigned n;

    switch (below(s, 7)) {
    case 0:
        lone_events_keep(s->controller, below(s, 12), &s->error);
        break;
    case 1:
        lone_events_take(s->controller, &cursor, &event, &missed);
        break;
    case 2:
        lone_trace_enable(s->controller, one_in(s, 2), &s->error);
        lone_trace_resize(s->controller, below(s, 300), &s->error);
        break;
    case 3:
        while (lone_trace_take(s->controller, &cursor, &traced, &missed))
            ;
        break;
    case 4:
        lone_controller_interrupts(s->controller, (enum lone_interrupts)below(s, 4), below(s, 4), &s->error);
        break;
    case 5:
        lone_controller_eventfds(s->controller, &n);
        lone_vector_mask(s->controller, below(s, 5), one_in(s, 2), &s->error);
        break;
    default:
        lone_controller_clear_eventfds(s->controller);
    }
}

static void begin_action(struct stress *s)
{
    /* Not those that wait where a test has no time: they end when it is their turn. */
    const struct lone_action_options options = {
        .queues = below(s, 4), .entries = one_in(s, 8) ? any_entries(s) : 16, .timeout_ns = 20000000};

    if (lone_action_begin(s->controller, (enum lone_action)below(s, LONE_ACTION_DELETE_QUEUES + 1), &options,
                          &s->progress, &s->error))
        s->progress = NULL;
}

static void go_on(struct stress *s)
{
    uint64_t again;
    int result = lone_action_step(s->progress, &again, &s->error);

    if (result == 0 && !one_in(s, 30))
        return;
    lone_action_end(s->progress);
    s->progress = NULL;
}

static void step(struct stress *s)
{
    s->calls++;
    s->liar.lies |= one_in(s, 150);
    s->liar.gone |= one_in(s, 2000);
    if (lone_controller_resetting(s->controller)) { /* nothing else may be called */
        assert_int_equal(lone_controller_poll(s->controller), 0);
        go_on(s);
        return;
    }
    switch (below(s, 24)) {
    case 0:
        if (s->progress)
            go_on(s);
        else if (one_in(s, 3))
            begin_action(s);
        break;
    case 1:
        if (one_in(s, 8))
            write_register(s);
        break;
    case 2:
        watch(s);
        break;
    case 3:
    case 4:
        one_region(s);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
        one_queue(s);
        break;
    case 9:
        if (one_in(s, 4))
            usleep(100);
        break;
    case 10:
    case 11:
    case 12:
    case 13:
        lone_controller_poll(s->controller);
        break;
    default:
        if (s->progress && one_in(s, 2))
            go_on(s);
        else
            one_command(s);
    }
}

/* --- Back to order ----------------------------------------------------------------------------------------- */

static void must(struct stress *s, int result)
{
    if (result)
        print_error("after %llu calls: %s\n", (unsigned long long)s->calls, s->error.text);
    assert_int_equal(result, 0);
}

/* Whatever was done to it, a function reset ends all of it. */
static void reset(struct stress *s)
{
    lone_action_end(s->progress);
    s->progress = NULL;
    s->liar.lies = s->liar.gone = false;
    s->depth = 3; /* done() does nothing more */
    must(s, lone_controller_do(s->controller, LONE_ACTION_RESET_FLR, NULL, &s->error));
    s->depth = 0;
    assert_int_equal(lone_controller_outstanding(s->controller), 0);
    assert_int_equal(lone_controller_kept(s->controller), 0);
    for (unsigned i = 0; i < CMDS; i++)
        assert_false(s->slots[i].pending);
    for (unsigned i = 0; i < REGIONS; i++)
        if (s->regions[i])
            lone_region_map(s->regions[i], &s->error);
}

static void works(struct stress *s)
{
    const struct lone_action_options options = {.queues = 2, .entries = 16};
    struct lone_cmd *cmd;
    uint8_t serial[8];

    must(s, lone_controller_do(s->controller, LONE_ACTION_INIT, NULL, &s->error));
    cmd = lone_cmd_new(s->controller);
    cmd->sqe[0] = 0x06;
    cmd->sqe[40] = 1;
    must(s, lone_cmd_data_size(cmd, 4096, &s->error));
    must(s, lone_cmd_sync(cmd, 5 * A_SECOND, &s->error));
    assert_int_equal(lone_cmd_status(cmd), 0);
    must(s, lone_buffer_load(&cmd->data, 4, serial, sizeof(serial), &s->error));
    assert_memory_equal(serial, "EDDAE771", 8);
    lone_cmd_free(cmd);
    if (!one_in(s, 3)) /* fails where there are queues of these ids, which may be made */
        lone_controller_do(s->controller, LONE_ACTION_CREATE_QUEUES, &options, &s->error);
}

static void free_all(struct stress *s)
{
    uint64_t mapped, used;
    int id;

    for (unsigned i = 0; i < CMDS; i++)
        free_slot(&s->slots[i]);
    while ((id = lone_controller_next_sq(s->controller, 0)) >= 0)
        must(s, lone_sq_free(s->controller, (uint16_t)id, &s->error));
    while ((id = lone_controller_next_cq(s->controller, 0)) >= 0)
        must(s, lone_cq_free(s->controller, (uint16_t)id, &s->error));
    for (unsigned i = 0; i < REGIONS; i++) {
        assert_int_equal(s->regions[i] ? s->regions[i]->users : 0, 0);
        lone_controller_memory_free(s->controller, s->regions[i]);
    }
    lone_memory_usage(lone_controller_memory(s->controller), &mapped, &used);
    assert_int_equal(used, 0);
    assert_int_equal(lone_controller_kept(s->controller), 0);
}

static void test_stress(void **state)
{
    struct stress *s = calloc(1, sizeof(*s));
    uint64_t end = now() + MOST_TIME;
    unsigned round;

    (void)state;
    s->random = SEED;
    for (unsigned i = 0; i < CMDS; i++)
        s->slots[i].stress = s;
    open_liar(s);
    must(s, lone_controller_open(&s->controller, &s->liar.device, &s->error));
    for (round = 0; round < ROUNDS && now() < end; round++) {
        works(s);
        for (unsigned i = 0; i < STEPS; i++)
            step(s);
        reset(s);
    }
    print_message("%u rounds, %llu calls: %llu commands submitted, %llu completed, %llu lost\n", round,
                  (unsigned long long)s->calls, (unsigned long long)s->accepted, (unsigned long long)s->completed,
                  (unsigned long long)s->lost);
    assert_true(s->completed > 10 && s->lost > 10); /* else it tests nothing */
    free_all(s);
    lone_controller_close(s->controller);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stress)};

    return cmocka_run_group_tests_name("stress", tests, NULL, NULL);
}
