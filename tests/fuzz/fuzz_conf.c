/* Any bytes as configuration; what follows a line "%%%%" is the file its keys may name ("f").
 * Either all is well, or every line of the errors says where. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "conf/conf.h"

#define BORDER "\n%%%%\n"
#define PATH_SIZE 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(const char *folder, const char *name, const void *data, size_t n,
                char path[PATH_SIZE])
{
    FILE *file;

    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    file = fopen(path, "wb");
    must(file && fwrite(data, 1, n, file) == n && fclose(file) == 0);
}

static void check_list(const struct conf *conf, const struct receiver_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        must(conf_receiver(conf, list->ids[i]));
}

static void check_policies(const struct conf *conf)
{
    must(conf->policies.n > 0 && conf->zone && conf->calendar);
    for (size_t i = 0; i < conf->policies.n; i++)
        must(conf->policies.items[i].directory == conf->directory);
}

static void check_good(const struct conf *conf)
{
    const struct directory *directory = conf->directory;

    must(conf->listen_n > 0 || conf->socket);
    for (size_t i = 0; i < conf->listen_n; i++)
        must(!text_empty(conf->listen[i]));
    must(conf->state_dir[0] == '/' && strlen(conf->runtime_dir) <= 96);
    must(conf->redis.shards >= 1 && conf->redis.shards <= LIMIT_SHARDS);
    must(conf->receiver_n == 0 || directory->roles[ROLE_OFFICE].n > 0);
    for (size_t i = 0; i < conf->token_n; i++)
        must(strlen(conf->tokens[i].sha256) == 64);
    for (size_t i = 0; i < conf->receiver_n; i++) {
        const struct conf_receiver *r = &conf->receivers[i];

        must(conf_receiver(conf, r->id) == r && !text_empty(r->url));
        must(r->timeout_s >= 1 && r->timeout_s <= 30);
        must(!r->secret || (r->secret_len >= 24 && r->secret_len <= 64));
    }
    check_policies(conf);
    for (int role = 0; role < ROLE_COUNT; role++)
        check_list(conf, &directory->roles[role]);
    for (size_t i = 0; i < directory->unit_n; i++) {
        must(directory_unit(directory, directory->units[i].id) == &directory->units[i]);
        check_list(conf, &directory->units[i].contact);
        check_list(conf, &directory->units[i].head);
    }
}

/* folder/file:line:column: path: text, or the count of the rest. */
static void check_lines(const struct buf *text, const char *folder)
{
    size_t lines = 0;

    must(!text->failed);
    for (const char *line = text->data, *end; line && *line; line = end + 1, lines++) {
        end = strchr(line, '\n');
        must(end && lines <= LIMIT_CONF_PROBLEMS);
        if (text_starts(line, folder))
            must(strstr(line, ": ") && strstr(line, ": ") < end);
        else
            must(text_starts(line, "and ") && end[1] == '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *border = memmem(data, size, BORDER, strlen(BORDER));
    const uint8_t *second = border ? border + strlen(BORDER) : data + size;
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct buf warnings = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    char folder[PATH_SIZE / 2], yaml[PATH_SIZE], other[PATH_SIZE];
    struct conf *conf = NULL;
    int result;

    snprintf(folder, sizeof(folder), "/dev/shm/fuzz-conf-%d", (int)getpid());
    must(mkdir(folder, 0700) == 0 || errno == EEXIST);
    put(folder, "c.yaml", data, border ? (size_t)(border - data) : size, yaml);
    put(folder, "f", second, (size_t)(data + size - second), other);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    result = conf_load(yaml, &conf, &errors, &warnings);
    must((result == 0) == (conf != NULL) && (result == 0) == (errors.len == 0));
    if (conf)
        check_good(conf);
    check_lines(&errors, folder);
    check_lines(&warnings, folder);
    conf_free(conf);
    buf_free(&errors);
    buf_free(&warnings);
    unlink(yaml);
    unlink(other);
    rmdir(folder);
    return 0;
}
