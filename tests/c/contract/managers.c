/* Several managers at once know nothing of one another. */
#include "atomics.h"
#include "contract.h"

#include <pthread.h>

enum { MANAGERS = 5, REQUESTS = 50 };

/* A manager with a route and a backend that no other has, and a client that calls it. */
struct neighbour {
    struct guest guest;
    char name[32];
    char prefix[32];
    pthread_t client;
    atomic_uint answered;
};

static struct neighbour neighbours[MANAGERS];

static void move_in(struct neighbour *neighbour, int number)
{
    snprintf(neighbour->name, sizeof neighbour->name, "backend %d", number);
    snprintf(neighbour->prefix, sizeof neighbour->prefix, "/%d/", number);
    neighbour->guest.server = backend_start(neighbour->name);
    neighbour->guest.manager = serving_manager(&neighbour->guest.address);
    const char *targets[] = {backend_target(neighbour->guest.server)};
    SUCCEEDS(pk_add_route(neighbour->guest.manager, neighbour->prefix, targets, 1, NULL, &error));
}

static void *call(void *argument)
{
    struct neighbour *neighbour = (struct neighbour *)argument;
    for (int i = 0; i < REQUESTS; i++) {
        int status = 0;
        char *body = client_get(neighbour->guest.address, neighbour->prefix, &status);
        CHECK(status == 200);
        CHECK_TEXT(neighbour->name, body);
        free(body);
        atomic_fetch_add(&neighbour->answered, 1U);
    }
    return NULL;
}

void managers_share_nothing(void)
{
    for (int i = 0; i < MANAGERS; i++)
        move_in(&neighbours[i], i);
    for (int i = 0; i < MANAGERS; i++) {
        for (int j = 0; j < MANAGERS; j++)
            CHECK(client_ask(neighbours[i].guest.address, neighbours[j].prefix) == (i == j ? 200 : 404));
    }
    /* One goes while all the others serve. */
    for (int i = 1; i < MANAGERS; i++)
        CHECK(pthread_create(&neighbours[i].client, NULL, call, &neighbours[i]) == 0);
    for (int i = 1; i < MANAGERS; i++)
        WAIT_UNTIL(atomic_load(&neighbours[i].answered) > 0);
    guest_stop(&neighbours[0].guest);
    for (int i = 1; i < MANAGERS; i++) {
        CHECK(pthread_join(neighbours[i].client, NULL) == 0);
        CHECK(atomic_load(&neighbours[i].answered) == REQUESTS);
        guest_stop(&neighbours[i].guest);
    }
}
