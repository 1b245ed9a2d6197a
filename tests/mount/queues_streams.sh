#!/bin/bash
# SPDX-License-Identifier: MIT
# submit, place and completions: entries as bytes. Entries: NVMe Base 2.0, 3.3.3.1 (CID at byte 2, NSID at 4) and
# 3.3.3.2 (SQHD at byte 8, SQID 10, CID 12, phase and status 14). Opcode 00h of I/O queues is Flush.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a || exit 99
out=$(mktemp "${TMPDIR:-/tmp}/lone-out.XXXXXX") || exit 99
trap 'cleanup; rm -f "$out"' EXIT

# flush_hex CID…: Flush entries for namespace 1, in hex
flush_hex() {
    local cid
    for cid; do printf '0000%02x%02x01000000%0112d' $((cid & 0xff)) $((cid >> 8)) 0; done
}

# sends FILE CID… ERRNO: in one write
sends() {
    local file=$1 expected=${!#}
    same "to $file: ${*:2}" "$("$PROBE" write-raw "$file" "$(flush_hex "${@:2:$#-2}")")" "$expected"
}

# takes CID…: so many reads of completions return these, successful. Commands complete in any order: CIDs ascending.
takes() {
    local hex cids='' status='' i
    for ((i = 0; i < $#; i++)); do
        hex=$(limited "$PROBE" pread queues/cq/1/completions 16 0 2>/dev/null)
        cids+="$((0x${hex:26:2}${hex:24:2}))"$'\n'
        status+=$((0x${hex:30:2}${hex:28:2} >> 1))
    done
    same "completions" "$(sort -n <<<"${cids%$'\n'}")" "$(printf '%d\n' "$@")"
    same "their status" "$((10#$status))" 0
}

# until_ready: completions has something
until_ready() { same "poll" "$(limited "$PROBE" poll queues/cq/1/completions 5000)" READABLE; }

bring_up
mkdir queues/cq/1 queues/sq/1
accepts queues/cq/1/entries 32
accepts queues/sq/1/entries 8

# --- Not yet, and not so ---
# interface: QU37 QU18
sends queues/sq/1/submit 1 ENXIO
same "read" "$("$PROBE" read queues/cq/1/completions 2>&1)" EINVAL
matches "why" "$(<queues/cq/1/error)" 'consumer.*file.*queues/cq/1/consumer'
accepts queues/cq/1/consumer file
same "read" "$("$PROBE" read queues/cq/1/completions 2>&1)" ENXIO
accepts queues/cq/1/ctl create
accepts queues/sq/1/ctl create
for text in '' fil 'file auto' File; do refuses queues/cq/1/consumer "$text" EINVAL; done
# interface: QU21 QU25
same "not listed" "$(find queues/sq/1 queues/cq/1 -name submit -o -name place -o -name completions)" ''
for file in sq/1/submit sq/1/place; do same "reading $file" "$("$PROBE" read "queues/$file" 2>&1)" EACCES; done
for bytes in 1 63 65 127; do
    same "$bytes bytes" "$("$PROBE" write-size queues/sq/1/submit "$bytes")" EINVAL
    matches "why" "$(<queues/sq/1/error)" '64'
done
# The kernel cuts a write where the caller's memory fills 256 pages: somewhere in the 16321st entry or behind it
for n in 16321 16384; do
    same "$n entries" "$("$PROBE" write-size queues/sq/1/submit $((n * 64)))" EFBIG
    matches "why" "$(<queues/sq/1/error)" 'EFBIG: more than 16320 entries'
done
same "16320 entries" "$("$PROBE" write-size queues/sq/1/submit $((16320 * 64)))" EAGAIN
shows queues/sq/1/tail 0
same "15 bytes" "$("$PROBE" pread queues/cq/1/completions 15 0 2>&1 >/dev/null)" EINVAL

# --- One, several, around the end ---
# interface: QU21 QU25 QU15 QU16
same "nothing yet" "$("$PROBE" read-nonblock queues/cq/1/completions 2>&1)" EAGAIN
same "nothing yet" "$("$PROBE" poll queues/cq/1/completions 50)" TIMEOUT
sends queues/sq/1/submit 0x1234 OK
until_ready
shows queues/sq/1/outstanding 1
takes 0x1234
shows queues/sq/1/outstanding 0
shows queues/sq/1/tail 1
shows queues/sq/1/doorbell 0x1
shows queues/cq/1/doorbell 0x1
for round in {1..20}; do
    sends queues/sq/1/submit $((round * 7)) $((round * 7 + 1)) $((round * 7 + 2)) $((round * 7 + 3)) $((round * 7 + 4)) OK
    takes $((round * 7)) $((round * 7 + 1)) $((round * 7 + 2)) $((round * 7 + 3)) $((round * 7 + 4))
done
shows queues/sq/1/tail $((101 % 8))
shows queues/cq/1/head $((101 % 32))
shows queues/cq/1/stray ''

# --- Several in one read: those that are there, at most what it has room for ---
# interface: QU21 QU25
! on_nvsim || writes=$(<sim/counts/bar_writes)
sends queues/sq/1/submit 31 32 33 OK
! on_nvsim || shows sim/counts/bar_writes $((writes + 1))
until_ready
end=$((SECONDS + 10)) got=''
while [[ ${#got} -lt 96 && $SECONDS -lt $end ]]; do got+=$("$PROBE" pread queues/cq/1/completions 47 0 2>/dev/null); done
same "three, two at a time at most" "${#got}" 96

# --- All or nothing: 7 fit into 8 ---
# interface: QU33
tail=$(<queues/sq/1/tail)
sends queues/sq/1/submit 1 2 3 4 5 6 7 8 EAGAIN
shows queues/sq/1/tail "$tail"
matches "why" "$(<queues/sq/1/error)" 'room for 7 of 8'
sends queues/sq/1/submit 1 2 3 4 5 6 7 OK
takes 1 2 3 4 5 6 7

# --- The same CID twice is the tester's affair ---
# interface: QU35
sends queues/sq/1/submit 9 9 OK
takes 9 9

# --- Placed: nothing happens before the doorbell, which may ring for a part ---
# interface: QU21 QU29 QU30
tail=$(<queues/sq/1/tail)
sends queues/sq/1/place 21 22 23 OK
shows queues/sq/1/tail $(((tail + 3) % 8))
shows queues/sq/1/doorbell "$(printf '0x%x' "$tail")"
same "nothing comes" "$("$PROBE" poll queues/cq/1/completions 100)" TIMEOUT
accepts queues/sq/1/ctl "ring $(((tail + 1) % 8))"
takes 21
same "no more comes" "$("$PROBE" poll queues/cq/1/completions 100)" TIMEOUT
accepts queues/sq/1/ctl ring
takes 22 23

# --- A reader that waits first; with Ctrl-C; and one whose queue ends ---
# interface: QU25 QU37
in_background "$out" pread queues/cq/1/completions 16 0
shows version "$(<version)"
sends queues/sq/1/submit 0x4242 OK
wait "$WAITER"
matches "the reader" "$(<"$out")" '4242'
matches "interrupted" "$(limited "$PROBE" interrupt INT 100 read queues/cq/1/completions)" '^(EINTR|KILLED)'
in_background "$out" read queues/cq/1/completions
accepts queues/sq/1/ctl delete
accepts queues/cq/1/ctl delete
wait "$WAITER"
same "the queue was deleted" "$(<"$out")" ENXIO
accepts queues/cq/1/ctl create
accepts queues/sq/1/ctl create
in_background "$out" read queues/cq/1/completions
accepts nvme/CC/EN 0
wait "$WAITER"
same "the controller was disabled" "$(<"$out")" ESHUTDOWN
rmdir queues/sq/1 queues/cq/1 2>/dev/null
same "RDY" "$(limited cat nvme/wait/CSTS.RDY=0 >/dev/null && echo ended)" ended
accepts ctl enable

# --- A command object completes when its completion is taken, and not before ---
mkdir queues/cq/1 queues/sq/1
accepts queues/cq/1/consumer file
accepts queues/cq/1/ctl create
accepts queues/sq/1/ctl create
# interface: QU36 QU24
accepts cmd/a/queue 1
accepts cmd/a/ctl 'submit flush NSID=1'
until_ready
shows cmd/a/state outstanding
takes "$(($(<cmd/a/sqe/CID)))"
shows cmd/a/state completed
shows cmd/a/status '0x000 Successful Completion'

# --- auto: what raw entries bring becomes strays, the last 16 of them ---
# interface: QU24 QU26 QU35
accepts queues/cq/1/consumer auto
for i in {1..20}; do # one after the other: there is room for seven
    sends queues/sq/1/submit "$i" OK
    until_shows queues/sq/1/outstanding 0
done
same "strays" "$(wc -l <queues/cq/1/stray)" 16
matches "the oldest kept" "$(head -1 queues/cq/1/stray)" '^4: .*CID 0x[0-9a-f]+ status 0x000'
matches "the last" "$(tail -1 queues/cq/1/stray)" '^19: .*CID 0x[0-9a-f]+ status 0x000'
accepts cmd/a/ctl 'run flush NSID=1'

# --- none: nothing is taken; the script finds the phase in the memory, and rings ---
accepts queues/ctl delete
accepts queues/cq/1/entries 4
accepts queues/sq/1/entries 4
accepts queues/cq/1/consumer none
accepts queues/cq/1/ctl create
accepts queues/sq/1/ctl create
# entry N: the entry's bytes, once its phase is P
entry() {
    local hex end=$((SECONDS + 10))
    until hex=$("$PROBE" pread queues/cq/1/slots 16 $(($1 * 16)) 2>/dev/null); ((0x${hex:28:2} % 2 == $2 || SECONDS >= end)); do sleep 0.01; done
    echo "$hex"
}
# interface: QU20 QU23 QU24 QU30 QU38
sends queues/sq/1/submit 0x11 0x12 0x13 OK
got=$(entry 2 1)
matches "CID of the third" "${got:24:4}" '^1[123]00$'
same "nobody took it" "$("$PROBE" read queues/cq/1/completions 2>&1)" EINVAL
shows queues/cq/1/head 0
accepts queues/cq/1/ctl 'ring 3'
shows queues/cq/1/head 3
sends queues/sq/1/submit 0x14 EAGAIN # SQHD is in completions that lonefs did not see
accepts queues/sq/1/head $((0x${got:18:2}${got:16:2}))
sends queues/sq/1/submit 0x14 0x15 OK
got=$(entry 0 0)
matches "CID of the fifth, with the other phase" "${got:24:4}" '^1[45]00$'
accepts queues/cq/1/head 1
accepts queues/cq/1/phase 0
accepts queues/cq/1/ctl ring
shows queues/cq/1/doorbell 0x1
for text in 4 -1 x ''; do same "head '$text'" "$([[ $("$PROBE" write queues/cq/1/head "$text") =~ ^E(RANGE|INVAL)$ ]] && echo refused)" refused; done
refuses queues/cq/1/phase 2 ERANGE
accepts queues/sq/1/head $((0x${got:18:2}${got:16:2}))
accepts queues/cq/1/consumer auto
accepts cmd/a/ctl 'run flush NSID=1'
shows queues/cq/1/stray ''

# --- Entries written into the slots, and rung for: no submit at all ---
# interface: QU17 QU30 QU34
tail=$(<queues/sq/1/tail)
same "slot" "$("$PROBE" write-raw queues/sq/1/slots "$(flush_hex 0x77)" $((tail * 64)))" OK
accepts queues/sq/1/ctl "ring $(((tail + 1) % 4))"
shows queues/sq/1/tail $(((tail + 1) % 4))
end=$((SECONDS + 10))
until [[ -s queues/cq/1/stray || $(<queues/cq/1/stray) || $SECONDS -ge $end ]]; do sleep 0.01; done
matches "its completion" "$(<queues/cq/1/stray)" 'CID 0x77 status 0x000'
same "beyond the end" "$("$PROBE" write-raw queues/sq/1/slots 00 256)" ENOSPC

# --- Such entries are known once a doorbell was rung for them, by `ring` or in bar/0: they are outstanding, and commands do
# not get their CIDs. Doorbells: NVMe PCIe Transport 1.0, 3.1.2, with CAP.DSTRD ---
sq1=$((0x1000 + 2 * (4 << $(<nvme/CAP/DSTRD))))
accepts queues/ctl delete
accepts queues/cq/1/entries 16
accepts queues/sq/1/entries 16
accepts queues/cq/1/consumer none
accepts queues/cq/1/ctl create
accepts queues/sq/1/ctl create
# interface: QU30 QU34 QU35 QU15
same "slots" "$("$PROBE" write-raw queues/sq/1/slots "$(flush_hex 0 1 2)")" OK
shows queues/sq/1/outstanding 0
accepts queues/sq/1/ctl 'ring 2'
shows queues/sq/1/outstanding 2
same "by bar/0" "$("$PROBE" write-raw bar/0 03000000 $sq1)" OK
shows queues/sq/1/outstanding 3
shows queues/cq/1/outstanding 3
shows queues/sq/1/tail 3
accepts cmd/a/ctl 'submit flush NSID=1'
same "a CID that is not one of theirs" "$(($(<cmd/a/sqe/CID) > 2))" 1
entry 3 1 >/dev/null
shows queues/sq/1/outstanding 4

# With `none` what was taken is known when the script rings for it
# interface: QU36
accepts queues/cq/1/ctl 'ring 2'
shows queues/sq/1/outstanding 2
same "by bar/0" "$("$PROBE" write-raw bar/0 04000000 $((sq1 + (4 << $(<nvme/CAP/DSTRD)))))" OK
shows queues/sq/1/outstanding 0
shows queues/cq/1/stray ''
shows cmd/a/status '0x000 Successful Completion'

# --- A Delete as bytes, and the way out of a queue that the controller does not have ---
# admin_hex OPCODE CID CDW10
admin_hex() { printf '%02x00%02x%02x%072d%02x%02x%02x%02x%040d' "$1" $(($2 & 0xff)) $(($2 >> 8)) 0 $(($3 & 0xff)) $(($3 >> 8 & 0xff)) 0 0 0; }
# interface: QU8
same "Delete I/O Submission Queue" "$("$PROBE" write-raw queues/sq/0/submit "$(admin_hex 0 0x500 1)")" OK
until_shows queues/sq/1/state made
same "Delete I/O Completion Queue" "$("$PROBE" write-raw queues/sq/0/submit "$(admin_hex 4 0x501 1)")" OK
until_shows queues/cq/1/state made
# interface: QU9 QU31
accepts queues/cq/1/ctl adopt
accepts queues/sq/1/ctl adopt
shows queues/sq/1/state live
same "rmdir" "$("$PROBE" path rmdir queues/sq/1)" EBUSY
refuses queues/sq/1/ctl delete EIO 'NVMe status 0x101'
shows queues/sq/1/state made
accepts queues/ctl delete
shows queues/cq/1/state made
rmdir queues/sq/1 queues/cq/1 || fail "rmdir"
finish
