#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What docs/interface.md says of every file, held against every file of the mount that is the working directory.

    tree.py [--all] [HIDDEN…]    HIDDEN: names that are found and not listed

Prints what is not so, and the number of checks. What a file shows is looked at for each; what takes many system calls only
for two of each kind, but with --all, which takes minutes. Of the arrays below identify/, logs/ and features/ the elements
from the second on are left out without --all: each that is read is a command, and they are all alike."""

import ctypes
import errno
import json
import mmap
import os
import platform
import re
import stat
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
LONGEST = 8 << 20  # of larger files only the beginning is read
NOTHING_YET = {errno.ENODATA, errno.EIO, errno.ENXIO, errno.ETIMEDOUT, errno.EAGAIN, errno.ESHUTDOWN}
OBJECTS = ('cmd', 'mem', 'queues/sq', 'queues/cq')
HEX = re.compile(r'0x(0|[1-9a-f][0-9a-f]*)')
KERNEL = tuple(int(n) for n in re.findall(r'\d+', platform.release())[:2])

failures = []
checks = 0


def check(holds, path, what):
    global checks
    checks += 1
    if not holds:
        failures.append(f'FAIL {path}: {what}')


def name_of(error):
    return errno.errorcode.get(error, error)


def refused(expected, path, what, call, *arguments):
    """The system call fails with one of these errors."""
    try:
        result = call(*arguments)
    except OSError as error:
        check(error.errno in expected, path, f'{what}: {name_of(error.errno)}')
        return
    if what.startswith('open') and isinstance(result, int):
        os.close(result)
    check(False, path, f'{what} succeeds: {result!r}')


shown = {}  # what each file showed


class File:
    """One file of the tree, opened for reading and read once. `error` is why there is nothing to read."""

    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)
        self.stat = os.stat(path)
        self.fd, self.data, self.error = -1, None, None
        self.reads, self.writes = bool(self.stat.st_mode & 0o444), bool(self.stat.st_mode & 0o222)
        if self.reads:
            self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            self.data, self.error = self.read()
            shown[path] = self.data

    def read(self):
        try:
            parts, at = [], 0
            while at < LONGEST and (part := os.pread(self.fd, 1 << 20, at)):
                parts.append(part)
                at += len(part)
                if len(part) < 4096:
                    break
            return b''.join(parts), None
        except OSError as error:
            return None, error.errno

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)

    @property
    def is_memory(self):
        """Bytes, in which an offset means something: no line of text."""
        return self.name in ('raw', 'data', 'metadata', 'slots', 'log', 'pipe', 'pipe_json', 'stream', 'submit', 'place',
                             'completions') or self.path.startswith('bar/') or self.path == 'trace/json'

    @property
    def is_value(self):
        return not self.is_memory and self.name not in ('text', 'json')

    @property
    def is_register(self):
        return self.path.startswith(('nvme/', 'pcie/'))

    @property
    def waits(self):
        return '/wait/' in self.path or self.name in ('pipe', 'pipe_json', 'stream', 'completions')


# --- What is there ---

def walk(top, everything):
    """All paths, directories first, as readdir lists them."""
    for where, directories, files in os.walk(top):
        directories.sort()
        where = os.path.relpath(where, '.')
        if not everything and where.startswith(('identify', 'logs', 'features')):
            directories[:] = [name for name in directories if not name.isdigit() or int(name) < 2]
            files = [name for name in files if not name.isdigit() or int(name) < 2]
        yield where, directories, sorted(files)


# --- Names ---

# interface: RU1 RU3
def names(where, directories, files):
    for name in directories + files:
        capital, lower = re.fullmatch(r'[0-9]*[A-Z][A-Z0-9_]*', name), re.fullmatch(r'[a-z][a-z0-9_]*', name)
        check(capital or lower or name.isdigit() or name == 'README', f'{where}/{name}', 'what name is that?')
    numbers = sorted(int(name) for name in directories + files if name.isdigit())
    if numbers and where.split('/')[-1].isupper():  # an array: its elements, from the first on, without a gap
        check(numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] < 2 or len(numbers) > 2,
              where, f'elements {numbers[:4]}…')


# --- Values ---

# Fields that hold text by the specification: ASCII strings, names, UUIDs, and the identifiers of the IEEE.
TEXTS = {'SN', 'MN', 'FR', 'SUBNQN', 'IEEE', 'NGUID', 'EUI64', 'UUID', 'FGUID', 'FRS', 'VS', 'GUID', 'TIMESTAMP', 'HOSTID'}
# Names of lonefs that hold a word or several, and those that hold hex.
WORDS = {'access', 'device', 'version', 'state', 'consumer', 'mem', 'pages', 'where', 'opcode', 'fuse', 'pointers',
         'prp_list', 'sgl', 'queue', 'mode', 'status', 'ctl', 'cid', 'README', 'error', 'error_log', 'lspci', 'namespaces',
         'allocated_namespaces', 'in_use', 'vector', 'cq', 'priority'}
HEXES = {'cid', 'doorbell', 'opcode', 'id', 'version', 'offset', 'iova'}


# interface: RU4 RU5 RU6 RU7
def value(file):
    if file.data is None or not file.is_value or file.name in ('README', 'status', 'error', 'error_log', 'lspci', 'ctl') or (
            file.name == 'version' and file.path == 'version'):
        return
    text = file.data.decode('latin-1')
    if not text and (file.stat.st_size == 0 or file.name == 'stray'):
        return
    check(text.endswith('\n') and text.count('\n') == 1 or 'namespaces' in file.name, file.path,
          f'is not one line: {text[:80]!r}')
    line = text.rstrip('\n')
    check(all(' ' <= c <= '~' or c == '\n' for c in line), file.path, f'has control characters: {line[:80]!r}')
    if re.fullmatch(r'[0-9]*[A-Z][A-Z0-9_]*|[0-9]+', file.name) or file.name == 'value':
        check(HEX.fullmatch(line) or holder(file.path) in TEXTS, file.path, f'is not hex: {line[:80]!r}')
        check(line == line.rstrip(' ') or holder(file.path) not in TEXTS, file.path, f'is not trimmed: {line!r}')
    elif HEX.fullmatch(line):
        check(file.name in HEXES, file.path, f'is hex: {line!r}')
    elif not re.fullmatch(r'[0-9]+(\.[0-9]+)?', line):
        check(file.name in WORDS or file.waits, file.path, f'is not a number: {line[:80]!r}')


def holder(path):
    """The field that a file is, or is an element of."""
    return next((part for part in reversed(path.split('/')) if not part.isdigit()), path)


# --- Records ---

# interface: RU8 RU9 RU10 RU11 RU12 RU13
def record(where, names_here):
    """raw, text, json, value and the files of the fields are the same thing."""
    try:
        whole, raw, text = json.loads(shown[f'{where}/json']), shown[f'{where}/raw'], shown[f'{where}/text'].decode()
    except (TypeError, AttributeError):  # there is nothing yet
        check(shown[f'{where}/text'] is None, where, 'has text and no json')
        return
    # interface: RU11
    check(set(whole) - {'capabilities' if where == 'pcie' else ''} == {'schema', 'record', 'fields'} and whole['schema'] == 1, where, f'json has {list(whole)}')
    check(isinstance(whole['record'], str), where, 'json names no record')
    numbers_in(where, whole['fields'])
    if where not in ('nvme', 'pcie'):
        check(os.stat(f'{where}/raw').st_size in (len(raw), 4096) or len(raw) < os.stat(f'{where}/raw').st_size, where,
              'size of raw')
    fields = {name for name in names_here if not name.islower()}
    listed_of(where, whole['fields'], fields)
    if 'value' in names_here:
        number = shown[f'{where}/value'].decode().strip()
        if where.startswith('features/') and where.endswith(('current', 'default', 'saved')):
            raw = raw[:4]
        check(number == hex(int.from_bytes(raw, 'little')) or is_busy(where), where, f'value {number} of {raw.hex()}')
        check(len(raw) <= 8 or where.startswith(('nvme/', 'pcie/')), where, f'value of {len(raw)} bytes')
    else:
        check(len(raw) > 8 or where in ('nvme', 'pcie') or not where.startswith('queues/'), where, f'{len(raw)} bytes have no value')
    if not is_busy(where):
        leaves_of(where, whole['fields'], text)


def is_busy(where):
    """Reading it changes it, or the next reading is another one."""
    return where.startswith(('logs/smart', 'logs/error', 'logs/telemetry', 'features/timestamp')) or '/slots' in where


def listed_of(where, fields, listed):
    """What the data do not have is listed where it may be there, and answers ENODATA."""
    for name in set(fields) - listed:
        check(False, f'{where}/{name}', 'is in json, and not listed')
    for name in listed - set(fields):
        if not name.isdigit():  # an element of the only field that there is
            refused({errno.ENODATA}, f'{where}/{name}', 'not in json, and a read', lambda: open(f'{where}/{name}').read())


def numbers_in(where, node):
    if isinstance(node, dict):
        for key, one in node.items():
            numbers_in(f'{where}/{key}', one)
    elif isinstance(node, list):
        for number, one in enumerate(node):
            numbers_in(f'{where}/{number}', one)
    else:
        check(node is None or isinstance(node, str), where, f'json holds {node!r}')


# interface: RU10 RU11
def leaves_of(where, fields, text):
    for name, one in fields.items():
        path = f'{where}/{name}'
        if isinstance(one, str) and path in shown:
            line = shown[path] and shown[path].decode('latin-1').rstrip('\n')
            check(line == one, path, f'is {line!r}, in json {one!r}')
            if '/' in where:
                check(len(one) > 64 or re.search(rf'(?m)^ *{name} +{re.escape(one)}( |$)', text), path,
                      f'{one!r} is not in text')


# --- Writing ---

def write(fd, data, offset):
    """The errno of one write, or 0."""
    try:
        return 0 if os.pwrite(fd, data, offset) == len(data) else -1
    except OSError as error:
        return error.errno


# interface: RU15 RU16
def refuses_lines(file):
    if not file.writes or file.is_memory:
        return
    fd = os.open(file.path, os.O_WRONLY)
    for line, what in ((b'1\n2\n', 'two lines'), (b'1\n2', 'two lines, one newline'), (b'\n\n', 'two newlines'),
                       (b'1\0', 'a zero byte'), (b'0x1' + b' ' * 4093 + b'\n', '4097 bytes'), (b'1;2', 'nonsense'),
                       (b'=' if file.name == 'sgl' else b' ', 'a blank'), (b'-1', 'a negative number'), (b'0x', 'no digits'),
                       (b'0x1' + b'0' * 64, 'a number that nothing holds'), (b'1 1', 'two values')):
        error = write(fd, line, 0)
        check(error in (errno.EINVAL, errno.ERANGE, errno.EBUSY, errno.EACCES, errno.ENODATA, errno.ENXIO), file.path,
              f'takes {what}: {name_of(error)}')
    os.close(fd)
    if file.data is not None and not file.waits and file.name not in ('ctl', 'status'):
        data, _ = file.read()
        check(data == file.data or is_busy(file.path), file.path, f'was {file.data[:60]!r}, is {data[:60] if data else data!r} after lines that were refused')


# interface: RU18 RU21
def accepts_what_it_prints(file):
    """With and without a newline, at whatever offset."""
    if not file.writes or not file.data or file.is_memory or file.name in ('ctl', 'submit') or not file.is_value:
        return
    fd = os.open(file.path, os.O_WRONLY)
    for data, offset in ((file.data, 0), (file.data.rstrip(b'\n'), 4711), (b' ' + file.data.rstrip(b'\n') + b'\t\n', 0)):
        error = write(fd, data, offset)
        # The controller may not like it: that is its answer, and not about the line.
        check(error in (0, errno.EIO, errno.EBUSY) or (error == errno.EINVAL and re.fullmatch(r'features/.*/value', file.path) and os.stat(os.path.dirname(file.path) + '/raw').st_size > 4) or (error == errno.EACCES and 'features/' in file.path), file.path,
              f'prints {data[:60]!r} and answers {name_of(error)} to it')
    os.close(fd)


# --- Sizes, the page cache ---

# interface: RU45 RU46 RU47 RU50 RU51
def sizes(file):
    if file.fd < 0:
        return
    size, block = file.stat.st_size, file.stat.st_blksize
    length = None if file.data is None else len(file.data)
    is_block = size >= 4096 and size & (size - 1) == 0 and size == block
    if length is not None and length < LONGEST and not file.waits:
        check(length == size or (length <= size and is_block) or file.name.startswith('error'), file.path,
              f'{length} bytes, shows {size} in blocks of {block}')
    try:
        end = os.lseek(file.fd, 0, os.SEEK_END)
    except OSError as error:
        end = None
        check(error.errno == errno.ESPIPE, file.path, f'SEEK_END: {name_of(error.errno)}')
    check(end is None or end == size, file.path, f'SEEK_END: {end}, shows {size}')
    longer = is_block and size > 4096 and length != size
    check(end is None or not (longer or file.waits), file.path, f'SEEK_END: {end} of what is longer than a value, or waits')
    if length and not file.is_memory and not file.waits:
        begin = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK)
        behind = length + (100000 if file.name.startswith('error') else 1)  # which grow by it
        refused({errno.EINVAL}, file.path, 'a read that begins behind the end', os.pread, begin, 10, behind)
        os.close(begin)
        if not is_busy(file.path) and not file.name.startswith('error'):
            os.pread(file.fd, 1 << 20, 0)
            check(os.pread(file.fd, 10, length) == b'', file.path, 'a read at the end')


def copy_by(how, fd, sink):
    if how == 'sendfile':
        return os.sendfile(sink, fd, 0, 4096)
    if how == 'splice':
        return os.splice(fd, sink, 4096, offset_src=0)
    return os.copy_file_range(fd, sink, 4096, 0)


# interface: RU52 RU53
def page_cache(file, sinks):
    """Nothing reaches lonefs's files through it."""
    if file.fd < 0 or file.path.endswith('ns/1/data'):
        return
    for how, sink, expected in (('sendfile', sinks['file'], {errno.EINVAL}), ('splice', sinks['pipe'], {errno.EINVAL}),
                                ('copy_file_range', sinks['file'], {errno.EINVAL, errno.EXDEV}),
                                ('copy_file_range', sinks['mount'], {errno.EINVAL})):
        if file.stat.st_size == 0 and not file.waits:
            continue  # the kernel asks for nothing
        refused(expected, file.path, how, copy_by, how, file.fd, sink)


