/* SPDX-License-Identifier: MIT */
/* The files of one queue: what it is, its parameters, its memory. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "mem.h"
#include "nvme/queue.h"
#include "queues.h"

/* --- What a queue is ---
 * Most files are one member of what the driver knows. Capital names hold bits, lower-case ones quantities. */

#define SHOWS(kind, name, format, ...)                                     \
    static int kind##_##name##_show(struct op *op, struct lone_text *text) \
    {                                                                      \
        const struct lone_##kind *queue = queue_##kind(op);                \
                                                                           \
        if (!queue)                                                        \
            return -ENXIO;                                                 \
        lone_text_add(text, format "\n", __VA_ARGS__);                     \
        return 0;                                                          \
    }
#define READ_ONLY(kind, name, format, ...)                   \
    SHOWS(kind, name, format, __VA_ARGS__)                   \
    static const struct node_class kind##_##name##_class = { \
        .transient = true, .offline = true, .mode = 0444, .show = kind##_##name##_show}

READ_ONLY(sq, iova, "0x%" PRIx64, queue->memory.iova);
READ_ONLY(sq, state, "%s", lone_queue_state_name(queue->state));
READ_ONLY(sq, outstanding, "%" PRIu32, queue->outstanding + queue->raw);
READ_ONLY(sq, doorbell, "0x%" PRIx32, queue->doorbell);
READ_ONLY(cq, iova, "0x%" PRIx64, queue->memory.iova);
READ_ONLY(cq, state, "%s", lone_queue_state_name(queue->state));
READ_ONLY(cq, doorbell, "0x%" PRIx32, queue->doorbell);

static int cq_outstanding_show(struct op *op, struct lone_text *text)
{
    const struct lone_cq *cq = queue_cq(op);
    uint32_t n = 0;

    if (!cq)
        return -ENXIO;
    for (int id = lone_controller_next_sq(op->fs->controller, 0); id >= 0;
         id = lone_controller_next_sq(op->fs->controller, (unsigned)id + 1)) {
        const struct lone_sq *sq = lone_controller_sq(op->fs->controller, (uint16_t)id);

        n += sq->cqid == cq->id ? sq->outstanding + sq->raw : 0;
    }
    lone_text_add(text, "%" PRIu32 "\n", n);
    return 0;
}

