/* Small files of the state directory. Nothing here logs. */
#ifndef SYS_FILES_H
#define SYS_FILES_H

#include <limits.h>
#include <sys/types.h>
#include "base/err.h"

/* dir/name; -ENAMETOOLONG. */
int files_join(char ret[PATH_MAX], const char *dir, const char *name, struct err *reterr);
/* Makes the last element of dir if missing; ret is its absolute path. */
int files_dir(char ret[PATH_MAX], const char *dir, mode_t mode, struct err *reterr);
/* Opens (makes) path and takes its lock; the descriptor holds it. -EBUSY: someone else has it. */
int files_lock(const char *path, int *ret_fd, struct err *reterr);
void files_note_pid(int fd, pid_t pid);  /* into a lock file, for people */
pid_t files_noted_pid(const char *path); /* 0: nothing noted */
/* First bytes of a file, NUL-terminated, length returned; -errno. */
ssize_t files_read(const char *path, char *buf, size_t size);
/* All of text or nothing, on disk when it returns. */
int files_replace(const char *path, const char *text, struct err *reterr);

#endif
