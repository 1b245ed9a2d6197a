#!/bin/bash
# SPDX-License-Identifier: MIT
# queues/: what `admin` writes into the registers, the queues to look at, tails, heads and phases as commands go round.
# Registers: NVMe Base 2.0, 3.1.3.5 (CC), 3.1.3.8 to 3.1.3.10 (AQA, ASQ, ACQ); queues: 3.3.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a || exit 99

# CSS in 6:4, unless `admin` is told: 110b where CAP.CSS has bit 6.
css=$(($(<nvme/CAP/CSS) & 0x40 ? 0x60 : 0))

# registers SQ CQ CC: AQA holds 0's based sizes, ASQ in 11:0 and ACQ in 27:16; ASQ and ACQ are where the queues are; CC
registers() {
    shows nvme/AQA/value "$(printf '0x%x' $((($2 - 1) << 16 | ($1 - 1))))"
    shows nvme/CC/value "$(printf '0x%x' $(($3 | css)))"
    shows nvme/ASQ/value "$(<queues/sq/0/iova)"
    shows nvme/ACQ/value "$(<queues/cq/0/iova)"
    same "the queues are page-aligned" $((($(<nvme/ASQ/value) | $(<nvme/ACQ/value)) % 4096)) 0
    shows queues/sq/0/entries "$1"
    shows queues/cq/0/entries "$2"
    same "slots of sq 0" "$(stat -c %s queues/sq/0/slots)" $(($1 * 64))
    same "slots of cq 0" "$(stat -c %s queues/cq/0/slots)" $(($2 * 16))
}

# refused TEXT ERRNO: refused, and no register was written
refused() {
    local writes
    on_nvsim || { refuses queues/ctl "$@"; return; }
    writes=$(<sim/counts/bar_writes)
    refuses queues/ctl "$@"
    shows sim/counts/bar_writes "$writes"
}

# --- Nothing is there at first ---
same "sq" "$(cd queues/sq && echo *)" '*'
same "cq" "$(cd queues/cq && echo *)" '*'
unreadable queues/sq/0/tail ENOENT
unreadable queues/sq/1/tail ENOENT
matches "status" "$(<status)" 'admin'

# --- What is wrong is refused ---
# interface: QU4
for text in '' ' ' nothing 'io' 'io x' 'delete 1' 'admin sq' 'admin sq=' 'admin sq=x' 'admin =4' 'admin qs=4' 'admin 64' 'admin sq=4 cq=4 x' \
    'admin sq=-1' 'admin,sq=4' 'admin sq=4,cq=4' administer 'admin mps=5000' 'admin mps=x' 'admin css=x' 'admin ams=x' \
    'admin mps=4097' 'admin sq= 4'; do
    refused "$text" EINVAL
done
for size in 0 1 4097 65536 0x100000000; do
    refused "admin sq=$size" ERANGE
    refused "admin cq=$size" ERANGE
done
refused 'admin ams=8' ERANGE
refused 'admin css=8' ERANGE
least=$((4096 << $(<nvme/CAP/MPSMIN))) most=$((4096 << $(<nvme/CAP/MPSMAX)))
for size in $((least / 2)) $((most * 2)) 0; do
    same "a page size of $size" "$([[ $("$PROBE" write queues/ctl "admin mps=$size") =~ ^E(INVAL|RANGE)$ ]] && echo refused)" refused
done
refused 'admin sq=4 cq=4097' ERANGE cq
same "sq" "$(cd queues/sq && echo *)" '*'

# --- What admin writes: CC.IOSQES 6 in 19:16, IOCQES 4 in 23:20, MPS in 10:7, CSS in 6:4, AMS in 13:11 ---
# interface: QU1 QU4 QU12
accepts queues/ctl admin
registers 64 256 0x460000
shows pcie/CMD/BME 0x1
shows queues/sq/0/state disabled
accepts queues/ctl 'admin sq=2 cq=2'
registers 2 2 0x460000
accepts queues/ctl '  admin   cq=4096 sq=0x1000 '
registers 4096 4096 0x460000
accepts queues/ctl "admin mps=$most"
registers 64 256 "$(printf '0x%x' $((0x460000 | $(<nvme/CAP/MPSMAX) << 7)))"
same "aligned to large pages" $((($(<nvme/ASQ/value) | $(<nvme/ACQ/value)) % most)) 0
accepts queues/ctl "admin mps=$least ams=1 css=6"
registers 64 256 0x460860
accepts queues/ctl 'admin sq=100'
registers 100 256 0x460000
same "the slots are zeros" "$(hex queues/sq/0/slots 6400 0)" "$(printf '00%.0s' {1..6400})"

# --- Live ---
accepts ctl enable
shows nvme/CC/EN 0x1
shows nvme/CSTS/RDY 0x1
shows queues/sq/0/state live
shows queues/cq/0/state live
# interface: QU1
refused admin EBUSY enabled
refused 'admin sq=2' EBUSY
registers 100 256 0x460001
# interface: QU14 QU19 QU22 QU23
for pair in mem=host CQID=0x0 PC=0x1 outstanding=0 tail=0 head=0 doorbell=0x0 error=; do
    shows "queues/sq/0/${pair%=*}" "${pair#*=}"
done
for pair in mem=host IV=0x0 IEN=0x1 PC=0x1 outstanding=0 head=0 phase=1 doorbell=0x0 consumer=auto stray= error=; do
    shows "queues/cq/0/${pair%=*}" "${pair#*=}"
done
for file in sq/0/state sq/0/iova sq/0/outstanding cq/0/state cq/0/stray; do
    same "writing $file" "$("$PROBE" write "queues/$file" 1)" EACCES
