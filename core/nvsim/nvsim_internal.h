/* SPDX-License-Identifier: MIT */
/*
 * Private to nvsim. Who touches what:
 *
 * - The owner's threads come through the device interface. Accesses to BARs take no lock: they are atomic loads and
 * stores in `bar` and in the controller's own memory, and what the firmware has to act upon is latched in `cc`,
 * `requests` or a doorbell before it is woken. Only the MSI-X table, and the registers that say where the controller's
 * own memory is, take one.
 * - The firmware thread alone has `controller`, `namespaces`, `usage`, `admin` and the Identify structures.
 * - `lock` guards configuration space, the MSI-X table's side effects and the eventfds; `dma_lock` guards the DMA map
 * and the windows, and is held while memory is touched, so that an unmap returns only when the firmware is out of it.
 * `lock` comes first.
 */
#ifndef LONE_NVSIM_INTERNAL_H
#define LONE_NVSIM_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "device/device.h"
#include "nvsim/admin.h"
#include "spec/nvme.h"
#include "spec/pci.h"

#define NVSIM_BAR_SIZE     0x4000u /* registers, doorbells, MSI-X table and pending bits, a page each */
#define NVSIM_MSIX_TABLE   0x2000u
#define NVSIM_MSIX_PBA     0x3000u
#define NVSIM_MSI_VECTORS  8u
#define NVSIM_MSIX_VECTORS 16u
#define NVSIM_QUEUES       128u /* of each kind, the admin queue included */
#define NVSIM_MQES         4095u
#define NVSIM_QUEUE_PAGES  ((NVSIM_MQES + 1) * LONE_SQE_SIZE / NVSIM_PAGE) /* of the smallest kind, at most */
#define NVSIM_MPSMAX       4u
#define NVSIM_NAMESPACES   4u
#define NVSIM_AERL         3u
#define NVSIM_LATE         (NVSIM_QUEUES + NVSIM_AERL + 1) /* one of each queue's fused pairs, and all event requests */
#define NVSIM_MAPS         65535u
#define NVSIM_CMB_BAR      2u
#define NVSIM_PMR_BAR      4u
#define NVSIM_WINDOW_SIZE  0x400000u /* of each of the two */
#define NVSIM_PAGE         4096u
#define NVSIM_NSID_ALL     0xffffffffu
#define NVSIM_MDTS         8u /* memory pages of the smallest size, as a power of two: 1 MiB */
#define NVSIM_TRANSFER_MAX ((uint64_t)NVSIM_PAGE << NVSIM_MDTS)
#define NVSIM_ACWU         8u    /* blocks that a fused Compare and Write may have */
#define NVSIM_MSSRL        128u  /* Copy: blocks of one source range, */
#define NVSIM_MCL          1024u /* of all of them, */
#define NVSIM_MSRC         16u   /* and source ranges */

/* Where the capabilities are in configuration space. */
enum nvsim_capability {
    NVSIM_PMCAP = 0x40,
    NVSIM_MSICAP = 0x50,
    NVSIM_MSIXCAP = 0x70,
    NVSIM_PXCAP = 0x80,
    NVSIM_AERCAP = 0x100,
    NVSIM_DSN = 0x150,
};

/* Configuration registers that do something, PCI 3.0 6.1 and the capabilities' specifications. */
enum nvsim_config_offset {
    NVSIM_CMD = 0x04,
    NVSIM_STS = 0x06,
    NVSIM_BAR3 = 0x1c,
    NVSIM_BAR5 = 0x24,
    NVSIM_PMCS = NVSIM_PMCAP + 0x04,
    NVSIM_MSI_MC = NVSIM_MSICAP + 0x02,
    NVSIM_MSI_MMASK = NVSIM_MSICAP + 0x10,
    NVSIM_MSI_MPEND = NVSIM_MSICAP + 0x14,
    NVSIM_MSIX_MXC = NVSIM_MSIXCAP + 0x02,
    NVSIM_PXDC = NVSIM_PXCAP + 0x08,
};

