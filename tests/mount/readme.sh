#!/bin/bash
# SPDX-License-Identifier: MIT
# The sessions of README.md, in one shell as a user types them: every command prints what README.md says it does. Numbers
# that differ from run to run (process ids, seconds, dates, bytes of the trace) are compared by their form.
. "$(dirname "$0")/lib.sh"
only_nvsim 'the sessions are with the simulator'
readme=$(realpath "$(dirname "$0")/../../README.md")
mount_lone

form() {
    sed -E 's/^.*readme\.sh: line [0-9]+: /bash: /; s/^[0-9-]{10} [0-9:.]{15} /DATE /; s/^DATE pid [0-9]+:/DATE pid N:/
        s/^[0-9]+\.[0-9]{6,9}( |$)/SECONDS\1/; s/0x[0-9a-f]{5,}/ADDRESS/g; s/[0-9a-f]{32,}$/BYTES/'
}

# interface: MO1
# Of the sessions, the lines with four blanks before them: commands after `$ `, else what the last one printed.
lines=$(sed -n '/^## A session/,/^## From a program/s/^    //p' "$readme")
matches 'the sessions in README.md' "$lines" '\$ cat pcie/ID/VID'
printed=$(mktemp)
command='' expected=''
check() {
    [ -z "$command" ] || same "$command" "$(form <"$printed")" "$(form <<<"$expected")"
    expected=''
}
while IFS= read -r line <&9; do
    if [[ $line != '$ '* ]]; then
        expected+=${expected:+$'\n'}$line
        continue
    fi
    check
    command=${line#'$ '}
    [[ $command != 'cd '* ]] || command=''
    eval "$command" >"$printed" 2>&1
done 9<<<"$lines"
check
rm -f "$printed"

if command -v python3 >/dev/null; then
    accepts queues/cq/1/consumer file
    matches 'the program' "$(sed -n '/^## From a program/,/^## The mount/s/^    //p' "$readme" | limited python3 - 2>&1)" '^[1-8]$'
fi
finish
