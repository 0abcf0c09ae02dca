#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "codec/chain.h"
#include "codec/utf8.h"

static void sha256_is_standard(void **state)
{
    char hex[DIGEST_HEX_SIZE];

    (void)state;
    digest_sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, test case 2. */
static void hmac_is_standard(void **state)
{
    char out[45];

    (void)state;
    digest_hmac_base64("Jefe", 4, "what do ya want for nothing?", 28, out);
    assert_string_equal(out, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
}

/* Computed apart, with Python's hashlib. A change here changes every case id there is. */
static void case_id_is_stable(void **state)
{
    char id[CASE_ID_SIZE], other[CASE_ID_SIZE];

    (void)state;
    digest_case_id("//weibo", "4711", id);
    assert_string_equal(id, "H2F4MQ3010WYYG8V");
    assert_true(digest_is_case_id(id));
    digest_case_id("//weibo4", "711", other);
    assert_string_not_equal(id, other);
}

static void case_id_form(void **state)
{
    static const struct {
        const char *text;
        _Bool is;
    } rows[] = {
        {"0123456789ABCDEF", 1}, {"GHJKMNPQRSTVWXYZ", 1},
        {"0123456789ABCDE", 0},  {"0123456789ABCDEF0", 0},
        {"0123456789ABCDEI", 0}, {"0123456789ABCDEL", 0},
        {"0123456789ABCDEO", 0}, {"0123456789ABCDEU", 0},
        {"0123456789abcdef", 0}, {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(digest_is_case_id(rows[i].text), rows[i].is);
}

static void base64_is_strict(void **state)
{
    static const struct {
        const char *text, *bytes; /* NULL: refused */
    } rows[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"Zg=", NULL},
        {"Zg", NULL},
        {"Zh==", NULL},
        {"Zm9=", NULL},
        {"Z===", NULL},
        {"====", NULL},
        {"Zg==Zg==", NULL},
        {"Zm 9", NULL},
        {"Zm9v\n", NULL},
        {"Zm9-", NULL},
    };
    unsigned char out[12];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int n = digest_base64_decode(rows[i].text, out, sizeof(out));

        if (!rows[i].bytes) {
            assert_true(n < 0);
            continue;
        }
        assert_int_equal(n, strlen(rows[i].bytes));
        assert_memory_equal(out, rows[i].bytes, (size_t)n);
    }
    assert_true(digest_base64_decode("Zm9vYmFy", out, 5) < 0);
}

static void chain_breaks_with_one_byte(void **state)
{
    char first[DIGEST_HEX_SIZE], second[DIGEST_HEX_SIZE], altered[DIGEST_HEX_SIZE];

    (void)state;
    chain_next(CHAIN_GENESIS, "{\"seq\":1}", first);
    assert_string_equal(first, "a453da8151216b5ae0a15c5377bc79da35cc4f629a9e9a3dcab70bf0b485609a");
    chain_next(first, "{\"seq\":2}", second);
    chain_next(CHAIN_GENESIS, "{\"seq\":3}", altered);
    assert_string_not_equal(first, altered);
    chain_next(altered, "{\"seq\":2}", altered);
    assert_string_not_equal(second, altered);
}

static void utf8_well_formed_only(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {"a", 1},
        {"\x7F", 1},
        {"\x80", 0},
        {"\xC0\xA0", 0},
        {"\xC1\xBF", 0},
        {"\xC2\x80", 2},
        {"\xC2", 0},
        {"\xC2\x41", 0},
        {"\xE0\x9F\xBF", 0},
        {"\xE0\xA0\x80", 3},
        {"\xE4\xB8\xAD", 3},
        {"\xE4\xB8", 0},
        {"\xED\xA0\x80", 0},
        {"\xED\x9F\xBF", 3},
        {"\xEF\xBF\xBF", 3},
        {"\xF0\x8F\xBF\xBF", 0},
        {"\xF0\x9F\x98\x80", 4},
        {"\xF4\x8F\xBF\xBF", 4},
        {"\xF4\x90\x80\x80", 0},
        {"\xF5\x80\x80\x80", 0},
        {"\xFF", 0},
        {"\xF0\x9F\x98\x41", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(utf8_length(rows[i].text, strlen(rows[i].text)), rows[i].length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_standard),    cmocka_unit_test(hmac_is_standard),
        cmocka_unit_test(case_id_is_stable),     cmocka_unit_test(case_id_form),
        cmocka_unit_test(base64_is_strict),      cmocka_unit_test(chain_breaks_with_one_byte),
        cmocka_unit_test(utf8_well_formed_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
