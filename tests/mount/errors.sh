#!/bin/bash
# SPDX-License-Identifier: MIT
# Rule 8: errno says what kind, the nearest `error` file says what; what is malformed changes nothing.
. "$(dirname "$0")/lib.sh"
mount_lone

stamp='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}'

# --- Before the first failure there is none ---
# interface: ER1
for file in error error_log; do
    same "size of $file before the first failure" "$(stat -c %s $file)" 0
    shows $file ''
done

# --- The text: time, pid, request, a caret under the word, the reason ---
# points FILE TEXT ERRNO WORD: refused, and WORD is what the carets are under
points() {
    local lines request carets start
    refuses "$1" "$2" "$3"
    mapfile -t lines <"$(error_of "$1")"
    matches "who and what, '$2'" "${lines[0]}" "^$stamp pid [0-9]+: write to $1\$"
    request=${lines[1]} carets=${lines[2]-}
    same "the request, '$2'" "$request" "$2"
    start=${carets%%^*}
    same "the word under the caret of '$2' in $1" "${request:${#start}:$((${#carets} - ${#start}))}" "$4"
    matches "the reason, '$2'" "${lines[3]-}" "^$3: .{8}"
}
# interface: ER2
points nvme/CC/IOSQES nonsense EINVAL nonsense
points nvme/CC/IOSQES 16 ERANGE 16
points nvme/CC/IOSQES '   0x17  ' ERANGE 0x17
points nvme/CC/value 'IOSQES=6 NOPE=4' EINVAL NOPE
points nvme/CC/value 'IOSQES=6  EN=2 MPS=1' ERANGE 2
points nvme/CC/value 'EN=1 MPS=much' EINVAL much
points pcie/CMD/value 'MSE=yes' EINVAL yes
points ctl 'frobnicate' EINVAL frobnicate
points ctl 'init queues=much' EINVAL queues=much
points ctl 'init queues=2 entries=1' ERANGE entries=1
points queues/ctl 'admin sq=64 size=4' EINVAL size=4
points queues/ctl 'admin cq=many' EINVAL many
points queues/ctl 'admin  sq=64 cq=0' ERANGE 0
points queues/ctl 'adm' EINVAL adm
points timeout soon EINVAL soon
mkdir cmd/x
points cmd/x/ctl 'run identify CNS=much' EINVAL much
points cmd/x/ctl 'run identify CNS=1 NOPE=2' EINVAL NOPE
points cmd/x/ctl 'set identify CNS=0x100' ERANGE 0x100
points cmd/x/ctl 'run nonsense CNS=1' EINVAL nonsense

# interface: ER1 ER12
# What changes the tree is refused with a text, too.
for row in unlink:unlink:raw: rename:rename:raw:nvme/y symlink:symlink:y:x fifo:mknod:y: link:link:y:nvme/y mkdir:mkdir:y: rmdir:rmdir:CC:; do
    IFS=: read -r operation word name other <<<"$row"
    path=nvme/$name
    [ "$operation" != link ] || path=nvme/raw
    same "$operation in nvme" "$("$PROBE" path "$operation" "$path" ${other:+"$other"})" EPERM
    matches "the error of $operation" "$(<error)" "^$stamp pid [0-9]+: $word in nvme"$'\n'"$name"$'\nEPERM: .{10}'
done
if [ "$(id -u)" -eq 0 ]; then
    limited chown 1:1 nvme/raw 2>/dev/null
    matches 'the error of chown' "$(<error)" "chown of nvme/raw"$'\nEPERM: .{10}'
fi

