/* SPDX-License-Identifier: MIT */
/* bench LONEFS NULLFS: what lonefs costs above a FUSE file system that does nothing. Everything runs on one CPU, both
 * mounts in turn, so that what disturbs one disturbs the other. The figures never fail it, only what does not run. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S      1000000000ull
#define ROUNDS        250
#define READS         400 /* a round and mount */
#define OPENS         100
#define COMMANDS_NS   (3 * NS_PER_S / 2)
#define IDLE_NS       (5 * NS_PER_S)
#define MOUNT_NS      (5 * NS_PER_S)
#define END_NS        (3 * NS_PER_S)
#define WHOLE_NS      (45 * NS_PER_S)
#define IDENTIFY_SIZE 4096
#define BATCH         32 /* entries a write */
#define SQE_SIZE      64
#define CQE_SIZE      16
#define FLUSH         0x00 /* NVM Command Set: an I/O command without data */

enum { LONE, NULL_FS, MOUNTS };

struct mount {
    const char *name;
    char directory[64];
    char file[96]; /* the one whose reads are timed */
    pid_t pid;
};

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static int failed(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    return -1;
}

/* --- Reads of both mounts in turn --- */

struct samples {
    uint64_t *ns;
    size_t n;
};

static int by_size(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return (one > other) - (one < other);
}

static double median(struct samples *samples)
{
    qsort(samples->ns, samples->n, sizeof(*samples->ns), by_size);
    return (double)samples->ns[samples->n / 2];
}

/* One round of preads of a file that stays open. */
static int time_reads(const char *path, struct samples *samples)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), result = 0;
    char bytes[8];

    if (fd < 0)
        return failed(path);
    for (unsigned i = 0; i < READS && !result; i++) {
        uint64_t start = now_ns();

        if (pread(fd, bytes, sizeof(bytes), 0) <= 0)
            result = failed(path);
        samples->ns[samples->n++] = now_ns() - start;
    }
    close(fd);
    return result;
}

static int time_opens(const char *path, struct samples *samples)
{
    char bytes[8];

    for (unsigned i = 0; i < OPENS; i++) {
        uint64_t start = now_ns();
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            return failed(path);
        if (read(fd, bytes, sizeof(bytes)) <= 0)
            return failed(path);
        close(fd);
        samples->ns[samples->n++] = now_ns() - start;
    }
    return 0;
}

static int compare(const char *what, const char *target, const struct mount mounts[MOUNTS], unsigned per_round,
                   int (*timed)(const char *path, struct samples *samples))
{
    struct samples samples[MOUNTS] = {{0}, {0}};
    double medians[MOUNTS];
    int result = 0;

    for (unsigned i = 0; i < MOUNTS; i++) {
        samples[i].ns = calloc((size_t)ROUNDS * per_round, sizeof(*samples[i].ns));
        if (!samples[i].ns)
            result = failed(what);
    }
    for (unsigned i = 0; i < ROUNDS * MOUNTS && !result; i++)
        result = timed(mounts[i % MOUNTS].file, &samples[i % MOUNTS]);
    if (!result) {
        for (unsigned i = 0; i < MOUNTS; i++)
            medians[i] = median(&samples[i]) / 1000;
        printf("%-34s %9.2f us %9.2f us %6.3f   %s\n", what, medians[LONE], medians[NULL_FS],
               medians[LONE] / medians[NULL_FS], target);
    }
    for (unsigned i = 0; i < MOUNTS; i++)
        free(samples[i].ns);
    return result;
}

/* --- What only lonefs has --- */

static void print_one(const char *what, double value, const char *unit, int digits, const char *target)
{
    printf("%-34s %9.*f %-2s %12s %6s   %s\n", what, digits, value, unit, "-", "-", target);
}

static int open_in(const struct mount *mount, const char *name, int flags)
{
    char path[160];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", mount->directory, name);
    fd = open(path, flags | O_CLOEXEC);
    return fd < 0 ? failed(path) : fd;
}

