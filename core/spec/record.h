/* SPDX-License-Identifier: MIT */
/*
 * The table language: how a record of the PCIe or NVMe specification is written down, and the one decoder and the one
 * encoder that read such a table. A record is anything that a specification lays out in fields: a register, a
 * capability, an Identify structure, a submission or completion queue entry. All records are little-endian.
 *
 * Tables are constant and live as long as the program. All functions here are pure: any thread, no device, no I/O.
 */
#ifndef LONE_SPEC_RECORD_H
#define LONE_SPEC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;

/* How software may access a field, as the specifications' "Type" column says. LONE_RO is 0: the default of a row. */
enum lone_access {
    LONE_RO,   /* read only (also HwInit) */
    LONE_RW,   /* read, write */
    LONE_RW1C, /* read; writing 1 clears. Kept at 0 in a read-modify-write that does not name it */
    LONE_RW1S, /* read; writing 1 sets. Kept at 0 likewise */
    LONE_WO,   /* write only: reads return 0 or are undefined */
};

/* What the bits mean. The meaning only shapes `text`, `json` and the accepted words; the bits stay as laid out. */
enum lone_kind {
    LONE_NUMBER,      /* a number; times .scale it is a quantity in .unit, if there is a unit */
    LONE_ENUM,        /* .names says what the values mean; others are "Reserved" */
    LONE_ZERO_BASED,  /* (value + 1) × scale units */
    LONE_POW2,        /* 2^value × scale units */
    LONE_TEMPERATURE, /* kelvins; 0 means not reported, but in what can be set */
    LONE_ADDRESS, /* an address or offset: the field's bits hold its upper part, times .scale when not byte-granular */
    LONE_ASCII,   /* text, padded with spaces or zeros on the right; whole bytes */
    LONE_BYTES,   /* bytes without further structure, printed as hex digits in memory order */
    LONE_UUID,    /* 16 bytes, printed 8-4-4-4-12 in memory order */
    LONE_EUI,     /* an IEEE identifier (EUI-64, NGUID), big-endian in memory, printed as hex pairs joined by '-' */
    LONE_EUI_LE,  /* the same little-endian in memory (OUI, Serial Number of PCIe), printed as people write it */
    LONE_RECORD,  /* .record lays it out further; starts and ends on a byte */
};

struct lone_name {
    uint64_t value;
    const char *name;    /* the word that is printed and accepted: no blanks, no '=' or ',', e.g. "NVM" */
    const char *meaning; /* a line for people; NULL when the name says it all */
};

/* A quantity that a record itself tells: the number in its field @field, plus the one in @other (NULL: 0), times
 * @scale, plus @add; 0 when that is negative. Both are numbers at a fixed place. @field NULL: nothing tells it. */
struct lone_sum {
    const char *field, *other;
    uint32_t scale; /* 0 counts as 1 */
    int32_t add;
    bool but_ones; /* all bits of @field set tell of none */
};

/*
 * One row. Designated initialisers after the first four: { "EN", 0, 1, LONE_RW, .meaning = "Enable" }.
 *
 * Records of variable length (LONE_VARIABLE) have rows whose extent the bytes tell. They stand behind the fixed part:
 * - arrays with .counted_by (and no .count), or .open: they go on to the end of the bytes that there are
 * - byte strings with .bits 0: .counted_by says how many bytes, .open: all that are left
 * - elements and nested records that are themselves of variable length; elements follow each other packed. `bits` is
 *   their fixed part, as for all nested records
 * - rows that stand .after such a row, or .start at a byte that a field tells
 * Whatever the bytes claim, what does not lie wholly within the bytes that there are is not found.
 */
