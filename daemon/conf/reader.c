#include "conf/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/must.h"
#include "base/text.h"

#define VALUE_BYTES 64 /* of a text count as one value */
#define SHOWN_BYTES 64 /* of a text of the file in a message */

static struct spot at_spot(const struct reader *r, const struct at *at)
{
    struct spot spot = {r->file, 1, 1};

    while (!at->node && at->up)
        at = at->up;
    if (at->node) {
        spot.line = at->node->start_mark.line + 1;
        spot.column = at->node->start_mark.column + 1;
    }
    return spot;
}

/* Length of the control character at p (C0, DEL, C1), 0 if it is none. */
static size_t control_length(const unsigned char *p)
{
    if (*p < 0x20 || *p == 0x7F)
        return 1;
    return p[0] == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0 ? 2 : 0;
}

/* A text of the file, fit for one line of a message. */
static const char *shown(struct reader *r, const char *text)
{
    size_t len = strlen(text), n = len > SHOWN_BYTES ? text_utf8_cut(text, SHOWN_BYTES) : len;
    char *copy = arena_printf(r->arena, "%.*s%s", (int)n, text, n < len ? "…" : "");

    for (char *p = copy; *p; p++) {
        size_t control = control_length((const unsigned char *)p);

        if (control)
            memset(p, '?', control);
    }
    return copy;
}

/* Depth is that of the tables. */
static void at_print(struct reader *r, const struct at *at, struct buf *out)
{
    if (!at->up)
        return;
    at_print(r, at->up, out);
    if (at->key)
        buf_printf(out, "%s%s", at->up->up ? "." : "", shown(r, at->key));
    else
        buf_printf(out, "[%zu]", at->index);
}

static const char *at_path(struct reader *r, const struct at *at)
{
    struct buf path = BUF_INIT(1024);
    const char *text;

    at_print(r, at, &path);
    text = arena_strdup(r->arena, path.len ? path.data : "this file");
    buf_free(&path);
    return text;
}

/* Fills a problem, if there was room for one more. */
__attribute__((format(printf, 4, 0))) static void
fill(struct reader *r, struct problem *problem, const char *path, const char *fmt, va_list args)
{
    char text[8192]; /* a complaint may name a path */

    vsnprintf(text, sizeof(text), fmt, args);
    problem->text = arena_printf(r->arena, "%s: %s", path, text);
}

__attribute__((format(printf, 4, 0))) static void
complain(struct reader *r, struct problems *to, const struct at *at, const char *fmt, va_list args)
{
    struct problem *problem = problems_add(to, at_spot(r, at));

    if (problem)
        fill(r, problem, at_path(r, at), fmt, args);
}

void reader_error(struct reader *r, const struct at *at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    complain(r, r->errors, at, fmt, args);
    va_end(args);
}

void reader_warn(struct reader *r, const struct at *at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    complain(r, r->warnings, at, fmt, args);
    va_end(args);
}

struct place place_of(struct reader *r, const struct at *at)
{
    return (struct place){at_spot(r, at), at_path(r, at)};
}

void place_error(struct reader *r, const struct place *place, const char *fmt, ...)
{
    struct problem *problem = problems_add(r->errors, place->spot);
    va_list args;

    if (!problem)
        return;
    va_start(args, fmt);
    fill(r, problem, place->path, fmt, args);
    va_end(args);
}

void file_problem(struct reader *r, const char *file, const char *fmt, ...)
{
    struct problem *problem = problems_add(r->errors, (struct spot){file, 1, 1});
    va_list args;

    if (!problem)
        return;
    va_start(args, fmt);
    fill(r, problem, "this file", fmt, args);
    va_end(args);
}

struct guess guess_new(const struct reader *r, const char *text)
{
    size_t near = strlen(text) / 3 + 1;

    /* Nobody reads a suggestion that finds no room, and it is the only slow part. */
    if (r->errors->n == LIMIT_CONF_PROBLEMS)
        return (struct guess){.text = text};
    return (struct guess){.text = text, .distance = near < 3 ? (unsigned)near + 1 : 4};
}

static bool name_allowed(const struct key *key, size_t i)
{
    return !(key->skip >> i & 1);
}

int node_name(const struct reader *r, const char *text)
{
    for (size_t i = 0; r->key->names[i]; i++) {
        if (name_allowed(r->key, i) && text_equal(r->key->names[i], text))
            return (int)i;
    }
    return -1;
}

