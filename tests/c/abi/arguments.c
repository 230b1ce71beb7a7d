#include "calls.h"
#include "tests.h"

static const char *const TARGETS[] = {"http://localhost:8081", "http://localhost:8082"};
static const char *const HOLE[] = {"http://localhost:8081", NULL};

static void null_in_routes_and_backends(pk_manager *manager)
{
    const pk_status null = PK_ERR_NULL_POINTER;
    pk_backends *backends;
    pk_routes *routes;
    size_t count;
    FAILS(null, "manager", pk_add_route(NULL, "/x/", TARGETS, 2, NULL, &error));
    FAILS(null, "prefix", pk_add_route(manager, NULL, TARGETS, 2, NULL, &error));
    FAILS(null, "targets_len is 2", pk_add_route(manager, "/x/", NULL, 2, NULL, &error));
    FAILS(null, "targets[1]", pk_add_route(manager, "/x/", HOLE, 2, NULL, &error));
    FAILS(null, "manager", pk_remove_route(NULL, "/x/", &error));
    FAILS(null, "prefix", pk_remove_route(manager, NULL, &error));
    FAILS(null, "manager", pk_list_routes(NULL, &routes, &error));
    FAILS(null, "routes", pk_list_routes(manager, NULL, &error));
    FAILS(null, "manager", pk_add_backends(NULL, "/x/", TARGETS, 2, NULL, &count, &error));
    FAILS(null, "prefix", pk_add_backends(manager, NULL, TARGETS, 2, NULL, &count, &error));
    FAILS(null, "targets_len is 1", pk_add_backends(manager, "/x/", NULL, 1, NULL, &count, &error));
    FAILS(null, "targets[1]", pk_add_backends(manager, "/x/", HOLE, 2, NULL, &count, &error));
    FAILS(null, "manager", pk_remove_backends(NULL, "/x/", TARGETS, 2, &count, &error));
    FAILS(null, "prefix", pk_remove_backends(manager, NULL, TARGETS, 2, &count, &error));
    FAILS(null, "targets_len is 1", pk_remove_backends(manager, "/x/", NULL, 1, &count, &error));
    FAILS(null, "targets[1]", pk_remove_backends(manager, "/x/", HOLE, 2, &count, &error));
    FAILS(null, "manager", pk_list_backends(NULL, "/x/", &backends, &error));
    FAILS(null, "prefix", pk_list_backends(manager, NULL, &backends, &error));
    FAILS(null, "backends", pk_list_backends(manager, "/x/", NULL, &error));
    FAILS(null, "manager", pk_get_backend(NULL, "/x/", TARGETS[0], &backends, &error));
    FAILS(null, "prefix", pk_get_backend(manager, NULL, TARGETS[0], &backends, &error));
    FAILS(null, "target", pk_get_backend(manager, "/x/", NULL, &backends, &error));
    FAILS(null, "backends", pk_get_backend(manager, "/x/", TARGETS[0], NULL, &error));
}

static void null_in_lists(void)
{
    const pk_status null = PK_ERR_NULL_POINTER;
    pk_backend backend = empty_backend();
    pk_route route = empty_route();
    FAILS(null, "backends", pk_backends_get(NULL, 0, &backend, &error));
    FAILS(null, "routes", pk_routes_get(NULL, 0, &route, &error));
    CHECK(pk_backends_len(NULL) == 0);
    CHECK(pk_routes_len(NULL) == 0);
    CHECK(pk_reply_status(NULL) == 0);
    CHECK_TEXT("", pk_reply_body(NULL));
    CHECK(pk_reply_allow(NULL) == NULL);
}

