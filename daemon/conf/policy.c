/* From policy files to policies. */
#include "conf/policy.h"

#include <errno.h>
#include <string.h>
#include "base/must.h"
#include "base/text.h"
#include "conf/file.h"
#include "conf/policy_draft.h"

#define ARCHIVE_TITLE "shixian-policy 1 "

bool policies_collect(struct reader *r, const struct policy_source *files, size_t n,
                      struct policies *ret)
{
    size_t room = LIMIT_POLICY_BYTES;
    struct policy_draft *drafts;

    must(n > 0);
    if (n > LIMIT_POLICY_FILES) {
        file_problem(r, files[LIMIT_POLICY_FILES].name,
                     "is one policy file too many, expected at most %d", LIMIT_POLICY_FILES);
        return false;
    }
    drafts = arena_alloc(r->arena, n * sizeof(*drafts));
    for (size_t i = 0; i < n; i++) {
        const char *name = arena_strdup(r->arena, files[i].name), *text;

        if (files[i].n > room) {
            file_problem(r, name, "is too large, expected at most %d bytes in all policy files",
                         LIMIT_POLICY_BYTES);
            return false;
        }
        room -= files[i].n;
        text = arena_strndup(r->arena, files[i].text, files[i].n);
        drafts[i].source = (struct policy_source){name, text, files[i].n};
        reader_read(r, name, text, files[i].n, &policy_section, &drafts[i], &drafts[i]);
    }
    return bundles_build(r, drafts, n, ret);
}

/* One reading that ends with its errors printed. */
static int collect(const struct policy_source *files, size_t n, struct arena *arena,
                   struct policies *ret, struct buf *errors)
{
    struct problems problems = {.n = 0}, warnings = {.n = 0};
    struct reader r = {.arena = arena, .errors = &problems, .warnings = &warnings};
    bool fine = policies_collect(&r, files, n, ret);

    problems_print(&problems, errors);
    return fine ? 0 : -EINVAL;
}

int policies_read(const struct policy_source *files, size_t n, struct arena *arena,
                  struct policies *ret, struct buf *errors)
{
    return collect(files, n, arena, ret, errors);
}

int policies_load(const char *const *paths, size_t n, struct arena *arena, struct policies *ret,
                  struct buf *errors)
{
    struct policy_source *files = arena_alloc(arena, n * sizeof(*files));
    bool fine = true;

    for (size_t i = 0; i < n && i <= LIMIT_POLICY_FILES; i++) {
        struct file file = {.data = NULL};
        int result = file_read(arena, paths[i], LIMIT_POLICY_BYTES, &file);

        files[i] = (struct policy_source){paths[i], file.data, file.len};
        if (result < 0)
            buf_printf(errors, "%s:1:1: this file: cannot be read: %s\n", paths[i],
                       file_error(result));
        fine = fine && result == 0;
    }
    return fine ? collect(files, n, arena, ret, errors) : -EINVAL;
}

/* --- archive texts ---------------------------------------------------------------------------- */

/* What is left to read. */
struct rest {
    const char *text;
    size_t n;
};

/* A line without its end, or NULL if there is none of at most LIMIT_ID_BYTES + 32. */
static const char *rest_line(struct rest *rest, struct arena *arena)
{
    size_t most = LIMIT_ID_BYTES + 32;
    const char *end = memchr(rest->text, '\n', rest->n < most ? rest->n : most);
    const char *line;

    if (!end)
        return NULL;
    line = arena_strndup(arena, rest->text, (size_t)(end - rest->text));
    rest->n -= (size_t)(end + 1 - rest->text);
    rest->text = end + 1;
    return line;
}

static bool rest_number(const char *text, size_t n, int64_t max, size_t *ret)
{
    char digits[20];
    int64_t value;

    if (n >= sizeof(digits))
        return false;
    memcpy(digits, text, n);
    digits[n] = '\0';
    if (text_to_int(digits, 0, max, &value) < 0)
        return false;
    *ret = (size_t)value;
    return true;
}

static bool rest_file(struct rest *rest, struct arena *arena, struct policy_source *ret)
{
    const char *line = rest_line(rest, arena), *space = line ? strchr(line, ' ') : NULL;

    if (!space || !rest_number(line, (size_t)(space - line), LIMIT_POLICY_BYTES, &ret->n) ||
        ret->n >= rest->n || rest->text[ret->n] != '\n')
        return false;
    ret->name = space + 1;
    ret->text = rest->text;
    rest->text += ret->n + 1;
    rest->n -= ret->n + 1;
    return true;
}

/* The number of files, or 0 if this is no archive. */
static size_t rest_files(struct rest *rest, struct arena *arena, struct policy_source *files)
{
    const char *line = rest_line(rest, arena);
    size_t title = strlen(ARCHIVE_TITLE), n = 0;

    if (!line || !text_starts(line, ARCHIVE_TITLE) ||
        !rest_number(line + title, strlen(line + title), LIMIT_POLICY_FILES, &n))
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (!rest_file(rest, arena, &files[i]))
            return 0;
    }
    return rest->n == 0 ? n : 0;
}

int policy_from_text(const char *text, size_t n, struct arena *arena, struct policy *ret,
                     struct buf *errors)
{
    struct policy_source *files = arena_alloc(arena, LIMIT_POLICY_FILES * sizeof(*files));
    struct rest rest = {text, n};
    size_t file_n = rest_files(&rest, arena, files);
    struct policies policies;

    if (file_n == 0) {
        buf_puts(errors, "archive:1:1: this file: is no archive of policy files, expected one as "
                         "it was written\n");
        return -EINVAL;
    }
    if (collect(files, file_n, arena, &policies, errors) < 0)
        return -EINVAL;
    /* All of its files were in force together: the last day has them all. */
    *ret = policies.items[policies.n - 1];
    if (strlen(policies.texts[policies.n - 1]) == n &&
        memcmp(policies.texts[policies.n - 1], text, n) == 0)
        return 0;
    buf_puts(errors, "archive:1:1: this file: holds two files of one field, expected one\n");
    return -EINVAL;
}

/* --- looking up ------------------------------------------------------------------------------- */

const struct policy *policies_at(const struct policies *p, day_no day)
{
    size_t i = p->n - 1;

    must(p->n > 0);
    while (i > 0 && p->items[i].effective > day)
        i--;
    return &p->items[i];
}

const struct policy *policies_in_force(const struct policies *p, instant_ms now)
{
    return policies_at(p, zone_day(p->items[0].zone, now));
}

const struct policy *policies_find(const struct policies *p, const char *version)
{
    for (size_t i = 0; i < p->n; i++) {
        if (text_equal(p->items[i].version, version))
            return &p->items[i];
    }
    return NULL;
}