/* What the text should have been: the closest name, or one of all. */
static const char *names_expected(struct reader *r, const char *text)
{
    struct guess guess = guess_new(r, text);
    struct buf all = BUF_INIT(4096);
    const char *expected;

    if (node_name(r, text) >= 0)
        return "expected each only once";
    for (size_t i = 0; r->key->names[i]; i++) {
        if (!name_allowed(r->key, i))
            continue;
        text_guess(&guess, r->key->names[i]);
        buf_printf(&all, "%s%s", all.len ? ", " : "", r->key->names[i]);
    }
    expected = guess.best ? arena_printf(r->arena, "did you mean \"%s\"?", guess.best)
                          : arena_printf(r->arena, "expected one of: %s", all.data);
    buf_free(&all);
    return expected;
}

static const yaml_node_t *node_of(const struct reader *r, int index)
{
    return yaml_document_get_node(r->doc, index);
}

static const char *node_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static bool node_null(const yaml_node_t *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equal(node_text(node), words[i]))
            return true;
    }
    return false;
}

struct at at_child(const struct reader *r, const struct at *up, const char *key)
{
    struct at at = {.up = up, .key = key};

    if (!up->node || up->node->type != YAML_MAPPING_NODE)
        return at;
    for (const yaml_node_pair_t *p = up->node->data.mapping.pairs.start;
         p < up->node->data.mapping.pairs.top; p++) {
        const yaml_node_t *name = node_of(r, p->key);

        if (name->type == YAML_SCALAR_NODE && text_equal(node_text(name), key)) {
            at.node = node_of(r, p->value);
            break;
        }
    }
    if (at.node && node_null(at.node))
        at.node = NULL;
    return at;
}

struct at at_element(const struct reader *r, const struct at *up, size_t index)
{
    must(up->node && up->node->type == YAML_SEQUENCE_NODE);
    return (struct at){
        .up = up, .index = index, .node = node_of(r, up->node->data.sequence.items.start[index])};
}

struct at at_text(const struct reader *r, const struct at *list, size_t index)
{
    return list->node && list->node->type == YAML_SEQUENCE_NODE ? at_element(r, list, index)
                                                                : *list;
}

/* Whether the node has the type, said if not. */
static bool node_is(struct reader *r, const struct at *at, yaml_node_type_t type,
                    const char *expects)
{
    static const char *const types[] = {[YAML_NO_NODE] = "nothing",
                                        [YAML_SCALAR_NODE] = "text",
                                        [YAML_SEQUENCE_NODE] = "a list",
                                        [YAML_MAPPING_NODE] = "a mapping"};
    static const char *const tags[] = {[YAML_NO_NODE] = "",
                                       [YAML_SCALAR_NODE] = YAML_DEFAULT_SCALAR_TAG,
                                       [YAML_SEQUENCE_NODE] = YAML_DEFAULT_SEQUENCE_TAG,
                                       [YAML_MAPPING_NODE] = YAML_DEFAULT_MAPPING_TAG};

    if (node_null(at->node))
        reader_error(r, at, "has no value, expected %s", expects);
    else if (at->node->type != type)
        reader_error(r, at, "is %s, expected %s", types[at->node->type], expects);
    else if (!text_equal((const char *)at->node->tag, tags[type]))
        reader_error(r, at, "has the tag \"%s\", expected %s without a tag",
                     shown(r, (const char *)at->node->tag), expects);
    else
        return true;
    return false;
}

/* read_key() and read_section() call each other as deep as the tables go. */
static void read_section(struct reader *r, const struct at *at, const struct section *s,
                         void *target);

/* What a text of this key should have been: in a list, one of its texts. */
static const char *text_expects(const struct key *key)
{
    return key->each ? key->each : key->expects;
}

/* Whether one more value may be read, said once if not. A long text counts as several: what is
 * copied from a file full of aliases has a limit too. */
static bool value_counted(struct reader *r, const struct at *at)
{
    bool scalar = at->node && at->node->type == YAML_SCALAR_NODE;
    size_t weight = 1 + (scalar ? at->node->data.scalar.length / VALUE_BYTES : 0);
    bool before = r->values <= LIMIT_CONF_VALUES;

    r->values += weight;
    if (before && r->values > LIMIT_CONF_VALUES)
        reader_error(r, at, "is more than the %d values a configuration may have, aliases counted",
                     LIMIT_CONF_VALUES);
    return r->values <= LIMIT_CONF_VALUES;
}

