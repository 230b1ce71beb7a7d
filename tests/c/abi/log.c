#include "atomics.h"
#include "calls.h"
#include "peer.h"
#include "tests.h"

/* A host that keeps the log; the records are read when the manager has stopped. */
struct keeper {
    char text[16 * 1024];
    size_t len;
    atomic_uint records, finalised;
};

static void prepare(struct keeper *keeper)
{
    keeper->len = 0;
    keeper->text[0] = '\0';
    atomic_store(&keeper->records, 0u);
    atomic_store(&keeper->finalised, 0u);
}

static void finalise(void *userdata)
{
    struct keeper *keeper = (struct keeper *)userdata;
    atomic_fetch_add(&keeper->finalised, 1u);
}

static void keep(uint32_t level, const char *category, const char *message, void *userdata)
{
    struct keeper *keeper = (struct keeper *)userdata;
    int length = snprintf(keeper->text + keeper->len, sizeof keeper->text - keeper->len, "%u %s: %s\n", (unsigned)level,
                          category, message);
    CHECK(length > 0 && (size_t)length < sizeof keeper->text - keeper->len);
    keeper->len += (size_t)length;
    atomic_fetch_add(&keeper->records, 1u);
}

static void expect(const struct keeper *keeper, const char *line)
{
    if (strstr(keeper->text, line) == NULL)
        fail(__FILE__, __LINE__, line, keeper->text);
}

void records_are_written(void)
{
    struct keeper all, few;
    const char *targets[] = {"http://127.0.0.1:1"};
    char *address = NULL;
    int status = 0;
    pk_route_options options;
    pk_reply *reply = NULL;
    pk_manager *manager = new_manager(NULL);
    prepare(&all);
    prepare(&few);
    SUCCEEDS(pk_on_log(manager, PK_LOG_DEBUG, keep, &all, finalise, &error));
    SUCCEEDS(pk_on_log(manager, PK_LOG_WARN, keep, &few, finalise, &error));
    pk_route_options_init(&options, sizeof options);
    options.health_check = false;
    SUCCEEDS(pk_add_route(manager, "/x", targets, 1, &options, &error));
    SUCCEEDS(pk_start(manager, "127.0.0.1:0", &error));
    SUCCEEDS(pk_address(manager, &address, &error));
    free(client_get(address, "/x/", &status));
    CHECK(status == 502);
    SUCCEEDS(pk_manage(manager, "POST", "/endpoints/add", NULL, 0, &reply, &error));
    pk_reply_free(reply);
    SUCCEEDS(pk_stop(manager, PK_FOREVER, NULL, &error));
    /* The stop has returned behind the last call. */
    expect(&all, "3 routes: route added: /x/\n");
    expect(&all, "3 routes: backend added: /x/: http://127.0.0.1:1\n");
    expect(&all, "3 lifecycle: started: 127.0.0.1:");
    expect(&all, "4 requests: attempt failed: /x/: http://127.0.0.1:1: ");
    expect(&all, "4 requests: request refused: /x/: 502 connect_failed: ");
    expect(&all, "3 management: call refused: POST /endpoints/add: invalid body");
    expect(&all, "3 lifecycle: stopped: 0 cut off\n");
    CHECK_TEXT("", few.text);
    CHECK(atomic_load(&all.finalised) == 1 && atomic_load(&few.finalised) == 1);
    free_manager(manager);
    pk_string_free(address);
}

void logs_are_asked_for_in_the_right_way(void)
{
    struct keeper keeper;
    pk_manager *manager = new_manager(NULL);
    prepare(&keeper);
    FAILS(PK_ERR_NULL_POINTER, "manager", pk_on_log(NULL, PK_LOG_INFO, keep, &keeper, finalise, &error));
    FAILS(PK_ERR_NULL_POINTER, "callback", pk_on_log(manager, PK_LOG_INFO, NULL, &keeper, finalise, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "level 0", pk_on_log(manager, 0, keep, &keeper, finalise, &error));
    FAILS(PK_ERR_INVALID_ARGUMENT, "level 5", pk_on_log(manager, 5, keep, &keeper, finalise, &error));
    CHECK(atomic_load(&keeper.finalised) == 4);
    SUCCEEDS(pk_stop(manager, 0, NULL, &error));
    FAILS(PK_ERR_STOPPED, "", pk_on_log(manager, PK_LOG_INFO, keep, &keeper, finalise, &error));
    CHECK(atomic_load(&keeper.finalised) == 5 && atomic_load(&keeper.records) == 0);
    free_manager(manager);
}
