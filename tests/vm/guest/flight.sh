#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Commands that are really under way: on namespaces that take 20 ms a command, or do 8 a second. Resets of every kind while
# objects, a stream of entries, its reader and event requests are outstanding, again and again; deletion of their queue; Abort;
# and media that fail.
# vm: devices=slow limit=240
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

: "${ROUNDS:=10}"

# little_endian NUMBER BYTES
little_endian()
{
    local n
    for ((n = 0; n < $2; n++)); do printf '%02x' $(($1 >> (8 * n) & 255)); done
}

# reads NSID N: as many reads of 4096 bytes each, as entries
reads()
{
    local n iova
    iova=$(<mem/raw/iova)
    for ((n = 0; n < $2; n++)); do
        printf '0200%s%s%032d' "$(little_endian $n 2)" "$(little_endian "$1" 4)" 0
        printf '%s%016d%s%s%024d' "$(little_endian $((iova + n * 4096)) 8)" 0 "$(little_endian $((n * 8)) 8)" 07000000 0
    done
}

# A queue pair whose completions a script takes
raw_queue()
{
    mkdir queues/cq/2 queues/sq/2
    accepts queues/cq/2/consumer file
    accepts queues/sq/2/CQID 2
    accepts queues/cq/2/ctl create
    accepts queues/sq/2/ctl create
}

used() { sed -n 's/.*mapped for the device, \([0-9]*\) in use.*/\1/p' status; }

# send: 32 entries, ten reads and ten writes of namespace 3 and as many of 2, an event request, and who waits. The last ones
# without starting a program: seven seconds are enough for all that namespace 3 has to do.
send()
{
    local n
    cat queues/cq/2/completions >/tmp/completions 2>/tmp/completions.error &
    taker=$!
    same "submit" "$("$PROBE" write-raw queues/sq/2/submit "$entries")" OK
    for n in {1..10}; do
        echo "submit write NSID=3 SLBA=$((n * 8)) NLB=7" >"cmd/w3.$n/ctl"
        echo "submit read NSID=3 SLBA=$((n * 8)) NLB=7" >"cmd/r3.$n/ctl"
    done
    read -r <cmd/r3.10/status 2>/tmp/reader &
    reader=$!
    echo 'submit asynchronous_event_request' >cmd/aer/ctl
    for n in {1..10}; do
        echo "submit write NSID=2 SLBA=$((n * 8)) NLB=7" >"cmd/w2.$n/ctl"
        echo "submit read NSID=2 SLBA=$((n * 8)) NLB=7" >"cmd/r2.$n/ctl"
    done
    of_objects=$(<queues/sq/1/outstanding) of_script=$(<queues/sq/2/outstanding)
}

# round N FILE TEXT
round()
{
    local n lost=0 before left
    accepts ctl 'init queues=1'
    raw_queue
    [ "$1" -gt 0 ] || in_use=$(used)
    same "memory in use in round $1" "$(used)" "$in_use"
    before=$(<generation)
    case $3 in # the admin queues stay, as disabled, unless the function was reset
    'reset flr' | 1) left='cq/* sq/*' ;;
    *) left='cq/0 sq/0' ;;
    esac
    send
    echo "$3" >"$2" || fail "'$3' to $2"
    same "generation" "$(<generation)" $((before + 1))
    for n in cmd/{r,w}3.{1..10}; do
        case $(<"$n/state") in
        lost) lost=$((lost + 1)) ;;
        completed) ;;
        *) fail "$n is $(<"$n/state")" ;;
        esac
    done
    for n in cmd/{r,w}2.{1..10}; do [[ $(<"$n/state") =~ ^(lost|completed)$ ]] || fail "$n is $(<"$n/state")"; done
    shows cmd/aer/state lost
    unreadable cmd/aer/status ESHUTDOWN
    wait $reader
    matches "who waited for a command" "$(cat /tmp/reader)" 'shutdown'
    wait $taker
    matches "who took completions" "$(cat /tmp/completions.error)" '(shutdown|No such device or address)'
    matches "status" "$(<status)" 'commands +0 outstanding'
    same "queues" "$(cd queues && echo cq/* sq/*)" "$left"
    matches "outstanding when '$3' was written to $2: of objects" "$of_objects" '^(1[0-9]|[2-4][0-9])$'
    matches "… of the script" "$of_script" '^([12][0-9]|3[0-2])$'
    same "lost in round $1: half of them and more" "$((lost >= 10))" 1
    echo "round $1: $of_objects and $of_script were outstanding, $lost of 20 commands that take longest are lost, $(($(stat -c %s /tmp/completions) / 16)) taken"
}

