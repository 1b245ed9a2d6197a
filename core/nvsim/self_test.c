/* SPDX-License-Identifier: MIT */
/* Device Self-test and its log page (NVMe Base 2.0, 5.8, 5.16.1.7 and 8.6). A test finds nothing wrong and takes some
 * seconds. It needs no timer: how far it is, and whether it has ended, is worked out when somebody asks. */
#include "nvsim/log_pages.h"

#include <string.h>

enum self_test_code { NO_TEST = 0x0, SHORT = 0x1, EXTENDED = 0x2, ABORT = 0xf };
enum self_test_result { PASSED = 0x0, ABORTED_BY_COMMAND = 0x1, ABORTED_BY_RESET = 0x2, ABORTED_BY_FORMAT = 0x4 };
#define UNUSED_ENTRY 0x0fu
#define RESULT_SIZE  28u

static uint64_t duration_ns(uint8_t code)
{
    return (code == SHORT ? 1ull : 3ull) * 1000000000;
}

/* The diagnostic information, NSID among it, is that of a failure, so none of it is valid. */
static void finish(struct nvsim_self_test *test, uint8_t result, uint64_t power_on_hours)
{
    uint8_t *entry = test->results[0];

    memmove(test->results[1], test->results[0], sizeof(test->results) - sizeof(test->results[0]));
    memset(entry, 0, RESULT_SIZE);
    entry[0] = (uint8_t)(result | test->code << 4);
    nvsim_set32(entry + 4, (uint32_t)power_on_hours);
    nvsim_set32(entry + 8, (uint32_t)(power_on_hours >> 32));
    test->code = NO_TEST;
}

/* Notes that a test has come to its end, if it has. */
static void follow(struct nvsim *sim)
{
    struct nvsim_self_test *test = &sim->admin.self_test;

    if (test->code != NO_TEST && nvsim_now_ns() - test->started_ns >= duration_ns(test->code))
        finish(test, PASSED, nvsim_power_on_hours(sim));
}

static void abort_test(struct nvsim *sim, uint8_t result)
{
    follow(sim);
    if (sim->admin.self_test.code != NO_TEST)
        finish(&sim->admin.self_test, result, nvsim_power_on_hours(sim));
}

void nvsim_self_test_build(struct nvsim *sim)
{
    for (unsigned i = 0; i < NVSIM_SELF_TEST_RESULTS; i++)
        sim->admin.self_test.results[i][0] = UNUSED_ENTRY;
}

/* An extended test goes on after a reset, a short one does not. */
void nvsim_self_test_reset(struct nvsim *sim)
{
    if (sim->admin.self_test.code == SHORT)
        abort_test(sim, ABORTED_BY_RESET);
}

void nvsim_self_test_formatted(struct nvsim *sim, uint32_t nsid)
{
    uint32_t tested = sim->admin.self_test.nsid;

    if (tested == nsid || tested == NVSIM_NSID_ALL)
        abort_test(sim, ABORTED_BY_FORMAT);
}

/* NSID 0 tests the controller without namespaces. */
uint16_t nvsim_self_test(struct nvsim *sim, struct nvsim_command *command)
{
    struct nvsim_self_test *test = &sim->admin.self_test;
    uint8_t code = command->cdw10 & 15;

    if (code != SHORT && code != EXTENDED && code != ABORT)
        return nvsim_refuse(command, "STC", LONE_SC_INVALID_FIELD);
    if (code == ABORT) {
        abort_test(sim, ABORTED_BY_COMMAND);
        return LONE_SC_SUCCESS;
    }
    if (command->nsid && command->nsid != NVSIM_NSID_ALL && !nvsim_nsid_valid(command->nsid))
        return LONE_SC_INVALID_NAMESPACE;
    follow(sim);
    if (test->code != NO_TEST)
        return NVSIM_SC_SELF_TEST_IN_PROGRESS;
    test->code = code;
    test->nsid = command->nsid;
    test->started_ns = nvsim_now_ns();
    return LONE_SC_SUCCESS;
}

uint16_t nvsim_fill_self_test(struct nvsim *sim, const struct nvsim_command *command, uint8_t *page)
{
    const struct nvsim_self_test *test = &sim->admin.self_test;

    (void)command;
    follow(sim);
    page[0] = test->code;
    if (test->code != NO_TEST)
        page[1] = (uint8_t)((nvsim_now_ns() - test->started_ns) * 100 / duration_ns(test->code) % 100);
    memcpy(page + 4, test->results, sizeof(test->results));
    return LONE_SC_SUCCESS;
}
