/* SPDX-License-Identifier: MIT */
/* The Identify Controller data structure (NVMe Base 2.0, 5.17.2.1): who this controller says it is and what it can do.
 * What is not set here is not there. */
#include "nvsim/nvsim_internal.h"

#include <string.h>

static void put(struct nvsim *sim, const char *field, uint64_t value)
{
    lone_set(&lone_identify_controller, sim->identify_controller, field, value);
}

static void put_text(struct nvsim *sim, const char *field, const char *text)
{
    lone_set_text(&lone_identify_controller, sim->identify_controller, field, text);
}

/* SUBNQN ends with a 0, unlike other texts. */
static void put_nqn(struct nvsim *sim, const char *nqn)
{
    const struct lone_field *field = lone_record_field(&lone_identify_controller, "SUBNQN");

    memcpy(sim->identify_controller + field->bit / 8, nqn, strlen(nqn) + 1);
}

static void build_identity(struct nvsim *sim)
{
    put(sim, "VID", 0xed00);
    put(sim, "SSVID", 0xed00);
    put_text(sim, "SN", "EDDAE771");
    put_text(sim, "MN", "nvsim_0.1");
    put_text(sim, "FR", "0.001");
    put(sim, "IEEE", NVSIM_OUI);
    put(sim, "CNTLID", NVSIM_CNTLID);
    put(sim, "VER.MJR", 2);
    put(sim, "VER.MNR", 1);
    put(sim, "CNTRLTYPE", 1);
    put(sim, "BPCAP.RPMBBPWPS", 1); /* not supported; 0 would be for those that comply with Base 2.0 and earlier */
    put_nqn(sim, "nqn.2014-08.org.nvmexpress:uuid:4c4f4e45-edda-4e71-8000-6e7673696d00");
}

static void build_io(struct nvsim *sim)
{
    put(sim, "SQES.MINSQES", 6);
    put(sim, "SQES.MAXSQES", 6);
    put(sim, "CQES.MINCQES", 4);
    put(sim, "CQES.MAXCQES", 4);
    put(sim, "NN", NVSIM_NAMESPACES);
    put(sim, "ONCS.NVMCMPS", 1);
    put(sim, "ONCS.NVMWUSV", 1);
    put(sim, "ONCS.NVMDSMSV", 1);
    put(sim, "ONCS.NVMWZSV", 1);
    put(sim, "ONCS.SSFS", 1);
    put(sim, "ONCS.TSS", 1);
    put(sim, "ONCS.NVMVFYS", 1);
    put(sim, "ONCS.NVMCPYS", 1);
    put(sim, "ONCS.NVMCSA", 1); /* required of one that complies with Base 2.1 and has Copy */
    put(sim, "FUSES.FCWS", 1);
    put(sim, "FNA.CRYES", 1);
    put(sim, "VWC.VWCP", 1);
    put(sim, "VWC.FB", 3);
    put(sim, "AWUN", 0xffff); /* commands are executed one after the other, whatever their size */
    put(sim, "NWPC.NWPWPS", 1);
    put(sim, "NWPC.WPUPCS", 1);
    put(sim, "ACWU", NVSIM_ACWU - 1);
    put(sim, "OCFS.CDF0S", 1);
    put(sim, "SGLS.SGLS", 1);
    put(sim, "SGLS.SBBDS", 1);
    put(sim, "SGLS.MBA", 1);
    put(sim, "SGLS.LLDTS", 1);
    put(sim, "SGLS.MSDS", 1);
}

static void build_firmware(struct nvsim *sim)
{
    const unsigned no_restriction = 0xff;

    put(sim, "OACS.FWDS", 1);
    put(sim, "FRMW.FFSRO", 1);
    put(sim, "FRMW.NOFS", NVSIM_FIRMWARE_SLOTS);
    put(sim, "FRMW.FAWR", 1);
    put(sim, "MTFA", 1);
    put(sim, "MPTFAWR", 1);
    put(sim, "FWUG", no_restriction);
}

static void build_thermal(struct nvsim *sim)
{
    put(sim, "WCTEMP", NVSIM_WARNING_KELVIN);
    put(sim, "CCTEMP", NVSIM_CRITICAL_KELVIN);
    put(sim, "HCTMA.HCTMS", 1);
    put(sim, "MNTMT", NVSIM_THROTTLE_MINIMUM);
    put(sim, "MXTMT", NVSIM_THROTTLE_MAXIMUM);
}

static void build_host_memory(struct nvsim *sim)
{
    put(sim, "HMPRE", NVSIM_HMPRE);
    put(sim, "HMMIN", NVSIM_HMMIN);
    put(sim, "HMMINDS", NVSIM_HMMINDS);
    put(sim, "HMMAXD", NVSIM_HMMAXD);
}

/* The first of all have their power in 0.01 W, those that are not operational in 0.0001 W. */
static void build_power(struct nvsim *sim)
{
    static const struct {
        uint16_t power;
        uint32_t entry_us, exit_us;
    } states[NVSIM_NPSS + 1] = {{800, 0, 0}, {400, 5, 5}, {200, 5, 5}, {500, 5000, 10000}, {50, 20000, 50000}};

    put(sim, "NPSS", NVSIM_NPSS);
    put(sim, "APSTA.APTS", 1);
    put(sim, "CTRATT.NOPSPM", 1);
    for (unsigned i = 0; i <= NVSIM_NPSS; i++) {
        const struct lone_field *field = lone_record_field(&lone_identify_controller, "PSD");
        uint8_t *state = sim->identify_controller + field->bit / 8 + (size_t)i * lone_power_state.size;

        lone_set(&lone_power_state, state, "MP", states[i].power);
        lone_set(&lone_power_state, state, "MXPS", i >= NVSIM_OPERATIONAL);
        lone_set(&lone_power_state, state, "NOPS", i >= NVSIM_OPERATIONAL);
        lone_set(&lone_power_state, state, "ENLAT", states[i].entry_us);
        lone_set(&lone_power_state, state, "EXLAT", states[i].exit_us);
        lone_set(&lone_power_state, state, "RRT", i);
        lone_set(&lone_power_state, state, "RRL", i);
        lone_set(&lone_power_state, state, "RWT", i);
        lone_set(&lone_power_state, state, "RWL", i);
    }
}

void nvsim_identify_controller_build(struct nvsim *sim)
{
    build_identity(sim);
    put(sim, "MDTS", NVSIM_MDTS);
    put(sim, "RTD3R", 1000000);
    put(sim, "RTD3E", 1000000);
    put(sim, "OAES.NSAN", 1);
    put(sim, "OAES.FAN", 1);
    put(sim, "CTRATT.HIDS", 1);
    put(sim, "CTRATT.ULIST", 1);
    put(sim, "OACS.FNVMS", 1);
    put(sim, "OACS.DSTS", 1);
    put(sim, "ACL", 3);
    put(sim, "AERL", NVSIM_AERL);
    put(sim, "LPA.CSES", 1);
    put(sim, "LPA.LPEDS", 1);
    put(sim, "LPA.MLPS", 1);
    put(sim, "ELPE", NVSIM_ELPE);
    put(sim, "EDSTT", 1);
    put(sim, "DSTO.SDSO", 1);
    build_firmware(sim);
    build_thermal(sim);
    build_host_memory(sim);
    build_power(sim);
    build_io(sim);
}
