/* The tables. Names are written to Redis, HTTP and the ledger: never rename one, only add.
 * Key order is the order of the rows. */
#include "codec/record_type.h"

#include "base/limits.h"

/* The engine reads every enum as an unsigned. */
_Static_assert(sizeof(enum fact_type) == sizeof(unsigned), "size of enums");
_Static_assert(FACT_TYPE_COUNT <= 64, "record_field.when has a bit for every fact type");

/* STRUCT is the struct the rows are about. */
#define ROW(title, what, member) .name = (title), .kind = (what), .offset = offsetof(STRUCT, member)
#define TEXT(title, member) ROW(title, RECORD_TEXT, member)
#define INSTANT(title, member) ROW(title, RECORD_INSTANT, member)
#define U32(title, member) ROW(title, RECORD_U32, member)
#define I64(title, member) ROW(title, RECORD_I64, member)
#define BOOL(title, member) ROW(title, RECORD_BOOL, member)
#define INT(title, member, most) ROW(title, RECORD_INT, member), .max = (most)
#define LEVEL(title, member) INT(title, member, 4), .traits = RECORD_LEVEL
#define ENUM(title, member, table) ROW(title, RECORD_ENUM, member), .names = (table)
#define FLAGS(title, member, table) ROW(title, RECORD_FLAGS, member), .names = (table)
#define TEXTS(title, member, count, most)                                                          \
    ROW(title, RECORD_TEXTS, member), .offset_n = offsetof(STRUCT, count), .max = (most)
#define POINTER(title, member, to) ROW(title, RECORD_POINTER, member), .type = &(to)
#define ARRAY(title, member, count, of, most)                                                      \
    ROW(title, RECORD_ARRAY, member), .offset_n = offsetof(STRUCT, count), .type = &(of),          \
                                      .max = (most)
#define REQUIRED .traits = RECORD_REQUIRED
#define CAPACITY(member) .offset_cap = offsetof(STRUCT, member)

#define TYPE(rows) .fields = (rows), .field_n = sizeof(rows) / sizeof((rows)[0])

