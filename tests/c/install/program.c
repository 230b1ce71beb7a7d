/* A program of a user who has installed Proxy Kit: it serves, is asked, and stops. */
#include <proxykit.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", PK_VERSION_MAJOR, PK_VERSION_MINOR, PK_VERSION_PATCH);
    if (strcmp(version, pk_version()) != 0) {
        fprintf(stderr, "the header is of %s, the library of %s\n", version, pk_version());
        return 1;
    }
    pk_manager *manager = NULL;
    pk_error *error = NULL;
    pk_reply *reply = NULL;
    const char *targets[] = {"http://localhost:8081"};
    uint32_t http = 0;
    if (pk_manager_new(NULL, &manager, &error) == PK_OK
        && pk_add_route(manager, "/x/", targets, 1, NULL, &error) == PK_OK
        && pk_start(manager, "127.0.0.1:0", &error) == PK_OK
        && pk_manage(manager, "GET", "/endpoints/list?prefixPath=/x/", NULL, 0, &reply, &error) == PK_OK)
        http = pk_reply_status(reply);
    if (error != NULL)
        fprintf(stderr, "%s\n", pk_error_message(error));
    pk_error_free(error);
    pk_reply_free(reply);
    if (pk_manager_free(manager) != PK_OK || http != 200)
        return 1;
    printf("%s\n", version);
    return 0;
}
