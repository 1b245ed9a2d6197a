#!/bin/bash
# SPDX-License-Identifier: MIT
# ns/: what is known of namespaces, and their data as files, held against Read, Write and Flush sent by hand through cmd/.
. "$(dirname "$0")/lib.sh"
mount_lone
work=$(mktemp -d "${TMPDIR:-/tmp}/lone-ns.XXXXXX") || exit 99
loop=
# A loop device that is left would keep the mount.
trap '[ -z "$loop" ] || losetup -d "$loop"; cleanup; rm -rf "$work"' EXIT

# traced COMMAND…: what is sent meanwhile is in `sent_lines`, a line an entry
traced() { accepts trace/enable 1; "$@"; sent_lines=$(grep submission trace/log); accepts trace/enable 0; }
# the_most: commands that were outstanding at a time
the_most() { awk '$2 == "submission" { if (++n > most) most = n } $2 == "completion" { n-- } END { print most }' trace/log; }

# --- Nothing is known yet, and looking does not ask ---
same "listing before init" "$(echo ns/*)" 'ns/ctl'
# interface: NS8
unreadable ns/1/size ENXIO
matches "the error" "$(<error)" 'scan.*ns/ctl'
for name in blocks lba_size metadata_size; do unreadable "ns/1/$name" ENXIO; done
# interface: NS10
for n in 0 1 4294967295; do same "open ns/$n/data" "$("$PROBE" open "ns/$n/data" rw)" OK; done
# Not 0, else many programs would read nothing, and call it a success.
# interface: RU49
same "size of a file nothing is known of" "$(stat -c %s ns/1/data)" 4096
unreadable ns/1/data ENXIO
for name in 01 x -1 4294967296 1x; do unreadable "ns/$name/size" ENOENT; done
refuses ns/ctl scan ENXIO 'admin.*queues/ctl'
refuses ns/ctl scam EINVAL 'scan'
refuses ns/ctl 'scan 1' EINVAL
bring_up
before=$(commands)
unreadable ns/1/size ENXIO
counted "commands of looking" "$before" 0

# interface: NS1
# --- One Identify Namespace of anybody's is enough ---
cat identify/namespace/1/NSZE >/dev/null
shows ns/1/blocks "${ID_NSZE[1]}"
same "listing after one Identify" "$(echo ns/*)" 'ns/1 ns/ctl'
same "listing of identify/" "$(echo identify/namespace/*)" 'identify/namespace/1'

