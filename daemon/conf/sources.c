#include "conf/sources.h"

#include <errno.h>
#include <string.h>
#include "base/must.h"
#include "base/text.h"
#include "codec/digest.h"
#include "conf/builtin.h"
#include "conf/calendar.h"
#include "conf/file.h"
#include "conf/policy_draft.h"

/* --- policies --------------------------------------------------------------------------------- */

static size_t builtin_count(const struct builtin *list)
{
    size_t n = 0;

    while (list[n].name)
        n++;
    return n;
}

static bool builtin_read(struct reader *r, struct policies *ret)
{
    size_t n = builtin_count(builtin_policies);
    struct policy_source *files = arena_alloc(r->arena, n * sizeof(*files));

    for (size_t i = 0; i < n; i++)
        files[i] = (struct policy_source){builtin_policies[i].name, builtin_policies[i].text,
                                          *builtin_policies[i].n};
    return policies_collect(r, files, n, ret);
}

/* The file that a list of shixian.yaml names, NULL if it can not be read: told at its place. */
static const char *named_file(struct reader *r, const struct at *list, size_t i, const char *name,
                              size_t limit, struct file *ret)
{
    struct at at = at_text(r, list, i);
    const char *path = name ? file_beside(r->arena, r->file, name) : NULL;
    int result = path ? file_read(r->arena, path, limit, ret) : -ENOENT;

    if (result == 0)
        return path;
    if (name)
        reader_error(r, &at, "\"%s\" cannot be read: %s, expected a file", path,
                     file_error(result));
    return NULL;
}

/* The reader goes through other files, then is again where it was. */
static void read_policies(struct reader *r, const struct at *list, const struct file_names *names,
                          struct policies *ret)
{
    struct policy_source *files = arena_alloc(r->arena, names->n * sizeof(*files));
    struct reader outer = *r;
    bool fine = true;

    for (size_t i = 0; i < names->n; i++) {
        struct file file = {.data = NULL};

        files[i].name = named_file(r, list, i, names->items[i], LIMIT_POLICY_BYTES, &file);
        files[i].text = file.data;
        files[i].n = file.len;
        fine = fine && files[i].name;
    }
    if (!fine)
        return;
    policies_collect(r, files, names->n, ret);
    outer.values = r->values;
    *r = outer;
}

static bool empty_list(struct reader *r, const struct at *list, const struct file_names *names)
{
    bool empty = list->node && list->node->type == YAML_SEQUENCE_NODE && names->n == 0 &&
                 list->node->data.sequence.items.start == list->node->data.sequence.items.top;

    if (empty)
        reader_error(r, list, "is empty, expected a file, or no such key for the built-in ones");
    return empty;
}

/* --- calendars -------------------------------------------------------------------------------- */

struct calendar_draft {
    struct calendar_layer layers[2 * LIMIT_CALENDAR_FILES];
    size_t n;
    struct buf digested; /* names no file: the same days are the same calendar */
};

static void add_layer(struct reader *r, struct calendar_draft *draft, bool national,
                      const char *name, const char *text, size_t n)
{
    struct calendar_layer layer = {.national = national};
    struct calendar_row *rows = NULL;

    must(draft->n < 2 * LIMIT_CALENDAR_FILES);
    if (calendar_parse(name, text, n, r->arena, &rows, &layer.n, r->errors) < 0)
        return;
    layer.rows = rows;
    draft->layers[draft->n++] = layer;
    buf_printf(&draft->digested, "%s %zu\n", national ? "national" : "local", n);
    buf_add(&draft->digested, text, n);
}

static void add_builtin(struct reader *r, struct calendar_draft *draft)
{
    for (const struct builtin *file = builtin_calendars; file->name; file++)
        add_layer(r, draft, true, file->name, file->text, *file->n);
}

static void add_named(struct reader *r, const struct at *list, const struct file_names *names,
                      bool national, struct calendar_draft *draft)
{
    for (size_t i = 0; i < names->n; i++) {
        struct file file;
        const char *path = named_file(r, list, i, names->items[i], LIMIT_CALENDAR_BYTES, &file);

        if (path)
            add_layer(r, draft, national, path, file.data, file.len);
    }
}

static struct calendar_draft *calendar_draft_new(struct arena *arena)
{
    struct calendar_draft *draft = arena_alloc(arena, sizeof(*draft));

    draft->digested =
        BUF_INIT(2 * LIMIT_CALENDAR_FILES * (size_t)(LIMIT_CALENDAR_BYTES + LIMIT_ID_BYTES));
    return draft;
}

