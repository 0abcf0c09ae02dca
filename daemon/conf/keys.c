#include "conf/keys.h"

#include "base/text.h"
#include "conf/check.h"
#include "conf/sources.h"

#define EXPECT_FILE "a file (relative: to the folder of this file), or credential:NAME"
#define EXPECT_LISTEN "literal IP:PORT, such as \"127.0.0.1:5248\" or \"[::1]:5248\""
#define EXPECT_RECEIVERS "a list of ids of receivers, such as [duty]"

/* A list of files: where its names and their number go. */
#define FILE_LIST(list, most)                                                                      \
    .expects = "a list of files (relative: to the folder of this file)", .type = KEY_LIST,         \
    .flags = KEY_ONE | KEY_UNIQUE, .offset = offsetof(struct draft, list.items),                   \
    .count_offset = offsetof(struct draft, list.n), .each = "a file", .check = check_file,         \
    .size = sizeof(const char *), .limit = (most)

/* A list of receivers: where its ids and their number go. */
#define RECEIVER_LIST(where, list)                                                                 \
    .expects = EXPECT_RECEIVERS, .type = KEY_LIST, .flags = KEY_UNIQUE,                            \
    .offset = offsetof(where, list.ids), .count_offset = offsetof(where, list.n),                  \
    .each = "the id of a receiver", .check = check_receiver_ref, .size = sizeof(const char *),     \
    .limit = LIMIT_RECEIVERS

static const struct key receiver_keys[] = {
    {.name = "id",
     .expects = "1 to 256 of a-z 0-9 _ -",
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct conf_receiver, id),
     .check = check_receiver_id},
    {.name = "url",
     .expects = "an http or https URL with a host, without user or fragment",
     .flags = KEY_REQUIRED | KEY_HIDDEN,
     .offset = offsetof(struct conf_receiver, url),
     .check = check_receiver_url},
    {.name = "secret_file",
     .expects = EXPECT_FILE ", with whsec_ and the base64 of 24 to 64 bytes",
     .flags = KEY_NULLABLE,
     .check = check_secret_file},
    {.name = "timeout",
     .expects = "a duration from 1s to 30s, such as 10s",
     .fallback = FALLBACK("10s"),
     .offset = offsetof(struct conf_receiver, timeout_s),
     .check = check_timeout},
};

static void receiver_finish(struct reader *r, const struct at *at, void *target)
{
    const struct conf_receiver *receiver = target;
    struct at file = at_child(r, at, "secret_file");

    if (!receiver->secret && !file.node)
        reader_warn(r, at, "messages are not signed, expected a secret_file");
}

static const struct section receiver_section = SECTION(receiver_keys, receiver_finish);

static const struct key unit_keys[] = {
    {.name = "id",
     .expects = "1 to 256 bytes without spaces, as in lead_unit of an event",
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct unit, id),
     .check = check_unit_id},
    {.name = "name",
     .expects = "1 to 1024 bytes",
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct unit, name),
     .check = check_name},
    {.name = "region",
     .expects = "6, 9 or 12 digits of a division code",
     .flags = KEY_NULLABLE,
     .offset = offsetof(struct unit, region),
     .check = check_region},
    {.name = "contact", RECEIVER_LIST(struct unit, contact)},
    {.name = "head", RECEIVER_LIST(struct unit, head)},
};

static void unit_finish(struct reader *r, const struct at *at, void *target)
{
    const struct unit *unit = target;
    struct at contact = at_child(r, at, "contact");

    if (unit->contact.n == 0)
        reader_warn(r, &contact, "is empty: nobody of this unit will be told, expected %s",
                    EXPECT_RECEIVERS);
}

static const struct section unit_section = SECTION(unit_keys, unit_finish);

static const struct key target_keys[] = {
#define TARGET(role, role_name) {.name = role_name, RECEIVER_LIST(struct directory, roles[role])},
    ROLES(TARGET)
#undef TARGET
};

static const struct section targets_section = SECTION(target_keys, NULL);

