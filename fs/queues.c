/* SPDX-License-Identifier: MIT */
/* queues/: what the driver knows of its queues, and their memory. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs.h"

/* --- One queue's files --- */

static const struct lone_sq *sq_of(struct op *op)
{
    const struct lone_sq *sq = lone_controller_sq(op->fs->controller, (uint16_t)op->node->number);

    if (!sq)
        lone_fail(&op->error, ENXIO, "submission queue %u is gone", op->node->number);
    return sq;
}

static const struct lone_cq *cq_of(struct op *op)
{
    const struct lone_cq *cq = lone_controller_cq(op->fs->controller, (uint16_t)op->node->number);

    if (!cq)
        lone_fail(&op->error, ENXIO, "completion queue %u is gone", op->node->number);
    return cq;
}

/* Most files are one member of what the driver knows. Capital names hold bits, lower-case ones quantities. */
#define QUEUE_FILE(kind, name, format, ...)                                \
    static int kind##_##name##_show(struct op *op, struct lone_text *text) \
    {                                                                      \
        const struct lone_##kind *queue = kind##_of(op);                   \
                                                                           \
        if (!queue)                                                        \
            return -ENXIO;                                                 \
        lone_text_add(text, format "\n", __VA_ARGS__);                     \
        return 0;                                                          \
    }                                                                      \
    static const struct node_class kind##_##name##_class = {               \
        .transient = true, .mode = 0444, .show = kind##_##name##_show}

QUEUE_FILE(sq, entries, "%" PRIu32, queue->entries);
QUEUE_FILE(sq, mem, "%s", queue->memory.size ? "host" : "none");
QUEUE_FILE(sq, iova, "0x%" PRIx64, queue->memory.iova);
QUEUE_FILE(sq, state, "%s", lone_queue_state_name(queue->state));
QUEUE_FILE(sq, outstanding, "%" PRIu32, queue->outstanding);
QUEUE_FILE(sq, doorbell, "0x%" PRIx32, queue->doorbell);
QUEUE_FILE(sq, tail, "%" PRIu32, queue->tail);
QUEUE_FILE(sq, head, "%" PRIu32, queue->head);
QUEUE_FILE(sq, cqid, "0x%x", queue->cqid);
QUEUE_FILE(sq, qprio, "0x%x", queue->qprio);
QUEUE_FILE(sq, pc, "0x%x", queue->pc);
QUEUE_FILE(sq, nvmsetid, "0x%x", queue->nvmsetid);

QUEUE_FILE(cq, entries, "%" PRIu32, queue->entries);
QUEUE_FILE(cq, mem, "%s", queue->memory.size ? "host" : "none");
QUEUE_FILE(cq, iova, "0x%" PRIx64, queue->memory.iova);
QUEUE_FILE(cq, state, "%s", lone_queue_state_name(queue->state));
QUEUE_FILE(cq, doorbell, "0x%" PRIx32, queue->doorbell);
QUEUE_FILE(cq, head, "%" PRIu32, queue->head);
QUEUE_FILE(cq, phase, "%d", queue->phase);
QUEUE_FILE(cq, consumer, "%s", queue->state == LONE_QUEUE_CREATING ? "none" : "auto");
QUEUE_FILE(cq, iv, "0x%x", queue->vector);
QUEUE_FILE(cq, ien, "0x%x", queue->interrupts);
QUEUE_FILE(cq, pc, "0x%x", queue->pc);

static int cq_outstanding_show(struct op *op, struct lone_text *text)
{
    const struct lone_cq *cq = cq_of(op);
    uint32_t n = 0;

    if (!cq)
        return -ENXIO;
    for (int id = lone_controller_next_sq(op->fs->controller, 0); id >= 0;
         id = lone_controller_next_sq(op->fs->controller, (unsigned)id + 1)) {
        const struct lone_sq *sq = lone_controller_sq(op->fs->controller, (uint16_t)id);

        n += sq->cqid == cq->id ? sq->outstanding : 0;
    }
    lone_text_add(text, "%" PRIu32 "\n", n);
    return 0;
}

/* Completions that no command of ours explains: the last of them, oldest first, 16 bytes a line. */
static int cq_stray_show(struct op *op, struct lone_text *text)
{
    const struct lone_cq *cq = cq_of(op);

    if (!cq)
        return -ENXIO;
    for (uint64_t n = cq->strays > LONE_COUNT(cq->stray) ? cq->strays - LONE_COUNT(cq->stray) : 0; n < cq->strays;
         n++) {
        const uint8_t *cqe = cq->stray[n % LONE_COUNT(cq->stray)];

        lone_text_add(text, "%" PRIu64 ":", n);
        for (unsigned i = 0; i < LONE_CQE_SIZE; i++)
            lone_text_add(text, " %02x", cqe[i]);
        lone_text_add(text, "  SQID 0x%x CID 0x%x status 0x%03x %s\n", cqe[10] | cqe[11] << 8, cqe[12] | cqe[13] << 8,
                      (cqe[14] >> 1 | cqe[15] << 7) & 0x7ff, lone_status_name((cqe[14] >> 1 | cqe[15] << 7) & 0x7ff));
    }
    return 0;
}

