#include "peer.h"

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int port_of(const char *address)
{
    const char *colon = strrchr(address, ':');
    CHECK(colon != NULL);
    return atoi(colon + 1);
}

bool send_all(int connection, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(connection, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

void close_with_reset(int connection)
{
    struct linger reset;
    reset.l_onoff = 1;
    reset.l_linger = 0;
    CHECK(setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
    close(connection);
}

int client_say(const char *address, const char *bytes)
{
    struct sockaddr_in peer;
    memset(&peer, 0, sizeof peer);
    peer.sin_family = AF_INET;
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer.sin_port = htons((uint16_t)port_of(address));
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connection >= 0);
    CHECK(connect(connection, (struct sockaddr *)&peer, sizeof peer) == 0);
    CHECK(send_all(connection, bytes, strlen(bytes)));
    return connection;
}

int client_send(const char *address, const char *path)
{
    char request[256];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nhost: %s\r\nconnection: close\r\n\r\n", path, address);
    return client_say(address, request);
}

char *client_read(int connection)
{
    size_t len = 0, room = 64 * 1024;
    char *answer = (char *)malloc(room);
    CHECK(answer != NULL);
    ssize_t received;
    while ((received = recv(connection, answer + len, room - 1 - len, 0)) > 0) {
        len += (size_t)received;
        if (len + 1 == room) {
            room *= 2;
            answer = (char *)realloc(answer, room);
            CHECK(answer != NULL);
        }
    }
    answer[len] = '\0';
    close(connection);
    return answer;
}

void client_reset(int connection, size_t len, bool half_closed)
{
    char piece[1024];
    while (len > 0) {
        ssize_t received = recv(connection, piece, len < sizeof piece ? len : sizeof piece, 0);
        CHECK(received > 0);
        len -= (size_t)received;
    }
    if (half_closed)
        CHECK(shutdown(connection, SHUT_WR) == 0);
    close_with_reset(connection);
}

char *client_get(const char *address, const char *path, int *status)
{
    char *answer = client_read(client_send(address, path));
    char *body = strstr(answer, "\r\n\r\n");
    CHECK(body != NULL);
    CHECK(sscanf(answer, "HTTP/1.1 %d", status) == 1);
    memmove(answer, body + 4, strlen(body + 4) + 1);
    return answer;
}

int client_ask(const char *address, const char *path)
{
    int status = 0;
    free(client_get(address, path, &status));
    return status;
}

int client_post(const char *address, const char *path, size_t len)
{
    static const char piece[16 * 1024] = "";
    char head[256];
    int status = 0;
    snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nhost: %s\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n", path,
             address, len);
    int connection = client_say(address, head);
    while (len > 0) {
        size_t next = len < sizeof piece ? len : sizeof piece;
        if (!send_all(connection, piece, next))
            break;
        len -= next;
    }
    char *answer = client_read(connection);
    if (sscanf(answer, "HTTP/1.1 %d", &status) != 1)
        status = 0;
    free(answer);
    return status;
}
