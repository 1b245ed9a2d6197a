#!/bin/bash
# SPDX-License-Identifier: MIT
# What comes back from commands: status codes and their names (NVMe Base 2.0, 3.3.3.2.1), the completion entry, the result, also
# where the status is an error: NVMe status is data.
. "$(dirname "$0")/lib.sh"
mount_lone

mkdir cmd/a cmd/q || exit 99

# ends OBJECT "COMMAND" STATUS: `submit` completes with it and no file says EIO; `run` says EIO if it is an error
ends() {
    accepts "cmd/$1/ctl" "submit $2"
    shows "cmd/$1/status" "$3"
    shows "cmd/$1/cqe/SC" "$(printf '0x%x' $((${3%% *} & 0xff)))"
    shows "cmd/$1/cqe/SCT" "$(printf '0x%x' $((${3%% *} >> 8)))"
    shows "cmd/$1/state" completed
}
# Other controllers are as right to find another fault first, or to complain less: what they say is told alike everywhere.
fails() {
    local got
    if ! on_nvsim && [[ $3 != "$field" ]]; then
        accepts "cmd/$1/ctl" "submit $2"
        got=$(limited cat "cmd/$1/status")
        [ "$got" = "$3" ] || echo "$2: '$got' here, '$3' on nvsim"
        shows "cmd/$1/cqe/SC" "$(printf '0x%x' $((${got%% *} & 0xff)))"
        shows "cmd/$1/cqe/SCT" "$(printf '0x%x' $((${got%% *} >> 8)))"
        [[ $got != 0x000* ]] || return
        refuses "cmd/$1/ctl" "run $2" EIO "NVMe status $got"
        return
    fi
    ends "$@"
    refuses "cmd/$1/ctl" "run $2" EIO "NVMe status $3"
    shows "cmd/$1/status" "$3"
    [[ $(<"cmd/$1/latency_ns") -gt 0 ]]
    same "latency_ns after '$2'" $? 0
}

accepts queues/ctl 'admin sq=16 cq=16'
accepts ctl enable

# interface: CM38
# --- Generic ---
ok='0x000 Successful Completion'
field='0x002 Invalid Field in Command'
namespace='0x00b Invalid Namespace or Format'
ends a 'identify CNS=1' "$ok"
fails a 'identify CNS=0xff' "$field"
shows cmd/a/cqe/DNR 0x1
for opcode in 0x03 0xc0 0xff; do fails a "$opcode" '0x001 Invalid Command Opcode'; done
for nsid in 0 5 0x7fffffff 0xfffffffe; do fails a "identify CNS=0 NSID=$nsid" "$namespace"; done
fails a 'identify CNS=3 NSID=0' "$namespace"
fails a 'identify CNS=2 NSID=0xffffffff' "$namespace"
fails a 'identify CNS=2 NSID=0xfffffffe' "$namespace"
fails a 'identify CNS=1 FUSE=FIRST' "$field"

# --- Queue commands by hand: 5.4 to 5.7. A data buffer of whole pages is the memory that PRP1 names ---
id='0x101 Invalid Queue Identifier'
size='0x102 Invalid Queue Size'
most=$(<nvme/CAP/MQES)
accepts cmd/q/data_size 4096
fails q 'create_io_cq QID=0 QSIZE=15 PC=1' "$id"
fails q 'create_io_cq QID=0xffff QSIZE=15 PC=1' "$id"
fails q 'create_io_cq QID=1 QSIZE=0 PC=1' "$size"
((most == 0xffff)) || fails q "create_io_cq QID=1 QSIZE=$((most + 1)) PC=1" "$size"
(($(<nvme/CAP/CQR))) && fails q 'create_io_cq QID=1 QSIZE=15 PC=0' "$field"
fails q 'create_io_cq QID=1 QSIZE=15 PC=1 IEN=1 IV=0xffff' '0x108 Invalid Interrupt Vector'
fails a 'create_io_cq QID=1 QSIZE=15 PC=1 PRP1=0x100004' '0x013 PRP Offset Invalid'
fails q 'delete_io_cq QID=1' "$id"
fails q 'delete_io_cq QID=0' "$id"
fails q 'delete_io_sq QID=1' "$id"
fails q 'delete_io_sq QID=0' "$id"
ends q 'create_io_cq QID=1 QSIZE=15 PC=1' "$ok"
fails q 'create_io_cq QID=1 QSIZE=15 PC=1' "$id"
mkdir cmd/s || exit 99
accepts cmd/s/data_size 4096
fails s 'create_io_sq QID=1 QSIZE=15 PC=1 CQID=2' '0x100 Completion Queue Invalid'
fails s 'create_io_sq QID=1 QSIZE=15 PC=1 CQID=0' "$id"
fails s 'create_io_sq QID=0 QSIZE=15 PC=1 CQID=1' "$id"
fails s 'create_io_sq QID=1 QSIZE=0 PC=1 CQID=1' "$size"
ends s 'create_io_sq QID=1 QSIZE=15 PC=1 CQID=1' "$ok"
fails s 'create_io_sq QID=1 QSIZE=15 PC=1 CQID=1' "$id"
fails a 'set_features FID=7' '0x00c Command Sequence Error'
fails q 'delete_io_cq QID=1' '0x10c Invalid Queue Deletion'
ends q 'delete_io_sq QID=1' "$ok"
ends q 'delete_io_cq QID=1' "$ok"
fails q 'delete_io_cq QID=1' "$id"
# The number can be set only before there was an I/O queue since the reset (5.27.1.5); QEMU's remembers.
accepts ctl 'reset controller'
accepts ctl enable
ends a 'set_features FID=7 CDW11=0x00030003' "$ok"
fails a 'set_features FID=7 CDW11=0xffffffff' "$field"
# Number of Queues, 0's based: NSQA in 15:0, NCQA in 31:16 of Dword 0 (5.27.1.5)
ends a 'get_features FID=7' "$ok"
matches "DW0 of Number of Queues" "$(<cmd/a/cqe/DW0)" '^0x[0-9a-f]+$'
shows cmd/a/cqe/NSQA "$(printf '0x%x' $(($(<cmd/a/cqe/DW0) & 0xffff)))"
shows cmd/a/cqe/NCQA "$(printf '0x%x' $(($(<cmd/a/cqe/DW0) >> 16)))"
# Temperature Threshold: TMPTH in 15:0; a threshold of 0 K no controller has (5.27.1.3)
ends a 'get_features FID=TEMPERATURE_THRESHOLD' "$ok"
shows cmd/a/cqe/TMPTH "$(printf '0x%x' $(($(<cmd/a/cqe/DW0) & 0xffff)))"
[ "$(<cmd/a/cqe/TMPTH)" != 0x0 ] || fail "no temperature threshold"
ends a 'identify CNS=1' "$ok"
[ ! -e cmd/a/cqe/TMPTH ] || fail "Identify has no TMPTH"
accepts ctl 'init queues=2 entries=8'
shows queues/sq/2/state live

