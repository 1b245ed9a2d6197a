/* SPDX-License-Identifier: MIT */
/* pcie/: configuration space, its header and its capabilities. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "fs.h"

/* The widest aligned access at @at that stays within @left bytes. */
static unsigned piece(uint32_t at, uint32_t left)
{
    return at % 4 == 0 && left >= 4 ? 4 : at % 2 == 0 && left >= 2 ? 2 : 1;
}

static int config_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    (void)aggregate;
    for (uint32_t done = 0, width; done < size; done += width) {
        uint32_t value;
        int result;

        width = piece(at + done, size - done);
        result = lone_controller_config_read(op->fs->controller, (uint16_t)(at + done), width, &value, &op->error);
        if (result)
            return result;
        memcpy(bytes + done, &value, width);
        if (present)
            memset(present + done, 1, width);
    }
    return 0;
}

static int config_save(struct op *op, uint32_t at, uint32_t size, const uint8_t *bytes)
{
    for (uint32_t done = 0, width; done < size; done += width) {
        uint32_t value = 0;
        int result;

        width = piece(at + done, size - done);
        memcpy(&value, bytes + done, width);
        result = lone_controller_config_write(op->fs->controller, (uint16_t)(at + done), width, value, &op->error);
        if (result)
            return result;
    }
    return 0;
}

static const struct source pcie_source = {
    .registers = true, .writable = true, .load = config_load, .save = config_save};

static uint32_t config_size(struct fs *fs)
{
    return lone_controller_device(fs->controller)->config_size;
}

/* --- raw and lspci: the whole space --- */

static uint64_t raw_size(struct fs *fs, const struct node *node)
{
    (void)node;
    return config_size(fs);
}

static ssize_t raw_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    uint32_t end = config_size(op->fs);
    int result;

    if (offset >= end)
        return 0;
    size = size < end - offset ? size : (size_t)(end - offset);
    result = config_load(op, (uint32_t)offset, (uint32_t)size, bytes, NULL, false);
    return result ? result : (ssize_t)size;
}

static ssize_t raw_write(struct op *op, const void *bytes, size_t size, uint64_t offset)
{
    uint32_t end = config_size(op->fs), width;
    int result;

    if (offset >= end || size > end - offset)
        return lone_fail(&op->error, ENOSPC, "%zu bytes at offset 0x%" PRIx64 ": configuration space ends at 0x%x",
                         size, offset, end);
    for (size_t done = 0; done < size; done += width) {
        width = piece((uint32_t)(offset + done), (uint32_t)(size - done));
        result = config_save(op, (uint32_t)(offset + done), width, (const uint8_t *)bytes + done);
        if (result)
            return done ? (ssize_t)done : result; /* what was written is told; the rest will be refused when it comes */
    }
    return (ssize_t)size;
}

/* lspci reads over a device whose slot is not a PCI slot, such as the simulator's. */
static const char *lspci_slot(const char *slot)
{
    unsigned domain, bus, device, function;

    return sscanf(slot, "%x:%x:%x.%u", &domain, &bus, &device, &function) == 4 ? slot : "0000:00:00.0";
}

static int lspci_show(struct op *op, struct lone_text *text)
{
    uint8_t bytes[LONE_PCI_CONFIG_SIZE];
    int result = config_load(op, 0, config_size(op->fs), bytes, NULL, true);

    if (!result)
        lone_pci_lspci(lspci_slot(lone_controller_device(op->fs->controller)->slot), bytes, config_size(op->fs), text);
    return result;
}

/* --- The header with all capabilities, as text and as JSON --- */

static const struct lone_capability_at *capability(struct fs *fs, size_t index)
{
    size_t count;
    const struct lone_capability_at *found = lone_controller_capabilities(fs->controller, &count);

    return index < count ? &found[index] : NULL;
}

static int load_capability(struct op *op, const struct lone_capability_at *at, uint8_t *bytes, uint8_t *present)
{
    memset(bytes, 0, at->size);
    memset(present, 0, at->size);
    if (at->record)
        return record_load(op, &pcie_source, at->record, at->offset, bytes, present, true);
    return config_load(op, at->offset, at->size, bytes, present, true);
}

static void add_hex(struct lone_text *text, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        lone_text_add(text, "%s%02x%s", i % 16 ? " " : "  ", bytes[i], i % 16 == 15 || i + 1 == length ? "\n" : "");
}

static int add_capability(struct op *op, const struct lone_capability_at *at, struct lone_text *text)
{
    uint8_t bytes[LONE_PCI_CONFIG_SIZE], present[LONE_PCI_CONFIG_SIZE];
    int result = load_capability(op, at, bytes, present);

    if (result)
        return result;
    lone_text_add(text, "\n%s at 0x%x, %s\n", at->name, at->offset,
                  at->record && at->record->title ? at->record->title : "layout unknown");
    if (at->record)
        lone_record_text(at->record, bytes, at->size, present, text);
    else
        add_hex(text, bytes, at->size);
    return 0;
}

static int text_show(struct op *op, struct lone_text *text)
{
    uint8_t bytes[LONE_PCI_CONFIG_SIZE] = {0}, present[LONE_PCI_CONFIG_SIZE] = {0};
    int result = record_load(op, &pcie_source, &lone_pci_header, 0, bytes, present, true);

    if (result)
        return result;
    lone_record_text(&lone_pci_header, bytes, lone_pci_header.size, present, text);
    for (size_t i = 0; !result && capability(op->fs, i); i++)
        result = add_capability(op, capability(op->fs, i), text);
    return result;
}

static struct json_object *number_json(unsigned value)
{
    char text[16];

    snprintf(text, sizeof(text), "0x%x", value);
    return json_object_new_string(text);
}

