#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Figures: Identify polled and by MSI-X, registers through the mount and straight through VFIO, resets, mounting. It fails
# only when something does not work, never on time. In a machine without KVM they compare with each other and with
# nothing else.
# vm: devices=plain limit=180
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

BENCH=${LONEFS%/fs/lonefs}/tests/vm_bench
[ -x "$BENCH" ] || skip "there is no vm_bench in this build (tests/vm/guest/bench.c)"

us() { echo "${EPOCHREALTIME/[.,]/}"; }

# row WHAT MICROSECONDS…: as vm_bench prints them
row()
{
    local what=$1 n
    shift
    n=$#
    printf '%s\n' "$@" | sort -n | awk -v what="$what" -v n="$n" \
        '{ a[NR] = $1 } END { printf "%12.1f %12.1f %12.1f  %s\n", a[int(n / 2) + 1], a[int(n * 99 / 100) + 1], a[1], what }'
}

bench() { checks=$((checks + 1)); timeout 60 "$BENCH" "$@" || fail "vm_bench $*: exit status $?"; }

mounts()
{
    local n began mounts=() unmounts=()
    for n in 1 2 3 4 5; do
        began=$(us)
        "$LONEFS" "$SLOT" "$M" || fail "mount $n"
        mounts+=($(($(us) - began)))
        began=$(us)
        fusermount3 -u "$M" || fail "unmount $n"
        until nobody_serves "$M"; do :; done
        unmounts+=($(($(us) - began)))
    done
    row "mount:  lonefs SLOT MOUNTPOINT, until it returns" "${mounts[@]}"
    row "mount:  fusermount3 -u, until lonefs has ended" "${unmounts[@]}"
}

# Started programs and bash's own words for the same.
shell()
{
    local n began value cats=() words=()
    for n in {1..20}; do
        began=$(us)
        value=$(cat nvme/CSTS/value)
        cats+=($(($(us) - began)))
        began=$(us)
        value=$(<nvme/CSTS/value)
        words+=($(($(us) - began)))
    done
    matches "CSTS" "$value" '^0x'
    row "mount:  \$(cat nvme/CSTS/value)" "${cats[@]}"
    row "mount:  \$(<nvme/CSTS/value)" "${words[@]}"
}

figures()
{
    printf '%12s %12s %12s\n' 'median us' '99 % us' 'least us'
    bench direct "$SLOT"
    mkdir -p "$M"
    mounts
    mount_lone "$SLOT"
    bench writes ctl init 5
    bench reads nvme/CSTS/value 1000
    bench reads nvme/CSTS/RDY 1000
    bench reads nvme/CAP/value 1000
    bench reads pcie/CMD/value 1000
    bench reads version 1000
    bench reads nvme/json 100
    bench reads identify/controller/MN 500
    mkdir cmd/id
    bench writes cmd/id/ctl 'run identify CNS=1' 500
    rmdir cmd/id
    shell
    bench writes ctl 'reset controller' 5
    bench writes ctl 'reset flr' 5
    unmount_lone
}

case ${PART-} in
figures) figures ;;
*)
    slot=$(slot_of nvme0)
    expose "$slot" tester >/dev/null || fail "cannot expose $slot"
    as_owner figures SLOT="$slot"
    ;;
esac
finish
