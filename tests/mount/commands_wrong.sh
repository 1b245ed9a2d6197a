#!/bin/bash
# SPDX-License-Identifier: MIT
# Data pointers made by hand, and made wrong: unaligned, unmapped, lists and segments that break the rules. The status codes are the
# specification's (NVMe Base 2.0, 3.3.3.2.1, 4.1.1, 4.1.2). And commands that no table knows.
# QEMU's controller looks less closely: what it makes of some of them stands beside.
. "$(dirname "$0")/lib.sh"
mount_lone
accepts ctl 'init queues=1'
mkdir cmd/a cmd/w mem/data mem/list || exit 99
accepts mem/data/size 65536
accepts mem/list/size 8192
data=$(<mem/data/iova) list=$(<mem/list/iova)
unmapped=0x7ffff00000
head -c 8192 /dev/urandom >cmd/w/data
accepts cmd/w/ctl 'run write NSID=1 SLBA=0 NLB=15'

ok='0x000 Successful Completion' invalid='0x002 Invalid Field in Command' transfer='0x004 Data Transfer Error'
offset='0x013 PRP Offset Invalid' segment='0x00d Invalid SGL Segment Descriptor' number='0x00e Invalid Number of SGL Descriptors'
length='0x00f Data SGL Length Invalid' type='0x011 SGL Descriptor Type Invalid'

# Data where no memory is: QEMU does not notice that the IOMMU has stopped them. Bits 1:0 of PRP1, 2:0 of the address of a list,
# a reserved subtype: it does not look at them. A reserved type in the entry: for it that is no segment.
nowhere=$transfer low_bits=$offset subtype=$type entry_type=$type
on_nvsim || nowhere=$ok low_bits=$ok subtype=$ok entry_type=$segment

# le NUMBER BYTES: little-endian
le() {
    local i
    for ((i = 0; i < $2; i++)); do printf '%02x' $(($1 >> (8 * i) & 0xff)); done
}

# reads BLOCKS STATUS FIELD=VALUE…: a Read of so many blocks with these pointers
reads() {
    local blocks=$1 status=$2
    shift 2
    "$PROBE" write cmd/a/ctl "submit read NSID=1 SLBA=0 NLB=$((blocks - 1)) $*" >/dev/null
    same "$*" "$(limited cat cmd/a/status 2>&1)" "$status"
}

# listed BYTES…: what the list object holds
listed() {
    "$PROBE" write-raw mem/list/data "$(printf '00%.0s' {1..256})" >/dev/null
    "$PROBE" write-raw mem/list/data "$(printf %s "$@")" >/dev/null
}

# --- PRP1 and PRP2 ---
reads 8 "$ok" PRP1="$data"
same "what was read" "$(cmp -n 4096 mem/data/data cmd/w/data 2>&1)" ''
shows cmd/a/sqe/PRP1 "$data"
shows cmd/a/sqe/PRP2 0x0
reads 8 "$ok" PRP1=$((data + 4)) PRP2=$((data + 8192))
same "at an offset" "$(cmp -n 4092 -i 4:0 mem/data/data cmd/w/data 2>&1)" ''
same "the rest of it" "$(cmp -n 4 -i 8192:4092 mem/data/data cmd/w/data 2>&1)" ''
for low in 1 2 3; do reads 1 "$low_bits" PRP1=$((data + low)); done
reads 1 "$nowhere" PRP1=$unmapped
reads 1 "$nowhere" PRP1=0
reads 1 "$nowhere" PRP1=0xfffffffffffff000
reads 16 "$nowhere" PRP1="$data" PRP2=$unmapped
reads 16 "$nowhere" PRP1="$data" PRP2=0
reads 16 "$offset" PRP1="$data" PRP2=$((data + 4096 + 512))
reads 16 "$ok" PRP1="$data" PRP2=$((data + 40960))
same "the second page elsewhere" "$(cmp -n 4096 -i 40960:4096 mem/data/data cmd/w/data 2>&1)" ''