struct lone_field {
    const char *name; /* the specification's mnemonic, capitals; unique in its record */
    uint32_t bit;     /* offset of the least significant bit from the record's start: LONE_BYTE(n) + bit */
    uint32_t bits;    /* width of one element in bits; numbers at most 128 (capacities), enumerations 64 */
    enum lone_access access;
    enum lone_kind kind;
    const struct lone_name *names;    /* ended by a row with .name NULL; enumerations and special values of numbers */
    const struct lone_record *record; /* LONE_RECORD */
    uint16_t count;                   /* an array of this many elements, `bits` apart; 0: not an array */
    uint16_t first;    /* the number of the array's first element, where the specification counts from 1 */
    bool ends_at_zero; /* the array's list ends before its first all-zero element (`text` and `json` stop there) */
    bool unused_zero;  /* all-zero elements are unused, wherever they stand: these stop behind the last other one */
    uint16_t tag;      /* in a record with .tlv: the type that marks this element */
    struct lone_sum counted_by; /* how many elements there are; with .count, at most that many, in the fixed part */
    bool open;                  /* goes on to the end of the bytes */
    struct lone_sum start;      /* `bit` counts from this byte of the record */
    const char *after;          /* `bit` counts from the end of this field, an earlier row */
    const char *when;           /* is only there when this field, a number at a fixed place … */
    uint64_t is;                /* … has this value */
    bool is_not;                /* … has any other value */
    uint64_t scale;             /* 0 counts as 1 */
    const char *unit;           /* "B", "ms", "blocks" …; NULL: none */
    const char *meaning;        /* the specification's name of the field, or a line that says what it does */
    const char *section;        /* where it is defined, when that is not the record's section */
};

/* Types, lengths, values: the layout of the Namespace Identification Descriptor list. A list ends with an element whose
 * length is 0, whose type is 0, or which would not fit. */
struct lone_tlv {
    uint8_t type_byte;   /* where in an element's header its type stands (one byte) */
    uint8_t length_byte; /* where in the header the value's length stands (one byte, counts the value only) */
    uint8_t header;      /* bytes of the header; 0: this record is not such a list */
};

enum lone_record_flags {
    LONE_REGISTER =
        1, /* accessed as a whole: a field is read by reading, written by read-modify-write of, this record */
    LONE_VARIABLE = 2, /* of variable length: `size` is the fixed part */
};

struct lone_record {
    const char *name;       /* mnemonic, e.g. "CC"; for structures a lower-case name, e.g. "identify_controller" */
    const char *title;      /* the specification's name of it, e.g. "Controller Configuration" */
    uint32_t size;          /* bytes; of its fixed part, if its length varies (may be 0 then) */
    unsigned flags;         /* enum lone_record_flags */
    struct lone_sum length; /* LONE_VARIABLE: bytes in all, where the record tells; else it ends with its last field */
    struct lone_tlv tlv;
    const struct lone_field *fields;
    size_t n_fields;
    const char *spec;    /* "NVMe Base 2.0", "PCIe 5.0" …; NULL in a record that is only part of another one */
    const char *section; /* "3.1.3.5", or a figure where there is no section of its own */
};

/* The two meanings of one bit, behind the row's .meaning: without them a row is the name of what a 1 says, so that 0 is
 * "not". A meaning may be NULL. */
/* clang-format off */
#define LONE_TWO(zero, means_zero, one, means_one) \
    .kind = LONE_ENUM, \
    .names = (const struct lone_name[]){{0, zero, means_zero}, {1, one, means_one}, {0, NULL, NULL}}
/* clang-format on */

#define LONE_BYTE(n)       ((n)*8u)
#define LONE_COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define LONE_FIELDS(array) .fields = (array), .n_fields = LONE_COUNT(array)

/* A value that fits every number of the tables. */
__extension__ typedef unsigned __int128 lone_number;

/* Finds the field called @name in @record, or NULL. */
const struct lone_field *lone_record_field(const struct lone_record *record, const char *name);

bool lone_field_is_array(const struct lone_field *field);

/* Finds where @field stands in @bytes (@length of them, a copy of @record): its bit offset, or -ENODATA where the
 * record does not have it (no such type in a list of types, lengths and values, a number of elements that is smaller, a
 * condition that does not hold) or @bytes end before it. @element counts from 0; 0 where there is no array. Steps
 * through elements of variable length one by one, else goes there directly. */
