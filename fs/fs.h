/* SPDX-License-Identifier: MIT */
/*
 * lonefs: one NVMe controller as a tree of files. This header is what its parts share.
 *
 * One thread runs everything here: the loop over /dev/fuse, the device's interrupts and timers. An operation that has
 * to wait is parked: its struct op is kept and tried again when something happened or its time has come, so nothing
 * blocks the loop.
 */
#ifndef LONE_FS_FS_H
#define LONE_FS_FS_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
#include <limits.h>
#include <signal.h>
#include <sys/queue.h>

#include "mountpoint.h"
#include "nvme/controller.h"
#include "spec/nvme.h"
#include "spec/pci.h"

struct fs;
struct node;
struct op;
struct cmd_object;
struct mem_object;
struct queue_error;
struct file_lock;

/* What a handler returns when the operation has to wait: the op's again_ns, deadline_ns and waits_for say for what. */
#define PARK      1
#define READ_PARK SSIZE_MIN /* the same from `read` and `write`, whose positive results are counts */
#define SSIZE_MIN (-SSIZE_MAX - 1)

#define NS_PER_S      1000000000ull
#define RESET_LOOK_NS 1000000 /* how often, while a reset of the function is under way, to see whether it is over */
#define NEVER         UINT64_MAX
#define NODE_BUCKETS  16384
#define NODE_INODES   8 /* a power of two, and not more than what memory is aligned to */

/* Programs believe the size that a file shows: see node_stat(). */
#define SIZE_UNKNOWN UINT64_MAX
#define FILE_SIZE    4096u       /* of a value */
#define LARGEST_TEXT (64u << 20) /* what is longer is EFBIG */
#define LARGEST_FEED (1u << 30)
/* Some programs copy until they have as many bytes as the size says, and would read the end for ever. */
#define MOST_ENDS 64

/* --- Nodes -----------------------------------------------------------------------------------------------------------
 */

/* One name of a directory whose names are fixed. */
struct entry {
    const char *name;
    const struct node_class *class;
    bool hidden; /* found by name, not listed: it waits or consumes */
};

/* What a node is and does. Handlers return 0 (or a count) or a negative errno with op->error filled; what is NULL is
 * refused. */
struct node_class {
    bool directory;
    bool unique;                 /* each lookup finds a node, and an inode, of its own */
    bool transient;              /* comes and goes or changes its size: the kernel must ask again each time */
    bool waits;                  /* a read waits for an event: files that do answer poll */
    bool offline;                /* answers while the function is being reset: does not touch the device then */
    bool memory;                 /* bytes, not a line of text: read and write are called with an offset */
    bool cached;                 /* the kernel may read it through its page cache: splice, sendfile, private mmap */
    uint16_t mode;               /* permission bits before the mount's own mask */
    const struct feed *feed;     /* lines in order: see FEED_FILE */
    const struct source *source; /* where a subtree of records begins: what its nodes stand for */
    const struct lone_record *record;
    /* directories */
    const struct entry *entries; /* ended by .name NULL */
    int (*find)(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error);
    bool (*list)(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child);
    /* The same where children come and go while somebody lists them: the first child behind that with the number
     * @after, which is its own for as long as it is there (a serial number, an id; more than 0). Returns its number, or
     * 0. */
    uint64_t (*list_after)(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child);
    int (*make)(struct op *op, const char *name);
    int (*remove)(struct op *op, const char *name);
    /* files */
    int (*open)(struct op *op);
    void (*release)(struct op *op);
    int (*show)(struct op *op, struct lone_text *text);           /* text files: the sample of a read pass */
    int (*store)(struct op *op, const char *text, size_t length); /* text files: one line, whole */
    ssize_t (*read)(struct op *op, void *bytes, size_t size, uint64_t offset); /* memory */
    ssize_t (*write)(struct op *op, const void *bytes, size_t size, uint64_t offset);
    int (*answer)(struct op *op); /* memory, instead of `read`: answers op->request itself, without a copy */
    int (*sync)(struct op *op);   /* fsync; NULL: nothing is kept back */
    int (*allocate)(struct op *op, int mode, uint64_t offset, uint64_t length); /* fallocate(2) */
    int (*truncate)(struct op *op, uint64_t size); /* NULL: a new size means nothing, every `>` brings one */
    /* How many bytes there are, exactly; SIZE_UNKNOWN. NULL: what is read is made as it is read, or comes in time. */
    uint64_t (*size)(struct fs *fs, const struct node *node);
    /* Then, and when the size is not known: a power of two that what is read does not go beyond. 0: FILE_SIZE. */
    uint32_t most;
    /* The same where it depends, on what is known without asking anybody; 0: there is nothing. */
    uint64_t (*most_of)(struct fs *fs, const struct node *node);
    /* poll: would a read end now? Where its time-out ends it, op->handle->due_ns says when that is. */
    bool (*ready)(struct op *op);
    bool (*announced)(struct fs *fs, const struct node *node); /* poll: will something wake the loop when one would? */
};