static const struct key redis_keys[] = {
    {.name = "url",
     .expects = "unix://PATH, unix://PATH?db=N, redis://HOST:PORT or redis://HOST:PORT/DB "
                "(leave it out for the embedded Redis; user and password have keys of their own)",
     .flags = KEY_NULLABLE | KEY_HIDDEN,
     .offset = offsetof(struct conf, redis.url),
     .check = check_redis_url},
    {.name = "user",
     .expects = "the name of a Redis user",
     .flags = KEY_NULLABLE,
     .offset = offsetof(struct conf, redis.user),
     .check = check_user},
    {.name = "password_file",
     .expects = EXPECT_FILE ", with the password in its first line",
     .flags = KEY_NULLABLE | KEY_HIDDEN,
     .offset = offsetof(struct conf, redis.password),
     .check = check_password_file},
    {.name = "shards",
     .expects = "a whole number from 1 to 1000",
     .fallback = FALLBACK("64"),
     .offset = offsetof(struct conf, redis.shards),
     .check = check_shards},
};

static void redis_finish(struct reader *r, const struct at *at, void *target)
{
    static const char *const unused[] = {"user", "password_file"};
    const struct conf *conf = target;

    for (size_t i = 0; i < 2 && !conf->redis.url; i++) {
        struct at key = at_child(r, at, unused[i]);

        if (key.node)
            reader_warn(r, &key, "is not used with the embedded Redis, expected a redis.url");
    }
}

static const struct section redis_section = SECTION(redis_keys, redis_finish);

static const struct key calendar_keys[] = {
    {.name = "national", FILE_LIST(national, LIMIT_CALENDAR_FILES)},
    {.name = "local", FILE_LIST(local, LIMIT_CALENDAR_FILES)},
};

static const struct section calendar_section = SECTION(calendar_keys, NULL);

static const struct key conf_keys[] = {
    {.name = "listen",
     .expects = "a list of " EXPECT_LISTEN,
     .each = EXPECT_LISTEN,
     .type = KEY_LIST,
     .flags = KEY_UNIQUE,
     .fallback = FALLBACK("127.0.0.1:5248", "[::1]:5248"),
     .offset = offsetof(struct draft, conf.listen),
     .count_offset = offsetof(struct draft, conf.listen_n),
     .check = check_listen,
     .size = sizeof(const char *),
     .limit = LIMIT_LISTEN},
    {.name = "socket",
     .expects = "the absolute path of a unix socket, at most 107 bytes, or null for none",
     .flags = KEY_NULLABLE,
     .fallback = FALLBACK("/run/shixian/shixiand.sock"),
     .offset = offsetof(struct draft, conf.socket),
     .check = check_socket},
    {.name = "state_dir",
     .expects = "the absolute path of a folder",
     .fallback = FALLBACK("/var/lib/shixian"),
     .offset = offsetof(struct draft, conf.state_dir),
     .check = check_path},
    {.name = "runtime_dir",
     .expects = "the absolute path of a folder, at most 96 bytes",
     .fallback = FALLBACK("/run/shixian"),
     .offset = offsetof(struct draft, conf.runtime_dir),
     .check = check_runtime_dir},
    {.name = "exercise",
     .expects = "true or false",
     .fallback = FALLBACK("false"),
     .offset = offsetof(struct draft, conf.exercise),
     .check = check_bool},
    {.name = "log_level",
     .expects = "one of: error, warning, notice, info, debug",
     .fallback = FALLBACK("info"),
     .offset = offsetof(struct draft, conf.log_level),
     .check = check_log_level},
    {.name = "tokens_file",
     .expects = EXPECT_FILE ", with lines of: NAME SHA256",
     .flags = KEY_NULLABLE,
     .offset = offsetof(struct draft, conf),
     .check = check_tokens_file},
    {.name = "timezone",
     .expects = "an offset from UTC such as \"+08:00\", or a zone such as \"Asia/Shanghai\"",
     .fallback = FALLBACK("+08:00"),
     .offset = offsetof(struct draft, conf.zone),
     .check = check_timezone},
    {.name = "policy", FILE_LIST(policy, LIMIT_POLICY_FILES)},
    {.name = "calendar",
     .expects = "a mapping of national, local",
     .type = KEY_MAP,
     .section = &calendar_section},
    {.name = "redis",
     .expects = "a mapping of url, user, password_file, shards",
     .type = KEY_MAP,
     .offset = offsetof(struct draft, conf),
     .section = &redis_section},
    /* Before targets and units, which refer to them. */
    {.name = "receivers",
     .expects = "a list of receivers, each with id and url",
     .type = KEY_LIST,
     .flags = KEY_UNIQUE,
     .offset = offsetof(struct draft, conf.receivers),
     .section = &receiver_section,
     .count_offset = offsetof(struct draft, conf.receiver_n),
     .size = sizeof(struct conf_receiver),
     .limit = LIMIT_RECEIVERS},
    {.name = "targets",
     .expects = "a mapping of roles to receivers, such as office: [duty]",
     .type = KEY_MAP,
     .offset = offsetof(struct draft, directory),
     .section = &targets_section},
    {.name = "units",
     .expects = "a list of units, each with id and name",
     .type = KEY_LIST,
     .flags = KEY_UNIQUE,
     .offset = offsetof(struct draft, directory.units),
     .section = &unit_section,
     .count_offset = offsetof(struct draft, directory.unit_n),
     .size = sizeof(struct unit),
     .limit = LIMIT_UNITS},
};

