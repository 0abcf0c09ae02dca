/* One daemon's connection to the fake database: the store port, asynchronous. Commands run and
 * replies arrive in order, but only when the world says so, and the world may cut in between. */
#ifndef SIM_FAKE_STORE_H
#define SIM_FAKE_STORE_H

#include "fake_db.h"
#include "port/store.h"

struct fake_store;

struct fake_store *fake_store_new(struct fake_db *db, unsigned daemon);
/* Pending commands are dropped, their callbacks never run. */
struct fake_store *fake_store_free(struct fake_store *s);
struct store *fake_store_port(struct fake_store *s);

size_t fake_store_unsent(const struct fake_store *s);  /* commands the database has not run */
size_t fake_store_waiting(const struct fake_store *s); /* replies not yet delivered, run or not */
void fake_store_execute(struct fake_store *s);         /* the next command, if any */
bool fake_store_deliver(struct fake_store *s); /* the next reply; false: none is there yet */

/* The connection breaks: the first `executed` unsent commands still run, every reply is lost. */
void fake_store_cut(struct fake_store *s, size_t executed);
/* While down every new command is answered STORE_UNAVAILABLE. */
void fake_store_link(struct fake_store *s, bool up);

/* The next commit runs, but its answer never arrives: STORE_UNKNOWN. */
void fake_store_lose_commit(struct fake_store *s);

#endif
