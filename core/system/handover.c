/* SPDX-License-Identifier: MIT */
#include "system/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK_SECONDS   10
#define UNBIND_SECONDS 10
#define NO_OVERRIDE    "(null)"

static void __attribute__((format(printf, 2, 3))) error_add(struct lone_error *error, const char *format, ...)
{
    size_t length;
    va_list arguments;

    if (!error)
        return;
    length = strlen(error->text);
    va_start(arguments, format);
    vsnprintf(error->text + length, sizeof(error->text) - length, format, arguments);
    va_end(arguments);
}

/* --- Beginning --- */

/* Beside the records. A lock can be had by all who can open the file: by root alone. */
static int take_lock(struct handover *h, struct lone_error *error)
{
    char path[PATH_SIZE];

    sys_path(h->system, path, "/run/lone");
    if (mkdir(path, 0755) && errno != EEXIST)
        return lone_fail(error, errno, "cannot make the directory %s: %s", path, strerror(errno));
    sys_path(h->system, path, "/run/lone/lock");
    h->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (h->lock < 0)
        return lone_fail(error, errno, "cannot open %s: %s", path, strerror(errno));
    for (int i = 0; flock(h->lock, LOCK_EX | LOCK_NB); i++) {
        if (sys_interrupted()) {
            close(h->lock);
            return lone_fail(error, EINTR, "interrupted while another lone-setup was at work; nothing was changed");
        }
        if (errno != EWOULDBLOCK || i == LOCK_SECONDS * SYS_PAUSES_PER_SECOND) {
            close(h->lock);
            return lone_fail(error, EBUSY, "another lone-setup is exposing or reclaiming a device; try again later");
        }
        sys_pause();
    }
    return 0;
}

static void read_override(const struct handover *h, char driver[DRIVER_SIZE])
{
    sys_read(h->system, driver, DRIVER_SIZE, "/sys/bus/pci/devices/%s/driver_override", h->slot);
    if (!strcmp(driver, NO_OVERRIDE))
        driver[0] = 0;
}

/* While the kernel waits in there, whatever touches the device's files waits too, even a read of the override. */
static int check_stuck(const struct handover *h, struct lone_error *error)
{
    char text[128];

    if (h->driver[0] || !handover_is_open(h, text, sizeof(text)))
        return 0;
    return lone_fail(
        error, EBUSY,
        "%s has no driver, and %s: the kernel may be waiting for that process since an earlier reclaim. End "
        "it first, then try again",
        h->slot, text);
}

static int take_down(struct handover *h, struct lone_error *error)
{
    char path[PATH_SIZE];
    int result;

    h->group = pci_group(h->system, h->slot, NULL);
    if (h->group >= 0) {
        snprintf(h->node, sizeof(h->node), "/dev/vfio/%d", h->group);
        sys_path(h->system, path, "%s", h->node);
        h->has_node = stat(path, &h->node_status) == 0;
    }
    pci_driver(h->system, h->slot, h->driver);
    result = check_stuck(h, error);
    if (!result)
        read_override(h, h->override);
    return result;
}

int handover_begin(struct handover *h, const struct lone_system *system, const char *slot, struct lone_error *error)
{
    int result;

    *h = (struct handover){.system = system, .lock = -1};
    if (sys_is_real(system) && geteuid())
        return lone_fail(error, EPERM, "only root can do this: try again with sudo");
    result = pci_slot(system, slot, h->slot, error);
    if (!result)
        result = take_lock(h, error);
    if (result)
        return result;
    result = take_down(h, error);
    if (result)
        handover_end(h);
    return result;
}

void handover_end(struct handover *h)
{
    claims_release(&h->claims);
    close(h->lock);
}

/* --- Steps --- */

