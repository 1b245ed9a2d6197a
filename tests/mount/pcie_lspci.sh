#!/bin/bash
# SPDX-License-Identifier: MIT
# lspci and setpci (pciutils) decode pcie/lspci, and agree with the files.
. "$(dirname "$0")/lib.sh"
only_nvsim "it writes registers that VFIO keeps; tests/vm/guest/compare.sh holds lspci and setpci of the device against the mount"
mount_lone

# interface: PC5
# Without pciutils: the dump at least is what `lspci -xxxx` prints.
same 'the dump' "$(sed -n 's/^[0-9a-f]*: //p' pcie/lspci | tr -d ' \n')" "$("$PROBE" pread pcie/raw 4096 0 2>/dev/null)"
matches 'its first line' "$(head -n 1 pcie/lspci)" '^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] '

if command -v lspci >/dev/null; then
    text=$(limited lspci -vvv -F pcie/lspci 2>"$M.errors")
    same 'lspci: exit status' $? 0
    # libkmod's complaint is about the machine's own modules.
    same 'lspci: complaints' "$(grep -v libkmod "$M.errors")" ''
    rm -f "$M.errors"
    matches 'lspci' "$text" 'Non-Volatile memory controller.*NVM Express'
    same 'lspci: what it cannot decode' "$(grep -Ei 'chain broken|unknown|!!!|access denied|<\?|invalid' <<<"$text")" ''
    same 'lspci: capabilities' "$(grep -c 'Capabilities: \[' <<<"$text")" "$(ls pcie/caps | wc -l)"

    # line REGEX WHAT VALUE: the first group of the line that matches is VALUE
    line() {
        local got
        got=$(sed -nE "s@.*$1.*@\\1@p" <<<"$text" | head -n 1)
        same "lspci: $2" "$got" "$3"
    }
    number() { printf "${2:-%d}" "$(cat "pcie/$1")"; }
    sign() { [ "$(cat "pcie/$1")" = 0x0 ] && echo - || echo +; }
    line 'Capabilities: \[([0-9a-f]+)\] Power Management' PMCAP/offset "$(number caps/PMCAP/offset %02x)"
    line 'Capabilities: \[([0-9a-f]+)\] MSI:' MSICAP/offset "$(number caps/MSICAP/offset %02x)"
    line 'Capabilities: \[([0-9a-f]+)\] MSI-X:' MSIXCAP/offset "$(number caps/MSIXCAP/offset %02x)"
    line 'Capabilities: \[([0-9a-f]+)\] Express' PXCAP/offset "$(number caps/PXCAP/offset %02x)"
    line 'Capabilities: \[([0-9a-f]+) v[0-9]\] Advanced Error' AERCAP/offset "$(number caps/AERCAP/offset %03x)"
    line 'Capabilities: \[[0-9a-f]+ v([0-9])\] Advanced Error' AERCAP/version "$(number caps/AERCAP/version)"
    line 'Capabilities: \[([0-9a-f]+) v[0-9]\] Device Serial' DSN/offset "$(number caps/DSN/offset %03x)"
    line 'Capabilities: \[[0-9a-f]+ v([0-9])\] Device Serial' DSN/version "$(number caps/DSN/version)"
    # interface: RU8
    line 'Serial Number ([0-9a-f-]+)' SN "$(cat pcie/caps/DSN/SN/SN)"
    line 'Power Management version ([0-9])' PC.VS "$(number caps/PMCAP/PC/VS)"
    line 'NoSoftRst([+-])' PMCS.NSFRST "$(sign caps/PMCAP/PMCS/NSFRST)"
    line 'MSI: Enable([+-])' MC.MSIE "$(sign caps/MSICAP/MC/MSIE)"
    line 'MSI: .*Count=[0-9]+/([0-9]+)' MC.MMC $((1 << $(number caps/MSICAP/MC/MMC)))
    line 'Maskable([+-])' MC.PVM "$(sign caps/MSICAP/MC/PVM)"
    line 'Maskable[+-] 64bit([+-])' MC.C64 "$(sign caps/MSICAP/MC/C64)"
    line 'MSI-X: .*Count=([0-9]+)' MXC.TS $(($(number caps/MSIXCAP/MXC/TS) + 1))
    line 'Vector table: BAR=([0-9])' MTAB.TBIR "$(number caps/MSIXCAP/MTAB/TBIR)"
    line 'Vector table: .*offset=([0-9a-f]+)' MTAB.TO "$(printf %08x $(($(number caps/MSIXCAP/MTAB/TO) * 8)))"
    line 'PBA: .*offset=([0-9a-f]+)' MPBA.PBAO "$(printf %08x $(($(number caps/MSIXCAP/MPBA/PBAO) * 8)))"
    line 'Express \(v([0-9])\) Endpoint' PXCAP.VER "$(number caps/PXCAP/PXCAP/VER)"
    line 'FLReset([+-]) Slot' PXDCAP.FLRC "$(sign caps/PXCAP/PXDCAP/FLRC)"
    line 'DevCap:.*MaxPayload ([0-9]+)' PXDCAP.MPS $((128 << $(number caps/PXCAP/PXDCAP/MPS)))
    line 'MaxReadReq ([0-9]+)' PXDC.MRRS $((128 << $(number caps/PXCAP/PXDC/MRRS)))
    speeds=(- 2.5 5 8 16 32 64)
    line 'LnkCap:.*Speed ([0-9.]+)GT' PXLCAP.SLS "${speeds[$(number caps/PXCAP/PXLCAP/SLS)]}"
    line 'LnkCap:.*Width x([0-9]+)' PXLCAP.MLW "$(number caps/PXCAP/PXLCAP/MLW)"
    line 'LnkSta:.*Speed ([0-9.]+)GT' PXLS.CLS "${speeds[$(number caps/PXCAP/PXLS/CLS)]}"
    line 'LnkSta:.*Width x([0-9]+)' PXLS.NLW "$(number caps/PXCAP/PXLS/NLW)"
    line 'CESta:.*AdvNonFatalErr([+-])' AERCES.ANFES "$(sign caps/AERCAP/AERCES/ANFES)"
    line 'CEMsk:.*AdvNonFatalErr([+-])' AERCEM.ANFEM "$(sign caps/AERCAP/AERCEM/ANFEM)"
    line 'UESvrt:.*MalfTLP([+-])' AERUCESEV.MTSEV "$(sign caps/AERCAP/AERUCESEV/MTSEV)"

    # Writes arrive: what lspci shows after them. (UESvrt comes after UEMsk and UESta.)
    for pair in CMD/BME:BusMaster CMD/SEE:SERR CMD/PEE:ParErr CMD/ID:DisINTx; do
        accepts "pcie/${pair%:*}" 1
        text=$(limited lspci -vvv -F pcie/lspci 2>/dev/null)
        line "Control:.* ${pair#*:}([+-])" "${pair%:*} after writing" +
        accepts "pcie/${pair%:*}" 0
    done
    accepts pcie/caps/MSICAP/MC/MME 2
    accepts pcie/caps/MSICAP/MMASK/value 0xa5
    accepts pcie/caps/PXCAP/PXDC/MPS 1
    accepts pcie/caps/AERCAP/AERUCEM/PTM 1
    accepts pcie/caps/PMCAP/PMCS/PS D3hot
    text=$(limited lspci -vvv -F pcie/lspci 2>/dev/null)
    line 'MSI: .*Count=([0-9]+)/' 'MC.MME after writing' 4
    line 'Masking: ([0-9a-f]+)' 'MMASK after writing' 000000a5
    line 'MaxPayload ([0-9]+) bytes, MaxReadReq' 'PXDC.MPS after writing' 256
    line 'UEMsk:.* TLP([+-])' 'AERUCEM.PTM after writing' +
    line 'Status: (D[0-9]) NoSoft' 'PMCS.PS after writing' D3
    accepts pcie/caps/PMCAP/PMCS/PS D0
