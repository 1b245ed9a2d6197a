/* SPDX-License-Identifier: MIT */
/* The controller's side of a queue: the commands that create and delete it, and queues that were set up by hand. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "nvme/controller_internal.h"
#include "nvme/prp.h"

/* --- Queues that somebody else created --------------------------------------------------------------------- */

static bool is_create_cq(const struct lone_queue_command *what)
{
    return what->opcode == LONE_OPC_CREATE_CQ;
}

static struct lone_created *find_created(const struct lone_controller *controller, bool completion_queue, uint16_t id)
{
    struct lone_created *created;

    SLIST_FOREACH(created, &controller->created, link)
    if (is_create_cq(&created->what) == completion_queue && (created->what.cdw10 & 0xffff) == id)
        break;
    return created;
}

/* Without memory to remember it in, who adopts the queue has to say what it is. */
void lone_created_add(struct lone_controller *controller, const struct lone_queue_command *what)
{
    struct lone_created *created = find_created(controller, is_create_cq(what), what->cdw10 & 0xffff);

    if (!created) {
        created = malloc(sizeof(*created));
        if (!created)
            return;
        SLIST_INSERT_HEAD(&controller->created, created, link);
    }
    created->what = *what;
}

void lone_created_remove(struct lone_controller *controller, bool completion_queue, uint16_t id)
{
    struct lone_created *created = find_created(controller, completion_queue, id);

    if (created)
        SLIST_REMOVE(&controller->created, created, lone_created, link);
    free(created);
}

void lone_created_clear(struct lone_controller *controller)
{
    struct lone_created *created;

    while ((created = SLIST_FIRST(&controller->created))) {
        SLIST_REMOVE_HEAD(&controller->created, link);
        free(created);
    }
}

/* Invalid Queue Identifier (5.6.1, 5.7.1); of a completion queue some say Completion Queue Invalid. */
bool lone_says_no_queue(uint8_t opcode, uint16_t status)
{
    return status == LONE_SC_QUEUE_ID || (opcode == LONE_OPC_DELETE_CQ && status == LONE_SC_CQ_INVALID);
}

/* --- Create ------------------------------------------------------------------------------------------------ */

static int check_made(const char *kind, uint16_t id, enum lone_queue_state state, struct lone_error *error)
{
    if (id == 0)
        return lone_fail(error, EINVAL,
                         "no command creates or deletes the admin queues: write `admin` to queues/ctl, or set AQA, ASQ "
                         "and ACQ and write `adopt`");
    if (state == LONE_QUEUE_MADE)
        return 0;
    return lone_fail(error, EBUSY, "%s queue %u is %s already", kind, id,
                     state == LONE_QUEUE_CREATING ? "being created" : lone_queue_state_name(state));
}

static int check_memory(const struct lone_controller *controller, const struct lone_buffer *memory,
                        struct lone_error *error)
{
    if (lone_is_admin_memory(controller, memory))
        return lone_fail(error, EBUSY, "the admin queues lie in this memory");
    return memory->region ? lone_controller_memory_check(memory->region, error) : 0;
}

/* What PRP1 names: the memory itself, or a PRP list of its pages. */
static int locate(struct lone_controller *controller, const struct lone_buffer *memory, bool pc,
                  struct lone_backing *backing, uint64_t *prp1, struct lone_error *error)
{
    uint32_t page = controller->page_size;
    uint64_t pages = (memory->size + page - 1) / page;
    struct lone_buffer list;
    int result;

    *prp1 = memory->iova;
    if (pc)
        return 0;
    result = lone_buffer_alloc(controller->memory, lone_prp_pages_size(pages, page, 0), page, &list, error);
    if (result)
        return result;
    lone_give_back(controller, &backing->list, &backing->hold);
    backing->list = list;
    *prp1 = list.iova;
    return lone_prp_pages_build(memory->iova, pages, page, &list, error);
}

