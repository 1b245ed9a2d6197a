#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs read the mount by read(2), sendfile, splice, copy_file_range, mmap, from the end, by the size. What one brings is
# what read(2) brings, or it says that something is wrong: never nothing, or a part, that it calls a success.
# PROGRAMS_ROOT=DIR: a root of another distribution, whose coreutils, rust-coreutils, tar and rsync are tried as well (its own
# loader starts them). TABLE=1: prints a row of docs/programs.md for each program.
. "$(dirname "$0")/lib.sh"
mount_lone
work=$(mktemp -d "${TMPDIR:-/tmp}/lone-programs.XXXXXX") || exit 99
trap 'cleanup; rm -rf "$work"' EXIT
root=${PROGRAMS_ROOT:-}

# --- Files of every kind ---
accepts ctl init
mkdir cmd/a
accepts cmd/a/ctl 'run identify CNS=1'
mkdir mem/e
"$PROBE" write mem/e/size nonsense >/dev/null
files=(nvme/VS/value cmd/a/status identify/controller/text identify/controller/json logs/error/raw identify/namespaces nvme/VS/raw
    mem/e/error events/log)
mkdir "$work/copy"
for ((i = 0; i < ${#files[@]}; i++)); do
    "$PROBE" read "${files[i]}" >"$work/copy/$i" 2>"$work/error" || fail "cannot read ${files[i]}: $(<"$work/error")"
done
[ ! -s events/log ] && [ -s mem/e/error ] && [ -s "$work/copy/7" ] || fail 'what is empty, and what is not'

# interface: RU55
# --- Programs ---
# tool NAME ARGUMENT…: a program of the set that is tried
set_name='' set_command=()
tool() { "${set_command[@]}" "$@"; }
root_tool() { "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/$1" "${@:2}"; }
uutils() { root_tool coreutils "$@"; }
has() { command -v "$1" >/dev/null || { echo "$1 is not installed: skipped"; return 1; }; }

# program NAME right|says SNIPPET: SNIPPET reads "$f" and prints, or writes "$o". It brings what it brings of a copy of the
# file, for all files; with `says` a complaint, or an exit status, will do.
program() {
    local name=$1 expected=$2 snippet=$3 i f o bad=0 right=0 says=()
    [ -z "$set_name" ] || name="$set_name: $name"
    for ((i = 0; i < ${#files[@]}; i++)); do
        local status wanted
        f=$work/copy/$i o=$work/want
        rm -f "$work"/{want,got,error}
        eval "$snippet" >"$work/want.out" 2>/dev/null </dev/null
        wanted=$?
        f=${files[i]} o=$work/got
        eval "$snippet" >"$work/got.out" 2>"$work/error" </dev/null
        status=$?
        if cmp -s "$work/want.out" "$work/got.out" && { [ ! -e "$work/want" ] || cmp -s "$work/want" "$work/got"; } && [ $status = $wanted ]; then
            right=$((right + 1))
        elif [ $status != $wanted ] || [ -s "$work/error" ]; then
            says+=("${files[i]}")
            [ "$expected" = says ] || fail "$name of ${files[i]}: status $status, $(head -c 200 "$work/error")"
        else
            fail "$name of ${files[i]} is wrong, and does not say so: $(wc -c <"$work/got.out") bytes for $(wc -c <"$work/want.out")"
            bad=$((bad + 1))
        fi
    done
    checks=$((checks + ${#files[@]}))
    [ -z "${TABLE:-}" ] || echo "| $name | $right | ${#says[@]} | ${says[*]} |"
}

coreutils() {
    program 'cat' right 'tool cat "$f"'
    program 'cat, to a pipe' right 'tool cat "$f" | cat'
    program 'cp' right 'tool cp "$f" "$o"'
    program 'dd' right 'tool dd if="$f" of="$o"'
    program 'head' right 'tool head -n 3 "$f"; tool head -c 7 "$f"'
    program 'tail -n' right 'tool tail -n 2 "$f"'
    program 'tail -n +2' right 'tool tail -n +2 "$f"'
    program 'tail -c' "$1" 'tool tail -c 9 "$f"'
    # Its columns are as wide as the size that it sees.
    program 'wc' right 'tool wc <"$f" | tr -s " " | sed "s/^ //"'
    program 'wc -c' right 'tool wc -c <"$f"'
    program 'md5sum' right 'tool md5sum <"$f"'
    program 'tee' right 'tool tee "$o" <"$f"'
    program 'od' right 'tool od -An -tx1 "$f"'
    program 'install' right 'tool install "$f" "$o" && chmod 600 "$o"'
    program 'sort' right 'LC_ALL=C tool sort "$f"'
    program 'split' right 'tool split -b 10000000 "$f" "$o" && mv "$o"* "$o" || [ ! -s "$f" ]'
    program 'tac' right 'tool tac "$f"'
}
gnu_alone() {
    program 'cp --sparse=always' right 'tool cp --sparse=always "$f" "$o"'
    program 'cp --reflink=auto' right 'tool cp --reflink=auto "$f" "$o"'
    program 'head -c -N, -n -N' right 'tool head -c -5 "$f"; tool head -n -2 "$f"'
    program 'base64' right 'tool base64 "$f"'
    program 'cut' right 'tool cut -b 2- "$f"'
}
set_command=()
coreutils right
gnu_alone
if has busybox; then
    set_name=busybox set_command=(busybox)
    coreutils says
fi
if [ -x "$root/usr/bin/coreutils" ]; then
    set_name='coreutils of PROGRAMS_ROOT' set_command=(root_tool)
    echo "$set_name: $(root_tool cat --version | head -n 1)"
    coreutils right
    gnu_alone
    set_name='uutils' set_command=(uutils)
    echo "$set_name: $(uutils --version 2>&1 | head -n 1)"
    coreutils right
    gnu_alone
else
    echo "PROGRAMS_ROOT is not a root with coreutils and rust-coreutils: other versions are skipped"
fi
set_name=''

# --- By hand ---
program 'sendfile' says '"$PROBE" move sendfile "$f" "$o"'
program 'splice, to a pipe' says '"$PROBE" move splice "$f" - | cat; exit_of=("${PIPESTATUS[@]}"); (exit "${exit_of[0]}")'
program 'copy_file_range' says '"$PROBE" move copy_file_range "$f" "$o"'
for file in nvme/VS/value nvme/VS/raw bar/0 pcie/raw identify/controller/text cmd/a/result/raw; do
    before=$(commands) reads=$(on_nvsim && cat sim/counts/bar_reads sim/counts/config_reads)
    for how in sendfile splice copy_file_range; do
        "$PROBE" move $how "$file" - 2>/dev/null | wc -c >/dev/null
    done
    same "a shared mapping of $file" "$("$PROBE" map shared "$file" 4)" ENODEV
    same "a private mapping of $file" "$("$PROBE" map private "$file" 4)" SIGBUS
    # From Linux 6.5 on the device is not touched; before, sendfile and splice are reads.
    if on_nvsim && [[ $(uname -r) =~ ^([0-9]+)\.([0-9]+) ]] && ((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] >= 605)); then
        same "accesses by the page cache of $file" "$(cat sim/counts/bar_reads sim/counts/config_reads)" "$reads"
        counted "commands by the page cache of $file" "$before" 0
    fi
done

# --- Shells, filters, editors ---
program 'bash: $(<FILE)' right 'printf %s "$(<"$f")" 2>/dev/null'
program 'bash: read' right 'IFS= read -r line <"$f"; printf "%s" "$line"'
program 'bash: mapfile' right 'mapfile -t lines <"$f" 2>/dev/null; printf "%s\n" "${lines[@]}"'
program 'sed' right 'sed -n "1,\$p" "$f"'
program 'sed in pieces' right 'sed -n "2p;\$p" "$f"'
program 'grep' right 'grep -a "" "$f"'
program 'grep -c' right 'grep -c "" "$f"'
program 'awk' right 'awk 1 "./${f#"$work"/}" 2>/dev/null || awk 1 "$f"'
program 'cmp' right 'cmp "$f" "$work/copy/$i"'
program 'diff' says 'diff "$f" "$work/copy/$i"'
program 'diff -q' says 'diff -q "$f" "$work/copy/$i"'
has gawk && program 'gawk' right 'gawk 1 "$f"'
has less && program 'less' right 'less -f "$f" | cat'
has xxd && program 'xxd' right 'xxd "$f"'
has hexdump && program 'hexdump -C' right 'hexdump -C "$f"'
has strings && program 'strings' right 'strings "$f"'
has gzip && program 'gzip' right 'gzip -c "$f" | gunzip'
has vim && program 'vim' right 'vim -es -u NONE -N -b "$f" "+set noeol nofixeol" "+w! $o" +q'
has perl && program 'perl' right 'perl -0777 -ne print "$f"'
has perl && program 'perl: File::Copy' right 'perl -MFile::Copy -e "copy(\$ARGV[0], \$ARGV[1]) or die" "$f" "$o"'
has git && program 'git diff --no-index' right 'git diff --no-index --quiet "$work/copy/$i" - <"$f"'
has curl && program 'curl file://' says 'curl -s "file://$(realpath "$f")"'
if has python3; then
    python() { python3 -c "import os, sys, shutil, mmap, pathlib; f, o = sys.argv[1:]; $1" "$f" "$o"; }
    program 'Python: open().read()' right 'python "sys.stdout.buffer.write(open(f, \"rb\").read())"'
    program 'Python: lines' right 'python "[sys.stdout.buffer.write(l) for l in open(f, \"rb\")]"'
    program 'Python: shutil.copyfile' right 'python "shutil.copyfile(f, o)"'
    program 'Python: shutil.copy2' right 'python "shutil.copy2(f, o); os.chmod(o, 384)"'
    program 'Python: mmap' says 'python "sys.stdout.buffer.write(mmap.mmap(os.open(f, os.O_RDONLY), 0, prot=mmap.PROT_READ)[:])"'
    program 'Python: seek to the end' says 'python "sys.stdout.buffer.write((lambda x: (x.seek(-3, 2), x.read())[1])(open(f, \"rb\", 0)))"'
fi
if has node; then
    script() { timeout 20 node -e "const fs = require('fs'), [f, o] = process.argv.slice(1); $1" "$f" "$o"; }
    program 'node: readFileSync' right 'script "process.stdout.write(fs.readFileSync(f))"'
    # It goes on until it has as many bytes as the size says: of files of /sys for ever.
    program 'node: copyFileSync' says 'script "fs.copyFileSync(f, o)"'
    "$PROBE" read mem/e/error >"$work/copy/7" # which tells of that now
    program 'node: pipe' right 'script "fs.createReadStream(f).pipe(fs.createWriteStream(o))"'
fi
if has java && has javac; then
    cat >"$work/Copy.java" <<'J'
class Copy { public static void main(String[] a) throws Exception { java.nio.file.Files.copy(java.nio.file.Path.of(a[0]), java.nio.file.Path.of(a[1])); } }
J
    LIMIT=60 limited javac -d "$work" "$work/Copy.java" && program 'Java: Files.copy' right 'java -cp "$work" Copy "$f" "$o"'
fi

# --- Those that go by the size, as they do in /sys: they say so, and what they bring begins right ---
# packs NAME SNIPPET: of "${files[@]}" one archive, or copy, below "$o", with a complaint
packs() {
    local o=$work/packed name=$1 i bad=''
    rm -rf "$o" && mkdir "$o"
    if eval "$2" >/dev/null 2>"$work/error"; then
        fail "$name has nothing to complain about"
    fi
    for ((i = 0; i < ${#files[@]}; i++)); do
        # What it does not bring it names.
        if [ ! -e "$o/${files[i]}" ]; then
            grep -qF "${files[i]}" "$work/error" || bad+=" ${files[i]}"
        elif ! cmp -s -n "$(wc -c <"$work/copy/$i")" "$work/copy/$i" "$o/${files[i]}"; then
            bad+=" ${files[i]}"
        fi
    done
    same "$name" "$bad" ''
    rm -rf "$o"
}
has tar && packs 'tar' 'tar -cf - "${files[@]}" | tar -xf - -C "$o"; exit_of=("${PIPESTATUS[@]}"); (exit "${exit_of[0]}")'
has rsync && packs 'rsync' 'rsync -R "${files[@]}" "$o"'
if [ -x "$root/usr/bin/rsync" ]; then
    set_command=(root_tool)
    packs 'rsync of PROGRAMS_ROOT' 'tool rsync -R "${files[@]}" "$o"'
    packs 'tar of PROGRAMS_ROOT' 'tool tar -cf - "${files[@]}" | tar -xf - -C "$o"; exit_of=("${PIPESTATUS[@]}"); (exit "${exit_of[0]}")'
fi

# interface: RU92
if has python3; then
    for file in nvme/VS/value logs/error/raw; do
        same "reading the end of $file on and on" "$(python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
n = len(os.pread(fd, 100000, 0))
for i in range(100):
    try:
        assert os.pread(fd, 4096, n) == b""
    except OSError as error:
        print(i, error.strerror)
        break
print(len(os.pread(fd, 100000, 0)) == n)' "$file")" $'64 Invalid argument\nTrue'
    done
fi

# --- Streams: a reader gets what comes as it comes, by whatever it reads ---
# (Not tail -f: it writes when it has read to the end, which does not come.)
for follower in 'cat' 'dd bs=4096 status=none if=' 'head -n 2' 'busybox cat' 'sed -u p -n' 'grep --line-buffered .'; do
    has "${follower%% *}" || continue
    accepts trace/enable 0
    accepts trace/enable 1
    [[ $follower == *= ]] || follower+=' '
    eval "exec 7< <(exec timeout 30 ${follower}trace/pipe)"
    sleep 0.2 # it has to open first: a stream begins with the opening
    end=$((SECONDS + 10)) line=''
    while [[ $SECONDS -lt $end ]]; do
        accepts nvme/AQA/ASQS 0
        read -r -t 0.3 line <&7 && break
    done
    matches "what comes through $follower" "$line" ' write +AQA'
    exec 7<&-
done
accepts trace/enable 0
finish
