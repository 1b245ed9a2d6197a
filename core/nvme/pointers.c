/* SPDX-License-Identifier: MIT */
/* The data pointers of a command: which memory they need, and filling them in. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>

#include "nvme/prp.h"
#include "nvme/sgl.h"

enum { PSDT_PRP = 0, PSDT_SGL = 1, PSDT_SGL_METADATA = 2 }; /* NVMe Base 2.0, Figure 86 */

static uint64_t address_of(const struct lone_cmd *cmd)
{
    return cmd->data.iova + cmd->data_offset;
}

static uint64_t room_of(const struct lone_cmd *cmd)
{
    return cmd->data.size > cmd->data_offset ? cmd->data.size - cmd->data_offset : 0;
}

/* Bytes that the pointers are made for. */
static uint64_t length_of(const struct lone_cmd *cmd)
{
    uint64_t room = room_of(cmd);

    if (!cmd->sized)
        return room;
    return cmd->pointers == LONE_POINTERS_SGL && cmd->moves > room ? room : cmd->moves;
}

/* An SGL of bit buckets alone describes nothing of the buffer. */
bool lone_pointers_none(const struct lone_cmd *cmd)
{
    return !length_of(cmd) && !(cmd->sized && cmd->pointers == LONE_POINTERS_SGL && cmd->buckets);
}

/* Without a buffer it goes to scratch memory. */
static bool is_metadata_scratch(const struct lone_cmd *cmd)
{
    return cmd->sized && cmd->moves_metadata && !cmd->metadata.size;
}

bool lone_pointers_no_metadata(const struct lone_cmd *cmd)
{
    return cmd->sized ? !cmd->moves_metadata : !cmd->metadata.size;
}

/* Bytes of the pages that PRPs name, from the beginning of the first one on, as far as they are the data's. */
static uint64_t own_span(const struct lone_cmd *cmd)
{
    uint64_t last = cmd->own->controller->page_size - 1;

    return room_of(cmd) ? ((address_of(cmd) & last) + room_of(cmd) + last) & ~last : 0;
}

/* Bytes of scratch memory: a page, that stands for each one that is missing; or all metadata, which MPTR finds in a
 * row. */
static uint64_t scratch_size(const struct lone_cmd *cmd)
{
    uint64_t page = cmd->own->controller->page_size, size = 0;

    if (cmd->sized && cmd->pointers == LONE_POINTERS_PRP && cmd->moves &&
        (address_of(cmd) & (page - 1)) + cmd->moves > own_span(cmd))
        size = page;
    return is_metadata_scratch(cmd) && cmd->moves_metadata > size ? cmd->moves_metadata : size;
}

/* MPTR leads to a descriptor, which lies behind the segments, if there is metadata. */
static bool has_metadata_segment(const struct lone_cmd *cmd)
{
    return cmd->pointers == LONE_POINTERS_SGL && cmd->sgl && cmd->sgl->metadata_segment && cmd->metadata.size &&
           !lone_pointers_no_metadata(cmd);
}

static int check_region(const struct lone_region *region, struct lone_error *error)
{
    return region ? lone_controller_memory_check(region, error) : 0;
}

/* PRPs are about pages: may the rest of the one in which the bytes of a borrowed buffer end be written, too? It may
 * where the region ends as well, and its own pages do not end before. */
static int check_last_page(const struct lone_cmd *cmd, struct lone_error *error)
{
    const struct lone_region *region = cmd->data.region;
    uint64_t page = cmd->own->controller->page_size, own_page = lone_memory_page_size(cmd->own->controller->memory);
    uint64_t end = cmd->data.iova + cmd->data.size;

    if (!region || end % page == 0 || !room_of(cmd) || length_of(cmd) <= room_of(cmd) ||
        !(lone_opcode_direction(cmd->sqe[0]) & LONE_CONTROLLER_TO_HOST))
        return 0;
    if (end == region->iova + region->size && (page <= own_page || end % page > page - own_page))
        return 0;
    return lone_fail(error, EINVAL,
                     "the entry moves %" PRIu64 " bytes, and the %" PRIu64
                     " bytes that there are for it end within a page of %" PRIu64
                     " bytes: PRPs name whole pages, so the controller would write to memory behind them. Write a "
                     "data_size that ends with a page, or sgl to pointers, or make the pointers by hand",
                     length_of(cmd), room_of(cmd), page);
}

