/* SPDX-License-Identifier: MIT */
/* Names and inodes. Nodes exist while the kernel, a child or an open file refers to them; directories make them on
 * demand. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs.h"

/* FNV-1a over the parent's hash and the name. */
static uint64_t hash_of(const struct node *dir, const char *name)
{
    uint64_t hash = (dir ? dir->hash : 0) ^ 0xcbf29ce484222325ull;

    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 0x100000001b3ull;
    return hash;
}

static unsigned bucket_of(uint64_t hash)
{
    return (unsigned)((hash ^ hash >> 32) % NODE_BUCKETS);
}

static bool is_taken(struct fs *fs, uint32_t ino)
{
    const struct node *node;

    LIST_FOREACH(node, &fs->by_number[ino % NODE_BUCKETS], number_link)
    if (node->ino == ino)
        return true;
    return false;
}

/* A name keeps its inode number although its node comes and goes, as long as no other has it. Programs of 32 bits stop
 * at a larger one. */
static uint32_t choose_ino(struct fs *fs, uint64_t hash)
{
    uint32_t ino = (uint32_t)(hash ^ hash >> 32);

    while (ino <= FUSE_ROOT_ID || is_taken(fs, ino))
        ino++;
    return ino;
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
    LIST_REMOVE(node, number_link);
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
    fs->pinned++;
    node_get(node);
}

static void unpin(struct fs *fs, struct node *node)
{
    node->pinned = false;
    fs->pinned--;
    node_put(fs, node, 1);
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

    while (fs->pinned && (node = find_pinned(fs, cmd, mem)))
        unpin(fs, node);
}

static bool is_below(const struct node *node, const struct node *top)
{
    while (node && node != top)
        node = node->parent;
    return node != NULL;
}

static struct node *find_pinned_below(struct fs *fs, const struct node *top)
{
    struct node *node;

    for (unsigned i = 0; i < NODE_BUCKETS; i++)
        LIST_FOREACH(node, &fs->buckets[i], link)
    if (node->pinned && is_below(node, top))
        return node;
    return NULL;
}

/* A name stands for another object now: what chmod did to the one before, and to its files, is over. */
static void unpin_below(struct fs *fs, struct node *top)
{
    struct node *node;

    node_get(top);
    while (fs->pinned && (node = find_pinned_below(fs, top)))
        unpin(fs, node);
    node_put(fs, top, 1);
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
        .made = dir->made,
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

static struct node *find_known(struct fs *fs, struct node *dir, const char *name)
{
    struct node *node;

    LIST_FOREACH(node, &fs->buckets[bucket_of(hash_of(dir, name))], link)
    if (node->parent == dir && !strcmp(node->name, name))
        return node;
    return NULL;
}

uint32_t node_listed_ino(struct fs *fs, struct node *dir, const char *name)
{
    const struct node *known = find_known(fs, dir, name);

    return known ? known->ino : choose_ino(fs, hash_of(dir, name));
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
    node->hash = hash_of(dir, name);
    node->ino = dir ? choose_ino(fs, node->hash) : FUSE_ROOT_ID;
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
    LIST_INSERT_HEAD(&fs->buckets[bucket_of(node->hash)], node, link);
    LIST_INSERT_HEAD(&fs->by_number[node->ino % NODE_BUCKETS], node, number_link);
    return node;
}

/* A transient name may stand for another object than last time: then the old node is only kept for those who have it.
 */
static bool still_same(const struct node *known, const struct node *found)
{
    return known->class == found->class && known->cmd == found->cmd && known->mem == found->mem &&
           known->field == found->field && known->record == found->record && known->made == found->made;
}

struct node *node_lookup(struct fs *fs, struct node *dir, const char *name, int *result, struct lone_error *error)
{
    struct node *known = find_known(fs, dir, name), child;

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
        if (known)
            unpin_below(fs, known);
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

static uint64_t exact_size(struct fs *fs, const struct node *node)
{
    return node->class->size ? node->class->size(fs, node) : SIZE_UNKNOWN;
}

bool node_is_exact(struct fs *fs, const struct node *node)
{
    return node->class->directory || exact_size(fs, node) != SIZE_UNKNOWN;
}

uint64_t node_most(struct fs *fs, const struct node *node)
{
    if (node->class->most_of)
        return node->class->most_of(fs, node);
    return node->class->most ? node->class->most : FILE_SIZE;
}

bool node_keeps_size(struct fs *fs, const struct node *node)
{
    if (node->class->transient || node->class->waits)
        return false;
    return node_is_exact(fs, node) || node_most(fs, node) == FILE_SIZE;
}

/*
 * Where the size is not known before a read, programs that believe it are right, or say that something is wrong, if it
 * is at once the size of a block, a power of two, and not below what is read: they take that for a file as in /sys.
 * With a size of 0 many read nothing; with a smaller one they cut off; with one of several blocks some look for the
 * end. docs/programs.md says which.
 */
void node_stat(struct fs *fs, const struct node *node, struct stat *stat)
{
    uint64_t exact = node->class->directory ? 0 : exact_size(fs, node);
    uint64_t size = exact == SIZE_UNKNOWN ? node_most(fs, node) : exact;

    *stat = (struct stat){
        .st_ino = node->ino,
        .st_mode = (node->class->directory ? S_IFDIR : S_IFREG) | node->mode,
        .st_nlink = node->class->directory ? 2 : 1,
        .st_uid = fs->uid,
        .st_gid = fs->gid,
        .st_size = (off_t)size,
        .st_blksize = exact == SIZE_UNKNOWN && size > FILE_SIZE ? (blksize_t)size : FILE_SIZE,
        .st_blocks = (blkcnt_t)((size + 511) / 512), /* fewer would be a file with holes */
        .st_atim = fs->mounted,
        .st_mtim = fs->mounted,
        .st_ctim = fs->mounted,
    };
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
