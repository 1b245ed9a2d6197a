/* SPDX-License-Identifier: MIT */
/* Bringing the controller up and down, a step at a time: a step never waits. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#define A_SECOND       1000000000ull
#define DEFAULT_NS     (10 * A_SECOND)
#define SHORTEST_NS    50000u
#define LONGEST_NS     10000000u
#define MAX_IO_ENTRIES 65536u

enum { SHN_NORMAL = 1, SHN_ABRUPT = 2, SHST_COMPLETE = 2 }; /* NVMe Base 2.0, 3.1.3.5 and 3.1.3.6 */

/* A stage returns 1: it is over and p->stage says what comes next (NULL: nothing); 0: it waits; or an error. */
typedef int stage_function(struct lone_progress *p, struct lone_error *error);

struct lone_progress {
    struct lone_controller *controller;
    enum lone_action action;
    struct lone_action_options options;
    stage_function *stage, *after_ready0;
    uint64_t began_ns, limit_ns; /* of the wait under way */
    uint64_t pause_ns;
    bool was_fatal;   /* CSTS.CFS was 1 before the action did anything */
    pthread_t thread; /* runs the device's reset, which blocks; joined when `reset_done` */
    atomic_bool reset_done;
    int reset_result;
    struct lone_error reset_error;
    struct lone_scan scan;
    struct lone_init init;
};

int lone_controller_ready_timeout(struct lone_controller *controller, uint64_t *ns, struct lone_error *error)
{
    uint32_t cc = lone_controller_shadow32(controller, LONE_REG_CC);
    uint64_t cap, crto, units, modes;
    int result = lone_controller_cap(controller, &cap, error);

    if (result)
        return result;
    units = lone_register_field("CAP", cap, "TO");
    modes =
        lone_register_field("CAP", cap, "CRMS"); /* bit 0 CRWMS: ready with media; bit 1 CRIMS: independent of media */
    if (modes & 3) {
        result = lone_controller_read(controller, LONE_REG_CRTO, 4, &crto, error);
        if (result)
            return result;
        crto = lone_register_field("CRTO", crto, lone_register_field("CC", cc, "CRIME") ? "CRIMT" : "CRWMT");
        units =
            crto > units ? crto : units; /* CAP.TO is 8 bits of what may be more (3.1.3.1): it never says too much */
    }
    *ns = units * (A_SECOND / 2) + A_SECOND;
    return 0;
}

/* --- Waiting ----------------------------------------------------------------------------------------------- */

static void begin_wait(struct lone_progress *p, stage_function *stage, uint64_t limit_ns)
{
    p->stage = stage;
    p->began_ns = lone_now();
    p->limit_ns = limit_ns;
    p->pause_ns = SHORTEST_NS;
}

/* To be asked before the look that it judges: whoever was held up in between would call late what he has not seen. */
static bool is_too_late(const struct lone_progress *p)
{
    return lone_now() - p->began_ns >= p->limit_ns;
}

static int fail_late(const struct lone_progress *p, const char *what, uint32_t csts, struct lone_error *error)
{
    return lone_fail(error, ETIMEDOUT, "%s did not come within %.1f s: CSTS is 0x%" PRIx32 ", CC is 0x%" PRIx32, what,
                     (double)p->limit_ns / 1e9, csts, lone_controller_shadow32(p->controller, LONE_REG_CC));
}

/* Reads CSTS; fails where the controller says that it will not come to what is waited for. */
static int look(const struct lone_progress *p, uint32_t *csts, struct lone_error *error)
{
    int result = lone_controller_csts(p->controller, csts, error);

    if (result)
        return result;
    if (lone_register_field("CSTS", *csts, "CFS") && !p->was_fatal)
        return lone_fail(error, EIO,
                         "the controller reports a fatal error: CSTS.CFS is 1 (CSTS is 0x%" PRIx32 "): write `reset "
                         "controller` to ctl, or `reset flr` if that does not help",
                         *csts);
    return 0;
}

static int finished(struct lone_progress *p)
{
    p->stage = NULL;
    return 1;
}

/* --- Enable and disable ------------------------------------------------------------------------------------ */

