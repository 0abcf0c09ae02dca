/* Reading of YAML files: a tree goes through tables (keys.c, policy_keys.c) into structs.
 *
 * The tables bound the depth, so nothing here recurses with the file: aliases may point anywhere,
 * also at themselves. */
#ifndef CONF_READER_H
#define CONF_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <yaml.h>
#include "base/arena.h"
#include "base/text.h"
#include "conf/problems.h"

/* One reader goes through several files, one after the other. */
struct reader {
    struct arena *arena;
    struct problems *errors, *warnings;
    const char *file; /* being read, as it is named in messages; arena */
    void *draft;      /* what its tables fill, for checks that look at more than their target */
    const struct key *key; /* whose text is being checked: where a check finds its `names` */
    yaml_document_t *doc;
    size_t values; /* read so far, in all files */
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
    KEY_UNIQUE = 8,   /* a list: no two elements begin with the same text (`id` comes first) */
    KEY_ONE = 16,     /* a list of texts that may be written as a single text */
    KEY_MERGED = 32,  /* a list: every text is read into one and the same target, by `check` */
    KEY_NULLS = 64,   /* a list, with KEY_MERGED: null is one of its texts, "null" */
    KEY_WHOLE = 128   /* a mapping: if absent its target stays as it is, without fallbacks */
};

#define SECTION_KEYS_MAX 32

struct key {
    const char *name;
    const char *expects; /* ends "expected ..." */
    const char *each;    /* list of texts: the same for one of them */
    enum key_type type;
    unsigned flags;                   /* enum key_flag */
    const char *const *fallback;      /* text, or texts of a list, NULL-terminated; or NULL */
    size_t offset;                    /* of the target in the struct its section fills */
    text_check *check;                /* of the text, or of each text of a list */
    const char *const *names;         /* what the text may be, NULL-terminated; or NULL */
    uint64_t skip;                    /* bits of names that it may not be all the same */
    const struct section *section;    /* of the mapping, or of each mapping of a list */
    size_t count_offset, size, limit; /* list: where its length goes, of one element, elements;
                                         a zeroed one follows them */
};

/* Initialiser of a section from its array of rows. */
#define SECTION(rows, last)                                                                        \
    {                                                                                              \
        .keys = (rows), .n = sizeof(rows) / sizeof((rows)[0]), .finish = (last)                    \
    }
#define FALLBACK(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Reads a whole file of n bytes (a NUL follows) into target; an empty one is a mapping without
 * keys. `draft` becomes the reader's. */
void reader_read(struct reader *r, const char *file, const char *data, size_t n,
                 const struct section *s, void *target, void *draft);
/* The same below the document, once it is parsed. */
void read_top(struct reader *r, const struct at *at, const struct section *s, void *target);

/* Value of a key in the mapping at `up`, or element of the list; no node if absent or null. */
struct at at_child(const struct reader *r, const struct at *up, const char *key);
struct at at_element(const struct reader *r, const struct at *up, size_t index);
/* Text `index` of a list of texts; of one that is written as a single text, that text. */
struct at at_text(const struct reader *r, const struct at *list, size_t index);

__attribute__((format(printf, 3, 4))) void reader_error(struct reader *r, const struct at *at,
                                                        const char *fmt, ...);
__attribute__((format(printf, 3, 4))) void reader_warn(struct reader *r, const struct at *at,
                                                       const char *fmt, ...);

/* A place that outlives its document. */
struct place {
    struct spot spot;
    const char *path;
};
struct place place_of(struct reader *r, const struct at *at);
__attribute__((format(printf, 3, 4))) void place_error(struct reader *r, const struct place *place,
                                                       const char *fmt, ...);

/* A problem of the file as a whole: line 1, column 1. */
__attribute__((format(printf, 3, 4))) void file_problem(struct reader *r, const char *file,
                                                        const char *fmt, ...);

/* How near a name must be to be suggested: the longer, the less. */
struct guess guess_new(const struct reader *r, const char *text);
/* Index of text in the names of the key being checked, or -1. */
int node_name(const struct reader *r, const char *text);

#endif