static const struct calendar *calendar_finish(struct calendar_draft *draft, struct arena *arena)
{
    char hex[DIGEST_HEX_SIZE];
    const struct calendar *calendar;

    must(!draft->digested.failed);
    digest_sha256_hex(draft->digested.len ? draft->digested.data : "", draft->digested.len, hex);
    calendar = calendar_build(arena_printf(arena, "%.8s", hex), draft->layers, draft->n, arena);
    buf_free(&draft->digested);
    return calendar;
}

/* --- shixian.yaml ----------------------------------------------------------------------------- */

static void attach(struct draft *draft)
{
    struct policies *policies = &draft->conf.policies;
    struct policy *items = (struct policy *)policies->items; /* still ours */

    for (size_t i = 0; i < policies->n; i++) {
        items[i].zone = draft->conf.zone;
        items[i].calendar = draft->conf.calendar;
        items[i].directory = draft->conf.directory;
    }
}

static void read_calendar(struct reader *r, const struct at *at, struct draft *draft)
{
    struct at calendar = at_child(r, at, "calendar");
    struct at national = at_child(r, &calendar, "national"),
              local = at_child(r, &calendar, "local");
    struct calendar_draft *days = calendar_draft_new(r->arena);

    if (national.node)
        add_named(r, &national, &draft->national, true, days);
    else
        add_builtin(r, days);
    add_named(r, &local, &draft->local, false, days);
    if (r->errors->n == 0)
        draft->conf.calendar = calendar_finish(days, r->arena);
    buf_free(&days->digested);
}

void sources_read(struct reader *r, const struct at *at, struct draft *draft)
{
    struct at policy = at_child(r, at, "policy");

    if (!policy.node) {
        struct reader outer = *r;

        builtin_read(r, &draft->conf.policies);
        outer.values = r->values;
        *r = outer;
    } else if (!empty_list(r, &policy, &draft->policy)) {
        read_policies(r, &policy, &draft->policy, &draft->conf.policies);
    }
    read_calendar(r, at, draft);
    attach(draft);
}

/* --- without shixian.yaml --------------------------------------------------------------------- */

void conf_builtin_policies(struct arena *arena, struct policies *ret)
{
    struct problems problems = {.n = 0}, doubts = {.n = 0};
    struct reader r = {.arena = arena, .errors = &problems, .warnings = &doubts};

    must(builtin_read(&r, ret)); /* a unit test reads them too */
}

const struct calendar *conf_builtin_calendar(struct arena *arena)
{
    struct problems problems = {.n = 0}, doubts = {.n = 0};
    struct reader r = {.arena = arena, .errors = &problems, .warnings = &doubts};
    struct calendar_draft *days = calendar_draft_new(arena);

    add_builtin(&r, days);
    must(problems.n == 0);
    return calendar_finish(days, arena);
}

const struct policy *conf_builtin(struct arena *arena)
{
    struct policy *policy = arena_alloc(arena, sizeof(*policy));
    struct policies policies;

    conf_builtin_policies(arena, &policies);
    *policy = policies.items[policies.n - 1];
    policy->zone = &zone_china;
    policy->calendar = conf_builtin_calendar(arena);
    policy->directory = arena_alloc(arena, sizeof(struct directory));
    return policy;
}

static void add_paths(struct reader *r, const char *const *paths, size_t n, bool national,
                      struct calendar_draft *days)
{
    for (size_t i = 0; i < n; i++) {
        struct file file;
        int result = file_read(r->arena, paths[i], LIMIT_CALENDAR_BYTES, &file);

        if (result < 0)
            file_problem(r, paths[i], "cannot be read: %s", file_error(result));
        else
            add_layer(r, days, national, paths[i], file.data, file.len);
    }
}

int conf_calendar(const char *const *national, size_t national_n, const char *const *local,
                  size_t local_n, struct arena *arena, const struct calendar **ret,
                  struct buf *errors)
{
    struct problems problems = {.n = 0}, doubts = {.n = 0};
    struct reader r = {.arena = arena, .errors = &problems, .warnings = &doubts};
    struct calendar_draft *days = calendar_draft_new(arena);

    if (national_n > LIMIT_CALENDAR_FILES || local_n > LIMIT_CALENDAR_FILES) {
        file_problem(&r, "calendar", "are too many files, expected at most %d",
                     LIMIT_CALENDAR_FILES);
    } else {
        if (national_n == 0)
            add_builtin(&r, days);
        add_paths(&r, national, national_n, true, days);
        add_paths(&r, local, local_n, false, days);
    }
    problems_print(&problems, errors);
    if (problems.n == 0)
        *ret = calendar_finish(days, arena);
    buf_free(&days->digested);
    return problems.n == 0 ? 0 : -EINVAL;
}
