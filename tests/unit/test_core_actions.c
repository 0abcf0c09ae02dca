/* Every action: what it is refused for, field and reason, and that nothing changes then; and what
 * asks for nothing new is known as a repeat. */
#include "unit/core_given.h"

/* --- refusals --------------------------------------------------------------------------------- */

struct refused {
    enum given given;
    struct action a;
    enum refusal_code code;
    const char *field, *detail; /* detail: part of it */
};

#define NO_TIMES                                                                                   \
    .happened_at = INSTANT_NONE, .promise_due = INSTANT_NONE, .at = INSTANT_NONE,                  \
    .from = INSTANT_NONE, .to = INSTANT_NONE, .letter_received_at = INSTANT_NONE,                  \
    .notified_at = INSTANT_NONE
#define DO(...)                                                                                    \
    {                                                                                              \
        NO_TIMES, .type = ACTION(__VA_ARGS__, )                                                    \
    }
#define ACTION(what, ...) ACTION_##what, __VA_ARGS__
#define INVAL REFUSAL_INVALID
#define STATE REFUSAL_STATE
#define LIMIT REFUSAL_LIMIT
#define PUBLIC .kind = ACT_PUBLIC_RESPONSE

#pragma GCC diagnostic ignored "-Woverride-init" /* a row may give a time itself */
static const struct refused table[] = {
    /* assign */
    {JUST_REPORTED, DO(ASSIGN, .lead_unit = "watr"), INVAL, "lead_unit", "did you mean \"water\"?"},
    {JUST_REPORTED, DO(ASSIGN, .lead_unit = "nobody"), INVAL, "lead_unit", "no unit \"nobody\""},
    {JUST_REPORTED,
     DO(ASSIGN, .lead_unit = "water", .assist_units = (const char *[]){"ghost"},
        .assist_unit_n = 1),
     INVAL, "assist_units", "no unit \"ghost\""},
    /* acknowledge */
    {JUST_REPORTED, DO(ACKNOWLEDGE), STATE, NULL, "assign it first"},
    {ASSIGNED, DO(ACKNOWLEDGE, .unit = "safety"), INVAL, "unit", "its lead unit is \"water\""},
    {FULL_OF_ACTS, DO(ACKNOWLEDGE), LIMIT, NULL, "1024 acts"},
    /* fulfil */
    {JUST_REPORTED, DO(FULFIL, PUBLIC, .reviewer = "li"), INVAL, "url", "is required"},
    {JUST_REPORTED, DO(FULFIL, PUBLIC, .url = "", .reviewer = "li"), INVAL, "url", "is required"},
    {JUST_REPORTED, DO(FULFIL, PUBLIC, .url = "u"), INVAL, "reviewer", "is required"},
    {JUST_REPORTED, DO(FULFIL, PUBLIC, .url = "u", .reviewer = "duty"), INVAL, "reviewer",
     "is also the author"},
    {JUST_REPORTED, DO(FULFIL, PUBLIC, .url = "u", .reviewer = "wang", .author = "wang"), INVAL,
     "reviewer", "\"wang\" is also the author"},
    {JUST_REPORTED, DO(FULFIL, PUBLIC, .url = "u", .reviewer = "li", .obligation = "none"), INVAL,
     "obligation", "no obligation \"none\""},
    {JUST_REPORTED, DO(FULFIL, .kind = ACT_BRIEFING, .obligation = "plain"), INVAL, "kind",
     "expected one of: public_response"},
    {INVALID, DO(FULFIL, PUBLIC, .url = "u", .reviewer = "li"), STATE, NULL, "invalid"},
    {JUST_REPORTED,
     DO(FULFIL, PUBLIC, .url = "u", .reviewer = "li", .happened_at = BEGIN - 2 * HOUR_MS), INVAL,
     "happened_at", "before the matter began (2026-07-14T13:20:00+08:00)"},
    {RELEASED,
     DO(FULFIL, PUBLIC, .url = "u", .reviewer = "li", .obligation = "rolling",
        .happened_at = BEGIN + MINUTE_MS),
     INVAL, "happened_at", "the release it follows"},
    {JUST_REPORTED, DO(FULFIL, .kind = ACT_INDIVIDUAL_REPLY, .report = OTHER), INVAL, "report",
     "no such report"},
    {WITH_ANOTHER, DO(FULFIL, .kind = ACT_INDIVIDUAL_REPLY), INVAL, "report", "say which"},
    {WITH_ANOTHER, DO(FULFIL, .kind = ACT_INDIVIDUAL_REPLY, .obligation = "each"), INVAL,
     "obligation", "is one of 2"},
    {HANDING_OVER, DO(FULFIL, .kind = ACT_INDIVIDUAL_REPLY, .report = OTHER), STATE, "report",
     "on its way to case " OTHER},
    {JUST_REPORTED,
     DO(FULFIL, PUBLIC, .url = "u", .reviewer = "li", .promise = "p", .promise_due = BEGIN), INVAL,
     "promise_due", "before the act"},
    {FULL_OF_ACTS, DO(FULFIL, PUBLIC, .url = "u", .reviewer = "li"), LIMIT, NULL, "1024 acts"},
    /* judge, rectify, assess, callback */
    {JUST_REPORTED, DO(JUDGE, .happened_at = BEGIN - 2 * HOUR_MS), INVAL, "happened_at", "began"},
    {FULL_OF_ACTS, DO(JUDGE), LIMIT, NULL, "1024 acts"},
    {CLOSED, DO(JUDGE), STATE, NULL, "the case is closed: judge is not possible"},
    {JUST_REPORTED, DO(RECTIFY, .obligation = "plain"), INVAL, "kind", "not met by rectify"},
    {JUST_REPORTED, DO(ASSESS, .happened_at = BEGIN - 2 * HOUR_MS), INVAL, "happened_at", "began"},
    {FULL_OF_ACTS, DO(CALLBACK), LIMIT, NULL, "1024 acts"},
    {INVALID, DO(CALLBACK), STATE, NULL, "the case is invalid: callback"},
    /* correct_time */
    {JUST_REPORTED, DO(CORRECT_TIME, .field = TIME_DISCOVERED, .at = BEGIN - 2 * HOUR_MS), INVAL,
     "at", "before it happened"},
    {JUST_REPORTED, DO(CORRECT_TIME, .field = TIME_OCCURRED, .at = BEGIN + HOUR_MS), INVAL, "at",
     "discovered_at would lie before"},
    {JUST_REPORTED, DO(CORRECT_TIME, .field = TIME_RECEIVED, .at = BEGIN - 2 * HOUR_MS), INVAL,
     "at", "received_at would lie before"},
    {JUST_REPORTED, DO(CORRECT_TIME, .field = TIME_ACT, .act = 77, .at = BEGIN), INVAL, "act",
     "has 0 acts, not 77"},
    {RELEASED, DO(CORRECT_TIME, .field = TIME_ACT, .act = 2, .at = BEGIN), INVAL, "act",
     "has 1 acts, not 2"},
    {RELEASED, DO(CORRECT_TIME, .field = TIME_ACT, .act = 1, .at = BEGIN - 2 * HOUR_MS), INVAL,
     "at", "act would lie before"},
    {JUST_REPORTED, DO(CORRECT_TIME, .field = TIME_LETTER, .at = BEGIN), INVAL, "act",
     "has 0 exclusions"},
    {STOPPED, DO(CORRECT_TIME, .field = TIME_LETTER, .act = 2, .at = BEGIN), INVAL, "act",
     "has 1 exclusions"},
    {STOPPED, DO(CORRECT_TIME, .field = TIME_LETTER, .at = BEGIN), INVAL, "at",
     "before the exclusion began"},
    {JUST_REPORTED, DO(CORRECT_TIME, .field = TIME_DISCOVERED, .at = BEGIN, .report = OTHER), INVAL,
     "report", "no such report"},
    {INVALID, DO(CORRECT_TIME, .field = TIME_DISCOVERED, .at = BEGIN), STATE, NULL, "invalid"},
    /* exclude, resume */
    {JUST_REPORTED, DO(EXCLUDE, .word = "holiday"), STATE, "kind", "stopped by \"holiday\""},
    {JUST_REPORTED, DO(EXCLUDE, .word = "third_party", .from = NOW, .to = BEGIN), INVAL, "to",
     "before from"},
    {JUST_REPORTED, DO(EXCLUDE, .word = "third_party", .from = NOW, .letter_received_at = BEGIN),
     INVAL, "letter_received_at", "before from"},
    {JUST_REPORTED, DO(EXCLUDE, .word = "third_party", .from = BEGIN + 90 * DAY_MS), STATE, "from",
     "still running"},
    {ANSWERED, DO(EXCLUDE, .word = "third_party"), STATE, "from", "still running"},
    {STOPPED, DO(EXCLUDE, .word = "third_party"), STATE, NULL, "resume it first"},
    {JUST_REPORTED, DO(EXCLUDE, .word = "third_party", .obligation = "plain"), STATE, "kind",
     "no limit of this case is stopped"},
    {JUST_REPORTED, DO(EXCLUDE, .word = "third_party", .obligation = "x"), INVAL, "obligation",
     "no obligation"},
    {ANSWERED, DO(EXCLUDE, .word = "third_party", .obligation = "answer"), STATE, "obligation",
     "answer is met: nothing is owed"},
    {FULL_OF_EXCLUSIONS, DO(EXCLUDE, .word = "third_party"), LIMIT, NULL, "64 exclusions"},
    {JUST_REPORTED, DO(RESUME), STATE, NULL, "no exclusion"},
    {STOPPED, DO(RESUME, .word = "other_agency"), STATE, "kind", "of kind other_agency"},
    {STOPPED, DO(RESUME, .at = BEGIN), INVAL, "at", "before the exclusion began"},
    /* restart */
    {JUST_REPORTED, DO(RESTART, .obligation = "plain"), STATE, "obligation", "can begin anew"},
    {JUST_REPORTED, DO(RESTART, .at = BEGIN - HOUR_MS), STATE, "obligation", "runs at that time"},
    {ANSWERED, DO(RESTART), STATE, "obligation", "runs at that time"},
    {FULL_OF_RESTARTS, DO(RESTART), LIMIT, NULL, "64 restarts"},
    /* extend */
    {JUST_REPORTED, DO(EXTEND_REQUEST, .obligation = "plain"), STATE, "obligation",
     "plain can not be extended"},
    {JUST_REPORTED, DO(EXTEND_REQUEST, .obligation = "x"), INVAL, "obligation", "no obligation"},
    {JUST_REPORTED, DO(EXTEND_REQUEST, .obligation = "answer", .window = "21wd"), INVAL, "window",
     "is too long, expected at most 20wd"},
    {JUST_REPORTED, DO(EXTEND_REQUEST, .obligation = "answer", .window = "20d"), INVAL, "window",
     "counts in another unit"},
    {JUST_REPORTED, DO(EXTEND_REQUEST, .obligation = "answer", .window = "0wd"), INVAL, "window",
     "extends nothing"},
    {JUST_REPORTED, DO(EXTEND_REQUEST, .obligation = "answer", .window = "-1wd"), INVAL, "window",
     "is negative"},
    {JUST_REPORTED, DO(EXTEND_REQUEST, .obligation = "answer", .window = "soon"), INVAL, "window",
     "is no such limit"},
    {JUST_REPORTED,
     DO(EXTEND_REQUEST, .obligation = "answer", .approved = true,
        .happened_at = BEGIN + 60 * DAY_MS),
     STATE, "happened_at", "only before"},
    {JUST_REPORTED,
     DO(EXTEND_DECIDE, .obligation = "answer", .approved = true, .approver = "b",
        .notified_at = NOW, .happened_at = BEGIN + 60 * DAY_MS),
     STATE, "happened_at", "only before"},
    {REQUESTED, DO(EXTEND_REQUEST, .obligation = "answer"), STATE, "obligation", "waits"},
    {ANSWERED, DO(EXTEND_REQUEST, .obligation = "answer"), STATE, "obligation", "nothing is owed"},
    {FULL_OF_EXTENSIONS, DO(EXTEND_REQUEST, .obligation = "answer"), LIMIT, NULL, "64 extensions"},
    {JUST_REPORTED, DO(EXTEND_DECIDE, .obligation = "answer", .approved = true, .notified_at = NOW),
     INVAL, "approver", "is required"},
    {JUST_REPORTED, DO(EXTEND_DECIDE, .obligation = "answer", .approved = true, .approver = "b"),
     INVAL, "notified_at", "is required"},
    {JUST_REPORTED, DO(EXTEND_DECIDE, .obligation = "answer", .approved = false), STATE,
     "obligation", "nobody asked"},
    {EXTENDED,
     DO(EXTEND_DECIDE, .obligation = "answer", .approved = true, .approver = "b",
        .notified_at = NOW),
     STATE, "obligation", "was extended 1 times"},
    {REQUESTED,
     DO(EXTEND_DECIDE, .obligation = "answer", .approved = true, .approver = "b",
        .notified_at = NOW, .window = "30wd"),
     INVAL, "window", "is too long"},
    /* waive */
    {JUST_REPORTED, DO(WAIVE, .obligation = "plain", .by = "principal", .text = "w"), STATE,
     "obligation", "plain can not be waived"},
    {JUST_REPORTED, DO(WAIVE, .obligation = "answer", .by = "clerk", .text = "w"), INVAL, "by",
     "expected one of: principal"},
    {JUST_REPORTED, DO(WAIVE, .obligation = "answer", .text = "w"), INVAL, "by", "principal"},
    {JUST_REPORTED, DO(WAIVE, .obligation = "answer", .by = "principal"), INVAL, "reason",
     "is required"},
    {ANSWERED, DO(WAIVE, .obligation = "answer", .by = "principal", .text = "w"), STATE,
     "obligation", "nothing is owed"},
    /* close, reopen, invalidate: only statutory duties that do not repeat keep it open */
    {JUST_REPORTED, DO(CLOSE), STATE, NULL,
     "still owed: answer (open), plain (open), each." OWN " (open)"},
    {OVERDUE, DO(CLOSE), STATE, NULL, "plain (overdue)"},
    {STOPPED, DO(CLOSE), STATE, NULL, "answer (paused)"},
    {CLOSED, DO(CLOSE), STATE, NULL, "the case is closed: close is not possible"},
    {JUST_REPORTED, DO(REOPEN), STATE, NULL, "the case is open: reopen is not possible"},
    {CLOSED, DO(INVALIDATE, .text = "w"), STATE, NULL, "closed"},
    {CLOSED, DO(SET_LEVEL, .level = 1), STATE, NULL, "closed"},
    /* merge, split; .other is set by the test where its case is OTHER */
    {JUST_REPORTED, DO(MERGE, .into = OWN), INVAL, "into", "the case itself"},
    {JUST_REPORTED, DO(MERGE, .into = "7777777777777777"), INVAL, "into", "there is no case"},
    {HANDING_OVER, DO(MERGE, .into = OTHER), STATE, "into", "under way"},
    {JUST_REPORTED, DO(SPLIT, .report = OWN), INVAL, "report", "it opened this case"},
    {JUST_REPORTED, DO(SPLIT, .report = OTHER), INVAL, "report", "no such report"},
    {WITH_ANOTHER, DO(SPLIT, .report = OTHER), STATE, "report", "its own case is not merged"},
    {CLOSED, DO(SPLIT, .report = OTHER), STATE, NULL, "closed"},
    /* a merged case is no place to act */
    {MERGED, DO(CLOSE), REFUSAL_MERGED, NULL, "lives on in " OTHER},
    {MERGED, DO(FULFIL, PUBLIC), REFUSAL_MERGED, NULL, "lives on in " OTHER},
    {MERGED, DO(REOPEN), REFUSAL_MERGED, NULL, "lives on in " OTHER},
    {MERGED, DO(REEVALUATE), REFUSAL_MERGED, NULL, "lives on in " OTHER},
};

