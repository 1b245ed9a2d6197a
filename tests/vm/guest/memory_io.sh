#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The memory of the controller's own through VFIO: data, submission queues, PRP lists and SGL segments in the Controller
# Memory Buffer, data in the Persistent Memory Region. What lonefs writes from there the kernel's driver reads afterwards, and
# what that has written before is read there.
# vm: devices=memory limit=180
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

readonly blocks=128 bytes=65536

# equal WHAT FILE FILE
equal()
{
    checks=$((checks + 1))
    cmp "$2" "$3" || fail "$1: other bytes"
}

# object NAME WHERE BYTES
object()
{
    mkdir "mem/$1"
    accepts "mem/$1/where" "$2"
    accepts "mem/$1/size" "$3"
}

# does OPCODE BLOCK [NAME=TEXT…]: a command of 64 KiB with these of the object's files written before
does()
{
    local opcode=$1 block=$2 setting
    shift 2
    mkdir cmd/does
    for setting; do accepts "cmd/does/${setting%%=*}" "${setting#*=}"; done
    [ "$opcode" = read ] || [[ " $* " == *" mem="* ]] || cat /tmp/pattern.host >cmd/does/data
    accepts cmd/does/ctl "run $opcode NSID=1 SLBA=$block NLB=$((blocks - 1))"
    [ "$opcode" = write ] || [[ " $* " == *" mem="* ]] || cat cmd/does/data >/tmp/read
}

# data WHERE BLOCK: there, 64 KiB to that block, and from the block at 0, which the kernel's driver wrote
data()
{
    object "$1" "$1" $((2 * bytes))
    cat "/tmp/pattern.$1" >"mem/$1/data"
    does write "$2" mem="$1"
    rmdir cmd/does
    does read 0 mem="$1" mem_offset=$bytes
    dd if="mem/$1/data" bs=$bytes skip=1 count=1 status=none >/tmp/read
    equal "what the kernel wrote, in the $1" /tmp/read /tmp/by-kernel
    rmdir cmd/does
    # It is the controller that has it: the bytes are in its BAR.
    bar=$(sed 's/.*BAR \([0-5]\) at.*/\1/' "mem/$1/pages") at=$(sed 's/.* at \(0x[0-9a-f]*\).*/\1/' "mem/$1/pages")
    dd if="bar/$bar" bs=4096 skip=$((at / 4096 + bytes / 4096)) count=16 status=none >/tmp/read
    equal "the same in bar/$bar" /tmp/read /tmp/by-kernel
}

# lists: PRP lists and SGL segments in the buffer, their data in the host
lists()
{
    local i expected='' iova
    object list cmb 4096
    object pages host $bytes
    cat /tmp/pattern.prp >mem/pages/data
    does write 1024 mem=pages prp_list=list
    iova=$(<mem/pages/iova)
    for i in {1..15}; do expected+=$(printf '%016x' $((iova + i * 4096))); done
    same "the PRP list in the buffer" "$(od -An -v -tx8 -N 120 mem/list/data | tr -d ' \n')" "$expected"
    same "PRP2 is its address" "$(<cmd/does/sqe/PRP2)" "$(<mem/list/iova)"
    rmdir cmd/does
    does read 0 prp_list=list
    equal "read by a PRP list in the buffer" /tmp/read /tmp/by-kernel
    rmdir cmd/does

    # QEMU takes data to be where their SGL's first segment is: in the buffer both, or neither.
    iova=$(<mem/cmb/iova)
    cat /tmp/pattern.sgl >mem/cmb/data
    does write 2048 mem=cmb prp_list=list pointers=sgl sgl='block=512 block=12288 block segment=2'
    same "SGL1 is a Segment (2h) of two descriptors" \
        "$(<cmd/does/sqe/SGL1/ADDR) $(<cmd/does/sqe/SGL1/LENGTH) $(<cmd/does/sqe/SGL1/TYPE)" "$(<mem/list/iova) 0x20 0x2"
    # An address, a length, and in bits 127:124 the type: Data Block (0h), then Last Segment (3h)
    same "the first descriptor" "$(od -An -v -tx8 -N 16 mem/list/data | tr -d ' \n')" "$(printf '%016x%016x' "$iova" 512)"
    same "the type of the second one" "$(od -An -v -tx1 -j 31 -N 1 mem/list/data | tr -d ' ')" 30
    rmdir cmd/does
    does read 0 mem=cmb mem_offset=$bytes prp_list=list pointers=sgl sgl='block=4096 block=4096 block segment=2'
    dd if=mem/cmb/data bs=$bytes skip=1 count=1 status=none >/tmp/read
    equal "read by SGL segments in the buffer" /tmp/read /tmp/by-kernel
    rmdir cmd/does
    mkdir cmd/does
    accepts cmd/does/prp_list list
    accepts cmd/does/pointers sgl
    accepts cmd/does/sgl 'block=4096 block'
    refuses cmd/does/ctl 'run read NSID=1 NLB=15' EIO
    shows cmd/does/status '0x012 Invalid Use of Controller Memory Buffer'
    rmdir cmd/does
}

