#!/bin/bash
# SPDX-License-Identifier: MIT
# input/: the structures that the host sends, as records: what is written by field is what lies in the data, byte by byte as the
# specification lays it out; what was written stays until it was sent.
. "$(dirname "$0")/lib.sh"
mount_lone
accepts ctl 'init queues=1'
mkdir cmd/a cmd/r || exit 99

# bytes OFFSET LENGTH: of the data
bytes() { "$PROBE" pread cmd/a/data "$2" "$1" 2>/dev/null; }

# --- Without a layout there are bytes only ---
same "input of nothing" "$(cd cmd/a/input && echo *)" raw
accepts cmd/a/ctl 'set flush NSID=1'
same "input of flush" "$(cd cmd/a/input && echo *)" raw
same "no field" "$("$PROBE" read cmd/a/input/RANGE 2>&1)" ENOENT

# interface: CM29
# --- Ranges of Dataset Management: NVM Command Set 1.0, 3.2.3.1: CATTR 3:0, LLB 7:4, SLBA 15:8 ---
accepts cmd/a/ctl 'set dataset_management NSID=1 NR=2 AD=1'
shows cmd/a/data_size 48
same "ranges" "$(cd cmd/a/input/RANGE && echo *)" '0 1 2'
same "the size of raw" "$(stat -c %s cmd/a/input/raw)" 48
accepts cmd/a/input/RANGE/0/SLBA 16
accepts cmd/a/input/RANGE/0/LLB 8
accepts cmd/a/input/RANGE/1/SLBA 0x1122334455667788
accepts cmd/a/input/RANGE/1/CATTR/AF 5
accepts cmd/a/input/RANGE/1/CATTR/SW 1
same "range 0" "$(bytes 0 16)" 00000000080000001000000000000000
same "range 1" "$(bytes 16 16)" 05020000000000008877665544332211
same "range 2" "$(bytes 32 16)" 00000000000000000000000000000000
shows cmd/a/input/RANGE/1/SLBA 0x1122334455667788
matches "text" "$(<cmd/a/input/text)" 'SLBA +0x1122334455667788'
matches "json" "$(<cmd/a/input/json)" '"SLBA": *"0x1122334455667788"'
refuses cmd/a/input/RANGE/0/LLB 0x100000000 ERANGE
refuses cmd/a/input/RANGE/0/LLB many EINVAL
same "what was refused" "$(bytes 0 16)" 00000000080000001000000000000000
# A range behind those that there are makes the data longer.
accepts cmd/a/input/RANGE/5/LLB 1
shows cmd/a/data_size 88
same "range 5" "$(bytes 80 8)" 0000000001000000
# Any bytes can be written, and anywhere.
same "raw" "$("$PROBE" write-raw cmd/a/input/raw ffee 46)" OK
same "raw is the data" "$(bytes 46 2)" ffee
# A size that was set keeps what fits into it, and is no limit to fields.
accepts cmd/a/data_size 16
same "cut" "$(bytes 0 100)" 00000000080000001000000000000000
accepts cmd/a/input/RANGE/1/LLB 3
shows cmd/a/data_size 24
accepts cmd/a/data_size auto
shows cmd/a/data_size 48
same "what there is of it" "$(stat -c %s cmd/a/input/raw)" 0

# --- What was written before the command is named is sent with it, and its length is at least what the command moves ---
if (($(<identify/controller/ONCS/value) & 4)); then
    head -c 8192 /dev/urandom >cmd/r/data
    accepts cmd/r/ctl 'run write NSID=1 SLBA=16 NLB=15'
    accepts cmd/a/ctl 'set dataset_management'
    accepts cmd/a/input/RANGE/0/SLBA 16
    accepts cmd/a/input/RANGE/0/LLB 4
    accepts cmd/a/input/RANGE/1/SLBA 24
    accepts cmd/a/ctl 'run dataset_management NSID=1 NR=1 AD=1'
    shows cmd/a/data_size 32
    same "what was sent" "$(bytes 0 32)" 0000000004000000100000000000000000000000000000001800000000000000
    # Again, with the same ranges.
    accepts cmd/a/ctl 'run dataset_management NSID=1 NR=1 AD=1'
    same "what was sent again" "$(bytes 0 32)" 0000000004000000100000000000000000000000000000001800000000000000
    if on_nvsim; then # deallocated blocks read as zeros there (DLFEAT 001b)
        accepts cmd/r/ctl 'run read NSID=1 SLBA=16 NLB=3'
        same "what was deallocated" "$(tr -d '\0' <cmd/r/data | wc -c)" 0
        refuses cmd/a/ctl 'run dataset_management NSID=1 NR=5 AD=1 SLBA=0' EINVAL
        accepts cmd/a/input/RANGE/1/SLBA 0xffffffffffffff
        accepts cmd/a/input/RANGE/1/LLB 1
        refuses cmd/a/ctl 'run dataset_management NSID=1 NR=1 AD=1' EIO '0x080 LBA Out of Range'
    fi
    # What a command returns is not mixed with what another one sent.
    accepts cmd/a/ctl 'run identify CNS=1'
    shows cmd/a/result/SN "$ID_SN"
    shows cmd/a/data_size 4096
fi

# --- The other structures: lengths and places of their fields ---
# field COMMAND SIZE FIELD VALUE OFFSET BYTES
field() {
    accepts cmd/a/data_size auto
    accepts cmd/a/ctl "set $1"
    shows cmd/a/data_size "$2"
    accepts "cmd/a/input/$3" "$4"
    same "$1: $3" "$(bytes "$5" $((${#6} / 2)))" "$6"
    shows cmd/a/data_size "$2"
}
field 'copy NSID=1 NR=1' 64 RANGE/1/SLBA 0x123 40 2301000000000000 # NVM 3.2.2: 32 bytes each, SLBA 15:8
field 'copy NSID=1 NR=1' 64 RANGE/1/NLB 7 48 0700
field 'reservation_register NSID=1' 16 NRKEY 0x0102030405060708 8 0807060504030201 # 7.3
field 'reservation_acquire NSID=1' 16 PRKEY 0x55 8 5500000000000000
field 'reservation_release NSID=1' 8 CRKEY 0x77 0 7700000000000000
field 'set_features FID=0xe' 8 TIMESTAMP 0x112233445566 0 665544332211 # 5.27.1.11
field 'namespace_management SEL=0' 4096 NSZE 0x1000 0 0010000000000000 # the Identify Namespace structure
field 'namespace_management SEL=0' 4096 NCAP 0x800 8 0008000000000000
field 'namespace_management SEL=0' 4096 FLBAS/value 2 26 02
field 'namespace_attachment NSID=1 SEL=0' 4096 NUMID 1 0 0100 # the Controller List
field 'namespace_attachment NSID=1 SEL=0' 4096 CNTLID/0 0x21 2 2100

# --- While it is outstanding nothing of it changes ---
accepts cmd/a/ctl 'set dataset_management NR=0'
accepts cmd/a/sqe/OPC 0x0c
accepts cmd/a/queue 0
accepts cmd/a/data_size 16
accepts cmd/a/ctl submit
shows cmd/a/state outstanding
same "input while it is outstanding" "$("$PROBE" write-raw cmd/a/input/raw 00 20 2>&1)" ENOSPC
accepts ctl disable
finish
