/* Starts a program that must not outlive us. */
#ifndef SYS_SPAWN_H
#define SYS_SPAWN_H

#include <sys/types.h>

/* Runs argv[0] in a process group of its own (a Ctrl-C is ours to handle), with default signals,
 * SIGTERM when we die, stdout on our stderr, and of all other descriptors only keep_fd, as 3. The
 * manager's variables are not passed on. The pid, or -errno. */
pid_t spawn_kept(const char *const argv[], int keep_fd);

#endif
