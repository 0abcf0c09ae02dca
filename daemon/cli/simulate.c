/* shixianctl policy simulate: one hypothetical case, and nobody ever acts. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/lines.h"
#include "cli/office.h"
#include "cli/rows.h"
#include "cli/story.h"
#include "core/clock.h"

#define UNTIL_DAYS 400
#define LINE_BYTES ((size_t)1 << 20)

static const char help[] =
    "usage: shixianctl policy simulate [OPTION]... [EVENT.json]\n\n"
    "One case, reported by the event or by the options, on which nobody ever acts: its deadlines,\n"
    "then every reminder in the order of time. Columns are separated by tabs.\n\n"
    "  --type incident|opinion   default: opinion, or incident with --level\n"
    "  --level 1..4  --case-type WORD  --channel WORD  --region CODE  --topic TEXT\n"
    "  --label WORD (again for each)  --category WORD  --lead-unit UNIT\n"
    "  --occurred, --discovered, --received INSTANT\n"
    "  --at INSTANT     when it is reported; default: the event's time, else now\n"
    "  --until INSTANT  last reminder shown; default: 400 days later\n"
    "  --text           the whole message below each line\n"
    "  --json           one object a line\n" OFFICE_HELP;

struct wish {
    const char *type, *level, *case_type, *channel, *region, *topic, *category, *lead_unit;
    const char *occurred, *discovered, *received, *at, *until;
    struct texts labels;
    bool text, json;
};

/* --- the event -------------------------------------------------------------------------------- */

static void set(json_t *object, const char *name, const char *text)
{
    if (text)
        json_object_set_new(object, name, json_string(text));
}

static json_t *incident_of(const struct wish *w)
{
    json_t *incident = json_object();
    int64_t level;

    if (w->level && text_to_int(w->level, 0, 9, &level) == 0)
        json_object_set_new(incident, "level", json_integer(level));
    else
        set(incident, "level", w->level);
    set(incident, "category", w->category);
    set(incident, "occurred_at", w->occurred);
    return incident;
}

static json_t *data_of(const struct wish *w)
{
    json_t *data = json_object(), *labels = json_array(), *incident = incident_of(w);

    set(data, "title", "模拟事项");
    set(data, "case_type", w->case_type);
    set(data, "channel", w->channel);
    set(data, "region", w->region);
    set(data, "topic", w->topic);
    set(data, "lead_unit", w->lead_unit);
    set(data, "discovered_at", w->discovered);
    set(data, "received_at", w->received);
    for (size_t i = 0; i < w->labels.n; i++)
        json_array_append_new(labels, json_string(w->labels.items[i]));
    if (w->labels.n)
        json_object_set(data, "labels", labels);
    if (json_object_size(incident) || text_equal(w->type, "incident"))
        json_object_set(data, "incident", incident);
    json_decref(labels);
    json_decref(incident);
    return data;
}

/* An event as a system would send it, so that it is checked like one. Owned by the caller. */
static char *event_of(const struct wish *w)
{
    const char *type = w->type ? w->type : w->level ? "incident" : "opinion";
    char name[64], now[INSTANT_TEXT_SIZE];
    json_t *event;
    char *text;

    snprintf(name, sizeof(name), "shixian.%.32s.reported", type);
    zone_format(&zone_utc, cli_now(), now);
    event =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "specversion", "1.0", "type", name, "source",
                  "simulate", "id", "1", "time", w->at ? w->at : now, "data", data_of(w));
    text = event ? json_dumps(event, JSON_COMPACT) : NULL;
    json_decref(event);
    return text;
}

/* --- what it leads to ------------------------------------------------------------------------- */

struct telling {
    const struct wish *wish;
    const struct zone *zone;
    struct buf out;
    size_t notices;
};

static void flush(struct telling *t)
{
    if (t->out.len)
        fwrite(t->out.data, 1, t->out.len, stdout);
    buf_clear(&t->out);
}

/* When the rung would have spoken without quiet hours, if that is earlier. */
static instant_ms held_from(const struct opinion_case *c, const struct notice_item *item,
                            const struct policy *policy)
{
    const struct obligation *o = case_obligation(c, item->obligation);
    const struct rule *first = policy_rule(policy, item->rule);
    struct anchor a = obligation_anchor(c, first, o);
    const struct rule *rule = rule_variant(first, c, &a);
    struct policy open = *policy;

    open.quiet.from_min = open.quiet.to_min = 0;
    for (size_t i = 0; rule && i < rule->ladder->n; i++) {
        const struct rung *rung = &rule->ladder->rungs[i];
        instant_ms at;

        if (!text_equal(rung->id, item->rung))
            continue;
        at = clock_rung_at(&open, rung, o, c->incident.level);
        return at < item->scheduled_at ? at : INSTANT_NONE;
    }
    return INSTANT_NONE;
}

