/* Options of one command: a table of rows. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTION_TEXTS 64
#define OPTIONS_GO (-1)

struct texts {
    const char *items[OPTION_TEXTS];
    size_t n;
};

enum option_kind {
    OPTION_FLAG, /* bool */
    OPTION_TEXT, /* const char *: the last one given */
    OPTION_LIST  /* struct texts */
};

struct option_row {
    const char *name; /* without the dashes */
    enum option_kind kind;
    void *target;
};

struct options {
    const char *help; /* "usage: ..." and what more there is to say; ends with a line end */
    const struct option_row *rows;
    size_t n;
    int least, most; /* operands */
    char **operands; /* filled */
    int operand_n;   /* filled */
};

/* OPTIONS_GO, or the exit status: --help was asked for and printed, or something is wrong and was
 * told. */
int options_read(struct options *o, int argc, char **argv);

#endif
