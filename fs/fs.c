/* SPDX-License-Identifier: MIT */
/* What a mount is made of, without the place where it is mounted: the device and all that hangs on it. */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device/vfio.h"
#include "mem.h"
#include "nvsim/nvsim.h"
#include "queues.h"

#define DEFAULT_TIMEOUT_NS (10 * NS_PER_S)

struct fs *fs_new(void)
{
    struct fs *fs = calloc(1, sizeof(*fs));

    if (!fs)
        return NULL;
    TAILQ_INIT(&fs->parked);
    named_init(&fs->cmds);
    named_init(&fs->mems);
    sigemptyset(&fs->ending);
    fs->epoll = fs->mountpoint.lock = -1;
    fs->next_due_ns = NEVER;
    fs->timeout_ns = DEFAULT_TIMEOUT_NS;
    fs->uid = getuid();
    fs->gid = getgid();
    clock_gettime(CLOCK_REALTIME, &fs->mounted);
    return fs;
}

/* Until signals are blocked they simply end the process, which is right as long as nothing is mounted, and lets nobody
 * wait for a group of VFIO's. The simulator has a thread, which must not be given them. */
static int open_device(struct fs *fs, struct lone_device **device, struct lone_error *error)
{
    bool simulated = !strcmp(fs->options.device, "nvsim");
    int result = simulated ? 0 : lone_vfio_open(fs->options.device, device, error);

    pthread_sigmask(SIG_BLOCK, &fs->ending, NULL);
    return simulated ? lone_nvsim_open(device, error) : result;
}

int fs_open(struct fs *fs, struct lone_error *error)
{
    struct lone_device *device;
    int result = open_device(fs, &device, error);

    if (!result)
        result = lone_controller_open(&fs->controller, device, error);
    if (result)
        return result;
    lone_controller_reg64(fs->controller, fs->options.reg64 && !strcmp(fs->options.reg64, "one"));
    lone_device_counts(lone_controller_device(fs->controller), &fs->counts_at_mount);
    return nodes_init(fs) ? lone_fail(error, ENOMEM, "no memory for the root directory") : 0;
}

/* --- The end --- */

static void close_device(struct fs *fs)
{
    struct named *named;

    fs_close_handles(fs);
    locks_free(fs);
    lone_action_end(fs->orphan);
    nodes_free(fs);
    entry_records_free();
    while ((named = TAILQ_FIRST(&fs->cmds.all)))
        cmd_object_end((struct cmd_object *)named);
    while ((named = TAILQ_FIRST(&fs->mems.all)))
        mem_object_end((struct mem_object *)named);
    ns_end(fs);
    lone_controller_close(fs->controller);
}

/* Our mount is gone already. libfuse would unmount what is at the mount point now, which may be another one's, unless
 * the descriptor says that the file system has ended: so it is given one that does. */
static void end_session(struct fs *fs)
{
    int ends[2];

    if (!pipe2(ends, O_CLOEXEC)) {
        close(ends[0]);
        dup2(ends[1], fuse_session_fd(fs->session));
        close(ends[1]);
        fuse_session_unmount(fs->session);
    }
    fuse_session_destroy(fs->session);
}

/* Whoever waits has an answer first, and nobody finds the mount any more: to close the device may take long. */
void fs_free(struct fs *fs)
{
    if (fs->session)
        op_end_all(fs, ENODEV);
    mountpoint_leave(&fs->mountpoint);
    close_device(fs);
    if (fs->unmounter)
        fuse_reply_write(fs->unmounter, fs->unmounter_length);
    if (fs->session)
        end_session(fs);
    if (fs->epoll >= 0)
        close(fs->epoll);
    free(fs->error.text);
    queue_errors_free(fs);
    for (unsigned i = 0; i < ERROR_LOG; i++)
        free(fs->error_log[i]);
    free(fs->options.device);
    free((char *)(uintptr_t)fs->mountpoint.path);
    free(fs->options.reg64);
    free(fs->options.timeout);
    free(fs);
}
