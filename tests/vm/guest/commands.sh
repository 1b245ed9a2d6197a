#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The structures that commands return and that have no directory of their own, decoded in cmd/NAME/result and cqe, against
# nvme-cli's JSON from before, while the kernel's driver had the controller. Zones before and after they were written.
# vm: devices=formats,sriov limit=180
. "$(dirname "$0")/lib.sh"
[ -x "$LONEFS" ] || skip "there is no lonefs in this build"
command -v jq >/dev/null || skip "there is no jq"

work=$(mktemp -d /tmp/commands.XXXXXX) || exit 1
mount=$work/mount
mkdir "$mount"
trap 'umount -l "$mount" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
slot=$(slot_of nvme0) || skip "this device set has no nvme0"
until_true 20 controller_is_live "$slot" || { fail "not live"; finish; }
controller=/dev/$(controller_of "$slot")

# --- Before ---
# said NAME COMMAND…: nvme-cli's JSON
said()
{
    local name=$1
    shift
    limited nvme "$@" -o json >"$work/$name.json" || fail "nvme $*"
}
said nvm-id-ctrl nvm-id-ctrl "$controller"
said nvm-id-ns nvm-id-ns -n 1 "$controller"
said zns-id-ctrl zns id-ctrl "$controller"
if [ "$VM_SET" = formats ]; then
    zoned=${controller}n4
    await_disks "$zoned"
    # Zone 1 gets 16 blocks, zone 2 is full.
    limited dd if=/dev/zero of="$zoned" bs=4k count=16 seek=1024 oflag=direct status=none || fail "writing to a zone"
    limited nvme zns finish-zone -s 2048 "$zoned" >/dev/null || fail "finish-zone"
    said zns-id-ns zns id-ns -n 4 "$controller"
    # interface: CM41
    # Zone 5 gets a Zone Descriptor Extension, 128 bytes of this namespace: it is closed by that.
    printf 'lone%0124d' 7 >"$work/extension"
    limited nvme zns set-zone-desc -s 5120 -d "$work/extension" "$zoned" >/dev/null || fail "set-zone-desc"
    said report-zones zns report-zones "$zoned"
else
    said list-ctrl list-ctrl "$controller"
    said primary-ctrl-caps primary-ctrl-caps "$controller"
    said list-secondary list-secondary "$controller"
fi
features=(1 2 4 5 6 8 9 0xa 0xb)
for feature in "${features[@]}"; do
    limited nvme get-feature -f "$feature" -n 1 "$controller" | sed 's/.*value:\(0x\)\{0,1\}/0x/' >"$work/feature.$feature"
done

expose "$slot" tester >/dev/null || { fail "cannot expose"; finish; }
works "mount" "$LONEFS" "$slot" "$mount"
mounted() { timeout -k 2 30 "$@"; }
# shellcheck disable=SC2016
works "init" mounted bash -c 'echo init >"$0/ctl"; mkdir "$0/cmd/a"' "$mount"

# --- lonefs: every value of the JSON has a file of the specification's name ---
# sends COMMAND…
# shellcheck disable=SC2016
sends() { mounted bash -c 'echo "run $*" >"$0/cmd/a/ctl"' "$mount" "$@" || fail "$*: $(mounted cat "$mount/cmd/a/status")"; }
# values PATH…: in decimal, a line each; of a field that has others in it, the whole
values()
{
    # shellcheck disable=SC2016
    mounted bash -c 'cd "$0/cmd/a/result" && for path; do
        if [ -d "$path" ]; then echo "0x$(od -An -v -w1 -tx1 "$path/raw" | tac | tr -d " \n")"; else echo "$(<"$path")"; fi
    done' "$mount" "$@" | while read -r value; do echo "$((${value:--1}))"; done
}
# compare NAME AT-LEAST SED-PROGRAM: a path in capitals becomes that of the file. Numbers beyond 53 bits jq cannot tell.
compare()
{
    local -a paths=() expected=() got
    local path number i
    while read -r path number; do
        paths+=("$path") expected+=("$number")
    done < <(jq -r 'paths(numbers) as $p | select(getpath($p) < 9e15) | "\($p | map(tostring) | join("/") | ascii_upcase) \(getpath($p))"' \
        "$work/$1.json" | sed "$3")
    mapfile -t got < <(values "${paths[@]}")
    for i in "${!paths[@]}"; do same "$1: ${paths[i]}" "${got[i]:-nothing}" "${expected[i]}"; done
    [ "${#paths[@]}" -ge "$2" ] || fail "$1: ${#paths[@]} values"
    echo "$1: ${#paths[@]} values"
}

