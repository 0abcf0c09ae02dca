#include "http/query.h"

#include <errno.h>
#include <event2/http.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/text.h"
#include "codec/digest.h"
#include "core/explain.h"
#include "core/names.h"

#define CURSOR_BYTES_MAX 128 /* of base64: 20 digits, a comma, an id */

static const char *const status_names[] = {"open", "closed", "all", NULL};
static const char *const exercise_names[] = {"all", "true", "false", NULL};
static const char *const language_names[] = {[EXPLAIN_ZH] = "zh", [EXPLAIN_EN] = "en", NULL};

enum query_kind {
    QUERY_TEXT, /* const char *: not empty, at most LIMIT_ID_BYTES */
    QUERY_NAME, /* int: index in names */
    QUERY_INT   /* int64_t in [min, max] */
};

struct query_rule {
    const char *name;
    enum query_kind kind;
    size_t offset; /* of the field in the struct that is filled */
    const char *const *names;
    int64_t min, max;
};

#define FIELD(type, field) offsetof(struct type, field)

static const struct query_rule cases_rules[] = {
    {"status", QUERY_NAME, FIELD(cases_query, status), status_names, 0, 0},
    {"level", QUERY_INT, FIELD(cases_query, level), NULL, 0, 4},
    {"region", QUERY_TEXT, FIELD(cases_query, region), NULL, 0, 0},
    {"topic", QUERY_TEXT, FIELD(cases_query, topic), NULL, 0, 0},
    {"unit", QUERY_TEXT, FIELD(cases_query, unit), NULL, 0, 0},
    {"lamp", QUERY_NAME, FIELD(cases_query, lamp), lamp_names, 0, 0},
    {"state", QUERY_NAME, FIELD(cases_query, state), obligation_state_names, 0, 0},
    {"exercise", QUERY_NAME, FIELD(cases_query, exercise), exercise_names, 0, 0},
    {"limit", QUERY_INT, FIELD(cases_query, limit), NULL, 1, 200},
    {"cursor", QUERY_TEXT, FIELD(cases_query, cursor), NULL, 0, 0},
};

static const struct query_rule facts_rules[] = {
    {"limit", QUERY_INT, FIELD(facts_query, limit), NULL, 1, 1000},
    {"before", QUERY_TEXT, FIELD(facts_query, before), NULL, 0, 0},
};

static const struct query_rule explain_rules[] = {
    {"obligation", QUERY_TEXT, FIELD(explain_query, obligation), NULL, 0, 0},
    {"lang", QUERY_NAME, FIELD(explain_query, lang), language_names, 0, 0},
};

#define COUNT(rules) (sizeof(rules) / sizeof((rules)[0]))

/* At most 64 bytes of what others sent, fit for a message. */
static const char *quoted(const char *text, struct arena *arena)
{
    char *out = arena_strndup(arena, text, strnlen(text, 64));

    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            *p = '?';
    return out;
}

__attribute__((format(printf, 4, 5))) static int refuse(struct problem *problem, const char *field,
                                                        struct arena *arena, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    *problem = (struct problem){400, field, arena_strdup(arena, text)};
    return -EINVAL;
}

static int unknown(struct problem *problem, const char *name, const struct query_rule *rules,
                   size_t n, struct arena *arena)
{
    const char *given = quoted(name, arena);
    struct guess guess = {.text = name, .distance = 3};

    for (size_t i = 0; i < n; i++)
        text_guess(&guess, rules[i].name);
    if (guess.best)
        return refuse(problem, given, arena, "no such parameter; did you mean `%s`?", guess.best);
    return refuse(problem, given, arena, "no such parameter");
}

static int wrong_name(struct problem *problem, const struct query_rule *rule, const char *value,
                      struct arena *arena)
{
    const char *list = rule->names[0];

    for (size_t i = 1; rule->names[i]; i++)
        list = arena_printf(arena, "%s, %s", list, rule->names[i]);
    return refuse(problem, rule->name, arena, "`%s` is none of: %s", quoted(value, arena), list);
}

static int set_field(const struct query_rule *rule, const char *value, void *ret,
                     struct arena *arena, struct problem *problem)
{
    char *field = (char *)ret + rule->offset;
    int64_t number = 0;
    int index;

    switch (rule->kind) {
    case QUERY_TEXT:
        if (!*value || strlen(value) > LIMIT_ID_BYTES)
            return refuse(problem, rule->name, arena, "expected 1 to %d bytes", LIMIT_ID_BYTES);
        value = arena_strdup(arena, value);
        memcpy(field, &value, sizeof(value));
        break;
    case QUERY_NAME:
        index = name_find(rule->names, value);
        if (index < 0)
            return wrong_name(problem, rule, value, arena);
        memcpy(field, &index, sizeof(index));
        break;
    case QUERY_INT:
        if (text_to_int(value, rule->min, rule->max, &number) < 0)
            return refuse(problem, rule->name, arena, "expected a whole number from %lld to %lld",
                          (long long)rule->min, (long long)rule->max);
        memcpy(field, &number, sizeof(number));
        break;
    }
    return 0;
}

