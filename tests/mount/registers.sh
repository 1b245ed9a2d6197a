#!/bin/bash
# SPDX-License-Identifier: MIT
# Rules 2, 3, 4 and 7 on the controller registers. Fields are held against the bits of the raw BAR, at the places of <linux/nvme.h>.
. "$(dirname "$0")/lib.sh"
mount_lone

# --- A register is a directory: raw, text, json, value and a file per field ---
# Offset and width of every register, NVMe Base 2.0 figure 35 (NVME_REG_… in <linux/nvme.h>).
registers='CAP 0x00 8 VS 0x08 4 INTMS 0x0c 4 INTMC 0x10 4 CC 0x14 4 CSTS 0x1c 4 NSSR 0x20 4 AQA 0x24 4 ASQ 0x28 8 ACQ 0x30 8
CMBLOC 0x38 4 CMBSZ 0x3c 4 BPINFO 0x40 4 BPRSEL 0x44 4 BPMBL 0x48 8 CMBMSC 0x50 8 CMBSTS 0x58 4 CMBEBS 0x5c 4 CMBSWTP 0x60 4
NSSD 0x64 4 CRTO 0x68 4 PMRCAP 0xe00 4 PMRCTL 0xe04 4 PMRSTS 0xe08 4 PMREBS 0xe0c 4 PMRSWTP 0xe10 4 PMRMSCL 0xe14 4 PMRMSCU 0xe18 4'
# interface: NV2
same 'the registers' "$(cd nvme && echo [A-Z]*/ | tr -d /)" "$(tr ' ' '\n' <<<"$registers" | grep '^[A-Z]' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
mapfile -t row < <(tr -s ' \n' '\n' <<<"$registers")
for ((i = 0; i < ${#row[@]}; i += 3)); do
    name=${row[i]} offset=${row[i + 1]} width=${row[i + 2]}
    same "sizes of nvme/$name" "$(cd "nvme/$name" && stat -c '%n %F %s' json raw text value | sed -E 's/regular.*file //; s/^(json|text) (4096|8192)$/\1 blocks/' | tr '\n' ' ')" \
        "json blocks raw $width text blocks value 4096 "
    # interface: NV2 NV3
    shows "nvme/$name/value" "$(register "$offset" "$width")"
    same "nvme/$name/raw" "$(od -An -v -tx1 "nvme/$name/raw")" "$(dd if=bar/0 bs="$width" skip=$((offset / width)) count=1 status=none | od -An -v -tx1)"
    checks=$((checks + 1))
    [ "$(find "nvme/$name" -name '[A-Z]*' | wc -l)" -gt 0 ] || fail "nvme/$name has no fields"
    while read -r field; do
        matches "$field" "$(cat "$field")" '^0x(0|[1-9a-f][0-9a-f]*)$'
    done < <(find "nvme/$name" -type f -name '[A-Z]*')
    json=$(cat "nvme/$name/json")
    matches "nvme/$name/json" "$json" '^\{[[:space:]]*"schema": ?1,.*\}$'
    same "nvme/$name/json names each field" "$(grep -o '"[A-Z][A-Z0-9]*": *"0x[0-9a-f]*"' <<<"$json" | cut -d'"' -f2 | LC_ALL=C sort)" \
        "$(cd "nvme/$name" && printf '%s\n' [A-Z]* | LC_ALL=C sort)"
    same "nvme/$name/json: braces and quotes are paired" "$(tr -cd '{' <<<"$json" | wc -c) $(($(tr -cd '"' <<<"$json" | wc -c) % 2))" "$(tr -cd '}' <<<"$json" | wc -c) 0"
done

# fields REGISTER OFFSET WIDTH NAME:SHIFT:BITS…: each field shows those bits, and writes are read-only
fields() {
    local register=$1 value rest field shift bits
    value=$(register "$2" "$3")
    shift 3
    for rest; do
        IFS=: read -r field shift bits <<<"$rest"
        shows "nvme/$register/$field" "$(printf '0x%x' $((value >> shift & ((1 << bits) - 1))))"
    done
}
fields CAP 0 8 MQES:0:16 CQR:16:1 AMS:17:2 TO:24:8 DSTRD:32:4 NSSRS:36:1 CSS:37:8 BPS:45:1 CPS:46:2 MPSMIN:48:4 MPSMAX:52:4 PMRS:56:1 CMBS:57:1 NSSS:58:1 CRMS:59:2
fields VS 8 4 TER:0:8 MNR:8:8 MJR:16:16
fields CC 0x14 4 EN:0:1 CSS:4:3 MPS:7:4 AMS:11:3 SHN:14:2 IOSQES:16:4 IOCQES:20:4 CRIME:24:1
fields CSTS 0x1c 4 RDY:0:1 CFS:1:1 SHST:2:2 NSSRO:4:1 PP:5:1 ST:6:1
# What the specification and the simulator's documentation settle: version 2.1, NVM command set, subsystem reset (for reset subsystem).
shows nvme/VS/value "$ID_VS"
same 'CAP.CSS has the NVM command set' $(($(cat nvme/CAP/CSS) & 1)) 1
! on_nvsim || shows nvme/CAP/NSSRS 0x1
same 'CAP.MPSMIN <= CAP.MPSMAX' $(($(cat nvme/CAP/MPSMIN) <= $(cat nvme/CAP/MPSMAX))) 1

# interface: NV1
# nvme/raw is the register area, INTMS and INTMC left out.
dd if=bar/0 bs=4096 count=1 status=none | od -An -v -tx4 -w4 | awk 'NR <= 1024' >"$M.bar" 
od -An -v -tx4 -w4 nvme/raw >"$M.raw"
same 'nvme/raw is bar/0' "$(head -n "$(wc -l <"$M.raw")" "$M.bar" | sed '4,5d' | cmp - <(sed '4,5d' "$M.raw") && echo same)" same
same 'nvme/raw leaves INTMS and INTMC alone' "$(sed -n 4,5p "$M.raw" | tr -d ' \n')" 0000000000000000
rm -f "$M.bar" "$M.raw"
for name in INTMS INTMC; do
    matches "nvme/text leaves $name alone" "$(grep "^$name " nvme/text)" "^$name +- "
done

# --- Texts explain: the unit of a power of two, 0's based counts, the name of a value, the words of the specification ---
for line in 'MQES +0x[0-9a-f]+ +Maximum Queue Entries Supported: [0-9]+ entries' 'TO +0x[0-9a-f]+ +Timeout: [0-9]+ ms' \
    'MPSMIN +0x0 +Memory Page Size Minimum: 4096 B' 'CQR +0x[01] +Contiguous Queues Required' 'DSTRD +0x0 +Doorbell Stride: 4 B'; do
    matches 'nvme/CAP/text' "$(cat nvme/CAP/text)" "$line"
done
same 'CAP.MQES is explained' "$(sed -n 's/^MQES.*: \([0-9]*\) entries/\1/p' nvme/CAP/text)" $(($(cat nvme/CAP/MQES) + 1))
same 'CAP.TO is explained' "$(sed -n 's/^TO.*: \([0-9]*\) ms/\1/p' nvme/CAP/text)" $(($(cat nvme/CAP/TO) * 500))
matches 'nvme/CSTS/text' "$(cat nvme/CSTS/text)" 'RDY +0x0 +Ready'
matches 'nvme/text' "$(cat nvme/text)" 'CAP +0x[0-9a-f]+ +Controller Capabilities'

# interface: RU17
# --- Values in, values out ---
for word in 6 0x6 0X6 0b110 06 ' 6' '6 ' $'\t0x6 \t' 0x00000006; do
    accepts nvme/CC/IOSQES 0
    accepts nvme/CC/IOSQES "$word"
    shows nvme/CC/IOSQES 0x6
done
for word in NORMAL ABRUPT NONE abrupt none; do
    accepts nvme/CC/SHN "$word"
done
shows nvme/CC/SHN 0x0
accepts nvme/CC/SHN abrupt
shows nvme/CC/SHN 0x2
accepts nvme/CC/value 0
accepts nvme/CC/value 4587520 # 0x460000
shows nvme/CC/value 0x460000
for file in CC/value CC/IOCQES AQA/ASQS ASQ/value ASQ/ASQB; do # what a file prints it accepts
    value=$(cat "nvme/$file")
    accepts "nvme/$file" "$value"
    shows "nvme/$file" "$value"
done
# One read-modify-write: the other fields stay.
accepts nvme/CC/MPS 1
shows nvme/CC/value 0x460080
accepts nvme/CC/value '  IOSQES=0x7   MPS=0 SHN=NONE '
shows nvme/CC/value 0x470000
# interface: RU16 RU19
# Whole or not at all.
for list in 'IOSQES=1 NOPE=2:EINVAL' 'IOSQES=1 IOCQES=99:ERANGE' 'IOSQES=1 IOCQES:EINVAL' 'IOSQES=1 =2:EINVAL' 'IOSQES=:EINVAL' \
    'IOSQES=1,IOCQES=2:EINVAL' 'iosqes=1:EINVAL' 'IOSQES = 1:EINVAL'; do
    refuses nvme/CC/value "${list%:*}" "${list##*:}"
    shows nvme/CC/value 0x470000
done
# `value` takes any bits, reserved ones too, but no more than the register has.
refuses nvme/CC/value 0x100000000 ERANGE
refuses nvme/ASQ/value 0x10000000000000000 ERANGE
refuses nvme/CC/IOSQES 16 ERANGE 'IOSQES'
refuses nvme/CC/IOSQES -1 EINVAL
refuses nvme/CC/IOSQES 0x EINVAL
refuses nvme/CC/IOSQES 0b2 EINVAL
refuses nvme/CC/IOSQES '6 4' EINVAL
refuses nvme/CC/IOSQES '' EINVAL
shows nvme/CC/value 0x470000

# interface: RU20
# --- raw: exactly its width, at offset 0 ---
for hex in 00 0000 000000 0000000000 0000000000000000; do
    same "raw of $((${#hex} / 2)) bytes" "$("$PROBE" write-raw nvme/CC/raw "$hex")" EINVAL
done
same 'raw at offset 2' "$("$PROBE" write-raw nvme/CC/raw 0000 2)" EINVAL
same 'raw of half a 64-bit register' "$("$PROBE" write-raw nvme/ASQ/raw 00000000)" EINVAL
shows nvme/CC/value 0x470000
same 'raw' "$("$PROBE" write-raw nvme/CC/raw 00004600)" OK
shows nvme/CC/value 0x460000
same 'raw of 64 bits' "$("$PROBE" write-raw nvme/ASQ/raw 0050785634120000)" OK
shows nvme/ASQ/value 0x123456785000
same 'raw reads in pieces' "$("$PROBE" pread nvme/CC/raw 2 1 2>&1)" $'0046\nOK'

# --- 64-bit registers and queue attributes, by fields ---
shows nvme/ASQ/ASQB 0x123456785
accepts nvme/ASQ/ASQB 0xfedcba9876543
shows nvme/ASQ/value 0xfedcba9876543000
same 'low half' "$(register 0x28 4)" 0x76543000
same 'high half' "$(register 0x2c 4)" 0xfedcba98
refuses nvme/ASQ/ASQB 0x10000000000000 ERANGE
accepts nvme/AQA/value 0
accepts nvme/AQA/ASQS 0x1f
accepts nvme/AQA/ACQS 4095
shows nvme/AQA/value 0xfff001f
refuses nvme/AQA/ACQS 4096 ERANGE
accepts nvme/AQA/value 'ASQS=1 ACQS=2'
shows nvme/AQA/value 0x20001
refuses nvme/ASQ/value 'ASQB=1 ASQB' EINVAL
shows nvme/ASQ/ASQB 0xfedcba9876543

# interface: ER11
# --- Read-only fields: no permission, EACCES to root as well; the register's value takes anything ---
for file in CAP/MQES VS/MJR CSTS/RDY CSTS/CFS CSTS/SHST CAP/text CC/json text json raw; do
    same "permission of nvme/$file" "$(stat -c %A "nvme/$file" | tr -dc w)" ''
    same "writing nvme/$file" "$("$PROBE" open "nvme/$file" w)" EACCES
    same "opening nvme/$file for both" "$("$PROBE" open "nvme/$file" rw)" EACCES
done
# An ordinary user is refused by the kernel, root by lonefs.
[ "$(id -u)" -ne 0 ] || matches 'the reason' "$(cat error)" 'EACCES: '
for file in CC/EN CC/value CC/raw AQA/ASQS CSTS/NSSRO CAP/value CSTS/value NSSR/NSSRC; do
    matches "permission of nvme/$file" "$(stat -c %A "nvme/$file")" '^-rw'
done
accepts nvme/CAP/value 0 # breaking rules is what a test kit is for; the device does not care
shows nvme/CAP/value "$(register 0 8)"

# interface: ER25
has_nssr || refuses ctl 'reset subsystem' EOPNOTSUPP 'CAP.NSSRS'

# interface: RU23
# --- Write-1-to-clear: CSTS.NSSRO ---
if has_nssr; then
    shows nvme/CSTS/NSSRO 0x0
    generation=$(cat generation)
    accepts ctl 'reset subsystem'
    same 'a reset is counted' "$(cat generation)" $((generation + 1))
    shows nvme/CSTS/NSSRO 0x1
    shows nvme/CC/value 0x0
    shows nvme/AQA/value 0x0
    accepts nvme/CSTS/NSSRO 0 # a 0 clears nothing
    shows nvme/CSTS/NSSRO 0x1
    accepts nvme/CSTS/value 'NSSRO=0'
    shows nvme/CSTS/NSSRO 0x1
    accepts nvme/CC/IOSQES 6 # another register's read-modify-write
    shows nvme/CSTS/NSSRO 0x1
    accepts nvme/CSTS/NSSRO 1
    shows nvme/CSTS/NSSRO 0x0
    accepts nvme/NSSR/NSSRC 0x4e564d65 # "NVMe" resets the subsystem: NVMe Base 2.0, 3.1.3.7
    limited cat nvme/wait/CSTS.NSSRO=1 >/dev/null
    same 'a reset by hand is counted' "$(cat generation)" $((generation + 2))
    accepts nvme/CSTS/value 'NSSRO=1'
    shows nvme/CSTS/NSSRO 0x0
fi

# A dead controller's registers are read as any: queues of one entry, at address 0, are fatal at EN=1 (CFS).
accepts nvme/AQA/value 0
accepts nvme/ASQ/value 0
accepts nvme/CC/value 0x460001
limited cat nvme/wait/CSTS.CFS=1 >/dev/null
shows nvme/CSTS/CFS 0x1
shows nvme/VS/MJR "$(printf '0x%x' $((ID_VS >> 16)))"
accepts nvme/CC/EN 0
limited cat nvme/wait/CSTS.CFS=0,CSTS.RDY=0 >/dev/null
# QEMU's forgets its settings at EN=0 and AQA, ASQ, ACQ are the wrong ones: `admin` writes all of them.
bring_up
shows nvme/CSTS/value 0x1
# --- `>>` is `>`: where in a text file, or in a register, one writes means nothing ---
accepts nvme/CC/EN 0
limited cat nvme/wait/CSTS.RDY=0 >/dev/null
for how in '>' '>>'; do
    eval "echo 6 $how nvme/CC/IOSQES" || fail "echo $how"
    eval "echo IOCQES=4 $how nvme/CC/value" || fail "FIELD=VALUE $how"
    eval "printf '\\x00\\x00\\x46\\x00' | cat $how nvme/CC/raw" || fail "raw $how"
    shows nvme/CC/value 0x460000
    eval "printf '\\x00\\x00\\x00\\x00' | cat $how nvme/CC/raw" || fail "raw $how"
    shows nvme/CC/value 0x0
done
limited python3 -c 'with open("nvme/CC/IOSQES", "a") as f: f.write("6\n")' || fail 'append by Python'
echo 4 | limited tee -a nvme/CC/IOCQES >/dev/null || fail 'append by tee'
shows nvme/CC/value 0x460000
accepts nvme/CC/value 0

# --- What programs move within the kernel: before 6.5 it reads, from then on it would fill its page cache ---
# interface: RU53
read -r major minor _ < <(uname -r | tr .- '  ')
for how in sendfile splice copy_file_range; do
    got=$("$PROBE" move $how nvme/VS/raw - 2>"$M.errno" | od -An -tx1 | tr -d ' ')
    if [ $((major * 100 + minor)) -lt 605 ] && [ $how != copy_file_range ]; then
        same "bytes by $how" "$got" "$(od -An -tx1 nvme/VS/raw | tr -d ' ')"
    elif [ $((major * 100 + minor)) -ge 605 ]; then
        same "$how" "$(<"$M.errno")" EINVAL
    else # to a pipe: copy_file_range takes files only
        matches "$how" "$got $(<"$M.errno")" "^$(od -An -tx1 nvme/VS/raw | tr -d ' ') OK$|^ EINVAL$"
    fi
done
rm -f "$M.errno"
finish
