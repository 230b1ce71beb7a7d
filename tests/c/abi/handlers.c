/* Routes that the host answers itself. */
#include "atomics.h"
#include "calls.h"
#include "peer.h"
#include "tests.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

static atomic_uint finalised;

static void count_finalised(void *userdata)
{
    (void)userdata;
    atomic_fetch_add(&finalised, 1U);
}

/* A request that the handler has put aside, for the test to answer. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pk_request *put_aside;

static void put_it_aside(pk_request *request, void *userdata)
{
    (void)userdata;
    pthread_mutex_lock(&lock);
    CHECK(put_aside == NULL);
    put_aside = request;
    pthread_mutex_unlock(&lock);
}

/* NULL if it does not come within so many naps. */
static pk_request *take_within(int naps)
{
    pk_request *taken = NULL;
    for (; taken == NULL && naps > 0; naps--) {
        pthread_mutex_lock(&lock);
        taken = put_aside;
        put_aside = NULL;
        pthread_mutex_unlock(&lock);
        nap();
    }
    return taken;
}

static pk_request *take_it(void)
{
    pk_request *taken = take_within(10000);
    CHECK(taken != NULL);
    return taken;
}

static pk_status respond(const pk_request *request, uint32_t status, const char *text)
{
    return pk_respond(request, status, NULL, 0, (const uint8_t *)text, strlen(text), NULL);
}

static pk_manager *handling(const char *prefix, const char *timeout, pk_handler handler, char **address)
{
    pk_manager *manager = serving_manager(address);
    pk_handler_options options;
    CHECK(pk_handler_options_init(&options, sizeof options) == PK_OK);
    CHECK(options.handler_timeout_ms == 30000 && options.handler_body_limit == 1024 * 1024);
    const char *settings[] = {timeout};
    options.settings = settings;
    options.settings_len = 1;
    SUCCEEDS(pk_handle(manager, prefix, &options, handler, NULL, NULL, &error));
    return manager;
}

static void show(pk_request *request, void *userdata)
{
    CHECK_TEXT("userdata", (const char *)userdata);
    CHECK_TEXT("POST", pk_request_method(request));
    CHECK_TEXT("/x/a%2Fb?c=d", pk_request_target(request));
    CHECK_TEXT("127.0.0.1", pk_request_client_address(request));
    CHECK_TEXT("one", pk_request_header(request, "X-Twice"));
    CHECK(pk_request_header(request, "x-none") == NULL && pk_request_header(request, NULL) == NULL);
    CHECK(pk_request_header(request, "connection") == NULL);

    size_t twice = 0;
    pk_header header;
    for (size_t i = 0; i < pk_request_headers_len(request); i++) {
        SUCCEEDS(pk_request_headers_get(request, i, &header, &error));
        if (strcmp(header.name, "x-twice") == 0)
            CHECK_TEXT(twice++ == 0 ? "one" : "two", header.value);
    }
    CHECK(twice == 2);
    FAILS(PK_ERR_INVALID_ARGUMENT, "index", pk_request_headers_get(request, SIZE_MAX, &header, &error));
    FAILS(PK_ERR_NULL_POINTER, "header", pk_request_headers_get(request, 0, NULL, &error));

    CHECK(pk_request_body_len(request) == 5 && memcmp(pk_request_body(request), "a\0b\0c", 5) == 0);
    CHECK(pk_request_is_wanted(request));
    pk_header headers[2];
    headers[0].name = "Content-Type";
    headers[0].value = "text/plain";
    headers[1].name = "X-Own";
    headers[1].value = "yes";
    SUCCEEDS(pk_respond(request, 201, headers, 2, (const uint8_t *)"made", 4, &error));
    CHECK(!pk_request_is_wanted(request));
    FAILS(PK_ERR_ALREADY_ANSWERED, "answered already",
          pk_respond(request, 200, NULL, 0, NULL, 0, &error));
    pk_request_free(request);
}

