/* A host that is not linked with the library: it loads it, lets it serve, frees all, and unloads it. loader_host LIBRARY
 *
 * If the threads that called have ended, nothing of it is left in memory. A thread that called and lives on keeps it there,
 * for the destructors of what the Rust standard library knows of that thread. */
#include "check.h"
#include "peer.h"
#include "proxykit.h"

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>

static const char *path;
static backend *server;

static void find(void *library, const char *name, void *function, size_t size)
{
    void *symbol = dlsym(library, name);
    CHECK(symbol != NULL && size == sizeof symbol);
    memcpy(function, &symbol, size);
}

static int count_threads(void)
{
    int count = 0;
    DIR *threads = opendir("/proc/self/task");
    CHECK(threads != NULL);
    while (readdir(threads) != NULL)
        count++;
    closedir(threads);
    return count - 2;
}

static bool is_mapped(void)
{
    char line[4096];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL)
        found = found || strstr(line, "libproxykit") != NULL;
    fclose(maps);
    return found;
}

static pk_status (*respond)(pk_request *, uint32_t, const pk_header *, size_t, const uint8_t *, size_t, pk_error **);
static void (*free_request)(pk_request *);

static void ping(pk_request *request, void *userdata)
{
    (void)userdata;
    CHECK(respond(request, 200, NULL, 0, NULL, 0, NULL) == PK_OK);
    free_request(request);
}

static void ignore(const pk_event *event, void *userdata)
{
    (void)event;
    (void)userdata;
}

static void count(void *userdata)
{
    *(int *)userdata += 1;
}

/* A handler and a callback: both are let go of before the library is. */
static void give_functions(void *library, pk_manager *manager, int *finalised)
{
    pk_status (*handle)(pk_manager *, const char *, const pk_handler_options *, pk_handler, void *, pk_finaliser, pk_error **);
    pk_status (*on_event)(pk_manager *, pk_event_callback, void *, pk_finaliser, pk_error **);
    find(library, "pk_handle", &handle, sizeof handle);
    find(library, "pk_on_event", &on_event, sizeof on_event);
    find(library, "pk_respond", &respond, sizeof respond);
    find(library, "pk_request_free", &free_request, sizeof free_request);
    CHECK(handle(manager, "/ping", NULL, ping, finalised, count, NULL) == PK_OK);
    CHECK(on_event(manager, ignore, finalised, count, NULL) == PK_OK);
}

static void serve(void *library)
{
    pk_status (*new_manager)(const pk_manager_options *, pk_manager **, pk_error **);
    pk_status (*add_route)(pk_manager *, const char *, const char *const *, size_t, const pk_route_options *, pk_error **);
    pk_status (*start)(pk_manager *, const char *, pk_error **);
    pk_status (*address_of)(const pk_manager *, char **, pk_error **);
    pk_status (*stop)(pk_manager *, uint64_t, size_t *, pk_error **);
    pk_status (*free_manager)(pk_manager *);
    void (*free_string)(char *);
    find(library, "pk_manager_new", &new_manager, sizeof new_manager);
    find(library, "pk_add_route", &add_route, sizeof add_route);
    find(library, "pk_start", &start, sizeof start);
    find(library, "pk_address", &address_of, sizeof address_of);
    find(library, "pk_stop", &stop, sizeof stop);
    find(library, "pk_manager_free", &free_manager, sizeof free_manager);
    find(library, "pk_string_free", &free_string, sizeof free_string);

    pk_manager *manager = NULL;
    char *address = NULL;
    const char *targets[] = {backend_target(server)};
    CHECK(new_manager(NULL, &manager, NULL) == PK_OK);
    CHECK(add_route(manager, "/x/", targets, 1, NULL, NULL) == PK_OK);
    int finalised = 0;
    give_functions(library, manager, &finalised);
    CHECK(start(manager, "127.0.0.1:0", NULL) == PK_OK);
    CHECK(address_of(manager, &address, NULL) == PK_OK);
    CHECK(client_ask(address, "/x/") == 200);
    CHECK(client_ask(address, "/ping") == 200);
    CHECK(client_ask(address, "/nothing") == 404);
    CHECK(stop(manager, 1000, NULL, NULL) == PK_OK);
    CHECK(free_manager(manager) == PK_OK);
    CHECK(finalised == 2);
    free_string(address);
}

static void *serve_in_a_thread(void *library)
{
    serve(library);
    return NULL;
}

static void load_and_unload(bool in_a_thread)
{
    pthread_t thread;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        fail(__FILE__, __LINE__, path, dlerror());
    CHECK(is_mapped());
    if (in_a_thread) {
        CHECK(pthread_create(&thread, NULL, serve_in_a_thread, library) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    } else {
        serve(library);
    }
    CHECK(dlclose(library) == 0);
}

int main(int argc, char **argv)
{
    enum { ROUNDS = 100 };
    CHECK(argc == 2);
    path = argv[1];
    server = backend_start("backend");
    CHECK(!is_mapped());
    for (int i = 0; i < ROUNDS; i++) {
        load_and_unload(true);
        CHECK(!is_mapped());
    }
    for (int i = 0; i < ROUNDS; i++)
        load_and_unload(false);
    /* The main thread has destructors in the library, which the C library keeps for them; it would be no error if it did not. */
    printf("loaded %d times; after calls by the main thread it stays %s\n", 2 * ROUNDS, is_mapped() ? "mapped" : "unmapped");
    WAIT_UNTIL(count_threads() == 2);
    backend_stop(server);
    return 0;
}
