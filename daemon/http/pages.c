#include "http/pages.h"

#include <stdlib.h>
#include "base/limits.h"

static void count(struct pages *p, size_t n)
{
    if (p->ex->server)
        p->ex->server->building += n - p->counted;
    p->counted = n;
}

void pages_begin(struct pages *p, struct exchange *ex, const char *name)
{
    *p = (struct pages){.ex = ex, .text = BUF_INIT(LIMIT_ANSWER_BYTES)};
    buf_printf(&p->text, "{\"%s\":[", name);
}

void pages_add(struct pages *p, json_t *item)
{
    char *text = json_dumps(item, JSON_COMPACT);

    json_decref(item);
    if (p->n++)
        buf_puts(&p->text, ",");
    buf_puts(&p->text, text ? text : "null");
    free(text);
    count(p, p->text.len);
}

bool pages_full(const struct pages *p)
{
    return p->text.failed || p->text.len >= LIMIT_ANSWER_BYTES / 4;
}

void pages_drop(struct pages *p)
{
    count(p, 0);
    buf_free(&p->text);
}

void pages_end(struct pages *p, const char *next)
{
    struct exchange *ex = p->ex;
    json_t *cursor = next ? json_string(next) : json_null();
    char *cursor_text = json_dumps(cursor, JSON_COMPACT | JSON_ENCODE_ANY);
    struct buf text = p->text; /* p may live in ex's arena, which goes with the answer */

    count(p, 0); /* from here on it is the connection's */
    json_decref(cursor);
    buf_printf(&text, "],\"next\":%s}", cursor_text ? cursor_text : "null");
    free(cursor_text);
    if (text.failed)
        exchange_problem(ex, PROBLEM_INTERNAL, NULL, "the answer is too long");
    else
        exchange_text(ex, 200, "application/json", text.data, text.len);
    buf_free(&text);
}
