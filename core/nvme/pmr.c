/* SPDX-License-Identifier: MIT */
/* Setting the Persistent Memory Region up: NVMe Base 2.0, 8.14 and 3.1.3.22 to 3.1.3.28. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>

#define A_SECOND 1000000000ull
#define PAUSE_NS 1000000u

enum { EN = 1, CMSE = 2 }; /* PMRCTL, PMRMSCL */

static int check_there(struct lone_controller *controller, struct lone_error *error)
{
    uint64_t cap;
    int result = lone_controller_cap(controller, &cap, error);

    if (result)
        return result;
    if (!lone_register_field("CAP", cap, "PMRS"))
        return lone_fail(error, EOPNOTSUPP, "this controller has no Persistent Memory Region: CAP.PMRS is 0");
    return 0;
}

/* PMRCAP.PMRTO in units of half a second or of a minute (PMRTU), and a second. */
static uint64_t patience(uint64_t pmrcap)
{
    uint64_t unit = lone_register_field("PMRCAP", pmrcap, "PMRTU") ? 60 * A_SECOND : A_SECOND / 2;

    return lone_register_field("PMRCAP", pmrcap, "PMRTO") * unit + A_SECOND;
}

static int begin(struct lone_controller *controller, struct lone_error *error)
{
    uint64_t pmrcap = 0;
    unsigned bar;
    int result = check_there(controller, error);

    if (!result)
        result = lone_controller_read(controller, LONE_REG_PMRCAP, 4, &pmrcap, error);
    if (result)
        return result;
    if (!lone_register_field("PMRCAP", pmrcap, "CMSS"))
        return lone_fail(error, EOPNOTSUPP,
                         "commands cannot use this Persistent Memory Region: PMRCAP.CMSS is 0: access it as bar/%u",
                         (unsigned)lone_register_field("PMRCAP", pmrcap, "BIR"));
    bar = (unsigned)lone_register_field("PMRCAP", pmrcap, "BIR");
    result = lone_own_memory_window(controller, &controller->pmr, "Persistent Memory Region", bar, 0,
                                    bar < LONE_BARS ? controller->device->bars[bar].size : 0, error);
    if (!result)
        result = lone_controller_write(controller, LONE_REG_PMRCTL, 4, EN, error);
    if (result)
        return result;
    controller->pmr.enabling = true;
    controller->pmr.deadline_ns = lone_now() + patience(pmrcap);
    return 0;
}

/* 1: it is ready. */
static int look(struct lone_controller *controller, struct lone_error *error)
{
    bool late = lone_now() >= controller->pmr.deadline_ns; /* before the look that it judges */
    uint64_t pmrsts;
    int result = lone_controller_read(controller, LONE_REG_PMRSTS, 4, &pmrsts, error);

    if (result)
        return result;
    if (pmrsts == UINT32_MAX)
        return lone_fail(error, ENODEV, "the device is gone: PMRSTS reads as all ones");
    if (!lone_register_field("PMRSTS", pmrsts, "NRDY"))
        return 1;
    if (!late)
        return 0;
    return lone_fail(error, ETIMEDOUT,
                     "the Persistent Memory Region did not become ready within the time that PMRCAP.PMRTO says, and a "
                     "second: PMRSTS is 0x%" PRIx64,
                     pmrsts);
}

static int tell_address(struct lone_controller *controller, struct lone_error *error)
{
    uint64_t cba = controller->pmr.window->iova, pmrsts = 0;
    int result = lone_controller_write(controller, LONE_REG_PMRMSCU, 4, cba >> 32, error);

    if (!result)
        result = lone_controller_write(controller, LONE_REG_PMRMSCL, 4, (uint32_t)cba | CMSE, error);
    if (!result)
        result = lone_controller_read(controller, LONE_REG_PMRSTS, 4, &pmrsts, error);
    if (result)
        return result;
    if (lone_register_field("PMRSTS", pmrsts, "CBAI")) {
        lone_controller_write(controller, LONE_REG_PMRMSCL, 4, 0, NULL);
        return lone_fail(
            error, EIO,
            "the controller refuses the address 0x%" PRIx64 " for its Persistent Memory Region: PMRSTS.CBAI is 1", cba);
    }
    lone_window_open(controller->pmr.window, true);
    return 1;
}

int lone_pmr_enable(struct lone_controller *controller, uint64_t *again_ns, struct lone_error *error)
{
    int result = controller->pmr.enabling ? 0 : begin(controller, error);

    if (!result)
        result = look(controller, error);
    if (!result) {
        *again_ns = PAUSE_NS;
        return 0;
    }
    controller->pmr.enabling = false;
    return result < 0 ? result : tell_address(controller, error);
}
