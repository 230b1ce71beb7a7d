/* Prints the log, from a callback on a thread of its own, until SIGTERM or Ctrl-C. */
#include <proxykit.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const LEVELS[] = {"?", "error", "warn", "info", "debug"};

static void print_line(const pk_log_record *record, void *userdata)
{
    uint32_t level = pk_log_record_level(record);
    (void)userdata;
    printf("%s %s: %s\n", LEVELS[level <= PK_LOG_DEBUG ? level : 0], pk_log_record_category(record),
           pk_log_record_message(record));
    fflush(stdout);
}

static void check(pk_status status, pk_error *error)
{
    if (status != PK_OK) {
        fprintf(stderr, "%s: %s\n", pk_status_name(status), pk_error_message(error));
        exit(EXIT_FAILURE);
    }
}

int main(void)
{
    int signal;
    sigset_t signals;
    pk_manager *manager = NULL;
    pk_error *error = NULL;
    const char *targets[] = {"http://localhost:8081", "http://localhost:8082"};

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    check(pk_manager_new(NULL, &manager, &error), error);
    check(pk_on_log(manager, PK_LOG_INFO, print_line, NULL, NULL, &error), error);
    check(pk_add_route(manager, "/proxy/", targets, 2, NULL, &error), error);
    check(pk_start(manager, "127.0.0.1:8080", &error), error);

    sigwait(&signals, &signal);
    check(pk_stop(manager, 10000, NULL, &error), error); /* it returns behind the last call */
    pk_manager_free(manager);
    return EXIT_SUCCESS;
}
