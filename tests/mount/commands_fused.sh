#!/bin/bash
# SPDX-License-Identifier: MIT
# Fused pairs: Compare and Write next to each other in the queue with one doorbell, each with a status of its own (NVMe Base 2.0,
# 3.4.2; NVM Command Set 1.0, 3.1). And Abort by the name of the object.
. "$(dirname "$0")/lib.sh"
mount_lone
accepts ctl 'init queues=2'
mkdir cmd/first cmd/second cmd/r cmd/x || exit 99
work=$(mktemp -d "${TMPDIR:-/tmp}/lone-fused.XXXXXX") || exit 99
trap 'rm -rf "$work"; cleanup' EXIT
head -c 512 /dev/urandom >"$work/old"
head -c 512 /dev/urandom >"$work/new"
head -c 512 /dev/urandom >"$work/other"

# holds FILE: block 10 has these bytes
holds() {
    accepts cmd/r/ctl 'run read NSID=1 SLBA=10 NLB=0'
    same "block 10 holds $1" "$(cmp cmd/r/data "$work/$1" 2>&1)" ''
}

# doorbells: how many writes to the doorbell of submission queue 1 the trace has
doorbells() { grep -c 'SQ1TDBL' trace/log; }

# interface: CM58 CM59
# --- Settings ---
shows cmd/second/fuse none
refuses cmd/second/fuse nobody ENXIO 'mkdir cmd/nobody'
refuses cmd/second/fuse second EINVAL 'both halves'
refuses cmd/second/fuse 'first x' EINVAL
refuses cmd/second/fuse '' EINVAL 'or none'
accepts cmd/second/fuse first
shows cmd/second/fuse first
accepts cmd/second/fuse none
shows cmd/second/fuse none
accepts cmd/second/fuse first

if (($(<identify/controller/FUSES/value) & 1)); then
    cat "$work/old" >cmd/r/data
    accepts cmd/r/ctl 'run write NSID=1 SLBA=10 NLB=0'
    holds old

    # --- Both succeed ---
    cat "$work/old" >cmd/first/data
    cat "$work/new" >cmd/second/data
    accepts cmd/first/ctl 'set compare NSID=1 SLBA=10 NLB=0'
    accepts trace/enable 1
    before=$(doorbells) tail=$(<queues/sq/1/tail)
    accepts cmd/second/ctl 'run write NSID=1 SLBA=10 NLB=0'
    same "one doorbell" $(($(doorbells) - before)) 1
    same "two entries" $((($(<queues/sq/1/tail) - tail + $(<queues/sq/1/entries)) % $(<queues/sq/1/entries))) 2
    shows cmd/first/status '0x000 Successful Completion'
    shows cmd/second/status '0x000 Successful Completion'
    shows cmd/first/sqe/FUSE 0x1
    shows cmd/second/sqe/FUSE 0x2
    same "the first entry in the queue" "$("$PROBE" pread queues/sq/1/slots 2 $((tail * 64)) 2>/dev/null)" 0501
    same "the second one" "$("$PROBE" pread queues/sq/1/slots 2 $((tail * 64 + 64)) 2>/dev/null)" 0102
    holds new

    # --- The first one fails, so the second one does nothing ---
    accepts cmd/second/ctl 'submit write NSID=1 SLBA=10 NLB=0'
    shows cmd/first/status '0x285 Compare Failure'
    shows cmd/second/status '0x009 Command Aborted due to Failed Fused Command'
    holds new
    refuses cmd/second/ctl 'run write NSID=1 SLBA=10 NLB=0' EIO '0x009'

    # --- What was made by hand stays: a half without its other one ---
    accepts cmd/second/ctl 'submit write NSID=1 SLBA=10 NLB=0 FUSE=0'
    shows cmd/second/sqe/FUSE 0x0
    shows cmd/first/status '0x00a Command Aborted due to Missing Fused Command'
    # Sent alone it is no half any more.
    cat "$work/new" >cmd/first/data
    accepts cmd/first/ctl run
    shows cmd/first/sqe/FUSE 0x0
    accepts cmd/second/fuse none
    cat "$work/other" >cmd/second/data
    accepts cmd/second/ctl 'run write NSID=1 SLBA=10 NLB=0'
    shows cmd/second/sqe/FUSE 0x0
    holds other
    accepts cmd/second/fuse first
fi

# --- What cannot be a pair ---
accepts cmd/first/ctl 'set compare NSID=1 SLBA=10 NLB=0'
accepts cmd/first/queue 2
refuses cmd/second/ctl 'run write NSID=1 SLBA=10 NLB=0' EINVAL 'queues 2 and 1'
accepts cmd/first/queue auto
accepts cmd/first/ctl 'submit asynchronous_event_request'
refuses cmd/second/ctl 'run write NSID=1 SLBA=10 NLB=0' EBUSY 'the first half'
shows cmd/second/state "$(<cmd/second/state)"

# --- Abort by name: SQID and CID are those that the object was submitted with ---
accepts cmd/x/cid 0x1234
refuses cmd/x/ctl 'run abort cmd=nobody' ENXIO 'no object nobody'
refuses cmd/x/ctl 'run abort cmd=r2' ENXIO
mkdir cmd/idle
refuses cmd/x/ctl 'run abort cmd=idle' ENODATA 'was not submitted'
matches "the caret" "$(<cmd/x/error)" $'\n +\^'
accepts cmd/x/ctl 'set abort cmd=first'
shows cmd/x/sqe/SQID 0x0
same "the CID of the other" "$(<cmd/x/sqe/CDW10_CID)" "$(<cmd/first/sqe/CID)"
accepts cmd/x/ctl 'run abort cmd=first'
if on_nvsim; then # which can abort an event request; QEMU's aborts nothing
    shows cmd/x/cqe/DW0 0x0
    shows cmd/first/status '0x007 Command Abort Requested'
    # There is nothing left to abort: bit 0 of DW0 says so.
    accepts cmd/x/ctl 'run abort cmd=first'
    shows cmd/x/cqe/DW0 0x1
fi
# Named fields count beside it, whatever their order.
accepts cmd/x/ctl 'set abort CDW10_CID=7 cmd=first'
shows cmd/x/sqe/CDW10_CID 0x7
refuses cmd/x/ctl 'run identify cmd=first' EINVAL cmd

# interface: CM35
# --- A first half that is gone ---
accepts ctl 'init queues=1'
rmdir cmd/first
refuses cmd/second/ctl 'run write NSID=1 SLBA=10 NLB=0' ENXIO 'is gone'
finish
