/* SPDX-License-Identifier: MIT */
/* What the parts of the host driver share; not installed. */
#ifndef LONE_NVME_CONTROLLER_INTERNAL_H
#define LONE_NVME_CONTROLLER_INTERNAL_H

#include <endian.h>
#include <string.h>
#include <sys/queue.h>

#include "nvme/controller.h"
#include "nvme/events.h"
#include "nvme/interrupts.h"
#include "nvme/queue.h"
#include "nvme/trace_internal.h"
#include "spec/features.h"

/* --- Entries, by hand where it has to be quick: NVMe Base 2.0, 3.3.3.1 and 3.3.3.2 ------------------------- */

enum {
    LONE_SQE_FLAGS = 1, /* FUSE, PSDT in bits 7:6 */
    LONE_SQE_CID = 2,
    LONE_SQE_NSID = 4,
    LONE_SQE_MPTR = 16,
    LONE_SQE_PRP1 = 24,
    LONE_SQE_PRP2 = 32,
    LONE_SQE_CDW10 = 40,
    LONE_SQE_CDW11 = 44,
    LONE_SQE_CDW12 = 48,
    LONE_CQE_SQHD = 8,
    LONE_CQE_SQID = 10,
    LONE_CQE_CID = 12,
    LONE_CQE_DW3 = 12, /* CID, P in bit 16, status in 31:17 */
    LONE_CQE_STATUS = 14,
};

enum {
    LONE_OPC_DELETE_SQ = 0x00,
    LONE_OPC_CREATE_SQ = 0x01,
    LONE_OPC_DELETE_CQ = 0x04,
    LONE_OPC_CREATE_CQ = 0x05,
    LONE_OPC_IDENTIFY = 0x06,
    LONE_OPC_SET_FEATURES = 0x09,
    LONE_OPC_GET_FEATURES = 0x0a,
    LONE_OPC_ASYNC_EVENT_REQUEST = 0x0c,
    LONE_OPC_NAMESPACE_MANAGEMENT = 0x0d,
    LONE_OPC_DOORBELL_BUFFER_CONFIG = 0x7c,
    LONE_OPC_FORMAT_NVM = 0x80,
};

static inline uint16_t lone_get16(const uint8_t *bytes)
{
    uint16_t value;

    memcpy(&value, bytes, sizeof(value));
    return le16toh(value);
}

static inline uint32_t lone_get32(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof(value));
    return le32toh(value);
}

static inline uint64_t lone_get64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof(value));
    return le64toh(value);
}

static inline void lone_put16(uint8_t *bytes, uint16_t value)
{
    value = htole16(value);
    memcpy(bytes, &value, sizeof(value));
}

static inline void lone_put32(uint8_t *bytes, uint32_t value)
{
    value = htole32(value);
    memcpy(bytes, &value, sizeof(value));
}

static inline void lone_put64(uint8_t *bytes, uint64_t value)
{
    value = htole64(value);
    memcpy(bytes, &value, sizeof(value));
}

/* --- Memory that the device may still write ---------------------------------------------------------------- */

/* What ends the device's hold on memory that nobody else uses any more. A function reset ends every one of them. */
enum lone_hold_end {
    LONE_HOLD_RESET, /* CSTS.RDY=0 seen while CC.EN is 0 */
    LONE_HOLD_SQ,    /* that, or a successful Delete I/O Submission Queue of `qid` */
    LONE_HOLD_CQ,    /* that, or a successful Delete I/O Completion Queue of `qid` */
    LONE_HOLD_ADMIN, /* ASQ and ACQ name other memory */
    LONE_HOLD_HAND,  /* nothing is outstanding whose pointers were made by hand: they may name any memory */
};

struct lone_hold {
    uint64_t until; /* the controller's `safe` that ends it; 0: not held */
    enum lone_hold_end end;
    uint16_t qid;
};

