#include "conf/calendar.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/limits.h"
#include "base/text.h"
#include "codec/utf8.h"
#include "conf/problems.h"

#define HEADER "date,type,name"
#define SHOWN_BYTES 64 /* of a text of the file in a message */
#define BOM "\xEF\xBB\xBF"

enum field_id { FIELD_DATE, FIELD_TYPE, FIELD_NAME, FIELD_COUNT };

static const char *const field_names[] = {"date", "type", "name"};

struct field {
    char text[LIMIT_ID_BYTES + 1]; /* without quotes */
    size_t column;
};

/* One reading of a file. */
struct csv {
    struct arena *arena;
    struct problems *errors;
    const char *file;
    const char *line; /* the current one, without its end */
    size_t len, line_no;
    size_t bad; /* problems so far, also those without room */
    bool header_seen, stopped;
    struct calendar_row *rows;
    size_t n, cap;
    size_t *lines; /* of each row */
    size_t line_n, line_cap;
};

__attribute__((format(printf, 3, 4))) static void complain(struct csv *csv, size_t column,
                                                           const char *fmt, ...)
{
    struct problem *problem =
        problems_add(csv->errors, (struct spot){csv->file, csv->line_no, column});
    char text[512]; /* what is shown of the file is short */
    va_list args;

    csv->bad++;
    if (!problem)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    problem->text = arena_strdup(csv->arena, text);
}

/* Text of the file, short enough for a message; it was checked for control characters before. */
static const char *shown(struct csv *csv, const char *text, size_t n)
{
    size_t cut = n > SHOWN_BYTES ? text_utf8_cut(text, SHOWN_BYTES) : n;

    return arena_printf(csv->arena, "%.*s%s", (int)cut, text, cut < n ? "…" : "");
}

/* --- bytes and fields ----------------------------------------------------------------------------
 */
/* In characters, from 1. */
static size_t column_of(const struct csv *csv, size_t offset)
{
    size_t column = 1;

    for (size_t i = 0; i < offset; i++)
        column += ((unsigned char)csv->line[i] & 0xC0) != 0x80;
    return column;
}

/* Control characters: C0, DEL, C1. A comment may hold tabs. */
static bool is_control(const unsigned char *p, bool comment)
{
    if (*p == '\t')
        return !comment;
    return *p < 0x20 || *p == 0x7F || (p[0] == 0xC2 && p[1] < 0xA0);
}

/* Whether the line is text. A file in another encoding fails in its first odd line; its other lines
 * would say the same again and again. */
static bool check_bytes(struct csv *csv)
{
    bool comment = csv->line[0] == '#';
    size_t length;

    for (size_t i = 0; i < csv->len; i += length) {
        const unsigned char *p = (const unsigned char *)csv->line + i;

        length = utf8_length(csv->line + i, csv->len - i);
        if (length == 0 || *p == '\0') {
            complain(csv, column_of(csv, i), "byte 0x%02X is not text, expected UTF-8%s", *p,
                     *p ? " (in a spreadsheet: save as \"CSV UTF-8\")" : "");
            csv->stopped = true;
            return false;
        }
        if (is_control(p, comment)) {
            complain(csv, column_of(csv, i), "control character 0x%02X, expected text",
                     length == 2 ? p[1] : p[0]);
            return false;
        }
    }
    return true;
}

/* Copies a field that begins at *pos and moves there behind it. Returns its length, of which no
 * more is copied than has room. */
static size_t copy_field(const struct csv *csv, size_t *pos, bool *ret_closed, struct field *ret)
{
    bool quoted = csv->line[*pos] == '"', closed = !quoted;
    size_t at = *pos + (quoted ? 1 : 0), n = 0;

    while (at < csv->len && (quoted || csv->line[at] != ',')) {
        char c = csv->line[at++];

        if (quoted && c == '"') {
            closed = at == csv->len || csv->line[at] != '"';
            if (closed)
                break;
            at++; /* two stand for one */
        }
        if (n < LIMIT_ID_BYTES)
            ret->text[n] = c;
        n++;
    }
    ret->text[n < LIMIT_ID_BYTES ? n : LIMIT_ID_BYTES] = '\0';
    *pos = at;
    *ret_closed = closed;
    return n;
}

