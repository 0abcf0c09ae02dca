/* One reading of a configuration: a YAML tree goes through tables (keys.c) into a draft.
 *
 * The tables bound the depth, so nothing here recurses with the file: aliases may point anywhere,
 * also at themselves. */
#ifndef CONF_READER_H
#define CONF_READER_H

#include <yaml.h>
#include "base/arena.h"
#include "conf/conf.h"
#include "conf/problems.h"

/* What is being filled. The directory stands beside the policy that points to it. */
struct draft {
    struct conf conf; /* first: conf_free() frees the arena that holds both */
    struct directory directory;
};

struct reader {
    struct arena *arena;
    struct draft *draft;
    yaml_document_t *doc;
    size_t values; /* read so far */
    struct problems errors, warnings;
};

/* Where in the tree: a key or an index below `up`. */
struct at {
    const struct at *up; /* NULL: top level */
    const char *key;     /* NULL: element `index` of a list */
    size_t index;
    const yaml_node_t *node; /* NULL: not in the file */
};

struct key;

/* Reads one text into target. NULL if fine, else what is wrong ("is too long"); what was expected
 * is said by the key's row. */
typedef const char *text_check(struct reader *r, const struct at *at, const char *text,
                               void *target);

struct section {
    const struct key *keys;
    size_t n;
    /* What concerns several keys of it; or NULL. */
    void (*finish)(struct reader *r, const struct at *at, void *target);
};

enum key_type { KEY_TEXT, KEY_MAP, KEY_LIST };

enum key_flag {
    KEY_REQUIRED = 1,
    KEY_NULLABLE = 2, /* a text that may be null: stays NULL. Lists, mappings: null is empty */
    KEY_HIDDEN = 4,   /* may hold a secret: never quoted */
    KEY_UNIQUE = 8    /* a list: no two elements begin with the same text (`id` comes first) */
};

#define SECTION_KEYS_MAX 16

struct key {
    const char *name;
    const char *expects; /* ends "expected ..." */
    const char *each;    /* list of texts: the same for one of them */
    enum key_type type;
    unsigned flags;                   /* enum key_flag */
    const char *const *fallback;      /* text, or texts of a list, NULL-terminated; or NULL */
    size_t offset;                    /* of the target in the struct its section fills */
    text_check *check;                /* of the text, or of each text of a list */
    const struct section *section;    /* of the mapping, or of each mapping of a list */
    size_t count_offset, size, limit; /* list: where its length goes, of one element, elements */
};

/* The whole file; an empty one is a mapping without keys. */
void read_top(struct reader *r, const struct at *at, const struct section *s, void *target);

/* Value of a key in the mapping at `up`, or element of the list; no node if absent or null. */
struct at at_child(const struct reader *r, const struct at *up, const char *key);
struct at at_element(const struct reader *r, const struct at *up, size_t index);

__attribute__((format(printf, 3, 4))) void reader_error(struct reader *r, const struct at *at,
                                                        const char *fmt, ...);
__attribute__((format(printf, 3, 4))) void reader_warn(struct reader *r, const struct at *at,
                                                       const char *fmt, ...);

/* "did you mean": the closest of the names tried, if it is close. */
struct guess {
    const char *text;
    const char *best;
    unsigned distance;
};
struct guess guess_new(const struct reader *r, const char *text);
void guess_try(struct guess *g, const char *name);

#endif
