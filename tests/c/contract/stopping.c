/* Any thread stops and frees, many at once, while others wait. */
#include "atomics.h"
#include "contract.h"

#include <pthread.h>

/* A call in a thread of its own. */
struct caller {
    pk_manager *manager;
    pthread_t thread;
    atomic_bool began;
    pk_status status;
    uint64_t deadline;
    size_t cut_off;
};

static void *wait_for_ever(void *argument)
{
    struct caller *caller = (struct caller *)argument;
    atomic_store(&caller->began, true);
    caller->status = pk_wait(caller->manager, PK_FOREVER, NULL);
    return NULL;
}

static void *serve_for_ever(void *argument)
{
    struct caller *caller = (struct caller *)argument;
    atomic_store(&caller->began, true);
    caller->status = pk_serve(caller->manager, "127.0.0.1:0", NULL);
    return NULL;
}

static void *stop(void *argument)
{
    struct caller *caller = (struct caller *)argument;
    atomic_store(&caller->began, true);
    caller->status = pk_stop(caller->manager, caller->deadline, &caller->cut_off, NULL);
    return NULL;
}

static void begin(struct caller *caller, pk_manager *manager, void *(*call)(void *))
{
    caller->manager = manager;
    caller->status = UINT32_MAX;
    atomic_store(&caller->began, false);
    CHECK(pthread_create(&caller->thread, NULL, call, caller) == 0);
    WAIT_UNTIL(atomic_load(&caller->began));
}

static void expect_end(struct caller *caller)
{
    CHECK(pthread_join(caller->thread, NULL) == 0);
    CHECK(caller->status == PK_OK);
}

void all_who_stop_are_told_the_same(void)
{
    static struct caller waiters[4], stoppers[8];
    struct guest guest;
    int connections[3];
    guest_start(&guest);
    for (size_t i = 0; i < LENGTH(waiters); i++)
        begin(&waiters[i], guest.manager, wait_for_ever);
    for (size_t i = 0; i < LENGTH(connections); i++)
        connections[i] = client_send(guest.address, "/x/slow");
    WAIT_UNTIL(backend_slow_requests(guest.server) == LENGTH(connections));
    /* All but the last would wait for ever; the earliest deadline counts for all. */
    for (size_t i = 0; i < LENGTH(stoppers); i++) {
        stoppers[i].deadline = i + 1 < LENGTH(stoppers) ? PK_FOREVER : 0;
        begin(&stoppers[i], guest.manager, stop);
    }
    for (size_t i = 0; i < LENGTH(stoppers); i++) {
        expect_end(&stoppers[i]);
        CHECK(stoppers[i].cut_off == LENGTH(connections));
    }
    for (size_t i = 0; i < LENGTH(waiters); i++)
        expect_end(&waiters[i]);
    for (size_t i = 0; i < LENGTH(connections); i++)
        free(client_read(connections[i]));
    guest_stop(&guest);
}

void freeing_ends_the_waiting(void)
{
    static struct caller caller;
    for (int i = 0; i < 20; i++) {
        char *address = NULL;
        pk_manager *manager = new_manager(NULL);
        begin(&caller, manager, serve_for_ever);
        WAIT_UNTIL(pk_address(manager, &address, NULL) == PK_OK); /* then the call is inside the library */
        free_manager(manager);
        expect_end(&caller);
        pk_string_free(address);
    }
}

void a_stop_ends_what_does_not_finish(void)
{
    static struct caller stopper;
    struct guest guest;
    char head[16] = "";
    guest_start(&guest);
    /* What finishes in time is not cut off, though the connection would live on. */
    int connection = client_send(guest.address, "/x/slow");
    WAIT_UNTIL(backend_slow_requests(guest.server) == 1);
    stopper.deadline = PK_FOREVER;
    begin(&stopper, guest.manager, stop);
    /* The manager has begun to stop when it is no longer possible to start, or to connect. */
    backend_release(guest.server);
    expect_end(&stopper);
    CHECK(stopper.cut_off == 0);
    char *answer = client_read(connection);
    memcpy(head, answer, 12);
    CHECK_TEXT("HTTP/1.1 200", head);
    free(answer);
    guest_stop(&guest);
}
