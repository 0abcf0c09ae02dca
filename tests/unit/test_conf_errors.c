/* conf/conf.h: every mistake is named with its place, what is wrong and what was expected. The
 * texts were typed by hand. */
#include "test_conf_fixture.h"

#include <errno.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEN "aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

#define WANT_KEY                                                                                   \
    "expected one of: listen, socket, state_dir, runtime_dir, exercise, log_level, tokens_file, "  \
    "timezone, policy, calendar, redis, receivers, targets, units\n"
#define WANT_LEVEL "expected one of: error, warning, notice, info, debug\n"
#define WANT_ADDRESS "expected literal IP:PORT, such as \"127.0.0.1:5248\" or \"[::1]:5248\"\n"
#define WANT_SOCKET                                                                                \
    "expected the absolute path of a unix socket, at most 107 bytes, or null for none\n"
#define WANT_REDIS                                                                                 \
    "expected unix://PATH, unix://PATH?db=N, redis://HOST:PORT or redis://HOST:PORT/DB (leave it " \
    "out for the embedded Redis; user and password have keys of their own)\n"
#define WANT_SHARDS "expected a whole number from 1 to 1000\n"
#define WANT_OFFSET                                                                                \
    "expected an offset from UTC such as \"+08:00\", or a zone such as \"Asia/Shanghai\"\n"
#define WANT_URL "expected an http or https URL with a host, without user or fragment\n"
#define WANT_TIMEOUT "expected a duration from 1s to 30s, such as 10s\n"
#define WANT_ID "expected 1 to 256 of a-z 0-9 _ -\n"
#define WANT_UNIT_ID "expected 1 to 256 bytes without spaces, as in lead_unit of an event\n"
#define WANT_REGION "expected 6, 9 or 12 digits of a division code\n"
#define WANT_LIST "expected a list of ids of receivers, such as [duty]\n"
#define WANT_REF "expected the id of a receiver\n"
#define WANT_FILE "expected a file (relative: to the folder of this file), or credential:NAME, "
#define WANT_TOKENS WANT_FILE "with lines of: NAME SHA256\n"
#define WANT_SECRET WANT_FILE "with whsec_ and the base64 of 24 to 64 bytes\n"
#define WANT_PASSWORD WANT_FILE "with the password in its first line\n"
#define WANT_SHA256 "expected the 64 hex digits of: printf %s \"$TOKEN\" | sha256sum\n"

#define OFFICE "targets: {office: [a]}\n"

struct mistake {
    const char *yaml;
    const char *errors;
};

static void expect(const struct place *place, const struct mistake *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct loaded got = load(place, cases[i].yaml);

        if (strcmp(got.errors.data, cases[i].errors) != 0)
            fail_msg("%s\ngave: %s\nwant: %s", cases[i].yaml, got.errors.data, cases[i].errors);
        assert_int_equal(got.result, -EINVAL);
        assert_null(got.conf);
        loaded_free(&got);
    }
}

static void test_yaml_itself(void **state)
{
    static const struct mistake cases[] = {
        {"listen:\n\t- x\n", "c.yaml:2:1: YAML: found character that cannot start any token (this "
                             "is a tab; indent with spaces), while scanning for the next token "
                             "(line 2)\n"},
        {"redis:\n  shards: 1\n\tuser: x\n",
         "c.yaml:3:1: YAML: found a tab character that violates indentation (this is a tab; indent "
         "with spaces), while scanning a plain scalar (line 2)\n"},
        {"# 注释\nredis: {\n  shards: 1\nunits: []\n",
         "c.yaml:4:6: YAML: did not find expected ',' or '}', while parsing a flow mapping (line "
         "2)\n"},
        {"log_level: 注: x\n",
         "c.yaml:1:13: YAML: mapping values are not allowed in this context\n"},
        {"log_level: *a\n", "c.yaml:1:12: YAML: found undefined alias\n"},
        {"# 注\nlog_level: 注\xff\n", "c.yaml:2:13: YAML: invalid leading UTF-8 octet\n"},
        {"log_level: \x01\n", "c.yaml:1:12: YAML: control characters are not allowed\n"},
        {"log_level: info\n---\nlog_level: debug\n",
         "c.yaml:2:1: YAML: a second document begins here, expected one\n"},
        {"log_level: inf\n---\n- [\n",
         "c.yaml:1:12: log_level: \"inf\" is no level (did you mean \"info\"?), " WANT_LEVEL
         "c.yaml:4:1: YAML: did not find expected node content, while parsing a flow node (line "
         "4)\n"},
    };

    expect(*state, cases, COUNT(cases));
}

