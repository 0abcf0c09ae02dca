#include "cli/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "cli/cli.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

int lines_open(struct lines *ret, const char *name)
{
    bool standard = text_equal(name, "-");
    struct stat info;

    *ret = (struct lines){.file = standard ? stdin : fopen(name, "re"),
                          .name = standard ? "(standard input)" : name};
    if (!ret->file)
        return cli_fail("%s: cannot be read: %s", ret->name, strerror(errno));
    if (fstat(fileno(ret->file), &info) == 0 && S_ISDIR(info.st_mode)) {
        fclose(ret->file);
        return cli_fail("%s: cannot be read: it is a folder", ret->name);
    }
    ret->text = malloc(LIMIT_EVENT_BYTES + 1);
    must(ret->text != NULL);
    return CLI_OK;
}

/* Other programs write their files with it. */
static void skip_mark(struct lines *l)
{
    size_t n = strlen(BYTE_ORDER_MARK);

    if (l->no != 1 || l->len < n || memcmp(l->text, BYTE_ORDER_MARK, n) != 0)
        return;
    l->len -= n;
    memmove(l->text, l->text + n, l->len);
}

bool lines_next(struct lines *l)
{
    int c;

    l->len = 0;
    while ((c = getc_unlocked(l->file)) != EOF && c != '\n') {
        if (l->len < LIMIT_EVENT_BYTES)
            l->text[l->len] = (char)c;
        l->len++;
    }
    if (c == EOF && l->len == 0)
        return false;
    l->no++;
    l->too_long = l->len > LIMIT_EVENT_BYTES;
    if (!l->too_long) {
        skip_mark(l);
        l->len -= l->len && l->text[l->len - 1] == '\r';
    }
    l->text[l->too_long ? LIMIT_EVENT_BYTES : l->len] = '\0';
    return true;
}

int lines_close(struct lines *l)
{
    int status = CLI_OK;

    if (ferror(l->file))
        status = cli_fail("%s: cannot be read to its end", l->name);
    if (l->file != stdin)
        fclose(l->file);
    free(l->text);
    return status;
}
