/* A file of CloudEvents, one a line, played into a town on a virtual clock. */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include "cli/town.h"
#include "codec/event.h"

struct story_counts {
    size_t events, duplicates, conflicts, refused;
};

/* One line as it is read: when it counts as recorded, and what it says. */
struct story_line {
    instant_ms now;
    bool pulled; /* it says an earlier moment than the line before */
    struct event_request request;
};

/* Plays the file up to `at` (INSTANT_NONE: its last event) and runs every case to that moment.
 * quiet: what is refused is counted, not told. CLI_OK, or CLI_FAILED: the file can not be read. */
int story_play(struct town *town, const struct zone *zone, const char *file, instant_ms at,
               bool quiet, struct story_counts *ret);

/* Reads one line, recorded at its own time or else at `before`. False: *ret says what is wrong. */
bool story_read(const char *text, size_t n, const struct zone *zone, instant_ms before,
                struct arena *arena, struct story_line *ret, struct problem *problem);

#endif
