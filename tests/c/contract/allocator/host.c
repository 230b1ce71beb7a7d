/* A host with an allocator of its own: the library uses no other, and gives all back. */
#include "allocator.h"
#include "calls.h"
#include "peer.h"

enum { LIVES = 1000 };

static void live_once(backend *server)
{
    char *address = NULL, *normal = NULL;
    int status = 0;
    const char *targets[] = {backend_target(server)};
    pk_backends *backends = NULL;
    pk_manager *manager = serving_manager(&address);
    SUCCEEDS(pk_add_route(manager, "/x/", targets, 1, NULL, &error));
    FAILS(PK_ERR_ROUTE_EXISTS, "/x/", pk_add_route(manager, "/x/", targets, 1, NULL, &error));
    free(client_get(address, "/x/", &status));
    CHECK(status == 200);
    SUCCEEDS(pk_list_backends(manager, "/x/", &backends, &error));
    SUCCEEDS(pk_parse_prefix("x", &normal, &error));
    SUCCEEDS(pk_stop(manager, 1000, NULL, &error));
    free_manager(manager);
    /* What came from the library goes back through the library, whichever allocator either of them has. */
    pk_backends_free(backends);
    pk_string_free(normal);
    pk_string_free(address);
}

int main(void)
{
    backend *server = backend_start("backend");
    size_t before = allocator_given();
    pk_manager *manager = new_manager(NULL);
    CHECK(allocator_given() > before);
    free_manager(manager);
    live_once(server); /* what is made once is made here */
    size_t live = allocator_live();
    for (int i = 0; i < LIVES; i++)
        live_once(server);
    /* Not a byte for each. The C library keeps some for each thread that there was at a time, and the test's backend has now
     * more of them and now fewer. */
    WAIT_UNTIL(allocator_live() < live + LIVES);
    printf("%d lives, %zu blocks given, %zu bytes more kept\n", LIVES, allocator_given(), allocator_live() - live);
    backend_stop(server);
    return 0;
}