COUNTS = [os.open(f'sim/counts/{name}', os.O_RDONLY)
          for name in ('bar_reads', 'bar_writes', 'commands', 'config_reads', 'config_writes')]


def counts():
    return [int(os.pread(fd, 32, 0)) for fd in COUNTS]


LIBC.mmap.restype = ctypes.c_void_p


def map_of(file, how):
    at = LIBC.mmap(None, ctypes.c_size_t(4096), mmap.PROT_READ, how, file.fd, ctypes.c_long(0))
    return None if at == ctypes.c_void_p(-1).value else at


# interface: RU54
def maps(file, pipe):
    if file.fd < 0 or file.path.endswith('ns/1/data'):
        return
    check(map_of(file, mmap.MAP_SHARED) is None and ctypes.get_errno() == errno.ENODEV, file.path, 'has a shared map')
    at = map_of(file, mmap.MAP_PRIVATE)
    if at is None:
        check(False, file.path, f'has no private map: {name_of(ctypes.get_errno())}')
        return
    # write(2) says EFAULT where the program itself would get SIGBUS.
    count = LIBC.write(pipe, ctypes.c_void_p(at), ctypes.c_size_t(8))
    check(count < 0 and ctypes.get_errno() == errno.EFAULT, file.path, f'a private map has pages: {count}')
    LIBC.munmap(ctypes.c_void_p(at), ctypes.c_size_t(4096))