struct lone_limbo {
    SLIST_ENTRY(lone_limbo) link;
    struct lone_buffer buffer;
    enum lone_hold_end end;
    uint16_t qid;
};

/* --- Commands ---------------------------------------------------------------------------------------------- */

enum lone_where {
    LONE_NOWHERE,
    LONE_FLYING,    /* in the controller's list `flying`, and in a bucket of its queue */
    LONE_ANNOUNCED, /* in the controller's list `lost`: done() is still to be called */
};

struct lone_cmd_private {
    struct lone_controller *controller;
    struct lone_cmd *cmd;
    TAILQ_ENTRY(lone_cmd_private) all;
    TAILQ_ENTRY(lone_cmd_private) flight;
    struct lone_cmd_private *bucket_next;
    enum lone_where where;
    bool by_hand;       /* its pointers, or some of them, are not the driver's; set when it is submitted */
    bool owed;          /* submitted from LONE_ANNOUNCED: done() is still to be called if that fails */
    bool deleted;       /* lost because its submission queue was deleted */
    bool zombie;        /* freed by its owner while outstanding */
    bool filled;        /* PRP1 and PRP2 were filled in by the driver, with `prp1` */
    bool creates;       /* the driver's own Create I/O Queue: the queue becomes live, or ends, with it */
    uint16_t sqid, cid; /* as submitted */
    uint8_t opcode;     /* likewise, of admin commands */
    uint32_t nsid, cdw10, cdw11;
    uint64_t prp1, mptr;                  /* what the driver filled in last; mptr 0: nothing */
    struct lone_buffer list;              /* its PRP list, or SGL segments */
    bool list_counted;                    /* this counts as a user of list_in; else the list does */
    uint64_t list_filled;                 /* bytes of it that name memory */
    struct lone_buffer scratch;           /* what is moved and has no place in the data: a controller page, or more */
    struct lone_host_memory *host_memory; /* what it gives to the controller to keep: see hmb.c */
    struct lone_hold hold;                /* on data, metadata and list */
};
TAILQ_HEAD(lone_cmd_list, lone_cmd_private);

/* --- Queues ------------------------------------------------------------------------------------------------ */

struct lone_bucket {
    struct lone_cmd_private *first, *last; /* oldest first */
};

/* What both kinds of queue have besides their memory. */
struct lone_backing {
    struct lone_buffer list; /* PC=0: the PRP list */
    struct lone_hold hold;   /* on both, of a queue that is only made: a Create by hand has named them */
    bool stays;              /* made by its owner: outlives its deletion */
    bool rung;               /* a script has written its doorbell since it is live; with what, last: */
    uint32_t rung_value;
};

/* What a Create or Delete I/O Queue says (NVMe Base 2.0, 5.4 to 5.7). */
struct lone_queue_command {
    uint8_t opcode;
    uint32_t cdw10, cdw11;
    uint64_t prp1;
};

/* One that is nobody's command. */
struct lone_raw_command {
    TAILQ_ENTRY(lone_raw_command) link;
    uint16_t cid;
    uint32_t nsid;
    struct lone_queue_command what; /* a Format NVM and a Namespace Management have these fields too */
};

/* A queue that the controller has because of a Create that was not the driver's own. */
struct lone_created {
    SLIST_ENTRY(lone_created) link;
    struct lone_queue_command what;
};

struct lone_sq_private {
    struct lone_sq sq;
    struct lone_backing backing;
    uint16_t next_cid;
    uint32_t known;     /* up to here the driver knows what was put into the queue; as a rule the tail */
    uint16_t *raw_cids; /* how many entries that are nobody's command have each CID; NULL: there was never one */
    bool raw_changed;   /* some were overwritten after they had been counted */
    TAILQ_HEAD(, lone_raw_command) raw_commands; /* the oldest first */
    uint32_t mask;                               /* number of buckets - 1 */
    struct lone_bucket *buckets;
};

