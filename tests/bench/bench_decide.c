/* How fast the pure core decides, on one thread: `time has come` on an open case with a limit in
 * hours, and on one with 20 working days and two exclusions; and a report that opens a case. Prints
 * one line each: name, decisions a second. Run by `make bench`; nothing is asserted here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/arena.h"
#include "base/limits.h"
#include "base/must.h"
#include "conf/conf.h"
#include "core/decide.h"

#define ROUNDS 7
#define DECISIONS 200000

struct bench {
    struct arena *keep, *scratch;
    const struct policy *policy;
    struct opinion_case *c;
    instant_ms now;
};

static double seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static instant_ms at(const char *text)
{
    instant_ms t = INSTANT_NONE;

    must(zone_parse(&zone_china, text, &t) == 0);
    return t;
}

static struct report_input report(const char *type, const char *received)
{
    return (struct report_input){.case_id = "0123456789ABCDEF",
                                 .source = "bench",
                                 .id = "1",
                                 .digest = "d",
                                 .title = "滨河区某化工企业发生爆燃",
                                 .case_type = type,
                                 .channel = "weibo",
                                 .incident = {.occurred_at = INSTANT_NONE},
                                 .discovered_at = at(received),
                                 .received_at = at(received),
                                 .published_at = INSTANT_NONE,
                                 .decided_at = INSTANT_NONE,
                                 .formed_at = INSTANT_NONE,
                                 .limit_at = INSTANT_NONE};
}

static void apply(struct bench *b, const struct input *input, instant_ms now)
{
    struct decision d = decide(b->c, input, b->policy, now, b->keep);

    must(d.verdict == DECIDED);
    b->c = d.next;
    b->now = now;
}

static void act(struct bench *b, struct action action, instant_ms now)
{
    action.happened_at = action.promise_due = action.notified_at = INSTANT_NONE;
    action.at = INSTANT_NONE;
    apply(b, &(struct input){.type = INPUT_ACTION, .actor = "bench", .u.action = &action}, now);
}

static void opened(struct bench *b, const struct report_input *in, instant_ms now)
{
    b->keep = arena_new(LIMIT_ARENA_BYTES);
    b->scratch = arena_new(LIMIT_ARENA_BYTES);
    b->policy = conf_builtin(b->keep);
    b->c = case_new(b->keep);
    apply(b, &(struct input){.type = INPUT_REPORT, .actor = "bench", .u.report = in}, now);
}

/* Best of some rounds: what the machine does beside is not ours. */
static void measure(const char *name, struct bench *b, const struct input *input)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double begin = seconds(), rate;

        for (int i = 0; i < DECISIONS; i++) {
            struct decision d = decide(b->c, input, b->policy, b->now, b->scratch);

            must(d.verdict == DECIDED);
            arena_reset(b->scratch);
        }
        rate = DECISIONS / (seconds() - begin);
        best = rate > best ? rate : best;
    }
    printf("%-44s %10.0f decisions/s\n", name, best);
    arena_free(b->scratch);
    arena_free(b->keep);
}

int main(void)
{
    const struct input time = {.type = INPUT_TIME, .actor = "system"};
    struct report_input in = report("opinion", "2026-07-14T09:26:00+08:00");
    struct bench b = {0};

    opened(&b, &in, at("2026-07-14T09:30:00+08:00"));
    measure("48 h window, time on an open case", &b, &time);

    in.incident = (struct incident){.present = true,
                                    .category = CATEGORY_ACCIDENT,
                                    .level = 2,
                                    .occurred_at = at("2026-07-14T09:20:00+08:00")};
    opened(&b, &in, at("2026-07-14T09:30:00+08:00"));
    measure("5 h and 24 h windows, time on an open case", &b, &time);

    in = report("foi", "2026-03-02T10:00:00+08:00");
    opened(&b, &in, at("2026-03-02T10:00:00+08:00"));
    act(&b,
        (struct action){.type = ACTION_EXCLUDE,
                        .word = "third_party",
                        .from = at("2026-03-04T10:00:00+08:00"),
                        .to = at("2026-03-10T10:00:00+08:00"),
                        .letter_received_at = INSTANT_NONE},
        at("2026-03-11T10:00:00+08:00"));
    act(&b,
        (struct action){.type = ACTION_EXCLUDE,
                        .word = "other_agency",
                        .from = at("2026-03-12T10:00:00+08:00"),
                        .to = at("2026-03-16T10:00:00+08:00"),
                        .letter_received_at = INSTANT_NONE},
        at("2026-03-17T10:00:00+08:00"));
    measure("20 working days, two exclusions, time", &b, &time);

    in = report("opinion", "2026-07-14T09:26:00+08:00");
    opened(&b, &in, at("2026-07-14T09:30:00+08:00"));
    b.c = case_new(b.keep);
    measure("a report opens a case", &b,
            &(struct input){.type = INPUT_REPORT, .actor = "bench", .u.report = &in});
    return 0;
}
