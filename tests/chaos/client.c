/* SPDX-License-Identifier: MIT */
/*
 * A client of the chaos test that makes random system calls on the files of a mount:
 *
 *     client SEED SECONDS PATHS LINES JOURNAL      in the mount's root
 *
 * PATHS has a path a line, LINES what may be written, "PREFIX<TAB>TEXT" a line: TEXT goes to paths that begin with
 * PREFIX (or contain it, if it begins with `*`). What is about to be done is written into JOURNAL before it is done;
 * the last lines say what a client did that hangs. No call may wait longer than a timer that goes off again and again,
 * whose handler interrupts it; one that is not interrupted is found by whoever started this. The sequence of operations
 * comes from SEED alone.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum { MIB = 1 << 20, OPEN = 8, JOURNAL_BYTES = 1 << 20 };

struct line {
    const char *prefix, *text;
};

static uint64_t state;
static char **paths;
static struct line *lines;
static size_t n_paths, n_lines;
static char buffer[MIB + 4096];
static struct {
    int fd;
    char path[512];
} files[OPEN];
static int journal;
static off_t journal_at;

/* splitmix64: any seed will do. */
static uint64_t any(void)
{
    uint64_t x = state += 0x9e3779b97f4a7c15;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static uint64_t below(uint64_t n)
{
    return any() % n;
}

static uint64_t one_of(const uint64_t *values, size_t n)
{
    return values[below(n)];
}

static size_t any_size(void)
{
    static const uint64_t sizes[] = {0,   1,   2,    3,    4,    7,    8,     12,    16,     63,  64,
                                     128, 511, 4095, 4096, 4097, 8192, 32768, 65536, 131072, MIB, MIB};

    return one_of(sizes, ARRAY_SIZE(sizes));
}

static off_t any_offset(void)
{
    static const uint64_t offsets[] = {
        0,    0,    0,    0,    1,    4,     8,       0x14,       0x1c,       64,
        0x28, 4088, 4095, 4096, 4100, 65536, 1 << 20, 0x7fffffff, 1ull << 40, INT64_MAX - 4096};

    return (off_t)one_of(offsets, ARRAY_SIZE(offsets));
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    char line[1024];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof(line) - 2)
        length = sizeof(line) - 2;
    line[length] = '\n';
    if (journal_at > JOURNAL_BYTES)
        journal_at = 0; /* the end is found by its time */
    if (pwrite(journal, line, (size_t)length + 1, journal_at) > 0)
        journal_at += length + 1;
}

/* --- What is operated on --- */

/* Every subtree as often as any other, however many files it has. */
static const char *any_path(void)
{
    static const char *const rooms[] = {"cmd/",   "mem/",      "queues/", "irq/",      "nvme/", "pcie/",
                                        "bar/",   "identify/", "logs/",   "features/", "ns/",   "events/",
                                        "trace/", "sim/",      "cmd/",    "queues/"};
    const char *room = rooms[below(ARRAY_SIZE(rooms))];

    for (int i = 0; i < 200; i++) {
        const char *path = paths[below(n_paths)];

        if (i > 150 || !strncmp(path, room, strlen(room)))
            return path;
    }
    return "status";
}

/* The objects that clients make have numbers for names, so that they meet. */
static const char *any_name(void)
{
    static char name[300];
    const char *path = any_path(), *at = strchr(path, '#');

    if (!at) {
        snprintf(name, sizeof(name), "%s", path);
        if (!below(40))
            snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s", below(2) ? "/" : "x");
        return name;
    }
    snprintf(name, sizeof(name), "%.*s%u%s", (int)(at - path), path, (unsigned)below(4), at + 1);
    at = strchr(name, '#');
    if (at) {
        char rest[300];

        snprintf(rest, sizeof(rest), "%s", at + 1);
        snprintf(name + (at - name), sizeof(name) - (size_t)(at - name), "%u%.250s", (unsigned)below(4), rest);
    }
    return name;
}

static size_t any_text(const char *path)
{
    size_t length;

    switch (below(12)) {
    case 0:
        length = any_size();
        for (size_t i = 0; i < length && i < 4096; i++)
            buffer[i] = (char)any();
        return length;
    case 1:
        return (size_t)snprintf(buffer, sizeof(buffer), "%llu\n", (unsigned long long)(any() >> below(64)));
    case 2:
        return (size_t)snprintf(buffer, sizeof(buffer), "0x%llx", (unsigned long long)(any() >> below(64)));
    case 3:
        length = 4090 + below(12);
        memset(buffer, 'a', length);
        buffer[length - 1] = '\n';
        return length;
    case 4:
        return (size_t)snprintf(buffer, sizeof(buffer), "%s", below(2) ? "\n" : "1\n2\n");
    }
    for (int i = 0; i < 300; i++) {
        const struct line *line = &lines[below(n_lines)];

        if (line->prefix[0] == '*' ? strstr(path, line->prefix + 1) != NULL
                                   : !strncmp(path, line->prefix, strlen(line->prefix)))
            return (size_t)snprintf(buffer, sizeof(buffer), "%s%s", line->text, below(8) ? "\n" : "");
    }
    return (size_t)snprintf(buffer, sizeof(buffer), "%u\n", (unsigned)below(3));
}

