#!/bin/bash
# SPDX-License-Identifier: MIT
# features/: a read is one Get Features, a write one Set Features (NVMe Base 2.0, 5.15 and 5.27), held against what the same
# commands say when they are sent by hand through cmd/.
. "$(dirname "$0")/lib.sh"
mount_lone

# get FID SEL [FIELD=VALUE…]: Dword 0 of Get Features, sent by hand
get() {
    accepts cmd/a/ctl "run get_features FID=$1 SEL=$2 ${*:3}"
    cat cmd/a/cqe/DW0
}

# --- Not set up yet; looking costs nothing ---
unreadable features/temperature_threshold/current/TMPTH ENXIO
bring_up
mkdir cmd/a || exit 99
commands_of 0 ls -lR features
commands_of 0 stat features/FID=0x04,THSEL=1/current/TMPTH features/arbitration/saved/raw
for name in nothing temperature_threshold/other arbitration/current/TMPTH number_of_queues/default/NSQR; do unreadable "features/$name" ENOENT; done

# interface: FE1 FE2 FE3
# --- Reading: one command a file, and it is the value that Get returns ---
commands_of 1 cat features/temperature_threshold/current/TMPTH
commands_of 1 cat features/temperature_threshold/current/json
commands_of 1 cat features/timestamp/current/text
for fid in 0x01 0x02 0x04 0x05 0x07 0x08 0x0a 0x0b; do
    before=$(get $fid 0 NSID=1)
    shows "features/FID=$fid,NSID=1/current/value" "$before"
    matches "raw of $fid" "$(hex "features/FID=$fid,NSID=1/current/raw" 4 0)" "^[0-9a-f]{8}$"
done
shows features/temperature_threshold/current/TMPTH "$(printf '0x%x' $(($(get 4 0) & 0xffff)))"
shows features/temperature_threshold,THSEL=1/current/TMPTH "$(printf '0x%x' $(($(get 4 0 CDW11=0x100000) & 0xffff)))"
matches "text of a threshold" "$(<features/temperature_threshold/current/text)" '°C'
matches "json of a feature" "$(<features/arbitration/default/json)" '"schema": *1'
# Capabilities: bit 0 saveable, 1 namespace specific, 2 changeable (Figure 195)
# interface: FE10
for pair in arbitration=1 temperature_threshold=4 error_recovery=5; do
    name=${pair%=*} capabilities=$(get "${pair#*=}" 3 NSID=1)
    shows "features/$name/capabilities/value" "$capabilities"
    shows "features/$name/capabilities/CHANGEABLE" "0x$((capabilities >> 2 & 1))"
    shows "features/$name/capabilities/NS_SPECIFIC" "0x$((capabilities >> 1 & 1))"
    shows "features/$name/capabilities/SAVEABLE" "0x$((capabilities & 1))"
done

# Dword 0 can be read by itself of each of the values, also where data follow it: of the Timestamp there is nothing in it.
for value in current default saved; do shows features/timestamp/$value/value 0x0; done

