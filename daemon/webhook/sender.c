#include "webhook/sender.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/limits.h"
#include "base/must.h"
#include "webhook/guard.h"
#include "webhook/multi.h"
#include "webhook/outcome.h"

#define CONNECT_TIMEOUT_S 3
#define DETAIL_SIZE 160
#define OUT_OF_MEMORY "out of memory"

enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_ENDED /* `done` not called yet */ };

/* One attempt. Everything it needs is copied into it or into its easy handle, so neither a reload
 * nor the caller can pull anything away. */
struct slot {
    enum slot_state state;
    CURL *easy; /* made at first use, kept: libcurl's connections outlive a transfer */
    struct curl_slist *headers;
    char receiver[LIMIT_ID_BYTES + 1];
    int timeout_s;
    size_t answer_bytes;              /* headers and body */
    bool guard_passed, guard_stopped; /* some address of the host was */
    enum send_outcome unsent_outcome;
    const char *unsent; /* why no transfer was started, or NULL */
    CURLcode code;
    send_fn *done;
    void *arg;
};

struct webhook_sender {
    struct sender port;
    const struct conf *conf;
    struct clock_port *clock;
    struct multi *multi;
    struct event *settle; /* runs callbacks: never inside send(), never inside libcurl */
    bool closing;
    struct slot slots[LIMIT_DELIVERIES];
};

/* --- libcurl's questions during a transfer ---------------------------------------------------- */

/* Counts an answer and throws it away; its status is all that matters. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t on_answer(char *data, size_t size, size_t n, void *arg)
{
    struct slot *slot = arg;

    (void)data;
    slot->answer_bytes += size * n;
    return slot->answer_bytes > LIMIT_RESPONSE_BYTES ? 0 : size * n;
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct slot *slot = arg;

    (void)purpose;
    if (!guard_allows(&address->addr)) {
        slot->guard_stopped = true;
        return CURL_SOCKET_BAD;
    }
    slot->guard_passed = true;
    /* Close-on-exec: the daemon starts a Redis, which must not inherit our connections. */
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- starting --------------------------------------------------------------------------------- */

/* What is the same for every attempt of this slot. */
static CURL *easy_new(struct slot *slot)
{
    CURL *easy = curl_easy_init();
    int bad = 0;

    if (!easy)
        return NULL;
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    bad |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "shixian/" SHIXIAN_VERSION);
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    /* Not from the environment either: the guard would see only the proxy. */
    bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* A name lookup that takes too long is left to its thread, else the loop would wait for it. */
    bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_answer);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, slot);
    must(!bad); /* a libcurl without these options is not the one we were built with */
    return easy;
}

/* A free slot, if this receiver may have one more; else NULL. */
static struct slot *slot_take(struct webhook_sender *s, const char *receiver)
{
    struct slot *free_slot = NULL;
    unsigned taken = 0;

    for (size_t i = 0; i < LIMIT_DELIVERIES; i++) {
        struct slot *slot = &s->slots[i];

        if (slot->state != SLOT_FREE)
            taken += strncmp(slot->receiver, receiver, LIMIT_ID_BYTES) == 0;
        else if (!free_slot)
            free_slot = slot;
    }
    if (!free_slot || taken >= LIMIT_DELIVERIES_PER_RECEIVER)
        return NULL;
    if (!free_slot->easy)
        free_slot->easy = easy_new(free_slot);
    return free_slot->easy ? free_slot : NULL;
}

static bool header_add(struct slot *slot, const char *name, const char *value)
{
    char line[LIMIT_ID_BYTES + 128];
    struct curl_slist *longer;

    snprintf(line, sizeof(line), "%s: %s", name, value);
    longer = curl_slist_append(slot->headers, line);
    if (longer)
        slot->headers = longer;
    return longer != NULL;
}

static bool headers_add(struct slot *slot, const struct conf_receiver *receiver,
                        const struct send_request *request, int64_t timestamp_s)
{
    char timestamp[24], signature[64];

    snprintf(timestamp, sizeof(timestamp), "%" PRId64, timestamp_s);
    if (!header_add(slot, "content-type", "application/cloudevents+json; charset=utf-8") ||
        !header_add(slot, "webhook-id", request->notice) ||
        !header_add(slot, "webhook-timestamp", timestamp) ||
        !header_add(slot, "Expect", "")) /* no waiting for "100 Continue" */
        return false;
    if (!receiver->secret)
        return true;
    webhook_sign(receiver->secret, receiver->secret_len, request->notice, timestamp_s,
                 request->body, request->body_len, signature);
    return header_add(slot, "webhook-signature", signature);
}

/* What is stored may have been touched by others: an id that would break out of its header or a
 * body past the limit is not sent. NULL: fit. */
static const char *unfit(const struct send_request *request)
{
    const size_t id_len = strlen(request->notice);
    const char *const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    if (id_len == 0 || id_len > LIMIT_ID_BYTES || strspn(request->notice, allowed) != id_len)
        return "the notice's id is not letters, digits, - and _";
    if (request->body_len > LIMIT_NOTICE_BYTES)
        return "the notice is too large";
    return NULL;
}

