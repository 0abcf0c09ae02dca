/* Every limit of the daemon, with its reason. Nothing grows without one. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* --- input ------------------------------------------------------------------------------------ */
#define LIMIT_BODY_BYTES (1024 * 1024) /* one request: a batch of LIMIT_BATCH ordinary events */
#define LIMIT_EVENT_BYTES (256 * 1024) /* one event; CloudEvents asks for at least 64 KiB */
#define LIMIT_BATCH 500                /* events in one batch: keeps one answer under 200 ms */
#define LIMIT_HEADER_BYTES (16 * 1024) /* evhttp: all headers of a request */
#define LIMIT_HTTP_CONNECTIONS 512     /* TCP: 64 senders with 8 each; with headers 16 MiB */
#define LIMIT_HTTP_LOCAL 32            /* unix socket: places that no network client can take */
#define LIMIT_HTTP_REQUEST_S 15        /* a whole request must arrive in this (slowloris) */
#define LIMIT_HTTP_IDLE_S 60           /* keep-alive without a request */
/* '{', '[' and ',' in the JSON of one request: each costs far more than its byte, and the loop
 * waits. 500 events of 20 fields have 15,000; parsing as many as this takes 15 ms. */
#define LIMIT_JSON_PARTS 50000
#define LIMIT_OPS 8192                         /* operations waiting for Redis; past it 503 */
#define LIMIT_ANSWER_BYTES (32 * 1024 * 1024)  /* one answer: some views of a large case */
#define LIMIT_OUTPUT_BYTES (128 * 1024 * 1024) /* all answers that wait for slow readers */
#define LIMIT_LIST_PAGE 32                     /* cases or facts read from the store at once */
#define LIMIT_LIST_SCAN 2000                   /* cases one list request looks at; then a cursor */
#define LIMIT_LIST_ARENA_BYTES (4UL * LIMIT_LIST_PAGE * LIMIT_CASE_BYTES) /* one page, decoded */
#define LIMIT_METRICS_BYTES (64 * 1024) /* ten times what /metrics prints */

/* --- text fields, bytes of UTF-8 ---------------------------------------------------------------
 */
#define LIMIT_ID_BYTES 256     /* source, id, unit, receiver: identifiers, not prose */
#define LIMIT_TITLE_BYTES 1024 /* ~340 Chinese characters */
#define LIMIT_TEXT_BYTES 16384 /* summary, note: ~5,400 Chinese characters */
#define LIMIT_URL_BYTES 2048   /* what browsers and gateways carry */
#define LIMIT_ASSIST_UNITS 64  /* units helping on one case */

/* --- one case: it is read and written whole, so it must stay small -----------------------------
 */
#define LIMIT_ACTS 1024         /* releases: a year of two a day, and some */
#define LIMIT_REPORTS 1024      /* reports of one case */
#define LIMIT_CONFLICT_FACTS 16 /* other bodies of one report told in the ledger; all get 409 */
#define LIMIT_EXCLUSIONS 64     /* of one case; more than one a week of the longest limit */
#define LIMIT_EXTENSIONS 64     /* requests and decisions of one case */
#define LIMIT_RESTARTS 64       /* 补正 of one case */
#define LIMIT_JOININGS 2048     /* reports that came from or went to other cases */
#define LIMIT_LABELS 16         /* of one case; rules ask for a few */
#define LIMIT_OBLIGATIONS 1280  /* one a rule, and one a release for repeating rules */
#define LIMIT_RUNGS 64 /* rungs of one ladder, repeats counted: a bit each in a 64-bit word */
#define LIMIT_RULES 64 /* rules in one policy */
/* Its JSON in Redis. All of the above at their longest, quotes escaped, make ~10 MiB; an ordinary
 * case has 2 KiB. Encoding relies on it, so it may not be reached before a count is. */
#define LIMIT_CASE_BYTES (16 * 1024 * 1024)
#define LIMIT_ARENA_BYTES                                                                          \
    (64 * 1024 * 1024)                 /* one operation: case, facts, notices and their JSON */
#define LIMIT_MESSAGE_BYTES 4000       /* text of one notice; DingTalk takes 20,000, WeCom 4,096 */
#define LIMIT_NOTICE_BYTES (64 * 1024) /* JSON of one notice */
#define LIMIT_OLD_POLICIES 64          /* versions that open cases still live by; years of them */
#define LIMIT_MERGE_HOPS 8             /* a merged case leads to another, and that one on */
#define LIMIT_RECEIVERS 256            /* in the configuration */
#define LIMIT_UNITS 4096

/* --- time and work per turn --------------------------------------------------------------------
 */
#define LIMIT_SHARDS 1000  /* three digits in the key */
#define LIMIT_DUE_BATCH 64 /* cases one shard hands out at once: a turn stays under ~10 ms */
#define LIMIT_CONFLICT_RETRIES                                                                     \
    8                    /* load and decide again; past it 503: someone writes in a loop           \
                          */
