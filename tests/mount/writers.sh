#!/bin/bash
# SPDX-License-Identifier: MIT
# A file to which a write waits: others that open it by its name write all the same. And flock(2), which is about the file.
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a || exit 99
accepts ctl init

until_shows() {
    local end=$((SECONDS + 10))
    while [[ $(<"$1") != "$2" && $SECONDS -lt $end ]]; do sleep 0.01; done
    shows "$1" "$2"
}

# interface: WA14
# --- A run that waits for its completion, and an abort of it through the same ctl; by `>` as shells do it, too ---
for abort in probe shell; do
    LIMIT=20 "$PROBE" write cmd/a/ctl 'run asynchronous_event_request' >"$M.out" 2>&1 &
    writer=$!
    until_shows cmd/a/state outstanding
    refuses cmd/a/ctl 'set identify' EBUSY
    if ! on_nvsim; then # QEMU's controller aborts nothing
        refuses cmd/a/ctl abort EBUSY 'did not abort'
        accepts ctl 'reset controller'
        wait "$writer"
        same "who waited for it" "$(<"$M.out")" ESHUTDOWN
        accepts ctl init
        continue
    fi
    if [[ $abort == probe ]]; then
        accepts cmd/a/ctl abort
    else
        same "abort" "$(limited bash -c 'echo abort >cmd/a/ctl && echo OK' 2>&1)" OK
    fi
    wait "$writer"
    same "who waited for it" "$(<"$M.out")" EIO
    shows cmd/a/status '0x007 Command Abort Requested'
done

# interface: WA13
# --- More who wait than a file can have at once: the rest waits in the kernel, and nothing is lost ---
accepts timeout 0.5
accepts queues/cq/0/consumer none
writers=()
for i in {1..12}; do
    LIMIT=30 "$PROBE" write queues/sq/1/ctl delete >"$M.$i" 2>&1 &
    writers+=($!)
done
wait "${writers[@]}"
for i in {1..12}; do same "writer $i" "$(<"$M.$i")" ETIMEDOUT; done
rm -f "$M.out" "$M".[0-9]*
accepts timeout 10
accepts ctl 'reset controller'
accepts ctl init
shows queues/sq/1/state live
same "one file" "$(stat -c %i ctl)" "$(stat -c %i ctl)"
chmod 400 queues/ctl
same "its mode" "$(stat -c %a queues/ctl)" 400
same "writing it" "$("$PROBE" write queues/ctl delete)" EACCES
chmod 600 queues/ctl

# --- flock: one by one, also while a write to the file waits ---
locks() { limited flock "$@" true; echo $?; }
# held OPTIONS…: somebody has a lock; he ends when descriptor 9 is closed
hold() {
    mkfifo "$M.fifo"
    flock "$@" sh -c 'echo; cat' <"$M.fifo" >"$M.held" &
    holder=$!
    exec 9>"$M.fifo"
    rm -f "$M.fifo"
    until [[ -s $M.held ]]; do sleep 0.01; done
}
let_go() {
    exec 9>&-
    wait "$holder"
    rm -f "$M.held"
}
same "free" "$(locks -n ctl)" 0
hold ctl
same "a second lock" "$(locks -n ctl)" 1
same "a shared one" "$(locks -n -s ctl)" 1
same "one that gives up" "$(locks -w 0.3 ctl)" 1
same "one of another file" "$(locks -n queues/ctl)" 0
accepts ctl enable
let_go
same "free again" "$(locks -n ctl)" 0
hold -s ctl
same "two shared ones" "$(locks -n -s ctl)" 0
same "and an exclusive one" "$(locks -n ctl)" 1
limited flock ctl true 9>&- &
waiter=$!
sleep 0.2
same "who waits" "$(kill -0 "$waiter" && echo waits)" waits
let_go
wait "$waiter"
same "and gets it" $? 0
for ((i = 0; i < 50; i++)); do flock -n ctl true || fail "round $i: the lock outlives its owner"; done

# The file that a lock is about stays the same while a write waits
LIMIT=20 "$PROBE" write cmd/a/ctl 'run asynchronous_event_request' >/dev/null 2>&1 &
writer=$!
until_shows cmd/a/state outstanding
hold cmd/a/ctl
if on_nvsim; then accepts cmd/a/ctl abort; else accepts ctl 'reset controller'; fi
wait "$writer"
same "the same file" "$(locks -n cmd/a/ctl)" 1
let_go
same "and free" "$(locks -n cmd/a/ctl)" 0

# Who is killed leaves none, whether he has it or waits for it
hold ctl
flock ctl true 9>&- &
waiter=$!
sleep 0.2
kill -KILL "$waiter"
wait "$waiter" 2>/dev/null
let_go
same "free at last" "$(locks -n ctl)" 0
finish
