/* SPDX-License-Identifier: MIT */
/* Setting the Controller Memory Buffer up: NVMe Base 2.0, 8.5 and 3.1.3.11 to 3.1.3.17. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>

enum { CRE = 1, CMSE = 2 }; /* CMBMSC */

static int check_there(struct lone_controller *controller, struct lone_error *error)
{
    uint64_t cap, cmbsz;
    int result = lone_controller_cap(controller, &cap, error);

    if (result)
        return result;
    if (lone_register_field("CAP", cap, "CMBS"))
        return 0;
    result = lone_controller_read(controller, LONE_REG_CMBSZ, 4, &cmbsz, error);
    if (result)
        return result;
    if (cmbsz)
        return lone_fail(
            error, EOPNOTSUPP,
            "this Controller Memory Buffer has only the addressing of before NVMe 1.4 (CAP.CMBS is 0, CMBSZ "
            "is 0x%" PRIx64 "), by the addresses that its BAR has on the bus, which an IOMMU does not let "
            "lonefs know: use host memory, or access it as bar/N",
            cmbsz);
    return lone_fail(error, EOPNOTSUPP, "this controller has no Controller Memory Buffer: CAP.CMBS is 0");
}

/* The upper half goes first, so that the base is complete when CMSE is set. */
static int write_cmbmsc(struct lone_controller *controller, uint64_t value, struct lone_error *error)
{
    int result;

    if (controller->one64)
        return lone_controller_write(controller, LONE_REG_CMBMSC, 8, value, error);
    result = lone_controller_write(controller, LONE_REG_CMBMSC + 4, 4, value >> 32, error);
    return result ? result : lone_controller_write(controller, LONE_REG_CMBMSC, 4, (uint32_t)value, error);
}

/* CMBLOC and CMBSZ say nothing before CRE is 1. */
static int find_window(struct lone_controller *controller, struct lone_error *error)
{
    uint64_t cmbloc = 0, cmbsz = 0, unit;
    int result = write_cmbmsc(controller, CRE, error);

    if (!result)
        result = lone_controller_read(controller, LONE_REG_CMBLOC, 4, &cmbloc, error);
    if (!result)
        result = lone_controller_read(controller, LONE_REG_CMBSZ, 4, &cmbsz, error);
    if (result)
        return result;
    controller->cmbsz = (uint32_t)cmbsz;
    if (lone_register_field("CMBSZ", cmbsz, "SZU") > 6)
        return lone_fail(error, EIO, "CMBSZ is 0x%" PRIx64 ": its size units, SZU, are reserved", cmbsz);
    unit = 4096ull << (4 * lone_register_field("CMBSZ", cmbsz, "SZU")); /* 4 KiB, 64 KiB … 64 GiB */
    return lone_own_memory_window(controller, &controller->cmb, "Controller Memory Buffer",
                                  (unsigned)lone_register_field("CMBLOC", cmbloc, "BIR"),
                                  lone_register_field("CMBLOC", cmbloc, "OFST") * unit,
                                  lone_register_field("CMBSZ", cmbsz, "SZ") * unit, error);
}

int lone_cmb_enable(struct lone_controller *controller, struct lone_error *error)
{
    uint64_t cmbsts;
    int result = check_there(controller, error);

    if (result)
        return result;
    result = find_window(controller, error);
    if (result) {
        write_cmbmsc(controller, 0, NULL);
        return result;
    }
    result = write_cmbmsc(controller, controller->cmb.window->iova | CMSE | CRE, error);
    if (!result)
        result = lone_controller_read(controller, LONE_REG_CMBSTS, 4, &cmbsts, error);
    if (result)
        return result;
    if (lone_register_field("CMBSTS", cmbsts, "CBAI")) {
        write_cmbmsc(controller, 0, NULL);
        return lone_fail(error, EIO,
                         "the controller refuses the address 0x%" PRIx64
                         " for its Controller Memory Buffer: CMBSTS.CBAI "
                         "is 1",
                         controller->cmb.window->iova);
    }
    lone_window_open(controller->cmb.window, true);
    return 1;
}
