/* Every key of the configuration. config/shixian.yaml explains each; a test compares the two. */
#ifndef CONF_KEYS_H
#define CONF_KEYS_H

#include "conf/reader.h"

extern const struct section conf_section; /* top level; fills a struct draft */

#endif