struct lone_cq_private {
    struct lone_cq cq;
    struct lone_backing backing;
    uint64_t life;   /* the controller's `lives` when it became live: unique */
    uint32_t seen;   /* up to here its entries have been taken, or seen when a script took them: as a rule the head */
    bool seen_phase; /* of a new entry there */
    bool owes_doorbell; /* the last write of it failed */
};

/* --- Memory of the controller's own ------------------------------------------------------------------------- */

struct lone_own_memory {
    struct lone_region *window; /* NULL: it was never set up */
    bool enabling;              /* PMR: EN is 1, NRDY is waited for */
    uint64_t deadline_ns;
};

/* --- Interrupts -------------------------------------------------------------------------------------------- */

struct lone_vectors {
    int *fds;
    uint64_t *counts;    /* how often each signalled, as far as its eventfd has been read */
    bool *masked;        /* in the MSI-X table */
    struct pollfd *poll; /* for lone_controller_wait() */
    unsigned n;
};

/* An INTx line that may stay asserted although there is nothing in the queues. */
struct lone_level {
    unsigned spurious; /* interrupts in a row without a cause */
    uint64_t taken;    /* the controller's `taken` at the last one */
    uint64_t since_ns; /* when the last one came, if there were so many that it is not let through at once; else 0 */
};

/* Where the masks and pending bits are, and what was last written to them. */
struct lone_masks {
    uint16_t msi,
        msi_mask;   /* in configuration space: the capability; 0: there is none. Its mask bits; 0: it has none */
    uint16_t msix;  /* likewise: the capability */
    bool has_table; /* MSI-X: the table and the pending bit array, in BARs */
    uint8_t table_bar, pba_bar;
    uint32_t table, pba;
    bool off;         /* all vectors: MSIE=0, MXE=0, FM=1 or CMD.ID=1, by hand */
    uint32_t msi_set; /* MSI's mask bits */
    uint32_t intms;   /* INTMS: not with MSI-X */
};

/* --- Asynchronous events ----------------------------------------------------------------------------------- */

struct lone_events {
    unsigned wanted, posted;
    bool ready;        /* CSTS.RDY=1 was seen, and no shutdown or error, since it was enabled */
    uint64_t received; /* events; what else ended a request is not one */
    uint64_t next;     /* number n is last[n % LONE_EVENTS_KEPT] */
    struct lone_async_event last[LONE_EVENTS_KEPT];
};

/* --- The controller ---------------------------------------------------------------------------------------- */

#define LONE_SHADOW_SIZE 0x38u /* up to the end of ACQ */
#define LONE_NAMED_SIZE  20u   /* AQA, ASQ and ACQ, which lie next to each other */

struct lone_controller {
    struct lone_device *device;
    struct lone_memory *memory;
    struct lone_own_memory cmb, pmr;
    uint32_t cmbsz;                       /* as it was read when the CMB was set up */
    struct lone_host_memory *host_memory; /* the Host Memory Buffer */

    struct lone_capability_at *capabilities;
    size_t n_capabilities;
    uint16_t pmcs, pxdc; /* where these registers are in configuration space; 0: nowhere */
    bool soft_reset;     /* D3hot to D0 resets the function */
    bool has_flr;
    uint8_t power_state; /* last one written */

    enum lone_interrupts interrupts;
    struct lone_vectors vectors;
    uint64_t vector_changes;
    struct lone_masks masks;
    bool signals; /* the device's interrupts are on; a reset of the function switches them off */
    bool unmask;  /* INTx has signalled and is masked until its queues are empty */
    struct lone_level level;

    bool one64;
    uint8_t shadow[LONE_SHADOW_SIZE]; /* CC, AQA, ASQ, ACQ as last written (CC: or read) */
    uint8_t named[LONE_NAMED_SIZE];   /* AQA, ASQ, ACQ that name the driver's admin queues */
    uint32_t admin_cc;                /* CC as it was written when they were set up */
    bool enabled;                     /* CC.EN */
    uint64_t cap;                     /* as last read; 0: never */
    uint32_t page_size;               /* CC.MPS when it was enabled */
    uint32_t doorbell_stride;         /* bytes from one doorbell to the next */

