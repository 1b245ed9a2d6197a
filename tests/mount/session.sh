#!/bin/bash
# SPDX-License-Identifier: MIT
# The README session of the contract, each answer compared; then once more in the same mount.
. "$(dirname "$0")/lib.sh"
mount_lone

seconds='^[0-9]+(\.[0-9]+)?$'

# says COMMAND EXPECTED: the line as a user types it prints that, and succeeds
says() {
    local got
    got=$(limited bash -c "$1" 2>&1)
    same "exit status of: $1" $? 0
    same "$1" "$got" "$2"
}

# takes COMMAND: the line waits, then prints the seconds it took
takes() {
    local got
    got=$(limited bash -c "$1" 2>&1)
    matches "$1" "$got" "$seconds"
}

identity() {
    says 'cat pcie/ID/VID' "$ID_VID"
    says 'cat pcie/ID/DID' "$ID_DID"
    says 'cat nvme/VS/MJR nvme/VS/MNR' "$(printf '0x%x\n0x%x' $((ID_VS >> 16)) $((ID_VS >> 8 & 0xff)))"
    says 'cat nvme/CSTS/RDY' 0x0
}

is_up() {
    shows nvme/CC/EN 0x1
    shows nvme/CSTS/RDY 0x1
    shows nvme/CSTS/CFS 0x0
    shows nvme/CSTS/SHST 0x0
    # What `admin` sets: entries of 64 and 16 bytes (NVMe Base 2.0, 3.1.3.5), 64 and 256 slots (0's based), bus mastering.
    shows nvme/CC/IOSQES 0x6
    shows nvme/CC/IOCQES 0x4
    shows nvme/CC/MPS 0x0
    shows nvme/CC/CSS "$(on_nvsim && echo 0x0 || echo 0x6)" # QEMU's CAP.CSS asks for it
    shows nvme/AQA/ASQS 0x3f
    shows nvme/AQA/ACQS 0xff
    shows pcie/CMD/BME 0x1
    shows queues/sq/0/state live
    shows queues/cq/0/state live
    same 'queue 0 is where ASQ says' "$(cat queues/sq/0/iova)" "$(register 0x28 8)"
    same 'queue 0 is where ACQ says' "$(cat queues/cq/0/iova)" "$(register 0x30 8)"
}

is_down() {
    shows nvme/CC/EN 0x0
    shows nvme/CSTS/RDY 0x0
    shows nvme/CSTS/CFS 0x0
    shows queues/sq/0/state disabled
    shows queues/cq/0/state disabled
    same 'no I/O queues' "$(echo queues/sq/* queues/cq/*)" 'queues/sq/0 queues/cq/0'
}

commands() {
    says 'cat identify/controller/MN' "$ID_MN"
    says 'cat identify/controller/SN' "$ID_SN"
    ! on_nvsim || says 'cat identify/controller/FR' 0.001
    says 'mkdir cmd/id' ''
    says "echo 'run identify CNS=1' > cmd/id/ctl" ''
    says 'cat cmd/id/status' '0x000 Successful Completion'
    says 'cat cmd/id/result/SN' "$ID_SN"
    says "echo 'submit identify CNS=0xff' > cmd/id/ctl" ''
    says 'cat cmd/id/status' '0x002 Invalid Field in Command'
    # The last command's completion, not the one before: SCT 0, SC 2 (NVMe Base 2.0, figure 102).
    says 'cat cmd/id/cqe/SC' 0x2
    says 'cat cmd/id/cqe/SCT' 0x0
    says 'rmdir cmd/id' ''
    same 'cmd/id is gone' "$(echo cmd/*)" 'cmd/*'
}

session() {
    says 'echo admin > queues/ctl' ''
    shows nvme/CSTS/RDY 0x0
    says 'echo 1 > nvme/CC/EN' ''
    takes 'cat nvme/wait/CSTS.RDY=1'
    is_up
    commands
    says 'echo 0 > nvme/CC/EN' ''
    takes 'cat nvme/wait/CSTS.RDY=0'
    is_down
}

identity
session

# Everything can be set up again in the same mount: by the same lines, …
identity
session
# interface: RO31
# … by enabling alone, as AQA, ASQ and ACQ stand unchanged (queue 0 begins anew), …
enable_by_hand
takes 'cat nvme/wait/CSTS.RDY=1'
shows queues/sq/0/tail 0
shows queues/cq/0/head 0
shows queues/cq/0/phase 1
is_up
commands
# interface: RO4 RO11 RO12
# … by the verbs of ctl, …
says 'echo disable > ctl' ''
is_down
says 'echo enable > ctl' ''
is_up
commands
says 'echo shutdown > ctl' ''
shows nvme/CSTS/SHST 0x2
says 'echo disable > ctl' ''
shows nvme/CSTS/RDY 0x0
# … with queues of another size, …
says 'echo admin sq=2 cq=4096 > queues/ctl' ''
shows nvme/AQA/ASQS 0x1
shows nvme/AQA/ACQS 0xfff
says 'echo enable > ctl' ''
commands
says 'echo disable > ctl' ''
# interface: RO32 RO34
# … and after a reset of the function, which takes the admin queue with it.
generation=$(cat generation)
says 'echo reset flr > ctl' ''
# interface: RO6
same 'a reset is counted' "$(cat generation)" $((generation + 1))
# QEMU keeps AQA over an FLR.
! on_nvsim || shows nvme/AQA/value 0x0
session

same 'nothing failed on the way but the wrong Identify' "$(cat error)" ''

# --- The other files at the root ---
# interface: RO3
for line in device controller interrupts 'sq 0' 'cq 0' commands events memory trace; do
    matches "a line of status" $'\n'"$(<status)" $'\n'"$line  +[^ ]"
done
# interface: RO5
shows timeout 10
for seconds in 0.25 3; do
    accepts timeout "$seconds"
    shows timeout "$seconds"
done
refuses timeout 0 ERANGE
accepts timeout 10
# interface: RO9
matches version "$(<version)" $'^lonefs [0-9.]+\nlibfuse 3\\.[0-9.]+$'
# interface: PE8
same "a script that has ctl for itself" "$(limited flock ctl sh -c 'flock -n ctl true || echo held')" held
same "and afterwards" "$(limited flock -n ctl echo free)" free
finish
