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

void pages_end_with(struct pages *p, json_t *rest)
{
    struct exchange *ex = p->ex;
    char *members = json_dumps(rest, JSON_COMPACT); /* {"next":...} */
    struct buf text = p->text; /* p may live in ex's arena, which goes with the answer */

    count(p, 0); /* from here on it is the connection's */
    json_decref(rest);
    buf_printf(&text, "],%s", members ? members + 1 : "\"next\":null}");
    free(members);
    if (text.failed)
        exchange_problem(ex, PROBLEM_INTERNAL, NULL, "the answer is too long");
    else
        exchange_text(ex, 200, "application/json", text.data, text.len);
    buf_free(&text);
}

void pages_end(struct pages *p, const char *next)
{
    pages_end_with(p, json_pack("{s:s?}", "next", next));
}
