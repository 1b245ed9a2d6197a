# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What every mount test shares. A test script sources this file, calls `mount_lone [options]`, checks, and ends with `finish`.
# $LONEFS is the program, $PROBE the helper for what a shell cannot do, $DEVICE what to mount (default nvsim).
# Every wait is bounded; the mount is cleaned up however the test ends.

set -u
LONEFS=${LONEFS:?path of lonefs}
PROBE=${PROBE:?path of the test helper}
DEVICE=${DEVICE:-nvsim}
failures=0
checks=0
M=

# --- What the device is. The simulator's word for itself is in its documentation; in the virtual machine (tests/vm) it is
# QEMU's controller, and the device set says what it is made of. ---
on_nvsim() { [ "$DEVICE" = nvsim ]; }
if on_nvsim; then
    ID_VID=0xed00 ID_DID=0xda01 ID_SN=EDDAE771 ID_MN=nvsim_0.1 ID_VS=0x20100
    ID_NSZE=(0 1974672 491022 735210 979398) ID_LBADS=(0 9 12 12 12)
else
    ID_VID=$(printf '0x%x' "$(cat "/sys/bus/pci/devices/$DEVICE/vendor")")
    ID_DID=$(printf '0x%x' "$(cat "/sys/bus/pci/devices/$DEVICE/device")")
    case ${VM_SET:-} in # two are as plain, with another IOMMU
    amd | wide) ID_SN=plain0 ;;
    *) ID_SN=${VM_SET:-plain}0 ;;
    esac
    ID_MN='QEMU NVMe Ctrl' ID_VS=0x10400
    ID_NSZE=(0 131072) ID_LBADS=(0 9)
    if [ "${VM_SET:-}" = namespaces ]; then ID_NSZE=(0 131072 16384) ID_LBADS=(0 9 12); fi
fi
# shellcheck disable=SC2034
readonly ID_VID ID_DID ID_SN ID_MN ID_VS ID_NSZE ID_LBADS

# only_nvsim WHY: the whole test is about the simulator
only_nvsim() {
    on_nvsim && return
    echo "$*"
    exit 77
}

