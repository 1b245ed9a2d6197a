#!/bin/bash
# SPDX-License-Identifier: MIT
# The life of a mount: options, what is refused and how, the foreground, every way to end, a crash, mount(8) and fstab.
. "$(dirname "$0")/lib.sh"
only_nvsim "it mounts nvsim itself, several at once"

D=$(mktemp -d "${TMPDIR:-/tmp}/lone-life.XXXXXX") || exit 99
M=$D/mount
mkdir "$M"
leave() {
    local dir
    cd / || true
    for dir in "$M" "$D/with blanks" "$D/second"; do
        if is_mounted "$dir"; then fusermount3 -uz "$dir" 2>/dev/null || umount -l "$dir"; fi
    done
    rm -rf --one-file-system "$D"
}
trap leave EXIT

is_mounted() {
    local what where type rest
    while read -r what where type rest; do
        [[ $(printf '%b' "${where//\\040/ }") == "$1" && $type == fuse.lonefs ]] && return 0
    done </proc/self/mounts
    return 1
}

# pids DIRECTORY: the processes that serve it
pids() {
    local file arguments
    for file in /proc/[0-9]*/cmdline; do
        mapfile -d '' -t arguments 2>/dev/null <"$file" || continue
        [[ ${arguments[0]-} == *lonefs && " ${arguments[*]} " == *" $1 "* ]] && echo "${file//[^0-9]/}"
    done 2>/dev/null
}

# ended DIRECTORY: within 10 s nobody serves it, and it is no mount any more
ended() {
    local end=$((SECONDS + 10))
    while [[ $(pids "$1") || $SECONDS -eq 0 ]] && [[ $SECONDS -lt $end ]]; do sleep 0.02; done
    same "processes that serve $1" "$(pids "$1")" ''
    same "$1 is a mount" "$(is_mounted "$1" && echo yes || echo no)" no
}

lone() { limited "$LONEFS" "$@"; }

# says EXIT REGEX ARGUMENT...: lonefs ends at once with that status and that text, and mounts nothing
says() {
    local code=$1 regex=$2 text
    shift 2
    text=$(lone "$@" 2>&1)
    same "exit status of lonefs $*" "$?" "$code"
    matches "lonefs $*" "$text" "$regex"
    same "lonefs $* mounted" "$(is_mounted "$M" && echo yes || echo no)" no
}

# starts ARGUMENT...: mounted when it returns, with status 0 and nothing to say
starts() {
    local text
    text=$(lone "$@" 2>&1)
    same "exit status of lonefs $*" "$?" 0
    same "what lonefs $* says" "$text" ''
}

unmounts() {
    limited fusermount3 -u "$1"
    same "fusermount3 -u $1" $? 0
    ended "$1"
}

# --- What it says ---
says 0 'usage: lonefs DEVICE MOUNTPOINT' -h
says 0 'usage: lonefs DEVICE MOUNTPOINT' --help
says 0 '^lonefs [0-9]+\.[0-9]' -V
says 0 '^lonefs [0-9]+\.[0-9]' --version
says 2 'usage:'
says 2 'usage:' nvsim
says 2 'usage:' nvsim "$M" third
same "usage goes to stderr" "$(lone 2>/dev/null)" ''

# --- What is refused: the status and the reason come back to the shell, although it would go to the background ---
says 2 '`nosuch` is not a PCI slot: write it as 0000:3a:00.0' nosuch "$M"
for name in NVSIM nvsim: '' ' nvsim' 0000:3a:20.0 0000:3a:00.8 000:3a:00.0 0000:3a:00; do says 2 'is not a PCI slot' "$name" "$M"; done
says 1 '0000:ff:1f\.7' 0000:ff:1f.7 "$M"
says 1 "$D/nothing.*mkdir" nvsim "$D/nothing"
touch "$D/file"
says 1 "$D/file.*not a directory" nvsim "$D/file"
# Nothing is mounted anywhere by an empty name, which a variable that is not set gives
cd "$M" || exit 99
says 2 'MOUNTPOINT is empty' nvsim ''
cd "$D" || exit 99
same "mounted over the working directory" "$(ls)" $'file\nmount'
cd / || exit 99
for option in -x --nonsense -n -r -s -ononsense; do says 2 "${option#-o}: there is no such option" nvsim "$M" "$option"; done
for option in bogus max_read=1 fsname=x subtype=x blkdev blksize=512 allow_root timeout5 ro=1 allow_other=1 'reg64 =one' RO; do
    says 2 "$option: there is no such option" nvsim "$M" -o "$option"
    says 2 "$option: there is no such option" nvsim "$M" -o "ro,$option,timeout=5"
