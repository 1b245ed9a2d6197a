/* SPDX-License-Identifier: MIT */
/* What the kernel asks for, and how an operation comes to its answer. */
#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_MAX_BYTES 4096   /* a text write */
#define STATIC_TIMEOUT 3600.0 /* names that never change */
#define SMALL          8192   /* reads of memory up to this size need no allocation */

static struct fs *fs_of(fuse_req_t request)
{
    return fuse_req_userdata(request);
}

static double entry_timeout(const struct node *node)
{
    return node->class->transient ? 0.0 : STATIC_TIMEOUT;
}

static double attr_timeout(struct fs *fs, const struct node *node)
{
    return node_keeps_size(fs, node) ? STATIC_TIMEOUT : 0.0;
}

/* The names below the kernel limit are errnos; anything else would hang the client for ever. */
static int valid_errno(int number)
{
    return number > 0 && number < 512 ? number : EIO;
}

/* Lets go of what a handler keeps between its tries. */
static void op_release(struct op *op)
{
    if (op->cmd)
        lone_cmd_free(op->cmd);
    op->cmd = NULL;
    /* To end a reset that runs would mean to wait for it, on a dead device for a minute: the loop sees it out. */
    if (op->progress && lone_action_resetting(op->progress))
        op->fs->orphan = op->progress;
    else if (op->progress)
        lone_action_end(op->progress);
    op->progress = NULL;
    if (op->job)
        op->job_end(op->fs, op->job);
    op->job = NULL;
    lone_text_free(&op->partial);
}

void op_abandon(struct op *op, int number)
{
    number = valid_errno(number);
    error_note(op, number);
    fuse_reply_err(op->request, number);
    op_release(op);
}

/* --- Reading --- */

/* What programs were told of its size must hold. */
static int check_most(struct op *op, size_t length)
{
    uint64_t most = length > FILE_SIZE ? node_most(op->fs, op->node) : FILE_SIZE;

    if (length <= most)
        return 0;
    return lone_fail(&op->error, EFBIG, "this would be %zu bytes, and the file shows %" PRIu64 ": read raw, or a part",
                     length, most);
}

static int take_sample(struct op *op)
{
    struct lone_text *text = &op->handle->text;
    int result;

    text->length = 0;
    op->handle->sampled = false;
    result = op->node->class->show(op, text);
    if (!result && text->failed)
        result = lone_fail(&op->error, ENOMEM, "no memory for the text");
    if (!result)
        result = check_most(op, text->length);
    op->handle->sampled = !result;
    return result;
}

/* Who begins behind the end has looked for the end by the size. */
static int check_begin(struct op *op)
{
    if (op->offset <= op->handle->text.length)
        return 0;
    op->handle->sampled = false;
    return lone_fail(&op->error, EINVAL,
                     "offset %" PRIu64 " of %zu bytes: how many there are shows when they are read "
                     "from the beginning",
                     op->offset, op->handle->text.length);
}

int handle_end(struct op *op)
{
    if (op->handle->ends++ < MOST_ENDS)
        return 0;
    return lone_fail(&op->error, EINVAL,
                     "the end was read %u times: no more bytes will come, whatever the size of the file says",
                     MOST_ENDS);
}

static int try_read_text(struct op *op)
{
    struct lone_text *text = &op->handle->text;

    if (op->offset == 0 || !op->handle->sampled) {
        int result = take_sample(op);

        if (!result)
            result = check_begin(op);
        if (result)
            return result;
    }
    if (op->offset >= text->length) {
        int result = text->length ? handle_end(op) : 0;

        if (!result)
            fuse_reply_buf(op->request, NULL, 0);
        return result;
    }
    op->handle->ends = 0;
    fuse_reply_buf(op->request, text->text + op->offset,
                   op->size < text->length - op->offset ? op->size : text->length - (size_t)op->offset);
    return 0;
}

static int try_read_memory(struct op *op)
{
    char small[SMALL], *bytes = small;
    ssize_t n;

    if (op->size > sizeof(small)) {
        bytes = malloc(op->size);
        if (!bytes)
            return lone_fail(&op->error, ENOMEM, "no memory for a read of %zu bytes", op->size);
    }
    n = op->node->class->read(op, bytes, op->size, op->offset);
    if (n >= 0)
        fuse_reply_buf(op->request, bytes, (size_t)n);
    if (bytes != small)
        free(bytes);
    return n == READ_PARK ? PARK : n < 0 ? (int)n : 0;
}

/* --- Writing --- */

