/* SPDX-License-Identifier: MIT */
/* nvme/: the controller registers. */
#include <errno.h>
#include <string.h>

#include "fs.h"

/* INTMS and INTMC must not be accessed under MSI-X (NVMe PCIe Transport 1.0, 3.5.1.1): a page of all registers leaves
 * them out. */
static bool leave_alone(struct op *op, uint32_t at)
{
    return (at == LONE_REG_INTMS || at == LONE_REG_INTMC) &&
           lone_controller_device(op->fs->controller)->n_vectors[LONE_INTERRUPTS_MSIX];
}

static int register_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    bool one = size == 1 || size == 2 || size == 4 || size == 8;
    uint32_t width = one ? size : 4;

    for (uint32_t done = 0; done < size; done += width) {
        uint64_t value;
        int result;

        if (aggregate && leave_alone(op, at + done))
            continue;
        result = lone_controller_read(op->fs->controller, at + done, width, &value, &op->error);
        if (result)
            return result;
        memcpy(bytes + done, &value, width);
        if (present)
            memset(present + done, 1, width);
    }
    return 0;
}

static int register_save(struct op *op, uint32_t at, uint32_t size, const uint8_t *bytes)
{
    uint64_t value = 0;

    memcpy(&value, bytes, size);
    return lone_controller_write(op->fs->controller, at, size, value, &op->error);
}

static const struct source nvme_source = {
    .registers = true, .writable = true, .load = register_load, .save = register_save};

/* The whole property area: every dword once. */
static ssize_t nvme_raw_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    int result;

    if (offset >= LONE_NVME_REGISTERS_SIZE)
        return 0;
    if (offset % 4 || size < 4)
        return lone_fail(&op->error, EINVAL, "nvme/raw is read in multiples of 4 bytes; for other widths read bar/0");
    size = size < LONE_NVME_REGISTERS_SIZE - offset ? size & ~(size_t)3 : (size_t)(LONE_NVME_REGISTERS_SIZE - offset);
    memset(bytes, 0, size);
    for (size_t at = 0; at < size; at += 4) {
        result = register_load(op, (uint32_t)(offset + at), 4, (uint8_t *)bytes + at, NULL, true);
        if (result)
            return result;
    }
    return (ssize_t)size;
}

static uint64_t nvme_raw_size(struct fs *fs, const struct node *node)
{
    (void)fs, (void)node;
    return LONE_NVME_REGISTERS_SIZE;
}

static const struct node_class nvme_raw_class = {
    .memory = true, .mode = 0444, .read = nvme_raw_read, .size = nvme_raw_size};

static int nvme_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    if (!strcmp(name, "raw")) {
        child->class = &nvme_raw_class;
        return 0;
    }
    return record_find(fs, dir, name, child, error);
}

static const struct entry nvme_entries[] = {{"wait", &nvme_wait_class, false}, {0}};
const struct node_class nvme_class = {
    .directory = true,
    .mode = 0755,
    .source = &nvme_source,
    .record = &lone_nvme_registers,
    .entries = nvme_entries,
    .find = nvme_find,
    .list = record_list,
};