/* NVMe Base 2.0, 5.4 and 5.5: PRP1; CDW10 QSIZE, QID. */
static void fill(struct lone_cmd *cmd, uint8_t opcode, uint16_t id, uint32_t entries, uint64_t prp1)
{
    memset(cmd->sqe, 0, sizeof(cmd->sqe));
    cmd->sqid = 0;
    cmd->pointers = LONE_POINTERS_MANUAL;
    cmd->sqe[0] = opcode;
    lone_put64(cmd->sqe + LONE_SQE_PRP1, prp1);
    lone_put32(cmd->sqe + LONE_SQE_CDW10, (entries - 1) << 16 | id);
}

/* Before its entry is filled: the controller may still be reading that of the command under way. */
static int check_idle(const struct lone_cmd *cmd, struct lone_error *error)
{
    if (cmd->own->where != LONE_FLYING)
        return 0;
    return lone_fail(error, EBUSY, "the command is outstanding already: wait for it, or use another one");
}

static int submit_creation(struct lone_cmd *cmd, struct lone_error *error)
{
    int result;

    cmd->own->creates = true;
    result = lone_cmd_submit(cmd, error);
    if (result)
        cmd->own->creates = false;
    return result;
}

int lone_sq_create(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_sq_private *sq = lone_sq_find(controller, id), *admin;
    uint64_t prp1;
    int result = sq ? check_made("submission", id, sq->sq.state, error)
                    : lone_fail(error, ENXIO, "there is no submission queue %u", id);

    if (!result)
        result = check_idle(cmd, error);
    if (!result)
        result = lone_sq_usable(controller, 0, &admin, error);
    if (!result)
        result = check_memory(controller, &sq->sq.memory, error);
    if (!result)
        result = lone_sq_restart(sq, error);
    if (!result)
        result = locate(controller, &sq->sq.memory, sq->sq.pc, &sq->backing, &prp1, error);
    if (result)
        return result;
    fill(cmd, LONE_OPC_CREATE_SQ, id, sq->sq.entries, prp1);
    lone_put32(cmd->sqe + LONE_SQE_CDW11, (uint32_t)sq->sq.cqid << 16 | (uint32_t)(sq->sq.qprio & 3) << 1 | sq->sq.pc);
    lone_put32(cmd->sqe + LONE_SQE_CDW12, sq->sq.nvmsetid);
    result = submit_creation(cmd, error);
    if (!result)
        sq->sq.state = LONE_QUEUE_CREATING;
    return result;
}

int lone_cq_create(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_cq_private *cq = lone_cq_find(controller, id);
    struct lone_sq_private *admin;
    uint64_t prp1;
    int result = cq ? check_made("completion", id, cq->cq.state, error)
                    : lone_fail(error, ENXIO, "there is no completion queue %u", id);

    if (!result)
        result = check_idle(cmd, error);
    if (!result)
        result = lone_sq_usable(controller, 0, &admin, error);
    if (!result)
        result = check_memory(controller, &cq->cq.memory, error);
    if (!result)
        result = lone_cq_restart(cq, error);
    if (!result)
        result = locate(controller, &cq->cq.memory, cq->cq.pc, &cq->backing, &prp1, error);
    if (result)
        return result;
    fill(cmd, LONE_OPC_CREATE_CQ, id, cq->cq.entries, prp1);
    lone_put32(cmd->sqe + LONE_SQE_CDW11, (uint32_t)cq->cq.vector << 16 | (uint32_t)cq->cq.interrupts << 1 | cq->cq.pc);
    result = submit_creation(cmd, error);
    if (!result)
        cq->cq.state = LONE_QUEUE_CREATING;
    return result;
}

/* --- Delete ------------------------------------------------------------------------------------------------ */

/* 5.6 and 5.7: CDW10 QID. Whether there is such a queue, and whether it may go, the controller says. */
static int submit_deletion(uint16_t id, uint8_t opcode, struct lone_cmd *cmd, struct lone_error *error)
{
    int result = id ? check_idle(cmd, error) : check_made("", 0, LONE_QUEUE_LIVE, error);

    if (result)
        return result;
    fill(cmd, opcode, id, 1, 0);
    return lone_cmd_submit(cmd, error);
}

int lone_sq_delete(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error)
{
    (void)controller;
    return submit_deletion(id, LONE_OPC_DELETE_SQ, cmd, error);
}

