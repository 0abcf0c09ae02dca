#include "redis/script.h"

#include "base/must.h"

#define SCRIPT_EXTERN(ID, file)                                                                    \
    extern const char embed_##file##_lua[];                                                        \
    extern const size_t embed_##file##_lua_len;
SCRIPTS(SCRIPT_EXTERN)

#define SCRIPT_ROW(ID, file) [SCRIPT_##ID] = {embed_##file##_lua, &embed_##file##_lua_len},
static const struct {
    const char *text;
    const size_t *len;
} scripts[] = {SCRIPTS(SCRIPT_ROW)};

const char *script_text(enum script script, size_t *ret_len)
{
    must(script < SCRIPT_COUNT);
    *ret_len = *scripts[script].len;
    return scripts[script].text;
}