static const char *text_complaint(const yaml_node_t *node)
{
    const char *text = node_text(node);
    size_t len = node->data.scalar.length;

    if (len > LIMIT_URL_BYTES)
        return "is too long";
    if (strlen(text) != len)
        return "holds a zero byte";
    for (size_t i = 0; i < len; i++) {
        if (control_length((const unsigned char *)text + i))
            return "holds a control character or a line break";
    }
    return NULL;
}

static void check_text(struct reader *r, const struct at *at, const struct key *key,
                       const char *text, void *target)
{
    const char *complaint;

    r->key = key;
    complaint = key->check(r, at, text, target);
    if (!complaint)
        return;
    /* One that is only counted needs no words. */
    if (r->errors->n == LIMIT_CONF_PROBLEMS) {
        reader_error(r, at, "%s", complaint);
        return;
    }
    /* A secret pasted where its file belongs must not get into the log. */
    if ((key->flags & KEY_HIDDEN) || text_starts(text, "whsec_"))
        reader_error(r, at, "%s, expected %s", complaint, text_expects(key));
    else if (key->names)
        reader_error(r, at, "\"%s\" %s, %s", shown(r, text), complaint, names_expected(r, text));
    else
        reader_error(r, at, "\"%s\" %s, expected %s", shown(r, text), complaint, text_expects(key));
}

static void read_text(struct reader *r, const struct at *at, const struct key *key, void *target)
{
    const char *complaint;

    if (!node_is(r, at, YAML_SCALAR_NODE, text_expects(key)))
        return;
    complaint = text_complaint(at->node);
    if (complaint)
        reader_error(r, at, "%s, expected %s", complaint, text_expects(key));
    else
        check_text(r, at, key, node_text(at->node), target);
}

static void list_store(const struct key *key, char *base, const void *items, size_t n)
{
    memcpy(base + key->offset, &items, sizeof(items));
    memcpy(base + key->count_offset, &n, sizeof(n));
}

/* First text of an element: itself, or the id of a mapping. */
static const char *first_text(const char *items, size_t i, size_t size)
{
    const char *text;

    memcpy(&text, items + i * size, sizeof(text));
    return text;
}

static void check_unique(struct reader *r, const struct at *at, const struct key *key,
                         const char *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const char *text = first_text(items, i, key->size);
        struct at item = at_element(r, at, i);
        struct at id = at_child(r, &item, "id");

        for (size_t j = 0; text && j < i; j++) {
            if (!text_equal(text, first_text(items, j, key->size)))
                continue;
            reader_error(r, key->section ? &id : &item, "\"%s\" stands in %s[%zu] already, %s",
                         shown(r, text), at->key, j, "expected each only once");
            break;
        }
    }
}

static void read_element(struct reader *r, const struct at *at, const struct key *key, char *item)
{
    if (key->section) {
        if (node_is(r, at, YAML_MAPPING_NODE, "a mapping"))
            read_section(r, at, key->section, item);
    } else if ((key->flags & KEY_NULLS) && node_null(at->node)) {
        check_text(r, at, key, "null", item);
    } else {
        read_text(r, at, key, item);
    }
}

static void read_list(struct reader *r, const struct at *at, const struct key *key, char *base)
{
    bool merged = (key->flags & KEY_MERGED) != 0;
    bool one = (key->flags & KEY_ONE) && at->node->type == YAML_SCALAR_NODE;
    char *items;
    size_t n = 1;

    if (!one) {
        if (!node_is(r, at, YAML_SEQUENCE_NODE, key->expects))
            return;
        n = (size_t)(at->node->data.sequence.items.top - at->node->data.sequence.items.start);
    }
    if (n > key->limit) {
        reader_error(r, at, "has %zu entries, expected at most %zu", n, key->limit);
        return;
    }
    items = merged ? base + key->offset : arena_alloc(r->arena, (n + 1) * key->size);
    for (size_t i = 0; i < n; i++) {
        struct at item = at_text(r, at, i);

        if (!value_counted(r, &item))
            break;
        read_element(r, &item, key, merged ? items : items + i * key->size);
    }
    if (!merged)
        list_store(key, base, items, n);
    if ((key->flags & KEY_UNIQUE) && !one)
        check_unique(r, at, key, items, n);
}

static void read_fallback(struct reader *r, const struct at *at, const struct key *key, char *base)
{
    const char *const *texts = key->fallback;
    const char **items;
    size_t n = 0;

    if (key->type == KEY_TEXT) {
        check_text(r, at, key, texts[0], base + key->offset);
        return;
    }
    while (texts[n])
        n++;
    items = arena_alloc(r->arena, n * sizeof(*items));
    for (size_t i = 0; i < n; i++)
        check_text(r, at, key, texts[i], &items[i]);
    list_store(key, base, items, n);
}