/* One `name=value`, still percent-encoded. */
static int set_parameter(char *pair, const struct query_rule *rules, size_t n, uint64_t *seen,
                         void *ret, struct arena *arena, struct problem *problem)
{
    char *equals = strchr(pair, '='), *value;
    size_t i = 0, size = 0;
    int code;

    if (equals)
        *equals = '\0';
    while (i < n && strcmp(pair, rules[i].name) != 0)
        i++;
    if (i == n)
        return unknown(problem, pair, rules, n, arena);
    if (*seen & (UINT64_C(1) << i))
        return refuse(problem, rules[i].name, arena, "given more than once");
    *seen |= UINT64_C(1) << i;
    value = evhttp_uridecode(equals ? equals + 1 : "", 1, &size);
    if (!value)
        return refuse(problem, rules[i].name, arena, "can not be decoded");
    code = strlen(value) == size ? set_field(&rules[i], value, ret, arena, problem)
                                 : refuse(problem, rules[i].name, arena, "has a zero byte");
    free(value);
    return code;
}

static int query_parse(const char *query, const struct query_rule *rules, size_t n, void *ret,
                       struct arena *arena, struct problem *problem)
{
    char *rest = arena_strdup(arena, query), *pair;
    uint64_t seen = 0;

    while ((pair = strsep(&rest, "&"))) {
        int code = *pair ? set_parameter(pair, rules, n, &seen, ret, arena, problem) : 0;

        if (code < 0)
            return code;
    }
    return 0;
}

int cases_query_parse(const char *query, struct cases_query *ret, struct arena *arena,
                      struct problem *problem)
{
    *ret = (struct cases_query){.lamp = -1, .state = -1, .level = -1, .limit = 50};
    return query_parse(query, cases_rules, COUNT(cases_rules), ret, arena, problem);
}

int facts_query_parse(const char *query, struct facts_query *ret, struct arena *arena,
                      struct problem *problem)
{
    int code;

    *ret = (struct facts_query){.limit = 100};
    code = query_parse(query, facts_rules, COUNT(facts_rules), ret, arena, problem);
    if (code == 0 && ret->before && ret->before[strspn(ret->before, "0123456789-")] != '\0')
        return refuse(problem, "before", arena, "expected `next` of an earlier answer");
    return code;
}

int explain_query_parse(const char *query, struct explain_query *ret, struct arena *arena,
                        struct problem *problem)
{
    *ret = (struct explain_query){.lang = EXPLAIN_ZH};
    return query_parse(query, explain_rules, COUNT(explain_rules), ret, arena, problem);
}

static bool any_in_state(const struct opinion_case *c, int state)
{
    for (size_t i = 0; i < c->obligation_n; i++)
        if ((int)c->obligations[i].state == state)
            return true;
    return false;
}

bool cases_query_matches(const struct cases_query *q, const struct opinion_case *c)
{
    if (q->exercise != QUERY_EXERCISE_ALL && c->exercise != (q->exercise == QUERY_EXERCISE_TRUE))
        return false;
    if (q->level >= 0 && (c->incident.present ? c->incident.level : 0) != q->level)
        return false;
    if ((q->region && !text_starts(c->region, q->region)) ||
        (q->topic && !text_equal(c->topic, q->topic)) ||
        (q->unit && !text_equal(c->lead_unit, q->unit)))
        return false;
    if (q->lamp >= 0 && (int)case_lamp(c) != q->lamp)
        return false;
    return q->state < 0 || any_in_state(c, q->state);
}

/* --- cursor ----------------------------------------------------------------------------------- */

static void swap(char *text, const char *from, const char *to)
{
    for (; *text; text++) {
        const char *at = strchr(from, *text);

        if (at)
            *text = to[at - from];
    }
}

const char *cursor_encode(instant_ms at, const char *id, struct arena *arena)
{
    const char *plain = arena_printf(arena, "%lld,%s", (long long)at, id);
    size_t n = strlen(plain);
    char *out = arena_alloc(arena, 4 * ((n + 2) / 3) + 1);

    EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)plain, (int)n);
    swap(out, "+/", "-_");
    out[strcspn(out, "=")] = '\0';
    return out;
}

int cursor_decode(const char *cursor, instant_ms *ret_at, const char **ret_id, struct arena *arena)
{
    size_t n = strlen(cursor);
    char *text, *comma, *plain;
    int64_t at = 0;
    int size;

    if (n > CURSOR_BYTES_MAX || strpbrk(cursor, "+/="))
        return -EINVAL;
    text = arena_printf(arena, "%s%s", cursor, n % 4 == 2 ? "==" : n % 4 == 3 ? "=" : "");
    swap(text, "-_", "+/");
    plain = arena_alloc(arena, CURSOR_BYTES_MAX);
    size = digest_base64_decode(text, (unsigned char *)plain, CURSOR_BYTES_MAX - 1);
    if (size < 0 || strlen(plain) != (size_t)size)
        return -EINVAL;
    comma = strchr(plain, ',');
    if (!comma)
        return -EINVAL;
    *comma = '\0';
    if (text_to_int(plain, 0, INSTANT_MAX, &at) < 0 || !digest_is_case_id(comma + 1))
        return -EINVAL;
    *ret_at = at;
    *ret_id = comma + 1;
    return 0;
}
