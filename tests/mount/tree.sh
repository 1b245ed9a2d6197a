#!/bin/bash
# SPDX-License-Identifier: MIT
# What is said of every file, held against every file of the tree: mount/tree.py.
. "$(dirname "$0")/lib.sh"
only_nvsim "it counts accesses: only nvsim can"
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
mount_lone
accepts ctl init
mkdir cmd/idle cmd/done cmd/pending mem/target
accepts mem/target/size 4096
accepts queues/cq/1/consumer file
accepts cmd/done/ctl 'run identify CNS=1'
accepts cmd/pending/timeout 600
accepts cmd/pending/ctl 'submit asynchronous_event_request'
LIMIT=250 limited python3 "$(dirname "$0")/tree.py" nvme/wait/CSTS.RDY=1 pcie/wait/CMD.SCE=1,timeout=0.05 \
    irq/vectors/0/wait/count=100000,timeout=0.05 events/stream trace/pipe trace/pipe_json queues/sq/1/submit queues/sq/1/place \
    queues/cq/1/completions identify/CNS=1/raw identify/CNS=1/SN logs/LID=2,NUMD=127/raw features/FID=1/current/AB
same 'what is said of every file' $? 0
finish
