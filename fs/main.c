/* SPDX-License-Identifier: MIT */
/* lonefs DEVICE MOUNTPOINT: options, the device, the mount, and the end of both. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "device/vfio.h"
#include "fs.h"
#include "mem.h"
#include "nvsim/nvsim.h"
#include "queues.h"

#define DEFAULT_TIMEOUT_NS (10 * NS_PER_S)

enum exit_code { EXIT_OK, EXIT_FAILED, EXIT_USAGE };
enum option_key { KEY_READ_ONLY, KEY_ALLOW_OTHER };

#define OPTION(name, member)                         \
    {                                                \
        name, offsetof(struct fs_options, member), 1 \
    }

static const struct fuse_opt option_table[] = {
    OPTION("-h", show_help),
    OPTION("--help", show_help),
    OPTION("-V", show_version),
    OPTION("--version", show_version),
    OPTION("-f", foreground),
    OPTION("-d", debug),
    OPTION("debug", debug),
    OPTION("reg64=%s", reg64),
    OPTION("timeout=%s", timeout),
    FUSE_OPT_KEY("ro", KEY_READ_ONLY),
    FUSE_OPT_KEY("allow_other", KEY_ALLOW_OTHER),
    FUSE_OPT_END,
};

static const char usage[] = "usage: lonefs DEVICE MOUNTPOINT [-f] [-d] [-o OPTION[,OPTION...]]\n"
                            "\n"
                            "Mounts one NVMe controller as a directory tree. DEVICE is nvsim, the simulator, or a PCI "
                            "slot such as 0000:3a:00.0\n"
                            "that `lone-setup expose` has handed to you.\n"
                            "\n"
                            "  -f                 stay in the foreground; Ctrl-C unmounts\n"
                            "  -d, -o debug       foreground, and print every request of the kernel\n"
                            "  -o ro              registers can be read, nothing is written or sent\n"
                            "  -o allow_other     other users may enter; chmod opens single files to them\n"
                            "  -o reg64=one       access 64-bit registers as one (default: two halves, low first)\n"
                            "  -o timeout=SECONDS how long commands and waits may take (default 10; file: timeout)\n"
                            "  -h, -V             this text; the version\n"
                            "\n"
                            "Unmount with `fusermount3 -u MOUNTPOINT`. MOUNTPOINT/README says what is there.\n";

static int take_option(void *data, const char *argument, int key, struct fuse_args *rest)
{
    struct fs_options *options = data;

    (void)rest;
    switch (key) {
    case KEY_READ_ONLY:
        options->read_only = 1;
        return 1; /* the kernel shall know too */
    case KEY_ALLOW_OTHER:
        options->allow_other = 1;
        return 1;
    case FUSE_OPT_KEY_NONOPT:
        if (!options->device)
            options->device = strdup(argument);
        else if (!options->mountpoint)
            options->mountpoint = strdup(argument);
        else
            return -1;
        return 0;
    default:
        return 1;
    }
}

static int complain(const char *what, const struct lone_error *error)
{
    fprintf(stderr, "lonefs: %s: %s\n", what, error->text);
    return EXIT_FAILED;
}

/* --- The mount point --- */

/* The working directory becomes /, and a stale mount cannot be resolved: make the path absolute by hand if need be. */
static char *absolute(const char *path)
{
    char *resolved = realpath(path, NULL), *cwd;

    if (resolved || path[0] == '/')
        return resolved ? resolved : strdup(path);
    cwd = getcwd(NULL, 0);
    if (!cwd || asprintf(&resolved, "%s/%s", cwd, path) < 0)
        resolved = NULL;
    free(cwd);
    return resolved;
}