static int write_in(const struct mount *mount, const char *name, const char *text)
{
    int fd = open_in(mount, name, O_WRONLY), result = 0;

    if (fd < 0)
        return -1;
    if (write(fd, text, strlen(text)) < 0)
        result = failed(name);
    close(fd);
    return result;
}

/* --- Commands, beside the same system calls on the null file system --- */

struct stream {
    int in, out; /* written and read */
};

/* A batch of commands; how many there were, and in *@reads how many reads it took. Negative: failed. */
typedef int batch_function(struct stream *stream, unsigned *reads);

static int run_identify(struct stream *stream, unsigned *reads)
{
    static const char line[] = "run identify CNS=1";

    *reads = 0;
    return write(stream->in, line, sizeof(line) - 1) > 0 ? 1 : -1;
}

static int read_identify(struct stream *stream, unsigned *reads)
{
    char data[IDENTIFY_SIZE];

    *reads = 1;
    return pread(stream->out, data, sizeof(data), 0) == (ssize_t)sizeof(data) ? 1 : -1;
}

static int flush_batch(struct stream *stream, unsigned *reads)
{
    static uint8_t entries[BATCH * SQE_SIZE];
    uint8_t completions[BATCH * CQE_SIZE];
    ssize_t got = 0;

    for (unsigned i = 0; i < BATCH; i++) {
        entries[i * SQE_SIZE] = FLUSH;
        entries[i * SQE_SIZE + 2] = (uint8_t)i; /* CID */
        entries[i * SQE_SIZE + 4] = 1;          /* NSID */
    }
    *reads = 0;
    if (write(stream->in, entries, sizeof(entries)) != (ssize_t)sizeof(entries))
        return -1;
    while (got < (ssize_t)sizeof(completions)) {
        ssize_t n = read(stream->out, completions, sizeof(completions) - (size_t)got);

        if (n <= 0)
            return -1;
        for (ssize_t i = 0; i < n; i += CQE_SIZE)
            if (completions[i + 14] >> 1 || completions[i + 15]) /* not a Successful Completion */
                return -1;
        got += n;
        ++*reads;
    }
    return BATCH;
}

/* The same writes and reads, which nobody does anything for. */
static int null_batch(const struct stream *stream, size_t size, unsigned reads)
{
    static char bytes[BATCH * SQE_SIZE];

    if (size && write(stream->in, bytes, size) != (ssize_t)size)
        return -1;
    for (unsigned i = 0; i < reads; i++)
        if (pread(stream->out, bytes, sizeof(bytes), 0) <= 0)
            return -1;
    return 0;
}

static int rate(const char *what, struct stream *stream, const struct stream *null, size_t size, batch_function *batch)
{
    uint64_t passed[MOUNTS] = {0}, commands = 0;

    while (passed[LONE] < COMMANDS_NS) {
        unsigned reads[BATCH], batches;
        uint64_t start = now_ns();

        for (batches = 0; batches < BATCH; batches++) {
            int n = batch(stream, &reads[batches]);

            if (n < 0)
                return failed(what);
            commands += (unsigned)n;
        }
        passed[LONE] += now_ns() - start;
        start = now_ns();
        for (batches = 0; batches < BATCH; batches++)
            if (null_batch(null, size, reads[batches]))
                return failed("null");
        passed[NULL_FS] += now_ns() - start;
    }
    printf("%-34s %9.0f /s %9.0f /s %6.3f   -\n", what, (double)commands * NS_PER_S / (double)passed[LONE],
           (double)commands * NS_PER_S / (double)passed[NULL_FS], (double)passed[LONE] / (double)passed[NULL_FS]);
    return 0;
}

static int start_controller(const struct mount *mount)
{
    char path[160];

    if (write_in(mount, "ctl", "init queues=1") || write_in(mount, "queues/cq/1/consumer", "file"))
        return -1;
    snprintf(path, sizeof(path), "%s/cmd/bench", mount->directory);
    return mkdir(path, 0700) ? failed(path) : 0;
}

