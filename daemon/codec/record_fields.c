/* The tables. Names are written to Redis, HTTP and the ledger: never rename one, only add.
 * Key order is the order of the rows. */
#include "codec/record_type.h"

#include "base/limits.h"

/* The engine reads every enum as an unsigned. */
_Static_assert(sizeof(enum fact_type) == sizeof(unsigned), "size of enums");
_Static_assert(FACT_TYPE_COUNT <= 32, "record_field.when has a bit for every fact type");

/* STRUCT is the struct the rows are about. */
#define ROW(title, what, member) .name = (title), .kind = (what), .offset = offsetof(STRUCT, member)
#define TEXT(title, member) ROW(title, RECORD_TEXT, member)
#define INSTANT(title, member) ROW(title, RECORD_INSTANT, member)
#define U32(title, member) ROW(title, RECORD_U32, member)
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
    {TEXT("source", source), REQUIRED},
    {TEXT("id", id), REQUIRED},
    {TEXT("digest", digest)},
    {U32("refused", refused_n)},
    {TEXT("refused_digest", refused_digest)},
    {TEXT("channel", channel)},
    {TEXT("url", url)},
    {TEXT("petitioner", petitioner)},
    {INSTANT("discovered_at", discovered_at)},
    {INSTANT("received_at", received_at)},
    {INSTANT("recorded_at", recorded_at)},
};
static const struct record_type report_record = {TYPE(report_fields), .size = sizeof(STRUCT)};
#undef STRUCT

/* An act inside its fact takes seq and both times from the fact: written once, not twice. */
#define STRUCT struct act
#define ACT_SAID                                                                                   \
    {ENUM("kind", kind, act_kind_names), REQUIRED}, {TEXT("url", url)}, {TEXT("outlet", outlet)},  \
        {TEXT("spoken_by", spoken_by)}, {TEXT("reviewer", reviewer)},                              \
    {                                                                                              \
        TEXT("obligation", obligation)                                                             \
    }
static const struct record_field act_fields[] = {
    {U32("seq", seq), REQUIRED},
    {INSTANT("happened_at", happened_at), REQUIRED},
    {INSTANT("recorded_at", recorded_at), REQUIRED},
    ACT_SAID,
};
static const struct record_field act_said_fields[] = {ACT_SAID};
static const struct record_type act_record = {TYPE(act_fields), .size = sizeof(STRUCT)};
static const struct record_type act_said_record = {TYPE(act_said_fields), .size = sizeof(STRUCT)};
#undef STRUCT

/* Likewise the obligation that a fact opens: state and opened_at follow from the fact. */
#define STRUCT struct obligation
#define OBLIGATION_NAME                                                                            \
    {TEXT("key", key), REQUIRED}, {TEXT("rule", rule), REQUIRED},                                  \
    {                                                                                              \
        U32("anchor", anchor)                                                                      \
    }
#define OBLIGATION_CLOCK                                                                           \
    {ENUM("start_from", start_from, clock_start_names)},                                           \
        {INSTANT("start_at", start_at), REQUIRED}, {INSTANT("due_at", due_at), REQUIRED},          \
        {INSTANT("reference_due_at", reference_due_at)}, {INSTANT("overdue_at", overdue_at)},      \
        {INSTANT("met_at", met_at)}, {U32("met_by", met_by)},                                      \
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
    {INSTANT("discovered_at", discovered_at)},
    {INSTANT("received_at", received_at)},
    {INSTANT("reported_at", reported_at)},
    {INSTANT("level_set_at", level_set_at)},
    {TEXT("lead_unit", lead_unit)},
    {TEXTS("assist_units", assist_units, assist_unit_n, LIMIT_ASSIST_UNITS)},
    {INSTANT("assigned_at", assigned_at)},
    {INSTANT("acknowledged_at", acknowledged_at)},
    {TEXT("acknowledged_by", acknowledged_by)},
    {INSTANT("updated_at", updated_at)},
    {INSTANT("closed_at", closed_at)},
    {ARRAY("reports", reports, report_n, report_record, LIMIT_REPORTS), CAPACITY(report_cap)},
    {ARRAY("acts", acts, act_n, act_record, LIMIT_ACTS), CAPACITY(act_cap)},
    {ARRAY("obligations", obligations, obligation_n, obligation_record, LIMIT_OBLIGATIONS),
     CAPACITY(obligation_cap)},
};
const struct record_type case_record = {TYPE(case_fields), .size = sizeof(STRUCT)};
#undef STRUCT

#define OF(type) ((uint32_t)1 << FACT_##type)
#define OF_RUNG (OF(RUNG_FIRED) | OF(RUNG_SKIPPED))
#define OF_NOTICE (OF(NOTICE_ACCEPTED) | OF(NOTICE_DEAD))
#define OF_OBLIGATION                                                                              \
    (OF(OBLIGATION_MET) | OF(OBLIGATION_OVERDUE) | OF(OBLIGATION_CANCELLED) |                      \
     OF(OBLIGATION_SUPERSEDED) | OF(OBLIGATION_REINSTATED))
#define OF_TEXT (OF(NOTED) | OF(CLOSED) | OF(INVALIDATED) | OF_NOTICE | OF(REPORT_CONFLICT))

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
    {POINTER("act", fact.act, act_said_record), .when = OF(FULFILLED)},
    {POINTER("obligation_data", fact.obligation, obligation_new_record),
     .when = OF(OBLIGATION_OPENED)},
    {TEXT("obligation", fact.key), .when = OF_OBLIGATION | OF_RUNG},
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
    {TEXT("obligation", obligation)},   {TEXT("rule", rule)},
    {TEXT("title", title_zh)},          {ENUM("state", state, obligation_state_names)},
    {ENUM("lamp", lamp, lamp_names)},   {TEXT("rung", rung)},
    {ENUM("act", act, rung_act_names)}, {ENUM("condition", condition, rung_condition_names)},
    {INSTANT("due", due_at)},           {INSTANT("scheduled", scheduled_at)},
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
