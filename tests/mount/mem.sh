#!/bin/bash
# SPDX-License-Identifier: MIT
# mem/: memory with an address of its own: allocated, mapped, unmapped, with rights, in the host or in the controller (CMB, PMR:
# NVMe Base 2.0, 8.5 and 8.14), and who uses it.
. "$(dirname "$0")/lib.sh"
mount_lone
accepts ctl 'init queues=1'

# does OPERATION PATH ERRNO: mkdir and the like
does() { same "$1 $2" "$("$PROBE" path "$1" "$2" 2>&1)" "$3"; }

# reading_into NAME: the status of an Identify whose data are to go into that object, which must be idle in cmd/into
reading_into() {
    "$PROBE" write cmd/into/mem "$1" >/dev/null
    "$PROBE" write cmd/into/ctl 'submit identify CNS=1' >/dev/null
    limited cat cmd/into/status 2>&1
}

# interface: ME2 ME3
# --- Objects ---
does mkdir mem/a OK
does mkdir mem/a EEXIST
does mkdir mem/.a EINVAL
does mkdir "mem/a b" EINVAL
for word in host none auto; do does mkdir mem/$word EINVAL; done
matches "why not" "$(<error)" 'is a word of the files'
does mkdir mem/a/b EPERM
does rmdir mem/none ENOENT
shows mem/a/where host
shows mem/a/size 0
shows mem/a/access rw
shows mem/a/pages none
shows mem/a/in_use 0
unreadable mem/a/iova ENODATA
# interface: ME11
refuses mem/a/ctl map ENODATA 'write how many bytes to mem/a/size'
refuses mem/a/where disk EINVAL
refuses mem/a/access x EINVAL
refuses mem/a/size -1 EINVAL
refuses mem/a/size 4294967297 ERANGE 'at most 4294967296 bytes'
refuses mem/a/ctl grow ENODATA
same "data before there is memory" "$(stat -c %s mem/a/data)" 0

# interface: ME4 ME7 ME10
# --- Memory ---
accepts mem/a/size 10000
shows mem/a/size 10000
same "the size of data" "$(stat -c %s mem/a/data)" 10000
matches "pages" "$(<mem/a/pages)" '^[0-9]+ bytes in (ordinary pages|[0-9]+ [KMG]iB huge pages)$'
iova=$(<mem/a/iova)
matches "iova" "$iova" '^0x[0-9a-f]+000$'
same "it is zero" "$(tr -d '\0' <mem/a/data | wc -c)" 0
same "bytes anywhere" "$("$PROBE" write-raw mem/a/data deadbeef 4093)" OK
same "and back" "$(hex mem/a/data 6 4092)" 00deadbeef00
same "the last byte" "$("$PROBE" write-raw mem/a/data 77 9999)" OK
same "behind the end" "$("$PROBE" write-raw mem/a/data 77 10000)" ENOSPC
same "over the end" "$("$PROBE" write-raw mem/a/data 7777 9999)" ENOSPC
refuses mem/a/where cmb EBUSY 'write 0 to mem/a/size'
accepts mem/a/size 4096
same "allocated anew" "$(tr -d '\0' <mem/a/data | wc -c)" 0
# interface: ME5
# What is refused leaves what there is: one allocates before the other one is freed.
same "bytes to be kept" "$("$PROBE" write-raw mem/a/data 0badcafe 100)" OK
before=$(<mem/a/iova)
memory=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
rooms=() # objects of 4 GiB, until half of the machine's memory is given out: they take none before they are touched
if on_nvsim; then
    for ((room = 0; room <= memory / 2 / 4194304; room++)); do
        mkdir "mem/room$room"
        "$PROBE" write "mem/room$room/size" 4294967296 >/dev/null
        rooms+=("mem/room$room")
    done
    # interface: ER27
    refuses mem/a/size 4294967296 ENOMEM 'half of this machine'
    same "all of them together" "$((($(cat mem/room*/size | paste -sd+)) / 1024 <= memory / 2))" 1
else
    refuses mem/a/size 4294967296 ENOMEM
