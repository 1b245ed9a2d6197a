/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side of FUSE, for a lonefs that is mounted nowhere: requests as <linux/fuse.h> lays them out go through
 * a socket into its session, and what comes back is held against what the kernel relies on. It keeps the kernel's
 * promises: a node is named by a number that a lookup returned and no forget took back, an open file by its handle
 * until its release, and one write at a time waits for an inode. Whatever is left over to the caller of a system call
 * (names, bytes, sizes, offsets, orders, interrupts) is the caller's.
 */
#ifndef LONE_TESTS_FUZZ_KERNEL_H
#define LONE_TESTS_FUZZ_KERNEL_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KERNEL_NODES   256u
#define KERNEL_FILES   32u
#define KERNEL_PENDING 64u
#define KERNEL_LARGEST 65536u /* bytes of a read or write */

struct kernel_node {
    uint64_t id; /* 0: this entry is free */
    uint64_t lookups;
    unsigned users; /* open files and requests under way */
    bool directory, writing;
};

struct kernel_file {
    bool open;
    uint64_t handle;
    struct kernel_node *node;
    unsigned users; /* requests under way */
    uint32_t flags;
};

struct kernel_request {
    uint64_t unique; /* 0: this entry is free */
    uint32_t opcode, size;
    uint64_t offset;
    struct kernel_node *node, *other;
    struct kernel_file *file;
};

/* What an answer brought, of the request that was sent last or of one that was waited for. */
struct kernel_answer {
    bool came;
    int error; /* 0, or a negative errno */
    size_t size;
    uint8_t bytes[KERNEL_LARGEST + 4096];
    struct kernel_node *node; /* of a lookup */
    struct kernel_file *file; /* of an open */
};

struct kernel {
    int fd;
    uint64_t unique;
    uint32_t tid;  /* of those who ask from now on */
    int answer_ms; /* how long to wait for an answer that something else is built on */
    struct kernel_node nodes[KERNEL_NODES];
    struct kernel_file files[KERNEL_FILES];
    struct kernel_request pending[KERNEL_PENDING];
    unsigned n_pending;
    uint64_t polls; /* handles of polls are 1 to this */
    bool unmounts;  /* somebody has written `unmount`: what comes after need not be answered */
    struct kernel_answer answer;
};

/* One argument of a request: a structure, a name with its zero byte, data. */
struct kernel_part {
    const void *bytes;
    size_t size;
};

/* Begins to speak through @fd, which it closes at the end: FUSE_INIT, and the root. */
void kernel_init(struct kernel *kernel, int fd);
/* No more requests: every one must be answered now. */
void kernel_end(struct kernel *kernel);

/* Sends a request. @node, and @file and @other if not NULL, are kept until it is answered; @size: bytes that a read
 * asks for or a write brings, @offset a directory's. Returns its number, or 0 where the kernel would not send it now.
 */
uint64_t kernel_send(struct kernel *kernel, uint32_t opcode, struct kernel_node *node, struct kernel_file *file,
                     struct kernel_node *other, uint32_t size, uint64_t offset, const struct kernel_part *parts,
                     unsigned n_parts);
/* Takes answers for @ms milliseconds at most, until that to @unique (0: any number of them) has come. */
bool kernel_wait(struct kernel *kernel, uint64_t unique, int ms);

/* These wait for the answer, for some time; NULL or false: it was an error, or did not come. */
struct kernel_node *kernel_lookup(struct kernel *kernel, struct kernel_node *directory, const char *name);
struct kernel_file *kernel_open(struct kernel *kernel, struct kernel_node *node, uint32_t flags);
bool kernel_read(struct kernel *kernel, struct kernel_file *file, uint32_t size, uint64_t offset, int ms);
bool kernel_write(struct kernel *kernel, struct kernel_file *file, const void *bytes, uint32_t size, uint64_t offset,
                  int ms);
void kernel_release(struct kernel *kernel, struct kernel_file *file);
/* Takes @lookups back, all of them at most; nothing happens while the node is used. */
void kernel_forget(struct kernel *kernel, struct kernel_node *node, uint64_t lookups);
void kernel_interrupt(struct kernel *kernel, uint64_t unique);

#endif
