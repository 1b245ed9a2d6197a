/* SPDX-License-Identifier: MIT */
/* What the parts of device/vfio share. */
#ifndef LONE_DEVICE_VFIO_INTERNAL_H
#define LONE_DEVICE_VFIO_INTERNAL_H

#include "device/device.h"
#include "spec/pci.h"

/* --- Finding the function (vfio_find.c) ------------------------------------------------------------------------ */

/* Where the kernel shows things; tests have their own. */
struct lone_vfio_roots {
    const char *sys, *dev; /* "/sys", "/dev" */
};

struct lone_vfio_place {
    char slot[LONE_PCI_SLOT_SIZE]; /* with its domain, in lower case */
    char group[12];                /* its number */
    char driver[32];               /* "" without one */
    char node[256];                /* /dev/vfio/GROUP */
};

/* Finds @slot and checks that VFIO can have it; errors as lone_vfio_open(). */
int lone_vfio_find(const struct lone_vfio_roots *roots, const char *slot, struct lone_vfio_place *place,
                   struct lone_error *error);

/* Says why /dev/vfio/GROUP could not be opened: @number is the errno. Returns it negative, as the user shall see it. */
int lone_vfio_explain_group(const struct lone_vfio_roots *roots, const struct lone_vfio_place *place, int number,
                            struct lone_error *error);

/* -EBUSY, naming the functions of the group that other drivers hold. */
int lone_vfio_explain_viability(const struct lone_vfio_roots *roots, const struct lone_vfio_place *place,
                                struct lone_error *error);

/* Says why the function itself could not be opened, likewise: EACCES is the kernel's word for a VF token that is
 * missing.
 */
int lone_vfio_explain_function(const struct lone_vfio_roots *roots, const struct lone_vfio_place *place, int number,
                               struct lone_error *error);

/* --- What ioctls return in as many bytes as it takes (vfio_info.c) ------------------------------------------------ */

/* Fills the bytes at @info, whose argsz says how many there are, and says there how many it would have needed: an
 * ioctl. Returns 0 or a negative errno. */
typedef int lone_vfio_asker(void *context, void *info);

/* Asks until all has fit that there is, which may grow meanwhile. The structure begins with argsz and has @least bytes,
 * of which @first holds the contents, argsz apart. Returns it, for free(), with *@size bytes of it filled; or
 * NULL with *@result a negative errno: the asker's, -ENOMEM, or -EBUSY when it never fits. */
void *lone_vfio_ask(lone_vfio_asker *ask, void *context, const void *first, size_t least, size_t *size, int *result);

/* --- What ioctls return (vfio_parse.c) --------------------------------------------------------------------------- */

/* Finds capability @id in the chain that begins at @at, inside the @size bytes at @info. Returns it and the bytes from
 * it to the end of @info, at least @least; or NULL. */
const void *lone_vfio_capability(const void *info, size_t size, uint32_t at, uint16_t id, size_t least, size_t *left);

struct lone_vfio_area {
    uint64_t offset, size;
    uint8_t *memory; /* NULL: not mapped */
};
#define LONE_VFIO_AREAS 8

/* The parts of a region that can be mapped, from the struct vfio_region_info at @info: all of it, or what its sparse
 * mmap capability says, cut to whole pages of @page bytes. Returns how many. */
unsigned lone_vfio_areas(const void *info, size_t size, uint64_t page, struct lone_vfio_area areas[LONE_VFIO_AREAS]);

/* From the struct vfio_iommu_type1_info at @info: ranges, page size; *@available is how many mappings can be made, 0
 * where the kernel does not say. */
void lone_vfio_iommu(const void *info, size_t size, struct lone_device *device, uint32_t *available);

/* --- Registers that cannot be written through VFIO (vfio_rules.c) ------------------------------------------------ */

struct lone_vfio_rule {
    uint16_t offset, size; /* bytes */
    uint32_t mask;         /* of each 4 bytes from @offset on: the bits that get lost */
    bool ones;             /* only ones get lost: the register is rw1c, or the bit is 0 anyway */
    bool msi;              /* but not while MSI is on */
    char name[48];
};
#define LONE_VFIO_RULES 96

/* Fills @rules for a function with these capabilities; @express is the Capabilities register of its PXCAP (0: it has
 * none). Returns how many. */
unsigned lone_vfio_rules(const struct lone_capability_at *capabilities, size_t count, uint16_t express,
                         struct lone_vfio_rule rules[LONE_VFIO_RULES]);

