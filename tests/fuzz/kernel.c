/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define PATIENCE_MS 30000 /* until what must be answered counts as lost, also on a busy machine */
#define ANSWER_MS   50    /* as long as it is no matter whether it comes */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- nodes and files ---- */

static struct kernel_node *node_of(struct kernel *kernel, uint64_t id)
{
    for (unsigned i = 0; i < KERNEL_NODES; i++)
        if (kernel->nodes[i].id == id)
            return &kernel->nodes[i];
    return NULL;
}

/* The root is never forgotten; who is used is not forgotten either. */
static struct kernel_node *make_room(struct kernel *kernel)
{
    for (unsigned i = 1; i < KERNEL_NODES; i++)
        if (!kernel->nodes[i].users) {
            kernel_forget(kernel, &kernel->nodes[i], UINT64_MAX);
            return &kernel->nodes[i];
        }
    MUST(!"a node is free, because fewer are used than there are");
    return NULL;
}

static struct kernel_node *add_node(struct kernel *kernel, const struct fuse_entry_out *entry)
{
    struct kernel_node *node;

    MUST(entry->nodeid && entry->attr.ino);
    MUST(S_ISDIR(entry->attr.mode) || S_ISREG(entry->attr.mode));
    node = node_of(kernel, entry->nodeid);
    if (!node)
        node = node_of(kernel, 0);
    if (!node)
        node = make_room(kernel);
    if (node->id)
        MUST(node->directory == S_ISDIR(entry->attr.mode));
    *node = (struct kernel_node){.id = entry->nodeid,
                                 .lookups = node->lookups + 1,
                                 .users = node->users,
                                 .directory = S_ISDIR(entry->attr.mode),
                                 .writing = node->writing};
    return node;
}

static void let_go(struct kernel_request *request)
{
    request->node->users--;
    if (request->other)
        request->other->users--;
    if (request->file)
        request->file->users--;
    if (request->opcode == FUSE_WRITE)
        request->node->writing = false;
    request->unique = 0;
}

/* ---- what is relied on ---- */

static void check_directory(const struct kernel_request *request, const uint8_t *bytes, size_t size)
{
    MUST(size <= request->size);
    for (size_t at = 0; at < size;) {
        struct fuse_dirent entry;
        const uint8_t *name = bytes + at + FUSE_NAME_OFFSET;

        MUST(size - at >= FUSE_NAME_OFFSET);
        memcpy(&entry, bytes + at, FUSE_NAME_OFFSET);
        MUST(entry.namelen && entry.namelen <= 255 && FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen) <= size - at);
        MUST(!memchr(name, '/', entry.namelen) && !memchr(name, 0, entry.namelen));
        MUST(entry.ino && entry.off > request->offset);
        at += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);
    }
}

static struct kernel_file *add_file(struct kernel *kernel, const struct kernel_request *request,
                                    const struct fuse_open_out *opened)
{
    for (unsigned i = 0; i < KERNEL_FILES; i++)
        if (!kernel->files[i].open) {
            kernel->files[i] =
                (struct kernel_file){.open = true, .handle = opened->fh, .node = request->node, .flags = request->size};
            request->node->users++;
            return &kernel->files[i];
        }
    MUST(!"a file is free, because nothing is opened when none is");
    return NULL;
}

/* A good answer: what is in it depends on the request. */
static void take_contents(struct kernel *kernel, const struct kernel_request *request, const uint8_t *bytes,
                          size_t size)
{
    struct kernel_answer *answer = &kernel->answer;
    struct fuse_entry_out entry;
    struct fuse_open_out opened;
    struct fuse_write_out written;

    switch (request->opcode) {
    case FUSE_LOOKUP:
    case FUSE_MKDIR:
        MUST(size == sizeof(entry));
        memcpy(&entry, bytes, sizeof(entry));
        answer->node = add_node(kernel, &entry);
        break;
    case FUSE_OPEN:
    case FUSE_OPENDIR:
        MUST(size == sizeof(opened));
        memcpy(&opened, bytes, sizeof(opened));
        answer->file = add_file(kernel, request, &opened);
        break;
    case FUSE_WRITE:
        MUST(size == sizeof(written));
        memcpy(&written, bytes, sizeof(written));
        MUST(written.size <= request->size && (written.size || !request->size));
        break;
    case FUSE_READ:
        MUST(size <= request->size);
        break;
    case FUSE_READDIR:
        check_directory(request, bytes, size);
        break;
    case FUSE_GETATTR:
    case FUSE_SETATTR:
        MUST(size == sizeof(struct fuse_attr_out));
        break;
    default:
        break;
    }
}

static struct kernel_request *pending(struct kernel *kernel, uint64_t unique)
{
    for (unsigned i = 0; i < KERNEL_PENDING; i++)
        if (kernel->pending[i].unique == unique)
            return &kernel->pending[i];
    return NULL;
}

static void take_notice(struct kernel *kernel, const struct fuse_out_header *header, const uint8_t *bytes)
{
    struct fuse_notify_poll_wakeup_out poll;

    if (header->error != FUSE_NOTIFY_POLL)
        return;
    MUST(header->len == sizeof(*header) + sizeof(poll));
    memcpy(&poll, bytes, sizeof(poll));
    MUST(poll.kh && poll.kh <= kernel->polls);
}

