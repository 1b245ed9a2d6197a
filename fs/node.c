/* SPDX-License-Identifier: MIT */
/* Names and inodes. Nodes exist while the kernel, a child or an open file refers to them; directories make them on
 * demand. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs.h"

/* FNV-1a over the parent's number and the name: a name keeps its inode number although its node comes and goes. */
uint64_t node_inode(const struct node *dir, const char *name)
{
    uint64_t hash = (dir ? dir->inode : 0) ^ 0xcbf29ce484222325ull;

    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 0x100000001b3ull;
    return hash > 1 ? hash : 2;
}

static unsigned bucket_of(uint64_t inode)
{
    return (unsigned)((inode ^ inode >> 32) % NODE_BUCKETS);
}

struct node *node_of(struct fs *fs, fuse_ino_t ino)
{
    return ino == FUSE_ROOT_ID ? fs->root : (struct node *)(uintptr_t)(ino - ino % NODE_INODES);
}

unsigned node_inode_of(fuse_ino_t ino)
{
    return ino == FUSE_ROOT_ID ? 0 : ino % NODE_INODES;
}

fuse_ino_t node_ino(struct fs *fs, const struct node *node)
{
    unsigned inode = 0;

    if (node == fs->root)
        return FUSE_ROOT_ID;
    while (inode < NODE_INODES && node->writing >> inode & 1)
        inode++;
    return (fuse_ino_t)(uintptr_t)node + inode % NODE_INODES;
}

void node_get(struct node *node)
{
    node->references++;
}

static void node_free(struct fs *fs, struct node *node)
{
    LIST_REMOVE(node, link);
    if (node->cmd)
        cmd_object_put(fs, node->cmd);
    if (node->mem)
        mem_object_put(node->mem);
    if (node->owns_query)
        query_free(node->query);
    free(node->name);
    free(node);
}

void node_put(struct fs *fs, struct node *node, uint64_t n)
{
    while (node && node != fs->root) {
        struct node *parent = node->parent;

        node->references -= n < node->references ? n : node->references;
        if (node->references)
            return;
        node_free(fs, node);
        node = parent;
        n = 1;
    }
}

void node_pin(struct fs *fs, struct node *node)
{
    if (node->pinned || node == fs->root)
        return;
    node->pinned = true;
    fs->pinned += node->cmd || node->mem;
    node_get(node);
}

/* A pinned node of @cmd, or of @mem. */
static struct node *find_pinned(struct fs *fs, const struct cmd_object *cmd, const struct mem_object *mem)
{
    struct node *node;

    for (unsigned i = 0; i < NODE_BUCKETS; i++)
        LIST_FOREACH(node, &fs->buckets[i], link)
    if (node->pinned && ((cmd && node->cmd == cmd) || (mem && node->mem == mem)))
        return node;
    return NULL;
}

void nodes_unpin(struct fs *fs, const struct cmd_object *cmd, const struct mem_object *mem)
{
    struct node *node;

    while (fs->pinned && (node = find_pinned(fs, cmd, mem))) {
        node->pinned = false;
        fs->pinned--;
        node_put(fs, node, 1);
    }
}

/* What a child is by default: a view of the same thing as its directory. */
static void inherit(const struct node *dir, struct node *child)
{
    *child = (struct node){
        .source = dir->source,
        .record = dir->record,
        .field = dir->field,
        .base = dir->base,
        .number = dir->number,
        .cmd = dir->cmd,
        .mem = dir->mem,
        .query = dir->query,
    };
}

/* A class at which a subtree of records begins says which. */
static void settle(struct node *child)
{
    if (!child->class->source)
        return;
    child->source = child->class->source;
    child->record = child->class->record;
}

static int find_child(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    inherit(dir, child);
    for (const struct entry *entry = dir->class->entries; entry && entry->name; entry++)
        if (!strcmp(entry->name, name)) {
            child->class = entry->class;
            settle(child);
            return 0;
        }
    return dir->class->find ? dir->class->find(fs, dir, name, child, error) : -ENOENT;
}

static unsigned count_entries(const struct node *dir, bool listed_only)
{
    unsigned n = 0;

    for (const struct entry *entry = dir->class->entries; entry && entry->name; entry++)
        n += !listed_only || !entry->hidden;
    return n;
}

/* Places of children that come and go begin here; below are indices. */
#define CHANGING (1ull << 20) /* offsets of directories stay below 2^31, or programs of 32 bits cannot list them */

static bool list_entry(const struct node *dir, uint64_t index, char name[64], struct node *child)
{
    for (const struct entry *entry = dir->class->entries; entry && entry->name; entry++) {
        if (entry->hidden || index--)
            continue;
        strcpy(name, entry->name);
        child->class = entry->class;
        settle(child);
        return true;
    }
    return false;
}

