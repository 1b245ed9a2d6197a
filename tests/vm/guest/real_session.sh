#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The README session on a controller that nobody here wrote, as an ordinary user with the limits he has: line by line, and
# afterwards the kernel's driver has a controller that works.
# vm: devices=plain,group,memory,sriov,wide,amd limit=120
. "$(dirname "$0")/lib.sh"
[ -x "$LONEFS" ] || skip "there is no lonefs in this build"
slot=$(slot_of nvme0) || skip "this device set has no nvme0"
until_true 20 controller_is_live "$slot" || { fail "not live"; finish; }
controller=/dev/$(controller_of "$slot")
# What the kernel's driver found, in its own words.
model=$(cat "/sys/bus/pci/devices/$slot/nvme/${controller##*/}/model")
serial=$(cat "/sys/bus/pci/devices/$slot/nvme/${controller##*/}/serial")
firmware=$(cat "/sys/bus/pci/devices/$slot/nvme/${controller##*/}/firmware_rev")
model=${model%"${model##*[! ]}"} serial=${serial%"${serial##*[! ]}"} firmware=${firmware%"${firmware##*[! ]}"}
matches "model" "$model" '^QEMU NVMe Ctrl$'
matches "serial" "$serial" '^[a-z]+0$'

# All functions of the group, as VFIO wants it.
for name in $(device_names); do
    other=$(slot_of "$name") || continue
    [ "$(group_of "$other")" != "$(group_of "$slot")" ] || expose "$other" tester >/dev/null || { fail "cannot expose $other"; finish; }
done
mount=/home/tester/session
as_tester mkdir "$mount" || { fail "mkdir"; finish; }
trap 'umount -l "$mount" 2>/dev/null' EXIT
works "mount as tester" as_tester "$LONEFS" "$slot" "$mount"
same "root looks into it" "$(cat "$mount/version" 2>/dev/null || echo refused)" refused # it is tester's alone

# says LINE EXPECTED: the line as a user types it prints that and succeeds
says()
{
    local got
    got=$(cd / && as_tester timeout -k 2 20 bash -c "cd $mount && $1" 2>&1)
    same "exit status of: $1" $? 0
    same "$1" "$got" "$2"
}

# takes LINE: prints the seconds that it waited
takes() { matches "$1" "$(cd / && as_tester timeout -k 2 20 bash -c "cd $mount && $1" 2>&1)" '^[0-9]+(\.[0-9]+)?$'; }

session()
{
    says 'cat pcie/ID/VID' 0x1b36
    says 'cat pcie/ID/DID' 0x10
    says 'cat nvme/VS/MJR nvme/VS/MNR' $'0x1\n0x4'
    says 'cat nvme/CSTS/RDY' 0x0
    says 'echo admin > queues/ctl' ''
    says 'echo 1 > nvme/CC/EN' ''
    takes 'cat nvme/wait/CSTS.RDY=1'
    says 'cat nvme/CSTS/RDY' 0x1
    says 'cat identify/controller/MN' "$model"
    says 'cat identify/controller/SN' "$serial"
    says 'cat identify/controller/FR' "$firmware"
    says 'mkdir cmd/id' ''
    says "echo 'run identify CNS=1' > cmd/id/ctl" ''
    says 'cat cmd/id/status' '0x000 Successful Completion'
    says 'cat cmd/id/result/SN' "$serial"
    says "echo 'submit identify CNS=0xff' > cmd/id/ctl" ''
    says 'cat cmd/id/status' '0x002 Invalid Field in Command'
    says 'rmdir cmd/id' ''
    says 'echo 0 > nvme/CC/EN' ''
    takes 'cat nvme/wait/CSTS.RDY=0'
}
session
session
# With I/O queues, and the verbs.
says 'echo init > ctl' ''
says 'cat identify/namespaces' 1
says 'mkdir cmd/io' ''
says "echo 'run flush NSID=1' > cmd/io/ctl" ''
says 'cat cmd/io/cqe/SQID' 0x1
says 'echo disable > ctl' ''
# QEMU resets all of CC at EN=0: the verb writes it again.
says 'echo enable > ctl' ''
says 'cat identify/controller/SN' "$serial"
says 'echo "reset flr" > ctl' ''
says 'echo init > ctl' ''
says 'cat identify/controller/SN' "$serial"

works "unmount as tester" as_tester fusermount3 -u "$mount"
rmdir "$mount" || fail "rmdir $mount"
for name in $(device_names); do
    other=$(slot_of "$name") || continue
    [ "$(driver_of "$other")" != vfio-pci ] || works "$other back to the kernel's driver" reclaim "$other"
done
same "serial afterwards" "$(sed 's/ *$//' "/sys/bus/pci/devices/$slot/nvme/"nvme*/serial)" "$serial"
finish