static void take(struct kernel *kernel, const uint8_t *bytes, size_t size)
{
    struct kernel_answer *answer = &kernel->answer;
    struct fuse_out_header header;
    struct kernel_request *request;

    MUST(size >= sizeof(header));
    memcpy(&header, bytes, sizeof(header));
    MUST(header.len == size);
    bytes += sizeof(header);
    size -= sizeof(header);
    if (!header.unique) {
        take_notice(kernel, &header, bytes);
        return;
    }
    if (header.unique & 1) { /* to an interrupt: what it was for is not there, or not yet */
        MUST(header.error == -EAGAIN);
        return;
    }
    request = pending(kernel, header.unique);
    MUST(request); /* one answer to each */
    MUST(header.error <= 0 && header.error > -512 && (!header.error || !size));
    answer->came = true;
    answer->error = header.error;
    answer->size = size < sizeof(answer->bytes) ? size : sizeof(answer->bytes);
    memcpy(answer->bytes, bytes, answer->size);
    answer->node = NULL;
    answer->file = NULL;
    if (!header.error)
        take_contents(kernel, request, bytes, size);
    let_go(request);
    kernel->n_pending--;
}

/* One answer, or false: none came in time. */
static bool take_one(struct kernel *kernel, int64_t end_ms)
{
    static uint8_t bytes[2 * KERNEL_LARGEST + 8192];
    struct pollfd ready = {.fd = kernel->fd, .events = POLLIN};
    int64_t left;
    ssize_t n;
    int result;

    do { /* a fuzzer has an alarm clock */
        left = end_ms - now_ms();
        result = poll(&ready, 1, left > 0 ? (int)left : 0);
    } while (result < 0 && errno == EINTR);
    if (result <= 0)
        return false;
    n = recv(kernel->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n <= 0)
        return false;
    MUST((size_t)n < sizeof(bytes));
    take(kernel, bytes, (size_t)n);
    return true;
}

bool kernel_wait(struct kernel *kernel, uint64_t unique, int ms)
{
    int64_t end = now_ms() + ms;

    while (!unique || pending(kernel, unique))
        if (!take_one(kernel, end))
            return false;
    return true;
}

/* ---- requests ---- */

/* The other side may be waiting for us to take answers. */
static void transmit(struct kernel *kernel, const struct iovec *vectors, size_t n)
{
    const struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)vectors, .msg_iovlen = n};
    int64_t end = now_ms() + PATIENCE_MS;

    while (sendmsg(kernel->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if ((errno == EPIPE || errno == ECONNRESET) && kernel->unmounts)
            return;
        MUST(errno == EAGAIN || errno == EINTR);
        MUST(now_ms() < end);
        take_one(kernel, now_ms() + 1);
    }
}

static void transmit_request(struct kernel *kernel, uint32_t opcode, uint64_t node, uint64_t unique,
                             const struct kernel_part *parts, unsigned n_parts)
{
    struct fuse_in_header header = {.len = sizeof(header),
                                    .opcode = opcode,
                                    .unique = unique,
                                    .nodeid = node,
                                    .uid = getuid(),
                                    .gid = getgid(),
                                    .pid = kernel->tid};
    struct iovec vectors[8] = {{&header, sizeof(header)}};

    MUST(n_parts < 8);
    for (unsigned i = 0; i < n_parts; i++) {
        vectors[i + 1] = (struct iovec){(void *)(uintptr_t)parts[i].bytes, parts[i].size};
        header.len += (uint32_t)parts[i].size;
    }
    transmit(kernel, vectors, n_parts + 1);
}

uint64_t kernel_send(struct kernel *kernel, uint32_t opcode, struct kernel_node *node, struct kernel_file *file,
                     struct kernel_node *other, uint32_t size, uint64_t offset, const struct kernel_part *parts,
                     unsigned n_parts)
{
    struct kernel_request *request = pending(kernel, 0);
    uint64_t unique = kernel->unique += 2;

    kernel->answer.came = false;
    if (!request || (opcode == FUSE_WRITE && node->writing))
        return 0;
    *request = (struct kernel_request){
        .unique = unique, .opcode = opcode, .size = size, .offset = offset, .node = node, .other = other, .file = file};
    node->users++;
    if (other)
        other->users++;
    if (file)
        file->users++;
    node->writing |= opcode == FUSE_WRITE;
    kernel->n_pending++;
    transmit_request(kernel, opcode, node->id, unique, parts, n_parts);
    return unique;
}

struct kernel_node *kernel_lookup(struct kernel *kernel, struct kernel_node *directory, const char *name)
{
    uint64_t unique =
        kernel_send(kernel, FUSE_LOOKUP, directory, NULL, NULL, 0, 0, &(struct kernel_part){name, strlen(name) + 1}, 1);

    return unique && kernel_wait(kernel, unique, kernel->answer_ms) ? kernel->answer.node : NULL;
}

