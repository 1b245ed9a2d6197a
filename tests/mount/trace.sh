#!/bin/bash
# SPDX-License-Identifier: MIT
# trace/: what was done is in it, as text and as JSON lines; following it; a ring that is full; what it costs while it is off.
. "$(dirname "$0")/lib.sh"
mount_lone

# interface: TR4
# --- Off: nothing is recorded ---
shows trace/enable 0
# An interrupt comes later than the completion that it announces, and how much later nobody knows: not where lines are counted
accepts irq/mode poll
bring_up
shows trace/log ''
shows trace/json ''
shows trace/lost 0
same "what is listed" "$(cd trace && echo *)" 'enable json log lost reads size wall_offset_ns'
for text in '' 2 -1 on '1 1'; do refuses trace/enable "$text" "$([[ $text == 2 ]] && echo ERANGE || echo EINVAL)"; done
refuses trace/size 0 ERANGE 'trace holds'
refuses trace/size 4194305 ERANGE

# interface: TR1 TR11
# --- A command: its entry, its doorbell, its completion, in this order. Doorbells are at 1000h + 4 * n with CAP.DSTRD 0 ---
shows nvme/CAP/DSTRD 0x0
accepts trace/enable 1
shows identify/controller/SN "$ID_SN"
log=$(limited cat trace/log)
kinds=$(awk '{ print $2 }' <<<"$log" | tr '\n' ' ')
same "kinds" "$kinds" 'submission doorbell completion doorbell '
matches "the submission" "$log" 'submission +sq 0 slot [0-9]+: identify .*CNS=0x1 .*\| 06[0-9a-f]{126}'
matches "the doorbell" "$log" 'doorbell +SQ0TDBL = 0x[0-9a-f]+ \| bar 0 0x1000 width 4'
matches "the completion" "$log" 'completion +cq 0 slot [0-9]+: 0x000 Successful Completion .*\| [0-9a-f]{32}'
matches "its doorbell" "$log" 'doorbell +CQ0HDBL = 0x[0-9a-f]+ \| bar 0 0x1004 width 4'
same "times ascend" "$(awk '{ print $1 }' <<<"$log" | sort -c -n && echo yes)" yes

# interface: TR4
accepts trace/enable 1
same "enabled once more: what is there stays" "$(limited cat trace/log)" "$log"

# --- What the entry was, byte for byte ---
mkdir cmd/a || exit 99
accepts cmd/a/ctl 'run identify CNS=2'
entry=$("$PROBE" pread cmd/a/sqe/raw 64 0 2>/dev/null)
cqe=$("$PROBE" pread cmd/a/cqe/raw 16 0 2>/dev/null)
same "the entry's bytes" "$(grep submission trace/log | tail -n 1 | sed 's/.*| //')" "$entry"
same "the completion's bytes" "$(grep completion trace/log | tail -n 1 | sed 's/.*| //')" "$cqe"

# interface: TR12
submission=$(grep submission trace/log | tail -n 1)
matches "fields of the command that are 0" "$submission" ' CNTID=0x0 '
same "other fields that are 0" "$(grep -oE ' (NSID|PSDT|FUSE|MPTR|PRP2|CDW1[0-5])=' <<<"$submission")" ''
# interface: TR18
accepts cmd/a/ctl 'submit get_features FID=4 THSEL=1 CDW13=5'
shows cmd/a/state completed
matches "fields of a feature, and a dword that has none" "$(grep submission trace/log | tail -n 1)" ' get_features .* FID=0x4 .*THSEL=0x1 CDW13=0x5 '

# interface: TR15
mkdir mem/m
accepts mem/m/size 4096
lines=$(wc -l <trace/log)
same "writing to memory" "$("$PROBE" write-raw mem/m/data 01020304 0)" OK
same "writing to slots" "$("$PROBE" write-raw queues/sq/0/slots 01020304 0)" OK
same "lines after writing to memory and slots" "$(wc -l <trace/log)" "$lines"
rmdir mem/m
if on_nvsim; then # memory in BAR 2
    mkdir mem/m
    accepts mem/m/where cmb
    accepts mem/m/size 4096
    lines=$(wc -l <trace/log)
    same "writing to memory in the controller" "$("$PROBE" write-raw mem/m/data 01020304 0)" OK
    same "lines after that" "$(wc -l <trace/log)" "$lines"
    rmdir mem/m
