#include "contract.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void guest_start(struct guest *guest)
{
    guest->server = backend_start("backend");
    guest->manager = serving_manager(&guest->address);
    const char *targets[] = {backend_target(guest->server)}, *refusing[] = {"http://127.0.0.1:1"};
    SUCCEEDS(pk_add_route(guest->manager, "/x/", targets, 1, NULL, &error));
    SUCCEEDS(pk_add_route(guest->manager, "/down/", refusing, 1, NULL, &error));
}

void guest_serve(const struct guest *guest)
{
    int status = 0;
    char *body = client_get(guest->address, "/x/", &status);
    CHECK(status == 200);
    CHECK_TEXT("backend", body);
    free(body);
    CHECK(client_ask(guest->address, "/nothing") == 404);
    /* It is refused, or known not to be healthy. */
    int down = client_ask(guest->address, "/down/");
    CHECK(down == 502 || down == 503);
    CHECK(client_ask(guest->address, "/x/reset") == 502);
    CHECK(client_ask(guest->address, "/endpoints/list?prefixPath=/x/") == 200);
    char *refused = client_read(client_say(guest->address, "this is not HTTP\r\n\r\n"));
    CHECK(strncmp(refused, "HTTP/1.1 400 ", 13) == 0);
    free(refused);
    client_reset(client_send(guest->address, "/x/big"), 100000, false);
}

void guest_stop(struct guest *guest)
{
    SUCCEEDS(pk_stop(guest->manager, 10000, NULL, &error));
    free_manager(guest->manager);
    pk_string_free(guest->address);
    backend_stop(guest->server);
}

void live(void (*look)(const char *step))
{
    struct guest guest;
    pk_manager *second = NULL;
    pk_manager_options options;
    const char *settings[] = {"tls_certificates=/no/such/file.pem", "tls_keys=/no/such/file.key"};
    look("before anything");
    CHECK(pk_manager_options_init(&options, sizeof options) == PK_OK);
    options.settings = settings;
    options.settings_len = LENGTH(settings);
    FAILS(PK_ERR_INVALID_CERTIFICATE, "/no/such/file", pk_manager_new(&options, &second, &error));
    second = new_manager(NULL);
    look("made");
    guest_start(&guest);
    look("started");
    FAILS(PK_ERR_ADDRESS_IN_USE, guest.address, pk_start(second, guest.address, &error));
    FAILS(PK_ERR_INVALID_ADDRESS, "nowhere", pk_start(second, "nowhere", &error));
    FAILS(PK_ERR_TIMED_OUT, "", pk_wait(guest.manager, 1, &error));
    guest_serve(&guest);
    look("serving");
    FAILS(PK_ERR_ROUTE_NOT_FOUND, "/y/", pk_remove_route(guest.manager, "/y/", &error));
    guest_stop(&guest);
    look("stopped");
    free_manager(second);
    look("freed");
}

int count_entries(const char *folder)
{
    DIR *entries = opendir(folder);
    CHECK(entries != NULL);
    int count = 0;
    while (readdir(entries) != NULL)
        count++;
    closedir(entries);
    return count;
}

int count_threads(void)
{
    return count_entries("/proc/self/task") - 2;
}

int count_descriptors(void)
{
    /* Beside the two dots, the one that is opened to count them. */
    return count_entries("/proc/self/fd") - 3;
}

int setting(const char *name, int usual)
{
    const char *value = getenv(name);
    return value == NULL ? usual : atoi(value);
}

bool is_watched(void)
{
    return getenv("PROXYKIT_WATCHED") != NULL;
}

int run_in_child(void (*body)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(60); /* alarms are not inherited */
        body();
        exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}
