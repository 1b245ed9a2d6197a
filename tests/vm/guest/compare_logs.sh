#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Log pages, features and the rarer Identify structures as lonefs shows them, against what nvme-cli said of the same controller
# while the kernel's driver had it; and ns/N/data against the kernel's block devices.
# vm: devices=plain,formats limit=300
. "$(dirname "$0")/lib.sh"
[ -x "$LONEFS" ] || skip "there is no lonefs in this build"
command -v jq >/dev/null || skip "there is no jq"

work=$(mktemp -d /tmp/compare.XXXXXX) || exit 1
chmod 755 "$work"
mount=$work/mount
trap 'umount -l "$mount" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
slot=$(slot_of nvme0) || skip "this device set has no nvme0"
until_true 20 controller_is_live "$slot" || { fail "not live"; finish; }
controller=/dev/$(controller_of "$slot")

# number TEXT: in decimal, so that forms can be compared
number() { if [[ $1 =~ ^(0x[0-9a-f]{1,16}|0|[1-9][0-9]{0,18})$ ]]; then printf '%u\n' "$1"; else echo "$1"; fi; }

# --- Before: nvme-cli, through the kernel's driver ---
# ask NAME BYTES OPTION…: an admin command's data into NAME.raw; where it fails there is NAME.status
ask()
{
    local name=$work/$1 bytes=$2
    shift 2
    mkdir -p "$(dirname "$name")"
    limited nvme admin-passthru "$controller" "$@" --data-len="$bytes" --read --raw-binary >"$name.raw" 2>"$name.says" && return
    rm -f "$name.raw"
    echo "$*: $(head -n 1 "$name.says")" >"$name.status"
}

# NAME CNS CSI NSID of what lonefs has names for
structures='nvm_sets 4 0 0
nvm/namespace/1 5 0 1
nvm/controller 6 0 0
zns/controller 6 2 0
independent_namespace/1 8 0 1
allocated_namespace/1 0x11 0 1
attached_controllers/1 0x12 0 1
controllers 0x13 0 0
primary_controller 0x14 0 0
secondary_controllers 0x15 0 0
granularity 0x16 0 0
uuids 0x17 0 0
domains 0x18 0 0
endurance_groups 0x19 0 0
nvm/allocated_namespace/1 0x1b 0 1
command_sets 0x1c 0 0'
[ "$VM_SET" != formats ] || structures+='
nvm/namespace/2 5 0 2
nvm/namespace/3 5 0 3
zns/namespace/4 5 2 4
independent_namespace/4 8 0 4'
while read -r name cns csi nsid; do
    ask "identify/$name" 4096 --opcode=6 --cdw10=$((cns)) --cdw11=$((csi << 24)) --namespace-id="$nsid"
done <<<"$structures"
ask namespaces/nvm 4096 --opcode=6 --cdw10=7
ask namespaces/zns 4096 --opcode=6 --cdw10=7 --cdw11=$((2 << 24))
ask namespaces/allocated 4096 --opcode=6 --cdw10=16

logs='supported 0 1024
error 1 64
smart 2 512
firmware 3 512
changed_namespaces 4 4096
effects 5 4096
self_test 6 564
endurance_group 9 512
predictable_latency 10 512
feature_effects 18 1024
mi_effects 19 4096
sanitize 129 512'
while read -r name lid bytes; do
    ask "logs/$name" "$bytes" --opcode=2 --namespace-id=0xffffffff --cdw10=$((lid | 1 << 15 | (bytes / 4 - 1) << 16))
done <<<"$logs"
limited nvme smart-log -o json "$controller" >"$work/smart.json" || fail "smart-log"
limited nvme error-log -o json "$controller" >"$work/error.json" || fail "error-log"
limited nvme fw-log -o json "$controller" >"$work/fw.json" || fail "fw-log"
limited nvme effects-log -o json "$controller" >"$work/effects.json" || fail "effects-log"
[ "$VM_SET" != formats ] || limited nvme zns id-ns -o json -n 4 "$controller" >"$work/zns-id-ns.json" || fail "zns id-ns"

