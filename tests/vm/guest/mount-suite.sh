#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The mount tests, unchanged, as an ordinary user: a line a test, and the output of those that fail.
# $SUITE_DEVICE: nvsim (default), or a name of the device set (nvme0), which is exposed before each test and reclaimed
# afterwards. $SUITE_TESTS: only these. $SUITE_LIMIT: seconds a test (default 300).
# Some tests name memory that is not there to a real controller:
# vm-allow: DMAR: (DRHD: handling fault status|.* fault addr 0x(7ffffff000|7ffff00000|f{13}000|0) )
# vm: devices=plain limit=1800
. "$(dirname "$0")/lib.sh"

tests=$(realpath "$(dirname "$0")/../../mount")
: "${SUITE_DEVICE:=nvsim}" "${SUITE_LIMIT:=300}"
[ -x "$LONEFS" ] || skip "there is no lonefs in this build"
[ -x "$PROBE" ] || skip "there is no probe, the helper of the mount tests"

slot=$SUITE_DEVICE
if [ "$SUITE_DEVICE" != nvsim ]; then
    slot=$(slot_of "$SUITE_DEVICE") || skip "this device set has no $SUITE_DEVICE"
    expose "$slot" tester >/dev/null || { fail "cannot expose $slot"; finish; }
fi

passed=0 skipped=0
for script in "$tests"/*.sh; do
    name=$(basename "$script" .sh)
    if [ "$name" = lib ] || [[ " ${SUITE_TESTS:-$name} " != *" $name "* ]]; then
        continue
    fi
    began=${EPOCHREALTIME/[.,]/}
    MEMLOCK=unlimited as_tester env DEVICE="$slot" LONEFS="$LONEFS" PROBE="$PROBE" TMPDIR=/tmp \
        timeout -k 5 $((SUITE_LIMIT * ${VM_PATIENCE:-1})) bash "$script" >/tmp/mount-suite.out 2>&1
    status=$?
    took=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
    took=$((took / 10)).$((took % 10))
    checks=$((checks + 1))
    case $status in
    0)
        passed=$((passed + 1))
        echo "ok      $name ($took s): $(tail -n 1 /tmp/mount-suite.out)"
        ;;
    77)
        skipped=$((skipped + 1))
        echo "skipped $name ($took s): $(tail -n 1 /tmp/mount-suite.out)"
        ;;
    *)
        failures=$((failures + 1))
        echo "FAILED  $name ($took s): exit status $status"
        tail -n 100 /tmp/mount-suite.out | sed 's/^/    /'
        ;;
    esac
    while read -r _ mount type _; do
        [[ $type == fuse* ]] || continue
        fail "$name has left a mount: $mount"
        umount -l "$mount"
    done </proc/mounts
done
[ "$SUITE_DEVICE" = nvsim ] || reclaim "$slot" || fail "the kernel's driver does not take $slot back"

[ "$checks" -gt 0 ] || skip "there are no mount tests"
echo "$passed passed, $failures failed, $skipped skipped"
[ "$failures" -eq 0 ]
