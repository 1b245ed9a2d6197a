/* SPDX-License-Identifier: MIT */
/* Objects that users name: found by name and listed in time that does not grow with their number. */
#include <stdio.h>
#include <string.h>

#include "fs.h"

static struct named_bucket *bucket_of(struct named_set *set, const char *name, size_t length)
{
    uint32_t hash = 0x811c9dc5; /* FNV-1a */

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)name[i]) * 0x01000193;
    return &set->buckets[hash % LONE_COUNT(set->buckets)];
}

void named_init(struct named_set *set)
{
    TAILQ_INIT(&set->all);
}

void named_add(struct named_set *set, struct named *named, const char *name)
{
    snprintf(named->name, sizeof(named->name), "%s", name);
    named->serial = ++set->made;
    TAILQ_INSERT_TAIL(&set->all, named, link);
    LIST_INSERT_HEAD(bucket_of(set, named->name, strlen(named->name)), named, bucket);
    set->count++;
}

void named_remove(struct named_set *set, struct named *named)
{
    if (set->listed == named)
        set->listed = TAILQ_PREV(named, named_list, link);
    TAILQ_REMOVE(&set->all, named, link);
    LIST_REMOVE(named, bucket);
    set->count--;
}

struct named *named_find(struct named_set *set, const char *name, size_t length)
{
    struct named *named;

    LIST_FOREACH(named, bucket_of(set, name, length), bucket)
    if (word_is(name, length, named->name))
        return named;
    return NULL;
}

struct named *named_after(struct named_set *set, uint64_t serial)
{
    struct named *named = set->listed && set->listed->serial <= serial ? set->listed : TAILQ_FIRST(&set->all);

    while (named && named->serial <= serial)
        named = TAILQ_NEXT(named, link);
    if (named)
        set->listed = named;
    return named;
}
