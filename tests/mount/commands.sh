#!/bin/bash
# SPDX-License-Identifier: MIT
# Command objects: making and ending them, the verbs of ctl, settings, what is refused, data and metadata.
. "$(dirname "$0")/lib.sh"
mount_lone

# does OPERATION PATH ANSWER
does() { same "$1 $2" "$("$PROBE" path "$1" "$2")" "$3"; }

# refused_whole TEXT ERRNO [REGEX]: cmd/a/ctl refuses the line; neither the entry nor the device knows of it
refused_whole() {
    local entry sent
    entry=$("$PROBE" pread cmd/a/sqe/raw 64 0 2>&1) sent=$(commands)
    refuses cmd/a/ctl "$@"
    same "the entry after '$1'" "$("$PROBE" pread cmd/a/sqe/raw 64 0 2>&1)" "$entry"
    counted "commands after '$1'" "$sent" 0
}

# points REQUEST WORD: the error of cmd/a repeats the request, and carets stand under the word
points() {
    local before=${1%%"$2"*} line previous='' found=
    while IFS= read -r line; do
        [[ $previous == "$1" && $line == "${before//?/ }^"* && ${line// /} =~ ^\^+$ ]] && found=1
        previous=$line
    done <cmd/a/error
    same "a caret under '$2' of '$1'" "$found" 1
}

# interface: CM1 CM2
# --- Objects ---
does mkdir cmd/a OK
does mkdir cmd/a EEXIST
does mkdir cmd/clone EEXIST
does mkdir cmd/.hidden EINVAL
does mkdir 'cmd/a b' EINVAL
does mkdir "cmd/a'b" EINVAL
does mkdir "cmd/$(printf 'x%.0s' {1..64})" EINVAL
does mkdir "cmd/$(printf 'x%.0s' {1..63})" OK
does rmdir "cmd/$(printf 'x%.0s' {1..63})" OK
does mkdir cmd/a/b EPERM
does mkdir nvme/x EPERM
does rmdir cmd EPERM
does mkdir cmd/z OK
shows cmd/z/error ''
does rmdir cmd/z/sqe EPERM
does rmdir cmd/z OK
does rmdir cmd/z ENOENT
does rmdir cmd/nothing ENOENT
does unlink cmd/a/ctl EPERM
does creat cmd/file ENOENT

# interface: CM10 CM43
# --- A fresh object ---
shows cmd/a/state idle
shows cmd/a/data_size 0
shows cmd/a/metadata_size 0
shows cmd/a/pointers prp
shows cmd/a/cid auto
shows cmd/a/queue 0
shows cmd/a/timeout "$(<timeout)"
same "an entry of zeros" "$("$PROBE" pread cmd/a/sqe/raw 100 0 2>/dev/null)" "$(printf '0%.0s' {1..128})"
for file in status latency_ns cqe/raw cqe/text cqe/json cqe/SC cqe/CID result/raw; do
    unreadable "cmd/a/$file" ENODATA
done
accepts cmd/a/ctl 'set identify CNS=1'
for file in result/raw result/text result/json result/SN status; do
    unreadable "cmd/a/$file" ENODATA
done

# --- Nothing is set up: the text says which line to write ---
refuses cmd/a/ctl 'run identify CNS=1' ENXIO 'admin.*queues/ctl'
accepts queues/ctl admin
refuses cmd/a/ctl 'run identify CNS=1' ENXIO 'enable.*ctl'
shows cmd/a/state idle
accepts ctl enable

# interface: CM9 CM13 CM44 CM45 CM46 CM47 CM50
# --- The verbs ---
before=$(commands)
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/state completed
shows cmd/a/status '0x000 Successful Completion'
shows cmd/a/result/SN "$ID_SN"
shows cmd/a/opcode identify
counted "a run is one command" "$before" 1
# interface: CM42
same "latency_ns is a positive number" $(($(<cmd/a/latency_ns) > 0)) 1
accepts cmd/a/ctl reset
shows cmd/a/state idle
unreadable cmd/a/status ENODATA
before=$(commands)
accepts cmd/a/ctl "set identify CNS=0 NSID=$(nsid 2)"
counted "set sends nothing" "$before" 0
shows cmd/a/state idle
shows cmd/a/sqe/NSID "0x$(nsid 2)"
accepts cmd/a/ctl run
shows cmd/a/result/NSZE "$(nsze 2)"
accepts cmd/a/sqe/NSID "$(nsid 3)"
accepts cmd/a/ctl submit
shows cmd/a/status '0x000 Successful Completion'
shows cmd/a/result/NSZE "$(nsze 3)"
accepts cmd/a/ctl 'submit identify CNS=0xff'
shows cmd/a/status '0x002 Invalid Field in Command'
for opcode in 6 0x6 0x06 0b110 identify; do
    accepts cmd/a/ctl "run $opcode CNS=1"
    shows cmd/a/result/SN "$ID_SN"
done
accepts cmd/a/ctl $'  run \t identify   CNS=0x1  '
accepts cmd/a/opcode asynchronous_event_request
shows cmd/a/sqe/OPC 0xc
accepts cmd/a/opcode 0x06
shows cmd/a/opcode identify
accepts cmd/a/ctl 'set create_io_sq QPRIO=LOW PC=1'
shows cmd/a/sqe/QPRIO 0x3

# interface: CM14
# --- What is wrong is refused whole ---
accepts cmd/a/ctl 'set identify CNS=0x1c NSID=0x12345678'
refused_whole 'run identyfy CNS=1' EINVAL identyfy
points 'run identyfy CNS=1' identyfy
refused_whole 'run identify CNS=1 XYZ=1' EINVAL XYZ
points 'run identify CNS=1 XYZ=1' XYZ
refused_whole 'submit identify CNS=1 NSID=0x100000000' ERANGE NSID
points 'submit identify CNS=1 NSID=0x100000000' 0x100000000
refused_whole 'set identify CNS=0x100' ERANGE CNS
refused_whole 'set identify CNS=zzz' EINVAL zzz
points 'set identify CNS=zzz' zzz
refused_whole 'set create_io_sq QPRIO=LOWEST' EINVAL LOW
refused_whole 'set create_io_cq CNS=1' EINVAL CNS
refused_whole 'run identify CNS' EINVAL
refused_whole 'run identify =1' EINVAL
refused_whole 'run identify CNS=' EINVAL
refused_whole 'run identify CNS=-1' EINVAL
refused_whole 'run identify CNS=0x' EINVAL
refused_whole 'run 256' ERANGE
refused_whole 'run -1' EINVAL
refused_whole 'run 0x' EINVAL
refused_whole 'walk identify CNS=1' EINVAL
points 'walk identify CNS=1' walk
refused_whole '' EINVAL
refused_whole ' ' EINVAL
refused_whole set EINVAL
refused_whole 'reset now' EINVAL
refused_whole 'abort it' EINVAL
refused_whole $'run identify CNS=1\nrun identify CNS=1' EINVAL
refuses cmd/a/opcode identyfy EINVAL
refuses cmd/a/opcode 256 ERANGE
refuses cmd/a/opcode 'identify CNS=1' EINVAL
refuses cmd/a/queue 65536 ERANGE
refuses cmd/a/queue x EINVAL
refuses cmd/a/timeout 0 ERANGE
refuses cmd/a/timeout -1 EINVAL
refuses cmd/a/timeout soon EINVAL
refuses cmd/a/state idle EACCES
refuses cmd/a/status 0 EACCES
shows cmd/a/sqe/NSID 0x12345678

# interface: CM11
# --- Queue: a live one, or ENXIO ---
accepts cmd/a/queue 9
refuses cmd/a/ctl 'run identify CNS=1' ENXIO 9
accepts cmd/a/queue auto
shows cmd/a/queue 0
refuses cmd/a/ctl 'run flush NSID=1' ENXIO init
accepts cmd/a/ctl 'run identify CNS=1'

# interface: CM19
# --- Data ---
does mkdir cmd/d OK
accepts cmd/d/ctl 'set asynchronous_event_request'
shows cmd/d/data_size 0
accepts cmd/d/ctl 'set identify CNS=1'
shows cmd/d/data_size 4096
accepts cmd/d/data_size 8192
same "the size of data" "$(stat -c %s cmd/d/data)" 8192
same "bytes into data" "$("$PROBE" write-raw cmd/d/data a1b2c3d4 8190)" ENOSPC
same "bytes into data" "$("$PROBE" write-raw cmd/d/data a1b2c3d4 6000)" OK
accepts cmd/d/ctl 'run identify CNS=1'
shows cmd/d/data_size 8192
same "what was written behind the structure" "$("$PROBE" pread cmd/d/data 6 5999 2>/dev/null)" 00a1b2c3d400
same "VID in the data" "$("$PROBE" pread cmd/d/data 2 0 2>/dev/null)" "${ID_VID:4:2}${ID_VID:2:2}"
shows cmd/d/result/SN "$ID_SN"
accepts cmd/d/data_size 0x1000
accepts cmd/d/ctl 'run identify CNS=1'
same "data and result/raw" "$(sha256sum <cmd/d/data)" "$(sha256sum <cmd/d/result/raw)"
accepts cmd/d/data_size auto
accepts cmd/d/ctl 'run get_features FID=7'
shows cmd/d/data_size 0
refuses cmd/d/data_size 0x1ffffffff ERANGE 'at most 268435456 bytes'
refuses cmd/d/data_size 0x3ffffffff ERANGE 'at most 268435456 bytes'
refuses cmd/d/data_size -1 EINVAL
refuses cmd/d/data_size x EINVAL
for size in 1 4095 4097 1048577 0; do
    accepts cmd/d/data_size "$size"
    shows cmd/d/data_size "$size"
    same "the size of data" "$(stat -c %s cmd/d/data)" "$size"
done
same "data behind size 0" "$("$PROBE" write-raw cmd/d/data 00 0)" ENOSPC
shows cmd/d/data_size 0
does mkdir cmd/e OK
head -c 5000 /dev/zero | tr '\0' x >cmd/e/data
shows cmd/e/data_size 5000
same "what was written" "$(sha256sum <cmd/e/data)" "$(head -c 5000 /dev/zero | tr '\0' x | sha256sum)"
accepts cmd/e/ctl 'submit 0xc0'
shows cmd/e/status '0x001 Invalid Command Opcode'
same "data that no command wrote" "$(sha256sum <cmd/e/data)" "$(head -c 5000 /dev/zero | tr '\0' x | sha256sum)"

# --- Metadata ---
accepts cmd/e/metadata_size 64
same "bytes into metadata" "$("$PROBE" write-raw cmd/e/metadata 0102030405 3)" OK
same "metadata" "$("$PROBE" pread cmd/e/metadata 100 0 2>/dev/null)" "0000000102030405$(printf '0%.0s' {1..112})"
accepts cmd/e/ctl 'submit 0xc0'
same "MPTR names the metadata" "$([[ $(<cmd/e/sqe/MPTR) != 0x0 ]] && echo yes)" yes
accepts cmd/e/metadata_size 0
accepts cmd/e/ctl 'submit 0xc0'
shows cmd/e/sqe/MPTR 0x0

# --- 200 at once ---
for i in {1..200}; do mkdir "cmd/many$i" && echo 'submit identify CNS=1' >"cmd/many$i/ctl" || fail "object $i"; done
names=(cmd/many*)
same "objects" "${#names[@]}" 200
for i in {1..200}; do
    [[ $(<"cmd/many$i/status") == 0x000* && $(<"cmd/many$i/result/SN") == "$ID_SN" ]] || fail "object $i: $(<"cmd/many$i/status")"
done
rmdir cmd/many*
same "ending 200 objects" $? 0
finish
