#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The machine is what the other tests take it for: IOMMU, groups, the kernel's driver, vfio-pci, an ordinary user.
# vm: devices=plain,namespaces,formats,group,memory,sriov,hotplug,slow,amd,wide limit=120
. "$(dirname "$0")/lib.sh"

echo "Linux $(uname -r), $(nproc) CPUs, $VM_IOMMU IOMMU, IOMMU groups: $(find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l)"
[ "$VM_IOMMU" != none ] || skip "this machine has no IOMMU"
works "IOMMU" grep -q . <(ls /sys/class/iommu)
matches "fuse" "$(stat -c %a /dev/fuse)" '^666$'
matches "fusermount3" "$(stat -c %a%U /usr/bin/fusermount3)" '^4755root$'
same "the ordinary user" "$(as_tester id -u)" 1000
same "his memlock limit" "$(as_tester bash -c 'ulimit -l')" 8192

slots=()
for name in $(device_names); do
    # Slots of the hot-plug set may be empty.
    slot=$(slot_of "$name") || continue
    slots+=("$slot")
    same "$name: driver" "$(driver_of "$slot")" nvme
    checks=$((checks + 1))
    until_true 20 controller_is_live "$slot" || fail "$name: not live"
    controller=/dev/$(controller_of "$slot")
    matches "$name: Identify" "$(limited nvme id-ctrl "$controller" | sed -n 's/^mn *: *//p')" '^QEMU NVMe Ctrl'
    echo "$name: $slot, group $(group_of "$slot"), namespaces $(limited nvme list-ns "$controller" | sed 's/.*://' | paste -sd ' ')"
done
matches "controllers" "${#slots[@]}" '^[1-9]'

# All functions of a group together, as VFIO wants it.
for slot in "${slots[@]}"; do
    node=$(expose "$slot" tester)
    matches "$slot: node" "$node" '^/dev/vfio/[0-9]+$'
    same "$slot: driver" "$(driver_of "$slot")" vfio-pci
    same "$slot: owner" "$(stat -c '%U %a' "$node")" 'tester 600'
done
for slot in "${slots[@]}"; do
    output=$(as_tester timeout 30 try vfio "$(group_of "$slot")" "$slot" 4194304 2>&1)
    same "$slot: VFIO as an ordinary user" "$?: $(grep -c -e '^mapped 4194304' -e '^id 1b36:0010' <<<"$output")" '0: 2'
    echo "$slot: $(paste -sd ';' <<<"$output")"
    output=$(as_tester timeout 30 try vfio "$(group_of "$slot")" "$slot" 16777216 2>&1 >/dev/null)
    same "$slot: beyond the memlock limit" "$output" 'VFIO_IOMMU_MAP_DMA: ENOMEM'
    same "$slot: another user" "$(as_user other timeout 30 try vfio "$(group_of "$slot")" "$slot" 2>&1)" 'open group: EACCES'
done
for slot in "${slots[@]}"; do
    works "$slot: back to the kernel's driver" reclaim "$slot"
done
finish
