#!/bin/bash
# SPDX-License-Identifier: MIT
# Data pointers: what Write sends and Read brings back, byte by byte against a file that this test made, with PRPs at any offset and
# in chained lists, with SGLs of any shape, in memory of the host and of the controller, with metadata beside and within the data.
# NVMe Base 2.0, 4.1; NVM Command Set 1.0, 3.2.
. "$(dirname "$0")/lib.sh"
mount_lone
accepts ctl 'init queues=1'
mkdir cmd/w cmd/r cmd/admin mem/m mem/list || exit 99
work=$(mktemp -d "${TMPDIR:-/tmp}/lone-data.XXXXXX") || exit 99
trap 'rm -rf "$work"; cleanup' EXIT
head -c 4194304 /dev/urandom >"$work/bytes"
mdts=$(($(<identify/controller/MDTS)))
most=$((mdts ? (8 << mdts) : 65536)) # blocks that a command may move, with pages of 4 KiB
sgls=$(($(<identify/controller/SGLS/value) & 3))

# writes BLOCKS LBA SKIP: Write of bytes from $work/bytes, SKIP bytes further on
writes() {
    dd if="$work/bytes" of="$work/sent" bs=1M skip="$3" count=$(($1 * 512)) iflag=skip_bytes,count_bytes status=none
    cat "$work/sent" >cmd/w/data
    accepts cmd/w/ctl "run write NSID=1 SLBA=$2 NLB=$(($1 - 1))"
}

# reads BLOCKS LBA: Read brings back what was sent last
reads() {
    accepts cmd/r/ctl "run read NSID=1 SLBA=$2 NLB=$(($1 - 1))"
    shows cmd/r/data_size $(($1 * 512))
    cmp -s cmd/r/data "$work/sent" || fail "$1 blocks from $2: $(cmp cmd/r/data "$work/sent" 2>&1)"
    checks=$((checks + 1))
}

# interface: CM18 CM25
# --- The length follows from the entry ---
accepts cmd/r/ctl 'set read NSID=1 SLBA=0 NLB=6'
shows cmd/r/data_size 3584
shows cmd/r/metadata_size 0
accepts cmd/r/ctl 'set identify CNS=1'
shows cmd/r/data_size 4096
accepts cmd/r/ctl 'set get_log_page LID=2 NUMDL=127'
shows cmd/r/data_size 512
accepts cmd/r/ctl 'set flush NSID=1'
shows cmd/r/data_size 0
# A bare run takes the length from the entry as it is then.
writes 16 8 0
accepts cmd/r/ctl 'set read NSID=1 SLBA=8'
accepts cmd/r/sqe/NLB 15
shows cmd/r/data_size 8192
accepts cmd/r/ctl run
cmp -s cmd/r/data "$work/sent" || fail "a bare run"
# interface: CM25
# Of a namespace that nobody has asked about the format is not known.
refuses cmd/r/ctl 'run read NSID=0x77 NLB=0' ENODATA 'identify/namespace/N first, or write data_size'
accepts cmd/r/ctl 'set read NSID=0x77 NLB=0'
same "a length that is not known" "$("$PROBE" read cmd/r/data_size 2>&1)" ENODATA
matches "why" "$(tail -n 1 cmd/r/error)" 'identify/namespace/N first, or write data_size'
accepts cmd/r/sqe/NSID 1
shows cmd/r/data_size 512
# A zone descriptor extension is as long as its namespace says, and this one has said nothing.
refuses cmd/w/ctl 'run zone_management_send NSID=1 ZSA=SET_DESCRIPTOR_EXTENSION' ENODATA 'identify/zns/namespace/N'

# interface: CM26
# --- PRPs: lengths around every limit, offsets within the page ---
for blocks in 1 8 9 15 16 17 128 1025 1040; do
    [ $blocks -le $most ] || continue
    writes $blocks 64 $((blocks * 3))
    reads $blocks 64
done
for offset in 0 4 512 2048 4092; do
    accepts cmd/r/data_offset $offset
    accepts cmd/w/data_offset $offset
    shows cmd/r/data_offset $offset
    for blocks in 1 7 8 9 16 17 600; do
        writes $blocks 128 $((offset + blocks))
        reads $blocks 128
        same "the offset in PRP1" $(($(<cmd/r/sqe/PRP1) % 4096)) $offset
    done
