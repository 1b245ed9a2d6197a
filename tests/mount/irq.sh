#!/bin/bash
# SPDX-License-Identifier: MIT
# irq/: the four modes, counts, waiting for them, masks and pending bits. PCI 3.0, 6.8 (MSI and MSI-X), 6.2.2 (CMD.ID),
# 6.2.3 (STS.IS). On a real device: the modes that it has.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a || exit 99
out=$(mktemp "${TMPDIR:-/tmp}/lone-out.XXXXXX") || exit 99
trap 'cleanup; rm -f "$out"' EXIT

has() { [[ " $modes " == *" $1 "* ]]; }
vectors() { (cd irq/vectors && set -- * && [ -e "$1" ] && echo $#) || echo 0; }
total() { local n=0 file; for file in irq/vectors/*/count; do [ ! -e "$file" ] || n=$((n + $(<"$file"))); done; echo "$n"; }
down() { accepts ctl disable; }

# --- Which there are ---
# interface: IR1 IR3
best=$(<irq/mode)
modes=poll
for mode in intx msi msix; do
    case $("$PROBE" write irq/mode $mode) in
    OK) modes+=" $mode" ;;
    EOPNOTSUPP) matches "why" "$(<error)" "has no" ;;
    *) fail "mode $mode: $(<error)" ;;
    esac
done
same "the mode at first" "$best" "${modes##* }"
! on_nvsim || same "modes" "$modes" 'poll intx msi msix'
for text in '' Poll none 'msix 4' 'msix vectors' 'msix vectors=' 'msix vectors=x' 'msix vectors=1 1' intxmsi; do
    refuses irq/mode "$text" EINVAL
done
refuses irq/mode 'poll vectors=1' EINVAL
refuses irq/mode 'msix vectors=0' ERANGE
! has msix || refuses irq/mode 'msix vectors=2049' ERANGE 'has [0-9]+'
! has msi || refuses irq/mode 'msi vectors=33' ERANGE
! has intx || refuses irq/mode 'intx vectors=2' ERANGE

# --- Each at work: commands complete, and are announced ---
# interface: IR1 IR2 IR6
for mode in $modes $modes; do
    accepts irq/mode "$mode"
    shows irq/mode "$mode"
    same "no interrupts yet" "$(total)" 0
    accepts ctl 'init queues=1'
    # What it prints it accepts: the mode that is set is no change, so the vectors go on counting
    accepts irq/mode "$(<irq/mode)"
    [[ $mode == poll ]] || accepts irq/mode "$mode vectors=$(vectors)"
    same "still there" "$(($(total) > 0 || $(vectors) == 0))" 1
    if [[ $mode == poll ]]; then other=msix; else other=poll; fi
    [[ $modes == poll ]] || refuses irq/mode "$other" EBUSY 'disable'
    [[ $mode != msix ]] || refuses irq/mode 'msix vectors=1' EBUSY 'disable'
    for queue in 0 1; do
        accepts cmd/a/queue $queue
        for i in {1..5}; do accepts cmd/a/ctl "run $( ((queue)) && echo flush NSID=1 || echo identify CNS=1)"; done
    done
    case $mode in
    poll) same "vectors" "$(vectors)" 0 ;;
    intx) same "vectors" "$(vectors)" 1 ;;&
    msi) ! on_nvsim || same "vectors" "$(vectors)" 8 ;;&
    msix) same "vectors" "$(vectors)" $(($(<pcie/caps/MSIXCAP/MXC/TS) + 1)) ;;&
    *)
        took=$(limited cat irq/vectors/0/wait/count=1)
        matches "waiting for what has been" "$took" '^[0-9]+\.[0-9]+$'
        same "interrupts" "$(($(total) > 0 && $(total) <= 40))" 1
        ;;
    esac
    down
done
unreadable irq/vectors/2048/count ENOENT

# --- A number of vectors ---
# interface: IR1
if has msix; then
    accepts irq/mode 'msix vectors=2'
    same "vectors" "$(vectors)" 2
    accepts ctl 'init queues=1'
    accepts cmd/a/ctl 'run flush NSID=1'
    same "of queue 1" "$(limited cat irq/vectors/1/wait/count=1 >/dev/null && echo yes)" yes
    down
fi

# --- A vector a queue: a completion is announced on that of its queue and on no other ---
if has msix; then
    accepts irq/mode msix
    accepts ctl 'init queues=3'
    for queue in 1 2 3 2; do
        shows queues/cq/$queue/IV "0x$queue"
        before=("$(<irq/vectors/1/count)" "$(<irq/vectors/2/count)" "$(<irq/vectors/3/count)")
        before[queue - 1]=$((before[queue - 1] + 1))
        accepts cmd/a/queue $queue
        accepts cmd/a/ctl 'run flush NSID=1'
        limited cat "irq/vectors/$queue/wait/count=${before[queue - 1]}" >/dev/null || fail "no interrupt of queue $queue"
        same "after one of queue $queue" "$(<irq/vectors/1/count) $(<irq/vectors/2/count) $(<irq/vectors/3/count)" "${before[*]}"
    done
    accepts cmd/a/queue auto
    down
fi

# --- Waiting ---
# interface: IR6 IR7 IR8 IR9
if has msix; then
    accepts irq/mode msix
    accepts ctl 'init queues=1'
    same "none yet" "$("$PROBE" poll irq/vectors/1/wait/count=1 100)" TIMEOUT
    unreadable irq/vectors/1/wait/count=1,timeout=0.2 ETIMEDOUT
    matches "why" "$(<error)" 'count of vector 1 is 0'
    same "nonblocking" "$("$PROBE" read-nonblock irq/vectors/1/wait/count=1 2>&1)" EAGAIN
    in_background "$out" read irq/vectors/1/wait/count=3
    for i in {1..3}; do
        accepts cmd/a/ctl 'run flush NSID=1'
        limited cat "irq/vectors/1/wait/count=$i" >/dev/null || fail "count=$i"
    done
    wait "$WAITER"
    matches "seconds" "$(head -n 1 "$out")" '^[0-9]+\.[0-9]+$'
    same "who waited for three" "$(tail -n 1 "$out")" OK
    shows irq/vectors/1/count 3
    same "poll" "$("$PROBE" poll irq/vectors/1/wait/count=3 5000)" READABLE
    for name in count=x count= count=1,count foo=1 timeout=1 count=1,timeout=0; do unreadable "irq/vectors/1/wait/$name" ENOENT; done
    costs 'count' '0 0 0 0 0' cat irq/vectors/1/count
    costs 'mask' '1 0 0 0 0' cat irq/vectors/1/mask
    costs 'setting a mask' '1 1 0 0 0' "$PROBE" write irq/vectors/1/mask 0
    costs 'pending' '1 0 0 0 0' cat irq/vectors/1/pending
    down
fi

# --- Masked: pending, not counted, and the command is found all the same ---
# masked VECTOR: it is that of queue 1
# interface: IR5 IR7 IR8
masked() {
    local vector=$1 before
    accepts ctl 'init queues=1'
    accepts cmd/a/queue 1
    accepts cmd/a/ctl 'run flush NSID=1'
    limited cat "irq/vectors/$vector/wait/count=1" >/dev/null || fail "no interrupt before masking"
    for text in 2 x ''; do same "mask '$text'" "$([[ $("$PROBE" write "irq/vectors/$vector/mask" "$text") =~ ^E(RANGE|INVAL)$ ]] && echo refused)" refused; done
    shows "irq/vectors/$vector/mask" 0
    accepts "irq/vectors/$vector/mask" 1
    shows "irq/vectors/$vector/mask" 1
    before=$(<"irq/vectors/$vector/count")
    accepts queues/cq/1/consumer none
    accepts cmd/a/ctl 'submit flush NSID=1'
    until_shows "irq/vectors/$vector/pending" 1
    shows "irq/vectors/$vector/count" "$before"
    accepts queues/cq/1/consumer auto
    shows cmd/a/status '0x000 Successful Completion'
    accepts cmd/a/ctl 'run flush NSID=1'
    accepts "irq/vectors/$vector/mask" 0
    shows "irq/vectors/$vector/mask" 0
    [[ $(<irq/mode) == intx ]] || limited cat "irq/vectors/$vector/wait/count=$((before + 1))" >/dev/null || fail "no interrupt after unmasking"
    accepts cmd/a/ctl 'run flush NSID=1'
    same "it signals again" "$(limited cat "irq/vectors/$vector/wait/count=$((before + 1))" >/dev/null && echo yes)" yes
    shows "irq/vectors/$vector/pending" 0
    down
}
for mode in $modes; do
    [[ $mode != poll ]] || continue
    accepts irq/mode "$mode"
    if [[ $mode == msi && $(($(<pcie/caps/MSICAP/MC/PVM))) == 0 ]]; then
        refuses irq/vectors/0/mask 1 EOPNOTSUPP
        continue
    fi
    masked "$([[ $mode == intx ]] && echo 0 || echo 1)"
done

# --- Masked by hand, elsewhere than in irq/: commands are found all the same ---
# silenced FILE VALUE [FILE VALUE]: what masks, and what lifts that
# interface: IR5
silenced() {
    local i
    accepts "$1" "$2"
    for i in {1..5}; do accepts cmd/a/ctl 'run identify CNS=1'; done
    [[ $# -le 2 ]] || accepts "$3" "$4"
    accepts cmd/a/ctl 'run identify CNS=1'
}
accepts cmd/a/queue 0
accepts cmd/a/timeout 5
for mode in $modes; do
    [[ $mode != poll ]] || continue
    accepts irq/mode "$mode"
    accepts ctl 'init queues=1'
    [[ $mode == msix ]] || silenced nvme/INTMS/value 0xffffffff nvme/INTMC/value 0xffffffff
    case $mode in
    intx) silenced pcie/CMD/ID 1 pcie/CMD/ID 0 ;;
    msi) silenced pcie/caps/MSICAP/MC/MSIE 0 ;;
    msix) ! on_nvsim || silenced pcie/caps/MSIXCAP/MXC/FM 1 pcie/caps/MSIXCAP/MXC/FM 0 ;; # VFIO keeps it to itself
    esac
    down
done
accepts cmd/a/timeout 10

# --- INTx and a queue that a script empties: masked until it has, and lonefs's own commands go on meanwhile ---
# interface: IR10 IR11
if has intx; then
    accepts irq/mode intx
    bring_up
    mkdir queues/cq/1 queues/sq/1
    accepts queues/cq/1/consumer file
    accepts queues/cq/1/ctl create
    accepts queues/sq/1/ctl create
    accepts cmd/a/queue 0
    flush="0000010001000000$(printf '%0112d' 0)"
    for i in 1 2 3; do
        same "submit" "$("$PROBE" write-raw queues/sq/1/submit "$flush")" OK
        same "poll" "$(limited "$PROBE" poll queues/cq/1/completions 5000)" READABLE
        before=$(<irq/vectors/0/count)
        accepts cmd/a/ctl 'run identify CNS=1'
        sleep 0.1
        same "no storm" "$(($(<irq/vectors/0/count) - before <= 2))" 1
        same "taken" "$(limited "$PROBE" pread queues/cq/1/completions 16 0 2>/dev/null | wc -c)" 33
    done
    in_background "$out" pread queues/cq/1/completions 16 0
    same "submit" "$("$PROBE" write-raw queues/sq/1/submit "$flush")" OK
    wait "$WAITER"
    same "a reader that waits" "$(tail -1 "$out")" OK
    down
fi

# --- INTx, and a reset with entries that nobody took: QEMU's controller leaves the line asserted for good ---
# interface: IR10 IR12
if has intx; then
    bring_up
    rmdir queues/sq/1 queues/cq/1 2>/dev/null
    mkdir queues/cq/1 queues/sq/1
    accepts queues/cq/1/consumer none
    accepts queues/cq/1/ctl create
    accepts queues/sq/1/ctl create
    before=$(<irq/vectors/0/count)
    same "submit" "$("$PROBE" write-raw queues/sq/1/submit "$flush")" OK
    limited cat "irq/vectors/0/wait/count=$((before + 1))" >/dev/null || fail "no interrupt"
    accepts ctl 'reset controller'
    accepts ctl 'init queues=1'
    accepts cmd/a/queue 1
    accepts cmd/a/timeout 2
    for i in {1..10}; do accepts cmd/a/ctl 'run flush NSID=1'; done
    accepts cmd/a/timeout 10
    down
fi

# --- A queue without interrupts in a mode with them, and a vector that there is not, are looked at ---
# interface: IR5
if has msix; then
    accepts irq/mode msix
    bring_up
    mkdir queues/cq/2 queues/sq/2
    accepts queues/cq/2/IEN 0
    accepts queues/cq/2/ctl create
    accepts queues/sq/2/ctl create
    accepts cmd/a/queue 2
    for i in {1..5}; do accepts cmd/a/ctl 'run flush NSID=1'; done
    same "poll" "$(limited "$PROBE" poll irq/vectors/2/wait/count=1 50)" TIMEOUT
    down
    accepts irq/mode 'msix vectors=1'
    bring_up
    mkdir queues/cq/3 queues/sq/3
    accepts queues/cq/3/IV 1
    accepts queues/cq/3/ctl create
    accepts queues/sq/3/ctl create
    accepts cmd/a/queue 3
    for i in {1..5}; do accepts cmd/a/ctl 'run flush NSID=1'; done
    down
    accepts irq/mode msix
fi

# --- A reset switches them off; init switches the same on again ---
# interface: IR4
if has msix; then
    accepts ctl 'init queues=1'
    accepts ctl 'reset flr'
    shows irq/mode msix
    accepts ctl 'init queues=1'
    accepts cmd/a/queue 1
    before=$(<irq/vectors/1/count)
    accepts cmd/a/ctl 'run flush NSID=1'
    same "after a reset" "$(limited cat "irq/vectors/1/wait/count=$((before + 1))" >/dev/null && echo yes)" yes
fi

# --- Too few descriptors: the mount stands, admin says what to do, and poll needs none ---
# interface: IR3
if on_nvsim; then
    mkdir "$M.few"
    (
        for fd in "/proc/$BASHPID/fd/"*; do # what the caller of this test left open would count
            fd=${fd##*/}
            ((fd <= 2 || fd == 255)) || eval "exec $fd>&-"
        done
        ulimit -n 18 && exec "$LONEFS" nvsim "$M.few"
    )
    few=$M.few
    same "admin" "$("$PROBE" write "$few/queues/ctl" admin)" EMFILE
    matches "why" "$(<"$few/error")" 'ulimit'
    same "poll" "$("$PROBE" write "$few/irq/mode" poll)" OK
    same "init" "$("$PROBE" write "$few/ctl" init)" OK
    same "SN" "$(<"$few/identify/controller/SN")" "$ID_SN"
    fusermount3 -u "$few"
    rmdir "$few"
fi
finish
