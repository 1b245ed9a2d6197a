/* SPDX-License-Identifier: MIT */
/* nvme/wait and pcie/wait: a name is a condition, reading it waits until it holds and prints the seconds that took. */
#include <errno.h>
#include <string.h>

#include "query.h"

/* Registers are looked at in growing steps: soon enough to time a reset, seldom enough to cost nothing when it takes
 * long. */
#define FIRST_LOOK_NS   50000
#define SLOWEST_LOOK_NS 10000000

/* "REG" or "REG.FIELD" within @record. */
static int find_register(const struct lone_record *record, uint32_t base, const char *path, size_t length,
                         struct condition *condition, struct lone_error *error)
{
    const char *dot = memchr(path, '.', length);
    size_t first = dot ? (size_t)(dot - path) : length;
    const struct lone_field *field;
    char name[64];

    if (first >= sizeof(name) || length - first >= sizeof(name))
        return lone_fail(error, ENOENT, "the name is too long");
    memcpy(name, path, first);
    name[first] = 0;
    field = lone_record_field(record, name);
    if (!field || field->kind != LONE_RECORD)
        return lone_fail(error, ENOENT, "there is no register %s", name);
    condition->record = field->record;
    condition->base = base + field->bit / 8;
    condition->field = NULL;
    if (!dot)
        return 0;
    memcpy(name, dot + 1, length - first - 1);
    name[length - first - 1] = 0;
    condition->field = lone_record_field(field->record, name);
    if (!condition->field)
        return lone_fail(error, ENOENT, "register %s has no field %s", field->name, name);
    return 0;
}

/* In configuration space a capability's name may stand before the register: "PXCAP.PXDS.TP". */
static int find_in_capabilities(struct fs *fs, const char *path, size_t length, struct condition *condition,
                                struct lone_error *error)
{
    const struct lone_capability_at *found, *best = NULL;
    size_t count, best_length = 0;

    found = lone_controller_capabilities(fs->controller, &count);
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(found[i].name);

        if (found[i].record && n > best_length && n < length && path[n] == '.' && !memcmp(path, found[i].name, n)) {
            best = &found[i];
            best_length = n;
        }
    }
    if (best)
        return find_register(best->record, best->offset, path + best_length + 1, length - best_length - 1, condition,
                             error);
    return find_register(&lone_pci_header, 0, path, length, condition, error);
}

struct place {
    struct fs *fs;
    const struct node *dir;
};

/* What the condition is about, as one number or as its kind is written. */
static struct lone_field compared(const struct condition *condition)
{
    return condition->field ? *condition->field
                            : (struct lone_field){.name = condition->record->name, .bits = condition->record->size * 8};
}

static int take_condition(void *context, const char *word, size_t length, struct query *query, struct lone_error *error)
{
    const struct place *place = context;
    const char *equals = memchr(word, '=', length);
    struct condition *condition = &query->conditions[query->n_conditions];
    uint8_t bytes[64] = {0};
    struct lone_field field;
    size_t path;
    int result;

    if (!equals)
        return lone_fail(error, ENOENT, "a condition is REGISTER.FIELD=VALUE or REGISTER=VALUE");
    if (query->n_conditions == MAX_CONDITIONS)
        return lone_fail(error, ENOENT, "at most %d conditions in one name", MAX_CONDITIONS);
    path = (size_t)(equals - word);
    result = place->dir->record == &lone_nvme_registers
                 ? find_register(place->dir->record, 0, word, path, condition, error)
                 : find_in_capabilities(place->fs, word, path, condition, error);
    if (result)
        return result;
    field = compared(condition);
    result = lone_field_parse(&field, bytes, 0, equals + 1, length - path - 1, error);
    if (result) {
        error->column += path + 1;
        return result;
    }
    condition->value = lone_bits_get(bytes, 0, field.bits);
    query->n_conditions++;
    return 0;
}

/* A register of all ones may be a device that is gone, and then its CSTS is all ones too; that satisfies nothing. */
static int check_gone(struct op *op, const uint8_t *bytes, uint32_t size)
{
    uint64_t csts;
    int result;

    for (uint32_t i = 0; i < size; i++)
        if (bytes[i] != 0xff)
            return 0;
    result = lone_controller_read(op->fs->controller, LONE_REG_CSTS, 4, &csts, &op->error);
    if (!result && csts == UINT32_MAX)
        result = lone_fail(&op->error, ENODEV, "the device is gone: CSTS reads as all ones");
    return result;
}

