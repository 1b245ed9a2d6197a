/* SPDX-License-Identifier: MIT */
/*
 * logs/: a read is a Get Log Page; a page that is longer than one command can move, or whose length only its beginning
 * tells, takes several. What was read in one pass belongs together: a page with a generation number is looked at again
 * behind the last part.
 */
#include "spec/logs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "spec/offers.h"

#define LID_ERROR 0x01

/* Data that no table lays out, or of which the beginning is missing. */
static const struct lone_field unknown_fields[] = {{"DATA", 0, 0, LONE_RO, .kind = LONE_BYTES, .open = true}};
static const struct lone_record unknown_record = {
    .name = "log_page", .title = "Log page, layout unknown", .flags = LONE_VARIABLE, LONE_FIELDS(unknown_fields)};

/* What a read keeps between its commands. */
struct page {
    uint8_t *bytes;
    uint64_t have, asked; /* bytes of the page, and of the command under way */
    uint64_t length;      /* of the page, as far as it was known when that was last worked out */
    unsigned commands;
    bool looks_again; /* the command under way reads the beginning once more */
};

static uint64_t field_of(const uint8_t *sqe, const char *name)
{
    const struct lone_field *field = query_place("get_log_page", name);

    return (uint64_t)lone_bits_get(sqe, field->bit, field->bits);
}

static uint64_t offset_of(const uint8_t *sqe)
{
    return field_of(sqe, "LPOU") << 32 | field_of(sqe, "LPOL");
}

static bool by_index(const uint8_t *sqe)
{
    return field_of(sqe, "OT");
}

/* The page that a question is about; NULL when the table does not know it. */
static const struct lone_log *log_of(const struct query *query)
{
    return lone_log_numbered((uint8_t)field_of(query->sqe, "LID"), (int)field_of(query->sqe, "CSI"));
}

static const struct lone_record *log_record(struct fs *fs, const struct node *node)
{
    const struct lone_log *log = log_of(node->query);

    (void)fs;
    return log && !offset_of(node->query->sqe) && !by_index(node->query->sqe) ? log->record : &unknown_record;
}

/* --- Reading --- */

/* What the question says; of the error log, what Identify Controller has said (behind it there is nothing defined);
 * else what the page tells. */
static uint64_t length_of(struct fs *fs, const struct query *query, const struct page *page)
{
    const struct lone_limits *limits = lone_controller_limits(fs->controller);
    const struct lone_log *log = query->length ? NULL : log_of(query);

    if (!log)
        return query->length;
    if (log->lid == LID_ERROR && limits)
        return limits->error_entries * (uint64_t)(log->record->fields[0].bits / 8);
    return lone_log_length(log, page->bytes, page->have);
}

/* Works out anew how long it is when all that was known of is there. More than there is: read on. */
static int learn_length(struct op *op, struct page *page)
{
    const struct query *query = op->node->query;

    if (page->have < page->length)
        return 0;
    page->length = length_of(op->fs, query, page);
    return query->length ? 0 : lone_log_bounded(log_of(query), page->length, &op->error);
}

/* With LSP telemetry is captured and a context made: once, not for each part (NVMe Base 2.0, 5.16.1.8 and 5.16.1.14).
 */
static bool is_done_once(const struct lone_log *log)
{
    return log && (log->lid == 0x07 || log->lid == 0x0d);
}

static int ask(struct op *op, struct page *page, uint64_t from, uint64_t size)
{
    const struct query *query = op->node->query;
    uint64_t dwords = (size + 3) / 4 - 1, offset = offset_of(query->sqe) + from;
    uint8_t *sqe = op->cmd->sqe;
    int result = lone_cmd_reset(op->cmd, &op->error);

    if (!result)
        result = lone_cmd_data_size(op->cmd, (dwords + 1) * 4, &op->error);
    if (result)
        return result;
    memcpy(sqe, query->sqe, LONE_SQE_SIZE);
    query_field(sqe, "NUMDL", dwords);
    query_field(sqe, "NUMDU", dwords >> 16);
    query_field(sqe, "LPOL", offset);
    query_field(sqe, "LPOU", offset >> 32);
    if (page->commands && is_done_once(log_of(query)))
        query_field(sqe, "LSP", 0);
    page->asked = size;
    page->commands++;
    return 0;
}

