#!/bin/bash
# SPDX-License-Identifier: MIT
# Signals while something waits: a fatal one ends the wait at once, the end of a child does not, and no write is ever sent twice.
. "$(dirname "$0")/lib.sh"
mount_lone
bring_up

# fresh: cmd/a can be submitted again, with a time-out that no test reaches
fresh() {
    accepts ctl disable
    accepts ctl enable
    accepts cmd/a/timeout 60
}

# ends_with ANSWER series-arguments...: how the operation ended. It would last a minute, and after 10 s this gives up.
ends_with() {
    local got expected=$1
    shift
    got=$(limited "$PROBE" series 60 "$@")
    matches "$*" "${got% *}" "^($expected)$"
}

# goes_on SERIES...: SIGCHLD does not end the operation, its time-out does
goes_on() {
    local got
    got=$(LIMIT=30 limited "$PROBE" series 60 "$@")
    same "$*" "${got% *}" ETIMEDOUT
}

# The request is a command that waits for an event that does not come.
request='run asynchronous_event_request'
mkdir cmd/a || exit 99

# interface: ER21
# interface: WA4
# --- A run: it has had its effect, so ECANCELED and never EINTR, which would make shells and Python send it again ---
for signal in INT TERM HUP USR1 ALRM; do
    fresh
    before=$(commands)
    ends_with ECANCELED write cmd/a/ctl "$request" "$signal"
    counted "commands sent when SIG$signal came" "$before" 1
    shows cmd/a/state outstanding
    matches "the error" "$(<cmd/a/error)" 'ECANCELED'
done
for signal in INT! TERM! HUP! KILL!; do
    fresh
    before=$(commands)
    ends_with KILLED write cmd/a/ctl "$request" "$signal"
    counted "commands sent when SIG$signal came" "$before" 1
    shows cmd/a/state outstanding
done

# interface: ER22
# interface: WA1
# --- Reads: of a status, and of a register that is waited for. EINTR is right for them ---
fresh
before=$(commands)
accepts cmd/a/ctl 'submit asynchronous_event_request'
counted "commands sent" "$before" 1
for file in cmd/a/status cmd/a/cqe/SC cmd/a/latency_ns 'nvme/wait/CSTS.SHST=2,timeout=60' 'pcie/wait/CMD.SCE=1,timeout=60'; do
    before=$(commands)
    ends_with 'EINTR|ECANCELED' read "$file" - INT
    ends_with KILLED read "$file" - INT!
    ends_with KILLED read "$file" - KILL!
    # The end of a child is no reason; a fatal signal behind it is, although the kernel announces only the first
    ends_with 'EINTR|ECANCELED' read "$file" - CHLD INT
    ends_with 'EINTR|ECANCELED' read "$file" - CHLD CHLD WINCH TERM
    ends_with KILLED read "$file" - CHLD INT!
    ends_with KILLED read "$file" - CHLD KILL!
    counted "commands sent by reading" "$before" 0
done
shows cmd/a/state outstanding

# --- SIGCHLD in a run, and what comes behind it ---
for signals in 'CHLD INT' 'CHLD CHLD TERM'; do
    fresh
    before=$(commands)
    # shellcheck disable=SC2086
    ends_with ECANCELED write cmd/a/ctl "$request" $signals
    counted "commands sent when $signals came" "$before" 1
done
fresh
before=$(commands)
ends_with KILLED write cmd/a/ctl "$request" CHLD INT!
counted "commands sent" "$before" 1

# interface: WA3
# --- SIGCHLD alone: the wait goes on to its own end, and nothing is sent twice ---
for signals in CHLD 'CHLD CHLD CHLD' 'WINCH CHLD CONT'; do
    fresh
    accepts cmd/a/timeout 1
    before=$(commands)
    # shellcheck disable=SC2086
    goes_on write cmd/a/ctl "$request" $signals
    counted "commands sent when $signals came" "$before" 1
    shows cmd/a/state outstanding
    # shellcheck disable=SC2086
    goes_on read 'nvme/wait/CSTS.SHST=2,timeout=1' - $signals
    fresh
    accepts cmd/a/timeout 1
    accepts cmd/a/ctl 'submit asynchronous_event_request'
    # shellcheck disable=SC2086
    goes_on read cmd/a/status - $signals
done

# --- and where the event comes after SIGCHLD, it is delivered ---
fresh
LIMIT=30 limited "$PROBE" series 50 write cmd/a/ctl "$request" CHLD CHLD CHLD >"$M.out" &
writer=$!
until_shows cmd/a/state outstanding
mkdir cmd/b || fail mkdir
# A command with the same identifier: its completion belongs to the one that was submitted first
accepts cmd/b/cid "$(<cmd/a/sqe/CID)"
accepts cmd/b/ctl 'submit identify CNS=1'
wait "$writer"
got=$(<"$M.out")
same "a run whose completion came" "${got% *}" OK
! on_nvsim || reads=$(<sim/counts/bar_reads)
LIMIT=30 limited "$PROBE" series 60 read 'nvme/wait/CC.EN=0,timeout=60' - CHLD CHLD >"$M.out" &
reader=$!
end=$((SECONDS + 10))
if on_nvsim; then
    until [[ $(<sim/counts/bar_reads) -gt $((reads + 3)) || $SECONDS -ge $end ]]; do sleep 0.01; done
else
    sleep 1 # nobody counts there
fi
accepts nvme/CC/EN 0
wait "$reader"
got=$(<"$M.out")
same "a wait whose condition came to hold" "${got% *}" OK
rm -f "$M.out"

# --- Shells: a background job ends while a run waits ---
for shell in bash sh; do
    fresh
    accepts cmd/a/timeout 1
    before=$(commands)
    # shellcheck disable=SC2016
    got=$(limited "$shell" -c 'for i in 1 2 3; do sleep "0.$i" & done; echo "$1" >cmd/a/ctl; echo "$?"; wait' "$shell" "$request" 2>/dev/null)
    same "$shell: echo to ctl" "$got" 1
    counted "$shell: commands sent" "$before" 1
    matches "$shell: the error" "$(<cmd/a/error)" ETIMEDOUT
    got=$(limited "$shell" -c 'for i in 1 2 3; do sleep "0.$i" & done; read -r s <"nvme/wait/CC.EN=1"; echo "$s"; wait')
    matches "$shell: a wait" "$got" '^[0-9.]+$'
done

# --- A shell that waits in its own builtin is ended by SIGINT and SIGTERM ---
for signal in INT TERM; do
    fresh
    before=$(commands)
    # What sends the signal is in the background, for there a shell would ignore SIGINT
    { until_shows cmd/a/state outstanding; kill -s "$signal" "$(<"$M.shell")"; } &
    LIMIT=20 limited bash -c 'echo "$$" >"$0"; echo "run asynchronous_event_request" >cmd/a/ctl; echo "$?"' "$M.shell" >"$M.out" 2>/dev/null
    same "bash ended by SIG$signal" "$? $(<"$M.out")" "$((128 + $(kill -l "$signal"))) "
    wait
    counted "commands sent" "$before" 1
done

# --- ctl: its verbs wait too, though not long on a simulator that is ready at once ---
for ms in 0 1 2 3 5; do
    got=$(LIMIT=30 limited "$PROBE" handle CHLD "$ms" write ctl init)
    same "init and SIGCHLD after $ms ms" "${got% *}" OK
done
accepts cmd/a/ctl 'run identify CNS=1'
shows cmd/a/result/SN "$ID_SN"
finish
