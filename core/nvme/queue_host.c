/* SPDX-License-Identifier: MIT */
/* The host's side of a queue by itself: its options and its memory. */
#include <errno.h>
#include <inttypes.h>

#include "nvme/controller_internal.h"

#define DEFAULT_ENTRIES 256u

/* --- Making ------------------------------------------------------------------------------------------------ */

static uint32_t default_entries(const struct lone_controller *controller)
{
    uint64_t most = lone_register_field("CAP", controller->cap, "MQES") + 1;

    return controller->cap && most < DEFAULT_ENTRIES && most >= 2 ? (uint32_t)most : DEFAULT_ENTRIES;
}

int lone_sq_new(struct lone_controller *controller, uint16_t id, const struct lone_sq_options *options,
                struct lone_error *error)
{
    const struct lone_sq_options defaults = {.entries = default_entries(controller), .cqid = id, .pc = true};
    struct lone_sq_private *sq;
    int result;

    if (lone_sq_find(controller, id))
        return lone_fail(error, EEXIST, "there is a submission queue %u already", id);
    result =
        lone_sq_make(controller, id, options ? options : &defaults, lone_controller_page_size(controller), &sq, error);
    if (!result)
        sq->backing.stays = true;
    return result;
}

int lone_cq_new(struct lone_controller *controller, uint16_t id, const struct lone_cq_options *options,
                struct lone_error *error)
{
    unsigned vectors = controller->vectors.n;
    const struct lone_cq_options defaults = {.entries = default_entries(controller),
                                             .vector = vectors ? (uint16_t)(id % vectors) : 0,
                                             .interrupts = vectors > 0,
                                             .pc = true};
    struct lone_cq_private *cq;
    int result;

    if (lone_cq_find(controller, id))
        return lone_fail(error, EEXIST, "there is a completion queue %u already", id);
    result =
        lone_cq_make(controller, id, options ? options : &defaults, lone_controller_page_size(controller), &cq, error);
    if (!result)
        cq->backing.stays = true;
    return result;
}

void lone_sq_get_options(const struct lone_sq *sq, struct lone_sq_options *options)
{
    *options = (struct lone_sq_options){
        .entries = sq->entries, .cqid = sq->cqid, .nvmsetid = sq->nvmsetid, .qprio = sq->qprio, .pc = sq->pc};
}

void lone_cq_get_options(const struct lone_cq *cq, struct lone_cq_options *options)
{
    *options = (struct lone_cq_options){
        .entries = cq->entries, .vector = cq->vector, .interrupts = cq->interrupts, .pc = cq->pc};
}

/* --- May it be touched? ------------------------------------------------------------------------------------ */

static bool overlaps(const struct lone_buffer *memory, uint64_t iova, uint64_t size)
{
    return memory->size && iova < memory->iova + memory->size && memory->iova < iova + size;
}

/* Does a Create that somebody sent by hand name this memory? The device may use it as soon as it has the command. */
static bool is_being_created(const struct lone_controller *controller, const struct lone_buffer *memory)
{
    const struct lone_cmd_private *own;

    TAILQ_FOREACH(own, &controller->flying, flight)
    if (own->sqid == 0 && (own->opcode == LONE_OPC_CREATE_CQ || own->opcode == LONE_OPC_CREATE_SQ) &&
        overlaps(memory, lone_get64(own->cmd->sqe + LONE_SQE_PRP1), 1))
        return true;
    return false;
}

/* AQA, ASQ and ACQ may have been written by hand, and the queues not adopted. */
static bool is_named_by_registers(const struct lone_controller *controller, const struct lone_buffer *memory)
{
    const uint8_t *shadow = controller->shadow;
    uint32_t aqa = lone_get32(shadow + LONE_REG_AQA); /* ASQS 11:0, ACQS 27:16: NVMe Base 2.0, 3.1.3.8 */

    return overlaps(memory, lone_get64(shadow + LONE_REG_ASQ), ((aqa & 0xfff) + 1) * (uint64_t)LONE_SQE_SIZE) ||
           overlaps(memory, lone_get64(shadow + LONE_REG_ACQ), ((aqa >> 16 & 0xfff) + 1) * (uint64_t)LONE_CQE_SIZE);
}

bool lone_is_admin_memory(const struct lone_controller *controller, const struct lone_buffer *memory)
{
    const struct lone_sq_private *sq = lone_sq_find(controller, 0);
    const struct lone_cq_private *cq = lone_cq_find(controller, 0);

    return is_named_by_registers(controller, memory) ||
           (sq && memory != &sq->sq.memory && overlaps(memory, sq->sq.memory.iova, sq->sq.memory.size)) ||
           (cq && memory != &cq->cq.memory && overlaps(memory, cq->cq.memory.iova, cq->cq.memory.size));
}

static int check_made(const struct lone_controller *controller, const char *kind, uint16_t id,
                      enum lone_queue_state state, const struct lone_buffer *memory, struct lone_error *error)
{
    if (id == 0 && state != LONE_QUEUE_MADE)
        return lone_fail(error, EBUSY,
                         "ASQ and ACQ name the admin queues: write `admin` to queues/ctl for others, or `reset flr` "
                         "to ctl to end them");
    if (state == LONE_QUEUE_CREATING)
        return lone_fail(error, EBUSY, "%s queue %u is being created: wait for the completion of that command", kind,
                         id);
    if (state != LONE_QUEUE_MADE)
        return lone_fail(error, EBUSY, "the controller has %s queue %u: write `delete` to its ctl first", kind, id);
    if (is_being_created(controller, memory))
        return lone_fail(error, EBUSY,
                         "an outstanding Create command names the memory of %s queue %u: wait for its completion", kind,
                         id);
    if (lone_is_admin_memory(controller, memory))
        return lone_fail(error, EBUSY, "the admin queues lie in the memory of %s queue %u: reset the function first",
                         kind, id);
    return 0;
}

