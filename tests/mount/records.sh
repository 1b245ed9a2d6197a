#!/bin/bash
# SPDX-License-Identifier: MIT
# Records of variable length: a command's result, laid out by a log page's table, from bytes that this script wrote over what
# the controller had returned for another page.
. "$(dirname "$0")/lib.sh"
mount_lone

le16() { printf '\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)); }
le32() { printf '%s%s' "$(le16 $(($1 & 65535)))" "$(le16 $(($1 >> 16)))"; }
le64() { printf '%s%s' "$(le32 "$1")" "$(le32 0)"; }

# page LID BYTES: these bytes in the buffer of a Get Log Page command that has completed
page() {
    rmdir cmd/l
    mkdir cmd/l
    accepts cmd/l/ctl 'run get_log_page LID=SMART NUMDL=127 NSID=0xffffffff'
    # shellcheck disable=SC2059
    printf "$2" | cat >cmd/l/data
    accepts cmd/l/sqe/LID "$1"
}

# listed DIRECTORY NAMES: in any order
listed() { same "ls $1" "$(limited ls "$1" | sort -V | tr '\n' ' ')" "${2:+$2 }"; }

accepts queues/ctl admin
accepts ctl enable
mkdir cmd/l

# --- ANA: packed groups, each with a list of its own ---
header="$(le64 5)$(le32 3)$(le32 0)"
pad=$(printf '\\x00%.0s' {1..15})
group() { printf '%s' "$(le32 "$1")$(le32 "$2")$(le64 6)\\x0$3$pad"; }
page 0x0c "$header$(group 7 2 1)$(le32 1)$(le32 258)$(group 8 0 3)$(group 9 1 f)$(le32 77)"
listed cmd/l/result 'CHGC GROUP NAGD json raw text'
listed cmd/l/result/GROUP '0 1 2'
listed cmd/l/result/GROUP/0/NSID '0 1'
listed cmd/l/result/GROUP/1/NSID ''
shows cmd/l/result/CHGC 0x5
shows cmd/l/result/GROUP/0/AGID 0x7
shows cmd/l/result/GROUP/0/NSID/1 0x102
shows cmd/l/result/GROUP/1/ANAS 0x3
shows cmd/l/result/GROUP/2/AGID 0x9
shows cmd/l/result/GROUP/2/NSID/0 0x4d
# interface: RU14
unreadable cmd/l/result/GROUP/3/AGID ENODATA
matches "the reason" "$(<cmd/l/error)" 'the ana in the 124 bytes that there are has no GROUP/3'
unreadable cmd/l/result/GROUP/0/NSID/2 ENODATA
matches "the reason" "$(<cmd/l/error)" 'no NSID/2 in the 40 bytes'
unreadable cmd/l/result/GROUP/1/NSID/0 ENODATA
unreadable cmd/l/result/GROUP/4294967295/AGID ENOENT
same "bytes of a group" "$(limited od -An -tx1 -v cmd/l/result/GROUP/2/raw | tr -d ' \n' | head -c 16)" 0900000001000000
same "size of a group" "$(limited stat -c %s cmd/l/result/GROUP/0/raw)" 40
same "bytes of a group" "$(limited cat cmd/l/result/GROUP/0/raw | wc -c)" 40
same "text" "$(limited grep -c 'NSID/' cmd/l/result/text)" 3
matches "text of a group" "$(limited cat cmd/l/result/GROUP/1/text)" 'INACCESSIBLE: ANA Inaccessible'
same "all of it can be read" "$(limited grep -r . cmd/l/result 2>&1 >/dev/null)" ''

# --- What is said of more than there is ---
page 0x0c "$(le64 5)$(le32 65535)$(le32 0)$(group 7 1000000 1)$(le32 1)$(le32 2)"
listed cmd/l/result/GROUP 0
listed cmd/l/result/GROUP/0/NSID '0 1'
unreadable cmd/l/result/GROUP/1/AGID ENODATA
matches "text says so" "$(limited tail -n 1 cmd/l/result/text)" 'ends after 56 of [0-9]* bytes'
page 0x0c "$(le64 5)"
shows cmd/l/result/CHGC 0x5
unreadable cmd/l/result/NAGD ENODATA
listed cmd/l/result/GROUP ''

# --- A long page: listed is what lies at its beginning, all of it opens ---
page 0x08 "$(le64 8)"
accepts cmd/l/data_size $((512 * 2049))
printf 'the last' | limited dd of=cmd/l/data bs=512 seek=2048 conv=notrunc status=none
same "blocks listed" "$(limited ls cmd/l/result/TCDB | wc -l)" 127
matches "the last block" "$(limited head -c 16 cmd/l/result/TCDB/2048)" '^746865206c617374$'
unreadable cmd/l/result/TCDB/2049 ENODATA
same "raw" "$(limited cat cmd/l/result/raw | wc -c)" $((512 * 2049))
same "json" "$(limited grep -c 746865206c617374 cmd/l/result/json)" 1

# --- Events: what the type says they are is there, nothing else ---
event() { printf '%s' "\\x0$1\\x01\\x15\\x00$(le16 1)$(le64 0)$(le16 0)$(le32 0)$(le16 0)$(le16 2)"; }
zeros=$(printf '\\x00%.0s' {1..496})
page 0x0d "\\x0d\\x00\\x00\\x00$(le32 2)$(le64 564)$zeros$(event d)\\x05\\x01$(event e)\\xaa\\xbb"
listed cmd/l/result/EVENT '0 1'
same "an event of a known type" "$(limited ls cmd/l/result/EVENT/0 | grep -c THERMAL_EXCURSION)" 1
same "fields of other types" "$(limited ls cmd/l/result/EVENT/0 cmd/l/result/EVENT/1 | grep -cE 'SMART|FORMAT_START|VSED')" 0
shows cmd/l/result/EVENT/0/THERMAL_EXCURSION/OTMP 0x5
unreadable cmd/l/result/EVENT/0/FORMAT_START/NSID ENODATA
shows cmd/l/result/EVENT/1/EL 0x2

# --- Nothing has come back: no name waits, and nothing is listed that is not known ---
accepts cmd/l/ctl reset
listed cmd/l/result/EVENT ''
unreadable cmd/l/result/EVENT/0/ET ENODATA

# --- A page that the controller has ---
accepts cmd/l/data_size 512
accepts cmd/l/ctl 'run get_log_page NSID=0xffffffff LID=SMART NUMDL=127'
same "temperature" "$(($(<cmd/l/result/CTEMP) > 273))" 1
listed cmd/l/result/TSEN '1 2 3 4 5 6 7 8'
unreadable cmd/l/result/TSEN/9 ENOENT
finish