static int check_sgl(const struct lone_cmd *cmd, struct lone_error *error)
{
    uint64_t size;

    if (has_metadata_segment(cmd) && cmd->metadata.size > UINT32_MAX)
        return lone_fail(error, EINVAL, "one SGL data block descriptor describes less than 4 GiB of metadata");
    return lone_pointers_none(cmd) ? 0 : lone_sgl_check(cmd->sgl, length_of(cmd), &size, error);
}

int lone_pointers_check(const struct lone_cmd *cmd, struct lone_error *error)
{
    int result;

    if (cmd->pointers == LONE_POINTERS_MANUAL)
        return 0;
    result = check_region(cmd->data.region, error);
    if (!result)
        result = check_region(cmd->list_in, error);
    if (!result && cmd->data.size && cmd->data_offset >= cmd->data.size)
        result =
            lone_fail(error, EINVAL, "the data offset %" PRIu32 " is behind the end of the data, %" PRIu64 " bytes",
                      cmd->data_offset, cmd->data.size);
    if (result)
        return result;
    return cmd->pointers == LONE_POINTERS_SGL ? check_sgl(cmd, error) : check_last_page(cmd, error);
}

/* --- What they need ---------------------------------------------------------------------------------------- */

static uint64_t list_size(const struct lone_cmd *cmd, uint64_t list_address)
{
    uint64_t size = 0;

    if (cmd->pointers == LONE_POINTERS_PRP)
        return length_of(cmd)
                   ? lone_prp_list_size(address_of(cmd), length_of(cmd), cmd->own->controller->page_size, list_address)
                   : 0;
    if (!lone_pointers_none(cmd))
        lone_sgl_check(cmd->sgl, length_of(cmd), &size, NULL);
    return size + (has_metadata_segment(cmd) ? LONE_SGL_DESCRIPTOR : 0);
}

/* The region counts this command once: for the list that is borrowed from it, or while there is none. */
static void settle_list(struct lone_cmd *cmd)
{
    bool count = cmd->list_in && cmd->own->list.region != cmd->list_in;

    if (count && !cmd->own->list_counted)
        lone_region_get(cmd->list_in);
    if (!count && cmd->own->list_counted)
        lone_region_put(cmd->list_in);
    cmd->own->list_counted = count;
}

int lone_cmd_list_in(struct lone_cmd *cmd, struct lone_region *region, uint64_t offset, struct lone_error *error)
{
    struct lone_cmd_private *own = cmd->own;
    struct lone_region *before = cmd->list_in;

    if (own->where == LONE_FLYING)
        return lone_fail(error, EBUSY,
                         "the command is outstanding and the controller may use its list: wait for it, or disable or "
                         "reset the controller");
    if (region && (offset % 8 || offset >= region->size))
        return lone_fail(error, EINVAL,
                         "a list begins at a multiple of 8 within the memory, %" PRIu64 " bytes, not at %" PRIu64
                         "; for other places make the list and the pointers by hand",
                         region->size, offset);
    if (region)
        lone_region_get(region); /* until it is settled who counts */
    lone_give_back(own->controller, &own->list, &own->hold);
    own->list_filled = 0;
    if (own->list_counted)
        lone_region_put(before);
    own->list_counted = false;
    cmd->list_in = region;
    cmd->list_offset = offset;
    settle_list(cmd);
    if (region)
        lone_region_put(region);
    return 0;
}

/* Where the user wants it. */
static int borrow_list(struct lone_cmd *cmd, struct lone_error *error)
{
    int result = 0;

    struct lone_buffer *list = &cmd->own->list;
    uint64_t size = list_size(cmd, cmd->list_in->iova + cmd->list_offset);

    lone_region_get(cmd->list_in); /* until it is settled who counts */
    lone_give_back(cmd->own->controller, list, NULL);
    cmd->own->list_filled = 0;
    if (size)
        result = lone_region_borrow(cmd->list_in, cmd->list_offset, size, list, error);
    settle_list(cmd);
    lone_region_put(cmd->list_in);
    return result;
}