static int find_made_sq(const struct lone_controller *controller, uint16_t id, struct lone_sq_private **sq,
                        struct lone_error *error)
{
    *sq = lone_sq_find(controller, id);
    if (!*sq)
        return lone_fail(error, ENXIO, "there is no submission queue %u", id);
    return check_made(controller, "submission", id, (*sq)->sq.state, &(*sq)->sq.memory, error);
}

static int find_made_cq(const struct lone_controller *controller, uint16_t id, struct lone_cq_private **cq,
                        struct lone_error *error)
{
    *cq = lone_cq_find(controller, id);
    if (!*cq)
        return lone_fail(error, ENXIO, "there is no completion queue %u", id);
    return check_made(controller, "completion", id, (*cq)->cq.state, &(*cq)->cq.memory, error);
}

int lone_sq_free(struct lone_controller *controller, uint16_t id, struct lone_error *error)
{
    struct lone_sq_private *sq;
    int result = find_made_sq(controller, id, &sq, error);

    if (!result)
        lone_sq_remove(controller, id, NULL);
    return result;
}

int lone_cq_free(struct lone_controller *controller, uint16_t id, struct lone_error *error)
{
    struct lone_cq_private *cq;
    int result = find_made_cq(controller, id, &cq, error);

    for (unsigned n = 0; n < controller->n_sqs && !result; n++) {
        const struct lone_sq_private *sq = controller->sqs[n];

        if (sq && sq->sq.cqid == id && sq->sq.state != LONE_QUEUE_MADE)
            result = lone_fail(error, EBUSY, "submission queue %u uses completion queue %u: delete that first", n, id);
    }
    if (!result)
        lone_cq_remove(controller, id, NULL);
    return result;
}

/* --- Memory ------------------------------------------------------------------------------------------------ */

/* Other memory for @bytes of entries: in @region, or of its own. */
static int replace(struct lone_controller *controller, struct lone_buffer *memory, struct lone_backing *backing,
                   struct lone_region *region, uint64_t offset, uint64_t bytes, struct lone_error *error)
{
    struct lone_buffer fresh;
    int result;

    if (region && (offset > region->size || bytes > region->size - offset))
        return lone_fail(error, ERANGE,
                         "the entries take %" PRIu64 " bytes, and of %" PRIu64 " bytes of memory %" PRIu64
                         " are left from offset %" PRIu64 " on: write a smaller number to entries",
                         bytes, region->size, offset > region->size ? 0 : region->size - offset, offset);
    result = region
                 ? lone_region_borrow(region, offset, bytes, &fresh, error)
                 : lone_buffer_alloc(controller->memory, bytes, lone_controller_page_size(controller), &fresh, error);
    if (result)
        return result;
    lone_give_back(controller, memory, &backing->hold);
    *memory = fresh;
    return 0;
}

/* The same memory for another number of entries. */
static int resize(struct lone_controller *controller, struct lone_buffer *memory, struct lone_backing *backing,
                  uint64_t bytes, struct lone_error *error)
{
    struct lone_region *region = memory->region;

    if (bytes == memory->size)
        return 0;
    return replace(controller, memory, backing, region, region ? memory->iova - region->iova : 0, bytes, error);
}

int lone_sq_move(struct lone_controller *controller, uint16_t id, struct lone_region *region, uint64_t offset,
                 struct lone_error *error)
{
    struct lone_sq_private *sq;
    int result = find_made_sq(controller, id, &sq, error);

    return result ? result
                  : replace(controller, &sq->sq.memory, &sq->backing, region, offset,
                            (uint64_t)sq->sq.entries * LONE_SQE_SIZE, error);
}

int lone_cq_move(struct lone_controller *controller, uint16_t id, struct lone_region *region, uint64_t offset,
                 struct lone_error *error)
{
    struct lone_cq_private *cq;
    int result = find_made_cq(controller, id, &cq, error);

    return result ? result
                  : replace(controller, &cq->cq.memory, &cq->backing, region, offset,
                            (uint64_t)cq->cq.entries * LONE_CQE_SIZE, error);
}

int lone_sq_change(struct lone_controller *controller, uint16_t id, const struct lone_sq_options *options,
                   struct lone_error *error)
{
    struct lone_sq_private *sq;
    int result = find_made_sq(controller, id, &sq, error);

    if (!result)
        result = lone_sq_set_buckets(sq, options->entries, error);
    if (!result)
        result = resize(controller, &sq->sq.memory, &sq->backing, (uint64_t)options->entries * LONE_SQE_SIZE, error);
    if (result)
        return result;
    sq->sq.entries = options->entries;
    sq->sq.cqid = options->cqid;
    sq->sq.nvmsetid = options->nvmsetid;
    sq->sq.qprio = options->qprio;
    sq->sq.pc = options->pc;
    lone_sq_rewind(sq);
    return 0;
}

int lone_cq_change(struct lone_controller *controller, uint16_t id, const struct lone_cq_options *options,
                   struct lone_error *error)
{
    struct lone_cq_private *cq;
    int result = find_made_cq(controller, id, &cq, error);

    if (!result)
        result = lone_check_entries(options->entries, error);
    if (!result)
        result = resize(controller, &cq->cq.memory, &cq->backing, (uint64_t)options->entries * LONE_CQE_SIZE, error);
    if (result)
        return result;
    cq->cq.entries = options->entries;
    cq->cq.vector = options->vector;
    cq->cq.interrupts = options->interrupts;
    cq->cq.pc = options->pc;
    lone_cq_rewind(cq);
    return 0;
}
