#!/bin/bash
# SPDX-License-Identifier: MIT
# Idle is 0 % of a processor: with nothing to do, with requests outstanding that wait for events, with a command that hangs,
# with readers and pollers of files that wait. Processor time of a machine under load is told too coarsely to show this;
# but how often a thread goes to sleep the kernel counts exactly. The simulator's thread is counted, too.
. "$(dirname "$0")/lib.sh"
mount_lone
pid=$(lone_pid)

# The threads of lonefs. ThreadSanitizer has some of its own that wake ten times a second: they bear the program's name.
threads() {
    local task name
    for task in /proc/"$pid"/task/*; do
        read -r name <"$task/comm"
        [[ ${task##*/} != "$pid" && $name == lonefs ]] && grep -q libtsan "/proc/$pid/maps" || echo "$task"
    done
}
# How often they have gone to sleep; a thousand million more while one of them runs.
sleeps() {
    local task key value sum=0
    while read -r task; do
        while read -r key value _; do
            case $key in
            voluntary_ctxt_switches:) sum=$((sum + value)) ;;
            State:) [[ $value == S ]] || sum=$((sum + 1000000000)) ;;
            esac
        done <"$task/status"
    done < <(threads)
    echo "$sum"
}
# settled: what was asked of lonefs is done. It takes requests in their order, so an answer means that it has seen those before.
settled() {
    local before now end=$((SECONDS + 10))
    limited cat generation >/dev/null
    before=$(sleeps)
    while [[ $SECONDS -lt $end ]]; do
        sleep 0.3
        now=$(sleeps)
        [[ $now == "$before" && $now -lt 1000000000 ]] && return
        before=$now
    done
}
# idle WHAT MOST: in 2 s threads wake at most so often. Somebody else on the machine may look at all mounts, once: what is
# not idle wakes every time.
idle() {
    local before after times
    for times in 1 2 3 4; do
        [[ $2 -gt 0 ]] || settled
        before=$(sleeps)
        sleep 2
        after=$(sleeps)
        [[ $((after - before)) -gt $2 ]] || break
    done
    [[ $((after - before)) -le $2 ]]
    same "$1: woken $((after - before)) times in 2 s, $times times in turn, at most $2" $? 0
}
# waits FILE PID: until that process sleeps with FILE open
waits() {
    local end=$((SECONDS + 10))
    while [[ $SECONDS -lt $end ]]; do
        [[ $(readlink "/proc/$2/fd/"*) == *"$M/$1"* && $(<"/proc/$2/status") == *State:?S* ]] && return
        sleep 0.05
    done
    same "somebody waits at $1" no yes
}
# in_background WHAT FILE …: "$PROBE" WHAT FILE …, which waits there
pids=()
in_background() {
    "$PROBE" "$@" >/dev/null 2>&1 &
    pids+=($!)
    waits "$2" $!
}
three_posted() {
    local end=$((SECONDS + 10))
    while [[ $(<events/posted) != 3 && $SECONDS -lt $end ]]; do sleep 0.01; done
    shows events/posted 3
}

mkdir cmd/a || exit 99
idle "just mounted" 0
accepts ctl init
accepts events/outstanding 3
three_posted
idle "three requests posted" 0
accepts cmd/a/ctl 'submit asynchronous_event_request'
accepts cmd/a/timeout 100
in_background read events/stream
in_background poll events/stream 50000
in_background read cmd/a/status
in_background poll trace/pipe 50000
idle "readers of events and of a command that hangs" 0
accepts trace/enable 1
in_background read trace/pipe
idle "while it is traced" 0
kill "${pids[@]}" 2>/dev/null
wait "${pids[@]}" 2>/dev/null

# --- Without interrupts it is looked for events, but seldom: ten times a second ---
accepts trace/enable 0
accepts ctl 'reset flr'
accepts irq/mode poll
accepts ctl init
three_posted
idle "polling for events" 25
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/result/SN "$ID_SN"
finish
