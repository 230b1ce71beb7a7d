/* Calls of the library that must succeed or fail, and what many tests begin with. */
#ifndef CALLS_H
#define CALLS_H

#include "check.h"
#include "proxykit.h"

/* Ends the run unless the call succeeds. The call passes `&error`, which is the macro's own. */
#define SUCCEEDS(call) \
    do { \
        pk_error *error = NULL; \
        pk_status status_ = (call); \
        check_error(__FILE__, __LINE__, #call, PK_OK, "", status_, error); \
    } while (0)

/* Ends the run unless the call fails with this status, and a message that has `part` in it. */
#define FAILS(expected, part, call) \
    do { \
        pk_error *error = NULL; \
        pk_status status_ = (call); \
        check_error(__FILE__, __LINE__, #call, (expected), (part), status_, error); \
    } while (0)

void check_error(const char *file, int line, const char *call, pk_status expected, const char *part,
                 pk_status status, pk_error *error);

/* A manager with these options, or the defaults. */
pk_manager *new_manager(const pk_manager_options *options);
/* A manager with two workers that serves on a free port, and its address, to be freed. */
pk_manager *serving_manager(char **address);
/* Stops and frees. */
void free_manager(pk_manager *manager);

/* To be filled in by pk_backends_get() and pk_routes_get(). */
pk_backend empty_backend(void);
pk_route empty_route(void);

#endif