fi

# interface: TR3
# --- Reading the trace adds nothing to it, and reads of registers are in it only when asked for ---
lines=$(wc -l <trace/log)
limited cat trace/log trace/json status nvme/CSTS/RDY nvme/CAP/value pcie/ID/VID >/dev/null
same "lines after reading" "$(wc -l <trace/log)" "$lines"
# interface: TR6
accepts trace/reads 1
limited cat nvme/VS/value >/dev/null
matches "a read" "$(tail -n 1 trace/log)" "read +VS = $ID_VS .*bar 0 0x8 width 4"
accepts trace/reads 0

# interface: TR11 TR13
# --- Registers and configuration space ---
accepts nvme/CC/value "$(<nvme/CC/value)"
matches "a write" "$(tail -n 1 trace/log)" "write +CC = 0x[0-9a-f]+ EN=0x1 .*IOSQES=0x6 IOCQES=0x4 .*bar 0 0x14 width 4"
accepts pcie/CMD/BME 1
matches "a write to configuration space" "$(tail -n 1 trace/log)" 'config_write +CMD = 0x[0-9a-f]+ .*BME=0x1.*config 0x4 width 2'
same "ringing" "$("$PROBE" write-raw bar/0 00000000 0x1004)" OK
matches "a doorbell rung by hand" "$(tail -n 1 trace/log)" 'doorbell +CQ0HDBL = 0x0 '
accepts ctl disable
matches "a reset" "$(tail -n 1 trace/log)" "reset +disable: CC.EN went to 0, generation $(<generation)"
[[ ! -e pcie/caps/MSIXCAP ]] || accepts irq/mode msix
accepts ctl init
matches "a queue" "$(<trace/log)" 'queue_created cq 1, [0-9]+ entries'
matches "a queue" "$(<trace/log)" 'queue_created sq 1, [0-9]+ entries'
if [[ -e pcie/caps/MSIXCAP ]]; then
    same "interrupts" "$(limited cat irq/vectors/0/wait/count=1 >/dev/null && echo yes)" yes
    matches "an interrupt" "$(<trace/log)" 'interrupt +vector 0, count [0-9]+'
fi
accepts ctl 'reset flr'
matches "a function reset" "$(<trace/log)" 'reset +function: '
accepts irq/mode poll
accepts ctl init

# interface: TR8 TR14
# --- JSON: one object a line, the same events ---
limited cat trace/log >"$M.log"
limited cat trace/json >"$M.json"
same "as many lines" "$(wc -l <"$M.json")" "$(wc -l <"$M.log")"
if command -v python3 >/dev/null; then
    same "json" "$(python3 -c '
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
times = [event["time_ns"] for event in events]
sent = [event for event in events if event["event"] == "submission" and event["command"] == "identify"]
print(times == sorted(times), all(event["schema"] == 1 for event in events), sent[0]["fields"]["CNS"], len(sent[0]["raw"]))
' "$M.json")" 'True True 0x1 128'
fi
rm -f "$M.log" "$M.json"
# interface: TR10
now=$(date +%s)
wall=$(($(tail -n 1 trace/log | cut -d. -f1) + $(<trace/wall_offset_ns) / 1000000000))
same "the wall clock" "$((wall - now < 60 && now - wall < 60))" 1

# interface: TR8
if command -v python3 >/dev/null; then
    same "a read from the beginning is a new look" "$(python3 -c '
import os
log = os.open("trace/log", os.O_RDONLY)
before = len(os.read(log, 1 << 20))
with open("nvme/INTMC/value", "w") as register:
    register.write("0")
print(len(os.pread(log, 1 << 20, 0)) > before)
')" True
fi

