/* A folder of its own for a configuration and the files it names. */
#ifndef TEST_CONF_FIXTURE_H
#define TEST_CONF_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/limits.h"
#include "conf/conf.h"

struct place {
    char folder[32];
};

/* What one load gave. Messages are without the folder, "" if there are none. */
struct loaded {
    int result;
    struct conf *conf;
    struct buf errors, warnings;
};

static inline const char *place_path(const struct place *place, const char *name, char out[64])
{
    snprintf(out, 64, "%s/%s", place->folder, name);
    return out;
}

static inline void place_write(const struct place *place, const char *name, const void *data,
                               size_t n)
{
    char path[64];
    FILE *file = fopen(place_path(place, name, path), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, n, file), n);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

static inline void place_puts(const struct place *place, const char *name, const char *text)
{
    place_write(place, name, text, strlen(text));
}

/* Files that any test may write. */
static const char *const place_files[] = {"c.yaml", "secret", "tokens", "password",
                                          "a.yaml", "b.yaml", "d.csv",  "e.csv"};

static inline int place_new(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    *state = place;
    snprintf(place->folder, sizeof(place->folder), "/tmp/shixian-conf-XXXXXX");
    return mkdtemp(place->folder) ? 0 : -1;
}

static inline int place_free(void **state)
{
    struct place *place = *state;
    char path[64];
    int result;

    for (size_t i = 0; i < sizeof(place_files) / sizeof(place_files[0]); i++)
        unlink(place_path(place, place_files[i], path));
    result = rmdir(place->folder);
    free(place);
    return result;
}

static inline void strip_folder(const struct place *place, struct buf *text)
{
    size_t n = strlen(place->folder) + 1;

    assert_false(text->failed);
    buf_puts(text, "");
    for (char *p = text->data; (p = strstr(p, place->folder));)
        memmove(p, p + n, strlen(p + n) + 1);
}

static inline struct loaded load_bytes(const struct place *place, const void *yaml, size_t n)
{
    struct loaded got = {.errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES),
                         .warnings = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES)};
    char path[64];

    place_write(place, "c.yaml", yaml, n);
    got.result =
        conf_load(place_path(place, "c.yaml", path), &got.conf, &got.errors, &got.warnings);
    strip_folder(place, &got.errors);
    strip_folder(place, &got.warnings);
    return got;
}

static inline struct loaded load(const struct place *place, const char *yaml)
{
    return load_bytes(place, yaml, strlen(yaml));
}

static inline void loaded_free(struct loaded *got)
{
    got->conf = conf_free(got->conf);
    buf_free(&got->errors);
    buf_free(&got->warnings);
}

#endif
