#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Asynchronous events that the machine causes: critical warnings of the SMART page, set from outside. A line of events/stream
# each; a second one of the type waits until the page has been read with RAE=0 (NVMe Base 2.0, 5.2).
# vm: devices=plain limit=90
# shellcheck source=tests/vm/guest/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

warn() { works "critical warning $1" monitor qom-set /machine/peripheral/nvme0 smart_critical_warning "$1"; }

# together STEP: with the other part of this script
together()
{
    touch "/tmp/$1.$PART"
    checks=$((checks + 1))
    until_true 40 [ -e "/tmp/$1.$2" ] || fail "$2 does not come to $1"
}

has_lines() { [ "$(wc -l <events/log)" = "$1" ]; }
posted() { [ "$(<events/posted)" = "$1" ]; }

follow()
{
    mount_lone "$SLOT"
    accepts events/outstanding 2
    accepts ctl 'init queues=1'
    mkdir cmd/a
    accepts cmd/a/ctl 'run set_features FID=0xb CDW11=0xff' # every critical warning is an event
    works "requests are posted" until_true 10 posted 2
    same "critical warnings before" "$(<logs/smart/CW/value)" 0x0
    exec 3<events/stream
    together ready machine
    matches "the first event" "$(limited head -n 1 <&3)" \
        'SMART / Health Status: Spare Below Threshold \(type 0x1, info 0x2\); log page 0x2 smart clears it: cat logs/LID=0x2,RAE=0/raw$'
    same "critical warnings" "$(<logs/smart/CW/value)" 0x1
    works "posted again" until_true 10 posted 2
    together first machine
    together second machine
    same "critical warnings" "$(<logs/smart/CW/value)" 0x5
    same "the second one waits" "$(wc -l <events/log)" 1
    works "reading the page clears it" bash -c 'cat logs/LID=0x2,RAE=0/raw >/dev/null'
    matches "the second event" "$(limited head -n 1 <&3)" 'type 0x1, info 0x0\); log page 0x2 smart'
    works "the log has both" until_true 5 has_lines 2
    exec 3<&-
    # A reset takes requests back, and they are posted again; nothing is told that was told already.
    accepts ctl 'reset flr'
    accepts ctl 'init queues=1'
    works "posted after a reset" until_true 10 posted 2
    has_lines 2 || fail "events after a reset: $(cat events/log)"
    together third machine
    unmount_lone
}

if [ "${PART-}" = follow ]; then
    follow
    finish
fi
slot=$(slot_of nvme0)
expose "$slot" tester >/dev/null || fail "cannot expose $slot"
rm -f /tmp/{ready,first,second,third}.*
as_tester env PART=follow SLOT="$slot" timeout -k 5 $((${LIMIT:-80} * ${VM_PATIENCE:-1})) bash "$0" &
guest=$!
PART=machine
together ready follow
warn 1
together first follow
warn 5
together second follow
together third follow
warn 0
checks=$((checks + 1))
wait $guest || fail "what follows ended with $?"
works "the kernel's driver takes it back" reclaim "$slot"
finish