done
# What there is moves along when the offset changes.
accepts cmd/r/data_offset 100
cmp -s cmd/r/data "$work/sent" || fail "data after another offset"
accepts cmd/r/data_offset 0
accepts cmd/w/data_offset 0
refuses cmd/r/data_offset -1 EINVAL
refuses cmd/r/data_offset 134217728 ERANGE

# interface: CM34
# --- PRP lists where the user wants them ---
accepts mem/list/size 65536
refuses cmd/r/prp_list nowhere ENXIO
refuses cmd/r/prp_list list+4 EINVAL 'multiple of 8'
refuses cmd/r/prp_list list+65536 EINVAL
# At the end of a page there is room for two entries: a list of three or more is chained.
writes 600 0 6
accepts cmd/r/prp_list list+4080
shows cmd/r/prp_list list+4080
reads 600 0
same "PRP2" $(($(<cmd/r/sqe/PRP2))) $(($(<mem/list/iova) + 4080))
same "the first entry is the second page" "0x$(hex mem/list/data 8 4080 | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\).*/\5\4\3\2\1/' | sed 's/^0*//')" \
    "$(printf '0x%x' $(($(<cmd/r/sqe/PRP1) + 4096)))"
same "the second entry leads to the next page" "0x$(hex mem/list/data 8 4088 | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\).*/\5\4\3\2\1/' | sed 's/^0*//')" \
    "$(printf '0x%x' $(($(<mem/list/iova) + 4096)))"
shows mem/list/in_use 1
for blocks in 17 24 25 32 33; do
    writes $blocks 0 $blocks
    reads $blocks 0
done
accepts cmd/r/prp_list host
shows cmd/r/prp_list host
shows mem/list/in_use 0
writes 24 0 9
reads 24 0

# interface: CM27 CM28
# --- Data in mem/, at an offset of its own ---
accepts mem/m/size 262144
for offset in 0 4096 8196; do
    accepts cmd/r/mem_offset $offset
    accepts cmd/r/mem m
    reads 24 0
    same "in mem at $offset" "$(cmp -n $((24 * 512)) -i $offset:0 mem/m/data "$work/sent" 2>&1)" ''
    same "its address" "$(<cmd/r/sqe/PRP1)" "$(printf '0x%x' $(($(<mem/m/iova) + offset)))"
done
refuses cmd/r/ctl 'run read NSID=1 SLBA=0 NLB=999' ENOSPC 'not inside'
accepts cmd/r/mem host
accepts cmd/r/mem_offset 0

