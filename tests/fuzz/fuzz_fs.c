/* SPDX-License-Identifier: MIT */
/*
 * Hostile clients, to all of lonefs behind FUSE: the input is a script of system calls as several clients would make
 * them on the files of a mount of the simulator, with lines that are right, nearly right and wrong, in any order, with
 * interrupts, polls, locks and files that are forgotten meanwhile. It enters at the requests of <linux/fuse.h> only,
 * and finds the names by walking the tree. Whatever it has done, another client is answered, a function reset and
 * `init` bring the controller back, every request has one answer, and the mount can be ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "../../fs/fs.h"
#include "fuzz.h"
#include "kernel.h"

#define PATIENCE_MS 30000
#define SCRIPT_MS   300 /* the time that one script may take before what is left of it is dropped */
#define SOCKET_SIZE (1 << 20)
#define PATHS       4096u
#define PER_FOLDER  40u
#define DEPTH       6

struct script {
    const uint8_t *at, *end;
};

static uint8_t byte(struct script *script)
{
    return script->at < script->end ? *script->at++ : 0;
}

static uint16_t word(struct script *script)
{
    uint8_t high = byte(script);

    return (uint16_t)(high << 8 | byte(script));
}

/* ---- the mount ---- */

static ssize_t take_request(int fd, void *bytes, size_t size, void *data)
{
    (void)data;
    return read(fd, bytes, size);
}

static ssize_t give_answer(int fd, struct iovec *vectors, int n, void *data)
{
    (void)data;
    return writev(fd, vectors, n);
}

static void say_nothing(enum fuse_log_level level, const char *format, va_list arguments)
{
    (void)level, (void)format, (void)arguments;
}

static void *serve(void *data)
{
    struct fs *fs = data;

    fs_loop(fs); /* it says that the connection broke, as it does */
    fs_free(fs);
    return NULL;
}

struct mount {
    struct kernel kernel;
    pthread_t thread;
};

