#include "conf/builtin.h"

/* X(file name, symbol of tests/support/embed.sh) */
#define POLICIES(X)                                                                                \
    X("opinion.yaml", embed_opinion_yaml)                                                          \
    X("rumor.yaml", embed_rumor_yaml)                                                              \
    X("bad_review.yaml", embed_bad_review_yaml)                                                    \
    X("hotline.yaml", embed_hotline_yaml)                                                          \
    X("mailbox.yaml", embed_mailbox_yaml)                                                          \
    X("foi.yaml", embed_foi_yaml)                                                                  \
    X("petition.yaml", embed_petition_yaml)                                                        \
    X("publicity.yaml", embed_publicity_yaml)                                                      \
    X("incident.yaml", embed_incident_yaml)                                                        \
    X("general.yaml", embed_general_yaml)

#define CALENDARS(X)                                                                               \
    X("cn-2024.csv", embed_cn_2024_csv)                                                            \
    X("cn-2025.csv", embed_cn_2025_csv)                                                            \
    X("cn-2026.csv", embed_cn_2026_csv)

#define DECLARE(name, symbol)                                                                      \
    extern const char symbol[];                                                                    \
    extern const size_t symbol##_len;
POLICIES(DECLARE)
CALENDARS(DECLARE)

#define ROW(name, symbol) {name, symbol, &symbol##_len},

const struct builtin builtin_policies[] = {POLICIES(ROW){NULL, NULL, NULL}};
const struct builtin builtin_calendars[] = {CALENDARS(ROW){NULL, NULL, NULL}};