enum { CC_DISABLE, CC_ENABLE, CC_AS_IT_IS }; /* what becomes of EN */

/*
 * Writes CC as it reads but for EN and SHN: one read and one write. EN=0 may have reset all of CC (NVMe
 * Base 2.0, 3.7.2: AQA, ASQ and ACQ stay, CC need not): then it is enabled as the admin queues were set up.
 */
static int write_cc(struct lone_progress *p, unsigned enable, unsigned shn, struct lone_error *error)
{
    uint8_t cc[4];
    uint64_t value;
    int result = lone_controller_read(p->controller, LONE_REG_CC, 4, &value, error);

    if (result)
        return result;
    if (value == UINT32_MAX)
        return lone_fail(error, ENODEV, "the device is gone: CC reads as all ones");
    lone_put32(cc, enable == CC_ENABLE && !value ? p->controller->admin_cc : (uint32_t)value);
    if (enable != CC_AS_IT_IS)
        lone_set(lone_nvme_register("CC"), cc, "EN", enable == CC_ENABLE);
    lone_set(lone_nvme_register("CC"), cc, "SHN", shn);
    return lone_controller_write(p->controller, LONE_REG_CC, 4, lone_get32(cc), error);
}

static stage_function run_scan, set_up_admin, start_enable;

static int wait_ready1(struct lone_progress *p, struct lone_error *error)
{
    bool late = is_too_late(p);
    uint32_t csts;
    int result = look(p, &csts, error);

    if (result)
        return result;
    if (!p->controller->enabled)
        return lone_fail(error, ESHUTDOWN, "the controller was disabled or reset again while waiting for CSTS.RDY=1");
    if (lone_register_field("CSTS", csts, "RDY")) {
        if (lone_register_field("CSTS", csts, "SHST")) /* EN was 1 already: 3.6 */
            return lone_fail(error, ESHUTDOWN,
                             "the controller is shut down (CSTS is 0x%" PRIx32 ") and executes nothing until it is "
                             "reset: write `disable` to ctl, then `enable`; or `init`",
                             csts);
        p->stage = p->action == LONE_ACTION_INIT ? run_scan : NULL;
        return 1;
    }
    return late ? fail_late(p, "CSTS.RDY=1", csts, error) : 0;
}

static int start_enable(struct lone_progress *p, struct lone_error *error)
{
    uint64_t limit;
    uint32_t csts;
    int result;

    p->was_fatal = false; /* it will not become ready */
    result = look(p, &csts, error);
    if (!result)
        result = lone_controller_ready_timeout(p->controller, &limit, error);
    if (!result)
        result = write_cc(p, CC_ENABLE, 0, error);
    if (result)
        return result;
    begin_wait(p, wait_ready1, limit);
    return 1;
}

/* Of a controller that failed before it became ready, RDY=0 tells nothing: the reset is over when CFS is 0, too. */
static int wait_ready0(struct lone_progress *p, struct lone_error *error)
{
    bool ready, fatal, late = is_too_late(p);
    uint32_t csts;
    int result = look(p, &csts, error);

    if (result)
        return result;
    ready = lone_register_field("CSTS", csts, "RDY");
    fatal = lone_register_field("CSTS", csts, "CFS");
    if (!ready && !fatal) {
        p->stage = p->after_ready0;
        return 1;
    }
    if (!late)
        return 0;
    return fail_late(p, ready ? "CSTS.RDY=0" : "CSTS.CFS=0 (write `reset flr` to ctl): it", csts, error);
}

static int start_disable(struct lone_progress *p, struct lone_error *error)
{
    uint64_t limit;
    uint32_t csts;
    int result = lone_controller_csts(p->controller, &csts, error);

    if (result)
        return result;
    p->was_fatal = lone_register_field("CSTS", csts, "CFS"); /* which may be the very reason */
    result = lone_controller_ready_timeout(p->controller, &limit, error);
    if (!result)
        result = write_cc(p, CC_DISABLE, 0, error);
    if (result)
        return result;
    begin_wait(p, wait_ready0, limit);
    return 1;
}

/* --- Shutdown ---------------------------------------------------------------------------------------------- */

