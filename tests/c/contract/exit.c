/* The host ends when and how it wants to, also while its managers serve: its status and its atexit handlers are its own. */
#include "atomics.h"
#include "contract.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS = 7 };

static struct guest guest;
static int report[2];

static void write_first(void)
{
    CHECK(write(report[1], "1", 1) == 1);
}

static void write_second(void)
{
    CHECK(write(report[1], "2", 1) == 1);
}

/* Serves, with a request in flight. */
static void serve(void)
{
    CHECK(atexit(write_second) == 0);
    guest_start(&guest);
    CHECK(atexit(write_first) == 0);
    CHECK(client_ask(guest.address, "/x/") == 200);
    client_send(guest.address, "/x/slow");
    WAIT_UNTIL(backend_slow_requests(guest.server) == 1);
}

static void exit_while_serving(void)
{
    serve();
    exit(STATUS);
}

static void *exit_elsewhere(void *argument)
{
    (void)argument;
    exit(STATUS);
}

static void exit_while_another_thread_waits(void)
{
    pthread_t thread;
    serve();
    CHECK(pthread_create(&thread, NULL, exit_elsewhere, NULL) == 0);
    pk_wait(guest.manager, PK_FOREVER, NULL);
}

static void exit_after_the_stop(void)
{
    serve();
    SUCCEEDS(pk_stop(guest.manager, 0, NULL, &error));
    exit(STATUS);
}

static void *stop_and_exit(void *argument)
{
    (void)argument;
    CHECK(client_ask(guest.address, "/x/") == 200);
    SUCCEEDS(pk_stop(guest.manager, 0, NULL, &error));
    CHECK(pk_manager_free(guest.manager) == PK_OK);
    exit(STATUS);
}

static void end_the_main_thread(void)
{
    pthread_t thread;
    serve();
    CHECK(pthread_create(&thread, NULL, stop_and_exit, NULL) == 0);
    pthread_exit(NULL);
}

void the_host_exits_as_it_likes(void)
{
    void (*const ways[])(void) = {exit_while_serving, exit_while_another_thread_waits, exit_after_the_stop,
                                  end_the_main_thread};
    for (size_t i = 0; i < LENGTH(ways); i++) {
        char order[8] = "";
        CHECK(pipe(report) == 0);
        int status = run_in_child(ways[i]);
        close(report[1]);
        CHECK(read(report[0], order, sizeof order - 1) >= 0);
        close(report[0]);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == STATUS);
        CHECK_TEXT("12", order);
    }
}
