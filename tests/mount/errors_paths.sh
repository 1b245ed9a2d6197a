#!/bin/bash
# SPDX-License-Identifier: MIT
# Names that do not exist, changes to the tree that nobody may make, and a hostile user: no input through the mount can end lonefs.
. "$(dirname "$0")/lib.sh"
mount_lone
pid=$(lone_pid)
matches 'one lonefs' "$pid" '^[0-9]+$'
mkdir cmd/x

# --- Unknown names ---
# interface: ER14
for path in NOPE nvme/NOPE nvme/cc nvme/CC/en nvme/CC/ nvme/CC/NOPE nvme/CC/EN2 nvme/CC/EN/x pcie/NOPE pcie/caps/NOPE pcie/caps/PXCAP/NOPE \
    pcie/caps/PMCAP.2 bar/1 bar/00 queues/sq/0 queues/sq/1 queues/cq/65536 cmd/nope cmd/nope/ctl cmd/x/nope cmd/x/sqe/NOPE identify/nope \
    identify/namespace/x identify/namespace/01 sim/counts/nope sim/nope nvme/wait/CSTS nvme/wait/nope 'nvme/wait/CSTS.RDY' 'nvme/wait/CSTS.RDY=' \
    'nvme/wait/=1' 'nvme/wait/CSTS.RDY=2' 'nvme/wait/CSTS.RDY=1,' 'nvme/wait/CSTS.RDY=1,timeout=' 'nvme/wait/CSTS.RDY=1,timeout=x' \
    'nvme/wait/CSTS.RDY=1,nope=1' 'identify/CNS=/raw' 'identify/CNS=x/raw' 'identify/CNS=1,NOPE=1/raw' 'identify/CNS=0x100/raw' 'identify/NSID=1/raw' \
    'identify/CNS=1/nope' $'nvme/C\xc3\xa4' $'nvme/\x01' 'nvme/CC ' ' nvme' 'nvme/%s%n' 'nvme/*'; do
    expected=ENOENT
    [ "$path" = nvme/CC/ ] && expected=EISDIR
    [ "$path" = nvme/CC/EN/x ] && expected=ENOTDIR
    same "opening $path" "$("$PROBE" open "$path" w)" $expected
    same "creating $path" "$("$PROBE" path creat "$path")" "$(case $path in nvme/CC/) echo EISDIR ;; nvme/CC/EN/x) echo ENOTDIR ;; *) echo ENOENT ;; esac)"
done
matches 'a typing error after >' "$(bash -c 'echo x > nvme/NOPE' 2>&1)" 'NOPE: No such file or directory$'
long=$(printf 'x%.0s' {1..255})
same 'a long name' "$("$PROBE" open "nvme/$long" r)" ENOENT
same 'a long question' "$("$PROBE" open "nvme/wait/CSTS.${long:0:200}=1" r)" ENOENT
matches 'a longer name' "$("$PROBE" open "nvme/${long}x" r)" '^(ENAMETOOLONG|ENOENT)$'

