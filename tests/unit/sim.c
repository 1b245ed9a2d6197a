/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdlib.h>

#include "nvsim/nvsim.h"

int sim_set_up(void **state)
{
    struct sim *sim = calloc(1, sizeof(*sim));
    struct lone_device *device;

    assert_int_equal(lone_nvsim_open(&device, &sim->error), 0);
    assert_int_equal(lone_controller_open(&sim->controller, device, &sim->error), 0);
    *state = sim;
    return 0;
}

int sim_tear_down(void **state)
{
    struct sim *sim = *state;

    lone_controller_close(sim->controller);
    free(sim);
    return 0;
}

void must(const struct sim *sim, int result)
{
    if (result)
        print_error("%s\n", sim->error.text);
    assert_int_equal(result, 0);
}
