#!/bin/bash
# SPDX-License-Identifier: MIT
# logs/: Get Log Page (NVMe Base 2.0, 5.16), held against the same command sent by hand.
. "$(dirname "$0")/lib.sh"
mount_lone

# --- Looking costs nothing ---
unreadable logs/smart/CTEMP ENXIO
bring_up
mkdir cmd/a || exit 99
commands_of 0 ls -lR logs
commands_of 0 stat logs/smart/CTEMP logs/LID=2,NUMD=127/raw logs/error/0/ECNT
for name in nothing smart/nothing error/x error/01 smart/0; do unreadable "logs/$name" ENOENT; done

# interface: LO1 LO8 LO9 LO10 LO12
# --- By name and by number, as the same command by hand says ---
commands_of 1 cat logs/smart/CTEMP
commands_of 1 cat logs/smart/json
commands_of 1 cat logs/LID=2,NUMD=127/raw
accepts cmd/a/data_size 512
accepts cmd/a/ctl 'run get_log_page LID=2 NSID=0xffffffff NUMDL=127 RAE=1'
# Composite Temperature: bytes 1 and 2 (5.16.1.3)
bytes=$(hex cmd/a/data 2 1)
shows logs/smart/CTEMP "$(printf '0x%x' "0x${bytes:2:2}${bytes:0:2}")"
same "size" "$(limited cat logs/smart/raw | wc -c)" 512
same "size that is shown" "$(stat -c %s logs/smart/raw)" 512
for name in smart,NSID=0xffffffff LID=2 LID=0x2,NUMD=127 LID=2,NUMDL=127 LID=SMART,NSID=0xffffffff NUMD=127,LID=2 smart,RAE=0; do
    same "CTEMP of $name" "$(limited cat "./logs/$name/CTEMP")" "$(<logs/smart/CTEMP)"
done
same "a part" "$(limited cat logs/LID=2,NUMD=0/raw | wc -c)" 4
shows logs/LID=2,NUMD=0/CTEMP "$(<logs/smart/CTEMP)"
unreadable logs/LID=2,NUMD=0/PUSED ENODATA
same "at an offset" "$(hex logs/LID=2,NUMD=1,LPO=4/raw 8 0)" "$(hex logs/smart/raw 8 4)"
same "undecoded" "$(cd logs/LID=2,NUMD=1,LPO=4 && echo *)" 'DATA json raw text'
matches "text" "$(<logs/smart/text)" '°C'
matches "json" "$(<logs/smart/json)" '"schema": *1'

# --- Firmware: AFI bits 2:0 the active slot, FRSn in bytes 8n on (5.16.1.4) ---
# QEMU says 1.0 there, and something else in Identify Controller.
slot=$(($(<logs/firmware/AFI/AFS)))
same "the revision that runs" "$(<"logs/firmware/FRS/$slot")" "$(hex logs/firmware/raw 8 $((8 * slot)) | sed 's/\(..\)/\\x\1/g' | xargs -0 printf %b | tr -d '\0' | sed 's/ *$//')"
if on_nvsim; then shows "logs/firmware/FRS/$slot" "$(<identify/controller/FR)"; fi

# interface: LO7 LO16
# --- Errors: entry 0 is the newest. As many are read as there are (ELPE is 0's based, an entry has 64 bytes) ---
entries=$(($(<identify/controller/ELPE) + 1))
same "the error log" "$(limited cat logs/error/raw | wc -c)" $((64 * entries))
accepts cmd/a/data_size 4096
refuses cmd/a/ctl 'run identify CNS=0xfe' EIO
if on_nvsim; then
    count=$(($(<logs/error/0/ECNT)))
    refuses cmd/a/ctl 'run identify CNS=0xfe' EIO
    shows logs/error/0/ECNT "$(printf '0x%x' $((count + 1)))"
    shows logs/error/1/ECNT "$(printf '0x%x' "$count")"
    shows logs/error/0/SQID 0x0
    shows logs/error/0/CID "$(<cmd/a/cqe/CID)"
    shows logs/error/0/STS/SC 0x2
    shows logs/error/ENTRY/0/STS/SC 0x2
    commands_of 1 cat logs/error/0/ECNT
    same "raw of an entry" "$(limited cat logs/error/0/raw | wc -c)" 64
    matches "text of an entry" "$(<logs/error/0/text)" 'ECNT'
    # Entries are as many as ELPE says, 0's based; behind them there is nothing.
    unreadable "logs/error/$(($(<identify/controller/ELPE) + 1))/ECNT" ENODATA
    unreadable logs/error/300/ECNT ENODATA
    # Supported pages: LID n at byte 4n, bit 0 (5.16.1.1)
    for lid in 0 1 2 3 4 5; do shows logs/supported/LID/$lid/LSUPP 0x1; done
    shows logs/supported/LID/255/LSUPP 0x0
    # Effects: admin command n at byte 4n, bit 0 (5.16.1.6)
    shows logs/effects/ACS/6/CSUPP 0x1
    shows logs/effects/ACS/255/CSUPP 0x0
    commands_of 1 cat logs/effects/raw
