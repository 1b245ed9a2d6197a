/* SPDX-License-Identifier: MIT */
/* ns/N/data: which commands reach a controller whose namespaces have formats that neither the simulator nor QEMU has.
 */
#include "../../fs/ns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mock.h"

#define QUEUE_ENTRIES 64

/* Identify of namespace 1: NSZE 2^40, LBA format 2 in use, 4096 bytes and @metadata of metadata. NVM Command Set 1.0,
 * 4.1.5.1 and 4.1.5.3; the command set by the descriptor of type 4 (NVMe Base 2.0, 5.17.2.3). */
static void teach(struct bench *bench, uint8_t csi, uint8_t metadata, uint8_t pi_type, uint32_t elbaf)
{
    uint8_t descriptors[4096] = {4, 1, 0, 0, csi}, of_nvm[4096] = {0};
    uint8_t namespace[4096] = {[5] = 1,           [13] = 1, [25] = 2, [26] = 2, [29] = pi_type, [128 + 8] = metadata,
                               [128 + 8 + 2] = 12};

    put(of_nvm + 12 + 4 * 2, 4, elbaf);
    identified(bench, 0, namespace);
    identified(bench, 3, descriptors);
    identified(bench, 5, of_nvm);
    bench->mock->hold = 0;
}

struct rig {
    struct fs fs;
    struct node node;
    struct op op;
};

static struct rig *begin(struct bench *bench, enum op_kind kind, uint64_t block, size_t blocks)
{
    struct rig *rig = calloc(1, sizeof(*rig));

    assert_non_null(rig);
    rig->fs.controller = bench->controller;
    rig->fs.timeout_ns = NS_PER_S;
    TAILQ_INIT(&rig->fs.parked);
    rig->node.number = 1;
    rig->op =
        (struct op){.fs = &rig->fs, .kind = kind, .node = &rig->node, .offset = block * 4096, .size = blocks * 4096};
    return rig;
}

static void end(struct bench *bench, struct rig *rig)
{
    lone_controller_poll(bench->controller);
    if (rig->op.job)
        rig->op.job_end(&rig->fs, rig->op.job);
    ns_end(&rig->fs);
    free(rig);
}

/* What a request sends: PARK, and the entries are in the mock's `taken` from @first on; or an error. */
static ssize_t asked(struct rig *rig)
{
    static uint8_t bytes[64 * 4096];

    if (rig->op.kind == OP_READ)
        return ns_data_class.answer(&rig->op);
    return ns_data_class.write(&rig->op, bytes, rig->op.size, rig->op.offset);
}

/* Guard formats and storage tag sizes: NVM Command Set 1.0, 5.2.1.4.1, Figures 123 to 125. The reference tag is the
 * block's number, of which it has 32, 80 or 48 bits less the storage tag's; a type 3 namespace has 0 (5.2.3). PRINFO is
 * 8, PRACT alone (Figure 11), LBAT and LBATM in CDW15 are 0. */
static const struct {
    uint8_t pi_type, metadata;
    uint32_t elbaf; /* STS bits 6:0, PIF bits 8:7, QPIF bits 12:9 */
    uint64_t block;
    uint32_t cdw2, cdw3, cdw14;
} formats[] = {
    {1, 8, 0, 0x123456789a, 0, 0, 0x3456789a},
    {2, 8, 0, 0x123456789a, 0, 0, 0x3456789a},
    {3, 8, 0, 0x123456789a, 0, 0, 0},
    {1, 8, 8, 0x123456789a, 0, 0, 0x0056789a},
    {1, 8, 32, 0x123456789a, 0, 0, 0},
    {1, 16, 1 << 7 | 16, 0x123456789a, 0, 0x12, 0x3456789a},
    {1, 16, 1 << 7 | 48, 0x123456789a, 0, 0, 0x3456789a},
    {2, 16, 1 << 7 | 64, 0x123456789a, 0, 0, 0x0000789a},
    {1, 16, 2 << 7, 0xffffffff, 0, 0, 0xffffffff},
    {1, 16, 2 << 7, 0x100000000, 0, 1, 0},
    {2, 16, 2 << 7, 0x123456789a, 0, 0x12, 0x3456789a},
    {1, 16, 2 << 7 | 18, 0x123456789a, 0, 0, 0x3456789a},
    {1, 16, 2 << 7 | 24, 0x123456789a, 0, 0, 0x0056789a},
    {3, 16, 2 << 7, 0x123456789a, 0, 0, 0},
    {1, 16, 3 << 7 | 2 << 9, 0x123456789a, 0, 0x12, 0x3456789a},
};

