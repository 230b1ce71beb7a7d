/* A proxy before two servers, until SIGTERM or Ctrl-C. */
#include <proxykit.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static pk_error *error;

static void check(pk_status status)
{
    if (status != PK_OK) {
        fprintf(stderr, "%s: %s\n", pk_status_name(status), pk_error_message(error));
        exit(EXIT_FAILURE);
    }
}

int main(void)
{
    /* The library leaves signals to its host: this one waits for them. */
    int signal;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    pk_manager *manager;
    check(pk_manager_new(NULL, &manager, &error));

    const char *targets[] = {"http://localhost:8081", "http://localhost:8082"};
    pk_route_options options;
    pk_route_options_init(&options, sizeof options);
    options.health_interval_ms = 5000;
    check(pk_add_route(manager, "/proxy/", targets, 2, &options, &error));

    check(pk_start(manager, "127.0.0.1:8080", &error));
    printf("listening on http://127.0.0.1:8080\n");
    fflush(stdout);

    sigwait(&signals, &signal);
    check(pk_stop(manager, 10000, NULL, &error)); /* requests in flight have ten seconds to finish */
    pk_manager_free(manager);
    return EXIT_SUCCESS;
}