fi

# interface: LO13
# --- Long ones come in parts that MDTS allows; 4096 bytes before an Identify Controller has said more ---
if on_nvsim; then
    cat identify/controller/MDTS >/dev/null
    commands_of 1 cat logs/LID=5,NUMD=1023/raw
    accepts ctl init
    same "eight pages" "$(limited cat logs/LID=5,NUMD=1023/raw | wc -c)" 4096
fi

# --- What a name sends (5.16.1, Figures 195 to 198), whether the controller has that page or not ---
# interface: LO3 LO4 LO5 LO6
accepts trace/enable 1
# sends NAME FIELD=VALUE…: that read has these in its command
sends() {
    local entry word name=$1
    shift
    cat "logs/$name/raw" >/dev/null 2>&1
    entry=$(grep ' submission .* get_log_page ' trace/log | tail -n 1)
    for word; do matches "what logs/$name sends" "$entry " " $word "; done
}
sends telemetry_host LID=0x7 LSP=0x0 RAE=0x1 NSID=0xffffffff
sends changed_zones LID=0xbf RAE=0x1 NSID=0x1
sends endurance_group,LSI=1 LID=0x9 LSI=0x1 RAE=0x1
sends predictable_latency,LSI=2 LID=0xa LSI=0x2
sends fdp_statistics,LSI=3 LID=0x22 LSI=0x3
sends persistent_events,LSP=1 LID=0xd LSP=0x1
sends persistent_events,LSP=2,NUMD=0 LID=0xd LSP=0x2 NUMDL=0x0 NUMDU=0x0
accepts trace/enable 0

# interface: LO3 LO10
# --- RAE: the named pages retain events, so reading them answers none (5.16, Figure 197) ---
if on_nvsim; then
    # a changed threshold below the temperature makes the event
    temperature=$(($(<logs/smart/CTEMP)))
    mkdir cmd/event
    accepts features/asynchronous_event/current/value 'SHCW.TTC=1'
    accepts cmd/event/timeout 5
    accepts cmd/event/ctl 'submit asynchronous_event_request'
    accepts features/temperature_threshold/current/TMPTH $((temperature - 1))
    matches "the event" "$(limited cat cmd/event/status)" '^0x000'
    # Retained: no second event of the kind comes
    cat logs/smart/raw >/dev/null
    accepts cmd/event/ctl 'submit asynchronous_event_request'
    sleep 0.2
    shows cmd/event/state outstanding
    # RAE=0 clears it, and the condition that still holds makes another one
    limited cat logs/smart,RAE=0/raw >/dev/null
    accepts features/temperature_threshold/current/TMPTH $((temperature - 2))
    matches "the next event" "$(limited cat cmd/event/status)" '^0x000'
    rmdir cmd/event
fi

# interface: LO9 LO11
# --- Errors ---
unreadable logs/LID=0xfe,NUMD=0/raw EIO
matches "the error" "$(<error)" 'NVMe status (0x109 Invalid Log Page|0x002 Invalid Field in Command)'
malformed logs/LID=0xc0 'NUMD'
malformed logs/LID= LID
malformed logs/LID=256 256
malformed logs/LID=2,NUMD= NUMD
malformed logs/LID=2,NUMD=x x
malformed logs/LID=2,NUMD=0x100000000 0x100000000
malformed logs/LID=2,NUMD=0xffffffff '67108864 bytes'
malformed logs/LID=2,LPO=4 NUMD
malformed logs/LID=2,NUMD=1,LPO=0xfffffffffffffffc 'beyond 64 bits'
unreadable logs/LID=2,NUMD=1,LPO=0xfffffffffffffff8/raw EIO
matches "an offset that the page does not have" "$(<error)" '0x002 Invalid Field'
malformed logs/LID=2,XX=1 XX
malformed logs/NUMD=1 LID
malformed logs/nothing,NSID=1 nothing
malformed logs/smart,RAE=2 2
malformed logs/LID=2,timeout=x x
same "writing" "$("$PROBE" write logs/smart/CTEMP 1)" EACCES
accepts ctl 'reset controller'
unreadable logs/smart/CTEMP ENXIO
finish
