/* SPDX-License-Identifier: MIT */
/*
 * The host driver: one NVMe controller behind the device interface, its queues and its commands.
 *
 * One thread owns a controller; every call comes from it. Nothing here retries, caches or guesses: a register access is
 * one access, and the driver's picture of the controller follows from the accesses that went through it. So all writes
 * to registers, BARs and configuration space go through the functions below, which see a controller reset, however it
 * was made (CC.EN=0, NSSR, an FLR written to configuration space, a raw write to BAR 0), and keep queues and commands
 * true to it.
 *
 * Memory that the device may write is never freed or used again before the device cannot reach it: the completion of
 * the command, CSTS.RDY=0 seen after CC.EN=0, or a function reset. A time-out proves nothing.
 */
#ifndef LONE_NVME_CONTROLLER_H
#define LONE_NVME_CONTROLLER_H

#include "../device/device.h"
#include "../memory/memory.h"
#include "../spec/nvme.h"
#include "../spec/pci.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lone_controller;

/* Takes over @device (closed by lone_controller_close(), and on failure too), walks its capabilities once, makes a
 * memory pool and an eventfd per interrupt vector (MSI-X if there is, else MSI, else INTx; nvme/interrupts.h changes
 * that). Touches no NVMe register. The caller owns *@controller. */
int lone_controller_open(struct lone_controller **controller, struct lone_device *device, struct lone_error *error);

/* Frees everything; commands that still exist are freed as well. Disables the controller first, without waiting for
 * more than a second, if commands or queues are live, so that no DMA goes on into freed memory, and switches off a CMB
 * or PMR that it has set up. An action under way must have been ended. NULL is fine. */
void lone_controller_close(struct lone_controller *controller);

struct lone_device *lone_controller_device(struct lone_controller *controller);
struct lone_memory *lone_controller_memory(struct lone_controller *controller);

/* The capabilities that were found when it was opened; owned by the controller. */
const struct lone_capability_at *lone_controller_capabilities(const struct lone_controller *controller, size_t *count);

/* Bytes of a page as the controller counts them: CC.MPS as it was written last, enabled or not yet. */
uint32_t lone_controller_page_size(const struct lone_controller *controller);

/* How often the controller was reset (CC.EN 1 to 0, FLR, NSSR, hot reset …) since it was opened. */
uint64_t lone_controller_generation(const struct lone_controller *controller);

/* --- Registers
 * --------------------------------------------------------------------------------------------------------- */

/* 64-bit registers go as two 32-bit accesses, low first; `one` makes it one access of 64 bits. Off by default. */
void lone_controller_reg64(struct lone_controller *controller, bool one);

/* Reads the register of @size bytes (1 to 8, as the table says) at @offset of BAR 0 into *@value: one access, or two
 * for 8 bytes. Errors are the device's. */
int lone_controller_read(struct lone_controller *controller, uint32_t offset, unsigned size, uint64_t *value,
                         struct lone_error *error);

/* Writes it likewise, following what it does to the controller's state:
 * CC.EN 0 to 1 while AQA, ASQ and ACQ are as lone_controller_admin() wrote them: the admin queues' entries are zeroed,
 * indices and phase reset, before the write, and the queues are live after it. CC.EN 1 to 0: the I/O queues are gone,
 * the admin queues `disabled`, outstanding commands are lost. NSSR with its magic: the same, and the admin queues are
 * gone. */
int lone_controller_write(struct lone_controller *controller, uint32_t offset, unsigned size, uint64_t value,
                          struct lone_error *error);

/* One raw access to a BAR, as lone_device_bar_read() and _write(); what is written to BAR 0 is followed as above. */
int lone_controller_bar_read(struct lone_controller *controller, unsigned bar, uint64_t offset, unsigned width,
                             uint64_t *value, struct lone_error *error);
int lone_controller_bar_write(struct lone_controller *controller, unsigned bar, uint64_t offset, unsigned width,
                              uint64_t value, struct lone_error *error);

