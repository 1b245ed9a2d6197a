/* SPDX-License-Identifier: MIT */
/* mem/: memory that commands and queues can be told to use, a directory an object. */
#include "mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OBJECTS 65536u

/* --- Lifetime --- */

void mem_object_get(struct mem_object *object)
{
    object->references++;
}

void mem_object_put(struct mem_object *object)
{
    if (--object->references)
        return;
    free(object->error.text);
    free(object);
}

struct error_place *mem_object_error(struct mem_object *object)
{
    return &object->error;
}

struct mem_object *mem_object_named(struct fs *fs, const char *name)
{
    return (struct mem_object *)named_find(&fs->mems, name, strlen(name));
}

/* Takes the name away, and the memory: what still uses that keeps it. */
void mem_object_end(struct mem_object *object)
{
    if (object->removed)
        return;
    object->removed = true;
    named_remove(&object->fs->mems, &object->named);
    nodes_unpin(object->fs, NULL, object);
    lone_controller_memory_free(object->fs->controller, object->region);
    object->region = NULL;
    mem_object_put(object);
}

static int mem_make(struct op *op, const char *name)
{
    struct mem_object *object;
    int result = object_name_check(name, &op->error);

    if (result)
        return result;
    if (op->fs->mems.count >= MAX_OBJECTS)
        return lone_fail(&op->error, ENOSPC, "there are %u memory objects already: rmdir some", op->fs->mems.count);
    object = calloc(1, sizeof(*object));
    if (!object)
        return lone_fail(&op->error, ENOMEM, "no memory for a memory object");
    object->fs = op->fs;
    object->references = 1;
    object->access = LONE_DMA_READ | LONE_DMA_WRITE;
    named_add(&op->fs->mems, &object->named, name);
    return 0;
}

static int check_unused(const struct mem_object *object, struct lone_error *error)
{
    if (!object->region || !object->region->users)
        return 0;
    return lone_fail(error, EBUSY,
                     "mem/%s is in use, by %u: commands that name it in `mem` or `prp_list`, are outstanding, or were "
                     "lost and may still reach it until the controller is disabled or reset; queues; the Host Memory "
                     "Buffer",
                     object->named.name, object->region->users);
}

static int mem_remove(struct op *op, const char *name)
{
    struct mem_object *object = mem_object_named(op->fs, name);
    int result;

    if (!object)
        return lone_fail(&op->error, ENOENT, "there is no object %s", name);
    result = check_unused(object, &op->error);
    if (!result)
        mem_object_end(object);
    return result;
}

/* --- For others --- */

struct lone_region *mem_region(struct fs *fs, const char *name, size_t length, struct lone_error *error)
{
    struct mem_object *object = (struct mem_object *)named_find(&fs->mems, name, length);

    if (!object)
        lone_fail(error, ENXIO, "there is no mem object %.*s: mkdir mem/%.*s, then write its size",
                  (int)(length < 64 ? length : 64), name, (int)(length < 64 ? length : 64), name);
    else if (!object->region)
        lone_fail(error, ENXIO, "mem/%s has no memory yet: write how many bytes to mem/%s/size", object->named.name,
                  object->named.name);
    else if (!lone_controller_memory_check(object->region, error))
        return object->region;
    return NULL;
}

int mem_borrow(struct fs *fs, const char *name, size_t length, uint64_t offset, uint64_t size,
               struct lone_buffer *buffer, struct lone_error *error)
{
    struct lone_error fault = {0};
    struct lone_region *region = mem_region(fs, name, length, &fault);
    int result = region ? lone_region_borrow(region, offset, size, buffer, &fault) : -fault.number;

    if (result && error)
        *error = fault;
    return result;
}

const char *mem_name(struct fs *fs, const struct lone_region *region)
{
    const struct named *named;

    if (!region)
        return "host";
    TAILQ_FOREACH(named, &fs->mems.all, link)
    if (((const struct mem_object *)named)->region == region)
        return named->name;
    return "none";
}

