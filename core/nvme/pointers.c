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

static uint64_t length_of(const struct lone_cmd *cmd)
{
    return cmd->data.size - cmd->data_offset;
}

/* MPTR leads to a descriptor, which lies behind the segments, if there is metadata. */
static bool has_metadata_segment(const struct lone_cmd *cmd)
{
    return cmd->sgl && cmd->sgl->metadata_segment && cmd->metadata.size;
}

static int check_region(const struct lone_region *region, struct lone_error *error)
{
    return region ? lone_controller_memory_check(region, error) : 0;
}

int lone_pointers_check(const struct lone_cmd *cmd, struct lone_error *error)
{
    uint64_t size;
    int result;

    if (cmd->pointers == LONE_POINTERS_MANUAL)
        return 0;
    result = check_region(cmd->data.region, error);
    if (!result)
        result = check_region(cmd->list_in, error);
    if (result || !cmd->data.size)
        return result;
    if (cmd->data_offset >= cmd->data.size)
        return lone_fail(error, EINVAL, "the data offset %" PRIu32 " is behind the end of the data, %" PRIu64 " bytes",
                         cmd->data_offset, cmd->data.size);
    return cmd->pointers == LONE_POINTERS_SGL ? lone_sgl_check(cmd->sgl, length_of(cmd), &size, error) : 0;
}

/* --- What they need ---------------------------------------------------------------------------------------- */

static uint64_t list_size(const struct lone_cmd *cmd, uint64_t list_address)
{
    uint64_t size = 0;

    if (cmd->data.size && cmd->pointers == LONE_POINTERS_PRP)
        return lone_prp_list_size(address_of(cmd), length_of(cmd), cmd->own->controller->page_size, list_address);
    if (cmd->data.size)
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

/* A buffer that the device may still write: the command gets another one with the same content. What was borrowed
 * stays: it is its owner who knows what it is for. */
static int renew(struct lone_controller *controller, struct lone_buffer *buffer, const struct lone_hold *hold,
                 struct lone_error *error)
{
    struct lone_buffer fresh;
    int result;

    if (!buffer->size || buffer->region)
        return 0;
    result = lone_buffer_alloc(controller->memory, buffer->size, 1, &fresh, error);
    if (result)
        return result;
    lone_dma_load(fresh.data, buffer->data, buffer->size);
    lone_give_back(controller, buffer, hold);
    *buffer = fresh;
    return 0;
}

int lone_pointers_reserve(struct lone_cmd *cmd, struct lone_error *error)
{
    struct lone_cmd_private *own = cmd->own;
    int result = 0;

    if (lone_held(own->controller, &own->hold)) {
        result = renew(own->controller, &cmd->data, &own->hold, error);
        if (!result)
            result = renew(own->controller, &cmd->metadata, &own->hold, error);
        if (result)
            return result;
        lone_give_back(own->controller, &own->list, &own->hold);
        own->list_filled = 0;
        settle_list(cmd);
    }
    own->hold.until = 0;
    return cmd->pointers == LONE_POINTERS_MANUAL ? 0 : reserve_list(cmd, error);
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
    uint64_t prp1, prp2;
    int result =
        lone_prp_build(address_of(cmd), length_of(cmd), own->controller->page_size, &own->list, &prp1, &prp2, error);

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
    uint64_t mptr = cmd->metadata.iova;

    if (cmd->pointers == LONE_POINTERS_SGL && has_metadata_segment(cmd)) {
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

    if (!cmd->data.size && own->filled) {
        if (lone_get64(cmd->sqe + LONE_SQE_PRP1) == own->prp1) {
            memset(cmd->sqe + LONE_SQE_PRP1, 0, 16);
            set_psdt(cmd->sqe, PSDT_PRP);
        }
        own->filled = false;
    }
    if (!cmd->metadata.size && own->mptr) {
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
    if (!result && cmd->data.size)
        result = cmd->pointers == LONE_POINTERS_PRP ? fill_prps(cmd, error) : fill_sgl(cmd, error);
    if (!result && cmd->metadata.size)
        result = fill_metadata(cmd, size - LONE_SGL_DESCRIPTOR, error);
    return result;
}
