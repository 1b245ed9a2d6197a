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
# count_of THREAD: how often it has gone to sleep; a thousand million more if for 10 s it does nothing but run
count_of() {
    local key value _ state count end=$((SECONDS + 10))
    while :; do
        while read -r key value _; do
            case $key in
            State:) state=$value ;;
            voluntary_ctxt_switches:) count=$value ;;
            esac
        done <"$1/status"
        [[ $state != S && $SECONDS -lt $end ]] || break
        sleep 0.01
    done
    [[ $state == S ]] || count=$((count + 1000000000))
    echo "$count"
}
sleeps() {
    local task sum=0
    while read -r task; do sum=$((sum + $(count_of "$task"))); done < <(threads)
    echo "$sum"
}
# calm SECONDS RATE: so long threads wake at most so often a second. How often they did is $woken.
calm() {
    local before began=$EPOCHREALTIME
    before=$(sleeps)
    sleep "$1"
    woken=$(($(sleeps) - before))
    most=$(($2 ? $2 * (${EPOCHREALTIME/[.,]/} - ${began/[.,]/}) / 1000000 + 1 : 0))
    [[ $woken -le $most ]]
}
# idle WHAT [RATE]: it becomes calm, for 2 s. Not always at once: who drops the kernel's caches, as another test does, makes it
# tell every mount which names it has forgotten.
idle() {
    local end=$((SECONDS + 20))
    until calm 2 "${2:-0}" || [[ $SECONDS -ge $end ]]; do :; done
    [[ $woken -le $most ]]
    same "$1: woken $woken times, at most $most" $? 0
}
# behind WHAT FILE …: in the background, until the end
pids=()
behind() {
    in_background /dev/null "$@"
    pids+=("$WAITER")
}
three_posted() { until_shows events/posted 3; }

mkdir cmd/a || exit 99
idle "just mounted"
accepts ctl init
accepts events/outstanding 3
three_posted
idle "three requests posted"
accepts cmd/a/ctl 'submit asynchronous_event_request'
accepts cmd/a/timeout 100
behind read events/stream
behind poll events/stream 50000
behind read cmd/a/status
behind poll trace/pipe 50000
idle "readers of events and of a command that hangs"
accepts trace/enable 1
behind read trace/pipe
idle "while it is traced"
kill "${pids[@]}" 2>/dev/null
wait "${pids[@]}" 2>/dev/null

# --- Without interrupts it is looked for events, but seldom: ten times a second ---
accepts trace/enable 0
accepts ctl 'reset flr'
accepts irq/mode poll
accepts ctl init
three_posted
idle "polling for events" 10
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/result/SN "$ID_SN"
finish
