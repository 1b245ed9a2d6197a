/* SPDX-License-Identifier: MIT */
/*
 * Accesses to mapped BARs, and what becomes of them when the kernel answers with SIGBUS.
 *
 * Each access is one instruction whose address stands in a table (a section of its own), with the address behind it.
 * The handler looks the faulting instruction up there, and if it finds it, lets the thread go on behind it with rcx set
 * to 1, which the access function returns. So an access costs nothing that a plain one would not, needs no state of the
 * thread's, and any number of threads may fault at once.
 */
#include "device/vfio_internal.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#ifdef __x86_64__

struct place {
    int32_t instruction, behind; /* relative to the member itself */
};

/* The linker's names for the ends of a section whose name is an identifier. */
extern const struct place __start_lone_vfio_places[] __attribute__((visibility("hidden")));
extern const struct place __stop_lone_vfio_places[] __attribute__((visibility("hidden")));

#define ACCESS(instruction)                             \
    "1: " instruction "\n"                              \
    "2:\n"                                              \
    ".pushsection lone_vfio_places, \"a\", @progbits\n" \
    ".balign 4\n"                                       \
    ".long 1b - .\n"                                    \
    ".long 2b - .\n"                                    \
    ".popsection\n"

#define LOAD(instruction) \
    __asm__ volatile(ACCESS(instruction) : [value] "+r"(loaded), "+c"(faulted) : [at] "r"(at) : "memory")
#define STORE(instruction) \
    __asm__ volatile(ACCESS(instruction) : "+c"(faulted) : [value] "r"(value), [at] "r"(at) : "memory")

/* movb and movw, which leave the other bits of the register alone, rather than movzx: with that, QEMU's TCG returns
 * bits of the neighbouring bytes when a device model reads more than it was asked for. */
bool lone_vfio_load(const volatile void *at, unsigned width, uint64_t *value)
{
    uint64_t faulted = 0, loaded = 0;

    switch (width) {
    case 1:
        LOAD("movb (%[at]), %b[value]");
        break;
    case 2:
        LOAD("movw (%[at]), %w[value]");
        break;
    case 4:
        LOAD("movl (%[at]), %k[value]");
        break;
    default:
        LOAD("movq (%[at]), %q[value]");
    }
    *value = loaded;
    return !faulted;
}

bool lone_vfio_store(volatile void *at, unsigned width, uint64_t value)
{
    uint64_t faulted = 0;

    switch (width) {
    case 1:
        STORE("movb %b[value], (%[at])");
        break;
    case 2:
        STORE("movw %w[value], (%[at])");
        break;
    case 4:
        STORE("movl %k[value], (%[at])");
        break;
    default:
        STORE("movq %q[value], (%[at])");
    }
    return !faulted;
}

/* Written once, before the handler can run. */
static struct sigaction before;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool works;

static uintptr_t absolute(const int32_t *relative)
{
    return (uintptr_t)relative + (uintptr_t)(intptr_t)*relative;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};

    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(number, info, context);
        return;
    }
    if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
        return;
    }
    if (before.sa_handler == SIG_IGN && info->si_code <= 0) /* sent by somebody; a fault cannot be ignored */
        return;
    sigaction(number, &standard, NULL);
    if (info->si_code <= 0)
        raise(number);
    /* Else the access is repeated on return, and ends the process. */
}

static void handle(int number, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const struct place *place;

    for (place = __start_lone_vfio_places; place < __stop_lone_vfio_places; place++) {
        if (info->si_code > 0 && (uintptr_t)registers[REG_RIP] == absolute(&place->instruction)) {
            registers[REG_RIP] = (greg_t)absolute(&place->behind);
            registers[REG_RCX] = 1;
            return;
        }
    }
    pass_on(number, info, context);
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART}, now;

    sigemptyset(&action.sa_mask);
    /* In two steps, so that `before` is there when the handler runs for the first time. Some sanitizers take the call
     * and keep their own handler. */
    works = !sigaction(SIGBUS, NULL, &before) && !sigaction(SIGBUS, &action, NULL) && !sigaction(SIGBUS, NULL, &now) &&
            now.sa_sigaction == handle;
}

bool lone_vfio_catch(void)
{
    pthread_once(&once, install);
    return works;
}

#else

/* Nothing is mapped here: the kernel makes the accesses, and reports those that fail. */
bool lone_vfio_catch(void)
{
    return false;
}

bool lone_vfio_load(const volatile void *at, unsigned width, uint64_t *value)
{
    (void)at;
    (void)width;
    (void)value;
    return false;
}

bool lone_vfio_store(volatile void *at, unsigned width, uint64_t value)
{
    (void)at;
    (void)width;
    (void)value;
    return false;
}

#endif
