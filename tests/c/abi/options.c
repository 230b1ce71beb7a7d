#include "calls.h"
#include "tests.h"

/* An older header's struct: it knows nothing after strip_prefix and health_check. */
enum { OLDER_SIZE = offsetof(pk_route_options, health_interval_ms) };

/* A newer header's. */
typedef struct newer_options {
    pk_route_options options;
    uint64_t unknown;
} newer_options;

static pk_route_options route_options(void)
{
    pk_route_options options;
    CHECK(pk_route_options_init(&options, sizeof options) == PK_OK);
    return options;
}

static pk_status add_route(const pk_route_options *options, pk_error **error)
{
    pk_manager *manager = new_manager(NULL);
    pk_status status = pk_add_route(manager, "/x/", NULL, 0, options, error);
    free_manager(manager);
    return status;
}

void defaults_are_filled_in(void)
{
    pk_manager_options manager;
    memset(&manager, 0xff, sizeof manager);
    CHECK(pk_manager_options_init(&manager, sizeof manager) == PK_OK);
    CHECK(manager.struct_size == sizeof manager);
    CHECK(manager.workers == 0);
    CHECK_TEXT("same", manager.management);
    CHECK(manager.management_token == NULL);
    CHECK(manager.management_hosts_len == 0 && manager.trusted_proxies_len == 0);

    pk_route_options route = route_options();
    CHECK(route.struct_size == sizeof route);
    CHECK(route.balancer == PK_BALANCER_ROUND_ROBIN && route.host_header == PK_HOST_HEADER_CLIENT);
    CHECK(route.strip_prefix && route.health_check);
    CHECK(route.health_interval_ms == 5000 && route.health_timeout_ms == 2000);
    CHECK(route.health_rise == 1 && route.health_fall == 1 && route.health_jitter == 0.1);
    CHECK(route.connect_timeout_ms == 5000 && route.response_head_timeout_ms == 60000);

    pk_health_check check;
    CHECK(pk_health_check_init(&check, sizeof check) == PK_OK);
    CHECK(check.struct_size == sizeof check);
    CHECK(check.health_interval_ms == 5000 && check.health_timeout_ms == 2000);
    CHECK(check.health_rise == 1 && check.health_fall == 1 && check.health_jitter == 0.1);
}

void options_may_be_json(void)
{
    pk_error *error = NULL;
    pk_route_options route = route_options();
    route.json = "{\"connect_timeout\": \"2s\", \"health_rise\": 3, \"strip_prefix\": false}";
    CHECK(add_route(&route, &error) == PK_OK);

    route.json = "{\"connect_timeout\": 2}";
    CHECK(add_route(&route, &error) == PK_ERR_INVALID_OPTION);
    CHECK_TEXT("invalid connect_timeout \"2\": write it as \"5s\", \"200ms\" or \"1m30s\"",
               pk_error_message(error));
    pk_error_free(error);

    /* settings count more than json, and json more than fields. */
    const char *settings[] = {"health_check=false"};
    route.json = "{\"health_check\": true, \"balancer\": \"ip_hash\"}";
    route.settings = settings;
    route.settings_len = 1;
    pk_manager *manager = new_manager(NULL);
    CHECK(pk_add_route(manager, "/x/", NULL, 0, &route, NULL) == PK_OK);
    pk_routes *routes;
    CHECK(pk_list_routes(manager, &routes, NULL) == PK_OK);
    pk_route added = empty_route();
    CHECK(pk_routes_get(routes, 0, &added, NULL) == PK_OK);
    CHECK(added.balancer == PK_BALANCER_IP_HASH);
    pk_routes_free(routes);
    free_manager(manager);

    pk_manager_options options;
    CHECK(pk_manager_options_init(&options, sizeof options) == PK_OK && options.json == NULL);
    options.json = "{\"workers\": 1, \"management\": \"off\"}";
    CHECK(pk_manager_new(&options, &manager, NULL) == PK_OK);
    free_manager(manager);
    options.json = "{\"workers\": 1, \"workers\": 2}";
    CHECK(pk_manager_new(&options, &manager, &error) == PK_ERR_INVALID_OPTION);
    CHECK(strstr(pk_error_message(error), "there twice") != NULL);
    pk_error_free(error);
}

void older_structs_are_understood(void)
{
    pk_route_options options;
    memset(&options, 0xff, sizeof options);
    CHECK(pk_route_options_init(&options, OLDER_SIZE) == PK_OK);
    CHECK(options.struct_size == OLDER_SIZE && options.health_check);
    CHECK(options.health_interval_ms == UINT64_MAX); /* not written: the caller has no such field */
    SUCCEEDS(add_route(&options, &error));
    options.balancer = 99;
    FAILS(PK_ERR_INVALID_OPTION, "99", add_route(&options, &error));
    options.struct_size = sizeof options.struct_size; /* not even a balancer */
    SUCCEEDS(add_route(&options, &error));
}

