#!/bin/bash
# SPDX-License-Identifier: MIT
# bar/N: accesses of every width and length, the end of the BAR, and what follows from writing registers behind lonefs's back.
. "$(dirname "$0")/lib.sh"
mount_lone

read -r size mode _ <<<"$("$PROBE" stat bar/0)"
# interface: BA1
# Registers and at least the admin doorbells (NVMe PCIe Transport: 8 KiB at least), a power of two as every BAR.
same 'bar/0 has a size' $((size >= 0x2000 && (size & (size - 1)) == 0)) 1
same 'mode of bar/0' "$mode" 600
# The simulator has a Controller Memory Buffer behind BAR 2 and a Persistent Memory Region behind BAR 4.
if on_nvsim; then
    same 'what is in bar/' "$(echo bar/*)" 'bar/0 bar/2 bar/4'
    for n in 2 4; do same "size of bar/$n" "$(stat -c %s bar/$n)" $((4 << 20)); done
fi
for n in 1 3 5 6 00 x -1; do
    same "bar/$n" "$("$PROBE" open "bar/$n" r)" ENOENT
done

bytes() { "$PROBE" pread bar/0 "$1" "$2" 2>/dev/null; }
answer() { { "$PROBE" pread bar/0 "$1" "$2" >/dev/null; } 2>&1; }

