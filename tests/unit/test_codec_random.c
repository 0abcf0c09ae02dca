/* Whatever a case or a fact can hold comes back from storage as it was, field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/limits.h"
#include "codec/record.h"
#include "codec/record_type.h"
#include "unit/test_codec_fill.h"

static uint64_t chance_state = UINT64_C(0x9e3779b97f4a7c15);

static uint32_t chance(uint32_t n)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (uint32_t)(chance_state >> 32) % n;
}

static void random_record(const struct record_type *type, unsigned char *base, int depth,
                          struct arena *arena);

static const char *random_text(struct arena *arena)
{
    static const char *const pieces[] = {"a",    "\"", "\\",     "\n", "\x01",
                                         "\x7f", "限", "\u2028", "😀",  "%s"};
    const char *text = "";

    for (uint32_t n = 1 + chance(6); n > 0; n--)
        text = arena_printf(arena, "%s%s", text, pieces[chance(10)]);
    return text;
}

static instant_ms random_instant(void)
{
    static const instant_ms odd[] = {0, 1, -1, 999, INT64_C(4102444800000), -62135596800000};

    return chance(3) ? INT64_C(1784010000000) + (instant_ms)chance(1000000000) : odd[chance(6)];
}

static void random_number(const struct record_field *f, unsigned char *base, bool some)
{
    int64_t wide = some ? (int64_t)chance(UINT32_MAX) << chance(31) : 0;
    uint64_t bits = some ? ((uint64_t)chance(UINT32_MAX) << 32 | chance(UINT32_MAX)) : 0;
    uint32_t narrow = some ? chance(UINT32_MAX) : 0;
    bool flag = some && chance(2);

    if (some && f->kind == RECORD_ENUM)
        narrow = chance(name_count(f->names));
    if (some && f->kind == RECORD_FLAGS)
        narrow = chance(1u << name_count(f->names));
    if (some && f->kind == RECORD_INT)
        narrow = chance((uint32_t)f->max);
    if (f->kind == RECORD_I64)
        put(base, f->offset, &wide, sizeof(wide));
    else if (f->kind == RECORD_BITS)
        put(base, f->offset, &bits, sizeof(bits));
    else if (f->kind == RECORD_BOOL)
        put(base, f->offset, &flag, sizeof(flag));
    else
        put(base, f->offset, &narrow, sizeof(narrow));
}

static void random_list(const struct record_field *f, unsigned char *base, size_t n, int depth,
                        struct arena *arena)
{
    size_t size = f->kind == RECORD_ARRAY ? f->type->size : sizeof(char *);
    unsigned char *items = n ? arena_alloc(arena, n * size) : NULL;

    for (size_t i = 0; i < n; i++) {
        const char *text = random_text(arena);

        if (f->kind == RECORD_ARRAY)
            random_record(f->type, items + i * size, depth + 1, arena);
        else
            put(items, i * size, &text, sizeof(text));
    }
    put(base, f->offset, &items, sizeof(items));
    put(base, f->offset_n, &n, sizeof(n));
}

/* Any value that the field can hold, or none. Texts are not empty: empty is absent. */
static void random_field(const struct record_field *f, unsigned char *base, int depth,
                         struct arena *arena)
{
    bool some = (f->traits & RECORD_REQUIRED) || chance(3);
    instant_ms at = some ? random_instant() : INSTANT_NONE;
    const char *text = some ? random_text(arena) : NULL;
    void *inner;

    if (f->kind == RECORD_TEXT) {
        put(base, f->offset, &text, sizeof(text));
    } else if (f->kind == RECORD_INSTANT) {
        put(base, f->offset, &at, sizeof(at));
    } else if (f->kind == RECORD_STRUCT) {
        random_record(f->type, base + f->offset, depth + 1, arena);
    } else if (f->kind == RECORD_POINTER) {
        inner = arena_alloc(arena, f->type->size);
        random_record(f->type, inner, depth + 1, arena);
        put(base, f->offset, &inner, sizeof(inner));
    } else if (f->kind == RECORD_ARRAY || f->kind == RECORD_TEXTS) {
        random_list(f, base, some && depth < 3 ? chance(4) : 0, depth, arena);
    } else {
        random_number(f, base, some);
    }
}