static void test_shape(void **state)
{
    static const struct mistake cases[] = {
        {"- listen\n",
         "c.yaml:1:1: this file: is a list, expected a mapping of keys such as log_level: info\n"},
        {"shixian\n",
         "c.yaml:1:1: this file: is text, expected a mapping of keys such as log_level: info\n"},
        {"lisen: []\n", "c.yaml:1:1: lisen: unknown key, did you mean \"listen\"?\n"},
        {"colour: red\n", "c.yaml:1:1: colour: unknown key, " WANT_KEY},
        {"redis: {shard: 4}\n", "c.yaml:1:9: redis.shard: unknown key, did you mean \"shards\"?\n"},
        {"\"lis\\x07\\x9b\\nten\": []\n", "c.yaml:1:1: lis????ten: unknown key, " WANT_KEY},
        {"log_level: info\nlog_level: info\n",
         "c.yaml:2:1: log_level: is given twice, expected once (first in line 1)\n"},
        {"? [a]\n: b\n", "c.yaml:1:3: ?: is a list, expected the name of a key\n"},
        {"redis: [url]\n",
         "c.yaml:1:8: redis: is a list, expected a mapping of url, user, password_file, shards\n"},
        {"units: {id: u}\n",
         "c.yaml:1:8: units: is a mapping, expected a list of units, each with id and name\n"},
        {"units: [u]\n", "c.yaml:1:9: units[0]: is text, expected a mapping\n"},
        {"log_level: {a: b}\n", "c.yaml:1:12: log_level: is a mapping, " WANT_LEVEL},
        {"log_level:\n", "c.yaml:1:11: log_level: has no value, " WANT_LEVEL},
        {"log_level: !!str info\nexercise: !!bool true\n",
         "c.yaml:2:11: exercise: has the tag \"tag:yaml.org,2002:bool\", expected true or false "
         "without a tag\n"},
        {"state_dir: \"/a\\0b\"\n",
         "c.yaml:1:12: state_dir: holds a zero byte, expected the absolute path of a folder\n"},
        {"state_dir: \"/a\\nb\"\n", "c.yaml:1:12: state_dir: holds a control character or a line "
                                    "break, expected the absolute path of a folder\n"},
        {"redis: &r {url: *r}\nunits: &u [*u]\n",
         "c.yaml:1:8: redis.url: is a mapping, " WANT_REDIS
         "c.yaml:2:8: units[0]: is a list, expected a mapping\n"},
    };

    expect(*state, cases, COUNT(cases));
}

static void test_simple_values(void **state)
{
    static const struct mistake cases[] = {
        {"exercise: yes\n", "c.yaml:1:11: exercise: \"yes\" is something else, expected true or "
                            "false\n"},
        {"log_level: verbose\n", "c.yaml:1:12: log_level: \"verbose\" is no level, " WANT_LEVEL},
        {"timezone: 8\n", "c.yaml:1:11: timezone: \"8\" is not an offset, " WANT_OFFSET},
        {"timezone: +0800\n", "c.yaml:1:11: timezone: \"+0800\" is not an offset, " WANT_OFFSET},
        {"timezone: +14:01\n",
         "c.yaml:1:11: timezone: \"+14:01\" is no offset in use, " WANT_OFFSET},
        {"timezone: +08:60\n",
         "c.yaml:1:11: timezone: \"+08:60\" is no offset in use, " WANT_OFFSET},
        {"state_dir: data\n", "c.yaml:1:12: state_dir: \"data\" is not an absolute path, expected "
                              "the absolute path of a folder\n"},
        {"socket: sock\n", "c.yaml:1:9: socket: \"sock\" is not an absolute path, " WANT_SOCKET},
        {"socket: /1234567" HUNDRED "\n",
         "c.yaml:1:9: socket: \"/1234567" TEN TEN TEN TEN TEN "aaaaaa…\" is too long for a "
         "socket, " WANT_SOCKET},
        {"runtime_dir: /123456" TEN TEN TEN TEN TEN TEN TEN TEN TEN "\n",
         "c.yaml:1:14: runtime_dir: \"/123456" TEN TEN TEN TEN TEN "aaaaaaa…\" is too long for a "
         "socket in it, expected the absolute path of a folder, at most 96 bytes\n"},
    };

    expect(*state, cases, COUNT(cases));
}

