/* SPDX-License-Identifier: MIT */
/* Physical Region Pages (NVMe Base 2.0, 4.1.1): PRP1, then PRP2 as the second page or as a list of the others. */
#include "nvsim/nvsim_internal.h"

static uint16_t store(struct nvsim *sim, uint64_t iova, const uint8_t *data, uint32_t size)
{
    return nvsim_dma_store(sim, iova, data, size) ? LONE_SC_SUCCESS : LONE_SC_DATA_TRANSFER;
}

/* Moves @size bytes to the pages that the list at @list names. The last entry of a list page points to the next one
 * when more pages follow than it has room for. */
static uint16_t store_list(struct nvsim *sim, uint64_t list, const uint8_t *data, uint32_t size)
{
    uint32_t page = sim->controller.page_size;

    while (size) {
        uint32_t length = size < page ? size : page;
        bool chains = list % page == page - 8 && size > page;
        uint8_t entry[8];
        uint16_t status;

        if (!nvsim_dma_load(sim, list, entry, sizeof(entry)))
            return LONE_SC_DATA_TRANSFER;
        if (nvsim_get64(entry) % page)
            return LONE_SC_PRP_OFFSET;
        if (chains) {
            list = nvsim_get64(entry);
            continue;
        }
        status = store(sim, nvsim_get64(entry), data, length);
        if (status)
            return status;
        data += length;
        size -= length;
        list += 8;
    }
    return LONE_SC_SUCCESS;
}

uint16_t nvsim_prp_store(struct nvsim *sim, const struct nvsim_command *command, const uint8_t *data, uint32_t size)
{
    uint32_t page = sim->controller.page_size;
    uint32_t first = page - (uint32_t)(command->prp1 % page);
    uint16_t status;

    first = first < size ? first : size;
    size -= first;
    if (command->prp1 % 4 || (size && command->prp2 % (size <= page ? page : 8)))
        return LONE_SC_PRP_OFFSET;
    status = store(sim, command->prp1, data, first);
    if (status || !size)
        return status;
    if (size <= page)
        return store(sim, command->prp2, data + first, size);
    return store_list(sim, command->prp2, data + first, size);
}