static int sq_error_show(struct op *op, struct lone_text *text)
{
    if (op->node->number == 0 && op->fs->sq_errors[0].text)
        lone_text_add(text, "%s", op->fs->sq_errors[0].text);
    return 0;
}

static int cq_error_show(struct op *op, struct lone_text *text)
{
    if (op->node->number == 0 && op->fs->cq_errors[0].text)
        lone_text_add(text, "%s", op->fs->cq_errors[0].text);
    return 0;
}

static ssize_t slots_read(const struct lone_buffer *memory, void *bytes, size_t size, uint64_t offset)
{
    if (offset >= memory->size)
        return 0;
    size = size < memory->size - offset ? size : (size_t)(memory->size - offset);
    lone_dma_load(bytes, memory->data + offset, size);
    return (ssize_t)size;
}

static ssize_t sq_slots_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    const struct lone_sq *sq = sq_of(op);

    return sq ? slots_read(&sq->memory, bytes, size, offset) : -ENXIO;
}

static ssize_t cq_slots_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    const struct lone_cq *cq = cq_of(op);

    return cq ? slots_read(&cq->memory, bytes, size, offset) : -ENXIO;
}

static uint64_t sq_slots_size(struct fs *fs, const struct node *node)
{
    const struct lone_sq *sq = lone_controller_sq(fs->controller, (uint16_t)node->number);

    return sq ? (uint64_t)sq->entries * LONE_SQE_SIZE : 0;
}

static uint64_t cq_slots_size(struct fs *fs, const struct node *node)
{
    const struct lone_cq *cq = lone_controller_cq(fs->controller, (uint16_t)node->number);

    return cq ? (uint64_t)cq->entries * LONE_CQE_SIZE : 0;
}

static const struct node_class sq_error_class = {.transient = true, .mode = 0444, .show = sq_error_show};
static const struct node_class cq_error_class = {.transient = true, .mode = 0444, .show = cq_error_show};
static const struct node_class cq_outstanding_class = {.transient = true, .mode = 0444, .show = cq_outstanding_show};
static const struct node_class cq_stray_class = {.transient = true, .mode = 0444, .show = cq_stray_show};
static const struct node_class sq_slots_class = {
    .transient = true, .memory = true, .mode = 0444, .read = sq_slots_read, .size = sq_slots_size};
static const struct node_class cq_slots_class = {
    .transient = true, .memory = true, .mode = 0444, .read = cq_slots_read, .size = cq_slots_size};

static const struct entry sq_entries[] = {
    {"entries", &sq_entries_class, false},
    {"mem", &sq_mem_class, false},
    {"iova", &sq_iova_class, false},
    {"state", &sq_state_class, false},
    {"outstanding", &sq_outstanding_class, false},
    {"doorbell", &sq_doorbell_class, false},
    {"error", &sq_error_class, false},
    {"CQID", &sq_cqid_class, false},
    {"QPRIO", &sq_qprio_class, false},
    {"PC", &sq_pc_class, false},
    {"NVMSETID", &sq_nvmsetid_class, false},
    {"tail", &sq_tail_class, false},
    {"head", &sq_head_class, false},
    {"slots", &sq_slots_class, false},
    {0},
};
static const struct entry cq_entries[] = {
    {"entries", &cq_entries_class, false},
    {"mem", &cq_mem_class, false},
    {"iova", &cq_iova_class, false},
    {"state", &cq_state_class, false},
    {"outstanding", &cq_outstanding_class, false},
    {"doorbell", &cq_doorbell_class, false},
    {"error", &cq_error_class, false},
    {"IV", &cq_iv_class, false},
    {"IEN", &cq_ien_class, false},
    {"PC", &cq_pc_class, false},
    {"head", &cq_head_class, false},
    {"phase", &cq_phase_class, false},
    {"consumer", &cq_consumer_class, false},
    {"stray", &cq_stray_class, false},
    {"slots", &cq_slots_class, false},
    {0},
};
static const struct node_class sq_class = {.directory = true, .transient = true, .mode = 0755, .entries = sq_entries};
static const struct node_class cq_class = {.directory = true, .transient = true, .mode = 0755, .entries = cq_entries};

/* --- The directories of queues, by id --- */

static bool parse_id(const char *name, uint32_t *id)
{
    char canonical[16], *end;
    unsigned long number = strtoul(name, &end, 10);

    snprintf(canonical, sizeof(canonical), "%lu", number);
    *id = (uint32_t)number;
    return !*end && !strcmp(canonical, name) && number <= UINT16_MAX;
}