#define NVSIM_CMD_MSE   0x0002u
#define NVSIM_CMD_BME   0x0004u
#define NVSIM_CMD_ID    0x0400u
#define NVSIM_STS_IS    0x0008u
#define NVSIM_STS_RMA   0x2000u
#define NVSIM_MC_MSIE   0x0001u
#define NVSIM_MXC_MXE   0x8000u
#define NVSIM_MXC_FM    0x4000u
#define NVSIM_PXDC_IFLR 0x8000u
#define NVSIM_PMCS_PS   0x0003u

#define NVSIM_CC_EN      0x1u
#define NVSIM_CSTS_RDY   0x01u
#define NVSIM_CSTS_CFS   0x02u
#define NVSIM_CSTS_SHST  0x0cu
#define NVSIM_CSTS_NSSRO 0x10u

/* Bits that software may write, byte for byte, from the access column of the tables. */
struct nvsim_masks {
    uint8_t rw[4096], rw1c[4096];
};

struct nvsim_map {
    uint64_t iova, size;
    uint8_t *host;
    unsigned access; /* enum lone_dma_access or-ed */
};

/* Memory inside the controller, and where the controller itself finds it. */
struct nvsim_window {
    uint8_t *memory;
    uint64_t base;
    bool open;
};

/* Where a queue's entries are. */
struct nvsim_entries {
    bool listed; /* in pages that are not next to each other */
    uint64_t base, pages[NVSIM_QUEUE_PAGES];
};

/* QPRIO, from the first served to the last. */
enum nvsim_priority { NVSIM_URGENT, NVSIM_HIGH, NVSIM_MEDIUM, NVSIM_LOW, NVSIM_PRIORITIES };

struct nvsim_sq {
    bool exists;
    uint8_t priority;
    uint16_t cqid;
    uint32_t size, head, tail;
    uint32_t doorbell; /* as it was last seen */
    struct nvsim_entries entries;
};

struct nvsim_cq {
    bool exists, phase, interrupts;
    uint16_t vector, n_sqs, n_late;
    uint32_t size, head, tail;
    uint32_t doorbell; /* as it was last seen */
    uint32_t posted;   /* entries whose interrupt has not been raised yet */
    struct nvsim_entries entries;
};

/* A submission queue entry taken apart (NVMe Base 2.0, 3.3.3.1), and what is to go into its completion. */
struct nvsim_command {
    uint8_t raw[LONE_SQE_SIZE];
    uint16_t sqid, cid;
    uint8_t opcode, fuse, psdt;
    uint32_t nsid, cdw2, cdw3;
    uint64_t mptr, prp1, prp2; /* with SGLs, PRP1 and PRP2 are the descriptor SGL1 */
    uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
    uint32_t result; /* DW0 of the completion */
    uint64_t lba;    /* the first block that the status is about; 0: it is about none */
    uint16_t wrong;  /* Parameter Error Location of the field that it is about, or NVSIM_NO_FIELD */
    bool held;       /* completes some time later, by nvsim_complete(), or never */
};

#define NVSIM_NO_FIELD 0xffffu
enum nvsim_fuse { NVSIM_FUSE_FIRST = 1, NVSIM_FUSE_SECOND = 2 };
enum nvsim_psdt { NVSIM_PSDT_PRP, NVSIM_PSDT_SGL, NVSIM_PSDT_SGL_BOTH };
enum nvsim_sgl_segment { NVSIM_SGL_NONE, NVSIM_SGL_FIRST, NVSIM_SGL_MIDDLE, NVSIM_SGL_LAST };
#define NVSIM_SGL_DESCRIPTOR 16u

/* Goes through the memory that a command's data pointer names, piece by piece. */
struct nvsim_pointer {
    uint64_t address, room;       /* the piece at hand: where it goes on, and how much of it is left */
    uint64_t left;                /* bytes of the transfer that are in no piece yet */
    uint64_t next;                /* PRP2; then, or with SGLs, the address of the next entry of the list or segment */
    uint64_t entries;             /* entries that follow in the segment */
    uint32_t page;                /* bytes of a memory page */
    uint32_t idle;                /* SGL descriptors met that moved nothing */
    uint16_t too_short;           /* the status when an SGL describes less than the transfer */
    uint16_t n_cached, cached_at; /* bytes of entries read ahead, and where the next one is */
    uint8_t segment;              /* enum nvsim_sgl_segment */
    bool bucket;                  /* the piece at hand goes nowhere */
    bool listed, storing;
    uint8_t cache[256]; /* last: the only one that needs not be cleared */
};