/* What a wait is for: a register, or a field of it, and the value that it shall have. */
struct condition {
    const struct lone_record *record;
    const struct lone_field *field; /* NULL: the whole register */
    uint32_t base;
    lone_number value;
};
#define MAX_CONDITIONS 8

/* A question in a name, "CNS=0x1c" or "CSTS.RDY=1"; owned by the node that bears the name. */
struct query {
    uint8_t sqe[LONE_SQE_SIZE];                  /* the command that asks */
    struct condition conditions[MAX_CONDITIONS]; /* or what to wait for */
    unsigned n_conditions;
    uint64_t count;      /* or how many interrupts */
    uint64_t timeout_ns; /* 0: none given */
    uint64_t length;     /* bytes that are asked for; 0: as many as there are */
};

struct node {
    const struct node_class *class;
    struct node *parent;
    char *name;
    uint64_t hash;         /* of the path */
    uint32_t ino;          /* the number that stat(2) shows: no other node has it */
    uint64_t references;   /* lookups of the kernel, children, open handles */
    uint16_t mode;         /* permission bits that hold now (chmod changes them) */
    bool pinned;           /* chmod was used: node_pin() */
    uint8_t writing;       /* a bit for each of its inodes: a write waits there */
    LIST_ENTRY(node) link; /* in its hash bucket */
    LIST_ENTRY(node) number_link;
    /* what it stands for; inherited by what find and list make of it unless they say otherwise */
    const struct source *source;
    const struct lone_record *record;
    const struct lone_field *field;
    uint32_t base;          /* byte offset of `record` in its source */
    uint32_t element;       /* of `field`, when that is an array; counts from 0 */
    bool array;             /* the directory of the elements of `field` */
    bool nested;            /* `record` is what `field` and `element` of the record above stand for */
    uint32_t number;        /* BAR, queue id, namespace id, index of a capability … */
    uint64_t made;          /* of the queue: another one with its id has another */
    struct cmd_object *cmd; /* counted */
    struct mem_object *mem; /* counted */
    struct query *query;    /* owned by this node, or borrowed from an ancestor, which this node keeps alive */
    bool owns_query;
};

struct handle {
    struct node *node;
    int flags;             /* of open(2) */
    struct lone_text text; /* the sample that the current read pass is served from */
    bool sampled;
    unsigned ends;        /* how often in a row the end was read */
    uint64_t started_ns;  /* when the wait that a read of it is began; 0: it begins with the next read or poll */
    uint64_t deadline_ns; /* when its time is up; 0: not worked out yet */
    uint64_t due_ns;      /* when a poll of it is to be answered whatever happens */
    uint64_t cursor, end; /* of a feed: the number of what comes next, and where it ends; NEVER: it does not */
    uint64_t base;        /* the offset that the first byte of `text` has in the feed */
    uint64_t reached;     /* the offset behind what was read last */
    struct fuse_pollhandle *poll;
    LIST_ENTRY(handle) link; /* among those that poll */
    LIST_ENTRY(handle) all;  /* among all that are open */
    struct cmd_object *cmd;  /* the object that lives as long as this descriptor (cmd/clone) */
};

/* Root and node table. node_get/node_put count references; put frees. */
int nodes_init(struct fs *fs);
void nodes_free(struct fs *fs);
/* A node has NODE_INODES inodes. While a write is unanswered the kernel lets no other writer near its inode, not even
 * to be interrupted; so whoever looks the name up then is given another one, where no write waits. */