static void test_listen(void **state)
{
    static const struct mistake cases[] = {
        {"listen: 127.0.0.1:1\n",
         "c.yaml:1:9: listen: is text, expected a list of literal IP:PORT, such as "
         "\"127.0.0.1:5248\" or \"[::1]:5248\"\n"},
        {"listen: [localhost:1]\n",
         "c.yaml:1:10: listen[0]: \"localhost:1\" is not a literal IP address, " WANT_ADDRESS},
        {"listen: [127.0.0.1]\n",
         "c.yaml:1:10: listen[0]: \"127.0.0.1\" has no port, " WANT_ADDRESS},
        {"listen: [127.0.0.1:65536]\n",
         "c.yaml:1:10: listen[0]: \"127.0.0.1:65536\" has no valid port, " WANT_ADDRESS},
        {"listen: ['127.0.0.1:']\n",
         "c.yaml:1:10: listen[0]: \"127.0.0.1:\" has no valid port, " WANT_ADDRESS},
        {"listen: ['::1:5248']\n",
         "c.yaml:1:10: listen[0]: \"::1:5248\" has no host, " WANT_ADDRESS},
        {"listen: ['[::g]:5248']\n",
         "c.yaml:1:10: listen[0]: \"[::g]:5248\" has no valid IPv6 address, " WANT_ADDRESS},
        {"listen: ['[::1']\n", "c.yaml:1:10: listen[0]: \"[::1\" has a [ without ], " WANT_ADDRESS},
        {"listen: ['[::1]5:1']\n", "c.yaml:1:10: listen[0]: \"[::1]5:1\" has something between ] "
                                   "and the port, " WANT_ADDRESS},
        {"listen: ['127.0.0.1:1', '127.0.0.1:1']\n",
         "c.yaml:1:25: listen[1]: \"127.0.0.1:1\" stands in listen[0] already, expected each only "
         "once\n"},
        {"listen: [~]\n", "c.yaml:1:10: listen[0]: has no value, " WANT_ADDRESS},
        {"listen: []\nsocket: null\n",
         "c.yaml:1:9: listen: is empty and there is no socket, expected one of them\n"},
        {"listen: ['127.9.9.9:1', '0.0.0.0:1', '[::]:1']\ntokens_file: null\n",
         "c.yaml:1:25: listen[1]: \"0.0.0.0:1\" is reached from other machines, expected a "
         "tokens_file for that\n"
         "c.yaml:1:38: listen[2]: \"[::]:1\" is reached from other machines, expected a "
         "tokens_file for that\n"},
        {"listen: [a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a]\n",
         "c.yaml:1:9: listen: has 17 entries, expected at most 16\n"},
    };

    expect(*state, cases, COUNT(cases));
}

