/* SPDX-License-Identifier: MIT */
/* Setting up the admin queues. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>

#define MAX_ADMIN_ENTRIES 4096u /* NVMe Base 2.0, 3.1.3.8 */

struct setup {
    uint32_t sq_entries, cq_entries, page_size;
    uint32_t cc;
    struct lone_sq_private *sq;
    struct lone_cq_private *cq;
};

static int check_sizes(const struct lone_admin_options *options, struct setup *setup, struct lone_error *error)
{
    setup->sq_entries = options->sq_entries ? options->sq_entries : 64;
    setup->cq_entries = options->cq_entries ? options->cq_entries : 256;
    if (setup->sq_entries < 2 || setup->sq_entries > MAX_ADMIN_ENTRIES)
        return lone_fail(error, ERANGE, "an admin submission queue has 2 to %u entries, not %" PRIu32,
                         MAX_ADMIN_ENTRIES, setup->sq_entries);
    if (setup->cq_entries < 2 || setup->cq_entries > MAX_ADMIN_ENTRIES)
        return lone_fail(error, ERANGE, "an admin completion queue has 2 to %u entries, not %" PRIu32,
                         MAX_ADMIN_ENTRIES, setup->cq_entries);
    return 0;
}

static int check_disabled(struct lone_controller *controller, uint32_t *cc, struct lone_error *error)
{
    uint64_t value;
    uint32_t csts;
    int result = lone_controller_csts(controller, &csts, error);

    if (!result)
        result = lone_controller_read(controller, LONE_REG_CC, 4, &value, error);
    if (result)
        return result;
    *cc = (uint32_t)value;
    if (lone_register_field("CC", *cc, "EN"))
        return lone_fail(error, EBUSY, "the controller is enabled: write `disable` to ctl first");
    if (lone_register_field("CSTS", csts, "RDY"))
        return lone_fail(error, EBUSY,
                         "CSTS.RDY is still 1 although CC.EN is 0: wait for it: cat nvme/wait/CSTS.RDY=0");
    return 0;
}

static int choose_page_size(const struct lone_controller *controller, const struct lone_admin_options *options,
                            struct setup *setup, struct lone_error *error)
{
    unsigned min = 12 + (unsigned)lone_register_field("CAP", controller->cap, "MPSMIN");
    unsigned max = 12 + (unsigned)lone_register_field("CAP", controller->cap, "MPSMAX");

    setup->page_size = options->page_size ? options->page_size : 1u << min;
    if (setup->page_size & (setup->page_size - 1) || setup->page_size < 1u << min || setup->page_size > 1u << max)
        return lone_fail(error, EINVAL,
                         "a page size of %" PRIu32 " bytes: this controller has %u to %u bytes (CAP.MPSMIN, "
                         "MPSMAX), a power of two",
                         setup->page_size, 1u << min, 1u << max);
    return 0;
}

/* CC.CSS as CAP.CSS asks for: bit 6 one or more I/O command sets, bit 7 none (NVMe Base 2.0, 3.1.3.5). */
static unsigned choose_css(const struct lone_controller *controller, const struct lone_admin_options *options)
{
    uint64_t supported = lone_register_field("CAP", controller->cap, "CSS");

    if (options->has_css)
        return options->css;
    return supported & 1 << 6 ? 6 : supported & 1 << 7 ? 7 : 0;
}

static uint32_t make_cc(const struct lone_controller *controller, const struct lone_admin_options *options,
                        uint32_t page_size, uint32_t old)
{
    const struct lone_record *record = lone_nvme_register("CC");
    uint8_t cc[4] = {0};

    lone_set(record, cc, "CSS", choose_css(controller, options));
    lone_set(record, cc, "MPS", (unsigned)__builtin_ctz(page_size) - 12);
    lone_set(record, cc, "AMS", options->ams);
    lone_set(record, cc, "IOSQES", 6);
    lone_set(record, cc, "IOCQES", 4);
    lone_set(record, cc, "CRIME", lone_register_field("CC", old, "CRIME"));
    return lone_get32(cc);
}

