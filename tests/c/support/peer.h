/* Both ends of the proxy: a backend that answers every request, and a client. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct backend backend;

/* Starts a backend on a free port. "/big" is answered with BIG_ANSWER bytes, "/slow" when backend_release() is called,
 * everything else with the backend's name. */
backend *backend_start(const char *name);
const char *backend_target(const backend *backend);
/* How many requests to "/slow" have come. */
unsigned backend_slow_requests(backend *backend);
void backend_release(backend *backend);
void backend_stop(backend *backend);

static const size_t BIG_ANSWER = 16 * 1024 * 1024;

/* A connection to "ADDRESS:PORT" on which a GET request for the path was sent. */
int client_send(const char *address, const char *path);
/* Reads the whole answer, up to the end of the connection, which is closed; to be freed. */
char *client_read(int connection);
/* Reads so many bytes and then breaks the connection off with a reset. Only after a half close does the other side's
 * write fail with EPIPE, which raises SIGPIPE; else it fails with ECONNRESET. */
void client_reset(int connection, size_t len, bool half_closed);
/* Sends a GET request and gives the answer's body, to be freed, and its status. */
char *client_get(const char *address, const char *path, int *status);

/* The port of an address or a URL: what stands behind its last colon. */
int port_of(const char *address);

#endif
