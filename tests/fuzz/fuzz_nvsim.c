/* SPDX-License-Identifier: MIT */
/*
 * Hostile queue entries, PRP lists and SGL segments, to the simulated controller. Byte 0 of the input says how many
 * entries follow, and whether for the admin queue; byte 1 the format of namespace 1; then come the entries, and what is
 * left of the input is memory that they may point to. Whatever it is, the controller can be disabled afterwards, has
 * written only where it may, and can be closed.
 */
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "fuzz.h"
#include "nvsim/nvsim.h"

#define BASE   0x10000000u
#define MEMORY 0x100000u
#define ASQ    0x0000u
#define ACQ    0x1000u
#define SQ     0x2000u
#define CQ     0x3000u
#define LISTS  0x8000u
#define DATA   0x10000u
#define FIXED  0xf0000u /* from here on the device may only read */
#define SLOTS  64u

enum { ENTRIES_MAX = 15, ADMIN = 0x10, IO = 1 };

struct bench {
    struct lone_device *device;
    uint8_t *memory;
    uint32_t tails[2];
};

static uint64_t reg(struct bench *bench, uint64_t offset)
{
    uint64_t value = 0;

    MUST(!lone_device_bar_read(bench->device, 0, offset, 4, &value, NULL));
    return value;
}

static void set(struct bench *bench, uint64_t offset, unsigned width, uint64_t value)
{
    MUST(!lone_device_bar_write(bench->device, 0, offset, width, value, NULL));
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void wait_ready(struct bench *bench, uint32_t ready)
{
    double start = now();

    while ((reg(bench, 0x1c) & 1) != ready) {
        sched_yield();
        MUST(now() - start < 20);
    }
}

static uint64_t done(struct bench *bench)
{
    struct lone_device_counts counts;

    MUST(lone_device_counts(bench->device, &counts));
    return counts.commands;
}

/* Until the commands are done, or as good as: the first of a fused pair may well wait for ever. */
static void wait_done(struct bench *bench, uint64_t wanted)
{
    double start = now();

    while (done(bench) < wanted && !(reg(bench, 0x1c) & 2) && now() - start < 0.02)
        sched_yield();
}

static void submit(struct bench *bench, unsigned queue, const uint8_t entry[64])
{
    lone_dma_store(bench->memory + (queue ? SQ : ASQ) + bench->tails[queue] * 64, entry, 64);
    bench->tails[queue] = (bench->tails[queue] + 1) % SLOTS;
}

static void ring(struct bench *bench, unsigned queue, uint64_t n)
{
    uint64_t before = done(bench);

    set(bench, 0x1000 + 8 * queue, 4, bench->tails[queue]);
    wait_done(bench, before + n);
}

static void admin(struct bench *bench, uint8_t opcode, uint32_t nsid, uint32_t prp1, uint32_t dw10, uint32_t dw11)
{
    const uint32_t dw[16] = {[0] = opcode, [1] = nsid, [6] = prp1, [10] = dw10, [11] = dw11};

    submit(bench, 0, (const uint8_t *)dw);
    ring(bench, 0, 1);
}

static void begin(struct bench *bench, unsigned format)
{
    MUST(!lone_nvsim_open(&bench->device, NULL));
    MUST(!lone_device_dma_map(bench->device, bench->memory, BASE, FIXED, LONE_DMA_READ | LONE_DMA_WRITE, NULL));
    MUST(!lone_device_dma_map(bench->device, bench->memory + FIXED, BASE + FIXED, MEMORY - FIXED, LONE_DMA_READ, NULL));
    MUST(!lone_device_config_write(bench->device, 4, 2, 6, NULL));
    set(bench, 0x50, 8, 0x5000000003); /* a Controller Memory Buffer at 5000000000h */
    set(bench, 0x24, 4, (SLOTS - 1) | (SLOTS - 1) << 16);
    set(bench, 0x28, 8, BASE + ASQ);
    set(bench, 0x30, 8, BASE + ACQ);
    set(bench, 0x14, 4, 0x460001);
    wait_ready(bench, 1);
    admin(bench, 0x80, 1, 0, format & 0x13, 0);
    admin(bench, 0x05, 0, BASE + CQ, IO | (SLOTS - 1) << 16, 1);
    admin(bench, 0x01, 0, BASE + SQ, IO | (SLOTS - 1) << 16, 1 | IO << 16);
}

static void finish(struct bench *bench)
{
    static const uint8_t zeros[MEMORY - FIXED];

    set(bench, 0x14, 4, 0x460000);
    wait_ready(bench, 0);
    MUST(!memcmp(bench->memory + FIXED, zeros, sizeof(zeros)));
    lone_device_close(bench->device);
}

const unsigned long fuzz_inputs = 1000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t flush[64] = {0x00, [4] = 1};
    struct bench bench = {0};
    unsigned n, queue;
    size_t at = 2;

    if (size < 2)
        return 0;
    n = data[0] % (ENTRIES_MAX + 1);
    queue = data[0] & ADMIN ? 0 : IO;
    bench.memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(bench.memory != MAP_FAILED);
    begin(&bench, data[1]);
    if (size > 2 + n * 64)
        lone_dma_store(bench.memory + LISTS, data + 2 + n * 64, size - 2 - n * 64);
    for (unsigned i = 0; i < n && at + 64 <= size; i++, at += 64)
        submit(&bench, queue, data + at);
    submit(&bench, queue, flush);
    ring(&bench, queue, n + 1);
    finish(&bench);
    munmap(bench.memory, MEMORY);
    return 0;
}