    uint64_t generation;
    uint64_t lives;
    bool seen_ready; /* since it was enabled CSTS.RDY=1 was read, or a completion came */
    bool reachable;  /* it was enabled since it was last known to reach nothing but the admin queues' memory */
    bool by_hand;    /* since then it was, or may have been, told by hand to keep any memory of the pool */
    uint64_t safe;   /* counts the moments at which the device could reach no memory but the admin queues' */
    SLIST_HEAD(, lone_limbo) limbo;
    unsigned n_hand; /* of these: how many LONE_HOLD_HAND */

    struct lone_sq_private **sqs; /* by id */
    struct lone_cq_private **cqs;
    unsigned n_sqs, n_cqs;
    SLIST_HEAD(, lone_created) created;
    uint16_t *autos; /* the ids of live completion queues that lone_controller_poll() consumes */
    unsigned n_autos, max_autos;
    unsigned n_silent;      /* of these: how many no vector announces */
    unsigned n_owed;        /* completion queues, of any consumer, whose doorbell write failed */
    uint64_t queue_changes; /* how often the list has changed */
    uint64_t queues_made;
    uint64_t taken; /* completions, of all queues */
    uint64_t raw;   /* entries placed as bytes whose completions have not been seen, all queues */
    struct lone_cmd_list all;
    struct lone_cmd_list flying; /* in the order of submission */
    struct lone_cmd_list lost;
    uint32_t outstanding;
    uint32_t by_hand_flying; /* of these: with pointers made by hand */

    uint32_t requests; /* Asynchronous Event Requests among the outstanding ones */
    struct lone_events events;
    struct lone_trace trace;
    bool fatal;                          /* CSTS.CFS, as last read */
    struct lone_trace_event fatal_after; /* the last write before it was seen */
    struct lone_progress *progress;      /* the action under way, its owner's */
    bool resetting; /* it resets the function in a thread of its own: nobody else may access the device */
    struct lone_namespace *namespaces; /* by ascending NSID */
    size_t n_namespaces;
    struct lone_limits limits;
    uint8_t identity[LONE_IDENTITY]; /* of Identify Controller, as it was returned last */
    bool has_limits;
};

/* registers.c */
uint32_t lone_controller_shadow32(const struct lone_controller *controller, uint32_t offset);
/* Follows a reset of the function that has taken place; @safe: no DMA goes on any more for sure. */
void lone_follow_function_reset(struct lone_controller *controller, enum lone_trace_reset why, bool safe);
/* Sets @bits of CMD in configuration space where they are not. */
int lone_controller_command_bits(struct lone_controller *controller, uint16_t bits, struct lone_error *error);
/* A field of @value of the register called @name, by the table. Not for hot paths. */
uint64_t lone_register_field(const char *name, uint64_t value, const char *field);
/* Reads CSTS; -ENODEV when it is all ones. */
int lone_controller_csts(struct lone_controller *controller, uint32_t *csts, struct lone_error *error);
/* Reads CAP likewise. */
int lone_controller_cap(struct lone_controller *controller, uint64_t *cap, struct lone_error *error);

enum { LONE_CMD_MSE = 1 << 1, LONE_CMD_BME = 1 << 2 }; /* PCI CMD: memory space, bus master enable */

