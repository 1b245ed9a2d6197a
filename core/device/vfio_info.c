/* SPDX-License-Identifier: MIT */
/* Information of VFIO with a chain of capabilities behind it, whose length only the kernel knows. */
#include "device/vfio_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRIES     16
#define MOST_INFO (1u << 20)

void *lone_vfio_ask(lone_vfio_asker *ask, void *context, const void *first, size_t least, size_t *size, int *result)
{
    uint32_t room = (uint32_t)least;

    *result = -EBUSY;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        uint8_t *info = calloc(1, room);
        uint32_t needed;

        if (!info) {
            *result = -ENOMEM;
            return NULL;
        }
        memcpy(info, first, least);
        memcpy(info, &room, sizeof(room)); /* argsz */
        *result = ask(context, info);
        memcpy(&needed, info, sizeof(needed));
        if (!*result && needed <= room) {
            *size = needed < least ? least : needed; /* what there is, rather than what the kernel may claim */
            return info;
        }
        free(info);
        if (*result)
            return NULL;
        *result = -EBUSY;
        if (needed > MOST_INFO)
            return NULL;
        room = needed;
    }
    return NULL;
}