/* A completion that waits for room in its queue. */
struct nvsim_late {
    uint16_t sqid, cqid, cid, status;
    uint32_t result;
};

enum nvsim_state {
    NVSIM_OFF,    /* CC.EN is 0 */
    NVSIM_READY,  /* CSTS.RDY is 1, commands are processed */
    NVSIM_SHUT,   /* shut down: needs a reset */
    NVSIM_FAILED, /* CSTS.CFS is 1: needs a reset */
};

/* A namespace; only the firmware touches it. */
struct nvsim_namespace {
    uint64_t bytes, blocks;   /* of user data; what one is worth in the other is the format's */
    uint8_t *data, *metadata; /* address space that becomes memory when written */
    uint64_t *bad;            /* likewise: a bit for each block */
    uint64_t n_bad;           /* blocks that Write Uncorrectable has made unreadable */
    uint8_t lbaf, shift, metadata_size;
    bool interleaved, write_protected;
};

/* What the host has done since the simulator was opened; reads and writes in units of 512 bytes. */
struct nvsim_usage {
    uint64_t read_commands, write_commands, read_units, written_units;
};

/* What the firmware knows. */
struct nvsim_controller {
    enum nvsim_state state;
    uint64_t cc;                  /* nvsim.cc when it was last looked at */
    uint16_t disables, shutdowns; /* those of nvsim.cc that have been acted upon */
    uint32_t page_size;
    bool weighted;                                 /* CC.AMS: round robin with weights and an urgent class */
    uint32_t arbitration;                          /* dword 11 of the Arbitration feature */
    unsigned turn[NVSIM_PRIORITIES];               /* whose turn it is in each class: counts on through `sqs` */
    struct nvsim_command requests[NVSIM_AERL + 1]; /* Asynchronous Event Requests held, the oldest first */
    unsigned n_requests;
    struct nvsim_late late[NVSIM_LATE]; /* completions that found no room, the oldest first */
    unsigned n_late;
    bool line;  /* INTx: some completion queue wants attention, */
    bool level; /* and nothing keeps that from being seen */
    struct nvsim_sq sq[NVSIM_QUEUES];
    struct nvsim_cq cq[NVSIM_QUEUES];
    uint16_t sqs[NVSIM_QUEUES], cqs[NVSIM_QUEUES]; /* the identifiers of those that exist */
    unsigned n_sqs, n_cqs;
    bool had_io_queues; /* some I/O queue was created since the last reset */
};

/* nvsim.requests */
#define NVSIM_EXIT         0x1u
#define NVSIM_FLR          0x2u  /* a reset of the function; the owner waits for resets_done, as with the next two */
#define NVSIM_SUBSYSTEM    0x4u  /* NSSR was written */
#define NVSIM_INTERRUPTS   0x8u  /* a mask has changed */
#define NVSIM_BAD_DOORBELL 0x10u /* written without a queue to it */
#define NVSIM_BAD_VALUE    0x20u /* a doorbell was written with a value that it cannot have */
#define NVSIM_CONVENTIONAL 0x40u /* a reset of the link, which is one of the function as well */
#define NVSIM_RESETS       (NVSIM_FLR | NVSIM_SUBSYSTEM | NVSIM_CONVENTIONAL)

struct nvsim {
    struct lone_device device;

