/* SPDX-License-Identifier: MIT */
/* Commands while the controller does not have them. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

struct whole_command {
    struct lone_cmd cmd;
    struct lone_cmd_private own;
};

uint64_t lone_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const char *lone_cmd_state_name(enum lone_cmd_state state)
{
    static const char *const names[] = {"idle", "outstanding", "completed", "lost"};

    return names[state];
}

struct lone_cmd *lone_cmd_new(struct lone_controller *controller)
{
    struct whole_command *whole = calloc(1, sizeof(*whole));

    if (!whole)
        return NULL;
    whole->cmd.own = &whole->own;
    whole->own.cmd = &whole->cmd;
    whole->own.controller = controller;
    TAILQ_INSERT_TAIL(&controller->all, &whole->own, all);
    return &whole->cmd;
}

/* Not while it is in flight. */
void lone_cmd_dispose(struct lone_cmd_private *own)
{
    struct lone_controller *controller = own->controller;

    if (own->where == LONE_ANNOUNCED)
        TAILQ_REMOVE(&controller->lost, own, flight);
    TAILQ_REMOVE(&controller->all, own, all);
    lone_give_back(controller, &own->cmd->data, &own->hold);
    lone_give_back(controller, &own->cmd->metadata, &own->hold);
    lone_give_back(controller, &own->list, &own->hold);
    lone_give_back(controller, &own->scratch, &own->hold);
    if (own->list_counted)
        lone_region_put(own->cmd->list_in);
    lone_hmb_forget(own);
    free(own->cmd); /* the whole of it: it comes first */
}

void lone_cmd_free(struct lone_cmd *cmd)
{
    if (!cmd)
        return;
    cmd->done = NULL;
    if (cmd->own->where == LONE_FLYING)
        cmd->own->zombie = true;
    else
        lone_cmd_dispose(cmd->own);
}

static int check_free(const struct lone_cmd *cmd, struct lone_error *error)
{
    if (cmd->own->where != LONE_FLYING)
        return 0;
    return lone_fail(error, EBUSY,
                     "the command is outstanding and the controller may use its buffer: wait for it, or disable or "
                     "reset the controller");
}

/* Data that are written piece by piece get some room to grow into, or each piece would move all of them. */
#define PIECE     (1u << 20)
#define MOST_ROOM (16u << 20)
/* To move more would hold the caller up for longer than anybody should wait who shares a thread with him. */
#define MOST_MOVED (16u << 20)

static int make(struct lone_controller *controller, uint64_t size, uint64_t room, struct lone_buffer *buffer,
                struct lone_error *error)
{
    uint32_t page = lone_controller_page_size(controller);
    int result = lone_buffer_alloc(controller->memory, size + room, page, buffer, room ? NULL : error);

    if (result && room)
        result = lone_buffer_alloc(controller->memory, size, page, buffer, error);
    if (!result)
        buffer->size = size;
    return result;
}

/* Within the memory that it has, unless that is far too much. What may be written by the device gets another place. */
static bool fits(const struct lone_cmd *cmd, const struct lone_buffer *buffer, uint64_t size)
{
    const struct lone_controller *controller = cmd->own->controller;
    uint64_t memory = buffer->pages * lone_memory_page_size(controller->memory);

    return !buffer->region && size <= memory && memory / 4 <= size &&
           (buffer->iova | memory) % lone_controller_page_size(controller) == 0 &&
           !lone_held(controller, &cmd->own->hold);
}

/* Of the buffer's bytes from @from on, how many are there in one of @size bytes in which they begin at @to? */
static uint64_t moved(const struct lone_buffer *buffer, uint64_t from, uint64_t to, uint64_t size)
{
    uint64_t had = from < buffer->size ? buffer->size - from : 0, room = to < size ? size - to : 0;

    return buffer->region ? 0 : had < room ? had : room;
}

static int check_moved(uint64_t bytes, struct lone_error *error)
{
    if (bytes <= MOST_MOVED)
        return 0;
    return lone_fail(error, EBUSY,
                     "%" PRIu64
                     " bytes would have to move to another place in memory, and at most %u do: write size and "
                     "offset first and the data after them, or make the data empty (size `auto`) before",
                     bytes, MOST_MOVED);
}

