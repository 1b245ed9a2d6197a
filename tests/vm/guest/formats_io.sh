#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Metadata, protection information and zones of QEMU's controller: what lonefs writes the kernel's driver reads afterwards, and
# the reverse, also where block numbers have more than 32 bits; and the bytes of ordinary namespaces of 512 and 4096-byte blocks. Guards are computed here (T10 DIF: CRC-16 with the polynomial 8BB7h, NVM Command Set 1.0, 5.2.1.2).
# vm: devices=formats,namespaces limit=180
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

# equal WHAT FILE FILE
equal()
{
    checks=$((checks + 1))
    cmp "$2" "$3" || fail "$1: other bytes"
}

# guard FILE: of its bytes, four hexadecimal digits
guard()
{
    local crc=0 byte n
    for byte in $(od -An -v -tu1 "$1"); do
        crc=$((crc ^ byte << 8))
        for ((n = 0; n < 8; n++)); do crc=$(((crc & 0x8000 ? crc << 1 ^ 0x8bb7 : crc << 1) & 0xffff)); done
    done
    printf '%04x' $crc
}

hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }

# sends LINE [STATUS]: to the object a; with a status, it is what the controller answers
sends()
{
    if [ $# = 1 ]; then accepts cmd/a/ctl "run $1"; else refuses cmd/a/ctl "run $1" EIO; fi
    shows cmd/a/status "${2:-0x000 Successful Completion}"
}
# other: a new object, which remembers nothing
other() { rmdir cmd/a && mkdir cmd/a; }

# Namespace 2: 512 bytes and 8 of metadata in a buffer of its own, protection type 1
protected()
{
    local crc
    crc=$(guard /tmp/block)
    # PRINFO: PRACT is bit 3; guard, application and reference tag are checked with bits 2 to 0
    cat /tmp/block >cmd/a/data
    sends 'write NSID=2 SLBA=1000 NLB=0 PRINFO=8 ILBRT=1000 LBAT=0xabcd'
    other
    accepts cmd/a/metadata_size 8
    sends 'read NSID=2 SLBA=1000 NLB=0 PRINFO=7 EILBRT=1000 ELBAT=0xabcd ELBATM=0xffff'
    cat cmd/a/data >/tmp/read
    equal "the block" /tmp/read /tmp/block
    same "guard, application and reference tag that the controller made" "$(hex cmd/a/metadata)" "${crc}abcd000003e8"
    other
    accepts cmd/a/metadata_size 8
    # Type 1: the reference tag is the address, and a command that expects another one is wrong itself
    sends 'read NSID=2 SLBA=1000 NLB=0 PRINFO=1 EILBRT=1001' '0x181 Invalid Protection Information'
    sends 'read NSID=2 SLBA=1000 NLB=0 PRINFO=2 ELBAT=0xabce ELBATM=0xffff EILBRT=1000' '0x283 End-to-end Application Tag Check Error'

    # Made here: right, and wrong in a bit of the guard
    other
    cat /tmp/block >cmd/a/data
    "$PROBE" write-raw cmd/a/metadata "${crc}1234000003e9" >/dev/null
    sends 'write NSID=2 SLBA=1001 NLB=0 PRINFO=7 ILBRT=1001 LBAT=0x1234 LBATM=0xffff'
    other
    cat /tmp/block >cmd/a/data
    "$PROBE" write-raw cmd/a/metadata "$(printf '%04x' $((0x$crc ^ 1)))1234000003ea" >/dev/null
    sends 'write NSID=2 SLBA=1002 NLB=0 PRINFO=4 ILBRT=1002' '0x282 End-to-end Guard Check Error'
    # A reference tag that is another block's, written unchecked
    other
    cat /tmp/block >cmd/a/data
    "$PROBE" write-raw cmd/a/metadata "${crc}1234000003ec" >/dev/null
    sends 'write NSID=2 SLBA=1003 NLB=0 ILBRT=1003'
    other
    accepts cmd/a/metadata_size 8
    sends 'read NSID=2 SLBA=1003 NLB=0 PRINFO=1 EILBRT=1003' '0x284 End-to-end Reference Tag Check Error'

    # What the kernel wrote has a guard that fits: whoever made it
    other
    accepts cmd/a/metadata_size 8
    sends 'read NSID=2 SLBA=2000 NLB=0 PRINFO=5 EILBRT=2000'
    cat cmd/a/data >/tmp/read
    equal "the kernel's block" /tmp/read /tmp/block
    same "its guard and reference tag" "$(hex cmd/a/metadata | sed 's/^\(....\)..../\1/')" "${crc}000007d0"
}

# Namespace 3: 512 bytes and 16 of metadata between the blocks
interleaved()
{
    other
    cat /tmp/extended >cmd/a/data
    sends 'write NSID=3 SLBA=1000 NLB=3'
    same "its size" "$(<cmd/a/data_size)" 2112
    other
    sends 'read NSID=3 SLBA=2000 NLB=3'
    cat cmd/a/data >/tmp/read
    equal "four blocks and their metadata, as the kernel wrote them" /tmp/read /tmp/extended
    # The file of the namespace has no metadata in it
    # interface: NS21
    dd if=ns/3/data bs=512 skip=1000 count=4 status=none >/tmp/read
    for block in 0 1 2 3; do dd if=/tmp/extended bs=528 skip=$block count=1 status=none | head -c 512; done >/tmp/plain
    equal "in ns/3/data" /tmp/read /tmp/plain
}

# Namespace 5: 4096 bytes and 16 of protection information with guards of 64 bits, type 1; the first block whose number has
# more than 32 bits
beyond=$((1 << 32))

# tagged COMMAND LBA FIELDS…: with its reference tag, the 48 bits of the address: CDW14, and 16 bits in CDW3 (5.2.1.4.1, Figure 125)
tagged()
{
    local expected=
    [ "$1" != read ] || expected=E
    sends "$1 NSID=5 SLBA=$2 NLB=0 ${expected}LBTU=$(($2 >> 32)) ${expected}ILBRT=$(($2 & 0xffffffff)) ${*:3}"
}

# has_block WHAT LBA: the object has read that block
has_block()
{
    other
    accepts cmd/a/metadata_size 16
    tagged read "$2" PRINFO=7 ELBAT=0 ELBATM=0xffff
    cat cmd/a/data >/tmp/read
    equal "$1" /tmp/read /tmp/block4k
    # Guard (8 bytes), application tag (2), reference tag (6), all of them big-endian: 5.2.1.3, Figure 118
    same "$1: the tags" "$(hex -j 8 cmd/a/metadata)" "0000$(printf '%012x' "$2")"
}

# interface: NS22 NS23
guards_of_64_bits()
{
    # NVM Command Set 1.2, 3.3: else a controller may refuse them, though that of QEMU does not
    # interface: NS27
    accepts features/host_behavior/current/LBAFEE 0
    shows features/host_behavior/current/LBAFEE 0x0
    accepts features/host_behavior/current/LBAFEE 1
    shows features/host_behavior/current/LBAFEE 0x1
    # The file: what the kernel wrote; and for it to read, up to and from that block on in many commands, and within blocks
    for block in $((beyond - 1)) $((beyond + 1000)); do
        dd if=ns/5/data bs=4096 skip="$block" count=1 status=none >/tmp/read
        equal "in ns/5/data, what the kernel wrote to $block" /tmp/read /tmp/block4k
        has_block "the kernel's block $block" "$block"
    done
    works "writing across 2^32 blocks" dd if=/tmp/large of=ns/5/data bs=1000000 seek=$((beyond * 4096 - 500123)) oflag=seek_bytes conv=notrunc,fsync status=none
    works "writing to the last blocks" dd if=/tmp/large of=ns/5/data bs=4096 seek=$(($(<ns/5/blocks) - 3)) count=3 conv=notrunc,fsync status=none

    # By hand: commands whose tags QEMU looks for in CDW3 too, as it does not with Verify, Compare and Write Zeroes
    other
    cat /tmp/block4k >cmd/a/data
    tagged write $((beyond + 2000)) PRINFO=8
    has_block "a block that was written" $((beyond + 2000))
    other
    cat /tmp/block4k >cmd/a/data
    sends "write NSID=5 SLBA=$((beyond + 2001)) NLB=0 PRINFO=9 ILBRT=2001" '0x181 Invalid Protection Information'
    # The source's tags are in its range, those of the destination in the entry
    other
    accepts cmd/a/ctl "set copy NSID=5 SDLBA=$((beyond + 2003)) NR=0 DESFMT=1 PRINFOR=0xf PRINFOW=8 LBTU=1 ILBRT=2003"
    accepts cmd/a/input/RANGE/0/SLBA $((beyond + 2000))
    accepts cmd/a/input/RANGE/0/NLB 0
    accepts cmd/a/input/RANGE/0/ELBATM 0xffff
    accepts cmd/a/input/RANGE/0/ELBT "00000000$(printf '%012x' $((beyond + 2000)))"
    accepts cmd/a/ctl run
    shows cmd/a/status '0x000 Successful Completion'
    has_block "a block that was copied" $((beyond + 2003))
}

# interface: NS7
asks_for_formats()
{
    accepts trace/enable 1
    accepts ns/ctl scan
    accepts trace/enable 0
    # Of all: 00h, 03h. Of those with protection information that of the NVM command set, 05h with CSI 00h; of the zoned one with 02h
    same "what scan asks of namespaces" "$(sed -n 's/.*identify .* NSID=0x\([0-9a-f]*\) .*CNS=0x\([0-9a-f]*\) .*CSI=0x\([0-9a-f]*\) .*/\1:\2:\3/p' trace/log | sort | tr '\n' ' ')" \
        "1:0:0 1:3:0 2:0:0 2:3:0 2:5:0 3:0:0 3:3:0 4:0:0 4:3:0 4:5:2 5:0:0 5:3:0 5:5:0 "
}

# zone N FIELD
zone()
{
    sends 'zone_management_receive NSID=4 NDW=1039 ZRA=REPORT'
    cat "cmd/a/result/ZD/$1/$2"
}

# Namespace 4: zones of 1024 blocks of 4096 bytes, of which 768 can be written
zones()
{
    local block
    other
    sends 'zone_management_send NSID=4 SLBA=3072 ZSA=RESET'
    # Three appends go where the write pointer is, and say where that was
    for block in 0 1 2; do
        other
        cat /tmp/block4k >cmd/a/data
        sends 'zone_append NSID=4 ZSLBA=3072 NLB=0'
        same "ALBA" "$(($(<cmd/a/cqe/ALBA)))" $((3072 + block))
    done
    other
    same "the write pointer" "$(($(zone 3 WP)))" 3075
    sends 'read NSID=4 SLBA=3074 NLB=0'
    cat cmd/a/data >/tmp/read
    equal "the last one" /tmp/read /tmp/block4k
    # A write elsewhere than at the write pointer: 1BCh
    other
    cat /tmp/block4k >cmd/a/data
    sends 'write NSID=4 SLBA=3077 NLB=0' '0x1bc Zone Invalid Write'
    sends 'zone_append NSID=4 ZSLBA=3073 NLB=0' '0x002 Invalid Field in Command'
    # Finished: full (Eh), and takes nothing more
    other
    sends 'zone_management_send NSID=4 SLBA=4096 ZSA=FINISH'
    shows cmd/a/sqe/SLBA 0x1000
    same "state" "$(zone 4 ZS)" 0xe
    other
    cat /tmp/block4k >cmd/a/data
    sends 'zone_append NSID=4 ZSLBA=4096 NLB=0' '0x1b9 Zone Is Full'
    # By the file, 1 MiB in commands of 128 KiB: one at a time, in order. Elsewhere it is refused.
    # interface: NS25
    accepts trace/enable 1
    works "writing to zone 6" dd if=/tmp/large of=ns/4/data bs=983040 count=1 oflag=seek_bytes seek=$((6 * 1024 * 4096)) conv=notrunc status=none
    accepts trace/enable 0
    same "in which order" "$(awk '$2 == "completion" || $2 == "submission" { print $2 }' trace/log | uniq -c | tr -s ' \n' ' ')" \
        "$(for block in 1 2 3 4 5 6 7 8; do printf ' 1 submission 1 completion'; done) "
    same "which blocks" "$(grep -o 'SLBA=[^ ]*' trace/log)" "$(for block in 0 1 2 3 4 5 6 7; do printf 'SLBA=0x%x\n' $((6144 + block * 32)); done)"
    checks=$((checks + 1))
    dd if=/tmp/large of=ns/4/data bs=4096 count=1 oflag=seek_bytes seek=$((6 * 1024 * 4096)) conv=notrunc status=none 2>/dev/null && fail "written elsewhere than at the write pointer"
    matches "the error" "$(<error)" 'EIO: .*LBA 6144 .*0x1bc Zone Invalid Write'
    other
    # Reset: empty (1h) again
    other
    sends 'zone_management_send NSID=4 SLBA=4096 ZSA=RESET'
    same "state" "$(zone 4 ZS)" 0x1
    same "what the kernel wrote to zone 5" "$(($(zone 5 WP)))" 5122
    sends 'read NSID=4 SLBA=5121 NLB=0'
    cat cmd/a/data >/tmp/read
    equal "the kernel's block" /tmp/read /tmp/block4k
}

# Ordinary namespaces, as one file each: what the kernel wrote, and from an odd place to an odd place
ordinary()
{
    local n
    for n in 1 2; do
        shows "ns/$n/lba_size" $((n == 1 ? 512 : 4096))
        checks=$((checks + 1))
        cmp -n 1000000 /tmp/by-kernel "ns/$n/data" || fail "what the kernel wrote to namespace $n"
        works "writing namespace $n" dd if=/tmp/by-lone of="ns/$n/data" bs=300007 seek=54321 oflag=seek_bytes conv=notrunc,fsync status=none
    done
}

# ordinary_disks: the above, and what the kernel reads afterwards: its own bytes but for those that lonefs wrote
ordinary_disks()
{
    local n
    head -c 1000000 /dev/urandom >/tmp/by-kernel
    head -c 300007 /dev/urandom >/tmp/by-lone
    chmod 644 /tmp/by-{kernel,lone}
    for n in 1 2; do works "the kernel writes namespace $n" dd if=/tmp/by-kernel of="$disk$n" bs=1M conv=fsync,notrunc status=none; done
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    as_owner ordinary SLOT="$slot"
    same "DMA faults" "$(dmesg | grep -cE 'DMAR:.*(fault|\[(DMA|INTR))')" 0
    works "the kernel's driver takes it back" reclaim "$slot"
    await_disks "$disk"{1,2}
    dd if=/tmp/by-lone of=/tmp/by-kernel bs=1M seek=54321 oflag=seek_bytes conv=notrunc status=none
    for n in 1 2; do
        checks=$((checks + 1))
        limited cmp -n 1000000 /tmp/by-kernel "$disk$n" || fail "what the kernel reads from namespace $n"
    done
    rm -f /tmp/by-{kernel,lone}
}

case ${PART-} in
session)
    mount_lone "$SLOT"
    accepts ctl 'init queues=1'
    mkdir cmd/a
    asks_for_formats
    protected
    interleaved
    guards_of_64_bits
    zones
    unmount_lone
    ;;
