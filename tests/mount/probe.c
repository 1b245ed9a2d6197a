/* SPDX-License-Identifier: MIT */
/* What the mount tests need and a shell cannot do: single system calls whose errno is printed by name (OK if there is
 * none). Every operation is bounded: a process that is still at it after LIMIT seconds is ended by SIGALRM, and prints
 * nothing. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static char buffer[MIB + 8];

static const char usage[] =
    "write FILE TEXT                  TEXT and a newline in one write(2)\n"
    "write-raw FILE HEX [OFFSET]      bytes in one pwrite(2)\n"
    "write-size FILE COUNT [CHAR]     COUNT bytes in one write(2), the last one a newline\n"
    "writes FILE TEXT...              each TEXT and a newline as a write(2) of its own, one descriptor; one answer a "
    "line\n"
    "write-nonblock FILE TEXT         write, opened O_NONBLOCK\n"
    "read FILE                        the file to stdout; the errno to stderr\n"
    "read-nonblock FILE               read, opened O_NONBLOCK\n"
    "pread FILE LENGTH OFFSET         one pread(2), in hex to stdout; the errno to stderr\n"
    "reread FILE                      read to the end, lseek 0, read to the end again\n"
    "poll FILE MS                     READABLE, ERROR, … or TIMEOUT\n"
    "wait-by FILE HOW MS              poll, select or epoll, or spin (reads without blocking till the answer is not "
    "EAGAIN); then\n"
    "                                 what a read says, and the ms since it was opened; or TIMEOUT\n"
    "move HOW FILE TO                 all of it by sendfile, splice or copy_file_range to a file, or to stdout (-)\n"
    "map shared|private FILE LENGTH   its first bytes through mmap(2), in hex, or SIGBUS, or an errno\n"
    "sizes -                          of the files that stdin names those whose size is wrong, and how many are right\n"
    "fallocate FILE OFFSET LENGTH     posix_fallocate(3)\n"
    "open FILE r|w|rw                 open(2)\n"
    "stat FILE                        size, mode in octal, links\n"
    "path OPERATION PATH [OTHER]      mkdir rmdir unlink creat mknod fifo symlink link rename truncate chmod (OTHER: "
    "path, size or mode)\n"
    "interrupt SIGNAL MS read|write FILE [TEXT]  SIGNAL (default disposition) arrives MS ms into the operation\n"
    "handle SIGNAL MS read|write FILE [TEXT]     the same with a handler, without SA_RESTART\n"
    "sigchld MS read|write FILE [TEXT]           a background child ends meanwhile, handler without SA_RESTART\n"
    "                                 these three print: how it ended (errno, OK, or KILLED and the signal), and the "
    "ms it took\n"
    "series MS read|write FILE TEXT SIGNAL...    each SIGNAL to a process that is asleep in the operation, MS apart; "
    "with "
    "a\n"
    "                                 handler without SA_RESTART, KILL and names like INT! without; prints how it "
    "ended,\n"
    "                                 and the ms since the last signal\n"
    "readers N FILE                   N processes that read FILE; READY when all are blocked; at the end of stdin "
    "kills them,\n"
    "                                 and prints how many were: answered N killed N\n";

static const char *name_of(int error)
{
    return error == 0 ? "OK" : strerrorname_np(error);
}

static int say(int error)
{
    printf("%s\n", name_of(error));
    return error != 0;
}

/* The answer of an operation whose standard output is for the data. */
static int say_aside(int error)
{
    fflush(stdout);
    fprintf(stderr, "%s\n", name_of(error));
    return error != 0;
}

static _Noreturn void wrong(void)
{
    fputs(usage, stderr);
    exit(99);
}

static long long number(const char *text)
{
    char *end = NULL;
    long long value = strtoll(text, &end, 0);
    if (*text == '\0' || *end != '\0') {
        wrong();
    }
    return value;
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void sleep_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
}

