/* A message for people beside a -errno for code. Filled only on failure. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
    char text[512]; /* names what is wrong and what was expected */
};

/* Fills err->text (NULL err is fine) and returns -code, so: return err_set(err, EINVAL, "..."). */
__attribute__((format(printf, 3, 4))) int err_set(struct err *err, int code, const char *fmt, ...);

#endif