sends identify CNS=6 CSI=NVM
compare nvm-id-ctrl 6 ''
sends identify CNS=5 CSI=NVM NSID=1
compare nvm-id-ns 4 's,ELBAFS/,ELBAF/,'
sends identify CNS=6 CSI=ZNS
compare zns-id-ctrl 1 ''
if [ "$VM_SET" = formats ]; then
    sends identify CNS=5 CSI=ZNS NSID=4
    compare zns-id-ns 20 ''
    sends zone_management_receive NSID=4 NDW=1039 ZRA=REPORT
    # nvme-cli 2.3 has 0 for all "attrs" in its JSON, whatever they are.
    compare report-zones 40 's,^NR_ZONES ,NZ ,; s,^ZONE_LIST/,ZD/,; s,/SLBA ,/ZSLBA ,; s,/CAP ,/ZCAP ,; /\/ATTRS /d'
    # Empty 1h, Closed 4h, Full Eh. The written zone was implicitly opened; the shutdown in between closed it.
    same "states before" "$(jq -r '[.zone_list[0, 1, 2].state] | join(" ")' "$work/report-zones.json")" "EMPTY IMP_OPENED FULL"
    same "states" "$(values ZD/0/ZS ZD/1/ZS ZD/2/ZS | paste -sd ' ')" "1 4 14"
    same "the write pointer of the written zone" "$(values ZD/1/WP)" 1040
    # As many descriptors as there is room for, whatever NZ says: a header of 64 bytes and 4 of 64.
    sends zone_management_receive NSID=4 NDW=79 ZRA=REPORT
    same "descriptors in a short report" "$(mounted ls "$mount/cmd/a/result/ZD" | paste -sd ' ')" "0 1 2 3"
    # Each descriptor with its extension behind it; the length of those `init` has found out.
    sends zone_management_receive NSID=4 NDW=1023 ZRA=EXTENDED_REPORT
    same "descriptors in an extended report" "$(mounted ls "$mount/cmd/a/result/ZD" | wc -l)" 16
    same "where the zones start" "$(values ZD/0/ZSLBA ZD/1/ZSLBA ZD/5/ZSLBA ZD/15/ZSLBA | paste -sd ' ')" "0 1024 5120 15360"
    same "states in an extended report" "$(values ZD/0/ZS ZD/1/ZS ZD/2/ZS ZD/5/ZS | paste -sd ' ')" "1 4 14 4"
    same "which extensions are valid" "$(values ZD/4/ZA/ZDEV ZD/5/ZA/ZDEV | paste -sd ' ')" "0 1"
    same "the extension" "$(mounted cat "$mount/cmd/a/result/ZD/5/ZDE")" "$(od -An -v -tx1 "$work/extension" | tr -d ' \n')"
    # And set with as many bytes as it has.
    # shellcheck disable=SC2016
    works "an extension" mounted bash -c 'echo lonefs >"$0/cmd/a/data"' "$mount"
    sends zone_management_send NSID=4 SLBA=6144 ZSA=SET_DESCRIPTOR_EXTENSION
    same "data of a zone descriptor extension" "$(mounted cat "$mount/cmd/a/data_size")" 128
    sends zone_management_receive NSID=4 SLBA=6144 NDW=1023 ZRA=EXTENDED_REPORT
    same "the extension that was set" "$(mounted head -c 14 "$mount/cmd/a/result/ZD/0/ZDE")" 6c6f6e6566730a
    # Where an append went, in Dwords 0 and 1
    # shellcheck disable=SC2016
    works "data" mounted bash -c 'head -c 4096 /dev/zero | cat >"$0/cmd/a/data"' "$mount"
    sends zone_append NSID=4 ZSLBA=1024 NLB=0
    same "ALBA" "$(($(mounted cat "$mount/cmd/a/cqe/ALBA")))" 1040
    # Protection information inserted by the controller: 512 bytes, no metadata (namespace 2 has 8 bytes, all of them PI)
    sends read NSID=2 NLB=1 PRINFO=8
    same "data without its protection information" "$(mounted cat "$mount/cmd/a/data_size")" 1024
    # After a Format lonefs asks anew, also how long protection information is (CTRATT.ELBAS): CNS 05h behind CNS 00h.
    flbas=$(mounted cat "$mount/identify/namespace/2/FLBAS/value")
    # shellcheck disable=SC2016
    works "trace" mounted bash -c 'echo 1 >"$0/trace/enable"' "$mount"
    sends format_nvm NSID=2 "LBAFL=$((flbas & 15))" PI=1
    same "what is asked after a Format" \
        "$(mounted cat "$mount/trace/log" | sed -n 's/.* identify .* NSID=0x2 .* CNS=\(0x[0-9a-f]*\) .*/\1/p' | paste -sd ' ')" "0x0 0x5"
    # Metadata at the end of each block
    sends read NSID=3 NLB=1
    same "data with its metadata" "$(mounted cat "$mount/cmd/a/data_size")" $((2 * (512 + 16)))
else
    sends identify CNS=0x13
    compare list-ctrl 2 's,^NUM_CTRL ,NUMID ,; s,^CTRL_LIST/\([0-9]*\)/CTRL_ID,CNTLID/\1,'
    sends identify CNS=0x14
    compare primary-ctrl-caps 15 ''
    sends identify CNS=0x15
    compare list-secondary 20 's,^NUM ,NUMID ,; s,^SECONDARY-CONTROLLERS/,SCE/,; s,SECONDARY-CONTROLLER-IDENTIFIER,SCID,
        s,PRIMARY-CONTROLLER-IDENTIFIER,PCID,; s,SECONDARY-CONTROLLER-STATE,SCS,; s,VIRTUAL-FUNCTION-NUMBER,VFN,
        s,NUM-VIRTUAL-QUEUES,NVQ,; s,NUM-VIRTUAL-INTERRUPTS,NVI,'
fi
# What the kernel's driver sets is reset: the default is what both were told at first (Asynchronous Event Configuration apart).
for feature in "${features[@]}"; do
    [ "$feature" != 0xb ] || continue
    sends get_features "FID=$feature" NSID=1
    same "feature $feature" "$(($(mounted cat "$mount/cmd/a/cqe/DW0")))" "$(($(<"$work/feature.$feature")))"
done
sends get_features FID=TEMPERATURE_THRESHOLD
same "TMPTH" "$(mounted cat "$mount/cmd/a/cqe/TMPTH")" "$(printf '0x%x' $(($(<"$work/feature.4") & 0xffff)))"

works "unmount" mounted fusermount3 -u "$mount"
works "back to the kernel's driver" reclaim "$slot"
finish
