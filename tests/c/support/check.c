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

void nap(void)
{
    struct timespec millisecond = {0, 1000 * 1000};
    nanosleep(&millisecond, NULL);
}