void handlers_see_and_answer_requests(void)
{
    static char userdata[] = "userdata";
    char *address = NULL;
    pk_manager *manager = serving_manager(&address);
    SUCCEEDS(pk_handle(manager, "/x", NULL, show, userdata, NULL, &error));
    int connection = client_say(address, "POST /x/a%2Fb?c=d HTTP/1.1\r\nhost: h\r\nx-twice: one\r\nx-twice: two\r\n"
                                         "content-length: 5\r\nconnection: close\r\n\r\n");
    CHECK(send_all(connection, "a\0b\0c", 5));
    char *answer = client_read(connection);
    CHECK(strncmp(answer, "HTTP/1.1 201 Created\r\n", 22) == 0);
    CHECK(strstr(answer, "x-own: yes\r\n") != NULL && strstr(answer, "content-length: 4\r\n") != NULL);
    CHECK_TEXT("made", strstr(answer, "\r\n\r\n") + 4);
    free(answer);
    free_manager(manager);
    pk_string_free(address);
}

void answers_may_come_later(void)
{
    char *address = NULL;
    pk_manager *manager = handling("/", "handler_timeout=60s", put_it_aside, &address);
    int connection = client_send(address, "/later");
    pk_request *request = take_it();
    CHECK(respond(request, 200, "later") == PK_OK);
    char *answer = client_read(connection);
    CHECK(strstr(answer, "\r\n\r\nlater") != NULL);
    free(answer);
    pk_request_free(request);

    /* Not answered at all. */
    connection = client_send(address, "/never");
    pk_request_free(take_it());
    answer = client_read(connection);
    CHECK(strstr(answer, "HTTP/1.1 500 ") == answer && strstr(answer, "handler_failed") != NULL);
    free(answer);

    /* For a client who has left. */
    connection = client_send(address, "/leaves");
    request = take_it();
    close_with_reset(connection);
    WAIT_UNTIL(!pk_request_is_wanted(request));
    CHECK(respond(request, 200, "too late") == PK_ERR_CLIENT_CLOSED);
    pk_request_free(request);

    /* When the manager is gone. */
    connection = client_send(address, "/outlives");
    request = take_it();
    free_manager(manager);
    CHECK_TEXT("/outlives", pk_request_target(request));
    CHECK(respond(request, 200, "too late") == PK_ERR_CLIENT_CLOSED);
    pk_request_free(request);
    free(client_read(connection));
    pk_string_free(address);
}

void late_handlers_hear_of_it(void)
{
    char *address = NULL;
    pk_manager *manager = handling("/", "handler_timeout=20ms", put_it_aside, &address);
    pk_request *request = NULL;
    /* Where it was late before the handler could be called, it is not called. */
    while (request == NULL) {
        CHECK(client_ask(address, "/") == 504);
        request = take_within(1000);
    }
    CHECK(respond(request, 200, "too late") == PK_ERR_HANDLER_TIMEOUT);
    pk_request_free(request);
    free_manager(manager);
    pk_string_free(address);
}

