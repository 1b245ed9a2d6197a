/* SPDX-License-Identifier: MIT */
/* What is known of namespaces. */
#include <stdlib.h>

#include "nvme/controller_internal.h"

#define MAX_KNOWN 65536u /* a device with more namespaces than this must not take all memory */

static size_t place_of(const struct lone_controller *controller, uint32_t nsid)
{
    size_t low = 0, high = controller->n_known;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (controller->known[middle].nsid < nsid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_known(const struct lone_controller *controller, size_t at, uint32_t nsid)
{
    return at < controller->n_known && controller->known[at].nsid == nsid;
}

const struct lone_namespace *lone_controller_namespace(const struct lone_controller *controller, uint32_t nsid)
{
    size_t at = place_of(controller, nsid);

    return is_known(controller, at, nsid) ? &controller->known[at] : NULL;
}

/* NVM Command Set 1.0, 4.1.5.1: FLBAS 3:0 (and 6:5 above them) choose the format, bit 4 says where metadata goes. */
static bool decode(uint32_t nsid, const uint8_t *identify, struct lone_namespace *known)
{
    uint64_t flbas = identify[26];
    unsigned index = (flbas & 0xf) | (flbas >> 5 & 3) << 4;
    uint32_t format = lone_get32(identify + 128 + 4 * index);
    unsigned shift = format >> 16 & 0xff;

    *known = (struct lone_namespace){.nsid = nsid, .blocks = lone_get64(identify)};
    if (shift < 9 || shift > 31)
        return false;
    known->format = (struct lone_format){.lba_size = 1u << shift,
                                         .metadata_size = (uint16_t)format,
                                         .interleaved = flbas >> 4 & 1,
                                         .pi_type = identify[29] & 7,
                                         .pi_size = identify[29] & 7 ? 8 : 0};
    return true;
}

static void forget(struct lone_controller *controller, size_t at)
{
    controller->n_known--;
    memmove(&controller->known[at], &controller->known[at + 1],
            (controller->n_known - at) * sizeof(controller->known[0]));
}

void lone_controller_namespace_learn(struct lone_controller *controller, uint32_t nsid, const uint8_t *identify)
{
    size_t at = place_of(controller, nsid);
    struct lone_namespace known, *larger;

    if (!decode(nsid, identify, &known)) {
        if (is_known(controller, at, nsid))
            forget(controller, at);
        return;
    }
    if (!is_known(controller, at, nsid)) {
        larger = controller->n_known < MAX_KNOWN
                     ? realloc(controller->known, (controller->n_known + 1) * sizeof(*larger))
                     : NULL;
        if (!larger)
            return;
        controller->known = larger;
        memmove(&larger[at + 1], &larger[at], (controller->n_known - at) * sizeof(*larger));
        controller->n_known++;
    }
    controller->known[at] = known;
}