/* One raw access to configuration space. A write that sets Initiate Function Level Reset in PXDC, or takes a function
 * without No Soft Reset from D3hot to D0, is followed as a function reset. */
int lone_controller_config_read(struct lone_controller *controller, uint16_t offset, unsigned width, uint32_t *value,
                                struct lone_error *error);
int lone_controller_config_write(struct lone_controller *controller, uint16_t offset, unsigned width, uint32_t value,
                                 struct lone_error *error);

/* --- Bringing it up and down
 * ---------------------------------------------------------------------------------------------- */

struct lone_admin_options {
    uint32_t sq_entries, cq_entries; /* 2 to 4096; 0 means 64 and 256 */
    uint32_t page_size; /* CC.MPS in bytes: a power of two, 4096 to 128 MiB; 0 means the smallest (CAP.MPSMIN) */
    uint8_t ams, css;   /* CC.AMS and CC.CSS, the bits as laid out */
    bool has_css;       /* false: CSS as CAP.CSS asks: 110b when CAP.CSS bit 6 is set, 111b when bit 7 is, else 0 */
};

/* Sets the admin queues up: memory, AQA, ASQ, ACQ, CC.IOSQES=6, IOCQES=4, MPS, AMS, CSS, bus mastering, interrupts.
 * Reads CAP, CC and CSTS; -EBUSY when CC.EN or CSTS.RDY is 1; -ERANGE sizes out of bounds; -EINVAL page size outside
 * CAP.MPSMIN to MPSMAX; -ENODEV CSTS all ones. The old admin queues' memory, if any, is freed after the registers name
 * the new one. */
int lone_controller_admin(struct lone_controller *controller, const struct lone_admin_options *options,
                          struct lone_error *error);

/* Things that take time, done step by step so that the caller's loop is never blocked. */
enum lone_action {
    LONE_ACTION_ENABLE,           /* CC.EN=1, wait for RDY=1. -ENXIO without admin queues (text: how to make them) */
    LONE_ACTION_DISABLE,          /* CC.EN=0, wait for RDY=0 */
    LONE_ACTION_SHUTDOWN,         /* CC.SHN=01b, wait for CSTS.SHST=10b */
    LONE_ACTION_SHUTDOWN_ABRUPT,  /* CC.SHN=10b, likewise */
    LONE_ACTION_RESET_CONTROLLER, /* CC.EN=0, wait for RDY=0: even when EN is 0 already */
    LONE_ACTION_RESET_FLR,        /* the device interface's resets; afterwards CSTS must be readable */
    LONE_ACTION_RESET_HOT,
    LONE_ACTION_RESET_SUBSYSTEM, /* NSSR; -EOPNOTSUPP when CAP.NSSRS is 0 */
    LONE_ACTION_INIT,            /* disable if enabled, admin queues, enable, SCAN, `queues` I/O queue pairs */
    LONE_ACTION_SCAN, /* Identify Controller, the list of active namespaces, Identify of each. -ENXIO not enabled */
    LONE_ACTION_CREATE_QUEUES, /* Set Features Number of Queues, then `queues` I/O queue pairs, ids 1 to this many */
    LONE_ACTION_DELETE_QUEUES, /* all live I/O submission queues, then the completion queues */
};

struct lone_action_options {
    struct lone_admin_options admin; /* INIT */
    unsigned queues;                 /* INIT, CREATE_QUEUES: I/O queue pairs, ids 1 to this many */
    uint32_t entries;                /* likewise: of each of their SQs and CQs; 0 means 256, or CAP.MQES if less */
    uint64_t timeout_ns;             /* for waits that no register bounds (SHST, commands of INIT); 0 means 10 s */
};

struct lone_progress; /* an action under way */

/* Begins @action. One runs at a time (-EBUSY), but DISABLE and the resets take the place of one that waits for the
 * controller, which may never come to what is waited for: the other one's next step is -ESHUTDOWN. -EBUSY for them,
 * too, while lone_controller_resetting(). *@progress belongs to the caller until lone_action_end(). */
