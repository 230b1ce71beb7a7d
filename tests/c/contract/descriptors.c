/* Descriptors: closed on exec, closed at stop, and not asked for more than once when there are none. */
#include "contract.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024 };

/* Marks the descriptors that are open, and counts those that a program would inherit. */
static int find_open(bool *open)
{
    int inherited = 0;
    for (int descriptor = 0; descriptor < DESCRIPTORS; descriptor++) {
        int flags = fcntl(descriptor, F_GETFD);
        open[descriptor] = flags >= 0;
        inherited += flags >= 0 && (flags & FD_CLOEXEC) == 0;
    }
    return inherited;
}

void descriptors_are_closed_on_exec(void)
{
    static bool before[DESCRIPTORS], now[DESCRIPTORS];
    struct guest guest;
    pk_manager_options options;
    guest.server = backend_start("backend");
    const char *targets[] = {backend_target(guest.server)};
    int usual = find_open(before), open = count_descriptors();
    CHECK(pk_manager_options_init(&options, sizeof options) == PK_OK);
    options.management = "127.0.0.1:0";
    options.workers = 2;
    guest.manager = new_manager(&options);
    SUCCEEDS(pk_add_route(guest.manager, "/x/", targets, 1, NULL, &error));
    CHECK(count_descriptors() == open);
    SUCCEEDS(pk_start(guest.manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_address(guest.manager, &guest.address, &error));
    int connection = client_send(guest.address, "/x/slow");
    WAIT_UNTIL(backend_slow_requests(guest.server) == 1);
    /* The test's own ends of the two connections are not marked; those of its backend with health checks end soon. */
    WAIT_UNTIL(find_open(now) == usual + 2);
    CHECK(count_descriptors() > open + 10);
    SUCCEEDS(pk_stop(guest.manager, 0, NULL, &error));
    free(client_read(connection));
    free_manager(guest.manager);
    backend_release(guest.server);
    WAIT_UNTIL(find_open(now) == usual && memcmp(before, now, sizeof now) == 0);
    pk_string_free(guest.address);
    backend_stop(guest.server);
}

void without_descriptors_start_fails_and_leaves_nothing(void)
{
    struct rlimit usual, low;
    char *address = NULL;
    pk_status status = UINT32_MAX;
    pk_manager *manager = new_manager(NULL);
    int descriptors = count_descriptors(), threads = count_threads(), failures = 0;
    CHECK(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    low = usual;
    /* One more each time, until they are enough. */
    for (low.rlim_cur = (rlim_t)descriptors + 1; status != PK_OK; low.rlim_cur++) {
        CHECK(low.rlim_cur < (rlim_t)descriptors + 100);
        CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
        status = pk_start(manager, "127.0.0.1:0", NULL);
        CHECK(setrlimit(RLIMIT_NOFILE, &usual) == 0);
        if (status == PK_OK)
            break;
        CHECK(status == PK_ERR_START_FAILED || status == PK_ERR_BIND_FAILED);
        failures++;
        CHECK(count_descriptors() == descriptors);
        WAIT_UNTIL(count_threads() == threads);
    }
    CHECK(failures > 0);
    SUCCEEDS(pk_address(manager, &address, &error));
    CHECK(client_ask(address, "/nothing") == 404);
    free_manager(manager);
    pk_string_free(address);
    CHECK(count_descriptors() == descriptors);
}
