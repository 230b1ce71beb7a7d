#include "check.h"

#include <time.h>

void fail(const char *file, int line, const char *what, const char *how)
{
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, how);
    exit(1);
}

void check_text(const char *file, int line, const char *what, const char *expected, const char *actual)
{
    char how[512];
    if (actual == NULL || strcmp(expected, actual) != 0) {
        snprintf(how, sizeof how, "expected \"%s\", got \"%s\"", expected, actual == NULL ? "(NULL)" : actual);
        fail(file, line, what, how);
    }
}

void check_error(const char *file, int line, const char *call, pk_status expected, const char *part,
                 pk_status status, pk_error *error)
{
    char how[512];
    if (status != expected || strstr(pk_error_message(error), part) == NULL) {
        snprintf(how, sizeof how, "expected %s (%u) with \"%s\", got %s (%u): %s", pk_status_name(expected),
                 (unsigned)expected, part, pk_status_name(status), (unsigned)status, pk_error_message(error));
        fail(file, line, call, how);
    }
    if ((error != NULL) != (status != PK_OK))
        fail(file, line, call, "the error object and the status disagree");
    if (pk_error_code(error) != status || strcmp(pk_error_name(error), pk_status_name(status)) != 0)
        fail(file, line, call, "the error object has another code or name than the status");
    pk_error_free(error);
}

void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
}

pk_manager *new_manager(const pk_manager_options *options)
{
    pk_manager *manager = NULL;
    SUCCEEDS(pk_manager_new(options, &manager, &error));
    CHECK(manager != NULL);
    return manager;
}

pk_manager *serving_manager(char **address)
{
    pk_manager_options options;
    CHECK(pk_manager_options_init(&options, sizeof options) == PK_OK);
    options.workers = 2;
    pk_manager *manager = new_manager(&options);
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_address(manager, address, &error));
    return manager;
}

void free_manager(pk_manager *manager)
{
    CHECK(pk_manager_free(manager) == PK_OK);
}
