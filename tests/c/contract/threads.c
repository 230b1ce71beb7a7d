/* Threads live from start to stop, under names of their own, and calls may come from any thread at any time. */
#include "atomics.h"
#include "contract.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

/* Whether the process has a thread of this name. */
static bool has_thread(const char *name)
{
    bool found = false;
    DIR *threads = opendir("/proc/self/task");
    CHECK(threads != NULL);
    for (struct dirent *thread; (thread = readdir(threads)) != NULL;) {
        char path[300], line[64] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", thread->d_name);
        FILE *comm = fopen(path, "r");
        if (comm == NULL)
            continue;
        if (fgets(line, sizeof line, comm) != NULL) {
            line[strcspn(line, "\n")] = '\0';
            found = found || strcmp(line, name) == 0;
        }
        fclose(comm);
    }
    closedir(threads);
    return found;
}

static void ignore(const pk_event *event, void *userdata)
{
    (void)event;
    (void)userdata;
}

void threads_run_from_start_to_stop(void)
{
    pk_manager_options options;
    pk_manager *second = NULL;
    /* No name: a thread more would look it up, as soon as the first check begins. */
    const char *targets[] = {"http://127.0.0.1:8081"};
    CHECK(pk_manager_options_init(&options, sizeof options) == PK_OK);
    options.workers = 3;
    int before = count_threads();
    pk_manager *manager = new_manager(&options);
    SUCCEEDS(pk_add_route(manager, "/x/", targets, 1, NULL, &error));
    SUCCEEDS(pk_on_event(manager, ignore, NULL, NULL, &error));
    FAILS(PK_ERR_BIND_FAILED, "", pk_start(manager, "unix:/no/such/folder/socket", &error));
    /* A thread that was joined may stand in the list for a moment longer. */
    WAIT_UNTIL(count_threads() == before);
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    CHECK(count_threads() == before + 5);
    /* A thread gives itself its name. */
    WAIT_UNTIL(has_thread("proxykit-events"));
    CHECK(has_thread("proxykit-0") && has_thread("proxykit-1") && has_thread("proxykit-2"));
    CHECK(has_thread("proxykit-ctl") && !has_thread("proxykit-3"));
    second = new_manager(&options);
    SUCCEEDS(pk_start(second, "127.0.0.1:0", &error));
    CHECK(count_threads() == before + 9);
    SUCCEEDS(pk_stop(manager, 1000, NULL, &error));
    WAIT_UNTIL(count_threads() == before + 4);
    free_manager(second);
    WAIT_UNTIL(count_threads() == before);
    free_manager(manager);
}

enum { THREADS = 8, ROUNDS = 100 };

static struct guest guest;
static atomic_int next_number;

/* Calls all that may be called while others do, and sees its own changes as they are. */
static void *call_all(void *argument)
{
    char prefix[32], target[64];
    const char *targets[] = {target};
    int number = atomic_fetch_add(&next_number, 1);
    (void)argument;
    snprintf(prefix, sizeof prefix, "/thread/%d/", number);
    snprintf(target, sizeof target, "http://127.0.0.1:%d", 10000 + number);
    for (int i = 0; i < ROUNDS; i++) {
        pk_backends *backends = NULL;
        pk_routes *routes = NULL;
        pk_reply *reply = NULL;
        char *address = NULL;
        size_t count = 0;
        SUCCEEDS(pk_add_route(guest.manager, prefix, NULL, 0, NULL, &error));
        SUCCEEDS(pk_add_backends(guest.manager, prefix, targets, 1, NULL, &count, &error));
        CHECK(count == 1);
        SUCCEEDS(pk_get_backend(guest.manager, prefix, target, &backends, &error));
        pk_backends_free(backends);
        SUCCEEDS(pk_list_routes(guest.manager, &routes, &error));
        CHECK(pk_routes_len(routes) >= 3);
        pk_routes_free(routes);
        SUCCEEDS(pk_address(guest.manager, &address, &error));
        pk_string_free(address);
        SUCCEEDS(pk_manage(guest.manager, "GET", "/endpoints/list?prefixPath=/x/", NULL, 0, &reply, &error));
        CHECK(pk_reply_status(reply) == 200);
        pk_reply_free(reply);
        FAILS(PK_ERR_TIMED_OUT, "", pk_wait(guest.manager, 0, &error));
        SUCCEEDS(pk_manager_reload_certificates(guest.manager, &error));
        SUCCEEDS(pk_remove_backends(guest.manager, prefix, targets, 1, &count, &error));
        CHECK(count == 1);
        SUCCEEDS(pk_remove_route(guest.manager, prefix, &error));
    }
    return NULL;
}

void calls_come_from_all_threads(void)
{
    pthread_t threads[THREADS];
    guest_start(&guest);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, call_all, NULL) == 0);
    for (int i = 0; i < 20; i++)
        CHECK(client_ask(guest.address, "/x/") == 200);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    guest_serve(&guest);
    guest_stop(&guest);
}
