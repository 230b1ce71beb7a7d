#include "check.h"
#include "peer.h"
#include "tests.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static void add_route(pk_manager *manager, backend *backend)
{
    const char *targets[] = {backend_target(backend)};
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
    pk_backend backend = {.struct_size = sizeof backend};
    SUCCEEDS(pk_get_backend(manager, "/x/", target, &backends, &error));
    SUCCEEDS(pk_backends_get(backends, 0, &backend, &error));
    pk_backends_free(backends);
    return backend.in_flight;
}

void a_stop_counts_what_it_cut_off(void)
{
    backend *backend = backend_start("backend");
    char *address = NULL;
    size_t cut_off = 77;
    pk_manager *manager = serving_manager(&address);
    add_route(manager, backend);
    int connections[] = {client_send(address, "/x/slow"), client_send(address, "/x/slow")};
    WAIT_UNTIL(backend_slow_requests(backend) == LENGTH(connections));
    CHECK(in_flight(manager, backend_target(backend)) == LENGTH(connections));
    SUCCEEDS(pk_stop(manager, 0, &cut_off, &error));
    CHECK(cut_off == LENGTH(connections));
    CHECK(in_flight(manager, backend_target(backend)) == 0);
    for (size_t i = 0; i < LENGTH(connections); i++)
        free(client_read(connections[i]));
    free_manager(manager);
    backend_stop(backend);
    pk_string_free(address);
}

enum { THREADS = 4, ROUNDS = 200 };

/* Adds and removes backends of its own, and a shared one. */
typedef struct changer {
    pk_manager *manager;
    int number;
    pthread_t thread;
    atomic_size_t *shared_balance;
    atomic_uint *done;
} changer;

static void *change_backends(void *argument)
{
    changer *changer = argument;
    char own[64];
    snprintf(own, sizeof own, "http://127.0.0.%d:9", changer->number + 2);
    const char *own_target[] = {own}, *shared[] = {"http://127.0.0.9:9"};
    for (int i = 0; i < ROUNDS; i++) {
        size_t count = 77;
        SUCCEEDS(pk_add_backends(changer->manager, "/y/", own_target, 1, NULL, &count, &error));
        CHECK(count == 1);
        SUCCEEDS(pk_add_backends(changer->manager, "/y/", shared, 1, NULL, &count, &error));
        atomic_fetch_add(changer->shared_balance, count);
        SUCCEEDS(pk_remove_backends(changer->manager, "/y/", own_target, 1, &count, &error));
        CHECK(count == 1);
        SUCCEEDS(pk_remove_backends(changer->manager, "/y/", shared, 1, &count, &error));
        atomic_fetch_sub(changer->shared_balance, count);
    }
    atomic_fetch_add(changer->done, 1);
    return NULL;
}

void threads_change_backends_at_once(void)
{
    backend *backend = backend_start("backend");
    char *address = NULL;
    int status = 0;
    atomic_size_t shared_balance = 0;
    atomic_uint done = 0;
    changer changers[THREADS];
    pk_manager *manager = serving_manager(&address);
    pk_route_options options;
    pk_route_options_init(&options, sizeof options);
    options.health_check = false;
    add_route(manager, backend);
    SUCCEEDS(pk_add_route(manager, "/y/", NULL, 0, &options, &error));
    for (int i = 0; i < THREADS; i++) {
        changers[i] = (changer){.manager = manager, .number = i, .shared_balance = &shared_balance, .done = &done};
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
    backend_stop(backend);
    pk_string_free(address);
}

void a_client_that_resets_kills_nobody(void)
{
    backend *backend = backend_start("backend");
    char *address = NULL;
    int status = 0;
    struct sigaction action;
    CHECK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    pk_manager *manager = serving_manager(&address);
    add_route(manager, backend);
    for (int i = 0; i < 20; i++)
        client_reset(client_send(address, "/x/big"), (size_t)i * 10000, i % 2 == 1);
    WAIT_UNTIL(in_flight(manager, backend_target(backend)) == 0);
    char *body = client_get(address, "/x/", &status);
    CHECK(status == 200);
    CHECK_TEXT("backend", body);
    free(body);
    free_manager(manager);
    backend_stop(backend);
    pk_string_free(address);
}
