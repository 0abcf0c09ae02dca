/* Any bytes as policy files; a line "%%%%" parts them. Either every line of the errors says where,
 * or what was built holds together, and its archive builds the same. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "conf/policy.h"

#define BORDER "\n%%%%\n"
#define FILES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t part(const char *text, size_t n, struct policy_source *files)
{
    static const char *const names[FILES] = {"a.yaml", "b.yaml", "c.yaml", "d.yaml"};
    size_t count = 0;

    while (count < FILES) {
        const char *border = memmem(text, n, BORDER, strlen(BORDER));
        size_t len = border && count + 1 < FILES ? (size_t)(border - text) : n;

        files[count] = (struct policy_source){names[count], text, len};
        count++;
        if (len == n)
            break;
        text += len + strlen(BORDER);
        n -= len + strlen(BORDER);
    }
    return count;
}

static void check_ladder(const struct ladder *ladder)
{
    must(ladder && ladder->n <= LIMIT_RUNGS);
    for (size_t i = 0; i < ladder->n; i++) {
        const struct rung *rung = &ladder->rungs[i];

        must(!text_empty(rung->id) && rung->roles);
        must(rung->base != RUNG_PERCENT_LEFT || (rung->offset >= 1 && rung->offset <= 99));
        must(!rung->timed || (rung->minute >= 0 && rung->minute < 1440));
        for (size_t j = 0; j < i; j++)
            must(!text_equal(rung->id, ladder->rungs[j].id));
    }
}

static void check_rule(const struct policy *policy, const struct rule *rule)
{
    must(!text_empty(rule->title) && rule->levels && rule->statuses);
    must(rule->start[0] != START_NONE && rule->start[5] == START_NONE);
    must(rule->day_end >= 1 && rule->day_end <= 1440 && rule->backdated_after > 0);
    must(rule->kind != RULE_STATUTORY || rule->basis);
    must(!rule->after || policy_rule(policy, rule->after));
    for (int level = 0; level <= 4; level++)
        must(rule->window[level].n >= 0);
    check_ladder(rule->ladder);
}

static void check_policy(const struct policy *policy)
{
    must(policy->rule_n <= LIMIT_RULES && strlen(policy->version) == 19);
    for (size_t i = 0; i < policy->rule_n; i++) {
        const struct rule *first = &policy->rules[i];

        must(policy_rule(policy, first->id) == first);
        for (const struct rule *rule = first; rule; rule = rule->otherwise) {
            must(text_equal(rule->id, first->id) && rule->per == first->per);
            check_rule(policy, rule);
        }
    }
}

static void check_archive(const struct policies *policies, size_t i)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    const char *text = policies->texts[i];
    struct policy again;

    must(policy_from_text(text, strlen(text), arena, &again, &errors) == 0);
    must(text_equal(again.version, policies->items[i].version));
    must(again.rule_n == policies->items[i].rule_n);
    buf_free(&errors);
    arena_free(arena);
}

static void check_lines(const struct buf *text)
{
    for (const char *line = text->data, *end; line && *line; line = end + 1) {
        end = strchr(line, '\n');
        must(end);
        must(text_starts(line, "and ") || (memmem(line, (size_t)(end - line), ".yaml:", 6) &&
                                           memmem(line, (size_t)(end - line), ": ", 2)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct policy_source files[FILES];
    size_t n = part((const char *)data, size, files);
    struct policies policies = {.n = 0};
    int result = policies_read(files, n, arena, &policies, &errors);
    struct policy policy;

    must(!errors.failed && (result == 0) == (errors.len == 0));
    check_lines(&errors);
    for (size_t i = 0; result == 0 && i < policies.n; i++) {
        must(i == 0 || policies.items[i].effective > policies.items[i - 1].effective);
        check_policy(&policies.items[i]);
        check_archive(&policies, i);
    }
    buf_clear(&errors);
    must(policy_from_text((const char *)data, size, arena, &policy, &errors) == 0 ||
         errors.len > 0);
    buf_free(&errors);
    arena_free(arena);
    return 0;
}
