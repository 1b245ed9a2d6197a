/* SPDX-License-Identifier: MIT */
/*
 * Asynchronous events: requests that the driver keeps posted, and what came of them (NVMe Base 2.0, 5.2). Nothing is
 * posted unless it is asked for. Requests that callers submit themselves are theirs and do not show here.
 *
 * All functions are the owner thread's.
 */
#ifndef LONE_NVME_EVENTS_H
#define LONE_NVME_EVENTS_H

#include "controller.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Keeps @n Asynchronous Event Requests posted from now on, 0 to LONE_EVENTS_MAX (AERL allows no more): at once if the
 * admin queue is live and CSTS.RDY is 1 (reads CSTS once), else when CSTS.RDY=1 is seen. A completed one is posted
 * again by lone_controller_poll(), and after a reset all are, when CSTS.RDY=1 has been seen. A quarter of the admin
 * submission queue, at most 8 entries, stays free for others; what does not fit waits for room. A smaller number takes
 * none back: those that are posted are not posted again. One that the controller refuses (status 105h when there are
 * more than AERL allows) lowers the number to what it took, and leaves nothing else behind. -ERANGE; -ENODEV or the
 * access's error, and then nothing has changed. */
int lone_events_keep(struct lone_controller *controller, unsigned n, struct lone_error *error);
#define LONE_EVENTS_MAX 256u

/* The number to keep, and how many the controller has now. */
unsigned lone_events_wanted(const struct lone_controller *controller);
unsigned lone_events_posted(const struct lone_controller *controller);

/* The completion of a request. */
struct lone_async_event {
    uint64_t time_ns, wall_ns; /* CLOCK_MONOTONIC, CLOCK_REALTIME */
    uint16_t status;           /* as lone_cmd_status(); not 0: it was aborted or failed, and is no event */
    uint32_t dw0, dw1; /* of the completion: lone_event_of(dw0) says what it is, bits 23:16 which page clears it */
};

/* How many events came: completions without an error status. */
uint64_t lone_events_received(const struct lone_controller *controller);

/* Completions have numbers, counted from 0; the last LONE_EVENTS_KEPT can be taken. The number that the next one gets:
 */
uint64_t lone_events_next(const struct lone_controller *controller);
#define LONE_EVENTS_KEPT 256u

/* Copies the one with number *@cursor, or the oldest that is left, to *@event and moves *@cursor behind it; *@missed:
 * how many between *@cursor and it are gone. False: there is none yet, and nothing has changed. */
bool lone_events_take(const struct lone_controller *controller, uint64_t *cursor, struct lone_async_event *event,
                      uint64_t *missed);

/* Adds a line for people: date and time, type and name, type and information as numbers, and what clears it. */
void lone_events_text(const struct lone_async_event *event, struct lone_text *text);

/* Asynchronous Event Requests outstanding, whoever submitted them: nobody expects them to complete soon. */
uint32_t lone_controller_requests(const struct lone_controller *controller);

/* Is nothing outstanding but these? Then a caller without interrupts can poll seldom. */
bool lone_controller_only_requests(const struct lone_controller *controller);

#ifdef __cplusplus
}
#endif

#endif
