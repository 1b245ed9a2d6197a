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

#endif
