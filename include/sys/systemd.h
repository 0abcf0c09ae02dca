/* What the service manager and the journal are told. Without systemd all of it does nothing, and
 * the log is lines of text on stderr. */
#ifndef SYS_SYSTEMD_H
#define SYS_SYSTEMD_H

#include "base/instant.h"
#include "base/log.h"

/* Journal with fields when stderr is the journal, else text with the time on stderr. Again after a
 * reload, for a new level. First of all calls: it also occupies descriptors 0 to 2. */
void systemd_log_setup(enum log_level keep);

void systemd_ready(void);     /* also ends a reload */
void systemd_reloading(void); /* systemd_ready() must follow */
void systemd_stopping(void);
void systemd_status(const char *text);

/* Feed the watchdog at least this often (half of WatchdogSec=); 0: nobody watches. */
span_ms systemd_watchdog_interval(void);
void systemd_watchdog_feed(void);

#endif
