/* SPDX-License-Identifier: MIT */
/* Trace events in words: a line for people, a JSON object for programs, both by the tables of the specification. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "nvme/controller_internal.h"

static const char *const kind_names[] = {
    [LONE_TRACE_SUBMISSION] = "submission",
    [LONE_TRACE_DOORBELL] = "doorbell",
    [LONE_TRACE_COMPLETION] = "completion",
    [LONE_TRACE_BAR_WRITE] = "write",
    [LONE_TRACE_BAR_READ] = "read",
    [LONE_TRACE_CONFIG_WRITE] = "config_write",
    [LONE_TRACE_INTERRUPT] = "interrupt",
    [LONE_TRACE_RESET] = "reset",
    [LONE_TRACE_QUEUE_CREATED] = "queue_created",
    [LONE_TRACE_QUEUE_DELETED] = "queue_deleted",
};

static const char *const reset_names[] = {
    [LONE_TRACE_RESET_DISABLE] = "disable",
    [LONE_TRACE_RESET_FUNCTION] = "function",
    [LONE_TRACE_RESET_SUBSYSTEM] = "subsystem",
    [LONE_TRACE_RESET_UNSEEN] = "unseen",
};

static const char *const reset_meanings[] = {
    [LONE_TRACE_RESET_DISABLE] = "CC.EN went to 0",
    [LONE_TRACE_RESET_FUNCTION] = "the function was reset",
    [LONE_TRACE_RESET_SUBSYSTEM] = "NSSR was written",
    [LONE_TRACE_RESET_UNSEEN] = "CC.EN was found to be 0",
};

/* --- What an access was to --------------------------------------------------------------------------------- */

struct target {
    const struct lone_field *field; /* the row of the register, or NULL: no table has it */
    const char *capability;         /* NULL: of the header, or of the controller registers */
    uint32_t from;                  /* the access begins at this byte of it */
    bool whole;                     /* and covers all of it */
};

/* The register of @record, which lies at @base, that has the byte at @offset. */
static bool find_in(const struct lone_record *record, uint32_t base, const struct lone_trace_event *event,
                    struct target *target)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        uint64_t start = base + field->bit / 8, size = field->bits / 8;

        if (field->kind != LONE_RECORD || field->count || event->offset < start || event->offset >= start + size)
            continue;
        target->field = field;
        target->from = (uint32_t)(event->offset - start);
        target->whole = !target->from && event->width == size;
        return true;
    }
    return false;
}

static void find_target(const struct lone_controller *controller, const struct lone_trace_event *event,
                        struct target *target)
{
    *target = (struct target){0};
    if (event->kind != LONE_TRACE_CONFIG_WRITE) {
        if (!event->bar)
            find_in(&lone_nvme_registers, 0, event, target);
        return;
    }
    if (find_in(&lone_pci_header, 0, event, target))
        return;
    for (size_t i = 0; i < controller->n_capabilities; i++) {
        const struct lone_capability_at *capability = &controller->capabilities[i];

        if (capability->record && find_in(capability->record, capability->offset, event, target)) {
            target->capability = capability->name;
            return;
        }
    }
}

static void name_target(const struct target *target, const struct lone_trace_event *event, char *name, size_t size)
{
    char from[16] = "";

    if (target->from)
        snprintf(from, sizeof(from), "+%" PRIu32, target->from);
    if (event->kind == LONE_TRACE_DOORBELL)
        snprintf(name, size, "%s%u%s", event->completion_queue ? "CQ" : "SQ", event->queue,
                 event->completion_queue ? "HDBL" : "TDBL");
    else if (target->field)
        snprintf(name, size, "%s%s%s%s", target->capability ? target->capability : "", target->capability ? "." : "",
                 target->field->name, from);
    else
        name[0] = 0;
}

void lone_trace_name(const struct lone_controller *controller, const struct lone_trace_event *event, char *name,
                     size_t size)
{
    struct target target;

    find_target(controller, event, &target);
    name_target(&target, event, name, size);
}

/* --- Fields ------------------------------------------------------------------------------------------------ */

static bool is_zero(const struct lone_field *field, const uint8_t *bytes)
{
    return field->bits <= 128 && !lone_bits_get(bytes, field->bit, field->bits);
}

static bool has_number(const struct lone_field *field)
{
    return field->kind != LONE_RECORD && !field->count;
}

