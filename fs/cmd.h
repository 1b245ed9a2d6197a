/* SPDX-License-Identifier: MIT */
/* A command object: what a directory in cmd/ stands for. */
#ifndef LONE_FS_CMD_H
#define LONE_FS_CMD_H

#include "fs.h"

struct cmd_object {
    LIST_ENTRY(cmd_object) link; /* while it has a name */
    struct fs *fs;
    char name[64];
    unsigned references; /* the name, nodes, the descriptor of a clone */
    bool removed, cloned;
    struct lone_cmd *cmd;
    const struct lone_opcode *opcode; /* as named; trusted only while the entry's OPC agrees: see cmd_opcode() */
    bool queue_by_hand;               /* `queue` was written */
    bool data_by_hand;                /* `data_size` or `data` was written: the opcode does not set the size */
    bool cid_by_hand;                 /* `cid` was written */
    bool cid_in_entry;                /* sqe/CID or sqe/raw was written: holds until the entry is zeroed */
    bool pointers_in_entry;           /* PRP1, PRP2, MPTR or PSDT in the entry were written: likewise */
    uint16_t queue, cid;
    enum lone_pointers pointers;
    uint64_t timeout_ns; /* 0: the mount's */
    struct error_place error;
    struct entry_record entry; /* rebuilt when the opcode changes */
    const struct lone_opcode *entry_of;
    bool entry_built;
};

struct cmd_object *cmd_object_of(struct op *op);
const struct lone_opcode *cmd_opcode(const struct cmd_object *object);
const struct lone_record *cmd_entry(struct cmd_object *object);
uint64_t cmd_timeout(const struct cmd_object *object);
/* The queue that a submission would go to, or -ENXIO. */
int cmd_queue(struct cmd_object *object, struct lone_error *error);
/* Waits until what was submitted has completed: 0, PARK, or an error. */
int cmd_await(struct op *op, struct cmd_object *object);
int cmd_idle(struct cmd_object *object, const char *what, struct lone_error *error);

/* The object's `ctl`. */
int cmd_ctl_store(struct op *op, const char *line, size_t length);
int cmd_ctl_show(struct op *op, struct lone_text *text);
/* Puts an opcode, named or numbered, into the entry. */
int cmd_set_opcode(struct cmd_object *object, const char *word, size_t length, struct lone_error *error);
/* The user wrote @size bytes of the entry at @at: what of it counts as made by hand. */
void cmd_entry_written(struct cmd_object *object, uint32_t at, uint32_t size);

struct cmd_object *cmd_object_new(struct fs *fs, const char *name, struct lone_error *error);
struct cmd_object *cmd_object_named(struct fs *fs, const char *name);

extern const struct node_class cmd_object_class, clone_class;

#endif