/* 0, an errno, or -1 for a short count. */
static int write_once(int fd, const char *bytes, size_t length)
{
    ssize_t count = write(fd, bytes, length);
    return count < 0 ? errno : (size_t)count == length ? 0 : -1;
}

static int say_write(int error)
{
    if (error < 0) {
        puts("SHORT");
        return 1;
    }
    return say(error);
}

static size_t line_of(const char *text)
{
    size_t length = strlen(text);
    if (length > MIB) {
        wrong();
    }
    memcpy(buffer, text, length);
    buffer[length] = '\n';
    return length + 1;
}

static int write_text(const char *path, const char *text, int flags)
{
    int fd = open(path, O_WRONLY | flags);
    if (fd < 0) {
        return errno;
    }
    int error = write_once(fd, buffer, line_of(text));
    close(fd);
    return error;
}

static int write_texts(const char *path, char **texts)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0) {
        return say(errno);
    }
    int failed = 0;
    for (; *texts != NULL; texts++) {
        failed |= say_write(write_once(fd, buffer, line_of(*texts)));
    }
    close(fd);
    return failed;
}

static int write_size(const char *path, long long count, char filler)
{
    if (count < 1 || count > MIB) {
        wrong();
    }
    memset(buffer, filler, (size_t)count);
    buffer[count - 1] = '\n';
    int fd = open(path, O_WRONLY);
    if (fd < 0) {
        return say(errno);
    }
    int error = write_once(fd, buffer, (size_t)count);
    close(fd);
    return say_write(error);
}

static int write_raw(const char *path, const char *hex, long long offset)
{
    size_t length = strlen(hex) / 2;
    if (strlen(hex) % 2 != 0 || length > MIB) {
        wrong();
    }
    for (size_t i = 0; i < length; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        char *end = NULL;
        buffer[i] = (char)strtoul(digits, &end, 16);
        if (*end != '\0') {
            wrong();
        }
    }
    int fd = open(path, O_WRONLY);
    if (fd < 0) {
        return say(errno);
    }
    ssize_t count = pwrite(fd, buffer, length, offset);
    int error = count < 0 ? errno : (size_t)count == length ? 0 : -1;
    close(fd);
    return say_write(error);
}

static int read_rest(int fd, bool print)
{
    for (;;) {
        ssize_t count = read(fd, buffer, MIB);
        if (count <= 0) {
            return count < 0 ? errno : 0;
        }
        if (print) {
            fwrite(buffer, 1, (size_t)count, stdout);
        }
    }
}

static int read_file(const char *path, int flags, bool print)
{
    int fd = open(path, O_RDONLY | flags);
    if (fd < 0) {
        return errno;
    }
    int error = read_rest(fd, print);
    close(fd);
    return error;
}

static int reread(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return say_aside(errno);
    }
    int error = read_rest(fd, true);
    if (error == 0) {
        error = lseek(fd, 0, SEEK_SET) != 0 ? errno : read_rest(fd, true);
    }
    close(fd);
    return say_aside(error);
}

static int pread_once(const char *path, long long length, long long offset)
{
    if (length < 0 || length > MIB) {
        wrong();
    }
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return say_aside(errno);
    }
    ssize_t count = pread(fd, buffer, (size_t)length, offset);
    int error = count < 0 ? errno : 0;
    for (ssize_t i = 0; i < count; i++) {
        printf("%02x", (unsigned char)buffer[i]);
    }
    puts("");
    close(fd);
    return say_aside(error);
}

static int poll_file(const char *path, long long ms)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return say(errno);
    }
    struct pollfd polled = {.fd = fd, .events = POLLIN | POLLPRI};
    int count = poll(&polled, 1, (int)ms);
    if (count < 0) {
        return say(errno);
    }
    if (count == 0) {
        puts("TIMEOUT");
        return 1;
    }
    static const struct {
        short bit;
        const char *name;
    } names[] = {
        {POLLIN, "READABLE"}, {POLLPRI, "PRIORITY"}, {POLLERR, "ERROR"}, {POLLHUP, "HANGUP"}, {POLLNVAL, "INVALID"}};
    const char *separator = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (polled.revents & names[i].bit) {
            printf("%s%s", separator, names[i].name);
            separator = " ";
        }
    }
    puts("");
    close(fd);
    return 0;
}

