/* SPDX-License-Identifier: MIT */
/* The memory of a command object: data and metadata, where they lie, and how long they are. */
#include "cmd_data.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* A buffer of a command: what 65536 blocks of 4096 bytes take. Larger ones would keep everybody else waiting while they
 * are made. */
#define MOST_DATA (256ull << 20)
/* Data that grow move now and then, all of them. */
#define MOST_GROWN (16ull << 20)

static bool is_by_hand(const struct cmd_object *object)
{
    return object->pointers == LONE_POINTERS_MANUAL || object->pointers_in_entry;
}

bool cmd_has_no_data(const struct cmd_object *object, bool metadata)
{
    return is_by_hand(object) && (metadata || !object->mem);
}

int cmd_check_data(const struct cmd_object *object, bool metadata, struct lone_error *error)
{
    if (!cmd_has_no_data(object, metadata))
        return 0;
    if (metadata)
        return lone_fail(error, ENODATA,
                         "the pointers are made by hand, so nobody knows where the metadata are: write `prp` or `sgl` "
                         "to cmd/%s/pointers",
                         object->named.name);
    return lone_fail(
        error, ENODATA,
        "the pointers are made by hand, so nobody knows where the data are: write the name of an object in "
        "mem/ to cmd/%s/mem, or `prp` or `sgl` to cmd/%s/pointers",
        object->named.name, object->named.name);
}

int cmd_check_result(const struct cmd_object *object, struct lone_error *error)
{
    uint16_t status = lone_cmd_status(object->cmd);

    if (status)
        return lone_fail(
            error, ENODATA,
            "the command was completed with status 0x%03x %s, so it returned nothing: what its memory holds shows "
            "cmd/%s/data",
            status, lone_status_name(status), object->named.name);
    if (object->placed_ns > object->cmd->submitted_ns)
        return lone_fail(error, ENODATA,
                         "the command was completed with its data somewhere else: `mem`, `mem_offset` or `data_offset` "
                         "was written since");
    return cmd_check_data(object, false, error);
}

/* --- Where the data lie --- */

/* A mem object counts this command once: for the buffer that is borrowed from it, or while there is none. */
static void settle(struct cmd_object *object)
{
    bool count = object->mem && object->cmd->data.region != object->mem;

    if (count && !object->mem_counted)
        lone_region_get(object->mem);
    if (!count && object->mem_counted)
        lone_region_put(object->mem);
    object->mem_counted = count;
}

uint64_t cmd_data_length(const struct cmd_object *object)
{
    const struct lone_cmd *cmd = object->cmd;

    return cmd->data.size > cmd->data_offset ? cmd->data.size - cmd->data_offset : 0;
}

int cmd_data_resize(struct cmd_object *object, uint64_t size, struct lone_error *error)
{
    int result;

    if (object->mem && size)
        result = lone_cmd_data_in(object->cmd, object->mem, object->mem_offset, object->data_offset,
                                  object->data_offset + size, error);
    else
        result = lone_cmd_data_place(object->cmd, object->data_offset, size, error);
    settle(object);
    return result;
}

/* Bytes of the object that are there for data. */
static uint64_t mem_room(const struct cmd_object *object)
{
    uint64_t room = object->mem->size - object->mem_offset;

    return room > object->data_offset ? room - object->data_offset : 0;
}

/* Of data whose size was written all must have room there. Of others it is for the next entry to say how long they are:
 * until then as much as there was is shown, if there is so much. */
static int replace(struct cmd_object *object, struct lone_error *error)
{
    uint64_t length = cmd_data_length(object);

    if (object->mem && !object->data_by_hand)
        length = length < mem_room(object) ? length : mem_room(object);
    if (!object->mem && !object->data_by_hand && !object->data_kept)
        length = 0;
    if (!object->mem && length > MOST_DATA)
        return lone_fail(error, ERANGE, "data_size is %" PRIu64 ", and a buffer has at most %llu bytes", length,
                         MOST_DATA);
    if (object->mem && length)
        return lone_cmd_data_in(object->cmd, object->mem, object->mem_offset, object->data_offset,
                                object->data_offset + length, error);
    return lone_cmd_data_place(object->cmd, object->data_offset, length, error);
}