static bool same_size(const struct opinion_case *a, const struct opinion_case *b)
{
    return a->rev == b->rev && a->status == b->status && a->report_n == b->report_n &&
           a->act_n == b->act_n && a->obligation_n == b->obligation_n &&
           a->exclusion_n == b->exclusion_n && a->restart_n == b->restart_n &&
           a->extension_n == b->extension_n && a->handover_n == b->handover_n;
}

static void each_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct refused *row = &table[i];
        struct action a = row->a;
        struct opinion_case *c = given(row->given);
        struct decision d;

        if (a.type == ACTION_MERGE && text_equal(a.into, OTHER))
            a.other = reported(OTHER, INSTANT_NONE, false);
        if (a.type == ACTION_SPLIT && row->given == WITH_ANOTHER)
            a.other = reported(OTHER, INSTANT_NONE, false);
        d = ask(c, &a, row->given == OVERDUE ? BEGIN + 49 * HOUR_MS : NOW);
        if (d.verdict != REFUSED)
            fail_msg("row %zu: %s was not refused (%s)", i, action_names[a.type], row->detail);
        if (d.refusal.code != row->code || !text_equal(d.refusal.field, row->field) ||
            !strstr(d.refusal.detail, row->detail))
            fail_msg("row %zu: %s: %d %s: %s", i, action_names[a.type], d.refusal.code,
                     d.refusal.field ? d.refusal.field : "-", d.refusal.detail);
        assert_int_equal(d.fact_n, 0);
        assert_int_equal(d.notice_n, 0);
        assert_true(same_size(c, d.next));
    }
}

