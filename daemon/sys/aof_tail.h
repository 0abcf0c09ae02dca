/* The torn end of an append-only file.
 *
 * A server killed in the middle of a write leaves half a transaction at the end. Redis (7.0 at
 * least) forgets it when it loads, but cuts the file only behind its last whole command: MULTI
 * stays without EXEC, what is written next joins it, and at the load after that the half comes
 * back. So it is cut off whole, before the server sees it. */
#ifndef SYS_AOF_TAIL_H
#define SYS_AOF_TAIL_H

/* Cuts the newest append-only file in DATA_DIR/appendonlydir behind its last whole transaction. A
 * file that is damaged otherwise is left to Redis, which refuses it and says so. Reads the file:
 * as long as Redis takes to load it. Only under the lock of the data, while no server runs. */
void aof_tail_repair(const char *data_dir);

#endif