# interface: CM39
# --- The completion entry: 3.3.3.2 ---
accepts ctl disable
accepts queues/ctl 'admin sq=4 cq=4'
accepts ctl enable
for i in {1..11}; do
    accepts cmd/a/ctl "run identify CNS=1 CID=$((i * 0x111))"
    shows cmd/a/cqe/SQID 0x0
    shows cmd/a/cqe/CID "$(printf '0x%x' $((i * 0x111)))"
    shows cmd/a/cqe/SQHD "$(printf '0x%x' $((i % 4)))"
    shows cmd/a/cqe/P "0x$((((i - 1) / 4 + 1) % 2))"
    shows cmd/a/cqe/DNR 0x0
    shows cmd/a/cqe/SC 0x0
done
fails a 'identify CNS=0xff CID=0xbeef' "$field"
raw=$(hex cmd/a/cqe/raw 100 0)
same "16 bytes" "${#raw}" 32
same "the completion queue's slot" "$(hex queues/cq/0/slots 16 $(((($(<queues/cq/0/head) + 3) % 4) * 16)))" "$raw"
same "CID in raw" "${raw:24:4}" efbe
# Dword 3 bits 27:17 are SCT and SC, bit 31 DNR
word=$((0x${raw:30:2}${raw:28:2}))
same "the status field in raw" $((word >> 1 & 0x7ff)) 2
shows cmd/a/cqe/DNR "0x$((word >> 15))"
shows cmd/a/cqe/P "0x$((word & 1))"
shows cmd/a/cqe/CRD 0x0
shows cmd/a/cqe/M "0x$((word >> 14 & 1))"
matches "cqe/text" "$(<cmd/a/cqe/text)" 'SQHD.*CID'
matches "cqe/json" "$(<cmd/a/cqe/json)" '"CID": *"0xbeef"'
refuses cmd/a/cqe/SC 0 EACCES
refuses cmd/a/result/raw 0 EACCES

# interface: CM40
# --- Results: records that the opcode and its parameters name ---
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/result/VID "$ID_VID"
shows cmd/a/result/MN "$ID_MN"
! on_nvsim || shows cmd/a/result/FR 0.001
same "result/raw" "$(stat -c %s cmd/a/result/raw)" 4096
! on_nvsim || same "VID, SSVID, SN in raw" "$(hex cmd/a/result/raw 12 0)" 00ed00ed4544444145373731
matches "result/text" "$(<cmd/a/result/text)" "$ID_MN"
matches "result/json" "$(<cmd/a/result/json)" "\"SN\": *\"$ID_SN\""
accepts cmd/a/ctl "run identify CNS=0 NSID=$(nsid 4)"
shows cmd/a/result/NSZE "$(nsze 4)"
shows "cmd/a/result/LBAF/$((0x$(hex cmd/a/result/raw 1 26) & 15))/LBADS" "$(printf '0x%x' "${ID_LBADS[$(nsid 4)]}")"
matches "result/json" "$(<cmd/a/result/json)" "\"NSZE\": *\"$(nsze 4)\""
same "SN of a namespace" "$([[ -e cmd/a/result/SN ]] || echo none)" none
accepts cmd/a/ctl 'run identify CNS=2 NSID=0'
same "the list begins with namespace 1" "$(hex cmd/a/result/raw 4 0)" 01000000
matches "result/text of a list" "$(<cmd/a/result/text)" 0x1
if on_nvsim; then
    accepts cmd/a/ctl 'run identify CNS=2 NSID=2'
    same "the list behind namespace 2" "$(hex cmd/a/result/raw 12 0)" 030000000400000000000000
    matches "result/text of a list" "$(<cmd/a/result/text)" 0x4
fi
accepts cmd/a/ctl 'run identify CNS=3 NSID=1'
shows cmd/a/result/CSI 0x0
accepts cmd/a/ctl 'run get_features FID=7'
same "a result without data" "$(hex cmd/a/result/raw 16 0)" ''
accepts cmd/a/ctl 'submit identify CNS=0xff'
shows cmd/a/status "$field"
unreadable cmd/a/result/raw ENODATA
same "the memory of a command that failed can be read" "$(tr -d '\0' <cmd/a/data | wc -c) $(wc -c <cmd/a/data)" '0 4096'
finish