fi
shows mem/a/size 4096
shows mem/a/iova "$before"
same "bytes that were kept" "$(hex mem/a/data 4 100)" 0badcafe
[ ${#rooms[@]} = 0 ] || rmdir "${rooms[@]}"
accepts mem/a/size 0
shows mem/a/pages none
accepts mem/a/size 8192

# interface: CM34
# --- A place in it: a name may have a + of its own, and then the name counts, wherever places are written ---
does mkdir mem/a+4096 OK
does mkdir cmd/place OK
does mkdir queues/cq/9 OK
for file in cmd/place/prp_list queues/cq/9/mem; do
    refuses $file a+4096 ENXIO 'mem/a.4096 has no memory yet'
    accepts $file a+0x1000
    got=$(<$file)
    [ "$got" != a+4096 ] || fail "$file says $got, which is another object"
    accepts $file "$got"
    shows $file "$got"
    shows mem/a/in_use 1
    accepts $file host
done
accepts mem/a+4096/size 4096
for file in cmd/place/prp_list queues/cq/9/mem; do
    accepts $file a+4096
    shows $file a+4096
    shows mem/a+4096/in_use 1
    shows mem/a/in_use 0
    accepts $file host
done
does rmdir mem/a+4096 OK
for file in cmd/place/prp_list queues/cq/9/mem; do
    accepts $file a+4096
    shows $file a+4096
    shows mem/a/in_use 1
    accepts $file host
    refuses $file a+x EINVAL
    refuses $file host+0 ENXIO
done
does rmdir queues/cq/9 OK
does rmdir cmd/place OK

# interface: ME1 CM27 CM28
# --- A command's data go there ---
does mkdir cmd/into OK
shows cmd/into/mem host
refuses cmd/into/mem none_such ENXIO 'mkdir mem/none_such'
does mkdir mem/empty OK
refuses cmd/into/mem empty ENXIO 'mem/empty/size'
same "identify into mem" "$(reading_into a)" '0x000 Successful Completion'
shows cmd/into/mem a
same "the serial number in mem" "$(dd if=mem/a/data bs=1 skip=4 count=20 status=none | tr -d ' ')" "$ID_SN"
shows cmd/into/result/SN "$ID_SN"
same "PRP1 is its address" "$(<cmd/into/sqe/PRP1)" "$(<mem/a/iova)"
shows mem/a/in_use 1
does rmdir mem/a EBUSY
matches "why not" "$(<error)" 'mem/a is in use'
refuses mem/a/size 4096 EBUSY
accepts cmd/into/mem_offset 4096
accepts cmd/into/ctl 'run identify CNS=1'
same "at the offset" "$(dd if=mem/a/data bs=1 skip=4100 count=20 status=none | tr -d ' ')" "$ID_SN"
refuses cmd/into/mem_offset 8192 ENOSPC
accepts cmd/into/mem host
shows mem/a/in_use 0
accepts cmd/into/mem_offset 4100
# It is for the next entry to say how much there must be, not for the one that is over.
accepts cmd/into/mem a
shows mem/a/in_use 1
refuses cmd/into/ctl 'run identify CNS=1' ENOSPC 'not inside'
accepts cmd/into/ctl 'run get_log_page NSID=0xffffffff LID=2 NUMDL=127'
accepts cmd/into/mem host
accepts cmd/into/mem_offset 8192
refuses cmd/into/mem a ENOSPC 'mem/a has 8192 bytes'
shows cmd/into/mem host
accepts cmd/into/mem_offset 4100
accepts cmd/into/data_size 4096
refuses cmd/into/mem a ENOSPC
accepts cmd/into/data_size auto
accepts cmd/into/mem_offset 0
refuses cmd/into/mem 'a b' EINVAL

# interface: ME8 ME12
# --- What the device may do, and whether it reaches it at all. QEMU's sees nothing wrong in memory that is not there. ---
if on_nvsim; then
    transfer='0x004 Data Transfer Error'
    for access in r:"$transfer" w:'0x000 Successful Completion' rw:'0x000 Successful Completion'; do
        accepts mem/a/access "${access%%:*}"
        shows mem/a/access "${access%%:*}"
        same "the controller writes with access ${access%%:*}" "$(reading_into a)" "${access#*:}"
    done
    before=$(<mem/a/iova)
    accepts mem/a/ctl unmap
    matches "ctl" "$(<mem/a/ctl)" ^unmapped
    same "unmapped" "$(reading_into a)" "$transfer"
    does mkdir mem/other OK
    accepts mem/other/size 1048576
    same "the address stays reserved" "$(($(<mem/other/iova) >= before + 8192 || $(<mem/other/iova) + 1048576 <= before))" 1
    accepts mem/a/ctl map
    shows mem/a/iova "$before"
    same "mapped again" "$(reading_into a)" '0x000 Successful Completion'
    does rmdir mem/other OK
fi
refuses mem/a/ctl grow EINVAL
refuses mem/a/ctl 'map now' EINVAL

# interface: ME21 ME13
# --- The Host Memory Buffer: the objects that its list and its descriptors lie in belong to the controller (5.27.1.10) ---
if on_nvsim; then
    does mkdir mem/hmb OK
    accepts mem/hmb/size 1048576
    same "a descriptor" "$("$PROBE" write-raw mem/a/data "$(printf '%016x' "$(<mem/hmb/iova)" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/')0001000000000000" 0)" OK
    accepts cmd/into/mem host
    accepts cmd/into/ctl "run set_features FID=0xd CDW11=1 CDW12=256 CDW13=$(<mem/a/iova) CDW15=1"
    shows mem/a/in_use 1
    shows mem/hmb/in_use 1
    does rmdir mem/hmb EBUSY
    accepts cmd/into/ctl 'run set_features FID=0xd CDW11=0'
    shows mem/a/in_use 0
    does rmdir mem/hmb OK
fi

# interface: ME13 ME15
# --- What is lost may still be reached until the controller is known to be quiet ---
accepts cmd/into/mem host
does mkdir cmd/waits OK
accepts cmd/waits/data_size 4096
accepts cmd/waits/mem a
accepts cmd/waits/ctl 'submit asynchronous_event_request'
shows mem/a/in_use 1
refuses cmd/waits/mem host EBUSY
does rmdir mem/a EBUSY
accepts ctl disable
shows cmd/waits/state lost
accepts cmd/waits/mem host
shows mem/a/in_use 0
does rmdir mem/a OK
does rmdir mem/empty OK
does rmdir cmd/waits OK
accepts ctl 'init queues=1'

# --- The controller's own memory ---
# interface: ME9 ME14 ME18 ME19 ME20
# own WHERE REGISTER-BIT BAR-PATTERN: all that mem/own does there
own() {
    local where=$1 supported=$2
    does mkdir mem/own OK
    costs "choosing the $where" "0 0 0 0 0" "$PROBE" write mem/own/where "$where"
    shows mem/own/where "$where"
    if [ "$(cat "nvme/CAP/$supported")" = 0x0 ]; then
        # interface: ER25
        refuses mem/own/size 4096 EOPNOTSUPP "$supported is 0"
        does rmdir mem/own OK
        return
    fi
    accepts mem/own/access r
    refuses mem/own/size 4096 EOPNOTSUPP 'write rw to mem/own/access'
    accepts mem/own/access rw
    accepts mem/own/size 8192
    matches "pages of $where" "$(<mem/own/pages)" '^8192 bytes in BAR [0-5] at 0x[0-9a-f]+$'
    matches "ctl of $where" "$(<mem/own/ctl)" ^mapped
    costs "looking at memory in the $where" "0 0 0 0 0" cat mem/own/{where,size,iova,access,pages,ctl,in_use}
# interface: RU41
    costs "8 bytes of memory in the $where" "1 0 0 0 0" "$PROBE" pread mem/own/data 8 0
    refuses mem/own/ctl unmap EOPNOTSUPP 'without a mapping'
    same "bytes in the $where" "$("$PROBE" write-raw mem/own/data 0102030405060708090a 3)" OK
    same "and back" "$(hex mem/own/data 10 3)" 0102030405060708090a
    bar=$(sed 's/.*BAR \([0-5]\) at.*/\1/' mem/own/pages) at=$(sed 's/.* at //' mem/own/pages)
    same "the same through the BAR" "$(hex "bar/$bar" 8 $((at + 8)))" 060708090a000000
    # Another size that has no room leaves what there is, in its place.
    place=$(<mem/own/pages)
    refuses mem/own/size 1073741824 ENOSPC 'are free of the'
    shows mem/own/pages "$place"
    same "bytes that were kept in the $where" "$(hex mem/own/data 10 3)" 0102030405060708090a
    accepts mem/own/size 12288
    same "the place in the $where" "$(($(sed 's/.* at //' mem/own/pages) == ${place##* }))" 1
    accepts mem/own/size 8192
    same "identify into the $where" "$(reading_into own)" '0x000 Successful Completion'
    same "the serial number" "$(dd if=mem/own/data bs=1 skip=4 count=20 status=none | tr -d ' ')" "$ID_SN"
    # EN=0 leaves it as it is; a reset of the function does not.
    accepts ctl disable
    matches "ctl after EN=0" "$(<mem/own/ctl)" ^mapped
    accepts ctl 'reset flr'
    matches "ctl after a reset" "$(<mem/own/ctl)" ^lost
    unreadable mem/own/data ENXIO
    matches "why" "$(<mem/own/error)" 'write .map. to the mem object'
    same "writing it" "$("$PROBE" write-raw mem/own/data 01 0)" ENXIO
    accepts ctl 'init queues=1'
    refuses cmd/into/ctl 'run identify CNS=1' ENXIO 'lost'
    accepts mem/own/ctl map
    matches "ctl" "$(<mem/own/ctl)" ^mapped
    same "identify into the $where again" "$(reading_into own)" '0x000 Successful Completion'
    accepts cmd/into/mem host
    does rmdir mem/own OK
}
# interface: ME16
# Nothing of it is touched before it is asked for.
if on_nvsim || [ "${VM_SET:-}" = memory ]; then
    shows nvme/CMBMSC/value 0x0
    shows nvme/PMRCTL/EN 0x0
    shows nvme/CAP/CMBS 0x1
    shows nvme/CAP/PMRS 0x1
fi
own cmb CMBS
own pmr PMRS
# interface: ME19
# What is written by hand takes it out of lonefs's hands.
if [ "$(<nvme/CAP/CMBS)" = 0x1 ]; then
    does mkdir mem/own OK
    accepts mem/own/where cmb
    accepts mem/own/size 4096
    accepts nvme/CMBMSC/value 0
    matches "ctl" "$(<mem/own/ctl)" ^lost
    unreadable mem/own/data ENXIO
    accepts mem/own/size 0
    accepts mem/own/size 4096
    matches "ctl" "$(<mem/own/ctl)" ^mapped
    refuses mem/own/size 4294967296 ENOSPC 'are free of the'
fi
finish
