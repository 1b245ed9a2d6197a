#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# lone-setup with one controller: what it lists, that it exposes and reclaims, and everything that it refuses.
# vm: devices=plain user=root limit=300
# shellcheck source=tests/vm/guest/setup_lib.sh
. "$(dirname "$0")/setup_lib.sh"

[ "$VM_IOMMU" != none ] || skip "this machine has no IOMMU"
slot=$(slot_of nvme0)
group=$(group_of "$slot")
node=/dev/vfio/$group

there_and_back()
{
    expect 0 lone-setup list
    same "first row" "$(sed -n 2p "$out" | cut -d ' ' -f 1)" nvsim
    says "^nvsim +ed00:da01 "
    says "^$slot +1b36:0010 +nvme +- +$group +no +Red Hat, Inc. QEMU NVM Express Controller$"
    remember "$slot"
    expect 0 lone-setup expose "$slot" tester
    says "^SUCCESS: $slot is now usable by 1000 in userspace as $node$"
    says "^unbound $slot from nvme$"
    same driver "$(driver_of "$slot")" vfio-pci
    same owner "$(owner_of "$slot")" 'tester 600'
    same "the old driver" "$(cat "/run/lone/$slot")" nvme
    expect 0 lone-setup list
    says "^$slot +1b36:0010 +vfio-pci +tester +$group +no "
    expect 0 as_user tester try vfio "$group" "$slot"
    expect 1 as_user other test -w "$node"

    # Again: only the owner changes. With a short slot, to a number.
    # interface: MO2
    expect 0 lone-setup expose "${slot#0000:}" 1001
    same "lines" "$(wc -l <"$out")" 2
    says "^took $node from tester and gave it to other, mode 0600$"
    same owner "$(owner_of "$slot")" 'other 600'

    expect 0 lone-setup reclaim "$slot"
    says "^SUCCESS: $slot is with nvme again$"
    unchanged "$slot"
    disk_works /dev/nvme0n1
    expect 1 test -e "/run/lone/$slot"
    expect 0 lone-setup reclaim "$slot"
    says 'has its driver nvme already'
    unchanged "$slot"
}

drivers()
{
    remember "$slot"
    expect 0 lone-setup expose "$slot" tester
    refuse 'there is no PCI driver nosuchdriver' lone-setup reclaim "$slot" nosuchdriver
    wrong 'is not the name of a driver' lone-setup reclaim "$slot" ../nvme
    wrong 'lone-setup expose' lone-setup reclaim "$slot" vfio-pci
    same driver "$(driver_of "$slot")" vfio-pci
    # One that is there but does not take it: everything is as before, the owner too.
    refuse "pcieport does not take $slot.*is as before, with vfio-pci" lone-setup reclaim "$slot" pcieport
    same driver "$(driver_of "$slot")" vfio-pci
    same override "$(cat "/sys/bus/pci/devices/$slot/driver_override")" vfio-pci
    same owner "$(owner_of "$slot")" 'tester 600'
    # The kernel's choice, when nobody knows what it had.
    rm "/run/lone/$slot"
    expect 0 lone-setup reclaim "$slot"
    unchanged "$slot"
    # An override that stood before stands there afterwards.
    echo nvme >"/sys/bus/pci/devices/$slot/driver_override"
    expect 0 lone-setup expose "$slot" tester
    same override "$(cat "/sys/bus/pci/devices/$slot/driver_override")" vfio-pci
    expect 0 lone-setup reclaim "$slot"
    same override "$(cat "/sys/bus/pci/devices/$slot/driver_override")" nvme
    expect 0 lone-setup reclaim "$slot"
    same override "$(cat "/sys/bus/pci/devices/$slot/driver_override")" nvme
    echo >"/sys/bus/pci/devices/$slot/driver_override"
    unchanged "$slot"
    # By name, and from no driver at all.
    echo "$slot" >/sys/bus/pci/drivers/nvme/unbind
    expect 0 lone-setup expose "$slot" tester
    expect 0 lone-setup reclaim "$slot" nvme
    unchanged "$slot"
    disk_works /dev/nvme0n1
}

