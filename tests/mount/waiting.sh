#!/bin/bash
# SPDX-License-Identifier: MIT
# wait/: a name is a condition and reading it waits; O_NONBLOCK and poll; many who wait, and a mount that still answers.
. "$(dirname "$0")/lib.sh"
mount_lone

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# holds FILE: the wait ends well and prints seconds
holds() { matches "$1" "$(limited cat "./$1" 2>&1)" '^[0-9]+\.[0-9]+$'; }

# times_out FILE LEAST: after LEAST ms at the earliest. On a busy machine that is seen later; a wait of 10 s is cut off.
times_out() {
    local start
    start=$(now_ms)
    unreadable "$1" ETIMEDOUT
    same "$1 waits as long as it is told" $(($(now_ms) - start >= $2)) 1
}

# until_moved FILE: somebody makes the count go on
until_moved() {
    local first end=$((SECONDS + 10))
    first=$(<"$1")
    while [[ $(<"$1") == "$first" && $SECONDS -lt $end ]]; do sleep 0.01; done
    same "$1 goes on" "$([[ $(<"$1") != "$first" ]] && echo yes)" yes
}

# --- At once ---
holds nvme/wait/CSTS.RDY=0
costs "a wait for what holds already" '1 0 0 0 0' cat nvme/wait/CSTS.RDY=0,timeout=5
# interface: NW1 NW2 NW3
for name in CSTS.RDY=0x0 CSTS.RDY=0b0 CSTS.RDY=0,timeout=5 timeout=0.5,CSTS.RDY=0 CSTS.RDY=0,CC.EN=0,CSTS.CFS=0 \
    VS=$ID_VS VS.MJR=$((ID_VS >> 16)),VS.MNR=$((ID_VS >> 8 & 0xff)) CSTS=0 CAP.MQES="$(<nvme/CAP/MQES)" CAP="$(<nvme/CAP/value)"; do
    holds "nvme/wait/$name"
done
# interface: NW4 PC8
for name in ID.VID=$ID_VID ID=$(printf '0x%x' $((ID_DID << 16 | ID_VID))) CMD.SCE=0 PXCAP.PXDS.TP=0 STS.CL=1,CMD.SCE=0; do holds "pcie/wait/$name"; done

# interface: ER19 NW6
# --- Time-outs: of the name, else of the mount ---
times_out nvme/wait/CSTS.SHST=2,timeout=0.3 300
matches "the error" "$(<error)" 'ETIMEDOUT: CSTS.SHST is 0x0, not 0x2'
times_out nvme/wait/CSTS.RDY=0,CSTS.SHST=2,timeout=0.3 300
times_out nvme/wait/VS=0,timeout=0.3 300
if on_nvsim; then # 128 bits, and what is no number
    unreadable pcie/wait/AERCAP.AERHL=0x10000000000000000,timeout=0.1 ETIMEDOUT
    matches "a value of 128 bits" "$(<error)" 'AERHL is 0x0, not 0x10000000000000000, after'
    serial=$(<pcie/caps/DSN/SN/SN)
    holds "pcie/wait/DSN.SN.SN=$serial"
    unreadable pcie/wait/DSN.SN.SN=00-00-00-00-00-00-00-01,timeout=0.1 ETIMEDOUT
    matches "a serial number" "$(<error)" "SN.SN is $serial, not 00-00-00-00-00-00-00-01, after"
fi
# interface: NW5
if on_nvsim; then # some 120: 42 until the steps are 10 ms, 90 in the rest. A busy machine has longer steps.
    reads=$(<sim/counts/bar_reads)
    times_out nvme/wait/CSTS.SHST=2,timeout=1 1000
    reads=$(($(<sim/counts/bar_reads) - reads))
    same "$reads looks in a second" $((reads >= 10 && reads < 200)) 1
fi
times_out pcie/wait/CMD.SCE=1,timeout=0.3 300
accepts timeout 0.4
times_out nvme/wait/CSTS.SHST=2 400

