/* SPDX-License-Identifier: MIT */
/* Get Log Page (NVMe Base 2.0, 5.16): which pages there are, and which part of one is asked for. What is asked for
 * behind the end of a page is zeros. */
#include "nvsim/log_pages.h"

#include <string.h>

/* clang-format off */
const struct nvsim_log_row nvsim_log_table[] = {
    {0x00, 1024, nvsim_fill_supported},
    {0x01, (NVSIM_ELPE + 1) * NVSIM_ERROR_ENTRY, nvsim_fill_errors},
    {0x02, 512, nvsim_fill_smart},
    {0x03, 512, nvsim_fill_firmware},
    {0x04, 4096, nvsim_fill_changed},
    {0x05, 4096, nvsim_fill_effects},
    {0x06, 564, nvsim_fill_self_test},
    {0x12, 1024, nvsim_fill_feature_effects},
    {0x13, 4096, NULL}, /* NVMe-MI commands: none is supported */
};
/* clang-format on */
const size_t nvsim_n_logs = LONE_COUNT(nvsim_log_table);

struct request {
    const struct nvsim_log_row *log;
    uint64_t offset, size; /* bytes */
    bool retains;          /* RAE */
};

static const struct nvsim_log_row *find(uint8_t lid)
{
    for (size_t i = 0; i < nvsim_n_logs; i++)
        if (nvsim_log_table[i].lid == lid)
            return &nvsim_log_table[i];
    return NULL;
}

static uint16_t parse(struct nvsim_command *command, struct request *request)
{
    const uint32_t rae = 0x8000, index_offset = 1u << 23;
    uint64_t numd = command->cdw10 >> 16 | (uint64_t)(command->cdw11 & 0xffff) << 16;

    request->log = find((uint8_t)command->cdw10);
    request->size = (numd + 1) * 4;
    request->offset = command->cdw12 | (uint64_t)command->cdw13 << 32;
    request->retains = command->cdw10 & rae;
    if (!request->log)
        return NVSIM_SC_LOG_PAGE;
    if (command->cdw14 & index_offset)
        return nvsim_refuse(command, "OT", LONE_SC_INVALID_FIELD);
    if (request->offset % 4 || request->offset > request->log->size)
        return nvsim_refuse(command, "LPOL", LONE_SC_INVALID_FIELD);
    if (request->size > NVSIM_TRANSFER_MAX)
        return nvsim_refuse(command, "NUMDL", LONE_SC_INVALID_FIELD);
    /* All pages are the controller's: LPA.SMARTS says that there is no SMART page of a namespace. */
    if (command->nsid && command->nsid != NVSIM_NSID_ALL)
        return nvsim_refuse(command, "NSID", LONE_SC_INVALID_FIELD);
    return LONE_SC_SUCCESS;
}

static uint16_t send_zeros(struct nvsim *sim, struct nvsim_pointer *pointer, uint64_t size)
{
    static const uint8_t zeros[4096];
    uint16_t status = LONE_SC_SUCCESS;

    while (size && !status) {
        uint64_t length = size < sizeof(zeros) ? size : sizeof(zeros);

        status = nvsim_pointer_store(sim, pointer, zeros, length);
        size -= length;
    }
    return status;
}

static uint16_t send(struct nvsim *sim, struct nvsim_command *command, const struct request *request)
{
    uint64_t left = request->log->size - request->offset, length = request->size < left ? request->size : left;
    struct nvsim_pointer pointer;
    uint16_t status = nvsim_pointer_open(sim, &pointer, command, request->size, true);

    if (!status && length)
        status = nvsim_pointer_store(sim, &pointer, sim->admin.page + request->offset, length);
    return status ? status : send_zeros(sim, &pointer, request->size - length);
}

uint16_t nvsim_get_log_page(struct nvsim *sim, struct nvsim_command *command)
{
    struct request request;
    uint16_t status = parse(command, &request);

    if (status)
        return status;
    memset(sim->admin.page, 0, request.log->size);
    if (request.log->fill)
        status = request.log->fill(sim, command, sim->admin.page);
    if (!status)
        status = send(sim, command, &request);
    if (!status && !request.retains)
        nvsim_events_clear(sim, request.log->lid);
    return status;
}