static void begin(struct mount *mount, uint8_t options)
{
    static const struct fuse_custom_io io = {.writev = give_answer, .read = take_request};
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    struct fs *fs = fs_new();
    const int size = SOCKET_SIZE;
    int ends[2];

    MUST(fs);
    fuse_set_log_func(say_nothing);
    fs->options.device = strdup("nvsim");
    fs->options.read_only = !(options & 0xf);
    fs->options.allow_other = options >> 4 & 1;
    fs->options.reg64 = options & 0x20 ? strdup("one") : NULL;
    fs->timeout_ns = 20000000;
    MUST(!fs_open(fs, NULL) && !fuse_opt_add_arg(&arguments, "fuzz_fs"));
    fs->session = fuse_session_new(&arguments, &fs_operations, sizeof(fs_operations), fs);
    fuse_opt_free_args(&arguments);
    MUST(fs->session && !socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
    for (int i = 0; i < 2; i++)
        if (setsockopt(ends[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
            setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    MUST(!fuse_session_custom_io(fs->session, &io, ends[0]) && !fs_watch(fs, NULL));
    MUST(!pthread_create(&mount->thread, NULL, serve, fs));
    kernel_init(&mount->kernel, ends[1]);
}

static void end(struct mount *mount)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    kernel_end(&mount->kernel);
    MUST(!pthread_timedjoin_np(mount->thread, NULL, &until));
}

/* ---- paths ---- */

static char paths[PATHS][128];
static unsigned n_paths;

/* What is not listed. */
static const char *const hidden[] = {
    "nvme/wait/CSTS.RDY=1",
    "nvme/wait/CC.EN=0,CSTS.SHST=2,timeout=0.01",
    "nvme/wait/CSTS.RDY=2",
    "pcie/wait/CMD.BME=1,timeout=0.001",
    "pcie/wait/PXCAP.PXDS.TP=1",
    "irq/vectors/0/wait/count=1",
    "irq/vectors/1/wait/count=100000,timeout=1",
    "identify/CNS=0x1c/raw",
    "identify/CNS=0,NSID=2/json",
    "identify/namespace/3/NSZE",
    "identify/CNS=1,OPC=6/raw",
    "identify/user_data_format/1/text",
    "logs/LID=2,NUMD=127/raw",
    "logs/smart,NSID=1/CTEMP",
    "logs/LID=0,LPO=4/raw",
    "logs/error/5/text",
    "logs/LID=0xc0,NUMD=0xffffff/raw",
    "logs/persistent_events,LSP=1/raw",
    "features/FID=4,THSEL=1/current/TMPTH",
    "features/temperature_threshold,TMPSEL=1/saved/value",
    "features/number_of_queues/current/NSQR",
    "features/FID=0xc0/default/raw",
    "ns/1/data",
    "ns/2/data",
    "ns/77/data",
    "cmd/clone",
    "events/stream",
    "trace/pipe",
    "trace/pipe_json",
    "queues/sq/0/submit",
    "queues/sq/1/submit",
    "queues/sq/1/place",
    "queues/sq/7/submit",
    "queues/cq/0/completions",
    "queues/cq/1/completions",
    "queues/cq/5/completions",
    "cmd/a/sqe/CDW10",
    "cmd/a/result/raw",
    "no/such/path",
    "cmd/b",
    "cmd/b/ctl",
    "cmd/b/data",
    "mem/n/size",
};

/* Lines that mean something to a file, so that a script comes further than to errors. */
static const char *const lines[][2] = {
    {"ctl", "init"},
    {"ctl", "init queues=3 entries=8"},
    {"ctl", "enable"},
    {"ctl", "disable"},
    {"ctl", "shutdown"},
    {"ctl", "shutdown abrupt"},
    {"ctl", "reset controller"},
    {"ctl", "reset flr"},
    {"ctl", "reset subsystem"},
    {"ctl", "reset hot"},
    {"ctl", "unmount"},
    {"timeout", "0.01"},
    {"queues/ctl", "admin"},
    {"queues/ctl", "admin sq=2 cq=2"},
    {"queues/ctl", "admin sq=4096 cq=4096 mps=65536"},
    {"queues/ctl", "io 4"},
    {"queues/ctl", "io 2 entries=3"},
    {"queues/ctl", "delete"},
    {"queues/sq/7/CQID", "5"},
    {"queues/cq/5/ctl", "create"},
    {"queues/sq/7/ctl", "create"},
    {"queues/cq/5/ctl", "delete"},
    {"queues/sq/7/ctl", "delete"},
    {"queues/sq/7/ctl", "adopt"},
    {"queues/sq/0/ctl", "adopt"},
    {"queues/sq/1/ctl", "ring"},
    {"queues/sq/1/ctl", "ring 3"},
    {"queues/sq/1/ctl", "delete"},
    {"queues/cq/5/consumer", "file"},
    {"queues/cq/1/consumer", "none"},
    {"queues/cq/1/consumer", "auto"},
    {"queues/cq/1/head", "1"},
    {"queues/sq/7/mem", "m+4096"},
    {"queues/cq/5/mem", "m"},
    {"queues/cq/5/entries", "17"},
    {"irq/mode", "poll"},
    {"irq/mode", "msix"},
    {"irq/mode", "msix vectors=2"},
    {"irq/mode", "intx"},
    {"irq/mode", "msi"},
    {"irq/vectors/0/mask", "1"},
    {"irq/vectors/0/mask", "0"},
    {"cmd/a/ctl", "run identify CNS=1"},
    {"cmd/a/ctl", "submit identify CNS=2"},
    {"cmd/a/ctl", "submit asynchronous_event_request"},
    {"cmd/a/ctl", "run read NSID=1 SLBA=8 NLB=7"},
    {"cmd/a/ctl", "run write NSID=2 SLBA=0 NLB=300"},
    {"cmd/a/ctl", "submit write NSID=1 SLBA=1 NLB=0xffff"},
    {"cmd/a/ctl", "set compare NSID=1 SLBA=8"},
    {"cmd/a/ctl", "set dataset_management NSID=1 NR=3 AD=1"},
    {"cmd/a/ctl", "run get_log_page LID=2 NUMDL=127 NSID=0xffffffff"},
    {"cmd/a/ctl", "run set_features FID=4 TMPTH=300 THSEL=UNDER"},
    {"cmd/a/ctl", "run format_nvm NSID=2 LBAFL=1"},
    {"cmd/a/ctl", "run get_features FID=2"},
    {"cmd/a/ctl", "run read NSID=1 NLB=7 PRP1=0x1000 PRP2=0xdead0000"},
    {"cmd/a/ctl", "run read NLB=7 PSDT=1 SGL1.ADDR=0x1000 SGL1.LENGTH=32 SGL1.TYPE=LAST_SEGMENT NSID=1"},
    {"cmd/a/ctl", "run create_io_sq QID=9 QSIZE=7 PC=1 CQID=1 PRP1=0x200000"},
    {"cmd/a/ctl", "run delete_io_sq QID=1"},
    {"cmd/a/ctl", "run abort cmd=b"},
    {"cmd/a/ctl", "run abort SQID=0 CID=1"},
    {"cmd/a/ctl", "run"},
    {"cmd/a/ctl", "submit"},
    {"cmd/a/ctl", "abort"},
    {"cmd/a/ctl", "reset"},
    {"cmd/a/ctl", "run 0xc1"},
    {"cmd/b/ctl", "run write NSID=1 SLBA=8"},
    {"cmd/b/ctl", "submit flush NSID=1"},
    {"cmd/b/fuse", "a"},
    {"cmd/b/mem", "m"},
    {"cmd/a/opcode", "read"},
    {"cmd/a/opcode", "get_features"},
    {"cmd/a/queue", "1"},
    {"cmd/a/queue", "auto"},
    {"cmd/a/timeout", "0.001"},
    {"cmd/a/pointers", "sgl"},
    {"cmd/a/pointers", "manual"},
    {"cmd/a/sgl", "block=512 bucket=1024 block segment=3"},
    {"cmd/a/sgl", "block segment=2 metadata=sgl"},
    {"cmd/a/data_size", "8192"},
    {"cmd/a/data_size", "1000000"},
    {"cmd/a/data_size", "auto"},
    {"cmd/a/data_offset", "100"},
    {"cmd/a/mem", "m"},
    {"cmd/a/mem_offset", "1000"},
    {"cmd/a/mem", "host"},
    {"cmd/a/prp_list", "m+4088"},
    {"cmd/a/cid", "7"},
    {"cmd/a/sqe/NSID", "1"},
    {"cmd/a/sqe/CDW10", "0xffffffff"},
    {"mem/m/size", "65536"},
    {"mem/m/size", "4096"},
    {"mem/m/where", "cmb"},
    {"mem/m/where", "pmr"},
    {"mem/m/where", "host"},
    {"mem/m/access", "r"},
    {"mem/m/ctl", "map"},
    {"mem/m/ctl", "unmap"},
    {"ns/ctl", "scan"},
    {"events/outstanding", "4"},
    {"events/outstanding", "256"},
    {"features/asynchronous_event/current/value", "SHCW.TTC=1"},
    {"features/temperature_threshold/current/TMPTH", "300"},
    {"features/host_memory_buffer/current/value", "EHM=1"},
    {"trace/enable", "1"},
    {"trace/size", "3"},
    {"trace/reads", "1"},
    {"nvme/CC/EN", "1"},
    {"nvme/CC/EN", "0"},
    {"nvme/CC/value", "0x460001"},
    {"nvme/NSSR/value", "0x4e564d65"},
    {"pcie/CMD/value", "0"},
    {"pcie/CMD/BME", "1"},
    {"pcie/caps/PXCAP/PXDC/IFLR", "1"},
};

/* Words that a line can be changed with. */
static const char *const words[] = {"0",
                                    "-1",
                                    "0xffffffff",
                                    "18446744073709551615",
                                    "18446744073709551616",
                                    "auto",
                                    "none",
                                    "a",
                                    "b",
                                    "m",
                                    "m+4096",
                                    "=",
                                    "NSID=1",
                                    "CNS=",
                                    "PRP1=0x1000",
                                    "1e9",
                                    "\xff",
                                    "LBAF.0.MS",
                                    "timeout=0",
                                    "0b1",
                                    "run",
                                    "queue",
                                    "RANGE.0.LEN=8",
                                    "\t",
                                    "%s%n"};

/* ---- walking ---- */

/* The node of a path; *@parent: its directory. */
static struct kernel_node *walk(struct kernel *kernel, const char *path)
{
    struct kernel_node *node = kernel->nodes;
    char name[256];

    while (*path && node) {
        size_t length = strcspn(path, "/");

        if (!node->directory)
            return NULL;
        memcpy(name, path, length < 255 ? length : 255);
        name[length < 255 ? length : 255] = 0;
        node = kernel_lookup(kernel, node, name);
        path += length + (path[length] == '/');
    }
    return node;
}

static void explore(struct kernel *kernel, const char *path, unsigned depth)
{
    struct kernel_node *node = walk(kernel, path);
    struct kernel_file *file = node && node->directory ? kernel_open(kernel, node, O_RDONLY) : NULL;
    char(*names)[128] = calloc(PER_FOLDER, sizeof(*names));
    unsigned n = 0;

    MUST(names);
    if (node && *path && n_paths < PATHS)
        snprintf(paths[n_paths++], sizeof(*paths), "%s", path);
    for (uint64_t offset = 0; file && kernel_read(kernel, file, 4096, offset, PATIENCE_MS) && kernel->answer.size;) {
        for (size_t at = 0; at < kernel->answer.size;) {
            struct fuse_dirent entry;

            memcpy(&entry, kernel->answer.bytes + at, FUSE_NAME_OFFSET);
            if (kernel->answer.bytes[at + FUSE_NAME_OFFSET] != '.' && n < PER_FOLDER)
                snprintf(names[n++], sizeof(*names), "%s%s%.*s", path, *path ? "/" : "", (int)entry.namelen,
                         (const char *)kernel->answer.bytes + at + FUSE_NAME_OFFSET);
            offset = entry.off;
            at += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);
        }
        if (n == PER_FOLDER)
            break;
    }
    if (file)
        kernel_release(kernel, file);
    for (unsigned i = 0; i < n && depth < DEPTH && n_paths < PATHS; i++)
        explore(kernel, names[i], depth + 1);
    free(names);
}

static bool echo(struct kernel *kernel, const char *path, const void *line, size_t size, int ms)
{
    struct kernel_node *node = walk(kernel, path);
    struct kernel_file *file = node && !node->directory ? kernel_open(kernel, node, O_WRONLY | O_TRUNC) : NULL;
    bool done = file && kernel_write(kernel, file, line, (uint32_t)size, 0, ms);

    if (file)
        kernel_release(kernel, file);
    return done;
}

static void make(struct kernel *kernel, const char *directory, const char *name)
{
    const struct fuse_mkdir_in in = {.mode = 0755};
    const struct kernel_part parts[] = {{&in, sizeof(in)}, {name, strlen(name) + 1}};
    struct kernel_node *node = walk(kernel, directory);
    uint64_t unique = node && node->directory ? kernel_send(kernel, FUSE_MKDIR, node, NULL, NULL, 0, 0, parts, 2) : 0;

    if (unique)
        kernel_wait(kernel, unique, PATIENCE_MS);
}

static void remove_directory(struct kernel *kernel, const char *directory, const char *name)
{
    struct kernel_node *node = walk(kernel, directory);
    uint64_t unique = node && node->directory ? kernel_send(kernel, FUSE_RMDIR, node, NULL, NULL, 0, 0,
                                                            &(struct kernel_part){name, strlen(name) + 1}, 1)
                                              : 0;

    if (unique)
        kernel_wait(kernel, unique, PATIENCE_MS);
}

static void make_objects(struct kernel *kernel)
{
    make(kernel, "cmd", "a");
    make(kernel, "cmd", "b");
    make(kernel, "mem", "m");
    make(kernel, "queues/cq", "5");
    make(kernel, "queues/sq", "7");
}

/* Once: the names, as a mount has them on which everything has been set up. Arrays that are all alike are cut short. */
static void learn(void)
{
    static struct mount mount;
    static const char *const roots[] = {"queues", "cmd",  "mem",  "irq", "ns",   "events",   "trace",
                                        "bar",    "nvme", "pcie", "sim", "logs", "features", "identify"};

    begin(&mount, 0xff);
    mount.kernel.answer_ms = PATIENCE_MS;
    make_objects(&mount.kernel);
    MUST(echo(&mount.kernel, "ctl", "init", 4, PATIENCE_MS));
    echo(&mount.kernel, "mem/m/size", "65536", 5, PATIENCE_MS);
    echo(&mount.kernel, "cmd/a/ctl", "run identify CNS=1", 18, PATIENCE_MS);
    for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
        snprintf(paths[n_paths++], sizeof(*paths), "%s", hidden[i]);
    /* Not one of them takes the room of the others. */
    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
        unsigned before = n_paths;

        explore(&mount.kernel, roots[i], 1);
        MUST(n_paths > before);
        if (n_paths - before > PATHS / 16)
            n_paths = before + PATHS / 16;
    }
    explore(&mount.kernel, "", DEPTH);
    MUST(n_paths > 500);
    end(&mount);
}

/* ---- what a script can do ---- */

struct client {
    struct kernel *kernel;
    struct script script;
    struct kernel_node *node; /* where it was last */
    char line[4400];
};

static const char *choose_path(struct client *client)
{
    return paths[word(&client->script) % n_paths];
}

static struct kernel_node *choose_node(struct client *client)
{
    struct kernel_node *node = &client->kernel->nodes[byte(&client->script) % KERNEL_NODES];

    if (client->node && !client->node->id)
        client->node = NULL;
    return node->id && byte(&client->script) & 1 ? node : client->node ? client->node : client->kernel->nodes;
}

static struct kernel_file *choose_file(struct client *client)
{
    unsigned first = byte(&client->script);

    for (unsigned i = 0; i < KERNEL_FILES; i++)
        if (client->kernel->files[(first + i) % KERNEL_FILES].open)
            return &client->kernel->files[(first + i) % KERNEL_FILES];
    return NULL;
}

static uint64_t number(struct client *client)
{
    static const uint64_t telling[] = {0,    1,     2,       3,        4,          7,          8,
                                       63,   64,    255,     256,      4095,       4096,       4097,
                                       8192, 65535, 1 << 20, 1u << 31, 1ull << 32, 1ull << 40, INT64_MAX - 65536};
    uint8_t kind = byte(&client->script);

    return kind < 0xe0 ? telling[kind % (sizeof(telling) / sizeof(*telling))] : word(&client->script);
}

static uint32_t some_size(struct client *client)
{
    return (uint32_t)(number(client) % (KERNEL_LARGEST + 1));
}

/* Noise of the script's own. */
static size_t raw(struct client *client)
{
    size_t size = byte(&client->script);

    for (size_t i = 0; i < size; i++)
        client->line[i] = (char)byte(&client->script);
    return size;
}

/* A line, as it stands or changed. */
static size_t choose_line(struct client *client, const char *line)
{
    size_t size = strlen(line);
    uint8_t change = byte(&client->script);

    memcpy(client->line, line, size);
    if (change & 0x80)
        return raw(client);
    if (change & 1 || !size)
        size += (size_t)sprintf(client->line + size, " %s",
                                words[byte(&client->script) % (sizeof(words) / sizeof(*words))]);
    if (change & 2)
        client->line[byte(&client->script) % size] = (char)byte(&client->script);
    if (change & 4)
        size = byte(&client->script) % (size + 1);
    if (change & 8) {
        memset(client->line + size, 'x', 4200 - size);
        size = 4000 + byte(&client->script) % 200u;
    }
    if (change & 16)
        client->line[size++] = '\n';
    return size;
}

static int patience(struct client *client)
{
    return byte(&client->script) & 3 ? 30 : 0;
}

static void write_line(struct client *client)
{
    unsigned which = byte(&client->script) % (sizeof(lines) / sizeof(*lines));
    const char *path = byte(&client->script) & 7 ? lines[which][0] : choose_path(client);
    size_t size = choose_line(client, lines[which][1]);

    echo(client->kernel, path, client->line, size, patience(client));
}

static void read_path(struct client *client)
{
    struct kernel_node *node = walk(client->kernel, choose_path(client));
    struct kernel_file *file;

    client->node = node ? node : client->node;
    if (!node)
        return;
    file = kernel_open(client->kernel, node, O_RDONLY | (byte(&client->script) & 1 ? O_NONBLOCK : 0));
    if (!file)
        return;
    kernel_read(client->kernel, file, some_size(client), byte(&client->script) & 7 ? 0 : number(client),
                patience(client));
    if (byte(&client->script) & 3)
        kernel_release(client->kernel, file);
}

static void write_path(struct client *client)
{
    struct kernel_node *node = walk(client->kernel, choose_path(client));
    struct kernel_file *file;
    size_t size = choose_line(client, words[byte(&client->script) % (sizeof(words) / sizeof(*words))]);

    client->node = node ? node : client->node;
    if (!node || node->directory)
        return;
    file = kernel_open(client->kernel, node, byte(&client->script) & 1 ? O_WRONLY : O_RDWR);
    if (!file)
        return;
    kernel_write(client->kernel, file, client->line, (uint32_t)size, byte(&client->script) & 3 ? 0 : number(client),
                 patience(client));
    if (byte(&client->script) & 3)
        kernel_release(client->kernel, file);
}

static void go(struct client *client)
{
    struct kernel_node *node = walk(client->kernel, choose_path(client));

    client->node = node ? node : client->node;
}

static bool is_name(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, "..");
}

