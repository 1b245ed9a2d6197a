#!/usr/bin/env bash
# Data pointers cover what the entry moves, by its own length fields, whatever the buffer is: what lands on the medium and in
# memory is held against bytes that were made outside.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

mount_lone
accepts ctl init
block=$(cat ns/1/lba_size)
files=$(mktemp -d)
trap 'rm -rf "$files"; cleanup' EXIT
head -c 1048576 /dev/urandom >"$files/random"
head -c 1048576 /dev/zero >"$files/zero"

# medium SLBA BYTES: what is there, through another way than cmd/
medium() { dd if=ns/1/data bs="$block" skip="$1" count=$(($2 / block)) status=none | cmp -n "$2" - "$3" && echo same; }
fresh() { rmdir cmd/w 2>/dev/null; mkdir cmd/w; }
blocks() { echo $(($1 / block - 1)); }

# A buffer that is longer than what is moved: 2 pages of 3, 1 of 3, 2 of 40, 1 of 600, and lists of another length
for moved in 4096 8192 12288 20480 131072; do
    for there in $moved $((moved + 4096)) $((moved * 3)) 400000; do
        [ "$there" -ge "$moved" ] || continue
        dd if="$files/zero" of=ns/1/data bs=65536 seek=8 count=4 conv=notrunc status=none
        fresh
        head -c "$there" "$files/random" | dd of=cmd/w/data bs=1M conv=notrunc iflag=fullblock status=none
        accepts cmd/w/ctl "run write NSID=1 SLBA=$((524288 / block)) NLB=$(blocks "$moved")"
        same "$moved of $there bytes on the medium" "$(medium $((524288 / block)) "$moved" "$files/random")" same
        same "nothing behind $moved of $there bytes" \
            "$(medium $(((524288 + moved) / block)) 65536 "$files/zero")" same
        same "the buffer is as long as before" "$(stat -c %s cmd/w/data)" "$there"
        # What was written into data is for Write; Compare is given its own, and finds the medium equal.
        head -c "$there" "$files/random" | dd of=cmd/w/data bs=1M conv=notrunc iflag=fullblock status=none
        accepts cmd/w/ctl "run compare NSID=1 SLBA=$((524288 / block)) NLB=$(blocks "$moved")"
    done
done

# Left longer by an earlier, larger command
fresh
head -c 65536 "$files/random" | dd of=cmd/w/data bs=1M conv=notrunc iflag=fullblock status=none
accepts cmd/w/ctl "run write NSID=1 SLBA=0 NLB=$(blocks 65536)"
accepts cmd/w/ctl "run write NSID=1 SLBA=$((131072 / block)) NLB=$(blocks 8192)"
same "the smaller one" "$(medium $((131072 / block)) 8192 "$files/random")" same

# interface: CM24
# A pattern in a longer data_size shows which bytes came
fresh
accepts cmd/w/ctl "set read NSID=1 SLBA=0 NLB=$(blocks 8192)"
accepts cmd/w/data_size 16384
head -c 16384 /dev/zero | tr '\0' U | dd of=cmd/w/data bs=1M conv=notrunc status=none
accepts cmd/w/ctl 'run'
same "what came" "$(head -c 8192 cmd/w/data | cmp -n 8192 - "$files/random" && echo same)" same
same "what did not" "$(tail -c +8193 cmd/w/data | tr -d U | wc -c)" 0

# interface: CM21
# A data_size below what is moved: the rest lies in scratch memory, and nobody else's is touched
accepts cmd/w/data_size auto
mkdir cmd/a cmd/b
for name in a b; do # neighbours in the pool
    accepts cmd/$name/data_size 4096
    head -c 4096 /dev/zero | tr '\0' N | dd of=cmd/$name/data bs=1M conv=notrunc status=none
done
for size in 512 4096 5000 8192 40000; do
    accepts cmd/w/ctl "set read NSID=1 SLBA=0 NLB=$(blocks 65536)"
    accepts cmd/w/data_size $size
    accepts cmd/w/ctl run
    same "$size of 65536 bytes" "$(head -c $size cmd/w/data | cmp -n $size - "$files/random" && echo same)" same
    same "length of data" "$(stat -c %s cmd/w/data)" $size
    accepts cmd/w/data_size auto
