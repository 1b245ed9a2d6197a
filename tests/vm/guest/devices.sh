#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What makes each device set different is really there.
# vm: devices=namespaces,formats,group,memory,sriov,slow,amd,wide limit=120
. "$(dirname "$0")/lib.sh"

slot=$(slot_of nvme0)
controller=$(controller_of "$slot")

# format_of NSID FIELD: a number of `nvme id-ns` (nlbaf, flbas …).
format_of() { limited nvme id-ns "/dev/$controller" -n "$1" | sed -n "s/^$2 *: *//p"; }
# block_size NSID
block_size() { limited nvme id-ns "/dev/$controller" -n "$1" | sed -n 's/^lbaf.*lbads:\([0-9]*\).*in use.*/\1/p'; }
# read_block NSID LBA: what nvme says, without the data
read_block()
{
    { limited nvme read "/dev/${controller}n$1" -s "$2" -c 0 -z "$((1 << $(block_size "$1")))" >/dev/null; } 2>&1
}

case $VM_SET in
namespaces)
    await_disks "/dev/${controller}n"{1,2}
    same "512-byte blocks" "$(block_size 1)" 9
    same "4096-byte blocks" "$(block_size 2)" 12
    ;;
formats)
    await_disks "/dev/${controller}n"{1..5}
    same "no protection" "$(($(format_of 1 dps)))" 0
    same "protection type 1" "$(($(format_of 2 dps)))" 1
    matches "metadata in the same buffer" "$(format_of 3 flbas)" '^0x1.$'
    same "blocks that 32 bits cannot count" "$(($(limited blockdev --getsize64 "/dev/${controller}n5") / 4096 >> 32))" 1
    matches "64b guards" "$(limited nvme nvm-id-ns "/dev/${controller}n5" 2>&1)" 'pif:2[^(]*\(in use\)'
    matches "zoned" "$(limited nvme zns id-ns "/dev/$controller" -n 4 2>&1)" 'zsze'
    ;;
group)
    same "one group" "$(group_of "$slot")" "$(group_of "$(slot_of nvme1)")"
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    matches "not viable with half of it" "$(as_tester try vfio "$(group_of "$slot")" "$slot" 2>&1)" 'not viable'
    works "back" reclaim "$slot"
    ;;
memory)
    registers=$(limited nvme show-regs "/dev/$controller" -H 2>&1)
    matches "CAP.CMBS" "$registers" '\(CMBS\): The Controller Memory Buffer is Supported'
    matches "CAP.PMRS" "$registers" '\(PMRS\): The Persistent Memory Region is Supported'
    matches "two more BARs" "$(lspci -v -s "$slot" | grep -c 'size=16M')" '^2$'
    ;;
sriov)
    matches "extended capabilities" "$(lspci -vvv -s "$slot")" 'Alternative Routing-ID.*Single Root I/O'
    echo 2 >"/sys/bus/pci/devices/$slot/sriov_numvfs"
    same "virtual functions" "$(lspci -n -d 1b36:0010 | wc -l)" 3
    echo 0 >"/sys/bus/pci/devices/$slot/sriov_numvfs"
    same "gone again" "$(lspci -n -d 1b36:0010 | wc -l)" 1
    ;;
slow)
    await_disks "/dev/${controller}n"{1..4}
    works "an ordinary read" read_block 1 1000
    began=${EPOCHREALTIME/[.,]/}
    read_block 2 1000 >/dev/null
    matches "20 ms" "$(((${EPOCHREALTIME/[.,]/} - began) / 1000))" '^([2-9][0-9]|[0-9]{3,})$'
    works "the neighbour of a bad block" read_block 4 1001
    matches "a bad block" "$(read_block 4 1000)" 'Unrecovered Read Error|UNRECOVERED|0x[24]281'
    began=${EPOCHREALTIME/[.,]/}
    for n in {1..32}; do read_block 3 "$n" >/dev/null; done
    matches "8 commands a second" "$(((${EPOCHREALTIME/[.,]/} - began) / 1000))" '^([2-9][0-9]{3}|[0-9]{5,})$'
    ;;
amd)
    matches "an AMD IOMMU" "$(ls /sys/class/iommu)" 'ivhd'
    ;;
wide)
    node=$(expose "$slot" tester)
    matches "48 bits" "$(as_tester try vfio "${node##*/}" "$slot")" '-0xffffffffffff'
    works "back" reclaim "$slot"
    ;;
esac
finish