/* Waits by one of the calls for it, then reads without blocking; tells what the read said, and the milliseconds from
 * the open. */
static int wait_by(const char *how, const char *path, long long ms)
{
    double start = now_ms();
    int fd = open(path, O_RDONLY | O_NONBLOCK), count = -1, error = 0;
    if (fd < 0) {
        return say(errno);
    }
    if (strcmp(how, "poll") == 0) {
        count = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, (int)ms);
    } else if (strcmp(how, "select") == 0) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        count = select(fd + 1, &set, NULL, NULL, &(struct timeval){ms / 1000, ms % 1000 * 1000});
    } else if (strcmp(how, "epoll") == 0) {
        int epoll = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN};
        count = epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0 ? -1 : epoll_wait(epoll, &event, 1, (int)ms);
    } else if (strcmp(how, "spin") == 0) { /* no wait at all: reads until the answer is another one than EAGAIN */
        while ((error = read_rest(fd, false)) == EAGAIN && now_ms() - start < (double)ms) {
            sleep_ms(1);
        }
        count = 1;
    } else {
        wrong();
    }
    if (count <= 0) {
        puts(count < 0 ? name_of(errno) : "TIMEOUT");
        return 1;
    }
    if (strcmp(how, "spin") != 0) {
        error = read_rest(fd, false);
    }
    printf("%s %ld\n", name_of(error), (long)(now_ms() - start));
    close(fd);
    return 0;
}

/* All of @path to @to by calls that move bytes within the kernel. */
static int move_file(const char *how, const char *path, const char *to)
{
    int from = open(path, O_RDONLY);
    int fd = strcmp(to, "-") == 0 ? STDOUT_FILENO : open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t count = 1;
    if (from < 0 || fd < 0) {
        return say_aside(errno);
    }
    while (count > 0) {
        count = strcmp(how, "sendfile") == 0 ? sendfile(fd, from, NULL, MIB)
                : strcmp(how, "splice") == 0 ? splice(from, NULL, fd, NULL, MIB, 0)
                                             : copy_file_range(from, NULL, fd, NULL, MIB, 0);
    }
    return say_aside(count < 0 ? errno : 0);
}

/* Of the files that stdin names, those whose size is wrong: it is what they have, or a block, a power of two of at
 * least 4096 bytes, that they do not exceed. What cannot be read goes to stderr. At last the number of those that hold.
 */
static int check_sizes(void)
{
    char path[4096];
    unsigned long held = 0;
    while (fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        struct stat status;
        off_t length = 0;
        ssize_t count = -1;
        int fd = open(path, O_RDONLY | O_NONBLOCK);
        if (fd >= 0 && fstat(fd, &status) == 0) {
            while ((count = read(fd, buffer, MIB)) > 0) {
                length += count;
            }
        }
        if (count < 0) {
            fprintf(stderr, "%s: %s\n", path, strerror(errno));
        } else if (length == status.st_size ||
                   (length < status.st_size && status.st_size >= 4096 && status.st_size == status.st_blksize &&
                    (status.st_size & (status.st_size - 1)) == 0)) {
            held++;
        } else {
            printf("%s has %lld bytes, and shows %lld in blocks of %ld\n", path, (long long)length,
                   (long long)status.st_size, (long)status.st_blksize);
        }
        close(fd);
    }
    printf("%lu\n", held);
    return 0;
}

static void no_page(int signal)
{
    (void)signal;
    static const char text[] = "SIGBUS\n";
    _exit(write(STDOUT_FILENO, text, sizeof text - 1) < 0);
}

/* The first bytes of a file as a mapping shows them. */
static int map_file(const char *how, const char *path, long long length)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return say(errno);
    }
    signal(SIGBUS, no_page);
    const unsigned char *map =
        mmap(NULL, (size_t)length, PROT_READ, strcmp(how, "shared") == 0 ? MAP_SHARED : MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        return say(errno);
    }
    for (long long i = 0; i < length; i++) {
        printf("%02x", map[i]);
    }
    puts("");
    return 0;
}