static void random_record(const struct record_type *type, unsigned char *base, int depth,
                          struct arena *arena)
{
    for (size_t i = 0; i < type->field_n; i++) {
        const struct record_field *f = &type->fields[i];

        if (record_applies(type, f, base) && !(type->tag && f->offset == type->tag))
            random_field(f, base, depth, arena);
    }
}

static void same_record(const struct record_type *type, const unsigned char *a,
                        const unsigned char *b);

static void same_items(const struct record_field *f, const unsigned char *a, const unsigned char *b)
{
    const unsigned char *list_a = record_pointer(f, a), *list_b = record_pointer(f, b);

    assert_int_equal(record_count(f, a), record_count(f, b));
    for (size_t i = 0; i < record_count(f, a); i++) {
        if (f->kind == RECORD_ARRAY)
            same_record(f->type, list_a + i * f->type->size, list_b + i * f->type->size);
        else
            assert_string_equal(((const char *const *)(const void *)list_a)[i],
                                ((const char *const *)(const void *)list_b)[i]);
    }
}

/* Field by field, not by the bytes of the encoder that is under test. */
static void same_record(const struct record_type *type, const unsigned char *a,
                        const unsigned char *b)
{
    for (size_t i = 0; i < type->field_n; i++) {
        const struct record_field *f = &type->fields[i];
        const char *text_a, *text_b;

        if (!record_applies(type, f, a))
            continue;
        switch (f->kind) {
        case RECORD_TEXT:
            text_a = record_pointer(f, a);
            text_b = record_pointer(f, b);
            if (!text_a != !text_b)
                fail_msg("%s: \"%s\" became \"%s\"", f->name, text_a ? text_a : "(none)",
                         text_b ? text_b : "(none)");
            if (text_a)
                assert_string_equal(text_a, text_b);
            break;
        case RECORD_INSTANT:
            assert_true(record_instant(f, a) == record_instant(f, b));
            break;
        case RECORD_FLAGS:
        case RECORD_BITS:
            assert_true(record_bits(f, a) == record_bits(f, b));
            break;
        case RECORD_INT:
        case RECORD_U32:
        case RECORD_I64:
        case RECORD_BOOL:
        case RECORD_ENUM:
            assert_true(record_integer(f, a) == record_integer(f, b));
            break;
        case RECORD_STRUCT:
            same_record(f->type, a + f->offset, b + f->offset);
            break;
        case RECORD_POINTER:
            same_record(f->type, record_pointer(f, a), record_pointer(f, b));
            break;
        case RECORD_ARRAY:
        case RECORD_TEXTS:
            same_items(f, a, b);
            break;
        case RECORD_KIND_COUNT:
            fail();
        }
    }
}

static void random_facts_survive(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        for (int type = 0; type < FACT_TYPE_COUNT; type++) {
            struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
            struct fact_record record = {.fact = {.type = (enum fact_type)type}}, back = {0};
            struct err err = {""};
            char *json;

            record.fact.happened_at = record.fact.scheduled_at = INSTANT_NONE;
            record.fact.at = record.fact.at_before = INSTANT_NONE;
            random_record(&fact_record, (unsigned char *)&record, 0, arena);
            back.case_id = record.case_id;
            json = fact_encode(&record.fact, record.case_id, arena);
            if (fact_decode(json, strlen(json), arena, &back.fact, &err))
                fail_msg("%s: %s", err.text, json);
            same_record(&fact_record, (unsigned char *)&record, (unsigned char *)&back);
            assert_string_equal(fact_encode(&back.fact, record.case_id, arena), json);
            arena_free(arena);
        }
    }
}

static void random_cases_survive(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
        struct opinion_case *c = case_new(arena), *back = NULL;
        struct err err = {""};
        char *json;

        random_record(&case_record, (unsigned char *)c, 0, arena);
        for (size_t i = 0; i < c->report_n; i++) { /* else it is of version 0.1, see below */
            struct report *r = &c->reports[i];

            r->key = r->key ? r->key : "k";
            r->discovered_at = r->discovered_at == INSTANT_NONE ? 7 : r->discovered_at;
        }
        json = case_encode(c, arena);
        if (case_decode(json, strlen(json), arena, &back, &err))
            fail_msg("%s: %s", err.text, json);
        same_record(&case_record, (unsigned char *)c, (unsigned char *)back);
        assert_string_equal(case_encode(back, arena), json);
        assert_true(back->report_cap == c->report_n && back->joining_cap == c->joining_n);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_facts_survive),
        cmocka_unit_test(random_cases_survive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
