/* SPDX-License-Identifier: MIT */
/* The file `sgl` of a command object: what the list that is built for its data shall look like. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_data.h"

#define MAX_PARTS 1024u /* more do not fit into the line */

static const char *const kinds[] = {[LONE_SGL_BLOCK] = "block", [LONE_SGL_BUCKET] = "bucket", [LONE_SGL_SKIP] = "skip"};

int cmd_sgl_show(struct op *op, struct lone_text *text)
{
    const struct lone_sgl *sgl = &op->node->cmd->sgl;

    if (!sgl->n_parts)
        lone_text_add(text, "block");
    for (size_t i = 0; i < sgl->n_parts; i++) {
        const struct lone_sgl_part *part = &sgl->parts[i];

        lone_text_add(text, part->rest ? "%s%s" : "%s%s=%" PRIu32, i ? " " : "", kinds[part->kind], part->length);
    }
    if (sgl->per_segment)
        lone_text_add(text, " segment=%" PRIu32, sgl->per_segment);
    if (sgl->metadata_segment)
        lone_text_add(text, " metadata=sgl");
    lone_text_append(text, "\n", 1);
    return 0;
}

static int refuse_word(const char *word, size_t length, struct lone_error *error)
{
    lone_fail(error, EINVAL,
              "%.*s: write block=BYTES, block (all that is left), bucket=BYTES, skip=BYTES, in the order of the data; "
              "segment=DESCRIPTORS; metadata=sgl or metadata=buffer",
              (int)(length < 40 ? length : 40), word);
    lone_error_at(error, 0, length);
    return -EINVAL;
}

static int parse_option(const char *word, size_t name, size_t length, struct lone_sgl *sgl, struct lone_error *error)
{
    const char *value = word + name + 1;
    uint64_t number = 0;
    int result;

    if (word_is(word, name, "metadata") && (word_is(value, length, "sgl") || word_is(value, length, "buffer"))) {
        sgl->metadata_segment = word_is(value, length, "sgl");
        return 0;
    }
    if (!word_is(word, name, "segment"))
        return refuse_word(word, name + 1 + length, error);
    result = lone_number_parse("the number of descriptors in a segment", 16, value, length, &number, error);
    if (!result && number < 2)
        result =
            lone_fail(error, ERANGE, "a segment has 2 descriptors or more: the last one of each leads to the next");
    sgl->per_segment = (uint32_t)number;
    return result;
}

/* One word of the line: a part of the list, or an option. */
static int parse_word(const char *word, size_t length, struct lone_sgl *sgl, struct lone_sgl_part *parts,
                      struct lone_error *error)
{
    const char *equals = memchr(word, '=', length);
    size_t name = equals ? (size_t)(equals - word) : length;
    struct lone_sgl_part *part = &parts[sgl->n_parts];
    uint64_t bytes = 0;
    unsigned kind = 0;
    int result = 0;

    while (kind < LONE_COUNT(kinds) && !word_is(word, name, kinds[kind]))
        kind++;
    if (kind < LONE_COUNT(kinds) && sgl->n_parts == MAX_PARTS)
        return lone_fail(error, ENOSPC, "at most %u parts", MAX_PARTS);
    if (kind == LONE_COUNT(kinds))
        return equals ? parse_option(word, name, length - name - 1, sgl, error) : refuse_word(word, length, error);
    if (equals)
        result = lone_number_parse("the length", 32, equals + 1, length - name - 1, &bytes, error);
    else if (kind != LONE_SGL_BLOCK)
        result = refuse_word(word, length, error);
    if (result)
        return result;
    *part = (struct lone_sgl_part){(enum lone_sgl_kind)kind, (uint32_t)bytes, !equals};
    sgl->n_parts++;
    return 0;
}

static int parse(const char *line, size_t length, struct lone_sgl *sgl, struct lone_sgl_part *parts,
                 struct lone_error *error)
{
    const char *rest = line, *word;
    unsigned rests = 0;

    while (length) {
        size_t n = word_take(&rest, &length, &word);
        int result = n ? parse_word(word, n, sgl, parts, error) : 0;

        if (!result && n == 5 && word_is(word, n, "block") && ++rests > 1)
            result =
                lone_fail(error, EINVAL, "only one block can be what is left of the data: give the others a length");
        if (result) {
            lone_error_at(error, (size_t)(word - line), n);
            return result;
        }
    }
    return 0;
}

int cmd_sgl_store(struct op *op, const char *line, size_t length)
{
    struct cmd_object *object = op->node->cmd;
    struct lone_sgl sgl = {0};
    struct lone_sgl_part *parts = calloc(MAX_PARTS, sizeof(*parts));
    int result = cmd_idle(object, "the list", &op->error);

    if (!parts)
        return lone_fail(&op->error, ENOMEM, "no memory for the list");
    if (!result)
        result = parse(line, length, &sgl, parts, &op->error);
    if (result) {
        free(parts);
        return result;
    }
    free(object->parts);
    object->parts = parts;
    object->sgl = sgl;
    object->sgl.parts = parts;
    return 0;
}
