#include "peer.h"

#include "atomics.h"
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* A backend has one thread for accepting and one for each connection, and keeps no connection open. */
struct backend {
    char name[32];
    char target[64];
    int listener;
    pthread_t acceptor;
    atomic_uint connections;
    atomic_uint slow_requests;
    atomic_bool released;
};

struct accepted {
    backend *server;
    int connection;
};

static void send_big(int connection)
{
    static char piece[64 * 1024];
    for (size_t sent = 0; sent < BIG_ANSWER; sent += sizeof piece) {
        if (!send_all(connection, piece, sizeof piece))
            return;
    }
}

/* Reads the head of a request; false if the peer only connected, as health checks do. */
static bool read_head(int connection, char *head, size_t room)
{
    size_t len = 0;
    while (len + 1 < room) {
        ssize_t received = recv(connection, head + len, room - 1 - len, 0);
        if (received <= 0)
            return false;
        len += (size_t)received;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

static void answer(backend *server, int connection)
{
    char head[4096], reply[256];
    if (!read_head(connection, head, sizeof head)) {
        close(connection);
        return;
    }
    if (strstr(head, " /reset ") != NULL) {
        close_with_reset(connection);
        return;
    }
    bool big = strncmp(head, "GET /big ", 9) == 0;
    if (strncmp(head, "GET /slow ", 10) == 0) {
        atomic_fetch_add(&server->slow_requests, 1U);
        WAIT_UNTIL(atomic_load(&server->released));
    }
    snprintf(reply, sizeof reply, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n%s",
             big ? (size_t)BIG_ANSWER : strlen(server->name), big ? "" : server->name);
    if (send_all(connection, reply, strlen(reply)) && big)
        send_big(connection);
    close(connection);
}

static void *serve_connection(void *argument)
{
    struct accepted *accepted = (struct accepted *)argument;
    answer(accepted->server, accepted->connection);
    atomic_fetch_sub(&accepted->server->connections, 1U);
    free(accepted);
    return NULL;
}

static void *accept_connections(void *argument)
{
    backend *server = (backend *)argument;
    int connection;
    while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
        struct accepted *accepted = (struct accepted *)malloc(sizeof *accepted);
        pthread_t thread;
        CHECK(accepted != NULL);
        accepted->server = server;
        accepted->connection = connection;
        atomic_fetch_add(&server->connections, 1U);
        CHECK(pthread_create(&thread, NULL, serve_connection, accepted) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
    return NULL;
}

backend *backend_start(const char *name)
{
    backend *server = (backend *)calloc(1, sizeof *server);
    CHECK(server != NULL);
    snprintf(server->name, sizeof server->name, "%s", name);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(server->listener >= 0);
    CHECK(bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(server->listener, 128) == 0);
    CHECK(getsockname(server->listener, (struct sockaddr *)&address, &len) == 0);
    snprintf(server->target, sizeof server->target, "http://127.0.0.1:%d", ntohs(address.sin_port));
    CHECK(pthread_create(&server->acceptor, NULL, accept_connections, server) == 0);
    return server;
}

const char *backend_target(const backend *server)
{
    return server->target;
}

unsigned backend_slow_requests(backend *server)
{
    return atomic_load(&server->slow_requests);
}

void backend_release(backend *server)
{
    atomic_store(&server->released, true);
}

void backend_stop(backend *server)
{
    backend_release(server);
    shutdown(server->listener, SHUT_RDWR);
    CHECK(pthread_join(server->acceptor, NULL) == 0);
    WAIT_UNTIL(atomic_load(&server->connections) == 0);
    close(server->listener);
    free(server);
}
