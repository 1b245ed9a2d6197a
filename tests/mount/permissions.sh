#!/bin/bash
# SPDX-License-Identifier: MIT
# Who may do what: the mounting user alone, unless allow_other; chmod holds while mounted; root is held to a file's abilities.
. "$(dirname "$0")/lib.sh"
mount_lone

mode() { same "the mode of $1" "$(stat -c %a "./$1")" "$2"; }

# --- Default modes: nobody else has any ---
for dir in . pcie nvme nvme/CSTS queues cmd identify $(on_nvsim && echo sim/counts) bar nvme/wait; do mode "$dir" 700; done
for file in README device status generation error error_log version nvme/CSTS/RDY nvme/CAP/MQES pcie/ID/VID \
    $(on_nvsim && echo sim/counts/commands) identify/controller/SN nvme/wait/CSTS.RDY=1; do
    mode "$file" 400
done
for file in ctl timeout queues/ctl nvme/CC/EN nvme/CC/value nvme/CC/raw nvme/CAP/value nvme/VS/raw bar/0 pcie/CMD/BME cmd/clone; do mode "$file" 600; done
mkdir cmd/a || exit 99
mode cmd/a 700
for file in ctl timeout queue data data_size sqe/raw sqe/CDW10 cid pointers opcode; do mode "cmd/a/$file" 600; done
for file in status state error latency_ns cqe/raw cqe/SC; do mode "cmd/a/$file" 400; done
same "files that others may use" "$(shopt -s globstar; stat -c '%a %n' ./** | while read -r m n; do
    [[ $m == ?00 ]] || echo "$n"; done)" ''
same "the owner" "$(stat -c %u nvme/CC/EN)" "$(id -u)"
same "the group" "$(stat -c %g nvme/CC/EN)" "$(id -g)"

# interface: PE5
# --- What is read-only is that for root too, and what has no read is not read ---
for file in README status nvme/CSTS/RDY nvme/VS/MJR identify/controller/SN pcie/ID/VID generation cmd/a/status \
    cmd/a/cqe/raw $(on_nvsim && echo sim/counts/commands); do
    same "open $file to write" "$("$PROBE" open "$file" w)" EACCES
    same "open $file for both" "$("$PROBE" open "$file" rw)" EACCES
done
# An ordinary user is refused by the kernel, root by lonefs.
[ "$(id -u)" -ne 0 ] || matches "the error" "$(<error)" EACCES
# The whole register takes any bits: breaking rules is what a test kit is for
same "CAP" "$("$PROBE" write nvme/CAP/value 0)" OK

# interface: PE4
# --- chmod holds, for root as well; it cannot make a file do what it does not do ---
change() { same "chmod $2 $1" "$("$PROBE" path chmod "$1" "$2")" "${3-OK}"; }
change nvme/CC/EN 400
mode nvme/CC/EN 400
same "a file that was closed" "$("$PROBE" write nvme/CC/EN 1)" EACCES
change nvme/CC/EN 600
accepts nvme/CC/EN 0
change nvme/CC/EN 200
same "a file that was closed for reading" "$("$PROBE" open nvme/CC/EN r)" EACCES
change nvme/CC/EN 600
for file in identify/controller/SN identify/controller/raw identify/controller/json cmd/a/cqe/raw cmd/a/cqe/SC cmd/a/result/raw \
    nvme/CSTS/RDY nvme/raw nvme/VS/text pcie/lspci status README cmd/a/status; do
    change "$file" 666
    same "writing $file, which nothing can write" "$("$PROBE" write "$file" 1)" EACCES
    change "$file" 444
done
shows nvme/VS/MJR "$(printf '0x%x' $((ID_VS >> 16)))"
change ctl 0
same "a file closed altogether" "$("$PROBE" write ctl enable)$("$PROBE" open ctl r)" EACCESEACCES
change ctl 640
mode ctl 640
# It holds when the kernel has forgotten the name in the meantime
change nvme/AQA/ASQS 444
change cmd/a/timeout 444
change identify/CNS=1/raw 444
[[ -w /proc/sys/vm/drop_caches ]] && { echo 2 >/proc/sys/vm/drop_caches; } 2>/dev/null
mode nvme/AQA/ASQS 444
mode cmd/a/timeout 444
mode ctl 640
rmdir cmd/a
mkdir cmd/a
mode cmd/a/timeout 600
# A queue is an object, too, and one that is made anew is another one.
# interface: PE2
mkdir queues/cq/9 queues/sq/9 || exit 99
for file in sq/9/ctl cq/9/ctl sq/9/tail cq/9/completions; do change queues/$file 400; done
change queues/sq/9 500
mode queues/sq/9/tail 400
exec 7<queues/sq/9/tail
rmdir queues/sq/9 queues/cq/9
mkdir queues/cq/9 queues/sq/9
mode queues/sq/9 700
for file in sq/9/ctl sq/9/tail cq/9/ctl; do mode queues/$file 600; done
same 'a descriptor of the queue before' "$(limited cat <&7 2>&1)" 'cat: -: No such device or address'
exec 7<&-
refuses queues/sq/9/tail x EINVAL
rmdir queues/sq/9 queues/cq/9
mkdir queues/cq/9 queues/sq/9
same 'error of the queue after it' "$(<queues/sq/9/error)" ''
rmdir queues/sq/9 queues/cq/9
accepts ctl init # queues that it makes end with a reset
change queues/sq/1/ctl 400
change queues/sq/0/ctl 400
refuses queues/sq/1/tail x EINVAL
accepts ctl 'reset flr'
accepts ctl init
for id in 0 1; do mode queues/sq/$id/ctl 600; done
same 'error of the queue after a reset' "$(<queues/sq/1/error)" ''
accepts ctl disable

