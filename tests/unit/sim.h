/* SPDX-License-Identifier: MIT */
/* What tests of the driver on the simulator start from. */
#ifndef LONE_TESTS_SIM_H
#define LONE_TESTS_SIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nvme/controller.h"

struct sim {
    struct lone_controller *controller;
    struct lone_error error;
};

#define SIM_TEST(name) cmocka_unit_test_setup_teardown(name, sim_set_up, sim_tear_down)
int sim_set_up(void **state);
int sim_tear_down(void **state);

/* Fails the test with the error's text. */
void must(const struct sim *sim, int result);

#endif
