/* The store contract on a real redis-server, one for each test. */
#include "redis_world.h"

int main(void)
{
    return store_contract_run("store_redis", redis_world_setup, redis_world_teardown);
}