int handover_load(const struct handover *h, const char *driver, struct lone_error *error)
{
    if (sys_exists(h->system, "/sys/bus/pci/drivers/%s", driver))
        return 0;
    sys_modprobe(h->system, driver);
    if (sys_exists(h->system, "/sys/bus/pci/drivers/%s", driver)) {
        sys_say(h->system, "loaded %s", driver);
        return 0;
    }
    return lone_fail(error, ENOENT,
                     "there is no PCI driver %s: it is not in /sys/bus/pci/drivers, and `modprobe %s` "
                     "does not bring it there",
                     driver, driver);
}

int handover_override(const struct handover *h, const char *driver, struct lone_error *error)
{
    char line[DRIVER_SIZE + 1], now[DRIVER_SIZE];
    int result;

    read_override(h, now);
    if (!strcmp(now, driver))
        return 0;
    snprintf(line, sizeof(line), "%s\n", driver);
    result = sys_write(h->system, line, error, "/sys/bus/pci/devices/%s/driver_override", h->slot);
    if (result)
        return result;
    if (driver[0])
        sys_say(h->system, "set driver_override of %s to %s", h->slot, driver);
    else
        sys_say(h->system, "cleared driver_override of %s", h->slot);
    return 0;
}

/* What the child does: writes @path, and its errno, or 0, to the pipe. */
static void unbind_child(const char *path, const char *slot, int pipe)
{
    int fd, number = 0;

    /* Not the lock, nor what others wait for the end of. */
    if (pipe > 0)
        close_range(0, (unsigned)pipe - 1, 0);
    close_range((unsigned)pipe + 1, ~0u, 0);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, slot, strlen(slot)) < 0)
        number = errno;
    _exit(write(pipe, &number, sizeof(number)) != sizeof(number));
}

/* Starts it. Returns where its answer will come, or -errno. By a pipe, for its exit status is not to be had where
 * SIGCHLD is ignored. */
static int unbind_start(const char *path, const char *slot, pid_t *child)
{
    int ends[2], number;

    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    *child = fork();
    number = errno;
    if (*child == 0)
        unbind_child(path, slot, ends[1]);
    close(ends[1]);
    if (*child > 0)
        return ends[0];
    close(ends[0]);
    return -number;
}

/* The kernel asks the process that has the device open to let go and waits in the write, deaf to signals: so this is
 * another process's to do. */
static int unbind_waiting(struct handover *h, struct lone_error *error)
{
    char path[PATH_SIZE], user[256];
    struct pollfd answer = {.events = POLLIN};
    int number = EIO, pauses = 0;
    pid_t child = -1;

    if (handover_is_open(h, user, sizeof(user)))
        sys_say(h->system, "waiting until %s no longer", user);
    sys_path(h->system, path, "/sys/bus/pci/devices/%s/driver/unbind", h->slot);
    answer.fd = unbind_start(path, h->slot, &child);
    if (answer.fd < 0)
        return lone_fail(error, -answer.fd, "cannot start a process: %s", strerror(-answer.fd));
    for (; pauses < UNBIND_SECONDS * SYS_PAUSES_PER_SECOND && poll(&answer, 1, 0) != 1 && !sys_interrupted(); pauses++)
        sys_pause();
    if (poll(&answer, 1, 0) == 1) {
        if (read(answer.fd, &number, sizeof(number)) != sizeof(number))
            number = EIO;
        close(answer.fd);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
        }
        return number ? lone_fail(error, number, "cannot write \"%s\" to %s: %s", h->slot, path, strerror(number)) : 0;
    }
    close(answer.fd);
    h->stuck = true;
    if (!handover_is_open(h, user, sizeof(user)))
        snprintf(user, sizeof(user), "somebody has %s open", h->node);
    return lone_fail(
        error, ETIMEDOUT,
        "after %d s %s still. The kernel takes %s away as soon as that process ends; then reclaim it again",
        pauses / SYS_PAUSES_PER_SECOND, user, h->slot);
}

