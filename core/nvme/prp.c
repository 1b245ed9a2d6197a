/* SPDX-License-Identifier: MIT */
#include "nvme/prp.h"

#include <endian.h>

#include "device/device.h"

#define ENTRY 8u /* bytes of a PRP entry (NVMe Base 2.0, 4.1.1) */

/* Pages behind the first one, which PRP1 names with its offset. */
static uint64_t further_pages(uint64_t address, uint64_t length, uint32_t page_size)
{
    uint64_t first = page_size - (address & (page_size - 1));

    return length <= first ? 0 : (length - first - 1) / page_size + 1;
}

uint64_t lone_prp_list_size(uint64_t address, uint64_t length, uint32_t page_size)
{
    uint64_t pages = further_pages(address, length, page_size);
    uint64_t room = page_size / ENTRY;
    uint64_t chained = 0; /* list pages that end in a pointer to the next one */

    if (pages <= 1)
        return 0;
    if (pages > room)
        chained = (pages - room - 1) / (room - 1) + 1;
    return chained * page_size + (pages - chained * (room - 1)) * ENTRY;
}

static void store(uint8_t *list, uint64_t at, uint64_t value)
{
    uint64_t wire = htole64(value);

    lone_dma_store(list + at, &wire, sizeof(wire));
}

void lone_prp_build(uint64_t address, uint64_t length, uint32_t page_size, uint8_t *list, uint64_t list_address,
                    uint64_t *prp1, uint64_t *prp2)
{
    uint64_t pages = further_pages(address, length, page_size);
    uint64_t page = (address & ~(uint64_t)(page_size - 1)) + page_size;
    uint64_t at = 0;

    *prp1 = address;
    *prp2 = 0;
    if (pages == 0)
        return;
    if (pages == 1) {
        *prp2 = page;
        return;
    }
    *prp2 = list_address;
    for (; pages; pages--, page += page_size) {
        /* The last entry of a list page is data only if nothing comes after it. */
        if (at % page_size == page_size - ENTRY && pages > 1) {
            store(list, at, list_address + at + ENTRY);
            at += ENTRY;
        }
        store(list, at, page);
        at += ENTRY;
    }
}