static int allocate(const char *path, long long offset, long long length)
{
    int fd = open(path, O_RDWR);
    if (fd < 0) {
        return say(errno);
    }
    return say(posix_fallocate(fd, offset, length));
}

static int open_file(const char *path, const char *how)
{
    int flags = strcmp(how, "r") == 0    ? O_RDONLY
                : strcmp(how, "w") == 0  ? O_WRONLY
                : strcmp(how, "rw") == 0 ? O_RDWR
                                         : -1;
    if (flags < 0) {
        wrong();
    }
    int fd = open(path, flags);
    int error = fd < 0 ? errno : 0;
    if (fd >= 0) {
        close(fd);
    }
    return say(error);
}

static int stat_file(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return say(errno);
    }
    printf("%lld %o %lu\n", (long long)status.st_size, status.st_mode & 07777, (unsigned long)status.st_nlink);
    return 0;
}

static int change_path(const char *operation, const char *path, const char *other)
{
    int result = -1;
    if (strcmp(operation, "mkdir") == 0) {
        result = mkdir(path, 0755);
    } else if (strcmp(operation, "rmdir") == 0) {
        result = rmdir(path);
    } else if (strcmp(operation, "unlink") == 0) {
        result = unlink(path);
    } else if (strcmp(operation, "creat") == 0) {
        result = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    } else if (strcmp(operation, "mknod") == 0) {
        result = mknod(path, S_IFREG | 0644, 0);
    } else if (strcmp(operation, "fifo") == 0) {
        result = mkfifo(path, 0644);
    } else if (other == NULL) {
        wrong();
    } else if (strcmp(operation, "symlink") == 0) {
        result = symlink(other, path);
    } else if (strcmp(operation, "link") == 0) {
        result = link(path, other);
    } else if (strcmp(operation, "rename") == 0) {
        result = rename(path, other);
    } else if (strcmp(operation, "truncate") == 0) {
        result = truncate(path, number(other));
    } else if (strcmp(operation, "chmod") == 0) {
        result = chmod(path, (mode_t)strtoul(other, NULL, 8));
    } else {
        wrong();
    }
    return say(result < 0 ? errno : 0);
}

static int signal_number(const char *name)
{
    if (strncmp(name, "SIG", 3) == 0) {
        name += 3;
    }
    for (int i = 1; i < NSIG; i++) {
        const char *abbreviation = sigabbrev_np(i);
        if (abbreviation != NULL && strcmp(abbreviation, name) == 0) {
            return i;
        }
    }
    wrong();
}

static void do_nothing(int signal)
{
    (void)signal;
}

static int operate(const char *kind, const char *path, const char *text)
{
    return strcmp(kind, "read") == 0 ? read_file(path, 0, false) : write_text(path, text, 0);
}

/* What `interrupt`, `handle` and `sigchld` share. The operation is a child's; its answer comes through a pipe. */
static int during(int signal, bool handled, bool from_child, long ms, char **rest)
{
    const char *kind = rest[0], *path = kind == NULL ? NULL : rest[1];
    if (path == NULL || (strcmp(kind, "write") == 0 ? rest[2] == NULL : strcmp(kind, "read") != 0)) {
        wrong();
    }
    int answers[2];
    if (pipe(answers) != 0) {
        return say(errno);
    }
    fflush(stdout);
    double start = now_ms();
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        struct sigaction action = {.sa_handler = handled ? do_nothing : SIG_DFL};
        sigaction(signal, &action, NULL);
        if (from_child && fork() == 0) {
            sleep_ms(ms);
            _exit(0);
        }
        int error = operate(kind, path, rest[2]);
        _exit(write(answers[1], &error, sizeof error) != sizeof error);
    }
    close(answers[1]);
    if (child < 0) {
        return say(EAGAIN);
    }
    if (!from_child) {
        sleep_ms(ms);
        kill(child, signal);
    }
    int error = 0, status = 0;
    bool answered = read(answers[0], &error, sizeof error) == (ssize_t)sizeof error;
    waitpid(child, &status, 0);
    long took = (long)(now_ms() - start);
    if (answered) {
        printf("%s %ld\n", error < 0 ? "SHORT" : name_of(error), took);
    } else if (WIFSIGNALED(status)) {
        printf("KILLED SIG%s %ld\n", sigabbrev_np(WTERMSIG(status)), took);
    } else {
        printf("NOTHING %ld\n", took);
    }
    return 0;
}

