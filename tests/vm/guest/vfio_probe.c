/* SPDX-License-Identifier: MIT */
/*
 * core/device/vfio against a real kernel: run in the virtual machine, on a function that is bound to vfio-pci.
 *
 * vfio_probe SLOT [all [N]] opens it N + 3 times (default 100) and tries everything; TAP lines, figures as comments.
 * The environment says what a hot reset gives: HOT_RESET=EOPNOTSUPP, EIO …; default: it works vfio_probe SLOT open
 * opens it and closes it again; on failure the reason on stderr and the errno's name on stdout vfio_probe SLOT hold
 * prints `holding`, keeps it until the host wants it back, prints `released` vfio_probe SLOT watch     prints `ENODEV`,
 * `EIO` or `ok` when what reading VS and the class code gives changes; ends with its stdin
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "device/vfio.h"
#include "device/vfio_internal.h"
#include "nvme/controller.h"

#define A_SECOND 1000000000ull
#define ROUNDS   1000
#define CMD_MSE  0x2u
#define CMD_SEE  0x100u

static unsigned number, failures;
static struct lone_error error;

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * A_SECOND + (uint64_t)t.tv_nsec;
}

static double ms_since(uint64_t start)
{
    return (double)(now() - start) / 1e6;
}

static bool ok(bool passed, const char *what)
{
    printf("%sok %u - %s", passed ? "" : "not ", ++number, what);
    if (!passed) {
        printf(" (%s)", error.text);
        failures++;
    }
    printf("\n");
    fflush(stdout);
    error.text[0] = 0;
    return passed;
}

/* @result is what @expected says; the text that a user would see is shown. */
static bool fails(int result, int expected, const char *what)
{
    char line[700];

    if (result >= 0)
        snprintf(error.text, sizeof(error.text), "it worked");
    snprintf(line, sizeof(line), "%s: %s: %s", what, lone_errno_name(-result), error.text);
    return ok(result == -expected, line);
}

/* --- The device, bare ------------------------------------------------------------------------------------------- */

static uint64_t bar(struct lone_device *device, uint64_t offset, unsigned width)
{
    uint64_t value = 0;

    if (lone_device_bar_read(device, 0, offset, width, &value, &error))
        ok(false, "reading BAR 0");
    return value;
}

static uint32_t config(struct lone_device *device, uint16_t offset, unsigned width)
{
    uint32_t value = 0;

    if (lone_device_config_read(device, offset, width, &value, &error))
        ok(false, "reading configuration space");
    return value;
}

static uint16_t capability(const struct lone_capability_at *found, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(found[i].name, name))
            return found[i].offset;
    return 0;
}

static void describe(struct lone_device *device)
{
    for (unsigned i = 0; i < LONE_BARS; i++)
        if (device->bars[i].size)
            printf("# BAR %u: %" PRIu64 " bytes%s%s\n", i, device->bars[i].size,
                   device->bars[i].is_64 ? ", 64 bits" : "", device->bars[i].prefetchable ? ", prefetchable" : "");
    for (unsigned i = 0; i < device->n_ranges; i++)
        printf("# IOVA 0x%" PRIx64 " to 0x%" PRIx64 "\n", device->ranges[i].first, device->ranges[i].last);
    printf("# %s, driver %s, %u bytes of configuration space, pages of %u; vectors: %u INTx, %u MSI, %u MSI-X; %s be "
           "reset\n",
           device->slot, device->driver, device->config_size, device->page_size,
           device->n_vectors[LONE_INTERRUPTS_INTX], device->n_vectors[LONE_INTERRUPTS_MSI],
           device->n_vectors[LONE_INTERRUPTS_MSIX], device->can_reset ? "can" : "cannot");
}

