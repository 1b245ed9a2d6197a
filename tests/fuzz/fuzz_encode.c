/* SPDX-License-Identifier: MIT */
/*
 * What a user writes, to every parser of the table language. Byte 0 of the input and bits 7:1 of byte 2 pick the table,
 * byte 1 the field (and the width of a plain number), bit 0 of byte 2 is the option; the rest is the text.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "tables.h"

#define HEAD 3

static void *copy_of(const void *from, size_t size)
{
    void *copy = malloc(size ? size : 1);

    MUST(copy);
    if (size)
        memcpy(copy, from, size);
    return copy;
}

static void check_error(int result, const struct lone_error *error, size_t length)
{
    size_t n = strnlen(error->text, sizeof(error->text));

    MUST(result < 0 && error->number == -result);
    MUST(result == -EINVAL || result == -ERANGE || result == -EACCES || result == -ENODATA);
    MUST(n > 0 && n < sizeof(error->text));
    /* A terminal shows it: what was written must not come back as escape sequences. */
    for (size_t i = 0; i < n; i++)
        MUST((unsigned char)error->text[i] >= 0x20 && error->text[i] != 0x7f);
    MUST(error->has_column);
    MUST(error->length >= 1 && error->column <= length && error->column + error->length <= (length ? length + 1 : 1));
}

static void fuzz_assign(const struct lone_record *record, const char *text, size_t length, bool any)
{
    size_t size = table_size(record);
    uint8_t *bytes = malloc(size), *named = calloc(1, size), *before, *once;
    struct lone_error error = {0};
    int result;

    MUST(bytes && named);
    memset(bytes, any ? 0xa5 : 0x02, size);
    before = copy_of(bytes, size);
    result = lone_record_assign_sized(record, bytes, size, text, length, any, named, &error);
    if (result) {
        check_error(result, &error, length);
        MUST(!memcmp(bytes, before, size));
        MUST(lone_record_assign_sized(record, bytes, size, text, length, any, NULL, NULL) == result);
    } else {
        for (size_t i = 0; i < size; i++)
            MUST(!((bytes[i] ^ before[i]) & ~named[i]));
        once = copy_of(bytes, size);
        /* The bits that are named are those of the text: what was there before makes no difference, unless it tells
         * where fields are. */
        if (!record->tlv.header && !(record->flags & LONE_VARIABLE)) {
            for (size_t i = 0; i < size; i++)
                bytes[i] ^= named[i];
            MUST(!lone_record_assign(record, bytes, text, length, any, NULL, NULL));
            MUST(!memcmp(bytes, once, size));
        }
        free(once);
    }
    free(before);
    free(named);
    free(bytes);
}

static bool equal_values(const struct lone_field *field, const uint8_t *a, const uint8_t *b, int64_t at)
{
    char left[4 * TABLE_SIZE_MAX + 1], right[sizeof(left)];

    MUST(lone_field_format(field, a, at, left, sizeof(left)) < sizeof(left));
    lone_field_format(field, b, at, right, sizeof(right));
    return !strcmp(left, right);
}

static void fuzz_field(const struct lone_field *field, const char *text, size_t length)
{
    size_t size = (field->bit + (size_t)field->bits + 7) / 8;
    uint8_t *bytes = malloc(size), *before, *again;
    char form[4 * TABLE_SIZE_MAX + 1], meaning[160];
    struct lone_error error = {0};
    int result;

    MUST(bytes);
    memset(bytes, 0x96, size);
    before = copy_of(bytes, size);
    result = lone_field_parse(field, bytes, field->bit, text, length, &error);
    if (result) {
        check_error(result, &error, length);
        MUST(!memcmp(bytes, before, size));
    } else {
        size_t n = lone_field_format(field, bytes, field->bit, form, sizeof(form));

        MUST(n < sizeof(form) && n == strlen(form));
        lone_field_explain(field, bytes, field->bit, meaning, sizeof(meaning));
        again = copy_of(before, size);
        MUST(!lone_field_parse(field, again, field->bit, form, n, &error));
        /* A text that was written is padded in one way only; all other kinds are exact anyway. */
        MUST(equal_values(field, bytes, again, field->bit) && !memcmp(bytes, again, size));
        free(again);
    }
    free(before);
    free(bytes);
}

