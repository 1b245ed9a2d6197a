#!/bin/bash
# SPDX-License-Identifier: MIT
# Rule 6: whatever is listed ends and consumes nothing; sizes hold; what waits or is write-only is not listed.
. "$(dirname "$0")/lib.sh"
only_nvsim "it counts accesses: only nvsim can"
mount_lone
copies=$(mktemp -d "${TMPDIR:-/tmp}/lone-copies.XXXXXX") || exit 99
trap 'cleanup; rm -rf "$copies"' EXIT

# ends COMMAND…: it comes to an end, with whatever status; its complaints are in $copies/complaints
ends() {
    LIMIT=120 limited "$@" >"$copies/output" 2>"$copies/complaints"
    status=$?
    checks=$((checks + 1))
    [ "$status" -ne 124 ] && [ "$status" -ne 137 ] || fail "$* does not end"
}

# complains_only REGEX: every complaint of the command that `ends` ran matches
complains_only() {
    same "complaints that are not $1" "$(grep -Ev "$1" "$copies/complaints")" ''
}

# The answers that a file gives when there is nothing in it (yet), or when the controller does not have what it asks for
# (Input/output error), see rule 8; grep and cp name the file and go on.
nothing_yet='(identify/|logs/|features/|ns/|cmd/(idle|pending)/|cmd/done/metadata).*: (No data available|Input/output error|No such device or address|Connection timed out|Resource temporarily unavailable|Cannot send after transport endpoint shutdown)$'

# What sends commands has tens of thousands of files; it is read as a whole by grep, and copied in these parts.
# Here the second read of a file is as good as the first, so that copies can be compared.
parts='identify/controller features/number_of_queues features/arbitration logs/firmware logs/supported/LID/1'

copied_paths() {
    find . -mindepth 1 -maxdepth 1 ! -name identify ! -name logs ! -name features -printf '%f\n'
    tr ' ' '\n' <<<"$parts"
}

# interface: RU43
tools_over_everything() {
    local skipped=$1 when=$2 name listed missing part
    local -a paths
    mapfile -t paths < <(copied_paths)
    rm -rf "$copies/tree" "$copies/tar"
    mkdir "$copies/tree"
    # The whole of it once, when there is something in it.
    if [ "$when" = 'brought up' ]; then
        ends grep -r 'a text that is nowhere' .
    else
        ends grep -r 'a text that is nowhere' "${paths[@]}"
    fi
    complains_only "$nothing_yet"
    ends find "${paths[@]}" -type f -exec cat -- {} +
    ends cp -r --parents "${paths[@]}" "$copies/tree"
    complains_only "$nothing_yet"
    # A read that fails ends diff, so the files that hold nothing yet stay aside.
    # shellcheck disable=SC2086
    ends diff -r $skipped -x identify -x logs -x features . "$copies/tree"
    same "diff, $when" "$(cat "$copies/complaints")" ''
    # Each read that goes on is a new look, so only what looking itself moves may differ.
    same "what differs, $when" "$(grep '^\(Binary files\|diff\|Only\)' "$copies/output" | grep -Ev \
        '^Binary files \./bar/0 and|^Binary files \./queues/[sc]q/0/slots and|^diff -r .* \./(sim/counts/[a-z_]+|error_log|error|status|queues/[sc]q/0/[a-z]+|irq/vectors/[0-9]+/count) |^Only in \./cmd/(idle|pending)')" ''
    if [ "$when" = 'brought up' ]; then
        for part in $parts; do
            ends diff -r "$part" "$copies/tree/$part"
            same "diff of $part" "$(cat "$copies/complaints" "$copies/output")" ''
        done
    fi
    ends diff -r . "$copies/tree"
    listed=$(find "${paths[@]}" | LC_ALL=C sort)
    missing=$(comm -23 <(echo "$listed") <(cd "$copies/tree" && find "${paths[@]}" 2>/dev/null | LC_ALL=C sort))
    same "cp -r copied every name, $when" "$(grep -Ev '^(identify|logs|features|cmd/(idle|pending))/' <<<"$missing")" ''
    sizes_are_true "$when"
    if command -v tar >/dev/null; then
        mkdir "$copies/tar"
        ends tar cf "$copies/all.tar" "${paths[@]}"
        complains_only "$nothing_yet|^tar: .*(File shrank by [0-9]+ bytes; padding with zeros|Read error at byte 0, while reading|Cannot (open|read)|(changed|shrank).* as we read it|Exiting with failure status due to previous errors)"
        tar xf "$copies/all.tar" -C "$copies/tar" 2>/dev/null
        for name in pcie/raw nvme/raw nvme/CAP/raw nvme/VS/raw pcie/caps/PXCAP/raw pcie/ID/raw; do
            checks=$((checks + 1))
            cmp -s "$name" "$copies/tar/$name" || fail "tar: $name differs, $when"
        done
        same "bar/0 in tar, $when" "$(stat -c %s "$copies/tar/bar/0")" "$(stat -c %s bar/0)"
        same "names in tar, $when" "$(cd "$copies/tar" && find "${paths[@]}" | wc -l)" "$(wc -l <<<"$listed")"
        rm -rf "$copies/tar"
        checks=$((checks + 1))
        [ ! -e "$copies/tar" ] || fail "what tar unpacked resists rm -r"
    else
        echo "tar is not installed: skipped"
    fi
    rm -r "$copies/tree" || fail "the copy resists rm -r"
    checks=$((checks + 1))
}

