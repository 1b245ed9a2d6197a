/* SPDX-License-Identifier: MIT */
#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- Signals --- */

static bool nohup;

void life_ending_signals(sigset_t *set)
{
    static const int others[] = {/* cannot be caught, or do not end a process */
                                 SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH,
                                 /* faults */
                                 SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS,
                                 /* ignored: the write that is too long, or that nobody reads, fails */
                                 SIGXFSZ, SIGPIPE};

    sigfillset(set);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        sigdelset(set, others[i]);
    if (nohup)
        sigdelset(set, SIGHUP);
}

/* A program that starts another hands down what it has ignored and blocked. */
static void reset_signals(void)
{
    struct sigaction action;
    sigset_t none;

    nohup = !sigaction(SIGHUP, NULL, &action) && action.sa_handler == SIG_IGN;
    for (int number = 1; number < NSIG; number++)
        if ((number != SIGHUP || !nohup) && !sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN)
            signal(number, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* --- Descriptors --- */

static int open_standard(struct lone_error *error)
{
    int fd = 0;

    while (fd <= 2 && fcntl(fd, F_GETFD) >= 0)
        fd++;
    for (; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return lone_fail(error, errno, "descriptor %d is closed, and cannot be made /dev/null: %s", fd,
                             strerror(errno));
    return 0;
}

/* As far as the administrator lets the user. */
static void raise_limit(int what)
{
    struct rlimit limit;

    if (!getrlimit(what, &limit) && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(what, &limit);
    }
}

int life_begin(struct lone_error *error)
{
    reset_signals();
    raise_limit(RLIMIT_NOFILE); /* a vector takes one, and a device may have 2048 */
    raise_limit(RLIMIT_FSIZE);  /* memory for the device is a file */
    return open_standard(error);
}

/* --- The background --- */

/* The child has said what there is to say, unless it could not. */
static _Noreturn void wait_for_mount(pid_t child, int report)
{
    char byte;
    int status = 0;

    if (read(report, &byte, 1) == 1)
        _exit(EXIT_SUCCESS);
    if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status))
        _exit(WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        fprintf(stderr, "lonefs: ended by signal %d (%s) before it had mounted\n", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    _exit(EXIT_FAILURE);
}

/* Somebody may wait for the end of a pipe, or for a lock. */
static void close_inherited(int but)
{
    if (but > 3)
        close_range(3, (unsigned)but - 1, 0);
    close_range((unsigned)but + 1, UINT_MAX, 0);
}

int life_detach(struct life *life, struct lone_error *error)
{
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC))
        return lone_fail(error, errno, "cannot make a pipe: %s", strerror(errno));
    child = fork();
    if (child < 0)
        return lone_fail(error, errno, "cannot fork: %s", strerror(errno));
    if (child) {
        close(ends[1]);
        wait_for_mount(child, ends[0]);
    }
    close_inherited(ends[1]);
    life->report = ends[1];
    life->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (life->null < 0)
        return lone_fail(error, errno, "cannot open /dev/null: %s", strerror(errno));
    return chdir("/") ? lone_fail(error, errno, "cannot enter /: %s", strerror(errno)) : 0;
}

void life_report(struct life *life)
{
    setsid(); /* not before: until the mount stands, Ctrl-C is for us, too */
    for (int fd = 0; fd <= 2; fd++)
        dup2(life->null, fd);
    close(life->null);
    if (write(life->report, "", 1) != 1)
        errno = 0; /* nobody waits any more */
    close(life->report);
    life->null = life->report = -1;
}
