#include "conf/conf.h"

#include <errno.h>
#include "base/text.h"
#include "conf/draft.h"
#include "conf/file.h"
#include "conf/keys.h"
#include "conf/reader.h"
#include "conf/sources.h"

int conf_load(const char *file, struct conf **ret, struct buf *errors, struct buf *warnings)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct draft *draft = arena_alloc(arena, sizeof(*draft));
    struct problems problems = {.n = 0}, doubts = {.n = 0};
    struct reader r = {.arena = arena, .errors = &problems, .warnings = &doubts};
    struct file content;
    int result;

    draft->conf.arena = arena;
    draft->conf.file = arena_strdup(arena, file);
    draft->conf.directory = &draft->directory;
    result = file_read(arena, file, LIMIT_CONF_BYTES, &content);
    if (result < 0)
        file_problem(&r, draft->conf.file, "cannot be read: %s", file_error(result));
    else
        reader_read(&r, draft->conf.file, content.data, content.len, &conf_section, draft, draft);
    problems_print(&problems, errors);
    problems_print(&doubts, warnings);
    if (problems.n > 0) {
        arena_free(arena);
        return -EINVAL;
    }
    *ret = &draft->conf;
    return 0;
}

struct conf *conf_free(struct conf *conf)
{
    if (conf)
        arena_free(conf->arena);
    return NULL;
}

const struct conf_receiver *conf_receiver(const struct conf *conf, const char *id)
{
    for (size_t i = 0; i < conf->receiver_n; i++) {
        if (text_equal(conf->receivers[i].id, id))
            return &conf->receivers[i];
    }
    return NULL;
}