else
    echo 'lspci is not installed: what it decodes is not compared'
fi

if command -v setpci >/dev/null; then
    # Its own names of registers, at offsets that it knows.
    while read -r file name; do
        value=$(limited setpci -A dump -O dump.name=pcie/lspci -s 0:0.0 "$name" 2>/dev/null)
        same "setpci: $name" "$(printf 0x%x "0x${value:-none}")" "$(cat "pcie/$file")"
    done <<'END'
ID/VID VENDOR_ID
ID/DID DEVICE_ID
CMD/value COMMAND
STS/value STATUS
RID/value REVISION
CLS/value CACHE_LINE_SIZE
HTYPE/value HEADER_TYPE
BAR0/value BASE_ADDRESS_0
BAR1/value BASE_ADDRESS_1
SS/SSVID SUBSYSTEM_VENDOR_ID
SS/SSID SUBSYSTEM_ID
EROM/value ROM_ADDRESS
INTR/ILINE INTERRUPT_LINE
INTR/IPIN INTERRUPT_PIN
caps/PMCAP/PC/value CAP_PM+2.W
caps/PMCAP/PMCS/value CAP_PM+4.W
caps/MSICAP/MC/value CAP_MSI+2.W
caps/MSICAP/MMASK/value CAP_MSI+10.L
caps/MSIXCAP/MXC/value CAP_MSIX+2.W
caps/MSIXCAP/MTAB/value CAP_MSIX+4.L
caps/PXCAP/PXDCAP/value CAP_EXP+4.L
caps/PXCAP/PXLS/value CAP_EXP+12.W
caps/PXCAP/PXLCAP2/value CAP_EXP+2c.L
caps/AERCAP/AERUCESEV/value ECAP_AER+0c.L
END
else
    echo 'setpci is not installed: its registers are not compared'
fi
finish
