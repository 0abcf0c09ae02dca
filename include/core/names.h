/* Enumerations with outward names, one row each. The names are written
 * to Redis, HTTP and the ledger: never rename one, only add. NAME_OF(enum) and NAME_TO(enum)
 * follow. */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

/* X(identifier, "outward name") */

#define OBLIGATION_STATES(X)                                                                       \
    X(OBLIGATION_OPEN, "open")                                                                     \
    X(OBLIGATION_MET, "met")                                                                       \
    X(OBLIGATION_MET_LATE, "met_late")                                                             \
    X(OBLIGATION_OVERDUE, "overdue")                                                               \
    X(OBLIGATION_PAUSED, "paused")                                                                 \
    X(OBLIGATION_WAIVED, "waived")                                                                 \
    X(OBLIGATION_CANCELLED, "cancelled")                                                           \
    X(OBLIGATION_SUPERSEDED, "superseded")

#define CASE_STATUSES(X)                                                                           \
    X(CASE_NONE, "none") /* before the first fact */                                               \
    X(CASE_OPEN, "open")                                                                           \
    X(CASE_CLOSED, "closed")                                                                       \
    X(CASE_INVALID, "invalid")

/* 事件类别: 自然灾害, 事故灾难, 公共卫生事件, 社会安全事件 */
#define INCIDENT_CATEGORIES(X)                                                                     \
    X(CATEGORY_NONE, "")                                                                           \
    X(CATEGORY_NATURAL, "natural")                                                                 \
    X(CATEGORY_ACCIDENT, "accident")                                                               \
    X(CATEGORY_HEALTH, "health")                                                                   \
    X(CATEGORY_SECURITY, "security")

/* What a unit can do towards the public; rules name the kinds that satisfy them. */
#define ACT_KINDS(X)                                                                               \
    X(ACT_AUTHORITATIVE_RELEASE, "authoritative_release") /* 权威信息发布 */                 \
    X(ACT_PRESS_CONFERENCE, "press_conference")           /* 新闻发布会 */                    \
    X(ACT_BRIEFING, "briefing")                           /* 吹风会 */                          \
    X(ACT_PUBLIC_RESPONSE, "public_response")             /* 回应 */                             \
    X(ACT_ROLLING_UPDATE, "rolling_update")               /* 滚动发布 */                       \
    X(ACT_MEDIA_INTERVIEW, "media_interview")             /* 接受采访 */                       \
    X(ACT_WRITTEN_QA, "written_qa")                       /* 书面答问 */                       \
    X(ACT_ONLINE_INTERVIEW, "online_interview")           /* 在线访谈 */                       \
    X(ACT_ARTICLE, "article")                             /* 发表文章 */                       \
    X(ACT_INDIVIDUAL_REPLY, "individual_reply")           /* 答复诉求人 */                    \
    X(ACT_RUMOR_CLARIFICATION, "rumor_clarification")     /* 辟谣 */                             \
    X(ACT_RUMOR_REFERRAL, "rumor_referral")               /* 线索移交 */                       \
    X(ACT_INTERPRETATION, "interpretation")               /* 政策解读 */

/* Everything that can happen to a case. One immutable row in the ledger each. */
#define FACT_TYPES(X)                                                                              \
    X(FACT_REPORTED, "reported")                                                                   \
    X(FACT_REPORT_CONFLICT, "report_conflict") /* same (source,id), another body: answered 409 */  \
    X(FACT_LEVEL_SET, "level_set")                                                                 \
    X(FACT_ASSIGNED, "assigned")                                                                   \
    X(FACT_ACKNOWLEDGED, "acknowledged")                                                           \
    X(FACT_FULFILLED, "fulfilled") /* an act towards the public was recorded */                    \
    X(FACT_NOTED, "noted")                                                                         \
    X(FACT_CLOSED, "closed")                                                                       \
    X(FACT_INVALIDATED, "invalidated")                                                             \
    X(FACT_FLAGGED, "flagged") /* the case got a flag, see CASE_FLAGS */                           \
    X(FACT_OBLIGATION_OPENED, "obligation_opened")                                                 \
    X(FACT_OBLIGATION_MET,                                                                         \
      "obligation_met") /* or met_late; again when an earlier act is learnt */                     \
    X(FACT_OBLIGATION_OVERDUE, "obligation_overdue")                                               \
    X(FACT_OBLIGATION_CANCELLED, "obligation_cancelled")                                           \
    X(FACT_OBLIGATION_SUPERSEDED, "obligation_superseded")                                         \
    X(FACT_OBLIGATION_REINSTATED, "obligation_reinstated")                                         \
    X(FACT_RUNG_FIRED, "rung_fired")                                                               \
    X(FACT_RUNG_SKIPPED, "rung_skipped") /* its condition did not hold when it was due */          \
    X(FACT_NOTICE_ACCEPTED, "notice_accepted")                                                     \
    X(FACT_NOTICE_DEAD, "notice_dead")

