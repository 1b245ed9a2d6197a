#!/bin/bash
# SPDX-License-Identifier: MIT
# -o ro: registers can be read, nothing is written or sent.
# shellcheck disable=SC2320 # that an echo into the mount can fail is the point
. "$(dirname "$0")/lib.sh"
mount_lone -o ro

# --- Registers, memory and what lonefs knows can be read ---
shows nvme/VS/MJR "$(printf '0x%x' $((ID_VS >> 16)))"
shows nvme/CSTS/RDY 0x0
shows pcie/ID/VID "$ID_VID"
shows device "$DEVICE"
shows generation "$(<generation)"
matches "status" "$(<status)" 'disabled'
matches "nvme/json" "$(<nvme/json)" '"schema"'
matches "README" "$(<README)" 'NVMe'
same "a BAR" "$("$PROBE" pread bar/0 4 8 2>/dev/null)" "$(on_nvsim && echo 00010200 || echo 00040100)"
same "a wait that holds" "$(limited cat nvme/wait/CSTS.RDY=0 >/dev/null && echo yes)" yes
unreadable nvme/wait/CSTS.RDY=1,timeout=0.2 ETIMEDOUT

# interface: ER13 MO7
# --- Everything that would write is EROFS ---
for file in ctl timeout queues/ctl ns/ctl ns/1/data features/arbitration/current/AB nvme/CC/EN nvme/CC/value nvme/CC/raw nvme/CSTS/value pcie/CMD/BME bar/0; do
    same "write $file" "$("$PROBE" write "$file" 1)" EROFS
    same "open $file for both" "$("$PROBE" open "$file" rw)" EROFS
done
same "clone" "$("$PROBE" open cmd/clone rw)" EROFS
for pair in mkdir:cmd/a rmdir:cmd creat:cmd/a; do
    same "${pair%:*}" "$("$PROBE" path "${pair%:*}" "${pair#*:}")" EROFS
done
same "chmod" "$("$PROBE" path chmod ctl 666)" EROFS
{ echo enable >ctl; } 2>/dev/null
same "echo to ctl" $? 1

# --- Nothing is sent ---
for file in identify/controller/SN identify/controller/json identify/namespaces identify/namespace/1/NSZE identify/CNS=1/raw \
    identify/uuids/text identify/descriptors/1/NGUID logs/smart/CTEMP logs/LID=2,NUMD=0/raw logs/error/0/ECNT \
    features/arbitration/current/AB features/timestamp/default/text ns/1/size ns/1/data; do
    unreadable "$file" EROFS
    matches "the error of $file" "$(<error)" 'EROFS.*read-only'
done
ls -lR . >/dev/null
if on_nvsim; then
    for count in commands bar_writes config_writes; do shows "sim/counts/$count" 0; done
fi
shows nvme/CC/value 0x0
finish