static int wait_shutdown(struct lone_progress *p, struct lone_error *error)
{
    bool late = is_too_late(p);
    uint32_t csts;
    int result = look(p, &csts, error);

    if (result)
        return result;
    if (lone_register_field("CSTS", csts, "SHST") == SHST_COMPLETE)
        return finished(p);
    return late ? fail_late(p, "CSTS.SHST=2 (shutdown complete)", csts, error) : 0;
}

static int start_shutdown(struct lone_progress *p, struct lone_error *error)
{
    uint32_t csts;
    int result = lone_controller_csts(p->controller, &csts, error);

    if (result)
        return result;
    p->was_fatal = lone_register_field("CSTS", csts, "CFS");
    result = write_cc(p, CC_AS_IT_IS, p->action == LONE_ACTION_SHUTDOWN ? SHN_NORMAL : SHN_ABRUPT, error);
    if (result)
        return result;
    begin_wait(p, wait_shutdown, p->options.timeout_ns);
    return 1;
}

/* --- Resets of the function -------------------------------------------------------------------------------- */

/* While the link comes back, all ones are no surprise. */
static int wait_readable(struct lone_progress *p, struct lone_error *error)
{
    bool late = is_too_late(p);
    uint64_t csts = UINT32_MAX;
    int result = lone_controller_command_bits(p->controller, LONE_CMD_MSE, error);

    if (!result)
        result = lone_controller_read(p->controller, LONE_REG_CSTS, 4, &csts, error);
    if (!result && csts != UINT32_MAX)
        return finished(p);
    if (!late)
        return 0;
    return result ? result
                  : lone_fail(error, ENODEV, "the device is gone: CSTS still reads as all ones after the reset");
}

static bool was_refused(int result)
{
    return result == -EOPNOTSUPP || result == -EINVAL || result == -EBUSY || result == -EACCES || result == -EPERM;
}

/* Beside the caller's loop: the kernel takes its time for a reset. */
static void *reset_thread(void *argument)
{
    struct lone_progress *p = argument;
    enum lone_reset kind = p->action == LONE_ACTION_RESET_FLR ? LONE_RESET_FLR : LONE_RESET_HOT;

    p->reset_result = lone_device_reset(p->controller->device, kind, &p->reset_error);
    atomic_store(&p->reset_done, true);
    return NULL;
}

bool lone_action_resetting(const struct lone_progress *progress)
{
    return progress->controller->resetting && progress->controller->progress == progress;
}

/* Waits for it where it is not over, as when the action is ended under it. */
static void join_reset(struct lone_progress *p)
{
    if (!lone_action_resetting(p))
        return;
    pthread_join(p->thread, NULL);
    p->controller->resetting = false;
    if (was_refused(p->reset_result))
        return;
    /* One that failed half-way may have lost everything as well. */
    lone_follow_function_reset(p->controller, LONE_TRACE_RESET_FUNCTION, p->reset_result == 0);
    lone_announce(p->controller);
}

static int wait_function_reset(struct lone_progress *p, struct lone_error *error)
{
    if (!atomic_load(&p->reset_done))
        return 0;
    join_reset(p);
    if (p->reset_result) {
        if (error)
            *error = p->reset_error;
        return p->reset_result;
    }
    begin_wait(p, wait_readable, A_SECOND);
    return 1;
}

/* Signals are the program's business, so the thread is started with all of them blocked. */
static int start_function_reset(struct lone_progress *p, struct lone_error *error)
{
    sigset_t all, before;
    int number;

    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* which tells that a BAR cannot be accessed */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    p->controller->resetting = true;
    number = pthread_create(&p->thread, NULL, reset_thread, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number) {
        p->controller->resetting = false;
        return lone_fail(error, number, "no thread for the reset: %s", strerror(number));
    }
    begin_wait(p, wait_function_reset, UINT64_MAX);
    return 1;
}