static void read_absent(struct reader *r, const struct at *at, const struct key *key, char *base)
{
    if (key->flags & KEY_REQUIRED)
        reader_error(r, at, "is missing, expected %s", key->expects);
    else if (key->type == KEY_MAP && !(key->flags & KEY_WHOLE))
        read_section(r, at, key->section, base + key->offset);
    else if (key->fallback)
        read_fallback(r, at, key, base);
}

/* A key that is written but empty: lists and mappings may have all their entries commented out. */
static bool may_be_null(const struct key *key)
{
    if (key->type == KEY_TEXT)
        return (key->flags & KEY_NULLABLE) != 0;
    return !key->fallback && !(key->flags & (KEY_NULLS | KEY_REQUIRED));
}

static void read_key(struct reader *r, const struct at *at, const struct key *key, char *base)
{
    struct at empty = {.up = at->up, .key = at->key};

    if (!at->node) {
        read_absent(r, at, key, base);
        return;
    }
    if (!value_counted(r, at))
        return;
    if (node_null(at->node) && may_be_null(key)) {
        if (key->type == KEY_MAP)
            read_absent(r, &empty, key, base);
        return;
    }
    switch (key->type) {
    case KEY_TEXT:
        read_text(r, at, key, base + key->offset);
        break;
    case KEY_LIST:
        read_list(r, at, key, base);
        break;
    case KEY_MAP:
        if (node_is(r, at, YAML_MAPPING_NODE, key->expects))
            read_section(r, at, key->section, base + key->offset);
        break;
    }
}

static void unknown_key(struct reader *r, const struct at *at, const struct section *s)
{
    struct guess guess = guess_new(r, at->key);
    struct buf names = BUF_INIT(1024);

    for (size_t i = 0; i < s->n; i++) {
        text_guess(&guess, s->keys[i].name);
        buf_printf(&names, "%s%s", i ? ", " : "", s->keys[i].name);
    }
    if (guess.best)
        reader_error(r, at, "unknown key, did you mean \"%s\"?", guess.best);
    else
        reader_error(r, at, "unknown key, expected one of: %s", names.data);
    buf_free(&names);
}

static size_t key_find(const struct section *s, const char *name)
{
    size_t i = 0;

    while (i < s->n && !text_equal(s->keys[i].name, name))
        i++;
    return i;
}

/* Sorts the pairs of a mapping by row; says what is unknown or there twice. */
static void sort_pairs(struct reader *r, const struct at *at, const struct section *s,
                       const yaml_node_t **found)
{
    size_t lines[SECTION_KEYS_MAX] = {0};

    for (const yaml_node_pair_t *p = at->node->data.mapping.pairs.start;
         p < at->node->data.mapping.pairs.top; p++) {
        struct at key = {.up = at, .key = "?", .node = node_of(r, p->key)};
        size_t i;

        if (!value_counted(r, &key))
            return;
        /* A row may be named null (not graded). */
        if (!(node_null(key.node) && key_find(s, node_text(key.node)) < s->n) &&
            !node_is(r, &key, YAML_SCALAR_NODE, "the name of a key"))
            continue;
        key.key = node_text(key.node);
        i = key_find(s, key.key);
        if (i == s->n) {
            unknown_key(r, &key, s);
        } else if (found[i]) {
            reader_error(r, &key, "is given twice, expected once (first in line %zu)", lines[i]);
        } else {
            found[i] = node_of(r, p->value);
            lines[i] = key.node->start_mark.line + 1;
        }
    }
}

static void read_section(struct reader *r, const struct at *at, const struct section *s,
                         void *target)
{
    const yaml_node_t *found[SECTION_KEYS_MAX] = {0};

    must(s->n <= SECTION_KEYS_MAX);
    if (at->node)
        sort_pairs(r, at, s, found);
    /* In the order of the table: what others refer to is read first. */
    for (size_t i = 0; i < s->n; i++) {
        struct at child = {.up = at, .key = s->keys[i].name, .node = found[i]};

        read_key(r, &child, &s->keys[i], target);
    }
    if (s->finish)
        s->finish(r, at, target);
}

void read_top(struct reader *r, const struct at *at, const struct section *s, void *target)
{
    struct at empty = {0};

    if (!at->node || node_null(at->node))
        read_section(r, &empty, s, target);
    else if (node_is(r, at, YAML_MAPPING_NODE, "a mapping of keys such as log_level: info"))
        read_section(r, at, s, target);
}
