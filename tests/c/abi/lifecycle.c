#include "calls.h"
#include "peer.h"
#include "tests.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

void calls_know_the_phase(void)
{
    char *address = NULL;
    size_t cut_off = 77;
    pk_manager *manager = new_manager(NULL);
    FAILS(PK_ERR_NOT_STARTED, "", pk_address(manager, &address, &error));
    FAILS(PK_ERR_NOT_STARTED, "", pk_wait(manager, 0, &error));
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    FAILS(PK_ERR_ALREADY_STARTED, "", pk_start(manager, "127.0.0.1:0", &error));
    FAILS(PK_ERR_ALREADY_STARTED, "", pk_serve(manager, "127.0.0.1:0", &error));
    FAILS(PK_ERR_NOT_STARTED, "", pk_management_address(manager, &address, &error));
    SUCCEEDS(pk_stop(manager, PK_FOREVER, &cut_off, &error));
    CHECK(cut_off == 0);
    SUCCEEDS(pk_stop(manager, 0, &cut_off, &error));
    SUCCEEDS(pk_wait(manager, 0, &error));
    FAILS(PK_ERR_STOPPED, "", pk_start(manager, "127.0.0.1:0", &error));
    FAILS(PK_ERR_STOPPED, "", pk_serve(manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_add_route(manager, "/x/", NULL, 0, NULL, &error));
    free_manager(manager);

    manager = new_manager(NULL);
    SUCCEEDS(pk_stop(manager, 1000, &cut_off, &error));
    FAILS(PK_ERR_STOPPED, "", pk_start(manager, "127.0.0.1:0", &error));
    free_manager(manager);

    manager = new_manager(NULL);
    SUCCEEDS(pk_start(manager, NULL, &error));
    FAILS(PK_ERR_NOT_STARTED, "", pk_address(manager, &address, &error));
    free_manager(manager);
    CHECK(address == NULL);
}

void certificates_are_read_again(void)
{
    char folder[] = "/tmp/proxykit-test-XXXXXX", setting[96];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(setting, sizeof setting, "tls_certificates=%s/none.pem", folder);
    const char *settings[] = {setting, "tls_keys=/none.key"};
    pk_manager_options options;
    pk_manager *manager = new_manager(NULL);
    SUCCEEDS(pk_manager_reload_certificates(manager, &error));
    FAILS(PK_ERR_NULL_POINTER, "manager", pk_manager_reload_certificates(NULL, &error));
    free_manager(manager);
    manager = NULL;
    SUCCEEDS(pk_manager_options_init(&options, sizeof options));
    options.settings = settings;
    options.settings_len = 2;
    FAILS(PK_ERR_INVALID_CERTIFICATE, "none.pem", pk_manager_new(&options, &manager, &error));
    CHECK(manager == NULL);
    CHECK(rmdir(folder) == 0);
}

void a_taken_port_is_named(void)
{
    char *address = NULL;
    pk_manager *manager = serving_manager(&address);
    pk_manager *second = new_manager(NULL);
    FAILS(PK_ERR_ADDRESS_IN_USE, address, pk_start(second, address, &error));
    FAILS(PK_ERR_ADDRESS_IN_USE, address, pk_serve(second, address, &error));
    SUCCEEDS(pk_start(second, "127.0.0.1:0", &error));
    free_manager(second);
    free_manager(manager);
    pk_string_free(address);
}

void bad_addresses_are_refused(void)
{
    pk_manager *manager = new_manager(NULL);
    FAILS(PK_ERR_INVALID_ADDRESS, "\"\"", pk_start(manager, "", &error));
    FAILS(PK_ERR_INVALID_ADDRESS, "\"127.0.0.1:99999\"", pk_start(manager, "127.0.0.1:99999", &error));
    FAILS(PK_ERR_BIND_FAILED, "192.0.2.1", pk_start(manager, "192.0.2.1:0", &error));
    FAILS(PK_ERR_BIND_FAILED, "/no/such/folder", pk_start(manager, "unix:/no/such/folder/socket", &error));
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    free_manager(manager);
}

void unix_sockets_are_made_and_removed(void)
{
    char folder[] = "/tmp/proxykit-test-XXXXXX", listen[64];
    char *address = NULL;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(listen, sizeof listen, "unix:%s/socket", folder);
    pk_manager *manager = new_manager(NULL);
    SUCCEEDS(pk_start(manager, listen, &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    CHECK_TEXT(listen, address);
    CHECK(access(listen + 5, F_OK) == 0);
    SUCCEEDS(pk_stop(manager, 0, NULL, &error));
    CHECK(access(listen + 5, F_OK) != 0);
    CHECK(rmdir(folder) == 0);
    pk_string_free(address);
    free_manager(manager);
}

void sockets_may_be_handed_in(void)
{
    char listen_at[32];
    char *address = NULL;
    int status = 0, socket_of_mine = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in free_port;
    memset(&free_port, 0, sizeof free_port);
    free_port.sin_family = AF_INET;
    free_port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(socket_of_mine >= 0);
    snprintf(listen_at, sizeof listen_at, "fd:%d", socket_of_mine);
    pk_manager *manager = new_manager(NULL);
    FAILS(PK_ERR_BIND_FAILED, listen_at, pk_start(manager, listen_at, &error));
    FAILS(PK_ERR_BIND_FAILED, "fd:987 cannot be used: it is not open", pk_start(manager, "fd:987", &error));
    FAILS(PK_ERR_INVALID_ADDRESS, "\"fd:x\"", pk_start(manager, "fd:x", &error));
    FAILS(PK_ERR_BIND_FAILED, "systemd", pk_start(manager, "systemd", &error));

    CHECK(bind(socket_of_mine, (struct sockaddr *)&free_port, sizeof free_port) == 0);
    CHECK(listen(socket_of_mine, 16) == 0);
    SUCCEEDS(pk_start(manager, listen_at, &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    CHECK(port_of(address) != 0);
    free(client_get(address, "/nothing/", &status));
    CHECK(status == 404);
    SUCCEEDS(pk_stop(manager, 0, NULL, &error));
    /* It is still open, and was never the library's. */
    CHECK(close(socket_of_mine) == 0);
    free_manager(manager);
    pk_string_free(address);
}

void management_has_its_own_listener(void)
{
    char *address = NULL, *management = NULL;
    pk_manager_options options;
    pk_manager_options_init(&options, sizeof options);
    options.management = "127.0.0.1:0";
    pk_manager *manager = new_manager(&options);
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    SUCCEEDS(pk_management_address(manager, &management, &error));
    CHECK(port_of(address) != port_of(management));
    SUCCEEDS(pk_add_route(manager, "/x/", NULL, 0, NULL, &error));

    int status = 0;
    char *body = client_get(management, "/endpoints/list?prefixPath=/x/", &status);
    CHECK(status == 200 && strstr(body, "\"targets\":[]") != NULL);
    free(body);
    body = client_get(address, "/endpoints/list?prefixPath=/x/", &status);
    CHECK(status == 404);
    free(body);
    free_manager(manager);
    pk_string_free(address);
    pk_string_free(management);
}

void waiting_has_an_end(void)
{
    char *address = NULL;
    pk_manager *manager = serving_manager(&address);
    FAILS(PK_ERR_TIMED_OUT, "", pk_wait(manager, 0, &error));
    FAILS(PK_ERR_TIMED_OUT, "", pk_wait(manager, 20, &error));
    SUCCEEDS(pk_stop(manager, 0, NULL, &error));
    SUCCEEDS(pk_wait(manager, 0, &error));
    SUCCEEDS(pk_wait(manager, PK_FOREVER - 1, &error));
    free_manager(manager);
    pk_string_free(address);
}
