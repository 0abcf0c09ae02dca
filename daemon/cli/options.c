#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "base/must.h"
#include "base/text.h"
#include "cli/cli.h"

#define ROWS_MAX 32
#define NEAR 3

static int wrong(const struct options *o, const char *command, const char *word)
{
    struct guess guess = {.text = word + strspn(word, "-"), .distance = NEAR};

    for (size_t i = 0; i < o->n; i++)
        text_guess(&guess, o->rows[i].name);
    if (guess.best && guess.distance > 0)
        return cli_usage("%s: unknown option \"%.64s\" (did you mean --%s?)", command, word,
                         guess.best);
    return cli_usage("%s: unknown option \"%.64s\"; see shixianctl %s --help", command, word,
                     command);
}

static int take(const struct option_row *row, const char *value)
{
    struct texts *texts = row->target;

    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)row->target = true;
        break;
    case OPTION_TEXT:
        *(const char **)row->target = value;
        break;
    case OPTION_LIST:
        if (texts->n == OPTION_TEXTS)
            return cli_usage("--%s: expected at most %d of them", row->name, OPTION_TEXTS);
        texts->items[texts->n++] = value;
        break;
    }
    return OPTIONS_GO;
}

static int check_operands(struct options *o, int argc, char **argv)
{
    o->operands = argv + optind;
    o->operand_n = argc - optind;
    if (o->operand_n >= o->least && o->operand_n <= o->most)
        return OPTIONS_GO;
    cli_usage("%s: %s; expected", argv[0],
              o->operand_n < o->least ? "an operand is missing" : "too many operands");
    fprintf(stderr, "%.*s\n", (int)strcspn(o->help, "\n"), o->help);
    return CLI_USAGE;
}

int options_read(struct options *o, int argc, char **argv)
{
    struct option table[ROWS_MAX + 2] = {{"help", no_argument, NULL, 'h'}};
    int c, index = 0, status = OPTIONS_GO;

    must(o->n <= ROWS_MAX);
    for (size_t i = 0; i < o->n; i++)
        table[i + 1] = (struct option){
            o->rows[i].name, o->rows[i].kind == OPTION_FLAG ? no_argument : required_argument, NULL,
            'o'};
    optind = 0; /* getopt begins anew */
    opterr = 0;
    while (status == OPTIONS_GO && (c = getopt_long(argc, argv, ":", table, &index)) != -1) {
        if (c == 'h') {
            fputs(o->help, stdout);
            return CLI_OK;
        }
        if (c == ':')
            return cli_usage("%s: %s needs a value", argv[0], argv[optind - 1]);
        if (c == '?')
            return wrong(o, argv[0], argv[optind - 1]);
        status = take(&o->rows[index - 1], optarg);
    }
    return status == OPTIONS_GO ? check_operands(o, argc, argv) : status;
}