# Programs believe sizes. Each file shows how many bytes it has, or a power of two that is a block of it and that its
# content does not exceed; what shows 0 has nothing: `sizes` of the helper.
sizes_are_true() {
    local n
    find . "${ONE_OF_EACH[@]}" -type f -perm /444 -print | LIMIT=300 "$PROBE" sizes - >"$copies/output" 2>"$copies/complaints"
    complains_only "$nothing_yet"
    n=$(tail -n 1 "$copies/output")
    checks=$((checks + n))
    matches "files whose size holds, $1" "$n" '^[1-9][0-9]{2,}$'
    # By looking a file of errors may grow.
    same "files whose size does not hold, $1" "$(sed '$d' "$copies/output" | grep -v '^\./error')" ''
    for file in bar/0 pcie/raw nvme/CC/raw nvme/raw pcie/caps/*/raw queues/*/0/slots; do
        [ ! -e "$file" ] || same "size of $file, $1" "$(stat -c %s "$file")" "$(cat "$file" | wc -c)"
    done
}

# interface: RU44
only_what_may_be_listed() {
    local all=$copies/all
    find . -printf '%y %m %p\n' | LC_ALL=C sort >"$all"
    same "nothing listed in wait/, $1" "$(grep -E ' \./((nvme|pcie)|irq/vectors/[0-9]+)/wait/.' "$all")" ''
    same "clone is not listed, $1" "$(grep '/clone$' "$all")" ''
    same "no query is listed, $1" "$(grep "=" "$all")" ''
    same "nothing write-only is listed, $1" "$(grep -E '^f [0-3]' "$all")" ''
    same "only files and directories, $1" "$(grep -v '^[fd] ' "$all")" ''
    same "names are listed once, $1" "$(uniq -d "$all")" ''
    # Programs of 32 bits stop at inode numbers above 2^32.
    same "inode numbers that are too large, $1" "$(find . -printf '%i\n' | awk '$1 >= 4294967296' | head -n 3)" ''
    same "inode numbers that two files have, $1" "$(find . -printf '%i\n' | sort | uniq -d)" ''
    # readdir and lookup agree: each name that is listed is found, with the type and the inode that were listed.
    same "every listed name is found, $1" "$(find . "${ONE_OF_EACH[@]}" -exec stat -c %n -- {} + 2>&1 >/dev/null)" ''
}

# --- As mounted ---
only_what_may_be_listed 'as mounted'
[ -e cmd/clone ] || fail 'cmd/clone is found by name'
[ -d nvme/wait ] && [ -d pcie/wait ] || fail 'wait/ is there'
checks=$((checks + 2))
for name in cmd/clone nvme/wait pcie/wait identify/CNS=; do
    checks=$((checks + 1))
    # interface: RO1
    grep -qF "$name" README || fail "README does not name $name"
done
read -r _ writes commands _ config_writes <<<"$(accesses)"
tools_over_everything '' 'as mounted'
read -r _ writes_after commands_after _ config_writes_after <<<"$(accesses)"
same 'writes and commands by reading everything, no queue set up' \
    "$((writes_after - writes)) $((commands_after - commands)) $((config_writes_after - config_writes))" '0 0 0'

# --- Brought up, with an object in each state ---
bring_up
mkdir cmd/idle cmd/done cmd/pending
accepts cmd/done/ctl 'run identify CNS=1'
accepts cmd/pending/timeout 1
accepts cmd/pending/ctl 'submit asynchronous_event_request' # completes when there is an event, and there is none
shows cmd/pending/state outstanding
cp cmd/done/data "$copies/data"
state() { cat cmd/*/state cmd/done/status cmd/done/latency_ns cmd/done/cqe/raw generation nvme/CC/value nvme/CSTS/value pcie/CMD/value queues/*/0/state | od -An -tx1; }
before=$(state)
read -r _ writes commands _ config_writes <<<"$(accesses)"
tools_over_everything '-x idle -x pending' 'brought up'
read -r _ writes_after commands_after _ config_writes_after <<<"$(accesses)"
same 'nothing was consumed' "$(state)" "$before"
checks=$((checks + 1))
cmp -s cmd/done/data "$copies/data" || fail "cmd/done/data changed"
matches 'reading identify/ sent commands' $((commands_after - commands)) '^[1-9][0-9]*$'
# Per command one submission doorbell; completion doorbells at most as many.
writes=$((writes_after - writes)) commands=$((commands_after - commands))
same "writes are doorbells ($writes for $commands commands)" $((writes >= commands && writes <= 2 * commands)) 1
same 'configuration writes' $((config_writes_after - config_writes)) 0
only_what_may_be_listed 'brought up'
same 'no new objects' "$(echo cmd/*)" 'cmd/done cmd/idle cmd/pending'

# --- Many: each is listed once, in as many readdir requests as it takes ---
for dir in cmd mem; do
    (cd $dir && seq -f 'many%g' 3000 | xargs mkdir) || fail "no 3000 objects in $dir"
    same "objects in $dir" "$(find $dir -name 'many*' | wc -l)" 3000
    (cd $dir && seq -f 'many%g' 2 2 3000 | xargs rmdir)
    same "what is left in $dir" "$(find $dir -name 'many*' -printf '%f\n' | sort -V)" "$(seq -f 'many%g' 1 2 3000)"
    (cd $dir && seq -f 'many%g' 1 2 3000 | xargs rmdir)
done
(cd queues/sq && seq 60001 61000 | xargs mkdir)
same 'submission queues' "$(ls queues/sq | sort -n)" "0
$(seq 60001 61000)"
(cd queues/sq && seq 60001 61000 | xargs rmdir)

# --- And down again ---
accepts ctl disable
shows cmd/pending/state lost
tools_over_everything '-x idle -x pending' 'disabled'
finish
