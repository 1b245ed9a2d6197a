#!/bin/bash
# SPDX-License-Identifier: MIT
# Idle is 0 % of a processor: with nothing to do, with requests outstanding that wait for events, with a command that hangs,
# with readers and pollers of files that wait. Counted in clock ticks of the whole process, the simulator's thread included.
. "$(dirname "$0")/lib.sh"
mount_lone
pid=$(lone_pid)

ticks() {
    local fields
    read -ra fields <"/proc/$pid/stat"
    echo $((fields[13] + fields[14]))
}
# idle WHAT MOST: over 2 s at most so many ticks
idle() {
    local before
    sleep 0.3
    before=$(ticks)
    sleep 2
    before=$(($(ticks) - before))
    [[ $before -le $2 ]]
    same "$1: $before ticks in 2 s, at most $2" $? 0
}
kills() {
    kill "$@" 2>/dev/null
    wait "$@" 2>/dev/null
}

mkdir cmd/a || exit 99
idle "just mounted" 1
accepts ctl init
accepts events/outstanding 3
end=$((SECONDS + 5))
while [[ $(<events/posted) != 3 && $SECONDS -lt $end ]]; do sleep 0.01; done
shows events/posted 3
idle "three requests posted" 1
accepts cmd/a/ctl 'submit asynchronous_event_request'
accepts cmd/a/timeout 100
LIMIT=60 "$PROBE" read events/stream >/dev/null 2>&1 &
first=$!
LIMIT=60 "$PROBE" poll events/stream 50000 >/dev/null 2>&1 &
second=$!
LIMIT=60 "$PROBE" read cmd/a/status >/dev/null 2>&1 &
third=$!
LIMIT=60 "$PROBE" poll trace/pipe 50000 >/dev/null 2>&1 &
idle "readers of events and of a command that hangs" 1
accepts trace/enable 1
LIMIT=60 "$PROBE" read trace/pipe >/dev/null 2>&1 &
fourth=$!
idle "while it is traced" 1
kills "$first" "$second" "$third" "$fourth" %4

# --- Without interrupts it is looked for events, but seldom ---
accepts trace/enable 0
accepts ctl 'reset flr'
accepts irq/mode poll
accepts ctl init
end=$((SECONDS + 5))
while [[ $(<events/posted) != 3 && $SECONDS -lt $end ]]; do sleep 0.01; done
idle "polling for events" 2
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/result/SN "$ID_SN"
finish