static void test_identity(struct lone_device *device)
{
    uint64_t cap = bar(device, 0, 8);
    uint64_t start;
    char line[100];

    describe(device);
    printf("# CAP: 0x%" PRIx64 " at once, 0x%" PRIx64 " and 0x%" PRIx64 " in halves, 0x%" PRIx64 " of a byte\n", cap,
           bar(device, 4, 4), bar(device, 0, 4), bar(device, 0, 1));
    ok(config(device, 0, 4) == 0x00101b36 && config(device, 0, 2) == 0x1b36 && config(device, 2, 2) == 0x0010 &&
           config(device, 1, 1) == 0x1b,
       "the ids, at every width");
    ok(config(device, 0x0a, 2) == 0x0108, "the class is NVMe");
    ok(cap == (bar(device, 4, 4) << 32 | bar(device, 0, 4)) && (cap & 0xff) == bar(device, 0, 1) &&
           (cap >> 16 & 0xffff) == bar(device, 2, 2),
       "CAP is the same at every width");
    snprintf(line, sizeof(line), "VS is 0x%" PRIx64, bar(device, 8, 4));
    ok(bar(device, 8, 4) >> 16 == 1 && bar(device, 8, 2) == bar(device, 8, 4) % 0x10000, line);
    start = now();
    for (int i = 0; i < 10000; i++)
        bar(device, 8, 4);
    printf("# BAR read: %.2f us\n", ms_since(start) / 10);
    start = now();
    for (int i = 0; i < 10000; i++)
        config(device, 8, 4);
    printf("# configuration space read: %.2f us\n", ms_since(start) / 10);
}

static void test_refusals(struct lone_device *device)
{
    uint64_t value;
    uint32_t word;

    fails(lone_device_bar_read(device, 0, device->bars[0].size, 4, &value, &error), EINVAL, "behind the BAR");
    fails(lone_device_bar_read(device, 0, 2, 4, &value, &error), EINVAL, "not aligned");
    fails(lone_device_config_read(device, device->config_size, 1, &word, &error), EINVAL, "behind configuration space");
    fails(lone_device_config_write(device, 0x06, 2, 0xf900, &error), EACCES, "ones to STS");
    ok(!lone_device_config_write(device, 0x06, 2, 0, &error), "zeroes to STS");
    ok(!lone_device_config_write(device, 0x3c, 1, 0x0b, &error) && config(device, 0x3c, 1) == 0x0b,
       "the interrupt line");
}

static void test_dropped(struct lone_device *device, const struct lone_capability_at *found, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t at = found[i].offset;

        printf("# %s at 0x%x\n", found[i].name, at);
        if (!strcmp(found[i].name, "PXCAP")) {
            fails(lone_device_config_write(device, at + 0x0a, 2, 0xf, &error), EACCES, "ones to PXDS");
            fails(lone_device_config_write(device, at + 0x10, 2, 0x40, &error), EACCES, "PXLC");
            ok(!lone_device_config_write(device, at + 8, 2, config(device, at + 8, 2), &error), "PXDC as it was");
        }
        if (!strcmp(found[i].name, "MSIXCAP"))
            fails(lone_device_config_write(device, at + 2, 2, 0xc000, &error), EACCES, "MXC");
        if (!strcmp(found[i].name, "SRIOV"))
            fails(lone_device_config_write(device, at + 8, 2, 1, &error), EACCES, "SR-IOV control");
        if (!strcmp(found[i].name, "AERCAP"))
            ok(!lone_device_config_write(device, at + 4, 4, 1u << 20, &error), "AERUCES");
    }
}

/* What the table says the kernel drops, it does drop: past the table, written bits change nothing. */
static void test_table(struct lone_device *device)
{
    struct lone_vfio *vfio = lone_vfio_of(device);
    unsigned n = vfio->n_rules, wrong = 0;
    uint32_t command;

    vfio->n_rules = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct lone_vfio_rule *rule = &vfio->rules[i];

        for (unsigned at = rule->offset; at < rule->offset + rule->size; at += 4) {
            uint32_t before = config(device, (uint16_t)at, 4), after;
            int result = lone_device_config_write(device, (uint16_t)at, 4,
                                                  rule->ones ? before | rule->mask : before ^ rule->mask, &error);

            after = config(device, (uint16_t)at, 4);
            if (!result && !((before ^ after) & rule->mask))
                continue;
            printf("# %s at 0x%x: 0x%x became 0x%x\n", rule->name, at, before, after);
            wrong++;
        }
    }
    vfio->n_rules = n;
    printf("# %u rules\n", n);
    ok(n && !wrong, "the kernel drops what the table says");
    command = config(device, 4, 2);
    ok(!lone_device_config_write(device, 4, 2, command ^ CMD_SEE, &error) &&
           config(device, 4, 2) == (command ^ CMD_SEE) && !lone_device_config_write(device, 4, 2, command, &error),
       "what it does not say goes through: CMD.SEE");
}