# The pid is the writer's.
(echo "$BASHPID" >"$M.pid" && exec "$PROBE" write nvme/CC/EN 7) >/dev/null
matches 'pid' "$(head -n 1 error)" "^$stamp pid $(cat "$M.pid"): write to nvme/CC/EN$"
rm -f "$M.pid"
# interface: ER4
# What a terminal might obey is not repeated.
same 'escape sequences' "$("$PROBE" write nvme/CC/EN $'\e[31m\a1')" EINVAL
same 'control characters in error' "$(LC_ALL=C tr -d '\n\040-\176\200-\377' <error | wc -c)" 0
same 'bytes' "$("$PROBE" write-raw nvme/CC/value 454e3d310949415f78ff3d32)" EINVAL # EN=1, tab, IA_x, ff, =2
same 'bytes that are no text' "$(sed -n 2p error)" 'EN=1\x09IA_x\xff=2'
matches 'carets under what they became' "$(sed -n 3p error)" '^        \^{8}(\^\^)?$'
# interface: RU48
[ -s error ] || fail 'error is empty after a failure'
# A name of a file is of the user's choice, too, and does not make a line of its own.
before=$(wc -l <error_log)
unreadable $'identify/CNS=1,\n2000-01-01' ENOENT
same 'lines that a name of two lines makes' "$(wc -l <error_log)" $((before + 1))
matches 'what became of its newline' "$(sed -n 1p error)" 'CNS=1,\\x0a2000'
# interface: ER1 RO7
# An object's failure is told by the object, others' by the root.
before=$(cat error)
refuses cmd/x/ctl nonsense EINVAL nonsense
same 'the root does not tell what failed at cmd/x' "$(cat error)" "$before"
before=$(cat cmd/x/error)
refuses nvme/CC/EN nonsense EINVAL
same 'cmd/x does not tell what failed at the root' "$(cat cmd/x/error)" "$before"
# Success does not take the last failure away: `cat error` comes after the fact.
accepts nvme/CC/EN 0
matches 'the last failure stays' "$(cat error)" nonsense
# interface: ER15
# Reads fail with a text as well; that says which line to write.
unreadable identify/controller/SN ENXIO
matches 'not set up' "$(cat error)" 'read identify/controller/SN.*ENXIO: .*(admin|init)'
refuses cmd/x/ctl 'run identify CNS=1' ENXIO '(admin|init)'
# interface: ER16
unreadable cmd/x/status ENODATA
# interface: ER5 ER14
unreadable 'nvme/wait/CSTS.NOPE=1' ENOENT
matches 'a malformed question' "$(cat error)" 'ENOENT: .*NOPE'
for row in 'CSTS.NOPE=1 CSTS.NOPE=1' 'CSTS.RDY=much much' 'CSTS.RDY=1,CC.EN=2 2' 'CSTS.RDY=1,timeout=soon soon' 'CC.EN=1,NOPE=1 NOPE=1'; do
    unreadable "nvme/wait/${row% *}" ENOENT
    request=$(sed -n 2p error) carets=$(sed -n 3p error)
    start=${carets%%^*}
    same "the word under the caret of ${row% *}" "${request:${#start}:$((${#carets} - ${#start}))}" "${row#* }"
done

# interface: ER3 RO8
# error_log: time, pid, path, request and reason of the last ones, oldest first.
same 'lines of another form' "$(grep -vE "^$stamp pid [0-9]+ [a-z ]+ [^ ]+( < .*)?: E[A-Z]+: .+\$" error_log)" ''
for n in 1 2 3; do
    refuses nvme/CC/EN "word$n" EINVAL
done
same 'the last ones' "$(tail -n 3 error_log | sed -E 's/^.* (pid [0-9]+) (.*): EINVAL: .*/\2/')" \
    $'write to nvme/CC/EN < word1\nwrite to nvme/CC/EN < word2\nwrite to nvme/CC/EN < word3'
matches 'time' "$(tail -n 1 error_log)" "^$(date +%F) "
before=$(cat error_log)
same 'a snapshot consumes nothing' "$(cat error_log)" "$before"
for ((n = 0; n < 200; n++)); do "$PROBE" write nvme/CC/EN "$n$n" >/dev/null; done
same 'the last 64' "$(wc -l <error_log)" 64
same 'of many' "$(sed -n '1s/.* < \([0-9]*\):.*/\1/p' error_log)" 136136
matches 'the last of many' "$(tail -n 1 error_log)" ' < 199199: ERANGE: '
# interface: ER4
long=$(printf 'y%.0s' {1..4000})
refuses nvme/CC/EN "$long" EINVAL
same 'of a long line the first 400 bytes' "$(sed -n 2p error)" "${long:0:400}..."
# interface: ER5
before=$(<error) n=$(tail -n 1 error_log)
for name in nvme/NOPE cmd/NOPE/ctl identify/nope bar/9; do unreadable $name ENOENT; done
same 'error after names that do not exist' "$(<error)$(tail -n 1 error_log)" "$before$n"
# interface: ER6
matches 'sendfile' "$("$PROBE" move sendfile nvme/CC/EN - 2>&1)" '^(EINVAL|0x0.OK)$' # kernels up to 6.4 read without their cache
matches 'mmap' "$("$PROBE" map shared nvme/CC/EN 4 2>&1)" '^E'
chmod 444 timeout
[ "$(id -u)" -eq 0 ] || same 'what the mode forbids' "$("$PROBE" write timeout 1)" EACCES
chmod 644 timeout
same 'error after what the kernel refuses' "$(<error)$(tail -n 1 error_log)" "$before$n"
# interface: ER7
same 'a lock that is held' "$(exec 9<timeout && flock -n 9 && flock -n timeout true 2>/dev/null; echo $?)" 1
"$PROBE" read-nonblock events/stream >/dev/null 2>&1
same 'error after what would wait' "$(<error)$(tail -n 1 error_log)" "$before$n"

