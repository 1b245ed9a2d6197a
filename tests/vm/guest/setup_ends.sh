#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# lone-setup that does not go through: two at once, Ctrl-C, SIGKILL at any moment. The device is as it was, or handed over, or one
# reclaim away from it.
# vm: devices=plain user=root limit=400
# shellcheck source=tests/vm/guest/setup_lib.sh
. "$(dirname "$0")/setup_lib.sh"

[ "$VM_IOMMU" != none ] || skip "this machine has no IOMMU"
slot=$(slot_of nvme0)
disk=/dev/nvme0n1
device=/sys/bus/pci/devices/$slot

two_at_once()
{
    local i first second one other
    remember "$slot"
    for i in 1 2 3 4 5 6; do
        lone-setup expose "$slot" tester >/tmp/one 2>&1 &
        one=$!
        if [ $((i % 2)) = 1 ]; then
            lone-setup expose "$slot" other >/tmp/other 2>&1 &
        else
            lone-setup reclaim "$slot" >/tmp/other 2>&1 &
        fi
        other=$!
        wait $one
        first=$?
        wait $other
        second=$?
        same "both were done, one after the other" "$first $second" "0 0"
        # Nothing in between: with the kernel's driver, or with a user.
        case $(driver_of "$slot") in
        vfio-pci) matches owner "$(owner_of "$slot")" '^(tester|other) 600$' ;;
        nvme) same override "$(cat "$device/driver_override")" '(null)' ;;
        *) fault "its driver is '$(driver_of "$slot")'" ;;
        esac
        expect 0 lone-setup reclaim "$slot"
        await_disks "$disk"
        unchanged "$slot"
    done
}

# ended SIGNAL VERB ARGUMENT…: some moments after it was started. Sets status.
ended()
{
    local signal=$1 after=$2
    shift 2
    { timeout -s "$signal" "$after" lone-setup "$@" >"$out" 2>&1; } 2>/dev/null
    status=$?
}

has_override() { [ "$(<"$device/driver_override")" = vfio-pci ]; }
has_no_driver() { ! [ -e "$device/driver" ]; }

# killed_when STATE: an expose, as soon as it is so.
killed_when()
{
    local pid end=$((SECONDS + 30))
    lone-setup expose "$slot" tester >"$out" 2>&1 &
    pid=$!
    until "$1" || [ "$SECONDS" -ge "$end" ]; do
        :
    done
    kill -KILL $pid
    wait $pid
} 2>/dev/null

# Ctrl-C, or a closed terminal: it goes through, or nothing has happened.
interrupted()
{
    local signal after status
    remember "$slot"
    for signal in INT TERM HUP; do
        for after in 0.01 0.03 0.06 0.1 0.15 0.2 0.3; do
            ended "$signal" "$after" expose "$slot" tester
            if [ "$(driver_of "$slot")" = vfio-pci ]; then
                same "$signal after $after s: owner" "$(owner_of "$slot")" 'tester 600'
                says "^SUCCESS: $slot "
                ended "$signal" "$after" reclaim "$slot"
                [ "$(driver_of "$slot")" = nvme ] || expect 0 lone-setup reclaim "$slot"
            fi
            await_disks "$disk"
            unchanged "$slot"
        done
    done
}

# SIGKILL cannot be held back. What is left is taken up by the next one.
killed()
{
    local how after status halves=0 left
    echo nvme >"$device/driver_override" # one that stood before
    remember "$slot"
    for how in reclaim expose; do
        for after in 0.02 0.06 0.1 0.14 0.18 0.23 0.3 has_override has_no_driver; do
            case $after in
            has*) killed_when "$after" ;;
            *) ended KILL "$after" expose "$slot" tester ;;
            esac
            left="$(driver_of "$slot") $(cat "$device/driver_override")"
            case $left in
            'nvme nvme') ;;
            'vfio-pci vfio-pci') ;;
            *) halves=$((halves + 1)) ;;
            esac
            if [ -z "$(driver_of "$slot")" ]; then
                expect 0 lone-setup list
                says "^$slot .*without a driver since an expose: lone-setup reclaim"
            fi
            if [ "$how" = expose ]; then
                expect 0 lone-setup expose "$slot" tester
                same owner "$(owner_of "$slot")" 'tester 600'
            fi
            expect 0 lone-setup reclaim "$slot"
            await_disks "$disk"
            unchanged "$slot"
        done
    done
    for after in 0.02 0.05 0.08 0.11 0.14 0.17 0.2 0.25 0.3; do
        expect 0 lone-setup expose "$slot" tester
        ended KILL "$after" reclaim "$slot"
        expect 0 lone-setup reclaim "$slot"
        await_disks "$disk"
        unchanged "$slot"
    done
    echo "left halfway $halves times"
    [ "$halves" -gt 0 ] || fault "it was never killed halfway"
    echo >"$device/driver_override"
}

# Waiting for another one ends with Ctrl-C, and after ten seconds.
waiting()
{
    local began
    remember "$slot"
    expect 0 lone-setup list
    exec 7>>/run/lone/lock
    flock 7
    began=$SECONDS
    ended INT 2 expose "$slot" tester 7>&-
    says 'interrupted while another lone-setup was at work; nothing was changed'
    refuse 'another lone-setup is exposing or reclaiming a device; try again later' lone-setup expose "$slot" tester
    exec 7>&-
    echo "waited $((SECONDS - began)) s"
    unchanged "$slot"

    # And so does waiting for a process that does not let go.
    expect 0 lone-setup expose "$slot" tester
    as_tester try hold "$(group_of "$slot")" "$slot" >/tmp/hold 2>&1 &
    wait_for grep -qs READY /tmp/hold
    pkill -STOP -x try
    ended INT 2 reclaim "$slot" --force
    says 'after [0-9] s process [0-9]+ has .* open still'
    pkill -KILL -x try
    wait
    wait_for test ! -e "$device/driver"
    expect 0 lone-setup reclaim "$slot"
    unchanged "$slot"
}

for name in two_at_once interrupted killed waiting; do
    part "$name"
done
finish