static int commands(const struct mount mounts[MOUNTS])
{
    const struct mount *lone = &mounts[LONE];
    int null = open(mounts[NULL_FS].file, O_RDWR | O_CLOEXEC), result = -1;
    struct stream by_name = {-1, -1}, by_entry = {-1, -1};

    if (null < 0 || start_controller(lone))
        goto out;
    by_name.in = open_in(lone, "cmd/bench/ctl", O_WRONLY);
    by_name.out = open_in(lone, "identify/controller/raw", O_RDONLY);
    by_entry.in = open_in(lone, "queues/sq/1/submit", O_WRONLY);
    by_entry.out = open_in(lone, "queues/cq/1/completions", O_RDONLY);
    if (by_name.in < 0 || by_name.out < 0 || by_entry.in < 0 || by_entry.out < 0)
        goto out;
    result = rate("Identify, run in cmd/NAME/ctl", &by_name, &(struct stream){null, null}, 18, run_identify) ||
             rate("Identify, identify/controller/raw", &by_name, &(struct stream){null, null}, 0, read_identify) ||
             rate("Flush, 32 a write to sq/1/submit", &by_entry, &(struct stream){null, null}, BATCH * SQE_SIZE,
                  flush_batch);
out:
    close(by_name.in);
    close(by_name.out);
    close(by_entry.in);
    close(by_entry.out);
    close(null);
    return result;
}

static int idle(const struct mount *mount)
{
    struct timespec pause = {IDLE_NS / NS_PER_S, 0};
    uint64_t used, start;
    clockid_t clock;

    errno = clock_getcpuclockid(mount->pid, &clock); /* of all its threads */
    if (errno)
        return failed("CPU clock");
    used = clock_ns(clock);
    start = now_ns();
    nanosleep(&pause, NULL);
    used = clock_ns(clock) - used;
    print_one("idle CPU over 5 s", 100.0 * (double)used / (double)(now_ns() - start), "%", 3, "0.0 %");
    return 0;
}

static int resident(const struct mount *mount)
{
    char path[64], line[128];
    unsigned long kib = 0;
    FILE *status;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)mount->pid);
    status = fopen(path, "re");
    while (status && !kib && fgets(line, sizeof(line), status))
        if (sscanf(line, "VmRSS: %lu", &kib) == 1)
            print_one("resident memory", (double)kib / 1024, "MiB", 1, "< 16 MiB");
    if (status)
        fclose(status);
    return kib ? 0 : failed(path);
}

static int measure(const struct mount mounts[MOUNTS])
{
    const struct mount *lone = &mounts[LONE];

    printf("%-34s %12s %12s %6s   %s\n", "one CPU, medians", "lonefs", "null", "ratio", "target");
    return compare("pread of 8 bytes", "<= 1.15", mounts, READS, time_reads) ||
           compare("open, read of 8 bytes, close", "<= 1.25", mounts, OPENS, time_opens) || commands(mounts) ||
           idle(lone) || resident(lone);
}

/* --- Processes and mounts --- */

static bool is_mounted(const struct mount *mount)
{
    char line[1024], where[256];
    FILE *mounts = fopen("/proc/self/mounts", "re");
    bool found = false;

    while (mounts && !found && fgets(line, sizeof(line), mounts))
        found = sscanf(line, "%*s %255s", where) == 1 && !strcmp(where, mount->directory);
    if (mounts)
        fclose(mounts);
    return found;
}

static void nap(void)
{
    struct timespec pause = {0, 5000000};

    nanosleep(&pause, NULL);
}

/* A child that this process's end ends too. Returns 0 in the child. */
static pid_t spawn(const sigset_t *signals)
{
    pid_t parent = getpid(), pid = fork();

    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    sigprocmask(SIG_UNBLOCK, signals, NULL);
    return 0;
}

