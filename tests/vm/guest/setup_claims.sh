#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whatever can sit on a disk keeps lone-setup from exposing it: a case for each, and that the disk is free afterwards.
# vm: devices=plain user=root limit=400
# shellcheck source=tests/vm/guest/setup_lib.sh
. "$(dirname "$0")/setup_lib.sh"

[ "$VM_IOMMU" != none ] || skip "this machine has no IOMMU"
slot=$(slot_of nvme0)
disk=/dev/nvme0n1
mkdir -p /mnt/a /mnt/b
modprobe -a loop dm-mod linear zram ext4 btrfs

# has NAME…: programs and modules; says which is missing.
has()
{
    local name
    for name; do
        if ! command -v "$name" >/dev/null && ! modprobe "$name" 2>/dev/null; then
            echo "not tried: there is no $name here"
            return 1
        fi
    done
}

# Never, with or without --force.
never()
{
    refuse "$1" lone-setup expose "$slot" tester
    refuse "$1.*cannot be overridden" lone-setup expose "$slot" tester --force
    same driver "$(driver_of "$slot")" nvme
}

# Not unless it is told to.
not_unforced()
{
    refuse "$1.*--force" lone-setup expose "$slot" tester
    same driver "$(driver_of "$slot")" nvme
    [[ $(lone-setup list) =~ \[$1.*\] ]] || fault "lone-setup list does not say '$1'"
}

free_again()
{
    wait_for is_free "$slot"
    unchanged "$slot"
}

# end PID: of a process of ours, and waits for it
end()
{
    kill "$1"
    wait "$1"
} 2>/dev/null

# started COMMAND…: in the background, as $!, until it says READY
started()
{
    "$@" >/tmp/started 2>&1 &
    wait_for grep -q READY /tmp/started
}

number_of() { cat "/sys/class/block/$1/dev"; }
make_node() { mknod "$1" b "$(number_of "$2" | cut -d : -f 1)" "$(number_of "$2" | cut -d : -f 2)"; }

# scratch NAME: a loop device on a file, for file systems that need a second disk; in $scratch
make_scratch()
{
    truncate -s 128M /tmp/scratch
    scratch=$(losetup -f --show /tmp/scratch) || fault "losetup"
}
drop_scratch()
{
    losetup -d "$scratch"
    rm /tmp/scratch
}

# --- Processes ---

other_node()
{
    make_node /tmp/node nvme0n1
    holds /tmp/node
    not_unforced "process $! has /tmp/node open"
    rm /tmp/node
    not_unforced "process $! has /tmp/node \(deleted\) open"
    end $!
    free_again
}

mapped()
{
    started try mapped $disk
    same descriptors "$(readlink "/proc/$!/fd/"* | grep -c nvme)" 0
    not_unforced "process $! has $disk mapped"
    end $!
    make_node /tmp/node nvme0n1
    started try mapped /tmp/node
    rm /tmp/node
    not_unforced "process $! has /tmp/node \(deleted\) mapped"
    expect 0 lone-setup expose "$slot" tester --force
    end $!
    expect 0 lone-setup reclaim "$slot"
    await_disks $disk
    free_again
}

threads()
{
    started try thread $disk
    not_unforced "process $! has $disk open"
    kill -KILL $!
    wait $! 2>/dev/null
    free_again
}

ring()
{
    started try ring $disk
    same descriptors "$(readlink "/proc/$!/fd/"* | grep -c nvme)" 0
    not_unforced "process $! has $disk registered with io_uring"
    end $!
    free_again
}

exclusive()
{
    started try exclusive $disk
    never "claimed by the kernel or by a process; process $! has $disk open"
    end $!
    free_again
}

# What every user may do does not keep root from it: a descriptor that only names the node.
nothing()
{
    started as_tester try path $disk
    free_again
    pkill -x try
    wait
}

in_container()
{
    unshare -m -p -f sh -c 'mount -t tmpfs none /mnt; '"mknod /mnt/x b $(number_of nvme0n1 | tr : ' ')"'; exec sleep 100 </mnt/x' 2>/dev/null &
    wait_for sh -c '! lone-setup list | grep -qE "^'"$slot"' .* no "'
    not_unforced "process [0-9]+ has /x open|process [0-9]+ has /mnt/x open"
    pkill -KILL -x sleep
    wait
    free_again
}

character_nodes()
{
    local node
    for node in nvme0 ng0n1; do
        # shellcheck disable=SC2046 # two words
        mknod /tmp/node c $(cat /sys/class/nvme*/$node/dev | tr : ' ')
        holds /tmp/node
        not_unforced "process $! has /tmp/node open"
        rm /tmp/node
        end $!
        free_again
    done
}

