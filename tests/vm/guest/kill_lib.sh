# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For kill, refusals, lost, reset and bench: scripts that root starts and that mount a function as an ordinary user.
# Most of what they do they do as that user: such a script runs itself again with `as_owner`, and $PART says which part
# of it is meant.
# shellcheck source=tests/vm/guest/lib.sh
. "$(dirname "$0")/lib.sh"

M=/tmp/mount.${UID}
said=

[ -x "$LONEFS" ] || skip "there is no lonefs in this build"
[ -x "$PROBE" ] || skip "there is no probe, the helper of the mount tests"

# as_owner PART [NAME=VALUE…]: this script again, as tester; its checks and failures count here.
as_owner()
{
    local part=$1 status
    shift
    checks=$((checks + 1))
    as_tester env PART="$part" "$@" timeout -k 5 $((${LIMIT:-120} * ${VM_PATIENCE:-1})) bash "$0"
    status=$?
    [ $status = 0 ] || fail "part $part: exit status $status"
}

# write FILE TEXT: OK or the errno's name, at most 30 s.
write() { limited "$PROBE" write "$1" "$2" 2>&1; }
accepts()
{
    local got
    got=$(write "$1" "$2")
    same "write '$2' to $1" "$got" OK
    [ "$got" = OK ] || sed 's/^/    /' "$(dirname "$1")/error" error 2>/dev/null
}
refuses() { same "write '$2' to $1" "$(write "$1" "$2")" "$3"; }
shows() { same "$1" "$(limited cat "./$1" 2>&1)" "$2"; }
unreadable() { same "read $1" "$(limited "$PROBE" read "$1" 2>&1 >/dev/null)" "$2"; }

is_mounted() { grep -q " $1 fuse.lonefs " /proc/mounts; }

# mount_lone SLOT [OPTIONS]: what it says is in $said.
mount_lone()
{
    mkdir -p "$M" 2>/dev/null # it is there, but cannot be looked at, when a lonefs was killed
    said=$(limited "$LONEFS" "$1" "$M" "${@:2}" 2>&1)
    same "exit status of lonefs $1 ($said)" $? 0
    cd "$M" || { finish; }
}

# waits_at FILE PID: that process sleeps with this file of the mount open, so whatever is asked of lonefs now comes after it.
waits_at()
{
    [[ $'\n'$(readlink "/proc/$2/fd/"*)$'\n' == *$'\n'"$M/$1"$'\n'* && $(<"/proc/$2/status") == *State:?S* ]] 2>/dev/null
}

# begin_reading FILE ANSWER: somebody reads it and waits; what comes of it is in ANSWER. He is $READER.
begin_reading()
{
    LIMIT=$((100 * ${VM_PATIENCE:-1})) "$PROBE" read "$1" >/dev/null 2>"$2" &
    READER=$!
    checks=$((checks + 1))
    until_true 30 waits_at "$1" "$READER" || fail "nobody waits at $1"
}

# unmount_lone: and everything ends.
unmount_lone()
{
    cd / || exit 99
    works "unmounting" fusermount3 -u "$M"
    ends
}

# ends [SECONDS]: lonefs does, and the mount with it.
# shellcheck disable=SC2120
ends()
{
    cd / || exit 99
    checks=$((checks + 2))
    until_true "${1:-15}" nobody_serves "$M" || fail "lonefs still runs: $(lone_pids "$M")"
    ! is_mounted "$M" || fail "it is still mounted"
}

# session: the controller can be set up, and answers.
session()
{
    accepts ctl init
    shows nvme/CSTS/RDY 0x1
    matches "MN" "$(limited cat identify/controller/MN 2>&1)" '^QEMU NVMe Ctrl'
    mkdir "cmd/session$1"
    accepts "cmd/session$1/ctl" 'run identify CNS=1'
    shows "cmd/session$1/status" '0x000 Successful Completion'
    mkdir "cmd/io$1"
    echo 4096 >"cmd/io$1/data_size"
    accepts "cmd/io$1/ctl" 'run read NSID=1 SLBA=0 NLB=7'
    shows "cmd/io$1/status" '0x000 Successful Completion'
    rmdir "cmd/io$1" "cmd/session$1"
}

# outstand N [NSID]: N Asynchronous Event Requests as cmd/aer1 …, and with NSID ten reads and ten writes of it. Sent
# without starting a program, which would take longer than the commands do.
outstand()
{
    local n
    for n in $(seq "$1"); do
        mkdir "cmd/aer$n"
        echo 'submit asynchronous_event_request' >"cmd/aer$n/ctl" || fail "aer$n"
    done
    [ $# -gt 1 ] || return 0
    mkdir cmd/{w,r}{1..10}
    for n in {w,r}{1..10}; do
        echo 4096 >"cmd/$n/data_size"
    done
    for n in {1..10}; do
        echo "submit write NSID=$2 SLBA=$((n * 8)) NLB=7" >"cmd/w$n/ctl" || fail "w$n"
        echo "submit read NSID=$2 SLBA=$((n * 8)) NLB=7" >"cmd/r$n/ctl" || fail "r$n"
    done
}