/* A reader says so in the pipe when it has opened the file; from then on it is blocked when it sleeps. */
static bool is_asleep(pid_t pid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    const char *end = fgets(line, sizeof line, file) == NULL ? NULL : strrchr(line, ')');
    fclose(file);
    return end != NULL && (end[2] == 'S' || end[2] == 'D');
}

static int readers(long long count, const char *path)
{
    pid_t pids[1024];
    int opened[2];
    if (count < 1 || count > (long long)(sizeof pids / sizeof *pids)) {
        wrong();
    }
    if (pipe(opened) != 0) {
        return say(errno);
    }
    for (int i = 0; i < count; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            int fd = open(path, O_RDONLY);
            int written = (int)write(opened[1], "", 1);
            _exit(fd < 0 || written != 1 || read_rest(fd, false) != 0);
        }
    }
    for (int i = 0; i < count; i++) {
        char byte;
        if (read(opened[0], &byte, 1) != 1) {
            return say(EIO);
        }
    }
    for (int i = 0; i < count; i++) {
        while (waitid(P_PID, (id_t)pids[i], &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0 && !is_asleep(pids[i])) {
            siginfo_t ended = {0};
            if (waitid(P_PID, (id_t)pids[i], &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
                break;
            }
            sleep_ms(1);
        }
    }
    puts("READY");
    fflush(stdout);
    while (read(STDIN_FILENO, buffer, sizeof buffer) > 0) {
    }
    int answered = 0, killed = 0;
    for (int i = 0; i < count; i++) {
        kill(pids[i], SIGKILL);
    }
    for (int i = 0; i < count; i++) {
        int status = 0;
        waitpid(pids[i], &status, 0);
        answered += WIFEXITED(status);
        killed += WIFSIGNALED(status);
    }
    printf("answered %d killed %d\n", answered, killed);
    return 0;
}

/* A signal of `series`: "CHLD" is handled, "INT!" does what it does by default. */
static int series_signal(const char *word, bool *handled)
{
    char name[16];
    size_t length = strlen(word);
    if (length >= sizeof name) {
        wrong();
    }
    strcpy(name, word);
    *handled = length == 0 || name[length - 1] != '!';
    if (!*handled) {
        name[length - 1] = '\0';
    }
    return signal_number(name);
}

static int operate_when_open(int fd, int report, bool reads, const char *text)
{
    size_t length = reads ? 0 : line_of(text);
    if (fd < 0 || write(report, "", 1) != 1) {
        return errno;
    }
    return reads ? read_rest(fd, false) : write_once(fd, buffer, length);
}

static int series(long ms, bool reads, const char *path, const char *text, char **signals)
{
    int answers[2];
    if (pipe(answers) != 0) {
        return say(errno);
    }
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (char **word = signals; *word != NULL; word++) {
            bool handled;
            int signal = series_signal(*word, &handled);
            struct sigaction action = {.sa_handler = handled ? do_nothing : SIG_DFL};
            sigaction(signal, &action, NULL);
        }
        int error = operate_when_open(open(path, reads ? O_RDONLY : O_WRONLY), answers[1], reads, text);
        _exit(write(answers[1], &error, sizeof error) != sizeof error);
    }
    close(answers[1]);
    char byte;
    bool opened = child > 0 && read(answers[0], &byte, 1) == 1;
    for (int waited = 0; opened && waited < 5000 && !is_asleep(child); waited++) {
        sleep_ms(1);
    }
    for (char **word = signals; *word != NULL && opened; word++) {
        bool handled;
        sleep_ms(ms);
        kill(child, series_signal(*word, &handled));
    }
    double start = now_ms();
    int error = 0, status = 0;
    bool answered = read(answers[0], &error, sizeof error) == (ssize_t)sizeof error;
    waitpid(child, &status, 0);
    if (answered) {
        printf("%s", error < 0 ? "SHORT" : name_of(error));
    } else {
        printf("%s", WIFSIGNALED(status) ? "KILLED" : "NOTHING");
    }
    printf(" %ld\n", (long)(now_ms() - start));
    return 0;
}

