#include "http/pages.h"

#include <stdlib.h>
#include "base/limits.h"

void pages_begin(struct pages *p, const char *name)
{
    *p = (struct pages){.text = BUF_INIT(LIMIT_ANSWER_BYTES)};
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
}

bool pages_full(const struct pages *p)
{
    return p->text.failed || p->text.len >= LIMIT_ANSWER_BYTES / 4;
}

void pages_end(struct pages *p, struct exchange *ex, const char *next)
{
    json_t *cursor = next ? json_string(next) : json_null();
    char *cursor_text = json_dumps(cursor, JSON_COMPACT | JSON_ENCODE_ANY);
    struct buf text = p->text; /* p may live in ex's arena, which goes with the answer */

    json_decref(cursor);
    buf_printf(&text, "],\"next\":%s}", cursor_text ? cursor_text : "null");
    free(cursor_text);
    if (text.failed)
        exchange_problem(ex, PROBLEM_INTERNAL, NULL, "the answer is too long");
    else
        exchange_text(ex, 200, "application/json", text.data, text.len);
    buf_free(&text);
}
