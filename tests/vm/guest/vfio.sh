#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# core/device/vfio against the kernel: everything that vfio_probe tries, as an ordinary user and (plain) as root; refusals; a
# device that the host wants back, that stops answering, that is unplugged.
# vm: devices=plain,group,memory,sriov,hotplug,amd,wide limit=300
. /lone/tests/vm/guest/lib.sh

probe=${VFIO_PROBE:-/lone/build/tests/vfio_probe}
slot=$(slot_of nvme0)
times=5
# On the root bus there is no port above; with SR-IOV QEMU's port never says that its link is up again.
case $VM_SET in
hotplug) export HOT_RESET=ok ;;
sriov) export HOT_RESET=EIO ;;
*) export HOT_RESET=EOPNOTSUPP ;;
esac

# opening WHAT USER SLOT ERRNO REGEX
opening()
{
    local output
    output=$(as_user "$2" timeout 30 "$probe" "$3" open 2>&1 | paste -sd ' ')
    matches "$1" "$output" "$5.*$4\$"
}

opening "not exposed" tester "$slot" EBUSY 'belongs to the driver nvme.*lone-setup expose'
opening "no slot" tester nonsense EINVAL 'not a PCI slot'
opening "a path" tester ../../x EINVAL 'not a PCI slot'
opening "nothing there" tester 0000:ff:00.0 ENODEV 'no PCI function'
node=$(expose "$slot" root)
if [ "$VM_SET" = group ]; then
    other=$(slot_of nvme1)
    opening "half a group" root "$slot" EBUSY 'other drivers.*00:05.1 \(nvme\)'
    expose "$other" root >/dev/null
fi
opening "another user's" tester "$slot" EACCES 'no permission.*belongs to user 0'
if [ "$VM_SET" = plain ]; then
    times=100
    LIMIT=250 limited "$probe" "$slot" all 10
    same "as root" $? 0
fi
chown tester "$node"
as_tester timeout $((250 * ${VM_PATIENCE:-1})) "$probe" "$slot" all $times
same "as an ordinary user" $? 0

hold()
{
    as_tester "$probe" "$slot" hold >/tmp/hold &
    until_true 30 grep -q holding /tmp/hold || fail "nobody holds it"
}

hold
opening "opened twice" tester "${other:-$slot}" EBUSY 'open already'
began=${EPOCHREALTIME/[.,]/}
echo "$slot" >"/sys/bus/pci/devices/$slot/driver/unbind"
echo "# unbind: $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms"
wait
matches "given back" "$(cat /tmp/hold)" released

answers_again() { [ "$(grep -c ok /tmp/watch)" = 2 ]; }

if [ "$VM_SET" = hotplug ]; then
    node=$(expose "$slot" tester)
    port=$(basename "$(dirname "$(realpath "/sys/bus/pci/devices/$slot")")")
    registers=()
    for name in SECONDARY_BUS SUBORDINATE_BUS COMMAND; do registers+=("$name=$(setpci -s "$port" "$name")"); done
    mkfifo /tmp/end
    exec 5<>/tmp/end
    as_tester "$probe" "$slot" watch >/tmp/watch <&5 &
    until_true 30 grep -q ok /tmp/watch
    setpci -s "$port" SECONDARY_BUS=00 SUBORDINATE_BUS=00 COMMAND=0000
    until_true 30 grep -q ENODEV /tmp/watch || fail "nobody notices that it does not answer"
    setpci -s "$port" "${registers[@]}"
    until_true 30 answers_again || fail "nobody notices that it answers again"
    echo end >&5
    wait
    same "it stops answering, and comes back" "$(cut -d ' ' -f 1 /tmp/watch | head -n 4 | paste -sd ' ')" 'ok ENODEV ok closed'
    hold
    works "unplug" monitor device_del nvme0
    until_true 30 grep -q released /tmp/hold
    matches "unplugged" "$(cat /tmp/hold)" released
    until_true 30 [ ! -e "/sys/bus/pci/devices/$slot" ] || fail "it does not leave"
    wait
fi
finish
