#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A client of the chaos test that does what people do in a shell, and mistypes it: shell.sh SEED SECONDS, in the mount's root.
# Everything waits at most for a second, and is interrupted by Ctrl-C's signal now and then.
RANDOM=$(($1 & 32767))
end=$((SECONDS + $2))
exec 2>/dev/null </dev/null
trap : USR1 CHLD

any() { eval "echo \"\${$(($# ? RANDOM % $# + 1 : 0))}\""; }
within() { timeout -k 1 "0.$((RANDOM % 9 + 1))" "$@"; }

name=s$1
while [ $SECONDS -lt $end ]; do
    case $((RANDOM % 24)) in
    0) echo "$(any init enable disable 'init queues=4' 'reset controller' 'reset flr' shutdown 'init queues=0' ini)" >ctl ;;
    1)
        mkdir cmd/$name
        echo "run $(any 'identify CNS=1' 'identify CNS=0xff' 'read NSID=1 NLB=7' 'write NSID=2' 'flush NSID=1' 'read NSIDD=1' idntify)" >cmd/$name/ctl
        cat cmd/$name/status cmd/$name/result/text
        rmdir cmd/$name
        ;;
    2)
        exec 3<>cmd/clone
        read -r clone <&3
        echo "$(any submit run) $(any 'identify CNS=1' 'asynchronous_event_request' 'get_log_page LID=2 NUMDL=127')" >&3
        within cat "cmd/$clone/status" "cmd/$clone/result/raw"
        exec 3>&-
        ;;
    3) within cat "$(any nvme pcie identify/controller logs/smart "logs/error" features/arbitration/current status)"/"$(any text json raw value)" ;;
    4) within cat status README error error_log ctl ;;
    5) within grep -r . "$(any nvme pcie irq queues cmd mem sim events)" ;;
    6) within find . -maxdepth $((RANDOM % 5)) ;;
    7) within tar -c "$(any nvme cmd mem irq queues)" ;;
    8) within cat "nvme/wait/CSTS.RDY=$((RANDOM % 2)),timeout=0.$((RANDOM % 10))" ;;
    9) within head -n $((RANDOM % 5)) "$(any trace/pipe trace/pipe_json events/stream trace/log trace/json)" ;;
    10) echo $((RANDOM % 2)) >trace/enable ;;
    11) within dd if="$(any bar/0 bar/2 pcie/raw nvme/raw ns/1/data)" of=/dev/null bs="$(any 1 4 8 512 64k)" count=20 skip=$((RANDOM % 40)) ;;
    12) echo "$(any msix msi intx poll 'msix vectors=3' msx)" >irq/mode ;;
    13)
        mkdir queues/cq/$((RANDOM % 4 + 5)) queues/sq/$((RANDOM % 4 + 5))
        echo "$(any create delete ring adopt)" >"queues/$(any cq sq)/$((RANDOM % 4 + 5))/ctl"
        ;;
    14) rmdir queues/sq/$((RANDOM % 4 + 5)) queues/cq/$((RANDOM % 4 + 5)) ;;
    15) echo "$(any admin 'admin sq=4 cq=4' 'io 2' 'io 3 entries=16' delete 'io 0')" >queues/ctl ;;
    16)
        mkdir mem/$name
        echo $((RANDOM % 8 * 4096 + RANDOM % 2)) >mem/$name/size
        head -c 5000 /dev/urandom >mem/$name/data
        echo "$(any map unmap)" >mem/$name/ctl
        cat mem/$name/iova
        rmdir mem/$name
        ;;
    17) within flock -n ctl true ;;
    18) echo "$(any 0 1 3 300)" >events/outstanding ;;
    19) for n in cmd/*; do within cat "$n/status" & done; kill -INT $! ; wait ;;
    20) echo "$(any 'TMPTH=300' 300 0 'TMPTH=280 THSEL=UNDER' x)" >"features/temperature_threshold/$(any current saved default)/value" ;;
    21) echo "$(any scan scann)" >ns/ctl ;;
    22) within cp -r "$(any nvme irq queues events)" "$TMPDIR/copy-$name"; chmod -R u+w "$TMPDIR/copy-$name"; rm -rf "$TMPDIR/copy-$name" ;;
    23) within cmp -n 100000 ns/1/data ns/2/data ;;
    esac
done >/dev/null