static int unmount_lazily(const char *path)
{
    const char *const arguments[] = {"fusermount3", "-u", "-z", "--", path, NULL};
    pid_t child;
    int status;

    if (!umount2(path, MNT_DETACH))
        return 0;
    if (posix_spawnp(&child, arguments[0], NULL, NULL, (char *const *)(uintptr_t)arguments, environ))
        return -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/* The kernel writes blanks, tabs, newlines and backslashes of a path as \040 and so on. */
static void decode_path(char *path)
{
    char *to = path;

    for (const char *from = path; *from; to++) {
        unsigned code;

        if (sscanf(from, "\\%3o", &code) == 1) {
            *to = (char)code;
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = 0;
}

/* Is a live lonefs mounted there already? Another one on top of it would hide it. */
static bool already_mounted(const char *path)
{
    FILE *mounts = fopen("/proc/self/mounts", "re");
    char *line = NULL;
    size_t size = 0;
    bool found = false;

    while (mounts && !found && getline(&line, &size, mounts) > 0) {
        char *rest = line, *where;

        strsep(&rest, " ");
        where = strsep(&rest, " ");
        if (!where || !rest || strncmp(rest, "fuse.lonefs ", 12))
            continue;
        decode_path(where);
        found = !strcmp(where, path);
    }
    free(line);
    if (mounts)
        fclose(mounts);
    return found;
}

static int check_mountpoint(const char *path, struct lone_error *error)
{
    struct statvfs statvfs_;
    struct stat stat_;

    /* Not stat(), which the kernel answers from what it remembers for some time after lonefs has died. */
    if (statvfs(path, &statvfs_) && errno == ENOTCONN) {
        fprintf(stderr, "lonefs: %s: taking over the mount point of a lonefs that ended without unmounting\n", path);
        if (unmount_lazily(path))
            return lone_fail(error, ENOTCONN, "cannot unmount what is left there: run `fusermount3 -u -z %s`", path);
    }
    if (stat(path, &stat_))
        return lone_fail(error, errno, "%s: make it with `mkdir %s`", strerror(errno), path);
    if (!S_ISDIR(stat_.st_mode))
        return lone_fail(error, ENOTDIR, "is not a directory");
    if (already_mounted(path))
        return lone_fail(error, EBUSY, "a lonefs is mounted there: end it with `fusermount3 -u %s`", path);
    return 0;
}

/* --- Options --- */

static int check_options(struct fs *fs, struct lone_error *error)
{
    const struct fs_options *options = &fs->options;

    if (options->reg64 && strcmp(options->reg64, "one") && strcmp(options->reg64, "two"))
        return lone_fail(error, EINVAL, "reg64=%s: write reg64=one or reg64=two", options->reg64);
    if (options->timeout && seconds_parse(options->timeout, strlen(options->timeout), &fs->timeout_ns, error))
        return -error->number;
    return 0;
}

/* --- Life of the mount --- */

static int open_device(struct fs *fs, struct lone_error *error)
{
    struct lone_device *device;
    int result;

    result = strcmp(fs->options.device, "nvsim") ? lone_vfio_open(fs->options.device, &device, error)
                                                 : lone_nvsim_open(&device, error);
    if (!result)
        result = lone_controller_open(&fs->controller, device, error);
    if (result)
        return result;
    lone_controller_reg64(fs->controller, fs->options.reg64 && !strcmp(fs->options.reg64, "one"));
    lone_device_counts(lone_controller_device(fs->controller), &fs->counts_at_mount);
    return 0;
}

static int mount_it(struct fs *fs, struct fuse_args *arguments, struct lone_error *error)
{
    fs->session = fuse_session_new(arguments, &fs_operations, sizeof(fs_operations), fs);
    if (!fs->session)
        return lone_fail(error, EINVAL, "the options were not understood: see lonefs -h");
    if (fuse_session_mount(fs->session, fs->options.mountpoint))
        return lone_fail(error, EIO,
                         "cannot mount, for the reason above; else: is /dev/fuse there, and fusermount3 installed?");
    return 0;
}

static void tear_down(struct fs *fs)
{
    struct named *named;

    if (fs->session) {
        op_end_all(fs, ENODEV);
        fuse_session_unmount(fs->session);
        fs_close_handles(fs);
        locks_free(fs);
        fuse_session_destroy(fs->session);
    }
    lone_action_end(fs->orphan);
    nodes_free(fs);
    while ((named = TAILQ_FIRST(&fs->cmds.all)))
        cmd_object_end((struct cmd_object *)named);
    while ((named = TAILQ_FIRST(&fs->mems.all)))
        mem_object_end((struct mem_object *)named);
    ns_end(fs);
    lone_controller_close(fs->controller);
    free(fs->error.text);
    queue_errors_free(fs);
    for (unsigned i = 0; i < ERROR_LOG; i++)
        free(fs->error_log[i]);
}

/* The parent waits until the mount stands or has failed, so that a script can go on at once and sees the exit status.
 */
static int detach(int *report)
{
    int ends[2];
    char code;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC))
        return -1;
    child = fork();
    if (child < 0)
        return -1;
    if (child) {
        close(ends[1]);
        _exit(read(ends[0], &code, 1) == 1 ? code : EXIT_FAILED);
    }
    close(ends[0]);
    setsid();
    *report = ends[1];
    return 0;
}

static void leave_terminal(int report)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    char code = EXIT_OK;

    if (chdir("/") || null < 0)
        code = EXIT_FAILED;
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
    if (write(report, &code, 1) != 1)
        return; /* nobody waits any more */
    close(report);
}