/* The bytes from @from on of the old buffer move to @to of the new one, of @size bytes. */
static int resize(struct lone_cmd *cmd, struct lone_buffer *buffer, uint64_t from, uint64_t to, uint64_t size,
                  struct lone_error *error)
{
    struct lone_controller *controller = cmd->own->controller;
    bool grows = buffer->size && size > buffer->size && size - buffer->size <= PIECE;
    struct lone_buffer larger = {0};
    int result = check_free(cmd, error);

    if (result || (size == buffer->size && from == to && !buffer->region))
        return result;
    if (size && buffer->size && from == to && fits(cmd, buffer, size)) {
        if (size > buffer->size)
            memset(buffer->data + buffer->size, 0, size - buffer->size);
        buffer->size = size;
        return 0;
    }
    if (size) {
        uint64_t bytes = moved(buffer, from, to, size);

        result = check_moved(bytes, error);
        if (result)
            return result;
        result = make(controller, size, !grows ? 0 : size < MOST_ROOM ? size : MOST_ROOM, &larger, error);
        if (result)
            return result;
        if (bytes)
            lone_dma_load(larger.data + to, buffer->data + from, bytes);
    }
    lone_give_back(controller, buffer, &cmd->own->hold);
    *buffer = larger;
    return 0;
}

int lone_cmd_data_size(struct lone_cmd *cmd, uint64_t size, struct lone_error *error)
{
    return resize(cmd, &cmd->data, 0, 0, size, error);
}

int lone_cmd_metadata_size(struct lone_cmd *cmd, uint64_t size, struct lone_error *error)
{
    return resize(cmd, &cmd->metadata, 0, 0, size, error);
}

int lone_cmd_data_place(struct lone_cmd *cmd, uint32_t offset, uint64_t size, struct lone_error *error)
{
    int result;

    if (size > UINT64_MAX - offset)
        return lone_fail(error, EINVAL, "there are no %" PRIu64 " bytes behind offset %" PRIu32, size, offset);
    result = resize(cmd, &cmd->data, cmd->data_offset, offset, size ? offset + size : 0, error);
    if (!result)
        cmd->data_offset = offset;
    return result;
}

void lone_cmd_buffer_drop(struct lone_cmd *cmd, struct lone_buffer *buffer)
{
    lone_give_back(cmd->own->controller, buffer, &cmd->own->hold);
}

int lone_cmd_data_in(struct lone_cmd *cmd, struct lone_region *region, uint64_t offset, uint32_t data_offset,
                     uint64_t size, struct lone_error *error)
{
    struct lone_buffer view;
    int result = check_free(cmd, error);

    if (!result)
        result = lone_region_borrow(region, offset, size, &view, error);
    if (result)
        return result;
    lone_give_back(cmd->own->controller, &cmd->data, &cmd->own->hold);
    cmd->data = view;
    cmd->data_offset = data_offset;
    return 0;
}

void lone_cmd_submitted(const struct lone_cmd *cmd, uint16_t *sqid, uint16_t *cid)
{
    *sqid = cmd->own->sqid;
    *cid = cmd->own->cid;
}

int lone_cmd_reset(struct lone_cmd *cmd, struct lone_error *error)
{
    if (cmd->own->where == LONE_FLYING)
        return lone_fail(error, EBUSY, "the command is outstanding: wait for it, or disable or reset the controller");
    if (cmd->own->where == LONE_ANNOUNCED)
        TAILQ_REMOVE(&cmd->own->controller->lost, cmd->own, flight);
    cmd->own->where = LONE_NOWHERE;
    cmd->state = LONE_CMD_IDLE;
    memset(cmd->cqe, 0, sizeof(cmd->cqe));
    cmd->submitted_ns = cmd->completed_ns = 0;
    return 0;
}

uint16_t lone_cmd_status(const struct lone_cmd *cmd)
{
    return lone_get16(cmd->cqe + LONE_CQE_STATUS) >> 1 & 0x7ff;
}