/* Why: every fact carries one. */
#define REASONS(X)                                                                                 \
    X(REASON_REQUESTED, "requested")               /* a person or system asked */                  \
    X(REASON_RULE_APPLIES, "rule_applies")         /* the policy asks for this duty */             \
    X(REASON_RELEASE_FOLLOWED, "release_followed") /* repeating duty restarts at a release */      \
    X(REASON_LEVEL_RAISED, "level_raised")                                                         \
    X(REASON_LEVEL_LOWERED, "level_lowered")                                                       \
    X(REASON_CASE_CLOSED, "case_closed")                                                           \
    X(REASON_CASE_INVALID, "case_invalid")                                                         \
    X(REASON_ACT_IN_TIME, "act_in_time")                                                           \
    X(REASON_ACT_LATE, "act_late")                                                                 \
    X(REASON_DUE_PASSED, "due_passed")                                                             \
    X(REASON_BORN_OVERDUE, "born_overdue") /* 先天超时: past due when it was created */        \
    X(REASON_RUNG_REACHED, "rung_reached")                                                         \
    X(REASON_RUNGS_COLLAPSED, "rungs_collapsed") /* several were due at once: one message */       \
    X(REASON_CONDITION_NOT_MET, "condition_not_met")                                               \
    X(REASON_REPORTED_LATE, "reported_late") /* 迟报, for review */                              \
    X(REASON_BODY_DIFFERS, "body_differs")                                                         \
    X(REASON_RECEIVER_ACCEPTED, "receiver_accepted")                                               \
    X(REASON_RECEIVER_REFUSED, "receiver_refused")                                                 \
    X(REASON_RETRIES_EXHAUSTED, "retries_exhausted")

/* Which time stamp started a clock. */
#define CLOCK_STARTS(X)                                                                            \
    X(START_NONE, "")                                                                              \
    X(START_OCCURRED, "incident.occurred_at")                                                      \
    X(START_DISCOVERED, "case.discovered_at")                                                      \
    X(START_RELEASE, "last_release")

/* 红黄绿灯, derived; never stored as a bare colour for anything else. Ordered by
 * severity: the highest of several wins. */
#define LAMPS(X)                                                                                   \
    X(LAMP_GREEN, "green")                                                                         \
    X(LAMP_YELLOW, "yellow")                                                                       \
    X(LAMP_RED, "red")

/* Whom a rung tells. */
#define ROLES(X)                                                                                   \
    X(ROLE_UNIT, "unit")               /* 承办单位联系人 of the lead unit */                \
    X(ROLE_UNIT_HEAD, "unit_head")     /* 承办单位分管负责人 */                           \
    X(ROLE_OFFICE, "office")           /* 政府办(值班) */                                     \
    X(ROLE_PUBLICITY, "publicity")     /* 宣传部(新闻办) */                                  \
    X(ROLE_CAC, "cac")                 /* 网信办 */                                             \
    X(ROLE_PRINCIPAL, "principal")     /* 本级政府主要负责同志 */                        \
    X(ROLE_SUPERVISION, "supervision") /* 督查室 */

/* When a rung speaks; checked inside the decision that fires it. A met obligation never does. */
#define RUNG_CONDITIONS(X)                                                                         \
    X(IF_UNMET, "unmet")                                                                           \
    X(IF_UNACKNOWLEDGED, "unacknowledged")                                                         \
    X(IF_UNASSIGNED, "unassigned")