    /* Who writes often has a cache line of his own: the two sides pass each other only what they must. */
    _Alignas(64) uint8_t bar[NVSIM_BAR_SIZE];  /* __atomic accesses only */
    _Atomic uint32_t limits[2 * NVSIM_QUEUES]; /* per doorbell: values from here on are wrong; 0: no such queue */
    _Atomic uint32_t quiet[NVSIM_QUEUES];      /* per completion queue: see nvsim_queues_rest() */
    _Alignas(64) _Atomic uint64_t cc;          /* CC, and above it how often EN fell and SHN rose: see cc_write() */
    _Atomic bool accessible;                   /* D0 and CMD.MSE */
    _Atomic bool powered;                      /* D0 */
    _Atomic bool pmr_ready;
    _Alignas(64) _Atomic uint32_t asleep; /* the firmware: only then the owner makes a system call to wake it */
    _Atomic uint32_t requests;
    _Alignas(64) _Atomic uint64_t config_reads, config_writes, bar_reads, bar_writes; /* the owner counts */
    _Alignas(64) _Atomic uint64_t commands, interrupts;                               /* the firmware counts */

    pthread_mutex_t lock;
    pthread_cond_t done;
    uint64_t resets, resets_done;
    uint8_t config[LONE_PCI_CONFIG_SIZE];
    enum lone_interrupts kind;
    unsigned n_eventfds;
    int eventfds[NVSIM_MSIX_VECTORS];

    _Atomic bool dma_lock; /* see nvsim_dma_lock() */
    bool bus_master;
    struct nvsim_window cmb, pmr; /* .memory is constant after open */
    struct nvsim_map *maps;       /* sorted by iova */
    size_t n_maps, max_maps;

    /* Constant after open. */
    uint8_t config_default[LONE_PCI_CONFIG_SIZE];
    uint8_t bar_default[LONE_NVME_REGISTERS_SIZE];
    struct nvsim_masks config_masks, bar_masks;
    uint32_t cmbloc, cmbsz; /* as CMBMSC.CRE shows them */
    bool spins;
    pthread_t thread;

    struct nvsim_controller controller;
    struct nvsim_namespace namespaces[NVSIM_NAMESPACES];
    struct nvsim_usage usage;
    struct nvsim_admin admin;
    _Alignas(64) uint8_t identify_controller[4096], identify_namespace[NVSIM_NAMESPACES][4096];
};

static inline uint16_t nvsim_get16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline void nvsim_set16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static inline uint32_t nvsim_get32(const uint8_t *bytes)
{
    return nvsim_get16(bytes) | (uint32_t)nvsim_get16(bytes + 2) << 16;
}

static inline void nvsim_set32(uint8_t *bytes, uint32_t value)
{
    nvsim_set16(bytes, (uint16_t)value);
    nvsim_set16(bytes + 2, (uint16_t)(value >> 16));
}

static inline uint64_t nvsim_get64(const uint8_t *bytes)
{
    return nvsim_get32(bytes) | (uint64_t)nvsim_get32(bytes + 4) << 32;
}

static inline void nvsim_set64(uint8_t *bytes, uint64_t value)
{
    nvsim_set32(bytes, (uint32_t)value);
    nvsim_set32(bytes + 4, (uint32_t)(value >> 32));
}

static inline uint32_t *nvsim_bar32(struct nvsim *sim, uint64_t offset)
{
    return (uint32_t *)(void *)(sim->bar + offset);
}

/* A dword of BAR0. @offset is a multiple of 4. */
static inline uint32_t nvsim_bar_load(struct nvsim *sim, uint64_t offset)
{
    return __atomic_load_n(nvsim_bar32(sim, offset), __ATOMIC_ACQUIRE);
}

static inline void nvsim_bar_store(struct nvsim *sim, uint64_t offset, uint32_t value)
{
    __atomic_store_n(nvsim_bar32(sim, offset), value, __ATOMIC_RELEASE);
}