static int reserve_list(struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_controller *controller = cmd->own->controller;
    struct lone_buffer *list = &cmd->own->list, larger;
    uint64_t size;
    int result;

    if (cmd->list_in)
        return borrow_list(cmd, error);
    size = list_size(cmd, 0);
    if (!size || (list->size >= size && !list->region && list->iova % controller->page_size == 0))
        return 0;
    result = lone_buffer_alloc(controller->memory, size, controller->page_size, &larger, error);
    if (result)
        return result;
    lone_give_back(controller, list, NULL);
    *list = larger;
    cmd->own->list_filled = 0;
    return 0;
}

/* The command gets another buffer with the same content, and at least @room bytes of memory. What was borrowed stays:
 * it is its owner who knows what it is for. */
static int renew(struct lone_controller *controller, struct lone_buffer *buffer, uint64_t room,
                 const struct lone_hold *hold, struct lone_error *error)
{
    struct lone_buffer fresh;
    int result;

    if (!buffer->size || buffer->region)
        return 0;
    result = lone_buffer_alloc(controller->memory, room > buffer->size ? room : buffer->size, controller->page_size,
                               &fresh, error);
    if (result)
        return result;
    fresh.size = buffer->size;
    lone_dma_load(fresh.data, buffer->data, buffer->size);
    lone_give_back(controller, buffer, hold);
    *buffer = fresh;
    return 0;
}

/* Does it end within a controller page, or before @room bytes? CC.MPS may be another one since it was made. */
static bool is_too_small(const struct lone_controller *controller, const struct lone_buffer *buffer, uint64_t room)
{
    uint64_t memory = buffer->pages * lone_memory_page_size(controller->memory);

    return buffer->size && !buffer->region && ((buffer->iova | memory) & (controller->page_size - 1) || memory < room);
}

static int reserve_buffers(struct lone_cmd *cmd, bool held, struct lone_error *error)
{
    struct lone_controller *controller = cmd->own->controller;
    const struct lone_hold *hold = held ? &cmd->own->hold : NULL;
    bool driver = cmd->pointers != LONE_POINTERS_MANUAL;
    uint64_t metadata = driver && cmd->sized ? cmd->moves_metadata : 0;
    int result = 0;

    if (held || (driver && is_too_small(controller, &cmd->data, 0)))
        result = renew(controller, &cmd->data, 0, hold, error);
    if (!result && (held || (driver && is_too_small(controller, &cmd->metadata, metadata))))
        result = renew(controller, &cmd->metadata, metadata, hold, error);
    return result;
}

/* Zeroed where the host sends it: what one command has left there is not for the next one to send. */
static int reserve_scratch(struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_controller *controller = cmd->own->controller;
    struct lone_buffer *scratch = &cmd->own->scratch;
    bool sends = lone_opcode_direction(cmd->sqe[0]) & LONE_HOST_TO_CONTROLLER;
    uint64_t size = scratch_size(cmd);

    if (!size || (!sends && scratch->size >= size && !is_too_small(controller, scratch, size)))
        return 0;
    lone_give_back(controller, scratch, NULL);
    return lone_buffer_alloc(controller->memory, size, controller->page_size, scratch, error);
}

int lone_pointers_reserve(struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_cmd_private *own = cmd->own;
    bool held = lone_held(own->controller, &own->hold);
    int result = reserve_buffers(cmd, held, error);

    if (result)
        return result;
    if (held) {
        lone_give_back(own->controller, &own->list, &own->hold);
        lone_give_back(own->controller, &own->scratch, &own->hold);
        own->list_filled = 0;
        settle_list(cmd);
    }
    own->hold.until = 0;
    if (cmd->pointers == LONE_POINTERS_MANUAL)
        return 0;
    result = reserve_scratch(cmd, error);
    return result ? result : reserve_list(cmd, error);
}

/* --- Filling in the entry ---------------------------------------------------------------------------------- */

static void set_psdt(uint8_t *sqe, unsigned psdt)
{
    sqe[LONE_SQE_FLAGS] = (uint8_t)((sqe[LONE_SQE_FLAGS] & 0x3f) | psdt << 6);
}

