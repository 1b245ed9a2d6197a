/* SPDX-License-Identifier: MIT */
/* A memory object: what a directory in mem/ stands for. */
#ifndef LONE_FS_MEM_H
#define LONE_FS_MEM_H

#include "fs.h"

struct mem_object {
    struct named named; /* in fs->mems while it has a name */
    struct fs *fs;
    unsigned references; /* the name, nodes, others that mem_object_get() counted */
    bool removed;
    enum lone_where_memory where;
    unsigned access;            /* enum lone_dma_access: what the device may do with it */
    struct lone_region *region; /* NULL: `size` was not written yet */
    struct error_place error;
};

/* The object of that name, or NULL. Not counted. */
struct mem_object *mem_object_named(struct fs *fs, const char *name);

/* Makes @buffer a view of @size bytes at @offset of the object called @name (@length characters), until
 * lone_buffer_free() gives it back; it counts in `in_use` as long. -ENXIO: no such object, no memory allocated, or it
 * is lost; -ENOSPC: they are not inside. */
int mem_borrow(struct fs *fs, const char *name, size_t length, uint64_t offset, uint64_t size,
               struct lone_buffer *buffer, struct lone_error *error);
/* The region of the object called @name, or NULL with @error filled as above. */
struct lone_region *mem_region(struct fs *fs, const char *name, size_t length, struct lone_error *error);

/* A place in memory as users write it: "host" (*@region NULL), or NAME or NAME+OFFSET of an object. Names may have a +
 * in them: where the whole is the name of an object, it is that. And as a file shows it, with a newline: so that it can
 * be written back. */
int mem_place(struct op *op, const char *line, size_t length, struct lone_region **region, uint64_t *offset);
void mem_place_add(struct fs *fs, const struct lone_region *region, uint64_t offset, struct lone_text *text);

/* The name of the object that @region is the memory of; "host" for NULL, "none" when it has lost its name. */
const char *mem_name(struct fs *fs, const struct lone_region *region);

#endif
