/* From bytes to the tree that reader.c goes through; what libyaml says is told in its place. */
#include "conf/reader.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static void
add_yaml_problem(struct reader *r, struct spot spot, const char *fmt, ...)
{
    struct problem *problem = problems_add(r->errors, spot);
    char text[512];
    va_list args;

    if (!problem)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    problem->text = arena_printf(r->arena, "YAML: %s", text);
}

/* The bytes being parsed; a NUL follows. */
struct text {
    const char *data;
    size_t len;
};

/* Whether byte is inside a UTF-8 character. */
static bool continues(char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* libyaml tells the place of a wrong byte only as an offset. */
static struct spot offset_spot(const char *name, const struct text *file, size_t offset)
{
    struct spot spot = {name, 1, 1};

    for (size_t i = 0; i < offset && i < file->len; i++) {
        if (file->data[i] == '\n') {
            spot.line++;
            spot.column = 1;
        } else if (!continues(file->data[i])) {
            spot.column++;
        }
    }
    return spot;
}

static bool tab_at(const struct text *file, struct spot spot)
{
    const char *p = file->data;

    for (; spot.line > 1 && *p; p++)
        spot.line -= *p == '\n';
    for (; spot.column > 1 && *p && *p != '\n'; spot.column--) {
        do
            p++;
        while (continues(*p));
    }
    return *p == '\t';
}

static void syntax_error(struct reader *r, const yaml_parser_t *parser, const struct text *file)
{
    const char *name = r->file;
    struct spot spot = {name, parser->problem_mark.line + 1, parser->problem_mark.column + 1};
    const char *problem = parser->problem ? parser->problem : "out of memory", *hint = "";

    if (parser->error == YAML_READER_ERROR)
        spot = offset_spot(name, file, parser->problem_offset);
    else if (tab_at(file, spot))
        hint = " (this is a tab; indent with spaces)";
    if (parser->context)
        add_yaml_problem(r, spot, "%s%s, %s (line %zu)", problem, hint, parser->context,
                         parser->context_mark.line + 1);
    else
        add_yaml_problem(r, spot, "%s%s", problem, hint);
}

/* The rest of the stream must be empty: keys of a second document would silently not count. */
static void expect_end(struct reader *r, yaml_parser_t *parser, const struct text *file)
{
    yaml_document_t more;
    const yaml_node_t *root;

    if (!yaml_parser_load(parser, &more)) {
        syntax_error(r, parser, file);
        return;
    }
    root = yaml_document_get_root_node(&more);
    if (root)
        add_yaml_problem(
            r, (struct spot){r->file, more.start_mark.line + 1, more.start_mark.column + 1},
            "a second document begins here, expected one");
    yaml_document_delete(&more);
}

static void read_document(struct reader *r, yaml_document_t *doc, const struct section *s,
                          void *target)
{
    struct at top = {.node = yaml_document_get_root_node(doc)};

    r->doc = doc;
    read_top(r, &top, s, target);
    r->doc = NULL;
}

/* What of the events is there too much of, so far; or NULL. */
struct tally {
    int depth, anchors;
};

static const char *tally_event(struct tally *tally, const yaml_event_t *event)
{
    const unsigned char *anchor = NULL;

    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tally->depth++;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tally->depth++;
    } else if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT) {
        tally->depth--;
    }
    tally->anchors += anchor != NULL;
    if (tally->depth > LIMIT_CONF_DEPTH)
        return "is nested too deep, expected at most 16 levels";
    return tally->anchors > LIMIT_CONF_ANCHORS ? "has too many anchors, expected at most 256"
                                               : NULL;
}

/* libyaml takes minutes for a megabyte of brackets or anchors. This looks before it builds. */
static bool moderate(struct reader *r, yaml_parser_t *parser)
{
    struct tally tally = {0};
    const char *complaint = NULL;
    bool more = true;

    while (more) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event))
            break; /* told by the load that follows */
        complaint = tally_event(&tally, &event);
        if (complaint)
            add_yaml_problem(
                r, (struct spot){r->file, event.start_mark.line + 1, event.start_mark.column + 1},
                "%s", complaint);
        more = !complaint && event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return !complaint;
}

static void load_yaml(struct reader *r, yaml_parser_t *parser, const struct text *file,
                      const struct section *s, void *target)
{
    yaml_document_t doc;

    if (!yaml_parser_load(parser, &doc)) {
        syntax_error(r, parser, file);
        return;
    }
    /* An empty stream has no document, and has been read to its end. */
    if (yaml_document_get_root_node(&doc))
        expect_end(r, parser, file);
    read_document(r, &doc, s, target);
    yaml_document_delete(&doc);
}

static bool parser_open(yaml_parser_t *ret, struct reader *r, const struct text *file)
{
    if (!yaml_parser_initialize(ret)) {
        add_yaml_problem(r, (struct spot){r->file, 1, 1}, "out of memory");
        return false;
    }
    yaml_parser_set_input_string(ret, (const unsigned char *)file->data, file->len);
    return true;
}

void reader_read(struct reader *r, const char *file, const char *data, size_t n,
                 const struct section *s, void *target, void *draft)
{
    const struct text text = {data, n};
    yaml_parser_t parser;
    bool fine;

    r->file = file;
    r->draft = draft;
    if (!parser_open(&parser, r, &text))
        return;
    fine = moderate(r, &parser);
    yaml_parser_delete(&parser);
    if (!fine || !parser_open(&parser, r, &text))
        return;
    load_yaml(r, &parser, &text, s, target);
    yaml_parser_delete(&parser);
}
