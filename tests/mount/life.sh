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
says 1 'lonefs: nosuch: ' nosuch "$M"
says 1 '0000:ff:1f\.7' 0000:ff:1f.7 "$M"
says 1 "$D/nothing.*mkdir" nvsim "$D/nothing"
touch "$D/file"
says 1 "$D/file.*not a directory" nvsim "$D/file"
for option in nonsense --nonsense; do
    text=$(if [[ $option == -* ]]; then lone nvsim "$M" "$option"; else lone nvsim "$M" -o "$option"; fi 2>&1)
    same "status of the option $option" "$([[ $? -ne 0 ]] && echo refused)" refused
    matches "option $option" "$text" "$option"
    same "mounted with $option" "$(is_mounted "$M" && echo yes || echo no)" no
done
says 2 'reg64=three' nvsim "$M" -o reg64=three
says 2 'seconds' nvsim "$M" -o timeout=soon
says 2 'time-out|seconds' nvsim "$M" -o timeout=0

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

# --- The foreground; SIGINT, SIGTERM and SIGHUP end it and unmount ---
# foreground OPTION...: mounted, with $process
foreground() {
    local end=$((SECONDS + 10))
    "$LONEFS" nvsim "$M" "$@" >"$D/out" 2>&1 &
    process=$!
    until is_mounted "$M" || [[ $SECONDS -ge $end ]]; do sleep 0.02; done
    same "device" "$(limited cat "$M/device")" nvsim
}
for signal in INT TERM HUP; do
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
