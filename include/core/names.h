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
    X(CASE_INVALID, "invalid")                                                                     \
    X(CASE_MERGED, "merged") /* lives on in another case */

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
    X(ACT_INTERPRETATION, "interpretation")               /* 政策解读 */                       \
    X(ACT_JUDGEMENT, "judgement")                         /* 研判 */                             \
    X(ACT_ASSESSMENT, "assessment")                       /* 评估 */                             \
    X(ACT_RECTIFY, "rectify")                             /* 整改 */                             \
    X(ACT_CALLBACK, "callback")                           /* 回访 */                             \
    X(ACT_ACKNOWLEDGE, "acknowledge")                     /* 签收 */                             \
    X(ACT_RETURN_REQUEST, "return_request")               /* 退单申请 */                       \
    X(ACT_CORRECTION_NOTICE, "correction_notice")         /* 补正告知 */                       \
    X(ACT_THIRD_PARTY_OPINION, "third_party_opinion")     /* 第三方意见 */                    \
    X(ACT_OTHER_AGENCY_OPINION, "other_agency_opinion")   /* 其他机关意见 */                 \
    X(ACT_FOI_ANSWER, "foi_answer")                       /* 依申请公开答复 */              \
    X(ACT_PUBLICATION, "publication")                     /* 主动公开 */                       \
    X(ACT_PETITION_REGISTER, "petition_register")         /* 信访登记 */                       \
    X(ACT_PETITION_OBJECTION, "petition_objection")       /* 信访事项退回 */                 \
    X(ACT_PETITION_DECISION, "petition_decision")         /* 信访处理意见 */                 \
    X(ACT_PETITION_REVIEW, "petition_review")             /* 信访复查复核 */                 \
    X(ACT_SUPERIOR_REPORT, "superior_report")             /* 向上级报告 */                    \
    X(ACT_SUPPLEMENT_REPORT, "supplement_report")         /* 续报补报 */                       \
    X(ACT_INVESTIGATION_REPORT, "investigation_report")   /* 事故调查报告 */                 \
    X(ACT_SITE_CORRECTION, "site_correction")             /* 网站纠错 */                       \
    X(ACT_DEPUTY_REPLY, "deputy_reply")                   /* 建议提案答复 */                 \
    X(ACT_CALENDAR_LOADED, "calendar_loaded")             /* 放假安排已导入 */

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
    X(FACT_NOTICE_DEAD, "notice_dead")                                                             \
    X(FACT_JUDGED, "judged") /* 研判: an act that may set the labels */                          \
    X(FACT_REOPENED, "reopened")                                                                   \
    X(FACT_TIME_CORRECTED, "time_corrected") /* a time stamp was wrong; the old one stays here */  \
    X(FACT_EXCLUDED, "excluded") /* 不计入期限: time that does not count begins */            \
    X(FACT_EXCLUSION_ENDED, "exclusion_ended")                                                     \
    X(FACT_RESTARTED, "restarted")                     /* 补正: a clock begins anew */           \
    X(FACT_EXTENSION_REQUESTED, "extension_requested") /* 延期申请 */                          \
    X(FACT_EXTENSION_DECIDED, "extension_decided")                                                 \
    X(FACT_OBLIGATION_WAIVED, "obligation_waived")                                                 \
    X(FACT_OBLIGATION_PAUSED, "obligation_paused")                                                 \
    X(FACT_OBLIGATION_RESUMED, "obligation_resumed")                                               \
    X(FACT_OBLIGATION_CLOCK, "obligation_clock") /* start or due changed; tells both */            \
    X(FACT_OBLIGATION_MOVED, "obligation_moved") /* came with a report from another case */        \
    X(FACT_MERGED, "merged")                     /* this case goes on in another */                \
    X(FACT_JOINED, "joined")                     /* another case goes on in this one */            \
    X(FACT_SPLIT, "split")                       /* a report left to its own case */               \
    X(FACT_HANDED_OVER, "handed_over")           /* the other case has written down its part */    \
    X(FACT_POLICY_SET, "policy_set")             /* judged by another policy from here on */

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
    X(REASON_RETRIES_EXHAUSTED, "retries_exhausted")                                               \
    X(REASON_TIME_CORRECTED, "time_corrected")                                                     \
    X(REASON_TIME_EXCLUDED, "time_excluded")                                                       \
    X(REASON_RESTARTED, "restarted")                                                               \
    X(REASON_EXTENDED, "extended")                                                                 \
    X(REASON_WAIVED, "waived")                                                                     \
    X(REASON_CALENDAR_CHANGED, "calendar_changed")                                                 \
    X(REASON_POLICY_CHANGED, "policy_changed")                                                     \
    X(REASON_REASSIGNED, "reassigned")                                                             \
    X(REASON_MERGED, "merged")                                                                     \
    X(REASON_SPLIT, "split")                                                                       \
    X(REASON_REPORT_LEFT, "report_left")                                                           \
    X(REASON_RULE_ENDED, "rule_no_longer_applies")

