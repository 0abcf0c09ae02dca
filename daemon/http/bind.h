/* Listening sockets of the API. */
#ifndef HTTP_BIND_H
#define HTTP_BIND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include "base/err.h"

#define BIND_TEXT_SIZE 64 /* "[<address>]:<port>" */

/* A listening socket for "127.0.0.1:5248" or "[::1]:5248" (port 0 = any); ret_loopback tells
 * whether only this machine can reach it. Unless `anyone`, other addresses are refused before they
 * are bound. The descriptor, or -errno and reterr. */
int bind_tcp(const char *address, bool anyone, bool *ret_loopback, struct err *reterr);
/* The address really bound, as text. */
void bind_text(int fd, char text[BIND_TEXT_SIZE]);

/* A listening unix socket of mode 0660. A socket file nobody listens on is replaced; anything else
 * in its place is an error. ret_made tells our file from one put there later. */
int bind_unix(const char *path, struct stat *ret_made, struct err *reterr);
/* Removes the file if it is still ours. */
void bind_unix_remove(const char *path, const struct stat *made);

#endif
