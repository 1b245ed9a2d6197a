/* SPDX-License-Identifier: MIT */
/*
 * Queues under the tester's control: the host's side of a queue by itself, the commands that create and delete it,
 * queues that were set up by hand, doorbells with right and wrong values, entries as bytes.
 *
 * A queue that is made here belongs to whoever made it until lone_sq_free() or lone_cq_free(): when it is deleted it
 * goes back to LONE_QUEUE_MADE. A reset of the controller ends it as it ends all queues that the controller had. Ids
 * are 0 (admin) to 65535; what the controller says about an id, a size or an address is the controller's affair, so
 * nothing is refused here that can be sent.
 *
 * One thread owns a controller; every call comes from it. -ENXIO everywhere: there is no such queue.
 */
#ifndef LONE_NVME_QUEUE_H
#define LONE_NVME_QUEUE_H

#include "controller.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LONE_QUEUE_MAX_ENTRIES 65536u /* QSIZE has 16 bits and is 0's based (NVMe Base 2.0, 5.4 and 5.5) */

/* What Create I/O Submission Queue says (5.5). */
struct lone_sq_options {
    uint32_t entries; /* 2 to 65536 */
    uint16_t cqid, nvmsetid;
    uint8_t qprio; /* 0 urgent to 3 low */
    bool pc;       /* contiguous; false: PRP1 names a PRP list, which is made when the queue is created */
};

/* What Create I/O Completion Queue says (5.4). */
struct lone_cq_options {
    uint32_t entries; /* 2 to 65536 */
    uint16_t vector;
    bool interrupts; /* IEN */
    bool pc;
};

/* --- The host's side ----------------------------------------------------------------------------------------- */

/* Makes the host's side: memory in the host, zeroed, at a multiple of the page size in CC. @options NULL: 256 entries
 * (CAP.MQES if that is known and less), contiguous, the completion queue of the same id; a vector by id, interrupts
 * where there are. -EEXIST; -ERANGE entries; -ENOMEM. */
int lone_sq_new(struct lone_controller *controller, uint16_t id, const struct lone_sq_options *options,
                struct lone_error *error);
int lone_cq_new(struct lone_controller *controller, uint16_t id, const struct lone_cq_options *options,
                struct lone_error *error);

/* Ends it. -EBUSY: the controller has it, or a Create that names its memory is outstanding, or (a completion queue) a
 * live submission queue uses it. */
int lone_sq_free(struct lone_controller *controller, uint16_t id, struct lone_error *error);
int lone_cq_free(struct lone_controller *controller, uint16_t id, struct lone_error *error);

/* Other options, while it is only made: -EBUSY else. Another number of entries means other memory, zeroed; in a
 * region it stays where it is, and must have room (-ERANGE). */
int lone_sq_change(struct lone_controller *controller, uint16_t id, const struct lone_sq_options *options,
                   struct lone_error *error);
int lone_cq_change(struct lone_controller *controller, uint16_t id, const struct lone_cq_options *options,
                   struct lone_error *error);
void lone_sq_get_options(const struct lone_sq *sq, struct lone_sq_options *options);
void lone_cq_get_options(const struct lone_cq *cq, struct lone_cq_options *options);

/* Puts it into @region, from @offset on; it is a user of that until neither the queue nor the device needs it any more.
 * NULL: back to memory of its own. Content stays as it is. -ERANGE: the entries do not fit. Only while it is only made:
 * -EBUSY else. */
int lone_sq_move(struct lone_controller *controller, uint16_t id, struct lone_region *region, uint64_t offset,
                 struct lone_error *error);
int lone_cq_move(struct lone_controller *controller, uint16_t id, struct lone_region *region, uint64_t offset,
                 struct lone_error *error);

/* --- The controller's side ----------------------------------------------------------------------------------- */

/* Zeroes the entries and submits @cmd, an idle command of the caller's, as the Create or Delete I/O Queue command to
 * the admin queue. The queue's state follows its completion, as it follows that of such a command that anybody else
 * sends, as a command or as bytes; a Delete that is answered with Invalid Queue Identifier ends it, too, since the
 * controller does not have it. The commands of a submission queue that is deleted are lost. -EBUSY: @cmd is
 * outstanding; Create: unless the queue is only made. Else as lone_cmd_submit(). */
