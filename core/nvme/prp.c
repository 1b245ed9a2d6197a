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

/* Names @pages pages: @own of them follow each other from @address on, the others are all at @scratch. */
static int build_list(uint64_t address, uint64_t pages, uint64_t own, uint64_t scratch, uint32_t page_size,
                      const struct lone_buffer *list, struct lone_error *error)
{
    int result = 0;

    for (uint64_t i = 0, at = 0; i < pages && !result; i++, at += ENTRY) {
        /* The last entry of a list page is data only if nothing comes after it. */
        if ((list->iova + at) % page_size == page_size - ENTRY && i + 1 < pages) {
            result = store(list, at, list->iova + at + ENTRY, error);
            if (result)
                return result;
            at += ENTRY;
        }
        result = store(list, at, i < own ? address + i * page_size : scratch, error);
    }
    return result;
}

int lone_prp_pages_build(uint64_t address, uint64_t pages, uint32_t page_size, const struct lone_buffer *list,
                         struct lone_error *error)
{
    return build_list(address, pages, pages, 0, page_size, list, error);
}

int lone_prp_build_beyond(const struct lone_prp_data *data, uint32_t page_size, const struct lone_buffer *list,
                          uint64_t *prp1, uint64_t *prp2, struct lone_error *error)
{
    uint64_t offset = data->address & (page_size - 1);
    uint64_t pages = further_pages(data->address, data->length, page_size);
    uint64_t own = data->pages ? data->pages - 1 : 0, second = data->address - offset + page_size;

    *prp1 = data->pages ? data->address : data->scratch + offset;
    *prp2 = pages > 1 ? list->iova : !pages ? 0 : own ? second : data->scratch;
    return pages > 1 ? build_list(second, pages, own, data->scratch, page_size, list, error) : 0;
}

int lone_prp_build(uint64_t address, uint64_t length, uint32_t page_size, const struct lone_buffer *list,
                   uint64_t *prp1, uint64_t *prp2, struct lone_error *error)
{
    const struct lone_prp_data data = {.address = address, .length = length, .pages = UINT64_MAX};

    return lone_prp_build_beyond(&data, page_size, list, prp1, prp2, error);
}