static int move_data(struct cmd_object *object, struct lone_region *mem, uint64_t offset, struct lone_error *error)
{
    struct lone_region *before = object->mem;
    uint64_t offset_before = object->mem_offset;
    int result;

    if (mem && offset >= mem->size)
        return lone_fail(error, ENOSPC, "mem_offset would be %" PRIu64 ", and mem/%s has %" PRIu64 " bytes", offset,
                         mem_name(object->fs, mem), mem->size);
    if (mem)
        lone_region_get(mem); /* until it is settled who counts */
    object->mem = mem;
    object->mem_offset = offset;
    result = replace(object, error);
    if (result) {
        object->mem = before;
        object->mem_offset = offset_before;
    } else if (object->mem_counted) {
        lone_region_put(before);
        object->mem_counted = false;
    }
    if (!result)
        object->placed_ns = now_ns();
    settle(object);
    if (mem)
        lone_region_put(mem);
    return result;
}

void cmd_data_end(struct cmd_object *object)
{
    if (object->mem_counted)
        lone_region_put(object->mem);
    free(object->parts);
}

int cmd_data_offset_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%" PRIu32 "\n", op->node->cmd->data_offset);
    return 0;
}

/* It is an offset in a page, of the size that CC.MPS says. */
static int check_data_offset(const struct cmd_object *object, uint64_t offset, struct lone_error *error)
{
    uint32_t page = lone_controller_page_size(object->fs->controller);

    if (offset < page)
        return 0;
    return lone_fail(error, ERANGE,
                     "data_offset is one within a page, and pages have %" PRIu32 " bytes (CC.MPS), not %" PRIu64
                     ": for a place further on in memory write `mem` and `mem_offset`",
                     page, offset);
}

int cmd_data_offset_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = op->node->cmd;
    uint32_t before = object->data_offset;
    uint64_t offset = 0, size = cmd_data_length(object);
    int result = cmd_idle(object, "the offset", &op->error);

    if (!result)
        result = lone_number_parse("the offset", 64, line, length, &offset, &op->error);
    if (!result)
        result = check_data_offset(object, offset, &op->error);
    if (result)
        return result;
    object->data_offset = (uint32_t)offset;
    result = object->mem ? replace(object, &op->error) : cmd_data_resize(object, size, &op->error);
    if (result)
        object->data_offset = before;
    else if (object->mem)
        object->placed_ns = now_ns();
    return result;
}

static bool is_host(const char *line, size_t length)
{
    const char *word;
    size_t n = word_take(&line, &length, &word);

    return word_is(word, n, "host") && !length;
}

int cmd_mem_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%s\n", mem_name(op->fs, op->node->cmd->mem));
    return 0;
}

int cmd_mem_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = op->node->cmd;
    struct lone_region *region = NULL;
    const char *word;
    size_t n;
    int result = cmd_idle(object, "the place of the data", &op->error);

    if (result)
        return result;
    if (is_host(line, length))
        return move_data(object, NULL, 0, &op->error);
    n = word_take(&line, &length, &word);
    if (!n || length)
        return lone_fail(&op->error, EINVAL, "write the name of an object in mem/, or host");
    region = mem_region(op->fs, word, n, &op->error);
    return region ? move_data(object, region, object->mem_offset, &op->error) : -op->error.number;
}

int cmd_mem_offset_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%" PRIu64 "\n", op->node->cmd->mem_offset);
    return 0;
}

int cmd_mem_offset_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = op->node->cmd;
    uint64_t offset = 0;
    int result = cmd_idle(object, "the place of the data", &op->error);

    if (!result)
        result = lone_number_parse("the offset", 33, line, length, &offset, &op->error);
    return result ? result : move_data(object, object->mem, offset, &op->error);
}