struct node *node_of(struct fs *fs, fuse_ino_t ino);
unsigned node_inode_of(fuse_ino_t ino);
fuse_ino_t node_ino(struct fs *fs, const struct node *node);
void node_get(struct node *node);
void node_put(struct fs *fs, struct node *node, uint64_t n);
/* Finds @name in @dir and takes a reference, or returns NULL with *@result a negative errno. */
struct node *node_lookup(struct fs *fs, struct node *dir, const char *name, int *result, struct lone_error *error);
/* The child of @dir at @place, 0 at first, in its listing; moves *@place behind it. False at the end. A place stays
 * good whatever is made and removed meanwhile. */
bool node_list(struct fs *fs, struct node *dir, uint64_t *place, char name[64], struct node *child);
/* Keeps a node, whose mode was changed, until the mount ends or its object loses its name. */
void node_pin(struct fs *fs, struct node *node);
/* An object loses its name: modes that were given to its files by chmod hold no longer. */
void nodes_unpin(struct fs *fs, const struct cmd_object *cmd, const struct mem_object *mem);
/* The inode number of a name in a listing. */
uint32_t node_listed_ino(struct fs *fs, struct node *dir, const char *name);
void node_stat(struct fs *fs, const struct node *node, struct stat *stat);
/* Does the file show how long it is, exactly? */
bool node_is_exact(struct fs *fs, const struct node *node);
/* What a read of it does not go beyond, where it does not. */
uint64_t node_most(struct fs *fs, const struct node *node);
/* May the kernel keep its attributes? */
bool node_keeps_size(struct fs *fs, const struct node *node);
/* The path from the mount point, "nvme/CC/EN". */
const char *node_path(const struct node *node, char *path, size_t size);

/* --- Operations
 * ------------------------------------------------------------------------------------------------------- */

enum op_kind { OP_READ, OP_WRITE, OP_SYNC, OP_LOCK, OP_OTHER };

/* One request of a client, from its arrival to its answer. Lives on the stack; on the heap while parked. */
struct op {
    struct fs *fs;
    enum op_kind kind;
    const char *verb; /* for error texts: "read", "write", "mkdir" … */
    fuse_req_t request;
    pid_t tid;
    struct node *node;
    unsigned inode; /* which of the node's */
    struct handle *handle;
    size_t size; /* read: bytes asked for */
    uint64_t offset;
    char *data; /* write: the bytes; owned while parked */
    size_t length;
    bool taken; /* write: the handler has its own copy and needs `data` no more */
    struct lone_error error;
    /* waiting */
    uint64_t started_ns;   /* of the first try, once it parked */
    uint64_t again_ns;     /* try again at this time; NEVER: only when woken */
    uint64_t deadline_ns;  /* the handler's own: it is tried again then and must end */
    const void *waits_for; /* woken by op_wake() with the same */
    bool ready;
    bool interrupted; /* FUSE_INTERRUPT came: look for fatal signals now and then */
    bool held;        /* until a reset is over; then `deadline_ns` is this again: */
    uint64_t held_deadline_ns;
    TAILQ_ENTRY(op) link;
    /* state of the handler, ended by op_end() */
    struct lone_cmd *cmd;
    struct lone_progress *progress;
    void *job; /* what else it keeps between its tries; ended by job_end */
    void (*job_end)(struct fs *fs, void *job);
    unsigned step;
    struct lone_text partial;
    uint64_t number;
    uint64_t serial;           /* of the submission of an object in cmd/ that it waits for; 0: of none of its own */
    enum lone_cmd_state ended; /* how that ended; LONE_CMD_IDLE: it has not */
    uint16_t status;           /* and with which status, where it completed */
};

/* Runs @op (on the caller's stack) and answers it, or parks a copy. */
void op_run(struct op *op);
/* Tries again, soon, every parked operation that waits for @object. */
void op_wake(struct fs *fs, const void *object);
/* Ends every parked operation with @number, when the mount ends. */
void op_end_all(struct fs *fs, int number);

/* For handlers: wait for @object (may be NULL) until @deadline_ns at the latest; look again after @interval_ns (0: do
 * not). */
int op_park(struct op *op, const void *object, uint64_t deadline_ns, uint64_t interval_ns);

uint64_t now_ns(void);

/* --- Errors
 * ------------------------------------------------------------------------------------------------------------ */

struct error_place {
    char *text; /* NULL: nothing failed yet */
};
#define ERROR_LOG  64
#define ERROR_LINE 4096 /* bytes of a line in `error_log` at most: a power of two */
/* `error` at the root, and in the directory of an object. */
extern const struct node_class error_file_class, object_error_class;