/* Completions that no command of ours explains: the last of them, oldest first, 16 bytes a line. */
static int cq_stray_show(struct op *op, struct lone_text *text)
{
    const struct lone_cq *cq = queue_cq(op);

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

/* --- Parameters: as the fields of the Create command say ---------------------------------------------------- */

static int parse(const char *opcode, const char *name, const char *line, size_t length, uint64_t *value,
                 struct lone_error *error)
{
    const struct lone_field *field = lone_opcode_field(lone_opcode_named(opcode), name);
    uint8_t sqe[LONE_SQE_SIZE] = {0};
    int result = lone_field_parse(field, sqe, field->bit, line, length, error);

    if (!result)
        *value = (uint64_t)lone_bits_get(sqe, field->bit, field->bits);
    return result;
}

static int parse_entries(const char *line, size_t length, uint64_t *value, struct lone_error *error)
{
    return lone_number_parse("entries", 32, line, length, value, error);
}

/* @member of the options of a queue that is only made. */
#define PARAMETER(kind, name, member, parsed, format)                                     \
    SHOWS(kind, name, format, queue->member)                                              \
    static int kind##_##name##_store(struct op *op, const char *line, size_t length)      \
    {                                                                                     \
        const struct lone_##kind *queue = queue_##kind(op);                               \
        struct lone_##kind##_options options;                                             \
        uint64_t value = 0;                                                               \
        int result = queue ? parsed : -ENXIO;                                             \
                                                                                          \
        if (result)                                                                       \
            return result;                                                                \
        lone_##kind##_get_options(queue, &options);                                       \
        options.member = (__typeof__(options.member))value;                               \
        return lone_##kind##_change(op->fs->controller, queue->id, &options, &op->error); \
    }                                                                                     \
    static const struct node_class kind##_##name##_class = {                              \
        .transient = true, .mode = 0644, .show = kind##_##name##_show, .store = kind##_##name##_store}

#define OF_SQ(field) parse("create_io_sq", field, line, length, &value, &op->error)
#define OF_CQ(field) parse("create_io_cq", field, line, length, &value, &op->error)

PARAMETER(sq, entries, entries, parse_entries(line, length, &value, &op->error), "%" PRIu32);
PARAMETER(sq, cqid, cqid, OF_SQ("CQID"), "0x%x");
PARAMETER(sq, qprio, qprio, OF_SQ("QPRIO"), "0x%x");
PARAMETER(sq, pc, pc, OF_SQ("PC"), "0x%x");
PARAMETER(sq, nvmsetid, nvmsetid, OF_SQ("NVMSETID"), "0x%x");
PARAMETER(cq, entries, entries, parse_entries(line, length, &value, &op->error), "%" PRIu32);
PARAMETER(cq, iv, vector, OF_CQ("IV"), "0x%x");
PARAMETER(cq, ien, interrupts, OF_CQ("IEN"), "0x%x");
PARAMETER(cq, pc, pc, OF_CQ("PC"), "0x%x");

/* --- Indices ------------------------------------------------------------------------------------------------ */

SHOWS(sq, tail, "%" PRIu32, queue->tail)
SHOWS(sq, head, "%" PRIu32, queue->head)
SHOWS(cq, head, "%" PRIu32, queue->head)
SHOWS(cq, phase, "%d", queue->phase)

static int sq_tail_store(struct op *op, const char *line, size_t length)
{
    const struct lone_sq *sq = queue_sq(op);
    uint64_t tail = 0;
    int result = sq ? lone_number_parse("tail", 16, line, length, &tail, &op->error) : -ENXIO;

    return result ? result : lone_sq_set_indices(op->fs->controller, sq->id, (uint32_t)tail, sq->head, &op->error);
}

static int sq_head_store(struct op *op, const char *line, size_t length)
{
    const struct lone_sq *sq = queue_sq(op);
    uint64_t head = 0;
    int result = sq ? lone_number_parse("head", 16, line, length, &head, &op->error) : -ENXIO;

    return result ? result : lone_sq_set_indices(op->fs->controller, sq->id, sq->tail, (uint32_t)head, &op->error);
}

/* Where entries are consumed, the one who does it counts. */
static const struct lone_cq *counted_by_script(struct op *op)
{
    const struct lone_cq *cq = queue_cq(op);

    if (!cq || cq->consumer == LONE_CONSUMER_NONE)
        return cq;
    lone_fail(&op->error, EBUSY, "lonefs consumes this queue and moves its head: write `none` to consumer first");
    return NULL;
}

static int cq_head_store(struct op *op, const char *line, size_t length)
{
    const struct lone_cq *cq = counted_by_script(op);
    uint64_t head = 0;
    int result = cq ? lone_number_parse("head", 16, line, length, &head, &op->error) : -op->error.number;

    return result ? result : lone_cq_set_indices(op->fs->controller, cq->id, (uint32_t)head, cq->phase, &op->error);
}

static int cq_phase_store(struct op *op, const char *line, size_t length)
{
    const struct lone_cq *cq = counted_by_script(op);
    uint64_t phase = 0;
    int result = cq ? lone_number_parse("phase", 1, line, length, &phase, &op->error) : -op->error.number;

    return result ? result : lone_cq_set_indices(op->fs->controller, cq->id, cq->head, phase, &op->error);
}

#define INDEX(kind, name)                                    \
    static const struct node_class kind##_##name##_class = { \
        .transient = true, .mode = 0644, .show = kind##_##name##_show, .store = kind##_##name##_store}
INDEX(sq, tail);
INDEX(sq, head);
INDEX(cq, head);
INDEX(cq, phase);

SHOWS(cq, consumer, "%s", lone_consumer_name(queue->consumer))

static int cq_consumer_store(struct op *op, const char *line, size_t length)
{
    const struct lone_cq *cq = queue_cq(op);
    const char *word;
    size_t n = word_take(&line, &length, &word);

    if (!cq)
        return -ENXIO;
    for (enum lone_consumer consumer = LONE_CONSUMER_AUTO; consumer <= LONE_CONSUMER_NONE; consumer++)
        if (word_is(word, n, lone_consumer_name(consumer)) && !length)
            return lone_cq_consumer(op->fs->controller, cq->id, consumer, &op->error);
    return lone_fail(&op->error, EINVAL,
                     "write auto (lonefs takes the completions), file (who reads `completions` does) or none");
}
INDEX(cq, consumer);

/* --- Memory ------------------------------------------------------------------------------------------------- */

static int show_mem(struct fs *fs, const struct lone_buffer *memory, struct lone_text *text)
{
    const struct lone_region *region = memory->region;

    if (memory->size)
        mem_place_add(fs, region, region ? memory->iova - region->iova : 0, text);
    else
        lone_text_add(text, "none\n");
    return 0;
}

static int sq_mem_show(struct op *op, struct lone_text *text)
{
    const struct lone_sq *sq = queue_sq(op);

    return sq ? show_mem(op->fs, &sq->memory, text) : -ENXIO;
}

static int cq_mem_show(struct op *op, struct lone_text *text)
{
    const struct lone_cq *cq = queue_cq(op);

    return cq ? show_mem(op->fs, &cq->memory, text) : -ENXIO;
}

static int sq_mem_store(struct op *op, const char *line, size_t length)
{
    const struct lone_sq *sq = queue_sq(op);
    struct lone_region *region;
    uint64_t offset;
    int result = sq ? mem_place(op, line, length, &region, &offset) : -ENXIO;

    return result ? result : lone_sq_move(op->fs->controller, sq->id, region, offset, &op->error);
}

static int cq_mem_store(struct op *op, const char *line, size_t length)
{
    const struct lone_cq *cq = queue_cq(op);
    struct lone_region *region;
    uint64_t offset;
    int result = cq ? mem_place(op, line, length, &region, &offset) : -ENXIO;

    return result ? result : lone_cq_move(op->fs->controller, cq->id, region, offset, &op->error);
}
INDEX(sq, mem);
INDEX(cq, mem);

static ssize_t slots_read(struct op *op, const struct lone_buffer *memory, void *bytes, size_t size, uint64_t offset)
{
    int result = memory->region ? lone_controller_memory_check(memory->region, &op->error) : 0;

    if (result || offset >= memory->size)
        return result;
    size = size < memory->size - offset ? size : (size_t)(memory->size - offset);
    result = lone_buffer_load(memory, offset, bytes, size, &op->error);
    return result ? result : (ssize_t)size;
}

static ssize_t slots_write(struct op *op, const struct lone_buffer *memory, const void *bytes, size_t size,
                           uint64_t offset)
{
    int result = memory->region ? lone_controller_memory_check(memory->region, &op->error) : 0;

    if (result)
        return result;
    if (offset > memory->size || size > memory->size - offset)
        return lone_fail(&op->error, ENOSPC, "%zu bytes at offset %" PRIu64 " do not fit: the entries end at %" PRIu64,
                         size, offset, memory->size);
    result = lone_buffer_store(memory, offset, bytes, size, &op->error);
    return result ? result : (ssize_t)size;
}

static ssize_t sq_slots_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    const struct lone_sq *sq = queue_sq(op);

    return sq ? slots_read(op, &sq->memory, bytes, size, offset) : -ENXIO;
}

