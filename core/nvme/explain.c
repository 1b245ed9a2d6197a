/* SPDX-License-Identifier: MIT */
/* Why nothing completes: what the controller's registers say, and what was done last, in words. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "nvme/controller_internal.h"

/* --- A command that does not complete ---------------------------------------------------------------------- */

static unsigned csts_field(uint32_t csts, const char *name)
{
    return (unsigned)lone_register_field("CSTS", csts, name);
}

static void explain_csts(uint32_t csts, char *text, size_t size)
{
    if (csts_field(csts, "CFS"))
        snprintf(text, size,
                 "CSTS.CFS is 1 (CSTS is 0x%" PRIx32 "): the controller met a fatal error and stopped, `status` says "
                 "more: write `reset controller` to ctl, then `init`",
                 csts);
    else if (csts_field(csts, "SHST"))
        snprintf(text, size,
                 "CSTS.SHST is %u: the controller is shut down and executes no commands until it is reset: write "
                 "`disable` and `enable` to ctl, or `init`",
                 csts_field(csts, "SHST"));
    else if (!csts_field(csts, "RDY"))
        snprintf(text, size, "CSTS.RDY is 0: the controller is not ready: write `init` to ctl");
    else if (csts_field(csts, "PP"))
        snprintf(text, size, "CSTS.PP is 1: the controller has paused processing commands");
    else
        snprintf(text, size, "CSTS is 0x%" PRIx32 ": the controller is ready and reports no error", csts);
}

/* It may have completed, and nobody has looked. */
static void explain_consumer(const struct lone_cmd *cmd, char *text, size_t size)
{
    const struct lone_controller *controller = cmd->own->controller;
    const struct lone_sq *sq = lone_controller_sq(controller, cmd->own->sqid);
    const struct lone_cq *cq = sq ? lone_controller_cq(controller, sq->cqid) : NULL;

    if (cq && cq->consumer != LONE_CONSUMER_AUTO)
        snprintf(text, size,
                 ". lonefs does not take the completions of completion queue %u: its consumer is %s: write `auto` to "
                 "queues/cq/%u/consumer",
                 cq->id, lone_consumer_name(cq->consumer), cq->id);
}

