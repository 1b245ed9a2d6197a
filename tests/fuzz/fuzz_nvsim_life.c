/* SPDX-License-Identifier: MIT */
/*
 * A hostile host, to the simulated controller: the input is a script of register, doorbell, MSI-X table and
 * configuration writes, commands of which the fields are mostly plausible, mappings that come and go, and resets.
 * Whatever it has done, a function reset and what a driver does afterwards bring the controller back, it has written
 * only where it may, and it can be closed.
 */
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "fuzz.h"
#include "nvsim/nvsim.h"

#define BASE     0x10000000u
#define MEMORY   0x100000u
#define QUEUE(n) (0x4000u * (n)) /* SQ, and 2000h behind it CQ */
#define DATA     0x40000u
#define MOVING   0x80000u /* mapped and unmapped */
#define FIXED    0xf0000u /* from here on the device may only read */
#define CMB      0x5000000000u
#define ENTRIES  64u
#define PATIENCE 20 /* seconds */

enum { QUEUES = 6 };

struct script {
    const uint8_t *at, *end;
};

struct bench {
    struct lone_device *device;
    uint8_t *memory;
    uint32_t tails[QUEUES];
    bool moved_in;
    struct script script;
};

static uint8_t byte(struct bench *bench)
{
    return bench->script.at < bench->script.end ? *bench->script.at++ : 0;
}

/* A number as hosts write them, or noise. */
static uint64_t number(struct bench *bench)
{
    static const uint64_t telling[] = {0,      1,       2,        3,          7,       8,       15,       63,
                                       64,     127,     128,      255,        256,     4095,    0xffff,   0x10000,
                                       0x8000, 1 << 20, 1u << 31, 0xffffffff, 1974671, 1974672, 0x460001, 0x464001};
    uint8_t kind = byte(bench);
    uint64_t value = 0;

    if (kind < 0xc0)
        return telling[kind % (sizeof(telling) / sizeof(*telling))];
    for (int i = 0; i < (kind < 0xe0 ? 2 : 8); i++)
        value = value << 8 | byte(bench);
    return value;
}

static uint64_t address(struct bench *bench)
{
    static const uint64_t places[] = {BASE + DATA, BASE + DATA + 0x1000, BASE + MOVING, BASE + FIXED, CMB, 0, BASE - 8};
    uint8_t kind = byte(bench);

    return places[kind % 7] + (kind & 0x80 ? number(bench) % 0x2000 : 0);
}

static uint64_t reg(struct bench *bench, uint64_t offset)
{
    uint64_t value = 0;

    lone_device_bar_read(bench->device, 0, offset, 4, &value, NULL);
    return value;
}

static void set(struct bench *bench, uint64_t offset, unsigned width, uint64_t value)
{
    lone_device_bar_write(bench->device, 0, offset, width, value, NULL);
}

