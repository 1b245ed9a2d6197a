#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# lone-setup on other machines: functions that share a group, namespaces behind multipath, bridges, an AMD IOMMU.
# vm: devices=group,sriov,amd user=root limit=120
# shellcheck source=tests/vm/guest/setup_lib.sh
. "$(dirname "$0")/setup_lib.sh"

slot=$(slot_of nvme0)
group=
[ "$VM_IOMMU" = none ] || group=$(group_of "$slot")

there_and_back()
{
    remember "$slot"
    expect 0 lone-setup requirements
    expect 0 lone-setup expose "$slot" tester
    same owner "$(owner_of "$slot")" 'tester 600'
    expect 0 as_tester try vfio "$group" "$slot"
    expect 0 lone-setup reclaim "$slot"
    unchanged "$slot"
    disk_works /dev/nvme0n1
}

shared_group()
{
    local other
    other=$(slot_of nvme1)
    same group "$(group_of "$other")" "$group"
    remember "$slot"
    remember "$other"
    expect 0 lone-setup expose "$slot" tester
    says "^$slot shares IOMMU group $group with $other: nobody can use it until that is exposed too$"
    expect 1 as_tester try vfio "$group" "$slot"
    says 'not viable'
    expect 0 lone-setup expose "$other" tester
    same "lines about the group" "$(grep -c shares "$out")" 0
    expect 0 as_tester try vfio "$group" "$slot"

    # Who has one of them open has the group: no other driver may come into it.
    as_tester try hold "$group" "$slot" >/tmp/hold 2>&1 &
    wait_for grep -q READY /tmp/hold
    refuse "has /dev/vfio/$group open" lone-setup reclaim "$other"
    pkill -x try
    wait
    expect 0 lone-setup reclaim "$other"
    same owner "$(owner_of "$slot")" 'tester 600'
    expect 0 lone-setup reclaim "$slot"
    unchanged "$slot"
    unchanged "$other"
    disk_works /dev/nvme0n1
    disk_works /dev/nvme1n1
}

multipath()
{
    local loop
    wait_for test -b /dev/nvme0n1
    expect 0 ls "/sys/bus/pci/devices/$slot/nvme/nvme0"
    says 'nvme0c0n1'
    remember "$slot"
    make_fs /dev/nvme0n1
    mkdir -p /mnt/a
    works mount mount /dev/nvme0n1 /mnt/a
    refuse 'nvme0n1 is mounted on /mnt/a.*cannot be overridden' lone-setup expose "$slot" tester --force
    umount /mnt/a
    holds /dev/nvme0n1
    refuse "process $! has /dev/nvme0n1 open" lone-setup expose "$slot" tester
    kill $!
    wait
    holds /dev/ng0n1
    refuse "process $! has /dev/ng0n1 open" lone-setup expose "$slot" tester
    kill $!
    wait
    # The head disk under another name, below a loop device, and claimed.
    # shellcheck disable=SC2046 # two words
    mknod /tmp/node b $(tr : ' ' </sys/class/block/nvme0n1/dev)
    holds /tmp/node
    refuse "process $! has /tmp/node open" lone-setup expose "$slot" tester
    kill $!
    wait
    modprobe loop
    loop=$(losetup -f --show /tmp/node)
    refuse "nvme0n1 is held by ${loop#/dev/}" lone-setup expose "$slot" tester
    losetup -d "$loop"
    works mount mount /dev/nvme0n1 /mnt/a
    holds /mnt/a/lost+found
    umount -l /mnt/a
    refuse "nvme0n1 has a file system that is used.*cannot be overridden" lone-setup expose "$slot" tester --force
    kill $!
    wait
    wait_for is_free "$slot"
    unchanged "$slot"
}

bridge()
{
    refuse 'is a bridge' lone-setup expose 0000:00:1c.0 tester
}

virtual_functions()
{
    local device=/sys/bus/pci/devices/$slot
    remember "$slot"
    # QEMU gives virtual functions what the primary one leaves; here it is enough that they exist.
    echo 0 >"$device/sriov_drivers_autoprobe"
    echo 1 >"$device/sriov_numvfs"
    same "virtual functions" "$(cat "$device/sriov_numvfs")" 1
    refuse 'has 1 virtual functions' lone-setup expose "$slot" tester
    echo 0 >"$device/sriov_numvfs"
    unchanged "$slot"
}

no_iommu()
{
    local device=/sys/bus/pci/devices/$slot
    expect 1 lone-setup requirements
    says '^FAIL +iommu'
    says '^FAIL +interrupt remapping'
    expect 0 lone-setup list
    says "^$slot +1b36:0010 +nvme +- +- +no "
    refuse "$slot is in no IOMMU group.*lone-setup requirements" lone-setup expose "$slot" tester
    same driver "$(driver_of "$slot")" nvme
    same override "$(cat "$device/driver_override")" '(null)'

    # A group that VFIO makes up is not one. Debian's kernel cannot do that.
    [ -e /sys/module/vfio/parameters/enable_unsafe_noiommu_mode ] || return 0
    echo 1 >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode
    echo vfio-pci >"$device/driver_override"
    echo "$slot" >"$device/driver/unbind"
    echo "$slot" >/sys/bus/pci/drivers_probe
    same driver "$(driver_of "$slot")" vfio-pci
    refuse "$slot is in a noiommu group" lone-setup expose "$slot" tester
    expect 1 lone-setup requirements
    says '^FAIL +iommu'
    expect 0 lone-setup reclaim "$slot"
    same driver "$(driver_of "$slot")" nvme
    echo 0 >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode
    disk_works /dev/nvme0n1
}

echo 16 >/proc/sys/vm/nr_hugepages
case $VM_SET-$VM_IOMMU in
*-none) parts=(no_iommu) ;;
group-*) parts=(shared_group) ;;
sriov-*) parts=(multipath bridge virtual_functions there_and_back) ;;
*) parts=(there_and_back) ;;
esac
for name in "${parts[@]}"; do
    part "$name"
done
finish