static void test_dma(struct lone_device *device)
{
    const uint64_t size = 1 << 20, iova = 0x10000000;
    uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *much = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t last = device->ranges[device->n_ranges - 1].last;
    struct rlimit limit;
    uint64_t start;

    ok(!lone_device_dma_map(device, memory, iova, size, LONE_DMA_READ | LONE_DMA_WRITE, &error), "1 MiB mapped");
    fails(lone_device_dma_map(device, memory, iova + 4096, 4096, LONE_DMA_READ, &error), EEXIST, "mapped twice");
    fails(lone_device_dma_map(device, memory, iova + size + 1, 4096, LONE_DMA_READ, &error), EINVAL, "not a page");
    fails(lone_device_dma_map(device, memory, last + 1, 4096, LONE_DMA_READ, &error), ENOSPC, "outside the ranges");
    fails(lone_device_dma_map(device, memory, iova + size, 4096, 0, &error), EINVAL, "neither read nor write");
    fails(lone_device_dma_map(device, NULL, iova + size, 4096, LONE_DMA_READ, &error), EFAULT, "no memory");
    fails(lone_device_dma_unmap(device, iova + 4096, 4096, &error), EINVAL, "half of it unmapped");
    ok(!lone_device_dma_unmap(device, iova, size, &error), "unmapped");
    fails(lone_device_dma_unmap(device, iova, size, &error), EINVAL, "unmapped twice");
    start = now();
    ok(!lone_device_dma_map(device, memory, last - size + 1, size, LONE_DMA_READ, &error),
       "at the end of the last range");
    printf("# mapping 1 MiB: %.3f ms\n", ms_since(start));
    ok(!lone_device_dma_unmap(device, last - size + 1, size, &error), "and away");
    getrlimit(RLIMIT_MEMLOCK, &limit);
    printf("# memlock limit %" PRIu64 " as user %u\n", (uint64_t)limit.rlim_cur, (unsigned)geteuid());
    if (geteuid() && limit.rlim_cur < 16 << 20)
        fails(lone_device_dma_map(device, much, iova, 16 << 20, LONE_DMA_READ, &error), ENOMEM,
              "beyond the memlock limit");
    munmap(memory, size);
    munmap(much, 16 << 20);
}

/* --- SIGBUS ------------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t strangers;
static void *volatile stranger_page;

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    strangers++;
    if (signal_number != SIGBUS || info->si_addr != stranger_page)
        _exit(99);
    mmap(stranger_page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void test_stranger(void)
{
    int fd = memfd_create("stranger", MFD_CLOEXEC);
    volatile uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    stranger_page = (void *)(uintptr_t)page;
    page[0] = 1; /* behind the end of the file */
    ok(strangers == 1 && page[0] == 1, "a SIGBUS of somebody else's goes to the handler that was there before");
    munmap(stranger_page, 4096);
    close(fd);
}

static atomic_bool stop;
static atomic_ulong good, bad, odd;

static void *hammer(void *argument)
{
    struct lone_device *device = argument;
    struct lone_error own;
    uint64_t value, vs = 0;

    while (!atomic_load(&stop)) {
        int result = lone_device_bar_read(device, 0, 8, 4, &value, &own);

        if (!result && !vs)
            vs = value;
        if (!result && value == vs)
            good++;
        else if (result == -EIO)
            bad++;
        else
            odd++;
    }
    return NULL;
}