# Get Features: Dword 0 in hex, or nothing. SEL 1 (default) and 3 (capabilities) are the same whoever drives it; of the current
# values, those that the kernel's driver leaves alone.
# value_of FID SEL
value_of()
{
    limited nvme admin-passthru "$controller" --opcode=10 --cdw10=$(($1 | $2 << 8)) --namespace-id=1 2>&1 |
        sed -n 's/.*result: *\(0x\)\{0,1\}0*\([0-9a-f]\{1,\}\).*/0x\2/p'
}
declare -A features
features_of='arbitration 1 power_management 2 temperature_threshold 4 error_recovery 5 volatile_write_cache 6 number_of_queues 7
interrupt_coalescing 8 interrupt_vector 9 write_atomicity 10 asynchronous_event 11 keep_alive_timer 15 thermal_management 16
sanitize_config 23 software_progress 128 write_protection 132'
# shellcheck disable=SC2086
set -- $features_of
while [ $# -gt 0 ]; do
    features[$1/default]=$(value_of "$2" 1)
    features[$1/capabilities]=$(value_of "$2" 3)
    case $2 in 7 | 11) ;; *) features[$1/current]=$(value_of "$2" 0) ;; esac
    shift 2
done

# The kernel's block devices of namespaces, as far as it makes some
declare -A blocks
await_disks "${controller}n1"
[ "$VM_SET" != formats ] || await_disks "${controller}n"{2..5}
for path in /sys/class/block/nvme*n*; do
    [ -e "$path/nsid" ] && [ "$(cat "$path/size")" -gt 0 ] || continue
    blocks[$(cat "$path/nsid")]=/dev/$(basename "$path")
done
matches "block devices" "${#blocks[@]}" '^[1-5]$'
head -c 3000000 /dev/urandom >"$work/by-kernel"
[ -z "${blocks[1]:-}" ] || limited dd if="$work/by-kernel" of="${blocks[1]}" bs=1M oflag=direct conv=fsync,notrunc status=none iflag=fullblock 2>/dev/null ||
    limited dd if="$work/by-kernel" of="${blocks[1]}" bs=1M conv=fsync,notrunc status=none || fail "the kernel does not write"

expose "$slot" tester >/dev/null || { fail "cannot expose"; finish; }
as_tester mkdir -m 755 /home/tester/compare 2>/dev/null
mount=/home/tester/compare
works "mount" as_tester "$LONEFS" "$slot" "$mount"
mounted() { as_tester timeout -k 2 60 "$@"; }
works "init" mounted bash -c 'echo init >"$0/ctl"' "$mount"

# --- Identify: bytes, or the same refusal ---
answered=0
# same_as NAME PATH: the bytes
same_as()
{
    checks=$((checks + 1))
    if [ -e "$work/$1.raw" ]; then
        mounted cat "$mount/$2" >"$work/bytes" || fail "reading $2: $(mounted cat "$mount/error")"
        cmp "$work/$1.raw" "$work/bytes" || fail "nvme-cli and $2 differ"
        answered=$((answered + 1))
    else
        ! mounted cat "$mount/$2" >/dev/null 2>&1 || fail "$2 can be read, and nvme-cli says: $(cat "$work/$1.status")"
    fi
}
while read -r name _; do
    same_as "identify/$name" "identify/$name/raw"
    # Each file of it can be read, and the text and JSON too.
    [ ! -e "$work/identify/$name.raw" ] || mounted cat "$mount/identify/$name/text" >/dev/null || fail "text of identify/$name"
    [ ! -e "$work/identify/$name.raw" ] || mounted jq -e .fields "$mount/identify/$name/json" >/dev/null || fail "json of identify/$name"
