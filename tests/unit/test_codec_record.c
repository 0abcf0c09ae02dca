#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "base/limits.h"
#include "codec/record.h"
#include "codec/record_type.h"
#include "unit/test_codec_fill.h"

#define UNTOUCHED 0xAA

static int setup(void **state)
{
    *state = arena_new(LIMIT_ARENA_BYTES);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* --- filling a record by its own table -------------------------------------------------------- */

static void fill(const struct record_type *type, unsigned char *base, unsigned *next,
                 struct arena *arena);

static void fill_list(const struct record_field *f, unsigned char *base, unsigned *next,
                      struct arena *arena)
{
    size_t n = 2, size = f->kind == RECORD_ARRAY ? f->type->size : sizeof(char *);
    unsigned char *items = arena_alloc(arena, n * size);

    for (size_t i = 0; i < n; i++) {
        const char *text = arena_printf(arena, "%s %u", f->name, (*next)++);

        if (f->kind == RECORD_ARRAY)
            fill(f->type, items + i * size, next, arena);
        else
            put(items, i * size, &text, sizeof(text));
    }
    put(base, f->offset, &items, sizeof(items));
    put(base, f->offset_n, &n, sizeof(n));
    if (f->offset_cap)
        put(base, f->offset_cap, &n, sizeof(n));
}

static void fill_scalar(const struct record_field *f, unsigned char *base, unsigned *next,
                        struct arena *arena)
{
    const char *text = arena_printf(arena, "%s\n\"\\\x01 中文 %u", f->name, *next);
    int64_t wide = INT64_C(1700000000000) + *next;
    uint64_t bits = UINT64_C(0x8000000000000001) | (uint64_t)1 << *next % 63;
    uint32_t narrow = f->kind == RECORD_ENUM    ? name_count(f->names) - 1
                      : f->kind == RECORD_FLAGS ? (1u << name_count(f->names)) - 1
                      : f->kind == RECORD_INT   ? 1 + *next % 4
                                                : 1 + *next;
    bool flag = true;

    (*next)++;
    if (f->kind == RECORD_TEXT)
        put(base, f->offset, &text, sizeof(text));
    else if (f->kind == RECORD_INSTANT || f->kind == RECORD_I64)
        put(base, f->offset, &wide, sizeof(wide));
    else if (f->kind == RECORD_BITS)
        put(base, f->offset, &bits, sizeof(bits));
    else if (f->kind == RECORD_BOOL)
        put(base, f->offset, &flag, sizeof(flag));
    else
        put(base, f->offset, &narrow, sizeof(narrow));
}

static void fill(const struct record_type *type, unsigned char *base, unsigned *next,
                 struct arena *arena)
{
    for (size_t i = 0; i < type->field_n; i++) {
        const struct record_field *f = &type->fields[i];
        void *inner;

        if (!record_applies(type, f, base) || (type->tag && f->offset == type->tag))
            continue;
        if (f->kind == RECORD_POINTER) {
            inner = arena_alloc(arena, f->type->size);
            fill(f->type, inner, next, arena);
            put(base, f->offset, &inner, sizeof(inner));
        } else if (f->kind == RECORD_STRUCT) {
            fill(f->type, base + f->offset, next, arena);
        } else if (f->kind == RECORD_ARRAY || f->kind == RECORD_TEXTS) {
            fill_list(f, base, next, arena);
        } else {
            fill_scalar(f, base, next, arena);
        }
    }
}

static struct fact_record full_fact(enum fact_type type, struct arena *arena)
{
    struct fact_record record = {.fact = {.type = type, .happened_at = INSTANT_NONE}};
    unsigned next = 1;

    record.fact.scheduled_at = INSTANT_NONE;
    fill(&fact_record, (unsigned char *)&record, &next, arena);
    return record;
}

static struct opinion_case *full_case(struct arena *arena)
{
    struct opinion_case *c = arena_alloc(arena, sizeof(*c));
    unsigned next = 1;

    fill(&case_record, (unsigned char *)c, &next, arena);
    return c;
}

static void all_touched(const void *record, size_t size)
{
    unsigned char untouched[8];

    memset(untouched, UNTOUCHED, sizeof(untouched));
    for (size_t i = 0; i + sizeof(untouched) <= size; i += sizeof(untouched))
        assert_memory_not_equal((const unsigned char *)record + i, untouched, sizeof(untouched));
}

static void touch_all(const struct record_type *type, struct arena *arena)
{
    unsigned char *record = arena_alloc(arena, type->size);
    unsigned next = 1;

    memset(record, UNTOUCHED, type->size);
    fill(type, record, &next, arena);
    all_touched(record, type->size);
    for (size_t i = 0; i < type->field_n; i++) {
        if (type->fields[i].kind == RECORD_ARRAY)
            touch_all(type->fields[i].type, arena);
    }
}

/* A member added to a struct and forgotten in the table would be lost at the next restart. */
static void tables_leave_no_member_out(void **state)
{
    struct fact_record f;
    unsigned next = 1;

    touch_all(&case_record, *state);
    memset(&f, UNTOUCHED, sizeof(f));
    for (int type = 0; type < FACT_TYPE_COUNT; type++) {
        f.fact.type = (enum fact_type)type;
        fill(&fact_record, (unsigned char *)&f, &next, *state);
    }
    all_touched(&f, sizeof(f));
}

static void list_names(const struct record_type *type, bool deeper, struct buf *b)
{
    for (size_t i = 0; i < type->field_n; i++) {
        const struct record_field *f = &type->fields[i];

        buf_printf(b, "%s%s", i ? " " : "", f->name);
        if (!f->type || !deeper)
            continue;
        buf_puts(b, "{");
        list_names(f->type, false, b);
        buf_puts(b, "}");
    }
}

/* Names are in databases, ledgers and dashboards: add at will, never rename. */
static void names_never_change(void **state)
{
    struct buf b = BUF_INIT(65536);

    (void)state;
    list_names(&case_record, true, &b);
    assert_string_equal(
        b.data,
        "id rev status flags exercise policy_version title summary url channel topic region "
        "case_type correlation petitioner heat incident{present category level occurred_at} labels "
        "discovered_at received_at published_at decided_at formed_at reported_at level_set_at "
        "lead_unit assist_units assigned_at assigned_seq acknowledged_at acknowledged_by "
        "updated_at closed_at merged_into "
        "reports{key source id digest refused refused_digest channel via case_type labels url "
        "petitioner discovered_at assumed received_at limit_at recorded_at} "
        "acts{seq happened_at recorded_at kind url outlet spoken_by reviewer author obligation "
        "report promise promise_due} "
        "obligations{key rule report anchor variant kind state ladder_lamp opened_at start_from "
        "start_at "
        "due_at reference_due_at paused_at overdue_at met_at met_by flags rungs_done} "
        "exclusions{seq kind obligation from_at to_at recorded_at ended_at letter_received_at why} "
        "extensions{seq obligation asked requested_at decided_at decided_seq approved granted "
        "approver why notified_at due_before} "
        "restarts{seq at obligation} handovers{seq to report} joinings{from seq}");
    buf_clear(&b);
    list_names(&fact_record, false, &b);
    assert_string_equal(
        b.data, "case seq type reason recorded_at happened_at by op case_data act obligation_data "
                "obligation_moved obligation clock exclusion extension reports joined state "
                "case_flags flags met_by level level_before category lead_unit assist_units unit "
                "text digest labels_given labels field at at_before report act_seq handover "
                "other_case on_word_of policy_version rung rungs scheduled_at lamp notices notice "
                "receiver attempts");
    buf_free(&b);
}

/* --- storage ---------------------------------------------------------------------------------- */

static void case_survives(void **state)
{
    struct opinion_case *c = full_case(*state), *back = NULL;
    char *json = case_encode(c, *state), *again;
    struct err err = {""};

    assert_int_equal(case_decode(json, strlen(json), *state, &back, &err), 0);
    again = case_encode(back, *state);
    assert_string_equal(again, json);
    assert_string_equal(back->title, c->title);
    assert_int_equal(back->report_cap, 2);
    assert_int_equal(back->obligation_n, 2);
    assert_true(back->obligations[1].rungs_done == c->obligations[1].rungs_done);
    assert_true(back->obligations[1].due_at == c->obligations[1].due_at);
    assert_string_equal(back->assist_units[1], c->assist_units[1]);
    assert_true(back->incident.occurred_at == c->incident.occurred_at);
}

static void empty_case_is_short(void **state)
{
    struct opinion_case *c = case_new(*state), *back = NULL;
    struct err err;
    char *json;

    c->id = "0123456789ABCDEF";
    json = case_encode(c, *state);
    assert_string_equal(json, "{\"id\":\"0123456789ABCDEF\",\"rev\":0,\"status\":\"none\"}");
    assert_int_equal(case_decode(json, strlen(json), *state, &back, &err), 0);
    assert_true(back->discovered_at == INSTANT_NONE && back->closed_at == INSTANT_NONE);
    assert_true(back->incident.occurred_at == INSTANT_NONE && !back->incident.present);
    assert_string_equal(case_encode(back, *state), json);
}

/* 1970 is a time, not "no time". */
static void instant_zero_is_kept(void **state)
{
    struct opinion_case *c = case_new(*state), *back = NULL;
    struct err err;
    char *json;

    c->id = "0123456789ABCDEF";
    c->discovered_at = 0;
    json = case_encode(c, *state);
    assert_non_null(strstr(json, "\"discovered_at\":0"));
    assert_int_equal(case_decode(json, strlen(json), *state, &back, &err), 0);
    assert_true(back->discovered_at == 0);
}

static void every_fact_survives(void **state)
{
    for (int type = 0; type < FACT_TYPE_COUNT; type++) {
        struct fact_record record = full_fact((enum fact_type)type, *state);
        char *json = fact_encode(&record.fact, "0123456789ABCDEF", *state);
        struct err err = {""};
        struct fact back;

        assert_int_equal(fact_decode(json, strlen(json), *state, &back, &err), 0);
        assert_int_equal(back.type, type);
        assert_string_equal(fact_encode(&back, "0123456789ABCDEF", *state), json);
        assert_non_null(strstr(json, "\"case\":\"0123456789ABCDEF\",\"seq\":"));
    }
}

static void fact_is_readable(void **state)
{
    struct fact fact = {.seq = 7,
                        .type = FACT_RUNG_FIRED,
                        .reason = REASON_RUNGS_COLLAPSED,
                        .recorded_at = 1000,
                        .happened_at = INSTANT_NONE,
                        .actor = "system",
                        .key = "authoritative_release",
                        .rung = "due-50%",
                        .rungs = 5,
                        .scheduled_at = 900,
                        .lamp = LAMP_YELLOW,
                        .notices = (const char *[]){"0123456789ABCDEF-7-1"},
                        .notice_n = 1};

    assert_string_equal(
        fact_encode(&fact, "0123456789ABCDEF", *state),
        "{\"case\":\"0123456789ABCDEF\",\"seq\":7,\"type\":\"rung_fired\",\"reason\":"
        "\"rungs_collapsed\",\"recorded_at\":1000,\"by\":\"system\",\"obligation\":"
        "\"authoritative_release\",\"rung\":\"due-50%\",\"rungs\":[0,2],\"scheduled_at\":900,"
        "\"lamp\":\"yellow\",\"notices\":[\"0123456789ABCDEF-7-1\"]}");
}

/* What decide() writes must fold the same after storage: flags mean different things by type. */
static void flags_follow_the_type(void **state)
{
    struct fact fact = {.seq = 1,
                        .type = FACT_FLAGGED,
                        .reason = REASON_REPORTED_LATE,
                        .happened_at = INSTANT_NONE,
                        .scheduled_at = INSTANT_NONE,
                        .actor = "system",
                        .flags = CASE_LATE_REPORT},
                back;
    struct err err;
    char *json = fact_encode(&fact, "0123456789ABCDEF", *state);

    assert_non_null(strstr(json, "\"case_flags\":[\"late_report\"]"));
    assert_int_equal(fact_decode(json, strlen(json), *state, &back, &err), 0);
    assert_int_equal(back.flags, CASE_LATE_REPORT);
    fact.type = FACT_OBLIGATION_OVERDUE;
    fact.key = "public_response";
    fact.flags = OBLIGATION_BREACHED | OBLIGATION_BORN_OVERDUE;
    json = fact_encode(&fact, "0123456789ABCDEF", *state);
    assert_non_null(strstr(json, "\"flags\":[\"born_overdue\",\"breached\"]"));
    assert_int_equal(fact_decode(json, strlen(json), *state, &back, &err), 0);
    assert_int_equal(back.flags, fact.flags);
}

/* A receiver's answer is quoted in a fact: whatever it holds, the fact stays readable. */
static void malformed_text_is_replaced(void **state)
{
    struct fact fact = {.seq = 1,
                        .type = FACT_NOTICE_DEAD,
                        .reason = REASON_RECEIVER_REFUSED,
                        .happened_at = INSTANT_NONE,
                        .scheduled_at = INSTANT_NONE,
                        .actor = "system",
                        .notice = "n",
                        .receiver = "r",
                        .text = "HTTP 404: \xC0\xA0\xE4\xB8\x1B"},
                back;
    struct err err;
    char *json = fact_encode(&fact, "0123456789ABCDEF", *state);

    assert_int_equal(fact_decode(json, strlen(json), *state, &back, &err), 0);
    assert_string_equal(back.text, "HTTP 404: \uFFFD\uFFFD\uFFFD\uFFFD\x1B");
}

static void fill_operations(struct opinion_case *c, const char *id, const char *kept,
                            struct arena *arena)
{
    c->exclusion_n = LIMIT_EXCLUSIONS;
    c->exclusions = arena_alloc(arena, c->exclusion_n * sizeof(*c->exclusions));
    for (size_t i = 0; i < c->exclusion_n; i++)
        c->exclusions[i] = (struct exclusion){.kind = id, .obligation = id, .why = kept};
    c->extension_n = LIMIT_EXTENSIONS;
    c->extensions = arena_alloc(arena, c->extension_n * sizeof(*c->extensions));
    for (size_t i = 0; i < c->extension_n; i++)
        c->extensions[i] = (struct extension){.obligation = id, .approver = id, .why = kept};
    c->restart_n = LIMIT_RESTARTS;
    c->restarts = arena_alloc(arena, c->restart_n * sizeof(*c->restarts));
    for (size_t i = 0; i < c->restart_n; i++)
        c->restarts[i] = (struct restart){.seq = 1, .obligation = id};
    c->joining_n = LIMIT_JOININGS;
    c->joinings = arena_alloc(arena, c->joining_n * sizeof(*c->joinings));
    for (size_t i = 0; i < c->joining_n; i++)
        c->joinings[i] = (struct joining){.from = "0123456789ABCDEF", .seq = UINT32_MAX};
}

/* The largest case the limits allow can be written; see LIMIT_CASE_BYTES. */
static void largest_case_fits(void **state)
{
    struct opinion_case *c = case_new(*state), *back = NULL;
    char *quotes = arena_alloc(*state, LIMIT_TEXT_BYTES + 1);
    char *id = arena_alloc(*state, LIMIT_ID_BYTES + 1), *url, *json, *kept, *line;
    const char *words[LIMIT_LABELS];
    struct err err = {""};

    memset(quotes, 1, LIMIT_TEXT_BYTES);
    memset(id, '"', LIMIT_ID_BYTES);
    url = arena_strndup(*state, quotes, LIMIT_URL_BYTES);
    memset(url, 'u', LIMIT_URL_BYTES);
    kept = arena_alloc(*state, LIMIT_TITLE_BYTES + 1); /* prose that the case itself keeps */
    memset(kept, 1, LIMIT_TITLE_BYTES);
    line = arena_alloc(*state, LIMIT_TITLE_BYTES + 1);
    memset(line, '"', LIMIT_TITLE_BYTES);
    for (size_t i = 0; i < LIMIT_LABELS; i++)
        words[i] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    c->id = "0123456789ABCDEF";
    c->summary = quotes;
    c->report_n = LIMIT_REPORTS;
    c->reports = arena_alloc(*state, c->report_n * sizeof(*c->reports));
    for (size_t i = 0; i < c->report_n; i++)
        c->reports[i] = (struct report){.key = "0123456789ABCDEF",
                                        .via = "0123456789ABCDEF",
                                        .case_type = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                        .labels = words,
                                        .label_n = LIMIT_LABELS,
                                        .source = id,
                                        .id = id,
                                        .channel = id,
                                        .petitioner = id,
                                        .url = url,
                                        .digest = quotes + LIMIT_TEXT_BYTES - 64};
    c->act_n = LIMIT_ACTS;
    c->acts = arena_alloc(*state, c->act_n * sizeof(*c->acts));
    for (size_t i = 0; i < c->act_n; i++)
        c->acts[i] = (struct act){.url = url,
                                  .outlet = id,
                                  .spoken_by = id,
                                  .reviewer = id,
                                  .obligation = id,
                                  .author = id,
                                  .report = "0123456789ABCDEF",
                                  .promise = line};
    c->obligation_n = LIMIT_OBLIGATIONS;
    c->obligations = arena_alloc(*state, c->obligation_n * sizeof(*c->obligations));
    for (size_t i = 0; i < c->obligation_n; i++)
        c->obligations[i] = (struct obligation){
            .key = id, .rule = id, .rungs_done = UINT64_MAX, .report = "0123456789ABCDEF"};
    fill_operations(c, id, kept, *state);
    c->label_n = LIMIT_LABELS;
    c->labels = words;
    json = case_encode(c, *state);
    assert_int_equal(case_decode(json, strlen(json), *state, &back, &err), 0);
    assert_int_equal(back->act_n, LIMIT_ACTS);
}

/* What stands in the store may have been written by anyone. */
static void stored_nonsense_is_named(void **state)
{
#define CASE "{\"id\":\"0123456789ABCDEF\",\"rev\":1,\"status\":\"open\""
    static const struct {
        const char *json, *message;
    } rows[] = {
        {"", "line 1"},
        {"[]", "expected an object, found a list"},
        {"{}", "id is missing"},
        {"{\"id\":\"x\",\"rev\":1}", "status is missing"},
        {CASE ",\"title\":5}", "title: expected text, found a number"},
        {CASE ",\"title\":null}", "title: expected text, found null"},
        {CASE ",\"heat\":-1}", "heat: expected 0 to"},
        {CASE ",\"heat\":1.5}", "heat: expected a whole number, found a fraction"},
        {CASE ",\"exercise\":1}", "exercise: expected true or false"},
        {CASE ",\"incident\":{\"level\":5}}", "incident.level: expected 0 to 4, found 5"},
        {CASE ",\"incident\":[]}", "incident: expected an object"},
        {CASE ",\"incident\":{\"category\":\"flood\"}}",
         "incident.category: unknown name \"flood\""},
        {CASE ",\"discovered_at\":9000000000000000000}", "discovered_at: expected"},
        {CASE ",\"flags\":[\"late\"]}", "flags: unknown name \"late\""},
        {CASE ",\"flags\":\"late_report\"}", "flags: expected a list"},
        {CASE ",\"assist_units\":[1]}", "assist_units: expected a list of text"},
        {CASE ",\"acts\":{}}", "acts: expected a list"},
        {CASE ",\"acts\":[7]}", "acts[0]: expected an object"},
        {CASE ",\"acts\":[{\"seq\":2,\"happened_at\":1,\"recorded_at\":1}]}",
         "acts[0].kind is missing"},
        {CASE ",\"obligations\":[{\"key\":\"a\",\"rule\":\"a\",\"state\":\"open\",\"opened_at\":1,"
              "\"start_at\":1,\"due_at\":2,\"rungs_done\":[64]}]}",
         "obligations[0].rungs_done: expected 0 to 63"},
        {CASE ",\"rev\":2}", "duplicate object key"},
    };
    struct opinion_case *c = NULL;
    struct err err;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int r = case_decode(rows[i].json, strlen(rows[i].json), *state, &c, &err);

        assert_int_equal(r, -EBADMSG);
        if (!strstr(err.text, rows[i].message))
            fail_msg("%s: \"%s\"", rows[i].json, err.text);
        assert_null(c);
    }
}