static void null_in_the_life_cycle(pk_manager *manager)
{
    const pk_status null = PK_ERR_NULL_POINTER;
    char *address;
    size_t cut_off;
    FAILS(null, "manager", pk_start(NULL, "127.0.0.1:0", &error));
    FAILS(null, "manager", pk_serve(NULL, "127.0.0.1:0", &error));
    FAILS(null, "listen", pk_serve(manager, NULL, &error));
    FAILS(null, "manager", pk_address(NULL, &address, &error));
    FAILS(null, "address", pk_address(manager, NULL, &error));
    FAILS(null, "manager", pk_management_address(NULL, &address, &error));
    FAILS(null, "address", pk_management_address(manager, NULL, &error));
    FAILS(null, "manager", pk_wait(NULL, 0, &error));
    FAILS(null, "manager", pk_stop(NULL, 0, &cut_off, &error));
}

static void null_elsewhere(pk_manager *manager)
{
    const pk_status null = PK_ERR_NULL_POINTER;
    const uint8_t body[] = "{}";
    pk_reply *reply;
    char *normal;
    CHECK(pk_manager_options_init(NULL, sizeof(pk_manager_options)) == null);
    CHECK(pk_route_options_init(NULL, sizeof(pk_route_options)) == null);
    CHECK(pk_health_check_init(NULL, sizeof(pk_health_check)) == null);
    FAILS(null, "manager", pk_manager_new(NULL, NULL, &error));
    FAILS(null, "manager", pk_manage(NULL, "GET", "/endpoints", body, 2, &reply, &error));
    FAILS(null, "method", pk_manage(manager, NULL, "/endpoints", body, 2, &reply, &error));
    FAILS(null, "target", pk_manage(manager, "GET", NULL, body, 2, &reply, &error));
    FAILS(null, "body_len is 2", pk_manage(manager, "GET", "/endpoints", NULL, 2, &reply, &error));
    FAILS(null, "reply", pk_manage(manager, "GET", "/endpoints", body, 2, NULL, &error));
    FAILS(null, "text", pk_parse_prefix(NULL, &normal, &error));
    FAILS(null, "normal", pk_parse_prefix("/x/", NULL, &error));
    FAILS(null, "text", pk_parse_target(NULL, &normal, &error));
    FAILS(null, "normal", pk_parse_target("http://a", NULL, &error));
}

void null_pointers_are_refused(void)
{
    pk_manager *manager = new_manager(NULL);
    null_in_routes_and_backends(manager);
    null_in_lists();
    null_in_the_life_cycle(manager);
    null_elsewhere(manager);
    free_manager(manager);
}

void texts_must_be_utf8(void)
{
    const pk_status utf8 = PK_ERR_INVALID_UTF8;
    const char *const targets[] = {"http://localhost:8081", "http://\xff"};
    pk_manager *manager = new_manager(NULL);
    pk_reply *reply;
    char *normal;
    FAILS(utf8, "prefix \"/caf\\xe9\"", pk_add_route(manager, "/caf\xe9", TARGETS, 2, NULL, &error));
    FAILS(utf8, "targets[1]", pk_add_route(manager, "/x/", targets, 2, NULL, &error));
    FAILS(utf8, "listen", pk_start(manager, "\xff:0", &error));
    FAILS(utf8, "method", pk_manage(manager, "\xff", "/endpoints", NULL, 0, &reply, &error));
    FAILS(utf8, "text", pk_parse_target("http://\xc3", &normal, &error));

    pk_manager_options options;
    pk_manager_options_init(&options, sizeof options);
    options.management_token = "secret\xff";
    pk_manager *other = NULL;
    pk_error *error = NULL;
    CHECK(pk_manager_new(&options, &other, &error) == utf8);
    CHECK(strstr(pk_error_message(error), "management_token") != NULL);
    CHECK(strstr(pk_error_message(error), "secret") == NULL);
    pk_error_free(error);
    free_manager(manager);
}