int mem_place(struct op *op, const char *line, size_t length, struct lone_region **region, uint64_t *offset)
{
    const char *word, *plus;
    size_t n = word_take(&line, &length, &word), name;
    int result;

    *region = NULL;
    *offset = 0;
    if (!n || length)
        return lone_fail(&op->error, EINVAL, "write NAME or NAME+OFFSET of an object in mem/, or host");
    if (word_is(word, n, "host"))
        return 0;
    plus = memrchr(word, '+', n);
    name = plus && !named_find(&op->fs->mems, word, n) ? (size_t)(plus - word) : n;
    if (name < n) {
        result = lone_number_parse("the offset", 33, plus + 1, n - name - 1, offset, &op->error);
        if (result)
            return result;
    }
    *region = mem_region(op->fs, word, name, &op->error);
    return *region ? 0 : -op->error.number;
}

/* What reads as another object's name gets zeros before the offset until it does not. */
void mem_place_add(struct fs *fs, const struct lone_region *region, uint64_t offset, struct lone_text *text)
{
    const char *name = mem_name(fs, region);
    char place[160];
    int n;

    if (!offset) {
        lone_text_add(text, "%s\n", name);
        return;
    }
    n = snprintf(place, sizeof(place), "%s+%" PRIu64, name, offset);
    for (int digits = 1; named_find(&fs->mems, place, (size_t)n) && digits < 64; digits++)
        n = snprintf(place, sizeof(place), "%s+0x%0*" PRIx64, name, digits, offset);
    lone_text_add(text, "%s\n", place);
}

/* --- Files --- */

static const char *const where_words[] = {"host", "cmb", "pmr"};
static const struct {
    const char *word;
    unsigned access;
} access_words[] = {{"rw", LONE_DMA_READ | LONE_DMA_WRITE}, {"r", LONE_DMA_READ}, {"w", LONE_DMA_WRITE}};

static int where_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "%s\n", where_words[op->node->mem->where]);
    return 0;
}

static int where_store(struct op *op, const char *line, size_t length)
{
    struct mem_object *object = op->node->mem;
    const char *word;
    size_t n = word_take(&line, &length, &word);

    for (unsigned i = 0; i < LONE_COUNT(where_words); i++) {
        if (!word_is(word, n, where_words[i]) || length)
            continue;
        if (object->region && i != object->where)
            return lone_fail(&op->error, EBUSY, "its memory is allocated already: write 0 to mem/%s/size first",
                             object->named.name);
        object->where = (enum lone_where_memory)i;
        return 0;
    }
    return lone_fail(&op->error, EINVAL, "write host, cmb or pmr");
}

static int access_show(struct op *op, struct lone_text *text)
{
    for (unsigned i = 0; i < LONE_COUNT(access_words); i++)
        if (access_words[i].access == op->node->mem->access)
            lone_text_add(text, "%s\n", access_words[i].word);
    return 0;
}

static int access_store(struct op *op, const char *line, size_t length)
{
    struct mem_object *object = op->node->mem;
    const char *word;
    size_t n = word_take(&line, &length, &word);

    for (unsigned i = 0; i < LONE_COUNT(access_words); i++) {
        int result = 0;

        if (!word_is(word, n, access_words[i].word) || length)
            continue;
        if (object->region)
            result = lone_region_access(object->region, access_words[i].access, &op->error);
        if (!result)
            object->access = access_words[i].access;
        return result;
    }
    return lone_fail(&op->error, EINVAL, "write r, w or rw: what the device may do");
}

static int size_show(struct op *op, struct lone_text *text)
{
    const struct lone_region *region = op->node->mem->region;

    lone_text_add(text, "%" PRIu64 "\n", region ? region->size : 0);
    return 0;
}

