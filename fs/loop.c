/* SPDX-License-Identifier: MIT */
/* The loop over /dev/fuse, interrupts and timers, and the operations that wait in it. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "fs.h"
#include "nvme/events.h"
#include "nvme/queue.h"
#include "nvme/trace.h"
#include "ops.h"

/* How long to look for a completion before sleeping on the interrupt. A sleep and a wake-up cost more than this. */
#define SPIN_NS 10000
/* After an interrupt that was not fatal the kernel sends no second one, so a fatal signal is looked for this often. */
#define SIGNAL_CHECK_NS 50000000
/* Without interrupts, completions are looked for on a timer that slows down to this while nothing comes. */
#define FASTEST_POLL_NS 20000
#define SLOWEST_POLL_NS 10000000
#define EVENT_POLL_NS   100000000 /* while nothing is outstanding but Asynchronous Event Requests */
#define POLL_FILES_NS   10000000

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int op_park(struct op *op, const void *object, uint64_t deadline_ns, uint64_t interval_ns)
{
    op->waits_for = object;
    op->deadline_ns = deadline_ns;
    op->again_ns = interval_ns ? now_ns() + interval_ns : NEVER;
    return PARK;
}

bool wait_is_timed(const struct op *op)
{
    return op->handle->deadline_ns != 0;
}

void wait_timed(struct op *op, uint64_t timeout_ns)
{
    if (!op->handle->started_ns)
        op->handle->started_ns = now_ns();
    op->handle->deadline_ns = op->handle->started_ns + timeout_ns;
}

uint64_t wait_took(const struct op *op)
{
    return now_ns() - op->handle->started_ns;
}

bool wait_is_late(struct op *op)
{
    op->handle->due_ns = op->handle->deadline_ns;
    return now_ns() >= op->handle->deadline_ns;
}

int wait_over(struct op *op, int result)
{
    op->handle->started_ns = op->handle->deadline_ns = 0;
    return result;
}

void op_wake(struct fs *fs, const void *object)
{
    struct op *op;

    TAILQ_FOREACH(op, &fs->parked, link)
    if (op->waits_for == object) {
        op->ready = true;
        fs->any_ready = true;
    }
}

static void op_due(struct op *op)
{
    uint64_t due = op->again_ns < op->deadline_ns ? op->again_ns : op->deadline_ns;

    if (op->interrupted && now_ns() + SIGNAL_CHECK_NS < due)
        due = now_ns() + SIGNAL_CHECK_NS;
    if (due < op->fs->next_due_ns)
        op->fs->next_due_ns = due;
}

/* Runs with libfuse's lock of the request held: only take a note. */
static void on_interrupt(fuse_req_t request, void *data)
{
    struct op *op = data;

    (void)request;
    op->interrupted = true;
    op->fs->next_due_ns = 0;
}

static void op_store(struct op *op)
{
    struct op *copy = malloc(sizeof(*copy));

    if (copy) {
        *copy = *op;
        if (op->kind == OP_WRITE && op->taken) {
            copy->data = NULL;
        } else if (op->kind == OP_WRITE) {
            copy->data = malloc(op->length ? op->length : 1);
            if (copy->data)
                memcpy(copy->data, op->data, op->length);
        }
    }
    if (!copy || (op->kind == OP_WRITE && !op->taken && !copy->data)) {
        free(copy);
        op_abandon(op, ENOMEM);
        return;
    }
    node_get(copy->node);
    /* Blocks of `ns/N/data` are written in the order of the requests. */
    if (op->kind == OP_WRITE && !op->node->class->memory)
        copy->node->writing |= (uint8_t)(1u << op->inode);
    TAILQ_INSERT_TAIL(&op->fs->parked, copy, link);
    op->fs->n_parked++;
    op_due(copy);
    /* Calls back at once if the interrupt has overtaken us. */
    fuse_req_interrupt_func(copy->request, on_interrupt, copy);
}

