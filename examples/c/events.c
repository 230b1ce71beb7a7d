/* Prints what happens, beside whatever else the program's event loop waits for, until SIGTERM or Ctrl-C. */
#include <proxykit.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>

static volatile sig_atomic_t is_over;

static void end(int signal)
{
    (void)signal;
    is_over = 1;
}

static void check(pk_status status, pk_error *error)
{
    if (status != PK_OK) {
        fprintf(stderr, "%s: %s\n", pk_status_name(status), pk_error_message(error));
        exit(EXIT_FAILURE);
    }
}

/* Takes out all that waits. */
static void print_events(pk_events *events)
{
    pk_event *event = NULL;
    while (pk_events_next(events, 0, &event, NULL) == PK_OK) {
        const char *prefix = pk_event_prefix(event), *target = pk_event_target(event);
        printf("%s %s %s\n", pk_event_name(event), prefix ? prefix : "", target ? target : "");
        pk_event_free(event);
    }
    fflush(stdout);
}

int main(void)
{
    int fd = -1;
    pk_manager *manager = NULL;
    pk_events *events = NULL;
    pk_error *error = NULL;
    const char *targets[] = {"http://localhost:8081", "http://localhost:8082"};

    /* The signals come while the loop waits, and only then. */
    sigset_t blocked, unblocked;
    struct sigaction action = {.sa_handler = end};
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, &unblocked);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);

    check(pk_manager_new(NULL, &manager, &error), error);
    check(pk_events_open(manager, &events, &error), error);
    check(pk_events_fd(events, &fd, &error), error);
    check(pk_add_route(manager, "/proxy/", targets, 2, NULL, &error), error);
    check(pk_start(manager, "127.0.0.1:8080", &error), error);
    while (!is_over) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(fd, &readable);
        if (pselect(fd + 1, &readable, NULL, NULL, NULL, &unblocked) > 0)
            print_events(events);
    }
    check(pk_stop(manager, 10000, NULL, &error), error);
    print_events(events);
    pk_events_free(events);
    pk_manager_free(manager);
    return EXIT_SUCCESS;
}
