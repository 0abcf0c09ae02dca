#include "sys/systemd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#define SD_JOURNAL_SUPPRESS_LOCATION /* the line of journal_sink() says nothing */
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>
#include "base/zone.h"

/* A line has a message, a few key=value; what does not fit stays readable in MESSAGE. */
#define JOURNAL_FIELDS 16
#define JOURNAL_BYTES 4096

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {
        [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_NOTICE] = "notice",
        [LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug",
    };

    return names[level];
}

/* One line is one event, whatever a field from outside holds. */
static void text_sink(enum log_level level, const char *line)
{
    char out[4096], at[INSTANT_TEXT_SIZE];
    struct timespec ts;
    int n;

    clock_gettime(CLOCK_REALTIME, &ts);
    zone_format(&zone_utc, (instant_ms)ts.tv_sec * SECOND_MS + ts.tv_nsec / 1000000, at);
    n = snprintf(out, sizeof(out) - 1, "%s %s %s", at, level_name(level), line);
    if (n < 0)
        return;
    if ((size_t)n >= sizeof(out) - 1)
        n = (int)sizeof(out) - 2;
    for (int i = 0; i < n; i++) {
        if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
            out[i] = ' ';
    }
    out[n++] = '\n';
    if (write(STDERR_FILENO, out, (size_t)n) < 0)
        return; /* nowhere left to say so */
}

struct journal_entry {
    struct iovec iov[JOURNAL_FIELDS];
    int n;
    char data[JOURNAL_BYTES];
    size_t used;
};

static void journal_add(struct journal_entry *e, const char *name, const char *value, size_t len)
{
    size_t name_len = strlen(name), need = name_len + 1 + len;

    if (e->n == JOURNAL_FIELDS || need > sizeof(e->data) - e->used)
        return;
    memcpy(e->data + e->used, name, name_len);
    e->data[e->used + name_len] = '=';
    memcpy(e->data + e->used + name_len + 1, value, len);
    e->iov[e->n++] = (struct iovec){.iov_base = e->data + e->used, .iov_len = need};
    e->used += need;
}

/* key=value of our lines as SHIXIAN_KEY; a name that the journal would refuse is no field. */
static void journal_add_word(struct journal_entry *e, const char *word, size_t len)
{
    char name[40] = "SHIXIAN_";
    size_t prefix = strlen(name), key = strspn(word, "abcdefghijklmnopqrstuvwxyz_0123456789");

    if (key == 0 || key >= len || word[key] != '=' || key >= sizeof(name) - prefix)
        return;
    for (size_t i = 0; i < key; i++)
        name[prefix + i] = word[i] >= 'a' && word[i] <= 'z' ? (char)(word[i] - 'a' + 'A') : word[i];
    name[prefix + key] = '\0';
    journal_add(e, name, word + key + 1, len - key - 1);
}

static void journal_sink(enum log_level level, const char *line)
{
    struct journal_entry e = {.n = 0};
    char priority = (char)('0' + (int)level);

    journal_add(&e, "MESSAGE", line, strlen(line));
    journal_add(&e, "PRIORITY", &priority, 1);
    journal_add(&e, "SYSLOG_IDENTIFIER", "shixiand", strlen("shixiand"));
    for (const char *p = line; *p; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");

        journal_add_word(&e, p, len);
        p += len;
    }
    if (sd_journal_sendv(e.iov, e.n) < 0)
        text_sink(level, line);
}

/* JOURNAL_STREAM is "device:inode" of the stream the manager gave us. It must be our stderr still:
 * without a journal sd_journal_sendv() answers 0 and the line is gone. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char own[64];
    struct stat st;

    if (!stream || fstat(STDERR_FILENO, &st) < 0)
        return false;
    snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, own) == 0;
}

/* Descriptors 0 to 2 that are closed would be taken by the next socket, which then gets our log or
 * is handed to the child. Inherited like the real ones, so not O_CLOEXEC. */
static void occupy_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

void systemd_log_setup(enum log_level keep)
{
    occupy_standard_descriptors();
    log_setup(keep, stderr_is_journal() ? journal_sink : text_sink);
}

/* sd_notify() fails only when nobody listens any more: nothing to do about it, so not looked at. */
void systemd_ready(void)
{
    sd_notify(0, "READY=1");
}

void systemd_reloading(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
               (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void systemd_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

void systemd_status(const char *text)
{
    sd_notifyf(0, "STATUS=%s", text);
}

span_ms systemd_watchdog_interval(void)
{
    uint64_t usec = 0;

    return sd_watchdog_enabled(0, &usec) > 0 ? (span_ms)(usec / 2000) : 0;
}

void systemd_watchdog_feed(void)
{
    sd_notify(0, "WATCHDOG=1");
}
