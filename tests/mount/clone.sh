#!/bin/bash
# SPDX-License-Identifier: MIT
# cmd/clone: an object that lives as long as a descriptor, so that a script that dies leaks nothing.
# shellcheck disable=SC2320 # that an echo into the mount can fail is the point
. "$(dirname "$0")/lib.sh"
mount_lone
bring_up

# gone NAME...: no such object is there within 5 s (a RELEASE is asynchronous)
gone() {
    local name end=$((SECONDS + 5))
    for name; do
        while [[ -e cmd/$name && $SECONDS -lt $end ]]; do sleep 0.01; done
        same "cmd/$name is gone" "$([[ -e cmd/$name ]] && echo no || echo yes)" yes
    done
}
objects() { (shopt -s nullglob && cd cmd && set -- * && echo $#); }

# interface: CM5
# --- Opened for reading and writing only ---
same "open clone to read" "$("$PROBE" open cmd/clone r)" EACCES
same "open clone to write" "$("$PROBE" open cmd/clone w)" EACCES
matches "the text" "$(<error)" 'exec 3<>cmd/clone'
same "objects" "$(objects)" 0

# interface: CM5 CM6
# --- One object a descriptor: name, ctl by either way, everything else in its directory ---
exec 3<>cmd/clone
read -r name <&3
matches "the name" "$name" '^[A-Za-z0-9_.+-]+$'
same "the object is there" "$([[ -d cmd/$name ]] && echo yes)" yes
same "the object is listed" "$(cd cmd && echo *)" "$name"
shows "cmd/$name/state" idle
accepts "cmd/$name/ctl" 'run identify CNS=1'
shows "cmd/$name/result/SN" "$ID_SN"
echo "run identify CNS=0 NSID=$(nsid 2)" >&3
same "a run through the descriptor" $? 0
shows "cmd/$name/status" '0x000 Successful Completion'
shows "cmd/$name/result/NSZE" "$(nsze 2)"
echo 'run identify CNS=0xff' 2>/dev/null >&3
same "a run that fails" $? 1
shows "cmd/$name/status" '0x002 Invalid Field in Command'
matches "the object's error" "$(<"cmd/$name/error")" 'NVMe status 0x002'
echo 'run identyfy' 2>/dev/null >&3
same "a malformed run" $? 1
matches "the object's error" "$(<"cmd/$name/error")" 'EINVAL.*identyfy'
echo submit >&3
shows "cmd/$name/status" '0x002 Invalid Field in Command'

# --- It ends with the descriptor, not by rmdir ---
same "rmdir" "$("$PROBE" path rmdir "cmd/$name")" EBUSY
exec 4<>cmd/clone
read -r second <&4
same "two names" "$([[ $name != "$second" ]] && echo differ)" differ
same "objects" "$(objects)" 2
echo 'run identify CNS=1' >&4
exec 5>&4 4>&-
shows "cmd/$second/result/SN" "$ID_SN"
shows "cmd/$name/status" '0x002 Invalid Field in Command'
exec 5>&-
gone "$second"
exec 3>&-
gone "$name"
same "objects" "$(objects)" 0

# interface: CM8
# --- Names that are taken are passed over; objects of mkdir stay ---
exec 3<>cmd/clone
read -r name <&3
exec 3>&-
gone "$name"
mkdir "cmd/$((name + 1))" || fail "mkdir"
exec 3<>cmd/clone
read -r second <&3
same "a name that was taken" "$([[ $second != $((name + 1)) ]] && echo differs)" differs
exec 3>&-
gone "$second"
same "objects" "$(objects)" 1
rmdir "cmd/$((name + 1))"

# interface: CM7
# --- A descriptor that is closed while its command is outstanding ---
exec 3<>cmd/clone
read -r name <&3
echo 'submit asynchronous_event_request' >&3
shows "cmd/$name/state" outstanding
exec 3>&-
gone "$name"
shows queues/sq/0/outstanding 1
exec 3<>cmd/clone
read -r name <&3
echo 'run identify CNS=1' >&3
shows "cmd/$name/result/SN" "$ID_SN"
exec 3>&-
gone "$name"

# --- A file of the object that is still open outlives the name and answers ---
exec 3<>cmd/clone
read -r name <&3
echo 'run identify CNS=1' >&3
exec 4<"cmd/$name/state"
exec 3>&-
gone "$name"
read -r state <&4
same "a file that is still open" "$state" completed
exec 4<&-

# --- Scripts that are killed leave nothing ---
scripts=()
for i in 1 2 3 4 5; do
    bash -c 'exec 3<>cmd/clone; read -r name <&3; echo "submit asynchronous_event_request" >&3; echo "$name" >"$0"
        while :; do sleep 0.1; done' "$M.name$i" &
    scripts+=($!)
    disown
done
names=()
for i in 1 2 3 4 5; do
    end=$((SECONDS + 10))
    until [[ -s $M.name$i || $SECONDS -ge $end ]]; do sleep 0.01; done
    names+=("$(<"$M.name$i")")
    rm -f "$M.name$i"
done
same "objects of five scripts" "$(objects)" 5
kill -KILL "${scripts[@]}"
gone "${names[@]}"
same "objects" "$(objects)" 0

# --- Many at once ---
names=()
for i in {10..109}; do
    eval "exec $i<>cmd/clone"
    read -r name <&"$i"
    names[i]=$name
done
same "objects of 100 descriptors" "$(objects)" 100
for i in {10..109}; do echo 'run identify CNS=1' >&"$i" || fail "descriptor $i"; done
for i in {10..109}; do
    [[ $(<"cmd/${names[i]}/result/SN") == "$ID_SN" ]] || fail "object ${names[i]}"
    eval "exec $i>&-"
done
gone "${names[@]}"
same "objects" "$(objects)" 0
finish
