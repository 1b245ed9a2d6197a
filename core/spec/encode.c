/* SPDX-License-Identifier: MIT */
/* Text to bits: what a user wrote becomes a field's value, or a refusal that says what to write instead. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spec/record.h"
#include "spec/record_internal.h"

/* A word of the user's text and where it stood, for the caret under it. */
struct word {
    const char *text;
    size_t length, column;
};

static struct word trimmed(const char *text, size_t length)
{
    size_t start = 0;

    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    while (start < length && isspace((unsigned char)text[start]))
        start++;
    return (struct word){text + start, length - start, start};
}

/* Words are quoted in errors; a hostile one must neither flood nor control the terminal that shows it. */
static const char *quoted(const struct word *word, char buffer[64])
{
    size_t n = 0;

    for (size_t i = 0; i < word->length && n < 40; i++)
        buffer[n++] = isprint((unsigned char)word->text[i]) ? word->text[i] : '?';
    strcpy(buffer + n, word->length > 40 ? "..." : "");
    return buffer;
}

enum number_syntax { NOT_A_NUMBER, TOO_LARGE, A_NUMBER };

static enum number_syntax parse_digits(const struct word *word, lone_number *value)
{
    bool too_large = false;
    unsigned base = 10, digit;
    size_t i = 0;

    if (word->length > 2 && word->text[0] == '0') {
        char prefix = (char)tolower((unsigned char)word->text[1]);

        base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 10;
        i = base == 10 ? 0 : 2;
    }
    *value = 0;
    if (!word->length)
        return NOT_A_NUMBER;
    for (; i < word->length; i++) {
        char c = (char)tolower((unsigned char)word->text[i]);

        digit = isdigit((unsigned char)c) ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
        if (digit >= base)
            return NOT_A_NUMBER;
        /* What follows may show that it is no number at all. */
        too_large = too_large || *value > (~(lone_number)0 - digit) / base;
        *value = *value * base + digit;
    }
    return too_large ? TOO_LARGE : A_NUMBER;
}

/* Bits are told in hex, as they are shown; names in lower case are of quantities, which are decimal. */
static int refuse_size(const char *what, uint32_t bits, const struct word *word, struct lone_error *error)
{
    char buffer[64];
    int result;

    if (bits < 64)
        result = lone_fail(error, ERANGE,
                           isupper((unsigned char)*what) ? "%s does not fit %s, which has %u bit%s: write 0 to 0x%llx"
                                                         : "%s does not fit %s, which has %u bit%s: write 0 to %llu",
                           quoted(word, buffer), what, bits, bits == 1 ? "" : "s", (1ull << bits) - 1);
    else
        result = lone_fail(error, ERANGE, "%s does not fit %s, which has %u bits", quoted(word, buffer), what, bits);
    lone_error_at(error, word->column, word->length);
    return result;
}

static int refuse_word(const char *what, uint32_t bits, const struct lone_name *names, const struct word *word,
                       struct lone_error *error)
{
    char buffer[64], choice[LONE_ERROR_TEXT / 2] = "";
    size_t n = 0;
    int result;

    for (; names && names->name && n + strlen(names->name) + 3 < sizeof(choice); names++)
        n += (size_t)snprintf(choice + n, sizeof(choice) - n, "%s%s", n ? ", " : "", names->name);
    result = lone_fail(error, EINVAL, "%s is not a value of %s: write %s%s%s",
                       word->length ? quoted(word, buffer) : "nothing", what,
                       bits == 1 ? "0 or 1" : "a number, decimal, 0x… or 0b…", n ? ", or one of " : "", choice);
    lone_error_at(error, word->column, word->length);
    return result;
}

