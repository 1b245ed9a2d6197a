/* SPDX-License-Identifier: MIT */
/* The controller's own thread: sleeps until it is woken, and then does whatever there is to do. */
#include "nvsim/nvsim_internal.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void futex(_Atomic uint32_t *word, int operation, uint32_t value, const struct timespec *limit)
{
    syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, limit, NULL, 0);
}

/* The firmware says that it sleeps and then looks once more; we have stored what is new and then look whether it
 * sleeps. With all of these in one order (memory_order_seq_cst), one of the two sees the other. */
void nvsim_firmware_wake(struct nvsim *sim)
{
    if (atomic_load(&sim->asleep) && atomic_exchange(&sim->asleep, false))
        futex(&sim->asleep, FUTEX_WAKE, 1, NULL);
}

void nvsim_firmware_request(struct nvsim *sim, uint32_t requests)
{
    atomic_fetch_or(&sim->requests, requests);
    nvsim_firmware_wake(sim);
}

void nvsim_firmware_reset(struct nvsim *sim, uint32_t request)
{
    uint64_t mine;

    pthread_mutex_lock(&sim->lock);
    mine = ++sim->resets;
    nvsim_firmware_request(sim, request);
    while (sim->resets_done < mine)
        pthread_cond_wait(&sim->done, &sim->lock);
    pthread_mutex_unlock(&sim->lock);
}

static void reset(struct nvsim *sim, uint32_t kinds)
{
    nvsim_controller_reset(sim, kinds);
    pthread_mutex_lock(&sim->lock);
    if (kinds & (NVSIM_FLR | NVSIM_CONVENTIONAL)) {
        nvsim_interrupts_reset(sim);
        nvsim_config_reset(sim);
    }
    sim->resets_done = sim->resets;
    pthread_cond_broadcast(&sim->done);
    pthread_mutex_unlock(&sim->lock);
}

static bool has_news(struct nvsim *sim)
{
    return atomic_load(&sim->requests) || atomic_load(&sim->cc) != sim->controller.cc || nvsim_queues_have_news(sim);
}

/* A host that polls sends its next command within microseconds: waiting that long saves both sides a system call. On a
 * single processor it would only keep the host from running. */
static bool spin(struct nvsim *sim)
{
    enum { LOOKS = 32 }; /* for each at the clock, which takes longer */
    const uint64_t limit_ns = 4000;
    uint64_t start = 0;

    do {
        for (unsigned i = 0; i < LOOKS; i++)
            if (has_news(sim))
                return true;
        if (!start)
            start = nvsim_now_ns();
    } while (nvsim_now_ns() - start < limit_ns);
    return false;
}

/* Whether it was woken or not: the loop looks at everything again. */
static void rest(struct nvsim *sim)
{
    uint64_t wait_ns = nvsim_coalescing_wait(sim);
    const struct timespec limit = {.tv_sec = (time_t)(wait_ns / 1000000000), .tv_nsec = (long)(wait_ns % 1000000000)};

    if (sim->spins && spin(sim))
        return;
    nvsim_queues_rest(sim);
    atomic_store(&sim->asleep, true);
    if (!has_news(sim))
        futex(&sim->asleep, FUTEX_WAIT, true, wait_ns == UINT64_MAX ? NULL : &limit);
    atomic_store(&sim->asleep, false);
}

/* A mask of INTMS has been lifted: MSI keeps what was pending meanwhile. INTx follows when the queues are looked at. */
static void deliver(struct nvsim *sim)
{
    pthread_mutex_lock(&sim->lock);
    nvsim_interrupts_deliver(sim);
    pthread_mutex_unlock(&sim->lock);
}

static void *run(void *argument)
{
    struct nvsim *sim = argument;

    for (;;) {
        uint32_t requests = atomic_load(&sim->requests);

        if (requests)
            requests = atomic_exchange(&sim->requests, 0);
        if (requests & NVSIM_EXIT)
            return NULL;
        if (requests & NVSIM_RESETS)
            reset(sim, requests & NVSIM_RESETS);
        if (requests & NVSIM_INTERRUPTS)
            deliver(sim);
        nvsim_controller_update(sim);
        nvsim_queues_misused(sim, requests);
        if (!nvsim_queues_service(sim, requests & NVSIM_INTERRUPTS))
            rest(sim);
    }
}

static bool several_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1;
}

/* Signals are the program's, not the simulator's: the thread is started with all of them blocked. */
int nvsim_firmware_start(struct nvsim *sim, struct lone_error *error)
{
    sigset_t all, before;
    int number;

    sim->spins = several_processors();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    number = pthread_create(&sim->thread, NULL, run, sim);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number)
        return lone_fail(error, number, "no thread for the simulated controller: %s", strerror(number));
    pthread_setname_np(sim->thread, "nvsim");
    return 0;
}

void nvsim_firmware_stop(struct nvsim *sim)
{
    nvsim_firmware_request(sim, NVSIM_EXIT);
    pthread_join(sim->thread, NULL);
}