/* limbo.c */
void lone_hold_set(struct lone_controller *controller, struct lone_hold *hold, enum lone_hold_end end, uint16_t qid);
bool lone_held(const struct lone_controller *controller, const struct lone_hold *hold);
/* Frees @buffer, or keeps it in limbo while @hold (may be NULL) lasts, or pointers made by hand may name it. */
void lone_give_back(struct lone_controller *controller, struct lone_buffer *buffer, const struct lone_hold *hold);
/* Keeps @buffer until @end comes. */
void lone_keep(struct lone_controller *controller, struct lone_buffer *buffer, enum lone_hold_end end, uint16_t qid);
/* A Create by hand has named memory at @iova: a queue of ours that has it there is held until @end. False: none
 * has. */
bool lone_hold_named(struct lone_controller *controller, uint64_t iova, enum lone_hold_end end, uint16_t qid);
/* The device has let go of what @end and @qid say. */
void lone_hold_over(struct lone_controller *controller, enum lone_hold_end end, uint16_t qid);
/* Something was completed: does that end LONE_HOLD_HAND? */
void lone_hand_over(struct lone_controller *controller);
/* The controller was reset: from now on only RDY=0, or a function reset, ends what deleting a queue, or (@admin_too)
 * naming other admin queues, would have ended. */
void lone_holds_await_reset(struct lone_controller *controller, bool admin_too);
/* The device reaches nothing any more but, unless @function_reset, the admin queues' memory. */
void lone_all_safe(struct lone_controller *controller, bool function_reset);

/* cmb.c, pmr.c: setting it up, a step at a time, as lone_controller_memory_enable() */
int lone_cmb_enable(struct lone_controller *controller, struct lone_error *error);
int lone_pmr_enable(struct lone_controller *controller, uint64_t *again_ns, struct lone_error *error);
/* Reserves @size bytes of addresses for what is at @offset of @bar, or takes those that it had. */
int lone_own_memory_window(struct lone_controller *controller, struct lone_own_memory *own, const char *name,
                           unsigned bar, uint64_t offset, uint64_t size, struct lone_error *error);
/* A reset, or a write by hand: nobody knows any more where it is. */
void lone_own_memory_lost(struct lone_controller *controller);
/* Switches off what was ever set up. */
void lone_own_memory_close(struct lone_controller *controller);
void lone_follow_own_memory(struct lone_controller *controller, uint64_t offset, unsigned width);

/* pointers.c: the steps of a submission. Only reserve allocates, and only where a list is needed that is larger than
 * any before. */
/* Does the driver make no data pointers for it, or no MPTR: is there nothing to move? */
bool lone_pointers_none(const struct lone_cmd *cmd);
bool lone_pointers_no_metadata(const struct lone_cmd *cmd);
int lone_pointers_check(const struct lone_cmd *cmd, struct lone_error *error);
int lone_pointers_reserve(struct lone_cmd *cmd, struct lone_error *error);
int lone_pointers_fill(struct lone_cmd *cmd, struct lone_error *error);

/* hmb.c: regions that belong to the Host Memory Buffer are in use as long as the controller may have it */
/* Before a Set Features is submitted: those that it names, if it enables the buffer. */
int lone_hmb_prepare(struct lone_cmd_private *own, struct lone_error *error);
/* It has completed. */
void lone_hmb_follow(struct lone_cmd_private *own, bool success);
/* It was lost: nobody knows whether the controller took it. */
void lone_hmb_keep(struct lone_cmd_private *own);
/* The command ends without having been sent. */
void lone_hmb_forget(struct lone_cmd_private *own);
/* The controller has nothing of it any more. */
void lone_hmb_over(struct lone_controller *controller);

/* queue.c: the tables of queues, and a queue's life in them */
/* Makes the host's side and enters it under its id, where there must be none: memory in the host, zeroed, at a multiple
 * of @alignment. */
int lone_sq_make(struct lone_controller *controller, uint16_t id, const struct lone_sq_options *options,
                 uint64_t alignment, struct lone_sq_private **sq, struct lone_error *error);
int lone_cq_make(struct lone_controller *controller, uint16_t id, const struct lone_cq_options *options,
                 uint64_t alignment, struct lone_cq_private **cq, struct lone_error *error);
