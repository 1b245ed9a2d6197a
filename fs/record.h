/* SPDX-License-Identifier: MIT */
/* The bytes behind a node of a record, for the files and directories of record.c. */
#ifndef LONE_FS_RECORD_H
#define LONE_FS_RECORD_H

#include "fs.h"

/* A private copy of the bytes of one record: what a device may change meanwhile is looked at once. */
struct record_copy {
    const struct lone_record *record;
    uint8_t *bytes;   /* where the record begins, in `data` */
    uint64_t length;  /* how many of its bytes there are */
    uint64_t offset;  /* where it begins in its source */
    uint8_t *present; /* registers: which bytes were read; NULL: all were */
    uint8_t *data;    /* all that was copied */
};

/* The node of the record that the file @node belongs to. */
const struct node *record_owner(const struct node *node);

/* @field, which a node stands for, in what its record is by now: itself, or one of the same name and place; NULL: there
 * is none (a file of SLBA is open, and the entry has become one of Identify). */
const struct lone_field *record_field_now(const struct lone_record *record, const struct lone_field *field);

/* How many bytes the source of op->node has, cut to 32 bits, which are more than any data. PARK or an error. */
int record_measure(struct op *op, uint64_t *size);

/* Copies the record that the file op->node belongs to: register by register from the device, or all that its source
 * has, in which it is then found. @beyond as for lone_field_place(). PARK or an error, with nothing to drop; -ENODATA
 * where what there is does not have it. */
int record_take(struct op *op, bool aggregate, bool beyond, struct record_copy *copy);

/* The same for the directory @dir, of what is known without asking anybody, at most RECORD_PEEK bytes: false when that
 * is nothing. */
bool record_peek(struct fs *fs, const struct node *dir, struct record_copy *copy);
#define RECORD_PEEK 65536u

/* No log page that is read is longer. */
#define LARGEST_DECODED ((uint64_t)LARGEST_TEXT)

void record_drop(struct record_copy *copy);

/* All bytes of op->node's source, as `raw` of an outermost record shows them, appended to @text. */
int record_take_all(struct op *op, struct lone_text *text);

#endif