done <<<"$structures"
matches "structures that this controller has" "$answered" '^[4-9]|^[1-9][0-9]'
echo "identify: $answered structures"
for pair in nvm:nvm/namespaces zns:zns/namespaces allocated:allocated_namespaces; do
    [ -e "$work/namespaces/${pair%%:*}.raw" ] || continue
    same "identify/${pair#*:}" "$(mounted cat "$mount/identify/${pair#*:}")" \
        "$(od -An -v -w4 -tu4 "$work/namespaces/${pair%%:*}.raw" | tr -d ' ' | grep -v '^0$')"
done
if [ "$VM_SET" = formats ]; then
    # The zoned namespace's own structure, value by value: nvme-cli's names are the specification's in lower case.
    while read -r key value; do
        same "zns id-ns: $key" "$(number "$(mounted cat "$mount/identify/zns/namespace/4/${key^^}" 2>/dev/null)")" "$value"
    done < <(jq -r '{mar, mor, rrl, frl} | to_entries[] | select(.value != null) | "\(.key) \(.value)"' "$work/zns-id-ns.json")
    same "zone size" "$(number "$(mounted cat "$mount/identify/zns/namespace/4/LBAFE/0/ZSZE")")" "$(jq -r '.lbafe[0].zsze' "$work/zns-id-ns.json")"
fi

# --- Logs ---
# Counters go on counting: of SMART, what lies between Data Units Read and Power On Hours (bytes 32 to 143) only grows.
# The error log gets an entry for each refusal above, when the controller has one.
answered=0
while read -r name _; do
    case $name in
    smart)
        mounted cat "$mount/logs/smart/raw" >"$work/bytes"
        for file in "$work/bytes" "$work/logs/smart.raw"; do dd if=/dev/zero of="$file" bs=1 seek=32 count=112 conv=notrunc status=none; done
        checks=$((checks + 1))
        cmp "$work/bytes" "$work/logs/smart.raw" || fail "smart: bytes besides the counters"
        answered=$((answered + 1))
        ;;
    *) same_as "logs/$name" "logs/$name/raw" ;;
    esac
done <<<"$logs"
matches "pages that this controller has" "$answered" '^[4-9]|^1[0-9]'
echo "logs: $answered pages"

# smart-log, value by value
while read -r key name; do
    value=$(jq -r ".$key // \"none\"" "$work/smart.json") got=$(number "$(mounted cat "$mount/logs/smart/$name")")
    case $name in
    DUR | DUW | HRC | HWC | CBT | PWRC | POH | UPL) matches "smart: $key grows" "$((got >= value))" '^1$' ;;
    *) same "smart: $key and $name" "$got" "$value" ;;
    esac
done <<'END'
critical_warning CW/value
temperature CTEMP
avail_spare AVSP
spare_thresh AVSPT
percent_used PUSED
data_units_read DUR
data_units_written DUW
host_read_commands HRC
host_write_commands HWC
controller_busy_time CBT
power_cycles PWRC
power_on_hours POH
unsafe_shutdowns UPL
media_errors MDIE
num_err_log_entries NEILE
warning_temp_time WCTT
critical_comp_time CCTT
END
# fw-log: the revision in slot 1, and AFI
same "fw-log: AFI" "$(number "$(mounted cat "$mount/logs/firmware/AFI/value")")" \
    "$(jq -r '.. | objects | select(has("Active Firmware Slot (afi)")) | .["Active Firmware Slot (afi)"]' "$work/fw.json" | head -n 1)"
same "fw-log: slot 1" "$(mounted cat "$mount/logs/firmware/FRS/1")" \
    "$(jq -r '.. | objects | to_entries[] | select(.key | test("Firmware Rev Slot 1")) | .value' "$work/fw.json" | sed 's/.*(\(.*\))/\1/; s/[ .]*$//')" # padding is shown as dots
# effects-log: admin commands that are supported, by number
supported=$(mounted bash -c 'for ((i = 0; i < 256; i++)); do [ "$(<"$0/logs/effects/ACS/$i/CSUPP")" = 0x0 ] || printf "%d " $i; done' "$mount")
expected=$(od -An -v -w4 -tu4 "$work/logs/effects.raw" | head -n 256 | awk '$1 % 2 { printf "%d ", NR - 1 }')
same "effects-log: admin commands" "$supported" "$expected"
matches "effects-log in JSON" "$(jq -c . "$work/effects.json" | head -c 100000)" '(ACS|admin)'
# error-log: QEMU keeps none
same "error-log: entry 0" "$(number "$(mounted cat "$mount/logs/error/0/ECNT")")" "$(jq -r '.errors[0].error_count // 0' "$work/error.json")"