static void add_fields(const struct lone_field *fields, size_t n, const uint8_t *bytes, bool zeros,
                       struct lone_text *text)
{
    char value[160];

    for (size_t i = 0; i < n; i++) {
        if (!has_number(&fields[i]) || (!zeros && is_zero(&fields[i], bytes)))
            continue;
        lone_field_format(&fields[i], bytes, fields[i].bit, value, sizeof(value));
        lone_text_add(text, " %s=%s", fields[i].name, value);
    }
}

static void add_raw(const uint8_t *bytes, size_t size, struct lone_text *text)
{
    lone_text_add(text, " | ");
    for (size_t i = 0; i < size; i++)
        lone_text_add(text, "%02x", bytes[i]);
}

static const struct lone_opcode *opcode_of(const struct lone_trace_event *event)
{
    return lone_opcode_numbered(event->queue ? LONE_IO : LONE_ADMIN, event->bytes[0]);
}

/* Of the common part a command with a table of its own needs only what precedes CDW10. */
static size_t common_fields(const struct lone_opcode *opcode)
{
    size_t n = 0;

    while (n < lone_sqe.n_fields && (!opcode || !opcode->fields || lone_sqe.fields[n].bit < LONE_BYTE(LONE_SQE_CDW10)))
        n++;
    return n;
}

/* What the feature that Set or Get Features names has in the dwords from CDW11 on: a record of these, or none. */
static struct lone_record feature_words(const struct lone_trace_event *event)
{
    const struct lone_feature *feature = lone_feature_numbered(event->bytes[LONE_SQE_CDW10]);
    struct lone_record words = {.name = "feature", .size = LONE_SQE_SIZE - LONE_SQE_CDW11};
    bool sets = event->bytes[0] == LONE_OPC_SET_FEATURES;
    const struct lone_record *all = !feature ? NULL : sets ? feature->set : feature->get;
    uint32_t bits = feature && sets ? feature->cdws * 32u : 32;

    if (event->queue || (!sets && event->bytes[0] != LONE_OPC_GET_FEATURES) || !all)
        return words;
    words.fields = all->fields;
    while (words.n_fields < all->n_fields && all->fields[words.n_fields].bit < bits)
        words.n_fields++;
    return words;
}

static void cover(const struct lone_field *fields, size_t n, uint32_t from, uint8_t *rest)
{
    for (size_t i = 0; i < n; i++)
        if (has_number(&fields[i]))
            for (uint32_t bit = 0; bit < fields[i].bits; bit++)
                lone_bits_set(rest, from + fields[i].bit + bit, 1, 0);
}

/* The dwords from CDW10 on that have bits set which no field of the command has: reserved ones, those of vendors. */
static void add_rest(const struct lone_trace_event *event, const struct lone_opcode *opcode,
                     const struct lone_record *words, struct lone_text *text)
{
    uint8_t rest[LONE_SQE_SIZE];

    memcpy(rest, event->bytes, sizeof(rest));
    cover(opcode->fields, opcode->n_fields, 0, rest);
    cover(words->fields, words->n_fields, LONE_BYTE(LONE_SQE_CDW11), rest);
    for (size_t i = common_fields(opcode); i < lone_sqe.n_fields; i++)
        if (!is_zero(&lone_sqe.fields[i], rest))
            add_fields(&lone_sqe.fields[i], 1, event->bytes, false, text);
}

static uint16_t status_of(const struct lone_trace_event *event)
{
    return lone_get16(event->bytes + LONE_CQE_STATUS) >> 1 & 0x7ff;
}

/* --- Lines ------------------------------------------------------------------------------------------------- */

/* The data pointer is two PRP entries or one SGL descriptor, as PSDT says. */
static void add_common(const struct lone_trace_event *event, size_t n, struct lone_text *text)
{
    const struct lone_field *first = lone_record_field(&lone_sqe, "PRP1");
    const struct lone_field *second = lone_record_field(&lone_sqe, "PRP2");
    bool sgl = lone_get(&lone_sqe, event->bytes, "PSDT");

    for (const struct lone_field *field = lone_sqe.fields; field < lone_sqe.fields + n; field++) {
        if (!sgl || (field != first && field != second))
            add_fields(field, 1, event->bytes, false, text);
        else if (field == first) {
            lone_text_add(text, " SGL1:");
            add_fields(lone_sgl_descriptor.fields, lone_sgl_descriptor.n_fields, event->bytes + first->bit / 8, true,
                       text);
        }
    }
}

