/* SPDX-License-Identifier: MIT */
/* The Host Memory Buffer (NVMe Base 2.0, 8.9 and 5.27.1.10): which regions the controller may use although no command
 * does. Set Features names a list of descriptors; each descriptor names memory. */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <stdlib.h>

/* Set Features, as it stands in the entry: CDW11 EHM in bit 0; CDW13, CDW14 the address of the list; CDW15 how many. */
enum { CDW13 = 52, CDW15 = 60, EHM = 1 };

#define DESCRIPTOR      16u    /* bytes: BADD 7:0, BSIZE 11:8 */
#define MAX_DESCRIPTORS 65536u /* a number that a tester made up must not take all memory */

/* A region that counts this as a user. */
struct lone_host_memory {
    struct lone_host_memory *next;
    struct lone_region *region;
};

static void give_back(struct lone_host_memory **list)
{
    struct lone_host_memory *gone;

    while ((gone = *list)) {
        *list = gone->next;
        lone_region_put(gone->region);
        free(gone);
    }
}

static bool is_about_it(const uint8_t *sqe)
{
    return sqe[LONE_SQE_CDW10] == LONE_FID_HOST_MEMORY_BUFFER;
}

/* Of memory that is no region of ours the controller may make what it likes: then the tester knows why. */
static int add(struct lone_cmd_private *own, uint64_t iova, struct lone_error *error)
{
    struct lone_region *region = lone_region_at(own->controller->memory, iova);
    struct lone_host_memory *made;

    for (made = own->host_memory; made; made = made->next)
        if (made->region == region)
            return 0;
    if (!region)
        return 0;
    made = malloc(sizeof(*made));
    if (!made)
        return lone_fail(error, ENOMEM, "no memory to remember the Host Memory Buffer");
    *made = (struct lone_host_memory){.next = own->host_memory, .region = region};
    lone_region_get(region);
    own->host_memory = made;
    return 0;
}

static int add_listed(struct lone_cmd_private *own, struct lone_region *list, uint64_t offset, uint32_t n,
                      struct lone_error *error)
{
    uint64_t room = (list->size - offset) / DESCRIPTOR;
    struct lone_buffer view;
    int result = lone_region_borrow(list, 0, list->size, &view, error);

    n = n < room ? n : (uint32_t)room;
    for (uint32_t i = 0; i < n && i < MAX_DESCRIPTORS && !result; i++) {
        uint8_t badd[8];

        result = lone_buffer_load(&view, offset + i * (uint64_t)DESCRIPTOR, badd, sizeof(badd), error);
        if (!result)
            result = add(own, lone_get64(badd), error);
    }
    lone_buffer_free(own->controller->memory, &view);
    return result;
}

int lone_hmb_prepare(struct lone_cmd_private *own, struct lone_error *error)
{
    const uint8_t *sqe = own->cmd->sqe;
    uint64_t address = lone_get64(sqe + CDW13);
    struct lone_region *list;
    int result;

    give_back(&own->host_memory);
    if (!is_about_it(sqe) || !(lone_get32(sqe + LONE_SQE_CDW11) & EHM))
        return 0;
    list = lone_region_at(own->controller->memory, address);
    if (!list)
        return 0;
    result = add(own, address, error);
    if (!result)
        result = add_listed(own, list, address - list->iova, lone_get32(sqe + CDW15), error);
    if (result)
        give_back(&own->host_memory);
    return result;
}

void lone_hmb_keep(struct lone_cmd_private *own)
{
    struct lone_host_memory **end = &own->controller->host_memory;

    while (*end)
        end = &(*end)->next;
    *end = own->host_memory;
    own->host_memory = NULL;
}

void lone_hmb_follow(struct lone_cmd_private *own, bool success)
{
    if (!success)
        give_back(&own->host_memory);
    else if ((own->cdw10 & 0xff) == LONE_FID_HOST_MEMORY_BUFFER && !(own->cdw11 & EHM))
        give_back(&own->controller->host_memory);
    else
        lone_hmb_keep(own);
}

void lone_hmb_forget(struct lone_cmd_private *own)
{
    give_back(&own->host_memory);
}

void lone_hmb_over(struct lone_controller *controller)
{
    give_back(&controller->host_memory);
}
