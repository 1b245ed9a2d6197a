#!/usr/bin/env bash
# A name that is a question asks what its directory is about and nothing else: whoever only reads, or completes names, must
# not send another command than Identify, Get Log Page or Get Features.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

mount_lone
accepts ctl init

# refused NAME REGEX: no such file, nothing is sent, and the error says why
refused() {
    local before
    before=$(commands)
    malformed "$1" "$2"
    unreadable "$1" ENOENT
    on_nvsim && same "commands sent by $1" "$(commands)" "$before"
}

# What would make another command, or another entry, of it: opcode, identity, pointers, whole dwords (Base 2.1, figure 92)
for word in OPC=0x80 OPC=6 FUSE=1 PSDT=1 CID=7 MPTR=0x1000 PRP1=0x1000 PRP2=0x1000 CDW0=0x80 CDW1=3 CDW2=1 CDW10=1 CDW11=1 CDW15=1 \
    SGL1.ADDR=1 SLBA=1 LBAFL=1; do
    refused "identify/CNS=1,$word/raw" "no field ${word%%[.=]*}"
    refused "logs/smart,$word/CTEMP" "no field ${word%%[.=]*}"
    refused "logs/LID=2,NUMD=127,$word/raw" "no field ${word%%[.=]*}"
    refused "features/arbitration,$word/current/AB" "no field ${word%%[.=]*}"
    refused "features/FID=0xc0,$word/current/value" "no field ${word%%[.=]*}"
done
refused 'identify/CNS=1,OPC=0x80,NSID=3,CDW10=1/raw' OPC
refused 'logs/smart,CDW10=0x7f0002/CTEMP' CDW10

# Another one than the name says, and the same twice
refused 'logs/smart,LID=3/text' 'LID is said twice'
refused 'logs/LID=2,LID=3,NUMD=127/raw' 'LID is said twice'
refused 'logs/LID=2,NUMD=127,NUMDL=1/raw' 'NUMDL is said twice'
refused 'logs/LID=2,NUMDU=0,NUMD=127/raw' 'NUMDU is said twice'
refused 'logs/LID=2,NUMD=1,LPO=8,LPOU=1/raw' 'LPOU is said twice'
refused 'logs/smart,RAE=1,RAE=0/text' 'RAE is said twice'
refused 'identify/CNS=1,CNS=2/raw' 'CNS is said twice'
refused 'identify/CNS=0,NSID=1,NSID=2/raw' 'NSID is said twice'
refused 'features/arbitration,FID=4/current/AB' 'FID comes first'
refused 'features/FID=1,FID=4/current/value' 'FID comes first'
refused 'features/FID=4,THSEL=1,THSEL=0/current/value' 'THSEL is said twice'
refused 'features/FID=4,SEL=1/current/value' SEL
refused 'identify/CNS=1,timeout=1,timeout=2/raw' 'timeout is said twice'
refused 'nvme/wait/CSTS.RDY=1,timeout=1,timeout=2' 'timeout is said twice'

# What they may say
matches "the model number" "$(dd if=identify/CNS=1,UIDX=0/raw bs=1 skip=24 count=9 status=none)" "^${ID_MN:0:9}"
same "SMART by its number" "$(wc -c <'logs/LID=2,NUMD=127,RAE=1/raw')" 512
same "of two halves" "$(wc -c <'logs/LID=2,NUMDU=0,NUMDL=127,LSP=0/raw')" 512
same "a temperature threshold by its number" "$(cat 'features/FID=4,THSEL=0/current/TMPTH')" "$(cat features/temperature_threshold/current/TMPTH)"
finish