/* NULL: under way, on_transfer_done() follows. Else why not. */
static const char *slot_start(struct webhook_sender *s, struct slot *slot,
                              const struct conf_receiver *receiver,
                              const struct send_request *request)
{
    const struct now now = s->clock->now(s->clock->self);
    CURL *easy = slot->easy;

    if (!headers_add(slot, receiver, request, instant_second(now.wall)))
        return OUT_OF_MEMORY;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot->headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, receiver->timeout_s * 1000L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_S * 1000L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body_len);
    if (curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_URL, receiver->url) != CURLE_OK ||
        !multi_start(s->multi, easy))
        return OUT_OF_MEMORY;
    return NULL;
}

/* --- ending ----------------------------------------------------------------------------------- */

static void slot_end(struct webhook_sender *s, struct slot *slot)
{
    slot->state = SLOT_ENDED;
    event_active(s->settle, 0, 0);
}

static void on_transfer_done(void *owner, CURL *easy, CURLcode code)
{
    struct webhook_sender *s = owner;
    char *private = NULL;
    struct slot *slot;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    slot = (void *)private;
    slot->code = code;
    slot_end(s, slot);
}

static struct send_result slot_result(const struct slot *slot, char *detail)
{
    curl_off_t retry_after_s = 0, pretransfer_us = 0;
    long status = 0, os_error = 0;
    struct attempt_end end = {.code = slot->code,
                              .cut = slot->answer_bytes > LIMIT_RESPONSE_BYTES,
                              .refused = slot->guard_stopped && !slot->guard_passed,
                              .timeout_s = slot->timeout_s};

    if (slot->unsent)
        return (struct send_result){.outcome = slot->unsent_outcome, .detail = slot->unsent};
    curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(slot->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_getinfo(slot->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
    end.status = (int)status;
    end.os_error = (int)os_error;
    end.connected = pretransfer_us > 0;
    end.connect_s = slot->timeout_s < CONNECT_TIMEOUT_S ? slot->timeout_s : CONNECT_TIMEOUT_S;
    if (retry_after_s > 0) /* a year is as good as any more, and can not overflow */
        end.retry_after = retry_after_s < 365 * 86400 ? retry_after_s * SECOND_MS : 365 * DAY_MS;
    return outcome_of(&end, detail, DETAIL_SIZE);
}

/* The slot is free before `done` runs, so that `done` may send the next notice at once. */
static void slot_settle(struct slot *slot, const struct send_result *result)
{
    send_fn *done = slot->done;
    void *arg = slot->arg;

    curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, NULL); /* gives the copied body back */
    curl_slist_free_all(slot->headers);
    slot->headers = NULL;
    slot->state = SLOT_FREE;
    done(arg, result);
}

static void on_settle(evutil_socket_t fd, short what, void *arg)
{
    struct webhook_sender *s = arg;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < LIMIT_DELIVERIES; i++) {
        char detail[DETAIL_SIZE];
        struct send_result result;

        if (s->slots[i].state != SLOT_ENDED)
            continue;
        result = slot_result(&s->slots[i], detail);
        slot_settle(&s->slots[i], &result);
    }
}

/* --- the port --------------------------------------------------------------------------------- */

static int port_send(void *self, const struct send_request *request, send_fn *done, void *arg)
{
    struct webhook_sender *s = self;
    const struct conf_receiver *receiver = conf_receiver(s->conf, request->receiver);
    struct slot *slot;

    if (!receiver)
        return -ENOENT;
    slot = s->closing ? NULL : slot_take(s, receiver->id);
    if (!slot)
        return -EBUSY;
    slot->state = SLOT_RUNNING;
    snprintf(slot->receiver, sizeof(slot->receiver), "%s", receiver->id);
    slot->timeout_s = receiver->timeout_s;
    slot->answer_bytes = 0;
    slot->guard_passed = slot->guard_stopped = false;
    slot->done = done;
    slot->arg = arg;
    slot->unsent = unfit(request);
    slot->unsent_outcome = slot->unsent ? SEND_MISSET : SEND_RETRY;
    if (!slot->unsent)
        slot->unsent = slot_start(s, slot, receiver, request);
    if (slot->unsent)
        slot_end(s, slot);
    return 0;
}

struct webhook_sender *webhook_sender_new(struct event_base *base, const struct conf *conf,
                                          struct clock_port *clock)
{
    struct webhook_sender *s = calloc(1, sizeof(*s));

    must(s);
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    s->port = (struct sender){.self = s, .send = port_send};
    s->conf = conf;
    s->clock = clock;
    s->multi = multi_new(base, on_transfer_done, s);
    s->settle = event_new(base, -1, 0, on_settle, s);
    must(s->settle);
    return s;
}

struct webhook_sender *webhook_sender_free(struct webhook_sender *s)
{
    const struct send_result stopped = {.outcome = SEND_RETRY, .detail = "the daemon stopped"};

    if (!s)
        return NULL;
    s->closing = true;
    on_settle(-1, 0, s);
    for (size_t i = 0; i < LIMIT_DELIVERIES; i++) {
        if (s->slots[i].state == SLOT_RUNNING) {
            multi_stop(s->multi, s->slots[i].easy);
            slot_settle(&s->slots[i], &stopped);
        }
        curl_easy_cleanup(s->slots[i].easy);
    }
    multi_free(s->multi);
    event_free(s->settle);
    curl_global_cleanup();
    free(s);
    return NULL;
}

void webhook_sender_set_conf(struct webhook_sender *s, const struct conf *conf)
{
    s->conf = conf;
}

struct sender *webhook_sender_port(struct webhook_sender *s)
{
    return &s->port;
}