static void item_text(struct telling *t, const struct notice *n, const struct notice_item *item,
                      instant_ms held)
{
    rows_instant(&t->out, t->zone, n->created_at);
    buf_printf(&t->out, "\t%s\t%s\t%s\t%s\t%s\t%s\t", n->receiver, lamp_names[item->lamp],
               item->rule, item->rung, rung_act_names[item->act],
               rung_condition_names[item->condition]);
    rows_instant(&t->out, t->zone, held);
    buf_printf(&t->out, "\t%d\n", item->missed);
}

static void item_json(struct telling *t, const struct notice *n, const struct notice_item *item,
                      instant_ms held)
{
    buf_puts(&t->out, "{\"at\":");
    rows_json_instant(&t->out, t->zone, n->created_at);
    buf_puts(&t->out, ",\"receiver\":");
    rows_json_text(&t->out, n->receiver);
    buf_printf(&t->out,
               ",\"lamp\":\"%s\",\"obligation\":\"%s\",\"rung\":\"%s\",\"act\":\"%s\","
               "\"condition\":\"%s\",\"held_from\":",
               lamp_names[item->lamp], item->rule, item->rung, rung_act_names[item->act],
               rung_condition_names[item->condition]);
    rows_json_instant(&t->out, t->zone, held);
    buf_printf(&t->out, ",\"missed\":%d", item->missed);
    if (t->wish->text) {
        buf_puts(&t->out, ",\"text\":");
        rows_json_text(&t->out, n->text);
    }
    buf_puts(&t->out, "}\n");
}

/* The message, moved in so that no line of it looks like one of the table. */
static void message(struct telling *t, const struct notice *n)
{
    for (const char *line = n->text; *line;) {
        size_t len = strcspn(line, "\n");

        buf_printf(&t->out, "    %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
}

static void on_told(void *arg, const struct decision *d, const struct policy *policy)
{
    struct telling *t = arg;

    for (size_t i = 0; i < d->notice_n; i++) {
        const struct notice *n = &d->notices[i];

        for (size_t k = 0; k < n->item_n; k++) {
            instant_ms held = held_from(d->next, &n->items[k], policy);

            if (t->wish->json)
                item_json(t, n, &n->items[k], held);
            else
                item_text(t, n, &n->items[k], held);
        }
        if (t->wish->text && !t->wish->json)
            message(t, n);
        t->notices++;
    }
}

/* Before the reminders of the same moment. */
static void print_obligations(struct telling *t, const struct opinion_case *c,
                              const struct policies *policies)
{
    const struct policy *p = policies_find(policies, c->policy_version);
    struct buf out = BUF_INIT(LINE_BYTES);

    must(p != NULL);
    if (!t->wish->json)
        buf_puts(&out, "obligation\tstart\tdue\tstate\ttitle\n");
    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];
        const struct rule *first = policy_rule(p, o->rule);
        struct anchor a = obligation_anchor(c, first, o);
        const struct rule *rule = rule_variant(first, c, &a);

        if (t->wish->json) {
            rows_write(c, o, t->zone, true, &out);
            continue;
        }
        buf_printf(&out, "%s\t", o->rule);
        rows_instant(&out, t->zone, o->start_at);
        buf_puts(&out, "\t");
        rows_instant(&out, t->zone, o->due_at);
        buf_printf(&out, "\t%s\t%s\n", obligation_state_names[o->state],
                   rule ? rule->title : first->title);
    }
    if (!t->wish->json)
        buf_puts(&out, c->obligation_n
                           ? "\nat\treceiver\tlamp\tobligation\trung\tact\tcondition\theld_from\t"
                             "missed\n"
                           : "no rule asks anything of it\n");
    fwrite(out.data ? out.data : "", 1, out.len, stdout);
    buf_free(&out);
}

