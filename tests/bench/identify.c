/* SPDX-License-Identifier: MIT */
/* What an Identify through liblone costs on the simulator, beside the least that it can be: a hand-over of a word from
 * one thread to another and back, and a copy of 4 KiB. Both in turn, so that what disturbs one disturbs the other. Then
 * what the trace costs while it is off: its hooks alone, as many as an Identify passes, beside that Identify; and while
 * it is on, in turn with that. The figures never fail it, only what does not run. */
#include <dirent.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "nvme/controller.h"
#include "nvme/interrupts.h"
#include "nvme/trace_internal.h"
#include "nvsim/nvsim.h"

#define ROUNDS     400
#define PER_ROUND  100 /* of each kind */
#define SIZE       4096
#define A_SECOND   1000000000ull
#define IDENTIFY   0x06 /* NVMe Base 2.0, 5.17; CNS 01h in CDW10 */
#define CONTROLLER 0x01

enum { MINE, THEIRS };

/* Whose turn it is. Where there are two processors both sides look for it, so that nobody has to be woken. Between the
 * rounds the other side sleeps, so that it is in nobody's way. */
struct hand_over {
    _Alignas(64) _Atomic uint32_t turn;
    _Atomic bool asleep[2];
    sem_t round;
    bool spins;
    _Atomic bool over;
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * A_SECOND + (uint64_t)now.tv_nsec;
}

static void await(struct hand_over *hand_over, uint32_t mine)
{
    while (atomic_load(&hand_over->turn) != mine) {
        if (hand_over->spins)
            continue;
        atomic_store(&hand_over->asleep[mine], true);
        if (atomic_load(&hand_over->turn) != mine)
            syscall(SYS_futex, &hand_over->turn, FUTEX_WAIT_PRIVATE, !mine, NULL, NULL, 0);
        atomic_store(&hand_over->asleep[mine], false);
    }
}

static void give(struct hand_over *hand_over, uint32_t turn)
{
    atomic_store(&hand_over->turn, turn);
    if (atomic_load(&hand_over->asleep[turn]))
        syscall(SYS_futex, &hand_over->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *other_side(void *argument)
{
    struct hand_over *hand_over = argument;

    for (;;) {
        while (sem_wait(&hand_over->round))
            ;
        if (atomic_load(&hand_over->over))
            return NULL;
        for (unsigned i = 0; i < PER_ROUND; i++) {
            await(hand_over, THEIRS);
            give(hand_over, MINE);
        }
    }
}

static void bare(struct hand_over *hand_over, uint64_t *ns)
{
    static uint8_t from[SIZE], to[SIZE];

    sem_post(&hand_over->round);
    for (unsigned i = 0; i < PER_ROUND; i++) {
        uint64_t start = now_ns();

        give(hand_over, THEIRS);
        await(hand_over, MINE);
        memcpy(to, from, SIZE);
        __asm__ volatile("" : : "r"(to) : "memory"); /* the copy is wanted */
        ns[i] = now_ns() - start;
    }
}

static int identify(struct lone_cmd *cmd, uint64_t *ns, struct lone_error *error)
{
    for (unsigned i = 0; i < PER_ROUND; i++) {
        uint64_t start = now_ns();
        int result = lone_cmd_sync(cmd, A_SECOND, error);

        if (result)
            return result;
        ns[i] = now_ns() - start;
    }
    return lone_cmd_status(cmd) ? lone_fail(error, EIO, "Identify: %s", lone_status_name(lone_cmd_status(cmd))) : 0;
}

/* Woken threads are put where the waker runs; two that look for each other must not share a processor: this one has the
 * first, all others have the last. */
static void spread(const cpu_set_t *allowed)
{
    DIR *tasks = opendir("/proc/self/task");
    cpu_set_t first, last;
    struct dirent *task;
    int low = -1, high = -1;

    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, allowed)) {
            low = low < 0 ? i : low;
            high = i;
        }
    CPU_ZERO(&first);
    CPU_ZERO(&last);
    CPU_SET(low, &first);
    CPU_SET(high, &last);
    while (tasks && (task = readdir(tasks)))
        if (atoi(task->d_name))
            sched_setaffinity(atoi(task->d_name), sizeof(last), &last);
    if (tasks)
        closedir(tasks);
    sched_setaffinity(0, sizeof(first), &first);
}

static int by_size(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return (one > other) - (one < other);
}

static double median_us(uint64_t *ns)
{
    qsort(ns, (size_t)ROUNDS * PER_ROUND, sizeof(*ns), by_size);
    return (double)ns[(size_t)ROUNDS * PER_ROUND / 2] / 1000;
}