int64_t lone_field_locate(const struct lone_record *record, const struct lone_field *field, unsigned element,
                          const uint8_t *bytes, size_t length);

/* Where an element lies: bit offset and width. A nested record of variable length is cut where @bytes end. */
struct lone_place {
    uint64_t bit;
    uint64_t bits;
};

/* The same with the width: 0 or -ENODATA. @beyond: numbers of elements and conditions in @bytes do not bind; for
 * writing, where they may be wrong on purpose or not be there yet. */
int lone_field_place(const struct lone_record *record, const struct lone_field *field, unsigned element,
                     const uint8_t *bytes, size_t length, bool beyond, struct lone_place *place);

/* @field with a width of @bits (cut to what fits into .bits), to format and parse byte strings of variable length. */
struct lone_field lone_field_sized(const struct lone_field *field, uint64_t bits);

/* How many bytes the copy of @record at @bytes has, as far as its first @length bytes tell; may be more than @length,
 * and is then a lower bound. Where it is open, @length. A record of fixed size: that. At most 2^48. */
uint64_t lone_record_extent(const struct lone_record *record, const uint8_t *bytes, size_t length);

/* Reads @bits (at most 128) at bit offset @bit of @bytes. The caller vouches that they are there. */
lone_number lone_bits_get(const uint8_t *bytes, uint32_t bit, uint32_t bits);

/* Writes @value into @bits (at most 128) at bit offset @bit of @bytes, leaving the bits around it as they are. */
void lone_bits_set(uint8_t *bytes, uint32_t bit, uint32_t bits, lone_number value);

/* Does @value fit into @bits bits? */
bool lone_bits_fit(lone_number value, uint32_t bits);

/* The number in the field called @name of @record, whose copy @bytes is (record->size bytes; where the length varies,
 * as many as the element needs: elements of fixed size can be named, the caller vouches that they are there). For
 * program code, which reads by name what the table says; @name may be a path "OACS.FORMAT". The field must exist and be
 * a number of at most 64 bits; a name that does not is a bug in the caller and asserted on. */
uint64_t lone_get(const struct lone_record *record, const uint8_t *bytes, const char *name);

/* The same for writing. @value is cut to the field's width. */
void lone_set(const struct lone_record *record, uint8_t *bytes, const char *name, uint64_t value);

/* ASCII to a field of kind LONE_ASCII (padded with spaces); other byte kinds: @text is copied as bytes, padded with 0.
 */
void lone_set_text(const struct lone_record *record, uint8_t *bytes, const char *name, const char *text);

/* Formats the bits of one element of @field as its file shows them, without a newline: numbers as lower-case hex
 * without padding, text trimmed, byte strings in their one form. @at is the element's bit offset in @bytes; the bits
 * must be there. Returns the length; at most @size - 1 bytes are stored, and a 0 behind them. Kinds other than
 * LONE_RECORD; those of variable width come through lone_field_sized(). */
size_t lone_field_format(const struct lone_field *field, const uint8_t *bytes, int64_t at, char *text, size_t size);

/* Reads @text (@length bytes, no 0 needed; blanks around are ignored, but those in front of a text) as a value of
 * @field and stores its bits at bit offset @at of @bytes; nothing is stored on failure. Accepts what
 * lone_field_format() prints, decimal, 0x, 0b, and the field's enumerated names in either case. -EINVAL: malformed, or
 * a word that is none of the names; -ERANGE: does not fit. The error's column is relative to
 * @text. */
int lone_field_parse(const struct lone_field *field, uint8_t *bytes, int64_t at, const char *text, size_t length,
                     struct lone_error *error);

/* The same for a plain number of at most @bits bits (<= 64) that is called @what in error texts, which tell the limit
 * in hex when @what begins with a capital, else in decimal. */
int lone_number_parse(const char *what, uint32_t bits, const char *text, size_t length, uint64_t *value,
                      struct lone_error *error);

