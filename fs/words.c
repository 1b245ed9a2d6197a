/* SPDX-License-Identifier: MIT */
/* Words and quantities in what users write. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fs.h"

#define LONGEST_S 1000000000ull /* some thirty years; more would overflow in nanoseconds */

size_t word_take(const char **text, size_t *length, const char **word)
{
    size_t n = 0;

    while (*length && isspace((unsigned char)**text)) {
        ++*text;
        --*length;
    }
    *word = *text;
    while (n < *length && !isspace((unsigned char)(*text)[n]))
        n++;
    *text += n;
    *length -= n;
    while (*length && isspace((unsigned char)**text)) {
        ++*text;
        --*length;
    }
    return n;
}

bool word_is(const char *word, size_t length, const char *what)
{
    return strlen(what) == length && !memcmp(word, what, length);
}

int object_name_check(const char *name, struct lone_error *error)
{
    static const char *const words[] = {"host", "none", "auto"};

    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-.+", *c))
            return lone_fail(error, EINVAL, "the name of an object has letters, digits and _ - . + only");
    if (name[0] == '.' || strlen(name) > 63)
        return lone_fail(error, EINVAL, "the name of an object begins with no dot and has at most 63 characters");
    for (size_t i = 0; i < LONE_COUNT(words); i++)
        if (!strcmp(name, words[i]))
            return lone_fail(error, EINVAL, "%s is a word of the files in which objects are named: take another name",
                             name);
    return 0;
}

bool word_is_auto(const char *line, size_t length)
{
    const char *word;
    size_t n = word_take(&line, &length, &word);

    return word_is(word, n, "auto") && !length;
}

int number_or_auto(const char *what, uint32_t bits, const char *line, size_t length, uint64_t *number, bool *automatic,
                   struct lone_error *error)
{
    int result;

    *automatic = word_is_auto(line, length);
    result = *automatic ? 0 : lone_number_parse(what, bits, line, length, number, error);
    if (result == -EINVAL)
        strncat(error->text, ", or auto", sizeof(error->text) - strlen(error->text) - 1);
    return result;
}

static int parse_seconds(const char *text, size_t length, uint64_t *ns, struct lone_error *error)
{
    uint64_t seconds = 0, fraction = 0, unit = NS_PER_S;
    size_t i = 0, digits = 0;

    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    while (i < length && isspace((unsigned char)text[i]))
        i++;
    for (; i < length && isdigit((unsigned char)text[i]); i++, digits++) {
        seconds = seconds * 10 + (uint64_t)(text[i] - '0');
        if (seconds > LONGEST_S)
            return lone_fail(error, ERANGE, "more than %llu seconds", LONGEST_S);
    }
    if (i < length && text[i] == '.')
        for (i++; i < length && isdigit((unsigned char)text[i]); i++, digits++) {
            unit /= 10;
            fraction += (uint64_t)(text[i] - '0') * unit;
        }
    if (i != length || !digits)
        return lone_fail(error, EINVAL, "%.*s is not a number of seconds: write 5 or 0.25",
                         (int)(!length       ? 7
                               : length < 40 ? length
                                             : 40),
                         length ? text : "nothing");
    *ns = seconds * NS_PER_S + fraction;
    return *ns ? 0
               : lone_fail(error, ERANGE, "a time-out of 0 seconds would end before it begins: write 0.001 or more");
}

int seconds_parse(const char *text, size_t length, uint64_t *ns, struct lone_error *error)
{
    uint64_t parsed;
    int result = parse_seconds(text, length, &parsed, error);

    if (result)
        lone_error_at(error, 0, length);
    else
        *ns = parsed;
    return result;
}

void took_show(uint64_t ns, struct lone_text *text)
{
    lone_text_add(text, "%" PRIu64 ".%06" PRIu64 "\n", (uint64_t)(ns / NS_PER_S), (uint64_t)(ns % NS_PER_S / 1000));
}

void seconds_show(uint64_t ns, struct lone_text *text)
{
    lone_text_add(text, "%" PRIu64, (uint64_t)(ns / NS_PER_S));
    if (ns % NS_PER_S) {
        lone_text_add(text, ".%09" PRIu64, (uint64_t)(ns % NS_PER_S));
        while (text->length && text->text[text->length - 1] == '0')
            text->text[--text->length] = 0;
    }
    lone_text_append(text, "\n", 1);
}