static void test_redis(void **state)
{
    static const struct mistake cases[] = {
        {"redis: {shards: 0}\n",
         "c.yaml:1:17: redis.shards: \"0\" is no such number, " WANT_SHARDS},
        {"redis: {shards: 1001}\n",
         "c.yaml:1:17: redis.shards: \"1001\" is no such number, " WANT_SHARDS},
        {"redis: {shards: 64.0}\n",
         "c.yaml:1:17: redis.shards: \"64.0\" is no such number, " WANT_SHARDS},
        {"redis: {url: 'rediss://h:1'}\n",
         "c.yaml:1:14: redis.url: is of no known form, " WANT_REDIS},
        {"redis: {url: '/run/redis'}\n",
         "c.yaml:1:14: redis.url: is of no known form, " WANT_REDIS},
        {"redis: {url: 'unix://run/redis'}\n",
         "c.yaml:1:14: redis.url: has no absolute path, " WANT_REDIS},
        {"redis: {url: 'unix:///r?db=x'}\n",
         "c.yaml:1:14: redis.url: has no valid database number, " WANT_REDIS},
        {"redis: {url: 'unix:///r?d=1'}\n",
         "c.yaml:1:14: redis.url: has more than ?db=N, " WANT_REDIS},
        {"redis: {url: 'redis://h'}\n", "c.yaml:1:14: redis.url: has no port, " WANT_REDIS},
        {"redis: {url: 'redis://h:0'}\n", "c.yaml:1:14: redis.url: has no port, " WANT_REDIS},
        {"redis: {url: 'redis://h:1/'}\n",
         "c.yaml:1:14: redis.url: has no valid database number, " WANT_REDIS},
        {"redis: {url: 'redis://u:hunter2@h:1'}\n",
         "c.yaml:1:14: redis.url: carries a user or password, " WANT_REDIS},
        {"redis: {user: 'a b'}\n", "c.yaml:1:15: redis.user: \"a b\" is no user name, expected the "
                                   "name of a Redis user\n"},
        {"redis: {password_file: hunter2}\n", "c.yaml:1:24: redis.password_file: cannot be read: "
                                              "No such file or directory, " WANT_PASSWORD},
        {"redis: {password_file: password}\n", "c.yaml:1:24: redis.password_file: names a file "
                                               "whose first line is empty, " WANT_PASSWORD},
    };

    place_puts(*state, "password", "\nhunter2\n");
    expect(*state, cases, COUNT(cases));
}

static void test_receivers(void **state)
{
    static const struct mistake cases[] = {
        {"receivers: [{url: http://h}]\n" OFFICE,
         "c.yaml:1:13: receivers[0].id: is missing, " WANT_ID
         "c.yaml:2:20: targets.office[0]: \"a\" does not exist, " WANT_REF},
        {"receivers: [{id: a}]\n" OFFICE, "c.yaml:1:13: receivers[0].url: is missing, " WANT_URL},
        {"receivers: [{id: Duty, url: http://h}]\ntargets: {office: [Duty]}\n",
         "c.yaml:1:18: receivers[0].id: \"Duty\" is no such id, " WANT_ID},
        {"receivers: [{id: a, url: http://h}, {id: a, url: http://i}]\n" OFFICE,
         "c.yaml:1:42: receivers[1].id: \"a\" stands in receivers[0] already, expected each only "
         "once\n"},
        {"receivers: [{id: a, timeout: 10, url: http://h}]\n" OFFICE,
         "c.yaml:1:30: receivers[0].timeout: \"10\" has no unit, " WANT_TIMEOUT},
        {"receivers: [{id: a, timeout: 5m, url: http://h}]\n" OFFICE,
         "c.yaml:1:30: receivers[0].timeout: \"5m\" is out of range, " WANT_TIMEOUT},
        {"receivers: [{id: a, timeout: 1.5s, url: http://h}]\n" OFFICE,
         "c.yaml:1:30: receivers[0].timeout: \"1.5s\" is no such duration, " WANT_TIMEOUT},
        {"receivers: [{id: a, timeout: 1500ms, url: http://h}]\n" OFFICE,
         "c.yaml:1:30: receivers[0].timeout: \"1500ms\" is no such duration, " WANT_TIMEOUT},
    };

    expect(*state, cases, COUNT(cases));
}