# interface: WA6
# --- RDY waits for CAP.TO and a second, whatever the mount's time-out is ---
in_background "$M.out" read nvme/wait/CSTS.RDY=1
times_out nvme/wait/CSTS.SHST=2,timeout=0.6 600
bring_up
wait "$WAITER"
mapfile -t lines <"$M.out"
rm -f "$M.out"
same "the wait for RDY" "${lines[1]-${lines[0]}}" OK
matches "its seconds" "${lines[0]}" '^[0-9]+\.[0-9]+$'
same "${lines[0]} are the seconds that it waited" $((${lines[0]%%.*} >= 1 || 1${lines[0]#*.} >= 1600000)) 1
accepts timeout 10

# interface: NW1
# --- Malformed: no such file, and the reason in error ---
for pair in CSTS.RDY=2:2 CSTS.RDY=x:x CSTS.RDY=:'' CSTS.XYZ=1:XYZ XYZ.RDY=1:XYZ csts.rdy=1:csts =1:'' CSTS.RDY=1,:'' \
    ,CSTS.RDY=1:'' CSTS.RDY=1,RDY:condition CSTS.RDY=1,timeout=x:x CSTS.RDY=1,timeout=0:0 CSTS.RDY=1,timeout=-1:-1 timeout=1:condition \
    CSTS.RDY.X=1:'' VS=0x100000000:0x100000000 CSTS.RDY==1:'' CSTS..RDY=1:''; do
    unreadable "nvme/wait/${pair%:*}" ENOENT
    matches "the error of ${pair%:*}" "$(<error)" "ENOENT.*${pair##*:}"
done
eight=$(printf 'CSTS.CFS=0,%.0s' {1..8})
holds "nvme/wait/${eight}timeout=5"
unreadable "nvme/wait/${eight}CSTS.CFS=0" ENOENT
matches "more than eight" "$(<error)" 'at most 8'
for name in CMD.XYZ=1 PXCAP.XYZ=1 PXCAP.PXDS.XYZ=1 CSTS.RDY=1 NOCAP.PXDS.TP=0 CMD.BME=2; do unreadable "pcie/wait/$name" ENOENT; done
unreadable nvme/wait/CSTS.RDY ENOENT
unreadable nvme/wait/nothing ENOENT
same "nothing is listed" "$(cd nvme/wait && echo *)$(cd pcie/wait && echo *)" '**'
same "writing" "$("$PROBE" write nvme/wait/CSTS.RDY=1 1)" EACCES

# --- Looking up, opening and stat wait for nothing and touch nothing ---
! on_nvsim || reads=$(<sim/counts/bar_reads)
stat nvme/wait/CSTS.SHST=2 >/dev/null
same "opening" "$("$PROBE" open nvme/wait/CSTS.SHST=2 r)" OK
! on_nvsim || shows sim/counts/bar_reads "$reads"

# interface: ER18
# --- O_NONBLOCK ---
mkdir cmd/a || exit 99
nonblock() {
    local got
    got=$("$PROBE" read-nonblock "$1" 2>&1 >/dev/null)
    same "read without blocking $1" "$got" "$2"
}
nonblock nvme/wait/CSTS.SHST=2 EAGAIN
nonblock nvme/wait/CSTS.RDY=1 OK
nonblock pcie/wait/CMD.SCE=1 EAGAIN
nonblock cmd/a/status ENODATA
accepts cmd/a/ctl 'submit asynchronous_event_request'
accepts cmd/a/timeout 60
for file in status latency_ns cqe/SC cqe/raw cqe/json; do nonblock "cmd/a/$file" EAGAIN; done
# interface: WA11
nonblock identify/controller/SN OK

# --- poll ---
# readable_when FILE COMMAND...: not readable before, readable after
readable_when() {
    local file=$1
    shift
    same "poll $file" "$("$PROBE" poll "$file" 100)" TIMEOUT
    in_background "$M.out" poll "$file" 20000
    "$@"
    wait "$WAITER"
    same "poll $file after $*" "$(<"$M.out")" READABLE
    rm -f "$M.out"
}
# A second request with the same identifier: the completion that follows belongs to the first
mkdir cmd/b || exit 99
accepts cmd/b/cid "$(<cmd/a/sqe/CID)"
for file in latency_ns cqe/SC cqe/raw; do same "poll $file" "$("$PROBE" poll "cmd/a/$file" 50)" TIMEOUT; done
readable_when cmd/a/status accepts cmd/b/ctl 'submit identify CNS=1'
shows cmd/a/status '0x000 Successful Completion'
for file in status latency_ns cqe/SC cqe/raw cqe/text; do same "poll $file" "$("$PROBE" poll "cmd/a/$file" 5000)" READABLE; done
readable_when cmd/b/status accepts ctl disable
# interface: ER20
unreadable cmd/b/status ESHUTDOWN
readable_when nvme/wait/CSTS.RDY=1 accepts ctl enable
readable_when nvme/wait/CSTS.SHST=2 accepts ctl shutdown
accepts ctl disable
readable_when pcie/wait/CMD.BME=0,CMD.SCE=0 accepts pcie/CMD/BME 0
accepts pcie/CMD/BME 1
accepts ctl enable
same "poll a register" "$("$PROBE" poll nvme/CSTS/RDY 5000)" READABLE
same "poll ctl" "$("$PROBE" poll ctl 5000)" READABLE

# interface: WA9 WA10
# --- The time that a wait may take runs for those who poll, and who read without blocking, too ---
# ends_by HOW FILE MS ERRNO: waited for by HOW, its time is up MS after it was opened, and no earlier
ends_by() {
    local got
    got=$("$PROBE" wait-by "$2" "$1" 8000)
    same "$1 of $2" "${got% *}" "$4"
    [ "${got#* }" -ge "$3" ] 2>/dev/null || fail "$1 of $2 ended after '$got' ms, not $3"
}
mkdir cmd/late || exit 99
for how in poll select epoll spin; do
    ends_by $how nvme/wait/CSTS.SHST=2,timeout=0.3 300 ETIMEDOUT
    ends_by $how pcie/wait/CMD.SCE=1,timeout=0.2 200 ETIMEDOUT
    ends_by $how "$(echo irq/vectors/0)/wait/count=1000000,timeout=0.25" 250 ETIMEDOUT
    ends_by $how nvme/wait/CSTS.RDY=1,timeout=5 0 OK
done
matches 'what the time-out says' "$(<error)" 'ETIMEDOUT: .*count of vector 0|ETIMEDOUT: .*SHST'
# interface: WA5
# Of a command it counts from the submission, and is what `timeout` says by then.
accepts cmd/late/timeout 60
accepts cmd/late/ctl 'submit asynchronous_event_request'
same 'poll while there is time' "$("$PROBE" poll cmd/late/status 100)" TIMEOUT
in_background "$M.out" wait-by cmd/late/status poll 8000
accepts cmd/late/timeout 0.1
wait "$WAITER"
matches 'poll of status when the time-out changes' "$(<"$M.out")" '^ETIMEDOUT '
rm -f "$M.out"
for file in status latency_ns cqe/SC cqe/raw result/raw; do
    for how in poll select epoll spin; do ends_by $how cmd/late/$file 0 ETIMEDOUT; done
done
# interface: ER19
shows cmd/late/state outstanding
# interface: NW2
# interface: WA7 WA8
# The seconds that are printed count from when the file was opened; of a second pass, from its beginning.
exec 7<nvme/wait/CSTS.RDY=1
sleep 0.3
same 'seconds since it was opened' "$(awk '{print ($1 >= 0.3)}' <&7)" 1
same 'seconds of the second pass' "$(python3 -c 'import os
os.lseek(7, 0, 0)
print(float(os.read(7, 99)) < 0.3)')" True
exec 7<&-
# interface: ER7
# That there is nothing yet is no failure.
before=$(<error) n_lines=$(wc -l <error_log)
for i in 1 2 3; do nonblock nvme/wait/CSTS.SHST=2 EAGAIN; done
accepts cmd/late/timeout 60
for file in cmd/late/status cmd/late/cqe/raw events/stream; do nonblock $file EAGAIN; done
same 'error after EAGAIN' "$(<error)" "$before"
same 'lines in error_log after EAGAIN' "$(wc -l <error_log)" "$n_lines"

# --- Resets under those who wait: they have as long as they said, and not longer ---
pids=()
for i in {1..100}; do
    limited cat nvme/wait/CSTS.SHST=2,timeout=2 2>/dev/null &
    pids+=($!)
done
sleep 0.5
for ((i = 0; i < $(on_nvsim && echo 60 || echo 5); i++)); do accepts ctl 'reset flr'; done
end=$((SECONDS + 7))
while [[ $(jobs -rp) && $SECONDS -lt $end ]]; do sleep 0.05; done
same "readers that wait longer than their time-out" "$(jobs -rp | wc -l)" 0
kill "${pids[@]}" 2>/dev/null
wait "${pids[@]}" 2>/dev/null
bring_up

# interface: WA12
# --- 100 who wait: for a register and for a command ---
# interface: WA2
answers() {
    shows nvme/VS/MJR "$(printf '0x%x' $((ID_VS >> 16)))"
    shows pcie/ID/VID "$ID_VID"
    shows identify/controller/SN "$ID_SN"
    accepts cmd/b/ctl 'run identify CNS=1'
    accepts nvme/CSTS/value 0
    same "looking for a name" "$(limited find nvme queues cmd -path nvme/VS)" nvme/VS
    matches "status" "$(limited cat status)" 'ready'
}
accepts cmd/a/ctl 'submit asynchronous_event_request'
accepts cmd/a/timeout 60
accepts cmd/b/cid auto
for file in nvme/wait/CSTS.SHST=2,timeout=60 cmd/a/status; do
    coproc READERS { LIMIT=60 "$PROBE" readers 100 "$file"; }
    readers=$READERS_PID
    read -r line <&"${READERS[0]}"
    same "100 readers of $file" "$line" READY
    [[ $file != nvme/* ]] || ! on_nvsim || until_moved sim/counts/bar_reads
    answers
    # They are killed when its input ends, while they wait
    exec {out}<&"${READERS[0]}"
    eval "exec ${READERS[1]}>&-"
    read -r line <&"$out"
    same "100 readers of $file were waiting" "$line" 'answered 0 killed 100'
    exec {out}<&-
    wait "$readers" 2>/dev/null
    answers
done

# --- 100 who wait, and what they wait for happens ---
# all_end FILE COMMAND...: what they read is left in $M.out.*
all_end() {
    local pids=() i stat asleep end=$((SECONDS + 20)) file=$1
    shift
    for i in {1..100}; do
        cat "./$file" >"$M.out.$i" 2>/dev/null &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        asleep=
        until [[ $asleep || $SECONDS -ge $end ]]; do
            read -r stat <"/proc/$i/stat"
            [[ $stat == *'(cat) S '* ]] && asleep=1 || sleep 0.01
        done
        [[ $asleep ]] || fail "reader $i does not wait"
    done
    "$@"
    while [[ $(jobs -rp) && $SECONDS -lt $end ]]; do sleep 0.02; done
    # shellcheck disable=SC2046
    [[ ! $(jobs -rp) ]] || kill $(jobs -rp)
    local ended=0
    for i in "${pids[@]}"; do wait "$i" && ended=$((ended + 1)); done
    same "readers of $file that ended well" "$ended" 100
}
all_end nvme/wait/CSTS.SHST=2,timeout=60 accepts ctl shutdown
for i in {1..100}; do [[ $(<"$M.out.$i") =~ ^[0-9]+\.[0-9]+$ ]] || fail "reader $i"; done
accepts ctl disable
accepts ctl enable
accepts cmd/a/ctl 'submit asynchronous_event_request'
accepts cmd/b/cid "$(<cmd/a/sqe/CID)"
all_end cmd/a/status accepts cmd/b/ctl 'submit identify CNS=1'
for i in {1..100}; do [[ $(<"$M.out.$i") == '0x000 Successful Completion' ]] || fail "reader $i"; done
rm -f "$M".out.*
finish