static void add_submission(const struct lone_trace_event *event, struct lone_text *text)
{
    const struct lone_opcode *opcode = opcode_of(event);
    struct lone_record words = feature_words(event);

    lone_text_add(text, "sq %u slot %" PRIu32 ": %s", event->queue, event->slot, opcode ? opcode->name : "unknown");
    add_common(event, common_fields(opcode), text);
    if (opcode) {
        add_fields(opcode->fields, opcode->n_fields, event->bytes, true, text);
        add_fields(words.fields, words.n_fields, event->bytes + LONE_SQE_CDW11, true, text);
        add_rest(event, opcode, &words, text);
    }
    add_raw(event->bytes, LONE_SQE_SIZE, text);
}

static void add_completion(const struct lone_trace_event *event, struct lone_text *text)
{
    lone_text_add(text, "cq %u slot %" PRIu32 ": 0x%03x %s", event->queue, event->slot, status_of(event),
                  lone_status_name(status_of(event)));
    add_fields(lone_cqe.fields, lone_cqe.n_fields, event->bytes, false, text);
    add_raw(event->bytes, LONE_CQE_SIZE, text);
}

static void add_access(const struct lone_controller *controller, const struct lone_trace_event *event,
                       struct lone_text *text)
{
    struct target target;
    uint8_t bytes[8];
    char name[64];

    find_target(controller, event, &target);
    name_target(&target, event, name, sizeof(name));
    lone_text_add(text, "%s%s0x%" PRIx64, name, name[0] ? " = " : "", event->value);
    lone_put64(bytes, event->value);
    if (target.field && target.whole && target.field->record)
        add_fields(target.field->record->fields, target.field->record->n_fields, bytes, false, text);
    if (event->kind == LONE_TRACE_CONFIG_WRITE)
        lone_text_add(text, " | config 0x%" PRIx64 " width %u", event->offset, event->width);
    else
        lone_text_add(text, " | bar %u 0x%" PRIx64 " width %u", event->bar, event->offset, event->width);
}

void lone_trace_text(const struct lone_controller *controller, const struct lone_trace_event *event,
                     struct lone_text *text)
{
    lone_text_add(text, "%" PRIu64 ".%09" PRIu64 " %-13s ", (uint64_t)(event->time_ns / 1000000000),
                  (uint64_t)(event->time_ns % 1000000000), kind_names[event->kind]);
    switch ((enum lone_trace_kind)event->kind) {
    case LONE_TRACE_SUBMISSION:
        add_submission(event, text);
        break;
    case LONE_TRACE_COMPLETION:
        add_completion(event, text);
        break;
    case LONE_TRACE_INTERRUPT:
        lone_text_add(text, "vector %u, count %" PRIu64, event->queue, event->value);
        break;
    case LONE_TRACE_RESET:
        lone_text_add(text, "%s: %s, generation %" PRIu64, reset_names[event->reset], reset_meanings[event->reset],
                      event->value);
        break;
    case LONE_TRACE_QUEUE_CREATED:
    case LONE_TRACE_QUEUE_DELETED:
        lone_text_add(text, "%s %u, %" PRIu64 " entries", event->completion_queue ? "cq" : "sq", event->queue,
                      event->value);
        break;
    case LONE_TRACE_DOORBELL:
    case LONE_TRACE_BAR_WRITE:
    case LONE_TRACE_BAR_READ:
    case LONE_TRACE_CONFIG_WRITE:
        add_access(controller, event, text);
        break;
    }
    lone_text_add(text, "\n");
}

/* --- JSON -------------------------------------------------------------------------------------------------- */

static void put_text(struct json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, json_object_new_string(text));
}

static void put_number(struct json_object *object, const char *name, uint64_t value)
{
    json_object_object_add(object, name, json_object_new_uint64(value));
}

static void put_hex(struct json_object *object, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    put_text(object, name, text);
}

static void put_raw(struct json_object *object, const uint8_t *bytes, size_t size)
{
    char text[2 * LONE_SQE_SIZE + 1];

    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    put_text(object, "raw", text);
}