# interface: CM57
# --- PRP lists ---
listed "$(le $((data + 8192)) 8)" "$(le $((data + 4096)) 8)"
reads 24 "$ok" PRP1="$data" PRP2="$list"
listed "$(le $((data + 8192)) 8)" "$(le $((data + 4096 + 4)) 8)"
reads 24 "$offset" PRP1="$data" PRP2="$list"
listed "$(le $((data + 8192)) 8)" "$(le $unmapped 8)"
reads 24 "$nowhere" PRP1="$data" PRP2="$list"
listed "$(le $((data + 8192)) 8)"
reads 24 "$nowhere" PRP1="$data" PRP2="$list"
reads 24 "$low_bits" PRP1="$data" PRP2=$((list + 4))
reads 24 "$transfer" PRP1="$data" PRP2=$unmapped
# A list at the end of a page leads to the next one; a pointer with an offset there is as wrong as that of a page.
same "the last entry of a page" "$("$PROBE" write-raw mem/list/data "$(le $((list + 4096)) 8)" 4088)" OK
same "the page after" "$("$PROBE" write-raw mem/list/data "$(le $((data + 4096)) 8)$(le $((data + 8192)) 8)" 4096)" OK
reads 24 "$ok" PRP1="$data" PRP2=$((list + 4088))
same "the last entry of a page" "$("$PROBE" write-raw mem/list/data "$(le $unmapped 8)" 4088)" OK
reads 24 "$transfer" PRP1="$data" PRP2=$((list + 4088))

# --- SGLs: SGL1 by its fields ---
sgl() { echo "PSDT=1 SGL1.ADDR=$1 SGL1.LENGTH=$2 SGL1.TYPE=$3 SGL1.SUBTYPE=${4:-0}"; }
reads 8 "$ok" "$(sgl "$data" 4096 BLOCK)"
shows cmd/a/sqe/SGL1/ADDR "$data"
shows cmd/a/sqe/SGL1/LENGTH 0x1000
reads 8 "$ok" "$(sgl $((data + 1)) 4096 BLOCK)" # any address is right
same "what was read" "$(cmp -n 4096 -i 1:0 mem/data/data cmd/w/data 2>&1)" ''
reads 8 "$length" "$(sgl "$data" 4095 BLOCK)"
reads 8 "$nowhere" "$(sgl $unmapped 4096 BLOCK)"
for reserved in 6 9 14; do reads 8 "$entry_type" "$(sgl "$data" 4096 $reserved)"; done
reads 8 "$subtype" "$(sgl "$data" 4096 BLOCK 9)"
reads 8 "$invalid" PSDT=3 PRP1="$data"

# interface: CM57
# --- Segments ---
# descriptor ADDRESS LENGTH TYPE
descriptor() { printf '%s%s000000%02x' "$(le "$1" 8)" "$(le "$2" 4)" $(($3 << 4)); }
listed "$(descriptor "$data" 1024 0)" "$(descriptor $((data + 8192)) 3072 0)"
reads 8 "$ok" "$(sgl "$list" 32 LAST_SEGMENT)"
same "the second block" "$(cmp -n 3072 -i 8192:1024 mem/data/data cmd/w/data 2>&1)" ''
reads 8 "$length" "$(sgl "$list" 16 LAST_SEGMENT)"
reads 8 "$segment" "$(sgl "$list" 24 LAST_SEGMENT)"
reads 8 "$segment" "$(sgl "$list" 0 LAST_SEGMENT)"
reads 8 "$transfer" "$(sgl $unmapped 32 LAST_SEGMENT)"
listed "$(descriptor "$data" 1024 0)" "$(descriptor $((list + 4096)) 16 3)"
same "the last segment" "$("$PROBE" write-raw mem/list/data "$(descriptor $((data + 4096)) 3072 0)" 4096)" OK
reads 8 "$ok" "$(sgl "$list" 32 SEGMENT)"
same "of the last segment" "$(cmp -n 3072 -i 4096:1024 mem/data/data cmd/w/data 2>&1)" ''
# In the last segment nothing leads on, and elsewhere only the last descriptor does.
reads 8 "$segment" "$(sgl "$list" 32 LAST_SEGMENT)"
listed "$(descriptor $((list + 4096)) 16 3)" "$(descriptor "$data" 1024 0)"
reads 8 "$number" "$(sgl "$list" 32 SEGMENT)"
listed "$(descriptor "$data" 1024 0)" "$(descriptor $unmapped 16 3)"
reads 8 "$transfer" "$(sgl "$list" 32 SEGMENT)"
# A chain that leads nowhere, ends. (QEMU's follows it for ever, and the machine hangs.)
if on_nvsim; then
    listed "$(descriptor "$data" 0 0)" "$(descriptor "$list" 32 2)"
    "$PROBE" write cmd/a/ctl "submit read NSID=1 SLBA=0 NLB=7 $(sgl "$list" 32 SEGMENT)" >/dev/null
    matches "a segment that leads to itself" "$(limited cat cmd/a/status 2>&1)" '^0x00[def] '
