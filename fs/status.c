/* SPDX-License-Identifier: MIT */
/* `status`: one screen that says how things are. Reads ID and the link status, CC and CSTS, each once; and CMD where
 * CSTS.CFS is 1; nothing while the function is being reset. */
#include <inttypes.h>
#include <string.h>

#include "fs.h"
#include "nvme/events.h"
#include "nvme/interrupts.h"
#include "nvme/queue.h"
#include "nvme/trace.h"
#include "status.h"

#define SHOWN 6 /* queues of a kind that get a line */

static const struct lone_capability_at *express(struct fs *fs)
{
    size_t count;
    const struct lone_capability_at *found = lone_controller_capabilities(fs->controller, &count);

    for (size_t i = 0; i < count; i++)
        if (!strcmp(found[i].name, "PXCAP") && found[i].record)
            return &found[i];
    return NULL;
}

/* What a field of a register means, as its table says: "8.0GT", "x4". */
static void add_explained(const struct lone_record *record, const char *name, const uint8_t *bytes,
                          struct lone_text *text)
{
    const struct lone_field *field = lone_record_field(record, name);
    char meaning[96];

    lone_field_explain(field, bytes, field->bit, meaning, sizeof(meaning));
    if (meaning[0])
        lone_text_add(text, "%s", meaning);
    else
        lone_text_add(text, "%s 0x%" PRIx64, name, lone_get(record, bytes, name));
}

static void add_device(struct op *op, struct lone_text *text)
{
    struct lone_device *device = lone_controller_device(op->fs->controller);
    const struct lone_capability_at *px = express(op->fs);
    const struct lone_field *field = px ? lone_record_field(px->record, "PXLS") : NULL;
    uint32_t id, link;
    uint8_t bytes[2];

    lone_text_add(text, "device      %s\ndriver      %s%s\n", device->slot, device->driver,
                  device->can_reset ? "" : ", which cannot reset this function: it keeps its state when lonefs ends");
    if (!lone_controller_config_read(op->fs->controller, 0, 4, &id, &op->error))
        lone_text_add(text, "pcie        %04x:%04x\n", id & 0xffff, id >> 16);
    else
        lone_text_add(text, "pcie        %s\n", op->error.text);
    if (!field ||
        lone_controller_config_read(op->fs->controller, (uint16_t)(px->offset + field->bit / 8), 2, &link, &op->error))
        return;
    memcpy(bytes, &link, 2);
    lone_text_add(text, "link        ");
    add_explained(field->record, "CLS", bytes, text);
    lone_text_add(text, ", ");
    add_explained(field->record, "NLW", bytes, text);
    lone_text_add(text, "\n");
}

static const char *explain(bool enabled, bool ready, bool failed, unsigned shutdown)
{
    if (failed)
        return "fatal: the controller stopped with CSTS.CFS=1; write `reset controller` to ctl, then `init`";
    if (shutdown)
        return shutdown == 2 ? "shut down (CSTS.SHST=2): it executes nothing until `init`, or `disable` and `enable`"
                             : "shutting down (CSTS.SHST=1): cat nvme/wait/CSTS.SHST=2";
    if (enabled && ready)
        return "ready";
    if (enabled)
        return "CC.EN is 1, CSTS.RDY still 0";
    return ready ? "CC.EN is 0, CSTS.RDY still 1" : "disabled";
}

/* What the driver knows, and the one cause that only configuration space shows. */
static void add_fatal(struct op *op, struct lone_text *text)
{
    uint32_t command;

    lone_controller_explain_fatal(op->fs->controller, text);
    if (!lone_controller_config_read(op->fs->controller, 4, 2, &command, &op->error) && !(command & 1 << 2))
        lone_text_add(text, "bus master  CMD.BME is 0: the controller reaches no memory; `init` sets it\n");
}