static int allocate(struct op *op, struct mem_object *object, uint64_t size)
{
    uint64_t again_ns;
    int result;

    if (object->where != LONE_IN_HOST && object->access != (LONE_DMA_READ | LONE_DMA_WRITE))
        return lone_fail(
            &op->error, EOPNOTSUPP,
            "the controller reaches its own memory without a mapping, so it cannot be kept from reading or "
            "writing it: write rw to mem/%s/access",
            object->named.name);
    result = lone_controller_memory_enable(op->fs->controller, object->where, &again_ns, &op->error);
    if (result == 0)
        return op_park(op, NULL, NEVER, again_ns);
    if (result < 0)
        return result;
    return lone_controller_memory_new(op->fs->controller, object->where, size, object->access, object->region,
                                      &object->region, &op->error);
}

static int size_store(struct op *op, const char *line, size_t length)
{
    struct mem_object *object = op->node->mem;
    uint64_t size = 0;
    int result = lone_number_parse("the size", 64, line, length, &size, &op->error);

    if (!result && size > LONE_MEMORY_MAX)
        result = lone_fail(&op->error, ERANGE, "at most %llu bytes", LONE_MEMORY_MAX);
    if (!result && object->removed)
        result = lone_fail(&op->error, ENXIO, "mem/%s was removed", object->named.name);
    if (!result && size && object->where != LONE_IN_HOST)
        result = fs_may_send(op); /* it writes registers */
    if (!result)
        result = check_unused(object, &op->error);
    if (result)
        return result;
    if (size)
        return allocate(op, object, size);
    lone_controller_memory_free(op->fs->controller, object->region);
    object->region = NULL;
    return 0;
}

/* -ENODATA before there is memory. */
static struct lone_region *region_of(struct op *op)
{
    struct mem_object *object = op->node->mem;

    if (!object->region)
        lone_fail(&op->error, ENODATA, "there is no memory yet: write how many bytes to mem/%s/size",
                  object->named.name);
    return object->region;
}

static int iova_show(struct op *op, struct lone_text *text)
{
    const struct lone_region *region = region_of(op);

    if (!region)
        return -ENODATA;
    lone_text_add(text, "0x%" PRIx64 "\n", region->iova);
    return 0;
}

static int pages_show(struct op *op, struct lone_text *text)
{
    const struct lone_region *region = op->node->mem->region;
    char line[200] = "none";

    if (region)
        lone_region_describe(region, line, sizeof(line));
    lone_text_add(text, "%s\n", line);
    return 0;
}

static int in_use_show(struct op *op, struct lone_text *text)
{
    const struct lone_region *region = op->node->mem->region;

    lone_text_add(text, "%u\n", region ? region->users : 0);
    return 0;
}

static int ctl_show(struct op *op, struct lone_text *text)
{
    const struct lone_region *region = op->node->mem->region;

    lone_text_add(
        text,
        "%s\n"
        "map     the device reaches it at its iova; cmb, pmr: set the controller's memory up again after a reset\n"
        "unmap   it does not; the address stays reserved\n",
        !region          ? "no memory"
        : region->mapped ? "mapped"
        : region->data   ? "unmapped"
                         : "lost");
    return 0;
}

static int map_again(struct op *op, struct lone_region *region)
{
    uint64_t again_ns;
    int result;

    if (region->data)
        return lone_region_map(region, &op->error);
    result = fs_may_send(op);
    if (!result)
        result = lone_controller_memory_enable(op->fs->controller, op->node->mem->where, &again_ns, &op->error);
    if (result < 0)
        return result;
    if (!result)
        return op_park(op, NULL, NEVER, again_ns);
    return lone_controller_memory_check(region, &op->error);
}

static int ctl_store(struct op *op, const char *line, size_t length)
{
    struct lone_region *region = region_of(op);
    const char *word;
    size_t n = word_take(&line, &length, &word);

    if (!region)
        return -ENODATA;
    if (word_is(word, n, "map") && !length)
        return map_again(op, region);
    if (word_is(word, n, "unmap") && !length)
        return lone_region_unmap(region, &op->error);
    return lone_fail(&op->error, EINVAL, "write map or unmap");
}