static void too_many_elements_are_refused(void **state)
{
    struct buf b = BUF_INIT(1024 * 1024);
    struct opinion_case *c = NULL;
    struct err err;

    buf_puts(&b, CASE ",\"assist_units\":[\"a\"");
    for (int i = 0; i < LIMIT_ASSIST_UNITS; i++)
        buf_puts(&b, ",\"a\"");
    buf_puts(&b, "]}");
    assert_int_equal(case_decode(b.data, b.len, *state, &c, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "at most 64"));
    buf_free(&b);
}

static void newer_keys_are_ignored(void **state)
{
    static const char json[] = CASE ",\"from_the_future\":{\"a\":[1]}}";
    struct opinion_case *c = NULL;
    struct err err;

    assert_int_equal(case_decode(json, strlen(json), *state, &c, &err), 0);
    assert_int_equal(c->status, CASE_OPEN);
}

/* Version 0.1 gave its one report no key; it is the case's own. */
static void report_of_version_0_1_gets_its_key(void **state)
{
    static const char json[] =
        CASE ",\"discovered_at\":7,\"reports\":[{\"source\":\"s\",\"id\":\"1\"}],\"acts\":[{"
             "\"seq\":2,\"kind\":"
             "\"briefing\",\"happened_at\":1,\"recorded_at\":1}],\"obligations\":[{\"key\":\"a\","
             "\"rule\":\"a\",\"state\":\"open\",\"opened_at\":1,\"start_at\":1,\"due_at\":2}]}";
    struct opinion_case *c = NULL;
    struct err err = {""};

    assert_int_equal(case_decode(json, strlen(json), *state, &c, &err), 0);
    assert_string_equal(c->reports[0].key, "0123456789ABCDEF");
    assert_true(c->reports[0].discovered_at == 7 && c->reports[0].assumed);
    assert_true(c->acts[0].promise_due == INSTANT_NONE && !c->acts[0].report);
    assert_int_equal(c->obligations[0].kind, RULE_STATUTORY);
    assert_true(c->obligations[0].paused_at == INSTANT_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tables_leave_no_member_out),
        TEST(names_never_change),
        TEST(case_survives),
        TEST(empty_case_is_short),
        TEST(instant_zero_is_kept),
        TEST(every_fact_survives),
        TEST(fact_is_readable),
        TEST(flags_follow_the_type),
        TEST(malformed_text_is_replaced),
        TEST(largest_case_fits),
        TEST(stored_nonsense_is_named),
        TEST(too_many_elements_are_refused),
        TEST(newer_keys_are_ignored),
        TEST(report_of_version_0_1_gets_its_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