static bool can_open(const struct kernel *kernel)
{
    unsigned opening = 0, free_files = 0;

    for (unsigned i = 0; i < KERNEL_PENDING; i++)
        opening += kernel->pending[i].unique &&
                   (kernel->pending[i].opcode == FUSE_OPEN || kernel->pending[i].opcode == FUSE_OPENDIR);
    for (unsigned i = 0; i < KERNEL_FILES; i++)
        free_files += !kernel->files[i].open;
    return opening < free_files;
}

struct kernel_file *kernel_open(struct kernel *kernel, struct kernel_node *node, uint32_t flags)
{
    const struct fuse_open_in in = {.flags = flags};
    uint64_t unique;

    if (!can_open(kernel))
        return NULL;
    unique = kernel_send(kernel, node->directory ? FUSE_OPENDIR : FUSE_OPEN, node, NULL, NULL, flags, 0,
                         &(struct kernel_part){&in, sizeof(in)}, 1);
    return unique && kernel_wait(kernel, unique, kernel->answer_ms) ? kernel->answer.file : NULL;
}

bool kernel_read(struct kernel *kernel, struct kernel_file *file, uint32_t size, uint64_t offset, int ms)
{
    const struct fuse_read_in in = {.fh = file->handle,
                                    .offset = offset,
                                    .size = size,
                                    .flags = file->flags,
                                    .read_flags = FUSE_READ_LOCKOWNER,
                                    .lock_owner = file->handle};
    uint64_t unique = kernel_send(kernel, file->node->directory ? FUSE_READDIR : FUSE_READ, file->node, file, NULL,
                                  size, offset, &(struct kernel_part){&in, sizeof(in)}, 1);

    return unique && kernel_wait(kernel, unique, ms) && !kernel->answer.error;
}

bool kernel_write(struct kernel *kernel, struct kernel_file *file, const void *bytes, uint32_t size, uint64_t offset,
                  int ms)
{
    const struct fuse_write_in in = {.fh = file->handle, .offset = offset, .size = size, .flags = file->flags};
    const struct kernel_part parts[] = {{&in, sizeof(in)}, {bytes, size}};
    uint64_t unique;

    kernel->unmounts |= memmem(bytes, size, "unmount", 7) != NULL;
    unique = kernel_send(kernel, FUSE_WRITE, file->node, file, NULL, size, offset, parts, 2);
    return unique && kernel_wait(kernel, unique, ms) && !kernel->answer.error;
}

void kernel_release(struct kernel *kernel, struct kernel_file *file)
{
    const struct fuse_release_in in = {.fh = file->handle,
                                       .flags = file->flags,
                                       .release_flags = FUSE_RELEASE_FLOCK_UNLOCK,
                                       .lock_owner = file->handle};

    if (!file->open || file->users ||
        !kernel_send(kernel, file->node->directory ? FUSE_RELEASEDIR : FUSE_RELEASE, file->node, NULL, NULL, 0, 0,
                     &(struct kernel_part){&in, sizeof(in)}, 1))
        return;
    file->open = false;
    file->node->users--;
}

void kernel_forget(struct kernel *kernel, struct kernel_node *node, uint64_t lookups)
{
    struct fuse_forget_in in = {.nlookup = lookups < node->lookups ? lookups : node->lookups};

    if (node == kernel->nodes || !node->id || !in.nlookup || node->users)
        return;
    transmit_request(kernel, FUSE_FORGET, node->id, kernel->unique += 2, &(struct kernel_part){&in, sizeof(in)}, 1);
    node->lookups -= in.nlookup;
    if (!node->lookups)
        *node = (struct kernel_node){0};
}

void kernel_interrupt(struct kernel *kernel, uint64_t unique)
{
    const struct fuse_interrupt_in in = {.unique = unique};

    transmit_request(kernel, FUSE_INTERRUPT, 0, unique | 1, &(struct kernel_part){&in, sizeof(in)}, 1);
}

/* ---- both ends ---- */

void kernel_init(struct kernel *kernel, int fd)
{
    struct fuse_init_in in = {.major = FUSE_KERNEL_VERSION, .minor = 35, .max_readahead = 0x20000, .flags = 0x3ffffff};
    const size_t size = offsetof(struct fuse_init_in, flags) + sizeof(in.flags); /* as before 7.36 */
    uint64_t unique;

    memset(kernel, 0, sizeof(*kernel));
    kernel->fd = fd;
    kernel->tid = (uint32_t)getpid();
    kernel->answer_ms = ANSWER_MS;
    kernel->nodes[0] = (struct kernel_node){.id = FUSE_ROOT_ID, .lookups = 1, .directory = true};
    unique = kernel_send(kernel, FUSE_INIT, kernel->nodes, NULL, NULL, 0, 0, &(struct kernel_part){&in, size}, 1);
    MUST(kernel_wait(kernel, unique, PATIENCE_MS) && !kernel->answer.error);
}

void kernel_end(struct kernel *kernel)
{
    int64_t end = now_ms() + PATIENCE_MS;

    shutdown(kernel->fd, SHUT_WR);
    while (kernel->n_pending && take_one(kernel, end))
        ;
    MUST(!kernel->n_pending || kernel->unmounts);
    close(kernel->fd);
}