# interface: TR9 TR16
# --- Following it: from when it is opened, a cursor for each ---
follow() { limited head -n "$1" trace/pipe >"$M.$2"; }
exec 3<trace/pipe 4<trace/pipe
accepts nvme/INTMS/value 0
accepts nvme/INTMC/value 0
line=$(limited head -n 1 <&3)
matches "the first line" "$line" 'write +INTMS = 0x0'
line=$(limited head -n 1 <&3)
matches "the second line" "$line" 'write +INTMC = 0x0'
line=$(limited head -n 1 <&4)
matches "the first line of another" "$line" 'write +INTMS = 0x0'
exec 3<&- 4<&-
follow 5 head &
follower=$!
limited head -n 2 trace/pipe_json >"$M.json" &
other=$!
while [[ $(jobs -rp) && $SECONDS -lt 60 ]]; do
    limited "$PROBE" write nvme/INTMS/value 0 >/dev/null
    sleep 0.02
done
wait "$follower"
same "head -n 5 trace/pipe" "$?" 0
wait "$other"
same "head -n 2 trace/pipe_json" "$?" 0
same "its lines" "$(wc -l <"$M.head") $(wc -l <"$M.json")" '5 2'
matches "a line of JSON" "$(head -n 1 "$M.json")" '^\{"schema":1,.*"event":"write".*"register":"INTMS".*\}$'
rm -f "$M.head" "$M.json"

# --- It waits, for as long as the reader likes; others go on; poll; O_NONBLOCK; Ctrl-C ---
accepts trace/enable 0
accepts trace/enable 1
got=$("$PROBE" read-nonblock trace/pipe 2>&1 >/dev/null)
same "read without blocking" "$got" EAGAIN
same "poll" "$("$PROBE" poll trace/pipe 100)" TIMEOUT
in_background "$M.out" poll trace/pipe 20000
accepts nvme/INTMS/value 0
wait "$WAITER"
same "poll after an event" "$(<"$M.out")" READABLE
rm -f "$M.out"
got=$("$PROBE" interrupt INT 200 read trace/pipe)
matches "Ctrl-C" "$got" '^(EINTR|KILLED SIGINT) '
got=$("$PROBE" sigchld 100 read trace/pipe & sleep 0.5; kill $! 2>/dev/null)
same "a child that ends does not end it" "$got" ''

# interface: TR5 TR7 TR8
# --- A ring that is full says what is missing ---
accepts trace/enable 0
accepts trace/size 4
accepts trace/enable 1
exec 3<trace/pipe
for i in 0 1 2 3 4 5 6 7 8 9; do accepts nvme/INTMC/value 0; done
shows trace/lost 6
same "lines" "$(wc -l <trace/log)" 5
matches "the gap" "$(head -n 1 trace/log)" '^\.\.\. 6 events lost'
matches "the gap in JSON" "$(head -n 1 trace/json)" '"event":"lost","count":6'
line=$(limited head -n 1 <&3)
matches "the gap for a follower" "$line" '^\.\.\. 6 events lost'
exec 3<&-
accepts trace/size 16384
same "the newest stay" "$(wc -l <trace/log)" 5

# interface: TR4 TR9
# --- Begun anew under followers: what they have not read is gone, and they are told ---
exec 3<trace/pipe 4<trace/pipe_json
accepts nvme/INTMC/value 0
accepts trace/enable 0
accepts trace/enable 1
matches "the gap" "$(limited head -n 1 <&3)" '^\.\.\. 1 events lost'
matches "the gap in JSON" "$(limited head -n 1 <&4)" '"event":"lost","count":1'
same "nothing else" "$(limited timeout 0.3 head -c 1 <&3)" ''
accepts nvme/INTMC/value 0
matches "what comes then" "$(limited head -n 1 <&3)" 'write +INTMC = 0x0'
exec 3<&- 4<&-
for i in 0 1 2 3; do accepts nvme/INTMC/value 0; done

# interface: TR17
# --- A long log is read in pieces, each line once ---
for ((i = 0; i < 300; i++)); do printf '%d\n' $((i % 2)) >nvme/INTMC/value; done
same "lines of a long log" "$(wc -l <trace/log)" 305
same "read twice" "$("$PROBE" reread trace/log 2>/dev/null | wc -l)" 610
same "a shell's lines" "$(n=0; while read -r line; do n=$((n + 1)); done <trace/log; echo $n)" 305
finish
