# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of the life of a mount share: they mount themselves, at $M in the directory $D, and end with `conclude`.
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
    local where type
    while read -r _ where type _; do
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
    says_of_mounted "$@"
    shift 2
    same "lonefs $* mounted" "$(is_mounted "$M" && echo yes || echo no)" no
}

# the same while something is mounted
says_of_mounted() {
    local code=$1 regex=$2 text
    shift 2
    text=$(lone "$@" 2>&1)
    same "exit status of lonefs $*" "$?" "$code"
    matches "lonefs $*" "$text" "$regex"
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

# foreground OPTION...: mounted, with $process
foreground() {
    local end=$((SECONDS + 10))
    "$LONEFS" nvsim "$M" "$@" >"$D/out" 2>&1 &
    # shellcheck disable=SC2034
    process=$!
    until is_mounted "$M" || [[ $SECONDS -ge $end ]]; do sleep 0.02; done
    same "device" "$(limited cat "$M/device")" nvsim
}

# conclude: as finish, where nothing is mounted in the end
conclude() {
    # shellcheck disable=SC2154 # both are lib.sh's
    printf '%d checks, %d failures\n' "$checks" "$failures"
    [ "$failures" -eq 0 ]
    exit
}
