#include "calls.h"
#include "tests.h"

static const char *const TARGETS[] = {"http://localhost:8081", "http://LOCALHOST:8082/base/"};

static pk_manager *manager_with_a_route(void)
{
    pk_manager *manager = new_manager(NULL);
    SUCCEEDS(pk_add_route(manager, "/x", TARGETS, 2, NULL, &error));
    return manager;
}

static size_t count_backends(const pk_manager *manager)
{
    pk_backends *backends = NULL;
    SUCCEEDS(pk_list_backends(manager, "/x/", &backends, &error));
    size_t count = pk_backends_len(backends);
    pk_backends_free(backends);
    return count;
}

void backends_are_listed(void)
{
    pk_manager *manager = manager_with_a_route();
    pk_backends *backends = NULL;
    pk_backend backend = empty_backend();
    SUCCEEDS(pk_list_backends(manager, "/x/", &backends, &error));
    CHECK(pk_backends_len(backends) == 2);
    SUCCEEDS(pk_backends_get(backends, 1, &backend, &error));
    CHECK_TEXT("http://localhost:8082/base", backend.target);
    CHECK(backend.healthy && backend.in_flight == 0 && backend.struct_size == sizeof backend);

    const char *target = backend.target;
    FAILS(PK_ERR_INVALID_ARGUMENT, "index 2", pk_backends_get(backends, 2, &backend, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "index", pk_backends_get(backends, SIZE_MAX, &backend, &error));
    FAILS(PK_ERR_NULL_POINTER, "backend", pk_backends_get(backends, 0, NULL, &error));
    backend.struct_size = 0;
    FAILS(PK_ERR_INVALID_ARGUMENT, "struct_size 0", pk_backends_get(backends, 0, &backend, &error));
    CHECK(backend.target == target);

    backend = empty_backend();
    backend.struct_size = offsetof(pk_backend, healthy); /* an older header's */
    backend.in_flight = 77;
    SUCCEEDS(pk_backends_get(backends, 0, &backend, &error));
    CHECK_TEXT("http://localhost:8081", backend.target);
    CHECK(!backend.healthy && backend.in_flight == 77);
    pk_backends_free(backends);

    SUCCEEDS(pk_get_backend(manager, "/x/", "http://localhost:8081/", &backends, &error));
    CHECK(pk_backends_len(backends) == 1);
    pk_backends_free(backends);
    free_manager(manager);
}

void routes_are_listed(void)
{
    pk_manager *manager = manager_with_a_route();
    pk_routes *routes = NULL;
    pk_route route = empty_route();
    pk_backend backend = empty_backend();
    pk_route_options options;
    pk_route_options_init(&options, sizeof options);
    options.balancer = PK_BALANCER_IP_HASH;
    SUCCEEDS(pk_add_route(manager, "/a/b/", NULL, 0, &options, &error));
    SUCCEEDS(pk_list_routes(manager, &routes, &error));
    CHECK(pk_routes_len(routes) == 2);

    SUCCEEDS(pk_routes_get(routes, 0, &route, &error));
    CHECK_TEXT("/a/b/", route.prefix);
    CHECK(route.balancer == PK_BALANCER_IP_HASH && pk_backends_len(route.backends) == 0);
    SUCCEEDS(pk_routes_get(routes, 1, &route, &error));
    CHECK_TEXT("/x/", route.prefix);
    CHECK(route.balancer == PK_BALANCER_ROUND_ROBIN && pk_backends_len(route.backends) == 2);
    SUCCEEDS(pk_backends_get(route.backends, 0, &backend, &error));
    CHECK_TEXT("http://localhost:8081", backend.target);

    FAILS(PK_ERR_INVALID_ARGUMENT, "index 2", pk_routes_get(routes, 2, &route, &error));
    FAILS(PK_ERR_NULL_POINTER, "route", pk_routes_get(routes, 0, NULL, &error));
    pk_routes_free(routes);

    SUCCEEDS(pk_remove_route(manager, "/x/", &error));
    SUCCEEDS(pk_remove_route(manager, "/a/b", &error));
    SUCCEEDS(pk_list_routes(manager, &routes, &error));
    CHECK(pk_routes_len(routes) == 0);
    pk_routes_free(routes);
    free_manager(manager);
}

void lists_outlive_the_manager(void)
{
    pk_manager *manager = manager_with_a_route();
    pk_backends *backends = NULL;
    pk_reply *reply = NULL;
    pk_backend backend = empty_backend();
    SUCCEEDS(pk_list_backends(manager, "/x/", &backends, &error));
    SUCCEEDS(pk_manage(manager, "GET", "/endpoints/list?prefixPath=/x/", NULL, 0, &reply, &error));
    SUCCEEDS(pk_remove_route(manager, "/x/", &error));
    free_manager(manager);
    SUCCEEDS(pk_backends_get(backends, 0, &backend, &error));
    CHECK_TEXT("http://localhost:8081", backend.target);
    CHECK(pk_reply_status(reply) == 200);
    pk_backends_free(backends);
    pk_reply_free(reply);
}

void calls_change_all_or_nothing(void)
{
    const char *const more[] = {"http://localhost:8081", "http://localhost:8083"};
    const char *const bad[] = {"http://localhost:8084", "ftp://files.example"};
    pk_manager *manager = manager_with_a_route();
    size_t count = 77;
    SUCCEEDS(pk_add_backends(manager, "/x/", more, 2, NULL, &count, &error));
    CHECK(count == 1 && count_backends(manager) == 3);
    SUCCEEDS(pk_add_backends(manager, "/x/", NULL, 0, NULL, &count, &error));
    CHECK(count == 0);
    FAILS(PK_ERR_INVALID_TARGET, "", pk_add_backends(manager, "/x/", bad, 2, NULL, &count, &error));
    FAILS(PK_ERR_INVALID_TARGET, "", pk_remove_backends(manager, "/x/", bad, 2, &count, &error));
    FAILS(PK_ERR_INVALID_TARGET, "", pk_add_route(manager, "/y/", bad, 2, NULL, &error));
    FAILS(PK_ERR_ROUTE_NOT_FOUND, "", pk_remove_route(manager, "/y/", &error));
    CHECK(count_backends(manager) == 3);
    SUCCEEDS(pk_remove_backends(manager, "/x/", bad, 1, &count, &error));
    CHECK(count == 0);
    SUCCEEDS(pk_remove_backends(manager, "/x/", more, 2, &count, &error));
    CHECK(count == 2 && count_backends(manager) == 1);
    free_manager(manager);
}

void management_calls_are_answered(void)
{
    const char *body = "{\"prefixPath\": \"/x/\", \"targets\": [\"http://localhost:8085\"]}";
    pk_manager *manager = manager_with_a_route();
    pk_reply *reply = NULL;
    SUCCEEDS(pk_manage(manager, "POST", "/endpoints/add", (const uint8_t *)body, strlen(body), &reply, &error));
    CHECK(pk_reply_status(reply) == 200 && pk_reply_allow(reply) == NULL);
    CHECK(strstr(pk_reply_body(reply), "\"addedCount\":1") != NULL);
    pk_reply_free(reply);
    CHECK(count_backends(manager) == 3);

    SUCCEEDS(pk_manage(manager, "GET", "/endpoints/add", NULL, 0, &reply, &error));
    CHECK(pk_reply_status(reply) == 405);
    CHECK_TEXT("POST", pk_reply_allow(reply));
    CHECK(strstr(pk_reply_body(reply), "\"method_not_allowed\"") != NULL);
    pk_reply_free(reply);

    SUCCEEDS(pk_manage(manager, "GET", "/endpoints/list?prefixPath=/y/", NULL, 0, &reply, &error));
    CHECK(pk_reply_status(reply) == 404);
    CHECK(strstr(pk_reply_body(reply), "\"route_not_found\"") != NULL);
    pk_reply_free(reply);
    free_manager(manager);
}