int lone_cq_delete(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error)
{
    (void)controller;
    return submit_deletion(id, LONE_OPC_DELETE_CQ, cmd, error);
}

/* --- Adopt: I/O queues ------------------------------------------------------------------------------------- */

static int check_adoptable(const struct lone_controller *controller, const char *kind, uint16_t id,
                           enum lone_queue_state state, struct lone_error *error)
{
    int result = check_made(kind, id, state, error);

    if (!result && !controller->enabled)
        result = lone_fail(error, ENXIO, "the controller is disabled, so it has no I/O queues: write `enable` to ctl");
    return result;
}

/* The memory that the Create has named, of @size bytes: that of the queue itself, or of a region. PC=0: PRP1 names a
 * list of its pages, which is believed to be that of the queue's own. */
static int find_created_memory(const struct lone_controller *controller, const struct lone_queue_command *what,
                               const struct lone_buffer *own, uint64_t size, struct lone_buffer *found,
                               struct lone_error *error)
{
    uint64_t at = what->cdw11 & 1 ? what->prp1 : own->iova;
    struct lone_region *region = lone_region_at(controller->memory, at);
    uint64_t page = lone_memory_page_size(controller->memory);

    if (region && !lone_region_borrow(region, at - region->iova, size, found, NULL))
        return 0;
    *found = *own;
    found->size = size;
    if (!own->region && own->iova == at && size <= own->pages * page)
        return 0;
    return lone_fail(error, ENXIO,
                     "the controller has this queue with %" PRIu64 " bytes of entries at 0x%" PRIx64
                     ", as its Create said, and these are neither the %" PRIu64 " bytes at 0x%" PRIx64
                     " of this one nor in an object in mem/",
                     size, at, own->size, own->iova);
}

static void move_to(struct lone_controller *controller, struct lone_buffer *memory, struct lone_backing *backing,
                    const struct lone_buffer *found)
{
    struct lone_buffer before = *memory;

    *memory = *found;
    if (before.region || found->region)
        lone_give_back(controller, &before, &backing->hold);
}

static int take_created_sq(struct lone_controller *controller, struct lone_sq_private *sq,
                           const struct lone_queue_command *what, struct lone_error *error)
{
    uint32_t entries = (what->cdw10 >> 16) + 1;
    struct lone_buffer found;
    int result = lone_sq_set_buckets(sq, entries, error);

    if (!result)
        result =
            find_created_memory(controller, what, &sq->sq.memory, (uint64_t)entries * LONE_SQE_SIZE, &found, error);
    if (result)
        return result;
    move_to(controller, &sq->sq.memory, &sq->backing, &found);
    sq->sq.entries = entries;
    sq->sq.cqid = (uint16_t)(what->cdw11 >> 16);
    sq->sq.qprio = what->cdw11 >> 1 & 3;
    sq->sq.pc = what->cdw11 & 1;
    return 0;
}

static int take_created_cq(struct lone_controller *controller, struct lone_cq_private *cq,
                           const struct lone_queue_command *what, struct lone_error *error)
{
    uint32_t entries = (what->cdw10 >> 16) + 1;
    struct lone_buffer found;
    int result = lone_check_entries(entries, error);

    if (!result)
        result =
            find_created_memory(controller, what, &cq->cq.memory, (uint64_t)entries * LONE_CQE_SIZE, &found, error);
    if (result)
        return result;
    move_to(controller, &cq->cq.memory, &cq->backing, &found);
    cq->cq.entries = entries;
    cq->cq.vector = (uint16_t)(what->cdw11 >> 16);
    cq->cq.interrupts = what->cdw11 >> 1 & 1;
    cq->cq.pc = what->cdw11 & 1;
    return 0;
}

int lone_sq_adopt(struct lone_controller *controller, uint16_t id, struct lone_error *error)
{
    struct lone_sq_private *sq = lone_sq_find(controller, id);
    const struct lone_created *created = find_created(controller, false, id);
    int result = sq ? check_adoptable(controller, "submission", id, sq->sq.state, error)
                    : lone_fail(error, ENXIO, "there is no submission queue %u", id);

    if (!result && created)
        result = take_created_sq(controller, sq, &created->what, error);
    if (result)
        return result;
    lone_sq_rewind(sq);
    lone_sq_live(controller, sq);
    return 0;
}

