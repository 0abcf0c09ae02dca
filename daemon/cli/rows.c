#include "cli/rows.h"

#include <inttypes.h>
#include "base/text.h"
#include "core/names.h"

void rows_json_text(struct buf *out, const char *text)
{
    const char *kept = text;

    if (!text) {
        buf_puts(out, "null");
        return;
    }
    buf_puts(out, "\"");
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        buf_add(out, kept, (size_t)(p - kept));
        kept = p + 1;
        if (c < ' ')
            buf_printf(out, "\\u%04x", c);
        else
            buf_printf(out, "\\%c", c);
    }
    buf_puts(out, kept);
    buf_puts(out, "\"");
}

void rows_json_instant(struct buf *out, const struct zone *zone, instant_ms at)
{
    char text[INSTANT_TEXT_SIZE];

    zone_format(zone, at, text);
    rows_json_text(out, at == INSTANT_NONE ? NULL : text);
}

void rows_instant(struct buf *out, const struct zone *zone, instant_ms at)
{
    char text[INSTANT_TEXT_SIZE];

    zone_format(zone, at, text);
    buf_puts(out, at == INSTANT_NONE ? "-" : text);
}

/* Text from outside that must stay in its column; NULL: "-". */
static void put_text(struct buf *out, const char *text)
{
    for (const char *p = text ? text : "-"; *p; p++)
        buf_add(out, (unsigned char)*p < ' ' ? " " : p, 1);
}

/* The report it hangs on, else the one that opened the case: as its sender named it. */
static const char *report_of(const struct opinion_case *c, const struct obligation *o)
{
    const char *key = o->report ? o->report : c->id;

    for (size_t i = 0; i < c->report_n; i++) {
        if (text_equal(c->reports[i].key, key))
            return c->reports[i].id;
    }
    return NULL;
}

/* False: the row has none. */
static bool late_of(const struct obligation *o, int64_t *ret)
{
    *ret = 0;
    if (o->state == OBLIGATION_MET_LATE)
        *ret = instant_second(o->met_at) - instant_second(o->due_at);
    return o->state == OBLIGATION_MET || o->state == OBLIGATION_MET_LATE;
}

static void write_flags(struct buf *out, uint32_t flags, const char *quote)
{
    const char *comma = "";

    for (size_t i = 0; obligation_flag_names[i]; i++) {
        if (!(flags >> i & 1))
            continue;
        buf_printf(out, "%s%s%s%s", comma, quote, obligation_flag_names[i], quote);
        comma = ",";
    }
}

static void write_json(const struct opinion_case *c, const struct obligation *o,
                       const struct zone *zone, struct buf *out)
{
    int64_t late;

    buf_printf(out, "{\"case\":\"%s\",\"report\":", c->id);
    rows_json_text(out, report_of(c, o));
    buf_printf(out, ",\"obligation\":\"%s\",\"start\":", o->rule);
    rows_json_instant(out, zone, o->start_at);
    buf_puts(out, ",\"due\":");
    rows_json_instant(out, zone, o->due_at);
    buf_printf(out, ",\"state\":\"%s\",\"happened_at\":", obligation_state_names[o->state]);
    rows_json_instant(out, zone, o->met_at);
    if (late_of(o, &late))
        buf_printf(out, ",\"late_s\":%" PRId64, late);
    else
        buf_puts(out, ",\"late_s\":null");
    buf_puts(out, ",\"flags\":[");
    write_flags(out, o->flags, "\"");
    buf_puts(out, "]}\n");
}

static void write_text(const struct opinion_case *c, const struct obligation *o,
                       const struct zone *zone, struct buf *out)
{
    int64_t late;

    buf_printf(out, "%s\t", c->id);
    put_text(out, report_of(c, o));
    buf_printf(out, "\t%s\t", o->rule);
    rows_instant(out, zone, o->start_at);
    buf_puts(out, "\t");
    rows_instant(out, zone, o->due_at);
    buf_printf(out, "\t%s\t", obligation_state_names[o->state]);
    rows_instant(out, zone, o->met_at);
    if (late_of(o, &late))
        buf_printf(out, "\t%" PRId64 "\t", late);
    else
        buf_puts(out, "\t-\t");
    if (o->flags)
        write_flags(out, o->flags, "");
    else
        buf_puts(out, "-");
    buf_puts(out, "\n");
}

void rows_write(const struct opinion_case *c, const struct obligation *o, const struct zone *zone,
                bool json, struct buf *out)
{
    if (json)
        write_json(c, o, zone, out);
    else
        write_text(c, o, zone, out);
}
