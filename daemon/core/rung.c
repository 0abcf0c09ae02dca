/* Ladders: what is due speaks, once. Everything that is due in one decision becomes one message per
 * receiver: a case registered late, or a daemon that was down, does not ring the whole missed
 * ladder. */
#include "core/work.h"

#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"

/* One obligation that speaks in this decision. */
struct speaker {
    struct notice_item item;
    unsigned roles; /* of every rung folded into it: nobody who should have been told is left out */
    size_t fact;    /* index of its rung_fired in the decision */
};

struct speakers {
    struct speaker *items;
    size_t n, cap;
};

static bool condition_holds(const struct opinion_case *c, enum rung_condition condition)
{
    switch (condition) {
    case IF_UNACKNOWLEDGED:
        return c->acknowledged_at == INSTANT_NONE;
    case IF_UNASSIGNED:
        return !c->lead_unit;
    case IF_UNMET: /* only active obligations get here */
    case RUNG_CONDITION_COUNT:
        break;
    }
    return true;
}

/* The rungs of one obligation that are due now. */
struct due_rungs {
    uint64_t bits;
    const struct rung *top;  /* latest of those whose condition holds, or NULL */
    const struct rung *last; /* latest of all */
    instant_ms top_at, last_at;
    enum lamp lamp;
    unsigned roles;
    int speaking;
};

static struct due_rungs due_rungs(const struct work *w, const struct obligation *o,
                                  const struct ladder *ladder)
{
    struct due_rungs due = {.top_at = INSTANT_NONE, .last_at = INSTANT_NONE};

    must(ladder->n <= LIMIT_RUNGS);
    for (size_t i = 0; i < ladder->n; i++) {
        const struct rung *rung = &ladder->rungs[i];
        instant_ms at;

        if (o->rungs_done >> i & 1)
            continue;
        at = clock_rung_at(w->policy, rung, o, w->c->incident.level);
        if (at > w->now || at == INSTANT_NONE)
            continue;
        due.bits |= (uint64_t)1 << i;
        due.lamp = rung->lamp > due.lamp ? rung->lamp : due.lamp;
        if (at >= due.last_at) {
            due.last = rung;
            due.last_at = at;
        }
        if (!condition_holds(w->c, rung->condition))
            continue;
        due.roles |= rung->roles;
        due.speaking++;
        if (at >= due.top_at) {
            due.top = rung;
            due.top_at = at;
        }
    }
    return due;
}

static void add_speaker(struct work *w, struct speakers *speakers, const struct obligation *o,
                        const struct rule *rule, const struct due_rungs *due)
{
    struct speaker *s = arena_push(w->arena, &speakers->items, &speakers->n, &speakers->cap,
                                   sizeof(*speakers->items));

    s->roles = due->roles;
    s->fact = w->d->fact_n - 1;
    s->item = (struct notice_item){
        .obligation = o->key,
        .rule = o->rule,
        .title = rule->title,
        .rung = due->top->id,
        .act = due->top->act,
        .condition = due->top->condition,
        .state = o->state,
        .lamp = o->state == OBLIGATION_OVERDUE ? LAMP_RED : due->lamp,
        .due_at = o->due_at,
        .scheduled_at = due->top_at,
        .missed = due->speaking - 1,
    };
}

static void fire(struct work *w, struct speakers *speakers, const struct obligation *o)
{
    const struct rule *rule = work_runs(w->c, w->policy, o) ? work_rule(w->c, w->policy, o) : NULL;
    struct due_rungs due;
    struct fact f;

    if (!rule)
        return;
    due = due_rungs(w, o, rule->ladder);
    if (!due.bits)
        return;
    must(due.last != NULL);
    f = work_fact(w, due.top ? FACT_RUNG_FIRED : FACT_RUNG_SKIPPED,
                  !due.top           ? REASON_CONDITION_NOT_MET
                  : due.speaking > 1 ? REASON_RUNGS_COLLAPSED
                                     : REASON_RUNG_REACHED);
    f.key = o->key;
    f.rung = due.top ? due.top->id : due.last->id;
    f.rungs = due.bits;
    f.scheduled_at = due.top ? due.top_at : due.last_at;
    f.lamp = due.lamp;
    work_add(w, &f);
    if (due.top)
        add_speaker(w, speakers, o, rule, &due);
}