void messages_name_the_value(void)
{
    const char *const bad[] = {"ftp://files.example"};
    pk_manager *manager = new_manager(NULL);
    pk_backends *backends;
    SUCCEEDS(pk_add_route(manager, "/x/", TARGETS, 2, NULL, &error));
    FAILS(PK_ERR_INVALID_PREFIX, "\"/a//b\"", pk_add_route(manager, "/a//b", NULL, 0, NULL, &error));
    FAILS(PK_ERR_INVALID_TARGET, "\"ftp://files.example\"", pk_add_route(manager, "/y/", bad, 1, NULL, &error));
    FAILS(PK_ERR_ROUTE_EXISTS, "/x/", pk_add_route(manager, "x", NULL, 0, NULL, &error));
    FAILS(PK_ERR_ROUTE_NOT_FOUND, "/y/", pk_remove_route(manager, "/y/", &error));
    FAILS(PK_ERR_ROUTE_NOT_FOUND, "/y/", pk_list_backends(manager, "/y", &backends, &error));
    FAILS(PK_ERR_BACKEND_NOT_FOUND, "http://other", pk_get_backend(manager, "/x/", "http://other", &backends, &error));
    FAILS(PK_ERR_INVALID_ADDRESS, "\"nowhere\"", pk_start(manager, "nowhere", &error));
    free_manager(manager);
}

void outputs_stay_untouched_on_error(void)
{
    const char *const bad[] = {"ftp://files.example"};
    pk_manager *manager = new_manager(NULL);
    char nothing = 'x';
    pk_backends *backends = (pk_backends *)&nothing;
    pk_manager *other = (pk_manager *)&nothing;
    char *text = &nothing;
    size_t count = 77;
    pk_manager_options options;
    pk_manager_options_init(&options, sizeof options);
    options.workers = 5000;
    FAILS(PK_ERR_INVALID_OPTION, "workers 5000", pk_manager_new(&options, &other, &error));
    FAILS(PK_ERR_ROUTE_NOT_FOUND, "", pk_add_backends(manager, "/x/", TARGETS, 2, NULL, &count, &error));
    FAILS(PK_ERR_ROUTE_NOT_FOUND, "", pk_remove_backends(manager, "/x/", TARGETS, 2, &count, &error));
    FAILS(PK_ERR_ROUTE_NOT_FOUND, "", pk_list_backends(manager, "/x/", &backends, &error));
    FAILS(PK_ERR_ROUTE_NOT_FOUND, "", pk_get_backend(manager, "/x/", TARGETS[0], &backends, &error));
    FAILS(PK_ERR_NOT_STARTED, "", pk_address(manager, &text, &error));
    FAILS(PK_ERR_INVALID_TARGET, "", pk_parse_target(bad[0], &text, &error));
    CHECK(other == (pk_manager *)&nothing);
    CHECK(backends == (pk_backends *)&nothing);
    CHECK(text == &nothing);
    CHECK(count == 77);
    free_manager(manager);
}

void an_error_object_is_not_needed(void)
{
    pk_manager *manager = NULL;
    pk_error *error = (pk_error *)&manager;
    CHECK(pk_manager_new(NULL, &manager, NULL) == PK_OK);
    CHECK(pk_add_route(manager, "/x/", TARGETS, 2, NULL, NULL) == PK_OK);
    CHECK(pk_add_route(manager, "/x/", TARGETS, 2, NULL, NULL) == PK_ERR_ROUTE_EXISTS);
    CHECK(pk_add_backends(manager, "/x/", TARGETS, 2, NULL, NULL, NULL) == PK_OK);
    CHECK(pk_remove_backends(manager, "/x/", TARGETS, 2, NULL, &error) == PK_OK);
    CHECK(error == (pk_error *)&manager);
    CHECK(pk_stop(manager, 0, NULL, NULL) == PK_OK);
    free_manager(manager);
}

void texts_are_read(void)
{
    char *normal = NULL;
    SUCCEEDS(pk_parse_prefix("x", &normal, &error));
    CHECK_TEXT("/x/", normal);
    pk_string_free(normal);
    SUCCEEDS(pk_parse_target("HTTP://LocalHost:80/base/", &normal, &error));
    CHECK_TEXT("http://localhost/base", normal);
    pk_string_free(normal);
    FAILS(PK_ERR_INVALID_PREFIX, "\"\"", pk_parse_prefix("", &normal, &error));
    FAILS(PK_ERR_INVALID_TARGET, "\"localhost:80\"", pk_parse_target("localhost:80", &normal, &error));
}