static void test_receiver_urls(void **state)
{
    static const struct {
        const char *url, *complaint;
    } cases[] = {
        {"ftp://h", "does not begin with http:// or https://"},
        {"h/hook", "does not begin with http:// or https://"},
        {"http://", "has no host"},
        {"https:///hook", "has no host"},
        {"http://?x", "has no host"},
        {"https://u:hunter2@h/", "carries a user or password"},
        {"https://h/#top", "has a fragment (#)"},
        {"https://h/a b", "has characters that must be written as %XX"},
        {"https://h/值班", "has characters that must be written as %XX"},
        {"https://h\\\\@evil/", "has characters that must be written as %XX"},
        {"https://h%41/", "has a host with characters that no host has"},
        {"https://h:0/", "has port 0"},
        {"https://h:99999/", "has no valid port"},
        {"https://h:/", "has no valid port"},
        {"https://[::1/", "has a [ without ]"},
        {"https://" HUNDRED HUNDRED HUNDRED "/", "has a host that is too long"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char yaml[512], want[512];

        snprintf(yaml, sizeof(yaml), "receivers: [{id: a, timeout: 1s, url: \"%s\"}]\n" OFFICE,
                 cases[i].url);
        snprintf(want, sizeof(want), "c.yaml:1:39: receivers[0].url: %s, " WANT_URL,
                 cases[i].complaint);
        expect(*state, &(struct mistake){yaml, want}, 1);
    }
}

static void test_targets_and_units(void **state)
{
    static const struct mistake cases[] = {
        {"receivers: [{id: duty, url: http://h}]\n",
         "c.yaml:1:1: targets.office: reaches nobody, " WANT_LIST},
        {"receivers: [{id: duty, url: http://h}]\ntargets:\n  office: []\n",
         "c.yaml:3:11: targets.office: reaches nobody, " WANT_LIST},
        {"receivers: [{id: duty, url: http://h}]\ntargets:\n  ofice: [duty]\n  office: [dutty]\n",
         "c.yaml:3:3: targets.ofice: unknown key, did you mean \"office\"?\n"
         "c.yaml:4:12: targets.office[0]: \"dutty\" does not exist (did you mean "
         "\"duty\"?), " WANT_REF},
        {"receivers: [{id: duty, url: http://h}]\ntargets: {office: [duty, duty], cac: duty}\n",
         "c.yaml:2:26: targets.office[1]: \"duty\" stands in office[0] already, expected each only "
         "once\n"
         "c.yaml:2:38: targets.cac: is text, " WANT_LIST},
        {"units:\n  - id: u\n    name: 水务局\n    region: 9901021\n  - name: n\n",
         "c.yaml:4:13: units[0].region: \"9901021\" is no division code, " WANT_REGION
         "c.yaml:5:5: units[1].id: is missing, " WANT_UNIT_ID},
        {"units:\n  - {id: u, name: n}\n  - {id: u, name: \"\"}\n  - {id: a b, name: n}\n",
         "c.yaml:3:10: units[1].id: \"u\" stands in units[0] already, expected each only once\n"
         "c.yaml:3:19: units[1].name: \"\" is empty or too long, expected 1 to 1024 bytes\n"
         "c.yaml:4:10: units[2].id: \"a b\" is no such id, " WANT_UNIT_ID},
        {"units: [{id: u, name: n, contact: [x], head: [y]}]\n",
         "c.yaml:1:36: units[0].contact[0]: \"x\" does not exist, " WANT_REF
         "c.yaml:1:47: units[0].head[0]: \"y\" does not exist, " WANT_REF},
    };

    expect(*state, cases, COUNT(cases));
}

static void test_secret_files(void **state)
{
    static const struct {
        const char *content, *complaint;
        size_t n;
    } cases[] = {
        {"", "names an empty file", 0},
        {" \n\t", "names an empty file", 0},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "names a file that does not begin with whsec_", 0},
        {"whsec_", "names a file with a secret of 0 bytes", 0},
        {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "names a file with a secret of 23 bytes", 0},
        {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         "names a file whose whsec_ is not followed by base64", 0},
        {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_",
         "names a file whose whsec_ is not followed by base64", 0},
        {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nwhsec_AAAA\n",
         "names a file whose whsec_ is not followed by base64", 0},
        {"whsec_" HUNDRED, "names a file with a secret of 75 bytes", 0},
        {"whsec_AAAA\0AAAA", "names a file that holds a zero byte", 15},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char want[512];

        place_write(*state, "secret", cases[i].content,
                    cases[i].n ? cases[i].n : strlen(cases[i].content));
        snprintf(want, sizeof(want),
                 "c.yaml:1:34: receivers[0].secret_file: \"secret\" %s, " WANT_SECRET,
                 cases[i].complaint);
        expect(*state,
               &(struct mistake){
                   "receivers: [{id: a, secret_file: secret, url: http://h}]\n" OFFICE, want},
               1);
    }
}

