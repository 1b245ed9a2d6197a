/* SPDX-License-Identifier: MIT */
/* lonefs DEVICE MOUNTPOINT: options, and the life of the mount. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs.h"
#include "life.h"

enum exit_code { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_TAKEN_AWAY };
enum option_key { KEY_READ_ONLY, KEY_READ_WRITE, KEY_ALLOW_OTHER, KEY_PASSED_ON };

#define OPTION(name, member)                         \
    {                                                \
        name, offsetof(struct fs, options.member), 1 \
    }
#define PASSED_ON(name) FUSE_OPT_KEY(name, KEY_PASSED_ON)

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
    FUSE_OPT_KEY("rw", KEY_READ_WRITE),
    FUSE_OPT_KEY("allow_other", KEY_ALLOW_OTHER),
    /* What mount(8) and fstab may add, and the kernel or fusermount3 understands */
    PASSED_ON("suid"),
    PASSED_ON("nosuid"),
    PASSED_ON("dev"),
    PASSED_ON("nodev"),
    PASSED_ON("exec"),
    PASSED_ON("noexec"),
    PASSED_ON("async"),
    PASSED_ON("sync"),
    PASSED_ON("dirsync"),
    PASSED_ON("atime"),
    PASSED_ON("noatime"),
    PASSED_ON("user="),
    PASSED_ON("auto_unmount"),
    PASSED_ON("default_permissions"),
    PASSED_ON("context="),
    PASSED_ON("fscontext="),
    PASSED_ON("defcontext="),
    PASSED_ON("rootcontext="),
    FUSE_OPT_END,
};

/* What else fstab may have. There are no access times, devices or links here that these could change. */
static const char *const without_effect[] = {
    "relatime",   "norelatime", "strictatime", "nostrictatime", "diratime",    "nodiratime", "lazytime",
    "nolazytime", "iversion",   "noiversion",  "symfollow",     "nosymfollow", "mand",       "nomand",
    "silent",     "loud",       "defaults",    "auto",          "noauto",      "nofail",     "_netdev",
    "user",       "nouser",     "users",       "nousers",       "owner",       "group"};

static const char usage[] =
    "usage: lonefs DEVICE MOUNTPOINT [-f] [-d] [-o OPTION[,OPTION...]]\n"
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
    "Unmount with `fusermount3 -u MOUNTPOINT`; where copies of the mount (in containers) or open "
    "files keep it alive,\n"
    "`echo unmount > MOUNTPOINT/ctl` or `kill` ends it all the same. MOUNTPOINT/README says what is "
    "there.\n"
    "Exit status: 0 mounted, or ended with -f; 1 failed; 2 wrong use; 3 the host took the device "
    "away.\n";

static int complain(const char *what, const struct lone_error *error, int code)
{
    fprintf(stderr, "lonefs: %s: %s\n", what, error->text);
    return code;
}

/* --- Options --- */

static int wrong_option(const char *option)
{
    const char *const valued[] = {"reg64", "timeout"};

    for (size_t i = 0; i < LONE_COUNT(valued); i++)
        if (!strcmp(option, valued[i])) {
            fprintf(stderr, "lonefs: %s: write %s=%s\n", option, option, i ? "SECONDS" : "one, or two");
            return -1;
        }
    fprintf(stderr, "lonefs: %s: there is no such option: `lonefs -h` lists them\n", option);
    return -1;
}

static bool is_without_effect(const char *option)
{
    for (size_t i = 0; i < LONE_COUNT(without_effect); i++)
        if (!strcmp(option, without_effect[i]))
            return true;
    return !*option || !strncmp(option, "x-", 2) || !strncmp(option, "comment=", 8);
}

/* 1: libfuse and the kernel shall know too; 0: it is ours; -1: wrong use, which was said. */
static int take_option(void *data, const char *argument, int key, struct fuse_args *rest)
{
    struct fs *fs = data;

    (void)rest;
    switch (key) {
    case KEY_READ_ONLY:
    case KEY_READ_WRITE:
        fs->options.read_only = key == KEY_READ_ONLY;
        return 1;
    case KEY_ALLOW_OTHER:
        fs->options.allow_other = 1;
        return 1;
    case KEY_PASSED_ON:
        return 1;
    case FUSE_OPT_KEY_NONOPT:
        if (fs->options.device && fs->mountpoint.path) {
            fprintf(stderr, "lonefs: %s: there is one DEVICE and one MOUNTPOINT\n%s", argument, usage);
            return -1;
        }
        if (!fs->options.device)
            fs->options.device = strdup(argument);
        else
            fs->mountpoint.path = strdup(argument);
        return 0;
    default:
        return is_without_effect(argument) ? 0 : wrong_option(argument);
    }
}