static int start_subsystem_reset(struct lone_progress *p, struct lone_error *error)
{
    uint64_t cap;
    int result = lone_controller_cap(p->controller, &cap, error);

    if (result)
        return result;
    if (!lone_register_field("CAP", cap, "NSSRS"))
        return lone_fail(error, EOPNOTSUPP,
                         "this controller has no NVM Subsystem Reset: CAP.NSSRS is 0: write `reset controller` "
                         "or `reset flr` to ctl");
    result = lone_controller_write(p->controller, LONE_REG_NSSR, 4, 0x4e564d65, error); /* "NVMe": 3.1.3.7 */
    if (result)
        return result;
    begin_wait(p, wait_readable, p->options.timeout_ns);
    return 1;
}

/* --- Init -------------------------------------------------------------------------------------------------- */

static int run_init(struct lone_progress *p, struct lone_error *error)
{
    unsigned sent = p->init.sent;
    int result = lone_init_step(p->controller, &p->init, error);

    if (p->init.sent != sent)
        p->pause_ns = SHORTEST_NS;
    return result == 1 ? finished(p) : result;
}

/* Each command sent begins a new wait, and those are looked for often at first. */
static int run_scan(struct lone_progress *p, struct lone_error *error)
{
    unsigned sent = p->scan.sent;
    int result;

    p->scan.timeout_ns = p->options.timeout_ns;
    result = lone_scan_step(p->controller, &p->scan, error);
    if (p->scan.sent != sent)
        p->pause_ns = SHORTEST_NS;
    if (result == 1)
        p->stage = p->action == LONE_ACTION_INIT ? run_init : NULL;
    return result;
}

static int choose_entries(struct lone_progress *p, struct lone_error *error)
{
    uint32_t most = (uint32_t)lone_register_field("CAP", p->controller->cap, "MQES") + 1;
    uint32_t entries = p->options.entries;

    if (!entries)
        entries = most < 256 ? most : 256;
    if (p->options.queues && (entries < 2 || entries > most))
        return lone_fail(error, ERANGE,
                         "an I/O queue of this controller has 2 to %" PRIu32 " entries (CAP.MQES), not %" PRIu32, most,
                         entries);
    p->init = (struct lone_init){.queues = p->options.queues, .entries = entries, .timeout_ns = p->options.timeout_ns};
    return 0;
}

static int set_up_admin(struct lone_progress *p, struct lone_error *error)
{
    int result = lone_controller_admin(p->controller, &p->options.admin, error);

    if (!result)
        result = choose_entries(p, error);
    if (result)
        return result;
    p->stage = start_enable;
    return 1;
}

static int start_init(struct lone_progress *p, struct lone_error *error)
{
    uint64_t cc = 0;
    uint32_t csts = 0;
    int result = lone_controller_command_bits(p->controller, LONE_CMD_MSE, error);

    if (!result)
        result = lone_controller_csts(p->controller, &csts, error);
    if (!result)
        result = lone_controller_read(p->controller, LONE_REG_CC, 4, &cc, error);
    if (result)
        return result;
    if (lone_register_field("CC", cc, "EN") || lone_register_field("CSTS", csts, "RDY")) {
        p->after_ready0 = set_up_admin;
        return start_disable(p, error);
    }
    p->stage = set_up_admin;
    return 1;
}

static int start_create_queues(struct lone_progress *p, struct lone_error *error)
{
    struct lone_sq_private *admin;
    int result = lone_sq_usable(p->controller, 0, &admin, error);

    if (!result)
        result = lone_read_capabilities(p->controller, error);
    if (!result)
        result = choose_entries(p, error);
    if (result)
        return result;
    p->init.stage = p->init.queues ? LONE_INIT_QUEUE_COUNT : LONE_INIT_DONE;
    p->stage = run_init;
    return 1;
}

static int start_delete_queues(struct lone_progress *p, struct lone_error *error)
{
    struct lone_sq_private *admin;
    int result = lone_sq_usable(p->controller, 0, &admin, error);

    if (result)
        return result;
    p->init = (struct lone_init){.timeout_ns = p->options.timeout_ns};
    lone_init_delete(p->controller, &p->init);
    p->stage = run_init;
    return 1;
}

/* --- The machine ------------------------------------------------------------------------------------------- */

