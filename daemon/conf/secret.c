/* Files that hold what must not stand in the configuration: passwords, secrets, tokens. None of
 * their content gets into a message. */
#include "conf/check.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/text.h"
#include "codec/digest.h"
#include "conf/file.h"

#define CREDENTIAL "credential:"
#define SECRET_PREFIX "whsec_"
#define SECRET_MIN 24 /* bytes, Standard Webhooks */
#define SECRET_MAX 64
#define TOKEN_NAME_MAX 64
#define SHA256_HEX 64

/* The path that text names, or NULL and *ret_complaint. */
static const char *resolve(struct reader *r, const char *text, const char **ret_complaint)
{
    const char *folder;

    if (!text_starts(text, CREDENTIAL))
        return file_beside(r->arena, r->file, text);
    text += strlen(CREDENTIAL);
    folder = getenv("CREDENTIALS_DIRECTORY");
    if (text_empty(text) || strchr(text, '/') || text_equal(text, ".") || text_equal(text, ".."))
        *ret_complaint = "does not name a credential";
    else if (text_empty(folder))
        *ret_complaint = "needs $CREDENTIALS_DIRECTORY, which systemd sets (LoadCredential=)";
    else
        return arena_printf(r->arena, "%s/%s", folder, text);
    return NULL;
}

/* The content of the file that text names, or NULL and *ret_complaint. */
static char *content(struct reader *r, const struct at *at, const char *text, size_t limit,
                     const char **ret_path, const char **ret_complaint)
{
    const char *path;
    struct file file;
    int result;

    if (text_starts(text, SECRET_PREFIX)) {
        *ret_complaint = "is the secret itself";
        return NULL;
    }
    path = resolve(r, text, ret_complaint);
    if (!path)
        return NULL;
    result = file_read(r->arena, path, limit, &file);
    if (result < 0)
        *ret_complaint = arena_printf(r->arena, "cannot be read: %s", file_error(result));
    else if (strlen(file.data) != file.len)
        *ret_complaint = "names a file that holds a zero byte";
    else if (file.data[strspn(file.data, " \t\r\n")] == '\0')
        *ret_complaint = "names an empty file";
    if (*ret_complaint)
        return NULL;
    if (file.mode & S_IROTH)
        reader_warn(r, at, "everyone may read this file (mode %04o), expected 0600 or 0640",
                    file.mode & 07777);
    *ret_path = path;
    return file.data;
}

static void trim_end(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && strchr(" \t\r\n", text[len - 1]))
        text[--len] = '\0';
}

const char *check_password_file(struct reader *r, const struct at *at, const char *text,
                                void *target)
{
    const char **field = target, *path = NULL, *complaint = NULL;
    char *password = content(r, at, text, LIMIT_SECRET_BYTES, &path, &complaint);

    if (!password)
        return complaint;
    /* Only the line end goes: a password may end with a space. */
    password[strcspn(password, "\r\n")] = '\0';
    if (text_empty(password))
        return "names a file whose first line is empty";
    *field = password;
    return NULL;
}

const char *check_secret_file(struct reader *r, const struct at *at, const char *text, void *target)
{
    struct conf_receiver *receiver = target;
    const char *path = NULL, *complaint = NULL;
    char *secret = content(r, at, text, LIMIT_SECRET_BYTES, &path, &complaint);
    unsigned char *bytes;
    size_t room;
    int n;

    if (!secret)
        return complaint;
    trim_end(secret);
    if (!text_starts(secret, SECRET_PREFIX))
        return "names a file that does not begin with " SECRET_PREFIX;
    secret += strlen(SECRET_PREFIX);
    room = 3 * (strlen(secret) / 4) + 1;
    bytes = arena_alloc(r->arena, room);
    n = digest_base64_decode(secret, bytes, room);
    if (n < 0)
        return "names a file whose " SECRET_PREFIX " is not followed by base64";
    if (n < SECRET_MIN || n > SECRET_MAX)
        return arena_printf(r->arena, "names a file with a secret of %d bytes", n);
    receiver->secret_file = path;
    receiver->secret = bytes;
    receiver->secret_len = (size_t)n;
    return NULL;
}

/* One tokens file. Its problems have their own file and line. */
struct token_file {
    struct reader *r;
    const char *path;
    struct conf_token *tokens;
    size_t n, cap;
};

static void token_error(struct token_file *t, size_t line, size_t column, const char *text)
{
    struct problem *problem = problems_add(t->r->errors, (struct spot){t->path, line, column});

    if (problem)
        problem->text = text;
}

static const char *token_complaint(struct token_file *t, const char *name, const char *sha256)
{
    for (size_t i = 0; i < t->n; i++) {
        if (text_equal(t->tokens[i].name, name))
            return "name: stands in this file already, expected each name once";
        if (text_equal(t->tokens[i].sha256, sha256))
            return "sha256: stands in this file already, expected a token of its own for each name";
    }
    return t->n == LIMIT_TOKENS
               ? arena_printf(t->r->arena, "name: is one too many, expected at most %d",
                              LIMIT_TOKENS)
               : NULL;
}

static void read_token(struct token_file *t, size_t line, char *text)
{
    char *name = text + strspn(text, " \t"), *gap = name + strcspn(name, " \t");
    char *sha256 = gap + strspn(gap, " \t");
    struct conf_token *token;
    const char *complaint;

    *gap = '\0';
    if (!check_charset(name, "abcdefghijklmnopqrstuvwxyz0123456789_-", TOKEN_NAME_MAX)) {
        token_error(t, line, (size_t)(name - text) + 1,
                    "name: is not one, expected 1 to 64 of a-z 0-9 _ -");
        return;
    }
    for (char *p = sha256; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    if (strlen(sha256) != SHA256_HEX || !check_charset(sha256, "0123456789abcdef", SHA256_HEX)) {
        token_error(t, line, (size_t)(sha256 - text) + 1,
                    "sha256: is not one, expected the 64 hex digits of: "
                    "printf %s \"$TOKEN\" | sha256sum");
        return;
    }
    complaint = token_complaint(t, name, sha256);
    if (complaint) {
        token_error(t, line, (size_t)(name - text) + 1, complaint);
        return;
    }
    token = arena_push(t->r->arena, &t->tokens, &t->n, &t->cap, sizeof(*token));
    token->name = name;
    memcpy(token->sha256, sha256, sizeof(token->sha256));
}

const char *check_tokens_file(struct reader *r, const struct at *at, const char *text, void *target)
{
    struct conf *conf = target;
    struct token_file t = {.r = r};
    const char *complaint = NULL;
    char *rest = content(r, at, text, LIMIT_TOKENS_BYTES, &t.path, &complaint);

    if (!rest)
        return complaint;
    for (size_t line = 1; *rest; line++) {
        size_t len = strcspn(rest, "\n");
        char *next = rest + len + (rest[len] == '\n');

        rest[len] = '\0';
        trim_end(rest);
        if (rest[strspn(rest, " \t")] != '\0' && rest[strspn(rest, " \t")] != '#')
            read_token(&t, line, rest);
        rest = next;
    }
    if (t.n == 0 && r->errors->n == 0)
        return "names a file without tokens";
    conf->tokens = t.tokens;
    conf->token_n = t.n;
    return NULL;
}