/* The next part; what an index counts cannot be cut. */
static int ask_next(struct op *op, struct page *page)
{
    uint64_t left = page->length - page->have, most = command_limit(op->fs);

    return ask(op, page, page->have, left < most || by_index(op->node->query->sqe) ? left : most);
}

static int take(struct op *op, struct page *page)
{
    uint8_t *larger = realloc(page->bytes, page->have + page->asked);
    int result;

    if (!larger)
        return lone_fail(&op->error, ENOMEM, "no memory for a log page of more than %" PRIu64 " bytes", page->have);
    page->bytes = larger;
    result = lone_buffer_load(&op->cmd->data, 0, larger + page->have, page->asked, &op->error);
    if (!result)
        page->have += page->asked;
    return result;
}

/* The field that counts the page's versions, if all of it is in what was read. */
static const struct lone_field *generation_of(const struct op *op, const struct page *page)
{
    const struct lone_record *record = log_record(op->fs, op->node);
    const struct lone_log *log = log_of(op->node->query);
    const struct lone_field *field =
        log && record == log->record && log->generation ? lone_record_field(record, log->generation) : NULL;

    return field && field->bit + field->bits <= page->have * 8 ? field : NULL;
}

static int compare_generation(struct op *op, const struct page *page)
{
    const struct lone_field *field = generation_of(op, page);
    uint8_t bytes[4096];
    uint64_t before, now;
    int result = lone_buffer_load(&op->cmd->data, 0, bytes, page->asked, &op->error);

    if (result)
        return result;
    before = (uint64_t)lone_bits_get(page->bytes, field->bit, field->bits);
    now = (uint64_t)lone_bits_get(bytes, field->bit, field->bits);
    if (before == now)
        return 0;
    return lone_fail(&op->error, EIO,
                     "the page changed while it was read in %u parts: %s was 0x%" PRIx64 " and is 0x%" PRIx64
                     ": read it again",
                     page->commands - 1, field->name, before, now);
}

static void free_page(struct fs *fs, void *job)
{
    struct page *page = job;

    (void)fs;
    free(page->bytes);
    free(page);
}

static int begin(struct op *op)
{
    int result = fs_may_send(op);

    if (result)
        return result;
    op->job = calloc(1, sizeof(struct page));
    op->job_end = free_page;
    op->cmd = op->job ? lone_cmd_new(op->fs->controller) : NULL;
    if (!op->cmd)
        return lone_fail(&op->error, ENOMEM, "no memory for a command");
    result = learn_length(op, op->job);
    return result ? result : ask_next(op, op->job);
}

/* The command under way: 0 when it has completed. */
static int wait_for(struct op *op)
{
    const struct query *query = op->node->query;
    int result = op_command(op, query->timeout_ns ? query->timeout_ns : op->fs->timeout_ns);

    return result ? result : op_command_status(op, op->cmd);
}

/* Reads all of it: 0, PARK or an error. */
static int read_page(struct op *op)
{
    int result = op->job ? 0 : begin(op);

    while (!result) {
        struct page *page = op->job;
        const struct lone_field *generation;

        result = wait_for(op);
        if (!result && page->looks_again)
            return compare_generation(op, page);
        if (!result)
            result = take(op, page);
        if (!result)
            result = learn_length(op, page);
        if (result)
            return result;
        if (page->have < page->length) {
            result = ask_next(op, page);
            continue;
        }
        generation = page->commands > 1 ? generation_of(op, page) : NULL;
        if (!generation)
            return 0;
        page->looks_again = true;
        result = ask(op, page, 0, (generation->bit + generation->bits + 7) / 8);
    }
    return result;
}

static int log_measure(struct op *op, uint64_t *size)
{
    int result = read_page(op);

    *size = result ? 0 : ((const struct page *)op->job)->have;
    return result;
}