# interface: FE5 FE6
# --- Writing: a field is one Get and one Set; value and raw are one Set ---
default=$(<features/temperature_threshold/default/TMPTH)
# interface: RU39
commands_of 2 "$PROBE" write features/temperature_threshold/current/TMPTH 340
same "threshold by hand" $(($(get 4 0) & 0xffff)) 340
shows features/temperature_threshold/default/TMPTH "$default"
under=$(<features/temperature_threshold,THSEL=1/current/TMPTH)
accepts features/temperature_threshold,THSEL=UNDER/current/TMPTH 270
same "the other threshold" $(($(get 4 0 CDW11=0x100000) & 0xffff)) 270
same "and the first one stays" $(($(get 4 0) & 0xffff)) 340
shows features/FID=0x04,THSEL=1/current/TMPTH 0x10e
accepts features/FID=4,THSEL=1/current/TMPTH "$under"
commands_of 1 "$PROBE" write features/temperature_threshold/current/value 341
shows features/temperature_threshold/current/TMPTH 0x155
accepts features/temperature_threshold,THSEL=1/current/value 271
shows features/temperature_threshold,THSEL=1/current/TMPTH 0x10f
shows features/temperature_threshold/current/TMPTH 0x155
accepts features/temperature_threshold/current/value "TMPTH=$default"
shows features/temperature_threshold/current/TMPTH "$default"
printf '\x56\x01\0\0' | limited dd of=features/temperature_threshold/current/raw bs=4 status=none
shows features/temperature_threshold/current/TMPTH 0x156
if on_nvsim; then # QEMU's arbitration cannot be changed
    accepts features/arbitration/current/value 'AB=3 LPW=7 MPW=0x0f HPW=31'
    same "arbitration by hand" "$(get 1 0)" 0x1f0f0703
    accepts features/arbitration/current/MPW 9
    same "a field leaves the others" "$(get 1 0)" 0x1f090703
    commands_of 1 "$PROBE" write features/FID=0x01/current/value 0
    same "a plain number" "$(get 1 0)" 0x0
fi
accepts features/error_recovery/current/value 'TLER=5'
same "error recovery by hand" "$(get 5 0 NSID=1)" 0x5
accepts features/error_recovery/current/TLER 0
same "and back" "$(get 5 0 NSID=1)" 0x0

# --- What is refused is not sent ---
before=$(commands)
refuses features/arbitration/current/AB 8 ERANGE
refuses features/arbitration/current/XX 1 ENOENT
refuses features/arbitration/current/value 'AB=1 XX=2' EINVAL XX
refuses features/arbitration/current/value 0x100000000 ERANGE
same "writing a default" "$("$PROBE" write features/arbitration/default/AB 1)" EACCES
same "writing a capability" "$("$PROBE" write features/arbitration/capabilities/value 1)" EACCES
same "writing what Get alone has" "$("$PROBE" write features/number_of_queues/current/NSQA 1)" EACCES
same "three bytes of raw" "$("$PROBE" write-raw features/arbitration/current/raw 010203 0)" EINVAL
same "raw at an offset" "$("$PROBE" write-raw features/arbitration/current/raw 01020304 4)" ENOSPC
counted "commands of what is refused" "$before" 0

# Dword 0 of this one has no field.
refuses features/timestamp/current/value 5 EINVAL 'FIELD=VALUE'

# interface: FE8
# --- Fields that only Set has; Number of Queues says what was granted ---
accepts ctl 'init queues=0'
same "write-only fields are not listed" "$(cd features/number_of_queues/current && echo *)" 'NCQA NSQA json raw text value'
# set_entry: CDW11 of the last Set Features, as the trace has it in bytes
set_entry() { grep ' set_features ' trace/log | tail -n 1 | sed 's/.* | \(.*\)/\1/' | cut -c 89-96; }
accepts trace/enable 1
commands_of 2 "$PROBE" write features/number_of_queues/current/value 'NSQR=3 NCQR=5'
same "CDW11 of two words" "$(set_entry)" 03000500
granted=$(<features/number_of_queues/current/NCQA)
accepts features/number_of_queues/current/NSQR 7
same "CDW11 of one field: the other is what was granted" "$(set_entry)" "$(printf '0700%02x%02x' $((granted & 0xff)) $((granted >> 8)))"
if on_nvsim; then # FFFFh is not allowed (5.27.1.5)
    refuses features/number_of_queues/current/value 'NSQR=0xffff NCQR=1' EIO 'Invalid Field in Command'
fi
accepts trace/enable 0