/* Something that no operation asked for: a line in `error_log`. */
void error_note_event(struct fs *fs, int number, const char *text);
/* Writes op->error down where the nearest `error` file and `error_log` show it. */
void error_note(struct op *op, int number);
void error_note_lookup(struct fs *fs, struct node *dir, const char *name, pid_t pid, const struct lone_error *error);

/* --- Objects that users name
 * ----------------------------------------------------------------------------------------------- */

/* The first member of such an object. */
struct named {
    TAILQ_ENTRY(named) link;
    LIST_ENTRY(named) bucket;
    char name[64];
    uint64_t serial; /* as how many-eth it was made */
};
struct named_set {
    TAILQ_HEAD(named_list, named) all; /* in the order in which they were made */
    LIST_HEAD(named_bucket, named) buckets[4096];
    unsigned count;
    uint64_t made;
    struct named *listed; /* where named_after() came to last, or before that; NULL: nowhere */
};

void named_init(struct named_set *set);
void named_add(struct named_set *set, struct named *named, const char *name);
void named_remove(struct named_set *set, struct named *named);
/* The one called @name, of @length characters, or NULL. */
struct named *named_find(struct named_set *set, const char *name, size_t length);
/* The first that was made after the one with this serial number (0: the first of all), or NULL: quick for those who go
 * up one by one. */
struct named *named_after(struct named_set *set, uint64_t serial);

/* --- The mount
 * ----------------------------------------------------------------------------------------------------------- */

struct fs_options {
    char *device, *reg64, *timeout;
    int read_only, allow_other, foreground, debug, show_help, show_version;
};

struct fs {
    struct fuse_session *session;
    struct mountpoint mountpoint; /* its path is owned */
    sigset_t ending;              /* the signals that end the loop */
    bool taken_away;              /* the host wanted the device back */
    fuse_req_t unmounter;         /* who wrote `unmount` is answered when the device is closed */
    size_t unmounter_length;
    struct lone_controller *controller;
    struct fs_options options;
    uid_t uid;
    gid_t gid;
    uint64_t timeout_ns; /* default of commands and waits */
    struct timespec mounted;
    struct lone_device_counts counts_at_mount;
    int epoll;
    int trouble, release; /* the device's event descriptors; -1: none */
    /* nodes */
    struct node *root;
    LIST_HEAD(, node) buckets[NODE_BUCKETS], by_number[NODE_BUCKETS];
    unsigned pinned;
    /* operations */
    TAILQ_HEAD(, op) parked;
    unsigned n_parked;
    bool any_ready;
    uint64_t next_due_ns; /* the earliest time at which a parked operation wants to be tried */
    LIST_HEAD(, handle) polled, handles;
    LIST_HEAD(, file_lock) locks;
    struct lone_progress *orphan; /* a reset that runs on although nobody waits for it any more */
    uint64_t fed;                 /* how far feeds have come; readers of feeds wait for it */
    bool submitted;               /* a command was submitted: poll for its completion before sleeping */
    bool signalled;               /* an eventfd was read outside the loop: look for completions before sleeping */
    bool awaits_cq;               /* somebody began to wait for completions of a queue that lonefs does not consume */
    uint16_t awaited_cq;          /* that one */
    char interrupted;             /* its address is what waits for any interrupt wait for */
    bool watches; /* epoll has the eventfds of the vectors, as they were at the change with this number: */
    uint64_t watched_changes;
    uint64_t queue_changes; /* of the controller, as far as those who wait for completions know */
    /* errors */
    struct error_place error;
    LIST_HEAD(, queue_error) queue_errors;
    char *error_log[ERROR_LOG];
    uint64_t n_errors;
    /* objects */
    struct named_set cmds, mems;
    unsigned next_clone;
    struct ns *ns; /* what ns/ keeps; NULL: nothing yet */
};

/* A mount that is not mounted anywhere: the caller fills `options`, opens it, makes `session`, and ends it with
 * fs_free(), which also unmounts. NULL: no memory. */
struct fs *fs_new(void);
/* Opens the device and makes the root. Blocks the signals of fs->ending, which a loop then takes. */
int fs_open(struct fs *fs, struct lone_error *error);
/* What the loop sleeps on: once, when the session has its descriptor. */
int fs_watch(struct fs *fs, struct lone_error *error);
/* Serves until the mount ends, or a signal of fs->ending or the host's request for the device does. 0, or a negative
 * errno when the connection to the kernel broke. */