static void look_up(struct client *client)
{
    struct kernel_node *node = choose_node(client);

    client->line[raw(client)] = 0;
    if (node->directory && is_name(client->line))
        kernel_lookup(client->kernel, node, client->line);
}

static void open_file(struct client *client)
{
    static const uint32_t flags[] = {O_RDONLY,       O_WRONLY, O_RDWR, O_RDONLY | O_NONBLOCK, O_WRONLY | O_APPEND,
                                     O_RDWR | O_SYNC};

    kernel_open(client->kernel, choose_node(client), flags[byte(&client->script) % 6]);
}

static void read_file(struct client *client)
{
    struct kernel_file *file = choose_file(client);

    if (file && (file->flags & O_ACCMODE) != O_WRONLY)
        kernel_read(client->kernel, file, some_size(client), number(client), patience(client));
}

static void write_file(struct client *client)
{
    static const uint8_t zeros[KERNEL_LARGEST];
    struct kernel_file *file = choose_file(client);
    size_t size;

    if (!file || file->node->directory || (file->flags & O_ACCMODE) == O_RDONLY)
        return;
    if (byte(&client->script) & 1) {
        kernel_write(client->kernel, file, zeros, some_size(client), number(client), patience(client));
        return;
    }
    size = choose_line(client, lines[byte(&client->script) % (sizeof(lines) / sizeof(*lines))][1]);
    kernel_write(client->kernel, file, client->line, (uint32_t)size, number(client), patience(client));
}