# nsid N: that namespace, or 1 where there are not so many
nsid() { [ "$1" -lt ${#ID_NSZE[@]} ] && echo "$1" || echo 1; }
# nsze N: its size in blocks, as NSZE shows it
nsze() { printf '0x%x' "${ID_NSZE[$(nsid "$1")]}"; }

# has_nssr: can the subsystem be reset?
has_nssr() { [ "$(cat nvme/CAP/NSSRS)" = 0x1 ]; }

# can_hot_reset: a device on the root bus, which QEMU's is in most sets, has no bus of its own to reset; and QEMU's port in the
# set sriov does not say that its link is up again, so that the reset ends with an error
can_hot_reset() {
    on_nvsim || [[ ${VM_SET:-} != sriov && $(readlink -f "/sys/bus/pci/devices/$DEVICE") == */*:*:*/"$DEVICE" ]]
}

# enable_by_hand: CC.EN=1. QEMU's controller resets the whole of CC at EN=0, which it may: then the rest is written as well.
enable_by_hand() {
    if [ "$(cat nvme/CC/value)" = 0x0 ]; then
        accepts nvme/CC/value "EN=1 IOSQES=6 IOCQES=4 CSS=$(($(cat nvme/CAP/CSS) & 0x40 ? 6 : 0))"
    else
        accepts nvme/CC/EN 1
    fi
}

# commands: how many reached the device. Only the simulator counts.
commands() { if on_nvsim; then echo "$(<sim/counts/commands)"; else echo 0; fi; }

# counted WHAT BEFORE EXPECTED: so many reached the device since there were BEFORE. The simulator takes them when it has time.
counted() {
    local end=$((SECONDS + 10))
    on_nvsim || return
    while [[ $(commands) -lt $(($2 + $3)) && $SECONDS -lt $end ]]; do sleep 0.01; done
    same "$1" $(($(commands) - $2)) "$3"
}

# For find: leaves out the elements of arrays from the third on. Log pages, features and Identify structures have tens of
# thousands of files that are all alike, and each that is read is a command.
# shellcheck disable=SC2034
ONE_OF_EACH=(-regextype posix-extended -regex './(identify|logs|features)/.*/([2-9]|[1-9][0-9]+)' -prune -o)

# Runs a command for at most 10 s (or $LIMIT): what waits longer than a test may is a failure, not a hang.
limited() { timeout -k 2 "${LIMIT:-10}" "$@"; }

fail() {
    failures=$((failures + 1))
    printf 'FAIL %s:%s: %s\n' "$(basename "$0")" "${BASH_LINENO[1]}" "$*"
}

# same WHAT ACTUAL EXPECTED
same() {
    checks=$((checks + 1))
    [ "$2" = "$3" ] || fail "$1: got '$2', expected '$3'"
}

# matches WHAT ACTUAL EXTENDED-REGEX
matches() {
    checks=$((checks + 1))
    [[ $2 =~ $3 ]] || fail "$1: got '$2', expected something like '$3'"
}

# shows FILE EXPECTED: reading the file prints that
shows() {
    local got
    got=$(limited cat "./$1" 2>&1)
    same "$1" "$got" "$2"
}

# refuses FILE TEXT ERRNO-NAME [REGEX for the nearest error text]: writing TEXT and a newline fails with that errno
refuses() {
    local got
    got=$(limited "$PROBE" write "$1" "$2" 2>&1)
    same "write '$2' to $1" "$got" "$3"
    [ $# -lt 4 ] || matches "error after '$2' to $1" "$(cat "$(error_of "$1")")" "$4"
}

# accepts FILE TEXT: writing TEXT and a newline succeeds
accepts() {
    local got
    got=$(limited "$PROBE" write "$1" "$2" 2>&1)
    same "write '$2' to $1" "$got" OK
}

# unreadable FILE ERRNO-NAME: opening or reading fails with that errno
unreadable() {
    local got
    got=$(limited "$PROBE" read "$1" 2>&1 >/dev/null)
    same "read $1" "$got" "$2"
}

# until_shows FILE EXPECTED: waits, for at most 10 s, until reading the file prints that
until_shows() {
    local end=$((SECONDS + 10))
    while [[ $(<"$1") != "$2" && $SECONDS -lt $end ]]; do sleep 0.01; done
    shows "$1" "$2"
}

# until_waiting PID FILE: waits, for at most 10 s, until that process sleeps with the file of the mount open. lonefs takes
# requests in their order: whatever is asked of it from then on comes after what that process waits for.
until_waiting() {
    local end=$((SECONDS + 10)) file=$M/${2#"$M/"}
    while [[ $SECONDS -lt $end ]]; do
        [[ $'\n'$(readlink "/proc/$1/fd/"*)$'\n' == *$'\n'"$file"$'\n'* && $(<"/proc/$1/status") == *State:?S* ]] 2>/dev/null && return
        sleep 0.01
    done
    fail "nobody waits at $2"
}

# in_background OUTPUT WHAT FILE …: "$PROBE" WHAT FILE …, which waits there. All that it prints goes to OUTPUT; it is $WAITER.
in_background() {
    local output=$1 file=$3
    shift
    LIMIT=${LIMIT:-60} "$PROBE" "$@" >"$output" 2>&1 &
    WAITER=$!
    until_waiting "$WAITER" "$file"
}

# The `error` file that is nearest to a path.
error_of() {
    local dir=$1
    while [[ $dir == */* ]]; do
        dir=${dir%/*}
        [ -e "$dir/error" ] && { echo "$dir/error"; return; }
    done
    echo error
}

mount_lone() {
    M=$(mktemp -d "${TMPDIR:-/tmp}/lone-test.XXXXXX") || exit 99
    trap cleanup EXIT
    trap 'exit 99' INT TERM HUP
    if ! limited "$LONEFS" "$DEVICE" "$M" ${1+"$@"}; then
        echo "cannot mount"
        exit 99
    fi
    cd "$M" || exit 99
}

# The daemon of this mount: the process whose command line names it.
lone_pid() {
    local line
    for line in /proc/[0-9]*/cmdline; do
        [[ $({ tr '\0' ' ' <"$line"; } 2>/dev/null) == "$LONEFS $DEVICE $M "* ]] || continue
        line=${line#/proc/}
        echo "${line%/*}"
    done
}

# Only a simulator can tell. How often it was accessed: "bar_reads bar_writes commands config_reads config_writes". Asking does not count.
accesses() {
    local name
    for name in bar_reads bar_writes commands config_reads config_writes; do
        printf '%s ' "$(<"sim/counts/$name")"
    done
}

# Elsewhere the command runs and nothing is compared. costs WHAT "BAR-READS BAR-WRITES COMMANDS CONFIG-READS CONFIG-WRITES" COMMAND…: running that does so many accesses
costs() {
    local what=$1 expected=$2 before after
    shift 2
    on_nvsim || { limited "$@" >/dev/null 2>&1; return; }
    read -ra before <<<"$(accesses)"
    limited "$@" >/dev/null 2>&1
    read -ra after <<<"$(accesses)"
    same "accesses of $what" "$((after[0] - before[0])) $((after[1] - before[1])) $((after[2] - before[2])) $((after[3] - before[3])) $((after[4] - before[4]))" "$expected"
}

# register OFFSET 4|8: the register as a number in hex, taken from the raw BAR and not from lonefs's decoding
register() {
    printf '0x%x\n' "0x$(limited dd if=bar/0 bs="$2" skip=$(($1 / $2)) count=1 status=none | od -An -v -tx"$2" | tr -d ' ')"
}

# commands_of N COMMAND…: running that sends so many commands to the device
commands_of() {
    local before expected=$1
    shift
    before=$(commands)
    limited "$@" >/dev/null 2>&1
    counted "commands of '$*'" "$before" "$expected"
}

# malformed NAME REGEX: there is no such file, and the error text says what of its name is wrong. Looking it up is enough.
malformed() {
    same "looking up $1" "$("$PROBE" path truncate "$1" 0)" ENOENT
    matches "the error of $1" "$(<error)" "ENOENT.*$2"
}

# hex FILE LENGTH OFFSET: so many bytes of it, in hex
hex() { "$PROBE" pread "$@" 2>/dev/null; }

# Brings the controller up: admin queues and enable.
bring_up() {
    accepts queues/ctl admin
    accepts ctl enable
}

cleanup() {
    cd / || true
    [ -n "$M" ] || return
    # Lazily: a reader that a test left behind must not keep the mount.
    if grep -q " $M fuse" /proc/self/mounts; then
        timeout 5 fusermount3 -u "$M" 2>/dev/null || timeout 5 fusermount3 -uz "$M" 2>/dev/null || umount -l "$M" 2>/dev/null
    fi
    rmdir "$M" 2>/dev/null
}

# The end of every test: a lonefs that died on the way, or complained, is a failure too.
finish() {
    # Names are cached, so this must be a read.
    limited cat "$M/version" >/dev/null 2>&1 || fail "the mount is gone"
    printf '%d checks, %d failures\n' "$checks" "$failures"
    [ "$checks" -gt 0 ] && [ "$failures" -eq 0 ]
    exit
}