static int unbind(struct handover *h, bool wait, struct lone_error *error)
{
    char driver[DRIVER_SIZE];
    int result;

    pci_driver(h->system, h->slot, driver);
    if (!driver[0])
        return 0;
    if (wait)
        result = unbind_waiting(h, error);
    else
        result = sys_write(h->system, h->slot, error, "/sys/bus/pci/devices/%s/driver/unbind", h->slot);
    /* Nobody can build upon the disks any more; and as long as we have them open their names are not free. */
    claims_release(&h->claims);
    if (!result)
        sys_say(h->system, "unbound %s from %s", h->slot, driver);
    return result;
}

static int probe(struct handover *h, const char *driver, struct lone_error *error)
{
    char now[DRIVER_SIZE], alias[128];
    int result = sys_write(h->system, h->slot, error, "/sys/bus/pci/drivers_probe");

    if (result)
        return result;
    pci_driver(h->system, h->slot, now);
    if (!driver[0] && !now[0] &&
        sys_read(h->system, alias, sizeof(alias), "/sys/bus/pci/devices/%s/modalias", h->slot) > 0) {
        sys_modprobe(h->system, alias);
        result = sys_write(h->system, h->slot, error, "/sys/bus/pci/drivers_probe");
        if (result)
            return result;
        pci_driver(h->system, h->slot, now);
        if (now[0])
            sys_say(h->system, "loaded %s", now);
    }
    if (driver[0] && strcmp(now, driver))
        return lone_fail(error, EIO, "%s does not take %s: its driver is now %s (`dmesg` may say why)", driver, h->slot,
                         now[0] ? now : "none");
    if (!now[0])
        return lone_fail(error, EIO, "no driver wants %s: say which, `lone-setup reclaim %s DRIVER`", h->slot, h->slot);
    if (!driver[0] && !strcmp(now, VFIO_PCI))
        return lone_fail(error, EIO,
                         "the kernel has chosen vfio-pci again for %s, somebody has told it so with new_id: say which "
                         "driver, `lone-setup reclaim %s DRIVER`",
                         h->slot, h->slot);
    sys_say(h->system, "bound %s to %s", h->slot, now);
    return 0;
}

int handover_bind(struct handover *h, const char *driver, bool wait, struct lone_error *error)
{
    int result = 0;

    /* Not before a wait: an override must not be left behind when that ends with the device stuck. */
    if (!wait)
        result = handover_override(h, driver, error);
    if (!result)
        result = unbind(h, wait, error);
    if (!result && wait)
        result = handover_override(h, driver, error);
    if (!result)
        result = probe(h, driver, error);
    return result;
}

bool handover_is_open(const struct handover *h, char *text, size_t size)
{
    char path[PATH_SIZE];
    const struct opener *opener;
    struct uses uses;
    bool open_;
    int fd;

    uses_look(h->system, &uses);
    open_ = uses_of(h->system, &uses, h->slot, NULL, text, size) == LONE_USE_OPEN;
    /* While the kernel waits inside unbind the device shows no driver any more. */
    opener = open_ || h->group < 0 ? NULL : uses_of_group(h->system, &uses, h->group);
    if (opener)
        snprintf(text, size, "process %d has %s open", opener->pid, opener->path);
    open_ |= opener != NULL;
    uses_free(&uses);
    if (open_ || h->group < 0)
        return open_;
    /* A group can be opened once; who has it open may be in a container whose processes are not ours to see. */
    sys_path(h->system, path, "%s", h->node);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
        return false;
    }
    if (errno != EBUSY)
        return false;
    snprintf(text, size, "somebody has %s open", h->node);
    return true;
}

int handover_give(const struct handover *h, uid_t uid, gid_t gid, mode_t mode, struct lone_error *error)
{
    char path[PATH_SIZE], name[DRIVER_SIZE], other[DRIVER_SIZE];
    struct stat node;

    sys_path(h->system, path, "%s", h->node);
    if (stat(path, &node) || chmod(path, mode) || lchown(path, uid, gid))
        return lone_fail(error, errno, "cannot change the owner and mode of %s: %s", path, strerror(errno));
    user_name(uid, name, sizeof(name));
    user_name(node.st_uid, other, sizeof(other));
    if (node.st_uid == uid || node.st_uid == 0)
        sys_say(h->system, "gave %s to %s, mode %04o", h->node, name, mode);
    else
        sys_say(h->system, "took %s from %s and gave it to %s, mode %04o", h->node, other, name, mode);
    return 0;
}