int main(int argc, char **argv)
{
    const char *limit = getenv("LIMIT");
    alarm(limit == NULL ? 10 : (unsigned)number(limit));
    if (argc < 3) {
        wrong();
    }
    const char *what = argv[1], *path = argv[2];
    char **rest = argv + 3;
    int arguments = argc - 3;
    if (strcmp(what, "read") == 0) {
        return say_aside(read_file(path, 0, true));
    }
    if (strcmp(what, "read-nonblock") == 0) {
        return say_aside(read_file(path, O_NONBLOCK, true));
    }
    if (strcmp(what, "reread") == 0) {
        return reread(path);
    }
    if (strcmp(what, "sizes") == 0) {
        return check_sizes();
    }
    if (strcmp(what, "stat") == 0) {
        return stat_file(path);
    }
    if (arguments < 1) {
        wrong();
    }
    if (strcmp(what, "write") == 0) {
        return say_write(write_text(path, rest[0], 0));
    }
    if (strcmp(what, "write-nonblock") == 0) {
        return say_write(write_text(path, rest[0], O_NONBLOCK));
    }
    if (strcmp(what, "writes") == 0) {
        return write_texts(path, rest);
    }
    if (strcmp(what, "write-size") == 0) {
        return write_size(path, number(rest[0]), arguments > 1 ? rest[1][0] : 'a');
    }
    if (strcmp(what, "write-raw") == 0) {
        return write_raw(path, rest[0], arguments > 1 ? number(rest[1]) : 0);
    }
    if (strcmp(what, "poll") == 0) {
        return poll_file(path, number(rest[0]));
    }
    if (strcmp(what, "open") == 0) {
        return open_file(path, rest[0]);
    }
    if (strcmp(what, "path") == 0) {
        return change_path(path, rest[0], arguments > 1 ? rest[1] : NULL);
    }
    if (strcmp(what, "readers") == 0) {
        return readers(number(path), rest[0]);
    }
    if (strcmp(what, "sigchld") == 0) {
        return during(SIGCHLD, true, true, (long)number(path), rest);
    }
    if (strcmp(what, "interrupt") == 0) {
        return during(signal_number(path), false, false, (long)number(rest[0]), rest + 1);
    }
    if (strcmp(what, "handle") == 0) {
        return during(signal_number(path), true, false, (long)number(rest[0]), rest + 1);
    }
    if (strcmp(what, "wait-by") == 0 && arguments > 1) {
        return wait_by(rest[0], path, number(rest[1]));
    }
    if (strcmp(what, "move") == 0 && arguments > 1) {
        return move_file(path, rest[0], rest[1]);
    }
    if (strcmp(what, "map") == 0 && arguments > 1) {
        return map_file(path, rest[0], number(rest[1]));
    }
    if (strcmp(what, "fallocate") == 0 && arguments > 1) {
        return allocate(path, number(rest[0]), number(rest[1]));
    }
    if (strcmp(what, "pread") == 0 && arguments > 1) {
        return pread_once(path, number(rest[0]), number(rest[1]));
    }
    if (strcmp(what, "series") == 0 && arguments > 3) {
        return series((long)number(path), strcmp(rest[0], "read") == 0, rest[1], rest[2], rest + 3);
    }
    wrong();
}
