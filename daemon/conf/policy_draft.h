/* Policy files on their way to policies: read by tables (policy_keys.c), completed rule by rule
 * (policy_rule.c, policy_rung.c), then put together (policy_bundle.c). */
#ifndef CONF_POLICY_DRAFT_H
#define CONF_POLICY_DRAFT_H

#include "conf/policy.h"
#include "conf/reader.h"

#define MINUTES_OF_DAY 1440

/* A list of texts, NULL-terminated. */
struct texts {
    const char *const *items;
    size_t n;
};

struct rung_draft {
    struct rung rung;
    const char *text;   /* `at` as written, NULL: not read */
    enum lamp *lamp;    /* NULL: that of the rung before it */
    uint64_t roles;     /* ROLE_BIT()s */
    struct window step; /* repeat; unit NONE: none */
    bool hours;         /* its distance is written in hours */
    bool minutes;       /* in minutes */
    int max;            /* 0: not given */
};

struct ladder_draft {
    const char *id; /* first: unique in its list */
    struct rung_draft *rungs;
    size_t n;
    struct ladder ladder;
    bool due; /* a rung hangs on the due instant */
};

struct conditions_draft {
    uint64_t bits[CONDITION_FIELD_COUNT]; /* LEVEL, CATEGORY, STATUS, EXERCISE; 0: not asked */
    bool heat;
    int64_t least;
    struct texts texts[CONDITION_FIELD_COUNT]; /* the others */
};

struct rule_draft {
    struct rule rule; /* id first */
    struct conditions_draft when, unless;
    struct window window, by_level[5]; /* unit NONE: not given */
    struct texts exclude, basis, waiver_by;
    const struct ladder_draft *ladder;
    struct place id_place, per_place, after_place;
    bool told; /* what is wrong with it among the other rules has been said */
};

struct settings_draft {
    int quiet_from, quiet_to;
    uint64_t never_levels;
    span_ms late_after;
    uint64_t late_levels;
    span_ms backdated_after; /* 0: not given */
    int day_end;             /* 0: not given */
    uint64_t public_acts;
    uint64_t require;                /* bits: url, reviewer */
    bool kinds_given, require_given; /* else the usual ones */
};

/* One file. */
struct policy_draft {
    struct policy_source source;
    const char *field; /* NULL: not read */
    bool read;         /* it was a mapping */
    bool dated;        /* effective is known */
    day_no version, effective;
    const char *title;
    bool has_settings, told;
    struct settings_draft settings;
    struct ladder_draft *ladders;
    size_t ladder_n;
    struct rule_draft *rules;
    size_t rule_n;
    struct place place, settings_place;
};

extern const struct section policy_section; /* fills a struct policy_draft */

/* Texts of policy files; see text_check. */
text_check check_word;     /* const char *: a-z 0-9 _; kept even if wrong */
text_check check_label;    /* const char *: an identifier of events */
text_check check_division; /* const char *: beginning of a division code */
text_check check_date;     /* day_no */
text_check check_clock;    /* int: minute of the day */
text_check check_day_end;  /* int: minute of the day, 24:00 is one */
text_check check_limit;    /* struct window */
text_check check_distance; /* struct window: hours, minutes, days or working days, not zero */
text_check check_hours;    /* span_ms: hours or minutes, not zero */
text_check check_count;    /* int: 1 to 100 */
text_check check_heat;     /* struct conditions_draft */
text_check check_name_of;  /* enum: index in names */
text_check check_choice;   /* bool: index in names */
text_check check_bits;     /* uint64_t: bit by index in names */
text_check check_start;    /* enum clock_start[6], filled in order */
text_check check_lamp;     /* enum lamp * */
text_check check_at;       /* struct rung_draft */
text_check check_repeat;   /* struct rung_draft */
text_check check_ladder;   /* const struct ladder_draft *: id of one read before */

/* What concerns several keys of a section. */
void ladder_finish(struct reader *r, const struct at *at, void *target);
void rule_finish(struct reader *r, const struct at *at, void *target);

/* Puts read files together: one policy for each day on which something takes effect. False if they
 * do not fit, which is told. */
bool bundles_build(struct reader *r, struct policy_draft *files, size_t n, struct policies *ret);

/* Reads the files and builds, with the problems left in the reader. */
bool policies_collect(struct reader *r, const struct policy_source *files, size_t n,
                      struct policies *ret);

#endif