int lone_check_entries(uint32_t entries, struct lone_error *error);
/* Makes it able to find so many commands; it must have none. */
int lone_sq_set_buckets(struct lone_sq_private *sq, uint32_t entries, struct lone_error *error);
/* Ends it; its memory is kept while @hold (may be NULL) lasts. */
void lone_sq_remove(struct lone_controller *controller, uint16_t id, const struct lone_hold *hold);
void lone_cq_remove(struct lone_controller *controller, uint16_t id, const struct lone_hold *hold);
/* The controller has it no more: it ends, or its owner's goes back to LONE_QUEUE_MADE. */
void lone_sq_over(struct lone_controller *controller, struct lone_sq_private *sq);
void lone_cq_over(struct lone_controller *controller, struct lone_cq_private *cq);
/* It is live from now on, as it stands. */
void lone_sq_live(struct lone_controller *controller, struct lone_sq_private *sq);
void lone_cq_live(struct lone_controller *controller, struct lone_cq_private *cq);
/* Back to how it is when new: entries zeroed, and indices; or indices alone. */
int lone_sq_restart(struct lone_sq_private *sq, struct lone_error *error);
int lone_cq_restart(struct lone_cq_private *cq, struct lone_error *error);
void lone_sq_rewind(struct lone_sq_private *sq);
void lone_cq_rewind(struct lone_cq_private *cq);
/* Which queues are to be polled, and which are announced, may have changed. */
void lone_queues_changed(struct lone_controller *controller);

uint64_t lone_sq_doorbell(const struct lone_controller *controller, uint16_t id);
uint64_t lone_cq_doorbell(const struct lone_controller *controller, uint16_t id);
/* What is written to DMA memory before comes before the doorbell write after. */
void lone_release(void);

/* queue_command.c */
/* A Create of somebody else's has succeeded: remembered, for who adopts the queue. */
void lone_created_add(struct lone_controller *controller, const struct lone_queue_command *what);
/* That queue is gone; or all of them. */
void lone_created_remove(struct lone_controller *controller, bool completion_queue, uint16_t id);
void lone_created_clear(struct lone_controller *controller);
/* Does this status of a Delete say that the controller has no such queue? */
bool lone_says_no_queue(uint8_t opcode, uint16_t status);

/* queue_host.c */
/* Do admin queues lie in the memory of this queue: those that were adopted, or what ASQ and ACQ name? */
bool lone_is_admin_memory(const struct lone_controller *controller, const struct lone_buffer *memory);

/* queue_ring.c */
/* Writes @value to the doorbell, and remembers it. */
int lone_sq_write_doorbell(struct lone_controller *controller, struct lone_sq *sq, uint32_t value,
                           struct lone_error *error);
int lone_cq_write_doorbell(struct lone_controller *controller, struct lone_cq *cq, uint32_t value,
                           struct lone_error *error);
/* A doorbell is about to be written by hand. -ENOMEM. */
int lone_sq_expect_doorbell(struct lone_sq_private *sq, struct lone_error *error);
void lone_cq_expect_doorbell(struct lone_controller *controller, struct lone_cq_private *cq, uint32_t value);
/* It was written: what that says about tail and head. */
void lone_sq_follow_doorbell(struct lone_controller *controller, struct lone_sq_private *sq, uint32_t value);
void lone_cq_follow_doorbell(struct lone_cq_private *cq, uint32_t value);

