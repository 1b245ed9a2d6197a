#!/bin/bash
# SPDX-License-Identifier: MIT
# Resets with everything outstanding, again and again, and controllers that stopped with CSTS.CFS=1: what `status` and the
# errors say, and every way back.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a cmd/b cmd/c || exit 99
zeros=$(printf '00%.0s' {1..64})

works() {
    accepts cmd/a/ctl 'run identify CNS=1'
    shows cmd/a/result/SN "$ID_SN"
    accepts cmd/a/ctl 'run flush NSID=1'
    until_shows events/posted 2
    matches "status" "$(<status)" 'controller +ready'
}

# interface: RO14 RO15 RO16 RO17 RO30
# --- Every reset, with requests posted, a request of a script's, and entries whose doorbell was not rung ---
# everything_outstanding: also a reader and a run that wait
everything_outstanding() {
    accepts cmd/b/ctl 'submit asynchronous_event_request'
    same "placing" "$("$PROBE" write-raw queues/sq/1/place "$zeros$zeros")" OK
    shows queues/sq/1/tail $((tail + 2))
    in_background "$M.reader" read cmd/b/status
    reader=$WAITER
    in_background "$M.writer" write cmd/c/ctl 'run asynchronous_event_request'
    until_shows cmd/c/state outstanding
}
accepts events/outstanding 2
accepts ctl 'init queues=2 entries=8'
for action in disable 'reset controller' 'reset flr' 'reset subsystem' 'reset hot'; do
    [[ $action != 'reset subsystem' ]] || has_nssr || continue
    [[ $action != 'reset hot' ]] || can_hot_reset || continue
    works
    tail=$(<queues/sq/1/tail)
    everything_outstanding
    generation=$(<generation)
    accepts ctl "$action"
    wait "$reader"
    same "a reader after $action" "$(<"$M.reader")" ESHUTDOWN
    wait "$WAITER"
    same "a run after $action" "$(<"$M.writer")" ESHUTDOWN
    for object in b c; do
        shows "cmd/$object/state" lost
        unreadable "cmd/$object/status" ESHUTDOWN
    done
    shows events/posted 0
    same "generation after $action" $(($(<generation) > generation)) 1
    matches "status after $action" "$(<status)" 'commands +0 outstanding'
    accepts ctl 'init queues=2 entries=8'
    works
    shows queues/sq/2/outstanding 0
    matches "memory after $action" "$(<status)" ' 0 kept because'
done
rm -f "$M.reader" "$M.writer"

# --- Again and again; nothing is used up ---
used() { sed -n 's/.*mapped for the device, \([0-9]*\) in use.*/\1/p' status; }
in_use=$(used)
for ((i = 0; i < $(on_nvsim && echo 50 || echo 5); i++)); do
    for object in b c; do printf 'submit asynchronous_event_request' >cmd/$object/ctl || fail "round $i"; done
    "$PROBE" write-raw queues/sq/1/place "$zeros" >/dev/null || fail "round $i: placing"
    case $((i % 4)) in
    0) action='reset flr' ;;
    1) action='reset controller' ;;
    2) has_nssr && action='reset subsystem' || action=disable ;;
    3) action=shutdown ;;
    esac
    printf '%s' "$action" >ctl || fail "round $i: $action"
    printf 'init queues=2 entries=8' >ctl || fail "round $i: init after $action"
    [[ $(<cmd/b/state) == lost ]] || fail "round $i: $(<cmd/b/state) after $action"
    printf 'run identify CNS=1' >cmd/a/ctl || fail "round $i: identify"
    printf 'run flush NSID=1' >cmd/a/ctl || fail "round $i: flush"
done
works
same "memory in use" "$(used)" "$in_use"

