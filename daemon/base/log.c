#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level log_keep = LOG_LEVEL_INFO;
static log_sink *log_out;

void log_setup(enum log_level keep, log_sink *sink)
{
    log_keep = keep;
    log_out = sink;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    char line[2048];
    va_list args;

    if (level > log_keep)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (log_out)
        log_out(level, line);
    else
        fprintf(stderr, "<%d>%s\n", (int)level, line);
}