/* raw.c: entries that are nobody's command */
/* Before the first of a queue is sent: -ENOMEM. */
int lone_sq_raw_reserve(struct lone_sq_private *sq, struct lone_error *error);
/* Has one of them this CID? */
bool lone_sq_is_raw(const struct lone_sq_private *sq, uint16_t cid);
/* The controller gets @entry. */
void lone_sq_raw_remember(struct lone_controller *controller, struct lone_sq_private *sq, const uint8_t *entry);
/* It gets what a script has put into the memory from `known` up to @to, too. */
void lone_sq_raw_learn(struct lone_controller *controller, struct lone_sq_private *sq, uint32_t to);
/* The doorbell is rung for those from @from up to @to, which are known, but may have been overwritten since. */
void lone_sq_raw_look_again(struct lone_controller *controller, struct lone_sq_private *sq, uint32_t from, uint32_t to);
/* It is rung for all that are known: is there any for which it was not yet? Then those are looked at again. */
bool lone_sq_raw_is_pending(const struct lone_sq_private *sq);
void lone_sq_raw_look_at_pending(struct lone_controller *controller, struct lone_sq_private *sq);
/* Those from @from up to `known`, for which nobody has rung, will not be sent. */
void lone_sq_raw_unplace(struct lone_controller *controller, struct lone_sq_private *sq, uint32_t from);
/* Nothing is known of CIDs any more; or nothing is awaited, either. */
void lone_sq_forget_raw_cids(struct lone_sq_private *sq);
void lone_sq_forget_raw(struct lone_controller *controller, struct lone_sq_private *sq);
/* A completion that no command matched has come for @sq. */
void lone_sq_raw_completed(struct lone_controller *controller, struct lone_sq_private *sq, uint16_t cid,
                           uint16_t status);

struct lone_sq_private *lone_sq_find(const struct lone_controller *controller, uint16_t id);
struct lone_cq_private *lone_cq_find(const struct lone_controller *controller, uint16_t id);

/* flight.c: commands under way */
void lone_flight_add(struct lone_sq_private *sq, struct lone_cmd_private *own);
void lone_flight_remove(struct lone_sq_private *sq, struct lone_cmd_private *own);
/* The oldest with this CID, or NULL. */
struct lone_cmd_private *lone_flight_find(const struct lone_sq_private *sq, uint16_t cid);
/* Everything under way on @sq (NULL: on every queue) is lost; their memory is held if @hold. lone_announce() must
 * follow. */
void lone_lose(struct lone_controller *controller, struct lone_sq_private *sq, bool hold);
/* Calls done() of commands that were lost. */
void lone_announce(struct lone_controller *controller);

/* admin.c */
/* Reads CAP for what the driver needs of it. */
int lone_read_capabilities(struct lone_controller *controller, struct lone_error *error);

/* events.c: posts what is missing, as far as there is room */
int lone_events_post(struct lone_controller *controller, struct lone_error *error);
static inline bool lone_events_short(const struct lone_controller *controller)
{
    return controller->events.posted < controller->events.wanted && controller->events.ready;
}

/* explain.c: CSTS.CFS was read */
void lone_follow_fatal(struct lone_controller *controller, bool fatal);

/* command.c */
void lone_cmd_dispose(struct lone_cmd_private *own);
uint64_t lone_now(void);

/* submit.c */
/* The live queue @sqid, or an error that says how to get one. */
int lone_sq_usable(const struct lone_controller *controller, uint16_t sqid, struct lone_sq_private **sq,
                   struct lone_error *error);
/* Has @sq room for @n more entries? */
int lone_sq_room(const struct lone_sq *sq, unsigned n, struct lone_error *error);

/* namespaces.c */
/* A device with more namespaces than this must not take all memory. */
#define LONE_MAX_NAMESPACES (1u << 20)
struct lone_namespace *lone_namespace_find(const struct lone_controller *controller, uint32_t nsid);
/* The first with a greater NSID, or NULL. */
const struct lone_namespace *lone_namespace_after(const struct lone_controller *controller, uint32_t nsid);
/* Takes over @list (malloc'ed, ascending) as the namespaces that there are; what is known of them is kept. */
void lone_namespaces_replace(struct lone_controller *controller, struct lone_namespace *list, size_t n);
/* An Identify has completed successfully. */
void lone_follow_identify(const struct lone_cmd_private *own);
/* A Format NVM or Namespace Management, somebody's or nobody's command, has: what was known of a namespace and is so no
 * longer, is forgotten. */