# interface: RO19 RO28 RO29
# --- CFS ---
# fatal REGEX: the controller has stopped; what `status` says
fatal() {
    same "CFS" "$(limited cat nvme/wait/CSTS.CFS=1,timeout=5 >/dev/null && echo failed)" failed
    matches "status" "$(<status)" 'controller +fatal: .*CSTS\.CFS=1.*recovery +write `reset controller` to ctl'
    matches "status" "$(<status)" "$1"
    # Looking round is still possible
    shows nvme/VS/MJR "$(printf '0x%x' $((ID_VS >> 16)))"
    shows pcie/ID/VID "$ID_VID"
}
# recovers LINE...: these to ctl, and it works again
recovers() {
    local line
    for line; do accepts ctl "$line"; done
    accepts ctl init
    shows nvme/CSTS/CFS 0x0
    works
}
# stop_at_asq: the admin queue is where no memory is
stop_at_asq() {
    accepts ctl disable
    accepts queues/ctl admin
    accepts nvme/ASQ/value 0x7ffffff000
    accepts ctl enable
    same "ringing" "$("$PROBE" write-raw bar/0 01000000 0x1000)" OK
    fatal 'last write +SQ0TDBL = 0x1 .*ASQ 0x7ffffff000'
}
accepts ctl init
for way in '' 'reset controller' 'reset flr' disable; do
    stop_at_asq
    # shellcheck disable=SC2086 # '' is no word
    if [[ $way ]]; then recovers "$way"; else recovers; fi
done

# Completions cannot be written, and a command waits: its time-out says why
stop_at_acq() {
    accepts ctl disable
    accepts queues/ctl admin
    accepts ctl enable
    accepts cmd/a/timeout 60
    accepts pcie/CMD/BME 0
    in_background "$M.writer" write cmd/a/ctl 'run identify CNS=1'
    same "CFS" "$(limited cat nvme/wait/CSTS.CFS=1,timeout=5 >/dev/null && echo failed)" failed
    accepts cmd/a/timeout 0.3
    wait "$WAITER"
    same "a run whose completion cannot be written" "$(<"$M.writer")" ETIMEDOUT
    matches "the error of a run" "$(<cmd/a/error)" 'stays outstanding.*CSTS\.CFS is 1.*reset controller'
    unreadable cmd/a/status ETIMEDOUT
    matches "the error of a read" "$(<cmd/a/error)" 'CSTS\.CFS is 1'
    unreadable identify/controller/SN ETIMEDOUT
    matches "the error of identify" "$(<error)" 'CSTS\.CFS is 1'
    fatal 'last cmd +identify .*opcode 0x6.*'
    matches "status" "$(<status)" 'CMD\.BME is 0'
}
for way in '' 'reset controller' 'reset flr'; do
    accepts timeout 0.4
    stop_at_acq
    accepts timeout 10
    accepts cmd/a/timeout 10
    # shellcheck disable=SC2086
    if [[ $way ]]; then recovers "$way"; else recovers; fi
done
rm -f "$M.writer"

# An I/O queue that was created where no memory is
accepts cmd/a/ctl 'run create_io_cq QID=3 QSIZE=3 PC=1 PRP1=0x7ffffff000'
accepts cmd/a/ctl 'run create_io_sq QID=3 QSIZE=3 PC=1 CQID=3 PRP1=0x7ffffff000'
same "ringing" "$("$PROBE" write-raw bar/0 01000000 0x1018)" OK
fatal 'last write +SQ3TDBL = 0x1 .*lonefs knows no submission queue 3'
recovers 'reset controller'

# Settings that the controller does not have: CAP.CSS says which command sets there are
if ! (($(<nvme/CAP/CSS) & 1 << 6)); then
    accepts ctl disable
    accepts queues/ctl 'admin css=6'
    refuses ctl enable EIO 'CFS.*reset controller'
    fatal 'last write +CC = 0x'
    recovers
fi

# interface: RO20 RO21
# --- An action whose command never completes ends when the controller is reset or disabled, and others that would wait
# for it are told so ---
accepts ctl init
accepts timeout 20
for way in 'reset controller' 'reset flr' disable; do
    for stuck in 'ns/ctl scan' 'queues/ctl io 2'; do
        accepts queues/cq/0/consumer none
        in_background "$M.stuck" write "${stuck%% *}" "${stuck#* }"
        refuses ctl init EBUSY 'disable.*reset'
        refuses queues/ctl delete EBUSY 'disable.*reset'
        accepts ctl "$way"
        wait "$WAITER"
        same "$stuck under $way" "$(<"$M.stuck")" ESHUTDOWN
        matches "its error" "$(<error)" 'ESHUTDOWN.*reset'
        accepts ctl init
        shows identify/controller/SN "$ID_SN"
    done
done
rm -f "$M.stuck"
# interface: RO22
# or when the program that wrote it is interrupted
accepts queues/cq/0/consumer none
in_background /dev/null write ns/ctl scan
refuses ctl init EBUSY 'interrupt'
kill "$WAITER"
wait "$WAITER" 2>/dev/null
accepts timeout 10
accepts ctl init
shows identify/controller/SN "$ID_SN"
finish
