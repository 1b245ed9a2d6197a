/* SPDX-License-Identifier: MIT */
/*
 * Figures for bench.sh, in the virtual machine, on a function that is bound to vfio-pci. A figure a line on stdout:
 * median, 99 %, least, in microseconds, and what it is of. Exit status 0 unless something did not work.
 *
 * vm_bench direct SLOT            through liblone: open, init, Identify polled and by MSI-X, register reads, FLR, close
 * vm_bench reads FILE [N]         preads of a file at offset 0; and open, read, close
 * vm_bench writes FILE LINE [N]   open, write, close, as `echo LINE >FILE` does
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device/vfio.h"
#include "nvme/controller.h"

#define NS_PER_S 1000000000ull
#define ROUNDS   2000u
#define RESETS   5u
#define CSTS     0x1cu /* NVMe Base 2.0, 3.1.3 */

static uint64_t took[ROUNDS];
static struct lone_error error;

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void show(unsigned n, const char *what)
{
    qsort(took, n, sizeof(took[0]), by_value);
    printf("%12.1f %12.1f %12.1f  %s\n", (double)took[n / 2] / 1e3, (double)took[n * 99 / 100] / 1e3,
           (double)took[0] / 1e3, what);
    fflush(stdout);
}

static int failed(const char *what)
{
    fprintf(stderr, "vm_bench: %s: %s\n", what, error.text[0] ? error.text : strerror(errno));
    return 1;
}

/* --- Through liblone ------------------------------------------------------------------------------------------- */

static bool await(struct lone_controller *controller, struct lone_cmd *cmd, bool interrupt)
{
    uint64_t end = now() + 5 * NS_PER_S;
    unsigned n;
    const int *fds = lone_controller_eventfds(controller, &n);
    struct pollfd fd = {.fd = n ? fds[0] : -1, .events = POLLIN};

    while (cmd->state == LONE_CMD_OUTSTANDING && now() < end) {
        if (interrupt && poll(&fd, 1, 5000) != 1)
            return false;
        if (interrupt)
            lone_controller_clear_eventfd(controller, 0);
        lone_controller_poll(controller);
    }
    return cmd->state == LONE_CMD_COMPLETED && lone_cmd_status(cmd) == 0;
}

static int identify(struct lone_controller *controller, bool interrupt, const char *what)
{
    struct lone_cmd *cmd = lone_cmd_new(controller);
    unsigned done = 0;
    int result = cmd ? lone_cmd_data_size(cmd, 4096, &error) : -ENOMEM;

    lone_controller_clear_eventfd(controller, 0);
    for (; !result && done < ROUNDS; done++) {
        uint64_t start;

        memset(cmd->sqe, 0, sizeof(cmd->sqe));
        lone_set(&lone_sqe, cmd->sqe, "OPC", lone_opcode_named("identify")->opcode);
        lone_set(&lone_sqe, cmd->sqe, "CDW10", LONE_CNS_CONTROLLER);
        start = now();
        result = lone_cmd_submit(cmd, &error);
        if (result || !await(controller, cmd, interrupt))
            break;
        took[done] = now() - start;
    }
    if (cmd && cmd->state != LONE_CMD_OUTSTANDING)
        lone_cmd_free(cmd);
    if (done < ROUNDS)
        return failed(what);
    show(done, what);
    return 0;
}

static int registers(struct lone_device *device, unsigned width, const char *what)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t value, start = now();

        if (lone_device_bar_read(device, 0, width == 8 ? 0 : CSTS, width, &value, &error))
            return failed(what);
        took[i] = now() - start;
    }
    show(ROUNDS, what);
    return 0;
}

static int configuration(struct lone_device *device)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t start = now();
        uint32_t value;

        if (lone_device_config_read(device, 4, 2, &value, &error))
            return failed("configuration space");
        took[i] = now() - start;
    }
    show(ROUNDS, "direct: read of CMD in configuration space");
    return 0;
}

static int resets(struct lone_device *device)
{
    for (unsigned i = 0; i < RESETS; i++) {
        uint64_t start = now();

        if (lone_device_reset(device, LONE_RESET_FLR, &error))
            return failed("FLR");
        took[i] = now() - start;
    }
    show(RESETS, "direct: function reset");
    return 0;
}

static int direct(const char *slot)
{
    struct lone_action_options options = {.queues = 1};
    struct lone_controller *controller;
    struct lone_device *device;
    uint64_t start = now();
    int result;

    if (lone_vfio_open(slot, &device, &error))
        return failed("open");
    took[0] = now() - start;
    show(1, "direct: open");
    if (lone_controller_open(&controller, device, &error))
        return failed("controller");
    start = now();
    if (lone_controller_do(controller, LONE_ACTION_INIT, &options, &error))
        return failed("init");
    took[0] = now() - start;
    show(1, "direct: init");
    result = identify(controller, false, "direct: Identify, polled") ||
             identify(controller, true, "direct: Identify, by MSI-X") ||
             registers(device, 4, "direct: read of CSTS, 4 bytes") ||
             registers(device, 8, "direct: read of CAP, 8 bytes") || configuration(device) || resets(device);
    start = now();
    lone_controller_close(controller);
    took[0] = now() - start;
    show(1, "direct: close");
    return result;
}

/* --- Through a mount --------------------------------------------------------------------------------------------- */

static int reads(const char *path, unsigned n)
{
    char bytes[4096], what[300];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return failed(path);
    for (unsigned i = 0; i < n; i++) {
        uint64_t start = now();

        if (pread(fd, bytes, sizeof(bytes), 0) <= 0)
            return failed(path);
        took[i] = now() - start;
    }
    close(fd);
    snprintf(what, sizeof(what), "mount:  pread of %s", path);
    show(n, what);
    for (unsigned i = 0; i < n; i++) {
        uint64_t start = now();

        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, bytes, sizeof(bytes)) <= 0)
            return failed(path);
        close(fd);
        took[i] = now() - start;
    }
    snprintf(what, sizeof(what), "mount:  open, read, close of %s", path);
    show(n, what);
    return 0;
}

/* Writes a line @n times, as `echo >` does. */
static int writes(const char *path, const char *line, unsigned n)
{
    char what[400];

    for (unsigned i = 0; i < n; i++) {
        uint64_t start = now();
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, line, strlen(line)) < 0)
            return failed(path);
        close(fd);
        took[i] = now() - start;
    }
    snprintf(what, sizeof(what), "mount:  echo '%s' >%s", line, path);
    show(n, what);
    return 0;
}

static unsigned number(const char *text)
{
    unsigned long n = text ? strtoul(text, NULL, 10) : ROUNDS;

    return n && n < ROUNDS ? (unsigned)n : ROUNDS;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "direct"))
        return direct(argv[2]);
    if (argc >= 3 && !strcmp(argv[1], "reads"))
        return reads(argv[2], number(argv[3]));
    if (argc >= 4 && !strcmp(argv[1], "writes"))
        return writes(argv[2], argv[3], number(argv[4]));
    fprintf(stderr, "usage: vm_bench direct SLOT | reads FILE [N] | writes FILE LINE [N]\n");
    return 2;
}
