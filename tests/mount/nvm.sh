#!/bin/bash
# SPDX-License-Identifier: MIT
# The NVM Command Set's commands that change or check blocks without moving them (NVM Command Set 1.0, 3.2), as far as ONCS has them,
# and what they leave to be read.
. "$(dirname "$0")/lib.sh"
mount_lone
accepts ctl 'init queues=1'
mkdir cmd/a cmd/r || exit 99
accepts cmd/a/ctl 'run identify CNS=0 NSID=1'
lba=$((1 << ID_LBADS[1])) oncs=$(($(<identify/controller/ONCS/value)))
supports() { ((oncs >> $1 & 1)); }

# blocks SLBA N: what they hold
blocks() {
    accepts cmd/r/ctl "run read NSID=1 SLBA=$1 NLB=$(($2 - 1))"
    "$PROBE" pread cmd/r/data $((lba * $2)) 0 2>/dev/null
}
# written SLBA N: puts noise there, and says what it was
written() {
    head -c $((lba * $2)) /dev/urandom >cmd/r/data
    accepts cmd/r/ctl "run write NSID=1 SLBA=$1 NLB=$(($2 - 1))"
    blocks "$1" "$2"
}
zeros() { printf "%0$((2 * lba * $1))d" 0; }

# --- Flush ---
accepts cmd/a/ctl 'run flush NSID=1'
! on_nvsim || accepts cmd/a/ctl 'run flush NSID=0xffffffff' # VWC.FB says whether it can be all namespaces

# --- Write Zeroes: these blocks and no others ---
if supports 3; then
    before=$(written 32 8)
    accepts cmd/a/ctl 'run write_zeroes NSID=1 SLBA=34 NLB=2'
    same 'zeroed' "$(blocks 32 8)" "${before:0:4*lba}$(zeros 3)${before:10*lba}"
    refuses cmd/a/ctl "run write_zeroes NSID=1 SLBA=$((ID_NSZE[1] - 1)) NLB=1" EIO '0x080 LBA Out of Range'
fi

# --- Verify ---
if supports 7; then
    accepts cmd/a/ctl 'run verify NSID=1 SLBA=32 NLB=7'
    refuses cmd/a/ctl "run verify NSID=1 SLBA=${ID_NSZE[1]} NLB=0" EIO '0x080 LBA Out of Range'
fi

# --- Copy: two ranges, one behind the other (QEMU's own namespace says that it can copy, and at most 0 blocks) ---
if supports 8 && (($(<identify/namespace/1/MSSRL))); then
    before=$(written 64 8)
    accepts cmd/a/ctl 'set copy NSID=1 SDLBA=128 NR=1'
    accepts cmd/a/input/RANGE/0/SLBA 70
    accepts cmd/a/input/RANGE/0/NLB 1
    accepts cmd/a/input/RANGE/1/SLBA 64
    accepts cmd/a/input/RANGE/1/NLB 2
    accepts cmd/a/ctl 'run copy NSID=1 SDLBA=128 NR=1'
    same 'copied' "$(blocks 128 5)" "${before:12*lba:4*lba}${before:0:6*lba}"
    accepts cmd/a/input/RANGE/1/NLB 0xffff # more than MSSRL
    ! on_nvsim || refuses cmd/a/ctl 'run copy NSID=1 SDLBA=128 NR=1' EIO '0x183 Command Size Limit Exceeded'
fi

# --- Write Uncorrectable: the blocks are lost until they are written ---
if supports 1; then
    written 200 4 >/dev/null
    accepts cmd/a/ctl 'run write_uncorrectable NSID=1 SLBA=201 NLB=0'
    refuses cmd/r/ctl 'run read NSID=1 SLBA=200 NLB=3' EIO '0x281 Unrecovered Read Error'
    ! supports 7 || refuses cmd/a/ctl 'run verify NSID=1 SLBA=201 NLB=0' EIO '0x281'
    accepts cmd/r/ctl 'run read NSID=1 SLBA=202 NLB=1'
    written 201 1 >/dev/null
    accepts cmd/r/ctl 'run read NSID=1 SLBA=200 NLB=3'
fi

# --- A namespace formatted anew is empty, and its blocks have another size ---
if on_nvsim; then
    written 0 1 >/dev/null
    accepts cmd/a/ctl 'run format_nvm NSID=1 LBAFL=1'
    accepts cmd/a/ctl 'run identify CNS=0 NSID=1'
    shows cmd/a/result/NSZE "$(printf '0x%x' $((ID_NSZE[1] * 512 / 4096)))"
    lba=4096
    same 'after a format' "$(blocks 0 1)" "$(zeros 1)"
fi
finish
