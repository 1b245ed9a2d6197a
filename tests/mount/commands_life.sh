#!/usr/bin/env bash
# Command objects whose opcode changes under open files, that several write to, that end while others look: whoever waits, or
# has a file open, gets his own answer or an error, never another one's.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

mount_lone
accepts ctl init

# interface: CM16
# --- A file that is open stays the one of its field ---
mkdir cmd/a
accepts cmd/a/ctl 'set read NSID=1 SLBA=0x1234'
exec 3<cmd/a/sqe/SLBA 4<cmd/a/sqe/SGL1/ADDR 5<cmd/a/sqe/NSID 6<cmd/a/sqe/NLB 7<cmd/a/sqe/text 8<>cmd/a/sqe/SLBA
accepts cmd/a/ctl 'set identify CNS=1 CNTID=7'
for descriptor in 3 4 6; do
    matches "an open field that the entry has no more ($descriptor)" "$(limited cat <&$descriptor 2>&1)" 'No data available'
done
matches "writing one" "$(echo 1 2>&1 >&8)" 'No data available'
shows cmd/a/sqe/CNTID 0x7
same "a field that all have" "$(limited cat <&5)" 0x0
matches "the text is what there is now" "$(limited cat <&7)" CNTID
accepts cmd/a/ctl 'set read NSID=1 SLBA=0x77'
same "and it is there again" "$(limited cat <&3)" 0x77
exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&-
# The same of what came back: a file of one structure is not one of the next
accepts cmd/a/ctl 'run identify CNS=1'
exec 3<cmd/a/result/SN 4<cmd/a/cqe/SC
accepts cmd/a/ctl 'run identify CNS=0 NSID=1'
matches "SN of a namespace" "$(limited cat <&3 2>&1)" 'No data available'
same "a field of all completions" "$(limited cat <&4)" 0x0
exec 3<&- 4<&-
# `value`, which only small structures have: the next one has none, is larger than 64 bytes, or is not laid out at all
accepts cmd/a/ctl 'set reservation_release NSID=1'
exec 3<>cmd/a/input/value 4<cmd/a/input/text
for line in 'set identify CNS=1' 'set dataset_management NSID=1 NR=3' 'set 0xc1'; do
    accepts cmd/a/ctl "$line"
    matches "value after '$line'" "$(limited cat <&3 2>&1)" 'No data available'
    matches "a number to it" "$(echo 5 2>&1 >&3)" 'No data available'
    matches "a field to it" "$(echo CRKEY=5 2>&1 >&3)" 'No data available'
done
matches "text of what is not laid out" "$(limited cat <&4 2>&1)" 'No data available'
exec 3<&- 4<&-
accepts cmd/a/ctl 'run get_features FID=0xe'
exec 3<cmd/a/result/value
accepts cmd/a/ctl 'set identify CNS=1'
matches "value of a feature" "$(limited cat <&3 2>&1)" 'No data available'
exec 3<&-
# A directory of elements that is open while the layout changes
accepts cmd/a/ctl 'run identify CNS=2'
same "listed while the entry changes" "$(limited python3 -c '
import os
for line in ("set flush NSID=1", "set 0xc1", "run identify CNS=0 NSID=1", "run get_log_page LID=1 NUMDL=15", "run identify CNS=2"):
    for name in ("result", "input", "sqe", "cqe"):
        fd = os.open("cmd/a/" + name, os.O_RDONLY)
        for sub in list(os.scandir(fd)):
            if sub.is_dir():
                inner = os.open(name + "/" + sub.name, os.O_RDONLY, dir_fd=os.open("cmd/a", os.O_RDONLY))
                with open("cmd/a/ctl", "w") as ctl:
                    ctl.write(line)
                os.listdir(inner)
        os.listdir(fd)
print("listed")' 2>&1)" listed

# interface: CM10 CM12
# --- An object that is fresh ---
mkdir cmd/fresh
shows cmd/fresh/opcode none
refuses cmd/fresh/ctl run EINVAL 'no opcode yet'
same "it lists no field of Delete I/O Submission Queue" "$(limited ls cmd/fresh/sqe | grep -c QID)" 0
accepts cmd/fresh/opcode 2 # the number of a command of each kind: NVMe Base 2.0, Figure 138; NVM Command Set 1.0, Figure 12
shows cmd/fresh/opcode get_log_page
accepts cmd/fresh/queue 1
shows cmd/fresh/opcode read
accepts cmd/fresh/queue auto
accepts cmd/fresh/opcode none # what it prints it accepts
shows cmd/fresh/opcode none
refuses cmd/fresh/ctl run EINVAL 'no opcode yet'
accepts cmd/fresh/timeout 3
shows cmd/fresh/timeout 3
accepts cmd/fresh/timeout auto
shows cmd/fresh/timeout "$(cat timeout)"
accepts timeout 7
shows cmd/fresh/timeout 7
accepts timeout 10