static void add_controller(struct op *op, struct lone_text *text)
{
    struct lone_controller *controller = op->fs->controller;
    uint8_t cc[8] = {0}, csts[8] = {0};
    uint64_t value;
    const struct lone_record *r = lone_nvme_register("CSTS");

    if (lone_controller_read(controller, LONE_REG_CC, 4, &value, &op->error)) {
        lone_text_add(text, "controller  %s\n", op->error.text);
        return;
    }
    memcpy(cc, &value, 8);
    if (lone_controller_read(controller, LONE_REG_CSTS, 4, &value, &op->error)) {
        lone_text_add(text, "controller  %s\n", op->error.text);
        return;
    }
    memcpy(csts, &value, 8);
    if (value == UINT32_MAX) {
        lone_text_add(text, "controller  the device is gone: CSTS reads as all ones\n");
        return;
    }
    lone_text_add(text, "controller  %s\n",
                  explain(lone_get(lone_nvme_register("CC"), cc, "EN"), lone_get(r, csts, "RDY"),
                          lone_get(r, csts, "CFS"), (unsigned)lone_get(r, csts, "SHST")));
    if (lone_get(r, csts, "SHST"))
        lone_text_add(text, "shutdown    %s\n", lone_get(r, csts, "SHST") == 2 ? "complete" : "under way");
    if (lone_get(r, csts, "CFS"))
        add_fatal(op, text);
}

static const char *where(const struct lone_buffer *memory)
{
    return !memory->size ? ", no memory" : memory->data ? "" : ", in the controller's memory";
}

static void add_sq(const struct lone_sq *sq, struct lone_text *text)
{
    lone_text_add(
        text, "sq %-8u %s, %" PRIu32 " entries, tail %" PRIu32 ", head %" PRIu32 ", %" PRIu32 " outstanding, cq %u%s",
        sq->id, lone_queue_state_name(sq->state), sq->entries, sq->tail, sq->head, sq->outstanding, sq->cqid,
        where(&sq->memory));
    if (sq->raw)
        lone_text_add(text, ", %" PRIu32 " placed as bytes", sq->raw);
    if (sq->state == LONE_QUEUE_LIVE && sq->doorbell != sq->tail)
        lone_text_add(text, ", doorbell at %" PRIu32, sq->doorbell);
    lone_text_add(text, "\n");
}

static void add_cq(const struct lone_cq *cq, struct lone_text *text)
{
    lone_text_add(text,
                  "cq %-8u %s, %" PRIu32 " entries, head %" PRIu32 ", phase %d, vector %u%s, consumer %s, %" PRIu64
                  " strays%s\n",
                  cq->id, lone_queue_state_name(cq->state), cq->entries, cq->head, cq->phase, cq->vector,
                  cq->interrupts ? "" : " off", lone_consumer_name(cq->consumer), cq->strays, where(&cq->memory));
}

static void add_queues(struct lone_controller *controller, struct lone_text *text)
{
    unsigned n = 0;

    for (int id = lone_controller_next_sq(controller, 0); id >= 0;
         id = lone_controller_next_sq(controller, (unsigned)id + 1))
        if (n++ < SHOWN)
            add_sq(lone_controller_sq(controller, (uint16_t)id), text);
    if (n > SHOWN)
        lone_text_add(text, "sq          and %u more: see queues/sq\n", n - SHOWN);
    n = 0;
    for (int id = lone_controller_next_cq(controller, 0); id >= 0;
         id = lone_controller_next_cq(controller, (unsigned)id + 1))
        if (n++ < SHOWN)
            add_cq(lone_controller_cq(controller, (uint16_t)id), text);
    if (n > SHOWN)
        lone_text_add(text, "cq          and %u more: see queues/cq\n", n - SHOWN);
    if (lone_controller_next_sq(controller, 0) < 0)
        lone_text_add(text, "queues      none: write `admin` to queues/ctl\n");
}