done
says 2 'missing argument' nvsim "$M" -o
says 2 'timeout: write timeout=SECONDS' nvsim "$M" -o timeout
says 2 'reg64: write reg64=one' nvsim "$M" -o reg64
for seconds in '' soon 0 -1 5s 1e400 '5 6' nan inf; do says 2 "^lonefs: timeout=$seconds: " nvsim "$M" -o "timeout=$seconds"; done
for value in '' three ONE; do says 2 "^lonefs: reg64=$value: write" nvsim "$M" -o "reg64=$value"; done

# --- Mounted, used, unmounted ---
starts nvsim "$M"
same "one process serves it" "$(pids "$M" | wc -l)" 1
same "device" "$(limited cat "$M/device")" nvsim
same "the file system's name" "$(while read -r what where type rest; do [[ $where == "$M" ]] && echo "$what $type"; done </proc/self/mounts)" \
    'nvsim fuse.lonefs'
pid=$(pids "$M")
same "its working directory" "$(readlink "/proc/$pid/cwd")" /
for fd in 0 1 2; do same "descriptor $fd" "$(readlink "/proc/$pid/fd/$fd")" /dev/null; done
text=$(lone nvsim "$M" 2>&1)
same "mounting twice" $? 1
matches "what it says" "$text" "$M.*mounted.*fusermount3 -u"
same "the first one lives" "$(limited cat "$M/device")" nvsim
unmounts "$M"
starts nvsim "$M" -o timeout=2.5,reg64=one
same "timeout" "$(limited cat "$M/timeout")" 2.5
unmounts "$M"
starts nvsim "$M" -o ,,ro,timeout=3,rw,x-anything=1,timeout=4,noatime,nosuid, -o ''
same "the last one of two holds" "$(limited cat "$M/timeout") $(echo 6 >"$M/timeout" && echo written)" '4 written'
unmounts "$M"

# --- Relative mount points, blanks, a slash at the end ---
mkdir "$D/with blanks" "$D/second"
cd "$D" || exit 99
starts nvsim mount
same "a relative mount point" "$(limited cat "$M/device")" nvsim
unmounts "$M"
starts nvsim mount/
same "a slash at the end" "$(limited cat "$M/device")" nvsim
text=$(lone nvsim ./mount 2>&1)
same "mounting twice by another name" $? 1
unmounts "$M"
starts nvsim 'with blanks'
same "a mount point with blanks" "$(limited cat "$D/with blanks/device")" nvsim
text=$(lone nvsim 'with blanks' 2>&1)
same "mounting twice there" $? 1
matches "what it says" "$text" 'mounted'
starts nvsim second
same "two mounts are two devices" "$(echo admin >"$D/second/queues/ctl"; limited cat "$D/with blanks/nvme/AQA/value")" 0x0
unmounts "$D/with blanks"
unmounts "$D/second"
cd / || exit 99

# --- Many at once on one directory: one is mounted, the others say so ---
for _ in 1 2 3; do
    starters=()
    for n in 1 2 3 4; do
        lone nvsim "$M" >"$D/out.$n" 2>&1 &
        starters+=($!)
    done
    statuses=
    for starter in "${starters[@]}"; do
        wait "$starter"
        statuses+=$?
    done
    same "exit statuses of four at once, sorted" "$(fold -w 1 <<<"$statuses" | sort | tr -d '\n')" 0111
    same "what they say" "$(cat "$D"/out.? | grep -c 'a lonefs is mounted there')" 3
    same "mounts there" "$(grep -c " $M fuse.lonefs " /proc/self/mounts)" 1
    unmounts "$M"