static int parse_number(const char *what, uint32_t bits, const struct lone_name *names, const struct word *word,
                        lone_number *value, struct lone_error *error)
{
    switch (parse_digits(word, value)) {
    case A_NUMBER:
        return lone_bits_fit(*value, bits) ? 0 : refuse_size(what, bits, word, error);
    case TOO_LARGE:
        return refuse_size(what, bits, word, error);
    default:
        break;
    }
    for (const struct lone_name *row = names; row && row->name; row++)
        if (strlen(row->name) == word->length && !strncasecmp(row->name, word->text, word->length)) {
            *value = row->value;
            return 0;
        }
    return refuse_word(what, bits, names, word, error);
}

int lone_number_parse(const char *what, uint32_t bits, const char *text, size_t length, uint64_t *value,
                      struct lone_error *error)
{
    struct word word = trimmed(text, length);
    lone_number number;
    int result = parse_number(what, bits, NULL, &word, &number, error);

    if (!result)
        *value = (uint64_t)number;
    return result;
}

static int hex_value(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

static int refuse_form(const struct lone_field *field, const struct word *word, const char *form,
                       struct lone_error *error)
{
    char buffer[64];
    int result = lone_fail(error, EINVAL, "%s is not a value of %s: write %s",
                           word->length ? quoted(word, buffer) : "nothing", field->name, form);

    lone_error_at(error, word->column, word->length);
    return result;
}

/* Hex pairs; dashes may stand between pairs, as they are printed, and are not needed. */
static int parse_bytes(const struct lone_field *field, uint8_t *bytes, const struct word *word,
                       struct lone_error *error)
{
    size_t size = field->bits / 8, n = 0;
    char form[96];

    snprintf(form, sizeof(form), "%zu bytes as %zu hex digits", size, size * 2);
    for (size_t i = 0; i < word->length;) {
        if (word->text[i] == '-' && n && i + 1 < word->length && word->text[i + 1] != '-')
            i++;
        if (i + 1 >= word->length || hex_value(word->text[i]) < 0 || hex_value(word->text[i + 1]) < 0 || n == size)
            return refuse_form(field, word, form, error);
        bytes[field->kind == LONE_EUI_LE ? size - 1 - n : n] =
            (uint8_t)(hex_value(word->text[i]) << 4 | hex_value(word->text[i + 1]));
        n++;
        i += 2;
    }
    return n == size ? 0 : refuse_form(field, word, form, error);
}

static int parse_ascii(const struct lone_field *field, uint8_t *bytes, const struct word *word,
                       struct lone_error *error)
{
    size_t size = field->bits / 8, n = 0;

    memset(bytes, ' ', size);
    for (size_t i = 0; i < word->length; n++) {
        if (n == size) {
            lone_fail(error, ERANGE, "the text does not fit %s, which has %zu bytes", field->name, size);
            lone_error_at(error, word->column, word->length);
            return -ERANGE;
        }
        if (word->text[i] >= 0x20 && word->text[i] <= 0x7e && word->text[i] != '\\') {
            bytes[n] = (uint8_t)word->text[i++];
            continue;
        }
        if (i + 3 >= word->length || word->text[i] != '\\' || word->text[i + 1] != 'x' ||
            hex_value(word->text[i + 2]) < 0 || hex_value(word->text[i + 3]) < 0)
            return refuse_form(field, word, "text, with \\xNN for a byte that is not a printable character", error);
        bytes[n] = (uint8_t)(hex_value(word->text[i + 2]) << 4 | hex_value(word->text[i + 3]));
        i += 4;
    }
    return 0;
}

static int parse_text(const struct lone_field *field, uint8_t *to, const struct word *word, struct lone_error *error)
{
    size_t size = field->bits / 8;
    uint8_t *bytes = calloc(1, size);
    int result;

    if (!bytes)
        return lone_fail(error, ENOMEM, "no memory for %zu bytes", size);
    result =
        field->kind == LONE_ASCII ? parse_ascii(field, bytes, word, error) : parse_bytes(field, bytes, word, error);
    if (!result)
        memcpy(to, bytes, size);
    free(bytes);
    return result;
}

int lone_field_parse(const struct lone_field *field, uint8_t *bytes, int64_t at, const char *text, size_t length,
                     struct lone_error *error)
{
    struct word word = trimmed(text, length);
    lone_number value;
    int result;

    /* Blanks in front belong to a text: that is how it is printed. */
    for (; field->kind == LONE_ASCII && word.length && word.column && word.text[-1] == ' ';
         word.length++, word.column--)
        word.text--;
    if (lone_kind_is_text(field->kind))
        return parse_text(field, bytes + at / 8, &word, error);
    result = parse_number(field->name, field->bits, field->names, &word, &value, error);
    if (!result)
        lone_bits_set(bytes + at / 8, (uint32_t)(at % 8), field->bits, value);
    return result;
}

static int refuse_field(const struct lone_record *record, const struct word *word, struct lone_error *error)
{
    char buffer[64], choice[LONE_ERROR_TEXT / 2] = "";
    size_t n = 0;
    int result;

    for (size_t i = 0; i < record->n_fields && n + strlen(record->fields[i].name) + 2 < sizeof(choice); i++)
        n += (size_t)snprintf(choice + n, sizeof(choice) - n, " %s", record->fields[i].name);
    result = lone_fail(error, EINVAL, "%s has no field %s; it has%s", record->name, quoted(word, buffer), choice);
    lone_error_at(error, word->column, word->length);
    return result;
}

/* Takes the next part of a path "A.0.B" off @path. A dot at the end stays with its part: no field is called so. */
static struct word path_step(struct word *path)
{
    const char *dot = path->length ? memchr(path->text, '.', path->length - 1) : NULL;
    struct word step = {path->text, dot ? (size_t)(dot - path->text) : path->length, path->column};
    size_t used = step.length + (dot != NULL);

    path->text += used;
    path->length -= used;
    path->column += used;
    return step;
}

static const struct lone_field *field_of(const struct lone_record *record, const struct word *word)
{
    for (size_t i = 0; i < record->n_fields; i++)
        if (strlen(record->fields[i].name) == word->length && !memcmp(record->fields[i].name, word->text, word->length))
            return &record->fields[i];
    return NULL;
}

/* Marks the part of the path @whole that comes before @rest, which was not looked at. Returns @result. */
static int mark_path(int result, const struct word *whole, const struct word *rest, struct lone_error *error)
{
    size_t length = rest->column - whole->column;

    lone_error_at(error, whole->column, rest->length ? length - 1 : length);
    return result;
}

/* The copy of a record that is written to. */
struct target {
    const struct lone_record *record;
    uint8_t *bytes;
    size_t size;
};

/* Takes the number of an element off @path. */
static int find_element(const struct lone_field *field, const struct word *whole, struct word *path, unsigned *element,
                        struct lone_error *error)
{
    struct word step = path_step(path);
    char choice[160];
    lone_number number;

    if (parse_digits(&step, &number) == A_NUMBER && number >= field->first && number - field->first <= INT32_MAX &&
        (!field->count || number - field->first < field->count)) {
        *element = (unsigned)(number - field->first);
        return 0;
    }
    if (field->count)
        snprintf(choice, sizeof(choice), "%s.%u to %s.%u", field->name, field->first, field->name,
                 field->first + field->count - 1u);
    else
        snprintf(choice, sizeof(choice), "%s.%u, %s.%u …", field->name, field->first, field->name, field->first + 1u);
    return mark_path(lone_fail(error, EINVAL, "%s is an array: write %s", field->name, choice), whole, path, error);
}

static int refuse_place(const struct target *in, const struct lone_field *field, unsigned element,
                        struct lone_error *error)
{
    if (in->record->tlv.header || !lone_field_is_array(field))
        return lone_fail(error, ENODATA, "this %s has no %s", in->record->name, field->name);
    return lone_fail(error, ENODATA, "%s.%u lies behind the %zu bytes that there are of this %s", field->name,
                     field->first + element, in->size, in->record->name);
}

/* Finds the field that @path names in @whole, and its place from the start of those bytes. */
static int find_path(const struct target *all, struct word path, const struct lone_field **found,
                     struct lone_place *place, struct lone_error *error)
{
    const struct word whole = path;
    struct target in = *all;

    for (;;) {
        unsigned element = 0;
        struct word step = path_step(&path);
        const struct lone_field *field = field_of(in.record, &step);
        int result;

        if (!field)
            return refuse_field(in.record, &step, error);
        if (lone_field_is_array(field)) {
            result = find_element(field, &whole, &path, &element, error);
            if (result)
                return result;
        }
        if (lone_field_place(in.record, field, element, in.bytes, in.size, true, place))
            return mark_path(refuse_place(&in, field, element, error), &whole, &path, error);
        *found = field;
        if (field->kind != LONE_RECORD) {
            place->bit += (uint64_t)(in.bytes - all->bytes) * 8;
            return path.length ? refuse_field(in.record, &path, error) : 0;
        }
        if (!path.length) {
            char buffer[64];

            return mark_path(lone_fail(error, EINVAL, "%s is made of fields: name one of them, %s.FIELD=VALUE",
                                       field->name, quoted(&whole, buffer)),
                             &whole, &path, error);
        }
        in = (struct target){field->record, in.bytes + place->bit / 8, place->bits / 8};
    }
}

static int assign_one(const struct target *to, uint8_t *named, const struct word *word, bool any,
                      struct lone_error *error)
{
    const char *equals = memchr(word->text, '=', word->length);
    struct word path = {word->text, equals ? (size_t)(equals - word->text) : 0, word->column};
    const struct lone_field *field = NULL;
    struct lone_field sized;
    struct lone_place place;
    size_t value_column;
    int result;

    if (!equals || !path.length) {
        char buffer[64];

        result = lone_fail(error, EINVAL, "%s is not FIELD=VALUE", quoted(word, buffer));
        lone_error_at(error, word->column, word->length);
        return result;
    }
    result = find_path(to, path, &field, &place, error);
    if (result)
        return result;
    if (!any && field->access == LONE_RO) {
        result = lone_fail(error, EACCES, "%s is read-only", field->name);
        lone_error_at(error, path.column, path.length);
        return result;
    }
    sized = lone_field_sized(field, place.bits);
    value_column = path.length + 1;
    result = lone_field_parse(&sized, to->bytes, (int64_t)place.bit, word->text + value_column,
                              word->length - value_column, error);
    if (result && error && error->has_column)
        error->column += word->column + value_column;
    for (uint32_t i = 0; !result && named && i < sized.bits; i += 64)
        lone_bits_set(named + place.bit / 8 + i / 8, (uint32_t)(place.bit % 8),
                      sized.bits - i < 64 ? sized.bits - i : 64, ~(lone_number)0);
    return result;
}

int lone_record_assign_sized(const struct lone_record *record, uint8_t *bytes, size_t size, const char *text,
                             size_t length, bool any, uint8_t *named, struct lone_error *error)
{
    uint8_t *copy = malloc(size + 1); /* there may be no bytes at all */
    int result = 0;

    if (!copy)
        return lone_fail(error, ENOMEM, "no memory for %zu bytes", size);
    memcpy(copy, bytes, size);
    for (size_t i = 0; i < length && !result;) {
        size_t start = i;

        if (isspace((unsigned char)text[i])) {
            i++;
            continue;
        }
        while (i < length && !isspace((unsigned char)text[i]))
            i++;
        result = assign_one(&(struct target){record, copy, size}, named, &(struct word){text + start, i - start, start},
                            any, error);
    }
    if (!result)
        memcpy(bytes, copy, size);
    free(copy);
    return result;
}

int lone_record_assign(const struct lone_record *record, uint8_t *bytes, const char *text, size_t length, bool any,
                       uint8_t *named, struct lone_error *error)
{
    return lone_record_assign_sized(record, bytes, record->size, text, length, any, named, error);
}
