#include "calls.h"

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

pk_backend empty_backend(void)
{
    pk_backend backend;
    memset(&backend, 0, sizeof backend);
    backend.struct_size = sizeof backend;
    return backend;
}

pk_route empty_route(void)
{
    pk_route route;
    memset(&route, 0, sizeof route);
    route.struct_size = sizeof route;
    return route;
}