done
# Somebody else's lock on the directory ends the wait for it
exec 4<"$M"
flock 4
LIMIT=30 says 1 "holds a lock .flock. on this directory.*fuser -v $M" nvsim "$M"
exec 4<&-

# --- The foreground; every signal that would end a process ends it and unmounts ---
# foreground OPTION...: mounted, with $process
foreground() {
    local end=$((SECONDS + 10))
    "$LONEFS" nvsim "$M" "$@" >"$D/out" 2>&1 &
    process=$!
    until is_mounted "$M" || [[ $SECONDS -ge $end ]]; do sleep 0.02; done
    same "device" "$(limited cat "$M/device")" nvsim
}
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
foreground -d
limited cat "$M/nvme/VS/MJR" >/dev/null
limited fusermount3 -u "$M"
wait "$process"
same "exit status with -d" $? 0
matches "-d prints requests" "$(<"$D/out")" 'LOOKUP.*READ'

# --- A crash leaves a stale mount point, which the next one takes over ---
starts nvsim "$M"
kill -KILL "$(pids "$M")"
end=$((SECONDS + 10))
until [[ $(LC_ALL=C stat "$M" 2>&1) == *'not connected'* || $SECONDS -ge $end ]]; do sleep 0.02; done
matches "what is left" "$(LC_ALL=C stat "$M" 2>&1)" 'not connected'
text=$(lone nvsim "$M" 2>&1)
same "taking over" $? 0
matches "what it says" "$text" 'taking over'
same "device" "$(limited cat "$M/device")" nvsim
unmounts "$M"

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
    same "lonefs goes on for the copy" "$(limited nsenter -m -t "$copy" cat "$M/device")" nvsim
    # What is mounted there meanwhile is not the old one's to unmount
    starts nvsim "$M"
    kill -TERM "$server"
    end=$((SECONDS + 10))
    while [[ -d /proc/$server && $SECONDS -lt $end ]]; do sleep 0.02; done
    same "the old one after SIGTERM" "$([[ -d /proc/$server ]] && echo runs || echo ended)" ended
    same "the new one" "$(limited cat "$M/device")" nvsim
    matches "the copy" "$(limited nsenter -m -t "$copy" cat "$M/device" 2>&1)" 'not connected'
    kill "$copy"
    unmounts "$M"
    copies
    same "unmount" "$(limited "$PROBE" write "$M/ctl" unmount 2>&1)" OK
    ended "$M"
    kill "$copy"
else
    echo "not root, or no mount namespaces: without copies of the mount"
fi

# --- What lonefs may find in its environment ---
# environment WHAT SHELL-TEXT: with that before it, it mounts, works and ends
environment() {
    local text
    text=$(limited bash -c "$2"' "$@"' "$LONEFS" "$LONEFS" nvsim "$M" 2>&1)
    same "exit status with $1" $? 0
    same "what it says with $1" "$text" ''
    same "device with $1" "$(limited cat "$M/device")" nvsim
    accepts "$M/ctl" init
    pid=$(pids "$M")
    for fd in 0 1 2; do [ -z "$pid" ] || same "descriptor $fd with $1" "$(readlink "/proc/$pid/fd/$fd")" /dev/null; done
    unmounts "$M"
}
environment 'stdin closed' 'exec <&-;'
environment 'stdout closed' 'exec >&-;'
environment 'all closed' 'exec <&- >&- 2>&-;'
environment 'no file sizes' 'ulimit -S -f 0;'
environment 'few descriptors' 'ulimit -S -n 5;'
environment 'little stack' 'ulimit -s 512;'
environment 'no locked memory' 'ulimit -l 0;'
environment 'no core' 'ulimit -c 0;'
environment 'umask 777' 'umask 777;'
environment 'a strange locale' 'exec env LC_ALL=de_DE.UTF-8 LANG=xx'
environment 'no environment' 'exec env -i'
environment 'no TMPDIR' 'export TMPDIR=/nonexistent;'
environment 'low priority' 'exec nice -n 19'
environment 'an empty argv[0]' 'exec -a ""'
# shellcheck disable=SC2016
environment 'no working directory' 'd=$(mktemp -d) && cd "$d" && rmdir "$d" &&'
cd "$D" || exit 99
mkdir gone
cd gone || exit 99
rmdir "$D/gone"
says 1 'the working directory is gone' nvsim here
cd / || exit 99
# Limits below what it needs: it says so, and nothing stands. (Sanitizers need more, and do not end well without it.)
limits=('-n 4' '-n 5' '-n 6' '-v 40000' '-d 4000')
[ -z "${SANITIZED-}" ] || limits=()
for limit in "${limits[@]}"; do
    # shellcheck disable=SC2016
    text=$(limited bash -c "ulimit $limit"' && exec "$@"' sh "$LONEFS" nvsim "$M" 2>&1)
    same "exit status with ulimit $limit" $? 1
    matches "what it says with ulimit $limit" "$text" 'lonefs: '
    same "mounted with ulimit $limit" "$(is_mounted "$M" && echo yes || echo no)" no
