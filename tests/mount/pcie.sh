#!/bin/bash
# SPDX-License-Identifier: MIT
# Configuration space: registers and capabilities against the offsets of <linux/pci_regs.h>, raw accesses, and what writing does.
# What lspci makes of it is in pcie_lspci.sh.
. "$(dirname "$0")/lib.sh"
mount_lone

# at OFFSET LENGTH: the little-endian number there in pcie/raw, in hex
at() {
    local hex out=
    hex=$("$PROBE" pread pcie/raw "$2" "$1" 2>/dev/null)
    while [ -n "$hex" ]; do
        out=${hex:0:2}$out
        hex=${hex:2}
    done
    out=$(sed 's/^0*//' <<<"$out")
    echo "0x${out:-0}"
}

# registers DIRECTORY BASE NAME:OFFSET:WIDTH…: each is there, with its value
registers() {
    local dir=$1 base=$2 rest name offset width
    shift 2
    for rest; do
        IFS=: read -r name offset width <<<"$rest"
        shows "$dir/$name/value" "$(at $((base + offset)) "$width")"
        same "$dir/$name/raw" "$("$PROBE" pread "$dir/$name/raw" 64 0 2>/dev/null)" "$("$PROBE" pread pcie/raw "$width" $((base + offset)) 2>/dev/null)"
        same "size of $dir/$name/raw" "$(stat -c %s "$dir/$name/raw")" "$width"
    done
    same "registers of $dir" "$(cd "$dir" && echo [A-Z]*/ | tr -d /)" \
        "$(printf '%s\n' "$@" | cut -d: -f1 | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
}

# interface: PC6
# --- The header ---
registers pcie 0 ID:0:4 CMD:4:2 STS:6:2 RID:8:1 CC:9:3 CLS:0xc:1 MLT:0xd:1 HTYPE:0xe:1 BIST:0xf:1 BAR0:0x10:4 BAR1:0x14:4 BAR2:0x18:4 \
    BAR3:0x1c:4 BAR4:0x20:4 BAR5:0x24:4 CCPTR:0x28:4 SS:0x2c:4 EROM:0x30:4 CAP:0x34:1 INTR:0x3c:2 MGNT:0x3e:1 MLAT:0x3f:1
shows pcie/ID/VID "$ID_VID"
shows pcie/ID/DID "$ID_DID"
same 'class' "0x$(printf %x $(($(cat pcie/CC/value) & 0xffffff)))" 0x10802 # NVM Express: PCI_CLASS_STORAGE_EXPRESS
shows pcie/CC/BCC 0x1
shows pcie/CC/SCC 0x8
shows pcie/CC/PI 0x2
shows pcie/HTYPE/HL 0x0
shows pcie/STS/CL 0x1 # PCI_STATUS_CAP_LIST
shows pcie/CAP/CP "$(at 0x34 1)"
shows pcie/BAR0/TP 0x2 # 64 bits: NVMe PCIe Transport 1.0, 3.8.1.10
shows pcie/BAR0/RTE 0x0
# interface: PC1
same 'size of configuration space' "$(stat -c %s pcie/raw)" 4096