static ssize_t cq_slots_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    const struct lone_cq *cq = queue_cq(op);

    return cq ? slots_read(op, &cq->memory, bytes, size, offset) : -ENXIO;
}

static ssize_t sq_slots_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    const struct lone_sq *sq = queue_sq(op);

    return sq ? slots_write(op, &sq->memory, bytes, size, offset) : -ENXIO;
}

static ssize_t cq_slots_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    const struct lone_cq *cq = queue_cq(op);

    return cq ? slots_write(op, &cq->memory, bytes, size, offset) : -ENXIO;
}

static uint64_t sq_slots_size(struct fs *fs, const struct node *node)
{
    const struct lone_sq *sq = lone_controller_sq(fs->controller, (uint16_t)node->number);

    return sq ? sq->memory.size : 0;
}

static uint64_t cq_slots_size(struct fs *fs, const struct node *node)
{
    const struct lone_cq *cq = lone_controller_cq(fs->controller, (uint16_t)node->number);

    return cq ? cq->memory.size : 0;
}

/* --- The directories ---------------------------------------------------------------------------------------- */

static const struct node_class cq_outstanding_class = {.transient = true, .mode = 0444, .show = cq_outstanding_show};
static const struct node_class cq_stray_class = {.transient = true, .mode = 0444, .most = 8192, .show = cq_stray_show};
static const struct node_class sq_slots_class = {.transient = true,
                                                 .memory = true,
                                                 .mode = 0644,
                                                 .read = sq_slots_read,
                                                 .write = sq_slots_write,
                                                 .size = sq_slots_size};
static const struct node_class cq_slots_class = {.transient = true,
                                                 .memory = true,
                                                 .mode = 0644,
                                                 .read = cq_slots_read,
                                                 .write = cq_slots_write,
                                                 .size = cq_slots_size};

static const struct entry sq_entries[] = {
    {"ctl", &queue_sq_ctl_class, false},
    {"entries", &sq_entries_class, false},
    {"mem", &sq_mem_class, false},
    {"iova", &sq_iova_class, false},
    {"state", &sq_state_class, false},
    {"outstanding", &sq_outstanding_class, false},
    {"doorbell", &sq_doorbell_class, false},
    {"error", &object_error_class, false},
    {"CQID", &sq_cqid_class, false},
    {"QPRIO", &sq_qprio_class, false},
    {"PC", &sq_pc_class, false},
    {"NVMSETID", &sq_nvmsetid_class, false},
    {"tail", &sq_tail_class, false},
    {"head", &sq_head_class, false},
    {"slots", &sq_slots_class, false},
    {"submit", &queue_submit_class, true},
    {"place", &queue_place_class, true},
    {0},
};
static const struct entry cq_entries[] = {
    {"ctl", &queue_cq_ctl_class, false},
    {"entries", &cq_entries_class, false},
    {"mem", &cq_mem_class, false},
    {"iova", &cq_iova_class, false},
    {"state", &cq_state_class, false},
    {"outstanding", &cq_outstanding_class, false},
    {"doorbell", &cq_doorbell_class, false},
    {"error", &object_error_class, false},
    {"IV", &cq_iv_class, false},
    {"IEN", &cq_ien_class, false},
    {"PC", &cq_pc_class, false},
    {"head", &cq_head_class, false},
    {"phase", &cq_phase_class, false},
    {"consumer", &cq_consumer_class, false},
    {"stray", &cq_stray_class, false},
    {"slots", &cq_slots_class, false},
    {"completions", &queue_completions_class, true},
    {0},
};
const struct node_class queue_sq_class = {.directory = true, .transient = true, .mode = 0755, .entries = sq_entries};
const struct node_class queue_cq_class = {.directory = true, .transient = true, .mode = 0755, .entries = cq_entries};