done
for name in a b; do same "its neighbour $name" "$(tr -d N <cmd/$name/data | wc -c)" 0; done
# What is written from there are zeros (whole pages belong to the buffer)
accepts cmd/w/ctl "set write NSID=1 SLBA=$((262144 / block)) NLB=$(blocks 16384)"
accepts cmd/w/data_size 4096
head -c 4096 "$files/random" | dd of=cmd/w/data bs=1M conv=notrunc status=none
accepts cmd/w/ctl run
same "the page that there is" "$(medium $((262144 / block)) 4096 "$files/random")" same
same "the pages that there are not" "$(medium $((266240 / block)) 12288 "$files/zero")" same
accepts cmd/w/data_size auto

# Identify moves 4096 bytes, at any offset, out of any buffer
for offset in 0 4 512 4092; do
    fresh
    accepts cmd/w/data_offset $offset
    accepts cmd/w/data_size 12288
    accepts cmd/w/ctl 'run identify CNS=1'
    matches "Identify at $offset" "$(cat cmd/w/result/MN)" "^$ID_MN"
    same "behind it at $offset" "$(tail -c +4097 cmd/w/data | tr -d '\0' | wc -c)" 0
    same "PRP1 at $offset" $(($(cat cmd/w/sqe/PRP1) % 4096)) $offset
    if [ $offset = 0 ]; then same "PRP2" "$(cat cmd/w/sqe/PRP2)" 0x0; else same "PRP2 at $offset" $(($(cat cmd/w/sqe/PRP2) % 4096)) 0; fi
done
refuses cmd/w/data_offset 4096 ERANGE 'within a page'
refuses cmd/w/data_offset 8192 ERANGE 'within a page'

# With data_size 0 all of it lies in scratch memory: PRP1 leads there
fresh
accepts cmd/w/ctl 'set read NSID=1 SLBA=0 NLB=0'
accepts cmd/w/data_size 0
accepts cmd/w/ctl run
same "no data, and PRP1" "$(stat -c %s cmd/w/data) $(($(<cmd/w/sqe/PRP1) != 0))" '0 1'

# interface: CM21
# An object in mem/ goes on behind what is lent to the command: no byte of that is written. PRPs name whole pages, so data that
# end within one are refused where the controller would write the rest of it.
mkdir mem/around
accepts mem/around/size 16384
head -c 16384 /dev/zero | tr '\0' N | dd of=mem/around/data bs=1M conv=notrunc status=none
fresh
accepts cmd/w/mem around
accepts cmd/w/ctl "set read NSID=1 SLBA=0 NLB=$(blocks 16384)"
accepts cmd/w/data_size 512
refuses cmd/w/ctl run EINVAL 'PRPs name whole pages'
accepts cmd/w/data_size 4096
accepts cmd/w/ctl run
same "what it has lent" "$(head -c 4096 mem/around/data | cmp -n 4096 - "$files/random" && echo same)" same
same "what it has not" "$(tail -c +4097 mem/around/data | tr -d N | wc -c)" 0
accepts cmd/w/data_size 512
accepts cmd/w/ctl "set write NSID=1 SLBA=$((524288 / block)) NLB=$(blocks 4096)" # the controller only reads
accepts cmd/w/data_size 512
accepts cmd/w/ctl run
if (($(<identify/controller/SGLS/value) & 3)); then # an SGL can end anywhere
    accepts cmd/w/pointers sgl
    accepts cmd/w/ctl "set read NSID=1 SLBA=0 NLB=0"
    accepts cmd/w/data_size 256
    head -c 16384 /dev/zero | tr '\0' N | dd of=mem/around/data bs=1M conv=notrunc status=none
    "$PROBE" write cmd/w/ctl submit >/dev/null
    limited cat cmd/w/status >/dev/null
    shows cmd/w/sqe/SGL1/LENGTH 0x100
    same "an SGL of 256 bytes" "$(tail -c +257 mem/around/data | tr -d N | wc -c)" 0
    accepts cmd/w/pointers prp