void lone_follow_namespaces(struct lone_controller *controller, uint8_t opcode, uint32_t nsid, uint32_t cdw10);

/* scan.c */
struct lone_scan {
    unsigned stage, sent;
    uint32_t nsid;               /* of the command under way */
    int csi;                     /* likewise, where it asks what a command set says */
    struct lone_namespace *list; /* as far as it has been read */
    size_t n_list;
    uint64_t timeout_ns; /* for each command */
    struct lone_cmd *cmd;
};
/* Like lone_action_step(). `sent` grows with each command. */
int lone_scan_step(struct lone_controller *controller, struct lone_scan *scan, struct lone_error *error);
void lone_scan_end(struct lone_scan *scan);

/* completion.c */
/* Consumes what is there of a queue whose consumer is `auto`. */
unsigned lone_cq_poll(struct lone_controller *controller, uint16_t id);
/* Is there an entry that has not been consumed? */
bool lone_cq_has_entry(const struct lone_cq *cq);
/* A script has taken the entries up to @to, and they are still there to be read: what completed with them. */
void lone_cq_account(struct lone_controller *controller, struct lone_cq_private *cq, uint32_t to);
/* What a completed Create or Delete that is nobody's command changes. */
void lone_follow_queue_command(struct lone_controller *controller, const struct lone_queue_command *what,
                               uint16_t status);

/* interrupts.c */
/* The mode to begin with. */
void lone_vectors_choose(struct lone_controller *controller);
void lone_vectors_free(struct lone_controller *controller);
/* Makes the eventfds of the mode, unless they are there, and switches the device's interrupts to it. */
int lone_interrupts_apply(struct lone_controller *controller, struct lone_error *error);
/* Unmasks INTx if that is due and there is nothing left that it would signal at once. */
void lone_intx_settle(struct lone_controller *controller);
/* Will no vector of ours announce the entries of @cq? */
bool lone_cq_is_silent(const struct lone_controller *controller, const struct lone_cq *cq);
/* Takes down where masks and pending bits are, as the capabilities say. */
int lone_masks_find(struct lone_controller *controller, struct lone_error *error);
/* A BAR or configuration space was written to: does that keep vectors from signalling, or let them? */
void lone_follow_mask_bar(struct lone_controller *controller, unsigned bar, uint64_t offset, unsigned width,
                          uint64_t value);
void lone_follow_mask_config(struct lone_controller *controller, uint16_t offset, unsigned width, uint32_t value);
/* The device's interrupts were switched on anew: nothing is masked but by INTMS. */
void lone_masks_cleared(struct lone_controller *controller);

/* init.c: the steps of LONE_ACTION_INIT, CREATE_QUEUES and DELETE_QUEUES once the controller is ready and, for the
 * first, its namespaces are known */
enum { LONE_INIT_QUEUE_COUNT, LONE_INIT_CQ, LONE_INIT_SQ, LONE_INIT_DELETE_SQ, LONE_INIT_DELETE_CQ, LONE_INIT_DONE };
struct lone_init {
    unsigned stage, queue, queues;
    unsigned sent; /* commands */
    uint32_t entries;
    uint64_t timeout_ns; /* for each command */
    struct lone_cmd *cmd;
    bool failed; /* a queue could not be deleted; the first that could not: */
    struct lone_error failure;
};
int lone_init_step(struct lone_controller *controller, struct lone_init *init, struct lone_error *error);
/* Makes @init one that deletes all live I/O queues. */
void lone_init_delete(const struct lone_controller *controller, struct lone_init *init);
void lone_init_end(struct lone_init *init);

/* wait.c */
/* Sleeps until an interrupt comes or @ns are over, then clears the eventfds. */
void lone_controller_wait(struct lone_controller *controller, uint64_t ns);

#endif