static int log_load(struct op *op, uint32_t at, uint32_t size, uint8_t *bytes, uint8_t *present, bool aggregate)
{
    const struct page *page = op->job;

    (void)present, (void)aggregate;
    memcpy(bytes, page->bytes + at, size);
    return 0;
}

/* What the question says, or a page of one length; else that is in the page. */
static uint64_t log_size(struct fs *fs, const struct node *node)
{
    const struct lone_record *record = log_record(fs, node);

    if (node->query->length)
        return node->query->length;
    return record->flags & LONE_VARIABLE ? SIZE_UNKNOWN : (record->size + 3) & ~3u;
}

static const struct source log_source = {
    .measure = log_measure, .load = log_load, .size = log_size, .record = log_record};

/* --- A page's directory: the record, and where it is but a list, its elements by number --- */

/* The error log: entry 0 is the newest. */
static const struct lone_field *list_of(struct fs *fs, const struct node *dir)
{
    const struct lone_record *record = log_record(fs, dir);

    return record->n_fields == 1 && record->fields[0].open && record->fields[0].kind == LONE_RECORD ? record->fields
                                                                                                    : NULL;
}

static void make_element(const struct lone_field *list, uint32_t number, struct node *child)
{
    child->class = &record_class;
    child->record = list->record;
    child->field = list;
    child->element = number;
    child->nested = true;
}

static int page_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    const struct lone_field *list = list_of(fs, dir);
    uint32_t number;

    if (!list || number_name(name, INT32_MAX, &number))
        return record_find(fs, dir, name, child, error);
    make_element(list, number, child);
    return 0;
}

/* How many there are, only the page tells; the first one is listed. */
static bool page_list(struct fs *fs, struct node *dir, unsigned index, char name[64], struct node *child)
{
    const struct lone_field *list = list_of(fs, dir);

    if (!list)
        return record_list(fs, dir, index, name, child);
    if (index)
        return record_list(fs, dir, index - 1, name, child);
    strcpy(name, "0");
    make_element(list, 0, child);
    return true;
}

static const struct node_class page_class = {
    .directory = true, .mode = 0755, .source = &log_source, .find = page_find, .list = page_list};

/* --- Names --- */

/* FFFFFFFFh stands for the controller; a page of a namespace is one of namespace 1 unless the question says another. */
static void set_log(struct query *query, const struct lone_log *log)
{
    query_field(query->sqe, "LID", log->lid);
    if (log->csi >= 0)
        query_field(query->sqe, "CSI", (uint64_t)log->csi);
    if (log->per_namespace)
        lone_set(&lone_sqe, query->sqe, "NSID", 1);
}

static struct query *new_query(void)
{
    struct query *query = query_new("get_log_page");

    if (query) {
        query_field(query->sqe, "RAE", 1);
        lone_set(&lone_sqe, query->sqe, "NSID", UINT32_MAX);
    }
    return query;
}

static int say(struct query_said *said, const char *name, struct lone_error *error)
{
    const struct lone_field *field = query_place("get_log_page", name);

    return query_say(said, name, field->bit, field->bits, error);
}

/* The name of a page says LID, and CSI where the page is one of a command set. */
static int say_page(struct query_said *said, const struct lone_log *log, struct lone_error *error)
{
    int result = say(said, "LID", error);

    return result || log->csi < 0 ? result : say(said, "CSI", error);
}

/* A number of @bits that two fields hold, after `NAME=`. */
static int two_fields(const char *word, size_t length, const char *low, const char *high, uint32_t bits,
                      struct query *query, struct query_said *said, struct lone_error *error)
{
    size_t before = strcspn(word, "=") + 1;
    uint64_t number;
    int result = say(said, low, error);

    if (!result)
        result = say(said, high, error);
    if (!result)
        result = lone_number_parse(low, bits, word + before, length - before, &number, error);
    if (result) {
        if (error->has_column)
            error->column += before;
        return result;
    }
    query_field(query->sqe, low, number);
    query_field(query->sqe, high, number >> bits / 2);
    return 1;
}