/* ---- well-formed inputs ---- */

struct seed {
    uint8_t *data;
    size_t size;
};

static void add(struct seed *seed, const uint32_t dw[16])
{
    memcpy(seed->data + seed->size, dw, 64);
    seed->size += 64;
}

static void add_address(struct seed *seed, uint64_t address)
{
    memcpy(seed->data + seed->size, &address, 8);
    seed->size += 8;
}

static void add_descriptor(struct seed *seed, uint64_t address, uint32_t length, uint8_t type)
{
    uint8_t bytes[16] = {[15] = type};

    memcpy(bytes, &address, 8);
    memcpy(bytes + 8, &length, 4);
    memcpy(seed->data + seed->size, bytes, 16);
    seed->size += 16;
}

/* Every command with PRPs: a list at LISTS, which other commands read as ranges. */
static void with_prps(struct seed *seed)
{
    static const uint8_t opcodes[] = {0x01, 0x02, 0x05, 0x08, 0x04, 0x0c, 0x09, 0x19, 0x00};

    seed->data[0] = sizeof(opcodes);
    for (size_t i = 0; i < sizeof(opcodes); i++)
        add(seed, (const uint32_t[16]){[0] = opcodes[i],
                                       [1] = 1,
                                       [4] = BASE + DATA,
                                       [6] = BASE + DATA + 0x204,
                                       [8] = BASE + LISTS,
                                       [12] = 63});
    for (unsigned i = 0; i < 9; i++)
        add_address(seed, BASE + DATA + 0x1000 * (i + 1));
}

static void with_sgls(struct seed *seed)
{
    static const uint8_t opcodes[] = {0x01, 0x02, 0x05, 0x09, 0x19};

    seed->data[0] = sizeof(opcodes);
    for (size_t i = 0; i < sizeof(opcodes); i++)
        add(seed, (const uint32_t[16]){[0] = opcodes[i] | (i % 2 ? 0x4000 : 0x8000),
                                       [1] = 1,
                                       [4] = BASE + LISTS + 64,
                                       [6] = BASE + LISTS,
                                       [8] = 48,
                                       [9] = 0x20000000,
                                       [12] = 7});
    add_descriptor(seed, BASE + DATA, 1000, 0x00);
    add_descriptor(seed, 0, 96, 0x10);
    add_descriptor(seed, BASE + LISTS + 48, 32, 0x30);
    add_descriptor(seed, BASE + DATA + 5000, 1000, 0x00);
    add_descriptor(seed, 0x5000000000, 4096, 0x00);
}

static void fused(struct seed *seed)
{
    seed->data[0] = 4;
    for (unsigned i = 0; i < 4; i++)
        add(seed,
            (const uint32_t[16]){
                [0] = i % 2 ? 0x0201 : 0x0105, [1] = 1, [4] = BASE + DATA, [6] = BASE + DATA, [10] = i, [12] = 0});
}

static void admin_commands(struct seed *seed)
{
    static const struct {
        uint8_t opcode;
        uint32_t dw10, dw11;
    } commands[] = {
        {0x06, 1, 0},          {0x05, 0x00070002, 1}, {0x01, 0x00070002, 0x20001},
        {0x05, 0x00ff0003, 0}, {0x02, 0x3ff0002, 0},  {0x0a, 7, 0},
        {0x09, 1, 0x07030102}, {0x0c, 0, 0},          {0x08, 0, 0},
        {0x04, 2, 0},          {0x00, 2, 0},          {0x11, 63, 0},
        {0x10, 0, 0},          {0x80, 0x12, 0},
    };

    seed->data[0] = ADMIN | (sizeof(commands) / sizeof(*commands));
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        add(seed, (const uint32_t[16]){[0] = commands[i].opcode,
                                       [1] = i == 13,
                                       [6] = i == 3 ? BASE + LISTS : BASE + DATA,
                                       [8] = BASE + LISTS,
                                       [10] = commands[i].dw10,
                                       [11] = commands[i].dw11});
    add_address(seed, BASE + DATA);
}

size_t fuzz_seed(unsigned n, uint8_t *data, size_t size)
{
    static void (*const makers[])(struct seed * seed) = {with_prps, with_sgls, fused, admin_commands};
    struct seed seed = {data, 2};
    const unsigned count = sizeof(makers) / sizeof(*makers);

    MUST(size >= 2048);
    if (n >= 4 * count)
        return 0;
    data[1] = (uint8_t)((n / count) | (n / count > 1 ? 0x10 : 0)); /* each with every format */
    makers[n % count](&seed);
    return seed.size;
}