/* Only one thread counts, so it needs no locked instruction; others may look. */
static inline void nvsim_count(_Atomic uint64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* masks.c: adds the bits that may be written in @record, which starts at @byte of the masks' space. */
void nvsim_masks_add(struct nvsim_masks *masks, uint32_t byte, const struct lone_record *record);

/* config.c: fills config_default and config_masks. */
void nvsim_config_build(struct nvsim *sim);

/* config_access.c. nvsim_config_apply() makes what the configuration says take effect, nvsim_config_reset() puts it
 * back to power-on except the BARs; both with `lock` held. nvsim_config_abort() notes that a memory request was
 * refused. */
int nvsim_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                      struct lone_error *error);
int nvsim_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                       struct lone_error *error);
void nvsim_config_apply(struct nvsim *sim);
void nvsim_config_reset(struct nvsim *sim);
void nvsim_config_abort(struct nvsim *sim);

/* registers.c: BAR0. nvsim_registers_build() fills bar_default and bar_masks; nvsim_registers_reset() puts the
 * registers back to their defaults, CMBMSC only if a Function Level Reset was not all (firmware, or before it runs). */
int nvsim_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                   struct lone_error *error);
int nvsim_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                    struct lone_error *error);
void nvsim_registers_build(struct nvsim *sim);
void nvsim_registers_reset(struct nvsim *sim, bool keeps_cmbmsc);

/* CC as latched in nvsim.cc. */
static inline uint16_t nvsim_cc_disables(uint64_t cc)
{
    return (uint16_t)(cc >> 32);
}

static inline uint16_t nvsim_cc_shutdowns(uint64_t cc)
{
    return (uint16_t)(cc >> 48);
}

/* firmware.c: the thread. nvsim_firmware_wake() is cheap when it is awake; nvsim_firmware_request() latches bits of
 * nvsim.requests and wakes; nvsim_firmware_reset() (one of NVSIM_RESETS) returns when that is done. */
int nvsim_firmware_start(struct nvsim *sim, struct lone_error *error);
void nvsim_firmware_stop(struct nvsim *sim);
void nvsim_firmware_wake(struct nvsim *sim);
void nvsim_firmware_request(struct nvsim *sim, uint32_t requests);
void nvsim_firmware_reset(struct nvsim *sim, uint32_t request);

/* controller.c (firmware thread): follows CC; controller level resets (@kinds: of NVSIM_RESETS); a fatal error. */
void nvsim_controller_update(struct nvsim *sim);
void nvsim_controller_reset(struct nvsim *sim, uint32_t kinds);
void nvsim_controller_fail(struct nvsim *sim);

/* dma.c: the IOMMU. The lock is taken several times for each command, nearly always by the firmware alone, and held for
 * a copy: a mutex costs twice as much. */
void nvsim_dma_wait(void);
static inline void nvsim_dma_lock(struct nvsim *sim)
{
    while (atomic_exchange_explicit(&sim->dma_lock, true, memory_order_acquire))
        nvsim_dma_wait();
}
static inline void nvsim_dma_unlock(struct nvsim *sim)
{
    atomic_store_explicit(&sim->dma_lock, false, memory_order_release);
}
/*  Load and store return false when some of [@iova, @iova + @size) cannot be reached. */
int nvsim_dma_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                  struct lone_error *error);
int nvsim_dma_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error);
bool nvsim_dma_load(struct nvsim *sim, uint64_t iova, void *to, size_t size);
bool nvsim_dma_store(struct nvsim *sim, uint64_t iova, const void *from, size_t size);
/* Stores a completion queue entry (a multiple of its size at @iova), the dword with the phase tag last. */
bool nvsim_dma_store_entry(struct nvsim *sim, uint64_t iova, const uint32_t entry[4]);

/* windows.c: CMB and PMR. nvsim_windows_apply() makes what the registers say take effect. nvsim_windows_find(), with
 * dma_lock held, returns the memory behind an address of the controller, NULL when that is in neither; *@length is cut
 * to where the one that has it ends, or the next begins. nvsim_windows_bar() returns what is behind a BAR; NULL: it is
 * not ready. */
void nvsim_windows_build(struct nvsim *sim);
int nvsim_windows_open(struct nvsim *sim, struct lone_error *error);
void nvsim_windows_close(struct nvsim *sim);
void nvsim_windows_apply(struct nvsim *sim);
uint8_t *nvsim_windows_find(const struct nvsim *sim, uint64_t address, uint64_t *length);
bool nvsim_windows_in_cmb(struct nvsim *sim, uint64_t address);
uint8_t *nvsim_windows_bar(struct nvsim *sim, unsigned bar);

