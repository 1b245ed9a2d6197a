/* SPDX-License-Identifier: MIT */
/* Names that are questions, and the commands that answer them. */
#include "query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int number_name(const char *name, uint32_t most, uint32_t *number)
{
    char canonical[24], *end;
    unsigned long long value = strtoull(name, &end, 10);

    snprintf(canonical, sizeof(canonical), "%llu", value);
    if (*end || strcmp(canonical, name) || value > most)
        return -ENOENT;
    *number = (uint32_t)value;
    return 0;
}