static stage_function *const starts[] = {
    [LONE_ACTION_ENABLE] = start_enable,
    [LONE_ACTION_DISABLE] = start_disable,
    [LONE_ACTION_SHUTDOWN] = start_shutdown,
    [LONE_ACTION_SHUTDOWN_ABRUPT] = start_shutdown,
    [LONE_ACTION_RESET_CONTROLLER] = start_disable,
    [LONE_ACTION_RESET_FLR] = start_function_reset,
    [LONE_ACTION_RESET_HOT] = start_function_reset,
    [LONE_ACTION_RESET_SUBSYSTEM] = start_subsystem_reset,
    [LONE_ACTION_INIT] = start_init,
    [LONE_ACTION_SCAN] = run_scan,
    [LONE_ACTION_CREATE_QUEUES] = start_create_queues,
    [LONE_ACTION_DELETE_QUEUES] = start_delete_queues,
};

/* Queues that were set up by hand, with ASQ and ACQ written to the registers, are admin queues too. */
static bool has_admin_queues(const struct lone_controller *controller)
{
    const struct lone_sq_private *sq = lone_sq_find(controller, 0);

    return (sq && sq->sq.state != LONE_QUEUE_MADE) ||
           (lone_get64(controller->shadow + LONE_REG_ASQ) && lone_get64(controller->shadow + LONE_REG_ACQ));
}

/* These begin by ending whatever the controller is at, so they need not wait for an action that waits for it. */
static bool may_supersede(enum lone_action action)
{
    switch (action) {
    case LONE_ACTION_DISABLE:
    case LONE_ACTION_RESET_CONTROLLER:
    case LONE_ACTION_RESET_FLR:
    case LONE_ACTION_RESET_HOT:
    case LONE_ACTION_RESET_SUBSYSTEM:
        return true;
    default:
        return false;
    }
}

static int check_free(const struct lone_controller *controller, enum lone_action action, struct lone_error *error)
{
    if (controller->resetting)
        return lone_fail(error, EBUSY, "a reset of the function is under way: wait until it has ended");
    if (controller->progress && !may_supersede(action))
        return lone_fail(error, EBUSY,
                         "another action is under way: wait until it has ended, or end it: write `disable` or a reset "
                         "to ctl, or interrupt the program that wrote it");
    return 0;
}

int lone_action_begin(struct lone_controller *controller, enum lone_action action,
                      const struct lone_action_options *options, struct lone_progress **progress,
                      struct lone_error *error)
{
    struct lone_progress *p;
    int result = check_free(controller, action, error);

    if (result)
        return result;
    if (action == LONE_ACTION_ENABLE && !has_admin_queues(controller))
        return lone_fail(error, ENXIO, "there are no admin queues: write `admin` to queues/ctl first");
    if (options && (action == LONE_ACTION_INIT || action == LONE_ACTION_CREATE_QUEUES) &&
        (options->queues > 65535 || options->entries > MAX_IO_ENTRIES))
        return lone_fail(error, ERANGE, "there are at most 65535 I/O queues of at most %u entries", MAX_IO_ENTRIES);
    p = calloc(1, sizeof(*p));
    if (!p)
        return lone_fail(error, ENOMEM, "no memory for an action");
    p->controller = controller;
    p->action = action;
    if (options)
        p->options = *options;
    if (!p->options.timeout_ns)
        p->options.timeout_ns = DEFAULT_NS;
    p->stage = starts[action];
    p->pause_ns = SHORTEST_NS;
    controller->progress = p;
    *progress = p;
    return 0;
}

int lone_action_step(struct lone_progress *progress, uint64_t *again_ns, struct lone_error *error)
{
    int result = 1;

    if (progress->controller->progress != progress)
        return lone_fail(error, ESHUTDOWN, "`disable` or a reset was written to ctl while this was under way");
    while (progress->stage && result == 1)
        result = progress->stage(progress, error);
    *again_ns = progress->pause_ns;
    progress->pause_ns = progress->pause_ns * 2 < LONGEST_NS ? progress->pause_ns * 2 : LONGEST_NS;
    return result;
}

void lone_action_end(struct lone_progress *progress)
{
    if (!progress)
        return;
    join_reset(progress);
    lone_scan_end(&progress->scan);
    lone_init_end(&progress->init);
    if (progress->controller->progress == progress)
        progress->controller->progress = NULL;
    free(progress);
}