fi
accepts cmd/w/data_size auto
# What came back was in another place than the one that is named now.
accepts cmd/w/mem host
accepts cmd/w/ctl 'run identify CNS=1'
matches "in memory of its own" "$(cat cmd/w/result/MN)" "^$ID_MN"
accepts cmd/w/mem around
same "a result elsewhere" "$("$PROBE" read cmd/w/result/MN 2>&1)" ENODATA
matches "why" "$(<cmd/w/error)" 'written since'
accepts cmd/w/ctl 'run identify CNS=1'
matches "in mem/" "$(cat cmd/w/result/MN)" "^$ID_MN"
accepts cmd/w/mem host
rmdir mem/around

# interface: CM23
# Bits 1:0 of the opcode say that a vendor's feature may move data, and nobody knows how much: what there is is named
fresh
refuses cmd/w/ctl 'run set_features FID=0xc5' EIO
shows cmd/w/sqe/PRP1 0x0
head -c 512 "$files/random" >cmd/w/data
refuses cmd/w/ctl 'run set_features FID=0xc5' EIO
same "PRP1 with data" "$(($(<cmd/w/sqe/PRP1) != 0))" 1
fresh
accepts cmd/w/data_size 512
refuses cmd/w/ctl 'run get_features FID=0xc5' EIO
same "PRP1 with a size" "$(($(<cmd/w/sqe/PRP1) != 0))" 1

# interface: CM22
# Commands that move nothing name nothing, whatever lies in the buffer
fresh
head -c 12288 "$files/random" | dd of=cmd/w/data bs=1M conv=notrunc iflag=fullblock status=none
accepts cmd/w/ctl 'run flush NSID=1'
same "PRP1 of Flush" "$(cat cmd/w/sqe/PRP1)" 0x0
same "PRP2 of Flush" "$(cat cmd/w/sqe/PRP2)" 0x0

# interface: CM31 CM32
# Pointers by hand: there is no buffer, and nothing is allocated for what the entry says
fresh
before=$(grep -o '[0-9]* of them in use' status)
"$PROBE" write cmd/w/ctl 'submit get_log_page LID=2 NUMDU=0x800 PRP1=0xfff000' >/dev/null
same "nothing is allocated" "$(grep -o '[0-9]* of them in use' status)" "$before"
shows cmd/w/pointers manual
unreadable cmd/w/data ENODATA
unreadable cmd/w/result/raw ENODATA
refuses cmd/w/data x ENODATA 'by hand'
limited cat cmd/w/status >/dev/null
accepts cmd/w/pointers prp
shows cmd/w/pointers prp
accepts cmd/w/ctl 'run identify CNS=1'
matches "with pointers of the driver's again" "$(cat cmd/w/result/MN)" "^$ID_MN"
accepts cmd/w/ctl 'set identify CNS=1'
accepts cmd/w/sqe/PRP1 0x1000
shows cmd/w/pointers manual
accepts cmd/w/sqe/PSDT 1
accepts cmd/w/sqe/MPTR 0x2000
accepts cmd/w/pointers prp
same "what was written is taken back" "$(cat cmd/w/sqe/{PRP1,PRP2,MPTR,PSDT} | tr '\n' ' ')" '0x0 0x0 0x0 0x0 '
accepts cmd/w/ctl run
matches "what was written to PRP1 is taken back" "$(cat cmd/w/result/MN)" "^$ID_MN"
# interface: CM32
# With memory that has a name the data are there
mkdir mem/m
accepts mem/m/size 8192
accepts cmd/w/mem m
accepts cmd/w/ctl "run identify CNS=1 PRP1=$(cat mem/m/iova)"
matches "by hand into mem/" "$(cat cmd/w/result/MN)" "^$ID_MN"
unreadable cmd/w/metadata ENODATA
refuses cmd/w/metadata x ENODATA 'metadata'
accepts cmd/w/ctl "submit get_log_page LID=2 NUMDU=0x800 PRP1=$(cat mem/m/iova)" # more than the object has: what it has
limited cat cmd/w/status >/dev/null
same "data of an object" "$(stat -c %s cmd/w/data)" 8192
accepts cmd/w/mem host