# interface: ER9 ER10
# --- Every malformed write has its errno and changes nothing ---
malformed=('' ' ' x 0x 0xg 0b 0b2 -1 +1 '1,2' '1 2' 1h '1;2' '"1"' "'1'" "\$1" '1=' '=1' '=' 0x-1 --1 1e1 "1 #" $'\x01' $'\xff' 'EN EN')
for file in nvme/CC/IOSQES nvme/CC/EN nvme/CC/value nvme/AQA/ASQS nvme/ASQ/ASQB nvme/ASQ/value pcie/CMD/BME pcie/CMD/value pcie/INTR/ILINE \
    pcie/caps/PXCAP/PXDC/MPS pcie/caps/MSICAP/MA/ADDR cmd/x/sqe/CDW10 cmd/x/sqe/NSID cmd/x/data_size cmd/x/metadata_size cmd/x/timeout timeout \
    cmd/x/queue cmd/x/cid cmd/x/opcode cmd/x/pointers; do
    [[ $file != pcie/caps/MSICAP/* || -e $file ]] || continue # not every device has MSI
    before=$(cat "$file")
    for word in "${malformed[@]}"; do
        refuses "$file" "$word" EINVAL
    done
    refuses "$file" "$(printf '9%.0s' {1..60})" "$([[ $file == cmd/x/pointers ]] && echo EINVAL || echo ERANGE)"
    for size in 4097 5000 65536 1048576; do
        same "$size bytes to $file" "$("$PROBE" write-size "$file" $size 1)" EINVAL
    done
    refuses "$file" $'1\n2' EINVAL
    refuses "$file" $'1\n' EINVAL
    refuses "$file" $'\n1' EINVAL
    for hex in 3100 310a31 3100310a 00 000a 0031; do
        same "bytes $hex to $file" "$("$PROBE" write-raw "$file" $hex)" EINVAL
    done
    shows "$file" "$before"
done
for row in nvme/CC/EN:2 nvme/AQA/ASQS:0x1000 nvme/ASQ/ASQB:0x10000000000000 pcie/CMD/value:0x10000 pcie/INTR/ILINE:256 cmd/x/sqe/CDW10:0x100000000 \
    timeout:0 timeout:99999999999 cmd/x/timeout:0 cmd/x/queue:65536 cmd/x/cid:65536 cmd/x/opcode:256; do
    before=$(cat "${row%:*}")
    refuses "${row%:*}" "${row#*:}" ERANGE
    shows "${row%:*}" "$before"
done
before="$(cat generation nvme/CC/value nvme/AQA/value cmd/x/state) $(ls queues/sq queues/cq cmd)"
for row in ctl: 'ctl: ' ctl:reset 'ctl:reset x' 'ctl:enable now' ctl:ENABLE 'ctl:reset flr flr' 'ctl:shutdown abruptly' 'ctl:init 4' 'ctl:init queues' \
    'ctl:init queues=' queues/ctl: queues/ctl:admins 'queues/ctl:admin 64' 'queues/ctl:admin sq' 'queues/ctl:admin sq=' 'queues/ctl:admin =64' \
    'queues/ctl:admin sq=64,cq=64' 'queues/ctl:admin mps=x' cmd/x/ctl: cmd/x/ctl:identify 'cmd/x/ctl:run identify CNS' 'cmd/x/ctl:run identify =1' \
    'cmd/x/ctl:run identify CNS=' 'cmd/x/ctl:run identify 1' 'cmd/x/ctl:set' 'cmd/x/ctl:abort now'; do
    refuses "${row%%:*}" "${row#*:}" EINVAL
done
for row in 'queues/ctl:admin sq=1' 'queues/ctl:admin sq=4097' 'queues/ctl:admin cq=1' 'queues/ctl:admin cq=4097' 'queues/ctl:admin sq=-0x1' \
    'queues/ctl:admin sq=99999999999' 'cmd/x/ctl:run 256' 'cmd/x/ctl:run identify NSID=0x100000000'; do
    case $row in *-0x1) expected=EINVAL ;; *) expected=ERANGE ;; esac
    refuses "${row%%:*}" "${row#*:}" $expected
done
same 'nothing happened' "$(cat generation nvme/CC/value nvme/AQA/value cmd/x/state) $(ls queues/sq queues/cq cmd)" "$before"

# --- An error status is told with its number and name ---
bring_up
# interface: ER23 ER28 ER29
refuses cmd/x/ctl 'run identify CNS=0xff' EIO '0x002 Invalid Field in Command'
shows cmd/x/status '0x002 Invalid Field in Command'
shows cmd/x/cqe/SC 0x2
unreadable identify/CNS=0xff/raw EIO
matches 'NVMe status' "$(cat error)" $'\nNVMe status 0x002 Invalid Field in Command$'
matches 'NVMe status in error_log' "$(tail -n 1 error_log)" "^$stamp pid [0-9]+ read identify/CNS=0xff/raw: EIO: .*; NVMe status 0x002 Invalid Field in Command$"
same 'lines that do not begin with the time' "$(grep -vcE "^$stamp " error_log)" 0
# interface: ER1
mkdir mem/x
before=$(<error)
refuses mem/x/ctl nonsense ENODATA
refuses queues/sq/0/ctl nonsense EINVAL nonsense
refuses queues/cq/0/ctl nonsense EINVAL nonsense
for object in mem/x queues/sq/0 queues/cq/0; do matches "the error of $object" "$(<"$object/error")" "$stamp pid [0-9]+: write to $object/ctl"; done
same 'the root does not tell what failed at memory and queues' "$(<error)" "$before"
rmdir mem/x
# interface: ER17
refuses queues/ctl admin EBUSY
accepts ctl disable

finish