int lone_sq_create(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error);
int lone_cq_create(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error);
int lone_sq_delete(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error);
int lone_cq_delete(struct lone_controller *controller, uint16_t id, struct lone_cmd *cmd, struct lone_error *error);

/* Uses an I/O queue that somebody created by hand with this id: live without a command, from index 0. If its Create
 * went through this driver since the last reset, as a command or as bytes, the queue is as that has said: entries,
 * vector, completion queue, priority, and memory, which must be its own or in a region (-ENXIO). Of another one the
 * host's side is believed. -EBUSY unless it is only made; -ENXIO the controller is disabled, too; -ENOMEM. */
int lone_sq_adopt(struct lone_controller *controller, uint16_t id, struct lone_error *error);
int lone_cq_adopt(struct lone_controller *controller, uint16_t id, struct lone_error *error);

/* Uses the admin queues that AQA, ASQ and ACQ name, which somebody wrote by hand: reads these and CAP. The memory must
 * be in a region, or that of a queue that is only made, else -ENXIO. Disabled, they become live with CC.EN=1; enabled,
 * they are live from now on, from index 0. -EBUSY: they are live already. */
int lone_controller_adopt_admin(struct lone_controller *controller, struct lone_error *error);

/* --- Doorbells and indices ------------------------------------------------------------------------------------ */

/* Writes @value, which may be any, to the doorbell, whatever state the queue has. Inside the queue it also says
 * something: a value that is not between head and tail of a submission queue is the new tail, one for a completion
 * queue that nobody consumes the new head. The entries that a script has put there itself are read from the queue's
 * memory: those of a submission queue count in `raw`, and their CIDs are not given to commands; completions that are
 * behind the new head complete what they are about. A write to BAR 0 does the same. -ENOMEM. */
int lone_sq_ring(struct lone_controller *controller, uint16_t id, uint32_t value, struct lone_error *error);
int lone_cq_ring(struct lone_controller *controller, uint16_t id, uint32_t value, struct lone_error *error);

/* Sets the indices that the driver goes on from. -ERANGE: outside the queue. With a tail that goes back, entries that
 * nobody has rung for are forgotten. */
int lone_sq_set_indices(struct lone_controller *controller, uint16_t id, uint32_t tail, uint32_t head,
                        struct lone_error *error);
int lone_cq_set_indices(struct lone_controller *controller, uint16_t id, uint32_t head, bool phase,
                        struct lone_error *error);

/* --- Entries as bytes ----------------------------------------------------------------------------------------- */

/* Places @n entries of 64 bytes at the tail, as they stand, and with @ring writes the doorbell once. Their CIDs are
 * nobody's: their completions are taken by lone_cq_take(), or become strays. All or nothing: -EAGAIN no room. Else as
 * lone_cmd_submit(). No allocation but once for the first of a queue, and for those that create or delete one. */
int lone_sq_place(struct lone_controller *controller, uint16_t id, const void *entries, unsigned n, bool ring,
                  struct lone_error *error);

int lone_cq_consumer(struct lone_controller *controller, uint16_t id, enum lone_consumer consumer,
                     struct lone_error *error);
const char *lone_consumer_name(enum lone_consumer consumer); /* "auto" "file" "none" */

/* Takes at most @n entries (16 bytes each) of a queue whose consumer is `file`, in order, and writes the doorbell once.
 * Commands that they complete are completed. Returns how many, 0 when there are none. -EINVAL another consumer. */
int lone_cq_take(struct lone_controller *controller, uint16_t id, void *entries, unsigned n, struct lone_error *error);

/* Grows whenever a completion queue becomes live, ends, changes its consumer, or may be announced by another vector or
 * none, and with each reset: what waits for completions of one has to look again. */
uint64_t lone_controller_queue_changes(const struct lone_controller *controller);

/* Would lone_cq_take() take one? And will an interrupt tell when there is one? */
bool lone_cq_ready(const struct lone_controller *controller, uint16_t id);
bool lone_cq_announced(const struct lone_controller *controller, uint16_t id);

#ifdef __cplusplus
}
#endif

#endif