/* --- Where its lists lie --- */

int cmd_prp_list_show(struct op *op, struct lone_text *text)
{
    const struct lone_cmd *cmd = op->node->cmd->cmd;

    mem_place_add(op->fs, cmd->list_in, cmd->list_offset, text);
    return 0;
}

int cmd_prp_list_store(struct op *op, const char *line, size_t length)
{
    struct lone_region *region = NULL;
    uint64_t offset = 0;
    int result = cmd_idle(op->node->cmd, "the place of the list", &op->error);

    if (!result)
        result = mem_place(op, line, length, &region, &offset);
    return result ? result : lone_cmd_list_in(op->node->cmd->cmd, region, offset, &op->error);
}

/* --- How long they are --- */

/* What an SGL makes of the bytes that a command moves: bytes of the buffer that it needs. */
static int64_t sgl_size(const struct cmd_object *object, uint64_t moved, struct lone_error *error)
{
    bool reads = lone_opcode_direction(object->cmd->sqe[0]) & LONE_CONTROLLER_TO_HOST, rest = !object->sgl.n_parts;
    uint64_t blocks = 0, buckets = 0, skipped = 0;

    for (size_t i = 0; i < object->sgl.n_parts; i++) {
        const struct lone_sgl_part *part = &object->parts[i];

        *(part->kind == LONE_SGL_BLOCK ? &blocks : part->kind == LONE_SGL_BUCKET ? &buckets : &skipped) += part->length;
        rest |= part->rest;
    }
    if (!reads)
        buckets = 0; /* they count only where the controller returns data: NVMe Base 2.0, 4.1.2.1 */
    if (rest ? blocks + buckets > moved : blocks + buckets != moved)
        return lone_fail(
            error, EINVAL,
            "the SGL describes %" PRIu64 " bytes%s, and the command moves %" PRIu64
            ": write other lengths, or `block` for the rest, to `sgl`; or set data_size by hand to send it "
            "all the same",
            blocks + buckets, rest ? " and the rest" : "", moved);
    return (int64_t)(moved - buckets + skipped);
}

/* What the entry asks for. */
struct needs {
    uint64_t moved;    /* bytes of data that the command moves */
    uint64_t data;     /* bytes of the buffer for that */
    uint64_t metadata; /* bytes of metadata in a buffer of their own */
};

static int needed(const struct cmd_object *object, struct needs *needs, struct lone_error *error)
{
    const struct lone_opcode *opcode = cmd_opcode(object);
    const struct lone_namespace *namespace = cmd_namespace(object);
    int64_t length;

    *needs = (struct needs){0};
    length = lone_opcode_data_length(opcode, object->cmd->sqe, namespace ? &namespace->format : NULL, &needs->metadata,
                                     error);
    if (length > (int64_t)LONE_MEMORY_MAX || needs->metadata > LONE_MEMORY_MAX)
        length = lone_fail(error, ERANGE,
                           "the command moves %" PRId64 " bytes and %" PRIu64
                           " of metadata, and pointers are made for at most %llu: make them by hand",
                           length, needs->metadata, LONE_MEMORY_MAX);
    if (length > 0)
        needs->moved = (uint64_t)length;
    if (length > 0 && object->pointers == LONE_POINTERS_SGL && !object->data_by_hand && !is_by_hand(object))
        length = sgl_size(object, (uint64_t)length, error);
    needs->data = length > 0 ? (uint64_t)length : 0;
    return length < 0 ? (int)length : 0;
}

/* One of the two buffers: node->number says which, 0 data, 1 metadata. */
static bool *by_hand(struct cmd_object *object, bool metadata)
{
    return metadata ? &object->metadata_by_hand : &object->data_by_hand;
}

