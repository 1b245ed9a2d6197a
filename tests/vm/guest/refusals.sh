#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What lonefs does not mount: a clear sentence, exit status 1 (2 for what can never be right), and everything as it was.
# Once more with `tests/vm/run --iommu none`, which is another machine.
# vm: devices=plain,group limit=180
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

slot=$(slot_of nvme0)
other=
node=

# What must not change.
state()
{
    local one device
    for one in $slot $other; do
        device=/sys/bus/pci/devices/$one
        echo "$one $(driver_of "$one") $(cat "$device/driver_override") $(cat "$device/enable")"
    done
    stat -c '%n %U %a' /dev/vfio/*
    grep fuse /proc/mounts
}

# refused REGEX COMMAND…: as tester; one line of stderr is like that. (`running` may say that a lonefs is meant to run,
# `expected` another exit status.)
refused()
{
    local regex=$1 before output status
    shift
    before=$(state)
    output=$(as_tester timeout -k 2 30 "$@" 2>&1 >/tmp/stdout)
    status=$?
    same "exit status of $*" "$status" "${expected:-1}"
    matches "$*" "$output" "(^|"$'\n'")lonefs: .*$regex"
    same "stdout of $*" "$(cat /tmp/stdout)" ''
    same "lines of $*" "$(grep -c '^lonefs: ' <<<"$output")" 1
    same "after $*" "$(state)" "$before"
    same "processes after $*" "$(lone_pids)" "${running:-}"
    echo "$output"
}

# It can be used all the same.
usable()
{
    works "$slot is usable" as_tester timeout 30 try vfio "$(group_of "$slot")" "$slot"
}

names()
{
    refused "there is no PCI function 0000:7f:1f.7; .lone-setup list." "$LONEFS" 0000:7f:1f.7 "$M"
    refused "there is no PCI function 0000:7f:1f.7" "$LONEFS" 7f:1f.7 "$M"
    for name in nvme0 0000:05:00 05.0 0000:00:05.00 0000:00:05.0x 0000:00:20.0 0000:00:05.8 /dev/nvme0 ../../etc ' ' '' 0x05; do
        expected=2 refused "is not a PCI slot: write it as 0000:3a:00.0" "$LONEFS" "$name" "$M"
    done
}

other_driver()
{
    local device=/sys/bus/pci/devices/$slot
    refused "$slot belongs to the driver nvme, .*lone-setup expose $slot 1000. " "$LONEFS" "$slot" "$M"
    echo "$slot" >"$device/driver/unbind"
    refused "$slot has no driver, .*lone-setup expose $slot 1000. " "$LONEFS" "$slot" "$M"
    echo "$slot" >/sys/bus/pci/drivers_probe
    until_true 20 controller_is_live "$slot" || fail "not live"
}

permissions()
{
    chown other "$node"
    refused "no permission to open $node: it belongs to user 1001 .mode 600., this is user 1000. .*lone-setup expose" "$LONEFS" "$slot" "$M"
    chown tester "$node"
    chmod 600 /dev/vfio/vfio
    refused "no permission to open /dev/vfio/vfio, .*chmod 666" "$LONEFS" "$slot" "$M"
    chmod 666 /dev/vfio/vfio
    mv "$node" /tmp/node
    refused "there is no $node although $slot is bound to vfio-pci" "$LONEFS" "$slot" "$M"
    mv /tmp/node "$node"
    usable
}

in_use()
{
    local running
    as_tester "$LONEFS" "$slot" "$M" || fail "cannot mount"
    running=$(lone_pids)
    as_tester mkdir -p "$M.2"
    refused "$slot is in use: IOMMU group [0-9]+ is open already" "$LONEFS" "$slot" "$M.2"
    refused "a lonefs is mounted there: end it with .fusermount3 -u $M" "$LONEFS" "$slot" "$M"
    if [ -n "$other" ]; then
        refused "$other is in use: IOMMU group [0-9]+ is open already.*also holds $slot" "$LONEFS" "$other" "$M.2"
    fi
    matches "the first one works" "$(as_tester cat "$M/nvme/CSTS/RDY")" '^0x0$'
    as_tester fusermount3 -u "$M" || fail "cannot unmount"
    checks=$((checks + 1))
    until_true 30 nobody_serves "$M" || fail "it does not end"
    usable
}

# Smaller pieces of memory are tried as well, so that the limit bites where it is really too low.
memory()
{
    local output
    MEMLOCK=65536 as_tester timeout 30 "$LONEFS" "$slot" "$M" || fail "cannot mount"
    same "init with 64 KiB" "$(as_tester timeout 30 "$PROBE" write "$M/ctl" 'init queues=4 entries=1024' 2>&1)" ENOMEM
    output=$(as_tester cat "$M/error")
    echo "$output"
    matches "too little memory" "$output" 'memlock limit of this process is 65536 bytes, and [0-9]+ of them are taken.*prlimit --pid [0-9]+ --memlock'
    same "a register" "$(as_tester cat "$M/nvme/VS/MJR")" 0x1
    # As the text says.
    prlimit --pid "$(lone_pids "$M")" --memlock=unlimited
    same "init with more" "$(as_tester timeout 30 "$PROBE" write "$M/ctl" 'init queues=4 entries=1024' 2>&1)" OK
    as_tester fusermount3 -u "$M" || fail "cannot unmount"
    checks=$((checks + 1))
    until_true 30 nobody_serves "$M" || fail "it does not end"
    usable
}

# The device is open by then.
mount_point()
{
    mkdir -p /mnt/roots
    refused "/mnt/roots: cannot mount" "$LONEFS" "$slot" /mnt/roots
    usable
    refused "/mnt/no such: .*make it with .mkdir" "$LONEFS" "$slot" "/mnt/no such"
    refused "/etc/passwd: is not a directory" "$LONEFS" "$slot" /etc/passwd
    chmod 600 /dev/fuse
    refused "is /dev/fuse there" "$LONEFS" "$slot" "$M"
    chmod 666 /dev/fuse
    usable
    expected=2 refused "nosuchoption: there is no such option" "$LONEFS" "$slot" "$M" -o nosuchoption
    usable
}

not_viable()
{
    node=$(expose "$slot" tester)
    refused "group [0-9]+ of $slot cannot be used as long as other drivers hold functions in it: $other .nvme.\. Expose this one too" "$LONEFS" "$slot" "$M"
    expose "$other" tester >/dev/null || fail "cannot expose $other"
    usable
}

as_tester mkdir -p "$M"
if [ "$VM_IOMMU" = none ]; then
    names
    refused "$slot is in no IOMMU group: .*intel_iommu=on" "$LONEFS" "$slot" "$M"
    finish
fi
[ "$VM_SET" != group ] || other=$(slot_of nvme1)
if [ -n "$other" ]; then
    not_viable
    in_use
    reclaim "$other" || fail "cannot reclaim $other"
else
    names
    other_driver
    node=$(expose "$slot" tester)
    permissions
    in_use
    memory
    mount_point
fi
works "the kernel's driver takes it back" reclaim "$slot"
finish
