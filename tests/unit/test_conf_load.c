/* conf/conf.h: what a good configuration becomes, and what it is warned about. */
#include "test_conf_fixture.h"

#include "base/log.h"
#include "base/text.h"
#include "codec/digest.h"
#include "core/names.h"

#define SHIPPED "config/shixian.yaml"
#define NOBODY "c.yaml:1:1: receivers: nobody will be told, expected at least one receiver\n"
#define SECRET "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define SECRET_BYTES "0123456789abcdef0123456789abcdef"

static struct loaded load_good(const struct place *place, const char *yaml, const char *warnings)
{
    struct loaded got = load(place, yaml);

    assert_string_equal(got.errors.data, "");
    assert_int_equal(got.result, 0);
    assert_non_null(got.conf);
    if (warnings)
        assert_string_equal(got.warnings.data, warnings);
    return got;
}

static void assert_defaults(const struct conf *conf)
{
    assert_int_equal(conf->listen_n, 2);
    assert_string_equal(conf->listen[0], "127.0.0.1:5248");
    assert_string_equal(conf->listen[1], "[::1]:5248");
    assert_string_equal(conf->socket, "/run/shixian/shixiand.sock");
    assert_string_equal(conf->state_dir, "/var/lib/shixian");
    assert_string_equal(conf->runtime_dir, "/run/shixian");
    assert_false(conf->exercise);
    assert_int_equal(conf->log_level, LOG_LEVEL_INFO);
    assert_int_equal(conf->token_n, 0);
    assert_null(conf->redis.url);
    assert_null(conf->redis.user);
    assert_null(conf->redis.password);
    assert_int_equal(conf->redis.shards, 64);
    assert_int_equal(conf->receiver_n, 0);
    assert_int_equal(conf->zone->offset_min, 480);
    assert_true(conf->policies.n > 0);
    for (size_t i = 0; i < conf->policies.n; i++) {
        assert_ptr_equal(conf->policies.items[i].zone, conf->zone);
        assert_ptr_equal(conf->policies.items[i].calendar, conf->calendar);
        assert_ptr_equal(conf->policies.items[i].directory, conf->directory);
    }
    assert_true(calendar_covers(conf->calendar, day_of_date(2026, 10, 1)));
    assert_int_equal(conf->directory->unit_n, 0);
    for (int role = 0; role < ROLE_COUNT; role++)
        assert_int_equal(conf->directory->roles[role].n, 0);
}

static void test_empty_files_are_all_defaults(void **state)
{
    static const char *const empty[] = {
        "",
        "# nothing\n",
        "---\n",
        "~\n",
        "\xEF\xBB\xBF# BOM\r\n",
        "redis:\nreceivers:\ntargets:\nunits:\n",
        "redis: {url: null, user: ~, password_file: }\ntokens_file:\nreceivers: []\n",
    };

    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        struct loaded got = load_good(*state, empty[i], NULL);

        assert_non_null(strstr(got.warnings.data, ": receivers: nobody will be told, "));
        assert_defaults(got.conf);
        loaded_free(&got);
    }
}

static const char every_key[] = "listen: []\n"
                                "socket: /s\n"
                                "state_dir: /state\n"
                                "runtime_dir: /run/时限\n"
                                "exercise: true\n"
                                "log_level: debug\n"
                                "tokens_file: tokens\n"
                                "timezone: -03:30\n"
                                "redis:\n"
                                "  url: unix:///run/redis.sock?db=3\n"
                                "  user: shixian\n"
                                "  password_file: password\n"
                                "  shards: 1000\n"
                                "targets:\n"
                                "  office: [duty, boss]\n"
                                "  publicity: &p [duty]\n"
                                "  cac: *p\n"
                                "  principal: [boss]\n"
                                "  supervision: [duty]\n"
                                "  unit: [duty]\n"
                                "  unit_head: [boss]\n"
                                "units:\n"
                                "  - id: 水务局\n"
                                "    name: 滨河区水务局\n"
                                "    region: 990102\n"
                                "    contact: [boss]\n"
                                "    head: [duty]\n"
                                "  - {id: b, name: B, region: 990102001, contact: *p}\n"
                                "receivers:\n"
                                "  - id: duty\n"
                                "    url: HTTPS://h.example:8443/a?access_token=x\n"
                                "    secret_file: secret\n"
                                "    timeout: 30s\n"
                                "  - {id: boss, url: 'http://[::1]:8080/', secret_file: secret}\n";

