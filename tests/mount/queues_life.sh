#!/bin/bash
# SPDX-License-Identifier: MIT
# ctl: the controller up and down in every way, and up again (NVMe Base 2.0, 3.5 to 3.7), and a controller that failed.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a || exit 99

works() {
    accepts cmd/a/ctl 'run identify CNS=1'
    shows cmd/a/result/SN "$ID_SN"
    matches "status" "$(<status)" 'controller +ready'
}

# --- Words ---
for text in '' ' ' up Enable 'enable now' 'disable 1' 'shutdown normal' 'shutdown abrupt now' reset 'reset everything' \
    'reset flr now' 'abrupt' 'controller' $'enable\ndisable' "$(printf 'x%.0s' {1..300})"; do
    refuses ctl "$text" EINVAL
done
! on_nvsim || shows sim/counts/bar_writes 0
refuses ctl enable ENXIO 'admin.*queues/ctl'
! on_nvsim || shows sim/counts/bar_writes 0

# --- Enable and disable ---
matches "status" "$(<status)" 'controller +disabled'
bring_up
works
accepts ctl enable
works
accepts ctl disable
shows nvme/CC/EN 0x0
shows nvme/CSTS/RDY 0x0
shows queues/sq/0/state disabled
accepts ctl disable
accepts ctl '  enable '
works

# --- The same registers, written by hand ---
# interface: QU5
accepts nvme/CC/EN 0
same "RDY" "$(limited cat nvme/wait/CSTS.RDY=0 >/dev/null && echo ended)" ended
enable_by_hand
same "RDY" "$(limited cat nvme/wait/CSTS.RDY=1 >/dev/null && echo ended)" ended
works

# --- Shutdown: CSTS.SHST 10b is complete (3.1.3.6) ---
for shutdown in shutdown 'shutdown abrupt'; do
    accepts ctl "$shutdown"
    shows nvme/CSTS/SHST 0x2
    shows nvme/CC/SHN "0x$([[ $shutdown == shutdown ]] && echo 1 || echo 2)"
    matches "status" "$(<status)" 'shutdown +complete'
    accepts ctl disable
    accepts ctl enable
    shows nvme/CSTS/SHST 0x0
    shows nvme/CC/SHN 0x0
    works
    accepts ctl "$shutdown"
    accepts ctl init
    works
done

# --- Resets. AQA, ASQ and ACQ outlive a Controller Reset only if the function stays (3.7.2) ---
accepts ctl 'init queues=2 entries=4'
generation=$(<generation)
accepts ctl 'reset controller'
same "generation" $(($(<generation) > generation)) 1
shows nvme/CC/EN 0x0
shows nvme/CSTS/RDY 0x0
unreadable queues/sq/1/state ENOENT
aqa=$(<nvme/AQA/value)
same "AQA stays" "$([[ $aqa != 0x0 ]] && echo yes)" yes
accepts ctl enable
works
for reset in flr hot subsystem; do
    [[ $reset != subsystem ]] || has_nssr || continue
    [[ $reset != hot ]] || can_hot_reset || continue
    accepts ctl 'init queues=2 entries=4'
    generation=$(<generation)
    accepts ctl "reset $reset"
    same "generation after $reset" $(($(<generation) > generation)) 1
    shows nvme/CC/EN 0x0
    shows nvme/CSTS/RDY 0x0
    [[ $reset == subsystem ]] || ! on_nvsim || shows nvme/AQA/value 0x0
    same "queue 1 after $reset" "$([[ -e queues/sq/1 ]] || echo gone)" gone
    "$PROBE" read identify/controller/SN >"$M.out" 2>&1
    same "identify after $reset" "$(<"$M.out")" ENXIO
    if [[ $reset == subsystem ]]; then
        shows nvme/CSTS/NSSRO 0x1
        accepts nvme/CSTS/NSSRO 1
        shows nvme/CSTS/NSSRO 0x0
    fi
    accepts queues/ctl admin
    accepts ctl enable
    works
    accepts ctl "reset $reset"
    accepts ctl init
    works
done
rm -f "$M.out"

# --- By configuration space: an FLR, and memory space off and on ---
if [[ -e pcie/caps/PXCAP/PXDC/IFLR ]]; then
    generation=$(<generation)
    accepts pcie/caps/PXCAP/PXDC/IFLR 1
    same "generation after IFLR" $(($(<generation) > generation)) 1
    accepts ctl init
    works
fi

# --- A controller that fails: settings that it does not support (3.1.3.5: CSS must be supported) ---
accepts ctl disable
accepts queues/ctl 'admin css=6'
if ! (($(<nvme/CAP/CSS) & 1 << 6)); then
    refuses ctl enable EIO 'CFS.*reset controller'
    shows nvme/CSTS/CFS 0x1
    matches "status" "$(<status)" 'CFS.*reset controller'
    accepts ctl 'reset controller'
    shows nvme/CSTS/CFS 0x0
    accepts queues/ctl admin
    accepts ctl enable
    works
fi

# --- One whose admin queue is where no memory is: it fails when it is to fetch a command ---
# fails_by_queue RECOVERY
fails_by_queue() {
    accepts ctl disable
    accepts queues/ctl admin
    accepts nvme/ASQ/value 0x7ffffff000
    accepts ctl enable
    refuses cmd/a/ctl 'run identify CNS=1' ENXIO 'ASQ.*admin'
    # The doorbell of submission queue 0 is at 1000h (PCIe Transport 1.0, 3.1.2)
    same "ringing" "$("$PROBE" write-raw bar/0 01000000 0x1000)" OK
    same "CFS" "$(limited cat nvme/wait/CSTS.CFS=1,timeout=5 >/dev/null && echo failed)" failed
    matches "status" "$(<status)" 'CFS.*reset controller'
    refuses cmd/a/ctl 'run identify CNS=1' ENXIO
    accepts ctl "$1"
    shows nvme/CSTS/CFS 0x0
    accepts queues/ctl admin
    accepts ctl enable
    works
}
fails_by_queue 'reset controller'
fails_by_queue disable
fails_by_queue 'reset flr'
accepts ctl init
works

# --- A command that meets the failure: it stays outstanding until the reset, which loses it ---
accepts ctl disable
accepts queues/ctl admin
accepts nvme/ACQ/value 0x7ffffff000
accepts nvme/ACQ/value "$(<queues/cq/0/iova)"
accepts ctl enable
works
accepts cmd/a/timeout 0.2
accepts pcie/CMD/BME 0
refuses cmd/a/ctl 'run identify CNS=1' ETIMEDOUT
same "CFS" "$(limited cat nvme/wait/CSTS.CFS=1,timeout=5 >/dev/null && echo failed)" failed
shows cmd/a/state outstanding
accepts ctl 'reset controller'
shows cmd/a/state lost
unreadable cmd/a/status ESHUTDOWN
matches "why" "$(<cmd/a/error)" 'reset or disabled'
accepts ctl init
accepts cmd/a/timeout 10
works
finish
