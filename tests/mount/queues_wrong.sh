#!/bin/bash
# SPDX-License-Identifier: MIT
# Queues, doorbells and addresses that are wrong: the controller's answer, and the way back. Status codes: NVMe Base 2.0,
# 5.4.1, 5.5.1, 5.6.1, 5.7.1 and Figure 94; events for wrong doorbells: Figure 146.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a cmd/event || exit 99

# answers QUEUE VERB STATUS: EIO, and the error text has the status
answers() { refuses "queues/$1/ctl" "$2" EIO "NVMe status $3"; }
# by_hand STATUS COMMAND…: sent through cmd/
by_hand() {
    accepts cmd/a/ctl "submit ${*:2}"
    matches "${*:2}" "$(limited cat cmd/a/status)" "^$1 "
}
works() {
    accepts cmd/a/queue 1
    accepts cmd/a/ctl 'run flush NSID=1'
    accepts cmd/a/queue 0
    shows nvme/CSTS/CFS 0x0
}

accepts ctl init
accepts cmd/a/queue 0
most=$(($(<nvme/CAP/MQES) + 1))

# --- Identifiers: 101h Invalid Queue Identifier, 100h Completion Queue Invalid ---
# interface: QU6
mkdir queues/cq/65535 queues/sq/65535 queues/cq/2 queues/sq/2
answers cq/65535 create 0x101
answers sq/65535 create 0x10[01]
accepts queues/sq/2/CQID 3
answers sq/2 create 0x100
by_hand 0x101 "create_io_cq QID=0 QSIZE=7 PC=1 PRP1=$(<queues/cq/2/iova)"
by_hand 0x101 "create_io_cq QID=1 QSIZE=7 PC=1 PRP1=$(<queues/cq/2/iova)" # it exists
by_hand 0x101 "create_io_sq QID=1 CQID=1 QSIZE=7 PC=1 PRP1=$(<queues/sq/2/iova)"
by_hand 0x101 'delete_io_sq QID=9'
by_hand 0x10[01] 'delete_io_cq QID=9' # QEMU: Completion Queue Invalid
by_hand 0x101 'delete_io_sq QID=0'
by_hand 0x10[01] 'delete_io_cq QID=0'
shows queues/cq/1/state live
answers sq/2 delete 0x101
answers cq/2 delete '0x10[01]'
for id in 2 65535; do shows "queues/cq/$id/state" made; done
rmdir queues/cq/65535 queues/sq/65535
works

# --- Sizes: 102h Invalid Queue Size ---
by_hand 0x102 "create_io_cq QID=2 QSIZE=0 PC=1 PRP1=$(<queues/cq/2/iova)"
if ((most < 65536)); then
    accepts queues/cq/2/entries $((most + 1))
    answers cq/2 create 0x102
fi
accepts queues/cq/2/entries 16

# --- Vectors: 108h Invalid Interrupt Vector, where there are not so many ---
accepts queues/cq/2/IV 0xffff
answers cq/2 create 0x108
accepts queues/cq/2/IV 1

# --- Addresses that are not aligned: 013h PRP Offset Invalid ---
mkdir mem/m && accepts mem/m/size 16384
accepts queues/cq/2/mem m+16
answers cq/2 create 0x013
accepts queues/cq/2/mem m
accepts queues/cq/2/ctl create
accepts queues/sq/2/CQID 2
accepts queues/sq/2/entries 16
accepts queues/sq/2/mem m+4100
answers sq/2 create 0x013
accepts queues/sq/2/mem host
accepts queues/sq/2/ctl create

# --- The wrong order: 10Ch Invalid Queue Deletion ---
answers cq/2 delete 0x10c
accepts cmd/a/queue 2
accepts cmd/a/ctl 'run flush NSID=1'
accepts cmd/a/queue 0
accepts queues/sq/2/ctl delete
accepts queues/cq/2/ctl delete
works

