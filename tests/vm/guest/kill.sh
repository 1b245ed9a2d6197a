#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# lonefs is killed while commands are outstanding and the device writes memory: the next one takes the mount point over
# and finds a controller that works, and no DMA went astray. The same when it is asked to end.
# vm: devices=plain,slow limit=240
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

: "${ROUNDS:=5}"

identify_for_ever()
{
    mkdir cmd/loop
    until [ -e /tmp/enough ]; do echo 'run identify CNS=1' >cmd/loop/ctl || return; done 2>/dev/null
}

# Namespace 3 of the slow set does 8 commands a second: these are under way for certain.
# busy NAME [follow]
busy()
{
    session "$1"
    [ $# = 1 ] || follow
    identify_for_ever &
    until_true 10 [ -e cmd/loop/ctl ] || fail "no loop"
    if [ "$VM_SET" = slow ]; then outstand 3 3; else outstand 3 1; fi
}

# follow: who reads what never ends: events, the trace, the completions of a queue of the script's own
streams='events/stream trace/pipe queues/cq/2/completions'
follow()
{
    local file
    accepts events/outstanding 2
    accepts trace/enable 1
    mkdir queues/cq/2 queues/sq/2
    accepts queues/cq/2/consumer file
    accepts queues/sq/2/CQID 2
    accepts queues/cq/2/ctl create
    accepts queues/sq/2/ctl create
    for file in $streams; do
        cat "$file" >/dev/null 2>"/tmp/follows.${file##*/}" &
    done
}

rounds()
{
    local n pid outstanding file
    for n in $(seq "$ROUNDS"); do
        mount_lone "$SLOT"
        [ "$n" = 1 ] || matches "a mount point of a dead lonefs" "$said" 'taking over'
        pid=$(lone_pids "$M")
        shows generation 0
        shows nvme/CSTS/RDY 0x0
        busy "$n" follow
        read -r outstanding <queues/sq/1/outstanding
        # interface: MO4
        kill -KILL "$pid"
        [ "$VM_SET" != slow ] || matches "outstanding" "$outstanding" '^[1-9]'
        checks=$((checks + 1))
        until_true 30 nobody_serves "$M" || fail "killed, but still there"
        wait
        for file in $streams; do
            matches "who read $file" "$(cat "/tmp/follows.${file##*/}")" '(connection abort|not connected)'
        done
        same "a file of the dead mount" "$(limited "$PROBE" read "$M/version" 2>&1 >/dev/null)" ENOTCONN
        cd / || exit 99
    done
    mount_lone "$SLOT"
    session last
    unmount_lone
}

# asked SIGNAL: in the foreground, so that the exit status shows.
asked()
{
    local pid
    "$LONEFS" "$SLOT" "$M" -f &
    pid=$!
    checks=$((checks + 1))
    until_true 10 is_mounted "$M" || fail "not mounted"
    cd "$M" || exit 99
    busy asked
    begin_reading cmd/aer1/status /tmp/reader
    kill -"$1" "$pid"
    wait "$pid"
    same "exit status after SIG$1" $? 0
    wait "$READER"
    same "who waited for a completion" "$(cat /tmp/reader)" ENODEV
    ends
    wait
}

unmounted()
{
    mount_lone "$SLOT"
    session unmounted
    outstand 3 1
    unmount_lone
}

case ${PART-} in
rounds) rounds ;;
asked) for signal in TERM INT; do asked $signal; done ;;
unmounted) unmounted ;;
*)
    slot=$(slot_of nvme0)
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    for part in rounds asked unmounted; do
        began=$SECONDS
        as_owner $part SLOT="$slot"
        echo "$part: $((SECONDS - began)) s"
    done
    same "DMA faults" "$(dmesg | grep -cE 'DMAR:.*(fault|\[(DMA|INTR))')" 0
    works "the kernel's driver takes it back" reclaim "$slot"
    ;;
esac
finish
