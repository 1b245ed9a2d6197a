#!/bin/bash
# SPDX-License-Identifier: MIT
# queues/sq and queues/cq: I/O queues made by hand, created, used, deleted, adopted; several on one; in memory objects.
# Create and Delete: NVMe Base 2.0, 5.4 to 5.7; Number of Queues: 5.27.1.5; queues: 3.3.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a || exit 99

made() { same "mkdir queues/$1" "$("$PROBE" path mkdir "queues/$1")" OK; }
ended() { same "rmdir queues/$1" "$("$PROBE" path rmdir "queues/$1")" "${2:-OK}"; }

# pair ID [ENTRIES]: made and created
pair() {
    made "cq/$1"
    made "sq/$1"
    accepts "queues/cq/$1/entries" "${2:-16}"
    accepts "queues/sq/$1/entries" "${2:-16}"
    accepts "queues/cq/$1/ctl" create
    accepts "queues/sq/$1/ctl" create
    shows "queues/cq/$1/state" live
    shows "queues/sq/$1/state" live
}

# gone ID: deleted and removed
gone() {
    accepts "queues/sq/$1/ctl" delete
    accepts "queues/cq/$1/ctl" delete
    ended "sq/$1"
    ended "cq/$1"
}

# flushes ID [TIMES]
flushes() {
    local i
    accepts cmd/a/queue "$1"
    for ((i = 0; i < ${2:-1}; i++)); do accepts cmd/a/ctl 'run flush NSID=1'; done
    shows cmd/a/cqe/SQID "$(printf '0x%x' "$1")"
}

# --- Names ---
# interface: QU6
for name in x -1 01 65536 1x; do same "mkdir $name" "$("$PROBE" path mkdir "queues/sq/$name")" EINVAL; done
ended sq/1 ENOENT

# --- The host's side, before there is any controller to ask ---
made sq/65535
made cq/65535
same "listed" "$(echo queues/*/*)" 'queues/cq/65535 queues/sq/65535'
same "again" "$("$PROBE" path mkdir queues/sq/65535)" EEXIST
# interface: QU39 QU12
for pair in state=made entries=256 mem=host CQID=0xffff QPRIO=0x0 PC=0x1 NVMSETID=0x0 tail=0 head=0 doorbell=0x0 outstanding=0; do
    shows "queues/sq/65535/${pair%=*}" "${pair#*=}"
done
for pair in state=made entries=256 mem=host IEN=0x1 PC=0x1 head=0 phase=1 consumer=auto stray= outstanding=0; do
    shows "queues/cq/65535/${pair%=*}" "${pair#*=}"
