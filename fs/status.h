/* SPDX-License-Identifier: MIT */
#ifndef LONE_FS_STATUS_H
#define LONE_FS_STATUS_H

#include "fs.h"

int status_show(struct op *op, struct lone_text *text);

#endif