int fs_loop(struct fs *fs);
void fs_free(struct fs *fs);
/* Marks @op, a write that is parked, as that of `unmount`, and ends the loop. */
int fs_unmount(struct op *op);

/* --- Waits with a time-out --- */

/* A file of class->waits that is read or polled through op->handle. Its time runs from when it was opened; after a read
 * has been answered, from the next read or poll on. */
bool wait_is_timed(const struct op *op);
/* How long it may take in all. */
void wait_timed(struct op *op, uint64_t timeout_ns);
uint64_t wait_took(const struct op *op);
/* Is its time up? If not, a poll of it is answered when it is. */
bool wait_is_late(struct op *op);
/* It has been answered, with @result, which is returned. */
int wait_over(struct op *op, int result);

/* Files of lines about things that are numbered as they happen; each descriptor has a cursor of its own. */
struct feed {
    uint64_t (*next)(struct fs *fs);  /* the number that the next thing gets */
    uint64_t (*first)(struct fs *fs); /* where a reader begins, and then it ends at `next`, as they are when it is
                                         opened; NULL: at `next`, and it never ends */
    /* Adds the lines for number *@cursor, and moves it behind that. */
    void (*add)(struct fs *fs, uint64_t *cursor, struct lone_text *text);
    uint64_t (*most)(struct fs *fs); /* with `first`: as most_of of a node */
};
int feed_open(struct op *op);

/* A read of op->handle, of what is made when it is read, is at the end: 0; -EINVAL when that was so MOST_ENDS times in
 * a row. */
int handle_end(struct op *op);
ssize_t feed_read(struct op *op, void *bytes, size_t size, uint64_t offset);
bool feed_ready(struct op *op);
uint64_t feed_most(struct fs *fs, const struct node *node);
#define FEED_FILE(of)                                                                                   \
    {                                                                                                   \
        .waits = true, .offline = true, .memory = true, .mode = 0444, .feed = &(of), .open = feed_open, \
        .read = feed_read, .ready = feed_ready, .most_of = feed_most                                    \
    }
/* Wakes those who wait for a feed that has come further. */
void feeds_wake(struct fs *fs);

/* --- flock(2), which is about a file, however many inodes that has --- */

/* Does what op->step (LOCK_EX and so on) says for the owner op->number. */
int lock_try(struct op *op);
/* @owner closes its file. */
void lock_release(struct fs *fs, struct node *node, uint64_t owner);
void locks_free(struct fs *fs);

/* Closes what clients still have open, when the mount ends. */
void fs_close_handles(struct fs *fs);
extern const struct fuse_lowlevel_ops fs_operations;

/* --- Records
 * --------------------------------------------------------------------------------------------------------------- */

/* Where the bytes of a record come from: registers, or data, which are there as a whole. */
struct source {
    bool
        registers; /* accessed register by register: LONE_REGISTER records have `value`, fields are read-modify-write */
    bool writable;
    bool waits; /* a read may wait: for a command's completion */
    bool transient;
    /* Puts @size bytes from @at on into @bytes and marks in @present (NULL: not asked) those that were read. With
     * `registers` 1, 2, 4 and 8 bytes are one register, other sizes are ascending accesses of up to 4 bytes. May return
     * PARK; is then called again.
     * @aggregate: part of a larger whole, from which what must not be touched is left out. */
    int (*load)(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate);
    /* Data: how many bytes there are to load. May reach the device, and return PARK; `load` is called right after it
     * has returned 0. NULL: those of the outermost record. */
    int (*measure)(struct op *op, uint64_t *size);
    /* Data: what is known of them without asking anybody, for names and sizes: copies at most @size bytes from their
     * start and returns how many there are, 0 when that is not known. NULL: nothing is. */
    uint64_t (*peek)(struct fs *fs, const struct node *node, void *bytes, uint64_t size);
    /* Data: how many bytes `raw` of the outermost record has, where that is another number than the record's. May be
     * NULL. */
    uint64_t (*size)(struct fs *fs, const struct node *node);
    /* Is there something to load without waiting? For poll; needed with `waits`. */
    bool (*ready)(struct op *op);
    /* Stores a register, or @size bytes at @at of memory. */
    int (*save)(struct op *op, uint32_t at, uint32_t size, const uint8_t *bytes);
    /* The outermost record, where it depends on the object (a command's fields depend on its opcode). May be NULL. */
    const struct lone_record *(*record)(struct fs *fs, const struct node *node);
};