static void add_interrupts(struct lone_controller *controller, struct lone_text *text)
{
    static const char *const names[] = {"poll: none are used", "intx", "msi", "msix"};
    unsigned vectors;

    lone_controller_eventfds(controller, &vectors);
    lone_text_add(text, "interrupts  %s", names[lone_controller_interrupt_mode(controller)]);
    if (vectors)
        lone_text_add(text, ", %u vector%s", vectors, vectors == 1 ? "" : "s");
    if (lone_controller_spurious(controller))
        lone_text_add(text,
                      ", whose line stays asserted: it has signalled %u times in a row without an entry in a queue, so "
                      "completions are looked for on a timer",
                      lone_controller_spurious(controller));
    lone_text_add(text, "\n");
}

static void add_commands(struct lone_controller *controller, struct lone_text *text)
{
    uint32_t requests = lone_controller_requests(controller);

    lone_text_add(text, "commands    %" PRIu32 " outstanding", lone_controller_outstanding(controller));
    if (requests)
        lone_text_add(text, ", %" PRIu32 " of them Asynchronous Event Requests that wait for an event", requests);
    lone_text_add(text, "\nevents      %u of %u requests posted, %" PRIu64 " events received: see events/log\n",
                  lone_events_posted(controller), lone_events_wanted(controller), lone_events_received(controller));
}

static void add_trace(struct lone_controller *controller, struct lone_text *text)
{
    uint64_t kept = lone_trace_next(controller) - lone_trace_oldest(controller);

    lone_text_add(text, "trace       %s, %" PRIu64 " of at most %" PRIu32 " events kept\n",
                  lone_trace_enabled(controller) ? "on" : "off", kept, lone_trace_size(controller));
}

/* Bytes of the pool that queues have. */
static uint64_t queue_memory(struct lone_controller *controller)
{
    uint64_t pages = 0;

    for (int id = lone_controller_next_sq(controller, 0); id >= 0;
         id = lone_controller_next_sq(controller, (unsigned)id + 1))
        pages += lone_controller_sq(controller, (uint16_t)id)->memory.pages;
    for (int id = lone_controller_next_cq(controller, 0); id >= 0;
         id = lone_controller_next_cq(controller, (unsigned)id + 1))
        pages += lone_controller_cq(controller, (uint16_t)id)->memory.pages;
    return pages * lone_memory_page_size(lone_controller_memory(controller));
}

static void add_memory(struct lone_controller *controller, struct lone_text *text)
{
    const struct lone_memory *memory = lone_controller_memory(controller);
    uint64_t mapped, used;
    char pages[LONE_MEMORY_TEXT];

    lone_memory_usage(memory, &mapped, &used);
    lone_memory_describe(memory, pages, sizeof(pages));
    lone_text_add(text,
                  "memory      %" PRIu64 " bytes mapped for the device, %" PRIu64 " in use (%" PRIu64
                  " by queues), %" PRIu64 " kept because it may still write them\n"
                  "pages       %s\n",
                  mapped, used, queue_memory(controller), lone_controller_kept(controller), pages);
}

static void add_own_memory(struct lone_controller *controller, enum lone_where_memory where, const char *name,
                           struct lone_text *text)
{
    const struct lone_region *window = lone_controller_memory_window(controller, where);

    if (window)
        lone_text_add(text, "%-11s %" PRIu64 " bytes of BAR %u, set up at 0x%" PRIx64 "%s\n", name, window->size,
                      window->bar, window->iova, lone_window_empty(window) ? ", unused" : "");
}

int status_show(struct op *op, struct lone_text *text)
{
    struct lone_controller *controller = op->fs->controller;

    if (lone_controller_resetting(controller)) {
        lone_text_add(text, "controller  the function is being reset: what needs it waits until that is over\n");
    } else {
        add_device(op, text);
        add_controller(op, text);
    }
    lone_text_add(text, "generation  %" PRIu64 "\n", lone_controller_generation(controller));
    add_interrupts(controller, text);
    add_queues(controller, text);
    add_commands(controller, text);
    add_memory(controller, text);
    add_own_memory(controller, LONE_IN_CMB, "cmb", text);
    add_own_memory(controller, LONE_IN_PMR, "pmr", text);
    add_trace(controller, text);
    lone_text_add(text, "errors      %" PRIu64 " since the mount, see error_log\n", op->fs->n_errors);
    return 0;
}