/* Fields of nested records are as good as any: @pick says where to go down. */
static const struct lone_field *pick_field(const struct lone_record *record, unsigned pick)
{
    const struct lone_field *field = &record->fields[pick % record->n_fields];

    while (field->kind == LONE_RECORD) {
        pick = pick * 31 + 7;
        field = &field->record->fields[pick % field->record->n_fields];
    }
    return field;
}

static void fuzz_number(uint32_t bits, const char *text, size_t length)
{
    uint64_t value = 0x1234, again = 0;
    struct lone_error error = {0};
    char form[32];
    int result = lone_number_parse("the number", bits, text, length, &value, &error);

    if (result) {
        check_error(result, &error, length);
        MUST(value == 0x1234);
        return;
    }
    MUST(lone_bits_fit(value, bits));
    snprintf(form, sizeof(form), "0x%llx", (unsigned long long)value);
    MUST(!lone_number_parse("the number", bits, form, strlen(form), &again, &error) && again == value);
}

const unsigned long fuzz_inputs = 100000;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n, length;
    const struct lone_record *const *tables = all_tables(&n), *record;
    const struct lone_field *picked;
    struct lone_field sized;
    char *text;

    if (size < HEAD)
        return 0;
    length = size - HEAD;
    text = copy_of(data + HEAD, length); /* without a 0 behind it */
    record = tables[(data[0] | (size_t)(data[2] >> 1) << 8) % n];
    fuzz_assign(record, text, length, data[2] & 1);
    picked = pick_field(record, data[1]);
    sized = lone_field_sized(picked, picked->bits ? picked->bits : 64);
    fuzz_field(&sized, text, length);
    fuzz_number(1 + data[1] % 64, text, length);
    free(text);
    return 0;
}

/* The path of the @pick-th field, "A.B" or "A.0.B", and the field itself. */
static const struct lone_field *path_of(const struct lone_record *record, unsigned pick, char *path, size_t size)
{
    const struct lone_field *field;
    size_t n = 0;

    for (;;) {
        field = &record->fields[pick % record->n_fields];
        n += (size_t)snprintf(path + n, size - n, "%s%s", n ? "." : "", field->name);
        if (lone_field_is_array(field))
            n += (size_t)snprintf(path + n, size - n, ".%u", field->first + pick % (field->count ? field->count : 4));
        if (field->kind != LONE_RECORD)
            return field;
        record = field->record;
        pick = pick * 31 + 7;
    }
}

static const char *value_of(const struct lone_field *field, unsigned pick)
{
    static const char *const numbers[] = {"0", "1", "0x1", "0b101", "007", "0xffffffff", "18446744073709551615"};

    if (field->kind == LONE_UUID)
        return "00112233-4455-6677-8899-aabbccddeeff";
    if (field->kind == LONE_EUI || field->kind == LONE_EUI_LE)
        return field->bits == 64 ? "00-11-22-33-44-55-66-77" : "00112233445566778899aabbccddeeff";
    if (field->kind == LONE_ASCII)
        return "a\\x20b\\x5c";
    if (field->names && pick % 2)
        return field->names->name;
    return numbers[pick % LONE_COUNT(numbers)];
}

size_t fuzz_seed(unsigned n, uint8_t *data, size_t size)
{
    size_t n_tables, length = HEAD;
    const struct lone_record *const *tables = all_tables(&n_tables);
    const struct lone_record *record = tables[n % n_tables];
    unsigned round = n / (unsigned)n_tables;

    if (round >= 4)
        return 0;
    data[0] = (uint8_t)(n % n_tables);
    data[1] = (uint8_t)(round * 5);
    data[2] = (uint8_t)((round & 1) | n % n_tables >> 8 << 1);
    for (unsigned i = 0; i < 3; i++) {
        char path[128];
        const struct lone_field *field = path_of(record, round * 5 + i, path, sizeof(path));
        int added = round == 3 ? snprintf((char *)data + length, size - length, " %s ", value_of(field, i))
                               : snprintf((char *)data + length, size - length, "%s%s=%s", i ? " " : "", path,
                                          value_of(field, i + n));

        length += (size_t)added;
        if (round == 3)
            break;
    }
    return length;
}