done
# interface: QU13 QU19 QU22 QU23
for file in sq/0/entries sq/0/CQID cq/0/entries cq/0/IV cq/0/head cq/0/phase; do refuses "queues/$file" 1 EBUSY; done
for id in 00 -1 1 65536 x; do unreadable "queues/sq/$id/tail" ENOENT; done
accepts cmd/a/ctl 'run identify CNS=1'
same "slot 0" "$(hex queues/sq/0/slots 64 0)" "$(hex cmd/a/sqe/raw 64 0)"
same "completion 0" "$(hex queues/cq/0/slots 16 0)" "$(hex cmd/a/cqe/raw 16 0)"
shows queues/sq/0/doorbell 0x1
shows queues/cq/0/doorbell 0x1

# --- Round and round: sq=SIZE cq=SIZE COMMANDS ---
goes_round() {
    local sq=$1 cq=$2 n=$3 i
    accepts ctl disable
    accepts queues/ctl "admin sq=$sq cq=$cq"
    accepts ctl enable
    exec 3>cmd/a/ctl
    for ((i = 1; i <= n; i++)); do
        echo 'run identify CNS=1' >&3 || fail "command $i of sq=$sq cq=$cq"
        ((n < 100)) || continue
        shows queues/sq/0/tail $((i % sq))
        shows queues/cq/0/head $((i % cq))
        shows queues/cq/0/phase $(((i / cq + 1) % 2))
    done
    exec 3>&-
    shows queues/sq/0/tail $((n % sq))
    shows queues/sq/0/head $((n % sq))
    shows queues/sq/0/doorbell "$(printf '0x%x' $((n % sq)))"
    shows queues/cq/0/head $((n % cq))
    shows queues/cq/0/doorbell "$(printf '0x%x' $((n % cq)))"
    shows queues/cq/0/phase $(((n / cq + 1) % 2))
    shows queues/sq/0/outstanding 0
    shows queues/cq/0/stray ''
}
# interface: QU16 QU20 QU23
goes_round 2 2 9
goes_round 3 3 10
goes_round 2 3 8
goes_round 5 2 12
goes_round 3 4096 8
goes_round 4096 4096 4100
goes_round 4096 255 300

# interface: ER8 ER18
# --- A full ring: EAGAIN, and nothing is placed. Entries are free when a completion says so ---
accepts ctl disable
accepts queues/ctl 'admin sq=2 cq=2'
accepts ctl enable
mkdir cmd/b || exit 99
accepts cmd/b/ctl 'submit asynchronous_event_request'
before=$(<error)$(<error_log)
refuses cmd/a/ctl 'run identify CNS=1' EAGAIN 'EAGAIN: submission queue 0 '
same "a write to submit" "$("$PROBE" write-raw queues/sq/0/submit "$(printf '0%.0s' {1..128})")" EAGAIN
matches "the queue's error" "$(<queues/sq/0/error)" "write to queues/sq/0/submit.*EAGAIN: "
same "error and error_log after a full queue" "$(<error)$(<error_log)" "$before"
shows queues/sq/0/tail 1
shows queues/sq/0/outstanding 1
accepts ctl disable
accepts ctl enable
accepts cmd/a/ctl 'run identify CNS=1'
# A completion queue of two holds one at a time, and still all come
accepts ctl disable
accepts queues/ctl 'admin sq=64 cq=2'
accepts ctl enable
for i in {1..40}; do mkdir "cmd/n$i" && echo 'submit identify CNS=1' >"cmd/n$i/ctl" || fail "command $i"; done
for i in {1..40}; do shows "cmd/n$i/status" '0x000 Successful Completion'; done
shows queues/cq/0/phase 1

# --- init: I/O queues ---
accepts ctl 'init queues=3 entries=8'
same "sq" "$(cd queues/sq && echo *)" '0 1 2 3'
same "cq" "$(cd queues/cq && echo *)" '0 1 2 3'
for i in 1 2 3; do
    shows "queues/sq/$i/state" live
    shows "queues/sq/$i/entries" 8
    shows "queues/sq/$i/CQID" "0x$i"
    shows "queues/cq/$i/entries" 8
    accepts cmd/a/queue "$i"
    for n in {1..19}; do accepts cmd/a/ctl 'run flush NSID=1'; done
    shows cmd/a/cqe/SQID "0x$i"
    shows "queues/sq/$i/tail" 3
    shows "queues/cq/$i/head" 3
    shows "queues/cq/$i/phase" 1
done
accepts cmd/a/queue auto
accepts cmd/a/ctl "run flush NSID=$(nsid 2)"
shows cmd/a/cqe/SQID 0x1
accepts ctl disable
same "sq after disable" "$(cd queues/sq && echo *)" 0
refuses cmd/a/ctl 'run flush NSID=1' ENXIO init
accepts ctl 'init queues=0'
same "sq" "$(cd queues/sq && echo *)" 0
accepts ctl init
same "sq" "$(cd queues/sq && echo *)" '0 1'
entries=$(($(<nvme/CAP/MQES) + 1))
accepts ctl "init queues=1 entries=$entries"
shows queues/sq/1/entries "$entries"
for text in 'init queues' 'init queues=' 'init queues=x' 'init entries=x' 'init 4' 'init queue=4' 'init queues=1 x'; do
    refuses ctl "$text" EINVAL
done
for text in 'init entries=1' 'init entries=0' 'init entries=65537' "init entries=$((entries + 1))" 'init queues=65536'; do
    refuses ctl "$text" ERANGE
done
refuses ctl "init entries=200000" ERANGE "65536 entries"
finish
