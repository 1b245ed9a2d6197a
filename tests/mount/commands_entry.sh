#!/bin/bash
# SPDX-License-Identifier: MIT
# The submission queue entry: its fields come and go with the opcode, every byte can be overwritten, what was made by hand is sent
# as it stands. Layouts: NVMe Base 2.0, 3.3.3.1, 5.4, 5.5, 5.17.
. "$(dirname "$0")/lib.sh"
mount_lone
bring_up
mkdir cmd/a cmd/b cmd/c || exit 99

# has yes|no FIELD...: sqe/ of cmd/a has these fields, found by name and listed
has() {
    local expected=$1 field
    shift
    for field; do
        same "sqe/$field is there" "$([[ -e cmd/a/sqe/$field ]] && echo yes || echo no)" "$expected"
        same "sqe/$field is listed" "$([[ " $(cd cmd/a/sqe && echo *) " == *" $field "* ]] && echo yes || echo no)" "$expected"
    done
}

# interface: CM15
# --- Fields of the opcode ---
common=(OPC FUSE PSDT CID NSID MPTR PRP1 PRP2 CDW{0..15} raw text json)
accepts cmd/a/ctl 'set identify'
has yes CNS CNTID "${common[@]}"
has no QID QSIZE PC IV
accepts cmd/a/opcode create_io_cq
has yes QID QSIZE PC IEN IV "${common[@]}"
has no CNS CQID
accepts cmd/a/sqe/OPC 0x01
has yes QID QSIZE PC QPRIO CQID NVMSETID
has no CNS IEN IV
shows cmd/a/opcode create_io_sq
accepts cmd/a/opcode 0xff
has no QID CNS
has yes "${common[@]}"
shows cmd/a/opcode 0xff
same "an opcode byte" "$("$PROBE" write-raw cmd/a/sqe/raw 06 0)" OK
has yes CNS
shows cmd/a/opcode identify

# --- Where the fields lie ---
accepts cmd/a/ctl 'set identify CNS=0x1c CNTID=0x1234 NSID=0x11223344'
same "OPC, flags, CID, NSID" "$(hex cmd/a/sqe/raw 8 0)" 0600000044332211
same "CDW10" "$(hex cmd/a/sqe/raw 4 40)" 1c003412
accepts cmd/a/ctl 'set create_io_cq QID=0x1122 QSIZE=0x3344 IV=0x5566 IEN=1 PC=1'
same "CDW10, CDW11" "$(hex cmd/a/sqe/raw 8 40)" 2211443303006655
accepts cmd/a/ctl 'set create_io_sq QID=1 QSIZE=2 CQID=3 QPRIO=2 PC=1 NVMSETID=4'
same "CDW10 to CDW12" "$(hex cmd/a/sqe/raw 12 40)" 010002000500030004000000
accepts cmd/a/ctl 'set identify CDW2=2 CDW3=3 MPTR=0x1112131415161718 PRP1=0x2122232425262728 PRP2=0x3132333435363738'
same "CDW2, CDW3, MPTR, PRPs" "$(hex cmd/a/sqe/raw 32 8)" \
    0200000003000000181716151413121128272625242322213837363534333231
accepts cmd/a/ctl 'set identify FUSE=1 PSDT=2 CID=0xabcd CDW13=13 CDW14=14 CDW15=15'
same "FUSE, PSDT, CID" "$(hex cmd/a/sqe/raw 4 0)" 0681cdab
same "CDW13 to CDW15" "$(hex cmd/a/sqe/raw 12 52)" 0d0000000e0000000f000000
# interface: CM15
# Any dword as a whole, with bits that are reserved or belong to nobody: CDW0 13:10 (3.3.3.1)
accepts cmd/a/ctl 'set identify CDW0=0x12343c06 CDW1=0x11 CDW4=0x44 CDW5=0x55 CDW6=0x66 CDW7=0x77 CDW8=0x88 CDW9=0x99'
same "CDW0 to CDW9" "$(hex cmd/a/sqe/raw 40 0)" \
    063c3412110000000000000000000000440000005500000066000000770000008800000099000000
accepts cmd/a/sqe/CDW9 0x90
shows cmd/a/sqe/PRP2 0x9000000088
shows cmd/a/sqe/CID 0x1234
shows cmd/a/cid 0x1234
accepts cmd/a/ctl 'set identify FUSE=1 PSDT=2 CID=0xabcd CDW13=13 CDW14=14 CDW15=15'
accepts cmd/a/sqe/CNS 0x02
accepts cmd/a/sqe/CDW11 0b1010
accepts cmd/a/sqe/PSDT 0
shows cmd/a/sqe/CNS 0x2
shows cmd/a/sqe/CDW10 0x2
shows cmd/a/sqe/CDW11 0xa
refuses cmd/a/sqe/CNS 0x100 ERANGE CNS
refuses cmd/a/sqe/CNS blue EINVAL blue
refuses cmd/a/sqe/FUSE 4 ERANGE
shows cmd/a/sqe/CNS 0x2
matches "text" "$(<cmd/a/sqe/text)" 'CNS'
matches "json" "$(<cmd/a/sqe/json)" '"CNS": *"0x2"'

