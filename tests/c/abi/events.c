/* Events: taken out at the host's own pace, beside its event loop, or heard by a callback. */
#include "atomics.h"
#include "calls.h"
#include "tests.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

static const char *const TARGETS[] = {"http://a", "http://b"};

static pk_events *events_of(pk_manager *manager)
{
    pk_events *events = NULL;
    SUCCEEDS(pk_events_open(manager, &events, &error));
    return events;
}

static pk_event *next_event(pk_events *events)
{
    pk_event *event = NULL;
    SUCCEEDS(pk_events_next(events, 10000, &event, &error));
    return event;
}

/* Takes the next event, which must be this. NULL stands for a text that it does not have. */
static void expect(pk_events *events, uint32_t kind, const char *name, const char *prefix, const char *target)
{
    pk_event *event = next_event(events);
    CHECK(pk_event_kind(event) == kind);
    CHECK_TEXT(name, pk_event_name(event));
    CHECK((prefix == NULL) == (pk_event_prefix(event) == NULL));
    CHECK((target == NULL) == (pk_event_target(event) == NULL));
    if (prefix != NULL)
        CHECK_TEXT(prefix, pk_event_prefix(event));
    if (target != NULL)
        CHECK_TEXT(target, pk_event_target(event));
    CHECK(pk_event_count(event) == 0);
    pk_event_free(event);
}

static void add_route(pk_manager *manager)
{
    pk_route_options options;
    SUCCEEDS(pk_route_options_init(&options, sizeof options));
    options.health_check = false;
    SUCCEEDS(pk_add_route(manager, "x", TARGETS, 2, &options, &error));
}

void events_are_taken_out(void)
{
    char *address = NULL;
    pk_event *event = NULL;
    pk_manager *manager = new_manager(NULL);
    pk_events *events = events_of(manager);
    FAILS(PK_ERR_TIMED_OUT, "", pk_events_next(events, 0, &event, &error));
    FAILS(PK_ERR_TIMED_OUT, "", pk_events_next(events, 20, &event, &error));
    add_route(manager);
    SUCCEEDS(pk_remove_backends(manager, "x", TARGETS, 1, NULL, &error));
    SUCCEEDS(pk_remove_route(manager, "x", &error));
    expect(events, PK_EVENT_ROUTE_ADDED, "route_added", "/x/", NULL);
    expect(events, PK_EVENT_BACKEND_ADDED, "backend_added", "/x/", "http://a");
    expect(events, PK_EVENT_BACKEND_ADDED, "backend_added", "/x/", "http://b");
    expect(events, PK_EVENT_BACKEND_REMOVED, "backend_removed", "/x/", "http://a");
    expect(events, PK_EVENT_BACKEND_REMOVED, "backend_removed", "/x/", "http://b");
    expect(events, PK_EVENT_ROUTE_REMOVED, "route_removed", "/x/", NULL);

    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    event = next_event(events);
    CHECK(pk_event_kind(event) == PK_EVENT_STARTED);
    CHECK_TEXT(address, pk_event_address(event));
    CHECK(pk_event_message(event) == NULL);
    /* Both outlive the manager. */
    free_manager(manager);
    CHECK_TEXT(address, pk_event_address(event));
    pk_event_free(event);
    event = NULL;
    expect(events, PK_EVENT_STOPPED, "stopped", NULL, NULL);
    FAILS(PK_ERR_STOPPED, "", pk_events_next(events, PK_FOREVER, &event, &error));
    CHECK(event == NULL);
    pk_events_free(events);
    pk_string_free(address);
}

static bool is_readable(int fd)
{
    struct pollfd polled = {fd, POLLIN, 0};
    return poll(&polled, 1, 0) == 1;
}

void an_event_loop_can_wait_for_events(void)
{
    int fd = -1, again = -1;
    pk_manager *manager = new_manager(NULL);
    pk_events *events = events_of(manager);
    SUCCEEDS(pk_events_fd(events, &fd, &error));
    SUCCEEDS(pk_events_fd(events, &again, &error));
    CHECK(fd >= 0 && fd == again);
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK(!is_readable(fd));
    SUCCEEDS(pk_add_route(manager, "x", NULL, 0, NULL, &error));
    SUCCEEDS(pk_remove_route(manager, "x", &error));
    CHECK(is_readable(fd));
    expect(events, PK_EVENT_ROUTE_ADDED, "route_added", "/x/", NULL);
    CHECK(is_readable(fd));
    expect(events, PK_EVENT_ROUTE_REMOVED, "route_removed", "/x/", NULL);
    CHECK(!is_readable(fd));
    free_manager(manager);
    expect(events, PK_EVENT_STOPPED, "stopped", NULL, NULL);
    CHECK(is_readable(fd));
    pk_events_free(events);
    CHECK(fcntl(fd, F_GETFD) == -1);
}

void lost_events_are_counted(void)
{
    enum { WAITING = 1024, LOST = 6 };
    pk_manager *manager = new_manager(NULL);
    pk_events *events = events_of(manager);
    for (int i = 0; i < (WAITING + LOST) / 2; i++) {
        SUCCEEDS(pk_add_route(manager, "x", NULL, 0, NULL, &error));
        SUCCEEDS(pk_remove_route(manager, "x", &error));
    }
    for (int i = 0; i < WAITING; i++)
        pk_event_free(next_event(events));
    pk_event *event = next_event(events);
    CHECK(pk_event_kind(event) == PK_EVENT_EVENTS_LOST && pk_event_count(event) == LOST);
    pk_event_free(event);
    pk_events_free(events);
    free_manager(manager);
}

