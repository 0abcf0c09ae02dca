/* shixianctl policy check, policy show. */
#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/describe.h"
#include "cli/office.h"
#include "cli/rows.h"

static const char check_help[] =
    "usage: shixianctl policy check (FILE... | --config FILE)\n\n"
    "Reads policy files together, in this order, or a whole shixian.yaml with all it names. Every\n"
    "error is told with its place: file:line:column: key: what is wrong, what is expected.\n\n"
    "  --config FILE    a shixian.yaml\n";

static const char show_help[] =
    "usage: shixianctl policy show [OPTION]... [ID]\n\n"
    "The rules in force on a day, or the variants of the one that is called ID, in words.\n\n"
    "  --at INSTANT     the rules for a case reported then; default: now\n"
    "  --json           one object a line\n" OFFICE_HELP;

static size_t variants(const struct policy *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->rule_n; i++) {
        for (const struct rule *r = &p->rules[i]; r; r = r->otherwise)
            n++;
    }
    return n;
}

int cmd_policy_check(int argc, char **argv)
{
    struct office_options from = {0};
    const struct option_row rows[] = {{"config", OPTION_TEXT, &from.config}};
    struct options o = {check_help, rows, 1, 0, OPTION_TEXTS, NULL, 0};
    struct office office;
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    if (!from.config == !o.operand_n)
        return cli_usage("policy check: expected either files or --config FILE");
    for (int i = 0; i < o.operand_n; i++)
        from.policies.items[from.policies.n++] = o.operands[i];
    status = office_open(&office, &from, PEOPLE_NONE);
    for (size_t i = 0; status == CLI_OK && i < office.policies.n; i++) {
        const struct policy *p = &office.policies.items[i];
        char day[12];

        day_format(p->effective, day);
        printf("no errors: %zu duties, %zu rules, version %s, from %s on\n", p->rule_n, variants(p),
               p->version, day);
    }
    office_close(&office);
    return status;
}

/* --- show ------------------------------------------------------------------------------------- */

static void print_text(const char *id, int variant, const struct fields *f, struct buf *out)
{
    buf_puts(out, id);
    if (variant > 0)
        buf_printf(out, " (variant %d)", variant);
    buf_puts(out, "\n");
    for (size_t i = 0; i < f->n; i++)
        buf_printf(out, "    %-22s %s\n", f->items[i].name, f->items[i].text);
    buf_puts(out, "\n");
}

static void print_json(const char *id, int variant, const struct fields *f, struct buf *out)
{
    buf_puts(out, "{\"id\":");
    rows_json_text(out, id);
    buf_printf(out, ",\"variant\":%d,\"fields\":{", variant);
    for (size_t i = 0; i < f->n; i++) {
        buf_puts(out, i ? "," : "");
        rows_json_text(out, f->items[i].name);
        buf_puts(out, ":");
        rows_json_text(out, f->items[i].text);
    }
    buf_puts(out, "}}\n");
}

static void print_fields(const char *id, int variant, const struct fields *f, bool json,
                         struct buf *out)
{
    if (json)
        print_json(id, variant, f, out);
    else
        print_text(id, variant, f, out);
}

/* Variants are counted where there are several. */
static void print_duty(const struct rule *rule, bool json, struct arena *arena, struct buf *out)
{
    int variant = rule->otherwise ? 1 : 0;

    for (const struct rule *r = rule; r; r = r->otherwise, variant++) {
        struct fields f = {.arena = arena};

        describe_rule(r, &f);
        print_fields(r->id, variant, &f, json, out);
    }
}

static int not_found(const struct policy *p, const char *id)
{
    struct guess guess = {.text = id, .distance = 4};

    for (size_t i = 0; i < p->rule_n; i++)
        text_guess(&guess, p->rules[i].id);
    if (guess.best)
        return cli_fail("there is no rule \"%.64s\" (did you mean \"%s\"?)", id, guess.best);
    return cli_fail("there is no rule \"%.64s\"", id);
}

static int show(const struct office *office, const char *id, instant_ms at, bool json)
{
    const struct policy *p = policies_at(&office->policies, zone_day(office->zone, at));
    struct buf out = BUF_INIT(LIMIT_CASE_BYTES);
    struct fields settings = {.arena = office->arena};
    int status = CLI_OK;

    if (!id) {
        if (!json)
            buf_printf(&out, "version %s\n\n", p->version);
        describe_settings(p, &settings);
        print_fields("settings", 0, &settings, json, &out);
    } else if (!policy_rule(p, id)) {
        status = not_found(p, id);
    }
    for (size_t i = 0; i < p->rule_n; i++) {
        if (!id || text_equal(p->rules[i].id, id))
            print_duty(&p->rules[i], json, office->arena, &out);
    }
    if (out.len)
        fwrite(out.data, 1, out.len, stdout);
    buf_free(&out);
    return status;
}

int cmd_policy_show(int argc, char **argv)
{
    struct office_options from = {0};
    const char *at_text = NULL;
    bool json = false;
    const struct option_row rows[] = {
        OFFICE_OPTIONS(&from), {"at", OPTION_TEXT, &at_text}, {"json", OPTION_FLAG, &json}};
    struct options o = {show_help, rows, sizeof(rows) / sizeof(rows[0]), 0, 1, NULL, 0};
    instant_ms at = cli_now();
    struct office office;
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    status = office_open(&office, &from, PEOPLE_NONE);
    if (status == CLI_OK)
        status = cli_instant(office.zone, "--at", at_text, &at);
    if (status == CLI_OK)
        status = show(&office, o.operand_n ? o.operands[0] : NULL, at, json);
    office_close(&office);
    return status;
}