static int start(struct mount *mount, const char *program, const char *device, const sigset_t *signals)
{
    snprintf(mount->directory, sizeof(mount->directory), "/tmp/lone-bench-%s.XXXXXX", mount->name);
    if (!mkdtemp(mount->directory)) {
        mount->directory[0] = 0;
        return failed("/tmp");
    }
    mount->pid = spawn(signals);
    if (mount->pid < 0)
        return failed("fork");
    if (!mount->pid) {
        if (device)
            execl(program, program, "-f", device, mount->directory, (char *)NULL);
        else
            execl(program, program, "-f", mount->directory, (char *)NULL);
        failed(program);
        _exit(1);
    }
    snprintf(mount->file, sizeof(mount->file), "%s/%s", mount->directory, device ? "nvme/CSTS/value" : "null");
    for (uint64_t end = now_ns() + MOUNT_NS; !is_mounted(mount); nap()) {
        if (waitpid(mount->pid, NULL, WNOHANG)) {
            mount->pid = 0;
            fprintf(stderr, "bench: %s ended instead of mounting\n", program);
            return -1;
        }
        if (now_ns() > end) {
            fprintf(stderr, "bench: %s did not mount\n", program);
            return -1;
        }
    }
    return 0;
}

static void end_child(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGTERM);
    for (uint64_t end = now_ns() + END_NS; now_ns() < end; nap())
        if (waitpid(pid, NULL, WNOHANG))
            return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void unmount(const char *directory)
{
    pid_t pid;

    if (!umount2(directory, MNT_DETACH))
        return;
    pid = fork();
    if (!pid) {
        execlp("fusermount3", "fusermount3", "-u", "-z", "--", directory, (char *)NULL);
        _exit(1);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static void stop(struct mount *mount)
{
    end_child(mount->pid);
    if (!mount->directory[0])
        return;
    if (is_mounted(mount))
        unmount(mount->directory);
    rmdir(mount->directory);
}

/* Waits for *@pid, not for ever and not against a signal: a mount that hangs is let go by the end of its server. */
static int await(pid_t *pid, const sigset_t *signals)
{
    uint64_t end = now_ns() + WHOLE_NS;
    int status;

    for (;;) {
        uint64_t now = now_ns(), left = now < end ? end - now : 0;
        struct timespec timeout = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
        int number;

        if (waitpid(*pid, &status, WNOHANG)) {
            *pid = 0;
            return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
        }
        number = sigtimedwait(signals, NULL, &timeout);
        if (number == SIGCHLD || (number < 0 && errno == EINTR))
            continue;
        fprintf(stderr, "bench: %s\n", number < 0 ? "took too long" : "ended by a signal");
        return -1;
    }
}

static int use_one_cpu(void)
{
    cpu_set_t allowed, one;
    int last = -1;

    if (sched_getaffinity(0, sizeof(allowed), &allowed))
        return failed("CPUs");
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &allowed))
            last = i;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    return sched_setaffinity(0, sizeof(one), &one) ? failed("CPUs") : 0;
}

int main(int argc, char **argv)
{
    struct mount mounts[MOUNTS] = {[LONE] = {.name = "lonefs"}, [NULL_FS] = {.name = "nullfs"}};
    sigset_t signals;
    pid_t worker = 0;
    int result;

    if (argc != 3) {
        fprintf(stderr, "usage: bench LONEFS NULLFS\n");
        return 2;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    result = use_one_cpu() || start(&mounts[LONE], argv[1], "nvsim", &signals) ||
             start(&mounts[NULL_FS], argv[2], NULL, &signals);
    if (!result) {
        worker = spawn(&signals);
        if (!worker)
            exit(measure(mounts) ? 1 : 0);
        result = worker < 0 ? failed("fork") : await(&worker, &signals);
    }
    /* The servers first: without them nothing that the worker waits for lasts. */
    stop(&mounts[LONE]);
    stop(&mounts[NULL_FS]);
    end_child(worker);
    return result ? 1 : 0;
}
