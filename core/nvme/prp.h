/* SPDX-License-Identifier: MIT */
/* Physical Region Pages: how a command tells the controller where its data lies (NVMe Base 2.0, 4.1.1). */
#ifndef LONE_NVME_PRP_H
#define LONE_NVME_PRP_H

#include "../memory/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of PRP list that @length bytes (> 0) at bus address @address need with controller pages of @page_size bytes (a
 * power of two, at least 4096), when the list begins at bus address @list_address (a multiple of 8); 0 when PRP1 and
 * PRP2 suffice. The list is chained: the last entry of a list page that is full points to the next one. Pure, any
 * thread. */
uint64_t lone_prp_list_size(uint64_t address, uint64_t length, uint32_t page_size, uint64_t list_address);

/* Where data lie that are contiguous in the IOVA space, but for what is behind their end. */
struct lone_prp_data {
    uint64_t address, length; /* the first byte; all that is to be named */
    uint64_t pages;           /* controller pages, from the one of `address` on, that the data have */
    uint64_t scratch;         /* the page that stands for each further one; its address is a multiple of its size */
};

/* Fills *@prp1 and *@prp2 for data contiguous in the IOVA space, and the list of lone_prp_list_size() bytes at @list,
 * which is not touched (and may be NULL) where none is needed. Entries are stored little-endian. Fails as
 * lone_buffer_store() does: never for a list in host memory. Hot path. */
int lone_prp_build(uint64_t address, uint64_t length, uint32_t page_size, const struct lone_buffer *list,
                   uint64_t *prp1, uint64_t *prp2, struct lone_error *error);

/* The same for data whose end may lie before that of what is named. With no pages at all it begins in the scratch page,
 * at the offset of @data->address in its page. */
int lone_prp_build_beyond(const struct lone_prp_data *data, uint32_t page_size, const struct lone_buffer *list,
                          uint64_t *prp1, uint64_t *prp2, struct lone_error *error);

/* The same for a list that names all pages, as that of a queue that is not contiguous does: its size in bytes for
 * @pages
 * (> 0) pages, and the list for pages that follow each other from @address on. */
uint64_t lone_prp_pages_size(uint64_t pages, uint32_t page_size, uint64_t list_address);
int lone_prp_pages_build(uint64_t address, uint64_t pages, uint32_t page_size, const struct lone_buffer *list,
                         struct lone_error *error);

#ifdef __cplusplus
}
#endif

#endif