static int check_options(struct fs *fs, struct lone_error *error)
{
    const struct fs_options *options = &fs->options;
    struct lone_error seconds = {0};
    char slot[LONE_PCI_SLOT_SIZE];

    if (strcmp(options->device, "nvsim") && !lone_pci_slot(options->device, slot))
        return lone_fail(
            error, EINVAL,
            "`%.40s` is not a PCI slot: write it as 0000:3a:00.0 (`lone-setup list` shows which there are), "
            "or nvsim for the simulator",
            options->device);
    if (!*fs->mountpoint.path)
        return lone_fail(error, EINVAL, "MOUNTPOINT is empty: write a directory");
    if (options->reg64 && strcmp(options->reg64, "one") && strcmp(options->reg64, "two"))
        return lone_fail(error, EINVAL, "reg64=%s: write reg64=one or reg64=two", options->reg64);
    if (options->timeout && seconds_parse(options->timeout, strlen(options->timeout), &fs->timeout_ns, &seconds))
        return lone_fail(error, EINVAL, "timeout=%.40s: %s", options->timeout, seconds.text);
    return 0;
}

/* --- Life of the mount --- */

static int mount_it(struct fs *fs, struct lone_error *error)
{
    if (fuse_session_mount(fs->session, fs->mountpoint.path))
        return lone_fail(error, EIO,
                         "cannot mount, for the reason above; else: is /dev/fuse there, and fusermount3 installed?");
    mountpoint_mounted(&fs->mountpoint);
    return fs_watch(fs, error);
}

/* Whatever can fail does so before the parent is told. */
static int start(struct fs *fs, struct life *life, bool background, const char **what, struct lone_error *error)
{
    int result;

    *what = fs->mountpoint.path;
    result = background ? life_detach(life, error) : 0;
    if (!result)
        result = mountpoint_take(&fs->mountpoint, error);
    if (!result) {
        *what = fs->options.device;
        result = fs_open(fs, error);
    }
    if (!result) {
        *what = fs->mountpoint.path;
        result = mount_it(fs, error);
    }
    return result;
}

static int serve(struct fs *fs)
{
    bool background = !fs->options.foreground && !fs->options.debug;
    struct life life = {-1, -1};
    struct lone_error error = {0};
    const char *what;
    int result;

    life_ending_signals(&fs->ending);
    if (start(fs, &life, background, &what, &error))
        return complain(what, &error, EXIT_FAILED);
    if (background)
        life_report(&life);
    result = fs_loop(fs);
    if (result < 0) {
        lone_fail(&error, -result, "the connection to the kernel broke: %s", strerror(-result));
        return complain(fs->mountpoint.path, &error, EXIT_FAILED);
    }
    if (fs->taken_away) {
        fprintf(stderr, "lonefs: %s: the host took the device away: it was unbound or unplugged\n", fs->options.device);
        return EXIT_TAKEN_AWAY;
    }
    return EXIT_OK;
}

static int prepare(struct fs *fs, struct fuse_args *arguments)
{
    struct fs_options *options = &fs->options;
    struct lone_error error = {0};
    const char *given = fs->mountpoint.path;
    char names[160];

    if (options->show_help || options->show_version) {
        printf("%s", options->show_help ? usage : "lonefs " LONE_VERSION "\n");
        if (!fflush(stdout))
            return EXIT_OK;
        lone_fail(&error, errno, "%s", strerror(errno));
        return complain("writing to standard output", &error, EXIT_FAILED);
    }
    if (!options->device || !given) {
        fprintf(stderr, "%s", usage);
        return EXIT_USAGE;
    }
    if (check_options(fs, &error)) {
        fprintf(stderr, "lonefs: %s\n", error.text);
        return EXIT_USAGE;
    }
    fs->mountpoint.path = mountpoint_absolute(given, &error);
    if (!fs->mountpoint.path) {
        fs->mountpoint.path = given;
        return complain(given, &error, EXIT_FAILED);
    }
    free((char *)(uintptr_t)given);
    snprintf(names, sizeof(names), "-ofsname=%.64s,subtype=lonefs,default_permissions", options->device);
    if (fuse_opt_add_arg(arguments, names) || (options->debug && fuse_opt_add_arg(arguments, "-d")))
        return EXIT_FAILED;
    fs->session = fuse_session_new(arguments, &fs_operations, sizeof(fs_operations), fs);
    return fs->session ? serve(fs) : EXIT_USAGE; /* libfuse has said which option it does not take */
}

int main(int argc, char **argv)
{
    struct fuse_args arguments = FUSE_ARGS_INIT(argc, argv);
    struct lone_error error = {0};
    struct fs *fs = fs_new();
    int code = EXIT_USAGE;

    if (!fs) {
        fprintf(stderr, "lonefs: no memory to begin with\n");
        return EXIT_FAILED;
    }
    if (life_begin(&error))
        code = complain("cannot start", &error, EXIT_FAILED);
    else if (!fuse_opt_parse(&arguments, fs, option_table, take_option))
        code = prepare(fs, &arguments);
    fs_free(fs);
    fuse_opt_free_args(&arguments);
    return code;
}