/* Whom a role reaches for this case. Silence is an alarm: a role without receivers falls to the
 * office. */
static struct receiver_list role_receivers(const struct work *w, enum role role)
{
    const struct directory *d = w->policy->directory;
    const struct unit *lead = directory_unit(d, w->c->lead_unit);
    struct receiver_list list = d->roles[role];

    if (lead && role == ROLE_UNIT && lead->contact.n > 0)
        list = lead->contact;
    if (lead && role == ROLE_UNIT_HEAD && lead->head.n > 0)
        list = lead->head;
    return list.n > 0 ? list : d->roles[ROLE_OFFICE];
}

static bool list_has(const struct receiver_list *list, const char *receiver)
{
    for (size_t i = 0; i < list->n; i++) {
        if (text_equal(list->ids[i], receiver))
            return true;
    }
    return false;
}

/* Of `roles`, those that lead to this receiver. */
static unsigned roles_reaching(const struct work *w, unsigned roles, const char *receiver)
{
    unsigned reaching = 0;

    for (int role = 0; role < ROLE_COUNT; role++) {
        struct receiver_list list;

        if (!(roles & ROLE_BIT(role)))
            continue;
        list = role_receivers(w, (enum role)role);
        if (list_has(&list, receiver))
            reaching |= ROLE_BIT(role);
    }
    return reaching;
}

static void note_in_fact(struct work *w, size_t fact, const char *id)
{
    struct fact *f = &w->d->facts[fact];
    const char **ids = arena_alloc(w->arena, (f->notice_n + 1) * sizeof(*ids));

    for (size_t i = 0; i < f->notice_n; i++)
        ids[i] = f->notices[i];
    ids[f->notice_n++] = id;
    f->notices = ids;
}

static void tell(struct work *w, const struct speakers *speakers, const char *receiver)
{
    struct decision *d = w->d;
    struct notice_item *items = arena_alloc(w->arena, speakers->n * sizeof(*items));
    struct notice *n = arena_push(w->arena, &d->notices, &d->notice_n, &d->notice_cap, sizeof(*n));

    *n = (struct notice){
        .id = arena_printf(w->arena, "%s-%u-%zu", w->c->id, d->facts[speakers->items[0].fact].seq,
                           d->notice_n),
        .receiver = receiver,
        .case_id = w->c->id,
        .case_title = w->c->title,
        .region = w->c->region,
        .lead_unit = w->c->lead_unit,
        .level = w->c->incident.level,
        .exercise = w->c->exercise,
        .created_at = w->now,
        .sequence = w->c->rev,
        .items = items,
    };
    for (size_t i = 0; i < speakers->n; i++) {
        const struct speaker *s = &speakers->items[i];
        unsigned roles = roles_reaching(w, s->roles, receiver);

        if (!roles)
            continue;
        n->roles |= roles;
        n->lamp = s->item.lamp > n->lamp ? s->item.lamp : n->lamp;
        items[n->item_n++] = s->item;
        note_in_fact(w, s->fact, n->id);
    }
    n->text = message_text(n, w->c, w->policy, w->arena);
}

static bool told(const struct decision *d, const char *receiver)
{
    for (size_t i = 0; i < d->notice_n; i++) {
        if (text_equal(d->notices[i].receiver, receiver))
            return true;
    }
    return false;
}

void work_rungs(struct work *w)
{
    struct speakers speakers = {0};
    unsigned roles = 0;

    for (size_t i = 0; i < w->c->obligation_n; i++)
        fire(w, &speakers, &w->c->obligations[i]);
    for (size_t i = 0; i < speakers.n; i++)
        roles |= speakers.items[i].roles;
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct receiver_list list;

        if (!(roles & ROLE_BIT(role)))
            continue;
        list = role_receivers(w, (enum role)role);
        for (size_t i = 0; i < list.n; i++) {
            if (!told(w->d, list.ids[i]))
                tell(w, &speakers, list.ids[i]);
        }
    }
}
