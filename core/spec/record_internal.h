/* SPDX-License-Identifier: MIT */
/* What the parts of the decoder share; not installed. */
#ifndef LONE_SPEC_RECORD_INTERNAL_H
#define LONE_SPEC_RECORD_INTERNAL_H

#include "spec/record.h"

/* Characters of a value in `text`; a long byte string is for `raw`: a page of digits helps nobody. */
#define LONE_WIDEST 96

/* Were all bytes under the @bits bits at bit offset @at read? @present NULL: all were. */
bool lone_was_read(const uint8_t *present, int64_t at, uint32_t bits);

/* Is one element of it of variable length? */
bool lone_varies(const struct lone_field *field);

/* Goes through the elements of a field (through the one, if it is no array), each step at the cost of that element. */
struct lone_walk {
    const struct lone_field *field;
    const uint8_t *bytes;
    uint64_t length;      /* where the record ends */
    uint64_t count;       /* elements at most */
    uint64_t element;     /* counts from 0 */
    struct lone_place at; /* where it lies */
};
/* To the first element, to the next: false when there is none. @beyond as for lone_field_place(). */
bool lone_walk_begin(struct lone_walk *walk, const struct lone_record *record, const struct lone_field *field,
                     const uint8_t *bytes, size_t length, bool beyond);
bool lone_walk_next(struct lone_walk *walk);
/* Of an array that has a first element, at which @walk is: how many elements `text` and `json` have. */
uint64_t lone_walk_shown(const struct lone_walk *walk);

bool lone_is_zero(const uint8_t *bytes, size_t length);

/* Is this kind printed as text rather than as a number? */
bool lone_kind_is_text(enum lone_kind kind);

#endif