/* --- data --- */

static uint64_t data_size(struct fs *fs, const struct node *node)
{
    (void)fs;
    return node->mem->region ? node->mem->region->size : 0;
}

static struct lone_buffer view_of(struct fs *fs, struct lone_region *region)
{
    return (struct lone_buffer){.data = region->data,
                                .size = region->size,
                                .device = lone_controller_device(fs->controller),
                                .bar = region->bar,
                                .bar_offset = region->bar_offset};
}

static ssize_t data_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    struct lone_region *region = op->node->mem->region;
    struct lone_buffer view;
    int result;

    if (!region || offset >= region->size)
        return 0;
    result = lone_controller_memory_check(region, &op->error);
    if (result)
        return result;
    view = view_of(op->fs, region);
    size = size < region->size - offset ? size : (size_t)(region->size - offset);
    result = lone_buffer_load(&view, offset, bytes, size, &op->error);
    return result ? result : (ssize_t)size;
}

static ssize_t data_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    struct lone_region *region = op->node->mem->region;
    uint64_t room = region ? region->size : 0;
    struct lone_buffer view;
    int result;

    if (offset > room || size > room - offset)
        return lone_fail(&op->error, ENOSPC, "%zu bytes at offset %" PRIu64 " do not fit: mem/%s/size is %" PRIu64,
                         size, offset, op->node->mem->named.name, room);
    if (!size)
        return 0;
    result = lone_controller_memory_check(region, &op->error);
    if (result)
        return result;
    view = view_of(op->fs, region);
    result = lone_buffer_store(&view, offset, bytes, size, &op->error);
    return result ? result : (ssize_t)size;
}

/* --- Directories --- */

#define TEXT_FILE(...)                               \
    {                                                \
        .transient = true, .mode = 0644, __VA_ARGS__ \
    }

static const struct node_class where_class = TEXT_FILE(.show = where_show, .store = where_store);
static const struct node_class size_class = TEXT_FILE(.show = size_show, .store = size_store);
static const struct node_class access_class = TEXT_FILE(.show = access_show, .store = access_store);
static const struct node_class ctl_class = TEXT_FILE(.show = ctl_show, .store = ctl_store);
static const struct node_class iova_class = {.transient = true, .mode = 0444, .show = iova_show};
static const struct node_class pages_class = {.transient = true, .mode = 0444, .show = pages_show};
static const struct node_class in_use_class = {.transient = true, .mode = 0444, .show = in_use_show};
static const struct node_class data_class = {
    .transient = true, .memory = true, .mode = 0644, .read = data_read, .write = data_write, .size = data_size};

static const struct entry object_entries[] = {
    {"where", &where_class, false},
    {"size", &size_class, false},
    {"iova", &iova_class, false},
    {"access", &access_class, false},
    {"data", &data_class, false},
    {"pages", &pages_class, false},
    {"ctl", &ctl_class, false},
    {"in_use", &in_use_class, false},
    {"error", &object_error_class, false},
    {0},
};
static const struct node_class mem_object_class = {
    .directory = true, .transient = true, .mode = 0755, .entries = object_entries};

static int mem_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)dir, (void)error;
    child->mem = mem_object_named(fs, name);
    child->class = &mem_object_class;
    return child->mem ? 0 : -ENOENT;
}

static uint64_t mem_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    struct mem_object *object = (struct mem_object *)named_after(&fs->mems, after);

    (void)dir;
    if (!object)
        return 0;
    snprintf(name, 64, "%s", object->named.name);
    child->mem = object;
    child->class = &mem_object_class;
    return object->named.serial;
}

const struct node_class mem_root_class = {
    .directory = true, .mode = 0755, .find = mem_find, .list_after = mem_list, .make = mem_make, .remove = mem_remove};