/* What a longer list left behind its end names memory that is somebody else's by now. */
static int clear_rest(struct lone_cmd_private *own, uint64_t filled, struct lone_error *error)
{
    static const uint8_t zeros[4096];
    int result = 0;

    for (uint64_t at = filled; at < own->list_filled && !result; at += sizeof(zeros))
        result =
            lone_buffer_store(&own->list, at, zeros,
                              own->list_filled - at < sizeof(zeros) ? own->list_filled - at : sizeof(zeros), error);
    own->list_filled = filled;
    return result;
}

static int fill_prps(struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_cmd_private *own = cmd->own;
    const struct lone_prp_data data = {.address = address_of(cmd),
                                       .length = length_of(cmd),
                                       .pages = own_span(cmd) / own->controller->page_size,
                                       .scratch = own->scratch.iova};
    uint64_t prp1, prp2;
    int result = lone_prp_build_beyond(&data, own->controller->page_size, &own->list, &prp1, &prp2, error);

    if (result)
        return result;
    lone_put64(cmd->sqe + LONE_SQE_PRP1, prp1);
    lone_put64(cmd->sqe + LONE_SQE_PRP2, prp2);
    set_psdt(cmd->sqe, PSDT_PRP);
    own->filled = true;
    own->prp1 = prp1;
    return 0;
}

static int fill_sgl(struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_cmd_private *own = cmd->own;
    int result = lone_sgl_build(cmd->sgl, address_of(cmd), length_of(cmd), &own->list, cmd->sqe + LONE_SQE_PRP1, error);

    if (result)
        return result;
    set_psdt(cmd->sqe, PSDT_SGL);
    own->filled = true;
    own->prp1 = lone_get64(cmd->sqe + LONE_SQE_PRP1);
    return 0;
}

static int fill_metadata(struct lone_cmd *cmd, uint64_t at, struct lone_error *error)
{
    uint8_t descriptor[LONE_SGL_DESCRIPTOR];
    uint64_t mptr = is_metadata_scratch(cmd) ? cmd->own->scratch.iova : cmd->metadata.iova;

    if (has_metadata_segment(cmd)) {
        int result;

        lone_sgl_block(descriptor, cmd->metadata.iova, (uint32_t)cmd->metadata.size);
        result = lone_buffer_store(&cmd->own->list, at, descriptor, sizeof(descriptor), error);
        if (result)
            return result;
        mptr = cmd->own->list.iova + at;
        set_psdt(cmd->sqe, PSDT_SGL_METADATA);
    }
    cmd->own->mptr = mptr;
    lone_put64(cmd->sqe + LONE_SQE_MPTR, mptr);
    return 0;
}

/* The entry may still name buffers that it had when it was submitted last, and that are somebody else's by now. */
static void forget_pointers(struct lone_cmd *cmd)
{
    struct lone_cmd_private *own = cmd->own;

    if (lone_pointers_none(cmd) && own->filled) {
        if (lone_get64(cmd->sqe + LONE_SQE_PRP1) == own->prp1) {
            memset(cmd->sqe + LONE_SQE_PRP1, 0, 16);
            set_psdt(cmd->sqe, PSDT_PRP);
        }
        own->filled = false;
    }
    if (lone_pointers_no_metadata(cmd) && own->mptr) {
        if (lone_get64(cmd->sqe + LONE_SQE_MPTR) == own->mptr)
            lone_put64(cmd->sqe + LONE_SQE_MPTR, 0);
        own->mptr = 0;
    }
}

int lone_pointers_fill(struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_cmd_private *own = cmd->own;
    uint64_t size;
    int result = 0;

    if (cmd->pointers == LONE_POINTERS_MANUAL)
        return 0;
    forget_pointers(cmd);
    size = own->list.size ? list_size(cmd, own->list.iova) : 0;
    if (size < own->list_filled)
        result = clear_rest(own, size, error);
    own->list_filled = size;
    if (!result && !lone_pointers_none(cmd))
        result = cmd->pointers == LONE_POINTERS_PRP ? fill_prps(cmd, error) : fill_sgl(cmd, error);
    if (!result && !lone_pointers_no_metadata(cmd))
        result = fill_metadata(cmd, size - LONE_SGL_DESCRIPTOR, error);
    return result;
}
