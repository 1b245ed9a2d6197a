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

# How often the simulator was accessed: "bar_reads bar_writes commands config_reads config_writes". Asking does not count.
accesses() {
    local name
    for name in bar_reads bar_writes commands config_reads config_writes; do
        printf '%s ' "$(<"sim/counts/$name")"
    done
}

# costs WHAT "BAR-READS BAR-WRITES COMMANDS CONFIG-READS CONFIG-WRITES" COMMAND…: running that does so many accesses
costs() {
    local what=$1 expected=$2 before after
    shift 2
    read -ra before <<<"$(accesses)"
    limited "$@" >/dev/null 2>&1
    read -ra after <<<"$(accesses)"
    same "accesses of $what" "$((after[0] - before[0])) $((after[1] - before[1])) $((after[2] - before[2])) $((after[3] - before[3])) $((after[4] - before[4]))" "$expected"
}

# register OFFSET 4|8: the register as a number in hex, taken from the raw BAR and not from lonefs's decoding
register() {
    printf '0x%x\n' "0x$(limited dd if=bar/0 bs="$2" skip=$(($1 / $2)) count=1 status=none | od -An -v -tx"$2" | tr -d ' ')"
}

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
