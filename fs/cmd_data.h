/* SPDX-License-Identifier: MIT */
/* The files of a command object that are about its memory. */
#ifndef LONE_FS_CMD_DATA_H
#define LONE_FS_CMD_DATA_H

#include "cmd.h"

/* Files whose node->number says which buffer: 0 data, 1 metadata. */
int cmd_size_show(struct op *op, struct lone_text *text);
int cmd_size_store(struct op *op, const char *line, size_t length);
uint64_t cmd_data_file_size(struct fs *fs, const struct node *node);
/* Of `result/raw`. */
uint64_t cmd_result_file_size(struct fs *fs, const struct node *node);
int cmd_data_truncate(struct op *op, uint64_t size);
ssize_t cmd_data_read(struct op *op, void *bytes, size_t size, uint64_t offset);
ssize_t cmd_data_write(struct op *op, const void *bytes, size_t size, uint64_t offset);

int cmd_data_offset_show(struct op *op, struct lone_text *text);
int cmd_data_offset_store(struct op *op, const char *line, size_t length);
int cmd_mem_show(struct op *op, struct lone_text *text);
int cmd_mem_store(struct op *op, const char *line, size_t length);
int cmd_mem_offset_show(struct op *op, struct lone_text *text);
int cmd_mem_offset_store(struct op *op, const char *line, size_t length);
int cmd_prp_list_show(struct op *op, struct lone_text *text);
int cmd_prp_list_store(struct op *op, const char *line, size_t length);

/* cmd_sgl.c */
int cmd_sgl_show(struct op *op, struct lone_text *text);
int cmd_sgl_store(struct op *op, const char *line, size_t length);

/* The directory `input`, but for its raw. */
extern const struct source cmd_input_source;
int cmd_input_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error);
bool cmd_input_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child);

#endif
