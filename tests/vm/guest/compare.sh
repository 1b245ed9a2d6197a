#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What lonefs shows of a controller, against what nvme-cli said of it while the kernel's driver had it, and what lspci and
# setpci say of it as root, without VFIO in between.
# vm: devices=plain,namespaces,memory,sriov,wide,amd limit=180
. "$(dirname "$0")/lib.sh"
[ -x "$LONEFS" ] || skip "there is no lonefs in this build"
command -v jq >/dev/null || skip "there is no jq"

work=$(mktemp -d /tmp/compare.XXXXXX) || exit 1
chmod 755 "$work"
mount=$work/mount
trap 'umount -l "$mount" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
slot=$(slot_of nvme0) || skip "this device set has no nvme0"

# --- Before: nvme-cli, through the kernel's driver ---
until_true 20 controller_is_live "$slot" || { fail "not live"; finish; }
controller=/dev/$(controller_of "$slot")
limited nvme id-ctrl --raw-binary "$controller" >"$work/id-ctrl.raw" || fail "id-ctrl --raw-binary"
limited nvme id-ctrl -o json "$controller" >"$work/id-ctrl.json" || fail "id-ctrl -o json"
limited nvme list-ns --all "$controller" | sed 's/.*://' >"$work/list-ns"
limited nvme show-regs -o json "$controller" >"$work/regs.json"
matches "show-regs" "$(<"$work/regs.json")" '"cap":[1-9]'
namespaces=()
while read -r n; do
    n=$((n))
    namespaces+=("$n")
    limited nvme id-ns --raw-binary -n "$n" "$controller" >"$work/id-ns.$n.raw" || fail "id-ns --raw-binary of $n"
    limited nvme id-ns -o json -n "$n" "$controller" >"$work/id-ns.$n.json" || fail "id-ns -o json of $n"
    limited nvme ns-descs --raw-binary -n "$n" "$controller" >"$work/descs.$n.raw" || fail "ns-descs --raw-binary of $n"
    limited nvme ns-descs -o json -n "$n" "$controller" >"$work/descs.$n.json" || fail "ns-descs of $n"
done <"$work/list-ns"
matches "namespaces" "${#namespaces[@]}" '^[1-9]'

expose "$slot" tester >/dev/null || { fail "cannot expose"; finish; }
limited lspci -vvv -s "$slot" >"$work/lspci.before"

# --- The mount belongs to tester: root must not enter it ---
as_tester mkdir -m 755 /home/tester/compare 2>/dev/null
mount=/home/tester/compare
works "mount" as_tester "$LONEFS" "$slot" "$mount"
mounted() { as_tester timeout -k 2 30 "$@"; }

# read_all PATH…: their values into the array of that name
declare -A shown
read_all()
{
    local path value
    while IFS= read -r path && IFS= read -r value; do
        shown[$path]=$value
    done < <(mounted bash -c 'cd "$0" && for path; do printf "%s\n%s\n" "$path" "$(<"$path")"; done' "$mount" "$@" 2>/dev/null)
}

# number TEXT: in decimal, so that forms can be compared; what is none stays as it is
number()
{
    local digits=${1#0x}
    if [[ $1 =~ ^(0x[0-9a-f]{1,16}|0|[1-9][0-9]*)$ && ${#digits} -le 19 ]]; then
        printf '%u\n' "$1"
    else
        echo "$1"
    fi
}

# same_bytes WHAT FILE PATH
same_bytes()
{
    checks=$((checks + 1))
    mounted cat "$mount/$3" >"$work/bytes" || fail "reading $3"
    [ "$(stat -c %s "$2")" -eq 4096 ] || fail "$1: nvme-cli gave $(stat -c %s "$2") bytes"
    cmp "$2" "$work/bytes" || fail "$1: nvme-cli and $3 differ"
}

works "init" mounted bash -c 'echo init >"$0/ctl"' "$mount"

# --- Identify: bytes ---
same_bytes "id-ctrl" "$work/id-ctrl.raw" identify/controller/raw
for n in "${namespaces[@]}"; do
    same_bytes "id-ns $n" "$work/id-ns.$n.raw" "identify/namespace/$n/raw"
    same_bytes "ns-descs $n" "$work/descs.$n.raw" "identify/descriptors/$n/raw"
done
same "list-ns" "$(mounted cat "$mount/identify/namespaces" | paste -sd ' ')" "${namespaces[*]}"
same "namespaces that are listed" "$(mounted ls "$mount/identify/namespace" | sort -n | paste -sd ' ')" "${namespaces[*]}"

# --- Identify: every value of nvme-cli's JSON ---
# name_of KEY: the specification's name of what libnvme calls so, where that is not the same in capitals
name_of()
{
    case $1 in
    domainid) echo DID ;;
    ds) echo LBADS ;;
    lbafs) echo LBAF ;;
    psds) echo PSD ;;
    max_power) echo MP ;;
    entry_lat) echo ENLAT ;;
    exit_lat) echo EXLAT ;;
    read_tput) echo RRT ;;
    read_lat) echo RRL ;;
    write_tput) echo RWT ;;
    write_lat) echo RWL ;;
    idle_power) echo IDLP ;;
    idle_scale) echo IPS ;;
    active_power) echo ACTP ;;
    active_power_work) echo APW ;;
    active_scale) echo APS ;;
    *) echo "${1^^}" ;;
    esac
}

