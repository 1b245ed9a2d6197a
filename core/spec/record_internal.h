/* SPDX-License-Identifier: MIT */
/* What the parts of the decoder share; not installed. */
#ifndef LONE_SPEC_RECORD_INTERNAL_H
#define LONE_SPEC_RECORD_INTERNAL_H

#include "spec/record.h"

/* Were all bytes under the @bits bits at bit offset @at read? @present NULL: all were. */
bool lone_was_read(const uint8_t *present, int64_t at, uint32_t bits);

bool lone_is_zero(const uint8_t *bytes, size_t length);

/* Is this kind printed as text rather than as a number? */
bool lone_kind_is_text(enum lone_kind kind);

#endif
