#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Resets with commands outstanding, of every kind; and a BAR that cannot be reached for a time.
# vm: devices=plain,group,hotplug limit=240
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

PMCS=pcie/caps/PMCAP/PMCS
PXDC=pcie/caps/PXCAP/PXDC

# lost WHAT: the commands that outstand sent, and all that was set up.
lost()
{
    same "$1: state" "$(cat cmd/aer1/state)" lost
    unreadable cmd/aer1/status ESHUTDOWN
    matches "$1: state of a read" "$(cat cmd/r10/state)" "^(lost|completed)$"
    rmdir cmd/aer* cmd/r? cmd/r10 cmd/w? cmd/w10 || fail "$1: rmdir"
    matches "$1: status" "$(cat status)" "commands    0 outstanding"
    shows nvme/CSTS/RDY 0x0
}

# reset_by WHAT FILE TEXT: with commands outstanding and a reader of one of them.
reset_by()
{
    local generation began=${EPOCHREALTIME/[.,]/}
    generation=$(cat generation)
    session "$1"
    outstand 2 1
    begin_reading cmd/aer2/status /tmp/reader
    began=${EPOCHREALTIME/[.,]/}
    accepts "$2" "$3"
    echo "$1: $(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms"
    wait "$READER"
    same "$1: who waited" "$(cat /tmp/reader)" ESHUTDOWN
    # init, at the beginning of a session, resets the controller as well when it was enabled.
    same "$1: generation" "$(cat generation)" $((generation + 1))
    lost "$1"
}

# interface: RO24
# Every file can be read while it takes place; what must not wait does not.
during_reset()
{
    local reset n=0 slowest=0 began took file
    session during
    "$PROBE" write ctl 'reset flr' >/tmp/reset &
    reset=$!
    while kill -0 $reset 2>/dev/null; do
        for file in version device status generation nvme/CSTS/value nvme/VS/value pcie/ID/VID queues/ctl error_log; do
            began=${EPOCHREALTIME/[.,]/}
            read -r <"$file" || [ "$file" = error_log ] || fail "$file during a reset"
            took=$((${EPOCHREALTIME/[.,]/} - began))
            [ $took -lt $slowest ] || slowest=$took
            n=$((n + 1))
        done
    done
    wait $reset
    same "the reset" "$(cat /tmp/reset)" OK
    echo "during a reset: $n reads, the slowest took $((slowest / 1000)) ms"
    matches "reads" "$n" '^[1-9]'
    same "errors" "$(cat error_log)" "$errors"
    seen_during
    refused_during
}

