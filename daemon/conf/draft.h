/* What the tables of shixian.yaml fill. */
#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

#include "conf/conf.h"

/* Names of files, as written. */
struct file_names {
    const char *const *items;
    size_t n;
};

struct draft {
    struct conf conf; /* first: conf_free() frees the arena that holds both */
    struct directory directory;
    struct file_names policy, national, local;
};

#endif
