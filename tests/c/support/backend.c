#include "peer.h"

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
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

typedef struct connection {
    backend *backend;
    int socket;
} connection;

static bool send_all(int socket, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(socket, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

static void send_big(int socket)
{
    static const char piece[64 * 1024];
    for (size_t sent = 0; sent < BIG_ANSWER; sent += sizeof piece) {
        if (!send_all(socket, piece, sizeof piece))
            return;
    }
}

/* Reads the head of a request; false if the peer only connected, as health checks do. */
static bool read_head(int socket, char *head, size_t room)
{
    size_t len = 0;
    while (len + 1 < room) {
        ssize_t received = recv(socket, head + len, room - 1 - len, 0);
        if (received <= 0)
            return false;
        len += (size_t)received;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

static void answer(backend *backend, int socket)
{
    char head[4096], answer[256];
    if (!read_head(socket, head, sizeof head))
        return;
    bool big = strncmp(head, "GET /big ", 9) == 0;
    if (strncmp(head, "GET /slow ", 10) == 0) {
        atomic_fetch_add(&backend->slow_requests, 1);
        WAIT_UNTIL(atomic_load(&backend->released));
    }
    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n%s",
             big ? BIG_ANSWER : strlen(backend->name), big ? "" : backend->name);
    if (send_all(socket, answer, strlen(answer)) && big)
        send_big(socket);
}

static void *serve_connection(void *argument)
{
    connection *connection = argument;
    answer(connection->backend, connection->socket);
    close(connection->socket);
    atomic_fetch_sub(&connection->backend->connections, 1);
    free(connection);
    return NULL;
}

static void *accept_connections(void *argument)
{
    backend *backend = argument;
    int socket;
    while ((socket = accept(backend->listener, NULL, NULL)) >= 0) {
        connection *connection = malloc(sizeof *connection);
        pthread_t thread;
        CHECK(connection != NULL);
        connection->backend = backend;
        connection->socket = socket;
        atomic_fetch_add(&backend->connections, 1);
        CHECK(pthread_create(&thread, NULL, serve_connection, connection) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
    return NULL;
}

backend *backend_start(const char *name)
{
    backend *backend = calloc(1, sizeof *backend);
    CHECK(backend != NULL);
    snprintf(backend->name, sizeof backend->name, "%s", name);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    backend->listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(backend->listener >= 0);
    CHECK(bind(backend->listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(backend->listener, 128) == 0);
    CHECK(getsockname(backend->listener, (struct sockaddr *)&address, &len) == 0);
    snprintf(backend->target, sizeof backend->target, "http://127.0.0.1:%d", ntohs(address.sin_port));
    CHECK(pthread_create(&backend->acceptor, NULL, accept_connections, backend) == 0);
    return backend;
}

const char *backend_target(const backend *backend)
{
    return backend->target;
}

unsigned backend_slow_requests(backend *backend)
{
    return atomic_load(&backend->slow_requests);
}

void backend_release(backend *backend)
{
    atomic_store(&backend->released, true);
}

void backend_stop(backend *backend)
{
    backend_release(backend);
    shutdown(backend->listener, SHUT_RDWR);
    CHECK(pthread_join(backend->acceptor, NULL) == 0);
    WAIT_UNTIL(atomic_load(&backend->connections) == 0);
    close(backend->listener);
    free(backend);
}