/* *pos is that of the comma or the end of the line afterwards. */
static bool take_field(struct csv *csv, enum field_id id, size_t *pos, struct field *ret)
{
    const char *name = field_names[id];
    bool closed = true;
    size_t n = 0;

    ret->column = column_of(csv, *pos);
    ret->text[0] = '\0';
    if (*pos < csv->len)
        n = copy_field(csv, pos, &closed, ret);
    if (!closed)
        complain(csv, ret->column, "%s: quote is not closed, expected another in this line", name);
    else if (*pos < csv->len && csv->line[*pos] != ',')
        complain(csv, column_of(csv, *pos), "%s: text after a closing quote, expected a comma",
                 name);
    else if (n > LIMIT_ID_BYTES)
        complain(csv, ret->column, "%s: is %zu bytes long, expected at most %d", name, n,
                 LIMIT_ID_BYTES);
    else
        return true;
    return false;
}

static bool take_fields(struct csv *csv, struct field fields[FIELD_COUNT])
{
    size_t pos = 0;

    for (int i = 0; i < FIELD_COUNT; i++) {
        if (!take_field(csv, (enum field_id)i, &pos, &fields[i]))
            return false;
        if (i + 1 == FIELD_COUNT)
            break;
        if (pos == csv->len) {
            complain(csv, column_of(csv, pos), "line ends after %s, expected " HEADER,
                     field_names[i]);
            return false;
        }
        pos++;
    }
    if (pos < csv->len)
        complain(csv, column_of(csv, pos), "more than %d fields, expected " HEADER, FIELD_COUNT);
    return pos == csv->len;
}

/* --- rows ----------------------------------------------------------------------------------------
 */
static int number(const char *digits, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

static bool date_shaped(const char *text)
{
    static const char shape[] = "0000-00-00";

    for (size_t i = 0; i < sizeof(shape) - 1; i++) {
        bool fits = shape[i] == '0' ? isdigit((unsigned char)text[i]) != 0 : text[i] == shape[i];

        if (!fits)
            return false; /* at its NUL at the latest */
    }
    return text[sizeof(shape) - 1] == '\0';
}

static int month_days(int year, int month)
{
    day_no first = day_of_date(year, month, 1);

    return (month < 12 ? day_of_date(year, month + 1, 1) : day_of_date(year + 1, 1, 1)) - first;
}

static bool read_date(struct csv *csv, const struct field *field, day_no *ret)
{
    const char *text = field->text;
    int year, month, day;

    if (!date_shaped(text)) {
        complain(csv, field->column, "date: \"%s\" is not one, expected YYYY-MM-DD",
                 shown(csv, text, strlen(text)));
        return false;
    }
    year = number(text, 4);
    month = number(text + 5, 2);
    day = number(text + 8, 2);
    if (year < 1970 || year > 2199)
        complain(csv, field->column, "date: %s is too far away, expected a year from 1970 to 2199",
                 text);
    else if (month < 1 || month > 12)
        complain(csv, field->column, "date: %s does not exist, expected a month from 01 to 12",
                 text);
    else if (day < 1 || day > month_days(year, month))
        complain(csv, field->column, "date: %s does not exist, expected a day from 01 to %d", text,
                 month_days(year, month));
    else {
        *ret = day_of_date(year, month, day);
        return true;
    }
    return false;
}

/* The type that was meant, or NULL. */
static const char *type_guess(const char *text)
{
    static const char *const types[] = {"off", "work"};
    unsigned best = (unsigned)strlen(text) / 3 + 2;
    const char *guess = NULL;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        unsigned distance = strcasecmp(text, types[i]) == 0 ? 0 : text_distance(text, types[i]);

        if (distance < best && distance <= 2) {
            best = distance;
            guess = types[i];
        }
    }
    return guess;
}

