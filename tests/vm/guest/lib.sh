# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What scripts inside the virtual machine share: `. "$(dirname "$0")/lib.sh"`, checks, and `finish` at the end.
# $VM_SET and $VM_IOMMU say which machine this is; `monitor` (a program) asks it to plug and unplug.

set -u
failures=0
checks=0

# Runs a command for at most 30 s (or $LIMIT).
limited() { timeout -k 2 "${LIMIT:-30}" "$@"; }

fail()
{
    failures=$((failures + 1))
    printf 'FAIL %s:%s: %s\n' "$(basename "$0")" "${BASH_LINENO[1]}" "$*"
}

# same WHAT ACTUAL EXPECTED
same()
{
    checks=$((checks + 1))
    [ "$2" = "$3" ] || fail "$1: got '$2', expected '$3'"
}

# matches WHAT ACTUAL EXTENDED-REGEX
matches()
{
    checks=$((checks + 1))
    [[ $2 =~ $3 ]] || fail "$1: got '$2', expected something like '$3'"
}

# works WHAT COMMAND…: its output is shown when it fails. Functions bound themselves.
works()
{
    local what=$1 output
    shift
    checks=$((checks + 1))
    if [ "$(type -t "$1")" = file ]; then
        set -- timeout -k 2 "${LIMIT:-30}" "$@"
    fi
    output=$("$@" 2>&1) || fail "$what: '$*' ended with $?: $output"
}

# skip WHY: this machine cannot show what the test is about.
skip()
{
    echo "$*"
    exit 77
}

finish()
{
    printf '%d checks, %d failures\n' "$checks" "$failures"
    [ "$checks" -gt 0 ] && [ "$failures" -eq 0 ]
    exit
}

# until_true SECONDS COMMAND…
until_true()
{
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# The names that this machine's device set gives to its NVMe functions: nvme0, nvme1 …
device_names() { cut -d ' ' -f 1 /vm/devices; }

# slot_of NAME: 0000:00:05.0. Behind a bridge, what is plugged in there now.
slot_of()
{
    local path child
    path=$(sed -n "s/^$1 //p" /vm/devices)
    case $path in
    '') return 1 ;;
    */*)
        for child in /sys/bus/pci/devices/0000:"${path%/*}"/*:*:"${path#*/}"; do
            [ -e "$child" ] || return 1
            basename "$child"
        done
        ;;
    *) echo "0000:$path" ;;
    esac
}

driver_of() { basename "$(readlink "/sys/bus/pci/devices/$1/driver")"; }
group_of() { basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")"; }

# controller_of SLOT: the kernel's name of the controller (nvme0), while its driver has it.
controller_of() { basename "$(echo "/sys/bus/pci/devices/$1/nvme/"nvme*)"; }
controller_is_live() { [ "$(cat "/sys/bus/pci/devices/$1/nvme/"nvme*/state 2>/dev/null)" = live ]; }

# give_to DRIVER SLOT: unbinds, overrides, probes. An empty DRIVER: what the kernel chooses.
give_to()
{
    local device=/sys/bus/pci/devices/$2
    echo "$1" >"$device/driver_override"
    [ ! -e "$device/driver" ] || echo "$2" >"$device/driver/unbind"
    echo "$2" >/sys/bus/pci/drivers_probe
    [ "$(driver_of "$2")" = "${1:-nvme}" ]
}

# expose SLOT USER: what `lone-setup expose` does, for tests that are not about it. Prints the node.
expose()
{
    local node
    give_to vfio-pci "$1" || return 1
    node=/dev/vfio/$(group_of "$1")
    until_true 5 [ -e "$node" ] || return 1
    chown "$2" "$node" && chmod 600 "$node" && echo "$node"
}

# reclaim SLOT: back to the kernel's driver, and waits until that has it running.
reclaim() { give_to '' "$1" && until_true 20 controller_is_live "$1"; }

# as_user NAME COMMAND…: with an ordinary user's limits and nothing of root's. $MEMLOCK: bytes he may pin.
as_user()
{
    local user=$1
    shift
    prlimit --memlock="${MEMLOCK:-8388608}" setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps=-all \
        env HOME=/home/tester USER="$user" "$@"
}

as_tester() { as_user tester "$@"; }