static void test_files_that_cannot_be(void **state)
{
    static const struct mistake cases[] = {
        {"tokens_file: nosuch\n", "c.yaml:1:14: tokens_file: \"nosuch\" cannot be read: No such "
                                  "file or directory, " WANT_TOKENS},
        {"tokens_file: /tmp\n",
         "c.yaml:1:14: tokens_file: \"/tmp\" cannot be read: not a regular file, " WANT_TOKENS},
        {"tokens_file: /dev/zero\n", "c.yaml:1:14: tokens_file: \"/dev/zero\" cannot be read: not "
                                     "a regular file, " WANT_TOKENS},
        {"tokens_file: credential:t\n",
         "c.yaml:1:14: tokens_file: \"credential:t\" needs $CREDENTIALS_DIRECTORY, which systemd "
         "sets (LoadCredential=), " WANT_TOKENS},
        {"tokens_file: credential:../t\n",
         "c.yaml:1:14: tokens_file: \"credential:../t\" does not name a credential, " WANT_TOKENS},
        {"receivers: [{id: a, url: http://h, secret_file: whsec_c2VjcmV0}]\n" OFFICE,
         "c.yaml:1:49: receivers[0].secret_file: is the secret itself, " WANT_SECRET},
    };

    unsetenv("CREDENTIALS_DIRECTORY");
    expect(*state, cases, COUNT(cases));
}

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void test_tokens_file(void **state)
{
    static const char tokens[] = "# who\n\n  desk " DIGITS "F\r\n"
                                 "Desk " DIGITS "0\n"
                                 "short 12ab\n"
                                 "alone\n"
                                 "more " DIGITS "1 x\n"
                                 "nothex " DIGITS "g\n"
                                 "desk " DIGITS "2\n"
                                 "\tother " DIGITS "f";
    static const struct mistake cases[] = {
        {"tokens_file: tokens\nlisten: ['0.0.0.0:1']\nexercise: 1\n",
         "c.yaml:3:11: exercise: \"1\" is something else, expected true or false\n"
         "tokens:4:1: name: is not one, expected 1 to 64 of a-z 0-9 _ -\n"
         "tokens:5:7: sha256: is not one, " WANT_SHA256
         "tokens:6:6: sha256: is not one, " WANT_SHA256
         "tokens:7:6: sha256: is not one, " WANT_SHA256
         "tokens:8:8: sha256: is not one, " WANT_SHA256
         "tokens:9:1: name: stands in this file already, expected each name once\n"
         "tokens:10:2: sha256: stands in this file already, expected a token of its own for each "
         "name\n"},
    };
    static const struct mistake none[] = {
        {"tokens_file: tokens\n",
         "c.yaml:1:14: tokens_file: \"tokens\" names a file without tokens, " WANT_TOKENS},
    };

    place_puts(*state, "tokens", tokens);
    expect(*state, cases, COUNT(cases));
    place_puts(*state, "tokens", "# nobody yet\n");
    expect(*state, none, COUNT(none));
}

static void test_file_itself(void **state)
{
    const struct place *place = *state;
    struct buf errors = BUF_INIT(4096), warnings = BUF_INIT(4096);
    struct conf *conf = NULL;
    char path[64], want[256];

    assert_int_equal(conf_load(place_path(place, "nosuch", path), &conf, &errors, &warnings),
                     -EINVAL);
    snprintf(want, sizeof(want), "%s:1:1: this file: cannot be read: No such file or directory\n",
             path);
    assert_string_equal(errors.data, want);
    buf_clear(&errors);
    assert_int_equal(conf_load(place->folder, &conf, &errors, &warnings), -EINVAL);
    assert_non_null(strstr(errors.data, ": this file: cannot be read: not a regular file\n"));
    assert_null(conf);
    buf_free(&errors);
    buf_free(&warnings);
}

