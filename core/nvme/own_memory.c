/* SPDX-License-Identifier: MIT */
/* Memory that is told to commands and queues by its address: in the host, or the controller's own (CMB, PMR). */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>

static struct lone_own_memory *own_memory(struct lone_controller *controller, enum lone_where_memory where)
{
    return where == LONE_IN_CMB ? &controller->cmb : &controller->pmr;
}

static const char *name_of(enum lone_where_memory where)
{
    return where == LONE_IN_CMB ? "Controller Memory Buffer" : "Persistent Memory Region";
}

static bool is_open(const struct lone_own_memory *own)
{
    return own->window && own->window->mapped;
}

const struct lone_region *lone_controller_memory_window(const struct lone_controller *controller,
                                                        enum lone_where_memory where)
{
    const struct lone_own_memory *own = where == LONE_IN_CMB ? &controller->cmb : &controller->pmr;

    return where != LONE_IN_HOST && is_open(own) ? own->window : NULL;
}

int lone_controller_memory_enable(struct lone_controller *controller, enum lone_where_memory where, uint64_t *again_ns,
                                  struct lone_error *error)
{
    *again_ns = 0;
    if (where == LONE_IN_HOST || is_open(own_memory(controller, where)))
        return 1;
    return where == LONE_IN_CMB ? lone_cmb_enable(controller, error) : lone_pmr_enable(controller, again_ns, error);
}

/* As large as the region, up to the size of a huge page: then pages that CC.MPS makes larger later begin there as well.
 */
static uint64_t alignment_of(const struct lone_controller *controller, uint64_t size)
{
    uint64_t alignment = lone_controller_page_size(controller);

    while (alignment < size && alignment < 2u << 20)
        alignment *= 2;
    return alignment;
}

int lone_controller_memory_new(struct lone_controller *controller, enum lone_where_memory where, uint64_t size,
                               unsigned access, struct lone_region *instead, struct lone_region **region,
                               struct lone_error *error)
{
    uint32_t page = lone_controller_page_size(controller);
    int result;

    if (where != LONE_IN_HOST && !is_open(own_memory(controller, where)))
        return lone_fail(error, ENXIO, "the %s is not set up", name_of(where));
    if (where != LONE_IN_HOST)
        return lone_window_piece(own_memory(controller, where)->window, instead, size, page, region, error);
    result = lone_region_new(controller->memory, size, alignment_of(controller, size), access, region, error);
    if (!result)
        lone_controller_memory_free(controller, instead);
    return result;
}

void lone_controller_memory_free(struct lone_controller *controller, struct lone_region *region)
{
    if (region && controller->reachable)
        lone_region_retire(region);
    else
        lone_region_free(region);
}

int lone_controller_memory_check(const struct lone_region *region, struct lone_error *error)
{
    if (region->data || region->mapped)
        return 0;
    return lone_fail(error, ENXIO,
                     "this memory is lost: the controller's memory that it lay in was disabled, by a reset or by hand: "
                     "write `map` to the mem object's ctl to set it up again");
}

/* What the device says of itself is checked: it decides which addresses others may not have. */
int lone_own_memory_window(struct lone_controller *controller, struct lone_own_memory *own, const char *name,
                           unsigned bar, uint64_t offset, uint64_t size, struct lone_error *error)
{
    const struct lone_device *device = controller->device;

    if (bar >= LONE_BARS || !device->bars[bar].size || !size || offset > device->bars[bar].size ||
        size > device->bars[bar].size - offset)
        return lone_fail(error, EIO,
                         "the controller says that its %s has %" PRIu64 " bytes at 0x%" PRIx64
                         " of BAR %u, which has %" PRIu64 " bytes",
                         name, size, offset, bar, bar < LONE_BARS ? device->bars[bar].size : 0);
    if (own->window && own->window->bar == bar && own->window->bar_offset == offset && own->window->size == size)
        return 0;
    if (own->window && (own->window->users || !lone_window_empty(own->window)))
        return lone_fail(
            error, EBUSY,
            "the %s is another one than before, and there are mem objects in the old one: rmdir them first", name);
    lone_region_free(own->window);
    own->window = NULL;
    return lone_window_new(controller->memory, bar, offset, size, &own->window, error);
}

static void lose(struct lone_own_memory *own)
{
    own->enabling = false;
    if (own->window)
        lone_window_open(own->window, false);
}

void lone_own_memory_lost(struct lone_controller *controller)
{
    lose(&controller->cmb);
    lose(&controller->pmr);
}

/* Some controllers keep these registers through a reset. Who uses such a one next must not have its memory at addresses
 * that mean the controller's own. */
void lone_own_memory_close(struct lone_controller *controller)
{
    if (controller->cmb.window)
        lone_controller_write(controller, LONE_REG_CMBMSC, 4, 0, NULL);
    if (!controller->pmr.window)
        return;
    lone_controller_write(controller, LONE_REG_PMRMSCL, 4, 0, NULL);
    lone_controller_write(controller, LONE_REG_PMRCTL, 4, 0, NULL);
}

static bool overlaps(uint64_t offset, unsigned width, uint64_t first, uint64_t end)
{
    return offset < end && offset + width > first;
}

void lone_follow_own_memory(struct lone_controller *controller, uint64_t offset, unsigned width)
{
    if (overlaps(offset, width, LONE_REG_CMBMSC, LONE_REG_CMBMSC + 8))
        lose(&controller->cmb);
    if (overlaps(offset, width, LONE_REG_PMRCTL, LONE_REG_PMRCTL + 4) ||
        overlaps(offset, width, LONE_REG_PMRMSCL, LONE_REG_PMRMSCU + 4))
        lose(&controller->pmr);
}