# interface: CM33 CM53 CM54 CM56
# --- SGLs ---
if [ $sgls -ne 0 ]; then
    accepts cmd/r/pointers sgl
    accepts cmd/w/pointers sgl
    shows cmd/r/sgl block
    writes 8 200 0
    reads 8 200
    same "a data block in the entry" "$(hex cmd/r/sqe/raw 1 39)" 00
    same "its length" "$(hex cmd/r/sqe/raw 4 32)" 00100000
    shows cmd/r/sqe/SGL1/TYPE 0x0
    shows cmd/r/sqe/SGL1/LENGTH 0x1000
    shows cmd/r/sqe/PSDT 0x1
    same "SGL1 is listed" "$(cd cmd/r/sqe && echo SGL*)" SGL1
    accepts cmd/r/sqe/PSDT 2
    shows cmd/r/sqe/SGL1/LENGTH 0x1000
    same "SGL1 is listed with PSDT 10b" "$(cd cmd/r/sqe && echo SGL*)" SGL1
    accepts cmd/r/sqe/PSDT 0
    same "PRPs are no SGL" "$("$PROBE" read cmd/r/sqe/SGL1/LENGTH 2>&1)" ENODATA
    same "SGL1 is not listed with PSDT 0" "$(cd cmd/r/sqe && echo SGL*)" 'SGL*'
    # QEMU's, up to 7.2, takes a list of more than two segments for broken.
    four_segments='block=512 block=512 block=512 block=512 block=512 block=512 block=512 block=512 segment=3'
    on_nvsim || four_segments='block=4096 segment=3'
    for list in 'block=512 block=1024 block=2560' 'block=4 block' 'block=1 block=3 skip=8 block segment=2' 'skip=12 block=4092 block=4' \
        'segment=2' "$four_segments" 'block block=16 segment=64'; do
        accepts cmd/w/sgl "$list"
        shows cmd/w/sgl "$([ "$list" = segment=2 ] && echo "block segment=2" || echo "$list")"
        # What skips needs a larger buffer, of which the skipped bytes are not sent: so these lists are for reading.
        if [[ $list != *skip* ]]; then
            writes 8 200 ${#list}
            accepts cmd/r/sgl block
            reads 8 200
        fi
        accepts cmd/r/sgl "$list"
        accepts cmd/r/ctl 'run read NSID=1 SLBA=200 NLB=7'
        case $list in
        'block=1 block=3 skip=8 block segment=2')
            shows cmd/r/data_size 4104
            same "before the gap" "$(cmp -n 4 cmd/r/data "$work/sent" 2>&1)" ''
            same "behind the gap" "$(cmp -n 4092 -i 12:4 cmd/r/data "$work/sent" 2>&1)" ''
            same "the gap" "$(hex cmd/r/data 8 4)" 0000000000000000
            ;;
        'skip=12 block=4092 block=4') same "behind the gap" "$(cmp -i 12:0 cmd/r/data "$work/sent" 2>&1)" '' ;;
        *) same "$list" "$(cmp cmd/r/data "$work/sent" 2>&1)" '' ;;
        esac
    done
    # Bit buckets, where the controller has them (SGLS bit 16): bytes that do not come back.
    if (($(<identify/controller/SGLS/value) & 0x10000)); then
        accepts cmd/r/sgl 'block=512 bucket=1024 block=2048 bucket=512 segment=3'
        accepts cmd/r/ctl 'run read NSID=1 SLBA=200 NLB=7'
        shows cmd/r/data_size 2560
        same "before the bucket" "$(cmp -n 512 cmd/r/data "$work/sent" 2>&1)" ''
        same "behind it" "$(cmp -n 2048 -i 512:1536 cmd/r/data "$work/sent" 2>&1)" ''
    fi
    # Lists that do not fit the data are refused, unless the size of the data is set by hand.
    accepts cmd/r/sgl 'block=512 block=512'
    refuses cmd/r/ctl 'run read NSID=1 SLBA=200 NLB=7' EINVAL 'describes 1024 bytes, and the command moves 4096'
    accepts cmd/r/sgl 'block=8192'
    refuses cmd/r/ctl 'run read NSID=1 SLBA=200 NLB=7' EINVAL 'describes 8192 bytes'
    accepts cmd/r/data_size 4096
    refuses cmd/r/ctl 'run read NSID=1 SLBA=200 NLB=7' EINVAL 'reaches beyond the data'
    accepts cmd/r/data_size auto
    for bad in 'block=x' 'brick=1' 'segment=1' 'segment' bucket 'block block' 'metadata=none' 'block=4294967296'; do
        got=$("$PROBE" write cmd/r/sgl "$bad" 2>&1)
        matches "sgl $bad" "$got" '^(EINVAL|ERANGE)$'
    done
    shows cmd/r/sgl 'block=8192'
    # Segments in memory of the user's.
    accepts cmd/r/sgl 'block=512 block=512 block segment=2'
    accepts cmd/r/prp_list list+64
    reads 8 200
    same "SGL1 leads to the list" $(($(<cmd/r/sqe/SGL1/ADDR))) $(($(<mem/list/iova) + 64))
    shows cmd/r/sqe/SGL1/TYPE 0x2
    shows cmd/r/sqe/SGL1/LENGTH 0x20
    same "the first descriptor" "$(hex mem/list/data 8 72)" 0002000000000000
    accepts cmd/r/prp_list host
    for object in r w; do
        accepts cmd/$object/sgl ''
        accepts cmd/$object/pointers prp
    done
fi

# --- In the controller's own memory: data, lists, both ---
for where in cmb pmr; do
    supported=$([ $where = cmb ] && echo CMBS || echo PMRS)
    [ "$(<nvme/CAP/"$supported")" = 0x1 ] || continue
    mkdir mem/$where
    accepts mem/$where/where $where
    accepts mem/$where/size 131072
    writes 100 300 77
    accepts cmd/r/mem $where
    reads 100 300
    same "data in the $where" "$(cmp -n 51200 mem/$where/data "$work/sent" 2>&1)" ''
    accepts cmd/r/mem_offset 65536
    accepts cmd/w/mem $where
    writes 100 400 78
    reads 100 400
    same "data sent from the $where" "$(cmp -n 51200 mem/$where/data "$work/sent" 2>&1)" ''
    accepts cmd/w/mem host
    accepts cmd/r/mem host
    accepts cmd/r/mem_offset 0
    accepts cmd/r/prp_list $where+8
    reads 100 400
    same "PRP2 names the $where" $(($(<cmd/r/sqe/PRP2))) $(($(<mem/$where/iova) + 8))
    accepts cmd/r/prp_list host
    rmdir mem/$where
