#!/bin/bash
# SPDX-License-Identifier: MIT
# identify/: every CNS by name (NVMe Base 2.0, Figure 273), held against the same command sent by hand; query names of
# identify/, logs/ and features/ that say the same in other ways.
. "$(dirname "$0")/lib.sh"
mount_lone
accepts ctl init
mkdir cmd/a || exit 99

# same_as NAME FIELD=VALUE…: the name's bytes are what that command returns; where the controller refuses it, both say so
same_as() {
    local name=$1 status
    shift
    accepts cmd/a/ctl "submit identify $*"
    status=$(limited cat cmd/a/status)
    checks=$((checks + 1))
    if [[ $status == 0x000* ]]; then
        cmp -s "identify/$name/raw" cmd/a/result/raw || fail "identify/$name/raw is not what identify $* returns"
        [ "$(<"identify/$name/json")" = "$(<cmd/a/result/json)" ] || fail "identify/$name/json"
        answered=$((answered + 1))
    else
        unreadable "identify/$name/raw" EIO
        matches "the error of $name" "$(<error)" "NVMe status ${status%% *}"
    fi
}
answered=0
# interface: ID3 ID4 ID6 ID8 ID9 ID10 ID11
same_as controller CNS=0x01
same_as namespace/1 CNS=0x00 NSID=1
same_as descriptors/1 CNS=0x03 NSID=1
same_as nvm_sets CNS=0x04
same_as nvm/namespace/1 CNS=0x05 CSI=0 NSID=1
same_as zns/namespace/1 CNS=0x05 CSI=2 NSID=1
same_as nvm/controller CNS=0x06 CSI=0
same_as zns/controller CNS=0x06 CSI=2
same_as independent_namespace/1 CNS=0x08 NSID=1
same_as user_data_format/1 CNS=0x09 CNSSID=1
same_as nvm/user_data_format/1 CNS=0x0a CSI=0 CNSSID=1
same_as zns/user_data_format/1 CNS=0x0a CSI=2 CNSSID=1
same_as allocated_namespace/1 CNS=0x11 NSID=1
same_as attached_controllers/1 CNS=0x12 NSID=1
same_as controllers CNS=0x13
same_as primary_controller CNS=0x14
same_as secondary_controllers CNS=0x15
same_as granularity CNS=0x16
same_as uuids CNS=0x17
same_as domains CNS=0x18
same_as endurance_groups CNS=0x19
same_as nvm/allocated_namespace/1 CNS=0x1b CSI=0 NSID=1
same_as zns/allocated_namespace/1 CNS=0x1b CSI=2 NSID=1
same_as command_sets CNS=0x1c
matches "structures that this controller has" "$answered" '^([5-9]|[1-9][0-9])$'

# interface: ID7 ID11
# Lists of namespaces are a number a line: the dwords that the command returns
list_as() {
    local name=$1 status
    shift
    accepts cmd/a/ctl "submit identify $*"
    status=$(limited cat cmd/a/status)
    if [[ $status == 0x000* ]]; then
        same "identify/$name" "$(<"identify/$name")" "$(od -An -v -w4 -tu4 cmd/a/result/raw | tr -d ' ' | grep -v '^0$')"
    else
        unreadable "identify/$name" EIO
    fi
}
list_as namespaces CNS=0x02
list_as nvm/namespaces CNS=0x07 CSI=0
list_as zns/namespaces CNS=0x07 CSI=2
list_as allocated_namespaces CNS=0x10
list_as nvm/allocated_namespaces CNS=0x1a CSI=0
list_as zns/allocated_namespaces CNS=0x1a CSI=2

# The names are those of the table of CNS values, in lower case: writing one is accepted by the command
while read -r name; do
    case $name in nvm | zns | namespaces) continue ;; esac # the last is ACTIVE_NAMESPACES
    word=${name^^}
    accepts cmd/a/ctl "set identify CNS=$word"
done < <(ls identify)

# --- Namespaces are listed where they belong: by the command set that their descriptors say ---
cat identify/descriptors/*/CSI >/dev/null
same "of the NVM command set" "$(cd identify/nvm/namespace && echo *)" "$(cd identify/namespace && echo *)"
same "of ZNS" "$(cd identify/zns/namespace && echo *)" '*'
same "no user data formats are listed" "$(cd identify/user_data_format && echo *)" '*'
for name in nvm/uuids zns/descriptors/1 nvm/CNS=1 user_data_format/65536 csi; do unreadable "identify/$name" ENOENT; done

# --- What is listed can be read: what Identify Controller says that there is ---
# interface: RU43 RU91
before=$(<error)
unread()
{
    local raw
    for raw in identify/*/raw identify/*/[0-9]*/raw logs/*/raw features/*/*/raw; do
        # QEMU's says that it has Namespace Management, and refuses its lists of controllers outside of a subsystem.
        ! on_nvsim && [[ $raw == identify/*controllers/* ]] && continue
        cat "$raw" >/dev/null 2>&1 || echo "$raw"
    done
}
same "listed, but not to be read" "$(unread)" ''
same "what failed" "$(<error)" "$before"
# By name there is everything.
checks=$((checks + 1))
[ -d logs/persistent_events ] && [ -d features/spinup_control/saved ] && [ -d identify/nvm_sets ] || fail "by name"

# interface: ID12
# --- The same question in other words ---
shows identify/CNS=CONTROLLER/SN "$ID_SN"
shows "identify/CNS=0,NSID=1/NSZE" "$(<identify/namespace/1/NSZE)"
shows "identify/NSID=1,CNS=NAMESPACE/NSZE" "$(<identify/namespace/1/NSZE)"
same "CSI by name" "$("$PROBE" path truncate identify/CNS=6,CSI=NVM/raw 0)" "$("$PROBE" path truncate identify/nvm/controller/raw 0)"
finish