static void release_file(struct client *client)
{
    struct kernel_file *file = choose_file(client);

    if (file)
        kernel_release(client->kernel, file);
}

static void change_mode(struct client *client)
{
    const struct fuse_setattr_in in = {
        .valid = word(&client->script) & 0x7fffu, .mode = word(&client->script), .size = number(client)};

    kernel_send(client->kernel, FUSE_SETATTR, choose_node(client), NULL, NULL, 0, 0,
                &(struct kernel_part){&in, sizeof(in)}, 1);
}

static const char *object_name(struct client *client)
{
    static const char *const names[] = {"a", "b", "m", "n", "5", "7", "1", "0", "65535", "clone", "a+4096", ".x"};
    unsigned which = byte(&client->script);

    if (which < 0xf0)
        return names[which % 12];
    client->line[raw(client)] = 0;
    return is_name(client->line) ? client->line : "a";
}

static void make_or_remove(struct client *client)
{
    static const char *const folders[] = {"cmd", "mem", "queues/sq", "queues/cq", ""};
    const char *folder = folders[byte(&client->script) % 5];
    const char *name = object_name(client);

    if (byte(&client->script) & 1)
        make(client->kernel, folder, name);
    else
        remove_directory(client->kernel, folder, name);
}

static void poll_file(struct client *client)
{
    struct kernel_file *file = choose_file(client);
    struct fuse_poll_in in = {.kh = client->kernel->polls + 1, .flags = byte(&client->script) & 1, .events = 1};

    if (!file || file->node->directory)
        return;
    client->kernel->polls++;
    in.fh = file->handle;
    kernel_send(client->kernel, FUSE_POLL, file->node, file, NULL, 0, 0, &(struct kernel_part){&in, sizeof(in)}, 1);
}