# interface: BA2 ER9
# --- One access of 1, 2, 4 or 8 bytes; other aligned lengths in ascending accesses of 4 ---
whole=$(bytes 64 0)
same '64 bytes' ${#whole} 128
for access in 1:0 1:1 1:3 1:13 2:0 2:2 2:6 4:0 4:4 4:8 4:0x14 4:0x1c 8:0 8:8 8:0x28 8:0x30; do
    length=${access%:*} offset=$((${access#*:}))
    same "$length bytes at $offset" "$(bytes "$length" "$offset")" "${whole:$((2 * offset)):$((2 * length))}"
    costs "$length bytes at $offset" '1 0 0 0 0' "$PROBE" pread bar/0 "$length" "$offset"
done
for access in 12:0 12:4 16:0 20:8 64:0 4096:0; do
    length=${access%:*} offset=${access#*:}
    costs "$length bytes at $offset" "$((length / 4)) 0 0 0 0" "$PROBE" pread bar/0 "$length" "$offset"
done
same '20 bytes at 8' "$(bytes 20 8)" "${whole:16:40}"
# interface: BA2 ER9
for access in 2:1 2:3 4:1 4:2 4:6 8:4 8:1 8:12 3:0 5:0 6:0 7:0 12:2 6:2 10:0 13:4; do
    length=${access%:*} offset=${access#*:}
    same "$length bytes at $offset" "$(answer "$length" "$offset")" EINVAL
    costs "$length bytes at $offset" '0 0 0 0 0' "$PROBE" pread bar/0 "$length" "$offset"
done
unreadable bar/0 OK # the whole of it, by reads of 1 MiB
same 'bytes of the whole' "$("$PROBE" read bar/0 2>/dev/null | wc -c)" "$size"
# interface: BA3
same 'dd as in the README' "$(dd if=bar/0 bs=4 skip=2 count=1 status=none | od -An -tx4 | tr -d ' ')" "$(printf '%08x' "$ID_VS")"

# interface: BA4 ER27
# --- The end ---
for past in 0 4 4096 $((1 << 40)); do
    same "reading $past behind the end" "$("$PROBE" pread bar/0 4 $((size + past)) 2>&1)" $'\nOK'
    same "writing $past behind the end" "$("$PROBE" write-raw bar/0 00000000 $((size + past)))" ENOSPC
done
same 'reading across the end' "$(bytes 64 $((size - 8)) | tr -d '\n' | wc -c)" 16
same 'writing across the end' "$("$PROBE" write-raw bar/0 0000000000000000 $((size - 4)))" ENOSPC
matches 'the reason' "$(cat error)" "ENOSPC: .*BAR 0 ends at 0x$(printf %x "$size")"

# --- Writes ---
# AQA (24h) takes 12 bits of each half (NVMe Base 2.0, 3.1.3.8).
write() {
    costs "a write of ${#1}/2 bytes at $2" "0 $3 0 0 0" "$PROBE" write-raw bar/0 "$1" "$2"
}
write ff01ff00 0x24 1
shows nvme/AQA/value 0xff01ff
# NVMe has registers accessed by their width or by halves of 64 bits: of narrower writes QEMU's makes what it likes.
if on_nvsim; then
    write 1f 0x24 1
    shows nvme/AQA/value 0xff011f
    write 3f00 0x26 1
    shows nvme/AQA/value 0x3f011f
fi
write 0010563412000000 0x28 1
shows nvme/ASQ/value 0x1234561000
write 0f000f00002000000000000000400000 0x24 4 # AQA, ASQ, and the low half of ACQ
shows nvme/AQA/value 0xf000f
shows nvme/ASQ/value 0x2000
shows nvme/ACQ/value 0x4000
for access in 00:0x25:OK 0000:0x25:EINVAL 000000:0x24:EINVAL 00000000:0x26:EINVAL 0000000000000000:0x24:EINVAL 000000000000:0x24:EINVAL; do
    IFS=: read -r hex offset expected <<<"$access"
    [[ $expected != OK ]] || on_nvsim || continue
    same "writing $((${#hex} / 2)) bytes at $offset" "$("$PROBE" write-raw bar/0 "$hex" "$offset")" "$expected"
done
shows nvme/AQA/value 0xf000f
costs 'a refused write' '0 0 0 0 0' "$PROBE" write-raw bar/0 0000 0x25
same 'reading what is read-only stays as it was' "$("$PROBE" write-raw bar/0 0000000000000000 0; bytes 8 0)" "OK"$'\n'"${whole:0:16}"

# --- lonefs follows: EN through the raw BAR, by every width ---
states() { echo "$(cat queues/sq/0/state) $(cat queues/cq/0/state)"; }
holds() { limited cat "nvme/wait/$1" >/dev/null 2>"$M.error" || fail "$1 does not come: $(cat "$M.error")"; rm -f "$M.error"; }
works() {
    shows identify/controller/SN "$ID_SN"
    same "queues, $1" "$(states)" 'live live'
}
bring_up
works 'brought up'
cc=$(register 0x14 4)
# interface: BA3
same 'dd of CC' "0x$(dd if=bar/0 bs=4 skip=5 count=1 status=none | od -An -tx4 | sed 's/^ *0*//')" "$(<nvme/CC/value)"
same 'CC.EN' $((cc & 1)) 1
little() { local hex; printf -v hex %08x "$1"; echo "${hex:6:2}${hex:4:2}${hex:2:2}${hex:0:2}"; }
off=$(little $((cc & ~1))) on=$(little "$cc")
zero=00000000
# What a write of 8 bytes at 10h does besides: INTMC gets a 0, which unmasks nothing. Of 16 at 10h also CSTS.
for by in "1:0x14:${off:0:2}:${on:0:2}" "2:0x14:${off:0:4}:${on:0:4}" "4:0x14:$off:$on" "8:0x10:$zero$off:$zero$on" "12:0x10:$zero$off$zero:$zero$on$zero"; do
    IFS=: read -r width offset down up <<<"$by"
    on_nvsim || [[ $width =~ ^(4|12)$ ]] || continue
    generation=$(cat generation)
    same "EN=0 by $width bytes" "$("$PROBE" write-raw bar/0 "$down" "$offset")" OK
    same "queues after EN=0 by $width bytes" "$(states)" 'disabled disabled'
    holds CSTS.RDY=0
    unreadable identify/controller/SN ENXIO
    same "a disable by $width bytes is counted" "$(cat generation)" $((generation + 1))
    same "EN=1 by $width bytes" "$("$PROBE" write-raw bar/0 "$up" "$offset")" OK
    holds CSTS.RDY=1
    shows queues/sq/0/tail 0
    shows queues/cq/0/head 0
    works "EN=1 by $width bytes"
    shows queues/sq/0/tail 1
    shows queues/cq/0/head 1
done

# A command under way is lost; its object says so.
mkdir cmd/event
accepts cmd/event/ctl 'submit asynchronous_event_request'
shows cmd/event/state outstanding
same 'EN=0 under a command' "$("$PROBE" write-raw bar/0 "$off" 0x14)" OK
shows cmd/event/state lost
unreadable cmd/event/status ESHUTDOWN
holds CSTS.RDY=0
# EN=1 with other queues than those of lonefs: they are not its own, so they are not live.
asq=$(cat nvme/ASQ/value)
same 'another ASQ' "$("$PROBE" write-raw bar/0 0000100000000000 0x28)" OK
same 'EN=1 with another ASQ' "$("$PROBE" write-raw bar/0 "$on" 0x14)" OK
same 'queues with another ASQ' "$(states)" 'disabled disabled'
unreadable identify/controller/SN ENXIO
same 'EN=0 again' "$("$PROBE" write-raw bar/0 "$off" 0x14)" OK
limited cat nvme/wait/CSTS.RDY=0,CSTS.CFS=0 >/dev/null
accepts nvme/ASQ/value "$asq"
enable_by_hand
holds CSTS.RDY=1
works 'with its own ASQ again'
# NSSR by hand ("NVMe"): everything is gone, and can be set up again.
if has_nssr; then
    same 'NSSR' "$("$PROBE" write-raw bar/0 654d564e 0x20)" OK
    holds CSTS.NSSRO=1
    same 'no queues after a subsystem reset' "$(echo queues/sq/* queues/cq/*)" 'queues/sq/* queues/cq/*'
    bring_up
    works 'after a subsystem reset'
fi
# A doorbell by hand with a nonsense value harms nobody but the controller.
same 'a wrong doorbell' "$("$PROBE" write-raw bar/0 ffff0000 0x1000)" OK
accepts ctl 'reset controller'
bring_up
works 'after reset controller'
finish