static void configure(struct bench *bench, uint16_t offset, unsigned width, uint32_t value)
{
    MUST(!lone_device_config_write(bench->device, offset, width, value, NULL));
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t done(struct bench *bench)
{
    struct lone_device_counts counts;

    MUST(lone_device_counts(bench->device, &counts));
    return counts.commands;
}

/* Until a command is done, if it ever is. */
static void wait_done(struct bench *bench, uint64_t before)
{
    double start = now();

    while (done(bench) == before && (reg(bench, 0x1c) & 3) == 1 && now() - start < 0.002)
        sched_yield();
}

static void submit(struct bench *bench, unsigned queue, const uint32_t dw[16])
{
    lone_dma_store(bench->memory + QUEUE(queue) + bench->tails[queue] * 64, dw, 64);
    bench->tails[queue] = (bench->tails[queue] + 1) % ENTRIES;
    set(bench, 0x1000 + 8 * queue, 4, bench->tails[queue]);
}

/* ---- what a script can do ---- */

static void write_register(struct bench *bench)
{
    static const uint16_t offsets[] = {0x0c, 0x10, 0x14,  0x1c,  0x20,  0x24,   0x28,   0x30,
                                       0x50, 0x54, 0xe04, 0xe14, 0xe18, 0x200c, 0x2000, 0x3000};
    unsigned width = 1u << byte(bench) % 4;
    uint8_t which = byte(bench);
    uint64_t offset = which < 0x80 ? offsets[which % 16] : 0x1000 + 4u * byte(bench);

    set(bench, offset / width * width, width, number(bench));
}

static void write_config(struct bench *bench)
{
    static const uint16_t offsets[] = {0x04, 0x44, 0x52, 0x60, 0x72, 0x88, 0x10, 0x06};

    configure(bench, offsets[byte(bench) % 8], 2, (uint32_t)number(bench) & 0xffff);
}

static void enable_or_not(struct bench *bench)
{
    static const uint32_t values[] = {0x460001, 0x460000, 0x464001, 0x468001, 0x460801, 0x460481, 1, 0x460011};

    set(bench, 0x14, 4, values[byte(bench) % 8]);
}

static void command(struct bench *bench, unsigned queue, uint8_t opcode)
{
    static const uint32_t nsids[] = {0, 1, 1, 0, 2, 4, 5, 0xffffffff};
    uint8_t kind = byte(bench), flags = queue || kind > 0xf0 ? byte(bench) & 0xc3 : 0;
    uint32_t dw[16] = {opcode | (uint32_t)flags << 8, nsids[byte(bench) % 8]};
    uint64_t pointers[] = {address(bench), address(bench), address(bench)}, before = done(bench);

    memcpy(&dw[4], pointers, sizeof(pointers));
    /* Low halves are numbers of things, high halves mostly nothing. */
    for (int i = 10; i < 16; i++)
        dw[i] = (byte(bench) & 1 ? (uint32_t)number(bench) & 0xffff : 0) |
                (byte(bench) & 7 ? 0 : (uint32_t)number(bench) << 16);
    if (flags >> 6)
        dw[8] = 64, dw[9] = (kind & 3u) << 28; /* an SGL: so long, of this type */
    submit(bench, queue, dw);
    if (kind & 0x18)
        wait_done(bench, before);
}

/* Features, log pages and CNS are numbered from 0 on, so dword 10 is one byte of the script. */
static void admin_command(struct bench *bench)
{
    static const uint8_t opcodes[] = {0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x08, 0x09,
                                      0x0a, 0x0c, 0x10, 0x11, 0x14, 0x80, 0x02, 0x09};
    static const uint32_t fields[] = {0, 0x80000000, 0x000f0000, 0x00ff0000, 0x100, 0x200, 0x300, 0x8000};
    uint64_t before = done(bench);
    uint8_t opcode = opcodes[byte(bench) % 16];

    if (byte(bench) & 1) {
        command(bench, 0, opcode);
        return;
    }
    submit(bench, 0,
           (const uint32_t[16]){[0] = opcode,
                                [1] = byte(bench) & 1,
                                [6] = BASE + DATA,
                                [10] = (byte(bench) & 0x9f) | fields[byte(bench) % 8],
                                [11] = (uint32_t)number(bench),
                                [12] = byte(bench) & 3 ? 0 : (uint32_t)number(bench)});
    wait_done(bench, before);
}

static void io_command(struct bench *bench)
{
    static const uint8_t opcodes[] = {0x00, 0x01, 0x02, 0x04, 0x05, 0x08, 0x09, 0x0c, 0x19, 0x7d};
    unsigned queue = 1 + byte(bench) % (QUEUES - 1);

    command(bench, queue, opcodes[byte(bench) % 10]);
}

static void create_queues(struct bench *bench)
{
    uint32_t queue = 1 + byte(bench) % (QUEUES - 1), size = 1 + byte(bench) % (ENTRIES - 1), flags = byte(bench);

    submit(bench, 0,
           (const uint32_t[]){[0] = 0x05,
                              [6] = BASE + QUEUE(queue) + 0x2000,
                              [10] = queue | size << 16,
                              [11] = 1 | (flags & 0x10002u),
                              [15] = 0});
    submit(bench, 0,
           (const uint32_t[]){[0] = 0x01,
                              [6] = BASE + QUEUE(queue),
                              [10] = queue | (ENTRIES - 1) << 16,
                              [11] = 1 | (flags & 6) | queue << 16,
                              [15] = 0});
    bench->tails[queue] = 0;
}

/* Some of it is fine, some of it passes the tail. */
static void take_completions(struct bench *bench)
{
    unsigned queue = byte(bench) % QUEUES;

    set(bench, 0x1004 + 8 * queue, 4, byte(bench) % ENTRIES);
}

static void move_mapping(struct bench *bench)
{
    if (bench->moved_in)
        MUST(!lone_device_dma_unmap(bench->device, BASE + MOVING, FIXED - MOVING, NULL));
    else
        MUST(!lone_device_dma_map(bench->device, bench->memory + MOVING, BASE + MOVING, FIXED - MOVING,
                                  LONE_DMA_READ | LONE_DMA_WRITE, NULL));
    bench->moved_in = !bench->moved_in;
}

static void reset(struct bench *bench)
{
    uint8_t kind = byte(bench) % 3;

    if (kind == 2)
        set(bench, 0x20, 4, 0x4e564d65);
    else
        MUST(!lone_device_reset(bench->device, kind ? LONE_RESET_FLR : LONE_RESET_HOT, NULL));
}

static void scribble(struct bench *bench)
{
    uint32_t at = DATA + byte(bench) * 16u;
    uint64_t values[] = {address(bench), number(bench)};

    lone_dma_store(bench->memory + at, values, sizeof(values));
}

/* ---- before and after ---- */

/* As a driver does it, whatever the state. */
static void bring_up(struct bench *bench)
{
    double start = now();

    configure(bench, 0x44, 2, 0);
    MUST(!lone_device_reset(bench->device, LONE_RESET_FLR, NULL));
    configure(bench, 0x04, 2, 6);
    memset(bench->tails, 0, sizeof(bench->tails));
    set(bench, 0x50, 8, CMB | 3);
    set(bench, 0x24, 4, (ENTRIES - 1) * 0x10001);
    set(bench, 0x28, 8, BASE + QUEUE(0));
    set(bench, 0x30, 8, BASE + QUEUE(0) + 0x2000);
    lone_dma_store(bench->memory + QUEUE(0) + 0x2000, (const uint8_t[ENTRIES * 16]){0}, ENTRIES * 16);
    set(bench, 0x14, 4, 0x460001);
    while ((reg(bench, 0x1c) & 3) != 1) {
        sched_yield();
        MUST(now() - start < PATIENCE);
    }
}

static void identify(struct bench *bench)
{
    const uint32_t *last = (const uint32_t *)(void *)(bench->memory + QUEUE(0) + 0x2000 + 12);
    double start = now();
    uint32_t value;

    submit(bench, 0, (const uint32_t[16]){[0] = 0x06 | 0x5a5au << 16, [6] = BASE + DATA, [10] = 1});
    /* In one piece: the phase tag is in the same dword as the rest. */
    while (!((value = __atomic_load_n(last, __ATOMIC_ACQUIRE)) & 0x10000)) {
        sched_yield();
        MUST(now() - start < PATIENCE);
    }
    MUST(value == 0x15a5a);
}

/* What may well end the controller's life is rare: nothing is executed after it until somebody enables it again. */
static void disturb(struct bench *bench)
{
    static void (*const verbs[])(struct bench *) = {write_config, enable_or_not, write_register, reset, bring_up};

    verbs[byte(bench) % 5](bench);
}

const unsigned long fuzz_inputs = 300;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const verbs[])(struct bench *) = {admin_command, io_command, io_command,       io_command,
                                                    scribble,      io_command, take_completions, create_queues};
    static const uint8_t zeros[MEMORY - FIXED];
    struct bench bench = {.script = {data, data + size}};

    bench.memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(bench.memory != MAP_FAILED);
    MUST(!lone_nvsim_open(&bench.device, NULL));
    MUST(!lone_device_dma_map(bench.device, bench.memory, BASE, MOVING, LONE_DMA_READ | LONE_DMA_WRITE, NULL));
    MUST(!lone_device_dma_map(bench.device, bench.memory + FIXED, BASE + FIXED, MEMORY - FIXED, LONE_DMA_READ, NULL));
    bring_up(&bench);
    while (bench.script.at < bench.script.end) {
        uint8_t verb = byte(&bench);

        if (verb > 0xf0)
            disturb(&bench);
        else if (verb > 0xe8)
            move_mapping(&bench);
        else
            verbs[verb % 8](&bench);
    }
    bring_up(&bench);
    identify(&bench);
    lone_device_close(bench.device);
    MUST(!memcmp(bench.memory + FIXED, zeros, sizeof(zeros)));
    munmap(bench.memory, MEMORY);
    return 0;
}

/* Queues, all commands on them, and each of the verbs. */
size_t fuzz_seed(unsigned n, uint8_t *data, size_t size)
{
    const size_t length = 256 + 64 * (size_t)n;
    uint32_t state = n + 1;

    MUST(size >= length);
    if (n == 32)
        return 0;
    memcpy(data, (const uint8_t[]){7, 0, 31, 2, 7, 1, 63, 0}, 8);
    for (size_t i = 8; i < length; i++) {
        state = state * 1664525 + 1013904223;
        data[i] = (uint8_t)(state >> 24);
    }
    return length;
}