static bool *kept(struct cmd_object *object, bool metadata)
{
    return metadata ? &object->metadata_kept : &object->data_kept;
}

static uint64_t length_of(const struct cmd_object *object, bool metadata)
{
    return metadata ? object->cmd->metadata.size : cmd_data_length(object);
}

static int set_size(struct cmd_object *object, bool metadata, uint64_t size, struct lone_error *error)
{
    return metadata ? lone_cmd_metadata_size(object->cmd, size, error) : cmd_data_resize(object, size, error);
}

/* What was written is for the commands that follow, up to one that has another opcode than it was sent with, or that
 * does not send. What a command moves that no table knows may be what the host wrote. */
static void let_go(struct cmd_object *object, bool metadata)
{
    bool sends = !cmd_opcode(object) || lone_opcode_direction(object->cmd->sqe[0]) & LONE_HOST_TO_CONTROLLER;

    if (!*by_hand(object, metadata) && (!sends || (object->kept_sent && object->cmd->sqe[0] != object->sent)))
        *kept(object, metadata) = false;
}

/* --- Setting them aside --- */

static struct lone_buffer *buffer_of(struct cmd_object *object, bool metadata)
{
    return metadata ? &object->cmd->metadata : &object->cmd->data;
}

void cmd_data_note(struct cmd_object *object)
{
    object->aside = (struct cmd_aside){.length = {length_of(object, false), length_of(object, true)},
                                       .data_offset = object->cmd->data_offset};
}

/* Leaves the command without that buffer. */
static void set_aside(struct cmd_object *object, bool metadata)
{
    struct cmd_aside *aside = &object->aside;

    aside->buffer[metadata] = *buffer_of(object, metadata);
    aside->taken[metadata] = true;
    *buffer_of(object, metadata) = (struct lone_buffer){0};
    if (!metadata)
        object->cmd->data_offset = object->data_offset;
    settle(object);
}

static void drop_aside(struct cmd_object *object, bool metadata)
{
    if (object->aside.taken[metadata])
        lone_cmd_buffer_drop(object->cmd, &object->aside.buffer[metadata]);
    object->aside.taken[metadata] = false;
}

void cmd_data_let_go(struct cmd_object *object)
{
    drop_aside(object, false);
    drop_aside(object, true);
}

/* What was only made longer or shorter becomes as long as it was: a line does that to data that stay. */
void cmd_data_put_back(struct cmd_object *object)
{
    for (unsigned metadata = 0; metadata < 2; metadata++) {
        struct lone_buffer *buffer = buffer_of(object, metadata);

        if (object->aside.taken[metadata]) {
            lone_cmd_buffer_drop(object->cmd, buffer);
            *buffer = object->aside.buffer[metadata];
            object->aside.taken[metadata] = false;
            if (!metadata)
                object->cmd->data_offset = object->aside.data_offset;
        } else if (length_of(object, metadata) != object->aside.length[metadata]) {
            set_size(object, metadata, object->aside.length[metadata], NULL);
        }
    }
    settle(object);
}

/* Where the host has no room for both, what was set aside goes. */
static int set_fresh_size(struct cmd_object *object, bool metadata, uint64_t size, struct lone_error *error)
{
    int result;

    set_aside(object, metadata);
    result = size ? set_size(object, metadata, size, error) : 0;
    if ((result != -ENOMEM && result != -ENOSPC) || (object->mem && !metadata))
        return result;
    cmd_data_let_go(object);
    return set_size(object, metadata, size, error);
}