# A claim and a process that has nothing to do with it.
claim_and_process()
{
    make_fs $disk
    works mount mount $disk /mnt/a
    holds /mnt/a/lost+found
    umount -l /mnt/a
    local inside=$!
    holds $disk
    never "nvme0n1 has a file system that is used without being mounted: process $inside"
    end $!
    end $inside
    free_again
}

# --- Loop devices ---

loops()
{
    local loop
    make_fs $disk
    loop=$(losetup -f --show $disk)
    not_unforced "nvme0n1 is held by ${loop#/dev/}"
    works mount mount "$loop" /mnt/a
    never "nvme0n1 is held by ${loop#/dev/}, which is mounted on /mnt/a"
    umount /mnt/a
    works dmsetup dmsetup --noudevsync create volume --table "0 131072 linear $loop 0"
    not_unforced "nvme0n1 is held by ${loop#/dev/}"
    works mount mount "$(dm_node)" /mnt/a
    never "nvme0n1 is held by ${loop#/dev/}, which is held by dm-0 \(volume\), which is mounted on /mnt/a"
    unshare -m sh -c 'touch /tmp/other; exec sleep 100' &
    wait_for test -e /tmp/other
    umount -l /mnt/a
    never "nvme0n1 is held by ${loop#/dev/}, which is held by dm-0 \(volume\), which is mounted on /mnt/a"
    end $!
    works dmsetup dmsetup --noudevsync remove volume
    losetup -d "$loop"
    free_again

    # Through another node that is gone; on a partition of it; and one that a process has in another mount namespace.
    make_node /tmp/node nvme0n1
    loop=$(losetup -f --show /tmp/node)
    rm /tmp/node
    not_unforced "nvme0n1 is held by ${loop#/dev/}"
    expect 0 lone-setup expose "$slot" tester --force
    losetup -d "$loop"
    expect 0 lone-setup reclaim "$slot"
    await_disks $disk
    free_again
}

dm_over_loop_over_dm()
{
    local loop
    works dmsetup dmsetup --noudevsync create volume --table "0 131072 linear $disk 0"
    loop=$(losetup -f --show "$(dm_node)")
    wipe "$loop"
    mkswap "$loop" >/dev/null 2>&1
    not_unforced "nvme0n1 is held by dm-0 \(volume\)"
    works swapon swapon "$loop"
    never "nvme0n1 is held by dm-0 \(volume\), which is held by ${loop#/dev/}, which is swap space"
    swapoff "$loop"
    losetup -d "$loop"
    works dmsetup dmsetup --noudevsync remove volume
    free_again
}

dm_node() { find /dev/dm-0 /dev/mapper/volume 2>/dev/null | head -n 1; }