refusals()
{
    remember "$slot"
    refuse "there is no PCI device at 0000:00:1e.7" lone-setup expose 0000:00:1e.7 tester
    wrong '"nonsense" is not a PCI slot' lone-setup expose nonsense tester
    wrong '"0000:00:20.0" is not a PCI slot' lone-setup expose 0000:00:20.0 tester
    wrong 'is not a PCI slot' lone-setup reclaim ''
    refuse 'there is no user "nobody-here"' lone-setup expose "$slot" nobody-here
    refuse 'there is no user "4242"' lone-setup expose "$slot" 4242
    wrong 'is the simulator' lone-setup expose nvsim tester
    wrong 'is the simulator' lone-setup reclaim nvsim
    refuse 'only root can do this' as_tester lone-setup expose "$slot" tester
    refuse 'only root can do this' as_tester lone-setup reclaim "$slot"
    expect 2 lone-setup expose "$slot"
    expect 2 lone-setup frobnicate
    expect 2 lone-setup list --force
    expect 0 as_tester lone-setup list --all --json
    expect 0 lone-setup --help
    says '^usage: lone-setup requirements'
    expect 0 lone-setup help
    says '^usage: lone-setup requirements'
    same "help and --help" "$(lone-setup help)" "$(lone-setup --help)"
    expect 0 lone-setup --version
    expect 2 lone-setup
    expect 2 lone-setup --nonsense
    expect 2 lone-setup list extra
    expect 2 lone-setup requirements --all
    expect 2 lone-setup reclaim
    expect 2 lone-setup reclaim "$slot" nvme more

    # Steps that fail are undone.
    mount -o remount,ro /sys
    refuse 'Read-only file system.*is as before, with nvme' lone-setup expose "$slot" tester
    mount -o remount,rw /sys
    mkdir "/run/lone/$slot"
    refuse 'cannot write /run/lone' lone-setup expose "$slot" tester
    rmdir "/run/lone/$slot"
    unchanged "$slot"
}

mounted()
{
    remember "$slot"
    make_fs /dev/nvme0n1
    mkdir -p /mnt/a
    works mount mount /dev/nvme0n1 /mnt/a
    refuse 'nvme0n1 is mounted on /mnt/a' lone-setup expose "$slot" tester
    refuse 'nvme0n1 is mounted on /mnt/a.*cannot be overridden' lone-setup expose "$slot" tester --force
    expect 0 lone-setup list
    says "^$slot .* mounted .*\[nvme0n1 is mounted on /mnt/a\]$"
    umount /mnt/a

    # In another mount namespace, where our mountinfo does not show it.
    unshare -m sh -c 'mount --make-rprivate / 2>/dev/null; mount /dev/nvme0n1 /mnt/a && touch /tmp/mounted; exec sleep 100' &
    wait_for test -e /tmp/mounted
    expect 1 grep nvme0n1 /proc/mounts
    refuse 'nvme0n1 is mounted on /mnt/a.*cannot be overridden' lone-setup expose "$slot" tester --force
    kill $!
    wait
    wait_for is_free "$slot"
    unchanged "$slot"
}

swap()
{
    remember "$slot"
    mkswap /dev/nvme0n1 >/dev/null 2>&1
    works swapon swapon /dev/nvme0n1
    refuse 'nvme0n1 is swap space.*cannot be overridden' lone-setup expose "$slot" tester --force
    swapoff /dev/nvme0n1
    unchanged "$slot"
}

dm_node() { find /dev/dm-0 /dev/mapper/volume 2>/dev/null | head -n 1; }