static void lock_file(struct client *client)
{
    static const uint32_t kinds[] = {F_RDLCK, F_WRLCK, F_UNLCK};
    struct kernel_file *file = choose_file(client);
    struct fuse_lk_in in = {.lk_flags = FUSE_LK_FLOCK, .lk.type = kinds[byte(&client->script) % 3]};

    if (!file || file->node->directory)
        return;
    in.fh = in.owner = file->handle;
    kernel_send(client->kernel, byte(&client->script) & 1 ? FUSE_SETLK : FUSE_SETLKW, file->node, file, NULL, 0, 0,
                &(struct kernel_part){&in, sizeof(in)}, 1);
}

static void interrupt(struct client *client)
{
    const struct kernel_request *request = &client->kernel->pending[byte(&client->script) % KERNEL_PENDING];
    uint64_t unique = client->kernel->unique - 2u * (byte(&client->script) % 4);

    kernel_interrupt(client->kernel, request->unique ? request->unique : unique);
}

static void forget(struct client *client)
{
    struct kernel_node *node = choose_node(client);

    kernel_forget(client->kernel, node, 1 + byte(&client->script) % 3);
}

/* Requests on an open file that nobody implements, or hardly. */
static void file_request(struct client *client)
{
    struct kernel_file *file = choose_file(client);
    uint64_t a = number(client), b = number(client);

    if (!file)
        return;
    {
        const struct fuse_lseek_in seek = {.fh = file->handle, .offset = a, .whence = byte(&client->script) % 5};
        const struct fuse_ioctl_in control = {.fh = file->handle, .cmd = (uint32_t)a, .arg = b, .in_size = 0};
        const struct fuse_fallocate_in allocate = {
            .fh = file->handle, .offset = a, .length = b, .mode = byte(&client->script) & 3};
        const struct fuse_copy_file_range_in copy = {.fh_in = file->handle,
                                                     .off_in = a,
                                                     .nodeid_out = file->node->id,
                                                     .fh_out = file->handle,
                                                     .off_out = b,
                                                     .len = a};
        const struct fuse_flush_in flush = {.fh = file->handle, .lock_owner = file->handle};
        const struct fuse_fsync_in sync = {.fh = file->handle, .fsync_flags = byte(&client->script) & 1};
        const struct fuse_getattr_in attributes = {.getattr_flags = FUSE_GETATTR_FH, .fh = file->handle};
        const struct {
            uint32_t opcode;
            struct kernel_part part;
        } requests[] = {{FUSE_LSEEK, {&seek, sizeof(seek)}},
                        {FUSE_IOCTL, {&control, sizeof(control)}},
                        {FUSE_FALLOCATE, {&allocate, sizeof(allocate)}},
                        {FUSE_COPY_FILE_RANGE, {&copy, sizeof(copy)}},
                        {FUSE_FLUSH, {&flush, sizeof(flush)}},
                        {FUSE_FSYNC, {&sync, sizeof(sync)}},
                        {FUSE_GETATTR, {&attributes, sizeof(attributes)}}};
        unsigned which = byte(&client->script) % 7;

        if (!file->node->directory)
            kernel_send(client->kernel, requests[which].opcode, file->node, file, NULL, 0, 0, &requests[which].part, 1);
    }
}

