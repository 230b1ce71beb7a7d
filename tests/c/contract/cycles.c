/* Starting and stopping again and again leaves no thread, no descriptor and no memory behind. */
#include "contract.h"

#include <malloc.h>

/* How many bytes are allocated. Where the allocator is another one, such as valgrind's, it is 0, and that one counts. */
static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void live_once(backend *server)
{
    char *address = NULL;
    int status = 0;
    pk_manager *manager = serving_manager(&address);
    const char *targets[] = {backend_target(server)};
    SUCCEEDS(pk_add_route(manager, "/x/", targets, 1, NULL, &error));
    char *body = client_get(address, "/x/", &status);
    CHECK(status == 200);
    free(body);
    SUCCEEDS(pk_stop(manager, 1000, NULL, &error));
    free_manager(manager);
    pk_string_free(address);
}

void a_thousand_lives_leak_nothing(void)
{
    int cycles = setting("PROXYKIT_CYCLES", 1000), first = cycles / 5;
    backend *server = backend_start("backend");
    /* What is made once, and what the allocator keeps for later, is there after these. */
    for (int i = 0; i < first; i++)
        live_once(server);
    WAIT_UNTIL(count_threads() == 2);
    int descriptors = count_descriptors();
    size_t bytes = allocated();
    for (int i = first; i < cycles; i++)
        live_once(server);
    /* A thread that was joined may stand in the list for a moment longer. */
    WAIT_UNTIL(count_threads() == 2);
    CHECK(count_descriptors() == descriptors);
    size_t now = allocated();
    printf("%d lives; %zu bytes allocated after the first %d, %zu at the end\n", cycles, bytes, first, now);
    /* What the C library keeps for its arenas is counted too. More exactly it is counted in allocator/host.c. */
    CHECK(now <= bytes + 64 * 1024);
    backend_stop(server);
}
