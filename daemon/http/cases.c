/* Reading cases: one, the list, and a case's history. */
#include <string.h>
#include "base/limits.h"
#include "codec/record.h"
#include "http/exchange.h"
#include "http/pages.h"
#include "http/query.h"

/* Nobody waits for the answer any more: it is counted and dropped. */
static bool client_gone(struct exchange *ex)
{
    if (ex->req)
        return false;
    exchange_text(ex, 200, "", "", 0);
    return true;
}

/* --- one case --------------------------------------------------------------------------------- */

static void on_case(void *arg, const struct store_loaded *loaded)
{
    struct exchange *ex = arg;

    if (client_gone(ex))
        return;
    if (loaded->status != STORE_OK)
        exchange_store_failed(ex, loaded->status, loaded->why);
    else if (loaded->stored.c->rev == 0)
        exchange_problem(ex, PROBLEM_NOT_FOUND, "id", "no such case");
    else if (!exchange_room(ex))
        exchange_no_room(ex);
    else
        exchange_json(ex, 200, case_view(loaded->stored.c, exchange_zone(ex)));
}

void handle_case(struct exchange *ex)
{
    struct store *store = ex->server->config.store;

    store->load(store->self, ex->id, NULL, ex->arena, on_case, ex);
}

/* --- the list --------------------------------------------------------------------------------- */

struct listing {
    struct exchange *ex;
    struct cases_query query;
    struct pages pages;
    unsigned scanned;
    instant_ms at; /* the last case looked at: where the next page begins */
    const char *id;
    struct arena *page; /* of the page being read: a case may be large, so each page has its own */
};

static void list_more(struct listing *l);

static void list_end(struct listing *l, bool more)
{
    pages_end(&l->pages, more ? cursor_encode(l->at, l->id, l->ex->arena) : NULL);
}

static bool list_enough(const struct listing *l)
{
    return (int64_t)l->pages.n >= l->query.limit || pages_full(&l->pages) ||
           l->scanned >= LIMIT_LIST_SCAN;
}

/* Takes one page; true: there may be more to read. */
static bool list_take(struct listing *l, const struct store_listed *listed)
{
    for (size_t i = 0; i < listed->n; i++) {
        const struct opinion_case *c = listed->cases[i].c;

        if (list_enough(l))
            return true;
        l->scanned++;
        l->at = c->reported_at;
        l->id = arena_strdup(l->ex->arena, c->id);
        if (cases_query_matches(&l->query, c))
            pages_add(&l->pages, case_view(c, exchange_zone(l->ex)));
    }
    return listed->n == LIMIT_LIST_PAGE;
}

static void on_list(void *arg, const struct store_listed *listed)
{
    struct listing *l = arg;
    struct arena *page = l->page;
    bool more;

    l->page = NULL;
    if (!l->ex->req || listed->status != STORE_OK) {
        pages_drop(&l->pages);
        if (!client_gone(l->ex))
            exchange_store_failed(l->ex, listed->status, listed->why);
    } else if (!exchange_room(l->ex)) {
        pages_drop(&l->pages);
        exchange_no_room(l->ex);
    } else {
        more = list_take(l, listed);
        if (more && !list_enough(l))
            list_more(l);
        else
            list_end(l, more);
    }
    arena_free(page);
}

static void list_more(struct listing *l)
{
    struct store *store = l->ex->server->config.store;
    const struct store_list_query query = {
        .open = l->query.status != QUERY_CLOSED,
        .closed = l->query.status != QUERY_OPEN,
        .before_at = l->at,
        .before_id = l->id,
        .limit = LIMIT_LIST_PAGE,
    };

    l->page = arena_new(LIMIT_LIST_ARENA_BYTES);
    store->list(store->self, &query, l->page, on_list, l);
}