static void test_limits(void **state)
{
    struct buf yaml = BUF_INIT(4 * LIMIT_CONF_BYTES);
    struct loaded got;

    /* Fifty are told, all are counted. */
    for (int i = 0; i < 120; i++)
        buf_printf(&yaml, "unheard_of_%d: 1\n", i);
    got = load(*state, yaml.data);
    assert_non_null(strstr(got.errors.data, "c.yaml:50:1: unheard_of_49: unknown key"));
    assert_null(strstr(got.errors.data, "unheard_of_50"));
    assert_string_equal(strrchr(got.errors.data, '\n') - strlen("and 70 more"), "and 70 more\n");
    loaded_free(&got);
    /* Aliases make much of little: 4096 units with 250 contacts each, none of which exists. */
    buf_clear(&yaml);
    buf_puts(&yaml, "targets: {cac: &c [a");
    for (int i = 1; i < 250; i++)
        buf_printf(&yaml, ",a%d", i);
    buf_puts(&yaml, "]}\nunits:\n");
    for (int i = 0; i < LIMIT_UNITS; i++)
        buf_printf(&yaml, "- {id: u%d, name: n, contact: *c, head: *c}\n", i);
    got = load(*state, yaml.data);
    assert_int_equal(got.result, -EINVAL);
    loaded_free(&got);
    buf_clear(&yaml);
    buf_puts(&yaml, "units:\n");
    for (int i = 0; i <= LIMIT_UNITS; i++)
        buf_printf(&yaml, "- {id: u%d, name: n}\n", i);
    got = load(*state, yaml.data);
    assert_non_null(strstr(got.errors.data, "units: has 4097 entries, expected at most 4096\n"));
    loaded_free(&got);
    buf_clear(&yaml);
    for (int i = 0; i <= LIMIT_CONF_BYTES / 8; i++)
        buf_puts(&yaml, "# notes\n");
    got = load(*state, yaml.data);
    assert_string_equal(got.errors.data,
                        "c.yaml:1:1: this file: cannot be read: larger than allowed\n");
    loaded_free(&got);
    buf_free(&yaml);
}

static void test_values_are_counted(void **state)
{
    struct buf yaml = BUF_INIT(LIMIT_CONF_BYTES);
    struct loaded got;

    buf_puts(&yaml, "receivers:\n");
    for (int i = 0; i < 250; i++)
        buf_printf(&yaml, "- {id: r%d, url: 'http://h'}\n", i);
    buf_puts(&yaml, "targets: {office: &c [r0");
    for (int i = 1; i < 250; i++)
        buf_printf(&yaml, ",r%d", i);
    buf_puts(&yaml, "]}\nunits:\n");
    for (int i = 0; i < 1000; i++)
        buf_printf(&yaml, "- {id: u%d, name: n, contact: *c}\n", i);
    got = load(*state, yaml.data);
    assert_non_null(strstr(got.errors.data, "is more than the 200000 values a configuration may "
                                            "have, aliases counted\n"));
    loaded_free(&got);
    buf_free(&yaml);
}

static void test_depth_and_anchors(void **state)
{
    struct buf yaml = BUF_INIT(LIMIT_CONF_BYTES);
    struct loaded got;

    for (int i = 0; i < LIMIT_CONF_BYTES; i++)
        buf_puts(&yaml, "[");
    got = load(*state, yaml.data);
    assert_string_equal(got.errors.data,
                        "c.yaml:1:17: YAML: is nested too deep, expected at most 16 levels\n");
    loaded_free(&got);
    buf_clear(&yaml);
    for (int i = 0; i < 50000; i++)
        buf_printf(&yaml, "- &a%d x\n", i);
    got = load(*state, yaml.data);
    assert_string_equal(got.errors.data,
                        "c.yaml:257:3: YAML: has too many anchors, expected at most 256\n");
    loaded_free(&got);
    buf_free(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_itself),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_simple_values),
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_redis),
        cmocka_unit_test(test_receivers),
        cmocka_unit_test(test_receiver_urls),
        cmocka_unit_test(test_targets_and_units),
        cmocka_unit_test(test_secret_files),
        cmocka_unit_test(test_files_that_cannot_be),
        cmocka_unit_test(test_tokens_file),
        cmocka_unit_test(test_file_itself),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_values_are_counted),
        cmocka_unit_test(test_depth_and_anchors),
    };

    return cmocka_run_group_tests(tests, place_new, place_free);
}