/* All threads shall leave these to the loop's signalfd, so they are blocked before the first thread is made. */
static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* A vector takes a descriptor, and a device may have 2048. What the user may have at most is the administrator's. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int serve(struct fs *fs, struct fuse_args *arguments)
{
    struct lone_error error = {0};
    int report = -1, result;

    if (check_mountpoint(fs->options.mountpoint, &error))
        return complain(fs->options.mountpoint, &error);
    if (!fs->options.foreground && !fs->options.debug && detach(&report)) {
        lone_fail(&error, errno, "cannot fork: %s", strerror(errno));
        return complain("lonefs", &error);
    }
    block_signals();
    raise_file_limit();
    if (open_device(fs, &error))
        return complain(fs->options.device, &error);
    if (nodes_init(fs) || mount_it(fs, arguments, &error))
        return complain(fs->options.mountpoint, &error);
    if (report >= 0)
        leave_terminal(report);
    result = fs_loop(fs);
    if (result < 0) {
        lone_fail(&error, -result, "the connection to the kernel broke: %s", strerror(-result));
        return complain(fs->options.mountpoint, &error);
    }
    return EXIT_OK;
}

static int prepare(struct fs *fs, struct fuse_args *arguments)
{
    struct fs_options *options = &fs->options;
    struct lone_error error = {0};
    char names[160];

    if (options->show_help || options->show_version) {
        printf("%s", options->show_help ? usage : "lonefs " LONE_VERSION "\n");
        return EXIT_OK;
    }
    if (!options->device || !options->mountpoint) {
        fprintf(stderr, "%s", usage);
        return EXIT_USAGE;
    }
    if (check_options(fs, &error)) {
        complain("options", &error);
        return EXIT_USAGE;
    }
    snprintf(names, sizeof(names), "-ofsname=%.64s,subtype=lonefs,default_permissions", options->device);
    if (fuse_opt_add_arg(arguments, names) || (options->debug && fuse_opt_add_arg(arguments, "-d")))
        return EXIT_FAILED;
    return serve(fs, arguments);
}

static void free_options(struct fs_options *options)
{
    free(options->device);
    free(options->mountpoint);
    free(options->reg64);
    free(options->timeout);
}

int main(int argc, char **argv)
{
    struct fuse_args arguments = FUSE_ARGS_INIT(argc, argv);
    struct fs *fs = calloc(1, sizeof(*fs));
    int code = EXIT_USAGE;

    if (!fs)
        return EXIT_FAILED;
    TAILQ_INIT(&fs->parked);
    named_init(&fs->cmds);
    named_init(&fs->mems);
    fs->next_due_ns = NEVER;
    fs->timeout_ns = DEFAULT_TIMEOUT_NS;
    fs->uid = getuid();
    fs->gid = getgid();
    clock_gettime(CLOCK_REALTIME, &fs->mounted);
    if (fuse_opt_parse(&arguments, &fs->options, option_table, take_option)) {
        fprintf(stderr, "%s", usage);
    } else {
        if (fs->options.mountpoint) {
            char *path = absolute(fs->options.mountpoint);

            free(fs->options.mountpoint);
            fs->options.mountpoint = path;
        }
        code = prepare(fs, &arguments);
    }
    tear_down(fs);
    free_options(&fs->options);
    fuse_opt_free_args(&arguments);
    free(fs);
    return code;
}