rounds()
{
    local n way ways=('ctl:disable' 'ctl:reset controller' 'ctl:reset flr' 'nvme/CC/EN:0' 'pcie/caps/PXCAP/PXDC/IFLR:1')
    mkdir mem/raw cmd/aer
    accepts mem/raw/size 131072
    for n in cmd/{r,w}{2,3}.{1..10}; do
        mkdir "$n"
        echo 4096 >"$n/data_size"
    done
    entries=$(reads 3 32)
    accepts events/outstanding 2
    for ((n = 0; n < ROUNDS; n++)); do
        way=${ways[n % ${#ways[@]}]}
        round $n "${way%%:*}" "${way#*:}"
    done
    session after
    # All that was lost can be used again
    for n in cmd/{r,w}{2,3}.{1..10}; do
        printf 'run read NSID=1 NLB=7' >"$n/ctl" || fail "$n: $(<"$n/error")"
        rmdir "$n"
    done
    rmdir cmd/aer
}

# A queue is deleted under its commands, whose end QEMU waits for; Abort is sent for a command, and aborts nothing (DW0 bit 0 is 1).
deletion()
{
    local n
    accepts ctl 'init queues=1'
    raw_queue
    accepts queues/cq/2/consumer auto
    mkdir cmd/{d1,d2,d3}
    for n in d1 d2 d3; do
        accepts cmd/$n/queue 2
        accepts cmd/$n/data_size 4096
    done
    for n in d1 d2 d3; do echo 'submit read NSID=2 NLB=7' >cmd/$n/ctl; done
    accepts queues/sq/2/ctl delete
    for n in d1 d2 d3; do
        matches "a command whose queue is deleted" "$(<cmd/$n/state) $(cat cmd/$n/status 2>/dev/null)" \
            '^(lost |completed 0x00[08] )'
        echo "queue deleted: $(<cmd/$n/state) $(cat cmd/$n/status 2>/dev/null)"
    done
    accepts queues/cq/2/ctl delete
    rmdir cmd/{d1,d2,d3} queues/sq/2 queues/cq/2
    mkdir cmd/slow cmd/abort
    accepts cmd/slow/data_size 65536
    echo 'submit read NSID=2 NLB=127' >cmd/slow/ctl
    echo 'submit abort cmd=slow' >cmd/abort/ctl
    shows cmd/abort/status '0x000 Successful Completion'
    shows cmd/abort/cqe/DW0 0x1
    shows cmd/slow/status '0x000 Successful Completion'
    rmdir cmd/slow cmd/abort
}

# Namespace 4: LBA 1000 cannot be read, LBA 2000 cannot be written
media()
{
    mkdir cmd/m
    refuses cmd/m/ctl 'run read NSID=4 SLBA=1000 NLB=0' EIO
    shows cmd/m/status '0x281 Unrecovered Read Error'
    refuses cmd/m/ctl 'run write NSID=4 SLBA=2000 NLB=0' EIO
    shows cmd/m/status '0x280 Write Fault'
    accepts cmd/m/ctl 'run read NSID=4 SLBA=2000 NLB=0'
    same "reading ns/4/data" "$("$PROBE" pread ns/4/data 4096 511000 2>&1 >/dev/null)" EIO
    matches "which blocks" "$(<error)" '0x281'
    same "reading before" "$("$PROBE" pread ns/4/data 4096 500000 2>&1 >/dev/null)" OK
    same "writing ns/4/data" "$("$PROBE" write-raw ns/4/data "$(printf '%01024d' 0)" 1024000)" EIO
    matches "which blocks" "$(<error)" '0x280'
    rmdir cmd/m
}

case ${PART-} in
session)
    mount_lone "$SLOT"
    rounds
    deletion
    media
    unmount_lone
    ;;
*)
    slot=$(slot_of nvme0)
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    as_owner session SLOT="$slot"
    same "DMA faults" "$(dmesg | grep -cE 'DMAR:.*(fault|\[(DMA|INTR))')" 0
    works "the kernel's driver takes it back" reclaim "$slot"
    ;;
esac
finish
