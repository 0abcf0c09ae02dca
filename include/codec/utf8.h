/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef CODEC_UTF8_H
#define CODEC_UTF8_H

#include <stddef.h>

/* Bytes of the character that text (of n > 0 bytes) starts with; 0 when it is malformed. */
size_t utf8_length(const char *text, size_t n);

#endif
