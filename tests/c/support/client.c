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

int client_send(const char *address, const char *path)
{
    char request[256];
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    peer.sin_port = htons((uint16_t)port_of(address));
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connection >= 0);
    CHECK(connect(connection, (struct sockaddr *)&peer, sizeof peer) == 0);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nhost: %s\r\nconnection: close\r\n\r\n", path, address);
    CHECK(send(connection, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request));
    return connection;
}

char *client_read(int connection)
{
    size_t len = 0, room = 64 * 1024;
    char *answer = malloc(room);
    CHECK(answer != NULL);
    ssize_t received;
    while ((received = recv(connection, answer + len, room - 1 - len, 0)) > 0) {
        len += (size_t)received;
        if (len + 1 == room) {
            room *= 2;
            answer = realloc(answer, room);
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
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    CHECK(setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
    close(connection);
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
