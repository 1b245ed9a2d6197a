/* SPDX-License-Identifier: MIT */
/*
 * Measures how long a client waits who has nothing to do with the others: opens, reads and closes FILE every few
 * milliseconds until SIGTERM, then prints one line of JSON. How late the machine itself wakes a process up is measured
 * beside it, since on a busy one that is most of what is seen.
 *
 *     watcher FILE LIMIT       LIMIT: seconds after which a read is said to hang: exit status 1
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_NS = 3000000 };

/* Times in steps of 10 microseconds up to 10 s. */
struct times {
    uint64_t counts[1000000], n, longest_ns;
};

static struct times waits, lateness;
static volatile sig_atomic_t over;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void count(struct times *times, uint64_t ns)
{
    uint64_t step = ns / 10000;

    times->counts[step < 1000000 ? step : 999999]++;
    times->n++;
    if (ns > times->longest_ns)
        times->longest_ns = ns;
}

static double percentile_ms(const struct times *times, double part)
{
    uint64_t rest = (uint64_t)((double)times->n * part);
    size_t i = 0;

    for (; i < 999999 && rest >= times->counts[i]; i++)
        rest -= times->counts[i];
    return (double)(i + 1) / 100;
}

static void print(const char *name, const struct times *times)
{
    printf("\"%s\": {\"n\": %llu, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"longest_ms\": %.2f}", name,
           (unsigned long long)times->n, percentile_ms(times, .5), percentile_ms(times, .99),
           (double)times->longest_ns / 1e6);
}

static void end(int number)
{
    (void)number;
    over = 1;
}

static void hangs(int number)
{
    static const char text[] = "watcher: a read hangs\n";

    (void)number;
    if (write(2, text, sizeof(text) - 1) < 0)
        _exit(2);
    _exit(1);
}

static void look(const char *path, unsigned limit)
{
    char byte[64];
    uint64_t began = now_ns();
    int fd;

    alarm(limit);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (read(fd, byte, sizeof(byte)) < 0 && errno == ENOTCONN)
            over = 1;
        close(fd);
    } else if (errno == ENOTCONN) {
        over = 1;
    }
    alarm(0);
    count(&waits, now_ns() - began);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = end};

    if (argc != 3) {
        fputs("usage: watcher FILE LIMIT\n", stderr);
        return 2;
    }
    sigaction(SIGTERM, &action, NULL);
    signal(SIGALRM, hangs);
    while (!over) {
        struct timespec pause = {0, PAUSE_NS};
        uint64_t began = now_ns();

        if (!nanosleep(&pause, NULL))
            count(&lateness, now_ns() - began - PAUSE_NS);
        if (!over)
            look(argv[1], (unsigned)atoi(argv[2]));
    }
    printf("{");
    print("wait", &waits);
    printf(", ");
    print("wake_up", &lateness);
    printf("}\n");
    return 0;
}