static int any_slot(void)
{
    return (int)below(OPEN);
}

/* --- Operations --- */

static void do_open(void)
{
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR};
    int slot = any_slot(), flags = modes[below(4)];

    if (files[slot].fd >= 0)
        close(files[slot].fd);
    snprintf(files[slot].path, sizeof(files[slot].path), "%s", any_name());
    flags |= (below(3) ? 0 : O_NONBLOCK) | (below(6) ? 0 : O_TRUNC) | (below(8) ? 0 : O_APPEND) |
             (below(20) ? 0 : O_CREAT) | (below(20) ? 0 : O_DIRECT) | (below(30) ? 0 : O_DIRECTORY);
    note("%d = open %s 0x%x", slot, files[slot].path, flags);
    files[slot].fd = open(files[slot].path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void do_close(void)
{
    int slot = any_slot();

    note("close %d", slot);
    if (files[slot].fd >= 0)
        close(files[slot].fd);
    files[slot].fd = -1;
}

static void do_read(void)
{
    int slot = any_slot();
    size_t size = any_size();
    off_t offset = below(2) ? -1 : any_offset();

    note("read %d %s size %zu at %jd", slot, files[slot].path, size, (intmax_t)offset);
    if ((offset < 0 ? read(files[slot].fd, buffer, size) : pread(files[slot].fd, buffer, size, offset)) < 0 &&
        errno == ENOSYS)
        abort();
}

static void do_write(void)
{
    int slot = any_slot();
    size_t length = any_text(files[slot].path);
    off_t offset = below(2) ? -1 : any_offset();

    note("write %d %s length %zu at %jd: %.80s", slot, files[slot].path, length, (intmax_t)offset, buffer);
    if ((offset < 0 ? write(files[slot].fd, buffer, length) : pwrite(files[slot].fd, buffer, length, offset)) < 0 &&
        errno == ENOSYS)
        abort();
}

/* As a shell does: open, write, close. */
static void do_echo(void)
{
    const char *path = any_name();
    size_t length = any_text(path);
    int fd;

    note("echo > %s: %.100s", path, buffer);
    fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, buffer, length) < 0 && errno == ENOSYS)
        abort();
    close(fd);
}

static void do_cat(void)
{
    const char *path = any_name();
    ssize_t got;
    int fd, reads = 0;

    note("cat %s", path);
    fd = open(path, O_RDONLY | O_CLOEXEC | (below(2) ? O_NONBLOCK : 0));
    if (fd < 0)
        return;
    while ((got = read(fd, buffer, 65536)) > 0 && ++reads < 64)
        ;
    close(fd);
}

static void do_stat(void)
{
    const char *path = any_name();
    struct stat status;
    struct statvfs vfs;

    note("stat %s", path);
    if (!stat(path, &status) && below(10) == 0)
        statvfs(path, &vfs);
    access(path, (int)below(8));
    getxattr(path, "user.x", buffer, 16);
}

static void do_list(void)
{
    const char *path = any_name();
    DIR *dir;
    long place = 0;

    snprintf(buffer, sizeof(buffer), "%s", path);
    if (strrchr(buffer, '/'))
        *strrchr(buffer, '/') = 0;
    note("list %s", buffer);
    dir = opendir(buffer);
    if (!dir)
        return;
    for (int i = 0; i < 200 && readdir(dir); i++) {
        if (!below(50))
            place = telldir(dir);
        if (!below(100))
            seekdir(dir, place);
    }
    closedir(dir);
}

static void do_make(void)
{
    static const char *const parents[] = {"cmd/", "mem/", "queues/sq/", "queues/cq/"};
    unsigned long long number = below(4);
    char path[64];

    snprintf(path, sizeof(path), "%s%llu", parents[below(4)], number);
    note("mkdir/rmdir %s", path);
    if (below(3))
        mkdir(path, 0700);
    else
        rmdir(path);
}

static void do_change(void)
{
    char path[300];

    snprintf(path, sizeof(path), "%s", any_name());
    note("change %s", path);
    switch (below(10)) {
    case 0:
        unlink(path);
        return;
    case 1:
        rename(path, "cmd/renamed");
        return;
    case 2:
        if (truncate(path, any_offset()))
            return;
        return;
    case 3:
        chmod(path, (mode_t)below(01000) | 0600);
        return;
    case 4:
        utimensat(AT_FDCWD, path, NULL, 0);
        return;
    case 5:
        symlink("x", path);
        return;
    case 6:
        link("README", path);
        return;
    case 7:
        mknod(path, S_IFREG | 0600, 0);
        return;
    case 8:
        if (chown(path, 1, 1))
            return;
        return;
    default:
        if (readlink(path, buffer, 100) < 0)
            return;
    }
}

