/* SPDX-License-Identifier: MIT */
/* flock(2). The kernel would lock an inode, and a file that several write to has more than one. */
#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>

#include "fs.h"

struct file_lock {
    LIST_ENTRY(file_lock) link;
    struct node *node; /* counted */
    uint64_t owner;    /* an open file, as the kernel calls it */
    bool exclusive;
};

static void lock_free(struct fs *fs, struct file_lock *lock)
{
    LIST_REMOVE(lock, link);
    node_put(fs, lock->node, 1);
    free(lock);
}

void lock_release(struct fs *fs, struct node *node, uint64_t owner)
{
    struct file_lock *lock;

    LIST_FOREACH(lock, &fs->locks, link)
    if (lock->node == node && lock->owner == owner)
        break;
    if (!lock)
        return;
    lock_free(fs, lock);
    op_wake(fs, &fs->locks);
}

void locks_free(struct fs *fs)
{
    while (!LIST_EMPTY(&fs->locks))
        lock_free(fs, LIST_FIRST(&fs->locks));
}

static bool is_held(struct fs *fs, const struct node *node, bool exclusive)
{
    const struct file_lock *lock;

    LIST_FOREACH(lock, &fs->locks, link)
    if (lock->node == node && (exclusive || lock->exclusive))
        return true;
    return false;
}

/* Whoever has a lock and wants another gives up the one that it has, as flock(2) says. */
int lock_try(struct op *op)
{
    int operation = (int)op->step;
    bool exclusive = operation & LOCK_EX;
    struct file_lock *lock;

    lock_release(op->fs, op->node, op->number);
    if (!(operation & LOCK_UN) && is_held(op->fs, op->node, exclusive)) {
        if (!(operation & LOCK_NB))
            return op_park(op, &op->fs->locks, NEVER, 0);
        fuse_reply_err(op->request, EWOULDBLOCK); /* an answer to a question, and no failure of the mount's */
        return 0;
    }
    if (!(operation & LOCK_UN)) {
        lock = malloc(sizeof(*lock));
        if (!lock)
            return lone_fail(&op->error, ENOLCK, "no memory for a lock");
        *lock = (struct file_lock){.node = op->node, .owner = op->number, .exclusive = exclusive};
        node_get(op->node);
        LIST_INSERT_HEAD(&op->fs->locks, lock, link);
    }
    fuse_reply_err(op->request, 0);
    return 0;
}
