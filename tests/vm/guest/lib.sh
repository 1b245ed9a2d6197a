# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What scripts inside the virtual machine share: `. "$(dirname "$0")/lib.sh"`, checks, and `finish` at the end.
# $VM_SET and $VM_IOMMU say which machine this is; `monitor` (a program) asks it to plug and unplug.

set -u
failures=0
checks=0

# Runs a command for at most 30 s (or $LIMIT), longer on a machine that is known to be slow (`run --limit`). The helper of the
# mount tests takes $LIMIT itself, and 10 s without it.
limited()
{
    local seconds=$((${LIMIT:-30} * ${VM_PATIENCE:-1}))
    LIMIT=$seconds timeout -k 5 "$seconds" "$@"
}

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
        set -- limited "$@"
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

# until_true SECONDS COMMAND…: at most so long, as `limited`
until_true()
{
    local end=$((SECONDS + $1 * ${VM_PATIENCE:-1}))
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

# await_disks DISK…: a controller is live before the kernel has looked for its namespaces.
await_disks()
{
    local disk
    for disk; do
        checks=$((checks + 1))
        until_true 30 [ -b "$disk" ] || fail "$disk does not come"
    done
}

# lone_pids [MOUNT]: the processes of lonefs (that serve it).
lone_pids()
{
    local file arguments
    for file in /proc/[0-9]*/cmdline; do
        mapfile -d '' -t arguments <"$file" || continue
        [[ ${arguments[0]-} == *lonefs && " ${arguments[*]} " == *" ${1:-${arguments[0]}} "* ]] && echo "${file//[^0-9]/}"
    done 2>/dev/null
}

# some_lone_ends: a process that ends loses its arguments first, and its files, of which the device is one, a good while later.
some_lone_ends()
{
    local file status
    for file in /proc/[0-9]*/status; do
        status=$(<"$file")
        [[ $status == Name:?lonefs$'\n'* ]] || continue
        [ -n "$(tr -d '\0' <"${file%status}cmdline")" ] || [[ $status == *State:?Z*Threads:?1$'\n'* ]] || return 0
    done 2>/dev/null
    return 1
}

# nobody_serves [MOUNT]: no lonefs is there any more (that serves it), and none has a device open that is about to end.
nobody_serves() { [ -z "$(lone_pids "${1:-}")" ] && ! some_lone_ends; }

# as_user NAME COMMAND…: with an ordinary user's limits and nothing of root's. $MEMLOCK: bytes he may pin.
as_user()
{
    local user=$1
    shift
    prlimit --memlock="${MEMLOCK:-8388608}" setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps=-all \
        env HOME=/home/tester USER="$user" "$@"
}

as_tester() { as_user tester "$@"; }
