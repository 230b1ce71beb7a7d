/* Every call fits on a stack of 64 KiB. Where all threads of the host have such ones, the library's have their own size. */
#include "contract.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK = 64 * 1024, PAINT = 0xa5 };

static backend *server;

static void call_what_needs_no_start(pk_manager *manager)
{
    pk_routes *routes = NULL;
    pk_backends *backends = NULL;
    pk_route route;
    pk_backend entry;
    pk_health_check check;
    pk_route_options options;
    char *normal = NULL;
    size_t count = 0;
    const char *targets[] = {backend_target(server)}, *more[] = {"https://backend.example:8443/base", "unix:/tmp/socket"};
    const char *settings[] = {"idle_timeout=30s", "no such option"};
    CHECK(pk_route_options_init(&options, sizeof options) == PK_OK && pk_health_check_init(&check, sizeof check) == PK_OK);
    SUCCEEDS(pk_parse_prefix("/x", &normal, &error));
    pk_string_free(normal);
    SUCCEEDS(pk_parse_target("h2c://localhost:80/", &normal, &error));
    pk_string_free(normal);
    options.settings = settings;
    options.settings_len = LENGTH(settings);
    FAILS(PK_ERR_INVALID_OPTION, "", pk_add_route(manager, "/x/", targets, 1, &options, &error));
    SUCCEEDS(pk_add_route(manager, "/x/", targets, 1, NULL, &error));
    SUCCEEDS(pk_add_backends(manager, "/x/", more, 2, &check, &count, &error));
    SUCCEEDS(pk_list_routes(manager, &routes, &error));
    route.struct_size = sizeof route;
    SUCCEEDS(pk_routes_get(routes, 0, &route, &error));
    pk_routes_free(routes);
    SUCCEEDS(pk_list_backends(manager, "/x/", &backends, &error));
    entry.struct_size = sizeof entry;
    SUCCEEDS(pk_backends_get(backends, 2, &entry, &error));
    pk_backends_free(backends);
    SUCCEEDS(pk_get_backend(manager, "/x/", more[0], &backends, &error));
    pk_backends_free(backends);
    SUCCEEDS(pk_remove_backends(manager, "/x/", more, 2, &count, &error));
    SUCCEEDS(pk_add_route(manager, "/y/", NULL, 0, NULL, &error));
    SUCCEEDS(pk_remove_route(manager, "/y/", &error));
}

static void call_management(pk_manager *manager)
{
    const char *body = "{\"prefixPath\": \"/x/\", \"targets\": [\"http://localhost:8085\"]}";
    pk_reply *reply = NULL;
    SUCCEEDS(pk_manage(manager, "POST", "/endpoints/add", (const uint8_t *)body, strlen(body), &reply, &error));
    CHECK(pk_reply_status(reply) == 200);
    pk_reply_free(reply);
    SUCCEEDS(pk_manage(manager, "POST", "/endpoints/remove", (const uint8_t *)body, strlen(body), &reply, &error));
    pk_reply_free(reply);
    SUCCEEDS(pk_manage(manager, "DELETE", "/endpoints/list", NULL, 0, &reply, &error));
    CHECK(pk_reply_allow(reply) != NULL && pk_reply_body(reply) != NULL);
    pk_reply_free(reply);
}

static void ignore(const pk_event *event, void *userdata)
{
    (void)event;
    (void)userdata;
}

static void ignore_record(const pk_log_record *record, void *userdata)
{
    (void)record;
    (void)userdata;
}

static void ping(pk_request *request, void *userdata)
{
    (void)userdata;
    SUCCEEDS(pk_respond(request, 200, NULL, 0, NULL, 0, &error));
    pk_request_free(request);
}

static pk_events *give_functions(pk_manager *manager)
{
    pk_events *events = NULL;
    int fd = -1;
    SUCCEEDS(pk_events_open(manager, &events, &error));
    SUCCEEDS(pk_events_fd(events, &fd, &error));
    SUCCEEDS(pk_on_event(manager, ignore, NULL, NULL, &error));
    SUCCEEDS(pk_on_log(manager, PK_LOG_DEBUG, ignore_record, NULL, NULL, &error));
    SUCCEEDS(pk_handle(manager, "/ping", NULL, ping, NULL, NULL, &error));
    return events;
}

static void hear_the_end(pk_events *events)
{
    pk_event *event = NULL;
    uint32_t kind = 0;
    while (kind != PK_EVENT_STOPPED) {
        SUCCEEDS(pk_events_next(events, 10000, &event, &error));
        kind = pk_event_kind(event);
        CHECK(pk_event_name(event) != NULL);
        pk_event_free(event);
    }
    FAILS(PK_ERR_STOPPED, "", pk_events_next(events, 0, &event, &error));
    pk_events_free(events);
}

