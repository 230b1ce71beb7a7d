#include "check.h"
#include "peer.h"
#include "tests.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The signals of POSIX and of old Unix lie below. */
enum { SIGNALS = 32 };

void signals_are_left_alone(void)
{
    struct sigaction before[SIGNALS], after;
    sigset_t mask_before, mask_after;
    char *address = NULL;
    for (int number = 1; number < SIGNALS; number++)
        before[number].sa_handler = sigaction(number, NULL, &before[number]) == 0 ? before[number].sa_handler : SIG_ERR;
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask_before) == 0);
    pk_manager *manager = serving_manager(&address);
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &mask_after) == 0);
    for (int number = 1; number < SIGNALS; number++) {
        if (before[number].sa_handler == SIG_ERR)
            continue;
        CHECK(sigaction(number, NULL, &after) == 0);
        CHECK(after.sa_handler == before[number].sa_handler);
        CHECK(sigismember(&mask_after, number) == sigismember(&mask_before, number));
    }
    free_manager(manager);
    pk_string_free(address);
}

/* What a child of the process that started `manager` may do and may not. */
static void run_child(pk_manager *manager)
{
    char *address = NULL;
    int status = 0;
    FAILS(PK_ERR_FORKED, "fork", pk_add_route(manager, "/y/", NULL, 0, NULL, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_remove_route(manager, "/x/", &error));
    FAILS(PK_ERR_FORKED, "fork", pk_start(manager, "127.0.0.1:0", &error));
    FAILS(PK_ERR_FORKED, "fork", pk_address(manager, &address, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_wait(manager, PK_FOREVER, &error));
    FAILS(PK_ERR_FORKED, "fork", pk_stop(manager, PK_FOREVER, NULL, &error));
    CHECK(pk_manager_free(manager) == PK_ERR_FORKED);
    CHECK(pk_manager_free(manager) == PK_ERR_FORKED);

    pk_manager *own = serving_manager(&address);
    free(client_get(address, "/nothing", &status));
    CHECK(status == 404);
    free_manager(own);
    pk_string_free(address);
}

void a_child_gets_an_error(void)
{
    char *address = NULL;
    int status = 0;
    pk_manager *manager = serving_manager(&address);
    pk_manager *unused = new_manager(NULL);
    SUCCEEDS(pk_add_route(manager, "/x/", NULL, 0, NULL, &error));
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(60); /* alarms are not inherited */
        run_child(manager);
        SUCCEEDS(pk_start(unused, "127.0.0.1:0", &error));
        free_manager(unused);
        /* What the parent's threads held is lost in the child, as it must be: another program has no leaks to count. */
        execlp("true", "true", (char *)NULL);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    free(client_get(address, "/x/", &status));
    CHECK(status == 503);
    free_manager(unused);
    free_manager(manager);
    pk_string_free(address);
}
