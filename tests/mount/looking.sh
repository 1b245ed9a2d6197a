#!/bin/bash
# SPDX-License-Identifier: MIT
# Rule 5: nothing happens by looking; reading or writing is one access, or one command, and no hidden ones.
. "$(dirname "$0")/lib.sh"
only_nvsim "it counts accesses: only nvsim can"
mount_lone

# Counting begins with the mount; from there on looking must add nothing.
same 'nothing has happened since the mount' "$(accesses)" '0 0 0 0 0 '

# interface: RU27
look_around() {
    local file
    # ls -R goes into every directory, -l asks for every size.
    costs 'ls -lR' '0 0 0 0 0' ls -lR .
    costs 'find' '0 0 0 0 0' find . -printf '%p %s %m\n'
    costs 'stat of everything' '0 0 0 0 0' find . -exec stat -- {} +
    costs 'du' '0 0 0 0 0' du -a .
    costs 'globbing' '0 0 0 0 0' bash -c 'echo * */* */*/* */*/*/* {pcie,queues,nvme,cmd}/*/*/*/*'
    costs 'completion' '0 0 0 0 0' bash -c 'compgen -f nvme/C; compgen -d pcie/caps/; compgen -f identify/'
    costs 'test of names that are not there' '0 0 0 0 0' bash -c '[ -e nvme/NOPE ]; [ -e NOPE/x ]; [ -e "identify/CNS=0x1/raw" ]; [ -e nvme/wait/CSTS.RDY=0 ]'
    # Opening for reading and closing again, without a read.
    costs 'open and close of every file for reading' '0 0 0 0 0' \
        bash -c 'find . "$@" -type f -perm /444 -print0 | while IFS= read -rd "" file; do : <"$file"; done' find "${ONE_OF_EACH[@]}"
    # `>>` with nothing to write; what is read-only answers EACCES.
    costs 'open and close of every file for writing' '0 0 0 0 0' \
        bash -c 'find . "$@" -type f -perm /222 -print0 | while IFS= read -rd "" file; do : >>"$file"; done' find "${ONE_OF_EACH[@]}"
    costs '> alone' '0 0 0 0 0' bash -c ': >nvme/CC/EN; : >nvme/CC/value; : >nvme/CC/raw; : >bar/0; : >pcie/raw; : >ctl'
    costs 'poll' '0 0 0 0 0' "$PROBE" poll nvme/CSTS/value 0
    for file in README device ctl timeout generation error error_log version queues/ctl; do
        costs "reading $file" '0 0 0 0 0' cat "$file"
    done
    for file in pcie/caps/*/{id,offset,version}; do
        [ ! -e "$file" ] || costs "reading $file" '0 0 0 0 0' cat "$file"
    done
}

look_around

# --- One access a file (nvme/) ---
costs 'a 32-bit register as value' '1 0 0 0 0' cat nvme/CSTS/value
costs 'a 32-bit register as raw' '1 0 0 0 0' cat nvme/CSTS/raw
costs 'a 32-bit register as text' '1 0 0 0 0' cat nvme/CSTS/text
costs 'a 32-bit register as json' '1 0 0 0 0' cat nvme/CSTS/json
costs 'a field' '1 0 0 0 0' cat nvme/CSTS/RDY
costs 'a 64-bit register as value' '2 0 0 0 0' cat nvme/CAP/value
costs 'a 64-bit register as raw' '2 0 0 0 0' cat nvme/CAP/raw
costs 'a 64-bit register as text' '2 0 0 0 0' cat nvme/CAP/text
costs 'a 64-bit register as json' '2 0 0 0 0' cat nvme/CAP/json
costs 'a field of a 64-bit register' '2 0 0 0 0' cat nvme/CAP/MQES
costs 'two files' '2 0 0 0 0' cat nvme/CC/EN nvme/CSTS/RDY
# interface: RU42
# A pass is served from the sample at offset 0, however many reads it takes; starting again samples again.
costs 'a pass in single bytes' '1 0 0 0 0' dd if=nvme/CC/value bs=1 status=none
costs 'two passes on one descriptor' '2 0 0 0 0' "$PROBE" reread nvme/CC/value

# interface: RU22 RU24
costs 'writing a field' '1 1 0 0 0' "$PROBE" write nvme/CC/IOSQES 6
costs 'writing a value' '0 1 0 0 0' "$PROBE" write nvme/CC/value 0x460000
costs 'writing fields through value' '1 1 0 0 0' "$PROBE" write nvme/CC/value 'IOSQES=6 IOCQES=4'
costs 'writing raw' '0 1 0 0 0' "$PROBE" write-raw nvme/CC/raw 00004600
costs 'writing a field of a 64-bit register' '2 2 0 0 0' "$PROBE" write nvme/ASQ/ASQB 0
costs 'writing a 64-bit value' '0 2 0 0 0' "$PROBE" write nvme/ASQ/value 0
costs 'a refused word' '0 0 0 0 0' "$PROBE" write nvme/CC/IOSQES nonsense
costs 'a refused list' '0 0 0 0 0' "$PROBE" write nvme/CC/value 'IOSQES=6 NOPE=4'
costs 'a number that is too large' '0 0 0 0 0' "$PROBE" write nvme/CC/IOSQES 16
costs 'a read-only field' '0 0 0 0 0' "$PROBE" write nvme/CSTS/RDY 1

# Aggregates read each register once: a directory of nvme/ is a register. INTMS and INTMC are left alone under MSI-X.
n=0
for register in nvme/[A-Z]*/; do
    register=${register%/}
    [[ $register =~ ^nvme/INTM[SC]$ ]] && continue
    n=$((n + $(stat -c %s "$register/raw") / 4))
done
# interface: RU30
costs 'nvme/text' "$n 0 0 0 0" cat nvme/text
costs 'nvme/json' "$n 0 0 0 0" cat nvme/json
# interface: RU32
costs 'nvme/raw' '1022 0 0 0 0' dd if=nvme/raw bs=4096 count=1 status=none
# Who asks for these two by name gets them.
# interface: RU31
for file in nvme/INTM{S,C}/{raw,value,text,json,IVM{S,C}}; do
    [ ! -e "$file" ] || costs "reading $file" '1 0 0 0 0' cat "$file"
done

# --- Configuration space ---
costs 'a configuration register' '0 0 0 1 0' cat pcie/ID/value
costs 'its raw' '0 0 0 1 0' cat pcie/ID/raw
costs 'its json' '0 0 0 1 0' cat pcie/ID/json
costs 'a field of it' '0 0 0 1 0' cat pcie/ID/VID
costs 'a register of a capability' '0 0 0 1 0' cat pcie/caps/PXCAP/PXDC/value
costs 'writing a field' '0 0 0 1 1' "$PROBE" write pcie/CMD/BME 0
costs 'writing a value' '0 0 0 0 1' "$PROBE" write pcie/CMD/value 0x2
costs 'four bytes of pcie/raw' '0 0 0 1 0' "$PROBE" pread pcie/raw 4 0

# --- Commands ---
costs 'identify before there is a queue' '0 0 0 0 0' cat identify/controller/MN
bring_up
for file in MN SN raw text json MDTS; do
    read -ra before <<<"$(accesses)"
    limited cat "identify/controller/$file" >/dev/null
    read -ra after <<<"$(accesses)"
    same "commands of identify/controller/$file" $((after[2] - before[2])) 1
    # Ringing the doorbells: the submission queue's, and the completion queue's when it has been taken.
    same "register writes of identify/controller/$file" $((after[1] - before[1])) 2
done
look_around
costs 'a refused line' '0 0 0 0 0' "$PROBE" write queues/ctl nonsense

# cmd/: making, filling and looking at an object sends nothing; submit and run send one.
costs 'an object' '0 0 0 0 0' mkdir cmd/x
costs 'set' '0 0 0 0 0' "$PROBE" write cmd/x/ctl 'set identify CNS=1'
costs 'its entry' '0 0 0 0 0' cat cmd/x/sqe/text cmd/x/sqe/CDW10 cmd/x/status
read -ra before <<<"$(accesses)"
accepts cmd/x/ctl 'run identify CNS=1'
limited cat cmd/x/status cmd/x/result/json cmd/x/cqe/text >/dev/null
read -ra after <<<"$(accesses)"
same 'commands of one run and all its results' $((after[2] - before[2])) 1
costs 'results again' '0 0 0 0 0' cat cmd/x/status cmd/x/result/json cmd/x/cqe/text
look_around
costs 'ending an object' '0 0 0 0 0' rmdir cmd/x

# --- What takes more, and how much: CAP is two accesses, CSTS, CC and CRTO one each ---
# interface: RU33
costs 'status' '2 0 0 2 0' cat status
# interface: RU38
read -ra before <<<"$(accesses)"
limited cat identify/namespaces >/dev/null
read -ra after <<<"$(accesses)"
same 'commands of a list of less than 1024' $((after[2] - before[2])) 1
# interface: RU36
crto=$(($(<nvme/CAP/CRMS) ? 1 : 0))
costs 'a wait for RDY' "$((3 + crto)) 0 0 0 0" cat nvme/wait/CSTS.RDY=1
costs 'a wait for RDY with a time-out' '1 0 0 0 0' cat nvme/wait/CSTS.RDY=1,timeout=5
costs 'a wait for something else' '1 0 0 0 0' cat nvme/wait/CC.EN=1
# interface: RU35
costs 'posting two requests' '1 2 2 0 0' "$PROBE" write events/outstanding 2
# interface: RU34
mkdir cmd/late
accepts cmd/late/timeout 0.1
accepts cmd/late/ctl 'submit asynchronous_event_request'
costs 'a wait that ends by its time-out' '1 0 0 0 0' cat cmd/late/status
# interface: RU37
accepts ctl disable
rmdir cmd/late
costs 'setting the admin queues up' '4 6 0 2 0' "$PROBE" write queues/ctl admin

# --- 64-bit registers as one access ---
cleanup
mount_lone -o reg64=one
# interface: MO9 SI1
costs 'a 64-bit register, reg64=one' '1 0 0 0 0' cat nvme/CAP/value
costs 'a field of it, reg64=one' '1 0 0 0 0' cat nvme/CAP/TO
costs 'writing it, reg64=one' '0 1 0 0 0' "$PROBE" write nvme/ASQ/value 0x1000
costs 'writing a field of it, reg64=one' '1 1 0 0 0' "$PROBE" write nvme/ASQ/ASQB 2
costs 'a 32-bit register, reg64=one' '1 0 0 0 0' cat nvme/CSTS/value
shows nvme/ASQ/value 0x2000
finish
