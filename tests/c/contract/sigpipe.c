/* A host that leaves SIGPIPE at its default is not killed by clients and backends that go away early. */
#include "contract.h"

#include <pthread.h>
#include <signal.h>

void peers_that_reset_kill_nobody(void)
{
    struct sigaction action;
    sigset_t mask;
    struct guest guest;
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    CHECK(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 && sigismember(&mask, SIGPIPE) == 0);
    guest_start(&guest);
    for (int i = 0; i < 20; i++)
        client_reset(client_send(guest.address, "/x/big"), (size_t)i * 10000, i % 2 == 1);
    for (int i = 0; i < 20; i++) {
        int status = client_post(guest.address, "/x/reset", (size_t)i * 100000);
        CHECK(status == 502 || status == 0);
    }
    guest_serve(&guest);
    /* The stop breaks connections off as well. */
    int connection = client_send(guest.address, "/x/slow");
    WAIT_UNTIL(backend_slow_requests(guest.server) == 1);
    SUCCEEDS(pk_stop(guest.manager, 0, NULL, &error));
    free(client_read(connection));
    guest_stop(&guest);
}