/* One line of what the value of @field at bit offset @at means, e.g. "20000 ms" or "NVM Command Set"; "" when the
 * number says it all. Stores at most @size - 1 bytes and a 0. */
void lone_field_explain(const struct lone_field *field, const uint8_t *bytes, int64_t at, char *text, size_t size);

/* A growing text. @text is ended by a 0, owned by the struct, freed with lone_text_free(). When memory ends the text is
 * cut and `failed` set. Zero-initialise. */
struct lone_text {
    char *text;
    size_t length, capacity;
    bool failed;
};
void lone_text_add(struct lone_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lone_text_append(struct lone_text *text, const char *bytes, size_t length);
void lone_text_free(struct lone_text *text);

/* The record decoded for people: name, value, meaning, one line a field, nested ones indented. @bytes may be shorter
 * than the record: fields beyond are left out, and a last line says so. @present, when not NULL, says byte by byte
 * which bytes were read; fields in bytes that were not are shown as "-". */
void lone_record_text(const struct lone_record *record, const uint8_t *bytes, size_t length, const uint8_t *present,
                      struct lone_text *text);

/* The same for programs: {"schema": 1, "record": name, "fields": {…}}. Fields are "0x…" strings, text and identifiers
 * are strings, nested records objects, arrays arrays; a field that was not read is null. The caller owns the result
 * (json_object_put). NULL when memory ends. */
struct json_object *lone_record_json(const struct lone_record *record, const uint8_t *bytes, size_t length,
                                     const uint8_t *present);
#define LONE_JSON_SCHEMA 1

/* How many bytes lone_record_text(), the text of lone_record_json() with JSON_C_TO_STRING_PRETTY and a newline, and
 * lone_field_format() of @field in @record can come to, whatever the bytes are: bounds from above. UINT64_MAX where the
 * table sets none, since other bytes, or the end of the data, tell how much there is. Any thread. */
uint64_t lone_record_text_most(const struct lone_record *record);
uint64_t lone_record_json_most(const struct lone_record *record);
uint64_t lone_field_most(const struct lone_record *record, const struct lone_field *field);

/* So many fields and elements are in `text` and in `json` at most, since a list may claim to be longer than anybody's
 * patience and memory. What is left out is told: by the last line of `text`, by "cut": true beside "fields" in JSON. */
#define LONE_SHOWN_MAX (1u << 16)

/* Which bits of a register may a read-modify-write that names only @field write back as read? Clears, in the record's
 * copy @bytes, every write-1-to-clear and write-1-to-set field, so that writing @bytes back changes nothing. */
void lone_record_neutral(const struct lone_record *record, uint8_t *bytes);

/* Parses "FIELD=VALUE FIELD=VALUE …" and applies it to @bytes, a copy of @record. Whole or not at all: on failure
 * @bytes is unchanged. Fields of nested records are written A.B, elements of arrays A.0. Read-only fields are -EACCES
 * unless
 * @any. An unknown field is -EINVAL, an element that a list of types, lengths and values does not have -ENODATA.
 * @named, when not NULL (record->size bytes), gets 1 bits where a field was named, also by words before one that fails.
 */
int lone_record_assign(const struct lone_record *record, uint8_t *bytes, const char *text, size_t length, bool any,
                       uint8_t *named, struct lone_error *error);

/* The same on @size bytes (at least record->size), for records of variable length. Elements that have room in @bytes
 * can be written, whatever number of them the bytes tell; -ENODATA when there is none. @named has @size bytes. */
int lone_record_assign_sized(const struct lone_record *record, uint8_t *bytes, size_t size, const char *text,
                             size_t length, bool any, uint8_t *named, struct lone_error *error);

/* Checks a table: fields inside the record, no overlaps, unique names, names where an enumeration needs them, nested
 * records of the right size, extents that are told by fields which exist and are at a fixed place, nothing behind what
 * is open. Returns 0 or -EINVAL with a text that names the row. For unit tests. */
int lone_record_check(const struct lone_record *record, struct lone_error *error);

#ifdef __cplusplus
}
#endif

#endif