/* No action but a note has a case that does not exist, or one that is not open, to work on. */
static void actions_know_their_states(void **state)
{
    (void)state;
    for (int type = 0; type < ACTION_COUNT; type++) {
        struct action a = action_new((enum action_type)type);
        struct decision d;
        bool closed_too = type == ACTION_NOTE || type == ACTION_RECTIFY || type == ACTION_ASSESS ||
                          type == ACTION_CALLBACK || type == ACTION_CORRECT_TIME ||
                          type == ACTION_REOPEN;

        a.field = TIME_PUBLISHED;
        a.at = BEGIN;
        a.text = "t";
        d = ask(case_new(kept), &a, NOW);
        assert_int_equal(d.verdict, REFUSED);
        assert_int_equal(d.refusal.code, REFUSAL_NOT_FOUND);
        d = ask(given(CLOSED), &a, NOW);
        assert_int_equal(d.verdict, closed_too ? DECIDED : REFUSED);
        d = ask(given(INVALID), &a, NOW);
        assert_int_equal(d.verdict,
                         type == ACTION_NOTE || type == ACTION_REOPEN ? DECIDED : REFUSED);
        d = ask(given(MERGED), &a, NOW);
        assert_int_equal(d.verdict, type == ACTION_NOTE ? DECIDED : REFUSED);
        assert_true(type == ACTION_NOTE || d.refusal.code == REFUSAL_MERGED);
    }
}

