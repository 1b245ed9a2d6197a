/* SPDX-License-Identifier: MIT */
/* A command object: what a directory in cmd/ stands for. */
#ifndef LONE_FS_CMD_H
#define LONE_FS_CMD_H

#include "fs.h"
#include "nvme/sgl.h"

/* What a line has set aside of the data of its object, to put it back if the line is refused after all. */
struct cmd_aside {
    struct lone_buffer buffer[2]; /* 0 data, 1 metadata */
    bool taken[2];
    uint64_t length[2];
    uint32_t data_offset;
};

struct cmd_object {
    struct named named; /* in fs->cmds while it has a name */
    struct fs *fs;
    unsigned references; /* the name, nodes, the descriptor of a clone */
    bool removed, cloned;
    struct lone_cmd *cmd;
    bool opcode_set;                  /* by whatever way; until then an OPC of 0 is no Delete I/O Submission Queue */
    const struct lone_opcode *opcode; /* as named; trusted only while the entry's OPC agrees: see cmd_opcode() */
    bool queue_by_hand;               /* `queue` was written */
    bool data_by_hand;                /* `data_size` was written: the entry does not set the size */
    bool cid_by_hand;                 /* `cid` was written */
    bool cid_in_entry;                /* sqe/CID or sqe/raw was written: holds until the entry is zeroed */
    bool pointers_in_entry;           /* PRP1, PRP2, MPTR or PSDT in the entry were written: likewise */
    bool fuse_in_entry;               /* FUSE was: likewise */
    bool metadata_by_hand;            /* like data_by_hand */
    bool data_kept;                   /* data were written, and are what the host sends */
    bool metadata_kept;
    bool kept_sent; /* and were sent, with the opcode `sent`: with another one they are somebody else's */
    uint8_t sent;
    uint32_t data_offset;    /* where in its page the transfer begins */
    struct lone_region *mem; /* where data are; NULL: in memory of their own */
    uint64_t mem_offset;
    uint64_t placed_ns; /* when the data were given another place */
    bool mem_counted;   /* this counts as a user of `mem`; else the buffer does */
    struct lone_sgl sgl;
    struct lone_sgl_part *parts; /* of it */
    char fuse[64];               /* the object that is the first half of a fused pair; "": none */
    uint64_t fuse_serial;        /* its named.serial: another one may have its name by now */
    struct cmd_aside aside;
    uint16_t queue, cid;
    enum lone_pointers pointers;
    uint64_t timeout_ns; /* 0: the mount's */
    struct error_place error;
    uint64_t serial; /* how often it was submitted: an operation waits for its own */
};

struct cmd_object *cmd_object_of(struct op *op);
const struct lone_opcode *cmd_opcode(const struct cmd_object *object);
const struct lone_record *cmd_entry(struct cmd_object *object);
/* What the data of the command are when they have come back, or NULL when nobody knows. */
const struct lone_record *cmd_result(struct cmd_object *object);
/* The namespace of the entry, or NULL when its format is not known. */
const struct lone_namespace *cmd_namespace(const struct cmd_object *object);
/* The completion as a record: what this command has in Dwords 0 and 1, and the fields of all. */
const struct lone_record *cmd_completion(struct cmd_object *object);
uint64_t cmd_timeout(const struct cmd_object *object);
/* The queue that a submission would go to, or -ENXIO. */
int cmd_queue(struct cmd_object *object, struct lone_error *error);
/* Waits until what was submitted last has completed: 0, PARK, or an error. */
int cmd_await(struct op *op, struct cmd_object *object);
int cmd_idle(struct cmd_object *object, const char *what, struct lone_error *error);

/* Bytes that a transfer moves to or from the buffer, and making it so long. */
uint64_t cmd_data_length(const struct cmd_object *object);
int cmd_data_resize(struct cmd_object *object, uint64_t size, struct lone_error *error);
/* Are the data pointers made by hand, and no memory named? Then the command has no data (no metadata) that could be
 * shown: -ENODATA. */
bool cmd_has_no_data(const struct cmd_object *object, bool metadata);
int cmd_check_data(const struct cmd_object *object, bool metadata, struct lone_error *error);
/* Has a command that was completed returned something that can still be shown? -ENODATA. */
int cmd_check_result(const struct cmd_object *object, struct lone_error *error);
/* Makes data and metadata as long as the entry asks, where that is not set by hand. */
int cmd_size_data(struct cmd_object *object, bool fresh, struct lone_error *error);
/* A line that is refused leaves data and metadata as they were: they are noted before it, and then put back, or what
 * was set aside of them is given back. */
void cmd_data_note(struct cmd_object *object);
void cmd_data_put_back(struct cmd_object *object);
void cmd_data_let_go(struct cmd_object *object);
/* Lets go of what it uses besides `cmd`. */
void cmd_data_end(struct cmd_object *object);

/* The object's `ctl`. */
int cmd_ctl_store(struct op *op, const char *line, size_t length);
int cmd_ctl_show(struct op *op, struct lone_text *text);
/* cmd/opcodes: the commands that can be named. */
int cmd_opcodes_show(struct op *op, struct lone_text *text);
/* The first half of the fused pair that @object is the second of, or NULL with @error filled: it is gone. */
struct cmd_object *cmd_first_half(struct cmd_object *object, struct lone_error *error);
/* Puts an opcode, named or numbered, into the entry. */
int cmd_set_opcode(struct cmd_object *object, const char *word, size_t length, struct lone_error *error);
/* The user wrote @bits bits of the entry from bit @bit on: what of it counts as made by hand. */
void cmd_entry_written(struct cmd_object *object, uint32_t bit, uint32_t bits);

/* What was written to MPTR, PRP1, PRP2 and PSDT by hand is taken back: they are the driver's to fill in again. */
void cmd_pointers_back(struct cmd_object *object);

struct cmd_object *cmd_object_new(struct fs *fs, const char *name, struct lone_error *error);
struct cmd_object *cmd_object_named(struct fs *fs, const char *name);

extern const struct node_class cmd_object_class, clone_class;

#endif