# --- Features ---
n=0
for key in "${!features[@]}"; do
    value=${features[$key]}
    checks=$((checks + 1))
    if [ -n "$value" ]; then
        got=$(mounted cat "$mount/features/$key/value" 2>&1)
        [ "$(number "$got")" = "$(number "$value")" ] || fail "features/$key/value is $got, nvme-cli says $value"
        n=$((n + 1))
    else
        ! mounted cat "$mount/features/$key/value" >/dev/null 2>&1 || fail "features/$key/value can be read, nvme-cli cannot get it"
    fi
done
matches "features' values" "$n" '^[1-9][0-9]'
echo "features: $n values"
works "a threshold" mounted bash -c 'echo 330 >"$0/features/temperature_threshold/current/TMPTH"' "$mount"
same "a threshold" "$(mounted cat "$mount/features/temperature_threshold/current/TMPTH")" 0x14a

# --- Data: what the kernel wrote, and what it reads of what lonefs writes ---
limited head -c 3000000 /dev/urandom >"$work/by-lone"
chmod 644 "$work/by-lone" "$work/by-kernel"
if [ -n "${blocks[1]:-}" ]; then
    checks=$((checks + 1))
    mounted cmp -n 3000000 "$work/by-kernel" "$mount/ns/1/data" || fail "what the kernel wrote"
fi
for nsid in $(mounted bash -c 'cd "$0/ns" && ls -d [0-9]*' "$mount"); do
    checks=$((checks + 1))
    if [ "$VM_SET/$nsid" = formats/4 ]; then
        # Zoned: from the beginning of a zone on, in whole blocks; another write there is refused
        works "writing a zone" mounted dd if="$work/by-lone" of="$mount/ns/4/data" bs=819200 count=3 conv=notrunc,fsync status=none
        mounted cmp -n 2457600 "$work/by-lone" "$mount/ns/4/data" || fail "the zone's bytes"
        mounted dd if="$work/by-lone" of="$mount/ns/4/data" bs=4096 count=1 conv=notrunc status=none 2>/dev/null && fail "writing behind the write pointer"
        matches "the refusal" "$(mounted cat "$mount/error")" 'NVMe status 0x1bc|NVMe status 0x3bc|[Zz]one'
        continue
    fi
    works "writing $nsid" mounted dd if="$work/by-lone" of="$mount/ns/$nsid/data" bs=1M seek=12345 oflag=seek_bytes conv=notrunc,fsync status=none
    mounted cmp -n 3000000 -i 0:12345 "$work/by-lone" "$mount/ns/$nsid/data" || fail "bytes of $nsid"
done
[ -z "${blocks[1]:-}" ] || same "size" "$(mounted cat "$mount/ns/1/size")" "$(limited blockdev --getsize64 "${blocks[1]}" 2>/dev/null || mounted cat "$mount/ns/1/size")"

works "unmount" mounted fusermount3 -u "$mount"
works "back to the kernel's driver" reclaim "$slot"
for nsid in "${!blocks[@]}"; do
    [ "$VM_SET/$nsid" != formats/4 ] || continue
    await_disks "${blocks[$nsid]}"
    checks=$((checks + 1))
    if [ "$VM_SET/$nsid" = formats/2 ]; then
        # Protection information: the controller checks guard and reference tag of what lonefs had it make (PRACT, PRCHK 2 and 0).
        # Through the kernel's block layer that cannot be seen: QEMU's metadata do not reach its buffer.
        limited nvme read "${blocks[$nsid]}" --start-block=100 --block-count=7 --data-size=4096 --prinfo=13 --ref-tag=100 \
            --data="$work/bytes" >"$work/says" 2>&1 || fail "nvme read: $(cat "$work/says")"
        limited cmp -n 4096 -i $((51200 - 12345)):0 "$work/by-lone" "$work/bytes" || fail "other bytes in ${blocks[$nsid]}"
    else
        limited cmp -n 3000000 -i 0:12345 "$work/by-lone" "${blocks[$nsid]}" || fail "the kernel reads other bytes from ${blocks[$nsid]}"
    fi
    echo "data: the kernel reads namespace $nsid"
done
rmdir "$mount" 2>/dev/null
finish