/* interface: NS22 NS23 */
static void test_tags(void **state)
{
    struct bench *bench = *state;

    init(bench, 1, QUEUE_ENTRIES);
    for (size_t i = 0; i < LONE_COUNT(formats); i++)
        for (int write = 0; write < 2; write++) {
            const uint8_t *entry;
            struct rig *rig;
            unsigned taken;

            teach(bench, 0, formats[i].metadata, formats[i].pi_type, formats[i].elbaf);
            rig = begin(bench, write ? OP_WRITE : OP_READ, formats[i].block, 3);
            taken = bench->mock->n_taken;
            assert_int_equal(asked(rig), write ? READ_PARK : PARK);
            assert_int_equal(bench->mock->n_taken, taken + 1);
            entry = bench->mock->taken[taken % MOCK_TAKEN];
            assert_int_equal(entry[0], write ? 1 : 2);
            assert_int_equal(get(entry + 40, 8), formats[i].block);
            assert_int_equal(get(entry + 48, 4), 2 | 8u << 26);
            assert_int_equal(get(entry + 8, 4), formats[i].cdw2);
            assert_int_equal(get(entry + 12, 4), formats[i].cdw3);
            assert_int_equal(get(entry + 56, 4), formats[i].cdw14);
            assert_int_equal(get(entry + 60, 4), 0);
            end(bench, rig);
        }
}

/* Each command of a request has its own blocks' tags. */
static void test_several(void **state)
{
    struct bench *bench = *state;
    const uint64_t block = 0xfffffff0;
    unsigned taken, blocks = 0;
    struct rig *rig;

    init(bench, 1, QUEUE_ENTRIES);
    teach(bench, 0, 16, 1, 2 << 7);
    rig = begin(bench, OP_READ, block, 64);
    taken = bench->mock->n_taken;
    assert_int_equal(asked(rig), PARK);
    for (; taken < bench->mock->n_taken; taken++) {
        const uint8_t *entry = bench->mock->taken[taken % MOCK_TAKEN];

        assert_int_equal(get(entry + 40, 8), block + blocks);
        assert_int_equal(get(entry + 56, 4), (uint32_t)(block + blocks));
        assert_int_equal(get(entry + 12, 4), (block + blocks) >> 32);
        blocks += (unsigned)get(entry + 48, 2) + 1;
    }
    assert_int_equal(blocks, 64);
    end(bench, rig);
}

static void check_refused(struct bench *bench, const char *why)
{
    for (int write = 0; write < 2; write++) {
        struct rig *rig = begin(bench, write ? OP_WRITE : OP_READ, 5, 1);
        unsigned taken = bench->mock->n_taken;

        assert_int_equal(asked(rig), -EOPNOTSUPP);
        assert_non_null(strstr(rig->op.error.text, why));
        assert_int_equal(bench->mock->n_taken, taken);
        end(bench, rig);
    }
}

/* interface: NS24 NS26 */
static void test_refused(void **state)
{
    struct bench *bench = *state;
    struct rig *rig;

    init(bench, 1, QUEUE_ENTRIES);
    teach(bench, 0, 16, 1, 3 << 7 | 5 << 9);
    check_refused(bench, "format 5 (PIF or QPIF)");
    teach(bench, 1, 0, 0, 0); /* Key Value */
    check_refused(bench, "of command set 1");
    /* Without protection information that format says nothing. */
    teach(bench, 0, 16, 0, 3 << 7 | 5 << 9);
    rig = begin(bench, OP_READ, 5, 1);
    assert_int_equal(asked(rig), PARK);
    end(bench, rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MOCK_TEST(test_tags),
        MOCK_TEST(test_several),
        MOCK_TEST(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
