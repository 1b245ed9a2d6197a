/* SPDX-License-Identifier: MIT */
/* How the loop and the operations speak to each other. */
#ifndef LONE_FS_OPS_H
#define LONE_FS_OPS_H

#include "fs.h"

/* Tries @op and answers it, unless it has to wait: then PARK. */
int op_try(struct op *op);

/* Ends @op with -@number to its caller, writes the error down, and lets go of what its handler held. */
void op_abandon(struct op *op, int number);

/* Would a read of op's file end now? Asks the device, unless it is being reset. */
bool op_ready(struct op *op);

#endif