# --- scan ---
# CNS 01h, 02h, and 00h of each, with CC.CSS=110b 03h too. (What else there is: tests/vm/guest/formats_io.sh.)
# interface: NS6 NS7
traced accepts ns/ctl scan
asked=$(sed -n 's/.*: identify .*CNS=\(0x[0-9a-f]*\) .*/\1/p' <<<"$sent_lines" | sort | uniq -c | tr -s ' \n' ' ')
n=$((${#ID_NSZE[@]} - 1))
expected=" $n 0x0 1 0x1 1 0x2 "
[ "$(<nvme/CC/CSS)" != 0x6 ] || expected+="$n 0x3 "
same "what scan asks" "$asked" "$expected"
same "and nothing else" "$(grep -vc ': identify' <<<"$sent_lines")" 0
# interface: NS1 NS2 NS8 NS10
all=$(seq $((${#ID_NSZE[@]} - 1)))
same "listing after scan" "$(cd ns && echo *)" "${all//$'\n'/ } ctl"
same "listing of descriptors" "$(cd identify/descriptors && echo *)" "${all//$'\n'/ }"
for n in $all; do
    lba_size=$((1 << ID_LBADS[n]))
    before=$(commands)
    shows "ns/$n/blocks" "${ID_NSZE[n]}"
    shows "ns/$n/lba_size" $lba_size
    shows "ns/$n/metadata_size" 0
    shows "ns/$n/size" $((ID_NSZE[n] * lba_size))
    same "file size of $n" "$(stat -c %s "ns/$n/data")" $((ID_NSZE[n] * lba_size))
    counted "commands of looking" "$before" 0
done
# interface: NS9
same "data is not listed" "$(echo ns/1/*)" 'ns/1/blocks ns/1/lba_size ns/1/metadata_size ns/1/size'
unreadable ns/99/size ENXIO

# --- Without an I/O queue ---
unreadable ns/1/data ENXIO
matches "the error" "$(<error)" 'init queues=1'
accepts ctl 'init queues=2'

# interface: NS11 NS14
# --- Bytes ---
mkdir cmd/a || exit 99
size=$((ID_NSZE[1] * 512))
head -c 3000000 /dev/urandom >"$work/random"
# put FILE OFFSET NSID, get BYTES OFFSET NSID
put() { limited dd if="$1" of="ns/$3/data" bs=1M oflag=seek_bytes seek="$2" conv=notrunc status=none; }
get() { limited dd if="ns/$3/data" bs=1M iflag=skip_bytes,count_bytes skip="$2" count="$1" status=none; }
equal() { checks=$((checks + 1)); cmp -s "$2" "$3" || fail "$1: other bytes"; }
for place in 0 512 1 511 4095 1048575 1234567; do
    for bytes in 1 511 512 513 4096 100000 1048576 3000000; do
        head -c "$bytes" "$work/random" >"$work/in"
        # what lies around it must stay as it is
        start=$((place > 5000 ? place - 5000 : 0))
        get $((bytes + 10000)) "$start" 1 >"$work/before"
        put "$work/in" "$place" 1
        get $((bytes + 10000)) "$start" 1 >"$work/after"
        dd if="$work/in" of="$work/before" bs=1M oflag=seek_bytes seek=$((place - start)) conv=notrunc status=none
        equal "$bytes bytes at $place" "$work/before" "$work/after"
    done
done
# Block 2410 has what Read says that it has; and the file what Write wrote.
accepts cmd/a/data_size 4096
accepts cmd/a/ctl 'run read NSID=1 SLBA=2410 NLB=7'
get 4096 $((2410 * 512)) 1 >"$work/file"
limited cat cmd/a/data >"$work/read"
equal "Read and the file" "$work/file" "$work/read"
head -c 4096 /dev/urandom >"$work/in"
accepts cmd/a/ctl 'set write NSID=1 SLBA=77 NLB=7'
cat "$work/in" >cmd/a/data
accepts cmd/a/ctl run
get 4096 $((77 * 512)) 1 >"$work/file"
equal "Write and the file" "$work/in" "$work/file"
rmdir cmd/a
mkdir cmd/a || exit 99

# interface: NS13 NS14 NS20
# --- How many commands ---
# A MiB is so many commands as MDTS asks for, of at most 128 KiB; a part of a block is a read more for each end.
mdts=$(($(<identify/controller/MDTS)))
chunk=$((mdts ? 4096 << mdts : 131072))
chunk=$((chunk < 131072 ? chunk : 131072))
sent=
sent() { local before; before=$(commands); "${@:2}"; counted "commands of $1" "$before" "$sent"; }
sent=$((1048576 / chunk + 1)) sent "a MiB and the next one's beginning" dd if=ns/1/data of=/dev/null bs=1048577 count=1 status=none
sent=2 sent "a write of one byte" put <(printf x) 5000 1
sent=3 sent "a write that begins and ends within blocks" put <(head -c 4096 "$work/random") 100 1
sent=1 sent "a write of whole blocks" put <(head -c 4096 "$work/random") 1024 1
sent=1 sent "fsync" dd if=/dev/null of=ns/1/data conv=notrunc,fsync status=none
traced dd if=/dev/null of=ns/1/data conv=notrunc,fsync status=none
matches "what fsync sends" "$sent_lines" '^[^:]*sq 1 [^:]*: flush [^:]* NSID=0x1 [^:]*$'
traced put <(head -c 4096 "$work/random") 100 1
same "a write that begins and ends within blocks" "$(sed 's/.*: \([a-z]*\) .*/\1/' <<<"$sent_lines" | tr '\n' ' ')" 'read read write '
traced dd if=ns/1/data of=/dev/null bs=1M count=1 iflag=direct status=none
same "blocks of each command of a MiB" "$(grep -o ' NLB=[^ ]*' <<<"$sent_lines" | sort -u)" " NLB=$(printf '0x%x' $((chunk / 512 - 1)))"
matches "how many at a time" "$(the_most)" '^[1-8]$'
sent=0 sent "reading nothing" dd if=ns/1/data of=/dev/null bs=512 count=0 status=none

# --- Which queue: the lowest whose completions lonefs takes ---
# interface: NS12
queues_of() { sed 's/.*submission  *sq \([0-9]*\) .*/\1/' <<<"$sent_lines" | sort -u; }
traced get 4096 0 1 >/dev/null
same "queue" "$(queues_of)" 1
accepts queues/cq/1/consumer none
traced get 4096 0 1 >/dev/null
same "queue when nobody takes the first one's completions" "$(queues_of)" 2
accepts queues/cq/2/consumer file
unreadable ns/1/data ENXIO
matches "the error" "$(<error)" 'consumer auto.*init queues=1'
accepts queues/cq/1/consumer auto
traced get 4096 0 1 >/dev/null
same "queue" "$(queues_of)" 1
accepts queues/cq/2/consumer auto

# interface: NS15
# --- The end ---
put <(head -c 1000 "$work/random") $((size - 1000)) 1
get 5000 $((size - 1000)) 1 >"$work/end"
equal "the last bytes" <(head -c 1000 "$work/random") "$work/end"
same "beyond the end" "$(get 5000 "$size" 1 | wc -c)" 0
got=$( (limited dd if="$work/random" of=ns/1/data bs=4096 count=1 oflag=seek_bytes seek=$((size - 1000)) conv=notrunc) 2>&1)
matches "a write across the end" "$got" 'No space left on device'
get 1000 $((size - 1000)) 1 >"$work/end"
equal "and up to there it is written" <(head -c 1000 "$work/random") "$work/end"
got=$( (limited dd if="$work/random" of=ns/1/data bs=512 count=1 oflag=seek_bytes seek="$size" conv=notrunc) 2>&1)
matches "a write behind the end" "$got" 'No space left on device'
matches "the error" "$(<error)" 'end of namespace 1'

# --- Others' tools ---
if [ "${#ID_NSZE[@]}" -gt 2 ]; then
    other=2 bytes=$((4 << 20))
    get $bytes 0 1 >"$work/copy"
    put "$work/copy" 0 $other
    checks=$((checks + 1))
    limited cmp -n $bytes ns/1/data ns/$other/data || fail "cmp of two namespaces"
    put <(head -c 100 "$work/random") 4097 $other
    get 100 4097 $other >"$work/end"
    equal "bytes within a block of 4096" <(head -c 100 "$work/random") "$work/end"
fi
# interface: NS15 NS16
# The last write that fits is done in part, and a file has no more blocks than the namespace.
same "a write across the end" "$("$PROBE" write-raw ns/1/data aabbccdd $((size - 2)))" SHORT
same "what it has written" "$(hex ns/1/data 8 $((size - 2)))" aabb
same "setting aside what is there" "$("$PROBE" fallocate ns/1/data 4096 $((size - 4096)))" OK
same "bytes that setting aside has changed" "$(hex ns/1/data 2 $((size - 2)))" aabb
same "setting aside what is not there" "$("$PROBE" fallocate ns/1/data 0 $((2 * size)))" ENOSPC
matches "why" "$(<error)" "ENOSPC: .* namespace 1, which has $size"
same "setting registers aside" "$("$PROBE" fallocate bar/0 0 64)" ENODEV
checks=$((checks + 1))
limited fallocate -p -o 0 -l 4096 ns/1/data 2>/dev/null && fail "a hole was punched"
matches "why" "$(<error)" "EOPNOTSUPP: .*write_zeroes"
same "SEEK_END" "$(limited python3 -c 'import os; print(os.lseek(os.open("ns/1/data", os.O_RDWR), 0, os.SEEK_END))' 2>/dev/null || echo "$size")" "$size"
if command -v mkfs.ext2 >/dev/null; then
    checks=$((checks + 2))
    limited mkfs.ext2 -q -F ns/1/data 16M || fail "mkfs"
    limited fsck.ext2 -f -n ns/1/data >/dev/null 2>&1 || fail "fsck"
fi
# interface: NS17
head -c 7777 "$work/random" >"$work/in"
works_direct() { limited dd if="$work/in" of=ns/1/data bs=7777 oflag=direct,seek_bytes seek=333 conv=notrunc status=none && limited dd if=ns/1/data bs=7777 count=1 iflag=direct,skip_bytes skip=333 status=none >"$work/end"; }
works_direct || fail "O_DIRECT"
equal "odd bytes with O_DIRECT" "$work/in" "$work/end"
if loop=$(losetup -f --show ns/1/data 2>/dev/null); then
    same "size of the loop device" "$(blockdev --getsize64 "$loop")" "$size"
    checks=$((checks + 1))
    limited cmp -n 100000 "$loop" ns/1/data || fail "a loop device reads other bytes"
    accepts trace/enable 1
    limited dd if="$work/random" of="$loop" bs=1M seek=4096 oflag=seek_bytes conv=notrunc,fsync status=none || fail "writing through a loop device"
    get 3000000 4096 1 >"$work/end"
    equal "what was written through a loop device and synced" "$work/random" "$work/end"
    matches "the last that was sent for it" "$(grep submission trace/log | grep -v ': read' | tail -n 1)" ': flush '
    accepts trace/enable 0
    losetup -d "$loop"
    loop=
fi
# Several at once, each its own bytes
for i in 1 2 3 4 5 6; do put <(tail -c +$((i * 1000)) "$work/random" | head -c 900000) $((i * 1000000)) 1 & done
wait
for i in 1 2 3 4 5 6; do
    get 900000 $((i * 1000000)) 1 >"$work/end"
    equal "the bytes of writer $i" <(tail -c +$((i * 1000)) "$work/random" | head -c 900000) "$work/end"
done

# --- Readers that give up in the middle: what is outstanding ends by itself, and nobody's memory is used for others ---
accepts timeout 30
for i in 1 2 3 4 5 6 7 8; do
    timeout -s KILL "0.0$i" dd if=ns/1/data of=/dev/null bs=1M status=none &
    timeout -s TERM "0.0$i" dd if=/dev/zero of=ns/1/data bs=1M seek=100 count=50 conv=notrunc status=none &
done
wait 2>/dev/null
for i in 1 2 3 4 5 6; do
    get 900000 $((i * 1000000)) 1 >"$work/end"
    equal "the bytes of writer $i afterwards" <(tail -c +$((i * 1000)) "$work/random" | head -c 900000) "$work/end"
done
# A reset under readers: they end, and later ones read what is there.
dd if=ns/1/data of=/dev/null bs=1M status=none 2>/dev/null &
accepts ctl 'reset controller'
wait
accepts ctl init
accepts timeout 10

# interface: NS3
# --- Resets: what is known stays, and so do the data ---
accepts ctl 'reset controller'
shows ns/1/size "$size"
unreadable ns/1/data ENXIO
accepts ctl init
get 900000 1000000 1 >"$work/end"
equal "the bytes after a reset" <(tail -c +1000 "$work/random" | head -c 900000) "$work/end"
accepts ctl 'reset flr'
accepts ctl init
get 900000 2000000 1 >"$work/end"
if on_nvsim; then equal "the bytes after an FLR" <(tail -c +2000 "$work/random" | head -c 900000) "$work/end"; fi

# interface: NS19
# --- A queue that others fill ---
accepts ctl 'init entries=2'
head -c 64 /dev/zero >"$work/entry"
accepts timeout 0.3
cat "$work/entry" >queues/sq/1/place
unreadable ns/1/data ETIMEDOUT
matches "the error" "$(<error)" 'queue 1 had no room for a command of this read within 0.300 s'
accepts timeout 10
accepts ctl init

# interface: NS18
# --- Errors of the device are EIO and name the blocks ---
if on_nvsim; then
    accepts cmd/a/ctl 'run write_uncorrectable NSID=1 SLBA=1000 NLB=0'
    unreadable_at() { dd if=ns/1/data bs=512 skip="$1" count="$2" of=/dev/null 2>&1; }
    matches "reading a bad block" "$(unreadable_at 1000 1)" 'Input/output error'
    matches "the error" "$(<error)" 'LBA 1000 .*0x281 Unrecovered Read Error'
    matches "reading around" "$(unreadable_at 1001 8)" '8\+0 records out'
    put <(head -c 512 "$work/random") 512000 1
    matches "reading it when it has been written" "$(unreadable_at 1000 1)" '1\+0 records out'
    # Of a read of several commands the lowest is told, and the others' memory is whole afterwards
    blocks=$((chunk / 512))
    get 1048576 $((blocks * 512 * 8)) 1 >"$work/before"
    for lba in $((blocks * 14 + 3)) $((blocks * 10 + 5)); do accepts cmd/a/ctl "run write_uncorrectable NSID=1 SLBA=$lba NLB=0"; done
    got=$(limited dd if=ns/1/data bs=$((blocks * 512 * 8)) skip=1 count=1 2>&1 >/dev/null)
    matches "a read with two bad blocks" "$got" 'Input/output error'
    matches "the error" "$(<error)" "LBA $((blocks * 10)) .*0x281"
    for lba in $((blocks * 14 + 3)) $((blocks * 10 + 5)); do
        put <(tail -c +$(((lba - blocks * 8) * 512 + 1)) "$work/before" | head -c 512) $((lba * 512)) 1
    done
    get 1048576 $((blocks * 512 * 8)) 1 >"$work/after"
    equal "what is read afterwards" "$work/before" "$work/after"
fi
finish