static void test_decoding(struct lone_device *device)
{
    uint32_t command = config(device, 4, 2);
    pthread_t threads[3];
    uint64_t value, start;

    ok(command & CMD_MSE, "memory decoding is on");
    ok(!lone_device_config_write(device, 4, 2, command & ~CMD_MSE, &error), "CMD.MSE=0");
    fails(lone_device_bar_read(device, 0, 8, 4, &value, &error), EIO, "read without decoding");
    fails(lone_device_bar_read(device, 0, 0, 8, &value, &error), EIO, "8 bytes");
    fails(lone_device_bar_read(device, 0, 8, 1, &value, &error), EIO, "1 byte");
    fails(lone_device_bar_write(device, 0, 0x0c, 4, 1, &error), EIO, "write without decoding");
    start = now();
    for (int i = 0; i < 100; i++)
        lone_device_bar_read(device, 0, 8, 4, &value, &error);
    printf("# an access that faults: %.1f us\n", ms_since(start) * 10);
    ok(!lone_device_config_write(device, 4, 2, command, &error) && bar(device, 8, 4) >> 16 == 1,
       "CMD.MSE=1: works again");
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, hammer, device);
    for (int i = 0; i < 200; i++) {
        lone_device_config_write(device, 4, 2, command & ~CMD_MSE, &error);
        usleep(1000);
        lone_device_config_write(device, 4, 2, command, &error);
        usleep(1000);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    printf("# three threads while decoding goes off and on: %lu reads, %lu EIO, %lu else\n", good, bad, odd);
    ok(good && bad && !odd, "reads give VS or EIO, nothing else");
    ok(bar(device, 8, 4) >> 16 == 1, "and work afterwards");
}

static void test_power(struct lone_device *device, uint16_t pmcs)
{
    uint32_t state = config(device, pmcs, 2);
    uint64_t value, start = now();

    ok(!lone_device_config_write(device, pmcs, 2, state | 3, &error) && (config(device, pmcs, 2) & 3) == 3, "D3hot");
    printf("# into D3hot: %.1f ms\n", ms_since(start));
    fails(lone_device_bar_read(device, 0, 8, 4, &value, &error), EIO, "read in D3hot");
    start = now();
    ok(!lone_device_config_write(device, pmcs, 2, state, &error) && (config(device, pmcs, 2) & 3) == 0, "D0");
    printf("# back to D0: %.1f ms\n", ms_since(start));
    ok(bar(device, 8, 4) >> 16 == 1, "works again in D0");
}

/* --- The controller -------------------------------------------------------------------------------------------------
 */

enum how { POLLED, BY_INTERRUPT };

/* A driver may do this itself; twice does no harm. */
static void unmask(struct lone_controller *controller)
{
    struct lone_device *device = lone_controller_device(controller);

    if (device->n_vectors[LONE_INTERRUPTS_INTX] && !device->n_vectors[LONE_INTERRUPTS_MSIX])
        lone_device_intx_unmask(device, &error);
}