int lone_action_begin(struct lone_controller *controller, enum lone_action action,
                      const struct lone_action_options *options, struct lone_progress **progress,
                      struct lone_error *error);

/* Goes as far as it can without waiting. 1: done. 0: not yet, call again after *@again_ns nanoseconds or any
 * completion. Negative: failed: -ETIMEDOUT after CAP.TO (or CRTO.CRWMT/CRIMT where CAP.CRMS says so) plus a second,
 * -EIO CSTS.CFS came, -ENODEV CSTS all ones (it satisfies no wait). The text says what the controller shows. */
int lone_action_step(struct lone_progress *progress, uint64_t *again_ns, struct lone_error *error);
/* Ends it, done or not; NULL is fine. Blocks while it resets the function (lone_action_resetting()), which has its
 * effect all the same. */
void lone_action_end(struct lone_progress *progress);

/* Is it this action that resets the function in a thread of its own? */
bool lone_action_resetting(const struct lone_progress *progress);

/* Is a function reset under way, in a thread beside the caller's? Until the action's next steps have ended it, nothing
 * may be called that accesses the device; lone_controller_poll() does nothing. */
bool lone_controller_resetting(const struct lone_controller *controller);

/* The whole action, blocking; for programs without a loop. */
int lone_controller_do(struct lone_controller *controller, enum lone_action action,
                       const struct lone_action_options *options, struct lone_error *error);

/*
 * What is known of namespaces and of the controller. Nothing is asked for behind anybody's back: it comes from INIT and
 * SCAN, which send these commands, and from every other Identify that completes through this driver with its data in
 * host memory and its pointers filled in by the driver: CNS 00h (the format; a namespace of 0 blocks is no longer
 * listed), CNS 03h (the command set), CNS 05h for the NVM command set (the length of protection information) and for
 * the ZNS command set (that of Zone Descriptor Extensions), and CNS 01h (the limits). A Format NVM that succeeds ends
 * what is known of the format: of its namespace, or of all where NSID is FFFFFFFFh, or FNA bit 0 says that they are
 * formatted together. Resets change no format, so what is known stays.
 */
struct lone_namespace {
    uint32_t nsid;
    int16_t csi;               /* enum lone_csi, or what else the controller says; -1: it has not said */
    uint8_t lbaf;              /* the number of its LBA format */
    uint64_t blocks;           /* NSZE */
    struct lone_format format; /* lba_size 0: not known */
};
/* The active namespaces that the last INIT or SCAN found, and those that Identify has spoken of since, by ascending
 * NSID. Owned by the controller and valid until the next call. */
const struct lone_namespace *lone_controller_namespaces(const struct lone_controller *controller, size_t *count);

/* Does CC.CSS allow I/O command sets beside NVM (110b, NVMe Base 2.0, 3.1.3.5)? As it was written last. */
bool lone_controller_has_sets(const struct lone_controller *controller);

/* One whose format is known, or NULL. Valid until the next call. */
const struct lone_namespace *lone_controller_namespace(const struct lone_controller *controller, uint32_t nsid);

/* What CNS 00h does not say of a format, CNS 05h of a command set may: how long protection information is, and zone
 * descriptor extensions. Of which command set to ask it for @nsid, after that of @asked (-1: none yet); -1: of none. */
int lone_controller_namespace_asks(const struct lone_controller *controller, uint32_t nsid, int asked);

/* Takes the 4096 bytes of an Identify Namespace structure (NVM Command Set 1.0, 4.1.5.1) down as what is known of
 * @nsid; a structure of zeros (the namespace is inactive) takes it off the list; of one that makes no sense (LBADS
 * below 9 or above 31) the format is not known. */
void lone_controller_namespace_learn(struct lone_controller *controller, uint32_t nsid, const uint8_t *identify);