/* A host that hears events. */
struct hearer {
    pk_manager *manager;
    atomic_uint events, finalised;
    uint32_t last;
};

static void prepare(struct hearer *hearer, pk_manager *manager)
{
    hearer->manager = manager;
    hearer->last = 0;
    atomic_store(&hearer->events, 0u);
    atomic_store(&hearer->finalised, 0u);
}

static void finalise(void *userdata)
{
    struct hearer *hearer = (struct hearer *)userdata;
    atomic_fetch_add(&hearer->finalised, 1u);
}

static void hear(const pk_event *event, void *userdata)
{
    struct hearer *hearer = (struct hearer *)userdata;
    pk_backends *backends = NULL;
    sigset_t blocked;
    CHECK(atomic_load(&hearer->finalised) == 0);
    if (pk_event_kind(event) == PK_EVENT_STARTED) {
        FAILS(PK_ERR_WRONG_THREAD, "", pk_stop(hearer->manager, 0, NULL, &error));
        FAILS(PK_ERR_WRONG_THREAD, "", pk_wait(hearer->manager, PK_FOREVER, &error));
        CHECK(pk_manager_free(hearer->manager) == PK_ERR_WRONG_THREAD);
        /* All else is allowed. */
        SUCCEEDS(pk_list_backends(hearer->manager, "x", &backends, &error));
        SUCCEEDS(pk_remove_route(hearer->manager, "x", &error));
        pk_backends_free(backends);
        CHECK(pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0);
        CHECK(sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGPIPE) == 1);
    }
    hearer->last = pk_event_kind(event);
    atomic_fetch_add(&hearer->events, 1u);
}

void callbacks_hear_all_to_the_end(void)
{
    struct hearer early, late;
    pk_manager *manager = new_manager(NULL);
    prepare(&early, manager);
    prepare(&late, manager);
    SUCCEEDS(pk_on_event(manager, hear, &early, finalise, &error));
    add_route(manager);
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    /* A route with two backends, the start, and what the callback has removed. */
    WAIT_UNTIL(atomic_load(&early.events) == 7);
    SUCCEEDS(pk_on_event(manager, hear, &late, finalise, &error));
    SUCCEEDS(pk_add_route(manager, "y", NULL, 0, NULL, &error));
    SUCCEEDS(pk_stop(manager, PK_FOREVER, NULL, &error));
    /* Nothing is waited for: the stop has returned behind the last call. */
    CHECK(atomic_load(&early.events) == 9 && early.last == PK_EVENT_STOPPED);
    CHECK(atomic_load(&late.events) == 2 && late.last == PK_EVENT_STOPPED);
    CHECK(atomic_load(&early.finalised) == 1 && atomic_load(&late.finalised) == 1);
    free_manager(manager);
    CHECK(atomic_load(&early.finalised) == 1);
}

void userdata_is_finalised_once(void)
{
    struct hearer hearer;
    pk_manager *manager = new_manager(NULL);
    prepare(&hearer, manager);
    FAILS(PK_ERR_NULL_POINTER, "manager", pk_on_event(NULL, hear, &hearer, finalise, &error));
    CHECK(atomic_load(&hearer.finalised) == 1);
    FAILS(PK_ERR_NULL_POINTER, "callback", pk_on_event(manager, NULL, &hearer, finalise, &error));
    CHECK(atomic_load(&hearer.finalised) == 2);
    atomic_store(&hearer.finalised, 0u);
    SUCCEEDS(pk_on_event(manager, hear, &hearer, NULL, &error));
    SUCCEEDS(pk_on_event(manager, hear, &hearer, finalise, &error));
    FAILS(PK_ERR_BIND_FAILED, "", pk_start(manager, "unix:/no/such/folder/socket", &error));
    CHECK(atomic_load(&hearer.finalised) == 0);
    /* It never ran. */
    CHECK(pk_manager_free(manager) == PK_OK);
    CHECK(atomic_load(&hearer.finalised) == 1 && atomic_load(&hearer.events) == 0);

    manager = new_manager(NULL);
    SUCCEEDS(pk_stop(manager, 0, NULL, &error));
    FAILS(PK_ERR_STOPPED, "", pk_on_event(manager, hear, &hearer, finalise, &error));
    CHECK(atomic_load(&hearer.finalised) == 2);
    free_manager(manager);
}

void events_of_null_are_no_events(void)
{
    int fd = 77;
    pk_event *event = NULL;
    pk_events *events = NULL;
    pk_manager *manager = new_manager(NULL);
    FAILS(PK_ERR_NULL_POINTER, "manager", pk_events_open(NULL, &events, &error));
    FAILS(PK_ERR_NULL_POINTER, "events", pk_events_open(manager, NULL, &error));
    FAILS(PK_ERR_NULL_POINTER, "events", pk_events_next(NULL, 0, &event, &error));
    FAILS(PK_ERR_NULL_POINTER, "events", pk_events_fd(NULL, &fd, &error));
    events = events_of(manager);
    FAILS(PK_ERR_NULL_POINTER, "event", pk_events_next(events, 0, NULL, &error));
    FAILS(PK_ERR_NULL_POINTER, "fd", pk_events_fd(events, NULL, &error));
    CHECK(event == NULL && fd == 77);
    CHECK(pk_event_kind(NULL) == 0 && pk_event_count(NULL) == 0);
    CHECK_TEXT("", pk_event_name(NULL));
    CHECK(pk_event_prefix(NULL) == NULL && pk_event_target(NULL) == NULL);
    CHECK(pk_event_address(NULL) == NULL && pk_event_message(NULL) == NULL);
    pk_event_free(NULL);
    pk_events_free(NULL);
    pk_events_free(events);
    free_manager(manager);
}