bool node_list(struct fs *fs, struct node *dir, uint64_t *place, char name[64], struct node *child)
{
    uint64_t listed = count_entries(dir, true), number;

    inherit(dir, child);
    if (*place < listed)
        return list_entry(dir, (*place)++, name, child);
    if (dir->class->list_after) {
        number = dir->class->list_after(fs, dir, *place < CHANGING ? 0 : *place - CHANGING, name, child);
        *place = CHANGING + number;
        return number != 0;
    }
    return dir->class->list && dir->class->list(fs, dir, (unsigned)((*place)++ - listed), name, child);
}

static struct node *find_known(struct fs *fs, struct node *dir, const char *name, uint64_t inode)
{
    struct node *node;

    LIST_FOREACH(node, &fs->buckets[bucket_of(inode)], link)
    if (node->parent == dir && !strcmp(node->name, name))
        return node;
    return NULL;
}

static struct node *node_new(struct fs *fs, struct node *dir, const char *name, const struct node *like)
{
    struct node *node = malloc(sizeof(*node));

    if (!node)
        return NULL;
    *node = *like;
    node->name = strdup(name);
    if (!node->name) {
        free(node);
        return NULL;
    }
    node->parent = dir;
    node->inode = node_inode(dir, name);
    node->references = 0;
    if (!node->mode)
        node->mode = node->class->mode;
    if (!fs->options.allow_other)
        node->mode &= 0700;
    if (dir)
        node_get(dir);
    if (node->cmd)
        cmd_object_get(node->cmd);
    if (node->mem)
        mem_object_get(node->mem);
    LIST_INSERT_HEAD(&fs->buckets[bucket_of(node->inode)], node, link);
    return node;
}

/* A transient name may stand for another object than last time: then the old node is only kept for those who have it.
 */
static bool still_same(const struct node *known, const struct node *found)
{
    return known->class == found->class && known->cmd == found->cmd && known->mem == found->mem &&
           known->field == found->field && known->record == found->record;
}

struct node *node_lookup(struct fs *fs, struct node *dir, const char *name, int *result, struct lone_error *error)
{
    struct node *known = find_known(fs, dir, name, node_inode(dir, name)), child;

    *result = 0;
    if (known && known->class->unique)
        known = NULL;
    if (known && !known->class->transient) {
        node_get(known);
        return known;
    }
    *result = find_child(fs, dir, name, &child, error);
    if (*result)
        return NULL;
    if (known && still_same(known, &child)) {
        if (child.owns_query)
            query_free(child.query);
    } else {
        known = node_new(fs, dir, name, &child);
    }
    if (!known) {
        if (child.owns_query)
            query_free(child.query);
        *result = -ENOMEM;
        return NULL;
    }
    node_get(known);
    return known;
}

void node_stat(struct fs *fs, const struct node *node, struct stat *stat)
{
    *stat = (struct stat){
        .st_ino = node == fs->root ? FUSE_ROOT_ID : node->inode,
        .st_mode = (node->class->directory ? S_IFDIR : S_IFREG) | node->mode,
        .st_nlink = node->class->directory ? 2 : 1,
        .st_uid = fs->uid,
        .st_gid = fs->gid,
        .st_blksize = 4096,
        .st_atim = fs->mounted,
        .st_mtim = fs->mounted,
        .st_ctim = fs->mounted,
    };
    if (node->class->size)
        stat->st_size = (off_t)node->class->size(fs, node);
}

const char *node_path(const struct node *node, char *path, size_t size)
{
    char *start = path + size - 1;

    *start = 0;
    for (; node && node->parent; node = node->parent) {
        size_t length = strlen(node->name);

        if (length + 1 > (size_t)(start - path))
            break;
        if (*start)
            *--start = '/';
        start -= length;
        memcpy(start, node->name, length);
    }
    return *start ? start : ".";
}

int nodes_init(struct fs *fs)
{
    struct node like = {.class = &root_class};

    fs->root = node_new(fs, NULL, "", &like);
    if (!fs->root)
        return -ENOMEM;
    fs->root->references = 1;
    return 0;
}

void nodes_free(struct fs *fs)
{
    struct node *node, *next;

    for (unsigned i = 0; i < NODE_BUCKETS; i++)
        for (node = LIST_FIRST(&fs->buckets[i]); node; node = next) {
            next = LIST_NEXT(node, link);
            node_free(fs, node);
        }
    fs->root = NULL;
    fs->pinned = 0;
}
