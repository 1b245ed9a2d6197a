/* SPDX-License-Identifier: MIT */
/* Names that are questions, and commands that files send to answer them. */
#ifndef LONE_FS_QUERY_H
#define LONE_FS_QUERY_H

#include "fs.h"

#define IDENTIFY_SIZE 4096u

/* A number as directories are called: decimal, without leading zeros, at most @most; else -ENOENT. */
int number_name(const char *name, uint32_t most, uint32_t *number);

/* An Identify command with this CNS and NSID, all else 0. */
void identify_sqe(uint8_t sqe[LONE_SQE_SIZE], uint8_t cns, uint32_t nsid);

/* Writes a field of the admin command @sqe, which has its opcode, by name. */
void query_field(uint8_t sqe[LONE_SQE_SIZE], const char *name, uint64_t value);

/* Bytes that one command of a file moves at most: what MDTS says, but no more than 128 KiB; 4096, which every
 * controller takes, as long as no Identify Controller has completed. */
uint32_t command_limit(struct fs *fs);

/* The first known namespace whose NSID is more than @nsid, or NULL. */
const struct lone_namespace *namespace_after(struct fs *fs, uint64_t nsid);

/* The field called @name of the command called @opcode; both exist. */
const struct lone_field *query_place(const char *opcode, const char *name);

/* Takes a word of a name other than timeout=SECONDS: 0 or more, or a negative errno. */
typedef int query_taker(void *context, const char *word, size_t length, struct query *query, struct lone_error *error);

/* Makes @child a file of this class, whose name is words with commas between; @take counts n_conditions up, and
 * @missing is what to say when it has not. -ENOENT when there is no `=` in the name, or it is malformed. */
int query_child(const char *name, query_taker *take, void *context, const char *missing, const struct node_class *class,
                struct node *child, struct lone_error *error);

/* Which bits of the entry the words of a name have said. */
struct query_said {
    uint8_t bits[LONE_SQE_SIZE];
};

/* How the questions of a directory are put: the command's own fields and NSID, with commas between, each once. Never
 * what would make another command of it: a name is read by whoever looks around. */
struct query_words {
    const char *opcode;   /* whose fields can be named */
    const char *required; /* how one word must begin, "CNS="; NULL: none must */
    const char *example;
    /* Words that are no field of the command: 1 taken, 0 not, or an error. NULL: none. */
    int (*own)(const char *word, size_t length, bool first, struct query *query, struct query_said *said,
               struct lone_error *error);
};

/* A word says @bits bits of the entry from @bit on: -ENOENT when another one has said them already. */
int query_say(struct query_said *said, const char *name, uint32_t bit, uint32_t bits, struct lone_error *error);

/* Reads @name into @query. Also timeout=SECONDS. -ENOENT with the word marked when it is malformed. */
int query_parse(const char *name, const struct query_words *words, struct query *query, struct lone_error *error);

/* An empty one for the command called @opcode; the caller owns it. NULL when memory ends. */
struct query *query_new(const char *opcode);

#endif
