/* /metrics: Prometheus text format 0.0.4. */
#include <inttypes.h>
#include "base/buf.h"
#include "base/limits.h"
#include "http/exchange.h"

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct buf *b, const char *name, const char *help, unsigned value)
{
    head(b, name, "gauge", help);
    buf_printf(b, "%s %u\n", name, value);
}

static void counters(struct buf *b, const struct app_counters *n)
{
#define COUNTER_LINES(name, help)                                                                  \
    head(b, "shixian_" #name "_total", "counter", help);                                           \
    buf_printf(b, "shixian_" #name "_total %" PRIu64 "\n", n->name);
    APP_COUNTERS(COUNTER_LINES)
#undef COUNTER_LINES
}

static void lateness(struct buf *b, const struct lateness *l)
{
    static const char name[] = "shixian_firing_lateness_seconds";
    uint64_t below = 0;

    head(b, name, "histogram", "How long after its instant a rung was recorded as fired");
    for (int i = 0; i < LATENESS_BUCKETS; i++) {
        below += l->counts[i];
        buf_printf(b, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, lateness_bounds[i], below);
    }
    buf_printf(b, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.3f\n%s_count %" PRIu64 "\n", name,
               l->n, name, l->sum_s, name, l->n);
}

/* Rows of one path (GET and POST, say) are one line. */
static uint64_t answers_of(const struct http_server *s, const char *label, unsigned class)
{
    uint64_t n = 0;

    for (unsigned row = 0; route_label(row); row++)
        if (text_equal(route_label(row), label))
            n += s->answers[row][class];
    return n;
}

static bool label_seen(unsigned row)
{
    for (unsigned before = 0; before < row; before++)
        if (text_equal(route_label(before), route_label(row)))
            return true;
    return false;
}

static void requests(struct buf *b, const struct http_server *s)
{
    static const char name[] = "shixian_http_requests_total";

    head(b, name, "counter", "Requests answered, by path and class of status");
    for (unsigned class = 2; class < EXCHANGE_CLASSES; class ++) {
        for (unsigned row = 0; route_label(row); row++)
            if (!label_seen(row))
                buf_printf(b, "%s{route=\"%s\",status=\"%uxx\"} %" PRIu64 "\n", name,
                           route_label(row), class, answers_of(s, route_label(row), class));
        buf_printf(b, "%s{route=\"other\",status=\"%uxx\"} %" PRIu64 "\n", name, class,
                   s->answers[EXCHANGE_ROUTES_MAX][class]);
    }
}

/* 0 also while the clock of record is not known: `shixian_ready` says that. */
static void calendar(struct buf *b, const struct http_server *s)
{
    instant_ms now = s->config.clock->now(s->config.clock->self).record;
    int days = now == INSTANT_NONE ? 0 : app_calendar_days(s->config.app, now);

    gauge(b, "shixian_calendar_covered_days",
          "Days from today on whose arrangement of holidays is loaded",
          days > 0 ? (unsigned)days : 0);
}

void handle_metrics(struct exchange *ex)
{
    const struct http_server *s = ex->server;
    struct buf b = BUF_INIT(LIMIT_METRICS_BYTES);

    counters(&b, app_counters(s->config.app));
    lateness(&b, app_lateness(s->config.app));
    requests(&b, s);
    gauge(&b, "shixian_http_in_flight", "Requests not answered yet", s->busy);
    gauge(&b, "shixian_http_connections", "Open connections",
          guard_connections(s->tcp.guard) + guard_connections(s->unixes.guard));
    calendar(&b, s);
    gauge(&b, "shixian_ready", "Whether /readyz says ready", status_ready(s));
    head(&b, "shixian_build_info", "gauge", "Version of the daemon");
    buf_printf(&b, "shixian_build_info{version=\"%s\"} 1\n", s->config.version);
    if (b.failed)
        exchange_problem(ex, PROBLEM_INTERNAL, NULL, "the metrics are too long");
    else
        exchange_text(ex, 200, "text/plain; version=0.0.4; charset=utf-8", b.data, b.len);
    buf_free(&b);
}
