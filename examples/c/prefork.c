/* Two processes that serve the same port: the socket is made before the fork, the managers after it. Until SIGTERM or Ctrl-C. */
#include <proxykit.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 2, PORT = 8080 };

static void check(pk_status status, pk_error *error)
{
    if (status != PK_OK) {
        fprintf(stderr, "%s: %s\n", pk_status_name(status), pk_error_message(error));
        exit(EXIT_FAILURE);
    }
}

static int listen_at(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0
        || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0) {
        perror("port 8080");
        exit(EXIT_FAILURE);
    }
    return listener;
}

static void serve(int listener, const sigset_t *signals)
{
    int signal;
    char address[16];
    pk_manager *manager = NULL;
    pk_error *error = NULL;
    const char *targets[] = {"http://localhost:8081", "http://localhost:8082"};
    check(pk_manager_new(NULL, &manager, &error), error);
    check(pk_add_route(manager, "/proxy/", targets, 2, NULL, &error), error);
    snprintf(address, sizeof address, "fd:%d", listener);
    check(pk_start(manager, address, &error), error);
    close(listener); /* the manager has a copy */
    sigwait(signals, &signal);
    check(pk_stop(manager, 10000, NULL, &error), error);
    pk_manager_free(manager);
}

int main(void)
{
    int signal;
    pid_t children[PROCESSES];
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL); /* the children inherit that */

    int listener = listen_at(PORT);
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            serve(listener, &signals);
            return EXIT_SUCCESS;
        }
    }
    printf("listening on http://127.0.0.1:%d\n", PORT);
    fflush(stdout);

    sigwait(&signals, &signal);
    for (int i = 0; i < PROCESSES; i++) {
        kill(children[i], SIGTERM);
        waitpid(children[i], NULL, 0);
    }
    return EXIT_SUCCESS;
}
