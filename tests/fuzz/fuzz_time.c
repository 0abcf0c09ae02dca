/* Any text as instant, span and integer: refused whole, or a value in range that survives the round
 * trip through its own text form. */
#include <stdint.h>
#include <string.h>
#include "base/instant.h"
#include "base/must.h"
#include "base/text.h"
#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_instant(const char *text)
{
    char out[INSTANT_TEXT_SIZE];
    instant_ms at = -7, back = -9;

    if (zone_parse(&zone_china, text, &at) < 0) {
        must(at == -7); /* results are set only on success */
        return;
    }
    must(at >= 0 && at <= INSTANT_MAX);
    zone_format(&zone_utc, at, out);
    must(zone_parse(&zone_china, out, &back) == 0 && back == at);
}

static void try_numbers(const char *text)
{
    char out[64];
    int64_t value = -7;

    if (text_to_span(text, &value) == 0) {
        must(value >= 0);
        text_span_zh(value, out, sizeof(out));
        must(strlen(out) < sizeof(out) - 1);
    } else {
        must(value == -7);
    }
    value = -7;
    must(text_to_int(text, -100, 100, &value) < 0 ? value == -7 : value >= -100 && value <= 100);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[256];

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    try_instant(text);
    try_numbers(text);
    must(text_utf8_cut(text, strlen(text)) <= strlen(text));
    must(text_distance(text, "discovered_at") <= 8);
    return 0;
}
