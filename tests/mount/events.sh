#!/bin/bash
# SPDX-License-Identifier: MIT
# events/: Asynchronous Event Requests that are kept posted, and the events: a temperature above its threshold, a Format.
# Numbers are NVMe Base 2.0's: features 04h and 0Bh, log pages 02h and 04h, status 105h.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a || exit 99

run() {
    accepts cmd/a/ctl "run $*"
    shows cmd/a/status '0x000 Successful Completion'
}
# The threshold is in CDW11 15:0, in kelvins: far below, and far above what any controller has
hot() { run set_features FID=4 CDW11=0x100; }
cool() { run set_features FID=4 CDW11=0x200; }
clear_smart() { run get_log_page LID=2 NUMDL=127 NSID=0xffffffff; }

# --- Nothing is posted unless it is asked for; asking before there are queues is remembered ---
same "what is listed" "$(cd events && echo *)" 'log outstanding posted'
# interface: EV1 EV2 EV5
shows events/outstanding 0
accepts ctl init
shows events/posted 0
shows queues/sq/0/outstanding 0
accepts ctl 'reset flr'
accepts events/outstanding 2
shows events/outstanding 2
shows events/posted 0
bring_up
until_shows events/posted 2
shows queues/sq/0/outstanding 2
matches "status" "$(<status)" 'commands +2 outstanding, 2 of them Asynchronous Event Requests'
matches "status" "$(<status)" 'events +2 of 2 requests posted, 0 events received: see events/log'
for text in '' x -1 1.5; do refuses events/outstanding "$text" EINVAL; done
refuses events/outstanding 257 ERANGE 'at most 256'
shows events/outstanding 2

# --- An event: temperature. It is told once, until the page is read with RAE=0; then again ---
# interface: EV1 EV6 EV7 EV8
run set_features FID=0xb CDW11=0xff
cool
clear_smart
accepts ctl disable
accepts ctl enable
until_shows events/posted 2
run set_features FID=0xb CDW11=0xff
lines=$(wc -l <events/log)
exec 3<events/stream
same "no event yet" "$("$PROBE" read-nonblock events/stream 2>&1)" EAGAIN
in_background "$M.out" poll events/stream 20000
hot
wait "$WAITER"
same "poll" "$(<"$M.out")" READABLE
rm -f "$M.out"
line=$(limited head -n 1 <&3)
matches "the event" "$line" '^[0-9-]+ [0-9:.]+ SMART / Health Status: Temperature Threshold \(type 0x1, info 0x1\); log page 0x2 smart clears it: cat logs/LID=0x2,RAE=0/raw$'
same "the log" "$(tail -n 1 events/log)" "$line"
same "lines" "$(wc -l <events/log)" $((lines + 1))
until_shows events/posted 2
hot
run get_log_page LID=2 NUMDL=127 NSID=0xffffffff RAE=1
hot
same "told once, and RAE=1 clears nothing" "$(wc -l <events/log)" $((lines + 1))
cool
clear_smart
hot
end=$((SECONDS + 5))
while [[ $(wc -l <events/log) -lt $((lines + 2)) && $SECONDS -lt $end ]]; do sleep 0.01; done
same "told again after it was cleared" "$(wc -l <events/log)" $((lines + 2))
until_shows events/posted 2
cool
clear_smart
exec 3<&-

# --- Two who follow see the same; one that was opened later sees what comes later ---
if on_nvsim; then
    run set_features FID=0xb CDW11=0x100
    exec 3<events/stream 4<events/stream
    run format_nvm NSID=2
    line=$(limited head -n 1 <&3)
    matches "a Format" "$line" 'Notice: Namespace Attribute Changed \(type 0x2, info 0x0\); log page 0x4 changed_namespaces'
    same "another follower" "$(limited head -n 1 <&4)" "$line"
    same "a later one" "$("$PROBE" read-nonblock events/stream 2>&1)" EAGAIN
    exec 3<&- 4<&-
fi
matches "Ctrl-C" "$("$PROBE" interrupt INT 200 read events/stream)" '^(EINTR|KILLED SIGINT) '

# --- More than the controller takes: AERL is 0's based ---
# interface: EV3
limit=$(($(<identify/controller/AERL) + 1))
lines=$(wc -l <events/log)
accepts events/outstanding $((limit + 3))
until_shows events/outstanding "$limit"
shows events/posted "$limit"
same "a refusal is no event" "$(wc -l <events/log)" "$lines"
received=$(sed -n 's/^events .* \([0-9]*\) events received.*/\1/p' status)
accepts events/outstanding 256
until_shows events/outstanding "$limit"
shows events/posted "$limit"
same "nor are many" "$(wc -l <events/log)" "$lines"
matches "status" "$(<status)" "events +$limit of $limit requests posted, $received events received"

# --- Less: none is taken back, none posted again ---
# interface: EV4
accepts events/outstanding 0
shows events/posted "$limit"
if on_nvsim; then
    run set_features FID=0xb CDW11=0xff
    hot
    until_shows events/posted $((limit - 1))
    run identify CNS=1
    shows events/posted $((limit - 1))
    cool
    clear_smart
fi

# --- Requests that a script sends are its own ---
# interface: EV9 EV5
accepts ctl init
shows events/posted 0
accepts events/outstanding 1
until_shows events/posted 1
accepts cmd/a/ctl 'submit asynchronous_event_request'
shows cmd/a/state outstanding
shows events/posted 1
shows queues/sq/0/outstanding 2
same "rmdir of a command" "$("$PROBE" path rmdir cmd/a)" EBUSY

# --- Every way of a reset ends them; they are posted again when the controller is ready ---
# interface: EV2
for action in disable 'reset controller' 'reset flr' 'reset subsystem' 'reset hot'; do
    [[ $action != 'reset subsystem' ]] || has_nssr || continue
    [[ $action != 'reset hot' ]] || can_hot_reset || continue
    accepts ctl "$action"
    shows events/posted 0
    shows events/outstanding 1
    until_shows cmd/a/state lost
    accepts ctl init
    until_shows events/posted 1
    accepts cmd/a/ctl 'submit asynchronous_event_request'
done
accepts ctl shutdown
accepts ctl init
until_shows events/posted 1

# --- By hand: when CSTS.RDY=1 is seen ---
accepts nvme/CC/EN 0
limited cat nvme/wait/CSTS.RDY=0,timeout=5 >/dev/null
shows events/posted 0
enable_by_hand
limited cat nvme/wait/CSTS.RDY=1,timeout=5 >/dev/null
until_shows events/posted 1
same "the events so far stay" "$(($(wc -l <events/log) > 0))" 1

# --- One that ends with an error status is no event, and is not posted again. Its CID is at byte 2 of the entry, the first in the
# queue; Abort has it in CDW10 31:16 (NVMe Base 2.0, 3.3.3.1 and 5.1), and QEMU's does nothing ---
# interface: EV3 EV6
if on_nvsim; then
    cid=$(hex queues/sq/0/slots 2 2)
    run abort CDW10=$((0x${cid:2:2}${cid:0:2} << 16))
    until_shows events/posted 0
    shows events/outstanding 0
    matches "the log" "$(tail -n 1 events/log)" ' no event: the request ended with status 0x007 Command Abort Requested$'
fi
finish
