#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Controllers come and go when a script asks the machine: without a driver's help, and while VFIO has one open.
# vm: devices=hotplug limit=180
. "$(dirname "$0")/lib.sh"

is_there() { slot_of "$1" >/dev/null; }
is_gone() { ! slot_of "$1" >/dev/null; }
plugged() { is_there "$1" && controller_is_live "$(slot_of "$1")"; }

matches "a line that QEMU does not know" "$(monitor nonsense; echo "$?")" 'unknown command.*1$'

works "plugging" monitor device_add nvme,id=nvme1,serial=hotplug1,drive=disk1,bus=port1
checks=$((checks + 1))
until_true 30 plugged nvme1 || fail "what was plugged in did not come up"
same "its serial number" "$(tr -d ' ' <"/sys/bus/pci/devices/$(slot_of nvme1)/nvme/$(controller_of "$(slot_of nvme1)")/serial")" hotplug1

works "unplugging" monitor device_del nvme1
works "the event" monitor await DEVICE_DELETED 30 nvme1
checks=$((checks + 1))
until_true 10 is_gone nvme1 || fail "the kernel still shows it"

# While somebody has it open: the kernel asks him to let go.
slot=$(slot_of nvme0)
expose "$slot" tester >/dev/null || fail "cannot expose $slot"
coproc holder { as_tester timeout 60 try hold "$(group_of "$slot")" "$slot" 2>&1; }
read -r -t 30 line <&"${holder[0]}"
same "holding" "$line" READY
works "unplugging what is open" monitor device_del nvme0
read -r -t 30 line <&"${holder[0]}"
same "asked for it" "$line" RELEASED
works "the event" monitor await DEVICE_DELETED 30 nvme0
checks=$((checks + 1))
until_true 10 is_gone nvme0 || fail "the kernel still shows it"
works "plugging it in again" monitor device_add nvme,id=nvme0,serial=hotplug0,drive=disk0,bus=port0
checks=$((checks + 1))
until_true 30 plugged nvme0 || fail "it did not come back"
finish