# interface: CM17
# --- Get and Set Features have the fields of the feature that FID names (NVMe Base 2.0, 5.27.1) ---
# feature COMMAND-LINE CDW11-TO-CDW15
feature() {
    accepts cmd/a/ctl "set $1"
    same "$1" "$(hex cmd/a/sqe/raw 20 44)" "$2"
}
feature 'set_features FID=4 TMPTH=0x150 TMPSEL=SENSOR2 THSEL=UNDER' 5001120000000000000000000000000000000000
feature 'set_features TMPTH=0x150 FID=TEMPERATURE_THRESHOLD' 5001000000000000000000000000000000000000
feature 'get_features THSEL=1 FID=4' 0000100000000000000000000000000000000000
feature 'set_features FID=7 NSQR=3 NCQR=5' 0300050000000000000000000000000000000000
feature 'set_features FID=0xb SHCW.TTC=1 FAN=1' 0202000000000000000000000000000000000000
feature 'set_features FID=0x12 NVMSETID=2 RRL=15' 020000000f000000000000000000000000000000
feature 'set_features FID=0xd EHM=1 MR=1 HSIZE=16 HMDLLA=0x12 HMDLUA=0x34 HMDLEC=5' 0300000010000000200100003400000005000000
feature 'set_features FID=0xc0 CDW11=1 CDW15=2' 0100000000000000000000000000000002000000
accepts cmd/a/sqe/FID 0xb
has yes SHCW NAN
has no TMPTH EHM
accepts cmd/a/sqe/SHCW/TTC 1
shows cmd/a/sqe/CDW11 0x3
accepts cmd/a/sqe/FID 4
has yes TMPTH THSEL
has no NAN
refuses cmd/a/ctl 'set set_features FID=2 TMPTH=1' EINVAL 'no field TMPTH'
refuses cmd/a/ctl 'set set_features PS=32 FID=2' ERANGE PS
refuses cmd/a/ctl 'set set_features PS=3 FID=none' EINVAL
accepts cmd/a/ctl 'set identify'