/* The directory of a record: child nodes are made by record_find and record_list from `record`, `base` and `source`. */
extern const struct node_class record_class;
int record_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error);
bool record_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child);
/* Only the fields and nested records, not raw, text, json, value; @index counts from 0. */
bool record_list_fields(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child);
int record_find_field(struct fs *fs, struct node *dir, const char *name, struct node *child);
const struct lone_record *record_of(struct fs *fs, const struct node *node);
/* Reads a whole record of fixed size; each register once. */
int record_load(struct op *op, const struct source *source, const struct lone_record *record, uint32_t base,
                uint8_t *bytes, uint8_t *present, bool aggregate);
/* A JSON object as text; drops the reference. */
int json_show(struct json_object *object, struct lone_text *text, struct lone_error *error);

/* --- Subtrees
 * ----------------------------------------------------------------------------------------------------------------- */

extern const struct node_class root_class, pcie_class, caps_class, bar_class, nvme_class, queues_class, cmd_root_class,
    mem_root_class, identify_class, sim_class;
extern const struct node_class irq_class;
extern const struct node_class ns_class, logs_class, features_class;
extern const struct node_class trace_class, events_class;
extern const struct node_class nvme_wait_class, pcie_wait_class;
extern const char *const fs_readme[]; /* ended by NULL */

void query_free(struct query *query);

/* The fields of the entry @sqe of @opcode (NULL: none known) as one record: its own, those that its fields say that it
 * has (a feature's), and those of lone_sqe, which are always there. Of its completion: what Dwords 0 and 1 hold (@own,
 * or NULL), and lone_cqe. Of an extended zone report. Each stays as it is, and where it is, until the mount ends. */
const struct lone_record *entry_record(const struct lone_opcode *opcode, const uint8_t *sqe);
const struct lone_record *completion_record(const struct lone_record *own);
const struct lone_record *zone_report_record(uint16_t extension);
void entry_records_free(void);

/* Seconds as a user writes them, "5" or "0.25", into nanoseconds. */
int seconds_parse(const char *text, size_t length, uint64_t *ns, struct lone_error *error);
void seconds_show(uint64_t ns, struct lone_text *text);
/* What a wait prints: the seconds that it took, with microseconds. */
void took_show(uint64_t ns, struct lone_text *text);
/* Splits the first word off @text: returns its length, moves *@text and *@length behind it and the blanks that follow.
 */
size_t word_take(const char **text, size_t *length, const char **word);
bool word_is(const char *word, size_t length, const char *what);
/* Is "auto" all that stands there? */
bool word_is_auto(const char *line, size_t length);
/* A number of @bits bits, or "auto", which leaves *@number alone. */
int number_or_auto(const char *what, uint32_t bits, const char *line, size_t length, uint64_t *number, bool *automatic,
                   struct lone_error *error);

/* Submits op->cmd, whose data are ready, and parks until it completes: 0 completed (op->cmd->cqe), PARK, or an error.
 */
int op_command(struct op *op, uint64_t timeout_ns);
/* The same for another command of op's. */
int op_await(struct op *op, struct lone_cmd *cmd, uint64_t timeout_ns);
/* -EIO with the status's name in op->error when @cmd completed with an error status. */
int op_command_status(struct op *op, const struct lone_cmd *cmd);
int op_status(struct op *op, uint16_t status);

/* Is @name one that an object of cmd/ or mem/ may have? -EINVAL. */
int object_name_check(const char *name, struct lone_error *error);

void mem_object_get(struct mem_object *object);
void mem_object_put(struct mem_object *object);
void mem_object_end(struct mem_object *object);
struct error_place *mem_object_error(struct mem_object *object);

void cmd_object_get(struct cmd_object *object);
void cmd_object_put(struct fs *fs, struct cmd_object *object);
/* Takes the name away; the object goes with its last user. */
void cmd_object_end(struct cmd_object *object);
struct error_place *cmd_object_error(struct cmd_object *object);
/* A command of a file of the mount has completed: asks again what a Format has changed. From within done(). */
void ns_after(struct fs *fs, const struct lone_cmd *cmd);
/* Waits until that has been answered: 0, PARK, or an error. */
int ns_settled(struct op *op);
void ns_end(struct fs *fs);
/* Are files of this mount allowed to send commands? -EROFS with the reason when it is read-only. */
int fs_may_send(struct op *op);

#endif