static void op_free(struct op *op)
{
    struct fs *fs = op->fs;

    TAILQ_REMOVE(&fs->parked, op, link);
    fs->n_parked--;
    if (op->kind == OP_WRITE)
        op->node->writing &= (uint8_t) ~(1u << op->inode);
    node_put(fs, op->node, 1);
    if (op->kind == OP_WRITE)
        free(op->data);
    free(op);
}

void op_run(struct op *op)
{
    if (op_try(op) == PARK)
        op_store(op);
}

/* A line "SigPnd:\t0000000000004002" of /proc/PID/status. */
static uint64_t signal_set(const char *status, const char *name)
{
    const char *line = strstr(status, name);

    return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

/* Does the caller want to get out? FUSE_INTERRUPT comes for every signal; a child that ended is no reason to give up.
 */
static bool wants_out(pid_t tid)
{
    const uint64_t harmless =
        1ull << (SIGCHLD - 1) | 1ull << (SIGCONT - 1) | 1ull << (SIGURG - 1) | 1ull << (SIGWINCH - 1);
    char path[40], status[4096];
    ssize_t length;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return true; /* gone, or in a pid namespace that we cannot see into: do not hold it */
    length = read(fd, status, sizeof(status) - 1);
    close(fd);
    if (length <= 0)
        return true;
    status[length] = 0;
    return ((signal_set(status, "SigPnd:") | signal_set(status, "ShdPnd:")) & ~signal_set(status, "SigBlk:") &
            ~signal_set(status, "SigIgn:") & ~harmless) != 0;
}

/* A read that was interrupted may be repeated: EINTR. A write has had its effect: shells would repeat it, so ECANCELED.
 */
static bool op_cancelled(struct op *op)
{
    if (!op->interrupted || !wants_out(op->tid))
        return false;
    lone_fail(&op->error, op->kind == OP_WRITE ? ECANCELED : EINTR, "the caller was interrupted while it waited");
    op_abandon(op, op->error.number);
    return true;
}

static void run_due(struct fs *fs)
{
    uint64_t now = now_ns();
    struct op *op, *next;

    fs->any_ready = false;
    fs->next_due_ns = NEVER;
    for (op = TAILQ_FIRST(&fs->parked); op; op = next) {
        bool due = op->ready || now >= op->again_ns || now >= op->deadline_ns, ended = false;

        next = TAILQ_NEXT(op, link);
        op->ready = false;
        if (op_cancelled(op))
            ended = true;
        else if (due)
            ended = op_try(op) != PARK;
        if (ended)
            op_free(op);
        else
            op_due(op);
    }
}

int fs_unmount(struct op *op)
{
    fuse_session_exit(op->fs->session);
    return op_park(op, &op->fs->unmounter, NEVER, 0);
}

void op_end_all(struct fs *fs, int number)
{
    struct op *op;

    while ((op = TAILQ_FIRST(&fs->parked))) {
        if (op->waits_for == &fs->unmounter && !fs->unmounter) {
            fs->unmounter = op->request;
            fs->unmounter_length = op->length;
        } else {
            lone_fail(&op->error, number, "the mount ends");
            op_abandon(op, number);
        }
        op_free(op);
    }
}

/* Files that a program polls and that no event announces (wait/…) are looked at on a timer. */
static void notify_polled(struct fs *fs)
{
    struct handle *handle, *next;

    for (handle = LIST_FIRST(&fs->polled); handle; handle = next) {
        struct op op = {.fs = fs, .kind = OP_OTHER, .node = handle->node, .handle = handle, .verb = "poll"};

        next = LIST_NEXT(handle, link);
        if (!op_ready(&op))
            continue;
        fuse_lowlevel_notify_poll(handle->poll);
        fuse_pollhandle_destroy(handle->poll);
        handle->poll = NULL;
        LIST_REMOVE(handle, link);
    }
}

/* Right after a submission the completion is often only microseconds away. Yielding lets a simulator on the same CPU
 * run. */
static void spin_for_completion(struct fs *fs)
{
    uint64_t end = now_ns() + SPIN_NS;
    bool ready = false;

    fs->submitted = false;
    while (!lone_controller_poll(fs->controller) && !ready && now_ns() < end) {
        ready = fs->awaits_cq && lone_cq_ready(fs->controller, fs->awaited_cq);
        sched_yield();
    }
    if (ready)
        op_wake(fs, &fs->interrupted);
    fs->awaits_cq = false;
}

struct pace {
    uint64_t poll_ns; /* where no interrupt announces completions: the current interval of looking for them */
};

/* A request has submitted something: as a rule it can be answered at once. */
static void follow_submission(struct fs *fs, struct pace *pace)
{
    spin_for_completion(fs);
    pace->poll_ns = FASTEST_POLL_NS;
    if (fs->any_ready)
        run_due(fs);
}

/* When the files that programs poll are to be looked at: soon, where nothing announces that one is readable; at the
 * latest when the time of one is up. */
static uint64_t polled_due(struct fs *fs)
{
    const struct handle *handle;
    uint64_t soon = now_ns() + POLL_FILES_NS, due = NEVER;

    LIST_FOREACH(handle, &fs->polled, link)
    {
        const struct node_class *class = handle->node->class;
        bool announced = class->feed || (class->announced && class->announced(fs, handle->node));

        if (!announced && soon < due)
            due = soon;
        if (handle->due_ns < due)
            due = handle->due_ns;
    }
    return due;
}

static uint64_t until(uint64_t due_ns)
{
    uint64_t now = now_ns();

    return due_ns > now ? due_ns - now : 0;
}

/* Events may be told a little later than what somebody waits for. */
static uint64_t poll_interval(const struct fs *fs, const struct pace *pace)
{
    return pace->poll_ns >= SLOWEST_POLL_NS && lone_controller_only_requests(fs->controller) ? EVENT_POLL_NS
                                                                                             : pace->poll_ns;
}

static uint64_t sleep_for(struct fs *fs, const struct pace *pace)
{
    uint64_t wait = NEVER;

    if (fs->any_ready || fs->signalled)
        return 0;
    if (fs->next_due_ns != NEVER)
        wait = until(fs->next_due_ns);
    if (lone_controller_expects(fs->controller) == LONE_EXPECTS_SILENCE) {
        uint64_t poll_ns = poll_interval(fs, pace);

        wait = wait < poll_ns ? wait : poll_ns;
    }
    if (fs->orphan)
        wait = wait < POLL_FILES_NS ? wait : POLL_FILES_NS;
    if (!LIST_EMPTY(&fs->polled)) {
        uint64_t due = polled_due(fs);

        wait = due == NEVER || until(due) > wait ? wait : until(due);
    }
    return wait;
}

static void look_for_completions(struct fs *fs, struct pace *pace)
{
    if (lone_controller_poll(fs->controller))
        pace->poll_ns = FASTEST_POLL_NS;
    else if (pace->poll_ns < SLOWEST_POLL_NS)
        pace->poll_ns += pace->poll_ns / 2;
}

/* --- The end --- */

/* Signals that ask to end come through only in epoll_pwait2 and in serve_requests, where on_end cannot be missed. */
struct signals {
    sigset_t ending; /* they */
    sigset_t asleep; /* the mask without them */
};

static struct fuse_session *to_end;

/* The signal ends the sleep; a read that is only about to begin is ended by O_NONBLOCK. */
static void on_end(int number)
{
    int before = errno;

    (void)number;
    fuse_session_exit(to_end);
    fcntl(fuse_session_fd(to_end), F_SETFL, O_NONBLOCK);
    errno = before;
}

static void catch_signals(struct fs *fs, struct signals *signals)
{
    struct sigaction action = {.sa_handler = on_end};

    to_end = fs->session;
    signals->ending = fs->ending;
    pthread_sigmask(SIG_BLOCK, &signals->ending, NULL);
    pthread_sigmask(SIG_BLOCK, NULL, &signals->asleep);
    for (int number = 1; number < NSIG; number++)
        if (sigismember(&fs->ending, number) == 1) {
            sigdelset(&signals->asleep, number);
            sigaction(number, &action, NULL);
        }
}

/* --- Sleeping until there is something to do --- */

static int receive_one(struct fs *fs, struct fuse_buf *buffer)
{
    int result = fuse_session_receive_buf(fs->session, buffer);

    if (result == -EINTR || result == -EAGAIN)
        return 0;
    if (result <= 0)
        return result;
    lone_controller_poll(fs->controller); /* what has completed by now shows in the answer */
    if (fs->any_ready)                    /* and who waited for it has his, before this request submits the next */
        run_due(fs);
    fuse_session_process_buf(fs->session, buffer);
    return 0;
}

/* A reset whose caller gave up has the same effect on queues and commands as any other. */
static void see_out(struct fs *fs)
{
    uint64_t again_ns;

    lone_action_step(fs->orphan, &again_ns, NULL);
    if (lone_controller_resetting(fs->controller))
        return;
    lone_action_end(fs->orphan);
    fs->orphan = NULL;
}

/* Can nothing but a request or a signal bring work? Interrupts of what has completed already are still to be read; in a
 * trace they shall have their time. */
static bool only_requests(const struct fs *fs)
{
    return !fs->signalled && fs->trouble < 0 && fs->release < 0 && !fs->orphan && TAILQ_EMPTY(&fs->parked) &&
           LIST_EMPTY(&fs->polled) && lone_controller_expects(fs->controller) == LONE_EXPECTS_NOTHING &&
           !lone_trace_enabled(fs->controller);
}

/* Then it is the read of the next request that sleeps: one system call less for each than with epoll. */
static int serve_requests(struct fs *fs, struct fuse_buf *buffer, const struct signals *signals, struct pace *pace)
{
    int fuse = fuse_session_fd(fs->session), result = 0;

    fcntl(fuse, F_SETFL, 0);
    pthread_sigmask(SIG_SETMASK, &signals->asleep, NULL);
    while (!result && only_requests(fs) && !fuse_session_exited(fs->session)) {
        result = receive_one(fs, buffer);
        if (fs->submitted)
            follow_submission(fs, pace);
    }
    pthread_sigmask(SIG_BLOCK, &signals->ending, NULL);
    fcntl(fuse, F_SETFL, O_NONBLOCK);
    return result;
}

/* What epoll reports; interrupt vectors count on from the last one. */
enum { FROM_FUSE, FROM_TROUBLE, FROM_RELEASE, FROM_VECTOR };

static int add_fd(int epoll, int fd, unsigned what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = what};

    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Nobody waits for completions of a queue that has ended; and those that lonefs may take now, or that will be announced
 * from now on, may have come before. */
static void follow_queues(struct fs *fs)
{
    uint64_t changes = lone_controller_queue_changes(fs->controller);

    if (changes == fs->queue_changes)
        return;
    fs->queue_changes = changes;
    lone_controller_poll(fs->controller);
    op_wake(fs, &fs->interrupted);
}

/* The vectors change with their mode; those that are gone have closed their eventfds. */
static int watch_vectors(struct fs *fs)
{
    unsigned n;
    const int *eventfds = lone_controller_eventfds(fs->controller, &n);
    uint64_t changes = lone_controller_vector_changes(fs->controller);

    if (changes == fs->watched_changes && fs->watches)
        return 0;
    fs->watched_changes = changes;
    fs->watches = true;
    for (unsigned i = 0; i < n; i++)
        if (add_fd(fs->epoll, eventfds[i], FROM_VECTOR + i) && errno != EEXIST)
            return -errno;
    return 0;
}

static int watch(struct fs *fs)
{
    int fuse = fuse_session_fd(fs->session);

    fs->epoll = epoll_create1(EPOLL_CLOEXEC);
    /* A request can vanish between epoll's word and the read: that read must not block. */
    if (fs->epoll < 0 || fcntl(fuse, F_SETFL, O_NONBLOCK) || add_fd(fs->epoll, fuse, FROM_FUSE))
        return -errno;
    lone_device_event_fds(lone_controller_device(fs->controller), &fs->trouble, &fs->release);
    if ((fs->trouble >= 0 && add_fd(fs->epoll, fs->trouble, FROM_TROUBLE)) ||
        (fs->release >= 0 && add_fd(fs->epoll, fs->release, FROM_RELEASE)))
        return -errno;
    return watch_vectors(fs);
}

int fs_watch(struct fs *fs, struct lone_error *error)
{
    int result = watch(fs);

    return result ? lone_fail(error, -result, "cannot wait for requests and interrupts: %s", strerror(-result)) : 0;
}

/* The host has something to say about the device. */
static void take_host_event(struct fs *fs, unsigned from)
{
    uint64_t count;

    if (from == FROM_TROUBLE) {
        if (read(fs->trouble, &count, sizeof(count)) == (ssize_t)sizeof(count))
            error_note_event(fs, EIO, "the host saw an uncorrectable error of the device (AER)");
        return;
    }
    /* Whoever unbinds or unplugs it waits until it is closed. */
    error_note_event(fs, ENODEV, "the host wants the device back: lonefs ends");
    fs->taken_away = true;
    fuse_session_exit(fs->session);
}

/* One that was reported before a request changed the mode may be gone. */
static void take_interrupt(struct fs *fs, unsigned vector)
{
    unsigned n;

    lone_controller_eventfds(fs->controller, &n);
    if (vector < n)
        lone_controller_clear_eventfd(fs->controller, vector);
    op_wake(fs, &fs->interrupted);
}

/* Sleeps until the first of a request, an interrupt and a time; *@completions: a completion may have come. */
static int serve_events(struct fs *fs, struct fuse_buf *buffer, const struct signals *signals, const struct pace *pace,
                        bool *completions)
{
    uint64_t wait = sleep_for(fs, pace);
    struct timespec timeout = {(time_t)(wait / NS_PER_S), (long)(wait % NS_PER_S)};
    struct epoll_event events[8];
    int n = epoll_pwait2(fs->epoll, events, 8, wait == NEVER ? NULL : &timeout, &signals->asleep), result = 0;

    if (n < 0)
        return errno == EINTR ? 0 : -errno;
    *completions = n == 0;
    for (int i = 0; i < n && !result; i++) {
        if (events[i].data.u32 == FROM_FUSE) {
            result = receive_one(fs, buffer);
        } else if (events[i].data.u32 < FROM_VECTOR) {
            take_host_event(fs, events[i].data.u32);
        } else {
            take_interrupt(fs, events[i].data.u32 - FROM_VECTOR);
            *completions = true;
        }
    }
    return result;
}

/* Is somebody's time up? Then what has completed is looked at before he is told so: lonefs may have been held up
 * itself. */
static bool is_due(struct fs *fs)
{
    if (fs->next_due_ns == NEVER || now_ns() < fs->next_due_ns)
        return false;
    lone_controller_poll(fs->controller);
    return true;
}

static int run_loop(struct fs *fs, const struct signals *signals)
{
    struct pace pace = {.poll_ns = FASTEST_POLL_NS};
    struct fuse_buf buffer = {0};
    int result = 0;

    while (!result && !fuse_session_exited(fs->session)) {
        bool completions = false, signalled;

        feeds_wake(fs);
        result = watch_vectors(fs);
        if (result)
            break;
        if (only_requests(fs))
            result = serve_requests(fs, &buffer, signals, &pace);
        else
            result = serve_events(fs, &buffer, signals, &pace, &completions);
        signalled = fs->signalled; /* what sets it from here on is for the next round, which does not sleep */
        fs->signalled = false;
        if (fs->submitted)
            follow_submission(fs, &pace);
        else if (completions || signalled || lone_controller_expects(fs->controller) == LONE_EXPECTS_SILENCE)
            look_for_completions(fs, &pace);
        follow_queues(fs);
        if (fs->any_ready || is_due(fs))
            run_due(fs);
        if (fs->orphan)
            see_out(fs);
        if (!LIST_EMPTY(&fs->polled))
            notify_polled(fs);
    }
    free(buffer.mem);
    return result < 0 ? result : 0;
}

int fs_loop(struct fs *fs)
{
    struct signals signals;

    catch_signals(fs, &signals);
    return run_loop(fs, &signals);
}
