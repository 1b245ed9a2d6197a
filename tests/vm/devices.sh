# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2054
# What machines tests/vm/run can boot. A function a set: it adds QEMU's arguments to `machine`, and the guest's names
# of NVMe functions to `functions` ("NAME PATH": PATH is the PCI address, behind a bridge BRIDGE/ADDRESS).
# `iommu` and `iommu_options` may be changed. Uses `image`, which makes an empty medium.

device_sets=(plain namespaces formats group memory sriov hotplug slow amd wide)

describe_plain='one controller, a namespace of 512-byte blocks'
devices_plain()
{
    image disk0 64M
    machine+=(-device nvme,id=nvme0,serial=plain0,drive=disk0,addr=5.0)
    functions+=("nvme0 00:05.0")
}

describe_namespaces='one controller, two namespaces: 512 and 4096-byte blocks'
devices_namespaces()
{
    image disk1 64M
    image disk2 64M
    machine+=(
        -device nvme,id=nvme0,serial=namespaces0,addr=5.0
        -device nvme-ns,bus=nvme0,nsid=1,drive=disk1,logical_block_size=512,physical_block_size=512
        -device nvme-ns,bus=nvme0,nsid=2,drive=disk2,logical_block_size=4096,physical_block_size=4096
    )
    functions+=("nvme0 00:05.0")
}

describe_formats='one controller; 1: 512 bytes, 2: 512+8 with protection type 1, 3: 512+16 in the same buffer, 4: zoned, 5: 4096+16 with 64b guards and more than 2^32 blocks'
devices_formats()
{
    local n
    for n in 1 2 3 4; do
        image "disk$n" 64M
    done
    large_image disk5
    machine+=(
        -device nvme,id=nvme0,serial=formats0,addr=5.0
        -device nvme-ns,bus=nvme0,nsid=1,drive=disk1
        -device nvme-ns,bus=nvme0,nsid=2,drive=disk2,ms=8,pi=1
        -device nvme-ns,bus=nvme0,nsid=3,drive=disk3,ms=16,mset=1
        -device nvme-ns,bus=nvme0,nsid=4,drive=disk4,zoned=on,zoned.zone_size=4M,zoned.zone_capacity=3M,zoned.max_open=4,zoned.max_active=6,zoned.descr_ext_size=128,logical_block_size=4096,physical_block_size=4096
        -device nvme-ns,bus=nvme0,nsid=5,drive=disk5,ms=16,pi=1,pif=2,logical_block_size=4096,physical_block_size=4096
    )
    functions+=("nvme0 00:05.0")
}

describe_group='two functions in one IOMMU group'
devices_group()
{
    image disk0 64M
    image disk1 64M
    machine+=(
        -device nvme,id=nvme0,serial=group0,drive=disk0,addr=5.0,multifunction=on
        -device nvme,id=nvme1,serial=group1,drive=disk1,addr=5.1
    )
    functions+=("nvme0 00:05.0" "nvme1 00:05.1")
}

describe_memory='a controller memory buffer and a persistent memory region of 16 MiB each'
devices_memory()
{
    image disk0 64M
    machine+=(
        -object memory-backend-ram,id=pmr0,size=16M,share=on
        -device nvme,id=nvme0,serial=memory0,drive=disk0,addr=5.0,cmb_size_mb=16,pmrdev=pmr0
    )
    functions+=("nvme0 00:05.0")
}

describe_sriov='behind a root port, up to 4 virtual functions; the only set with extended capabilities'
devices_sriov()
{
    image disk0 64M
    machine+=(
        -device pcie-root-port,id=port0,bus=pcie.0,addr=1c.0,chassis=1,slot=1
        -device nvme-subsys,id=subsys0,nqn=sriov0
        -device nvme,id=nvme0,serial=sriov0,bus=port0,subsys=subsys0,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4,max_ioqpairs=12,msix_qsize=8
        -device nvme-ns,bus=nvme0,nsid=1,drive=disk0,shared=on
    )
    functions+=("nvme0 00:1c.0/00.0")
}

describe_hotplug='behind a root port, can be unplugged: monitor device_del nvme0; the medium disk1 waits for another one'
devices_hotplug()
{
    image disk0 64M
    image disk1 64M
    machine+=(
        -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
        -device pcie-root-port,id=port0,bus=pcie.0,addr=1c.0,chassis=1,slot=1
        -device pcie-root-port,id=port1,bus=pcie.0,addr=1d.0,chassis=2,slot=2
        -device nvme,id=nvme0,serial=hotplug0,drive=disk0,bus=port0
    )
    functions+=("nvme0 00:1c.0/00.0" "nvme1 00:1d.0/00.0")
}

describe_slow='one controller; 1: ordinary, 2: 20 ms a command, 3: 8 commands a second, 4: LBA 1000 cannot be read nor LBA 2000 written'
devices_slow()
{
    image disk1 64M
    image disk3 64M
    image disk4 64M
    machine+=(
        -blockdev driver=null-co,node-name=disk2,size=67108864,latency-ns=20000000,read-zeroes=on
        -object throttle-group,id=throttle0,x-iops-total=8
        -blockdev driver=throttle,node-name=throttled3,throttle-group=throttle0,file=disk3
        -blockdev "driver=blkdebug,node-name=failing4,image=disk4,inject-error.0.event=none,inject-error.0.iotype=read,inject-error.0.sector=1000,inject-error.0.errno=5,inject-error.0.once=off,inject-error.1.event=none,inject-error.1.iotype=write,inject-error.1.sector=2000,inject-error.1.errno=5,inject-error.1.once=off"
        -device nvme,id=nvme0,serial=slow0,addr=5.0
        -device nvme-ns,bus=nvme0,nsid=1,drive=disk1
        -device nvme-ns,bus=nvme0,nsid=2,drive=disk2
        -device nvme-ns,bus=nvme0,nsid=3,drive=throttled3
        -device nvme-ns,bus=nvme0,nsid=4,drive=failing4
    )
    functions+=("nvme0 00:05.0")
}

describe_amd='as plain, with an AMD IOMMU'
devices_amd()
{
    iommu=amd
    devices_plain
}

describe_wide='as plain, with 48-bit addresses behind the IOMMU instead of 39'
devices_wide()
{
    iommu_options=,aw-bits=48
    devices_plain
}