# unlike KEY: values that no file has as such; the comparison of the bytes covers them
unlike()
{
    case $1 in
    psds/*/flags) return 0 ;; # the byte with MXPS and NOPS in it
    *) return 1 ;;
    esac
}

# values_of JSON: "path value" of each, arrays with their indices
values_of() { jq -r 'paths(scalars) as $p | "\($p | map(tostring) | join("/")) \(getpath($p))"' "$1"; }

# compare_json WHAT JSON DIRECTORY
compare_json()
{
    local what=$1 dir=$3 key value path part got n=0 record=
    local -a paths=() keys=() values=() parts
    local -A directories=()

    # Fields that consist of others are directories, and their `value` is the whole.
    while IFS= read -r record; do
        directories[$record]=1
    done < <(mounted bash -c 'cd "$0/$1" && shopt -s nullglob && printf "%s\n" */ PSD/*/ LBAF/*/ */*/*/' "$mount" "$dir")
    while read -r key value; do
        if unlike "$key"; then
            echo "$what: $key has no file"
            continue
        fi
        path=
        IFS=/ read -ra parts <<<"$key"
        for part in "${parts[@]}"; do path+=/$(name_of "$part"); done
        path=${path#/}
        [ -z "${directories[$path/]:-}" ] || path+=/value
        keys+=("$key") values+=("$value") paths+=("$dir/$path")
    done < <(values_of "$2")
    read_all "${paths[@]}"
    while [ $n -lt ${#paths[@]} ]; do
        key=${keys[n]} value=${values[n]} got=${shown[${paths[n]}]:-nothing}
        case $key in
        sn | mn | fr | subnqn) value=$(sed 's/ *$//' <<<"$value") ;;
        eui64 | nguid | fguid) got=${got//-/} value=${value//-/} ;;
        ieee) got=$((16#${got//-/})) ;; # nvme-cli has the number, whose bytes are the pairs
        esac
        same "$what: $key and ${paths[n]}" "$(number "$got")" "$(number "$value")"
        n=$((n + 1))
    done
    matches "$what: values" "$n" '^[3-9][0-9]|^1[0-9][0-9]'
    # The json has the same as the files: those that are not composed.
    mounted cat "$mount/$dir/json" >"$work/json"
    while read -r key value; do
        got=${shown[$dir/$key]-none}
        [ "$got" = none ] || same "$dir/json: $key" "$value" "$got"
    done < <(jq -r '.fields | to_entries[] | select(.value | type == "string") | "\(.key) \(.value)"' "$work/json")
    echo "$what: $n values"
}
compare_json id-ctrl "$work/id-ctrl.json" identify/controller
for n in "${namespaces[@]}"; do
    compare_json "id-ns $n" "$work/id-ns.$n.json" "identify/namespace/$n"
    while read -r kind value; do
        read_all "identify/descriptors/$n/${kind^^}"
        got=${shown[identify/descriptors/$n/${kind^^}]}
        case $kind in
        csi) got=$(number "$got") ;;
        *) got=${got//-/} value=${value//-/} ;;
        esac
        same "ns-descs $n: $kind" "$got" "$value"
    done < <(jq -r '."ns-descs"[] | .type as $t | "\($t) \(.[$t])"' "$work/descs.$n.json")
done

# --- show-regs: the registers that say what the controller is. The others say what a driver made of it ---
constant=(CAP VS BPINFO CRTO PMRCAP PMREBS PMRSWTP CMBLOC CMBSZ)
for name in "${constant[@]}"; do
    read_all "nvme/$name/value"
    value=$(jq -r ".${name,,} // \"none\"" "$work/regs.json")
    if [ "$value" = none ]; then
        echo "show-regs: $name is not among its registers"
        continue
    fi
    # jq has 53 bits of a number, CAP 64: the digits as nvme-cli printed them.
    value=$(sed -n "s/.*\"${name,,}\":\([0-9]*\),*/\1/p" "$work/regs.json")
    same "show-regs: $name" "$(number "${shown[nvme/$name/value]}")" "$value"
done
# A controller memory buffer says where it is only when it is asked to (CMBMSC.CRE), which the kernel's driver takes back here:
# root looks at the register itself, past VFIO and lonefs.
# in_memory OFFSET: 32 bits of BAR 0
in_memory() { limited busybox devmem "$((bar + $1))" 32; }
bar=$((0x$(limited setpci -s "$slot" 14.l) << 32 | (0x$(limited setpci -s "$slot" 10.l) & ~15)))
if [ "$(mounted cat "$mount/nvme/CAP/CMBS")" = 0x1 ]; then
    works "CMBMSC.CRE" mounted bash -c 'echo 1 >"$0/nvme/CMBMSC/CRE"' "$mount"
    read_all nvme/CMBLOC/value nvme/CMBSZ/value
    matches "a CMB" "${shown[nvme/CMBSZ/value]}" '^0x[1-9a-f]'
fi
same "devmem: VS" "$(number "${shown[nvme/VS/value]}")" "$(($(in_memory 8)))"
same "devmem: CMBLOC" "$(number "${shown[nvme/CMBLOC/value]}")" "$(($(in_memory 0x38)))"
same "devmem: CMBSZ" "$(number "${shown[nvme/CMBSZ/value]}")" "$(($(in_memory 0x3c)))"
same "devmem: PMRCAP" "$(number "${shown[nvme/PMRCAP/value]}")" "$(($(in_memory 0xe00)))"
[ "$VM_SET" != memory ] || matches "this set has a CMB and a PMR" "${shown[nvme/CMBSZ/value]} ${shown[nvme/PMRCAP/value]}" '^0x[1-9a-f].* 0x[1-9a-f]'

# --- lspci: every block of a capability ---
# blocks FILE: the capabilities, as they are linked
blocks()
{
    sed -n '/^\tCapabilities: /,$p' "$1" | grep -v $'^\tKernel ' | sed '/^$/d'
}
# Through VFIO the same registers are read, so all must be equal but:
#   Status: D3   while nobody has the device open, vfio-pci puts it to sleep
#   MSI-X Enable, Masked   lonefs has its vectors set up
unlike_before() { sed -e 's/Status: D[0-3]/Status: D?/' -e 's/MSI-X: Enable[+-]\(.*\)Masked[+-]/MSI-X: Enable?\1Masked?/'; }
mounted cat "$mount/pcie/lspci" >"$work/dump"
limited lspci -vvv -F "$work/dump" >"$work/lspci.mount" 2>"$work/errors" || fail "lspci -F: $(cat "$work/errors")"
limited lspci -vvv -s "$slot" >"$work/lspci.now"
for when in before now; do
    checks=$((checks + 1))
    if [ $when = before ]; then filter=unlike_before; else filter='cat'; fi
    diff <(blocks "$work/lspci.$when" | $filter) <(blocks "$work/lspci.mount" | $filter) || fail "lspci, $when, and pcie/lspci differ"
done
same "lspci: the line of the device" "$(head -n 1 "$work/lspci.mount")" "$(head -n 1 "$work/lspci.now")"
same "capabilities" "$(grep -c '^.Capabilities:' "$work/lspci.now")" "$(mounted ls "$mount/pcie/caps" | wc -l)"
same "what lspci cannot decode" "$(grep -Ei 'chain broken|unknown|!!!|access denied|<\?' "$work/lspci.mount")" ''
echo "lspci: $(blocks "$work/lspci.mount" | wc -l) lines of $(mounted ls "$mount/pcie/caps" | paste -sd ' ')"

# --- setpci: header and capabilities. Root reads the device itself, lonefs what VFIO shows ---
# REGISTER OFFSET.WIDTH
header='ID 0.l RID 8.b CLS c.b MLT d.b HTYPE e.b BIST f.b BAR0 10.l BAR1 14.l BAR2 18.l BAR3 1c.l BAR4 20.l BAR5 24.l CCPTR 28.l
SS 2c.l EROM 30.l CAP 34.b MGNT 3e.b MLAT 3f.b CMD 4.w STS 6.w INTR 3c.w
caps/PMCAP/PID CAP_PM+0.w caps/PMCAP/PC CAP_PM+2.w caps/PMCAP/PMCS CAP_PM+4.w
caps/MSIXCAP/MXID CAP_MSIX+0.w caps/MSIXCAP/MXC CAP_MSIX+2.w caps/MSIXCAP/MTAB CAP_MSIX+4.l caps/MSIXCAP/MPBA CAP_MSIX+8.l
caps/PXCAP/PXID CAP_EXP+0.w caps/PXCAP/PXCAP CAP_EXP+2.w caps/PXCAP/PXDCAP CAP_EXP+4.l caps/PXCAP/PXDC CAP_EXP+8.w
caps/PXCAP/PXDS CAP_EXP+a.w caps/PXCAP/PXLCAP CAP_EXP+c.l caps/PXCAP/PXLC CAP_EXP+10.w caps/PXCAP/PXLS CAP_EXP+12.w
caps/PXCAP/PXDCAP2 CAP_EXP+24.l caps/PXCAP/PXDC2 CAP_EXP+28.w caps/PXCAP/PXDS2 CAP_EXP+2a.w caps/PXCAP/PXLCAP2 CAP_EXP+2c.l
caps/PXCAP/PXLC2 CAP_EXP+30.w caps/PXCAP/PXLS2 CAP_EXP+32.w'
# shellcheck disable=SC2086
set -- $header
names=() places=()
while [ $# -gt 0 ]; do
    names+=("$1") places+=("$2")
    shift 2
done
paths=()
for name in "${names[@]}"; do paths+=("pcie/$name/value"); done
read_all "${paths[@]}"
mapfile -t values < <(limited setpci -s "$slot" "${places[@]}")
same "setpci: registers" "${#values[@]}" "${#names[@]}"
for i in "${!names[@]}"; do
    same "setpci: ${names[i]}" "$(number "${shown[pcie/${names[i]}/value]}")" "$((0x${values[i]:-0}))"
done
# Each capability, byte by byte: the others' registers too.
while read -r name offset; do
    size=$(mounted stat -c %s "$mount/pcie/caps/$name/raw")
    places=()
    for ((i = 0; i < size; i++)); do places+=("$(printf '%x.b' $((offset + i)))"); done
    same "setpci: bytes of $name" "$(mounted od -An -v -tx1 "$mount/pcie/caps/$name/raw" | tr -d ' \n')" \
        "$(limited setpci -s "$slot" "${places[@]}" | tr -d '\n')"
done < <(mounted bash -c 'cd "$0/pcie/caps" && for cap in *; do echo "$cap $(<"$cap/offset")"; done' "$mount")

# --- What VFIO hides is not there. Everything else is: the chain as root sees it ---
# Extended capabilities that the kernel leaves out (vfio_pci_config.c, ecap lengths of 0): Root Complex ones, Multi-Root I/O
# Virtualization, Downstream Port Containment, L1 PM Substates, Precision Time Measurement and all that came after them.
hidden=' 5 6 7 a c 11 1a 1b 1d 1e 1f '
expected=
at=$(limited setpci -s "$slot" 34.b)
while [ "$at" != 00 ] && [ ${#expected} -lt 500 ]; do
    expected+="$((0x$at)) "
    at=$(limited setpci -s "$slot" "$(printf %x $((0x$at + 1))).b")
done
at=100
while [ $((0x$at)) -ne 0 ] && [ ${#expected} -lt 500 ]; do
    head=$((0x$(limited setpci -s "$slot" "$at.l")))
    # Conventional PCI has none: all zeros or all ones there.
    [ $head -ne 0 ] && [ $head -ne $((0xffffffff)) ] || break
    if [[ $hidden == *" $(printf %x $((head & 0xffff))) "* ]]; then
        echo "VFIO hides $(printf 'ecap 0x%04x' $((head & 0xffff)))"
    else
        expected+="$((0x$at)) "
    fi
    at=$(printf %x $((head >> 20)))
done
# shellcheck disable=SC2016
same "capabilities, by offset" "$(mounted bash -c 'cd "$0/pcie/caps" && for cap in *; do echo $(($(<"$cap/offset"))); done' "$mount" | sort -n | paste -sd ' ')" \
    "$(tr ' ' '\n' <<<"$expected" | grep . | sort -n | paste -sd ' ')"

works "unmount" mounted fusermount3 -u "$mount"
works "back to the kernel's driver" reclaim "$slot"
# --- After: the controller says the same as before ---
controller=/dev/$(controller_of "$slot")
limited nvme id-ctrl --raw-binary "$controller" | cmp - "$work/id-ctrl.raw" || fail "id-ctrl is another after lonefs"
rmdir "$mount" 2>/dev/null
finish
