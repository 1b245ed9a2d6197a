#!/bin/bash
# SPDX-License-Identifier: MIT
# What lonefs may find: descriptors, limits, a directory that is gone, a lonefs that is stopped.
. "$(dirname "$0")/life_lib.sh"

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
# ThreadSanitizer writes a file before main (its copy of .rodata): there the signal of a file that is too long is ignored from
# outside. In the other builds lonefs alone ignores it.
no_files='ulimit -f 0'
[ "${SANITIZER-}" != thread ] || no_files="trap '' XFSZ; $no_files"
environment 'no file sizes' "${no_files/-f/-S -f};"
environment 'few descriptors' 'ulimit -S -n 5;'
environment 'little stack' 'ulimit -s 512;'
environment 'no locked memory' 'ulimit -l 0;'
environment 'no core' 'ulimit -c 0;'
environment 'umask 777' 'umask 777;'
environment 'a strange locale' 'exec env LC_ALL=de_DE.UTF-8 LANG=xx'
environment 'no environment' 'exec env -i'
environment 'no TMPDIR' 'export TMPDIR=/nonexistent;'
command -v nice >/dev/null && environment 'low priority' 'exec nice -n 19' # not in a small system
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
    status=$?
    # The dynamic loader may need more already.
    [[ $text == *'error while loading shared libraries'* ]] && status=$((status - 126))
    same "exit status with ulimit $limit" $status 1
    matches "what it says with ulimit $limit" "$text" 'lonefs: '
    same "mounted with ulimit $limit" "$(is_mounted "$M" && echo yes || echo no)" no
done
# Memory for the device is a file, of which there can be none then
(eval "$no_files" && exec "$LONEFS" nvsim "$M")
same "exit status with ulimit -f 0" $? 0
refuses "$M/ctl" init ENOMEM
matches "the error" "$(<"$M/error")" 'ENOMEM.*ulimit -f'
same "device after that" "$(limited cat "$M/device")" nvsim
unmounts "$M"
# interface: MO18
# Who waits for a pipe or a lock that was inherited does not wait for a lonefs in the background
exec 8>"$D/lock"
flock 8
text=$(limited "$LONEFS" nvsim "$M" 8>&8; echo mounted)
same "the end of a pipe" "$text" mounted
exec 8>&-
same "a lock that it inherited" "$(limited flock -n "$D/lock" echo free)" free
unmounts "$M"

# interface: MO17
# --- A lonefs that is stopped does not answer, and nobody waits for it for ever ---
starts nvsim "$M"
kill -STOP "$(pids "$M" | head -n 1)"
LIMIT=60 says_of_mounted 1 'does not answer' nvsim "$M"
kill -CONT "$(pids "$M" | head -n 1)"
same "device after it goes on" "$(limited cat "$M/device")" nvsim
unmounts "$M"
same "-h into a full file" "$(lone -h 2>&1 >/dev/full; echo "$?")" $'lonefs: writing to standard output: No space left on device\n1'

# --- What another user has mounted: said, and left alone, whether it lives or not ---
if [[ $(id -u) == 0 ]] && setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$LONEFS" && chmod 755 "$D"; then
    chown 65534 "$M"
    limited setpriv --reuid 65534 --regid 65534 --clear-groups "$LONEFS" nvsim "$M"
    same "exit status of another user's lonefs" $? 0
    says_of_mounted 1 "a lonefs of user 65534 is mounted there.*fusermount3 -u $M.*umount -l" nvsim "$M"
    kill -KILL "$(pids "$M")"
    end=$((SECONDS + 10))
    until [[ -z $(pids "$M") || $SECONDS -ge $end ]]; do sleep 0.02; done
    says_of_mounted 1 "a lonefs of user 65534 is mounted there, if it is still alive" nvsim "$M"
    limited umount -l "$M"
    starts nvsim "$M"
    unmounts "$M"
else
    echo "not root, or others cannot reach $LONEFS: without another user's mount"
fi

conclude
