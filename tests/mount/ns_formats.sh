#!/bin/bash
# SPDX-License-Identifier: MIT
# ns/ when a namespace is formatted: other block sizes, and metadata in a buffer of their own or between the blocks. What the
# files show is held against Read and Write sent by hand.
. "$(dirname "$0")/lib.sh"
only_nvsim "QEMU's namespaces have the formats that their command line gives: nobody may count on Format there"
mount_lone
work=$(mktemp -d "${TMPDIR:-/tmp}/lone-formats.XXXXXX") || exit 99
trap 'cleanup; rm -rf "$work"' EXIT
accepts ctl init
mkdir cmd/a cmd/b || exit 99
put() { limited dd if="$1" of="ns/1/data" bs=1M oflag=seek_bytes seek="$2" conv=notrunc status=none; }
get() { limited dd if="ns/1/data" bs=1M iflag=skip_bytes,count_bytes skip="$2" count="$1" status=none; }
equal() { checks=$((checks + 1)); cmp -s "$2" "$3" || fail "$1: other bytes"; }
head -c 1500000 /dev/urandom >"$work/random"

# The format of that size: LBAF/N with LBADS and MS, bits 23:16 and 15:0
format_of() { # SHIFT METADATA
    local n
    for n in $(seq 0 15); do
        [ "$(<"identify/namespace/1/LBAF/$n/LBADS") $(<"identify/namespace/1/LBAF/$n/MS")" = "$(printf '0x%x 0x%x' "$1" "$2")" ] && { echo "$n"; return; }
    done
}
# format SHIFT METADATA EXTENDED
format() { accepts cmd/a/ctl "run format_nvm NSID=1 LBAFL=$(format_of "$1" "$2") MSET=$3"; }

# interface: NS4
# --- Another block size: `run` returns when it is known ---
put "$work/random" 0
capacity=$(($(<ns/1/size)))
# interface: RU40
format 12 0 0
shows ns/1/lba_size 4096
shows ns/1/blocks "$(($(<identify/namespace/1/NSZE)))"
same "size" "$(stat -c %s ns/1/data)" $((capacity / 4096 * 4096))
same "a Format leaves nothing behind" "$(get 1500000 0 | tr -d '\0' | wc -c)" 0
put "$work/random" 4097
get 1500000 4097 >"$work/back"
equal "odd bytes in blocks of 4096" "$work/random" "$work/back"
# The others are as they were; one that was submitted and waited for with `status` is known as well
shows ns/2/lba_size 4096
accepts cmd/b/ctl "submit format_nvm NSID=1 LBAFL=$(format_of 9 0)"
matches "status" "$(limited cat cmd/b/status)" '^0x000'
shows ns/1/lba_size 512
# One that fails changes nothing
refuses cmd/b/ctl 'run format_nvm NSID=1 LBAFL=15' EIO 'Invalid Format'
shows ns/1/lba_size 512

# As bytes (SQE: OPC, CID, NSID; CDW10 LBAFL): then it is not known, and `scan` asks
# interface: NS5
"$PROBE" write-raw queues/sq/0/submit "8000cdab01000000$(printf '%064d' 0)$(printf '%02x' "$(format_of 12 0)")000000$(printf '%040d' 0)" >/dev/null
until_shows queues/sq/0/outstanding 0
unreadable ns/1/lba_size ENXIO
unreadable ns/1/data ENXIO
matches "the error" "$(<error)" 'write `scan` to ns/ctl'
accepts ns/ctl scan
shows ns/1/lba_size 4096

# interface: NS21
# --- Metadata ---
# read_by_hand BLOCK BLOCKS BYTES METADATA: into cmd/b
read_by_hand() {
    accepts cmd/b/data_size "$3"
    accepts cmd/b/metadata_size "$4"
    accepts cmd/b/ctl "run read NSID=1 SLBA=$1 NLB=$(($2 - 1))"
}
for extended in 0 1; do
    for shift in 9 12; do
        bytes=$((1 << shift))
        what="blocks of $bytes, extended=$extended"
        format "$shift" 8 "$extended"
        shows ns/1/lba_size "$bytes"
        shows ns/1/metadata_size 8
        same "size, $what" "$(stat -c %s ns/1/data)" "$(($(<ns/1/blocks) * bytes))"
        for place in 0 $((3 * bytes)) 777777; do
            put "$work/random" $place
            get 1500000 $place >"$work/back"
            equal "bytes at $place, $what" "$work/random" "$work/back"
        done
        # 4104 bytes a block: 31 in 128 KiB, so that a MiB takes 9 commands
        # interface: NS13
        if [ "$extended/$shift" = 1/12 ]; then
            accepts trace/enable 1
            limited dd if=ns/1/data of=/dev/null bs=1M count=1 iflag=direct status=none
            same "commands of a MiB" "$(grep -c submission trace/log)" 9
            same "their blocks" "$(grep -o ' NLB=[^ ]*' trace/log | uniq -c | tr -s ' \n' ' ')" ' 8 NLB=0x1e 1 NLB=0x7 '
            same "at a time" "$(awk '$2 == "submission" { if (++n > most) most = n } $2 == "completion" { n-- } END { print most }' trace/log)" 8
            accepts trace/enable 0
        fi
        # A block with metadata by hand, of which the file then changes one byte: the metadata stay
        rm -f "$work/block"
        head -c "$bytes" "$work/random" >"$work/block"
        rmdir cmd/b
        mkdir cmd/b
        if [ "$extended" = 1 ]; then
            accepts cmd/b/data_size $((bytes + 8))
            { cat "$work/block"; printf METADATA; } >cmd/b/data
        else
            accepts cmd/b/data_size "$bytes"
            cat "$work/block" >cmd/b/data
            accepts cmd/b/metadata_size 8
            printf METADATA >cmd/b/metadata
        fi
        accepts cmd/b/ctl 'set write NSID=1 SLBA=100 NLB=0'
        accepts cmd/b/ctl run
        get "$bytes" $((100 * bytes)) >"$work/back"
        equal "a block written by hand, $what" "$work/block" "$work/back"
        put <(printf x) $((100 * bytes + 5))
        printf x | dd of="$work/block" bs=1 seek=5 conv=notrunc status=none
        get "$bytes" $((100 * bytes)) >"$work/back"
        equal "with one byte changed, $what" "$work/block" "$work/back"
        rmdir cmd/b
        mkdir cmd/b
        if [ "$extended" = 1 ]; then
            read_by_hand 100 1 $((bytes + 8)) 0
            same "metadata, $what" "$(tail -c 8 cmd/b/data)" METADATA
        else
            read_by_hand 100 1 "$bytes" 8
            same "metadata, $what" "$(cat cmd/b/metadata)" METADATA
        fi
        # A whole block gets zeros for metadata
        put "$work/block" $((100 * bytes))
        rmdir cmd/b
        mkdir cmd/b
        if [ "$extended" = 1 ]; then
            read_by_hand 100 1 $((bytes + 8)) 0
            same "no metadata, $what" "$(tail -c 8 cmd/b/data | tr -d '\0' | wc -c)" 0
        else
            read_by_hand 100 1 "$bytes" 8
            same "no metadata, $what" "$(tr -d '\0' <cmd/b/metadata | wc -c)" 0
        fi
    done
done
finish
