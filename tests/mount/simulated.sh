#!/bin/bash
# SPDX-License-Identifier: MIT
# What docs/interface.md says about the simulated controller, through commands: firmware, formats, features, events.
# Offsets and numbers are those of NVMe Base 2.0.
. "$(dirname "$0")/lib.sh"
only_nvsim "this is about the simulator"
mount_lone
accepts ctl 'init queues=1'
mkdir cmd/a cmd/image cmd/event || exit 99

# bytes FILE LENGTH OFFSET: as hex
bytes() { limited dd if="$1" bs=1 count="$2" skip="$3" status=none | od -An -v -tx1 | tr -d ' \n'; }
ends() {
    accepts cmd/a/ctl "$1"
    shows cmd/a/status '0x000 Successful Completion'
}
fails() {
    refuses cmd/a/ctl "$1" EIO
    shows cmd/a/status "$2"
}

# interface: SI22
# --- Firmware: an image of 16 bytes; FR is what runs (bytes 64 to 71 of Identify Controller), the log page has the slots ---
accepts cmd/image/data_size 16
printf 'nvsim_fw%-8s' 0.002 >cmd/image/data
accepts cmd/image/ctl 'run firmware_image_download NUMD=3 OFST=0'
shows cmd/image/status '0x000 Successful Completion'
fails 'run firmware_commit FS=1 CA=1' '0x106 Invalid Firmware Slot'
ends 'run firmware_commit FS=2 CA=1'
shows identify/controller/FR 0.001
ends 'run get_log_page LID=3 NUMDL=127'
same "AFI: slot 1 runs, 2 is next" "$(bytes cmd/a/data 1 0)" 21
same "slot 2" "$(limited dd if=cmd/a/data bs=8 skip=2 count=1 status=none)" '0.002   '
accepts ctl 'reset controller'
accepts ctl 'init queues=1'
shows identify/controller/FR 0.002
ends 'run firmware_commit FS=1 CA=3'
shows identify/controller/FR 0.001
fails 'run firmware_commit FS=3 CA=2' '0x107 Invalid Firmware Image'

# interface: SI21
# --- Format: another size of blocks, the same bytes; what was there is not ---
accepts ns/ctl scan
size=$(<ns/1/size)
echo something | limited dd of=ns/1/data bs=512 conv=sync,notrunc status=none
matches "what was written" "$(limited dd if=ns/1/data bs=512 count=1 status=none | tr -d '\0')" something
ends 'run format_nvm NSID=1 LBAFL=1 SES=1'
accepts ns/ctl scan
shows ns/1/lba_size 4096
shows ns/1/size "$size"
same "what is there now" "$(limited dd if=ns/1/data bs=4096 count=1 status=none | tr -d '\0')" ''
fails 'run format_nvm NSID=1 LBAFL=0xf' '0x10a Invalid Format'
fails 'run format_nvm NSID=1 PI=1' '0x10a Invalid Format'

# interface: FE11 SI2 SI11
# --- Features: saved values outlive a reset, current ones do not. Error Recovery of namespace 2, TLER ---
ends 'run set_features FID=5 NSID=2 SV=1 CDW11=7'
ends 'run set_features FID=5 NSID=2 CDW11=9'
for sel in '0 0x9' '1 0x0' '2 0x7' '3 0x7'; do
    ends "run get_features FID=5 NSID=2 SEL=${sel% *}"
    shows cmd/a/cqe/DW0 "${sel#* }"
done
accepts ctl 'reset flr'
accepts ctl init
ends 'run get_features FID=5 NSID=2'
shows cmd/a/cqe/DW0 0x7
fails 'run set_features FID=1 NSID=1' '0x10f Feature Not Namespace Specific'

# --- A threshold below the temperature is an event of type 1, information 1, log page 2 ---
accepts cmd/event/ctl 'submit asynchronous_event_request'
ends 'run set_features FID=0xb CDW11=2'
shows cmd/event/state outstanding
ends 'run set_features FID=4 CDW11=300'
shows cmd/event/cqe/DW0 0x20101
ends 'run get_log_page LID=2 NUMDL=127'
same "critical warning" "$(bytes cmd/a/data 1 0)" 02
same "313 K" "$(bytes cmd/a/data 2 1)" 3901

# --- A command that fails is in the error log, with More ---
fails 'run identify CNS=0xff CID=0x1234' '0x002 Invalid Field in Command'
shows cmd/a/cqe/M 0x1
ends 'run get_log_page LID=1 NUMDL=15'
same "SQID, CID" "$(bytes cmd/a/data 4 8)" 00003412
finish
