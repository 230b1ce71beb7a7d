/* A proxy before two servers, beside a path that the program answers itself, until SIGTERM or Ctrl-C. */
#include <proxykit.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pk_error *error;

static void check(pk_status status)
{
    if (status != PK_OK) {
        fprintf(stderr, "%s: %s\n", pk_status_name(status), pk_error_message(error));
        exit(EXIT_FAILURE);
    }
}

/* Runs on a thread of the library's. It could also keep the request, return, and have another thread answer it. */
static void ping(pk_request *request, void *userdata)
{
    const char *pong = userdata;
    pk_header type = {"content-type", "text/plain"};
    pk_status status = pk_respond(request, 200, &type, 1, (const uint8_t *)pong, strlen(pong), NULL);
    if (status != PK_OK)
        fprintf(stderr, "%s was not answered: %s\n", pk_request_target(request), pk_status_name(status));
    pk_request_free(request);
}

int main(void)
{
    int signal;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    pk_manager *manager;
    check(pk_manager_new(NULL, &manager, &error));

    const char *targets[] = {"http://localhost:8081", "http://localhost:8082"};
    check(pk_add_route(manager, "/proxy/", targets, 2, NULL, &error));

    char *pong = strdup("pong\n");
    if (pong == NULL)
        return EXIT_FAILURE;
    check(pk_handle(manager, "/ping", NULL, ping, pong, free, &error)); /* it frees the text */

    check(pk_start(manager, "127.0.0.1:8080", &error));
    printf("listening on http://127.0.0.1:8080\n");
    fflush(stdout);

    sigwait(&signals, &signal);
    check(pk_stop(manager, 10000, NULL, &error));
    pk_manager_free(manager);
    return EXIT_SUCCESS;
}