static void repeats_are_known(void **state)
{
    struct action level = action_new(ACTION_SET_LEVEL), assign = action_new(ACTION_ASSIGN),
                  sign = action_new(ACTION_ACKNOWLEDGE), time = action_new(ACTION_CORRECT_TIME),
                  again = action_new(ACTION_REEVALUATE);
    struct opinion_case *c = given(ASSIGNED);

    (void)state;
    level.level = 3;
    assert_int_equal(ask(c, &level, NOW).verdict, DUPLICATE);
    assign.lead_unit = "water";
    assert_int_equal(ask(c, &assign, NOW).verdict, DUPLICATE);
    c = did(c, sign);
    assert_int_equal(ask(c, &sign, NOW).verdict, DUPLICATE);
    time.field = TIME_DISCOVERED;
    time.at = BEGIN;
    assert_int_equal(ask(c, &time, NOW).verdict, DUPLICATE);
    assert_int_equal(ask(c, &again, NOW).verdict, DUPLICATE);
}

/* 滚动发布 and targets do not keep a case open; what hangs on its end opens then. */
static void only_statutory_duties_keep_it_open(void **state)
{
    struct opinion_case *c = given(ANSWERED);
    struct decision d;
    struct action close = action_new(ACTION_CLOSE);

    (void)state;
    assert_int_equal(case_obligation(c, "target")->state, OBLIGATION_OPEN);
    d = ask(c, &close, NOW);
    assert_int_equal(d.verdict, DECIDED);
    assert_int_equal(case_obligation(d.next, "target")->state, OBLIGATION_CANCELLED);
    for (size_t i = 0; i < d.next->obligation_n; i++)
        assert_false(obligation_owed(&d.next->obligations[i]));
    d = ask(d.next, &(struct action){.type = ACTION_REOPEN, NO_TIMES}, NOW);
    assert_int_equal(d.verdict, DECIDED);
    assert_int_equal(d.next->status, CASE_OPEN);
    assert_int_equal(d.next->closed_at, INSTANT_NONE);
    assert_int_equal(case_obligation(d.next, "target")->state, OBLIGATION_OPEN);
    assert_true((case_obligation(d.next, "target")->flags & OBLIGATION_REINSTATED) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_refused),
        cmocka_unit_test(actions_know_their_states),
        cmocka_unit_test(repeats_are_known),
        cmocka_unit_test(only_statutory_duties_keep_it_open),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