/* A text write is one line. */
static int try_write_text(struct op *op)
{
    size_t length = op->length;
    const char *newline, *zero;
    int result;

    if (length > LINE_MAX_BYTES)
        return lone_fail(&op->error, EINVAL, "%zu bytes in one write: a line has at most %d", length, LINE_MAX_BYTES);
    if (length && op->data[length - 1] == '\n')
        length--;
    newline = memchr(op->data, '\n', length);
    zero = memchr(op->data, 0, length);
    if (newline || zero) {
        const char *bad = newline ? newline : zero;

        result = lone_fail(&op->error, EINVAL, "%s",
                           newline ? "more than one line: write one line at a time"
                                   : "a zero byte: this file takes a line of text");
        lone_error_at(&op->error, (size_t)(bad - op->data), 1);
        return result;
    }
    result = op->node->class->store(op, op->data, length);
    if (!result)
        fuse_reply_write(op->request, op->length);
    return result;
}

static int try_write_memory(struct op *op)
{
    ssize_t n = op->node->class->write(op, op->data, op->length, op->offset);

    if (n >= 0)
        fuse_reply_write(op->request, (size_t)n);
    return n == READ_PARK ? PARK : n < 0 ? (int)n : 0;
}

static int try_sync(struct op *op)
{
    int result = op->node->class->sync(op);

    if (!result)
        fuse_reply_err(op->request, 0);
    return result;
}

/* What it waited for before, and until when, holds again afterwards. */
static int hold(struct op *op)
{
    if (!op->held)
        op->held_deadline_ns = op->deadline_ns;
    op->held = true;
    return op_park(op, op->waits_for, NEVER, RESET_LOOK_NS);
}

static void let_go_on(struct op *op)
{
    if (!op->held)
        return;
    op->held = false;
    op->deadline_ns = op->held_deadline_ns;
    op->again_ns = NEVER;
}

static int op_dispatch(struct op *op)
{
    const struct node_class *class = op->node->class;

    if (op->kind == OP_LOCK)
        return lock_try(op);
    /* All but the reset itself and what needs no device wait until it is over: an access would block in the kernel, on
     * a dead device for a minute, and us with it. */
    if (lone_controller_resetting(op->fs->controller) && !op->progress && !class->offline)
        return hold(op);
    let_go_on(op);
    if (op->kind == OP_SYNC)
        return try_sync(op);
    if (op->kind == OP_READ)
        return class->answer ? class->answer(op) : class->memory ? try_read_memory(op) : try_read_text(op);
    return class->memory ? try_write_memory(op) : try_write_text(op);
}

/* Commands that a read sends itself are waited for even without blocking, as any file's disk would be. */
static bool waits_for_event(const struct op *op)
{
    return op->node->class->waits || (op->node->source && op->node->source->waits);
}

int op_try(struct op *op)
{
    int result = op_dispatch(op);

    if (result == PARK && op->kind == OP_READ && op->handle->flags & O_NONBLOCK && waits_for_event(op)) {
        fuse_reply_err(op->request, EAGAIN); /* an answer to a question, and no failure: `error` keeps what it has */
        op_release(op);
        return -EAGAIN;
    }
    if (result < 0)
        op_abandon(op, -result);
    else if (result != PARK)
        op_release(op);
    return result;
}

/* --- Names --- */

static void do_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct fs *fs = fs_of(request);
    struct node *dir = node_of(fs, parent), *node;
    struct lone_error error = {0};
    struct fuse_entry_param entry = {0};
    int result;

    node = node_lookup(fs, dir, name, &result, &error);
    if (!node) {
        if (error.number)
            error_note_lookup(fs, dir, name, fuse_req_ctx(request)->pid, &error);
        fuse_reply_err(request, valid_errno(-result));
        return;
    }
    entry.ino = node_ino(fs, node);
    entry.entry_timeout = entry_timeout(node);
    entry.attr_timeout = attr_timeout(fs, node);
    node_stat(fs, node, &entry.attr);
    if (fuse_reply_entry(request, &entry))
        node_put(fs, node, 1);
}

/* What a handler is told of a request. */
static struct op plain_op(fuse_req_t request, fuse_ino_t ino, const char *verb)
{
    struct fs *fs = fs_of(request);

    return (struct op){.fs = fs,
                       .kind = OP_OTHER,
                       .verb = verb,
                       .request = request,
                       .tid = fuse_req_ctx(request)->pid,
                       .node = node_of(fs, ino),
                       .inode = node_inode_of(ino)};
}