#define STRUCT struct incident
static const struct record_field incident_fields[] = {
    {BOOL("present", present), .traits = RECORD_STORED},
    {ENUM("category", category, incident_category_names)},
    {LEVEL("level", level)},
    {INSTANT("occurred_at", occurred_at)},
};
static const struct record_type incident_record = {TYPE(incident_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct report
static const struct record_field report_fields[] = {
    {TEXT("key", key)},
    {TEXT("source", source), REQUIRED},
    {TEXT("id", id), REQUIRED},
    {TEXT("digest", digest)},
    {U32("refused", refused_n)},
    {TEXT("refused_digest", refused_digest)},
    {TEXT("channel", channel)},
    {TEXT("via", via)},
    {TEXT("case_type", case_type)},
    {TEXTS("labels", labels, label_n, LIMIT_LABELS)},
    {TEXT("url", url)},
    {TEXT("petitioner", petitioner)},
    {INSTANT("discovered_at", discovered_at)},
    {BOOL("assumed", assumed)},
    {INSTANT("received_at", received_at)},
    {INSTANT("limit_at", limit_at)},
    {INSTANT("recorded_at", recorded_at)},
};
static const struct record_type report_record = {TYPE(report_fields), .size = sizeof(STRUCT)};
#undef STRUCT

/* An act inside its fact takes seq and times from the fact: written once, not twice. One that
 * joined from another case keeps its own recorded_at. */
#define STRUCT struct act
#define ACT_SAID                                                                                   \
    {ENUM("kind", kind, act_kind_names), REQUIRED}, {TEXT("url", url)}, {TEXT("outlet", outlet)},  \
        {TEXT("spoken_by", spoken_by)}, {TEXT("reviewer", reviewer)}, {TEXT("author", author)},    \
        {TEXT("obligation", obligation)}, {TEXT("report", report)}, {TEXT("promise", promise)},    \
    {                                                                                              \
        INSTANT("promise_due", promise_due)                                                        \
    }
static const struct record_field act_fields[] = {
    {U32("seq", seq), REQUIRED},
    {INSTANT("happened_at", happened_at), REQUIRED},
    {INSTANT("recorded_at", recorded_at), REQUIRED},
    ACT_SAID,
};
static const struct record_field act_said_fields[] = {
    {INSTANT("recorded_at", recorded_at)},
    ACT_SAID,
};
static const struct record_type act_record = {TYPE(act_fields), .size = sizeof(STRUCT)};
static const struct record_type act_said_record = {TYPE(act_said_fields), .size = sizeof(STRUCT)};
#undef STRUCT

/* Likewise the obligation that a fact opens: state and opened_at follow from the fact. One that
 * moves comes whole. */
#define STRUCT struct obligation
#define OBLIGATION_NAME                                                                            \
    {TEXT("key", key), REQUIRED}, {TEXT("rule", rule), REQUIRED}, {TEXT("report", report)},        \
        {U32("anchor", anchor)}, {U32("variant", variant)},                                        \
    {                                                                                              \
        ENUM("kind", kind, rule_kind_names)                                                        \
    }
#define OBLIGATION_CLOCK                                                                           \
    {ENUM("start_from", start_from, clock_start_names)},                                           \
        {INSTANT("start_at", start_at), REQUIRED}, {INSTANT("due_at", due_at)},                    \
        {INSTANT("reference_due_at", reference_due_at)}, {INSTANT("paused_at", paused_at)},        \
        {INSTANT("overdue_at", overdue_at)}, {INSTANT("met_at", met_at)}, {U32("met_by", met_by)}, \
        {FLAGS("flags", flags, obligation_flag_names)},                                            \
    {                                                                                              \
        ROW("rungs_done", RECORD_BITS, rungs_done)                                                 \
    }
static const struct record_field obligation_fields[] = {
    OBLIGATION_NAME,
    {ENUM("state", state, obligation_state_names), REQUIRED},
    {ENUM("ladder_lamp", lamp, lamp_names), .traits = RECORD_STORED},
    {INSTANT("opened_at", opened_at), REQUIRED},
    OBLIGATION_CLOCK,
};
static const struct record_field obligation_new_fields[] = {OBLIGATION_NAME, OBLIGATION_CLOCK};
static const struct record_type obligation_record = {TYPE(obligation_fields),
                                                     .size = sizeof(STRUCT)};
static const struct record_type obligation_new_record = {TYPE(obligation_new_fields),
                                                         .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct clock_change
static const struct record_field clock_fields[] = {
    {ENUM("start_from", start_from, clock_start_names)},
    {INSTANT("start_at", start_at), REQUIRED},
    {INSTANT("start_before", start_before)},
    {INSTANT("due_at", due_at)},
    {INSTANT("due_before", due_before)},
    {INSTANT("reference_due_at", reference_due_at)},
    {FLAGS("flags", flags, obligation_flag_names)},
    {U32("variant", variant)},
    {ROW("rungs_done", RECORD_BITS, rungs_done)},
    {ENUM("ladder_lamp", lamp, lamp_names), .traits = RECORD_STORED},
    {ENUM("state", state, obligation_state_names), REQUIRED},
};
static const struct record_type clock_record = {TYPE(clock_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct window
static const struct record_field window_fields[] = {
    {ENUM("unit", unit, window_unit_names), REQUIRED},
    {I64("n", n)},
};
static const struct record_type window_record = {TYPE(window_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define WINDOW(title, member) ROW(title, RECORD_STRUCT, member), .type = &window_record

#define STRUCT struct exclusion
static const struct record_field exclusion_fields[] = {
    {U32("seq", seq)},
    {TEXT("kind", kind), REQUIRED},
    {TEXT("obligation", obligation)},
    {INSTANT("from_at", from_at), REQUIRED},
    {INSTANT("to_at", to_at)},
    {INSTANT("recorded_at", recorded_at)},
    {INSTANT("ended_at", ended_at)},
    {INSTANT("letter_received_at", letter_received_at)},
    {TEXT("why", why)},
};
static const struct record_type exclusion_record = {TYPE(exclusion_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct extension
static const struct record_field extension_fields[] = {
    {U32("seq", seq)},
    {TEXT("obligation", obligation), REQUIRED},
    {WINDOW("asked", asked)},
    {INSTANT("requested_at", requested_at)},
    {INSTANT("decided_at", decided_at)},
    {U32("decided_seq", decided_seq)},
    {BOOL("approved", approved)},
    {WINDOW("granted", granted)},
    {TEXT("approver", approver)},
    {TEXT("why", why)},
    {INSTANT("notified_at", notified_at)},
    {INSTANT("due_before", due_before)},
};
static const struct record_type extension_record = {TYPE(extension_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct restart
static const struct record_field restart_fields[] = {
    {U32("seq", seq), REQUIRED},
    {INSTANT("at", at), REQUIRED},
    {TEXT("obligation", obligation)},
};
static const struct record_type restart_record = {TYPE(restart_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct handover
static const struct record_field handover_fields[] = {
    {U32("seq", seq), REQUIRED},
    {TEXT("to", to), REQUIRED},
    {TEXT("report", report)},
};
static const struct record_type handover_record = {TYPE(handover_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct joining
static const struct record_field joining_fields[] = {
    {TEXT("from", from), REQUIRED},
    {U32("seq", seq), REQUIRED},
};
static const struct record_type joining_record = {TYPE(joining_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct opinion_case
static const struct record_field case_fields[] = {
    {TEXT("id", id), REQUIRED},
    {U32("rev", rev), REQUIRED},
    {ENUM("status", status, case_status_names), REQUIRED},
    {FLAGS("flags", flags, case_flag_names)},
    {BOOL("exercise", exercise)},
    {TEXT("policy_version", policy_version)},
    {TEXT("title", title)},
    {TEXT("summary", summary)},
    {TEXT("url", url)},
    {TEXT("channel", channel)},
    {TEXT("topic", topic)},
    {TEXT("region", region)},
    {TEXT("case_type", case_type)},
    {TEXT("correlation", correlation)},
    {TEXT("petitioner", petitioner)},
    {ROW("heat", RECORD_I64, heat)},
    {ROW("incident", RECORD_STRUCT, incident), .type = &incident_record},
    {TEXTS("labels", labels, label_n, LIMIT_LABELS)},
    {INSTANT("discovered_at", discovered_at)},
    {INSTANT("received_at", received_at)},
    {INSTANT("published_at", published_at)},
    {INSTANT("decided_at", decided_at)},
    {INSTANT("formed_at", formed_at)},
    {INSTANT("reported_at", reported_at)},
    {INSTANT("level_set_at", level_set_at)},
    {TEXT("lead_unit", lead_unit)},
    {TEXTS("assist_units", assist_units, assist_unit_n, LIMIT_ASSIST_UNITS)},
    {INSTANT("assigned_at", assigned_at)},
    {U32("assigned_seq", assigned_seq), .traits = RECORD_STORED},
    {INSTANT("acknowledged_at", acknowledged_at)},
    {TEXT("acknowledged_by", acknowledged_by)},
    {INSTANT("updated_at", updated_at)},
    {INSTANT("closed_at", closed_at)},
    {TEXT("merged_into", merged_into)},
    {ARRAY("reports", reports, report_n, report_record, LIMIT_REPORTS), CAPACITY(report_cap)},
    {ARRAY("acts", acts, act_n, act_record, LIMIT_ACTS), CAPACITY(act_cap)},
    {ARRAY("obligations", obligations, obligation_n, obligation_record, LIMIT_OBLIGATIONS),
     CAPACITY(obligation_cap)},
    {ARRAY("exclusions", exclusions, exclusion_n, exclusion_record, LIMIT_EXCLUSIONS),
     CAPACITY(exclusion_cap)},
    {ARRAY("extensions", extensions, extension_n, extension_record, LIMIT_EXTENSIONS),
     CAPACITY(extension_cap)},
    {ARRAY("restarts", restarts, restart_n, restart_record, LIMIT_RESTARTS), CAPACITY(restart_cap)},
    {ARRAY("handovers", handovers, handover_n, handover_record, LIMIT_JOININGS),
     CAPACITY(handover_cap)},
    {ARRAY("joinings", joinings, joining_n, joining_record, LIMIT_JOININGS), CAPACITY(joining_cap)},
};
const struct record_type case_record = {TYPE(case_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define OF(type) ((uint64_t)1 << FACT_##type)
#define OF_RUNG (OF(RUNG_FIRED) | OF(RUNG_SKIPPED))
#define OF_NOTICE (OF(NOTICE_ACCEPTED) | OF(NOTICE_DEAD))
#define OF_OBLIGATION                                                                              \
    (OF(OBLIGATION_MET) | OF(OBLIGATION_OVERDUE) | OF(OBLIGATION_CANCELLED) |                      \
     OF(OBLIGATION_SUPERSEDED) | OF(OBLIGATION_REINSTATED) | OF(OBLIGATION_WAIVED) |               \
     OF(OBLIGATION_PAUSED) | OF(OBLIGATION_RESUMED) | OF(OBLIGATION_CLOCK))
#define OF_ACT (OF(FULFILLED) | OF(JUDGED))
#define OF_EXTENSION (OF(EXTENSION_REQUESTED) | OF(EXTENSION_DECIDED))
#define OF_TEXT                                                                                    \
    (OF(NOTED) | OF(CLOSED) | OF(INVALIDATED) | OF_NOTICE | OF(REPORT_CONFLICT) | OF_ACT |         \
     OF(REOPENED) | OF(TIME_CORRECTED) | OF(EXCLUSION_ENDED) | OF(RESTARTED) |                     \
     OF(OBLIGATION_WAIVED) | OF(MERGED) | OF(SPLIT) | OF(POLICY_SET))

#define STRUCT struct fact_record
static const struct record_field fact_fields[] = {
    {TEXT("case", case_id), .traits = RECORD_REQUIRED | RECORD_STORED},
    {U32("seq", fact.seq), REQUIRED},
    {ENUM("type", fact.type, fact_type_names), REQUIRED},
    {ENUM("reason", fact.reason, reason_names), REQUIRED},
    {INSTANT("recorded_at", fact.recorded_at), REQUIRED},
    {INSTANT("happened_at", fact.happened_at)},
    {TEXT("by", fact.actor), REQUIRED},
    {TEXT("op", fact.op)},
    {POINTER("case_data", fact.reported, case_record), .when = OF(REPORTED)},
    {POINTER("act", fact.act, act_said_record), .when = OF_ACT},
    {POINTER("obligation_data", fact.obligation, obligation_new_record),
     .when = OF(OBLIGATION_OPENED)},
    {POINTER("obligation_moved", fact.obligation, obligation_record), .when = OF(OBLIGATION_MOVED)},
    {TEXT("obligation", fact.key), .when = OF_OBLIGATION | OF_RUNG | OF_EXTENSION | OF(RESTARTED)},
    {POINTER("clock", fact.clock, clock_record), .when = OF(OBLIGATION_CLOCK)},
    {POINTER("exclusion", fact.exclusion, exclusion_record),
     .when = OF(EXCLUDED) | OF(EXCLUSION_ENDED)},
    {POINTER("extension", fact.extension, extension_record), .when = OF_EXTENSION},
    {ARRAY("reports", fact.reports, fact.report_n, report_record, LIMIT_REPORTS),
     .when = OF(JOINED)},
    {POINTER("joined", fact.joined, case_record), .when = OF(JOINED)},
    {ENUM("state", fact.state, obligation_state_names), REQUIRED, .when = OF(OBLIGATION_MET)},
    {FLAGS("case_flags", fact.flags, case_flag_names), .when = OF(FLAGGED)},
    {FLAGS("flags", fact.flags, obligation_flag_names), .when = OF_OBLIGATION | OF_RUNG},
    {U32("met_by", fact.met_by), .when = OF(OBLIGATION_MET)},
    {LEVEL("level", fact.level), .when = OF(LEVEL_SET)},
    {LEVEL("level_before", fact.level_before), .when = OF(LEVEL_SET)},
    {ENUM("category", fact.category, incident_category_names), .when = OF(LEVEL_SET)},
    {TEXT("lead_unit", fact.lead_unit), .when = OF(ASSIGNED)},
    {TEXTS("assist_units", fact.assist_units, fact.assist_unit_n, LIMIT_ASSIST_UNITS),
     .when = OF(ASSIGNED)},
    {TEXT("unit", fact.unit), .when = OF(ACKNOWLEDGED)},
    {TEXT("text", fact.text), .when = OF_TEXT},
    {TEXT("digest", fact.digest), .when = OF(REPORT_CONFLICT)},
    {BOOL("labels_given", fact.labels_given), .when = OF(JUDGED), .traits = RECORD_STORED},
    {TEXTS("labels", fact.labels, fact.label_n, LIMIT_LABELS), .when = OF(JUDGED)},
    {ENUM("field", fact.field, time_field_names), REQUIRED, .when = OF(TIME_CORRECTED)},
    {INSTANT("at", fact.at), .when = OF(TIME_CORRECTED) | OF(RESTARTED)},
    {INSTANT("at_before", fact.at_before), .when = OF(TIME_CORRECTED)},
    {TEXT("report", fact.report), .when = OF(TIME_CORRECTED) | OF(SPLIT) | OF(REPORT_CONFLICT)},
    {U32("act_seq", fact.other_seq), .when = OF(TIME_CORRECTED)},
    {U32("handover", fact.other_seq), .when = OF(JOINED) | OF(HANDED_OVER)},
    {TEXT("other_case", fact.other_case),
     .when = OF(MERGED) | OF(SPLIT) | OF(JOINED) | OF(HANDED_OVER)},
    {TEXT("on_word_of", fact.by), .when = OF(OBLIGATION_WAIVED)},
    {TEXT("policy_version", fact.policy_version), .when = OF(POLICY_SET)},
    {TEXT("rung", fact.rung), .when = OF_RUNG},
    {ROW("rungs", RECORD_BITS, fact.rungs), .when = OF_RUNG},
    {INSTANT("scheduled_at", fact.scheduled_at), .when = OF_RUNG},
    {ENUM("lamp", fact.lamp, lamp_names), .when = OF_RUNG},
    {TEXTS("notices", fact.notices, fact.notice_n, LIMIT_RECEIVERS), .when = OF(RUNG_FIRED)},
    {TEXT("notice", fact.notice), .when = OF_NOTICE},
    {TEXT("receiver", fact.receiver), .when = OF_NOTICE},
    {INT("attempts", fact.attempts, INT32_MAX), .when = OF_NOTICE},
};
const struct record_type fact_record = {TYPE(fact_fields), .size = sizeof(STRUCT),
                                        .tag = offsetof(STRUCT, fact.type)};
#undef STRUCT

/* Only ever viewed: a notice is sent, not read back. */
#define STRUCT struct notice_item
static const struct record_field notice_item_fields[] = {
    {TEXT("obligation", obligation)},
    {TEXT("rule", rule)},
    {TEXT("title", title)},
    {ENUM("state", state, obligation_state_names)},
    {ENUM("lamp", lamp, lamp_names)},
    {TEXT("rung", rung)},
    {ENUM("act", act, rung_act_names)},
    {ENUM("condition", condition, rung_condition_names)},
    {INSTANT("due", due_at)},
    {INSTANT("scheduled", scheduled_at)},
    {INT("missed", missed, INT32_MAX)},
};
static const struct record_type notice_item_record = {TYPE(notice_item_fields),
                                                      .size = sizeof(STRUCT)};
#undef STRUCT

#define STRUCT struct notice
static const struct record_field notice_fields[] = {
    {TEXT("case", case_id)},
    {TEXT("title", case_title)},
    {TEXT("region", region)},
    {LEVEL("level", level)},
    {TEXT("lead_unit", lead_unit)},
    {BOOL("exercise", exercise)},
    {ENUM("lamp", lamp, lamp_names)},
    {U32("sequence", sequence)},
    {FLAGS("roles", roles, role_names)},
    {TEXT("text", text)},
    {ARRAY("obligations", items, item_n, notice_item_record, LIMIT_OBLIGATIONS)},
};
const struct record_type notice_record = {TYPE(notice_fields), .size = sizeof(STRUCT)};
#undef STRUCT