/* Requests on a name or a node that are refused, or answered from what is known. */
static void node_request(struct client *client)
{
    struct kernel_node *node = choose_node(client);
    const struct fuse_mknod_in mknod = {.mode = 0100644};
    const struct fuse_create_in create = {.flags = O_WRONLY, .mode = 0644};
    const struct fuse_rename2_in move = {.newdir = FUSE_ROOT_ID};
    const struct fuse_link_in hard = {.oldnodeid = node->id};
    const struct fuse_getattr_in attributes = {0};
    const struct fuse_access_in may = {.mask = byte(&client->script) & 7};
    const struct fuse_getxattr_in extended = {.size = 100};
    const struct kernel_part name = {"some name", 10}, other = {"another", 8};
    const struct {
        uint32_t opcode;
        bool directory;
        struct kernel_part parts[3];
        unsigned n;
    } requests[] = {{FUSE_MKNOD, true, {{&mknod, sizeof(mknod)}, name}, 2},
                    {FUSE_CREATE, true, {{&create, sizeof(create)}, name}, 2},
                    {FUSE_UNLINK, true, {name}, 1},
                    {FUSE_RENAME2, true, {{&move, sizeof(move)}, name, other}, 3},
                    {FUSE_SYMLINK, true, {name, other}, 2},
                    {FUSE_LINK, true, {{&hard, sizeof(hard)}, name}, 2},
                    {FUSE_GETATTR, false, {{&attributes, sizeof(attributes)}}, 1},
                    {FUSE_STATFS, false, {{0}}, 0},
                    {FUSE_ACCESS, false, {{&may, sizeof(may)}}, 1},
                    {FUSE_GETXATTR, false, {{&extended, sizeof(extended)}, name}, 2},
                    {FUSE_LISTXATTR, false, {{&extended, sizeof(extended)}}, 1},
                    {FUSE_READLINK, false, {{0}}, 0}};
    unsigned which = byte(&client->script) % 12;

    if (!requests[which].directory || node->directory)
        kernel_send(client->kernel, requests[which].opcode, node, NULL, NULL, 0, 0, requests[which].parts,
                    requests[which].n);
}