static void mend(pk_request *request, void *userdata)
{
    (void)userdata;
    pk_header header;
    header.name = "a";
    header.value = "b\r\nc: d";
    FAILS(PK_ERR_INVALID_ARGUMENT, "invalid value of the header a", pk_respond(request, 200, &header, 1, NULL, 0, &error));
    header.value = NULL;
    FAILS(PK_ERR_NULL_POINTER, "headers[0].value is NULL", pk_respond(request, 200, &header, 1, NULL, 0, &error));
    header.value = "caf\xe9";
    FAILS(PK_ERR_INVALID_UTF8, "headers[0].value", pk_respond(request, 200, &header, 1, NULL, 0, &error));
    FAILS(PK_ERR_NULL_POINTER, "headers_len is 2", pk_respond(request, 200, NULL, 2, NULL, 0, &error));
    FAILS(PK_ERR_NULL_POINTER, "body_len is 3", pk_respond(request, 200, NULL, 0, NULL, 3, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "invalid status 101", pk_respond(request, 101, NULL, 0, NULL, 0, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "invalid status 65736", pk_respond(request, 65736, NULL, 0, NULL, 0, &error));
    CHECK(respond(request, 200, "mended") == PK_OK);
    pk_request_free(request);
}

void bad_answers_may_be_mended(void)
{
    char *address = NULL;
    int status = 0;
    pk_manager *manager = handling("/", "handler_timeout=60s", mend, &address);
    char *body = client_get(address, "/", &status);
    CHECK(status == 200);
    CHECK_TEXT("mended", body);
    free(body);
    free_manager(manager);
    pk_string_free(address);
}

static void change_routes(pk_request *request, void *userdata)
{
    pk_manager *manager = (pk_manager *)userdata;
    SUCCEEDS(pk_remove_route(manager, "/x", &error));
    SUCCEEDS(pk_handle(manager, "/y", NULL, mend, NULL, NULL, &error));
    FAILS(PK_ERR_WRONG_THREAD, "", pk_stop(manager, 0, NULL, &error));
    FAILS(PK_ERR_WRONG_THREAD, "", pk_wait(manager, 0, &error));
    CHECK(pk_manager_free(manager) == PK_ERR_WRONG_THREAD);
    CHECK(respond(request, 200, "changed") == PK_OK);
    pk_request_free(request);
}

void handlers_may_call_the_library(void)
{
    char *address = NULL;
    pk_manager *manager = serving_manager(&address);
    atomic_store(&finalised, 0U);
    SUCCEEDS(pk_handle(manager, "/x", NULL, change_routes, manager, count_finalised, &error));
    CHECK(client_ask(address, "/x") == 200);
    CHECK(client_ask(address, "/x") == 404);
    CHECK(client_ask(address, "/y") == 200);
    WAIT_UNTIL(atomic_load(&finalised) == 1);
    free_manager(manager);
    CHECK(atomic_load(&finalised) == 1);
    pk_string_free(address);
}

void userdata_of_handlers_is_finalised_once(void)
{
    char *address = NULL;
    pk_manager *manager = new_manager(NULL);
    pk_handler_options options;
    atomic_store(&finalised, 0U);
    SUCCEEDS(pk_handle(manager, "/x", NULL, put_it_aside, NULL, count_finalised, &error));
    CHECK(atomic_load(&finalised) == 0);

    /* Also if it fails, before it returns. */
    FAILS(PK_ERR_ROUTE_EXISTS, "/x/", pk_handle(manager, "/x/", NULL, put_it_aside, NULL, count_finalised, &error));
    FAILS(PK_ERR_INVALID_PREFIX, "a?", pk_handle(manager, "a?", NULL, put_it_aside, NULL, count_finalised, &error));
    FAILS(PK_ERR_NULL_POINTER, "handler is NULL", pk_handle(manager, "/y", NULL, NULL, NULL, count_finalised, &error));
    FAILS(PK_ERR_NULL_POINTER, "prefix", pk_handle(manager, NULL, NULL, put_it_aside, NULL, count_finalised, &error));
    FAILS(PK_ERR_NULL_POINTER, "manager", pk_handle(NULL, "/y", NULL, put_it_aside, NULL, count_finalised, &error));
    CHECK(pk_handler_options_init(&options, sizeof options) == PK_OK);
    options.handler_body_limit = 0;
    FAILS(PK_ERR_INVALID_OPTION, "handler_body_limit",
          pk_handle(manager, "/y", &options, put_it_aside, NULL, count_finalised, &error));
    options.json = "{\"handler_body_limit\": \"64KiB\"}";
    options.struct_size = 3;
    FAILS(PK_ERR_INVALID_ARGUMENT, "struct_size 3",
          pk_handle(manager, "/y", &options, put_it_aside, NULL, count_finalised, &error));
    CHECK(atomic_load(&finalised) == 7);
    options.struct_size = sizeof options;
    SUCCEEDS(pk_handle(manager, "/y", &options, put_it_aside, NULL, count_finalised, &error));

    /* When the route goes, and with the manager. */
    SUCCEEDS(pk_remove_route(manager, "/x", &error));
    CHECK(atomic_load(&finalised) == 8);
    SUCCEEDS(pk_handle(manager, "/x", NULL, put_it_aside, NULL, count_finalised, &error));
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    int connection = client_send(address, "/x");
    pk_request *request = take_it();
    SUCCEEDS(pk_remove_route(manager, "/x", &error));
    CHECK(respond(request, 200, "in progress") == PK_OK);
    free(client_read(connection));
    WAIT_UNTIL(atomic_load(&finalised) == 9);
    pk_request_free(request);
    free_manager(manager);
    CHECK(atomic_load(&finalised) == 10);
    pk_string_free(address);
}

void routes_of_handlers_are_listed(void)
{
    pk_manager *manager = new_manager(NULL);
    const char *targets[] = {"http://localhost:9"};
    pk_routes *routes = NULL;
    pk_route route = empty_route();
    SUCCEEDS(pk_handle(manager, "/h", NULL, put_it_aside, NULL, NULL, &error));
    SUCCEEDS(pk_add_route(manager, "/x", targets, 1, NULL, &error));
    SUCCEEDS(pk_list_routes(manager, &routes, &error));
    SUCCEEDS(pk_routes_get(routes, 0, &route, &error));
    CHECK_TEXT("/h/", route.prefix);
    CHECK(route.is_handler && pk_backends_len(route.backends) == 0);
    SUCCEEDS(pk_routes_get(routes, 1, &route, &error));
    CHECK(!route.is_handler);
    pk_routes_free(routes);
    FAILS(PK_ERR_ROUTE_IS_HANDLER, "/h/", pk_add_backends(manager, "/h", targets, 1, NULL, NULL, &error));
    FAILS(PK_ERR_ROUTE_IS_HANDLER, "/h/", pk_remove_backends(manager, "/h", targets, 1, NULL, &error));
    FAILS(PK_ERR_ROUTE_EXISTS, "/h/", pk_add_route(manager, "/h", targets, 1, NULL, &error));
    free_manager(manager);
}

/* A handler that returns when the test says so. */
static atomic_bool is_called, is_let_go;

static void hang(pk_request *request, void *userdata)
{
    (void)userdata;
    atomic_store(&is_called, true);
    WAIT_UNTIL(atomic_load(&is_let_go));
    CHECK(respond(request, 200, "too late") == PK_ERR_CLIENT_CLOSED);
    pk_request_free(request);
}

void a_handler_that_hangs_is_left_behind(void)
{
    char *address = NULL;
    size_t cut_off = 77;
    pk_manager *manager = serving_manager(&address);
    atomic_store(&finalised, 0U);
    SUCCEEDS(pk_handle(manager, "/", NULL, hang, NULL, count_finalised, &error));
    int connection = client_send(address, "/");
    WAIT_UNTIL(atomic_load(&is_called));
    SUCCEEDS(pk_stop(manager, 20, &cut_off, &error));
    CHECK(cut_off == 1);
    free(client_read(connection));
    free_manager(manager);
    CHECK(atomic_load(&finalised) == 0);
    atomic_store(&is_let_go, true);
    WAIT_UNTIL(atomic_load(&finalised) == 1);
    pk_string_free(address);
}

static size_t count_threads(void)
{
    size_t count = 0;
    DIR *threads = opendir("/proc/self/task");
    CHECK(threads != NULL);
    while (readdir(threads) != NULL)
        count++;
    closedir(threads);
    return count;
}

void threads_of_handlers_end_with_the_stop(void)
{
    char *address = NULL;
    size_t before = count_threads();
    pk_manager *manager = handling("/", "handler_timeout=60s", mend, &address);
    size_t serving = count_threads();
    CHECK(client_ask(address, "/") == 200 && count_threads() > serving);
    for (int i = 0; i < 20; i++)
        CHECK(client_ask(address, "/") == 200);
    CHECK(count_threads() <= serving + 8);
    SUCCEEDS(pk_stop(manager, 10000, NULL, &error));
    WAIT_UNTIL(count_threads() == before);
    free_manager(manager);
    pk_string_free(address);
}

void requests_of_null_are_no_requests(void)
{
    pk_header header;
    CHECK_TEXT("", pk_request_method(NULL));
    CHECK_TEXT("", pk_request_target(NULL));
    CHECK(pk_request_client_address(NULL) == NULL && pk_request_header(NULL, "a") == NULL);
    CHECK(pk_request_headers_len(NULL) == 0 && pk_request_body(NULL) == NULL && pk_request_body_len(NULL) == 0);
    CHECK(!pk_request_is_wanted(NULL));
    FAILS(PK_ERR_NULL_POINTER, "request", pk_request_headers_get(NULL, 0, &header, &error));
    FAILS(PK_ERR_NULL_POINTER, "request", pk_respond(NULL, 200, NULL, 0, NULL, 0, &error));
    pk_request_free(NULL);
    CHECK(pk_handler_options_init(NULL, sizeof(pk_handler_options)) == PK_ERR_NULL_POINTER);
}
