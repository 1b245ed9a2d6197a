/* SPDX-License-Identifier: MIT */
/*
 * Which kind of interrupts a controller uses, and its vectors. One thread owns a controller; every call comes from it.
 */
#ifndef LONE_NVME_INTERRUPTS_H
#define LONE_NVME_INTERRUPTS_H

#include "controller.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Changes to @kind with @count vectors (0: all that the device has, at most 128), at once, and counts anew from 0. A
 * kind that is switched on after completion queues were created may signal nothing, so -EBUSY while CC.EN is 1, unless
 * it is the one that is in use: then nothing happens. -EOPNOTSUPP: the
 * device does not have that kind; -ERANGE: not so many vectors; -EMFILE: the process may not have so many descriptors;
 * else the device's. On failure the old mode stays. A function reset switches interrupts off at the device;
 * lone_controller_admin() switches them on again in this mode. */
int lone_controller_interrupts(struct lone_controller *controller, enum lone_interrupts kind, unsigned count,
                               struct lone_error *error);
enum lone_interrupts lone_controller_interrupt_mode(const struct lone_controller *controller);

/* An INTx line that stays asserted without an entry in any queue (some controllers leave it so after a reset) is not
 * let through at once, but after a pause, which grows to a second; meanwhile completions are looked for on a timer. How
 * often it has signalled in a row without a cause; 0: it does not. */
unsigned lone_controller_spurious(const struct lone_controller *controller);

/* How often @vector has signalled since the mode was set, as far as its eventfd was read: see
 * lone_controller_clear_eventfd(). */
uint64_t lone_vector_count(const struct lone_controller *controller, unsigned vector);

/* The mask of @vector, and whether it has something pending: the MSI-X table's Vector Control and the Pending Bit Array
 * in their BARs, MSI's mask and pending bits (-EOPNOTSUPP where it has none), CMD.ID and STS.IS for INTx. Each is an
 * access to the device, setting a mask a read and a write. -ENXIO no such vector. */
int lone_vector_is_masked(struct lone_controller *controller, unsigned vector, bool *masked, struct lone_error *error);
int lone_vector_mask(struct lone_controller *controller, unsigned vector, bool mask, struct lone_error *error);
int lone_vector_is_pending(struct lone_controller *controller, unsigned vector, bool *pending,
                           struct lone_error *error);

#ifdef __cplusplus
}
#endif

#endif
