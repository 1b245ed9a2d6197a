/* SPDX-License-Identifier: MIT */
#include "nvsim/nvsim_internal.h"

static void add_bits(uint8_t *mask, uint64_t first, uint32_t bits)
{
    for (uint64_t bit = first; bit < first + bits; bit++)
        mask[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void add_record(struct nvsim_masks *masks, uint64_t start, const struct lone_record *record);

static void add_element(struct nvsim_masks *masks, uint64_t start, const struct lone_field *field)
{
    if (field->kind == LONE_RECORD)
        add_record(masks, start, field->record);
    else if (field->access == LONE_RW1C)
        add_bits(masks->rw1c, start, field->bits);
    else if (field->access != LONE_RO)
        add_bits(masks->rw, start, field->bits);
}

static void add_record(struct nvsim_masks *masks, uint64_t start, const struct lone_record *record)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lone_field *field = &record->fields[i];
        unsigned count = field->count ? field->count : 1;

        for (unsigned n = 0; n < count; n++)
            add_element(masks, start + field->bit + (uint64_t)n * field->bits, field);
    }
}

void nvsim_masks_add(struct nvsim_masks *masks, uint32_t byte, const struct lone_record *record)
{
    add_record(masks, (uint64_t)byte * 8, record);
}
