/* Backends come and go while the proxy serves; each line on standard input is the next step. */
#include <proxykit.h>

#include <stdio.h>
#include <stdlib.h>

static pk_error *error;

static void check(pk_status status)
{
    if (status != PK_OK) {
        fprintf(stderr, "%s: %s\n", pk_status_name(status), pk_error_message(error));
        exit(EXIT_FAILURE);
    }
}

static void next_step(void)
{
    int c;
    fflush(stdout);
    do {
        c = getchar();
    } while (c != '\n' && c != EOF);
}

static void list(const pk_manager *manager)
{
    pk_backends *backends;
    check(pk_list_backends(manager, "/proxy/", &backends, &error));
    for (size_t i = 0; i < pk_backends_len(backends); i++) {
        pk_backend backend = {.struct_size = sizeof backend};
        check(pk_backends_get(backends, i, &backend, &error));
        printf("%s healthy: %s\n", backend.target, backend.healthy ? "true" : "false");
    }
    pk_backends_free(backends);
}

int main(void)
{
    const char *first = "http://localhost:8081", *second = "http://localhost:8082";
    size_t count;
    pk_manager *manager;
    check(pk_manager_new(NULL, &manager, &error));
    check(pk_add_route(manager, "/proxy/", &first, 1, NULL, &error));
    check(pk_start(manager, "127.0.0.1:8080", &error));
    printf("listening on http://127.0.0.1:8080; press Enter for each step\n");

    next_step();
    check(pk_add_backends(manager, "/proxy/", &second, 1, NULL, &count, &error));
    printf("added: %zu\n", count);

    next_step();
    list(manager);

    next_step();
    check(pk_remove_backends(manager, "/proxy/", &first, 1, &count, &error));
    printf("removed: %zu\n", count);

    next_step();
    list(manager);

    pk_manager_free(manager);
    return EXIT_SUCCESS;
}