/* Fresh: zeroed, so that what was there before is not taken for an answer; but not what the host will send. */
static int size_one(struct cmd_object *object, bool metadata, uint64_t size, bool fresh, struct lone_error *error)
{
    bool keep = *kept(object, metadata);
    uint64_t length = length_of(object, metadata);

    if (*by_hand(object, metadata))
        return 0;
    if (size > MOST_DATA)
        return lone_fail(error, ERANGE,
                         "the command moves %" PRIu64
                         " bytes%s, and a buffer has at most %llu: write a smaller size to "
                         "%s (what is behind it goes to scratch memory)%s",
                         size, metadata ? " of metadata" : "", MOST_DATA, metadata ? "metadata_size" : "data_size",
                         metadata ? "" : ", or name an object in mem/ in `mem`");
    if (keep && size < length)
        size = length;
    if (fresh && !keep)
        return set_fresh_size(object, metadata, size, error);
    return size == length ? 0 : set_size(object, metadata, size, error);
}

/* That nobody knows how much the command moves does not matter: what there is holds. */
static bool may_be_unknown(const struct cmd_object *object, int result)
{
    return result == -ENODATA && (object->data_by_hand || object->data_kept);
}

/* By hand there is memory of the command's own only as far as the host wrote some: how much a wrong entry asks for does
 * not matter. Of an object in mem/ the data are what the entry asks for, as far as that goes. */
static int size_by_hand(struct cmd_object *object, bool fresh, struct lone_error *error)
{
    struct needs needs;
    uint64_t there;

    if (!object->mem)
        return fresh && !object->data_kept && !object->data_by_hand ? set_fresh_size(object, false, 0, error) : 0;
    if (object->data_by_hand || needed(object, &needs, NULL))
        return 0;
    there = mem_room(object);
    return cmd_data_resize(object, needs.data < there ? needs.data : there, error);
}

/* Bits 1:0 of its opcode say that it moves data, and its fields do not say that: a vendor's feature, say. Then it is as
 * much as there is. */
static bool moves_what_there_is(const struct cmd_object *object, const struct needs *needs)
{
    return !cmd_opcode(object) || (!needs->moved && lone_opcode_direction(object->cmd->sqe[0]));
}

/* What the pointers are made for: what the entry says. An SGL describes the length that was written, where one was. */
static void note_moves(struct cmd_object *object, const struct needs *needs)
{
    struct lone_cmd *cmd = object->cmd;
    bool sgl = object->pointers == LONE_POINTERS_SGL;

    cmd->sized = !moves_what_there_is(object, needs);
    cmd->moves = !sgl ? needs->moved : object->data_by_hand ? cmd_data_length(object) : needs->data;
    cmd->moves_metadata = needs->metadata;
    cmd->buckets = sgl && needs->moved;
}

int cmd_size_data(struct cmd_object *object, bool fresh, struct lone_error *error)
{
    struct lone_error fault = {0};
    struct needs needs;
    int result;

    object->cmd->sized = false;
    if (fresh) {
        let_go(object, false);
        let_go(object, true);
    }
    if (is_by_hand(object))
        return size_by_hand(object, fresh, error);
    if (!cmd_opcode(object) && !fresh) /* an entry by hand, of which nobody knows what it moves: what there is */
        return check_data_offset(object, object->data_offset, error);
    result = needed(object, &needs, &fault);
    if (result && !may_be_unknown(object, result)) {
        *error = fault;
        return result;
    }
    if (!result)
        result = size_one(object, false, needs.data, fresh, error);
    else
        return check_data_offset(object, object->data_offset, error);
    if (!result)
        result = size_one(object, true, needs.metadata, fresh, error);
    if (!result)
        result = check_data_offset(object, object->data_offset, error);
    if (!result)
        note_moves(object, &needs);
    return result;
}

/* --- Files: node->number says which, 0 data, 1 metadata --- */

/* What the entry asks for as it stands; the buffer becomes so long when it is sent. */
int cmd_size_show(struct op *op, struct lone_text *text)
{
    struct cmd_object *object = op->node->cmd;
    bool metadata = op->node->number, hidden = cmd_has_no_data(object, metadata);
    uint64_t there = length_of(object, metadata), size = there;
    struct needs needs;

    if (hidden || (!*by_hand(object, metadata) && cmd_opcode(object) && object->cmd->state != LONE_CMD_OUTSTANDING)) {
        int result = needed(object, &needs, &op->error);

        if (result && (hidden || !may_be_unknown(object, result)))
            return result;
        if (!result)
            size = metadata ? needs.metadata : needs.data;
        if (!hidden && *kept(object, metadata) && size < there)
            size = there;
    }
    lone_text_add(text, "%" PRIu64 "\n", size);
    return 0;
}