static void do_forget(fuse_req_t request, fuse_ino_t ino, uint64_t n)
{
    struct fs *fs = fs_of(request);

    node_put(fs, node_of(fs, ino), n);
    fuse_reply_none(request);
}

static void do_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets)
{
    struct fs *fs = fs_of(request);

    for (size_t i = 0; i < count; i++)
        node_put(fs, node_of(fs, forgets[i].ino), forgets[i].nlookup);
    fuse_reply_none(request);
}

static void reply_attr(fuse_req_t request, const struct node *node)
{
    struct fs *fs = fs_of(request);
    struct stat stat;

    node_stat(fs, node, &stat);
    fuse_reply_attr(request, &stat, attr_timeout(fs, node));
}

/* Through an open file the kernel asks for lseek(2) only, to find the end. Where there is none, who seeks it shall read
 * instead. What the kernel remembers it does not ask for: there the end is the size that is shown. */
static void do_getattr(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *info)
{
    struct fs *fs = fs_of(request);
    const struct node *node = node_of(fs, ino);

    if (info && !node_keeps_size(fs, node) && !node_is_exact(fs, node))
        fuse_reply_err(request, ESPIPE);
    else
        reply_attr(request, node);
}

#define STAYS \
    "the files of the mount stay, as they are called: rmdir ends an object in cmd/, mem/, queues/sq/ or queues/cq/"
#define MADE "no files can be made here: mkdir in cmd/, mem/, queues/sq/ and queues/cq/ makes objects"

/* What nobody can do here, to what is called @name in @ino; NULL: to @ino. */
static void refuse(fuse_req_t request, fuse_ino_t ino, const char *what, const char *name, const char *why)
{
    struct op op = plain_op(request, ino, what);

    op.data = (char *)(uintptr_t)name;
    op.length = name ? strlen(name) : 0;
    op_abandon(&op, -lone_fail(&op.error, EPERM, "%s", why));
}

/* chmod holds while mounted; times are taken and mean nothing, and so do most sizes (every `>` truncates, dd too). */
static void do_setattr(fuse_req_t request, fuse_ino_t ino, struct stat *attr, int to_set, struct fuse_file_info *info)
{
    struct fs *fs = fs_of(request);
    struct node *node = node_of(fs, ino);

    (void)info;
    if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) {
        refuse(request, ino, "chown of", NULL,
               "everything belongs to who has mounted: chmod opens single files to others");
        return;
    }
    if (to_set & FUSE_SET_ATTR_SIZE && node->class->truncate) {
        struct op op = plain_op(request, ino, "truncate");
        int result = node->class->truncate(&op, (uint64_t)attr->st_size);

        if (result < 0) {
            op_abandon(&op, -result);
            return;
        }
    }
    if (to_set & FUSE_SET_ATTR_MODE) {
        node->mode = attr->st_mode & 0777;
        node_pin(fs, node);
    }
    reply_attr(request, node);
}

static void do_readdir(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info)
{
    struct fs *fs = fs_of(request);
    struct node *dir = node_of(fs, ino), child;
    char *buffer = malloc(size), name[64];
    size_t used = 0;

    (void)info;
    if (!buffer) {
        fuse_reply_err(request, ENOMEM);
        return;
    }
    for (uint64_t next = (uint64_t)offset;; offset = (off_t)next) {
        struct stat stat = {.st_mode = S_IFDIR, .st_ino = dir->ino};
        size_t n;

        if (offset < 2) {
            strcpy(name, offset ? ".." : ".");
            next = (uint64_t)offset + 1;
        } else {
            next = (uint64_t)offset - 2;
            if (!node_list(fs, dir, &next, name, &child))
                break;
            next += 2;
            stat.st_mode = child.class->directory ? S_IFDIR : S_IFREG;
            stat.st_ino = node_listed_ino(fs, dir, name);
        }
        n = fuse_add_direntry(request, buffer + used, size - used, name, &stat, (off_t)next);
        if (n > size - used)
            break;
        used += n;
    }
    fuse_reply_buf(request, buffer, used);
    free(buffer);
}

static void do_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
    struct op op = plain_op(request, parent, "mkdir in");
    int result;

    (void)mode;
    op.data = (char *)(uintptr_t)name;
    op.length = strlen(name);
    if (op.fs->options.read_only)
        result = lone_fail(&op.error, EROFS, "the mount is read-only");
    else if (!op.node->class->make)
        result = lone_fail(&op.error, EPERM,
                           "nothing can be made here: objects are made in cmd/, mem/, queues/sq/ and queues/cq/");
    else
        result = op.node->class->make(&op, name);
    if (result < 0)
        op_abandon(&op, -result);
    else
        do_lookup(request, parent, name);
}

