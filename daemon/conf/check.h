/* What a text of the configuration may be. Each reads it into its target; see text_check. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "conf/draft.h"
#include "conf/reader.h"

text_check check_listen;       /* const char *: literal IP and port */
text_check check_socket;       /* const char *: path of a unix socket */
text_check check_path;         /* const char *: absolute */
text_check check_file;         /* const char *: not looked for yet */
text_check check_runtime_dir;  /* const char *: short enough for the socket of embedded Redis */
text_check check_bool;         /* bool */
text_check check_log_level;    /* int */
text_check check_redis_url;    /* const char * */
text_check check_user;         /* const char * */
text_check check_shards;       /* unsigned */
text_check check_receiver_id;  /* const char * */
text_check check_receiver_url; /* const char * */
text_check check_timeout;      /* int, seconds */
text_check check_receiver_ref; /* const char *: id of a receiver read before */
text_check check_unit_id;      /* const char * */
text_check check_name;         /* const char * */
text_check check_region;       /* const char * */

text_check check_timezone; /* timezone.c; const struct zone *: an offset, or a file of tzdata */

/* secret.c: texts that name a file. A relative path starts at the folder of the configuration;
 * "credential:NAME" is a file of $CREDENTIALS_DIRECTORY. */
text_check check_password_file; /* const char *: what the file holds */
text_check check_secret_file;   /* struct conf_receiver */
text_check check_tokens_file;   /* struct conf: tokens, token_n */

/* Whether text is made of the characters of `allowed` and 1 to `max` bytes long. */
bool check_charset(const char *text, const char *allowed, size_t max);
/* Whether a listen address that passed its check stays on this machine. */
bool check_is_loopback(const char *listen);

#endif
