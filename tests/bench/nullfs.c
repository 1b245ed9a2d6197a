/* SPDX-License-Identifier: MIT */
/* The least that a FUSE file system can do: one file, `null`, that answers every read with the same four bytes, and
 * takes every write, in libfuse's own loop. What lonefs takes longer than this is its own. Shares no code with lonefs.
 */
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_INO 2
#define TIMEOUT  3600.0

static const char answer[] = "0x0\n";

static int fill(fuse_ino_t ino, struct stat *stat)
{
    *stat = (struct stat){.st_ino = ino, .st_uid = getuid(), .st_gid = getgid()};
    stat->st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0700 : S_IFREG | 0600;
    stat->st_nlink = ino == FUSE_ROOT_ID ? 2 : 1;
    return ino == FUSE_ROOT_ID || ino == FILE_INO ? 0 : ENOENT;
}

static void null_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param entry = {.ino = FILE_INO, .attr_timeout = TIMEOUT, .entry_timeout = TIMEOUT};

    if (parent != FUSE_ROOT_ID || strcmp(name, "null") || fill(FILE_INO, &entry.attr))
        fuse_reply_err(request, ENOENT);
    else
        fuse_reply_entry(request, &entry);
}

static void null_getattr(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *info)
{
    struct stat stat;

    (void)info;
    if (fill(ino, &stat))
        fuse_reply_err(request, ENOENT);
    else
        fuse_reply_attr(request, &stat, TIMEOUT);
}

static void null_open(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *info)
{
    (void)ino;
    info->direct_io = 1;
    fuse_reply_open(request, info);
}

static void null_read(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info)
{
    (void)ino, (void)info;
    if (offset)
        size = 0;
    fuse_reply_buf(request, answer, size < sizeof(answer) - 1 ? size : sizeof(answer) - 1);
}

static void null_write(fuse_req_t request, fuse_ino_t ino, const char *bytes, size_t size, off_t offset,
                       struct fuse_file_info *info)
{
    (void)ino, (void)bytes, (void)offset, (void)info;
    fuse_reply_write(request, size);
}

static void null_release(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *info)
{
    (void)ino, (void)info;
    fuse_reply_err(request, 0);
}

static const struct fuse_lowlevel_ops operations = {
    .lookup = null_lookup,
    .getattr = null_getattr,
    .open = null_open,
    .read = null_read,
    .write = null_write,
    .release = null_release,
};

static int serve(struct fuse_session *session, const char *mountpoint)
{
    int result = 1;

    if (fuse_set_signal_handlers(session))
        return 1;
    if (!fuse_session_mount(session, mountpoint)) {
        result = fuse_session_loop(session) < 0;
        fuse_session_unmount(session);
    }
    fuse_remove_signal_handlers(session);
    return result;
}

int main(int argc, char **argv)
{
    char option[] = "-odefault_permissions,subtype=nullfs", *arguments[] = {argv[0], option, NULL};
    struct fuse_args args = FUSE_ARGS_INIT(2, arguments);
    struct fuse_session *session;
    int result;

    if (argc != 3 || strcmp(argv[1], "-f")) {
        fprintf(stderr, "usage: nullfs -f MOUNTPOINT\n");
        return 2;
    }
    session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
    if (!session)
        return 1;
    result = serve(session, argv[2]);
    fuse_session_destroy(session);
    fuse_opt_free_args(&args);
    return result;
}