static bool read_type(struct csv *csv, const struct field *field, bool *ret_off)
{
    const char *guess;

    *ret_off = text_equal(field->text, "off");
    if (*ret_off || text_equal(field->text, "work"))
        return true;
    guess = type_guess(field->text);
    if (guess)
        complain(csv, field->column, "type: \"%s\" is not one, did you mean \"%s\"?", field->text,
                 guess);
    else
        complain(csv, field->column, "type: \"%s\" is not one, expected off or work",
                 shown(csv, field->text, strlen(field->text)));
    return false;
}

/* Whether no earlier row says the opposite. A row that says the same does no harm. */
static bool check_twin(struct csv *csv, const struct field *date, day_no day, bool off)
{
    for (size_t i = 0; i < csv->n; i++) {
        if (csv->rows[i].day != day || csv->rows[i].off == off)
            continue;
        complain(csv, date->column, "date: %s is \"%s\" in line %zu, expected one type for a day",
                 date->text, off ? "work" : "off", csv->lines[i]);
        return false;
    }
    return true;
}

static void read_row(struct csv *csv)
{
    struct field fields[FIELD_COUNT];
    const char *name = fields[FIELD_NAME].text;
    struct calendar_row *row;
    day_no day = 0;
    bool off = false, good;

    if (csv->n == LIMIT_CALENDAR_ROWS) {
        complain(csv, 1, "row is one too many, expected at most %d", LIMIT_CALENDAR_ROWS);
        csv->stopped = true;
        return;
    }
    if (!take_fields(csv, fields))
        return;
    good = read_date(csv, &fields[FIELD_DATE], &day);
    good = read_type(csv, &fields[FIELD_TYPE], &off) && good;
    if (!good || !check_twin(csv, &fields[FIELD_DATE], day, off))
        return;
    row = arena_push(csv->arena, &csv->rows, &csv->n, &csv->cap, sizeof(*row));
    *row = (struct calendar_row){day, off, *name ? arena_strdup(csv->arena, name) : NULL};
    *(size_t *)arena_push(csv->arena, &csv->lines, &csv->line_n, &csv->line_cap,
                          sizeof(*csv->lines)) = csv->line_no;
}

/* Without it nobody knows which column is which, so the rest is not read. */
static void read_header(struct csv *csv)
{
    struct field fields[FIELD_COUNT];
    size_t before = csv->bad;

    csv->header_seen = take_fields(csv, fields);
    for (int i = 0; csv->header_seen && i < FIELD_COUNT; i++)
        csv->header_seen = text_equal(fields[i].text, field_names[i]);
    if (!csv->header_seen && csv->bad == before)
        complain(csv, 1, "\"%s\" is not the header, expected " HEADER,
                 shown(csv, csv->line, csv->len));
    csv->stopped = !csv->header_seen;
}

static void read_line(struct csv *csv)
{
    size_t blank = 0;

    while (blank < csv->len && (csv->line[blank] == ' ' || csv->line[blank] == '\t'))
        blank++;
    if (blank == csv->len || !check_bytes(csv) || csv->line[0] == '#')
        return;
    if (csv->header_seen)
        read_row(csv);
    else
        read_header(csv);
}

int calendar_parse(const char *name, const char *text, size_t n, struct arena *arena,
                   struct calendar_row **ret, size_t *ret_n, struct problems *errors)
{
    struct csv csv = {.arena = arena, .errors = errors, .file = name};
    size_t pos = n >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0 ? strlen(BOM) : 0;

    while (pos < n && !csv.stopped) {
        const char *end = memchr(text + pos, '\n', n - pos);

        csv.line = text + pos;
        csv.len = end ? (size_t)(end - csv.line) : n - pos;
        csv.line_no++;
        pos += csv.len + 1;
        if (csv.len > 0 && csv.line[csv.len - 1] == '\r')
            csv.len--;
        read_line(&csv);
    }
    if (!csv.header_seen && csv.bad == 0) {
        csv.line_no = 1;
        complain(&csv, 1, "nothing is in this file, expected the header " HEADER);
    }
    if (csv.bad)
        return -EINVAL;
    *ret = csv.rows;
    *ret_n = csv.n;
    return 0;
}
