/* How long it takes a program to have a proxy: microseconds from before pk_manager_new until pk_start has returned.
 *
 *   start_time TARGET [WORKERS]
 */
#include <proxykit.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pk_error *error;

static void check(pk_status status)
{
    if (status != PK_OK) {
        fprintf(stderr, "%s: %s\n", pk_status_name(status), pk_error_message(error));
        exit(EXIT_FAILURE);
    }
}

static double micros(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s TARGET [WORKERS]\n", argv[0]);
        return EXIT_FAILURE;
    }
    const char *targets[] = {argv[1]};
    pk_manager_options options;
    check(pk_manager_options_init(&options, sizeof options));
    options.workers = argc > 2 ? (uint32_t)atoi(argv[2]) : 1;

    double begun = micros();
    pk_manager *manager;
    check(pk_manager_new(&options, &manager, &error));
    check(pk_add_route(manager, "/", targets, 1, NULL, &error));
    check(pk_start(manager, "127.0.0.1:0", &error));
    printf("%.1f\n", micros() - begun);

    check(pk_stop(manager, 1000, NULL, &error));
    pk_manager_free(manager);
    return EXIT_SUCCESS;
}