done
# Memory for the device is a file, of which there can be none then
(ulimit -f 0 && exec "$LONEFS" nvsim "$M")
same "exit status with ulimit -f 0" $? 0
refuses "$M/ctl" init ENOMEM
matches "the error" "$(<"$M/error")" 'ENOMEM.*ulimit -f'
same "device after that" "$(limited cat "$M/device")" nvsim
unmounts "$M"
# Who waits for a pipe or a lock that was inherited does not wait for a lonefs in the background
exec 8>"$D/lock"
flock 8
text=$(limited "$LONEFS" nvsim "$M" 8>&8; echo mounted)
same "the end of a pipe" "$text" mounted
exec 8>&-
same "a lock that it inherited" "$(limited flock -n "$D/lock" echo free)" free
unmounts "$M"

# --- mount -t fuse.lonefs and fstab, as root. mount(8) looks for lonefs where programs are installed: in a mount namespace of
# its own a directory of ours stands there ---
in_namespace() {
    # shellcheck disable=SC2016
    limited unshare -m sh -c 'mount --bind "$1" /usr/local/bin && shift && "$@"' sh "$D/bin" "$@"
}
mkdir "$D/bin"
ln -s "$(readlink -f "$LONEFS")" "$D/bin/lonefs"
if [[ $(id -u) == 0 && -d /usr/local/bin ]] && command -v mount.fuse3 >/dev/null && in_namespace true 2>/dev/null; then
    # mounts SHELL-TEXT REGEX: what the mount shows to commands behind the mounting
    mounts() {
        local text
        text=$(in_namespace sh -c "cd '$D' && $1; echo \"status \$?\"" 2>&1)
        matches "$1" "$text" "$2"
        ended "$M"
    }
    mounts 'mount -t fuse.lonefs nvsim mount && cat mount/device && umount mount' '^nvsim.status 0$'
    mounts 'mount -t fuse.lonefs nvsim mount -o noauto,user,_netdev,x-foo,allow_other,timeout=3,ro &&
        cat mount/timeout; echo 1 2>&1 >mount/ctl; umount mount' '^3.*Read-only file system.*status 0$'
    echo "nvsim $M fuse.lonefs noauto,user,_netdev,x-foo,x-systemd.automount,nofail,allow_other,timeout=4 0 0" >"$D/fstab"
    mounts 'mount -T fstab mount && cat mount/timeout mount/device && umount mount' '^4.nvsim.status 0$'
    mounts 'mount -t fuse.lonefs nosuch mount' 'nosuch.*status [1-9]'
else
    echo "not root, or no mount.fuse3 or namespaces: without mount(8)"
fi
# shellcheck disable=SC2154 # both are lib.sh's
printf '%d checks, %d failures\n' "$checks" "$failures"
[ "$failures" -eq 0 ]
