/* SPDX-License-Identifier: MIT */
/* Data transfers: where a command's data is, and moving it (NVMe Base 2.0, 4.1). PRPs are here, SGLs in sgl.c. */
#include "nvsim/nvsim_internal.h"

#include <assert.h>
#include <string.h>

#define ENTRY 8u /* bytes of a PRP entry */

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

const uint8_t *nvsim_pointer_entry(struct nvsim *sim, struct nvsim_pointer *pointer, unsigned size, uint64_t available)
{
    const uint8_t *entry;

    if (pointer->cached_at == pointer->n_cached) {
        uint64_t length = lesser(available, sizeof(pointer->cache));

        if (!nvsim_dma_load(sim, pointer->next, pointer->cache, length))
            return NULL;
        pointer->n_cached = (uint16_t)length;
        pointer->cached_at = 0;
    }
    entry = pointer->cache + pointer->cached_at;
    pointer->cached_at = (uint16_t)(pointer->cached_at + size);
    pointer->next += size;
    return entry;
}

/* What of the list may be read ahead: no more than the transfer needs, and not beyond its page. */
static uint64_t list_ahead(const struct nvsim_pointer *pointer)
{
    uint64_t needed = (pointer->left + pointer->page - 1) / pointer->page * ENTRY;

    return lesser(needed, pointer->page - pointer->next % pointer->page);
}

/* The next page of the list. The last entry of a list page points to the next one when more pages follow than it has
 * room for. */
static uint16_t list_next(struct nvsim *sim, struct nvsim_pointer *pointer, uint64_t *address)
{
    for (;;) {
        bool chains = pointer->next % pointer->page == pointer->page - ENTRY && pointer->left > pointer->page;
        const uint8_t *entry = nvsim_pointer_entry(sim, pointer, ENTRY, list_ahead(pointer));

        if (!entry)
            return LONE_SC_DATA_TRANSFER;
        if (nvsim_get64(entry) % pointer->page)
            return LONE_SC_PRP_OFFSET;
        *address = nvsim_get64(entry);
        if (!chains)
            return LONE_SC_SUCCESS;
        pointer->next = *address;
        pointer->cached_at = pointer->n_cached = 0;
    }
}

static uint16_t prp_next(struct nvsim *sim, struct nvsim_pointer *pointer)
{
    uint64_t address = pointer->next;
    uint16_t status = pointer->listed ? list_next(sim, pointer, &address) : LONE_SC_SUCCESS;

    pointer->address = address;
    pointer->room = lesser(pointer->left, pointer->page);
    pointer->left -= pointer->room;
    return status;
}

static uint16_t prp_open(struct nvsim_pointer *pointer, struct nvsim_command *command)
{
    uint32_t page = pointer->page;

    pointer->address = command->prp1;
    pointer->room = lesser(page - command->prp1 % page, pointer->left);
    pointer->left -= pointer->room;
    pointer->next = command->prp2;
    pointer->listed = pointer->left > page;
    if (command->prp1 % 4)
        return nvsim_refuse(command, "PRP1", LONE_SC_PRP_OFFSET);
    if (pointer->left && command->prp2 % (pointer->listed ? ENTRY : page))
        return nvsim_refuse(command, "PRP2", LONE_SC_PRP_OFFSET);
    return LONE_SC_SUCCESS;
}

static void prepare(const struct nvsim *sim, struct nvsim_pointer *pointer, uint64_t size, bool storing)
{
    memset(pointer, 0, offsetof(struct nvsim_pointer, cache));
    pointer->left = size;
    pointer->page = sim->controller.page_size;
    pointer->storing = storing;
}

uint16_t nvsim_pointer_open(struct nvsim *sim, struct nvsim_pointer *pointer, struct nvsim_command *command,
                            uint64_t size, bool storing)
{
    const unsigned sgl1 = 24;

    prepare(sim, pointer, size, storing);
    if (!command->psdt)
        return prp_open(pointer, command);
    nvsim_sgl_open(pointer, command->raw + sgl1, LONE_SC_DATA_SGL_LENGTH);
    return LONE_SC_SUCCESS;
}

uint16_t nvsim_pointer_open_metadata(struct nvsim *sim, struct nvsim_pointer *pointer, struct nvsim_command *command,
                                     uint64_t size, bool storing)
{
    const unsigned alignment[] = {[NVSIM_PSDT_PRP] = 4, [NVSIM_PSDT_SGL] = 1, [NVSIM_PSDT_SGL_BOTH] = 8};
    uint8_t descriptor[NVSIM_SGL_DESCRIPTOR];

    prepare(sim, pointer, size, storing);
    if (command->mptr % alignment[command->psdt])
        return nvsim_refuse(command, "MPTR", LONE_SC_INVALID_FIELD);
    if (command->psdt == NVSIM_PSDT_SGL_BOTH) {
        if (!nvsim_dma_load(sim, command->mptr, descriptor, sizeof(descriptor)))
            return LONE_SC_DATA_TRANSFER;
        nvsim_sgl_open(pointer, descriptor, LONE_SC_METADATA_SGL_LENGTH);
        return LONE_SC_SUCCESS;
    }
    pointer->address = command->mptr;
    pointer->room = size;
    pointer->left = 0;
    return LONE_SC_SUCCESS;
}

/* Exactly one of @to and @from is there. */
static uint16_t move_piece(struct nvsim *sim, const struct nvsim_pointer *pointer, uint8_t *to, const uint8_t *from,
                           uint64_t size)
{
    bool reached = pointer->bucket || (to ? nvsim_dma_load(sim, pointer->address, to, size)
                                          : nvsim_dma_store(sim, pointer->address, from, size));

    return reached ? LONE_SC_SUCCESS : LONE_SC_DATA_TRANSFER;
}

static uint16_t move(struct nvsim *sim, struct nvsim_pointer *pointer, uint8_t *to, const uint8_t *from, uint64_t size)
{
    uint16_t status = LONE_SC_SUCCESS;

    assert(size <= pointer->room + pointer->left);
    for (uint64_t done = 0, length; !status && done < size; done += length) {
        length = 0;
        if (!pointer->room) {
            status = pointer->segment ? nvsim_sgl_next(sim, pointer) : prp_next(sim, pointer);
            continue;
        }
        length = lesser(pointer->room, size - done);
        status = move_piece(sim, pointer, to ? to + done : NULL, to ? NULL : from + done, length);
        pointer->address += length;
        pointer->room -= length;
    }
    return status;
}

uint16_t nvsim_pointer_store(struct nvsim *sim, struct nvsim_pointer *pointer, const void *data, uint64_t size)
{
    return move(sim, pointer, NULL, data, size);
}

uint16_t nvsim_pointer_load(struct nvsim *sim, struct nvsim_pointer *pointer, void *data, uint64_t size)
{
    return move(sim, pointer, data, NULL, size);
}

uint16_t nvsim_transfer_out(struct nvsim *sim, struct nvsim_command *command, const void *data, uint64_t size)
{
    struct nvsim_pointer pointer;
    uint16_t status = nvsim_pointer_open(sim, &pointer, command, size, true);

    return status ? status : nvsim_pointer_store(sim, &pointer, data, size);
}

uint16_t nvsim_transfer_in(struct nvsim *sim, struct nvsim_command *command, void *data, uint64_t size)
{
    struct nvsim_pointer pointer;
    uint16_t status = nvsim_pointer_open(sim, &pointer, command, size, false);

    return status ? status : nvsim_pointer_load(sim, &pointer, data, size);
}
