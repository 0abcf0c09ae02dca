/* The files that shixian.yaml names, and those built in when it names none. */
#ifndef CONF_SOURCES_H
#define CONF_SOURCES_H

#include "conf/draft.h"
#include "conf/reader.h"

/* Fills policies and calendar of the draft; `at`: the whole file, for the places of what can not
 * be read. */
void sources_read(struct reader *r, const struct at *at, struct draft *draft);

#endif