void newer_structs_are_understood(void)
{
    newer_options newer;
    memset(&newer, 0xff, sizeof newer);
    CHECK(pk_route_options_init(&newer.options, sizeof newer) == PK_OK);
    CHECK(newer.options.struct_size == sizeof newer);
    CHECK(newer.unknown == 0);
    SUCCEEDS(add_route(&newer.options, &error));
    newer.unknown = 1;
    FAILS(PK_ERR_INVALID_ARGUMENT, "pk_route_options", add_route(&newer.options, &error));
}

void sizes_of_no_version_are_refused(void)
{
    const size_t sizes[] = {0, 1, sizeof(size_t) - 1, offsetof(pk_route_options, balancer) + 1,
                            offsetof(pk_route_options, health_jitter) + 4, 100 * 1000, SIZE_MAX};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        pk_route_options options = route_options();
        CHECK(pk_route_options_init(&options, sizes[i]) == PK_ERR_INVALID_ARGUMENT);
        CHECK(options.struct_size == sizeof options);
        options.struct_size = sizes[i];
        FAILS(PK_ERR_INVALID_ARGUMENT, "struct_size", add_route(&options, &error));
    }
    pk_manager *manager = NULL;
    pk_manager_options options;
    memset(&options, 0, sizeof options);
    FAILS(PK_ERR_INVALID_ARGUMENT, "pk_manager_options", pk_manager_new(&options, &manager, &error));
    pk_health_check check;
    memset(&check, 0, sizeof check);
    check.struct_size = 3;
    manager = new_manager(NULL);
    FAILS(PK_ERR_INVALID_ARGUMENT, "pk_health_check", pk_add_backends(manager, "/x/", NULL, 0, &check, NULL, &error));
    free_manager(manager);
}

void values_out_of_range_are_refused(void)
{
    const pk_status invalid = PK_ERR_INVALID_OPTION;
    pk_route_options options = route_options();
    options.balancer = 4;
    FAILS(invalid, "balancer 4", add_route(&options, &error));
    options = route_options();
    options.host_header = UINT32_MAX;
    FAILS(invalid, "host_header 4294967295", add_route(&options, &error));
    options = route_options();
    options.health_interval_ms = 0;
    FAILS(invalid, "health_interval", add_route(&options, &error));
    options.health_check = false; /* then it has no meaning */
    SUCCEEDS(add_route(&options, &error));
    options = route_options();
    options.health_jitter = 1.5;
    FAILS(invalid, "health_jitter 1.5", add_route(&options, &error));
    options = route_options();
    options.connect_timeout_ms = UINT64_MAX;
    FAILS(invalid, "connect_timeout", add_route(&options, &error));
    options = route_options();
    memset(&options.strip_prefix, 0xff, sizeof options.strip_prefix); /* as in a struct that was never set */
    FAILS(PK_ERR_INVALID_ARGUMENT, "strip_prefix is 255", add_route(&options, &error));

    pk_manager *manager = new_manager(NULL);
    pk_health_check check;
    CHECK(pk_health_check_init(&check, sizeof check) == PK_OK);
    SUCCEEDS(pk_add_route(manager, "/x/", NULL, 0, NULL, &error));
    check.health_rise = 0;
    FAILS(invalid, "health_rise 0", pk_add_backends(manager, "/x/", NULL, 0, &check, NULL, &error));
    free_manager(manager);
}

void manager_options_are_read(void)
{
    const char *const hosts[] = {"proxy.internal", "proxy"};
    const char *const networks[] = {"10.0.0.0/8", "::1"};
    const char *const bad_networks[] = {"10.0.0.0/8", "10.0.0.0/33"};
    const char *const hole[] = {"proxy.internal", NULL};
    pk_manager *manager = NULL;
    pk_manager_options options;
    CHECK(pk_manager_options_init(&options, sizeof options) == PK_OK);
    options.management = "127.0.0.1:0";
    options.management_token = "secret";
    options.management_hosts = hosts;
    options.management_hosts_len = LENGTH(hosts);
    options.trusted_proxies = networks;
    options.trusted_proxies_len = LENGTH(networks);
    free_manager(new_manager(&options));

    options.trusted_proxies = bad_networks;
    FAILS(PK_ERR_INVALID_OPTION, "10.0.0.0/33", pk_manager_new(&options, &manager, &error));
    options.trusted_proxies = NULL;
    FAILS(PK_ERR_NULL_POINTER, "trusted_proxies", pk_manager_new(&options, &manager, &error));
    options.trusted_proxies_len = 0;
    options.management_hosts = hole;
    FAILS(PK_ERR_NULL_POINTER, "management_hosts[1]", pk_manager_new(&options, &manager, &error));
    options.management_hosts_len = 0;
    options.management = "everywhere";
    FAILS(PK_ERR_INVALID_OPTION, "\"everywhere\"", pk_manager_new(&options, &manager, &error));
    options.management = NULL;
    FAILS(PK_ERR_NULL_POINTER, "management", pk_manager_new(&options, &manager, &error));
    CHECK(manager == NULL);
}
