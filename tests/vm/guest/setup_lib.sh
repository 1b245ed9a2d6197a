# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For setup*.sh, which are about lone-setup: runs of it, and whether sysfs is as it was.
# shellcheck source=tests/vm/guest/lib.sh
. "$(dirname "$0")/lib.sh"

out=/tmp/setup.out
current=

command -v lone-setup >/dev/null || skip "lone-setup was not built"

# fault WHAT: with what the last command has printed.
fault()
{
    failures=$((failures + 1))
    printf 'FAIL %s: %s\n' "$current" "$*"
    [ ! -s "$out" ] || sed 's/^/    /' "$out"
}

# part FUNCTION
part()
{
    local began=$SECONDS
    current=$1
    : >"$out"
    "$1"
    echo "$1: $((SECONDS - began)) s"
}

# expect STATUS COMMAND…: its output is in $out.
expect()
{
    local wanted=$1 status
    shift
    checks=$((checks + 1))
    "$@" >"$out" 2>&1
    status=$?
    [ "$status" = "$wanted" ] || fault "$*: exit status $status instead of $wanted"
}

# says REGEX: the last command has printed such a line.
says()
{
    checks=$((checks + 1))
    grep -qE -- "$1" "$out" || fault "no line like '$1'"
}

# refuse REGEX COMMAND…: it fails with such a sentence.
refuse()
{
    local regex=$1
    shift
    expect 1 "$@"
    says "^lone-setup: .*$regex"
}

# wrong REGEX COMMAND…: wrong use.
wrong()
{
    local regex=$1
    shift
    expect 2 "$@"
    says "^lone-setup: .*$regex"
}

# What sysfs says that must not have changed.
state_of()
{
    echo "driver $(driver_of "$1") override $(cat "/sys/bus/pci/devices/$1/driver_override") group $(group_of "$1")"
    ls /dev/vfio
}

remember() { state_of "$1" >"/tmp/state.$1"; }

unchanged()
{
    checks=$((checks + 1))
    state_of "$1" | cmp -s - "/tmp/state.$1" && return
    { cat "/tmp/state.$1"; echo "now:"; state_of "$1"; echo "last output:"; cat "$out"; } >"$out.changed"
    mv "$out.changed" "$out"
    fault "$1 is not as it was"
}

owner_of() { stat -c '%U %a' "/dev/vfio/$(group_of "$1")"; }

wait_for()
{
    checks=$((checks + 1))
    until_true 20 "$@" || fault "waited in vain: $*"
}

is_free() { lone-setup list | grep -qE "^$1 .* no "; }

# holds FILE: a process in the background has it open, as $!
# shellcheck disable=SC2217 # sleep shall only hold the descriptor
holds()
{
    sleep 100 <"$1" &
    wait_for has_open $! "$1"
}
has_open() { [ "$(readlink "/proc/$1/fd/0")" = "$2" ]; }

# wipe DISK: no trace of a file system.
wipe() { dd if=/dev/zero of="$1" bs=1M count=4 2>/dev/null; }

make_fs() { mkfs.ext4 -q "$1" 2>/dev/null || fault "mkfs.ext4 $1"; }

disk_works()
{
    wait_for test -b "$1"
    head -c 4096 /dev/urandom >/tmp/block
    dd if=/tmp/block of="$1" bs=4096 oflag=direct 2>/dev/null
    dd if="$1" bs=4096 count=1 iflag=direct 2>/dev/null | cmp -s - /tmp/block || fault "$1 does not hold what was written"
}