# interface: CM4
# --- A line is taken whole or refused whole ---
accepts cmd/a/ctl 'set read NSID=1 SLBA=0x55 NLB=1'
entry=$(hex cmd/a/sqe/raw 64 0)
for line in 'run read NSID=99 NLB=7' 'run identify CNS=1 FOO=2' 'submit flush NSID=1 NLB=2' 'run idntify CNS=1' 'run get_log_page LID=2 NUMDU=0xffff NUMDL=0xffff'; do
    "$PROBE" write cmd/a/ctl "$line" >/dev/null && fail "$line was accepted"
    same "the entry after '$line'" "$(hex cmd/a/sqe/raw 64 0)" "$entry"
    shows cmd/a/opcode read
done
accepts cmd/a/queue 77
refuses cmd/a/ctl 'run write NSID=1' ENXIO
same "the entry after a queue that is not there" "$(hex cmd/a/sqe/raw 64 0)" "$entry"
accepts cmd/a/queue auto

# What came back stays, too, whatever refuses the line: what is set up beside the entry, a fused pair, the device
mkdir cmd/w cmd/first mem/m
accepts mem/m/size 4096
# stays WHAT LINE ERRNO: refused, with what `run identify CNS=1` brought untouched
stays() {
    refuses cmd/w/ctl "$2" "$3"
    shows cmd/w/opcode identify
    shows cmd/w/status '0x000 Successful Completion'
    shows cmd/w/result/SN "$ID_SN"
    same "bytes of data, $1" "$(limited wc -c <cmd/w/data)" 4096
}
accepts cmd/w/ctl 'run identify CNS=1'
accepts cmd/w/prp_list m+4088
stays "a PRP list without room" 'run read NSID=1 NLB=200' ENOSPC
accepts cmd/w/pointers sgl
accepts cmd/w/sgl 'block=512 block segment=2'
stays "an SGL segment without room" 'run read NSID=1 NLB=7' ENOSPC
accepts cmd/w/prp_list host
accepts cmd/w/sgl 'block=10'
stays "an SGL of another length" 'run read NSID=1 NLB=7' EINVAL
accepts cmd/w/sgl block
accepts cmd/w/pointers prp
accepts cmd/first/ctl 'set flush NSID=1'
first=$(hex cmd/first/sqe/raw 64 0)
accepts cmd/w/fuse first
stays "a pair in two queues" 'run identify CNS=0 NSID=1' EINVAL
same "the entry of the first half" "$(hex cmd/first/sqe/raw 64 0)" "$first"
accepts cmd/first/ctl 'set read NSID=0x77'
stays "a first half of unknown length" 'run read NSID=1' ENODATA
accepts cmd/first/ctl 'submit asynchronous_event_request'
stays "a first half that is outstanding" 'run identify CNS=0 NSID=1' EBUSY
accepts cmd/first/timeout 0.1
accepts ctl 'reset controller'
accepts ctl init
rmdir cmd/first
stays "a first half that is gone" 'run identify CNS=0 NSID=1' ENXIO
mkdir cmd/first
stays "another object of its name" 'run identify CNS=0 NSID=1' ENXIO
accepts cmd/w/fuse none
accepts pcie/CMD/MSE 0
stays "a doorbell that cannot be written" 'run identify CNS=0 NSID=1' EIO
accepts pcie/CMD/MSE 1
accepts cmd/w/mem m
accepts cmd/w/ctl 'run identify CNS=1'
stays "an object of mem/ without room" 'run read NSID=1 NLB=70' ENOSPC
accepts cmd/w/mem host
printf hello | cat >cmd/w/data
accepts cmd/w/prp_list m+4088
refuses cmd/w/ctl 'run write NSID=1 NLB=200' ENOSPC
same "what was written is as long as before" "$(limited cat cmd/w/data)" hello

# interface: CM3 RU2
# --- Names of commands ---
refuses cmd/a/ctl 'run idntify CNS=1' EINVAL 'identify is'
refuses cmd/a/ctl 'run get_logpage LID=2' EINVAL 'get_log_page is'
refuses cmd/a/ctl 'run xyzzy' EINVAL 'cmd/opcodes lists them'
matches "the list of commands" "$(limited cat cmd/opcodes)" 'identify  *0x06 admin'
matches "the list of commands" "$(limited cat cmd/opcodes)" 'read  *0x02 I/O'