# --- What it is ---

# interface: RU56 RU57
def attributes(file, root, inodes):
    check(file.stat.st_ino < 1 << 32, file.path, f'inode {file.stat.st_ino}')
    for kind in ('st_atime_ns', 'st_mtime_ns', 'st_ctime_ns'):
        check(getattr(file.stat, kind) == getattr(root, kind), file.path, kind)
    other = inodes.setdefault(file.stat.st_ino, file.path)
    check(other == file.path, file.path, f'has the inode of {other}')


# interface: RU26
def accesses(file):
    if not file.writes:
        refused({errno.EACCES}, file.path, 'open for writing', os.open, file.path, os.O_WRONLY | os.O_NONBLOCK)
    if not file.reads:
        refused({errno.EACCES}, file.path, 'open for reading', os.open, file.path, os.O_RDONLY | os.O_NONBLOCK)


# interface: RU58 RU59
def nothing_made(where, directories, files):
    new = f'{where}/new'
    refused({errno.ENOENT}, where, '> of a new name', open, new, 'w')
    refused({errno.EPERM}, where, 'mknod', os.mknod, new)
    refused({errno.EPERM}, where, 'mkfifo', os.mkfifo, new)
    refused({errno.EPERM}, where, 'symlink', os.symlink, 'x', new)
    if where not in OBJECTS:
        refused({errno.EPERM}, where, 'mkdir', os.mkdir, new)
    for name in directories[:1]:
        refused({errno.EPERM, errno.EBUSY} if where in OBJECTS else {errno.EPERM}, where, 'rmdir', os.rmdir,
                f'{where}/{name}') if where not in ('cmd', 'mem') else None
        refused({errno.EPERM}, where, 'rename', os.rename, f'{where}/{name}', new)
    for name in files[:1]:
        refused({errno.EPERM}, where, 'unlink', os.unlink, f'{where}/{name}')
        refused({errno.EPERM}, where, 'link', os.link, f'{where}/{name}', new)
        refused({errno.EPERM}, where, 'rename', os.rename, f'{where}/{name}', new)


