/* shixianctl: its commands. A command gets its own words as argv[0] ("policy check") and the rest
 * behind it, and returns an exit status. A row in main.c makes it known. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/instant.h"
#include "base/zone.h"

enum cli_status {
    CLI_OK = 0,
    CLI_FAILED = 1, /* refused, not found, different, can not be read */
    CLI_USAGE = 2
};

typedef int command_fn(int argc, char **argv);

struct command {
    const char *words; /* "case explain"; of several that fit, the longest is meant */
    command_fn *run;
    const char *summary; /* one line */
};

/* On the built-in or given policies, without a daemon. */
command_fn cmd_replay, cmd_simulate, cmd_policy_diff, cmd_policy_check, cmd_policy_show,
    cmd_calendar_show;

/* "shixianctl: ..." and a line end on stderr. Returns CLI_FAILED, or CLI_USAGE. */
__attribute__((format(printf, 1, 2))) int cli_fail(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) int cli_usage(const char *fmt, ...);

/* Reads the value of an option. CLI_OK, or CLI_USAGE and it is told. An absent one (NULL) leaves
 * *ret. */
int cli_instant(const struct zone *zone, const char *option, const char *text, instant_ms *ret);
instant_ms cli_now(void);

#endif