/* pointer.c, sgl.c: data transfers (4.1). All return a status code.
 *
 * nvsim_transfer_out() moves all @size bytes of @data to where the command's PRPs or SGL point, nvsim_transfer_in() the
 * other way. Long data goes in parts: nvsim_pointer_open() for the @size of the whole, then nvsim_pointer_store() or
 * _load() for each part in turn; @storing: the data goes to the host. nvsim_pointer_open_metadata() is the same for the
 * buffer at MPTR. */
uint16_t nvsim_transfer_out(struct nvsim *sim, struct nvsim_command *command, const void *data, uint64_t size);
uint16_t nvsim_transfer_in(struct nvsim *sim, struct nvsim_command *command, void *data, uint64_t size);
uint16_t nvsim_pointer_open(struct nvsim *sim, struct nvsim_pointer *pointer, struct nvsim_command *command,
                            uint64_t size, bool storing);
uint16_t nvsim_pointer_open_metadata(struct nvsim *sim, struct nvsim_pointer *pointer, struct nvsim_command *command,
                                     uint64_t size, bool storing);
uint16_t nvsim_pointer_store(struct nvsim *sim, struct nvsim_pointer *pointer, const void *data, uint64_t size);
uint16_t nvsim_pointer_load(struct nvsim *sim, struct nvsim_pointer *pointer, void *data, uint64_t size);
/* Reads @size bytes of the list or segment ahead and returns the next entry; NULL: it cannot be reached. */
const uint8_t *nvsim_pointer_entry(struct nvsim *sim, struct nvsim_pointer *pointer, unsigned size, uint64_t available);
/* sgl.c: @descriptor becomes the first of the transfer, @too_short the status when the list ends before it does; the
 * next piece of data. */
void nvsim_sgl_open(struct nvsim_pointer *pointer, const uint8_t *descriptor, uint16_t too_short);
uint16_t nvsim_sgl_next(struct nvsim *sim, struct nvsim_pointer *pointer);

/* events.c (firmware thread): an asynchronous event (5.2) of @type with @info, told of in log page @lid; @command is an
 * Asynchronous Event Request that is to wait for one. nvsim_events_abort() ends the request with this identifier and
 * says whether there was one. */
void nvsim_event(struct nvsim *sim, uint8_t type, uint8_t info, uint8_t lid);
uint16_t nvsim_event_request(struct nvsim *sim, struct nvsim_command *command);
bool nvsim_events_abort(struct nvsim *sim, uint16_t cid);
void nvsim_events_drop(struct nvsim *sim);

/* queues.c (firmware thread). The caller vouches that the identifier is in range, free, and the size right. The service
 * executes commands until none is left or it is time to look at CC again, and returns how many. */
void nvsim_cq_create(struct nvsim *sim, uint16_t qid, const struct nvsim_entries *entries, uint32_t size,
                     uint16_t vector, bool interrupts);
void nvsim_sq_create(struct nvsim *sim, uint16_t qid, const struct nvsim_entries *entries, uint32_t size, uint16_t cqid,
                     enum nvsim_priority priority);
void nvsim_cq_delete(struct nvsim *sim, uint16_t qid);
void nvsim_sq_delete(struct nvsim *sim, uint16_t qid);
void nvsim_queues_drop(struct nvsim *sim);
unsigned nvsim_queues_service(struct nvsim *sim, bool masks_changed);
/* Before the firmware sleeps: for each completion queue the head that brings it nothing to do, because all that was
 * posted is consumed and nobody waits for that. NVSIM_RESTLESS: there is none. */
#define NVSIM_RESTLESS UINT32_MAX
void nvsim_queues_rest(struct nvsim *sim);
/* Has a doorbell another value than it was last seen with? Not while nobody would look at them. */
bool nvsim_queues_have_news(struct nvsim *sim);
/* The Error events that writing a doorbell wrongly brings about (5.2); @requests: NVSIM_BAD_… */
void nvsim_queues_misused(struct nvsim *sim, uint32_t requests);
/* Completes a command that was held, as soon as its completion queue has room. */
void nvsim_complete(struct nvsim *sim, const struct nvsim_command *command, uint16_t status);