# interface: PC4 PC7
# --- Every capability of both chains, found by walking them here ---
# What QEMU's sets can have besides: MSI and AER are nvsim's to show.
standard=([0x1]=PMCAP [0x5]=MSICAP [0x10]=PXCAP [0x11]=MSIXCAP)
extended=([0x1]=AERCAP [0x3]=DSN [0xe]=ARI [0x10]=SRIOV)
found=
capability() {
    local dir=pcie/caps/$1
    found+="$1 "
    shows "$dir/id" "$2"
    shows "$dir/offset" "$3"
    [ -z "$4" ] || shows "$dir/version" "$4"
    same "$dir/raw" "$("$PROBE" pread "$dir/raw" 4096 0 2>/dev/null)" "$("$PROBE" pread pcie/raw "$(stat -c %s "$dir/raw")" "$3" 2>/dev/null)"
    matches "$dir/json" "$(cat "$dir/json")" '^\{[[:space:]]*"schema": ?1,'
    matches 'pcie/text' "$(cat pcie/text)" "$1 at $3"
    matches 'pcie/json' "$(cat pcie/json)" "\"name\": ?\"$1\""
}
next=$(at 0x34 1)
while [ "$next" != 0x0 ] && [ ${#found} -lt 999 ]; do
    id=$(at "$next" 1)
    capability "${standard[id]:-unknown}" "$id" "$next" ''
    next=$(at $((next + 1)) 1)
done
next=0x100
while [ "$next" != 0x0 ] && [ ${#found} -lt 999 ]; do
    header=$(at "$next" 4)
    [ "$header" != 0x0 ] || break # conventional PCI has none
    id=$(printf 0x%x $((header & 0xffff)))
    capability "${extended[id]:-unknown}" "$id" "$next" "$(printf 0x%x $((header >> 16 & 15)))"
    next=$(printf 0x%x $((header >> 20)))
done
same 'capabilities' "$(ls pcie/caps | tr '\n' ' ')" "$(tr ' ' '\n' <<<"${found% }" | LC_ALL=C sort | tr '\n' ' ')"
# interface: PC9
! on_nvsim || same 'capabilities of the simulator' "$(ls pcie/caps | tr '\n' ' ')" 'AERCAP DSN MSICAP MSIXCAP PMCAP PXCAP '

base() { cat "pcie/caps/$1/offset"; }
registers pcie/caps/PMCAP "$(base PMCAP)" PID:0:2 PC:2:2 PMCS:4:2 PMBSE:6:1 PMDATA:7:1
if on_nvsim; then
    # MSI with 64-bit address and masking: PCI_MSI_FLAGS_64BIT, PCI_MSI_FLAGS_MASKBIT say so.
    shows pcie/caps/MSICAP/MC/C64 0x1
    shows pcie/caps/MSICAP/MC/PVM 0x1
    registers pcie/caps/MSICAP "$(base MSICAP)" MID:0:2 MC:2:2 MA:4:4 MUA:8:4 MD:12:2 MXD:14:2 MMASK:16:4 MPEND:20:4
fi
registers pcie/caps/MSIXCAP "$(base MSIXCAP)" MXID:0:2 MXC:2:2 MTAB:4:4 MPBA:8:4
registers pcie/caps/PXCAP "$(base PXCAP)" PXID:0:2 PXCAP:2:2 PXDCAP:4:4 PXDC:8:2 PXDS:10:2 PXLCAP:12:4 PXLC:16:2 PXLS:18:2 PXSCAP:20:4 \
    PXSC:24:2 PXSS:26:2 PXRC:28:2 PXRCAP:30:2 PXRS:32:4 PXDCAP2:36:4 PXDC2:40:2 PXDS2:42:2 PXLCAP2:44:4 PXLC2:48:2 PXLS2:50:2 PXSCAP2:52:4 PXSC2:56:2 PXSS2:58:2
if on_nvsim; then
    registers pcie/caps/AERCAP "$(base AERCAP)" AERID:0:4 AERUCES:4:4 AERUCEM:8:4 AERUCESEV:12:4 AERCES:16:4 AERCEM:20:4 AERCC:24:4 AERHL:28:16 \
        AERREC:44:4 AERRES:48:4 AERESID:52:4 AERTLP:56:16
    registers pcie/caps/DSN "$(base DSN)" DSNID:0:4 SN:4:8
fi

# interface: PC2
# --- pcie/raw: any offset and length ---
whole=$("$PROBE" pread pcie/raw 4096 0 2>/dev/null)
same '4096 bytes' ${#whole} 8192
for access in 1:0 1:3 2:1 3:1 4:2 5:0 7:0x35 13:0x81 16:0x40 100:3 255:1 256:0 4000:96 8:4088 1:4095 64:4090; do
    length=${access%:*} offset=$((${access#*:}))
    same "$length bytes of pcie/raw at $offset" "$("$PROBE" pread pcie/raw "$length" "$offset" 2>/dev/null)" "${whole:$((2 * offset)):$((2 * length))}"
done
for access in 1:3:1 2:2:1 2:1:2 3:1:2 4:4:1 4:2:2 7:0x35:3 4096:0:1024; do
    IFS=: read -r length offset n <<<"$access"
    costs "$length bytes of pcie/raw at $offset" "0 0 0 $n 0" "$PROBE" pread pcie/raw "$length" $((offset))
done
same 'reading behind the end' "$("$PROBE" pread pcie/raw 4 4096 2>&1)" $'\nOK'
same 'writing behind the end' "$("$PROBE" write-raw pcie/raw 00 4096)" ENOSPC
same 'writing across the end' "$("$PROBE" write-raw pcie/raw 00000000 4094)" ENOSPC
accepts pcie/INTR/ILINE 0x2a
same 'one byte, odd neighbours' "$("$PROBE" write-raw pcie/raw 17 0x3c)" OK
shows pcie/INTR/ILINE 0x17
same 'two bytes' "$("$PROBE" write-raw pcie/raw 0604 4)" OK # memory, bus mastering, INTx off
same 'CMD' "$(cat pcie/CMD/{MSE,BME,ID} | tr '\n' ' ')" '0x1 0x1 0x1 '
accepts pcie/CMD/value 'BME=0 ID=0'
shows pcie/CMD/value 0x2
same 'what is read-only stays' "$("$PROBE" write-raw pcie/raw 11112222 0; at 0 4)" "OK"$'\n'"$(printf '0x%x' $((ID_DID << 16 | ID_VID)))"
for file in ID/VID HTYPE/HL STS/CL BAR0/TP caps/PXCAP/PXDCAP/FLRC caps/PMCAP/id caps/PMCAP/raw text json lspci; do
    same "writing pcie/$file" "$("$PROBE" open "pcie/$file" w)" EACCES
done
refuses pcie/CMD/BME 2 ERANGE
refuses pcie/CMD/BME x EINVAL
same 'raw of another width' "$("$PROBE" write-raw pcie/CMD/raw 02000000)" EINVAL

# interface: PC3
# --- What VFIO does not let through is refused; what stands before it is written, and so many bytes are told ---
if ! on_nvsim; then # Link Capabilities and Link Control: PCIe 5.0, 7.5.3.6 and 7.5.3.7
    link=$(($(<pcie/caps/PXCAP/offset) + 0xc))
    same 'a write that ends before Link Control' "$("$PROBE" write-raw pcie/raw "$("$PROBE" pread pcie/raw 8 $link 2>/dev/null)" $link)" SHORT
    same 'a write of Link Control' "$("$PROBE" write-raw pcie/raw "$("$PROBE" pread pcie/raw 4 $((link + 4)) 2>/dev/null)" $((link + 4)))" EACCES
fi

# VFIO keeps what follows from a user, or makes it up: BARs, the error bits, power states. tests/unit/test_vfio.c and tests/vm/guest have
# what it does of that.
on_nvsim || finish

# --- BAR sizing: all ones are written, the size comes back ---
bar0=$(cat pcie/BAR0/value) bar1=$(cat pcie/BAR1/value)
accepts pcie/BAR0/value 0xffffffff
accepts pcie/BAR1/value 0xffffffff
same 'size of BAR 0' $(((~(($(cat pcie/BAR1/value) << 32) | ($(cat pcie/BAR0/value) & ~0xf))) + 1)) "$(stat -c %s bar/0)"
same 'type bits of BAR 0 stay' $(($(cat pcie/BAR0/value) & 0xf)) $((bar0 & 0xf))
accepts pcie/BAR0/value "$bar0"
accepts pcie/BAR1/value "$bar1"
for n in 2 4; do
    before=$(cat pcie/BAR$n/value)
    accepts "pcie/BAR$n/value" 0xffffffff
    same "size of BAR $n" "$(((~($(cat pcie/BAR$n/value) & ~0xf) & 0xffffffff) + 1))" "$(stat -c %s bar/$n)"
    accepts "pcie/BAR$n/value" "$before"
done
accepts pcie/EROM/value 0xffffffff
shows pcie/EROM/value 0x0

# --- Write-1-to-clear: a queue at an address that nobody mapped makes the function receive a master abort ---
accepts pcie/CMD/BME 1
accepts nvme/AQA/value 0x10001
accepts nvme/ASQ/value 0x7654321000
accepts nvme/ACQ/value 0x7654322000
accepts nvme/CC/value 0x460001
limited cat nvme/wait/CSTS.RDY=1 >/dev/null
same 'doorbell' "$("$PROBE" write-raw bar/0 01000000 0x1000)" OK
matches 'the abort' "$(limited cat 'pcie/wait/STS.RMA=1,timeout=5' 2>&1)" '^[0-9.]+$'
shows pcie/STS/RMA 0x1
accepts pcie/STS/RMA 0 # a 0 clears nothing
shows pcie/STS/RMA 0x1
accepts pcie/STS/DPE 1 # naming another
shows pcie/STS/RMA 0x1
accepts pcie/CMD/SEE 1 # the other half of the same dword
accepts pcie/CMD/SEE 0
shows pcie/STS/RMA 0x1
accepts pcie/STS/value 'RMA=1'
shows pcie/STS/RMA 0x0
accepts nvme/CC/EN 0

# --- D3hot and memory decoding off: no register can be accessed, and the reason is told ---
accepts nvme/CC/value 0x460000
pmcs=pcie/caps/PMCAP/PMCS/PS
for state in D3hot 3; do
    accepts $pmcs $state
    shows $pmcs 0x3
    for file in nvme/VS/MJR nvme/raw nvme/json bar/0; do
        unreadable "$file" EIO
        matches "reason of $file" "$(cat error)" 'EIO: .*D3hot'
    done
    refuses nvme/CC/EN 1 EIO
    shows pcie/ID/VID "$ID_VID"
    matches 'status in D3hot' "$(cat status)" 'D3hot'
    accepts $pmcs D0
    shows nvme/VS/MJR "$(printf '0x%x' $((ID_VS >> 16)))"
done
for state in D1 D2; do # not supported (PC.D1S, PC.D2S): the write has no effect
    accepts $pmcs $state
    shows $pmcs 0x0
done
shows pcie/caps/PMCAP/PMCS/NSFRST 0x1
shows nvme/CC/value 0x460000 # No_Soft_Reset: registers survive D3hot
# interface: BA5 ER23
accepts pcie/CMD/MSE 0
unreadable nvme/VS/MJR EIO
matches 'reason' "$(cat error)" 'EIO: .*CMD/MSE'
same 'writing bar/0' "$("$PROBE" write-raw bar/0 00000000 0x14)" EIO
accepts pcie/CMD/MSE 1
shows nvme/VS/MJR "$(printf '0x%x' $((ID_VS >> 16)))"

# --- Function level reset, by PXDC.IFLR and by pcie/raw ---
shows pcie/caps/PXCAP/PXDCAP/FLRC 0x1
offset=$(($(base PXCAP) + 8))
for how in field raw; do
    bring_up
    generation=$(cat generation)
    if [ $how = field ]; then
        accepts pcie/caps/PXCAP/PXDC/IFLR 1
    else
        same 'IFLR by raw' "$("$PROBE" write-raw pcie/raw "$("$PROBE" pread pcie/raw 1 $offset 2>/dev/null)$(printf %02x $(($(at $((offset + 1)) 1) | 0x80)))" $offset)" OK
    fi
    same "an FLR by $how is counted" "$(cat generation)" $((generation + 1))
    shows pcie/caps/PXCAP/PXDC/IFLR 0x0
    shows nvme/CC/value 0x0
    shows nvme/CSTS/value 0x0
    shows nvme/AQA/value 0x0
    shows pcie/CMD/BME 0x0
    same "queues after an FLR by $how" "$(echo queues/sq/* queues/cq/*)" 'queues/sq/* queues/cq/*'
done
bring_up
shows identify/controller/SN "$ID_SN"
finish