int lone_cq_adopt(struct lone_controller *controller, uint16_t id, struct lone_error *error)
{
    struct lone_cq_private *cq = lone_cq_find(controller, id);
    const struct lone_created *created = find_created(controller, true, id);
    int result = cq ? check_adoptable(controller, "completion", id, cq->cq.state, error)
                    : lone_fail(error, ENXIO, "there is no completion queue %u", id);

    if (!result && created)
        result = take_created_cq(controller, cq, &created->what, error);
    if (result)
        return result;
    lone_cq_rewind(cq);
    lone_cq_live(controller, cq);
    return 0;
}

/* --- Adopt: admin queues ----------------------------------------------------------------------------------- */

struct named {
    uint64_t aqa, asq, acq;
    uint32_t sq_entries, cq_entries;
    struct lone_buffer sq, cq;
};

static int read_registers(struct lone_controller *controller, struct named *named, struct lone_error *error)
{
    uint32_t csts;
    int result = lone_controller_csts(controller, &csts, error);

    if (!result)
        result = lone_read_capabilities(controller, error);
    if (!result)
        result = lone_controller_read(controller, LONE_REG_AQA, 4, &named->aqa, error);
    if (!result)
        result = lone_controller_read(controller, LONE_REG_ASQ, 8, &named->asq, error);
    if (!result)
        result = lone_controller_read(controller, LONE_REG_ACQ, 8, &named->acq, error);
    if (result)
        return result;
    named->sq_entries = (uint32_t)lone_register_field("AQA", named->aqa, "ASQS") + 1;
    named->cq_entries = (uint32_t)lone_register_field("AQA", named->aqa, "ACQS") + 1;
    result = lone_check_entries(named->sq_entries, error);
    return result ? result : lone_check_entries(named->cq_entries, error);
}

static bool is_inside(const struct lone_controller *controller, const struct lone_buffer *memory, uint64_t iova,
                      uint64_t size)
{
    uint64_t all = memory->pages * lone_memory_page_size(controller->memory);

    return memory->size && iova >= memory->iova && iova - memory->iova <= all && size <= all - (iova - memory->iova);
}

/* @from has it: the admin queue's own memory if it begins there, or a part of another queue's, which is not freed as
 * long as the admin queues lie in it (0 pages: not theirs to give back). */
static bool borrow(const struct lone_controller *controller, const struct lone_buffer *from, bool own, uint64_t iova,
                   uint64_t size, struct lone_buffer *memory)
{
    uint64_t at = iova - from->iova;

    if (from->region || !is_inside(controller, from, iova, size) || (own && at))
        return false;
    *memory = *from;
    memory->size = size;
    if (own)
        return true;
    memory->data = from->data + at;
    memory->iova = iova;
    memory->pages = 0;
    return true;
}

static int find_memory(const struct lone_controller *controller, uint64_t iova, uint64_t size,
                       const struct lone_buffer *own, const char *name, struct lone_buffer *memory,
                       struct lone_error *error)
{
    struct lone_region *region = lone_region_at(controller->memory, iova);

    if (region && !lone_region_borrow(region, iova - region->iova, size, memory, NULL))
        return 0;
    if (own && borrow(controller, own, true, iova, size, memory))
        return 0;
    for (unsigned id = 1; id < controller->n_sqs; id++)
        if (controller->sqs[id] && controller->sqs[id]->sq.state == LONE_QUEUE_MADE &&
            borrow(controller, &controller->sqs[id]->sq.memory, false, iova, size, memory))
            return 0;
    for (unsigned id = 1; id < controller->n_cqs; id++)
        if (controller->cqs[id] && controller->cqs[id]->cq.state == LONE_QUEUE_MADE &&
            borrow(controller, &controller->cqs[id]->cq.memory, false, iova, size, memory))
            return 0;
    return lone_fail(error, ENXIO,
                     "%s names 0x%" PRIx64 " and needs %" PRIu64 " bytes there: no queue that is only made and no "
                     "object in mem/ has them",
                     name, iova, size);
}

