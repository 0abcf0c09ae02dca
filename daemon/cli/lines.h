/* Lines of a file of any length, one in memory at a time. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct lines {
    FILE *file;
    const char *name; /* for messages */
    char *text;       /* of the line, without its end; a NUL follows */
    size_t len;       /* its whole length; past the limit `text` holds only its beginning */
    size_t no;        /* from 1 */
    bool too_long;
};

/* "-": standard input. CLI_OK, or CLI_FAILED and it is told. */
int lines_open(struct lines *ret, const char *name);
bool lines_next(struct lines *l);
/* CLI_FAILED if reading ended before the file did; told. */
int lines_close(struct lines *l);

#endif