held()
{
    command -v dmsetup >/dev/null || { echo "there is no dmsetup here"; return; }
    remember "$slot"
    modprobe -a dm-mod linear 2>/dev/null
    wipe /dev/nvme0n1
    works dmsetup dmsetup --noudevsync create volume --table '0 65536 linear /dev/nvme0n1 0'
    refuse 'nvme0n1 is held by dm-0 \(volume\)\..*--force' lone-setup expose "$slot" tester
    # What is mounted stays so, whatever is in between.
    make_fs "$(dm_node)"
    works mount mount "$(dm_node)" /mnt/a
    refuse 'nvme0n1 is held by dm-0 \(volume\), which is mounted on /mnt/a.*cannot be' lone-setup expose "$slot" tester --force
    umount /mnt/a
    works dmsetup dmsetup --noudevsync remove volume
    unchanged "$slot"
}

# However it is started: files that were closed, little room, signals that are ignored.
started_oddly()
{
    local closing
    remember "$slot"
    for closing in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
        expect 0 bash -c "lone-setup expose $slot tester $closing"
        same override "$(cat "/sys/bus/pci/devices/$slot/driver_override")" vfio-pci
        same "the old driver" "$(cat "/run/lone/$slot")" nvme
        expect 0 bash -c "lone-setup reclaim $slot $closing"
        unchanged "$slot"
    done
    expect 1 bash -c 'lone-setup list >&-'
    expect 1 bash -c 'lone-setup list >/dev/full'
    says 'cannot write the output'
    # What was done is done, whoever reads of it.
    expect 0 bash -c "lone-setup expose $slot tester >/dev/full"
    expect 0 bash -c "set -o pipefail; lone-setup reclaim $slot | true"
    unchanged "$slot"
    # Without descriptors to spare, room in files, programs to be found, a working directory.
    expect 0 prlimit --nofile=4:4 lone-setup expose "$slot" tester
    expect 0 prlimit --nofile=4:4 lone-setup reclaim "$slot"
    expect 0 prlimit --fsize=0 --stack=131072 --core=0 --data=4194304 env -i "$(command -v lone-setup)" expose "$slot" tester
    same "the old driver" "$(cat "/run/lone/$slot")" nvme
    expect 0 bash -c "mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone; umask 777; PATH=/nowhere exec $(command -v lone-setup) reclaim $slot"
    unchanged "$slot"
    # The modules are loaded, and a process waited for, by one that cannot learn how its children ended.
    works "unloading vfio-pci" modprobe -r vfio-pci
    expect 0 bash -c "trap '' CHLD; lone-setup expose $slot tester"
    says '^loaded vfio-pci$'
    as_tester try hold "$group" "$slot" >/tmp/hold 2>&1 &
    wait_for grep -q READY /tmp/hold
    expect 0 bash -c "trap '' CHLD; lone-setup reclaim $slot --force"
    wait
    unchanged "$slot"
    disk_works /dev/nvme0n1
}

# Another user cannot keep root from it.
locked()
{
    remember "$slot"
    expect 0 lone-setup expose "$slot" tester
    same "the lock" "$(stat -c '%U %a' /run/lone/lock)" 'root 600'
    expect 66 as_tester flock -n /run/lone/lock true
    says 'Permission denied'
    as_tester flock /run/lone sleep 100 &
    wait_for sh -c '! flock -n /run/lone true'
    expect 0 lone-setup reclaim "$slot"
    kill $!
    wait
    unchanged "$slot"
}

open_descriptor()
{
    remember "$slot"
    holds /dev/nvme0n1
    refuse "process $! has /dev/nvme0n1 open" lone-setup expose "$slot" tester
    kill $!
    wait
    holds /dev/nvme0
    refuse "process $! has /dev/nvme0 open" lone-setup expose "$slot" tester
    expect 0 lone-setup expose "$slot" tester --force
    kill $!
    wait
    expect 0 lone-setup reclaim "$slot"
    unchanged "$slot"

    # A user who is at work with it.
    expect 0 lone-setup expose "$slot" tester
    as_tester try hold "$group" "$slot" >/tmp/hold 2>&1 &
    wait_for grep -q READY /tmp/hold
    refuse "has $node open" lone-setup reclaim "$slot"
    refuse "has $node open" lone-setup expose "$slot" other
    expect 0 lone-setup expose "$slot" tester
    expect 0 lone-setup list
    says "^$slot .* tester +$group +open .*\[process [0-9]+ has $node open\]$"
    same driver "$(driver_of "$slot")" vfio-pci
    expect 0 lone-setup reclaim "$slot" --force
    says "^waiting until process [0-9]+ has $node open no longer$"
    wait
    expect 0 grep RELEASED /tmp/hold
    unchanged "$slot"
    disk_works /dev/nvme0n1
}

