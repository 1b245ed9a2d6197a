#!/bin/bash
# SPDX-License-Identifier: MIT
# How a mount ends: signals, `unmount`, copies of it elsewhere, readers that wait.
. "$(dirname "$0")/life_lib.sh"

# interface: MO5 MO21
# --- The foreground; every signal that would end a process ends it and unmounts ---
for signal in INT TERM HUP QUIT USR1 USR2 ALRM VTALRM PROF IO PWR STKFLT XCPU RTMIN RTMAX-1; do
    foreground -f
    kill -s "$signal" "$process"
    wait "$process"
    same "exit status after SIG$signal" $? 0
    ended "$M"
    starts nvsim "$M"
    kill -s "$signal" "$(pids "$M")"
    ended "$M"
done
foreground -f
for signal in CHLD URG WINCH CONT PIPE XFSZ; do
    kill -s "$signal" "$process"
    same "device after SIG$signal" "$(limited cat "$M/device")" nvsim
done
kill "$process"
wait "$process"
ended "$M"
# What is ignored or blocked when it starts makes no difference, but for SIGHUP under nohup
for signal in INT TERM QUIT USR1; do
    (trap '' "$signal" CHLD && exec "$LONEFS" nvsim "$M")
    same "exit status with SIG$signal ignored" $? 0
    kill -s "$signal" "$(pids "$M")"
    ended "$M"
done
blocked() { limited python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.execv(sys.argv[1], sys.argv[1:])' "$LONEFS" "$@"; }
if command -v python3 >/dev/null; then
    blocked nvsim "$M"
    same "exit status with all signals blocked" $? 0
    kill "$(pids "$M")"
    ended "$M"
fi
(trap '' HUP && exec "$LONEFS" nvsim "$M")
kill -HUP "$(pids "$M")"
same "device after SIGHUP under nohup" "$(limited cat "$M/device")" nvsim
unmounts "$M"
(trap '' HUP && exec "$LONEFS" nvsim "$M" -f) &
process=$!
end=$((SECONDS + 10))
until is_mounted "$M" || [[ $SECONDS -ge $end ]]; do sleep 0.02; done
kill -HUP "$process"
same "device after SIGHUP under nohup with -f" "$(limited cat "$M/device")" nvsim
kill "$process"
wait "$process"
same "its exit status" $? 0
ended "$M"
foreground -f
limited fusermount3 -u "$M"
wait "$process"
same "exit status after unmounting" $? 0
same "what it said" "$(<"$D/out")" ''
# interface: MO6
foreground -d
limited cat "$M/nvme/VS/MJR" >/dev/null
limited fusermount3 -u "$M"
wait "$process"
same "exit status with -d" $? 0
matches "-d prints requests" "$(<"$D/out")" 'LOOKUP.*READ'

# interface: MO20 MO22
# --- The end while readers wait ---
starts nvsim "$M"
in_background "$D/out" read "$M/nvme/wait/CC.EN=1,timeout=60"
exec 3>"$M/nvme/CC/EN"
limited fusermount3 -u "$M" 2>/dev/null
same "unmounting what is busy" "$([[ $? -ne 0 ]] && echo refused)" refused
limited fusermount3 -uz "$M"
same "unmounting lazily" $? 0
echo 1 >&3 # who has files open has the device, too
wait "$WAITER"
same "the reader" "$(tail -n 1 "$D/out")" OK
exec 3>&-
ended "$M"
starts nvsim "$M"
in_background "$D/out" read "$M/nvme/wait/CSTS.RDY=1,timeout=30"
kill -TERM "$(pids "$M")"
wait "$WAITER"
matches "the reader" "$(<"$D/out")" '^(ENODEV|ENOTCONN|ECONNABORTED|EINTR)$'
ended "$M"
starts nvsim "$M"
exec 3<"$M/nvme/CSTS/RDY"
kill -TERM "$(pids "$M")"
ended "$M"
exec 3<&-

# interface: MO24 RO18
# --- `unmount` in ctl: it returns when everything has ended, whoever has files open ---
starts nvsim "$M"
in_background "$D/out" read "$M/nvme/wait/CSTS.RDY=1,timeout=60"
exec 3<"$M/version"
same "writing unmount" "$(limited "$PROBE" write "$M/ctl" ' unmount ' 2>&1)" OK
same "$M is a mount" "$(is_mounted "$M" && echo yes || echo no)" no
starts nvsim "$M" # at once
same "the reader" "$(wait "$WAITER"; cat "$D/out")" ENODEV
matches "what was open" "$(cat <&3 2>&1)" 'not connected'
exec 3<&-
unmounts "$M"
starts nvsim "$M"
echo unmount >"$M/ctl"
same "exit status of echo unmount" $? 0
ended "$M"

# interface: MO23 MO24
# --- A copy of the mount in another mount namespace keeps it alive after fusermount3 -u, but not after the others ---
if [[ $(id -u) == 0 ]] && unshare -m true 2>/dev/null; then
    copies() {
        starts nvsim "$M"
        # shellcheck disable=SC2016
        unshare -m --propagation private sh -c 'echo >"$1"; exec sleep 60' sh "$D/copied" &
        copy=$!
        end=$((SECONDS + 10))
        until [[ -e $D/copied || $SECONDS -ge $end ]]; do sleep 0.02; done
        rm -f "$D/copied"
    }
    copies
    server=$(pids "$M")
    limited fusermount3 -u "$M"
    same "lonefs goes on for the copy" "$(limited nsenter -m -r -t "$copy" cat "$M/device")" nvsim
    # What is mounted there meanwhile is not the old one's to unmount
    starts nvsim "$M"
    kill -TERM "$server"
    end=$((SECONDS + 10))
    while [[ -d /proc/$server && $SECONDS -lt $end ]]; do sleep 0.02; done
    same "the old one after SIGTERM" "$([[ -d /proc/$server ]] && echo runs || echo ended)" ended
    same "the new one" "$(limited cat "$M/device")" nvsim
    matches "the copy" "$(limited nsenter -m -r -t "$copy" cat "$M/device" 2>&1)" 'not connected'
    kill "$copy"
    unmounts "$M"
    copies
    same "unmount" "$(limited "$PROBE" write "$M/ctl" unmount 2>&1)" OK
    ended "$M"
    kill "$copy"
else
    echo "not root, or no mount namespaces: without copies of the mount"
fi

conclude
