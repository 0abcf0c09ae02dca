#include "codec/utf8.h"

/* RFC 3629 section 4: which second byte may follow which first byte. */
static const struct {
    unsigned char first_max, second_min, second_max, length; /* length 0: not a first byte */
} rows[] = {
    {0x7F, 0, 0, 1},       {0xC1, 0, 0, 0},       {0xDF, 0x80, 0xBF, 2}, {0xE0, 0xA0, 0xBF, 3},
    {0xEC, 0x80, 0xBF, 3}, {0xED, 0x80, 0x9F, 3}, {0xEF, 0x80, 0xBF, 3}, {0xF0, 0x90, 0xBF, 4},
    {0xF3, 0x80, 0xBF, 4}, {0xF4, 0x80, 0x8F, 4}, {0xFF, 0, 0, 0},
};

size_t utf8_length(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t row = 0, length;

    while (p[0] > rows[row].first_max)
        row++;
    length = rows[row].length;
    if (length <= 1)
        return length;
    if (length > n || p[1] < rows[row].second_min || p[1] > rows[row].second_max)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    }
    return length;
}
