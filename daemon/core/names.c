#include "core/names.h"

#include <stddef.h>
#include <string.h>

#define ROW(id, name) [id] = name,
#define FLAG_ROW(id, bit, name) [bit] = name,
#define TABLE(table, LIST) const char *const table[] = {LIST(ROW) NULL}
#define FLAG_TABLE(table, LIST) const char *const table[] = {LIST(FLAG_ROW) NULL}

TABLE(obligation_state_names, OBLIGATION_STATES);
TABLE(case_status_names, CASE_STATUSES);
TABLE(incident_category_names, INCIDENT_CATEGORIES);
TABLE(act_kind_names, ACT_KINDS);
TABLE(fact_type_names, FACT_TYPES);
TABLE(reason_names, REASONS);
TABLE(clock_start_names, CLOCK_STARTS);
TABLE(lamp_names, LAMPS);
TABLE(role_names, ROLES);
TABLE(rung_condition_names, RUNG_CONDITIONS);
TABLE(rung_act_names, RUNG_ACTS);
TABLE(rule_kind_names, RULE_KINDS);
TABLE(action_names, ACTIONS);
TABLE(per_names, PERS);
TABLE(window_unit_names, WINDOW_UNITS);
TABLE(condition_field_names, CONDITION_FIELDS);
TABLE(time_field_names, TIME_FIELDS);
FLAG_TABLE(case_flag_names, CASE_FLAGS);
FLAG_TABLE(obligation_flag_names, OBLIGATION_FLAGS);

int name_find(const char *const *names, const char *name)
{
    for (int i = 0; name && names[i]; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}