ordinary)
    mount_lone "$SLOT"
    accepts ctl 'init queues=1'
    ordinary
    unmount_lone
    ;;
*)
    slot=$(slot_of nvme0)
    until_true 20 controller_is_live "$slot" || fail "not live"
    disk=/dev/$(controller_of "$slot")n
    await_disks "$disk"{1,2}
    if [ "$VM_SET" = namespaces ]; then
        ordinary_disks
        finish
    fi
    await_disks "$disk"{3..5}
    head -c 512 /dev/urandom >/tmp/block
    head -c 4096 /dev/urandom >/tmp/block4k
    head -c 2112 /dev/urandom >/tmp/extended
    head -c 1000000 /dev/urandom >/tmp/large
    chmod 644 /tmp/{block,block4k,extended,large}
    # A guard that is known: that of "123456789" (the check value of CRC-16/T10-DIF)
    printf 123456789 >/tmp/check
    same "the guard of 123456789" "$(guard /tmp/check)" d0db

    works "the kernel writes namespace 2" dd if=/tmp/block of="${disk}2" bs=512 seek=2000 oflag=direct conv=notrunc status=none
    works "the kernel writes namespace 3" nvme io-passthru "${disk}3" --opcode=1 --namespace-id=3 --cdw10=2000 --cdw12=3 \
        --data-len=2112 --write --input-file=/tmp/extended
    for block in 5120 5121; do
        works "the kernel writes zone 5" dd if=/tmp/block4k of="${disk}4" bs=4096 seek=$block count=1 oflag=direct conv=notrunc status=none
    done

    for block in $((beyond - 1)) $((beyond + 1000)); do
        works "the kernel writes namespace 5" dd if=/tmp/block4k of="${disk}5" bs=4096 seek="$block" count=1 oflag=direct conv=notrunc status=none
    done

    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    as_owner session SLOT="$slot"
    same "DMA faults" "$(dmesg | grep -cE 'DMAR:.*(fault|\[(DMA|INTR))')" 0
    works "the kernel's driver takes it back" reclaim "$slot"
    await_disks "$disk"{2..5}

    # The kernel has guards and reference tags checked (PRCHK 2 and 0), and checks them itself
    checks=$((checks + 1))
    limited dd if="${disk}5" bs=4096 skip=$((beyond - 123)) count=246 iflag=direct status=none >/tmp/read || fail "the kernel cannot read around 2^32 blocks: $(dmesg | tail -3)"
    equal "what the kernel reads around 2^32 blocks" <(tail -c +$((123 * 4096 - 500123 + 1)) /tmp/read | head -c 1000000) /tmp/large
    checks=$((checks + 1))
    limited dd if="${disk}5" bs=4096 skip=$(($(blockdev --getsize64 "${disk}5") / 4096 - 3)) iflag=direct status=none >/tmp/read || fail "the kernel cannot read the last blocks"
    equal "what the kernel reads of the last blocks" /tmp/read <(head -c 12288 /tmp/large)
    for block in $((beyond + 1000)) $((beyond + 2000)) $((beyond + 2003)); do
        limited dd if="${disk}5" bs=4096 skip="$block" count=1 iflag=direct status=none >/tmp/read
        equal "block $block of namespace 5" /tmp/read /tmp/block4k
    done
    rm -f /tmp/read
    for block in 1000 1001; do
        limited nvme read "${disk}2" --start-block=$block --block-count=0 --data-size=512 --prinfo=13 --ref-tag=$block \
            --data=/tmp/read >/tmp/says 2>&1 || fail "nvme read: $(cat /tmp/says)"
        equal "block $block of namespace 2" /tmp/read /tmp/block
    done
    limited nvme io-passthru "${disk}3" --opcode=2 --namespace-id=3 --cdw10=1000 --cdw12=3 --data-len=2112 --read --raw-binary >/tmp/read
    equal "namespace 3" /tmp/read /tmp/extended
    for block in 3072 3073 3074; do
        limited dd if="${disk}4" bs=4096 skip=$block count=1 iflag=direct status=none >/tmp/read
        equal "block $block of namespace 4" /tmp/read /tmp/block4k
    done
    report=$(limited nvme zns report-zones "${disk}4" -o json) || fail "report-zones"
    same "the write pointer of zone 3" "$(jq -r '.zone_list[3].wptr // .zone_list[3].wp' <<<"$report")" 3075
    same "the state of zone 4" "$(jq -r '.zone_list[4].state' <<<"$report")" EMPTY
    rm -f /tmp/{read,says,check,plain,block,block4k,extended,large}
    ;;
esac
finish