# interface: PE7
# --- chown, links, renames: not here ---
if [[ $(id -u) == 0 ]]; then
    chown 65534 ctl 2>/dev/null
    same "chown" $? 1
    same "the owner" "$(stat -c %u ctl)" 0
fi
for operation in unlink mknod fifo; do
    same "$operation" "$("$PROBE" path "$operation" "$([[ $operation == unlink ]] && echo ctl || echo new)")" EPERM
done
same "rename" "$("$PROBE" path rename ctl ctl2)" EPERM
same "symlink" "$("$PROBE" path symlink new ctl)" EPERM
same "link" "$("$PROBE" path link ctl new)" EPERM
same "creat" "$("$PROBE" path creat new)" ENOENT
same "truncate" "$("$PROBE" path truncate ctl 0)" OK

# interface: PE1 PE6
# --- Another user ---
if [[ $(id -u) != 0 ]] || ! setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
    echo "not root or no setpriv: without another user"
    finish
fi

# other SHELL-TEXT: as another user, in the mount; what it prints and the errors
other() { LC_ALL=C limited setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "cd / && cd '$M' && $1" 2>&1; }
denied() { matches "another user: $1" "$(other "$1"; echo "exit $?")" '(Permission denied|not permitted|cannot create|can.t cd).*exit [1-9]'; }
may() { same "another user: $1" "$(other "$1")" "$2"; }

chmod 755 "$M" 2>/dev/null
denied 'ls'
denied 'cat nvme/VS/MJR'
cd / || exit 99
fusermount3 -u "$M" || fail "unmount"
cleanup
mount_lone -o allow_other
mkdir cmd/a || exit 99

# interface: MO8 PE1
# --- allow_other: others can look, not write, until chmod ---
for dir in . nvme nvme/CSTS cmd cmd/a identify; do mode "$dir" 755; done
for file in README status nvme/CSTS/RDY identify/controller/SN cmd/a/status; do mode "$file" 444; done
for file in ctl nvme/CC/EN queues/ctl cmd/a/ctl bar/0; do mode "$file" 644; done
mkdir queues/cq/9
mode queues/cq/9/completions 400 # reading takes them away
denied 'cat queues/cq/9/completions'
rmdir queues/cq/9
may 'cat nvme/VS/MJR' 0x2
may 'cat pcie/ID/VID' 0xed00
may 'cat nvme/CSTS/RDY' 0x0
may 'cat cmd/a/state' idle
may 'echo nvme/V*' nvme/VS
for file in ctl nvme/CC/EN queues/ctl cmd/a/ctl cmd/a/data bar/0 timeout; do denied "echo 1 >$file"; done
denied 'mkdir cmd/b'
denied 'rmdir cmd/a'
denied 'exec 3<>cmd/clone'
denied 'chmod 666 ctl'
denied 'echo 1 >nvme/CSTS/RDY'
shows nvme/CC/EN 0x0
change queues/ctl 666
change nvme/CC/EN 646
may 'echo admin >queues/ctl && echo 1 >nvme/CC/EN && echo done' 'done'
same "ready" "$(limited cat nvme/wait/CSTS.RDY=1 >/dev/null && echo yes)" yes
denied 'echo disable >ctl'
# interface: PE3
may 'cat identify/controller/SN' "$ID_SN"
change identify/controller/SN 400
denied 'cat identify/controller/SN'
shows identify/controller/SN "$ID_SN"
change cmd 777
may 'mkdir cmd/b && rmdir cmd/b && echo done' 'done'
change nvme 700
denied 'cat nvme/VS/MJR'
shows nvme/VS/MJR "$(printf '0x%x' $((ID_VS >> 16)))"

# interface: PE4
# --- A mode goes with the object, and keeps nothing of it ---
in_use() { grep '^memory' status; }
before=$(in_use)
mkdir cmd/c
accepts cmd/c/ctl 'run identify CNS=1'
change cmd/c/status 400
matches 'the object has memory' "$([ "$(in_use)" != "$before" ] && echo yes)" yes
rmdir cmd/c
end=$((SECONDS + 10)) # the kernel forgets a little later
while [[ $(in_use) != "$before" && $SECONDS -lt $end ]]; do sleep 0.05; done
same 'memory after rmdir' "$(in_use)" "$before"
mkdir cmd/c
mode cmd/c/status 444
finish
