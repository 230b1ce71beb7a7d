#include "calls.h"
#include "peer.h"
#include "tests.h"

static pk_counters empty_counters(void)
{
    pk_counters counters;
    memset(&counters, 0, sizeof counters);
    counters.struct_size = sizeof counters;
    return counters;
}

static void get(const char *address, const char *path, int expected)
{
    int status = 0;
    free(client_get(address, path, &status));
    CHECK(status == expected);
}

void requests_are_counted(void)
{
    backend *server = backend_start("backend");
    const char *targets[] = {backend_target(server)};
    char *address = NULL;
    pk_manager *manager = serving_manager(&address);
    SUCCEEDS(pk_add_route(manager, "/x/", targets, 1, NULL, &error));
    get(address, "/x/a", 200);
    get(address, "/x/b", 200);
    get(address, "/y", 404);

    pk_backends *backends = NULL;
    pk_routes *routes = NULL;
    pk_counters counters = empty_counters();
    SUCCEEDS(pk_list_backends(manager, "/x/", &backends, &error));
    SUCCEEDS(pk_backends_counters(backends, 0, &counters, &error));
    CHECK(counters.requests == 2 && counters.responses_2xx == 2 && counters.responses_4xx == 0);
    CHECK(counters.struct_size == sizeof counters);
    SUCCEEDS(pk_list_routes(manager, &routes, &error));
    counters = empty_counters();
    SUCCEEDS(pk_routes_counters(routes, 0, &counters, &error));
    CHECK(counters.requests == 2 && counters.responses_2xx == 2 && counters.retries == 0);

    pk_connections connections;
    connections.struct_size = sizeof connections;
    SUCCEEDS(pk_get_totals(manager, &counters, &connections, &error));
    CHECK(counters.requests == 3 && counters.responses_4xx == 1);
    CHECK(connections.accepted == 3 && connections.refused == 0);
    SUCCEEDS(pk_get_totals(manager, NULL, NULL, &error));

    pk_backends_free(backends);
    pk_routes_free(routes);
    free_manager(manager);
    backend_stop(server);
    pk_string_free(address);
}

void counters_are_asked_for_in_the_right_way(void)
{
    pk_manager *manager = new_manager(NULL);
    pk_counters counters = empty_counters();
    pk_connections connections;
    connections.struct_size = sizeof connections;
    pk_backends *backends = NULL;
    pk_routes *routes = NULL;
    SUCCEEDS(pk_add_route(manager, "/x/", NULL, 0, NULL, &error));
    SUCCEEDS(pk_list_backends(manager, "/x/", &backends, &error));
    SUCCEEDS(pk_list_routes(manager, &routes, &error));

    FAILS(PK_ERR_NULL_POINTER, "manager", pk_get_totals(NULL, &counters, NULL, &error));
    FAILS(PK_ERR_NULL_POINTER, "backends", pk_backends_counters(NULL, 0, &counters, &error));
    FAILS(PK_ERR_NULL_POINTER, "routes", pk_routes_counters(NULL, 0, &counters, &error));
    FAILS(PK_ERR_NULL_POINTER, "counters", pk_routes_counters(routes, 0, NULL, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "index 0", pk_backends_counters(backends, 0, &counters, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "index 1", pk_routes_counters(routes, 1, &counters, &error));

    counters.requests = 77;
    connections.struct_size = 3;
    FAILS(PK_ERR_INVALID_ARGUMENT, "struct_size 3", pk_get_totals(manager, &counters, &connections, &error));
    CHECK(counters.requests == 77);
    counters.struct_size = offsetof(pk_counters, retries); /* an older header's */
    counters.retries = 77;
    SUCCEEDS(pk_get_totals(manager, &counters, NULL, &error));
    CHECK(counters.requests == 0 && counters.retries == 77);

    pk_backends_free(backends);
    pk_routes_free(routes);
    free_manager(manager);
}
