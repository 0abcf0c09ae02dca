#include "town.h"

#include "conf/conf.h"

const char *const town_receivers[] = {"office",      "publicity", "mayor", "water-desk",
                                      "safety-desk", "heads",     NULL};
const char *const town_units[] = {"water", "safety", "silent", "ghost", NULL};

#define LIST(...)                                                                                  \
    {                                                                                              \
        .ids = (const char *const[]){__VA_ARGS__},                                                 \
        .n = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)                           \
    }

/* silent has nobody to tell; nobody at all is told of cac; departed left the configuration. */
static const struct unit units[] = {
    {.id = "water",
     .name = "县水务局",
     .region = "990122",
     .contact = LIST("water-desk"),
     .head = LIST("heads", "office")},
    {.id = "safety",
     .name = "区应急管理局",
     .region = "990102",
     .contact = LIST("safety-desk", "heads"),
     .head = LIST("heads")},
    {.id = "silent", .name = "镇政府", .region = "990121"},
};

static const struct directory directory = {
    .units = units,
    .unit_n = sizeof(units) / sizeof(units[0]),
    .roles =
        {
            [ROLE_UNIT] = LIST("office"),
            [ROLE_UNIT_HEAD] = LIST("office", "heads"),
            [ROLE_OFFICE] = LIST("office"),
            [ROLE_PUBLICITY] = LIST("publicity"),
            [ROLE_PRINCIPAL] = LIST("mayor"),
            [ROLE_SUPERVISION] = LIST("office", "departed"),
        },
};

void town_policy(struct policy *ret)
{
    policy_default(ret);
    ret->directory = &directory;
}