static void check_listening(struct reader *r, const struct at *at, const struct conf *conf)
{
    struct at listen = at_child(r, at, "listen"), tokens = at_child(r, at, "tokens_file");

    if (!conf->listen)
        return;
    if (conf->listen_n == 0 && !conf->socket)
        reader_error(r, &listen, "is empty and there is no socket, expected one of them");
    for (size_t i = 0; i < conf->listen_n && !tokens.node; i++) {
        struct at element;

        if (!conf->listen[i] || check_is_loopback(conf->listen[i]))
            continue;
        element = at_element(r, &listen, i);
        reader_error(r, &element,
                     "\"%s\" is reached from other machines, expected a tokens_file for that",
                     conf->listen[i]);
    }
}

static unsigned ladder_roles(const struct ladder *ladder)
{
    unsigned roles = 0;

    for (size_t i = 0; i < ladder->n; i++)
        roles |= ladder->rungs[i].roles;
    return roles;
}

/* Roles that some rung tells, in any version. */
static unsigned policies_roles(const struct policies *policies)
{
    unsigned roles = 0;

    for (size_t i = 0; i < policies->n; i++) {
        const struct policy *policy = &policies->items[i];

        for (size_t j = 0; j < policy->rule_n; j++) {
            for (const struct rule *rule = &policy->rules[j]; rule; rule = rule->otherwise)
                roles |= ladder_roles(rule->ladder);
        }
    }
    return roles;
}

static void check_targets(struct reader *r, const struct at *at, const struct draft *draft)
{
    struct at targets = at_child(r, at, "targets");
    unsigned used = policies_roles(&draft->conf.policies);

    for (int role = 0; role < ROLE_COUNT; role++) {
        struct at target = at_child(r, &targets, role_names[role]);

        if (draft->directory.roles[role].n > 0)
            continue;
        if (role == ROLE_OFFICE)
            reader_error(r, &target, "reaches nobody, expected %s", EXPECT_RECEIVERS);
        else if (used & ROLE_BIT(role))
            reader_warn(r, &target, "reaches nobody, expected %s", EXPECT_RECEIVERS);
    }
}

static void conf_finish(struct reader *r, const struct at *at, void *target)
{
    struct draft *draft = target;
    struct at receivers = at_child(r, at, "receivers");

    check_listening(r, at, &draft->conf);
    sources_read(r, at, draft);
    if (draft->conf.receiver_n > 0)
        check_targets(r, at, draft);
    else
        reader_warn(r, &receivers, "nobody will be told, expected at least one receiver");
}

const struct section conf_section = SECTION(conf_keys, conf_finish);
