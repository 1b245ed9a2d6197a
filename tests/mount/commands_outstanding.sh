#!/bin/bash
# SPDX-License-Identifier: MIT
# Commands that stay outstanding: time-outs, what is busy meanwhile, abort, and their loss when the controller is disabled or
# reset. An Asynchronous Event Request waits for an event that does not come (NVMe Base 2.0, 5.2).
. "$(dirname "$0")/lib.sh"
mount_lone
bring_up

does() { same "$1 $2" "$("$PROBE" path "$1" "$2")" "$3"; }
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# interface: CM61
# --- A time-out ends the wait, not the command ---
does mkdir cmd/t OK
accepts cmd/t/timeout 0.2
shows cmd/t/timeout 0.2
start=$(now_ms)
accepts cmd/t/ctl 'submit asynchronous_event_request'
unreadable cmd/t/status ETIMEDOUT
same "the wait of 0.2 s takes that" $(($(now_ms) - start >= 200)) 1
matches "the error" "$(<cmd/t/error)" 'ETIMEDOUT.*outstanding'
shows cmd/t/state outstanding
# The time-out counts from the submission: it is over for all of them, and who must not wait need not
for file in status latency_ns cqe/raw cqe/SC cqe/text cqe/json; do
    unreadable "cmd/t/$file" ETIMEDOUT
    same "cmd/t/$file without waiting" "$("$PROBE" read-nonblock "cmd/t/$file" 2>&1)" ETIMEDOUT
done
shows queues/sq/0/outstanding 1

# interface: CM60
# --- Busy meanwhile ---
entry=$("$PROBE" pread cmd/t/sqe/raw 64 0 2>&1)
does rmdir cmd/t EBUSY
refuses cmd/t/data_size 4096 EBUSY outstanding
refuses cmd/t/metadata_size 4096 EBUSY
refuses cmd/t/sqe/CDW10 1 EBUSY
refuses cmd/t/sqe/CID 1 EBUSY
same "sqe/raw" "$("$PROBE" write-raw cmd/t/sqe/raw 00 63)" EBUSY
refuses cmd/t/opcode identify EBUSY
refuses cmd/t/ctl 'set identify CNS=1' EBUSY
refuses cmd/t/ctl 'run identify CNS=1' EBUSY
refuses cmd/t/ctl submit EBUSY
refuses cmd/t/ctl reset EBUSY
same "the entry" "$("$PROBE" pread cmd/t/sqe/raw 64 0 2>&1)" "$entry"
shows cmd/t/state outstanding

# --- Others go on; run times out as well ---
does mkdir cmd/id OK
accepts cmd/id/ctl 'run identify CNS=1'
does mkdir cmd/r OK
accepts cmd/r/timeout 0.2
before=$(commands)
refuses cmd/r/ctl 'run asynchronous_event_request' ETIMEDOUT
counted "a run that timed out was sent once" "$before" 1
shows cmd/r/state outstanding
shows queues/sq/0/outstanding 2

# --- A longer time-out counts anew for those who wait ---
accepts cmd/r/timeout 20
in_background "$M.reader" read cmd/r/status
accepts cmd/r/timeout 0.3
wait "$WAITER"
same "a reader whose time-out was shortened" "$(<"$M.reader")" ETIMEDOUT
rm -f "$M.reader"
accepts cmd/r/timeout 30

# interface: CM48
# --- Abort: bit 0 of DW0 says whether the command was aborted (5.1), so either it ended or the write says that it did not ---
refuses cmd/id/ctl abort ENODATA
before=$(commands)
answer=$("$PROBE" write cmd/r/ctl abort)
counted "an abort is one command" "$before" 1
if [[ $answer == OK ]]; then
    shows cmd/r/status '0x007 Command Abort Requested'
    accepts cmd/r/ctl 'submit asynchronous_event_request'
else
    same "an abort that did nothing" "$answer" EBUSY
    matches "its text" "$(<cmd/r/error)" 'did not abort'
    shows cmd/r/state outstanding
fi

# --- As many requests as AERL allows, 0's based; one more is an error status (5.2) ---
limit=$(($(<identify/controller/AERL) + 1))
for ((i = $(<queues/sq/0/outstanding); i < limit; i++)); do
    does mkdir "cmd/more$i" OK
    accepts "cmd/more$i/ctl" 'submit asynchronous_event_request'
done
shows queues/sq/0/outstanding "$limit"
accepts cmd/id/ctl 'submit asynchronous_event_request'
shows cmd/id/status '0x105 Asynchronous Event Request Limit Exceeded'

# interface: CM43 CM61
# --- EN=0: lost; a waiting reader ends; the object can be used and ended again ---
accepts cmd/t/timeout 30
in_background "$M.reader" read cmd/t/status
generation=$(<generation)
accepts nvme/CC/EN 0
wait "$WAITER"
same "a reader of a lost command" "$(<"$M.reader")" ESHUTDOWN
rm -f "$M.reader"
same "not ready" "$(limited cat nvme/wait/CSTS.RDY=0,timeout=5 >/dev/null && echo yes)" yes
for object in t r; do
    shows "cmd/$object/state" lost
    # interface: ER20
    unreadable "cmd/$object/status" ESHUTDOWN
    unreadable "cmd/$object/cqe/SC" ESHUTDOWN
    unreadable "cmd/$object/latency_ns" ESHUTDOWN
done
same "generation" "$(<generation)" $((generation + 1))
shows queues/sq/0/state disabled
does rmdir cmd/t OK
refuses cmd/r/ctl 'run identify CNS=1' ENXIO enable
enable_by_hand
same "ready again" "$(limited cat nvme/wait/CSTS.RDY=1,timeout=5 >/dev/null && echo yes)" yes
shows queues/sq/0/state live
shows queues/sq/0/tail 0
shows queues/sq/0/outstanding 0
accepts cmd/r/ctl reset
shows cmd/r/state idle
accepts cmd/r/ctl 'run identify CNS=1'
shows cmd/r/result/SN "$ID_SN"

# --- Every way of a reset loses what is outstanding and counts ---
for action in disable 'reset controller' 'reset flr' 'reset subsystem' 'reset hot'; do
    [[ $action != 'reset subsystem' ]] || has_nssr || continue
    [[ $action != 'reset hot' ]] || can_hot_reset || continue
    generation=$(<generation)
    accepts cmd/r/ctl 'submit asynchronous_event_request'
    shows cmd/r/state outstanding
    accepts ctl "$action"
    until_shows cmd/r/state lost
    unreadable cmd/r/status ESHUTDOWN
    same "generation after $action" $(($(<generation) > generation)) 1
    accepts ctl init
    accepts cmd/r/ctl 'run identify CNS=1'
    shows cmd/r/status '0x000 Successful Completion'
done

# --- A run that is lost while it waits ---
before=$(commands)
in_background "$M.writer" write cmd/r/ctl 'run asynchronous_event_request'
until_shows cmd/r/state outstanding
accepts ctl disable
wait "$WAITER"
same "a run that lost its controller" "$(<"$M.writer")" ESHUTDOWN
rm -f "$M.writer"
counted "it was sent once" "$before" 1
finish