/* The rule that a write breaks, or NULL. */
const struct lone_vfio_rule *lone_vfio_broken_rule(const struct lone_vfio_rule *rules, unsigned n, bool msi,
                                                   uint16_t offset, unsigned width, uint32_t value);

/* --- Accesses that survive SIGBUS (vfio_fault.c) ------------------------------------------------------------------ */

/* Installs the handler, once in the life of the process. False: that does not work here (not x86-64; a sanitizer), so
 * nothing may be mapped, and the kernel has to make the accesses. */
bool lone_vfio_catch(void);

/* One access; false: it raised SIGBUS. @width is 1, 2, 4 or 8. Any thread. */
bool lone_vfio_load(const volatile void *at, unsigned width, uint64_t *value);
bool lone_vfio_store(volatile void *at, unsigned width, uint64_t value);

/* --- The device -----------------------------------------------------------------------------------------------------
 */

struct lone_vfio_bar {
    uint64_t offset; /* in the device's descriptor */
    unsigned n_areas;
    struct lone_vfio_area areas[LONE_VFIO_AREAS];
};

struct lone_vfio {
    struct lone_device device;
    struct lone_vfio_place place;
    int container, group, fd;
    int trouble, release;   /* eventfds */
    uint64_t config_offset; /* in the device's descriptor */
    struct lone_vfio_bar bars[LONE_BARS];
    uint32_t available;              /* mappings that could be made when it was opened */
    enum lone_interrupts interrupts; /* what is set up */
    uint16_t pmcs, pxdc;             /* registers in configuration space, 0: it has none */
    bool has_flr;
    uint8_t msix_bar;
    uint64_t msix_table, msix_table_end; /* equal: no MSI-X */
    unsigned n_rules;
    struct lone_vfio_rule rules[LONE_VFIO_RULES];
};

extern const struct lone_vfio_roots lone_vfio_system;

static inline struct lone_vfio *lone_vfio_of(struct lone_device *device)
{
    return (struct lone_vfio *)(void *)device;
}

int lone_vfio_config_read(struct lone_device *device, uint16_t offset, unsigned width, uint32_t *value,
                          struct lone_error *error);
int lone_vfio_config_write(struct lone_device *device, uint16_t offset, unsigned width, uint32_t value,
                           struct lone_error *error);
int lone_vfio_bar_read(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t *value,
                       struct lone_error *error);
unsigned lone_vfio_bar_widest(struct lone_device *device, unsigned bar, uint64_t offset);
int lone_vfio_bar_write(struct lone_device *device, unsigned bar, uint64_t offset, unsigned width, uint64_t value,
                        struct lone_error *error);
int lone_vfio_dma_map(struct lone_device *device, void *memory, uint64_t iova, uint64_t size, unsigned access,
                      struct lone_error *error);
int lone_vfio_dma_unmap(struct lone_device *device, uint64_t iova, uint64_t size, struct lone_error *error);
int lone_vfio_interrupts(struct lone_device *device, enum lone_interrupts kind, unsigned count, const int *eventfds,
                         struct lone_error *error);
int lone_vfio_intx_unmask(struct lone_device *device, struct lone_error *error);
int lone_vfio_reset(struct lone_device *device, enum lone_reset kind, struct lone_error *error);

/* The capability lists, once: where registers are that matter here, and which writes get lost. */
int lone_vfio_learn_config(struct lone_vfio *vfio, struct lone_error *error);
/* How many vectors there are of each kind. */
int lone_vfio_learn_interrupts(struct lone_vfio *vfio, struct lone_error *error);
/* Ranges and page size. */
int lone_vfio_learn_iommu(struct lone_vfio *vfio, struct lone_error *error);
/* Sets `trouble` and `release` up; without them life goes on. */
void lone_vfio_learn_events(struct lone_vfio *vfio);

/* Is the device still on the bus? One read of the class code, which the kernel does not make up. */
bool lone_vfio_is_there(struct lone_vfio *vfio);
int lone_vfio_gone(struct lone_vfio *vfio, struct lone_error *error);

/* The memlock explanation of -ENOMEM (vfio_dma.c), pure: what was asked, the limit, what is locked already. */
int lone_vfio_explain_memlock(uint64_t size, uint64_t limit, uint64_t locked, struct lone_error *error);

#endif