int cmd_size_store(struct op *op, const char *line, size_t length)
{
    bool automatic = false;
    uint64_t size = 0;
    int result = cmd_idle(op->node->cmd, "the size", &op->error);

    if (!result)
        result = number_or_auto("the size", 64, line, length, &size, &automatic, &op->error);
    if (!result && size > MOST_DATA && !op->node->cmd->mem)
        result = lone_fail(&op->error, ERANGE, "a buffer has at most %llu bytes", MOST_DATA);
    if (!result)
        result = set_size(op->node->cmd, op->node->number, size, &op->error);
    if (result)
        return result;
    *by_hand(op->node->cmd, op->node->number) = !automatic;
    *kept(op->node->cmd, op->node->number) = false;
    return 0;
}

uint64_t cmd_result_file_size(struct fs *fs, const struct node *node)
{
    (void)fs;
    return node->cmd->cmd->state != LONE_CMD_COMPLETED || cmd_check_result(node->cmd, NULL)
               ? SIZE_UNKNOWN
               : cmd_data_length(node->cmd);
}

uint64_t cmd_data_file_size(struct fs *fs, const struct node *node)
{
    (void)fs;
    return cmd_has_no_data(node->cmd, node->number) ? SIZE_UNKNOWN : length_of(node->cmd, node->number);
}

static int load(const struct node *node, uint64_t offset, void *bytes, uint64_t size, struct lone_error *error)
{
    const struct lone_cmd *cmd = node->cmd->cmd;

    if (node->number)
        return lone_buffer_load(&cmd->metadata, offset, bytes, size, error);
    if (cmd->data.region) {
        int result = lone_controller_memory_check(cmd->data.region, error);

        if (result)
            return result;
    }
    return lone_buffer_load(&cmd->data, cmd->data_offset + offset, bytes, size, error);
}

static int save(const struct node *node, uint64_t offset, const void *bytes, uint64_t size, struct lone_error *error)
{
    const struct lone_cmd *cmd = node->cmd->cmd;

    if (node->number)
        return lone_buffer_store(&cmd->metadata, offset, bytes, size, error);
    if (cmd->data.region) {
        int result = lone_controller_memory_check(cmd->data.region, error);

        if (result)
            return result;
    }
    return lone_buffer_store(&cmd->data, cmd->data_offset + offset, bytes, size, error);
}

ssize_t cmd_data_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    uint64_t length = length_of(op->node->cmd, op->node->number);
    int result = cmd_check_data(op->node->cmd, op->node->number, &op->error);

    if (result)
        return result;
    if (offset >= length)
        return 0;
    size = size < length - offset ? size : (size_t)(length - offset);
    result = load(op->node, offset, bytes, size, &op->error);
    return result ? result : (ssize_t)size;
}

/* `>` empties data whose size nobody set, as it does a file. */
int cmd_data_truncate(struct op *op, uint64_t size)
{
    struct cmd_object *object = op->node->cmd;
    bool metadata = op->node->number;

    if (size || *by_hand(object, metadata) || cmd_has_no_data(object, metadata) ||
        object->cmd->state == LONE_CMD_OUTSTANDING)
        return 0;
    *kept(object, metadata) = false;
    return set_size(object, metadata, 0, &op->error);
}