/* What one duty hangs on: the case as a whole, or one for each of these. */
#define PERS(X)                                                                                    \
    X(PER_CASE, "case")                                                                            \
    X(PER_REPORT, "report") /* each petitioner is answered; survives a merge */                    \
    X(PER_ASSIGNMENT, "assignment")                                                                \
    X(PER_EXCLUSION, "exclusion")                                                                  \
    X(PER_RELEASE, "release") /* repeats: one after each release */                                \
    X(PER_PROMISE, "promise")

/* How long a duty has. */
#define WINDOW_UNITS(X)                                                                            \
    X(WINDOW_NONE, "none")         /* no limit in the text: advisory */                            \
    X(WINDOW_TIME, "time")         /* ms; runs through nights and holidays */                      \
    X(WINDOW_DAYS, "days")         /* calendar days; the day after the start is the first */       \
    X(WINDOW_WORKDAYS, "workdays") /* likewise; 0: the same day */                                 \
    X(WINDOW_DATE, "date")         /* day_no */                                                    \
    X(WINDOW_YEARLY, "yearly")     /* month * 100 + day: the next one from the start day on */

/* What of a case a rule may ask for. */
#define CONDITION_FIELDS(X)                                                                        \
    X(FIELD_CASE_TYPE, "case_type")                                                                \
    X(FIELD_CATEGORY, "incident_category")                                                         \
    X(FIELD_LEVEL, "incident_level")                                                               \
    X(FIELD_CHANNEL, "channel") /* of the report, for a duty per report */                         \
    X(FIELD_TOPIC, "topic")                                                                        \
    X(FIELD_REGION, "region") /* prefix of the division code */                                    \
    X(FIELD_LABEL, "label")                                                                        \
    X(FIELD_LEAD_UNIT, "lead_unit")                                                                \
    X(FIELD_SOURCE, "source") /* prefix */                                                         \
    X(FIELD_HEAT, "heat_at_least")                                                                 \
    X(FIELD_EXERCISE, "exercise")                                                                  \
    X(FIELD_STATUS, "case_status")                                                                 \
    X(FIELD_EXCLUSION, "exclusion") /* kind, for a duty per exclusion */

/* Time stamps that can turn out to be wrong. */
#define TIME_FIELDS(X)                                                                             \
    X(TIME_OCCURRED, "occurred_at")                                                                \
    X(TIME_DISCOVERED, "discovered_at")                                                            \
    X(TIME_RECEIVED, "received_at")                                                                \
    X(TIME_PUBLISHED, "published_at")                                                              \
    X(TIME_DECIDED, "decided_at")                                                                  \
    X(TIME_FORMED, "formed_at")                                                                    \
    X(TIME_LIMIT, "limit_at")                                                                      \
    X(TIME_ACT, "act")                                                                             \
    X(TIME_LETTER, "letter_received_at") /* of an exclusion */

/* Which time stamp started a clock. */
#define CLOCK_STARTS(X)                                                                            \
    X(START_NONE, "")                                                                              \
    X(START_OCCURRED, "incident.occurred_at")                                                      \
    X(START_DISCOVERED, "case.discovered_at")                                                      \
    X(START_RELEASE, "last_release")                                                               \
    X(START_RECEIVED, "case.received_at")                                                          \
    X(START_REPORTED, "case.reported_at") /* recorded by us */                                     \
    X(START_LEVEL_SET, "case.level_set_at")                                                        \
    X(START_JUDGED, "case.judged_at") /* first judgement */                                        \
    X(START_ASSIGNED, "case.assigned_at")                                                          \
    X(START_CLOSED, "case.closed_at")                                                              \
    X(START_PUBLISHED, "case.published_at")                                                        \
    X(START_DECIDED, "case.decided_at")                                                            \
    X(START_FORMED, "case.formed_at")                                                              \
    X(START_REPORT_RECEIVED, "report.received_at")                                                 \
    X(START_REPORT_DISCOVERED, "report.discovered_at")                                             \
    X(START_REPORT_LIMIT, "report.limit_at") /* the limit written on the ticket */                 \
    X(START_ASSIGNMENT, "assignment.at")                                                           \
    X(START_EXCLUSION, "exclusion.from")                                                           \
    X(START_LETTER, "exclusion.letter_received_at")                                                \
    X(START_PROMISE, "promise.due_at")                                                             \
    X(START_AFTER, "after")         /* the duty named by `after` was met */                        \
    X(START_RAISED, "level_raised") /* on_upgrade: restart; never in a policy */                   \
    X(START_RESTARTED, "restarted") /* 补正: never in a policy, only in a case */

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

