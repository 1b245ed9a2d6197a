/* SPDX-License-Identifier: MIT */
#include "nvme/prp.h"

#include <endian.h>

#define ENTRY 8u /* bytes of a PRP entry (NVMe Base 2.0, 4.1.1) */

/* Pages behind the first one, which PRP1 names with its offset. */
static uint64_t further_pages(uint64_t address, uint64_t length, uint32_t page_size)
{
    uint64_t first = page_size - (address & (page_size - 1));

    return length <= first ? 0 : (length - first - 1) / page_size + 1;
}

uint64_t lone_prp_pages_size(uint64_t pages, uint32_t page_size, uint64_t list_address)
{
    uint64_t room = page_size / ENTRY, first = room - (list_address & (page_size - 1)) / ENTRY;
    uint64_t chained; /* list pages behind the first that end in a pointer to the next one */

    if (pages <= first)
        return pages * ENTRY;
    pages -= first - 1;
    chained = pages > room ? (pages - room - 1) / (room - 1) + 1 : 0;
    return (first + chained * room + pages - chained * (room - 1)) * ENTRY;
}

uint64_t lone_prp_list_size(uint64_t address, uint64_t length, uint32_t page_size, uint64_t list_address)
{
    uint64_t pages = further_pages(address, length, page_size);

    return pages <= 1 ? 0 : lone_prp_pages_size(pages, page_size, list_address);
}

static int store(const struct lone_buffer *list, uint64_t at, uint64_t value, struct lone_error *error)
{
    uint64_t wire = htole64(value);

    return lone_buffer_store(list, at, &wire, sizeof(wire), error);
}

int lone_prp_pages_build(uint64_t address, uint64_t pages, uint32_t page_size, const struct lone_buffer *list,
                         struct lone_error *error)
{
    int result = 0;

    for (uint64_t at = 0; pages && !result; pages--, address += page_size, at += ENTRY) {
        /* The last entry of a list page is data only if nothing comes after it. */
        if ((list->iova + at) % page_size == page_size - ENTRY && pages > 1) {
            result = store(list, at, list->iova + at + ENTRY, error);
            if (result)
                return result;
            at += ENTRY;
        }
        result = store(list, at, address, error);
    }
    return result;
}

int lone_prp_build(uint64_t address, uint64_t length, uint32_t page_size, const struct lone_buffer *list,
                   uint64_t *prp1, uint64_t *prp2, struct lone_error *error)
{
    uint64_t pages = further_pages(address, length, page_size);
    uint64_t page = (address & ~(uint64_t)(page_size - 1)) + page_size;

    *prp1 = address;
    *prp2 = pages > 1 ? list->iova : pages ? page : 0;
    return pages > 1 ? lone_prp_pages_build(page, pages, page_size, list, error) : 0;
}
