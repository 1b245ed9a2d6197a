#!/bin/bash
# SPDX-License-Identifier: MIT
# identify/: a read is one Identify command, decoded (NVMe Base 2.0, 5.17). The values are what nvsim has always said of itself.
. "$(dirname "$0")/lib.sh"
mount_lone

to_hex() { printf '0x%x' "$1"; }

# all_read DIRECTORY: every file below it can be read, but those whose value the controller did not return
all_read() {
    local paths=() path line
    shopt -s globstar
    for path in "$1"/**; do [[ ! -f $path ]] || paths+=("$path"); done
    same "files in $1" "$((${#paths[@]} > 5))" 1
    while IFS= read -r line; do
        matches "reading $1" "$line" 'No data available'
    done < <(LC_ALL=C limited cat "${paths[@]}" 2>&1 >/dev/null)
}

# interface: ID2
# --- Not set up yet: ENXIO, and the text names the line to write ---
for file in controller/SN controller/json namespaces namespace/1/NSZE descriptors/1/NGUID uuids/text CNS=1/raw; do
    unreadable "identify/$file" ENXIO
    matches "the error after $file" "$(<error)" 'admin.*queues/ctl'
done
accepts queues/ctl admin
unreadable identify/controller/SN ENXIO
matches "the error when disabled" "$(<error)" 'enable.*ctl'
counted "commands so far" 0 0
accepts ctl enable

# --- Looking costs nothing ---
commands_of 0 ls -lR identify
commands_of 0 du -a identify
commands_of 0 stat identify/controller/SN identify/namespace/3 identify/CNS=1/raw
commands_of 1 cat identify/controller/SN
commands_of 2 cat identify/controller/SN identify/controller/MN
commands_of 1 cat identify/controller/json
commands_of 1 cat identify/controller/text
commands_of 1 cat identify/namespaces
commands_of 1 head -c 4096 identify/controller/raw

# interface: ID1 ID4
# --- Identify Controller ---
shows identify/controller/VID "$ID_VID"
shows identify/controller/SSVID "$(<pcie/SS/SSVID)"
shows identify/controller/SN "$ID_SN"
shows identify/controller/MN "$ID_MN"
if on_nvsim; then
    shows identify/controller/FR 0.001
    shows identify/controller/NN 0x4
fi
shows identify/controller/VER/MJR "$(to_hex $((ID_VS >> 16)))"
shows identify/controller/VER/MNR "$(to_hex $((ID_VS >> 8 & 0xff)))"
shows identify/controller/SQES/MINSQES 0x6
shows identify/controller/CQES/MINCQES 0x4
shows identify/controller/VID "$(<pcie/ID/VID)"
same "its size" "$(stat -c %s identify/controller/raw)" 4096
# SN is bytes 4 to 23, MN 24 to 63, FR 64 to 71, NN 516 to 519: blanks behind the text
# padded TEXT N: its bytes with blanks behind, in hex
padded() { printf "%-$2s" "$1" | od -An -v -tx1 | tr -d ' \n'; }
same "SN in raw" "$(hex identify/controller/raw 20 4)" "$(padded "$ID_SN" 20)"
same "MN in raw" "$(hex identify/controller/raw 40 24)" "$(padded "$ID_MN" 40)"
same "FR in raw" "$(hex identify/controller/raw 8 64)" "$(padded "$(<identify/controller/FR)" 8)"
same "NN in raw" "$(hex identify/controller/raw 4 516)" "$(on_nvsim && echo 04000000 || echo 00010000)"
json=$(<identify/controller/json)
for pair in "VID=$ID_VID" "SSVID=$(<pcie/SS/SSVID)" "SN=$ID_SN" "MN=$ID_MN" "FR=$(<identify/controller/FR)" "NN=$(<identify/controller/NN)"; do
    matches "json" "$json" "\"${pair%=*}\": *\"${pair#*=}\""
done
matches "json has a schema version" "$json" '"schema": *[0-9]+'
matches "text" "$(<identify/controller/text)" "$ID_SN"
all_read identify/controller
unreadable identify/controller/nothing ENOENT
same "writing" "$("$PROBE" write identify/controller/SN x)" EACCES

# --- The same through a command object ---
mkdir cmd/a || exit 99
accepts cmd/a/ctl 'run identify CNS=1'
same "raw" "$(sha256sum <identify/controller/raw)" "$(sha256sum <cmd/a/result/raw)"
same "json" "$(<identify/controller/json)" "$(<cmd/a/result/json)"
for field in VID SSVID SN MN FR MDTS CNTLID RTD3R ACL AERL NN SUBNQN; do
    shows "identify/controller/$field" "$(<"cmd/a/result/$field")"
done

# interface: ID5 ID6
# --- Namespaces ---
all=$(seq $((${#ID_NSZE[@]} - 1)))
shows identify/namespaces "$all"
for n in $all; do
    shows "identify/namespace/$n/NSZE" "$(to_hex "${ID_NSZE[n]}")"
    shows "identify/namespace/$n/NCAP" "$(to_hex "${ID_NSZE[n]}")"
    # Bits 3:0 of FLBAS, byte 26, say which format holds
    shows "identify/namespace/$n/LBAF/$((0x$(hex "identify/namespace/$n/raw" 1 26) & 15))/LBADS" "$(to_hex "${ID_LBADS[n]}")"
    matches "json" "$(<"identify/namespace/$n/json")" "\"NSZE\": *\"$(to_hex "${ID_NSZE[n]}")\""
    accepts cmd/a/ctl "run identify CNS=0 NSID=$n"
    same "raw of $n" "$(sha256sum <"identify/namespace/$n/raw")" "$(sha256sum <cmd/a/result/raw)"
    # Descriptors: type 1 EUI64, 2 NGUID, 3 UUID, 4 CSI (5.17.2.3); 0 as a CSI is the NVM Command Set
    shows "identify/descriptors/$n/CSI" 0x0
    # QEMU's has only those that its command line gives.
    on_nvsim || continue
    eui=$(<"identify/descriptors/$n/EUI64") nguid=$(<"identify/descriptors/$n/NGUID") uuid=$(<"identify/descriptors/$n/UUID")
    matches "UUID" "$uuid" '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    raw=$(hex "identify/descriptors/$n/raw" 4096 0)
    for pair in "0108 ${eui//[-:]/}" "0210 ${nguid//[-:]/}" "0310 ${uuid//-/}" "0401 00"; do
        matches "descriptor ${pair% *} of $n" "$raw" "^([0-9a-f]{2})*${pair% *}0000${pair#* }"
    done
    # The same identifiers are in Identify Namespace: NGUID in bytes 104 to 119, EUI64 in 120 to 127
    same "NGUID, EUI64 of $n" "$(hex "identify/namespace/$n/raw" 24 104)" "${nguid//[-:]/}${eui//[-:]/}"
done
all_read identify/namespace/1
! on_nvsim || all_read identify/descriptors/2
if on_nvsim; then # QEMU has no UUID list
    all_read identify/uuids
    matches "a UUID" "$(<identify/uuids/UUID/1/UUID)" '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    uuid=$(<identify/uuids/UUID/1/UUID)
    same "UUID 1 in raw" "$(hex identify/uuids/raw 16 48)" "${uuid//-/}"
fi

# interface: ID12
# --- Query names ---
for name in CNS=1 CNS=0x01 CNS=0b1 CNS=1,NSID=0 CNS=1,timeout=5 NSID=0,CNS=1; do
    shows "identify/$name/SN" "$ID_SN"
    commands_of 1 cat "./identify/$name/raw"
done
shows "identify/CNS=0,NSID=$(nsid 3)/NSZE" "$(nsze 3)"
if on_nvsim; then
    matches "a list" "$(<identify/CNS=2,NSID=2/text)" 0x4
    same "the list behind 2" "$(hex identify/CNS=2,NSID=2/raw 12 0)" 030000000400000000000000
    matches "json of a list" "$(<identify/CNS=2/json)" '"0x1",[[:space:]]*"0x2"'
fi
same "the list behind 0" "$(hex identify/CNS=2/raw 4 0)" 01000000
malformed identify/CNS= CNS
malformed identify/CNS=x x
malformed identify/CNS=256 256
malformed identify/CNS=0x100,NSID=1 0x100
malformed identify/CNS=1,XYZ=1 XYZ
malformed identify/CNS=1,NSID ''
malformed identify/CNS=1, ''
malformed identify/CNS=1,timeout=x x
malformed identify/NSID=1 CNS
malformed identify/LID=1 LID
for name in controllerss namespace/x namespace/01 namespace/-1 namespace/4294967296 CNS nothing; do
    unreadable "identify/$name" ENOENT
done

# interface: ID3
# --- An error status is EIO, with its number and name ---
before=$(commands)
unreadable identify/namespace/2147483647/NSZE EIO
matches "the error" "$(<error)" 'NVMe status 0x00b Invalid Namespace or Format'
unreadable identify/CNS=0xff/raw EIO
matches "the error" "$(<error)" 'NVMe status 0x002 Invalid Field in Command'
counted "a command that fails is not sent again" "$before" 2

# --- Not after disable; again after enable ---
accepts ctl disable
unreadable identify/controller/SN ENXIO
matches "the error when disabled" "$(<error)" 'enable.*ctl'
accepts ctl enable
shows identify/controller/SN "$ID_SN"
# `init` fills the listing
accepts ctl init
same "the listing of namespaces" "$(cd identify/namespace && echo *)" "${all//$'\n'/ }"
same "the listing of descriptors" "$(cd identify/descriptors && echo *)" "${all//$'\n'/ }"
finish