# queue: a submission queue in the buffer; the completion queue where CMBSZ.CQS says
queue()
{
    local n
    shows nvme/CMBSZ/SQS 0x1
    shows nvme/CMBSZ/CQS 0x0
    object queue cmb 4096
    mkdir queues/cq/2 queues/sq/2
    accepts queues/sq/2/entries 16
    accepts queues/sq/2/mem queue
    accepts queues/sq/2/CQID 2
    accepts queues/cq/2/ctl create
    accepts queues/sq/2/ctl create
    same "its address" "$(<queues/sq/2/iova)" "$(<mem/queue/iova)"
    mkdir cmd/queued
    accepts cmd/queued/queue 2
    accepts cmd/queued/data_size $bytes
    for n in {1..40}; do
        printf 'run read NSID=1 SLBA=0 NLB=%d' $((blocks - 1)) >cmd/queued/ctl || fail "read $n: $(<cmd/queued/error)"
    done
    cat cmd/queued/data >/tmp/read
    equal "read through a queue in the buffer" /tmp/read /tmp/by-kernel
    same "SQID" "$(<cmd/queued/cqe/SQID)" 0x2
    same "the entry" "$(od -An -v -tx1 -j $((39 % 16 * 64)) -N 64 mem/queue/data)" "$(od -An -v -tx1 cmd/queued/sqe/raw)"
    cat /tmp/pattern.queue >cmd/queued/data
    accepts cmd/queued/ctl "run write NSID=1 SLBA=3072 NLB=$((blocks - 1))"
    accepts queues/sq/2/ctl delete
    accepts queues/cq/2/ctl delete
    rmdir cmd/queued queues/sq/2 queues/cq/2
}

# mixed: data half in the host and half in the buffer, which QEMU refuses: 12h, Invalid Use of Controller Memory Buffer
mixed()
{
    mkdir cmd/mixed
    accepts cmd/mixed/data_size 8192
    accepts cmd/mixed/ctl "set write NSID=1 SLBA=4096 NLB=15"
    accepts cmd/mixed/sqe/PRP1 "$(<mem/pages/iova)"
    accepts cmd/mixed/sqe/PRP2 "$(<mem/cmb/iova)"
    refuses cmd/mixed/ctl run EIO
    shows cmd/mixed/status '0x012 Invalid Use of Controller Memory Buffer'
    rmdir cmd/mixed
}

# reset: everything there is lost and comes back
reset()
{
    accepts ctl "$1"
    same "ctl after $1" "$(head -n 1 mem/cmb/ctl)" lost
    unreadable mem/cmb/data ENXIO
    accepts ctl 'init queues=1'
    accepts mem/cmb/ctl map
    does read 0 mem=cmb
    dd if=mem/cmb/data bs=$bytes count=1 status=none >/tmp/read
    equal "in the buffer after $1" /tmp/read /tmp/by-kernel
    rmdir cmd/does
}

in_memory()
{
    mount_lone "$SLOT"
    accepts ctl 'init queues=1'
    data cmb 256
    data pmr 512
    lists
    queue
    mixed
    reset 'reset flr'
    unmount_lone
}

case ${PART-} in
session) in_memory ;;
*)
    slot=$(slot_of nvme0)
    until_true 20 controller_is_live "$slot" || fail "not live"
    disk=/dev/$(controller_of "$slot")n1
    await_disks "$disk"
    for name in by-kernel pattern.{host,cmb,pmr,prp,sgl,queue}; do head -c $bytes /dev/urandom >"/tmp/$name"; done
    chmod 644 /tmp/by-kernel /tmp/pattern.*
    works "the kernel writes" dd if=/tmp/by-kernel of="$disk" bs=$bytes conv=fsync,notrunc status=none
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    as_owner session SLOT="$slot"
    same "DMA faults" "$(dmesg | grep -cE 'DMAR:.*(fault|\[(DMA|INTR))')" 0
    works "the kernel's driver takes it back" reclaim "$slot"
    await_disks "$disk"
    for place in 256:cmb 512:pmr 1024:prp 2048:sgl 3072:queue; do
        limited dd if="$disk" bs=512 skip="${place%:*}" count=$blocks status=none >/tmp/read
        equal "what the kernel reads of what was written from ${place#*:}" /tmp/read "/tmp/pattern.${place#*:}"
    done
    rm -f /tmp/read /tmp/by-kernel /tmp/pattern.*
    ;;
esac
finish