done
vectors=$(cd irq/vectors && set -- * && echo $#)
shows queues/cq/65535/IV "$(printf '0x%x' $((65535 % vectors)))"
mode=$(<irq/mode)
accepts irq/mode poll
made cq/7
shows queues/cq/7/IEN 0x0
ended cq/7
accepts irq/mode "$mode"
! on_nvsim || shows sim/counts/bar_writes 0
# interface: QU13 QU17 QU19 QU22
for text in 1 0 65537 0x100000000; do refuses queues/sq/65535/entries "$text" ERANGE; done
for text in '' x '2 3' -1; do refuses queues/sq/65535/entries "$text" EINVAL; done
accepts queues/sq/65535/entries 65536
same "slots" "$(stat -c %s queues/sq/65535/slots)" $((65536 * 64))
accepts queues/sq/65535/entries 2
same "slots" "$(stat -c %s queues/sq/65535/slots)" 128
accepts queues/cq/65535/entries 3
same "slots" "$(stat -c %s queues/cq/65535/slots)" 48
accepts queues/sq/65535/CQID 7
accepts queues/sq/65535/QPRIO 3
refuses queues/sq/65535/QPRIO 4 ERANGE
accepts queues/sq/65535/PC 0
refuses queues/sq/65535/PC 2 ERANGE
accepts queues/sq/65535/NVMSETID 0xffff
refuses queues/sq/65535/CQID 0x10000 ERANGE
shows queues/sq/65535/QPRIO 0x3
accepts queues/cq/65535/IV 0xffff
accepts queues/cq/65535/IEN 0
shows queues/cq/65535/IV 0xffff
refuses queues/sq/65535/ctl create ENXIO 'admin.*queues/ctl'
refuses queues/sq/65535/ctl adopt ENXIO 'enable'
# interface: QU11
for text in '' make 'create now' 'ring 1 2' 'ring x' adopt1; do refuses queues/sq/65535/ctl "$text" EINVAL; done
ended sq/65535
ended cq/65535
same "nothing is left" "$(cd queues/sq && echo *)" '*'
refuses queues/ctl 'io 1' ENXIO
refuses queues/ctl delete ENXIO

# --- A pair, at work ---
bring_up
pair 4 4
# interface: QU13 QU22 QU7
refuses queues/sq/4/entries 8 EBUSY 'delete'
refuses queues/cq/4/IV 0 EBUSY
refuses queues/sq/4/ctl create EBUSY
ended sq/4 EBUSY
matches "why" "$(<error)" 'delete'
ended cq/4 EBUSY
flushes 4 11
shows queues/sq/4/tail 3
shows queues/sq/4/head 3
shows queues/sq/4/doorbell 0x3
shows queues/cq/4/head 3
shows queues/cq/4/phase 1
same "the last completion in the memory" "$("$PROBE" pread queues/cq/4/slots 16 32 2>/dev/null)" "$("$PROBE" pread cmd/a/cqe/raw 16 0 2>/dev/null)"
# A completion queue that is in use stays: Invalid Queue Deletion
refuses queues/cq/4/ctl delete EIO 'NVMe status 0x10c'
shows queues/cq/4/state live
# interface: QU8 QU28
accepts queues/sq/4/ctl delete
shows queues/sq/4/state made
refuses cmd/a/ctl 'run flush NSID=1' ENXIO 'create'
# interface: QU27 QU17
same "scribbling" "$("$PROBE" write-raw queues/sq/4/slots ffffffff 64)" OK
same "what was scribbled" "$(hex queues/sq/4/slots 4 64)" ffffffff
accepts queues/sq/4/ctl create
same "the entries are zeros" "$(hex queues/sq/4/slots 256 0)" "$(printf '00%.0s' {1..256})"
shows queues/sq/4/tail 0
flushes 4
gone 4

# --- Sizes: the least, what the controller has at most, and wrapping ---
most=$(($(<nvme/CAP/MQES) + 1))
for entries in 2 3 "$most"; do
    pair 1 "$entries"
    flushes 1 7
    shows queues/sq/1/tail $((7 % entries))
    shows queues/cq/1/phase $(((7 / entries + 1) % 2))
    gone 1
done

# --- Several submission queues, one completion queue, one vector ---
made cq/1
accepts queues/cq/1/ctl create
for id in 1 2 3; do
    made "sq/$id"
    accepts "queues/sq/$id/CQID" 1
    accepts "queues/sq/$id/ctl" create
done
# interface: QU15
accepts queues/cq/1/consumer none
for id in 3 1 2; do
    mkdir "cmd/$id"
    accepts "cmd/$id/queue" "$id"
    accepts "cmd/$id/ctl" 'submit flush NSID=1'
    shows "queues/sq/$id/outstanding" 1
done
shows queues/cq/1/outstanding 3
accepts queues/cq/1/consumer auto
for id in 1 2 3; do
    shows "cmd/$id/status" '0x000 Successful Completion'
    shows "cmd/$id/cqe/SQID" "0x$id"
done
shows queues/cq/1/head 3
ended cq/1 EBUSY
accepts queues/ctl delete
for id in 1 2 3; do shows "queues/sq/$id/state" made; done
shows queues/cq/1/state made
rmdir queues/sq/[123] cmd/[123]
ended cq/1

# --- By PRP list, where the controller can (CAP.CQR 0) ---
# interface: QU32
made cq/1
made sq/1
for queue in cq sq; do
    accepts "queues/$queue/1/entries" 1024
    accepts "queues/$queue/1/PC" 0
done
if [ "$(<nvme/CAP/CQR)" = 0x0 ]; then
    accepts queues/cq/1/ctl create
    accepts queues/sq/1/ctl create
    accepts cmd/a/queue 1
    exec 3>cmd/a/ctl
    for i in {1..1100}; do echo 'run flush NSID=1' >&3 || fail "flush $i"; done
    exec 3>&-
    shows queues/sq/1/tail $((1100 % 1024))
    gone 1
else # Invalid Field in Command
    refuses queues/cq/1/ctl create EIO 'NVMe status 0x002'
    ended cq/1
    ended sq/1
fi

# --- Priorities: urgent with weighted round robin, if there is (CAP.AMS) ---
if (($(<nvme/CAP/AMS) & 1)); then
    accepts ctl disable
    accepts queues/ctl 'admin ams=1'
    accepts ctl enable
    made cq/1
    accepts queues/cq/1/ctl create
    for priority in 0 1 2 3; do
        made "sq/$((priority + 1))"
        accepts "queues/sq/$((priority + 1))/CQID" 1
        accepts "queues/sq/$((priority + 1))/QPRIO" "$priority"
        accepts "queues/sq/$((priority + 1))/ctl" create
        flushes $((priority + 1)) 3
    done
    accepts queues/ctl delete
    rmdir queues/sq/[1-4] queues/cq/1
fi

# --- In a memory object ---
mkdir mem/m && accepts mem/m/size 16384
made cq/1
made sq/1
accepts queues/sq/1/entries 64
accepts queues/cq/1/entries 64
# interface: QU14
refuses queues/sq/1/mem nothing ENXIO 'mem'
refuses queues/sq/1/mem m+12289 ERANGE 'entries'
refuses queues/sq/1/mem 'm 1' EINVAL
accepts queues/sq/1/mem m
accepts queues/cq/1/mem m+8192
shows queues/sq/1/mem m
shows queues/cq/1/mem m+8192
shows queues/sq/1/iova "$(<mem/m/iova)"
shows queues/cq/1/iova "$(printf '0x%x' $(($(<mem/m/iova) + 8192)))"
refuses queues/sq/1/entries 257 ERANGE
accepts queues/cq/1/ctl create
accepts queues/sq/1/ctl create
same "in use" "$("$PROBE" path rmdir mem/m)" EBUSY
flushes 1 3
same "the entry is in the object" "$("$PROBE" pread mem/m/data 64 128 2>/dev/null)" "$("$PROBE" pread cmd/a/sqe/raw 64 0 2>/dev/null)"
same "the completion too" "$("$PROBE" pread mem/m/data 16 $((8192 + 32)) 2>/dev/null)" "$("$PROBE" pread cmd/a/cqe/raw 16 0 2>/dev/null)"
gone 1
same "free again" "$("$PROBE" path rmdir mem/m)" OK
mkdir mem/m && accepts mem/m/size 16384

# --- In the Controller Memory Buffer, if the controller takes queues there (CMBSZ.SQS and CQS) ---
mkdir mem/c && accepts mem/c/where cmb
# interface: QU14
if (($(<nvme/CAP/CMBS))) && [ "$("$PROBE" write mem/c/size 8192)" = OK ]; then
    made cq/1
    made sq/1
    accepts queues/sq/1/entries 64
    accepts queues/cq/1/entries 64
    if (($(<nvme/CMBSZ/SQS))); then accepts queues/sq/1/mem c; fi
    if (($(<nvme/CMBSZ/CQS))); then accepts queues/cq/1/mem c+4096; fi
    accepts queues/cq/1/ctl create
    accepts queues/sq/1/ctl create
    flushes 1 70
    same "the entry is in the buffer" "$("$PROBE" pread queues/sq/1/slots 64 $((5 * 64)) 2>/dev/null)" "$("$PROBE" pread cmd/a/sqe/raw 64 0 2>/dev/null)"
    gone 1
fi
rmdir mem/c

# --- io N and delete; init's queues go when they are deleted, those of mkdir stay ---
# interface: QU2 QU3 QU8
accepts queues/ctl 'io 3 entries=8'
same "sq" "$(cd queues/sq && echo *)" '0 1 2 3'
for id in 1 2 3; do
    shows "queues/sq/$id/entries" 8
    flushes "$id" 9
done
refuses queues/ctl 'io 0' ERANGE
refuses queues/ctl 'io 1 entries=1' ERANGE
refuses queues/ctl 'io 1 entries' EINVAL
refuses queues/ctl 'io 70000' ERANGE
pair 4
accepts queues/ctl delete
same "sq" "$(cd queues/sq && echo *)" '0 4'
same "cq" "$(cd queues/cq && echo *)" '0 4'
accepts queues/ctl delete
ended sq/4
ended cq/4
accepts ctl init
accepts queues/sq/1/ctl delete
same "it is gone" "$([[ -e queues/sq/1 ]] || echo gone)" gone
accepts queues/ctl delete

# --- Created by hand, and adopted ---
# interface: QU31 QU8
made cq/4
made sq/4
accepts queues/cq/4/entries 8
accepts queues/sq/4/entries 8
accepts cmd/a/queue 0
accepts cmd/a/ctl "run create_io_cq QID=4 QSIZE=7 PC=1 IEN=1 IV=1 PRP1=$(<queues/cq/4/iova)"
accepts cmd/a/ctl "run create_io_sq QID=4 QSIZE=7 PC=1 CQID=4 PRP1=$(<queues/sq/4/iova)"
shows queues/sq/4/state made
accepts queues/cq/4/ctl adopt
accepts queues/sq/4/ctl adopt
shows queues/cq/4/IV 0x1
flushes 4 20
accepts cmd/a/queue 0
accepts cmd/a/ctl 'run delete_io_sq QID=4' # by hand it ends as well
shows queues/sq/4/state made
accepts cmd/a/ctl 'run delete_io_cq QID=4'
ended sq/4
ended cq/4

# What the Create said is what is adopted: sizes, vector, memory; where that is nobody's, it is not
# interface: QU31
made cq/4
made sq/4
accepts cmd/a/queue 0
accepts cmd/a/ctl "run create_io_cq QID=4 QSIZE=4 PC=1 IEN=1 IV=0 PRP1=$(<queues/cq/4/iova)"
accepts cmd/a/ctl "run create_io_sq QID=4 QSIZE=2 PC=1 CQID=4 PRP1=$(<mem/m/iova)"
accepts queues/cq/4/ctl adopt
accepts queues/sq/4/ctl adopt
for pair in entries=3 mem=m CQID=0x4 tail=0; do shows "queues/sq/4/${pair%=*}" "${pair#*=}"; done
for pair in entries=5 mem=host IV=0x0 head=0; do shows "queues/cq/4/${pair%=*}" "${pair#*=}"; done
flushes 4 20
gone 4
made sq/4
accepts cmd/a/queue 0
accepts cmd/a/ctl "run create_io_cq QID=5 QSIZE=4 PC=1 PRP1=$(<mem/m/iova)"
accepts cmd/a/ctl "run create_io_sq QID=4 QSIZE=2 PC=1 CQID=5 PRP1=0x7ffffff000"
refuses queues/sq/4/ctl adopt ENXIO '0x7ffffff000'
shows queues/sq/4/state made
accepts cmd/a/ctl 'run delete_io_sq QID=4'
accepts cmd/a/ctl 'run delete_io_cq QID=5'
ended sq/4

# --- A Create whose completion comes late: until then it is neither made nor live ---
# interface: QU12 QU7
mkdir queues/cq/6
accepts timeout 0.3
accepts queues/cq/0/consumer none
refuses queues/cq/6/ctl create ETIMEDOUT 'completion queue 0: its consumer is none'
shows queues/cq/6/state creating
refuses queues/cq/6/entries 5 EBUSY 'is being created'
refuses queues/cq/6/ctl create EBUSY 'is being created'
ended cq/6 EBUSY
accepts timeout 10
accepts queues/cq/0/consumer auto
end=$((SECONDS + 10))
until [[ $(<queues/cq/6/state) == live || $SECONDS -ge $end ]]; do sleep 0.01; done
shows queues/cq/6/state live
accepts queues/cq/6/ctl delete
ended cq/6

# --- A deletion ends what is outstanding: here a command whose completion nobody takes ---
# interface: QU28 QU24
pair 2
accepts queues/cq/2/consumer none
accepts cmd/a/queue 2
accepts cmd/a/ctl 'submit flush NSID=1'
shows cmd/a/state outstanding
accepts queues/sq/2/ctl delete
shows cmd/a/state lost
unreadable cmd/a/status ESHUTDOWN
matches "why" "$(<cmd/a/error)" 'submission queue 2 was deleted'
accepts queues/cq/2/ctl delete

# --- A reset: what the controller had is gone, what it never had stays ---
# interface: QU10 QU24
accepts queues/cq/2/consumer auto
accepts queues/cq/2/ctl create
accepts ctl 'reset controller'
same "sq" "$(cd queues/sq && echo *)" '0 2'
same "cq" "$(cd queues/cq && echo *)" 0
ended sq/2
accepts ctl enable
# More than the controller grants: 0's based, and none is made
most=$(($(<features/number_of_queues/current/NSQA) + 1))
refuses queues/ctl "io $((most + 1))" ENOSPC "grants $most I/O queue pairs, not $((most + 1))"
same "none of them was made" "$(cd queues/sq && echo *)" 0
pair 2
flushes 2 3

# --- The admin queues by hand: what AQA, ASQ and ACQ say ---
accepts ctl disable
accepts ctl 'reset flr'
same "sq" "$(cd queues/sq && echo *)" '*'
# interface: QU31 QU12
made sq/0
made cq/0
accepts queues/sq/0/entries 16
accepts queues/cq/0/entries 32
refuses queues/sq/0/ctl create EINVAL adopt
accepts nvme/AQA/value 'ASQS=15 ACQS=31'
refuses queues/sq/0/ctl adopt ENXIO ASQ
accepts nvme/ASQ/value "$(<queues/sq/0/iova)"
accepts nvme/ACQ/value "$(<queues/cq/0/iova)"
accepts pcie/CMD/BME 1
accepts queues/cq/0/ctl adopt
shows queues/sq/0/state disabled
accepts nvme/CC/value "EN=1 IOSQES=6 IOCQES=4 CSS=$(($(<nvme/CAP/CSS) & 0x40 ? 6 : 0))"
same "RDY" "$(limited cat nvme/wait/CSTS.RDY=1 >/dev/null && echo ended)" ended
shows queues/sq/0/state live
# interface: IR4
before=$(<irq/vectors/0/count)
accepts cmd/a/queue auto
for i in {1..20}; do accepts cmd/a/ctl 'run identify CNS=1'; done
limited cat "irq/vectors/0/wait/count=$((before + 1))" >/dev/null || fail "adopt has not switched interrupts on"
shows cmd/a/result/SN "$ID_SN"
shows queues/sq/0/tail 4
refuses queues/sq/0/ctl adopt EBUSY
ended sq/0 EBUSY
pair 1
flushes 1

# --- The same in a memory object, which is in use from then on ---
mkdir mem/q && accepts mem/q/size 65536
accepts ctl 'reset flr'
accepts pcie/CMD/BME 1
accepts nvme/AQA/value 'ASQS=7 ACQS=7'
accepts nvme/ASQ/value "$(<mem/q/iova)"
accepts nvme/ACQ/value "$(printf '0x%x' $(($(<mem/q/iova) + 65536)))"
made sq/0
refuses queues/sq/0/ctl adopt ENXIO ACQ
accepts nvme/ACQ/value "$(printf '0x%x' $(($(<mem/q/iova) + 61440)))"
accepts queues/sq/0/ctl adopt
shows queues/sq/0/mem q
shows queues/cq/0/mem q+61440
same "in use" "$("$PROBE" path rmdir mem/q)" EBUSY
accepts nvme/CC/value "EN=1 IOSQES=6 IOCQES=4 CSS=$(($(<nvme/CAP/CSS) & 0x40 ? 6 : 0))"
same "RDY" "$(limited cat nvme/wait/CSTS.RDY=1 >/dev/null && echo ended)" ended
accepts cmd/a/queue auto
for i in {1..20}; do accepts cmd/a/ctl 'run identify CNS=1'; done
shows cmd/a/result/SN "$ID_SN"
same "the entry is in the object" "$("$PROBE" pread mem/q/data 64 $((3 * 64)) 2>/dev/null)" "$("$PROBE" pread cmd/a/sqe/raw 64 0 2>/dev/null)"
accepts ctl 'reset flr'
same "free again" "$("$PROBE" path rmdir mem/q)" OK
accepts ctl init
accepts cmd/a/ctl 'run identify CNS=1'
finish
