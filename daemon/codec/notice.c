/* What a receiver gets: CloudEvents 1.0 structured JSON that is also a Standard Webhooks payload
 * (type, timestamp, data). */
#include "codec/record.h"

#include <stdlib.h>
#include "base/limits.h"
#include "base/must.h"
#include "codec/record_type.h"

static char *dump(const json_t *event, struct arena *arena)
{
    char *json = json_dumps(event, JSON_COMPACT), *kept;

    must(json != NULL);
    kept = arena_strdup(arena, json);
    free(json);
    return kept;
}

/* A case may owe more than one message holds (a daemon was down for weeks): the last obligations
 * are left out and counted. What stays is bounded: title and text have limits of their own. */
static char *dump_bounded(json_t *event, json_t *data, struct arena *arena)
{
    json_t *list = json_object_get(data, "obligations");
    size_t all = json_array_size(list);

    while (json_dumpb(event, NULL, 0, JSON_COMPACT) > LIMIT_NOTICE_BYTES) {
        size_t n = json_array_size(list), keep = n - n / 4 - 1;

        must(n > 0);
        while (json_array_size(list) > keep)
            json_array_remove(list, json_array_size(list) - 1);
        json_object_set_new(data, "left_out", json_integer((json_int_t)(all - keep)));
    }
    return dump(event, arena);
}

char *notice_encode(const struct notice *notice, const struct zone *zone, struct arena *arena)
{
    static const char *const types[LAMP_COUNT] = {
        [LAMP_GREEN] = "shixian.notice.reminder",
        [LAMP_YELLOW] = "shixian.notice.due_soon",
        [LAMP_RED] = "shixian.notice.overdue",
    };
    json_t *event = json_object(), *data = record_view(&notice_record, notice, zone);
    char *json;

    json_object_set_new(event, "specversion", json_string("1.0"));
    json_object_set_new(event, "id", json_string(notice->id));
    json_object_set_new(event, "source", json_string("shixian"));
    json_object_set_new(event, "type", json_string(types[notice->lamp]));
    json_object_set_new(event, "subject", json_string(notice->case_id));
    json_object_set_new(event, "time", record_view_instant(notice->created_at, zone));
    json_object_set_new(event, "timestamp", record_view_instant(notice->created_at, zone));
    json_object_set_new(event, "datacontenttype", json_string("application/json"));
    json_object_set_new(event, "data", data);
    json = dump_bounded(event, data, arena);
    json_decref(event);
    return json;
}
