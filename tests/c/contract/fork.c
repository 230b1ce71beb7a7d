/* A fork before start is as good as new; after start the child gets an error, and harms nothing. */
#include "atomics.h"
#include "contract.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pk_manager *manager;
static pk_events *events;
static pk_log *records;
static struct guest guest;

/* What the parent's threads held is lost in the child, as it must be. Who counts leaks at the end must not count these. */
static void end_child(void)
{
    if (!is_watched())
        exit(0);
    execlp("true", "true", (char *)NULL);
    _exit(1);
}

static void expect_success(int status)
{
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A process hears of its own manager only, also if it said so before it was forked. */
static atomic_int heard;

static void count_stops(const pk_event *event, void *userdata)
{
    (void)userdata;
    if (pk_event_kind(event) == PK_EVENT_STOPPED)
        atomic_fetch_add(&heard, 1);
}

static void ping(pk_request *request, void *userdata)
{
    (void)userdata;
    SUCCEEDS(pk_respond(request, 200, NULL, 0, NULL, 0, &error));
    pk_request_free(request);
}

static void serve_and_end(void)
{
    char *address = NULL;
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    CHECK(client_ask(address, "/x/") == 503);
    CHECK(client_ask(address, "/ping") == 200);
    SUCCEEDS(pk_stop(manager, 1000, NULL, &error));
    CHECK(atomic_load(&heard) == 1);
    pk_string_free(address);
    free_manager(manager);
}

static void serve_in_a_grandchild(void)
{
    expect_success(run_in_child(serve_and_end));
    serve_and_end();
}

void a_fork_before_start_is_as_good_as_new(void)
{
    manager = new_manager(NULL);
    SUCCEEDS(pk_on_event(manager, count_stops, NULL, NULL, &error));
    SUCCEEDS(pk_add_route(manager, "/x/", NULL, 0, NULL, &error));
    SUCCEEDS(pk_handle(manager, "/ping", NULL, ping, NULL, NULL, &error));
    expect_success(run_in_child(serve_in_a_grandchild));
    expect_success(run_in_child(serve_in_a_grandchild));
    serve_and_end();
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

static void finalise(void *userdata)
{
    *(int *)userdata += 1;
}

static void hear_nothing(void)
{
    int finalised = 0, fd = 77;
    pk_events *more = NULL;
    pk_event *event = NULL;
    pk_log *log = NULL;
    pk_log_record *record = NULL;
    FAILS(PK_ERR_FORKED, "fork", pk_events_open(guest.manager, &more, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_on_event(guest.manager, ignore, &finalised, finalise, &error));
    FAILS(PK_ERR_FORKED, "fork",
          pk_on_log(guest.manager, PK_LOG_INFO, ignore_record, &finalised, finalise, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_handle(guest.manager, "/y/", NULL, ping, &finalised, finalise, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_events_next(events, PK_FOREVER, &event, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_events_fd(events, &fd, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_log_open(guest.manager, PK_LOG_INFO, &log, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_log_next(records, PK_FOREVER, &record, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_log_fd(records, &fd, &error));
    CHECK(finalised == 3 && fd == 77 && more == NULL && event == NULL && log == NULL && record == NULL);
    pk_events_free(events);
    pk_log_free(records);
}

static void call_what_answers_forked(void)
{
    char *address = NULL;
    size_t count = 77;
    const char *targets[] = {"http://localhost:8081"};
    pk_reply *reply = NULL;
    FAILS(PK_ERR_FORKED, "fork", pk_add_route(guest.manager, "/y/", NULL, 0, NULL, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_remove_route(guest.manager, "/x/", &error));
    FAILS(PK_ERR_FORKED, "fork", pk_add_backends(guest.manager, "/x/", targets, 1, NULL, &count, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_remove_backends(guest.manager, "/x/", targets, 1, &count, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_start(guest.manager, "127.0.0.1:0", &error));
    FAILS(PK_ERR_FORKED, "fork", pk_serve(guest.manager, "127.0.0.1:0", &error));
    FAILS(PK_ERR_FORKED, "fork", pk_address(guest.manager, &address, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_management_address(guest.manager, &address, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_wait(guest.manager, PK_FOREVER, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_stop(guest.manager, PK_FOREVER, NULL, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_manager_reload_certificates(guest.manager, &error));
    SUCCEEDS(pk_manage(guest.manager, "GET", "/endpoints/list?prefixPath=/x/", NULL, 0, &reply, &error));
    CHECK(pk_reply_status(reply) == 500 && strstr(pk_reply_body(reply), "forked") != NULL);
    pk_reply_free(reply);
    CHECK(address == NULL && count == 77);
}

static void be_a_child(void)
{
    pk_backends *backends = NULL;
    char *address = NULL;
    call_what_answers_forked();
    hear_nothing();
    /* What only reads goes on, with what was there when the process was forked. */
    SUCCEEDS(pk_list_backends(guest.manager, "/x/", &backends, &error));
    CHECK(pk_backends_len(backends) == 1);
    pk_backends_free(backends);
    pk_counters counters;
    counters.struct_size = sizeof counters;
    SUCCEEDS(pk_get_totals(guest.manager, &counters, NULL, &error));
    /* Nobody is waited for; the memory is left alone, however often it is tried. */
    CHECK(pk_manager_free(guest.manager) == PK_ERR_FORKED);
    CHECK(pk_manager_free(guest.manager) == PK_ERR_FORKED);
    pk_manager *own = serving_manager(&address);
    CHECK(client_ask(address, "/nothing") == 404);
    free_manager(own);
    pk_string_free(address);
    end_child();
}

static atomic_bool done;

static void *keep_calling(void *argument)
{
    (void)argument;
    while (!atomic_load(&done)) {
        CHECK(client_ask(guest.address, "/x/") == 200);
        CHECK(client_ask(guest.address, "/ping") == 200);
    }
    return NULL;
}

/* What the children freed was their own. */
static void expect_an_event(void)
{
    pk_event *event = NULL;
    SUCCEEDS(pk_add_route(guest.manager, "/new/", NULL, 0, NULL, &error));
    do {
        pk_event_free(event);
        SUCCEEDS(pk_events_next(events, 10000, &event, &error));
    } while (pk_event_kind(event) != PK_EVENT_ROUTE_ADDED);
    CHECK_TEXT("/new/", pk_event_prefix(event));
    pk_event_free(event);
}

void a_child_gets_errors_and_harms_nobody(void)
{
    pthread_t client;
    int forks = setting("PROXYKIT_FORKS", 20);
    int fd = -1;
    guest_start(&guest);
    SUCCEEDS(pk_on_event(guest.manager, ignore, NULL, NULL, &error));
    SUCCEEDS(pk_handle(guest.manager, "/ping", NULL, ping, NULL, NULL, &error));
    SUCCEEDS(pk_on_log(guest.manager, PK_LOG_DEBUG, ignore_record, NULL, NULL, &error));
    SUCCEEDS(pk_events_open(guest.manager, &events, &error));
    SUCCEEDS(pk_events_fd(events, &fd, &error));
    SUCCEEDS(pk_log_open(guest.manager, PK_LOG_DEBUG, &records, &error));
    SUCCEEDS(pk_log_fd(records, &fd, &error));
    CHECK(pthread_create(&client, NULL, keep_calling, NULL) == 0);
    for (int i = 0; i < forks; i++)
        expect_success(run_in_child(be_a_child));
    atomic_store(&done, true);
    CHECK(pthread_join(client, NULL) == 0);
    guest_serve(&guest);
    expect_an_event();
    guest_stop(&guest);
    pk_events_free(events);
    pk_log_free(records);
}
