/* SPDX-License-Identifier: MIT */
/*
 * Finding out about the controller and its namespaces, for `init` and for whoever asks again: Identify Controller, the
 * list of active namespaces, and what each of them says of itself. What the answers say is taken down when the commands
 * complete (namespaces.c).
 */
#include "nvme/controller_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define LIST_ENTRIES  1024u /* of an Active Namespace ID list: NVMe Base 2.0, 5.17.2.2 */
#define IDENTIFY_SIZE 4096u

enum { STAGE_CONTROLLER, STAGE_LIST, STAGE_DESCRIPTORS, STAGE_NAMESPACE, STAGE_DETAILS, STAGE_DONE };

static const struct {
    uint8_t cns;
    const char *name;
} stages[] = {
    [STAGE_CONTROLLER] = {LONE_CNS_CONTROLLER, "Identify, CNS 01h (controller)"},
    [STAGE_LIST] = {LONE_CNS_ACTIVE_NAMESPACES, "Identify, CNS 02h (active namespaces)"},
    [STAGE_DESCRIPTORS] = {LONE_CNS_DESCRIPTORS, "Identify, CNS 03h (namespace descriptors)"},
    [STAGE_NAMESPACE] = {LONE_CNS_NAMESPACE, "Identify, CNS 00h (namespace)"},
    [STAGE_DETAILS] = {LONE_CNS_CSI_NAMESPACE, "Identify, CNS 05h (what a command set says of the namespace)"},
};

/* --- Which comes next -------------------------------------------------------------------------------------- */

/* With one command set (CC.CSS not 110b) namespaces are of that, and the descriptors need not be asked. */
bool lone_controller_has_sets(const struct lone_controller *controller)
{
    return lone_register_field("CC", lone_controller_shadow32(controller, LONE_REG_CC), "CSS") == 6;
}

static void begin_namespace(const struct lone_controller *controller, struct lone_scan *scan, uint32_t after)
{
    const struct lone_namespace *first = lone_namespace_after(controller, after);

    scan->nsid = first ? first->nsid : 0;
    scan->stage = !first ? STAGE_DONE : lone_controller_has_sets(controller) ? STAGE_DESCRIPTORS : STAGE_NAMESPACE;
}

/* A key value namespace has no blocks to ask for. */
static bool asks_blocks(const struct lone_controller *controller, const struct lone_scan *scan)
{
    const struct lone_namespace *known = lone_namespace_find(controller, scan->nsid);

    return scan->stage == STAGE_DESCRIPTORS && known && known->csi != LONE_CSI_KV;
}

static void next(const struct lone_controller *controller, struct lone_scan *scan)
{
    bool had_details = scan->stage == STAGE_DETAILS, had_format = had_details || scan->stage == STAGE_NAMESPACE;
    int csi = had_format ? lone_controller_namespace_asks(controller, scan->nsid, had_details ? scan->csi : -1) : -1;

    if (asks_blocks(controller, scan)) {
        scan->stage = STAGE_NAMESPACE;
    } else if (csi >= 0) {
        scan->stage = STAGE_DETAILS;
        scan->csi = csi;
    } else {
        begin_namespace(controller, scan, scan->nsid);
    }
}

/* --- Sending and receiving --------------------------------------------------------------------------------- */

static int send(struct lone_controller *controller, struct lone_scan *scan, struct lone_error *error)
{
    int result;

    scan->sent++;
    scan->cmd = lone_cmd_new(controller);
    if (!scan->cmd)
        return lone_fail(error, ENOMEM, "no memory for a command");
    scan->cmd->sqe[0] = LONE_OPC_IDENTIFY;
    lone_put32(scan->cmd->sqe + LONE_SQE_NSID, scan->nsid);
    lone_put32(scan->cmd->sqe + LONE_SQE_CDW10, stages[scan->stage].cns);
    lone_put32(scan->cmd->sqe + LONE_SQE_CDW11, scan->stage == STAGE_DETAILS ? (uint32_t)scan->csi << 24 : 0);
    result = lone_cmd_data_size(scan->cmd, IDENTIFY_SIZE, error);
    return result ? result : lone_cmd_submit(scan->cmd, error);
}