/* Who asks: a process whose signals can be seen, one that is gone, one of another pid namespace. */
static void be_another(struct client *client)
{
    const uint32_t tids[] = {(uint32_t)getpid(), 0, 0x3fffffff, 1};

    client->kernel->tid = tids[byte(&client->script) % 4];
}

static void pause_a_little(struct client *client)
{
    kernel_wait(client->kernel, 0, byte(&client->script) % 8);
}

static void (*const acts[])(struct client *) = {
    write_line,   write_path, read_path,  go,         look_up,        open_file,   read_file,  write_file,
    release_file, poll_file,  lock_file,  interrupt,  make_or_remove, change_mode, forget,     file_request,
    node_request, be_another, write_line, write_line, read_path,      read_path,   write_path, pause_a_little,
};
enum { WRITE_LINE = 0, READ_PATH = 2, N_ACTS = sizeof(acts) / sizeof(*acts) };

/* ---- before and after ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Another client, with patience. False: it may not open the file, for the script has changed its mode. */
static bool may_write(struct kernel *kernel, const char *path, const char *line)
{
    struct kernel_node *node = walk(kernel, path);
    struct kernel_file *file = node ? kernel_open(kernel, node, O_WRONLY) : NULL;

    if (!file)
        return false;
    if (!kernel_write(kernel, file, line, (uint32_t)strlen(line), 0, PATIENCE_MS)) {
        fprintf(stderr, "%s > %s: %s\n", line, path, strerror(-kernel->answer.error));
        node = walk(kernel, "error");
        file = node ? kernel_open(kernel, node, O_RDONLY) : NULL;
        if (file && kernel_read(kernel, file, 4096, 0, PATIENCE_MS))
            fprintf(stderr, "%.*s", (int)kernel->answer.size, (const char *)kernel->answer.bytes);
        abort();
    }
    kernel_release(kernel, file);
    return true;
}