/* The old memory may be in use until a reset if the registers were changed under a controller that is enabled, or that
 * was and is not known to have stopped. */
static void move_in(struct lone_controller *controller, struct lone_buffer *memory, struct lone_backing *backing,
                    const struct lone_buffer *found)
{
    if (found->iova == memory->iova && !found->region) {
        memory->size = found->size;
        return;
    }
    if (controller->reachable)
        lone_keep(controller, memory, LONE_HOLD_RESET, 0);
    else
        lone_give_back(controller, memory, &backing->hold);
    *memory = *found;
}

/* Those that are not there yet, with memory that is given up at once. */
static int make_missing(struct lone_controller *controller, struct lone_error *error)
{
    const struct lone_sq_options sq = {.entries = 2, .pc = true};
    const struct lone_cq_options cq = {.entries = 2, .pc = true};
    struct lone_sq_private *new_sq;
    struct lone_cq_private *new_cq;
    int result = 0;

    if (!lone_sq_find(controller, 0))
        result = lone_sq_make(controller, 0, &sq, 1, &new_sq, error);
    if (!result && !lone_cq_find(controller, 0))
        result = lone_cq_make(controller, 0, &cq, 1, &new_cq, error);
    return result;
}

static void adopt(struct lone_controller *controller, struct named *named)
{
    struct lone_sq_private *sq = lone_sq_find(controller, 0);
    struct lone_cq_private *cq = lone_cq_find(controller, 0);

    move_in(controller, &sq->sq.memory, &sq->backing, &named->sq);
    move_in(controller, &cq->cq.memory, &cq->backing, &named->cq);
    sq->sq.entries = named->sq_entries;
    cq->cq.entries = named->cq_entries;
    cq->cq.interrupts = controller->vectors.n > 0;
    cq->cq.vector = 0;
    sq->backing.stays = cq->backing.stays = false;
    lone_put32(controller->named, (uint32_t)named->aqa);
    lone_put64(controller->named + LONE_REG_ASQ - LONE_REG_AQA, named->asq);
    lone_put64(controller->named + LONE_REG_ACQ - LONE_REG_AQA, named->acq);
    memcpy(controller->shadow + LONE_REG_AQA, controller->named, LONE_NAMED_SIZE);
    controller->admin_cc = lone_controller_shadow32(controller, LONE_REG_CC) & ~1u;
    lone_sq_rewind(sq);
    lone_cq_rewind(cq);
    sq->sq.state = cq->cq.state = LONE_QUEUE_DISABLED;
    if (!controller->enabled)
        return;
    lone_sq_live(controller, sq);
    lone_cq_live(controller, cq);
}

int lone_controller_adopt_admin(struct lone_controller *controller, struct lone_error *error)
{
    struct lone_sq_private *sq = lone_sq_find(controller, 0);
    struct lone_cq_private *cq = lone_cq_find(controller, 0);
    struct named named = {0};
    int result;

    if (sq && sq->sq.state == LONE_QUEUE_LIVE)
        return lone_fail(error, EBUSY, "the admin queues are live already");
    result = read_registers(controller, &named, error);
    if (!result)
        result = find_memory(controller, named.asq, (uint64_t)named.sq_entries * LONE_SQE_SIZE,
                             sq ? &sq->sq.memory : NULL, "ASQ", &named.sq, error);
    if (result)
        return result;
    result = find_memory(controller, named.acq, (uint64_t)named.cq_entries * LONE_CQE_SIZE, cq ? &cq->cq.memory : NULL,
                         "ACQ", &named.cq, error);
    if (!result && !controller->enabled)
        result = lone_interrupts_apply(controller, error);
    if (!result)
        result = make_missing(controller, error);
    if (!result)
        result = lone_sq_set_buckets(lone_sq_find(controller, 0), named.sq_entries, error);
    if (!result) {
        adopt(controller, &named);
        return 0;
    }
    if (named.sq.region)
        lone_buffer_free(controller->memory, &named.sq);
    if (named.cq.region)
        lone_buffer_free(controller->memory, &named.cq);
    return result;
}