static int take_list(struct lone_controller *controller, struct lone_scan *scan, struct lone_error *error)
{
    struct lone_namespace *larger = realloc(scan->list, (scan->n_list + LIST_ENTRIES) * sizeof(*larger));
    uint8_t list[IDENTIFY_SIZE];
    unsigned n = 0;

    if (!larger)
        return lone_fail(error, ENOMEM, "no memory for the list of active namespaces");
    scan->list = larger;
    lone_dma_load(list, scan->cmd->data.data, sizeof(list));
    /* The list ascends; where it does not, it ends. */
    for (; n < LIST_ENTRIES; n++) {
        uint32_t nsid = lone_get32(list + n * sizeof(uint32_t));

        if (nsid <= scan->nsid)
            break;
        scan->nsid = nsid;
        larger[scan->n_list++] = (struct lone_namespace){.nsid = nsid, .csi = -1};
    }
    if (n < LIST_ENTRIES || scan->nsid >= 0xfffffffd || scan->n_list >= LONE_MAX_NAMESPACES) {
        lone_namespaces_replace(controller, scan->list, scan->n_list);
        scan->list = NULL;
        begin_namespace(controller, scan, 0);
    }
    return 0;
}

/* A namespace may go between the list and the question, or be of a command set that has no such structure: then it
 * stays listed, and its format is not known. Without the list there is nothing. */
static int check_status(const struct lone_scan *scan, struct lone_error *error)
{
    uint16_t status = lone_cmd_status(scan->cmd);

    if (!status || scan->stage > STAGE_LIST)
        return 0;
    lone_fail(error, EIO, "%s failed for NSID %" PRIu32 ": status 0x%03x %s", stages[scan->stage].name, scan->nsid,
              status, lone_status_name(status));
    if (error) {
        error->has_status = true;
        error->status = status;
    }
    return -EIO;
}

static int take_result(struct lone_controller *controller, struct lone_scan *scan, struct lone_error *error)
{
    int result = check_status(scan, error);

    if (result)
        return result;
    if (scan->stage == STAGE_CONTROLLER)
        scan->stage = STAGE_LIST;
    else if (scan->stage == STAGE_LIST)
        return take_list(controller, scan, error);
    else
        next(controller, scan);
    return 0;
}

/* 0: still outstanding; 1: completed. @late: its time was up before the queues were looked at last. */
static int look(const struct lone_scan *scan, bool late, struct lone_error *error)
{
    struct lone_error why;
    int result;

    if (scan->cmd->state == LONE_CMD_COMPLETED)
        return 1;
    if (scan->cmd->state != LONE_CMD_OUTSTANDING)
        return lone_fail(error, ESHUTDOWN, "the controller was reset or disabled while its namespaces were asked for");
    if (!late)
        return 0;
    result = lone_cmd_late(scan->cmd, &why);
    return lone_fail(error, -result, "%s, NSID %" PRIu32 ": %s", stages[scan->stage].name, scan->nsid, why.text);
}

int lone_scan_step(struct lone_controller *controller, struct lone_scan *scan, struct lone_error *error)
{
    int result = 0;
    bool late;

    while (scan->stage != STAGE_DONE) {
        if (!scan->cmd)
            result = send(controller, scan, error);
        if (result < 0)
            return result;
        late = lone_now() - scan->cmd->submitted_ns >= scan->timeout_ns;
        lone_controller_poll(controller);
        result = look(scan, late, error);
        if (result <= 0)
            return result;
        result = take_result(controller, scan, error);
        if (result < 0)
            return result;
        lone_cmd_free(scan->cmd);
        scan->cmd = NULL;
    }
    return 1;
}

void lone_scan_end(struct lone_scan *scan)
{
    lone_cmd_free(scan->cmd);
    scan->cmd = NULL;
    free(scan->list);
    scan->list = NULL;
}