static struct json_object *capability_json(const struct lone_capability_at *at, const uint8_t *bytes,
                                           const uint8_t *present)
{
    struct json_object *object =
        at->record ? lone_record_json(at->record, bytes, at->size, present) : json_object_new_object();

    json_object_object_add(object, "name", json_object_new_string(at->name));
    json_object_object_add(object, "id", number_json(at->id));
    json_object_object_add(object, "offset", number_json(at->offset));
    if (at->extended)
        json_object_object_add(object, "version", number_json(at->version));
    return object;
}

static int json_file_show(struct op *op, struct lone_text *text)
{
    uint8_t bytes[LONE_PCI_CONFIG_SIZE] = {0}, present[LONE_PCI_CONFIG_SIZE] = {0};
    struct json_object *object, *list;
    int result = record_load(op, &pcie_source, &lone_pci_header, 0, bytes, present, true);

    if (result)
        return result;
    object = lone_record_json(&lone_pci_header, bytes, lone_pci_header.size, present);
    list = json_object_new_array();
    for (size_t i = 0; !result && capability(op->fs, i); i++) {
        result = load_capability(op, capability(op->fs, i), bytes, present);
        if (!result)
            json_object_array_add(list, capability_json(capability(op->fs, i), bytes, present));
    }
    json_object_object_add(object, "capabilities", list);
    if (!result)
        return json_show(object, text, &op->error);
    json_object_put(object);
    return result;
}

/* --- caps/NAME --- */

static int cap_id_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "0x%x\n", capability(op->fs, op->node->number)->id);
    return 0;
}

static int cap_version_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "0x%x\n", capability(op->fs, op->node->number)->version);
    return 0;
}

static int cap_offset_show(struct op *op, struct lone_text *text)
{
    lone_text_add(text, "0x%x\n", capability(op->fs, op->node->number)->offset);
    return 0;
}

static uint64_t cap_raw_size(struct fs *fs, const struct node *node)
{
    return capability(fs, node->number)->size;
}

static ssize_t cap_raw_read(struct op *op, void *bytes, size_t size, uint64_t offset)
{
    const struct lone_capability_at *at = capability(op->fs, op->node->number);
    int result;

    if (offset >= at->size)
        return 0;
    size = size < at->size - offset ? size : (size_t)(at->size - offset);
    result = config_load(op, at->offset + (uint32_t)offset, (uint32_t)size, bytes, NULL, false);
    return result ? result : (ssize_t)size;
}

static const struct node_class cap_raw_class = {
    .memory = true, .mode = 0444, .read = cap_raw_read, .size = cap_raw_size};
static const struct node_class cap_version_class = {.mode = 0444, .show = cap_version_show};
static const struct node_class cap_id_class = {.mode = 0444, .show = cap_id_show};
static const struct node_class cap_offset_class = {.mode = 0444, .show = cap_offset_show};
static const struct entry cap_entries[] = {{"id", &cap_id_class, false}, {"offset", &cap_offset_class, false}, {0}};

/* Every capability has raw; an extended one version; one whose layout is known also what a record has. */
static int cap_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    const struct lone_capability_at *at = capability(fs, dir->number);

    if (!strcmp(name, "raw"))
        child->class = &cap_raw_class;
    else if (!strcmp(name, "version") && at->extended)
        child->class = &cap_version_class;
    else
        return dir->record ? record_find(fs, dir, name, child, error) : -ENOENT;
    return 0;
}

static bool cap_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    const struct lone_capability_at *at = capability(fs, dir->number);

    if (at->extended && index-- == 0) {
        strcpy(name, "version");
        child->class = &cap_version_class;
        return true;
    }
    if (dir->record)
        return record_list(fs, dir, index, name, child);
    strcpy(name, "raw");
    child->class = &cap_raw_class;
    return index == 0;
}

static const struct node_class cap_class = {
    .directory = true, .mode = 0755, .entries = cap_entries, .find = cap_find, .list = cap_list};

static void make_capability(const struct lone_capability_at *at, unsigned index, struct node *child)
{
    child->class = &cap_class;
    child->number = index;
    child->record = at->record;
    child->base = at->offset;
}

static bool caps_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    const struct lone_capability_at *at = capability(fs, index);

    (void)dir;
    if (!at)
        return false;
    snprintf(name, 64, "%s", at->name);
    make_capability(at, index, child);
    return true;
}

static int caps_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    char listed[64];

    (void)error;
    for (unsigned i = 0; caps_list(fs, dir, i, listed, child); i++)
        if (!strcmp(name, listed))
            return 0;
    return -ENOENT;
}

const struct node_class caps_class = {.directory = true, .mode = 0755, .find = caps_find, .list = caps_list};

/* --- pcie/ --- */

static const struct node_class raw_class = {
    .memory = true, .mode = 0644, .read = raw_read, .write = raw_write, .size = raw_size};
static const struct node_class text_class = {.mode = 0444, .most = 1u << 20, .show = text_show};
static const struct node_class json_class = {.mode = 0444, .most = 1u << 20, .show = json_file_show};
static const struct node_class lspci_class = {.mode = 0444, .most = 32768, .show = lspci_show};

static const struct entry pcie_entries[] = {
    {"raw", &raw_class, false},
    {"text", &text_class, false},
    {"json", &json_class, false},
    {"lspci", &lspci_class, false},
    {"caps", &caps_class, false},
    {"wait", &pcie_wait_class, false},
    {0},
};

static int pcie_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    (void)error;
    return record_find_field(fs, dir, name, child);
}

const struct node_class pcie_class = {
    .directory = true,
    .mode = 0755,
    .source = &pcie_source,
    .record = &lone_pci_header,
    .entries = pcie_entries,
    .find = pcie_find,
    .list = record_list_fields,
};