# interface: ER12
# --- Nobody but cmd/, mem/ and the directories of queues makes or takes names ---
# What failed makes `error` files longer.
tree() { find . ! -name 'error*' -printf '%p %y %m %s\n' | LC_ALL=C sort; }
before=$(tree)
for path in nvme/CC nvme/CC/EN nvme/CC/value ctl README pcie/raw bar/0 bar nvme cmd cmd/x/ctl cmd/x/sqe identify sim/counts/commands queues/ctl; do
    [[ $path != sim/* ]] || on_nvsim || continue
    for operation in mkdir rmdir unlink creat mknod fifo; do
        got=$("$PROBE" path $operation "$path")
        matches "$operation $path" "$got" '^(EPERM|EEXIST|ENOTDIR|EISDIR|EACCES|ENOTEMPTY|ENOSYS)$'
    done
    for operation in "rename $path nvme/y" "rename $path error" "rename $path cmd/y" "link $path nvme/y" "symlink nvme/y $path" "symlink $path error"; do
        read -r operation from to <<<"$operation"
        matches "$operation $from $to" "$("$PROBE" path "$operation" "$from" "$to")" '^(EPERM|EEXIST|EISDIR|ENOTDIR|EXDEV|EINVAL|EACCES)$'
    done
done
for dir in . nvme nvme/CC pcie pcie/caps bar queues irq irq/vectors identify sim sim/counts cmd/x nvme/wait; do
    [[ $dir != sim* ]] || on_nvsim || continue
    for operation in mkdir mknod fifo; do
        matches "$operation in $dir" "$("$PROBE" path $operation $dir/y)" '^(EPERM|EACCES|ENOENT)$'
    done
    matches "symlink in $dir" "$("$PROBE" path symlink $dir/y target)" '^(EPERM|EACCES)$'
    same "creat in $dir" "$("$PROBE" path creat $dir/y)" ENOENT
    limited touch $dir/y 2>/dev/null && fail "touch made $dir/y"
done
limited mv nvme/CC/EN pcie/ 2>/dev/null && fail 'mv moved a register'
limited rm -rf nvme pcie README bar 2>/dev/null && fail 'rm -rf says that it removed registers'
limited ln README R 2>/dev/null && fail 'ln made a link'
limited cp README nvme/README 2>/dev/null && fail 'cp made a file'
# `touch`, `truncate` and chown of what is there: allowed or not, they change nothing.
for path in ctl nvme/CC/EN nvme/CC/value pcie/raw bar/0 cmd/x/data; do
    limited touch $path 2>/dev/null
    for size in 0 1 1000000; do
        limited truncate -s $size $path 2>/dev/null
    done
    limited chown 1:1 $path 2>/dev/null
done
checks=$((checks + 6))
same 'the tree is as it was' "$(tree)" "$before"
shows nvme/VS/value "$ID_VS"
rmdir cmd/x || fail 'rmdir cmd/x'

# --- A hostile user: random names, then random bytes into everything that can be written ---
RANDOM=20200 # a fixed seed
mapfile -t names < <(find . -printf '%f\n' | sort -u)
random_word() {
    local length=$((RANDOM % 20 + 1)) i code
    word=
    for ((i = 0; i < length; i++)); do
        code=$((RANDOM % 255 + 1))
        [ $code -eq 47 ] && code=61
        printf -v code '\\x%02x' $code
        word+=$code
    done
    printf -v word '%b' "$word"
}
random_path() {
    local depth=$((RANDOM % 4 + 1)) i
    path=.
    for ((i = 0; i < depth; i++)); do
        case $((RANDOM % 6)) in
        0) random_word ;;
        1) word="CNS=$RANDOM" ;;
        2) word="CSTS.RDY=$RANDOM,timeout=0.$RANDOM" ;;
        3) word="${names[RANDOM % ${#names[@]}]},${names[RANDOM % ${#names[@]}]}=1" ;;
        *) word=${names[RANDOM % ${#names[@]}]} ;;
        esac
        [ "$word" = . ] || [ "$word" = .. ] || path+="/$word"
    done
}
for ((n = 0; n < 3000; n++)); do
    random_path
    [ -e "$path" ] && [ -f "$path" ] && { : <"$path"; } 2>/dev/null
done
same 'lonefs after random names' "$(lone_pid)" "$pid"
shows nvme/VS/value "$ID_VS"

# Random bytes in the registers of a real controller make it access any memory, and its IOMMU complain of each.
on_nvsim || finish
mkdir cmd/a cmd/b
bring_up
words=(0 1 2 3 0xffffffff 0xffffffffffffffff enable disable shutdown 'reset flr' 'reset subsystem' 'reset controller' admin 'admin sq=2 cq=2' 'run identify CNS=1'
    'submit identify CNS=0xff' 'submit asynchronous_event_request' 'run create_io_cq QID=1 QSIZE=7' submit 'set identify CNS=2' abort reset manual auto
    'EN=1' 'EN=0 SHN=1' D3hot 'a=b c=d' identify 0x7f '%n%s%p' '../../x')
mapfile -t files < <(find . "${ONE_OF_EACH[@]}" -type f -perm /222 -printf '%p %s\n' | LC_ALL=C sort)
matches 'files to write' "${#files[@]}" '^[0-9]{3,4}$'
writes=0
export LIMIT=20 # of the helper: no write waits as long
# Under a sanitizer once is enough: it sees what the first time has broken.
for ((round = 1; round <= ${SANITIZED:-2}; round++)); do
    for file in "${files[@]}"; do
        size=${file#* } file=${file% *}
        # A wait must not be longer than the test.
        echo 0.1 >timeout
        [ ! -e "${file%/*}/timeout" ] || echo 0.1 >"${file%/*}/timeout"
        hex=
        for ((i = RANDOM % 24; i >= 0; i--)); do
            printf -v byte %02x $((RANDOM % 256))
            hex+=$byte
        done
        "$PROBE" write-raw "$file" "$hex" 0 >/dev/null 2>&1
        "$PROBE" write-raw "$file" "${hex}${hex:0:2}" $((RANDOM % (size + 9) & ~3)) >/dev/null 2>&1
        "$PROBE" write "$file" "${words[RANDOM % ${#words[@]}]}" >/dev/null 2>&1
        random_word
        "$PROBE" write "$file" "$word" >/dev/null 2>&1
        writes=$((writes + 4))
    done
    same "lonefs after round $round" "$(lone_pid)" "$pid"
    echo 0.001 >timeout
    LIMIT=120 limited find . "${ONE_OF_EACH[@]}" -type f -exec "$PROBE" read-nonblock {} \; >/dev/null 2>&1
    same "lonefs after reading in round $round" "$(lone_pid)" "$pid"
done
matches 'writes' "$writes" '^[0-9]{4,5}$'

unset LIMIT

# All of that undone by one reset, the README session works.
echo 10 >timeout
accepts ctl 'reset flr'
for c in cmd/*/; do rmdir "$c" || fail "rmdir $c"; done
shows nvme/CSTS/RDY 0x0
accepts queues/ctl admin
enable_by_hand
matches 'wait for RDY' "$(limited cat nvme/wait/CSTS.RDY=1)" '^[0-9.]+$'
shows identify/controller/MN "$ID_MN"
shows identify/controller/SN "$ID_SN"
shows identify/controller/FR 0.001
mkdir cmd/id
accepts cmd/id/ctl 'run identify CNS=1'
shows cmd/id/status '0x000 Successful Completion'
shows cmd/id/result/SN "$ID_SN"
accepts cmd/id/ctl 'submit identify CNS=0xff'
shows cmd/id/status '0x002 Invalid Field in Command'
rmdir cmd/id || fail 'rmdir cmd/id'
accepts nvme/CC/EN 0
matches 'wait for RDY' "$(limited cat nvme/wait/CSTS.RDY=0)" '^[0-9.]+$'
same 'the same lonefs all along' "$(lone_pid)" "$pid"
finish