/* What Identify Controller says about what may be sent (NVMe Base 2.0, 5.17.2.1). */
struct lone_limits {
    uint64_t max_transfer;  /* bytes that one command may move, from MDTS and CAP.MPSMIN; 0: no limit */
    uint16_t oncs;          /* the optional commands that there are */
    uint16_t error_entries; /* of the Error Information log page: ELPE, which is 0's based */
    uint32_t sgls;
    uint8_t fna;
    bool volatile_cache;   /* VWC bit 0 */
    bool extended_formats; /* CTRATT.ELBAS: CNS 05h says how long protection information is */
};
/* Or NULL: no Identify Controller has completed yet. Valid as long as the controller. */
const struct lone_limits *lone_controller_limits(const struct lone_controller *controller);

/* The first bytes of Identify Controller as it was returned last, with zeros for what identifies it (the first 64
 * bytes); NULL as above. Valid as long as the controller. */
#define LONE_IDENTITY 540
const uint8_t *lone_controller_identity(const struct lone_controller *controller);

/* How long the controller may take to become ready, from CAP.TO or CRTO, plus a second. Reads CAP (and CRTO). */
int lone_controller_ready_timeout(struct lone_controller *controller, uint64_t *ns, struct lone_error *error);

/* --- Memory
 * --------------------------------------------------------------------------------------------------------------- */

/* Where memory lies that commands and queues can be told to use. */
enum lone_where_memory { LONE_IN_HOST, LONE_IN_CMB, LONE_IN_PMR };

/* Sets the Controller Memory Buffer (8.5) or the Persistent Memory Region (8.14) up, a step at a time: reserves
 * addresses for it in the IOVA space, for as long as the controller is open, and tells the controller to find it there.
 * 1: done (it may have been before; then nothing is accessed). 0: call again after *@again_ns nanoseconds. -EOPNOTSUPP:
 * it has none, or a CMB with the addresses of before NVMe 1.4 only. -EIO: it refuses the addresses, or says what cannot
 * be. -ETIMEDOUT: PMRSTS.NRDY stayed 1 for PMRCAP.PMRTO and a second. EN=0 leaves it set up; a reset of the function or
 * the subsystem does not, nor does writing CMBMSC, PMRCTL or PMRMSC by hand: then regions in it are lost (`mapped` is
 * false) until it is set up again. */
int lone_controller_memory_enable(struct lone_controller *controller, enum lone_where_memory where, uint64_t *again_ns,
                                  struct lone_error *error);

/* Makes a region of @size bytes: host memory with a mapping of its own that has @access, or a piece of the CMB or PMR,
 * which must be set up (-ENXIO). It takes the place of @instead, of the same kind and without users, which is freed
 * when the new one is there and stays as it is on failure; NULL: of none. Its IOVA is a multiple of the controller's
 * page size, in the host also of its own size (the power of two above it, at most 2 MiB). -ENOMEM, -ENOSPC, -EINVAL. */
int lone_controller_memory_new(struct lone_controller *controller, enum lone_where_memory where, uint64_t size,
                               unsigned access, struct lone_region *instead, struct lone_region **region,
                               struct lone_error *error);

/* Frees it, when its last user is gone; the addresses of host memory are not used for anything else while the
 * controller may still use them. NULL is fine. */
void lone_controller_memory_free(struct lone_controller *controller, struct lone_region *region);

/* The controller's own memory as it is set up now, from which regions are cut; NULL: it is not. */
const struct lone_region *lone_controller_memory_window(const struct lone_controller *controller,
                                                        enum lone_where_memory where);

/* Can anybody access it? -ENXIO: it lies in a CMB or PMR that is not set up any more; the text says what to do. */
int lone_controller_memory_check(const struct lone_region *region, struct lone_error *error);

/* --- Queues
 * --------------------------------------------------------------------------------------------------------------- */

enum lone_queue_state {
    LONE_QUEUE_DISABLED, /* admin: set up, CC.EN is 0 */
    LONE_QUEUE_MADE,     /* the host's side only: nvme/queue.h */
    LONE_QUEUE_CREATING, /* I/O: the command that creates it is under way */
    LONE_QUEUE_LIVE,
};

