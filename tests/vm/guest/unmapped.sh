#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Addresses behind the IOMMU where no memory is, for data, lists and queues, and memory that may be read only or written only:
# what QEMU's controller makes of each, that the IOMMU has stopped it, and that everything works again afterwards. QEMU looks at
# what became of lists and of queues' entries; of data it does not.
# vm: devices=plain limit=180
# vm-allow: DMAR: (DRHD: handling fault status|\[DMA (Read|Write) NO_PASID\] Request device \[00:05.0\] fault addr 0x)
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

ok='0x000 Successful Completion' transfer='0x004 Data Transfer Error'

# object NAME: 16 KiB, filled with A
object()
{
    mkdir "mem/$1"
    accepts "mem/$1/size" 16384
    head -c 16384 /dev/zero | tr '\0' A | cat >"mem/$1/data"
}

# only_a NAME: nothing has changed it
only_a() { same "mem/$1/data" "$(tr -d A <"mem/$1/data" | wc -c)" 0; }

# answers STATUS LINE: to the object c
answers()
{
    "$PROBE" write cmd/c/ctl "submit $2" >/dev/null
    same "$2" "$(limited cat cmd/c/status 2>&1)" "$1"
}

begin()
{
    mount_lone "$SLOT"
    accepts ctl 'init queues=1'
    mkdir cmd/c
    object m
    # Block 0 holds what the kernel's driver has left there; blocks 64 to 71 hold A
    accepts cmd/c/mem m
    answers "$ok" 'write NSID=1 SLBA=64 NLB=7'
    cat mem/m/iova >/tmp/iova
}

# end: the controller works, with the same memory
end()
{
    accepts mem/m/ctl map
    accepts mem/m/access rw
    accepts cmd/c/mem m
    head -c 4096 /dev/zero | cat >mem/m/data
    answers "$ok" 'read NSID=1 SLBA=64 NLB=7'
    only_a m
    answers "$ok" 'identify CNS=1'
    matches "MN" "$(<cmd/c/result/MN)" '^QEMU NVMe Ctrl'
    session again
    unmount_lone
}

# Data that cannot be written: status 0, and nothing has changed. What may be done comes second: of a page whose rights it has
# looked up already, QEMU's IOMMU tells no fault.
data_unmapped()
{
    begin
    accepts mem/m/ctl unmap
    answers "$ok" 'read NSID=1 SLBA=0 NLB=7'
    only_a m
    end
}
data_read_only()
{
    begin
    accepts mem/m/access r
    answers "$ok" 'read NSID=1 SLBA=0 NLB=7'
    only_a m
    answers "$ok" 'write NSID=1 SLBA=64 NLB=7' # which the controller may
    end
}
# Linux gives no write-only pages on Intel's IOMMU: reading is possible as well.
data_write_only()
{
    begin
    accepts mem/m/access w
    answers "$ok" 'write NSID=1 SLBA=128 NLB=7'
    head -c 4096 /dev/zero | cat >mem/m/data
    answers "$ok" 'read NSID=1 SLBA=128 NLB=7'
    only_a m
    end
}

# Lists: Data Transfer Error
list_unmapped()
{
    begin
    object list
    accepts cmd/c/mem host
    accepts mem/list/ctl unmap
    cat mem/list/iova >/tmp/iova
    answers "$transfer" "read NSID=1 SLBA=0 NLB=31 PRP1=$(<mem/m/iova) PRP2=$(<mem/list/iova)"
    answers "$transfer" "read NSID=1 SLBA=0 NLB=7 PSDT=1 SGL1.ADDR=$(<mem/list/iova) SGL1.LENGTH=32 SGL1.TYPE=LAST_SEGMENT"
    only_a m
    end
}

# fatal REGEX: the controller has stopped, and status says where to look; then it comes back by `$1`
fatal()
{
    limited cat nvme/wait/CSTS.CFS=1,timeout=10 >/dev/null || fail "no CFS"
    matches "status" "$(<status)" 'fatal: .*CSTS\.CFS=1.*reset controller'
    matches "status" "$(<status)" "$2"
    accepts ctl "$1"
    shows cmd/c/state lost
    shows nvme/CSTS/CFS 0x0
    accepts ctl 'init queues=1'
}

# The memory of queues is taken away while they are live
# queue_in KIND: a pair with id 2 whose memory is mem/q
queue_in()
{
    object q
    mkdir queues/cq/2 queues/sq/2
    accepts "queues/$1/2/entries" 64
    accepts "queues/$1/2/mem" q
    accepts queues/sq/2/CQID 2
    accepts queues/cq/2/ctl create
    accepts queues/sq/2/ctl create
    accepts cmd/c/queue 2
    answers "$ok" 'flush NSID=1'
    accepts mem/q/ctl unmap
    cat mem/q/iova >/tmp/iova
    accepts cmd/c/ctl 'submit flush NSID=1'
}
sq_unmapped()
{
    begin
    queue_in sq
    fatal 'reset controller' 'last write +SQ2TDBL = 0x2 '
    accepts cmd/c/queue auto
    end
}
cq_unmapped()
{
    begin
    queue_in cq
    fatal 'reset flr' 'last write +SQ2TDBL = 0x2 '
    accepts cmd/c/queue auto
    end
}

faults() { dmesg | grep -cE "DMAR: \[DMA $1 NO_PASID\] Request device \[00:05.0\] fault addr $2"; }

# shows_fault PART Read|Write: it took place where the part said
shows_fault()
{
    local address
    # The kernel writes no more than ten in five seconds, and those of the part before may have been as many.
    sleep 5.5
    dmesg -C
    as_owner "$1" SLOT="$slot"
    address=$(printf '0x%x' "$(cat /tmp/iova)")
    matches "$1: faults of a $2 at $address" "$(faults "$2" "${address%000}")" '^[1-9]'
    echo "$1: $(dmesg | grep -c 'fault addr') faults told"
}

if [ -n "${PART-}" ]; then
    $PART
    finish
fi
slot=$(slot_of nvme0)
expose "$slot" tester >/dev/null || fail "cannot expose $slot"
shows_fault data_unmapped Write
shows_fault data_read_only Write
as_owner data_write_only SLOT="$slot"
shows_fault list_unmapped Read
shows_fault sq_unmapped Read
shows_fault cq_unmapped Write
works "the kernel's driver takes it back" reclaim "$slot"
finish