static void assert_directory(const struct directory *directory)
{
    assert_int_equal(directory->roles[ROLE_OFFICE].n, 2);
    assert_string_equal(directory->roles[ROLE_OFFICE].ids[1], "boss");
    assert_string_equal(directory->roles[ROLE_CAC].ids[0], "duty");
    assert_string_equal(directory->roles[ROLE_UNIT_HEAD].ids[0], "boss");
    assert_int_equal(directory->unit_n, 2);
    assert_string_equal(directory->units[0].id, "水务局");
    assert_string_equal(directory->units[0].name, "滨河区水务局");
    assert_string_equal(directory->units[0].region, "990102");
    assert_string_equal(directory->units[0].contact.ids[0], "boss");
    assert_string_equal(directory->units[0].head.ids[0], "duty");
    assert_string_equal(directory->units[1].region, "990102001");
    assert_string_equal(directory->units[1].contact.ids[0], "duty");
    assert_int_equal(directory->units[1].head.n, 0);
}

static void test_every_key_is_read(void **state)
{
    struct loaded got;
    char path[64];

    place_puts(*state, "secret", SECRET "\r\n");
    place_puts(*state, "password", "p w \n");
    place_puts(*state, "tokens",
               "desk 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef");
    got = load_good(*state, every_key, "");
    assert_int_equal(got.conf->listen_n, 0);
    assert_string_equal(got.conf->socket, "/s");
    assert_string_equal(got.conf->state_dir, "/state");
    assert_string_equal(got.conf->runtime_dir, "/run/时限");
    assert_true(got.conf->exercise);
    assert_int_equal(got.conf->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(got.conf->token_n, 1);
    assert_string_equal(got.conf->tokens[0].name, "desk");
    assert_string_equal(got.conf->tokens[0].sha256,
                        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    assert_int_equal(got.conf->zone->offset_min, -210);
    assert_string_equal(got.conf->redis.url, "unix:///run/redis.sock?db=3");
    assert_string_equal(got.conf->redis.user, "shixian");
    assert_string_equal(got.conf->redis.password, "p w ");
    assert_int_equal(got.conf->redis.shards, 1000);
    assert_int_equal(got.conf->receiver_n, 2);
    assert_string_equal(got.conf->receivers[0].url, "HTTPS://h.example:8443/a?access_token=x");
    assert_string_equal(got.conf->receivers[0].secret_file, place_path(*state, "secret", path));
    assert_int_equal(got.conf->receivers[0].secret_len, strlen(SECRET_BYTES));
    assert_memory_equal(got.conf->receivers[0].secret, SECRET_BYTES, strlen(SECRET_BYTES));
    assert_int_equal(got.conf->receivers[0].timeout_s, 30);
    assert_int_equal(got.conf->receivers[1].timeout_s, 10);
    assert_ptr_equal(conf_receiver(got.conf, "boss"), &got.conf->receivers[1]);
    assert_null(conf_receiver(got.conf, "bos"));
    assert_directory(got.conf->directory);
    loaded_free(&got);
}

/* 107 bytes of path. */
static const char longest_socket[] =
    "socket: /123456789012345678901234567890123456789012345678901234567890123456789012345678901234"
    "5678901234567890123456";

static void test_good_addresses(void **state)
{
    static const char *const good[] = {
        "redis: {url: 'redis://127.0.0.1:6379'}",
        "redis: {url: 'redis://redis.internal:6379/15'}",
        "redis: {url: 'redis://[::1]:6379/0'}",
        "redis: {url: 'unix:///run/redis.sock'}",
        "listen: ['127.0.0.1:0']",
        "timezone: '+14:00'",
        "socket: null",
        longest_socket,
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct loaded got = load_good(*state, good[i], NOBODY);

        loaded_free(&got);
    }
}

static void test_listening_to_all_with_tokens(void **state)
{
    struct loaded got;

    place_puts(*state, "tokens",
               "a 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
    got = load_good(*state, "listen: ['0.0.0.0:80', '[::]:80']\ntokens_file: tokens\n", NOBODY);
    loaded_free(&got);
}

static void test_credentials(void **state)
{
    const struct place *place = *state;
    struct loaded got;

    place_puts(place, "secret", SECRET);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", place->folder, 1), 0);
    got = load_good(place,
                    "receivers: [{id: a, url: http://h, secret_file: 'credential:secret'}]\n"
                    "targets: {office: [a]}\n",
                    NULL);
    assert_int_equal(got.conf->receivers[0].secret_len, strlen(SECRET_BYTES));
    loaded_free(&got);
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void test_warnings(void **state)
{
    struct loaded got;
    char path[64];

    place_puts(*state, "secret", SECRET);
    place_puts(*state, "password", "x");
    assert_int_equal(chmod(place_path(*state, "secret", path), 0644), 0);
    got = load_good(*state,
                    "redis: {user: u, password_file: password}\n"
                    "receivers:\n"
                    "  - {id: a, url: http://h}\n"
                    "  - {id: b, url: http://h, secret_file: secret}\n"
                    "targets: {office: [a], publicity: [], unit: [b]}\n"
                    "units: [{id: u, name: n}, {id: v, name: n, contact: []}]\n",
                    "c.yaml:1:15: redis.user: is not used with the embedded Redis, expected a "
                    "redis.url\n"
                    "c.yaml:1:33: redis.password_file: is not used with the embedded Redis, "
                    "expected a redis.url\n"
                    "c.yaml:3:5: receivers[0]: messages are not signed, expected a secret_file\n"
                    "c.yaml:4:41: receivers[1].secret_file: everyone may read this file (mode "
                    "0644), expected 0600 or 0640\n"
                    "c.yaml:5:10: targets.unit_head: reaches nobody, expected a list of ids of "
                    "receivers, such as [duty]\n"
                    "c.yaml:5:10: targets.cac: reaches nobody, expected a list of ids of "
                    "receivers, such as [duty]\n"
                    "c.yaml:5:10: targets.principal: reaches nobody, expected a list of ids of "
                    "receivers, such as [duty]\n"
                    "c.yaml:5:10: targets.supervision: reaches nobody, expected a list of ids of "
                    "receivers, such as [duty]\n"
                    "c.yaml:5:35: targets.publicity: reaches nobody, expected a list of ids of "
                    "receivers, such as [duty]\n"
                    "c.yaml:6:9: units[0].contact: is empty: nobody of this unit will be told, "
                    "expected a list of ids of receivers, such as [duty]\n"
                    "c.yaml:6:53: units[1].contact: is empty: nobody of this unit will be told, "
                    "expected a list of ids of receivers, such as [duty]\n");
    loaded_free(&got);
}

static char *shipped(void)
{
    FILE *file = fopen(SHIPPED, "rb");
    char *text = calloc(1, LIMIT_CONF_BYTES);

    assert_non_null(file);
    assert_true(fread(text, 1, LIMIT_CONF_BYTES - 1, file) > 0);
    fclose(file);
    return text;
}

/* Takes the # from the examples, in place. One begins with "#key:" and goes on with "#  ". */
static void use_examples(char *text)
{
    bool example = false;

    for (char *line = text, *end; *line; line = end + (*end == '\n')) {
        char *hash = line + strspn(line, " ");

        end = line + strcspn(line, "\n");
        example = *hash == '#' &&
                  ((hash[1] >= 'a' && hash[1] <= 'z') || (example && text_starts(hash, "#  ")));
        if (example) {
            memmove(hash, hash + 1, strlen(hash));
            end--;
        }
    }
}

static void test_shipped_file_says_the_defaults(void **state)
{
    char *text = shipped();
    struct loaded got = load_good(*state, text, NULL);

    assert_defaults(got.conf);
    assert_non_null(strstr(got.warnings.data, ": receivers: nobody will be told"));
    assert_null(strchr(strchr(got.warnings.data, '\n') + 1, '\n'));
    loaded_free(&got);
    free(text);
}

/* A folder of config/, beside the configuration. */
static void link_config(const struct place *place, const char *name)
{
    char from[4096 + 16], here[4096], to[64];

    assert_non_null(getcwd(here, sizeof(here)));
    snprintf(from, sizeof(from), "%s/config/%s", here, name);
    assert_int_equal(symlink(from, place_path(place, name, to)), 0);
}

static void test_shipped_examples_work(void **state)
{
    const struct place *place = *state;
    char from[64], to[4][64];
    char *text = shipped();
    struct loaded got;
    static const char *const links[][2] = {
        {"duty-secret", "secret"}, {"leader-secret", "secret"}, {"redis-password", "password"}};

    place_puts(place, "secret", SECRET);
    place_puts(place, "password", "p");
    place_puts(place, "tokens",
               "a 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(
            symlink(place_path(place, links[i][1], from), place_path(place, links[i][0], to[i])),
            0);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", place->folder, 1), 0);
    link_config(place, "policy");
    link_config(place, "calendar");
    place_puts(place, "local-days.csv", "date,type,name\n2026-04-13,off,\n");
    use_examples(text);
    got = load_good(place, text, "");
    assert_int_equal(got.conf->token_n, 1);
    assert_non_null(got.conf->redis.url);
    assert_string_equal(got.conf->redis.password, "p");
    assert_int_equal(got.conf->receiver_n, 2);
    assert_int_equal(got.conf->directory->unit_n, 1);
    for (int role = 0; role < ROLE_COUNT; role++)
        assert_int_equal(got.conf->directory->roles[role].n, 1);
    loaded_free(&got);
    for (size_t i = 0; i < 3; i++)
        unlink(to[i]);
    unlink(place_path(place, "policy", from));
    unlink(place_path(place, "calendar", from));
    unlink(place_path(place, "local-days.csv", from));
    unsetenv("CREDENTIALS_DIRECTORY");
    free(text);
}

/* The program's own list of keys, from its messages. */
static void test_shipped_file_names_every_key(void **state)
{
    static const char *const unknown[] = {"unknown_key: 1\n",
                                          "redis: {unknown_key: 1}\n",
                                          "receivers: [{unknown_key: 1}]\n",
                                          "targets: {unknown_key: 1}\n",
                                          "units: [{unknown_key: 1}]\n",
                                          "calendar: {unknown_key: 1}\n"};
    char *text = shipped();
    size_t named = 0;

    use_examples(text);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        struct loaded got = load(*state, unknown[i]);
        char *keys = strstr(got.errors.data, "expected one of: ");

        assert_non_null(keys);
        keys += strlen("expected one of: ");
        *strchr(keys, '\n') = '\0';
        for (char *key = keys, *rest; key; key = rest, named++) {
            char pattern[64];

            rest = strstr(key, ", ");
            if (rest) {
                *rest = '\0';
                rest += 2;
            }
            snprintf(pattern, sizeof(pattern), " %s:", key);
            if (!strstr(text, pattern)) {
                pattern[0] = '\n';
                if (!strstr(text, pattern))
                    fail_msg("%s is not in %s", key, SHIPPED);
            }
        }
        loaded_free(&got);
    }
    assert_int_equal(named, 14 + 4 + 4 + 7 + 5 + 2);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_files_are_all_defaults),
        cmocka_unit_test(test_every_key_is_read),
        cmocka_unit_test(test_good_addresses),
        cmocka_unit_test(test_listening_to_all_with_tokens),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_shipped_file_says_the_defaults),
        cmocka_unit_test(test_shipped_examples_work),
        cmocka_unit_test(test_shipped_file_names_every_key),
    };

    return cmocka_run_group_tests(tests, place_new, place_free);
}