static int open_controller(struct lone_controller **controller, struct lone_cmd **cmd, struct lone_error *error)
{
    struct lone_device *device;
    int result = lone_nvsim_open(&device, error);

    if (!result)
        result = lone_controller_open(controller, device, error);
    if (!result) /* polled: nobody would look at the eventfds */
        result = lone_controller_interrupts(*controller, LONE_INTERRUPTS_NONE, 0, error);
    if (!result)
        result = lone_controller_admin(*controller, NULL, error);
    if (!result)
        result = lone_controller_do(*controller, LONE_ACTION_ENABLE, NULL, error);
    if (result)
        return result;
    *cmd = lone_cmd_new(*controller);
    if (!*cmd)
        return lone_fail(error, ENOMEM, "no memory for a command");
    (*cmd)->sqe[0] = IDENTIFY;
    (*cmd)->sqe[40] = CONTROLLER;
    return lone_cmd_data_size(*cmd, SIZE, error);
}

static void report(const char *what, double ours_us, double least_us, const char *target)
{
    printf("%-34s %9.4g us %9.4g us %6.3g   %s\n", what, ours_us, least_us, ours_us / least_us, target);
}

static uint64_t ours[ROUNDS * PER_ROUND], other[ROUNDS * PER_ROUND];

static int measure(struct lone_cmd *cmd, struct hand_over *hand_over, struct lone_error *error)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        int result = identify(cmd, ours + (size_t)i * PER_ROUND, error);

        if (result)
            return result;
        bare(hand_over, other + (size_t)i * PER_ROUND);
    }
    report("Identify; hand-over and 4 KiB copy", median_us(ours), median_us(other), "<= 3");
    return 0;
}

/* interface: TR2 */
/* What @n hooks cost that find the trace off. The hook of a register write does most then. */
static double hooks_us(uint64_t n)
{
    struct lone_trace off = {0}, *trace = &off;
    uint64_t start = now_ns();

    for (uint64_t i = 0; i < n * ROUNDS * PER_ROUND; i++) {
        __asm__ volatile(""
                         : "+r"(trace)
                         :
                         : "memory"); /* nothing is known of it: the pointer is looked at each time */
        lone_trace_write(trace, 0, LONE_REG_DOORBELLS, 4, i);
    }
    return (double)(now_ns() - start) / (ROUNDS * PER_ROUND) / 1000;
}

static int measure_trace(struct lone_controller *controller, struct lone_cmd *cmd, struct lone_error *error)
{
    uint64_t recorded = lone_trace_next(controller), hooks;
    double off_us;

    for (unsigned i = 0; i < ROUNDS; i++) {
        int result = identify(cmd, ours + (size_t)i * PER_ROUND, error);

        if (!result)
            result = lone_trace_enable(controller, true, error);
        if (!result)
            result = identify(cmd, other + (size_t)i * PER_ROUND, error);
        lone_trace_enable(controller, false, NULL);
        if (result)
            return result;
    }
    hooks = (lone_trace_next(controller) - recorded) / (ROUNDS * PER_ROUND);
    off_us = median_us(ours);
    report("Hooks, trace off; Identify", hooks_us(hooks), off_us, "<= 0.01");
    report("Identify, trace on; off", median_us(other), off_us, "");
    return 0;
}

int main(void)
{
    struct lone_controller *controller = NULL;
    struct hand_over hand_over = {0};
    struct lone_error error = {0};
    struct lone_cmd *cmd = NULL;
    cpu_set_t cpus;
    pthread_t thread;
    int result;

    sem_init(&hand_over.round, 0, 0);
    CPU_ZERO(&cpus);
    hand_over.spins = !sched_getaffinity(0, sizeof(cpus), &cpus) && CPU_COUNT(&cpus) > 1;
    result = open_controller(&controller, &cmd, &error);
    if (pthread_create(&thread, NULL, other_side, &hand_over))
        return 1;
    if (hand_over.spins)
        spread(&cpus);
    printf("%-34s %12s %12s %6s   %s\n", hand_over.spins ? "liblone, two CPUs, medians" : "liblone, one CPU, medians",
           "liblone", "bare", "ratio", "target");
    if (!result)
        result = measure(cmd, &hand_over, &error);
    if (!result)
        result = measure_trace(controller, cmd, &error);
    if (result)
        fprintf(stderr, "bench: %s\n", error.text);
    atomic_store(&hand_over.over, true);
    sem_post(&hand_over.round);
    pthread_join(thread, NULL);
    lone_controller_close(controller);
    return result ? 1 : 0;
}