int lone_read_capabilities(struct lone_controller *controller, struct lone_error *error)
{
    uint64_t cap;

    return lone_controller_cap(controller, &cap, error);
}

static int prepare(struct lone_controller *controller, const struct lone_admin_options *options, struct setup *setup,
                   struct lone_error *error)
{
    uint32_t old = 0;
    int result = check_sizes(options, setup, error);

    if (!result)
        result = lone_controller_command_bits(controller, LONE_CMD_MSE, error); /* without it nothing can be read */
    if (!result)
        result = check_disabled(controller, &old, error);
    if (!result)
        result = lone_read_capabilities(controller, error);
    if (!result)
        result = choose_page_size(controller, options, setup, error);
    if (!result)
        result = lone_controller_command_bits(controller, LONE_CMD_BME, error);
    if (!result)
        result = lone_interrupts_apply(controller, error);
    if (!result)
        setup->cc = make_cc(controller, options, setup->page_size, old);
    return result;
}

/* The old queues end here; their memory is kept until ASQ and ACQ name the new one. */
static void end_old(struct lone_controller *controller)
{
    struct lone_hold hold;

    lone_hold_set(controller, &hold, LONE_HOLD_ADMIN, 0);
    if (lone_sq_find(controller, 0))
        lone_sq_remove(controller, 0, &hold);
    if (lone_cq_find(controller, 0))
        lone_cq_remove(controller, 0, &hold);
}

static int make_queues(struct lone_controller *controller, struct setup *setup, struct lone_error *error)
{
    const struct lone_sq_options sq = {.entries = setup->sq_entries, .pc = true};
    const struct lone_cq_options cq = {
        .entries = setup->cq_entries, .interrupts = controller->vectors.n > 0, .pc = true};
    int result;

    end_old(controller);
    result = lone_sq_make(controller, 0, &sq, setup->page_size, &setup->sq, error);
    if (result)
        return result;
    result = lone_cq_make(controller, 0, &cq, setup->page_size, &setup->cq, error);
    if (result) {
        lone_sq_remove(controller, 0, NULL);
        return result;
    }
    setup->sq->sq.state = setup->cq->cq.state = LONE_QUEUE_DISABLED;
    return 0;
}

static int write_registers(struct lone_controller *controller, const struct setup *setup, struct lone_error *error)
{
    const struct lone_record *record = lone_nvme_register("AQA");
    uint8_t *named = controller->named;
    int result;

    memset(named, 0, LONE_NAMED_SIZE);
    lone_set(record, named, "ASQS", setup->sq_entries - 1);
    lone_set(record, named, "ACQS", setup->cq_entries - 1);
    lone_put64(named + LONE_REG_ASQ - LONE_REG_AQA, setup->sq->sq.memory.iova);
    lone_put64(named + LONE_REG_ACQ - LONE_REG_AQA, setup->cq->cq.memory.iova);
    result = lone_controller_write(controller, LONE_REG_AQA, 4, lone_get32(named), error);
    if (!result)
        result = lone_controller_write(controller, LONE_REG_ASQ, 8, setup->sq->sq.memory.iova, error);
    if (!result)
        result = lone_controller_write(controller, LONE_REG_ACQ, 8, setup->cq->cq.memory.iova, error);
    if (result)
        return result;
    lone_hold_over(controller, LONE_HOLD_ADMIN, 0);
    controller->admin_cc = setup->cc;
    return lone_controller_write(controller, LONE_REG_CC, 4, setup->cc, error);
}

int lone_controller_admin(struct lone_controller *controller, const struct lone_admin_options *options,
                          struct lone_error *error)
{
    static const struct lone_admin_options defaults = {0};
    struct setup setup = {0};
    int result = prepare(controller, options ? options : &defaults, &setup, error);

    if (!result)
        result = make_queues(controller, &setup, error);
    if (!result)
        result = write_registers(controller, &setup, error);
    return result;
}