static int condition_holds(struct op *op, const struct condition *condition, lone_number *now)
{
    uint32_t size = condition->record->size;
    uint8_t bytes[64];
    int result = op->node->source->load(op, condition->base, size, bytes, NULL, false);

    if (!result && op->node->record == &lone_nvme_registers)
        result = check_gone(op, bytes, size);
    if (result)
        return result;
    *now = lone_bits_get(bytes, condition->field ? condition->field->bit : 0,
                         condition->field ? condition->field->bits : size * 8);
    return *now == condition->value;
}

/* 1: all conditions hold; 0: not; *@open and *@now say which one does not. */
static int all_hold(struct op *op, const struct condition **open, lone_number *now)
{
    const struct query *query = op->node->query;

    for (unsigned i = 0; i < query->n_conditions; i++) {
        int result = condition_holds(op, &query->conditions[i], now);

        *open = &query->conditions[i];
        if (result <= 0)
            return result;
    }
    return 1;
}

static bool is_about_ready(const struct query *query)
{
    for (unsigned i = 0; i < query->n_conditions; i++)
        if (query->conditions[i].field && !strcmp(query->conditions[i].field->name, "RDY"))
            return true;
    return false;
}

/* How long it may take; a wait for RDY without a time of its own asks the controller. */
static int work_out_timeout(struct op *op)
{
    const struct query *query = op->node->query;
    uint64_t timeout = query->timeout_ns ? query->timeout_ns : op->fs->timeout_ns;
    int result = 0;

    if (wait_is_timed(op))
        return 0;
    if (!query->timeout_ns && is_about_ready(query))
        result = lone_controller_ready_timeout(op->fs->controller, &timeout, &op->error);
    if (!result)
        wait_timed(op, timeout);
    return result;
}

/* As all_hold(). *@late: the time was up before the look, since lonefs may be held up in between. */
static int look(struct op *op, const struct condition **open, lone_number *value, bool *late)
{
    int result = work_out_timeout(op);

    *late = !result && wait_is_late(op);
    return result ? result : all_hold(op, open, value);
}

static void format_value(const struct condition *condition, lone_number value, char text[64])
{
    struct lone_field field = compared(condition);
    uint8_t bytes[sizeof(value)] = {0};

    lone_bits_set(bytes, 0, field.bits, value);
    lone_field_format(&field, bytes, 0, text, 64);
}

static void tell_time_out(struct op *op, const struct condition *open, lone_number value, uint64_t took)
{
    char is[64], wanted[64];

    format_value(open, value, is);
    format_value(open, open->value, wanted);
    lone_fail(&op->error, ETIMEDOUT, "%s%s%s is %s, not %s, after %.3f s", open->record->name, open->field ? "." : "",
              open->field ? open->field->name : "", is, wanted, (double)took / NS_PER_S);
}

static int condition_show(struct op *op, struct lone_text *text)
{
    const struct condition *open = NULL;
    lone_number value = 0;
    uint64_t took, interval;
    bool late;
    int result = look(op, &open, &value, &late);

    if (result < 0)
        return wait_over(op, result);
    took = wait_took(op);
    if (result) {
        took_show(took, text);
        return wait_over(op, 0);
    }
    if (late) {
        tell_time_out(op, open, value, took);
        return wait_over(op, -ETIMEDOUT);
    }
    interval = took / 8 + FIRST_LOOK_NS;
    return op_park(op, NULL, op->handle->deadline_ns, interval < SLOWEST_LOOK_NS ? interval : SLOWEST_LOOK_NS);
}

static bool condition_ready(struct op *op)
{
    const struct condition *open;
    lone_number value;
    bool late;

    return look(op, &open, &value, &late) != 0 || late;
}

static const struct node_class condition_class = {
    .mode = 0444, .waits = true, .show = condition_show, .ready = condition_ready};

static int wait_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    struct place place = {fs, dir};

    return query_child(name, take_condition, &place, "a condition is missing: CSTS.RDY=1,timeout=5", &condition_class,
                       child, error);
}

const struct node_class nvme_wait_class = {.directory = true, .mode = 0755, .find = wait_find};
const struct node_class pcie_wait_class = {.directory = true, .mode = 0755, .find = wait_find};
