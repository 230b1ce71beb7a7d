#include "atomics.h"
#include "calls.h"
#include "peer.h"
#include "tests.h"

#include <pthread.h>
#include <unistd.h>

static void add_route(pk_manager *manager, backend *server)
{
    const char *targets[] = {backend_target(server)};
    SUCCEEDS(pk_add_route(manager, "/x/", targets, 1, NULL, &error));
}

void requests_are_proxied(void)
{
    backend *first = backend_start("first"), *second = backend_start("second");
    const char *targets[] = {backend_target(second)};
    char *address = NULL;
    int status = 0;
    pk_manager *manager = serving_manager(&address);
    add_route(manager, first);
    char *body = client_get(address, "/x/a", &status);
    CHECK(status == 200);
    CHECK_TEXT("first", body);
    free(body);

    SUCCEEDS(pk_add_backends(manager, "/x/", targets, 1, NULL, NULL, &error));
    bool seen[2] = {false, false};
    for (int i = 0; i < 4; i++) {
        body = client_get(address, "/x/a", &status);
        CHECK(status == 200);
        seen[strcmp(body, "second") == 0] = true;
        free(body);
    }
    CHECK(seen[0] && seen[1]);

    targets[0] = backend_target(first);
    SUCCEEDS(pk_remove_backends(manager, "/x/", targets, 1, NULL, &error));
    for (int i = 0; i < 4; i++) {
        body = client_get(address, "/x/a", &status);
        CHECK_TEXT("second", body);
        free(body);
    }
    free_manager(manager);
    backend_stop(first);
    backend_stop(second);
    pk_string_free(address);
}

static size_t in_flight(const pk_manager *manager, const char *target)
{
    pk_backends *backends = NULL;
    pk_backend found = empty_backend();
    SUCCEEDS(pk_get_backend(manager, "/x/", target, &backends, &error));
    SUCCEEDS(pk_backends_get(backends, 0, &found, &error));
    pk_backends_free(backends);
    return found.in_flight;
}

void a_stop_counts_what_it_cut_off(void)
{
    backend *server = backend_start("backend");
    char *address = NULL;
    size_t cut_off = 77;
    pk_manager *manager = serving_manager(&address);
    add_route(manager, server);
    int connections[] = {client_send(address, "/x/slow"), client_send(address, "/x/slow")};
    WAIT_UNTIL(backend_slow_requests(server) == LENGTH(connections));
    CHECK(in_flight(manager, backend_target(server)) == LENGTH(connections));
    SUCCEEDS(pk_stop(manager, 0, &cut_off, &error));
    CHECK(cut_off == LENGTH(connections));
    CHECK(in_flight(manager, backend_target(server)) == 0);
    for (size_t i = 0; i < LENGTH(connections); i++)
        free(client_read(connections[i]));
    free_manager(manager);
    backend_stop(server);
    pk_string_free(address);
}

enum { THREADS = 4, ROUNDS = 200 };

static atomic_size_t shared_balance;
static atomic_uint done;

/* Adds and removes backends of its own, and a shared one. */
struct changer {
    pk_manager *manager;
    int number;
    pthread_t thread;
};

static void *change_backends(void *argument)
{
    struct changer *changer = (struct changer *)argument;
    char own[64];
    snprintf(own, sizeof own, "http://127.0.0.%d:9", changer->number + 2);
    const char *own_target[] = {own}, *shared[] = {"http://127.0.0.9:9"};
    for (int i = 0; i < ROUNDS; i++) {
        size_t count = 77;
        SUCCEEDS(pk_add_backends(changer->manager, "/y/", own_target, 1, NULL, &count, &error));
        CHECK(count == 1);
        SUCCEEDS(pk_add_backends(changer->manager, "/y/", shared, 1, NULL, &count, &error));
        atomic_fetch_add(&shared_balance, count);
        SUCCEEDS(pk_remove_backends(changer->manager, "/y/", own_target, 1, &count, &error));
        CHECK(count == 1);
        SUCCEEDS(pk_remove_backends(changer->manager, "/y/", shared, 1, &count, &error));
        atomic_fetch_sub(&shared_balance, count);
    }
    atomic_fetch_add(&done, 1U);
    return NULL;
}

void threads_change_backends_at_once(void)
{
    backend *server = backend_start("backend");
    char *address = NULL;
    int status = 0;
    struct changer changers[THREADS];
    pk_manager *manager = serving_manager(&address);
    pk_route_options options;
    pk_route_options_init(&options, sizeof options);
    options.health_check = false;
    add_route(manager, server);
    SUCCEEDS(pk_add_route(manager, "/y/", NULL, 0, &options, &error));
    for (int i = 0; i < THREADS; i++) {
        changers[i].manager = manager;
        changers[i].number = i;
        CHECK(pthread_create(&changers[i].thread, NULL, change_backends, &changers[i]) == 0);
    }
    do {
        free(client_get(address, "/x/", &status));
        CHECK(status == 200);
    } while (atomic_load(&done) < THREADS);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(changers[i].thread, NULL) == 0);

    pk_backends *backends = NULL;
    SUCCEEDS(pk_list_backends(manager, "/y/", &backends, &error));
    CHECK(pk_backends_len(backends) == 0 && atomic_load(&shared_balance) == 0);
    pk_backends_free(backends);
    free_manager(manager);
    backend_stop(server);
    pk_string_free(address);
}
