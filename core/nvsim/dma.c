/* SPDX-License-Identifier: MIT */
/* The simulated IOMMU: which host memory the controller can reach at which address. */
#include "nvsim/nvsim_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Asleep, so that whoever holds the lock runs, even on one processor and with a lower priority. */
void nvsim_dma_wait(void)
{
    const struct timespec pause = {.tv_nsec = 1000};

    nanosleep(&pause, NULL);
}

/* The index of the first mapping that ends behind @iova; n_maps when there is none. */
static size_t find(const struct nvsim *sim, uint64_t iova)
{
    size_t low = 0, high = sim->n_maps;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct nvsim_map *map = &sim->maps[middle];

        if (map->iova + (map->size - 1) < iova)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int grow(struct nvsim *sim, struct lone_error *error)
{
    size_t max = sim->max_maps ? 2 * sim->max_maps : 64;
    struct nvsim_map *maps;

    if (sim->n_maps == NVSIM_MAPS)
        return lone_fail(error, ENOSPC, "there are already %u DMA mappings, the most that are possible", NVSIM_MAPS);
    if (sim->n_maps < sim->max_maps)
        return 0;
    maps = realloc(sim->maps, max * sizeof(*maps));
    if (!maps)
        return lone_fail(error, ENOMEM, "no memory for a DMA mapping");
    sim->maps = maps;
    sim->max_maps = max;
    return 0;
}

static int insert(struct nvsim *sim, const struct nvsim_map *map, struct lone_error *error)
{
    size_t at = find(sim, map->iova);
    int result;

    if (at < sim->n_maps && sim->maps[at].iova <= map->iova + (map->size - 1))
        return lone_fail(error, EEXIST,
                         "mapping 0x%" PRIx64 " bytes at IOVA 0x%" PRIx64 " would overlap the one at 0x%" PRIx64,
                         map->size, map->iova, sim->maps[at].iova);
    result = grow(sim, error);
    if (result)
        return result;
    memmove(&sim->maps[at + 1], &sim->maps[at], (sim->n_maps - at) * sizeof(*map));
    sim->maps[at] = *map;
    sim->n_maps++;
    return 0;
}

int nvsim_dma_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                  struct lone_error *error)
{
    struct nvsim *sim = (struct nvsim *)device;
    struct nvsim_map map = {iova, size, memory, access};
    int result;

    if (!access || access & ~(unsigned)(LONE_DMA_READ | LONE_DMA_WRITE))
        return lone_fail(error, EINVAL, "a DMA mapping is readable, writable or both, not 0x%x", access);
    nvsim_dma_lock(sim);
    result = insert(sim, &map, error);
    nvsim_dma_unlock(sim);
    return result;
}

static int take_out(struct nvsim *sim, uint64_t iova, uint64_t size, struct lone_error *error)
{
    size_t at = find(sim, iova);

    if (at == sim->n_maps || sim->maps[at].iova != iova || sim->maps[at].size != size)
        return lone_fail(error, EINVAL, "0x%" PRIx64 " bytes at IOVA 0x%" PRIx64 " are not what was mapped", size,
                         iova);
    sim->n_maps--;
    memmove(&sim->maps[at], &sim->maps[at + 1], (sim->n_maps - at) * sizeof(*sim->maps));
    return 0;
}

int nvsim_dma_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error)
{
    struct nvsim *sim = (struct nvsim *)device;
    int result;

    nvsim_dma_lock(sim);
    result = take_out(sim, iova, size, error);
    nvsim_dma_unlock(sim);
    return result;
}

/* The memory behind @iova, the host's or the controller's own, and in *@length how much of it follows; NULL where
 * @access is not allowed. */
static uint8_t *translate(const struct nvsim *sim, uint64_t iova, unsigned access, uint64_t *length)
{
    uint64_t until = UINT64_MAX;
    uint8_t *own = nvsim_windows_find(sim, iova, &until);
    const struct nvsim_map *map;
    size_t at;

    *length = until;
    if (own || !sim->bus_master)
        return own;
    at = find(sim, iova);
    if (at == sim->n_maps)
        return NULL;
    map = &sim->maps[at];
    if (map->iova > iova || !(map->access & access))
        return NULL;
    if (map->size - (iova - map->iova) < until)
        *length = map->size - (iova - map->iova);
    return map->host + (iova - map->iova);
}

/* Exactly one of @to and @from is there. Addresses do not wrap: the last page of all is in no range that can be mapped.
 */
static bool copy(struct nvsim *sim, uint64_t iova, uint8_t *to, const uint8_t *from, uint64_t size)
{
    uint64_t length;

    for (uint64_t done = 0; done < size; done += length) {
        uint8_t *host = translate(sim, iova + done, to ? LONE_DMA_READ : LONE_DMA_WRITE, &length);

        if (!host)
            return false;
        length = length < size - done ? length : size - done;
        if (to)
            lone_dma_load(to + done, host, length);
        else
            lone_dma_store(host, from + done, length);
    }
    return true;
}

static bool transfer(struct nvsim *sim, uint64_t iova, uint8_t *to, const uint8_t *from, uint64_t size)
{
    bool allowed, reached;

    nvsim_dma_lock(sim);
    allowed = sim->bus_master;
    reached = copy(sim, iova, to, from, size);
    nvsim_dma_unlock(sim);
    if (allowed && !reached)
        nvsim_config_abort(sim);
    return reached;
}

bool nvsim_dma_load(struct nvsim *sim, uint64_t iova, void *to, size_t size)
{
    return transfer(sim, iova, to, NULL, size);
}

bool nvsim_dma_store(struct nvsim *sim, uint64_t iova, const void *from, size_t size)
{
    return transfer(sim, iova, NULL, from, size);
}

bool nvsim_dma_store_entry(struct nvsim *sim, uint64_t iova, const uint32_t entry[4])
{
    uint64_t length;
    uint8_t *host;
    bool allowed;

    nvsim_dma_lock(sim);
    allowed = sim->bus_master;
    host = translate(sim, iova, LONE_DMA_WRITE, &length);
    if (host) {
        lone_dma_store(host, entry, 3 * sizeof(*entry));
        __atomic_store_n((uint32_t *)(void *)(host + 12), entry[3], __ATOMIC_RELEASE);
    }
    nvsim_dma_unlock(sim);
    if (allowed && !host)
        nvsim_config_abort(sim);
    return host;
}
