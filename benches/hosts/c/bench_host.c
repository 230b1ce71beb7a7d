/* A proxy in a C program, through the shared library, until SIGTERM.
 *
 *   bench_host LISTEN ROUTES [NAME=VALUE …]
 *
 * ROUTES is a file with a route on each line: PREFIX [NAME=VALUE …] TARGET …. NAME is an option's name: of the manager
 * on the command line, of the route in the file. Once it listens it says "listening ADDRESS".
 */
#include <proxykit.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pk_error *error;

static void check(pk_status status)
{
    if (status != PK_OK) {
        fprintf(stderr, "%s: %s\n", pk_status_name(status), pk_error_message(error));
        exit(EXIT_FAILURE);
    }
}

static void *grown(void *memory, size_t size)
{
    void *larger = realloc(memory, size);
    if (larger == NULL) {
        perror("bench_host");
        exit(EXIT_FAILURE);
    }
    return larger;
}

/* The words of a line, which are separated by spaces. */
typedef struct {
    const char **items;
    size_t len;
} words;

static words split(char *line)
{
    words found = {NULL, 0};
    for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        found.items = grown(found.items, (found.len + 1) * sizeof *found.items);
        found.items[found.len++] = word;
    }
    return found;
}

static bool is_setting(const char *word)
{
    return strchr(word, '=') != NULL && strstr(word, "://") == NULL;
}

static void add_route(pk_manager *manager, char *line)
{
    words all = split(line);
    if (all.len == 0)
        return;
    size_t settings = 0;
    while (1 + settings < all.len && is_setting(all.items[1 + settings]))
        settings++;

    pk_route_options options;
    check(pk_route_options_init(&options, sizeof options));
    options.settings = all.items + 1;
    options.settings_len = settings;
    const char *const *targets = all.items + 1 + settings;
    check(pk_add_route(manager, all.items[0], targets, all.len - 1 - settings, &options, &error));
    free(all.items);
}

static void add_routes(pk_manager *manager, const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) != -1)
        add_route(manager, line);
    free(line);
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s LISTEN ROUTES [NAME=VALUE ...]\n", argv[0]);
        return EXIT_FAILURE;
    }

    int signal;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    pk_manager_options options;
    check(pk_manager_options_init(&options, sizeof options));
    options.settings = (const char *const *)argv + 3;
    options.settings_len = (size_t)argc - 3;
    pk_manager *manager;
    check(pk_manager_new(&options, &manager, &error));
    add_routes(manager, argv[2]);
    check(pk_start(manager, argv[1], &error));

    char *address;
    check(pk_address(manager, &address, &error));
    printf("listening %s\n", address);
    fflush(stdout);
    pk_string_free(address);

    sigwait(&signals, &signal);
    check(pk_stop(manager, 1000, NULL, &error));
    pk_manager_free(manager);
    return EXIT_SUCCESS;
}