# interface: FE3 FE7
# --- Data structures ---
# Timestamp: 48 bits of milliseconds (5.27.1.11)
accepts features/timestamp/current/TIMESTAMP 0x123456789a
accepts cmd/a/ctl 'run get_features FID=0x0e'
time=$((16#$(hex cmd/a/data 6 0 | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\6\5\4\3\2\1/')))
same "timestamp by hand" $((time >= 0x123456789a && time < 0x123456789a + 60000)) 1
now=$((16#$(sed 's/^0x//' features/timestamp/current/TIMESTAMP)))
same "timestamp by name" $((now >= time && now < time + 60000)) 1
same "size of its raw" "$(limited cat features/timestamp/current/raw | wc -c)" 12
shows features/timestamp/current/TO 0x1
if on_nvsim; then
    # Host Identifier: 8 bytes, with EXHID 16 (5.27.1.25)
    accepts features/host_identifier,EXHID=1/current/HOSTIDU 0x1122334455667788
    accepts cmd/a/ctl 'run get_features FID=0x81 CDW11=1'
    same "host identifier" "$(hex cmd/a/data 8 8)" 8877665544332211
    same "size without EXHID" "$(limited cat features/host_identifier/current/raw | wc -c)" 12
    same "size with EXHID" "$(limited cat features/host_identifier,EXHID=1/current/raw | wc -c)" 20
    # APST: entry N at 8 * N, ITPS in bits 7:3, ITPT in 31:8 (5.27.1.9)
    accepts features/autonomous_power_state/current/APST/0/ITPS "$(($(<identify/controller/NPSS)))"
    accepts features/autonomous_power_state/current/APST/0/ITPT 1000
    accepts cmd/a/ctl 'run get_features FID=0x0c'
    same "APST entry 0" "$(hex cmd/a/data 4 0)" "$(printf '%02xe80300' $(($(<identify/controller/NPSS) << 3)))"
    # A number to `value` is Dword 0; the data that stand above are carried over.
    accepts features/host_identifier,EXHID=1/current/HOSTIDL 0xfedcba9876543210
    for feature in host_behavior autonomous_power_state host_memory_buffer lba_range_type,NSID=1 host_identifier,EXHID=1; do
        before=$(<features/$feature/current/json)
        commands_of 2 "$PROBE" write "features/$feature/current/value" "$(<"features/$feature/current/value")"
        same "$feature after its own value" "$(<features/$feature/current/json)" "$before"
    done
    accepts features/autonomous_power_state/current/value 1
    shows features/autonomous_power_state/current/APSTE 0x1
    shows features/autonomous_power_state/current/APST/0/ITPT 0x3e8
    accepts features/autonomous_power_state/current/value 0
    # A namespace's: of 1 unless NSID says another
    accepts features/error_recovery,NSID=2/current/TLER 5
    same "error recovery of 2" "$(get 5 0 NSID=2)" 0x5
    same "error recovery of 1" "$(get 5 0 NSID=1)" 0x0
    shows features/error_recovery/current/TLER 0x0
    shows features/FID=0x05,NSID=2/current/TLER 0x5
    # Saved with SV; a feature that cannot be saved says so
    accepts features/arbitration/saved/AB 4
    same "saved by hand" "$(get 1 2)" 0x4
    same "and current" "$(get 1 0)" 0x4
    same "the default stays" "$(get 1 1)" 0x0
    refuses features/timestamp/saved/TIMESTAMP 1 EIO 'Feature Identifier Not Saveable'
fi

# interface: FE9
# --- Errors of the controller ---
unreadable features/FID=0xfe/current/value EIO
matches "the error" "$(<error)" 'NVMe status 0x002 Invalid Field in Command'
malformed features/FID= FID
malformed features/FID=256 256
malformed features/FID=4,SEL=1 'current/'
malformed features/FID=4,THSEL=9 9
malformed features/FID=4,XX=1 XX
malformed features/NSID=1 FID
malformed features/THSEL=1,FID=4 ''
malformed features/nothing,NSID=1 nothing
malformed features/arbitration,THSEL=1 THSEL
malformed features/FID=4,timeout=0 0
malformed features/FID=4,,NSID=1 comma

# --- After a reset, and on a mount that is read-only ---
accepts ctl 'reset controller'
unreadable features/arbitration/current/AB ENXIO
refuses features/arbitration/current/AB 1 ENXIO
finish
