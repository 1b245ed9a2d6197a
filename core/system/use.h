/* SPDX-License-Identifier: MIT */
/* Who uses a device; private to core/system. */
#ifndef LONE_SYSTEM_USE_H
#define LONE_SYSTEM_USE_H

#include "system/blocks.h"
#include "system/openers.h"
#include "system/pci.h"

/* What is the same for all devices: a snapshot. Ended by uses_free(). */
struct uses {
    struct openers openers;
    struct kernel_users kernel;
};
void uses_look(const struct lone_system *system, struct uses *uses);
void uses_free(struct uses *uses);

/* The gravest use of @slot, described in @text. What can be claimed for us is in @claims then (NULL: given back at
 * once), so that nobody mounts it or builds upon it until claims_release(). */
enum lone_use uses_of(const struct lone_system *system, const struct uses *uses, const char *slot,
                      struct claims *claims, char *text, size_t size);

/* Who has the node of a VFIO group open; NULL: nobody who can be seen. */
const struct opener *uses_of_group(const struct lone_system *system, const struct uses *uses, int group);

#endif