/* What a person may do. */
#define ACTIONS(X)                                                                                 \
    X(ACTION_SET_LEVEL, "set_level")                                                               \
    X(ACTION_ASSIGN, "assign")                                                                     \
    X(ACTION_ACKNOWLEDGE, "acknowledge")                                                           \
    X(ACTION_FULFIL, "fulfil")                                                                     \
    X(ACTION_CLOSE, "close")                                                                       \
    X(ACTION_INVALIDATE, "invalidate")                                                             \
    X(ACTION_NOTE, "note")                                                                         \
    X(ACTION_JUDGE, "judge")                                                                       \
    X(ACTION_RECTIFY, "rectify")                                                                   \
    X(ACTION_ASSESS, "assess")                                                                     \
    X(ACTION_CALLBACK, "callback")                                                                 \
    X(ACTION_CORRECT_TIME, "correct_time")                                                         \
    X(ACTION_EXCLUDE, "exclude")                                                                   \
    X(ACTION_RESUME, "resume")                                                                     \
    X(ACTION_RESTART, "restart")                                                                   \
    X(ACTION_EXTEND_REQUEST, "extend_request")                                                     \
    X(ACTION_EXTEND_DECIDE, "extend_decide")                                                       \
    X(ACTION_WAIVE, "waive")                                                                       \
    X(ACTION_MERGE, "merge")                                                                       \
    X(ACTION_SPLIT, "split")                                                                       \
    X(ACTION_REOPEN, "reopen")                                                                     \
    X(ACTION_REEVALUATE, "reevaluate")

/* Flags are bits; the names stand in JSON lists. X(identifier, bit, "outward name") */
#define CASE_FLAGS(X)                                                                              \
    X(CASE_LATE_REPORT, 0, "late_report") /* 迟报: occurrence to report took longer than allowed \
                                           */

#define OBLIGATION_FLAGS(X)                                                                        \
    X(OBLIGATION_BORN_OVERDUE, 0, "born_overdue") /* 先天超时 */                               \
    X(OBLIGATION_BREACHED, 1, "breached")         /* was seen unmet past its due instant */        \
    X(OBLIGATION_BACKDATED, 2, "backdated")   /* met by an act recorded long after it happened */  \
    X(OBLIGATION_REINSTATED, 3, "reinstated") /* was cancelled or superseded in between */         \
    X(OBLIGATION_PROVISIONAL, 4, "calendar_provisional") /* counts a year without its file */      \
    X(OBLIGATION_EXTENDED, 5, "extended")                /* 延期 */                              \
    X(OBLIGATION_RESTARTED, 6, "restarted")              /* 补正 */

#define NAMES_ENUM(id, name) id,
#define NAMES_FLAG(id, bit, name) id = 1u << (bit),

enum obligation_state { OBLIGATION_STATES(NAMES_ENUM) OBLIGATION_STATE_COUNT };
enum case_status { CASE_STATUSES(NAMES_ENUM) CASE_STATUS_COUNT };
enum incident_category { INCIDENT_CATEGORIES(NAMES_ENUM) INCIDENT_CATEGORY_COUNT };
enum act_kind { ACT_KINDS(NAMES_ENUM) ACT_KIND_COUNT };
enum fact_type { FACT_TYPES(NAMES_ENUM) FACT_TYPE_COUNT };
enum reason { REASONS(NAMES_ENUM) REASON_COUNT };
enum window_unit { WINDOW_UNITS(NAMES_ENUM) WINDOW_UNIT_COUNT };
enum per { PERS(NAMES_ENUM) PER_COUNT };
enum condition_field { CONDITION_FIELDS(NAMES_ENUM) CONDITION_FIELD_COUNT };
enum time_field { TIME_FIELDS(NAMES_ENUM) TIME_FIELD_COUNT };
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
    *const case_status_names[],
        *const incident_category_names[],
            *const act_kind_names[],
                *const fact_type_names[],
                    *const reason_names[],
                        *const clock_start_names[],
                            *const lamp_names[],
                                *const role_names[],
                                    *const rung_condition_names[],
                                        *const rung_act_names[],
                                            *const rule_kind_names[],
                                                *const action_names[],
                                                    *const per_names[],
                                                        *const window_unit_names[],
                                                            *const condition_field_names[],
                                                                *const time_field_names[];
/* By bit number. */
extern const char *const case_flag_names[], *const obligation_flag_names[];

/* Index of name in names, or -1. NULL name: -1. */
int name_find(const char *const *names, const char *name);

#endif