fi

# --- Any 64 bytes ---
same "SGL1 in raw" "$("$PROBE" pread cmd/a/sqe/raw 16 24 2>/dev/null)" "$(descriptor "$list" 32 2)"
accepts cmd/a/sqe/SGL1/ADDR "$data"
accepts cmd/a/sqe/SGL1/LENGTH 4096
accepts cmd/a/sqe/SGL1/TYPE BLOCK
accepts cmd/a/ctl run
accepts cmd/a/ctl 'set read PSDT=0'
same "SGL1 of PRPs" "$("$PROBE" read cmd/a/sqe/SGL1/ADDR 2>&1)" ENODATA

# interface: CM51
# --- Vendor commands: by number, with a size by hand ---
accepts cmd/a/queue 1
accepts cmd/a/data_size 4096
for opcode in 0xc1 0xc2; do
    accepts cmd/a/ctl "submit $opcode NSID=1 CDW10=5 CDW15=0xffffffff"
    shows cmd/a/status '0x001 Invalid Command Opcode'
    shows cmd/a/opcode $opcode
    same "PRP1 of $opcode" "$([ "$(<cmd/a/sqe/PRP1)" != 0x0 ] && echo set)" set
    same "CDW15 of $opcode" "$("$PROBE" pread cmd/a/sqe/raw 4 60 2>/dev/null)" ffffffff
    shows cmd/a/cqe/SQID 0x1
done
accepts cmd/a/queue auto
accepts cmd/a/ctl 'submit 0xc1'
shows cmd/a/cqe/SQID 0x0

# What another command left behind is neither sent nor shown as an answer. Without a size by hand a vendor command moves what
# was written for it.
accepts cmd/a/data_size auto
for opcode in 0xc0 0xc1 0xc2 0xc3; do
    accepts cmd/a/ctl 'run identify CNS=1'
    accepts cmd/a/ctl "submit $opcode NSID=1"
    shows cmd/a/status '0x001 Invalid Command Opcode'
    shows cmd/a/data_size 0
    shows cmd/a/sqe/PRP1 0x0
    same "the result of $opcode" "$(wc -c <cmd/a/result/raw)" 0
done
same "bytes into data" "$("$PROBE" write-raw cmd/a/data a1b2c3d4 0)" OK
accepts cmd/a/ctl 'submit 0xc1 NSID=1'
shows cmd/a/status '0x001 Invalid Command Opcode'
shows cmd/a/data_size 4
same "PRP1 of what was written" "$([ "$(<cmd/a/sqe/PRP1)" != 0x0 ] && echo set)" set

# --- Memory that is taken away, and comes back (QEMU: tests/vm/guest/unmapped.sh) ---
if on_nvsim; then
    accepts cmd/a/data_size auto
    accepts cmd/a/mem data
    accepts cmd/a/ctl 'run read NSID=1 SLBA=0 NLB=7'
    accepts mem/data/ctl unmap
    refuses cmd/a/ctl 'run read NSID=1 SLBA=0 NLB=7' EIO "$transfer"
    accepts mem/data/ctl map
    accepts mem/data/access r
    refuses cmd/a/ctl 'run read NSID=1 SLBA=0 NLB=7' EIO "$transfer"
    accepts mem/data/access rw
    accepts cmd/a/ctl 'run read NSID=1 SLBA=0 NLB=7'
    same "what was read" "$(cmp -n 4096 mem/data/data cmd/w/data 2>&1)" ''
fi
finish