static bool await(struct lone_controller *controller, struct lone_cmd *cmd, enum how how)
{
    uint64_t start = now();
    unsigned n;
    const int *fds = lone_controller_eventfds(controller, &n);
    struct pollfd fd = {.fd = fds[0], .events = POLLIN};

    while (cmd->state == LONE_CMD_OUTSTANDING && now() - start < 5 * A_SECOND) {
        if (how == BY_INTERRUPT && poll(&fd, 1, 5000) != 1)
            return false;
        if (how == BY_INTERRUPT)
            lone_controller_clear_eventfds(controller);
        lone_controller_poll(controller);
        if (how == BY_INTERRUPT)
            unmask(controller);
    }
    return cmd->state == LONE_CMD_COMPLETED && lone_cmd_status(cmd) == 0;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static bool identify(struct lone_controller *controller, enum how how, unsigned rounds, const char *what)
{
    struct lone_cmd *cmd = lone_cmd_new(controller);
    static uint64_t took[ROUNDS];
    char model[41] = "";
    unsigned done = 0;
    int result;

    result = lone_cmd_data_size(cmd, 4096, &error);
    lone_controller_clear_eventfds(controller);
    unmask(controller);
    for (; !result && done < rounds; done++) {
        uint64_t start;

        memset(cmd->sqe, 0, sizeof(cmd->sqe));
        lone_set(&lone_sqe, cmd->sqe, "OPC", lone_opcode_named("identify")->opcode);
        lone_set(&lone_sqe, cmd->sqe, "CDW10", LONE_CNS_CONTROLLER);
        start = now();
        result = lone_cmd_submit(cmd, &error);
        if (result || !await(controller, cmd, how))
            break;
        took[done] = now() - start;
    }
    if (done)
        lone_dma_load(model, cmd->data.data + 24, 40);
    if (done == rounds) {
        qsort(took, done, sizeof(took[0]), by_value);
        printf("# Identify %s: median %.1f us, 99 %% %.1f us, least %.1f us\n", what, (double)took[done / 2] / 1e3,
               (double)took[done * 99 / 100] / 1e3, (double)took[0] / 1e3);
    }
    lone_cmd_free(cmd);
    return ok(done == rounds && !strncmp(model, "QEMU NVMe Ctrl", 14), what);
}

static bool bring_up(struct lone_controller *controller)
{
    struct lone_action_options options = {.queues = 1};
    uint64_t start = now();
    bool up = !lone_controller_do(controller, LONE_ACTION_INIT, &options, &error);

    printf("# init: %.1f ms\n", ms_since(start));
    return ok(up, "the controller comes up");
}

/* QEMU's controller keeps AQA, ASQ and ACQ, which a real one does not. */
static bool is_reset(struct lone_device *device)
{
    printf("# CC 0x%" PRIx64 ", CSTS 0x%" PRIx64 ", AQA 0x%" PRIx64 "\n", bar(device, 0x14, 4), bar(device, 0x1c, 4),
           bar(device, 0x24, 4));
    return bar(device, 0x14, 4) == 0 && bar(device, 0x1c, 4) == 0;
}

static void test_resets(struct lone_controller *controller)
{
    struct lone_device *device = lone_controller_device(controller);
    const char *hot = getenv("HOT_RESET") ? getenv("HOT_RESET") : "ok";
    uint64_t start = now();
    int result = lone_controller_do(controller, LONE_ACTION_RESET_FLR, NULL, &error);

    printf("# function reset: %.1f ms\n", ms_since(start));
    if (device->can_reset)
        ok(!result && is_reset(device), "function reset: CC and CSTS are 0");
    else
        fails(result, EOPNOTSUPP, "function reset");
    if (bring_up(controller))
        identify(controller, BY_INTERRUPT, 100, "by interrupt after a function reset");
    start = now();
    result = lone_controller_do(controller, LONE_ACTION_RESET_HOT, NULL, &error);
    printf("# hot reset: %.1f ms %s\n", ms_since(start), result ? error.text : "");
    if (strcmp(hot, "ok") != 0) {
        ok(result && !strcmp(lone_errno_name(-result), hot), "hot reset cannot work here");
        if (result == -EOPNOTSUPP || bring_up(controller))
            identify(controller, BY_INTERRUPT, 10, "by interrupt all the same");
        return;
    }
    ok(!result && is_reset(device), "hot reset: CC and CSTS are 0");
    if (bring_up(controller))
        identify(controller, BY_INTERRUPT, 100, "by interrupt after a hot reset");
}

static void test_flr_by_hand(struct lone_controller *controller, uint16_t pxdc)
{
    uint32_t value;
    uint64_t start;
    int result = lone_controller_config_read(controller, pxdc, 2, &value, &error);

    start = now();
    if (!result)
        result = lone_controller_config_write(controller, pxdc, 2, value | 0x8000, &error);
    printf("# PXDC.IFLR=1: %.1f ms\n", ms_since(start));
    ok(!result && is_reset(lone_controller_device(controller)), "PXDC.IFLR=1: CC and CSTS are 0");
    if (bring_up(controller))
        identify(controller, BY_INTERRUPT, 100, "by interrupt after PXDC.IFLR=1");
}

static struct lone_device *open_it(const char *slot)
{
    struct lone_device *device = NULL;
    uint64_t start = now();

    if (lone_vfio_open(slot, &device, &error)) {
        ok(false, "open");
        return NULL;
    }
    printf("# open: %.1f ms\n", ms_since(start));
    return device;
}

static void close_it(struct lone_controller *controller)
{
    uint64_t start = now();

    lone_controller_close(controller);
    printf("# close: %.1f ms\n", ms_since(start));
}

static void test_controller(const char *slot)
{
    struct lone_device *device = open_it(slot);
    const struct lone_capability_at *found;
    struct lone_controller *controller;
    size_t n;

    if (!device || !ok(!lone_controller_open(&controller, device, &error), "a controller on it"))
        return;
    found = lone_controller_capabilities(controller, &n);
    test_dropped(device, found, n);
    test_table(device);
    if (bring_up(controller)) {
        identify(controller, POLLED, ROUNDS, "polled");
        identify(controller, BY_INTERRUPT, ROUNDS, "by MSI-X");
        test_resets(controller);
        if (capability(found, n, "PXCAP"))
            test_flr_by_hand(controller, capability(found, n, "PXCAP") + 8);
    }
    close_it(controller);
}

/* Without MSI and MSI-X the driver takes INTx. */
static void test_intx(const char *slot)
{
    struct lone_device *device = open_it(slot);
    struct lone_controller *controller;
    bool has_intx;

    if (!device)
        return;
    has_intx = device->n_vectors[LONE_INTERRUPTS_INTX];
    fails(lone_device_intx_unmask(device, &error), EINVAL, "INTx unmasked although it is off");
    device->n_vectors[LONE_INTERRUPTS_MSIX] = device->n_vectors[LONE_INTERRUPTS_MSI] = 0;
    if (lone_controller_open(&controller, device, &error)) {
        ok(false, "a controller without MSI-X");
        return;
    }
    if (has_intx && bring_up(controller))
        identify(controller, BY_INTERRUPT, 100, "by INTx");
    close_it(controller);
}

static void test_vectors(struct lone_device *device)
{
    unsigned most = device->n_vectors[LONE_INTERRUPTS_MSIX];
    int fds[64];

    if (most > 64)
        most = 64;
    for (unsigned i = 0; i < most; i++)
        fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ok(!lone_device_interrupts(device, LONE_INTERRUPTS_MSIX, 1, fds, &error), "one MSI-X vector");
    ok(!lone_device_interrupts(device, LONE_INTERRUPTS_MSIX, most, fds, &error), "more of them");
    ok(!lone_device_interrupts(device, LONE_INTERRUPTS_INTX, 1, fds, &error), "INTx instead");
    ok(!lone_device_intx_unmask(device, &error), "INTx unmasked");
    ok(!lone_device_interrupts(device, LONE_INTERRUPTS_MSIX, most, fds, &error), "MSI-X again");
    ok(!lone_device_interrupts(device, LONE_INTERRUPTS_NONE, 0, NULL, &error), "off");
    ok(!lone_device_interrupts(device, LONE_INTERRUPTS_NONE, 0, NULL, &error), "off when they are off");
    fails(lone_device_interrupts(device, LONE_INTERRUPTS_MSIX, 4096, fds, &error), EINVAL, "too many vectors");
    for (unsigned i = 0; i < most; i++)
        close(fds[i]);
}

static unsigned open_fds(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void test_bare(const char *slot)
{
    struct lone_device *device = open_it(slot), *second;
    const struct lone_capability_at *found;
    struct lone_controller *controller;
    int trouble, release;
    uint16_t pm;
    uint64_t start;
    size_t n;

    if (!ok(device != NULL, "open"))
        return;
    for (int fd = 3; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
            ok(false, "a descriptor that is not close-on-exec");
    lone_device_event_fds(device, &trouble, &release);
    ok(trouble >= 0 && release >= 0, "both event descriptors");
    test_identity(device);
    test_refusals(device);
    test_dma(device);
    test_vectors(device);
    test_stranger();
    test_decoding(device);
    fails(lone_vfio_open(slot, &second, &error), EBUSY, "opened twice");
    if (lone_controller_open(&controller, device, &error)) {
        ok(false, "a controller on it");
        return;
    }
    found = lone_controller_capabilities(controller, &n);
    pm = capability(found, n, "PMCAP");
    if (pm)
        test_power(device, pm + 4);
    start = now();
    lone_controller_close(controller);
    printf("# close: %.1f ms\n", ms_since(start));
}

static void test_repeated(const char *slot, unsigned times)
{
    unsigned before = open_fds(), opened = 0;
    uint64_t start = now();

    for (unsigned i = 0; i < times; i++) {
        struct lone_device *device;
        uint64_t vs;

        if (lone_vfio_open(slot, &device, &error))
            break;
        if (!lone_device_bar_read(device, 0, 8, 4, &vs, &error) && vs >> 16 == 1)
            opened++;
        lone_device_close(device);
    }
    printf("# %u times open and close: %.1f ms each\n", times, ms_since(start) / times);
    ok(opened == times, "opened and closed again and again");
    ok(open_fds() == before, "no descriptor left");
}

/* --- For scripts
 * ------------------------------------------------------------------------------------------------------ */

static int hold(const char *slot)
{
    struct lone_device *device;
    struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};
    uint64_t start;

    if (lone_vfio_open(slot, &device, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    lone_device_event_fds(device, &fds[0].fd, &fds[1].fd);
    printf("holding\n");
    fflush(stdout);
    if (poll(fds, 2, 60000) <= 0)
        printf("nothing came\n");
    if (fds[0].revents)
        printf("trouble\n");
    start = now();
    lone_device_close(device);
    printf("released\n# close: %.1f ms\n", ms_since(start));
    return 0;
}

static int watch(const char *slot)
{
    struct pollfd end = {.fd = 0, .events = POLLIN};
    struct lone_device *device;
    int before = 1;
    uint64_t start;

    if (lone_vfio_open(slot, &device, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    while (poll(&end, 1, 20) == 0) {
        uint64_t value;
        uint32_t word;
        int result = lone_device_bar_read(device, 0, 8, 4, &value, &error);

        if (!result) /* where nobody answers, QEMU's memory reads as 0: only configuration space is all ones */
            result = lone_device_config_read(device, 8, 4, &word, &error);
        if (result == before)
            continue;
        before = result;
        printf("%s %s\n", result ? lone_errno_name(-result) : "ok", result ? error.text : "");
        fflush(stdout);
    }
    start = now();
    lone_device_close(device);
    printf("closed\n# close: %.1f ms\n", ms_since(start));
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[2] : "all";
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};

    if (argc < 2) {
        fprintf(stderr, "usage: vfio_probe SLOT [all|open|hold|watch]\n");
        return 2;
    }
    if (!strcmp(what, "open")) {
        struct lone_device *device;
        int result = lone_vfio_open(argv[1], &device, &error);

        printf("%s\n", result ? lone_errno_name(-result) : "ok");
        if (result)
            fprintf(stderr, "%s\n", error.text);
        else
            lone_device_close(device);
        return result != 0;
    }
    if (!strcmp(what, "hold"))
        return hold(argv[1]);
    if (!strcmp(what, "watch"))
        return watch(argv[1]);
    sigaction(SIGBUS, &action, NULL);
    test_bare(argv[1]);
    test_controller(argv[1]);
    test_intx(argv[1]);
    test_repeated(argv[1], argc > 3 ? (unsigned)atoi(argv[3]) : 100);
    printf("1..%u\n# %u failures\n", number, failures);
    return failures != 0;
}