# interface: CM49
# --- Abort has two fields CID (Base 2.1, 5.1): the line says which ---
refuses cmd/a/ctl 'run abort SQID=0 CID=7' EINVAL 'CDW0_CID.*CDW10_CID'
accepts cmd/a/ctl 'set abort SQID=3 CDW10_CID=7 CDW0_CID=0x55'
same "CDW0 and CDW10" "$(hex cmd/a/sqe/raw 4 0) $(hex cmd/a/sqe/raw 4 40)" '08005500 03000700'
refuses cmd/a/ctl 'run abort cmd=a' EINVAL 'cannot send the Abort for itself'
accepts cmd/a/ctl 'set 8 SQID=3 CDW10_CID=7' # by its number
refuses cmd/a/ctl 'set 8 CID=7' EINVAL 'CDW0_CID.*CDW10_CID'
accepts cmd/a/ctl 'set 9 TMPTH=300 FID=4' # as by name, the fields of the feature (5.27.1.3)
same "CDW10 and CDW11" "$(hex cmd/a/sqe/raw 8 40)" 040000002c010000
# The one that another was submitted as, whatever its entry says since
mkdir cmd/s
accepts cmd/s/cid 0x321
accepts cmd/s/ctl 'submit asynchronous_event_request'
accepts cmd/a/ctl 'set abort cmd=s'
same "CID of an outstanding command" "$(hex cmd/a/sqe/raw 4 40)" 00002103
accepts ctl 'reset controller'
accepts ctl init
accepts cmd/s/ctl 'set identify CNS=1'
accepts cmd/a/ctl 'set abort cmd=s'
same "CID of one that was lost, and filled anew" "$(hex cmd/a/sqe/raw 4 40)" 00002103

# interface: CM37
# --- A CID that was written into the entry holds until the entry is zeroed, or `cid` is written ---
accepts cmd/a/ctl 'set identify CNS=1'
accepts cmd/a/sqe/CID 0x4321
shows cmd/a/cid 0x4321
accepts cmd/a/ctl run
shows cmd/a/cqe/CID 0x4321
accepts cmd/a/cid auto
shows cmd/a/cid auto
accepts cmd/a/sqe/CID 0x4321
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/cid auto

# interface: CM1
# --- Names that mean something else ---
for name in none host; do
    same "mkdir cmd/$name" "$("$PROBE" path mkdir "cmd/$name")" EINVAL
    same "mkdir mem/$name" "$("$PROBE" path mkdir "mem/$name")" EINVAL
done
same "mkdir cmd/clone" "$("$PROBE" path mkdir cmd/clone)" EEXIST
same "mkdir cmd/opcodes" "$("$PROBE" path mkdir cmd/opcodes)" EEXIST

# interface: CM44
# --- run tells how its own submission ended ---
mkdir cmd/shared
writer() {
    local i wrong=0
    for ((i = 0; i < 150; i++)); do
        case $("$PROBE" write cmd/shared/ctl "$1") in
        "$2" | EBUSY) ;;
        *) wrong=$((wrong + 1)) ;;
        esac
    done
    echo "$wrong"
}
answers=$(mktemp)
writer 'run identify CNS=1' OK >>"$answers" &
writer 'run identify CNS=0xff' EIO >>"$answers" &
writer 'run identify CNS=0xff' EIO >>"$answers" &
wait
same "answers of another writer's command" "$(sort "$answers" | tr '\n' ' ')" '0 0 0 '
rm -f "$answers"

# --- Removing while listing leaves nothing out ---
for kind in cmd mem; do
    limited mkdir "$kind"/many-{1..300}
    same "removed one by one in $kind" "$(limited python3 -c '
import os, sys
n = 0
for entry in os.scandir(sys.argv[1]):
    if entry.name.startswith("many-"):
        os.rmdir(entry.path)
        n += 1
print(n, sum(name.startswith("many-") for name in os.listdir(sys.argv[1])))' $kind)" '300 0'
done
for id in {2..200}; do mkdir queues/sq/"$id"; done
same "removed one by one in queues/sq" "$(limited python3 -c '
import os
n = 0
for entry in os.scandir("queues/sq"):
    if int(entry.name) >= 2:
        os.rmdir(entry.path)
        n += 1
print(n, len(os.listdir("queues/sq")))')" '199 2'

# interface: CM6
# --- Descriptors of cmd/clone do not wait for each other ---
exec 3<>cmd/clone 4<>cmd/clone
(echo 'run asynchronous_event_request' >&3) 2>/dev/null &
waiter=$!
until_waiting "$waiter" cmd/clone
began=$EPOCHREALTIME
limited bash -c "echo 'run identify CNS=1' >&4"
same "a second descriptor is not held up" $((${EPOCHREALTIME/[.,]/} - ${began/[.,]/} < 5000000)) 1
exec 3>&- 4>&-
kill "$waiter" 2>/dev/null
wait "$waiter" 2>/dev/null

# interface: CM7
# --- A clone that is closed with its command outstanding: whoever waits hears of it, and the command stays the controller's ---
exec 3<>cmd/clone
read -r name <&3
echo 'submit asynchronous_event_request' >&3
in_background "$M/../answer.$$" read "cmd/$name/status" 3>&-
exec 3>&-
wait "$WAITER" 2>/dev/null
matches "who waited for it" "$(cat "$M/../answer.$$")" 'ESHUTDOWN|ENOENT'
rm -f "$M/../answer.$$"
[ "$(<queues/sq/0/outstanding)" -ge 1 ] || fail "the command of a closed clone is not outstanding"
finish
