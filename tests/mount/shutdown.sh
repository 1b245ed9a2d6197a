#!/bin/bash
# SPDX-License-Identifier: MIT
# ctl: shutdown, normal and abrupt, with commands outstanding; what is submitted to a controller that is shut down; the way back
# (NVMe Base 2.0, 3.1.3.5, 3.1.3.6 and 3.6).
. "$(dirname "$0")/lib.sh"
mount_lone
mkdir cmd/a cmd/b || exit 99

works() {
    accepts cmd/a/ctl 'run identify CNS=1'
    shows cmd/a/result/SN "$ID_SN"
    until_shows events/posted 1
}

accepts events/outstanding 1
accepts ctl init
for shutdown in shutdown 'shutdown abrupt'; do
    works
    # interface: RO13 RO25
    # --- Commands are outstanding, and somebody waits for the end of it ---
    accepts cmd/b/ctl 'submit asynchronous_event_request'
    in_background "$M.out" read nvme/wait/CSTS.SHST=2,timeout=15
    generation=$(<generation)
    accepts ctl "$shutdown"
    wait "$WAITER"
    same "who waited for SHST" "$(tail -n 1 "$M.out")" OK
    shows nvme/CC/SHN "0x$([[ $shutdown == shutdown ]] && echo 1 || echo 2)"
    shows nvme/CC/EN 0x1
    shows nvme/CSTS/SHST 0x2
    matches "status" "$(<status)" 'controller +shut down .*SHST=2.*init'
    matches "status" "$(<status)" 'shutdown +complete'
    same "a shutdown is no reset" "$(<generation)" "$generation"

    # interface: RO25 RO26
    # --- What is submitted now is not executed until a reset (3.6.1), and the text says so; QEMU's executes it ---
    if on_nvsim; then
        shows cmd/b/state outstanding
        shows events/posted 1
        accepts cmd/a/timeout 0.3
        refuses cmd/a/ctl 'run identify CNS=1' ETIMEDOUT 'CSTS\.SHST is 2.*shut down.*init'
        shows cmd/a/state outstanding
        refuses ctl enable ESHUTDOWN 'shut down.*disable.*enable'
        shows nvme/CC/EN 0x1
    fi

    # interface: RO27
    # --- The way back ---
    if [[ $shutdown == shutdown ]]; then
        accepts ctl init
    else
        accepts ctl disable
        accepts ctl enable
    fi
    accepts cmd/a/timeout 10
    same "lost" "$(<cmd/b/state)" lost
    unreadable cmd/b/status ESHUTDOWN
    ! on_nvsim || shows cmd/b/state lost
    shows nvme/CSTS/SHST 0x0
    shows nvme/CC/SHN 0x0
    works
done
rm -f "$M.out"

# --- Twice, and when it is disabled already ---
accepts ctl shutdown
accepts ctl shutdown
accepts ctl 'reset controller'
shows nvme/CC/EN 0x0
accepts ctl init
works

# --- Again and again ---
for ((i = 0; i < $(on_nvsim && echo 50 || echo 5); i++)); do
    printf 'submit asynchronous_event_request' >cmd/b/ctl || fail "round $i"
    if ((i % 2)); then printf 'shutdown abrupt' >ctl; else printf 'shutdown' >ctl; fi || fail "round $i: $(<error)"
    printf 'init' >ctl || fail "round $i: $(<error)"
    [[ $(<cmd/b/state) == lost ]] || fail "round $i: $(<cmd/b/state)"
    printf 'run identify CNS=1' >cmd/a/ctl || fail "round $i: $(<cmd/a/error)"
done
works
finish