/* What a rung does beside telling. */
#define RUNG_ACTS(X)                                                                               \
    X(RUNG_REMIND, "remind")                                                                       \
    X(RUNG_SUPERVISE, "supervise")           /* 督办 */                                          \
    X(RUNG_URGE_NOTICE, "urge_notice")       /* 催办通知书 */                                 \
    X(RUNG_BULLETIN_DRAFT, "bulletin_draft") /* 通报稿 */

#define RULE_KINDS(X)                                                                              \
    X(RULE_STATUTORY, "statutory")                                                                 \
    X(RULE_TARGET, "target")                                                                       \
    X(RULE_ADVISORY, "advisory")

/* What a person may do; this many so far. */
#define ACTIONS(X)                                                                                 \
    X(ACTION_SET_LEVEL, "set_level")                                                               \
    X(ACTION_ASSIGN, "assign")                                                                     \
    X(ACTION_ACKNOWLEDGE, "acknowledge")                                                           \
    X(ACTION_FULFIL, "fulfil")                                                                     \
    X(ACTION_CLOSE, "close")                                                                       \
    X(ACTION_INVALIDATE, "invalidate")                                                             \
    X(ACTION_NOTE, "note")

/* Flags are bits; the names stand in JSON lists. X(identifier, bit, "outward name") */
#define CASE_FLAGS(X)                                                                              \
    X(CASE_LATE_REPORT, 0, "late_report") /* 迟报: occurrence to report took longer than allowed \
                                           */

#define OBLIGATION_FLAGS(X)                                                                        \
    X(OBLIGATION_BORN_OVERDUE, 0, "born_overdue") /* 先天超时 */                               \
    X(OBLIGATION_BREACHED, 1, "breached")         /* was seen unmet past its due instant */        \
    X(OBLIGATION_BACKDATED, 2, "backdated")   /* met by an act recorded long after it happened */  \
    X(OBLIGATION_REINSTATED, 3, "reinstated") /* was cancelled or superseded in between */

#define NAMES_ENUM(id, name) id,
#define NAMES_FLAG(id, bit, name) id = 1u << (bit),

enum obligation_state { OBLIGATION_STATES(NAMES_ENUM) OBLIGATION_STATE_COUNT };
enum case_status { CASE_STATUSES(NAMES_ENUM) CASE_STATUS_COUNT };
enum incident_category { INCIDENT_CATEGORIES(NAMES_ENUM) INCIDENT_CATEGORY_COUNT };
enum act_kind { ACT_KINDS(NAMES_ENUM) ACT_KIND_COUNT };
enum fact_type { FACT_TYPES(NAMES_ENUM) FACT_TYPE_COUNT };
enum reason { REASONS(NAMES_ENUM) REASON_COUNT };
enum clock_start { CLOCK_STARTS(NAMES_ENUM) CLOCK_START_COUNT };
enum lamp { LAMPS(NAMES_ENUM) LAMP_COUNT };
enum role { ROLES(NAMES_ENUM) ROLE_COUNT };
enum rung_condition { RUNG_CONDITIONS(NAMES_ENUM) RUNG_CONDITION_COUNT };
enum rung_act { RUNG_ACTS(NAMES_ENUM) RUNG_ACT_COUNT };
enum rule_kind { RULE_KINDS(NAMES_ENUM) RULE_KIND_COUNT };
enum action_type { ACTIONS(NAMES_ENUM) ACTION_COUNT };
enum case_flag { CASE_FLAGS(NAMES_FLAG) };
enum obligation_flag { OBLIGATION_FLAGS(NAMES_FLAG) };

/* Name tables: names[value]. NULL-terminated, so codec and conf can list what is allowed. */
extern const char *const obligation_state_names[],
    *const case_status_names[], *const incident_category_names[],
                                    *const act_kind_names[],
                                        *const fact_type_names[],
                                            *const reason_names[],
                                                *const clock_start_names[],
                                                    *const lamp_names[],
                                                        *const role_names[],
                                                            *const rung_condition_names[],
                                                                *const rung_act_names[],
                                                                    *const rule_kind_names[],
                                                                        *const action_names[];
/* By bit number. */
extern const char *const case_flag_names[], *const obligation_flag_names[];

/* Index of name in names, or -1. NULL name: -1. */
int name_find(const char *const *names, const char *name);

#endif