# A user who does not let go: that is said, nobody hangs, and it can be mended.
stubborn()
{
    remember "$slot"
    expect 0 lone-setup expose "$slot" tester
    as_tester try hold "$group" "$slot" >/tmp/hold 2>&1 &
    wait_for grep -q READY /tmp/hold
    pkill -STOP -x try
    refuse 'after 10 s process [0-9]+ has .* open still.*reclaim it again' lone-setup reclaim "$slot" --force
    refuse 'has no driver, and process [0-9]+ has .* open' lone-setup reclaim "$slot" --force
    refuse 'has no driver, and process [0-9]+ has .* open' lone-setup expose "$slot" tester --force
    pkill -KILL -x try
    wait
    wait_for sh -c "! [ -e /sys/bus/pci/devices/$slot/driver ]"
    expect 0 lone-setup reclaim "$slot"
    unchanged "$slot"
    disk_works /dev/nvme0n1
}

modules()
{
    remember "$slot"
    works "unloading vfio-pci" modprobe -r vfio-pci
    expect 0 lone-setup requirements
    says '^OK +vfio-pci +there, not loaded'
    says '^NOTE +huge pages +0 of 2 MiB'
    expect 0 lone-setup expose "$slot" tester
    says '^loaded vfio-pci$'
    works "unloading nvme" modprobe -r nvme
    expect 0 lone-setup reclaim "$slot"
    says '^loaded nvme$'
    unchanged "$slot"
    disk_works /dev/nvme0n1
}

requirements()
{
    local line
    echo 16 >/proc/sys/vm/nr_hugepages
    expect 0 lone-setup requirements
    for line in kernel iommu 'interrupt remapping' vfio-pci 'huge pages' memlock fuse fusermount3 libraries; do
        says "^OK +$line "
    done
    cat "$out"
    MEMLOCK=67108864 expect 0 as_tester lone-setup requirements --json
    says '"met":true'
    expect 0 as_tester lone-setup requirements
    says '^NOTE +memlock +8192 KiB: enough for small queues and buffers'
    says "fix: as root: echo 'tester - memlock 65536'"
    MEMLOCK=65536 expect 1 as_tester lone-setup requirements
    says '^FAIL +memlock +64 KiB'
    echo 0 >/proc/sys/vm/nr_hugepages
    chmod 600 /dev/fuse
    expect 1 as_tester lone-setup requirements
    chmod 666 /dev/fuse
    says '^NOTE +huge pages +0 of 2 MiB'
    says 'fix: chmod 0666 /dev/fuse'
    # In a container that is the host's to do.
    expect 1 unshare -p -f -m sh -c 'mount -t proc proc /proc; rm -f /dev/fuse; lone-setup requirements'
    says 'fix: start the container with --device /dev/fuse --cap-add SYS_ADMIN'
    says 'fix: on the host: sysctl vm.nr_hugepages'
    mknod -m 666 /dev/fuse c 10 229
    expect 1 unshare -p -f -m sh -c "mount -t proc proc /proc; mount -o remount,ro,bind /sys; lone-setup expose $slot tester"
    says 'Read-only file system .this is a container: hand devices over on the host.*is as before, with nvme'
}

for name in there_and_back drivers refusals mounted swap held open_descriptor started_oddly locked stubborn modules requirements; do
    part "$name"
done
finish