# What needs no device answers, and says what is going on. A reset is over in a tenth of a second, and starting a program
# takes as long: one time or another it is seen.
seen_during()
{
    local reset i text seen=
    session seen
    for ((i = 0; i < 50 && ${#seen} == 0; i++)); do
        "$PROBE" write ctl 'reset flr' >/tmp/reset &
        reset=$!
        while kill -0 $reset 2>/dev/null; do
            read -r -d '' text <status
            [[ $text != *'being reset'* ]] || seen=yes
        done
        wait $reset
        same "the reset" "$(cat /tmp/reset)" OK
    done
    echo "status said so during reset $i"
    same "status during a reset" "$seen" yes
}

# Another verb while one is under way.
refused_during()
{
    local first
    "$PROBE" write ctl 'reset flr' >/tmp/reset &
    first=$!
    sleep 0.02
    matches "a second one meanwhile or after" "$("$PROBE" write ctl 'reset flr')" '^(EBUSY|OK)$'
    wait $first
    matches "the first one" "$(cat /tmp/reset)" '^(EBUSY|OK)$'
}

decoding()
{
    session decoding
    outstand 2
    accepts pcie/CMD/MSE 0
    unreadable nvme/CSTS/value EIO
    matches "MSE=0: the reason" "$(cat error)" "EIO: BAR 0 of $SLOT cannot be accessed: memory decoding is off .CMD.MSE is 0.. Write 1 to CMD.MSE"
    refuses nvme/CC/EN 0 EIO
    unreadable nvme/raw EIO
    unreadable bar/0 EIO
    matches "MSE=0: status" "$(cat status)" "controller  .*memory decoding is off"
    # A command cannot be sent, and leaves nothing behind.
    mkdir cmd/never
    refuses cmd/never/ctl 'run identify CNS=1' EIO
    shows pcie/ID/VID 0x1b36
    accepts pcie/CMD/MSE 1
    shows nvme/CSTS/RDY 0x1
    shows cmd/aer1/state outstanding
    accepts cmd/never/ctl 'run identify CNS=1'
    shows cmd/never/result/MN "$(cat identify/controller/MN)"
    accepts ctl disable
    shows cmd/aer1/state lost
    rmdir cmd/aer* cmd/never
    session decoded
}

# QEMU's function does not lose its state in D3hot, and the kernel restores it where one does.
power()
{
    if [ ! -e $PMCS ]; then
        echo "there is no $PMCS"
        return
    fi
    accepts $PMCS/PS 3
    shows $PMCS/PS 0x3
    unreadable nvme/CSTS/value EIO
    matches "D3hot: the reason" "$(cat error)" "EIO: BAR 0 of $SLOT cannot be accessed: the function is in D3hot .PMCS.PS.. Write 0 to PMCS.PS"
    unreadable bar/0 EIO
    matches "D3hot: status" "$(cat status)" "controller  .*D3hot"
    shows pcie/ID/VID 0x1b36
    accepts $PMCS/PS 0
    matches "D0: VS" "$(cat nvme/VS/value)" '^0x1'
    session power
}

resets()
{
    local n
    mount_lone "$SLOT"
    errors=$(cat error_log)
    during_reset
    for n in $(seq "${ROUNDS:=2}"); do
        reset_by "flr$n" ctl 'reset flr'
        reset_by "IFLR$n" $PXDC/IFLR 1
        reset_by "controller$n" ctl 'reset controller'
        reset_by "CC.EN$n" nvme/CC/EN 0
        if [ "$HOT" = OK ]; then
            reset_by "hot$n" ctl 'reset hot'
        else
            session "hot$n"
            outstand 1
            refuses ctl 'reset hot' "$HOT"
            matches "the reason" "$(cat error)" "no port above it .*it sits on the root bus"
            # Nothing was reset.
            shows cmd/aer1/state outstanding
            accepts ctl disable
            rmdir cmd/aer1
        fi
    done
    refuses ctl 'reset subsystem' EOPNOTSUPP
    decoding
    power
    session last
    unmount_lone
    wait
}

case ${PART-} in
resets) resets ;;
*)
    slot=$(slot_of nvme0)
    other=
    hot=EOPNOTSUPP
    case $VM_SET in
    group) other=$(slot_of nvme1) ;;
    hotplug)
        # Two functions of a group behind a port: the hot reset resets both.
        works "function 1" monitor device_add nvme,id=second,serial=second,bus=port1,addr=0.1,multifunction=on
        works "function 0" monitor device_add nvme,id=first,serial=first,drive=disk1,bus=port1,addr=0.0,multifunction=on
        until_true 30 slot_of nvme1 >/dev/null || fail "not plugged in"
        slot=$(slot_of nvme1)
        other=${slot%0}1
        checks=$((checks + 1))
        until_true 30 controller_is_live "$other" || fail "$other is not live"
        until_true 30 controller_is_live "$slot" || fail "$slot is not live"
        same "the group of $other" "$(group_of "$other")" "$(group_of "$slot")"
        hot=OK
        ;;
    esac
    for one in $slot $other; do
        expose "$one" tester >/dev/null || fail "cannot expose $one"
    done
    as_owner resets SLOT="$slot" HOT="$hot"
    if [ $hot = OK ]; then
        # Alone behind its port, too.
        slot=$(slot_of nvme0)
        expose "$slot" tester >/dev/null || fail "cannot expose $slot"
        as_owner resets SLOT="$slot" HOT="$hot"
        # The machine as it was, for the scripts that come after.
        works "unplugging both functions" monitor device_del first
        checks=$((checks + 1))
        until_true 30 [ ! -e "/sys/bus/pci/devices/$other" ] || fail "$other is still there"
    fi
    same "DMA faults" "$(dmesg | grep -cE 'DMAR:.*(fault|\[(DMA|INTR))')" 0
    ;;
esac
finish