static void do_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct op op = plain_op(request, parent, "rmdir in");
    int result;

    op.data = (char *)(uintptr_t)name;
    op.length = strlen(name);
    if (op.fs->options.read_only)
        result = lone_fail(&op.error, EROFS, "the mount is read-only");
    else if (!op.node->class->remove)
        result = lone_fail(&op.error, EPERM, "%s is part of the mount and stays", name);
    else
        result = op.node->class->remove(&op, name);
    if (result < 0)
        op_abandon(&op, -result);
    else
        fuse_reply_err(request, 0);
}

/* Without this a typing error after `>` would say "Function not implemented". */
static void do_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *info)
{
    (void)parent, (void)name, (void)mode, (void)info;
    fuse_reply_err(request, ENOENT);
}

static void do_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    (void)mode, (void)device;
    refuse(request, parent, "mknod in", name, MADE);
}

static void do_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    refuse(request, parent, "unlink in", name, STAYS);
}

static void do_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                      const char *new_name, unsigned flags)
{
    (void)new_parent, (void)new_name, (void)flags;
    refuse(request, parent, "rename in", name, STAYS);
}

static void do_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name)
{
    (void)target;
    refuse(request, parent, "symlink in", name, MADE);
}

static void do_link(fuse_req_t request, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
    (void)ino;
    refuse(request, parent, "link in", name, MADE);
}

/* --- Files --- */

/* The kernel checked the mode bits, but not for root; and chmod cannot make a file do what it does not do. */
static int check_access(struct op *op, int flags)
{
    const struct node_class *class = op->node->class;
    bool reads = (flags & O_ACCMODE) != O_WRONLY, writes = (flags & O_ACCMODE) != O_RDONLY;

    if (writes && op->fs->options.read_only)
        return lone_fail(&op->error, EROFS, "the mount is read-only");
    if (writes && (!(op->node->mode & 0222) || !(class->store || class->write) ||
                   (op->node->source && !op->node->source->writable)))
        return lone_fail(&op->error, EACCES, "this file is read-only");
    if (reads && (!(op->node->mode & 0444) || !(class->show || class->read || class->answer)))
        return lone_fail(&op->error, EACCES, "this file is write-only");
    return 0;
}

static int open_handle(struct op *op, int flags)
{
    int result = check_access(op, flags);

    if (result)
        return result;
    op->handle = calloc(1, sizeof(*op->handle));
    if (!op->handle)
        return lone_fail(&op->error, ENOMEM, "no memory for an open file");
    op->handle->node = op->node;
    op->handle->flags = flags;
    op->handle->started_ns = op->node->class->waits ? now_ns() : 0;
    if (op->node->class->open)
        result = op->node->class->open(op);
    if (result) {
        free(op->handle);
        op->handle = NULL;
        return result;
    }
    node_get(op->node);
    LIST_INSERT_HEAD(&op->fs->handles, op->handle, all);
    return 0;
}

static void do_open(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *info)
{
    struct op op = plain_op(request, ino, "open");
    int result = open_handle(&op, info->flags);

    if (result < 0) {
        op_abandon(&op, -result);
        return;
    }
    info->fh = (uintptr_t)op.handle;
    info->direct_io = 1;
    info->noflush = 1;              /* nothing happens there; and the close of `ctl` after `unmount` shall not fail */
    fuse_reply_open(request, info); /* if the client is gone, the kernel still sends the release */
}

static void close_handle(struct fs *fs, struct handle *handle)
{
    struct op op = {.fs = fs, .kind = OP_OTHER, .node = handle->node, .handle = handle, .verb = "close"};

    if (op.node->class->release)
        op.node->class->release(&op);
    if (handle->poll) {
        LIST_REMOVE(handle, link);
        fuse_pollhandle_destroy(handle->poll);
    }
    LIST_REMOVE(handle, all);
    lone_text_free(&handle->text);
    free(handle);
    node_put(fs, op.node, 1);
}

void fs_close_handles(struct fs *fs)
{
    while (!LIST_EMPTY(&fs->handles))
        close_handle(fs, LIST_FIRST(&fs->handles));
}

static void do_release(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *info)
{
    if (info->flock_release)
        lock_release(fs_of(request), node_of(fs_of(request), ino), info->lock_owner);
    close_handle(fs_of(request), (struct handle *)(uintptr_t)info->fh);
    fuse_reply_err(request, 0);
}

