/* shixianctl: finds the command that the first words name. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/text.h"
#include "cli/http.h"

#define WORDS_SIZE 128
#define NEAR 3 /* letters that differ in "did you mean" */

static const struct command commands[] = {
    {"replay", cmd_replay, "judge a file of events anew, on a virtual clock"},
    {"policy check", cmd_policy_check, "check policy files, or a whole configuration"},
    {"policy show", cmd_policy_show, "the rules in force, in words"},
    {"policy simulate", cmd_simulate, "one hypothetical case: its deadlines and reminders"},
    {"policy diff", cmd_policy_diff, "which rules and results differ between two policies"},
    {"calendar show", cmd_calendar_show, "working days of a month or a year"},
    HTTP_COMMANDS};
#define COMMAND_N (sizeof(commands) / sizeof(commands[0]))

/* --- what commands share ---------------------------------------------------------------------- */

__attribute__((format(printf, 1, 0))) static void tell(const char *fmt, va_list args)
{
    fflush(stdout);
    fputs("shixianctl: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
}

int cli_fail(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    tell(fmt, args);
    va_end(args);
    return CLI_FAILED;
}

int cli_usage(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    tell(fmt, args);
    va_end(args);
    return CLI_USAGE;
}

int cli_instant(const struct zone *zone, const char *option, const char *text, instant_ms *ret)
{
    if (!text || zone_parse(zone, text, ret) == 0)
        return CLI_OK;
    return cli_usage("%s: expected an instant such as 2026-07-14T14:20:00+08:00, found \"%.64s\"",
                     option, text);
}

instant_ms cli_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (instant_ms)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

/* --- finding the command ---------------------------------------------------------------------- */

/* How many of the words given are the command's, or 0. */
static int words_matched(const struct command *c, int argc, char **argv)
{
    const char *words = c->words;
    int n = 0;

    while (*words) {
        size_t len = strcspn(words, " ");

        if (n + 1 >= argc || strlen(argv[n + 1]) != len || strncmp(argv[n + 1], words, len) != 0)
            return 0;
        n++;
        words += len + (words[len] == ' ');
    }
    return n;
}

static const struct command *find(int argc, char **argv, int *ret_words)
{
    const struct command *best = NULL;

    *ret_words = 0;
    for (size_t i = 0; i < COMMAND_N; i++) {
        int n = words_matched(&commands[i], argc, argv);

        if (n <= *ret_words)
            continue;
        best = &commands[i];
        *ret_words = n;
    }
    return best;
}

/* Whether the command begins with this word: "policy" is one of policy check, policy show, ... */
static bool in_group(const struct command *c, const char *group)
{
    size_t n = strlen(group);

    return strncmp(c->words, group, n) == 0 && (c->words[n] == ' ' || c->words[n] == '\0');
}

static bool is_group(const char *word)
{
    for (size_t i = 0; i < COMMAND_N; i++) {
        if (in_group(&commands[i], word))
            return true;
    }
    return false;
}

static void list(FILE *out, const char *group)
{
    fputs("usage: shixianctl COMMAND [OPTION]... [OPERAND]...\n\n", out);
    for (size_t i = 0; i < COMMAND_N; i++) {
        if (!group || in_group(&commands[i], group))
            fprintf(out, "  %-22s %s\n", commands[i].words, commands[i].summary);
    }
    fputs("\nEach has a --help. Exit status: 0 fine, 1 refused or failed, 2 wrong usage.\n", out);
}

/* What was typed, as far as it is words, compared with each command. */
static int unknown(int argc, char **argv)
{
    char typed[WORDS_SIZE] = "";
    struct guess guess = {.text = typed, .distance = NEAR + 1};

    for (int n = 1; n <= 2 && n < argc && argv[n][0] != '-'; n++) {
        size_t used = strlen(typed);

        snprintf(typed + used, sizeof(typed) - used, "%s%.60s", n > 1 ? " " : "", argv[n]);
        for (size_t i = 0; i < COMMAND_N; i++)
            text_guess(&guess, commands[i].words);
    }
    if (guess.best)
        return cli_usage("unknown command \"%s\" (did you mean \"%s\"?)", typed, guess.best);
    return cli_usage("unknown command \"%s\"; see shixianctl --help", *typed ? typed : argv[1]);
}

int main(int argc, char **argv)
{
    const struct command *command;
    int words;

    if (argc < 2) {
        list(stderr, NULL);
        return CLI_USAGE;
    }
    if (text_equal(argv[1], "--version")) {
        puts("shixianctl " SHIXIAN_VERSION);
        return CLI_OK;
    }
    if (text_equal(argv[1], "--help") || text_equal(argv[1], "help")) {
        list(stdout, NULL);
        return CLI_OK;
    }
    command = find(argc, argv, &words);
    if (command) {
        int status;

        argv[words] = (char *)command->words;
        status = command->run(argc - words, argv + words);
        if (fflush(stdout) != 0 || ferror(stdout))
            return cli_fail("the output can not be written");
        return status;
    }
    if (is_group(argv[1]) && (argc == 2 || text_equal(argv[2], "--help"))) {
        list(argc == 2 ? stderr : stdout, argv[1]);
        return argc == 2 ? CLI_USAGE : CLI_OK;
    }
    return unknown(argc, argv);
}