static void simulate(const struct office *office, struct event *event, instant_ms now,
                     instant_ms until, const struct wish *wish)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct telling t = {wish, office->zone, BUF_INIT(LIMIT_CASE_BYTES), 0};
    struct town *town = town_new(&office->policies, on_told, &t);

    town_event(town, event, now);
    print_obligations(&t, town_case(town, 0, arena), &office->policies);
    do {
        flush(&t);
    } while (town_step(town, until));
    flush(&t);
    if (!wish->json)
        fprintf(stderr, "%zu messages\n", t.notices);
    town_free(town);
    buf_free(&t.out);
    arena_free(arena);
}

/* --- the command ------------------------------------------------------------------------------ */

static int refuse(const char *where, const struct problem *p)
{
    return cli_fail("%s: %s%s%s", where, p->field ? p->field : "", p->field ? ": " : "",
                    p->detail ? p->detail : "refused");
}

/* The whole file is one event, however many lines it has. Owned by the caller; NULL: told. */
static char *read_file(const char *name)
{
    struct lines lines;
    struct buf text = BUF_INIT(LIMIT_EVENT_BYTES);

    if (lines_open(&lines, name) != CLI_OK)
        return NULL;
    while (lines_next(&lines)) {
        buf_add(&text, lines.text, lines.too_long ? LIMIT_EVENT_BYTES : lines.len);
        buf_puts(&text, "\n");
    }
    if (lines_close(&lines) != CLI_OK || text.failed || !text.data) {
        cli_fail("%s: expected one event of at most %d bytes", name, LIMIT_EVENT_BYTES);
        buf_free(&text);
    }
    return text.data;
}

static int run(const struct office *office, const char *text, const char *where,
               const struct wish *w)
{
    struct story_line line;
    struct problem problem = {.status = 400};
    instant_ms at = cli_now(), until = INSTANT_NONE;
    struct event *event;

    if (cli_instant(office->zone, "--at", w->at, &at) != CLI_OK ||
        cli_instant(office->zone, "--until", w->until, &until) != CLI_OK)
        return CLI_USAGE;
    if (!story_read(text, strlen(text), office->zone, w->at ? at : 0, office->arena, &line,
                    &problem))
        return refuse(where, &problem);
    event = line.request.events;
    if (line.request.n != 1)
        return cli_fail("%s: expected one event, found %zu", where, line.request.n);
    if (event->kind == EVENT_REFUSED)
        return refuse(where, &event->problem);
    if (event->kind != EVENT_REPORT)
        return cli_fail("%s: expected a report (shixian.incident.reported or "
                        "shixian.opinion.reported), found an action",
                        where);
    if (until == INSTANT_NONE)
        until = instant_add(line.now, UNTIL_DAYS * DAY_MS);
    simulate(office, event, line.now, until, w);
    return CLI_OK;
}

int cmd_simulate(int argc, char **argv)
{
    struct office_options from = {0};
    struct wish w = {0};
    const struct option_row rows[] = {
        OFFICE_OPTIONS(&from),
        {"type", OPTION_TEXT, &w.type},
        {"level", OPTION_TEXT, &w.level},
        {"case-type", OPTION_TEXT, &w.case_type},
        {"channel", OPTION_TEXT, &w.channel},
        {"region", OPTION_TEXT, &w.region},
        {"topic", OPTION_TEXT, &w.topic},
        {"label", OPTION_LIST, &w.labels},
        {"category", OPTION_TEXT, &w.category},
        {"lead-unit", OPTION_TEXT, &w.lead_unit},
        {"occurred", OPTION_TEXT, &w.occurred},
        {"discovered", OPTION_TEXT, &w.discovered},
        {"received", OPTION_TEXT, &w.received},
        {"at", OPTION_TEXT, &w.at},
        {"until", OPTION_TEXT, &w.until},
        {"text", OPTION_FLAG, &w.text},
        {"json", OPTION_FLAG, &w.json},
    };
    struct options o = {help, rows, sizeof(rows) / sizeof(rows[0]), 0, 1, NULL, 0};
    struct office office;
    char *text;
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    text = o.operand_n ? read_file(o.operands[0]) : event_of(&w);
    if (!text)
        return o.operand_n ? CLI_FAILED : cli_usage("the options are no UTF-8");
    status = office_open(&office, &from, PEOPLE_ROLES);
    if (status == CLI_OK)
        status = run(&office, text, o.operand_n ? o.operands[0] : "options", &w);
    office_close(&office);
    free(text);
    return status;
}
