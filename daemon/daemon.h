/* The daemon as a whole: wires the layers together, starts and stops them in order. Beside main.c
 * the only code that includes everything. */
#ifndef DAEMON_H
#define DAEMON_H

#include <stdbool.h>
#include "base/err.h"
#include "conf/conf.h"

struct daemon_options {
    const char *file; /* the configuration; read again on reload */
    bool check;       /* read the configuration, say what is wrong, stop */
    bool exercise;    /* every case is a 演练 */
    double scale;     /* record seconds per real second; not 1 only in exercises */
};

/* Says every error and warning on stderr; NULL when there was an error. */
struct conf *daemon_conf(const char *file);
/* Runs until a clean stop; takes over conf. 0, or -errno with reterr. */
int daemon_run(const struct daemon_options *options, struct conf *conf, struct err *reterr);

#endif