void handle_cases(struct exchange *ex)
{
    struct listing *l = arena_alloc(ex->arena, sizeof(*l));
    struct problem problem;

    l->ex = ex;
    l->at = INSTANT_NONE;
    if (cases_query_parse(exchange_query(ex), &l->query, ex->arena, &problem) < 0) {
        exchange_problem(ex, problem_of_status(problem.status), problem.field, problem.detail);
    } else if (l->query.cursor && cursor_decode(l->query.cursor, &l->at, &l->id, ex->arena) < 0) {
        exchange_problem(ex, PROBLEM_BAD_REQUEST, "cursor", "expected `next` of an earlier answer");
    } else {
        pages_begin(&l->pages, ex, "cases");
        list_more(l);
    }
}

/* --- the history ------------------------------------------------------------------------------ */

struct history {
    struct exchange *ex;
    struct facts_query query;
    struct pages pages;
    struct arena *page;
};

static void history_more(struct history *h);

/* NULL: a fact that can not be read. */
static json_t *fact_json(const struct store_fact *stored, const struct zone *zone,
                         struct arena *arena, struct err *reterr)
{
    struct fact fact;
    json_t *view;

    if (fact_decode(stored->json, strlen(stored->json), arena, &fact, reterr) < 0)
        return NULL;
    view = fact_view(&fact, zone);
    json_object_set_new(view, "hash", json_string(stored->hash));
    return view;
}

/* Adds a page of facts; false: answered, because one can not be read. */
static bool history_take(struct history *h, const struct store_facts *facts)
{
    struct err err;

    for (size_t i = 0; i < facts->n; i++) {
        json_t *view = fact_json(&facts->facts[i], exchange_zone(h->ex), h->page, &err);

        if (!view) {
            pages_drop(&h->pages);
            exchange_problem(h->ex, PROBLEM_INTERNAL, NULL,
                             arena_printf(h->ex->arena, "fact %s can not be read: %s",
                                          facts->facts[i].entry, err.text));
            return false;
        }
        pages_add(&h->pages, view);
    }
    return true;
}

static void history_go_on(struct history *h, const struct store_facts *facts)
{
    bool nothing = h->pages.n == 0 && facts->n == 0;

    if (facts->status != STORE_OK) {
        pages_drop(&h->pages);
        exchange_store_failed(h->ex, facts->status, facts->why);
    } else if (!exchange_room(h->ex)) {
        pages_drop(&h->pages);
        exchange_no_room(h->ex);
    } else if (nothing && h->query.before) {
        /* `next` is only given when there is more: an empty page would pass for the end. */
        pages_drop(&h->pages);
        exchange_problem(h->ex, PROBLEM_BAD_REQUEST, "before",
                         "expected `next` of an earlier answer");
    } else if (nothing) {
        pages_drop(&h->pages);
        exchange_problem(h->ex, PROBLEM_NOT_FOUND, "id", "no such case");
    } else if (history_take(h, facts)) {
        h->query.before = arena_strdup(h->ex->arena, facts->next);
        if (facts->next && facts->n && (int64_t)h->pages.n < h->query.limit &&
            !pages_full(&h->pages))
            history_more(h);
        else
            pages_end(&h->pages, h->query.before);
    }
}

static void on_facts(void *arg, const struct store_facts *facts)
{
    struct history *h = arg;
    struct arena *page = h->page;

    if (h->ex->req) {
        history_go_on(h, facts);
    } else {
        pages_drop(&h->pages);
        client_gone(h->ex);
    }
    arena_free(page);
}

static void history_more(struct history *h)
{
    struct store *store = h->ex->server->config.store;
    int64_t left = h->query.limit - (int64_t)h->pages.n;

    h->page = arena_new(LIMIT_ARENA_BYTES);
    store->facts(store->self, h->ex->id, h->query.before,
                 left < LIMIT_LIST_PAGE ? (unsigned)left : LIMIT_LIST_PAGE, h->page, on_facts, h);
}

void handle_facts(struct exchange *ex)
{
    struct history *h = arena_alloc(ex->arena, sizeof(*h));
    struct problem problem;

    h->ex = ex;
    if (facts_query_parse(exchange_query(ex), &h->query, ex->arena, &problem) < 0) {
        exchange_problem(ex, problem_of_status(problem.status), problem.field, problem.detail);
        return;
    }
    pages_begin(&h->pages, ex, "facts");
    history_more(h);
}