#define TICK_MAX_MS 1000 /* the timer never sleeps longer: suspend stops the monotonic clock */
#define HANDOVER_RETRY_MS 5000   /* a merge that its daemon did not end is taken up after this */
#define LEASE_MS 10000           /* a shard is free again this long after its daemon died */
#define OP_TTL_S (7 * 24 * 3600) /* how long an action's operation id is remembered */
#define FUTURE_SKEW_MS                                                                             \
    300000 /* a claimed time may lie this far ahead of ours (clock differences) */

/* --- delivery ----------------------------------------------------------------------------------
 */
#define LIMIT_DELIVERIES_PER_RECEIVER                                                              \
    8                        /* connections to one receiver; the rest waits in the outbox */
#define LIMIT_DELIVERIES 256 /* in flight in all: one curl handle each, ~40 KiB */
#define LIMIT_RESPONSE_BYTES (20 * 1000) /* of a receiver's answer; only a code is looked for */

/* --- Redis -------------------------------------------------------------------------------------
 */
#define LIMIT_REDIS_PENDING 16384                /* commands without reply on one connection */
#define LIMIT_REDIS_OUT_BYTES (64 * 1024 * 1024) /* unsent bytes; past it STORE_UNAVAILABLE */
#define REDIS_CONNECT_TIMEOUT_MS 3000
#define REDIS_REPLY_TIMEOUT_MS 10000               /* fsync on a slow disk, an AOF rewrite fork */
#define DISK_FREE_MIN_BYTES (64LL * 1024 * 1024)   /* below it 503: a full disk makes Redis exit */
#define DISK_FREE_AGAIN_BYTES (80LL * 1024 * 1024) /* 503 ends here: no flicker */
#define DISK_INODES_MIN 64       /* Redis makes a handful of files at each rewrite */
#define REDIS_RESTART_MIN_MS 100 /* embedded Redis died: first wait, doubled up to the next */
#define REDIS_RESTART_MAX_MS 5000
#define REDIS_SETTLED_MS 10000    /* ran this long: the next death is a new story */
#define REDIS_LOCK_POLL_MS 50     /* waiting for an earlier redis-server to let go of the files */
#define REDIS_STOP_MS 10000       /* after SIGTERM; then SIGKILL */
#define CLOCK_SAMPLE_TRIP_MS 1000 /* an answer that took longer says too little about the time */

/* --- stopping ----------------------------------------------------------------------------------
 */
#define STOP_DRAIN_MS 5000 /* answers and deliveries under way get this long */
#define STOP_FINISH_MS 100 /* for the bytes of the last commands to leave */

/* --- configuration -----------------------------------------------------------------------------
 */
#define LIMIT_CONF_BYTES (1024 * 1024)         /* LIMIT_UNITS units in ~250 bytes each */
#define LIMIT_CONF_DEPTH 16                    /* lists in lists; ours go to four */
#define LIMIT_CONF_ANCHORS 256                 /* libyaml looks each up in all others */
#define LIMIT_CONF_VALUES 200000               /* read, not written: YAML aliases multiply */
#define LIMIT_CONF_PROBLEMS 50                 /* shown; the rest is counted */
#define LIMIT_CONF_PROBLEM_BYTES (1024 * 1024) /* all of them as text; a file name may be 4 KiB */
#define LIMIT_LISTEN 16                        /* addresses of the API */
#define LIMIT_TOKENS 1024                      /* people and systems that may call the API */
#define LIMIT_TOKENS_BYTES (256 * 1024)        /* LIMIT_TOKENS lines with comments */
#define LIMIT_ZONE_BYTES (64 * 1024)           /* one TZif file; the longest of tzdata has 4 KB */
#define LIMIT_ZONE_CHANGES 2048                /* listed in it; the longest of tzdata lists 310 */
#define LIMIT_SECRET_BYTES 4096                /* a file that holds one secret or password */
/* Lines of one calendar file: a year has about 40, so a century fits; each is compared with all. */
#define LIMIT_CALENDAR_ROWS 4096

/* --- policy and calendar files -----------------------------------------------------------------
 */
#define LIMIT_POLICY_FILES 32           /* fields, and versions of them */
#define LIMIT_POLICY_BYTES (512 * 1024) /* all files in one go; the built-in ten have 40 KiB */
/* The same with a line for each. */
#define LIMIT_ARCHIVE_BYTES (LIMIT_POLICY_BYTES + LIMIT_POLICY_FILES * 512)
#define LIMIT_LADDERS 64                 /* in one file */
#define LIMIT_VARIANTS 256               /* rules in force together, all variants of all duties */
#define LIMIT_CONDITION_TEXTS 64         /* values of one condition */
#define LIMIT_WORD_BYTES 64              /* ids of duties and ladders, kinds of exclusion */
#define LIMIT_CALENDAR_FILES 64          /* years, nation and province */
#define LIMIT_CALENDAR_BYTES (64 * 1024) /* one of them: 366 lines in ~60 bytes each */

#endif
