/* The tests' tools: assertions that end the run with file and line, and waiting for a condition. */
#ifndef CHECK_H
#define CHECK_H

#ifdef __cplusplus
#define NO_RETURN [[noreturn]]
#else
#define NO_RETURN _Noreturn
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the run unless the condition holds. */
#define CHECK(condition) \
    do { \
        if (!(condition)) \
            fail(__FILE__, __LINE__, #condition, "is false"); \
    } while (0)

/* Ends the run unless the texts are equal. */
#define CHECK_TEXT(expected, actual) check_text(__FILE__, __LINE__, #actual, (expected), (actual))

/* Waits until the condition holds; ends the run after ten seconds. */
#define WAIT_UNTIL(condition) \
    do { \
        for (int naps_ = 0; !(condition); naps_++) { \
            if (naps_ == 10000) \
                fail(__FILE__, __LINE__, #condition, "does not come true"); \
            nap(); \
        } \
    } while (0)

NO_RETURN void fail(const char *file, int line, const char *what, const char *how);
void check_text(const char *file, int line, const char *what, const char *expected, const char *actual);
void nap(void);

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

#endif
