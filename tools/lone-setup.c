/* SPDX-License-Identifier: MIT */
/* lone-setup: what the machine has for lone, which devices there are, and who may use them. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "system/system.h"

#define JSON_SCHEMA 1
#define NVSIM       "nvsim"
#define NVSIM_VID   0xed00
#define NVSIM_DID   0xda01

enum exit_code { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

enum option_bit { JSON = 1, ALL = 2, FORCE = 4 };

static const char usage[] =
    "usage: lone-setup requirements [--json]\n"
    "       lone-setup list [--json] [--all]\n"
    "       lone-setup expose SLOT USER [--force]\n"
    "       lone-setup reclaim SLOT [DRIVER] [--force]\n"
    "\n"
    "  requirements  what VFIO and the mount need, and how to fix what is missing; exit status 1: lone cannot do "
    "without "
    "it\n"
    "  list          the simulator and the NVMe controllers of this machine; --all: every PCI function\n"
    "  expose        takes the controller at SLOT (0000:3a:00.0) from its driver and gives it to USER (a name or a "
    "number)\n"
    "                for `lonefs SLOT MOUNTPOINT`; needs root\n"
    "  reclaim       gives it back to the driver that it had, or to DRIVER; needs root\n"
    "  help          this text\n"
    "\n"
    "  --force       expose: even if it is held by dm, md, LVM, bcache or a loop device, or open (never: mounted, "
    "swap, or "
    "what\n"
    "                the kernel claims otherwise)\n"
    "                reclaim: even if a program is using it, which is asked to let go\n"
    "  --json        for programs\n"
    "  -h, -V        (--help, --version) this text; the version\n"
    "\n"
    "Exit status: 0 done, 1 failed or not met, 2 wrong usage.\n";

/* What no device can be is wrong use. */
static int fail(const struct lone_error *error)
{
    fflush(stdout);
    fprintf(stderr, "lone-setup: %s\n", error->text);
    return error->number == EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

static int wrong(const char *reason)
{
    fprintf(stderr, "lone-setup: %s\n%s", reason, usage);
    return EXIT_USAGE;
}

static void say(void *context, const char *line)
{
    (void)context;
    puts(line);
    fflush(stdout);
}

static const struct lone_system machine = {.root = "", .say = say};

static struct json_object *text_json(const char *text)
{
    return text[0] ? json_object_new_string(text) : NULL;
}

static void print_json(struct json_object *object)
{
    puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}

/* --- requirements --- */

static void requirements_json(const struct lone_requirement *rows, int count, bool met)
{
    struct json_object *object = json_object_new_object(), *list = json_object_new_array();

    for (int i = 0; i < count; i++) {
        struct json_object *row = json_object_new_object();

        json_object_object_add(row, "name", json_object_new_string(rows[i].name));
        json_object_object_add(row, "met", json_object_new_boolean(rows[i].met));
        json_object_object_add(row, "optional", json_object_new_boolean(rows[i].optional));
        json_object_object_add(row, "found", text_json(rows[i].found));
        json_object_object_add(row, "remedy", text_json(rows[i].remedy));
        json_object_array_add(list, row);
    }
    json_object_object_add(object, "schema", json_object_new_int(JSON_SCHEMA));
    json_object_object_add(object, "met", json_object_new_boolean(met));
    json_object_object_add(object, "requirements", list);
    print_json(object);
}

static int requirements(unsigned options, char **arguments, int count)
{
    struct lone_requirement rows[LONE_MAX_REQUIREMENTS];
    int length = lone_requirements(&machine, rows);
    bool met = true;

    (void)arguments;
    (void)count;
    for (int i = 0; i < length; i++)
        met = met && (rows[i].met || rows[i].optional);
    if (options & JSON) {
        requirements_json(rows, length, met);
        return met ? EXIT_OK : EXIT_FAILED;
    }
    for (int i = 0; i < length; i++) {
        printf("%-4s  %-19s  %s\n",
               rows[i].met        ? "OK"
               : rows[i].optional ? "NOTE"
                                  : "FAIL",
               rows[i].name, rows[i].found);
        if (!rows[i].met)
            printf("      %-19s  fix: %s\n", "", rows[i].remedy);
    }
    return met ? EXIT_OK : EXIT_FAILED;
}

/* --- list --- */

static const struct lone_pci_device simulator = {
    .slot = NVSIM,
    .vid = NVSIM_VID,
    .did = NVSIM_DID,
    .group = -1,
    .info = "the simulator, in lonefs itself",
};

enum { COLUMNS = 7 };

struct line {
    char column[COLUMNS][400];
};

static const struct line header = {{"SLOT", "VID:DID", "DRIVER", "OWNER", "GROUP", "IN-USE", "INFO"}};

static void set_column(struct line *line, int column, const char *text)
{
    snprintf(line->column[column], sizeof(line->column[column]), "%s", text[0] ? text : "-");
}

static void fill_line(struct line *line, const struct lone_pci_device *device)
{
    char text[400];

    set_column(line, 0, device->slot);
    snprintf(text, sizeof(text), "%04x:%04x", device->vid, device->did);
    set_column(line, 1, text);
    set_column(line, 2, device->driver);
    set_column(line, 3, device->owner);
    snprintf(text, sizeof(text), "%d", device->group);
    set_column(line, 4, device->group < 0 ? "" : text);
    set_column(line, 5, lone_use_name(device->how));
    if (device->in_use)
        snprintf(text, sizeof(text), "%s%s[%s]", device->info, device->info[0] ? " " : "", device->use);
    else
        snprintf(text, sizeof(text), "%s", device->info);
    set_column(line, 6, text);
}

static void print_lines(const struct line *lines, int count)
{
    int width[COLUMNS] = {0};

    for (int i = 0; i < count; i++)
        for (int c = 0; c < COLUMNS; c++)
            if ((int)strlen(lines[i].column[c]) > width[c])
                width[c] = (int)strlen(lines[i].column[c]);
    for (int i = 0; i < count; i++) {
        for (int c = 0; c < COLUMNS - 1; c++)
            printf("%-*s  ", width[c], lines[i].column[c]);
        puts(lines[i].column[COLUMNS - 1]);
    }
}

static struct json_object *device_json(const struct lone_pci_device *device)
{
    struct json_object *row = json_object_new_object();
    char text[16];

    json_object_object_add(row, "slot", json_object_new_string(device->slot));
    snprintf(text, sizeof(text), "0x%04x", device->vid);
    json_object_object_add(row, "vid", json_object_new_string(text));
    snprintf(text, sizeof(text), "0x%04x", device->did);
    json_object_object_add(row, "did", json_object_new_string(text));
    json_object_object_add(row, "driver", text_json(device->driver));
    json_object_object_add(row, "owner", text_json(device->owner));
    json_object_object_add(row, "group", device->group < 0 ? NULL : json_object_new_int(device->group));
    json_object_object_add(row, "in_use", json_object_new_boolean(device->in_use));
    json_object_object_add(row, "how", json_object_new_string(lone_use_name(device->how)));
    json_object_object_add(row, "use", text_json(device->use));
    json_object_object_add(row, "info", text_json(device->info));
    return row;
}

static void list_json(const struct lone_pci_device *devices, int count)
{
    struct json_object *object = json_object_new_object(), *rows = json_object_new_array();

    json_object_array_add(rows, device_json(&simulator));
    for (int i = 0; i < count; i++)
        json_object_array_add(rows, device_json(&devices[i]));
    json_object_object_add(object, "schema", json_object_new_int(JSON_SCHEMA));
    json_object_object_add(object, "devices", rows);
    print_json(object);
}

static int list(unsigned options, char **arguments, int count)
{
    struct lone_pci_device *devices;
    struct lone_error error;
    struct line *lines;
    int length;

    (void)arguments;
    (void)count;
    length = lone_pci_list(&machine, options & ALL, &devices, &error);
    if (length < 0)
        return fail(&error);
    if (options & JSON) {
        list_json(devices, length);
        free(devices);
        return EXIT_OK;
    }
    lines = calloc((size_t)length + 2, sizeof(*lines));
    if (!lines) {
        free(devices);
        lone_fail(&error, ENOMEM, "there is no memory for the list");
        return fail(&error);
    }
    lines[0] = header;
    fill_line(&lines[1], &simulator);
    for (int i = 0; i < length; i++)
        fill_line(&lines[i + 2], &devices[i]);
    print_lines(lines, length + 2);
    free(lines);
    free(devices);
    return EXIT_OK;
}

/* --- expose, reclaim --- */

/* A device must not be left between two drivers by Ctrl-C, a closed terminal or pipe, or a limit: only by SIGKILL. */
static void block_signals(void)
{
    sigset_t set;

    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool is_simulator(const char *slot, struct lone_error *error)
{
    if (strcmp(slot, NVSIM))
        return false;
    lone_fail(error, EINVAL, NVSIM " is the simulator: every user can mount it, it is neither exposed nor reclaimed");
    return true;
}

static int expose(unsigned options, char **arguments, int count)
{
    struct lone_pci_device device;
    struct lone_error error;
    char node[64], others[256];
    uid_t uid;
    int more;

    (void)count;
    if (is_simulator(arguments[0], &error) || lone_pci_find(&machine, arguments[0], &device, &error) ||
        lone_user_find(arguments[1], &uid, &error))
        return fail(&error);
    block_signals();
    if (lone_pci_expose(&machine, device.slot, uid, options & FORCE, node, sizeof(node), &error))
        return fail(&error);
    printf("SUCCESS: %s is now usable by %u in userspace as %s\n", device.slot, (unsigned)uid, node);
    more = lone_pci_group_others(&machine, device.slot, others, sizeof(others));
    if (more)
        printf("%s shares IOMMU group %d with %s: nobody can use it until %s exposed too\n", device.slot, device.group,
               others, more == 1 ? "that is" : "those are");
    return EXIT_OK;
}

static int reclaim(unsigned options, char **arguments, int count)
{
    struct lone_pci_device device;
    struct lone_error error;
    char driver[LONE_DRIVER_SIZE];

    if (is_simulator(arguments[0], &error) || lone_pci_find(&machine, arguments[0], &device, &error))
        return fail(&error);
    block_signals();
    if (lone_pci_reclaim(&machine, device.slot, count > 1 ? arguments[1] : NULL, options & FORCE, driver,
                         sizeof(driver), &error))
        return fail(&error);
    printf("SUCCESS: %s is with %s again\n", device.slot, driver);
    return EXIT_OK;
}

/* --- The command line --- */

static int help(unsigned options, char **arguments, int count)
{
    (void)options;
    (void)arguments;
    (void)count;
    fputs(usage, stdout);
    return EXIT_OK;
}

struct command {
    const char *name;
    unsigned options;
    int least, most; /* arguments */
    bool changes;    /* devices */
    int (*run)(unsigned options, char **arguments, int count);
};

static const struct command commands[] = {
    {"requirements", JSON, 0, 0, false, requirements},
    {"list", JSON | ALL, 0, 0, false, list},
    {"expose", FORCE, 2, 2, true, expose},
    {"reclaim", FORCE, 1, 2, true, reclaim},
    {"help", 0, 0, 1, false, help},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

/* @done: what the status is about has been done, whether or not anybody reads of it. */
static int finish(int status, bool done)
{
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "lone-setup: cannot write the output: %s\n", strerror(errno));
        return status == EXIT_OK && !done ? EXIT_FAILED : status;
    }
    return status;
}

/* Files that are opened later must not become the standard ones: what is said would be written into them. What was
 * closed cannot be written to either. */
static void open_standard_files(void)
{
    int fd;

    do {
        fd = open("/", O_RDONLY | O_DIRECTORY);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

/* All processes are looked at and a record is written, and whoever started us may have left little room for that. */
static void raise_limits(void)
{
    const struct rlimit files = {1024, 1024}, unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit limit;

    setrlimit(RLIMIT_FSIZE, &unlimited); /* root may */
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    if (limit.rlim_max < files.rlim_max && !setrlimit(RLIMIT_NOFILE, &files))
        return;
    if (limit.rlim_cur < limit.rlim_max && limit.rlim_cur < files.rlim_cur) {
        limit.rlim_cur = limit.rlim_max < files.rlim_cur ? limit.rlim_max : files.rlim_cur;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"json", no_argument, NULL, JSON}, {"all", no_argument, NULL, ALL},     {"force", no_argument, NULL, FORCE},
        {"help", no_argument, NULL, 'h'},  {"version", no_argument, NULL, 'V'}, {0},
    };
    const struct command *command;
    unsigned options = 0;
    int option, count;

    open_standard_files();
    raise_limits();
    while ((option = getopt_long(argc, argv, "hV", long_options, NULL)) != -1) {
        switch (option) {
        case 'h':
            return finish(help(0, NULL, 0), false);
        case 'V':
            puts("lone-setup " LONE_VERSION);
            return finish(EXIT_OK, false);
        case '?':
            fputs(usage, stderr);
            return EXIT_USAGE;
        default:
            options |= (unsigned)option;
        }
    }
    if (optind == argc)
        return wrong("say what to do");
    command = find_command(argv[optind]);
    if (!command)
        return wrong("there is no such command");
    count = argc - optind - 1;
    if (count < command->least || count > command->most)
        return wrong("that is not what this command takes");
    if (options & ~command->options)
        return wrong("this command does not have that option");
    return finish(command->run(options, argv + optind + 1, count), command->changes);
}
