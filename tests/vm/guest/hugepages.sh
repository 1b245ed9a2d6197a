#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Huge pages as an ordinary user meets them: the mount refuses him, memfd does not.
# vm: devices=plain
. "$(dirname "$0")/lib.sh"

pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
same "none at first" "$(cat $pool)" 0
same "memfd with none reserved" "$(as_tester try memfd 4194304 2>&1)" 'mmap: ENOMEM'
echo 16 >$pool
same "reserved" "$(cat $pool)" 16
same "memfd" "$(as_tester try memfd 4194304 2>&1)" 'huge 4194304'
same "memfd beyond what is there" "$(as_tester try memfd 67108864 2>&1)" 'mmap: ENOMEM'
matches "the mount" "$(findmnt -no FSTYPE /dev/hugepages)" '^hugetlbfs$'
matches "a file in the mount" "$(as_tester touch /dev/hugepages/file 2>&1)" 'Permission denied'
same "given back" "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" 16
finish