# --- What it costs ---

# interface: RU22 RU25 RU28
def costs_one_look(file, before):
    """A file of a register is one read of it; one of a record that a command brings is one command."""
    fd = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while os.read(fd, 1 << 20):
            pass
    except OSError:
        pass
    os.close(fd)
    bar, bar_writes, commands, config, config_writes = (b - a for a, b in zip(before, counts()))
    parts = file.path.split('/')
    if parts[0] == 'nvme' and len(parts) > 2 and parts[1] != 'wait':
        wide = os.stat(f'{parts[0]}/{parts[1]}/raw').st_size // 4
        check((bar, bar_writes, commands, config, config_writes) == (wide, 0, 0, 0, 0), file.path, f'{bar} reads of the BAR')
    elif parts[0] == 'pcie' and len(parts) > 2 and parts[1] not in ('wait', 'caps'):
        wide = 2 if parts[1] == 'CC' else max(1, os.stat(f'{parts[0]}/{parts[1]}/raw').st_size // 4)
        check((bar, commands, config, config_writes) == (0, 0, wide, 0), file.path, f'{config} reads of configuration space')
    elif parts[0] in ('identify', 'features', 'logs') and len(parts) > 2:
        check(commands == 1 and (bar, config, config_writes) == (0, 0, 0), file.path, f'{commands} commands, {bar} reads of the BAR')
        check(bar_writes == 2, file.path, f'{bar_writes} doorbells')
    elif file.name not in ('mask', 'pending') and parts[0] not in ('bar', 'pcie', 'nvme', 'identify', 'features', 'logs', 'status', 'ns'):
        check(not any((bar, bar_writes, commands, config, config_writes)), file.path, 'reaches the device')


def is_new_kind(file, kinds):
    """Are there not yet two of its kind: at its place, with its modes and size, and its name if that is lonefs's own?"""
    top = file.path.split('/')[0]
    kind = (top, file.name if file.name.islower() else '', file.stat.st_mode, file.stat.st_size, file.error, '=' in file.path)
    kinds[kind] = kinds.get(kind, 0) + 1
    return kinds[kind] <= 2


def main(arguments):
    everything = '--all' in arguments
    hidden = [name for name in arguments if not name.startswith('--')]
    root, inodes, kinds = os.stat('.'), {}, {}
    listing = list(walk('.', everything))
    reader, pipe = os.pipe()
    os.set_blocking(pipe, False)
    sinks = {'file': os.memfd_create('sink'), 'pipe': pipe, 'mount': os.open('mem/target/data', os.O_WRONLY)}
    paths = [os.path.normpath(os.path.join(where, name)) for where, _, files in listing for name in files]
    for path in hidden:
        name = next((part for part in path.split('/') if '=' in part), os.path.basename(path))
        check(name not in os.listdir(path[:path.index(name)]), path, 'is listed')
    for path in paths + hidden:
        file = File(path)
        try:
            check(file.error is None or file.error in NOTHING_YET, path, f'read: {name_of(file.error)}')
            attributes(file, root, inodes)
            value(file)
            if not everything and not is_new_kind(file, kinds):
                continue
            accesses(file)
            sizes(file)
            before = counts()
            page_cache(file, sinks)
            maps(file, pipe)
            after = counts()
            check(after == before or KERNEL < (6, 5), path, 'the page cache reaches the device')
            if not file.waits and file.reads:
                costs_one_look(file, after)
            refuses_lines(file)
            accepts_what_it_prints(file)
        finally:
            file.close()
    for where, directories, files in listing:
        names(where, directories, files)
        if {'json', 'raw'} <= set(files):
            record(where, set(directories) | set(files))
        if everything or where.count('/') < 2:
            nothing_made(where, directories, files)
    print('\n'.join(failures))
    print(f'{len(paths)} files, {checks} checks, {len(failures)} failures, Linux {KERNEL[0]}.{KERNEL[1]}')
    return 1 if failures else 0


sys.exit(main(sys.argv[1:]))
