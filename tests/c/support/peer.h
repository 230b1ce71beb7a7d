/* Both ends of the proxy: a backend that answers every request, and a client. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct backend backend;

/* Starts a backend on a free port. "/big" is answered with BIG_ANSWER bytes, "/slow" when backend_release() is called, "/reset"
 * not at all, but with a reset of the connection, everything else with the backend's name. */
backend *backend_start(const char *name);
const char *backend_target(const backend *server);
/* How many requests to "/slow" have come. */
unsigned backend_slow_requests(backend *server);
void backend_release(backend *server);
void backend_stop(backend *server);

enum { BIG_ANSWER = 16 * 1024 * 1024 };

/* A connection to "ADDRESS:PORT" on which these bytes were sent. */
int client_say(const char *address, const char *bytes);
/* A connection on which a GET request for the path was sent. */
int client_send(const char *address, const char *path);
/* Reads the whole answer, up to the end of the connection, which is closed; to be freed. */
char *client_read(int connection);
/* Reads so many bytes and then breaks the connection off with a reset. Only after a half close does the other side's
 * write fail with EPIPE, which raises SIGPIPE; else it fails with ECONNRESET. */
void client_reset(int connection, size_t len, bool half_closed);
/* Sends a GET request and gives the answer's body, to be freed, and its status. */
char *client_get(const char *address, const char *path, int *status);
/* Sends a GET request and gives the answer's status. */
int client_ask(const char *address, const char *path);
/* Sends a POST request with a body of so many bytes, as many of them as are taken, and gives the answer's status; 0 for none. */
int client_post(const char *address, const char *path, size_t len);

/* Whether all could be sent. */
bool send_all(int connection, const char *data, size_t len);
/* Closes a connection with a reset. */
void close_with_reset(int connection);

/* The port of an address or a URL: what stands behind its last colon. */
int port_of(const char *address);

#endif
