#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The device goes while it is mounted, with readers waiting and commands outstanding: unplugged as it should be, pulled out
# without a word, and taken away by its driver's unbind.
# interface: MO15
# vm: devices=hotplug,sriov limit=240
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

is_gone() { ! slot_of "$1" >/dev/null; }
is_unbound() { [ ! -e "/sys/bus/pci/devices/$1/driver" ]; }
is_off() { (((0x$(setpci -s 00:1c.0 CAP_EXP+18.W) & 0x700) == 0x700)); }
is_live() { slot_of nvme0 >/dev/null && controller_is_live "$(slot_of nvme0)"; }

# Mounts, and waits for what will not come: READY, then what becomes of each.
guest()
{
    local file files=(cmd/aer1/status cmd/aer2/cqe/raw 'nvme/wait/CSTS.SHST=2,timeout=60') server readers=()
    mkdir -p "$M"
    "$LONEFS" "$SLOT" "$M" -f >/tmp/said 2>&1 &
    server=$!
    checks=$((checks + 1))
    until_true 20 is_mounted "$M" || fail "not mounted"
    cd "$M" || exit 99
    session 1
    outstand 2
    echo 60 >timeout
    for file in "${files[@]}"; do
        begin_reading "$file" "/tmp/waits.${file//\//.}"
        readers+=("$READER")
    done
    # Keeps the mount busy: it has to end all the same.
    exec 5<version
    cd / || exit 99
    touch /tmp/ready
    wait "${readers[@]}"
    touch /tmp/ended
    # interface: ER24
    for file in "${files[@]}"; do
        same "who waited for $file" "$(cat "/tmp/waits.${file//\//.}")" ENODEV
    done
    exec 5<&-
    ends 20
    wait "$server"
    same "exit status" $? 3
    same "what it says" "$(cat /tmp/said)" "lonefs: $SLOT: the host took the device away: it was unbound or unplugged"
}

# Starts the above beside this, and waits until it is ready.
begin()
{
    rm -rf /tmp/ready /tmp/ended /tmp/waits.*
    as_tester env PART=guest SLOT="$slot" timeout -k 5 $((100 * ${VM_PATIENCE:-1})) bash "$0" &
    guest=$!
    checks=$((checks + 1))
    until_true 30 [ -e /tmp/ready ] || fail "not ready"
    began=${EPOCHREALTIME/[.,]/}
}

# end WHAT: the readers have their answers, lonefs ends.
end()
{
    checks=$((checks + 2))
    until_true 40 [ -e /tmp/ended ] || fail "$1: somebody still waits"
    echo "$1: all have their answer after $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms"
    wait $guest || fail "$1: exit status $?"
    echo "$1: lonefs has ended after $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms"
    same "$1: processes" "$(lone_pids)" ''
}

replug()
{
    works "plugging it in again" monitor device_add nvme,id=nvme0,serial=hotplug0,drive=disk0,bus=port0
    checks=$((checks + 1))
    until_true 30 is_live || fail "it did not come back"
}

unbound()
{
    begin
    timeout 60 bash -c "echo $slot >/sys/bus/pci/devices/$slot/driver/unbind" &
    unbind=$!
    end unbind
    wait $unbind
    same "unbind: exit status" $? 0
    works "unbind: the driver" is_unbound "$slot"
    works "the kernel's driver takes it" reclaim "$slot"
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
}

unplugged()
{
    begin
    works "unplugging" monitor device_del nvme0
    end unplug
    works "the event" monitor await DEVICE_DELETED 30 nvme0
    checks=$((checks + 1))
    until_true 20 is_gone nvme0 || fail "the kernel still shows it"
    replug
}

# QEMU's port lets go of what is in it when power and indicator are switched off. The kernel must not see that they were,
# for it would take the slot to be empty already: so the port keeps silent meanwhile, and then tells of Presence Detect
# Changed. (For what is not there QEMU answers reads of the BAR with zeros.)
pulled()
{
    begin
    works "the port's switches" setpci -s 00:1c.0 CAP_EXP+18.W=0000:0020 CAP_EXP+18.W=0700:0700 \
        CAP_EXP+18.W=0100:0700 CAP_EXP+18.W=0028:0028
    end pulled
    checks=$((checks + 1))
    until_true 20 is_gone nvme0 || fail "the kernel still shows it"
    # The kernel switches the power off, and the indicator a second later: QEMU would take what is plugged in before that
    # out again.
    works "the port is off" until_true 10 is_off
    monitor await DEVICE_DELETED 5 nvme0 >/dev/null
    replug
}

# As pulled, but nobody tells the kernel: what waits ends when its time is up, the mount can be ended at once. The process
# then takes a minute and more, because the kernel does when it resets what does not answer. So this is not run unless
# it is asked for: tests/vm/run --env PARTS=silent.
dead()
{
    mount_lone "$SLOT"
    session 1
    outstand 1
    echo 2 >timeout
    touch /tmp/ready
    until_true 30 [ -e /tmp/pulled ] || fail "not pulled"
    unreadable cmd/aer1/status ETIMEDOUT
    shows pcie/STS/value 0xffff
    matches "status" "$(cat status)" '^device'
    cd / || exit 99
    began=$SECONDS
    works "unmounting" fusermount3 -u "$M"
    matches "it took" $((SECONDS - began)) '^[0-5]$'
    ! is_mounted "$M" || fail "still mounted"
    began=$SECONDS
    until_true 90 nobody_serves "$M" || fail "lonefs does not end"
    echo "silent: unmounted at once, lonefs has ended after $((SECONDS - began)) s"
}

silent()
{
    rm -f /tmp/ready /tmp/pulled
    as_tester env PART=dead SLOT="$slot" timeout -k 5 $((150 * ${VM_PATIENCE:-1})) bash "$0" &
    guest=$!
    checks=$((checks + 1))
    until_true 30 [ -e /tmp/ready ] || fail "not ready"
    works "the port's switches" setpci -s 00:1c.0 CAP_EXP+18.W=0000:0020 CAP_EXP+18.W=0700:0700 CAP_EXP+18.W=0100:0700
    touch /tmp/pulled
    wait $guest || fail "silent: exit status $?"
    finish # the kernel has tried every reset: this machine's slot is no good any more
}

# A virtual function goes when its physical function is told to have none.
virtual()
{
    local physical server
    physical=/sys/bus/pci/devices/$(slot_of nvme0)
    echo 0 >"$physical/sriov_drivers_autoprobe"
    echo 1 >"$physical/sriov_numvfs"
    slot=$(basename "$(readlink "$physical/virtfn0")")
    M=/tmp/mount.1000
    as_tester mkdir -p "$M"
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    as_tester "$LONEFS" "$slot" "$M" -f >/tmp/said 2>&1 &
    server=$!
    checks=$((checks + 1))
    until_true 20 is_mounted "$M" || fail "not mounted"
    works "taking the virtual function away" timeout 60 bash -c "echo 0 >$physical/sriov_numvfs"
    wait "$server"
    same "exit status" $? 3
    same "what it says" "$(cat /tmp/said)" "lonefs: $slot: the host took the device away: it was unbound or unplugged"
    ends
}

if [ -n "${PART-}" ]; then
    $PART
    finish
fi
if [ "$VM_SET" = sriov ]; then
    virtual
    finish
fi

for part in ${PARTS:-unbound unplugged pulled}; do
    slot=$(slot_of nvme0)
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    $part
done
same "DMA faults" "$(dmesg | grep -cE 'DMAR:.*(fault|\[(DMA|INTR))')" 0
slot=$(slot_of nvme0)
expose "$slot" tester >/dev/null || fail "cannot expose $slot"
works "it is as good as new" as_tester timeout 30 try vfio "$(group_of "$slot")" "$slot"
finish