/* Who takes the entries of a completion queue. */
enum lone_consumer {
    LONE_CONSUMER_AUTO, /* lone_controller_poll() */
    LONE_CONSUMER_FILE, /* lone_cq_take() only: nvme/queue.h */
    LONE_CONSUMER_NONE, /* nobody: a script reads the memory and rings the doorbell */
};

/* What the driver knows of a queue; read-only outside core/nvme. Valid until the next call that writes to the
 * controller. */
struct lone_sq {
    uint16_t id, cqid;
    uint32_t entries;
    uint8_t qprio;
    bool pc;
    enum lone_queue_state state;
    struct lone_buffer memory;
    uint32_t tail, head;  /* head: the last SQHD that the controller reported */
    uint32_t doorbell;    /* the value last written to it */
    uint32_t outstanding; /* commands */
    uint32_t raw;         /* entries placed as bytes whose completions have not been seen */
    uint16_t nvmsetid;
    uint64_t made; /* how many queues were made before this one: with the same id it may be another queue */
    struct lone_sq_private *own;
};
struct lone_cq {
    uint16_t id, vector;
    uint32_t entries;
    bool interrupts, pc, phase;
    enum lone_queue_state state;
    enum lone_consumer consumer;
    struct lone_buffer memory;
    uint32_t head, doorbell;
    uint64_t made;                    /* as of a submission queue */
    uint64_t strays;                  /* completions that no outstanding command matched, since the queue became live */
    uint8_t stray[16][LONE_CQE_SIZE]; /* the last of them; the newest is stray[(strays - 1) % 16] */
};

/* The queue with this id, or NULL. 0 is the admin queue. */
const struct lone_sq *lone_controller_sq(const struct lone_controller *controller, uint16_t id);
const struct lone_cq *lone_controller_cq(const struct lone_controller *controller, uint16_t id);
/* The lowest id >= @id of a queue that exists, or -1. */
int lone_controller_next_sq(const struct lone_controller *controller, unsigned id);
int lone_controller_next_cq(const struct lone_controller *controller, unsigned id);
const char *lone_queue_state_name(enum lone_queue_state state); /* "disabled" "made" "creating" "live" */

/* --- Commands
 * ------------------------------------------------------------------------------------------------------------- */

enum lone_cmd_state {
    LONE_CMD_IDLE,        /* never submitted, or reset */
    LONE_CMD_OUTSTANDING, /* the controller has it; stays so after a time-out */
    LONE_CMD_COMPLETED,   /* cqe is valid */
    LONE_CMD_LOST,        /* the controller was reset or disabled under it, or its submission queue deleted */
};
const char *lone_cmd_state_name(enum lone_cmd_state state); /* "idle" "outstanding" "completed" "lost" */

enum lone_pointers {
    LONE_POINTERS_PRP,
    LONE_POINTERS_SGL,    /* one data block descriptor, or what `sgl` says; PSDT is set to 01b or 10b */
    LONE_POINTERS_MANUAL, /* PRP1, PRP2, MPTR and PSDT as they stand in the entry */
};

struct lone_cmd_private;
struct lone_sgl;

/* One command. The caller fills the first part while the command is not outstanding, and reads the second. */
struct lone_cmd {
    uint8_t sqe[LONE_SQE_SIZE];
    enum lone_pointers pointers;
    bool manual_cid;      /* CID as it stands in the entry; else a free one is stored there */
    uint16_t sqid;        /* the submission queue to use */
    uint32_t data_offset; /* where in `data` the transfer begins; a multiple of 4 for PRP to be valid, which is the
                             tester's affair */
    /* Bytes that the entry moves, by its own length fields. The controller believes these, whatever the buffers are:
     * PRPs are made for so many, of which those behind the end of `data` lie in a page of scratch memory; an SGL
     * describes no more than so many; what is behind `metadata` is scratch as well. With `sized` false the buffers are
     * what is moved. */
    bool sized, buckets; /* buckets: an SGL is wanted although it describes nothing of `data` */
    uint64_t moves, moves_metadata;
    const struct lone_sgl *sgl;         /* with LONE_POINTERS_SGL, the caller's: see nvme/sgl.h; NULL: one data block */
    void (*done)(struct lone_cmd *cmd); /* called once when it completes or is lost, from within lone_controller_poll()
                                           or the write that lost it; may submit and free commands. NULL: none */
    void *context;                      /* the caller's */

