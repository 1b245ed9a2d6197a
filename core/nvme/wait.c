/* SPDX-License-Identifier: MIT */
/* Blocking: for programs without a loop of their own. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <time.h>

#define SPIN_NS 10000u /* a completion often comes sooner than a sleep would end */
/* Where no interrupt ends the sleep it lasts some 70 us at least. A device that wakes from idling may need longer than
 * SPIN_NS for its first command; were it slept over, the device would idle again before the next one, and so on. */
#define YIELD_NS         200000u
#define LOOKS            16 /* for each at the clock, which takes longer */
#define SHORTEST_NS      1000000u
#define LONGEST_NS       10000000u
#define SHORTEST_POLL_NS 20000u /* where no interrupt ends the sleep sooner */
#define A_SECOND         1000000000u

void lone_controller_wait(struct lone_controller *controller, uint64_t ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(ns / A_SECOND), .tv_nsec = (long)(ns % A_SECOND)};

    if (ppoll(controller->vectors.poll, controller->vectors.n, &timeout, NULL) > 0)
        lone_controller_clear_eventfds(controller);
}

static void wait_for(const struct lone_cmd *cmd, uint64_t timeout_ns)
{
    struct lone_controller *controller = cmd->own->controller;
    uint64_t pause = controller->vectors.n ? SHORTEST_NS : SHORTEST_POLL_NS;

    for (;;) {
        uint64_t passed;

        for (unsigned i = 0; i < LOOKS && cmd->state == LONE_CMD_OUTSTANDING; i++)
            lone_controller_poll(controller);
        if (cmd->state != LONE_CMD_OUTSTANDING)
            return;
        passed = lone_now() - cmd->submitted_ns;
        if (passed >= timeout_ns) {
            lone_controller_poll(controller); /* once more: it may be this program that was held up */
            return;
        }
        if (passed < SPIN_NS)
            continue;
        if (passed < YIELD_NS && !controller->vectors.n) {
            sched_yield();
            continue;
        }
        lone_controller_wait(controller, pause < timeout_ns - passed ? pause : timeout_ns - passed);
        pause = pause * 2 < LONGEST_NS ? pause * 2 : LONGEST_NS;
    }
}

int lone_cmd_sync(struct lone_cmd *cmd, uint64_t timeout_ns, struct lone_error *error)
{
    int result = lone_cmd_submit(cmd, error);

    if (result)
        return result;
    wait_for(cmd, timeout_ns);
    if (cmd->state == LONE_CMD_OUTSTANDING)
        return lone_cmd_late(cmd, error);
    if (cmd->state == LONE_CMD_LOST)
        return lone_cmd_lost(cmd, error);
    return 0;
}

int lone_controller_do(struct lone_controller *controller, enum lone_action action,
                       const struct lone_action_options *options, struct lone_error *error)
{
    struct lone_progress *progress;
    uint64_t again_ns;
    int result = lone_action_begin(controller, action, options, &progress, error);

    if (result)
        return result;
    while ((result = lone_action_step(progress, &again_ns, error)) == 0)
        lone_controller_wait(controller, again_ns);
    lone_action_end(progress);
    return result < 0 ? result : 0;
}
