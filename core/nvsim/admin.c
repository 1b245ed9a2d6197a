/* SPDX-License-Identifier: MIT */
/* What commands do that need no file of their own. */
#include "nvsim/nvsim_internal.h"

enum admin_opcode {
    DELETE_SQ = 0x00,
    CREATE_SQ = 0x01,
    DELETE_CQ = 0x04,
    CREATE_CQ = 0x05,
    IDENTIFY = 0x06,
    ABORT = 0x08,
    SET_FEATURES = 0x09,
    GET_FEATURES = 0x0a,
    ASYNCHRONOUS_EVENT_REQUEST = 0x0c,
};

#define SC_NOT_SAVEABLE 0x10du

#define FID_NUMBER_OF_QUEUES 0x07u

/* The controller has all queues ready, whatever number is asked for; both counts are 0's based. */
static uint32_t number_of_queues(void)
{
    return (NVSIM_QUEUES - 2) * 0x10001u;
}

static bool io_queues_exist(const struct nvsim_controller *controller)
{
    return controller->n_sqs > 1 || controller->n_cqs > 1;
}

static uint16_t set_features(const struct nvsim *sim, struct nvsim_command *command)
{
    bool save = command->cdw10 >> 31;

    if ((command->cdw10 & 0xff) != FID_NUMBER_OF_QUEUES)
        return LONE_SC_INVALID_FIELD;
    if (save)
        return SC_NOT_SAVEABLE;
    if ((command->cdw11 & 0xffff) == 0xffff || command->cdw11 >> 16 == 0xffff)
        return LONE_SC_INVALID_FIELD;
    if (io_queues_exist(&sim->controller))
        return LONE_SC_SEQUENCE;
    command->result = number_of_queues();
    return LONE_SC_SUCCESS;
}

static uint16_t get_features(struct nvsim_command *command)
{
    if ((command->cdw10 & 0xff) != FID_NUMBER_OF_QUEUES)
        return LONE_SC_INVALID_FIELD;
    command->result = number_of_queues();
    return LONE_SC_SUCCESS;
}

/* Commands are executed one after the other, so only event requests can be found waiting; DW0 bit 0: not aborted. */
static uint16_t abort_command(struct nvsim *sim, struct nvsim_command *command)
{
    uint16_t sqid = (uint16_t)command->cdw10, cid = (uint16_t)(command->cdw10 >> 16);
    bool aborted = !sqid && nvsim_events_abort(sim, cid);

    command->result = !aborted;
    return LONE_SC_SUCCESS;
}

uint16_t nvsim_admin_execute(struct nvsim *sim, struct nvsim_command *command)
{
    switch (command->opcode) {
    case DELETE_SQ:
        return nvsim_delete_sq(sim, command);
    case CREATE_SQ:
        return nvsim_create_sq(sim, command);
    case DELETE_CQ:
        return nvsim_delete_cq(sim, command);
    case CREATE_CQ:
        return nvsim_create_cq(sim, command);
    case IDENTIFY:
        return nvsim_identify(sim, command);
    case ABORT:
        return abort_command(sim, command);
    case SET_FEATURES:
        return set_features(sim, command);
    case GET_FEATURES:
        return get_features(command);
    case ASYNCHRONOUS_EVENT_REQUEST:
        return nvsim_event_request(sim, command);
    default:
        return LONE_SC_INVALID_OPCODE;
    }
}