static void do_descriptor(void)
{
    int slot = any_slot(), fd = files[slot].fd, status;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    void *map;

    note("descriptor %d %s", slot, files[slot].path);
    switch (below(10)) {
    case 0:
        if (ftruncate(fd, any_offset()))
            return;
        return;
    case 1:
        fallocate(fd, (int)below(4), any_offset(), (off_t)any_size());
        return;
    case 2:
        lseek(fd, any_offset(), (int)below(5));
        return;
    case 3:
        map = mmap(NULL, 8192, PROT_READ | (below(2) ? PROT_WRITE : 0), below(2) ? MAP_SHARED : MAP_PRIVATE, fd, 0);
        if (map != MAP_FAILED)
            munmap(map, 8192); /* not touched: beyond the end of a file that would be SIGBUS */
        return;
    case 4:
        fcntl(fd, F_SETLK, &lock);
        return;
    case 5:
        flock(fd, (int)(one_of((const uint64_t[]){LOCK_EX, LOCK_SH, LOCK_UN, LOCK_EX | LOCK_NB}, 4)));
        return;
    case 6:
        fsync(fd);
        return;
    case 7:
        ioctl(fd, FIONREAD, &status);
        return;
    case 8:
        fcntl(fd, F_SETFL, below(2) ? O_NONBLOCK : 0);
        return;
    default:
        posix_fadvise(fd, 0, 4096, POSIX_FADV_DONTNEED);
    }
}

static void do_poll(void)
{
    struct pollfd set[3];

    note("poll");
    for (unsigned i = 0; i < ARRAY_SIZE(set); i++)
        set[i] = (struct pollfd){.fd = files[any_slot()].fd, .events = POLLIN | (below(2) ? POLLOUT : 0)};
    poll(set, ARRAY_SIZE(set), (int)below(30));
}

static void do_copy(void)
{
    int slot = any_slot(), fd = files[slot].fd, pipes[2], zero = open("/dev/null", O_WRONLY | O_CLOEXEC);

    note("copy %d %s", slot, files[slot].path);
    if (!pipe2(pipes, O_CLOEXEC | O_NONBLOCK)) {
        off_t offset = any_offset();

        switch (below(3)) {
        case 0:
            sendfile(zero, fd, below(2) ? NULL : &offset, any_size());
            break;
        case 1:
            splice(fd, below(2) ? NULL : &offset, pipes[1], NULL, any_size() | 1, SPLICE_F_NONBLOCK);
            break;
        default:
            copy_file_range(fd, NULL, files[any_slot()].fd, NULL, any_size(), 0);
        }
        close(pipes[0]);
        close(pipes[1]);
    }
    close(zero);
}

static const struct {
    void (*function)(void);
    unsigned weight;
} operations[] = {{do_open, 10}, {do_close, 4},       {do_read, 14}, {do_write, 10}, {do_echo, 25},
                  {do_cat, 20},  {do_stat, 6},        {do_list, 4},  {do_make, 8},   {do_poll, 6},
                  {do_copy, 4},  {do_descriptor, 10}, {do_change, 3}};

static void operate(void)
{
    unsigned all = 0, drawn;

    for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
        all += operations[i].weight;
    drawn = (unsigned)below(all);
    for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
        if (drawn < operations[i].weight) {
            operations[i].function();
            return;
        }
        drawn -= operations[i].weight;
    }
}

/* --- Beginning --- */

static char **read_lines(const char *path, size_t *n)
{
    FILE *file = fopen(path, "r");
    char **all = NULL, *line = NULL;
    size_t room = 0;

    *n = 0;
    if (!file) {
        perror(path);
        exit(99);
    }
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        all = realloc(all, (*n + 1) * sizeof(*all));
        all[(*n)++] = strdup(line);
    }
    free(line);
    fclose(file);
    return all;
}

static void read_texts(const char *path)
{
    char **all = read_lines(path, &n_lines);

    lines = calloc(n_lines + 1, sizeof(*lines));
    for (size_t i = 0; i < n_lines; i++) {
        lines[i].prefix = strsep(&all[i], "\t");
        lines[i].text = all[i] ? all[i] : "";
    }
    free(all);
}

static void nothing(int number)
{
    (void)number;
}

/* A handler without SA_RESTART interrupts what waits. */
static void be_interrupted(void)
{
    struct sigaction action = {.sa_handler = nothing};
    struct itimerval often = {{0, 80000 + (suseconds_t)below(200000)}, {0, 100000}};

    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    setitimer(ITIMER_REAL, &often, NULL);
}

int main(int argc, char **argv)
{
    time_t end;

    if (argc != 6) {
        fputs("usage: client SEED SECONDS PATHS LINES JOURNAL, in the root of a mount\n", stderr);
        return 99;
    }
    state = strtoull(argv[1], NULL, 0);
    end = time(NULL) + atoi(argv[2]);
    paths = read_lines(argv[3], &n_paths);
    read_texts(argv[4]);
    journal = open(argv[5], O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    for (int i = 0; i < OPEN; i++)
        files[i].fd = -1;
    if (!n_paths || !n_lines || journal < 0)
        return 99;
    be_interrupted();
    while (time(NULL) < end)
        operate();
    return 0;
}