    enum lone_cmd_state state;
    uint8_t cqe[LONE_CQE_SIZE];
    uint64_t submitted_ns, completed_ns; /* CLOCK_MONOTONIC */
    struct lone_buffer data, metadata;   /* size 0: none; see lone_cmd_data_size(). Borrowed ones may lie in a BAR */
    struct lone_region *list_in;         /* where PRP lists and SGL segments are put, see lone_cmd_list_in() */
    uint64_t list_offset;
    struct lone_cmd_private *own;
};

/* A new idle command, zeroed. Owned by the caller. NULL when memory ends. */
struct lone_cmd *lone_cmd_new(struct lone_controller *controller);

/* Frees it. If the device may still write its memory, that is kept until it cannot. A free of an outstanding command
 * never calls done(); its completion is matched and dropped. NULL is fine. */
void lone_cmd_free(struct lone_cmd *cmd);

/* Makes `data` (or `metadata`) @size bytes; what fits of the old content is kept, the rest is zero. 0 frees it. -EBUSY
 * while outstanding, or when more than 16 MiB would have to be copied, -ENOMEM. */
int lone_cmd_data_size(struct lone_cmd *cmd, uint64_t size, struct lone_error *error);
int lone_cmd_metadata_size(struct lone_cmd *cmd, uint64_t size, struct lone_error *error);

/* Makes `data` @offset + @size bytes, with the transfer at @offset: what the old one had at its data_offset is moved
 * there, as far as it fits; the rest is zero. Borrowed data are given back and not copied. @size 0: no data. -EBUSY
 * while outstanding, or when more than 16 MiB would have to be copied, -ENOMEM, -EINVAL more than LONE_MEMORY_MAX. */
int lone_cmd_data_place(struct lone_cmd *cmd, uint32_t offset, uint64_t size, struct lone_error *error);

/* Gives back @buffer, which was `data` or `metadata` of @cmd and was taken out of it: it is freed, or kept until the
 * controller cannot reach it. */
void lone_cmd_buffer_drop(struct lone_cmd *cmd, struct lone_buffer *buffer);

/* Makes `data` a view of @size bytes (> 0) at @offset of @region, from which the transfer begins at @data_offset.
 * -EBUSY while outstanding, -ENOSPC they are not inside. */
int lone_cmd_data_in(struct lone_cmd *cmd, struct lone_region *region, uint64_t offset, uint32_t data_offset,
                     uint64_t size, struct lone_error *error);

/* From now on PRP lists and SGL segments are put at @offset (a multiple of 8) of @region, of which the command is a
 * user until it is told otherwise or freed; NULL: into memory of the driver's own. -EBUSY while outstanding, -EINVAL.
 */
int lone_cmd_list_in(struct lone_cmd *cmd, struct lone_region *region, uint64_t offset, struct lone_error *error);

/* Places the entry in its submission queue and rings the doorbell. With data and pointers other than manual, fills
 * PRP1, PRP2, PSDT and MPTR. Allocates nothing unless a PRP list or SGL segments are needed that are longer than the
 * command ever had. -ENXIO no such queue, or it is not live (the text says which line to write), or memory in a CMB or
 * PMR that is not set up any more, -EINVAL an SGL that does not fit the data, or PRPs that would let the controller
 * write to more of a region than was borrowed, -EAGAIN the queue is full, -EBUSY outstanding already, -ENOMEM, -ENODEV.
 * Nothing happened on failure. */
int lone_cmd_submit(struct lone_cmd *cmd, struct lone_error *error);

