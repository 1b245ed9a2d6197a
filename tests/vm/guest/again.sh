#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One mount right after the other, of the same function and of another one in its group: after fusermount3 -u, after
# `unmount`, and after SIGKILL. And a copy of the mount in another mount namespace keeps the device, but not for ever.
# interface: MO19
# vm: devices=plain,group limit=240
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

: "${ROUNDS:=6}"

# mounts WHAT SLOT: and it is that function
mounts()
{
    said=$(limited "$LONEFS" "$2" "$M" 2>&1)
    same "$1: exit status of lonefs $2 ($said)" $? 0
    same "$1: device" "$(limited cat "$M/device")" "$2"
    same "$1: RDY" "$(limited cat "$M/nvme/CSTS/RDY")" 0x0
}

is_free() { (exec 9<>"/dev/vfio/$GROUP"); }

at_once()
{
    local n slot
    mkdir -p "$M"
    for n in $(seq "$ROUNDS"); do
        for slot in $SLOTS; do
            mounts "round $n after unmounting" "$slot"
            works "init" "$PROBE" write "$M/ctl" init
            works "unmounting" fusermount3 -u "$M"
        done
    done
    for n in $(seq "$ROUNDS"); do
        for slot in $SLOTS; do
            mounts "round $n after \`unmount\`" "$slot"
            works "unmount" "$PROBE" write "$M/ctl" unmount
            works "opening the group, which is free when that returns" is_free
        done
    done
    for n in $(seq "$ROUNDS"); do
        for slot in $SLOTS; do
            mounts "round $n after SIGKILL" "$slot"
            [ "$n" = 1 ] || matches "it says" "$said" 'taking over'
            works "init" "$PROBE" write "$M/ctl" init
            kill -KILL "$(lone_pids "$M")"
        done
    done
    mounts "the last" "$slot"
    works "unmounting" fusermount3 -u "$M"
    ends
}

# As root: the mount is copied, unmounted here, and lives there.
copied()
{
    local copy server output way
    for way in TERM USR1 unmount; do
        as_tester mkdir -p "$M"
        as_tester timeout 30 "$LONEFS" "$slot" "$M" -o allow_other || fail "cannot mount"
        server=$(lone_pids "$M")
        unshare -m --propagation private sleep 100 &
        copy=$!
        until_true 10 copied_to "$copy" || fail "no copy"
        if [ "$way" = unmount ]; then
            works "unmount" as_tester "$PROBE" write "$M/ctl" unmount
        else
            works "unmounting" as_tester fusermount3 -u "$M"
            sleep 1 # long enough for a device to be closed, if it were
            same "who serves the copy" "$(lone_pids)" "$server"
            output=$(as_tester timeout 30 "$LONEFS" "$slot" "$M" 2>&1)
            same "mounting it a second time" $? 1
            matches "what it says" "$output" "in use: IOMMU group.*copy of its mount.*kill"
            kill "-$way" "$server"
        fi
        checks=$((checks + 1))
        until_true 15 nobody_serves || fail "it does not end by $way"
        as_tester timeout 30 "$LONEFS" "$slot" "$M" || fail "the device is not free after $way"
        works "unmounting" as_tester fusermount3 -u "$M"
        ends
        kill "$copy"
    done
}
copied_to() { [ "$(readlink "/proc/$1/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] && grep -q " $M fuse.lonefs " "/proc/$1/mounts"; }

if [ -n "${PART-}" ]; then
    $PART
    finish
fi

M=/tmp/mount.1000
slot=$(slot_of nvme0)
slots=$slot
expose "$slot" tester >/dev/null || fail "cannot expose $slot"
if [ "$VM_SET" = group ]; then
    slots+=" $(slot_of nvme1)"
    expose "$(slot_of nvme1)" tester >/dev/null || fail "cannot expose nvme1"
fi
LIMIT=200 as_owner at_once SLOTS="$slots" GROUP="$(group_of "$slot")"
[ "$VM_SET" = group ] || copied
for slot in $slots; do works "the kernel's driver takes it back" reclaim "$slot"; done
finish
