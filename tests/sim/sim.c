/* Runs worlds, one per seed, and prints what broke in words. The same seed is the same story. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/text.h"
#include "check.h"
#include "codec/digest.h"
#include "gen.h"
#include "world.h"

#define TAIL_LINES 40
/* Of every so many worlds one is run twice: the same seed must tell the same story. */
#define TWICE_EVERY 50
#define MANY_SEEDS 250 /* so many must have seen everything */

struct options {
    int64_t seed, seeds, steps;
    bool trace;
};

/* The world now running, for those who are called without one: the log, and the end by abort(). */
static struct world *running;

static void log_to_trace(enum log_level level, const char *line)
{
    (void)level;
    if (running)
        trace(running, "    log: %s", line);
}

static void print_tail(const struct world *w)
{
    const char *from = w->trace.data + w->trace.len;

    for (int lines = 0; from > w->trace.data && lines <= TAIL_LINES;)
        lines += *--from == '\n';
    fprintf(stderr, "%s\n", from);
}

static void on_abort(int number)
{
    (void)number;
    if (running) {
        print_tail(running);
        fprintf(stderr, "sim: seed %llu, step %u: aborted\n", (unsigned long long)running->seed,
                running->step);
    }
    _exit(134);
}

static void counts_add(struct world_counts *to, const struct world_counts *from)
{
    to->steps += from->steps;
    to->requests += from->requests;
    to->crashes += from->crashes;
    to->cuts += from->cuts;
    to->commits += from->commits;
    for (size_t i = 0; i < ANSWERS; i++)
        to->answers[i] += from->answers[i];
    for (size_t i = 0; i < FACT_TYPE_COUNT; i++)
        to->facts[i] += from->facts[i];
}

/* true: every promise held. */
static bool run_world(uint64_t seed, const struct options *o, char hash[DIGEST_HEX_SIZE],
                      struct world_counts *counts)
{
    struct world *w = world_new(seed);
    bool held;

    running = w;
    while (w->step < o->steps && !w->failed)
        gen_step(w);
    if (!w->failed)
        world_heal(w);
    if (!w->failed)
        check_end(w);
    digest_sha256_hex(w->trace.data, w->trace.len, hash);
    held = !w->failed;
    if (o->trace)
        fwrite(w->trace.data, 1, w->trace.len, stdout);
    if (!held) {
        print_tail(w);
        fprintf(stderr, "sim: seed %llu, step %u: %s\n", (unsigned long long)seed, w->step,
                w->failure);
    }
    w->counts.commits = w->db->commits;
    counts_add(counts, &w->counts);
    running = NULL;
    world_free(w);
    return held;
}

static bool run_seed(uint64_t seed, const struct options *o, struct world_counts *counts)
{
    struct options quiet = {.steps = o->steps};
    struct world_counts again = {0};
    char hash[DIGEST_HEX_SIZE], hash_again[DIGEST_HEX_SIZE];
    bool held = run_world(seed, o, hash, counts);

    if (o->seeds == 1)
        printf("trace of seed %llu: SHA-256 %s\n", (unsigned long long)seed, hash);
    if (!held || ((int64_t)seed - o->seed) % TWICE_EVERY != 0)
        return held;
    run_world(seed, &quiet, hash_again, &again);
    if (strcmp(hash, hash_again) == 0)
        return true;
    fprintf(stderr, "sim: seed %llu tells another story the second time\n",
            (unsigned long long)seed);
    return false;
}

static int read_options(int argc, char **argv, struct options *ret)
{
    static const struct option names[] = {{"seed", required_argument, NULL, 's'},
                                          {"seeds", required_argument, NULL, 'n'},
                                          {"steps", required_argument, NULL, 'k'},
                                          {"trace", no_argument, NULL, 't'},
                                          {0}};
    int c, r = 0;

    while (r == 0 && (c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case 's':
            r = text_to_int(optarg, 0, INT64_MAX / 2, &ret->seed);
            break;
        case 'n':
            r = text_to_int(optarg, 1, 1000000000, &ret->seeds);
            break;
        case 'k':
            r = text_to_int(optarg, 1, 100000000, &ret->steps);
            break;
        case 't':
            ret->trace = true;
            break;
        default:
            r = -1;
            break;
        }
    }
    return optind < argc ? -1 : r;
}

static void print_counts(const struct world_counts *n)
{
    printf("%llu steps, %llu requests, %llu commits, %llu crashes, %llu cuts\nfacts:",
           (unsigned long long)n->steps, (unsigned long long)n->requests,
           (unsigned long long)n->commits, (unsigned long long)n->crashes,
           (unsigned long long)n->cuts);
    for (size_t i = 0; i < FACT_TYPE_COUNT; i++)
        printf(" %s %llu", fact_type_names[i], (unsigned long long)n->facts[i]);
    printf("\n");
}

/* Worlds in which something never happens prove nothing about it. */
static int64_t print_missing(const struct world_counts *n)
{
    int64_t missing = 0;

    for (size_t i = 0; i < FACT_TYPE_COUNT; i++) {
        if (n->facts[i])
            continue;
        fprintf(stderr, "sim: no case was ever %s\n", fact_type_names[i]);
        missing++;
    }
    return missing;
}

int main(int argc, char **argv)
{
    struct options o = {.seed = 1, .seeds = 1, .steps = 260};
    struct world_counts counts = {0};
    int64_t broken = 0;

    if (read_options(argc, argv, &o)) {
        fprintf(stderr, "usage: sim [--seed FIRST] [--seeds N] [--steps N] [--trace]\n");
        return 2;
    }
    signal(SIGABRT, on_abort);
    signal(SIGSEGV, on_abort);
    log_setup(LOG_LEVEL_INFO, log_to_trace);
    for (int64_t i = 0; i < o.seeds; i++)
        broken += !run_seed((uint64_t)(o.seed + i), &o, &counts);
    print_counts(&counts);
    if (o.seeds >= MANY_SEEDS)
        broken += print_missing(&counts);
    printf("sim: seeds %lld..%lld: %lld held, %lld broken\n", (long long)o.seed,
           (long long)(o.seed + o.seeds - 1), (long long)(o.seeds - broken), (long long)broken);
    return broken ? 1 : 0;
}