/* Could @n commands be submitted to @sqid now? Errors as for lone_cmd_submit(); nothing is changed. */
int lone_sq_check(const struct lone_controller *controller, uint16_t sqid, unsigned n, struct lone_error *error);

/* Submits @n commands (all for one queue, in this order) with one doorbell: all or none. */
int lone_cmd_submit_many(struct lone_cmd **cmds, unsigned n, struct lone_error *error);

/* Back to LONE_CMD_IDLE with a zeroed completion; done() is not called any more for what was. -EBUSY while outstanding.
 */
int lone_cmd_reset(struct lone_cmd *cmd, struct lone_error *error);

/* As which it was submitted last, whatever its entry says by now; 0 and 0 before that. */
void lone_cmd_submitted(const struct lone_cmd *cmd, uint16_t *sqid, uint16_t *cid);

/* SCT in bits 10:8, SC in 7:0, of a completed command. */
uint16_t lone_cmd_status(const struct lone_cmd *cmd);

/* Submits and waits at most @timeout_ns; for programs without a loop. -ETIMEDOUT: still outstanding; -ESHUTDOWN: lost.
 * An error status is no failure here: see lone_cmd_status(). Its done() must not free it. */
int lone_cmd_sync(struct lone_cmd *cmd, uint64_t timeout_ns, struct lone_error *error);

/* --- Completions
 * ----------------------------------------------------------------------------------------------------------- */

/* Looks at every live completion queue whose consumer is `auto` and finishes what has completed. Returns how many
 * completions it consumed. No system call but doorbell writes. */
unsigned lone_controller_poll(struct lone_controller *controller);

/* The eventfds that signal interrupts (owned by the controller, non-blocking), for the caller's loop: when one is
 * readable, read it and call lone_controller_poll(). They change with lone_controller_interrupts(). *@count is 0
 * without interrupts. */
const int *lone_controller_eventfds(const struct lone_controller *controller, unsigned *count);
/* A number that grows whenever there may be other eventfds: addresses and descriptors are used again. */
uint64_t lone_controller_vector_changes(const struct lone_controller *controller);

/* What the caller's loop has to expect before it sleeps. */
enum lone_expects {
    LONE_EXPECTS_NOTHING,
    LONE_EXPECTS_INTERRUPT, /* something is outstanding, and a vector will signal when it completes */
    LONE_EXPECTS_SILENCE,   /* something is outstanding that may complete without a signal: poll on a timer */
};
enum lone_expects lone_controller_expects(const struct lone_controller *controller);

/* Reads the eventfd of @vector empty; lone_controller_poll() must follow. Nothing happens where there is no such
 * vector. */
void lone_controller_clear_eventfd(struct lone_controller *controller, unsigned vector);
/* The same for all of them. */
void lone_controller_clear_eventfds(struct lone_controller *controller);

/* Commands outstanding on all queues. */
uint32_t lone_controller_outstanding(const struct lone_controller *controller);

/* Why a command does not complete: fails with -ETIMEDOUT, or -ENODEV, and a text that names the command and says what
 * CSTS shows. Reads CSTS once. For who waited for @cmd, which is outstanding; and who has called lone_controller_poll()
 * since its time was up, because it may be the program that was held up, and not the command. */
int lone_cmd_late(const struct lone_cmd *cmd, struct lone_error *error);

/* Why @cmd, whose state says so, was lost: fails with -ESHUTDOWN and a text. */
int lone_cmd_lost(const struct lone_cmd *cmd, struct lone_error *error);

/* Adds lines that explain CSTS.CFS=1: what it is, what was written last before it was seen, the last command, and how
 * to recover. Accesses nothing. */
void lone_controller_explain_fatal(const struct lone_controller *controller, struct lone_text *text);

/* Bytes kept because the device may still write them although nobody uses them any more. */
uint64_t lone_controller_kept(const struct lone_controller *controller);

#ifdef __cplusplus
}
#endif

#endif