/* The name of a page in front; NUMD and LPO, each of which is two fields. */
static int own_word(const char *word, size_t length, bool first, struct query *query, struct query_said *said,
                    struct lone_error *error)
{
    char name[64] = "";

    if (first && length < sizeof(name) && !memchr(word, '=', length)) {
        memcpy(name, word, length);
        if (lone_log_named(name)) {
            set_log(query, lone_log_named(name));
            say_page(said, lone_log_named(name), error); /* the first: nothing was said before */
            return 1;
        }
    }
    if (length > 4 && !strncmp(word, "LPO=", 4))
        return two_fields(word, length, "LPOL", "LPOU", 64, query, said, error);
    if (length < 5 || strncmp(word, "NUMD", 4))
        return 0;
    query->length = 1; /* it is said: how much, when all words have been read */
    return word[4] == '=' ? two_fields(word, length, "NUMDL", "NUMDU", 32, query, said, error) : 0;
}

static int finish_query(struct query *query, struct lone_error *error)
{
    uint64_t length = ((field_of(query->sqe, "NUMDU") << 16 | field_of(query->sqe, "NUMDL")) + 1) * 4;

    if (query->length && length > LONE_LOG_MAX)
        return lone_fail(error, ENOENT, "at most %llu bytes of a log page are read: NUMD=%llu", LONE_LOG_MAX,
                         LONE_LOG_MAX / 4 - 1);
    if (query->length && !by_index(query->sqe) && offset_of(query->sqe) > UINT64_MAX - (length - 1))
        return lone_fail(error, ENOENT, "%" PRIu64 " bytes from LPO=0x%" PRIx64 " go beyond 64 bits", length,
                         offset_of(query->sqe));
    if (query->length)
        query->length = length;
    else if (!log_of(query))
        return lone_fail(error, ENOENT, "how long page 0x%" PRIx64 " is nobody knows: say NUMD=… (dwords, less one)",
                         field_of(query->sqe, "LID"));
    else if (offset_of(query->sqe) || by_index(query->sqe))
        return lone_fail(error, ENOENT, "with an offset say how much: NUMD=… (dwords, less one)");
    return 0;
}

static int logs_find(struct fs *fs, struct node *dir, const char *name, struct node *child, struct lone_error *error)
{
    static const struct query_words words = {
        .opcode = "get_log_page", .example = "LID=0xc0,NUMD=1023 or smart,NSID=1", .own = own_word};
    const struct lone_log *log = lone_log_named(name);
    bool named = log || (strchr(name, ',') && strcspn(name, ",") < strcspn(name, "="));
    struct query *query;
    int result = 0;

    (void)fs, (void)dir;
    if (!log && !strchr(name, '='))
        return -ENOENT;
    query = new_query();
    if (!query)
        return -ENOMEM;
    if (log)
        set_log(query, log);
    else
        result = query_parse(name, &words, query, error);
    if (!result && !named && !strstr(name, "LID="))
        result = lone_fail(error, ENOENT, "LID=… is missing: %s", words.example);
    if (!result && !log)
        result = finish_query(query, error);
    if (result) {
        query_free(query);
        return result;
    }
    child->class = &page_class;
    child->source = &log_source;
    child->query = query;
    child->owns_query = true;
    return 0;
}

/* Listed is what the controller has said that it has; the other pages are found by name. */
static uint64_t logs_list(struct fs *fs, struct node *dir, uint64_t after, char name[64], struct node *child)
{
    const uint8_t *identity = lone_controller_identity(fs->controller);

    (void)dir;
    for (size_t i = after; i < lone_n_logs; i++) {
        if (!lone_offered(LONE_OFFER_LOG, lone_logs[i].lid, identity))
            continue;
        snprintf(name, 64, "%s", lone_logs[i].name);
        child->class = &page_class;
        return i + 1;
    }
    return 0;
}

const struct node_class logs_class = {.directory = true, .mode = 0755, .find = logs_find, .list_after = logs_list};