# interface: CM40
# A command that failed has returned nothing
accepts cmd/w/ctl 'submit identify CNS=0 NSID=0xfffffffe'
matches "its status" "$(cat cmd/w/status)" '^0x00b'
unreadable cmd/w/result/NSZE ENODATA
unreadable cmd/w/result/raw ENODATA
same "its data" "$(stat -c %s cmd/w/data)" 4096
matches "the error" "$(cat cmd/w/error)" 'ENODATA: the command was completed with status 0x00b'

# Limits
refuses cmd/w/data_size $((256 * 1048576 + 1)) ERANGE 'at most 268435456'
refuses cmd/w/ctl 'run get_log_page LID=2 NUMDU=0xffff NUMDL=0xffff' ERANGE 'at most'

# interface: CM26
# Pages are those of CC.MPS, as soon as it is written
if (($(<nvme/CAP/MPSMAX) >= 4)); then
    fresh
    accepts cmd/w/data_size 100 # in a small page still
    accepts ctl disable
    accepts queues/ctl 'admin mps=65536'
    accepts cmd/w/data_offset 65532
    refuses cmd/w/data_offset 65536 ERANGE '65536 bytes'
    accepts ctl enable
    accepts ns/ctl scan
    for offset in 0 4 4096 65532; do
        accepts cmd/w/data_offset $offset
        accepts cmd/w/ctl 'run identify CNS=1'
        same "PRP1 at $offset of a large page" $(($(cat cmd/w/sqe/PRP1) % 65536)) $offset
    done
    accepts cmd/w/data_size auto
    for bytes in 4096 65536 131072 262144; do
        accepts queues/ctl 'io 1'
        head -c $bytes "$files/random" >cmd/w/data
        accepts cmd/w/data_offset 4
        accepts cmd/w/ctl "run write NSID=1 SLBA=$((524288 / block)) NLB=$(blocks $bytes)"
        same "$bytes bytes from large pages" "$(medium $((524288 / block)) $bytes "$files/random")" same
        accepts queues/ctl delete
    done
    # An offset that is none any more is told when the command is sent.
    accepts cmd/w/data_offset 5000
    accepts ctl 'init queues=1'
    refuses cmd/w/ctl 'run identify CNS=1' ERANGE 'pages have 4096 bytes'
fi
# interface: RU90 CM20
# --- Large data: nobody else waits for them, so what would take long is refused ---
accepts cmd/w/pointers prp
accepts cmd/w/mem host
accepts cmd/w/data_offset 0
accepts cmd/w/ctl 'set dataset_management NSID=1 NR=0'
accepts cmd/w/data_size 268435456
refuses cmd/w/data_size 268435457 ERANGE 'at most 268435456'
# interface: ER26
for file in text json RANGE/0/SLBA; do
    same "input/$file of 256 MiB" "$("$PROBE" read cmd/w/input/$file 2>&1 | tail -n 1)" EFBIG
done
refuses cmd/w/input/RANGE/1/SLBA 1 EFBIG 'read raw'
refuses cmd/w/data_offset 8 EBUSY 'write size and offset first'
accepts cmd/w/data_size 16777216
accepts cmd/w/data_offset 8
accepts cmd/w/input/RANGE/1/SLBA 0x1234
shows cmd/w/input/RANGE/1/SLBA 0x1234
accepts cmd/w/data_offset 0
accepts cmd/w/data_size auto
truncate -s 0 cmd/w/data
same "the last byte that data grow to" "$("$PROBE" write-raw cmd/w/data aa 16777215)" OK
same "one more" "$("$PROBE" write-raw cmd/w/data aa 16777216)" ENOSPC
matches "why" "$(<cmd/w/error)" 'data_size first'
finish