/* namespaces.c. NULL: there is no such namespace. nvsim_namespace_format() drops all data and refuses a format that
 * does not exist; @interleaved: metadata stands at the end of each block. nvsim_namespace_mark() makes blocks
 * unreadable, or readable again; nvsim_namespace_readable() says how many blocks from @slba on, at most @count, can be
 * read. */
int nvsim_namespaces_open(struct nvsim *sim, struct lone_error *error);
void nvsim_namespaces_close(struct nvsim *sim);
bool nvsim_namespace_format(struct nvsim *sim, uint32_t nsid, uint8_t lbaf, bool interleaved);
void nvsim_namespace_deallocate(struct nvsim_namespace *ns, uint64_t slba, uint64_t count);
void nvsim_namespace_mark(struct nvsim_namespace *ns, uint64_t slba, uint64_t count, bool bad);
uint64_t nvsim_namespace_readable(const struct nvsim_namespace *ns, uint64_t slba, uint64_t count);

/* NN says that there are these, and all of them are active. */
static inline bool nvsim_nsid_valid(uint32_t nsid)
{
    return nsid && nsid <= NVSIM_NAMESPACES;
}

static inline struct nvsim_namespace *nvsim_namespace(struct nvsim *sim, uint32_t nsid)
{
    return nvsim_nsid_valid(nsid) ? &sim->namespaces[nsid - 1] : NULL;
}

/* Commands; each returns a status code. admin.c, queue_commands.c, identify.c, io.c, io_ranges.c */
uint16_t nvsim_admin_execute(struct nvsim *sim, struct nvsim_command *command);
uint16_t nvsim_io_execute(struct nvsim *sim, struct nvsim_command *command);
void nvsim_io_execute_pair(struct nvsim *sim, struct nvsim_command *first, struct nvsim_command *second,
                           uint16_t statuses[2]);
uint16_t nvsim_io_no_namespace(struct nvsim_command *command);
uint16_t nvsim_io_check(const struct nvsim_namespace *ns, struct nvsim_command *command, uint64_t slba, uint64_t count);
uint16_t nvsim_io_read_check(const struct nvsim_namespace *ns, struct nvsim_command *command, uint64_t slba,
                             uint64_t count);
uint16_t nvsim_io_ranges_execute(struct nvsim *sim, struct nvsim_namespace *ns, struct nvsim_command *command);
uint16_t nvsim_create_cq(struct nvsim *sim, struct nvsim_command *command);
uint16_t nvsim_create_sq(struct nvsim *sim, struct nvsim_command *command);
uint16_t nvsim_delete_cq(struct nvsim *sim, struct nvsim_command *command);
uint16_t nvsim_delete_sq(struct nvsim *sim, struct nvsim_command *command);
void nvsim_identify_build(struct nvsim *sim);
uint16_t nvsim_identify(struct nvsim *sim, struct nvsim_command *command);

/* interrupts.c. nvsim_interrupts_deliver() sends what is pending and not masked, nvsim_interrupts_reset() forgets the
 * eventfds; both with `lock` held. */
int nvsim_interrupts_set(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                         struct lone_error *error);
void nvsim_interrupts_deliver(struct nvsim *sim);
void nvsim_interrupts_reset(struct nvsim *sim);
void nvsim_interrupts_raise(struct nvsim *sim, uint16_t vector);
void nvsim_interrupts_forget(struct nvsim *sim, uint16_t vector); /* what is pending of it */
bool nvsim_interrupts_line(struct nvsim *sim, bool asserted);     /* INTx; is it now? */
unsigned nvsim_interrupts_vectors(struct nvsim *sim);             /* how many a completion queue may choose from */
void nvsim_msix_write(struct nvsim *sim, uint64_t offset, uint32_t value, uint32_t mask);

#endif