static int sqs_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)dir, (void)error;
    child->class = &sq_class;
    return parse_id(name, &child->number) && lone_controller_sq(fs->controller, (uint16_t)child->number) ? 0 : -ENOENT;
}

static int cqs_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)dir, (void)error;
    child->class = &cq_class;
    return parse_id(name, &child->number) && lone_controller_cq(fs->controller, (uint16_t)child->number) ? 0 : -ENOENT;
}

static bool list_ids(struct fs *fs, int (*next)(const struct lone_controller *, unsigned), unsigned index,
                     char name[64])
{
    int id = next(fs->controller, 0);

    while (id >= 0 && index--)
        id = next(fs->controller, (unsigned)id + 1);
    snprintf(name, 64, "%d", id);
    return id >= 0;
}

static bool sqs_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    (void)dir;
    child->class = &sq_class;
    return list_ids(fs, lone_controller_next_sq, index, name);
}

static bool cqs_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    (void)dir;
    child->class = &cq_class;
    return list_ids(fs, lone_controller_next_cq, index, name);
}

static const struct node_class sqs_class = {.directory = true, .mode = 0755, .find = sqs_find, .list = sqs_list};
static const struct node_class cqs_class = {.directory = true, .mode = 0755, .find = cqs_find, .list = cqs_list};

/* --- queues/ctl --- */

static int parse_cc_field(const char *name, const char *text, size_t length, uint8_t *value, struct lone_error *error)
{
    const struct lone_field *field = lone_record_field(lone_nvme_register("CC"), name);
    uint8_t bytes[4] = {0};
    int result = lone_field_parse(field, bytes, field->bit, text, length, error);

    if (!result)
        *value = (uint8_t)lone_bits_get(bytes, field->bit, field->bits);
    return result;
}

/* One "name=value" of `admin`. */
static int admin_option(const char *word, size_t length, struct lone_admin_options *options, struct lone_error *error)
{
    const char *equals = memchr(word, '=', length), *value = equals ? equals + 1 : word;
    size_t name = equals ? (size_t)(equals - word) : 0, rest = length - name - 1;
    uint64_t number = 0;
    int result;

    if (word_is(word, name, "ams"))
        return parse_cc_field("AMS", value, rest, &options->ams, error);
    if (word_is(word, name, "css")) {
        options->has_css = true;
        return parse_cc_field("CSS", value, rest, &options->css, error);
    }
    if (!word_is(word, name, "sq") && !word_is(word, name, "cq") && !word_is(word, name, "mps")) {
        result = lone_fail(error, EINVAL, "%.*s is no option of admin: sq=ENTRIES cq=ENTRIES mps=BYTES ams=AMS css=CSS",
                           (int)(length < 40 ? length : 40), word);
        lone_error_at(error, 0, length);
        return result;
    }
    result = lone_number_parse("the option", 32, value, rest, &number, error);
    if (result) {
        if (error->has_column)
            error->column += name + 1;
        return result;
    }
    /* 0 is the option not given, to the driver; written by a user it is a size like any other. */
    if (number == 0) {
        result = lone_fail(error, ERANGE, "%.*s cannot be 0: write 2 to 4096 entries, or a page size in bytes",
                           (int)name, word);
        lone_error_at(error, name + 1, rest);
        return result;
    }
    *(word_is(word, name, "sq")   ? &options->sq_entries
      : word_is(word, name, "cq") ? &options->cq_entries
                                  : &options->page_size) = (uint32_t)number;
    return 0;
}

static int queues_ctl_store(struct op *op, const char *line, size_t length)
{
    struct lone_admin_options options = {0};
    const char *rest = line, *word;
    size_t n = word_take(&rest, &length, &word);

    if (!word_is(word, n, "admin")) {
        lone_fail(&op->error, EINVAL, "write admin [sq=64] [cq=256] [mps=BYTES] [ams=AMS] [css=CSS]");
        lone_error_at(&op->error, (size_t)(word - line), n);
        return -EINVAL;
    }
    while (length) {
        int result;

        n = word_take(&rest, &length, &word);
        result = admin_option(word, n, &options, &op->error);
        if (result) {
            if (op->error.has_column)
                op->error.column += (size_t)(word - line);
            return result;
        }
    }
    return lone_controller_admin(op->fs->controller, &options, &op->error);
}

static int queues_ctl_show(struct op *op, struct lone_text *text)
{
    (void)op;
    lone_text_add(
        text,
        "admin [sq=64] [cq=256] [mps=BYTES] [ams=AMS] [css=CSS]   admin queues; the controller must be disabled\n");
    return 0;
}

static const struct node_class queues_ctl_class = {.mode = 0644, .show = queues_ctl_show, .store = queues_ctl_store};
static const struct entry queues_entries[] = {
    {"ctl", &queues_ctl_class, false}, {"sq", &sqs_class, false}, {"cq", &cqs_class, false}, {0}};
const struct node_class queues_class = {.directory = true, .mode = 0755, .entries = queues_entries};