static pk_log *open_log(pk_manager *manager)
{
    pk_log *log = NULL;
    int fd = -1;
    SUCCEEDS(pk_log_open(manager, PK_LOG_DEBUG, &log, &error));
    SUCCEEDS(pk_log_fd(log, &fd, &error));
    return log;
}

static void read_the_log(pk_log *log)
{
    pk_log_record *record = NULL;
    uint32_t kind = 0;
    while (kind != PK_EVENT_STOPPED) {
        SUCCEEDS(pk_log_next(log, 10000, &record, &error));
        kind = pk_event_kind(pk_log_record_event(record));
        CHECK(pk_log_record_level(record) != 0 && *pk_log_record_category(record) != '\0');
        CHECK(*pk_log_record_message(record) != '\0');
        pk_log_record_free(record);
    }
    pk_log_free(log);
}

static void look_at_counters(const pk_manager *manager)
{
    pk_counters counters;
    pk_connections connections;
    counters.struct_size = sizeof counters;
    connections.struct_size = sizeof connections;
    SUCCEEDS(pk_get_totals(manager, &counters, &connections, &error));
    CHECK(counters.requests == 2 && connections.accepted == 2);
}

static void make_one_with_tls(void)
{
    /* Where `make` has put the two files. */
    const char *folder = getenv("PROXYKIT_CERTIFICATES");
    char certificates[256], keys[256], authorities[256];
    const char *settings[] = {certificates, keys}, *targets[] = {"https://localhost:8443"}, *trusting[] = {authorities};
    CHECK(folder != NULL);
    snprintf(certificates, sizeof certificates, "tls_certificates=%s/certificate.pem", folder);
    snprintf(keys, sizeof keys, "tls_keys=%s/certificate.key", folder);
    snprintf(authorities, sizeof authorities, "upstream_ca=%s/certificate.pem", folder);
    pk_manager_options options;
    pk_route_options route;
    CHECK(pk_manager_options_init(&options, sizeof options) == PK_OK);
    options.settings = settings;
    options.settings_len = LENGTH(settings);
    pk_manager *manager = new_manager(&options);
    CHECK(pk_route_options_init(&route, sizeof route) == PK_OK);
    route.settings = trusting;
    route.settings_len = 1;
    SUCCEEDS(pk_add_route(manager, "/tls/", targets, 1, &route, &error));
    SUCCEEDS(pk_manager_reload_certificates(manager, &error));
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    free_manager(manager);
}

static void *live_on_a_small_stack(void *argument)
{
    pk_manager *manager = NULL;
    pk_manager_options options;
    char *address = NULL, *management = NULL;
    const char *networks[] = {"10.0.0.0/8"};
    (void)argument;
    CHECK(pk_manager_options_init(&options, sizeof options) == PK_OK);
    options.trusted_proxies = networks;
    options.trusted_proxies_len = 1;
    options.management = "127.0.0.1:0";
    manager = new_manager(&options);
    call_what_needs_no_start(manager);
    pk_events *events = give_functions(manager);
    pk_log *log = open_log(manager);
    FAILS(PK_ERR_NOT_STARTED, "", pk_address(manager, &address, &error));
    SUCCEEDS(pk_start(manager, "localhost:0", &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    SUCCEEDS(pk_management_address(manager, &management, &error));
    CHECK(client_ask(address, "/x/") == 200);
    CHECK(client_ask(address, "/ping") == 200);
    look_at_counters(manager);
    call_management(manager);
    make_one_with_tls();
    FAILS(PK_ERR_TIMED_OUT, "", pk_wait(manager, 1, &error));
    SUCCEEDS(pk_stop(manager, 1000, NULL, &error));
    hear_the_end(events);
    read_the_log(log);
    FAILS(PK_ERR_STOPPED, "", pk_serve(manager, "127.0.0.1:0", &error));
    free_manager(manager);
    pk_string_free(address);
    pk_string_free(management);
    return NULL;
}

void small_stacks_are_enough(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    size_t untouched = 0;
    /* A page that may not be touched lies below it. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = (char *)mmap(NULL, STACK + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(mprotect(memory, page, PROT_NONE) == 0);
    char *stack = memory + page;
    memset(stack, PAINT, STACK);
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, STACK) == 0);
    CHECK(pthread_setattr_default_np(&attributes) == 0);
    server = backend_start("backend");
    CHECK(pthread_attr_setstack(&attributes, stack, STACK) == 0);
    CHECK(pthread_create(&thread, &attributes, live_on_a_small_stack, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    /* Who watches does not want to see the stack of a thread read that is gone. */
    while (!is_watched() && untouched < STACK && (unsigned char)stack[untouched] == PAINT)
        untouched++;
    if (!is_watched())
        printf("%zu bytes of the stack were used\n", STACK - untouched);
    pthread_attr_destroy(&attributes);
    munmap(memory, STACK + page);
    backend_stop(server);
}
