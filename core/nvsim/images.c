/* SPDX-License-Identifier: MIT */
/*
 * Firmware Image Download and Firmware Commit (NVMe Base 2.0, 5.11 and 5.12; 3.11). An image for this controller is any
 * multiple of 4 bytes that starts with "nvsim_fw" and, in the next 8 bytes, the Firmware Revision as Identify shows it:
 * printable ASCII, padded with blanks. What else is in it does not matter.
 */
#include "nvsim/nvsim_internal.h"

#include <string.h>

static const char magic[8] = {'n', 'v', 's', 'i', 'm', '_', 'f', 'w'};

enum commit_action { REPLACE, REPLACE_AND_ACTIVATE, ACTIVATE, ACTIVATE_NOW };
enum { FACTORY_SLOT = 1 }; /* FRMW.FFSRO: it cannot be written */

static bool is_present(const struct nvsim_images *images, uint32_t dword)
{
    return images->present[dword / 8] >> dword % 8 & 1;
}

static void discard(struct nvsim_images *images)
{
    memset(images->present, 0, sizeof(images->present));
    images->end = 0;
}

static void run(struct nvsim *sim, unsigned slot)
{
    struct nvsim_images *images = &sim->admin.images;
    const struct lone_field *field = lone_record_field(&lone_identify_controller, "FR");

    images->active = slot;
    images->next = 0;
    memcpy(sim->identify_controller + field->bit / 8, images->revisions[slot], sizeof(images->revisions[slot]));
}

void nvsim_images_build(struct nvsim *sim)
{
    const struct lone_field *field = lone_record_field(&lone_identify_controller, "FR");

    memcpy(sim->admin.images.revisions[FACTORY_SLOT], sim->identify_controller + field->bit / 8, 8);
    sim->admin.images.active = FACTORY_SLOT;
}

/* A reset throws away what was downloaded and not committed. */
void nvsim_images_reset(struct nvsim *sim)
{
    struct nvsim_images *images = &sim->admin.images;

    discard(images);
    if (images->next)
        run(sim, images->next);
}

/* Pieces may come in any order, but none over another. */
uint16_t nvsim_firmware_download(struct nvsim *sim, struct nvsim_command *command)
{
    struct nvsim_images *images = &sim->admin.images;
    uint64_t first = command->cdw11, count = (uint64_t)command->cdw10 + 1;
    uint16_t status;

    if (images->committed)
        discard(images);
    images->committed = false;
    if (count > NVSIM_TRANSFER_MAX / 4 || first + count > NVSIM_IMAGE_SIZE / 4)
        return nvsim_refuse(command, count > NVSIM_IMAGE_SIZE / 4 ? "NUMD" : "OFST", LONE_SC_INVALID_FIELD);
    for (uint64_t dword = first; dword < first + count; dword++)
        if (is_present(images, (uint32_t)dword))
            return nvsim_refuse(command, "OFST", NVSIM_SC_OVERLAPPING_RANGE);
    status = nvsim_transfer_in(sim, command, images->image + 4 * first, 4 * count);
    if (status)
        return status;
    for (uint64_t dword = first; dword < first + count; dword++)
        images->present[dword / 8] |= (uint8_t)(1u << dword % 8);
    if (images->end < first + count)
        images->end = (uint32_t)(first + count);
    return LONE_SC_SUCCESS;
}

static bool revision_valid(const uint8_t *revision)
{
    for (unsigned i = 0; i < 8; i++)
        if (revision[i] < 0x20 || revision[i] > 0x7e)
            return false;
    return revision[0] != ' ';
}

static bool image_valid(const struct nvsim_images *images)
{
    for (uint32_t dword = 0; dword < images->end; dword++)
        if (!is_present(images, dword))
            return false;
    return images->end >= 4 && !memcmp(images->image, magic, sizeof(magic)) && revision_valid(images->image + 8);
}

static bool is_empty(const struct nvsim_images *images, unsigned slot)
{
    return !images->revisions[slot][0];
}

/* With FS=0 the controller chooses where to put an image: an empty slot, else one that is not running. */
static unsigned choose(const struct nvsim_images *images)
{
    for (unsigned slot = FACTORY_SLOT + 1; slot <= NVSIM_FIRMWARE_SLOTS; slot++)
        if (is_empty(images, slot))
            return slot;
    return images->active == NVSIM_FIRMWARE_SLOTS ? NVSIM_FIRMWARE_SLOTS - 1 : NVSIM_FIRMWARE_SLOTS;
}

static uint16_t replace(struct nvsim_images *images, unsigned slot)
{
    bool valid = image_valid(images);

    if (slot == FACTORY_SLOT)
        return NVSIM_SC_FIRMWARE_SLOT;
    if (valid)
        memcpy(images->revisions[slot], images->image + 8, sizeof(images->revisions[slot]));
    discard(images);
    return valid ? LONE_SC_SUCCESS : NVSIM_SC_FIRMWARE_IMAGE;
}

static void activate_now(struct nvsim *sim, unsigned slot)
{
    const uint32_t enabled = 0x200; /* of Asynchronous Event Configuration */
    const uint8_t notice = 2, activation_starting = 1, lid = 3;

    if (nvsim_feature(sim, NVSIM_EVENT_CONFIGURATION, 0) & enabled)
        nvsim_event(sim, notice, activation_starting, lid);
    run(sim, slot);
}

/* Immediate activation takes the downloaded image if there is one, else the one in the slot. */
static bool replaces(const struct nvsim_images *images, unsigned action)
{
    return action == REPLACE || action == REPLACE_AND_ACTIVATE || (action == ACTIVATE_NOW && images->end);
}

uint16_t nvsim_firmware_commit(struct nvsim *sim, struct nvsim_command *command)
{
    struct nvsim_images *images = &sim->admin.images;
    unsigned slot = command->cdw10 & 7, action = command->cdw10 >> 3 & 7;
    uint16_t status = LONE_SC_SUCCESS;

    images->committed = true;
    if (action > ACTIVATE_NOW)
        return nvsim_refuse(command, "CA", LONE_SC_INVALID_FIELD);
    if (!slot && replaces(images, action))
        slot = choose(images);
    if (!slot || slot > NVSIM_FIRMWARE_SLOTS)
        return NVSIM_SC_FIRMWARE_SLOT;
    if (replaces(images, action))
        status = replace(images, slot);
    else if (is_empty(images, slot))
        status = NVSIM_SC_FIRMWARE_IMAGE;
    if (status)
        return status;
    if (action == ACTIVATE_NOW)
        activate_now(sim, slot);
    else if (action != REPLACE)
        images->next = slot;
    return LONE_SC_SUCCESS;
}
