/* The tests' tools: assertions that end the run with file and line, and waiting for a condition. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxykit.h"

/* Ends the run unless the condition holds. */
#define CHECK(condition) \
    do { \
        if (!(condition)) \
            fail(__FILE__, __LINE__, #condition, "is false"); \
    } while (0)

/* Ends the run unless the texts are equal. */
#define CHECK_TEXT(expected, actual) check_text(__FILE__, __LINE__, #actual, (expected), (actual))

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

/* Waits until the condition holds; ends the run after ten seconds. */
#define WAIT_UNTIL(condition) \
    do { \
        for (int naps_ = 0; !(condition); naps_++) { \
            if (naps_ == 10000) \
                fail(__FILE__, __LINE__, #condition, "does not come true"); \
            nap(); \
        } \
    } while (0)

_Noreturn void fail(const char *file, int line, const char *what, const char *how);
void check_text(const char *file, int line, const char *what, const char *expected, const char *actual);
void check_error(const char *file, int line, const char *call, pk_status expected, const char *part,
                 pk_status status, pk_error *error);
void nap(void);

/* A manager with these options, or the defaults. */
pk_manager *new_manager(const pk_manager_options *options);
/* A manager with two workers that serves on a free port, and its address, to be freed. */
pk_manager *serving_manager(char **address);
/* Stops and frees. */
void free_manager(pk_manager *manager);

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

#endif
