#!/bin/bash
# SPDX-License-Identifier: MIT
# How a mount begins: options, what is refused and how, names, several at once, a mount point that is taken over, mount(8) and fstab.
. "$(dirname "$0")/life_lib.sh"

# interface: MO11
# --- What it says ---
says 0 'usage: lonefs DEVICE MOUNTPOINT' -h
says 0 'usage: lonefs DEVICE MOUNTPOINT' --help
says 0 '^lonefs [0-9]+\.[0-9]' -V
says 0 '^lonefs [0-9]+\.[0-9]' --version
says 2 'usage:'
says 2 'usage:' nvsim
says 2 'usage:' nvsim "$M" third
same "usage goes to stderr" "$(lone 2>/dev/null)" ''

# interface: MO2 MO15
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

# interface: MO14 MO17 MO18
# --- Mounted, used, unmounted ---
starts nvsim "$M"
same "one process serves it" "$(pids "$M" | wc -l)" 1
# interface: RO2
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
# interface: MO10
starts nvsim "$M" -o timeout=2.5,reg64=one
same "timeout" "$(limited cat "$M/timeout")" 2.5
unmounts "$M"
# interface: MO12 MO13
starts nvsim "$M" -o ,,ro,timeout=3,rw,x-anything=1,timeout=4,noatime,nosuid,relatime,nofail,_netdev,defaults, -o ''
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
# interface: MO3
same "two mounts are two devices" "$(echo admin >"$D/second/queues/ctl"; limited cat "$D/with blanks/nvme/AQA/value")" 0x0
unmounts "$D/with blanks"
unmounts "$D/second"
cd / || exit 99

# interface: MO17
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
        statuses+="$?"
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

# interface: MO16
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

# interface: MO25
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

conclude