/* Another client is answered, and the controller can be brought back. */
static void check(struct kernel *kernel)
{
    struct kernel_node *node;
    struct kernel_file *file;

    for (unsigned i = 0; i < KERNEL_FILES; i++)
        kernel_release(kernel, &kernel->files[i]);
    kernel_wait(kernel, 0, 0);
    kernel->tid = (uint32_t)getpid();
    kernel->answer_ms = PATIENCE_MS;
    if (kernel->unmounts || kernel->n_pending > KERNEL_PENDING / 2)
        return;
    node = walk(kernel, "version");
    MUST(node);
    file = kernel_open(kernel, node, O_RDONLY);
    if (file) {
        MUST(kernel_read(kernel, file, 4096, 0, PATIENCE_MS) && kernel->answer.size > 4);
        kernel_release(kernel, file);
    }
    if (!may_write(kernel, "timeout", "5") || !may_write(kernel, "ctl", "reset flr"))
        return;
    /* What the script has made itself is in nobody's way then but those of `init`. */
    remove_directory(kernel, "queues/sq", "1");
    remove_directory(kernel, "queues/cq", "1");
    may_write(kernel, "ctl", "init");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mount mount;
    struct client client = {.kernel = &mount.kernel, .script = {data, data + size}};
    int64_t until_ms;
    uint8_t options;

    if (!n_paths)
        learn();
    options = byte(&client.script);
    begin(&mount, options);
    if (options & 0x40)
        make_objects(client.kernel);
    if (options & 0x80)
        echo(client.kernel, "ctl", "init", 4, PATIENCE_MS);
    until_ms = now_ms() + SCRIPT_MS;
    while (client.script.at < client.script.end && !client.kernel->unmounts && now_ms() < until_ms)
        acts[byte(&client.script) % N_ACTS](&client);
    check(client.kernel);
    end(&mount);
    return 0;
}

/* ---- seeds ---- */

/* Every line once, some at a time, on a mount that is up or not; then files, read one after the other. */
size_t fuzz_seed(unsigned n, uint8_t *data, size_t size)
{
    const unsigned per_seed = 12, n_lines = sizeof(lines) / sizeof(*lines), n_written = 2 * (n_lines / per_seed + 1);
    size_t at = 0;

    MUST(size > 256);
    if (n >= n_written + 40)
        return 0;
    data[at++] = n & 1 ? 0x41 : 0xe1;
    for (unsigned i = 0; i < per_seed; i++) {
        unsigned which = n / 2 * per_seed + i;

        if (n < n_written && which < n_lines) {
            const uint8_t act[] = {WRITE_LINE, (uint8_t)which, 1, 0, 1};

            memcpy(data + at, act, sizeof(act));
            at += sizeof(act);
        } else if (n >= n_written) {
            const uint16_t path = (uint16_t)(((n - n_written) * per_seed + i) * 97);
            const uint8_t act[] = {READ_PATH, (uint8_t)(path >> 8), (uint8_t)path, 0, 12, 1, 1, 1};

            memcpy(data + at, act, sizeof(act));
            at += sizeof(act);
        }
    }
    return at;
}

const unsigned long fuzz_inputs = 600;