partitions()
{
    local loop
    # One primary partition of type 83h: from sector 2048, 65536 sectors.
    wipe $disk
    { head -c 446 /dev/zero; printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\0\001\0'; head -c 48 /dev/zero; printf '\125\252'; } >/tmp/mbr
    dd if=/tmp/mbr of=$disk conv=notrunc 2>/dev/null
    blockdev --rereadpt $disk
    await_disks ${disk}p1
    make_fs ${disk}p1
    works mount mount ${disk}p1 /mnt/a
    never "nvme0n1p1 is mounted on /mnt/a"
    cd /mnt/a || fault cd
    umount -l /mnt/a
    never "nvme0n1p1 has a file system that is used without being mounted: process $$ has "
    cd / || fault cd
    free_again
    loop=$(losetup -f --show ${disk}p1)
    not_unforced "nvme0n1p1 is held by ${loop#/dev/}"
    losetup -d "$loop"
    holds ${disk}p1
    not_unforced "process $! has ${disk}p1 open"
    end $!
    # A loop device with the partitions of what it sits on.
    loop=$(losetup -f -P --show $disk)
    await_disks "${loop}p1"
    works mount mount "${loop}p1" /mnt/a
    never "nvme0n1 is held by ${loop#/dev/}, whose part ${loop#/dev/}p1 is mounted on /mnt/a"
    umount /mnt/a
    losetup -d "$loop"
    wipe $disk
    blockdev --rereadpt $disk
    free_again
}

# --- RAID, cache, compressed memory ---

raid()
{
    local md=/sys/block/md9/md
    has raid1 || return 0
    echo md9 >/sys/module/md_mod/parameters/new_array
    echo raid1 >$md/level
    echo 1 >$md/raid_disks
    number_of nvme0n1 >$md/new_dev
    echo 65536 >$md/component_size
    echo 0 >$md/dev-nvme0n1/slot
    echo active >$md/array_state
    not_unforced 'nvme0n1 is held by md9'
    make_fs /dev/md9
    works mount mount /dev/md9 /mnt/a
    never 'nvme0n1 is held by md9, which is mounted on /mnt/a'
    umount /mnt/a
    echo clear >$md/array_state
    free_again
}

cached()
{
    has make-bcache bcache || return 0
    wipe $disk
    works make-bcache make-bcache -B $disk
    [ -e /sys/block/bcache0 ] || echo $disk >/sys/fs/bcache/register
    wait_for test -e /sys/block/bcache0
    not_unforced 'nvme0n1 is held by bcache0'
    make_fs /dev/bcache0
    works mount mount /dev/bcache0 /mnt/a
    never 'nvme0n1 is held by bcache0, which is mounted on /mnt/a'
    umount /mnt/a
    echo 1 >/sys/block/bcache0/bcache/stop
    wait_for test ! -e /sys/block/bcache0

    # A cache without anything to be cached is claimed, and held by nothing.
    wipe $disk
    works make-bcache make-bcache --bucket 64k -C $disk
    [ -e /sys/block/nvme0n1/bcache ] || echo $disk >/sys/fs/bcache/register
    wait_for test -e /sys/block/nvme0n1/bcache
    never 'nvme0n1 is claimed by the kernel'
    echo 1 >/sys/block/nvme0n1/bcache/set/stop
    wipe $disk
    free_again
}

compressed()
{
    [ -e /sys/block/zram0/backing_dev ] || { echo "not tried: zram has no backing device here"; return; }
    echo $disk >/sys/block/zram0/backing_dev
    echo 64M >/sys/block/zram0/disksize
    not_unforced 'nvme0n1 is held by zram0'
    mkswap /dev/zram0 >/dev/null 2>&1
    works swapon swapon /dev/zram0
    never 'nvme0n1 is held by zram0, which is swap space'
    swapoff /dev/zram0
    echo 1 >/sys/block/zram0/reset
    free_again
}

# --- File systems ---

lazily_unmounted()
{
    make_fs $disk
    works mount mount $disk /mnt/a
    echo text >/mnt/a/file
    started try exclusive /mnt/a/file
    umount -l /mnt/a
    never "nvme0n1 has a file system that is used without being mounted: process $! has /file open"
    end $!
    free_again

    # In a mount namespace that no process is in.
    works mount mount $disk /mnt/a
    mkdir -p /tmp/ns
    mount --bind /tmp/ns /tmp/ns
    mount --make-private /tmp/ns
    touch /tmp/ns/mnt
    unshare --mount=/tmp/ns/mnt true
    umount /mnt/a
    never 'nvme0n1 is claimed by the kernel'
    umount /tmp/ns/mnt
    umount /tmp/ns
    free_again
}

external_journal()
{
    make_scratch
    works journal mke2fs -q -F -O journal_dev -b 4096 $disk
    works mkfs mkfs.ext4 -q -F -b 4096 -J device=$disk "$scratch"
    free_again
    works mount mount "$scratch" /mnt/a
    never 'nvme0n1 is claimed by the kernel'
    umount /mnt/a
    drop_scratch
    wipe $disk
    free_again
}

several_disks()
{
    has mkfs.btrfs btrfs || return 0
    make_scratch
    works mkfs mkfs.btrfs -q -f -M "$scratch" $disk
    works scan btrfs device scan $disk
    works mount mount -o "device=$disk" "$scratch" /mnt/a
    never 'nvme0n1 is part of the mounted btrfs'
    cd /mnt/a || fault cd
    umount -l /mnt/a
    never 'nvme0n1 is part of the mounted btrfs'
    cd / || fault cd
    wait_for sh -c '! ls -d /sys/fs/btrfs/*/devices/nvme0n1 2>/dev/null'
    btrfs device scan --forget
    drop_scratch
    wipe $disk
    free_again
}

# --- Swap ---

swaps()
{
    wipe $disk
    make_node /tmp/node nvme0n1
    mkswap /tmp/node >/dev/null 2>&1
    works swapon swapon /tmp/node
    never 'nvme0n1 is swap space'
    rm /tmp/node
    never 'nvme0n1 is (swap space|claimed by the kernel)'
    swapoff -a
    make_node /tmp/node nvme0n1
    swapoff /tmp/node 2>/dev/null
    rm /tmp/node
    free_again

    # A file of a file system that was unmounted.
    make_fs $disk
    works mount mount $disk /mnt/a
    dd if=/dev/zero of=/mnt/a/swap bs=1M count=16 2>/dev/null
    chmod 600 /mnt/a/swap
    mkswap /mnt/a/swap >/dev/null 2>&1
    works swapon swapon /mnt/a/swap
    never 'nvme0n1 is mounted on /mnt/a'
    umount -l /mnt/a
    never 'nvme0n1 is claimed by the kernel'
    # Only by its name can it be ended: the file has to be there again.
    works mount mount $disk /mnt/a
    works swapoff swapoff /mnt/a/swap
    umount /mnt/a
    wipe $disk
    free_again
}

# --- Targets ---

nvme_target()
{
    local subsystem=/sys/kernel/config/nvmet/subsystems/lone
    has nvmet || return 0
    mountpoint -q /sys/kernel/config || mount -t configfs config /sys/kernel/config
    mkdir $subsystem $subsystem/namespaces/1
    echo $disk >$subsystem/namespaces/1/device_path
    free_again
    echo 1 >$subsystem/namespaces/1/enable
    never 'nvme0n1 is exported by nvmet as lone, namespace 1'
    umount /sys/kernel/config
    never 'nvme0n1 is exported by nvmet as lone, namespace 1'
    mount -t configfs config /sys/kernel/config
    echo 0 >$subsystem/namespaces/1/enable
    # Through another node, which is gone: what it is nobody can say.
    make_node /tmp/node nvme0n1
    echo /tmp/node >$subsystem/namespaces/1/device_path
    echo 1 >$subsystem/namespaces/1/enable
    never 'nvme0n1 is exported by nvmet as lone, namespace 1'
    rm /tmp/node
    not_unforced 'it may be held, which cannot be found out: nvmet uses /tmp/node'
    rmdir $subsystem/namespaces/1 $subsystem
    free_again
}

scsi_target()
{
    local core=/sys/kernel/config/target/core
    has target_core_mod target_core_iblock target_core_file || return 0
    mountpoint -q /sys/kernel/config || mount -t configfs config /sys/kernel/config
    mkdir -p $core/iblock_0/one
    echo "udev_path=$disk" >$core/iblock_0/one/control
    echo 1 >$core/iblock_0/one/enable
    never 'nvme0n1 is exported by the kernel.s SCSI target as one'
    rmdir $core/iblock_0/one $core/iblock_0
    free_again
    mkdir -p $core/fileio_0/two
    echo "fd_dev_name=$disk,fd_dev_size=1048576" >$core/fileio_0/two/control
    echo 1 >$core/fileio_0/two/enable
    never 'nvme0n1 is exported by the kernel.s SCSI target as two'
    rmdir $core/fileio_0/two $core/fileio_0
    free_again
}

usb_gadget()
{
    local gadget=/sys/kernel/config/usb_gadget/lone
    has libcomposite usb_f_mass_storage || return 0
    mountpoint -q /sys/kernel/config || mount -t configfs config /sys/kernel/config
    works gadget mkdir $gadget $gadget/functions/mass_storage.0
    echo $disk >$gadget/functions/mass_storage.0/lun.0/file
    never 'nvme0n1 is exported by the USB gadget lone'
    rmdir $gadget/functions/mass_storage.0 $gadget
    free_again
}

# --- While it is being handed over ---

# Whoever looks for a free disk meanwhile finds it taken: what cannot be mounted is not exposed under its user.
raced()
{
    local mounted=0 exposed=0 both=0 i
    for i in 1 2 3 4 5 6 7 8; do
        make_fs $disk
        { sleep "0.$(printf %03d $((i * 15 - 15)))"; mount $disk /mnt/a 2>/dev/null && echo mounted; } >/tmp/mount.out &
        if lone-setup expose "$slot" tester >"$out" 2>&1; then
            exposed=$((exposed + 1))
            wait $!
            # A mount that came too late has found nothing to mount.
            if [ -s /tmp/mount.out ]; then
                both=$((both + 1))
                umount /mnt/a
            fi
            expect 0 lone-setup reclaim "$slot"
            await_disks $disk
        else
            says 'is mounted on /mnt/a|claimed by the kernel|process [0-9]+ has /dev/nvme0n1 open'
            wait $!
            if [ -s /tmp/mount.out ]; then
                mounted=$((mounted + 1))
                umount /mnt/a
            fi
        fi
    done
    echo "exposed $exposed times, mounted $mounted times"
    same "exposed under a mount" "$both" 0
    wipe $disk
    free_again
}

# After a part that failed: the next one shall not fail because of it.
recover()
{
    [ "$(driver_of "$slot")" = nvme ] && return
    lone-setup reclaim "$slot" >/dev/null
    await_disks "$disk"
}

remember "$slot"
parts=(
    other_node mapped threads ring exclusive nothing in_container character_nodes claim_and_process loops dm_over_loop_over_dm
    partitions raid cached compressed lazily_unmounted external_journal several_disks swaps nvme_target scsi_target
    usb_gadget raced
)
for name in ${PARTS:-${parts[@]}}; do
    part "$name"
    recover
done
finish