done

# --- Compare, with the same and with other bytes ---
if (($(<identify/controller/ONCS/value) & 1)); then
    writes 8 500 1
    cat "$work/sent" >cmd/admin/data
    accepts cmd/admin/ctl 'run compare NSID=1 SLBA=500 NLB=7'
    same "one byte" "$("$PROBE" write-raw cmd/admin/data "$([ "$(hex cmd/admin/data 1 4095)" = 5a ] && echo 5b || echo 5a)" 4095)" OK
    refuses cmd/admin/ctl 'run compare NSID=1 SLBA=500 NLB=7' EIO '0x285'
    accepts cmd/admin/data_size auto
fi

# interface: CM30
# --- Metadata: a format with some, beside the blocks and within them ---
# formatted LBAF MSET: namespace 1 has that format now, and lonefs knows it
formatted() {
    accepts cmd/admin/ctl "run format_nvm NSID=1 LBAFL=$1 MSET=$2"
    limited cat identify/namespace/1/FLBAS/value >/dev/null
}
lbaf=
for i in 0 1 2 3 4 5 6 7; do
    [[ -e identify/namespace/1/LBAF/$i/MS ]] && [ "$(<identify/namespace/1/LBAF/$i/MS)" = 0x8 ] &&
        [ "$(<identify/namespace/1/LBAF/$i/LBADS)" = 0x9 ] && lbaf=$i && break
done
if on_nvsim || [ "${VM_SET:-}" = formats ]; then
    same "there is a format with metadata" "${lbaf:+yes}" yes
fi
if [ -n "$lbaf" ]; then
    before=$(($(<identify/namespace/1/FLBAS/value) & 0xf))
    head -c 64 /dev/urandom >"$work/metadata"
    for w in r w; do accepts cmd/$w/data_size auto; done
    formatted $lbaf 0
    head -c 4096 "$work/bytes" >"$work/sent"
    cat "$work/sent" >cmd/w/data
    cat "$work/metadata" >cmd/w/metadata
    accepts cmd/w/ctl 'run write NSID=1 SLBA=16 NLB=7'
    accepts cmd/r/ctl 'run read NSID=1 SLBA=16 NLB=7'
    shows cmd/r/data_size 4096
    shows cmd/r/metadata_size 64
    same "data" "$(cmp cmd/r/data "$work/sent" 2>&1)" ''
    same "metadata beside it" "$(cmp cmd/r/metadata "$work/metadata" 2>&1)" ''
    same "MPTR is set" "$([ "$(<cmd/r/sqe/MPTR)" != 0x0 ] && echo yes)" yes
    # interface: CM55
    if [ $sgls -ne 0 ] && (($(<identify/controller/SGLS/value) & 0x80000)); then # SGLS bit 19: MPTR may lead to an SGL
        accepts cmd/r/pointers sgl
        accepts cmd/r/sgl 'block=1000 block segment=2 metadata=sgl'
        accepts cmd/r/ctl 'run read NSID=1 SLBA=16 NLB=7'
        shows cmd/r/sqe/PSDT 0x2
        same "metadata by an SGL" "$(cmp cmd/r/metadata "$work/metadata" 2>&1)" ''
        accepts cmd/r/pointers prp
    fi
    formatted $lbaf 1
    accepts cmd/w/metadata_size auto
    head -c 4160 "$work/bytes" >"$work/sent"
    cat "$work/sent" >cmd/w/data
    accepts cmd/w/ctl 'run write NSID=1 SLBA=16 NLB=7'
    accepts cmd/r/ctl 'run read NSID=1 SLBA=16 NLB=7'
    shows cmd/r/data_size 4160
    shows cmd/r/metadata_size 0
    same "metadata within the data" "$(cmp cmd/r/data "$work/sent" 2>&1)" ''
    formatted "$before" 0
fi
finish