# --- raw: any offset and length within 64 bytes ---
accepts cmd/a/ctl 'set 0'
same "size" "$(stat -c %s cmd/a/sqe/raw)" 64
for place in 0:1 63:1 5:3 1:62 0:64; do
    offset=${place%:*} length=${place#*:}
    bytes=$(printf "%02x" $(seq $((offset + 1)) $((offset + length))))
    same "raw $place" "$("$PROBE" write-raw cmd/a/sqe/raw "$bytes" "$offset")" OK
    same "raw $place" "$(hex cmd/a/sqe/raw "$length" "$offset")" "$bytes"
done
same "raw in part" "$(hex cmd/a/sqe/raw 100 60)" 3d3e3f40
same "raw behind its end" "$("$PROBE" write-raw cmd/a/sqe/raw 00 64)" ENOSPC
same "raw over its end" "$("$PROBE" write-raw cmd/a/sqe/raw 0000 63)" ENOSPC
same "raw" "$(hex cmd/a/sqe/raw 64 0)" "$(printf "%02x" {1..64})"

# interface: CM52
# --- A bare submit sends the 64 bytes unchanged, whatever they say ---
# sends BYTES STATUS: cmd/a sends them; the queue's memory holds them; the completion has their CID
sends() {
    local tail
    same "raw" "$("$PROBE" write-raw cmd/a/sqe/raw "$1")" OK
    tail=$(<queues/sq/0/tail)
    accepts cmd/a/ctl submit
    matches "status of ${1:0:8}" "$(limited cat cmd/a/status 2>&1)" "^$2"
    same "slot $tail" "$(hex queues/sq/0/slots 64 $((tail * 64)))" "$1"
    shows queues/sq/0/tail $(((tail + 1) % $(<queues/sq/0/entries)))
    same "the entry afterwards" "$(hex cmd/a/sqe/raw 64 0)" "$1"
    same "CID of the completion" "$(hex cmd/a/cqe/raw 2 12)" "${1:4:4}"
}
rest=$(printf "%02x" {100..159})
sends "c0003412$rest" 0x001
sends "ffc3feff$rest" 0x
sends "$(printf '00%.0s' {1..64})" 0x101
accepts cmd/a/data_size 4096
sends "c0005555$rest" 0x001
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/result/SN "$ID_SN"

# --- Command identifiers ---
accepts cmd/a/cid 0x1234
shows cmd/a/cid 0x1234
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/cqe/CID 0x1234
shows cmd/a/sqe/CID 0x1234
accepts cmd/a/ctl 'run identify CNS=1 CID=0x77'
shows cmd/a/cqe/CID 0x77
accepts cmd/a/sqe/CID 0x4321
accepts cmd/a/ctl run
shows cmd/a/cqe/CID 0x4321
accepts cmd/a/cid 99
accepts cmd/a/ctl run
shows cmd/a/cqe/CID 0x63
refuses cmd/a/cid 0x10000 ERANGE
refuses cmd/a/cid -1 EINVAL
refuses cmd/a/cid none EINVAL
accepts cmd/a/cid ' auto '
shows cmd/a/cid auto
accepts cmd/a/ctl 'submit asynchronous_event_request'
accepts cmd/b/ctl 'submit asynchronous_event_request'
same "automatic CIDs differ" "$([[ $(<cmd/a/sqe/CID) != "$(<cmd/b/sqe/CID)" ]] && echo yes)" yes
accepts ctl disable
accepts ctl enable

# interface: CM36
# --- Duplicates: the completion goes to the one that was submitted first ---
for object in a b c; do accepts "cmd/$object/cid" 0x55; done
accepts cmd/a/ctl 'submit asynchronous_event_request'
accepts cmd/b/ctl 'submit asynchronous_event_request'
accepts cmd/c/ctl 'submit identify CNS=1'
shows cmd/a/status '0x000 Successful Completion'
shows cmd/b/state outstanding
shows cmd/c/state outstanding
accepts cmd/a/ctl 'submit identify CNS=1'
shows cmd/b/status '0x000 Successful Completion'
shows cmd/c/state outstanding
shows cmd/a/state outstanding
shows queues/sq/0/outstanding 2
shows queues/cq/0/stray ''
accepts ctl disable
shows cmd/a/state lost
shows cmd/c/state lost
accepts ctl enable
for object in a b c; do accepts "cmd/$object/cid" auto; done

# interface: CM31
# --- Pointers ---
accepts cmd/a/ctl 'run identify CNS=1'
same "PRP1 is set" "$([[ $(<cmd/a/sqe/PRP1) != 0x0 ]] && echo yes)" yes
# QEMU's sees nothing wrong in memory that is not there, nor in an offset of 2: such commands succeed, and the IOMMU says more.
unmapped=0x7ffffff000
if on_nvsim; then
    for way in "run identify CNS=1 PRP1=$unmapped" "submit identify CNS=1 PRP1=$unmapped PRP2=0"; do
        "$PROBE" write cmd/a/ctl "$way" >/dev/null
        shows cmd/a/status '0x004 Data Transfer Error'
        shows cmd/a/sqe/PRP1 "$unmapped"
    done
    accepts cmd/a/ctl 'set identify CNS=1'
    accepts cmd/a/sqe/PRP1 "$unmapped"
    refuses cmd/a/ctl run EIO '0x004 Data Transfer Error'
    accepts cmd/a/ctl 'run identify CNS=1'
    refuses cmd/a/ctl "run identify CNS=1 PRP1=$(($(<cmd/a/sqe/PRP1) + 2))" EIO '0x013 PRP Offset Invalid'
else
    accepts cmd/a/ctl "submit identify CNS=1 PRP1=$unmapped PRP2=0"
    limited cat cmd/a/status >/dev/null
    shows cmd/a/sqe/PRP1 "$unmapped"
fi
accepts cmd/a/pointers manual
if on_nvsim; then
    refuses cmd/a/ctl 'run identify CNS=1' EIO '0x004 Data Transfer Error'
else
    accepts cmd/a/ctl 'submit identify CNS=1'
    limited cat cmd/a/status >/dev/null
fi
shows cmd/a/sqe/PRP1 0x0
accepts cmd/a/pointers sgl
# Whatever SGLS says: with PCIe admin commands have none (NVMe Base 2.0, 4.3.2; 3.3.3.1).
refuses cmd/a/ctl 'run identify CNS=1' EIO '0x002 Invalid Field in Command'
shows cmd/a/sqe/PSDT 0x1
same "the length of the SGL's data block" "$(hex cmd/a/sqe/raw 8 32)" 0010000000000000
refuses cmd/a/pointers both EINVAL
refuses cmd/a/pointers '' EINVAL
shows cmd/a/pointers sgl
accepts cmd/a/pointers prp
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/sqe/PSDT 0x0
finish
