/* SPDX-License-Identifier: MIT */
/* `status`: one screen that says how things are. Reads each register it shows once. */
#include <inttypes.h>
#include <string.h>

#include "fs.h"
#include "status.h"

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

static const char *explain(bool enabled, bool ready, bool failed)
{
    if (failed)
        return "fatal: the controller stopped with CSTS.CFS=1; write `reset controller` to ctl, then `init`";
    if (enabled && ready)
        return "ready";
    if (enabled)
        return "CC.EN is 1, CSTS.RDY still 0";
    return ready ? "CC.EN is 0, CSTS.RDY still 1" : "disabled";
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
    lone_text_add(
        text, "controller  %s\n",
        explain(lone_get(lone_nvme_register("CC"), cc, "EN"), lone_get(r, csts, "RDY"), lone_get(r, csts, "CFS")));
    if (lone_get(r, csts, "SHST"))
        lone_text_add(text, "shutdown    %s\n", lone_get(r, csts, "SHST") == 2 ? "complete" : "under way");
}

static void add_queues(struct op *op, struct lone_text *text)
{
    struct lone_controller *controller = op->fs->controller;

    for (int id = lone_controller_next_sq(controller, 0); id >= 0;
         id = lone_controller_next_sq(controller, (unsigned)id + 1)) {
        const struct lone_sq *sq = lone_controller_sq(controller, (uint16_t)id);

        lone_text_add(text,
                      "sq %-8d %s, %" PRIu32 " entries, tail %" PRIu32 ", head %" PRIu32 ", %" PRIu32
                      " outstanding, cq %u\n",
                      id, lone_queue_state_name(sq->state), sq->entries, sq->tail, sq->head, sq->outstanding, sq->cqid);
    }
    for (int id = lone_controller_next_cq(controller, 0); id >= 0;
         id = lone_controller_next_cq(controller, (unsigned)id + 1)) {
        const struct lone_cq *cq = lone_controller_cq(controller, (uint16_t)id);

        lone_text_add(text,
                      "cq %-8d %s, %" PRIu32 " entries, head %" PRIu32 ", phase %d, vector %u, %" PRIu64 " strays\n",
                      id, lone_queue_state_name(cq->state), cq->entries, cq->head, cq->phase, cq->vector, cq->strays);
    }
    if (lone_controller_next_sq(controller, 0) < 0)
        lone_text_add(text, "queues      none: write `admin` to queues/ctl\n");
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

int status_show(struct op *op, struct lone_text *text)
{
    struct lone_controller *controller = op->fs->controller;

    add_device(op, text);
    add_controller(op, text);
    lone_text_add(text, "generation  %" PRIu64 "\n", lone_controller_generation(controller));
    add_queues(op, text);
    lone_text_add(text, "commands    %" PRIu32 " outstanding\n", lone_controller_outstanding(controller));
    add_memory(controller, text);
    lone_text_add(text, "errors      %" PRIu64 " since the mount, see error_log\n", op->fs->n_errors);
    return 0;
}