/* A read without an owner fills the kernel's page cache, for splice, sendfile, copy_file_range or a private mmap: whole
 * pages, that would be kept. Refused, programs fall back on read(2); it is no failure of anybody's. */
static void do_read(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info)
{
    struct op op = plain_op(request, ino, "read");

    if (!info->lock_owner && !op.node->class->cached) {
        fuse_reply_err(request, EINVAL);
        return;
    }
    op.kind = OP_READ;
    op.handle = (struct handle *)(uintptr_t)info->fh;
    op.size = size;
    op.offset = (uint64_t)offset;
    op_run(&op);
}

static void do_write(fuse_req_t request, fuse_ino_t ino, const char *bytes, size_t size, off_t offset,
                     struct fuse_file_info *info)
{
    struct op op = plain_op(request, ino, "write to");

    op.kind = OP_WRITE;
    op.handle = (struct handle *)(uintptr_t)info->fh;
    op.data = (char *)(uintptr_t)bytes;
    op.length = size;
    op.offset = (uint64_t)offset;
    op_run(&op);
}

static void do_fsync(fuse_req_t request, fuse_ino_t ino, int data_only, struct fuse_file_info *info)
{
    struct op op = plain_op(request, ino, "fsync of");

    (void)data_only;
    if (!op.node->class->sync) {
        fuse_reply_err(request, 0);
        return;
    }
    op.kind = OP_SYNC;
    op.handle = (struct handle *)(uintptr_t)info->fh;
    op_run(&op);
}

/* Without an answer of ours, posix_fallocate(3) would write zeros, byte by byte, for as long as it takes. */
static void do_fallocate(fuse_req_t request, fuse_ino_t ino, int mode, off_t offset, off_t length,
                         struct fuse_file_info *info)
{
    struct op op = plain_op(request, ino, "fallocate");
    int result = op.node->class->allocate
                     ? op.node->class->allocate(&op, mode, (uint64_t)offset, (uint64_t)length)
                     : lone_fail(&op.error, ENODEV, "this is no place where bytes could be set aside");

    (void)info;
    if (result < 0)
        op_abandon(&op, -result);
    else
        fuse_reply_err(request, 0);
}

static void do_flock(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *info, int operation)
{
    struct op op = plain_op(request, ino, "flock of");

    op.kind = OP_LOCK;
    op.step = (unsigned)operation;
    op.number = info->lock_owner;
    op_run(&op);
}

bool op_ready(struct op *op)
{
    const struct node_class *class = op->node->class;

    op->handle->due_ns = NEVER;
    return !class->ready || ((class->offline || !lone_controller_resetting(op->fs->controller)) && class->ready(op));
}

static void do_poll(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *info, struct fuse_pollhandle *poll)
{
    struct op op = plain_op(request, ino, "poll");
    struct handle *handle = (struct handle *)(uintptr_t)info->fh;
    bool ready;

    op.handle = handle;
    ready = op_ready(&op);
    if (poll && handle->poll) {
        LIST_REMOVE(handle, link);
        fuse_pollhandle_destroy(handle->poll);
        handle->poll = NULL;
    }
    if (poll && ready) {
        fuse_pollhandle_destroy(poll);
    } else if (poll) {
        handle->poll = poll;
        LIST_INSERT_HEAD(&op.fs->polled, handle, link);
    }
    op_release(&op);
    fuse_reply_poll(request, ready ? POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM : POLLOUT | POLLWRNORM);
}

/* With that, the kernel would take the size to be 0 after `: > FILE` until it asks again. */
static void do_init(void *context, struct fuse_conn_info *connection)
{
    (void)context;
    connection->want &= ~(unsigned)FUSE_CAP_ATOMIC_O_TRUNC;
}

const struct fuse_lowlevel_ops fs_operations = {
    .init = do_init,
    .lookup = do_lookup,
    .forget = do_forget,
    .forget_multi = do_forget_multi,
    .getattr = do_getattr,
    .setattr = do_setattr,
    .readdir = do_readdir,
    .mkdir = do_mkdir,
    .rmdir = do_rmdir,
    .create = do_create,
    .mknod = do_mknod,
    .unlink = do_unlink,
    .rename = do_rename,
    .symlink = do_symlink,
    .link = do_link,
    .open = do_open,
    .release = do_release,
    .read = do_read,
    .write = do_write,
    .fsync = do_fsync,
    .fallocate = do_fallocate,
    .flock = do_flock,
    .poll = do_poll,
};