/* --- Back --- */

static int bind_back(struct handover *h, struct lone_error *error)
{
    char now[DRIVER_SIZE];
    int result = 0;

    pci_driver(h->system, h->slot, now);
    if (strcmp(now, h->driver)) {
        result = unbind(h, false, error);
        if (!result && h->driver[0]) {
            result = handover_override(h, h->driver, error);
            if (!result)
                result = probe(h, h->driver, error);
        }
    }
    return result;
}

/* The node may be another one now, or never have been changed. */
static int give_back(const struct handover *h, struct lone_error *error)
{
    char path[PATH_SIZE];
    struct stat now;

    sys_path(h->system, path, "%s", h->node);
    if (!h->has_node || stat(path, &now) ||
        (now.st_uid == h->node_status.st_uid && now.st_mode == h->node_status.st_mode))
        return 0;
    return handover_give(h, h->node_status.st_uid, h->node_status.st_gid, h->node_status.st_mode & 07777, error);
}

void handover_undo(struct handover *h, struct lone_error *error)
{
    struct lone_error why = {0}, override_why = {0};
    const char *driver = h->driver[0] ? h->driver : "no driver";
    int result;

    if (h->stuck)
        return;
    result = bind_back(h, &why);
    if (handover_override(h, h->override, &override_why) && !result) {
        result = -override_why.number;
        why = override_why;
    }
    if (!result)
        result = give_back(h, &why);
    if (result)
        error_add(error, "; putting it back has failed too: %s", why.text);
    else
        error_add(error, "; %s is as before, with %s", h->slot, driver);
}

/* --- Records --- */

static bool record_exists(const struct handover *h)
{
    return sys_exists(h->system, "/run/lone/%s", h->slot);
}

/* As a whole or not at all, whenever we are ended. */
int record_write(struct handover *h, struct lone_error *error)
{
    char path[PATH_SIZE], new[PATH_SIZE];
    FILE *file;
    bool failed;
    int result;

    if (record_exists(h) && !strcmp(h->override, VFIO_PCI))
        return 0;
    if (!h->driver[0] && !h->override[0]) {
        record_remove(h);
        return 0;
    }
    sys_path(h->system, path, "/run/lone/%s", h->slot);
    sys_path(h->system, new, "/run/lone/.%s", h->slot);
    file = fopen(new, "we");
    if (!file)
        return lone_fail(error, errno, "cannot write %s: %s", new, strerror(errno));
    failed = fprintf(file, "%s\n%s%s", h->driver, h->override, h->override[0] ? "\n" : "") < 0;
    failed |= fclose(file) != 0;
    if (!failed && !rename(new, path)) {
        h->recorded = true;
        return 0;
    }
    result = lone_fail(error, errno, "cannot write %s: %s", path, strerror(errno));
    unlink(new);
    return result;
}

void record_read(const struct handover *h, struct record *record)
{
    char text[2 * DRIVER_SIZE];
    const char *override;

    *record = (struct record){0};
    sys_read(h->system, text, sizeof(text), "/run/lone/%s", h->slot);
    override = text + strcspn(text, "\n");
    snprintf(record->driver, sizeof(record->driver), "%.*s", (int)(override - text), text);
    /* Whoever has set another one since knows better; perhaps another device is in the slot now. */
    snprintf(record->override, sizeof(record->override), "%s",
             strcmp(h->override, VFIO_PCI) ? h->override : override + (*override != 0));
}

void record_remove(const struct handover *h)
{
    char path[PATH_SIZE];

    sys_path(h->system, path, "/run/lone/%s", h->slot);
    unlink(path);
}