/* Data whose size nobody set grow with what is written, as a file does; a size that was set is a limit. */
ssize_t cmd_data_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    struct cmd_object *object = op->node->cmd;
    bool metadata = op->node->number;
    uint64_t length = length_of(object, metadata), most = metadata || !object->mem ? MOST_DATA : LONE_MEMORY_MAX;
    int result = cmd_check_data(object, metadata, &op->error);

    if (result)
        return result;
    if (offset > most || size > most - offset)
        return lone_fail(&op->error, ENOSPC, "a buffer has at most %" PRIu64 " bytes", most);
    if (offset + size > length && *by_hand(object, metadata))
        return lone_fail(&op->error, ENOSPC, "%zu bytes at offset %" PRIu64 " do not fit: %s is %" PRIu64, size, offset,
                         metadata ? "metadata_size" : "data_size", length);
    if (offset + size > length) {
        result = cmd_idle(object, "the size", &op->error);
        if (!result && offset + size > MOST_GROWN && !object->mem)
            result =
                lone_fail(&op->error, ENOSPC, "data whose size nobody set grow to %llu bytes: for more write %s first",
                          MOST_GROWN, metadata ? "metadata_size" : "data_size");
        if (!result)
            result = set_size(object, metadata, offset + size, &op->error);
        if (result)
            return result;
    }
    *kept(object, metadata) = true;
    object->kept_sent = false;
    if (size)
        result = save(op->node, offset, bytes, size, &op->error);
    return result ? result : (ssize_t)size;
}

/* --- input/: what the host sends, as a record --- */

#define ROOM_FOR_INPUT 65536u /* the fields of a list can be written up to here, whatever its length is now */

static const struct lone_record *input_record(struct fs *fs, const struct node *node)
{
    const struct lone_opcode *opcode = cmd_opcode(node->cmd);

    (void)fs;
    return opcode ? lone_opcode_input(opcode, node->cmd->cmd->sqe) : NULL;
}

static int input_measure(struct op *op, uint64_t *size)
{
    int result = cmd_check_data(op->node->cmd, false, &op->error);

    if (result)
        return result;
    *size = cmd_data_length(op->node->cmd);
    if (op->kind == OP_WRITE && *size < ROOM_FOR_INPUT)
        *size = ROOM_FOR_INPUT;
    return 0;
}

/* Behind the data there are zeros: that is what a field finds there when it is written. */
static int input_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    uint64_t length = cmd_data_length(op->node->cmd), there = at < length ? length - at : 0;

    (void)present, (void)aggregate;
    memset(bytes, 0, size);
    there = there < size ? there : size;
    return there ? load(op->node, at, bytes, there, &op->error) : 0;
}

static int input_save(struct op *op, uint32_t at, uint32_t size, const uint8_t *bytes)
{
    struct cmd_object *object = op->node->cmd;
    int result = cmd_idle(object, "the data", &op->error);

    if (!result && (uint64_t)at + size > cmd_data_length(object))
        result = cmd_data_resize(object, (uint64_t)at + size, &op->error);
    if (result)
        return result;
    object->data_kept = true;
    object->kept_sent = false;
    return save(op->node, at, bytes, size, &op->error);
}

static uint64_t input_peek(struct fs *fs, const struct node *node, void *bytes, uint64_t size)
{
    const struct lone_cmd *cmd = node->cmd->cmd;
    uint64_t length = cmd_data_length(node->cmd);

    (void)fs;
    if (!cmd->data.data || cmd_has_no_data(node->cmd, false))
        return 0;
    if (size)
        lone_dma_load(bytes, cmd->data.data + cmd->data_offset, size < length ? size : length);
    return length;
}

const struct source cmd_input_source = {.writable = true,
                                        .transient = true,
                                        .measure = input_measure,
                                        .load = input_load,
                                        .peek = input_peek,
                                        .save = input_save,
                                        .record = input_record};

int cmd_input_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    return input_record(fs, dir) ? record_find(fs, dir, name, child, error) : -ENOENT;
}

bool cmd_input_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    /* raw, the first file of a record, is listed already. */
    return input_record(fs, dir) && record_list(fs, dir, index + 1, name, child);
}