/* Adds the fields of @record, under their names, to @fields. */
static void put_fields(struct json_object *fields, const struct lone_record *record, const uint8_t *bytes)
{
    struct json_object *whole = lone_record_json(record, bytes, record->size, NULL), *own;
    struct json_object_iter field;

    if (whole && json_object_object_get_ex(whole, "fields", &own)) {
        json_object_object_foreachC(own, field)
        {
            json_object_object_add(fields, field.key, json_object_get(field.val));
        }
    }
    json_object_put(whole);
}

static void put_submission(struct json_object *object, const struct lone_trace_event *event)
{
    const struct lone_opcode *opcode = opcode_of(event);
    struct json_object *fields = json_object_new_object();
    struct lone_record own = {.name = "sqe", .size = LONE_SQE_SIZE}, words = feature_words(event);

    put_number(object, "queue", event->queue);
    put_number(object, "slot", event->slot);
    json_object_object_add(object, "command", opcode ? json_object_new_string(opcode->name) : NULL);
    put_fields(fields, &lone_sqe, event->bytes);
    if (opcode) {
        own.fields = opcode->fields;
        own.n_fields = opcode->n_fields;
        put_fields(fields, &own, event->bytes);
        put_fields(fields, &words, event->bytes + LONE_SQE_CDW11);
    }
    json_object_object_add(object, "fields", fields);
    put_raw(object, event->bytes, LONE_SQE_SIZE);
}

static void put_completion(struct json_object *object, const struct lone_trace_event *event)
{
    struct json_object *fields = json_object_new_object();

    put_number(object, "queue", event->queue);
    put_number(object, "slot", event->slot);
    put_hex(object, "status", status_of(event));
    put_text(object, "status_name", lone_status_name(status_of(event)));
    put_fields(fields, &lone_cqe, event->bytes);
    json_object_object_add(object, "fields", fields);
    put_raw(object, event->bytes, LONE_CQE_SIZE);
}

static void put_access(const struct lone_controller *controller, struct json_object *object,
                       const struct lone_trace_event *event)
{
    struct target target;
    uint8_t bytes[8];
    char name[64];

    find_target(controller, event, &target);
    name_target(&target, event, name, sizeof(name));
    if (event->kind != LONE_TRACE_CONFIG_WRITE)
        put_number(object, "bar", event->bar);
    put_hex(object, "offset", event->offset);
    put_number(object, "width", event->width);
    put_hex(object, "value", event->value);
    json_object_object_add(object, "register", name[0] ? json_object_new_string(name) : NULL);
    if (!target.field || !target.whole || !target.field->record)
        return;
    struct json_object *fields = json_object_new_object();

    lone_put64(bytes, event->value);
    put_fields(fields, target.field->record, bytes);
    json_object_object_add(object, "fields", fields);
}

struct json_object *lone_trace_json(const struct lone_controller *controller, const struct lone_trace_event *event)
{
    struct json_object *object = json_object_new_object();

    if (!object)
        return NULL;
    put_number(object, "schema", LONE_JSON_SCHEMA);
    put_number(object, "time_ns", event->time_ns);
    put_number(object, "wall_ns", event->time_ns + (uint64_t)controller->trace.wall_offset);
    put_text(object, "event", kind_names[event->kind]);
    switch ((enum lone_trace_kind)event->kind) {
    case LONE_TRACE_SUBMISSION:
        put_submission(object, event);
        break;
    case LONE_TRACE_COMPLETION:
        put_completion(object, event);
        break;
    case LONE_TRACE_INTERRUPT:
        put_number(object, "vector", event->queue);
        put_number(object, "count", event->value);
        break;
    case LONE_TRACE_RESET:
        put_text(object, "reset", reset_names[event->reset]);
        put_number(object, "generation", event->value);
        break;
    case LONE_TRACE_QUEUE_CREATED:
    case LONE_TRACE_QUEUE_DELETED:
        put_text(object, "kind", event->completion_queue ? "cq" : "sq");
        put_number(object, "queue", event->queue);
        put_number(object, "entries", event->value);
        break;
    case LONE_TRACE_DOORBELL:
        put_text(object, "kind", event->completion_queue ? "cq" : "sq");
        put_number(object, "queue", event->queue);
        put_access(controller, object, event);
        break;
    case LONE_TRACE_BAR_WRITE:
    case LONE_TRACE_BAR_READ:
    case LONE_TRACE_CONFIG_WRITE:
        put_access(controller, object, event);
        break;
    }
    return object;
}
