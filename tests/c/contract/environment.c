/* What belongs to the whole process, or to the thread that calls, is as it was. */
#include "contract.h"

#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { TEXT = 16 * 1024 };

static void append(char *text, const char *line)
{
    size_t len = strlen(text);
    snprintf(text + len, TEXT - len, "%s\n", line);
    CHECK(strlen(text) + 1 < TEXT);
}

static void append_limits(char *text)
{
    struct rlimit limits[4];
    CHECK(getrlimit(RLIMIT_NOFILE, &limits[0]) == 0 && getrlimit(RLIMIT_STACK, &limits[1]) == 0);
    CHECK(getrlimit(RLIMIT_CORE, &limits[2]) == 0 && getrlimit(RLIMIT_AS, &limits[3]) == 0);
    for (size_t i = 0; i < LENGTH(limits); i++) {
        char line[96];
        snprintf(line, sizeof line, "limit %llu %llu", (unsigned long long)limits[i].rlim_cur,
                 (unsigned long long)limits[i].rlim_max);
        append(text, line);
    }
}

/* All of it as one text. */
static void describe(char *text)
{
    char line[4096], name[32];
    text[0] = '\0';
    for (char **variable = environ; *variable != NULL; variable++)
        append(text, *variable);
    CHECK(getcwd(line, sizeof line) != NULL);
    append(text, line);
    append(text, setlocale(LC_ALL, NULL));
    mode_t mask = umask(0);
    umask(mask);
    CHECK(pthread_getname_np(pthread_self(), name, sizeof name) == 0);
    snprintf(line, sizeof line, "environ %p, umask %o, rounding %d, nice %d, group %d, session %d, thread %s, zone %s %ld",
             (void *)environ, (unsigned)mask, fegetround(), getpriority(PRIO_PROCESS, 0), (int)getpgrp(), (int)getsid(0),
             name, tzname[0], timezone);
    append(text, line);
    append_limits(text);
}

static char before[TEXT];

static void compare(const char *step)
{
    static char now[TEXT];
    describe(now);
    if (strcmp(before, now) != 0)
        fail(__FILE__, __LINE__, step, now);
}

void the_process_stays_as_it_was(void)
{
    CHECK(setenv("PROXYKIT_TEST", "value", 1) == 0);
    CHECK(setlocale(LC_ALL, "C") != NULL);
    CHECK(fesetround(FE_UPWARD) == 0);
    umask(027);
    describe(before);
    live(compare);
}