# --- Doorbells: outside of the queue, of no queue. The event says which: DW0 has the type (0 error) in 2:0, what in
# 15:8 (0 register, 1 value), the log page (1) in 23:16 ---
# wrong_doorbell QUEUE VALUE EXPECTED-DW0
wrong_doorbell() {
    accepts cmd/event/ctl 'submit asynchronous_event_request'
    accepts "queues/$1/ctl" "ring $2"
    shows "queues/$1/doorbell" "$(printf '0x%x' "$2")"
    matches "status" "$(limited cat cmd/event/status)" '^0x000'
    shows cmd/event/cqe/DW0 "$3"
    shows nvme/CSTS/CFS 0x0
    # Reading the log page lets the next event come
    accepts cmd/a/ctl 'run get_log_page LID=1 NUMDL=15 NSID=0xffffffff'
}
# interface: QU16 QU30
wrong_doorbell sq/1 65535 0x10100
works
wrong_doorbell sq/1 "$(<queues/sq/1/entries)" 0x10100
works
wrong_doorbell sq/2 1 0x10000
works
refuses queues/sq/1/ctl 'ring 0x100000000' ERANGE
refuses queues/sq/1/ctl 'ring -1' EINVAL
# interface: QU29
costs 'ring' '0 1 0 0 0' "$PROBE" write queues/cq/1/ctl ring

# --- A completion queue that nobody empties: the controller waits, and goes on ---
accepts queues/cq/2/entries 4
accepts queues/sq/2/entries 16
accepts queues/cq/2/consumer none
accepts queues/cq/2/mem host
accepts queues/cq/2/ctl create
accepts queues/sq/2/ctl create
for i in {1..8}; do
    mkdir "cmd/f$i"
    accepts "cmd/f$i/queue" 2
    accepts "cmd/f$i/ctl" 'submit flush NSID=1'
done
sleep 0.1
for i in {1..8}; do shows "cmd/f$i/state" outstanding; done
# whoever waits for one is told why
accepts cmd/f1/timeout 0.3
unreadable cmd/f1/status ETIMEDOUT
matches "why" "$(<cmd/f1/error)" 'completion queue 2: its consumer is none.*queues/cq/2/consumer'
accepts queues/cq/2/consumer auto
for i in {1..8}; do shows "cmd/f$i/status" '0x000 Successful Completion'; done
rmdir cmd/f[1-8]
accepts queues/ctl delete

# --- Addresses that reach nothing. The simulator stops with CSTS.CFS, as a controller may that cannot fetch or post ---
# fails_at KIND RECOVERY [ACCESS]: the memory of that kind of queue is unmapped, or has that access
fails_at() {
    accepts queues/cq/2/consumer none
    accepts "queues/$1/2/mem" m
    accepts queues/cq/2/ctl create
    accepts queues/sq/2/ctl create
    if [[ $# -gt 2 ]]; then accepts mem/m/access "$3"; else accepts mem/m/ctl unmap; fi
    accepts cmd/a/queue 2
    accepts cmd/a/ctl 'submit flush NSID=1'
    same "CFS" "$(limited cat nvme/wait/CSTS.CFS=1,timeout=5 >/dev/null && echo failed)" failed
    matches "status" "$(<status)" \
        "CFS .*$([[ $1 == sq ]] && echo 'read the memory of submission' || echo 'write the memory of completion') queue 2: "
    shows cmd/a/state outstanding
    accepts ctl "$2"
    shows cmd/a/state lost
    shows nvme/CSTS/CFS 0x0
    if [[ $# -gt 2 ]]; then accepts mem/m/access rw; else accepts mem/m/ctl map; fi
    accepts ctl init
    works
    mkdir queues/cq/2 queues/sq/2
    accepts queues/sq/2/entries 16
    accepts queues/cq/2/entries 16
}
if on_nvsim; then
    accepts queues/cq/2/entries 16
    accepts ctl init
    fails_at sq 'reset controller'
    fails_at cq 'reset controller'
    fails_at sq 'reset flr'
    fails_at cq disable
    fails_at sq disable w
    fails_at cq disable r
fi
finish
