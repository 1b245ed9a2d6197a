/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer: its seeds, mutations of them and plain noise, the same ones in every run.
 *
 *   fuzz_x                  the fixed number of inputs
 *   fuzz_x -n COUNT         so many inputs
 *   fuzz_x -t SECONDS       as many as there is time for, of the same
 *   fuzz_x FILE…            only these files, to repeat what a fuzzer found
 *   fuzz_x -w FOLDER        writes the seeds as files, a corpus for libFuzzer to start from
 *
 * With FUZZ_INPUT=FILE in the environment each input is written to FILE before it is tried.
 */
#include "fuzz.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define INPUT_MAX   8192u
#define RANDOM_SEED 0x6c6f6e65u

static uint64_t state = RANDOM_SEED;

/* xorshift64*: the same numbers with every libc. */
static uint32_t random_number(uint32_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 33) % below;
}

static bool write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (file && fwrite(data, 1, size, file) == size && !fclose(file))
        return true;
    perror(path);
    return false;
}

/* The target gets a copy of exactly the input's size, so that a sanitizer sees a read beyond it. */
static void run(const uint8_t *data, size_t size)
{
    const char *path = getenv("FUZZ_INPUT");
    uint8_t *copy = calloc(1, size ? size : 1);

    MUST(copy && (!path || write_file(path, data, size)));
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static size_t noise(uint8_t *data)
{
    size_t size = random_number(random_number(4) ? 64 : INPUT_MAX);

    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)random_number(256);
    return size;
}

/* Bytes that mean something to a parser or to a list of offsets. */
static const uint8_t telling[] = {0,   1,    4,   8,   0x10, 0x40, 0x7f, 0x80, 0xfc, 0xff,
                                  ' ', '\n', '=', '.', '-',  '\\', '0',  '9',  'x',  'f'};

static size_t mutate(uint8_t *data, size_t size)
{
    for (unsigned n = 1 + random_number(8); n && size; n--) {
        size_t at = random_number((uint32_t)size),
               length = 1 + random_number((uint32_t)(size - at < 16 ? size - at : 16));

        switch (random_number(6)) {
        case 0:
            data[at] ^= (uint8_t)(1u << random_number(8));
            break;
        case 1:
            data[at] = (uint8_t)random_number(256);
            break;
        case 2:
            data[at] = telling[random_number(sizeof(telling))];
            break;
        case 3: /* a piece goes */
            memmove(data + at, data + at + length, size - at - length);
            size -= length;
            break;
        case 4: /* a piece comes twice */
            if (size + length > INPUT_MAX)
                break;
            memmove(data + at + length, data + at, size - at);
            size += length;
            break;
        default: /* the end goes */
            if (!random_number(8))
                size = at;
        }
    }
    return size;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Ends after @count inputs or @limit seconds; 0: that is no limit. */
static void run_many(unsigned long count, double limit)
{
    static uint8_t data[INPUT_MAX];
    double begin = seconds();
    unsigned n_seeds = 0;
    unsigned long i;
    size_t size;

    run(data, 0);
    while ((size = fuzz_seed(n_seeds, data, sizeof(data)))) {
        if (!limit || seconds() - begin < limit)
            run(data, size);
        n_seeds++;
    }
    for (i = 0; i < count && (!limit || seconds() - begin < limit); i++) {
        if (n_seeds && random_number(8))
            size = mutate(data, fuzz_seed(random_number(n_seeds), data, sizeof(data)));
        else
            size = noise(data);
        run(data, size);
    }
    printf("%u seeds, %lu inputs\n", n_seeds, i);
}

static int run_file(const char *path)
{
    static uint8_t data[1u << 20];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file) {
        perror(path);
        return EXIT_FAILURE;
    }
    size = fread(data, 1, sizeof(data), file);
    fclose(file);
    run(data, size);
    return EXIT_SUCCESS;
}

static int write_seeds(const char *folder)
{
    static uint8_t data[INPUT_MAX];
    char path[4096];
    size_t size;

    for (unsigned n = 0; (size = fuzz_seed(n, data, sizeof(data))); n++) {
        snprintf(path, sizeof(path), "%s/seed-%u", folder, n);
        if (!write_file(path, data, size))
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    int result = EXIT_SUCCESS;

    if (argc == 3 && !strcmp(argv[1], "-w"))
        return write_seeds(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "-n"))
        run_many(strtoul(argv[2], NULL, 10), 0);
    else if (argc == 3 && !strcmp(argv[1], "-t"))
        run_many(ULONG_MAX, strtod(argv[2], NULL));
    else if (argc == 1)
        run_many(fuzz_inputs, 0);
    else
        for (int i = 1; i < argc && result == EXIT_SUCCESS; i++)
            result = run_file(argv[i]);
    return result;
}