/* A doorbell that a script has written says what the controller was told last, and it may be wrong. */
static size_t explain_doorbell(const char *name, uint16_t id, const struct lone_backing *backing, uint32_t entries,
                               char *text, size_t size)
{
    int n;

    if (!backing->rung)
        return 0;
    n = snprintf(text, size, ". %s%u%s was written by hand, 0x%" PRIx32 " last%s", name, id,
                 name[0] == 'S' ? "TDBL" : "HDBL", backing->rung_value,
                 backing->rung_value >= entries ? ", which is outside of the queue" : "");
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static void explain_doorbells(const struct lone_cmd *cmd, char *text, size_t size)
{
    const struct lone_sq_private *sq = lone_sq_find(cmd->own->controller, cmd->own->sqid);
    const struct lone_cq_private *cq = sq ? lone_cq_find(cmd->own->controller, sq->sq.cqid) : NULL;
    size_t length = sq ? explain_doorbell("SQ", sq->sq.id, &sq->backing, sq->sq.entries, text, size) : 0;

    if (cq)
        explain_doorbell("CQ", cq->cq.id, &cq->backing, cq->cq.entries, text + length, size - length);
}

int lone_cmd_late(const struct lone_cmd *cmd, struct lone_error *error)
{
    uint64_t passed = lone_now() - cmd->submitted_ns;
    struct lone_error why;
    uint32_t csts;
    int result = lone_controller_csts(cmd->own->controller, &csts, &why);
    size_t length;

    if (!result)
        explain_csts(csts, why.text, sizeof(why.text));
    length = strlen(why.text);
    if (!result)
        explain_consumer(cmd, why.text + length, sizeof(why.text) - length);
    length = strlen(why.text);
    if (!result)
        explain_doorbells(cmd, why.text + length, sizeof(why.text) - length);
    return lone_fail(error, result == -ENODEV ? ENODEV : ETIMEDOUT,
                     "no completion for CID 0x%x on queue %u %.3f s after it was submitted; it stays outstanding. %s",
                     cmd->own->cid, cmd->own->sqid, (double)passed / 1e9, why.text);
}

int lone_cmd_lost(const struct lone_cmd *cmd, struct lone_error *error)
{
    if (cmd->own->deleted)
        return lone_fail(error, ESHUTDOWN, "submission queue %u was deleted under the command", cmd->own->sqid);
    return lone_fail(error, ESHUTDOWN, "the controller was reset or disabled under the command");
}

/* --- CSTS.CFS ---------------------------------------------------------------------------------------------- */

void lone_follow_fatal(struct lone_controller *controller, bool fatal)
{
    if (fatal && !controller->fatal)
        controller->fatal_after = controller->trace.last;
    controller->fatal = fatal;
}

static void add_doorbell_fault(const struct lone_controller *controller, const struct lone_trace_event *event,
                               struct lone_text *text)
{
    const char *kind = event->completion_queue ? "completion" : "submission";
    const struct lone_sq *sq = lone_controller_sq(controller, event->queue);
    const struct lone_cq *cq = lone_controller_cq(controller, event->queue);
    bool known = event->completion_queue ? cq != NULL : sq != NULL;
    uint32_t entries = !known ? 0 : event->completion_queue ? cq->entries : sq->entries;

    if (!known)
        lone_text_add(text, ", and lonefs knows no %s queue %u", kind, event->queue);
    else if (event->value >= entries)
        lone_text_add(text, ", and %s queue %u has %" PRIu32 " entries", kind, event->queue, entries);
}

static void add_last_write(const struct lone_controller *controller, struct lone_text *text)
{
    struct lone_trace_event event = controller->fatal_after;
    char name[64];

    if (!event.width)
        return;
    lone_trace_recognize(controller, &event);
    lone_trace_name(controller, &event, name, sizeof(name));
    lone_text_add(text, "last write  %s%s0x%" PRIx64 " (BAR 0, 0x%" PRIx64 "), before CFS was seen", name,
                  name[0] ? " = " : "", event.value, event.offset);
    if (event.kind == LONE_TRACE_DOORBELL)
        add_doorbell_fault(controller, &event, text);
    lone_text_add(text, "\n");
}

static void add_last_command(const struct lone_controller *controller, struct lone_text *text)
{
    const struct lone_cmd_private *own = TAILQ_LAST(&controller->flying, lone_cmd_list);
    const struct lone_opcode *opcode =
        own ? lone_opcode_numbered(own->sqid ? LONE_IO : LONE_ADMIN, own->cmd->sqe[0]) : NULL;

    if (own)
        lone_text_add(text, "last cmd    %s (opcode 0x%x), CID 0x%x on queue %u, of %" PRIu32 " outstanding\n",
                      opcode ? opcode->name : "unknown", own->cmd->sqe[0], own->cid, own->sqid,
                      controller->outstanding);
}

static void add_admin_fault(const struct lone_controller *controller, struct lone_text *text)
{
    if (lone_sq_find(controller, 0) && memcmp(controller->shadow + LONE_REG_AQA, controller->named, LONE_NAMED_SIZE))
        lone_text_add(text,
                      "admin       AQA, ASQ and ACQ do not name the admin queues that lonefs made: ASQ 0x%" PRIx64
                      ", ACQ 0x%" PRIx64 "\n",
                      lone_get64(controller->shadow + LONE_REG_ASQ), lone_get64(controller->shadow + LONE_REG_ACQ));
}

static uint64_t cc_field(const struct lone_controller *controller, const char *name)
{
    return lone_register_field("CC", lone_controller_shadow32(controller, LONE_REG_CC), name);
}

static uint64_t cap_field(const struct lone_controller *controller, const char *name)
{
    return lone_register_field("CAP", controller->cap, name);
}

/* What CC asks for and CAP does not offer (NVMe Base 2.0, 3.1.3.1 and 3.1.3.5). CAP 0: it was never read. */
static void add_offer_faults(const struct lone_controller *controller, struct lone_text *text)
{
    unsigned mps = (unsigned)cc_field(controller, "MPS"), css = (unsigned)cc_field(controller, "CSS"),
             ams = (unsigned)cc_field(controller, "AMS"), offered = (unsigned)cap_field(controller, "CSS");
    /* CSS 000b wants bit 0 of CAP.CSS, 110b bit 6, 111b bit 7; the others are reserved */
    bool has_css = css == 0 ? offered & 1 : css >= 6 && offered >> css & 1;
    /* AMS 001b, weighted round robin with an urgent class: bit 0; 111b, vendor specific: bit 1 */
    bool has_ams =
        ams == 0 || (ams == 1 && cap_field(controller, "AMS") & 1) || (ams == 7 && cap_field(controller, "AMS") & 2);

    if (!controller->cap)
        return;
    if (mps < cap_field(controller, "MPSMIN") || mps > cap_field(controller, "MPSMAX"))
        lone_text_add(text, "CC.MPS      0x%x, and the controller has 0x%x to 0x%x (CAP.MPSMIN, MPSMAX)\n", mps,
                      (unsigned)cap_field(controller, "MPSMIN"), (unsigned)cap_field(controller, "MPSMAX"));
    if (!has_css)
        lone_text_add(text, "CC.CSS      0x%x, which the controller does not have: CAP.CSS is 0x%x\n", css, offered);
    if (!has_ams)
        lone_text_add(text, "CC.AMS      0x%x, which the controller does not have: CAP.AMS is 0x%x\n", ams,
                      (unsigned)cap_field(controller, "AMS"));
}

/* The sizes of entries as powers of two: 64 and 16 bytes are what all command sets have (3.1.3.5). They are those of
 * I/O queues, but some controllers stop for them as soon as they are enabled. */
static void add_entry_size_faults(const struct lone_controller *controller, struct lone_text *text)
{
    if (cc_field(controller, "IOSQES") != 6)
        lone_text_add(text, "CC.IOSQES   0x%x, and an entry of an I/O submission queue has 2^6 bytes\n",
                      (unsigned)cc_field(controller, "IOSQES"));
    if (cc_field(controller, "IOCQES") != 4)
        lone_text_add(text, "CC.IOCQES   0x%x, and an entry of an I/O completion queue has 2^4 bytes\n",
                      (unsigned)cc_field(controller, "IOCQES"));
}

/* Were AQA, ASQ and ACQ ever written? Who found the controller enabled does not know them. */
static bool knows_admin_registers(const struct lone_controller *controller)
{
    static const uint8_t never[LONE_NAMED_SIZE];

    return memcmp(controller->shadow + LONE_REG_AQA, never, sizeof(never)) != 0;
}

/* Admin queues begin at a page of CC.MPS (3.1.3.9 and 3.1.3.10) and have 2 entries at least (3.1.3.8). */
static void add_address_fault(const struct lone_controller *controller, const char *name, uint32_t reg,
                              const char *entries, struct lone_text *text)
{
    uint64_t address = lone_get64(controller->shadow + reg);
    uint32_t page = lone_controller_page_size(controller);

    if (!knows_admin_registers(controller))
        return;
    if (address % page)
        lone_text_add(
            text, "%s         0x%" PRIx64 ", and CC.MPS makes pages of %" PRIu32 " bytes: it does not begin at one\n",
            name, address, page);
    if (!lone_register_field("AQA", lone_controller_shadow32(controller, LONE_REG_AQA), entries))
        lone_text_add(text, "AQA.%s    0: an admin queue has 2 entries at least\n", entries);
}

/* What a Controller Memory Buffer may hold: CMBSZ (3.1.3.12). */
static void add_buffer_fault(const struct lone_controller *controller, const char *kind, uint16_t id,
                             enum lone_queue_state state, const struct lone_buffer *memory, const char *support,
                             struct lone_text *text)
{
    const struct lone_region *region = memory->region, *window = controller->cmb.window;

    if (state != LONE_QUEUE_LIVE || !region || !window || region->data || region->bar != window->bar ||
        lone_register_field("CMBSZ", controller->cmbsz, support))
        return;
    lone_text_add(text,
                  "queue       %s queue %u lies in the Controller Memory Buffer, which takes none: CMBSZ.%s is 0\n",
                  kind, id, support);
}

/* @needs: what the controller must be able to do with the memory of such a queue. */
static void add_queue_fault(const char *kind, uint16_t id, enum lone_queue_state state,
                            const struct lone_buffer *memory, enum lone_dma_access needs, struct lone_text *text)
{
    const struct lone_region *region = memory->region;

    if (state != LONE_QUEUE_LIVE || !region || (region->mapped && region->access & needs))
        return;
    lone_text_add(text, "queue       the controller cannot %s the memory of %s queue %u: %s\n",
                  needs == LONE_DMA_READ ? "read" : "write", kind, id,
                  region->mapped ? "its `access` does not let it" : "it is not mapped");
}

static void add_queue_faults(const struct lone_controller *controller, struct lone_text *text)
{
    for (int id = lone_controller_next_sq(controller, 0); id >= 0;
         id = lone_controller_next_sq(controller, (unsigned)id + 1)) {
        const struct lone_sq *sq = lone_controller_sq(controller, (uint16_t)id);

        add_queue_fault("submission", sq->id, sq->state, &sq->memory, LONE_DMA_READ, text);
        add_buffer_fault(controller, "submission", sq->id, sq->state, &sq->memory, "SQS", text);
    }
    for (int id = lone_controller_next_cq(controller, 0); id >= 0;
         id = lone_controller_next_cq(controller, (unsigned)id + 1)) {
        const struct lone_cq *cq = lone_controller_cq(controller, (uint16_t)id);

        add_queue_fault("completion", cq->id, cq->state, &cq->memory, LONE_DMA_WRITE, text);
        add_buffer_fault(controller, "completion", cq->id, cq->state, &cq->memory, "CQS", text);
    }
}

void lone_controller_explain_fatal(const struct lone_controller *controller, struct lone_text *text)
{
    lone_text_add(text,
                  "CFS         an error that no completion can report: an address, a queue or a doorbell that the "
                  "controller cannot use, or a fault of its own\n");
    add_last_write(controller, text);
    add_last_command(controller, text);
    add_admin_fault(controller, text);
    add_address_fault(controller, "ASQ", LONE_REG_ASQ, "ASQS", text);
    add_address_fault(controller, "ACQ", LONE_REG_ACQ, "ACQS", text);
    add_offer_faults(controller, text);
    add_entry_size_faults(controller, text);
    add_queue_faults(controller, text);
    lone_text_add(text, "recovery    write `reset controller` to ctl, then `init`; if CFS stays 1, `reset flr`, then "
                        "`init`\n");
}
